/* test_plan.c - plan_build() as a whole: what it holds, gives back, and how it yields. */
#include "common/base/fiber.h"
#include "tests/support/plan/plan_fixture.h"

static uint32_t refs(const char *table)
{
	struct table *t = catalog_find(fx.catalog, str_of(table));
	uint32_t n = atomic_load(&t->n_refs) - 1;

	table_unref(&t);
	return n;
}

START_TEST(holds_each_table_until_it_is_released)
{
	const struct plan *plan = fx_plan(
		"SELECT a.id FROM users a JOIN users b ON a.id = b.id JOIN hits ON a.id = hits.id");

	ck_assert_uint_eq(plan->n_tables, 3);
	ck_assert_uint_eq(refs("users"), 3);
	ck_assert_uint_eq(refs("hits"), 2);
	plan_release(&fx.plan);
	ck_assert_uint_eq(refs("users"), 1);
	ck_assert_uint_eq(refs("hits"), 1);
	plan_release(&fx.plan);
	ck_assert_uint_eq(refs("users"), 1);
}
END_TEST

START_TEST(gives_tables_back_after_a_failure)
{
	ck_assert_int_lt(fx_try("SELECT nothing FROM users"), 0);
	ck_assert_uint_eq(refs("users"), 2);
	plan_release(&fx.plan);
	ck_assert_uint_eq(refs("users"), 1);
	plan_release(&(struct plan){ 0 });
}
END_TEST

START_TEST(knows_what_is_exempt_from_admission)
{
	ck_assert(fx_plan("SELECT query_id FROM system.processes")->reads_system_only);
	ck_assert(!fx_plan("SELECT number FROM system.numbers LIMIT 1")->reads_system_only);
	ck_assert(!fx_plan("SELECT id FROM users")->reads_system_only);
	ck_assert(!fx_plan("SELECT id FROM users JOIN system.processes ON userName = query_id")
			   ->reads_system_only);
	ck_assert(!fx_plan("SELECT 1")->reads_system_only);
}
END_TEST

START_TEST(keeps_tables_that_turn_out_not_to_be_read)
{
	const struct plan *plan = fx_plan("SELECT id FROM users WHERE 1 = 2");

	ck_assert_int_eq(plan->root->child[0]->kind, PLAN_VALUES);
	ck_assert_uint_eq(plan->n_tables, 1);
}
END_TEST

/* ---- pauses ---- */

struct job {
	const char *sql;
	uint32_t max_depth;
	int result;
};

static void parse_and_plan(void *arg)
{
	struct job *job = arg;
	struct sql_limits limits = { 64 << 20, 16 << 20, job->max_depth };

	job->result = sql_parse(str_of(job->sql), &limits, &fx.arena, &fx.coop, &fx.stmt, &fx.err);
	if (job->result < 0)
		return;
	fx.is_planned = true;
	job->result = plan_build(fx.stmt, str_of(job->sql), &fx.options, &fx.arena, &fx.coop,
				 &fx.plan, &fx.err);
}

/* Plans on a fiber's stack with so much credit per poll; how many polls it took. */
static uint64_t plan_in_steps(struct job *job, int64_t credit)
{
	struct fiber *f = fiber_new(parse_and_plan, job, &fx.err);
	uint64_t n = 1;

	ck_assert_ptr_nonnull(f);
	coop_refill(&fx.coop, credit, UINT64_MAX / 2);
	for (; !fiber_resume(f, &fx.coop); n++)
		coop_refill(&fx.coop, credit, UINT64_MAX / 2);
	fiber_free(&f);
	return n;
}

static void repeat(struct strbuf *out, const char *text, int n)
{
	for (int i = 0; i < n; i++)
		strbuf_add_str(out, str_of(text));
}

/* Longer than what a poll may take, in every place where the text can be long. */
static const struct {
	const char *head, *item, *tail;
} lists[] = {
	{ "SELECT id FROM hits WHERE id IN (1", ", 2", ")" },
	{ "SELECT id FROM hits WHERE id IN (clicks", ", clicks", ")" },
	{ "SELECT id FROM hits WHERE id = 1", " OR id = 2", "" },
	{ "SELECT id FROM hits WHERE id > 1", " AND id > 2", "" },
	{ "SELECT id", ", id + 1", " FROM hits" },
	{ "SELECT *", ", *", " FROM hits" },
	{ "SELECT count(*)", ", sum(id + 1)", " FROM hits" },
	{ "SELECT count(*) FROM hits GROUP BY id", ", id + 1", "" },
	{ "SELECT id FROM hits ORDER BY id", ", clicks", "" },
	{ "SELECT CASE id", " WHEN 1 THEN 2", " END FROM hits" },
	{ "SELECT coalesce(id", ", clicks", ") FROM hits" },
	{ "SELECT concat('a', country", ", country", ") FROM hits" },
	{ "SELECT country", " || country", " FROM hits" },
	{ "VALUES (1, 2)", ", (3, 'x')", "" },
};

