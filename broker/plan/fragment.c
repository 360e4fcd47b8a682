/*
 * fragment.c - see fragment.h.
 *
 * A fragment is listed once all fragments below it are, so that inputs have
 * smaller ids and running in order of ids is always possible.
 */
#include "broker/plan/fragment.h"

#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/assert.h"

static int number_nodes(struct plan_rewrite *r, struct plan_node *n, struct plan *plan)
{
	if (plan_step(r) < 0)
		return -1;
	n->id = plan->n_nodes++;
	plan->n_fragments += plan_cut_child(n->kind) >= 0;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if (number_nodes(r, n->child[i], plan) < 0)
			return -1;
	}
	return 0;
}

struct cutter {
	struct plan_rewrite *r;
	struct plan_fragment *fragments;
	uint32_t n;
};

static int cut_below(struct cutter *c, const struct plan_node *sink, uint32_t *id);

/* How many fragments the one with n in it reads, at n and below. */
static void count_inputs(const struct plan_node *n, uint32_t *n_inputs)
{
	int cut = plan_cut_child(n->kind);

	*n_inputs += cut >= 0;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if ((int)i != cut)
			count_inputs(n->child[i], n_inputs);
	}
}

static int cut_inputs(struct cutter *c, const struct plan_node *n, struct plan_fragment *f)
{
	int cut = plan_cut_child(n->kind);

	if (plan_step(c->r) < 0)
		return -1;
	if (cut >= 0 && cut_below(c, n, &f->inputs[f->n_inputs++]) < 0)
		return -1;
	for (unsigned i = 0; i < plan_n_children(n->kind); i++) {
		if ((int)i != cut && cut_inputs(c, n->child[i], f) < 0)
			return -1;
	}
	return 0;
}

/* The fragment that ends in sink, after those that it reads. */
static int cut_below(struct cutter *c, const struct plan_node *sink, uint32_t *id)
{
	struct plan_fragment f = { .sink = sink };
	uint32_t n_inputs = 0;

	f.root = sink->child[plan_cut_child(sink->kind)];
	count_inputs(f.root, &n_inputs);
	f.inputs = arena_alloc(c->r->arena, sizeof(*f.inputs) * MAX(n_inputs, 1u), c->r->err);
	if (!f.inputs || cut_inputs(c, f.root, &f) < 0)
		return -1;
	f.id = *id = c->n;
	c->fragments[c->n++] = f;
	return 0;
}

int plan_cut(struct plan_rewrite *r, struct plan *plan)
{
	struct cutter c = { .r = r };
	uint32_t last;

	plan->n_nodes = plan->n_fragments = 0;
	if (number_nodes(r, plan->root, plan) < 0)
		return -1;
	c.fragments = arena_alloc(r->arena, sizeof(*c.fragments) * plan->n_fragments, r->err);
	if (!c.fragments || cut_below(&c, plan->root, &last) < 0)
		return -1;
	ASSERT(c.n == plan->n_fragments && last + 1 == c.n);
	plan->fragments = c.fragments;
	return 0;
}
