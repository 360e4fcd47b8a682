/*
 * kernel.h - what the kernels of this folder share: arguments, results, pieces.
 *
 * Three shapes of kernel:
 *
 *   whole vectors   binary.inc and unary.inc, included once per operation:
 *                   typed loops without checks, at most BATCH_ROWS_MAX rows.
 *   row by row      a function that does one row, driven by func_run_rows():
 *                   anything with text, parsing or printing.
 *   by lane         FT_ANY functions pick one of the above by the arguments'
 *                   lane.
 *
 * A row function does at most one slice of TEXT_SLICE bytes per call.  A longer
 * value takes several calls, and what it needs in between is a struct text_job
 * in call->state.  So no step is longer than two slices, whatever the values.
 */
#ifndef BROKER_FUNC_KERNEL_H
#define BROKER_FUNC_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/func/func.h"
#include "common/base/coop.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/column/column.h"

/* Bytes that a row function looks at or writes before it hands control back. */
#define TEXT_SLICE ((size_t)32 << 10)

/* What one row costs besides its text, as bytes, because text is what is counted. */
#define WORK_ROW ((size_t)16)
/* Work without text, given in units of credit (coop.h), as bytes. */
#define WORK(units) ((size_t)(units)*4)

#define KERNEL_NAME_(a, b) a##_##b
#define KERNEL_NAME(a, b)  KERNEL_NAME_(a, b)

/* Forces a row function into its driver; a call per row would cost more than most rows. */
#define ALWAYS_INLINE __attribute__((always_inline)) inline

/* ---- arguments: FLAT or CONST, so a mask on the row finds the value ---- */

static inline uint32_t arg_mask(const struct func_call *c, uint32_t arg)
{
	return c->args[arg].form == COL_CONST ? 0 : UINT32_MAX;
}

static inline bool arg_is_const(const struct func_call *c, uint32_t arg)
{
	return c->args[arg].form == COL_CONST;
}

static inline const struct strv *arg_strv(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return (const struct strv *)c->args[arg].values + (row & arg_mask(c, arg));
}

static inline struct str arg_str(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return strv_str(arg_strv(c, arg, row));
}

static inline int64_t arg_i64(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return ((const int64_t *)c->args[arg].values)[row & arg_mask(c, arg)];
}

static inline double arg_f64(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return ((const double *)c->args[arg].values)[row & arg_mask(c, arg)];
}

static inline bool arg_bool(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return ((const uint8_t *)c->args[arg].values)[row & arg_mask(c, arg)] != 0;
}

static inline bool arg_is_valid(const struct func_call *c, uint32_t arg, uint32_t row)
{
	return validity_get(c->args[arg].validity, row & arg_mask(c, arg));
}

/* ---- results ---- */

static inline void put_bool(struct func_call *c, uint32_t row, bool v)
{
	((uint8_t *)c->out)[row] = v;
}

static inline void put_i64(struct func_call *c, uint32_t row, int64_t v)
{
	((int64_t *)c->out)[row] = v;
}

static inline void put_f64(struct func_call *c, uint32_t row, double v)
{
	((double *)c->out)[row] = v;
}

/* The text must live as long as the batch: that of an argument, or of c->text. */
static inline void put_str(struct func_call *c, uint32_t row, struct str s)
{
	((struct strv *)c->out)[row] = strv_make(s.ptr, s.len);
}

static inline void put_null_str(struct func_call *c, uint32_t row)
{
	((struct strv *)c->out)[row] = (struct strv){ 0 };
	validity_clear(c->validity, row);
}

/**
 * Room for a string result of len bytes, inline or in the arena; NULL when it
 * is over the limit or memory is short, with *c->err filled.  The caller writes
 * all bytes and then says text_end().
 */
char *text_begin(struct func_call *c, uint32_t row, size_t len);
void text_end(struct func_call *c, uint32_t row);

