/*
 * test_grammar.c - every production, seen through canonical text.
 *
 * fx_check_text() also parses the canonical text again, so each line here is a
 * round trip as well.  What the text does not show is in test_ast.c.
 */
#include "tests/unit/sql/fixture.h"

/* ---- Statements ---- */

START_TEST(takes_select_values_and_explain)
{
	fx_check_same("SELECT 1");
	fx_check_same("VALUES (1)");
	fx_check_text("values (1, 'a'), (2, b)", "VALUES (1, 'a'), (2, b)");
	fx_check_text("explain plan for select a from t", "EXPLAIN PLAN FOR SELECT a FROM t");
	fx_check_text("EXPLAIN SELECT a", "EXPLAIN PLAN FOR SELECT a");
	fx_check_same("EXPLAIN PLAN FOR VALUES (1)");
}
END_TEST

START_TEST(takes_semicolons_around_the_statement)
{
	fx_check_text("SELECT 1;", "SELECT 1");
	fx_check_text(";; SELECT 1 ; ;", "SELECT 1");
	fx_check_text("SET a = 1;; SET b = 2; SELECT 1;; SET c = 3;",
		      "SET a = '1'; SET b = '2'; SET c = '3'; SELECT 1");
	fx_check_text("SELECT 1; OPTION(a=1)", "SET a = '1'; SELECT 1");
	fx_check_text("SELECT 1 OPTION(a=1);", "SET a = '1'; SELECT 1");
}
END_TEST

static void check_options(const char *sql, const char *expected)
{
	const struct ast_stmt *s = fx_stmt(sql);

	strbuf_reset(&fx.text);
	ck_assert_int_eq(strbuf_reserve(&fx.text, 1), 0);
	for (const struct ast_option *o = s->options; o; o = o->next)
		strbuf_printf(&fx.text, STR_FMT "=" STR_FMT ";", STR_ARG(o->name),
			      STR_ARG(o->value));
	ck_assert_str_eq(fx.text.ptr, expected);
}

/* The last one of a name counts: SET wins over OPTION. */
START_TEST(collects_options_of_option_before_those_of_set)
{
	check_options("SET timeoutMs = 100; SELECT 1", "timeoutMs=100;");
	check_options("SET a='x'; SET b='it''s'; SELECT 1; SET c=1; OPTION(d=e)",
		      "d=e;a=x;b=it's;c=1;");
	check_options("SET a=1; SET a=2; SELECT 1", "a=1;a=2;");
	check_options("SET a=-1; SET b=+1.5; SET c=-1e3; SELECT 1", "a=-1;b=1.5;c=-1e3;");
	check_options("SET a=true; SET b=FALSE; SET c=null; SELECT 1", "a=true;b=FALSE;c=null;");
	check_options("SET \"a b\" = 1; SET `c` = 2; SET timestamp = 3; SELECT 1",
		      "a b=1;c=2;timestamp=3;");
	check_options("SET d = DATE '2024-01-31'; SELECT 1", "d=2024-01-31;");
}
END_TEST

/* As in Pinot's INSERT INTO t FROM FILE. */
START_TEST(takes_options_with_dots_in_their_names)
{
	check_options("SET input.fs.className = 'a.b'; SET input.fs.prop.\"x y\" = 1; SELECT 1",
		      "input.fs.className=a.b;input.fs.prop.x y=1;");
	check_options("SELECT 1 OPTION(input.fs.className=org.apache.pinot.plugin.S3, a.b='c')",
		      "input.fs.className=org.apache.pinot.plugin.S3;a.b='c';");
	fx_check_text("SET a.b.c.d = 1; SELECT 1", "SET `a.b.c.d` = '1'; SELECT 1");
	fx_check_text("CREATE TABLE t WITH (a.b.c.d = 1, 'e' = 2)",
		      "CREATE TABLE t WITH ('a.b.c.d' = '1', 'e' = '2')");
}
END_TEST

