/*
 * rule_equals_to_in.c - x = 1 OR x = 2 OR x IN (3, 4) is x IN (1, 2, 3, 4).
 *
 * A set costs one look-up however long it is, and a scan can learn from it.  The
 * set stands where x was first asked for, so x sees the rows that it saw before.
 */
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_in.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"

/* What is compared with constants, and with which. */
struct group {
	struct plan_expr *x;
	uint32_t at; /* position of the first comparison */
	struct value *values;
	uint32_t n, n_members;
};

/* More kinds of x than these in one OR are left as they are. */
#define GROUPS_MAX 8

struct groups {
	struct plan_rewrite *r;
	struct group list[GROUPS_MAX];
	uint32_t n;
	uint32_t n_values; /* of all arguments: room for every group */
};

/* The x of x = constant, constant = x, x IN (constants); NULL for anything else. */
static struct plan_expr *asked_for(const struct plan_expr *e)
{
	if (e->kind == EXPR_IN)
		return e->in.is_negated ? NULL : e->args[0];
	if (!plan_expr_is_call(e, "equals"))
		return NULL;
	if (plan_expr_is_const(e->args[1]))
		return e->args[0];
	return plan_expr_is_const(e->args[0]) ? e->args[1] : NULL;
}

static const struct value *constant_of(const struct plan_expr *equals)
{
	bool is_right = plan_expr_is_const(equals->args[1]);

	return &equals->args[is_right]->constant;
}

static void add_values(struct group *g, const struct plan_expr *e)
{
	g->n_members++;
	if (e->kind == EXPR_CALL) {
		g->values[g->n++] = *constant_of(e);
		return;
	}
	for (uint32_t i = 0; i < e->in.n_values; i++)
		g->values[g->n++] = e->in.values[i];
	if (e->in.has_null)
		g->values[g->n++] = (struct value){ .type = e->args[0]->type, .is_null = true };
}

static uint32_t count_values(const struct plan_expr * or)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < or->n_args; i++)
		n += 1 + (or->args[i]->kind == EXPR_IN ? or->args[i]->in.n_values : 0);
	return n;
}

static struct group *find_group(struct groups *s, const struct plan_expr *x)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (plan_expr_equal(s->list[i].x, x))
			return &s->list[i];
	}
	return NULL;
}

/* Puts argument i into its group; *group is NULL when it belongs to none. */
static int add_argument(struct groups *s, const struct plan_expr * or, uint32_t i,
			struct group **group)
{
	struct plan_expr *x = asked_for(or->args[i]);
	struct plan_expr_facts facts;

	*group = x ? find_group(s, x) : NULL;
	if (!x || (!*group && s->n == GROUPS_MAX))
		return plan_step(s->r);
	if (!*group) {
		if (plan_expr_facts(s->r, x, UINT32_MAX, &facts) < 0)
			return -1;
		if (facts.is_volatile)
			return 0;
		*group = &s->list[s->n++];
		**group = (struct group){ .x = x, .at = i };
		(*group)->values =
			arena_alloc(s->r->arena, sizeof(struct value) * s->n_values, s->r->err);
		if (!(*group)->values)
			return -1;
	}
	add_values(*group, or->args[i]);
	return plan_step(s->r);
}

static bool is_worth_it(const struct groups *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->list[i].n_members > 1)
			return true;
	}
	return false;
}

/* The OR with a set in the place of each group. */
static int rebuild(struct groups *s, struct plan_expr * or, struct group *const *of,
		   struct plan_expr **out)
{
	struct plan_expr *copy =
		plan_expr_new(s->r, EXPR_OR, COL_BOOLEAN, or->sql_offset, or->n_args);
	uint32_t n = 0;

	if (!copy)
		return -1;
	for (uint32_t i = 0; i < or->n_args; i++) {
		const struct group *g = of[i];

		if (!g || g->n_members == 1) {
			copy->args[n++] = or->args[i];
			continue;
		}
		if (g->at != i)
			continue;
		copy->args[n] = plan_in_new(s->r, g->x, g->values, g->n, or->args[i]->sql_offset);
		if (!copy->args[n++])
			return -1;
	}
	copy->n_args = n;
	*out = n == 1 ? copy->args[0] : copy;
	return 0;
}

static int merge(struct plan_rewrite *r, void *arg, struct plan_expr *e, struct plan_expr **out)
{
	struct groups s = { .r = r };
	struct group **of;

	if (plan_expr_map_args(r, e, merge, arg, &e) < 0)
		return -1;
	*out = e;
	if (e->kind != EXPR_OR)
		return 0;
	s.n_values = count_values(e);
	coop_pay(r->coop, (int64_t)e->n_args * COOP_ROW);
	of = arena_calloc(r->arena, sizeof(struct group *) * e->n_args, r->err);
	if (!of)
		return -1;
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (add_argument(&s, e, i, &of[i]) < 0)
			return -1;
	}
	return is_worth_it(&s) ? rebuild(&s, e, of, out) : 0;
}

static int merge_node(struct plan_rewrite *r, struct plan_node **place)
{
	return plan_node_map_exprs(r, *place, merge, NULL);
}

int rule_equals_to_in(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_each_node(r, root, merge_node);
}
