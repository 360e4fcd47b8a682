/* Tests of common/base/coop.c. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/coop.h"
#include "common/base/error.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct token token;
static struct coop coop;
static struct error err;
static int n_pauses;

static void setup(void)
{
	token = (struct token){ 0 };
	coop = (struct coop){ .token = &token };
	error_clear(&err);
	n_pauses = 0;
}

static void pause_and_refill(struct coop *c)
{
	n_pauses++;
	coop_refill(c, 100, NS_PER_S);
}

static void pause_and_cancel(struct coop *c)
{
	(void)token_set(c->token, CANCEL_USER);
	coop_refill(c, 100, NS_PER_S);
}

START_TEST(runs_while_there_is_credit)
{
	int n = 0;

	coop_refill(&coop, 1000, NS_PER_S);
	for (; coop_go(&coop); n++)
		coop_pay(&coop, 300);
	ck_assert_int_eq(n, 4);
	ck_assert_int_eq(coop.credit, -200);
}
END_TEST

START_TEST(spent_credit_stays_spent_until_the_refill)
{
	coop_refill(&coop, 100, NS_PER_S);
	coop_pay(&coop, 100);
	ck_assert(!coop_go(&coop));
	coop_pay(&coop, 0);
	ck_assert(!coop_go(&coop));
	coop_refill(&coop, 100, NS_PER_S);
	ck_assert(coop_go(&coop));
}
END_TEST

START_TEST(a_refill_keeps_the_token_and_forgets_the_debt)
{
	coop.credit = -500;
	coop_refill(&coop, 100, NS_PER_S);
	ck_assert_int_eq(coop.credit, 100);
	ck_assert_ptr_eq(coop.token, &token);
}
END_TEST

START_TEST(the_clock_is_not_read_before_its_units_are_used_up)
{
	coop_refill(&coop, 1000000, 0); /* the slice is over already */
	coop_pay(&coop, COOP_CLOCK_UNITS - 1);
	ck_assert(coop_go(&coop));
	coop_pay(&coop, 1);
	ck_assert(!coop_go(&coop));
	ck_assert_int_eq(coop.credit, 0);
}
END_TEST

START_TEST(the_clock_leaves_the_credit_alone_within_the_slice)
{
	coop_refill(&coop, 100000, 1000 * NS_PER_S);
	coop_pay(&coop, COOP_CLOCK_UNITS);
	ck_assert_int_eq(coop.credit, 100000 - COOP_CLOCK_UNITS);
	ck_assert_int_eq(coop.clock_in, COOP_CLOCK_UNITS);
}
END_TEST

START_TEST(the_clock_does_not_pay_debts)
{
	coop_refill(&coop, 100, 0);
	coop_pay(&coop, COOP_CLOCK_UNITS);
	ck_assert_int_eq(coop.credit, 100 - COOP_CLOCK_UNITS);
}
END_TEST

START_TEST(the_slice_starts_with_the_refill)
{
	uint64_t before = clock_mono_ns();

	coop_refill(&coop, 1, 5000);
	ck_assert_uint_ge(coop.slice_end, before + 5000);
	ck_assert_uint_le(coop.slice_end, clock_mono_ns() + 5000);
}
END_TEST

START_TEST(an_unlimited_account_never_runs_out)
{
	coop.pause = pause_and_refill;
	coop_unlimited(&coop, &token);
	for (int i = 0; i < 1000; i++)
		coop_pay(&coop, INT64_C(1) << 50);
	ck_assert(coop_go(&coop));
	ck_assert(coop.pause == NULL);
}
END_TEST

START_TEST(an_unlimited_account_can_be_cancelled)
{
	coop_unlimited(&coop, &token);
	ck_assert(token_set(&token, CANCEL_USER));
	ck_assert(!coop_go(&coop));
	ck_assert(coop_cancelled(&coop));
}
END_TEST

START_TEST(the_first_reason_wins)
{
	ck_assert_int_eq(token_reason(&token), CANCEL_NONE);
	ck_assert(token_set(&token, CANCEL_TIMEOUT));
	ck_assert(!token_set(&token, CANCEL_USER));
	ck_assert_int_eq(token_reason(&token), CANCEL_TIMEOUT);
}
END_TEST

static _Atomic int n_winners;

