/*
 * test_cooperation.c - whole plans give control back: the scenarios of DataFusion's tests of
 * cooperative execution, and what those leave out.
 *
 * DataFusion polls each plan over an endless input once and asks for an answer
 * within ten seconds.  Here every poll counts, of every phase, by the CPU time
 * that it takes; a cancel has to end an unlimited poll as well, where nothing
 * but the token stops a loop; and inputs that end are followed to the last row.
 * Each endless plan runs over a table that pays for itself and over one that
 * does not, below the guard that the rule EnsureCooperative puts there.
 *
 * Limits are generous, because machines are busy; what was measured is printed.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/table/system_tables.h"
#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"

#define POLL_CREDIT 100000
#define MAX_NS      ((UNIT_SANITIZED ? 1000 : 100) * NS_PER_MS)
#define N_POLLS     (UNIT_SANITIZED ? 60u : 300u) /* of an endless plan */
#define N_TRIES     5 /* a busy machine is no reason to fail; a loop that does not stop is, each time */

static struct plan_run f;
static struct source endless, other_endless, small, ending;
static struct table *tables[2];
static uint32_t n_tables;
static struct live live;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	source_fini(&endless);
	source_fini(&other_endless);
	source_fini(&small);
	source_fini(&ending);
	while (n_tables > 0)
		table_unref(&tables[--n_tables]);
	plan_run_fini(&f);
}

/* ---- inputs ---- */

static bool is_paid; /* of the endless inputs of the test that runs */

/* One LONG column: 0, 1, 2, ... */
static struct plan_node *numbers(struct source *s)
{
	static const uint32_t row = SOURCE_ROW;
	struct source_shape shape = { .n_rows = SOURCE_ENDLESS, .n_keys = 1000, .is_unpaid = true };

	if (is_paid) {
		struct table *t = system_numbers_new(&f.err);

		ck_assert_ptr_nonnull(t);
		tables[n_tables++] = t;
		return make_scan(&f, t, 1, &row);
	}
	source_init(s, &shape);
	return make_scan(&f, &s->base, 1, &row);
}

/* The same with other rows: columns row, key, text. */
static struct plan_node *rows_of(struct source *s, struct source_shape shape)
{
	static const uint32_t columns[] = { SOURCE_ROW, SOURCE_KEY, SOURCE_TEXT };

	shape.is_unpaid = !is_paid;
	source_init(s, &shape);
	return make_scan(&f, &s->base, 3, columns);
}

/* -10 .. 10 */
static struct plan_node *twenty_one(void)
{
	static const uint32_t row = SOURCE_ROW;

	source_init(&small, &(struct source_shape){ .n_rows = 21 });
	return make_project(
		&f, make_scan(&f, &small.base, 1, &row),
		EXPRS(make_call(&f, "minus",
				EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, 10)))));
}

static struct plan_expr *first(void)
{
	return make_column(&f, 0, COL_LONG);
}

static struct plan_expr *num(int64_t v)
{
	return make_long(&f, v);
}

static struct plan_expr *call(const char *name, struct plan_expr *a, struct plan_expr *b)
{
	return make_call(&f, name, EXPRS(a, b));
}

static const uint32_t column_0 = 0, column_1 = 1;

static struct plan_node *sum_of_first(struct plan_node *input)
{
	struct plan_node *n = plan_group(&f, input, 0, NULL, 1);

	(void)plan_call(&f, n, 0, "sum", 0);
	return n;
}

/* name(column `column`) by column 0. */
static struct plan_node *by_first(struct plan_node *input, const char *name, int column)
{
	struct plan_node *n = plan_group(&f, input, 1, &column_0, 1);

	(void)plan_call(&f, n, 0, name, column);
	return n;
}

static struct plan_node *never(struct plan_node *input)
{
	return make_filter(&f, input, call("lessthan", first(), num(INT64_MIN)));
}

