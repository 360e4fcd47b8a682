/* test_kernels.c - the column kernels against plain loops, over all lanes and forms. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#define N BATCH_ROWS_MAX

static struct sample sample, other;
static uint16_t rows[N];
static uint64_t hashes[N], more_hashes[N];

/* Calls fn for every shape of column with dense, empty, sparse and nearly full selections. */
typedef void case_fn(const struct sample *s, const struct sel *sel);

static case_fn *current_case;

static void run_selections(struct sample_shape shape)
{
	static const uint32_t sizes[] = { N, 1001, 64, 63, 1, 0 };
	uint64_t seed = 11;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct sel dense = { NULL, sizes[i] };
		struct sel sparse, close;

		sample_make(&sample, &seed, shape, sizes[i]);
		current_case(&sample, &dense);
		sparse = sample_sel(&seed, sizes[i], 17, rows);
		current_case(&sample, &sparse);
		close = sample_sel(&seed, sizes[i], 1, rows);
		current_case(&sample, &close);
	}
}

static void for_each_case(case_fn *fn)
{
	current_case = fn;
	sample_each_shape(run_selections);
}

/* ---- gather ---- */

static void check_gather(const struct sample *s, const struct sel *sel)
{
	static struct strv dense_values[N + 1];
	uint64_t validity[VALIDITY_WORDS + 1];
	char *dense = (char *)dense_values;
	size_t width = lane_width[col_lane_of(s->col.type)], end = sel->n_rows * width;
	uint32_t n_words = (sel->n_rows + 63) / 64;
	struct column flat = { .type = s->col.type, .values = dense };

	memset(dense, 0x5a, sizeof(dense_values));
	memset(validity, 0x5a, sizeof(validity));
	col_gather(&s->col, sel, dense, validity);
	if (s->col.validity)
		flat.validity = validity;
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		struct value v = col_value(&flat, i);

		ASSERT_ROW(sample_same(&v, &s->rows[sel_row(sel, i)]));
	}
	ck_assert_int_eq(dense[end], 0x5a);
	ck_assert_uint_eq(validity[s->col.validity ? n_words : 0], 0x5a5a5a5a5a5a5a5aull);
	if (s->col.validity && sel->n_rows % 64)
		ck_assert_uint_eq(validity[n_words - 1] >> sel->n_rows % 64, 0);
}

START_TEST(gathers_what_a_loop_reads_and_writes_no_further)
{
	for_each_case(check_gather);
}
END_TEST

/* ---- hash ---- */

/* The values of a sample's rows in a column of form FLAT. */
static struct column flat_copy(const struct sample *s, uint32_t n_rows)
{
	static struct strv values[N];
	static uint64_t validity[VALIDITY_WORDS];
	struct column flat = { .type = s->col.type, .values = values };

	col_gather(&s->col, &(struct sel){ NULL, n_rows }, values, validity);
	flat.validity = s->col.validity ? validity : NULL;
	return flat;
}

static void check_hash_of_forms(const struct sample *s, const struct sel *sel)
{
	uint32_t n_rows = sel->n_rows > 0 ? sel_row(sel, sel->n_rows - 1) + 1u : 0;
	struct column flat = flat_copy(s, n_rows);

	for (unsigned i = 0; i < N; i++)
		hashes[i] = more_hashes[i] = i;
	for (unsigned first = 2; first-- > 0;) {
		col_hash(&s->col, sel, first, hashes);
		col_hash(&flat, sel, first, more_hashes);
		ck_assert_mem_eq(hashes, more_hashes, sizeof(hashes));
	}
	for (uint32_t i = sel->n_rows; i < N; i++)
		ASSERT_ROW(hashes[i] == i);
}

START_TEST(hashes_a_value_alike_in_every_form_and_writes_no_further)
{
	for_each_case(check_hash_of_forms);
}
END_TEST

static bool values_equal(const struct value *a, const struct value *b)
{
	if (a->is_null || b->is_null)
		return a->is_null && b->is_null;
	return value_cmp(a, b) == 0;
}

/* Equal values have equal hashes, and here also the other way round.  About 4,000 pairs. */
static void check_hash_tells_values_apart(const struct sample *s, const struct sel *sel)
{
	col_hash(&s->col, sel, true, hashes);
	for (uint32_t i = 0; i < sel->n_rows; i += 1 + sel->n_rows / 80) {
		for (uint32_t j = 0; j < sel->n_rows; j += 1 + sel->n_rows / 47) {
			bool equal =
				values_equal(&s->rows[sel_row(sel, i)], &s->rows[sel_row(sel, j)]);

			ASSERT_ROW((hashes[i] == hashes[j]) == equal);
		}
	}
}

START_TEST(hashes_equal_values_alike_and_others_apart)
{
	for_each_case(check_hash_tells_values_apart);
}
END_TEST

START_TEST(hashes_two_columns_as_pairs)
{
	struct sel all = { NULL, N };
	uint64_t seed = 5;

	sample_make(&sample, &seed, (struct sample_shape){ COL_STRING, COL_DICT, true, 9 }, N);
	sample_make(&other, &seed, (struct sample_shape){ COL_LONG, COL_FLAT, false, 0 }, N);
	col_hash(&sample.col, &all, true, hashes);
	col_hash(&other.col, &all, false, hashes);
	for (uint32_t i = 0; i < N; i += 6) {
		for (uint32_t j = 1; j < N; j += 7) {
			bool equal = values_equal(&sample.rows[i], &sample.rows[j]) &&
				     values_equal(&other.rows[i], &other.rows[j]);

			ASSERT_ROW((hashes[i] == hashes[j]) == equal);
		}
	}
}
END_TEST

