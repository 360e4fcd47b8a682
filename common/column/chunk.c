/*
 * chunk.c - rows kept in columns; appending in bounded steps.
 *
 * A step takes so many rows that it copies at most STEP_CELLS values and about
 * STEP_TEXT bytes of text, and at least one row.  Between two steps the account
 * is paid and asked.  A step copies column by column into the last chunk, behind
 * its rows, and only then counts the rows: a step that fails half-way leaves the
 * list as it was, apart from memory that the pool gives back at its end.
 *
 * A column of a chunk gets its memory when its first value arrives, and a
 * validity bitmap when its first NULL does.
 */
#include "common/column/chunk.h"
#include "common/base/error.h"
#include "common/base/mem.h"

#define STEP_CELLS 8192
#define STEP_TEXT  (64u << 10)

/* A chunk that holds this much text takes no more rows. */
#define CHUNK_TEXT_MAX (1u << 20)

/* Values of a chunk; with more than 64 columns it takes fewer than BATCH_ROWS_MAX rows. */
#define CHUNK_CELLS (64u * BATCH_ROWS_MAX)

/* What a chunk's columns point to, in a form that can be written. */
struct own_column {
	void *values;
	uint64_t *validity;
};

struct own_chunk {
	struct chunk base;
	uint64_t text_bytes;
	struct own_column cols[]; /* n_cols */
};

/* One step of an append. */
struct span {
	struct chunk_list *list;
	struct own_chunk *chunk;
	const struct batch *batch;
	uint32_t from, n_rows; /* positions in the selection */
	uint64_t text_bytes;
};

static struct own_chunk *own(struct chunk *c)
{
	return CONTAINER_OF(c, struct own_chunk, base);
}

int chunk_list_init(struct chunk_list *l, struct mem_pool *pool, uint32_t n_cols,
		    const enum col_type *types, struct error *err)
{
	enum col_type *copy = mem_pool_alloc(pool, MAX(n_cols, 1u) * sizeof(*copy), err);

	if (!copy)
		return -1;
	if (n_cols > 0)
		memcpy(copy, types, n_cols * sizeof(*copy));
	*l = (struct chunk_list){ .pool = pool, .n_cols = n_cols, .types = copy };
	arena_init(&l->text, pool);
	return 0;
}

static struct own_chunk *chunk_new(struct chunk_list *l, struct error *err)
{
	size_t n_cols = l->n_cols;
	size_t head_bytes = sizeof(struct own_chunk) + n_cols * sizeof(struct own_column);
	struct own_chunk *c;

	c = mem_pool_calloc(l->pool, head_bytes + n_cols * sizeof(struct column), err);
	if (!c)
		return NULL;
	c->base.first_row = l->n_rows;
	c->base.batch.n_cols = l->n_cols;
	c->base.batch.cols = (struct column *)(void *)((char *)c + head_bytes);
	for (size_t i = 0; i < n_cols; i++)
		c->base.batch.cols[i].type = l->types[i];
	return c;
}

static uint32_t chunk_rows_max(const struct chunk_list *l)
{
	uint32_t n = CHUNK_CELLS / MAX(l->n_cols, 1u);

	return MAX(MIN(n, (uint32_t)BATCH_ROWS_MAX), 1u);
}

static bool chunk_is_full(const struct chunk_list *l, const struct own_chunk *c)
{
	return c->base.batch.n_rows == chunk_rows_max(l) || c->text_bytes >= CHUNK_TEXT_MAX;
}

/* ---- how far a step goes ---- */

/* The live rows of a step: a selection of its own, or a shift when there is none. */
static uint32_t span_row(const struct span *s, uint32_t i)
{
	return sel_row(&s->batch->sel, s->from + i);
}

/* Text that a column's rows put into the arena.  A constant's is stored once. */
static uint64_t far_bytes(const struct span *s, const struct column *c)
{
	const struct strv *values = c->form == COL_DICT ? c->dict->values : c->values;
	const uint32_t *codes = c->form == COL_DICT ? c->values : NULL;
	uint32_t n_rows = c->form == COL_CONST ? 1 : s->n_rows;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n_rows; i++) {
		uint32_t row = c->form == COL_CONST ? 0 : span_row(s, i);
		uint32_t len = values[codes ? codes[row] : row].len;

		if (len > STRV_INLINE_MAX && validity_get(c->validity, row))
			bytes += len;
	}
	return bytes;
}

