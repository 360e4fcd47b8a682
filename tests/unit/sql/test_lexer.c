/*
 * test_lexer.c - tokens, their places, and the words that need a partner.
 */
#include "broker/sql/grammar.h"
#include "broker/sql/lexer.h"
#include "broker/sql/unexpected.h"
#include "tests/unit/sql/fixture.h"

static struct sql_lexer lexer;

static void start(const char *text)
{
	sql_lexer_init(&lexer, str_of(text), &fx.coop);
}

/* The kind of the next token, or -1. */
static int next(struct sql_token *t)
{
	return sql_lexer_next(&lexer, t, &fx.err) < 0 ? -1 : t->kind;
}

static void check_kinds(const char *text, int n, const int *kinds)
{
	struct sql_token t;

	start(text);
	for (int i = 0; i < n; i++) {
		int kind = next(&t);

		ck_assert_msg(kind == kinds[i], "%s: token %d is %d, not %d", text, i, kind,
			      kinds[i]);
	}
	ck_assert_int_eq(next(&t), TK_EOF);
}

#define CHECK_KINDS(text, ...) \
	check_kinds(text, (int)ARRAY_SIZE(((int[]){ __VA_ARGS__ })), (int[]){ __VA_ARGS__ })

static void check_fails(const char *text, uint32_t offset, const char *message)
{
	struct sql_token t;
	int kind;

	start(text);
	while ((kind = next(&t)) > TK_EOF)
		;
	ck_assert_msg(kind == -1, "%s has no error", text);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_str_eq(fx.err.msg, message);
	ck_assert_uint_eq(fx.err.sql_offset, offset);
}

START_TEST(reads_every_spelling_back)
{
	char text[64];
	struct sql_token t;
	int n = 0;

	for (int kind = TK_EOF + 1; kind < 256; kind++) {
		const char *spelling = sql_token_spelling(kind);

		if (!spelling || (spelling[0] == '<' && strlen(spelling) > 2))
			continue;
		(void)snprintf(text, sizeof(text), "%s %s", spelling,
			       kind == TK_EXISTS_WORD || kind == TK_ARRAY_WORD
				       ? ""
				       : fx_partner(spelling));
		start(text);
		/* Elsewhere these signs are * and /. */
		lexer.is_in_hint = kind == TK_HINT_END;
		ck_assert_msg(next(&t) == kind, "%s", text);
		ck_assert_uint_eq(t.end, strlen(spelling));
		n++;
	}
	ck_assert_int_ge(n, 100);
}
END_TEST

START_TEST(ignores_the_case_of_keywords)
{
	CHECK_KINDS("select SeLeCt SELECT", TK_SELECT, TK_SELECT, TK_SELECT);
	CHECK_KINDS("selects sele", TK_ID, TK_ID);
}
END_TEST

START_TEST(knows_where_a_token_is)
{
	struct sql_token t;

	start("  a\n>= 'x''y'");
	ck_assert_int_eq(next(&t), TK_ID);
	ck_assert_uint_eq(t.begin, 2);
	ck_assert_uint_eq(t.end, 3);
	ck_assert_int_eq(next(&t), TK_GE);
	ck_assert_uint_eq(t.begin, 4);
	ck_assert_int_eq(next(&t), TK_STRING);
	ck_assert_uint_eq(t.begin, 7);
	ck_assert_uint_eq(t.end, 13);
	ck_assert_int_eq(next(&t), TK_EOF);
	ck_assert_uint_eq(t.begin, 13);
	ck_assert_int_eq(next(&t), TK_EOF);
}
END_TEST

START_TEST(tells_kinds_of_numbers_apart)
{
	CHECK_KINDS("0 18446744073709551616", TK_INTEGER, TK_INTEGER);
	CHECK_KINDS("1.5 1. .5", TK_DECIMAL, TK_DECIMAL, TK_DECIMAL);
	CHECK_KINDS("1e5 1.5E-3 .5e+1 1.e2", TK_FLOAT, TK_FLOAT, TK_FLOAT, TK_FLOAT);
	CHECK_KINDS("t1.2 1 .. 2", TK_ID, TK_DECIMAL, TK_INTEGER, TK_DOT, TK_DOT, TK_INTEGER);
}
END_TEST