static void cancel(void *arg)
{
	(void)arg;
	atomic_fetch_add(&n_winners, token_set(&token, CANCEL_KILL));
}

START_TEST(one_of_many_cancellers_wins)
{
	struct thread threads[8];

	n_winners = 0;
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(thread_start(&threads[i], "test", cancel, NULL, &err), 0);
	for (int i = 0; i < 8; i++)
		thread_join(&threads[i]);
	ck_assert_int_eq(n_winners, 1);
}
END_TEST

START_TEST(tokens_have_a_cache_line_of_their_own)
{
	struct token two[2];

	ck_assert_uint_eq(sizeof(two), 2 * CACHE_LINE);
	ck_assert_uint_eq((uintptr_t)&two[1] % CACHE_LINE, 0);
}
END_TEST

START_TEST(every_reason_has_a_name_of_its_own)
{
	ck_assert_str_eq(cancel_reason_name(CANCEL_CLIENT_GONE), "client_gone");
	for (int a = CANCEL_NONE; a <= CANCEL_SATISFIED; a++)
		for (int b = CANCEL_NONE; b < a; b++)
			ck_assert_str_ne(cancel_reason_name((enum cancel_reason)a),
					 cancel_reason_name((enum cancel_reason)b));
}
END_TEST

START_TEST(a_point_passes_while_there_is_credit)
{
	coop_refill(&coop, 1, NS_PER_S);
	coop.pause = pause_and_refill;
	ck_assert_int_eq(coop_point(&coop, &err), 0);
	ck_assert_int_eq(n_pauses, 0);
}
END_TEST

START_TEST(a_point_pauses_the_fiber_when_the_credit_is_spent)
{
	coop_refill(&coop, 0, NS_PER_S);
	coop.pause = pause_and_refill;
	ck_assert_int_eq(coop_point(&coop, &err), 0);
	ck_assert_int_eq(n_pauses, 1);
	ck_assert(coop_go(&coop));
}
END_TEST

START_TEST(a_point_outside_a_fiber_never_pauses)
{
	coop_refill(&coop, -5, NS_PER_S);
	ck_assert_int_eq(coop_point(&coop, &err), 0);
}
END_TEST

START_TEST(a_point_of_a_cancelled_query_fails_without_a_pause)
{
	coop_refill(&coop, _i == 0 ? 100 : 0, NS_PER_S);
	coop.pause = pause_and_refill;
	(void)token_set(&token, CANCEL_TIMEOUT);
	ck_assert_int_eq(coop_point(&coop, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
	ck_assert_ptr_nonnull(strstr(err.msg, "timeout"));
	ck_assert_int_eq(n_pauses, 0);
}
END_TEST

START_TEST(a_point_notices_a_cancel_that_came_during_the_pause)
{
	coop_refill(&coop, 0, NS_PER_S);
	coop.pause = pause_and_cancel;
	ck_assert_int_eq(coop_point(&coop, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, runs_while_there_is_credit);
	tcase_add_test(tc, spent_credit_stays_spent_until_the_refill);
	tcase_add_test(tc, a_refill_keeps_the_token_and_forgets_the_debt);
	tcase_add_test(tc, the_clock_is_not_read_before_its_units_are_used_up);
	tcase_add_test(tc, the_clock_leaves_the_credit_alone_within_the_slice);
	tcase_add_test(tc, the_clock_does_not_pay_debts);
	tcase_add_test(tc, the_slice_starts_with_the_refill);
	tcase_add_test(tc, an_unlimited_account_never_runs_out);
	tcase_add_test(tc, an_unlimited_account_can_be_cancelled);
	tcase_add_test(tc, the_first_reason_wins);
	tcase_add_test(tc, one_of_many_cancellers_wins);
	tcase_add_test(tc, tokens_have_a_cache_line_of_their_own);
	tcase_add_test(tc, every_reason_has_a_name_of_its_own);
	tcase_add_test(tc, a_point_passes_while_there_is_credit);
	tcase_add_test(tc, a_point_pauses_the_fiber_when_the_credit_is_spent);
	tcase_add_test(tc, a_point_outside_a_fiber_never_pauses);
	tcase_add_loop_test(tc, a_point_of_a_cancelled_query_fails_without_a_pause, 0, 2);
	tcase_add_test(tc, a_point_notices_a_cancel_that_came_during_the_pause);
	return unit_main("base/coop", tc);
}
