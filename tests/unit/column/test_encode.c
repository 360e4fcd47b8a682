/* test_encode.c - blocks of rows: exact round trips, and damage of every kind. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "common/base/hash.h"
#include "common/column/encode.h"

static struct engine fx;
static struct strbuf block;
static struct sample sample;

static void setup(void)
{
	engine_init(&fx);
	block = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	strbuf_fini(&block);
	engine_fini(&fx);
}

static void encode(const struct batch *b, uint32_t from, uint32_t to)
{
	strbuf_reset(&block);
	ck_assert_int_eq(encode_rows(b, from, to, &block, &fx.err), 0);
}

static struct batch one_column(struct column *c, uint32_t n_rows)
{
	return (struct batch){ n_rows, 1, c, { NULL, n_rows } };
}

/* ---- round trips ---- */

static void check_round_trip(struct sample_shape shape)
{
	static const uint32_t ranges[][2] = {
		{ 0, BATCH_ROWS_MAX }, { 0, 0 },  { 5, 5 },    { 0, 1 },
		{ 2047, 2048 },        { 1, 65 }, { 63, 128 }, { 1000, 1003 },
		{ 7, 2001 },
	};
	struct batch b = one_column(&sample.col, BATCH_ROWS_MAX), out;
	uint64_t seed = 41;

	if (shape.form == COL_DICT)
		return;
	sample_make(&sample, &seed, shape, BATCH_ROWS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		uint32_t from = ranges[i][0], to = ranges[i][1];

		encode(&b, from, to);
		ck_assert_int_eq(decode_rows(strbuf_str(&block), &fx.arena, &out, &fx.err), 0);
		ck_assert_uint_eq(out.n_rows, to - from);
		ck_assert_uint_eq(out.n_cols, 1);
		batch_check(&out);
		for (uint32_t row = from; row < to; row++) {
			struct value v = col_value(&out.cols[0], row - from);

			ASSERT_ROW(sample_same(&v, &sample.rows[row]));
		}
	}
}

START_TEST(gives_back_every_value_bit_by_bit)
{
	sample_each_shape(check_round_trip);
}
END_TEST

START_TEST(gives_back_columns_in_order_with_their_types)
{
	static struct sample samples[COL_TYPE_COUNT];
	struct column cols[COL_TYPE_COUNT];
	struct batch b = { 300, COL_TYPE_COUNT, cols, { NULL, 300 } }, out;
	uint8_t zero = 0;
	uint64_t seed = 42, no_bits = 0;

	cols[COL_UNKNOWN] = (struct column){ COL_UNKNOWN, COL_CONST, &zero, &no_bits, NULL };
	for (enum col_type type = COL_BOOLEAN; type < COL_TYPE_COUNT; type++) {
		sample_make(&samples[type], &seed, (struct sample_shape){ type, COL_FLAT, 1, 0 },
			    300);
		cols[type] = samples[type].col;
	}
	encode(&b, 0, 300);
	ck_assert_int_eq(decode_rows(strbuf_str(&block), &fx.arena, &out, &fx.err), 0);
	ck_assert_uint_eq(out.n_cols, COL_TYPE_COUNT);
	batch_check(&out);
	ck_assert(!col_is_valid(&out.cols[COL_UNKNOWN], 299));
	for (enum col_type type = COL_BOOLEAN; type < COL_TYPE_COUNT; type++) {
		struct value v = col_value(&out.cols[type], 299);

		ck_assert_int_eq(out.cols[type].type, type);
		ck_assert(sample_same(&v, &samples[type].rows[299]));
	}
}
END_TEST

START_TEST(gives_back_rows_without_columns)
{
	struct batch b = { 17, 0, NULL, { NULL, 17 } }, out;

	encode(&b, 0, 17);
	ck_assert_int_eq(decode_rows(strbuf_str(&block), &fx.arena, &out, &fx.err), 0);
	ck_assert_uint_eq(out.n_rows, 17);
	ck_assert_uint_eq(out.n_cols, 0);
}
END_TEST

START_TEST(borrows_a_text_of_1_mib_from_the_block)
{
	size_t len = 1 << 20;
	char *text = mem_alloc(len);
	struct strv view;
	struct column c = { .type = COL_JSON, .form = COL_CONST, .values = &view };
	struct batch b = one_column(&c, 5), out;
	struct str got;

	memset(text, 'j', len);
	view = strv_make(text, len);
	encode(&b, 0, 5);
	ck_assert_uint_lt(block.len, len + 100);
	ck_assert_int_eq(decode_rows(strbuf_str(&block), &fx.arena, &out, &fx.err), 0);
	got = col_value(&out.cols[0], 4).str;
	ck_assert(str_eq(got, (struct str){ text, len }));
	ck_assert(got.ptr > block.ptr && got.ptr < block.ptr + block.len);
	mem_free(text);
}
END_TEST

