/*
 * test_expr.c - the expression machine: expr_compile.c, expr_run.c and expr_set.c.
 *
 * Random expressions are compared with a model that works row by row
 * (expr_model.h); what the machine does differently from the model, selections,
 * forms, memos, registers and resuming, has tests of its own.
 */
#include <stdio.h>
#include <string.h>

#include "broker/exec/expr.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/expr_model.h"
#include "tests/support/exec/make.h"

#define N BATCH_ROWS_MAX

static struct plan_run f; /* for its arena: expressions */
static struct engine e;   /* what the machine runs on */
static struct model_input input;

static void setup(void)
{
	plan_run_init(&f);
	engine_init(&e);
}

static void teardown(void)
{
	engine_fini(&e);
	plan_run_fini(&f);
}

/* ---- running the machine ---- */

static struct expr_env env(void)
{
	return (struct expr_env){
		.arena = &e.arena,
		.pool = &e.pool,
		.coop = &e.coop,
		.err = &e.err,
		.now_ms = 1700000000000,
		.max_value_bytes = 20000,
	};
}

static struct expr *compile(const struct plan_expr *plan)
{
	struct expr_env here = env();
	struct expr *x = NULL;

	ck_assert_msg(expr_compile(&here, plan, &x) == 0, "%s", e.err.msg);
	return x;
}

/* How much credit a resume gets. */
enum pace { PACE_PLENTY, PACE_ONE_UNIT, PACE_RANDOM, PACE_COUNT };

static void refill(enum pace pace, uint64_t *seed)
{
	coop_unlimited(&e.coop, &e.token);
	if (pace == PACE_ONE_UNIT)
		engine_one_unit(&e);
	if (pace == PACE_RANDOM)
		e.coop.credit = 1 + (int64_t)(sample_random(seed) % 20000);
}

/* Resumes until the end; each resume has to spend what it got. */
static enum step eval_at(struct expr *x, const struct batch *b, enum pace pace, struct column *out)
{
	static uint64_t seed = 99;
	enum step step;
	long n = 0;

	for (;;) {
		refill(pace, &seed);
		step = expr_eval(x, b, &b->sel, out);
		if (step != STEP_YIELD)
			break;
		ck_assert_int_ne(pace, PACE_PLENTY);
		ck_assert_int_le(e.coop.credit, 0);
		ck_assert_msg(++n < 10000000, "no progress");
	}
	coop_unlimited(&e.coop, &e.token);
	return step;
}

static struct column eval(struct expr *x, const struct batch *b)
{
	struct column out = { 0 };

	ck_assert_msg(eval_at(x, b, PACE_PLENTY, &out) == STEP_DONE, "%s", e.err.msg);
	return out;
}

/* A result is itself a column that any operator may get. */
static void check_column(struct column *c, const struct batch *b)
{
	struct batch result = { .n_rows = b->n_rows, .n_cols = 1, .cols = c, .sel = b->sel };

	batch_check(&result);
}

/* ---- columns by hand ---- */

/* FLAT columns of up to 64 rows, as batch `few`. */
static int64_t longs[8][64];
static uint8_t bools[8][64];
static struct strv texts[8][64];
static uint64_t valid[8];
static struct column few_cols[8];
static struct batch few;

static void few_rows(uint32_t n_rows)
{
	memset(few_cols, 0, sizeof(few_cols));
	memset(valid, 0xff, sizeof(valid));
	few = (struct batch){ .n_rows = n_rows, .cols = few_cols, .sel = { NULL, n_rows } };
}

static void add_column(enum col_type type, const void *values)
{
	few_cols[few.n_cols] =
		(struct column){ .type = type, .values = values, .validity = &valid[few.n_cols] };
	few.n_cols++;
}

static void add_longs(const int64_t *values, uint32_t n)
{
	memcpy(longs[few.n_cols], values, n * sizeof(*values));
	add_column(COL_LONG, longs[few.n_cols]);
}

static struct plan_expr *col(uint32_t column)
{
	return make_column(&f, column, few_cols[column].type);
}

static struct plan_expr *num(int64_t v)
{
	return make_long(&f, v);
}

static struct plan_expr *call(const char *name, struct plan_expr *a, struct plan_expr *b)
{
	return make_call(&f, name, EXPRS(a, b));
}

/* ---- against the model ---- */

static struct value expected[N];

/* False when a row's value is an error. */
static bool ask_model(struct expr_model *m, const struct plan_expr *plan, const struct batch *b)
{
	model_forget(m);
	for (uint32_t i = 0; i < b->sel.n_rows; i++) {
		if (model_eval(m, plan, b, sel_row(&b->sel, i), &expected[i]) < 0)
			return false;
	}
	return true;
}

static void check_rows(const struct plan_expr *plan, struct column *out, const struct batch *b)
{
	ck_assert_int_eq(out->type, plan->type);
	check_column(out, b);
	for (uint32_t i = 0; i < b->sel.n_rows; i++) {
		struct value v = col_value(out, sel_row(&b->sel, i));

		ASSERT_ROW(model_same(&v, &expected[i]));
	}
}

static enum step check_batch(struct expr_model *m, const struct plan_expr *plan,
			     struct expr *const *programs)
{
	bool has_values = ask_model(m, plan, &input.batch);
	enum step want = has_values ? STEP_DONE : STEP_FAILED;

	for (enum pace pace = 0; pace < PACE_COUNT; pace++) {
		struct column out;
		enum step step = eval_at(programs[pace], &input.batch, pace, &out);

		ck_assert_msg(step == want, "step %d and not %d: %s", (int)step, (int)want,
			      has_values ? e.err.msg : m->err.msg);
		if (step == STEP_DONE)
			check_rows(plan, &out, &input.batch);
		else
			ck_assert_int_eq(e.err.code, ERR_SQL_RUNTIME);
	}
	return want;
}

