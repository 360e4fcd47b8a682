/*
 * column.h - values in columns: types, lanes, forms, batches.
 *
 * Everything that flows between operators is a struct batch: up to
 * BATCH_ROWS_MAX rows in columns of equal length, and a selection that says
 * which of them are alive.  Filters narrow the selection and copy nothing.
 *
 * A column is a view: it borrows its memory.  Who made it (scan, expression,
 * aggregate) owns the memory until its next poll; whoever wants to keep values
 * copies them (row_store.h, chunk.h).  This is why columns need no counts.
 *
 * Forms
 *   FLAT   values[row]
 *   CONST  values[0] for every row
 *   DICT   dict->values[codes[row]]; what depends on one such column is worked
 *          out once per entry and not once per row
 *
 * NULL: validity has a bit per row, set when there is a value; no bitmap means
 * no NULL.  Of a CONST column only bit 0 counts.  The value under a NULL is
 * unspecified but readable (strings: any valid view; codes: below n_values).
 *
 * Lanes: BOOL uint8_t (0 or 1), I64 int64_t, F64 double, STR struct strv.
 */
#ifndef COMMON_COLUMN_COLUMN_H
#define COMMON_COLUMN_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/compiler.h"
#include "common/base/str.h"

#define BATCH_ROWS_MAX 2048
#define VALIDITY_WORDS (BATCH_ROWS_MAX / 64)

enum col_lane { LANE_BOOL, LANE_I64, LANE_F64, LANE_STR, LANE_COUNT };

enum col_type {
#define COL_TYPE(name, pinot, lane, rank) COL_##name,
#include "common/column/types.def"
#undef COL_TYPE
	COL_TYPE_COUNT
};

struct col_type_info {
	const char *name; /* Pinot's */
	enum col_lane lane;
	int rank;
};

extern const struct col_type_info col_types[COL_TYPE_COUNT];

/** Width of one value in memory, in bytes. */
extern const uint8_t lane_width[LANE_COUNT];

static inline enum col_lane col_lane_of(enum col_type type)
{
	return col_types[type].lane;
}
static inline bool col_is_numeric(enum col_type type)
{
	return col_types[type].rank > 0;
}

/** The type of a name: Pinot's and SQL's spellings, without case; COL_TYPE_COUNT if unknown. */
enum col_type col_type_find(struct str name);

/*
 * A string value in 16 bytes.  Up to 12 bytes lie inside; longer ones keep
 * their first 4 bytes as a prefix, which decides most comparisons, and point
 * to the rest.  Unused inline bytes are 0, so that short strings are equal
 * exactly when their 16 bytes are.
 */
struct strv {
	union {
		struct {
			uint32_t len;
			char inlined[12];
		};
		struct {
			uint32_t len; /* the same */
			char prefix[4];
			const char *ptr;
		} far;
	};
};

_Static_assert(sizeof(struct strv) == 16, "two words, no padding");

#define STRV_INLINE_MAX 12

static inline const char *strv_ptr(const struct strv *v)
{
	return v->len <= STRV_INLINE_MAX ? v->inlined : v->far.ptr;
}
static inline struct str strv_str(const struct strv *v)
{
	return (struct str){ strv_ptr(v), v->len };
}
/* ptr must outlive the view when len > 12. */
static inline struct strv strv_make(const char *ptr, size_t len)
{
	struct strv v = { .len = (uint32_t)len };

	if (len <= STRV_INLINE_MAX) {
		if (len > 0)
			memcpy(v.inlined, ptr, len);
	} else {
		memcpy(v.far.prefix, ptr, 4);
		v.far.ptr = ptr;
	}
	return v;
}
bool strv_eq_far(const struct strv *a, const struct strv *b);
static inline bool strv_eq(const struct strv *a, const struct strv *b)
{
	uint64_t head_a, head_b;

	memcpy(&head_a, a, 8); /* length and first four bytes */
	memcpy(&head_b, b, 8);
	return head_a == head_b && strv_eq_far(a, b);
}
/** Bytes as unsigned; negative, 0, positive. */
int strv_cmp(const struct strv *a, const struct strv *b);

/* One value with its type, for literals, statistics and options. */
struct value {
	enum col_type type;
	bool is_null;
	union {
		bool boolean;
		int64_t i64;
		double f64;
		struct str str; /* borrowed */
	};
};

enum col_form { COL_FLAT, COL_CONST, COL_DICT };

