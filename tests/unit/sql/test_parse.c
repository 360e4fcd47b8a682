/*
 * test_parse.c - limits, cancellation, bytes that are no text, and statements
 * that nobody would write.
 */
#include "tests/unit/sql/fixture.h"

static struct strbuf sql;

static void teardown(void)
{
	strbuf_fini(&sql);
	fx_teardown();
}

/* head, n times middle, foot, n times end. */
static struct str repeat(const char *head, const char *middle, const char *foot, const char *end,
			 unsigned n)
{
	strbuf_reset(&sql);
	strbuf_printf(&sql, "%s", head);
	for (unsigned i = 0; i < n; i++)
		strbuf_add(&sql, middle, strlen(middle));
	strbuf_add(&sql, foot, strlen(foot));
	for (unsigned i = 0; i < n; i++)
		strbuf_add(&sql, end, strlen(end));
	ck_assert(strbuf_ok(&sql));
	return strbuf_str(&sql);
}

/* ---- Limits ---- */

START_TEST(limits_bytes)
{
	fx.limits.max_bytes = 9;
	ck_assert_int_eq(fx_parse("SELECT 12"), 0);
	ck_assert_int_eq(fx_parse("SELECT 1"), 0);
	ck_assert_int_eq(fx_parse("SELECT 123"), -1);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_str_eq(fx.err.msg, "The statement has 10 bytes: at most 9 are allowed.");
}
END_TEST

START_TEST(limits_tokens)
{
	fx.limits.max_tokens = 4;
	ck_assert_int_eq(fx_parse("SELECT a, b"), 0);
	ck_assert_int_eq(fx_parse("SELECT a b"), 0);
	ck_assert_int_eq(fx_parse("SELECT a,\nb c"), -1);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_str_eq(fx.err.msg,
			 "Too many words and signs at line 2, column 3: at most 4 are allowed.");
	ck_assert_uint_eq(fx.err.sql_offset, 12);
}
END_TEST

static const struct nesting {
	const char *head, *middle, *foot, *end;
	unsigned levels; /* of the tree besides the repetitions */
} nestings[] = {
	{ "SELECT ", "(", "1", ")", 0 },
	{ "SELECT ", "- ", "1", "", 3 },
	{ "SELECT ", "NOT ", "a", "", 3 },
	{ "SELECT 1", "+1", "", "", 3 },
	{ "SELECT a", " = b", "", "", 3 },
	{ "SELECT a", " IS NULL", "", "", 3 },
	{ "SELECT a", " IN (b)", "", "", 3 },
	{ "SELECT ", "f(", "a", ")", 3 },
	{ "SELECT ", "CASE WHEN a THEN ", "b", " END", 3 },
	{ "SELECT ", "CAST(", "a", " AS INT)", 3 },
	{ "SELECT 1 FROM t", ", t", "", "", 3 },
	{ "SELECT 1 FROM t", " JOIN t ON a", "", "", 3 },
	{ "SELECT a WHERE b", " BETWEEN 1 AND 2", "", "", 3 },
	{ "SELECT 1 UNION SELECT 1", "+1", "", "", 4 },
	{ "SELECT 1 ORDER BY 1", "+1", "", "", 3 },
	{ "SELECT f(a) OVER (PARTITION BY 1", "+1", ")", "", 5 },
	{ "WITH a AS (SELECT 1", "+1", ") SELECT 2", "", 4 },
	{ "SELECT 1 FROM UNNEST(1", "+1", ")", "", 4 },
	{ "VALUES (1", "+1", ")", "", 3 },
	{ "INSERT INTO t SELECT 1", "+1", "", "", 3 },
	{ "UPDATE t SET a = 1", "+1", "", "", 2 },
	{ "UPDATE t SET a = 1 WHERE 1", "+1", "", "", 2 },
	{ "DELETE FROM t WHERE 1", "+1", "", "", 2 },
	{ "MERGE INTO t USING u ON 1", "+1", " WHEN MATCHED THEN DELETE", "", 2 },
	{ "MERGE INTO t USING u ON b WHEN MATCHED AND 1", "+1", " THEN DELETE", "", 3 },
	{ "MERGE INTO t USING u ON b WHEN MATCHED THEN UPDATE SET a = 1", "+1", "", "", 3 },
	{ "MERGE INTO t USING u ON b WHEN NOT MATCHED THEN INSERT VALUES (1", "+1", ")", "", 3 },
	{ "ALTER TABLE t UPDATE a = 1", "+1", " WHERE b", "", 3 },
	{ "ALTER TABLE t DELETE WHERE 1", "+1", "", "", 3 },
	{ "KILL QUERY WHERE 1", "+1", "", "", 2 },
	{ "CALL f(1", "+1", ")", "", 3 },
};

