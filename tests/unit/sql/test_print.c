/*
 * test_print.c - canonical text and labels.
 *
 * That canonical text parses to itself is checked by fx_check_text(), here and
 * for every production in test_grammar.c.
 */
#include "broker/sql/grammar.h"
#include "broker/sql/unexpected.h"
#include "tests/unit/sql/fixture.h"

START_TEST(prints_parentheses_only_where_they_are_needed)
{
	fx_check_expr("((a)) + ((b * c))", "a + b * c");
	fx_check_expr("(a + b) * c", "(a + b) * c");
	fx_check_expr("a - (b - c)", "a - (b - c)");
	fx_check_expr("(a - b) - c", "a - b - c");
	fx_check_expr("a / (b * c)", "a / (b * c)");
	fx_check_expr("a || (b + c)", "a || (b + c)");
	fx_check_expr("(a || b) * c, a || (b * c)", "a || b * c, a || (b * c)");
	fx_check_expr("(a * b) || c, a * (b || c)", "a * b || c, a * (b || c)");
	fx_check_expr("((a || b) || c) || (d || e)", "a || b || c || (d || e)");
	fx_check_expr("(a || b) + c", "a || b + c");
	fx_check_expr("-(a + b)", "-(a + b)");
	fx_check_expr("-(a) * b", "-a * b");
	fx_check_expr("-(-(1))", "- -1");
	fx_check_expr("+(-(1))", "+ -1");
	fx_check_expr("(a AND b) OR c", "a AND b OR c");
	fx_check_expr("a AND (b OR c)", "a AND (b OR c)");
	fx_check_expr("a AND (b AND c)", "a AND (b AND c)");
	fx_check_expr("NOT (a AND b)", "NOT (a AND b)");
	fx_check_expr("(NOT a) AND b", "NOT a AND b");
	fx_check_expr("NOT (a = b)", "NOT a = b");
	fx_check_expr("(NOT a) = b", "(NOT a) = b");
	fx_check_expr("(a = b) = c", "a = b = c");
	fx_check_expr("a = (b = c)", "a = (b = c)");
	fx_check_expr("(a = b) IS NULL", "a = b IS NULL");
	fx_check_expr("a = (b IS NULL)", "a = (b IS NULL)");
	fx_check_expr("(a AND b) IS TRUE", "(a AND b) IS TRUE");
	fx_check_expr("(a BETWEEN 1 AND 2) AND b", "a BETWEEN 1 AND 2 AND b");
	fx_check_expr("a BETWEEN (b = c) AND (d + e)", "a BETWEEN (b = c) AND d + e");
	fx_check_expr("a BETWEEN b AND (c = d)", "a BETWEEN b AND (c = d)");
	fx_check_expr("a LIKE b ESCAPE (c IS NULL)", "a LIKE b ESCAPE (c IS NULL)");
	fx_check_expr("a LIKE (b || c)", "a LIKE b || c");
	fx_check_expr("a LIKE (b LIKE c)", "a LIKE (b LIKE c)");
	fx_check_expr("a = (b LIKE c)", "a = b LIKE c");
	fx_check_expr("(a = b) LIKE c", "(a = b) LIKE c");
	fx_check_expr("(a <> b) IN (1), a <> (b IN (1))", "(a <> b) IN (1), a <> b IN (1)");
	fx_check_expr("(a = b) BETWEEN c AND d", "(a = b) BETWEEN c AND d");
	fx_check_expr("(a IS NULL) = b, (a IS NULL) LIKE b", "a IS NULL = b, (a IS NULL) LIKE b");
	fx_check_expr("a = (b IS NULL), (a IS NULL) = ALL (1)",
		      "a = (b IS NULL), a IS NULL = ALL (1)");
	fx_check_expr("(a = ALL (1)) = b, (a = ALL (1)) IN (2)",
		      "a = ALL (1) = b, (a = ALL (1)) IN (2)");
	fx_check_expr("a = (b = ALL (1)), (a LIKE b) IS NULL",
		      "a = (b = ALL (1)), a LIKE b IS NULL");
	fx_check_expr("(a IN (1)) IN (2)", "a IN (1) IN (2)");
	fx_check_expr("(a OR b) IN ((1))", "(a OR b) IN (1)");
	fx_check_expr("f((a OR b), (SELECT 1))", "f(a OR b, (SELECT 1))");
	fx_check_expr("(NOT EXISTS (SELECT 1)) = a", "(NOT EXISTS (SELECT 1)) = a");
	fx_check_expr("CASE WHEN (a OR b) THEN (c) END", "CASE WHEN a OR b THEN c END");
	fx_check_expr("position((a = b) in c)", "position((a = b) IN c)");
}
END_TEST

