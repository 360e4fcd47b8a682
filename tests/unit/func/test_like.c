/*
 * test_like.c - LIKE against a matcher that tries everything, and its place in long texts.
 */
#include "tests/unit/func/fixture.h"

static struct calc fx;

static void setup(void)
{
	calc_init(&fx);
}

static void teardown(void)
{
	calc_fini(&fx);
}

/* The definition: exponential, and obviously right. */
static bool matches(const char *p, const char *p_end, const char *t, const char *t_end)
{
	if (p == p_end)
		return t == t_end;
	if (*p == '%') {
		for (; t <= t_end; t++)
			if (matches(p + 1, p_end, t, t_end))
				return true;
		return false;
	}
	if (t == t_end)
		return false;
	if (*p == '_') {
		/* A code point: the first byte and its continuations. */
		do
			t++;
		while (t < t_end && (*t & 0xC0) == 0x80);
		return matches(p + 1, p_end, t, t_end);
	}
	return *p == *t && matches(p + 1, p_end, t + 1, t_end);
}

/* Short words over few letters, so that nearly everything nearly matches. */
static size_t random_word(uint64_t *seed, const char *letters, size_t max, char *out)
{
	size_t n = sample_random(seed) % (max + 1), n_letters = strlen(letters);

	for (size_t i = 0; i < n; i++)
		out[i] = letters[sample_random(seed) % n_letters];
	return n;
}

START_TEST(agrees_with_the_definition)
{
	uint64_t seed = 17;
	char pattern[16], text[40];
	unsigned n_matches = 0;

	for (int i = 0; i < 60000; i++) {
		size_t p_len = random_word(&seed, i % 2 ? "ab%_" : "aab%%__", 8, pattern);
		size_t t_len = random_word(&seed, "aab", i % 3 ? 8 : 30, text);
		const struct like_pattern *p;
		struct like_state state = { 0 };
		bool want = matches(pattern, pattern + p_len, text, text + t_len), got;

		ck_assert_int_eq(
			like_compile((struct str){ pattern, p_len }, 0, &fx.text, &p, &fx.e.err),
			0);
		ck_assert_int_eq(
			like_match(p, (struct str){ text, t_len }, &state, &fx.e.coop, &got),
			STEP_DONE);
		ck_assert_msg(got == want, "'%.*s' LIKE '%.*s'", (int)t_len, text, (int)p_len,
			      pattern);
		n_matches += got;
		arena_reset(&fx.text);
	}
	ck_assert_uint_gt(n_matches, 6000);
}
END_TEST

