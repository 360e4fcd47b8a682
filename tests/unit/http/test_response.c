/* test_response.c - answers from any thread, bodies that come in pieces, and hang-ups. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"
#include "tests/support/http/client.h"

static struct http_server *server;
static uint16_t port;

/* Not a sleep: the moment should fall anywhere around the suspension. */
static void spin(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

static int await(_Atomic int *n, int want)
{
	for (int i = 0; i < 5000 && atomic_load(n) < want; i++)
		(void)usleep(1000);
	return atomic_load(n);
}

/* ---- answers from another thread ---- */

static struct answerer {
	struct thread thread;
	struct http_request *rq;
	unsigned delay;
} answerer;

static void answer_main(void *arg)
{
	struct answerer *a = arg;
	struct strbuf body = STRBUF_INIT;

	spin(a->delay);
	strbuf_printf(&body, "answer");
	http_respond(a->rq, 200, "text/plain", &body);
}

static void answer_later(struct http_request *rq, void *context)
{
	struct error err;

	(void)context;
	thread_join(&answerer.thread);
	answerer.rq = rq;
	ck_assert_int_eq(thread_start(&answerer.thread, "answerer", answer_main, &answerer, &err),
			 0);
	spin(answerer.delay % 7000);
}

static void answer_with_headers(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	(void)context;
	ck_assert_int_eq(http_add_header(rq, "X-One", "first"), 0);
	ck_assert_int_eq(http_add_header(rq, "X-Two", ""), 0);
	ck_assert_int_eq(http_add_header(rq, "X-Three", "a\r\nX-Four: b"), -1);
	ck_assert_int_eq(http_add_header(rq, "X\n", "a"), -1);
	http_respond(rq, 418, "text/plain", &body);
}

static void answer_with_one_header(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	(void)context;
	strbuf_printf(&body, "%s", http_add_header(rq, "X-One", "first") < 0 ? "none" : "one");
	http_respond(rq, 200, "text/plain", &body);
}

/* ---- requests that are not answered until the client is gone ---- */

static struct {
	struct http_request *rq;
	_Atomic int n_asked, n_gone;
} held;

static void on_gone(void *arg)
{
	ck_assert_ptr_eq(arg, &held);
	(void)atomic_fetch_add(&held.n_gone, 1);
}

static void hold(struct http_request *rq, void *context)
{
	(void)context;
	held.rq = rq;
	http_on_gone(rq, on_gone, &held);
	(void)atomic_fetch_add(&held.n_asked, 1);
}

static void answer_held(void)
{
	struct strbuf body = STRBUF_INIT;

	strbuf_printf(&body, "late");
	http_respond(held.rq, 200, "text/plain", &body);
}

/* ---- streams ---- */

/* Byte i of a stream is i % 251. */
static struct source {
	struct mutex lock;
	struct http_request *rq; /* NULL once closed */
	struct thread producer;
	long n_bytes;  /* of the whole body */
	long fails_at; /* -1: never */
	long step;     /* what the producer makes at a time; 0: all is there */
	long produced; /* what may be read */
	_Atomic long n_read;
	_Atomic int n_started, n_closed;
} source;

static long source_read(void *arg, char *buf, size_t max)
{
	struct source *s = arg;
	long at = atomic_load(&s->n_read), n;

	mutex_lock(&s->lock);
	ck_assert_ptr_nonnull(s->rq);
	n = MIN((long)max, s->produced - at);
	mutex_unlock(&s->lock);
	if (s->fails_at >= 0 && at >= s->fails_at)
		return -2;
	if (n == 0)
		return at == s->n_bytes ? -1 : 0;
	for (long i = 0; i < n; i++)
		buf[i] = (char)((at + i) % 251);
	atomic_store(&s->n_read, at + n);
	return n;
}

static void source_close(void *arg)
{
	struct source *s = arg;

	mutex_lock(&s->lock);
	s->rq = NULL;
	mutex_unlock(&s->lock);
	(void)atomic_fetch_add(&s->n_closed, 1);
}

static void producer_main(void *arg)
{
	struct source *s = arg;
	bool goes_on = true;

	while (goes_on) {
		spin((unsigned)s->step % 3000);
		mutex_lock(&s->lock);
		s->produced += MIN(s->step, s->n_bytes - s->produced);
		goes_on = s->rq && s->produced < s->n_bytes;
		if (s->rq)
			http_body_ready(s->rq);
		mutex_unlock(&s->lock);
	}
}

static void stream(struct http_request *rq, void *context)
{
	const struct http_body_source body = { source_read, source_close, &source };
	struct error err;

	(void)context;
	source.rq = rq;
	http_respond_stream(rq, 200, "application/octet-stream", &body);
	(void)atomic_fetch_add(&source.n_started, 1);
	if (source.step > 0)
		ck_assert_int_eq(
			thread_start(&source.producer, "producer", producer_main, &source, &err),
			0);
}

static void prepare_stream(long n_bytes, long step)
{
	source.n_bytes = n_bytes;
	source.step = step;
	source.fails_at = -1;
	source.produced = step > 0 ? 0 : n_bytes;
	atomic_store(&source.n_read, 0);
	atomic_store(&source.n_started, 0);
	atomic_store(&source.n_closed, 0);
}

static void check_body(const struct strbuf *body, long n_bytes)
{
	ck_assert_int_eq((long)body->len, n_bytes);
	for (long i = 0; i < n_bytes; i++) {
		if (body->ptr[i] != (char)(i % 251))
			ck_abort_msg("byte %ld is wrong", i);
	}
}

/* ---- the fixture ---- */

static const struct http_route routes[] = {
	{ "GET", "/later", answer_later, 0, "" },
	{ "GET", "/headers", answer_with_headers, 0, "" },
	{ "GET", "/header", answer_with_one_header, 0, "" },
	{ "GET", "/hold", hold, 0, "" },
	{ "GET", "/stream", stream, 0, "" },
	{ 0 },
};

static void setup(void)
{
	struct http_options options = { .routes = routes, .watch = watcher() };

	(void)mem_fail_after(-1);
	mutex_init(&source.lock, MUTEX_RANK_QUERY);
	source.producer = (struct thread){ 0 };
	answerer = (struct answerer){ 0 };
	atomic_store(&held.n_asked, 0);
	atomic_store(&held.n_gone, 0);
	server = client_serve(&options, &port);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	http_server_stop(&server);
	thread_join(&answerer.thread);
	thread_join(&source.producer);
	mutex_fini(&source.lock);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

/* ---- tests: one text ---- */

START_TEST(an_answer_may_come_from_another_thread_at_any_moment)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	for (unsigned i = 0; i < (UNIT_SANITIZED ? 300 : 1500); i++) {
		answerer.delay = i * 37 % 50000;
		client_send(&c, GET("/later"));
		ck_assert(client_read(&c, &reply));
		ck_assert_int_eq(reply.status, 200);
		ck_assert_str_eq(reply.body.ptr, "answer");
		reply_fini(&reply);
	}
	client_close(&c);
}
END_TEST

START_TEST(adds_headers_and_refuses_those_that_would_split_the_head)
{
	struct reply reply;

	ck_assert_int_eq(client_ask(port, GET("/headers"), &reply), 418);
	ck_assert(reply_has(&reply, "X-One: first"));
	ck_assert(!reply_has(&reply, "X-Two:"));
	ck_assert(reply_has(&reply, "Content-Type: text/plain"));
	ck_assert(!reply_has(&reply, "X-Four: b"));
	ck_assert_uint_eq(reply.body.len, 0);
	reply_fini(&reply);
}
END_TEST

START_TEST(tells_once_when_a_waiting_client_hangs_up)
{
	struct client c;

	client_open(&c, port);
	client_send(&c, GET("/hold"));
	ck_assert_int_eq(await(&held.n_asked, 1), 1);
	ck_assert(!http_server_is_idle(server));
	ck_assert_int_eq(atomic_load(&held.n_gone), 0);
	client_close(&c);
	ck_assert_int_eq(await(&held.n_gone, 1), 1);
	answer_held();
	for (int i = 0; i < 5000 && !http_server_is_idle(server); i++)
		(void)usleep(1000);
	ck_assert(http_server_is_idle(server));
	ck_assert_int_eq(atomic_load(&held.n_gone), 1);
}
END_TEST

START_TEST(a_client_that_waits_is_not_gone)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	for (int i = 1; i <= 3; i++) {
		client_send(&c, GET("/hold"));
		ck_assert_int_eq(await(&held.n_asked, i), i);
		(void)usleep(20000);
		answer_held();
		ck_assert(client_read(&c, &reply));
		ck_assert_str_eq(reply.body.ptr, "late");
		reply_fini(&reply);
	}
	client_close(&c);
	(void)usleep(20000);
	ck_assert_int_eq(atomic_load(&held.n_gone), 0);
}
END_TEST

