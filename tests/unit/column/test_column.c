/* test_column.c - types, string views, single values, batch_check(). */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

static void check_found(const char *name, enum col_type want)
{
	ck_assert_msg(col_type_find(str_of(name)) == want, "%s", name);
}

START_TEST(finds_a_type_by_each_spelling_without_case)
{
	check_found("INT", COL_INT);
	check_found("integer", COL_INT);
	check_found("LONG", COL_LONG);
	check_found("BigInt", COL_LONG);
	check_found("FLOAT", COL_FLOAT);
	check_found("real", COL_FLOAT);
	check_found("double", COL_DOUBLE);
	check_found("boolean", COL_BOOLEAN);
	check_found("Timestamp", COL_TIMESTAMP);
	check_found("string", COL_STRING);
	check_found("VARCHAR", COL_STRING);
	check_found("char", COL_STRING);
	check_found("JSON", COL_JSON);
	check_found("bytes", COL_BYTES);
	check_found("VARBINARY", COL_BYTES);
}
END_TEST

START_TEST(finds_no_type_by_an_unknown_name)
{
	check_found("", COL_TYPE_COUNT);
	check_found("IN", COL_TYPE_COUNT);
	check_found("INTS", COL_TYPE_COUNT);
	check_found("UNKNOWN", COL_TYPE_COUNT);
	ck_assert_int_eq(col_type_find((struct str){ "INTEGER", 3 }), COL_INT);
}
END_TEST

START_TEST(finds_each_type_by_the_name_it_is_shown_under)
{
	for (enum col_type type = COL_BOOLEAN; type < COL_TYPE_COUNT; type++)
		check_found(col_types[type].name, type);
}
END_TEST

/* Views live in many places and are compared by their first 8 bytes. */
START_TEST(a_view_takes_sixteen_bytes)
{
	ck_assert_uint_eq(sizeof(struct strv), 16);
	ck_assert_uint_eq(offsetof(struct strv, inlined), 4);
	ck_assert_uint_eq(offsetof(struct strv, far.prefix), 4);
}
END_TEST

/* Texts of all lengths around the limits that differ late, early, in a zero byte, or not at all. */
static struct str comparable(uint64_t *seed, char *buf)
{
	uint64_t r = sample_random(seed);
	size_t len = r % 18;

	memset(buf, 'm', 18);
	if (len > 0 && (r >> 8 & 3) != 0)
		buf[(r >> 16) % len] = "\0\x01n\xff"[r >> 24 & 3];
	return (struct str){ buf, len };
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

START_TEST(compares_views_as_memcmp_compares_texts)
{
	uint64_t seed = 1;

	for (int i = 0; i < 200000; i++) {
		char text_a[18], text_b[18];
		struct str a = comparable(&seed, text_a), b = comparable(&seed, text_b);
		struct strv view_a = strv_make(a.ptr, a.len), view_b = strv_make(b.ptr, b.len);
		int order = memcmp(a.ptr, b.ptr, MIN(a.len, b.len));

		if (order == 0)
			order = (a.len > b.len) - (a.len < b.len);
		ASSERT_ROW(sign(strv_cmp(&view_a, &view_b)) == sign(order));
		ASSERT_ROW(strv_eq(&view_a, &view_b) == (order == 0));
	}
}
END_TEST

static void check_values_of(struct sample_shape shape)
{
	static struct sample s;
	uint64_t seed = 2;

	sample_make(&s, &seed, shape, BATCH_ROWS_MAX);
	for (uint32_t row = 0; row < BATCH_ROWS_MAX; row++) {
		struct value v = col_value(&s.col, row);

		ASSERT_ROW(sample_same(&v, &s.rows[row]));
	}
}

START_TEST(reads_single_values_of_every_form)
{
	sample_each_shape(check_values_of);
}
END_TEST

static int cmp_f64(double a, double b)
{
	struct value va = { .type = COL_DOUBLE, .f64 = a }, vb = { .type = COL_FLOAT, .f64 = b };

	return value_cmp(&va, &vb);
}

START_TEST(orders_doubles_with_nan_last_and_one_zero)
{
	double nan = __builtin_nan(""), inf = __builtin_inf();

	ck_assert_int_eq(cmp_f64(-0.0, 0.0), 0);
	ck_assert_int_gt(cmp_f64(nan, inf), 0);
	ck_assert_int_lt(cmp_f64(inf, nan), 0);
	ck_assert_int_eq(cmp_f64(nan, -nan), 0);
	ck_assert_int_lt(cmp_f64(-inf, 1), 0);
}
END_TEST

START_TEST(orders_integers_without_overflow)
{
	struct value low = { .type = COL_LONG, .i64 = INT64_MIN };
	struct value high = { .type = COL_LONG, .i64 = INT64_MAX };

	ck_assert_int_lt(value_cmp(&low, &high), 0);
	ck_assert_int_gt(value_cmp(&high, &low), 0);
	ck_assert_int_eq(value_cmp(&high, &high), 0);
}
END_TEST

START_TEST(orders_text_by_unsigned_bytes_and_false_before_true)
{
	struct value a = { .type = COL_STRING, .str = STR("z") };
	struct value b = { .type = COL_STRING, .str = STR("\xc3\xa4") };
	struct value f = { .type = COL_BOOLEAN, .boolean = false };
	struct value t = { .type = COL_BOOLEAN, .boolean = true };

	ck_assert_int_lt(value_cmp(&a, &b), 0);
	ck_assert_int_lt(value_cmp(&f, &t), 0);
	ck_assert_int_eq(value_cmp(&t, &t), 0);
}
END_TEST

/* ---- batch_check ---- */

static struct sample checked;
static struct batch batch;
static uint16_t batch_rows[BATCH_ROWS_MAX];

static void make_batch(enum col_type type, enum col_form form, bool has_nulls)
{
	uint64_t seed = 3;

	sample_make(&checked, &seed, (struct sample_shape){ type, form, has_nulls, 5 }, 100);
	for (uint16_t i = 0; i < 50; i++)
		batch_rows[i] = (uint16_t)(2 * i);
	batch = (struct batch){ 100, 1, &checked.col, { batch_rows, 50 } };
}

/* In a process of its own, because a failed check ends it. */
static bool passes(void)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		batch_check(&batch);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) || WTERMSIG(status) == SIGABRT);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_shape_passes(struct sample_shape shape)
{
	static struct sample s;
	uint64_t seed = 4;
	struct batch b = { 2000, 1, &s.col, { NULL, 2000 } };

	sample_make(&s, &seed, shape, 2000);
	batch_check(&b);
}

