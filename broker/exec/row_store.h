/*
 * row_store.h - rows that an operator keeps: join builds, groups, sort input.
 *
 * Rows lie one behind the other in blocks, all fields of a row together, so
 * that following one pointer brings a whole row into the cache:
 *
 *      [link 8][extra ...][null bits, padded to 8][field][field]...
 *
 * Fields take 8 bytes (BOOL, I64, F64) or 16 (STR: a struct strv whose far text
 * is copied to the store).  link is for the owner: next row of a hash chain,
 * forward pointer of a merge, hash.  extra bytes (aggregate states) follow the
 * link.
 *
 * Threads: written by one task; read by any once it is complete.
 */
#ifndef BROKER_EXEC_ROW_STORE_H
#define BROKER_EXEC_ROW_STORE_H

#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/base/mem.h"
#include "common/column/column.h"

struct row_layout {
	uint32_t n_fields;
	enum col_type *types;
	uint32_t *offsets; /* of each field from the row's start */
	uint32_t extra;    /* offset of the extra bytes: 8 */
	uint32_t nulls;    /* offset of the null bits: bit set = NULL */
	uint32_t row_size; /* multiple of 8 */
};

/** extra_size is rounded up to 8. */
NODISCARD int row_layout_init(struct row_layout *l, struct arena *arena, uint32_t n_fields,
			      const enum col_type *types, uint32_t extra_size, struct error *err);

struct row_block {
	struct row_block *next;
	uint32_t n_rows, capacity;
	char rows[]; /* aligned to 16 by the pool, then 8 */
};

struct row_store {
	const struct row_layout *layout;
	struct mem_pool *pool;
	struct arena text;
	struct row_block *first, *last; /* blocks grow from 4 KiB to 256 KiB */
	uint64_t n_rows;
};

void row_store_init(struct row_store *s, const struct row_layout *layout, struct mem_pool *pool);

/** One zeroed row to be filled by the caller; NULL with *err. */
NODISCARD void *row_store_new_row(struct row_store *s, struct error *err);

/**
 * Copies the fields (columns cols[0..n_fields)) of live rows from position
 * *pos of sel on.  rows[i] gets the row of position i.  Strings are copied.
 * STEP_YIELD between pieces; pays for rows, text and pages.
 */
NODISCARD enum step row_store_append(struct row_store *s, const struct column *cols,
				     const struct sel *sel, uint32_t *pos, void **rows,
				     struct coop *coop, struct error *err);

/** Fills one row's fields from row `from` of the columns (strings are copied). */
NODISCARD int row_store_set(struct row_store *s, void *row, const struct column *cols,
			    uint32_t from, struct error *err);

/** Copies a whole row of the same layout (strings are copied); NULL with *err. */
NODISCARD void *row_store_copy(struct row_store *s, const void *row, struct error *err);

/** Gives all blocks and text back to the pool; the store is empty again. */
void row_store_clear(struct row_store *s);

static inline void **row_link(void *row)
{
	return (void **)row;
}
static inline bool row_is_null(const struct row_layout *l, const void *row, uint32_t field)
{
	return ((const uint8_t *)row)[l->nulls + (field >> 3)] >> (field & 7) & 1;
}
static inline const void *row_field(const struct row_layout *l, const void *row, uint32_t field)
{
	return (const char *)row + l->offsets[field];
}

/* Memory for one output column of up to BATCH_ROWS_MAX rows. */
struct row_column {
	struct column column; /* FLAT over the buffers below */
	void *values;
	uint64_t *validity;
};

NODISCARD int row_column_init(struct row_column *c, struct arena *arena, enum col_type type,
			      struct error *err);

/**
 * One field of n rows as a column (n <= BATCH_ROWS_MAX).  Strings stay
 * borrowed from the store.  Pays.
 */
void row_gather(const struct row_layout *l, void *const *rows, uint32_t n, uint32_t field,
		struct row_column *out, struct coop *coop);

/** True when a row's fields [first, first + n) equal row `at` of the columns; NULL equals NULL. */
bool row_equals_columns(const struct row_layout *l, const void *row, uint32_t first, uint32_t n,
			const struct column *cols, uint32_t at);

/** True when the fields [first, first + n) of two rows are equal; NULL equals NULL. */
bool row_equals_row(const struct row_layout *l, const void *a, const void *b, uint32_t first,
		    uint32_t n);

#endif
