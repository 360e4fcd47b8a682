/*
 * test_segment.c - what is written to a segment file comes back, or an error does.
 *
 * (segment_write.c, segment_encode.c, segment_read.c, column_builder.c)
 */
#include "tests/unit/table/fixture.h"

#include "broker/table/segment_format.h"

static uint64_t seed;

/* Reads all blocks of all columns and compares; false on a damaged page or lack of memory. */
static bool segment_is(struct segment *s, const struct rows *r, bool one_unit)
{
	static _Alignas(16) char values[BATCH_ROWS_MAX * sizeof(struct strv)];
	struct segment_buffer buf = { .values = values };
	bool ok = true;

	for (uint32_t col = 0; ok && col < r->n_cols; col++) {
		for (uint32_t block = 0; ok && block < segment_n_blocks(r->n_rows); block++) {
			struct column out = { .type = r->types[col] };
			uint32_t first = block * BITPACK_ROWS;
			struct batch b = { .n_rows = MIN(BITPACK_ROWS, r->n_rows - first),
					   .n_cols = 1,
					   .cols = &out };
			enum step step;

			do {
				if (one_unit)
					engine_one_unit(&fx.e);
				step = segment_read_block(s, col, block, &buf, &out, &fx.e.coop,
							  &fx.e.err);
			} while (step == STEP_YIELD);
			ok = step == STEP_DONE;
			b.sel.n_rows = b.n_rows;
			if (ok) {
				batch_check(&b);
				check_batch(r, &col, &b, first);
			}
		}
		segment_buffer_fini(&buf);
	}
	return ok;
}

static void check_round_trip(const struct rows *r)
{
	struct segment *s;

	make_segment(r, "x.seg");
	s = open_segment(r, "x.seg", 1);
	ck_assert_uint_eq(s->n_rows, r->n_rows);
	ck_assert(segment_is(s, r, false));
	ck_assert_int_eq(segment_check(s, &fx.e.err), 0);
	segment_close(&s);
}

/* ---- values ---- */

static struct value any(uint32_t row, enum col_type type)
{
	struct value v = sample_value(&seed, type);

	(void)row;
	if (col_lane_of(type) == LANE_STR)
		v.str.len = MIN(v.str.len, (size_t)4096);
	return v;
}

static struct value any_or_null(uint32_t row, enum col_type type)
{
	return unit_random(&seed) % 3 == 0 ? null_value(type) : any(row, type);
}

/* Integers that hardly repeat. */
static struct value wide(uint32_t row, enum col_type type)
{
	(void)row;
	return i64_value(type, (int64_t)unit_random(&seed));
}

static struct value wide_or_null(uint32_t row, enum col_type type)
{
	return row % 7 == 0 ? null_value(type) : wide(row, type);
}

/* No NULL in the first zone. */
static struct value null_late(uint32_t row, enum col_type type)
{
	return row >= SEGMENT_ZONE_ROWS && row % 2 == 0 ? null_value(type) : wide(row, type);
}

static struct value only_null(uint32_t row, enum col_type type)
{
	(void)row;
	return null_value(type);
}

/* One value that is no default. */
static struct value constant(uint32_t row, enum col_type type)
{
	uint64_t same = 99;

	(void)row;
	return sample_value(&same, type);
}

static struct value constant_or_null(uint32_t row, enum col_type type)
{
	return row % 5 == 1 ? null_value(type) : constant(row, type);
}

static struct value one_of_twelve(uint32_t row, enum col_type type)
{
	uint64_t choice = 1000 + unit_random(&seed) % 12;

	(void)row;
	return sample_value(&choice, type);
}

static struct value one_of_twelve_or_null(uint32_t row, enum col_type type)
{
	return row % 4 == 2 ? null_value(type) : one_of_twelve(row, type);
}

/* Two texts, one empty and one too long for a view. */
static struct value empty_or_long(uint32_t row, enum col_type type)
{
	return row % 3 ? str_value(type, "", 0) : str_value(type, "a text of 21 bytes...", 21);
}

static struct value nan_only(uint32_t row, enum col_type type)
{
	(void)row;
	return (struct value){ .type = type, .f64 = (double)__builtin_nan("7") };
}

