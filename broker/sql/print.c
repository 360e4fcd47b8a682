/*
 * print.c - syntax tree to text.
 *
 * Canonical text parses to the same tree: keywords in upper case, one blank
 * between words, names in backticks only where they need them, and parentheses
 * only where the precedences of ops.def ask for them.  Labels are what Pinot's
 * single-stage engine calls a column that has no alias: everything is a
 * function there.
 */
#include <ctype.h>

#include "broker/sql/lexer.h"
#include "broker/sql/sql.h"
#include "common/base/num.h"

/* Precedences beyond ops.def: what needs no parentheses anywhere, and what never gets any. */
enum { PREC_ANY = 0, PREC_NOT = 3, PREC_TEST = 4, PREC_VALUE = 5, PREC_PRIMARY = 100 };

enum op_form { FORM_PREFIX, FORM_INFIX, FORM_NARY, FORM_POSTFIX, FORM_OTHER };

struct op_row {
	const char *symbol;
	int precedence;
	enum op_form form;
};

static const struct op_row op_rows[AST_OP_COUNT] = {
#define AST_OPERATOR(name, symbol, precedence, form) \
	[OP_##name] = { symbol, precedence, FORM_##form },
#include "broker/sql/ops.def"
#undef AST_OPERATOR
};

/* The operators in a label: Pinot's names of filters and functions. */
static const char *const op_functions[AST_OP_COUNT] = {
	[OP_OR] = "or",
	[OP_AND] = "and",
	[OP_NOT] = "not",
	[OP_EQ] = "equals",
	[OP_NE] = "not_equals",
	[OP_LT] = "less_than",
	[OP_LE] = "less_than_or_equal",
	[OP_GT] = "greater_than",
	[OP_GE] = "greater_than_or_equal",
	[OP_IS_NULL] = "is_null",
	[OP_IS_NOT_NULL] = "is_not_null",
	[OP_IS_TRUE] = "istrue",
	[OP_IS_NOT_TRUE] = "isnottrue",
	[OP_IS_FALSE] = "isfalse",
	[OP_IS_NOT_FALSE] = "isnotfalse",
	[OP_IS_DISTINCT] = "isdistinctfrom",
	[OP_IS_NOT_DISTINCT] = "isnotdistinctfrom",
	[OP_BETWEEN] = "between",
	[OP_NOT_BETWEEN] = "not(between",
	[OP_LIKE] = "like",
	[OP_NOT_LIKE] = "not(like",
	[OP_ADD] = "plus",
	[OP_SUB] = "minus",
	[OP_CONCAT] = "concat",
	[OP_MUL] = "times",
	[OP_DIV] = "divide",
	[OP_MOD] = "mod",
	[OP_NEG] = "negate",
	[OP_PLUS] = "",
};

/* Functions that are filters to Pinot: these keep their underscores in a label. */
static const char *const filter_functions[] = {
	"json_match", "regexp_like", "text_contains", "text_match", "vector_similarity",
};

static void print_query(const struct ast_query *q, struct strbuf *out);

static void put(struct strbuf *out, const char *z)
{
	strbuf_add(out, z, strlen(z));
}

/* ---- Names and literals ---- */

/* Between quotes, with those inside doubled. */
static void print_quoted(struct str s, char quote, struct strbuf *out)
{
	strbuf_add_char(out, quote);
	while (s.len > 0) {
		const char *inside = memchr(s.ptr, quote, s.len);
		size_t n = inside ? (size_t)(inside - s.ptr) + 1 : s.len;

		strbuf_add(out, s.ptr, n);
		if (inside)
			strbuf_add_char(out, quote);
		s = (struct str){ s.ptr + n, s.len - n };
	}
	strbuf_add_char(out, quote);
}

static void print_id(struct str name, struct strbuf *out)
{
	if (sql_is_plain_name(name, false))
		strbuf_add_str(out, name);
	else
		print_quoted(name, '`', out);
}

/* With a dot behind each part. */
static void print_qualifiers(const struct ast_name *name, uint32_t n, struct strbuf *out)
{
	for (uint32_t i = 0; i < n; i++) {
		print_id(name->parts[i], out);
		strbuf_add_char(out, '.');
	}
}

static void print_name(const struct ast_name *name, struct strbuf *out)
{
	print_qualifiers(name, name->n_parts - 1, out);
	print_id(name->parts[name->n_parts - 1], out);
}

static void print_bare_name(const struct ast_name *name, struct strbuf *out)
{
	for (uint32_t i = 0; i < name->n_parts; i++) {
		if (i > 0)
			strbuf_add_char(out, '.');
		strbuf_add_str(out, name->parts[i]);
	}
}

static void print_literal(const struct ast_expr *e, struct strbuf *out)
{
	const char *prefix = "";

	switch (e->literal.kind) {
	case LIT_NULL:
		put(out, "NULL");
		return;
	case LIT_BOOLEAN:
		put(out, e->literal.boolean ? "TRUE" : "FALSE");
		return;
	case LIT_INTEGER:
	case LIT_DECIMAL:
	case LIT_FLOAT:
		strbuf_add_str(out, e->literal.text);
		return;
	case LIT_STRING:
		break;
	case LIT_BINARY:
		prefix = "X";
		break;
	case LIT_DATE:
		prefix = "DATE ";
		break;
	case LIT_TIME:
		prefix = "TIME ";
		break;
	case LIT_TIMESTAMP:
		prefix = "TIMESTAMP ";
		break;
	case LIT_INTERVAL:
		prefix = "INTERVAL ";
		break;
	}
	put(out, prefix);
	print_quoted(e->literal.text, '\'', out);
	if (e->literal.kind == LIT_INTERVAL) {
		strbuf_add_char(out, ' ');
		print_id(e->literal.unit, out);
	}
}

/* "DOUBLE PRECISION" is two names; anything else with a blank was quoted. */
static bool is_two_words(struct str s)
{
	struct str first = s, second;
	size_t blank = str_find(s, STR(" "), 0);

	if (blank == SIZE_MAX)
		return false;
	first.len = blank;
	second = (struct str){ s.ptr + blank + 1, s.len - blank - 1 };
	return sql_is_plain_name(first, false) && sql_is_plain_name(second, false);
}

static void print_type(const struct ast_expr *e, struct strbuf *out)
{
	if (is_two_words(e->cast.type))
		strbuf_add_str(out, e->cast.type);
	else
		print_id(e->cast.type, out);
	if (e->cast.scale >= 0)
		strbuf_printf(out, "(%d, %d)", e->cast.precision, e->cast.scale);
	else if (e->cast.precision >= 0)
		strbuf_printf(out, "(%d)", e->cast.precision);
}

/* ---- Canonical expressions ---- */

static int precedence_of(const struct ast_expr *e)
{
	if (e->kind == AST_OP)
		return op_rows[e->op.op].precedence;
	if (e->kind == AST_IN)
		return PREC_TEST;
	if (e->kind == AST_EXISTS && e->query.is_negated)
		return PREC_NOT;
	return PREC_PRIMARY;
}

static void print_expr(const struct ast_expr *e, int min_precedence, struct strbuf *out);

static void print_list(const struct ast_list *list, struct strbuf *out)
{
	for (const struct ast_expr *e = list->first; e; e = e->next) {
		if (e != list->first)
			put(out, ", ");
		print_expr(e, PREC_ANY, out);
	}
}

static void print_subquery(const struct ast_query *q, struct strbuf *out)
{
	strbuf_add_char(out, '(');
	print_query(q, out);
	strbuf_add_char(out, ')');
}

static void print_prefix(const struct ast_expr *e, const struct op_row *row, struct strbuf *out)
{
	const struct ast_expr *arg = e->op.args.first;

	put(out, row->symbol);
	/* A blank, also so that two minus signs do not start a comment. */
	if (e->op.op == OP_NOT ||
	    (arg->kind == AST_OP && (arg->op.op == OP_NEG || arg->op.op == OP_PLUS)))
		strbuf_add_char(out, ' ');
	print_expr(arg, row->precedence, out);
}

/* Left to right, so what follows the first argument has to bind tighter. */
static void print_infix(const struct ast_expr *e, const struct op_row *row, struct strbuf *out)
{
	const struct ast_expr *arg = e->op.args.first;

	print_expr(arg, row->precedence, out);
	while ((arg = arg->next)) {
		strbuf_printf(out, " %s ", row->symbol);
		print_expr(arg, row->precedence + 1, out);
	}
}

/* BETWEEN and LIKE: two or three arguments. */
static void print_other(const struct ast_expr *e, const struct op_row *row, struct strbuf *out)
{
	const struct ast_expr *a = e->op.args.first, *b = a->next, *c = b->next;
	bool is_between = e->op.op == OP_BETWEEN || e->op.op == OP_NOT_BETWEEN;

	print_expr(a, PREC_TEST, out);
	strbuf_printf(out, " %s ", row->symbol);
	print_expr(b, PREC_VALUE, out);
	if (c) {
		put(out, is_between ? " AND " : " ESCAPE ");
		print_expr(c, PREC_VALUE, out);
	}
}

static void print_op(const struct ast_expr *e, struct strbuf *out)
{
	const struct op_row *row = &op_rows[e->op.op];

	switch (row->form) {
	case FORM_PREFIX:
		print_prefix(e, row, out);
		return;
	case FORM_INFIX:
	case FORM_NARY:
		print_infix(e, row, out);
		return;
	case FORM_POSTFIX:
		print_expr(e->op.args.first, row->precedence, out);
		strbuf_printf(out, " %s", row->symbol);
		return;
	case FORM_OTHER:
		print_other(e, row, out);
		return;
	}
}

/* Nothing but arguments, so that the forms of the grammar's own functions apply. */
static bool is_simple_call(const struct ast_expr *e, uint32_t min_args, uint32_t max_args)
{
	return e->call.name.n_parts == 1 && e->call.args.n >= min_args &&
	       e->call.args.n <= max_args && !e->call.is_distinct && !e->call.filter;
}

/* EXTRACT(unit FROM x) and POSITION(a IN b) cannot be written as plain calls. */
static bool print_special_call(const struct ast_expr *e, struct strbuf *out)
{
	const struct ast_expr *a = e->call.args.first;
	struct str name = e->call.name.parts[0];

	if (!is_simple_call(e, 2, 2))
		return false;
	if (str_eq_nocase(name, STR("extract")) && a->kind == AST_LITERAL &&
	    a->literal.kind == LIT_STRING && a->literal.text.len > 0) {
		strbuf_printf(out, STR_FMT "(", STR_ARG(name));
		print_id(a->literal.text, out);
		put(out, " FROM ");
		print_expr(a->next, PREC_ANY, out);
	} else if (str_eq_nocase(name, STR("position"))) {
		strbuf_printf(out, STR_FMT "(", STR_ARG(name));
		print_expr(a, PREC_VALUE, out);
		put(out, " IN ");
		print_expr(a->next, PREC_VALUE, out);
	} else {
		return false;
	}
	strbuf_add_char(out, ')');
	return true;
}

static void print_function_name(const struct ast_expr *e, struct strbuf *out)
{
	const struct ast_name *name = &e->call.name;
	struct str last = name->parts[name->n_parts - 1];
	bool is_special =
		is_simple_call(e, 1, UINT32_MAX) &&
		(str_eq_nocase(last, STR("trim")) || str_eq_nocase(last, STR("substring")));

	print_qualifiers(name, name->n_parts - 1, out);
	if (is_special || sql_is_plain_name(last, true))
		strbuf_add_str(out, last);
	else
		print_quoted(last, '`', out);
}

static void print_call(const struct ast_expr *e, struct strbuf *out)
{
	if (print_special_call(e, out))
		return;
	print_function_name(e, out);
	put(out, e->call.is_distinct ? "(DISTINCT " : "(");
	if (e->call.is_star)
		strbuf_add_char(out, '*');
	print_list(&e->call.args, out);
	strbuf_add_char(out, ')');
	if (e->call.filter) {
		put(out, " FILTER (WHERE ");
		print_expr(e->call.filter, PREC_ANY, out);
		strbuf_add_char(out, ')');
	}
}

static void print_case(const struct ast_expr *e, struct strbuf *out)
{
	put(out, "CASE");
	if (e->when.operand) {
		strbuf_add_char(out, ' ');
		print_expr(e->when.operand, PREC_ANY, out);
	}
	for (const struct ast_when *w = e->when.whens; w; w = w->next) {
		put(out, " WHEN ");
		print_expr(w->condition, PREC_ANY, out);
		put(out, " THEN ");
		print_expr(w->result, PREC_ANY, out);
	}
	if (e->when.otherwise) {
		put(out, " ELSE ");
		print_expr(e->when.otherwise, PREC_ANY, out);
	}
	put(out, " END");
}

static void print_in(const struct ast_expr *e, struct strbuf *out)
{
	print_expr(e->in.value, PREC_TEST, out);
	put(out, e->in.is_negated ? " NOT IN " : " IN ");
	if (e->in.query) {
		print_subquery(e->in.query, out);
		return;
	}
	strbuf_add_char(out, '(');
	print_list(&e->in.list, out);
	strbuf_add_char(out, ')');
}

static void print_star(const struct ast_expr *e, struct strbuf *out)
{
	print_qualifiers(&e->star, e->star.n_parts, out);
	strbuf_add_char(out, '*');
}

static void print_unparenthesized(const struct ast_expr *e, struct strbuf *out)
{
	switch (e->kind) {
	case AST_LITERAL:
		print_literal(e, out);
		return;
	case AST_COLUMN:
		print_name(&e->column, out);
		return;
	case AST_STAR:
		print_star(e, out);
		return;
	case AST_OP:
		print_op(e, out);
		return;
	case AST_CALL:
		print_call(e, out);
		return;
	case AST_CASE:
		print_case(e, out);
		return;
	case AST_CAST:
		put(out, "CAST(");
		print_expr(e->cast.value, PREC_ANY, out);
		put(out, " AS ");
		print_type(e, out);
		strbuf_add_char(out, ')');
		return;
	case AST_IN:
		print_in(e, out);
		return;
	case AST_QUERY:
		print_subquery(e->query.query, out);
		return;
	case AST_EXISTS:
		put(out, e->query.is_negated ? "NOT EXISTS " : "EXISTS ");
		print_subquery(e->query.query, out);
		return;
	}
}

static void print_expr(const struct ast_expr *e, int min_precedence, struct strbuf *out)
{
	bool needs_parens = precedence_of(e) < min_precedence;

	if (needs_parens)
		strbuf_add_char(out, '(');
	print_unparenthesized(e, out);
	if (needs_parens)
		strbuf_add_char(out, ')');
}

/* ---- Labels ---- */

static void print_label(const struct ast_expr *e, struct strbuf *out);

/* Pinot compares function names without case and underscores, and prints them so. */
static void print_function(struct str name, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(filter_functions); i++) {
		if (str_eq_name(name, str_of(filter_functions[i]))) {
			put(out, filter_functions[i]);
			return;
		}
	}
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != '_')
			strbuf_add_char(out, (char)tolower((unsigned char)name.ptr[i]));
}

