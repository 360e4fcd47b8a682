/*
 * fuzz_plan.c - statements to plans: what cannot run, binder, rules, fragments.
 *
 * A statement is planned against tests/support/plan/plan_tables.h, in a dialect and
 * with pauses as its hash has it, or it is refused with a message and, where there
 * is one, a place.  A plan passes plan_check(), can be printed, and gives its
 * tables back.  What has no column in it is computed on the way: so are all
 * functions, with whatever values the statement has.
 */
#include <stdio.h>
#include <stdlib.h>

#include "broker/plan/explain.h"
#include "broker/plan/plan.h"
#include "common/base/assert.h"
#include "common/base/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_mutate.h"
#include "tests/support/plan/plan_tables.h"

static char dir[] = PLAN_TABLES_DIR;
static struct catalog *catalog;
static uint32_t n_refs; /* to the tables, between two inputs */
static struct strbuf text;

static void close_catalog(void)
{
	plan_tables_close(dir, &catalog);
}

static void check_refusal(const struct error *err, size_t length)
{
	fuzz_check_error(err, length);
	ASSERT(err->code == ERR_SQL_PARSING || err->code == ERR_TABLE_UNKNOWN ||
	       err->code == ERR_COLUMN_UNKNOWN || err->code == ERR_QUERY_VALIDATION ||
	       err->code == ERR_NOT_SUPPORTED || err->code == ERR_QUERY_EXECUTION);
}

static void check_plan(const struct plan *plan)
{
	plan_check(plan);
	strbuf_reset(&text);
	plan_format_tree(plan, &text);
	ASSERT(strbuf_ok(&text));
}

static bool build(struct fuzz_query *q, struct str sql, const struct plan_options *options)
{
	static const struct sql_limits limits = { 1 << 20, 1000000, 400 };
	const struct ast_stmt *stmt;
	struct plan plan = { 0 };
	bool is_planned;

	if (sql_parse(sql, &limits, &q->arena, &q->coop, &stmt, &q->err) < 0) {
		check_refusal(&q->err, sql.len);
		return false;
	}
	is_planned = plan_build(stmt, sql, options, &q->arena, &q->coop, &plan, &q->err) == 0;
	if (is_planned)
		check_plan(&plan);
	else
		check_refusal(&q->err, sql.len);
	plan_release(&plan);
	return is_planned;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str sql = { (const char *)data, size };
	uint64_t hash = hash_bytes(data, size);
	struct plan_options options = {
		.catalog = catalog,
		.dialect = hash & 1 ? DIALECT_MULTI_STAGE : DIALECT_SINGLE_STAGE,
		.default_limit = 10,
		.max_limit = 1000000,
		.star_by_name = hash & 2,
		.now_ms = 1700000000000,
		.max_value_bytes = 1 << 16,
		.max_columns = 4096,
	};
	struct fuzz_query q;

	fuzz_query_init(&q);
	if (hash & 4)
		fuzz_query_pause(&q, 0);
	fuzz_count(build(&q, sql, &options));
	fuzz_query_fini(&q);
	ASSERT(plan_tables_count_refs() == n_refs);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return sql_mutate(data, size, max_size, seed, SQL_RUN);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
	return sql_cross_over(data1, size1, data2, size2, out, max_size, seed, SQL_RUN);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the library's signature */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error err = { 0 };

	(void)argc;
	(void)argv;
	if (plan_tables_open(dir, &catalog, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	n_refs = plan_tables_count_refs();
	(void)atexit(close_catalog);
	return 0;
}
