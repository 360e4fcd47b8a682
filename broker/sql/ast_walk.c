/* ast_walk.c - see ast_walk.h. */
#include "broker/sql/ast_walk.h"
#include "common/base/assert.h"

struct walk {
	const struct ast_visitor *visitor;
	unsigned level;
	struct span span; /* of the nearest node that has one */
	int result;
};

/* What a node's parts have to put back. */
struct outer {
	struct span span;
};

/*
 * Shows a node; false when the walk is over.  Everything that walks the parts of a
 * node stands between enter() and leave().
 */
static bool enter(struct walk *w, enum ast_part part, const char *role, const void *any,
		  const struct span *span, struct outer *outer)
{
	struct ast_node node = { .part = part, .role = role, .level = w->level, .any = any };

	outer->span = w->span;
	if (w->result != 0)
		return false;
	if (span)
		w->span = *span;
	node.span = w->span;
	w->result = w->visitor->enter(w->visitor->context, &node);
	w->level++;
	return w->result == 0;
}

static void leave(struct walk *w, const struct outer *outer)
{
	w->level--;
	w->span = outer->span;
}

static void walk_query(struct walk *w, const char *role, const struct ast_query *q);
static void walk_expr(struct walk *w, const char *role, const struct ast_expr *e);

static void walk_list(struct walk *w, const char *role, const struct ast_list *list)
{
	for (const struct ast_expr *e = list->first; e; e = e->next)
		walk_expr(w, role, e);
}

/* ---- Expressions ---- */

static void walk_orders(struct walk *w, const char *role, const struct ast_order *order)
{
	struct outer outer;

	for (; order; order = order->next) {
		if (!enter(w, PART_ORDER, role, order, &order->expr->span, &outer))
			return;
		walk_expr(w, "", order->expr);
		leave(w, &outer);
	}
}

static void walk_windows(struct walk *w, const char *role, const struct ast_window *window)
{
	struct outer outer;

	for (; window; window = window->next) {
		if (!enter(w, PART_WINDOW, role, window, &window->span, &outer))
			return;
		walk_list(w, "partition by", &window->partition_by);
		walk_orders(w, "order by", window->order_by);
		walk_expr(w, "start", window->start.value);
		walk_expr(w, "end", window->end.value);
		leave(w, &outer);
	}
}

static void walk_whens(struct walk *w, const struct ast_when *when)
{
	struct outer outer;

	for (; when; when = when->next) {
		if (!enter(w, PART_WHEN, "when", when, NULL, &outer))
			return;
		walk_expr(w, "condition", when->condition);
		walk_expr(w, "result", when->result);
		leave(w, &outer);
	}
}

static void walk_call(struct walk *w, const struct ast_expr *e)
{
	walk_list(w, "", &e->call.args);
	walk_orders(w, "order by", e->call.order_by);
	walk_orders(w, "within group", e->call.within_group);
	walk_expr(w, "filter", e->call.filter);
	walk_windows(w, "over", e->call.over);
}

static void walk_parts_of_expr(struct walk *w, const struct ast_expr *e)
{
	switch (e->kind) {
	case AST_LITERAL:
	case AST_PARAM:
	case AST_COLUMN:
	case AST_STAR:
		return;
	case AST_OP:
		walk_list(w, "", &e->op.args);
		return;
	case AST_CALL:
		walk_call(w, e);
		return;
	case AST_CASE:
		walk_expr(w, "operand", e->when.operand);
		walk_whens(w, e->when.whens);
		walk_expr(w, "else", e->when.otherwise);
		return;
	case AST_CAST:
		walk_expr(w, "", e->cast.value);
		return;
	case AST_IN:
		walk_expr(w, "value", e->in.value);
		walk_list(w, "", &e->in.list);
		walk_query(w, "", e->in.query);
		return;
	case AST_QUANTIFIED:
		walk_expr(w, "value", e->quantified.value);
		walk_list(w, "", &e->quantified.list);
		walk_query(w, "", e->quantified.query);
		return;
	case AST_QUERY:
	case AST_EXISTS:
		walk_query(w, "", e->query.query);
		return;
	case AST_ROW:
	case AST_ARRAY:
	case AST_MAP:
		walk_list(w, "", &e->elements);
		return;
	case AST_ITEM:
		walk_expr(w, "value", e->item.value);
		walk_expr(w, "index", e->item.index);
		return;
	case AST_FIELD:
		walk_expr(w, "", e->field.value);
		return;
	case AST_GROUPING:
		walk_list(w, "", &e->grouping.elements);
		return;
	}
}

