/* test_body.c - bodies read at once and on a worker, to the end and not. */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "broker/query/body.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

#define LONG_BYTES ((size_t)2 << 20)

static struct scheduler *scheduler;
static _Atomic int n_over; /* bodies and tasks that have ended */

/* A body and what became of it. */
struct reading {
	struct token token;
	struct body body;
	_Atomic int n_done, n_ended;
	int order;        /* of its end among all */
	pthread_t thread; /* that called done() */
};

static void start(uint32_t n_workers, int64_t credit)
{
	struct scheduler_options options = { n_workers, credit, 0 };
	struct error err = { 0 };

	ck_assert_int_eq(scheduler_start(&options, &scheduler, &err), 0);
}

static void setup(void)
{
	(void)mem_fail_after(-1);
	start(2, 20000);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	scheduler_stop(&scheduler);
}

static void done(struct body *b)
{
	struct reading *r = CONTAINER_OF(b, struct reading, body);

	r->thread = pthread_self();
	atomic_fetch_add(&r->n_done, 1);
}

static void ended(struct body *b)
{
	struct reading *r = CONTAINER_OF(b, struct reading, body);

	ck_assert_int_eq(r->n_done, 1);
	r->order = atomic_fetch_add(&n_over, 1);
	atomic_fetch_add(&r->n_ended, 1);
}

static void read_text(struct reading *r, struct str text)
{
	*r = (struct reading){ .body = {
				       .text = text,
				       .picks = { { .key = "sql" }, { .key = "queryOptions" } },
				       .n_picks = 2,
				       .token = &r->token,
				       .done = done,
				       .ended = ended,
			       } };
	body_read(&r->body, scheduler);
}

static void await_end(struct reading *r)
{
	while (atomic_load(&r->n_ended) == 0)
		sched_yield();
	ck_assert_int_eq(r->n_ended, 1);
}

/* {"sql":"xxx...","queryOptions":"a=b"} and then `tail`. */
static struct strbuf long_text(const char *tail)
{
	struct strbuf text = STRBUF_INIT;
	static char x[1024];

	memset(x, 'x', sizeof(x));
	strbuf_add_str(&text, STR("{\"sql\":\""));
	for (size_t i = 0; i < LONG_BYTES; i += sizeof(x))
		strbuf_add(&text, x, sizeof(x));
	strbuf_add_str(&text, STR("\",\"queryOptions\":\"a=b\"}"));
	strbuf_add_str(&text, str_of(tail));
	return text;
}

START_TEST(a_short_body_is_read_at_once)
{
	struct reading r;

	read_text(&r, STR("{\"sql\":\"SELECT 1\"}"));
	ck_assert_int_eq(r.n_ended, 1);
	ck_assert(pthread_equal(r.thread, pthread_self()));
	ck_assert_int_eq(r.body.error.code, ERR_NONE);
	ck_assert_str_eq(r.body.picks[0].text.ptr, "SELECT 1");
	ck_assert(!r.body.picks[1].is_there);
	body_fini(&r.body);
	read_text(&r, STR("{\"sql\""));
	ck_assert_int_eq(r.body.error.code, ERR_JSON_PARSING);
	body_fini(&r.body);
}
END_TEST

START_TEST(a_long_body_is_read_on_a_worker)
{
	struct strbuf text = long_text("");
	struct reading r;

	read_text(&r, strbuf_str(&text));
	await_end(&r);
	ck_assert(!pthread_equal(r.thread, pthread_self()));
	ck_assert_int_eq(r.body.error.code, ERR_NONE);
	ck_assert_uint_eq(r.body.picks[0].text.len, LONG_BYTES);
	ck_assert_str_eq(r.body.picks[1].text.ptr, "a=b");
	/* In turns: at 20,000 units a poll, of which a byte is at least one. */
	ck_assert_uint_gt(r.body.task.n_polls, LONG_BYTES / 25000);
	ck_assert_int_lt(scheduler_overdraft(scheduler), 50000);
	body_fini(&r.body);
	strbuf_fini(&text);
}
END_TEST

START_TEST(a_mistake_at_the_end_of_a_long_body_is_found)
{
	struct strbuf text = long_text(" x");
	struct reading r;

	read_text(&r, strbuf_str(&text));
	await_end(&r);
	ck_assert_int_eq(r.body.error.code, ERR_JSON_PARSING);
	ck_assert_str_eq(r.body.error.msg, "line 1, column 2097185: end of file expected near 'x'");
	body_fini(&r.body);
	strbuf_fini(&text);
}
END_TEST

/* ---- in turns with others, on one worker ---- */

/* Keeps the worker until the test has put everything into the queue. */
struct gate {
	struct token token;
	struct task_group group;
	struct task task;
	_Atomic bool is_open, is_over;
};

static struct gate gate;

static enum task_result gate_poll(struct task *t)
{
	(void)t;
	while (!atomic_load(&gate.is_open))
		sched_yield();
	return TASK_DONE;
}

