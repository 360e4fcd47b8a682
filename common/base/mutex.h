/*
 * mutex.h - locks with a rank and a known owner, and conditions.
 *
 * A thread may take a lock only of a higher rank than any it holds; debug
 * builds check this and the owner.  At most one lock at a time is the rule;
 * the ranks say the order where two are needed.
 */
#ifndef COMMON_BASE_MUTEX_H
#define COMMON_BASE_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum mutex_rank {
	MUTEX_RANK_REGISTRY = 1,
	MUTEX_RANK_QUERY,
	MUTEX_RANK_CATALOG,
	MUTEX_RANK_STORE,
	MUTEX_RANK_REACTOR,
	MUTEX_RANK_SINK,      /* shared state of a fragment */
	MUTEX_RANK_SCHEDULER, /* run queue */
	MUTEX_RANK_REAPER,
	MUTEX_RANK_POOL, /* a query's memory blocks */
	MUTEX_RANK_METRICS,
	MUTEX_RANK_LOG,
};

struct mutex {
	pthread_mutex_t lock;
	enum mutex_rank rank;
	_Atomic uintptr_t owner; /* thread, 0 when free */
};

struct cond {
	pthread_cond_t cond; /* monotonic clock */
};

void mutex_init(struct mutex *m, enum mutex_rank rank);
void mutex_fini(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
void mutex_assert_held(const struct mutex *m);

void cond_init(struct cond *c);
void cond_fini(struct cond *c);
void cond_wait(struct cond *c, struct mutex *m);
/** False when deadline_ns (monotonic) passed. */
bool cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ns);
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);

#endif
