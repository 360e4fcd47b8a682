/* Tests of broker/query/output.c. */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "broker/query/output.h"
#include "common/base/error.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct output o;
static _Atomic int n_room, n_ready;

static void room(void *arg)
{
	ck_assert_ptr_eq(arg, &o);
	atomic_fetch_add(&n_room, 1);
}

static void ready(void *arg)
{
	ck_assert_ptr_eq(arg, &n_ready);
	atomic_fetch_add(&n_ready, 1);
}

static void setup(void)
{
	n_room = n_ready = 0;
	output_init(&o, room, &o);
	output_on_ready(&o, ready, &n_ready);
}

static void teardown(void)
{
	output_fini(&o);
}

static void put(const char *text)
{
	struct strbuf piece = STRBUF_INIT;

	strbuf_add_str(&piece, str_of(text));
	output_put(&o, &piece);
	ck_assert_ptr_null(piece.ptr);
}

static void expect(const char *text)
{
	char buf[100] = { 0 };
	long n = output_read(&o, buf, 4);

	ck_assert_int_eq(n, (long)strlen(text));
	ck_assert_str_eq(buf, text);
}

START_TEST(text_comes_out_as_it_went_in)
{
	char c;

	put("hello");
	put("wor");
	expect("hell");
	expect("o");
	ck_assert_int_eq(output_read(&o, &c, 1), 1);
	ck_assert_int_eq(c, 'w');
	expect("or");
	ck_assert_int_eq(output_read(&o, &c, 1), 0);
	put("x");
	output_end(&o, false);
	expect("x");
	ck_assert_int_eq(output_read(&o, &c, 1), -1);
	ck_assert_int_eq(n_ready, 4);
}
END_TEST

START_TEST(a_full_queue_tells_when_there_is_room)
{
	for (int i = 0; i < OUTPUT_PIECES; i++) {
		ck_assert(!output_is_full(&o));
		put("abcd");
	}
	ck_assert(output_is_full(&o));
	expect("abcd");
	ck_assert_int_eq(n_room, 0);
	expect("abcd");
	ck_assert_int_eq(n_room, 1);
	expect("abcd");
	ck_assert_int_eq(n_room, 1);
	ck_assert(!output_is_full(&o));
}
END_TEST

START_TEST(a_failure_hides_what_was_not_read)
{
	char c;

	put("abc");
	output_end(&o, true);
	ck_assert_int_eq(output_read(&o, &c, 1), -2);
}
END_TEST

START_TEST(an_abandoned_queue_is_never_full_and_tells_nobody)
{
	for (int i = 0; i < OUTPUT_PIECES; i++)
		put("abcd");
	output_abandon(&o);
	ck_assert(output_is_abandoned(&o));
	ck_assert_int_eq(n_room, 1);
	n_ready = 0;
	ck_assert(!output_is_full(&o));
	output_end(&o, false);
	ck_assert_int_eq(n_ready, 0);
}
END_TEST

/* The producer has been told that the queue is not full, and is not told yet why. */
START_TEST(a_piece_for_a_client_that_is_gone_is_dropped)
{
	for (int i = 0; i < OUTPUT_PIECES; i++)
		put("abcd");
	ck_assert(output_is_full(&o));
	output_abandon(&o);
	for (int i = 0; i < OUTPUT_PIECES && !output_is_full(&o); i++)
		put("efgh");
	output_end(&o, true);
}
END_TEST

#define N_PIECES 2000

static void produce(void *arg)
{
	(void)arg;
	for (int i = 0; i < N_PIECES;) {
		char text[16];

		if (output_is_full(&o)) {
			sched_yield();
			continue;
		}
		(void)snprintf(text, sizeof(text), "%07d,", i++);
		put(text);
	}
	output_end(&o, false);
}

START_TEST(a_producer_and_a_consumer_lose_nothing)
{
	static char all[N_PIECES * 8 + 1];
	struct thread t = { 0 };
	struct error err = { 0 };
	size_t len = 0;
	long n;

	ck_assert_int_eq(thread_start(&t, "producer", produce, NULL, &err), 0);
	while ((n = output_read(&o, all + len, 5)) >= 0)
		len += (size_t)n;
	thread_join(&t);
	ck_assert_uint_eq(len, N_PIECES * 8);
	for (int i = 0; i < N_PIECES; i++)
		ck_assert_int_eq(strtol(all + i * 8, NULL, 10), i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, text_comes_out_as_it_went_in);
	tcase_add_test(tc, a_full_queue_tells_when_there_is_room);
	tcase_add_test(tc, a_failure_hides_what_was_not_read);
	tcase_add_test(tc, an_abandoned_queue_is_never_full_and_tells_nobody);
	tcase_add_test(tc, a_piece_for_a_client_that_is_gone_is_dropped);
	tcase_add_test(tc, a_producer_and_a_consumer_lose_nothing);
	return unit_main("query/output", tc);
}
