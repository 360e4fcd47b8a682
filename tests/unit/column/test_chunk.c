/* test_chunk.c - rows copied into a list against the rows they were copied from. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "common/column/chunk.h"

#define N_COLS    6
#define N_BATCHES 5

static struct engine fx;
static struct sample samples[N_BATCHES][N_COLS];
static struct column cols[N_BATCHES][N_COLS];
static struct batch batches[N_BATCHES];
static uint16_t rows[N_BATCHES][BATCH_ROWS_MAX];
static const enum col_type types[N_COLS] = {
	COL_LONG, COL_STRING, COL_DOUBLE, COL_BOOLEAN, COL_BYTES, COL_JSON,
};

/* Batches of changing forms, with and without NULLs, dense and selected. */
static void setup(void)
{
	uint64_t seed = 21;

	engine_init(&fx);
	for (unsigned b = 0; b < N_BATCHES; b++) {
		uint32_t n_rows = b == 2 ? 0 : BATCH_ROWS_MAX - 300 * b;

		for (unsigned c = 0; c < N_COLS; c++) {
			struct sample_shape shape = { types[c], (b + c) % 3, b % 2 || c == 5, 40 };

			sample_make(&samples[b][c], &seed, shape, n_rows);
			cols[b][c] = samples[b][c].col;
		}
		batches[b] = (struct batch){ n_rows, N_COLS, cols[b], { NULL, n_rows } };
		if (b % 2)
			batches[b].sel = sample_sel(&seed, n_rows, 2, rows[b]);
	}
}

static void teardown(void)
{
	engine_fini(&fx);
}

/* Appends all batches; every call has credit or one unit of it.  Counts the calls. */
static enum step append_all(struct chunk_list *l, bool one_unit, unsigned *n_calls)
{
	enum step step = STEP_DONE;

	*n_calls = 0;
	for (unsigned b = 0; b < N_BATCHES && step == STEP_DONE; b++) {
		uint32_t pos = 0;

		do {
			uint32_t before = pos;

			if (one_unit)
				engine_one_unit(&fx);
			step = chunk_list_append(l, &batches[b], &pos, &fx.coop, &fx.err);
			ck_assert(step != STEP_YIELD || pos > before);
			++*n_calls;
		} while (step == STEP_YIELD);
	}
	return step;
}

/* The list's rows are those of the batches, in order. */
static void check_list(const struct chunk_list *l)
{
	const struct chunk *c = NULL;
	uint64_t at = 0;

	for (unsigned b = 0; b < N_BATCHES; b++) {
		for (uint32_t i = 0; i < batches[b].sel.n_rows; i++, at++) {
			c = chunk_list_find(l, c, at);
			ASSERT_ROW(c != NULL);
			for (unsigned col = 0; col < N_COLS; col++) {
				struct value v = col_value(&c->batch.cols[col],
							   (uint32_t)(at - c->first_row));
				uint32_t row = sel_row(&batches[b].sel, i);

				ASSERT_ROW(sample_same(&v, &samples[b][col].rows[row]));
			}
		}
	}
	ck_assert_uint_eq(l->n_rows, at);
}

static void check_chunks(const struct chunk_list *l)
{
	uint64_t at = 0;

	for (const struct chunk *c = l->first; c; c = c->next) {
		ck_assert_uint_eq(c->first_row, at);
		ck_assert_uint_gt(c->batch.n_rows, 0);
		ck_assert_ptr_null(c->batch.sel.rows);
		ck_assert_uint_eq(c->batch.sel.n_rows, c->batch.n_rows);
		for (unsigned i = 0; i < c->batch.n_cols; i++)
			ck_assert_int_eq(c->batch.cols[i].form, COL_FLAT);
		batch_check(&c->batch);
		at += c->batch.n_rows;
		ck_assert(c->next || c == l->last);
	}
	ck_assert_uint_eq(at, l->n_rows);
}

/* What was appended must not point into its source. */
static void spoil_sources(void)
{
	for (unsigned b = 0; b < N_BATCHES; b++) {
		for (unsigned c = 0; c < N_COLS; c++) {
			memset(samples[b][c].values, 0xee, sizeof(samples[b][c].values));
			memset(samples[b][c].codes, 0xee, sizeof(samples[b][c].codes));
			memset(samples[b][c].validity, 0xee, sizeof(samples[b][c].validity));
		}
	}
}

