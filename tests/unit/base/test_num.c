/* Tests of common/base/num.c. */
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base/num.h"
#include "tests/support/base/unit.h"

#define N_RANDOM (UNIT_SANITIZED ? 100000 : 1000000)

static const char *i64_text(int64_t v)
{
	static char text[NUM_I64_CHARS + 1];

	text[num_format_i64(v, text)] = '\0';
	return text;
}

static const char *f64_text(double v)
{
	static char text[NUM_F64_CHARS + 1];

	text[num_format_f64(v, text)] = '\0';
	return text;
}

static const char *f32_text(float v)
{
	static char text[NUM_F64_CHARS + 1];

	text[num_format_f32(v, text)] = '\0';
	return text;
}

static double f64_of(const char *text)
{
	double v = -77;

	ck_assert_msg(num_parse_f64(str_of(text), &v), "'%s' is refused", text);
	return v;
}

static bool is_f64(const char *text)
{
	double v = -77;
	bool ok = num_parse_f64(str_of(text), &v);

	ck_assert_msg(ok || v == -77, "'%s' is refused and changes the result", text);
	return ok;
}

static double f64_of_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* Any finite double; every other one is not far from 1, as most numbers are. */
static double random_f64(uint64_t *state)
{
	uint64_t bits = unit_random(state), exponent = unit_random(state);

	if (exponent % 2 == 0)
		bits = (bits & ~(0x7ffull << 52)) | (1023 - 40 + exponent / 2 % 80) << 52;
	if ((bits >> 52 & 0x7ff) == 0x7ff)
		bits ^= 1ull << 55;
	return f64_of_bits(bits);
}

START_TEST(sizes_that_overflow_are_noticed)
{
	size_t out;

	ck_assert(num_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
	ck_assert(!num_add(SIZE_MAX, 1, &out));
	ck_assert(num_mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
	ck_assert(!num_mul(SIZE_MAX / 2 + 1, 2, &out));
}
END_TEST

START_TEST(prints_integers)
{
	ck_assert_str_eq(i64_text(0), "0");
	ck_assert_str_eq(i64_text(-7), "-7");
	ck_assert_str_eq(i64_text(10), "10");
	ck_assert_str_eq(i64_text(99), "99");
	ck_assert_str_eq(i64_text(100), "100");
	ck_assert_str_eq(i64_text(INT64_MAX), "9223372036854775807");
	ck_assert_str_eq(i64_text(INT64_MIN), "-9223372036854775808");
}
END_TEST

START_TEST(reads_back_the_integers_it_prints)
{
	uint64_t state = 5;

	for (int i = 0; i < 10000; i++) {
		int64_t v = (int64_t)unit_random(&state) >> (unit_random(&state) % 64), w = 0;
		char want[32];

		(void)snprintf(want, sizeof(want), "%" PRId64, v);
		ck_assert_str_eq(i64_text(v), want);
		ck_assert(num_parse_i64(str_of(want), &w));
		ck_assert_int_eq(w, v);
	}
}
END_TEST

START_TEST(reads_integers_to_the_last_that_fits)
{
	int64_t v = -77;

	ck_assert(num_parse_i64(STR("9223372036854775807"), &v) && v == INT64_MAX);
	ck_assert(num_parse_i64(STR("-9223372036854775808"), &v) && v == INT64_MIN);
	ck_assert(num_parse_i64(STR("+0000000000000000000000012"), &v) && v == 12);
	ck_assert(num_parse_i64(STR("-0"), &v) && v == 0);
	ck_assert(!num_parse_i64(STR("9223372036854775808"), &v));
	ck_assert(!num_parse_i64(STR("-9223372036854775809"), &v));
	ck_assert(!num_parse_i64(STR("18446744073709551617"), &v));
	ck_assert_int_eq(v, 0);
}
END_TEST

START_TEST(refuses_what_is_not_an_integer)
{
	static const char *const bad[] = { "",    " 1",  "1 ",  "-",     "+", "--1", "+-1",
					   "1.0", "1e3", "0x1", "1_000", "a", "1a" };
	int64_t v = -77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!num_parse_i64(str_of(bad[i]), &v), "'%s'", bad[i]);
	ck_assert_int_eq(v, -77);
}
END_TEST

START_TEST(reads_sizes)
{
	int64_t v = -77;

	ck_assert(num_parse_bytes(STR("64k"), &v) && v == 65536);
	ck_assert(num_parse_bytes(STR("1M"), &v) && v == 1048576);
	ck_assert(num_parse_bytes(STR("2g"), &v) && v == INT64_C(2147483648));
	ck_assert(num_parse_bytes(STR("3T"), &v) && v == INT64_C(3298534883328));
	ck_assert(num_parse_bytes(STR("4097"), &v) && v == 4097);
	ck_assert(num_parse_bytes(STR("0"), &v) && v == 0);
}
END_TEST

START_TEST(refuses_what_is_not_a_size)
{
	static const char *const bad[] = { "",    "k",    "-1",       "-1k",
					   "+1",  "1.5m", "1kk",      "1k1",
					   "1 k", "1x",   "8388608t", "9223372036854775808" };
	int64_t v = -77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!num_parse_bytes(str_of(bad[i]), &v), "'%s'", bad[i]);
	ck_assert_int_eq(v, -77);
}
END_TEST

