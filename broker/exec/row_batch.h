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

/* Fields of rows, and the columns that they should be equal to at the live rows. */
struct row_match {
	const struct row_layout *layout;
	void *const *rows;      /* by position in sel; NULL: the position is left alone */
	const uint32_t *fields; /* fields[k] is compared with cols[k] */
	const struct column *cols;
	uint32_t n; /* fields and columns */
	const struct sel *sel;
	bool has_nulls; /* false: no such field and no column holds a NULL at these rows */
};

/**
 * Sets differs[i] where a field of rows[i] is not equal to its column at
 * position i.  NULL equals NULL.
 */
NODISCARD enum step row_match_columns(struct row_cursor *at, const struct row_match *m,
				      uint8_t *differs, struct coop *coop);

/* Rows of one layout that lie anywhere. */
struct row_refs {
	const struct row_layout *layout;
	void *const *rows;
	uint32_t n;
};

/**
 * The first n_fields fields of rows, as columns.
 *
 * out    memory, one per field
 * views  the columns; valid after STEP_DONE
 */
NODISCARD enum step row_gather_columns(struct row_cursor *at, const struct row_refs *refs,
				       uint32_t n_fields, struct row_column *out,
				       struct column *views, struct coop *coop);

#endif