START_TEST(gives_what_a_row_by_row_model_gives)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_LONG,      COL_DOUBLE,
					       COL_STRING,  COL_TIMESTAMP, COL_INT };
	struct plan_expr *plan;
	struct expr_model m;

	model_init(&m, &f, 1000 + (uint64_t)_i);
	for (unsigned round = 0; round < (UNIT_SANITIZED ? 3 : 12); round++) {
		struct expr *programs[PACE_COUNT];

		plan = model_expr(&m, types[(_i + round) % ARRAY_SIZE(types)], 1 + round % 5);
		for (enum pace pace = 0; pace < PACE_COUNT; pace++)
			programs[pace] = compile(plan);
		for (unsigned batch = 0; batch < 6; batch++) {
			model_input_next(&input, &m.seed);
			if (check_batch(&m, plan, programs) == STEP_FAILED)
				break;
		}
	}
}
END_TEST

/* ---- three-valued logic ---- */

/* Rows are all ways to choose false, NULL and true for n columns; 0, 1 and 2 in this order. */
static void truth_rows(uint32_t n)
{
	uint32_t n_rows = 1;

	for (uint32_t i = 0; i < n; i++)
		n_rows *= 3;
	few_rows(n_rows);
	for (uint32_t c = 0, period = 1; c < n; c++, period *= 3) {
		for (uint32_t row = 0; row < n_rows; row++) {
			bools[c][row] = row / period % 3 != 0; /* under a NULL: true */
			if (row / period % 3 == 1)
				validity_clear(&valid[c], row);
		}
		add_column(COL_BOOLEAN, bools[c]);
	}
}

static unsigned truth_at(const struct column *c, uint32_t row)
{
	struct value v = col_value(c, row);

	return v.is_null ? 1 : 2 * v.boolean;
}

START_TEST(and_is_the_least_and_or_the_greatest_of_false_null_true)
{
	struct plan_expr *args[3];

	truth_rows(3);
	for (uint32_t i = 0; i < 3; i++)
		args[i] = col(i);
	for (uint32_t n = 1; n <= 3; n++) {
		struct column all = eval(compile(make_and(&f, n, args)), &few);
		struct column any = eval(compile(make_or(&f, n, args)), &few);

		for (uint32_t row = 0; row < few.n_rows; row++) {
			unsigned least = 2, greatest = 0;

			for (uint32_t i = 0; i < n; i++) {
				least = MIN(least, truth_at(&few_cols[i], row));
				greatest = MAX(greatest, truth_at(&few_cols[i], row));
			}
			ck_assert_uint_eq(truth_at(&all, row), least);
			ck_assert_uint_eq(truth_at(&any, row), greatest);
		}
	}
}
END_TEST

START_TEST(a_case_takes_the_first_branch_that_is_true_and_not_null)
{
	struct column out;

	truth_rows(2);
	out = eval(compile(make_case(&f, EXPRS(col(0), num(10), col(1), num(20), num(30)))), &few);
	for (uint32_t row = 0; row < few.n_rows; row++) {
		int64_t want = truth_at(&few_cols[0], row) == 2   ? 10
			       : truth_at(&few_cols[1], row) == 2 ? 20
								  : 30;

		ck_assert_int_eq(col_i64(&out, row), want);
	}
}
END_TEST

START_TEST(a_case_without_a_match_may_be_null)
{
	struct column out;

	few_rows(3);
	add_longs((int64_t[]){ 1, 2, 3 }, 3);
	out = eval(compile(make_case(&f, EXPRS(call("equals", col(0), num(2)), num(5),
					       make_null(&f, COL_LONG)))),
		   &few);
	ck_assert(!col_is_valid(&out, 0) && col_is_valid(&out, 1) && !col_is_valid(&out, 2));
	ck_assert_int_eq(col_i64(&out, 1), 5);
	ck_assert_int_eq(col_i64(&out, 2), 0);
}
END_TEST

START_TEST(a_filter_keeps_true_rows_of_the_selection_only)
{
	static const uint16_t rows[] = { 1, 2, 3, 5, 8 };

	truth_rows(2);
	few.sel = (struct sel){ rows, 5 };
	ck_assert_int_eq(expr_filter(compile(col(0)), &few), STEP_DONE);
	/* Column 0 of row i is i % 3. */
	ck_assert_uint_eq(few.sel.n_rows, 3);
	ck_assert_uint_eq(sel_row(&few.sel, 0), 2);
	ck_assert_uint_eq(sel_row(&few.sel, 1), 5);
	ck_assert_uint_eq(sel_row(&few.sel, 2), 8);
}
END_TEST

/* ---- what is not evaluated ---- */

/* 12 / x */
static struct plan_expr *twelve_by(uint32_t column)
{
	return call("intdiv", num(12), col(column));
}

static void check_longs(const struct column *c, const int64_t *want, uint32_t n)
{
	for (uint32_t row = 0; row < n; row++)
		ck_assert_int_eq(col_i64(c, row), want[row]);
}

static void check_truths(const struct column *c, const char *want)
{
	for (uint32_t row = 0; want[row]; row++)
		ck_assert_msg("fnt"[truth_at(c, row)] == want[row], "row %u is not %c", row,
			      want[row]);
}

START_TEST(and_leaves_rows_alone_that_are_false_already)
{
	struct column out;

	few_rows(5);
	add_longs((int64_t[]){ 3, 0, 12, 0, 4 }, 5);
	out = eval(compile(make_and(&f, EXPRS(call("notequals", col(0), num(0)),
					      call("greaterthan", twelve_by(0), num(2))))),
		   &few);
	check_truths(&out, "tffft");
}
END_TEST

START_TEST(or_leaves_rows_alone_that_are_true_already)
{
	struct column out;

	few_rows(4);
	add_longs((int64_t[]){ 0, 3, 0, 12 }, 4);
	out = eval(compile(make_or(&f, EXPRS(call("equals", col(0), num(0)),
					     call("greaterthan", twelve_by(0), num(2))))),
		   &few);
	check_truths(&out, "tttf");
}
END_TEST