/* Pinot splits the text at commas and at '='; what it strips before are comments. */
START_TEST(takes_any_text_in_option_but_not_in_set)
{
	check_options("SELECT 1 OPTION(timeoutMs=1, mode='a', x=y, z=true, w=-2)",
		      "timeoutMs=1;mode='a';x=y;z=true;w=-2;");
	check_options("SELECT 1 OPTION( a b = 10s ,c=/x-1 y;z, \"d\"=\xc3\xa9 )",
		      "a b=10s;c=/x-1 y;z;\"d\"=\xc3\xa9;");
	check_options("SELECT 1 OPTION(a='x,b=y)", "a='x;b=y;");
	check_options("SELECT 1 OPTION(/* c */ a=1 -- c, d=e)\n, b='--', c=\"/*\" /**/)",
		      "a=1;b='--';c=\"/*\";");
	check_options("SELECT 1; SET a = 2; OPTION(a=1)", "a=1;a=2;");
	check_options("SELECT 1 FROM t LIMIT 5 option (a = b.c)", "a=b.c;");
	check_options("SELECT 1 FROM t OPTION(a=1)", "a=1;");
	check_options("SELECT 1 FROM t WHERE x OPTION(a=1)", "a=1;");
	ck_assert_int_eq(fx_parse("SET a = b; SELECT 1"), -1);
}
END_TEST

/* ---- SELECT ---- */

START_TEST(takes_select_lists)
{
	fx_check_text("SELECT ALL a", "SELECT a");
	fx_check_text("SELECT distinct a, b", "SELECT DISTINCT a, b");
	fx_check_text("SELECT a b, c AS d, 1 \"x y\"", "SELECT a AS b, c AS d, 1 AS `x y`");
	fx_check_same("SELECT *");
	fx_check_same("SELECT *, t.*, db.t.*, a FROM t");
	fx_check_same("SELECT count(*) AS `count(*)` FROM t");
}
END_TEST

START_TEST(takes_all_clauses_in_order)
{
	fx_check_same("SELECT a, count(*) FROM t WHERE b > 1 GROUP BY a HAVING count(*) > 2 "
		      "ORDER BY 2 DESC LIMIT 10 OFFSET 5");
	fx_check_same("SELECT a WHERE b");
	fx_check_same("SELECT 1 HAVING TRUE");
	fx_check_same("SELECT a GROUP BY 1, a + b, f(c)");
}
END_TEST

START_TEST(takes_order_by)
{
	fx_check_text("SELECT a ORDER BY a ASC, b DESC, c", "SELECT a ORDER BY a, b DESC, c");
	fx_check_same("SELECT a ORDER BY a NULLS FIRST, b DESC NULLS LAST");
	fx_check_same("SELECT a ORDER BY CASE WHEN a THEN 1 END, -b");
	fx_check_same("VALUES (1) ORDER BY 1 LIMIT 1");
}
END_TEST

START_TEST(takes_every_form_of_limit)
{
	fx_check_same("SELECT a LIMIT 0");
	fx_check_text("SELECT a LIMIT 5, 10", "SELECT a LIMIT 10 OFFSET 5");
	fx_check_same("SELECT a LIMIT 10 OFFSET 5");
	fx_check_text("SELECT a LIMIT 10 OFFSET 5 ROWS", "SELECT a LIMIT 10 OFFSET 5");
	fx_check_text("SELECT a OFFSET 5 ROW", "SELECT a OFFSET 5");
	fx_check_text("SELECT a OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY",
		      "SELECT a LIMIT 10 OFFSET 5");
	fx_check_text("SELECT a OFFSET 5 FETCH FIRST 1 ROW ONLY", "SELECT a LIMIT 1 OFFSET 5");
	fx_check_text("SELECT a FETCH FIRST 10 ROWS ONLY", "SELECT a LIMIT 10");
}
END_TEST

