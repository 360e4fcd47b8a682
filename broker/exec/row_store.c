/*
 * row_store.c - see row_store.h.
 *
 * Columns are turned into rows a slice at a time: first the rows are cut from
 * the blocks, then each column is copied in a loop of its own, whose writes go
 * through the list of row pointers.  A slice is as many rows as make about
 * SLICE_BYTES of row memory and of text, because fresh memory is what takes the
 * time: a page that is touched first costs as much as a thousand copied values.
 *
 * Text of a DICT column is not copied.  A dictionary lives as long as its
 * segment, and the plan keeps the segments for longer than any row lives; so a
 * million rows of one long value hold one copy of it.
 */
#include "broker/exec/row_store.h"

#include <string.h>

#include "broker/exec/row_reader.h"
#include "common/base/assert.h"
#include "common/base/error.h"

#define BLOCK_MIN   ((size_t)4 << 10)
#define BLOCK_MAX   ((size_t)256 << 10)
#define SLICE_BYTES ((size_t)64 << 10)

/* How far ahead gathering asks for rows: about what one miss takes. */
#define PREFETCH_ROWS 16

/* Units for filling fresh memory. */
static int64_t price_of_memory(size_t bytes)
{
	return (int64_t)(bytes * COOP_PAGE / 4096);
}

static size_t round_up_8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

int row_layout_init(struct row_layout *l, struct arena *arena, uint32_t n_fields,
		    const enum col_type *types, uint32_t extra_size, struct error *err)
{
	size_t at = sizeof(void *) + round_up_8(extra_size);

	*l = (struct row_layout){ .n_fields = n_fields, .extra = sizeof(void *) };
	l->types = arena_alloc(arena, sizeof(*l->types) * n_fields, err);
	if (!l->types)
		return -1;
	l->offsets = arena_alloc(arena, sizeof(*l->offsets) * n_fields, err);
	if (!l->offsets)
		return -1;
	l->nulls = (uint32_t)at;
	at += round_up_8((n_fields + 7) / 8);
	for (uint32_t i = 0; i < n_fields; i++) {
		l->types[i] = types[i];
		l->offsets[i] = (uint32_t)at;
		at += col_lane_of(types[i]) == LANE_STR ? sizeof(struct strv) : sizeof(uint64_t);
	}
	l->row_size = (uint32_t)at;
	return 0;
}

void row_store_init(struct row_store *s, const struct row_layout *layout, struct mem_pool *pool)
{
	*s = (struct row_store){ .layout = layout, .pool = pool };
	arena_init(&s->text, pool);
}

/* ---- rows ---- */

static int add_block(struct row_store *s, struct error *err)
{
	size_t row_size = s->layout->row_size, size = BLOCK_MIN;
	struct row_block *b;

	if (s->last)
		size = MIN(2 * (sizeof(*b) + s->last->capacity * row_size), BLOCK_MAX);
	size = MAX(size, sizeof(*b) + row_size);
	b = mem_pool_alloc(s->pool, size, err);
	if (!b)
		return -1;
	*b = (struct row_block){ .capacity = (uint32_t)((size - sizeof(*b)) / row_size) };
	if (s->last)
		s->last->next = b;
	else
		s->first = b;
	s->last = b;
	return 0;
}

/* A row that is not zeroed. */
static inline char *cut_row(struct row_store *s, struct error *err)
{
	struct row_block *b = s->last;

	if (UNLIKELY(!b || b->n_rows == b->capacity)) {
		if (add_block(s, err) < 0)
			return NULL;
		b = s->last;
	}
	s->n_rows++;
	return b->rows + (size_t)b->n_rows++ * s->layout->row_size;
}

void *row_store_new_row(struct row_store *s, struct error *err)
{
	char *row = cut_row(s, err);

	return row ? memset(row, 0, s->layout->row_size) : NULL;
}

static int own_text(struct row_store *s, struct strv *v, struct error *err)
{
	char *copy;

	if (v->len <= STRV_INLINE_MAX)
		return 0;
	copy = arena_alloc_bytes(&s->text, v->len, err);
	if (!copy)
		return -1;
	v->far.ptr = memcpy(copy, v->far.ptr, v->len);
	return 0;
}

