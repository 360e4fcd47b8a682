/*
 * catalog_db.h - what the catalog keeps in SQLite: tables, columns, segments.
 *
 * The only door to catalog.db.  Blocks; used by the thread that opened the
 * catalog.
 */
#ifndef BROKER_TABLE_CATALOG_DB_H
#define BROKER_TABLE_CATALOG_DB_H

#include "broker/table/table.h"

struct catalog_db;

struct catalog_segment {
	uint64_t id; /* never used again, even after the segment is gone */
	char *file;  /* below the folder of all segments: "hits/12.seg" */
	uint32_t n_rows;
	uint64_t bytes;
};

struct catalog_table {
	struct str name;
	int64_t created_ms;
	const struct table_column *columns;
	uint32_t n_columns;
	struct catalog_segment *segments;
	uint32_t n_segments;
};

/** Opens or creates the database.  ERR_IO when it is damaged, foreign or newer than we are. */
NODISCARD int catalog_db_open(const char *path, struct catalog_db **out, struct error *err);

/** Merges the log into the database, which keeps both short, and closes. */
void catalog_db_close(struct catalog_db **dbp);

/** Calls fn for every table; what it gets is borrowed for the call.  Stops when fn fails. */
NODISCARD int catalog_db_each(struct catalog_db *db,
			      int (*fn)(const struct catalog_table *t, void *arg,
					struct error *err),
			      void *arg, struct error *err);

NODISCARD int catalog_db_begin(struct catalog_db *db, struct error *err);

/** The first of the ids that are free, inside a transaction. */
NODISCARD int catalog_db_next_segment(struct catalog_db *db, uint64_t *id, struct error *err);

/** Replaces the table of that name (without case), inside a transaction. */
NODISCARD int catalog_db_put(struct catalog_db *db, const struct catalog_table *t,
			     struct error *err);

/** Durable when it returns 0; on failure the transaction is rolled back. */
NODISCARD int catalog_db_commit(struct catalog_db *db, struct error *err);
void catalog_db_rollback(struct catalog_db *db);

#endif
