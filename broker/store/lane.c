/*
 * lane.c - the queue of a lane: any thread pushes, the lane's thread takes.
 *
 * A job is linked into the queue by its own member, so pushing cannot fail for
 * want of memory.
 */
#include "broker/store/store_priv.h"
#include "common/base/assert.h"

void store_lane_init(struct store_lane *lane)
{
	list_init(&lane->jobs);
	cond_init(&lane->wake);
}

void store_lane_fini(struct store_lane *lane)
{
	ASSERT(list_is_empty(&lane->jobs));
	cond_fini(&lane->wake);
}

int store_lane_push(struct store *s, struct store_lane *lane, struct store_job *job,
		    struct error *err)
{
	bool is_closed;

	mutex_lock(&s->lock);
	is_closed = lane->is_closed;
	if (!is_closed) {
		list_push_back(&lane->jobs, &job->link);
		lane->bytes += job->bytes;
		cond_signal(&lane->wake);
	}
	mutex_unlock(&s->lock);
	return is_closed ? error_set(err, ERR_SHUTTING_DOWN, "the response store is closed") : 0;
}

static void take_locked(struct store_lane *lane, size_t max_bytes, struct list *group)
{
	size_t bytes = 0;

	while (!list_is_empty(&lane->jobs)) {
		struct store_job *job = CONTAINER_OF(lane->jobs.next, struct store_job, link);

		if (bytes > 0 && bytes + job->bytes > max_bytes)
			return;
		bytes += job->bytes;
		list_remove(&job->link);
		list_push_back(group, &job->link);
	}
}

bool store_lane_take(struct store *s, struct store_lane *lane, size_t max_bytes,
		     uint64_t deadline_ns, struct list *group)
{
	bool goes_on = true;

	mutex_lock(&s->lock);
	while (list_is_empty(&lane->jobs) && !lane->is_stopping) {
		if (deadline_ns == UINT64_MAX)
			cond_wait(&lane->wake, &s->lock);
		else if (!cond_wait_until(&lane->wake, &s->lock, deadline_ns))
			break;
	}
	if (list_is_empty(&lane->jobs) && lane->is_stopping) {
		lane->is_closed = true;
		goes_on = false;
	}
	take_locked(lane, max_bytes, group);
	mutex_unlock(&s->lock);
	return goes_on;
}

void store_lane_stop(struct store *s, struct store_lane *lane)
{
	mutex_lock(&s->lock);
	lane->is_stopping = true;
	cond_signal(&lane->wake);
	mutex_unlock(&s->lock);
	thread_join(&lane->thread);
}
