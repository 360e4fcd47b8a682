/* ast_expr.c - constructors of expressions; see ast_make.h. */
#include "broker/sql/ast_make_priv.h"
#include "broker/sql/grammar.h"
#include "common/base/num.h"

/* ---- Lists ---- */

struct ast_list ast_add(struct ast_list list, struct ast_expr *e)
{
	if (!e)
		return list;
	LIST_ADD(list, e);
	list.n++;
	list.depth = MAX(list.depth, e->depth);
	return list;
}

struct ast_whens ast_add_when(struct ast_maker *m, struct ast_whens list,
			      struct ast_expr *condition, struct ast_expr *result)
{
	struct ast_when *when = MAKE(m, struct ast_when);

	if (!when)
		return list;
	when->condition = condition;
	when->result = result;
	LIST_ADD(list, when);
	list.depth = MAX(list.depth, MAX(condition->depth, result->depth));
	return list;
}

/* ---- Literals and names ---- */

static struct ast_expr *make_expr(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin)
{
	struct ast_expr *e = MAKE(m, struct ast_expr);

	if (!e)
		return NULL;
	e->kind = kind;
	e->span = (struct span){ begin, m->last.end };
	e->depth = 1;
	return e;
}

struct ast_expr *ast_make_literal(struct ast_maker *m, enum ast_literal_kind kind, uint32_t begin,
				  struct sql_token t)
{
	struct ast_expr *e = make_expr(m, AST_LITERAL, begin);

	if (!e)
		return NULL;
	e->literal.kind = kind;
	e->literal.boolean = t.kind == TK_TRUE;
	if (kind != LIT_BOOLEAN && kind != LIT_NULL)
		e->literal.text = ast_text(m, t);
	return e;
}

struct ast_expr *ast_make_interval(struct ast_maker *m, uint32_t begin, const char *sign,
				   struct sql_token t, struct str unit)
{
	struct ast_expr *e = ast_make_literal(m, LIT_INTERVAL, begin, t);

	if (!e)
		return NULL;
	if (sign[0])
		e->literal.text = ast_two_texts(m, sign, e->literal.text);
	e->literal.unit = unit;
	return e;
}

struct str ast_make_unit(struct ast_maker *m, struct sql_token unit,
			 const struct sql_token *precision, const struct sql_token *scale)
{
	static const char *const units[] = { "YEAR",        "QUARTER",     "MONTH",     "WEEK",
					     "DAY",         "HOUR",        "MINUTE",    "SECOND",
					     "YEARS",       "QUARTERS",    "MONTHS",    "WEEKS",
					     "DAYS",        "HOURS",       "MINUTES",   "SECONDS",
					     "MILLISECOND", "MICROSECOND", "NANOSECOND" };
	struct str name = ast_upper(m, unit), p, s;

	if (m->has_failed)
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!str_eq(name, str_of(units[i])))
			continue;
		if (!precision)
			return name;
		p = ast_text(m, *precision);
		if (!scale)
			return ast_printf(m, "%s(" STR_FMT ")", units[i], STR_ARG(p));
		s = ast_text(m, *scale);
		return ast_printf(m, "%s(" STR_FMT ", " STR_FMT ")", units[i], STR_ARG(p),
				  STR_ARG(s));
	}
	ast_fail_at(m, unit.begin, "Encountered an INTERVAL with a unit that is none");
	return (struct str){ 0 };
}

struct str ast_unit_range(struct ast_maker *m, struct str from, struct str to)
{
	return ast_printf(m, STR_FMT " TO " STR_FMT, STR_ARG(from), STR_ARG(to));
}

/* A word of the grammar, or a text that is not written at all; `place` is where it would be. */
static struct ast_expr *make_text(struct ast_maker *m, enum ast_literal_kind kind,
				  struct sql_token place, struct str text)
{
	struct ast_expr *e = make_expr(m, AST_LITERAL, place.begin);

	if (!e)
		return NULL;
	e->span.end = place.end;
	e->literal.kind = kind;
	e->literal.text = text;
	return e;
}

struct ast_expr *ast_make_param(struct ast_maker *m, uint32_t begin)
{
	return make_expr(m, AST_PARAM, begin);
}

struct ast_expr *ast_make_column(struct ast_maker *m, const struct ast_name *name)
{
	struct ast_expr *e = make_expr(m, AST_COLUMN, name->span.begin);

	if (e)
		e->column = *name;
	return e;
}

struct ast_expr *ast_make_star(struct ast_maker *m, uint32_t begin, uint32_t n,
			       const struct sql_token *parts)
{
	struct ast_expr *e = make_expr(m, AST_STAR, begin);

	if (!e)
		return NULL;
	if (n > 0)
		e->star = ast_make_name(m, n, parts);
	return e;
}

