/* test_bind_wrong.c - statements that are refused, and how they are told. */
#include "tests/support/plan/plan_fixture.h"

static const struct {
	const char *sql;
	enum error_code code;
	const char *place; /* the text at which the error is reported */
	const char *message;
} rows[] = {
	{ "SELECT foo FROM hits", ERR_COLUMN_UNKNOWN, "foo",
	  "Unknown columnName 'foo' found in the query" },
	{ "SELECT contry FROM hits", ERR_COLUMN_UNKNOWN, "contry",
	  "Unknown columnName 'contry' found in the query. Did you mean 'country'?" },
	{ "SELECT x.id FROM hits", ERR_COLUMN_UNKNOWN, "x.id",
	  "Unknown columnName 'x.id' found in the query. Did you mean 'hits.id'?" },
	{ "SELECT users.id FROM users u", ERR_COLUMN_UNKNOWN, "users",
	  "Unknown columnName 'users.id' found in the query. Did you mean 'u.id'?" },
	{ "SELECT id FROM hits WHERE missing = 1", ERR_COLUMN_UNKNOWN, "missing",
	  "Unknown columnName 'missing' found in the query" },
	{ "SELECT id FROM hits GROUP BY id HAVING missing", ERR_COLUMN_UNKNOWN, "missing",
	  "Unknown columnName 'missing' found in the query" },
	{ "SELECT id FROM hits ORDER BY missing", ERR_COLUMN_UNKNOWN, "missing",
	  "Unknown columnName 'missing' found in the query" },
	{ "SELECT id AS total FROM hits ORDER BY totl", ERR_COLUMN_UNKNOWN, "totl",
	  "Unknown columnName 'totl' found in the query. Did you mean 'total'?" },
	{ "SELECT t.clicks FROM (SELECT id FROM hits) t", ERR_COLUMN_UNKNOWN, "t.clicks",
	  "Unknown columnName 't.clicks' found in the query" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.nothing", ERR_COLUMN_UNKNOWN,
	  "h.nothing", "Unknown columnName 'h.nothing' found in the query" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.country = c.code JOIN countries c ON c.code = h.country",
	  ERR_COLUMN_UNKNOWN, "c.code", "Unknown columnName 'c.code' found in the query" },
	{ "VALUES (id)", ERR_COLUMN_UNKNOWN, "id)", "Unknown columnName 'id' found in the query" },
	{ "SELECT id FROM htis", ERR_TABLE_UNKNOWN, "htis",
	  "Table 'htis' does not exist. Did you mean 'hits'?" },
	{ "SELECT id FROM nowhere.hits", ERR_TABLE_UNKNOWN, "nowhere",
	  "Table 'nowhere.hits' does not exist" },
	{ "SELECT id FROM hits h JOIN contries c ON h.country = c.code", ERR_TABLE_UNKNOWN,
	  "contries", "Table 'contries' does not exist. Did you mean 'countries'?" },
	{ "SELECT id FROM users u, hits h WHERE u.id = h.id", ERR_QUERY_VALIDATION, "id ",
	  "Column 'id' is ambiguous: it may be u.id or h.id" },
	{ "SELECT * FROM users u JOIN users v ON id = id", ERR_QUERY_VALIDATION, "id ",
	  "Column 'id' is ambiguous: it may be u.id or v.id" },
	{ "SELECT t.id FROM (SELECT id, clicks AS id FROM hits) t", ERR_QUERY_VALIDATION, "t.id",
	  "Column 't.id' is ambiguous: two columns have this name" },
	{ "SELECT x.id FROM users x JOIN hits x ON x.id = x.clicks", ERR_QUERY_VALIDATION, "hits",
	  "alias 'x' is used twice in FROM: give each table its own" },
	{ "SELECT 1 FROM users, hits, Users", ERR_QUERY_VALIDATION, "Users",
	  "alias 'Users' is used twice in FROM: give each table its own" },
	{ "SELECT 1 FROM hits JOIN (SELECT id FROM users) HITS ON hits.id = 1",
	  ERR_QUERY_VALIDATION, "(SELECT id",
	  "alias 'HITS' is used twice in FROM: give each table its own" },
	{ "SELECT h.* FROM users u", ERR_QUERY_VALIDATION, "h.*",
	  "'h' in front of .* is no table of the FROM clause" },
	{ "SELECT *", ERR_QUERY_VALIDATION, "*", "SELECT * needs a FROM clause" },
	{ "SELECT 1 WHERE 2", ERR_QUERY_VALIDATION, "2", "WHERE needs BOOLEAN, not INT" },
	{ "SELECT id FROM hits WHERE clicks", ERR_QUERY_VALIDATION, "clicks",
	  "WHERE needs BOOLEAN, not INT" },
	{ "SELECT id FROM hits WHERE country", ERR_QUERY_VALIDATION, "country",
	  "WHERE needs BOOLEAN, not STRING" },
	{ "SELECT id FROM hits WHERE ok AND clicks", ERR_QUERY_VALIDATION, "clicks",
	  "AND needs BOOLEAN, not INT" },
	{ "SELECT id FROM hits WHERE NOT clicks", ERR_QUERY_VALIDATION, "clicks",
	  "NOT needs BOOLEAN, not INT" },
	{ "SELECT id FROM hits HAVING clicks", ERR_QUERY_VALIDATION, "clicks",
	  "HAVING needs BOOLEAN, not INT" },
	{ "SELECT id FROM hits WHERE id = 'abc'", ERR_QUERY_VALIDATION, "'abc",
	  "'abc' is not a LONG" },
	{ "SELECT id FROM hits WHERE ts > 'yesterday'", ERR_QUERY_VALIDATION, "'yesterday",
	  "'yesterday' is not a TIMESTAMP" },
	{ "SELECT id FROM hits WHERE ok = 'perhaps'", ERR_QUERY_VALIDATION, "'perhaps",
	  "'perhaps' is not a BOOLEAN" },
	{ "SELECT id FROM hits WHERE ts BETWEEN '2024-01-01' AND '2024-13-01'",
	  ERR_QUERY_VALIDATION, "'2024-13", "'2024-13-01' is not a TIMESTAMP" },
	{ "SELECT id FROM hits WHERE id IN (1, 'x')", ERR_QUERY_VALIDATION, "'x'",
	  "'x' is not a LONG" },
	{ "SELECT id FROM hits WHERE country = 5", ERR_QUERY_VALIDATION, "country",
	  "a comparison mixes STRING and INT; use CAST" },
	{ "SELECT id FROM hits WHERE ok > 1", ERR_QUERY_VALIDATION, "ok ",
	  "a comparison mixes BOOLEAN and INT; use CAST" },
	{ "SELECT id FROM hits WHERE country IN (1, 2)", ERR_QUERY_VALIDATION, "country",
	  "IN mixes STRING and INT; use CAST" },
	{ "SELECT coalesce(id, country) FROM hits", ERR_QUERY_VALIDATION, "coalesce",
	  "COALESCE mixes LONG and STRING; use CAST" },
	{ "SELECT CASE WHEN ok THEN 1 ELSE country END FROM hits", ERR_QUERY_VALIDATION, "CASE",
	  "CASE mixes INT and STRING; use CAST" },
	{ "SELECT CASE WHEN id THEN 1 END FROM hits", ERR_QUERY_VALIDATION, "id ",
	  "WHEN needs BOOLEAN, not LONG" },
	{ "SELECT if(id, 1, 2) FROM hits", ERR_QUERY_VALIDATION, "id,",
	  "argument 1 of if needs to be BOOLEAN, not LONG" },
	{ "SELECT if(ok, 1) FROM hits", ERR_QUERY_VALIDATION, "if(",
	  "wrong number of arguments for if: 2" },
	{ "SELECT nullif(id) FROM hits", ERR_QUERY_VALIDATION, "nullif",
	  "wrong number of arguments for nullif: 1" },
	{ "VALUES (1), ('x'), (ok)", ERR_COLUMN_UNKNOWN, "ok)",
	  "Unknown columnName 'ok' found in the query" },
	{ "VALUES (1, 2), (3)", ERR_QUERY_VALIDATION, "(3)",
	  "values in this row: 1; in the first one: 2" },
	{ "VALUES (TRUE), (1)", ERR_QUERY_VALIDATION, "TRUE",
	  "VALUES mixes BOOLEAN and INT; use CAST" },
	{ "SELECT country + 1 FROM hits", ERR_QUERY_VALIDATION, "country",
	  "plus(STRING, INT) is not defined; use plus(LONG, LONG) or plus(DOUBLE, DOUBLE)" },
	{ "SELECT -country FROM hits", ERR_QUERY_VALIDATION, "-country",
	  "negate(STRING) is not defined; use negate(LONG) or negate(DOUBLE)" },
	{ "SELECT +country FROM hits", ERR_QUERY_VALIDATION, "+country",
	  "+ needs a number, not STRING" },
	{ "SELECT uper(country) FROM hits", ERR_QUERY_VALIDATION, "uper",
	  "unknown function uper; did you mean upper?" },
	{ "SELECT abs(id, 2) FROM hits", ERR_QUERY_VALIDATION, "abs",
	  "abs(LONG, INT) is not defined; use abs(LONG) or abs(DOUBLE)" },
	{ "SELECT substr(country) FROM hits", ERR_QUERY_VALIDATION, "substr",
	  "substr(STRING) is not defined; use substr(STRING, LONG) or substr(STRING, LONG, LONG)" },
	{ "SELECT upper(DISTINCT country) FROM hits", ERR_QUERY_VALIDATION, "upper",
	  "DISTINCT is for aggregates, and upper is none" },
	{ "SELECT upper(*) FROM hits", ERR_QUERY_VALIDATION, "upper",
	  "* is for aggregates, and upper is none" },
	{ "SELECT upper(country) FILTER (WHERE ok) FROM hits", ERR_QUERY_VALIDATION, "upper",
	  "FILTER is for aggregates, and upper is none" },
	{ "SELECT coalesce(DISTINCT id, 1) FROM hits", ERR_QUERY_VALIDATION, "coalesce",
	  "coalesce is no aggregate" },
	{ "SELECT shop.total(id) FROM hits", ERR_QUERY_VALIDATION, "shop",
	  "unknown function shop.total: functions have names of one part" },
	{ "SELECT CAST(id AS HORSE) FROM hits", ERR_QUERY_VALIDATION, "CAST",
	  "CAST to 'HORSE': there is no such type; there are BOOLEAN, INT, LONG, FLOAT, DOUBLE, "
	  "TIMESTAMP, STRING, JSON, BYTES" },
	{ "SELECT CAST(id AS Decimal(10, 2)) FROM hits", ERR_NOT_SUPPORTED, "Decimal",
	  "not supported yet: the type DECIMAL" },
	{ "SELECT id::uuid FROM hits", ERR_NOT_SUPPORTED, "uuid",
	  "not supported yet: the type UUID" },
	{ "SELECT CAST(raw AS INT) FROM hits", ERR_QUERY_VALIDATION, "raw",
	  "a value of type BYTES cannot be cast to INT" },
	{ "SELECT CAST(ok AS TIMESTAMP) FROM hits", ERR_QUERY_VALIDATION, "ok ",
	  "a value of type BOOLEAN cannot be cast to TIMESTAMP" },
	{ "SELECT 99999999999999999999 FROM hits", ERR_QUERY_VALIDATION, "99999999999999999999",
	  "integer literal out of range: 99999999999999999999 does not fit 64 bits" },
	{ "SELECT -99999999999999999999 FROM hits", ERR_QUERY_VALIDATION, "99999999999999999999",
	  "integer literal out of range: -99999999999999999999 does not fit 64 bits" },
	{ "SELECT 1e400 FROM hits", ERR_QUERY_VALIDATION, "1e400",
	  "number literal out of range: 1e400 does not fit a DOUBLE" },
	{ "SELECT DATE '2024-02-30'", ERR_QUERY_VALIDATION, "DATE", "'2024-02-30' is not a DATE" },
	{ "SELECT TIMESTAMP 'noon'", ERR_QUERY_VALIDATION, "TIMESTAMP",
	  "'noon' is not a TIMESTAMP" },
	{ "SELECT TIME '12:00:00'", ERR_NOT_SUPPORTED, "TIME", "not supported yet: TIME literals" },
	{ "SELECT INTERVAL '1' DAY", ERR_NOT_SUPPORTED, "INTERVAL",
	  "not supported yet: INTERVAL except in + and - with a TIMESTAMP" },
	{ "SELECT ts + INTERVAL '1-2' MONTH FROM hits", ERR_NOT_SUPPORTED, "INTERVAL",
	  "not supported yet: INTERVAL '1-2', only whole numbers" },
	{ "SELECT id + INTERVAL '1' DAY FROM hits", ERR_NOT_SUPPORTED, "INTERVAL",
	  "not supported yet: INTERVAL with LONG instead of TIMESTAMP" },
	{ "SELECT sum(sum(id)) FROM hits", ERR_QUERY_VALIDATION, "sum(id",
	  "sum() stands inside another aggregate" },
	{ "SELECT sum(id) FROM hits WHERE sum(id) > 1", ERR_QUERY_VALIDATION, "sum(id) >",
	  "aggregates such as sum() are not allowed in WHERE" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.id = max(h.id)", ERR_QUERY_VALIDATION, "max",
	  "aggregates such as max() are not allowed in ON" },
	{ "VALUES (count(*))", ERR_QUERY_VALIDATION, "count",
	  "aggregates such as count() are not allowed in VALUES" },
	{ "SELECT sum(id) FILTER (WHERE max(id) > 1) FROM hits", ERR_QUERY_VALIDATION, "max",
	  "max() stands inside another aggregate" },
	{ "SELECT id, count(*) FROM hits", ERR_QUERY_VALIDATION, "id,",
	  "Column 'id' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT count(*), id + clicks FROM hits GROUP BY clicks", ERR_QUERY_VALIDATION, "id ",
	  "Column 'id' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT country FROM hits GROUP BY city", ERR_QUERY_VALIDATION, "country",
	  "Column 'country' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT * FROM hits GROUP BY id", ERR_QUERY_VALIDATION, "* FROM",
	  "Column 'country' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT count(*) FROM hits HAVING id > 1", ERR_QUERY_VALIDATION, "id ",
	  "Column 'id' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT country FROM hits GROUP BY country ORDER BY id", ERR_QUERY_VALIDATION, "id",
	  "Column 'id' is neither in GROUP BY nor inside an aggregate" },
	{ "SELECT sum(country) FROM hits", ERR_QUERY_VALIDATION, "sum",
	  "sum(STRING) is not defined; use sum(LONG) or sum(DOUBLE)" },
	{ "SELECT sum(*) FROM hits", ERR_QUERY_VALIDATION, "sum",
	  "sum() is not defined; use sum(LONG) or sum(DOUBLE)" },
	{ "SELECT sum() FROM hits", ERR_QUERY_VALIDATION, "sum", "sum() needs an argument" },
	{ "SELECT count(id, clicks) FROM hits", ERR_QUERY_VALIDATION, "count",
	  "count(LONG, INT) is not defined; use count(*) or count(ANY)" },
	{ "SELECT count(DISTINCT id, clicks) FROM hits", ERR_NOT_SUPPORTED, "count",
	  "not supported yet: count over DISTINCT values of several expressions" },
	{ "SELECT id FROM hits GROUP BY 2", ERR_QUERY_VALIDATION, "2",
	  "GROUP BY position 2 is not in the select list (1 to 1)" },
	{ "SELECT id FROM hits GROUP BY 0", ERR_QUERY_VALIDATION, "0",
	  "GROUP BY position 0 is not in the select list (1 to 1)" },
	{ "SELECT id FROM hits ORDER BY 5", ERR_QUERY_VALIDATION, "5",
	  "ORDER BY position 5 is not in the select list (1 to 1)" },
	{ "SELECT DISTINCT id FROM hits ORDER BY clicks", ERR_QUERY_VALIDATION, "clicks",
	  "ORDER BY after SELECT DISTINCT needs an expression of the select list" },
	{ "SELECT id FROM hits LIMIT 1000001", ERR_QUERY_VALIDATION, "1000001",
	  "Value for 'LIMIT' (1000001) exceeds maximum allowed value of 1000000" },
	{ "SELECT id FROM hits LIMIT 99999999999999999999", ERR_QUERY_VALIDATION,
	  "99999999999999999999",
	  "Value for 'LIMIT' (99999999999999999999) exceeds maximum allowed value of 1000000" },
	{ "SELECT u.id FROM users u LEFT JOIN hits h ON u.id = h.id", ERR_NOT_SUPPORTED,
	  "LEFT JOIN", "not supported yet: LEFT JOIN; INNER JOIN with an equality is" },
	{ "SELECT u.id FROM users u RIGHT JOIN hits h ON u.id = h.id", ERR_NOT_SUPPORTED,
	  "RIGHT JOIN", "not supported yet: RIGHT JOIN; INNER JOIN with an equality is" },
	{ "SELECT u.id FROM users u FULL JOIN hits h ON u.id = h.id", ERR_NOT_SUPPORTED,
	  "FULL JOIN", "not supported yet: FULL JOIN; INNER JOIN with an equality is" },
	{ "SELECT u.id FROM users u CROSS JOIN hits h", ERR_NOT_SUPPORTED, "hits",
	  "not supported yet: a join without an equality between h and another table" },
	{ "SELECT u.id FROM users u, hits h WHERE u.id > h.id", ERR_NOT_SUPPORTED, "hits",
	  "not supported yet: a join without an equality between h and another table" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id + u.age", ERR_NOT_SUPPORTED, "hits",
	  "not supported yet: a join without an equality between h and another table" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.country = 'x'", ERR_NOT_SUPPORTED, "hits",
	  "not supported yet: a join without an equality between h and another table" },
	{ "SELECT id FROM hits WHERE id IN (SELECT id FROM users)", ERR_NOT_SUPPORTED,
	  "id IN (SELECT id", "not supported yet: IN (query)" },
	{ "SELECT id FROM hits WHERE EXISTS (SELECT 1)", ERR_NOT_SUPPORTED, "EXISTS",
	  "not supported yet: EXISTS" },
	{ "SELECT (SELECT 1) FROM hits", ERR_NOT_SUPPORTED, "(SELECT",
	  "not supported yet: a query as a value" },
	{ "SELECT u.id FROM users u JOIN hits h ON u.age = h.country", ERR_QUERY_VALIDATION,
	  "u.age", "a comparison mixes INT and STRING; use CAST" },
	{ "SELECT id FROM hits WHERE country LIKE 5", ERR_QUERY_VALIDATION, "country",
	  "like(STRING, INT) is not defined; use like(STRING, STRING) or like(STRING, STRING, STRING)" },
	{ "SELECT id FROM hits WHERE raw = 'xyz'", ERR_QUERY_VALIDATION, "'xyz",
	  "'xyz' is not a BYTES" },
	{ "SELECT count(*) AS n FROM hits WHERE n > 1", ERR_QUERY_VALIDATION, "n > 1",
	  "aggregates such as count() are not allowed in WHERE" },
	{ "SELECT count(*) AS n FROM hits HAVING sum(n) > 1", ERR_QUERY_VALIDATION, "n) > 1",
	  "count() stands inside another aggregate" },
	{ "SELECT timestampadd(fortnight, 1, ts) FROM hits", ERR_COLUMN_UNKNOWN, "fortnight",
	  "Unknown columnName 'fortnight' found in the query" },
	{ "SELECT count(*) FROM hits GROUP BY 1", ERR_QUERY_VALIDATION, "count",
	  "aggregates such as count() are not allowed in GROUP BY" },
	{ "SELECT id FROM hits GROUP BY count(*)", ERR_QUERY_VALIDATION, "count",
	  "aggregates such as count() are not allowed in GROUP BY" },
	{ "SELECT h.id FROM users u JOIN hits h ON u.id", ERR_QUERY_VALIDATION, "u.id",
	  "ON needs BOOLEAN, not LONG" },
	{ "SELECT CAST(country || 'x' AS BYTES) = 'xyz' FROM hits", ERR_QUERY_VALIDATION, "'xyz",
	  "'xyz' is not a BYTES" },
	{ "SELECT id FROM hits WHERE raw IN (X'00', '0')", ERR_QUERY_VALIDATION, "'0'",
	  "'0' is not a BYTES" },
};

