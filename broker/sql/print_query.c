/*
 * print_query.c - queries and FROM as text; see print_priv.h.
 *
 * A branch of a set operation stands in parentheses only where another tree
 * would be read without them.
 */
#include "broker/sql/lexer.h"
#include "broker/sql/print_priv.h"

/* ---- Hints ---- */

/* May have been a string, and so what no identifier can be: empty, or too long. */
static void print_hint_key(struct printer *p, struct str key)
{
	if (p->is_fingerprint || sql_is_plain_name(key, false))
		print_id(p, key);
	else
		print_string(p, key);
}

static void print_hint_options(struct printer *p, const struct ast_hint_option *option)
{
	for (const char *before = "("; option && print_step(p);
	     option = option->next, before = ", ") {
		print_word(p, before);
		if (option->key.ptr) {
			print_hint_key(p, option->key);
			print_word(p, " = ");
		}
		print_expr(p, option->value, PREC_ANY);
	}
	strbuf_add_char(p->out, ')');
}

static void print_hints(struct printer *p, const struct ast_hint *hint)
{
	if (!hint)
		return;
	for (const char *before = "/*+ "; hint && print_step(p); hint = hint->next, before = ", ") {
		print_word(p, before);
		print_id_before(p, hint->name, hint->options);
		if (hint->options)
			print_hint_options(p, hint->options);
	}
	print_word(p, " */");
}

/* ---- FROM ---- */

static void print_sample(struct printer *p, const struct ast_sample *sample)
{
	if (!sample)
		return;
	print_word(p, sample->is_system ? " TABLESAMPLE SYSTEM(" : " TABLESAMPLE BERNOULLI(");
	print_expr(p, sample->percentage, PREC_ANY);
	strbuf_add_char(p->out, ')');
	if (sample->seed) {
		print_word(p, " REPEATABLE(");
		print_expr(p, sample->seed, PREC_ANY);
		strbuf_add_char(p->out, ')');
	}
}

static void print_alias(struct printer *p, struct str alias, const struct ast_id *columns)
{
	if (!alias.ptr)
		return;
	print_word(p, " AS ");
	print_id_before(p, alias, columns);
	print_ids(p, columns);
}

static void print_named_table(struct printer *p, const struct ast_from *f)
{
	print_name(p, &f->table.name);
	if (f->table.hints) {
		strbuf_add_char(p->out, ' ');
		print_hints(p, f->table.hints);
	}
	print_alias(p, f->alias, f->columns);
	print_sample(p, f->table.sample);
}

static void print_unnest(struct printer *p, const struct ast_from *f)
{
	print_word(p, "UNNEST(");
	print_list(p, &f->unnest.args);
	print_word(p, f->unnest.has_ordinality ? ") WITH ORDINALITY" : ")");
}

static void print_table_call(struct printer *p, const struct ast_from *f)
{
	print_word(p, f->is_lateral ? "LATERAL TABLE(" : "TABLE(");
	print_expr(p, f->function, PREC_ANY);
	strbuf_add_char(p->out, ')');
}

static void print_join_word(struct printer *p, const struct ast_from *f)
{
	static const char *const words[] = {
		[JOIN_INNER] = "INNER JOIN ",         [JOIN_LEFT] = "LEFT JOIN ",
		[JOIN_RIGHT] = "RIGHT JOIN ",         [JOIN_FULL] = "FULL JOIN ",
		[JOIN_CROSS] = "CROSS JOIN ",         [JOIN_LEFT_SEMI] = "LEFT SEMI JOIN ",
		[JOIN_LEFT_ANTI] = "LEFT ANTI JOIN ", [JOIN_ASOF] = "ASOF JOIN ",
		[JOIN_LEFT_ASOF] = "LEFT ASOF JOIN ",
	};

	if (f->join.is_comma) {
		print_word(p, ", ");
		return;
	}
	print_word(p, f->join.is_natural ? " NATURAL " : " ");
	print_word(p, words[f->join.kind]);
}

