/*
 * agg_extreme.c - MIN, MAX, BOOL_AND, BOOL_OR, ANY_VALUE, MINMAXRANGE.
 *
 * Doubles are ordered as ORDER BY has them: NaN is above all numbers, so MIN
 * gives a number if there is one and MAX gives NaN if there is one.
 */
#include <string.h>

#include "broker/func/agg_priv.h"

#define LESS(x, m)    ((x) < (m))
#define GREATER(x, m) ((x) > (m))
#define NEVER(x, m)   ((void)(x), (void)(m), 0)

#define EXTREME min_bool
#define VALUE   uint8_t
#define BETTER  LESS
#include "broker/func/agg_extreme.inc"

#define EXTREME max_bool
#define VALUE   uint8_t
#define BETTER  GREATER
#include "broker/func/agg_extreme.inc"

#define EXTREME any_bool
#define VALUE   uint8_t
#define BETTER  NEVER
#include "broker/func/agg_extreme.inc"

#define EXTREME min_i64
#define VALUE   int64_t
#define BETTER  LESS
#include "broker/func/agg_extreme.inc"

#define EXTREME max_i64
#define VALUE   int64_t
#define BETTER  GREATER
#include "broker/func/agg_extreme.inc"

#define EXTREME any_i64
#define VALUE   int64_t
#define BETTER  NEVER
#include "broker/func/agg_extreme.inc"

#define EXTREME      min_f64
#define VALUE        double
#define BETTER(x, m) (((x) < (m)) | ((m) != (m)))
#include "broker/func/agg_extreme.inc"

#define EXTREME      max_f64
#define VALUE        double
#define BETTER(x, m) (((x) > (m)) | ((x) != (x)))
#include "broker/func/agg_extreme.inc"

#define EXTREME any_f64
#define VALUE   double
#define BETTER  NEVER
#include "broker/func/agg_extreme.inc"

/* ---- strings ---- */

/* The best so far.  A long one lies in memory of its own, which grows by doubling and is used
 * again, so that a column that sorts downwards does not fill the arena. */
struct text_state {
	struct strv value;
	char *room;
	uint32_t room_bytes;
	uint32_t has_value;
};

static int text_keep(struct text_state *s, const struct strv *v, struct arena *text,
		     struct error *err)
{
	s->has_value = 1;
	if (v->len <= STRV_INLINE_MAX) {
		s->value = *v;
		return 0;
	}
	if (v->len > s->room_bytes) {
		size_t size = MAX((size_t)v->len, 2 * (size_t)s->room_bytes);
		char *room = arena_alloc_bytes(text, size, err);

		if (!room)
			return -1;
		s->room = room;
		s->room_bytes = (uint32_t)MIN(size, UINT32_MAX);
	}
	memcpy(s->room, v->far.ptr, v->len);
	s->value = strv_make(s->room, v->len);
	return 0;
}

/* sign: -1 keeps the smallest, 1 the greatest, 0 the first. */
static int text_take(struct text_state *s, const struct strv *v, int sign, struct arena *text,
		     struct error *err)
{
	if (s->has_value) {
		int cmp = sign ? strv_cmp(v, &s->value) : 0;

		if (sign < 0 ? cmp >= 0 : cmp <= 0)
			return 0;
	}
	return text_keep(s, v, text, err);
}

static int text_update(void **states, const struct strv *v, uint32_t n, int sign,
		       struct arena *text, struct error *err)
{
	for (uint32_t i = 0; i < n; i++)
		if (text_take(states[i], &v[i], sign, text, err) < 0)
			return -1;
	return 0;
}

static int text_merge(void **dst, void **src, uint32_t n, int sign, struct arena *text,
		      struct error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct text_state *s = src[i];

		if (s->has_value && text_take(dst[i], &s->value, sign, text, err) < 0)
			return -1;
	}
	return 0;
}

static int min_str_update(void **states, const void *values, uint32_t n, struct arena *text,
			  struct error *err)
{
	return text_update(states, values, n, -1, text, err);
}
static int max_str_update(void **states, const void *values, uint32_t n, struct arena *text,
			  struct error *err)
{
	return text_update(states, values, n, 1, text, err);
}
static int any_str_update(void **states, const void *values, uint32_t n, struct arena *text,
			  struct error *err)
{
	return text_update(states, values, n, 0, text, err);
}

static int min_str_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	return text_merge(dst, src, n, -1, text, err);
}
static int max_str_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	return text_merge(dst, src, n, 1, text, err);
}
static int any_str_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	return text_merge(dst, src, n, 0, text, err);
}

