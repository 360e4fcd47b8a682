/* test_bind_join.c - joins: order, sides, keys. */
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

START_TEST(builds_the_smaller_side)
{
	static const struct row rows[] = {
		{ "SELECT userName, name FROM users u JOIN countries c ON u.country = c.code",
		  "[fragment 1] result userName STRING, name STRING\n"
		  "  project userName, name\n"
		  "    [fragment 0] hash_join on: country = code\n"
		  "      scan users columns: userName, country\n"
		  "      scan countries columns: code, name\n" },
		{ "SELECT userName, name FROM countries c JOIN users u ON u.country = c.code",
		  "[fragment 1] result userName STRING, name STRING\n"
		  "  project userName, name\n"
		  "    [fragment 0] hash_join on: country = code\n"
		  "      scan users columns: userName, country\n"
		  "      scan countries columns: code, name\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id\n"
		  "      scan hits columns: id\n"
		  "      scan users columns: id\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id WHERE h.clicks = 1 AND h.ok AND h.country = 'x'",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id\n"
		  "      scan users columns: id\n"
		  "      project id\n"
		  "        filter ((clicks = 1) and ok and (country = 'x'))\n"
		  "          scan hits columns: id, country, clicks, ok ranges: clicks >= 1 and clicks <= 1 and country >= 'x' and country <= 'x'\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(takes_unknown_sizes_for_endless)
{
	static const struct row rows[] = {
		{ "SELECT h.id FROM system.numbers n JOIN hits h ON h.id = n.number",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: number = id\n"
		  "      scan system.numbers columns: number\n"
		  "      scan hits columns: id\n" },
		{ "SELECT h.id FROM hits h JOIN system.numbers n ON h.id = n.number",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: number = id\n"
		  "      scan system.numbers columns: number\n"
		  "      scan hits columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(keeps_the_order_of_columns_whatever_side_is_built)
{
	static const struct row rows[] = {
		{ "SELECT * FROM countries c JOIN users u ON u.country = c.code",
		  "[fragment 1] result code STRING, name STRING, population LONG, id LONG, userName STRING, country STRING, age INT\n"
		  "  project code, name, population, id, userName, country, age\n"
		  "    [fragment 0] hash_join on: country = code\n"
		  "      scan users columns: id, userName, country, age\n"
		  "      scan countries columns: code, name, population\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(makes_every_equality_a_key)
{
	static const struct row rows[] = {
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id AND h.country = u.country",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id, country = country\n"
		  "      scan hits columns: id, country\n"
		  "      scan users columns: id, country\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id WHERE lower(h.country) = lower(u.country)",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id, lower(country) = lower(country)\n"
		  "      scan hits columns: id, country\n"
		  "      scan users columns: id, country\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.age + 1 = h.amount",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: amount = cast((age + 1) as DOUBLE)\n"
		  "      scan hits columns: amount\n"
		  "      scan users columns: id, age\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.age = h.id",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = age\n"
		  "      scan hits columns: id\n"
		  "      scan users columns: id, age\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(filters_by_what_is_no_key)
{
	static const struct row rows[] = {
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id AND u.age < h.clicks",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    filter (age < clicks)\n"
		  "      [fragment 0] hash_join on: id = id\n"
		  "        scan hits columns: id, clicks\n"
		  "        scan users columns: id, age\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id AND u.age > 18 WHERE h.clicks = 3",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id\n"
		  "      project id\n"
		  "        filter (clicks = 3)\n"
		  "          scan hits columns: id, clicks ranges: clicks >= 3 and clicks <= 3\n"
		  "      project id\n"
		  "        filter (age > 18)\n"
		  "          scan users columns: id, age ranges: age >= 19\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id WHERE 100 / u.age > 5",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    filter ((100 div age) > 5)\n"
		  "      [fragment 0] hash_join on: id = id\n"
		  "        scan hits columns: id\n"
		  "        scan users columns: id, age\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id AND 100 / u.age > 5 JOIN countries c ON c.code = h.country",
		  "[fragment 2] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: country = code\n"
		  "      project country, id\n"
		  "        filter ((100 div age) > 5)\n"
		  "          [fragment 1] hash_join on: id = id\n"
		  "            scan hits columns: id, country\n"
		  "            scan users columns: id, age\n"
		  "      scan countries columns: code\n" },
		{ "SELECT u.id FROM users u JOIN hits h ON u.id = h.id WHERE now() > 5 AND 1 + 1 = 2",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    filter (now() > 5)\n"
		  "      [fragment 0] hash_join on: id = id\n"
		  "        scan hits columns: id\n"
		  "        scan users columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(joins_what_commas_list)
{
	static const struct row rows[] = {
		{ "SELECT u.id FROM users u, hits h WHERE u.id = h.id",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id\n"
		  "      scan hits columns: id\n"
		  "      scan users columns: id\n" },
		{ "SELECT u.id FROM users u, countries c, hits h WHERE u.id = h.id AND c.name = 'x' AND h.country = c.code",
		  "[fragment 2] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: country = code\n"
		  "      project country, id\n"
		  "        [fragment 1] hash_join on: id = id\n"
		  "          scan hits columns: id, country\n"
		  "          scan users columns: id\n"
		  "      project code\n"
		  "        filter (name = 'x')\n"
		  "          scan countries columns: code, name ranges: name >= 'x' and name <= 'x'\n" },
		{ "SELECT u.id FROM users u CROSS JOIN hits h WHERE u.id = h.id",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = id\n"
		  "      scan hits columns: id\n"
		  "      scan users columns: id\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(joins_a_table_with_itself)
{
	static const struct row rows[] = {
		{ "SELECT a.id FROM users a JOIN users b ON a.id = b.age",
		  "[fragment 1] result id LONG\n"
		  "  project id\n"
		  "    [fragment 0] hash_join on: id = age\n"
		  "      scan users columns: id\n"
		  "      scan users columns: age\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(joins_queries)
{
	static const struct row rows[] = {
		{ "SELECT u.userName, n FROM users u JOIN (SELECT country, count(*) AS n FROM hits GROUP BY country) t ON u.country = t.country",
		  "[fragment 2] result userName STRING, n LONG\n"
		  "  project userName, count(*)\n"
		  "    [fragment 0] hash_join on: country = country\n"
		  "      [fragment 1] hash_agg keys: country aggs: count(*)\n"
		  "        scan hits columns: country\n"
		  "      scan users columns: userName, country\n" },
		{ "SELECT total FROM shop.orders JOIN users ON user_id = id WHERE orders.total > 1 AND shop.orders.total < 5",
		  "[fragment 1] result total DOUBLE\n"
		  "  project total\n"
		  "    [fragment 0] hash_join on: id = user_id\n"
		  "      scan users columns: id\n"
		  "      filter ((total > 1.0) and (total < 5.0))\n"
		  "        scan shop.orders columns: user_id, total ranges: total >= 1.0 and total <= 5.0\n" },
	};

	CHECK(rows);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, builds_the_smaller_side);
	tcase_add_test(tc, takes_unknown_sizes_for_endless);
	tcase_add_test(tc, keeps_the_order_of_columns_whatever_side_is_built);
	tcase_add_test(tc, makes_every_equality_a_key);
	tcase_add_test(tc, filters_by_what_is_no_key);
	tcase_add_test(tc, joins_what_commas_list);
	tcase_add_test(tc, joins_a_table_with_itself);
	tcase_add_test(tc, joins_queries);
	return unit_main("plan/bind_join", tc);
}