/* ---- tests: streams ---- */

static void check_stream(const char *request, long n_bytes, long step)
{
	struct client c;
	struct reply reply;

	prepare_stream(n_bytes, step);
	client_open(&c, port);
	client_send(&c, request);
	ck_assert(client_read(&c, &reply));
	ck_assert_int_eq(reply.status, 200);
	check_body(&reply.body, n_bytes);
	reply_fini(&reply);
	client_close(&c);
	thread_join(&source.producer);
	ck_assert_int_eq(await(&source.n_closed, 1), 1);
}

START_TEST(streams_what_is_there)
{
	check_stream(GET("/stream"), 0, 0);
	check_stream(GET("/stream"), 1, 0);
	check_stream(GET("/stream"), 20 << 20, 0);
}
END_TEST

START_TEST(streams_what_comes_bit_by_bit)
{
	check_stream(GET("/stream"), 100, 1);
	check_stream(GET("/stream"), 3000, 1);
	check_stream(GET("/stream"), 300000, 997);
	check_stream(GET("/stream"), 5000000, 100000);
}
END_TEST

START_TEST(streams_to_an_old_client_until_the_end_of_the_connection)
{
	check_stream("GET /stream HTTP/1.0\r\n\r\n", 100000, 0);
	check_stream("GET /stream HTTP/1.0\r\n\r\n", 100000, 3333);
}
END_TEST

