/* test_request_check.c - requests that must not get past the front door. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/http/client.h"

static struct http_server *server;
static uint16_t port;

static void handle(struct http_request *rq, void *context)
{
	struct strbuf body = STRBUF_INIT;
	struct str x = http_header(rq, "X"), got = http_body(rq);

	(void)context;
	strbuf_printf(&body, "[" STR_FMT "][" STR_FMT "]", STR_ARG(x), STR_ARG(got));
	http_respond(rq, 200, "text/plain", &body);
}

static const struct http_route routes[] = {
	{ "GET", "/get", handle, 0, "" },
	{ "POST", "/post", handle, 1000, "" },
	{ 0 },
};

static void setup(void)
{
	struct http_options options = { .routes = routes };

	server = client_serve(&options, &port);
}

/* A client may have its refusal before the library is done with the request. */
static void teardown(void)
{
	while (!http_server_is_idle(server))
		(void)sched_yield();
	http_server_stop(&server);
}

#define GET  "GET /get HTTP/1.1\r\nHost: h\r\n"
#define POST "POST /post HTTP/1.1\r\nHost: h\r\n"

/* A literal may hold NUL bytes. */
#define BYTES(s) s, sizeof(s) - 1

static const struct refused {
	const char *text;
	size_t len;
	int status; /* negative: the library answers and does not ask us */
} refused[] = {
	/* where the body ends */
	{ BYTES(POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
	  400 },
	{ BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
	  400 },
	{ BYTES(POST "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), 400 },
	{ BYTES(POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab"), 400 },
	{ BYTES(POST "content-length: 2\r\nCONTENT-LENGTH: 2\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length: 2, 2\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length: -2\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length: abc\r\n\r\n"), 400 },
	{ BYTES(POST "Content-Length:\r\n\r\n"), 400 },
	{ BYTES(POST "Content-Length: 2x\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length: 99999999999999999999\r\n\r\nab"), 413 },
	{ BYTES(POST "Content-Length: 9999999999999999999\r\n\r\nab"), 413 },
	{ BYTES(POST "Content-Length: abc\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(POST "Content-Length: 2\r\nContent-Length: abc\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length: 0x2\r\n\r\nab"), 400 },
	{ BYTES(POST "Content-Length : 2\r\n\r\nab"), 400 },
	{ BYTES(POST "Transfer-Encoding: gzip\r\n\r\nab"), 501 },
	{ BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501 },
	{ BYTES(POST "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n"), 501 },
	{ BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	  501 },
	{ BYTES(POST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), -400 },
	/* how lines look */
	{ BYTES(GET "X: a\0b\r\n\r\n"), 400 },
	{ BYTES(GET "X: \0\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\0\0Y: b\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\0\0Y\0b\r\n\r\n"), 400 },
	{ BYTES(GET "X\0Y: a\r\n\r\n"), -400 },
	{ BYTES(GET "X: a\r\n b\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\r\n\tb\r\nY: c\r\n\r\n"), 400 },
	{ BYTES(GET " X: a\r\n\r\n"), 400 },
	{ BYTES(GET "X : a\r\n\r\n"), 400 },
	{ BYTES(GET ": a\r\n\r\n"), 400 },
	{ BYTES(GET "X(Y): a\r\n\r\n"), 400 },
	{ BYTES(GET "no colon\r\n\r\n"), -400 },
	{ BYTES(GET "X: a\rb\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\x01\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\x7f\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\n\r\n"), 400 },
	{ BYTES(GET "X: a\nY: b\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\r\n\n"), 400 },
	{ BYTES("GET /get HTTP/1.1\nHost: h\r\n\r\n"), 400 },
	{ BYTES("GET  /get HTTP/1.1\r\nHost: h\r\n\r\n"), 400 },
	{ BYTES("GET /get\0 HTTP/1.1\r\nHost: h\r\n\r\n"), 400 },
	{ BYTES("G\xc3T /get HTTP/1.1\r\nHost: h\r\n\r\n"), 400 },
	/* whom it is for */
	{ BYTES("GET /get HTTP/1.1\r\n\r\n"), 400 },
	{ BYTES("GET /get HTTP/1.1\r\nX: a\r\n\r\n"), 400 },
	{ BYTES("GET /get HTTP/1.1\r\nHost : h\r\n\r\n"), 400 },
	{ BYTES("GET /get HTTP/1.1\r\n Host: h\r\n\r\n"), 400 },
	{ BYTES("GET /get HTTP/1.2\r\n\r\n"), 400 },
	{ BYTES("POST /post HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"), 400 },
	{ BYTES(GET "Host: other\r\n\r\n"), 400 },
	{ BYTES("GET /get HTTP/3.0\r\nHost: h\r\n\r\n"), -505 },
};

static bool is_ours(const struct reply *r)
{
	return str_starts_with(strbuf_str(&r->body), STR("{\"code\":"));
}

/* Nothing follows the reply: no second head, no answer to what may hide in the body. */
static bool ends_here(struct client *c)
{
	char next;

	return c->at == c->in.len && recv(c->fd, &next, 1, MSG_PEEK) <= 0 && client_is_closed(c);
}

START_TEST(refuses_and_closes)
{
	const struct refused *r = &refused[_i];
	struct client c;
	struct reply reply;

	client_open(&c, port);
	ck_assert(client_send_bytes(&c, r->text, r->len));
	ck_assert(client_read(&c, &reply));
	ck_assert_int_eq(reply.status, abs(r->status));
	ck_assert_int_eq(is_ours(&reply), r->status > 0);
	ck_assert(ends_here(&c));
	reply_fini(&reply);
	client_close(&c);
}
END_TEST

static const struct accepted {
	const char *text, *body;
} accepted[] = {
	{ GET "\r\n", "[][]" },
	{ GET "X: a\r\n\r\n", "[a][]" },
	{ GET "X:a\r\n\r\n", "[a][]" },
	{ GET "X: \t a b \t\r\n\r\n", "[a b][]" },
	{ GET "X:\r\nY: b\r\n\r\n", "[][]" },
	{ GET "X:   \r\n\r\n", "[][]" },
	{ GET "x: \xc3\xa9\r\n\r\n", "[\xc3\xa9][]" },
	{ GET "Cookie: a=b; c=\"d\"\r\nX: a\r\n\r\n", "[a][]" },
	{ GET "Connection: keep-alive\r\nX: a:b=c&d\r\n\r\n", "[a:b=c&d][]" },
	{ "\r\n" GET "X: a\r\n\r\n", "[a][]" },
	{ "GET /get HTTP/1.0\r\n\r\n", "[][]" },
	{ "GET /get?a=1&b=%20+c&&d=&=e&a HTTP/1.1\r\nHost: h\r\nX: a\r\n\r\n", "[a][]" },
	{ POST "Content-Length: 2\r\n\r\nab", "[][ab]" },
	{ POST "Content-Length: 0\r\n\r\n", "[][]" },
	{ POST "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "[][abc]" },
	{ POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "[][]" },
};

START_TEST(accepts_what_is_right)
{
	struct reply reply;

	ck_assert_int_eq(client_ask(port, accepted[_i].text, &reply), 200);
	ck_assert_str_eq(reply.body.ptr, accepted[_i].body);
	reply_fini(&reply);
}
END_TEST

/* Cookies are copied to be cut, which doubles them. */
START_TEST(long_cookies_are_cut_or_refused_once)
{
	int n_refused = 0;

	for (int n = 10000; n < 32000; n += 1000) {
		struct strbuf text = STRBUF_INIT;
		struct client c;
		struct reply reply;

		strbuf_printf(&text, GET "Cookie: a=%0*d\r\nConnection: close\r\n\r\n", n, 7);
		client_open(&c, port);
		client_send(&c, text.ptr);
		ck_assert(client_read(&c, &reply));
		ck_assert(reply.status == 200 || reply.status == 431);
		ck_assert(ends_here(&c));
		n_refused += reply.status == 431 && is_ours(&reply);
		reply_fini(&reply);
		client_close(&c);
		strbuf_fini(&text);
	}
	ck_assert_int_gt(n_refused, 5);
}
END_TEST

/* The heads of others that have not arrived, or only in part, are not answered by mistake. */
START_TEST(only_the_one_with_a_bad_length_is_refused)
{
	struct client before, bad, after;
	struct reply reply;

	client_open(&before, port);
	client_send(&before, POST "Content-Length: ab");
	client_open(&after, port);
	client_send(&after, GET "X: a\r\n");
	client_open(&bad, port);
	client_send(&bad, POST "Content-Length: abc\r\n\r\n");
	ck_assert(client_read(&bad, &reply));
	ck_assert_int_eq(reply.status, 400);
	reply_fini(&reply);
	client_send(&after, "\r\n");
	ck_assert(client_read(&after, &reply));
	ck_assert_int_eq(reply.status, 200);
	reply_fini(&reply);
	client_send(&before, "c\r\n\r\n");
	ck_assert(client_read(&before, &reply));
	ck_assert_int_eq(reply.status, 400);
	ck_assert(ends_here(&before) && ends_here(&bad));
	reply_fini(&reply);
	client_close(&before);
	client_close(&bad);
	client_close(&after);
}
END_TEST

/* Headers that fill the library's buffer up to its end and over it. */
START_TEST(long_heads_are_whole_or_refused)
{
	int n_accepted = 0;

	for (int n = 100; n < 40000; n += 1237) {
		struct strbuf text = STRBUF_INIT;
		struct reply reply;
		int status;

		strbuf_printf(&text, GET "X: %0*d\r\nY: b\r\n\r\n", n, 7);
		status = client_ask(port, text.ptr, &reply);
		ck_assert(status == 200 || status == 431);
		if (status == 200)
			ck_assert_uint_eq(reply.body.len, (size_t)n + 4);
		n_accepted += status == 200;
		reply_fini(&reply);
		strbuf_fini(&text);
	}
	ck_assert_int_gt(n_accepted, 10);
}
END_TEST

/* Random bytes changed in a valid head: never a crash, never a hang. */
START_TEST(survives_random_changes)
{
	static const char text[] = GET "X: value\r\nContent-Type: a/b\r\nCookie: c=d\r\n\r\n";
	uint64_t random = 4711;

	for (int i = 0; i < 2000; i++) {
		char bytes[sizeof(text)];
		struct client c;
		struct reply reply;

		memcpy(bytes, text, sizeof(text));
		for (int k = 0; k < 2; k++)
			bytes[unit_random(&random) % (sizeof(text) - 5)] =
				(char)unit_random(&random);
		client_open(&c, port);
		(void)client_send_bytes(&c, bytes, sizeof(text) - 1);
		(void)shutdown(c.fd, SHUT_WR);
		(void)client_read(&c, &reply);
		reply_fini(&reply);
		client_close(&c);
	}
	struct reply reply;

	ck_assert_int_eq(client_ask(port, GET "\r\n", &reply), 200);
	reply_fini(&reply);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, refuses_and_closes, 0, (int)ARRAY_SIZE(refused));
	tcase_add_loop_test(tc, accepts_what_is_right, 0, (int)ARRAY_SIZE(accepted));
	tcase_add_test(tc, long_cookies_are_cut_or_refused_once);
	tcase_add_test(tc, only_the_one_with_a_bad_length_is_refused);
	tcase_add_test(tc, long_heads_are_whole_or_refused);
	tcase_add_test(tc, survives_random_changes);
	return unit_main("http/request_check", tc);
}
