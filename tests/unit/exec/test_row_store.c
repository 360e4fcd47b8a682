/* test_row_store.c - columns to rows and back, over all lanes and forms. */
#include <stdlib.h>

#include "broker/exec/row_store.h"
#include "common/base/error.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#define N      BATCH_ROWS_MAX
#define PLENTY (INT64_MAX / 4)

static struct engine e;
static struct row_layout layout;
static struct row_store store;
static struct sample samples[3];
static struct column cols[3];
static void *rows[N];
static uint16_t sel_rows[N];

static void setup(void)
{
	engine_init(&e);
}

static void teardown(void)
{
	engine_fini(&e);
	ck_assert_int_eq(atomic_load(&e.account.used_bytes), 0);
}

static void make(uint32_t n, const struct sample_shape *shapes, uint32_t n_rows, uint32_t extra)
{
	enum col_type types[3];
	uint64_t seed = 5;

	for (uint32_t i = 0; i < n; i++) {
		types[i] = shapes[i].type;
		sample_make(&samples[i], &seed, shapes[i], n_rows);
		cols[i] = samples[i].col;
	}
	ck_assert_int_eq(row_layout_init(&layout, &e.arena, n, types, extra, &e.err), 0);
	row_store_init(&store, &layout, &e.pool);
}

static struct value field_value(const void *row, uint32_t field)
{
	struct column c = { .type = layout.types[field], .values = row_field(&layout, row, field) };
	struct value v = col_value(&c, 0);

	if (row_is_null(&layout, row, field))
		v = (struct value){ .type = c.type, .is_null = true };
	return v;
}

static void check_row(const void *row, uint32_t from)
{
	for (uint32_t i = 0; i < layout.n_fields; i++) {
		struct value v = field_value(row, i);

		ck_assert(sample_same(&v, &samples[i].rows[from]));
	}
}

static void append_all(const struct sel *sel, int64_t credit)
{
	uint32_t pos = 0, n_calls = 0;
	enum step step;

	do {
		e.coop.credit = credit;
		step = row_store_append(&store, cols, sel, &pos, rows, &e.coop, &e.err);
		ck_assert_int_ne(step, STEP_FAILED);
		ck_assert_uint_lt(n_calls++, N + 2);
	} while (step == STEP_YIELD);
	ck_assert_uint_eq(pos, sel->n_rows);
}

/* ---- appending ---- */

static void check_append(struct sample_shape shape)
{
	struct sample_shape shapes[3] = { shape, { COL_STRING, COL_FLAT, true, 0 }, shape };
	uint64_t seed = 3;
	struct sel sel;

	make(3, shapes, N, 12);
	sel = sample_sel(&seed, N, 2, sel_rows);
	append_all(&sel, PLENTY);
	append_all(&(struct sel){ NULL, 300 }, 1);
	ck_assert_uint_eq(store.n_rows, sel.n_rows + 300);
	for (uint32_t i = 0; i < 300; i++)
		check_row(rows[i], i);
	append_all(&sel, 1);
	for (uint32_t i = 0; i < sel.n_rows; i++) {
		check_row(rows[i], sel_rows[i]);
		ck_assert_ptr_null(*row_link(rows[i]));
		ck_assert_int_eq(*((char *)rows[i] + layout.extra + 15), 0);
	}
	row_store_clear(&store);
}

START_TEST(keeps_values_of_any_type_and_form)
{
	sample_each_shape(check_append);
}
END_TEST

START_TEST(owns_its_text)
{
	struct sample_shape shape = { COL_STRING, COL_FLAT, false, 0 };
	char text[] = "a text that does not fit into a view";
	struct strv v = strv_make(text, sizeof(text) - 1);
	void *row;

	make(1, &shape, 1, 0);
	cols[0].values = &v;
	append_all(&(struct sel){ NULL, 1 }, PLENTY);
	row = row_store_new_row(&store, &e.err);
	ck_assert_int_eq(row_store_set(&store, row, cols, 0, &e.err), 0);
	text[0] = 'X';
	ck_assert(strv_eq(row_field(&layout, row, 0), row_field(&layout, rows[0], 0)));
	ck_assert_int_eq(strv_ptr(row_field(&layout, row, 0))[0], 'a');
}
END_TEST

START_TEST(walks_all_rows_through_its_blocks)
{
	struct sample_shape shape = { COL_LONG, COL_FLAT, false, 0 };
	uint64_t n = 0;

	make(1, &shape, N, 0);
	for (uint32_t i = 0; i < 40; i++)
		append_all(&(struct sel){ NULL, N }, PLENTY);
	for (struct row_block *b = store.first; b; b = b->next) {
		ck_assert_uint_le(b->capacity * layout.row_size, 256 << 10);
		for (uint32_t i = 0; i < b->n_rows; i++)
			check_row(b->rows + i * layout.row_size, (uint32_t)(n++ % N));
	}
	ck_assert_uint_eq(n, 40 * N);
	row_store_clear(&store);
	ck_assert_uint_eq(store.n_rows, 0);
	ck_assert_ptr_null(store.first);
}
END_TEST

START_TEST(takes_long_texts_in_slices)
{
	struct sample_shape shape = { COL_STRING, COL_FLAT, false, 0 };
	static char text[20000];
	struct strv values[64];
	uint32_t pos = 0, n_yields = 0;

	make(1, &shape, 64, 0);
	for (uint32_t i = 0; i < 64; i++)
		values[i] = strv_make(text, sizeof(text));
	cols[0].values = values;
	for (;;) {
		uint32_t before = pos;
		enum step step;

		engine_one_unit(&e);
		step = row_store_append(&store, cols, &(struct sel){ NULL, 64 }, &pos, rows,
					&e.coop, &e.err);
		ck_assert_uint_le(pos - before, 4);
		if (step == STEP_DONE)
			break;
		ck_assert_int_le(e.coop.credit, -(int64_t)sizeof(text) / 4);
		n_yields++;
	}
	ck_assert_uint_ge(n_yields, 64 / 4 - 1);
}
END_TEST

