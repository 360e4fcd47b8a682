/*
 * bind_join.c - inputs and conditions to a tree of hash joins.
 *
 * Joins are made in the order of the text as far as equalities allow: the tree
 * so far takes the first input that an equality ties to it.  Which of the two
 * is built is decided by size, so columns move around; `position` says where a
 * column of the scope is now, and a projection puts them back at the end.
 *
 * Conditions that cannot fail are applied as soon as their columns are there,
 * for one input alone before any join.  Those that can fail wait for the join
 * that they belong to, those of WHERE for all joins, because they must not see
 * rows that a join removes.
 */
#include "broker/plan/bind.h"
#include "broker/plan/physical.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* ---- conditions ---- */

static uint64_t bit_of(uint32_t input)
{
	ASSERT(input < FROM_INPUTS_MAX);
	return (uint64_t)1 << input;
}

struct input_set {
	const struct from *from;
	uint64_t bits;
};

static void add_input_of(uint32_t column, void *arg)
{
	struct input_set *set = arg;
	const struct from *f = set->from;
	uint32_t i = f->n_inputs - 1;

	while (i > 0 && f->inputs[i].first > column)
		i--;
	set->bits |= bit_of(i);
}

static int inputs_of(struct binder *b, const struct from *f, const struct plan_expr *e,
		     uint64_t *out)
{
	struct input_set set = { f, 0 };

	if (plan_expr_each_column(&b->r, e, add_input_of, &set) < 0)
		return -1;
	*out = set.bits;
	return 0;
}

/* An equality whose sides read different inputs can be a key. */
static int find_sides(struct binder *b, const struct from *f, struct from_condition *c)
{
	const struct plan_expr *e = c->expr;

	if (!plan_expr_is_call(e, "equals"))
		return 0;
	if (inputs_of(b, f, e->args[0], &c->sides[0]) < 0 ||
	    inputs_of(b, f, e->args[1], &c->sides[1]) < 0)
		return -1;
	if (c->sides[0] == 0 || c->sides[1] == 0 || (c->sides[0] & c->sides[1]) != 0)
		c->sides[0] = c->sides[1] = 0;
	return 0;
}

/* What cannot fail needs its columns only; the rest waits for the join that it belongs to. */
static int find_needs(struct binder *b, const struct from *f, struct from_condition *c,
		      uint64_t joined)
{
	struct plan_expr_facts facts;
	uint64_t inputs;

	if (plan_expr_facts(&b->r, c->expr, UINT32_MAX, &facts) < 0 ||
	    inputs_of(b, f, c->expr, &inputs) < 0)
		return -1;
	c->needs = joined;
	if (inputs != 0 && !facts.can_fail && !facts.is_volatile)
		c->needs = inputs;
	return facts.is_volatile ? 0 : find_sides(b, f, c);
}

static int add_condition(struct binder *b, struct from *f, struct plan_expr *e, uint64_t joined)
{
	struct from_condition *c = ARENA_NEW(b->r.arena, struct from_condition, b->r.err);

	if (!c)
		return -1;
	c->expr = e;
	if (find_needs(b, f, c, joined) < 0)
		return -1;
	if (f->last_condition)
		f->last_condition->next = c;
	else
		f->conditions = c;
	f->last_condition = c;
	return 0;
}

int from_add_conditions(struct binder *b, struct from *f, struct plan_expr *predicate,
			uint64_t joined)
{
	struct plan_conjuncts parts;

	if (plan_conjuncts_of(&b->r, predicate, &parts) < 0)
		return -1;
	for (uint32_t i = 0; i < parts.n; i++) {
		if (add_condition(b, f, parts.list[i], joined) < 0)
			return -1;
	}
	return 0;
}

/* ---- the tree so far ---- */

struct tree {
	struct binder *b;
	struct from *from;
	struct plan_node *node;
	uint64_t inputs;    /* what is in it */
	uint32_t *position; /* of each column of the scope, in node's output */
};

static uint32_t input_end(const struct from *f, uint32_t input)
{
	return input + 1 < f->n_inputs ? f->inputs[input + 1].first : f->scope.n_columns;
}

/* A filter of all conditions whose needs are met by `inputs`. */
static int apply_ready(struct tree *t, struct plan_node **node, uint64_t inputs)
{
	struct plan_rewrite *r = &t->b->r;
	struct plan_expr **list;
	uint32_t n = 0;

	for (const struct from_condition *c = t->from->conditions; c; c = c->next)
		n += !c->is_done && (c->needs & ~inputs) == 0;
	if (n == 0)
		return 0;
	list = plan_expr_list(r, n);
	if (!list)
		return -1;
	n = 0;
	for (struct from_condition *c = t->from->conditions; c; c = c->next) {
		if (c->is_done || (c->needs & ~inputs) != 0)
			continue;
		if (plan_step(r) < 0 || plan_expr_renumber(r, c->expr, t->position, &list[n++]) < 0)
			return -1;
		c->is_done = true;
	}
	list[0] = plan_expr_all(r, list, n);
	*node = list[0] ? plan_filter_new(r, *node, list[0]) : NULL;
	return *node ? 0 : -1;
}

/* An input with its own conditions, its columns counted from 0. */
static int open_input(struct tree *t, uint32_t input, struct plan_node **out)
{
	const struct from *f = t->from;

	for (uint32_t c = f->inputs[input].first; c < input_end(f, input); c++)
		t->position[c] = c - f->inputs[input].first;
	*out = f->inputs[input].node;
	/* Without joins all conditions are applied at once and in the order of the text. */
	return f->n_inputs == 1 ? 0 : apply_ready(t, out, bit_of(input));
}