START_TEST(hashes_swapped_pairs_apart)
{
	int64_t left[] = { 1, 2 }, right[] = { 2, 1 };
	struct column a = { .type = COL_LONG, .values = left };
	struct column b = { .type = COL_LONG, .values = right };
	struct sel two = { NULL, 2 };

	col_hash(&a, &two, true, hashes);
	col_hash(&b, &two, false, hashes);
	ck_assert_uint_ne(hashes[0], hashes[1]);
}
END_TEST

START_TEST(hashes_doubles_by_value_and_not_by_bits)
{
	double values[] = { 0.0, -0.0, __builtin_nan(""), -__builtin_nan("7"), 1.0 };
	struct column c = { .type = COL_DOUBLE, .values = values };

	col_hash(&c, &(struct sel){ NULL, 5 }, true, hashes);
	ck_assert_uint_eq(hashes[0], hashes[1]);
	ck_assert_uint_eq(hashes[2], hashes[3]);
	ck_assert_uint_ne(hashes[0], hashes[2]);
	ck_assert_uint_ne(hashes[0], hashes[4]);
}
END_TEST

START_TEST(hashes_texts_apart_that_differ_only_in_length)
{
	struct strv views[14];
	struct column c = { .type = COL_STRING, .values = views };

	for (size_t len = 0; len < ARRAY_SIZE(views); len++)
		views[len] = strv_make("\0\0\0\0\0\0\0\0\0\0\0\0\0\0", len);
	col_hash(&c, &(struct sel){ NULL, 14 }, true, hashes);
	for (unsigned i = 0; i < 14; i++) {
		for (unsigned j = 0; j < i; j++)
			ck_assert_uint_ne(hashes[i], hashes[j]);
	}
}
END_TEST

/* Tables use the low bits as a slot and the high bits as a tag, of one column as of two. */
START_TEST(spreads_counting_numbers_over_all_bits)
{
	int64_t values[N];
	struct column c = { .type = COL_LONG, .values = values };

	for (int64_t i = 0; i < N; i++) {
		values[i] = i << 20;
		hashes[i] = 1;
	}
	col_hash(&c, &(struct sel){ NULL, N }, _i, hashes);
	for (unsigned bit = 0; bit < 64; bit++) {
		unsigned n_set = 0;

		for (unsigned i = 0; i < N; i++)
			n_set += (unsigned)(hashes[i] >> bit & 1);
		ck_assert_uint_gt(n_set, N / 2 - 150);
		ck_assert_uint_lt(n_set, N / 2 + 150);
	}
}
END_TEST

/* ---- select ---- */

static void check_select(const struct sample *s, const struct sel *sel)
{
	uint16_t kept[N + 1], in_place[N];
	struct sel own = { sel->rows ? in_place : NULL, sel->n_rows };
	uint32_t n_want = 0, n;

	if (s->col.type != COL_BOOLEAN)
		return;
	for (uint32_t i = 0; sel->rows && i < sel->n_rows; i++)
		in_place[i] = sel->rows[i];
	kept[sel->n_rows] = 4711;
	n = col_select_true(&s->col, sel, kept);
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		if (!s->rows[row].is_null && s->rows[row].boolean)
			ASSERT_ROW(kept[n_want++] == row);
	}
	ck_assert_uint_eq(n, n_want);
	ck_assert_uint_eq(kept[sel->n_rows], 4711);
	ck_assert_uint_eq(col_select_true(&s->col, &own, in_place), n_want);
	if (n > 0)
		ck_assert_mem_eq(in_place, kept, n * sizeof(*kept));
}

START_TEST(keeps_the_rows_that_are_true_also_in_place)
{
	for_each_case(check_select);
}
END_TEST

/* ---- text ---- */

static void check_text(const struct sample *s, const struct sel *sel)
{
	uint64_t want = 0;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		const struct value *v = &s->rows[sel_row(sel, i)];

		if (col_lane_of(v->type) == LANE_STR && !v->is_null)
			want += v->str.len;
	}
	ck_assert_uint_eq(col_text_bytes(&s->col, sel), want);
}

START_TEST(counts_the_text_of_live_rows_that_are_not_null)
{
	for_each_case(check_text);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	mem_fail_after(0);
	for_each_case(check_text);
	for_each_case(check_gather);
	for_each_case(check_hash_of_forms);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, gathers_what_a_loop_reads_and_writes_no_further);
	tcase_add_test(tc, hashes_a_value_alike_in_every_form_and_writes_no_further);
	tcase_add_test(tc, hashes_equal_values_alike_and_others_apart);
	tcase_add_test(tc, hashes_two_columns_as_pairs);
	tcase_add_test(tc, hashes_swapped_pairs_apart);
	tcase_add_test(tc, hashes_doubles_by_value_and_not_by_bits);
	tcase_add_test(tc, hashes_texts_apart_that_differ_only_in_length);
	tcase_add_loop_test(tc, spreads_counting_numbers_over_all_bits, 0, 2);
	tcase_add_test(tc, keeps_the_rows_that_are_true_also_in_place);
	tcase_add_test(tc, counts_the_text_of_live_rows_that_are_not_null);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("column/kernels", tc);
}
