/* source.c - see source.h. */
#include "tests/support/exec/source.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"

#define TEXT_STARTS 64u /* texts begin at one of so many places of one long text */

/* Texts up to this lie in the scan and go with the batch; longer ones stay. */
#define OWN_TEXT_MAX 64u

struct source_shared {
	struct scan_shared base;
	_Atomic uint64_t next_row;
};

struct source_scan {
	struct scan base;
	struct source *source;
	struct source_shared *shared;
	uint64_t n_calls;
	uint32_t n_empty; /* batches without rows since the last one with rows */
	bool has_text;
	struct batch batch;
	int64_t rows[BATCH_ROWS_MAX], keys[BATCH_ROWS_MAX], none[BATCH_ROWS_MAX];
	struct strv texts[BATCH_ROWS_MAX];
	uint64_t no_validity[VALIDITY_WORDS];
	uint16_t live[BATCH_ROWS_MAX];
	char own_text[BATCH_ROWS_MAX * OWN_TEXT_MAX];
	struct column cols[];
};

static struct source *source_of(const struct table *t)
{
	return CONTAINER_OF((struct table *)(uintptr_t)t, struct source, base);
}

/* ---- what is in it ---- */

struct value source_value(const struct source *s, uint64_t row, uint32_t column)
{
	struct value v = { .type = s->base.columns[column].type };

	switch (column) {
	case SOURCE_ROW:
		v.i64 = s->shape.is_falling ? INT64_MAX - (int64_t)row : (int64_t)row;
		break;
	case SOURCE_KEY:
		v.i64 = (int64_t)(s->shape.n_keys ? row % s->shape.n_keys : row);
		break;
	case SOURCE_TEXT:
		v.str = (struct str){ s->text + row % TEXT_STARTS, s->shape.text_bytes };
		break;
	default:
		v.is_null = true;
		break;
	}
	return v;
}

uint64_t source_n_live(const struct source *s)
{
	uint64_t one_in = MAX(s->shape.live_one_in, 1u);

	return (s->shape.n_rows + one_in - 1) / one_in;
}

/* ---- batches ---- */

static void fill_text(struct source_scan *s, uint32_t i, uint64_t row)
{
	struct str text = source_value(s->source, row, SOURCE_TEXT).str;

	if (text.len <= OWN_TEXT_MAX)
		text.ptr = memcpy(s->own_text + i * OWN_TEXT_MAX, text.ptr, text.len);
	s->texts[i] = strv_make(text.ptr, text.len);
}

static void fill(struct source_scan *s, uint64_t first, uint32_t n)
{
	uint32_t one_in = MAX(s->source->shape.live_one_in, 1u), n_live = 0;

	for (uint32_t i = 0; i < n; i++) {
		s->rows[i] = source_value(s->source, first + i, SOURCE_ROW).i64;
		s->keys[i] = source_value(s->source, first + i, SOURCE_KEY).i64;
		s->none[i] = 77;
		if (s->has_text)
			fill_text(s, i, first + i);
		if ((first + i) % one_in == 0)
			s->live[n_live++] = (uint16_t)i;
	}
	s->batch.n_rows = n;
	s->batch.sel = (struct sel){ one_in > 1 ? s->live : NULL, n_live };
}

static void burn(uint64_t ns)
{
	uint64_t end = clock_thread_cpu_ns() + ns;

	while (ns > 0 && clock_thread_cpu_ns() < end)
		continue;
}

static uint64_t claim(struct source_scan *s, uint32_t n)
{
	uint64_t first = atomic_load(&s->shared->next_row);

	do {
		if (first >= s->source->shape.n_rows)
			return SOURCE_ENDLESS;
	} while (!atomic_compare_exchange_weak(&s->shared->next_row, &first, first + n));
	return first;
}

static enum scan_result next_rows(struct source_scan *s, struct error *err)
{
	const struct source_shape *shape = &s->source->shape;
	uint32_t n = shape->batch_rows ? shape->batch_rows : BATCH_ROWS_MAX;
	uint64_t first;

	if (s->n_empty < shape->n_empty) {
		s->n_empty++;
		fill(s, 0, 0);
		return SCAN_BATCH;
	}
	s->n_empty = 0;
	first = claim(s, n);
	if (first == SOURCE_ENDLESS)
		return SCAN_DONE;
	n = (uint32_t)MIN(n, shape->n_rows - first);
	if (shape->fails_at && first + n > shape->fails_at) {
		(void)error_set(err, ERR_SEGMENT_DAMAGED, "row %llu cannot be read",
				(unsigned long long)shape->fails_at);
		return SCAN_FAILED;
	}
	fill(s, first, n);
	s->base.stats.rows += s->batch.sel.n_rows;
	return SCAN_BATCH;
}

