/*
 * fixture.h - evaluates expressions without columns, such as "substr('gate', 1)".
 *
 * Tests are tables of expressions and what they give.  Each call in an
 * expression is run many times: arguments FLAT, CONST and mixed, all rows and
 * selected ones, with plenty of credit and with one unit at a time.  All runs
 * have to agree, and must leave rows that are not selected alone.  So one line
 * of a table tests all paths through a kernel.
 *
 * An expected text that begins with '!' is that of an error.
 */
#ifndef TESTS_UNIT_FUNC_FIXTURE_H
#define TESTS_UNIT_FUNC_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "broker/func/func.h"
#include "common/base/num.h"
#include "common/base/strbuf.h"
#include "common/column/format.h"

#define CALC_ROWS     6
#define CALC_ARGS     8
#define CALC_SENTINEL 0x5a
#define CALC_NOW_MS   1700000000000ll /* 2023-11-14 22:13:20 */
#define CALC_OFFSET   77

struct calc {
	struct engine e;   /* e.arena holds values */
	struct arena text; /* what kernels write to; reset after each run */
	const char *at;    /* rest of the expression */
	uint32_t max_value_bytes;
	bool is_brief; /* one run per call, for allocation failures and random values */
	size_t n_literals;
	char literals[4096]; /* text of the expression; needs no allocation */
};

static inline void calc_init(struct calc *k)
{
	*k = (struct calc){ .max_value_bytes = 8u << 20 };
	engine_init(&k->e);
	arena_init(&k->text, &k->e.pool);
}

static inline void calc_fini(struct calc *k)
{
	arena_fini(&k->text);
	engine_fini(&k->e);
}

/* ---- running one call ---- */

/* Which arguments are FLAT (a bit each), and whether rows are selected. */
struct calc_shape {
	uint32_t flat;
	bool is_selected;
	bool is_one_unit;
};

static const uint16_t calc_selection[] = { 0, 2, 5 };

struct calc_column {
	struct column col;
	_Alignas(16) char values[CALC_ROWS * sizeof(struct strv)];
	uint64_t validity[VALIDITY_WORDS];
};

static inline void calc_store(const struct value *v, void *values, uint32_t row)
{
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		((uint8_t *)values)[row] = v->boolean;
		break;
	case LANE_I64:
		((int64_t *)values)[row] = v->i64;
		break;
	case LANE_F64:
		((double *)values)[row] = v->f64;
		break;
	case LANE_STR:
		((struct strv *)values)[row] = strv_make(v->str.ptr, v->str.len);
		break;
	case LANE_COUNT:
		break;
	}
}

static inline void calc_column(struct calc_column *c, const struct value *v, bool is_flat)
{
	*c = (struct calc_column){
		.col = { v->type, is_flat ? COL_FLAT : COL_CONST, c->values, NULL, NULL },
	};
	for (uint32_t row = 0; !v->is_null && row < (is_flat ? CALC_ROWS : 1); row++)
		calc_store(v, c->values, row);
	if (v->is_null)
		c->col.validity = c->validity;
}

/* The selected rows hold the same, the others nothing.  -1: no memory for the copy of a string. */
static inline int calc_result(struct calc *k, const struct func_call *c, struct value *out)
{
	struct column col = { c->type, COL_FLAT, c->out, c->validity, NULL };
	struct value v = col_value(&col, 0), other;
	const unsigned char *bytes = (const unsigned char *)c->out;
	size_t width = lane_width[col_lane_of(c->type)];
	bool is_selected = c->sel->rows != NULL;

	for (uint32_t row = 1; row < CALC_ROWS; row++) {
		if (is_selected && row != calc_selection[1] && row != calc_selection[2]) {
			for (size_t i = 0; i < width; i++)
				ck_assert_uint_eq(bytes[row * width + i], CALC_SENTINEL);
			continue;
		}
		other = col_value(&col, row);
		ck_assert_msg(sample_same(&v, &other), "%s: row %u differs from row 0",
			      c->def->name, row);
	}
	if (!v.is_null && col_lane_of(v.type) == LANE_STR) {
		char *copy = arena_alloc_bytes(&k->e.arena, v.str.len + 1, &k->e.err);

		if (!copy)
			return -1;
		memcpy(copy, v.str.ptr, v.str.len);
		v.str.ptr = copy;
	}
	*out = v;
	return 0;
}

