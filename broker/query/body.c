/* body.c - see body.h. */
#include "broker/query/body.h"

#include "common/base/assert.h"
#include "common/base/fiber.h"

/* About as long as handing it over would take. */
#define AT_ONCE_BYTES ((size_t)16 * 1024)

static void pick(struct body *b, struct coop *coop)
{
	if (json_pick(b->text, JSON_PICK_BYTES, b->picks, b->n_picks, coop, &b->error) < 0)
		ASSERT(b->error.code != ERR_NONE);
}

static void body_main(void *arg)
{
	struct body *b = arg;

	pick(b, &b->task.coop);
}

static enum task_result body_poll(struct task *t)
{
	struct body *b = CONTAINER_OF(t, struct body, task);

	if (!b->fiber)
		b->fiber = fiber_new(body_main, b, &b->error);
	/* Also when the client is gone: the fiber unwinds from where it paused. */
	if (b->fiber && !fiber_resume(b->fiber, &t->coop)) {
		t->why = WHY_CREDIT;
		return TASK_PENDING;
	}
	fiber_free(&b->fiber);
	b->done(b);
	return TASK_DONE;
}

static void body_ended(struct task *t)
{
	struct body *b = CONTAINER_OF(t, struct body, task);

	b->ended(b);
}

void body_read(struct body *b, struct scheduler *s)
{
	if (b->text.len > AT_ONCE_BYTES) {
		task_group_init(&b->group, GROUP_QUERY, b->token, 0);
		task_init(&b->task, &b->group, body_poll, body_ended, "body");
		scheduler_add(s, &b->task);
		return;
	}
	coop_unlimited(&b->task.coop, b->token);
	pick(b, &b->task.coop);
	b->done(b);
	b->ended(b);
}

void body_fini(struct body *b)
{
	json_pick_fini(b->picks, b->n_picks);
}
