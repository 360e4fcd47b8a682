/* row_batch.c - see row_batch.h. */
#include "broker/exec/row_batch.h"

#include "broker/exec/row_reader.h"

/* Rows of a piece of gathering, each likely a cache miss; a multiple of 64. */
#define GATHER_ROWS 512u

#define PRICE_OF_MISS 30

enum step row_hash_columns(struct row_cursor *at, const struct column *cols, uint32_t n,
			   const struct sel *sel, uint64_t *hashes, struct coop *coop)
{
	uint16_t buffer[BATCH_ROWS_MAX];

	for (; at->column < n; at->column++, at->pos = 0) {
		const struct column *c = &cols[at->column];

		while (at->pos < sel->n_rows) {
			struct sel slice;
			uint32_t n_rows;

			if (!coop_go(coop))
				return STEP_YIELD;
			n_rows = row_text_slice(c, sel, at->pos, ROW_TEXT_SLICE);
			slice = row_sel_slice(sel, at->pos, n_rows, buffer);
			col_hash(c, &slice, at->column == 0, hashes + at->pos);
			coop_pay(coop, (int64_t)n_rows * COOP_ROW +
					       COOP_BYTES(col_text_bytes(c, &slice)));
			at->pos += n_rows;
		}
	}
	*at = (struct row_cursor){ 0 };
	return STEP_DONE;
}

static void match_nulls(const struct row_layout *l, uint32_t field, const struct column *c,
			const struct sel *sel, void *const *rows, uint8_t *differs)
{
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		if (rows[i])
			differs[i] |=
				row_is_null(l, rows[i], field) == col_is_valid(c, sel_row(sel, i));
	}
}

/* A field against value `index` of a column; the lane is a constant where this is inlined. */
static inline bool field_equals(enum col_lane lane, const void *field, const void *values,
				uint32_t index)
{
	switch (lane) {
	case LANE_BOOL:
		return *(const uint64_t *)field == ((const uint8_t *)values)[index];
	case LANE_I64:
		return *(const int64_t *)field == ((const int64_t *)values)[index];
	case LANE_F64:
		return f64_cmp(*(const double *)field, ((const double *)values)[index]) == 0;
	case LANE_STR:
		return strv_eq(field, (const struct strv *)values + index);
	case LANE_COUNT:
		break;
	}
	return false;
}

/*
 * A NULL in the row stands over zero bytes, but the column's value under it may
 * be anything, so with NULLs around those positions are left alone.
 */
static inline __attribute__((always_inline)) void
match_lane(enum col_lane lane, uint32_t offset, const struct column *c, const struct sel *sel,
	   void *const *rows, bool nulls, uint8_t *differs)
{
	struct row_reader r = row_reader_of(c);

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		if (!rows[i] || (nulls && !col_is_valid(c, row)))
			continue;
		differs[i] |= !field_equals(lane, (const char *)rows[i] + offset, r.values,
					    row_reader_index(&r, row));
	}
}

static void match_field(const struct row_layout *l, uint32_t field, const struct column *c,
			const struct sel *sel, void *const *rows, bool nulls, uint8_t *differs)
{
	uint32_t offset = l->offsets[field];

	if (nulls)
		match_nulls(l, field, c, sel, rows, differs);
	switch (col_lane_of(l->types[field])) {
	case LANE_BOOL:
		match_lane(LANE_BOOL, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_I64:
		match_lane(LANE_I64, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_F64:
		match_lane(LANE_F64, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_STR:
		match_lane(LANE_STR, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_COUNT:
		break;
	}
}

/* The rows are likely in the cache, because they were just found; their long texts are not. */
static int64_t price_of_matching(const struct column *c, const struct sel *sel)
{
	uint64_t text = col_text_bytes(c, sel);

	return (int64_t)sel->n_rows *
		       (text > sel->n_rows * (uint64_t)STRV_INLINE_MAX ? 2 * PRICE_OF_MISS : 4) +
	       COOP_BYTES(text);
}

enum step row_match_columns(struct row_cursor *at, const struct row_match *m, uint8_t *differs,
			    struct coop *coop)
{
	const struct sel *sel = m->sel;
	uint16_t buffer[BATCH_ROWS_MAX];

	for (; at->column < m->n; at->column++, at->pos = 0) {
		const struct column *c = &m->cols[at->column];

		while (at->pos < sel->n_rows) {
			struct sel slice;
			uint32_t n_rows;

			if (!coop_go(coop))
				return STEP_YIELD;
			n_rows = row_text_slice(c, sel, at->pos, ROW_TEXT_SLICE);
			slice = row_sel_slice(sel, at->pos, n_rows, buffer);
			match_field(m->layout, m->fields[at->column], c, &slice, m->rows + at->pos,
				    m->has_nulls, differs + at->pos);
			coop_pay(coop, price_of_matching(c, &slice));
			at->pos += n_rows;
		}
	}
	*at = (struct row_cursor){ 0 };
	return STEP_DONE;
}

/*
 * A piece of a column is a column itself, whose buffers begin later; so many
 * rows that its validity begins with a word of its own.
 */
static void gather_piece(const struct row_refs *refs, uint32_t pos, uint32_t n, uint32_t field,
			 struct row_column *out, struct coop *coop)
{
	const struct row_layout *l = refs->layout;
	size_t width = lane_width[col_lane_of(l->types[field])];
	struct row_column piece = {
		.values = (char *)out->values + pos * width,
		.validity = out->validity + pos / 64,
	};

	row_gather(l, refs->rows + pos, n, field, &piece, coop);
	if (pos == 0)
		out->column.validity = NULL;
	if (piece.column.validity)
		out->column.validity = out->validity;
}

enum step row_gather_columns(struct row_cursor *at, const struct row_refs *refs, uint32_t n_fields,
			     struct row_column *out, struct column *views, struct coop *coop)
{
	for (; at->column < n_fields; at->column++, at->pos = 0) {
		while (at->pos < refs->n) {
			uint32_t n = MIN(refs->n - at->pos, GATHER_ROWS);

			if (!coop_go(coop))
				return STEP_YIELD;
			gather_piece(refs, at->pos, n, at->column, &out[at->column], coop);
			/* The first field brings the row into the cache. */
			if (at->column == 0)
				coop_pay(coop, (int64_t)n * PRICE_OF_MISS);
			at->pos += n;
		}
		views[at->column] = out[at->column].column;
	}
	*at = (struct row_cursor){ 0 };
	return STEP_DONE;
}
