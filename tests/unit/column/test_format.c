/* test_format.c - values to text and back, and the calendar against counting days. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "common/column/format.h"

/* ---- calendar ---- */

static unsigned month_length(int64_t year, unsigned month)
{
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month == 2)
		return is_leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

START_TEST(counts_days_as_a_walk_through_the_calendar_does)
{
	int64_t year = -801, days = civil_to_days(year, 1, 1);

	for (; year < 2805; year++) {
		for (unsigned month = 1; month <= 12; month++) {
			for (unsigned day = 1; day <= month_length(year, month); day++, days++) {
				int64_t y;
				unsigned m, d;

				ASSERT_ROW(civil_to_days(year, month, day) == days);
				civil_from_days(days, &y, &m, &d);
				ASSERT_ROW(y == year && m == month && d == day);
			}
		}
	}
	ck_assert_int_eq(civil_to_days(1970, 1, 1), 0);
	ck_assert_int_eq(civil_to_days(2000, 3, 1), 11017);
}
END_TEST

/* ---- timestamps ---- */

static void check_timestamp(int64_t ms, const char *want)
{
	char buf[TIMESTAMP_CHARS];
	size_t len = timestamp_format(ms, buf);
	int64_t back;

	ck_assert_msg(str_eq((struct str){ buf, len }, str_of(want)), "%.*s is not %s", (int)len,
		      buf, want);
	ck_assert(timestamp_parse(str_of(want), false, &back));
	ck_assert_int_eq(back, ms);
}

START_TEST(prints_timestamps_as_java_does)
{
	check_timestamp(0, "1970-01-01 00:00:00.0");
	check_timestamp(1577836800000, "2020-01-01 00:00:00.0");
	check_timestamp(1582934400123, "2020-02-29 00:00:00.123");
	check_timestamp(1582934400120, "2020-02-29 00:00:00.12");
	check_timestamp(1582934400100, "2020-02-29 00:00:00.1");
	check_timestamp(1582934400003, "2020-02-29 00:00:00.003");
	check_timestamp(86399999, "1970-01-01 23:59:59.999");
	check_timestamp(253402300799999, "9999-12-31 23:59:59.999");
}
END_TEST

START_TEST(prints_timestamps_before_1970_and_beyond_four_digits)
{
	check_timestamp(-1, "1969-12-31 23:59:59.999");
	check_timestamp(-86400000, "1969-12-31 00:00:00.0");
	check_timestamp(-86400001, "1969-12-30 23:59:59.999");
	check_timestamp(-62167219200000, "0000-01-01 00:00:00.0");
	check_timestamp(-62167219200001, "-0001-12-31 23:59:59.999");
	check_timestamp(253402300800000, "+10000-01-01 00:00:00.0");
	check_timestamp(INT64_MAX, "+292278994-08-17 07:12:55.807");
	check_timestamp(INT64_MIN, "-292275055-05-16 16:47:04.192");
}
END_TEST

static void check_parsed(const char *text, int64_t want)
{
	int64_t ms;

	ck_assert_msg(timestamp_parse(str_of(text), false, &ms), "%s", text);
	ck_assert_msg(ms == want, "%s is %lld", text, (long long)ms);
}

START_TEST(reads_timestamps_in_all_spellings)
{
	check_parsed("2020-02-29", 1582934400000);
	check_parsed("2020-02-29 01:02", 1582934400000 + 3720000);
	check_parsed("2020-02-29T01:02:03", 1582934400000 + 3723000);
	check_parsed("2020-02-29 01:02:03.4", 1582934400000 + 3723400);
	check_parsed("2020-02-29 01:02:03.045678901", 1582934400000 + 3723045);
	check_parsed("2020-02-29T01:02:03Z", 1582934400000 + 3723000);
	check_parsed("2020-02-29T01:02:03+02:00", 1582934400000 + 3723000 - 7200000);
	check_parsed("2020-02-29T01:02:03.5-0330", 1582934400000 + 3723500 + 12600000);
	check_parsed("2020-02-29Z", 1582934400000);
	check_parsed("1969-12-31 23:59:59.9999", -1);
}
END_TEST

