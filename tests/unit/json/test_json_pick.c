/*
 * test_json_pick.c - a long text read in pieces gives what json_parse() gives, mistakes and
 * their places included.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/fiber.h"
#include "common/base/mem.h"
#include "common/json/json.h"
#include "common/json/json_pick.h"
#include "tests/support/base/unit.h"

#define N_PICKS 3

static struct token token;
static struct json_pick picks[N_PICKS];
static struct error err;

static void setup(void)
{
	static const char *const keys[N_PICKS] = { "sql", "queryOptions", "\xc3\xa4" };

	(void)mem_fail_after(-1);
	token = (struct token){ 0 };
	err = (struct error){ 0 };
	for (size_t i = 0; i < N_PICKS; i++)
		picks[i] = (struct json_pick){ .key = keys[i] };
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	json_pick_fini(picks, N_PICKS);
}

static void again(void)
{
	teardown();
	setup();
}

/* ---- ways to read ---- */

static int at_once(struct str text, size_t piece_bytes)
{
	struct coop coop;

	coop_unlimited(&coop, &token);
	return json_pick(text, piece_bytes, picks, N_PICKS, &coop, &err);
}

struct job {
	struct str text;
	size_t piece_bytes;
	struct coop coop;
	int result;
};

static void pick_main(void *arg)
{
	struct job *j = arg;

	j->result = json_pick(j->text, j->piece_bytes, picks, N_PICKS, &j->coop, &err);
}

/* In a fiber with so much credit per poll; counts the polls and cancels at one of them. */
static int in_fiber(struct str text, size_t piece_bytes, int64_t credit, uint64_t cancel_at,
		    uint64_t *n_polls)
{
	struct job j = { .text = text, .piece_bytes = piece_bytes };
	struct error no_fiber = { 0 };
	struct fiber *f = fiber_new(pick_main, &j, &no_fiber);
	bool is_over = false;

	if (!f) {
		err = no_fiber;
		return -1;
	}
	j.coop.token = &token;
	for (*n_polls = 0; !is_over; ++*n_polls) {
		if (cancel_at > 0 && *n_polls == cancel_at)
			ck_assert(token_set(&token, CANCEL_CLIENT_GONE));
		coop_refill(&j.coop, credit, UINT64_MAX / 2);
		is_over = fiber_resume(f, &j.coop);
	}
	fiber_free(&f);
	return j.result;
}

/* ---- the same as json_parse() ---- */

static void check_member(const struct json *doc, const struct json_pick *p, const char *shown)
{
	const struct json *m = json_is_object(doc) ? json_member(doc, p->key) : NULL;
	struct strbuf text = STRBUF_INIT;
	struct str s;

	if (p->is_there != (m != NULL))
		ck_abort_msg("%s: is_there of %s is %d", shown, p->key, p->is_there);
	if (!m)
		return;
	json_text(m, &text);
	if (p->is_string != json_get_string(m, &s) ||
	    !str_eq(strbuf_str(&p->text), strbuf_str(&text)))
		ck_abort_msg("%s: %s is %s", shown, p->key, p->text.ptr);
	strbuf_fini(&text);
}

/* A text for messages. */
static const char *show(struct str text, char *buf)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < text.len && i < 400; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		n += (size_t)snprintf(buf + n, 5, c >= ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
	}
	return buf;
}

static bool is_all_blank(struct str text)
{
	return str_trim(text).len == 0;
}

static void compare(struct str text, int result, const struct json *doc, const struct error *want)
{
	char shown[2048];

	if (is_all_blank(text)) {
		ck_assert_int_eq(result, 0);
		return;
	}
	if ((result == 0) != (doc != NULL) ||
	    (result < 0 && (err.code != want->code || strcmp(err.msg, want->msg) != 0)))
		ck_abort_msg("%s\nis    %s\nwanted %s", show(text, shown),
			     result == 0 ? "accepted" : err.msg, doc ? "accepted" : want->msg);
	for (size_t i = 0; doc && i < N_PICKS; i++)
		check_member(doc, &picks[i], show(text, shown));
}

