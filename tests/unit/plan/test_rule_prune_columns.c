/* test_rule_prune_columns.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("prune_columns", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(reads_what_is_needed)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE clicks > 1",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (clicks > 1)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (clicks > 1)\n"
		  "      scan hits columns: id, clicks\n" },
		{ "SELECT count(*) FROM hits",
		  "result EXPR$0 LONG\n"
		  "  project count(*)\n"
		  "    hash_agg aggs: count(*)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG\n"
		  "  hash_agg aggs: count(*)\n"
		  "    scan hits\n" },
		{ "SELECT count(*) FROM (SELECT id + 1 AS a, country FROM hits) t",
		  "result EXPR$0 LONG\n"
		  "  project count(*)\n"
		  "    hash_agg aggs: count(*)\n"
		  "      project (id + 1) as a, country\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG\n"
		  "  hash_agg aggs: count(*)\n"
		  "    scan hits\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(keeps_keys_and_drops_aggregates)
{
	static const struct row rows[] = {
		{ "SELECT n FROM (SELECT country, city, count(*) AS n, sum(id) AS s FROM hits GROUP BY country, city) t",
		  "result n LONG\n"
		  "  project count(*)\n"
		  "    hash_agg keys: country, city aggs: count(*), sum(id)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result n LONG\n"
		  "  project count(*)\n"
		  "    hash_agg keys: country, city aggs: count(*)\n"
		  "      scan hits columns: country, city\n" },
		{ "SELECT 1 FROM (SELECT count(*) AS n, sum(id) AS s FROM hits) t",
		  "result EXPR$0 INT\n"
		  "  project 1 as EXPR$0\n"
		  "    hash_agg aggs: count(*), sum(id)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 INT\n"
		  "  project 1 as EXPR$0\n"
		  "    hash_agg aggs: count(*)\n"
		  "      scan hits\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(cuts_what_only_a_filter_needed_where_rows_are_kept)
{
	static const struct row rows[] = {
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id WHERE h.clicks = 1 AND h.ok",
		  "result id LONG\n"
		  "  project id\n"
		  "    hash_join on: id = id\n"
		  "      scan users columns: id, userName, country, age\n"
		  "      filter ((clicks = 1) and ok)\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    hash_join on: id = id\n"
		  "      scan users columns: id\n"
		  "      project id\n"
		  "        filter ((clicks = 1) and ok)\n"
		  "          scan hits columns: id, clicks, ok\n" },
		{ "SELECT id FROM (SELECT id, clicks AS c FROM hits WHERE ok) t ORDER BY id",
		  "result id LONG\n"
		  "  sort by: id\n"
		  "    project id\n"
		  "      filter ok\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  sort by: id\n"
		  "    project id\n"
		  "      filter ok\n"
		  "        scan hits columns: id, ok\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(cuts_values)
{
	static const struct row rows[] = {
		{ "SELECT EXPR$1 FROM (VALUES (1, 'x'), (2, 'y')) t",
		  "result EXPR$1 STRING\n"
		  "  project EXPR$1\n"
		  "    values 2 rows\n",
		  "result EXPR$1 STRING\n"
		  "  values 2 rows\n" },
		{ "SELECT count(*) FROM (VALUES (1, 'x'), (2, 'y')) t",
		  "result EXPR$0 LONG\n"
		  "  project count(*)\n"
		  "    hash_agg aggs: count(*)\n"
		  "      project EXPR$0, EXPR$1\n"
		  "        values 2 rows\n",
		  "result EXPR$0 LONG\n"
		  "  hash_agg aggs: count(*)\n"
		  "    values 2 rows\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(keeps_sort_keys)
{
	static const struct row rows[] = {
		{ "SELECT id FROM (SELECT id, clicks, city FROM hits ORDER BY clicks LIMIT 3) t",
		  "result id LONG\n"
		  "  project id\n"
		  "    topn by: clicks limit 3\n"
		  "      project id, clicks, city\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    topn by: clicks limit 3\n"
		  "      scan hits columns: id, clicks\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, reads_what_is_needed);
	tcase_add_test(tc, keeps_keys_and_drops_aggregates);
	tcase_add_test(tc, cuts_what_only_a_filter_needed_where_rows_are_kept);
	tcase_add_test(tc, cuts_values);
	tcase_add_test(tc, keeps_sort_keys);
	return unit_main("plan/rule_prune_columns", tc);
}
