/* test_sort_order.c - prefixes that sort like their keys, and sorting a block. */
#include <stdlib.h>

#include "broker/exec/sort_order.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#define N BATCH_ROWS_MAX

static struct engine e;
static struct sort_order order;
static struct plan_column plan_columns[3];
static struct plan_node input = { .columns = plan_columns };
static struct plan_sort_key keys[3];
static struct sample samples[3];
static struct column cols[3];
static struct row_store store;
static void *rows[N];
static uint64_t prefix[N];

static void setup(void)
{
	engine_init(&e);
}

static void teardown(void)
{
	engine_fini(&e);
}

/* Keys are the columns in order; bit k of `flags` says descending, bit 4 + k NULLs first. */
static void make(uint32_t n, const struct sample_shape *shapes, unsigned flags)
{
	uint64_t seed = 7;
	uint32_t pos = 0;

	e.coop.credit = INT64_MAX / 4;
	input.n_columns = n;
	for (uint32_t i = 0; i < n; i++) {
		plan_columns[i].type = shapes[i].type;
		sample_make(&samples[i], &seed, shapes[i], N);
		cols[i] = samples[i].col;
		keys[i] = (struct plan_sort_key){ i, flags >> i & 1, flags >> (4 + i) & 1 };
	}
	ck_assert_int_eq(sort_order_init(&order, &input, keys, n, &e.arena, &e.err), 0);
	row_store_init(&store, &order.layout, &e.pool);
	ck_assert_int_eq(row_store_append(&store, cols, &(struct sel){ NULL, N }, &pos, rows,
					  &e.coop, &e.err),
			 STEP_DONE);
	sort_prefix(&order, cols, &(struct sel){ NULL, N }, prefix, &e.coop);
}

/* The order as plain as it can be said. */
static int compare(uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < order.n_keys; i++) {
		const struct value *x = &samples[i].rows[a], *y = &samples[i].rows[b];
		int cmp;

		if (x->is_null && y->is_null)
			continue;
		if (x->is_null || y->is_null)
			return x->is_null == keys[i].nulls_first ? -1 : 1;
		cmp = value_cmp(x, y);
		if (cmp != 0)
			return keys[i].is_descending ? -cmp : cmp;
	}
	return 0;
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void check_prefixes(void)
{
	uint64_t seed = 1;
	int64_t work = 0;

	for (uint32_t n = 0; n < 20000; n++) {
		uint32_t a = (uint32_t)(sample_random(&seed) % N);
		uint32_t b = (uint32_t)(sample_random(&seed) % N);
		int want = sign(compare(a, b));

		ck_assert_int_eq(sign(sort_compare(&order, rows[a], rows[b], &work)), want);
		if (prefix[a] < prefix[b])
			ck_assert_int_lt(want, 0);
		if (prefix[a] == prefix[b] && sort_is_decided(&order, prefix[a]))
			ck_assert_int_eq(want, 0);
	}
	ck_assert_int_ge(work, 20000);
}

static void check_shape(struct sample_shape shape)
{
	for (unsigned flags = 0; flags < 4; flags++) {
		make(1, &shape, (flags & 1) | (flags & 2) << 3);
		check_prefixes();
		row_store_clear(&store);
	}
}

START_TEST(has_prefixes_that_sort_like_any_key)
{
	sample_each_shape(check_shape);
}
END_TEST

START_TEST(has_prefixes_of_several_keys)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT, COL_STRING, COL_LONG,
					       COL_DOUBLE };

	for (unsigned flags = 0; flags < 128; flags += 5) {
		struct sample_shape shapes[3];

		for (uint32_t i = 0; i < 3; i++)
			shapes[i] =
				(struct sample_shape){ types[(flags + i) % 5], COL_DICT, true, 9 };
		make(3, shapes, flags);
		check_prefixes();
		row_store_clear(&store);
	}
}
END_TEST

START_TEST(decides_by_prefix_what_it_can)
{
	static const struct sample_shape shapes[] = { { COL_LONG, COL_FLAT, true, 0 },
						      { COL_BOOLEAN, COL_FLAT, true, 0 } };
	static const struct sample_shape pair[] = { { COL_INT, COL_FLAT, true, 0 },
						    { COL_BOOLEAN, COL_FLAT, true, 0 } };
	static const struct sample_shape text = { COL_STRING, COL_FLAT, true, 0 };

	make(1, shapes, 0);
	ck_assert(sort_is_decided(&order, 1234) && !sort_is_decided(&order, UINT64_MAX - 1));
	make(2, shapes, 0);
	ck_assert(!sort_is_decided(&order, 1234));
	make(2, pair, 0);
	ck_assert(sort_is_decided(&order, UINT64_MAX - 1));
	make(1, &text, 0);
	ck_assert(!sort_is_decided(&order, 1234));
}
END_TEST

/* ---- sorting ---- */

static void sort_and_check(uint32_t n, int64_t credit)
{
	static struct sort_entry entries[SORT_BLOCK], scratch[SORT_BLOCK];
	static struct sort_job job;
	uint64_t seed = n;
	int64_t work = 0;
	enum step step;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t from = (uint32_t)(sample_random(&seed) % N);

		entries[i] = (struct sort_entry){ prefix[from], rows[from] };
	}
	do {
		e.coop.credit = credit;
		step = sort_entries(&job, &order, entries, n, scratch, &e.coop);
	} while (step == STEP_YIELD);
	for (uint32_t i = 1; i < n; i++)
		ck_assert_int_le(sort_compare(&order, entries[i - 1].row, entries[i].row, &work),
				 0);
	ck_assert_uint_eq(job.phase + job.end + job.from + job.byte, 0);
}

static void check_sort(struct sample_shape shape)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 47, 48, 49, 1000, SORT_BLOCK };
	struct sample_shape shapes[2] = { shape, { COL_STRING, COL_FLAT, true, 0 } };

	make(2, shapes, 0x12);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		sort_and_check(sizes[i], INT64_MAX / 4);
		sort_and_check(sizes[i], 1);
	}
	row_store_clear(&store);
}

START_TEST(sorts_blocks_of_any_size)
{
	sample_each_shape(check_sort);
}
END_TEST

START_TEST(keeps_the_order_of_equal_rows)
{
	static struct sort_entry entries[SORT_BLOCK], scratch[SORT_BLOCK];
	static struct sort_job job;
	static const struct sample_shape shape = { COL_STRING, COL_DICT, false, 1 };

	make(1, &shape, 0);
	for (uint32_t i = 0; i < N; i++)
		entries[i] = (struct sort_entry){ prefix[i], rows[i] };
	ck_assert_int_eq(sort_entries(&job, &order, entries, N, scratch, &e.coop), STEP_DONE);
	for (uint32_t i = 0; i < N; i++)
		ck_assert_ptr_eq(entries[i].row, rows[i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, has_prefixes_that_sort_like_any_key);
	tcase_add_test(tc, has_prefixes_of_several_keys);
	tcase_add_test(tc, decides_by_prefix_what_it_can);
	tcase_add_test(tc, sorts_blocks_of_any_size);
	tcase_add_test(tc, keeps_the_order_of_equal_rows);
	return unit_main("exec/sort_order", tc);
}
