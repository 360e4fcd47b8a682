/*
 * func.h - what SQL functions compute, a column at a time.
 *
 * A function is a kernel and a row in the array at the end of its family file
 * (math.c, string.c, time.c, compare.c, cast.c, logic.c); families are listed
 * in func.c.  Operators are functions too: "plus", "equals", "like".  Names are
 * matched without case and underscores, as Pinot does.
 *
 * The expression machine (exec/expr.c) evaluates arguments, works out which
 * rows are alive and hands a struct func_call to the kernel.  It keeps three
 * promises that make kernels short:
 *   - arguments are FLAT or CONST, never DICT;
 *   - with FUNC_STRICT the selection holds only rows where no argument is
 *     NULL, and the result's validity is set already (unless FUNC_TOTAL, see
 *     there);
 *   - the result's memory has room for BATCH_ROWS_MAX values, at row positions.
 *
 * Kernels are resumable: they start at selection index call->pos, move it on,
 * and return STEP_YIELD between pieces when coop_go() says no.  A piece is the
 * whole vector for arithmetic, and at most 64 KiB of text for string work.
 * At least one row (or one 64 KiB slice of a longer value, with the position
 * kept in call->state) is done per call.  Kernels pay for what they do.
 *
 * Threads: rows are constants; a call belongs to one task.
 */
#ifndef BROKER_FUNC_FUNC_H
#define BROKER_FUNC_FUNC_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/column/column.h"

struct error;
struct func_call;
struct strbuf;

/* Argument and result types in rows. */
enum func_type {
	FT_END, /* no more arguments */
	FT_BOOL,
	FT_INT,
	FT_LONG,
	FT_DOUBLE,
	FT_TIMESTAMP,
	FT_STRING,
	FT_ANY,   /* any type; all FT_ANY of a row are brought to one common type */
	FT_NUMBER /* LONG (also INT) or DOUBLE (also FLOAT): the widest of all FT_NUMBER of the row */
};
/* As a result, FT_ANY and FT_NUMBER mean the common type of the arguments. */

enum func_flags {
	FUNC_STRICT = 1, /* NULL in, NULL out; kernel never sees a NULL row */
	FUNC_TOTAL = 2,  /* with STRICT: harmless on any bits, so it may run on NULL rows as well */
	FUNC_FAILS = 4,  /* may raise an error depending on data (division by zero, bad cast) */
	FUNC_VARIADIC = 8,  /* the last argument type repeats, at least once */
	FUNC_VOLATILE = 16, /* now(), rand(): never folded, never remembered */
	FUNC_UNIT = 32      /* the first argument is a unit of time; see func_takes_unit() */
};

typedef enum step func_kernel(struct func_call *c);

#define FUNC_ARGS_MAX 5

struct func_def {
	const char *name; /* lower case, no underscores */
	enum func_type args[FUNC_ARGS_MAX + 1];
	enum func_type result;
	unsigned flags;
	func_kernel *kernel;
	size_t state_size;   /* zeroed bytes per call site, e.g. for a prepared pattern */
	const char *example; /* an SQL expression without columns, or NULL */
	const char *gives;   /* its value as text */
};

struct func_call {
	const struct func_def *def;
	const struct column *args;
	uint32_t n_args;
	enum col_type type;    /* of the result */
	const struct sel *sel; /* rows to compute */
	uint32_t pos;          /* next index of sel */
	void *out;             /* values of the result's lane, by row */
	uint64_t *validity;    /* bits of the result, by row: STRICT: set already, may be cleared;
				    else all set, kernel clears */
	struct arena *text;    /* for results longer than 12 bytes; lives as long as the batch */
	void *state;           /* def->state_size bytes */
	struct coop *coop;
	struct error *err;
	uint32_t sql_offset;      /* of the call in the text, for errors */
	int64_t now_ms;           /* the statement's clock: now() is the same in every row */
	uint32_t max_value_bytes; /* limit on one string value */
};

/* Index of a row in a FLAT or CONST argument. */
static inline uint32_t func_index(const struct column *arg, uint32_t row)
{
	return arg->form == COL_CONST ? 0 : row;
}

/* A resolved overload. */
struct func_match {
	const struct func_def *def;
	enum col_type
		arg_types[16]; /* what the caller must cast arguments to; for variadic calls the
					last entry repeats */
	enum col_type result;
};

/**
 * Picks the row of a name for argument types: exact first, then the least
 * widening (INT, LONG, FLOAT, DOUBLE; UNKNOWN to anything; TIMESTAMP to LONG;
 * JSON to STRING).  Strings never turn into numbers by themselves.
 *
 * Returns 0, or -1: ERR_QUERY_VALIDATION for an unknown name (with the nearest
 * one), a wrong number or wrong types of arguments (with what is accepted).
 */
NODISCARD int func_resolve(struct str name, const enum col_type *types, uint32_t n_args,
			   struct func_match *out, struct error *err);

/** The cast from one type to another; NULL when there is none.  Same lane and meaning: a copy. */
const struct func_def *func_find_cast(enum col_type from, enum col_type to);

/** True when a cast only changes the name of the type (INT to LONG). */
bool func_cast_is_free(enum col_type from, enum col_type to);

/** The type two values are brought to for CASE, COALESCE, IN, UNION; COL_TYPE_COUNT if none. */
enum col_type func_common_type(enum col_type a, enum col_type b);

/** Row i of all scalar functions, over all families; NULL behind the last. */
const struct func_def *func_at(size_t i);

/**
 * True when functions of a name take a unit of time as their first argument, and
 * `unit` is one: SQL writes it as a bare word there, timestampadd(DAY, 1, ts).
 */
bool func_takes_unit(struct str name, struct str unit);

/** Text of a signature, "substr(STRING, LONG)", for messages and listings. */
void func_format(const struct func_def *def, struct strbuf *out);

/* ---- LIKE, shared with later users ---- */

/* A compiled LIKE pattern: literal pieces between %, with _ inside pieces. */
struct like_pattern;

/**
 * Compiles into the arena; escape is 0 for none.  ERR_SQL_RUNTIME when an escape
 * stands in front of anything but %, _ and itself, and when the pattern is too long.
 */
NODISCARD int like_compile(struct str pattern, char escape, struct arena *arena,
			   const struct like_pattern **out, struct error *err);

/* Where a match of a long value stands. */
struct like_state {
	size_t text, piece, anchor;
	bool is_running;
};

/**
 * Matches text.  STEP_DONE with *matches, or STEP_YIELD when credit ran out in
 * a long text (call again with the same state, zeroed before a new text).
 * _ matches one code point.
 */
enum step like_match(const struct like_pattern *p, struct str text, struct like_state *state,
		     struct coop *coop, bool *matches);

#endif
