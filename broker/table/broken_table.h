/*
 * broken_table.h - a stored table some of whose files are damaged or missing.
 *
 * One such table must not keep the others from being served.  It stands in the
 * catalog with its name and its columns, a query that reads it fails with the
 * reason, and an import replaces it.  Its files stay until then: the good ones
 * are of use again once the bad one was put back.
 */
#ifndef BROKER_TABLE_BROKEN_TABLE_H
#define BROKER_TABLE_BROKEN_TABLE_H

#include "broker/table/table.h"

/* What an operator can do about it, behind the reason. */
#define BROKEN_TABLE_ADVICE "import the table again, or put the file back"

/** A new table with one reference; reason names it and the file, and is copied.  NULL with *err. */
NODISCARD struct table *broken_table_new(struct str name, const struct table_column *columns,
					 uint32_t n_columns, const char *reason, struct error *err);

/** Adds the path of one of its segment files, good or bad, and takes it over, also on failure. */
NODISCARD int broken_table_add_file(struct table *t, char *path, struct error *err);

/** Why it cannot be read, borrowed; NULL when the table is no broken one. */
const char *broken_table_reason(const struct table *t);

/** The path of its i-th file, borrowed; NULL behind the last, and when it is no broken one. */
const char *broken_table_file(const struct table *t, uint32_t i);

#endif
