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
enum {
	PREC_NOT = 3,
	PREC_TEST = 4,
	PREC_COMPARE = 5,
	PREC_MATCH = 6,
	PREC_VALUE = 7,
	PREC_PRIMARY = 100
};

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

/* Between quotes, with those inside doubled. */
static void print_quoted(struct printer *p, struct str s, char quote)
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

/* With a dot behind each part. */
static void print_qualifiers(struct printer *p, const struct ast_name *name, uint32_t n)
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

static void print_upper(struct printer *p, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		strbuf_add_char(p->out, (char)toupper((unsigned char)s.ptr[i]));
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

/* ---- Calls ---- */

static bool is_symbol(const struct ast_expr *e)
{
	return e && e->kind == AST_LITERAL && e->literal.kind == LIT_SYMBOL;
}

/*
 * Functions with words between their arguments.  Each of `words` stands before an
 * argument; a row holds for calls whose arguments go no further than its words.
 */
static const struct special_row {
	const char *name;
	const char *words[4];
	bool is_for_symbols;    /* the argument that is a symbol tells it from a plain call */
	bool is_printed_always; /* cannot be written as a plain call; else in fingerprints only */
} specials[] = {
	{ "EXTRACT", { "", " FROM " }, true, true },
	{ "TRIM", { "", " ", " FROM " }, true, true },
	{ "FLOOR", { "", " TO " }, true, true },
	{ "CEIL", { "", " TO " }, true, true },
	{ "CEILING", { "", " TO " }, true, true },
	{ "CONVERT", { "", " USING " }, true, true },
	{ "TRANSLATE", { "", " USING " }, true, true },
	{ "POSITION", { "", " IN ", " FROM " }, false, true },
	{ "SUBSTRING", { "", " FROM ", " FOR " }, false, false },
	{ "OVERLAY", { "", " PLACING ", " FROM ", " FOR " }, false, false },
};

static bool has_symbol(const struct ast_list *args)
{
	return is_symbol(args->first) || is_symbol(args->last);
}

/* Nothing but a name and arguments, so that the forms of the grammar's own functions apply. */
static bool is_bare_call(const struct ast_expr *e)
{
	return e->call.name.n_parts == 1 && !e->call.is_distinct && !e->call.is_star &&
	       !e->call.order_by && !e->call.within_group && !e->call.filter && !e->call.over &&
	       e->call.nulls == TREAT_DEFAULT;
}

/* NULL: it is printed as a plain call. */
static const struct special_row *special_of(const struct printer *p, const struct ast_expr *e)
{
	const struct ast_list *args = &e->call.args;

	if (!is_bare_call(e) || args->n < 2)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
		const struct special_row *row = &specials[i];

		if (!str_eq_nocase(e->call.name.parts[0], str_of(row->name)))
			continue;
		if (args->n > ARRAY_SIZE(row->words) || !row->words[args->n - 1] ||
		    row->is_for_symbols != has_symbol(args))
			return NULL;
		return row->is_printed_always || p->is_fingerprint ? row : NULL;
	}
	/* Any other function with a symbol came by one of these two roads. */
	return NULL;
}

static void print_function_name(struct printer *p, const struct ast_expr *e)
{
	const struct ast_name *name = &e->call.name;
	struct str last = name->parts[name->n_parts - 1];
	bool is_plain = sql_is_plain_name(last, true) || (is_bare_call(e) && e->call.args.n > 0 &&
							  (str_eq_nocase(last, STR("trim")) ||
							   str_eq_nocase(last, STR("substring")) ||
							   str_eq_nocase(last, STR("overlay"))));

	print_qualifiers(p, name, name->n_parts - 1);
	if (!is_plain || (p->is_fingerprint && name->n_parts > 1))
		print_quoted(p, last, '`');
	else if (p->is_fingerprint)
		print_upper(p, last);
	else
		strbuf_add_str(p->out, last);
}

/* FLOOR(INTERVAL '1' DAY TO HOUR): the word TO would be taken for a part of the interval. */
static bool ends_in_unit(const struct ast_expr *e)
{
	while (e->kind == AST_OP && op_rows[e->op.op].form != FORM_POSTFIX) {
		const struct ast_expr *last = e->op.args.last;

		/* What gets parentheses of its own ends in one. */
		if (precedence_of(last) <= op_rows[e->op.op].precedence &&
		    op_rows[e->op.op].form != FORM_PREFIX)
			return false;
		if (precedence_of(last) < op_rows[e->op.op].precedence)
			return false;
		e = last;
	}
	return e->kind == AST_LITERAL && e->literal.kind == LIT_INTERVAL &&
	       str_find(e->literal.unit, STR(" TO "), 0) == SIZE_MAX;
}

static void print_special_argument(struct printer *p, const struct ast_expr *a, bool is_before_to,
				   int precedence)
{
	bool needs_parens = is_before_to && !p->is_fingerprint && ends_in_unit(a);

	if (needs_parens)
		strbuf_add_char(p->out, '(');
	print_expr(p, a, precedence);
	if (needs_parens)
		strbuf_add_char(p->out, ')');
}

static void print_special(struct printer *p, const struct ast_expr *e,
			  const struct special_row *row)
{
	/* POSITION's words would be taken for those of IN and so on. */
	int precedence =
		str_eq_nocase(e->call.name.parts[0], STR("POSITION")) ? PREC_VALUE : PREC_ANY;
	bool is_to = strcmp(row->words[1], " TO ") == 0;
	uint32_t i = 0;

	if (p->is_fingerprint)
		print_word(p, row->name);
	else
		strbuf_add_str(p->out, e->call.name.parts[0]);
	strbuf_add_char(p->out, '(');
	for (const struct ast_expr *a = e->call.args.first; a; a = a->next) {
		print_word(p, row->words[i]);
		print_special_argument(p, a, is_to && i == 0, precedence);
		i++;
	}
	strbuf_add_char(p->out, ')');
}