static enum scan_result source_next(struct scan *base, struct coop *coop, struct batch **out,
				    struct error *err)
{
	struct source_scan *s = CONTAINER_OF(base, struct source_scan, base);
	const struct source_shape *shape = &s->source->shape;
	enum scan_result result;

	atomic_fetch_add(&s->source->n_calls, 1);
	if (s->source->hook)
		s->source->hook(s->source, coop);
	s->n_calls++;
	if (shape->pending_every && s->n_calls % shape->pending_every == 0)
		return SCAN_YIELD;
	if (!shape->is_unpaid && !coop_go(coop))
		return SCAN_YIELD;
	burn(shape->cost_ns);
	result = next_rows(s, err);
	if (!shape->is_unpaid)
		coop_pay(coop, COOP_CALL + (int64_t)shape->cost_ns +
				       (int64_t)s->batch.n_rows * 10 * COOP_ROW);
	*out = &s->batch;
	return result;
}

/* ---- the table ---- */

static int source_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			struct scan_shared **out, struct error *err)
{
	struct source *source = source_of(t);
	struct source_shared *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	if (source->shape.start_fails)
		return error_set(err, ERR_SEGMENT_DAMAGED, "the table cannot be read");
	s->base.table = t;
	source->spec = *spec;
	atomic_fetch_add(&source->n_started, 1);
	*out = &s->base;
	return 0;
}

static uint32_t source_parallelism(const struct scan_shared *s)
{
	return MAX(source_of(s->table)->shape.n_tasks, 1u);
}

static void show_columns(struct source_scan *s, const struct scan_spec *spec)
{
	const void *values[] = { s->rows, s->keys, s->texts, s->none };

	for (uint32_t i = 0; i < spec->n_columns; i++) {
		uint32_t from = spec->columns[i];

		s->has_text |= from == SOURCE_TEXT;
		s->cols[i] = (struct column){
			.type = s->source->base.columns[from].type,
			.values = values[from],
			.validity = from == SOURCE_NONE ? s->no_validity : NULL,
		};
	}
	s->batch = (struct batch){ .n_cols = spec->n_columns, .cols = s->cols };
}

static int source_open(struct scan_shared *base, struct mem_pool *pool, struct scan **out,
		       struct error *err)
{
	struct source *source = source_of(base->table);
	size_t cols_bytes = source->spec.n_columns * sizeof(struct column);
	struct source_scan *s = mem_pool_calloc(pool, sizeof(*s) + cols_bytes, err);

	if (!s)
		return -1;
	if (source->shape.open_fails && atomic_load(&source->n_opened) >= source->shape.open_fails)
		return error_set(err, ERR_SEGMENT_DAMAGED, "the segment cannot be opened");
	atomic_fetch_add(&source->n_opened, 1);
	s->base.class = base->table->class;
	s->source = source;
	s->shared = CONTAINER_OF(base, struct source_shared, base);
	show_columns(s, &source->spec);
	*out = &s->base;
	return 0;
}

static void source_close(struct scan *base)
{
	atomic_fetch_add(&CONTAINER_OF(base, struct source_scan, base)->source->n_closed, 1);
}

static const struct table_class paid_class = {
	.scan_start = source_start,
	.parallelism = source_parallelism,
	.scan_open = source_open,
	.scan_next = source_next,
	.scan_close = source_close,
	.is_cooperative = true,
};

static const struct table_class unpaid_class = {
	.scan_start = source_start,
	.parallelism = source_parallelism,
	.scan_open = source_open,
	.scan_next = source_next,
	.scan_close = source_close,
};

void source_init(struct source *s, const struct source_shape *shape)
{
	static struct table_column columns[SOURCE_COLUMNS] = {
		{ .name = { "row", 3 }, .type = COL_LONG },
		{ .name = { "key", 3 }, .type = COL_LONG },
		{ .name = { "text", 4 }, .type = COL_STRING },
		{ .name = { "none", 4 }, .type = COL_LONG, .is_nullable = true },
	};
	size_t n = shape->text_bytes + TEXT_STARTS;

	*s = (struct source){ .shape = *shape };
	s->base.class = shape->is_unpaid ? &unpaid_class : &paid_class;
	s->base.n_refs = 1;
	s->base.columns = columns;
	s->base.n_columns = SOURCE_COLUMNS;
	s->base.n_rows = shape->n_rows == SOURCE_ENDLESS ? -1 : (int64_t)shape->n_rows;
	s->text = mem_alloc(n);
	ASSERT(s->text);
	for (size_t i = 0; i < n; i++)
		s->text[i] = (char)(' ' + (i * i * 7 + i * 13 + i / 64) % 90);
}

void source_fini(struct source *s)
{
	mem_free(s->text);
	*s = (struct source){ 0 };
}