START_TEST(a_null_decides_nothing)
{
	struct plan_expr *unknown = make_null(&f, COL_BOOLEAN);
	struct column out;

	few_rows(1);
	add_longs((int64_t[]){ 0 }, 1);
	ck_assert_int_eq(
		eval_at(compile(make_and(&f, EXPRS(unknown, call("equals", twelve_by(0), num(1))))),
			&few, PACE_PLENTY, &out),
		STEP_FAILED);
	ck_assert_str_eq(e.err.msg, "division by zero: 12 / 0");
	ck_assert_uint_eq(e.err.sql_offset, 4711);
}
END_TEST

START_TEST(a_branch_sees_only_its_own_rows)
{
	struct column out;

	few_rows(5);
	add_longs((int64_t[]){ 0, 3, 0, 0, 6 }, 5);
	add_longs((int64_t[]){ 2, 0, 0, 4, 0 }, 5);
	out = eval(compile(make_case(&f, EXPRS(call("notequals", col(0), num(0)), twelve_by(0),
					       call("notequals", col(1), num(0)), twelve_by(1),
					       num(-1)))),
		   &few);
	check_longs(&out, (int64_t[]){ 6, 4, -1, 3, 2 }, 5);
}
END_TEST

/* The second condition would fail on the rows of the first branch. */
START_TEST(a_condition_sees_only_rows_that_are_left)
{
	struct column out;

	few_rows(3);
	add_longs((int64_t[]){ 0, 3, 12 }, 3);
	out = eval(compile(make_case(&f, EXPRS(call("equals", col(0), num(0)), num(100),
					       call("equals", twelve_by(0), num(1)), num(200),
					       num(300)))),
		   &few);
	check_longs(&out, (int64_t[]){ 100, 300, 200 }, 3);
}
END_TEST

START_TEST(short_cuts_hold_inside_each_other)
{
	struct plan_expr *inner, *outer;
	struct column out;

	few_rows(6);
	add_longs((int64_t[]){ 0, 1, 2, 0, 4, 5 }, 6);
	add_longs((int64_t[]){ 0, 0, 6, 3, 0, 2 }, 6);
	inner = make_or(
		&f, EXPRS(call("equals", col(1), num(0)), call("equals", twelve_by(1), num(2))));
	outer = make_and(&f, EXPRS(call("notequals", col(0), num(0)), inner,
				   call("lessthan", twelve_by(0), num(7))));
	out = eval(compile(outer), &few);
	check_truths(&out, "fftftf");
}
END_TEST

START_TEST(a_constant_part_that_fails_does_so_only_when_a_row_needs_it)
{
	struct plan_expr *bad = call("intdiv", num(1), num(0));
	struct plan_expr *plan;
	struct expr *x;
	struct column out;

	few_rows(2);
	add_longs((int64_t[]){ 1, 2 }, 2);
	plan = make_case(&f, EXPRS(call("lessthan", col(0), num(5)), num(7), bad));
	x = compile(plan);
	out = eval(x, &few);
	check_longs(&out, (int64_t[]){ 7, 7 }, 2);
	longs[0][1] = 5;
	ck_assert_int_eq(eval_at(x, &few, PACE_PLENTY, &out), STEP_FAILED);
}
END_TEST

START_TEST(rows_that_are_not_selected_are_not_touched)
{
	static const uint16_t rows[] = { 1, 3 };
	struct column out;

	few_rows(4);
	add_longs((int64_t[]){ 0, 3, 0, 4 }, 4);
	few.sel = (struct sel){ rows, 2 };
	out = eval(compile(twelve_by(0)), &few);
	ck_assert_int_eq(col_i64(&out, 1), 4);
	ck_assert_int_eq(col_i64(&out, 3), 3);
	few.sel.n_rows = 0;
	(void)eval(compile(twelve_by(0)), &few);
}
END_TEST

START_TEST(a_null_argument_hides_what_lies_under_it)
{
	struct column out;

	few_rows(3);
	add_longs((int64_t[]){ 3, 0, 4 }, 3);
	validity_clear(&valid[0], 1);
	out = eval(compile(twelve_by(0)), &few);
	ck_assert(!col_is_valid(&out, 1));
	ck_assert_int_eq(col_i64(&out, 2), 3);
}
END_TEST

/* ---- memory under NULLs ---- */

/* Whoever copies the column copies the view under a NULL, so it has to be one. */
START_TEST(text_results_are_views_under_nulls_as_well)
{
	struct plan_expr *plan, *other;
	struct expr *x, *y;

	few_rows(64);
	for (uint32_t row = 0; row < 64; row++)
		texts[0][row] = strv_make("a text that is longer than twelve bytes", 20 + row % 19);
	add_column(COL_STRING, texts[0]);
	other = make_call(&f, "upper", EXPRS(make_call(&f, "reverse", EXPRS(col(0)))));
	plan = make_call(&f, "upper", EXPRS(col(0)));
	x = compile(plan);
	y = compile(other);
	for (unsigned round = 0; round < 20; round++) {
		struct column out;

		valid[0] = 0x9e3779b97f4a7c15ull * (round + 1);
		out = eval(x, &few);
		check_column(&out, &few);
		out = eval(y, &few);
		check_column(&out, &few);
	}
}
END_TEST

/* ---- DICT and its memo ---- */

static uint64_t n_kernel_rows;

