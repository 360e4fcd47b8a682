/*
 * test_unexpected.c - wrong statements: what is named, where, and what is
 * offered instead.
 */
#include "broker/sql/unexpected.h"
#include "tests/unit/sql/fixture.h"

struct wrong {
	const char *sql;
	const char *found; /* first line of the message up to the full stop */
	const char *offer; /* a line of the list, or NULL: none is looked for */
};

static const struct wrong wrongs[] = {
	/* The select list. */
	{ "SELECT FROM t", "Encountered \"FROM\" at line 1, column 8.", "<identifier>" },
	{ "SELECT", "Encountered \"<EOF>\" at line 1, column 7.", "\"*\"" },
	{ "SELECT a,", "Encountered \"<EOF>\" at line 1, column 10.", "<identifier>" },
	{ "SELECT a,, b", "Encountered \",\" at line 1, column 10.", "<identifier>" },
	{ "SELECT , a", "Encountered \",\" at line 1, column 8.", "\"DISTINCT\"" },
	{ "SELECT a b c FROM t", "Encountered \"c\" at line 1, column 12.", "\"FROM\"" },
	{ "SELECT a AS FROM t", "Encountered \"FROM\" at line 1, column 13.", "<identifier>" },
	{ "SELECT a AS 'b'", "Encountered \"'b'\" at line 1, column 13.", "<identifier>" },
	{ "SELECT DISTINCT ALL a", "Encountered \"ALL\" at line 1, column 17.", "<identifier>" },
	{ "SELECT * AS a FROM t", "Encountered \"AS\" at line 1, column 10.", "\",\"" },
	{ "SELECT t.* x FROM t", "Encountered \"x\" at line 1, column 12.", "\",\"" },
	{ "select top 5 a from t", "Encountered \"5\" at line 1, column 12.", "\",\"" },
	{ "SELECT a.b.c.* FROM t", "Encountered \"*\" at line 1, column 14.", "<identifier>" },
	{ "SELECT a. FROM t", "Encountered \"FROM\" at line 1, column 11.", "<identifier>" },
	{ "SELECT FROM WHERE", "Encountered \"FROM\" at line 1, column 8.", NULL },
	{ "SELECT order FROM t", "Encountered \"order\" at line 1, column 8.", NULL },

	/* Other statements. */
	{ "", "Encountered \"<EOF>\" at line 1, column 1.", "\"SELECT\"" },
	{ " ;\n; ", "Encountered \"<EOF>\" at line 2, column 3.", "\"SELECT\"" },
	{ "SET a = 1;", "Encountered \"<EOF>\" at line 1, column 11.", "\"SELECT\"" },
	{ "INVALID SQL QUERY", "Encountered \"INVALID\" at line 1, column 1.", "\"SELECT\"" },
	{ "DELETE t", "Encountered \"t\" at line 1, column 8.", "\"FROM\"" },
	{ "SELECT 1 SELECT 2", "Encountered \"SELECT\" at line 1, column 10.", "\";\"" },
	{ "SELECT 1; SELECT 2", "Encountered \"SELECT\" at line 1, column 11.", "\"SET\"" },
	{ "SELECT 1 UNION", "Encountered \"<EOF>\" at line 1, column 15.", "\"SELECT\"" },
	{ "WITH a AS SELECT 1", "Encountered \"SELECT\" at line 1, column 11.", "\"(\"" },
	{ "EXPLAIN", "Encountered \"<EOF>\" at line 1, column 8.", "\"PLAN\"" },
	{ "EXPLAIN PLAN SELECT 1", "Encountered \"SELECT\" at line 1, column 14.", "\"FOR\"" },
	{ "EXPLAIN EXPLAIN SELECT 1", "Encountered \"EXPLAIN\" at line 1, column 9.",
	  "\"SELECT\"" },
	{ "VALUES 1", "Encountered \"1\" at line 1, column 8.", "\"(\"" },
	{ "VALUES ()", "Encountered \")\" at line 1, column 9.", "<identifier>" },
	{ "VALUES (1),", "Encountered \"<EOF>\" at line 1, column 12.", "\"(\"" },

	/* Options. */
	{ "SET a = b; SELECT 1", "Encountered \"b\" at line 1, column 9.", "<string>" },
	{ "SET a = ; SELECT 1", "Encountered \";\" at line 1, column 9.", "<integer>" },
	{ "SET a 1; SELECT 1", "Encountered \"1\" at line 1, column 7.", "\"=\"" },
	{ "SET a = 1 SELECT 1", "Encountered \"SELECT\" at line 1, column 11.", "\";\"" },
	{ "SET 'a' = 1; SELECT 1", "Encountered \"'a'\" at line 1, column 5.", "<identifier>" },
	{ "SET a = - 'x'; SELECT 1", "Encountered \"'x'\" at line 1, column 11.", "<integer>" },
	{ "select 1; SET (a='b', c=1)", "Encountered \"(\" at line 1, column 15.", NULL },
	{ "select * from t SET a='b' where x", "Encountered \"a\" at line 1, column 21.",
	  "\"WHERE\"" },
	{ "SELECT 1 OPTION(a)", "Encountered \")\" at line 1, column 18.", "\"=\"" },
	{ "SELECT 1 OPTION()", "Encountered \")\" at line 1, column 17.", "<identifier>" },
	{ "SELECT 1 OPTION(a=1) OPTION(b=2)", "Encountered \"OPTION\" at line 1, column 22.",
	  "\";\"" },
	{ "SELECT 1 OPTION(a=1,)", "Encountered \")\" at line 1, column 21.", "<identifier>" },

	/* FROM. */
	{ "SELECT a FROM", "Encountered \"<EOF>\" at line 1, column 14.", "<identifier>" },
	{ "SELECT a FROM WHERE b", "Encountered \"WHERE\" at line 1, column 15.", "\"(\"" },
	{ "SELECT a FROM t,", "Encountered \"<EOF>\" at line 1, column 17.", "<identifier>" },
	{ "SELECT a FROM x.y.z", "Encountered \".\" at line 1, column 18.", "\"WHERE\"" },
	{ "SELECT a FROM 'x'", "Encountered \"'x'\" at line 1, column 15.", "<identifier>" },
	{ "SELECT a FROM t JOIN u GROUP c", "Encountered \"c\" at line 1, column 30.", "\"BY\"" },
	{ "SELECT a FROM t LEFT u ON x", "Encountered \"u\" at line 1, column 22.", "\"JOIN\"" },
	{ "SELECT a FROM t JOIN u ON", "Encountered \"<EOF>\" at line 1, column 26.",
	  "<identifier>" },
	{ "SELECT a FROM t CROSS JOIN u ON x", "Encountered \"ON\" at line 1, column 30.",
	  "\"WHERE\"" },
	{ "SELECT a FROM t JOIN u USING x", "Encountered \"x\" at line 1, column 30.", "\"(\"" },
	{ "SELECT a FROM (SELECT b", "Encountered \"<EOF>\" at line 1, column 24.", "\")\"" },
	{ "SELECT a FROM (t)", "Encountered \")\" at line 1, column 17.", "\"JOIN\"" },
	{ "SELECT a FROM f(x)", "Encountered \"(\" at line 1, column 16.", NULL },

	/* The other clauses. */
	{ "SELECT a FROM t WHERE", "Encountered \"<EOF>\" at line 1, column 22.", "<identifier>" },
	{ "SELECT a WHERE b WHERE c", "Encountered \"WHERE\" at line 1, column 18.", "\"GROUP\"" },
	{ "SELECT a GROUP a", "Encountered \"a\" at line 1, column 16.", "\"BY\"" },
	{ "select a group by b limit 5 group by b", "Encountered \"group\" at line 1, column 29.",
	  "\"OFFSET\"" },
	{ "SELECT a GROUP BY", "Encountered \"<EOF>\" at line 1, column 18.", "<identifier>" },
	{ "SELECT a HAVING b GROUP BY c", "Encountered \"GROUP\" at line 1, column 19.",
	  "\"ORDER\"" },
	{ "SELECT a ORDER b", "Encountered \"b\" at line 1, column 16.", "\"BY\"" },
	{ "SELECT a ORDER BY b NULLS", "Encountered \"<EOF>\" at line 1, column 26.", "\"FIRST\"" },
	{ "SELECT a ORDER BY b WHERE c", "Encountered \"WHERE\" at line 1, column 21.",
	  "\"LIMIT\"" },
	{ "SELECT a LIMIT -1", "Encountered \"-\" at line 1, column 16.", "<integer>" },
	{ "SELECT a LIMIT x", "Encountered \"x\" at line 1, column 16.", "<integer>" },
	{ "SELECT a LIMIT 1.5", "Encountered \"1.5\" at line 1, column 16.", "<integer>" },
	{ "SELECT a LIMIT", "Encountered \"<EOF>\" at line 1, column 15.", "<integer>" },
	{ "SELECT a LIMIT 5 OFFSET -1", "Encountered \"-\" at line 1, column 25.", "<integer>" },
	{ "SELECT a LIMIT 5 LIMIT 5", "Encountered \"LIMIT\" at line 1, column 18.", "\"OFFSET\"" },
	{ "SELECT a LIMIT 1, 2, 3", "Encountered \",\" at line 1, column 20.", "\";\"" },
	{ "SELECT a FETCH FIRST ROWS ONLY", "Encountered \"ROWS\" at line 1, column 22.",
	  "<integer>" },
	{ "SELECT a FETCH FIRST 5 ROWS", "Encountered \"<EOF>\" at line 1, column 28.",
	  "\"ONLY\"" },

	/* Expressions. */
	{ "SELECT 1 +", "Encountered \"<EOF>\" at line 1, column 11.", "<identifier>" },
	{ "SELECT (1", "Encountered \"<EOF>\" at line 1, column 10.", "\")\"" },
	{ "SELECT 1)", "Encountered \")\" at line 1, column 9.", "\",\"" },
	{ "SELECT ()", "Encountered \")\" at line 1, column 9.", "<identifier>" },
	{ "SELECT a < > b", "Encountered \">\" at line 1, column 12.", "<identifier>" },
	{ "SELECT a = = b", "Encountered \"=\" at line 1, column 12.", "<identifier>" },
	{ "SELECT a AND", "Encountered \"<EOF>\" at line 1, column 13.", "\"NOT\"" },
	{ "SELECT a NOT b", "Encountered \"b\" at line 1, column 14.", "\"IN\"" },
	{ "SELECT a IS b", "Encountered \"b\" at line 1, column 13.", "\"NULL\"" },
	{ "SELECT a IS NOT b", "Encountered \"b\" at line 1, column 17.", "\"DISTINCT\"" },
	{ "SELECT a BETWEEN 1", "Encountered \"<EOF>\" at line 1, column 19.", "\"AND\"" },
	{ "SELECT a BETWEEN 1 OR 2", "Encountered \"OR\" at line 1, column 20.", "\"AND\"" },
	{ "SELECT a IN ()", "Encountered \")\" at line 1, column 14.", "\"SELECT\"" },
	{ "SELECT a IN 1", "Encountered \"1\" at line 1, column 13.", "\"(\"" },
	{ "SELECT a LIKE", "Encountered \"<EOF>\" at line 1, column 14.", "<string>" },
	{ "SELECT CASE END", "Encountered \"<EOF>\" at line 1, column 16.", "\"WHEN\"" },
	{ "SELECT CASE WHEN a END", "Encountered \"END\" at line 1, column 20.", "\"THEN\"" },
	{ "SELECT CASE WHEN a THEN b", "Encountered \"<EOF>\" at line 1, column 26.", "\"END\"" },
	{ "SELECT CAST(a)", "Encountered \")\" at line 1, column 14.", "\"AS\"" },
	{ "SELECT CAST(a AS)", "Encountered \")\" at line 1, column 17.", "<identifier>" },
	{ "SELECT CAST(a AS INT(x))", "Encountered \"x\" at line 1, column 22.", "<integer>" },
	{ "SELECT f(a b)", "Encountered \"b\" at line 1, column 12.", "\",\"" },
	{ "SELECT f(a", "Encountered \"<EOF>\" at line 1, column 11.", "\")\"" },
	{ "SELECT count(DISTINCT)", "Encountered \")\" at line 1, column 22.", "<identifier>" },
	{ "SELECT count(DISTINCT *)", "Encountered \"*\" at line 1, column 23.", "<identifier>" },
	{ "SELECT sum(a) FILTER (b)", "Encountered \"b\" at line 1, column 23.", "\"WHERE\"" },
	{ "SELECT EXTRACT(YEAR, a)", "Encountered \",\" at line 1, column 20.", "\"FROM\"" },
	{ "SELECT POSITION(a, b)", "Encountered \",\" at line 1, column 18.", "\"IN\"" },
	{ "SELECT TRIM()", "Encountered \")\" at line 1, column 13.", "\"LEADING\"" },
	{ "SELECT EXISTS (a)", "Encountered \"a\" at line 1, column 16.", "\"SELECT\"" },
	{ "SELECT INTERVAL '1'", "Encountered \"<EOF>\" at line 1, column 20.", "<identifier>" },
	{ "SELECT date '1' '2'", "Encountered \"'2'\" at line 1, column 17.", "\",\"" },

	/* Places. */
	{ "SELECT a\nFROM t\n  WHERE", "Encountered \"<EOF>\" at line 3, column 8.", NULL },
	{ "SELECT a\r\nFROM FROM", "Encountered \"FROM\" at line 2, column 6.", NULL },
	{ "SELECT\t'é😀', FROM", "Encountered \"FROM\" at line 1, column 14.", NULL },
	{ "SELECT a /* \n\n */ FROM FROM", "Encountered \"FROM\" at line 3, column 10.", NULL },
};

