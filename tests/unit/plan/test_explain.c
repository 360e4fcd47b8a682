/* test_explain.c - EXPLAIN in both forms, and plans as text. */
#include "broker/plan/plan_expr.h"
#include "tests/support/plan/plan_fixture.h"

static const struct plan_node *values_of(const struct plan *plan)
{
	const struct plan_node *n = plan->root->child[0];

	ck_assert_int_eq(plan->root->kind, PLAN_RESULT);
	ck_assert_int_eq(n->kind, PLAN_VALUES);
	return n;
}

static bool is_text(const struct plan_expr *e, const char *text)
{
	return e->kind == EXPR_CONST && str_eq(e->constant.str, str_of(text));
}

START_TEST(gives_a_row_per_node_on_the_single_stage_engine)
{
	static const struct {
		const char *text;
		int64_t id, parent;
	} wanted[] = {
		{ "[fragment 1] result country STRING, count(*) LONG", 0, -1 },
		{ "limit 10", 1, 0 },
		{ "[fragment 0] hash_agg keys: country aggs: count(*)", 2, 1 },
		{ "filter (clicks > 3)", 3, 2 },
		{ "scan hits columns: country, clicks ranges: clicks >= 4", 4, 3 },
	};
	const struct plan_node *n;

	fx.options.dialect = DIALECT_SINGLE_STAGE;
	n = values_of(
		fx_plan("EXPLAIN PLAN FOR SELECT country, count(*) FROM hits WHERE clicks > 3 "
			"GROUP BY country"));
	ck_assert(fx.plan.is_explain);
	ck_assert_uint_eq(n->n_columns, 3);
	ck_assert(str_eq(n->columns[0].name, STR("Operator")) && n->columns[0].type == COL_STRING);
	ck_assert(str_eq(n->columns[1].name, STR("Operator_Id")) && n->columns[1].type == COL_INT);
	ck_assert(str_eq(n->columns[2].name, STR("Parent_Id")) && n->columns[2].type == COL_INT);
	ck_assert_uint_eq(n->values.n_rows, ARRAY_SIZE(wanted));
	for (uint32_t i = 0; i < n->values.n_rows; i++) {
		struct plan_expr **row = n->values.rows[i];

		ck_assert_msg(is_text(row[0], wanted[i].text), "row %u: " STR_FMT, i,
			      STR_ARG(row[0]->constant.str));
		ck_assert_int_eq(row[1]->constant.i64, wanted[i].id);
		ck_assert_int_eq(row[2]->constant.i64, wanted[i].parent);
	}
}
END_TEST

START_TEST(gives_statement_and_tree_on_the_multi_stage_engine)
{
	const struct plan_node *n =
		values_of(fx_plan("SET a = 1; EXPLAIN  SELECT id FROM hits ORDER BY id LIMIT 3"));

	ck_assert_uint_eq(n->n_columns, 2);
	ck_assert(str_eq(n->columns[0].name, STR("SQL")) &&
		  str_eq(n->columns[1].name, STR("PLAN")));
	ck_assert_uint_eq(n->values.n_rows, 1);
	ck_assert(is_text(n->values.rows[0][0], "SELECT id FROM hits ORDER BY id LIMIT 3"));
	ck_assert(is_text(n->values.rows[0][1], "[fragment 1] result id LONG\n"
						"  [fragment 0] topn by: id limit 3\n"
						"    scan hits columns: id\n"));
}
END_TEST

START_TEST(refuses_what_the_statement_would_be_refused_for)
{
	fx_check_error("EXPLAIN PLAN FOR SELECT foo FROM hits", ERR_COLUMN_UNKNOWN, "foo",
		       "Unknown columnName 'foo' found in the query");
}
END_TEST

START_TEST(prints_every_kind_of_constant)
{
	fx_check_expr("country = 'it''s'", "(country = 'it''s') BOOLEAN");
	fx_check_expr("raw = X'00ff'", "(raw = X'00ff') BOOLEAN");
	fx_check_expr("ok = true", "(ok = true) BOOLEAN");
	fx_check_expr("amount = 1", "(amount = 1.0) BOOLEAN");
	fx_check_expr("ts = '2024-01-01'", "(ts = TIMESTAMP '2024-01-01 00:00:00.0') BOOLEAN");
	fx_check_expr("CAST(NULL AS INT)", "NULL INT");
}
END_TEST

/* A group's text holds that of the groups below it, and so on: it has to end. */
START_TEST(cuts_lines_that_would_not_end)
{
	struct strbuf sql = STRBUF_INIT;
	const struct plan *plan;

	for (int i = 0; i < 60; i++)
		strbuf_add_str(&sql, STR("SELECT m || m AS m FROM ("));
	strbuf_add_str(&sql, STR("SELECT country AS m FROM hits"));
	for (int i = 0; i < 60; i++)
		strbuf_add_str(&sql, STR(") AS t GROUP BY 1"));
	plan = fx_plan(sql.ptr);
	strbuf_reset(&fx.text);
	plan_format_node(plan->root->child[0], &fx.text);
	ck_assert_uint_lt(fx.text.len, 5000);
	ck_assert_str_eq(fx.text.ptr + fx.text.len - 3, "...");
	strbuf_fini(&sql);
}
END_TEST

START_TEST(numbers_columns_whose_names_it_does_not_know)
{
	struct plan_rewrite r = fx_rewrite();

	plan_format_expr(plan_expr_column(&r, 7, COL_LONG, 0), NULL, &fx.text);
	ck_assert_str_eq(fx.text.ptr, "col7");
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, gives_a_row_per_node_on_the_single_stage_engine);
	tcase_add_test(tc, gives_statement_and_tree_on_the_multi_stage_engine);
	tcase_add_test(tc, refuses_what_the_statement_would_be_refused_for);
	tcase_add_test(tc, prints_every_kind_of_constant);
	tcase_add_test(tc, cuts_lines_that_would_not_end);
	tcase_add_test(tc, numbers_columns_whose_names_it_does_not_know);
	return unit_main("plan/explain", tc);
}
