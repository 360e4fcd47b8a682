/* plan_run.c - see plan_run.h. */
#include "tests/support/exec/plan_run.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/exec/run.h"
#include "broker/exec/scheduler.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "tests/support/base/checks.h"

static void *must(void *ptr)
{
	ASSERT(ptr);
	return ptr;
}

void plan_run_init(struct plan_run *f)
{
	*f = (struct plan_run){ .credit = INT64_MAX / 4, .max_tasks = 1, .fail_at = -1 };
	mem_account_init(&f->account, 0, NULL);
	mem_pool_init(&f->plan_pool, &f->account);
	arena_init(&f->arena, &f->plan_pool);
	arena_init(&f->result_text, &f->plan_pool);
}

void plan_run_forget(struct plan_run *f)
{
	for (uint32_t i = 0; i < f->n_tables; i++)
		relation_table_free(f->tables[i]);
	f->n_tables = f->n_nodes = 0;
	arena_reset(&f->arena);
}

void plan_run_fini(struct plan_run *f)
{
	plan_run_forget(f);
	relation_fini(&f->result);
	mem_pool_fini(&f->plan_pool);
}

/* ---- fragments ---- */

/* The fragment that ends in `sink` over `root`, behind those it waits for. */
static uint32_t add_fragment(struct plan_run *f, struct plan *plan, const struct plan_node *sink,
			     const struct plan_node *root)
{
	struct plan_fragment made = {
		.sink = sink,
		.root = root,
		.inputs = must(arena_alloc(&f->arena, PLAN_NODES_MAX * sizeof(uint32_t), &f->err)),
	};

	for (const struct plan_node *n = root; n; n = n->child[0]) {
		int cut = plan_cut_child(n->kind);

		if (cut >= 0)
			made.inputs[made.n_inputs++] = add_fragment(f, plan, n, n->child[cut]);
		if (cut == 0)
			break;
	}
	made.id = plan->n_fragments;
	plan->fragments[plan->n_fragments++] = made;
	return made.id;
}

static void cut(struct plan_run *f, struct plan *plan, struct plan_node *node)
{
	struct plan_node *root = must(ARENA_NEW(&f->arena, struct plan_node, &f->err));

	*root = (struct plan_node){
		.kind = PLAN_RESULT,
		.id = f->n_nodes,
		.child = { node },
		.columns = node->columns,
		.n_columns = node->n_columns,
	};
	*plan = (struct plan){ .root = root, .n_nodes = f->n_nodes + 1 };
	plan->fragments =
		must(arena_calloc(&f->arena, PLAN_NODES_MAX * sizeof(*plan->fragments), &f->err));
	(void)add_fragment(f, plan, root, node);
}

/* ---- running ---- */

struct execution {
	struct run run;
	struct token token;
	struct task_group group;
	struct mem_account account;
	struct mem_pool pool;
	pthread_mutex_t lock;
	pthread_cond_t is_over;
	bool is_done;
	uint64_t cancel_ns;
};

static void execution_done(struct run *run, void *arg)
{
	struct execution *x = arg;

	(void)run;
	pthread_mutex_lock(&x->lock);
	x->is_done = true;
	pthread_cond_broadcast(&x->is_over);
	pthread_mutex_unlock(&x->lock);
}

static void *cancel_later(void *arg)
{
	struct execution *x = arg;
	struct timespec wait = { 0, (long)x->cancel_ns };

	(void)nanosleep(&wait, NULL);
	(void)token_set(&x->token, CANCEL_USER);
	return NULL;
}

static void keep_batch(struct plan_run *f, const struct batch *b)
{
	for (uint32_t i = 0; i < b->sel.n_rows; i++) {
		struct value row[16];

		for (uint32_t k = 0; k < b->n_cols; k++) {
			row[k] = col_value(&b->cols[k], sel_row(&b->sel, i));
			if (!row[k].is_null && col_lane_of(row[k].type) == LANE_STR) {
				row[k].str = arena_str(&f->result_text, row[k].str, &f->err);
				must((void *)(uintptr_t)row[k].str.ptr);
			}
		}
		relation_add(&f->result, row);
	}
}

static void keep_result(struct plan_run *f, const struct plan *plan, const struct run *run)
{
	enum col_type types[16];

	relation_fini(&f->result);
	for (uint32_t i = 0; i < plan->root->n_columns; i++)
		types[i] = plan->root->columns[i].type;
	relation_init(&f->result, plan->root->n_columns, types, 0);
	for (const struct chunk *c = run->result.first; c; c = c->next)
		keep_batch(f, &c->batch);
}

