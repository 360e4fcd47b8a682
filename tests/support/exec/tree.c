/* tree.c - see tree.h. */
#include "tests/support/exec/tree.h"

#include "broker/plan/plan_node.h"
#include "common/base/clock.h"

#define PLENTY 1000000000

static struct token nobody_cancels;
static struct coop plenty;

static struct plan_node *result_over(struct plan_run *f, struct plan_node *node)
{
	struct plan_rewrite r = { .arena = &f->arena, .n_nodes = &f->n_nodes, .err = &f->err };

	coop_unlimited(&plenty, &nobody_cancels);
	r.coop = &plenty;
	return plan_node_over(&r, PLAN_RESULT, node);
}

static void share(struct tree *t, const struct plan_node *n)
{
	const struct op_class *class = op_class_of(n->kind);

	if (n->child[0])
		share(t, n->child[0]);
	if (class->shared_size == 0)
		return;
	t->run.shared[n->id] = mem_pool_calloc(&t->pool, class->shared_size, &t->err);
	ck_assert_ptr_nonnull(t->run.shared[n->id]);
	if (class->share)
		ck_assert_int_eq(class->share(&t->run, n, t->run.shared[n->id], &t->err), 0);
}

static enum task_result no_poll(struct task *t)
{
	(void)t;
	return TASK_DONE;
}

static void start_run(struct tree *t)
{
	const struct plan_node *root = t->plan.root;
	enum col_type types[64];

	ck_assert_uint_le(root->n_columns, ARRAY_SIZE(types));
	for (uint32_t i = 0; i < root->n_columns; i++)
		types[i] = root->columns[i].type;
	t->run = (struct run){
		.plan = &t->plan,
		.options = { .group = &t->group,
			     .token = &t->token,
			     .pool = &t->pool,
			     .max_tasks = t->n_tasks,
			     .max_value_bytes = 8u << 20 },
	};
	mutex_init(&t->run.lock, MUTEX_RANK_SINK);
	t->run.shared = mem_pool_calloc(&t->pool, sizeof(void *) * t->plan.n_nodes, &t->err);
	ck_assert_ptr_nonnull(t->run.shared);
	ck_assert_int_eq(chunk_list_init(&t->run.result, &t->pool, root->n_columns, types, &t->err),
			 0);
	share(t, root);
}

void tree_init(struct tree *t, struct plan_run *f, struct plan_node *node, uint32_t n_tasks)
{
	ck_assert_uint_le(n_tasks, TREE_TASKS_MAX);
	*t = (struct tree){ .n_tasks = n_tasks };
	t->plan.root = result_over(f, node);
	ck_assert_ptr_nonnull(t->plan.root);
	t->plan.n_nodes = f->n_nodes;
	t->fragment = (struct plan_fragment){ .sink = t->plan.root, .root = node };
	mem_account_init(&t->account, 0, NULL);
	mem_pool_init(&t->pool, &t->account);
	task_group_init(&t->group, GROUP_QUERY, &t->token, 1);
	start_run(t);
	for (uint32_t i = 0; i < n_tasks; i++) {
		t->tasks[i].run = &t->run;
		t->tasks[i].index = i;
		task_init(&t->tasks[i].task, &t->group, no_poll, NULL, "tree");
		arena_init(&t->tasks[i].arena, &t->pool);
	}
}

int tree_open(struct tree *t, uint32_t i)
{
	coop_refill(&t->tasks[i].task.coop, PLENTY, NS_PER_S);
	if (op_tree_open(&t->tasks[i], &t->fragment, &t->sinks[i], &t->tasks[i].err) < 0)
		return -1;
	t->ops[i] = t->sinks[i]->child;
	return 0;
}

void tree_start(struct tree *t, struct plan_run *f, struct plan_node *node, uint32_t n_tasks)
{
	tree_init(t, f, node, n_tasks);
	for (uint32_t i = 0; i < n_tasks; i++)
		ck_assert_msg(tree_open(t, i) == 0, "%s", t->tasks[i].err.msg);
}

enum op_result tree_poll(struct tree *t, uint32_t i, int64_t credit, struct batch **out)
{
	struct run_task *task = &t->tasks[i];

	coop_refill(&task->task.coop, credit, NS_PER_S);
	task->task.why = WHY_NONE;
	task->yielded_at = NULL;
	return op_poll(t->ops[i], task, out);
}

enum op_result tree_next(struct tree *t, struct batch **out)
{
	enum op_result result;

	do {
		result = tree_poll(t, 0, PLENTY, out);
	} while (result == OP_PENDING);
	return result;
}

void tree_fini(struct tree *t)
{
	for (uint32_t i = 0; i < t->n_tasks; i++)
		op_tree_close(t->sinks[i]);
	mutex_fini(&t->run.lock);
	mem_pool_fini(&t->pool);
	ck_assert_int_eq(atomic_load(&t->account.used_bytes), 0);
}