/* e may be NULL. */
static void walk_expr(struct walk *w, const char *role, const struct ast_expr *e)
{
	struct outer outer;

	if (!e || !enter(w, PART_EXPR, role, e, &e->span, &outer))
		return;
	walk_parts_of_expr(w, e);
	leave(w, &outer);
}

/* ---- FROM ---- */

static void walk_hint_options(struct walk *w, const struct ast_hint_option *option)
{
	struct outer outer;

	for (; option; option = option->next) {
		if (!enter(w, PART_HINT_OPTION, "", option, NULL, &outer))
			return;
		walk_expr(w, "", option->value);
		leave(w, &outer);
	}
}

static void walk_hints(struct walk *w, const struct ast_hint *hint)
{
	struct outer outer;

	for (; hint; hint = hint->next) {
		if (!enter(w, PART_HINT, "hint", hint, &hint->span, &outer))
			return;
		walk_hint_options(w, hint->options);
		leave(w, &outer);
	}
}

static void walk_from(struct walk *w, const char *role, const struct ast_from *f);

static void walk_parts_of_from(struct walk *w, const struct ast_from *f)
{
	switch (f->kind) {
	case FROM_TABLE:
		walk_hints(w, f->table.hints);
		if (f->table.sample) {
			walk_expr(w, "percentage", f->table.sample->percentage);
			walk_expr(w, "seed", f->table.sample->seed);
		}
		return;
	case FROM_QUERY:
		walk_query(w, "", f->query);
		return;
	case FROM_UNNEST:
		walk_list(w, "", &f->unnest.args);
		return;
	case FROM_FUNCTION:
		walk_expr(w, "", f->function);
		return;
	case FROM_JOIN:
		walk_from(w, "left", f->join.left);
		walk_from(w, "right", f->join.right);
		walk_expr(w, "match", f->join.match);
		walk_expr(w, "on", f->join.on);
		return;
	}
}

/* f may be NULL. */
static void walk_from(struct walk *w, const char *role, const struct ast_from *f)
{
	struct outer outer;

	if (!f || !enter(w, PART_FROM, role, f, &f->span, &outer))
		return;
	walk_parts_of_from(w, f);
	leave(w, &outer);
}

/* ---- Queries ---- */

static void walk_ctes(struct walk *w, const struct ast_cte *cte)
{
	struct outer outer;

	for (; cte; cte = cte->next) {
		if (!enter(w, PART_CTE, "with", cte, &cte->span, &outer))
			return;
		walk_query(w, "", cte->query);
		leave(w, &outer);
	}
}

static void walk_items(struct walk *w, const struct ast_item *item)
{
	struct outer outer;

	for (; item; item = item->next) {
		if (!enter(w, PART_ITEM, "select", item, &item->span, &outer))
			return;
		walk_expr(w, "", item->expr);
		leave(w, &outer);
	}
}

static void walk_rows(struct walk *w, const struct ast_row *row)
{
	struct outer outer;

	for (; row; row = row->next) {
		if (!enter(w, PART_ROW, "", row, &row->span, &outer))
			return;
		walk_list(w, "", &row->exprs);
		leave(w, &outer);
	}
}