START_TEST(is_refused_with_code_place_and_message)
{
	fx_check_error(rows[_i].sql, rows[_i].code, rows[_i].place, rows[_i].message);
}
END_TEST

START_TEST(is_refused_alike_by_the_single_stage_engine)
{
	fx.options.dialect = DIALECT_SINGLE_STAGE;
	fx_check_error(rows[_i].sql, rows[_i].code, rows[_i].place, rows[_i].message);
}
END_TEST

START_TEST(cuts_long_texts_in_messages)
{
	char sql[400] = "SELECT id FROM hits WHERE id = '";

	memset(sql + strlen(sql), 'x', 200);
	sql[232] = '\'';
	ck_assert_int_lt(fx_try(sql), 0);
	ck_assert_msg(strstr(fx.err.msg, "xxx...' is not a LONG"), "%s", fx.err.msg);
	ck_assert_uint_lt(strlen(fx.err.msg), 100);
}
END_TEST

/* Each level doubles what stands for the one below it. */
START_TEST(refuses_repetition_inside_of_repetition)
{
	static const struct {
		const char *head, *before, *inside, *after, *tail;
	} shapes[] = {
		{ "SELECT ", "", "id", " BETWEEN 1 AND 2", " FROM hits" },
		{ "SELECT ", "coalesce(", "id", ", 1)", " FROM hits" },
		{ "SELECT ", "nullif(", "id", ", 1)", " FROM hits" },
		{ "SELECT ", "CASE ", "id", " WHEN 1 THEN 2 WHEN 3 THEN 4 END", " FROM hits" },
	};
	struct strbuf sql = STRBUF_INIT;

	strbuf_add_str(&sql, str_of(shapes[_i].head));
	for (int i = 0; i < 60; i++)
		strbuf_add_str(&sql, str_of(shapes[_i].before));
	strbuf_add_str(&sql, str_of(shapes[_i].inside));
	for (int i = 0; i < 60; i++) {
		/* The second BETWEEN compares truths. */
		bool is_truth = _i == 0 && i > 0;

		strbuf_add_str(&sql,
			       is_truth ? STR(" BETWEEN ok AND ok") : str_of(shapes[_i].after));
	}
	strbuf_add_str(&sql, str_of(shapes[_i].tail));
	ck_assert_int_lt(fx_try(sql.ptr), 0);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_VALIDATION);
	ck_assert_msg(strstr(fx.err.msg, "too large"), "%s", fx.err.msg);
	strbuf_fini(&sql);
}
END_TEST

