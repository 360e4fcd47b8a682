/* test_fold.c - constants by the functions' own kernels. */
#include "broker/plan/fold.h"

#include "broker/plan/plan_expr.h"
#include "tests/support/plan/plan_fixture.h"

/* Folds while binding: the text is that of a constant, or still of a call. */
START_TEST(works_out_calls_of_every_type)
{
	fx_check_expr("1 + 2", "3 LONG");
	fx_check_expr("2.5 * 2", "5.0 DOUBLE");
	fx_check_expr("upper('abc')", "'ABC' STRING");
	fx_check_expr("concat('a text that is longer than', ' twelve bytes')",
		      "'a text that is longer than twelve bytes' STRING");
	fx_check_expr("length('Fluß') = 4", "true BOOLEAN");
	fx_check_expr("CAST('2024-01-02 03:04:05' AS TIMESTAMP)",
		      "TIMESTAMP '2024-01-02 03:04:05.0' TIMESTAMP");
	fx_check_expr("CAST('00ff' AS BYTES)", "X'00ff' BYTES");
	fx_check_expr("abs(-3) + length(concat('ab', 'c'))", "6 LONG");
}
END_TEST

START_TEST(knows_what_null_does)
{
	fx_check_expr("1 + NULL", "NULL LONG");
	fx_check_expr("id + NULL", "NULL LONG");
	fx_check_expr("id = NULL", "NULL BOOLEAN");
	fx_check_expr("NULL IS NULL", "true BOOLEAN");
	fx_check_expr("1 IS DISTINCT FROM NULL", "true BOOLEAN");
	fx_check_expr("id IS DISTINCT FROM NULL", "isdistinctfrom(id, NULL) BOOLEAN");
	fx_check_expr("NOT NULL", "NULL BOOLEAN");
}
END_TEST

START_TEST(leaves_errors_for_run_time)
{
	fx_check_expr("1 / 0", "(1 div 0) LONG");
	fx_check_expr("9223372036854775807 + 1", "(9223372036854775807 + 1) LONG");
	fx_check_expr("CAST('x' AS LONG)", "cast('x' as LONG) LONG");
	fx_check_expr("1 + (1 / 0)", "(1 + (1 div 0)) LONG");
	fx_check_expr("repeat('x', 2000000)", "repeat('x', 2000000) STRING");
	ck_assert_int_eq(fx.err.code, ERR_NONE);
}
END_TEST

START_TEST(leaves_what_changes_from_call_to_call)
{
	fx_check_expr("now()", "now() LONG");
	fx_check_expr("now() + 1", "(now() + 1) LONG");
}
END_TEST

/* The kernel gives control back several times on its way through a long text. */
START_TEST(pauses_in_long_kernels)
{
	struct plan_rewrite r = fx_rewrite();
	struct plan_expr *call, *arg;
	struct func_match m;
	enum col_type type = COL_STRING;
	struct value text = { .type = COL_STRING };
	struct value out;
	bool is_folded;
	char *bytes = arena_alloc_bytes(&fx.arena, 1 << 20, &fx.err);

	memset(bytes, 'a', 1 << 20);
	text.str = (struct str){ bytes, 1 << 20 };
	ck_assert_int_eq(func_resolve(STR("upper"), &type, 1, &m, &fx.err), 0);
	arg = plan_expr_const(&r, &text, 0);
	call = plan_expr_new(&r, EXPR_CALL, COL_STRING, 0, 1);
	call->def = m.def;
	call->args[0] = arg;
	fx.coop.credit = 0; /* and nobody refills: each piece is followed by a pause */
	ck_assert_int_eq(plan_fold_call(&r, call, &out, &is_folded), 0);
	ck_assert(is_folded && out.str.len == 1 << 20);
	ck_assert(out.str.ptr[0] == 'A' && out.str.ptr[(1 << 20) - 1] == 'A');
	ck_assert_int_lt(fx.coop.credit, -100000);

	fx.coop.credit = 0;
	(void)token_set(&fx.token, CANCEL_USER);
	ck_assert_int_lt(plan_fold_call(&r, call, &out, &is_folded), 0);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

static const struct {
	const char *expression;
	bool is_known;
	int64_t value;
} clocks[] = {
	{ "now()", true, 1700000000000 },       { "now() - 60 * 1000", true, 1699999940000 },
	{ "ago('PT1M')", true, 1699999940000 }, { "now() + id", false, 0 },
	{ "ago('yesterday')", false, 0 },       { "now() / 0", false, 0 },
};

START_TEST(reads_the_clock_of_the_statement)
{
	struct plan_rewrite r;
	struct plan_node *project;
	struct value v = { 0 };
	bool is_known;
	char sql[200];

	(void)snprintf(sql, sizeof(sql), "SELECT %s FROM hits", clocks[_i].expression);
	project = fx_plan(sql)->root->child[0];
	ck_assert_int_eq(project->kind, PLAN_PROJECT);
	r = fx_rewrite();
	ck_assert_int_eq(plan_fold_clock(&r, project->project.exprs[0], &v, &is_known), 0);
	ck_assert_int_eq(is_known, clocks[_i].is_known);
	if (is_known)
		ck_assert_int_eq(v.i64, clocks[_i].value);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, works_out_calls_of_every_type);
	tcase_add_test(tc, knows_what_null_does);
	tcase_add_test(tc, leaves_errors_for_run_time);
	tcase_add_test(tc, leaves_what_changes_from_call_to_call);
	tcase_add_test(tc, pauses_in_long_kernels);
	tcase_add_loop_test(tc, reads_the_clock_of_the_statement, 0, ARRAY_SIZE(clocks));
	return unit_main("plan/fold", tc);
}
