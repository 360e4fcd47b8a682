/* test_rule_push_filters.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("push_filters", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(goes_through_projections)
{
	static const struct row rows[] = {
		{ "SELECT a FROM (SELECT id + 1 AS a, country AS c FROM hits) t WHERE a > 1 AND c = 'x'",
		  "result a LONG\n"
		  "  project a\n"
		  "    filter ((a > 1) and (country = 'x'))\n"
		  "      project (id + 1) as a, country\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result a LONG\n"
		  "  project a\n"
		  "    project (id + 1) as a, country\n"
		  "      filter (((id + 1) > 1) and (country = 'x'))\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT a FROM (SELECT a FROM (SELECT id AS a FROM hits) t WHERE a > 1) u WHERE a < 9",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter (id < 9)\n"
		  "      project id\n"
		  "        filter (id > 1)\n"
		  "          project id\n"
		  "            scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result a LONG\n"
		  "  project id\n"
		  "    project id\n"
		  "      project id\n"
		  "        filter ((id > 1) and (id < 9))\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(keeps_a_guard_in_front_of_what_may_fail)
{
	static const struct row rows[] = {
		{ "SELECT a FROM (SELECT id AS a, now() AS n FROM hits) t WHERE n > 1 AND 10 / a > 2 AND a < 5",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter ((n > 1) and ((10 div id) > 2) and (id < 5))\n"
		  "      project id, now() as n\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter ((n > 1) and ((10 div id) > 2))\n"
		  "      project id, now() as n\n"
		  "        filter (id < 5)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT a FROM (SELECT id AS a FROM hits) t WHERE a <> 0 AND 10 / a > 2",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter ((id <> 0) and ((10 div id) > 2))\n"
		  "      project id\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result a LONG\n"
		  "  project id\n"
		  "    project id\n"
		  "      filter ((id <> 0) and ((10 div id) > 2))\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(leaves_what_is_volatile)
{
	static const struct row rows[] = {
		{ "SELECT n FROM (SELECT now() AS n FROM hits) t WHERE n > 1",
		  "result n LONG\n"
		  "  project n\n"
		  "    filter (n > 1)\n"
		  "      project now() as n\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

START_TEST(goes_below_joins)
{
	static const struct row rows[] = {
		{ "SELECT a FROM (SELECT u.id AS a, h.city, h.clicks AS c, u.age FROM users u JOIN hits h ON u.id = h.id) t WHERE a > 1 AND c = 2 AND age < c AND 1 / c = 1",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and (clicks = 2) and (age < clicks) and ((1 div clicks) = 1))\n"
		  "      project id, city, clicks, age\n"
		  "        project id, userName, country, age, id, country, city, amount, clicks, ts, ok, price, doc, raw\n"
		  "          hash_join on: id = id\n"
		  "            scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n"
		  "            scan users columns: id, userName, country, age\n",
		  "result a LONG\n"
		  "  project id\n"
		  "    project id, city, clicks, age\n"
		  "      project id, userName, country, age, id, country, city, amount, clicks, ts, ok, price, doc, raw\n"
		  "        filter ((age < clicks) and ((1 div clicks) = 1))\n"
		  "          hash_join on: id = id\n"
		  "            filter (clicks = 2)\n"
		  "              scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n"
		  "            filter (id > 1)\n"
		  "              scan users columns: id, userName, country, age\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(goes_below_aggregates_by_keys_only)
{
	static const struct row rows[] = {
		{ "SELECT k, n FROM (SELECT country AS k, count(*) AS n FROM hits GROUP BY country) t WHERE k = 'x' AND n > 1",
		  "result k STRING, n LONG\n"
		  "  project country, count(*)\n"
		  "    filter ((country = 'x') and (count(*) > 1))\n"
		  "      project country, count(*)\n"
		  "        hash_agg keys: country aggs: count(*)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result k STRING, n LONG\n"
		  "  project country, count(*)\n"
		  "    project country, count(*)\n"
		  "      filter (count(*) > 1)\n"
		  "        hash_agg keys: country aggs: count(*)\n"
		  "          filter (country = 'x')\n"
		  "            scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT k FROM (SELECT id + 1 AS k FROM hits GROUP BY id + 1) t WHERE k > 3",
		  "result k LONG\n"
		  "  project (id + 1)\n"
		  "    filter ((id + 1) > 3)\n"
		  "      project (id + 1)\n"
		  "        hash_agg keys: (id + 1)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result k LONG\n"
		  "  project (id + 1)\n"
		  "    project (id + 1)\n"
		  "      filter ((id + 1) > 3)\n"
		  "        hash_agg keys: (id + 1)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT n FROM (SELECT count(*) AS n FROM hits) t WHERE n > 3",
		  "result n LONG\n"
		  "  project count(*)\n"
		  "    filter (count(*) > 3)\n"
		  "      project count(*)\n"
		  "        hash_agg aggs: count(*)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result n LONG\n"
		  "  project count(*)\n"
		  "    project count(*)\n"
		  "      filter (count(*) > 3)\n"
		  "        hash_agg aggs: count(*)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT k FROM (SELECT DISTINCT lower(city) AS k FROM hits) t WHERE k LIKE 'a%'",
		  "result k STRING\n"
		  "  project lower(city)\n"
		  "    filter like(lower(city), 'a%')\n"
		  "      hash_agg keys: lower(city)\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result k STRING\n"
		  "  project lower(city)\n"
		  "    hash_agg keys: lower(city)\n"
		  "      filter like(lower(city), 'a%')\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(goes_through_sorts_but_not_through_limits)
{
	static const struct row rows[] = {
		{ "SELECT a FROM (SELECT id AS a FROM hits ORDER BY id) t WHERE a > 1",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter (id > 1)\n"
		  "      sort by: id\n"
		  "        project id\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result a LONG\n"
		  "  project id\n"
		  "    sort by: id\n"
		  "      project id\n"
		  "        filter (id > 1)\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT a FROM (SELECT id AS a FROM hits ORDER BY id LIMIT 3) t WHERE a > 1",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter (id > 1)\n"
		  "      topn by: id limit 3\n"
		  "        project id\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
		{ "SELECT a FROM (SELECT id AS a FROM hits LIMIT 3) t WHERE a > 1",
		  "result a LONG\n"
		  "  project id\n"
		  "    filter (id > 1)\n"
		  "      limit 3\n"
		  "        project id\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, goes_through_projections);
	tcase_add_test(tc, keeps_a_guard_in_front_of_what_may_fail);
	tcase_add_test(tc, leaves_what_is_volatile);
	tcase_add_test(tc, goes_below_joins);
	tcase_add_test(tc, goes_below_aggregates_by_keys_only);
	tcase_add_test(tc, goes_through_sorts_but_not_through_limits);
	return unit_main("plan/rule_push_filters", tc);
}