START_TEST(makes_room_for_rows_wider_than_a_block)
{
	enum col_type types[700];
	void *row;

	for (uint32_t i = 0; i < 700; i++)
		types[i] = COL_STRING;
	ck_assert_int_eq(row_layout_init(&layout, &e.arena, 700, types, 3, &e.err), 0);
	ck_assert_uint_eq(layout.row_size % 8, 0);
	ck_assert_uint_gt(layout.row_size, 700 * 16);
	row_store_init(&store, &layout, &e.pool);
	for (int i = 0; i < 100; i++) {
		row = row_store_new_row(&store, &e.err);
		memset(row, 0x5a, layout.row_size);
	}
	ck_assert_uint_eq(store.n_rows, 100);
}
END_TEST

/* ---- copying, comparing, gathering ---- */

static void check_copies(struct sample_shape shape)
{
	struct sample_shape shapes[2] = { shape, { COL_STRING, COL_FLAT, true, 0 } };
	struct row_store other;

	make(2, shapes, 500, 8);
	append_all(&(struct sel){ NULL, 500 }, PLENTY);
	row_store_init(&other, &layout, &e.pool);
	for (uint32_t i = 0; i < 500; i++)
		rows[i] = row_store_copy(&other, rows[i], &e.err);
	row_store_clear(&store);
	for (uint32_t i = 0; i < 500; i++)
		check_row(rows[i], i);
}

START_TEST(copies_rows_with_their_text)
{
	sample_each_shape(check_copies);
}
END_TEST

static void check_comparisons(struct sample_shape shape)
{
	struct sample_shape shapes[2] = { shape, { COL_INT, COL_DICT, true, 3 } };
	uint64_t seed = 9;

	make(2, shapes, 1000, 0);
	append_all(&(struct sel){ NULL, 1000 }, PLENTY);
	for (uint32_t n = 0; n < 3000; n++) {
		uint32_t a = (uint32_t)(sample_random(&seed) % 1000);
		uint32_t b = n % 3 ? (uint32_t)(sample_random(&seed) % 1000) : a;
		bool same[2];

		for (uint32_t i = 0; i < 2; i++) {
			const struct value *x = &samples[i].rows[a], *y = &samples[i].rows[b];

			same[i] = x->is_null || y->is_null ? x->is_null && y->is_null
							   : value_cmp(x, y) == 0;
			ck_assert_int_eq(row_equals_row(&layout, rows[a], rows[b], i, 1), same[i]);
			ck_assert_int_eq(row_equals_columns(&layout, rows[a], i, 1, &cols[i], b),
					 same[i]);
		}
		ck_assert_int_eq(row_equals_row(&layout, rows[a], rows[b], 0, 2),
				 same[0] && same[1]);
		ck_assert_int_eq(row_equals_columns(&layout, rows[a], 0, 2, cols, b),
				 same[0] && same[1]);
	}
}

START_TEST(compares_rows_with_rows_and_columns)
{
	sample_each_shape(check_comparisons);
}
END_TEST

static void check_gather(struct sample_shape shape)
{
	static const uint32_t counts[] = { 0, 1, 63, 64, 65, N };
	struct row_column out;

	make(1, &shape, N, 0);
	append_all(&(struct sel){ NULL, N }, PLENTY);
	ck_assert_int_eq(row_column_init(&out, &e.arena, shape.type, &e.err), 0);
	for (size_t k = 0; k < ARRAY_SIZE(counts); k++) {
		struct batch b = { .n_rows = counts[k], .n_cols = 1, .cols = &out.column };

		row_gather(&layout, rows, counts[k], 0, &out, &e.coop);
		b.sel.n_rows = counts[k];
		batch_check(&b);
		for (uint32_t i = 0; i < counts[k]; i++) {
			struct value v = col_value(&out.column, i);

			ck_assert(sample_same(&v, &samples[0].rows[i]));
		}
	}
}

START_TEST(gathers_what_was_appended)
{
	sample_each_shape(check_gather);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct sample_shape shapes[2] = { { COL_STRING, COL_FLAT, true, 0 },
					  { COL_LONG, COL_FLAT, true, 0 } };
	uint32_t pos = 0;
	void *row;

	make(2, shapes, N, 0);
	(void)mem_fail_after(_i);
	while (pos < N && row_store_append(&store, cols, &(struct sel){ NULL, N }, &pos, rows,
					   &e.coop, &e.err) != STEP_FAILED)
		continue;
	row = row_store_new_row(&store, &e.err);
	if (row)
		row = row_store_copy(&store, row, &e.err);
	(void)mem_fail_after(-1);
	ck_assert(pos == N || e.err.code == ERR_OUT_OF_MEMORY);
	row_store_clear(&store);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_values_of_any_type_and_form);
	tcase_add_test(tc, owns_its_text);
	tcase_add_test(tc, walks_all_rows_through_its_blocks);
	tcase_add_test(tc, takes_long_texts_in_slices);
	tcase_add_test(tc, makes_room_for_rows_wider_than_a_block);
	tcase_add_test(tc, copies_rows_with_their_text);
	tcase_add_test(tc, compares_rows_with_rows_and_columns);
	tcase_add_test(tc, gathers_what_was_appended);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 30);
	return unit_main("exec/row_store", tc);
}