static inline enum step calc_kernel(struct calc *k, struct func_call *c, bool is_one_unit)
{
	enum step s;
	long n_calls = 0;

	do {
		if (is_one_unit)
			engine_one_unit(&k->e);
		else
			coop_unlimited(&k->e.coop, &k->e.token);
		s = c->def->kernel(c);
		/* Two slices of text and what rows cost besides: no call does more. */
		ck_assert_msg(k->e.coop.credit > -40000, "%s does too much at once", c->def->name);
		ck_assert_msg(++n_calls < 1000000, "%s makes no progress", c->def->name);
		ck_assert_msg(s != STEP_YIELD || is_one_unit, "%s yields with credit left",
			      c->def->name);
	} while (s == STEP_YIELD);
	coop_unlimited(&k->e.coop, &k->e.token);
	ck_assert_msg(s == STEP_FAILED || c->pos == c->sel->n_rows, "%s leaves rows", c->def->name);
	return s;
}

/* One run; -1 with k->e.err.  type: of the result. */
static inline int calc_run(struct calc *k, const struct func_def *def, const struct value *args,
			   uint32_t n_args, enum col_type type, struct calc_shape shape,
			   struct value *out)
{
	static struct calc_column store[CALC_ARGS];
	static _Alignas(16) char values[CALC_ROWS * sizeof(struct strv)];
	static _Alignas(16) char state[65536];
	struct column cols[CALC_ARGS];
	uint64_t validity[VALIDITY_WORDS];
	struct sel sel = { shape.is_selected ? calc_selection : NULL,
			   shape.is_selected ? ARRAY_SIZE(calc_selection) : CALC_ROWS };
	struct func_call c = {
		.def = def,
		.args = cols,
		.n_args = n_args,
		.type = type,
		.sel = &sel,
		.out = values,
		.validity = validity,
		.text = &k->text,
		.state = state,
		.coop = &k->e.coop,
		.err = &k->e.err,
		.sql_offset = CALC_OFFSET,
		.now_ms = CALC_NOW_MS,
		.max_value_bytes = k->max_value_bytes,
	};
	int r = -1;

	for (uint32_t i = 0; i < n_args; i++) {
		calc_column(&store[i], &args[i], shape.flat >> i & 1);
		cols[i] = store[i].col;
	}
	ck_assert_uint_le(def->state_size, sizeof(state));
	memset(state, 0, def->state_size);
	memset(values, CALC_SENTINEL, sizeof(values));
	memset(validity, 0xff, sizeof(validity));
	if (calc_kernel(k, &c, shape.is_one_unit) == STEP_DONE)
		r = calc_result(k, &c, out);
	arena_reset(&k->text);
	return r;
}

/* All shapes; they have to agree. */
static inline int calc_runs(struct calc *k, const struct func_def *def, const struct value *args,
			    uint32_t n_args, enum col_type type, struct value *out)
{
	static const uint32_t flats[] = { 0, ~0u, 1, ~1u };
	struct value first = { 0 }, v = { 0 };
	struct error first_err = { 0 };
	int first_r = 0;

	for (uint32_t i = 0; i < (k->is_brief ? 1 : 4 * ARRAY_SIZE(flats)); i++) {
		struct calc_shape shape = { flats[i / 4], i & 1, (i & 2) != 0 };
		int r = calc_run(k, def, args, n_args, type, shape, &v);

		if (i == 0) {
			first = v;
			first_r = r;
			first_err = k->e.err;
		}
		ck_assert_msg(r == first_r, "%s: shape %u fails, others do not: %s", def->name, i,
			      k->e.err.msg);
		if (r < 0)
			ck_assert_str_eq(k->e.err.msg, first_err.msg);
		else
			ck_assert_msg(sample_same(&v, &first), "%s: shape %u differs", def->name,
				      i);
	}
	*out = first;
	return first_r;
}

