/* Tests of common/base/fiber.c. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/fiber.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct token token;
static struct coop coop;
static struct error err;

/* Recurses to a depth, yields at each level on the way down and up, and sums what it saw. */
struct walk {
	int depth, n_points;
	long sum;
	int result;
};

static void setup(void)
{
	token = (struct token){ 0 };
	coop = (struct coop){ .token = &token };
	error_clear(&err);
}

static int descend(struct walk *w, int depth)
{
	char frame[256];

	memset(frame, depth & 0x7f, sizeof(frame));
	coop_pay(&coop, 10);
	w->n_points++;
	if (coop_point(&coop, &err) < 0)
		return -1;
	if (depth < w->depth && descend(w, depth + 1) < 0)
		return -1;
	if (coop_point(&coop, &err) < 0)
		return -1;
	w->sum += frame[depth % 256];
	return 0;
}

static void walk_main(void *arg)
{
	struct walk *w = arg;

	w->result = descend(w, 1);
}

static int run_with_credit(struct walk *w, int64_t credit)
{
	struct fiber *f = fiber_new(walk_main, w, &err);
	int n_resumes = 0;

	ck_assert_ptr_nonnull(f);
	do {
		coop_refill(&coop, credit, NS_PER_S);
		n_resumes++;
	} while (!fiber_resume(f, &coop));
	fiber_free(&f);
	ck_assert_ptr_null(f);
	return n_resumes;
}

START_TEST(pauses_at_every_point_and_keeps_its_stack)
{
	struct walk w = { .depth = 100 };

	ck_assert_int_eq(run_with_credit(&w, 1), 101);
	ck_assert_int_eq(w.result, 0);
	ck_assert_int_eq(w.sum, 100 * 101 / 2);
}
END_TEST

START_TEST(does_not_pause_while_there_is_credit)
{
	struct walk w = { .depth = 100 };

	ck_assert_int_eq(run_with_credit(&w, 1000000), 1);
	ck_assert_int_eq(w.sum, 100 * 101 / 2);
}
END_TEST

START_TEST(unwinds_when_the_query_is_cancelled_while_it_is_paused)
{
	struct walk w = { .depth = 100 };
	struct fiber *f = fiber_new(walk_main, &w, &err);

	for (int i = 0; i < 5; i++) {
		coop_refill(&coop, 1, NS_PER_S);
		ck_assert(!fiber_resume(f, &coop));
	}
	ck_assert(token_set(&token, CANCEL_USER));
	coop_refill(&coop, 1, NS_PER_S);
	ck_assert(fiber_resume(f, &coop));
	ck_assert_int_eq(w.result, -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
	ck_assert_int_eq(w.n_points, 5);
	fiber_free(&f);
}
END_TEST

struct elsewhere {
	struct fiber *fiber;
	bool has_returned;
};

static void resume_once(void *arg)
{
	struct elsewhere *e = arg;

	coop_refill(&coop, 1, NS_PER_S);
	e->has_returned = fiber_resume(e->fiber, &coop);
}

START_TEST(goes_on_in_another_thread)
{
	struct walk w = { .depth = 20 };
	struct elsewhere e = { .fiber = fiber_new(walk_main, &w, &err) };
	int n_threads = 0;

	while (!e.has_returned) {
		struct thread t = { 0 };

		ck_assert_int_eq(thread_start(&t, "elsewhere", resume_once, &e, &err), 0);
		thread_join(&t);
		n_threads++;
	}
	ck_assert_int_eq(n_threads, 21);
	ck_assert_int_eq(w.sum, 20 * 21 / 2);
	fiber_free(&e.fiber);
}
END_TEST

START_TEST(may_be_freed_without_having_run)
{
	struct walk w = { .depth = 1 };
	struct fiber *f = fiber_new(walk_main, &w, &err);

	fiber_free(&f);
	ck_assert_ptr_null(f);
	ck_assert_int_eq(w.n_points, 0);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct walk w = { .depth = 3 };
	struct fiber *f;

	mem_fail_after(_i);
	f = fiber_new(walk_main, &w, &err);
	mem_fail_after(-1);
	if (!f)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	fiber_free(&f);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, pauses_at_every_point_and_keeps_its_stack);
	tcase_add_test(tc, does_not_pause_while_there_is_credit);
	tcase_add_test(tc, unwinds_when_the_query_is_cancelled_while_it_is_paused);
	tcase_add_test(tc, goes_on_in_another_thread);
	tcase_add_test(tc, may_be_freed_without_having_run);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("base/fiber", tc);
}