/* x + 1, NULL for 1000, an error for 13; counts its rows. */
static enum step counting_kernel(struct func_call *c)
{
	for (; c->pos < c->sel->n_rows; c->pos++) {
		uint32_t row = sel_row(c->sel, c->pos);
		int64_t v = *(const int64_t *)col_at(&c->args[0], row);

		n_kernel_rows++;
		if (v == 13) {
			(void)error_set(c->err, ERR_SQL_RUNTIME, "13 is not wanted");
			return STEP_FAILED;
		}
		((int64_t *)c->out)[row] = v + 1;
		if (v == 1000)
			validity_clear(c->validity, row);
		coop_pay(c->coop, 1);
		if (!coop_go(c->coop)) {
			c->pos++;
			return c->pos < c->sel->n_rows ? STEP_YIELD : STEP_DONE;
		}
	}
	return STEP_DONE;
}

static const struct func_def counting = {
	.name = "counting",
	.args = { FT_LONG },
	.result = FT_LONG,
	.flags = FUNC_STRICT | FUNC_FAILS,
	.kernel = counting_kernel,
};

static const struct func_def counting_volatile = {
	.name = "countingvolatile",
	.args = { FT_LONG },
	.result = FT_LONG,
	.flags = FUNC_STRICT | FUNC_VOLATILE,
	.kernel = counting_kernel,
};

static int64_t entries[2][8];
static struct dict dicts[2];
static uint32_t codes[64];

/* Column 0 of `few` is a DICT column. */
static void dict_rows(uint32_t n_rows, const int64_t *values, uint32_t n_values)
{
	static uint64_t id = 500;

	few_rows(n_rows);
	memcpy(entries[0], values, sizeof(*values) * n_values);
	dicts[0] = (struct dict){
		.id = ++id, .n_values = n_values, .lane = LANE_I64, .values = entries[0]
	};
	for (uint32_t row = 0; row < n_rows; row++)
		codes[row] = row % n_values;
	add_column(COL_LONG, codes);
	few_cols[0].form = COL_DICT;
	few_cols[0].dict = &dicts[0];
	n_kernel_rows = 0;
}

static struct plan_expr *counted(const struct func_def *def)
{
	return make_call_of(&f, def, COL_LONG, EXPRS(col(0)));
}

START_TEST(an_entry_is_worked_out_once_however_many_rows_and_batches_have_it)
{
	struct expr *x;
	struct column out;

	dict_rows(60, (int64_t[]){ 10, 20, 30, 40, 50 }, 5);
	few.sel.n_rows = 3;
	x = compile(counted(&counting));
	out = eval(x, &few);
	ck_assert_uint_eq(n_kernel_rows, 3);
	few.sel.n_rows = 60;
	for (int i = 0; i < 3; i++)
		out = eval(x, &few);
	ck_assert_uint_eq(n_kernel_rows, 5);
	for (uint32_t row = 0; row < 60; row++)
		ck_assert_int_eq(col_i64(&out, row), (int64_t)(row % 5) * 10 + 11);
}
END_TEST

START_TEST(an_entry_that_only_dead_rows_have_is_never_worked_out)
{
	static const uint16_t live[] = { 0, 2, 3, 5 };
	struct expr *x;
	struct column out;

	dict_rows(6, (int64_t[]){ 10, 13, 30 }, 3);
	few.sel = (struct sel){ live, 4 };
	x = compile(counted(&counting));
	out = eval(x, &few);
	ck_assert_int_eq(col_i64(&out, 5), 31);
	few.sel = (struct sel){ NULL, 6 };
	ck_assert_int_eq(eval_at(x, &few, PACE_PLENTY, &out), STEP_FAILED);
	ck_assert_str_eq(e.err.msg, "13 is not wanted");
}
END_TEST

START_TEST(an_entry_under_a_null_is_never_worked_out)
{
	struct column out;

	dict_rows(6, (int64_t[]){ 10, 13, 30 }, 3);
	valid[0] = ~0x12ull; /* rows 1 and 4 */
	out = eval(compile(counted(&counting)), &few);
	for (uint32_t row = 0; row < 6; row++)
		ck_assert_int_eq(col_is_valid(&out, row), row % 3 != 1);
	ck_assert_int_eq(col_i64(&out, 3), 11);
}
END_TEST

START_TEST(a_memo_remembers_nulls)
{
	struct expr *x;
	struct column out;

	dict_rows(6, (int64_t[]){ 10, 1000, 30 }, 3);
	x = compile(counted(&counting));
	for (int i = 0; i < 2; i++) {
		out = eval(x, &few);
		for (uint32_t row = 0; row < 6; row++)
			ck_assert_int_eq(col_is_valid(&out, row), row % 3 != 1);
	}
	ck_assert_uint_eq(n_kernel_rows, 3);
}
END_TEST

START_TEST(a_memo_is_filled_in_as_many_steps_as_credit_wants)
{
	struct column out;

	dict_rows(64, (int64_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 }, 8);
	ck_assert_int_eq(eval_at(compile(counted(&counting)), &few, PACE_ONE_UNIT, &out),
			 STEP_DONE);
	ck_assert_uint_eq(n_kernel_rows, 8);
	for (uint32_t row = 0; row < 64; row++)
		ck_assert_int_eq(col_i64(&out, row), row % 8 + 2);
}
END_TEST

START_TEST(another_dictionary_starts_a_new_memo)
{
	struct expr *x;
	struct column out;

	dict_rows(12, (int64_t[]){ 10, 20, 30 }, 3);
	x = compile(counted(&counting));
	(void)eval(x, &few);
	memcpy(entries[1], (int64_t[]){ 100, 200, 300 }, 24);
	dicts[1] = dicts[0];
	dicts[1].id++;
	dicts[1].values = entries[1];
	for (int round = 0; round < 4; round++) {
		int64_t scale = round % 2 ? 10 : 100;

		few_cols[0].dict = &dicts[1 - round % 2];
		out = eval(x, &few);
		for (uint32_t row = 0; row < 12; row++)
			ck_assert_int_eq(col_i64(&out, row), (int64_t)(row % 3 + 1) * scale + 1);
	}
}
END_TEST

