/* test_request.c - what a handler sees of a request, however it arrives. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/http/client.h"

static struct http_server *server;
static uint16_t port;

static void add_param(struct strbuf *out, struct str value)
{
	if (value.ptr)
		strbuf_printf(out, "<" STR_FMT ">", STR_ARG(value));
	else
		strbuf_printf(out, "-");
}

static void show(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	(void)context;
	ck_assert_uint_le(http_started_ns(rq), clock_mono_ns());
	strbuf_printf(&body, "%s " STR_FMT " ", http_method(rq), STR_ARG(http_path(rq)));
	add_param(&body, http_path_param(rq, "id"));
	add_param(&body, http_path_param(rq, "no"));
	add_param(&body, http_query_param(rq, "a"));
	add_param(&body, http_query_param(rq, "b c"));
	http_respond(rq, 200, "text/plain", &body);
}

static void echo(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;

	(void)context;
	strbuf_add_str(&body, http_body(rq));
	http_respond(rq, 200, "text/plain", &body);
}

static const struct http_route routes[] = {
	{ "GET", "/show/{id}", show, 0, "" },
	{ "GET", "/show/{id}/of/{no}", show, 0, "" },
	{ "DELETE", "/show/{id}", show, 0, "" },
	{ "POST", "/echo", echo, 100000, "" },
	{ 0 },
};

static void setup(void)
{
	struct http_options options = { .routes = routes };

	(void)mem_fail_after(-1);
	server = client_serve(&options, &port);
}

/* A client may have its refusal before the library is done with the request. */
static void teardown(void)
{
	(void)mem_fail_after(-1);
	while (!http_server_is_idle(server))
		(void)sched_yield();
	http_server_stop(&server);
}

/* ---- the target ---- */

static const struct target {
	const char *line, *body; /* body NULL: status 400 */
} targets[] = {
	{ "GET /show/17", "GET /show/17 <17>---" },
	{ "GET /show/17/", "GET /show/17/ <17>---" },
	{ "DELETE /show/17?x", "DELETE /show/17 <17>---" },
	{ "GET http://host:1/show/17?a=1", "GET /show/17 <17>-<1>-" },
	{ "GET /show/a%2Fb/of/%C3%A9+%2b", "GET /show/a%2Fb/of/%C3%A9+%2b <a/b><\xc3\xa9++>--" },
	{ "GET /show/17?a=1&b+c=2", "GET /show/17 <17>-<1><2>" },
	{ "GET /show/17?a=x%20y+z%26&b%20c", "GET /show/17 <17>-<x y z&><>" },
	{ "GET /show/17?a=1&a=2", "GET /show/17 <17>-<1>-" },
	{ "GET /show/17?A=1&&=5&", "GET /show/17 <17>---" },
	{ "GET /show/17?a=b=c?d", "GET /show/17 <17>-<b=c?d>-" },
	{ "GET /sho%77/17", "GET /sho%77/17 <17>---" },
	{ "GET /show/%", NULL },
	{ "GET /show/%4", NULL },
	{ "GET /show/%zz", NULL },
	{ "GET /show/a%00b", NULL },
	{ "GET /show/%ff", NULL },
	{ "GET /show/17?a=%", NULL },
	{ "GET /show/17?%0=a", NULL },
	{ "GET /show/17?a=%c3%28", NULL },
	{ "GET show/17", NULL },
	{ "GET *", NULL },
};

START_TEST(decodes_the_target)
{
	struct strbuf text = STRBUF_INIT;
	struct reply reply;
	int status;

	strbuf_printf(&text, "%s HTTP/1.1\r\nHost: h\r\n\r\n", targets[_i].line);
	status = client_ask(port, text.ptr, &reply);
	ck_assert_int_eq(status, targets[_i].body ? 200 : 400);
	if (targets[_i].body)
		ck_assert_str_eq(reply.body.ptr, targets[_i].body);
	else
		ck_assert(str_starts_with(strbuf_str(&reply.body), STR("{\"code\":400,")));
	reply_fini(&reply);
	strbuf_fini(&text);
}
END_TEST

