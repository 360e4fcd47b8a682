/*
 * plan_fixture.h - statements planned against the tables of plan_tables.h.
 *
 * The fixture is one static object, set up before and torn down after each test.
 */
#ifndef TESTS_SUPPORT_PLAN_PLAN_FIXTURE_H
#define TESTS_SUPPORT_PLAN_PLAN_FIXTURE_H

#include "broker/plan/plan.h"
#include "broker/table/catalog.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

struct plan_fixture {
	char dir[64]; /* of the catalog */
	struct catalog *catalog;
	struct mem_account account;
	struct mem_pool pool;
	struct arena arena;
	struct token token;
	struct coop coop;
	struct plan_options options;
	struct error err;
	const struct ast_stmt *stmt; /* planned last */
	struct plan plan;
	bool is_planned;
	struct strbuf text;
};

extern struct plan_fixture fx;

void fx_setup(void);
void fx_teardown(void);

/** Parses (must work) and plans; 0 or -1 with fx.err. */
int fx_try(const char *sql);

/** Must plan.  Checks the plan. */
const struct plan *fx_plan(const char *sql);

/** The same, as the tree that EXPLAIN prints in the multi-stage form. */
const char *fx_text(const char *sql);

/** The tree of the last plan. */
const char *fx_tree(void);

/** Must plan to this tree. */
void fx_check(const char *sql, const char *tree);

/** SELECT <expression> FROM hits must give this expression and type: "(id + 1) LONG". */
void fx_check_expr(const char *expression, const char *text);

/** Must fail with a code, at the first occurrence of `place` in sql, with this message. */
void fx_check_error(const char *sql, enum error_code code, const char *place, const char *message);

/** Binds a statement, which must work, and runs the rules that come before the named one. */
void fx_bind_for(const char *sql, const char *rule);

/** Runs one rule by name, which must work. */
void fx_run_rule(const char *rule);

/** The tree before and after a rule; after is NULL when it changes nothing. */
void fx_check_rule(const char *rule, const char *sql, const char *before, const char *after);

/** What rules work with, for tests that run one of them; ids go on behind the last plan's. */
struct plan_rewrite fx_rewrite(void);

/** A test case that sets up and tears down. */
TCase *fx_tcase(void);

#endif
