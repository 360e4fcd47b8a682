/*
 * scheduler.c - see scheduler.h for who is next and why.
 *
 * One mutex guards the run queue: dispatches come at most some ten thousand
 * times a second, and two cores do not contend for it (measured before going
 * lock-free is considered).  Everything a worker needs between two polls of a
 * turn is one relaxed load of the set of runnable levels.
 */
#include "broker/exec/scheduler.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"

#define TURN_POLLS    10
#define TURN_NS       (1 * NS_PER_MS)
#define WORKERS_MAX   256
#define LEVEL_CONTROL 0 /* control and cancelled groups */
#define LEVEL_FIRST   1 /* level 0 of the design */
#define LEVEL_COUNT   6 /* control, four query levels, background */
#define LEVEL_LAST    (LEVEL_COUNT - 1)
#define BIT(level)    (1u << (level))

/* Where a group's CPU time puts it, and what a nanosecond costs there. */
static const struct level_row {
	uint64_t below_cpu_ns;
	uint32_t price; /* 1 / weight */
} levels[LEVEL_COUNT] = {
	{ 0, 0 },        { 10 * NS_PER_MS, 1 }, { 100 * NS_PER_MS, 2 },
	{ NS_PER_S, 4 }, { UINT64_MAX, 8 },     { UINT64_MAX, 16 }, /* background */
};

struct worker {
	struct thread thread;
	struct scheduler *scheduler;
	uint64_t random; /* state for random credits */
};

struct scheduler {
	struct mutex lock;
	struct cond work;
	struct list groups[LEVEL_COUNT]; /* groups with queued tasks */
	uint64_t vtime[LEVEL_COUNT];     /* priced CPU time each level has had */
	_Atomic uint32_t runnable;       /* bit per level that has a group */
	uint32_t n_sleeping;
	bool is_stopping;
	struct scheduler_options options;
	struct histogram poll_gap;
	struct mutex max_lock;
	struct poll_gap_max max;
	_Atomic uint64_t max_ns;   /* copy of max.ns, to look without the lock */
	_Atomic int64_t overdraft; /* see scheduler_overdraft() */
	struct worker workers[WORKERS_MAX];
};

/* ---- the run queue; all with the lock held ---- */

static uint32_t level_for(const struct task_group *g)
{
	uint64_t cpu = atomic_load_explicit(&g->cpu_ns, memory_order_relaxed);
	uint32_t level = LEVEL_FIRST;

	if (g->is_expedited || g->kind == GROUP_CONTROL)
		return LEVEL_CONTROL;
	if (g->kind == GROUP_BACKGROUND)
		return LEVEL_LAST;
	while (cpu >= levels[level].below_cpu_ns)
		level++;
	return level;
}

/* A level that comes back after being empty must not spend what it saved meanwhile. */
static void level_refilled(struct scheduler *s, uint32_t level)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = LEVEL_FIRST; i < LEVEL_COUNT; i++) {
		if (i != level && !list_is_empty(&s->groups[i]))
			least = MIN(least, s->vtime[i]);
	}
	if (least != UINT64_MAX)
		s->vtime[level] = MAX(s->vtime[level], least);
}

static void group_link(struct scheduler *s, struct task_group *g)
{
	g->level = level_for(g);
	if (list_is_empty(&s->groups[g->level]) && g->level != LEVEL_CONTROL)
		level_refilled(s, g->level);
	list_push_back(&s->groups[g->level], &g->link);
	atomic_fetch_or_explicit(&s->runnable, BIT(g->level), memory_order_relaxed);
}

static void group_unlink(struct scheduler *s, struct task_group *g)
{
	list_remove(&g->link);
	if (list_is_empty(&s->groups[g->level]))
		atomic_fetch_and_explicit(&s->runnable, ~BIT(g->level), memory_order_relaxed);
}

static void enqueue(struct scheduler *s, struct task *t)
{
	struct task_group *g = t->group;

	mutex_assert_held(&s->lock);
	t->state = TASK_QUEUED;
	list_push_back(&g->queued, &t->queue_link);
	if (!list_is_linked(&g->link))
		group_link(s, g);
	if (s->n_sleeping > 0)
		cond_signal(&s->work);
}

static uint32_t best_level(const struct scheduler *s)
{
	uint32_t best = LEVEL_COUNT;

	if (!list_is_empty(&s->groups[LEVEL_CONTROL]))
		return LEVEL_CONTROL;
	for (uint32_t i = LEVEL_FIRST; i < LEVEL_COUNT; i++) {
		if (list_is_empty(&s->groups[i]))
			continue;
		if (best == LEVEL_COUNT || s->vtime[i] < s->vtime[best])
			best = i;
	}
	return best;
}

/* Least attained service first.  Bounded by the number of admitted queries. */
static struct task_group *best_group(struct list *groups)
{
	struct task_group *best = NULL;