static int parse_nested(const struct nesting *n, unsigned depth)
{
	return fx_parse_str(repeat(n->head, n->middle, n->foot, n->end, depth));
}

START_TEST(limits_depth)
{
	const struct nesting *n = &nestings[_i];
	unsigned most = 50 - n->levels;

	fx.limits.max_depth = 50;
	ck_assert_msg(parse_nested(n, most - 1) == 0, "%s: %s", n->middle, fx.err.msg);
	ck_assert_msg(parse_nested(n, most) == 0, "%s: %s", n->middle, fx.err.msg);
	ck_assert_msg(parse_nested(n, most + 1) == -1, "%s", n->middle);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Nested too deeply at line 1, column "));
	ck_assert_ptr_nonnull(strstr(fx.err.msg, ": at most 50 levels are allowed."));
	ck_assert_uint_ne(fx.err.sql_offset, ERROR_NO_OFFSET);
}
END_TEST

START_TEST(refuses_what_nests_ten_thousand_times)
{
	const struct nesting *n = &nestings[_i];

	ck_assert_int_eq(parse_nested(n, 10000), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Nested too deeply"));
	/* The parser's stack has not grown with the statement. */
	ck_assert_int_lt(fx.account.peak_bytes, 1 << 20);
}
END_TEST

START_TEST(takes_long_chains_and_lists)
{
	static const struct nesting flat[] = {
		{ "SELECT a", " AND b", "", "", 0 },
		{ "SELECT a", " OR b", "", "", 0 },
		{ "SELECT a", " || b", "", "", 0 },
		{ "SELECT a", ", b", "", "", 0 },
		{ "SELECT a IN (0", ", 1", ")", "", 0 },
		{ "VALUES (1)", ", (1)", "", "", 0 },
		{ "SELECT CASE ", "WHEN a THEN b ", "END", "", 0 },
		{ "SELECT a ORDER BY a", ", b", "", "", 0 },
		{ "", "SET a = 1;", "SELECT 1", "", 0 },
	};

	fx.limits.max_depth = 5;
	for (size_t i = 0; i < ARRAY_SIZE(flat); i++)
		ck_assert_msg(parse_nested(&flat[i], 20000) == 0, "%s: %s", flat[i].middle,
			      fx.err.msg);
}
END_TEST

START_TEST(parses_at_any_depth_that_is_allowed)
{
	const struct nesting n = { "SELECT ", "(SELECT a FROM t WHERE b = 1 + CASE WHEN ", "c",
				   " THEN 1 END)", 0 };

	fx.limits.max_depth = 4000;
	ck_assert_int_eq(parse_nested(&n, 600), 0);
	ck_assert_uint_gt(fx.stmt->query->depth, 2400);
}
END_TEST

/* ---- Bytes ---- */

START_TEST(refuses_nul_bytes)
{
	ck_assert_int_eq(fx_parse_str(STR("SELECT\n 'a\0b'")), -1);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_str_eq(fx.err.msg,
			 "Lexical error at line 2, column 4. The statement holds a NUL byte.");
	ck_assert_uint_eq(fx.err.sql_offset, 10);
}
END_TEST

START_TEST(refuses_what_is_not_utf8)
{
	ck_assert_int_eq(fx_parse_str(STR("SELECT 'é\xff'")), -1);
	ck_assert_str_eq(fx.err.msg,
			 "Lexical error at line 1, column 10. The statement is not UTF-8.");
	ck_assert_int_eq(fx_parse_str(STR("SELECT '\xc3")), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "not UTF-8"));
	ck_assert_int_eq(fx_parse_str(STR("SELECT '\xed\xa0\x80'")), -1);
}
END_TEST

