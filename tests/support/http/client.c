/* client.c - see client.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/num.h"
#include "common/base/thread.h"
#include "tests/support/base/checks.h"
#include "tests/support/http/client.h"

/* Tests that make allocations fail are not about the client's: it takes its memory at once. */
#define CLIENT_BYTES ((size_t)128 * 1024)

static int connect_to(uint16_t port, int receive_bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	if (receive_bytes > 0)
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
					    sizeof(receive_bytes)),
				 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void open_with(struct client *c, uint16_t port, int receive_bytes)
{
	struct timeval patience = { .tv_sec = 5 };

	*c = (struct client){ .fd = connect_to(port, receive_bytes) };
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
			 0);
	ck_assert_int_eq(strbuf_reserve(&c->in, CLIENT_BYTES), 0);
}

void client_open(struct client *c, uint16_t port)
{
	open_with(c, port, 0);
}

void client_open_slow(struct client *c, uint16_t port)
{
	open_with(c, port, 4096);
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	strbuf_fini(&c->in);
}

bool client_can_connect(uint16_t port)
{
	int fd = connect_to(port, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

bool client_send_bytes(struct client *c, const char *ptr, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(c->fd, ptr, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		ptr += sent;
		n -= (size_t)sent;
	}
	return true;
}

void client_send(struct client *c, const char *text)
{
	(void)client_send_bytes(c, text, strlen(text));
}

/* ---- reading ---- */

/* False at the end, and after five seconds. */
static bool receive(struct client *c)
{
	char buf[16384];
	ssize_t n = recv(c->fd, buf, sizeof(buf), 0);

	if (n <= 0)
		return false;
	strbuf_add(&c->in, buf, (size_t)n);
	return true;
}

/* Takes what is in front of `end`, and `end`. */
static bool take_until(struct client *c, struct str end, struct str *out)
{
	size_t at;

	while ((at = str_find(strbuf_str(&c->in), end, c->at)) >= c->in.len) {
		if (!receive(c))
			return false;
	}
	*out = (struct str){ c->in.ptr + c->at, at - c->at };
	c->at = at + end.len;
	return true;
}

static bool take_bytes(struct client *c, size_t n, struct strbuf *out)
{
	while (n > 0) {
		size_t have = MIN(c->in.len - c->at, n);

		strbuf_add(out, c->in.ptr + c->at, have);
		c->at += have;
		n -= have;
		if (n > 0) {
			strbuf_reset(&c->in);
			c->at = 0;
			if (!receive(c))
				return false;
		}
	}
	return true;
}

static bool take_chunks(struct client *c, struct strbuf *out)
{
	struct str line;
	size_t n;

	do {
		if (!take_until(c, STR("\r\n"), &line))
			return false;
		n = strtoul(line.ptr, NULL, 16);
		if (!take_bytes(c, n, out) || !take_until(c, STR("\r\n"), &line))
			return false;
	} while (n > 0);
	return true;
}

static struct str header(const struct reply *r, struct str name)
{
	struct str rest = strbuf_str(&r->head);

	while (rest.len > 0) {
		struct str value = str_split(&rest, '\n'), key = str_split(&value, ':');

		if (str_eq_nocase(key, name))
			return str_trim(value);
	}
	return (struct str){ NULL, 0 };
}

static bool take_body(struct client *c, struct reply *out)
{
	struct str length = header(out, STR("Content-Length"));
	int64_t n;

	if (length.ptr)
		return num_parse_i64(length, &n) && take_bytes(c, (size_t)n, &out->body);
	if (str_eq_nocase(header(out, STR("Transfer-Encoding")), STR("chunked")))
		return take_chunks(c, &out->body);
	while (receive(c))
		;
	return take_bytes(c, c->in.len - c->at, &out->body);
}

bool client_read(struct client *c, struct reply *out)
{
	struct str head;

	*out = (struct reply){ 0 };
	ck_assert_int_eq(strbuf_reserve(&out->head, CLIENT_BYTES), 0);
	ck_assert_int_eq(strbuf_reserve(&out->body, CLIENT_BYTES), 0);
	do {
		if (!take_until(c, STR("\r\n\r\n"), &head))
			return false;
		out->status = head.len > 12 ? (int)strtol(head.ptr + 9, NULL, 10) : 0;
	} while (out->status == 100);
	strbuf_add_str(&out->head, head);
	return take_body(c, out);
}

bool client_is_closed(struct client *c)
{
	char buf[4096];
	ssize_t n;

	while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

int client_ask(uint16_t port, const char *text, struct reply *out)
{
	struct client c;

	client_open(&c, port);
	client_send(&c, text);
	if (!client_read(&c, out))
		out->status = 0;
	client_close(&c);
	return out->status;
}

bool reply_has(const struct reply *r, const char *line)
{
	struct str rest = strbuf_str(&r->head);

	while (rest.len > 0) {
		if (str_eq(str_trim(str_split(&rest, '\n')), str_of(line)))
			return true;
	}
	return false;
}

void reply_fini(struct reply *r)
{
	strbuf_fini(&r->head);
	strbuf_fini(&r->body);
}

/* ---- hang-ups ---- */

struct watched {
	struct thread thread;
	int fd, stop;
	void (*gone)(void *arg);
	void *arg;
};

static void watched_main(void *arg)
{
	struct watched *w = arg;
	struct pollfd fds[] = { { .fd = w->fd, .events = POLLRDHUP }, { w->stop, POLLIN, 0 } };

	while (poll(fds, 2, -1) < 0)
		;
	if (fds[0].revents != 0 && fds[1].revents == 0)
		w->gone(w->arg);
}

static void *watch_add(void *context, int fd, void (*gone)(void *arg), void *arg)
{
	struct watched *w = calloc(1, sizeof(*w));
	struct error err;

	(void)context;
	ck_assert_ptr_nonnull(w);
	*w = (struct watched){
		.fd = fd, .stop = eventfd(0, EFD_CLOEXEC), .gone = gone, .arg = arg
	};
	ck_assert_int_eq(thread_start(&w->thread, "watch", watched_main, w, &err), 0);
	return w;
}

static void watch_remove(void *context, void *watch)
{
	struct watched *w = watch;
	uint64_t one = 1;

	(void)context;
	ck_assert_int_eq(write(w->stop, &one, sizeof(one)), sizeof(one));
	thread_join(&w->thread);
	(void)close(w->stop);
	free(w);
}

struct http_watch watcher(void)
{
	return (struct http_watch){ .add = watch_add, .remove = watch_remove };
}

/* ---- a server ---- */

static void error_body(int status, struct str message, struct strbuf *out)
{
	strbuf_printf(out, "{\"code\":%d,\"error\":\"" STR_FMT "\"}", status, STR_ARG(message));
}

struct http_server *client_serve(struct http_options *options, uint16_t *port)
{
	struct http_listener listener = { .host = "127.0.0.1" };
	struct http_server *server = NULL;
	struct error err = { 0 };

	options->listeners = &listener;
	options->n_listeners = 1;
	options->error_body = error_body;
	options->max_connections = 1000;
	options->idle_timeout_s = 30;
	if (options->header_deadline_ms == 0)
		options->header_deadline_ms = 5000;
	if (options->body_deadline_ms == 0)
		options->body_deadline_ms = 5000;
	if (http_server_start(options, &server, &err) < 0)
		ck_abort_msg("%s", err.msg);
	options->listeners = NULL;
	*port = listener.port;
	return server;
}