	LIST_FOREACH (node, groups) {
		struct task_group *g = CONTAINER_OF(node, struct task_group, link);

		if (!best || atomic_load_explicit(&g->cpu_ns, memory_order_relaxed) <
				     atomic_load_explicit(&best->cpu_ns, memory_order_relaxed))
			best = g;
	}
	return best;
}

static struct task *dequeue(struct scheduler *s)
{
	uint32_t level = best_level(s);
	struct task_group *g;
	struct task *t;

	if (level == LEVEL_COUNT)
		return NULL;
	g = best_group(&s->groups[level]);
	ASSERT(g && !list_is_empty(&g->queued));
	t = CONTAINER_OF(g->queued.next, struct task, queue_link);
	list_remove(&t->queue_link);
	if (list_is_empty(&g->queued))
		group_unlink(s, g);
	t->state = TASK_RUNNING;
	return t;
}

/* ---- workers ---- */

static int64_t poll_credit(struct worker *w)
{
	const struct scheduler_options *o = &w->scheduler->options;

	if (o->credit_seed == 0)
		return o->poll_credit;
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return 1 + (int64_t)((w->random >> 33) % (uint64_t)o->poll_credit);
}

static void record_gap(struct scheduler *s, const struct task *t, uint64_t gap_ns)
{
	histogram_add(&s->poll_gap, gap_ns);
	if (gap_ns <= atomic_load_explicit(&s->max_ns, memory_order_relaxed))
		return;
	mutex_lock(&s->max_lock);
	if (gap_ns > s->max.ns) {
		s->max = (struct poll_gap_max){ gap_ns, t->group->query_id, t->where };
		atomic_store_explicit(&s->max_ns, gap_ns, memory_order_relaxed);
	}
	mutex_unlock(&s->max_lock);
}

/* What the poll has paid beyond its credit: the price of its last piece, at most. */
static void record_overdraft(struct scheduler *s, int64_t units)
{
	int64_t before = atomic_load_explicit(&s->overdraft, memory_order_relaxed);

	while (units > before &&
	       !atomic_compare_exchange_weak_explicit(&s->overdraft, &before, units,
						      memory_order_relaxed, memory_order_relaxed))
		;
}

/* True when the turn should end because somebody more urgent can run. */
static bool is_outranked(const struct scheduler *s, uint32_t level)
{
	return (atomic_load_explicit(&s->runnable, memory_order_relaxed) & (BIT(level) - 1)) != 0;
}

/* Polls one task for a turn.  Returns what the last poll said; *cpu_ns is what the turn took. */
static enum task_result run_turn(struct worker *w, struct task *t, uint32_t level, uint64_t *cpu_ns)
{
	struct scheduler *s = w->scheduler;
	uint64_t begin = clock_thread_cpu_ns(), before = begin, now = begin;
	enum task_result result = TASK_PENDING;

	for (int i = 0; i < TURN_POLLS && now - begin < TURN_NS; i++) {
		int64_t credit = poll_credit(w);

		coop_refill(&t->coop, credit, (uint64_t)s->options.poll_credit);
		t->why = WHY_NONE;
		result = t->poll(t);
		t->n_polls++;
		now = clock_thread_cpu_ns();
		record_gap(s, t, now - before);
		record_overdraft(s, -t->coop.credit);
		metric_add(METRIC_polls_total, 1);
		atomic_fetch_add_explicit(&t->group->cpu_ns, now - before, memory_order_relaxed);
		before = now;
		if (result == TASK_DONE || t->why != WHY_CREDIT || is_outranked(s, level))
			break;
	}
	*cpu_ns = now - begin;
	return result;
}

/* After a turn, with the lock: decides where the task goes.  True when it has ended. */
static bool settle(struct scheduler *s, struct task *t, enum task_result result, uint32_t level,
		   uint64_t cpu_ns)
{
	s->vtime[level] += cpu_ns * levels[level].price;
	if (result == TASK_DONE) {
		t->state = TASK_ENDED;
		list_remove(&t->group_link);
		return true;
	}
	ASSERT(t->why != WHY_NONE);
	if (t->why == WHY_CREDIT || t->state == TASK_NOTIFIED)
		enqueue(s, t);
	else
		t->state = TASK_IDLE;
	return false;
}

static void worker_main(void *arg)
{
	struct worker *w = arg;
	struct scheduler *s = w->scheduler;

	mutex_lock(&s->lock);
	for (;;) {
		struct task *t = dequeue(s);
		enum task_result result;
		uint64_t cpu_ns;
		uint32_t level;

		if (!t) {
			if (s->is_stopping)
				break;
			s->n_sleeping++;
			cond_wait(&s->work, &s->lock);
			s->n_sleeping--;
			continue;
		}
		level = t->group->level;
		mutex_unlock(&s->lock);
		result = run_turn(w, t, level, &cpu_ns);
		mutex_lock(&s->lock);
		if (settle(s, t, result, level, cpu_ns)) {
			mutex_unlock(&s->lock);
			t->ended(t);
			mutex_lock(&s->lock);
		}
	}
	mutex_unlock(&s->lock);
}

/* ---- the interface ---- */

