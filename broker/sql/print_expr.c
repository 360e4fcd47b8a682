/*
 * print_expr.c - names, literals and expressions as text; see print_priv.h.
 *
 * Parentheses stand only where the precedences of ops.def ask for them.
 */
#include <ctype.h>

#include "broker/sql/lexer.h"
#include "broker/sql/print_priv.h"
#include "common/base/error.h"

/* Precedences beyond ops.def, and what each side of an operator of its own needs. */
enum { PREC_NOT = 3, PREC_TEST = 4, PREC_COMPARE = 5, PREC_MATCH = 6, PREC_PRIMARY = 100 };

/* About what printing a node costs, and looking at one. */
#define NODE_UNITS 60
#define LOOK_UNITS 10

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

int print_check_length(const struct printer *p)
{
	if (p->out->len <= p->max_bytes)
		return 0;
	return error_set(p->err, ERR_QUERY_VALIDATION,
			 "the text of the statement is longer than %zu bytes", p->max_bytes);
}

static bool step(struct printer *p, int64_t units)
{
	if (p->has_stopped || !p->coop)
		return !p->has_stopped;
	coop_pay(p->coop, units);
	p->has_stopped = print_check_length(p) < 0 || coop_point(p->coop, p->err) < 0;
	return !p->has_stopped;
}

bool print_step(struct printer *p)
{
	return step(p, NODE_UNITS);
}

/* ---- Names ---- */

void print_quoted(struct printer *p, struct str s, char quote)
{
	strbuf_add_char(p->out, quote);
	while (s.len > 0) {
		const char *inside = memchr(s.ptr, quote, s.len);
		size_t n = inside ? (size_t)(inside - s.ptr) + 1 : s.len;

		strbuf_add(p->out, s.ptr, n);
		if (inside)
			strbuf_add_char(p->out, quote);
		s = (struct str){ s.ptr + n, s.len - n };
	}
	strbuf_add_char(p->out, quote);
}

void print_upper(struct printer *p, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		strbuf_add_char(p->out, (char)toupper((unsigned char)s.ptr[i]));
}

void print_string(struct printer *p, struct str text)
{
	print_quoted(p, text, '\'');
}

/* Words such as CAST are keywords in front of a parenthesis only. */
static bool may_stand_bare(struct str name, bool is_before_paren)
{
	return sql_is_plain_name(name, false) &&
	       (!is_before_paren || sql_is_plain_name(name, true));
}

void print_id_before(struct printer *p, struct str name, bool is_paren)
{
	if (!p->is_fingerprint && may_stand_bare(name, is_paren))
		strbuf_add_str(p->out, name);
	else
		print_quoted(p, name, '`');
}

void print_id(struct printer *p, struct str name)
{
	print_id_before(p, name, false);
}

void print_qualifiers(struct printer *p, const struct ast_name *name, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		print_id(p, name->parts[i]);
		strbuf_add_char(p->out, '.');
	}
}

void print_name_before(struct printer *p, const struct ast_name *name, bool is_paren)
{
	print_qualifiers(p, name, name->n_parts - 1);
	print_id_before(p, name->parts[name->n_parts - 1], is_paren);
}

void print_name(struct printer *p, const struct ast_name *name)
{
	print_name_before(p, name, false);
}

void print_ids(struct printer *p, const struct ast_id *ids)
{
	if (!ids)
		return;
	for (const struct ast_id *id = ids; id && print_step(p); id = id->next) {
		print_word(p, id == ids ? " (" : ", ");
		print_id(p, id->name);
	}
	strbuf_add_char(p->out, ')');
}

/* ---- Literals ---- */

static const char *prefix_of(enum ast_literal_kind kind)
{
	switch (kind) {
	case LIT_BINARY:
		return "X";
	case LIT_DATE:
		return "DATE ";
	case LIT_TIME:
		return "TIME ";
	case LIT_TIMESTAMP:
		return "TIMESTAMP ";
	case LIT_INTERVAL:
		return "INTERVAL ";
	case LIT_NULL:
	case LIT_BOOLEAN:
	case LIT_INTEGER:
	case LIT_DECIMAL:
	case LIT_FLOAT:
	case LIT_STRING:
	case LIT_SYMBOL:
		break;
	}
	return "";
}

