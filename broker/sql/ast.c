/*
 * ast.c - see ast_make.h.
 *
 * Depth is kept while the tree grows, from the leaves up, in queries and joins
 * as well as in expressions.  Later stages recurse over the tree on a small
 * stack, and this is where a tree that would be too deep for them ends.
 */
#include "broker/sql/ast_make.h"
#include "broker/sql/grammar.h"
#include "broker/sql/sql.h"
#include "common/base/error.h"
#include "common/base/num.h"

/* ---- Failures ---- */

static void fail_at(struct ast_maker *m, uint32_t offset, const char *what)
{
	uint32_t line, column;

	sql_position(m->text, offset, &line, &column);
	(void)error_set_at(m->err, ERR_SQL_PARSING, offset, "%s at line %u, column %u.", what, line,
			   column);
	m->has_failed = true;
}

void ast_fail_depth(struct ast_maker *m, uint32_t offset)
{
	uint32_t line, column;

	sql_position(m->text, offset, &line, &column);
	(void)error_set_at(
		m->err, ERR_SQL_PARSING, offset,
		"Nested too deeply at line %u, column %u: at most %u levels are allowed.", line,
		column, m->max_depth);
	m->has_failed = true;
}

/* Zeroed, or NULL when this or something before it has failed. */
static void *make(struct ast_maker *m, size_t size_bytes)
{
	void *p;

	if (m->has_failed)
		return NULL;
	p = arena_calloc(m->arena, size_bytes, m->err);
	if (!p)
		m->has_failed = true;
	return p;
}

#define MAKE(m, type) ((type *)make((m), sizeof(type)))

/* What contains something of depth `inner` is at least one deeper. */
static void contain(struct ast_maker *m, uint32_t *depth, uint32_t inner)
{
	*depth = MAX(*depth, inner + 1);
	if (*depth > m->max_depth && !m->has_failed)
		ast_fail_depth(m, m->last.begin);
}

static void contain_expr(struct ast_maker *m, uint32_t *depth, const struct ast_expr *e)
{
	if (e)
		contain(m, depth, e->depth);
}

/* ---- Text ---- */

/* Every quote inside stands twice. */
static struct str unescape(struct ast_maker *m, struct str s, char quote)
{
	char *to = arena_alloc_bytes(m->arena, s.len, m->err);
	size_t n = 0;

	if (!to) {
		m->has_failed = true;
		return (struct str){ 0 };
	}
	for (size_t i = 0; i < s.len; i++) {
		to[n++] = s.ptr[i];
		if (s.ptr[i] == quote)
			i++;
	}
	return (struct str){ to, n };
}

struct str ast_text(struct ast_maker *m, struct sql_token t)
{
	struct str s = { m->text.ptr + t.begin, t.end - t.begin };
	char quote;

	if (m->has_failed)
		return (struct str){ 0 };
	if (t.kind == TK_BINARY)
		s = (struct str){ s.ptr + 1, s.len - 1 };
	quote = s.ptr[0];
	if (quote != '\'' && quote != '"' && quote != '`')
		return s;
	s = (struct str){ s.ptr + 1, s.len - 2 };
	return memchr(s.ptr, quote, s.len) ? unescape(m, s, quote) : s;
}

static struct str two_texts(struct ast_maker *m, struct str a, const char *between, struct str b)
{
	struct str s = { 0 };

	if (m->has_failed)
		return s;
	s = arena_printf(m->arena, m->err, STR_FMT "%s" STR_FMT, STR_ARG(a), between, STR_ARG(b));
	if (!s.ptr)
		m->has_failed = true;
	return s;
}

struct str ast_two_words(struct ast_maker *m, struct sql_token a, struct sql_token b)
{
	struct str first = ast_text(m, a), second = ast_text(m, b);

	return two_texts(m, first, " ", second);
}

struct ast_name ast_make_name(struct ast_maker *m, uint32_t n, const struct sql_token *parts)
{
	struct ast_name name = { .n_parts = n, .span = { parts[0].begin, parts[n - 1].end } };

	name.parts = make(m, n * sizeof(*name.parts));
	if (!name.parts)
		return (struct ast_name){ 0 };
	for (uint32_t i = 0; i < n; i++)
		name.parts[i] = ast_text(m, parts[i]);
	return name;
}

struct str ast_name_text(struct ast_maker *m, const struct ast_name *name)
{
	struct str s = { 0 };