int scheduler_start(const struct scheduler_options *options, struct scheduler **out,
		    struct error *err)
{
	struct scheduler *s = mem_calloc(1, sizeof(*s));
	long n_cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (!s)
		return error_oom(err);
	s->options = *options;
	if (s->options.n_workers == 0)
		s->options.n_workers = n_cores > 0 ? (uint32_t)n_cores : 1;
	s->options.n_workers = MIN(s->options.n_workers, WORKERS_MAX);
	mutex_init(&s->lock, MUTEX_RANK_SCHEDULER);
	mutex_init(&s->max_lock, MUTEX_RANK_METRICS);
	cond_init(&s->work);
	for (uint32_t i = 0; i < LEVEL_COUNT; i++)
		list_init(&s->groups[i]);
	for (uint32_t i = 0; i < s->options.n_workers; i++) {
		struct worker *w = &s->workers[i];
		char name[16];

		w->scheduler = s;
		w->random = options->credit_seed + i;
		(void)snprintf(name, sizeof(name), "worker-%u", i & 255);
		if (thread_start(&w->thread, name, worker_main, w, err) < 0) {
			scheduler_stop(&s);
			return -1;
		}
	}
	*out = s;
	return 0;
}

void scheduler_stop(struct scheduler **sp)
{
	struct scheduler *s = *sp;

	if (!s)
		return;
	mutex_lock(&s->lock);
	s->is_stopping = true;
	cond_broadcast(&s->work);
	mutex_unlock(&s->lock);
	for (uint32_t i = 0; i < s->options.n_workers; i++)
		thread_join(&s->workers[i].thread);
	cond_fini(&s->work);
	mutex_fini(&s->max_lock);
	mutex_fini(&s->lock);
	mem_free(s);
	*sp = NULL;
}

uint32_t scheduler_n_workers(const struct scheduler *s)
{
	return s->options.n_workers;
}

void task_group_init(struct task_group *g, enum group_kind kind, struct token *token,
		     uint64_t query_id)
{
	*g = (struct task_group){ .kind = kind, .token = token, .query_id = query_id };
	list_init(&g->link);
	list_init(&g->queued);
	list_init(&g->tasks);
}

void task_init(struct task *t, struct task_group *group, enum task_result (*poll)(struct task *),
	       void (*ended)(struct task *), const char *where)
{
	*t = (struct task){
		.poll = poll,
		.ended = ended,
		.where = where,
		.group = group,
		.state = TASK_IDLE,
	};
	t->coop.token = group->token;
	list_init(&t->queue_link);
	list_init(&t->group_link);
}

void scheduler_add(struct scheduler *s, struct task *t)
{
	mutex_lock(&s->lock);
	list_push_back(&t->group->tasks, &t->group_link);
	enqueue(s, t);
	mutex_unlock(&s->lock);
}

static void wake_locked(struct scheduler *s, struct task *t)
{
	switch (t->state) {
	case TASK_IDLE:
		enqueue(s, t);
		break;
	case TASK_RUNNING:
		t->state = TASK_NOTIFIED;
		break;
	case TASK_QUEUED:
	case TASK_NOTIFIED:
	case TASK_ENDED:
		break;
	}
}

void task_wake(struct scheduler *s, struct task *t)
{
	mutex_lock(&s->lock);
	wake_locked(s, t);
	mutex_unlock(&s->lock);
}

void scheduler_expedite(struct scheduler *s, struct task_group *g)
{
	mutex_lock(&s->lock);
	g->is_expedited = true;
	if (list_is_linked(&g->link)) {
		group_unlink(s, g);
		group_link(s, g);
	}
	LIST_FOREACH (node, &g->tasks)
		wake_locked(s, CONTAINER_OF(node, struct task, group_link));
	mutex_unlock(&s->lock);
}

const struct histogram *scheduler_poll_gap(const struct scheduler *s)
{
	return &s->poll_gap;
}

struct poll_gap_max scheduler_poll_gap_max(struct scheduler *s)
{
	struct poll_gap_max max;

	mutex_lock(&s->max_lock);
	max = s->max;
	mutex_unlock(&s->max_lock);
	return max;
}

int64_t scheduler_overdraft(const struct scheduler *s)
{
	return atomic_load_explicit(&s->overdraft, memory_order_relaxed);
}

void scheduler_poll_gap_reset(struct scheduler *s)
{
	mutex_lock(&s->max_lock);
	s->max = (struct poll_gap_max){ 0 };
	atomic_store_explicit(&s->max_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&s->overdraft, 0, memory_order_relaxed);
	histogram_reset(&s->poll_gap);
	mutex_unlock(&s->max_lock);
}

bool task_run_here(struct task *t, int64_t credit)
{
	for (;;) {
		coop_refill(&t->coop, credit, (uint64_t)MAX(credit, (int64_t)NS_PER_MS));
		t->why = WHY_NONE;
		if (t->poll(t) == TASK_DONE)
			return true;
		if (t->why != WHY_CREDIT)
			return false;
	}
}
