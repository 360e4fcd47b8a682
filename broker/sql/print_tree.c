/*
 * print_tree.c - the tree itself as text, a line for each node.
 *
 *     where: op AND [12, 40)
 *
 * Everything that a tree says is there, so two trees with the same text are
 * equal; with the spans, also in the places that they come from.
 */
#include "broker/sql/ast_walk.h"
#include "broker/sql/sql.h"
#include "common/base/error.h"

struct tree_printer {
	bool has_spans;
	struct coop *coop;
	struct strbuf *out;
	struct error *err;
};

/* About what a line costs. */
#define LINE_UNITS 100

static void put(struct strbuf *out, const char *word)
{
	strbuf_printf(out, " %s", word);
}

static void put_if(struct strbuf *out, bool is_said, const char *word)
{
	if (is_said)
		put(out, word);
}

/* key'text': with quotes doubled, so that it is clear where it ends. */
static void put_text(struct strbuf *out, const char *key, struct str text)
{
	if (!text.ptr)
		return;
	strbuf_printf(out, " %s'", key);
	for (size_t i = 0; i < text.len; i++) {
		strbuf_add_char(out, text.ptr[i]);
		if (text.ptr[i] == '\'')
			strbuf_add_char(out, '\'');
	}
	strbuf_add_char(out, '\'');
}

static void put_name(struct strbuf *out, const struct ast_name *name)
{
	for (uint32_t i = 0; i < name->n_parts; i++)
		put_text(out, i == 0 ? "" : ".", name->parts[i]);
}

static void put_ids(struct strbuf *out, const char *key, const struct ast_id *id)
{
	for (; id; id = id->next)
		put_text(out, key, id->name);
}

/* ---- Expressions ---- */

static void put_literal(struct strbuf *out, const struct ast_expr *e)
{
	static const char *const kinds[] = {
		[LIT_NULL] = "null",         [LIT_BOOLEAN] = "boolean",
		[LIT_INTEGER] = "integer",   [LIT_DECIMAL] = "decimal",
		[LIT_FLOAT] = "float",       [LIT_STRING] = "string",
		[LIT_BINARY] = "binary",     [LIT_DATE] = "date",
		[LIT_TIME] = "time",         [LIT_TIMESTAMP] = "timestamp",
		[LIT_INTERVAL] = "interval", [LIT_SYMBOL] = "symbol",
	};

	put(out, kinds[e->literal.kind]);
	if (e->literal.kind == LIT_BOOLEAN)
		put(out, e->literal.boolean ? "true" : "false");
	put_text(out, "", e->literal.text);
	put_text(out, "", e->literal.unit);
}

static const char *op_name(enum ast_op op)
{
	static const char *const names[AST_OP_COUNT] = {
#define AST_OPERATOR(name, symbol, precedence, form) [OP_##name] = #name,
#include "broker/sql/ops.def"
#undef AST_OPERATOR
	};

	return names[op];
}

static void put_type(struct strbuf *out, const struct ast_type *t)
{
	put_text(out, "type", t->name);
	if (t->precision >= 0)
		strbuf_printf(out, " %d", t->precision);
	if (t->scale >= 0)
		strbuf_printf(out, " %d", t->scale);
	put_text(out, "", t->suffix);
}

static void put_call(struct strbuf *out, const struct ast_expr *e)
{
	static const char *const treatments[] = {
		[TREAT_DEFAULT] = NULL,
		[TREAT_IGNORE_NULLS] = "ignore-nulls",
		[TREAT_RESPECT_NULLS] = "respect-nulls",
	};

	put_name(out, &e->call.name);
	put_if(out, e->call.is_distinct, "distinct");
	put_if(out, e->call.is_star, "*");
	if (treatments[e->call.nulls])
		put(out, treatments[e->call.nulls]);
}

