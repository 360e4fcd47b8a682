/*
 * bind_expr.c - expressions: columns and aliases; the rest goes to its file.
 */
#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* Nodes that repetition may add to one statement. */
#define REPEATED_MAX 100000

int bind_repeat(struct binder *b, const struct plan_expr *e)
{
	struct plan_expr_facts facts;

	if (plan_expr_facts(&b->r, e, REPEATED_MAX, &facts) < 0)
		return -1;
	b->n_repeated += facts.n_nodes;
	if (b->n_repeated > REPEATED_MAX)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->sql_offset,
				    "the expression is too large once BETWEEN, CASE, COALESCE and "
				    "aliases are written out");
	return 0;
}

/* ---- aliases ---- */

static const struct bind_item *find_alias(const struct item_list *items, struct str name)
{
	for (uint32_t i = 0; items && i < items->n; i++) {
		if (items->items[i].alias.ptr && str_eq_nocase(items->items[i].alias, name))
			return &items->items[i];
	}
	return NULL;
}

/* Returns 1 when there is no such alias here. */
static int bind_alias(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		      struct plan_expr **out)
{
	struct bind_place place = *at;
	const struct bind_item *item;

	if (e->column.n_parts > 1 || at->alias_rank == ALIAS_NONE || !at->items)
		return 1;
	coop_pay(b->r.coop, (int64_t)at->items->n * COOP_ROW);
	item = find_alias(at->items, e->column.parts[0]);
	if (!item)
		return 1;
	place.alias_offset = e->span.begin;
	if (bind_item(b, &place, item, out) < 0)
		return -1;
	return bind_repeat(b, *out);
}

/* ---- columns ---- */

static void name_text(const struct ast_name *name, struct strbuf *out)
{
	for (uint32_t i = 0; i < name->n_parts; i++) {
		strbuf_add(out, ".", i > 0);
		strbuf_add_str(out, name->parts[i]);
	}
}

static void column_text(const struct scope_column *c, bool with_table, struct strbuf *out)
{
	if (with_table && c->table.len > 0)
		strbuf_printf(out, STR_FMT ".", STR_ARG(c->table));
	strbuf_add_str(out, c->name);
}

/* ". Did you mean 'y'?", or nothing */
static void add_suggestion(const struct bind_place *at, const struct ast_name *name,
			   struct strbuf *out)
{
	struct str_guess guess = str_guess_for(name->parts[name->n_parts - 1]);
	const struct scope_column *column = NULL;

	for (uint32_t i = at->first; i < at->end; i++) {
		if (str_guess_try(&guess, at->scope->columns[i].name))
			column = &at->scope->columns[i];
	}
	for (uint32_t i = 0; at->items && at->alias_rank != ALIAS_NONE && i < at->items->n; i++) {
		if (at->items->items[i].alias.ptr &&
		    str_guess_try(&guess, at->items->items[i].alias))
			column = NULL;
	}
	if (!guess.name.ptr)
		return;
	strbuf_add_str(out, STR(". Did you mean '"));
	if (column)
		column_text(column, name->n_parts > 1, out);
	else
		strbuf_add_str(out, guess.name);
	strbuf_add_str(out, STR("'?"));
}

static int fail_unknown(struct binder *b, const struct bind_place *at, const struct ast_expr *e)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;

	strbuf_add_str(&text, STR("Unknown columnName '"));
	name_text(&e->column, &text);
	strbuf_add_str(&text, STR("' found in the query"));
	add_suggestion(at, &e->column, &text);
	if (!strbuf_ok(&text))
		return error_oom(b->r.err);
	return error_set_at(b->r.err, ERR_COLUMN_UNKNOWN, e->span.begin, "%s", text.ptr);
}

static int fail_ambiguous(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			  uint32_t first, uint32_t second)
{
	const struct scope_column *a = &at->scope->columns[first], *c = &at->scope->columns[second];
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;

	name_text(&e->column, &text);
	strbuf_add_str(&text, STR("' is ambiguous: "));
	/* Out of one derived table, or of several without a name. */
	if (str_eq_nocase(a->table, c->table)) {
		strbuf_add_str(&text, STR("two columns have this name"));
	} else {
		strbuf_add_str(&text, STR("it may be "));
		column_text(a, true, &text);
		strbuf_add_str(&text, STR(" or "));
		column_text(c, true, &text);
	}
	if (!strbuf_ok(&text))
		return error_oom(b->r.err);
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin, "Column '%s", text.ptr);
}

