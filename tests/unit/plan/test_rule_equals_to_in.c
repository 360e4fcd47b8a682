/* test_rule_equals_to_in.c - trees before and after the rule. */
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("equals_to_in", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(makes_one_set_of_equalities)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id = 1 OR id = 2 OR 3 = id OR id IN (3, 4, NULL)",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id = 1) or (id = 2) or (3 = id) or (id in (3, 4, NULL)))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (id in (1, 2, 3, 4, NULL))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE ok AND (lower(city) = 'a' OR lower(city) = 'b')",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (ok and ((lower(city) = 'a') or (lower(city) = 'b')))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter (ok and (lower(city) in ('a', 'b')))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
		{ "SELECT id FROM hits WHERE id = 1 OR country = 'x' OR id = 2 OR clicks > 2 OR country = 'y'",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id = 1) or (country = 'x') or (id = 2) or (clicks > 2) or (country = 'y'))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id in (1, 2)) or (country in ('x', 'y')) or (clicks > 2))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(leaves_alone_what_is_no_list)
{
	static const struct row rows[] = {
		{ "SELECT id FROM hits WHERE id = 1 OR clicks = 1 OR id > 5 OR id NOT IN (7, 8) OR id = clicks",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((id = 1) or (clicks = 1) or (id > 5) or (id not in (7, 8)) or (id = clicks))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
		{ "SELECT id FROM hits WHERE now() = 1 OR now() = 2",
		  "result id LONG\n"
		  "  project id\n"
		  "    filter ((now() = 1) or (now() = 2))\n"
		  "      scan hits columns: id, country, city, amount, clicks, ts, ok, price, doc, raw\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, makes_one_set_of_equalities);
	tcase_add_test(tc, leaves_alone_what_is_no_list);
	return unit_main("plan/rule_equals_to_in", tc);
}
