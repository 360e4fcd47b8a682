/*
 * test_agg.c - names, argument types and result types of aggregates.
 */
#include "tests/unit/func/agg_fixture.h"

/* "arg -> single stage, multi stage" for a name and a type, or the error's text. */
static const char *resolve(const char *name, enum col_type type)
{
	static char text[1100];
	const struct agg_def *def;
	struct error err = { 0 };
	enum col_type arg;
	int r = agg_resolve(str_of(name), &type, 1, &def, &arg, &err);

	if (r == 1)
		return "none";
	if (r < 0) {
		ck_assert_int_eq(err.code, ERR_QUERY_VALIDATION);
		(void)snprintf(text, sizeof(text), "%s", err.msg);
	} else {
		(void)snprintf(text, sizeof(text), "%s -> %s, %s", col_types[arg].name,
			       col_types[def->result(arg, DIALECT_SINGLE_STAGE)].name,
			       col_types[def->result(arg, DIALECT_MULTI_STAGE)].name);
	}
	return text;
}

START_TEST(resolves_by_name_and_type)
{
	static const struct {
		const char *name;
		enum col_type type;
		const char *want;
	} cases[] = {
		{ "count", COL_JSON, "JSON -> LONG, LONG" },
		{ "sum", COL_INT, "INT -> DOUBLE, LONG" },
		{ "sum", COL_LONG, "LONG -> DOUBLE, LONG" },
		{ "sum", COL_FLOAT, "FLOAT -> DOUBLE, DOUBLE" },
		{ "sum", COL_UNKNOWN, "LONG -> DOUBLE, LONG" },
		{ "min", COL_INT, "INT -> DOUBLE, INT" },
		{ "max", COL_FLOAT, "FLOAT -> DOUBLE, FLOAT" },
		{ "max", COL_TIMESTAMP, "TIMESTAMP -> TIMESTAMP, TIMESTAMP" },
		{ "min", COL_STRING, "STRING -> STRING, STRING" },
		{ "min", COL_JSON, "STRING -> STRING, STRING" },
		{ "min", COL_BYTES, "BYTES -> BYTES, BYTES" },
		{ "max", COL_BOOLEAN, "BOOLEAN -> BOOLEAN, BOOLEAN" },
		{ "avg", COL_LONG, "LONG -> DOUBLE, DOUBLE" },
		{ "avg", COL_TIMESTAMP, "LONG -> DOUBLE, DOUBLE" },
		{ "STDDEV_POP", COL_INT, "DOUBLE -> DOUBLE, DOUBLE" },
		{ "bool_and", COL_BOOLEAN, "BOOLEAN -> BOOLEAN, BOOLEAN" },
		{ "anyValue", COL_STRING, "STRING -> STRING, STRING" },
		{ "sumLong", COL_INT, "INT -> LONG, LONG" },
		{ "minmaxrange", COL_LONG, "DOUBLE -> DOUBLE, DOUBLE" },
		{ "upper", COL_STRING, "none" },
		{ "sum", COL_STRING, "sum(STRING) is not defined; use sum(LONG) or sum(DOUBLE)" },
		{ "booland", COL_INT, "booland(INT) is not defined; use booland(BOOLEAN)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_str_eq(resolve(cases[i].name, cases[i].type), cases[i].want);
}
END_TEST

START_TEST(wants_one_argument_or_a_star)
{
	static const enum col_type types[] = { COL_INT, COL_INT };
	const struct agg_def *def;
	struct error err = { 0 };
	enum col_type arg;

	ck_assert_int_eq(agg_resolve(STR("COUNT"), NULL, 0, &def, &arg, &err), 0);
	ck_assert(def->arg == FT_END && !def->skips_null);
	ck_assert_int_eq(agg_resolve(STR("sum"), NULL, 0, &def, &arg, &err), -1);
	ck_assert_str_eq(err.msg, "sum() is not defined; use sum(LONG) or sum(DOUBLE)");
	ck_assert_int_eq(agg_resolve(STR("count"), types, 2, &def, &arg, &err), -1);
	ck_assert_str_eq(err.msg, "count(INT, INT) is not defined; use count(*) or count(ANY)");
}
END_TEST

START_TEST(knows_names_that_mean_distinct)
{
	struct str inner;

	ck_assert(agg_is_distinct_name(STR("DISTINCT_COUNT"), &inner));
	ck_assert(str_eq(inner, STR("count")));
	ck_assert(agg_is_distinct_name(STR("distinctAvg"), &inner));
	ck_assert(str_eq(inner, STR("avg")));
	ck_assert(agg_is_distinct_name(STR("distinctCountHLL"), &inner));
	ck_assert(!agg_is_distinct_name(STR("count"), &inner));
}
END_TEST

START_TEST(lists_rows_that_are_whole)
{
	const struct agg_def *def;
	size_t n = 0;

	for (; (def = agg_at(n)); n++) {
		ck_assert(def->result && def->update && def->merge && def->finish && def->doc);
		ck_assert_uint_eq(def->state_size % 8, 0);
		ck_assert(def->skips_null || def->arg == FT_END);
	}
	ck_assert_uint_gt(n, 30);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	mem_fail_after(_i);
	ck_assert_ptr_nonnull(strstr(resolve("sum", COL_STRING), "is not defined"));
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, resolves_by_name_and_type);
	tcase_add_test(tc, wants_one_argument_or_a_star);
	tcase_add_test(tc, knows_names_that_mean_distinct);
	tcase_add_test(tc, lists_rows_that_are_whole);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("func/agg", tc);
}
