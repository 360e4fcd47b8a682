/* test_bind_expr.c - expressions: what they become and which type they have. */
#include "tests/support/plan/plan_fixture.h"

/* An expression over the columns of `hits`, and what is planned for it. */
struct row {
	const char *expression, *text;
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_expr(rows[i].expression, rows[i].text);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(reads_literals)
{
	static const struct row rows[] = {
		{ "1", "1 INT" },
		{ "2147483647", "2147483647 INT" },
		{ "2147483648", "2147483648 LONG" },
		{ "-2147483648", "-2147483648 INT" },
		{ "-2147483649", "-2147483649 LONG" },
		{ "9223372036854775807", "9223372036854775807 LONG" },
		{ "-9223372036854775808", "-9223372036854775808 LONG" },
		{ "-(9223372036854775808)", "-9223372036854775808 LONG" },
		{ "1.5", "1.5 DOUBLE" },
		{ "-1.5", "-1.5 DOUBLE" },
		{ "1e3", "1000.0 DOUBLE" },
		{ "'it''s'", "'it''s' STRING" },
		{ "TRUE", "true BOOLEAN" },
		{ "NULL", "NULL UNKNOWN" },
		{ "X'00fF'", "X'00ff' BYTES" },
		{ "DATE '2024-02-29'", "TIMESTAMP '2024-02-29 00:00:00.0' TIMESTAMP" },
		{ "TIMESTAMP '2024-02-29 12:30:00.5'",
		  "TIMESTAMP '2024-02-29 12:30:00.5' TIMESTAMP" },
		{ "+7", "7 INT" },
		{ "007", "7 INT" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(resolves_operators_as_functions)
{
	static const struct row rows[] = {
		{ "id + 1", "(id + 1) LONG" },
		{ "clicks - 1", "(clicks - 1) LONG" },
		{ "clicks * 2.5", "(cast(clicks as DOUBLE) * 2.5) DOUBLE" },
		{ "id % 3", "(id % 3) LONG" },
		{ "amount % 2", "(amount % 2.0) DOUBLE" },
		{ "-id", "negate(id) LONG" },
		{ "-amount", "negate(amount) DOUBLE" },
		{ "- -id", "negate(negate(id)) LONG" },
		{ "+id", "id LONG" },
		{ "id = clicks", "(id = clicks) BOOLEAN" },
		{ "id <> 1", "(id <> 1) BOOLEAN" },
		{ "id < 1", "(id < 1) BOOLEAN" },
		{ "id <= 1", "(id <= 1) BOOLEAN" },
		{ "id > 1", "(id > 1) BOOLEAN" },
		{ "id >= 1", "(id >= 1) BOOLEAN" },
		{ "ok AND id > 1", "(ok and (id > 1)) BOOLEAN" },
		{ "ok OR ok OR id > 1", "(ok or ok or (id > 1)) BOOLEAN" },
		{ "NOT ok", "not(ok) BOOLEAN" },
		{ "id IS NULL", "isnull(id) BOOLEAN" },
		{ "id IS NOT NULL", "isnotnull(id) BOOLEAN" },
		{ "ok IS TRUE", "istrue(ok) BOOLEAN" },
		{ "ok IS NOT TRUE", "isnottrue(ok) BOOLEAN" },
		{ "ok IS FALSE", "isfalse(ok) BOOLEAN" },
		{ "ok IS NOT FALSE", "isnotfalse(ok) BOOLEAN" },
		{ "id IS DISTINCT FROM clicks", "isdistinctfrom(id, clicks) BOOLEAN" },
		{ "id IS NOT DISTINCT FROM NULL", "isnotdistinctfrom(id, NULL) BOOLEAN" },
		{ "id BETWEEN 1 AND clicks", "((id >= 1) and (id <= clicks)) BOOLEAN" },
		{ "id NOT BETWEEN 1 AND 2", "not(((id >= 1) and (id <= 2))) BOOLEAN" },
		{ "country LIKE 'a%'", "like(country, 'a%') BOOLEAN" },
		{ "country NOT LIKE 'a%'", "not(like(country, 'a%')) BOOLEAN" },
		{ "country LIKE 'a!%' ESCAPE '!'", "like(country, 'a!%', '!') BOOLEAN" },
		{ "country || city", "concat(country, city) STRING" },
		{ "id || 'x' || ok", "concat(cast(id as STRING), 'x', cast(ok as STRING)) STRING" },
		{ "NULL AND ok", "(NULL and ok) BOOLEAN" },
		{ "price + 1", "(price + 1.0) DOUBLE" },
		{ "price + price", "(price + price) DOUBLE" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(divides_integers_as_integers_on_the_multi_stage_engine)
{
	static const struct row rows[] = {
		{ "id / 2", "(id div 2) LONG" },
		{ "clicks / 2.0", "(cast(clicks as DOUBLE) / 2.0) DOUBLE" },
		{ "price / id", "(price / cast(id as DOUBLE)) DOUBLE" },
		{ "7 / 2", "3 LONG" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(divides_as_doubles_on_the_single_stage_engine)
{
	static const struct row rows[] = {
		{ "id / 2", "(cast(id as DOUBLE) / 2.0) DOUBLE" },
		{ "7 / 2", "3.5 DOUBLE" },
		{ "id % 2", "(id % 2) DOUBLE" },
		{ "mod(id, 2)", "(id % 2) DOUBLE" },
		{ "amount % 2", "(amount % 2.0) DOUBLE" },
		{ "7 % 0", "NaN DOUBLE" },
	};

	fx.options.dialect = DIALECT_SINGLE_STAGE;
	CHECK(rows);
}
END_TEST

START_TEST(compares_columns_with_text_as_values_of_their_type)
{
	static const struct row rows[] = {
		{ "ts > '2024-01-01'", "(ts > TIMESTAMP '2024-01-01 00:00:00.0') BOOLEAN" },
		{ "ts = '2024-01-01 10:00:00'",
		  "(ts = TIMESTAMP '2024-01-01 10:00:00.0') BOOLEAN" },
		{ "id = '5'", "(id = 5) BOOLEAN" },
		{ "clicks = '3000000000'", "(clicks = 3000000000) BOOLEAN" },
		{ "clicks = '5'", "(clicks = 5) BOOLEAN" },
		{ "amount < '1.5'", "(amount < 1.5) BOOLEAN" },
		{ "price = '0.1'", "(price = 0.1) BOOLEAN" },
		{ "ok = 'true'", "(ok = true) BOOLEAN" },
		{ "'5' = id", "(5 = id) BOOLEAN" },
		{ "country = '5'", "(country = '5') BOOLEAN" },
		{ "doc = 'x'", "(doc = 'x') BOOLEAN" },
		{ "raw = '00ff'", "(raw = X'00ff') BOOLEAN" },
		{ "ts BETWEEN '2024-01-01' AND '2024-01-02'",
		  "((ts >= TIMESTAMP '2024-01-01 00:00:00.0') and (ts <= TIMESTAMP '2024-01-02 00:00:00.0')) BOOLEAN" },
		{ "ts IN ('2024-01-01', NULL)",
		  "(ts in (TIMESTAMP '2024-01-01 00:00:00.0', NULL)) BOOLEAN" },
		{ "ts = 1700000000000", "(ts = 1700000000000) BOOLEAN" },
		{ "coalesce(id, '7')", "case when isnotnull(id) then id else 7 end LONG" },
		{ "CASE ts WHEN '2024-01-01' THEN 1 END",
		  "case when (ts = TIMESTAMP '2024-01-01 00:00:00.0') then 1 else NULL end INT" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(makes_sets_of_constant_lists)
{
	static const struct row rows[] = {
		{ "id IN (1, 2, 1, 1 + 1)", "(id in (1, 2)) BOOLEAN" },
		{ "id NOT IN (1, 2)", "(id not in (1, 2)) BOOLEAN" },
		{ "id IN (1, NULL)", "(id in (1, NULL)) BOOLEAN" },
		{ "id IN (NULL)", "NULL BOOLEAN" },
		{ "country IN ('a', 'b')", "(country in ('a', 'b')) BOOLEAN" },
		{ "clicks IN (1, 2.5)", "(cast(clicks as DOUBLE) in (1.0, 2.5)) BOOLEAN" },
		{ "clicks IN (1, 3000000000)", "(clicks in (1, 3000000000)) BOOLEAN" },
		{ "amount IN (0.0, -0.0, 1)", "(amount in (0.0, 1.0)) BOOLEAN" },
		{ "id IN (1, clicks, 2)", "((id in (1, 2)) or (id = clicks)) BOOLEAN" },
		{ "id IN (clicks)", "(id = clicks) BOOLEAN" },
		{ "id NOT IN (1, clicks)", "not(((id in (1)) or (id = clicks))) BOOLEAN" },
		{ "NULL IN (1)", "NULL BOOLEAN" },
		{ "3 IN (1, 2)", "false BOOLEAN" },
		{ "2 IN (1, 2)", "true BOOLEAN" },
		{ "3 NOT IN (1, NULL)", "NULL BOOLEAN" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(turns_conditionals_into_cases)
{
	static const struct row rows[] = {
		{ "CASE WHEN ok THEN 1 WHEN id > 1 THEN 2.5 END",
		  "case when ok then 1.0 when (id > 1) then 2.5 else NULL end DOUBLE" },
		{ "CASE clicks WHEN 1 THEN 'a' WHEN id THEN 'b' ELSE 'c' END",
		  "case when (clicks = 1) then 'a' when (clicks = id) then 'b' else 'c' end STRING" },
		{ "coalesce(country, city, 'x')",
		  "case when isnotnull(country) then country when isnotnull(city) then city else 'x' end STRING" },
		{ "coalesce(id)", "id LONG" },
		{ "COALESCE(NULL, id)", "id LONG" },
		{ "ifnull(id, 0)", "case when isnotnull(id) then id else 0 end LONG" },
		{ "NVL(clicks, 3000000000)",
		  "case when isnotnull(clicks) then clicks else 3000000000 end LONG" },
		{ "nullif(id, 0)", "case when (id = 0) then NULL else id end LONG" },
		{ "if(ok, 1, 2)", "case when ok then 1 else 2 end INT" },
		{ "case_when(ok, 1, id > 1, 2, 3)",
		  "case when ok then 1 when (id > 1) then 2 else 3 end INT" },
		{ "CASE WHEN NULL THEN 1 ELSE 2 END", "2 INT" },
		{ "CASE WHEN 1 = 1 THEN id ELSE 0 END", "id LONG" },
		{ "CASE WHEN ok THEN NULL ELSE NULL END",
		  "case when ok then NULL else NULL end UNKNOWN" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(casts)
{
	static const struct row rows[] = {
		{ "CAST(id AS INT)", "cast(id as INT) INT" },
		{ "CAST(clicks AS LONG)", "clicks LONG" },
		{ "CAST(clicks AS BIGINT)", "clicks LONG" },
		{ "CAST(ts AS LONG)", "ts LONG" },
		{ "CAST(CAST(country AS LONG) AS TIMESTAMP)",
		  "cast(cast(country as LONG) as TIMESTAMP) TIMESTAMP" },
		{ "CAST(country AS TIMESTAMP)", "cast(country as TIMESTAMP) TIMESTAMP" },
		{ "CAST('12' AS INT)", "12 INT" },
		{ "CAST('x' AS INT)", "cast('x' as INT) INT" },
		{ "CAST(NULL AS INT)", "NULL INT" },
		{ "CAST(country AS VARCHAR)", "country STRING" },
		{ "CAST(doc AS STRING)", "doc STRING" },
		{ "CAST(id AS DOUBLE PRECISION)", "cast(id as DOUBLE) DOUBLE" },
		{ "CAST(1.9 AS INT)", "1 INT" },
		{ "CAST(3000000000 AS INT)", "cast(3000000000 as INT) INT" },
		{ "CAST(price AS DOUBLE)", "price DOUBLE" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(resolves_functions_by_name)
{
	static const struct row rows[] = {
		{ "UPPER(country)", "upper(country) STRING" },
		{ "abs(clicks)", "abs(clicks) LONG" },
		{ "round_decimal(amount, 2)", "rounddecimal(amount, 2) DOUBLE" },
		{ "concat(country, city, 'x')", "concat(country, city, 'x') STRING" },
		{ "greatest(id, clicks, 2.5)",
		  "greatest(cast(id as DOUBLE), cast(clicks as DOUBLE), 2.5) DOUBLE" },
		{ "substring(country FROM 2)", "substring(country, 2) STRING" },
		{ "substring(country FROM 2 FOR 3)", "substring(country, 2, 3) STRING" },
		{ "trim(country)", "trim(country) STRING" },
		{ "TRIM('x' FROM country)", "trim(country, 'x') STRING" },
		{ "TRIM(LEADING 'x' FROM country)", "ltrim(country, 'x') STRING" },
		{ "TRIM(TRAILING FROM country)", "rtrim(country, ' ') STRING" },
		{ "extract(YEAR FROM ts)", "extract('YEAR', ts) INT" },
		{ "position('a' IN country)", "position('a', country) INT" },
		{ "date_trunc('DAY', ts)", "datetrunc('DAY', ts) TIMESTAMP" },
		{ "pi()", "3.141592653589793 DOUBLE" },
		{ "length('abc')", "3 INT" },
		{ "upper('abc')", "'ABC' STRING" },
		{ "now()", "now() LONG" },
		{ "ts + INTERVAL '1' DAY", "timestampadd('DAY', 1, ts) TIMESTAMP" },
		{ "INTERVAL '2' HOUR + ts", "timestampadd('HOUR', 2, ts) TIMESTAMP" },
		{ "ts - INTERVAL '1' DAY", "timestampadd('DAY', -1, ts) TIMESTAMP" },
		{ "TIMESTAMP '2024-01-01 00:00:00' + INTERVAL '1' DAY",
		  "TIMESTAMP '2024-01-02 00:00:00.0' TIMESTAMP" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(aggregates)
{
	static const struct row rows[] = {
		{ "count(*)", "count(*) LONG" },
		{ "count(1)", "count(*) LONG" },
		{ "COUNT(NULL)", "count(NULL) LONG" },
		{ "count(id)", "count(id) LONG" },
		{ "count(DISTINCT country)", "count(distinct country) LONG" },
		{ "distinct_count(country)", "count(distinct country) LONG" },
		{ "sum(clicks)", "sum(clicks) LONG" },
		{ "sum(amount)", "sum(amount) DOUBLE" },
		{ "sum(DISTINCT clicks)", "sum(distinct clicks) LONG" },
		{ "distinctsum(clicks)", "sum(distinct clicks) LONG" },
		{ "min(country)", "min(country) STRING" },
		{ "max(ts)", "max(ts) TIMESTAMP" },
		{ "min(DISTINCT id)", "min(id) LONG" },
		{ "avg(clicks)", "avg(clicks) DOUBLE" },
		{ "sum(price)", "sum(price) DOUBLE" },
		{ "sum(amount) FILTER (WHERE ok)", "sum(amount) filter (where ok) DOUBLE" },
		{ "count(*) FILTER (WHERE id > 1 AND ok)",
		  "count(*) filter (where ((id > 1) and ok)) LONG" },
		{ "sum(clicks + 1) * 2", "(sum((clicks + 1)) * 2) LONG" },
		{ "max(id) - min(id)", "(max(id) - min(id)) LONG" },
		{ "count(ok)", "count(ok) LONG" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(aggregates_as_the_single_stage_engine_does)
{
	static const struct row rows[] = {
		{ "sum(clicks)", "sum(clicks) DOUBLE" },
		{ "min(id)", "min(id) DOUBLE" },
		{ "max(country)", "max(country) STRING" },
		{ "max(ts)", "max(ts) TIMESTAMP" },
		{ "count(DISTINCT id)", "count(distinct id) INT" },
		{ "distinctcount(id)", "count(distinct id) INT" },
		{ "distinctcounthll(id)", "count(distinct id) LONG" },
		{ "distinctsum(id)", "sum(distinct id) DOUBLE" },
	};

	fx.options.dialect = DIALECT_SINGLE_STAGE;
	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, reads_literals);
	tcase_add_test(tc, resolves_operators_as_functions);
	tcase_add_test(tc, divides_integers_as_integers_on_the_multi_stage_engine);
	tcase_add_test(tc, divides_as_doubles_on_the_single_stage_engine);
	tcase_add_test(tc, compares_columns_with_text_as_values_of_their_type);
	tcase_add_test(tc, makes_sets_of_constant_lists);
	tcase_add_test(tc, turns_conditionals_into_cases);
	tcase_add_test(tc, casts);
	tcase_add_test(tc, resolves_functions_by_name);
	tcase_add_test(tc, aggregates);
	tcase_add_test(tc, aggregates_as_the_single_stage_engine_does);
	return unit_main("plan/bind_expr", tc);
}