static void put_expr(struct strbuf *out, const struct ast_expr *e)
{
	static const char *const kinds[] = {
		[AST_LITERAL] = "literal", [AST_PARAM] = "parameter",
		[AST_COLUMN] = "column",   [AST_STAR] = "star",
		[AST_OP] = "op",           [AST_CALL] = "call",
		[AST_CASE] = "case",       [AST_CAST] = "cast",
		[AST_IN] = "in",           [AST_QUANTIFIED] = "quantified",
		[AST_QUERY] = "scalar",    [AST_EXISTS] = "exists",
		[AST_ROW] = "row",         [AST_ARRAY] = "array",
		[AST_MAP] = "map",         [AST_ITEM] = "element",
		[AST_FIELD] = "field",     [AST_GROUPING] = "grouping",
	};
	static const char *const groupings[] = {
		[GROUPING_ROLLUP] = "rollup",
		[GROUPING_CUBE] = "cube",
		[GROUPING_SETS] = "sets",
	};

	put(out, kinds[e->kind]);
	switch (e->kind) {
	case AST_LITERAL:
		put_literal(out, e);
		return;
	case AST_COLUMN:
		put_name(out, &e->column);
		return;
	case AST_STAR:
		put_name(out, &e->star);
		return;
	case AST_OP:
		put(out, op_name(e->op.op));
		return;
	case AST_CALL:
		put_call(out, e);
		return;
	case AST_CAST:
		put_if(out, e->cast.is_safe, "safe");
		put_type(out, &e->cast.type);
		return;
	case AST_IN:
		put_if(out, e->in.is_negated, "not");
		return;
	case AST_QUANTIFIED:
		put(out, op_name(e->quantified.op));
		put(out, e->quantified.is_all ? "all" : "some");
		return;
	case AST_EXISTS:
		put_if(out, e->query.is_negated, "not");
		return;
	case AST_FIELD:
		put_text(out, "", e->field.name);
		return;
	case AST_GROUPING:
		put(out, groupings[e->grouping.kind]);
		return;
	case AST_PARAM:
	case AST_CASE:
	case AST_QUERY:
	case AST_ROW:
	case AST_ARRAY:
	case AST_MAP:
	case AST_ITEM:
		return;
	}
}

static void put_order(struct strbuf *out, const struct ast_order *order)
{
	static const char *const nulls[] = {
		[NULLS_DEFAULT] = "",
		[NULLS_FIRST] = " nulls-first",
		[NULLS_LAST] = " nulls-last",
	};

	strbuf_printf(out, " %s%s", order->is_descending ? "descending" : "ascending",
		      nulls[order->nulls]);
}

static void put_window(struct strbuf *out, const struct ast_window *w)
{
	static const char *const units[] = {
		[FRAME_NONE] = "",
		[FRAME_ROWS] = " rows",
		[FRAME_RANGE] = " range",
		[FRAME_GROUPS] = " groups",
	};
	static const char *const bounds[] = {
		[BOUND_NONE] = "",
		[BOUND_UNBOUNDED_PRECEDING] = " unbounded-preceding",
		[BOUND_PRECEDING] = " preceding",
		[BOUND_CURRENT_ROW] = " current-row",
		[BOUND_FOLLOWING] = " following",
		[BOUND_UNBOUNDED_FOLLOWING] = " unbounded-following",
	};
	static const char *const excludes[] = {
		[EXCLUDE_NONE] = "",
		[EXCLUDE_NO_OTHERS] = " exclude-no-others",
		[EXCLUDE_CURRENT_ROW] = " exclude-current-row",
		[EXCLUDE_GROUP] = " exclude-group",
		[EXCLUDE_TIES] = " exclude-ties",
	};

	put(out, w->is_reference ? "reference" : "window");
	put_text(out, "", w->name);
	put_text(out, "of", w->base);
	strbuf_printf(out, "%s%s%s%s", units[w->unit], bounds[w->start.kind], bounds[w->end.kind],
		      excludes[w->exclude]);
}

/* ---- Queries ---- */

static void put_join(struct strbuf *out, const struct ast_from *f)
{
	static const char *const kinds[] = {
		[JOIN_INNER] = "inner",         [JOIN_LEFT] = "left",
		[JOIN_RIGHT] = "right",         [JOIN_FULL] = "full",
		[JOIN_CROSS] = "cross",         [JOIN_LEFT_SEMI] = "left-semi",
		[JOIN_LEFT_ANTI] = "left-anti", [JOIN_ASOF] = "asof",
		[JOIN_LEFT_ASOF] = "left-asof",
	};

	put_if(out, f->join.is_natural, "natural");
	put(out, f->join.is_comma ? "comma" : kinds[f->join.kind]);
	put_ids(out, "using", f->join.using_ids);
}

static void put_from(struct strbuf *out, const struct ast_from *f)
{
	static const char *const kinds[] = {
		[FROM_TABLE] = "table",       [FROM_QUERY] = "derived", [FROM_UNNEST] = "unnest",
		[FROM_FUNCTION] = "function", [FROM_JOIN] = "join",
	};

	put_if(out, f->is_lateral, "lateral");
	put(out, kinds[f->kind]);
	switch (f->kind) {
	case FROM_TABLE:
		put_name(out, &f->table.name);
		if (f->table.sample)
			put(out, f->table.sample->is_system ? "system" : "bernoulli");
		break;
	case FROM_UNNEST:
		put_if(out, f->unnest.has_ordinality, "ordinality");
		break;
	case FROM_JOIN:
		put_join(out, f);
		break;
	case FROM_QUERY:
	case FROM_FUNCTION:
		break;
	}
	put_text(out, "as", f->alias);
	put_ids(out, "column", f->columns);
}