START_TEST(refuses_numbers_that_run_into_names)
{
	check_fails("SELECT 1abc", 7,
		    "Lexical error at line 1, column 8. "
		    "Encountered: \"1abc\", a number that runs into a name.");
	check_fails("1e", 0,
		    "Lexical error at line 1, column 1. "
		    "Encountered: \"1e\", a number that runs into a name.");
	check_fails("1.5x", 0,
		    "Lexical error at line 1, column 1. "
		    "Encountered: \"1.5x\", a number that runs into a name.");
}
END_TEST

START_TEST(takes_names_in_many_scripts_and_with_dollars)
{
	CHECK_KINDS("_a $docId EXPR$0 größe 地区 имя 😀", TK_ID, TK_ID, TK_ID, TK_ID, TK_ID, TK_ID,
		    TK_ID);
	CHECK_KINDS("\"a b\" `c d` \"x\"\"y\" \"select\"", TK_ID, TK_ID, TK_ID, TK_ID);
}
END_TEST

START_TEST(limits_the_length_of_names)
{
	char text[8000];

	memset(text, 'x', sizeof(text));
	text[1024] = '\0';
	CHECK_KINDS(text, TK_ID);
	/* Quotes do not count, and those inside count once. */
	text[0] = text[1] = text[2] = text[1026] = '"';
	text[1024] = 'x';
	text[1027] = '\0';
	CHECK_KINDS(text, TK_ID);
	text[1026] = 'x';
	text[1027] = '"';
	text[1028] = '\0';
	check_fails(text, 0,
		    "Lexical error at line 1, column 1. An identifier is longer than 1024 bytes.");
	memset(text, 'x', sizeof(text));
	text[0] = text[sizeof(text) - 2] = '"';
	text[sizeof(text) - 1] = '\0';
	check_fails(text, 0,
		    "Lexical error at line 1, column 1. An identifier is longer than 1024 bytes.");
	text[0] = 'x';
	text[1025] = '\0';
	check_fails(text, 0,
		    "Lexical error at line 1, column 1. An identifier is longer than 1024 bytes.");
}
END_TEST

START_TEST(skips_comments_and_marks_hints)
{
	CHECK_KINDS("a -- b\nc", TK_ID, TK_ID);
	CHECK_KINDS("a -- b", TK_ID);
	CHECK_KINDS("a -- b\rc --\r\nd --\n\re", TK_ID, TK_ID, TK_ID, TK_ID);
	CHECK_KINDS("a/**/b/* * / ** */c", TK_ID, TK_ID, TK_ID);
	CHECK_KINDS("SELECT /*+ a(x='1') */ b", TK_SELECT, TK_HINT, TK_ID, TK_LP, TK_ID, TK_EQ,
		    TK_STRING, TK_RP, TK_HINT_END, TK_ID);
	CHECK_KINDS("/*+ a /* b */ */ c*/d", TK_HINT, TK_ID, TK_HINT_END, TK_ID, TK_STAR, TK_SLASH,
		    TK_ID);
	CHECK_KINDS("a - - b", TK_ID, TK_DASH, TK_DASH, TK_ID);
	CHECK_KINDS("a /b", TK_ID, TK_SLASH, TK_ID);
	check_kinds("\t\r\n\f\v ", 0, NULL);
}
END_TEST

START_TEST(says_where_an_open_end_starts)
{
	check_fails("SELECT 'abc", 7,
		    "Lexical error at line 1, column 8. A string starts here and does not end.");
	check_fails("SELECT 'abc''", 7,
		    "Lexical error at line 1, column 8. A string starts here and does not end.");
	check_fails("a\n/* b * /", 2,
		    "Lexical error at line 2, column 1. A comment starts here and does not end.");
	check_fails("/*/", 0,
		    "Lexical error at line 1, column 1. A comment starts here and does not end.");
	check_fails("a \"b", 2,
		    "Lexical error at line 1, column 3. "
		    "A quoted identifier starts here and does not end.");
	check_fails("a `b", 2,
		    "Lexical error at line 1, column 3. "
		    "A quoted identifier starts here and does not end.");
	check_fails("X'ab", 0,
		    "Lexical error at line 1, column 1. "
		    "A binary string starts here and does not end.");
	check_fails("\"\"", 0, "Lexical error at line 1, column 1. A quoted identifier is empty.");
}
END_TEST

