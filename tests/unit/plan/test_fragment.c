/* test_fragment.c - the tree in parts that can run one after the other. */
#include "broker/plan/plan_node.h"
#include "tests/support/plan/plan_fixture.h"

/* "0: hash_agg <- scan; 1: result <- project reads 0" */
static const char *fragments(const char *sql)
{
	const struct plan *plan = fx_plan(sql);

	strbuf_reset(&fx.text);
	for (uint32_t i = 0; i < plan->n_fragments; i++) {
		const struct plan_fragment *f = &plan->fragments[i];

		strbuf_printf(&fx.text, "%s%u: %s <- %s", i > 0 ? "; " : "", f->id,
			      plan_kind_name(f->sink->kind), plan_kind_name(f->root->kind));
		for (uint32_t k = 0; k < f->n_inputs; k++)
			strbuf_printf(&fx.text, "%s%u", k > 0 ? ", " : " reads ", f->inputs[k]);
	}
	return fx.text.ptr;
}

START_TEST(runs_without_cuts_as_one)
{
	ck_assert_str_eq(fragments("SELECT id + 1 FROM hits WHERE ok LIMIT 3"),
			 "0: result <- limit");
}
END_TEST

START_TEST(cuts_below_what_blocks)
{
	ck_assert_str_eq(
		fragments("SELECT country, count(*) FROM hits GROUP BY country ORDER BY 2"),
		"0: hash_agg <- scan; 1: sort <- hash_agg reads 0; 2: result <- sort reads 1");
	ck_assert_str_eq(fragments("SELECT id FROM hits ORDER BY id LIMIT 5"),
			 "0: topn <- scan; 1: result <- topn reads 0");
}
END_TEST

START_TEST(cuts_below_the_build_side_of_a_join)
{
	ck_assert_str_eq(fragments("SELECT h.id FROM hits h JOIN users u ON h.id = u.id"),
			 "0: hash_join <- scan; 1: result <- project reads 0");
	ck_assert_str_eq(
		fragments("SELECT h.id FROM hits h JOIN users u ON h.id = u.id JOIN countries c "
			  "ON c.code = u.country"),
		"0: hash_join <- scan; 1: hash_join <- scan; 2: result <- project reads 0, 1");
}
END_TEST

START_TEST(lists_inputs_of_either_side)
{
	ck_assert_str_eq(
		fragments(
			"SELECT max(n) FROM (SELECT country, count(*) n FROM hits GROUP BY country)"
			" a JOIN (SELECT country, max(age) m FROM users GROUP BY country) b "
			"ON a.country = b.country"),
		"0: hash_agg <- scan; 1: hash_join <- hash_agg reads 0; 2: hash_agg <- scan; "
		"3: hash_agg <- hash_join reads 1, 2; 4: result <- hash_agg reads 3");
}
END_TEST

START_TEST(numbers_nodes_from_the_root)
{
	const struct plan *plan = fx_plan("SELECT id FROM hits WHERE ok ORDER BY clicks");
	uint32_t id = 0;

	for (const struct plan_node *n = plan->root; n; n = n->child[0])
		ck_assert_uint_eq(n->id, id++);
	ck_assert_uint_eq(plan->n_nodes, id);
}
END_TEST

START_TEST(knows_its_kinds)
{
	static const struct {
		enum plan_kind kind;
		const char *name;
		int cut_child;
		unsigned n_children;
	} kinds[] = {
		{ PLAN_SCAN, "scan", -1, 0 },        { PLAN_VALUES, "values", -1, 0 },
		{ PLAN_FILTER, "filter", -1, 1 },    { PLAN_PROJECT, "project", -1, 1 },
		{ PLAN_HASH_AGG, "hash_agg", 0, 1 }, { PLAN_HASH_JOIN, "hash_join", 1, 2 },
		{ PLAN_SORT, "sort", 0, 1 },         { PLAN_TOPN, "topn", 0, 1 },
		{ PLAN_LIMIT, "limit", -1, 1 },      { PLAN_COOPERATIVE, "cooperative", -1, 1 },
		{ PLAN_RESULT, "result", 0, 1 },
	};

	ck_assert_uint_eq(ARRAY_SIZE(kinds), PLAN_KIND_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		ck_assert_str_eq(plan_kind_name(kinds[i].kind), kinds[i].name);
		ck_assert_int_eq(plan_cut_child(kinds[i].kind), kinds[i].cut_child);
		ck_assert_uint_eq(plan_n_children(kinds[i].kind), kinds[i].n_children);
	}
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, runs_without_cuts_as_one);
	tcase_add_test(tc, cuts_below_what_blocks);
	tcase_add_test(tc, cuts_below_the_build_side_of_a_join);
	tcase_add_test(tc, lists_inputs_of_either_side);
	tcase_add_test(tc, numbers_nodes_from_the_root);
	tcase_add_test(tc, knows_its_kinds);
	return unit_main("plan/fragment", tc);
}