/* ---- expressions ---- */

static inline int calc_expr(struct calc *k, struct value *out);

static inline int calc_cast(struct calc *k, struct value *v, enum col_type to)
{
	const struct func_def *cast;
	struct value from = *v;

	if (func_cast_is_free(v->type, to)) {
		v->type = to;
		return 0;
	}
	if (v->is_null) {
		*v = (struct value){ .type = to, .is_null = true };
		return 0;
	}
	cast = func_find_cast(v->type, to);
	ck_assert_msg(cast != NULL, "no cast from %s to %s", col_types[v->type].name,
		      col_types[to].name);
	return calc_runs(k, cast, &from, 1, to, v);
}

/* Calls a function as the binder and the expression machine do. */
static inline int calc_call(struct calc *k, struct str name, struct value *args, uint32_t n_args,
			    struct value *out)
{
	enum col_type types[CALC_ARGS];
	struct func_match m;
	bool has_null = false;

	for (uint32_t i = 0; i < n_args; i++)
		types[i] = args[i].type;
	if (func_resolve(name, types, n_args, &m, &k->e.err) < 0)
		return -1;
	for (uint32_t i = 0; i < n_args; i++) {
		if (calc_cast(k, &args[i], m.arg_types[i]) < 0)
			return -1;
		has_null |= args[i].is_null;
	}
	*out = (struct value){ .type = m.result, .is_null = true };
	if (has_null && (m.def->flags & FUNC_STRICT))
		return 0;
	return calc_runs(k, m.def, args, n_args, m.result, out);
}

static inline void calc_blanks(struct calc *k)
{
	while (*k->at == ' ')
		k->at++;
}

static inline bool calc_take(struct calc *k, const char *token)
{
	size_t n = strlen(token);

	calc_blanks(k);
	if (strncmp(k->at, token, n) != 0)
		return false;
	k->at += n;
	return true;
}

/* 'text' with '' for a quote. */
static inline struct str calc_string(struct calc *k)
{
	char *text = k->literals + k->n_literals;
	size_t n = 0;

	ck_assert_uint_lt(k->n_literals + strlen(k->at), sizeof(k->literals));
	for (; *k->at; k->at++) {
		if (*k->at == '\'' && *++k->at != '\'')
			break;
		text[n++] = *k->at;
	}
	k->n_literals += n;
	return (struct str){ text, n };
}

static inline struct value calc_number(struct calc *k)
{
	size_t n = strspn(k->at, "+-.0123456789eE");
	struct str text = { k->at, n };
	struct value v = { .type = COL_LONG };

	k->at += n;
	if (num_parse_i64(text, &v.i64)) {
		v.type = v.i64 == (int32_t)v.i64 ? COL_INT : COL_LONG;
		return v;
	}
	v.type = COL_DOUBLE;
	ck_assert_msg(num_parse_f64(text, &v.f64), "no number: %.*s", (int)n, text.ptr);
	return v;
}