/* ---- Operators ---- */

static void add_arg(struct ast_maker *m, struct ast_expr *e, struct ast_list *args,
		    struct ast_expr *arg)
{
	if (!arg)
		return;
	*args = ast_add(*args, arg);
	ast_contain(m, &e->depth, arg->depth);
}

/* b and c may be NULL. */
static struct ast_expr *make_op(struct ast_maker *m, enum ast_op op, uint32_t begin,
				struct ast_expr *a, struct ast_expr *b, struct ast_expr *c)
{
	struct ast_expr *e = make_expr(m, AST_OP, begin);

	if (!e)
		return NULL;
	e->op.op = op;
	add_arg(m, e, &e->op.args, a);
	add_arg(m, e, &e->op.args, b);
	add_arg(m, e, &e->op.args, c);
	return e;
}

struct ast_expr *ast_make_chain(struct ast_maker *m, enum ast_op op, struct ast_expr *left,
				struct ast_expr *right)
{
	if (m->has_failed)
		return NULL;
	if (left->kind != AST_OP || left->op.op != op)
		return make_op(m, op, left->span.begin, left, right, NULL);
	add_arg(m, left, &left->op.args, right);
	left->span.end = m->last.end;
	return left;
}

struct ast_expr *ast_make_infix(struct ast_maker *m, enum ast_op op, struct ast_expr *left,
				struct ast_expr *right)
{
	return m->has_failed ? NULL : make_op(m, op, left->span.begin, left, right, NULL);
}

struct ast_expr *ast_make_prefix(struct ast_maker *m, enum ast_op op, uint32_t begin,
				 struct ast_expr *e)
{
	return make_op(m, op, begin, e, NULL, NULL);
}

struct ast_expr *ast_make_not(struct ast_maker *m, uint32_t begin, struct ast_expr *e)
{
	if (m->has_failed)
		return NULL;
	if (e->kind != AST_EXISTS || e->query.is_negated)
		return ast_make_prefix(m, OP_NOT, begin, e);
	e->query.is_negated = true;
	e->span.begin = begin;
	return e;
}

struct ast_expr *ast_make_postfix(struct ast_maker *m, enum ast_op op, struct ast_expr *e)
{
	return m->has_failed ? NULL : make_op(m, op, e->span.begin, e, NULL, NULL);
}

struct ast_expr *ast_make_three(struct ast_maker *m, enum ast_op op, struct ast_expr *a,
				struct ast_expr *b, struct ast_expr *c)
{
	return m->has_failed ? NULL : make_op(m, op, a->span.begin, a, b, c);
}

/* ---- Sets ---- */

/* An expression over a value and a list or a query. */
static struct ast_expr *make_over(struct ast_maker *m, enum ast_expr_kind kind, struct ast_expr *e,
				  const struct ast_list *list, const struct ast_query *q)
{
	struct ast_expr *over = m->has_failed ? NULL : make_expr(m, kind, e->span.begin);

	if (!over)
		return NULL;
	ast_contain(m, &over->depth, e->depth);
	ast_contain(m, &over->depth, list ? list->depth : q->depth);
	return over;
}

struct ast_expr *ast_make_in(struct ast_maker *m, struct ast_expr *e, bool is_negated,
			     const struct ast_list *list, struct ast_query *q)
{
	struct ast_expr *in = make_over(m, AST_IN, e, list, q);

	if (!in)
		return NULL;
	in->in.value = e;
	in->in.is_negated = is_negated;
	in->in.query = q;
	if (list)
		in->in.list = *list;
	return in;
}

struct ast_expr *ast_make_quantified(struct ast_maker *m, struct ast_expr *e,
				     const struct ast_expr *parts, const struct ast_list *list,
				     struct ast_query *q)
{
	struct ast_expr *x = make_over(m, AST_QUANTIFIED, e, list, q);

	if (!x)
		return NULL;
	x->quantified.op = parts->quantified.op;
	x->quantified.is_all = parts->quantified.is_all;
	x->quantified.value = e;
	x->quantified.query = q;
	if (list)
		x->quantified.list = *list;
	return x;
}

struct ast_expr *ast_make_query_expr(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				     struct ast_query *q)
{
	struct ast_expr *e = make_expr(m, kind, begin);

	if (!e)
		return NULL;
	e->query.query = q;
	ast_contain(m, &e->depth, q->depth);
	return e;
}

/* ---- Parentheses, CASE, CAST ---- */

struct ast_expr *ast_in_parens(struct ast_maker *m, uint32_t begin, struct ast_expr *e)
{
	if (m->has_failed)
		return NULL;
	e->span = (struct span){ begin, m->last.end };
	return e;
}