static void check_with(struct str text, size_t piece_bytes)
{
	struct error want = { 0 };
	struct json *doc = json_parse(text, &want);
	uint64_t n_polls;

	again();
	compare(text, at_once(text, piece_bytes), doc, &want);
	again();
	compare(text, in_fiber(text, piece_bytes, 1, 0, &n_polls), doc, &want);
	json_free(&doc);
}

static void check(struct str text)
{
	check_with(text, 1);
	check_with(text, 3);
	check_with(text, JSON_PICK_BYTES);
}

/* ---- texts ---- */

#define TEXT(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct str texts[] = {
	TEXT("{\"sql\": \"SELECT 1\", \"queryOptions\": \"a=b\", \"trace\": false}"),
	TEXT("{}"),
	TEXT("[]"),
	TEXT("null"),
	TEXT(" 12 "),
	TEXT("\"sql\""),
	TEXT(""),
	TEXT(" \n\t\r"),
	TEXT("{\"sql\": 12}"),
	TEXT("{\"sql\": -0}"),
	TEXT("{\"sql\": 1.50e3}"),
	TEXT("{\"sql\": null}"),
	TEXT("{\"sql\": true, \"queryOptions\": false}"),
	TEXT("{\"sql\": {\"sql\": 1}}"),
	TEXT("{\"sql\": [\"a\"]}"),
	TEXT("{\"a\": {\"sql\": \"inner\"}}"),
	TEXT("[{\"sql\": \"inner\"}]"),
	TEXT("{\"sql\": \"\"}"),
	TEXT("{\"\": 1, \"sql\": \"a\\u0000b\"}"),
	TEXT("{\"\\u00e4\": \"umlaut\"}"),
	TEXT("{\"\xc3\xa4\": \"\xe2\x82\xac \xf0\x9f\x98\x80 \\ud83d\\ude00 \\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
	/* keys */
	TEXT("{\"sql\": 1, \"sql\": 2}"),
	TEXT("{\"a\": 1, \"\\u0061\": 2}"),
	TEXT("{\"x\": {\"a\": 1, \"b\": 2, \"a\": 3}}"),
	TEXT("{\"x\": {\"a\": 1}, \"y\": {\"a\": 1}, \"a\": 1}"),
	TEXT("{\"a\\u0000\": 1}"),
	TEXT("{\"a long key, longer than twenty\": 1, \"a long key, longer than twenty\": 2}"),
	TEXT("{1: 2}"),
	TEXT("{\"a\" 1}"),
	TEXT("{\"a\": }"),
	TEXT("{\"a\": 1,}"),
	TEXT("{\"a\": 1 \"b\"}"),
	TEXT("{,}"),
	TEXT("{\"a\""),
	TEXT("{\"a\":"),
	TEXT("{\"a\": 1"),
	TEXT("{\"a\": 1,"),
	TEXT("{"),
	/* arrays */
	TEXT("[1, 2"),
	TEXT("[1,]"),
	TEXT("[,1]"),
	TEXT("[1 2]"),
	TEXT("["),
	TEXT("[1,"),
	TEXT("]"),
	TEXT("[1}"),
	/* behind the value */
	TEXT("{} x"),
	TEXT("1 2"),
	TEXT("1 01"),
	TEXT("{}{"),
	TEXT("null,"),
	TEXT("\"a\"\"b\""),
	/* numbers */
	TEXT("9223372036854775807"),
	TEXT("9223372036854775808"),
	TEXT("-9223372036854775808"),
	TEXT("-9223372036854775809"),
	TEXT("[123456789012345678901234567890]"),
	TEXT("01"),
	TEXT("-"),
	TEXT("-a"),
	TEXT("-01"),
	TEXT("1."),
	TEXT("1.e3"),
	TEXT("1e"),
	TEXT("1e+"),
	TEXT("1e-x"),
	TEXT(".5"),
	TEXT("+1"),
	TEXT("1.5.5"),
	TEXT("1e400"),
	TEXT("-1e400"),
	TEXT("1e-400"),
	TEXT("0e1"),
	TEXT("[1E5, 0.0, -0.0, 1e05]"),
	TEXT("0x10"),
	TEXT("1.7976931348623157e308"),
	TEXT("1.7976931348623159e308"),
	TEXT("[1\xc3\xa4]"),
	TEXT("1\xff"),
	TEXT("1.\xff"),
	TEXT("99999999999999999999\xff"),
	TEXT("-\xff"),
	TEXT("1e\xff"),
	TEXT("1e+\xff"),
	/* words */
	TEXT("tru"),
	TEXT("True"),
	TEXT("nulll"),
	TEXT("[falsetrue]"),
	TEXT("nan"),
	TEXT("nul\xc3\xa4"),
	TEXT("nul\xff"),
	TEXT("abcdefghijklmnopqrst"),
	TEXT("abcdefghijklmnopqrstu"),
	/* signs */
	TEXT("\xc3\xa4"),
	TEXT("\xff"),
	TEXT("[\xe2\x82\xac]"),
	TEXT("[\xe2\x82]"),
	TEXT("'a'"),
	TEXT("[#]"),
	TEXT("\x7f"),
	TEXT("\xef\xbb\xbf{}"),
	TEXT("[1, \x01]"),
	/* strings */
	TEXT("\"a"),
	TEXT("\""),
	TEXT("\"a\nb\""),
	TEXT("\"a\tb\""),
	TEXT("\"a\x1f\""),
	TEXT("\"a\\"),
	TEXT("\"\\x\""),
	TEXT("\"\\\xc3\xa4\""),
	TEXT("\"\\\xff\""),
	TEXT("\"\\u\""),
	TEXT("\"\\u12\""),
	TEXT("\"\\u12g4\""),
	TEXT("\"\\u123"),
	TEXT("\"\\u12\xc3\xa4\""),
	TEXT("\"\\ud800\""),
	TEXT("\"\\udc00\""),
	TEXT("\"\\ud800x\""),
	TEXT("\"\\ud800\\n\""),
	TEXT("\"\\ud800\\u0000\""),
	TEXT("\"\\ud800\\ud800\\udc00\""),
	TEXT("\"\\ud800\xc3\xa4\""),
	TEXT("\"\\udc00 and \\ud800\\u0041\""),
	TEXT("\"\\ud800 and then \x01\""),
	TEXT("\"\\ud800 and no end"),
	TEXT("\"\\uDBFF\\uDFFF \\uFFFF\""),
	TEXT("\"\xc0\x80\""),
	TEXT("\"\xed\xa0\x80\""),
	TEXT("\"\xf4\x90\x80\x80\""),
	TEXT("\"\xf0\x80\x80\x80\""),
	TEXT("\"\xe0\x80\x80\""),
	TEXT("\"\xc3\""),
	TEXT("\"\xc3"),
	TEXT("\"\xe2\x82"),
	TEXT("\"\x80\""),
	TEXT("\"eighteen letters..\x01"),
	TEXT("\"nineteen letters...\x01"),
	TEXT("\"twenty letters......\x01"),
	/* places */
	TEXT("{\n  \"sql\" 1}"),
	TEXT("{\n\n\"\xc3\xa4\xc3\xb6\": x}"),
	TEXT("[1,\n\n\n"),
	TEXT("[\r\n\"a\n\"]"),
	/* NUL bytes */
	TEXT("{\n\"\xc3\xa4\": 1\0}"),
	TEXT("\0"),
	TEXT("[x \0]"),
	TEXT("1\n\0"),
};