START_TEST(refuses_what_is_no_timestamp)
{
	static const char *const bad[] = {
		"",
		"x",
		"2020",
		"2020-01",
		"2020-1-01",
		"2020-01-1",
		"20200101",
		"2020-13-01",
		"2020-00-01",
		"2020-01-00",
		"2020-01-32",
		"2021-02-29",
		"1900-02-29",
		"2020-04-31",
		"2020-01-01 ",
		"2020-01-01T",
		"2020-01-01 1:00",
		"2020-01-01 24:00",
		"2020-01-01 00:60",
		"2020-01-01 00:00:60",
		"2020-01-01 00:00:00.",
		"2020-01-01 00:00:00.1234567890",
		"2020-01-01 00:00:00 ",
		" 2020-01-01",
		"2020-01-01 00:00:00+",
		"2020-01-01 00:00:00+01",
		"2020-01-01 00:00:00+19:00",
		"2020-01-01 00:00:00+01:60",
		"2020-01-01 00:00:00ZZ",
		"20200-01-01",
		"+999999999-01-01",
		"-999999999-01-01",
		"2020-01-01 00:00:00z",
		"2020/01/01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int64_t ms = 4711;

		ck_assert_msg(!timestamp_parse(str_of(bad[i]), false, &ms), "%s", bad[i]);
		ck_assert_int_eq(ms, 4711);
	}
}
END_TEST

START_TEST(reads_epoch_milliseconds_only_when_asked_to)
{
	int64_t ms;

	ck_assert(timestamp_parse(STR("1582934400123"), true, &ms));
	ck_assert_int_eq(ms, 1582934400123);
	ck_assert(timestamp_parse(STR("-5"), true, &ms));
	ck_assert_int_eq(ms, -5);
	ck_assert(!timestamp_parse(STR("1582934400123"), false, &ms));
	ck_assert(timestamp_parse(STR("2020-02-29"), true, &ms));
	ck_assert_int_eq(ms, 1582934400000);
}
END_TEST

START_TEST(reads_back_any_timestamp_it_prints)
{
	uint64_t seed = 51;

	for (int i = 0; i < 100000; i++) {
		int64_t ms = (int64_t)sample_random(&seed) >> sample_random(&seed) % 40, back;
		char buf[TIMESTAMP_CHARS];
		size_t len = timestamp_format(ms, buf);

		ASSERT_ROW(len <= sizeof(buf));
		ASSERT_ROW(timestamp_parse((struct str){ buf, len }, false, &back) && back == ms);
	}
}
END_TEST

/* ---- BOOLEAN ---- */

START_TEST(reads_booleans_in_all_spellings)
{
	bool v = false;

	ck_assert(boolean_parse(STR("TRUE"), &v) && v);
	ck_assert(boolean_parse(STR("false"), &v) && !v);
	ck_assert(boolean_parse(STR("T"), &v) && v);
	ck_assert(boolean_parse(STR("f"), &v) && !v);
	ck_assert(boolean_parse(STR("1"), &v) && v);
	ck_assert(boolean_parse(STR("0"), &v) && !v);
	ck_assert(!boolean_parse(STR(""), &v));
	ck_assert(!boolean_parse(STR("yes"), &v));
	ck_assert(!boolean_parse(STR("10"), &v));
	ck_assert(!boolean_parse(STR("tru"), &v));
}
END_TEST

/* ---- values ---- */

static void check_formatted(struct value v, const char *want)
{
	CLEANUP(strbuf_fini) struct strbuf out = STRBUF_INIT;

	value_format(&v, &out);
	ck_assert_str_eq(strbuf_str(&out).ptr, want);
}

START_TEST(prints_each_type)
{
	check_formatted((struct value){ .type = COL_UNKNOWN, .is_null = true }, "null");
	check_formatted((struct value){ .type = COL_STRING, .is_null = true }, "null");
	check_formatted((struct value){ .type = COL_BOOLEAN, .boolean = true }, "true");
	check_formatted((struct value){ .type = COL_BOOLEAN, .boolean = false }, "false");
	check_formatted((struct value){ .type = COL_INT, .i64 = -7 }, "-7");
	check_formatted((struct value){ .type = COL_LONG, .i64 = INT64_MIN },
			"-9223372036854775808");
	check_formatted((struct value){ .type = COL_DOUBLE, .f64 = 3 }, "3.0");
	check_formatted((struct value){ .type = COL_DOUBLE, .f64 = 0.1 }, "0.1");
	check_formatted((struct value){ .type = COL_FLOAT, .f64 = (double)0.1f }, "0.1");
	check_formatted((struct value){ .type = COL_DOUBLE, .f64 = (double)0.1f },
			"0.10000000149011612");
	check_formatted((struct value){ .type = COL_DOUBLE, .f64 = -__builtin_inf() }, "-Infinity");
	check_formatted((struct value){ .type = COL_TIMESTAMP, .i64 = -1 },
			"1969-12-31 23:59:59.999");
	check_formatted((struct value){ .type = COL_STRING, .str = STR("a\"b") }, "a\"b");
	check_formatted((struct value){ .type = COL_JSON, .str = STR("{}") }, "{}");
	check_formatted((struct value){ .type = COL_BYTES, .str = STR("\x00\xab\x7f") }, "00ab7f");
	check_formatted((struct value){ .type = COL_BYTES, .str = STR("") }, "");
}
END_TEST

