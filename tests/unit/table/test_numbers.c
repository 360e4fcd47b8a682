/* test_numbers.c - system.numbers (numbers.c), and what all tables share (table.c). */
#include "tests/unit/table/fixture.h"

#include "broker/table/system_tables.h"
#include "broker/table/table_head.h"
#include "common/base/thread.h"

#define TARGET 300000 /* every number below it has to come once */

static struct table *table;

static void setup(void)
{
	fixture_setup();
	table = system_numbers_new(&fx.e.err);
}

static void teardown(void)
{
	table_unref(&table);
	fixture_teardown();
}

static struct scan_shared *start(uint32_t n_columns)
{
	static const uint32_t columns[] = { 0, 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = n_columns };
	struct scan_shared *shared = NULL;

	ck_assert_int_eq(table->class->scan_start(table, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	return shared;
}

static struct scan *open_scan(struct scan_shared *shared)
{
	struct scan *s = NULL;

	ck_assert_int_eq(table->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	return s;
}

START_TEST(counts_up_from_zero)
{
	struct scan *s = open_scan(start(2));
	struct batch *b;

	for (int64_t first = 0; first < TARGET; first += b->n_rows) {
		ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_BATCH);
		batch_check(b);
		for (uint32_t i = 0; i < b->n_rows; i++) {
			ASSERT_ROW(col_i64(&b->cols[0], i) == first + i);
			ASSERT_ROW(col_i64(&b->cols[1], i) == first + i);
		}
	}
	ck_assert_int_eq(table->n_rows, -1);
	ck_assert(table->is_system);
	ck_assert_int_eq(table->columns[0].type, COL_LONG);
}
END_TEST

START_TEST(makes_one_batch_per_poll_with_one_unit_of_credit)
{
	struct scan *s = open_scan(start(0));
	struct batch *b;

	for (int i = 0; i < 10; i++) {
		engine_one_unit(&fx.e);
		ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_BATCH);
		ck_assert_uint_eq(b->n_cols, 0);
		ck_assert_uint_eq(b->n_rows, BATCH_ROWS_MAX);
		ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_YIELD);
	}
	ck_assert_uint_eq(s->stats.rows, 10 * BATCH_ROWS_MAX);
}
END_TEST

struct counter {
	struct thread thread;
	struct engine e;
	struct scan *scan;
	_Atomic uint8_t *seen;
	bool is_wrong;
};

static void count(void *arg)
{
	struct counter *c = arg;
	struct batch *b;

	/* A range beyond the target is the sign that all below it were claimed. */
	for (;;) {
		c->is_wrong |= scan_next(c->scan, &c->e.coop, &b, &c->e.err) != SCAN_BATCH;
		if (col_i64(&b->cols[0], 0) >= TARGET)
			return;
		for (uint32_t i = 0; i < b->n_rows; i++)
			if (col_i64(&b->cols[0], i) < TARGET)
				atomic_fetch_add(&c->seen[col_i64(&b->cols[0], i)], 1);
	}
}

START_TEST(parallel_tasks_share_the_numbers)
{
	static _Atomic uint8_t seen[TARGET];
	static struct counter counters[2];
	struct scan_shared *shared = start(1);

	ck_assert_uint_gt(table->class->parallelism(shared), 1000);
	for (uint32_t i = 0; i < TARGET; i++)
		atomic_init(&seen[i], 0);
	for (int i = 0; i < 2; i++) {
		engine_init(&counters[i].e);
		counters[i].is_wrong = false;
		counters[i].scan = open_scan(shared);
		counters[i].seen = seen;
		ck_assert_int_eq(thread_start(&counters[i].thread, "counter", count, &counters[i],
					      &fx.e.err),
				 0);
	}
	for (int i = 0; i < 2; i++) {
		thread_join(&counters[i].thread);
		ck_assert(!counters[i].is_wrong);
		engine_fini(&counters[i].e);
	}
	for (uint32_t i = 0; i < TARGET; i++)
		ASSERT_ROW(seen[i] == 1);
}
END_TEST

START_TEST(finds_columns_without_case)
{
	ck_assert_int_eq(table_find_column(table, STR("NUMBER")), 0);
	ck_assert_int_eq(table_find_column(table, STR("numbers")), -1);
}
END_TEST

START_TEST(lives_as_long_as_there_is_a_reference)
{
	struct table *other = table_ref(table);

	table_unref(&table);
	ck_assert_ptr_null(table);
	ck_assert_str_eq(other->class->is_cooperative ? "yes" : "no", "yes");
	ck_assert(str_eq(other->name, STR("system.numbers")));
	table = other;
	other = NULL;
	table_unref(&other);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	for (long n = 0; n < 4; n++) {
		struct table *t;

		(void)mem_fail_after(n);
		t = system_numbers_new(&fx.e.err);
		mem_fail_after(-1);
		ck_assert(t || fx.e.err.code == ERR_OUT_OF_MEMORY);
		table_unref(&t);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_up_from_zero);
	tcase_add_test(tc, makes_one_batch_per_poll_with_one_unit_of_credit);
	tcase_add_test(tc, parallel_tasks_share_the_numbers);
	tcase_add_test(tc, finds_columns_without_case);
	tcase_add_test(tc, lives_as_long_as_there_is_a_reference);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/numbers", tc);
}