static void print_label_list(const struct ast_list *list, struct strbuf *out)
{
	for (const struct ast_expr *e = list->first; e; e = e->next) {
		if (e != list->first)
			strbuf_add_char(out, ',');
		print_label(e, out);
	}
}

static void print_call_label(const struct ast_expr *e, struct strbuf *out)
{
	for (uint32_t i = 0; i < e->call.name.n_parts; i++) {
		if (i > 0)
			strbuf_add_char(out, '.');
		else if (e->call.is_distinct)
			put(out, "distinct");
		print_function(e->call.name.parts[i], out);
	}
	strbuf_add_char(out, '(');
	if (e->call.is_star)
		strbuf_add_char(out, '*');
	print_label_list(&e->call.args, out);
	strbuf_add_char(out, ')');
	if (e->call.filter) {
		put(out, " FILTER(WHERE ");
		print_expr(e->call.filter, PREC_ANY, out);
		strbuf_add_char(out, ')');
	}
}

static bool is_number(const struct ast_expr *e)
{
	return e->kind == AST_LITERAL &&
	       (e->literal.kind == LIT_INTEGER || e->literal.kind == LIT_DECIMAL ||
		e->literal.kind == LIT_FLOAT);
}

static void print_op_label(const struct ast_expr *e, struct strbuf *out)
{
	bool is_not = e->op.op == OP_NOT_BETWEEN || e->op.op == OP_NOT_LIKE;

	if (e->op.op == OP_NEG && is_number(e->op.args.first)) {
		strbuf_add_char(out, '-');
		print_label(e->op.args.first, out);
	} else if (e->op.op == OP_PLUS) {
		print_label(e->op.args.first, out);
	} else {
		strbuf_printf(out, "%s(", op_functions[e->op.op]);
		print_label_list(&e->op.args, out);
		put(out, is_not ? "))" : ")");
	}
}

