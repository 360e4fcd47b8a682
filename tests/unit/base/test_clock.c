/* Tests of common/base/clock.c and the inline clocks of clock.h. */
#include <time.h>

#include "common/base/clock.h"
#include "tests/support/base/unit.h"

START_TEST(wall_time_is_that_of_the_system_in_milliseconds)
{
	int64_t before = (int64_t)time(NULL) - 1, now = clock_wall_ms();
	int64_t after = (int64_t)time(NULL) + 1;

	ck_assert_int_ge(now, before * 1000);
	ck_assert_int_le(now, after * 1000);
}
END_TEST

START_TEST(monotonic_time_never_goes_back_and_passes)
{
	uint64_t first = clock_mono_ns(), last = first;

	while (last < first + NS_PER_MS) {
		uint64_t now = clock_mono_ns();

		ck_assert_uint_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(thread_time_stands_still_while_the_thread_sleeps)
{
	uint64_t cpu = clock_thread_cpu_ns(), mono = clock_mono_ns();
	struct timespec pause = { .tv_nsec = 100 * (long)NS_PER_MS };

	(void)nanosleep(&pause, NULL);
	ck_assert_uint_ge(clock_mono_ns() - mono, 100 * NS_PER_MS);
	ck_assert_uint_lt(clock_thread_cpu_ns() - cpu, 50 * NS_PER_MS);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, wall_time_is_that_of_the_system_in_milliseconds);
	tcase_add_test(tc, monotonic_time_never_goes_back_and_passes);
	tcase_add_test(tc, thread_time_stands_still_while_the_thread_sleeps);
	return unit_main("base/clock", tc);
}
