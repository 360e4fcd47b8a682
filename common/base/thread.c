/*
 * thread.c - see thread.h.
 *
 * Signals are the main thread's business: the mask is set around the creation,
 * because a new thread inherits it and so never has a moment without it.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/thread.h"

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	(void)pthread_setname_np(pthread_self(), t->name);
	t->fn(t->arg);
	return NULL;
}

int thread_start(struct thread *t, const char *name, thread_fn *fn, void *arg, struct error *err)
{
	sigset_t all, before;
	int rc;

	*t = (struct thread){ .fn = fn, .arg = arg };
	(void)snprintf(t->name, sizeof(t->name), "%s", name);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->id, NULL, thread_main, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return error_set(err, ERR_UNAVAILABLE, "cannot start the thread %s: %s", name,
				 strerrordesc_np(rc));
	t->is_running = true;
	return 0;
}

void thread_join(struct thread *t)
{
	if (!t->is_running)
		return;
	(void)pthread_join(t->id, NULL);
	t->is_running = false;
}

void thread_be_idle(void)
{
	/* May be refused in a container; the work is then done at normal priority. */
	(void)sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 });
}