/* Signs before a number are part of it, as they are to Calcite; NULL: it is none. */
static const struct ast_expr *number_of(const struct ast_expr *e)
{
	while (e->kind == AST_OP && (e->op.op == OP_NEG || e->op.op == OP_PLUS))
		e = e->op.args.first;
	if (e->kind == AST_LITERAL &&
	    (e->literal.kind == LIT_INTEGER || e->literal.kind == LIT_DECIMAL ||
	     e->literal.kind == LIT_FLOAT))
		return e;
	return NULL;
}

static bool is_number(const struct ast_expr *e)
{
	return e->kind == AST_LITERAL &&
	       (e->literal.kind == LIT_INTEGER || e->literal.kind == LIT_DECIMAL ||
		e->literal.kind == LIT_FLOAT);
}

/* A value, for which a fingerprint has a ?. */
static bool is_data(const struct ast_expr *e)
{
	if (e->kind == AST_LITERAL)
		return e->literal.kind != LIT_NULL && e->literal.kind != LIT_SYMBOL;
	return number_of(e);
}

/* The words of TRIM are keywords; units and character sets are names. */
static void print_symbol(struct printer *p, struct str word)
{
	static const char *const sides[] = { "BOTH", "LEADING", "TRAILING" };
	bool is_plain = sql_is_plain_name(word, false);

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++)
		is_plain |= str_eq(word, str_of(sides[i]));
	if (is_plain)
		strbuf_add_str(p->out, word);
	else
		print_quoted(p, word, '`');
}

static void print_literal(struct printer *p, const struct ast_expr *e)
{
	if (p->is_fingerprint && !p->is_verbatim && is_data(e)) {
		strbuf_add_char(p->out, '?');
		return;
	}
	switch (e->literal.kind) {
	case LIT_NULL:
		print_word(p, "NULL");
		return;
	case LIT_BOOLEAN:
		print_word(p, e->literal.boolean ? "TRUE" : "FALSE");
		return;
	case LIT_INTEGER:
	case LIT_DECIMAL:
	case LIT_FLOAT:
		strbuf_add_str(p->out, e->literal.text);
		return;
	case LIT_SYMBOL:
		print_symbol(p, e->literal.text);
		return;
	case LIT_STRING:
	case LIT_BINARY:
	case LIT_DATE:
	case LIT_TIME:
	case LIT_TIMESTAMP:
	case LIT_INTERVAL:
		break;
	}
	print_word(p, prefix_of(e->literal.kind));
	print_string(p, e->literal.text);
	if (e->literal.kind == LIT_INTERVAL)
		strbuf_printf(p->out, " " STR_FMT, STR_ARG(e->literal.unit));
}

/* ---- Types ---- */

/* What Calcite calls types that have several names. */
static const struct {
	const char *written, *printed;
} type_names[] = {
	{ "INT", "INTEGER" },
	{ "DEC", "DECIMAL" },
	{ "NUMERIC", "DECIMAL" },
	{ "CHARACTER", "CHAR" },
	{ "CHARACTER VARYING", "VARCHAR" },
	{ "CHAR VARYING", "VARCHAR" },
	{ "BINARY VARYING", "VARBINARY" },
	{ "DOUBLE PRECISION", "DOUBLE" },
};

/* "DOUBLE PRECISION" is two names; anything else with a blank was quoted. */
static bool is_two_words(struct str s)
{
	struct str first = s, second;
	size_t blank = str_find(s, STR(" "), 0);

	if (blank == SIZE_MAX)
		return false;
	first.len = blank;
	second = (struct str){ s.ptr + blank + 1, s.len - blank - 1 };
	return sql_is_plain_name(first, false) &&
	       (str_eq_nocase(second, STR("PRECISION")) || str_eq_nocase(second, STR("VARYING")));
}

static void print_type_name(struct printer *p, struct str name, bool is_before_paren)
{
	bool is_plain = is_two_words(name) || may_stand_bare(name, is_before_paren);

	for (size_t i = 0; p->is_fingerprint && i < ARRAY_SIZE(type_names); i++) {
		if (str_eq_nocase(name, str_of(type_names[i].written))) {
			print_word(p, type_names[i].printed);
			return;
		}
	}
	if (!is_plain)
		print_quoted(p, name, '`');
	else if (p->is_fingerprint)
		print_upper(p, name);
	else
		strbuf_add_str(p->out, name);
}

