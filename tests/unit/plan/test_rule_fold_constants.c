/* test_rule_fold_constants.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("fold_constants", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(works_out_what_aliases_bring_together)
{
	static const struct row rows[] = {
		{ "SELECT id, 5 AS five FROM hits WHERE five > 3 AND id > five",
		  "result id LONG, five INT\n"
		  "  project id, 5 as five\n"
		  "    filter (true and (id > 5))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG, five INT\n"
		  "  project id, 5 as five\n"
		  "    filter (id > 5)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(drops_what_cannot_matter_from_and_and_or)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id > 1 AND 1 = 1 AND (ok AND (2 > 1 AND clicks > 2))",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and true and ok and true and (clicks > 2))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and ok and (clicks > 2))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE id > 1 AND 1 = 2",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id > 1) and false)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter false\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE 1 = 2 OR ok OR (1 = 2 OR id = 3)",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (false or ok or (false or (id = 3)))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (ok or (id = 3))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE ok OR 1 = 1",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (ok or true)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE 1 = 1 AND 2 = 2",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (true and true)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE NULL AND ok",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (NULL and ok)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
		{ "SELECT id FROM hits WHERE NOT (1 = 2) AND NOT ok",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (true and not(ok))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter not(ok)\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(takes_branches_that_are_certain)
{
	static const struct row rows[] = {
		{ "SELECT CASE WHEN 1 = 2 THEN 1 WHEN ok THEN 2 WHEN 1 = 1 THEN 3 ELSE 4 END FROM hits",
		  "result EXPR$0 INT\n"
		  "  project case when false then 1 when ok then 2 when true then 3 else 4 end as EXPR$0\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 INT\n"
		  "  project case when ok then 2 else 3 end as EXPR$0\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT CASE WHEN NULL THEN id ELSE clicks END FROM hits",
		  "result EXPR$0 LONG\n"
		  "  project case when NULL then id else clicks end as EXPR$0\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 LONG\n"
		  "  project clicks\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(answers_in_for_constants)
{
	static const struct row rows[] = {
		{ "SELECT 1 IN (1, 2), 3 IN (1, 2), 3 NOT IN (1, 2), 3 IN (1, NULL), NULL IN (1), id IN (NULL) FROM hits",
		  "result EXPR$0 BOOLEAN, EXPR$1 BOOLEAN, EXPR$2 BOOLEAN, EXPR$3 BOOLEAN, EXPR$4 BOOLEAN, EXPR$5 BOOLEAN\n"
		  "  project (1 in (1, 2)) as EXPR$0, (3 in (1, 2)) as EXPR$1, (3 not in (1, 2)) as EXPR$2, (3 in (1, NULL)) as EXPR$3, (NULL in (1)) as EXPR$4, (id in (NULL)) as EXPR$5\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result EXPR$0 BOOLEAN, EXPR$1 BOOLEAN, EXPR$2 BOOLEAN, EXPR$3 BOOLEAN, EXPR$4 BOOLEAN, EXPR$5 BOOLEAN\n"
		  "  project true as EXPR$0, false as EXPR$1, true as EXPR$2, NULL as EXPR$3, NULL as EXPR$4, NULL as EXPR$5\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(leaves_to_run_time_what_fails)
{
	static const struct row rows[] = {
		{ "SELECT 1 / 0, CAST('x' AS INT), CASE WHEN ok THEN 1 / 0 END FROM hits",
		  "result EXPR$0 LONG, EXPR$1 INT, EXPR$2 LONG\n"
		  "  project (1 div 0) as EXPR$0, cast('x' as INT) as EXPR$1, case when ok then (1 div 0) else NULL end as EXPR$2\n"
		  "    scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, works_out_what_aliases_bring_together);
	tcase_add_test(tc, drops_what_cannot_matter_from_and_and_or);
	tcase_add_test(tc, takes_branches_that_are_certain);
	tcase_add_test(tc, answers_in_for_constants);
	tcase_add_test(tc, leaves_to_run_time_what_fails);
	return unit_main("plan/rule_fold_constants", tc);
}