static void print_case_label(const struct ast_expr *e, struct strbuf *out)
{
	put(out, "case(");
	for (const struct ast_when *w = e->when.whens; w; w = w->next) {
		if (e->when.operand) {
			put(out, "equals(");
			print_label(e->when.operand, out);
			strbuf_add_char(out, ',');
		}
		print_label(w->condition, out);
		put(out, e->when.operand ? ")," : ",");
		print_label(w->result, out);
		strbuf_add_char(out, ',');
	}
	if (e->when.otherwise)
		print_label(e->when.otherwise, out);
	else
		put(out, "null");
	strbuf_add_char(out, ')');
}

static void print_in_label(const struct ast_expr *e, struct strbuf *out)
{
	put(out, e->in.is_negated ? "not_in(" : "in(");
	print_label(e->in.value, out);
	strbuf_add_char(out, ',');
	if (e->in.query)
		print_subquery(e->in.query, out);
	else
		print_label_list(&e->in.list, out);
	strbuf_add_char(out, ')');
}

static void print_label(const struct ast_expr *e, struct strbuf *out)
{
	switch (e->kind) {
	case AST_COLUMN:
		print_bare_name(&e->column, out);
		return;
	case AST_OP:
		print_op_label(e, out);
		return;
	case AST_CALL:
		print_call_label(e, out);
		return;
	case AST_CASE:
		print_case_label(e, out);
		return;
	case AST_CAST:
		put(out, "cast(");
		print_label(e->cast.value, out);
		strbuf_printf(out, ",'" STR_FMT "')", STR_ARG(e->cast.type));
		return;
	case AST_IN:
		print_in_label(e, out);
		return;
	case AST_LITERAL:
		if (e->literal.kind == LIT_NULL)
			put(out, "null");
		else if (e->literal.kind == LIT_BOOLEAN)
			put(out, e->literal.boolean ? "true" : "false");
		else
			print_literal(e, out);
		return;
	case AST_STAR:
	case AST_QUERY:
	case AST_EXISTS:
		print_expr(e, PREC_ANY, out);
		return;
	}
}

