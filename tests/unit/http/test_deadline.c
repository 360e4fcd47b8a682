/* test_deadline.c - clients that take their time are cut, those that wait are not. */
#include <stdatomic.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/base/unit.h"
#include "tests/support/http/client.h"

static struct http_server *server;
static uint16_t port;
static struct http_request *_Atomic slow;

static void answer(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	(void)context;
	http_respond(rq, 200, "text/plain", &body);
}

static void keep(struct http_request *rq, void *context)
{
	(void)context;
	atomic_store(&slow, rq);
}

static const struct http_route routes[] = {
	{ "GET", "/", answer, 0, "" },
	{ "POST", "/", answer, 1000, "" },
	{ "GET", "/slow", keep, 0, "" },
	{ 0 },
};

#define HEAD_MS 200
#define BODY_MS 300

static void setup(void)
{
	struct http_options options = {
		.routes = routes,
		.header_deadline_ms = HEAD_MS,
		.body_deadline_ms = BODY_MS,
	};

	server = client_serve(&options, &port);
}

static void teardown(void)
{
	http_server_stop(&server);
}

/* Sends a byte every 10 ms; returns the milliseconds until the other side has closed. */
static uint64_t trickle(struct client *c, const char *text)
{
	uint64_t start_ns = clock_mono_ns();

	for (size_t i = 0; i < strlen(text); i++) {
		if (!client_send_bytes(c, text + i, 1))
			break;
		(void)usleep(10000);
	}
	ck_assert(client_is_closed(c));
	return (clock_mono_ns() - start_ns) / NS_PER_MS;
}

static const char long_head[] =
	"GET / HTTP/1.1\r\nHost: h\r\nX-Padding: 0123456789012345678901234567890123456789"
	"012345678901234567890123456789012345678901234567890123456789\r\n\r\n";

START_TEST(cuts_a_head_that_comes_too_slowly)
{
	struct client c;
	uint64_t ms;

	client_open(&c, port);
	ms = trickle(&c, long_head);
	ck_assert_uint_ge(ms, HEAD_MS / 2);
	ck_assert_uint_lt(ms, HEAD_MS * 3);
	client_close(&c);
}
END_TEST

START_TEST(cuts_a_head_that_stops_in_the_middle)
{
	struct client c;

	client_open(&c, port);
	client_send(&c, "GET / HT");
	ck_assert(client_is_closed(&c));
	client_close(&c);
}
END_TEST

START_TEST(cuts_the_slow_head_of_a_later_request)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	client_send(&c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert(client_read(&c, &reply));
	reply_fini(&reply);
	(void)usleep(2 * HEAD_MS * 1000);
	ck_assert_uint_lt(trickle(&c, long_head), HEAD_MS * 3);
	client_close(&c);
}
END_TEST

START_TEST(cuts_a_body_that_comes_too_slowly)
{
	struct client c;
	uint64_t ms;

	client_open(&c, port);
	client_send(&c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
	ms = trickle(&c, long_head);
	ck_assert_uint_ge(ms, BODY_MS / 2);
	ck_assert_uint_lt(ms, BODY_MS * 3);
	client_close(&c);
}
END_TEST

START_TEST(leaves_an_idle_connection_alone)
{
	struct client fresh, used;
	struct reply reply;

	client_open(&fresh, port);
	client_open(&used, port);
	for (int i = 0; i < 3; i++) {
		client_send(&used, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		ck_assert(client_read(&used, &reply));
		reply_fini(&reply);
		(void)usleep(2 * HEAD_MS * 1000);
	}
	client_send(&fresh, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert(client_read(&fresh, &reply));
	reply_fini(&reply);
	client_close(&fresh);
	client_close(&used);
}
END_TEST

START_TEST(leaves_a_request_alone_that_waits_for_its_answer)
{
	struct strbuf body = STRBUF_INIT;
	struct client c;
	struct reply reply;

	atomic_store(&slow, NULL);
	client_open(&c, port);
	client_send(&c, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
	(void)usleep(3 * HEAD_MS * 1000);
	ck_assert_ptr_nonnull(atomic_load(&slow));
	http_respond(atomic_load(&slow), 200, "text/plain", &body);
	ck_assert(client_read(&c, &reply));
	ck_assert_int_eq(reply.status, 200);
	reply_fini(&reply);
	client_close(&c);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, cuts_a_head_that_comes_too_slowly);
	tcase_add_test(tc, cuts_a_head_that_stops_in_the_middle);
	tcase_add_test(tc, cuts_the_slow_head_of_a_later_request);
	tcase_add_test(tc, cuts_a_body_that_comes_too_slowly);
	tcase_add_test(tc, leaves_an_idle_connection_alone);
	tcase_add_test(tc, leaves_a_request_alone_that_waits_for_its_answer);
	return unit_main("http/deadline", tc);
}
