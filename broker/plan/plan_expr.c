/* plan_expr.c - see plan_expr.h. */
#include "broker/plan/plan_expr.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/error.h"

int plan_step(struct plan_rewrite *r)
{
	coop_pay(r->coop, COOP_CALL);
	return coop_point(r->coop, r->err);
}

/* ---- making ---- */

struct plan_expr *plan_expr_new(struct plan_rewrite *r, enum expr_kind kind, enum col_type type,
				uint32_t offset, uint32_t n_args)
{
	struct plan_expr *e = ARENA_NEW(r->arena, struct plan_expr, r->err);

	if (!e)
		return NULL;
	e->kind = kind;
	e->type = type;
	e->sql_offset = offset;
	e->n_args = n_args;
	if (n_args == 0)
		return e;
	e->args = arena_calloc(r->arena, sizeof(struct plan_expr *) * n_args, r->err);
	return e->args ? e : NULL;
}

struct plan_expr **plan_expr_list(struct plan_rewrite *r, size_t n)
{
	return arena_alloc(r->arena, sizeof(struct plan_expr *) * n, r->err);
}

void plan_expr_copy_list(struct plan_expr **to, struct plan_expr *const *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from[i];
}

struct plan_expr *plan_expr_column(struct plan_rewrite *r, uint32_t column, enum col_type type,
				   uint32_t offset)
{
	struct plan_expr *e = plan_expr_new(r, EXPR_COLUMN, type, offset, 0);

	if (e)
		e->column = column;
	return e;
}

struct plan_expr *plan_expr_const(struct plan_rewrite *r, const struct value *v, uint32_t offset)
{
	struct plan_expr *e = plan_expr_new(r, EXPR_CONST, v->type, offset, 0);

	if (e)
		e->constant = *v;
	return e;
}

struct plan_expr *plan_expr_bool(struct plan_rewrite *r, bool b, uint32_t offset)
{
	return plan_expr_const(r, &(struct value){ .type = COL_BOOLEAN, .boolean = b }, offset);
}

struct plan_expr *plan_expr_null(struct plan_rewrite *r, enum col_type type, uint32_t offset)
{
	return plan_expr_const(r, &(struct value){ .type = type, .is_null = true }, offset);
}

static struct plan_expr *copy_node(struct plan_rewrite *r, const struct plan_expr *e)
{
	struct plan_expr *copy = arena_alloc(r->arena, sizeof(*copy), r->err);

	if (copy)
		*copy = *e;
	return copy;
}

/* True when the node computes the same whatever its type is called. */
static bool is_renamable(const struct plan_expr *e)
{
	if (e->kind == EXPR_COLUMN || e->kind == EXPR_CONST)
		return true;
	return e->kind == EXPR_CALL && e->def->result != FT_ANY && e->def->result != FT_NUMBER;
}

struct plan_expr *plan_expr_renamed(struct plan_rewrite *r, struct plan_expr *e, enum col_type type)
{
	struct plan_expr *renamed;

	if (e->type == type)
		return e;
	if (is_renamable(e)) {
		renamed = copy_node(r, e);
		if (!renamed)
			return NULL;
		renamed->type = type;
		if (renamed->kind == EXPR_CONST)
			renamed->constant.type = type;
		return renamed;
	}
	renamed = plan_expr_new(r, EXPR_CALL, type, e->sql_offset, 1);
	if (!renamed)
		return NULL;
	renamed->args[0] = e;
	renamed->def = func_find_cast(e->type, type);
	ASSERT(renamed->def);
	return renamed;
}

struct plan_expr *plan_expr_all(struct plan_rewrite *r, struct plan_expr **list, uint32_t n)
{
	struct plan_expr *e;

	if (n == 1)
		return list[0];
	e = plan_expr_new(r, EXPR_AND, COL_BOOLEAN, list[0]->sql_offset, n);
	if (e)
		plan_expr_copy_list(e->args, list, n);
	return e;
}

/* ---- asking ---- */

/* Of whatever types: lists of IN are compared before what they are looked for in. */
static bool value_same(const struct value *a, const struct value *b)
{
	if (col_lane_of(a->type) != col_lane_of(b->type))
		return false;
	if (a->is_null || b->is_null)
		return a->is_null == b->is_null;
	return value_cmp(a, b) == 0;
}

static bool in_same(const struct plan_expr *a, const struct plan_expr *b)
{
	if (a->in.n_values != b->in.n_values || a->in.has_null != b->in.has_null ||
	    a->in.is_negated != b->in.is_negated)
		return false;
	for (uint32_t i = 0; i < a->in.n_values; i++) {
		if (!value_same(&a->in.values[i], &b->in.values[i]))
			return false;
	}
	return true;
}

static bool head_same(const struct plan_expr *a, const struct plan_expr *b)
{
	switch (a->kind) {
	case EXPR_COLUMN:
		return a->column == b->column;
	case EXPR_CONST:
		return value_same(&a->constant, &b->constant);
	case EXPR_CALL:
		return a->def == b->def;
	case EXPR_IN:
		return in_same(a, b);
	case EXPR_AND:
	case EXPR_OR:
	case EXPR_CASE:
		return true;
	}
	return false;
}

bool plan_expr_same_value(const struct plan_expr *a, const struct plan_expr *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->n_args != b->n_args ||
	    col_lane_of(a->type) != col_lane_of(b->type) || !head_same(a, b))
		return false;
	for (uint32_t i = 0; i < a->n_args; i++) {
		if (!plan_expr_equal(a->args[i], b->args[i]))
			return false;
	}
	return true;
}

