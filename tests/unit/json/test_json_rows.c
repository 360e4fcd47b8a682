/* test_json_rows.c - rows as JSON, read back by the parser, in one go and in the smallest steps. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "common/base/num.h"
#include "common/column/format.h"
#include "common/json/json.h"
#include "common/json/json_rows.h"

static struct engine fx;
static struct strbuf out;

static void setup(void)
{
	engine_init(&fx);
	out = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	strbuf_fini(&out);
	engine_fini(&fx);
}

static void write_all(const struct batch *b)
{
	struct json_rows pos = { 0 };

	strbuf_reset(&out);
	coop_unlimited(&fx.coop, &fx.token);
	ck_assert_int_eq(json_rows_write(b, b->n_rows, true, &pos, SIZE_MAX, &out, &fx.coop),
			 STEP_DONE);
}

static struct batch one_column(struct column *c, uint32_t n_rows)
{
	return (struct batch){ n_rows, 1, c, { NULL, n_rows } };
}

/* ---- values ---- */

static void check_value_text(enum col_type type, const void *value, const char *want)
{
	struct column c = { .type = type, .form = COL_CONST, .values = value };
	struct batch b = one_column(&c, 1);

	write_all(&b);
	ck_assert_str_eq(out.ptr, want);
}

static void check_text_value(enum col_type type, struct str text, const char *want)
{
	struct strv view = strv_make(text.ptr, text.len);

	check_value_text(type, &view, want);
}

START_TEST(renders_numbers_as_pinot_does)
{
	check_value_text(COL_INT, &(int64_t){ -7 }, "[-7]");
	check_value_text(COL_LONG, &(int64_t){ INT64_MIN }, "[-9223372036854775808]");
	check_value_text(COL_DOUBLE, &(double){ 3 }, "[3.0]");
	check_value_text(COL_DOUBLE, &(double){ -2147479976.0 }, "[-2.147479976E9]");
	check_value_text(COL_DOUBLE, &(double){ __builtin_nan("") }, "[\"NaN\"]");
	check_value_text(COL_FLOAT, &(double){ (double)0.1f }, "[0.1]");
	check_value_text(COL_FLOAT, &(double){ -__builtin_inf() }, "[\"-Infinity\"]");
}
END_TEST

static void check_integer(int64_t v)
{
	CLEANUP(strbuf_fini) struct strbuf want = STRBUF_INIT;

	strbuf_printf(&want, "[%lld]", (long long)v);
	check_value_text(COL_LONG, &v, want.ptr);
}

START_TEST(renders_integers_of_every_length)
{
	uint64_t seed = 70, power = 1;

	for (int digits = 0; digits < 20; digits++, power *= 10) {
		for (uint64_t i = 0; i < 5; i++) {
			check_integer((int64_t)(power + i - 2));
			check_integer((int64_t)(2 - power - i));
		}
	}
	for (int i = 0; i < 2000; i++)
		check_integer((int64_t)sample_random(&seed) >> sample_random(&seed) % 64);
}
END_TEST

START_TEST(renders_other_types_as_pinot_does)
{
	check_value_text(COL_BOOLEAN, &(uint8_t){ 1 }, "[true]");
	check_value_text(COL_BOOLEAN, &(uint8_t){ 0 }, "[false]");
	check_value_text(COL_TIMESTAMP, &(int64_t){ 1577836800000 }, "[\"2020-01-01 00:00:00.0\"]");
	check_value_text(COL_TIMESTAMP, &(int64_t){ INT64_MIN },
			 "[\"-292275055-05-16 16:47:04.192\"]");
	check_value_text(COL_UNKNOWN, &(uint8_t){ 0 }, "[null]");
	check_text_value(COL_STRING, STR("a\"/\n"), "[\"a\\\"/\\n\"]");
	check_text_value(COL_STRING, STR("\xff"), "[\"\xef\xbf\xbd\"]");
	check_text_value(COL_STRING, STR(""), "[\"\"]");
	check_text_value(COL_JSON, STR("{\"a\":1}"), "[\"{\\\"a\\\":1}\"]");
	check_text_value(COL_BYTES, STR("\x00\xffZ"), "[\"00ff5a\"]");
}
END_TEST

/* ---- whole batches, read back ---- */

#define N_COLS 9

static struct sample samples[N_COLS];
static struct column cols[N_COLS];

/* One column of each type, their forms taking turns. */
static struct batch make_batch(unsigned turn, uint32_t n_rows)
{
	uint64_t seed = 71 + turn;

	for (unsigned i = 0; i < N_COLS; i++) {
		struct sample_shape shape = { COL_BOOLEAN + i, (turn + i) % 3, (turn / 3 + i) % 2,
					      30 };

		sample_make(&samples[i], &seed, shape, n_rows);
		cols[i] = samples[i].col;
	}
	return (struct batch){ n_rows, N_COLS, cols, { NULL, n_rows } };
}