/* ---- size ---- */

static size_t encoded_bytes(struct column *c, uint32_t n_rows)
{
	struct batch b = one_column(c, n_rows);

	encode(&b, 0, n_rows);
	return block.len;
}

START_TEST(stores_rising_numbers_in_a_byte_each)
{
	int64_t values[1000];
	struct column c = { .type = COL_TIMESTAMP, .values = values };

	for (int64_t i = 0; i < 1000; i++)
		values[i] = 1700000000000 + 20 * i;
	ck_assert_uint_lt(encoded_bytes(&c, 1000), 1100);
}
END_TEST

START_TEST(never_stores_a_number_in_more_than_8_bytes)
{
	int64_t values[1000];
	struct column c = { .type = COL_LONG, .values = values };

	for (int64_t i = 0; i < 1000; i++)
		values[i] = i % 2 ? INT64_MAX : INT64_MIN / 3 * 2;
	ck_assert_uint_lt(encoded_bytes(&c, 1000), 8100);
}
END_TEST

START_TEST(stores_a_column_of_one_value_or_of_nulls_once)
{
	double values[1000];
	uint64_t none[VALIDITY_WORDS] = { 0 };
	struct column c = { .type = COL_DOUBLE, .values = values };

	for (int i = 0; i < 1000; i++)
		values[i] = 0.1;
	ck_assert_uint_lt(encoded_bytes(&c, 1000), 60);
	for (int i = 0; i < 1000; i++)
		values[i] = i;
	c.validity = none;
	ck_assert_uint_lt(encoded_bytes(&c, 1000), 70);
}
END_TEST

START_TEST(keeps_zeros_of_both_signs_apart)
{
	double values[] = { 0.0, -0.0 };
	struct column c = { .type = COL_DOUBLE, .values = values };
	struct batch b = one_column(&c, 2), out;

	encode(&b, 0, 2);
	ck_assert_int_eq(decode_rows(strbuf_str(&block), &fx.arena, &out, &fx.err), 0);
	ck_assert(!__builtin_signbit(col_value(&out.cols[0], 0).f64));
	ck_assert(__builtin_signbit(col_value(&out.cols[0], 1).f64));
}
END_TEST

/* ---- several blocks ---- */

START_TEST(peek_walks_over_blocks_that_lie_behind_each_other)
{
	struct batch b = one_column(&sample.col, 500);
	struct str data;
	uint64_t seed = 43;
	size_t block_bytes;
	uint32_t n_rows;

	sample_make(&sample, &seed, (struct sample_shape){ COL_STRING, COL_FLAT, true, 0 }, 500);
	encode(&b, 0, 100);
	ck_assert_int_eq(encode_rows(&b, 100, 500, &block, &fx.err), 0);
	data = strbuf_str(&block);
	ck_assert_int_eq(encode_peek(data, &n_rows, &block_bytes, &fx.err), 0);
	ck_assert_uint_eq(n_rows, 100);
	data.ptr += block_bytes;
	data.len -= block_bytes;
	ck_assert_int_eq(encode_peek(data, &n_rows, &block_bytes, &fx.err), 0);
	ck_assert_uint_eq(n_rows, 400);
	ck_assert_uint_eq(block_bytes, data.len);
}
END_TEST

/* ---- damage ---- */

static void make_block(uint64_t *seed)
{
	static struct sample samples[4];
	static struct column cols[4];
	static const enum col_type types[] = { COL_INT, COL_STRING, COL_FLOAT, COL_BOOLEAN };
	struct batch b = { 70, 4, cols, { NULL, 70 } };

	for (unsigned i = 0; i < 4; i++) {
		struct sample_shape shape = { types[i], sample_random(seed) % 2,
					      sample_random(seed) % 2, 0 };

		sample_make(&samples[i], seed, shape, 70);
		cols[i] = samples[i].col;
	}
	encode(&b, 0, 70);
}

/* Damage beyond what the checksum finds: as a clever or unlucky writer would leave it. */
static void fix_checksum(char *data, size_t len)
{
	uint64_t sum = hash_bytes(data, len - sizeof(sum));

	memcpy(data + len - sizeof(sum), &sum, sizeof(sum));
}