	if (m->has_failed)
		return s;
	s = name->parts[0];
	for (uint32_t i = 1; i < name->n_parts; i++)
		s = two_texts(m, s, ".", name->parts[i]);
	return s;
}

/* ---- Statements ---- */

struct ast_stmt *ast_make_stmt(struct ast_maker *m, enum ast_stmt_kind kind, struct ast_query *q)
{
	struct ast_stmt *s = MAKE(m, struct ast_stmt);

	if (!s)
		return NULL;
	s->kind = kind;
	s->span = q->span;
	s->query = q;
	return s;
}

struct ast_stmt *ast_make_explain(struct ast_maker *m, uint32_t begin, struct ast_query *q)
{
	struct ast_stmt *s = ast_make_stmt(m, STMT_EXPLAIN, q);

	if (s)
		s->span.begin = begin;
	return s;
}

void ast_add_option(struct ast_maker *m, uint32_t begin, struct sql_token name, struct str value)
{
	struct ast_option *o = MAKE(m, struct ast_option);

	if (!o)
		return;
	o->name = ast_text(m, name);
	o->value = value;
	o->span = (struct span){ begin, m->last.end };
	if (m->last_option)
		m->last_option->next = o;
	else
		m->options = o;
	m->last_option = o;
}

struct str ast_option_text(struct ast_maker *m, const struct ast_expr *literal)
{
	if (m->has_failed)
		return (struct str){ 0 };
	if (literal->literal.kind == LIT_BOOLEAN || literal->literal.kind == LIT_NULL)
		return (struct str){ m->text.ptr + literal->span.begin,
				     literal->span.end - literal->span.begin };
	return literal->literal.text;
}

struct str ast_option_number(struct ast_maker *m, struct sql_token number, bool is_negative)
{
	struct str digits = ast_text(m, number);

	return is_negative ? two_texts(m, STR("-"), "", digits) : digits;
}

/* ---- Queries ---- */

struct ast_query *ast_make_select(struct ast_maker *m, const struct ast_items *items,
				  const struct ast_query *parts)
{
	struct ast_query *q = MAKE(m, struct ast_query);

	if (!q)
		return NULL;
	*q = *parts;
	q->kind = QUERY_SELECT;
	q->items = items->first;
	contain(m, &q->depth, items->depth);
	if (q->from)
		contain(m, &q->depth, q->from->depth);
	contain_expr(m, &q->depth, q->where);
	contain(m, &q->depth, q->group_by.depth);
	contain_expr(m, &q->depth, q->having);
	return q;
}

struct ast_query *ast_make_values(struct ast_maker *m, uint32_t begin, const struct ast_rows *rows)
{
	struct ast_query *q = MAKE(m, struct ast_query);

	if (!q)
		return NULL;
	q->kind = QUERY_VALUES;
	q->span.begin = begin;
	q->rows = rows->first;
	contain(m, &q->depth, rows->depth);
	return q;
}

struct ast_query *ast_finish_query(struct ast_maker *m, struct ast_query *q,
				   const struct ast_orders *order_by, const struct ast_limit *limit)
{
	if (m->has_failed)
		return NULL;
	q->order_by = order_by->first;
	q->limit = limit->limit;
	q->offset = limit->offset;
	q->span.end = m->last.end;
	contain(m, &q->depth, order_by->depth);
	return q;
}

struct ast_item *ast_make_item(struct ast_maker *m, struct ast_expr *e, struct str alias)
{
	struct ast_item *item = MAKE(m, struct ast_item);

	if (!item)
		return NULL;
	item->expr = e;
	item->alias = alias;
	item->span = (struct span){ e->span.begin, m->last.end };
	return item;
}

struct ast_row *ast_make_row(struct ast_maker *m, uint32_t begin, const struct ast_list *exprs)
{
	struct ast_row *row = MAKE(m, struct ast_row);

	if (!row)
		return NULL;
	row->exprs = *exprs;
	row->span = (struct span){ begin, m->last.end };
	return row;
}

struct ast_order *ast_make_order(struct ast_maker *m, struct ast_expr *e, bool is_descending,
				 enum ast_nulls nulls)
{
	struct ast_order *order = MAKE(m, struct ast_order);

	if (!order)
		return NULL;
	order->expr = e;
	order->is_descending = is_descending;
	order->nulls = nulls;
	return order;
}