bool plan_expr_equal(const struct plan_expr *a, const struct plan_expr *b)
{
	return a->type == b->type && plan_expr_same_value(a, b);
}

bool plan_expr_is_bool(const struct plan_expr *e, bool b)
{
	return e->kind == EXPR_CONST && e->type == COL_BOOLEAN && !e->constant.is_null &&
	       e->constant.boolean == b;
}

bool plan_expr_is_call(const struct plan_expr *e, const char *name)
{
	return e->kind == EXPR_CALL && strcmp(e->def->name, name) == 0;
}

static int find_facts(struct plan_rewrite *r, const struct plan_expr *e, uint32_t n_limit,
		      struct plan_expr_facts *f)
{
	if (f->n_nodes >= n_limit) {
		f->is_cut = true;
		return 0;
	}
	f->n_nodes++;
	f->n_columns += e->kind == EXPR_COLUMN;
	if (e->kind == EXPR_CALL) {
		f->can_fail |= (e->def->flags & FUNC_FAILS) != 0;
		f->is_volatile |= (e->def->flags & FUNC_VOLATILE) != 0;
	}
	coop_pay(r->coop, COOP_ROW);
	if (coop_point(r->coop, r->err) < 0)
		return -1;
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (find_facts(r, e->args[i], n_limit, f) < 0)
			return -1;
	}
	return 0;
}

int plan_expr_facts(struct plan_rewrite *r, const struct plan_expr *e, uint32_t n_limit,
		    struct plan_expr_facts *out)
{
	*out = (struct plan_expr_facts){ 0 };
	return find_facts(r, e, n_limit, out);
}

int plan_expr_each_column(struct plan_rewrite *r, const struct plan_expr *e,
			  void (*fn)(uint32_t column, void *arg), void *arg)
{
	if (e->kind == EXPR_COLUMN)
		fn(e->column, arg);
	coop_pay(r->coop, COOP_ROW);
	if (coop_point(r->coop, r->err) < 0)
		return -1;
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (plan_expr_each_column(r, e->args[i], fn, arg) < 0)
			return -1;
	}
	return 0;
}

/* ---- rewriting ---- */

/* e with room for other arguments. */
static struct plan_expr *copy_with_args(struct plan_rewrite *r, const struct plan_expr *e)
{
	struct plan_expr *copy = copy_node(r, e);

	if (!copy)
		return NULL;
	copy->args = plan_expr_list(r, e->n_args);
	if (!copy->args)
		return NULL;
	plan_expr_copy_list(copy->args, e->args, e->n_args);
	return copy;
}

int plan_expr_map_args(struct plan_rewrite *r, struct plan_expr *e, plan_map_fn *fn, void *arg,
		       struct plan_expr **out)
{
	struct plan_expr *copy = e;

	if (plan_step(r) < 0)
		return -1;
	for (uint32_t i = 0; i < e->n_args; i++) {
		struct plan_expr *mapped;

		if (fn(r, arg, e->args[i], &mapped) < 0)
			return -1;
		if (mapped == e->args[i])
			continue;
		if (copy == e)
			copy = copy_with_args(r, e);
		if (!copy)
			return -1;
		copy->args[i] = mapped;
	}
	*out = copy;
	return 0;
}

/* Columns to give new numbers, and what to put in their places. */
struct numbers {
	const uint32_t *to;
};
struct stand_ins {
	struct plan_expr *const *list;
};

static int renumber(struct plan_rewrite *r, void *arg, struct plan_expr *e, struct plan_expr **out)
{
	const struct numbers *n = arg;

	if (e->kind != EXPR_COLUMN)
		return plan_expr_map_args(r, e, renumber, arg, out);
	*out = plan_expr_column(r, n->to[e->column], e->type, e->sql_offset);
	return *out ? 0 : -1;
}

int plan_expr_renumber(struct plan_rewrite *r, struct plan_expr *e, const uint32_t *to,
		       struct plan_expr **out)
{
	return renumber(r, &(struct numbers){ to }, e, out);
}

static int substitute(struct plan_rewrite *r, void *arg, struct plan_expr *e,
		      struct plan_expr **out)
{
	const struct stand_ins *s = arg;

	if (e->kind != EXPR_COLUMN)
		return plan_expr_map_args(r, e, substitute, arg, out);
	*out = plan_expr_renamed(r, s->list[e->column], e->type);
	return *out ? 0 : -1;
}

int plan_expr_substitute(struct plan_rewrite *r, struct plan_expr *e, struct plan_expr *const *list,
			 struct plan_expr **out)
{
	return substitute(r, &(struct stand_ins){ list }, e, out);
}

/* ---- conjuncts ---- */

static int count_conjuncts(struct plan_rewrite *r, const struct plan_expr *e, uint32_t *n)
{
	if (e->kind != EXPR_AND) {
		++*n;
		return 0;
	}
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (plan_step(r) < 0 || count_conjuncts(r, e->args[i], n) < 0)
			return -1;
	}
	return 0;
}

static void add_conjuncts(struct plan_expr *e, struct plan_conjuncts *c)
{
	if (e->kind != EXPR_AND) {
		c->list[c->n++] = e;
		return;
	}
	for (uint32_t i = 0; i < e->n_args; i++)
		add_conjuncts(e->args[i], c);
}

int plan_conjuncts_of(struct plan_rewrite *r, struct plan_expr *predicate,
		      struct plan_conjuncts *out)
{
	uint32_t n = 0;

	*out = (struct plan_conjuncts){ 0 };
	if (count_conjuncts(r, predicate, &n) < 0)
		return -1;
	out->list = plan_expr_list(r, n);
	if (!out->list)
		return -1;
	add_conjuncts(predicate, out);
	return 0;
}