/* The message has a line with just this offer. */
static bool offers(const char *msg, const char *offer)
{
	char line[64];
	const char *at;

	(void)snprintf(line, sizeof(line), "\n    %s", offer);
	at = strstr(msg, line);
	return at && (at[strlen(line)] == '\n' || at[strlen(line)] == '\0');
}

START_TEST(names_the_word_its_place_and_what_could_be_there)
{
	const struct wrong *w = &wrongs[_i];
	const char *msg = fx.err.msg;

	ck_assert_msg(fx_parse(w->sql) < 0, "%s is accepted", w->sql);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_msg(strncmp(msg, w->found, strlen(w->found)) == 0, "%s:\n%s", w->sql, msg);
	ck_assert_msg(strncmp(msg + strlen(w->found), "\nWas expecting one of:\n    ", 27) == 0,
		      "%s:\n%s", w->sql, msg);
	if (w->offer)
		ck_assert_msg(offers(msg, w->offer), "%s: no %s in\n%s", w->sql, w->offer, msg);
}
END_TEST

/* The line and column of a message and its offset are one place. */
START_TEST(agrees_with_the_offset)
{
	const struct wrong *w = &wrongs[_i];
	uint32_t line, column;
	char place[64];

	ck_assert_int_eq(fx_parse(w->sql), -1);
	sql_position(str_of(w->sql), fx.err.sql_offset, &line, &column);
	(void)snprintf(place, sizeof(place), "at line %u, column %u.", line, column);
	ck_assert_ptr_nonnull(strstr(w->found, place));
}
END_TEST