START_TEST(plans_long_lists_in_steps)
{
	struct strbuf sql = STRBUF_INIT;
	struct job job = { .max_depth = 400 };
	uint64_t n_polls;

	strbuf_add_str(&sql, str_of(lists[_i].head));
	repeat(&sql, lists[_i].item, _i == 13 ? 1 : 2000);
	strbuf_add_str(&sql, str_of(lists[_i].tail));
	job.sql = sql.ptr;
	fx.options.max_columns = 1u << 20;
	n_polls = plan_in_steps(&job, 2000);
	if (_i != 13)
		ck_assert_uint_gt(n_polls, 300);
	else
		ck_assert_int_eq(fx.err.code, ERR_QUERY_VALIDATION);
	strbuf_fini(&sql);
}
END_TEST

START_TEST(stops_planning_when_cancelled)
{
	struct strbuf sql = STRBUF_INIT;
	struct job job = { .max_depth = 400 };
	struct fiber *f;

	strbuf_add_str(&sql, STR("SELECT id FROM hits WHERE id = 1"));
	repeat(&sql, " OR id = 2", 2000);
	job.sql = sql.ptr;
	f = fiber_new(parse_and_plan, &job, &fx.err);
	coop_refill(&fx.coop, 2000000, UINT64_MAX / 2);
	ck_assert(!fiber_resume(f, &fx.coop));
	(void)token_set(&fx.token, CANCEL_USER);
	ck_assert(fiber_resume(f, &fx.coop));
	fiber_free(&f);
	ck_assert_int_lt(job.result, 0);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	strbuf_fini(&sql);
}
END_TEST

/* What nests, as deep as the configuration lets the parser go. */
static const struct {
	const char *head, *before, *inside, *after, *tail;
	int levels_per_depth; /* syntax levels that one repetition adds */
} nests[] = {
	{ "SELECT ", "abs(", "id", ")", " FROM hits", 1 },
	{ "SELECT ", "- (", "id", ")", " FROM hits", 1 },
	{ "SELECT ", "CASE WHEN ok THEN ", "id", " END", " FROM hits", 1 },
	{ "SELECT id FROM hits WHERE ", "NOT (", "ok", ")", "", 1 },
	{ "SELECT id FROM hits WHERE ", "(ok OR (id > 1 AND ", "ok", "))", "", 2 },
	{ "SELECT id FROM ", "(SELECT id FROM ", "hits", " WHERE id > 1)", "", 2 },
	{ "SELECT id FROM ", "(SELECT id FROM ", "hits",
	  " GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT 10)", "", 2 },
	{ "SELECT ", "CAST(id IN (CASE WHEN ok THEN ", "id", " END) AS LONG)", " FROM hits", 3 },
};

#if UNIT_SANITIZED
#define DEPTH 400 /* the default; frames are larger here */
#else
#define DEPTH 1000 /* the most that can be configured */
#endif

START_TEST(has_stack_for_the_deepest_statement)
{
	struct strbuf sql = STRBUF_INIT;
	struct job job = { .max_depth = DEPTH };
	int n = DEPTH / nests[_i].levels_per_depth - 4;

	strbuf_add_str(&sql, str_of(nests[_i].head));
	repeat(&sql, nests[_i].before, n);
	strbuf_add_str(&sql, str_of(nests[_i].inside));
	repeat(&sql, nests[_i].after, n);
	strbuf_add_str(&sql, str_of(nests[_i].tail));
	job.sql = sql.ptr;
	(void)plan_in_steps(&job, 1000000);
	ck_assert_msg(job.result == 0, "%s", fx.err.msg);
	strbuf_fini(&sql);
}
END_TEST

/* ---- memory ---- */