static int bind_column(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out)
{
	bool is_alias_first = at->alias_rank == ALIAS_FIRST && !at->is_in_aggregate;
	int is_other = is_alias_first ? bind_alias(b, at, e, out) : 1;
	uint32_t first = 0, second = 0;
	unsigned n;

	if (is_other <= 0)
		return is_other;
	coop_pay(b->r.coop, (int64_t)(at->end - at->first) * COOP_ROW);
	n = scope_find(at->scope, at->first, at->end, &e->column, &first, &second);
	if (n > 1)
		return fail_ambiguous(b, at, e, first, second);
	if (n == 0 && !is_alias_first) {
		is_other = bind_alias(b, at, e, out);
		if (is_other <= 0)
			return is_other;
	}
	if (n == 0)
		return fail_unknown(b, at, e);
	*out = plan_expr_column(&b->r, first, at->scope->columns[first].type, e->span.begin);
	return *out ? 0 : -1;
}

bool bind_knows(const struct bind_place *at, const struct ast_name *name)
{
	uint32_t first, second;

	if (scope_find(at->scope, at->first, at->end, name, &first, &second) > 0)
		return true;
	return at->alias_rank != ALIAS_NONE && name->n_parts == 1 &&
	       find_alias(at->items, name->parts[0]);
}

/* ---- all kinds ---- */

/* Types whose names have two words; those of one word are the columns' business. */
static const struct {
	const char *name;
	enum col_type type;
} long_names[] = {
	{ "DOUBLE PRECISION", COL_DOUBLE },
	{ "CHARACTER VARYING", COL_STRING },
	{ "CHAR VARYING", COL_STRING },
	{ "BINARY VARYING", COL_BYTES },
};

static enum col_type find_type(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(long_names); i++) {
		if (str_eq_nocase(name, str_of(long_names[i].name)))
			return long_names[i].type;
	}
	return col_type_find(name);
}

static int fail_type(struct binder *b, const struct ast_expr *e)
{
	CLEANUP(strbuf_fini) struct strbuf known = STRBUF_INIT;

	for (size_t i = COL_UNKNOWN + 1; i < COL_TYPE_COUNT; i++)
		strbuf_printf(&known, "%s%s", known.len > 0 ? ", " : "", col_types[i].name);
	if (!strbuf_ok(&known))
		return error_oom(b->r.err);
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
			    "CAST to '" STR_FMT "': there is no such type; there are %s",
			    STR_ARG(e->cast.type.name), known.ptr);
}

static int bind_cast_expr(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			  struct plan_expr **out)
{
	enum col_type to = find_type(e->cast.type.name);
	struct plan_expr *value = NULL;

	if (to == COL_TYPE_COUNT || to == COL_UNKNOWN)
		return fail_type(b, e);
	if (bind_expr(b, at, e->cast.value, &value) < 0)
		return -1;
	return bind_cast(b, value, to, out);
}

int bind_expr(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	      struct plan_expr **out)
{
	if (plan_step(&b->r) < 0)
		return -1;
	switch (e->kind) {
	case AST_LITERAL:
		return bind_literal(b, e, out);
	case AST_COLUMN:
		return bind_column(b, at, e, out);
	case AST_OP:
		return bind_op(b, at, e, out);
	case AST_CALL:
		return bind_call(b, at, e, out);
	case AST_CASE:
		return bind_case(b, at, e, out);
	case AST_CAST:
		return bind_cast_expr(b, at, e, out);
	case AST_IN:
		return bind_in(b, at, e, out);
	case AST_STAR:
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "* is a list of columns and no value");
	case AST_PARAM:
	case AST_QUANTIFIED:
	case AST_QUERY:
	case AST_EXISTS:
	case AST_ROW:
	case AST_ARRAY:
	case AST_MAP:
	case AST_ITEM:
	case AST_FIELD:
	case AST_GROUPING:
		break;
	}
	ASSERT(!"plan_check_supported() lets nothing else pass");
	return -1;
}

int bind_truth(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	       const char *what, struct plan_expr **out)
{
	struct plan_expr *value = NULL;

	if (bind_expr(b, at, e, &value) < 0)
		return -1;
	ASSERT(value);
	if (value->type == COL_UNKNOWN)
		return bind_cast(b, value, COL_BOOLEAN, out);
	if (value->type != COL_BOOLEAN)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "%s needs BOOLEAN, not %s", what, col_types[value->type].name);
	*out = value;
	return 0;
}
