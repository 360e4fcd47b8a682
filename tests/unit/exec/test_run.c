/*
 * test_run.c - exec/run.c: fragments and their tasks, from run_start() to done().
 *
 * live_fini() asserts for every run here that done() was called once, or never
 * when run_start() failed, and that all memory has come back.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/source.h"

static const uint32_t columns[] = { SOURCE_ROW, SOURCE_KEY };
static const uint32_t row_column = 0, key_column = 1;

static struct plan_run f;
static struct source probe, build;
static struct live live;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	source_fini(&probe);
	source_fini(&build);
	plan_run_fini(&f);
}

static struct plan_node *scan(struct source *s, struct source_shape shape)
{
	source_init(s, &shape);
	return make_scan(&f, &s->base, 2, columns);
}

/* ---- plans ---- */

static struct plan_node *group_by_key(struct plan_node *input)
{
	struct plan_node *n = plan_group(&f, input, 1, &key_column, 1);

	(void)plan_call(&f, n, 0, "count", -1);
	return n;
}

/* Groups of `build` are the build side of a join, whose result is grouped again. */
static struct plan_node *three_fragments_and_result(uint64_t n_probe, uint64_t n_build)
{
	struct plan_node *left = scan(
		&probe, (struct source_shape){
				.n_rows = n_probe, .n_keys = 10, .batch_rows = 500, .n_tasks = 3 });
	struct plan_node *right = scan(
		&build, (struct source_shape){
				.n_rows = n_build, .n_keys = 25, .batch_rows = 300, .n_tasks = 2 });

	return group_by_key(plan_join(&f, left, group_by_key(right), 1, &key_column, &row_column));
}

/* Keys 0..9, each so many times. */
static void check_ten_groups(int64_t n_each)
{
	int64_t *keys = live_longs(&live, 0);

	ck_assert_uint_eq(live.run.result.n_rows, 10);
	for (uint64_t i = 0; i < 10; i++) {
		ck_assert_int_eq(keys[i], (int64_t)i);
		ck_assert_int_eq(live_cell(&live, i, 1).i64, n_each);
	}
	mem_free(keys);
}

START_TEST(gives_the_same_rows_with_any_credit)
{
	static const int64_t credits[] = { 1, 100, 5000, 1000000, INT64_MAX / 4 };

	live_init(&live, &f, three_fragments_and_result(6000, 1000));
	live.options.credit = credits[_i];
	live.options.max_tasks = 3;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	check_ten_groups(600);
	live_fini(&live);
}
END_TEST

START_TEST(gives_the_same_rows_on_workers_with_random_credit)
{
	struct plan_node *n = three_fragments_and_result(6000, 1000);

	for (uint64_t seed = 1; seed <= 20; seed++) {
		live_init(&live, &f, n);
		live.n_workers = 2;
		live.options.max_tasks = 3;
		live.options.credit = seed % 2 ? 3000 : 100000;
		live.seed = seed + 100 * (uint64_t)_i;
		ck_assert_int_eq(live_start(&live), 0);
		ck_assert_int_eq(live_wait(&live), RUN_OK);
		check_ten_groups(600);
		live_fini(&live);
	}
}
END_TEST

START_TEST(sums_up_what_all_tasks_read)
{
	live_init(&live, &f, three_fragments_and_result(6000, 1000));
	live.n_workers = 2;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(atomic_load(&live.run.stats.rows_read), 7000);
	live_fini(&live);
}
END_TEST

/* ---- order ---- */

static _Atomic bool is_too_early;

static bool is_over(const struct source *s)
{
	return atomic_load(&s->n_opened) > 0 &&
	       atomic_load(&s->n_opened) == atomic_load(&s->n_closed);
}

static void wants_build_to_be_over(struct source *s, struct coop *coop)
{
	(void)s;
	(void)coop;
	if (!is_over(&build))
		atomic_store(&is_too_early, true);
}

START_TEST(a_fragment_starts_when_those_it_reads_have_ended)
{
	struct plan_node *n = three_fragments_and_result(6000, 100000);

	probe.hook = wants_build_to_be_over;
	live_init(&live, &f, n);
	live.n_workers = _i ? 2 : 0;
	live.options.max_tasks = 3;
	live.options.credit = 20000;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert(!is_too_early);
	ck_assert_uint_eq(build.n_opened, 2);
	ck_assert_uint_eq(probe.n_opened, 3);
	check_ten_groups(600);
	live_fini(&live);
}
END_TEST