START_TEST(says_what_the_parser_says)
{
	check(texts[_i]);
}
END_TEST

/* ---- random texts ---- */

struct maker {
	uint64_t random;
	char text[4096];
	size_t len;
};

static uint64_t pick_one(struct maker *m, uint64_t n)
{
	return unit_random(&m->random) % n;
}

static void put(struct maker *m, const char *text)
{
	size_t n = strlen(text);

	if (m->len + n < sizeof(m->text)) {
		memcpy(m->text + m->len, text, n);
		m->len += n;
	}
}

static void put_string(struct maker *m)
{
	static const char *const parts[] = {
		"a",       "sql",     " ",       "\xc3\xa4",         "\\n",       "\\\"", "\\u0041",
		"\\ud83d", "\\ude00", "\\u0000", "\xf0\x9f\x98\x80", "0123456789"
	};

	put(m, "\"");
	for (uint64_t n = pick_one(m, 4); n > 0; n--)
		put(m, parts[pick_one(m, ARRAY_SIZE(parts))]);
	put(m, "\"");
}

static void put_value(struct maker *m, int depth);

static void put_object(struct maker *m, int depth)
{
	static const char *const keys[] = {
		"\"sql\"", "\"queryOptions\"", "\"\\u00e4\"", "\"a\"", "\"b\"", "\"c\"", "\"\""
	};

	put(m, "{");
	for (uint64_t i = 0, n = pick_one(m, 4); i < n; i++) {
		put(m, i > 0 ? "," : "");
		put(m, keys[pick_one(m, ARRAY_SIZE(keys))]);
		put(m, pick_one(m, 8) ? ":" : " :\n ");
		put_value(m, depth + 1);
	}
	put(m, "}");
}

