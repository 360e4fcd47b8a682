/*
 * table_head.h - for the authors of table classes: filling struct table.
 *
 * Callers of tables need table.h alone.
 */
#ifndef BROKER_TABLE_TABLE_HEAD_H
#define BROKER_TABLE_TABLE_HEAD_H

#include "broker/table/table.h"

/**
 * Fills the head of a new table with one reference, and copies of the name and
 * of the columns.  n_rows is -1 until the class knows better.  On failure
 * table_head_fini() is harmless.
 */
NODISCARD int table_head_init(struct table *t, const struct table_class *class, struct str name,
			      const struct table_column *columns, uint32_t n_columns,
			      struct error *err);

/** Frees what table_head_init() copied. */
void table_head_fini(struct table *t);

/**
 * A copy of the column indexes of a spec, in the pool, for a scan_shared that
 * outlives its spec.  NULL with *err on failure; never NULL without.
 */
NODISCARD uint32_t *scan_spec_columns(const struct scan_spec *spec, struct mem_pool *pool,
				      struct error *err);

#endif