START_TEST(refuses_more_tables_than_it_can_count)
{
	struct strbuf sql = STRBUF_INIT;

	strbuf_add_str(&sql, STR("SELECT 1 FROM users"));
	for (int i = 0; i < 64; i++)
		strbuf_printf(&sql, ", users u%d", i);
	ck_assert_int_lt(fx_try(sql.ptr), 0);
	ck_assert_int_eq(fx.err.code, ERR_NOT_SUPPORTED);
	ck_assert_str_eq(fx.err.msg, "not supported yet: more than 64 tables in one FROM clause");
	strbuf_fini(&sql);
}
END_TEST

/* Four columns where three are allowed: in the list, out of a star, in a row. */
START_TEST(refuses_more_columns_than_are_allowed)
{
	static const struct {
		const char *sql, *place, *list;
	} wide[] = {
		{ "SELECT 1, 2, 3, 44, 5", "44", "the select list" },
		{ "SELECT 1, * FROM countries", "* FROM", "the select list" },
		{ "SELECT * FROM users", "* FROM", "the select list" },
		{ "SELECT 1 FROM (SELECT u.* FROM users u) t", "u.*", "the select list" },
		{ "SELECT c.*, code FROM countries c GROUP BY 1, 2, 3", "code", "the select list" },
		{ "VALUES (1, 2, 3, 44)", "44", "a row of VALUES" },
		{ "SELECT 1 FROM (VALUES (1, 2, 3, 44, 5)) t", "44", "a row of VALUES" },
	};
	char message[100];

	fx.options.max_columns = 3;
	(void)snprintf(message, sizeof(message), "%s has too many columns: at most 3 are allowed",
		       wide[_i].list);
	fx_check_error(wide[_i].sql, ERR_QUERY_VALIDATION, wide[_i].place, message);
}
END_TEST

START_TEST(takes_as_many_columns_as_are_allowed)
{
	static const char *const narrow[] = {
		"SELECT 1, 2, 3",
		"SELECT * FROM countries",
		"SELECT u.id, c.code, u.age FROM users u JOIN countries c ON u.country = c.code",
		"VALUES (1, 2, 3), (4, 5, 6)",
		/* What groups and sorts is no column of the list. */
		"SELECT id FROM users GROUP BY id, userName, country, age ORDER BY 1, userName, age",
	};

	fx.options.max_columns = 3;
	ck_assert_msg(fx_try(narrow[_i]) == 0, "%s: %s", narrow[_i], fx.err.msg);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_loop_test(tc, is_refused_with_code_place_and_message, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, is_refused_alike_by_the_single_stage_engine, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, cuts_long_texts_in_messages);
	tcase_add_loop_test(tc, refuses_repetition_inside_of_repetition, 0, 4);
	tcase_add_test(tc, refuses_more_tables_than_it_can_count);
	tcase_add_loop_test(tc, refuses_more_columns_than_are_allowed, 0, 7);
	tcase_add_loop_test(tc, takes_as_many_columns_as_are_allowed, 0, 5);
	return unit_main("plan/bind_wrong", tc);
}
