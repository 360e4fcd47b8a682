/*
 * bind_from.c - FROM: inputs, their columns, and the conditions of ON.
 *
 * Inner joins and commas say the same thing, so the whole clause becomes one
 * list of inputs and one list of conditions; bind_join.c makes a tree of them.
 * Only the names that an ON condition may use depend on where it stands.
 */
#include <string.h>

#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/table/catalog.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* ---- tables ---- */

static int fail_table(struct binder *b, const struct ast_from *f, struct str name)
{
	struct str near = catalog_suggest(b->r.options->catalog, name);

	if (near.len > 0)
		return error_set_at(b->r.err, ERR_TABLE_UNKNOWN, f->table.name.span.begin,
				    "Table '" STR_FMT "' does not exist. Did you mean '" STR_FMT
				    "'?",
				    STR_ARG(name), STR_ARG(near));
	return error_set_at(b->r.err, ERR_TABLE_UNKNOWN, f->table.name.span.begin,
			    "Table '" STR_FMT "' does not exist", STR_ARG(name));
}

/* The plan holds one reference per mention. */
static int hold_table(struct binder *b, struct table *t)
{
	struct plan *plan = b->plan;

	if (plan->n_tables == b->tables_capacity) {
		uint32_t capacity = MAX(b->tables_capacity * 2, 4u);
		struct table **more =
			arena_alloc(b->r.arena, sizeof(struct table *) * capacity, b->r.err);

		if (!more)
			return -1;
		if (plan->n_tables > 0)
			memcpy(more, plan->tables, sizeof(struct table *) * plan->n_tables);
		plan->tables = more;
		b->tables_capacity = capacity;
	}
	plan->tables[plan->n_tables++] = t;
	return 0;
}

static int find_table(struct binder *b, const struct ast_from *f, struct table **out)
{
	const struct ast_name *n = &f->table.name;
	struct str name = n->parts[n->n_parts - 1];

	if (n->n_parts > 1)
		name = arena_printf(b->r.arena, b->r.err, STR_FMT "." STR_FMT, STR_ARG(n->parts[0]),
				    STR_ARG(n->parts[1]));
	if (!name.ptr)
		return -1;
	*out = catalog_find(b->r.options->catalog, name);
	if (!*out)
		return fail_table(b, f, name);
	if (hold_table(b, *out) < 0) {
		table_unref(out);
		return -1;
	}
	return 0;
}

/* ---- inputs ---- */

/* Names the columns of an input, which the node's columns have already. */
static int add_columns(struct binder *b, const struct plan_node *node, struct str database,
		       struct str table, struct scope *scope)
{
	for (uint32_t i = 0; i < node->n_columns; i++) {
		struct scope_column c = { database, table, node->columns[i].name,
					  node->columns[i].type };

		if (plan_step(&b->r) < 0 || scope_add(&b->r, scope, &c) < 0)
			return -1;
	}
	return 0;
}

/* Names of columns could not tell two inputs of one name apart. */
static int check_alias(struct binder *b, const struct from *f, struct str alias, uint32_t offset)
{
	for (uint32_t i = 0; alias.len > 0 && i < f->n_inputs; i++) {
		if (str_eq_nocase(f->inputs[i].alias, alias))
			return error_set_at(b->r.err, ERR_QUERY_VALIDATION, offset,
					    "alias '" STR_FMT
					    "' is used twice in FROM: give each table its own",
					    STR_ARG(alias));
	}
	return 0;
}

static int add_input(struct binder *b, struct from *f, struct plan_node *node, struct str alias,
		     uint32_t offset)
{
	if (check_alias(b, f, alias, offset) < 0)
		return -1;
	if (f->n_inputs == FROM_INPUTS_MAX)
		return error_set_at(b->r.err, ERR_NOT_SUPPORTED, offset,
				    "not supported yet: more than %d tables in one FROM clause",
				    FROM_INPUTS_MAX);
	if (f->n_inputs == f->inputs_capacity) {
		uint32_t capacity = MAX(f->inputs_capacity * 2, 4u);
		struct from_input *more =
			arena_alloc(b->r.arena, sizeof(*more) * capacity, b->r.err);

		if (!more)
			return -1;
		if (f->n_inputs > 0)
			memcpy(more, f->inputs, sizeof(*more) * f->n_inputs);
		f->inputs = more;
		f->inputs_capacity = capacity;
	}
	f->inputs[f->n_inputs++] = (struct from_input){
		.node = node,
		.alias = alias,
		.first = f->scope.n_columns,
		.offset = offset,
	};
	return 0;
}

