/* Tests of broker/query/reactor.c. */
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/query/reactor.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

#define MANY 500

static struct reactor *r;
static struct error err;

struct fired {
	struct reactor_timer timer;
	_Atomic uint64_t at_ns;
	_Atomic int n;
};

static void setup(void)
{
	ck_assert_int_eq(reactor_start(&r, &err), 0);
}

static void teardown(void)
{
	reactor_stop(&r);
}

static void fire(void *arg)
{
	struct fired *f = arg;

	atomic_store(&f->at_ns, clock_mono_ns());
	atomic_fetch_add(&f->n, 1);
}

static void wait_for(_Atomic int *n, int value)
{
	while (atomic_load(n) < value)
		sched_yield();
}

START_TEST(a_timer_fires_once_and_not_early)
{
	struct fired f = { 0 };
	uint64_t begin = clock_mono_ns();

	reactor_timer_init(&f.timer, fire, &f);
	reactor_timer_set(r, &f.timer, 30);
	wait_for(&f.n, 1);
	ck_assert_uint_ge(f.at_ns - begin, 30 * NS_PER_MS);
	ck_assert_uint_lt(f.at_ns - begin, 2000 * NS_PER_MS);
	ck_assert(!reactor_timer_cancel(r, &f.timer));
	ck_assert_int_eq(f.n, 1);
}
END_TEST

START_TEST(a_sooner_timer_does_not_wait_for_a_later_one)
{
	struct fired late = { 0 }, soon = { 0 };

	reactor_timer_init(&late.timer, fire, &late);
	reactor_timer_init(&soon.timer, fire, &soon);
	reactor_timer_set(r, &late.timer, 100000);
	reactor_timer_set(r, &soon.timer, 5);
	wait_for(&soon.n, 1);
	ck_assert_int_eq(late.n, 0);
	ck_assert(reactor_timer_cancel(r, &late.timer));
	ck_assert(!reactor_timer_cancel(r, &late.timer));
}
END_TEST

START_TEST(many_timers_fire_in_any_order_of_setting)
{
	static struct fired f[MANY];
	uint64_t begin = clock_mono_ns(), state = 88172645463325252ull;
	uint64_t delay[MANY];

	for (int i = 0; i < MANY; i++) {
		delay[i] = unit_random(&state) % 200;
		reactor_timer_init(&f[i].timer, fire, &f[i]);
		reactor_timer_set(r, &f[i].timer, delay[i]);
	}
	for (int i = 0; i < MANY; i++) {
		wait_for(&f[i].n, 1);
		ck_assert_uint_ge(f[i].at_ns - begin, delay[i] * NS_PER_MS);
	}
}
END_TEST

static void gone(void *arg)
{
	atomic_fetch_add((_Atomic int *)arg, 1);
}

START_TEST(a_hang_up_is_told_once)
{
	_Atomic int n = 0, other = 0;
	int a[2], b[2];
	void *watch_a, *watch_b;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	watch_a = reactor_watch_add(r, a[0], gone, &n);
	watch_b = reactor_watch_add(r, b[0], gone, &other);
	ck_assert_int_eq(write(a[1], "x", 1), 1); /* data is no hang-up */
	usleep(20000);
	ck_assert_int_eq(n, 0);
	(void)close(a[1]);
	wait_for(&n, 1);
	reactor_watch_remove(r, watch_a);
	reactor_watch_remove(r, watch_b);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(other, 0);
	(void)close(a[0]);
	(void)close(b[0]);
	(void)close(b[1]);
}
END_TEST

START_TEST(a_removed_watch_is_never_told)
{
	for (int i = 0; i < 300; i++) {
		_Atomic int n = 0;
		int a[2], before;
		void *watch;

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
		watch = reactor_watch_add(r, a[0], gone, &n);
		(void)close(a[1]);
		reactor_watch_remove(r, watch);
		before = atomic_load(&n);
		sched_yield();
		ck_assert_int_eq(atomic_load(&n), before);
		ck_assert_int_le(before, 1);
		(void)close(a[0]);
	}
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct reactor *other = NULL;

	mem_fail_after(_i);
	if (reactor_start(&other, &err) < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	mem_fail_after(-1);
	reactor_stop(&other);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_timer_fires_once_and_not_early);
	tcase_add_test(tc, a_sooner_timer_does_not_wait_for_a_later_one);
	tcase_add_test(tc, many_timers_fire_in_any_order_of_setting);
	tcase_add_test(tc, a_hang_up_is_told_once);
	tcase_add_test(tc, a_removed_watch_is_never_told);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("query/reactor", tc);
}