static void put_value(struct maker *m, int depth)
{
	static const char *const scalars[] = { "0",     "-12",  "1.5",  "1e9", "true",
					       "false", "null", "-0.0", "9e99" };

	switch (depth > 5 ? 2 + pick_one(m, 2) : pick_one(m, 4)) {
	case 0:
		put_object(m, depth);
		break;
	case 1:
		put(m, "[");
		for (uint64_t i = 0, n = pick_one(m, 4); i < n; i++) {
			put(m, i > 0 ? ", " : "");
			put_value(m, depth + 1);
		}
		put(m, "]");
		break;
	case 2:
		put_string(m);
		break;
	default:
		put(m, scalars[pick_one(m, ARRAY_SIZE(scalars))]);
		break;
	}
}

/* Drops, repeats or changes some bytes. */
static void spoil(struct maker *m)
{
	static const char bytes[] = "\"\\{}[]:,0-.eEu \n\x01\x80\xc3\xa4\xed\xf0\xfft";

	for (uint64_t n = pick_one(m, 3); n > 0 && m->len > 0; n--) {
		size_t at = pick_one(m, m->len);

		switch (pick_one(m, 4)) {
		case 0:
			m->len = at;
			break;
		case 1:
			memmove(m->text + at, m->text + at + 1, m->len - at - 1);
			m->len--;
			break;
		default:
			m->text[at] = bytes[pick_one(m, sizeof(bytes) - 1)];
			break;
		}
	}
}

START_TEST(says_what_the_parser_says_of_any_text)
{
	static struct maker m;
	int n_good = 0, n_texts = UNIT_SANITIZED ? 20000 : 100000;

	m.random = 1234567 + (uint64_t)_i;
	for (int i = 0; i < n_texts; i++) {
		struct json *doc;

		m.len = 0;
		if (pick_one(&m, 3) > 0)
			put_object(&m, 0);
		else
			put_value(&m, 0);
		spoil(&m);
		check_with((struct str){ m.text, m.len }, 1 + pick_one(&m, 40));
		doc = json_parse((struct str){ m.text, m.len }, &err);
		n_good += doc != NULL;
		json_free(&doc);
	}
	/* Of both kinds there have been many. */
	ck_assert_int_gt(n_good, n_texts / 10);
	ck_assert_int_lt(n_good, n_texts * 9 / 10);
}
END_TEST

/* ---- long texts ---- */

static struct strbuf repeat(const char *head, const char *item, size_t n, const char *tail)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_add_str(&text, str_of(head));
	for (size_t i = 0; i < n; i++)
		strbuf_add_str(&text, str_of(item));
	strbuf_add_str(&text, str_of(tail));
	ck_assert(strbuf_ok(&text));
	return text;
}