static void set_null(const struct row_layout *l, void *row, uint32_t field)
{
	((uint8_t *)row)[l->nulls + (field >> 3)] |= (uint8_t)(1u << (field & 7));
}

/* The fields of one row; memory is zeroed, so a NULL needs its bit alone. */
static int set_field(struct row_store *s, char *row, uint32_t field, const struct column *c,
		     uint32_t from, struct error *err)
{
	const struct row_layout *l = s->layout;
	char *to = row + l->offsets[field];
	struct strv v;

	if (!col_is_valid(c, from)) {
		set_null(l, row, field);
		return 0;
	}
	switch (col_lane_of(l->types[field])) {
	case LANE_BOOL:
		*(uint64_t *)(void *)to = col_bool(c, from);
		return 0;
	case LANE_I64:
	case LANE_F64:
		memcpy(to, col_at(c, from), sizeof(uint64_t));
		return 0;
	case LANE_STR:
		v = *col_strv(c, from);
		if (c->form != COL_DICT && own_text(s, &v, err) < 0)
			return -1;
		memcpy(to, &v, sizeof(v));
		return 0;
	case LANE_COUNT:
		break;
	}
	ASSERT(!"lane");
	return -1;
}

int row_store_set(struct row_store *s, void *row, const struct column *cols, uint32_t from,
		  struct error *err)
{
	for (uint32_t i = 0; i < s->layout->n_fields; i++) {
		if (set_field(s, row, i, &cols[i], from, err) < 0)
			return -1;
	}
	return 0;
}

void *row_store_copy(struct row_store *s, const void *row, struct error *err)
{
	const struct row_layout *l = s->layout;
	char *copy = cut_row(s, err);

	if (!copy)
		return NULL;
	memcpy(copy, row, l->row_size);
	for (uint32_t i = 0; i < l->n_fields; i++) {
		if (col_lane_of(l->types[i]) == LANE_STR && !row_is_null(l, row, i) &&
		    own_text(s, (struct strv *)(void *)(copy + l->offsets[i]), err) < 0)
			return NULL;
	}
	return copy;
}

void row_store_clear(struct row_store *s)
{
	struct row_block *b = s->first;

	while (b) {
		struct row_block *next = b->next;

		mem_pool_free(s->pool, b);
		b = next;
	}
	arena_fini(&s->text);
	row_store_init(s, s->layout, s->pool);
}

/* ---- appending columns ---- */

static bool copies_text(const struct row_layout *l, const struct column *cols, uint32_t field)
{
	return col_lane_of(l->types[field]) == LANE_STR && cols[field].form != COL_DICT;
}

/* How many rows from `from` on make a slice. */
static uint32_t slice_rows(const struct row_layout *l, const struct column *cols,
			   const struct sel *sel, uint32_t from)
{
	uint32_t n_text = 0, n = (uint32_t)MAX(SLICE_BYTES / l->row_size, (size_t)1);
	struct sel rest;

	n = MIN(n, sel->n_rows - from);
	rest = (struct sel){ sel->rows, from + n };
	for (uint32_t i = 0; i < l->n_fields; i++)
		n_text += copies_text(l, cols, i);
	for (uint32_t i = 0; i < l->n_fields; i++) {
		if (copies_text(l, cols, i))
			rest.n_rows =
				from + row_text_slice(&cols[i], &rest, from, SLICE_BYTES / n_text);
	}
	return rest.n_rows - from;
}

static int cut_rows(struct row_store *s, uint32_t n, void **rows, struct error *err)
{
	size_t head = s->layout->n_fields > 0 ? s->layout->offsets[0] : s->layout->row_size;

	for (uint32_t i = 0; i < n; i++) {
		rows[i] = cut_row(s, err);
		if (!rows[i])
			return -1;
		memset(rows[i], 0, head); /* link, extra and null bits; fields are written below */
	}
	return 0;
}

