/* Tests of common/base/metrics.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/strbuf.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct strbuf out;

static void setup(void)
{
	(void)mem_fail_after(-1);
	for (int m = 0; m < METRIC_COUNT; m++)
		metric_add((enum metric)m, -metric_get((enum metric)m));
	out = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	strbuf_fini(&out);
}

START_TEST(every_metric_counts_for_itself)
{
	for (int m = 0; m < METRIC_COUNT; m++)
		metric_add((enum metric)m, 100 + m);
	metric_add(METRIC_queries_running, -30);
	for (int m = 0; m < METRIC_COUNT; m++)
		ck_assert_int_eq(metric_get((enum metric)m),
				 100 + m - (m == METRIC_queries_running ? 30 : 0));
}
END_TEST

static void count(void *arg)
{
	(void)arg;
	for (int i = 0; i < 50000; i++)
		metric_add(METRIC_polls_total, 2);
}

START_TEST(no_count_of_any_thread_is_lost)
{
	struct thread threads[4];
	struct error err;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(thread_start(&threads[i], "t", count, NULL, &err), 0);
	for (int i = 0; i < 4; i++)
		thread_join(&threads[i]);
	ck_assert_int_eq(metric_get(METRIC_polls_total), 400000);
}
END_TEST

START_TEST(prints_help_type_and_value)
{
	metric_add(METRIC_queries_running, -5);
	metric_add(METRIC_rows_read_total, INT64_MAX);
	metrics_print(&out);
	ck_assert_ptr_nonnull(strstr(out.ptr,
				     "\n# HELP sluice_queries_running queries in the registry\n"
				     "# TYPE sluice_queries_running gauge\n"
				     "sluice_queries_running -5\n"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "# TYPE sluice_rows_read_total counter\n"
					      "sluice_rows_read_total 9223372036854775807\n"));
}
END_TEST

/* Three lines each, no more: a scraper rejects the whole page for one bad line. */
START_TEST(prints_all_rows_and_nothing_else)
{
	int n_lines = 0;

	metrics_print(&out);
	for (const char *p = out.ptr; (p = strchr(p, '\n')) != NULL; p++, n_lines++)
		ck_assert(p[1] == '\0' || p[1] == '#' || strncmp(p + 1, "sluice_", 7) == 0);
	ck_assert_int_eq(n_lines, 3 * METRIC_COUNT);
	ck_assert_int_eq(out.ptr[out.len - 1], '\n');
}
END_TEST

START_TEST(survives_allocation_failure)
{
	(void)mem_fail_after(_i);
	metrics_print(&out);
	ck_assert_int_eq(strbuf_ok(&out), _i >= mem_fail_after(-1));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_metric_counts_for_itself);
	tcase_add_test(tc, no_count_of_any_thread_is_lost);
	tcase_add_test(tc, prints_help_type_and_value);
	tcase_add_test(tc, prints_all_rows_and_nothing_else);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 9);
	return unit_main("base/metrics", tc);
}