/* Reads a copy whose end is the end of a heap block, so that a sanitizer sees the first wrong byte. */
static int decode_copy(const char *data, size_t len)
{
	char *copy = mem_alloc(MAX(len, 1u));
	struct batch out;
	uint32_t n_rows;
	size_t block_bytes;
	int result;

	if (len > 0)
		memcpy(copy, data, len);
	error_clear(&fx.err);
	result = decode_rows((struct str){ copy, len }, &fx.arena, &out, &fx.err);
	if (result == 0)
		batch_check(&out);
	else
		ck_assert_int_eq(fx.err.code, ERR_IO);
	if (encode_peek((struct str){ copy, len }, &n_rows, &block_bytes, &fx.err) == 0)
		ck_assert_uint_le(block_bytes, len);
	mem_free(copy);
	arena_reset(&fx.arena);
	return result;
}

START_TEST(refuses_a_block_that_is_cut_or_has_a_byte_too_many)
{
	uint64_t seed = 44;

	make_block(&seed);
	ck_assert_int_eq(decode_copy(block.ptr, block.len), 0);
	for (size_t len = 0; len < block.len; len++)
		ck_assert_int_eq(decode_copy(block.ptr, len), -1);
	strbuf_add_char(&block, 'x');
	ck_assert_int_eq(decode_copy(block.ptr, block.len), -1);
}
END_TEST

START_TEST(refuses_a_block_with_any_bit_changed)
{
	uint64_t seed = 45;

	make_block(&seed);
	for (size_t i = 0; i < block.len; i++) {
		block.ptr[i] = (char)(block.ptr[i] ^ 1 << i % 8);
		ck_assert_int_eq(decode_copy(block.ptr, block.len), -1);
		block.ptr[i] = (char)(block.ptr[i] ^ 1 << i % 8);
	}
}
END_TEST

START_TEST(stays_within_bounds_whatever_a_block_with_a_good_checksum_says)
{
	uint64_t seed = 46;
	unsigned n_accepted = 0;

	for (int i = 0; i < 30000; i++) {
		uint64_t n_changes = 1 + sample_random(&seed) % 3;

		if (i % 100 == 0)
			make_block(&seed);
		CLEANUP(strbuf_fini) struct strbuf bad = STRBUF_INIT;

		strbuf_add(&bad, block.ptr, block.len);
		for (uint64_t k = 0; k < n_changes; k++) {
			uint64_t r = sample_random(&seed);
			size_t at = r % (r >> 60 < 8 ? 80 : bad.len);

			bad.ptr[at] = (char)(r >> 59 & 1 ? 0xff : r >> 32);
		}
		fix_checksum(bad.ptr, bad.len);
		n_accepted += decode_copy(bad.ptr, bad.len) == 0;
	}
	ck_assert_uint_gt(n_accepted, 100);
	ck_assert_uint_lt(n_accepted, 29900);
}
END_TEST

/* Bytes of the first column behind the block's head: type, flags, length, payload. */
#define COLUMN_AT  24
#define PAYLOAD_AT (COLUMN_AT + 10)

static void check_refused_with(size_t at, char byte, const char *reason)
{
	char before = block.ptr[at];

	block.ptr[at] = byte;
	fix_checksum(block.ptr, block.len);
	ck_assert_int_eq(decode_copy(block.ptr, block.len), -1);
	block.ptr[at] = before;
	ck_assert_msg(strstr(fx.err.msg, reason), "%s", fx.err.msg);
}

START_TEST(names_what_is_wrong)
{
	int64_t values[] = { 1, 2, 3 };
	uint64_t bits = 5;
	struct column c = { .type = COL_INT, .values = values, .validity = &bits };
	struct batch b = one_column(&c, 3);

	encode(&b, 0, 3);
	check_refused_with(0, 'x', "no block begins here");
	check_refused_with(4, 9, "format 9");
	check_refused_with(9, 9, "too many rows");
	check_refused_with(12, 99, "too many columns");
	check_refused_with(16, 1, "length is wrong");
	check_refused_with(COLUMN_AT, COL_TYPE_COUNT, "unknown type");
	check_refused_with(COLUMN_AT, COL_DOUBLE, "does not fit");
	check_refused_with(COLUMN_AT + 1, 8, "unknown type or encoding");
	check_refused_with(COLUMN_AT + 2, 100, "longer than its block");
	check_refused_with(PAYLOAD_AT, 8 + 5, "padded");
	check_refused_with(PAYLOAD_AT + 8 + 2, (char)0x80, "malformed");
	block.ptr[block.len - 1] ^= 1;
	ck_assert_int_eq(decode_copy(block.ptr, block.len), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "checksum"));
}
END_TEST

