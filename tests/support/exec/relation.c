/* relation.c - see relation.h. */
#include "tests/support/exec/relation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "tests/support/column/sample.h"

#define DICT_ROWS 512u /* entries of a dictionary at most */

static void *must(void *ptr)
{
	ASSERT(ptr);
	return ptr;
}

/* ---- rows ---- */

static void relation_reserve(struct relation *r, size_t n_rows)
{
	r->cells = must(mem_realloc(r->cells, MAX(n_rows * r->n_cols, 1u) * sizeof(*r->cells)));
}

void relation_init(struct relation *r, uint32_t n_cols, const enum col_type *types, size_t n_rows)
{
	ASSERT(n_cols <= ARRAY_SIZE(r->types));
	*r = (struct relation){ .n_cols = n_cols };
	memcpy(r->types, types, n_cols * sizeof(*types));
	relation_reserve(r, n_rows);
	r->n_rows = n_rows;
	for (size_t i = 0; i < n_rows * n_cols; i++)
		r->cells[i] = (struct value){ .type = types[i % n_cols], .is_null = true };
}

void relation_fini(struct relation *r)
{
	mem_free(r->cells);
	*r = (struct relation){ 0 };
}

void relation_add(struct relation *r, const struct value *cells)
{
	if ((r->n_rows & (r->n_rows - 1)) == 0)
		relation_reserve(r, MAX(2 * r->n_rows, (size_t)16));
	memcpy(relation_at(r, r->n_rows++, 0), cells, r->n_cols * sizeof(*cells));
}

/* Texts of all lengths around the borders of views, many with a common beginning. */
static struct str text_value(uint64_t i)
{
	static char texts[4096][48];
	char *text = texts[i % ARRAY_SIZE(texts)];

	if (text[0] == 0) {
		unsigned long long n = i % ARRAY_SIZE(texts);

		switch (n % 4) {
		case 0:
			(void)snprintf(text, sizeof(texts[0]), "%llu", n);
			break;
		case 1:
			(void)snprintf(text, sizeof(texts[0]), "key %06llu", n);
			break;
		case 2:
			(void)snprintf(text, sizeof(texts[0]), "common beginning %llu", n);
			break;
		default:
			(void)snprintf(text, sizeof(texts[0]), "%012llu%012llu", n, n);
			break;
		}
	}
	return str_of(text);
}

struct value relation_value(enum col_type type, uint64_t i)
{
	struct value v = { .type = type };
	static const double odd[] = { 0.0, -0.0, 1e300 * 1e10, -1e300 * 1e10 };

	switch (col_lane_of(type)) {
	case LANE_BOOL:
		v.boolean = i & 1;
		break;
	case LANE_I64:
		v.i64 = (int64_t)i - 3;
		if (type != COL_INT && i % 7 == 0)
			v.i64 = i % 2 ? INT64_MAX - (int64_t)(i / 14)
				      : INT64_MIN + (int64_t)(i / 14);
		break;
	case LANE_F64:
		v.f64 = (double)(int64_t)i * 0.5 - 3;
		if (i < 4)
			v.f64 = odd[i];
		if (i == 4)
			v.f64 = odd[2] - odd[2];
		break;
	case LANE_STR:
		v.str = text_value(i);
		break;
	case LANE_COUNT:
		break;
	}
	return v;
}

void relation_fill(struct relation *r, uint32_t col, uint64_t *seed, uint64_t n_values, bool nulls)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		*relation_at(r, i, col) =
			relation_value(r->types[col], sample_random(seed) % n_values);
		relation_at(r, i, col)->is_null = nulls && sample_random(seed) % 8 == 0;
	}
}

/* ---- lines ---- */

static void cell_format(const struct value *v, struct strbuf *out)
{
	if (v->is_null) {
		strbuf_printf(out, "NULL|");
		return;
	}
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		strbuf_printf(out, "%d|", v->boolean);
		break;
	case LANE_I64:
		strbuf_printf(out, "%lld|", (long long)v->i64);
		break;
	case LANE_F64:
		if (v->f64 != v->f64)
			strbuf_printf(out, "NaN|");
		else
			strbuf_printf(out, "%.17g|", v->f64 + 0.0);
		break;
	case LANE_STR:
		strbuf_printf(out, "'" STR_FMT "'|", STR_ARG(v->str));
		break;
	case LANE_COUNT:
		break;
	}
}