static const char *offered(const char *sql)
{
	ck_assert_int_eq(fx_parse(sql), -1);
	return strstr(fx.err.msg, "of:");
}

START_TEST(offers_all_that_could_follow)
{
	ck_assert_str_eq(offered("SELECT a LIMIT x"), "of:\n    <integer>\n    \"ALL\"\n    \"?\"");
	ck_assert_str_eq(offered("SELECT a ORDER BY b NULLS"), "of:\n    \"FIRST\"\n    \"LAST\"");
	ck_assert_str_eq(
		offered("SELECT a IS b"),
		"of:\n    \"NOT\"\n    \"NULL\"\n    \"TRUE\"\n    \"FALSE\"\n    \"DISTINCT\"\n"
		"    \"UNKNOWN\"");
	ck_assert_str_eq(
		offered("SELECT a b c"),
		"of:\n    \"FROM\"\n    \"WHERE\"\n    \",\"\n    <EOF>\n    \";\"\n    \"GROUP\"\n"
		"    \"HAVING\"\n    \"ORDER\"\n    \"LIMIT\"\n    \"OFFSET\"\n    \"UNION\"\n"
		"    \"EXCEPT\"\n    \"INTERSECT\"\n    \"WINDOW\"\n    \"QUALIFY\"\n"
		"    \"OPTION\"\n    \"FORMAT\"\n    \"FETCH\"\n    \"MINUS\"");
}
END_TEST