/* TRIM(x), which is TRIM(BOTH ' ' FROM x) to Calcite. */
static bool print_trim(struct printer *p, const struct ast_expr *e)
{
	if (!p->is_fingerprint || !is_bare_call(e) || e->call.args.n != 1 ||
	    !str_eq_nocase(e->call.name.parts[0], STR("trim")))
		return false;
	print_word(p, p->is_verbatim ? "TRIM(BOTH ' ' FROM " : "TRIM(BOTH ? FROM ");
	print_expr(p, e->call.args.first, PREC_ANY);
	strbuf_add_char(p->out, ')');
	return true;
}

static void print_arguments(struct printer *p, const struct ast_expr *e)
{
	print_word(p, e->call.is_distinct ? "(DISTINCT " : "(");
	if (e->call.is_star)
		strbuf_add_char(p->out, '*');
	print_list(p, &e->call.args);
	print_order_by(p, " ORDER BY ", e->call.order_by);
	strbuf_add_char(p->out, ')');
}

static void print_over(struct printer *p, const struct ast_window *w)
{
	bool before = p->is_verbatim;

	print_word(p, " OVER ");
	p->is_verbatim = true;
	if (w->is_reference) {
		print_id(p, w->base);
	} else {
		strbuf_add_char(p->out, '(');
		print_window(p, w);
		strbuf_add_char(p->out, ')');
	}
	p->is_verbatim = before;
}

static void print_call(struct printer *p, const struct ast_expr *e)
{
	static const char *const treatments[] = {
		[TREAT_DEFAULT] = "",
		[TREAT_IGNORE_NULLS] = " IGNORE NULLS",
		[TREAT_RESPECT_NULLS] = " RESPECT NULLS",
	};
	const struct special_row *special = special_of(p, e);

	if (special) {
		print_special(p, e, special);
		return;
	}
	if (print_trim(p, e))
		return;
	print_function_name(p, e);
	print_arguments(p, e);
	print_word(p, treatments[e->call.nulls]);
	if (e->call.within_group) {
		print_order_by(p, " WITHIN GROUP (ORDER BY ", e->call.within_group);
		strbuf_add_char(p->out, ')');
	}
	if (e->call.filter) {
		print_word(p, " FILTER (WHERE ");
		print_expr(p, e->call.filter, PREC_ANY);
		strbuf_add_char(p->out, ')');
	}
	if (e->call.over)
		print_over(p, e->call.over);
}

/* ---- Windows and orders ---- */

void print_order_by(struct printer *p, const char *before, const struct ast_order *order)
{
	static const char *const nulls[] = {
		[NULLS_DEFAULT] = "",
		[NULLS_FIRST] = " NULLS FIRST",
		[NULLS_LAST] = " NULLS LAST",
	};

	for (; order && !p->has_stopped; order = order->next, before = ", ") {
		print_word(p, before);
		print_expr(p, order->expr, PREC_ANY);
		print_word(p, order->is_descending ? " DESC" : "");
		print_word(p, nulls[order->nulls]);
	}
}

static void print_bound(struct printer *p, const struct ast_bound *b)
{
	switch (b->kind) {
	case BOUND_UNBOUNDED_PRECEDING:
		print_word(p, "UNBOUNDED PRECEDING");
		return;
	case BOUND_UNBOUNDED_FOLLOWING:
		print_word(p, "UNBOUNDED FOLLOWING");
		return;
	case BOUND_CURRENT_ROW:
		print_word(p, "CURRENT ROW");
		return;
	case BOUND_PRECEDING:
	case BOUND_FOLLOWING:
		print_expr(p, b->value, PREC_VALUE);
		print_word(p, b->kind == BOUND_PRECEDING ? " PRECEDING" : " FOLLOWING");
		return;
	case BOUND_NONE:
		return;
	}
}

static void print_frame(struct printer *p, const struct ast_window *w)
{
	static const char *const units[] = {
		[FRAME_NONE] = "",
		[FRAME_ROWS] = "ROWS ",
		[FRAME_RANGE] = "RANGE ",
		[FRAME_GROUPS] = "GROUPS ",
	};
	static const char *const excludes[] = {
		[EXCLUDE_NONE] = "",
		[EXCLUDE_NO_OTHERS] = " EXCLUDE NO OTHERS",
		[EXCLUDE_CURRENT_ROW] = " EXCLUDE CURRENT ROW",
		[EXCLUDE_GROUP] = " EXCLUDE GROUP",
		[EXCLUDE_TIES] = " EXCLUDE TIES",
	};

	print_word(p, units[w->unit]);
	if (w->end.kind == BOUND_NONE) {
		print_bound(p, &w->start);
	} else {
		print_word(p, "BETWEEN ");
		print_bound(p, &w->start);
		print_word(p, " AND ");
		print_bound(p, &w->end);
	}
	print_word(p, excludes[w->exclude]);
}

void print_window(struct printer *p, const struct ast_window *w)
{
	const char *between = "";

	if (w->base.ptr) {
		print_id(p, w->base);
		between = " ";
	}
	if (w->partition_by.n > 0) {
		strbuf_printf(p->out, "%sPARTITION BY ", between);
		print_list(p, &w->partition_by);
		between = " ";
	}
	if (w->order_by) {
		print_word(p, between);
		print_order_by(p, "ORDER BY ", w->order_by);
		between = " ";
	}
	if (w->unit != FRAME_NONE) {
		print_word(p, between);
		print_frame(p, w);
	}
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