START_TEST(checks_the_digits_of_binary_strings)
{
	CHECK_KINDS("X'' x'0aF9'", TK_BINARY, TK_BINARY);
	check_fails("X'abg0'", 4,
		    "Lexical error at line 1, column 5. A binary string may hold hex digits only.");
	check_fails("X'abc'", 0,
		    "Lexical error at line 1, column 1. "
		    "A binary string needs an even number of hex digits.");
}
END_TEST

START_TEST(names_characters_that_start_no_token)
{
	check_fails("a # b", 2, "Lexical error at line 1, column 3. Encountered: \"#\" (U+0023).");
	check_fails("a : b", 2, "Lexical error at line 1, column 3. Encountered: \":\" (U+003A).");
	check_fails("a ! = b", 2,
		    "Lexical error at line 1, column 3. Encountered: \"!\" (U+0021).");
	check_fails("é |b", 3, "Lexical error at line 1, column 3. Encountered: \"|\" (U+007C).");
	check_fails("a \x01", 2, "Lexical error at line 1, column 3. Encountered: U+0001.");
	/* What word processors leave behind: a hard blank, quotes, a byte order mark. */
	check_fails("a\u00a0b", 1, "Lexical error at line 1, column 2. Encountered: U+00A0.");
	check_fails("\u201ca\u201d", 0,
		    "Lexical error at line 1, column 1. Encountered: \"\u201c\" (U+201C).");
	check_fails("\ufeffa", 0, "Lexical error at line 1, column 1. Encountered: U+FEFF.");
}
END_TEST

START_TEST(makes_words_names_without_their_partner)
{
	CHECK_KINDS("date 'x'", TK_DATE, TK_STRING);
	CHECK_KINDS("date, time timestamp interval", TK_ID, TK_COMMA, TK_ID, TK_ID, TK_ID);
	CHECK_KINDS("date /* c */ 'x'", TK_DATE, TK_STRING);
	CHECK_KINDS("cast(a", TK_CAST, TK_LP, TK_ID);
	CHECK_KINDS("cast extract", TK_ID, TK_ID);
	CHECK_KINDS("cast exists array", TK_ID, TK_EXISTS_WORD, TK_ARRAY_WORD);
	CHECK_KINDS("array[map[", TK_ARRAY, TK_LB, TK_MAP, TK_LB);
	CHECK_KINDS("rollup grouping sets", TK_ID, TK_GROUPING, TK_SETS);
	CHECK_KINDS("left(a", TK_ID, TK_LP, TK_ID);
	CHECK_KINDS("left join", TK_LEFT, TK_JOIN);
	CHECK_KINDS("date date 'x'", TK_ID, TK_DATE, TK_STRING);
	CHECK_KINDS("left left (", TK_LEFT, TK_ID, TK_LP);
}
END_TEST

/*
 * FORMAT ends a statement: in the middle it is a name, also with an alias.  Where a name has
 * to stand the parser knows that it is one.
 */