/* Characters of every length across the borders at which the text is looked through. */
START_TEST(takes_characters_across_pieces)
{
	static const char *const characters[] = { "a", "é", "地", "😀" };

	for (size_t i = 0; i < 4; i++) {
		for (unsigned shift = 0; shift < 4; shift++) {
			const char *heads[] = { "SELECT '", "SELECT 'a", "SELECT 'aa",
						"SELECT 'aaa" };

			ck_assert_msg(fx_parse_str(repeat(heads[shift], characters[i], "'", "",
							  70000)) == 0,
				      "%s", fx.err.msg);
		}
	}
	(void)repeat("SELECT '", "é", "'", "", 70000);
	sql.ptr[100001] = 'x';
	ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "not UTF-8"));
}
END_TEST

START_TEST(needs_no_byte_behind_the_text)
{
	static const char *const statements[] = { "SELECT a",    "SELECT 1",  "SELECT 'a'",
						  "SELECT a --", "SELECT 1.", "SELECT `a`",
						  "SELECT a\n" };

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		size_t n = strlen(statements[i]);
		char *exact = mem_alloc(n);

		memcpy(exact, statements[i], n);
		ck_assert_int_eq(fx_parse_str((struct str){ exact, n }), 0);
		mem_free(exact);
	}
	ck_assert_int_eq(fx_parse_str((struct str){ NULL, 0 }), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Encountered \"<EOF>\" at line 1, column 1."));
}
END_TEST

START_TEST(counts_the_lines_of_every_system)
{
	struct str text = STR("a\rb\r\nc\n\rd\r\re");
	static const struct {
		uint32_t offset, line, column;
	} rows[] = { { 0, 1, 1 }, { 1, 1, 2 }, { 2, 2, 1 },  { 3, 2, 2 },
		     { 5, 3, 1 }, { 8, 5, 1 }, { 11, 7, 1 }, { 12, 7, 2 } };
	uint32_t line, column;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sql_position(text, rows[i].offset, &line, &column);
		ck_assert_uint_eq(line, rows[i].line);
		ck_assert_uint_eq(column, rows[i].column);
	}
}
END_TEST

START_TEST(counts_lines_and_code_points)
{
	struct str text = STR("aé😀\tb\r\nc\n\nd");
	uint32_t line, column;

	sql_position(text, 0, &line, &column);
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_eq(column, 1);
	sql_position(text, 8, &line, &column);
	ck_assert_uint_eq(line, 1);
	ck_assert_uint_eq(column, 5);
	sql_position(text, (uint32_t)text.len - 1, &line, &column);
	ck_assert_uint_eq(line, 4);
	ck_assert_uint_eq(column, 1);
	sql_position(text, 1000, &line, &column);
	ck_assert_uint_eq(line, 4);
	ck_assert_uint_eq(column, 2);
}
END_TEST

/* ---- Cancellation and credit ---- */

START_TEST(stops_when_the_query_is_cancelled)
{
	fx.token.reason = CANCEL_USER;
	ck_assert_int_eq(fx_parse("SELECT 1"), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	ck_assert_ptr_null(fx.stmt);
}
END_TEST

static unsigned n_pauses;
static unsigned cancel_after;
static int64_t longest;

/* Stands in for the scheduler: looks at what was spent, and refills. */
static void refill(struct coop *c)
{
	longest = MAX(longest, -c->credit);
	c->credit = 1000;
	c->clock_in = INT64_MAX;
	if (++n_pauses == cancel_after)
		c->token->reason = CANCEL_TIMEOUT;
}

static void start_paying(unsigned cancel_after_pauses)
{
	n_pauses = 0;
	longest = 0;
	cancel_after = cancel_after_pauses;
	fx.coop = (struct coop){
		.credit = 1, .clock_in = INT64_MAX, .token = &fx.token, .pause = refill
	};
}

START_TEST(yields_on_its_way_and_loses_nothing)
{
	start_paying(0);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT a IN (0", ", 1", ")", "", 10000)), 0);
	ck_assert_uint_eq(fx.stmt->query->items->expr->in.list.n, 10001);
	ck_assert_uint_gt(n_pauses, 200);
	/* At most 64 tokens between two looks at the credit. */
	ck_assert_int_lt(longest, 10000);
}
END_TEST

START_TEST(yields_inside_long_text)
{
	start_paying(0);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT '", "x", "' /*", "*/", 500000)), -1);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT '", "x", "'", " ", 500000)), 0);
	ck_assert_uint_gt(n_pauses, 40);
	ck_assert_int_lt(longest, 40000);
}
END_TEST

