/*
 * test_ast.c - what the tree holds: kinds, values, places, depth.
 */
#include "tests/unit/sql/fixture.h"

static const struct ast_expr *arg(const struct ast_expr *e, unsigned i)
{
	const struct ast_expr *a = e->kind == AST_CALL ? e->call.args.first : e->op.args.first;

	while (i-- > 0)
		a = a->next;
	return a;
}

/* The text of a span. */
static const char *cut(const char *sql, struct span span)
{
	strbuf_reset(&fx.text);
	strbuf_add(&fx.text, sql + span.begin, span.end - span.begin);
	return fx.text.ptr;
}

START_TEST(keeps_the_text_of_literals)
{
	ck_assert(fx_is(fx_expr("'it''s'")->literal.text, "it's"));
	ck_assert(fx_is(fx_expr("''''''")->literal.text, "''"));
	ck_assert(fx_is(fx_expr("''")->literal.text, ""));
	ck_assert(fx_is(fx_expr("X'0aF0'")->literal.text, "0aF0"));
	ck_assert(fx_is(fx_expr("1.50")->literal.text, "1.50"));
	ck_assert(fx_is(fx_expr("DATE '2024-01-31'")->literal.text, "2024-01-31"));
	ck_assert(fx_is(fx_expr("INTERVAL '3' DAY")->literal.text, "3"));
	ck_assert(fx_is(fx_expr("INTERVAL '3' DAY")->literal.unit, "DAY"));
}
END_TEST

