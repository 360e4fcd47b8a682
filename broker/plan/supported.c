/*
 * supported.c - see supported.h.
 *
 * What an engine learns to run loses its row or its line here.
 */
#include "broker/plan/supported.h"

#include "broker/plan/plan_expr.h"
#include "broker/sql/ast_walk.h"
#include "broker/sql/lexer.h"
#include "common/base/error.h"

/*
 * What cannot run, and where it stands; what NULL: everything can.
 *
 * The tree does not say where its keywords are, but what they stand behind: a
 * word is looked for in the text from the offset on.
 */
struct gap {
	const char *what;
	uint32_t offset;
	const char *word; /* NULL: the offset itself; ANY_WORD: whatever comes next */
};

#define ANY_WORD ""

typedef struct gap check_fn(const struct ast_node *node);

static const struct gap no_gap;

static struct gap gap_at(const char *what, uint32_t offset)
{
	return (struct gap){ what, offset, NULL };
}

static struct gap gap_behind(const char *what, uint32_t offset, const char *word)
{
	return (struct gap){ what, offset, word };
}

/* ---- statements and queries ---- */

static struct gap check_explain(const struct ast_stmt *s)
{
	if (s->explain.level == EXPLAIN_ANALYZE)
		return gap_at("EXPLAIN ANALYZE", s->span.begin);
	if (s->explain.level == EXPLAIN_IMPLEMENTATION)
		return gap_at("EXPLAIN IMPLEMENTATION PLAN", s->span.begin);
	if (s->explain.detail.ptr)
		return gap_at("EXPLAIN PLAN with words before FOR", s->span.begin);
	if (s->explain.stmt->kind != STMT_QUERY)
		return gap_at("EXPLAIN of anything but a query", s->explain.stmt->span.begin);
	return no_gap;
}

static struct gap check_stmt(const struct ast_node *node)
{
	const struct ast_stmt *s = node->stmt;

	if (s->format)
		return s->kind == STMT_QUERY ? gap_behind("FORMAT", s->query->span.end, ANY_WORD)
					     : gap_at("FORMAT", s->format->span.begin);
	if (s->kind == STMT_EXPLAIN)
		return check_explain(s);
	return s->kind == STMT_QUERY ? no_gap : gap_at(ast_stmt_words(s->kind), s->span.begin);
}

static struct gap check_query(const struct ast_node *node)
{
	const struct ast_query *q = node->query;
	const char *what = NULL;

	if (q->ctes)
		return gap_at("WITH", q->span.begin);
	switch (q->kind) {
	case QUERY_SELECT:
		return q->qualify ? gap_behind("QUALIFY", q->span.begin, "QUALIFY") : no_gap;
	case QUERY_VALUES:
		return no_gap;
	case QUERY_TABLE:
		return gap_at("TABLE t as a query", q->span.begin);
	case QUERY_UNION:
		what = "UNION";
		break;
	case QUERY_INTERSECT:
		what = "INTERSECT";
		break;
	case QUERY_EXCEPT:
		what = "EXCEPT";
		break;
	case QUERY_PARENS:
		return gap_at("ORDER BY, LIMIT or WITH on both sides of a parenthesis",
			      q->span.begin);
	}
	return gap_behind(what, q->branches->span.end, ANY_WORD);
}

static struct gap check_window(const struct ast_node *node)
{
	return gap_at("window functions", node->span.begin);
}

/* ---- FROM ---- */

static struct gap check_join(const struct ast_from *f)
{
	uint32_t join = f->join.left->span.end, using = f->join.right->span.end;
	static const char *const kinds[] = {
		[JOIN_INNER] = NULL,
		[JOIN_LEFT] = "LEFT JOIN; INNER JOIN with an equality is",
		[JOIN_RIGHT] = "RIGHT JOIN; INNER JOIN with an equality is",
		[JOIN_FULL] = "FULL JOIN; INNER JOIN with an equality is",
		[JOIN_CROSS] = NULL,
		[JOIN_LEFT_SEMI] = "LEFT SEMI JOIN",
		[JOIN_LEFT_ANTI] = "LEFT ANTI JOIN",
		[JOIN_ASOF] = "ASOF JOIN",
		[JOIN_LEFT_ASOF] = "LEFT ASOF JOIN",
	};