START_TEST(yields_while_it_looks_for_offers)
{
	start_paying(0);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT a IN (0", ", 1", " FROM", "", 10000)), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Encountered \"FROM\""));
	ck_assert_uint_gt(n_pauses, 400);
}
END_TEST

START_TEST(stops_in_the_middle)
{
	start_paying(50);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT a IN (0", ", 1", ")", "", 10000)), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	ck_assert_uint_eq(n_pauses, 50);
}
END_TEST

/* ---- Memory ---- */

START_TEST(respects_the_memory_limit)
{
	fx.account.limit_bytes = 100000;
	ck_assert_int_eq(fx_parse("SELECT 1"), 0);
	ck_assert_int_eq(fx_parse_str(repeat("SELECT a IN (0", ", 1", ")", "", 10000)), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_MEMORY);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct str text = repeat("SELECT a IN (0", ", 'it''s'", ")", "", 1000);

	(void)mem_fail_after(_i);
	if (fx_parse_str(text) < 0)
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	else
		ck_assert_uint_eq(fx.stmt->query->items->expr->in.list.n, 1001);
	(void)mem_fail_after(-1);
}
END_TEST

/* ---- Anything ---- */

static const char *const corpus[] = {
	"SELECT a, b AS c, t.* FROM db.t AS x WHERE a BETWEEN 1 AND 2 OR NOT b LIKE 'x''y' ESCAPE '!'",
	"SET a = -1.5; SET b='x'; SELECT DISTINCT count(*) FROM t OPTION(timeoutMs=10, x='y')",
	"SELECT CASE x WHEN 1 THEN 'a' ELSE NULL END, CAST(a AS DECIMAL(10, 2)) /* c */ -- d\n FROM t",
	"EXPLAIN PLAN FOR SELECT sum(a) FILTER (WHERE b > 1.5e3) FROM t GROUP BY 1, 2 HAVING TRUE",
	"SELECT 1 FROM a LEFT JOIN b ON a.x = b.x CROSS JOIN (SELECT 1) AS c, d ORDER BY 1 DESC NULLS LAST",
	"SELECT EXTRACT(YEAR FROM x), TRIM(LEADING 'a' FROM b), SUBSTRING(a FROM 1 FOR 2), left(a, 1)",
	"VALUES (1, 'a'), (X'ab', DATE '2024-01-31') OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY",
	"SELECT a IN (1, 2, (SELECT 3)), EXISTS (SELECT 1), `x y`.\"z\"\"\" || 'é😀', - -1 % +2 LIMIT 1, 2",
	"SELECT a FROM t WHERE x IS NOT DISTINCT FROM y AND z IS NOT TRUE AND INTERVAL '1' DAY <> 0;",
	"SELECT position('a' in b), value, end FROM t WHERE (((a))) AND b NOT IN (SELECT c FROM d)",
};

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

/* One change: a byte replaced, removed or doubled, or a piece of another statement put in. */
static size_t mutate(char *text, size_t n, size_t cap)
{
	static const char bytes[] = "()'\"`,.;*-+/%|<>=! \n0aE\x00\x80\xff";
	const char *other = corpus[draw(ARRAY_SIZE(corpus))];
	size_t at = draw((uint32_t)n + 1), len = MIN(draw(12), strlen(other));
	size_t from = draw((uint32_t)(strlen(other) - len + 1));

	switch (draw(4)) {
	case 0:
		if (at < n)
			text[at] = bytes[draw(sizeof(bytes) - 1)];
		return n;
	case 1:
		len = MIN(len, n - at);
		memmove(text + at, text + at + len, n - at - len);
		return n - len;
	default:
		len = MIN(len, cap - n);
		memmove(text + at + len, text + at, n - at);
		memcpy(text + at, other + from, len);
		return n + len;
	}
}