static uint64_t span_text(const struct span *s)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < s->batch->n_cols; i++) {
		if (col_lane_of(s->batch->cols[i].type) == LANE_STR)
			bytes += far_bytes(s, &s->batch->cols[i]);
	}
	return bytes;
}

static void span_fit(struct span *s)
{
	uint32_t n_rows = s->batch->sel.n_rows - s->from;

	n_rows = MIN(n_rows, chunk_rows_max(s->list) - s->chunk->base.batch.n_rows);
	s->n_rows = MIN(n_rows, STEP_CELLS / (s->batch->n_cols + 1) + 1);
	s->text_bytes = span_text(s);
	while (s->text_bytes > STEP_TEXT && s->n_rows > 1) {
		s->n_rows /= 2;
		s->text_bytes = span_text(s);
	}
}

/* ---- copying one column's part of a step ---- */

static bool has_null(const struct span *s, const struct column *c)
{
	for (uint32_t i = 0; c->validity && i < s->n_rows; i++) {
		if (!col_is_valid(c, span_row(s, i)))
			return true;
	}
	return false;
}

/* Every row's bit is written: an earlier step may have failed behind the last row. */
static int copy_validity(const struct span *s, const struct column *c, struct own_column *own_col,
			 struct error *err)
{
	uint32_t at = s->chunk->base.batch.n_rows;

	if (!own_col->validity && !has_null(s, c))
		return 0;
	if (!own_col->validity) {
		size_t bytes = VALIDITY_WORDS * sizeof(uint64_t);
		uint64_t *validity = mem_pool_alloc(s->list->pool, bytes, err);

		if (!validity)
			return -1;
		memset(validity, 0xff, bytes);
		own_col->validity = validity;
	}
	for (uint32_t i = 0; i < s->n_rows; i++) {
		if (col_is_valid(c, span_row(s, i)))
			validity_set(own_col->validity, at + i);
		else
			validity_clear(own_col->validity, at + i);
	}
	return 0;
}

/* Long texts move into the list's own memory, and what lies under a NULL becomes empty. */
static int own_text(const struct span *s, const struct column *c, struct strv *views,
		    struct error *err)
{
	uint64_t bytes = far_bytes(s, c);
	char *text = NULL;

	if (bytes > 0) {
		text = arena_alloc_bytes(&s->list->text, bytes, err);
		if (!text)
			return -1;
	}
	for (uint32_t i = 0; i < s->n_rows; i++) {
		uint32_t len = views[i].len;

		if (!col_is_valid(c, span_row(s, i))) {
			views[i] = strv_make(NULL, 0);
		} else if (c->form == COL_CONST && i > 0) {
			views[i] = views[0];
		} else if (len > STRV_INLINE_MAX) {
			ASSERT(text);
			memcpy(text, views[i].far.ptr, len);
			views[i].far.ptr = text;
			text += len;
		}
	}
	return 0;
}

/* The kernel knows selections and dense rows from 0, so dense rows from `from` are a shifted view. */
static void copy_values(const struct span *s, const struct column *c, void *to)
{
	const uint16_t *rows = s->batch->sel.rows;
	struct sel sel = { rows ? rows + s->from : NULL, s->n_rows };
	size_t width = lane_width[col_lane_of(c->type)];
	struct column view = *c;

	view.validity = NULL; /* the bits go another way */
	if (!rows && c->form == COL_FLAT)
		view.values = (const char *)c->values + s->from * width;
	if (!rows && c->form == COL_DICT)
		view.values = (const uint32_t *)c->values + s->from;
	col_gather(&view, &sel, to, NULL);
}