START_TEST(a_volatile_function_is_not_remembered)
{
	struct expr *x;

	dict_rows(12, (int64_t[]){ 10, 20, 30 }, 3);
	x = compile(counted(&counting_volatile));
	(void)eval(x, &few);
	ck_assert_uint_eq(n_kernel_rows, 12);
	(void)eval(x, &few);
	ck_assert_uint_eq(n_kernel_rows, 24);
}
END_TEST

/* A column may be CONST in one batch and another CONST in the next, under one dictionary. */
START_TEST(a_memo_does_not_outlive_the_constants_it_was_made_with)
{
	struct expr *x;
	struct column out;

	dict_rows(6, (int64_t[]){ 10, 20, 30 }, 3);
	add_longs((int64_t[]){ 0 }, 1);
	few_cols[1].form = COL_CONST;
	x = compile(call("plus", col(0), col(1)));
	for (int64_t added = 0; added < 4; added++) {
		longs[1][0] = added;
		out = eval(x, &few);
		for (uint32_t row = 0; row < 6; row++)
			ck_assert_int_eq(col_i64(&out, row), (int64_t)(row % 3 + 1) * 10 + added);
	}
}
END_TEST

START_TEST(a_memo_knows_which_argument_it_belongs_to)
{
	struct column swapped[2], out;
	struct expr *x;

	dict_rows(6, (int64_t[]){ 10, 20, 30 }, 3);
	add_longs((int64_t[]){ 5 }, 1);
	few_cols[1].form = COL_CONST;
	x = compile(call("minus", col(0), col(1)));
	out = eval(x, &few);
	ck_assert_int_eq(col_i64(&out, 4), 15);
	swapped[0] = few_cols[1];
	swapped[1] = few_cols[0];
	few.cols = swapped;
	out = eval(x, &few);
	ck_assert_int_eq(col_i64(&out, 4), -15);
}
END_TEST

START_TEST(two_columns_of_one_dictionary_are_no_single_argument)
{
	struct column out;

	dict_rows(6, (int64_t[]){ 10, 20, 30 }, 3);
	few_cols[1] = few_cols[0];
	few_cols[1].values = codes + 1;
	few.n_cols = 2;
	out = eval(compile(call("minus", col(0), col(1))), &few);
	for (uint32_t row = 0; row < 5; row++)
		ck_assert_int_eq(col_i64(&out, row), row % 3 == 2 ? 20 : -10);
}
END_TEST

/* Beyond the memo's limit rows are worked out one by one; the answer is the same. */
START_TEST(a_huge_dictionary_gives_the_same_answers)
{
	uint32_t n = 131070 + (uint32_t)_i;
	int64_t *values = mem_alloc(n * sizeof(*values));
	struct dict huge = { .id = 90000, .n_values = n, .lane = LANE_I64, .values = values };
	struct column out;

	ck_assert_ptr_nonnull(values);
	for (uint32_t i = 0; i < n; i++)
		values[i] = 3 * (int64_t)i;
	dict_rows(64, (int64_t[]){ 1 }, 1);
	few_cols[0].dict = &huge;
	for (uint32_t row = 0; row < 64; row++)
		codes[row] = n - 1 - row / 2;
	out = eval(compile(counted(&counting)), &few);
	for (uint32_t row = 0; row < 64; row++)
		ck_assert_int_eq(col_i64(&out, row), 3 * (int64_t)(n - 1 - row / 2) + 1);
	ck_assert_uint_eq(n_kernel_rows, n <= 131072 ? 32 : 64);
	mem_free(values);
}
END_TEST

/* ---- IN ---- */

static struct column eval_in(struct plan_expr *arg, const struct value *list, size_t n,
			     bool has_null, bool is_negated)
{
	return eval(compile(make_in(&f, arg, list, n, has_null, is_negated)), &few);
}

START_TEST(in_a_list_with_null_is_true_or_unknown)
{
	static const struct value list[] = { { .type = COL_LONG, .i64 = 7 },
					     { .type = COL_LONG, .i64 = INT64_MIN } };
	struct column out;

	few_rows(4);
	add_longs((int64_t[]){ 7, 8, 7, INT64_MIN }, 4);
	validity_clear(&valid[0], 2);
	out = eval_in(col(0), list, 2, false, false);
	check_truths(&out, "tfnt");
	out = eval_in(col(0), list, 2, true, false);
	check_truths(&out, "tnnt");
	out = eval_in(col(0), list, 2, false, true);
	check_truths(&out, "ftnf");
	out = eval_in(col(0), list, 2, true, true);
	check_truths(&out, "fnnf");
	out = eval_in(col(0), list, 0, true, false);
	check_truths(&out, "nnnn");
}
END_TEST

/* As compare.c has it: zeros are equal whatever their sign, and NaN is equal to NaN. */
START_TEST(in_compares_doubles_as_the_equals_sign_does)
{
	static const struct value list[] = { { .type = COL_DOUBLE, .f64 = -0.0 },
					     { .type = COL_DOUBLE, .f64 = 1.5 },
					     { .type = COL_DOUBLE, .f64 = __builtin_nan("") } };
	double values[] = { 0.0, -0.0, 1.5, 2.5, -__builtin_nan("5"), __builtin_inf() };
	struct column out, equal;

	few_rows(6);
	add_column(COL_DOUBLE, values);
	out = eval_in(col(0), list, 3, false, false);
	check_truths(&out, "tttftf");
	for (uint32_t i = 0; i < 3; i++) {
		out = eval_in(col(0), &list[i], 1, false, false);
		equal = eval(compile(call("equals", col(0), make_const(&f, list[i]))), &few);
		for (uint32_t row = 0; row < 6; row++)
			ck_assert_uint_eq(truth_at(&out, row), truth_at(&equal, row));
	}
}
END_TEST

