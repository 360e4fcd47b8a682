/*
 * bind_in.c - x [NOT] IN (list).
 *
 * A list of constants becomes a set, whatever its length.  Other elements are
 * compared one by one: x IN (1, 2, y) is x IN (1, 2) OR x = y.
 */
#include <string.h>

#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"
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

static int set_of(struct binder *b, struct plan_expr *const *list, uint32_t n,
		  struct value_set *out)
{
	uint32_t n_slots = 4;

	while (n_slots / 2 < n)
		n_slots *= 2;
	*out = (struct value_set){ .mask = n_slots - 1 };
	out->values = arena_alloc(b->r.arena, sizeof(*out->values) * MAX(n, 1u), b->r.err);
	out->slots = arena_calloc(b->r.arena, sizeof(*out->slots) * n_slots, b->r.err);
	if (!out->values || !out->slots)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(&b->r) < 0)
			return -1;
		set_add(out, &list[i]->constant);
	}
	return 0;
}

static struct plan_expr *in_new(struct binder *b, struct plan_expr *x, const struct value_set *s,
				uint32_t offset)
{
	struct plan_expr *in = plan_expr_new(&b->r, EXPR_IN, COL_BOOLEAN, offset, 1);

	if (!in)
		return NULL;
	in->args[0] = x;
	in->in.values = s->values;
	in->in.n_values = s->n;
	in->in.has_null = s->has_null;
	return in;
}

/* Moves the constants to the front and counts them. */
static int part_constants(struct binder *b, struct plan_expr **list, uint32_t n, uint32_t *n_const)
{
	struct plan_expr **others = arena_alloc(b->r.arena, sizeof(*others) * n, b->r.err);
	uint32_t n_others = 0;

	if (!others)
		return -1;
	*n_const = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (plan_expr_is_const(list[i]))
			list[(*n_const)++] = list[i];
		else
			others[n_others++] = list[i];
	}
	memcpy(list + *n_const, others, sizeof(*others) * n_others);
	coop_pay(b->r.coop, (int64_t)n * COOP_ROW);
	return 0;
}

/* x IN (constants) OR x = other OR ...; all of one type. */
static int in_or_equals(struct binder *b, struct plan_expr *x, struct plan_expr *in,
			struct plan_expr **others, uint32_t n_others, struct plan_expr **out)
{
	uint32_t n_in = in != NULL;
	struct plan_expr *any;

	if (n_in + n_others == 1) {
		if (!in)
			return bind_comparison(b, "equals", x, others[0], x->sql_offset, out);
		*out = in;
		return 0;
	}
	any = plan_expr_new(&b->r, EXPR_OR, COL_BOOLEAN, x->sql_offset, n_in + n_others);
	if (!any)
		return -1;
	any->args[0] = in;
	for (uint32_t i = 0; i < n_others; i++) {
		if (bind_repeat(b, x) < 0 ||
		    bind_comparison(b, "equals", x, others[i], others[i]->sql_offset,
				    &any->args[n_in + i]) < 0)
			return -1;
	}
	*out = any;
	return 0;
}

/* values[0] is x, the others are the list. */
static int bind_list(struct binder *b, const struct ast_expr *e, struct plan_expr **values,
		     struct plan_expr **out)
{
	uint32_t n = e->in.list.n, n_const;
	struct plan_expr *in = NULL;
	struct value_set set;

	if (part_constants(b, values + 1, n, &n_const) < 0)
		return -1;
	if (n_const > 0) {
		if (set_of(b, values + 1, n_const, &set) < 0)
			return -1;
		in = in_new(b, values[0], &set, e->span.begin);
		if (!in)
			return -1;
	}
	if (in && n_const == n) {
		in->in.is_negated = e->in.is_negated;
		*out = in;
		return 0;
	}
	if (in_or_equals(b, values[0], in, values + 1 + n_const, n - n_const, out) < 0)
		return -1;
	return e->in.is_negated ? bind_function(b, STR("not"), out, 1, e->span.begin, out) : 0;
}

int bind_in(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	    struct plan_expr **out)
{
	uint32_t n = e->in.list.n, i = 1;
	struct plan_expr **values;

	if (e->in.query)
		return error_set_at(b->r.err, ERR_NOT_SUPPORTED, e->in.query->span.begin,
				    "not supported yet: IN (query)");
	values = arena_alloc(b->r.arena, sizeof(*values) * ((size_t)n + 1), b->r.err);
	if (!values || bind_expr(b, at, e->in.value, &values[0]) < 0)
		return -1;
	for (const struct ast_expr *a = e->in.list.first; a; a = a->next) {
		if (bind_expr(b, at, a, &values[i++]) < 0)
			return -1;
	}
	if (bind_common(b, values, n + 1, e->span.begin, "IN") < 0)
		return -1;
	return bind_list(b, e, values, out);
}