static struct plan_node *join_on_first(struct plan_node *probe, struct plan_node *build)
{
	return plan_join(&f, probe, build, 1, &column_0, &column_0);
}

/* ---- plans that never end ---- */

static struct plan_node *agg_no_grouping(void)
{
	return sum_of_first(numbers(&endless));
}

static struct plan_node *in_millions(void)
{
	return make_project(&f, numbers(&endless),
			    EXPRS(call("intdiv", first(), num(1000000)), first()));
}

static struct plan_node *agg_grouping(void)
{
	return by_first(in_millions(), "sum", 1);
}

/* Groups without end: the table grows all the time. */
static struct plan_node *agg_grouping_all_different(void)
{
	return by_first(numbers(&endless), "count", -1);
}

static struct plan_node *agg_distinct(void)
{
	struct plan_node *n = plan_group(&f, numbers(&endless), 0, NULL, 1);

	plan_call(&f, n, 0, "count", 0)->is_distinct = true;
	return n;
}

static struct plan_node *agg_of_texts(void)
{
	struct plan_node *n = rows_of(
		&endless, (struct source_shape){ .n_rows = SOURCE_ENDLESS, .text_bytes = 2000 });

	return plan_group(&f, make_project(&f, n, EXPRS(make_column(&f, 2, COL_STRING), first())),
			  2, (uint32_t[]){ 0, 1 }, 0);
}

static struct plan_node *agg_grouped_topk(void)
{
	struct plan_sort_key by_max = { .column = 1, .is_descending = true };

	return plan_topn(&f, by_first(in_millions(), "max", 1), 1, &by_max, 0, 100);
}

/* Each row is better than all before: none can be dropped. */
static struct plan_node *topn_of_rising(void)
{
	struct plan_sort_key falling = { .column = 0, .is_descending = true };

	return plan_topn(&f, numbers(&endless), 1, &falling, 0, 100);
}

/* Only the first rows are wanted: everything else is skipped. */
static struct plan_node *topn_of_falling(void)
{
	struct plan_sort_key rising = { .column = 0 };

	return plan_topn(&f, numbers(&endless), 1, &rising, 100, 50000);
}

static struct plan_node *sort_descending(void)
{
	struct plan_sort_key falling = { .column = 0, .is_descending = true };

	return plan_sort(&f, numbers(&endless), 1, &falling);
}

/* Keys that share their first kilobyte: comparing is the work. */
static struct plan_node *sort_of_texts(void)
{
	struct plan_sort_key by_text = { .column = 0 };
	struct plan_node *n = rows_of(
		&endless, (struct source_shape){ .n_rows = SOURCE_ENDLESS, .text_bytes = 20 });
	struct plan_expr *start =
		make_text(&f, memset(arena_calloc(&f.arena, 1025, &f.err), 'x', 1024));

	return plan_sort(
		&f,
		make_project(&f, n, EXPRS(call("concat", start, make_column(&f, 2, COL_STRING)))),
		1, &by_text);
}

static struct plan_node *filter_never_true(void)
{
	return never(numbers(&endless));
}

static struct plan_node *filter_rejects_all_below_others(void)
{
	struct plan_node *n = make_project(&f, never(numbers(&endless)), EXPRS(first()));

	return make_limit(&f, make_filter(&f, n, call("greaterthan", first(), num(5))), 10, 10);
}

/* Keeps every k-th batch of 2,048 rows, for all k up to 12: their pauses never coincide. */
static struct plan_node *filters_out_of_phase(struct source *s)
{
	struct plan_node *n = numbers(s);

	for (int64_t k = 1; k <= 12; k++) {
		struct plan_expr *batch = call("intdiv", first(), num(BATCH_ROWS_MAX));

		n = make_filter(&f, n, call("equals", call("mod", batch, num(k)), num(0)));
	}
	return n;
}

static struct plan_node *interleave_then_filter_all(void)
{
	return never(filters_out_of_phase(&endless));
}