static const struct {
	const char *head, *item, *tail;
} long_texts[] = {
	{ "{\"sql\": \"", "SELECT ", "\"}" },
	{ "{\"sql\": \"", "\\u00e9", "\"}" },
	{ "{\"sql\": \"", "\xe2\x82\xac", "\"}" },
	{ "{\"", "key", "\": 1}" },
	{ "{\"a\": [1", ", 1", "]}" },
	{ "{\"a\": [1", ", 1", "]" },
	{ "{\"a\": [[]", ",[]", "], \"sql\": \"x\"}" },
	{ "{\"a\": \"b\"", "\n", ", \"sql\": \"x\"}" },
	{ "", " ", "{\"sql\": \"x\"} x" },
	{ "[", "9", "]" },
	{ "[true, ", "x", "]" },
	{ "{\"sql\": \"", "no end", "" },
	{ "{\"sql\": \"", "\xc3\xa4", "\", \"sql\": 1}" },
	{ "{\"sql\": \"", "x", "\0\"}" },
};

START_TEST(reads_long_texts_in_pieces)
{
	struct strbuf text =
		repeat(long_texts[_i].head, long_texts[_i].item, 20000, long_texts[_i].tail);
	struct error want = { 0 };
	struct json *doc;
	uint64_t n_polls;
	int result;

	if (_i == 13)
		text.ptr[text.len / 2] = '\0';
	doc = json_parse(strbuf_str(&text), &want);
	result = in_fiber(strbuf_str(&text), 100, 1, 0, &n_polls);
	compare(strbuf_str(&text), result, doc, &want);
	/* With one unit a poll ends with each piece. */
	ck_assert_uint_ge(n_polls, text.len / 110 / (_i == 13 ? 2 : 1));
	again();
	result = in_fiber(strbuf_str(&text), JSON_PICK_BYTES, 100000, 0, &n_polls);
	compare(strbuf_str(&text), result, doc, &want);
	json_free(&doc);
	strbuf_fini(&text);
}
END_TEST

static struct strbuf many_keys(int n)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_add_char(&text, '{');
	for (int i = 0; i < n; i++)
		strbuf_printf(&text, "\"%x\": {\"a\": 0}, ", i);
	strbuf_add_str(&text, STR("\"sql\": \"x\"}"));
	return text;
}

START_TEST(tells_many_keys_apart)
{
	struct strbuf text = many_keys(100000);
	uint64_t n_polls;

	ck_assert_msg(in_fiber(strbuf_str(&text), JSON_PICK_BYTES, 1, 0, &n_polls) == 0, "%s",
		      err.msg);
	ck_assert_str_eq(picks[0].text.ptr, "x");
	again();
	/* The last key again. */
	text.len--;
	strbuf_add_str(&text, STR(", \"1869f\": 1}"));
	ck_assert_int_eq(at_once(strbuf_str(&text), JSON_PICK_BYTES), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "duplicate object key near '\"1869f\"'"));
	strbuf_fini(&text);
}
END_TEST

/* As deep as the parser goes, on a fiber's stack; then one level more. */
START_TEST(goes_as_deep_as_the_parser)
{
	static const char *const open[] = { "[", "{\"a\":" }, *const close[] = { "]", "}" };
	struct strbuf ends = repeat("", close[_i], 2047, ""), text;
	uint64_t n_polls;

	text = repeat("", open[_i], 2047, "7");
	strbuf_add_str(&text, strbuf_str(&ends));
	ck_assert_msg(in_fiber(strbuf_str(&text), 1, 1, 0, &n_polls) == 0, "%s", err.msg);
	strbuf_fini(&text);
	text = repeat("", open[_i], 2048, "7");
	strbuf_add_str(&text, strbuf_str(&ends));
	check_with(strbuf_str(&text), 100);
	ck_assert_ptr_nonnull(strstr(err.msg, "maximum parsing depth reached near '7'"));
	strbuf_fini(&text);
	strbuf_fini(&ends);
}
END_TEST

