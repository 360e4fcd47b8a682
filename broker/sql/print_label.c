/*
 * print_label.c - what a result column without alias is called.
 *
 * As in Pinot's single-stage engine, where everything is a function.  What that
 * engine has no name for keeps its canonical text.
 */
#include <ctype.h>

#include "broker/sql/print_priv.h"

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
};

/* Functions that are filters to Pinot: these keep their underscores in a label. */
static const char *const filter_functions[] = {
	"json_match", "regexp_like", "text_contains", "text_match", "vector_similarity",
};

static void print_label(struct printer *p, const struct ast_expr *e);

/* Pinot compares function names without case and underscores, and prints them so. */
static void print_function(struct printer *p, struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(filter_functions); i++) {
		if (str_eq_name(name, str_of(filter_functions[i]))) {
			print_word(p, filter_functions[i]);
			return;
		}
	}
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] != '_')
			strbuf_add_char(p->out, (char)tolower((unsigned char)name.ptr[i]));
}

static void print_label_list(struct printer *p, const struct ast_list *list)
{
	for (const struct ast_expr *e = list->first; e; e = e->next) {
		if (e != list->first)
			strbuf_add_char(p->out, ',');
		print_label(p, e);
	}
}

static void print_call_label(struct printer *p, const struct ast_expr *e)
{
	for (uint32_t i = 0; i < e->call.name.n_parts; i++) {
		if (i > 0)
			strbuf_add_char(p->out, '.');
		else if (e->call.is_distinct)
			print_word(p, "distinct");
		print_function(p, e->call.name.parts[i]);
	}
	strbuf_add_char(p->out, '(');
	if (e->call.is_star)
		strbuf_add_char(p->out, '*');
	print_label_list(p, &e->call.args);
	strbuf_add_char(p->out, ')');
	if (e->call.filter) {
		print_word(p, " FILTER(WHERE ");
		print_expr(p, e->call.filter, PREC_ANY);
		strbuf_add_char(p->out, ')');
	}
}

static bool is_number(const struct ast_expr *e)
{
	return e->kind == AST_LITERAL &&
	       (e->literal.kind == LIT_INTEGER || e->literal.kind == LIT_DECIMAL ||
		e->literal.kind == LIT_FLOAT);
}

static void print_op_label(struct printer *p, const struct ast_expr *e)
{
	const char *function = op_functions[e->op.op];
	bool is_not = e->op.op == OP_NOT_BETWEEN || e->op.op == OP_NOT_LIKE;

	if (e->op.op == OP_NEG && is_number(e->op.args.first)) {
		strbuf_add_char(p->out, '-');
		print_label(p, e->op.args.first);
	} else if (e->op.op == OP_PLUS) {
		print_label(p, e->op.args.first);
	} else if (!function) {
		print_expr(p, e, PREC_ANY);
	} else {
		strbuf_printf(p->out, "%s(", function);
		print_label_list(p, &e->op.args);
		print_word(p, is_not ? "))" : ")");
	}
}

static void print_case_label(struct printer *p, const struct ast_expr *e)
{
	print_word(p, "case(");
	for (const struct ast_when *w = e->when.whens; w; w = w->next) {
		if (e->when.operand) {
			print_word(p, "equals(");
			print_label(p, e->when.operand);
			strbuf_add_char(p->out, ',');
		}
		print_label(p, w->condition);
		print_word(p, e->when.operand ? ")," : ",");
		print_label(p, w->result);
		strbuf_add_char(p->out, ',');
	}
	if (e->when.otherwise)
		print_label(p, e->when.otherwise);
	else
		print_word(p, "null");
	strbuf_add_char(p->out, ')');
}

static void print_in_label(struct printer *p, const struct ast_expr *e)
{
	print_word(p, e->in.is_negated ? "not_in(" : "in(");
	print_label(p, e->in.value);
	strbuf_add_char(p->out, ',');
	if (e->in.query)
		print_subquery(p, e->in.query);
	else
		print_label_list(p, &e->in.list);
	strbuf_add_char(p->out, ')');
}

static void print_literal_label(struct printer *p, const struct ast_expr *e)
{
	if (e->literal.kind == LIT_NULL)
		print_word(p, "null");
	else if (e->literal.kind == LIT_BOOLEAN)
		print_word(p, e->literal.boolean ? "true" : "false");
	else if (e->literal.kind == LIT_SYMBOL)
		print_string(p, e->literal.text);
	else
		print_expr(p, e, PREC_ANY);
}

static void print_bare_name(struct printer *p, const struct ast_name *name)
{
	for (uint32_t i = 0; i < name->n_parts; i++) {
		if (i > 0)
			strbuf_add_char(p->out, '.');
		strbuf_add_str(p->out, name->parts[i]);
	}
}

/* The operand of a CASE is there once for each WHEN: nested, that would have no end. */
static bool has_room(struct printer *p)
{
	p->has_stopped |= p->out->len > p->max_bytes;
	return !p->has_stopped;
}

static void print_label(struct printer *p, const struct ast_expr *e)
{
	if (!has_room(p))
		return;
	switch (e->kind) {
	case AST_COLUMN:
		print_bare_name(p, &e->column);
		return;
	case AST_OP:
		print_op_label(p, e);
		return;
	case AST_CALL:
		print_call_label(p, e);
		return;
	case AST_CASE:
		print_case_label(p, e);
		return;
	case AST_CAST:
		print_word(p, "cast(");
		print_label(p, e->cast.value);
		strbuf_printf(p->out, ",'" STR_FMT "')", STR_ARG(e->cast.type.name));
		return;
	case AST_IN:
		print_in_label(p, e);
		return;
	case AST_LITERAL:
		print_literal_label(p, e);
		return;
	case AST_PARAM:
	case AST_STAR:
	case AST_QUANTIFIED:
	case AST_QUERY:
	case AST_EXISTS:
	case AST_ROW:
	case AST_ARRAY:
	case AST_MAP:
	case AST_ITEM:
	case AST_FIELD:
	case AST_GROUPING:
		print_expr(p, e, PREC_ANY);
		return;
	}
}

void sql_print_label(const struct ast_expr *e, struct strbuf *out)
{
	size_t begin = out->len;
	struct printer p = { .out = out, .max_bytes = begin + SQL_LABEL_MAX };
	struct str label;

	print_label(&p, e);
	if (!strbuf_ok(out) || out->len <= p.max_bytes)
		return;
	label = (struct str){ out->ptr + begin, out->len - begin };
	out->len = begin + str_utf8_cut(label, SQL_LABEL_MAX);
	out->ptr[out->len] = '\0';
}