static struct plan_node *interleave_then_aggregate(void)
{
	return sum_of_first(filters_out_of_phase(&endless));
}

static struct plan_node *join_of_interleaved(void)
{
	return sum_of_first(join_on_first(filters_out_of_phase(&endless),
					  never(filters_out_of_phase(&other_endless))));
}

static struct plan_node *join(void)
{
	return join_on_first(numbers(&endless), twenty_one());
}

static struct plan_node *join_agg(void)
{
	struct plan_node *n = make_project(&f, join_on_first(numbers(&endless), twenty_one()),
					   EXPRS(call("plus", first(), num(1))));

	return sum_of_first(n);
}

static struct plan_node *hash_join_builds(void)
{
	return join_on_first(numbers(&endless), numbers(&other_endless));
}

/* Every row of the probe side finds one of the build side. */
static struct plan_node *hash_join_probes(void)
{
	struct plan_node *n =
		make_project(&f, numbers(&endless), EXPRS(call("mod", first(), num(10))));

	return sum_of_first(join_on_first(n, twenty_one()));
}

/* Every row of the probe side finds 20,000. */
static struct plan_node *hash_join_explodes(void)
{
	static const uint32_t key = SOURCE_KEY;
	struct plan_node *n =
		make_project(&f, numbers(&endless), EXPRS(call("mod", first(), num(2))));

	source_init(&small, &(struct source_shape){ .n_rows = 20000, .n_keys = 1 });
	return sum_of_first(join_on_first(n, make_scan(&f, &small.base, 1, &key)));
}

static struct plan_node *limit_skips(void)
{
	return make_limit(&f, numbers(&endless), UINT64_C(1) << 60, 1);
}

static struct plan_node *result_of_numbers(void)
{
	return numbers(&endless);
}

/* A megabyte in each row, searched for what is not there. */
static struct plan_node *like_in_long_texts(void)
{
	struct plan_node *n = rows_of(&endless, (struct source_shape){ .n_rows = SOURCE_ENDLESS,
								       .batch_rows = 50,
								       .text_bytes = 1u << 20 });

	return make_filter(&f, n,
			   call("like", make_column(&f, 2, COL_STRING),
				make_text(&f, "%a_b%c__d%never in here%")));
}

static struct plan_node *texts_turned_round(void)
{
	struct plan_node *n = rows_of(&endless, (struct source_shape){ .n_rows = SOURCE_ENDLESS,
								       .batch_rows = 5,
								       .text_bytes = 1u << 20 });
	struct plan_expr *text = make_column(&f, 2, COL_STRING);

	n = make_project(
		&f, n,
		EXPRS(make_call(&f, "reverse", EXPRS(text)), make_call(&f, "upper", EXPRS(text))));
	return make_filter(
		&f, n,
		call("equals", make_column(&f, 0, COL_STRING), make_column(&f, 1, COL_STRING)));
}

/* A thousand terms, all of them looked at in each row. */
static struct plan_node *filter_of_many_terms(void)
{
	struct plan_expr *terms[1000];

	for (int64_t i = 0; i < 1000; i++)
		terms[i] = call("equals", first(), num(-1 - i));
	return make_filter(&f, numbers(&endless), make_or(&f, 1000, terms));
}

/* A hundred thousand values in the list, none of them there. */
static struct plan_node *filter_of_a_long_list(void)
{
	enum { MANY = 100000 };
	struct value *list = arena_calloc(&f.arena, MANY * sizeof(*list), &f.err);

	ck_assert_ptr_nonnull(list);
	for (int64_t i = 0; i < MANY; i++)
		list[i] = (struct value){ .type = COL_LONG, .i64 = -1 - i };
	return make_filter(&f, numbers(&endless), make_in(&f, first(), list, MANY, false, false));
}