START_TEST(says_nothing_by_limit_all)
{
	fx_check_text("SELECT a LIMIT ALL", "SELECT a");
	fx_check_text("SELECT a LIMIT ALL OFFSET 5", "SELECT a OFFSET 5");
	fx_check_text("(SELECT a LIMIT 5) LIMIT ALL", "SELECT a LIMIT 5");
	fx_check_text("(WITH b AS (SELECT 1) SELECT a) LIMIT ALL", "WITH b AS (SELECT 1) SELECT a");
	fx_check_text("SELECT 1 UNION (SELECT a LIMIT 5) LIMIT ALL",
		      "SELECT 1 UNION (SELECT a LIMIT 5)");
}
END_TEST

/* ---- FROM ---- */

START_TEST(takes_tables_and_aliases)
{
	fx_check_same("SELECT a FROM t");
	fx_check_text("SELECT a FROM db.t x", "SELECT a FROM db.t AS x");
	fx_check_text("SELECT a FROM t AS \"x y\"", "SELECT a FROM t AS `x y`");
	fx_check_same("SELECT a FROM t, u, v AS w");
}
END_TEST

START_TEST(takes_derived_tables)
{
	fx_check_text("SELECT a FROM (SELECT b FROM t) x", "SELECT a FROM (SELECT b FROM t) AS x");
	fx_check_same("SELECT a FROM (SELECT b FROM t)");
	fx_check_same("SELECT a FROM (VALUES (1), (2)) AS v");
	fx_check_same("SELECT a FROM (SELECT b FROM (SELECT c FROM t) AS x LIMIT 1) AS y");
}
END_TEST

START_TEST(takes_joins)
{
	fx_check_text("SELECT a FROM t JOIN u ON t.x = u.x",
		      "SELECT a FROM t INNER JOIN u ON t.x = u.x");
	fx_check_same("SELECT a FROM t INNER JOIN u ON TRUE");
	fx_check_text("SELECT a FROM t LEFT OUTER JOIN u ON x RIGHT OUTER JOIN v ON y "
		      "FULL OUTER JOIN w ON z",
		      "SELECT a FROM t LEFT JOIN u ON x RIGHT JOIN v ON y FULL JOIN w ON z");
	fx_check_same("SELECT a FROM t CROSS JOIN u CROSS JOIN v");
	fx_check_same("SELECT a FROM t AS x LEFT JOIN (SELECT 1) AS y ON x.a = y.a AND x.b > 2");
	fx_check_same("SELECT a FROM t, u INNER JOIN v ON x, w");
	fx_check_same("SELECT a FROM t INNER JOIN u ON x > 1 OR y WHERE z");
}
END_TEST

START_TEST(takes_asof_joins)
{
	fx_check_text("SELECT a FROM t ASOF JOIN u MATCH_CONDITION(t.a >= u.a) ON t.b = u.b",
		      "SELECT a FROM t ASOF JOIN u MATCH_CONDITION (t.a >= u.a) ON t.b = u.b");
	fx_check_same("SELECT a FROM t LEFT ASOF JOIN u AS v MATCH_CONDITION (a < b) USING (c)");
	fx_check_text("SELECT a FROM t ASOF JOIN u MATCH_CONDITION (b) AND (c) ON TRUE",
		      "SELECT a FROM t ASOF JOIN u MATCH_CONDITION (b AND c) ON TRUE");
}
END_TEST

START_TEST(merges_from_joins_in_parentheses)
{
	fx_check_text("MERGE INTO t USING (u JOIN v ON x) ON y WHEN MATCHED THEN DELETE",
		      "MERGE INTO t USING (u INNER JOIN v ON x) ON y WHEN MATCHED THEN DELETE");
	fx_check_same("MERGE INTO t USING (u CROSS JOIN v) ON y WHEN MATCHED THEN DELETE");
	fx_check_same("MERGE INTO t USING (SELECT 1) AS u ON y WHEN MATCHED THEN DELETE");
}
END_TEST

/* ---- Expressions ---- */

START_TEST(takes_arithmetic)
{
	fx_check_expr("1+2*3-4/5%6", "1 + 2 * 3 - 4 / 5 % 6");
	fx_check_expr("a||b", "a || b");
	fx_check_expr("a + b || c", "a + b || c");
	fx_check_expr("-a + +b", "-a + +b");
	fx_check_expr("a - -1", "a - -1");
	fx_check_expr("- - a", "- -a");
}
END_TEST

