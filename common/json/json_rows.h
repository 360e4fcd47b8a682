/*
 * json_rows.h - rows of a batch as JSON arrays, in bounded steps.
 *
 * Values are rendered as Pinot does (FLOAT and DOUBLE in Java's form, NaN and
 * infinities as strings, TIMESTAMP as text, BYTES as hex, JSON as a string).
 */
#ifndef COMMON_JSON_JSON_ROWS_H
#define COMMON_JSON_JSON_ROWS_H

#include "common/base/coop.h"
#include "common/base/strbuf.h"
#include "common/column/column.h"

/* Position inside a batch; zero-initialised at its start. */
struct json_rows {
	uint32_t row; /* row of the batch, absolute */
	uint32_t col;
	size_t text_offset; /* inside a long string value */
	bool in_value;      /* the opening quote of that value is out */
};

/**
 * Appends rows [pos->row, to) of b (no selection) as "[..],[..]" until done,
 * until out holds max_bytes, or until credit is spent.  first says that no row
 * came before, so that no comma is owed.
 *
 * STEP_DONE: all rows up to `to` are out.  STEP_YIELD: out is full or credit
 * is spent; call again with the same *pos.
 */
enum step json_rows_write(const struct batch *b, uint32_t to, bool first, struct json_rows *pos,
			  size_t max_bytes, struct strbuf *out, struct coop *coop);

#endif