static const struct scenario {
	const char *name;
	struct plan_node *(*plan)(void);
} scenarios[] = {
	/* those of DataFusion, as far as there are such operators */
	{ "agg_no_grouping", agg_no_grouping },
	{ "agg_grouping", agg_grouping },
	{ "agg_grouped_topk", agg_grouped_topk },
	{ "sort", sort_descending },
	{ "filter", filter_never_true },
	{ "filter_reject_all_batches", filter_rejects_all_below_others },
	{ "interleave_then_filter_all", interleave_then_filter_all },
	{ "interleave_then_aggregate", interleave_then_aggregate },
	{ "join", join },
	{ "join_agg", join_agg },
	{ "hash_join (build)", hash_join_builds },
	{ "hash_join (probe)", hash_join_probes },
	/* and ours */
	{ "agg_grouping, all different", agg_grouping_all_different },
	{ "agg_distinct", agg_distinct },
	{ "agg of texts", agg_of_texts },
	{ "topn of rising rows", topn_of_rising },
	{ "topn of falling rows", topn_of_falling },
	{ "sort of texts", sort_of_texts },
	{ "join of interleaved inputs", join_of_interleaved },
	{ "hash_join that explodes", hash_join_explodes },
	{ "limit that skips", limit_skips },
	{ "result", result_of_numbers },
	{ "like in long texts", like_in_long_texts },
	{ "long texts turned round", texts_turned_round },
	{ "filter of many terms", filter_of_many_terms },
	{ "filter of a long list", filter_of_a_long_list },
};

#define N_CASES (2 * (int)ARRAY_SIZE(scenarios))

static const struct scenario *scenario_of(int i)
{
	is_paid = i % 2 == 0;
	return &scenarios[i / 2];
}

/* ---- measuring ---- */

static void report(const char *name, const char *what, uint64_t ns, const char *where)
{
	printf("cooperation: %-30s %-8s %-14s %6llu us in %s\n", name, is_paid ? "paid" : "guarded",
	       what, (unsigned long long)(ns / 1000), where);
}

static void pause_ns(uint64_t ns)
{
	struct timespec wait = { 0, (long)ns };

	(void)nanosleep(&wait, NULL);
}

static void start(struct plan_node *n, int64_t credit)
{
	live_init(&live, &f, n);
	live.n_workers = 1;
	live.options.credit = credit;
	live.options.max_tasks = 1;
	ck_assert_msg(live_start(&live) == 0, "%s", live.err.msg);
}

/* Cancels, and returns how many polls came after. */
static uint64_t cancel(void)
{
	uint64_t before;

	live_cancel(&live, CANCEL_USER);
	before = live_n_polls(&live);
	ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
	ck_assert_int_eq(live.run.err.code, ERR_NONE);
	return live_n_polls(&live) - before;
}

/* The longest of many polls. */
static struct poll_gap_max run_for_a_while(struct plan_node *n)
{
	struct poll_gap_max max;

	start(n, POLL_CREDIT);
	while (live_n_polls(&live) < N_POLLS) {
		ck_assert_uint_eq(live.n_done, 0);
		pause_ns(50 * NS_PER_US);
	}
	/* The poll that was running, and one that sees the token. */
	ck_assert_uint_le(cancel(), 2);
	/* A guard pays what was measured, which is as much as the machine makes of it. */
	if (is_paid)
		ck_assert_int_lt(scheduler_overdraft(live.options.scheduler), MAX_OVERDRAFT);
	max = scheduler_poll_gap_max(live.options.scheduler);
	live_fini(&live);
	return max;
}

START_TEST(an_endless_plan_comes_back_after_each_credit)
{
	const struct scenario *s = scenario_of(_i);
	struct plan_node *n = s->plan();
	struct poll_gap_max max;

	for (int i = 0; i < N_TRIES; i++) {
		max = run_for_a_while(n);
		report(s->name, "longest poll", max.ns, max.where);
		if (max.ns < MAX_NS)
			break;
	}
	ck_assert_uint_lt(max.ns, MAX_NS);
}
END_TEST