START_TEST(keeps_copies_of_all_live_rows_in_order)
{
	struct chunk_list l;
	unsigned n_calls;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	ck_assert_int_eq(append_all(&l, false, &n_calls), STEP_DONE);
	spoil_sources();
	check_list(&l);
	check_chunks(&l);
	ck_assert_uint_eq(n_calls, N_BATCHES);
}
END_TEST

START_TEST(yields_after_each_step_and_loses_nothing)
{
	struct chunk_list l;
	unsigned n_calls;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	ck_assert_int_eq(append_all(&l, true, &n_calls), STEP_DONE);
	check_list(&l);
	check_chunks(&l);
	ck_assert_uint_ge(n_calls, 10);
}
END_TEST

START_TEST(stops_before_a_row_once_the_query_is_cancelled)
{
	struct chunk_list l;
	uint32_t pos = 0;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	ck_assert(token_set(&fx.token, CANCEL_USER));
	ck_assert_int_eq(chunk_list_append(&l, &batches[0], &pos, &fx.coop, &fx.err), STEP_YIELD);
	ck_assert_uint_eq(pos, 0);
	ck_assert_uint_eq(l.n_rows, 0);
}
END_TEST

/* ---- long texts ---- */

/* A batch of n texts of `len` bytes each, with different first bytes. */
static struct batch text_batch(char *text, struct strv *views, struct column *col, uint32_t n,
			       size_t len)
{
	for (uint32_t i = 0; i < n; i++) {
		memset(text + i * len, 'a' + (int)(i % 26), len);
		views[i] = strv_make(text + i * len, len);
	}
	*col = (struct column){ .type = COL_STRING, .values = views };
	return (struct batch){ n, 1, col, { NULL, n } };
}

static void init_text_list(struct chunk_list *l)
{
	enum col_type type = COL_STRING;

	ck_assert_int_eq(chunk_list_init(l, &fx.pool, 1, &type, &fx.err), 0);
}

START_TEST(copies_about_64_kib_of_text_between_two_looks_at_the_credit)
{
	enum { N = 100, LEN = 5000 };
	struct strv views[N];
	struct column col;
	char *text = mem_alloc((size_t)N * LEN);
	struct batch b = text_batch(text, views, &col, N, LEN);
	struct chunk_list l;
	uint32_t pos = 0;
	enum step step;

	init_text_list(&l);
	do {
		uint32_t before = pos;

		engine_one_unit(&fx);
		step = chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err);
		ck_assert_uint_le((pos - before) * LEN, 64 << 10);
		ck_assert_uint_gt(pos, before);
	} while (step == STEP_YIELD);
	mem_free(text);
	ck_assert_uint_eq(l.n_rows, N);
	ck_assert_uint_ge(l.bytes, (uint64_t)N * LEN);
}
END_TEST

START_TEST(closes_a_chunk_at_about_1_mib_of_text)
{
	enum { N = 700, LEN = 5000 };
	struct strv views[N];
	struct column col;
	char *text = mem_alloc((size_t)N * LEN);
	struct batch b = text_batch(text, views, &col, N, LEN);
	struct chunk_list l;
	uint32_t pos = 0;

	init_text_list(&l);
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	mem_free(text);
	check_chunks(&l);
	for (const struct chunk *c = l.first; c->next; c = c->next) {
		uint64_t bytes = col_text_bytes(&c->batch.cols[0], &c->batch.sel);

		ck_assert_uint_ge(bytes, 1 << 20);
		ck_assert_uint_le(bytes, (1 << 20) + (64 << 10));
	}
	ck_assert_ptr_ne(l.first, l.last);
}
END_TEST

START_TEST(keeps_a_text_of_1_mib_whole)
{
	enum { LEN = 1 << 20 };
	struct strv views[3];
	struct column col;
	char *text = mem_alloc((size_t)3 * LEN);
	struct batch b = text_batch(text, views, &col, 3, LEN);
	struct chunk_list l;
	uint32_t pos = 0;
	const struct strv *last;

	init_text_list(&l);
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	mem_free(text);
	check_chunks(&l);
	ck_assert_uint_eq(l.last->first_row, 2);
	last = l.last->batch.cols[0].values;
	ck_assert_uint_eq(last->len, LEN);
	ck_assert_int_eq(last->far.ptr[0], 'c');
	ck_assert_int_eq(last->far.ptr[LEN - 1], 'c');
}
END_TEST