static void gate_ended(struct task *t)
{
	(void)t;
	atomic_store(&gate.is_over, true);
}

static void close_gate(void)
{
	gate = (struct gate){ 0 };
	task_group_init(&gate.group, GROUP_CONTROL, &gate.token, 0);
	task_init(&gate.task, &gate.group, gate_poll, gate_ended, "gate");
	scheduler_add(scheduler, &gate.task);
}

static void open_gate(void)
{
	atomic_store(&gate.is_open, true);
	while (!atomic_load(&gate.is_over))
		sched_yield();
}

static void start_one_worker(void)
{
	scheduler_stop(&scheduler);
	start(1, 1000);
}

START_TEST(a_longer_body_leaves_turns_to_others)
{
	struct strbuf text = long_text("");
	struct reading first, second;

	start_one_worker();
	close_gate();
	read_text(&first, strbuf_str(&text));
	read_text(&second, (struct str){ text.ptr, 100000 });
	open_gate();
	await_end(&first);
	await_end(&second);
	ck_assert_int_lt(second.order, first.order);
	body_fini(&first.body);
	body_fini(&second.body);
	strbuf_fini(&text);
}
END_TEST

/* What has run for 20 ms, and then waits until it is cancelled. */
struct old_query {
	struct token token;
	struct task_group group;
	struct task task;
	_Atomic bool is_waiting, is_over;
	int order;
};

static enum task_result old_query_poll(struct task *t)
{
	struct old_query *q = CONTAINER_OF(t, struct old_query, task);
	uint64_t until = clock_thread_cpu_ns() + NS_PER_MS;

	if (coop_cancelled(&t->coop))
		return TASK_DONE;
	while (clock_thread_cpu_ns() < until)
		continue;
	t->why = atomic_load(&q->group.cpu_ns) < 20 * NS_PER_MS ? WHY_CREDIT : WHY_PEER;
	atomic_store(&q->is_waiting, t->why == WHY_PEER);
	return TASK_PENDING;
}

static void old_query_ended(struct task *t)
{
	struct old_query *q = CONTAINER_OF(t, struct old_query, task);

	q->order = atomic_fetch_add(&n_over, 1);
	atomic_store(&q->is_over, true);
}

/* In the group of a control task, which less work so far would put in front, the body would not. */
START_TEST(the_end_of_a_cancelled_query_does_not_wait_for_a_body)
{
	struct strbuf text = long_text("");
	struct old_query q = { 0 };
	struct reading r;

	start_one_worker();
	task_group_init(&q.group, GROUP_QUERY, &q.token, 1);
	task_init(&q.task, &q.group, old_query_poll, old_query_ended, "old query");
	scheduler_add(scheduler, &q.task);
	while (!atomic_load(&q.is_waiting))
		sched_yield();
	close_gate();
	read_text(&r, strbuf_str(&text));
	(void)token_set(&q.token, CANCEL_USER);
	scheduler_expedite(scheduler, &q.group);
	open_gate();
	await_end(&r);
	while (!atomic_load(&q.is_over))
		sched_yield();
	ck_assert_int_lt(q.order, r.order);
	body_fini(&r.body);
	strbuf_fini(&text);
}
END_TEST

START_TEST(reading_ends_when_the_client_is_gone)
{
	struct strbuf text = long_text("");
	uint64_t random = 4711;

	for (int i = 0; i < 200; i++) {
		struct reading r;
		uint64_t until = clock_mono_ns() + unit_random(&random) % 3000000;

		read_text(&r, strbuf_str(&text));
		while (clock_mono_ns() < until && i > 0)
			continue;
		(void)token_set(&r.token, CANCEL_CLIENT_GONE);
		await_end(&r);
		ck_assert(r.body.error.code == ERR_NONE ||
			  r.body.error.code == ERR_QUERY_CANCELLED);
		body_fini(&r.body);
	}
	strbuf_fini(&text);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct strbuf text = long_text("");
	long n = 0, counted;

	do {
		struct reading r;

		(void)mem_fail_after(n);
		read_text(&r, strbuf_str(&text));
		await_end(&r);
		counted = mem_fail_after(-1);
		if (r.body.error.code == ERR_NONE)
			ck_assert_uint_eq(r.body.picks[0].text.len, LONG_BYTES);
		else
			ck_assert_int_eq(r.body.error.code, ERR_OUT_OF_MEMORY);
		body_fini(&r.body);
	} while (n++ < counted);
	ck_assert_int_ge(n, 4);
	strbuf_fini(&text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_short_body_is_read_at_once);
	tcase_add_test(tc, a_long_body_is_read_on_a_worker);
	tcase_add_test(tc, a_mistake_at_the_end_of_a_long_body_is_found);
	tcase_add_test(tc, a_longer_body_leaves_turns_to_others);
	tcase_add_test(tc, the_end_of_a_cancelled_query_does_not_wait_for_a_body);
	tcase_add_test(tc, reading_ends_when_the_client_is_gone);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("query/body", tc);
}