/* Whatever parses, prints, and parses to the same tree again. */
static void check_round_trip(void)
{
	CLEANUP(strbuf_fini) struct strbuf once = STRBUF_INIT;

	strbuf_add_str(&once, str_of(fx_canonical()));
	fx_tree(&fx.tree);
	for (const struct ast_item *i = fx.stmt->query ? fx.stmt->query->items : NULL; i;
	     i = i->next)
		sql_print_label(i->expr, &fx.text);
	ck_assert_msg(fx_parse_str(strbuf_str(&once)) == 0, "%s\n%s", once.ptr, fx.err.msg);
	ck_assert_str_eq(fx_tree(&fx.other_tree), fx.tree.ptr);
	ck_assert_str_eq(fx_canonical(), once.ptr);
}

START_TEST(survives_mutations)
{
	int n_parsed = 0;

	seed = (uint32_t)_i;
	fx.limits.max_depth = 20;
	for (int i = 0; i < 5000; i++) {
		char text[512];
		const char *from = corpus[draw(ARRAY_SIZE(corpus))];
		size_t n = strlen(from);
		/* On the heap and of exact size, so that a read too far is seen. */
		char *exact;

		memcpy(text, from, n);
		for (uint32_t k = draw(4) + 1; k > 0; k--)
			n = mutate(text, n, sizeof(text));
		exact = mem_alloc(n);
		memcpy(exact, text, n);
		if (fx_parse_str((struct str){ exact, n }) == 0) {
			n_parsed++;
			check_round_trip();
		} else {
			ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
			ck_assert_uint_le(fx.err.sql_offset, n);
			ck_assert(str_utf8_valid(str_of(fx.err.msg), &(size_t){ 0 }));
		}
		mem_free(exact);
		arena_reset(&fx.arena);
	}
	ck_assert_int_gt(n_parsed, 200);
}
END_TEST

START_TEST(takes_the_corpus)
{
	for (size_t i = 0; i < ARRAY_SIZE(corpus); i++) {
		ck_assert_msg(fx_parse(corpus[i]) == 0, "%s\n%s", corpus[i], fx.err.msg);
		check_round_trip();
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");
	int n = ARRAY_SIZE(nestings);

	tcase_add_checked_fixture(tc, fx_setup, teardown);
	tcase_add_test(tc, limits_bytes);
	tcase_add_test(tc, limits_tokens);
	tcase_add_loop_test(tc, limits_depth, 0, n);
	tcase_add_loop_test(tc, refuses_what_nests_ten_thousand_times, 0, n);
	tcase_add_test(tc, takes_long_chains_and_lists);
	tcase_add_test(tc, parses_at_any_depth_that_is_allowed);
	tcase_add_test(tc, refuses_nul_bytes);
	tcase_add_test(tc, refuses_what_is_not_utf8);
	tcase_add_test(tc, takes_characters_across_pieces);
	tcase_add_test(tc, needs_no_byte_behind_the_text);
	tcase_add_test(tc, counts_the_lines_of_every_system);
	tcase_add_test(tc, counts_lines_and_code_points);
	tcase_add_test(tc, stops_when_the_query_is_cancelled);
	tcase_add_test(tc, yields_on_its_way_and_loses_nothing);
	tcase_add_test(tc, yields_inside_long_text);
	tcase_add_test(tc, yields_while_it_looks_for_offers);
	tcase_add_test(tc, stops_in_the_middle);
	tcase_add_test(tc, respects_the_memory_limit);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 20);
	tcase_add_test(tc, takes_the_corpus);
	tcase_add_loop_test(tc, survives_mutations, 0, 8);
	return unit_main("sql/parse", tc);
}