/* In parentheses ")" may follow, and the end of the text may not: the place decides. */
START_TEST(offers_nothing_that_could_not_follow)
{
	ck_assert(offers(offered("SELECT (SELECT a b c"), "\")\""));
	ck_assert(!offers(offered("SELECT (SELECT a b c"), "<EOF>"));
	ck_assert(!offers(offered("SELECT a b c"), "\")\""));
	ck_assert(!offers(offered("SELECT a LIMIT 1 2"), "\"FROM\""));
	ck_assert(!offers(offered("EXPLAIN x"), "\"SET\""));
}
END_TEST

/* Behind the offer, a sign that is no token is what is wrong next. */
static bool takes(const char *sql, uint32_t at, const char *offer, const char *partner)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%.*s %s %s #", (int)at, sql, offer, partner);
	ck_assert_int_eq(fx_parse(text), -1);
	return strncmp(fx.err.msg, "Lexical error", 13) == 0;
}

START_TEST(offers_only_what_it_takes)
{
	const struct wrong *w = &wrongs[_i];
	char offer[64];
	const char *line;
	uint32_t at;

	ck_assert_int_eq(fx_parse(w->sql), -1);
	at = fx.err.sql_offset;
	line = arena_str(&fx.arena, str_of(strstr(fx.err.msg, "of:")), &fx.err).ptr;
	while ((line = strchr(line, '\n'))) {
		line += strlen("\n    ");
		if (*line++ != '"')
			continue;
		(void)snprintf(offer, sizeof(offer), "%.*s", (int)(strchr(line, '"') - line), line);
		ck_assert_msg(takes(w->sql, at, offer, fx_partner(offer)) ||
				      takes(w->sql, at, offer, ""),
			      "%s: %s\n%s", w->sql, offer, fx.err.msg);
	}
}
END_TEST

