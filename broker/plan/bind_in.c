/*
 * bind_in.c - x [NOT] IN (list).
 *
 * A list of constants becomes a set, whatever its length.  Other elements are
 * compared one by one: x IN (1, 2, y) is x IN (1, 2) OR x = y.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_in.h"
#include "common/base/error.h"

/* The constants at the head of a list as a set. */
static int in_constants(struct binder *b, struct plan_expr *x, struct plan_expr *const *list,
			uint32_t n, uint32_t offset, struct plan_expr **out)
{
	struct value *values = arena_alloc(b->r.arena, sizeof(*values) * n, b->r.err);

	if (!values)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		values[i] = list[i]->constant;
	coop_pay(b->r.coop, (int64_t)n * COOP_ROW);
	*out = plan_in_new(&b->r, x, values, n, offset);
	return *out ? 0 : -1;
}

/* Moves the constants to the front and counts them. */
static int part_constants(struct binder *b, struct plan_expr **list, uint32_t n, uint32_t *n_const)
{
	struct plan_expr **others = plan_expr_list(&b->r, n);
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
	plan_expr_copy_list(list + *n_const, others, n_others);
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

	if (part_constants(b, values + 1, n, &n_const) < 0)
		return -1;
	if (n_const > 0 && in_constants(b, values[0], values + 1, n_const, e->span.begin, &in) < 0)
		return -1;
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

	values = plan_expr_list(&b->r, (size_t)n + 1);
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