void print_type(struct printer *p, const struct ast_type *t)
{
	print_type_name(p, t->name, t->precision >= 0);
	if (t->scale >= 0)
		strbuf_printf(p->out, "(%d, %d)", t->precision, t->scale);
	else if (t->precision >= 0)
		strbuf_printf(p->out, "(%d)", t->precision);
	if (t->suffix.ptr)
		strbuf_printf(p->out, " " STR_FMT, STR_ARG(t->suffix));
}

/* ---- Operators ---- */

static int precedence_of(const struct ast_expr *e)
{
	if (e->kind == AST_OP)
		return op_rows[e->op.op].precedence;
	if (e->kind == AST_IN)
		return PREC_MATCH;
	if (e->kind == AST_QUANTIFIED)
		return PREC_COMPARE;
	if (e->kind == AST_EXISTS && e->query.is_negated)
		return PREC_NOT;
	return PREC_PRIMARY;
}

void print_list(struct printer *p, const struct ast_list *list)
{
	for (const struct ast_expr *e = list->first; e && !p->has_stopped; e = e->next) {
		if (e != list->first)
			print_word(p, ", ");
		print_expr(p, e, PREC_ANY);
	}
}

void print_verbatim(struct printer *p, const struct ast_expr *e)
{
	bool before = p->is_verbatim;

	p->is_verbatim = true;
	print_expr(p, e, PREC_ANY);
	p->is_verbatim = before;
}

/* In a fingerprint: ? or, where values stay, the number with its sign. */
static void print_number(struct printer *p, const struct ast_expr *e)
{
	bool is_negative = false;

	for (; e->kind == AST_OP; e = e->op.args.first)
		is_negative ^= e->op.op == OP_NEG;
	print_word(p, is_negative && p->is_verbatim ? "-" : "");
	print_literal(p, e);
}

static void print_prefix(struct printer *p, const struct ast_expr *e, const struct op_row *row)
{
	const struct ast_expr *arg = e->op.args.first;

	if (p->is_fingerprint && number_of(e)) {
		print_number(p, e);
		return;
	}
	print_word(p, row->symbol);
	/* A blank, also so that two minus signs do not start a comment. */
	if (p->is_fingerprint || e->op.op == OP_NOT ||
	    (arg->kind == AST_OP && (arg->op.op == OP_NEG || arg->op.op == OP_PLUS)))
		strbuf_add_char(p->out, ' ');
	print_expr(p, arg, row->precedence);
}

/* Left to right, so what follows the first argument has to bind tighter. */
/* a IS NULL = b: the grammar takes them from left to right; Calcite prints parentheses. */
static int left_minimum(const struct printer *p, int precedence)
{
	return precedence == PREC_COMPARE && !p->is_fingerprint ? PREC_TEST : precedence;
}

static void print_infix(struct printer *p, const struct ast_expr *e, const struct op_row *row)
{
	const struct ast_expr *arg = e->op.args.first;

	print_expr(p, arg, left_minimum(p, row->precedence));
	while ((arg = arg->next) && !p->has_stopped) {
		strbuf_printf(p->out, " %s ", row->symbol);
		print_expr(p, arg, row->precedence + 1);
	}
}

static bool is_between(enum ast_op op)
{
	return op == OP_BETWEEN || op == OP_NOT_BETWEEN || op == OP_BETWEEN_SYMMETRIC ||
	       op == OP_NOT_BETWEEN_SYMMETRIC;
}

/* BETWEEN, LIKE and their kind: two or three arguments. */
static void print_other(struct printer *p, const struct ast_expr *e, const struct op_row *row)
{
	const struct ast_expr *a = e->op.args.first, *b = a->next, *c = b->next;
	bool is_plain_between = e->op.op == OP_BETWEEN || e->op.op == OP_NOT_BETWEEN;

	print_expr(p, a, PREC_MATCH);
	strbuf_printf(p->out, " %s ", row->symbol);
	if (p->is_fingerprint && is_plain_between)
		print_word(p, "ASYMMETRIC ");
	print_expr(p, b, PREC_VALUE);
	if (c) {
		print_word(p, is_between(e->op.op) ? " AND " : " ESCAPE ");
		print_expr(p, c, PREC_VALUE);
	}
}

