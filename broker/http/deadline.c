/*
 * deadline.c - connections, and the thread that cuts the overdue ones.
 *
 * The library's timeout starts anew with every byte, so a client that sends a
 * byte now and then holds its connection forever.  A thread therefore looks at
 * all connections a few times per deadline and shuts the socket of those that
 * have taken too long for a head or for a body; the library then finds it
 * closed and cleans up.
 *
 * The library does not say when the first byte of a head arrives, but the
 * kernel counts what a socket has received: between two requests the count
 * stands still.
 *
 * A socket is closed only after its connection has left the list, which needs
 * the lock; so under the lock each number still means the socket it meant.
 * That is why shutdown() is called with the lock held; it does not wait.
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "broker/http/http_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

struct http_conn *http_conn_new(struct http_server *s, int fd)
{
	struct http_conn *c = mem_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->magic = HTTP_CONN_MAGIC;
	c->fd = fd;
	mutex_lock(&s->lock);
	list_push_back(&s->conns, &c->link);
	mutex_unlock(&s->lock);
	return c;
}

void http_conn_free(struct http_server *s, struct http_conn **cp)
{
	struct http_conn *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	ASSERT(c->magic == HTTP_CONN_MAGIC);
	mutex_lock(&s->lock);
	list_remove(&c->link);
	mutex_unlock(&s->lock);
	c->magic = 0;
	mem_free(c);
}

void http_conn_phase(struct http_conn *c, enum http_phase phase)
{
	if (!c)
		return;
	if (phase == HTTP_PHASE_HEAD)
		(void)atomic_fetch_add_explicit(&c->n_requests, 1, memory_order_relaxed);
	/* Release: with the phase the sweeper sees the count and the body's deadline. */
	atomic_store_explicit(&c->phase, (int)phase, memory_order_release);
}

/* Zero when the kernel does not say. */
static uint64_t received_bytes(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	return info.tcpi_bytes_received;
}

static bool head_is_overdue(const struct http_server *s, struct http_conn *c, uint64_t now_ns)
{
	uint32_t n_requests = atomic_load_explicit(&c->n_requests, memory_order_relaxed);
	uint64_t bytes = received_bytes(c->fd);

	if (n_requests != c->seen_requests) {
		c->seen_requests = n_requests;
		c->seen_bytes = bytes;
		c->head_due_ns = 0;
		return false;
	}
	if (bytes == c->seen_bytes)
		return false;
	if (c->head_due_ns == 0)
		c->head_due_ns = now_ns + s->options.header_deadline_ms * NS_PER_MS;
	return now_ns >= c->head_due_ns;
}

static bool is_overdue(const struct http_server *s, struct http_conn *c, uint64_t now_ns)
{
	switch ((enum http_phase)atomic_load_explicit(&c->phase, memory_order_acquire)) {
	case HTTP_PHASE_HEAD:
		return head_is_overdue(s, c, now_ns);
	case HTTP_PHASE_BODY:
		return now_ns >= atomic_load_explicit(&c->body_due_ns, memory_order_relaxed);
	case HTTP_PHASE_BUSY:
		return false;
	}
	return false;
}

static void sweep_locked(struct http_server *s, uint64_t now_ns)
{
	mutex_assert_held(&s->lock);
	LIST_FOREACH (node, &s->conns) {
		struct http_conn *c = CONTAINER_OF(node, struct http_conn, link);

		if (is_overdue(s, c, now_ns))
			(void)shutdown(c->fd, SHUT_RDWR);
	}
}

/* Often enough that a deadline is kept within a quarter of itself. */
static uint64_t sweep_period_ns(const struct http_server *s)
{
	uint64_t ms = MIN(s->options.header_deadline_ms, s->options.body_deadline_ms) / 4;

	return MIN(MAX(ms, 5ull), 1000ull) * NS_PER_MS;
}

static void sweeper_main(void *arg)
{
	struct http_server *s = arg;
	uint64_t period_ns = sweep_period_ns(s), next_ns = clock_mono_ns() + period_ns;

	mutex_lock(&s->lock);
	while (!s->is_stopping) {
		if (cond_wait_until(&s->wake, &s->lock, next_ns))
			continue;
		sweep_locked(s, clock_mono_ns());
		next_ns = clock_mono_ns() + period_ns;
	}
	mutex_unlock(&s->lock);
}

int http_deadline_start(struct http_server *s, struct error *err)
{
	return thread_start(&s->sweeper, "http-deadline", sweeper_main, s, err);
}

void http_deadline_stop(struct http_server *s)
{
	mutex_lock(&s->lock);
	s->is_stopping = true;
	cond_signal(&s->wake);
	mutex_unlock(&s->lock);
	thread_join(&s->sweeper);
}
