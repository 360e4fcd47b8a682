/*
 * mutex.c - see mutex.h.
 *
 * The owner is written under the lock and read without it, hence atomic; no
 * order is needed, because a thread only ever compares it with itself.  Debug
 * builds also keep, per thread, the ranks it holds.
 */
#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"

static uintptr_t self(void)
{
	return (uintptr_t)pthread_self();
}

#ifndef NDEBUG

#define HELD_MAX 8

static _Thread_local enum mutex_rank held[HELD_MAX]; /* ascending */
static _Thread_local unsigned n_held;

static void note_lock(enum mutex_rank rank)
{
	ASSERT(n_held < HELD_MAX);
	ASSERT(n_held == 0 || rank > held[n_held - 1]); /* locks are taken by rising rank */
	held[n_held++] = rank;
}

/* Locks need not be given back in the reverse order. */
static void note_unlock(enum mutex_rank rank)
{
	unsigned i = n_held;

	while (i > 0 && held[i - 1] != rank)
		i--;
	ASSERT(i > 0);
	for (n_held--; i <= n_held; i++)
		held[i - 1] = held[i];
}

#else

static void note_lock(enum mutex_rank rank)
{
	(void)rank;
}

static void note_unlock(enum mutex_rank rank)
{
	(void)rank;
}

#endif

static void set_owner(struct mutex *m, uintptr_t owner)
{
	atomic_store_explicit(&m->owner, owner, memory_order_relaxed);
}

void mutex_init(struct mutex *m, enum mutex_rank rank)
{
	int rc = pthread_mutex_init(&m->lock, NULL);

	ASSERT(rc == 0);
	m->rank = rank;
	atomic_init(&m->owner, 0);
}

void mutex_fini(struct mutex *m)
{
	int rc = pthread_mutex_destroy(&m->lock);

	ASSERT(rc == 0); /* else it is locked */
}

void mutex_lock(struct mutex *m)
{
	int rc;

	note_lock(m->rank); /* first: a wrong order should abort, not hang */
	rc = pthread_mutex_lock(&m->lock);
	ASSERT(rc == 0);
	set_owner(m, self());
}

void mutex_unlock(struct mutex *m)
{
	int rc;

	mutex_assert_held(m);
	note_unlock(m->rank);
	set_owner(m, 0);
	rc = pthread_mutex_unlock(&m->lock);
	ASSERT(rc == 0);
}

void mutex_assert_held(const struct mutex *m)
{
	ASSERT(atomic_load_explicit(&m->owner, memory_order_relaxed) == self());
}

void cond_init(struct cond *c)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	ASSERT(rc == 0);
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	ASSERT(rc == 0);
	rc = pthread_cond_init(&c->cond, &attr);
	ASSERT(rc == 0);
	(void)pthread_condattr_destroy(&attr);
}

void cond_fini(struct cond *c)
{
	(void)pthread_cond_destroy(&c->cond);
}

/* The lock is free while its holder waits. */
static void before_wait(struct mutex *m)
{
	mutex_assert_held(m);
	note_unlock(m->rank);
	set_owner(m, 0);
}

static void after_wait(struct mutex *m)
{
	note_lock(m->rank);
	set_owner(m, self());
}

void cond_wait(struct cond *c, struct mutex *m)
{
	int rc;

	before_wait(m);
	rc = pthread_cond_wait(&c->cond, &m->lock);
	ASSERT(rc == 0);
	after_wait(m);
}

bool cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};
	int rc;

	before_wait(m);
	rc = pthread_cond_timedwait(&c->cond, &m->lock, &until);
	ASSERT(rc == 0 || rc == ETIMEDOUT);
	after_wait(m);
	return rc == 0;
}

void cond_signal(struct cond *c)
{
	(void)pthread_cond_signal(&c->cond);
}

void cond_broadcast(struct cond *c)
{
	(void)pthread_cond_broadcast(&c->cond);
}