static void print_op(struct printer *p, const struct ast_expr *e)
{
	const struct op_row *row = &op_rows[e->op.op];

	switch (row->form) {
	case FORM_PREFIX:
		print_prefix(p, e, row);
		return;
	case FORM_INFIX:
	case FORM_NARY:
		print_infix(p, e, row);
		return;
	case FORM_POSTFIX:
		print_expr(p, e->op.args.first, row->precedence);
		strbuf_printf(p->out, " %s", row->symbol);
		return;
	case FORM_OTHER:
		print_other(p, e, row);
		return;
	}
}

bool print_ends_in_unit(const struct ast_expr *e)
{
	while (e->kind == AST_OP && op_rows[e->op.op].form != FORM_POSTFIX) {
		const struct op_row *row = &op_rows[e->op.op];
		int least = row->precedence + (row->form != FORM_PREFIX);

		e = e->op.args.last;
		/* It gets parentheses of its own, and ends in one. */
		if (precedence_of(e) < least)
			return false;
	}
	return e->kind == AST_LITERAL && e->literal.kind == LIT_INTERVAL &&
	       str_find(e->literal.unit, STR(" TO "), 0) == SIZE_MAX;
}

/* ---- The other kinds ---- */

/* CASE x WHEN 1: Calcite makes it CASE WHEN x = 1. */
static void print_condition(struct printer *p, const struct ast_expr *operand,
			    const struct ast_expr *condition)
{
	if (!operand || !p->is_fingerprint) {
		print_expr(p, condition, PREC_ANY);
		return;
	}
	print_expr(p, operand, PREC_COMPARE);
	print_word(p, " = ");
	print_expr(p, condition, PREC_MATCH);
}

static void print_case(struct printer *p, const struct ast_expr *e)
{
	print_word(p, "CASE");
	if (e->when.operand && !p->is_fingerprint) {
		strbuf_add_char(p->out, ' ');
		print_expr(p, e->when.operand, PREC_ANY);
	}
	for (const struct ast_when *w = e->when.whens; w && !p->has_stopped; w = w->next) {
		print_word(p, " WHEN ");
		print_condition(p, e->when.operand, w->condition);
		print_word(p, " THEN ");
		print_expr(p, w->result, PREC_ANY);
	}
	if (e->when.otherwise) {
		print_word(p, " ELSE ");
		print_expr(p, e->when.otherwise, PREC_ANY);
	} else if (p->is_fingerprint) {
		print_word(p, " ELSE NULL");
	}
	print_word(p, " END");
}

/* (1, 2, 3) is (?) in a fingerprint, when all of them are values. */
static bool is_squashed(struct printer *p, const struct ast_list *list)
{
	if (!p->is_fingerprint || p->is_verbatim)
		return false;
	for (const struct ast_expr *e = list->first; e; e = e->next) {
		if (!is_data(e) || !step(p, LOOK_UNITS))
			return false;
	}
	return list->n > 0;
}

static void print_in_list(struct printer *p, const struct ast_list *list)
{
	strbuf_add_char(p->out, '(');
	if (is_squashed(p, list)) {
		strbuf_add_char(p->out, '?');
	} else {
		print_list(p, list);
	}
	strbuf_add_char(p->out, ')');
}

static void print_in(struct printer *p, const struct ast_expr *e)
{
	print_expr(p, e->in.value, PREC_MATCH);
	print_word(p, e->in.is_negated ? " NOT IN " : " IN ");
	if (e->in.query)
		print_subquery(p, e->in.query);
	else
		print_in_list(p, &e->in.list);
}

static void print_quantified(struct printer *p, const struct ast_expr *e)
{
	print_expr(p, e->quantified.value, left_minimum(p, PREC_COMPARE));
	strbuf_printf(p->out, " %s %s ", op_rows[e->quantified.op].symbol,
		      e->quantified.is_all ? "ALL" : "SOME");
	if (e->quantified.query) {
		print_subquery(p, e->quantified.query);
		return;
	}
	strbuf_add_char(p->out, '(');
	print_list(p, &e->quantified.list);
	strbuf_add_char(p->out, ')');
}