START_TEST(refuses_a_fraction_that_is_longer_than_any_number)
{
	struct strbuf text = repeat("[1.", "0", JSON_REAL_CHARS, "]");

	ck_assert_int_eq(at_once(strbuf_str(&text), JSON_PICK_BYTES), -1);
	ck_assert_str_eq(err.msg, "line 1, column 65539: a number of more than 65536 characters");
	strbuf_fini(&text);
	again();
	text = repeat("{\"sql\": 1.", "0", JSON_REAL_CHARS - 2, "}");
	check(strbuf_str(&text));
	ck_assert_str_eq(picks[0].text.ptr, "1.0");
	strbuf_fini(&text);
}
END_TEST

/* ---- stopping ---- */

START_TEST(stops_when_told_so)
{
	struct strbuf text = repeat("{\"a\": [1", ", {\"b\": \"c\"}", 20000, "], \"sql\": \"x\"}");
	uint64_t n_all, n_polls;

	ck_assert_int_eq(in_fiber(strbuf_str(&text), JSON_PICK_BYTES, 1, 0, &n_all), 0);
	for (uint64_t at = 1; at < n_all; at += 7) {
		again();
		ck_assert_int_eq(in_fiber(strbuf_str(&text), JSON_PICK_BYTES, 1, at, &n_polls), -1);
		ck_assert_int_eq(err.code, ERR_QUERY_CANCELLED);
		ck_assert_uint_eq(n_polls, at + 1);
	}
	strbuf_fini(&text);
}
END_TEST

/* Pieces are small whatever is in them: no poll pays much more than it has. */
START_TEST(has_short_polls)
{
	struct strbuf text = _i < (int)ARRAY_SIZE(long_texts)
				     ? repeat(long_texts[_i].head, long_texts[_i].item, 500000,
					      long_texts[_i].tail)
				     : many_keys(200000);
	struct job j = { .text = strbuf_str(&text), .piece_bytes = JSON_PICK_BYTES };
	struct fiber *f = fiber_new(pick_main, &j, &err);
	int64_t overdraft = 0;
	bool is_over;

	ck_assert_ptr_nonnull(f);
	j.coop.token = &token;
	do {
		coop_refill(&j.coop, 20000, UINT64_MAX / 2);
		is_over = fiber_resume(f, &j.coop);
		overdraft = MAX(overdraft, -j.coop.credit);
	} while (!is_over);
	fiber_free(&f);
	printf("%s%s...: at most %lld units beyond the credit\n",
	       _i < (int)ARRAY_SIZE(long_texts) ? long_texts[_i].head : "many keys",
	       _i < (int)ARRAY_SIZE(long_texts) ? long_texts[_i].item : "", (long long)overdraft);
	ck_assert_int_lt(overdraft, 150000);
	strbuf_fini(&text);
}
END_TEST

/* ---- memory ---- */

START_TEST(survives_allocation_failure)
{
	struct strbuf text = many_keys(300);
	long n = 0, counted;

	do {
		uint64_t n_polls;
		int result;

		again();
		(void)mem_fail_after(n);
		result = in_fiber(strbuf_str(&text), 100, 1, 0, &n_polls);
		counted = mem_fail_after(-1);
		if (result == 0)
			ck_assert_str_eq(picks[0].text.ptr, "x");
		else
			ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	} while (n++ < counted);
	ck_assert_int_gt(n, 20);
	strbuf_fini(&text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, says_what_the_parser_says, 0, (int)ARRAY_SIZE(texts));
	tcase_add_loop_test(tc, says_what_the_parser_says_of_any_text, 0, 2);
	tcase_add_loop_test(tc, reads_long_texts_in_pieces, 0, (int)ARRAY_SIZE(long_texts));
	tcase_add_test(tc, tells_many_keys_apart);
	tcase_add_loop_test(tc, goes_as_deep_as_the_parser, 0, 2);
	tcase_add_test(tc, refuses_a_fraction_that_is_longer_than_any_number);
	tcase_add_test(tc, stops_when_told_so);
	tcase_add_loop_test(tc, has_short_polls, 0, (int)ARRAY_SIZE(long_texts) + 1);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("json/json_pick", tc);
}