static const struct {
	enum col_type type;
	value_fn *fn;
	const char *encoding; /* with 2,049 rows or more */
} cases[] = {
	{ COL_LONG, wide, "bit-packed" },
	{ COL_LONG, wide_or_null, "bit-packed" },
	{ COL_LONG, null_late, "bit-packed" },
	{ COL_LONG, any, "dictionary" },
	{ COL_LONG, any_or_null, "dictionary" },
	{ COL_INT, any_or_null, "dictionary" },
	{ COL_TIMESTAMP, one_of_twelve, "dictionary" },
	{ COL_LONG, one_of_twelve_or_null, "dictionary" },
	{ COL_LONG, constant, "constant" },
	{ COL_LONG, constant_or_null, "bit-packed" },
	{ COL_LONG, only_null, "constant" },
	{ COL_DOUBLE, any, "plain" },
	{ COL_FLOAT, any_or_null, "plain" },
	{ COL_DOUBLE, nan_only, "constant" },
	{ COL_DOUBLE, constant_or_null, "plain" },
	{ COL_DOUBLE, only_null, "constant" },
	{ COL_BOOLEAN, any, "bits" },
	{ COL_BOOLEAN, any_or_null, "bits" },
	{ COL_BOOLEAN, constant, "constant" },
	{ COL_BOOLEAN, only_null, "constant" },
	{ COL_STRING, any, "plain" },
	{ COL_BYTES, any_or_null, "plain" },
	{ COL_STRING, one_of_twelve, "dictionary" },
	{ COL_JSON, one_of_twelve_or_null, "dictionary" },
	{ COL_STRING, empty_or_long, "dictionary" },
	{ COL_STRING, constant, "constant" },
	{ COL_STRING, constant_or_null, "dictionary" },
	{ COL_STRING, only_null, "constant" },
};

START_TEST(gives_back_what_was_written)
{
	static const uint32_t sizes[] = { 1, 2, 3, 63, 2047, 2048, 2049, 65535, 65536, 65537 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct rows r = { 0 };

		seed = sizes[i] + 1;
		rows_add_column(&r, sizes[i], cases[_i].type, cases[_i].fn);
		check_round_trip(&r);
		rows_free(&r);
	}
}
END_TEST

START_TEST(chooses_the_encoding_by_the_data)
{
	struct rows r = { 0 };
	struct segment *s;

	seed = 5;
	rows_add_column(&r, 5000, cases[_i].type, cases[_i].fn);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	ck_assert_str_eq(segment_column_info(s, 0).encoding, cases[_i].encoding);
	segment_close(&s);
	rows_free(&r);
}
END_TEST

static unsigned width;

static struct value of_width(uint32_t row, enum col_type type)
{
	uint64_t mask = width == 0 ? 0 : UINT64_MAX >> (64 - width);
	uint64_t v = row == 1 ? mask : row == 0 ? 0 : unit_random(&seed) & mask;

	/* Around the smallest LONG, so that differences overflow if they are signed. */
	return i64_value(type, (int64_t)(v + (UINT64_C(1) << 63)));
}

START_TEST(packs_integers_of_every_width)
{
	struct rows r = { 0 };

	width = (unsigned)_i;
	seed = 3;
	rows_add_column(&r, 2500, COL_LONG, of_width);
	check_round_trip(&r);
	rows_free(&r);
}
END_TEST

/* ---- several columns ---- */

static struct value long_text(uint32_t row, enum col_type type)
{
	static char text[4000];

	memset(text, 'x', sizeof(text));
	return str_value(type, text, row * 7 % sizeof(text));
}

static void add_all_columns(struct rows *r, uint32_t n_rows)
{
	seed = 11;
	rows_add_column(r, n_rows, COL_LONG, any_or_null);
	rows_add_column(r, n_rows, COL_STRING, one_of_twelve_or_null);
	rows_add_column(r, n_rows, COL_STRING, any);
	rows_add_column(r, n_rows, COL_DOUBLE, any);
	rows_add_column(r, n_rows, COL_BOOLEAN, any_or_null);
	rows_add_column(r, n_rows, COL_LONG, one_of_twelve);
	rows_add_column(r, n_rows, COL_STRING, constant);
	rows_add_column(r, n_rows, COL_STRING, only_null);
	rows_add_column(r, n_rows, COL_STRING, long_text);
}

START_TEST(reads_the_same_with_one_unit_of_credit)
{
	struct rows r = { 0 };
	struct segment *s;

	add_all_columns(&r, 7000);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	ck_assert(segment_is(s, &r, true));
	segment_close(&s);
	rows_free(&r);
}
END_TEST