char **relation_lines(const struct relation *r)
{
	char **lines = must(mem_calloc(r->n_rows + 1, sizeof(*lines)));
	CLEANUP(strbuf_fini) struct strbuf line = STRBUF_INIT;

	for (size_t i = 0; i < r->n_rows; i++) {
		strbuf_reset(&line);
		for (uint32_t k = 0; k < r->n_cols; k++)
			cell_format(relation_at(r, i, k), &line);
		lines[i] = must(mem_strndup(line.ptr ? line.ptr : "", line.len));
	}
	return lines;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_sort(char **lines, size_t n)
{
	qsort(lines, n, sizeof(*lines), compare_lines);
}

void lines_free(char **lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mem_free(lines[i]);
	mem_free(lines);
}

/* ---- the table ---- */

/* A dictionary over a stretch of rows of one column. */
struct test_dict {
	struct dict dict;
	uint32_t *codes; /* of the stretch's rows */
	_Alignas(16) char values[DICT_ROWS * sizeof(struct strv)];
};

#define STRETCH 6000u /* rows that share dictionaries */

struct test_table {
	struct table base;
	const struct relation *rows;
	struct table_shape shape;
	size_t n_stretches;
	struct test_dict **dicts; /* [stretch * n_cols + col]; NULL: too many values */
};

struct test_shared {
	struct scan_shared base;
	struct scan_spec spec;
	_Atomic size_t next_row;
	_Atomic uint64_t seed;
};

struct test_scan {
	struct scan base;
	struct test_shared *shared;
	uint64_t seed;
	struct batch batch;
	struct column cols[16];
	uint16_t live[BATCH_ROWS_MAX];
	uint64_t validity[16][VALIDITY_WORDS];
	uint32_t codes[16][BATCH_ROWS_MAX];
	_Alignas(16) char values[16][BATCH_ROWS_MAX * sizeof(struct strv)];
};

static void put(char *values, uint32_t i, const struct value *v)
{
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		((uint8_t *)values)[i] = !v->is_null && v->boolean;
		break;
	case LANE_I64:
		((int64_t *)(void *)values)[i] = v->is_null ? 77 : v->i64;
		break;
	case LANE_F64:
		((double *)(void *)values)[i] = v->is_null ? 7.5 : v->f64;
		break;
	case LANE_STR:
		((struct strv *)(void *)values)[i] =
			v->is_null ? strv_make("under a NULL lies this", 22)
				   : strv_make(v->str.ptr, v->str.len);
		break;
	case LANE_COUNT:
		break;
	}
}

static bool same(const struct value *a, const struct value *b)
{
	return a->is_null == b->is_null && (a->is_null || value_cmp(a, b) == 0);
}

/* NULL when the stretch has too many values. */
static struct test_dict *dict_new(const struct relation *r, size_t first, size_t n, uint32_t col)
{
	static _Atomic uint64_t last_id = 1000;
	struct test_dict *d = must(mem_calloc(1, sizeof(*d)));
	const struct value *entries[DICT_ROWS];

	d->codes = must(mem_calloc(n, sizeof(*d->codes)));
	for (size_t i = 0; i < n; i++) {
		const struct value *v = relation_at(r, first + i, col);
		uint32_t code = 0;

		while (code < d->dict.n_values && !same(entries[code], v))
			code++;
		if (code == DICT_ROWS) {
			mem_free(d->codes);
			mem_free(d);
			return NULL;
		}
		if (code == d->dict.n_values) {
			entries[d->dict.n_values++] = v;
			put(d->values, code, v);
		}
		d->codes[i] = code;
	}
	d->dict.id = ++last_id;
	d->dict.lane = col_lane_of(r->types[col]);
	d->dict.values = d->values;
	return d;
}

