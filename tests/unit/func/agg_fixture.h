/*
 * agg_fixture.h - runs one aggregate over rows in groups, in every way the engine may.
 *
 * The same rows go in at once, in pieces, one by one, and through several
 * states that are merged in another order.  All have to agree.
 */
#ifndef TESTS_UNIT_FUNC_AGG_FIXTURE_H
#define TESTS_UNIT_FUNC_AGG_FIXTURE_H

#include <math.h>
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "broker/func/agg.h"
#include "common/base/strbuf.h"
#include "common/column/format.h"

#define FOLD_GROUPS 5
#define FOLD_TASKS  3
#define FOLD_STATE  128

struct fold {
	struct engine e;
	const struct agg_def *def;
	enum col_type arg, result;
	_Alignas(16) char states[FOLD_TASKS][FOLD_GROUPS][FOLD_STATE];
	_Alignas(16) char out[FOLD_GROUPS * sizeof(struct strv)];
	uint64_t validity;
};

static inline void fold_init(struct fold *f, const char *name, enum col_type type,
			     enum dialect dialect)
{
	enum col_type arg;

	engine_init(&f->e);
	ck_assert_int_eq(agg_resolve(str_of(name), &type, 1, &f->def, &arg, &f->e.err), 0);
	ck_assert_uint_le(f->def->state_size, FOLD_STATE);
	ck_assert_uint_eq(f->def->state_size % 8, 0);
	f->arg = arg;
	f->result = f->def->result(arg, dialect);
	memset(f->states, 0, sizeof(f->states));
	for (size_t t = 0; t < FOLD_TASKS; t++)
		for (size_t g = 0; f->def->init && g < FOLD_GROUPS; g++)
			f->def->init(f->states[t][g]);
}

static inline void fold_fini(struct fold *f)
{
	engine_fini(&f->e);
}

/* Feeds n dense values; group[i] says which group of the task. */
static inline int fold_update(struct fold *f, size_t task, const void *values, const uint8_t *group,
			      uint32_t n)
{
	void *states[BATCH_ROWS_MAX];

	for (uint32_t i = 0; i < n; i++)
		states[i] = f->states[task][group ? group[i] : 0];
	return f->def->update(states, values, n, &f->e.arena, &f->e.err);
}

static inline int fold_merge(struct fold *f, size_t dst, size_t src)
{
	void *to[FOLD_GROUPS], *from[FOLD_GROUPS];

	for (size_t g = 0; g < FOLD_GROUPS; g++) {
		to[g] = f->states[dst][g];
		from[g] = f->states[src][g];
	}
	return f->def->merge(to, from, FOLD_GROUPS, &f->e.arena, &f->e.err);
}

static inline int fold_finish(struct fold *f, size_t task)
{
	void *states[FOLD_GROUPS];

	for (size_t g = 0; g < FOLD_GROUPS; g++)
		states[g] = f->states[task][g];
	f->validity = ~0ull;
	return f->def->finish(states, FOLD_GROUPS, f->result, f->out, &f->validity, &f->e.err);
}

static inline struct value fold_value(const struct fold *f, uint32_t group)
{
	struct column col = { f->result, COL_FLAT, f->out, &f->validity, NULL };

	return col_value(&col, group);
}

/* Feeds values one after the other into group 0 and gives its result as text, or the error's. */
static inline const char *fold_text(const char *name, enum col_type type, enum dialect dialect,
				    const char *const *values, uint32_t n)
{
	static char text[1100];
	CLEANUP(strbuf_fini) struct strbuf buf = STRBUF_INIT;
	_Alignas(16) char lanes[64 * sizeof(struct strv)];
	struct value v;
	struct fold f;

	fold_init(&f, name, type, dialect);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert(value_parse(str_of(values[i]), f.arg, &v));
		switch (col_lane_of(f.arg)) {
		case LANE_BOOL:
			((uint8_t *)lanes)[i] = v.boolean;
			break;
		case LANE_I64:
			((int64_t *)(void *)lanes)[i] = v.i64;
			break;
		case LANE_F64:
			((double *)(void *)lanes)[i] = v.f64;
			break;
		case LANE_STR:
			((struct strv *)(void *)lanes)[i] = strv_make(v.str.ptr, v.str.len);
			break;
		case LANE_COUNT:
			break;
		}
	}
	if (n > 0)
		ck_assert_int_eq(fold_update(&f, 0, lanes, NULL, n), 0);
	if (fold_finish(&f, 0) < 0) {
		(void)snprintf(text, sizeof(text), "!%s", f.e.err.msg);
	} else {
		v = fold_value(&f, 0);
		value_format(&v, &buf);
		(void)snprintf(text, sizeof(text), "%s %s", col_types[f.result].name,
			       buf.ptr ? buf.ptr : "");
	}
	fold_fini(&f);
	return text;
}

