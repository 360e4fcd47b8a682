/*
 * fixture.h - a statement's worth of memory, limits and cancellation, and the
 * few steps that every test of broker/sql takes.
 *
 * The fixture is one static object, set up before and torn down after each test.
 */
#ifndef TESTS_UNIT_SQL_FIXTURE_H
#define TESTS_UNIT_SQL_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "broker/sql/sql.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

struct fixture {
	struct mem_account account;
	struct mem_pool pool;
	struct arena arena;
	struct token token;
	struct coop coop;
	struct sql_limits limits;
	struct error err;
	const struct ast_stmt *stmt; /* of the last parse that went well */
	struct strbuf text;          /* printed last */
	struct strbuf tree, other_tree;
};

static struct fixture fx;

static inline void fx_setup(void)
{
	fx = (struct fixture){ .limits = { 16 << 20, 4 << 20, 200 } };
	mem_account_init(&fx.account, 0, NULL);
	mem_pool_init(&fx.pool, &fx.account);
	arena_init(&fx.arena, &fx.pool);
	coop_unlimited(&fx.coop, &fx.token);
}

static inline void fx_teardown(void)
{
	strbuf_fini(&fx.text);
	strbuf_fini(&fx.tree);
	strbuf_fini(&fx.other_tree);
	arena_fini(&fx.arena);
	mem_pool_fini(&fx.pool);
}

static inline int fx_parse_str(struct str sql)
{
	error_clear(&fx.err);
	fx.stmt = NULL;
	return sql_parse(sql, &fx.limits, &fx.arena, &fx.coop, &fx.stmt, &fx.err);
}

static inline int fx_parse(const char *sql)
{
	return fx_parse_str(str_of(sql));
}

/*
 * An arena asks for memory by the chunk, so failing the n-th request would reach
 * few constructors.  Instead the arena has just so many bytes left, and the
 * request for the next chunk fails: each constructor is the unlucky one once.
 */
static inline int fx_parse_with_room(const char *sql, size_t room)
{
	int parsed;

	arena_fini(&fx.arena);
	arena_init(&fx.arena, &fx.pool);
	/* The second chunk is larger than the first, which had to be large. */
	ck_assert_ptr_nonnull(arena_alloc(&fx.arena, 40000, &fx.err));
	ck_assert_ptr_nonnull(arena_alloc(&fx.arena, 1, &fx.err));
	ck_assert_uint_ge((size_t)(fx.arena.end - fx.arena.ptr), room);
	fx.arena.end = fx.arena.ptr + room;
	(void)mem_fail_after(0);
	parsed = fx_parse(sql);
	(void)mem_fail_after(-1);
	return parsed;
}

/* Must parse. */
static inline const struct ast_stmt *fx_stmt(const char *sql)
{
	ck_assert_msg(fx_parse(sql) == 0, "%s\n%s", sql, fx.err.msg);
	return fx.stmt;
}

/* The first item of the select list of SELECT <expression>. */
static inline const struct ast_expr *fx_expr(const char *expression)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql), "SELECT %s", expression);
	/* The tree borrows its text. */
	return fx_stmt(arena_str(&fx.arena, str_of(sql), &fx.err).ptr)->query->items->expr;
}

static inline const char *fx_canonical(void)
{
	strbuf_reset(&fx.text);
	ck_assert_int_eq(
		sql_print_stmt(fx.stmt, SQL_CANONICAL, SIZE_MAX, &fx.coop, &fx.text, &fx.err), 0);
	return fx.text.ptr;
}

/* All that the last statement says, but not where it says it. */
static inline const char *fx_tree(struct strbuf *tree)
{
	strbuf_reset(tree);
	ck_assert_int_eq(sql_print_tree(fx.stmt, false, &fx.coop, tree, &fx.err), 0);
	return tree->ptr;
}

/* Parses to this canonical text, which parses to the same tree and prints as itself. */
static inline void fx_check_text(const char *sql, const char *canonical)
{
	fx_stmt(sql);
	fx_tree(&fx.tree);
	ck_assert_str_eq(fx_canonical(), canonical);
	fx_stmt(canonical);
	ck_assert_str_eq(fx_tree(&fx.other_tree), fx.tree.ptr);
	ck_assert_str_eq(fx_canonical(), canonical);
}

/* Whatever its canonical text is, it parses to the same tree and prints as itself. */
static inline void fx_check_reads_back(const char *sql)
{
	CLEANUP(strbuf_fini) struct strbuf once = STRBUF_INIT;

	fx_stmt(sql);
	fx_tree(&fx.tree);
	strbuf_printf(&once, "%s", fx_canonical());
	ck_assert_msg(fx_parse(once.ptr) == 0, "%s\n%s\n%s", sql, once.ptr, fx.err.msg);
	ck_assert_str_eq(fx_tree(&fx.other_tree), fx.tree.ptr);
	ck_assert_str_eq(fx_canonical(), once.ptr);
}

/* Canonical already. */
static inline void fx_check_same(const char *sql)
{
	fx_check_text(sql, sql);
}

static inline void fx_check_expr(const char *expression, const char *canonical)
{
	char sql[1024], text[1024];

	(void)snprintf(sql, sizeof(sql), "SELECT %s", expression);
	(void)snprintf(text, sizeof(text), "SELECT %s", canonical);
	fx_check_text(sql, text);
}

/* What has to stand behind a word that is a keyword only there; "" behind all others. */
static inline const char *fx_partner(const char *word)
{
	static const struct {
		const char *partner, *words;
	} rows[] = {
		{ "'x'", " DATE TIME TIMESTAMP INTERVAL FORMAT " },
		{ "(", " CAST CUBE EXISTS EXTRACT FILTER MATCH_CONDITION OPTION OVERLAY POSITION "
		       "ROLLUP SUBSTRING TRIM TRY_CAST " },
		{ "[", " ARRAY MAP " },
		{ "JOIN", " ANTI ASOF SEMI " },
		{ "TIME", " AT " },
		{ "SETS", " GROUPING " },
		{ "NULLS", " IGNORE RESPECT " },
		{ "GROUP", " WITHIN " },
	};
	char key[80];

	(void)snprintf(key, sizeof(key), " %s ", word);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strstr(rows[i].words, key))
			return rows[i].partner;
	return "";
}

static inline bool fx_is(struct str s, const char *z)
{
	return str_eq(s, str_of(z));
}

static inline TCase *fx_tcase(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, fx_setup, fx_teardown);
	return tc;
}

#endif
