/*
 * reactor.c - epoll over watched sockets, with the timer wheel deciding how long to wait.
 *
 * A watch is a slot with a generation: an event that was fetched for a watch
 * that has been removed meanwhile names an old generation and is dropped.
 */
#include "broker/query/reactor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"

#define EVENTS_MAX 64
#define WAKE_KEY   UINT64_MAX

struct watch {
	struct watch *next_free;
	uint32_t index, generation;
	int fd;
	bool is_used;
	void (*gone)(void *arg);
	void *arg;
};

struct reactor {
	struct thread thread;
	int epoll_fd, wake_fd;
	struct mutex lock;
	struct cond callback_done;
	struct wheel wheel;
	uint64_t sleeps_until_ms; /* when the thread looks again by itself */
	struct watch **watches;
	uint32_t n_watches, cap_watches;
	struct watch *free_watches;
	struct watch *running; /* its gone() is being called */
	bool is_stopping;
};

static uint64_t now_ms(void)
{
	return clock_mono_ns() / NS_PER_MS;
}

static void wake(struct reactor *r)
{
	uint64_t one = 1;

	while (write(r->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

static void fire_timers(struct reactor *r)
{
	struct list due;

	list_init(&due);
	mutex_lock(&r->lock);
	wheel_advance(&r->wheel, now_ms(), &due);
	for (;;) {
		struct list *node = list_pop_front(&due);
		struct reactor_timer *t;

		if (!node)
			break;
		t = CONTAINER_OF(CONTAINER_OF(node, struct wheel_timer, link), struct reactor_timer,
				 timer);
		/* A timer on this list counts as fired: cancel finds it unlinked or unlinks it here. */
		mutex_unlock(&r->lock);
		t->fire(t->arg);
		mutex_lock(&r->lock);
	}
	mutex_unlock(&r->lock);
}

static void hang_up(struct reactor *r, uint64_t key)
{
	uint32_t index = (uint32_t)key, generation = (uint32_t)(key >> 32);
	struct watch *w;

	mutex_lock(&r->lock);
	w = index < r->n_watches ? r->watches[index] : NULL;
	if (!w || !w->is_used || w->generation != generation || !w->gone) {
		mutex_unlock(&r->lock);
		return;
	}
	r->running = w;
	mutex_unlock(&r->lock);
	w->gone(w->arg);
	mutex_lock(&r->lock);
	w->gone = NULL; /* once */
	r->running = NULL;
	cond_broadcast(&r->callback_done);
	mutex_unlock(&r->lock);
}

static int wait_ms(struct reactor *r)
{
	uint64_t wait;

	mutex_lock(&r->lock);
	wait = wheel_next_ms(&r->wheel);
	wait = MIN(wait, 60000u);
	r->sleeps_until_ms = now_ms() + wait;
	mutex_unlock(&r->lock);
	return (int)wait;
}

static void drain_wake(struct reactor *r)
{
	uint64_t count;

	while (read(r->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
		continue;
}

static void reactor_main(void *arg)
{
	struct reactor *r = arg;
	struct epoll_event events[EVENTS_MAX];

	while (!__atomic_load_n(&r->is_stopping, __ATOMIC_ACQUIRE)) {
		int n = epoll_wait(r->epoll_fd, events, EVENTS_MAX, wait_ms(r));

		for (int i = 0; i < n; i++) {
			if (events[i].data.u64 == WAKE_KEY)
				drain_wake(r);
			else
				hang_up(r, events[i].data.u64);
		}
		fire_timers(r);
	}
}

static int open_fds(struct reactor *r, struct error *err)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = WAKE_KEY };

	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->epoll_fd < 0 || r->wake_fd < 0 ||
	    epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, r->wake_fd, &e) < 0)
		return error_set(err, ERR_IO, "cannot create epoll: %s", strerrordesc_np(errno));
	return 0;
}

int reactor_start(struct reactor **out, struct error *err)
{
	struct reactor *r = mem_calloc(1, sizeof(*r));

	if (!r)
		return error_oom(err);
	r->epoll_fd = r->wake_fd = -1;
	mutex_init(&r->lock, MUTEX_RANK_REACTOR);
	cond_init(&r->callback_done);
	wheel_init(&r->wheel, now_ms());
	if (open_fds(r, err) < 0 || thread_start(&r->thread, "reactor", reactor_main, r, err) < 0) {
		reactor_stop(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void reactor_stop(struct reactor **rp)
{
	struct reactor *r = *rp;

	if (!r)
		return;
	__atomic_store_n(&r->is_stopping, true, __ATOMIC_RELEASE);
	if (r->thread.is_running)
		wake(r);
	thread_join(&r->thread);
	if (r->epoll_fd >= 0)
		(void)close(r->epoll_fd);
	if (r->wake_fd >= 0)
		(void)close(r->wake_fd);
	for (uint32_t i = 0; i < r->n_watches; i++)
		mem_free(r->watches[i]);
	mem_free(r->watches);
	cond_fini(&r->callback_done);
	mutex_fini(&r->lock);
	mem_free(r);
	*rp = NULL;
}

void reactor_timer_init(struct reactor_timer *t, void (*fire)(void *arg), void *arg)
{
	*t = (struct reactor_timer){ .fire = fire, .arg = arg };
	list_init(&t->timer.link);
}

void reactor_timer_set(struct reactor *r, struct reactor_timer *t, uint64_t delay_ms)
{
	/* The millisecond that is under way does not count: no timer is early. */
	uint64_t due = now_ms() + delay_ms + (delay_ms > 0);
	bool is_sooner;

	mutex_lock(&r->lock);
	wheel_add(&r->wheel, &t->timer, due);
	is_sooner = due < r->sleeps_until_ms;
	mutex_unlock(&r->lock);
	if (is_sooner)
		wake(r);
}

bool reactor_timer_cancel(struct reactor *r, struct reactor_timer *t)
{
	bool was_set;

	mutex_lock(&r->lock);
	was_set = list_is_linked(&t->timer.link);
	wheel_cancel(&t->timer);
	mutex_unlock(&r->lock);
	return was_set;
}

/* ---- watches ---- */

static struct watch *watch_take(struct reactor *r)
{
	struct watch *w = r->free_watches;

	if (w) {
		r->free_watches = w->next_free;
		return w;
	}
	if (r->n_watches == r->cap_watches) {
		uint32_t cap = MAX(r->cap_watches * 2, 64u);
		struct watch **more = mem_realloc(r->watches, sizeof(struct watch *) * cap);

		if (!more)
			return NULL;
		r->watches = more;
		r->cap_watches = cap;
	}
	w = mem_calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->index = r->n_watches;
	r->watches[r->n_watches++] = w;
	return w;
}

static void watch_give_back(struct reactor *r, struct watch *w)
{
	w->is_used = false;
	w->generation++;
	w->next_free = r->free_watches;
	r->free_watches = w;
}

void *reactor_watch_add(void *reactor, int fd, void (*gone)(void *arg), void *arg)
{
	struct reactor *r = reactor;
	struct epoll_event e = { .events = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLONESHOT };
	struct watch *w;

	mutex_lock(&r->lock);
	w = watch_take(r);
	if (w) {
		w->fd = fd;
		w->gone = gone;
		w->arg = arg;
		w->is_used = true;
		e.data.u64 = (uint64_t)w->generation << 32 | w->index;
		if (epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0) {
			watch_give_back(r, w);
			w = NULL;
		}
	}
	mutex_unlock(&r->lock);
	return w;
}

void reactor_watch_remove(void *reactor, void *watch)
{
	struct reactor *r = reactor;
	struct watch *w = watch;

	if (!w)
		return;
	mutex_lock(&r->lock);
	(void)epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	while (r->running == w)
		cond_wait(&r->callback_done, &r->lock);
	watch_give_back(r, w);
	mutex_unlock(&r->lock);
}