/* "1,2,3" as the rows of one group. */
struct fold_case {
	const char *name;
	enum col_type type;
	enum dialect dialect;
	const char *rows;
	const char *gives; /* "LONG 6" */
};

static inline void fold_check(const struct fold_case *c)
{
	const char *values[64], *got;
	char rows[512];
	uint32_t n = 0;
	char *at = rows;

	(void)snprintf(rows, sizeof(rows), "%s", c->rows);
	while (*at) {
		values[n++] = at;
		at += strcspn(at, ",");
		if (*at)
			*at++ = '\0';
	}
	got = fold_text(c->name, c->type, c->dialect, values, n);
	ck_assert_msg(strcmp(got, c->gives) == 0, "%s(%s): %s, not %s", c->name, c->rows, got,
		      c->gives);
}

/* Random groups over random pieces, through one state and through several, agree bit by bit or,
 * for sums of doubles, nearly. */
static inline void fold_agree(const char *name, enum col_type type, uint64_t *seed,
			      double tolerance)
{
	static struct sample s;
	static uint8_t group[BATCH_ROWS_MAX];
	static struct fold one, many;
	uint32_t n = (uint32_t)(sample_random(seed) % BATCH_ROWS_MAX) + 1;
	size_t width = lane_width[col_lane_of(type)];
	bool is_global = sample_random(seed) & 1;

	fold_init(&one, name, type, DIALECT_SINGLE_STAGE);
	fold_init(&many, name, type, DIALECT_SINGLE_STAGE);
	sample_make(&s, seed, (struct sample_shape){ type, COL_FLAT, false, 0 }, n);
	for (uint32_t i = 0; i < n; i++) {
		group[i] = is_global ? 2 : (uint8_t)(sample_random(seed) % (FOLD_GROUPS - 1));
		if (tolerance > 0)
			((double *)(void *)s.values)[i] =
				(double)(int64_t)sample_random(seed) / 1e15;
	}
	ck_assert_int_eq(fold_update(&one, 0, s.values, group, n), 0);
	for (uint32_t at = 0; at < n;) {
		uint32_t piece = (uint32_t)(sample_random(seed) % 300) + 1;

		piece = MIN(piece, n - at);
		ck_assert_int_eq(fold_update(&many, sample_random(seed) % FOLD_TASKS,
					     s.values + at * width, group + at, piece),
				 0);
		at += piece;
	}
	ck_assert_int_eq(fold_merge(&many, 2, 0), 0);
	ck_assert_int_eq(fold_merge(&many, 1, 2), 0);
	ck_assert_int_eq(fold_finish(&one, 0), 0);
	ck_assert_int_eq(fold_finish(&many, 1), 0);
	for (uint32_t g = 0; g < FOLD_GROUPS; g++) {
		struct value a = fold_value(&one, g), b = fold_value(&many, g);

		if (tolerance > 0 && !a.is_null && !b.is_null)
			ck_assert_msg(fabs(a.f64 - b.f64) <= tolerance * (1 + fabs(a.f64)),
				      "%s: %.17g, %.17g", name, a.f64, b.f64);
		else
			ck_assert_msg(sample_same(&a, &b), "%s of %s, group %u", name,
				      col_types[type].name, g);
	}
	fold_fini(&one);
	fold_fini(&many);
}

#endif