/* The distinct values behind a DICT column.  Immutable; lives as long as its segment. */
struct dict {
	uint64_t id; /* unique in the process: key for per-dictionary caches */
	uint32_t n_values;
	enum col_lane lane;
	const void *values; /* n_values values of the lane */
	bool is_sorted;     /* values rise strictly */
};

struct column {
	enum col_type type;
	enum col_form form;
	const void *values;       /* FLAT, CONST: values of the lane; DICT: uint32_t codes */
	const uint64_t *validity; /* NULL: every row has a value */
	const struct dict *dict;  /* DICT only */
};

/* Which rows of a batch are alive, in rising order. */
struct sel {
	const uint16_t *rows; /* NULL: rows 0 .. n_rows-1 */
	uint32_t n_rows;
};

struct batch {
	uint32_t n_rows; /* rows in the columns */
	uint32_t n_cols;
	struct column *cols;
	struct sel sel;
};

static inline uint32_t sel_row(const struct sel *s, uint32_t i)
{
	return s->rows ? s->rows[i] : i;
}

static inline bool validity_get(const uint64_t *validity, uint32_t row)
{
	return !validity || (validity[row >> 6] >> (row & 63) & 1);
}
static inline void validity_set(uint64_t *validity, uint32_t row)
{
	validity[row >> 6] |= 1ull << (row & 63);
}
static inline void validity_clear(uint64_t *validity, uint32_t row)
{
	validity[row >> 6] &= ~(1ull << (row & 63));
}
static inline bool col_is_valid(const struct column *c, uint32_t row)
{
	return validity_get(c->validity, c->form == COL_CONST ? 0 : row);
}

/* Typed access to one row of any form; the lane must match.  For cold code and row loops that are
 * not worth a kernel. */
static inline const void *col_at(const struct column *c, uint32_t row)
{
	size_t width = lane_width[col_lane_of(c->type)];
	const char *values = (const char *)c->values;

	if (c->form == COL_CONST) {
		row = 0;
	} else if (c->form == COL_DICT) {
		row = ((const uint32_t *)c->values)[row];
		values = (const char *)c->dict->values;
	}
	return values + row * width;
}
static inline int64_t col_i64(const struct column *c, uint32_t row)
{
	return *(const int64_t *)col_at(c, row);
}
static inline double col_f64(const struct column *c, uint32_t row)
{
	return *(const double *)col_at(c, row);
}
static inline bool col_bool(const struct column *c, uint32_t row)
{
	return *(const uint8_t *)col_at(c, row) != 0;
}
static inline const struct strv *col_strv(const struct column *c, uint32_t row)
{
	return (const struct strv *)col_at(c, row);
}
/** The value of a row; strings are borrowed from the column. */
struct value col_value(const struct column *c, uint32_t row);

/** Asserts the invariants above on every live row.  For debug builds and fuzzers. */
void batch_check(const struct batch *b);

/* ---- kernels: loops over the live rows of one column ---- */

/**
 * Hashes one column's live rows into h[i] for i < sel->n_rows (by position in
 * the selection, not by row).  first: store; else combine with what is there.
 * NULLs hash alike.  Doubles: -0.0 as 0.0, every NaN alike.  Equal values hash
 * alike whatever the column's form.
 */
void col_hash(const struct column *c, const struct sel *sel, bool first, uint64_t *h);

/** Copies live rows to dense[i]: values of the lane; and, if the column may hold NULLs, bits. */
void col_gather(const struct column *c, const struct sel *sel, void *dense, uint64_t *validity);

/**
 * Narrows: of sel keeps the rows where the BOOLEAN column is true (not NULL).
 * rows_out has room for sel->n_rows.  Returns how many are kept.
 */
uint32_t col_select_true(const struct column *c, const struct sel *sel, uint16_t *rows_out);

/** Bytes of text that the live rows of a STR column hold; 0 for other lanes. */
uint64_t col_text_bytes(const struct column *c, const struct sel *sel);

/** Total order for ORDER BY, MIN, MAX, merge: NaN above all numbers, -0.0 equals 0.0. */
static inline int f64_cmp(double a, double b)
{
	bool nan_a = a != a, nan_b = b != b;

	if (nan_a || nan_b)
		return nan_a - nan_b;
	return (a > b) - (a < b);
}

/** Compares two values of the same lane; neither NULL. */
int value_cmp(const struct value *a, const struct value *b);

#endif
