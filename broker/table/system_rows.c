/*
 * system_rows.c - tables whose rows a higher layer lists when they are read.
 *
 * The rows are copied into chunks of the query's own memory by one call at the
 * first scan_next(), so a reader sees one moment and holds no lock afterwards.
 * One task reads; the lists are short.
 */
#include "broker/table/system_tables.h"
#include "broker/table/table_head.h"
#include "common/base/error.h"

struct rows_table {
	struct table base;
	system_rows_fn *fill;
	void *arg;
};

struct rows_shared {
	struct scan_shared base;
	uint32_t *columns; /* indexes of the table's columns */
	uint32_t n_columns;
	_Atomic bool is_taken; /* a scan delivers the rows; any other has none */
};

struct rows_scan {
	struct scan base;
	struct rows_shared *shared;
	struct mem_pool *pool;
	bool is_filled;
	struct chunk_list rows;
	const struct chunk *next;
	struct batch batch;
	struct column cols[];
};

static int rows_scan_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			   struct scan_shared **out, struct error *err)
{
	struct rows_shared *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	s->base.table = t;
	s->columns = scan_spec_columns(spec, pool, err);
	if (!s->columns)
		return -1;
	s->n_columns = spec->n_columns;
	atomic_init(&s->is_taken, false);
	*out = &s->base;
	return 0;
}

static uint32_t rows_parallelism(const struct scan_shared *s)
{
	(void)s;
	return 1;
}

static int rows_scan_open(struct scan_shared *base, struct mem_pool *pool, struct scan **out,
			  struct error *err)
{
	struct rows_shared *shared = CONTAINER_OF(base, struct rows_shared, base);
	size_t cols_bytes = shared->n_columns * sizeof(struct column);
	struct rows_scan *s = mem_pool_calloc(pool, sizeof(*s) + cols_bytes, err);

	if (!s)
		return -1;
	s->base.class = base->table->class;
	s->shared = shared;
	s->pool = pool;
	s->batch.n_cols = shared->n_columns;
	s->batch.cols = s->cols;
	*out = &s->base;
	return 0;
}

static int rows_fill(struct rows_scan *s, struct coop *coop, struct error *err)
{
	const struct rows_table *t = CONTAINER_OF(s->shared->base.table, struct rows_table, base);
	enum col_type *types = mem_pool_alloc(s->pool, t->base.n_columns * sizeof(*types), err);

	if (!types)
		return -1;
	for (uint32_t i = 0; i < t->base.n_columns; i++)
		types[i] = t->base.columns[i].type;
	if (chunk_list_init(&s->rows, s->pool, t->base.n_columns, types, err) < 0)
		return -1;
	mem_pool_free(s->pool, types);
	if (t->fill(t->arg, &s->rows, err) < 0)
		return -1;
	s->next = s->rows.first;
	coop_pay(coop, COOP_CALL + (int64_t)s->rows.n_rows * t->base.n_columns * COOP_ROW);
	return 0;
}

static enum scan_result rows_scan_next(struct scan *base, struct coop *coop, struct batch **out,
				       struct error *err)
{
	struct rows_scan *s = CONTAINER_OF(base, struct rows_scan, base);

	if (!coop_go(coop))
		return SCAN_YIELD;
	if (!s->is_filled) {
		s->is_filled = true;
		if (!atomic_exchange_explicit(&s->shared->is_taken, true, memory_order_relaxed) &&
		    rows_fill(s, coop, err) < 0)
			return SCAN_FAILED;
	}
	if (!s->next)
		return SCAN_DONE;
	for (uint32_t i = 0; i < s->shared->n_columns; i++)
		s->cols[i] = s->next->batch.cols[s->shared->columns[i]];
	s->batch.n_rows = s->next->batch.n_rows;
	s->batch.sel = (struct sel){ .n_rows = s->batch.n_rows };
	s->base.stats.rows += s->batch.n_rows;
	s->next = s->next->next;
	coop_pay(coop, COOP_CALL);
	*out = &s->batch;
	return SCAN_BATCH;
}

static void rows_destroy(struct table *t)
{
	table_head_fini(t);
	mem_free(CONTAINER_OF(t, struct rows_table, base));
}

static const struct table_class rows_class = {
	.scan_start = rows_scan_start,
	.parallelism = rows_parallelism,
	.scan_open = rows_scan_open,
	.scan_next = rows_scan_next,
	.destroy = rows_destroy,
	.is_cooperative = true,
};

struct table *system_rows_new(struct str name, const struct table_column *columns,
			      uint32_t n_columns, system_rows_fn *fill, void *arg,
			      struct error *err)
{
	struct rows_table *t = mem_alloc(sizeof(*t));

	if (!t) {
		error_oom(err);
		return NULL;
	}
	if (table_head_init(&t->base, &rows_class, name, columns, n_columns, err) < 0) {
		mem_free(t);
		return NULL;
	}
	t->base.is_system = true;
	t->base.is_exempt = true;
	t->fill = fill;
	t->arg = arg;
	return &t->base;
}
