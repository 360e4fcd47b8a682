/* Tests of common/base/wheel.c. */
#include <string.h>

#include "common/base/compiler.h"
#include "common/base/wheel.h"
#include "tests/support/base/unit.h"

#define START    1234567891ull
#define N_TIMERS 100000

static struct wheel wheel;
static struct wheel_timer timers[N_TIMERS];
static struct list due;

static void setup(void)
{
	wheel_init(&wheel, START);
	memset(timers, 0, sizeof(timers));
	list_init(&due);
}

static struct wheel_timer *pop(void)
{
	struct list *node = list_pop_front(&due);

	return node == NULL ? NULL : CONTAINER_OF(node, struct wheel_timer, link);
}

START_TEST(an_empty_wheel_never_wants_anything)
{
	ck_assert_uint_eq(wheel_next_ms(&wheel), UINT64_MAX);
	wheel_advance(&wheel, START + 1000000, &due);
	ck_assert(list_is_empty(&due));
}
END_TEST

/* Distances around every digit's border, from a now whose digits are all different. */
START_TEST(fires_at_its_time_and_not_a_tick_before)
{
	for (unsigned bits = 0; bits <= 40; bits++) {
		for (int delta = -1; delta <= 1; delta++) {
			uint64_t at = START + (1ull << bits) + (uint64_t)delta;

			setup();
			wheel_add(&wheel, &timers[0], at);
			wheel_advance(&wheel, at - 1, &due);
			ck_assert_msg(list_is_empty(&due) || at == START, "%u %d", bits, delta);
			wheel_advance(&wheel, at, &due);
			ck_assert_ptr_eq(pop(), &timers[0]);
			ck_assert_uint_eq(wheel_next_ms(&wheel), UINT64_MAX);
		}
	}
}
END_TEST

START_TEST(a_time_in_the_past_fires_at_the_next_advance)
{
	wheel_add(&wheel, &timers[0], START - 5);
	wheel_add(&wheel, &timers[1], 0);
	wheel_add(&wheel, &timers[2], START);
	ck_assert(list_is_empty(&due));
	ck_assert_uint_eq(wheel_next_ms(&wheel), 0);
	wheel_advance(&wheel, START, &due);
	ck_assert_ptr_eq(pop(), &timers[1]); /* in order of time */
	ck_assert_ptr_eq(pop(), &timers[0]);
	ck_assert_ptr_eq(pop(), &timers[2]);
}
END_TEST

START_TEST(timers_of_one_tick_fire_in_the_order_they_were_added)
{
	for (int i = 0; i < 10; i++)
		wheel_add(&wheel, &timers[i], START + 7);
	wheel_advance(&wheel, START + 7, &due);
	for (int i = 0; i < 10; i++)
		ck_assert_ptr_eq(pop(), &timers[i]);
}
END_TEST

START_TEST(a_cancelled_timer_does_not_fire)
{
	wheel_cancel(&timers[5]); /* never added */
	wheel_add(&wheel, &timers[0], START + 10);
	wheel_add(&wheel, &timers[1], START + 10);
	wheel_add(&wheel, &timers[2], START + 100000);
	wheel_cancel(&timers[0]);
	wheel_cancel(&timers[0]);
	wheel_cancel(&timers[2]);
	wheel_advance(&wheel, START + 200000, &due);
	ck_assert_ptr_eq(pop(), &timers[1]);
	ck_assert_ptr_null(pop());
	ck_assert_uint_eq(wheel_next_ms(&wheel), UINT64_MAX);
}
END_TEST

START_TEST(a_cancelled_timer_does_not_wake_the_owner)
{
	wheel_add(&wheel, &timers[0], START + 10);
	wheel_add(&wheel, &timers[1], START + 20);
	wheel_cancel(&timers[0]);
	ck_assert_uint_eq(wheel_next_ms(&wheel), 20);
}
END_TEST

START_TEST(a_fired_timer_can_be_added_again)
{
	uint64_t now = START;

	wheel_add(&wheel, &timers[0], now);
	for (int i = 0; i < 1000; i++) {
		wheel_advance(&wheel, now, &due);
		ck_assert_ptr_eq(pop(), &timers[0]);
		ck_assert(!list_is_linked(&timers[0].link));
		now += 37;
		wheel_add(&wheel, &timers[0], now);
	}
}
END_TEST

START_TEST(time_does_not_go_back)
{
	wheel_add(&wheel, &timers[0], START + 10);
	wheel_advance(&wheel, START + 5, &due);
	wheel_advance(&wheel, START - 1000, &due);
	ck_assert_uint_eq(wheel.now_ms, START + 5);
	wheel_advance(&wheel, START + 10, &due);
	ck_assert_ptr_eq(pop(), &timers[0]);
}
END_TEST

