/* test_server.c - start, many requests, quiescing, stop. */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"
#include "tests/support/http/client.h"

static struct http_server *server;
static uint16_t port;
static struct http_request *held;
static _Atomic int n_held;

static void answer(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	strbuf_printf(&body, "%s", context ? (const char *)context : "ok");
	http_respond(rq, 200, "text/plain", &body);
}

static void hold(struct http_request *rq, void *context)
{
	(void)context;
	held = rq;
	(void)atomic_fetch_add(&n_held, 1);
}

static const struct http_route routes[] = {
	{ "GET", "/", answer, 0, "" },
	{ "GET", "/hold", hold, 0, "" },
	{ 0 },
};

static void setup(void)
{
	struct http_options options = { .routes = routes };

	(void)mem_fail_after(-1);
	atomic_store(&n_held, 0);
	server = client_serve(&options, &port);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	http_server_stop(&server);
}

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

static void ask(struct client *c, const char *line)
{
	struct reply reply;

	client_send(c, GET);
	ck_assert(client_read(c, &reply));
	ck_assert_int_eq(reply.status, 200);
	if (line)
		ck_assert(reply_has(&reply, line));
	reply_fini(&reply);
}

/* The client may have the answer before the server has put the request away. */
static bool becomes_idle(void)
{
	for (int i = 0; i < 5000 && !http_server_is_idle(server); i++)
		(void)usleep(1000);
	return http_server_is_idle(server);
}

START_TEST(answers_a_thousand_requests_on_one_connection)
{
	struct client c;

	client_open(&c, port);
	for (int i = 0; i < 1000; i++)
		ask(&c, NULL);
	client_close(&c);
	ck_assert(becomes_idle());
}
END_TEST

START_TEST(answers_a_thousand_connections_with_one_request_each)
{
	struct reply reply;

	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(client_ask(port, GET, &reply), 200);
		reply_fini(&reply);
	}
}
END_TEST

static void client_main(void *arg)
{
	struct client c;

	(void)arg;
	client_open(&c, port);
	for (int i = 0; i < 200; i++)
		ask(&c, NULL);
	client_close(&c);
}

START_TEST(answers_many_clients_at_a_time)
{
	struct thread threads[16] = { 0 };
	struct error err;

	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(thread_start(&threads[i], "client", client_main, NULL, &err), 0);
	for (int i = 0; i < 16; i++)
		thread_join(&threads[i]);
}
END_TEST

START_TEST(says_that_a_port_is_in_use)
{
	struct http_listener listener = { "127.0.0.1", port, "the.host", "the.port" };
	struct http_options options = { .routes = routes,
					.listeners = &listener,
					.n_listeners = 1 };
	struct http_server *other = NULL;
	struct error err = { 0 };
	struct strbuf want = STRBUF_INIT;

	ck_assert_int_eq(http_server_start(&options, &other, &err), -1);
	ck_assert_int_eq(err.code, ERR_UNAVAILABLE);
	strbuf_printf(
		&want,
		"port %u on 127.0.0.1 is in use by another program; set the.port to another one",
		(unsigned)port);
	ck_assert_str_eq(err.msg, want.ptr);
	ck_assert_ptr_null(other);
	strbuf_fini(&want);
}
END_TEST

START_TEST(refuses_addresses_that_are_none)
{
	static const struct {
		const char *host, *message;
	} rows[] = {
		{ "example.com", "\"example.com\" is no numeric address to listen on" },
		{ "192.0.2.1",
		  "no interface of this machine has address 192.0.2.1; set the.host to "
		  "another one" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_listener listener = { rows[i].host, 0, "the.host", NULL };
		struct http_options options = { .routes = routes,
						.listeners = &listener,
						.n_listeners = 1 };
		struct http_server *other = NULL;
		struct error err = { 0 };

		ck_assert_int_eq(http_server_start(&options, &other, &err), -1);
		ck_assert_str_eq(err.msg, rows[i].message);
	}
}
END_TEST

START_TEST(listens_on_several_addresses_with_one_router)
{
	static char word[] = "both";
	struct http_listener listeners[] = { { .host = "localhost" }, { .host = "127.0.0.1" } };
	struct http_options options = { .routes = routes,
					.listeners = listeners,
					.n_listeners = 2,
					.context = word,
					.max_connections = 10,
					.header_deadline_ms = 1000,
					.body_deadline_ms = 1000 };
	struct http_server *other = NULL;
	struct error err = { 0 };
	struct reply reply;

	ck_assert_int_eq(http_server_start(&options, &other, &err), 0);
	ck_assert_uint_ne(listeners[0].port, listeners[1].port);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(client_ask(listeners[i].port, GET, &reply), 200);
		ck_assert_str_eq(reply.body.ptr, "both");
		reply_fini(&reply);
	}
	http_server_stop(&other);
	ck_assert_ptr_null(other);
}
END_TEST

