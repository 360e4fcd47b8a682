/* test_json_writer.c - what is written reads back, and escapes are the shortest ones. */
#include <stdlib.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "common/json/json.h"

static struct strbuf out;
static struct json_writer w;
static struct error err;

static void setup(void)
{
	out = (struct strbuf)STRBUF_INIT;
	json_writer_init(&w, &out);
}

static void teardown(void)
{
	strbuf_fini(&out);
}

static void write_all_kinds(void)
{
	json_begin_object(&w);
	json_put_string(&w, "s", STR("x"));
	json_put_i64(&w, "i", INT64_MIN);
	json_put_bool(&w, "t", true);
	json_put_null(&w, "n");
	json_key(&w, "list");
	json_begin_array(&w);
	json_i64(&w, 1);
	json_begin_array(&w);
	json_end_array(&w);
	json_begin_object(&w);
	json_end_object(&w);
	json_f64(&w, 2.5);
	json_bool(&w, false);
	json_null(&w);
	json_string(&w, STR(""));
	json_end_array(&w);
	json_put_i64(&w, "last", 0);
	json_end_object(&w);
}

static const char all_kinds[] = "{\"s\":\"x\",\"i\":-9223372036854775808,\"t\":true,\"n\":null,"
				"\"list\":[1,[],{},2.5,false,null,\"\"],\"last\":0}";

START_TEST(puts_commas_and_colons_where_they_belong)
{
	write_all_kinds();
	ck_assert_str_eq(out.ptr, all_kinds);
}
END_TEST

START_TEST(writes_numbers_that_json_lacks_as_strings)
{
	json_begin_array(&w);
	json_f64(&w, __builtin_nan(""));
	json_f64(&w, __builtin_inf());
	json_f64(&w, -__builtin_inf());
	json_f64(&w, -0.0);
	json_f64(&w, 1e10);
	json_end_array(&w);
	ck_assert_str_eq(out.ptr, "[\"NaN\",\"Infinity\",\"-Infinity\",-0.0,1.0E10]");
}
END_TEST

START_TEST(starts_anew_in_each_array_of_a_list)
{
	json_begin_array(&w);
	for (int i = 0; i < 3; i++) {
		json_begin_array(&w);
		json_i64(&w, i);
		json_i64(&w, i);
		json_end_array(&w);
	}
	json_end_array(&w);
	ck_assert_str_eq(out.ptr, "[[0,0],[1,1],[2,2]]");
}
END_TEST

START_TEST(nests_as_deep_as_there_are_bits)
{
	for (int i = 0; i < 63; i++)
		json_begin_array(&w);
	json_i64(&w, 1);
	json_i64(&w, 2);
	for (int i = 0; i < 63; i++)
		json_end_array(&w);
	ck_assert_uint_eq(out.len, 63 + 3 + 63);
	ck_assert_ptr_nonnull(strstr(out.ptr, "[1,2]"));
}
END_TEST

START_TEST(escapes_keys)
{
	json_begin_object(&w);
	json_put_null(&w, "a\"b");
	json_end_object(&w);
	ck_assert_str_eq(out.ptr, "{\"a\\\"b\":null}");
}
END_TEST

/* ---- escaping ---- */

static void check_escaped(struct str s, const char *want)
{
	strbuf_reset(&out);
	json_escape(&out, s);
	ck_assert_str_eq(out.ptr, want);
}