/* Following wheel_next_ms() alone meets every timer exactly at its time, in few steps. */
START_TEST(sleeping_as_told_misses_nothing)
{
	uint64_t state = 31;
	int n_fired = 0, n_steps = 0;

	for (int i = 0; i < 1000; i++)
		wheel_add(&wheel, &timers[i], START + (unit_random(&state) >> (24 + i % 40)));
	for (uint64_t in; (in = wheel_next_ms(&wheel)) != UINT64_MAX; n_steps++) {
		struct wheel_timer *t;

		wheel_advance(&wheel, wheel.now_ms + in, &due);
		for (; (t = pop()) != NULL; n_fired++)
			ck_assert_uint_eq(t->due_ms, wheel.now_ms);
	}
	ck_assert_int_eq(n_fired, 1000);
	ck_assert_int_le(n_steps, 6000);
}
END_TEST

static struct wheel_timer *sorted[N_TIMERS];
static int n_sorted;

static int by_due(const void *a, const void *b)
{
	const struct wheel_timer *const *x = a, *const *y = b;

	return ((*x)->due_ms > (*y)->due_ms) - ((*x)->due_ms < (*y)->due_ms);
}

/* A distance of any size, small ones being frequent. */
static uint64_t random_distance(uint64_t *state)
{
	return unit_random(state) >> (26 + unit_random(state) % 38);
}

/* Fires what is due up to now and compares it with the sorted array from `at` on. */
static int check_advance(uint64_t now, int at)
{
	struct wheel_timer *t;

	wheel_advance(&wheel, now, &due);
	while ((t = pop()) != NULL) {
		ck_assert_int_lt(at, n_sorted);
		ck_assert_uint_eq(t->due_ms, sorted[at]->due_ms);
		ck_assert_uint_le(t->due_ms, now);
		at++;
	}
	ck_assert(at == n_sorted || sorted[at]->due_ms > now);
	return at;
}

START_TEST(random_timers_fire_as_a_sorted_array_says)
{
	uint64_t state = 33, now = START;
	int at = 0;

	n_sorted = 0;
	for (int i = 0; i < N_TIMERS; i++)
		wheel_add(&wheel, &timers[i], START + random_distance(&state));
	for (int i = 0; i < N_TIMERS; i++) {
		if (i % 3 == 0)
			wheel_cancel(&timers[i]);
		else
			sorted[n_sorted++] = &timers[i];
	}
	qsort(sorted, (size_t)n_sorted, sizeof(sorted[0]), by_due);
	while (at < n_sorted) {
		now += random_distance(&state) / 8 + 1;
		at = check_advance(now, at);
	}
	ck_assert_uint_eq(wheel_next_ms(&wheel), UINT64_MAX);
}
END_TEST

/* Adds and cancels between the advances, from ever new times. */
START_TEST(timers_may_come_and_go_between_advances)
{
	uint64_t state = 35, now = START;
	int n_live = 0, n_fired = 0;

	for (int round = 0; round < 20000; round++) {
		struct wheel_timer *t;
		uint64_t last = 0;

		for (int i = 0; i < 5; i++) {
			t = &timers[unit_random(&state) % 2000];
			n_live -= t->link.next != NULL && list_is_linked(&t->link);
			wheel_cancel(t);
			wheel_add(&wheel, t, now + random_distance(&state));
			n_live++;
		}
		now += random_distance(&state) >> 10;
		wheel_advance(&wheel, now, &due);
		for (; (t = pop()) != NULL; n_live--, n_fired++) {
			ck_assert_uint_le(t->due_ms, now);
			ck_assert_uint_ge(t->due_ms, last);
			last = t->due_ms;
		}
	}
	for (int i = 0; i < 2000; i++)
		if (timers[i].link.next != NULL && list_is_linked(&timers[i].link))
			ck_assert_uint_gt(timers[i].due_ms, now);
	ck_assert_int_gt(n_fired, 10000);
	ck_assert_int_gt(n_live, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, an_empty_wheel_never_wants_anything);
	tcase_add_test(tc, fires_at_its_time_and_not_a_tick_before);
	tcase_add_test(tc, a_time_in_the_past_fires_at_the_next_advance);
	tcase_add_test(tc, timers_of_one_tick_fire_in_the_order_they_were_added);
	tcase_add_test(tc, a_cancelled_timer_does_not_fire);
	tcase_add_test(tc, a_cancelled_timer_does_not_wake_the_owner);
	tcase_add_test(tc, a_fired_timer_can_be_added_again);
	tcase_add_test(tc, time_does_not_go_back);
	tcase_add_test(tc, sleeping_as_told_misses_nothing);
	tcase_add_test(tc, random_timers_fire_as_a_sorted_array_says);
	tcase_add_test(tc, timers_may_come_and_go_between_advances);
	return unit_main("base/wheel", tc);
}
