/* test_json.c - documents in: kinds, limits, errors with their place. */
#include <stdlib.h>

#include "tests/support/base/unit.h"

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/json/json.h"

static struct error err;
static struct json *doc;

static void teardown(void)
{
	json_free(&doc);
	ck_assert_ptr_null(doc);
}

static const struct json *parse(const char *text)
{
	json_free(&doc);
	doc = json_parse(str_of(text), &err);
	ck_assert_msg(doc != NULL, "%s", err.msg);
	return doc;
}

START_TEST(reads_members_and_items)
{
	const struct json *d = parse("{\"sql\": \"SELECT 1\", \"ids\": [7, 8], \"trace\": false}");
	struct str sql;
	bool trace = true;
	int64_t id;

	ck_assert(json_is_object(d) && !json_is_array(d));
	ck_assert(json_get_string(json_member(d, "sql"), &sql));
	ck_assert(str_eq(sql, STR("SELECT 1")));
	ck_assert(json_get_bool(json_member(d, "trace"), &trace) && !trace);
	ck_assert(json_is_array(json_member(d, "ids")));
	ck_assert_uint_eq(json_array_length(json_member(d, "ids")), 2);
	ck_assert(json_get_i64(json_array_item(json_member(d, "ids"), 1), &id));
	ck_assert_int_eq(id, 8);
}
END_TEST

START_TEST(finds_nothing_in_what_is_absent_or_of_another_kind)
{
	const struct json *d = parse("{\"a\": [1], \"s\": \"1\", \"n\": null, \"f\": 1.0}");
	struct str s;
	bool b;
	int64_t i;
	double f;

	ck_assert_ptr_null(json_member(d, "b"));
	ck_assert_ptr_null(json_member(NULL, "b"));
	ck_assert_ptr_null(json_member(json_member(d, "a"), "b"));
	ck_assert_ptr_null(json_array_item(json_member(d, "a"), 1));
	ck_assert_uint_eq(json_array_length(d), 0);
	ck_assert_uint_eq(json_array_length(NULL), 0);
	ck_assert(!json_get_string(NULL, &s) && !json_get_string(json_member(d, "n"), &s));
	ck_assert(!json_get_i64(json_member(d, "s"), &i) && !json_get_i64(json_member(d, "f"), &i));
	ck_assert(!json_get_f64(json_member(d, "s"), &f));
	ck_assert(!json_get_bool(json_member(d, "n"), &b));
	ck_assert(json_is_null(json_member(d, "n")) && !json_is_null(NULL));
}
END_TEST

START_TEST(reads_numbers_exactly)
{
	const struct json *d = parse("[-9223372036854775808, 9223372036854775807, 0.1, 1e300, 3]");
	int64_t i;
	double f;

	ck_assert(json_get_i64(json_array_item(d, 0), &i) && i == INT64_MIN);
	ck_assert(json_get_i64(json_array_item(d, 1), &i) && i == INT64_MAX);
	ck_assert(json_get_f64(json_array_item(d, 2), &f) && f == 0.1);
	ck_assert(json_get_f64(json_array_item(d, 3), &f) && f == 1e300);
	ck_assert(json_get_f64(json_array_item(d, 4), &f) && f == 3.0);
}
END_TEST

START_TEST(keeps_nul_characters_and_escapes_in_strings)
{
	struct str s;

	ck_assert(json_get_string(parse("\"a\\u0000b\\n\\u00e4\\ud83d\\ude00\""), &s));
	ck_assert(str_eq(s, STR("a\0b\n\xc3\xa4\xf0\x9f\x98\x80")));
}
END_TEST

START_TEST(reads_a_document_that_is_a_single_value)
{
	int64_t i;

	ck_assert(json_get_i64(parse(" 42 "), &i) && i == 42);
	ck_assert(json_is_null(parse("null")));
}
END_TEST

static void check_refused(struct str text, const char *where)
{
	ck_assert_ptr_null(json_parse(text, &err));
	ck_assert_int_eq(err.code, ERR_JSON_PARSING);
	ck_assert_msg(strstr(err.msg, where) == err.msg, "%s", err.msg);
}

START_TEST(says_where_a_text_is_malformed)
{
	check_refused(STR("{\"sql\": \"SELECT 1\",}"), "line 1, column 20: ");
	check_refused(STR("{\n  \"sql\" 1}"), "line 2, column 9: ");
	check_refused(STR("{} x"), "line 1, column 4: ");
	check_refused(STR(""), "line 1, column 0: ");
	check_refused((struct str){ NULL, 0 }, "line 1, column 0: ");
	check_refused(STR("\"\xff\""), "line 1, column ");
	check_refused(STR("[99999999999999999999]"), "line 1, column ");
	check_refused(STR("[1e999]"), "line 1, column ");
	check_refused(STR("{\n\"\xc3\xa4\": 1\0}"), "line 2, column 7: ");
}
END_TEST

START_TEST(refuses_a_key_that_occurs_twice)
{
	check_refused(STR("{\"sql\": \"a\", \"sql\": \"b\"}"), "line 1, column ");
}
END_TEST

START_TEST(refuses_endless_nesting)
{
	char text[10000];

	memset(text, '[', sizeof(text));
	check_refused((struct str){ text, sizeof(text) }, "line 1, column ");
}
END_TEST

static void check_text(const char *text, const char *want)
{
	CLEANUP(strbuf_fini) struct strbuf out = STRBUF_INIT;

	json_text(parse(text), &out);
	ck_assert_str_eq(strbuf_str(&out).ptr, want);
}

START_TEST(gives_the_text_of_any_value)
{
	CLEANUP(strbuf_fini) struct strbuf out = STRBUF_INIT;

	check_text("\"a b\"", "a b");
	check_text("-12", "-12");
	check_text("1.50", "1.5");
	check_text("1e10", "1.0E10");
	check_text("true", "true");
	check_text("false", "false");
	check_text("null", "null");
	check_text("{\"a\": 1}", "");
	check_text("[1]", "");
	json_text(NULL, &out);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Out of memory is not the client's mistake. */
START_TEST(survives_allocation_failure)
{
	struct str text = STR("{\"a\": [1, 2.5, \"some text that is not short\"], \"b\": {}}");

	mem_fail_after(_i);
	doc = json_parse(text, &err);
	mem_fail_after(-1);
	if (doc)
		ck_assert_uint_eq(json_array_length(json_member(doc, "a")), 3);
	else
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, reads_members_and_items);
	tcase_add_test(tc, finds_nothing_in_what_is_absent_or_of_another_kind);
	tcase_add_test(tc, reads_numbers_exactly);
	tcase_add_test(tc, keeps_nul_characters_and_escapes_in_strings);
	tcase_add_test(tc, reads_a_document_that_is_a_single_value);
	tcase_add_test(tc, says_where_a_text_is_malformed);
	tcase_add_test(tc, refuses_a_key_that_occurs_twice);
	tcase_add_test(tc, refuses_endless_nesting);
	tcase_add_test(tc, gives_the_text_of_any_value);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 30);
	return unit_main("json/json", tc);
}
