/*
 * test_datetime.c - patterns, letter by letter, there and back; durations.
 */
#include "tests/unit/func/fixture.h"

START_TEST(prints_every_letter)
{
#define T "TIMESTAMP '2024-03-05 16:07:08.045'"
	static const struct calc_case cases[] = {
		{ "todatetime(" T ", 'yyyy-MM-dd HH:mm:ss.SSS')", "2024-03-05 16:07:08.045" },
		{ "todatetime(" T ", 'y yy yyyyy Y u')", "2024 24 02024 2024 2024" },
		{ "todatetime(" T ", 'M MM MMM MMMM')", "3 03 Mar March" },
		{ "todatetime(" T ", 'd dd D DDD')", "5 05 65 065" },
		{ "todatetime(" T ", 'e E EEE EEEE')", "2 Tue Tue Tuesday" },
		{ "todatetime(" T ", 'xxxx w ww')", "2024 10 10" },
		{ "todatetime(" T ", 'H HH k K h hh a')", "16 16 16 4 4 04 PM" },
		{ "todatetime(TIMESTAMP '2024-03-05', 'H k K h a')", "0 24 0 12 AM" },
		{ "todatetime(" T ", 'm mm s ss')", "7 07 8 08" },
		{ "todatetime(" T ", 'S SS SSS SSSSSS')", "0 04 045 045000" },
		{ "todatetime(" T ", 'Z ZZ ZZZ z')", "+0000 +00:00 UTC UTC" },
		{ "todatetime(" T ", 'yyyy''T''HH')", "2024T16" },
		{ "todatetime(" T ", '''o''''clock'' H ''''')", "o'clock 16 '" },
		{ "todatetime(" T ", '')", "" },
		{ "todatetime(-1, 'yyyy-MM-dd HH:mm:ss.SSS')", "1969-12-31 23:59:59.999" },
		{ "todatetime(-62198755200000, 'yyyy')", "-0001" },
		{ "todatetime(9223372036854775807, 'yyyy-MM-dd')", "292278994-08-17" },
		{ "todatetime(0, 'yyyy-MM-dd', 'Etc/UTC')", "1970-01-01" },
		{ "todatetime(0, 'yyyy', 'EST')",
		  "!todatetime: the only time zone is UTC, not 'EST'" },
		{ "todatetime(0, 'yyyy q')",
		  "!todatetime: the letter q means nothing in a pattern" },
		{ "todatetime(0, '''open')",
		  "!todatetime: a quote is open in the pattern ''open'" },
		{ "todatetime(0, repeat('y', 21))",
		  "!todatetime: the letter y is repeated too often" },
		{ "todatetime(0, repeat('-', 129))", "!todatetime: the pattern is too long" },
		{ "length(todatetime(0, repeat('yM', 64)))", "320" },
	};
#undef T

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(reads_what_it_prints)
{
	static const struct calc_case cases[] = {
		{ "fromdatetime('2024-03-05 16:07:08.045', 'yyyy-MM-dd HH:mm:ss.SSS')",
		  "1709654828045" },
		{ "fromdatetime('20240305', 'yyyyMMdd')", "1709596800000" },
		{ "fromdatetime('2024-3-5', 'yyyy-M-d')", "1709596800000" },
		{ "fromdatetime('1970', 'yyyy')", "0" },
		{ "fromdatetime('Tue 5 March 2024', 'EEE d MMMM yyyy')", "1709596800000" },
		{ "fromdatetime('5 mar 2024', 'd MMM yyyy')", "1709596800000" },
		{ "fromdatetime('2024-065', 'yyyy-DDD')", "1709596800000" },
		{ "fromdatetime('4:05 PM', 'h:mm a')", "57900000" },
		{ "fromdatetime('12:05 am', 'h:mm a')", "300000" },
		{ "fromdatetime('24', 'k')", "0" },
		{ "fromdatetime('1970-01-01T00:00:01Z', 'yyyy-MM-dd''T''HH:mm:ssZ')", "1000" },
		{ "fromdatetime('1970-01-01 +00:00', 'yyyy-MM-dd ZZ')", "0" },
		{ "fromdatetime('69', 'yy')", "-31536000000" },
		{ "fromdatetime('43', 'yy')", "-852076800000" },
		{ "fromdatetime('42', 'yy')", "2272147200000" },
		{ "fromdatetime('00:00:00.5', 'HH:mm:ss.S')", "500" },
		{ "fromdatetime('00:00:00.123456', 'HH:mm:ss.SSSSSS')", "123" },
		{ "fromdatetime('-0044-03-15', 'yyyy-MM-dd')", "-63549360000000" },
		{ "fromdatetime('1970', 'yyyy', 'UTC')", "0" },
		{ "fromdatetime(todatetime(-1, 'yyyyMMddHHmmssSSS'), 'yyyyMMddHHmmssSSS')", "-1" },
		{ "fromdatetime(todatetime(-9223372036854775807, 'yyyy-MM-dd HH:mm:ss.SSS'), "
		  "'yyyy-MM-dd HH:mm:ss.SSS')",
		  "-9223372036854775807" },
		{ "fromdatetime(todatetime(9223372036854775807, 'yyyy-MM-dd HH:mm:ss.SSS'), "
		  "'yyyy-MM-dd HH:mm:ss.SSS')",
		  "9223372036854775807" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(refuses_what_is_no_time)
{
	static const struct calc_case cases[] = {
		{ "fromdatetime('2024-02-30', 'yyyy-MM-dd')",
		  "!cannot read '2024-02-30' as 'yyyy-MM-dd'" },
		{ "fromdatetime('2023-366', 'yyyy-DDD')", "!cannot read '2023-366' as 'yyyy-DDD'" },
		{ "fromdatetime('2024-13-01', 'yyyy-MM-dd')",
		  "!cannot read '2024-13-01' as 'yyyy-MM-dd'" },
		{ "fromdatetime('24:00', 'HH:mm')", "!cannot read '24:00' as 'HH:mm'" },
		{ "fromdatetime('2024-01-01x', 'yyyy-MM-dd')",
		  "!cannot read '2024-01-01x' as 'yyyy-MM-dd'" },
		{ "fromdatetime('2024-01', 'yyyy-MM-dd')",
		  "!cannot read '2024-01' as 'yyyy-MM-dd'" },
		{ "fromdatetime('', 'yyyy')", "!cannot read '' as 'yyyy'" },
		{ "fromdatetime('Foo 2024', 'MMM yyyy')", "!cannot read 'Foo 2024' as 'MMM yyyy'" },
		{ "fromdatetime('+01:00', 'ZZ')", "!cannot read '+01:00' as 'ZZ'" },
		{ "fromdatetime('10', 'w')", "!cannot read '10' as 'w'" },
		{ "fromdatetime('-292275055-05-16', 'yyyy-MM-dd')",
		  "!cannot read '-292275055-05-16' as 'yyyy-MM-dd'" },
		{ "fromdatetime('292278994-08-18', 'yyyy-MM-dd')",
		  "!cannot read '292278994-08-18' as 'yyyy-MM-dd'" },
		{ "fromdatetime('999999999-08-18', 'yyyy-MM-dd')",
		  "!cannot read '999999999-08-18' as 'yyyy-MM-dd'" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(speaks_iso_8601)
{
	static const struct calc_case cases[] = {
		{ "toiso8601(TIMESTAMP '2024-02-29 01:02:03.4')", "2024-02-29T01:02:03.400Z" },
		{ "fromiso8601('2024-02-29T01:02:03.400Z')", "1709168523400" },
		{ "fromiso8601('2024-02-29T01:02:03+01:00')", "1709164923000" },
		{ "fromiso8601('tomorrow')", "!cannot read 'tomorrow' as ISO 8601" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(knows_the_statements_clock)
{
#define IS_NO(x) "!ago: '" x "' is no ISO 8601 duration such as 'PT1H30M'"
	static const struct calc_case cases[] = {
		{ "now()", "1700000000000" },
		{ "minus(now(), ago('PT1H'))", "3600000" },
		{ "minus(now(), ago('P2DT3H4M5.678S'))", "183845678" },
		{ "minus(now(), ago('pt10s'))", "10000" },
		{ "minus(now(), ago('-PT10S'))", "-10000" },
		{ "minus(now(), ago('PT-10S'))", "-10000" },
		{ "minus(now(), ago('PT1H-30M'))", "1800000" },
		{ "minus(now(), ago('PT0.0005S'))", "0" },
		{ "ago('')", IS_NO("") },
		{ "ago('P')", IS_NO("P") },
		{ "ago('PT')", IS_NO("PT") },
		{ "ago('1H')", IS_NO("1H") },
		{ "ago('P1H')", IS_NO("P1H") },
		{ "ago('PT1D')", IS_NO("PT1D") },
		{ "ago('PT1.5M')", IS_NO("PT1.5M") },
		{ "ago('PT99999999999S')", IS_NO("PT99999999999S") },
		{ "ago('PT1H ')", IS_NO("PT1H ") },
		{ "ago('PT1H1H')", IS_NO("PT1H1H") },
		{ "ago('PT1M1H')", IS_NO("PT1M1H") },
		{ "ago('PT1H1D')", IS_NO("PT1H1D") },
		{ "ago('P1DT')", IS_NO("P1DT") },
	};
#undef IS_NO

	CALC_CHECK_ALL(cases);
}
END_TEST

/* A column of one pattern may have another in the next segment. */
START_TEST(compiles_a_constant_pattern_in_every_batch)
{
	static const enum col_type types[] = { COL_STRING, COL_STRING };
	static const char *const patterns[] = { "yyyyMMdd", "yyyyddMM" };
	struct sel sel = { NULL, 1 };
	struct strv text = strv_make("19700201", 8), pattern;
	int64_t out, want[] = { 31 * 86400000ll, 86400000 };
	struct column cols[] = { { COL_STRING, COL_FLAT, &text, NULL, NULL },
				 { COL_STRING, COL_CONST, &pattern, NULL, NULL } };
	static _Alignas(16) char state[65536];
	struct func_match m;
	struct func_call c = { 0 };
	struct calc k;

	calc_init(&k);
	ck_assert_int_eq(func_resolve(STR("fromDateTime"), types, 2, &m, &k.e.err), 0);
	ck_assert_uint_le(m.def->state_size, sizeof(state));
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		pattern = strv_make(patterns[i], strlen(patterns[i]));
		c = (struct func_call){ .def = m.def,
					.args = cols,
					.n_args = 2,
					.type = m.result,
					.sel = &sel,
					.out = &out,
					.state = state,
					.coop = &k.e.coop,
					.err = &k.e.err };
		ck_assert_int_eq(m.def->kernel(&c), STEP_DONE);
		ck_assert_int_eq(out, want[i]);
	}
	calc_fini(&k);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	calc_survives("todatetime(1700000000000, 'yyyy-MM-dd HH:mm:ss')", "2023-11-14 22:13:20",
		      _i);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, prints_every_letter);
	tcase_add_test(tc, reads_what_it_prints);
	tcase_add_test(tc, refuses_what_is_no_time);
	tcase_add_test(tc, speaks_iso_8601);
	tcase_add_test(tc, knows_the_statements_clock);
	tcase_add_test(tc, compiles_a_constant_pattern_in_every_batch);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("func/datetime", tc);
}
