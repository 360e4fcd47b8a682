/* test_bind_select.c - SELECT, clause by clause. */
#include "tests/support/plan/plan_fixture.h"

/* A statement and its tree. */
struct row {
	const char *sql, *tree;
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check(rows[i].sql, rows[i].tree);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(projects_what_the_select_list_says)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits", "[fragment 0] result id LONG\n"
					 "  scan hits columns: id\n" },
		{ "SELECT id, id + 1, id AS again FROM hits",
		  "[fragment 0] result id LONG, EXPR$1 LONG, again LONG\n"
		  "  project id, (id + 1) as EXPR$1, id\n"
		  "    scan hits columns: id\n" },
		{ "SELECT * FROM countries",
		  "[fragment 0] result code STRING, name STRING, population LONG\n"
		  "  scan countries columns: code, name, population\n" },
		{ "SELECT *, name FROM countries",
		  "[fragment 0] result code STRING, name STRING, population LONG, name STRING\n"
		  "  project code, name, population, name\n"
		  "    scan countries columns: code, name, population\n" },
		{ "SELECT c.* FROM countries AS c",
		  "[fragment 0] result code STRING, name STRING, population LONG\n"
		  "  scan countries columns: code, name, population\n" },
		{ "SELECT hits.id, HITS.Country FROM hits",
		  "[fragment 0] result id LONG, country STRING\n"
		  "  scan hits columns: id, country\n" },
		{ "SELECT default.hits.id FROM default.hits", "[fragment 0] result id LONG\n"
							      "  scan hits columns: id\n" },
		{ "SELECT 1", "[fragment 0] result EXPR$0 INT\n"
			      "  project 1 as EXPR$0\n"
			      "    values 1 row\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(lists_stars_by_name_when_told_so)
{
	static const struct row rows[] = {
		{ "SELECT * FROM users",
		  "[fragment 0] result age INT, country STRING, id LONG, userName STRING\n"
		  "  project age, country, id, userName\n"
		  "    scan users columns: id, userName, country, age\n" },
		{ "SELECT age, * FROM users",
		  "[fragment 0] result age INT, age INT, country STRING, id LONG, userName STRING\n"
		  "  project age, age, country, id, userName\n"
		  "    scan users columns: id, userName, country, age\n" },
	};

	fx.options.star_by_name = true;
	CHECK(rows);
}
END_TEST

START_TEST(filters_rows)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE clicks > 3 AND ok",
		  "[fragment 0] result id LONG\n"
		  "  project id\n"
		  "    filter ((clicks > 3) and ok)\n"
		  "      scan hits columns: id, clicks, ok ranges: clicks >= 4\n" },
		{ "SELECT id * 2 AS twice FROM hits WHERE twice > 10",
		  "[fragment 0] result twice LONG\n"
		  "  project (id * 2) as twice\n"
		  "    filter ((id * 2) > 10)\n"
		  "      scan hits columns: id\n" },
		{ "SELECT id + 1 AS id FROM hits WHERE id > 10",
		  "[fragment 0] result id LONG\n"
		  "  project (id + 1) as id\n"
		  "    filter (id > 10)\n"
		  "      scan hits columns: id ranges: id >= 11\n" },
		{ "SELECT id FROM hits WHERE NULL", "[fragment 0] result id LONG\n"
						    "  values 0 rows\n" },
		{ "SELECT id FROM hits WHERE 1 = 1", "[fragment 0] result id LONG\n"
						     "  scan hits columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(groups_rows)
{
	static const struct row rows[] = {
		{ "SELECT count(*) FROM hits", "[fragment 1] result EXPR$0 LONG\n"
					       "  [fragment 0] hash_agg aggs: count(*)\n"
					       "    scan hits\n" },
		{ "SELECT country, count(*) FROM hits GROUP BY country",
		  "[fragment 1] result country STRING, EXPR$1 LONG\n"
		  "  [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "    scan hits columns: country\n" },
		{ "SELECT count(*), country AS c FROM hits GROUP BY c",
		  "[fragment 1] result EXPR$0 LONG, c STRING\n"
		  "  project count(*), country\n"
		  "    [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "      scan hits columns: country\n" },
		{ "SELECT count(*), country FROM hits GROUP BY 2",
		  "[fragment 1] result EXPR$0 LONG, country STRING\n"
		  "  project count(*), country\n"
		  "    [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "      scan hits columns: country\n" },
		{ "SELECT upper(country), count(*) FROM hits GROUP BY UPPER(country)",
		  "[fragment 1] result EXPR$0 STRING, EXPR$1 LONG\n"
		  "  [fragment 0] hash_agg keys: upper(country) aggs: count(*)\n"
		  "    scan hits columns: country\n" },
		{ "SELECT clicks + 1, (clicks + 1) * 2 FROM hits GROUP BY clicks + 1",
		  "[fragment 1] result EXPR$0 LONG, EXPR$1 LONG\n"
		  "  project (clicks + 1), ((clicks + 1) * 2) as EXPR$1\n"
		  "    [fragment 0] hash_agg keys: (clicks + 1)\n"
		  "      scan hits columns: clicks\n" },
		{ "SELECT clicks + 1 FROM hits GROUP BY clicks",
		  "[fragment 1] result EXPR$0 LONG\n"
		  "  project (clicks + 1) as EXPR$0\n"
		  "    [fragment 0] hash_agg keys: clicks\n"
		  "      scan hits columns: clicks\n" },
		{ "SELECT country FROM hits GROUP BY country, city",
		  "[fragment 1] result country STRING\n"
		  "  project country\n"
		  "    [fragment 0] hash_agg keys: country, city\n"
		  "      scan hits columns: country, city\n" },
		{ "SELECT h.country FROM hits h GROUP BY country",
		  "[fragment 1] result country STRING\n"
		  "  [fragment 0] hash_agg keys: country\n"
		  "    scan hits columns: country\n" },
		{ "SELECT 1, count(*) FROM hits GROUP BY 1",
		  "[fragment 1] result EXPR$0 INT, EXPR$1 LONG\n"
		  "  project 1 as EXPR$0, count(*)\n"
		  "    [fragment 0] hash_agg keys: 1 aggs: count(*)\n"
		  "      scan hits\n" },
		{ "SELECT CAST(ts AS LONG), CAST(ts AS STRING) FROM hits GROUP BY ts",
		  "[fragment 1] result EXPR$0 LONG, EXPR$1 STRING\n"
		  "  project ts, cast(ts as STRING) as EXPR$1\n"
		  "    [fragment 0] hash_agg keys: ts\n"
		  "      scan hits columns: ts\n" },
		{ "SELECT sum(clicks) + count(*), sum(clicks) FROM hits",
		  "[fragment 1] result EXPR$0 LONG, EXPR$1 LONG\n"
		  "  project (sum(clicks) + count(*)) as EXPR$0, sum(clicks)\n"
		  "    [fragment 0] hash_agg aggs: sum(clicks), count(*)\n"
		  "      scan hits columns: clicks\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(filters_groups)
{
	static const struct row rows[] = {
		{ "SELECT country FROM hits GROUP BY country HAVING count(*) > 5 AND sum(clicks) < 3",
		  "[fragment 1] result country STRING\n"
		  "  project country\n"
		  "    filter ((count(*) > 5) and (sum(clicks) < 3))\n"
		  "      [fragment 0] hash_agg keys: country aggs: count(*), sum(clicks)\n"
		  "        scan hits columns: country, clicks\n" },
		{ "SELECT count(*) AS n FROM hits HAVING n > 5",
		  "[fragment 1] result n LONG\n"
		  "  filter (count(*) > 5)\n"
		  "    [fragment 0] hash_agg aggs: count(*)\n"
		  "      scan hits\n" },
		{ "SELECT country, sum(amount) AS amount FROM hits GROUP BY country HAVING amount > 10 AND min(amount) > 1",
		  "[fragment 1] result country STRING, amount DOUBLE\n"
		  "  project country, sum(amount)\n"
		  "    filter ((sum(amount) > 10.0) and (min(amount) > 1.0))\n"
		  "      [fragment 0] hash_agg keys: country aggs: sum(amount), min(amount)\n"
		  "        scan hits columns: country, amount\n" },
		{ "SELECT lower(country) AS c, count(*) FROM hits GROUP BY c HAVING c <> 'x'",
		  "[fragment 1] result c STRING, EXPR$1 LONG\n"
		  "  [fragment 0] hash_agg keys: lower(country) aggs: count(*)\n"
		  "    filter (lower(country) <> 'x')\n"
		  "      scan hits columns: country\n" },
		{ "SELECT 1 FROM hits HAVING true", "[fragment 1] result EXPR$0 INT\n"
						    "  project 1 as EXPR$0\n"
						    "    [fragment 0] hash_agg aggs: count(*)\n"
						    "      scan hits\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(removes_duplicates_by_grouping)
{
	static const struct row rows[] = {
		{ "SELECT DISTINCT country FROM hits", "[fragment 1] result country STRING\n"
						       "  [fragment 0] hash_agg keys: country\n"
						       "    scan hits columns: country\n" },
		{ "SELECT DISTINCT country, id + 1 FROM hits ORDER BY id + 1, 1",
		  "[fragment 2] result country STRING, EXPR$1 LONG\n"
		  "  [fragment 1] sort by: (id + 1), country\n"
		  "    [fragment 0] hash_agg keys: country, (id + 1)\n"
		  "      scan hits columns: id, country\n" },
		{ "SELECT DISTINCT count(*) FROM hits GROUP BY country",
		  "[fragment 2] result EXPR$0 LONG\n"
		  "  [fragment 1] hash_agg keys: count(*)\n"
		  "    [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "      scan hits columns: country\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(sorts_by_columns_and_hidden_expressions)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits ORDER BY id", "[fragment 1] result id LONG\n"
						     "  [fragment 0] sort by: id\n"
						     "    scan hits columns: id\n" },
		{ "SELECT id FROM hits ORDER BY id DESC, 1 NULLS FIRST",
		  "[fragment 1] result id LONG\n"
		  "  [fragment 0] sort by: id desc\n"
		  "    scan hits columns: id\n" },
		{ "SELECT id AS a, clicks AS id FROM hits ORDER BY id",
		  "[fragment 1] result a LONG, id INT\n"
		  "  [fragment 0] sort by: clicks\n"
		  "    scan hits columns: id, clicks\n" },
		{ "SELECT id FROM hits ORDER BY clicks DESC NULLS LAST, id + 1",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] sort by: clicks desc nulls last, (id + 1)\n"
		  "      project id, clicks, (id + 1)\n"
		  "        scan hits columns: id, clicks\n" },
		{ "SELECT country FROM hits GROUP BY country ORDER BY sum(clicks) DESC, count(*)",
		  "[fragment 2] result country STRING\n"
		  "  project country\n"
		  "    [fragment 1] sort by: sum(clicks) desc, count(*)\n"
		  "      [fragment 0] hash_agg keys: country aggs: sum(clicks), count(*)\n"
		  "        scan hits columns: country, clicks\n" },
		{ "SELECT count(*) FROM hits ORDER BY sum(clicks)",
		  "[fragment 1] result EXPR$0 LONG\n"
		  "  [fragment 0] hash_agg aggs: count(*)\n"
		  "    scan hits\n" },
		{ "SELECT id FROM hits ORDER BY 'x', 1 + 1", "[fragment 0] result id LONG\n"
							     "  scan hits columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(cuts_the_result)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits LIMIT 5", "[fragment 0] result id LONG\n"
						 "  limit 5\n"
						 "    scan hits columns: id\n" },
		{ "SELECT id FROM hits LIMIT 5 OFFSET 2", "[fragment 0] result id LONG\n"
							  "  limit 5 offset 2\n"
							  "    scan hits columns: id\n" },
		{ "SELECT id FROM hits OFFSET 2", "[fragment 0] result id LONG\n"
						  "  limit all offset 2\n"
						  "    scan hits columns: id\n" },
		{ "SELECT id FROM hits ORDER BY id LIMIT 99999 OFFSET 1",
		  "[fragment 1] result id LONG\n"
		  "  [fragment 0] topn by: id limit 99999 offset 1\n"
		  "    scan hits columns: id\n" },
		{ "SELECT id FROM hits ORDER BY id LIMIT 100000 OFFSET 1",
		  "[fragment 1] result id LONG\n"
		  "  limit 100000 offset 1\n"
		  "    [fragment 0] sort by: id\n"
		  "      scan hits columns: id\n" },
		{ "SELECT id FROM hits ORDER BY clicks OFFSET 7",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    limit all offset 7\n"
		  "      [fragment 0] sort by: clicks\n"
		  "        scan hits columns: id, clicks\n" },
		{ "SELECT count(*) FROM hits LIMIT 1", "[fragment 1] result EXPR$0 LONG\n"
						       "  [fragment 0] hash_agg aggs: count(*)\n"
						       "    scan hits\n" },
		{ "SELECT id FROM hits ORDER BY id LIMIT 0", "[fragment 0] result id LONG\n"
							     "  values 0 rows\n" },
		{ "SELECT id FROM (SELECT id FROM hits LIMIT 10000000) LIMIT 3",
		  "[fragment 0] result id LONG\n"
		  "  limit 3\n"
		  "    limit 10000000\n"
		  "      scan hits columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(limits_single_stage_results_to_ten_rows)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits", "[fragment 0] result id LONG\n"
					 "  limit 10\n"
					 "    scan hits columns: id\n" },
		{ "SELECT country, count(*) FROM hits GROUP BY country ORDER BY 2",
		  "[fragment 2] result country STRING, count(*) LONG\n"
		  "  [fragment 1] topn by: count(*) limit 10\n"
		  "    [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "      scan hits columns: country\n" },
		{ "SELECT count(*) FROM hits", "[fragment 1] result count(*) LONG\n"
					       "  [fragment 0] hash_agg aggs: count(*)\n"
					       "    scan hits\n" },
		{ "SELECT id FROM (SELECT id FROM hits) OFFSET 3", "[fragment 0] result id LONG\n"
								   "  limit 10 offset 3\n"
								   "    scan hits columns: id\n" },
		{ "VALUES (1), (2)", "[fragment 0] result EXPR$0 INT\n"
				     "  values 2 rows\n" },
	};

	fx.options.dialect = DIALECT_SINGLE_STAGE;
	CHECK(rows);
}
END_TEST

START_TEST(labels_expressions_as_the_single_stage_engine_does)
{
	static const struct row rows[] = {
		{ "SELECT id + 1, COUNT(*), Sum(CLICKS), COUNT(DISTINCT id), 'x', 2.5 FROM hits GROUP BY id",
		  "[fragment 1] result plus(id,1) LONG, count(*) LONG, sum(CLICKS) DOUBLE, distinctcount(id) INT, 'x' STRING, 2.5 DOUBLE\n"
		  "  limit 10\n"
		  "    project (id + 1) as plus(id,1), count(*), sum(clicks), count(distinct id), 'x' as 'x', 2.5 as 2.5\n"
		  "      [fragment 0] hash_agg keys: id aggs: count(*), sum(clicks), count(distinct id)\n"
		  "        scan hits columns: id, clicks\n" },
		{ "SELECT sum(clicks), min(id), avg(clicks), distinctcount(id), 1 / 2 FROM hits",
		  "[fragment 1] result sum(clicks) DOUBLE, min(id) DOUBLE, avg(clicks) DOUBLE, distinctcount(id) INT, divide(1,2) DOUBLE\n"
		  "  project sum(clicks), min(id), avg(clicks), count(distinct id), 0.5 as divide(1,2)\n"
		  "    [fragment 0] hash_agg aggs: sum(clicks), min(id), avg(clicks), count(distinct id)\n"
		  "      scan hits columns: id, clicks\n" },
	};

	fx.options.dialect = DIALECT_SINGLE_STAGE;
	CHECK(rows);
}
END_TEST

START_TEST(plans_queries_in_queries)
{
	static const struct row rows[] = {
		{ "SELECT twice FROM (SELECT id * 2 AS twice FROM hits) AS t WHERE twice > 10",
		  "[fragment 0] result twice LONG\n"
		  "  project (id * 2) as twice\n"
		  "    filter ((id * 2) > 10)\n"
		  "      scan hits columns: id\n" },
		{ "SELECT t.EXPR$0 FROM (SELECT count(*) FROM hits) AS t",
		  "[fragment 1] result EXPR$0 LONG\n"
		  "  [fragment 0] hash_agg aggs: count(*)\n"
		  "    scan hits\n" },
		{ "SELECT max(n) FROM (SELECT country, count(*) AS n FROM hits GROUP BY country) GROUP BY country",
		  "[fragment 2] result EXPR$0 LONG\n"
		  "  project max(count(*))\n"
		  "    [fragment 1] hash_agg keys: country aggs: max(count(*))\n"
		  "      [fragment 0] hash_agg keys: country aggs: count(*)\n"
		  "        scan hits columns: country\n" },
		{ "SELECT EXPR$0 FROM (VALUES (1, 'x'), (2, 'y')) AS t WHERE EXPR$1 = 'x'",
		  "[fragment 0] result EXPR$0 INT\n"
		  "  project EXPR$0\n"
		  "    filter (EXPR$1 = 'x')\n"
		  "      values 2 rows\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(plans_rows_of_values)
{
	static const struct row rows[] = {
		{ "VALUES (1, 'a', NULL), (2.5, NULL, NULL)",
		  "[fragment 0] result EXPR$0 DOUBLE, EXPR$1 STRING, EXPR$2 UNKNOWN\n"
		  "  values 2 rows\n" },
		{ "VALUES (3), (1 + 1), (CAST('1' AS INT)) ORDER BY EXPR$0 DESC LIMIT 2",
		  "[fragment 1] result EXPR$0 LONG\n"
		  "  [fragment 0] topn by: EXPR$0 desc limit 2\n"
		  "    values 3 rows\n" },
		{ "VALUES ('2024-01-01'), (TIMESTAMP '2024-01-02 00:00:00')",
		  "[fragment 0] result EXPR$0 TIMESTAMP\n"
		  "  values 2 rows\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, projects_what_the_select_list_says);
	tcase_add_test(tc, lists_stars_by_name_when_told_so);
	tcase_add_test(tc, filters_rows);
	tcase_add_test(tc, groups_rows);
	tcase_add_test(tc, filters_groups);
	tcase_add_test(tc, removes_duplicates_by_grouping);
	tcase_add_test(tc, sorts_by_columns_and_hidden_expressions);
	tcase_add_test(tc, cuts_the_result);
	tcase_add_test(tc, limits_single_stage_results_to_ten_rows);
	tcase_add_test(tc, labels_expressions_as_the_single_stage_engine_does);
	tcase_add_test(tc, plans_queries_in_queries);
	tcase_add_test(tc, plans_rows_of_values);
	return unit_main("plan/bind_select", tc);
}