/* DOUBLE NaN loses its payload in text; every other value of these types comes back exactly. */
START_TEST(reads_back_any_value_it_prints)
{
	uint64_t seed = 52;

	for (int i = 0; i < 60000; i++) {
		enum col_type type = COL_BOOLEAN + (unsigned)i % (COL_JSON - COL_BOOLEAN + 1);
		struct value v = sample_value(&seed, type), back;
		CLEANUP(strbuf_fini) struct strbuf out = STRBUF_INIT;

		value_format(&v, &out);
		if (!value_parse(strbuf_str(&out), type, &back))
			ck_abort_msg("%s", out.ptr);
		if (col_lane_of(type) == LANE_F64 && v.f64 != v.f64)
			ASSERT_ROW(back.f64 != back.f64);
		else if (!sample_same(&v, &back))
			ck_abort_msg("%s", out.ptr);
	}
}
END_TEST

static bool parses(const char *text, enum col_type type)
{
	struct value v = { .type = COL_TYPE_COUNT };
	bool ok = value_parse(str_of(text), type, &v);

	ck_assert_int_eq(v.type, ok ? type : COL_TYPE_COUNT);
	return ok;
}

START_TEST(refuses_integers_out_of_range)
{
	ck_assert(parses("2147483647", COL_INT));
	ck_assert(parses("-2147483648", COL_INT));
	ck_assert(!parses("2147483648", COL_INT));
	ck_assert(!parses("-2147483649", COL_INT));
	ck_assert(parses("9223372036854775807", COL_LONG));
	ck_assert(!parses("9223372036854775808", COL_LONG));
}
END_TEST

START_TEST(refuses_text_that_is_no_value_of_the_type)
{
	for (enum col_type type = COL_BOOLEAN; type <= COL_TIMESTAMP; type++) {
		ck_assert(!parses("", type));
		ck_assert(!parses("abc", type));
		ck_assert(!parses("1 ", type));
	}
	ck_assert(!parses("1.5", COL_LONG));
	ck_assert(!parses("00ff", COL_BYTES));
	ck_assert(parses("NULL", COL_UNKNOWN));
	ck_assert(!parses("1", COL_UNKNOWN));
}
END_TEST

START_TEST(rounds_float_to_single_precision)
{
	struct value v;

	ck_assert(value_parse(STR("0.1"), COL_FLOAT, &v));
	ck_assert(v.f64 == (double)0.1f);
	ck_assert(value_parse(STR("0.1"), COL_DOUBLE, &v));
	ck_assert(v.f64 == 0.1);
}
END_TEST

START_TEST(borrows_text)
{
	struct str text = STR("some text");
	struct value v;

	ck_assert(value_parse(text, COL_STRING, &v));
	ck_assert_ptr_eq(v.str.ptr, text.ptr);
	ck_assert_uint_eq(v.str.len, text.len);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	CLEANUP(strbuf_fini) struct strbuf out = STRBUF_INIT;
	struct value v = { .type = COL_BYTES, .str = STR("\x01\x02") };

	mem_fail_after(_i);
	value_format(&v, &out);
	mem_fail_after(-1);
	if (strbuf_ok(&out))
		ck_assert_str_eq(out.ptr, "0102");
	else
		ck_assert_uint_eq(out.len, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, counts_days_as_a_walk_through_the_calendar_does);
	tcase_add_test(tc, prints_timestamps_as_java_does);
	tcase_add_test(tc, prints_timestamps_before_1970_and_beyond_four_digits);
	tcase_add_test(tc, reads_timestamps_in_all_spellings);
	tcase_add_test(tc, refuses_what_is_no_timestamp);
	tcase_add_test(tc, reads_epoch_milliseconds_only_when_asked_to);
	tcase_add_test(tc, reads_back_any_timestamp_it_prints);
	tcase_add_test(tc, reads_booleans_in_all_spellings);
	tcase_add_test(tc, prints_each_type);
	tcase_add_test(tc, reads_back_any_value_it_prints);
	tcase_add_test(tc, refuses_integers_out_of_range);
	tcase_add_test(tc, refuses_text_that_is_no_value_of_the_type);
	tcase_add_test(tc, rounds_float_to_single_precision);
	tcase_add_test(tc, borrows_text);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("column/format", tc);
}