START_TEST(opens_as_many_tasks_as_may_and_can_run)
{
	/* max_tasks, workers, what the table can keep busy, what must have been opened */
	static const uint32_t cases[][4] = {
		{ 3, 2, 16, 3 }, { 0, 2, 16, 2 }, { 0, 0, 16, 1 }, { 8, 1, 5, 5 }, { 8, 0, 5, 5 },
	};
	struct plan_node *n =
		scan(&probe, (struct source_shape){ .n_rows = 10, .n_tasks = cases[_i][2] });

	live_init(&live, &f, n);
	live.options.max_tasks = cases[_i][0];
	live.n_workers = cases[_i][1];
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(probe.n_opened, cases[_i][3]);
	live_fini(&live);
}
END_TEST

START_TEST(a_limit_without_an_order_runs_as_one_task_and_gives_the_first_rows)
{
	struct plan_node *n = scan(&probe, (struct source_shape){ .n_rows = 100000, .n_tasks = 8 });

	n = make_limit(&f, make_filter(&f, n, make_bool(&f, true)), 0, 5);
	live_init(&live, &f, make_project(&f, n, EXPRS(make_column(&f, 0, COL_LONG))));
	live.n_workers = 2;
	live.options.max_tasks = 8;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(probe.n_opened, 1);
	for (uint64_t i = 0; i < 5; i++)
		ck_assert_int_eq(live_cell(&live, i, 0).i64, (int64_t)i);
	live_fini(&live);
}
END_TEST

START_TEST(a_limit_above_a_cut_leaves_what_is_below_parallel)
{
	struct plan_node *n = scan(&probe, (struct source_shape){ .n_rows = 100000, .n_tasks = 4 });

	live_init(&live, &f, make_limit(&f, group_by_key(n), 0, 5));
	live.options.max_tasks = 4;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(probe.n_opened, 4);
	ck_assert_uint_eq(live.run.result.n_rows, 5);
	live_fini(&live);
}
END_TEST

/* ---- expressions that take long to compile ---- */

#define N_TERMS 2000

static struct plan_node *many_terms(void)
{
	struct plan_node *n = scan(&probe, (struct source_shape){ .n_rows = 10, .n_keys = 10 });
	struct plan_expr *terms[N_TERMS];

	for (int64_t i = 0; i < N_TERMS; i++)
		terms[i] = make_call(&f, "equals",
				     EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, 5 * i)));
	return make_filter(&f, n, make_or(&f, N_TERMS, terms));
}

START_TEST(a_long_expression_is_compiled_in_many_polls)
{
	live_init(&live, &f, many_terms());
	live.n_workers = 1;
	live.options.credit = 2000;
	ck_assert_int_eq(live_start(&live), 0);
	while (atomic_load(&probe.n_calls) == 0)
		(void)usleep(100);
	ck_assert_uint_gt(live_n_polls(&live), 100);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 2); /* 0 and 5 */
	ck_assert_int_lt(scheduler_overdraft(live.options.scheduler), 20000);
	live_fini(&live);
}
END_TEST

/* A fiber that is paused in the middle has to be led to its end. */
START_TEST(a_cancel_while_compiling_ends_the_run)
{
	struct plan_node *n = many_terms();

	for (uint64_t at = 1; at < 100; at += 7) {
		live_init(&live, &f, n);
		live.n_workers = 2;
		live.options.credit = 2000;
		ck_assert_int_eq(live_start(&live), 0);
		while (live_n_polls(&live) < at)
			continue;
		live_cancel(&live, CANCEL_USER);
		ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
		ck_assert_int_eq(live.run.err.code, ERR_NONE);
		ck_assert_uint_eq(probe.n_opened, probe.n_closed);
		live_fini(&live);
	}
}
END_TEST

/* ---- errors ---- */

