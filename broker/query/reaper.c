/*
 * reaper.c - see reaper.h.
 *
 * Not an idle-priority thread: freeing takes the allocator's and the kernel's
 * locks on the address space, and a thread that is preempted while it holds
 * them makes every worker wait for it.  (Measured with a compiler running
 * beside: cancels that took 740 ms.)  Small steps with a pause between them
 * keep it out of the way instead.
 */
#include "broker/query/reaper.h"

#include <stdbool.h>
#include <time.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"

/* Unmapping memory holds up every thread that faults a page in, so steps are small. */
#define STEP_BYTES ((size_t)1 << 20)
#define PAUSE_NS   20000

struct reaper {
	struct thread thread;
	struct mutex lock;
	struct cond work;
	struct list jobs;
	bool is_stopping;
};

static void reap(struct reaper_job *job)
{
	const struct timespec pause = { 0, PAUSE_NS };

	while (!mem_pool_reap(job->pool, STEP_BYTES))
		(void)nanosleep(&pause, NULL);
	mem_pool_fini(job->pool);
	job->freed(job->arg);
}

static void reaper_main(void *arg)
{
	struct reaper *r = arg;

	mutex_lock(&r->lock);
	for (;;) {
		struct list *node = list_pop_front(&r->jobs);

		if (node) {
			mutex_unlock(&r->lock);
			reap(CONTAINER_OF(node, struct reaper_job, link));
			mutex_lock(&r->lock);
		} else if (r->is_stopping) {
			break;
		} else {
			cond_wait(&r->work, &r->lock);
		}
	}
	mutex_unlock(&r->lock);
}

int reaper_start(struct reaper **out, struct error *err)
{
	struct reaper *r = mem_calloc(1, sizeof(*r));

	if (!r)
		return error_oom(err);
	mutex_init(&r->lock, MUTEX_RANK_REAPER);
	cond_init(&r->work);
	list_init(&r->jobs);
	if (thread_start(&r->thread, "reaper", reaper_main, r, err) < 0) {
		reaper_stop(&r);
		return -1;
	}
	*out = r;
	return 0;
}

void reaper_stop(struct reaper **rp)
{
	struct reaper *r = *rp;

	if (!r)
		return;
	mutex_lock(&r->lock);
	r->is_stopping = true;
	cond_signal(&r->work);
	mutex_unlock(&r->lock);
	thread_join(&r->thread);
	cond_fini(&r->work);
	mutex_fini(&r->lock);
	mem_free(r);
	*rp = NULL;
}

void reaper_give(struct reaper *r, struct reaper_job *job)
{
	mutex_lock(&r->lock);
	list_push_back(&r->jobs, &job->link);
	cond_signal(&r->work);
	mutex_unlock(&r->lock);
}
