/* test_rule_scan_ranges.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("scan_ranges", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(learns_from_comparisons)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id > 1 AND id <= 9 AND clicks = 5 AND amount < 2.5 AND country >= 'x' AND ok = true",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and (id <= 9) and (clicks = 5) and (amount < 2.5) and (country >= 'x') and (ok = true))\n"
		  "      scan hits columns: id, country, amount, clicks, ok\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and (id <= 9) and (clicks = 5) and (amount < 2.5) and (country >= 'x') and (ok = true))\n"
		  "      scan hits columns: id, country, amount, clicks, ok ranges: id >= 2 and id <= 9 and clicks >= 5 and clicks <= 5 and amount <= 2.5 and country >= 'x' and ok >= true and ok <= true\n" },
		{ "SELECT id FROM hits WHERE 1 < id AND 9 >= id AND 5 = clicks",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((1 < id) and (9 >= id) and (5 = clicks))\n"
		  "      scan hits columns: id, clicks\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((1 < id) and (9 >= id) and (5 = clicks))\n"
		  "      scan hits columns: id, clicks ranges: id >= 2 and id <= 9 and clicks >= 5 and clicks <= 5\n" },
		{ "SELECT id FROM hits WHERE id BETWEEN 3 AND 7 AND ts >= '2024-01-01'",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id >= 3) and (id <= 7) and (ts >= TIMESTAMP '2024-01-01 00:00:00.0'))\n"
		  "      scan hits columns: id, ts\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id >= 3) and (id <= 7) and (ts >= TIMESTAMP '2024-01-01 00:00:00.0'))\n"
		  "      scan hits columns: id, ts ranges: id >= 3 and id <= 7 and ts >= TIMESTAMP '2024-01-01 00:00:00.0'\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(takes_the_narrowest_of_several)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id > 1 AND id > 5 AND id > 3 AND id < 9 AND id < 100",
		  "result id LONG\n"
		  "  filter ((id > 1) and (id > 5) and (id > 3) and (id < 9) and (id < 100))\n"
		  "    scan hits columns: id\n",
		  "result id LONG\n"
		  "  filter ((id > 1) and (id > 5) and (id > 3) and (id < 9) and (id < 100))\n"
		  "    scan hits columns: id ranges: id >= 6 and id <= 8\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(learns_from_sets)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id IN (7, 3, 5) AND country IN ('b', 'a') AND clicks NOT IN (1) AND ts IN (NULL, '2024-01-01')",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id in (7, 3, 5)) and (country in ('b', 'a')) and (clicks not in (1)) and (ts in (TIMESTAMP '2024-01-01 00:00:00.0', NULL)))\n"
		  "      scan hits columns: id, country, clicks, ts\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id in (7, 3, 5)) and (country in ('b', 'a')) and (clicks not in (1)) and (ts in (TIMESTAMP '2024-01-01 00:00:00.0', NULL)))\n"
		  "      scan hits columns: id, country, clicks, ts ranges: id >= 3 and id <= 7 and country >= 'a' and country <= 'b' and ts >= TIMESTAMP '2024-01-01 00:00:00.0' and ts <= TIMESTAMP '2024-01-01 00:00:00.0'\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(learns_from_the_clock)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE ts > ago('PT1H') AND ts <= now() + 60000 AND clicks < now()",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((ts > ago('PT1H')) and (ts <= (now() + 60000)) and (clicks < now()))\n"
		  "      scan hits columns: id, clicks, ts\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((ts > ago('PT1H')) and (ts <= (now() + 60000)) and (clicks < now()))\n"
		  "      scan hits columns: id, clicks, ts ranges: ts >= TIMESTAMP '2023-11-14 21:13:20.001' and ts <= TIMESTAMP '2023-11-14 22:14:20.0' and clicks <= 1699999999999\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(stops_at_the_ends_of_the_type)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id > 9223372036854775807 AND clicks < -9223372036854775808",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 9223372036854775807) and (clicks < -9223372036854775808))\n"
		  "      scan hits columns: id, clicks\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 9223372036854775807) and (clicks < -9223372036854775808))\n"
		  "      scan hits columns: id, clicks ranges: id >= 9223372036854775807 and clicks <= -9223372036854775808\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(learns_nothing_from_the_rest)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id <> 1 AND (id = 1 OR clicks = 2) AND id = clicks AND id + 1 = 2 AND clicks > 1.5 AND NOT ok",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id <> 1) and ((id = 1) or (clicks = 2)) and (id = clicks) and ((id + 1) = 2) and (cast(clicks as DOUBLE) > 1.5) and not(ok))\n"
		  "      scan hits columns: id, clicks, ok\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

START_TEST(is_told_below_joins_and_groups)
{
	static const struct row rows[] = {
		{ "SELECT u.age, count(*) FROM users u JOIN hits h ON u.id = h.id WHERE h.clicks > 3 GROUP BY u.age HAVING u.age = 5",
		  "result age INT, EXPR$1 LONG\n"
		  "  hash_agg keys: age aggs: count(*)\n"
		  "    project age\n"
		  "      hash_join on: id = id\n"
		  "        project id\n"
		  "          filter (clicks > 3)\n"
		  "            scan hits columns: id, clicks\n"
		  "        filter (age = 5)\n"
		  "          scan users columns: id, age\n",
		  "result age INT, EXPR$1 LONG\n"
		  "  hash_agg keys: age aggs: count(*)\n"
		  "    project age\n"
		  "      hash_join on: id = id\n"
		  "        project id\n"
		  "          filter (clicks > 3)\n"
		  "            scan hits columns: id, clicks ranges: clicks >= 4\n"
		  "        filter (age = 5)\n"
		  "          scan users columns: id, age ranges: age >= 5 and age <= 5\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, learns_from_comparisons);
	tcase_add_test(tc, takes_the_narrowest_of_several);
	tcase_add_test(tc, learns_from_sets);
	tcase_add_test(tc, learns_from_the_clock);
	tcase_add_test(tc, stops_at_the_ends_of_the_type);
	tcase_add_test(tc, learns_nothing_from_the_rest);
	tcase_add_test(tc, is_told_below_joins_and_groups);
	return unit_main("plan/rule_scan_ranges", tc);
}