static void put_query(struct strbuf *out, const struct ast_query *q)
{
	static const char *const kinds[] = {
		[QUERY_SELECT] = "select",       [QUERY_VALUES] = "values",
		[QUERY_TABLE] = "table",         [QUERY_UNION] = "union",
		[QUERY_INTERSECT] = "intersect", [QUERY_EXCEPT] = "except",
		[QUERY_PARENS] = "parentheses",
	};
	static const char *const quantifiers[] = {
		[GROUP_DEFAULT] = "",
		[GROUP_ALL] = " group-by-all",
		[GROUP_DISTINCT] = " group-by-distinct",
	};

	put(out, kinds[q->kind]);
	put_if(out, q->is_recursive, "recursive");
	put_if(out, q->is_distinct, "distinct");
	put_if(out, q->is_all, "all");
	put_name(out, &q->table);
	strbuf_printf(out, "%s", quantifiers[q->group_quantifier]);
}

/* ---- Statements ---- */

static void put_column_def(struct strbuf *out, const struct ast_column_def *c)
{
	static const char *const roles[] = {
		[ROLE_NONE] = "",
		[ROLE_DIMENSION] = " dimension",
		[ROLE_METRIC] = " metric",
		[ROLE_DATETIME] = " datetime",
	};

	put_text(out, "", c->name);
	put_type(out, &c->type);
	put_if(out, c->is_not_null, "not-null");
	strbuf_printf(out, "%s", roles[c->role]);
	put_if(out, c->is_multi_value, "array");
	put_text(out, "format", c->format);
	put_text(out, "granularity", c->granularity);
}

static void put_alter(struct strbuf *out, const struct ast_alter *a)
{
	static const char *const kinds[] = {
		[ALTER_ADD] = "add",       [ALTER_DROP] = "drop",     [ALTER_RENAME] = "rename",
		[ALTER_UPDATE] = "update", [ALTER_DELETE] = "delete",
	};

	put(out, kinds[a->kind]);
	put_if(out, a->is_conditional, "if-exists");
	put_text(out, "", a->name);
	put_text(out, "to", a->new_name);
}

static void put_merge_branch(struct strbuf *out, const struct ast_merge_branch *b)
{
	static const char *const kinds[] = {
		[MERGE_UPDATE] = "update",
		[MERGE_DELETE] = "delete",
		[MERGE_INSERT] = "insert",
	};

	put(out, kinds[b->kind]);
	put(out, b->is_matched ? "matched" : "not-matched");
	put_ids(out, "column", b->columns);
}

static void put_explain(struct strbuf *out, const struct ast_stmt *s)
{
	static const char *const levels[] = {
		[EXPLAIN_PLAN] = "plan",
		[EXPLAIN_IMPLEMENTATION] = "implementation",
		[EXPLAIN_ANALYZE] = "analyze",
	};

	put(out, levels[s->explain.level]);
	put_text(out, "", s->explain.detail);
}

static void put_create(struct strbuf *out, const struct ast_stmt *s)
{
	put_if(out, s->create.is_view, "view");
	put_if(out, s->create.if_not_exists, "if-not-exists");
	put_ids(out, "key", s->create.primary_key);
	put_text(out, "type", s->create.type);
	put_text(out, "refresh", s->create.refresh);
	for (const struct ast_property *p = s->create.properties; p; p = p->next) {
		put_text(out, s->create.is_with ? "with" : "property", p->key);
		put_text(out, "=", p->value);
	}
}

static void put_show(struct strbuf *out, const struct ast_stmt *s)
{
	static const char *const kinds[] = {
		[SHOW_TABLES] = "tables",
		[SHOW_VIEWS] = "views",
		[SHOW_CREATE_TABLE] = "create-table",
		[SHOW_CREATE_VIEW] = "create-view",
		[SHOW_PROCESSLIST] = "processlist",
		[SHOW_FUNCTIONS] = "functions",
	};

	put(out, kinds[s->show.kind]);
	put_text(out, "type", s->show.type);
}