struct ast_expr *ast_make_case(struct ast_maker *m, uint32_t begin, struct ast_expr *operand,
			       const struct ast_whens *whens, struct ast_expr *otherwise)
{
	struct ast_expr *e = make_expr(m, AST_CASE, begin);

	if (!e)
		return NULL;
	m->n_open--; /* only here is it clear that END was no name */
	e->when.operand = operand;
	e->when.whens = whens->first;
	e->when.otherwise = otherwise;
	ast_contain_expr(m, &e->depth, operand);
	ast_contain(m, &e->depth, whens->depth);
	ast_contain_expr(m, &e->depth, otherwise);
	return e;
}

struct ast_expr *ast_make_cast(struct ast_maker *m, uint32_t begin, struct ast_expr *e,
			       const struct ast_type *type, bool is_safe)
{
	struct ast_expr *cast = make_expr(m, AST_CAST, begin);

	if (!cast)
		return NULL;
	cast->cast.value = e;
	cast->cast.type = *type;
	cast->cast.is_safe = is_safe;
	ast_contain(m, &cast->depth, e->depth);
	return cast;
}

struct ast_expr *ast_make_infix_cast(struct ast_maker *m, struct ast_expr *e,
				     const struct ast_type *type)
{
	return m->has_failed ? NULL : ast_make_cast(m, e->span.begin, e, type, false);
}

/* The number in the parentheses of a type; -1 when there is none. */
static int32_t type_number(struct ast_maker *m, const struct sql_token *t)
{
	int64_t n;

	if (!t || m->has_failed)
		return -1;
	if (!num_parse_i64(ast_text(m, *t), &n) || n > INT32_MAX) {
		ast_fail_at(m, t->begin, "Encountered a type with a number that is too large");
		return -1;
	}
	return (int32_t)n;
}

struct ast_type *ast_make_type(struct ast_maker *m, struct str name,
			       const struct sql_token *precision, const struct sql_token *scale,
			       struct str suffix)
{
	struct ast_type *type = MAKE(m, struct ast_type);

	if (!type)
		return NULL;
	*type = (struct ast_type){
		.name = name,
		.precision = type_number(m, precision),
		.scale = type_number(m, scale),
		.suffix = suffix,
	};
	return type;
}

struct str ast_type_suffix(struct ast_maker *m, struct str zone, struct str array)
{
	if (!zone.ptr)
		return array;
	if (!array.ptr)
		return zone;
	return ast_printf(m, STR_FMT " " STR_FMT, STR_ARG(zone), STR_ARG(array));
}

/* ---- Rows and arrays ---- */

struct ast_expr *ast_make_elements(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				   const struct ast_list *list)
{
	struct ast_expr *e = make_expr(m, kind, begin);

	if (!e || !list)
		return e;
	e->elements = *list;
	ast_contain(m, &e->depth, list->depth);
	if (kind == AST_MAP && list->n % 2 != 0)
		ast_fail_at(m, begin, "Encountered a MAP that has a key without a value");
	return e;
}

struct ast_expr *ast_make_row_value(struct ast_maker *m, uint32_t begin, struct ast_expr *first,
				    const struct ast_list *rest)
{
	struct ast_list all = *rest;

	if (m->has_failed)
		return NULL;
	first->next = rest->first;
	all.first = first;
	all.n++;
	all.depth = MAX(all.depth, first->depth);
	return ast_make_elements(m, AST_ROW, begin, &all);
}

struct ast_expr *ast_make_item_of(struct ast_maker *m, struct ast_expr *e, struct ast_expr *index)
{
	struct ast_expr *item = m->has_failed ? NULL : make_expr(m, AST_ITEM, e->span.begin);

	if (!item)
		return NULL;
	item->item.value = e;
	item->item.index = index;
	ast_contain(m, &item->depth, e->depth);
	ast_contain(m, &item->depth, index->depth);
	return item;
}

struct ast_expr *ast_make_field(struct ast_maker *m, struct ast_expr *e, struct sql_token name)
{
	struct ast_expr *field = m->has_failed ? NULL : make_expr(m, AST_FIELD, e->span.begin);

	if (!field)
		return NULL;
	field->field.value = e;
	field->field.name = ast_text(m, name);
	ast_contain(m, &field->depth, e->depth);
	return field;
}

struct ast_expr *ast_make_grouping(struct ast_maker *m, enum ast_grouping_kind kind, uint32_t begin,
				   const struct ast_list *elements)
{
	struct ast_expr *e = make_expr(m, AST_GROUPING, begin);

	if (!e)
		return NULL;
	e->grouping.kind = kind;
	e->grouping.elements = *elements;
	ast_contain(m, &e->depth, elements->depth);
	return e;
}

