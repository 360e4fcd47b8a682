/* test_rule_merge_projects.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("merge_projects", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(makes_one_of_two)
{
	static const struct row rows[] = {
		{ "SELECT a * 2, c FROM (SELECT id + 1 AS a, country AS c FROM hits) t",
		  "result EXPR$0 LONG, c STRING\n"
		  "  project (a * 2) as EXPR$0, country\n"
		  "    project (id + 1) as a, country\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG, c STRING\n"
		  "  project ((id + 1) * 2) as EXPR$0, country\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT b FROM (SELECT a AS b FROM (SELECT id AS a FROM hits) t) u",
		  "result b LONG\n"
		  "  project id\n"
		  "    project id\n"
		  "      project id\n"
		  "        scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result b LONG\n"
		  "  project id\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT one + one FROM (SELECT 1 AS one FROM hits) t",
		  "result EXPR$0 LONG\n"
		  "  project (one + one) as EXPR$0\n"
		  "    project 1 as one\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG\n"
		  "  project (1 + 1) as EXPR$0\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(computes_nothing_twice)
{
	static const struct row rows[] = {
		{ "SELECT a + a FROM (SELECT id + 1 AS a FROM hits) t",
		  "result EXPR$0 LONG\n"
		  "  project (a + a) as EXPR$0\n"
		  "    project (id + 1) as a\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

START_TEST(keeps_the_value_when_the_type_has_another_name)
{
	static const struct row rows[] = {
		{ "SELECT CAST(a AS TIMESTAMP) FROM (SELECT CAST(country AS LONG) AS a FROM hits) t",
		  "result EXPR$0 TIMESTAMP\n"
		  "  project a\n"
		  "    project cast(country as LONG) as a\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 TIMESTAMP\n"
		  "  project cast(cast(country as LONG) as TIMESTAMP) as EXPR$0\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, makes_one_of_two);
	tcase_add_test(tc, computes_nothing_twice);
	tcase_add_test(tc, keeps_the_value_when_the_type_has_another_name);
	return unit_main("plan/rule_merge_projects", tc);
}
