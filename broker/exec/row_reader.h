/*
 * row_reader.h - one way to read a column of any form in a loop over rows.
 *
 * FLAT, CONST and DICT differ only in which value belongs to a row, so a loop
 * written against a reader is written once, and the compiler takes the question
 * out of it.
 *
 * Also here: how many rows fit a piece of work when their text is counted.
 * Nothing else in this engine grows without bound inside a batch.
 */
#ifndef BROKER_EXEC_ROW_READER_H
#define BROKER_EXEC_ROW_READER_H

#include <stdint.h>

#include "common/column/column.h"

/* Text that one piece of work handles, if it holds more than one value; and how many values, each
 * of which may be a cache miss of its own. */
#define ROW_TEXT_SLICE ((size_t)64 << 10)
#define ROW_TEXT_ROWS  256u

/*
 * For functions that only ask for memory ahead of time: left to itself, gcc finds
 * that they compute nothing and drops the calls.
 */
#define ROW_PREFETCHES static inline __attribute__((always_inline)) void

struct row_reader {
	const void *values;
	const uint32_t *codes; /* DICT only */
	uint32_t mask;         /* 0 for CONST: every row reads value 0 */
};

static inline struct row_reader row_reader_of(const struct column *c)
{
	return (struct row_reader){
		.values = c->form == COL_DICT ? c->dict->values : c->values,
		.codes = c->form == COL_DICT ? c->values : NULL,
		.mask = c->form == COL_CONST ? 0 : UINT32_MAX,
	};
}

static inline uint32_t row_reader_index(const struct row_reader *r, uint32_t row)
{
	row &= r->mask;
	return r->codes ? r->codes[row] : row;
}

/** Bytes of text of one live row of a STR column. */
static inline uint32_t row_text_bytes(const struct column *c, uint32_t row)
{
	return col_is_valid(c, row) ? col_strv(c, row)->len : 0;
}

/** How many rows from position `from` on make a piece of at most max_bytes of text; at least one. */
static inline uint32_t row_text_slice(const struct column *c, const struct sel *sel, uint32_t from,
				      size_t max_bytes)
{
	size_t bytes = 0;
	uint32_t i = from, end = MIN(sel->n_rows, from + ROW_TEXT_ROWS);

	if (col_lane_of(c->type) != LANE_STR)
		return sel->n_rows - from;
	while (i < end && bytes <= max_bytes)
		bytes += row_text_bytes(c, sel_row(sel, i++));
	return bytes > max_bytes && i > from + 1 ? i - 1 - from : i - from;
}

/**
 * A part of a selection as a selection of its own; buffer (BATCH_ROWS_MAX rows)
 * is used when the whole one has no list of rows.
 */
static inline struct sel row_sel_slice(const struct sel *sel, uint32_t from, uint32_t n,
				       uint16_t *buffer)
{
	if (sel->rows)
		return (struct sel){ sel->rows + from, n };
	if (from == 0)
		return (struct sel){ NULL, n };
	for (uint32_t i = 0; i < n; i++)
		buffer[i] = (uint16_t)(from + i);
	return (struct sel){ buffer, n };
}

#endif
