/*
 * catalog.h - which tables there are: catalog.db (SQLite) and segments/ below
 * the data directory, plus tables registered by other modules.
 *
 * catalog_open() takes the lock file of the data directory, so that one
 * process owns it at a time; it runs on the main thread and may block.
 * Look-ups afterwards are memory only.
 *
 * Publishing: segment files are written under a temporary name, fsynced,
 * renamed, the folder fsynced; then one catalog transaction makes the table
 * visible.  A crash leaves the old state or the new one; files that the
 * catalog does not know are deleted at the next open.
 *
 * Threads: catalog_find and catalog_each from any thread; the rest from the
 * thread that opened it.
 */
#ifndef BROKER_TABLE_CATALOG_H
#define BROKER_TABLE_CATALOG_H

#include "broker/table/table.h"

struct catalog;
struct segment_writer;

/**
 * Opens or creates a data directory.  A table with a damaged or missing file is
 * there as a broken one (broken_table.h) and fails nothing but its queries.
 *
 * ERR_UNAVAILABLE when another process holds the directory (the message names
 * its pid), ERR_IO.
 */
NODISCARD int catalog_open(const char *data_dir, struct catalog **out, struct error *err);
void catalog_close(struct catalog **cp);

/** A new reference, or NULL.  Names match without case; "default." in front is dropped. */
struct table *catalog_find(struct catalog *c, struct str name);

/** The table whose name is nearest to an unknown one, for messages; empty if none is near. */
struct str catalog_suggest(struct catalog *c, struct str name);

/** Calls fn for each table, ordered by name. */
void catalog_each(struct catalog *c, void (*fn)(const struct table *t, void *arg), void *arg);

/** Takes over the caller's reference, also when it fails.  For system tables, at start. */
NODISCARD int catalog_register(struct catalog *c, struct table *t, struct error *err);

/**
 * Whether a stored table may have that name: letters, digits, "_", "-", "$" and
 * whatever is not ASCII, at most 128 bytes, not beginning with "-".
 */
NODISCARD int catalog_check_name(struct str name, struct error *err);

/**
 * The folder for a table's segment files, for a segment_writer; made when it is
 * not there.  *path is the caller's (mem_free).
 */
NODISCARD int catalog_table_dir(struct catalog *c, struct str name, char **path, struct error *err);

/**
 * Makes a stored table of finished segments visible, replacing one of the same
 * name, broken or not; blocks on fsync.  See import.c.
 *
 * On failure the old table stays, and the files are gone or still the writer's.
 */
NODISCARD int catalog_publish(struct catalog *c, struct str name,
			      const struct table_column *columns, uint32_t n_columns,
			      struct segment_writer *segments, struct error *err);

const char *catalog_data_dir(const struct catalog *c);

#endif
