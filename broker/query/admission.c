/*
 * admission.c - how many queries run at a time.
 *
 * First come, first served; a cancelled query leaves the queue at once.
 * Statements that read system tables only are exempt, so that one can always
 * look and stop.
 */
#include "broker/query/query_priv.h"
#include "common/base/error.h"

static bool is_exempt(const struct query *q)
{
	return q->plan.reads_system_only || q->plan.is_explain;
}

enum phase_result query_admit(struct query *q)
{
	struct engine *e = q->engine;
	struct error err = { 0 };
	enum phase_result result = PHASE_NEXT;

	if (is_exempt(q)) {
		query_enter(q, PHASE_RUNNING);
		return PHASE_NEXT;
	}
	mutex_lock(&e->lock);
	if (q->is_admitted) {
		result = PHASE_NEXT; /* somebody who left let us in */
	} else if (list_is_linked(&q->admission_link)) {
		result = PHASE_WAIT;
	} else if (e->n_running < e->options.max_running) {
		e->n_running++;
		q->is_admitted = true;
	} else if (e->n_waiting < e->options.max_queued) {
		list_push_back(&e->waiting, &q->admission_link);
		e->n_waiting++;
		result = PHASE_WAIT;
	} else {
		(void)error_set(&err, ERR_QUERY_REJECTED,
				"%u queries run and %u wait: try again later, or raise "
				"sluice.query.max.running or sluice.query.max.queued",
				e->n_running, e->n_waiting);
	}
	mutex_unlock(&e->lock);
	if (err.code != ERR_NONE)
		return query_fail(q, &err);
	if (result == PHASE_NEXT)
		query_enter(q, PHASE_RUNNING);
	return result;
}

void admission_unlink(struct query *q)
{
	struct engine *e = q->engine;

	mutex_lock(&e->lock);
	if (list_is_linked(&q->admission_link)) {
		list_remove(&q->admission_link);
		e->n_waiting--;
	}
	mutex_unlock(&e->lock);
}

void admission_leave(struct query *q)
{
	struct engine *e = q->engine;
	struct query *next = NULL;
	struct list *node;

	admission_unlink(q);
	mutex_lock(&e->lock);
	if (q->is_admitted) {
		q->is_admitted = false;
		node = list_pop_front(&e->waiting);
		if (node) {
			next = query_ref(CONTAINER_OF(node, struct query, admission_link));
			next->is_admitted = true;
			e->n_waiting--;
		} else {
			e->n_running--;
		}
	}
	mutex_unlock(&e->lock);
	if (next) {
		task_wake(e->options.scheduler, &next->driver);
		query_unref(&next);
	}
}