START_TEST(tells_fields_from_columns)
{
	fx_check_expr("(a).b, a.b", "(a).b, a.b");
	fx_check_expr("(t.a).b, (((t.a))).b, t.a.b", "(t.a).b, (t.a).b, t.a.b");
	fx_check_expr("(db.t.a).b.c, db.t.a.b.c", "db.t.a.b.c, db.t.a.b.c");
	fx_check_expr("(1).b, (1.5).b, ('x').b, (NULL).b", "(1).b, (1.5).b, 'x'.b, NULL.b");
	fx_check_expr("(a + b).c, (-a).b, -(a).b", "(a + b).c, (-a).b, -(a).b");
	fx_check_expr("f(a).b, a[1].b, (a)[1].b, ?.b", "f(a).b, a[1].b, a[1].b, ?.b");
	fx_check_expr("(a).`b c`.select_1", "(a).`b c`.select_1");
}
END_TEST

START_TEST(quotes_names_only_where_they_need_it)
{
	fx_check_expr("\"a\", \"a b\", \"select\", `x``y`, \"x`y\", \"\"\"\"",
		      "a, `a b`, `select`, `x``y`, `x``y`, `\"`");
	fx_check_expr("\"größe\", $docId, \"1a\", \"a-b\"", "größe, $docId, `1a`, `a-b`");
	fx_check_expr("date, \"left\", cast, first, \"end\"", "date, `left`, cast, `first`, `end`");
	fx_check_expr("\"a b\".\"c\".\"from\"", "`a b`.c.`from`");
	fx_check_text("SELECT a AS \"order\" FROM \"x.y\".t AS \"u v\"",
		      "SELECT a AS `order` FROM `x.y`.t AS `u v`");
	fx_check_expr("\"t u\".*", "`t u`.*");
}
END_TEST

START_TEST(quotes_function_names_that_would_be_read_as_something_else)
{
	fx_check_expr("\"left\"(a), \"date\"(b), \"f\"(c)", "left(a), date(b), f(c)");
	fx_check_expr("\"cast\"(a), \"exists\"(a), \"filter\"(a), \"select\"(a), \"values\"(a)",
		      "`cast`(a), `exists`(a), `filter`(a), `select`(a), `values`(a)");
	fx_check_expr("\"trim\"(), \"trim\"(DISTINCT a), \"trim\"(a)",
		      "`trim`(), `trim`(DISTINCT a), trim(a)");
	fx_check_expr("\"substring\"(a) FILTER (WHERE b)", "`substring`(a) FILTER (WHERE b)");
	fx_check_expr("\"extract\"(a, b), \"position\"(a), \"position\"(a, b)",
		      "`extract`(a, b), `position`(a), position(a IN b)");
	fx_check_expr("\"extract\"('day', b)", "`extract`('day', b)");
	fx_check_expr("extract(\"day of week\" FROM b)", "extract(`DAY OF WEEK` FROM b)");
	fx_check_expr("\"left\".\"right\"(a)", "`left`.right(a)");
}
END_TEST