START_TEST(an_error_in_one_task_stops_the_others_and_is_reported_once)
{
	struct plan_node *n =
		scan(&probe, (struct source_shape){
				     .n_rows = SOURCE_ENDLESS, .n_tasks = 4, .fails_at = 100000 });

	live_init(&live, &f, n);
	live.n_workers = _i ? 2 : 0;
	live.options.max_tasks = 4;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_int_eq(live.run.err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_str_eq(live.run.err.msg, "row 100000 cannot be read");
	ck_assert_int_eq(token_reason(&live.token), CANCEL_PEER_ERROR);
	/* A task whose turn has not come yet when another fails is never opened. */
	ck_assert_uint_ge(probe.n_opened, 1);
	ck_assert_uint_eq(probe.n_closed, probe.n_opened);
	ck_assert_uint_eq(live.run.result.n_rows, 0);
	live_fini(&live);
}
END_TEST

START_TEST(an_error_keeps_later_fragments_from_starting)
{
	struct plan_node *n = three_fragments_and_result(6000, 1000);

	build.shape.fails_at = 999;
	live_init(&live, &f, n);
	live.n_workers = 2;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_str_eq(live.run.err.msg, "row 999 cannot be read");
	ck_assert_uint_eq(probe.n_opened, 0);
	live_fini(&live);
}
END_TEST

/* All tasks fail, each at a row of its own; the message is one of theirs and whole. */
START_TEST(of_several_errors_one_is_kept)
{
	struct plan_expr *zero = make_call(
		&f, "minus", EXPRS(make_column(&f, 0, COL_LONG), make_column(&f, 0, COL_LONG)));
	struct plan_expr *bad = make_call(&f, "intdiv", EXPRS(make_column(&f, 0, COL_LONG), zero));
	struct plan_node *n = scan(
		&probe, (struct source_shape){ .n_rows = 4000, .batch_rows = 1000, .n_tasks = 4 });
	struct plan_node *project = make_project(&f, n, EXPRS(bad));
	int64_t row;

	for (int i = 0; i < 30; i++) {
		live_init(&live, &f, project);
		live.n_workers = 2;
		live.options.max_tasks = 4;
		ck_assert_int_eq(live_start(&live), 0);
		ck_assert_int_eq(live_wait(&live), RUN_FAILED);
		ck_assert_int_eq(sscanf(live.run.err.msg, "division by zero: %ld / 0", &row), 1);
		ck_assert_int_eq(row % 1000, 0);
		live_fini(&live);
	}
}
END_TEST

START_TEST(a_scan_that_cannot_be_opened_is_the_runs_error)
{
	struct plan_node *n = scan(
		&probe,
		(struct source_shape){ .n_rows = SOURCE_ENDLESS, .n_tasks = 4, .open_fails = 2 });

	live_init(&live, &f, n);
	live.n_workers = 2;
	live.options.max_tasks = 4;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_str_eq(live.run.err.msg, "the segment cannot be opened");
	ck_assert_uint_eq(probe.n_closed, probe.n_opened);
	live_fini(&live);
}
END_TEST

START_TEST(a_run_that_cannot_be_prepared_never_begins)
{
	struct plan_node *n = three_fragments_and_result(6000, 1000);

	probe.shape.start_fails = true;
	live_init(&live, &f, n);
	live.n_workers = 2;
	ck_assert_int_eq(live_start(&live), -1);
	ck_assert_str_eq(live.err.msg, "the table cannot be read");
	ck_assert_uint_eq(build.n_opened + probe.n_opened, 0);
	live_fini(&live);
}
END_TEST

/* ---- cancelling ---- */

/* Tasks that were seen in scans, and how often they had been polled when the token was set. */
static struct {
	struct task *tasks[16];
	uint64_t n_polls[16];
	uint32_t n;
	uint64_t cancel_at; /* the call that cancels */
	bool is_set;
} watch;

static void cancels_at_its_call(struct source *s, struct coop *coop)
{
	struct task *task = CONTAINER_OF(coop, struct task, coop);
	uint32_t i = 0;

	while (i < watch.n && watch.tasks[i] != task)
		i++;
	ck_assert_uint_lt(i, ARRAY_SIZE(watch.tasks));
	watch.tasks[i] = task;
	watch.n = MAX(watch.n, i + 1);
	if (atomic_load(&s->n_calls) < watch.cancel_at || watch.is_set)
		return;
	watch.is_set = true;
	for (i = 0; i < watch.n; i++)
		watch.n_polls[i] = watch.tasks[i]->n_polls;
	(void)token_set(coop->token, CANCEL_USER);
}

static struct plan_node *endless_plan(int which)
{
	struct source_shape endless = {
		.n_rows = SOURCE_ENDLESS, .n_keys = 1000, .n_tasks = 3, .batch_rows = 200
	};
	struct plan_sort_key by_row = { .column = 0, .is_descending = true };
	struct plan_node *n = scan(&probe, endless), *small;

	switch (which) {
	case 0:
		return n;
	case 1:
		return make_filter(&f, n, make_bool(&f, false));
	case 2:
		return group_by_key(n);
	case 3:
		return plan_sort(&f, n, 1, &by_row);
	case 4:
		return plan_topn(&f, n, 1, &by_row, 0, 100);
	default:
		break;
	}
	small = scan(&build, (struct source_shape){ .n_rows = 100 });
	if (which == 5) /* the endless side probes, or is built */
		return plan_join(&f, n, small, 1, &key_column, &key_column);
	return plan_join(&f, small, n, 1, &key_column, &key_column);
}

START_TEST(cancelled_in_any_poll_a_task_is_polled_once_more_at_most)
{
	static const int64_t credits[] = { 1, 300, 20000, INT64_MAX / 4 };
	struct plan_node *n = endless_plan(_i % 7);
	uint64_t seed = 7 + (uint64_t)_i;

	for (int round = 0; round < 8; round++) {
		watch.n = 0;
		watch.is_set = false;
		atomic_store(&probe.n_calls, 0);
		watch.cancel_at = 1 + sample_random(&seed) % (round < 4 ? 10 : 400);
		probe.hook = cancels_at_its_call;
		live_init(&live, &f, n);
		live.options.credit = credits[_i / 7];
		live.options.max_tasks = 3;
		ck_assert_int_eq(live_start(&live), 0);
		ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
		ck_assert_int_eq(live.run.err.code, ERR_NONE);
		for (uint32_t i = 0; i < watch.n; i++)
			ck_assert_uint_le(watch.tasks[i]->n_polls, watch.n_polls[i] + 1);
		live_fini(&live);
		ck_assert_uint_eq(probe.n_closed, probe.n_opened);
	}
}
END_TEST

START_TEST(cancelled_from_outside_a_run_on_workers_ends)
{
	struct plan_node *n = endless_plan(_i % 7);
	uint64_t seed = 70 + (uint64_t)_i;

	for (int round = 0; round < 5; round++) {
		uint64_t n_polls = 1 + sample_random(&seed) % 200, at_cancel, after;

		live_init(&live, &f, n);
		live.n_workers = 2;
		live.seed = 1 + seed;
		live.options.credit = 50000;
		live.options.max_tasks = 3;
		ck_assert_int_eq(live_start(&live), 0);
		while (live_n_polls(&live) < n_polls)
			continue;
		live_cancel(&live, CANCEL_TIMEOUT);
		at_cancel = live_n_polls(&live);
		ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
		after = live_n_polls(&live);
		/* Three tasks; two may be in a poll, and each is polled once more. */
		ck_assert_uint_le(after - at_cancel, 2 + 3);
		ck_assert_int_eq(live.run.err.code, ERR_NONE);
		live_fini(&live);
	}
}
END_TEST

START_TEST(a_run_that_is_cancelled_before_it_starts_opens_nothing)
{
	struct plan_node *n = three_fragments_and_result(6000, 1000);

	live_init(&live, &f, n);
	live.n_workers = _i ? 2 : 0;
	ck_assert(token_set(&live.token, CANCEL_USER));
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
	ck_assert_uint_eq(build.n_opened + probe.n_opened, 0);
	live_fini(&live);
}
END_TEST

static void cancels_and_then_fails(struct source *s, struct coop *coop)
{
	if (atomic_load(&s->n_calls) == 3) {
		(void)token_set(coop->token, CANCEL_USER);
		s->shape.fails_at = 1;
		s->shape.is_unpaid = true; /* so that it does not look at the token */
	}
}

START_TEST(what_fails_after_a_cancel_is_not_reported)
{
	struct plan_node *n = scan(&probe, (struct source_shape){ .n_rows = SOURCE_ENDLESS });

	probe.hook = cancels_and_then_fails;
	live_init(&live, &f, n);
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_CANCELLED);
	ck_assert_int_eq(live.run.err.code, ERR_NONE);
	ck_assert_int_eq(token_reason(&live.token), CANCEL_USER);
	live_fini(&live);
}
END_TEST