START_TEST(reads_periods)
{
	int64_t v = -77;

	ck_assert(num_parse_period_ms(STR("4h30m"), 1, &v) && v == 16200000);
	ck_assert(num_parse_period_ms(STR("10s"), 1, &v) && v == 10000);
	ck_assert(num_parse_period_ms(STR("250ms"), 1000, &v) && v == 250);
	ck_assert(num_parse_period_ms(STR("1D2H3M4S5MS"), 1, &v) && v == 93784005);
	ck_assert(num_parse_period_ms(STR("3m5ms"), 1, &v) && v == 180005);
	ck_assert(num_parse_period_ms(STR("15"), 1000, &v) && v == 15000);
	ck_assert(num_parse_period_ms(STR("0"), 1000, &v) && v == 0);
}
END_TEST

START_TEST(refuses_what_is_not_a_period)
{
	static const char *const bad[] = { "",
					   "s",
					   "-1s",
					   "1h30",
					   "1x",
					   "1.5s",
					   "1s ",
					   "1 s",
					   "10sm",
					   "9223372036854775807s",
					   "106751991167d300d" };
	int64_t v = -77;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!num_parse_period_ms(str_of(bad[i]), 1000, &v), "'%s'", bad[i]);
	ck_assert_int_eq(v, -77);
}
END_TEST

