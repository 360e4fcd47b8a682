/*
 * expr_set.c - x IN (constants) as a hash set.
 *
 * Open addressing over one array of values of the lane, at most half full.
 * SQL-92 8.4: x IN (..., NULL) is NULL when no other element equals x.
 *
 * A list may be long, so the set is filled by the first calls of the kernel, in
 * pieces, and not when the expression is compiled.
 */
#include <math.h>
#include <string.h>

#include "broker/exec/expr_priv.h"
#include "common/base/hash.h"

struct expr_set {
	enum col_lane lane;
	bool has_null, is_negated;
	const struct value *list;
	uint32_t n_values, n_added; /* of the list; how many are in the set */
	uint64_t mask;
	char *values;  /* mask + 1 of the lane's width */
	uint8_t *used; /* per slot */
};

static uint64_t value_hash(enum col_lane lane, const void *v)
{
	uint64_t bits = 0;
	double d;

	switch (lane) {
	case LANE_BOOL:
		return hash_u64(*(const uint8_t *)v);
	case LANE_I64:
		memcpy(&bits, v, 8);
		return hash_u64(bits);
	case LANE_F64:
		memcpy(&d, v, 8);
		if (d == 0)
			d = 0; /* -0.0 equals 0.0 */
		if (d != d)
			d = (double)NAN; /* every NaN equals every other, as for = */
		memcpy(&bits, &d, 8);
		return hash_u64(bits);
	case LANE_STR: {
		const struct strv *s = v;

		return hash_bytes(strv_ptr(s), s->len);
	}
	case LANE_COUNT:
		break;
	}
	return 0;
}

static bool value_equal(enum col_lane lane, const void *a, const void *b)
{
	double x, y;

	switch (lane) {
	case LANE_BOOL:
		return *(const uint8_t *)a == *(const uint8_t *)b;
	case LANE_I64:
		return memcmp(a, b, 8) == 0;
	case LANE_F64:
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		return f64_cmp(x, y) == 0;
	case LANE_STR:
		return strv_eq(a, b);
	case LANE_COUNT:
		break;
	}
	return false;
}

/* The slot that holds v or where it belongs. */
static uint64_t find_slot(const struct expr_set *s, const void *v)
{
	size_t width = lane_width[s->lane];
	uint64_t slot = value_hash(s->lane, v) & s->mask;

	while (s->used[slot] && !value_equal(s->lane, s->values + slot * width, v))
		slot = (slot + 1) & s->mask;
	return slot;
}

static void add(struct expr_set *s, const struct value *value)
{
	size_t width = lane_width[s->lane];
	struct strv text;
	uint8_t boolean;
	const void *v = &value->i64; /* I64 and F64 share the place */
	uint64_t slot;

	if (s->lane == LANE_STR) {
		text = strv_make(value->str.ptr, value->str.len);
		v = &text;
	} else if (s->lane == LANE_BOOL) {
		boolean = value->boolean;
		v = &boolean;
	}
	slot = find_slot(s, v);
	memcpy(s->values + slot * width, v, width);
	s->used[slot] = 1;
}

int expr_set_new(const struct expr_env *env, const struct plan_expr *in, struct expr_set **out)
{
	struct expr_set *s = ARENA_NEW(env->arena, struct expr_set, env->err);
	uint64_t n_slots = 4;

	if (!s)
		return -1;
	while (n_slots < (uint64_t)in->in.n_values * 2)
		n_slots *= 2;
	s->lane = col_lane_of(in->args[0]->type);
	s->has_null = in->in.has_null;
	s->is_negated = in->in.is_negated;
	s->mask = n_slots - 1;
	s->list = in->in.values;
	s->n_values = in->in.n_values;
	/* Only slots in use are read. */
	s->values = arena_alloc(env->arena, n_slots * lane_width[s->lane], env->err);
	s->used = arena_calloc(env->arena, n_slots, env->err);
	if (!s->values || !s->used)
		return -1;
	*out = s;
	return 0;
}

#define PIECE_VALUES   64
#define PRICE_OF_VALUE 20

/* Values go anywhere in the table, so the first ones touch a fresh page each. */
static int64_t price_of_values(const struct expr_set *s, uint32_t begin, uint32_t end)
{
	uint64_t n_pages = (s->mask + 1) * lane_width[s->lane] / 4096;

	return (int64_t)(end - begin) * PRICE_OF_VALUE +
	       (int64_t)(MIN(end, n_pages) - MIN(begin, n_pages)) * COOP_PAGE;
}

/* STEP_YIELD: not all values are in the set yet. */
static enum step fill(struct expr_set *s, struct coop *coop)
{
	while (s->n_added < s->n_values) {
		uint32_t begin = s->n_added, end = MIN(begin + PIECE_VALUES, s->n_values);

		for (; s->n_added < end; s->n_added++)
			add(s, &s->list[s->n_added]);
		coop_pay(coop, price_of_values(s, begin, end));
		if (end < s->n_values && !coop_go(coop))
			return STEP_YIELD;
	}
	return STEP_DONE;
}

#define PIECE_ROWS 256

static enum step in_kernel(struct func_call *c)
{
	struct expr_set *s = c->state;
	const struct column *arg = &c->args[0];
	size_t width = lane_width[s->lane];
	uint8_t *out = c->out;

	if (fill(s, c->coop) == STEP_YIELD)
		return STEP_YIELD;
	do {
		uint32_t end = MIN(c->pos + PIECE_ROWS, c->sel->n_rows);

		for (uint32_t i = c->pos; i < end; i++) {
			uint32_t row = sel_row(c->sel, i);
			const char *v = (const char *)arg->values + func_index(arg, row) * width;
			bool is_found = s->used[find_slot(s, v)];

			out[row] = is_found != s->is_negated;
			if (!is_found && s->has_null)
				validity_clear(c->validity, row);
		}
		coop_pay(c->coop, (int64_t)(end - c->pos) * 15);
		c->pos = end;
	} while (c->pos < c->sel->n_rows && coop_go(c->coop));
	return c->pos < c->sel->n_rows ? STEP_YIELD : STEP_DONE;
}

const struct func_def expr_in_def = {
	.name = "in",
	.flags = FUNC_STRICT,
	.result = FT_BOOL,
	.kernel = in_kernel,
};