static int ask_for_target(const char *prefix, size_t len, char fill)
{
	struct strbuf text = STRBUF_INIT;
	struct reply reply;
	int status;

	strbuf_printf(&text, "GET %s", prefix);
	while (text.len < len + 4)
		strbuf_add_char(&text, fill);
	strbuf_printf(&text, " HTTP/1.1\r\nHost: h\r\n\r\n");
	status = client_ask(port, text.ptr, &reply);
	reply_fini(&reply);
	strbuf_fini(&text);
	return status;
}

START_TEST(a_target_has_at_most_8192_bytes)
{
	ck_assert_int_eq(ask_for_target("/show/", 8192, 'x'), 200);
	ck_assert_int_eq(ask_for_target("/show/", 8193, 'x'), 414);
	ck_assert_int_eq(ask_for_target("/show/1?a=", 8192, 'x'), 200);
	ck_assert_int_eq(ask_for_target("/show/1?a=", 8193, 'x'), 414);
	ck_assert_int_eq(ask_for_target("/show/", 30000, 'x'), 414);
}
END_TEST

START_TEST(a_query_has_at_most_64_parameters)
{
	ck_assert_int_eq(ask_for_target("/show/1?", 8 + 63, '&'), 200);
	ck_assert_int_eq(ask_for_target("/show/1?", 8 + 64, '&'), 400);
}
END_TEST

START_TEST(many_segments_are_not_found)
{
	ck_assert_int_eq(ask_for_target("/show", 500, '/'), 404);
}
END_TEST

/* ---- methods and paths that are not there ---- */

START_TEST(an_unknown_path_is_404_and_keeps_the_connection)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	for (int i = 0; i < 3; i++) {
		client_send(&c, "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
		ck_assert(client_read(&c, &reply));
		ck_assert_int_eq(reply.status, 404);
		ck_assert_str_eq(reply.body.ptr, "{\"code\":404,\"error\":\"HTTP 404 Not Found\"}");
		ck_assert(reply_has(&reply, "Content-Type: application/json"));
		reply_fini(&reply);
	}
	client_close(&c);
}
END_TEST

START_TEST(a_wrong_verb_is_405_and_says_which_are_right)
{
	struct reply reply;

	ck_assert_int_eq(client_ask(port, "PUT /show/1 HTTP/1.1\r\nHost: h\r\n\r\n", &reply), 405);
	ck_assert(reply_has(&reply, "Allow: GET, DELETE"));
	ck_assert_str_eq(reply.body.ptr,
			 "{\"code\":405,\"error\":\"HTTP 405 Method Not Allowed\"}");
	reply_fini(&reply);
}
END_TEST

START_TEST(head_has_no_body)
{
	struct client c;
	struct reply reply;

	client_open(&c, port);
	client_send(&c, "HEAD /show/1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
	ck_assert(!client_read(&c, &reply)); /* the length is announced and nothing follows */
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(reply.body.len, 0);
	reply_fini(&reply);
	client_close(&c);
}
END_TEST

/* ---- bodies ---- */

#define ECHO "POST /echo HTTP/1.1\r\nHost: h\r\n"

START_TEST(a_request_may_arrive_byte_by_byte)
{
	static const char text[] = ECHO "Content-Length: 11\r\n\r\nhello world";
	struct client c;
	struct reply reply;

	client_open(&c, port);
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		ck_assert(client_send_bytes(&c, text + i, 1));
		(void)usleep(300);
	}
	ck_assert(client_read(&c, &reply));
	ck_assert_str_eq(reply.body.ptr, "hello world");
	reply_fini(&reply);
	client_close(&c);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
	struct strbuf text = STRBUF_INIT;
	struct client c;

	for (int i = 0; i < 50; i++)
		strbuf_printf(&text,
			      i % 2 ? ECHO "Content-Length: 2\r\n\r\n%02d"
				    : ECHO
				      "Transfer-Encoding: chunked\r\n\r\n2\r\n%02d\r\n0\r\n\r\n",
			      i);
	client_open(&c, port);
	client_send(&c, text.ptr);
	for (int i = 0; i < 50; i++) {
		struct reply reply;
		char want[16];

		(void)snprintf(want, sizeof(want), "%02d", i);
		ck_assert(client_read(&c, &reply));
		ck_assert_str_eq(reply.body.ptr, want);
		reply_fini(&reply);
	}
	client_close(&c);
	strbuf_fini(&text);
}
END_TEST