/* What Java's Double.toString() (JDK 19 and later) says. */
START_TEST(prints_doubles_as_java_does)
{
	static const struct {
		double v;
		const char *text;
	} rows[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 3, "3.0" },
		{ -12.5, "-12.5" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 1e-3, "0.001" },
		{ 0.0012345, "0.0012345" },
		{ 9.999e-4, "9.999E-4" },
		{ 9999999, "9999999.0" },
		{ 9999999.999999998, "9999999.999999998" },
		{ 1e7, "1.0E7" },
		{ 12345678, "1.2345678E7" },
		{ 1234567.25, "1234567.25" },
		{ 9007199254740993.0, "9.007199254740992E15" },
		{ 2e23, "2.0E23" },
		{ 1e23, "1.0E23" },
		{ 1.7976931348623157e308, "1.7976931348623157E308" },
		{ 2.2250738585072014e-308, "2.2250738585072014E-308" },
		{ 2.225073858507201e-308, "2.225073858507201E-308" },
		{ 4.9e-324, "4.9E-324" },
		{ 9.9e-324, "9.9E-324" },
		{ 1.5e-323, "1.5E-323" },
		{ 2e-323, "2.0E-323" },
		{ 4.9e-323, "4.9E-323" },
		{ 9.5367431640625e-7, "9.5367431640625E-7" },
		{ 1.8014398509481984e16, "1.8014398509481984E16" },
		{ 100, "100.0" },
		{ 1e21, "1.0E21" },
		{ (double)INFINITY, "Infinity" },
		{ -(double)INFINITY, "-Infinity" },
		{ (double)NAN, "NaN" },
		{ -(double)NAN, "NaN" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_str_eq(f64_text(rows[i].v), rows[i].text);
}
END_TEST

START_TEST(prints_floats_as_java_does)
{
	ck_assert_str_eq(f32_text(0.1f), "0.1");
	ck_assert_str_eq(f32_text(-3.3f), "-3.3");
	ck_assert_str_eq(f32_text(16777216.0f), "1.6777216E7");
	ck_assert_str_eq(f32_text(3.4028235e38f), "3.4028235E38");
	ck_assert_str_eq(f32_text(1.17549435e-38f), "1.1754944E-38");
	ck_assert_str_eq(f32_text(1.4e-45f), "1.4E-45");
	ck_assert_str_eq(f32_text(9.8e-45f), "9.8E-45");
	ck_assert_str_eq(f32_text(2.0f), "2.0");
	ck_assert_str_eq(f32_text(-0.0f), "-0.0");
	ck_assert_str_eq(f32_text(INFINITY), "Infinity");
	ck_assert_str_eq(f32_text(NAN), "NaN");
}
END_TEST

/* The significant digits of a text, without leading and trailing zeros; returns their number. */
static int digits_of(const char *text, char *digits)
{
	int n = 0;

	for (; *text != '\0' && *text != 'e' && *text != 'E'; text++)
		if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0'))
			digits[n++] = *text;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = '\0';
	return n;
}

/* No text with a digit less reads back; of the texts as long, ours is printf's, the closest. */
static void check_shortest(double v, const char *text)
{
	char ours[64], other[64], digits[64];
	int n = digits_of(text, ours);

	if (n > 2) {
		(void)snprintf(other, sizeof(other), "%.*e", n - 2, v);
		ck_assert_msg(strtod(other, NULL) != v, "%a: %s is longer than %s", v, text, other);
	}
	(void)snprintf(other, sizeof(other), "%.*e", n - 1, v);
	if (strtod(other, NULL) == v && digits_of(other, digits) == n)
		ck_assert_msg(strcmp(ours, digits) == 0, "%a: %s is not the closest, %s is", v,
			      text, other);
}

START_TEST(random_doubles_are_printed_shortest_and_read_back)
{
	uint64_t state = 11;

	for (int i = 0; i < N_RANDOM; i++) {
		double v = random_f64(&state);
		const char *text = f64_text(v);

		ck_assert_msg(strtod(text, NULL) == v, "%a: %s does not read back", v, text);
		ck_assert_msg(f64_of(text) == v, "%a: we read %s wrongly", v, text);
		check_shortest(v, text);
	}
}
END_TEST

/* Powers of two have a neighbour that is only half as far away. */
START_TEST(powers_of_two_and_their_neighbours_read_back)
{
	for (int e = -1074; e < 1024; e++) {
		double v = ldexp(1, e);

		ck_assert(strtod(f64_text(v), NULL) == v);
		ck_assert(f64_of(f64_text(v)) == v);
		ck_assert(strtod(f64_text(nextafter(v, 0)), NULL) == nextafter(v, 0));
		ck_assert(strtod(f64_text(nextafter(v, 1e308)), NULL) == nextafter(v, 1e308));
	}
}
END_TEST

START_TEST(powers_of_ten_have_one_digit)
{
	for (int e = -322; e <= 308; e++) {
		char text[32], digits[64];

		(void)snprintf(text, sizeof(text), "1e%d", e);
		ck_assert_int_eq(digits_of(f64_text(f64_of(text)), digits), e == -322 ? 2 : 1);
	}
}
END_TEST

START_TEST(random_floats_are_printed_shortest_and_read_back)
{
	uint64_t state = 13;

	for (int i = 0; i < N_RANDOM / 4; i++) {
		uint32_t bits = (uint32_t)unit_random(&state) & ~(1u << 30);
		char digits[64], other[64];
		const char *text;
		float v;
		int n;

		memcpy(&v, &bits, sizeof(v));
		text = f32_text(v);
		ck_assert_msg(strtof(text, NULL) == v, "%a: %s", (double)v, text);
		n = digits_of(text, digits);
		(void)snprintf(other, sizeof(other), "%.*e", MAX(n - 2, 0), (double)v);
		ck_assert(n <= 2 || strtof(other, NULL) != v);
	}
}
END_TEST

START_TEST(reads_all_forms_of_a_number)
{
	ck_assert_double_eq(f64_of("1"), 1);
	ck_assert_double_eq(f64_of("-1.50"), -1.5);
	ck_assert_double_eq(f64_of("+.5"), 0.5);
	ck_assert_double_eq(f64_of("5."), 5);
	ck_assert_double_eq(f64_of("1e3"), 1000);
	ck_assert_double_eq(f64_of("1.25E+2"), 125);
	ck_assert_double_eq(f64_of("000125e-0002"), 1.25);
	ck_assert_double_eq(f64_of("0.00000000000000000000000000000000000123e37"), 12.3);
	ck_assert(f64_of("infinity") > 1e308);
	ck_assert(f64_of("-INFINITY") < -1e308);
	ck_assert(isnan(f64_of("nAn")));
	ck_assert(f64_of("0e999") == 0 && !signbit(f64_of("0.000")));
	ck_assert(f64_of("-0") == 0 && signbit(f64_of("-0.0")));
}
END_TEST

START_TEST(refuses_what_is_not_a_number)
{
	static const char *const bad[] = { "",    ".",    "-",    "+",       "e5",    "1e",
					   "1e+", "1e-",  ".e1",  "1.2.3",   "1,5",   " 1",
					   "1 ",  "0x10", "1f",   "inf",     "-nan",  "nanx",
					   "--1", "1e5.", "1e 5", "infinit", "1e5e5", "-+1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!is_f64(bad[i]), "'%s' is accepted", bad[i]);
}
END_TEST

START_TEST(looks_at_the_given_bytes_only)
{
	double v;

	ck_assert(num_parse_f64((struct str){ "12345", 3 }, &v) && v == 123);
	ck_assert(num_parse_f64((struct str){ "1.5e10", 3 }, &v) && v == 1.5);
	ck_assert(!num_parse_f64((struct str){ "1e10", 2 }, &v));
}
END_TEST

START_TEST(numbers_halfway_between_two_doubles_go_to_the_even_one)
{
	static char text[2000];

	ck_assert_double_eq(f64_of("9007199254740993"), 9007199254740992.0);
	ck_assert_double_eq(f64_of("9007199254740995"), 9007199254740996.0);
	ck_assert_double_eq(f64_of("9007199254740993.00000000000000000000000"), 9007199254740992.0);
	/* One digit far behind decides otherwise. */
	(void)snprintf(text, sizeof(text), "9007199254740993.%01500d1", 0);
	ck_assert_double_eq(f64_of(text), 9007199254740994.0);
	(void)snprintf(text, sizeof(text), "0.000009007199254740993%01500d1e21", 0);
	ck_assert_double_eq(f64_of(text), 9007199254740994.0);
}
END_TEST

START_TEST(the_ends_of_the_range_are_rounded_correctly)
{
	ck_assert_double_eq(f64_of("1.7976931348623158e308"), 1.7976931348623157e308);
	ck_assert(isinf(f64_of("1.7976931348623159e308")));
	ck_assert(isinf(f64_of("1e400")) && isinf(f64_of("1e99999999999999999999")));
	ck_assert_double_eq(f64_of("2.2250738585072011e-308"), 0x0.fffffffffffffp-1022);
	ck_assert_double_eq(f64_of("2.2250738585072012e-308"), 0x1p-1022);
	ck_assert_double_eq(f64_of("2.4703282292062327e-324"), 0);
	ck_assert_double_eq(f64_of("2.4703282292062328e-324"), 0x1p-1074);
	ck_assert_double_eq(f64_of("1e-99999999999999999999"), 0);
}
END_TEST

START_TEST(a_long_exponent_and_many_zeros_cancel_out)
{
	static char text[20100];
	int n;

	memset(text, '0', sizeof(text));
	text[1] = '.';
	n = snprintf(text + 20001, 60, "17e20001");
	ck_assert_int_eq(n, 8);
	ck_assert_double_eq(f64_of(text), 17);
	memset(text, '0', sizeof(text));
	text[0] = '3';
	(void)snprintf(text + 20001, 60, "e-20000");
	ck_assert_double_eq(f64_of(text), 3);
}
END_TEST

/* Random digits with random exponents, short and long, against the C library. */
START_TEST(random_texts_are_rounded_as_strtod_does)
{
	uint64_t state = 17;

	for (int i = 0; i < N_RANDOM / 4; i++) {
		char text[128];
		int n = 1 + (int)(unit_random(&state) % 40), at = 0;

		for (; at < n; at++)
			text[at] = (char)('0' + unit_random(&state) % 10);
		if (i % 3 != 0)
			text[unit_random(&state) % (unsigned)n] = '.';
		(void)snprintf(text + at, 16, "e%d", (int)(unit_random(&state) % 700) - 350);
		if (strcmp(text, ".") == 0 || text[0] == '.' || n < 2)
			continue;
		ck_assert_msg(f64_of(text) == strtod(text, NULL), "%s", text);
	}
}
END_TEST

START_TEST(the_locale_does_not_matter)
{
	if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL)
		(void)setlocale(LC_NUMERIC, "C.UTF-8"); /* no such locale here */
	ck_assert_double_eq(f64_of("1.2345678901234567890123456789"), 0x1.3c0ca428c59fbp+0);
	ck_assert_str_eq(f64_text(1.5), "1.5");
	(void)setlocale(LC_NUMERIC, "C");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, sizes_that_overflow_are_noticed);
	tcase_add_test(tc, prints_integers);
	tcase_add_test(tc, reads_back_the_integers_it_prints);
	tcase_add_test(tc, reads_integers_to_the_last_that_fits);
	tcase_add_test(tc, refuses_what_is_not_an_integer);
	tcase_add_test(tc, reads_sizes);
	tcase_add_test(tc, refuses_what_is_not_a_size);
	tcase_add_test(tc, reads_periods);
	tcase_add_test(tc, refuses_what_is_not_a_period);
	tcase_add_test(tc, prints_doubles_as_java_does);
	tcase_add_test(tc, prints_floats_as_java_does);
	tcase_add_test(tc, random_doubles_are_printed_shortest_and_read_back);
	tcase_add_test(tc, powers_of_two_and_their_neighbours_read_back);
	tcase_add_test(tc, powers_of_ten_have_one_digit);
	tcase_add_test(tc, random_floats_are_printed_shortest_and_read_back);
	tcase_add_test(tc, reads_all_forms_of_a_number);
	tcase_add_test(tc, refuses_what_is_not_a_number);
	tcase_add_test(tc, looks_at_the_given_bytes_only);
	tcase_add_test(tc, numbers_halfway_between_two_doubles_go_to_the_even_one);
	tcase_add_test(tc, the_ends_of_the_range_are_rounded_correctly);
	tcase_add_test(tc, a_long_exponent_and_many_zeros_cancel_out);
	tcase_add_test(tc, random_texts_are_rounded_as_strtod_does);
	tcase_add_test(tc, the_locale_does_not_matter);
	return unit_main("base/num", tc);
}