/* Places of names, where each keyword of the language has to stand between quotes or can do without. */
static const char *const places[] = {
	"SELECT %s, %s.a, t.%s, db.%s.%s, %s.*, t.%s[1].%s, f(%s).%s",
	"SELECT a AS %s, b AS %s FROM t AS %s, (SELECT 1) AS %s, u AS %s (%s, %s)",
	"SELECT %s(), %s(a), %s(DISTINCT a), %s(*), t.%s(a, b), %s.f(a)",
	"SELECT %s(a) OVER (), %s(a) FILTER (WHERE b), %s(a) OVER %s",
	"SELECT %s(a ORDER BY b), %s(a) WITHIN GROUP (ORDER BY b), %s(a) IGNORE NULLS",
	"SELECT CAST(a AS %s), CAST(a AS %s(1)), CAST(a AS %s(1, 2) ARRAY), CAST(a AS %s VARYING)",
	"SELECT EXTRACT(%s FROM %s), FLOOR(%s TO %s), CONVERT(%s USING %s)",
	"SELECT TRIM(BOTH %s FROM %s), POSITION(%s IN %s), SUBSTRING(%s, %s), OVERLAY(%s, %s)",
	"SELECT %s = 1 AND %s IN (1) OR NOT %s LIKE %s AND %s IS NULL AND %s BETWEEN %s AND %s",
	"SELECT -%s + %s || %s, CASE %s WHEN %s THEN %s ELSE %s END, ARRAY[%s], MAP[%s, %s], (%s, %s)",
	"SELECT a FROM %s, db.%s, %s.t, %s TABLESAMPLE SYSTEM(1)",
	"SELECT a FROM %s INNER JOIN %s ON %s, t LEFT JOIN u USING (%s, %s)",
	"SELECT a FROM %s ASOF JOIN %s MATCH_CONDITION (%s > %s) ON %s",
	"SELECT a FROM UNNEST(%s) AS %s (%s), TABLE(%s(a)) AS %s, LATERAL (TABLE %s) AS %s",
	"SELECT /*+ %s, %s(a), %s(%s = 1), %s(%s, %s.%s) */ a FROM t /*+ %s(%s = 'x') */ AS %s",
	"WITH %s AS (SELECT 1), %s (%s) AS (SELECT 2) SELECT 3",
	"SELECT a WINDOW %s AS (), v AS (%s), w AS (%s PARTITION BY %s ORDER BY %s ROWS %s PRECEDING)",
	"SELECT a WHERE %s GROUP BY %s, ROLLUP(%s), (%s, %s) HAVING %s QUALIFY %s ORDER BY %s, %s DESC",
	"TABLE %s UNION TABLE db.%s",
	"INSERT INTO %s SELECT 1",
	"INSERT INTO %s (%s, %s) VALUES (%s)",
	"INSERT INTO db.%s (SELECT 1 LIMIT 1) UNION SELECT 2",
	"INSERT INTO %s FROM FILE 'x'",
	"UPDATE %s AS %s SET %s = %s, t.%s = 1 WHERE %s",
	"DELETE FROM %s AS %s WHERE %s",
	"MERGE INTO %s AS %s USING %s AS %s ON %s WHEN MATCHED AND %s THEN UPDATE SET %s = %s",
	"MERGE INTO t USING %s ON a WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)",
	"CREATE TABLE %s (%s %s, %s %s(1) DEFAULT 1) PRIMARY KEY (%s) TABLE_TYPE = %s",
	"CREATE TABLE db.%s AS SELECT 1",
	"CREATE TABLE %s WITH (%s = 1, %s.%s = 2)",
	"CREATE MATERIALIZED VIEW %s (%s INT) AS SELECT 1",
	"DROP TABLE IF EXISTS %s TYPE %s",
	"DROP MATERIALIZED VIEW %s",
	"TRUNCATE TABLE %s",
	"ALTER TABLE %s ADD COLUMN %s %s, DROP COLUMN %s, RENAME COLUMN %s TO %s, UPDATE %s = 1 WHERE %s",
	"DESCRIBE %s %s",
	"SHOW TABLES FROM %s",
	"SHOW CREATE TABLE %s.%s TYPE %s",
	"CALL %s.%s(%s)",
	"CALL %s(%s, %s)",
	"KILL QUERY ON CLUSTER %s WHERE %s SYNC",
	"SET %s = 1; SELECT 1 OPTION(%s = %s.%s)",
	"SHOW TABLES FORMAT %s",
	"SELECT a FROM t FORMAT %s OPTION(a = 1)",
};

