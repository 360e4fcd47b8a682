/*
 * test_time.c - the calendar's edges: leap days, year ends, ISO weeks, times before 1970.
 */
#include "tests/unit/func/fixture.h"

/* What messages list. */
#define FIELDS                                                                             \
	"there are year, quarter, month, monthofyear, week, weekofyear, yearofweek, yow, " \
	"day, dayofmonth, dayofweek, dow, dayofyear, doy, hour, minute, second, millisecond"
#define FIXED_UNITS "there are millisecond, second, minute, hour, day, week"
#define UNITS       FIXED_UNITS ", month, quarter, year"

START_TEST(reads_fields_before_and_after_1970)
{
	static const struct calc_case cases[] = {
		{ "year(0)", "1970" },
		{ "year(-1)", "1969" },
		{ "month(-1)", "12" },
		{ "day(-1)", "31" },
		{ "hour(-1)", "23" },
		{ "minute(-1)", "59" },
		{ "second(-1)", "59" },
		{ "millisecond(-1)", "999" },
		{ "dayofweek(-1)", "3" },
		{ "dayofyear(-1)", "365" },
		{ "year(TIMESTAMP '2000-02-29 23:59:59.999')", "2000" },
		{ "dayofyear(TIMESTAMP '2000-12-31')", "366" },
		{ "dayofyear(TIMESTAMP '1900-12-31')", "365" },
		{ "quarter(TIMESTAMP '2024-12-31')", "4" },
		{ "quarter(TIMESTAMP '2024-04-01')", "2" },
		{ "year(9223372036854775807)", "292278994" },
		{ "month(-9223372036854775808)", "5" },
		{ "year(NULL)", "null" },
		{ "year(0, 'UTC')", "1970" },
		{ "year(0, 'Europe/Berlin')",
		  "!year: the only time zone is UTC, not 'Europe/Berlin'" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* The table of the ISO 8601 article: years that end or begin in the other's week. */
START_TEST(counts_iso_weeks)
{
	static const struct calc_case cases[] = {
		{ "week(TIMESTAMP '2005-01-01')", "53" },
		{ "yearofweek(TIMESTAMP '2005-01-01')", "2004" },
		{ "week(TIMESTAMP '2005-12-31')", "52" },
		{ "week(TIMESTAMP '2007-01-01')", "1" },
		{ "yearofweek(TIMESTAMP '2007-12-31')", "2008" },
		{ "week(TIMESTAMP '2007-12-31')", "1" },
		{ "week(TIMESTAMP '2008-12-28')", "52" },
		{ "yearofweek(TIMESTAMP '2008-12-29')", "2009" },
		{ "week(TIMESTAMP '2009-12-31')", "53" },
		{ "yow(TIMESTAMP '2010-01-03')", "2009" },
		{ "dow(TIMESTAMP '2010-01-03')", "7" },
		{ "dow(TIMESTAMP '2010-01-04')", "1" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(extracts_by_unit)
{
	static const struct calc_case cases[] = {
		{ "extract('YEAR', TIMESTAMP '2024-03-05')", "2024" },
		{ "extract('dow', TIMESTAMP '2024-03-05')", "2" },
		{ "extract('DAY_OF_YEAR', TIMESTAMP '2024-03-05')", "65" },
		{ "extract('MILLISECOND', -1)", "999" },
		{ "extract(concat(repeat('_', 40), 'day'), 0)",
		  "!extract: '________________________________________day' is no unit of time here; " FIELDS },
		{ "extract('CENTURY', 0)", "!extract: 'CENTURY' is no unit of time here; " FIELDS },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(truncates)
{
	static const struct calc_case cases[] = {
		{ "datetrunc('MILLISECOND', -1)", "-1" },
		{ "datetrunc('second', -1)", "-1000" },
		{ "datetrunc('day', -1)", "-86400000" },
		{ "datetrunc('hour', TIMESTAMP '2024-03-05 06:07:08')", "2024-03-05 06:00:00.0" },
		{ "datetrunc('WEEK', TIMESTAMP '2024-03-05 06:07:08')", "2024-03-04 00:00:00.0" },
		{ "datetrunc('week', TIMESTAMP '1970-01-01')", "1969-12-29 00:00:00.0" },
		{ "datetrunc('week', TIMESTAMP '1969-12-28 23:00:00')", "1969-12-22 00:00:00.0" },
		{ "datetrunc('month', TIMESTAMP '1969-12-31')", "1969-12-01 00:00:00.0" },
		{ "datetrunc('quarter', TIMESTAMP '2024-03-31')", "2024-01-01 00:00:00.0" },
		{ "datetrunc('quarter', TIMESTAMP '2024-12-31')", "2024-10-01 00:00:00.0" },
		{ "datetrunc('year', TIMESTAMP '2024-12-31')", "2024-01-01 00:00:00.0" },
		{ "datetrunc('days', 86400001)", "86400000" },
		{ "datetrunc('day', 1, 'DAYS')", "1" },
		{ "datetrunc('month', 40, 'DAYS', 'UTC', 'DAYS')", "31" },
		{ "datetrunc('day', 0, 'SECONDS', 'CET')",
		  "!datetrunc: the only time zone is UTC, not 'CET'" },
		{ "datetrunc('day', 0, 'MONTHS')",
		  "!datetrunc: 'MONTHS' is no unit of time here; " FIXED_UNITS },
		{ "datetrunc('fortnight', 0)",
		  "!datetrunc: 'fortnight' is no unit of time here; " UNITS },
		{ "datetrunc('day', 9223372036854775807, 'DAYS')",
		  "!datetrunc: 9223372036854775807 is beyond the range of time" },
		{ "datetrunc('year', -9223372036854775808)",
		  "!datetrunc: -9223372036854775808 is beyond the range of time" },
		{ "datetrunc('week', -9223372036854775808)",
		  "!datetrunc: -9223372036854775808 is beyond the range of time" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(adds_units)
{
	static const struct calc_case cases[] = {
		{ "timestampadd('MONTH', 1, TIMESTAMP '2023-01-31 10:00:00')",
		  "2023-02-28 10:00:00.0" },
		{ "timestampadd('month', -1, TIMESTAMP '2024-03-31')", "2024-02-29 00:00:00.0" },
		{ "timestampadd('year', 1, TIMESTAMP '2024-02-29')", "2025-02-28 00:00:00.0" },
		{ "timestampadd('quarter', -1, TIMESTAMP '2024-01-15')", "2023-10-15 00:00:00.0" },
		{ "timestampadd('SQL_TSI_DAY', 1, TIMESTAMP '2024-02-28')",
		  "2024-02-29 00:00:00.0" },
		{ "timestampadd('week', 1, TIMESTAMP '2024-02-28')", "2024-03-06 00:00:00.0" },
		{ "dateadd('millisecond', -1, TIMESTAMP '1970-01-01')", "1969-12-31 23:59:59.999" },
		{ "dateadd('month', -1, -1)", "-2678400001" },
		{ "dateadd('day', 9223372036854775807, 0)",
		  "!dateadd: 9223372036854775807 is beyond the range of time" },
		{ "dateadd('year', 9223372036854775807, 0)",
		  "!dateadd: 9223372036854775807 is beyond the range of time" },
		{ "dateadd('year', 300000000, 0)",
		  "!dateadd: 300000000 is beyond the range of time" },
		{ "dateadd('moon', 1, 0)", "!dateadd: 'moon' is no unit of time here; " UNITS },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(counts_whole_units_between_times)
{
	static const struct calc_case cases[] = {
		{ "timestampdiff('day', TIMESTAMP '2024-02-28', TIMESTAMP '2024-03-01')", "2" },
		{ "timestampdiff('day', 0, 86399999)", "0" },
		{ "timestampdiff('day', 0, -86399999)", "0" },
		{ "timestampdiff('month', TIMESTAMP '2024-01-31', TIMESTAMP '2024-02-29')", "1" },
		{ "timestampdiff('month', TIMESTAMP '2024-01-15', TIMESTAMP '2024-02-14 23:59:59')",
		  "0" },
		{ "timestampdiff('month', TIMESTAMP '2024-02-15', TIMESTAMP '2024-01-16')", "0" },
		{ "timestampdiff('month', TIMESTAMP '2024-02-15', TIMESTAMP '2024-01-15')", "-1" },
		/* Joda-Time's numbers, either way. */
		{ "timestampdiff('month', TIMESTAMP '2000-02-29 12:00:00', "
		  "TIMESTAMP '2031-09-30 05:02:00')",
		  "379" },
		{ "timestampdiff('month', TIMESTAMP '2031-09-30 05:02:00', "
		  "TIMESTAMP '2000-02-29 12:00:00')",
		  "-379" },
		{ "timestampdiff('month', TIMESTAMP '2024-03-31', TIMESTAMP '2024-02-29')", "-1" },
		{ "timestampdiff('year', TIMESTAMP '2024-02-29', TIMESTAMP '2025-02-28')", "1" },
		{ "timestampdiff('year', TIMESTAMP '2025-02-28', TIMESTAMP '2024-02-29')", "-1" },
		/* To August 17, the last day there is, from July 17 and July 20. */
		{ "timestampdiff('month', 9223372034176375807, 9223372036854775807)", "1" },
		{ "timestampdiff('month', 9223372034435575807, 9223372036854775807)", "0" },
		{ "timestampdiff('year', TIMESTAMP '2020-02-29', TIMESTAMP '2024-02-28')", "3" },
		{ "timestampdiff('quarter', TIMESTAMP '2024-01-01', TIMESTAMP '2024-12-31')", "3" },
		{ "datediff('week', TIMESTAMP '2024-01-01', TIMESTAMP '2024-01-15')", "2" },
		{ "datediff('second', 9223372036854775807, -2)",
		  "!datediff: -2 is beyond the range of time" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(converts_epochs)
{
	static const struct calc_case cases[] = {
		{ "toepochdays(-1)", "0" },
		{ "toepochsecondsbucket(10, 0)", "!toepochsecondsbucket: a bucket cannot hold 0" },
		{ "fromepochdays(9223372036854775807)",
		  "!fromepochdays: 9223372036854775807 is beyond the range of time" },
		{ "fromepochdaysbucket(106751991168, 1)",
		  "!fromepochdaysbucket: 106751991168 is beyond the range of time" },
		{ "fromepochdays(106751991167)", "9223372036828800000" },
		{ "timeconvert(1, 'DAYS', 'MINUTES')", "1440" },
		{ "timeconvert(59, 'SECONDS', 'minutes')", "0" },
		{ "totimestamp(NULL)", "null" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* Two batches through one call site, whose constants differ: a column of one value may have another
 * in the next segment. */
START_TEST(looks_constants_up_in_every_batch)
{
	static const enum col_type types[] = { COL_STRING, COL_LONG };
	static const char *const names[] = { "day", "hour" };
	struct sel sel = { NULL, 2 };
	int64_t times[] = { 90061001, 90061001 }, out[2], want[] = { 86400000, 90000000 };
	struct strv unit;
	struct column cols[] = { { COL_STRING, COL_CONST, &unit, NULL, NULL },
				 { COL_LONG, COL_FLAT, times, NULL, NULL } };
	static _Alignas(16) char state[256];
	struct func_match m;
	struct func_call c = { 0 };
	struct calc k;

	calc_init(&k);
	ck_assert_int_eq(func_resolve(STR("dateTrunc"), types, 2, &m, &k.e.err), 0);
	ck_assert_uint_le(m.def->state_size, sizeof(state));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		unit = strv_make(names[i], strlen(names[i]));
		c = (struct func_call){ .def = m.def,
					.args = cols,
					.n_args = 2,
					.type = m.result,
					.sel = &sel,
					.out = out,
					.state = state,
					.coop = &k.e.coop,
					.err = &k.e.err };
		ck_assert_int_eq(m.def->kernel(&c), STEP_DONE);
		ck_assert(out[0] == want[i] && out[1] == want[i]);
	}
	calc_fini(&k);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct calc k;
	struct value v;

	calc_init(&k);
	k.is_brief = true;
	mem_fail_after(_i);
	ck_assert_int_eq(calc_eval(&k, "datetrunc('month', 3000000000)", &v), 0);
	mem_fail_after(-1);
	ck_assert_int_eq(v.i64, 2678400000);
	calc_fini(&k);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, reads_fields_before_and_after_1970);
	tcase_add_test(tc, counts_iso_weeks);
	tcase_add_test(tc, extracts_by_unit);
	tcase_add_test(tc, truncates);
	tcase_add_test(tc, adds_units);
	tcase_add_test(tc, counts_whole_units_between_times);
	tcase_add_test(tc, converts_epochs);
	tcase_add_test(tc, looks_constants_up_in_every_batch);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 1);
	return unit_main("func/time", tc);
}