START_TEST(stores_the_text_of_a_constant_once_per_step)
{
	struct strv view;
	struct column col;
	char text[1000];
	struct batch b = text_batch(text, &view, &col, 1, sizeof(text));
	struct chunk_list l;
	uint32_t pos = 0;

	col.form = COL_CONST;
	b.n_rows = b.sel.n_rows = BATCH_ROWS_MAX;
	init_text_list(&l);
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	memset(text, 0, sizeof(text));
	check_chunks(&l);
	ck_assert_uint_eq(col_text_bytes(&l.first->batch.cols[0], &l.first->batch.sel),
			  (uint64_t)BATCH_ROWS_MAX * sizeof(text));
	ck_assert_uint_lt(l.bytes, 100 * sizeof(text));
}
END_TEST

/* ---- memory ---- */

START_TEST(has_no_bitmap_before_the_first_null)
{
	struct sample_shape plain = { COL_LONG, COL_FLAT, false, 0 };
	struct sample_shape nulls = { COL_LONG, COL_FLAT, true, 0 };
	struct batch b = { 100, 1, &samples[0][0].col, { NULL, 100 } };
	struct chunk_list l;
	uint64_t seed = 31;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, 1, types, &fx.err), 0);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t pos = 0;

		sample_make(&samples[0][0], &seed, i == 0 ? plain : nulls, 100);
		if (i == 0) {
			memset(samples[0][0].validity, 0xff, sizeof(samples[0][0].validity));
			samples[0][0].col.validity = samples[0][0].validity;
		}
		ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
		ck_assert_int_eq(l.first->batch.cols[0].validity == NULL, i == 0);
	}
	for (uint32_t row = 0; row < 100; row++) {
		ck_assert(col_is_valid(&l.first->batch.cols[0], row));
		ck_assert_int_eq(col_is_valid(&l.first->batch.cols[0], row + 100),
				 !samples[0][0].rows[row].is_null);
	}
}
END_TEST

/* The first column is copied, bitmap and all, before the second one finds no memory. */
START_TEST(a_failed_step_leaves_no_null_behind)
{
	static const enum col_type two_types[] = { COL_LONG, COL_STRING };
	static char text[50000];
	struct strv long_text = strv_make(text, sizeof(text));
	int64_t numbers[64] = { 0 };
	uint64_t no_bits = 0;
	struct column two[] = {
		{ .type = COL_LONG, .values = numbers, .validity = &no_bits },
		{ .type = COL_STRING, .form = COL_CONST, .values = &long_text },
	};
	struct batch b = { 64, 2, two, { NULL, 1 } };
	struct chunk_list l;
	uint32_t pos = 0;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, 2, two_types, &fx.err), 0);
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	fx.account.limit_bytes = fx.account.used_bytes + (int64_t)sizeof(text) / 2;
	b.sel.n_rows = 64;
	pos = 0;
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_FAILED);
	ck_assert_uint_eq(pos, 0);
	ck_assert_uint_eq(l.n_rows, 1);
	fx.account.limit_bytes = 0;
	no_bits = UINT64_MAX;
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	for (uint32_t row = 1; row < 65; row++)
		ck_assert(col_is_valid(&l.first->batch.cols[0], row));
}
END_TEST

START_TEST(counts_rows_without_columns)
{
	struct batch b = { 3000 % BATCH_ROWS_MAX, 0, NULL, { NULL, 3000 % BATCH_ROWS_MAX } };
	struct chunk_list l;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, 0, NULL, &fx.err), 0);
	for (unsigned i = 0; i < 3; i++) {
		uint32_t pos = 0;

		ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	}
	ck_assert_uint_eq(l.n_rows, 3 * b.n_rows);
	check_chunks(&l);
}
END_TEST

/* Room for all rows that a batch may have would be 64 MiB for a single one of these. */
START_TEST(wide_rows_make_short_chunks)
{
	enum { COLS = 4096, N = 100 };
	static struct column wide[COLS];
	static enum col_type longs[COLS];
	static int64_t values[N];
	struct batch b = { N, COLS, wide, { NULL, N } };
	struct chunk_list l;
	uint32_t pos = 0;

	for (int i = 0; i < N; i++)
		values[i] = i;
	for (int i = 0; i < COLS; i++) {
		longs[i] = COL_LONG;
		wide[i] = (struct column){ .type = COL_LONG, .values = values };
	}
	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, COLS, longs, &fx.err), 0);
	ck_assert_int_eq(chunk_list_append(&l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	check_chunks(&l);
	for (const struct chunk *c = l.first; c; c = c->next) {
		ck_assert_uint_le(c->batch.n_rows, 32);
		for (uint32_t i = 0; i < c->batch.n_rows; i++)
			ck_assert_int_eq(col_i64(&c->batch.cols[COLS - 1], i),
					 (int64_t)c->first_row + i);
	}
	ck_assert_uint_eq(l.n_rows, N);
	/* Four chunks of 32 rows; a third on top for what stands around the values. */
	ck_assert_int_lt(fx.account.peak_bytes, 4 * 32 * COLS * 8 * 4 / 3);
}
END_TEST

START_TEST(says_when_the_query_may_hold_no_more)
{
	struct chunk_list l;
	unsigned n_calls;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	fx.account.limit_bytes = 200000;
	ck_assert_int_eq(append_all(&l, false, &n_calls), STEP_FAILED);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_MEMORY);
	check_chunks(&l);
}
END_TEST