static void print_cast(struct printer *p, const struct ast_expr *e)
{
	print_word(p, e->cast.is_safe ? "TRY_CAST(" : "CAST(");
	print_expr(p, e->cast.value, PREC_ANY);
	print_word(p, " AS ");
	print_type(p, &e->cast.type);
	strbuf_add_char(p->out, ')');
}

static void print_star(struct printer *p, const struct ast_expr *e)
{
	print_qualifiers(p, &e->star, e->star.n_parts);
	strbuf_add_char(p->out, '*');
}

static void print_elements(struct printer *p, const char *open, const struct ast_list *list,
			   char close)
{
	print_word(p, open);
	print_list(p, list);
	strbuf_add_char(p->out, close);
}

static void print_grouping(struct printer *p, const struct ast_expr *e)
{
	static const char *const words[] = {
		[GROUPING_ROLLUP] = "ROLLUP(",
		[GROUPING_CUBE] = "CUBE(",
		[GROUPING_SETS] = "GROUPING SETS (",
	};

	print_elements(p, words[e->grouping.kind], &e->grouping.elements, ')');
}

/*
 * (a).b is a field of the column a, a.b a column of the table a; and 1.b would be a number
 * that runs into a name.
 */
static void print_field(struct printer *p, const struct ast_expr *e)
{
	const struct ast_expr *value = e->field.value;
	bool needs_parens =
		is_number(value) || (value->kind == AST_COLUMN && value->column.n_parts < 3);

	if (needs_parens)
		strbuf_add_char(p->out, '(');
	print_expr(p, value, PREC_PRIMARY);
	print_word(p, needs_parens ? ")." : ".");
	print_id(p, e->field.name);
}

static void print_unparenthesized(struct printer *p, const struct ast_expr *e)
{
	switch (e->kind) {
	case AST_LITERAL:
		print_literal(p, e);
		return;
	case AST_PARAM:
		strbuf_add_char(p->out, '?');
		return;
	case AST_COLUMN:
		print_name(p, &e->column);
		return;
	case AST_STAR:
		print_star(p, e);
		return;
	case AST_OP:
		print_op(p, e);
		return;
	case AST_CALL:
		print_call(p, e);
		return;
	case AST_CASE:
		print_case(p, e);
		return;
	case AST_CAST:
		print_cast(p, e);
		return;
	case AST_IN:
		print_in(p, e);
		return;
	case AST_QUANTIFIED:
		print_quantified(p, e);
		return;
	case AST_QUERY:
		print_subquery(p, e->query.query);
		return;
	case AST_EXISTS:
		print_word(p, e->query.is_negated ? "NOT EXISTS " : "EXISTS ");
		print_subquery(p, e->query.query);
		return;
	case AST_ROW:
		/* Grouping elements are the one place where rows of other lengths may stand. */
		print_elements(p, p->is_fingerprint && e->elements.n > 1 ? "ROW(" : "(",
			       &e->elements, ')');
		return;
	case AST_ARRAY:
		print_elements(p, "ARRAY[", &e->elements, ']');
		return;
	case AST_MAP:
		print_elements(p, "MAP[", &e->elements, ']');
		return;
	case AST_ITEM:
		print_expr(p, e->item.value, PREC_PRIMARY);
		strbuf_add_char(p->out, '[');
		print_expr(p, e->item.index, PREC_ANY);
		strbuf_add_char(p->out, ']');
		return;
	case AST_FIELD:
		print_field(p, e);
		return;
	case AST_GROUPING:
		print_grouping(p, e);
		return;
	}
}

void print_expr(struct printer *p, const struct ast_expr *e, int min_precedence)
{
	bool needs_parens = precedence_of(e) < min_precedence;

	if (!print_step(p))
		return;
	if (needs_parens)
		strbuf_add_char(p->out, '(');
	print_unparenthesized(p, e);
	if (needs_parens)
		strbuf_add_char(p->out, ')');
}
