/*
 * thread.h - named threads that are joined.
 */
#ifndef COMMON_BASE_THREAD_H
#define COMMON_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "common/base/compiler.h"

struct error;

typedef void thread_fn(void *arg);

struct thread {
	pthread_t id;
	bool is_running;
	char name[16];
	thread_fn *fn;
	void *arg;
};

/** Starts fn(arg) in a thread of that name (at most 15 bytes), all signals blocked. */
NODISCARD int thread_start(struct thread *t, const char *name, thread_fn *fn, void *arg,
			   struct error *err);

/** Waits for the end; harmless when never started. */
void thread_join(struct thread *t);

/** The calling thread runs only when nobody else wants the CPU (SCHED_IDLE). */
void thread_be_idle(void);

#endif
