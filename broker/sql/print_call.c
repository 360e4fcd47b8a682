/*
 * print_call.c - calls of functions as text, with their windows and orders; see
 * print_priv.h.
 *
 * The grammar's own functions, such as EXTRACT, are calls like all others in the
 * tree, and get their words back here.
 */
#include "broker/sql/lexer.h"
#include "broker/sql/print_priv.h"

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

static void print_special_argument(struct printer *p, const struct ast_expr *a, bool is_before_to,
				   int precedence)
{
	/* FLOOR(INTERVAL '1' DAY TO HOUR): TO would be taken for a part of the interval. */
	bool needs_parens = is_before_to && !p->is_fingerprint && print_ends_in_unit(a);

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

void print_call(struct printer *p, const struct ast_expr *e)
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
