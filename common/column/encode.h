/*
 * encode.h - columns as bytes that outlive the process: cursor chunks.
 *
 * One encoded block holds up to some thousand rows of all columns:
 *
 *   magic, version, n_rows, n_cols, per column: type, flags, byte length,
 *   [validity words], values (I64: zigzag varint deltas or fixed 8 bytes,
 *   whichever is shorter; F64: 8 bytes; BOOL: bits; STR: lengths then bytes),
 *   XXH3 of all that at the end.  Little endian.
 *
 * Decoding trusts nothing: a damaged block is an error, never a crash.
 */
#ifndef COMMON_COLUMN_ENCODE_H
#define COMMON_COLUMN_ENCODE_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/column/column.h"

/** Appends rows [from, to) of a batch without selection (FLAT or CONST) to out.  At most BATCH_ROWS_MAX rows. */
NODISCARD int encode_rows(const struct batch *b, uint32_t from, uint32_t to, struct strbuf *out,
			  struct error *err);

/** Rows in the block at the head of data and the block's length in bytes; checks the header only. */
NODISCARD int encode_peek(struct str data, uint32_t *n_rows, size_t *block_bytes,
			  struct error *err);

/** Decodes one block into columns that live in the arena; long strings borrow from data. */
NODISCARD int decode_rows(struct str block, struct arena *arena, struct batch *out,
			  struct error *err);

#endif