/* Texts whose lengths add up to less than there is, and one of 4 GiB. */
START_TEST(refuses_lengths_of_text_that_do_not_fit)
{
	struct strv views[] = { strv_make("abc", 3), strv_make("abcd", 4) };
	struct strv bytes = strv_make("\x80\x80\x80\x10", 4);
	struct column c = { .type = COL_STRING, .values = views };
	struct batch b = one_column(&c, 2);

	encode(&b, 0, 2);
	check_refused_with(PAYLOAD_AT, 2, "left over");
	check_refused_with(PAYLOAD_AT, 4, "cut");
	c.values = &bytes;
	encode(&b, 0, 1);
	check_refused_with(PAYLOAD_AT, (char)0x80, "malformed");
}
END_TEST

START_TEST(refuses_a_number_of_more_than_64_bits)
{
	int64_t values[10] = { [9] = INT64_MIN };
	struct column c = { .type = COL_LONG, .values = values };
	struct batch b = one_column(&c, 10);

	encode(&b, 0, 10);
	check_refused_with(PAYLOAD_AT + 18, 2, "malformed");
}
END_TEST

START_TEST(refuses_bits_behind_the_last_boolean)
{
	uint8_t values[] = { 1, 0, 1 };
	struct column c = { .type = COL_BOOLEAN, .values = values };
	struct batch b = one_column(&c, 3);

	encode(&b, 0, 3);
	check_refused_with(PAYLOAD_AT, 5 + 8, "padded");
}
END_TEST

START_TEST(refuses_values_outside_their_type)
{
	int64_t values[] = { INT32_MAX, -7 };
	struct column c = { .type = COL_INT, .values = values };
	struct batch b = one_column(&c, 2);

	encode(&b, 0, 2);
	check_refused_with(PAYLOAD_AT + 4, 0x7f, "outside the range");
}
END_TEST

START_TEST(survives_allocation_failure)
{
	uint64_t seed = 47;
	struct batch b = one_column(&sample.col, 2000), out;
	size_t before;

	sample_make(&sample, &seed, (struct sample_shape){ COL_STRING, COL_FLAT, true, 0 }, 2000);
	strbuf_add(&block, "before", 6);
	before = block.len;
	mem_fail_after(_i);
	if (encode_rows(&b, 0, 2000, &block, &fx.err) < 0) {
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
		ck_assert_uint_eq(block.len, before);
		block.failed = false;
		mem_fail_after(-1);
		ck_assert_int_eq(encode_rows(&b, 0, 2000, &block, &fx.err), 0);
		mem_fail_after(_i);
	}
	struct str text = { block.ptr + before, block.len - before };

	if (decode_rows(text, &fx.arena, &out, &fx.err) < 0)
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	else
		ck_assert_uint_eq(out.n_rows, 2000);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, gives_back_every_value_bit_by_bit);
	tcase_add_test(tc, gives_back_columns_in_order_with_their_types);
	tcase_add_test(tc, gives_back_rows_without_columns);
	tcase_add_test(tc, borrows_a_text_of_1_mib_from_the_block);
	tcase_add_test(tc, stores_rising_numbers_in_a_byte_each);
	tcase_add_test(tc, never_stores_a_number_in_more_than_8_bytes);
	tcase_add_test(tc, stores_a_column_of_one_value_or_of_nulls_once);
	tcase_add_test(tc, keeps_zeros_of_both_signs_apart);
	tcase_add_test(tc, peek_walks_over_blocks_that_lie_behind_each_other);
	tcase_add_test(tc, refuses_a_block_that_is_cut_or_has_a_byte_too_many);
	tcase_add_test(tc, refuses_a_block_with_any_bit_changed);
	tcase_add_test(tc, stays_within_bounds_whatever_a_block_with_a_good_checksum_says);
	tcase_add_test(tc, names_what_is_wrong);
	tcase_add_test(tc, refuses_lengths_of_text_that_do_not_fit);
	tcase_add_test(tc, refuses_a_number_of_more_than_64_bits);
	tcase_add_test(tc, refuses_bits_behind_the_last_boolean);
	tcase_add_test(tc, refuses_values_outside_their_type);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 12);
	return unit_main("column/encode", tc);
}