/* q may be NULL. */
static void walk_query(struct walk *w, const char *role, const struct ast_query *q)
{
	struct outer outer;

	if (!q || !enter(w, PART_QUERY, role, q, &q->span, &outer))
		return;
	walk_ctes(w, q->ctes);
	walk_hints(w, q->hints);
	walk_items(w, q->items);
	walk_from(w, "from", q->from);
	walk_expr(w, "where", q->where);
	walk_list(w, "group by", &q->group_by);
	walk_expr(w, "having", q->having);
	walk_windows(w, "window", q->windows);
	walk_expr(w, "qualify", q->qualify);
	walk_rows(w, q->rows);
	for (const struct ast_query *branch = q->branches; branch; branch = branch->next)
		walk_query(w, "", branch);
	walk_orders(w, "order by", q->order_by);
	walk_expr(w, "limit", q->limit);
	walk_expr(w, "offset", q->offset);
	leave(w, &outer);
}

/* ---- Statements ---- */

static void walk_assignments(struct walk *w, const struct ast_assignment *a)
{
	struct outer outer;

	for (; a; a = a->next) {
		if (!enter(w, PART_ASSIGNMENT, "set", a, &a->span, &outer))
			return;
		walk_expr(w, "", a->value);
		leave(w, &outer);
	}
}

static void walk_column_defs(struct walk *w, const struct ast_column_def *c)
{
	struct outer outer;

	for (; c; c = c->next) {
		if (!enter(w, PART_COLUMN_DEF, "column", c, &c->span, &outer))
			return;
		walk_expr(w, "default", c->fallback);
		leave(w, &outer);
	}
}

static void walk_alters(struct walk *w, const struct ast_alter *a)
{
	struct outer outer;

	for (; a; a = a->next) {
		if (!enter(w, PART_ALTER, "", a, &a->span, &outer))
			return;
		walk_column_defs(w, a->column);
		walk_assignments(w, a->assignments);
		walk_expr(w, "where", a->where);
		leave(w, &outer);
	}
}

static void walk_merge_branches(struct walk *w, const struct ast_merge_branch *b)
{
	struct outer outer;

	for (; b; b = b->next) {
		if (!enter(w, PART_MERGE_BRANCH, "when", b, NULL, &outer))
			return;
		walk_expr(w, "condition", b->condition);
		walk_assignments(w, b->assignments);
		walk_rows(w, b->row);
		leave(w, &outer);
	}
}

static void walk_stmt(struct walk *w, const char *role, const struct ast_stmt *s);

static void walk_parts_of_stmt(struct walk *w, const struct ast_stmt *s)
{
	switch (s->kind) {
	case STMT_EXPLAIN:
		walk_stmt(w, "", s->explain.stmt);
		return;
	case STMT_DELETE:
	case STMT_UPDATE:
		walk_assignments(w, s->change.assignments);
		walk_expr(w, "where", s->change.where);
		return;
	case STMT_MERGE:
		walk_from(w, "using", s->merge.source);
		walk_expr(w, "on", s->merge.on);
		walk_merge_branches(w, s->merge.branches);
		return;
	case STMT_CALL:
		walk_expr(w, "", s->call);
		return;
	case STMT_CREATE:
		walk_column_defs(w, s->create.columns);
		walk_query(w, "", s->query);
		return;
	case STMT_ALTER:
		walk_alters(w, s->alter);
		return;
	case STMT_KILL_QUERY:
	case STMT_KILL_MUTATION:
		walk_expr(w, "where", s->kill.where);
		return;
	case STMT_QUERY:
	case STMT_INSERT:
		walk_query(w, "", s->query);
		return;
	case STMT_DESCRIBE:
	case STMT_DROP:
	case STMT_TRUNCATE:
	case STMT_SHOW:
		return;
	case AST_STMT_COUNT:
		break;
	}
	ASSERT(false);
}

static void walk_stmt(struct walk *w, const char *role, const struct ast_stmt *s)
{
	struct outer outer;

	if (!enter(w, PART_STMT, role, s, &s->span, &outer))
		return;
	walk_parts_of_stmt(w, s);
	leave(w, &outer);
}

int ast_walk(const struct ast_stmt *stmt, const struct ast_visitor *visitor)
{
	struct walk w = { .visitor = visitor };

	walk_stmt(&w, "", stmt);
	return w.result;
}