START_TEST(takes_comparisons)
{
	fx_check_expr("a=b", "a = b");
	fx_check_expr("a!=b", "a <> b");
	fx_check_expr("a<>b", "a <> b");
	fx_check_expr("a<b", "a < b");
	fx_check_expr("a<=b", "a <= b");
	fx_check_expr("a>b", "a > b");
	fx_check_expr("a>=b", "a >= b");
	fx_check_expr("a IS DISTINCT FROM b", "a IS DISTINCT FROM b");
	fx_check_expr("a IS NOT DISTINCT FROM b", "a IS NOT DISTINCT FROM b");
	fx_check_expr("a = b = c", "a = b = c");
}
END_TEST

START_TEST(takes_postfix_tests)
{
	fx_check_expr("a is null", "a IS NULL");
	fx_check_expr("a is not null", "a IS NOT NULL");
	fx_check_expr("a is true", "a IS TRUE");
	fx_check_expr("a is not true", "a IS NOT TRUE");
	fx_check_expr("a is false", "a IS FALSE");
	fx_check_expr("a is not false", "a IS NOT FALSE");
	fx_check_expr("a = b IS NULL", "a = b IS NULL");
}
END_TEST

START_TEST(takes_logic)
{
	fx_check_expr("a and b or not c", "a AND b OR NOT c");
	fx_check_expr("not not a", "NOT NOT a");
	fx_check_expr("not a = b", "NOT a = b");
	fx_check_expr("(a or b) and c", "(a OR b) AND c");
}
END_TEST

START_TEST(takes_between)
{
	fx_check_expr("a between 1 and 2", "a BETWEEN 1 AND 2");
	fx_check_expr("a not between 1 and 2", "a NOT BETWEEN 1 AND 2");
	fx_check_expr("a between 1 + 2 and 3 * 4 and b", "a BETWEEN 1 + 2 AND 3 * 4 AND b");
	fx_check_expr("a between b and c or d", "a BETWEEN b AND c OR d");
	fx_check_expr("a between (b and c) and d", "a BETWEEN (b AND c) AND d");
}
END_TEST

START_TEST(takes_in)
{
	fx_check_expr("a in (1)", "a IN (1)");
	fx_check_expr("a in (1,'b',c+1,NULL)", "a IN (1, 'b', c + 1, NULL)");
	fx_check_expr("a not in (1, 2)", "a NOT IN (1, 2)");
	fx_check_expr("a in (select b from t)", "a IN (SELECT b FROM t)");
	fx_check_expr("a not in (values (1), (2))", "a NOT IN (VALUES (1), (2))");
	fx_check_expr("a in ((select 1), 2)", "a IN ((SELECT 1), 2)");
	fx_check_expr("a + 1 in (b = c, d or e)", "a + 1 IN (b = c, d OR e)");
}
END_TEST

START_TEST(takes_like)
{
	fx_check_expr("a like 'b%'", "a LIKE 'b%'");
	fx_check_expr("a not like b || '%'", "a NOT LIKE b || '%'");
	fx_check_expr("a like b escape '!'", "a LIKE b ESCAPE '!'");
	fx_check_expr("a not like b escape '!' and c", "a NOT LIKE b ESCAPE '!' AND c");
}
END_TEST

START_TEST(takes_case)
{
	fx_check_expr("case when a then b end", "CASE WHEN a THEN b END");
	fx_check_expr("case a when 1 then 2 when 3 then 4 else 5 end",
		      "CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END");
	fx_check_expr("case when a then case when b then c end else d end + 1",
		      "CASE WHEN a THEN CASE WHEN b THEN c END ELSE d END + 1");
}
END_TEST

START_TEST(takes_cast)
{
	fx_check_expr("cast(a as bigint)", "CAST(a AS bigint)");
	fx_check_expr("cast(a + 1 as DECIMAL(10,2))", "CAST(a + 1 AS DECIMAL(10, 2))");
	fx_check_expr("cast(a as VARCHAR(20))", "CAST(a AS VARCHAR(20))");
	fx_check_expr("cast(a as double precision)", "CAST(a AS double precision)");
	fx_check_expr("cast('x' as timestamp)", "CAST('x' AS timestamp)");
}
END_TEST