static uint64_t process_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* CPU time from the cancel to the end of a poll that has credit for ever. */
static uint64_t cancel_latency(struct plan_node *n, uint64_t after_ns)
{
	uint64_t begin;

	start(n, INT64_MAX / 4);
	pause_ns(after_ns);
	ck_assert_uint_eq(live.n_done, 0);
	begin = process_cpu_ns();
	(void)cancel();
	begin = process_cpu_ns() - begin;
	live_fini(&live);
	return begin;
}

START_TEST(a_cancel_ends_a_poll_that_nothing_else_would_end)
{
	const struct scenario *s = scenario_of(_i);
	struct plan_node *n = s->plan();
	uint64_t longest = 0;

	for (uint64_t i = 1; i <= 5; i++) {
		uint64_t ns = cancel_latency(n, i * 7 * NS_PER_MS);

		for (int again = 1; ns >= MAX_NS && again < N_TRIES; again++)
			ns = cancel_latency(n, i * 7 * NS_PER_MS);
		longest = MAX(longest, ns);
	}
	report(s->name, "cancel", longest, "all");
	ck_assert_uint_lt(longest, MAX_NS);
}
END_TEST

/* ---- plans that end: every phase to the last row ---- */

#define SOME (UNIT_SANITIZED ? 50000u : 300000u)

static struct plan_node *finite_rows(struct source_shape shape)
{
	shape.n_rows = shape.n_rows ? shape.n_rows : SOME;
	is_paid = true;
	return rows_of(&ending, shape);
}

static struct plan_node *emit_many_groups(void)
{
	return by_first(finite_rows((struct source_shape){ .n_keys = 3 }), "sum", 1);
}

static struct plan_node *emit_many_groups_with_texts(void)
{
	struct plan_node *n =
		plan_group(&f, finite_rows((struct source_shape){ .n_keys = 3, .text_bytes = 60 }),
			   2, (uint32_t[]){ 2, 0 }, 2);

	(void)plan_call(&f, n, 0, "max", 2);
	plan_call(&f, n, 1, "count", 1)->is_distinct = true;
	return n;
}

static struct plan_node *sort_and_emit(void)
{
	struct plan_sort_key keys[] = { { .column = 1, .is_descending = true }, { .column = 0 } };

	return plan_sort(&f, finite_rows((struct source_shape){ .n_keys = 7, .text_bytes = 30 }), 2,
			 keys);
}

/* Equal keys only: nothing but the comparison of whole rows would tell them apart. */
static struct plan_node *sort_equal_keys(void)
{
	struct plan_sort_key by_text = { .column = 2 };

	return plan_sort(&f, finite_rows((struct source_shape){ .text_bytes = 100 }), 1, &by_text);
}

static struct plan_node *topn_of_many(void)
{
	struct plan_sort_key falling = { .column = 0, .is_descending = true };

	return plan_topn(&f, finite_rows((struct source_shape){ .text_bytes = 30 }), 1, &falling,
			 1000, 40000);
}

static struct plan_node *build_link_and_probe(void)
{
	struct plan_node *build = finite_rows((struct source_shape){ .text_bytes = 30 });
	struct plan_node *probe =
		rows_of(&small, (struct source_shape){ .n_rows = SOME, .n_keys = 100 });

	return sum_of_first(join_on_first(probe, build));
}

/* 1,000 rows find 2,000 each. */
static struct plan_node *probe_long_lists(void)
{
	struct plan_node *build = finite_rows((struct source_shape){ .n_rows = 2000, .n_keys = 1 });
	struct plan_node *probe =
		rows_of(&small, (struct source_shape){ .n_rows = 1000, .n_keys = 1 });

	return sum_of_first(plan_join(&f, probe, build, 1, &column_1, &column_1));
}

