/*
 * parse.c - measures the SQL front: text to tree, and to fingerprint, on one thread.
 *
 * Each figure is the best of many runs, in CPU time of the thread, with an arena
 * that has been used before; memory is that of one statement in a new one.
 */
#include <stdio.h>
#include <string.h>

#include "broker/sql/sql.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"

#define RUN_NS (20 * NS_PER_MS)
#define N_RUNS 25

static struct mem_account account;
static struct mem_pool pool;
static struct arena arena;
static struct token token;
static struct coop coop;
static struct strbuf fingerprint;

/* 200 bytes of the kind that dashboards send. */
static const char typical[] =
	"SELECT city, COUNT(*) AS n, SUM(price * 2 + 1) FROM orders WHERE status IN ('new', 'paid', "
	"'sent') AND ts BETWEEN 1000 AND 200000 AND city <> 'x' GROUP BY city HAVING COUNT(*) > 9 "
	"ORDER BY n DESC LIMIT 100";

static int parse(struct str sql, const struct ast_stmt **out, struct error *err)
{
	static const struct sql_limits limits = { 64 << 20, 100000000, 400 };

	arena_reset(&arena);
	coop_unlimited(&coop, &token);
	return sql_parse(sql, &limits, &arena, &coop, out, err);
}

static int parse_only(struct str sql, struct error *err)
{
	const struct ast_stmt *stmt;

	return parse(sql, &stmt, err);
}

static int parse_and_print(struct str sql, struct error *err)
{
	const struct ast_stmt *stmt = NULL;
	char hash[SQL_HASH_SIZE];

	strbuf_reset(&fingerprint);
	if (parse(sql, &stmt, err) < 0)
		return -1;
	return sql_fingerprint(stmt, SIZE_MAX, &coop, &fingerprint, hash, err);
}

/* CPU nanoseconds of one call: of as many as fill RUN_NS, the best of N_RUNS times. */
static double measure(int (*work)(struct str sql, struct error *err), struct str sql)
{
	double best = 1e18;
	struct error err;

	for (int run = 0; run < N_RUNS; run++) {
		uint64_t begin = clock_thread_cpu_ns(), end = begin;
		int n = 0;
		double ns;

		for (; end - begin < RUN_NS; n++) {
			error_clear(&err);
			(void)work(sql, &err);
			if (n % 16 == 0 || sql.len > 10000)
				end = clock_thread_cpu_ns();
		}
		ns = (double)(clock_thread_cpu_ns() - begin) / n;
		best = ns < best ? ns : best;
	}
	return best;
}

/* head, then pieces, in which # stands for their number, until there are enough of them, then tail. */
static struct strbuf repeat(const char *head, const char *piece, const char *tail, size_t n_pieces,
			    size_t n_bytes)
{
	struct strbuf sql = STRBUF_INIT;

	strbuf_add_str(&sql, str_of(head));
	for (size_t i = 0; i < n_pieces && sql.len < n_bytes; i++) {
		const char *mark = strchr(piece, '#');

		strbuf_add(&sql, piece, mark ? (size_t)(mark - piece) : strlen(piece));
		if (mark)
			strbuf_printf(&sql, "%zu%s", i, mark + 1);
	}
	strbuf_add_str(&sql, str_of(tail));
	return sql;
}

/* From an arena that is new. */
static void measure_memory(struct str sql)
{
	struct error err;
	long n_allocations;

	arena_fini(&arena);
	arena_init(&arena, &pool);
	(void)mem_fail_after(1000000);
	(void)parse_only(sql, &err);
	n_allocations = mem_fail_after(-1);
	(void)printf("    its memory                 %9zu bytes in %ld allocation%s\n",
		     arena.total_bytes - (size_t)(arena.end - arena.ptr), n_allocations,
		     n_allocations == 1 ? "" : "s");
}

static void measure_typical(void)
{
	struct str sql = str_of(typical);
	double ns = measure(parse_only, sql), print_ns = measure(parse_and_print, sql);

	(void)printf(
		"    query of %zu bytes          %9.0f /s to a tree, %9.0f /s to a fingerprint\n",
		sql.len, 1e9 / ns, 1e9 / print_ns);
	measure_memory(sql);
}

static const struct {
	const char *name, *head, *piece, *tail;
} texts[] = {
	{ "1 MB of such queries", "",
	  "SELECT city, COUNT(*) AS n, SUM(price * 2 + 1) FROM orders WHERE status IN ('new', "
	  "'paid') AND ts BETWEEN # AND 200000 GROUP BY city UNION ALL ",
	  "SELECT 1, 2, 3" },
	{ "1 MB of expressions", "SELECT 0", ", f(a, #) + b * 2 AS c", " FROM t" },
	{ "1 MB of comment", "SELECT 1 /*", " nothing to see here # ", "*/" },
};

static void measure_long(size_t i)
{
	struct strbuf sql = repeat(texts[i].head, texts[i].piece, texts[i].tail, SIZE_MAX, 1000000);
	double ns = measure(parse_only, strbuf_str(&sql));
	double print_ns = measure(parse_and_print, strbuf_str(&sql));

	(void)printf("    %-26s %9.1f MB/s to a tree, %9.1f MB/s to a fingerprint\n", texts[i].name,
		     (double)sql.len * 1e3 / ns, (double)sql.len * 1e3 / print_ns);
	strbuf_fini(&sql);
}

static void measure_list(void)
{
	struct strbuf sql = repeat("SELECT a FROM t WHERE x IN (0", ", #", ")", 99999, SIZE_MAX);

	(void)printf(
		"    IN of 100,000 values       %9.1f ms to a tree, %9.1f ms to a fingerprint\n",
		measure(parse_only, strbuf_str(&sql)) / 1e6,
		measure(parse_and_print, strbuf_str(&sql)) / 1e6);
	strbuf_fini(&sql);
}

static void measure_nesting(void)
{
	struct strbuf sql = repeat("SELECT ", "(", "1", 10000, SIZE_MAX);
	struct error err = { 0 };
	double ns;

	for (int i = 0; i < 10000; i++)
		strbuf_add_char(&sql, ')');
	ns = measure(parse_only, strbuf_str(&sql));
	(void)parse_only(strbuf_str(&sql), &err);
	(void)printf("    10,000 parentheses         %9.3f ms: %s\n", ns / 1e6, err.msg);
	strbuf_fini(&sql);
}

int main(void)
{
	mem_account_init(&account, 0, NULL);
	mem_pool_init(&pool, &account);
	arena_init(&arena, &pool);
	(void)printf("(f) SQL front, one thread, best of %d\n", N_RUNS);
	measure_typical();
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		measure_long(i);
	measure_list();
	measure_nesting();
	strbuf_fini(&fingerprint);
	arena_fini(&arena);
	mem_pool_fini(&pool);
	return 0;
}