START_TEST(takes_literals)
{
	fx_check_expr("1, 1.5, .5, 1., 1e10, 1.5E-3", "1, 1.5, .5, 1., 1e10, 1.5E-3");
	fx_check_expr("'', 'a', 'it''s', '''', 'é\n'", "'', 'a', 'it''s', '''', 'é\n'");
	fx_check_expr("x'0aFF', X''", "X'0aFF', X''");
	fx_check_expr("true, FALSE, null", "TRUE, FALSE, NULL");
	fx_check_expr("date '2024-01-31', time '12:00:00', timestamp '2024-01-31 12:00:00'",
		      "DATE '2024-01-31', TIME '12:00:00', TIMESTAMP '2024-01-31 12:00:00'");
	fx_check_expr("interval '1' day, INTERVAL '2-1' hour x",
		      "INTERVAL '1' DAY, INTERVAL '2-1' HOUR AS x");
	fx_check_expr("interval -'1' day, interval + '2' hour(3)",
		      "INTERVAL '-1' DAY, INTERVAL '2' HOUR(3)");
	fx_check_expr("MAP[], map['a', 1]", "MAP[], MAP['a', 1]");
	fx_check_text("SHOW TABLES FORMAT Null", "SHOW TABLES FORMAT `Null`");
	fx_check_expr("99999999999999999999999999", "99999999999999999999999999");
}
END_TEST

START_TEST(takes_calls)
{
	fx_check_expr("f()", "f()");
	fx_check_expr("f(a, 1, b = c)", "f(a, 1, b = c)");
	fx_check_expr("db.f(a)", "db.f(a)");
	fx_check_expr("COUNT(*)", "COUNT(*)");
	fx_check_expr("count(distinct a)", "count(DISTINCT a)");
	fx_check_expr("count(all a)", "count(a)");
	fx_check_expr("f(distinct a, b)", "f(DISTINCT a, b)");
	fx_check_expr("sum(a) filter (where b > 1)", "sum(a) FILTER (WHERE b > 1)");
	fx_check_expr("count(*) filter(where b) + 1", "count(*) FILTER (WHERE b) + 1");
}
END_TEST

START_TEST(takes_functions_with_words_between_their_arguments)
{
	fx_check_expr("extract(year from a)", "extract(YEAR FROM a)");
	fx_check_expr("EXTRACT(DAY FROM a + 1)", "EXTRACT(DAY FROM a + 1)");
	fx_check_expr("position('a' in b || c)", "position('a' IN b || c)");
	fx_check_expr("trim(a)", "trim(a)");
	fx_check_expr("trim(leading from a)", "trim(LEADING ' ' FROM a)");
	fx_check_expr("trim(trailing 'x' from a)", "trim(TRAILING 'x' FROM a)");
	fx_check_expr("trim(both 'x' from a)", "trim(BOTH 'x' FROM a)");
	fx_check_expr("trim('x' from a)", "trim(BOTH 'x' FROM a)");
	fx_check_expr("substring(a from 1)", "substring(a, 1)");
	fx_check_expr("substring(a from 1 for 2)", "substring(a, 1, 2)");
	fx_check_expr("substring(a, 1, 2)", "substring(a, 1, 2)");
}
END_TEST

START_TEST(takes_subqueries)
{
	fx_check_expr("(select 1)", "(SELECT 1)");
	fx_check_expr("1 + (select max(a) from t)", "1 + (SELECT max(a) FROM t)");
	fx_check_expr("exists (select 1 from t)", "EXISTS (SELECT 1 FROM t)");
	fx_check_expr("not exists (select 1)", "NOT EXISTS (SELECT 1)");
	fx_check_expr("not not exists (select 1)", "NOT NOT EXISTS (SELECT 1)");
	fx_check_expr("not (exists (select 1))", "NOT EXISTS (SELECT 1)");
	fx_check_expr("((values (1)))", "(VALUES (1))");
}
END_TEST