/* ---- Queries ---- */

static void print_alias(struct str alias, struct strbuf *out)
{
	if (!alias.ptr)
		return;
	put(out, " AS ");
	print_id(alias, out);
}

static void print_items(const struct ast_item *item, struct strbuf *out)
{
	for (bool is_first = true; item; item = item->next, is_first = false) {
		if (!is_first)
			put(out, ", ");
		print_expr(item->expr, PREC_ANY, out);
		print_alias(item->alias, out);
	}
}

static void print_from(const struct ast_from *f, struct strbuf *out);

static void print_join(const struct ast_from *f, struct strbuf *out)
{
	static const char *const words[] = {
		[JOIN_INNER] = " INNER JOIN ", [JOIN_LEFT] = " LEFT JOIN ",
		[JOIN_RIGHT] = " RIGHT JOIN ", [JOIN_FULL] = " FULL JOIN ",
		[JOIN_CROSS] = " CROSS JOIN ",
	};

	print_from(f->join.left, out);
	put(out, f->join.is_comma ? ", " : words[f->join.kind]);
	print_from(f->join.right, out);
	if (f->join.on) {
		put(out, " ON ");
		print_expr(f->join.on, PREC_ANY, out);
	}
}

static void print_from(const struct ast_from *f, struct strbuf *out)
{
	switch (f->kind) {
	case FROM_TABLE:
		print_name(&f->table, out);
		break;
	case FROM_QUERY:
		print_subquery(f->query, out);
		break;
	case FROM_JOIN:
		print_join(f, out);
		return;
	}
	print_alias(f->alias, out);
}

