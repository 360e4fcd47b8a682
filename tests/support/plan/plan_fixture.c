/* plan_fixture.c - see plan_fixture.h. */
#include "tests/support/plan/plan_fixture.h"

#include <stdio.h>
#include <string.h>

#include "broker/plan/bind.h"
#include "broker/plan/explain.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"
#include "tests/support/plan/plan_tables.h"

struct plan_fixture fx;

/* ---- life ---- */

void fx_setup(void)
{
	fx = (struct plan_fixture){ .dir = PLAN_TABLES_DIR };
	ck_assert_msg(plan_tables_open(fx.dir, &fx.catalog, &fx.err) == 0, "%s", fx.err.msg);
	mem_account_init(&fx.account, 0, NULL);
	mem_pool_init(&fx.pool, &fx.account);
	arena_init(&fx.arena, &fx.pool);
	coop_unlimited(&fx.coop, &fx.token);
	fx.options = (struct plan_options){
		.catalog = fx.catalog,
		.dialect = DIALECT_MULTI_STAGE,
		.default_limit = 10,
		.max_limit = 1000000,
		.now_ms = 1700000000000,
		.max_columns = 4096,
		.max_value_bytes = 1 << 20,
	};
}

static void release_plan(void)
{
	if (fx.is_planned)
		plan_release(&fx.plan);
	fx.is_planned = false;
}

void fx_teardown(void)
{
	release_plan();
	strbuf_fini(&fx.text);
	arena_fini(&fx.arena);
	mem_pool_fini(&fx.pool);
	plan_tables_close(fx.dir, &fx.catalog);
	ck_assert_uint_eq(plan_tables_count_refs(), 0);
}

TCase *fx_tcase(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, fx_setup, fx_teardown);
	return tc;
}

/* ---- planning ---- */

static void parse(const char *sql)
{
	struct sql_limits limits = { 64 << 20, 16 << 20, 1000 };

	release_plan();
	error_clear(&fx.err);
	ck_assert_msg(sql_parse(str_of(sql), &limits, &fx.arena, &fx.coop, &fx.stmt, &fx.err) == 0,
		      "%.200s\n%s", sql, fx.err.msg);
}

int fx_try(const char *sql)
{
	parse(sql);
	fx.is_planned = true;
	return plan_build(fx.stmt, str_of(sql), &fx.options, &fx.arena, &fx.coop, &fx.plan,
			  &fx.err);
}

const struct plan *fx_plan(const char *sql)
{
	ck_assert_msg(fx_try(sql) == 0, "%.200s\n%s", sql, fx.err.msg);
	plan_check(&fx.plan);
	return &fx.plan;
}

const char *fx_tree(void)
{
	strbuf_reset(&fx.text);
	plan_format_tree(&fx.plan, &fx.text);
	ck_assert(strbuf_ok(&fx.text));
	return fx.text.ptr;
}

const char *fx_text(const char *sql)
{
	fx_plan(sql);
	return fx_tree();
}

void fx_check(const char *sql, const char *tree)
{
	const char *is = fx_text(sql);

	ck_assert_msg(strcmp(is, tree) == 0, "%s\nis\n%swanted\n%s", sql, is, tree);
}

/* The first output column of a node below the result. */
static void expr_text(const struct plan_node *n)
{
	struct plan_expr column = { .kind = EXPR_COLUMN };

	strbuf_reset(&fx.text);
	while (n->kind == PLAN_LIMIT)
		n = n->child[0];
	if (n->kind == PLAN_PROJECT)
		plan_format_expr(n->project.exprs[0], n->child[0], &fx.text);
	else
		plan_format_expr(&column, n, &fx.text);
	strbuf_printf(&fx.text, " %s", col_types[n->columns[0].type].name);
}

void fx_check_expr(const char *expression, const char *text)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql), "SELECT %s FROM hits", expression);
	expr_text(fx_plan(arena_str(&fx.arena, str_of(sql), &fx.err).ptr)->root->child[0]);
	ck_assert_msg(strcmp(fx.text.ptr, text) == 0, "%s\nis\n%s\nwanted\n%s", expression,
		      fx.text.ptr, text);
}

void fx_check_error(const char *sql, enum error_code code, const char *place, const char *message)
{
	const char *at = strstr(sql, place);

	ck_assert_msg(at, "%s: no %s in it", sql, place);
	ck_assert_msg(fx_try(sql) < 0, "%s\nis planned to\n%s", sql, fx_tree());
	ck_assert_msg(fx.err.code == code, "%s\ncode %s: %s", sql, error_info(fx.err.code)->name,
		      fx.err.msg);
	ck_assert_msg(strcmp(fx.err.msg, message) == 0, "%s\nsays\n%s\nwanted\n%s", sql, fx.err.msg,
		      message);
	ck_assert_msg(fx.err.sql_offset == (uint32_t)(at - sql), "%s\nat %u, wanted %ld", sql,
		      fx.err.sql_offset, (long)(at - sql));
}

/* ---- rules ---- */

static const struct plan_rule *find_rule(const char *name)
{
	const struct plan_rule *rule;

	for (size_t i = 0; (rule = plan_rule_at(i)); i++) {
		if (strcmp(rule->name, name) == 0)
			break;
	}
	ck_assert_msg(rule, "no rule %s", name);
	return rule;
}

static void apply(const struct plan_rule *rule)
{
	struct plan_rewrite r = fx_rewrite();

	ck_assert_msg(rule->apply(&r, &fx.plan.root) == 0, "%s: %s", rule->name, fx.err.msg);
}

void fx_run_rule(const char *rule)
{
	apply(find_rule(rule));
}

void fx_bind_for(const char *sql, const char *rule)
{
	const struct plan_rule *last = find_rule(rule);
	struct binder b = { .plan = &fx.plan };
	struct plan_node *root;

	parse(sql);
	fx.plan = (struct plan){ 0 };
	fx.is_planned = true;
	b.r = fx_rewrite();
	ck_assert_msg(bind_query(&b, fx.stmt->query, true, &root) == 0, "%s\n%s", sql, fx.err.msg);
	fx.plan.root = plan_node_over(&b.r, PLAN_RESULT, root);
	for (size_t i = 0; plan_rule_at(i) != last; i++)
		apply(plan_rule_at(i));
}

static void check_tree(const char *sql, const char *when, const char *tree)
{
	const char *is = fx_tree();

	ck_assert_msg(strcmp(is, tree) == 0, "%s\n%s is\n%swanted\n%s", sql, when, is, tree);
}

void fx_check_rule(const char *rule, const char *sql, const char *before, const char *after)
{
	fx_bind_for(sql, rule);
	check_tree(sql, "before", before);
	fx_run_rule(rule);
	check_tree(sql, "after", after ? after : before);
}

struct plan_rewrite fx_rewrite(void)
{
	return (struct plan_rewrite){
		.arena = &fx.arena,
		.coop = &fx.coop,
		.options = &fx.options,
		.n_nodes = &fx.plan.n_nodes,
		.err = &fx.err,
	};
}
