/*
 * system_tables.h - tables that are not stored.
 */
#ifndef BROKER_TABLE_SYSTEM_TABLES_H
#define BROKER_TABLE_SYSTEM_TABLES_H

#include "broker/table/table.h"
#include "common/column/chunk.h"

/** system.numbers: one LONG column `number`: 0, 1, 2, ... without end; parallel, duplicate-free. */
NODISCARD struct table *system_numbers_new(struct error *err);

/*
 * A table whose rows a higher layer lists at the moment of the scan: fill
 * appends all rows (at most some thousands) to rows, whose types are those of
 * the columns.  Runs on a worker and must not block.
 */
typedef int system_rows_fn(void *arg, struct chunk_list *rows, struct error *err);

/** A table over a callback.  columns and name are borrowed and must outlive it. */
NODISCARD struct table *system_rows_new(struct str name, const struct table_column *columns,
					uint32_t n_columns, system_rows_fn *fill, void *arg,
					struct error *err);

#endif
