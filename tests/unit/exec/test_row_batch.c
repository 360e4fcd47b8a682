/* test_row_batch.c - hashing, matching and gathering in pieces. */
#include <stdlib.h>
#include <string.h>

#include "broker/exec/row_batch.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#define N BATCH_ROWS_MAX

static struct engine e;
static struct row_layout layout;
static struct row_store store;
static struct sample samples[2];
static struct column cols[2];
static void *rows[N];
static uint16_t sel_rows[N];

static void setup(void)
{
	engine_init(&e);
}

static void teardown(void)
{
	engine_fini(&e);
}

/* Two columns of a shape, and their rows in a store in the order of the batch. */
static void make(struct sample_shape shape)
{
	struct sample_shape shapes[2] = { { COL_STRING, COL_FLAT, true, 0 }, shape };
	enum col_type types[2] = { COL_STRING, shape.type };
	uint64_t seed = 5;
	uint32_t pos = 0;

	e.coop.credit = INT64_MAX / 4;
	for (uint32_t i = 0; i < 2; i++) {
		sample_make(&samples[i], &seed, shapes[i], N);
		cols[i] = samples[i].col;
	}
	ck_assert_int_eq(row_layout_init(&layout, &e.arena, 2, types, 0, &e.err), 0);
	row_store_init(&store, &layout, &e.pool);
	ck_assert_int_eq(row_store_append(&store, cols, &(struct sel){ NULL, N }, &pos, rows,
					  &e.coop, &e.err),
			 STEP_DONE);
}

static void check_hash(struct sample_shape shape)
{
	static uint64_t want[N], got[N];
	struct row_cursor at = { 0 };
	uint64_t seed = 1;
	struct sel sels[2] = { { NULL, N }, sample_sel(&seed, N, 2, sel_rows) };

	make(shape);
	for (uint32_t s = 0; s < 2; s++) {
		col_hash(&cols[0], &sels[s], true, want);
		col_hash(&cols[1], &sels[s], false, want);
		do {
			engine_one_unit(&e);
		} while (row_hash_columns(&at, cols, 2, &sels[s], got, &e.coop) == STEP_YIELD);
		ck_assert_mem_eq(want, got, sels[s].n_rows * sizeof(*want));
		ck_assert_uint_eq(at.column + at.pos, 0);
	}
	row_store_clear(&store);
}

START_TEST(hashes_in_pieces_as_in_one)
{
	sample_each_shape(check_hash);
}
END_TEST

static void check_match(struct sample_shape shape)
{
	static const uint32_t fields[] = { 0, 1 };
	static void *others[N];
	static uint8_t differs[N];
	struct row_cursor at = { 0 };
	uint64_t seed = 1;
	struct sel sel = sample_sel(&seed, N, 2, sel_rows);
	struct row_match match = { &layout, others, fields, cols, 2, &sel, true };

	make(shape);
	memset(differs, 0, sizeof(differs));
	for (uint32_t i = 0; i < sel.n_rows; i++) {
		others[i] = rows[sel_rows[i]];
		if (i % 3 == 1)
			others[i] = rows[sample_random(&seed) % N];
		if (i % 7 == 1)
			others[i] = NULL;
	}
	do {
		engine_one_unit(&e);
	} while (row_match_columns(&at, &match, differs, &e.coop) == STEP_YIELD);
	for (uint32_t i = 0; i < sel.n_rows; i++) {
		bool equal = !others[i] ||
			     row_equals_columns(&layout, others[i], 0, 2, cols, sel_rows[i]);

		ck_assert_int_eq(differs[i] == 0, equal);
	}
	row_store_clear(&store);
}

START_TEST(matches_as_row_by_row)
{
	sample_each_shape(check_match);
}
END_TEST

static void check_gather(struct sample_shape shape)
{
	struct row_column out[2];
	struct column views[2];
	struct row_cursor at = { 0 };
	uint64_t seed = 1;

	make(shape);
	for (uint32_t i = 0; i < 2; i++)
		ck_assert_int_eq(row_column_init(&out[i], &e.arena, layout.types[i], &e.err), 0);
	for (uint32_t n = N; n > 0; n = n * 3 / 5) {
		struct row_refs refs = { &layout, rows, n };

		do {
			engine_one_unit(&e);
		} while (row_gather_columns(&at, &refs, 2, out, views, &e.coop) == STEP_YIELD);
		for (uint32_t k = 0; k < 200; k++) {
			uint32_t i = (uint32_t)(sample_random(&seed) % n), c = k & 1;
			struct value v = col_value(&views[c], i);

			ck_assert(sample_same(&v, &samples[c].rows[i]));
		}
	}
	row_store_clear(&store);
}

START_TEST(gathers_in_pieces)
{
	sample_each_shape(check_gather);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hashes_in_pieces_as_in_one);
	tcase_add_test(tc, matches_as_row_by_row);
	tcase_add_test(tc, gathers_in_pieces);
	return unit_main("exec/row_batch", tc);
}