static const char *const statements[] = {
	"SELECT country, city AS c, count(*), sum(clicks) FILTER (WHERE ok) FROM hits "
	"WHERE ts > '2024-01-01' AND id IN (1, 2, 3) GROUP BY country, c HAVING count(*) > 5 "
	"ORDER BY sum(amount) DESC, 1 LIMIT 10",
	"SELECT u.userName, upper(c.name), CASE age WHEN 1 THEN 'a' ELSE concat('b', 'c') END "
	"FROM hits h, users u JOIN countries c ON u.country = c.code "
	"WHERE h.id = u.id AND h.amount BETWEEN 1 AND 2 AND 10 / u.age > 1",
	"SELECT DISTINCT x + 1, coalesce(y, 'z') FROM (SELECT id * 2 AS x, city AS y FROM hits "
	"WHERE country LIKE 'a%' OR country = 'b' OR country = 'c') AS t ORDER BY 1",
	"SELECT v FROM slow JOIN (VALUES (1, 'a'), (2, NULL)) AS t ON v = EXPR$0",
	"EXPLAIN PLAN FOR SELECT count(DISTINCT country) FROM hits WHERE id > now()",
	"SELECT contry FROM hits",
	"SELECT id FROM hits GROUP BY city",
	"SELECT uper(city) FROM hits",
};

/* Every allocation of every statement fails once. */
START_TEST(survives_allocation_failure)
{
	struct sql_limits limits = { 1 << 20, 1 << 20, 100 };
	struct str sql = str_of(statements[_i / 2]);
	bool is_done = false;

	fx.options.dialect = _i % 2 ? DIALECT_SINGLE_STAGE : DIALECT_MULTI_STAGE;
	for (long n = 0; !is_done; n++) {
		struct arena arena;
		struct plan plan;
		int result;

		arena_init(&arena, &fx.pool);
		error_clear(&fx.err);
		ck_assert_int_eq(sql_parse(sql, &limits, &arena, &fx.coop, &fx.stmt, &fx.err), 0);
		arena.end = arena.ptr; /* the next piece of memory has to be asked for */
		(void)mem_fail_after(n);
		result = plan_build(fx.stmt, sql, &fx.options, &arena, &fx.coop, &plan, &fx.err);
		is_done = mem_fail_after(-1) <= n;
		if (result < 0 && !is_done)
			ck_assert_msg(fx.err.code == ERR_OUT_OF_MEMORY, "%s", fx.err.msg);
		else if (result == 0)
			plan_check(&plan);
		plan_release(&plan);
		arena_fini(&arena);
		ck_assert_int_lt(n, 10000);
	}
}
END_TEST

/* Memory is asked for in chunks, so let it run out after every byte as well. */
START_TEST(ends_at_the_memory_limit)
{
	struct str sql = str_of(statements[_i]);
	struct sql_limits limits = { 1 << 20, 1 << 20, 100 };
	int result = -1;

	for (int64_t limit = 1 << 14; result < 0 && limit < 1 << 20; limit += 1 << 12) {
		struct mem_account account;
		struct mem_pool pool;
		struct arena arena;
		struct plan plan = { 0 };

		mem_account_init(&account, limit, NULL);
		mem_pool_init(&pool, &account);
		arena_init(&arena, &pool);
		error_clear(&fx.err);
		result = sql_parse(sql, &limits, &arena, &fx.coop, &fx.stmt, &fx.err);
		if (result == 0)
			result = plan_build(fx.stmt, sql, &fx.options, &arena, &fx.coop, &plan,
					    &fx.err);
		if (result < 0 && fx.err.code != ERR_QUERY_MEMORY)
			result = 0; /* one of the statements that are wrong: it got that far */
		plan_release(&plan);
		arena_fini(&arena);
		mem_pool_fini(&pool);
	}
	ck_assert_int_eq(result, 0);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, holds_each_table_until_it_is_released);
	tcase_add_test(tc, gives_tables_back_after_a_failure);
	tcase_add_test(tc, knows_what_is_exempt_from_admission);
	tcase_add_test(tc, keeps_tables_that_turn_out_not_to_be_read);
	tcase_add_loop_test(tc, plans_long_lists_in_steps, 0, ARRAY_SIZE(lists));
	tcase_add_test(tc, stops_planning_when_cancelled);
	tcase_add_loop_test(tc, has_stack_for_the_deepest_statement, 0, ARRAY_SIZE(nests));
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2 * ARRAY_SIZE(statements));
	tcase_add_loop_test(tc, ends_at_the_memory_limit, 0, ARRAY_SIZE(statements));
	return unit_main("plan/plan", tc);
}