/* ---- the end ---- */

START_TEST(a_quiesced_server_takes_no_connections_and_finishes_requests)
{
	struct client idle, waiting;
	struct strbuf body = STRBUF_INIT;
	struct reply reply;

	client_open(&idle, port);
	ask(&idle, NULL);
	client_open(&waiting, port);
	client_send(&waiting, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
	for (int i = 0; i < 5000 && atomic_load(&n_held) == 0; i++)
		(void)usleep(1000);
	http_server_quiesce(server);
	http_server_quiesce(server);
	for (int i = 0; i < 5000 && client_can_connect(port); i++)
		(void)usleep(1000);
	ck_assert(!client_can_connect(port));
	ck_assert(!http_server_is_idle(server));
	ask(&idle, "Connection: close");
	http_respond(held, 200, "text/plain", &body);
	ck_assert(client_read(&waiting, &reply));
	ck_assert(reply_has(&reply, "Connection: close"));
	reply_fini(&reply);
	ck_assert(client_is_closed(&waiting));
	ck_assert(becomes_idle());
	client_close(&idle);
	client_close(&waiting);
}
END_TEST

START_TEST(quiesces_under_load)
{
	for (int i = 0; i < (UNIT_SANITIZED ? 5 : 30); i++) {
		struct client c;

		client_open(&c, port);
		for (int k = 0; k < 50; k++)
			client_send(&c, GET);
		http_server_quiesce(server);
		http_server_stop(&server);
		client_close(&c);
		setup();
	}
}
END_TEST

static _Atomic bool is_over;
static _Atomic int n_lost;

/* Opens and closes descriptors, and counts those that somebody else has closed. */
static void open_and_close(void *arg)
{
	(void)arg;
	while (!atomic_load(&is_over)) {
		int fd = dup(STDERR_FILENO);

		sched_yield();
		if (close(fd) < 0)
			(void)atomic_fetch_add(&n_lost, 1);
	}
}

/*
 * A listener was once closed by the library and by us, when it was quiesced while
 * it was being stopped; the second close could hit another listener's connection,
 * for which the library aborts.
 */
START_TEST(a_stop_right_behind_quiescing_closes_nothing_twice)
{
	struct thread other;
	struct error err = { 0 };

	atomic_store(&is_over, false);
	atomic_store(&n_lost, 0);
	ck_assert_int_eq(thread_start(&other, "other", open_and_close, NULL, &err), 0);
	for (int i = 0; i < (UNIT_SANITIZED ? 100 : 1000); i++) {
		http_server_quiesce(server);
		http_server_stop(&server);
		setup();
	}
	atomic_store(&is_over, true);
	thread_join(&other);
	ck_assert_int_eq(atomic_load(&n_lost), 0);
}
END_TEST

START_TEST(stops_with_connections_open)
{
	struct client idle, half;

	client_open(&idle, port);
	ask(&idle, NULL);
	client_open(&half, port);
	client_send(&half, "GET / HT");
	http_server_stop(&server);
	ck_assert(client_is_closed(&idle));
	ck_assert(client_is_closed(&half));
	client_close(&idle);
	client_close(&half);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct http_listener listener = { .host = "127.0.0.1" };
	struct http_options options = { .routes = routes,
					.listeners = &listener,
					.n_listeners = 1,
					.max_connections = 10,
					.header_deadline_ms = 1000,
					.body_deadline_ms = 1000 };
	struct http_server *other = NULL;
	struct error err = { 0 };
	int result;

	(void)mem_fail_after(_i);
	result = http_server_start(&options, &other, &err);
	(void)mem_fail_after(-1);
	if (result < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	http_server_stop(&other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_a_thousand_requests_on_one_connection);
	tcase_add_test(tc, answers_a_thousand_connections_with_one_request_each);
	tcase_add_test(tc, answers_many_clients_at_a_time);
	tcase_add_test(tc, says_that_a_port_is_in_use);
	tcase_add_test(tc, refuses_addresses_that_are_none);
	tcase_add_test(tc, listens_on_several_addresses_with_one_router);
	tcase_add_test(tc, a_quiesced_server_takes_no_connections_and_finishes_requests);
	tcase_add_test(tc, quiesces_under_load);
	tcase_add_test(tc, a_stop_right_behind_quiescing_closes_nothing_twice);
	tcase_add_test(tc, stops_with_connections_open);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("http/server", tc);
}