START_TEST(the_connection_lives_on_after_a_stream)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	for (int i = 0; i < 20; i++) {
		prepare_stream(10000 * i, i % 2 ? 1000 : 0);
		client_send(&c, GET("/stream"));
		ck_assert(client_read(&c, &reply));
		check_body(&reply.body, 10000 * i);
		reply_fini(&reply);
		thread_join(&source.producer);
		ck_assert_int_eq(await(&source.n_closed, 1), 1);
	}
	client_close(&c);
}
END_TEST

START_TEST(a_stream_that_fails_is_cut_and_not_ended)
{
	struct client c;
	struct reply reply;

	prepare_stream(1 << 20, 0);
	source.fails_at = 500000;
	client_open(&c, port);
	client_send(&c, GET("/stream"));
	ck_assert(!client_read(&c, &reply));
	ck_assert_int_eq(reply.status, 200);
	ck_assert_int_eq(await(&source.n_closed, 1), 1);
	reply_fini(&reply);
	client_close(&c);
}
END_TEST

START_TEST(a_slow_reader_holds_the_source_back)
{
	struct client c;

	prepare_stream(1L << 30, 0);
	client_open_slow(&c, port);
	client_send(&c, GET("/stream"));
	(void)usleep(200000);
	ck_assert_int_lt(atomic_load(&source.n_read), 16 << 20);
	ck_assert_int_eq(atomic_load(&source.n_closed), 0);
	client_close(&c);
	ck_assert_int_eq(await(&source.n_closed, 1), 1);
}
END_TEST

/* The producer has nothing more to say, so only the watch can notice. */
START_TEST(closes_a_stream_whose_client_hangs_up_while_it_is_dry)
{
	struct client c;

	prepare_stream(1000, 0);
	source.produced = 10;
	client_open(&c, port);
	client_send(&c, GET("/stream"));
	for (int i = 0; i < 5000 && atomic_load(&source.n_read) < 10; i++)
		(void)usleep(1000);
	(void)usleep(20000);
	ck_assert_int_eq(atomic_load(&source.n_closed), 0);
	client_close(&c);
	ck_assert_int_eq(await(&source.n_closed, 1), 1);
	(void)usleep(20000);
	ck_assert_int_eq(atomic_load(&source.n_closed), 1);
}
END_TEST