/* ---- Words ---- */

START_TEST(lets_most_keywords_be_names)
{
	static const char *const words[] = {
		"value",  "groups",  "language", "module",    "position", "year",     "month",
		"day",    "date",    "time",     "timestamp", "interval", "first",    "last",
		"nulls",  "set",     "option",   "values",    "user",     "type",     "count",
		"filter", "extract", "trim",     "substring", "exists",   "cast",     "asc",
		"desc",   "end",     "by",       "for",       "plan",     "next",     "row",
		"rows",   "only",    "escape",   "explain",   "leading",  "trailing", "both",
		"return", "system",  "if",       "mod",       "replace",  "key",      "partitions",
		"rank",
	};
	char sql[256];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *w = words[i];

		(void)snprintf(sql, sizeof(sql),
			       "SELECT %s, t.%s, %s + 1, x AS %s, x %s FROM %s AS %s WHERE %s = 1 "
			       "GROUP BY %s ORDER BY %s DESC",
			       w, w, w, w, w, w, w, w, w, w);
		ck_assert_msg(fx_parse(sql) == 0, "%s\n%s", sql, fx.err.msg);
		ck_assert(fx_is(fx.stmt->query->items->expr->column.parts[0], w));
		ck_assert(fx_is(fx.stmt->query->from->alias, w));
	}
}
END_TEST

START_TEST(calls_functions_named_like_keywords)
{
	static const char *const words[] = { "left", "right",  "replace",  "mod",   "if",
					     "date", "time",   "year",     "first", "last",
					     "set",  "values", "timestamp" };
	char expression[64];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		(void)snprintf(expression, sizeof(expression), "%s(a, 1)", words[i]);
		ck_assert_int_eq(fx_expr(expression)->kind, AST_CALL);
		ck_assert(fx_is(fx_expr(expression)->call.name.parts[0], words[i]));
	}
}
END_TEST

START_TEST(ends_case_although_end_can_be_a_name)
{
	fx_check_expr("case when end then end else end end",
		      "CASE WHEN `end` THEN `end` ELSE `end` END");
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, takes_select_values_and_explain);
	tcase_add_test(tc, takes_semicolons_around_the_statement);
	tcase_add_test(tc, collects_options_of_option_before_those_of_set);
	tcase_add_test(tc, takes_options_with_dots_in_their_names);
	tcase_add_test(tc, takes_any_text_in_option_but_not_in_set);
	tcase_add_test(tc, takes_select_lists);
	tcase_add_test(tc, takes_all_clauses_in_order);
	tcase_add_test(tc, takes_order_by);
	tcase_add_test(tc, takes_every_form_of_limit);
	tcase_add_test(tc, says_nothing_by_limit_all);
	tcase_add_test(tc, takes_tables_and_aliases);
	tcase_add_test(tc, takes_derived_tables);
	tcase_add_test(tc, takes_joins);
	tcase_add_test(tc, takes_asof_joins);
	tcase_add_test(tc, merges_from_joins_in_parentheses);
	tcase_add_test(tc, takes_arithmetic);
	tcase_add_test(tc, takes_comparisons);
	tcase_add_test(tc, takes_postfix_tests);
	tcase_add_test(tc, takes_logic);
	tcase_add_test(tc, takes_between);
	tcase_add_test(tc, takes_in);
	tcase_add_test(tc, takes_like);
	tcase_add_test(tc, takes_case);
	tcase_add_test(tc, takes_cast);
	tcase_add_test(tc, takes_literals);
	tcase_add_test(tc, takes_calls);
	tcase_add_test(tc, takes_functions_with_words_between_their_arguments);
	tcase_add_test(tc, takes_subqueries);
	tcase_add_test(tc, lets_most_keywords_be_names);
	tcase_add_test(tc, calls_functions_named_like_keywords);
	tcase_add_test(tc, ends_case_although_end_can_be_a_name);
	return unit_main("sql/grammar", tc);
}
