/* test_stored_table.c - scans deliver every row once, skip what cannot match, and stop anywhere. */
#include "tests/unit/table/fixture.h"

#include "common/base/thread.h"

static uint64_t seed;
static struct rows rows;
static struct table *table;

static void setup(void)
{
	fixture_setup();
	seed = 31;
}

static void teardown(void)
{
	mem_fail_after(-1);
	table_unref(&table);
	rows_free(&rows);
	fixture_teardown();
}

/* ---- values ---- */

static struct value row_number(uint32_t row, enum col_type type)
{
	return i64_value(type, row);
}

static struct value random_or_null(uint32_t row, enum col_type type)
{
	struct value v = sample_value(&seed, type);

	if (col_lane_of(type) == LANE_STR)
		v.str.len = MIN(v.str.len, (size_t)200);
	return row % 5 == 4 ? null_value(type) : v;
}

/* Few values, and others in each run of 100,000 rows. */
static struct value few(uint32_t row, enum col_type type)
{
	static const char *const words[] = { "ash",   "beech", "a name of more than twelve bytes",
					     "cedar", "",      "fir" };

	row = row / 100000 % 2 * 3 + row % 3;
	return str_value(type, words[row], strlen(words[row]));
}

static struct value long_text(uint32_t row, enum col_type type)
{
	static char text[200000];
	size_t len = row % 1000 == 77 ? 100000 : row % 300;

	for (size_t i = 0; text[0] == 0 && i < sizeof(text); i++)
		text[sizeof(text) - 1 - i] = (char)('a' + unit_random(&seed) % 26);
	return row % 11 == 3 ? null_value(type) : str_value(type, text + row * 7, len);
}

static void make_mixed_table(uint32_t n_rows, uint32_t per_segment)
{
	rows_add_column(&rows, n_rows, COL_LONG, row_number);
	rows_add_column(&rows, n_rows, COL_STRING, few);
	rows_add_column(&rows, n_rows, COL_DOUBLE, random_or_null);
	rows_add_column(&rows, n_rows, COL_STRING, random_or_null);
	rows_add_column(&rows, n_rows, COL_BOOLEAN, random_or_null);
	table = make_table(&rows, per_segment);
}

/* ---- scans ---- */

struct scanning {
	struct scan_shared *shared;
	struct scan *scan;
};

static struct scan *open_scan(struct scan_shared *shared)
{
	struct scan *s = NULL;

	ck_assert_int_eq(table->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	return s;
}

static struct scanning start(const struct scan_spec *spec)
{
	struct scanning s;