/* ---- the whole list ---- */

START_TEST(concat_keeps_the_rows_of_both_and_empties_the_source)
{
	struct chunk_list l, more;
	unsigned n_calls;
	uint32_t pos = 0;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	ck_assert_int_eq(chunk_list_init(&more, &fx.pool, N_COLS, types, &fx.err), 0);
	chunk_list_concat(&l, &more);
	ck_assert_ptr_null(chunk_list_find(&l, NULL, 0));
	ck_assert_int_eq(chunk_list_append(&more, &batches[0], &pos, &fx.coop, &fx.err), STEP_DONE);
	chunk_list_concat(&l, &more);
	ck_assert_ptr_null(more.first);
	ck_assert_uint_eq(more.n_rows, 0);

	/* The source lives on and does not share what it stores with what it gave away. */
	batches[0].sel.n_rows = 0;
	ck_assert_int_eq(append_all(&more, false, &n_calls), STEP_DONE);
	chunk_list_concat(&l, &more);
	batches[0].sel.n_rows = BATCH_ROWS_MAX;
	check_list(&l);
	check_chunks(&l);
}
END_TEST

START_TEST(finds_the_chunk_of_a_row_with_any_hint)
{
	struct chunk_list l;
	unsigned n_calls;

	ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	ck_assert_ptr_null(chunk_list_find(&l, NULL, 0));
	ck_assert_int_eq(append_all(&l, false, &n_calls), STEP_DONE);
	ck_assert_ptr_eq(chunk_list_find(&l, l.last, 0), l.first);
	ck_assert_ptr_eq(chunk_list_find(&l, l.first, l.n_rows - 1), l.last);
	ck_assert_ptr_eq(chunk_list_find(&l, NULL, l.last->first_row), l.last);
	ck_assert_ptr_ne(chunk_list_find(&l, NULL, l.last->first_row - 1), l.last);
	ck_assert_ptr_null(chunk_list_find(&l, l.last, l.n_rows));
	ck_assert_ptr_null(chunk_list_find(&l, NULL, UINT64_MAX));
}
END_TEST

/* The list stays usable: what failed is tried again and then nothing is missing or twice there. */
START_TEST(survives_allocation_failure)
{
	struct chunk_list l;

	mem_fail_after(_i);
	if (chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err) < 0) {
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
		ck_assert_int_eq(chunk_list_init(&l, &fx.pool, N_COLS, types, &fx.err), 0);
	}
	for (unsigned b = 0; b < N_BATCHES; b++) {
		uint32_t pos = 0;

		while (chunk_list_append(&l, &batches[b], &pos, &fx.coop, &fx.err) != STEP_DONE) {
			ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
			check_chunks(&l);
		}
	}
	mem_fail_after(-1);
	check_list(&l);
	check_chunks(&l);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_copies_of_all_live_rows_in_order);
	tcase_add_test(tc, yields_after_each_step_and_loses_nothing);
	tcase_add_test(tc, stops_before_a_row_once_the_query_is_cancelled);
	tcase_add_test(tc, copies_about_64_kib_of_text_between_two_looks_at_the_credit);
	tcase_add_test(tc, closes_a_chunk_at_about_1_mib_of_text);
	tcase_add_test(tc, keeps_a_text_of_1_mib_whole);
	tcase_add_test(tc, stores_the_text_of_a_constant_once_per_step);
	tcase_add_test(tc, has_no_bitmap_before_the_first_null);
	tcase_add_test(tc, a_failed_step_leaves_no_null_behind);
	tcase_add_test(tc, counts_rows_without_columns);
	tcase_add_test(tc, wide_rows_make_short_chunks);
	tcase_add_test(tc, says_when_the_query_may_hold_no_more);
	tcase_add_test(tc, concat_keeps_the_rows_of_both_and_empties_the_source);
	tcase_add_test(tc, finds_the_chunk_of_a_row_with_any_hint);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 60);
	return unit_main("column/chunk", tc);
}
