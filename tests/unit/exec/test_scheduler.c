/* Tests of broker/exec/scheduler.c. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "broker/exec/scheduler.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "tests/support/base/unit.h"

#define MANY 200

/* A task that works for n_polls polls, or for ever. */
struct job {
	struct task task;
	struct token token;
	struct task_group group;
	int n_polls;      /* left; negative: for ever */
	uint64_t work_ns; /* CPU time of one poll */
	int64_t units;    /* paid by pay_and_end() */
	enum task_why why;
	_Atomic int n_polled, n_ended;
	_Atomic uint64_t ended_at;
};

static struct scheduler *s;
static struct error err;

static void start(uint32_t n_workers, uint64_t seed)
{
	struct scheduler_options o = { n_workers, 100000, seed };

	ck_assert_int_eq(scheduler_start(&o, &s, &err), 0);
}

static void teardown(void)
{
	scheduler_stop(&s);
}

static void burn(uint64_t ns)
{
	uint64_t end = clock_thread_cpu_ns() + ns;

	while (clock_thread_cpu_ns() < end)
		continue;
}

static enum task_result job_poll(struct task *t)
{
	struct job *j = CONTAINER_OF(t, struct job, task);

	atomic_fetch_add(&j->n_polled, 1);
	if (coop_cancelled(&t->coop))
		return TASK_DONE;
	burn(j->work_ns);
	if (j->n_polls > 0 && --j->n_polls == 0)
		return TASK_DONE;
	t->why = j->why;
	return TASK_PENDING;
}

static void job_ended(struct task *t)
{
	struct job *j = CONTAINER_OF(t, struct job, task);

	atomic_store(&j->ended_at, clock_mono_ns());
	atomic_fetch_add(&j->n_ended, 1);
}

static void job_start(struct job *j, int n_polls, uint64_t work_ns, enum task_why why)
{
	*j = (struct job){ .n_polls = n_polls, .work_ns = work_ns, .why = why };
	task_group_init(&j->group, GROUP_QUERY, &j->token, 7);
	task_init(&j->task, &j->group, job_poll, job_ended, "test");
	scheduler_add(s, &j->task);
}

static void wait_until_ended(struct job *j)
{
	while (!atomic_load(&j->n_ended))
		sched_yield();
}

static void stop(struct job *j)
{
	(void)token_set(&j->token, CANCEL_USER);
	scheduler_expedite(s, &j->group);
	wait_until_ended(j);
}

START_TEST(polls_a_task_until_it_is_done_and_ends_it_once)
{
	struct job j;

	start(2, 0);
	job_start(&j, 25, 0, WHY_CREDIT);
	wait_until_ended(&j);
	ck_assert_int_eq(j.n_polled, 25);
	ck_assert_int_eq(j.n_ended, 1);
	ck_assert_uint_eq(scheduler_poll_gap(s)->n, 25);
}
END_TEST

START_TEST(a_waiting_task_runs_only_when_it_is_woken)
{
	struct job j;

	start(2, 0);
	job_start(&j, 3, 0, WHY_IO);
	while (atomic_load(&j.n_polled) < 1)
		sched_yield();
	for (int i = 0; i < 100; i++)
		sched_yield();
	ck_assert_int_eq(j.n_polled, 1);
	task_wake(s, &j.task);
	while (atomic_load(&j.n_polled) < 2)
		sched_yield();
	task_wake(s, &j.task);
	wait_until_ended(&j);
	ck_assert_int_eq(j.n_polled, 3);
}
END_TEST

/* Wakes itself in the middle of the poll in which it goes to wait. */
static enum task_result wakes_itself(struct task *t)
{
	struct job *j = CONTAINER_OF(t, struct job, task);

	if (atomic_fetch_add(&j->n_polled, 1) == 1000)
		return TASK_DONE;
	task_wake(s, t);
	t->why = WHY_OUTPUT;
	return TASK_PENDING;
}

START_TEST(a_wake_that_comes_while_the_task_runs_is_not_lost)
{
	struct job j = { 0 };

	start(2, 0);
	task_group_init(&j.group, GROUP_QUERY, &j.token, 7);
	task_init(&j.task, &j.group, wakes_itself, job_ended, "test");
	scheduler_add(s, &j.task);
	wait_until_ended(&j);
	ck_assert_int_eq(j.n_polled, 1001);
}
END_TEST

START_TEST(a_cancelled_task_that_waits_or_is_queued_ends_at_once)
{
	static struct job jobs[MANY];

	start(2, 0);
	for (int i = 0; i < MANY; i++)
		job_start(&jobs[i], -1, 10000, i % 2 ? WHY_CREDIT : WHY_IO);
	for (int i = MANY - 1; i >= 0; i--)
		stop(&jobs[i]);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(jobs[i].n_ended, 1);
}
END_TEST