static struct ast_from *make_from(struct ast_maker *m, enum ast_from_kind kind, uint32_t begin)
{
	struct ast_from *f = MAKE(m, struct ast_from);

	if (!f)
		return NULL;
	f->kind = kind;
	f->span = (struct span){ begin, m->last.end };
	f->depth = 1;
	return f;
}

struct ast_from *ast_make_table(struct ast_maker *m, const struct ast_name *name, struct str alias)
{
	struct ast_from *f = make_from(m, FROM_TABLE, name->span.begin);

	if (!f)
		return NULL;
	f->table = *name;
	f->alias = alias;
	return f;
}

struct ast_from *ast_make_derived(struct ast_maker *m, uint32_t begin, struct ast_query *q,
				  struct str alias)
{
	struct ast_from *f = make_from(m, FROM_QUERY, begin);

	if (!f)
		return NULL;
	f->query = q;
	f->alias = alias;
	contain(m, &f->depth, q->depth);
	return f;
}

struct ast_from *ast_make_join(struct ast_maker *m, enum ast_join_kind kind, bool is_comma,
			       struct ast_from *left, struct ast_from *right, struct ast_expr *on)
{
	struct ast_from *f = m->has_failed ? NULL : make_from(m, FROM_JOIN, left->span.begin);

	if (!f)
		return NULL;
	f->join.kind = kind;
	f->join.is_comma = is_comma;
	f->join.left = left;
	f->join.right = right;
	f->join.on = on;
	contain(m, &f->depth, left->depth);
	contain(m, &f->depth, right->depth);
	contain_expr(m, &f->depth, on);
	return f;
}

/* ---- Lists ---- */

struct ast_items ast_add_item(struct ast_items list, struct ast_item *item)
{
	if (!item)
		return list;
	if (list.last)
		list.last->next = item;
	else
		list.first = item;
	list.last = item;
	list.depth = MAX(list.depth, item->expr->depth);
	return list;
}

struct ast_rows ast_add_row(struct ast_rows list, struct ast_row *row)
{
	if (!row)
		return list;
	if (list.last)
		list.last->next = row;
	else
		list.first = row;
	list.last = row;
	list.depth = MAX(list.depth, row->exprs.depth);
	return list;
}

struct ast_orders ast_add_order(struct ast_orders list, struct ast_order *order)
{
	if (!order)
		return list;
	if (list.last)
		list.last->next = order;
	else
		list.first = order;
	list.last = order;
	list.depth = MAX(list.depth, order->expr->depth);
	return list;
}

struct ast_list ast_add(struct ast_list list, struct ast_expr *e)
{
	if (!e)
		return list;
	if (list.last)
		list.last->next = e;
	else
		list.first = e;
	list.last = e;
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
	if (list.last)
		list.last->next = when;
	else
		list.first = when;
	list.last = when;
	list.depth = MAX(list.depth, MAX(condition->depth, result->depth));
	return list;
}

/* ---- Expressions ---- */

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

struct ast_expr *ast_make_interval(struct ast_maker *m, uint32_t begin, struct sql_token t,
				   struct sql_token unit)
{
	struct ast_expr *e = ast_make_literal(m, LIT_INTERVAL, begin, t);

	if (e)
		e->literal.unit = ast_text(m, unit);
	return e;
}

/* A text that is written without quotes, or not at all. */
static struct ast_expr *make_string(struct ast_maker *m, struct sql_token place, struct str text)
{
	struct ast_expr *e = make_expr(m, AST_LITERAL, place.begin);

	if (!e)
		return NULL;
	e->span.end = place.end;
	e->literal.kind = LIT_STRING;
	e->literal.text = text;
	return e;
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

static void add_arg(struct ast_maker *m, struct ast_expr *e, struct ast_list *args,
		    struct ast_expr *arg)
{
	if (!arg)
		return;
	*args = ast_add(*args, arg);
	contain(m, &e->depth, arg->depth);
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

struct ast_expr *ast_make_in(struct ast_maker *m, struct ast_expr *e, bool is_negated,
			     const struct ast_list *list, struct ast_query *q)
{
	struct ast_expr *in = m->has_failed ? NULL : make_expr(m, AST_IN, e->span.begin);

	if (!in)
		return NULL;
	in->in.value = e;
	in->in.is_negated = is_negated;
	in->in.query = q;
	if (list)
		in->in.list = *list;
	contain(m, &in->depth, e->depth);
	contain(m, &in->depth, list ? list->depth : q->depth);
	return in;
}

struct ast_expr *ast_in_parens(struct ast_maker *m, uint32_t begin, struct ast_expr *e)
{
	if (m->has_failed)
		return NULL;
	e->span = (struct span){ begin, m->last.end };
	return e;
}

struct ast_expr *ast_make_query_expr(struct ast_maker *m, enum ast_expr_kind kind, uint32_t begin,
				     struct ast_query *q)
{
	struct ast_expr *e = make_expr(m, kind, begin);