START_TEST(each_call_with_credit_gets_somewhere)
{
	static _Alignas(16) char values[BATCH_ROWS_MAX * sizeof(struct strv)];
	struct segment_buffer buf = { .values = values };
	struct column out = { .type = COL_STRING };
	struct rows r = { 0 };
	struct segment *s;
	unsigned n_yields = 0;

	seed = 1;
	rows_add_column(&r, 3000, COL_STRING, long_text);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	for (;; n_yields++) {
		engine_one_unit(&fx.e);
		if (segment_read_block(s, 0, 0, &buf, &out, &fx.e.coop, &fx.e.err) != STEP_YIELD)
			break;
	}
	/* One page is checked per call, then the block comes. */
	ck_assert_uint_ge(n_yields, 50);
	ck_assert_uint_le(n_yields, s->n_pages);
	segment_close(&s);
	rows_free(&r);
}
END_TEST

/* Each of half as many values as rows twice. */
static struct value twice(uint32_t row, enum col_type type)
{
	static char texts[10000][16];

	(void)snprintf(texts[row / 2], sizeof(texts[0]), "%u", row / 2);
	return str_value(type, texts[row / 2], strlen(texts[row / 2]));
}

START_TEST(two_readers_share_one_dictionary)
{
	static _Alignas(16) char values[BATCH_ROWS_MAX * sizeof(struct strv)];
	struct segment_buffer a = { .values = values }, b = { .values = values };
	struct column out = { .type = COL_STRING };
	const struct dict *first;
	struct rows r = { 0 };
	struct segment *s;

	rows_add_column(&r, 20000, COL_STRING, twice);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 77);

	/* a begins and stops half-way; b overtakes it. */
	engine_one_unit(&fx.e);
	ck_assert_int_eq(segment_read_block(s, 0, 0, &a, &out, &fx.e.coop, &fx.e.err), STEP_YIELD);
	ck_assert_ptr_nonnull(a.building);
	coop_unlimited(&fx.e.coop, &fx.e.token);
	ck_assert_int_eq(segment_read_block(s, 0, 0, &b, &out, &fx.e.coop, &fx.e.err), STEP_DONE);
	first = out.dict;
	ck_assert_int_eq(segment_read_block(s, 0, 1, &a, &out, &fx.e.coop, &fx.e.err), STEP_DONE);
	ck_assert_ptr_eq(out.dict, first);
	ck_assert_ptr_null(a.building);
	ck_assert_uint_eq(first->id, 77 * 4096);
	ck_assert(first->is_sorted);
	segment_close(&s);
	rows_free(&r);
}
END_TEST

/* ---- damage ---- */

/* Opens and reads; true when all is right, false when an error was reported. */
static bool file_is(const char *name, const struct rows *r)
{
	struct segment *s = NULL;
	bool ok;

	if (segment_open(path_of(name), 1, r->types, r->n_cols, &s, &fx.e.err) < 0)
		return false;
	ck_assert_uint_eq(s->n_rows, r->n_rows);
	ok = segment_is(s, r, false);
	segment_close(&s);
	return ok;
}

START_TEST(a_flipped_byte_is_an_error_and_never_a_wrong_value)
{
	static char bytes[200000];
	struct rows r = { 0 };
	size_t n;
	int fd;

	seed = 17;
	rows_add_column(&r, 70, COL_LONG, any_or_null);
	rows_add_column(&r, 70, COL_STRING, one_of_twelve_or_null);
	rows_add_column(&r, 70, COL_STRING, empty_or_long);
	rows_add_column(&r, 70, COL_DOUBLE, any);
	rows_add_column(&r, 70, COL_BOOLEAN, any);
	rows_add_column(&r, 70, COL_STRING, any);
	make_segment(&r, "x.seg");
	n = read_file(path_of("x.seg"), bytes, sizeof(bytes));
	ck_assert_uint_lt(n, sizeof(bytes));
	fd = open(path_of("x.seg"), O_WRONLY | O_CLOEXEC);
	for (size_t i = 0; i < n; i++) {
		char flipped = (char)(bytes[i] ^ 1 << (unit_random(&seed) % 8));

		ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)i), 1);
		ck_assert(!file_is("x.seg", &r));
		ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
		ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "x.seg"));
		ck_assert_int_eq(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
	}
	ck_assert(file_is("x.seg", &r));
	ck_assert_int_eq(close(fd), 0);
	rows_free(&r);
}
END_TEST