/* Numbers of a slice, eight bytes each. */
static void put_words(uint32_t offset, const struct column *c, const struct sel *sel, void **rows)
{
	struct row_reader r = row_reader_of(c);
	const uint64_t *values = r.values;

	for (uint32_t i = 0; i < sel->n_rows; i++)
		*(uint64_t *)(void *)((char *)rows[i] + offset) =
			values[row_reader_index(&r, sel_row(sel, i))];
}

static void put_bools(uint32_t offset, const struct column *c, const struct sel *sel, void **rows)
{
	struct row_reader r = row_reader_of(c);
	const uint8_t *values = r.values;

	for (uint32_t i = 0; i < sel->n_rows; i++)
		*(uint64_t *)(void *)((char *)rows[i] + offset) =
			values[row_reader_index(&r, sel_row(sel, i))];
}

/* Adds the bytes that had to be copied to *copied. */
static int put_texts(struct row_store *s, uint32_t offset, const struct column *c,
		     const struct sel *sel, void **rows, size_t *copied, struct error *err)
{
	struct row_reader r = row_reader_of(c);
	const struct strv *values = r.values;
	bool is_copied = c->form != COL_DICT;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);
		struct strv *to = (struct strv *)(void *)((char *)rows[i] + offset);

		/* A NULL may stand over a long text; that is not worth a copy. */
		*to = (struct strv){ 0 };
		if (!col_is_valid(c, row))
			continue;
		*to = values[row_reader_index(&r, row)];
		if (!is_copied || to->len <= STRV_INLINE_MAX)
			continue;
		if (own_text(s, to, err) < 0)
			return -1;
		*copied += to->len;
	}
	return 0;
}

static void put_nulls(const struct row_layout *l, uint32_t field, const struct column *c,
		      const struct sel *sel, void **rows)
{
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		if (!col_is_valid(c, sel_row(sel, i)))
			set_null(l, rows[i], field);
	}
}

static int put_field(struct row_store *s, uint32_t field, const struct column *c,
		     const struct sel *sel, void **rows, size_t *copied, struct error *err)
{
	uint32_t offset = s->layout->offsets[field];

	if (c->validity)
		put_nulls(s->layout, field, c, sel, rows);
	switch (col_lane_of(s->layout->types[field])) {
	case LANE_BOOL:
		put_bools(offset, c, sel, rows);
		return 0;
	case LANE_I64:
	case LANE_F64:
		put_words(offset, c, sel, rows);
		return 0;
	case LANE_STR:
		return put_texts(s, offset, c, sel, rows, copied, err);
	case LANE_COUNT:
		break;
	}
	ASSERT(!"lane");
	return -1;
}

static int append_slice(struct row_store *s, const struct column *cols, const struct sel *slice,
			void **rows, struct coop *coop, struct error *err)
{
	const struct row_layout *l = s->layout;
	size_t copied = 0;

	if (cut_rows(s, slice->n_rows, rows, err) < 0)
		return -1;
	for (uint32_t i = 0; i < l->n_fields; i++) {
		if (put_field(s, i, &cols[i], slice, rows, &copied, err) < 0)
			return -1;
	}
	coop_pay(coop, (int64_t)slice->n_rows * COOP_ROW * (1 + (int64_t)l->n_fields) +
			       price_of_memory((size_t)slice->n_rows * l->row_size) +
			       COOP_BYTES(copied) + price_of_memory(copied));
	return 0;
}

enum step row_store_append(struct row_store *s, const struct column *cols, const struct sel *sel,
			   uint32_t *pos, void **rows, struct coop *coop, struct error *err)
{
	uint16_t buffer[BATCH_ROWS_MAX];

	while (*pos < sel->n_rows) {
		uint32_t n;
		struct sel slice;

		if (!coop_go(coop))
			return STEP_YIELD;
		n = slice_rows(s->layout, cols, sel, *pos);
		slice = row_sel_slice(sel, *pos, n, buffer);
		if (append_slice(s, cols, &slice, rows + *pos, coop, err) < 0)
			return STEP_FAILED;
		*pos += n;
	}
	return STEP_DONE;
}

/* ---- back to columns ---- */

