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

/* A body and what became of it. */
struct reading {
	struct token token;
	struct body body;
	_Atomic int n_done, n_ended;
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

/* Where the test's own thread is held up, what it wants to come in between comes too late. */
#define ATTEMPTS 20

/* One worker has a long body; true when the short one ends before it. */
static bool ends_before_a_longer_one(struct str text)
{
	struct reading first, second;
	bool is_before;

	read_text(&first, text);
	while (atomic_load(&first.body.group.cpu_ns) == 0)
		sched_yield();
	read_text(&second, (struct str){ text.ptr, 20000 });
	await_end(&second);
	is_before = atomic_load(&first.n_ended) == 0;
	await_end(&first);
	body_fini(&first.body);
	body_fini(&second.body);
	return is_before;
}

START_TEST(others_have_their_turns_meanwhile)
{
	struct strbuf text = long_text("");
	bool is_before = false;

	scheduler_stop(&scheduler);
	start(1, 1000);
	for (int i = 0; i < ATTEMPTS && !is_before; i++)
		is_before = ends_before_a_longer_one(strbuf_str(&text));
	ck_assert(is_before);
	strbuf_fini(&text);
}
END_TEST

/* What has run for 20 ms, and then waits until it is cancelled. */
struct old_query {
	struct token token;
	struct task_group group;
	struct task task;
	_Atomic bool is_waiting, is_over;
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
	atomic_store(&CONTAINER_OF(t, struct old_query, task)->is_over, true);
}

/* True when a query that is cancelled while a body is read ends before the body does. */
static bool query_ends_before_body(struct str text)
{
	struct old_query q = { 0 };
	struct reading r;
	bool is_before;

	task_group_init(&q.group, GROUP_QUERY, &q.token, 1);
	task_init(&q.task, &q.group, old_query_poll, old_query_ended, "old query");
	scheduler_add(scheduler, &q.task);
	while (!atomic_load(&q.is_waiting))
		sched_yield();
	read_text(&r, text);
	while (atomic_load(&r.body.group.cpu_ns) == 0)
		sched_yield();
	(void)token_set(&q.token, CANCEL_USER);
	scheduler_expedite(scheduler, &q.group);
	while (!atomic_load(&q.is_over))
		sched_yield();
	is_before = atomic_load(&r.n_ended) == 0;
	await_end(&r);
	body_fini(&r.body);
	return is_before;
}

/* In the group of a control task, which less work so far would put in front, the body would not. */
START_TEST(the_end_of_a_cancelled_query_does_not_wait_for_a_body)
{
	struct strbuf text = long_text("");
	bool is_before = false;

	scheduler_stop(&scheduler);
	start(1, 1000);
	for (int i = 0; i < ATTEMPTS && !is_before; i++)
		is_before = query_ends_before_body(strbuf_str(&text));
	ck_assert(is_before);
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
	tcase_add_test(tc, others_have_their_turns_meanwhile);
	tcase_add_test(tc, the_end_of_a_cancelled_query_does_not_wait_for_a_body);
	tcase_add_test(tc, reading_ends_when_the_client_is_gone);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("query/body", tc);
}