static int copy_column(const struct span *s, uint32_t col, struct error *err)
{
	const struct column *from = &s->batch->cols[col];
	struct own_column *own_col = &s->chunk->cols[col];
	size_t width = lane_width[col_lane_of(from->type)];
	char *to;

	ASSERT(col_lane_of(from->type) == col_lane_of(s->list->types[col]));
	if (!own_col->values) {
		own_col->values =
			mem_pool_alloc(s->list->pool, chunk_rows_max(s->list) * width, err);
		if (!own_col->values)
			return -1;
	}
	if (copy_validity(s, from, own_col, err) < 0)
		return -1;
	to = (char *)own_col->values + s->chunk->base.batch.n_rows * width;
	copy_values(s, from, to);
	if (col_lane_of(from->type) == LANE_STR)
		return own_text(s, from, (struct strv *)(void *)to, err);
	return 0;
}

/* ---- append ---- */

static uint64_t span_bytes(const struct span *s)
{
	uint64_t row_bytes = 0;

	for (uint32_t i = 0; i < s->list->n_cols; i++)
		row_bytes += lane_width[col_lane_of(s->list->types[i])];
	return row_bytes * s->n_rows + s->text_bytes;
}

/* The step's rows are in place: they count from now on. */
static void span_commit(struct span *s)
{
	struct chunk *c = &s->chunk->base;

	for (uint32_t i = 0; i < c->batch.n_cols; i++) {
		c->batch.cols[i].values = s->chunk->cols[i].values;
		c->batch.cols[i].validity = s->chunk->cols[i].validity;
	}
	c->batch.n_rows += s->n_rows;
	c->batch.sel.n_rows = c->batch.n_rows;
	s->chunk->text_bytes += s->text_bytes;
	s->list->n_rows += s->n_rows;
	s->list->bytes += span_bytes(s);
	if (s->list->last == c)
		return;
	if (s->list->last)
		s->list->last->next = c;
	else
		s->list->first = c;
	s->list->last = c;
}

static int64_t span_price(const struct span *s)
{
	int64_t bytes = (int64_t)span_bytes(s);
	int64_t cells = (int64_t)s->n_rows * (s->list->n_cols + 1);

	return cells * COOP_ROW + COOP_BYTES(s->text_bytes) + bytes * COOP_PAGE / 4096;
}

static int append_span(struct span *s, struct error *err)
{
	struct chunk *last = s->list->last;

	s->chunk = last && !chunk_is_full(s->list, own(last)) ? own(last) : chunk_new(s->list, err);
	if (!s->chunk)
		return -1;
	span_fit(s);
	for (uint32_t col = 0; col < s->list->n_cols; col++) {
		if (copy_column(s, col, err) < 0)
			return -1;
	}
	span_commit(s);
	return 0;
}

enum step chunk_list_append(struct chunk_list *l, const struct batch *b, uint32_t *pos,
			    struct coop *coop, struct error *err)
{
	ASSERT(b->n_cols == l->n_cols);
	while (*pos < b->sel.n_rows) {
		struct span s = { .list = l, .batch = b, .from = *pos };

		if (!coop_go(coop))
			return STEP_YIELD;
		if (append_span(&s, err) < 0)
			return STEP_FAILED;
		*pos += s.n_rows;
		coop_pay(coop, span_price(&s));
	}
	return STEP_DONE;
}

/* ---- the whole list ---- */

void chunk_list_concat(struct chunk_list *dst, struct chunk_list *src)
{
	ASSERT(dst->pool == src->pool && dst->n_cols == src->n_cols);
	if (!src->first)
		return;
	for (struct chunk *c = src->first; c; c = c->next)
		c->first_row += dst->n_rows;
	if (dst->last)
		dst->last->next = src->first;
	else
		dst->first = src->first;
	dst->last = src->last;
	dst->n_rows += src->n_rows;
	dst->bytes += src->bytes;
	src->first = src->last = NULL;
	src->n_rows = src->bytes = 0;
	/* The text belongs to dst's rows now; the pool holds it until the end. */
	arena_init(&src->text, src->pool);
}

const struct chunk *chunk_list_find(const struct chunk_list *l, const struct chunk *hint,
				    uint64_t row)
{
	const struct chunk *c = hint && hint->first_row <= row ? hint : l->first;

	while (c && row - c->first_row >= c->batch.n_rows)
		c = c->next;
	return c;
}