	if (!e)
		return NULL;
	e->query.query = q;
	contain(m, &e->depth, q->depth);
	return e;
}

struct ast_expr *ast_make_case(struct ast_maker *m, uint32_t begin, struct ast_expr *operand,
			       const struct ast_whens *whens, struct ast_expr *otherwise)
{
	struct ast_expr *e = make_expr(m, AST_CASE, begin);

	if (!e)
		return NULL;
	e->when.operand = operand;
	e->when.whens = whens->first;
	e->when.otherwise = otherwise;
	contain_expr(m, &e->depth, operand);
	contain(m, &e->depth, whens->depth);
	contain_expr(m, &e->depth, otherwise);
	return e;
}

struct ast_expr *ast_make_cast(struct ast_maker *m, uint32_t begin, struct ast_expr *e,
			       const struct ast_type *type)
{
	struct ast_expr *cast = make_expr(m, AST_CAST, begin);

	if (!cast)
		return NULL;
	cast->cast.value = e;
	cast->cast.type = type->name;
	cast->cast.precision = type->precision;
	cast->cast.scale = type->scale;
	contain(m, &cast->depth, e->depth);
	return cast;
}

/* The number in the parentheses of a type; -1 when there is none. */
static int32_t type_number(struct ast_maker *m, const struct sql_token *t)
{
	int64_t n;

	if (!t || m->has_failed)
		return -1;
	if (!num_parse_i64(ast_text(m, *t), &n) || n > INT32_MAX) {
		fail_at(m, t->begin, "Type with a number that is too large");
		return -1;
	}
	return (int32_t)n;
}

struct ast_type ast_make_type(struct ast_maker *m, struct str name,
			      const struct sql_token *precision, const struct sql_token *scale)
{
	return (struct ast_type){ name, type_number(m, precision), type_number(m, scale) };
}

/* ---- Functions ---- */

struct ast_expr *ast_make_call(struct ast_maker *m, const struct ast_name *name, unsigned flags,
			       const struct ast_list *args, struct ast_expr *filter)
{
	struct ast_expr *e = m->has_failed ? NULL : make_expr(m, AST_CALL, name->span.begin);

	if (!e)
		return NULL;
	e->call.name = *name;
	e->call.is_distinct = flags & CALL_DISTINCT;
	e->call.is_star = flags & CALL_STAR;
	e->call.filter = filter;
	if (args) {
		e->call.args = *args;
		contain(m, &e->depth, args->depth);
	}
	contain_expr(m, &e->depth, filter);
	return e;
}

struct ast_expr *ast_make_special_list(struct ast_maker *m, struct sql_token name,
				       const struct ast_list *args)
{
	struct ast_name n = ast_make_name(m, 1, &name);

	return ast_make_call(m, &n, 0, args, NULL);
}

struct ast_expr *ast_make_special(struct ast_maker *m, struct sql_token name, struct ast_expr *a,
				  struct ast_expr *b, struct ast_expr *c)
{
	struct ast_list args = ast_add(ast_add(ast_add((struct ast_list){ 0 }, a), b), c);

	return ast_make_special_list(m, name, &args);
}

struct ast_expr *ast_make_extract(struct ast_maker *m, struct sql_token name, struct sql_token unit,
				  struct ast_expr *e)
{
	return ast_make_special(m, name, make_string(m, unit, ast_text(m, unit)), e, NULL);
}

struct ast_expr *ast_make_trim(struct ast_maker *m, struct sql_token name,
			       const struct sql_token *side, struct ast_expr *characters,
			       struct ast_expr *e)
{
	struct str which = STR("BOTH");

	if (side && side->kind != TK_BOTH)
		which = side->kind == TK_LEADING ? STR("LEADING") : STR("TRAILING");
	if (!characters)
		characters = make_string(m, name, STR(" "));
	return ast_make_special(m, name, make_string(m, side ? *side : name, which), characters, e);
}
