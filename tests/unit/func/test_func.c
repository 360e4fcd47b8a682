/*
 * test_func.c - names and types to rows, and every row's own example.
 */
#include "tests/unit/func/fixture.h"

#include "broker/func/agg.h"

/* "LONG, STRING" for a call; the match or the error's text. */
static void resolves(const char *name, const char *types, const char *want)
{
	CLEANUP(strbuf_fini) struct strbuf got = STRBUF_INIT;
	enum col_type args[20] = { 0 };
	uint32_t n = 0;
	struct str rest = str_of(types);
	struct func_match m;
	struct error err = { 0 };

	while (rest.len > 0) {
		struct str type = str_trim(str_split(&rest, ','));

		args[n++] = str_eq(type, STR("NULL")) ? COL_UNKNOWN : col_type_find(type);
	}
	if (func_resolve(str_of(name), args, n, &m, &err) < 0) {
		ck_assert_int_eq(err.code, ERR_QUERY_VALIDATION);
		ck_assert_str_eq(err.msg, want);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		strbuf_printf(&got, "%s%s", i ? ", " : "", col_types[m.arg_types[i]].name);
	strbuf_printf(&got, " -> %s", col_types[m.result].name);
	ck_assert_msg(strcmp(got.ptr, want) == 0, "%s(%s): %s, not %s", name, types, got.ptr, want);
}

START_TEST(gives_what_its_example_says)
{
	struct calc k;
	const struct func_def *def;

	calc_init(&k);
	for (size_t i = 0; (def = func_at(i)); i++) {
		if (def->example)
			calc_check(&k, &(struct calc_case){ def->example, def->gives });
		arena_reset(&k.e.arena);
	}
	calc_fini(&k);
}
END_TEST

/* A variant that takes a time zone needs no example of its own. */
START_TEST(has_an_example_for_every_name)
{
	const struct func_def *def, *other;

	for (size_t i = 0; (def = func_at(i)); i++) {
		bool has_example = false;

		for (size_t j = 0; (other = func_at(j)); j++)
			has_example |= strcmp(def->name, other->name) == 0 && other->example;
		ck_assert_msg(has_example, "%s", def->name);
		ck_assert_msg(strspn(def->name, "abcdefghijklmnopqrstuvwxyz0123456789") ==
				      strlen(def->name),
			      "%s", def->name);
		ck_assert(def->example == NULL || strstr(def->example, def->name) != NULL);
	}
}
END_TEST

START_TEST(prefers_exact_then_narrowest)
{
	resolves("plus", "INT, INT", "LONG, LONG -> LONG");
	resolves("plus", "LONG, DOUBLE", "DOUBLE, DOUBLE -> DOUBLE");
	resolves("plus", "FLOAT, INT", "DOUBLE, DOUBLE -> DOUBLE");
	resolves("plus", "TIMESTAMP, INT", "LONG, LONG -> LONG");
	resolves("plus", "TIMESTAMP, DOUBLE", "DOUBLE, DOUBLE -> DOUBLE");
	resolves("plus", "NULL, INT", "LONG, LONG -> LONG");
	resolves("plus", "NULL, NULL", "LONG, LONG -> LONG");
	resolves("sqrt", "INT", "DOUBLE -> DOUBLE");
	resolves("upper", "JSON", "STRING -> STRING");
	resolves("year", "TIMESTAMP", "LONG -> INT");
	resolves("datetrunc", "STRING, TIMESTAMP", "STRING, TIMESTAMP -> TIMESTAMP");
	resolves("datetrunc", "STRING, INT", "STRING, LONG -> LONG");
}
END_TEST

START_TEST(brings_generic_arguments_to_one_type)
{
	resolves("equals", "INT, INT", "INT, INT -> BOOLEAN");
	resolves("equals", "INT, LONG", "LONG, LONG -> BOOLEAN");
	resolves("equals", "INT, FLOAT", "DOUBLE, DOUBLE -> BOOLEAN");
	resolves("equals", "TIMESTAMP, INT", "LONG, LONG -> BOOLEAN");
	resolves("equals", "NULL, STRING", "STRING, STRING -> BOOLEAN");
	resolves("equals", "BYTES, BYTES", "BYTES, BYTES -> BOOLEAN");
	resolves("greatest", "INT, DOUBLE, LONG", "DOUBLE, DOUBLE, DOUBLE -> DOUBLE");
	resolves("greatest", "JSON, STRING", "STRING, STRING -> STRING");
	resolves("equals", "NULL, NULL", "UNKNOWN, UNKNOWN -> BOOLEAN");
}
END_TEST

START_TEST(ignores_case_and_underscores_in_names)
{
	resolves("Starts_With", "STRING, STRING", "STRING, STRING -> BOOLEAN");
	resolves("LESSTHAN", "INT, INT", "INT, INT -> BOOLEAN");
}
END_TEST

START_TEST(repeats_the_last_type_of_a_variadic_call)
{
	resolves("concat", "STRING, JSON, STRING, STRING, STRING, STRING, STRING",
		 "STRING, STRING, STRING, STRING, STRING, STRING, STRING -> STRING");
}
END_TEST

START_TEST(says_what_is_accepted)
{
	resolves("lengt", "STRING", "unknown function lengt; did you mean length?");
	resolves("stdevpop", "INT", "unknown function stdevpop; did you mean stddevpop?");
	resolves("md5", "STRING", "unknown function md5");
	resolves("mean", "INT", "unknown function mean");
	resolves("sq", "INT", "unknown function sq");
	resolves(
		"greatest", "STRING, INT",
		"greatest(STRING, INT) is not defined: the arguments need one common type; use CAST");
	resolves("greatest", "", "greatest() is not defined; use greatest(ANY, ...)");
	resolves("xyzzyplugh", "STRING", "unknown function xyzzyplugh");
	resolves("abs", "STRING", "abs(STRING) is not defined; use abs(LONG) or abs(DOUBLE)");
	resolves("abs", "", "abs() is not defined; use abs(LONG) or abs(DOUBLE)");
	resolves("power", "INT", "power(INT) is not defined; use power(DOUBLE, DOUBLE)");
	resolves(
		"equals", "STRING, INT",
		"equals(STRING, INT) is not defined: the arguments need one common type; use CAST");
	resolves(
		"equals", "BOOLEAN, INT",
		"equals(BOOLEAN, INT) is not defined: the arguments need one common type; use CAST");
	resolves("concat", "LONG, NULL",
		 "concat(LONG, NULL) is not defined; use concat(STRING, ...)");
}
END_TEST

START_TEST(finds_common_types)
{
	static const enum col_type t[][3] = {
		{ COL_INT, COL_INT, COL_INT },
		{ COL_INT, COL_LONG, COL_LONG },
		{ COL_LONG, COL_FLOAT, COL_DOUBLE },
		{ COL_FLOAT, COL_DOUBLE, COL_DOUBLE },
		{ COL_FLOAT, COL_FLOAT, COL_FLOAT },
		{ COL_UNKNOWN, COL_BYTES, COL_BYTES },
		{ COL_TIMESTAMP, COL_LONG, COL_LONG },
		{ COL_TIMESTAMP, COL_TIMESTAMP, COL_TIMESTAMP },
		{ COL_TIMESTAMP, COL_DOUBLE, COL_DOUBLE },
		{ COL_JSON, COL_STRING, COL_STRING },
		{ COL_BYTES, COL_STRING, COL_TYPE_COUNT },
		{ COL_STRING, COL_INT, COL_TYPE_COUNT },
		{ COL_BOOLEAN, COL_INT, COL_TYPE_COUNT },
		{ COL_TIMESTAMP, COL_STRING, COL_TYPE_COUNT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		ck_assert_int_eq(func_common_type(t[i][0], t[i][1]), t[i][2]);
		ck_assert_int_eq(func_common_type(t[i][1], t[i][0]), t[i][2]);
	}
}
END_TEST

/* The message loses its list, no more. */
START_TEST(survives_allocation_failure)
{
	enum col_type type = COL_STRING;
	struct func_match m;
	struct error err = { 0 };

	mem_fail_after(_i);
	ck_assert_int_eq(func_resolve(STR("abs"), &type, 1, &m, &err), -1);
	mem_fail_after(-1);
	ck_assert_int_eq(err.code, ERR_QUERY_VALIDATION);
	ck_assert_ptr_nonnull(strstr(err.msg, "is not defined"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, gives_what_its_example_says);
	tcase_add_test(tc, has_an_example_for_every_name);
	tcase_add_test(tc, prefers_exact_then_narrowest);
	tcase_add_test(tc, brings_generic_arguments_to_one_type);
	tcase_add_test(tc, ignores_case_and_underscores_in_names);
	tcase_add_test(tc, repeats_the_last_type_of_a_variadic_call);
	tcase_add_test(tc, says_what_is_accepted);
	tcase_add_test(tc, finds_common_types);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 5);
	return unit_main("func/func", tc);
}