/* A batch's rows, each at a position of its own: some positions stay dead. */
struct deal {
	size_t first; /* row of the relation */
	uint32_t n_live, n_rows;
	uint16_t live[BATCH_ROWS_MAX];
};

static bool all_same(const struct relation *r, const struct deal *d, uint32_t col)
{
	for (uint32_t i = 1; i < d->n_live; i++) {
		if (!same(relation_at(r, d->first, col), relation_at(r, d->first + i, col)))
			return false;
	}
	return d->n_live > 0;
}

static bool has_null(const struct relation *r, const struct deal *d, uint32_t col)
{
	for (uint32_t i = 0; i < d->n_live; i++) {
		if (relation_at(r, d->first + i, col)->is_null)
			return true;
	}
	return false;
}

static void show_flat(struct test_scan *s, const struct relation *r, const struct deal *d,
		      uint32_t from, uint32_t to)
{
	struct value dead = relation_value(r->types[from], 5);

	for (uint32_t row = 0; row < d->n_rows; row++)
		put(s->values[to], row, &dead);
	for (uint32_t i = 0; i < d->n_live; i++)
		put(s->values[to], d->live[i], relation_at(r, d->first + i, from));
	s->cols[to] = (struct column){ .type = r->types[from], .values = s->values[to] };
}

static void show_dict(struct test_scan *s, const struct relation *r, const struct deal *d,
		      const struct test_dict *dict, uint32_t from, uint32_t to)
{
	memset(s->codes[to], 0, d->n_rows * sizeof(uint32_t));
	for (uint32_t i = 0; i < d->n_live; i++)
		s->codes[to][d->live[i]] = dict->codes[(d->first + i) % STRETCH];
	s->cols[to] = (struct column){
		.type = r->types[from],
		.form = COL_DICT,
		.values = s->codes[to],
		.dict = &dict->dict,
	};
}

static void show_validity(struct test_scan *s, const struct relation *r, const struct deal *d,
			  uint32_t from, uint32_t to)
{
	memset(s->validity[to], (int)(s->seed & 1) * 0xff, sizeof(s->validity[to]));
	for (uint32_t i = 0; i < d->n_live; i++) {
		uint32_t row = s->cols[to].form == COL_CONST ? 0 : d->live[i];

		validity_clear(s->validity[to], row);
		if (!relation_at(r, d->first + i, from)->is_null)
			validity_set(s->validity[to], row);
	}
	s->cols[to].validity = s->validity[to];
}

static void show_column(struct test_scan *s, const struct test_table *t, const struct deal *d,
			uint32_t from, uint32_t to)
{
	const struct relation *r = t->rows;
	const struct test_dict *dict = t->dicts[d->first / STRETCH * r->n_cols + from];
	bool is_plain = t->shape.is_plain;

	if (!is_plain && all_same(r, d, from) && sample_random(&s->seed) % 4 != 0) {
		put(s->values[to], 0, relation_at(r, d->first, from));
		s->cols[to] = (struct column){
			.type = r->types[from],
			.form = COL_CONST,
			.values = s->values[to],
		};
	} else if (!is_plain && dict && sample_random(&s->seed) % 3 != 0) {
		show_dict(s, r, d, dict, from, to);
	} else {
		show_flat(s, r, d, from, to);
	}
	if (has_null(r, d, from) || (!is_plain && sample_random(&s->seed) % 8 == 0))
		show_validity(s, r, d, from, to);
}

/* Which rows come next, and where they stand. */
static bool deal_rows(struct test_scan *s, const struct test_table *t, struct deal *d)
{
	uint32_t max = t->shape.max_batch ? t->shape.max_batch : BATCH_ROWS_MAX;
	uint32_t n = t->shape.is_plain ? max : 1 + (uint32_t)(sample_random(&s->seed) % max),
		 row = 0;
	bool has_dead = !t->shape.is_plain && sample_random(&s->seed) % 2;
	size_t first = atomic_load(&s->shared->next_row), end;

	do {
		end = MIN(first + n, MIN(t->rows->n_rows, (first / STRETCH + 1) * STRETCH));
	} while (!atomic_compare_exchange_weak(&s->shared->next_row, &first, end));
	*d = (struct deal){ .first = first, .n_live = (uint32_t)(end - first) };
	for (uint32_t i = 0; i < d->n_live; i++) {
		if (has_dead && row + (d->n_live - i) < BATCH_ROWS_MAX)
			row += sample_random(&s->seed) % 3 == 0;
		d->live[i] = (uint16_t)row++;
	}
	d->n_rows = row;
	return first < t->rows->n_rows;
}