/* The text that a reader of the JSON gets for a value: its plain text, repaired UTF-8. */
static void check_text_of(const struct json *j, const struct value *v)
{
	CLEANUP(strbuf_fini) struct strbuf want = STRBUF_INIT;
	struct str got, text;

	ASSERT_ROW(json_get_string(j, &got));
	if (v->type == COL_STRING || v->type == COL_JSON) {
		CLEANUP(json_free) struct json *repaired = NULL;

		json_escape(&want, v->str);
		repaired = json_parse(strbuf_str(&want), &fx.err);
		ASSERT_ROW(json_get_string(repaired, &text) && str_eq(text, got));
		return;
	}
	value_format(v, &want);
	ASSERT_ROW(str_eq(strbuf_str(&want), got));
}

static void check_number_of(const struct json *j, const struct value *v)
{
	double f = 0;

	if (!__builtin_isfinite(v->f64)) {
		check_text_of(j, v);
		return;
	}
	ASSERT_ROW(json_get_f64(j, &f));
	if (v->type == COL_FLOAT)
		f = (double)(float)f;
	ASSERT_ROW(memcmp(&f, &v->f64, sizeof(f)) == 0);
}

static void check_json_value(const struct json *j, const struct value *v)
{
	int64_t i;
	bool b;

	if (v->is_null)
		ASSERT_ROW(json_is_null(j));
	else if (v->type == COL_BOOLEAN)
		ASSERT_ROW(json_get_bool(j, &b) && b == v->boolean);
	else if (v->type == COL_INT || v->type == COL_LONG)
		ASSERT_ROW(json_get_i64(j, &i) && i == v->i64);
	else if (v->type == COL_FLOAT || v->type == COL_DOUBLE)
		check_number_of(j, v);
	else
		check_text_of(j, v);
}

static void check_rows(const struct strbuf *rows, uint32_t from, uint32_t to)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;
	CLEANUP(json_free) struct json *doc = NULL;

	strbuf_add_char(&text, '[');
	strbuf_add_str(&text, strbuf_str(rows));
	strbuf_add_char(&text, ']');
	doc = json_parse(strbuf_str(&text), &fx.err);
	ck_assert_msg(doc != NULL, "%s", fx.err.msg);
	ck_assert_uint_eq(json_array_length(doc), to - from);
	for (uint32_t row = from; row < to; row++) {
		const struct json *cells = json_array_item(doc, row - from);

		ASSERT_ROW(json_array_length(cells) == N_COLS);
		for (unsigned col = 0; col < N_COLS; col++)
			check_json_value(json_array_item(cells, col), &samples[col].rows[row]);
	}
}

START_TEST(writes_rows_that_read_back_whatever_their_forms)
{
	struct batch b = make_batch((unsigned)_i, 500);

	write_all(&b);
	check_rows(&out, 0, 500);
}
END_TEST

START_TEST(writes_part_of_a_batch)
{
	struct batch b = make_batch(0, 500);
	struct json_rows pos = { .row = 100 };

	ck_assert_int_eq(json_rows_write(&b, 300, true, &pos, SIZE_MAX, &out, &fx.coop), STEP_DONE);
	ck_assert_uint_eq(pos.row, 300);
	check_rows(&out, 100, 300);
	ck_assert_int_eq(json_rows_write(&b, 500, false, &pos, SIZE_MAX, &out, &fx.coop),
			 STEP_DONE);
	check_rows(&out, 100, 500);
}
END_TEST

START_TEST(writes_a_comma_before_a_batch_that_is_not_the_first)
{
	int64_t values[] = { 1, 2 };
	struct column c = { .type = COL_LONG, .values = values };
	struct batch b = one_column(&c, 2);
	struct json_rows pos = { 0 };

	write_all(&b);
	ck_assert_int_eq(json_rows_write(&b, 2, false, &pos, SIZE_MAX, &out, &fx.coop), STEP_DONE);
	ck_assert_str_eq(out.ptr, "[1],[2],[1],[2]");
}
END_TEST