/* The word is one only in front of a parenthesis. */
static void print_match(struct printer *p, const struct ast_expr *match)
{
	if (!match)
		return;
	print_word(p, p->is_fingerprint ? " MATCH_CONDITION " : " MATCH_CONDITION (");
	print_expr(p, match, PREC_ANY);
	print_word(p, p->is_fingerprint ? "" : ")");
}

static void print_join(struct printer *p, const struct ast_from *f)
{
	print_from(p, f->join.left);
	print_join_word(p, f);
	if (f->join.is_comma)
		print_from(p, f->join.right);
	else
		print_table(p, f->join.right);
	print_match(p, f->join.match);
	if (f->join.on) {
		print_word(p, " ON ");
		print_expr(p, f->join.on, PREC_ANY);
	}
	if (f->join.using_ids) {
		print_word(p, " USING");
		print_ids(p, f->join.using_ids);
	}
}

void print_from(struct printer *p, const struct ast_from *f)
{
	if (!print_step(p))
		return;
	switch (f->kind) {
	case FROM_TABLE:
		print_named_table(p, f);
		return;
	case FROM_JOIN:
		print_join(p, f);
		return;
	case FROM_QUERY:
		print_word(p, f->is_lateral ? "LATERAL " : "");
		print_subquery(p, f->query);
		break;
	case FROM_UNNEST:
		print_unnest(p, f);
		break;
	case FROM_FUNCTION:
		print_table_call(p, f);
		break;
	}
	print_alias(p, f->alias, f->columns);
}

/* Joins are read from left to right, and before commas. */
void print_table(struct printer *p, const struct ast_from *f)
{
	bool needs_parens = f->kind == FROM_JOIN;

	if (needs_parens)
		strbuf_add_char(p->out, '(');
	print_from(p, f);
	if (needs_parens)
		strbuf_add_char(p->out, ')');
}

/* ---- SELECT, VALUES ---- */

static void print_items(struct printer *p, const struct ast_item *item)
{
	for (const char *before = ""; item && !p->has_stopped; item = item->next, before = ", ") {
		print_word(p, before);
		print_expr(p, item->expr, PREC_ANY);
		print_alias(p, item->alias, NULL);
	}
}

static void print_group_by(struct printer *p, const struct ast_query *q)
{
	static const char *const words[] = {
		[GROUP_DEFAULT] = " GROUP BY ",
		[GROUP_ALL] = " GROUP BY ALL ",
		[GROUP_DISTINCT] = " GROUP BY DISTINCT ",
	};

	if (q->group_by.n == 0)
		return;
	print_word(p, words[q->group_quantifier]);
	print_list(p, &q->group_by);
}

static void print_windows(struct printer *p, const struct ast_window *w)
{
	bool before = p->is_verbatim;

	p->is_verbatim = true;
	for (const char *word = " WINDOW "; w && print_step(p); w = w->next, word = ", ") {
		print_word(p, word);
		print_id(p, w->name);
		print_word(p, " AS (");
		print_window(p, w);
		strbuf_add_char(p->out, ')');
	}
	p->is_verbatim = before;
}

static void print_condition(struct printer *p, const char *word, const struct ast_expr *e)
{
	if (!e)
		return;
	print_word(p, word);
	print_expr(p, e, PREC_ANY);
}

static void print_select_hints(struct printer *p, const struct ast_hint *hints)
{
	bool before = p->is_verbatim;

	if (!hints)
		return;
	p->is_verbatim = true;
	print_hints(p, hints);
	strbuf_add_char(p->out, ' ');
	p->is_verbatim = before;
}

static void print_select(struct printer *p, const struct ast_query *q)
{
	print_word(p, "SELECT ");
	print_select_hints(p, q->hints);
	print_word(p, q->is_distinct ? "DISTINCT " : "");
	print_items(p, q->items);
	if (q->from) {
		print_word(p, " FROM ");
		print_from(p, q->from);
	}
	print_condition(p, " WHERE ", q->where);
	print_group_by(p, q);
	print_condition(p, " HAVING ", q->having);
	print_windows(p, q->windows);
	print_condition(p, " QUALIFY ", q->qualify);
}

void print_row(struct printer *p, const struct ast_row *row)
{
	print_word(p, p->is_fingerprint ? "ROW(" : "(");
	print_list(p, &row->exprs);
	strbuf_add_char(p->out, ')');
}