static enum scan_result test_next(struct scan *scan, struct coop *coop, struct batch **out,
				  struct error *err)
{
	struct test_scan *s = CONTAINER_OF(scan, struct test_scan, base);
	const struct test_table *t = CONTAINER_OF(s->shared->base.table, struct test_table, base);
	const struct scan_spec *spec = &s->shared->spec;
	struct deal d;

	(void)err;
	if (!deal_rows(s, t, &d))
		return SCAN_DONE;
	for (uint32_t i = 0; i < spec->n_columns; i++)
		show_column(s, t, &d, spec->columns[i], i);
	memcpy(s->live, d.live, sizeof(s->live));
	s->batch = (struct batch){
		.n_rows = d.n_rows,
		.n_cols = spec->n_columns,
		.cols = s->cols,
		.sel = { d.n_rows == d.n_live ? NULL : s->live, d.n_live },
	};
	coop_pay(coop, COOP_CALL);
	*out = &s->batch;
	return SCAN_BATCH;
}

static int test_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
		      struct scan_shared **out, struct error *err)
{
	struct test_shared *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	s->base.table = t;
	s->spec = *spec;
	*out = &s->base;
	return 0;
}

static uint32_t test_parallelism(const struct scan_shared *s)
{
	return MAX(CONTAINER_OF(s->table, struct test_table, base)->shape.n_tasks, 1u);
}

static int test_open(struct scan_shared *shared, struct mem_pool *pool, struct scan **out,
		     struct error *err)
{
	struct test_shared *s = CONTAINER_OF(shared, struct test_shared, base);
	struct test_scan *scan = mem_pool_calloc(pool, sizeof(*scan), err);

	if (!scan)
		return -1;
	scan->base.class = shared->table->class;
	scan->shared = s;
	scan->seed = CONTAINER_OF(shared->table, struct test_table, base)->shape.seed +
		     atomic_fetch_add(&s->seed, 1);
	*out = &scan->base;
	return 0;
}

static const struct table_class test_table_class = {
	.scan_start = test_start,
	.parallelism = test_parallelism,
	.scan_open = test_open,
	.scan_next = test_next,
	.is_cooperative = true,
};

struct table *relation_table(const struct relation *r, const struct table_shape *shape)
{
	struct test_table *t = must(mem_calloc(1, sizeof(*t)));

	t->base.class = &test_table_class;
	t->base.n_refs = 1;
	t->base.n_columns = r->n_cols;
	t->base.n_rows = (int64_t)r->n_rows;
	t->rows = r;
	t->shape = *shape;
	t->n_stretches = r->n_rows / STRETCH + 1;
	t->dicts = must(mem_calloc(t->n_stretches * r->n_cols + 1, sizeof(*t->dicts)));
	for (size_t i = 0; !shape->is_plain && i < t->n_stretches * r->n_cols; i++) {
		size_t first = i / r->n_cols * STRETCH, n = MIN(r->n_rows - first, STRETCH);

		if (n > 0)
			t->dicts[i] = dict_new(r, first, n, (uint32_t)(i % r->n_cols));
	}
	return &t->base;
}

void relation_table_free(struct table *table)
{
	struct test_table *t = CONTAINER_OF(table, struct test_table, base);

	for (size_t i = 0; i < t->n_stretches * t->base.n_columns; i++) {
		if (t->dicts[i])
			mem_free(t->dicts[i]->codes);
		mem_free(t->dicts[i]);
	}
	mem_free(t->dicts);
	mem_free(t);
}