static void put_kill(struct strbuf *out, const struct ast_stmt *s)
{
	static const char *const modes[] = {
		[KILL_ASYNC] = "async",
		[KILL_SYNC] = "sync",
		[KILL_TEST] = "test",
	};

	put_text(out, "cluster", s->kill.cluster);
	put(out, modes[s->kill.mode]);
}

static void put_stmt_kind(struct strbuf *out, const struct ast_stmt *s)
{
	switch (s->kind) {
	case STMT_EXPLAIN:
		put_explain(out, s);
		return;
	case STMT_DESCRIBE:
		put_text(out, "column", s->describe.column);
		return;
	case STMT_DELETE:
	case STMT_UPDATE:
		put_text(out, "as", s->change.alias);
		return;
	case STMT_MERGE:
		put_text(out, "as", s->merge.alias);
		return;
	case STMT_INSERT:
		put_ids(out, "column", s->insert.columns);
		for (const struct ast_file *f = s->insert.files; f; f = f->next)
			put_text(out, f->is_archive ? "archive" : "file", f->uri);
		return;
	case STMT_CREATE:
		put_create(out, s);
		return;
	case STMT_DROP:
	case STMT_TRUNCATE:
		put_if(out, s->drop.is_view, "view");
		put_if(out, s->drop.if_exists, "if-exists");
		put_text(out, "type", s->drop.type);
		return;
	case STMT_SHOW:
		put_show(out, s);
		return;
	case STMT_KILL_QUERY:
	case STMT_KILL_MUTATION:
		put_kill(out, s);
		return;
	case STMT_QUERY:
	case STMT_CALL:
	case STMT_ALTER:
	case AST_STMT_COUNT:
		return;
	}
}

static void put_stmt(struct strbuf *out, const struct ast_stmt *s)
{
	strbuf_printf(out, " statement %s %s", ast_class_name(ast_stmt_class_of(s)),
		      ast_stmt_words(s->kind));
	put_name(out, &s->name);
	put_stmt_kind(out, s);
	put_ids(out, "format", s->format);
	for (const struct ast_option *o = s->options; o; o = o->next) {
		put_text(out, "set", o->name);
		put_text(out, "=", o->value);
	}
}

/* ---- All ---- */

static void put_node(struct strbuf *out, const struct ast_node *node)
{
	switch (node->part) {
	case PART_STMT:
		put_stmt(out, node->stmt);
		return;
	case PART_QUERY:
		put_query(out, node->query);
		return;
	case PART_CTE:
		put_text(out, "", node->cte->name);
		put_ids(out, "column", node->cte->columns);
		return;
	case PART_ITEM:
		put(out, "item");
		put_text(out, "as", node->item->alias);
		return;
	case PART_ROW:
		put(out, "row");
		return;
	case PART_ORDER:
		put_order(out, node->order);
		return;
	case PART_FROM:
		put_from(out, node->from);
		return;
	case PART_HINT:
		put_text(out, "", node->hint->name);
		return;
	case PART_HINT_OPTION:
		put(out, "option");
		put_text(out, "", node->hint_option->key);
		return;
	case PART_WINDOW:
		put_window(out, node->window);
		return;
	case PART_EXPR:
		put_expr(out, node->expr);
		return;
	case PART_WHEN:
		return;
	case PART_ASSIGNMENT:
		put_name(out, &node->assignment->column);
		return;
	case PART_COLUMN_DEF:
		put_column_def(out, node->column_def);
		return;
	case PART_ALTER:
		put_alter(out, node->alter);
		return;
	case PART_MERGE_BRANCH:
		put_merge_branch(out, node->merge_branch);
		return;
	}
}

static int print_line(void *context, const struct ast_node *node)
{
	struct tree_printer *p = context;

	strbuf_printf(p->out, "%*s%s%s", (int)(2 * node->level), "", node->role,
		      node->role[0] ? ":" : "-");
	put_node(p->out, node);
	if (p->has_spans)
		strbuf_printf(p->out, " [%u, %u)", node->span.begin, node->span.end);
	strbuf_add_char(p->out, '\n');
	coop_pay(p->coop, LINE_UNITS);
	return coop_point(p->coop, p->err);
}

int sql_print_tree(const struct ast_stmt *stmt, bool with_spans, struct coop *coop,
		   struct strbuf *out, struct error *err)
{
	struct tree_printer p = { with_spans, coop, out, err };
	struct ast_visitor visitor = { print_line, &p };

	if (ast_walk(stmt, &visitor) < 0)
		return -1;
	return strbuf_ok(out) ? 0 : error_oom(err);
}