START_TEST(a_run_that_has_ended_may_still_be_cancelled)
{
	struct plan_node *n = scan(&probe, (struct source_shape){ .n_rows = 10 });

	live_init(&live, &f, n);
	live.n_workers = 2;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	live_cancel(&live, CANCEL_USER);
	ck_assert_uint_eq(live.run.result.n_rows, 10);
	live_fini(&live);
}
END_TEST

/* ---- waiting and slow tables ---- */

START_TEST(tables_that_say_not_now_are_asked_again)
{
	struct plan_node *n = three_fragments_and_result(6000, 1000);

	probe.shape.pending_every = 2;
	build.shape.pending_every = 3;
	build.shape.n_empty = 4;
	live_init(&live, &f, n);
	live.n_workers = 2;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	check_ten_groups(600);
	live_fini(&live);
}
END_TEST

/* ---- memory ---- */

START_TEST(a_query_above_its_memory_ends_with_that_error)
{
	/* those that need ever more */
	static const int plans[] = { 0, 3, 5, 6 };

	live_init(&live, &f, endless_plan(plans[_i]));
	live.n_workers = 2;
	live.limit_bytes = 16 << 20;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_FAILED);
	ck_assert_int_eq(live.run.err.code, ERR_QUERY_MEMORY);
	ck_assert_int_le(atomic_load(&live.account.peak_bytes), 16 << 20);
	live_fini(&live);
}
END_TEST

