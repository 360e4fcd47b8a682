/*
 * rule_ensure_cooperative.c - somebody pays, on every path.
 *
 * An operator that pays for its work (NATIVE) gives control back when credit is
 * spent.  Those that do not are made to by a guard, a `cooperative` node that
 * pays for what its child took:
 *
 *  1. A source of rows that does not pay gets a guard on top: a leaf, and an
 *     eager node, which is the leaf of the task above it.
 *  2. A node that drops, expands or blocks and does not pay gets a guard on each
 *     input.  A guard above it would not do: a filter that drops everything
 *     loops without ever coming out (the hole in DataFusion's rule of 2026).
 *  3. One guard protects what is below it through lazy one-to-one nodes, which
 *     hand on each batch they get.  Any other node ends its protection.
 *
 * So running the rule again adds nothing, and no guard sits on a guard.
 */
#include "broker/plan/rule_ensure_cooperative.h"

#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"

static bool is_native(struct plan_traits t)
{
	return t.coop == PLAN_COOP_NATIVE;
}

/* Hands on what it gets, batch by batch, in the task of its parent. */
static bool is_transparent(struct plan_traits t)
{
	return t.eval == PLAN_LAZY && t.shape == PLAN_ONE_TO_ONE;
}

static bool is_source(const struct plan_node *n, struct plan_traits t)
{
	return plan_n_children(n->kind) == 0 || t.eval == PLAN_EAGER;
}

static int guard(struct plan_rewrite *r, struct plan_node **place)
{
	if ((*place)->kind == PLAN_COOPERATIVE)
		return 0;
	*place = plan_node_over(r, PLAN_COOPERATIVE, *place);
	return *place ? 0 : -1;
}

/* is_protected: a guard stands above, with nothing but transparent nodes between. */
static int visit(struct plan_rewrite *r, struct plan_node **place, plan_traits_fn *traits_of,
		 bool is_protected)
{
	struct plan_node *n = *place;
	struct plan_traits t = traits_of(n);
	bool is_guard = n->kind == PLAN_COOPERATIVE;
	bool guards_inputs = !is_native(t) && t.shape != PLAN_ONE_TO_ONE;

	if (plan_step(r) < 0)
		return -1;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if (guards_inputs && guard(r, &n->child[i]) < 0)
			return -1;
		if (visit(r, &n->child[i], traits_of,
			  is_guard || (is_protected && is_transparent(t))) < 0)
			return -1;
	}
	if (is_source(n, t) && !is_native(t) && !is_protected)
		return guard(r, place);
	return 0;
}

int plan_add_guards(struct plan_rewrite *r, struct plan_node **root, plan_traits_fn *traits_of)
{
	return visit(r, root, traits_of, false);
}

int rule_ensure_cooperative(struct plan_rewrite *r, struct plan_node **root)
{
	return plan_add_guards(r, root, plan_traits_of);
}

/* ---- the validator ---- */

/* pays_above: on the way to the task's root somebody pays before anybody could loop. */
static bool check(const struct plan_node *n, plan_traits_fn *traits_of, bool pays_above)
{
	struct plan_traits t = traits_of(n);
	bool pays_here = is_native(t) || (pays_above && is_transparent(t));

	if (is_source(n, t) && !is_native(t) && !pays_above)
		return false;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		const struct plan_node *child = n->child[i];

		if (n->kind == PLAN_COOPERATIVE && child->kind == PLAN_COOPERATIVE)
			return false;
		if (!check(child, traits_of, pays_here))
			return false;
	}
	return true;
}

bool plan_is_guarded(const struct plan_node *root, plan_traits_fn *traits_of)
{
	return check(root, traits_of, false);
}

bool plan_is_cooperative(const struct plan_node *root)
{
	return plan_is_guarded(root, plan_traits_of);
}