START_TEST(check_accepts_every_form_and_type)
{
	sample_each_shape(check_shape_passes);
	make_batch(COL_STRING, COL_DICT, true);
	ck_assert(passes());
}
END_TEST

START_TEST(check_refuses_rows_out_of_order_or_out_of_range)
{
	make_batch(COL_LONG, COL_FLAT, false);
	batch_rows[7] = batch_rows[6];
	ck_assert(!passes());
	make_batch(COL_LONG, COL_FLAT, false);
	batch_rows[49] = 100;
	ck_assert(!passes());
	make_batch(COL_LONG, COL_FLAT, false);
	batch.sel = (struct sel){ NULL, 101 };
	ck_assert(!passes());
}
END_TEST

START_TEST(check_refuses_a_code_beyond_the_dictionary_on_live_rows_only)
{
	make_batch(COL_STRING, COL_DICT, false);
	checked.codes[3] = 5;
	ck_assert(passes());
	checked.codes[4] = 5;
	ck_assert(!passes());
}
END_TEST

START_TEST(check_refuses_a_dictionary_of_another_lane)
{
	make_batch(COL_LONG, COL_DICT, false);
	checked.dict.lane = LANE_F64;
	ck_assert(!passes());
}
END_TEST

START_TEST(check_refuses_views_that_break_their_form)
{
	struct strv *views = (struct strv *)(void *)checked.values;

	make_batch(COL_STRING, COL_FLAT, false);
	views[4] = strv_make("abc", 3);
	views[4].inlined[9] = 1;
	ck_assert(!passes());
	make_batch(COL_STRING, COL_FLAT, false);
	views[4] = strv_make("a text of more than 12 bytes", 28);
	ck_assert(passes());
	views[4].far.prefix[0] = 'b';
	ck_assert(!passes());
}
END_TEST

START_TEST(check_refuses_values_outside_their_type_unless_null)
{
	make_batch(COL_INT, COL_FLAT, true);
	validity_set(checked.validity, 4);
	((int64_t *)(void *)checked.values)[4] = INT32_MAX + 1ll;
	ck_assert(!passes());
	validity_clear(checked.validity, 4);
	ck_assert(passes());
	make_batch(COL_FLOAT, COL_FLAT, false);
	((double *)(void *)checked.values)[4] = 0.1;
	ck_assert(!passes());
	make_batch(COL_BOOLEAN, COL_FLAT, false);
	checked.values[4] = 2;
	ck_assert(!passes());
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, finds_a_type_by_each_spelling_without_case);
	tcase_add_test(tc, finds_no_type_by_an_unknown_name);
	tcase_add_test(tc, finds_each_type_by_the_name_it_is_shown_under);
	tcase_add_test(tc, a_view_takes_sixteen_bytes);
	tcase_add_test(tc, compares_views_as_memcmp_compares_texts);
	tcase_add_test(tc, reads_single_values_of_every_form);
	tcase_add_test(tc, orders_doubles_with_nan_last_and_one_zero);
	tcase_add_test(tc, orders_integers_without_overflow);
	tcase_add_test(tc, orders_text_by_unsigned_bytes_and_false_before_true);
	tcase_add_test(tc, check_accepts_every_form_and_type);
	tcase_add_test(tc, check_refuses_rows_out_of_order_or_out_of_range);
	tcase_add_test(tc, check_refuses_a_code_beyond_the_dictionary_on_live_rows_only);
	tcase_add_test(tc, check_refuses_a_dictionary_of_another_lane);
	tcase_add_test(tc, check_refuses_views_that_break_their_form);
	tcase_add_test(tc, check_refuses_values_outside_their_type_unless_null);
	return unit_main("column/column", tc);
}