/* ---- Functions ---- */

struct ast_expr *ast_make_call(struct ast_maker *m, const struct ast_name *name, unsigned flags,
			       const struct ast_list *args, const struct ast_orders *order_by)
{
	struct ast_expr *e = m->has_failed ? NULL : make_expr(m, AST_CALL, name->span.begin);

	if (!e)
		return NULL;
	e->call.name = *name;
	e->call.is_distinct = flags & CALL_DISTINCT;
	e->call.is_star = flags & CALL_STAR;
	if (args) {
		e->call.args = *args;
		ast_contain(m, &e->depth, args->depth);
	}
	if (order_by && order_by->first) {
		e->call.order_by = order_by->first;
		ast_contain(m, &e->depth, order_by->depth);
	}
	return e;
}

struct ast_expr *ast_finish_call(struct ast_maker *m, struct ast_expr *call,
				 enum ast_null_treatment nulls, const struct ast_orders *within,
				 struct ast_expr *filter, struct ast_window *over)
{
	if (m->has_failed)
		return NULL;
	call->span.end = m->last.end;
	call->call.nulls = nulls;
	call->call.within_group = within->first;
	call->call.filter = filter;
	call->call.over = over;
	if (within->first)
		ast_contain(m, &call->depth, within->depth);
	ast_contain_expr(m, &call->depth, filter);
	if (over)
		ast_contain(m, &call->depth, over->depth);
	return call;
}

struct ast_expr *ast_make_special_list(struct ast_maker *m, struct sql_token name,
				       const struct ast_list *args)
{
	struct ast_name n = ast_make_name(m, 1, &name);

	return ast_make_call(m, &n, 0, args, NULL);
}

struct ast_expr *ast_make_special(struct ast_maker *m, struct sql_token name, struct ast_expr *a,
				  struct ast_expr *b, struct ast_expr *c, struct ast_expr *d)
{
	struct ast_list args = ast_add(ast_add((struct ast_list){ 0 }, a), b);

	args = ast_add(ast_add(args, c), d);
	return ast_make_special_list(m, name, &args);
}

struct ast_expr *ast_make_extract(struct ast_maker *m, struct sql_token name, struct sql_token unit,
				  struct ast_expr *e)
{
	struct ast_expr *symbol = make_text(m, LIT_SYMBOL, unit, ast_upper(m, unit));

	return ast_make_special(m, name, symbol, e, NULL, NULL);
}

struct ast_expr *ast_make_trim(struct ast_maker *m, struct sql_token name,
			       const struct sql_token *side, struct ast_expr *characters,
			       struct ast_expr *e)
{
	struct sql_token place = side ? *side : name;
	struct str which = STR("BOTH");

	if (side && side->kind != TK_BOTH)
		which = side->kind == TK_LEADING ? STR("LEADING") : STR("TRAILING");
	if (!characters)
		characters = make_text(m, LIT_STRING, place, STR(" "));
	return ast_make_special(m, name, make_text(m, LIT_SYMBOL, place, which), characters, e,
				NULL);
}

/* Fails for functions that have no such form: "... that does not take <word>". */
static struct ast_expr *make_call_with_symbol(struct ast_maker *m, const struct ast_name *name,
					      const char *const functions[], const char *failure,
					      struct ast_expr *e, struct sql_token symbol)
{
	struct ast_list args = ast_add((struct ast_list){ 0 }, e);
	bool is_known = false;

	if (m->has_failed)
		return NULL;
	for (size_t i = 0; functions[i]; i++)
		is_known |= str_eq_nocase(name->parts[0], str_of(functions[i]));
	if (!is_known || name->n_parts > 1) {
		ast_fail_at(m, symbol.begin, failure);
		return NULL;
	}
	args = ast_add(args, make_text(m, LIT_SYMBOL, symbol, ast_upper(m, symbol)));
	return ast_make_call(m, name, 0, &args, NULL);
}

struct ast_expr *ast_make_rounding(struct ast_maker *m, const struct ast_name *name,
				   struct ast_expr *e, struct sql_token unit)
{
	static const char *const functions[] = { "FLOOR", "CEIL", "CEILING", NULL };

	return make_call_with_symbol(m, name, functions,
				     "Encountered TO in a call of a function that does not take it",
				     e, unit);
}

struct ast_expr *ast_make_transcoding(struct ast_maker *m, const struct ast_name *name,
				      struct ast_expr *e, struct sql_token charset)
{
	static const char *const functions[] = { "CONVERT", "TRANSLATE", NULL };

	return make_call_with_symbol(
		m, name, functions,
		"Encountered USING in a call of a function that does not take it", e, charset);
}
