/*
 * numbers.c - system.numbers: 0, 1, 2, ... up to the largest LONG.
 *
 * Tasks claim ranges of NUMBERS_RANGE values with an atomic add, so each number
 * is delivered exactly once, whatever the number of tasks.  The scan is the
 * natural endless query: it never ends unless somebody stops it, or a LIMIT is
 * satisfied.
 */
#include "broker/table/system_tables.h"
#include "broker/table/table_head.h"
#include "common/base/error.h"

/* A power of two, so that the last range ends with INT64_MAX. */
#define NUMBERS_RANGE UINT64_C(65536)

struct numbers_shared {
	struct scan_shared base;
	_Atomic uint64_t next; /* first number that nobody has claimed */
	uint32_t n_columns;
};

struct numbers_scan {
	struct scan base;
	struct numbers_shared *shared;
	uint64_t next, end; /* what is left of the claimed range */
	struct batch batch;
	int64_t values[BATCH_ROWS_MAX];
	struct column cols[]; /* all alike: the table has one column */
};

static int numbers_scan_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			      struct scan_shared **out, struct error *err)
{
	struct numbers_shared *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	s->base.table = t;
	s->n_columns = spec->n_columns;
	atomic_init(&s->next, 0);
	*out = &s->base;
	return 0;
}

static uint32_t numbers_parallelism(const struct scan_shared *s)
{
	(void)s;
	return UINT32_MAX;
}

static int numbers_scan_open(struct scan_shared *base, struct mem_pool *pool, struct scan **out,
			     struct error *err)
{
	struct numbers_shared *shared = CONTAINER_OF(base, struct numbers_shared, base);
	size_t cols_bytes = shared->n_columns * sizeof(struct column);
	struct numbers_scan *s = mem_pool_calloc(pool, sizeof(*s) + cols_bytes, err);

	if (!s)
		return -1;
	s->base.class = base->table->class;
	s->shared = shared;
	for (uint32_t i = 0; i < shared->n_columns; i++)
		s->cols[i] =
			(struct column){ .type = COL_LONG, .form = COL_FLAT, .values = s->values };
	s->batch.n_cols = shared->n_columns;
	s->batch.cols = s->cols;
	*out = &s->base;
	return 0;
}

static bool numbers_claim(struct numbers_scan *s)
{
	uint64_t first =
		atomic_fetch_add_explicit(&s->shared->next, NUMBERS_RANGE, memory_order_relaxed);

	if (first > INT64_MAX) {
		/* Keeps the counter from wrapping, however often a finished scan is asked. */
		atomic_store_explicit(&s->shared->next, (uint64_t)INT64_MAX + 1,
				      memory_order_relaxed);
		return false;
	}
	s->next = first;
	s->end = first + NUMBERS_RANGE;
	return true;
}

static enum scan_result numbers_scan_next(struct scan *base, struct coop *coop, struct batch **out,
					  struct error *err)
{
	struct numbers_scan *s = CONTAINER_OF(base, struct numbers_scan, base);

	(void)err;
	if (!coop_go(coop))
		return SCAN_YIELD;
	if (s->next == s->end && !numbers_claim(s))
		return SCAN_DONE;
	for (uint32_t i = 0; i < BATCH_ROWS_MAX; i++)
		s->values[i] = (int64_t)(s->next + i);
	s->next += BATCH_ROWS_MAX;
	s->batch.n_rows = BATCH_ROWS_MAX;
	s->batch.sel = (struct sel){ .n_rows = BATCH_ROWS_MAX };
	s->base.stats.rows += BATCH_ROWS_MAX;
	coop_pay(coop, (int64_t)BATCH_ROWS_MAX * COOP_ROW);
	*out = &s->batch;
	return SCAN_BATCH;
}

static void numbers_destroy(struct table *t)
{
	table_head_fini(t);
	mem_free(t);
}

static const struct table_class numbers_class = {
	.scan_start = numbers_scan_start,
	.parallelism = numbers_parallelism,
	.scan_open = numbers_scan_open,
	.scan_next = numbers_scan_next,
	.destroy = numbers_destroy,
	.is_cooperative = true,
};

struct table *system_numbers_new(struct error *err)
{
	static const struct table_column columns[] = {
		{ .name = { "number", 6 }, .type = COL_LONG },
	};
	struct table *t = mem_alloc(sizeof(*t));

	if (!t) {
		error_oom(err);
		return NULL;
	}
	if (table_head_init(t, &numbers_class, STR("system.numbers"), columns, ARRAY_SIZE(columns),
			    err) < 0) {
		mem_free(t);
		return NULL;
	}
	t->is_system = true;
	return t;
}