/* Which side of an equality is over `input` when the other one is in the tree; -1: none. */
static int key_side(const struct tree *t, const struct from_condition *c, uint32_t input)
{
	uint64_t bit = bit_of(input);

	for (int side = 0; side < 2; side++) {
		if (!c->is_done && c->sides[side] == bit && (c->sides[1 - side] & ~t->inputs) == 0)
			return side;
	}
	return -1;
}

static uint32_t count_keys(const struct tree *t, uint32_t input)
{
	uint32_t n = 0;

	for (const struct from_condition *c = t->from->conditions; c; c = c->next)
		n += key_side(t, c, input) >= 0;
	return n;
}

static int fail_no_key(const struct tree *t)
{
	const struct from *f = t->from;
	uint32_t input = 0;
	struct str name;

	while (t->inputs >> input & 1)
		input++;
	name = f->inputs[input].alias.len > 0 ? f->inputs[input].alias : STR("this one");
	return error_set_at(t->b->r.err, ERR_NOT_SUPPORTED, f->inputs[input].offset,
			    "not supported yet: a join without an equality between " STR_FMT
			    " and another table",
			    STR_ARG(name));
}

/* The first input that an equality ties to the tree. */
static int next_input(const struct tree *t, uint32_t *out)
{
	for (uint32_t i = 0; i < t->from->n_inputs; i++) {
		if (plan_step(&t->b->r) < 0)
			return -1;
		if (!(t->inputs >> i & 1) && count_keys(t, i) > 0) {
			*out = i;
			return 0;
		}
	}
	return fail_no_key(t);
}

struct join_keys {
	struct plan_expr **tree, **input; /* over either side */
	uint32_t n;
};

/* Must be called while the columns of both sides are counted from 0. */
static int take_keys(struct tree *t, uint32_t input, struct join_keys *keys)
{
	struct plan_rewrite *r = &t->b->r;
	uint32_t n = count_keys(t, input);

	*keys = (struct join_keys){ 0 };
	keys->tree = plan_expr_list(r, n);
	keys->input = plan_expr_list(r, n);
	if (!keys->tree || !keys->input)
		return -1;
	for (struct from_condition *c = t->from->conditions; c; c = c->next) {
		int side = key_side(t, c, input);

		if (side < 0)
			continue;
		if (plan_step(r) < 0 ||
		    plan_expr_renumber(r, c->expr->args[side], t->position, &keys->input[keys->n]) <
			    0 ||
		    plan_expr_renumber(r, c->expr->args[1 - side], t->position,
				       &keys->tree[keys->n]) < 0)
			return -1;
		c->is_done = true;
		keys->n++;
	}
	return 0;
}

/* Columns of the inputs in a set move behind `by` others. */
static void shift_columns(struct tree *t, uint64_t inputs, uint32_t by)
{
	for (uint32_t i = 0; i < t->from->n_inputs; i++) {
		if (!(inputs >> i & 1))
			continue;
		for (uint32_t c = t->from->inputs[i].first; c < input_end(t->from, i); c++)
			t->position[c] += by;
	}
}

static int join_input(struct tree *t, uint32_t input)
{
	struct plan_rewrite *r = &t->b->r;
	struct plan_node *node;
	struct join_keys keys;

	if (open_input(t, input, &node) < 0 || take_keys(t, input, &keys) < 0)
		return -1;
	if (plan_builds_left(t->node, node)) {
		shift_columns(t, t->inputs, node->n_columns);
		t->node = plan_join_new(r, node, t->node, keys.input, keys.tree, keys.n);
	} else {
		shift_columns(t, bit_of(input), t->node->n_columns);
		t->node = plan_join_new(r, t->node, node, keys.tree, keys.input, keys.n);
	}
	if (!t->node)
		return -1;
	t->inputs |= bit_of(input);
	return apply_ready(t, &t->node, t->inputs);
}

/* Columns in the order of the scope. */
static int restore_order(struct tree *t)
{
	struct plan_rewrite *r = &t->b->r;
	uint32_t n = t->from->scope.n_columns;
	bool is_moved = false;
	struct plan_expr **exprs;

	for (uint32_t i = 0; i < n; i++)
		is_moved |= t->position[i] != i;
	if (!is_moved)
		return 0;
	exprs = plan_expr_list(r, n);
	if (!exprs)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		exprs[i] = plan_expr_column(r, t->position[i], t->from->scope.columns[i].type,
					    ERROR_NO_OFFSET);
		if (!exprs[i] || plan_step(r) < 0)
			return -1;
	}
	t->node = plan_project_new(r, t->node, exprs, n);
	if (!t->node)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		t->node->columns[i].name = t->from->scope.columns[i].name;
	return 0;
}

int from_build(struct binder *b, struct from *f, struct plan_node **out)
{
	struct tree t = { .b = b, .from = f, .inputs = 1 };
	uint64_t all = f->n_inputs < 64 ? ((uint64_t)1 << f->n_inputs) - 1 : UINT64_MAX;
	uint32_t input = 0;

	t.position =
		arena_calloc(b->r.arena, sizeof(uint32_t) * (f->scope.n_columns + 1), b->r.err);
	if (!t.position || open_input(&t, 0, &t.node) < 0)
		return -1;
	while (t.inputs != all) {
		if (next_input(&t, &input) < 0 || join_input(&t, input) < 0)
			return -1;
	}
	if (apply_ready(&t, &t.node, UINT64_MAX) < 0 || restore_order(&t) < 0)
		return -1;
	*out = t.node;
	return 0;
}
