/* test_system_rows.c - a table whose rows come from a callback. */
#include "tests/unit/table/fixture.h"

#include "broker/table/system_tables.h"

static const struct table_column columns[] = {
	{ { "id", 2 }, COL_LONG, false },
	{ { "text", 4 }, COL_STRING, true },
};

static struct table *table;
static unsigned n_fills;
static uint32_t n_listed;
static bool fails;

/* Lists n_listed rows: the number, and a text that is NULL for every third. */
static int fill(void *arg, struct chunk_list *list, struct error *err)
{
	int64_t ids[BATCH_ROWS_MAX];
	struct strv texts[BATCH_ROWS_MAX];
	uint64_t validity[VALIDITY_WORDS];
	struct column cols[] = { { .type = COL_LONG, .values = ids },
				 { .type = COL_STRING, .values = texts, .validity = validity } };
	struct coop unlimited;

	coop_unlimited(&unlimited, &fx.e.token);
	ck_assert_ptr_eq(arg, &n_fills);
	n_fills++;
	if (fails)
		return error_set(err, ERR_INTERNAL, "no rows today");
	for (uint32_t first = 0; first < n_listed; first += BATCH_ROWS_MAX) {
		uint32_t n = MIN(BATCH_ROWS_MAX, n_listed - first), pos = 0;
		struct batch b = { n, 2, cols, { NULL, n } };

		memset(validity, 0xff, sizeof(validity));
		for (uint32_t i = 0; i < n; i++) {
			ids[i] = first + i;
			texts[i] = strv_make("a text of 21 bytes...", 21);
			if ((first + i) % 3 == 0)
				validity_clear(validity, i);
		}
		if (chunk_list_append(list, &b, &pos, &unlimited, err) != STEP_DONE)
			return -1;
	}
	return 0;
}

static void setup(void)
{
	fixture_setup();
	table = system_rows_new(STR("system.things"), columns, 2, fill, &n_fills, &fx.e.err);
	n_fills = 0;
	n_listed = 5000;
	fails = false;
}

static void teardown(void)
{
	table_unref(&table);
	fixture_teardown();
}

static struct scan *start(const uint32_t *wanted, uint32_t n_wanted)
{
	struct scan_spec spec = { .columns = wanted, .n_columns = n_wanted };
	struct scan_shared *shared = NULL;
	struct scan *s = NULL;

	ck_assert_int_eq(table->class->scan_start(table, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	ck_assert_uint_eq(table->class->parallelism(shared), 1);
	ck_assert_int_eq(table->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	return s;
}

START_TEST(lists_the_rows_at_the_moment_of_the_scan)
{
	static const uint32_t wanted[] = { 1, 0 };
	struct scan *s = start(wanted, 2);
	enum scan_result result;
	struct batch *b;
	uint32_t row = 0;

	ck_assert_uint_eq(n_fills, 0);
	while ((result = scan_next(s, &fx.e.coop, &b, &fx.e.err)) == SCAN_BATCH) {
		batch_check(b);
		for (uint32_t i = 0; i < b->n_rows; i++, row++) {
			ASSERT_ROW(col_i64(&b->cols[1], i) == row);
			ASSERT_ROW(col_is_valid(&b->cols[0], i) == (row % 3 != 0));
		}
	}
	ck_assert_int_eq(result, SCAN_DONE);
	ck_assert_uint_eq(row, 5000);
	ck_assert_uint_eq(n_fills, 1);
	ck_assert_uint_eq(s->stats.rows, 5000);
}
END_TEST

START_TEST(yields_between_chunks_with_one_unit_of_credit)
{
	struct scan *s = start(NULL, 0);
	uint32_t n_rows = 0, n_yields = 0;
	struct batch *b;

	for (;;) {
		enum scan_result result;

		engine_one_unit(&fx.e);
		result = scan_next(s, &fx.e.coop, &b, &fx.e.err);
		if (result == SCAN_DONE)
			break;
		ck_assert_int_eq(result, SCAN_BATCH);
		n_rows += b->n_rows;
		n_yields += scan_next(s, &fx.e.coop, &b, &fx.e.err) == SCAN_YIELD;
	}
	ck_assert_uint_eq(n_rows, 5000);
	ck_assert_uint_ge(n_yields, 3);
}
END_TEST

START_TEST(no_rows_are_no_batch)
{
	static const uint32_t wanted[] = { 0 };
	struct scan *s = start(wanted, 1);
	struct batch *b;

	n_listed = 0;
	ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_DONE);
}
END_TEST

START_TEST(a_second_scan_of_the_same_fragment_has_no_rows)
{
	struct scan_spec spec = { 0 };
	struct scan_shared *shared;
	struct scan *a, *b;
	struct batch *out;

	ck_assert_int_eq(table->class->scan_start(table, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	ck_assert_int_eq(table->class->scan_open(shared, &fx.e.pool, &a, &fx.e.err), 0);
	ck_assert_int_eq(table->class->scan_open(shared, &fx.e.pool, &b, &fx.e.err), 0);
	ck_assert_int_eq(scan_next(a, &fx.e.coop, &out, &fx.e.err), SCAN_BATCH);
	ck_assert_int_eq(scan_next(b, &fx.e.coop, &out, &fx.e.err), SCAN_DONE);
	ck_assert_uint_eq(n_fills, 1);
}
END_TEST

START_TEST(hands_up_the_error_of_the_callback)
{
	struct scan *s = start(NULL, 0);
	struct batch *b;

	fails = true;
	ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_FAILED);
	ck_assert_str_eq(fx.e.err.msg, "no rows today");
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const uint32_t wanted[] = { 0, 1 };
	struct scan_spec spec = { .columns = wanted, .n_columns = 2 };
	enum scan_result result = SCAN_FAILED;
	struct scan_shared *shared;
	struct scan *s;
	struct batch *b;

	(void)mem_fail_after(_i);
	if (table->class->scan_start(table, &spec, &fx.e.pool, &shared, &fx.e.err) == 0 &&
	    table->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err) == 0)
		while ((result = scan_next(s, &fx.e.coop, &b, &fx.e.err)) == SCAN_BATCH)
			;
	mem_fail_after(-1);
	ck_assert(result == SCAN_DONE || fx.e.err.code == ERR_OUT_OF_MEMORY);
}
END_TEST

START_TEST(a_table_that_cannot_be_made_is_an_error)
{
	for (long n = 0; n < 4; n++) {
		struct table *t;

		(void)mem_fail_after(n);
		t = system_rows_new(STR("t"), columns, 2, fill, NULL, &fx.e.err);
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
	tcase_add_test(tc, lists_the_rows_at_the_moment_of_the_scan);
	tcase_add_test(tc, yields_between_chunks_with_one_unit_of_credit);
	tcase_add_test(tc, no_rows_are_no_batch);
	tcase_add_test(tc, a_second_scan_of_the_same_fragment_has_no_rows);
	tcase_add_test(tc, hands_up_the_error_of_the_callback);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 15);
	tcase_add_test(tc, a_table_that_cannot_be_made_is_an_error);
	return unit_main("table/system_rows", tc);
}