START_TEST(matches_whole_texts)
{
	static const struct calc_case cases[] = {
		{ "like('', '')", "true" },
		{ "like('', '%')", "true" },
		{ "like('', '_')", "false" },
		{ "like('a', '')", "false" },
		{ "like('google', '%google%')", "true" },
		{ "like('www.google.com', '%google%')", "true" },
		{ "like('goggle', '%google%')", "false" },
		{ "like('google', 'goo%gle')", "true" },
		{ "like('gogle', 'go%ogle')", "false" },
		{ "like('abab', '%ab')", "true" },
		{ "like('aba', 'ab%ba')", "false" },
		{ "like('Google', '%google%')", "false" },
		{ "like('xaybz', '%a_b%')", "true" },
		{ "like('Fluß', 'Flu_')", "true" },
		{ "like('Fluß', '____')", "true" },
		{ "like('Fluß', '_____')", "false" },
		{ "like('日本語', '_本_')", "true" },
		{ "like('日本語', '%_語')", "true" },
		{ "like('日本語', '日_')", "false" },
		{ "like('a\\b', 'a\\b')", "true" },
		{ "like('50%', '50\\%')", "true" },
		{ "like('50x', '50\\%')", "false" },
		{ "like('a_b', 'a\\_b')", "true" },
		{ "like('axb', 'a\\_b')", "false" },
		{ "like('a\\', 'a\\')", "true" },
		{ "like(NULL, '%')", "null" },
		{ "like('a%', 'a!%', '!')", "true" },
		{ "like('ab', 'a!%', '!')", "false" },
		{ "like('a!', 'a!!', '!')", "true" },
		{ "like('a\\\\b', 'a\\\\b')", "true" },
		{ "like('a\\b', 'a\\\\b')", "false" },
		{ "like('a\\%', 'a\\\\%')", "true" },
		{ "like('a\\b', 'a\\\\%')", "false" },
		{ "like('a\\b', 'a\\\\b', '\\')", "true" },
		{ "like('a!b', 'a!b', '!')",
		  "!invalid escape sequence in the LIKE pattern 'a!b': behind ! stands %, _ or ! "
		  "again" },
		{ "like('ab', 'a!!!b', '!')",
		  "!invalid escape sequence in the LIKE pattern 'a!!!b': behind ! stands %, _ or ! "
		  "again" },
		{ "like('a', 'a!', '!')", "!LIKE pattern ends in its escape character !" },
		{ "like('a', 'a', '!!')", "!ESCAPE must be one ASCII character, not '!!'" },
		{ "like('a', 'a', '')", "!ESCAPE must be one ASCII character, not ''" },
		{ "like('a', repeat('a', 70000))",
		  "!LIKE pattern of 70000 bytes is too long; the limit is 65536" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

START_TEST(searches_long_texts_in_slices)
{
	static const struct calc_case cases[] = {
		{ "like(concat(repeat('ab', 50000), 'c'), '%abc')", "true" },
		{ "like(concat(repeat('ab', 50000), 'c'), '%abc%')", "true" },
		{ "like(repeat('ab', 50000), '%abc%')", "false" },
		{ "like(repeat('ab', 50000), '%a_a%ba%b')", "true" },
		{ "like(repeat('ab', 50000), '%a_c%')", "false" },
		{ "like(concat(repeat('a', 40000), 'b', repeat('a', 40000)), '%_b_%a')", "true" },
		{ "like(repeat('a', 100000), concat('%', repeat('a', 30000), 'b%'))", "false" },
		{ "like(concat(repeat('a', 70000), 'b'), concat('%', repeat('a', 30000), 'b%'))",
		  "true" },
		{ "like(repeat('ä', 40000), concat('%', repeat('_', 40000)))", "true" },
		{ "like(repeat('ä', 40000), concat('%', repeat('_', 40001)))", "false" },
	};

	CALC_CHECK_ALL(cases);
}
END_TEST

/* Each call may do little more than a slice, however bad the pattern. */
START_TEST(yields_within_a_bounded_step)
{
	static char text[1 << 20];
	const struct like_pattern *p;
	struct like_state state = { 0 };
	bool got = true;
	unsigned n_yields = 0;

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(like_compile(STR("%aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaab%"), 0, &fx.text, &p,
				      &fx.e.err),
			 0);
	for (;;) {
		engine_one_unit(&fx.e);
		if (like_match(p, (struct str){ text, sizeof(text) }, &state, &fx.e.coop, &got) ==
		    STEP_DONE)
			break;
		ck_assert_int_ge(fx.e.coop.credit, -3 * 32768 / 4);
		n_yields++;
	}
	ck_assert(!got);
	ck_assert_uint_gt(n_yields, 100);
}
END_TEST

/* A pattern per row, and a selection: each row meets its own. */
START_TEST(compiles_a_pattern_for_each_row_when_it_changes)
{
	struct strv texts[] = { strv_make("abc", 3), strv_make("abc", 3), strv_make("abc", 3) };
	struct strv patterns[] = { strv_make("a%", 2), strv_make("b%", 2), strv_make("%c", 2) };
	struct column cols[] = { { COL_STRING, COL_FLAT, texts, NULL, NULL },
				 { COL_STRING, COL_FLAT, patterns, NULL, NULL } };
	const enum col_type types[] = { COL_STRING, COL_STRING };
	static _Alignas(16) char state[256];
	struct sel sel = { NULL, 3 };
	uint8_t out[3] = { 9, 9, 9 };
	struct func_match m;
	struct func_call c = { 0 };

	ck_assert_int_eq(func_resolve(STR("like"), types, 2, &m, &fx.e.err), 0);
	c = (struct func_call){ .def = m.def,
				.args = cols,
				.n_args = 2,
				.type = COL_BOOLEAN,
				.sel = &sel,
				.out = out,
				.text = &fx.text,
				.state = state,
				.coop = &fx.e.coop,
				.err = &fx.e.err };
	ck_assert_int_eq(calc_kernel(&fx, &c, true), STEP_DONE);
	ck_assert(out[0] == 1 && out[1] == 0 && out[2] == 1);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct value v;

	fx.is_brief = true;
	mem_fail_after(_i);
	if (calc_eval(&fx, "like('sluice gate', 's%g_te')", &v) < 0)
		ck_assert_int_eq(fx.e.err.code, ERR_OUT_OF_MEMORY);
	else
		ck_assert(v.boolean);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, agrees_with_the_definition);
	tcase_add_test(tc, matches_whole_texts);
	tcase_add_test(tc, searches_long_texts_in_slices);
	tcase_add_test(tc, yields_within_a_bounded_step);
	tcase_add_test(tc, compiles_a_pattern_for_each_row_when_it_changes);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 4);
	return unit_main("func/like", tc);
}