/* Hang-ups at every moment of a stream that is being produced. */
START_TEST(a_hang_up_in_the_middle_closes_once)
{
	for (int i = 0; i < (UNIT_SANITIZED ? 50 : 200); i++) {
		struct client c;

		prepare_stream(400000, 1 + i * 31 % 5000);
		client_open(&c, port);
		client_send(&c, GET("/stream"));
		ck_assert_int_eq(await(&source.n_started, 1), 1);
		(void)usleep((useconds_t)(i * 53 % 3000));
		client_close(&c);
		ck_assert_int_eq(await(&source.n_closed, 1), 1);
		for (int k = 0; k < 5000 && !http_server_is_idle(server); k++)
			(void)usleep(1000);
		thread_join(&source.producer);
		ck_assert_int_eq(atomic_load(&source.n_closed), 1);
	}
}
END_TEST

START_TEST(stopping_the_server_closes_a_stream_that_waits)
{
	struct client c;

	prepare_stream(1000, 0);
	source.produced = 10;
	client_open(&c, port);
	client_send(&c, GET("/stream"));
	for (int i = 0; i < 5000 && atomic_load(&source.n_read) < 10; i++)
		(void)usleep(1000);
	http_server_stop(&server);
	ck_assert_int_eq(atomic_load(&source.n_closed), 1);
	ck_assert(client_is_closed(&c));
	client_close(&c);
}
END_TEST

static void stop_at_a_moment(int i)
{
	struct http_options options = { .routes = routes, .watch = watcher() };
	struct client c;

	prepare_stream(400000, 1 + i * 31 % 2000);
	client_open(&c, port);
	client_send(&c, GET("/stream"));
	(void)usleep((useconds_t)(200 + i * 53 % 3000));
	http_server_stop(&server);
	thread_join(&source.producer);
	client_close(&c);
	server = client_serve(&options, &port);
}

START_TEST(the_server_may_be_stopped_in_the_middle_of_a_stream)
{
	for (int i = 0; i < (UNIT_SANITIZED ? 20 : 100); i++)
		stop_at_a_moment(i);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct client c;
	struct reply reply;

	prepare_stream(100000, 0);
	client_open(&c, port);
	(void)mem_fail_after(_i);
	client_send(&c, _i % 2 ? GET("/stream") : GET("/header"));
	(void)usleep(20000);
	(void)mem_fail_after(-1);
	if (client_read(&c, &reply))
		ck_assert(reply.status == 200 || reply.status == 503);
	reply_fini(&reply);
	client_close(&c);
	check_stream(GET("/stream"), 100000, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_may_come_from_another_thread_at_any_moment);
	tcase_add_test(tc, adds_headers_and_refuses_those_that_would_split_the_head);
	tcase_add_test(tc, tells_once_when_a_waiting_client_hangs_up);
	tcase_add_test(tc, a_client_that_waits_is_not_gone);
	tcase_add_test(tc, streams_what_is_there);
	tcase_add_test(tc, streams_what_comes_bit_by_bit);
	tcase_add_test(tc, streams_to_an_old_client_until_the_end_of_the_connection);
	tcase_add_test(tc, the_connection_lives_on_after_a_stream);
	tcase_add_test(tc, a_stream_that_fails_is_cut_and_not_ended);
	tcase_add_test(tc, a_slow_reader_holds_the_source_back);
	tcase_add_test(tc, closes_a_stream_whose_client_hangs_up_while_it_is_dry);
	tcase_add_test(tc, a_hang_up_in_the_middle_closes_once);
	tcase_add_test(tc, stopping_the_server_closes_a_stream_that_waits);
	tcase_add_test(tc, the_server_may_be_stopped_in_the_middle_of_a_stream);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 10);
	return unit_main("http/response", tc);
}