START_TEST(in_tells_long_texts_apart_and_short_ones)
{
	static const char *const words[] = {
		"", "sluice", "sluice gate", "sluice gates", "sluice gates 1", "sluice gates 2"
	};
	struct value list[3];
	struct column out;

	few_rows(6);
	for (uint32_t i = 0; i < 6; i++)
		texts[0][i] = strv_make(words[i], strlen(words[i]));
	add_column(COL_STRING, texts[0]);
	for (uint32_t i = 0; i < 3; i++)
		list[i] = (struct value){ .type = COL_STRING, .str = str_of(words[2 * i + 1]) };
	out = eval_in(col(0), list, 3, false, false);
	check_truths(&out, "ftftft");
	list[0].str = STR("");
	out = eval_in(col(0), list, 1, false, true);
	check_truths(&out, "fttttt");
}
END_TEST

START_TEST(in_works_for_booleans)
{
	static const struct value list[] = { { .type = COL_BOOLEAN, .boolean = false } };
	struct column out;

	truth_rows(1);
	out = eval_in(col(0), list, 1, false, false);
	check_truths(&out, "tnf");
}
END_TEST

#define MANY 20000

/* x IN (0, 1024, 2048, ...) */
static struct plan_expr *in_many(void)
{
	struct value *list = arena_calloc(&f.arena, MANY * sizeof(*list), &f.err);

	ck_assert_ptr_nonnull(list);
	for (int64_t i = 0; i < MANY; i++)
		list[i] = (struct value){ .type = COL_LONG, .i64 = i * 1024 };
	return make_in(&f, col(0), list, MANY, false, false);
}

/* Half of them are in the list. */
static void values_around(int64_t first)
{
	for (int64_t row = 0; row < 64; row++)
		longs[0][row] = (first + row / 2) * 1024 + row % 2 * 512;
}

START_TEST(in_finds_each_of_many_values_and_no_other)
{
	struct expr *x;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	x = compile(in_many());
	for (int64_t first = 0; first < MANY; first += 32) {
		struct column out;

		values_around(first);
		out = eval(x, &few);
		for (uint32_t row = 0; row < 64; row++)
			ASSERT_ROW(truth_at(&out, row) == (row % 2 ? 0 : 2));
	}
}
END_TEST

START_TEST(in_takes_a_long_list_in_in_many_steps)
{
	int64_t begin = e.coop.credit;
	struct column out;
	struct expr *x;
	int n = 0;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	x = compile(in_many());
	/* Compiling cannot be interrupted, so it must not be what takes the time. */
	ck_assert_int_lt(begin - e.coop.credit, 5000);
	values_around(MANY - 32);
	do {
		n++;
		engine_one_unit(&e);
	} while (expr_eval(x, &few, &few.sel, &out) == STEP_YIELD);
	ck_assert_int_gt(n, MANY / 1024);
	for (uint32_t row = 0; row < 64; row++)
		ck_assert_uint_eq(truth_at(&out, row), row % 2 ? 0 : 2);
}
END_TEST

/* ---- registers ---- */

/* x = 0 OR x = 3 OR x = 6 ... */
static struct plan_expr *long_or(uint32_t n_terms)
{
	struct plan_expr **terms = mem_calloc(n_terms, sizeof(struct plan_expr *)), *all;

	ck_assert_ptr_nonnull(terms);
	for (uint32_t i = 0; i < n_terms; i++)
		terms[i] = call("equals", col(0), num(3 * (int64_t)i));
	all = make_or(&f, n_terms, terms);
	mem_free(terms);
	return all;
}

START_TEST(a_thousand_terms_need_a_handful_of_buffers)
{
	struct expr *x;
	int64_t before;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	before = atomic_load(&e.account.used_bytes);
	x = compile(long_or(1000));
	/* With a buffer each it would be 2 MiB for the results alone. */
	ck_assert_int_lt(atomic_load(&e.account.used_bytes) - before, 2 << 20);
	for (int64_t first = -64; first < 3100; first += 64) {
		struct column out;

		for (int64_t row = 0; row < 64; row++)
			longs[0][row] = first + row;
		out = eval(x, &few);
		for (int64_t row = 0; row < 64; row++) {
			int64_t v = first + row;
			bool is_in = v >= 0 && v < 3000 && v % 3 == 0;

			ASSERT_ROW(truth_at(&out, (uint32_t)row) == (is_in ? 2 : 0));
		}
	}
}
END_TEST

/* x + (x + (x + ...)) and ((x + x) + x) + ..., both with the sum in hand while x is fetched. */
START_TEST(deep_expressions_do_not_mix_up_their_registers)
{
	struct plan_expr *left, *right, *both;
	struct column out;

	few_rows(3);
	add_longs((int64_t[]){ 1, 7, -2 }, 3);
	left = right = call("times", col(0), num(1));
	for (int i = 1; i < 400; i++) {
		left = call("plus", left, call("times", col(0), num(i % 3)));
		right = call("plus", call("times", col(0), num(i % 3)), right);
	}
	both = call("minus", call("times", left, num(2)), right);
	out = eval(compile(both), &few);
	/* 1 + 133 * (1 + 2) */
	check_longs(&out, (int64_t[]){ 400, 2800, -800 }, 3);
}
END_TEST

/* A balanced tree holds a result on every level at once. */
static struct plan_expr *balanced_sum(int64_t from, int64_t n)
{
	if (n == 1)
		return call("times", col(0), num(from));
	return call("plus", balanced_sum(from, n / 2), balanced_sum(from + n / 2, n - n / 2));
}

START_TEST(wide_expressions_do_not_mix_up_their_registers)
{
	struct column out;

	few_rows(3);
	add_longs((int64_t[]){ 1, 7, -2 }, 3);
	out = eval(compile(balanced_sum(1, 1000)), &few);
	check_longs(&out, (int64_t[]){ 500500, 3503500, -1001000 }, 3);
}
END_TEST

