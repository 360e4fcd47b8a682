/* test_rule_drop_empty.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("drop_empty", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(reads_nothing_for_nothing)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE 1 = 2 ORDER BY id",
		  "result id LONG\n"
		  "  sort by: id\n"
		  "    project id\n"
		  "      filter false\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  values 0 rows\n" },
		{ "SELECT id FROM hits WHERE id > 1 AND NULL",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and NULL)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  values 0 rows\n" },
		{ "SELECT id FROM hits LIMIT 0",
		  "result id LONG\n"
		  "  limit 0\n"
		  "    project id\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  values 0 rows\n" },
		{ "SELECT country, count(*) FROM hits WHERE 1 = 2 GROUP BY country ORDER BY 2 LIMIT 3",
		  "result country STRING, EXPR$1 LONG\n"
		  "  topn by: count(*) limit 3\n"
		  "    project country, count(*)\n"
		  "      hash_agg keys: country aggs: count(*)\n"
		  "        filter false\n"
		  "          scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result country STRING, EXPR$1 LONG\n"
		  "  values 0 rows\n" },
		{ "SELECT u.id FROM users u JOIN (SELECT id FROM hits WHERE 1 = 2) h ON u.id = h.id",
		  "result id LONG\n"
		  "  project id\n"
		  "    project id, userName, country, age, id\n"
		  "      hash_join on: id = id\n"
		  "        project id\n"
		  "          filter false\n"
		  "            scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n"
		  "        scan users columns: id, userName, country, age\n",
		  "result id LONG\n"
		  "  values 0 rows\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(still_counts_nothing)
{
	static const struct row rows[] = {
		{ "SELECT count(*) FROM hits WHERE 1 = 2",
		  "result EXPR$0 LONG\n"
		  "  project count(*)\n"
		  "    hash_agg aggs: count(*)\n"
		  "      filter false\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG\n"
		  "  project count(*)\n"
		  "    hash_agg aggs: count(*)\n"
		  "      values 0 rows\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, reads_nothing_for_nothing);
	tcase_add_test(tc, still_counts_nothing);
	return unit_main("plan/rule_drop_empty", tc);
}