START_TEST(tells_kinds_of_literals_apart)
{
	static const struct {
		const char *sql;
		enum ast_literal_kind kind;
	} rows[] = {
		{ "NULL", LIT_NULL },
		{ "TRUE", LIT_BOOLEAN },
		{ "FALSE", LIT_BOOLEAN },
		{ "1", LIT_INTEGER },
		{ "1.0", LIT_DECIMAL },
		{ "1e0", LIT_FLOAT },
		{ "'1'", LIT_STRING },
		{ "X'01'", LIT_BINARY },
		{ "DATE '1'", LIT_DATE },
		{ "TIME '1'", LIT_TIME },
		{ "TIMESTAMP '1'", LIT_TIMESTAMP },
		{ "INTERVAL '1' DAY", LIT_INTERVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_int_eq(fx_expr(rows[i].sql)->kind, AST_LITERAL);
		ck_assert_int_eq(fx_expr(rows[i].sql)->literal.kind, rows[i].kind);
	}
	ck_assert(fx_expr("TRUE")->literal.boolean);
	ck_assert(!fx_expr("FALSE")->literal.boolean);
}
END_TEST

START_TEST(splits_names_and_takes_quotes_off)
{
	const struct ast_name *n = &fx_expr("db.\"a \"\"b\".`c``d`")->column;

	ck_assert_uint_eq(n->n_parts, 3);
	ck_assert(fx_is(n->parts[0], "db"));
	ck_assert(fx_is(n->parts[1], "a \"b"));
	ck_assert(fx_is(n->parts[2], "c`d"));
	ck_assert_uint_eq(fx_expr("*")->star.n_parts, 0);
	ck_assert_uint_eq(fx_expr("db.t.*")->star.n_parts, 2);
}
END_TEST

START_TEST(keeps_chains_flat)
{
	ck_assert_uint_eq(fx_expr("a AND b AND c AND d")->op.args.n, 4);
	ck_assert_uint_eq(fx_expr("a OR b OR c")->op.args.n, 3);
	ck_assert_uint_eq(fx_expr("a || b || c")->op.args.n, 3);
	ck_assert_uint_eq(fx_expr("(a AND b) AND c")->op.args.n, 3);
	/* What is on the right stays as it was written. */
	ck_assert_uint_eq(fx_expr("a AND (b AND c)")->op.args.n, 2);
	ck_assert_uint_eq(fx_expr("a AND b OR c AND d")->op.args.n, 2);
	ck_assert_uint_eq(fx_expr("a + b + c")->op.args.n, 2);
}
END_TEST

START_TEST(binds_by_precedence)
{
	const struct ast_expr *e = fx_expr("NOT a = 1 + 2 * -b || c AND d");

	ck_assert_int_eq(e->op.op, OP_AND);
	ck_assert_int_eq(arg(e, 0)->op.op, OP_NOT);
	e = arg(arg(e, 0), 0);
	ck_assert_int_eq(e->op.op, OP_EQ);
	e = arg(e, 1);
	ck_assert_int_eq(e->op.op, OP_ADD);
	ck_assert_int_eq(arg(e, 1)->op.op, OP_CONCAT);
	ck_assert_int_eq(arg(arg(e, 1), 0)->op.op, OP_MUL);
	ck_assert_int_eq(arg(arg(arg(e, 1), 0), 1)->op.op, OP_NEG);
	ck_assert_int_eq(arg(fx_expr("a - b - c"), 0)->op.op, OP_SUB);
	ck_assert_int_eq(arg(fx_expr("a - (b - c)"), 1)->op.op, OP_SUB);
}
END_TEST

/* As in Calcite: IS NULL, then comparisons, then LIKE, IN and BETWEEN, then values. */
START_TEST(binds_tests_by_precedence)
{
	static const char *const rows[][2] = {
		{ "a = b LIKE c", "a = (b LIKE c)" },
		{ "a LIKE b = c", "(a LIKE b) = c" },
		{ "a <> b NOT IN (1, 2)", "a <> (b NOT IN (1, 2))" },
		{ "a IN (1) > b IN (SELECT 2)", "(a IN (1)) > (b IN (SELECT 2))" },
		{ "a < b BETWEEN c AND d", "a < (b BETWEEN c AND d)" },
		{ "a BETWEEN b AND c = d", "(a BETWEEN b AND c) = d" },
		{ "a IS DISTINCT FROM b RLIKE c", "a IS DISTINCT FROM (b RLIKE c)" },
		{ "a = b IS NULL", "(a = b) IS NULL" },
		{ "a LIKE b IS NOT TRUE", "(a LIKE b) IS NOT TRUE" },
		{ "a IS NULL = b", "(a IS NULL) = b" },
		{ "a = b = c", "(a = b) = c" },
		{ "a LIKE b LIKE c", "(a LIKE b) LIKE c" },
		{ "a = b LIKE c IS NULL", "(a = (b LIKE c)) IS NULL" },
		{ "a = ANY (SELECT 1) = b ILIKE c", "(a = ANY (SELECT 1)) = (b ILIKE c)" },
		{ "NOT a = b LIKE c", "NOT (a = (b LIKE c))" },
		{ "NOT a IS NULL AND b", "(NOT (a IS NULL)) AND b" },
		{ "a + b LIKE c || d", "(a + b) LIKE (c || d)" },
		{ "a AND b = c OR NOT d IN (1)", "(a AND (b = c)) OR (NOT (d IN (1)))" },
		{ "a + b AT TIME ZONE c * d", "a + ((b AT TIME ZONE c) * d)" },
		{ "-a * b", "(-a) * b" },
		{ "-a[1].b", "-((a[1]).b)" },
		{ "-a::int", "-(a::int)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)fx_expr(rows[i][0]);
		fx_tree(&fx.tree);
		(void)fx_expr(rows[i][1]);
		ck_assert_msg(strcmp(fx_tree(&fx.other_tree), fx.tree.ptr) == 0, "%s\n%s",
			      rows[i][0], rows[i][1]);
	}
}
END_TEST

/* As in Calcite. */
START_TEST(concatenates_as_tightly_as_it_multiplies)
{
	const struct ast_expr *e = fx_expr("a || b * c || d");

	ck_assert_int_eq(e->op.op, OP_CONCAT);
	ck_assert_int_eq(arg(e, 0)->op.op, OP_MUL);
	ck_assert_int_eq(arg(arg(e, 0), 0)->op.op, OP_CONCAT);
	ck_assert_int_eq(fx_expr("a + b || c")->op.op, OP_ADD);
	ck_assert_int_eq(arg(fx_expr("a / b || c"), 0)->op.op, OP_DIV);
}
END_TEST

START_TEST(leaves_the_minus_of_a_number_to_others)
{
	ck_assert_int_eq(fx_expr("-1")->op.op, OP_NEG);
	ck_assert(fx_is(arg(fx_expr("-1"), 0)->literal.text, "1"));
}
END_TEST

START_TEST(orders_arguments_as_ops_def_says)
{
	const struct ast_expr *e = fx_expr("a NOT BETWEEN 1 AND 2");

	ck_assert_int_eq(e->op.op, OP_NOT_BETWEEN);
	ck_assert_uint_eq(e->op.args.n, 3);
	ck_assert(fx_is(arg(e, 1)->literal.text, "1"));
	ck_assert(fx_is(arg(e, 2)->literal.text, "2"));
	ck_assert_uint_eq(fx_expr("a LIKE b")->op.args.n, 2);
	ck_assert_uint_eq(fx_expr("a LIKE b ESCAPE c")->op.args.n, 3);
}
END_TEST

START_TEST(tells_lists_from_queries_behind_in)
{
	const struct ast_expr *e = fx_expr("a NOT IN (1, 2)");

	ck_assert_int_eq(e->kind, AST_IN);
	ck_assert(e->in.is_negated);
	ck_assert_uint_eq(e->in.list.n, 2);
	ck_assert_ptr_null(e->in.query);
	e = fx_expr("a IN (SELECT 1)");
	ck_assert(!e->in.is_negated);
	ck_assert_ptr_nonnull(e->in.query);
	ck_assert_uint_eq(e->in.list.n, 0);
	/* Two pairs of parentheses: a list of one value. */
	ck_assert_uint_eq(fx_expr("a IN ((SELECT 1), 2)")->in.list.n, 2);
}
END_TEST

START_TEST(negates_exists_in_place)
{
	ck_assert_int_eq(fx_expr("NOT EXISTS (SELECT 1)")->kind, AST_EXISTS);
	ck_assert(fx_expr("NOT EXISTS (SELECT 1)")->query.is_negated);
	ck_assert(!fx_expr("EXISTS (SELECT 1)")->query.is_negated);
	ck_assert_int_eq(fx_expr("NOT NOT EXISTS (SELECT 1)")->op.op, OP_NOT);
}
END_TEST

START_TEST(holds_the_parts_of_case)
{
	const struct ast_expr *e = fx_expr("CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 END");

	ck_assert_int_eq(e->kind, AST_CASE);
	ck_assert_int_eq(e->when.operand->kind, AST_COLUMN);
	ck_assert(fx_is(e->when.whens->next->result->literal.text, "4"));
	ck_assert_ptr_null(e->when.whens->next->next);
	ck_assert_ptr_null(e->when.otherwise);
	ck_assert_ptr_null(fx_expr("CASE WHEN a THEN 1 ELSE 2 END")->when.operand);
	ck_assert_ptr_nonnull(fx_expr("CASE WHEN a THEN 1 ELSE 2 END")->when.otherwise);
}
END_TEST

START_TEST(holds_the_parts_of_a_type)
{
	ck_assert(fx_is(fx_expr("CAST(a AS Decimal(10, 2))")->cast.type.name, "Decimal"));
	ck_assert_int_eq(fx_expr("CAST(a AS Decimal(10, 2))")->cast.type.precision, 10);
	ck_assert_int_eq(fx_expr("CAST(a AS Decimal(10, 2))")->cast.type.scale, 2);
	ck_assert_int_eq(fx_expr("CAST(a AS VARCHAR(7))")->cast.type.precision, 7);
	ck_assert_int_eq(fx_expr("CAST(a AS VARCHAR(7))")->cast.type.scale, -1);
	ck_assert_int_eq(fx_expr("CAST(a AS INT)")->cast.type.precision, -1);
	ck_assert(fx_is(fx_expr("CAST(a AS double \n precision)")->cast.type.name,
			"double precision"));
}
END_TEST

START_TEST(refuses_type_numbers_that_do_not_fit)
{
	ck_assert_int_eq(fx_expr("CAST(a AS DECIMAL(2147483647))")->cast.type.precision, INT32_MAX);
	ck_assert_int_eq(fx_parse("SELECT CAST(a AS DECIMAL(1, 2147483648))"), -1);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_str_eq(
		fx.err.msg,
		"Encountered a type with a number that is too large at line 1, column 29.");
	ck_assert_uint_eq(fx.err.sql_offset, 28);
	ck_assert_int_eq(fx_parse("SELECT CAST(a AS VARCHAR(99999999999999999999))"), -1);
}
END_TEST

START_TEST(holds_the_parts_of_a_call)
{
	const struct ast_expr *e = fx_expr("Count(DISTINCT a, b) FILTER (WHERE c)");

	ck_assert(fx_is(e->call.name.parts[0], "Count"));
	ck_assert_uint_eq(e->call.args.n, 2);
	ck_assert(e->call.is_distinct);
	ck_assert(!e->call.is_star);
	ck_assert_int_eq(e->call.filter->kind, AST_COLUMN);
	ck_assert(fx_expr("count(*)")->call.is_star);
	ck_assert_uint_eq(fx_expr("count(*)")->call.args.n, 0);
}
END_TEST

START_TEST(turns_special_forms_into_calls)
{
	const struct ast_expr *e = fx_expr("EXTRACT(YEAR FROM a)");

	ck_assert_int_eq(e->kind, AST_CALL);
	ck_assert(fx_is(e->call.name.parts[0], "EXTRACT"));
	ck_assert_int_eq(arg(e, 0)->literal.kind, LIT_SYMBOL);
	ck_assert(fx_is(arg(e, 0)->literal.text, "YEAR"));
	e = fx_expr("TRIM(LEADING FROM a)");
	ck_assert_uint_eq(e->call.args.n, 3);
	ck_assert(fx_is(arg(e, 0)->literal.text, "LEADING"));
	ck_assert(fx_is(arg(e, 1)->literal.text, " "));
	ck_assert_uint_eq(fx_expr("TRIM(a)")->call.args.n, 1);
	ck_assert(fx_is(arg(fx_expr("POSITION('x' IN a)"), 0)->literal.text, "x"));
	ck_assert_uint_eq(fx_expr("SUBSTRING(a FROM 2 FOR 3)")->call.args.n, 3);
}
END_TEST

START_TEST(builds_joins_from_the_left)
{
	const struct ast_from *f = fx_stmt("SELECT 1 FROM a, b LEFT JOIN c ON x, d")->query->from;

	ck_assert_int_eq(f->kind, FROM_JOIN);
	ck_assert(f->join.is_comma);
	ck_assert_int_eq(f->join.kind, JOIN_CROSS);
	ck_assert(fx_is(f->join.right->table.name.parts[0], "d"));
	f = f->join.left;
	ck_assert(f->join.is_comma);
	ck_assert(fx_is(f->join.left->table.name.parts[0], "a"));
	f = f->join.right;
	ck_assert(!f->join.is_comma);
	ck_assert_int_eq(f->join.kind, JOIN_LEFT);
	ck_assert_ptr_nonnull(f->join.on);
	ck_assert_uint_eq(f->depth, 2);
}
END_TEST

START_TEST(knows_every_join_kind)
{
	ck_assert_int_eq(fx_stmt("SELECT 1 FROM a JOIN b ON x")->query->from->join.kind,
			 JOIN_INNER);
	ck_assert_int_eq(fx_stmt("SELECT 1 FROM a RIGHT JOIN b ON x")->query->from->join.kind,
			 JOIN_RIGHT);
	ck_assert_int_eq(fx_stmt("SELECT 1 FROM a FULL JOIN b ON x")->query->from->join.kind,
			 JOIN_FULL);
	ck_assert_int_eq(fx_stmt("SELECT 1 FROM a CROSS JOIN b")->query->from->join.kind,
			 JOIN_CROSS);
	ck_assert_ptr_null(fx_stmt("SELECT 1 FROM a CROSS JOIN b")->query->from->join.on);
}
END_TEST

START_TEST(holds_limit_and_offset)
{
	const struct ast_query *q = fx_stmt("SELECT a LIMIT 5, 10")->query;

	ck_assert(fx_is(q->limit->literal.text, "10"));
	ck_assert(fx_is(q->offset->literal.text, "5"));
	q = fx_stmt("SELECT a")->query;
	ck_assert_ptr_null(q->limit);
	ck_assert_ptr_null(q->offset);
	ck_assert_ptr_null(q->order_by);
}
END_TEST

START_TEST(holds_order)
{
	const struct ast_order *o =
		fx_stmt("SELECT a ORDER BY a, b DESC NULLS FIRST, c NULLS LAST")->query->order_by;

	ck_assert(!o->is_descending);
	ck_assert_int_eq(o->nulls, NULLS_DEFAULT);
	ck_assert(o->next->is_descending);
	ck_assert_int_eq(o->next->nulls, NULLS_FIRST);
	ck_assert_int_eq(o->next->next->nulls, NULLS_LAST);
}
END_TEST

START_TEST(knows_where_everything_is)
{
	const char *sql =
		"SET a = 1; SELECT  x AS y , (1 + z) * 2, f(q) FROM db.t AS u WHERE NOT w LIMIT 3 ;";
	const struct ast_stmt *s = fx_stmt(sql);
	const struct ast_item *item = s->query->items;

	ck_assert_str_eq(cut(sql, s->options->span), "SET a = 1");
	ck_assert_str_eq(cut(sql, s->span),
			 "SELECT  x AS y , (1 + z) * 2, f(q) FROM db.t AS u WHERE NOT w LIMIT 3");
	ck_assert_str_eq(cut(sql, item->span), "x AS y");
	ck_assert_str_eq(cut(sql, item->expr->span), "x");
	item = item->next;
	ck_assert_str_eq(cut(sql, item->expr->span), "(1 + z) * 2");
	ck_assert_str_eq(cut(sql, arg(item->expr, 0)->span), "(1 + z)");
	ck_assert_str_eq(cut(sql, item->next->expr->span), "f(q)");
	ck_assert_str_eq(cut(sql, item->next->expr->call.name.span), "f");
	ck_assert_str_eq(cut(sql, s->query->from->span), "db.t AS u");
	ck_assert_str_eq(cut(sql, s->query->from->table.name.span), "db.t");
	ck_assert_str_eq(cut(sql, s->query->where->span), "NOT w");
	ck_assert_str_eq(cut(sql, s->query->limit->span), "3");
}
END_TEST

START_TEST(knows_where_assignments_are)
{
	const char *sql = "UPDATE t SET a = b + 1 , t.c = (2) WHERE d";
	const struct ast_assignment *a = fx_stmt(sql)->change.assignments;

	ck_assert_str_eq(cut(sql, a->span), "a = b + 1");
	ck_assert_str_eq(cut(sql, a->column.span), "a");
	ck_assert_str_eq(cut(sql, a->next->span), "t.c = (2)");
	ck_assert_str_eq(cut(sql, a->next->column.span), "t.c");
}
END_TEST

/* What is not written comes from the word before the place where it would be. */
START_TEST(places_what_trim_leaves_out)
{
	const char *sql = "SELECT TRIM(TRAILING FROM a), TRIM('x' FROM b)";
	const struct ast_item *item = fx_stmt(sql)->query->items;

	ck_assert_str_eq(cut(sql, arg(item->expr, 0)->span), "TRAILING");
	ck_assert_str_eq(cut(sql, arg(item->expr, 1)->span), "TRAILING");
	ck_assert_str_eq(cut(sql, arg(item->next->expr, 0)->span), "TRIM");
	ck_assert_str_eq(cut(sql, arg(item->next->expr, 1)->span), "'x'");
}
END_TEST

START_TEST(knows_where_expressions_are)
{
	static const char *const expressions[] = {
		"a IS NOT NULL",
		"a IN (1, 2)",
		"a NOT LIKE 'x' ESCAPE 'y'",
		"a AND b AND c",
		"CASE WHEN a THEN b END",
		"CAST(a AS INT)",
		"EXISTS (SELECT 1)",
		"NOT EXISTS (SELECT 1)",
		"(SELECT 1)",
		"-a",
		"count(*) FILTER (WHERE a)",
		"INTERVAL '1' DAY",
		"DATE '1'",
		"t.*",
		"EXTRACT(YEAR FROM a)",
		"a.b.c",
		"*",
		"a BETWEEN 1 AND 2",
		"TRIM(LEADING 'x' FROM a)",
	};
	char sql[128];

	for (size_t i = 0; i < ARRAY_SIZE(expressions); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT %s , z FROM t", expressions[i]);
		ck_assert_str_eq(cut(sql, fx_stmt(sql)->query->items->expr->span), expressions[i]);
	}
}
END_TEST

START_TEST(counts_depth)
{
	ck_assert_uint_eq(fx_expr("a")->depth, 1);
	ck_assert_uint_eq(fx_expr("a + 1")->depth, 2);
	ck_assert_uint_eq(fx_expr("((a))")->depth, 1);
	ck_assert_uint_eq(fx_expr("a AND b AND c")->depth, 2);
	ck_assert_uint_eq(fx_expr("a + b + c")->depth, 3);
	ck_assert_uint_eq(fx_expr("f(a, b, g(c))")->depth, 3);
	ck_assert_uint_eq(fx_expr("CASE WHEN a THEN b + 1 END")->depth, 3);
	/* column, list, query, expression */
	ck_assert_uint_eq(fx_expr("(SELECT a)")->depth, 3);
	ck_assert_uint_eq(fx_stmt("SELECT 1 FROM (SELECT a + 1 FROM t) AS x")->query->depth, 5);
	ck_assert_uint_eq(fx_stmt("SELECT 1 ORDER BY a + b")->query->depth, 3);
	ck_assert_uint_eq(fx_stmt("VALUES (1), (a + 2)")->query->depth, 3);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const char *const statements[] = {
		"SET a.b = -1; EXPLAIN SELECT DISTINCT a.b x, 'it''s', CASE y WHEN 1 THEN 2 END",
		"SELECT CAST(a AS DOUBLE PRECISION), TRIM(BOTH FROM a), EXTRACT(DAY FROM x), t.*",
		"SELECT 1 FROM t JOIN u ON NOT x, (VALUES (1)) v WHERE a IN (1, 2) AND NOT EXISTS (SELECT 1)",
		"SELECT 1 GROUP BY 1 HAVING a BETWEEN 1 AND 2 ORDER BY 1 LIMIT 1, 2 OPTION(b=c.d)",
		"SELECT ((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))",
	};
	const char *sql = statements[_i];
	size_t room = 0;

	while (fx_parse_with_room(sql, room) < 0) {
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
		room += 16;
	}
	ck_assert_uint_ge(room, 3000);
	ck_assert_ptr_nonnull(fx.stmt);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, keeps_the_text_of_literals);
	tcase_add_test(tc, tells_kinds_of_literals_apart);
	tcase_add_test(tc, splits_names_and_takes_quotes_off);
	tcase_add_test(tc, keeps_chains_flat);
	tcase_add_test(tc, binds_by_precedence);
	tcase_add_test(tc, binds_tests_by_precedence);
	tcase_add_test(tc, concatenates_as_tightly_as_it_multiplies);
	tcase_add_test(tc, leaves_the_minus_of_a_number_to_others);
	tcase_add_test(tc, orders_arguments_as_ops_def_says);
	tcase_add_test(tc, tells_lists_from_queries_behind_in);
	tcase_add_test(tc, negates_exists_in_place);
	tcase_add_test(tc, holds_the_parts_of_case);
	tcase_add_test(tc, holds_the_parts_of_a_type);
	tcase_add_test(tc, refuses_type_numbers_that_do_not_fit);
	tcase_add_test(tc, holds_the_parts_of_a_call);
	tcase_add_test(tc, turns_special_forms_into_calls);
	tcase_add_test(tc, builds_joins_from_the_left);
	tcase_add_test(tc, knows_every_join_kind);
	tcase_add_test(tc, holds_limit_and_offset);
	tcase_add_test(tc, holds_order);
	tcase_add_test(tc, knows_where_everything_is);
	tcase_add_test(tc, knows_where_assignments_are);
	tcase_add_test(tc, places_what_trim_leaves_out);
	tcase_add_test(tc, knows_where_expressions_are);
	tcase_add_test(tc, counts_depth);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 5);
	return unit_main("sql/ast", tc);
}