static void run_on_workers(struct plan_run *f, struct execution *x, struct run_options *o,
			   const struct plan *plan)
{
	struct scheduler_options so = { f->n_workers, MIN(f->credit, 100000), f->seed };
	struct poll_gap_max max;
	pthread_t canceller;

	ck_assert_int_eq(scheduler_start(&so, &o->scheduler, &f->err), 0);
	x->cancel_ns = f->cancel_ns;
	if (run_start(&x->run, plan, o, &f->err) == 0) {
		if (f->cancel_ns)
			ck_assert_int_eq(pthread_create(&canceller, NULL, cancel_later, x), 0);
		pthread_mutex_lock(&x->lock);
		while (!x->is_done)
			pthread_cond_wait(&x->is_over, &x->lock);
		pthread_mutex_unlock(&x->lock);
		if (f->cancel_ns)
			pthread_join(canceller, NULL);
	}
	max = scheduler_poll_gap_max(o->scheduler);
	if (max.ns > f->max_poll_ns) {
		f->max_poll_ns = max.ns;
		f->max_poll_where = max.where;
	}
	f->overdraft = MAX(f->overdraft, scheduler_overdraft(o->scheduler));
	scheduler_stop(&o->scheduler);
}

static enum run_outcome outcome_of(struct plan_run *f, struct execution *x, const struct plan *plan)
{
	if (!x->is_done)
		return RUN_FAILED; /* run_start() itself; f->err is filled */
	if (x->run.err.code != ERR_NONE) {
		f->err = x->run.err;
		return RUN_FAILED;
	}
	if (token_reason(&x->token) != CANCEL_NONE)
		return RUN_CANCELLED;
	keep_result(f, plan, &x->run);
	return RUN_OK;
}

enum run_outcome plan_run(struct plan_run *f, struct plan_node *node)
{
	static struct execution x;
	struct run_options o;
	struct plan plan;
	enum run_outcome outcome;

	cut(f, &plan, node);
	x = (struct execution){ .lock = PTHREAD_MUTEX_INITIALIZER,
				.is_over = PTHREAD_COND_INITIALIZER };
	mem_account_init(&x.account, 0, NULL);
	mem_pool_init(&x.pool, &x.account);
	task_group_init(&x.group, GROUP_QUERY, &x.token, 1);
	o = (struct run_options){
		.group = &x.group,
		.token = &x.token,
		.pool = &x.pool,
		.max_tasks = f->max_tasks,
		.max_value_bytes = 1 << 20,
		.credit = f->credit,
		.done = execution_done,
		.arg = &x,
	};
	error_clear(&f->err);
	if (f->fail_at >= 0)
		(void)mem_fail_after(f->fail_at);
	if (f->n_workers > 0)
		run_on_workers(f, &x, &o, &plan);
	else
		(void)!run_start(&x.run, &plan, &o, &f->err);
	if (f->fail_at >= 0)
		f->n_allocations = mem_fail_after(-1);
	outcome = outcome_of(f, &x, &plan);
	f->peak_bytes = atomic_load(&x.account.peak_bytes);
	if (x.is_done)
		run_fini(&x.run);
	mem_pool_fini(&x.pool);
	ck_assert_int_eq(atomic_load(&x.account.used_bytes), 0);
	return outcome;
}

/* ---- nodes ---- */

static struct plan_node *node_new(struct plan_run *f, enum plan_kind kind, uint32_t n_columns)
{
	struct plan_node *n = must(ARENA_NEW(&f->arena, struct plan_node, &f->err));

	ASSERT(f->n_nodes < PLAN_NODES_MAX);
	n->kind = kind;
	n->id = f->n_nodes++;
	n->est_rows = -1;
	n->n_columns = n_columns;
	n->columns =
		must(arena_calloc(&f->arena, sizeof(*n->columns) * MAX(n_columns, 1u), &f->err));
	return n;
}

struct plan_node *plan_any_table(struct plan_run *f, struct table *t, uint32_t n_cols,
				 const enum col_type *types)
{
	struct plan_node *n = node_new(f, PLAN_SCAN, n_cols);

	n->scan.table = t;
	n->scan.columns = must(arena_alloc(&f->arena, sizeof(uint32_t) * MAX(n_cols, 1u), &f->err));
	for (uint32_t i = 0; i < n_cols; i++) {
		n->scan.columns[i] = i;
		n->columns[i].type = types[i];
	}
	return n;
}

struct plan_node *plan_table(struct plan_run *f, const struct relation *r,
			     const struct table_shape *shape)
{
	struct table *t = relation_table(r, shape);

	ASSERT(f->n_tables < PLAN_NODES_MAX);
	f->tables[f->n_tables++] = t;
	return plan_any_table(f, t, r->n_cols, r->types);
}

struct plan_expr *plan_column(struct plan_run *f, const struct plan_node *input, uint32_t column)
{
	struct plan_expr *e = must(ARENA_NEW(&f->arena, struct plan_expr, &f->err));

	e->kind = EXPR_COLUMN;
	e->type = input->columns[column].type;
	e->column = column;
	return e;
}

static struct plan_expr **columns_of(struct plan_run *f, const struct plan_node *input, uint32_t n,
				     const uint32_t *cols)
{
	struct plan_expr **exprs =
		must(arena_calloc(&f->arena, sizeof(struct plan_expr *) * MAX(n, 1u), &f->err));

	for (uint32_t i = 0; i < n; i++)
		exprs[i] = plan_column(f, input, cols[i]);
	return exprs;
}