static int post(const char *headers, size_t n)
{
	struct strbuf text = STRBUF_INIT;
	struct client c;
	struct reply reply;
	int status;

	strbuf_printf(&text, ECHO "%s", headers);
	while (n-- > 0)
		strbuf_add_char(&text, 'x');
	client_open(&c, port);
	(void)client_send_bytes(&c, text.ptr, text.len);
	ck_assert(client_read(&c, &reply));
	status = reply.status;
	if (status != 200)
		ck_assert(client_is_closed(&c));
	reply_fini(&reply);
	client_close(&c);
	strbuf_fini(&text);
	return status;
}

START_TEST(a_body_may_be_as_long_as_its_route_says)
{
	ck_assert_int_eq(post("Content-Length: 100000\r\n\r\n", 100000), 200);
	ck_assert_int_eq(post("Content-Length: 100001\r\n\r\n", 10), 413);
	ck_assert_int_eq(post("Content-Length: 100001\r\n\r\n", 100001), 413);
	ck_assert_int_eq(post("Content-Length: 99999999999999999999\r\n\r\n", 0), 413);
	ck_assert_int_eq(post("Content-Length: 10000000000000000000\r\n\r\n", 0), 413);
	ck_assert_int_eq(post("Transfer-Encoding: chunked\r\n\r\n20000\r\n", 0x20000), 413);
}
END_TEST

START_TEST(a_large_body_is_refused_before_it_is_sent)
{
	ck_assert_int_eq(post("Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n", 0), 413);
	ck_assert_int_eq(post("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 5), 200);
}
END_TEST

START_TEST(the_message_says_how_long_a_body_may_be)
{
	struct reply reply;

	ck_assert_int_eq(client_ask(port, ECHO "Content-Length: 100001\r\n\r\n", &reply), 413);
	ck_assert_str_eq(reply.body.ptr, "{\"code\":413,\"error\":\"the request body may have at "
					 "most 100000 bytes\"}");
	reply_fini(&reply);
}
END_TEST

/* Answered, refused or cut; and the next one is answered. */
START_TEST(survives_allocation_failure)
{
	static const char text[] = ECHO "Content-Length: 5\r\n\r\nhello";
	struct client c;
	struct reply reply;

	client_open(&c, port);
	(void)mem_fail_after(_i);
	client_send(&c, text);
	(void)usleep(20000);
	(void)mem_fail_after(-1);
	if (client_read(&c, &reply))
		ck_assert(reply.status == 200 || reply.status == 503);
	reply_fini(&reply);
	client_close(&c);
	ck_assert_int_eq(client_ask(port, text, &reply), 200);
	reply_fini(&reply);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, decodes_the_target, 0, (int)ARRAY_SIZE(targets));
	tcase_add_test(tc, a_target_has_at_most_8192_bytes);
	tcase_add_test(tc, a_query_has_at_most_64_parameters);
	tcase_add_test(tc, many_segments_are_not_found);
	tcase_add_test(tc, an_unknown_path_is_404_and_keeps_the_connection);
	tcase_add_test(tc, a_wrong_verb_is_405_and_says_which_are_right);
	tcase_add_test(tc, head_has_no_body);
	tcase_add_test(tc, a_request_may_arrive_byte_by_byte);
	tcase_add_test(tc, pipelined_requests_are_answered_in_order);
	tcase_add_test(tc, a_body_may_be_as_long_as_its_route_says);
	tcase_add_test(tc, a_large_body_is_refused_before_it_is_sent);
	tcase_add_test(tc, the_message_says_how_long_a_body_may_be);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 8);
	return unit_main("http/request", tc);
}