static struct plan_node *one_after_the_other(void)
{
	struct plan_sort_key by_count = { .column = 1, .is_descending = true };
	struct plan_node *probe = finite_rows((struct source_shape){ .n_keys = 50000 });
	struct plan_node *build =
		rows_of(&small, (struct source_shape){ .n_rows = 50000, .text_bytes = 20 });
	struct plan_node *n = plan_join(&f, probe, build, 1, &column_1, &column_0);

	return plan_sort(&f, by_first(n, "count", -1), 1, &by_count);
}

static const struct finite_scenario {
	const char *name;
	struct plan_node *(*plan)(void);
	uint64_t n_rows; /* of the result */
} finite_scenarios[] = {
	{ "many groups", emit_many_groups, SOME },
	{ "many groups with texts", emit_many_groups_with_texts, SOME },
	{ "sort", sort_and_emit, SOME },
	{ "sort of equal keys", sort_equal_keys, SOME },
	{ "topn of many", topn_of_many, 40000 },
	{ "join of many", build_link_and_probe, 1 },
	{ "join with long lists", probe_long_lists, 1 },
	{ "join, then groups, then sort", one_after_the_other, SOME },
};

/* Runs to the end on one worker; *n_polls is how many polls it took. */
static struct poll_gap_max run_to_the_end(const struct finite_scenario *s, struct plan_node *n,
					  uint64_t *n_polls)
{
	struct poll_gap_max max;

	start(n, POLL_CREDIT);
	ck_assert_msg(live_wait(&live) == RUN_OK, "%s", live.run.err.msg);
	ck_assert_uint_eq(live.run.result.n_rows, s->n_rows);
	*n_polls = live_n_polls(&live);
	max = scheduler_poll_gap_max(live.options.scheduler);
	ck_assert_int_lt(scheduler_overdraft(live.options.scheduler), MAX_OVERDRAFT);
	live_fini(&live);
	return max;
}

START_TEST(every_phase_of_a_plan_that_ends_comes_back)
{
	const struct finite_scenario *s = &finite_scenarios[_i];
	struct plan_node *n = s->plan();
	struct poll_gap_max max;
	uint64_t n_polls;

	for (int i = 0; i < N_TRIES; i++) {
		max = run_to_the_end(s, n, &n_polls);
		report(s->name, "longest poll", max.ns, max.where);
		if (max.ns < MAX_NS)
			break;
	}
	ck_assert_uint_lt(max.ns, MAX_NS);
}
END_TEST

/* Polls all over the run, each of which is once the one that is cancelled. */
START_TEST(every_phase_can_be_cancelled)
{
	const struct finite_scenario *s = &finite_scenarios[_i];
	struct plan_node *n = s->plan();
	uint64_t n_polls, seed = 5 + (uint64_t)_i;

	(void)run_to_the_end(s, n, &n_polls);
	for (int i = 0; i < 8; i++) {
		uint64_t at = sample_random(&seed) % n_polls, after = 0;

		start(n, POLL_CREDIT);
		while (live_n_polls(&live) < at && live.n_done == 0)
			pause_ns(50 * NS_PER_US);
		live_cancel(&live, CANCEL_USER);
		at = live_n_polls(&live);
		/* A run that came to its end just before has ended well. */
		(void)live_wait(&live);
		ck_assert_int_eq(live.run.err.code, ERR_NONE);
		after = live_n_polls(&live) - at;
		ck_assert_uint_le(after, 2);
		live_fini(&live);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, an_endless_plan_comes_back_after_each_credit, 0, N_CASES);
	tcase_add_loop_test(tc, a_cancel_ends_a_poll_that_nothing_else_would_end, 0, N_CASES);
	tcase_add_loop_test(tc, every_phase_of_a_plan_that_ends_comes_back, 0,
			    ARRAY_SIZE(finite_scenarios));
	tcase_add_loop_test(tc, every_phase_can_be_cancelled, 0, ARRAY_SIZE(finite_scenarios));
	return unit_main("exec/cooperation", tc);
}