/* Puts the name between double quotes wherever a place has a gap. */
static const char *fill(const char *place, const char *name)
{
	static char text[1024];
	size_t n = 0;

	for (const char *at = place; *at; at++) {
		if (at[0] == '%') {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "\"%s\"", name);
			at++;
		} else {
			text[n++] = *at;
		}
	}
	text[n] = '\0';
	return text;
}

START_TEST(quotes_every_keyword_in_every_place)
{
	int n = 0;

	for (int kind = TK_EOF + 1; kind < 256; kind++) {
		const char *word = sql_token_spelling(kind);

		if (!word || word[0] < 'A' || word[0] > 'Z')
			continue;
		fx_check_reads_back(fill(places[_i], word));
		arena_reset(&fx.arena);
		n++;
	}
	fx_check_reads_back(fill(places[_i], "safe_cast"));
	fx_check_reads_back(fill(places[_i], "a`b"));
	fx_check_reads_back(fill(places[_i], "it's -- /*+ 1"));
	ck_assert_int_ge(n, 150);
}
END_TEST

START_TEST(quotes_more_names_in_front_of_a_parenthesis)
{
	fx_check_text("SELECT 1 FROM t AS \"cast\"(a), u AS \"cast\"",
		      "SELECT 1 FROM t AS `cast` (a), u AS cast");
	fx_check_text("WITH \"filter\"(a) AS (SELECT 1), \"trim\" AS (SELECT 2) SELECT 3",
		      "WITH `filter` (a) AS (SELECT 1), trim AS (SELECT 2) SELECT 3");
	fx_check_same("INSERT INTO `option` (a) SELECT 1");
	fx_check_same("INSERT INTO `position` (SELECT 1 LIMIT 1) UNION SELECT 2");
	fx_check_same("CREATE TABLE `exists` (a INT)");
	fx_check_same("CREATE TABLE exists AS SELECT 1");
	fx_check_same(
		"SELECT /*+ `cube`(a = 1), cube */ CAST(a AS `rollup`(1)), CAST(a AS rollup)");
}
END_TEST

START_TEST(quotes_keys_of_hints_as_strings)
{
	fx_check_text("SELECT /*+ h('a' = 1, 'b c' = 2, \"d e\" = 3, '' = 4, 'it''s' = x) */ 1",
		      "SELECT /*+ h(a = 1, 'b c' = 2, 'd e' = 3, '' = 4, 'it''s' = x) */ 1");
	fx_check_same("SELECT /*+ h('select' = 1, cast = 2) */ 1");
}
END_TEST

START_TEST(quotes_types)
{
	fx_check_expr("CAST(a AS \"my type\")", "CAST(a AS `my type`)");
	fx_check_expr("CAST(a AS \"double precision\")", "CAST(a AS double precision)");
	fx_check_expr("CAST(a AS \"my  type\")", "CAST(a AS `my  type`)");
	fx_check_expr("CAST(a AS \"x-y\"(1))", "CAST(a AS `x-y`(1))");
}
END_TEST

START_TEST(prints_options_as_set_in_front)
{
	fx_check_text("SET a = 1; SELECT 1 OPTION(b=c.d)", "SET b = 'c.d'; SET a = '1'; SELECT 1");
}
END_TEST

static void check_label(const char *expression, const char *label)
{
	strbuf_reset(&fx.text);
	sql_print_label(fx_expr(expression), &fx.text);
	ck_assert_str_eq(fx.text.ptr, label);
}

START_TEST(labels_columns_and_literals_as_written)
{
	check_label("Abc", "Abc");
	check_label("\"a b\"", "a b");
	check_label("t.`x`", "t.x");
	check_label("1", "1");
	check_label("1.50", "1.50");
	check_label("-1", "-1");
	check_label("+a", "a");
	check_label("'it''s'", "'it''s'");
	check_label("TRUE", "true");
	check_label("NULL", "null");
	check_label("X'aB'", "X'aB'");
	check_label("*", "*");
}
END_TEST