START_TEST(offers_at_most_twenty)
{
	int n = 0;

	ck_assert_int_eq(fx_parse("SELECT FROM"), -1);
	for (const char *at = fx.err.msg; (at = strstr(at, "\n    ")); at++)
		n++;
	ck_assert_int_eq(n, 20);
}
END_TEST

START_TEST(cuts_long_words_between_characters)
{
	char sql[400] = "SELECT a b '";

	for (int i = 0; i < 100; i++)
		(void)strncat(sql, "é", sizeof(sql) - strlen(sql) - 1);
	(void)strncat(sql, "'", 2);
	ck_assert_int_eq(fx_parse(sql), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "éé...\" at line 1, column 12."));
	ck_assert(str_utf8_valid(str_of(fx.err.msg), &(size_t){ 0 }));
}
END_TEST

START_TEST(finds_its_place_in_long_and_deep_statements)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	strbuf_printf(&sql, "SELECT ");
	for (int i = 0; i < 150; i++)
		strbuf_printf(&sql, "f(1, (SELECT a FROM t WHERE b = 1 + CASE WHEN ");
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&sql, "x AND\n");
	strbuf_printf(&sql, ")");
	fx.limits.max_depth = 1000;
	ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Encountered \")\" at line 1001, column 1."));
	ck_assert(offers(fx.err.msg, "<identifier>"));
}
END_TEST

START_TEST(can_be_cancelled_while_it_looks_for_offers)
{
	struct sql_token bad = { .kind = -1, .begin = 9, .end = 10 };

	fx.token.reason = CANCEL_KILL;
	ck_assert_int_eq(sql_unexpected(STR("SELECT a b"), bad, &fx.arena, &fx.coop, &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;
	long n = 0;

	/* Deep enough that the states need more room than they begin with. */
	for (int i = 0; i < 180; i++)
		strbuf_printf(&sql, "%s", i == 0 ? "SELECT " : "f(1 + (");
	fx.limits.max_depth = 1000;
	do {
		(void)mem_fail_after(n++);
		ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), -1);
		(void)mem_fail_after(-1);
	} while (fx.err.code == ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_int_ge(n, 5);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();
	int n = ARRAY_SIZE(wrongs);

	tcase_add_loop_test(tc, names_the_word_its_place_and_what_could_be_there, 0, n);
	tcase_add_loop_test(tc, agrees_with_the_offset, 0, n);
	tcase_add_loop_test(tc, offers_only_what_it_takes, 0, n);
	tcase_add_test(tc, offers_all_that_could_follow);
	tcase_add_test(tc, offers_nothing_that_could_not_follow);
	tcase_add_test(tc, offers_at_most_twenty);
	tcase_add_test(tc, cuts_long_words_between_characters);
	tcase_add_test(tc, finds_its_place_in_long_and_deep_statements);
	tcase_add_test(tc, can_be_cancelled_while_it_looks_for_offers);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("sql/unexpected", tc);
}