	ck_assert_int_eq(table->class->scan_start(table, spec, &fx.e.pool, &s.shared, &fx.e.err),
			 0);
	s.scan = open_scan(s.shared);
	return s;
}

static const uint32_t all_columns[] = { 0, 1, 2, 3, 4 };

/* Reads to the end.  Rows come in order from a single task, unless some are skipped. */
static uint64_t read_all(struct scan *s, const uint32_t *columns, bool one_unit)
{
	enum scan_result result;
	uint64_t n = 0;
	struct batch *b;
	unsigned n_yields = 0;

	for (;;) {
		if (one_unit)
			engine_one_unit(&fx.e);
		result = scan_next(s, &fx.e.coop, &b, &fx.e.err);
		if (result == SCAN_YIELD) {
			ck_assert_uint_lt(++n_yields, 5000000);
			continue;
		}
		if (result != SCAN_BATCH)
			break;
		ck_assert_ptr_null(b->sel.rows);
		ck_assert_uint_eq(b->sel.n_rows, b->n_rows);
		batch_check(b);
		check_batch(&rows, columns, b, (uint32_t)n);
		n += b->n_rows;
	}
	ck_assert_msg(result == SCAN_DONE, "%s", fx.e.err.msg);
	coop_unlimited(&fx.e.coop, &fx.e.token);
	ck_assert_int_eq(scan_next(s, &fx.e.coop, &b, &fx.e.err), SCAN_DONE);
	ck_assert_uint_eq(s->stats.rows, n);
	return n;
}

START_TEST(delivers_all_rows_in_order_to_one_task)
{
	struct scan_spec spec = { .columns = all_columns, .n_columns = 5 };
	struct scanning s;

	make_mixed_table(150001, 70000);
	ck_assert_int_eq(table->n_rows, 150001);
	ck_assert_uint_eq(table->n_segments, 3);
	s = start(&spec);
	ck_assert_uint_eq(read_all(s.scan, all_columns, false), 150001);
	ck_assert_uint_eq(s.scan->stats.segments, 3);
	ck_assert_uint_eq(s.scan->stats.segments_pruned, 0);
	ck_assert_uint_gt(s.scan->stats.bytes, 100000);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(delivers_the_same_with_one_unit_of_credit)
{
	struct scan_spec spec = { .columns = all_columns, .n_columns = 5 };
	struct scanning s;

	make_mixed_table(30000, 17000);
	s = start(&spec);
	ck_assert_uint_eq(read_all(s.scan, all_columns, true), 30000);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(delivers_columns_in_the_order_of_the_spec)
{
	static const uint32_t columns[] = { 3, 0, 3 };
	struct scan_spec spec = { .columns = columns, .n_columns = 3 };
	struct scanning s;

	make_mixed_table(5000, 5000);
	s = start(&spec);
	ck_assert_uint_eq(read_all(s.scan, columns, false), 5000);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(counts_rows_without_columns)
{
	struct scan_spec spec = { 0 };
	struct scanning s;

	make_mixed_table(5000, 3000);
	s = start(&spec);
	ck_assert_uint_eq(read_all(s.scan, NULL, false), 5000);
	ck_assert_uint_eq(s.scan->stats.bytes, 0);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(an_empty_table_has_no_rows_and_one_task)
{
	static const struct table_column columns[] = { { { "x", 1 }, COL_LONG, true } };
	static const uint32_t first[] = { 0 };
	struct scan_spec spec = { .columns = first, .n_columns = 1 };
	struct scanning s;

	table = stored_table_new(STR("empty"), columns, 1, NULL, 0, &fx.e.err);
	ck_assert_int_eq(table->n_rows, 0);
	s = start(&spec);
	ck_assert_uint_eq(table->class->parallelism(s.shared), 1);
	ck_assert_uint_eq(read_all(s.scan, first, false), 0);
	table->class->scan_close(s.scan);
}
END_TEST

/* ---- forms ---- */

START_TEST(a_column_of_few_strings_comes_as_codes)
{
	static const uint32_t columns[] = { 1, 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = 2 };
	struct scanning s;
	struct batch *b;

	make_mixed_table(5000, 5000);
	s = start(&spec);
	ck_assert_int_eq(scan_next(s.scan, &fx.e.coop, &b, &fx.e.err), SCAN_BATCH);
	ck_assert_int_eq(b->cols[0].form, COL_DICT);
	ck_assert_uint_eq(b->cols[0].dict->n_values, 3);
	ck_assert(b->cols[0].dict->is_sorted);
	ck_assert_int_eq(b->cols[1].form, COL_FLAT);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(slices_blocks_with_long_texts)
{
	static const uint32_t columns[] = { 0, 1, 2 };
	struct scan_spec spec = { .columns = columns, .n_columns = 3 };
	struct scanning s;
	enum scan_result result;
	struct batch *b;
	uint32_t row = 0;

	rows_add_column(&rows, 9000, COL_LONG, row_number);
	rows_add_column(&rows, 9000, COL_STRING, long_text);
	rows_add_column(&rows, 9000, COL_BOOLEAN, random_or_null);
	table = make_table(&rows, 5000);
	s = start(&spec);
	while ((result = scan_next(s.scan, &fx.e.coop, &b, &fx.e.err)) == SCAN_BATCH) {
		uint64_t text = col_text_bytes(&b->cols[1], &b->sel);

		ck_assert(text <= 65536 || b->n_rows == 1);
		batch_check(b);
		check_batch(&rows, columns, b, row);
		row += b->n_rows;
	}
	ck_assert_int_eq(result, SCAN_DONE);
	ck_assert_uint_eq(row, 9000);
	table->class->scan_close(s.scan);
}
END_TEST

/* ---- skipping ---- */

static uint64_t count_rows(struct scan *s)
{
	struct batch *b;
	uint64_t n = 0;

	while (scan_next(s, &fx.e.coop, &b, &fx.e.err) == SCAN_BATCH)
		n += b->n_rows;
	return n;
}

START_TEST(skips_zones_and_segments_that_cannot_match)
{
	static const uint32_t columns[] = { 0 };
	struct scan_range range = { .column = 0,
				    .has_low = true,
				    .has_high = true,
				    .low = { .type = COL_LONG, .i64 = 210000 },
				    .high = { .type = COL_LONG, .i64 = 210010 } };
	struct scan_spec spec = {
		.columns = columns, .n_columns = 1, .ranges = &range, .n_ranges = 1
	};
	struct scanning s;

	/* Segments of 100,000 rows: zones of 65,536 and 34,464 rows. */
	make_mixed_table(300000, 100000);
	s = start(&spec);
	ck_assert_uint_eq(count_rows(s.scan), 65536);
	ck_assert_uint_eq(s.scan->stats.rows, 65536);
	ck_assert_uint_eq(s.scan->stats.segments, 1);
	ck_assert_uint_eq(s.scan->stats.segments_pruned, 2);
	ck_assert_uint_lt(s.scan->stats.bytes, 65536 * 4);
	table->class->scan_close(s.scan);

	range.low.i64 = 300000;
	range.has_high = false;
	s = start(&spec);
	ck_assert_uint_eq(count_rows(s.scan), 0);
	ck_assert_uint_eq(s.scan->stats.segments, 0);
	ck_assert_uint_eq(s.scan->stats.segments_pruned, 3);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(skips_segments_whose_dictionary_lacks_the_value)
{
	struct scan_range range = { .column = 1,
				    .has_low = true,
				    .has_high = true,
				    .low = { .type = COL_STRING, .str = { "fir", 3 } },
				    .high = { .type = COL_STRING, .str = { "fir", 3 } } };
	struct scan_spec spec = { .ranges = &range, .n_ranges = 1 };
	struct scanning s;

	make_mixed_table(300000, 100000);
	s = start(&spec);
	ck_assert_uint_eq(count_rows(s.scan), 100000);
	ck_assert_uint_eq(s.scan->stats.segments_pruned, 2);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(skips_the_same_with_one_unit_of_credit)
{
	struct scan_range ranges[] = {
		{ .column = 1, .has_low = true, .low = { .type = COL_STRING, .str = { "d", 1 } } },
		{ .column = 0, .has_high = true, .high = { .type = COL_LONG, .i64 = 150000 } },
	};
	struct scan_spec spec = { .ranges = ranges, .n_ranges = 2 };
	enum scan_result result;
	struct scanning s;
	struct batch *b;
	uint64_t n = 0;

	/* Only the second segment has "fir", and only its first zone is low enough. */
	make_mixed_table(300000, 100000);
	s = start(&spec);
	do {
		engine_one_unit(&fx.e);
		result = scan_next(s.scan, &fx.e.coop, &b, &fx.e.err);
		n += result == SCAN_BATCH ? b->n_rows : 0;
	} while (result == SCAN_BATCH || result == SCAN_YIELD);
	ck_assert_int_eq(result, SCAN_DONE);
	ck_assert_uint_eq(n, 65536);
	ck_assert_uint_eq(s.scan->stats.segments_pruned, 2);
	table->class->scan_close(s.scan);
}
END_TEST

/* ---- tasks ---- */

struct reader {
	struct thread thread;
	struct engine e;
	struct scan *scan;
	struct scan_stats stats;
	_Atomic uint8_t *seen;
	bool is_wrong;
};

static void read_and_mark(void *arg)
{
	struct reader *r = arg;
	enum scan_result result;
	struct batch *b;

	for (;;) {
		/* Some credit at a time, so that the threads mix. */
		r->e.coop.credit = 20000;
		result = scan_next(r->scan, &r->e.coop, &b, &r->e.err);
		if (result == SCAN_YIELD)
			continue;
		if (result != SCAN_BATCH)
			break;
		for (uint32_t i = 0; i < b->n_rows; i++) {
			int64_t row = col_i64(&b->cols[0], i);
			struct value text = col_value(&b->cols[1], i);

			r->is_wrong |= !sample_same(&text, &rows.values[1][row]);
			r->is_wrong |= atomic_fetch_add(&r->seen[row], 1) != 0;
		}
	}
	r->is_wrong |= result != SCAN_DONE;
	r->stats = r->scan->stats;
}

START_TEST(parallel_tasks_deliver_every_row_exactly_once)
{
	static const uint32_t columns[] = { 0, 1 };
	struct scan_spec spec = { .columns = columns, .n_columns = 2 };
	static struct reader readers[3];
	_Atomic uint8_t *seen = calloc(400000, 1);
	struct scanning s;
	struct scan_stats sum = { 0 };

	make_mixed_table(400000, 150000);
	s = start(&spec);
	ck_assert_uint_eq(table->class->parallelism(s.shared), 10 + 10 + 7);
	for (int i = 0; i < 3; i++) {
		engine_init(&readers[i].e);
		readers[i].is_wrong = false;
		readers[i].seen = seen;
		readers[i].scan = i == 0 ? s.scan : open_scan(s.shared);
		ck_assert_int_eq(thread_start(&readers[i].thread, "reader", read_and_mark,
					      &readers[i], &fx.e.err),
				 0);
	}
	for (int i = 0; i < 3; i++) {
		thread_join(&readers[i].thread);
		ck_assert(!readers[i].is_wrong);
		sum.rows += readers[i].stats.rows;
		sum.segments += readers[i].stats.segments;
		table->class->scan_close(readers[i].scan);
		engine_fini(&readers[i].e);
	}
	ck_assert_uint_eq(sum.rows, 400000);
	ck_assert_uint_eq(sum.segments, 3);
	for (uint32_t i = 0; i < 400000; i++)
		ASSERT_ROW(seen[i] == 1);
	free(seen);
}
END_TEST

/* ---- stopping ---- */

START_TEST(yields_at_once_when_the_query_is_cancelled)
{
	struct scan_spec spec = { .columns = all_columns, .n_columns = 5 };
	struct scanning s;
	struct batch *b;

	make_mixed_table(5000, 5000);
	s = start(&spec);
	ck_assert_int_eq(scan_next(s.scan, &fx.e.coop, &b, &fx.e.err), SCAN_BATCH);
	(void)token_set(&fx.e.token, CANCEL_USER);
	ck_assert_int_eq(scan_next(s.scan, &fx.e.coop, &b, &fx.e.err), SCAN_YIELD);
	table->class->scan_close(s.scan);
}
END_TEST

static struct value twice(uint32_t row, enum col_type type)
{
	static char texts[20000][16];

	(void)snprintf(texts[row / 2], sizeof(texts[0]), "%u", row / 2);
	return str_value(type, texts[row / 2], strlen(texts[row / 2]));
}

/* LeakSanitizer tells whether the unfinished dictionary was given back. */
START_TEST(a_scan_can_be_closed_in_the_middle_of_a_dictionary)
{
	static const uint32_t columns[] = { 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = 1 };
	struct scanning s;
	struct batch *b;

	rows_add_column(&rows, 40000, COL_STRING, twice);
	table = make_table(&rows, 40000);
	s = start(&spec);
	for (int i = 0; i < 6; i++) {
		engine_one_unit(&fx.e);
		ck_assert_int_eq(scan_next(s.scan, &fx.e.coop, &b, &fx.e.err), SCAN_YIELD);
	}
	table->class->scan_close(s.scan);
	coop_unlimited(&fx.e.coop, &fx.e.token);
	s = start(&spec);
	ck_assert_uint_eq(read_all(s.scan, columns, false), 40000);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(a_damaged_page_fails_the_scan)
{
	static const uint32_t columns[] = { 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = 1 };
	static char bytes[300000];
	struct segment *segment;
	struct scanning s;
	struct batch *b;
	size_t n;

	static const struct table_column column[] = { { { "x", 1 }, COL_LONG, true } };

	rows_add_column(&rows, 100000, COL_LONG, row_number);
	make_segment(&rows, "x.seg");
	n = read_file(path_of("x.seg"), bytes, sizeof(bytes));
	bytes[100000] ^= 1;
	write_file(path_of("x.seg"), bytes, n);
	segment = open_segment(&rows, "x.seg", 1);
	table = stored_table_new(STR("t"), column, 1, &segment, 1, &fx.e.err);
	s = start(&spec);
	while (scan_next(s.scan, &fx.e.coop, &b, &fx.e.err) == SCAN_BATCH)
		;
	ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	table->class->scan_close(s.scan);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct scan_spec spec = { .columns = all_columns, .n_columns = 5 };
	struct scan_shared *shared = NULL;
	struct scan *scan = NULL;
	enum scan_result result = SCAN_FAILED;
	struct batch *b;

	make_mixed_table(5000, 3000);
	(void)mem_fail_after(_i);
	if (table->class->scan_start(table, &spec, &fx.e.pool, &shared, &fx.e.err) == 0 &&
	    table->class->scan_open(shared, &fx.e.pool, &scan, &fx.e.err) == 0)
		while ((result = scan_next(scan, &fx.e.coop, &b, &fx.e.err)) == SCAN_BATCH)
			;
	mem_fail_after(-1);
	ck_assert(result == SCAN_DONE || fx.e.err.code == ERR_OUT_OF_MEMORY);
	if (scan)
		table->class->scan_close(scan);
}
END_TEST

START_TEST(a_table_that_cannot_be_made_leaves_the_segments_alone)
{
	static const struct table_column column[] = { { { "x", 1 }, COL_LONG, true } };
	struct segment *segment;

	rows_add_column(&rows, 10, COL_LONG, row_number);
	make_segment(&rows, "x.seg");
	segment = open_segment(&rows, "x.seg", 1);
	for (long n = 0; !table; n++) {
		(void)mem_fail_after(n);
		table = stored_table_new(STR("t"), column, 1, &segment, 1, &fx.e.err);
		mem_fail_after(-1);
		ck_assert(table || fx.e.err.code == ERR_OUT_OF_MEMORY);
	}
	ck_assert_int_eq(table->n_rows, 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, delivers_all_rows_in_order_to_one_task);
	tcase_add_test(tc, delivers_the_same_with_one_unit_of_credit);
	tcase_add_test(tc, delivers_columns_in_the_order_of_the_spec);
	tcase_add_test(tc, counts_rows_without_columns);
	tcase_add_test(tc, an_empty_table_has_no_rows_and_one_task);
	tcase_add_test(tc, a_column_of_few_strings_comes_as_codes);
	tcase_add_test(tc, slices_blocks_with_long_texts);
	tcase_add_test(tc, skips_zones_and_segments_that_cannot_match);
	tcase_add_test(tc, skips_segments_whose_dictionary_lacks_the_value);
	tcase_add_test(tc, skips_the_same_with_one_unit_of_credit);
	tcase_add_test(tc, parallel_tasks_deliver_every_row_exactly_once);
	tcase_add_test(tc, yields_at_once_when_the_query_is_cancelled);
	tcase_add_test(tc, a_scan_can_be_closed_in_the_middle_of_a_dictionary);
	tcase_add_test(tc, a_damaged_page_fails_the_scan);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 25);
	tcase_add_test(tc, a_table_that_cannot_be_made_leaves_the_segments_alone);
	return unit_main("table/stored_table", tc);
}