START_TEST(escapes_only_what_must_be)
{
	check_escaped(STR(""), "\"\"");
	check_escaped(STR("a/b\x7f'"), "\"a/b\x7f'\"");
	check_escaped(STR("\"\\\n\r\t\b\f"), "\"\\\"\\\\\\n\\r\\t\\b\\f\"");
	check_escaped(STR("\0\x01\x0b\x1f "), "\"\\u0000\\u0001\\u000b\\u001f \"");
	check_escaped(STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		      "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}
END_TEST

/* U+FFFD for each longest start of a sequence that cannot go on (Unicode 15, 3.9). */
#define BAD "\xef\xbf\xbd"

START_TEST(replaces_ill_formed_utf8)
{
	check_escaped(STR("a\x80z"), "\"a" BAD "z\"");
	check_escaped(STR("\xc0\xaf"), "\"" BAD BAD "\"");
	check_escaped(STR("\xe0\x9f\xbf"), "\"" BAD BAD BAD "\"");
	check_escaped(STR("\xed\xa0\x80"), "\"" BAD BAD BAD "\"");
	check_escaped(STR("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"");
	check_escaped(STR("\xf8\x88"), "\"" BAD BAD "\"");
	check_escaped(STR("\xe2\x82"), "\"" BAD "\"");
	check_escaped(STR("\xe2\x82x"), "\"" BAD "x\"");
	check_escaped(STR("\xf0\x9f\x98\xc3\xa4"), "\"" BAD "\xc3\xa4\"");
	check_escaped(STR("\xef\xbf\xbf\xf4\x8f\xbf\xbf"), "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"");
}
END_TEST

/* Every kind of byte at every place of a word and of a tail. */
START_TEST(reads_back_as_the_same_text_at_every_length_and_place)
{
	static const char *const specials[] = {
		"\"",   "\\", "\n",       "\x01",         "\x1f",
		"\x7f", " ",  "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"
	};

	for (size_t len = 0; len < 40; len++) {
		for (size_t at = 0; at <= len; at++) {
			for (size_t k = 0; k < ARRAY_SIZE(specials); k++) {
				CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;
				CLEANUP(json_free) struct json *back = NULL;
				struct str got;

				for (size_t i = 0; i < len; i++) {
					if (i == at)
						strbuf_add_str(&text, str_of(specials[k]));
					strbuf_add_char(&text, (char)('a' + i % 26));
				}
				strbuf_reset(&out);
				json_escape(&out, strbuf_str(&text));
				back = json_parse(strbuf_str(&out), &err);
				ASSERT_ROW(json_get_string(back, &got));
				ASSERT_ROW(str_eq(got, strbuf_str(&text)));
			}
		}
	}
}
END_TEST

START_TEST(turns_any_bytes_into_valid_json)
{
	uint64_t seed = 61;

	for (int i = 0; i < 20000; i++) {
		CLEANUP(json_free) struct json *back = NULL;
		char bytes[64];
		size_t len = sample_random(&seed) % sizeof(bytes);

		for (size_t k = 0; k < len; k++) {
			uint64_t r = sample_random(&seed);

			bytes[k] = "\xe2\x82\xf0\x9f\x80\xc3\"\\"[r % 8];
			if (r >> 60 < 6)
				bytes[k] = (char)(r >> 8);
		}
		strbuf_reset(&out);
		json_escape(&out, (struct str){ bytes, len });
		back = json_parse(strbuf_str(&out), &err);
		ASSERT_ROW(back != NULL);
	}
}
END_TEST

START_TEST(escapes_a_long_text_with_a_code_point_across_each_border)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;
	CLEANUP(json_free) struct json *back = NULL;
	struct str got;

	strbuf_add_char(&text, 'x');
	while (text.len < 1 << 20)
		strbuf_add_str(&text, STR("\xe2\x82\xac"));
	json_escape(&out, strbuf_str(&text));
	back = json_parse(strbuf_str(&out), &err);
	ck_assert(json_get_string(back, &got));
	ck_assert(str_eq(got, strbuf_str(&text)));
}
END_TEST

/* In pieces it is the same text, paid for, and can be stopped on the way. */
START_TEST(escapes_a_long_text_in_pieces)
{
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT, once = STRBUF_INIT;
	struct token token = { 0 };
	struct coop coop;

	coop_unlimited(&coop, &token);
	coop.credit = 1000000000;
	for (int i = 0; i < 100000; i++)
		strbuf_printf(&text, "%d\"\xe2\x82\xac\n", i);
	json_escape(&once, strbuf_str(&text));
	ck_assert_int_eq(json_escape_long(&out, strbuf_str(&text), &coop, &err), 0);
	ck_assert(str_eq(strbuf_str(&out), strbuf_str(&once)));
	ck_assert_int_le(coop.credit, 1000000000 - COOP_BYTES(text.len) + 1000);
	strbuf_reset(&out);
	ck_assert_int_eq(json_escape_long(&out, STR(""), &coop, &err), 0);
	ck_assert_str_eq(out.ptr, "\"\"");
	token.reason = CANCEL_USER;
	ck_assert_int_eq(json_escape_long(&out, strbuf_str(&text), &coop, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
	ck_assert_uint_lt(out.len, text.len / 2);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	mem_fail_after(_i);
	write_all_kinds();
	mem_fail_after(-1);
	if (strbuf_ok(&out))
		ck_assert_str_eq(out.ptr, all_kinds);
	ck_assert(strbuf_ok(&out) || _i < 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, puts_commas_and_colons_where_they_belong);
	tcase_add_test(tc, writes_numbers_that_json_lacks_as_strings);
	tcase_add_test(tc, starts_anew_in_each_array_of_a_list);
	tcase_add_test(tc, nests_as_deep_as_there_are_bits);
	tcase_add_test(tc, escapes_keys);
	tcase_add_test(tc, escapes_only_what_must_be);
	tcase_add_test(tc, replaces_ill_formed_utf8);
	tcase_add_test(tc, reads_back_as_the_same_text_at_every_length_and_place);
	tcase_add_test(tc, turns_any_bytes_into_valid_json);
	tcase_add_test(tc, escapes_a_long_text_with_a_code_point_across_each_border);
	tcase_add_test(tc, escapes_a_long_text_in_pieces);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 12);
	return unit_main("json/json_writer", tc);
}