int row_column_init(struct row_column *c, struct arena *arena, enum col_type type,
		    struct error *err)
{
	c->column = (struct column){ .type = type, .form = COL_FLAT };
	c->values = arena_alloc(arena, BATCH_ROWS_MAX * (size_t)lane_width[col_lane_of(type)], err);
	if (!c->values)
		return -1;
	c->validity = arena_alloc(arena, VALIDITY_WORDS * sizeof(uint64_t), err);
	if (!c->validity)
		return -1;
	c->column.values = c->values;
	return 0;
}

/* True when some row is NULL. */
static bool gather_validity(const struct row_layout *l, void *const *rows, uint32_t n,
			    uint32_t field, uint64_t *validity)
{
	uint64_t any = 0;

	memset(validity, 0, (n + 63) / 64 * sizeof(*validity));
	for (uint32_t i = 0; i < n; i++) {
		uint64_t null = row_is_null(l, rows[i], field);

		any |= null;
		validity[i >> 6] |= (null ^ 1) << (i & 63);
	}
	return any != 0;
}

static inline const void *field_ahead(void *const *rows, uint32_t i, uint32_t n, uint32_t offset)
{
	__builtin_prefetch((const char *)rows[MIN(i + PREFETCH_ROWS, n - 1)] + offset);
	return (const char *)rows[i] + offset;
}

static void gather_values(const struct row_layout *l, void *const *rows, uint32_t n, uint32_t field,
			  void *out)
{
	uint32_t offset = l->offsets[field];

	switch (col_lane_of(l->types[field])) {
	case LANE_BOOL:
		for (uint32_t i = 0; i < n; i++)
			((uint8_t *)out)[i] = *(const uint8_t *)field_ahead(rows, i, n, offset);
		break;
	case LANE_I64:
	case LANE_F64:
		for (uint32_t i = 0; i < n; i++)
			((uint64_t *)out)[i] = *(const uint64_t *)field_ahead(rows, i, n, offset);
		break;
	case LANE_STR:
		for (uint32_t i = 0; i < n; i++)
			((struct strv *)out)[i] =
				*(const struct strv *)field_ahead(rows, i, n, offset);
		break;
	case LANE_COUNT:
		break;
	}
}

void row_gather(const struct row_layout *l, void *const *rows, uint32_t n, uint32_t field,
		struct row_column *out, struct coop *coop)
{
	/* Values first: their loop asks for the rows ahead of time. */
	gather_values(l, rows, n, field, out->values);
	out->column.validity =
		gather_validity(l, rows, n, field, out->validity) ? out->validity : NULL;
	coop_pay(coop, (int64_t)n * 8);
}

/* ---- comparing ---- */

static bool values_equal(enum col_lane lane, const void *a, const void *b)
{
	switch (lane) {
	case LANE_BOOL:
		return *(const uint8_t *)a == *(const uint8_t *)b;
	case LANE_I64:
		return *(const int64_t *)a == *(const int64_t *)b;
	case LANE_F64:
		return f64_cmp(*(const double *)a, *(const double *)b) == 0;
	case LANE_STR:
		return strv_eq(a, b);
	case LANE_COUNT:
		break;
	}
	return false;
}

bool row_equals_columns(const struct row_layout *l, const void *row, uint32_t first, uint32_t n,
			const struct column *cols, uint32_t at)
{
	for (uint32_t i = 0; i < n; i++) {
		bool is_null = row_is_null(l, row, first + i);

		if (is_null != !col_is_valid(&cols[i], at))
			return false;
		if (!is_null && !values_equal(col_lane_of(l->types[first + i]),
					      row_field(l, row, first + i), col_at(&cols[i], at)))
			return false;
	}
	return true;
}

bool row_equals_row(const struct row_layout *l, const void *a, const void *b, uint32_t first,
		    uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		bool is_null = row_is_null(l, a, i);

		if (is_null != row_is_null(l, b, i))
			return false;
		if (!is_null &&
		    !values_equal(col_lane_of(l->types[i]), row_field(l, a, i), row_field(l, b, i)))
			return false;
	}
	return true;
}
