/* Tests of common/base/mutex.c. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

#define N_THREADS 4
#define N_ROUNDS  20000

static struct mutex low, middle, high;
static struct cond cond;
static struct thread threads[N_THREADS];
static char text[512];

static void setup(void)
{
	mutex_init(&low, MUTEX_RANK_REGISTRY);
	mutex_init(&middle, MUTEX_RANK_STORE);
	mutex_init(&high, MUTEX_RANK_LOG);
	cond_init(&cond);
}

static void teardown(void)
{
	cond_fini(&cond);
	mutex_fini(&high);
	mutex_fini(&middle);
	mutex_fini(&low);
}

static void start(int n, thread_fn *fn)
{
	struct error err;

	for (int i = 0; i < n; i++)
		ck_assert_int_eq(thread_start(&threads[i], "test", fn, NULL, &err), 0);
}

static void join(int n)
{
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
}

static long counter; /* guarded by low */

static void count(void *arg)
{
	(void)arg;
	for (int i = 0; i < N_ROUNDS; i++) {
		mutex_lock(&low);
		counter++;
		mutex_unlock(&low);
	}
}

START_TEST(lets_in_one_thread_at_a_time)
{
	counter = 0;
	start(N_THREADS, count);
	join(N_THREADS);
	ck_assert_int_eq(counter, (long)N_THREADS * N_ROUNDS);
}
END_TEST

START_TEST(locks_may_be_given_back_in_any_order)
{
	mutex_lock(&low);
	mutex_lock(&middle);
	mutex_unlock(&low);
	mutex_lock(&high);
	mutex_assert_held(&middle);
	mutex_unlock(&middle);
	mutex_unlock(&high);
	mutex_lock(&low);
	mutex_unlock(&low);
}
END_TEST

static void unlock_free_lock(void *arg)
{
	(void)arg;
	mutex_unlock(&low);
}

static void assert_held_after_unlock(void *arg)
{
	(void)arg;
	mutex_lock(&low);
	mutex_unlock(&low);
	mutex_assert_held(&low);
}

#ifndef NDEBUG
static void lock_downwards(void *arg)
{
	(void)arg;
	mutex_lock(&middle);
	mutex_lock(&low);
}

static void lock_twice(void *arg)
{
	(void)arg;
	mutex_lock(&low);
	mutex_lock(&low);
}

START_TEST(a_lock_of_a_lower_or_the_same_rank_aborts)
{
	ck_assert(unit_aborts(lock_downwards, NULL, text, sizeof(text)));
	ck_assert_ptr_nonnull(strstr(text, "rank"));
	ck_assert(unit_aborts(lock_twice, NULL, text, sizeof(text)));
	ck_assert_ptr_nonnull(strstr(text, "rank"));
}
END_TEST
#endif

START_TEST(only_the_holder_may_say_that_it_holds)
{
	ck_assert(unit_aborts(unlock_free_lock, NULL, text, sizeof(text)));
	ck_assert(unit_aborts(assert_held_after_unlock, NULL, text, sizeof(text)));
}
END_TEST

START_TEST(another_thread_s_lock_is_not_ours)
{
	mutex_lock(&low);
	low.owner ^= 1; /* as if somebody else had taken it */
	ck_assert(unit_aborts(unlock_free_lock, NULL, text, sizeof(text)));
	low.owner ^= 1;
	mutex_unlock(&low);
}
END_TEST

static int n_ready, n_awake;

static void wait_for_start(void *arg)
{
	(void)arg;
	mutex_lock(&middle);
	while (n_ready == 0)
		cond_wait(&cond, &middle);
	mutex_assert_held(&middle);
	n_ready--;
	n_awake++;
	/* The wait gave the rank back and took it again: higher ones are still allowed. */
	mutex_lock(&high);
	mutex_unlock(&high);
	mutex_unlock(&middle);
}

START_TEST(a_broadcast_wakes_every_waiter)
{
	n_ready = n_awake = 0;
	start(N_THREADS, wait_for_start);
	mutex_lock(&middle);
	n_ready = N_THREADS;
	cond_broadcast(&cond);
	mutex_unlock(&middle);
	join(N_THREADS);
	ck_assert_int_eq(n_awake, N_THREADS);
}
END_TEST

START_TEST(one_signal_per_waiter_wakes_all_of_them)
{
	n_ready = n_awake = 0;
	start(N_THREADS, wait_for_start);
	for (int i = 0; i < N_THREADS; i++) {
		mutex_lock(&middle);
		n_ready++;
		cond_signal(&cond);
		mutex_unlock(&middle);
	}
	join(N_THREADS);
	ck_assert_int_eq(n_awake, N_THREADS);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline_and_not_before)
{
	uint64_t deadline = clock_mono_ns() + 20 * NS_PER_MS;

	mutex_lock(&low);
	while (cond_wait_until(&cond, &low, deadline))
		; /* woken for no reason */
	ck_assert_uint_ge(clock_mono_ns(), deadline);
	mutex_assert_held(&low);
	ck_assert(!cond_wait_until(&cond, &low, 0));
	mutex_unlock(&low);
}
END_TEST

static void signal_once(void *arg)
{
	(void)arg;
	mutex_lock(&low);
	n_ready = 1;
	cond_signal(&cond);
	mutex_unlock(&low);
}

START_TEST(a_signal_ends_a_wait_before_its_deadline)
{
	uint64_t deadline = clock_mono_ns() + 30 * NS_PER_S;
	bool in_time = true;

	n_ready = 0;
	mutex_lock(&low);
	start(1, signal_once);
	while (n_ready == 0 && in_time)
		in_time = cond_wait_until(&cond, &low, deadline);
	mutex_unlock(&low);
	join(1);
	ck_assert(in_time);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lets_in_one_thread_at_a_time);
	tcase_add_test(tc, locks_may_be_given_back_in_any_order);
#ifndef NDEBUG
	tcase_add_test(tc, a_lock_of_a_lower_or_the_same_rank_aborts);
#endif
	tcase_add_test(tc, only_the_holder_may_say_that_it_holds);
	tcase_add_test(tc, another_thread_s_lock_is_not_ours);
	tcase_add_test(tc, a_broadcast_wakes_every_waiter);
	tcase_add_test(tc, one_signal_per_waiter_wakes_all_of_them);
	tcase_add_test(tc, a_wait_ends_at_its_deadline_and_not_before);
	tcase_add_test(tc, a_signal_ends_a_wait_before_its_deadline);
	return unit_main("base/mutex", tc);
}