START_TEST(a_file_that_was_cut_is_an_error)
{
	struct rows r = { 0 };
	struct stat st;

	seed = 1;
	rows_add_column(&r, 70, COL_LONG, any);
	make_segment(&r, "x.seg");
	ck_assert(file_is("x.seg", &r));
	ck_assert_int_eq(stat(path_of("x.seg"), &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len -= len < 200 ? 1 : 61) {
		ck_assert_int_eq(truncate(path_of("x.seg"), len), 0);
		ck_assert(!file_is("x.seg", &r));
		ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	}
	rows_free(&r);
}
END_TEST

START_TEST(refuses_columns_of_another_table)
{
	static const enum col_type other[] = { COL_STRING };
	static const enum col_type more[] = { COL_LONG, COL_LONG };
	struct rows r = { 0 };
	struct segment *s = NULL;

	rows_add_column(&r, 10, COL_LONG, any);
	make_segment(&r, "x.seg");
	ck_assert_int_eq(segment_open(path_of("x.seg"), 1, other, 1, &s, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_int_eq(segment_open(path_of("x.seg"), 1, more, 2, &s, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_int_eq(segment_open(path_of("absent"), 1, more, 2, &s, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	rows_free(&r);
}
END_TEST

START_TEST(checks_a_whole_file_on_request)
{
	static char bytes[300000];
	struct rows r = { 0 };
	struct segment *s;
	size_t n;

	seed = 1;
	rows_add_column(&r, 20000, COL_LONG, any);
	make_segment(&r, "x.seg");
	n = read_file(path_of("x.seg"), bytes, sizeof(bytes));
	bytes[70000] ^= 1;
	write_file(path_of("y.seg"), bytes, n);
	s = open_segment(&r, "y.seg", 1);
	ck_assert_int_eq(segment_check(s, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_SEGMENT_DAMAGED);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "byte 65536"));
	segment_close(&s);
	rows_free(&r);
}
END_TEST

/* ---- ranges ---- */

static bool is_in(const struct value *v, const struct value *low, const struct value *high)
{
	return !v->is_null && (!low || value_cmp(v, low) >= 0) &&
	       (!high || value_cmp(v, high) <= 0);
}

/* A zone that is said not to match really has no such row. */
static void check_range(struct segment *s, const struct rows *r, uint32_t col,
			const struct value *low, const struct value *high, unsigned *n_skipped)
{
	struct segment_key_range range;

	ck_assert_int_eq(segment_find_range(s, col, low, high, &range, &fx.e.coop, &fx.e.err),
			 STEP_DONE);
	for (uint32_t zone = 0; zone < s->n_zones; zone++) {
		uint32_t end = MIN((zone + 1) * SEGMENT_ZONE_ROWS, r->n_rows);

		if (segment_zone_may_match(s, col, zone, &range))
			continue;
		++*n_skipped;
		for (uint32_t row = zone * SEGMENT_ZONE_ROWS; row < end; row++)
			ASSERT_ROW(!is_in(&r->values[col][row], low, high));
	}
}

/* Rises with the row, so that zones differ. */
static struct value rising(uint32_t row, enum col_type type)
{
	static char texts[140000][12];

	switch (col_lane_of(type)) {
	case LANE_BOOL:
		return (struct value){ .type = type, .boolean = row >= 65536 };
	case LANE_I64:
		return i64_value(type, (int64_t)row - 65536);
	case LANE_F64:
		return (struct value){ .type = type, .f64 = (double)row - 65536.5 };
	case LANE_STR:
		(void)snprintf(texts[row], sizeof(texts[row]), "%06u", row);
		return str_value(type, texts[row], 6);
	case LANE_COUNT:
		break;
	}
	return null_value(type);
}

static struct value rising_slowly(uint32_t row, enum col_type type)
{
	return row % 10 == 3 ? null_value(type) : rising(row / 100 * 100, type);
}

/* A value of a column, never NULL. */
static struct value some_value(const struct rows *r, uint32_t col)
{
	for (unsigned i = 0; i < 10; i++) {
		struct value v = r->values[col][unit_random(&seed) % r->n_rows];

		if (!v.is_null)
			return v;
	}
	return constant(0, r->types[col]);
}

START_TEST(skips_only_zones_without_a_match)
{
	static const struct {
		enum col_type type;
		value_fn *fn;
	} columns[] = {
		{ COL_BOOLEAN, rising },       { COL_LONG, rising },
		{ COL_DOUBLE, rising },        { COL_STRING, rising },
		{ COL_STRING, rising_slowly }, { COL_LONG, rising_slowly },
		{ COL_LONG, any_or_null },     { COL_DOUBLE, any_or_null },
		{ COL_STRING, any_or_null },   { COL_STRING, only_null },
		{ COL_STRING, constant },
	};
	struct rows r = { 0 };
	struct segment *s;

	seed = 23;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		rows_add_column(&r, 140000, columns[i].type, columns[i].fn);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	ck_assert_uint_eq(s->n_zones, 3);
	for (uint32_t col = 0; col < r.n_cols; col++) {
		unsigned n_skipped = 0;

		for (unsigned k = 0; k < (UNIT_SANITIZED ? 20 : 60); k++) {
			struct value low = some_value(&r, col), high = some_value(&r, col);

			check_range(s, &r, col, k % 3 ? &low : NULL, k % 3 != 1 ? &high : NULL,
				    &n_skipped);
		}
		/* The first and the last rows of zones are where a bound is easily wrong. */
		for (uint32_t row = 0; row < r.n_rows; row += row % 65536 ? 1 : 65535) {
			const struct value *edge = &r.values[col][row];

			if (!edge->is_null)
				check_range(s, &r, col, edge, edge, &n_skipped);
		}
		/* The rising ones have zones to skip for nearly any range. */
		ck_assert(columns[col].fn != rising || n_skipped > 20);
	}
	segment_close(&s);
	rows_free(&r);
}
END_TEST

START_TEST(a_value_that_no_dictionary_holds_matches_nothing)
{
	struct segment_key_range range;
	struct rows r = { 0 };
	struct value absent = str_value(COL_STRING, "000150x", 7);
	struct value above = str_value(COL_STRING, "z", 1);
	struct value nothing = null_value(COL_STRING);
	struct segment *s;

	rows_add_column(&r, 70000, COL_STRING, rising_slowly);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	const struct value *const bounds[][2] = {
		{ &absent, &absent },
		{ &above, NULL },
		{ &nothing, NULL },
		{ NULL, &nothing },
	};
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		ck_assert_int_eq(segment_find_range(s, 0, bounds[i][0], bounds[i][1], &range,
						    &fx.e.coop, &fx.e.err),
				 STEP_DONE);
		ck_assert(!segment_zone_may_match(s, 0, 0, &range));
	}
	segment_close(&s);
	rows_free(&r);
}
END_TEST

START_TEST(keys_keep_the_order_of_values)
{
	static const double f64[] = { -__builtin_inf(), -1e300, -1.5,  -0.0,           0.0,
				      5e-324,           1,      1e300, __builtin_inf() };
	static const int64_t i64[] = { INT64_MIN, -1, 0, 1, INT64_MAX };

	for (size_t i = 1; i < ARRAY_SIZE(f64); i++)
		ck_assert_int_eq(segment_key_f64(f64[i - 1]) < segment_key_f64(f64[i]),
				 f64[i - 1] < f64[i]);
	ck_assert_uint_eq(segment_key_f64(-0.0), segment_key_f64(0.0));
	ck_assert_uint_gt(segment_key_f64(-__builtin_nan("")), segment_key_f64(f64[8]));
	for (size_t i = 1; i < ARRAY_SIZE(i64); i++)
		ck_assert_uint_lt(segment_key_i64(i64[i - 1]), segment_key_i64(i64[i]));
	ck_assert_uint_lt(segment_key_str("abc", 3), segment_key_str("abd", 3));
	ck_assert_uint_lt(segment_key_str("ab", 2), segment_key_str("abc", 3));
	ck_assert_uint_eq(segment_key_str("12345678x", 9), segment_key_str("12345678y", 9));
}
END_TEST

/* ---- the writer ---- */

START_TEST(counts_nulls_and_distinct_values)
{
	struct rows r = { 0 };
	struct segment *s;
	struct segment_column_info info;

	seed = 2;
	rows_add_column(&r, 100000, COL_LONG, rising);
	rows_add_column(&r, 100000, COL_STRING, one_of_twelve_or_null);
	make_segment(&r, "x.seg");
	s = open_segment(&r, "x.seg", 1);
	info = segment_column_info(s, 0);
	ck_assert_uint_ge(info.n_distinct, 97000);
	ck_assert_uint_le(info.n_distinct, 100000);
	info = segment_column_info(s, 1);
	ck_assert_uint_eq(info.n_nulls, 25000);
	ck_assert_uint_le(info.n_distinct, 12);
	segment_close(&s);
	rows_free(&r);
}
END_TEST

START_TEST(files_that_nobody_took_go_with_the_writer)
{
	struct segment_writer *w = NULL;
	struct rows r = { 0 };
	uint32_t n_files;

	rows_add_column(&r, 10, COL_LONG, constant_or_null);
	/* A name that is in use is passed over. */
	write_file(path_of("0.tmp"), "x", 1);
	ck_assert_int_eq(segment_writer_new(fx.dir, r.types, 1, &w, &fx.e.err), 0);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), 0);
	ck_assert_uint_eq(count_files(fx.dir, ".tmp"), 1);
	ck_assert_int_eq(write_rows(w, &r, 0, 10), 0);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), 0);
	ck_assert_uint_eq(segment_writer_n_rows(w), 0);
	ck_assert(segment_writer_has_nulls(w, 0));
	(void)segment_writer_files(w, &n_files);
	ck_assert_uint_eq(n_files, 1);
	ck_assert_uint_eq(count_files(fx.dir, ".tmp"), 2);
	segment_writer_free(&w);
	ck_assert_uint_eq(count_files(fx.dir, ".tmp"), 1);
	rows_free(&r);
}
END_TEST

START_TEST(a_cancelled_flush_leaves_no_file)
{
	struct segment_writer *w = NULL;
	struct rows r = { 0 };

	rows_add_column(&r, 10, COL_LONG, any);
	ck_assert_int_eq(segment_writer_new(fx.dir, r.types, 1, &w, &fx.e.err), 0);
	ck_assert_int_eq(write_rows(w, &r, 0, 10), 0);
	(void)token_set(&fx.e.token, CANCEL_USER);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_QUERY_CANCELLED);
	ck_assert_uint_eq(count_files(fx.dir, ".tmp"), 0);
	segment_writer_free(&w);
	rows_free(&r);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
	struct segment_writer *w = NULL;
	struct rows r = { 0 };

	rows_add_column(&r, 10, COL_LONG, any);
	ck_assert_int_eq(segment_writer_new("/nowhere", r.types, 1, &w, &fx.e.err), 0);
	ck_assert_int_eq(write_rows(w, &r, 0, 10), 0);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	segment_writer_free(&w);
	rows_free(&r);
}
END_TEST