static inline int calc_name(struct calc *k, struct value *out)
{
	size_t n = strspn(k->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	struct str name = { k->at, n };
	struct value args[CALC_ARGS];
	uint32_t n_args = 0;

	ck_assert_msg(n > 0, "what is %s?", k->at);
	k->at += n;
	ck_assert_msg(calc_take(k, "("), "no ( at %s", k->at);
	while (!calc_take(k, ")")) {
		if (n_args > 0)
			ck_assert_msg(calc_take(k, ","), "no , at %s", k->at);
		if (calc_expr(k, &args[n_args++]) < 0)
			return -1;
	}
	return calc_call(k, name, args, n_args, out);
}

/* CAST(x AS T) */
static inline int calc_cast_expr(struct calc *k, struct value *out)
{
	size_t n;
	enum col_type to;

	if (calc_expr(k, out) < 0)
		return -1;
	ck_assert(calc_take(k, "AS "));
	n = strspn(k->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	to = col_type_find((struct str){ k->at, n });
	k->at += n;
	ck_assert(to != COL_TYPE_COUNT && calc_take(k, ")"));
	return calc_cast(k, out, to);
}

static inline int calc_expr(struct calc *k, struct value *out)
{
	struct str text;

	calc_blanks(k);
	*out = (struct value){ .type = COL_BOOLEAN };
	if (calc_take(k, "NULL")) {
		*out = (struct value){ .type = COL_UNKNOWN, .is_null = true };
		return 0;
	}
	if (calc_take(k, "true") || calc_take(k, "false")) {
		out->boolean = k->at[-2] == 'u';
		return 0;
	}
	if (calc_take(k, "TIMESTAMP '")) {
		text = calc_string(k);
		ck_assert_msg(value_parse(text, COL_TIMESTAMP, out), "no time: %.*s", (int)text.len,
			      text.ptr);
		return 0;
	}
	if (calc_take(k, "CAST("))
		return calc_cast_expr(k, out);
	if (calc_take(k, "'")) {
		*out = (struct value){ .type = COL_STRING, .str = calc_string(k) };
		return 0;
	}
	if (*k->at && strchr("-0123456789", *k->at)) {
		*out = calc_number(k);
		return 0;
	}
	return calc_name(k, out);
}

/** Evaluates; 0, or -1 with k->e.err. */
static inline int calc_eval(struct calc *k, const char *sql, struct value *out)
{
	int r;

	k->at = sql;
	k->n_literals = 0;
	r = calc_expr(k, out);
	ck_assert_msg(r < 0 || *k->at == '\0', "rest: %s", k->at);
	return r;
}

/* ---- tables ---- */

struct calc_case {
	const char *sql;
	const char *gives; /* "!..." an error's message */
};

static inline void calc_check(struct calc *k, const struct calc_case *c)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;
	struct value v;

	if (calc_eval(k, c->sql, &v) < 0) {
		ck_assert_msg(c->gives[0] == '!' && strcmp(c->gives + 1, k->e.err.msg) == 0,
			      "%s: error \"%s\", not %s", c->sql, k->e.err.msg, c->gives);
		return;
	}
	value_format(&v, &text);
	ck_assert_msg(strbuf_ok(&text) && strcmp(text.ptr ? text.ptr : "", c->gives) == 0,
		      "%s: %s, not %s", c->sql, text.ptr ? text.ptr : "", c->gives);
}

#define CALC_CHECK_ALL(cases)                                       \
	do {                                                        \
		struct calc calc;                                   \
		calc_init(&calc);                                   \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(cases); i_++) { \
			calc_check(&calc, &(cases)[i_]);            \
			arena_reset(&calc.e.arena);                 \
		}                                                   \
		calc_fini(&calc);                                   \
	} while (0)

/** Evaluates while the n-th allocation fails: the right answer or "out of memory". */
static inline void calc_survives(const char *sql, const char *gives, int n)
{
	struct calc k;
	struct value v;
	int r;

	calc_init(&k);
	k.is_brief = true;
	mem_fail_after(n);
	r = calc_eval(&k, sql, &v);
	mem_fail_after(-1);
	if (r < 0)
		ck_assert_int_eq(k.e.err.code, ERR_OUT_OF_MEMORY);
	else
		ck_assert_msg(v.str.len == strlen(gives) &&
				      memcmp(v.str.ptr, gives, v.str.len) == 0,
			      "%s", sql);
	calc_fini(&k);
}

#endif