struct plan_node *plan_group(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			     const uint32_t *key_cols, uint32_t n_aggs)
{
	struct plan_node *n = node_new(f, PLAN_HASH_AGG, n_keys + n_aggs);

	n->child[0] = input;
	n->hash_agg.keys = columns_of(f, input, n_keys, key_cols);
	n->hash_agg.n_keys = n_keys;
	n->hash_agg.n_aggs = n_aggs;
	n->hash_agg.aggs =
		must(arena_calloc(&f->arena, sizeof(struct plan_agg) * MAX(n_aggs, 1u), &f->err));
	for (uint32_t i = 0; i < n_keys; i++)
		n->columns[i].type = n->hash_agg.keys[i]->type;
	return n;
}

struct plan_agg *plan_call(struct plan_run *f, struct plan_node *group, uint32_t i,
			   const char *name, int column)
{
	struct plan_agg *agg = &group->hash_agg.aggs[i];
	enum col_type arg = COL_UNKNOWN, cast;

	if (column >= 0) {
		agg->arg = plan_column(f, group->child[0], (uint32_t)column);
		arg = agg->arg->type;
	}
	ASSERT(agg_resolve(str_of(name), &arg, column >= 0, &agg->def, &cast, &f->err) == 0);
	ASSERT(column < 0 || cast == arg);
	agg->type = agg->def->result(arg, DIALECT_MULTI_STAGE);
	group->columns[group->hash_agg.n_keys + i].type = agg->type;
	return agg;
}

struct plan_node *plan_join(struct plan_run *f, struct plan_node *left, struct plan_node *right,
			    uint32_t n_keys, const uint32_t *left_cols, const uint32_t *right_cols)
{
	uint32_t n_left = left->n_columns;
	struct plan_node *n = node_new(f, PLAN_HASH_JOIN, n_left + right->n_columns);

	n->child[0] = left;
	n->child[1] = right;
	n->hash_join.n_keys = n_keys;
	n->hash_join.left_keys = columns_of(f, left, n_keys, left_cols);
	n->hash_join.right_keys = columns_of(f, right, n_keys, right_cols);
	for (uint32_t i = 0; i < n->n_columns; i++)
		n->columns[i] = i < n_left ? left->columns[i] : right->columns[i - n_left];
	return n;
}

static struct plan_sort_key *keep_keys(struct plan_run *f, uint32_t n,
				       const struct plan_sort_key *keys)
{
	struct plan_sort_key *copy = must(arena_alloc(&f->arena, sizeof(*keys) * n, &f->err));

	return memcpy(copy, keys, sizeof(*keys) * n);
}

struct plan_node *plan_sort(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			    const struct plan_sort_key *keys)
{
	struct plan_node *n = node_new(f, PLAN_SORT, input->n_columns);

	n->child[0] = input;
	n->columns = input->columns;
	n->sort.keys = keep_keys(f, n_keys, keys);
	n->sort.n_keys = n_keys;
	return n;
}

struct plan_node *plan_topn(struct plan_run *f, struct plan_node *input, uint32_t n_keys,
			    const struct plan_sort_key *keys, uint64_t offset, uint64_t limit)
{
	struct plan_node *n = node_new(f, PLAN_TOPN, input->n_columns);

	n->child[0] = input;
	n->columns = input->columns;
	n->topn.keys = keep_keys(f, n_keys, keys);
	n->topn.n_keys = n_keys;
	n->topn.offset = offset;
	n->topn.limit = limit;
	return n;
}

/* ---- checks ---- */

static void check_overdraft(const char *what, uint64_t ns, const char *where, int64_t overdraft)
{
	printf("%s: longest poll %llu us in %s; at most %lld units beyond the credit\n", what,
	       (unsigned long long)ns / 1000, where, (long long)overdraft);
	ck_assert_int_lt(overdraft, MAX_OVERDRAFT);
}

void plan_run_check_polls(const struct plan_run *f, const char *what)
{
	check_overdraft(what, f->max_poll_ns, f->max_poll_where, f->overdraft);
}

void check_polls(struct scheduler *s, const char *what)
{
	struct poll_gap_max max = scheduler_poll_gap_max(s);

	check_overdraft(what, max.ns, max.where, scheduler_overdraft(s));
}

void plan_check_rows(const struct plan_run *f, const struct relation *expected, const char *file,
		     int line)
{
	char **want = relation_lines(expected), **got = relation_lines(&f->result);

	lines_sort(want, expected->n_rows);
	lines_sort(got, f->result.n_rows);
	for (size_t i = 0; i < MIN(expected->n_rows, f->result.n_rows); i++)
		ck_assert_msg(strcmp(want[i], got[i]) == 0, "%s:%d: row %zu: want %s, got %s", file,
			      line, i, want[i], got[i]);
	ck_assert_msg(expected->n_rows == f->result.n_rows, "%s:%d: want %zu rows, got %zu", file,
		      line, expected->n_rows, f->result.n_rows);
	lines_free(want, expected->n_rows);
	lines_free(got, f->result.n_rows);
}