	if (kinds[f->join.kind])
		return gap_behind(kinds[f->join.kind], join, ANY_WORD);
	if (f->join.is_natural)
		return gap_behind("NATURAL JOIN; write the condition after ON", join, ANY_WORD);
	if (f->join.using_ids)
		return gap_behind("USING; write the condition after ON", using, ANY_WORD);
	return no_gap;
}

static struct gap check_from(const struct ast_node *node)
{
	const struct ast_from *f = node->from;

	if (f->is_lateral)
		return gap_at("LATERAL", f->span.begin);
	if (f->columns)
		return gap_at("names of columns behind an alias", f->columns->span.begin);
	switch (f->kind) {
	case FROM_TABLE:
		return f->table.sample
			       ? gap_behind("TABLESAMPLE", f->table.name.span.end, "TABLESAMPLE")
			       : no_gap;
	case FROM_QUERY:
		return no_gap;
	case FROM_UNNEST:
		return gap_at("UNNEST", f->span.begin);
	case FROM_FUNCTION:
		return gap_at("table functions", f->span.begin);
	case FROM_JOIN:
		return check_join(f);
	}
	return no_gap;
}

/* ---- expressions ---- */

static const bool is_op_missing[AST_OP_COUNT] = {
	[OP_IS_UNKNOWN] = true,
	[OP_IS_NOT_UNKNOWN] = true,
	[OP_BETWEEN_SYMMETRIC] = true,
	[OP_NOT_BETWEEN_SYMMETRIC] = true,
	[OP_ILIKE] = true,
	[OP_NOT_ILIKE] = true,
	[OP_SIMILAR] = true,
	[OP_NOT_SIMILAR] = true,
	[OP_RLIKE] = true,
	[OP_NOT_RLIKE] = true,
	[OP_AT_TIME_ZONE] = true,
};

static const char *const op_symbols[AST_OP_COUNT] = {
#define AST_OPERATOR(name, symbol, precedence, form) [OP_##name] = (symbol),
#include "broker/sql/ops.def"
#undef AST_OPERATOR
};

/* FLOOR(x TO DAY), CONVERT(x USING utf8); EXTRACT and TRIM have theirs in front, and can run. */
static bool ends_in_symbol(const struct ast_list *args)
{
	const struct ast_expr *last = args->last;

	return last && last->kind == AST_LITERAL && last->literal.kind == LIT_SYMBOL;
}

static const char *missing_in_call(const struct ast_expr *e)
{
	if (e->call.within_group)
		return "WITHIN GROUP";
	if (e->call.nulls != TREAT_DEFAULT)
		return "IGNORE NULLS and RESPECT NULLS";
	if (e->call.order_by)
		return "ORDER BY among the arguments of a function";
	if (ends_in_symbol(&e->call.args))
		return "TO and USING among the arguments of a function";
	return NULL;
}

/* Types that Pinot has; a word that is none of these may still be no type at all. */
static const struct {
	const char *name, *what;
} missing_types[] = {
	{ "BIG_DECIMAL", "the type BIG_DECIMAL" },
	{ "DECIMAL", "the type DECIMAL" },
	{ "NUMERIC", "the type NUMERIC" },
	{ "UUID", "the type UUID" },
	{ "MAP", "the type MAP" },
	{ "INT_ARRAY", "the type INT_ARRAY" },
	{ "LONG_ARRAY", "the type LONG_ARRAY" },
	{ "FLOAT_ARRAY", "the type FLOAT_ARRAY" },
	{ "DOUBLE_ARRAY", "the type DOUBLE_ARRAY" },
	{ "STRING_ARRAY", "the type STRING_ARRAY" },
};

static struct gap check_cast(const struct ast_expr *e)
{
	const struct ast_type *type = &e->cast.type;

