/* test_rule_limit_groups.c - trees before and after the rule. */
#include <string.h>

#include "broker/plan/plan_node.h"
#include "tests/support/plan/plan_fixture.h"

struct row {
	const char *sql, *before, *after; /* after NULL: as before */
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fx_check_rule("limit_groups", rows[i].sql, rows[i].before, rows[i].after);
}

#define CHECK(rows) check(rows, ARRAY_SIZE(rows))

START_TEST(tells_the_groups_how_many_are_enough)
{
	static const struct row rows[] = {
		{ "SELECT DISTINCT country FROM hits LIMIT 3",
		  "result country STRING\n"
		  "  limit 3\n"
		  "    hash_agg keys: country\n"
		  "      scan hits columns: country\n",
		  "result country STRING\n"
		  "  limit 3\n"
		  "    hash_agg keys: country limit 3\n"
		  "      scan hits columns: country\n" },
		{ "SELECT country FROM hits GROUP BY country, city LIMIT 5 OFFSET 20",
		  "result country STRING\n"
		  "  limit 5 offset 20\n"
		  "    project country\n"
		  "      hash_agg keys: country, city\n"
		  "        scan hits columns: country, city\n",
		  "result country STRING\n"
		  "  limit 5 offset 20\n"
		  "    project country\n"
		  "      hash_agg keys: country, city limit 25\n"
		  "        scan hits columns: country, city\n" },
		/* The count is gone by then, because nobody reads it. */
		{ "SELECT country FROM (SELECT country, count(*) FROM hits GROUP BY country) t LIMIT 1",
		  "result country STRING\n"
		  "  limit 1\n"
		  "    hash_agg keys: country\n"
		  "      scan hits columns: country\n",
		  "result country STRING\n"
		  "  limit 1\n"
		  "    hash_agg keys: country limit 1\n"
		  "      scan hits columns: country\n" },
		/* What HAVING asks of keys alone is below the groups by then. */
		{ "SELECT country FROM hits GROUP BY country HAVING country > 'm' LIMIT 3",
		  "result country STRING\n"
		  "  limit 3\n"
		  "    hash_agg keys: country\n"
		  "      filter (country > 'm')\n"
		  "        scan hits columns: country\n",
		  "result country STRING\n"
		  "  limit 3\n"
		  "    hash_agg keys: country limit 3\n"
		  "      filter (country > 'm')\n"
		  "        scan hits columns: country\n" },
		/* A limit inside of a query. */
		{ "SELECT count(*) FROM (SELECT DISTINCT clicks + 1 FROM hits LIMIT 7) t",
		  "result EXPR$0 LONG\n"
		  "  hash_agg aggs: count(*)\n"
		  "    limit 7\n"
		  "      hash_agg keys: (clicks + 1)\n"
		  "        scan hits columns: clicks\n",
		  "result EXPR$0 LONG\n"
		  "  hash_agg aggs: count(*)\n"
		  "    limit 7\n"
		  "      hash_agg keys: (clicks + 1) limit 7\n"
		  "        scan hits columns: clicks\n" },
	};

	CHECK(rows);
}
END_TEST

START_TEST(leaves_alone_what_needs_all_rows)
{
	static const struct row rows[] = {
		{ "SELECT country, count(*) FROM hits GROUP BY country LIMIT 3",
		  "result country STRING, EXPR$1 LONG\n"
		  "  limit 3\n"
		  "    hash_agg keys: country aggs: count(*)\n"
		  "      scan hits columns: country\n",
		  NULL },
		{ "SELECT DISTINCT country FROM hits ORDER BY country LIMIT 3",
		  "result country STRING\n"
		  "  topn by: country limit 3\n"
		  "    hash_agg keys: country\n"
		  "      scan hits columns: country\n",
		  NULL },
		{ "SELECT country FROM hits GROUP BY country HAVING count(*) > 1 LIMIT 3",
		  "result country STRING\n"
		  "  limit 3\n"
		  "    project country\n"
		  "      filter (count(*) > 1)\n"
		  "        hash_agg keys: country aggs: count(*)\n"
		  "          scan hits columns: country\n",
		  NULL },
		{ "SELECT DISTINCT country FROM hits OFFSET 3",
		  "result country STRING\n"
		  "  limit all offset 3\n"
		  "    hash_agg keys: country\n"
		  "      scan hits columns: country\n",
		  NULL },
		{ "SELECT DISTINCT country FROM hits",
		  "result country STRING\n"
		  "  hash_agg keys: country\n"
		  "    scan hits columns: country\n",
		  NULL },
		{ "SELECT id FROM hits LIMIT 3",
		  "result id LONG\n"
		  "  limit 3\n"
		  "    scan hits columns: id\n",
		  NULL },
		/* Groups that meet something else first. */
		{ "SELECT u.id FROM users u JOIN (SELECT DISTINCT id FROM hits) h ON u.id = h.id LIMIT 3",
		  "result id LONG\n"
		  "  limit 3\n"
		  "    project id\n"
		  "      hash_join on: id = id\n"
		  "        hash_agg keys: id\n"
		  "          scan hits columns: id\n"
		  "        scan users columns: id\n",
		  NULL },
	};

	CHECK(rows);
}
END_TEST

START_TEST(does_not_look_through_a_filter)
{
	struct plan_rewrite r = fx_rewrite();
	struct plan_node *limit;
	struct plan_expr *e;

	fx_bind_for("SELECT DISTINCT ok FROM hits LIMIT 1", "limit_groups");
	limit = fx.plan.root->child[0];
	e = plan_expr_column(&r, 0, COL_BOOLEAN, ERROR_NO_OFFSET);
	ck_assert_ptr_nonnull(e);
	limit->child[0] = plan_filter_new(&r, limit->child[0], e);
	ck_assert_ptr_nonnull(limit->child[0]);
	fx_run_rule("limit_groups");
	ck_assert_uint_eq(limit->child[0]->child[0]->hash_agg.limit, 0);
}
END_TEST

/* The most that a text can ask for: no sum of two of them wraps around. */
START_TEST(adds_the_largest_limit_and_offset)
{
	fx_bind_for("SELECT DISTINCT id FROM hits LIMIT 1000000 OFFSET 9223372036854775807",
		    "limit_groups");
	fx_run_rule("limit_groups");
	ck_assert_uint_eq(fx.plan.root->child[0]->child[0]->hash_agg.limit,
			  1000000 + (uint64_t)INT64_MAX);
	fx_bind_for("SELECT 1 FROM (SELECT DISTINCT id FROM hits LIMIT 99999999999999999999 OFFSET "
		    "99999999999999999999) t LIMIT 1",
		    "limit_groups");
	fx_run_rule("limit_groups");
	ck_assert_ptr_nonnull(strstr(fx_tree(), "hash_agg keys: id limit 18446744073709551614\n"));
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, tells_the_groups_how_many_are_enough);
	tcase_add_test(tc, leaves_alone_what_needs_all_rows);
	tcase_add_test(tc, does_not_look_through_a_filter);
	tcase_add_test(tc, adds_the_largest_limit_and_offset);
	return unit_main("plan/rule_limit_groups", tc);
}