START_TEST(looks_two_tokens_ahead_for_format_and_interval)
{
	CHECK_KINDS("a FORMAT JSON", TK_ID, TK_FORMAT, TK_ID);
	CHECK_KINDS("a) format csv;", TK_ID, TK_RP, TK_FORMAT, TK_ID, TK_SEMICOLON);
	CHECK_KINDS("format x, format + y", TK_ID, TK_ID, TK_COMMA, TK_ID, TK_PLUS, TK_ID);
	CHECK_KINDS("FROM format f WHERE", TK_FROM, TK_ID, TK_ID, TK_WHERE);
	CHECK_KINDS("AS format", TK_AS, TK_ID);
	CHECK_KINDS("a FORMAT values;", TK_ID, TK_FORMAT, TK_VALUES, TK_SEMICOLON);
	CHECK_KINDS("a FORMAT Null", TK_ID, TK_FORMAT, TK_NULL);
	CHECK_KINDS("interval - '1'", TK_INTERVAL, TK_DASH, TK_STRING);
	CHECK_KINDS("interval - 1", TK_ID, TK_DASH, TK_INTEGER);
	CHECK_KINDS("a FORMAT time", TK_ID, TK_FORMAT, TK_ID);
	CHECK_KINDS("a FORMAT cast;", TK_ID, TK_FORMAT, TK_ID, TK_SEMICOLON);
	CHECK_KINDS("a FORMAT cast(", TK_ID, TK_ID, TK_CAST, TK_LP);
	CHECK_KINDS("a FORMAT left", TK_ID, TK_ID, TK_LEFT);
}
END_TEST

START_TEST(knows_which_names_need_quotes)
{
	ck_assert(sql_is_plain_name(STR("a"), false));
	ck_assert(sql_is_plain_name(STR("größe"), false));
	ck_assert(sql_is_plain_name(STR("date"), false));
	ck_assert(sql_is_plain_name(STR("left"), true));
	ck_assert(!sql_is_plain_name(STR("left"), false));
	ck_assert(!sql_is_plain_name(STR("cast"), true));
	ck_assert(!sql_is_plain_name(STR("select"), false));
	ck_assert(!sql_is_plain_name(STR("first"), false));
	ck_assert(!sql_is_plain_name(STR("a b"), false));
	ck_assert(!sql_is_plain_name(STR("1a"), false));
	ck_assert(!sql_is_plain_name(STR(""), false));
	ck_assert(!sql_is_plain_name(STR("'a'"), false));
}
END_TEST

/* A token may be longer than a worker may be held: the way through it has yield points. */
START_TEST(can_be_cancelled_inside_a_long_token)
{
	static const char *const frames[][2] = {
		{ "'", "'" }, { "/*", "*/" }, { "--", "\n" },
		{ " ", " " }, { "x'", "'" },  { "\"", "\"" },
	};
	size_t n = 200000;
	char *text = mem_alloc(n + 8);
	struct sql_token t;

	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		(void)snprintf(text, n, "%s", frames[i][0]);
		memset(text + strlen(text), frames[i][0][0] == ' ' ? ' ' : '0', n - strlen(text));
		(void)snprintf(text + n, 8, "%s", frames[i][1]);
		fx.token.reason = CANCEL_NONE;
		start(text);
		ck_assert_int_ge(next(&t) + (fx.err.code == ERR_SQL_PARSING), 0);
		fx.token.reason = CANCEL_USER;
		start(text);
		ck_assert_int_eq(next(&t), -1);
		ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	}
	mem_free(text);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, reads_every_spelling_back);
	tcase_add_test(tc, ignores_the_case_of_keywords);
	tcase_add_test(tc, knows_where_a_token_is);
	tcase_add_test(tc, tells_kinds_of_numbers_apart);
	tcase_add_test(tc, refuses_numbers_that_run_into_names);
	tcase_add_test(tc, takes_names_in_many_scripts_and_with_dollars);
	tcase_add_test(tc, limits_the_length_of_names);
	tcase_add_test(tc, skips_comments_and_marks_hints);
	tcase_add_test(tc, says_where_an_open_end_starts);
	tcase_add_test(tc, checks_the_digits_of_binary_strings);
	tcase_add_test(tc, names_characters_that_start_no_token);
	tcase_add_test(tc, makes_words_names_without_their_partner);
	tcase_add_test(tc, looks_two_tokens_ahead_for_format_and_interval);
	tcase_add_test(tc, knows_which_names_need_quotes);
	tcase_add_test(tc, can_be_cancelled_inside_a_long_token);
	return unit_main("sql/lexer", tc);
}