	if (e->cast.is_safe)
		return gap_at("TRY_CAST", e->span.begin);
	if (type->suffix.ptr)
		return gap_at("CAST to ARRAY or to a type with a time zone", e->span.begin);
	for (size_t i = 0; i < ARRAY_SIZE(missing_types); i++) {
		if (str_eq_nocase(type->name, str_of(missing_types[i].name)))
			return gap_behind(missing_types[i].what, e->cast.value->span.end,
					  missing_types[i].name);
	}
	return no_gap;
}

static const char *missing_in_expr(const struct ast_expr *e)
{
	switch (e->kind) {
	case AST_LITERAL:
		return e->literal.kind == LIT_TIME ? "TIME literals" : NULL;
	case AST_COLUMN:
	case AST_STAR:
	case AST_CASE:
	case AST_CAST: /* check_cast() */
		return NULL;
	case AST_OP:
		return is_op_missing[e->op.op] ? op_symbols[e->op.op] : NULL;
	case AST_CALL:
		return missing_in_call(e);
	case AST_IN:
		return e->in.query ? "IN (query)" : NULL;
	case AST_PARAM:
		return "parameters (?)";
	case AST_QUANTIFIED:
		return e->quantified.is_all ? "ALL" : "SOME and ANY";
	case AST_QUERY:
		return "a query as a value";
	case AST_EXISTS:
		return "EXISTS";
	case AST_ROW:
		return "rows as values";
	case AST_ARRAY:
		return "ARRAY[...]";
	case AST_MAP:
		return "MAP[...]";
	case AST_ITEM:
		return "elements of arrays, a[i]";
	case AST_FIELD:
		return "fields of values";
	case AST_GROUPING:
		return "GROUPING SETS, ROLLUP and CUBE";
	}
	return NULL;
}

static struct gap check_expr(const struct ast_node *node)
{
	if (node->expr->kind == AST_CAST)
		return check_cast(node->expr);
	return gap_at(missing_in_expr(node->expr), node->span.begin);
}

/* ---- all ---- */

static check_fn *const checks[] = {
	[PART_STMT] = check_stmt, [PART_QUERY] = check_query, [PART_WINDOW] = check_window,
	[PART_FROM] = check_from, [PART_EXPR] = check_expr,
};

struct check_context {
	struct plan_rewrite *r;
	struct str text;
};

/* What stands behind a query or a table in parentheses stands behind these as well. */
static bool is_word(struct str token, const char *word)
{
	return word[0] ? str_eq_nocase(token, str_of(word)) : !str_eq(token, STR(")"));
}

static int find_word(const struct check_context *c, struct gap *gap)
{
	struct sql_lexer lexer;
	struct sql_token t;

	sql_lexer_init(&lexer, c->text, c->r->coop);
	lexer.pos = gap->offset;
	do {
		if (sql_lexer_next(&lexer, &t, c->r->err) < 0)
			return -1;
	} while (t.kind != TK_EOF &&
		 !is_word((struct str){ c->text.ptr + t.begin, t.end - t.begin }, gap->word));
	if (t.kind != TK_EOF)
		gap->offset = t.begin;
	return 0;
}

static int check(void *context, const struct ast_node *node)
{
	const struct check_context *c = context;
	struct plan_rewrite *r = c->r;
	struct gap gap = no_gap;

	if (plan_step(r) < 0)
		return -1;
	if (node->part < ARRAY_SIZE(checks) && checks[node->part])
		gap = checks[node->part](node);
	if (!gap.what)
		return 0;
	if (gap.word && find_word(c, &gap) < 0)
		return -1;
	return error_set_at(r->err, ERR_NOT_SUPPORTED, gap.offset, "not supported yet: %s",
			    gap.what);
}

int plan_check_supported(struct plan_rewrite *r, const struct ast_stmt *stmt, struct str text)
{
	struct check_context context = { r, text };
	struct ast_visitor visitor = { check, &context };

	return ast_walk(stmt, &visitor);
}