static int compare_ns(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

START_TEST(a_short_task_is_not_behind_long_ones)
{
	static struct job heavy[32];
	struct job light;
	uint64_t ns[21];

	start(2, 0);
	for (int i = 0; i < 32; i++)
		job_start(&heavy[i], -1, 100000, WHY_CREDIT);
	burn(300 * NS_PER_MS); /* until all of them are beyond the first level */
	for (size_t i = 0; i < ARRAY_SIZE(ns); i++) {
		uint64_t begin = clock_mono_ns();

		job_start(&light, 5, 10000, WHY_CREDIT);
		wait_until_ended(&light);
		ns[i] = light.ended_at - begin;
	}
	for (int i = 0; i < 32; i++)
		stop(&heavy[i]);
	/* Round robin over 32 tasks and turns of 1 ms would take at least 15 ms each time. */
	qsort(ns, ARRAY_SIZE(ns), sizeof(*ns), compare_ns);
	ck_assert_uint_lt(ns[ARRAY_SIZE(ns) / 2], 15 * NS_PER_MS);
}
END_TEST

START_TEST(long_tasks_are_not_starved_by_short_ones)
{
	static struct job jobs[3];

	start(1, 0);
	job_start(&jobs[0], -1, 100000, WHY_CREDIT);
	while (jobs[0].group.cpu_ns < 20 * NS_PER_MS)
		sched_yield();
	for (int i = 0; i < 100; i++) {
		int before = atomic_load(&jobs[0].n_polled);

		job_start(&jobs[1], 50, 100000, WHY_CREDIT);
		job_start(&jobs[2], 50, 100000, WHY_CREDIT);
		wait_until_ended(&jobs[1]);
		wait_until_ended(&jobs[2]);
		if (atomic_load(&jobs[0].n_polled) > before + 5)
			break;
		ck_assert_int_lt(i, 99);
	}
	stop(&jobs[0]);
}
END_TEST

/* How far apart four tasks are after 200 ms of CPU time together. */
static uint64_t difference_of_shares(void)
{
	static struct job jobs[4];
	uint64_t least = UINT64_MAX, most = 0;

	for (int i = 0; i < 4; i++)
		job_start(&jobs[i], -1, 100000, WHY_CREDIT);
	while (jobs[0].group.cpu_ns + jobs[1].group.cpu_ns + jobs[2].group.cpu_ns +
		       jobs[3].group.cpu_ns <
	       200 * NS_PER_MS)
		sched_yield();
	for (int i = 0; i < 4; i++)
		stop(&jobs[i]);
	for (int i = 0; i < 4; i++) {
		least = MIN(least, jobs[i].group.cpu_ns);
		most = MAX(most, jobs[i].group.cpu_ns);
	}
	return most - least;
}

/* A machine that takes the CPU away makes one poll of one task long, but not each time. */
START_TEST(least_attained_service_makes_shares_equal)
{
	uint64_t difference = UINT64_MAX;

	start(1, 0);
	for (int i = 0; i < 5 && difference >= 10 * NS_PER_MS; i++)
		difference = difference_of_shares();
	ck_assert_uint_lt(difference, 10 * NS_PER_MS);
}
END_TEST

static enum task_result pay_and_end(struct task *t)
{
	coop_pay(&t->coop, CONTAINER_OF(t, struct job, task)->units);
	return TASK_DONE;
}

START_TEST(knows_how_much_a_poll_has_paid_beyond_its_credit)
{
	static const int64_t units[] = { 99999, 107000, 130000, 101000 },
			     most[] = { 0, 7000, 30000, 30000 };
	struct job j;

	start(1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		j = (struct job){ .units = units[i] };
		task_group_init(&j.group, GROUP_QUERY, &j.token, 7);
		task_init(&j.task, &j.group, pay_and_end, job_ended, "test");
		scheduler_add(s, &j.task);
		wait_until_ended(&j);
		ck_assert_int_eq(scheduler_overdraft(s), most[i]);
	}
	scheduler_poll_gap_reset(s);
	ck_assert_int_eq(scheduler_overdraft(s), 0);
}
END_TEST

START_TEST(the_longest_poll_is_kept_with_its_query)
{
	struct job j;
	struct poll_gap_max max;

	start(1, 0);
	job_start(&j, 3, 2 * NS_PER_MS, WHY_CREDIT);
	wait_until_ended(&j);
	max = scheduler_poll_gap_max(s);
	ck_assert_uint_ge(max.ns, 2 * NS_PER_MS);
	ck_assert_uint_eq(max.query_id, 7);
	ck_assert_str_eq(max.where, "test");
	scheduler_poll_gap_reset(s);
	ck_assert_uint_eq(scheduler_poll_gap_max(s).ns, 0);
	ck_assert_uint_eq(scheduler_poll_gap(s)->n, 0);
}
END_TEST

static _Atomic int64_t least_credit = INT64_MAX, most_credit;

static enum task_result notes_credit(struct task *t)
{
	least_credit = MIN(least_credit, t->coop.credit);
	most_credit = MAX(most_credit, t->coop.credit);
	return job_poll(t);
}

START_TEST(random_credits_stay_in_their_range)
{
	struct job j = { .n_polls = 2000, .why = WHY_CREDIT };

	start(1, 42);
	task_group_init(&j.group, GROUP_QUERY, &j.token, 7);
	task_init(&j.task, &j.group, notes_credit, job_ended, "test");
	scheduler_add(s, &j.task);
	wait_until_ended(&j);
	ck_assert_int_ge(least_credit, 1);
	ck_assert_int_le(most_credit, 100000);
	ck_assert_int_lt(least_credit, 1000);
	ck_assert_int_gt(most_credit, 99000);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct scheduler_options o = { 2, 100000, 0 };

	mem_fail_after(_i);
	if (scheduler_start(&o, &s, &err) < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, polls_a_task_until_it_is_done_and_ends_it_once);
	tcase_add_test(tc, a_waiting_task_runs_only_when_it_is_woken);
	tcase_add_test(tc, a_wake_that_comes_while_the_task_runs_is_not_lost);
	tcase_add_test(tc, a_cancelled_task_that_waits_or_is_queued_ends_at_once);
	tcase_add_test(tc, a_short_task_is_not_behind_long_ones);
	tcase_add_test(tc, long_tasks_are_not_starved_by_short_ones);
	tcase_add_test(tc, least_attained_service_makes_shares_equal);
	tcase_add_test(tc, knows_how_much_a_poll_has_paid_beyond_its_credit);
	tcase_add_test(tc, the_longest_poll_is_kept_with_its_query);
	tcase_add_test(tc, random_credits_stay_in_their_range);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("exec/scheduler", tc);
}
