/* live.c - see live.h. */
#include "tests/support/exec/live.h"

#include <stdlib.h>

#include "tests/support/exec/make.h"

#define REAP_BYTES 65536 /* small, so that several steps are needed */

static void done(struct run *run, void *arg)
{
	struct live *l = arg;

	ck_assert_ptr_eq(run, &l->run);
	pthread_mutex_lock(&l->lock);
	l->n_done++;
	pthread_cond_broadcast(&l->is_over);
	pthread_mutex_unlock(&l->lock);
}

void live_init(struct live *l, struct plan_run *f, struct plan_node *node)
{
	*l = (struct live){ .lock = PTHREAD_MUTEX_INITIALIZER,
			    .is_over = PTHREAD_COND_INITIALIZER };
	make_plan(f, node, &l->plan);
	l->options = (struct run_options){
		.group = &l->group,
		.token = &l->token,
		.pool = &l->pool,
		.max_value_bytes = 8u << 20,
		.credit = 1000000,
		.done = done,
		.arg = l,
	};
}

int live_start(struct live *l)
{
	struct scheduler_options so = { l->n_workers, l->options.credit, l->seed };

	mem_account_init(&l->account, l->limit_bytes, NULL);
	mem_pool_init(&l->pool, &l->account);
	task_group_init(&l->group, GROUP_QUERY, &l->token, 1);
	if (l->n_workers > 0)
		ck_assert_int_eq(scheduler_start(&so, &l->options.scheduler, &l->err), 0);
	l->has_started = run_start(&l->run, &l->plan, &l->options, &l->err) == 0;
	return l->has_started ? 0 : -1;
}

void live_cancel(struct live *l, enum cancel_reason reason)
{
	(void)token_set(&l->token, reason);
	if (l->options.scheduler)
		scheduler_expedite(l->options.scheduler, &l->group);
}

enum run_outcome live_wait(struct live *l)
{
	if (!l->has_started)
		return RUN_FAILED;
	pthread_mutex_lock(&l->lock);
	while (l->n_done == 0)
		pthread_cond_wait(&l->is_over, &l->lock);
	pthread_mutex_unlock(&l->lock);
	if (l->run.err.code != ERR_NONE)
		return RUN_FAILED;
	return token_reason(&l->token) == CANCEL_NONE ? RUN_OK : RUN_CANCELLED;
}

void live_fini(struct live *l)
{
	scheduler_stop(&l->options.scheduler);
	ck_assert_uint_eq(l->n_done, l->has_started);
	if (l->has_started)
		run_fini(&l->run);
	while (!mem_pool_reap(&l->pool, REAP_BYTES))
		continue;
	ck_assert_int_eq(atomic_load(&l->account.used_bytes), 0);
	mem_pool_fini(&l->pool);
}

uint64_t live_n_polls(struct live *l)
{
	return atomic_load(&scheduler_poll_gap(l->options.scheduler)->n);
}

struct value live_cell(const struct live *l, uint64_t row, uint32_t column)
{
	const struct chunk *c = chunk_list_find(&l->run.result, NULL, row);

	ck_assert_ptr_nonnull(c);
	return col_value(&c->batch.cols[column], (uint32_t)(row - c->first_row));
}

static int compare_longs(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t *live_longs(const struct live *l, uint32_t column)
{
	int64_t *values = mem_calloc(l->run.result.n_rows + 1, sizeof(*values)), *to = values;

	ck_assert_ptr_nonnull(values);
	for (const struct chunk *c = l->run.result.first; c; c = c->next) {
		for (uint32_t i = 0; i < c->batch.n_rows; i++)
			*to++ = col_i64(&c->batch.cols[column], i);
	}
	qsort(values, l->run.result.n_rows, sizeof(*values), compare_longs);
	return values;
}
