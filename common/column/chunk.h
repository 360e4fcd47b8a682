/*
 * chunk.h - rows kept in columns: what a result, a cursor and a VALUES list are made of.
 *
 * A chunk_list owns copies of rows in chunks of up to BATCH_ROWS_MAX rows (fewer
 * when there are more than 64 columns, and about 1 MiB of text), so that
 * appending, encoding and freeing happen in pieces of a few MiB whatever the
 * rows look like.  Any chunk can be viewed as a batch.
 *
 * Threads: one at a time.
 */
#ifndef COMMON_COLUMN_CHUNK_H
#define COMMON_COLUMN_CHUNK_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/column/column.h"

struct chunk {
	struct chunk *next;
	uint64_t first_row; /* index of its first row in the list */
	struct batch batch; /* FLAT columns, no selection */
};

struct chunk_list {
	struct mem_pool *pool;
	struct arena text; /* strings longer than 12 bytes */
	uint32_t n_cols;
	enum col_type *types; /* owned copy in the pool */
	struct chunk *first, *last;
	uint64_t n_rows;
	uint64_t bytes; /* what the values take, about */
};

/** Prepares an empty list. */
NODISCARD int chunk_list_init(struct chunk_list *l, struct mem_pool *pool, uint32_t n_cols,
			      const enum col_type *types, struct error *err);

/**
 * Appends live rows of b from position *pos (of the selection) on and moves
 * *pos.  STEP_YIELD: call again with the same batch and *pos.
 */
NODISCARD enum step chunk_list_append(struct chunk_list *l, const struct batch *b, uint32_t *pos,
				      struct coop *coop, struct error *err);

/** Moves all chunks of src behind those of dst.  Same types and pool; src is empty afterwards. */
void chunk_list_concat(struct chunk_list *dst, struct chunk_list *src);

/** The chunk that holds a row, found from the start or from `hint` (may be NULL); NULL if none. */
const struct chunk *chunk_list_find(const struct chunk_list *l, const struct chunk *hint,
				    uint64_t row);

#endif