/* CASE inside AND inside CASE, each with selections of its own. */
START_TEST(nested_selections_do_not_mix)
{
	struct plan_expr *inner = num(0), *plan;
	struct column out;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	for (int64_t row = 0; row < 64; row++)
		longs[0][row] = row;
	for (int64_t level = 1; level <= 60; level++) {
		plan = make_and(&f, EXPRS(call("greaterthanorequal", col(0), num(level)),
					  call("equals", call("mod", col(0), num(level)), num(0))));
		inner = make_case(&f, EXPRS(plan, call("plus", num(level), inner), inner));
		if (level % 8 != 0)
			inner = make_case(&f,
					  EXPRS(call("equals", col(0), num(-1)), num(-1), inner));
		if (level == 12)
			break; /* each level has two copies of those below */
	}
	out = eval(compile(inner), &few);
	for (int64_t row = 0; row < 64; row++) {
		int64_t want = 0;

		for (int64_t level = 1; level <= 12; level++)
			want += row >= level && row % level == 0 ? level : 0;
		ck_assert_int_eq(col_i64(&out, (uint32_t)row), want);
	}
}
END_TEST

/* ---- columns and lifetimes ---- */

START_TEST(a_column_may_go_by_another_name_of_its_type)
{
	struct column out;

	few_rows(2);
	add_longs((int64_t[]){ 5, 6 }, 2);
	few_cols[0].type = COL_INT;
	out = eval(compile(make_column(&f, 0, COL_LONG)), &few);
	ck_assert_int_eq(out.type, COL_LONG);
	ck_assert_ptr_eq(out.values, longs[0]);
}
END_TEST

START_TEST(a_constant_is_one_value_for_all_rows)
{
	struct column out;

	few_rows(64);
	out = eval(compile(make_text(&f, "longer than twelve bytes")), &few);
	ck_assert_int_eq(out.form, COL_CONST);
	ck_assert_int_eq(strv_cmp(col_strv(&out, 63), &(struct strv){ .len = 0 }) > 0, true);
	out = eval(compile(make_null(&f, COL_UNKNOWN)), &few);
	ck_assert(!col_is_valid(&out, 63));
}
END_TEST

START_TEST(a_result_stays_until_its_own_next_evaluation)
{
	struct expr *x, *y;
	struct column first, other;

	few_rows(2);
	texts[0][0] = strv_make("Elbe, Oder and Spree", 20);
	texts[0][1] = strv_make("Havel", 5);
	add_column(COL_STRING, texts[0]);
	x = compile(make_call(&f, "upper", EXPRS(col(0))));
	y = compile(make_call(&f, "lower", EXPRS(col(0))));
	first = eval(x, &few);
	for (int i = 0; i < 3; i++)
		other = eval(y, &few);
	ck_assert(str_eq(strv_str(col_strv(&first, 0)), STR("ELBE, ODER AND SPREE")));
	ck_assert(str_eq(strv_str(col_strv(&other, 0)), STR("elbe, oder and spree")));
	ck_assert(str_eq(strv_str(col_strv(&first, 1)), STR("HAVEL")));
}
END_TEST

/* A filter asks for a selection and gives its own rows back. */
START_TEST(filters_in_a_row_do_not_share_their_selection)
{
	struct expr *x, *y;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	for (int64_t row = 0; row < 64; row++)
		longs[0][row] = row;
	x = compile(call("equals", call("mod", col(0), num(2)), num(0)));
	y = compile(call("equals", call("mod", col(0), num(3)), num(0)));
	for (int i = 0; i < 2; i++) {
		few.sel = (struct sel){ NULL, 64 };
		ck_assert_int_eq(expr_filter(x, &few), STEP_DONE);
		ck_assert_int_eq(expr_filter(y, &few), STEP_DONE);
		ck_assert_uint_eq(few.sel.n_rows, 11);
		for (uint32_t k = 0; k < 11; k++)
			ck_assert_uint_eq(sel_row(&few.sel, k), 6 * k);
	}
}
END_TEST

START_TEST(a_filter_can_be_resumed)
{
	struct expr *x;
	enum step step;
	int n = 0;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	for (int64_t row = 0; row < 64; row++)
		longs[0][row] = row;
	x = compile(long_or(100));
	do {
		engine_one_unit(&e);
		step = expr_filter(x, &few);
		if (step == STEP_YIELD)
			ck_assert_uint_eq(few.sel.n_rows, 64);
		n++;
	} while (step == STEP_YIELD);
	ck_assert_int_eq(step, STEP_DONE);
	ck_assert_int_gt(n, 100);
	ck_assert_uint_eq(few.sel.n_rows, 22);
}
END_TEST

/* ---- stopping ---- */

START_TEST(a_cancelled_evaluation_yields_and_reports_nothing)
{
	struct expr *x;
	struct column out;

	few_rows(64);
	add_longs((int64_t[64]){ 0 }, 64);
	x = compile(long_or(1000));
	for (int i = 0; i < 50 * _i; i++) {
		engine_one_unit(&e);
		ck_assert_int_eq(expr_eval(x, &few, &few.sel, &out), STEP_YIELD);
	}
	coop_unlimited(&e.coop, &e.token);
	ck_assert(token_set(&e.token, CANCEL_USER));
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(expr_eval(x, &few, &few.sel, &out), STEP_YIELD);
	ck_assert_int_eq(e.err.code, ERR_NONE);
}
END_TEST

START_TEST(a_kernel_stops_in_the_middle_when_cancelled)
{
	struct column out;
	struct expr *x;

	dict_rows(64, (int64_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 }, 8);
	x = compile(counted(&counting));
	engine_one_unit(&e);
	ck_assert_int_eq(expr_eval(x, &few, &few.sel, &out), STEP_YIELD);
	ck_assert(token_set(&e.token, CANCEL_USER));
	coop_unlimited(&e.coop, &e.token);
	ck_assert_int_eq(expr_eval(x, &few, &few.sel, &out), STEP_YIELD);
	ck_assert_uint_eq(n_kernel_rows, 2);
}
END_TEST