static int collect_table(struct binder *b, const struct ast_from *a, struct from *f)
{
	const struct ast_name *name = &a->table.name;
	struct str database = { 0 }, table = a->alias;
	struct table *t = NULL;
	struct plan_node *node;

	if (find_table(b, a, &t) < 0)
		return -1;
	if (!table.ptr) {
		table = name->parts[name->n_parts - 1];
		if (name->n_parts > 1)
			database = name->parts[0];
	}
	node = plan_scan_new(&b->r, t);
	if (!node || add_input(b, f, node, table, a->span.begin) < 0)
		return -1;
	return add_columns(b, node, database, table, &f->scope);
}

static int collect_derived(struct binder *b, const struct ast_from *a, struct from *f)
{
	struct plan_node *node;

	if (bind_query(b, a->query, false, &node) < 0 ||
	    add_input(b, f, node, a->alias, a->span.begin) < 0)
		return -1;
	return add_columns(b, node, (struct str){ 0 }, a->alias, &f->scope);
}

/* ---- joins ---- */

static int collect(struct binder *b, const struct ast_from *a, struct from *f);

/* All inputs from `first` on. */
static uint64_t inputs_from(const struct from *f, uint32_t first)
{
	uint64_t joined = 0;

	for (uint32_t i = first; i < f->n_inputs; i++)
		joined |= (uint64_t)1 << i;
	return joined;
}

static int collect_on(struct binder *b, const struct ast_from *a, struct from *f, uint32_t first)
{
	struct bind_place at = {
		.clause = "ON",
		.scope = &f->scope,
		.first = f->inputs[first].first,
		.end = f->scope.n_columns,
	};
	struct plan_expr *on;

	if (bind_truth(b, &at, a->join.on, "ON", &on) < 0)
		return -1;
	return from_add_conditions(b, f, on, inputs_from(f, first));
}

static int collect_join(struct binder *b, const struct ast_from *a, struct from *f)
{
	uint32_t first = f->n_inputs;

	if (a->join.kind == JOIN_INNER && !a->join.on)
		return error_set_at(
			b->r.err, ERR_QUERY_VALIDATION, a->join.right->span.begin,
			"JOIN needs a condition: ON with an equality between its two sides");
	if (collect(b, a->join.left, f) < 0 || collect(b, a->join.right, f) < 0)
		return -1;
	return a->join.on ? collect_on(b, a, f, first) : 0;
}

static int collect(struct binder *b, const struct ast_from *a, struct from *f)
{
	if (plan_step(&b->r) < 0)
		return -1;
	switch (a->kind) {
	case FROM_TABLE:
		return collect_table(b, a, f);
	case FROM_QUERY:
		return collect_derived(b, a, f);
	case FROM_JOIN:
		return collect_join(b, a, f);
	case FROM_UNNEST:
	case FROM_FUNCTION:
		break;
	}
	ASSERT(!"plan_check_supported() lets nothing else pass");
	return -1;
}

/* Without FROM there is one row of no columns. */
static int collect_nothing(struct binder *b, struct from *f)
{
	struct plan_node *row = plan_node_new(&b->r, PLAN_VALUES, 0);

	if (!row)
		return -1;
	row->est_rows = 1;
	row->values.n_rows = 1;
	row->values.rows = arena_calloc(b->r.arena, sizeof(*row->values.rows), b->r.err);
	if (!row->values.rows)
		return -1;
	return add_input(b, f, row, (struct str){ 0 }, 0);
}

int bind_from(struct binder *b, const struct ast_from *f, struct from *out)
{
	*out = (struct from){ 0 };
	return f ? collect(b, f, out) : collect_nothing(b, out);
}