START_TEST(labels_functions_in_lower_case)
{
	check_label("COUNT(*)", "count(*)");
	check_label("Sum(X)", "sum(X)");
	check_label("COUNT(DISTINCT x)", "distinctcount(x)");
	check_label("sum(DISTINCT x)", "distinctsum(x)");
	check_label("f()", "f()");
	check_label("DATE_TRUNC('day', ts, 'x')", "datetrunc('day',ts,'x')");
	check_label("TextMatch(a, 'b')", "text_match(a,'b')");
	check_label("SUM(x) FILTER (WHERE y > 1 AND z)", "sum(x) FILTER(WHERE y > 1 AND z)");
	check_label("EXTRACT(YEAR FROM ts)", "extract('YEAR',ts)");
}
END_TEST

START_TEST(labels_operators_as_functions)
{
	check_label("a + 1", "plus(a,1)");
	check_label("a - b * c / d % e", "minus(a,mod(divide(times(b,c),d),e))");
	check_label("sum(a) / count(*)", "divide(sum(a),count(*))");
	check_label("-a", "negate(a)");
	check_label("a || b || 'c'", "concat(a,b,'c')");
	check_label("a = 1 AND b <> 2 OR NOT c", "or(and(equals(a,1),not_equals(b,2)),not(c))");
	check_label("a > 1", "greater_than(a,1)");
	check_label("a <= 1", "less_than_or_equal(a,1)");
	check_label("a IS NOT NULL", "is_not_null(a)");
	check_label("a BETWEEN 1 AND 2", "between(a,1,2)");
	check_label("a NOT BETWEEN 1 AND 2", "not(between(a,1,2))");
	check_label("a NOT LIKE 'b'", "not(like(a,'b'))");
	check_label("a IN (1, 2)", "in(a,1,2)");
	check_label("a NOT IN (1)", "not_in(a,1)");
}
END_TEST