static void print_values(struct printer *p, const struct ast_query *q)
{
	const char *before = "VALUES ";

	for (const struct ast_row *row = q->rows; row && print_step(p);
	     row = row->next, before = ", ") {
		print_word(p, before);
		print_row(p, row);
	}
}

/* ---- Set operations ---- */

/* Of queries as branches: INTERSECT binds tighter than UNION and EXCEPT. */
enum { SET_LOOSE = 1, SET_TIGHT = 2, SET_NONE = 3 };

static int set_precedence(const struct ast_query *q)
{
	if (q->ctes || q->order_by || q->limit || q->offset)
		return 0; /* an end or a beginning of its own */
	switch (q->kind) {
	case QUERY_UNION:
	case QUERY_EXCEPT:
		return SET_LOOSE;
	case QUERY_INTERSECT:
		return SET_TIGHT;
	case QUERY_SELECT:
	case QUERY_VALUES:
	case QUERY_TABLE:
	case QUERY_PARENS:
		break;
	}
	return SET_NONE;
}

static void print_branch(struct printer *p, const struct ast_query *q, int min_precedence)
{
	if (set_precedence(q) < min_precedence)
		print_subquery(p, q);
	else
		print_query(p, q);
}

static void print_set_op(struct printer *p, const struct ast_query *q, const char *word)
{
	int precedence = q->kind == QUERY_INTERSECT ? SET_TIGHT : SET_LOOSE;

	print_branch(p, q->branches, precedence);
	for (const struct ast_query *b = q->branches->next; b && !p->has_stopped; b = b->next) {
		print_word(p, word);
		print_word(p, q->is_all ? "ALL " : "");
		print_branch(p, b, precedence + 1);
	}
}

/* ---- Queries ---- */

static void print_ctes(struct printer *p, const struct ast_query *q)
{
	const char *before = q->is_recursive ? "WITH RECURSIVE " : "WITH ";

	for (const struct ast_cte *cte = q->ctes; cte && print_step(p);
	     cte = cte->next, before = ", ") {
		print_word(p, before);
		print_id_before(p, cte->name, cte->columns);
		print_ids(p, cte->columns);
		print_word(p, " AS ");
		print_subquery(p, cte->query);
	}
	if (q->ctes)
		strbuf_add_char(p->out, ' ');
}

static void print_limit(struct printer *p, const struct ast_query *q)
{
	if (p->is_fingerprint) {
		if (q->offset) {
			print_condition(p, " OFFSET ", q->offset);
			print_word(p, " ROWS");
		}
		if (q->limit) {
			print_condition(p, " FETCH NEXT ", q->limit);
			print_word(p, " ROWS ONLY");
		}
		return;
	}
	print_condition(p, " LIMIT ", q->limit);
	print_condition(p, " OFFSET ", q->offset);
}

static void print_body(struct printer *p, const struct ast_query *q)
{
	switch (q->kind) {
	case QUERY_SELECT:
		print_select(p, q);
		return;
	case QUERY_VALUES:
		print_values(p, q);
		return;
	case QUERY_TABLE:
		print_word(p, "TABLE ");
		print_name(p, &q->table);
		return;
	case QUERY_UNION:
		print_set_op(p, q, " UNION ");
		return;
	case QUERY_INTERSECT:
		print_set_op(p, q, " INTERSECT ");
		return;
	case QUERY_EXCEPT:
		print_set_op(p, q, " EXCEPT ");
		return;
	case QUERY_PARENS:
		print_subquery(p, q->branches);
		return;
	}
}

void print_query(struct printer *p, const struct ast_query *q)
{
	bool before = p->is_verbatim;

	if (!print_step(p))
		return;
	print_ctes(p, q);
	print_body(p, q);
	p->is_verbatim = true;
	print_order_by(p, " ORDER BY ", q->order_by);
	p->is_verbatim = before;
	print_limit(p, q);
}

void print_subquery(struct printer *p, const struct ast_query *q)
{
	strbuf_add_char(p->out, '(');
	print_query(p, q);
	strbuf_add_char(p->out, ')');
}
