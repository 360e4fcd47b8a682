/*
 * supported.c - see supported.h.
 *
 * What an engine learns to run loses its row or its line here.
 */
#include "broker/plan/supported.h"

#include "broker/plan/plan_expr.h"
#include "broker/sql/ast_walk.h"
#include "common/base/error.h"

/* What cannot run, and where it stands; what NULL: everything can. */
struct gap {
	const char *what;
	uint32_t offset;
};

typedef struct gap check_fn(const struct ast_node *node);

static const struct gap no_gap;

/* ---- statements and queries ---- */

static struct gap check_explain(const struct ast_stmt *s)
{
	if (s->explain.level == EXPLAIN_ANALYZE)
		return (struct gap){ "EXPLAIN ANALYZE", s->span.begin };
	if (s->explain.level == EXPLAIN_IMPLEMENTATION)
		return (struct gap){ "EXPLAIN IMPLEMENTATION PLAN", s->span.begin };
	if (s->explain.detail.ptr)
		return (struct gap){ "EXPLAIN PLAN with words before FOR", s->span.begin };
	if (s->explain.stmt->kind != STMT_QUERY)
		return (struct gap){ "EXPLAIN of anything but a query",
				     s->explain.stmt->span.begin };
	return no_gap;
}

static struct gap check_stmt(const struct ast_node *node)
{
	const struct ast_stmt *s = node->stmt;

	if (s->format)
		return (struct gap){ "FORMAT", s->format->span.begin };
	if (s->kind == STMT_EXPLAIN)
		return check_explain(s);
	return s->kind == STMT_QUERY ? no_gap
				     : (struct gap){ ast_stmt_words(s->kind), s->span.begin };
}

static struct gap check_query(const struct ast_node *node)
{
	const struct ast_query *q = node->query;
	const char *what = NULL;

	switch (q->kind) {
	case QUERY_SELECT:
		return q->qualify ? (struct gap){ "QUALIFY", q->qualify->span.begin } : no_gap;
	case QUERY_VALUES:
		return no_gap;
	case QUERY_TABLE:
		return (struct gap){ "TABLE t as a query", q->span.begin };
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
		return (struct gap){ "ORDER BY, LIMIT or WITH on both sides of a parenthesis",
				     q->span.begin };
	}
	return (struct gap){ what, q->branches->next->span.begin };
}

static struct gap check_cte(const struct ast_node *node)
{
	return (struct gap){ "WITH", node->span.begin };
}

static struct gap check_window(const struct ast_node *node)
{
	return (struct gap){ "window functions", node->span.begin };
}

/* ---- FROM ---- */

static const char *missing_join(const struct ast_from *f)
{
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
		return kinds[f->join.kind];
	if (f->join.is_natural)
		return "NATURAL JOIN; write the condition after ON";
	return f->join.using_ids ? "USING; write the condition after ON" : NULL;
}

static struct gap check_from(const struct ast_node *node)
{
	const struct ast_from *f = node->from;

	if (f->is_lateral)
		return (struct gap){ "LATERAL", f->span.begin };
	if (f->columns)
		return (struct gap){ "names of columns behind an alias", f->columns->span.begin };
	switch (f->kind) {
	case FROM_TABLE:
		return f->table.sample ? (struct gap){ "TABLESAMPLE",
						       f->table.sample->percentage->span.begin }
				       : no_gap;
	case FROM_QUERY:
		return no_gap;
	case FROM_UNNEST:
		return (struct gap){ "UNNEST", f->span.begin };
	case FROM_FUNCTION:
		return (struct gap){ "table functions", f->span.begin };
	case FROM_JOIN:
		return (struct gap){ missing_join(f), f->join.right->span.begin };
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

static const char *missing_in_cast(const struct ast_expr *e)
{
	if (e->cast.is_safe)
		return "TRY_CAST";
	return e->cast.type.suffix.ptr ? "CAST to ARRAY or to a type with a time zone" : NULL;
}

static const char *missing_in_expr(const struct ast_expr *e)
{
	switch (e->kind) {
	case AST_LITERAL:
		return e->literal.kind == LIT_TIME ? "TIME literals" : NULL;
	case AST_COLUMN:
	case AST_STAR:
	case AST_CASE:
		return NULL;
	case AST_OP:
		return is_op_missing[e->op.op] ? op_symbols[e->op.op] : NULL;
	case AST_CALL:
		return missing_in_call(e);
	case AST_CAST:
		return missing_in_cast(e);
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
	return (struct gap){ missing_in_expr(node->expr), node->span.begin };
}

/* ---- all ---- */

static check_fn *const checks[] = {
	[PART_STMT] = check_stmt,     [PART_QUERY] = check_query, [PART_CTE] = check_cte,
	[PART_WINDOW] = check_window, [PART_FROM] = check_from,   [PART_EXPR] = check_expr,
};

static int check(void *context, const struct ast_node *node)
{
	struct plan_rewrite *r = context;
	struct gap gap = no_gap;

	if (plan_step(r) < 0)
		return -1;
	if (node->part < ARRAY_SIZE(checks) && checks[node->part])
		gap = checks[node->part](node);
	if (!gap.what)
		return 0;
	return error_set_at(r->err, ERR_NOT_SUPPORTED, gap.offset, "not supported yet: %s",
			    gap.what);
}

int plan_check_supported(struct plan_rewrite *r, const struct ast_stmt *stmt)
{
	struct ast_visitor visitor = { check, r };

	return ast_walk(stmt, &visitor);
}
