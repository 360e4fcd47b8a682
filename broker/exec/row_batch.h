/*
 * row_batch.h - between the columns of a batch and rows of a store, in pieces.
 *
 * Hashing keys, comparing them with the rows that were found, turning rows back
 * into columns: each goes column by column, and through a column in pieces whose
 * text and whose cache misses are bounded.  A struct row_cursor says how far it
 * is, so every function here can stop between two pieces.
 *
 * Threads: any; the memory is the caller's.
 */
#ifndef BROKER_EXEC_ROW_BATCH_H
#define BROKER_EXEC_ROW_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/exec/row_store.h"
#include "common/base/coop.h"

/* Where work on columns over rows stands.  Zero at the start and the end. */
struct row_cursor {
	uint32_t column, pos;
};

/** Hashes of live rows over all columns, by position in sel. */
NODISCARD enum step row_hash_columns(struct row_cursor *at, const struct column *cols, uint32_t n,
				     const struct sel *sel, uint64_t *hashes, struct coop *coop);

/**
 * Compares fields of rows with columns at the live rows: sets differs[i] where
 * field fields[k] of rows[i] is not equal to cols[k] at position i, for any k.
 * NULL equals NULL.  rows[i] may be NULL: position i is left alone.
 *
 * nulls  false: no field of the rows and no column holds a NULL at these rows
 */
NODISCARD enum step row_match_columns(struct row_cursor *at, const struct row_layout *l,
				      const uint32_t *fields, uint32_t n, const struct column *cols,
				      const struct sel *sel, void *const *rows, bool nulls,
				      uint8_t *differs, struct coop *coop);

/**
 * The first n_fields fields of rows that lie anywhere, as columns.
 *
 * out    memory, one per field
 * views  the columns; valid after STEP_DONE
 */
NODISCARD enum step row_gather_columns(struct row_cursor *at, const struct row_layout *l,
				       void *const *rows, uint32_t n_rows, uint32_t n_fields,
				       struct row_column *out, struct column *views,
				       struct coop *coop);

#endif
