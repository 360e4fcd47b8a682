/* plan_in.c - see plan_in.h. */
#include "broker/plan/plan_in.h"

#include <string.h>

#include "broker/plan/plan_expr.h"
#include "common/base/hash.h"

/* Distinct values by open addressing; slots hold positions in `values` plus one. */
struct value_set {
	struct value *values;
	uint32_t n;
	uint32_t *slots;
	uint32_t mask;
	bool has_null;
};

static uint64_t value_hash(const struct value *v)
{
	uint64_t bits = 0;
	double f64;

	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		return hash_u64(v->boolean);
	case LANE_I64:
		return hash_u64((uint64_t)v->i64);
	case LANE_F64:
		f64 = v->f64 == 0 ? 0 : v->f64; /* -0.0 equals 0.0 */
		if (f64 != f64)
			return 0; /* every NaN equals every other */
		memcpy(&bits, &f64, sizeof(bits));
		return hash_u64(bits);
	case LANE_STR:
		return hash_bytes(v->str.ptr, v->str.len);
	case LANE_COUNT:
		break;
	}
	return 0;
}

static void set_add(struct value_set *s, const struct value *v)
{
	uint32_t slot;

	if (v->is_null) {
		s->has_null = true;
		return;
	}
	slot = (uint32_t)value_hash(v) & s->mask;
	while (s->slots[slot] != 0) {
		if (value_cmp(&s->values[s->slots[slot] - 1], v) == 0)
			return;
		slot = (slot + 1) & s->mask;
	}
	s->values[s->n++] = *v;
	s->slots[slot] = s->n;
}

static int set_new(struct plan_rewrite *r, uint32_t n, struct value_set *out)
{
	uint32_t n_slots = 4;

	while (n_slots / 2 < n)
		n_slots *= 2;
	*out = (struct value_set){ .mask = n_slots - 1 };
	out->values = arena_alloc(r->arena, sizeof(*out->values) * MAX(n, 1u), r->err);
	out->slots = arena_calloc(r->arena, sizeof(*out->slots) * n_slots, r->err);
	return out->values && out->slots ? 0 : -1;
}

struct plan_expr *plan_in_new(struct plan_rewrite *r, struct plan_expr *x,
			      const struct value *values, uint32_t n, uint32_t offset)
{
	struct plan_expr *in = plan_expr_new(r, EXPR_IN, COL_BOOLEAN, offset, 1);
	struct value_set set;

	if (!in || set_new(r, n, &set) < 0)
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(r) < 0)
			return NULL;
		set_add(&set, &values[i]);
	}
	in->args[0] = x;
	in->in.values = set.values;
	in->in.n_values = set.n;
	in->in.has_null = set.has_null;
	return in;
}