/** A short result that is copied: text_begin, memcpy, text_end. */
NODISCARD enum step text_copy(struct func_call *c, uint32_t row, const char *ptr, size_t len);

/** Raises ERR_SQL_RUNTIME at the call's place. */
#define func_fail(c, ...) \
	((void)error_set_at((c)->err, ERR_SQL_RUNTIME, (c)->sql_offset, __VA_ARGS__), STEP_FAILED)

/* At most 64 bytes of a value for an error message: STR_FMT with STR_ARG(text_quote(s)). */
static inline struct str text_quote(struct str s)
{
	return (struct str){ s.ptr, s.len <= 64 ? s.len : str_utf8_cut(s, 64) };
}

/* ---- drivers ---- */

/* Pays for a whole vector. */
static inline enum step func_done(struct func_call *c, int64_t unit)
{
	coop_pay(c->coop, (int64_t)c->sel->n_rows * unit);
	c->pos = c->sel->n_rows;
	return STEP_DONE;
}

/* Where the work on a long value stands.  Zero between values. */
struct text_job {
	uint8_t phase;  /* of the function's own steps */
	bool is_inside; /* a word (INITCAP) */
	uint32_t arg;   /* which argument is at work */
	size_t at;      /* bytes done of the input */
	size_t n;       /* counted so far, or left to count */
	char *out;      /* the result; NULL until it is begun */
	size_t out_at;  /* bytes written */
	size_t out_len; /* bytes to write */
};

/*
 * One row, or one slice of it: adds what it did to *work (in bytes).
 * STEP_DONE: the row has its result.  STEP_YIELD: call again for the same row.
 */
typedef enum step text_row_fn(struct func_call *c, uint32_t row, size_t *work);

static ALWAYS_INLINE enum step func_run_rows(struct func_call *c, text_row_fn *row_fn)
{
	uint32_t n_rows = c->sel->n_rows;

	do {
		size_t work = 0;

		while (c->pos < n_rows && work < TEXT_SLICE) {
			enum step s = row_fn(c, sel_row(c->sel, c->pos), &work);

			if (s == STEP_FAILED)
				return STEP_FAILED;
			c->pos += s == STEP_DONE;
			work += WORK_ROW;
		}
		coop_pay(c->coop, COOP_BYTES(work));
		if (c->pos == n_rows)
			return STEP_DONE;
	} while (coop_go(c->coop));
	return STEP_YIELD;
}

/**
 * Three-way comparison of two strings, sliced: true once *cmp holds the
 * answer; false: call again with the same job.
 */
bool text_compare(struct text_job *job, const struct strv *a, const struct strv *b, size_t *work,
		  int *cmp);

/* ---- text in slices: each returns true when done, false when it is to be called again ---- */

/** Moves job->at over job->n code points, or to the end of s with the rest left in job->n. */
bool text_skip(struct text_job *job, struct str s, size_t *work);

/** Adds to job->n the code points of s from job->at up to byte `end`. */
bool text_count(struct text_job *job, struct str s, size_t end, size_t *work);

/** Appends s from job->at up to byte `end` to the output. */
bool text_append(struct text_job *job, struct str s, size_t end, size_t *work);

/** Fills the output up to byte `end` with copies of s, which is not empty; the first is whole at
 * byte `from`. */
bool text_fill(struct text_job *job, struct str s, size_t from, size_t end, size_t *work);

/** text_begin() for job->out and job->out_len. */
NODISCARD int text_job_begin(struct func_call *c, struct text_job *job, uint32_t row, size_t len);

/** text_end(), and the job is ready for the next row. */
enum step text_job_end(struct func_call *c, struct text_job *job, uint32_t row);

/** "LONG", "ANY": for messages. */
const char *func_type_name(enum func_type type);

/* ---- families, listed in func.c; each ends with an empty row ---- */

extern const struct func_def func_compare[], func_logic[], func_arith[], func_math[], func_like[],
	func_string[], func_case[], func_build[], func_search[], func_time[], func_datetime[];

#endif