START_TEST(labels_special_forms)
{
	check_label("CAST(a AS BIGINT)", "cast(a,'BIGINT')");
	check_label("CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "case(greater_than(a,1),'x','y')");
	check_label("CASE a WHEN 1 THEN 'x' END", "case(equals(a,1),'x',null)");
	check_label("(SELECT a FROM t)", "(SELECT a FROM t)");
	check_label("EXISTS (SELECT a)", "EXISTS (SELECT a)");
	check_label("a IN (SELECT b)", "in(a,(SELECT b))");
}
END_TEST

START_TEST(labels_every_operator)
{
	static const char *const forms[] = { "a %s b", "%s a", "a %s", "a %s b AND c", "a %s (b)" };
	static const char *const symbols[] = {
#define AST_OPERATOR(name, symbol, precedence, form) [OP_##name] = symbol,
#include "broker/sql/ops.def"
#undef AST_OPERATOR
	};
	bool seen[AST_OP_COUNT] = { false };
	char expression[64];

	for (size_t form = 0; form < ARRAY_SIZE(forms); form++) {
		for (size_t op = 0; op < AST_OP_COUNT; op++) {
			const char *gap = strchr(forms[form], '%');

			(void)snprintf(expression, sizeof(expression), "SELECT %.*s%s%s",
				       (int)(gap - forms[form]), forms[form], symbols[op], gap + 2);
			if (fx_parse(expression) < 0 || fx.stmt->query->items->alias.ptr ||
			    fx.stmt->query->items->expr->kind != AST_OP)
				continue;
			seen[fx.stmt->query->items->expr->op.op] = true;
			strbuf_reset(&fx.text);
			sql_print_label(fx.stmt->query->items->expr, &fx.text);
			ck_assert_ptr_null(strstr(fx.text.ptr, "(null)"));
			ck_assert_ptr_nonnull(strstr(fx_canonical(), symbols[op]));
		}
	}
	for (size_t op = 0; op < AST_OP_COUNT; op++)
		ck_assert_msg(seen[op], "%s", symbols[op]);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	int result;

	fx_stmt("SELECT a AS `b c`, CASE WHEN x THEN 'it''s' END FROM t, (SELECT 1) AS u WHERE NOT a IN (1)");
	(void)mem_fail_after(_i);
	result = sql_print_stmt(fx.stmt, SQL_CANONICAL, SIZE_MAX, &fx.coop, &fx.text, &fx.err);
	(void)mem_fail_after(-1);
	if (result == 0)
		ck_assert_uint_gt(fx.text.len, 80);
	else
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
}
END_TEST

START_TEST(keeps_an_interval_apart_from_the_unit_it_is_rounded_to)
{
	fx_check_expr("FLOOR((a + INTERVAL '1' DAY) TO HOUR)",
		      "FLOOR((a + INTERVAL '1' DAY) TO HOUR)");
	fx_check_expr("FLOOR(INTERVAL '1' DAY TO HOUR TO DAY)",
		      "FLOOR(INTERVAL '1' DAY TO HOUR TO DAY)");
	fx_check_expr("FLOOR((a) TO HOUR)", "FLOOR(a TO HOUR)");
	fx_check_expr("(interval) + 'a', interval + b", "`interval` + 'a', `interval` + b");
	fx_check_expr("FLOOR(a < INTERVAL '1' DAY IS NULL TO HOUR)",
		      "FLOOR(a < INTERVAL '1' DAY IS NULL TO HOUR)");
	fx_check_expr("FLOOR(a * (b + INTERVAL '1' DAY) TO HOUR)",
		      "FLOOR(a * (b + INTERVAL '1' DAY) TO HOUR)");
	fx_check_expr("FLOOR(-(a + INTERVAL '1' DAY) TO HOUR)",
		      "FLOOR(-(a + INTERVAL '1' DAY) TO HOUR)");
	fx_check_expr("FLOOR((NOT a LIKE INTERVAL '1' DAY) TO HOUR)",
		      "FLOOR((NOT a LIKE INTERVAL '1' DAY) TO HOUR)");
}
END_TEST

/* Each level says its operand twice. */
START_TEST(ends_a_label_that_would_have_no_end)
{
	char sql[8192] = "SELECT ";
	size_t n = strlen(sql);

	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, "CASE ");
	n += (size_t)snprintf(sql + n, sizeof(sql) - n, "\"\xc3\xa9\"");
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, " WHEN 1 THEN 2 WHEN 3 THEN 4 END");
	fx_stmt(sql);
	strbuf_reset(&fx.text);
	sql_print_label(fx.stmt->query->items->expr, &fx.text);
	ck_assert_uint_le(fx.text.len, SQL_LABEL_MAX);
	ck_assert_uint_gt(fx.text.len, SQL_LABEL_MAX - 4);
	ck_assert(str_utf8_valid(strbuf_str(&fx.text), &(size_t){ 0 }));
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, prints_parentheses_only_where_they_are_needed);
	tcase_add_test(tc, tells_fields_from_columns);
	tcase_add_test(tc, quotes_names_only_where_they_need_it);
	tcase_add_test(tc, quotes_function_names_that_would_be_read_as_something_else);
	tcase_add_loop_test(tc, quotes_every_keyword_in_every_place, 0, (int)ARRAY_SIZE(places));
	tcase_add_test(tc, quotes_more_names_in_front_of_a_parenthesis);
	tcase_add_test(tc, quotes_keys_of_hints_as_strings);
	tcase_add_test(tc, quotes_types);
	tcase_add_test(tc, prints_options_as_set_in_front);
	tcase_add_test(tc, labels_columns_and_literals_as_written);
	tcase_add_test(tc, labels_functions_in_lower_case);
	tcase_add_test(tc, labels_operators_as_functions);
	tcase_add_test(tc, labels_special_forms);
	tcase_add_test(tc, labels_every_operator);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 6);
	tcase_add_test(tc, keeps_an_interval_apart_from_the_unit_it_is_rounded_to);
	tcase_add_test(tc, ends_a_label_that_would_have_no_end);
	return unit_main("sql/print", tc);
}