/* Writes and reads back; -1 when memory ran out somewhere. */
static int write_and_read(const struct rows *r)
{
	struct segment_writer *w = NULL;
	struct segment *s = NULL;
	uint32_t n_files;
	int result = segment_writer_new(fx.dir, r->types, r->n_cols, &w, &fx.e.err);

	if (result == 0)
		result = write_rows(w, r, 0, r->n_rows);
	if (result == 0)
		result = segment_writer_flush(w, &fx.e.coop, &fx.e.err);
	if (result == 0)
		result = segment_open(segment_writer_files(w, &n_files)[0].path, 1, r->types,
				      r->n_cols, &s, &fx.e.err);
	if (result == 0 && !segment_is(s, r, false))
		result = -1;
	segment_close(&s);
	segment_writer_free(&w);
	return result;
}

START_TEST(survives_allocation_failure)
{
	struct rows r = { 0 };
	long n = 0;
	int result;

	add_all_columns(&r, 2100);
	do {
		(void)mem_fail_after(n++);
		result = write_and_read(&r);
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
		ck_assert_uint_eq(count_files(fx.dir, ".tmp"), 0);
	} while (result < 0);
	ck_assert_int_ge(n, 60);
	rows_free(&r);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tc, gives_back_what_was_written, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, chooses_the_encoding_by_the_data, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, packs_integers_of_every_width, 0, 65);
	tcase_add_test(tc, reads_the_same_with_one_unit_of_credit);
	tcase_add_test(tc, each_call_with_credit_gets_somewhere);
	tcase_add_test(tc, two_readers_share_one_dictionary);
	tcase_add_test(tc, a_flipped_byte_is_an_error_and_never_a_wrong_value);
	tcase_add_test(tc, a_file_that_was_cut_is_an_error);
	tcase_add_test(tc, refuses_columns_of_another_table);
	tcase_add_test(tc, checks_a_whole_file_on_request);
	tcase_add_test(tc, skips_only_zones_without_a_match);
	tcase_add_test(tc, a_value_that_no_dictionary_holds_matches_nothing);
	tcase_add_test(tc, keys_keep_the_order_of_values);
	tcase_add_test(tc, counts_nulls_and_distinct_values);
	tcase_add_test(tc, files_that_nobody_took_go_with_the_writer);
	tcase_add_test(tc, a_cancelled_flush_leaves_no_file);
	tcase_add_test(tc, a_folder_that_is_not_there_is_an_error);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/segment", tc);
}
