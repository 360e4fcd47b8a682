/*
 * stored_table.h - a table whose rows are in segment files.
 *
 * A scan hands out morsels: runs of rows inside one zone of one segment.  Tasks
 * claim them with an atomic add, so every row is delivered exactly once.  Zone
 * maps are consulted when a morsel is claimed, by the task that claimed it.
 *
 * Ranges in a scan_spec never match NULL: a planner that wants rows with NULL
 * must not give a range for that column.
 */
#ifndef BROKER_TABLE_STORED_TABLE_H
#define BROKER_TABLE_STORED_TABLE_H

#include "broker/table/table.h"

struct segment;

/**
 * A new table with one reference.  On success it owns the segments (the array
 * is copied); on failure they stay the caller's.
 */
NODISCARD struct table *stored_table_new(struct str name, const struct table_column *columns,
					 uint32_t n_columns, struct segment *const *segments,
					 uint32_t n_segments, struct error *err);

/** The segments of a table, borrowed; NULL and 0 when it is no stored table. */
struct segment *const *stored_table_segments(const struct table *t, uint32_t *n_segments);

#endif