START_TEST(writes_rows_without_columns_and_no_rows)
{
	struct batch b = { 3, 0, NULL, { NULL, 3 } };

	write_all(&b);
	ck_assert_str_eq(out.ptr, "[],[],[]");
	b.n_rows = 0;
	write_all(&b);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* ---- steps ---- */

/* Writes with one unit of credit a call; `first` is worked out anew for each or stays as it was. */
static unsigned write_in_steps(const struct batch *b, struct strbuf *steps, bool keep_first)
{
	struct json_rows pos = { 0 };
	unsigned n_calls = 0;
	enum step step;

	do {
		size_t before = steps->len;
		bool first = keep_first || (pos.row == 0 && pos.col == 0 && !pos.in_value);

		engine_one_unit(&fx);
		step = json_rows_write(b, b->n_rows, first, &pos, SIZE_MAX, steps, &fx.coop);
		ck_assert_uint_gt(steps->len, before);
		n_calls++;
	} while (step == STEP_YIELD);
	ck_assert_int_eq(step, STEP_DONE);
	return n_calls;
}

START_TEST(one_unit_of_credit_a_call_gives_the_same_text)
{
	CLEANUP(strbuf_fini) struct strbuf steps = STRBUF_INIT;
	struct batch b = make_batch((unsigned)_i, 500);

	write_all(&b);
	ck_assert_uint_gt(write_in_steps(&b, &steps, _i % 2), 20);
	ck_assert_uint_eq(steps.len, out.len);
	ck_assert_mem_eq(steps.ptr, out.ptr, out.len);
}
END_TEST

static void check_long_text(enum col_type type, const char *unit, size_t text_len)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT, steps = STRBUF_INIT;
	struct strv views[2];
	struct column c = { .type = type, .values = views };
	struct batch b = one_column(&c, 2);
	unsigned n_calls;

	strbuf_add_char(&text, 'x');
	while (text.len < text_len)
		strbuf_add_str(&text, str_of(unit));
	views[0] = strv_make("short", 5);
	views[1] = strv_make(text.ptr, text.len);
	n_calls = write_in_steps(&b, &steps, true);
	write_all(&b);
	ck_assert_uint_ge(n_calls, text.len / (64 << 10));
	ck_assert(str_eq(strbuf_str(&steps), strbuf_str(&out)));
	ck_assert_uint_ge(out.len, text.len);
	ck_assert(strncmp(out.ptr,
			  type == COL_BYTES ? "[\"73686f7274\"],[\"78" : "[\"short\"],[\"x",
			  type == COL_BYTES ? 19 : 13) == 0);
}

START_TEST(yields_inside_a_long_text_at_least_every_64_kib)
{
	check_long_text(COL_STRING, "abc", 1 << 20);
	check_long_text(COL_JSON, "\xe2\x82\xac", 1 << 20);
	check_long_text(COL_STRING, "\"\n\x01", 1 << 18);
	check_long_text(COL_BYTES, "\xff\x01", 1 << 18);
}
END_TEST

START_TEST(stops_when_the_output_is_full_and_goes_on_when_it_is_drained)
{
	CLEANUP(strbuf_fini) struct strbuf all = STRBUF_INIT;
	struct batch b = make_batch(4, 500);
	struct json_rows pos = { 0 };
	bool first = true;

	for (;;) {
		enum step step = json_rows_write(&b, 500, first, &pos, 1000, &out, &fx.coop);

		ck_assert_uint_lt(out.len, 1000 + 6 * (16 << 10) + 100);
		strbuf_add_str(&all, strbuf_str(&out));
		if (step == STEP_DONE)
			break;
		ck_assert_uint_ge(out.len, 1000);
		strbuf_reset(&out);
		first = pos.row == 0;
	}
	check_rows(&all, 0, 500);
}
END_TEST

START_TEST(writes_nothing_once_the_query_is_cancelled)
{
	struct batch b = make_batch(0, 10);
	struct json_rows pos = { 0 };

	ck_assert(token_set(&fx.token, CANCEL_KILL));
	ck_assert_int_eq(json_rows_write(&b, 10, true, &pos, SIZE_MAX, &out, &fx.coop), STEP_YIELD);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Long work is paid for: a million bytes cost more than a slice of 100 us. */
START_TEST(pays_for_what_it_writes)
{
	struct batch b = make_batch(1, 500);
	int64_t before = fx.coop.credit;

	write_all(&b);
	ck_assert_int_gt(before - fx.coop.credit, 500 * N_COLS * 5);
	ck_assert_int_gt(before - fx.coop.credit, (int64_t)out.len / 10);
}
END_TEST

/* What was written before the failure is whole: the same call goes on behind it. */
START_TEST(survives_allocation_failure)
{
	struct batch b = make_batch(2, 200);
	struct json_rows pos = { 0 };
	enum step step;

	mem_fail_after(_i);
	step = json_rows_write(&b, 200, true, &pos, SIZE_MAX, &out, &fx.coop);
	mem_fail_after(-1);
	if (step == STEP_YIELD) {
		ck_assert(!strbuf_ok(&out));
		out.failed = false;
		step = json_rows_write(&b, 200, true, &pos, SIZE_MAX, &out, &fx.coop);
	}
	ck_assert_int_eq(step, STEP_DONE);
	check_rows(&out, 0, 200);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, renders_numbers_as_pinot_does);
	tcase_add_test(tc, renders_integers_of_every_length);
	tcase_add_test(tc, renders_other_types_as_pinot_does);
	tcase_add_loop_test(tc, writes_rows_that_read_back_whatever_their_forms, 0, 6);
	tcase_add_test(tc, writes_part_of_a_batch);
	tcase_add_test(tc, writes_a_comma_before_a_batch_that_is_not_the_first);
	tcase_add_test(tc, writes_rows_without_columns_and_no_rows);
	tcase_add_loop_test(tc, one_unit_of_credit_a_call_gives_the_same_text, 0, 6);
	tcase_add_test(tc, yields_inside_a_long_text_at_least_every_64_kib);
	tcase_add_test(tc, stops_when_the_output_is_full_and_goes_on_when_it_is_drained);
	tcase_add_test(tc, writes_nothing_once_the_query_is_cancelled);
	tcase_add_test(tc, pays_for_what_it_writes);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 14);
	return unit_main("json/json_rows", tc);
}