static void print_select(const struct ast_query *q, struct strbuf *out)
{
	put(out, q->is_distinct ? "SELECT DISTINCT " : "SELECT ");
	print_items(q->items, out);
	if (q->from) {
		put(out, " FROM ");
		print_from(q->from, out);
	}
	if (q->where) {
		put(out, " WHERE ");
		print_expr(q->where, PREC_ANY, out);
	}
	if (q->group_by.n > 0) {
		put(out, " GROUP BY ");
		print_list(&q->group_by, out);
	}
	if (q->having) {
		put(out, " HAVING ");
		print_expr(q->having, PREC_ANY, out);
	}
}

static void print_values(const struct ast_query *q, struct strbuf *out)
{
	put(out, "VALUES ");
	for (const struct ast_row *row = q->rows; row; row = row->next) {
		put(out, row == q->rows ? "(" : ", (");
		print_list(&row->exprs, out);
		strbuf_add_char(out, ')');
	}
}

static void print_order_by(const struct ast_order *order, struct strbuf *out)
{
	static const char *const nulls[] = {
		[NULLS_DEFAULT] = "",
		[NULLS_FIRST] = " NULLS FIRST",
		[NULLS_LAST] = " NULLS LAST",
	};

	for (const char *between = " ORDER BY "; order; order = order->next, between = ", ") {
		put(out, between);
		print_expr(order->expr, PREC_ANY, out);
		put(out, order->is_descending ? " DESC" : "");
		put(out, nulls[order->nulls]);
	}
}

static void print_query(const struct ast_query *q, struct strbuf *out)
{
	switch (q->kind) {
	case QUERY_SELECT:
		print_select(q, out);
		break;
	case QUERY_VALUES:
		print_values(q, out);
		break;
	}
	print_order_by(q->order_by, out);
	if (q->limit) {
		put(out, " LIMIT ");
		print_literal(q->limit, out);
	}
	if (q->offset) {
		put(out, " OFFSET ");
		print_literal(q->offset, out);
	}
}

void sql_print_expr(const struct ast_expr *e, enum sql_print mode, struct strbuf *out)
{
	switch (mode) {
	case SQL_PRINT_CANONICAL:
		print_expr(e, PREC_ANY, out);
		return;
	case SQL_PRINT_LABEL:
		print_label(e, out);
		return;
	}
}

void sql_print_stmt(const struct ast_stmt *stmt, struct strbuf *out)
{
	if (stmt->kind == STMT_EXPLAIN)
		put(out, "EXPLAIN PLAN FOR ");
	print_query(stmt->query, out);
}