/* ---- memory ---- */

static struct plan_expr *a_bit_of_everything(void)
{
	static const struct value list[] = { { .type = COL_LONG, .i64 = 11 },
					     { .type = COL_LONG, .i64 = 21 } };
	struct plan_expr *in = make_in(&f, counted(&counting), list, 2, true, false);
	struct plan_expr *either = make_or(&f, EXPRS(in, call("equals", col(0), num(3))));

	return make_case(&f,
			 EXPRS(either, make_call(&f, "upper", EXPRS(col(1))),
			       make_call(&f, "concat", EXPRS(col(1), make_text(&f, " and more")))));
}

START_TEST(survives_allocation_failure)
{
	struct plan_expr *plan;
	struct expr_env here;
	long n = 1, n_allocations;

	dict_rows(60, (int64_t[]){ 10, 20, 30, 40, 50 }, 5);
	for (uint32_t row = 0; row < 60; row++)
		texts[1][row] = strv_make("a text longer than twelve", 25);
	add_column(COL_STRING, texts[1]);
	plan = a_bit_of_everything();
	for (long at = 0; at < n; at++) {
		struct engine one;
		struct expr *x = NULL;
		struct column out;

		engine_init(&one);
		here = env();
		here.arena = &one.arena;
		here.pool = &one.pool;
		here.err = &one.err;
		(void)mem_fail_after(at);
		if (expr_compile(&here, plan, &x) == 0 &&
		    expr_eval(x, &few, &few.sel, &out) == STEP_DONE) {
			ck_assert_int_eq(one.err.code, ERR_NONE);
			ck_assert(str_eq(strv_str(col_strv(&out, 0)),
					 STR("A TEXT LONGER THAN TWELVE")));
		} else {
			ck_assert_int_eq(one.err.code, ERR_OUT_OF_MEMORY);
		}
		n_allocations = mem_fail_after(-1);
		n = MAX(n, n_allocations + 1);
		engine_fini(&one);
	}
	ck_assert_int_gt(n, 3);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, gives_what_a_row_by_row_model_gives, 0, 40);
	tcase_add_test(tc, and_is_the_least_and_or_the_greatest_of_false_null_true);
	tcase_add_test(tc, a_case_takes_the_first_branch_that_is_true_and_not_null);
	tcase_add_test(tc, a_case_without_a_match_may_be_null);
	tcase_add_test(tc, a_filter_keeps_true_rows_of_the_selection_only);
	tcase_add_test(tc, and_leaves_rows_alone_that_are_false_already);
	tcase_add_test(tc, or_leaves_rows_alone_that_are_true_already);
	tcase_add_test(tc, a_null_decides_nothing);
	tcase_add_test(tc, a_branch_sees_only_its_own_rows);
	tcase_add_test(tc, a_condition_sees_only_rows_that_are_left);
	tcase_add_test(tc, short_cuts_hold_inside_each_other);
	tcase_add_test(tc, a_constant_part_that_fails_does_so_only_when_a_row_needs_it);
	tcase_add_test(tc, rows_that_are_not_selected_are_not_touched);
	tcase_add_test(tc, a_null_argument_hides_what_lies_under_it);
	tcase_add_test(tc, text_results_are_views_under_nulls_as_well);
	tcase_add_test(tc, an_entry_is_worked_out_once_however_many_rows_and_batches_have_it);
	tcase_add_test(tc, an_entry_that_only_dead_rows_have_is_never_worked_out);
	tcase_add_test(tc, an_entry_under_a_null_is_never_worked_out);
	tcase_add_test(tc, a_memo_remembers_nulls);
	tcase_add_test(tc, a_memo_is_filled_in_as_many_steps_as_credit_wants);
	tcase_add_test(tc, another_dictionary_starts_a_new_memo);
	tcase_add_test(tc, a_volatile_function_is_not_remembered);
	tcase_add_test(tc, a_memo_does_not_outlive_the_constants_it_was_made_with);
	tcase_add_test(tc, a_memo_knows_which_argument_it_belongs_to);
	tcase_add_test(tc, two_columns_of_one_dictionary_are_no_single_argument);
	tcase_add_loop_test(tc, a_huge_dictionary_gives_the_same_answers, 0, 5);
	tcase_add_test(tc, in_a_list_with_null_is_true_or_unknown);
	tcase_add_test(tc, in_compares_doubles_as_the_equals_sign_does);
	tcase_add_test(tc, in_tells_long_texts_apart_and_short_ones);
	tcase_add_test(tc, in_works_for_booleans);
	tcase_add_test(tc, in_finds_each_of_many_values_and_no_other);
	tcase_add_test(tc, in_takes_a_long_list_in_in_many_steps);
	tcase_add_test(tc, a_thousand_terms_need_a_handful_of_buffers);
	tcase_add_test(tc, deep_expressions_do_not_mix_up_their_registers);
	tcase_add_test(tc, wide_expressions_do_not_mix_up_their_registers);
	tcase_add_test(tc, nested_selections_do_not_mix);
	tcase_add_test(tc, a_column_may_go_by_another_name_of_its_type);
	tcase_add_test(tc, a_constant_is_one_value_for_all_rows);
	tcase_add_test(tc, a_result_stays_until_its_own_next_evaluation);
	tcase_add_test(tc, filters_in_a_row_do_not_share_their_selection);
	tcase_add_test(tc, a_filter_can_be_resumed);
	tcase_add_loop_test(tc, a_cancelled_evaluation_yields_and_reports_nothing, 0, 15);
	tcase_add_test(tc, a_kernel_stops_in_the_middle_when_cancelled);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("exec/expr", tc);
}