static int text_finish(void **states, uint32_t n, enum col_type result, void *out,
		       uint64_t *validity, struct error *err)
{
	(void)result, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct text_state *s = states[i];

		if (!s->has_value)
			validity_clear(validity, i);
		((struct strv *)out)[i] = s->value;
	}
	return 0;
}

/* ---- MINMAXRANGE ---- */

struct range_state {
	struct min_f64_state min;
	struct max_f64_state max;
};

static int range_update(void **states, const void *values, uint32_t n, struct arena *text,
			struct error *err)
{
	const double *v = (const double *)values;

	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		struct range_state *s = states[i];

		min_f64_take(&s->min, v[i]);
		max_f64_take(&s->max, v[i]);
	}
	return 0;
}

static int range_merge(void **dst, void **src, uint32_t n, struct arena *text, struct error *err)
{
	(void)text, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct range_state *s = src[i];
		struct range_state *d = dst[i];

		if (!s->min.has_value)
			continue;
		min_f64_take(&d->min, s->min.value);
		max_f64_take(&d->max, s->max.value);
	}
	return 0;
}

static int range_finish(void **states, uint32_t n, enum col_type result, void *out,
			uint64_t *validity, struct error *err)
{
	(void)result, (void)err;
	for (uint32_t i = 0; i < n; i++) {
		const struct range_state *s = states[i];

		if (!s->min.has_value)
			validity_clear(validity, i);
		((double *)out)[i] = s->max.value - s->min.value;
	}
	return 0;
}

#define EXTREME(prefix) \
	sizeof(struct prefix##_state), NULL, prefix##_update, prefix##_merge, prefix##_finish
#define TEXT(prefix) sizeof(struct text_state), NULL, prefix##_update, prefix##_merge, text_finish

const struct agg_def agg_extremes[] = {
	/* name, argument, skips NULL, result, state, init, update, merge, finish, what it is */
	{ "min", FT_LONG, true, agg_gives_extreme, EXTREME(min_i64), "smallest value" },
	{ "min", FT_DOUBLE, true, agg_gives_extreme, EXTREME(min_f64), "smallest value" },
	{ "min", FT_TIMESTAMP, true, agg_gives_same, EXTREME(min_i64), "earliest value" },
	{ "min", FT_STRING, true, agg_gives_same, TEXT(min_str), "first value in byte order" },
	{ "min", FT_BOOL, true, agg_gives_same, EXTREME(min_bool), "false before true" },
	{ "max", FT_LONG, true, agg_gives_extreme, EXTREME(max_i64), "greatest value" },
	{ "max", FT_DOUBLE, true, agg_gives_extreme, EXTREME(max_f64), "greatest value" },
	{ "max", FT_TIMESTAMP, true, agg_gives_same, EXTREME(max_i64), "latest value" },
	{ "max", FT_STRING, true, agg_gives_same, TEXT(max_str), "last value in byte order" },
	{ "max", FT_BOOL, true, agg_gives_same, EXTREME(max_bool), "true above false" },
	{ "minlong", FT_LONG, true, agg_gives_long, EXTREME(min_i64), "smallest value as LONG" },
	{ "maxlong", FT_LONG, true, agg_gives_long, EXTREME(max_i64), "greatest value as LONG" },
	{ "minstring", FT_STRING, true, agg_gives_same, TEXT(min_str), "first in byte order" },
	{ "maxstring", FT_STRING, true, agg_gives_same, TEXT(max_str), "last in byte order" },
	{ "minmaxrange", FT_DOUBLE, true, agg_gives_double, EXTREME(range),
	  "greatest minus smallest value" },
	{ "booland", FT_BOOL, true, agg_gives_bool, EXTREME(min_bool), "true if all are true" },
	{ "boolor", FT_BOOL, true, agg_gives_bool, EXTREME(max_bool), "true if one is true" },
	{ "anyvalue", FT_LONG, true, agg_gives_same, EXTREME(any_i64), "some value" },
	{ "anyvalue", FT_DOUBLE, true, agg_gives_same, EXTREME(any_f64), "some value" },
	{ "anyvalue", FT_TIMESTAMP, true, agg_gives_same, EXTREME(any_i64), "some value" },
	{ "anyvalue", FT_STRING, true, agg_gives_same, TEXT(any_str), "some value" },
	{ "anyvalue", FT_BOOL, true, agg_gives_same, EXTREME(any_bool), "some value" },
	{ 0 },
};