static void check_after_failure(bool has_failed)
{
	enum run_outcome outcome = live_wait(&live);

	ck_assert_int_eq(outcome, has_failed ? RUN_FAILED : RUN_OK);
	if (outcome == RUN_OK)
		check_ten_groups(10);
	else
		ck_assert_int_eq(live.has_started ? live.run.err.code : live.err.code,
				 ERR_OUT_OF_MEMORY);
	live_fini(&live);
	ck_assert_uint_eq(probe.n_closed, probe.n_opened);
	ck_assert_uint_eq(build.n_closed, build.n_opened);
}

START_TEST(survives_allocation_failure)
{
	struct plan_node *n = three_fragments_and_result(100, 50);
	long n_allocations = 1;

	for (long at = 0; at < n_allocations; at++) {
		long counted;

		live_init(&live, &f, n);
		live.options.max_tasks = 2;
		(void)mem_fail_after(at);
		(void)live_start(&live);
		counted = mem_fail_after(-1);
		n_allocations = MAX(n_allocations, counted + 1);
		check_after_failure(counted > at);
	}
	ck_assert_int_gt(n_allocations, 50);
}
END_TEST

static long fail_at;

static void starts_failing(struct source *s, struct coop *coop)
{
	(void)coop;
	if (atomic_load(&s->n_calls) == 1)
		(void)mem_fail_after(fail_at);
}

/* The same with the tasks side by side, from the first batch on. */
START_TEST(survives_allocation_failure_on_workers)
{
	struct plan_node *n = three_fragments_and_result(100, 50);
	bool has_failed;

	build.hook = starts_failing;
	fail_at = 0;
	do {
		atomic_store(&build.n_calls, 0);
		live_init(&live, &f, n);
		live.n_workers = 2;
		live.options.max_tasks = 2;
		ck_assert_int_eq(live_start(&live), 0);
		(void)live_wait(&live);
		has_failed = mem_fail_after(-1) > fail_at;
		check_after_failure(has_failed);
		fail_at += 3;
	} while (has_failed);
	ck_assert_int_gt(fail_at, 30);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, gives_the_same_rows_with_any_credit, 0, 5);
	tcase_add_loop_test(tc, gives_the_same_rows_on_workers_with_random_credit, 0, 3);
	tcase_add_test(tc, sums_up_what_all_tasks_read);
	tcase_add_loop_test(tc, a_fragment_starts_when_those_it_reads_have_ended, 0, 2);
	tcase_add_loop_test(tc, opens_as_many_tasks_as_may_and_can_run, 0, 5);
	tcase_add_test(tc, a_limit_without_an_order_runs_as_one_task_and_gives_the_first_rows);
	tcase_add_test(tc, a_limit_above_a_cut_leaves_what_is_below_parallel);
	tcase_add_test(tc, a_long_expression_is_compiled_in_many_polls);
	tcase_add_test(tc, a_cancel_while_compiling_ends_the_run);
	tcase_add_loop_test(tc, an_error_in_one_task_stops_the_others_and_is_reported_once, 0, 2);
	tcase_add_test(tc, an_error_keeps_later_fragments_from_starting);
	tcase_add_test(tc, of_several_errors_one_is_kept);
	tcase_add_test(tc, a_scan_that_cannot_be_opened_is_the_runs_error);
	tcase_add_test(tc, a_run_that_cannot_be_prepared_never_begins);
	tcase_add_loop_test(tc, cancelled_in_any_poll_a_task_is_polled_once_more_at_most, 0, 28);
	tcase_add_loop_test(tc, cancelled_from_outside_a_run_on_workers_ends, 0, 7);
	tcase_add_loop_test(tc, a_run_that_is_cancelled_before_it_starts_opens_nothing, 0, 2);
	tcase_add_test(tc, what_fails_after_a_cancel_is_not_reported);
	tcase_add_test(tc, a_run_that_has_ended_may_still_be_cancelled);
	tcase_add_test(tc, tables_that_say_not_now_are_asked_again);
	tcase_add_loop_test(tc, a_query_above_its_memory_ends_with_that_error, 0, 4);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, survives_allocation_failure_on_workers);
	return unit_main("exec/run", tc);
}
