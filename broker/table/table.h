/*
 * table.h - where rows come from.
 *
 * A table is a name, columns and a class.  Classes: stored tables (segments on
 * disk), generators (system.numbers), and tables whose rows a higher layer
 * lists (system.processes).  All are read the same way:
 *
 *   table_scan_start   once per fragment: state shared by its tasks, above all
 *                      the morsel cursor (atomic fetch-add over row groups)
 *   table_scan_open    once per task
 *   scan_next          batches, until SCAN_DONE
 *
 * A batch is valid until the next scan_next() of the same scan.  Readers never
 * block: opening and mapping files happened when the catalog loaded them.
 *
 * Threads: a table is immutable and counted; a scan belongs to one task.
 */
#ifndef BROKER_TABLE_TABLE_H
#define BROKER_TABLE_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/base/coop.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/column/column.h"

struct error;
struct table;
struct scan;
struct scan_shared;

struct table_column {
	struct str name; /* as declared */
	enum col_type type;
	bool is_nullable;
};

/* A conjunct that zone maps can check: rows outside [low, high] are not wanted. */
struct scan_range {
	uint32_t column; /* of the table */
	bool has_low, has_high;
	struct value low, high; /* inclusive; of the column's type */
};

/* What a scan has to deliver. */
struct scan_spec {
	const uint32_t *columns; /* indexes of the table's columns, in output order */
	uint32_t n_columns;      /* 0: only row counts matter */
	const struct scan_range *ranges;
	uint32_t n_ranges;
};

enum scan_result { SCAN_BATCH, SCAN_YIELD, SCAN_DONE, SCAN_FAILED };

/* Counted while reading, for the response's statistics. */
struct scan_stats {
	uint64_t rows;            /* rows delivered */
	uint64_t bytes;           /* encoded bytes looked at */
	uint64_t segments;        /* segments with at least one row group read */
	uint64_t segments_pruned; /* segments skipped by statistics */
};

struct table_class {
	/* Shared state of one fragment's scan, in the pool. */
	int (*scan_start)(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			  struct scan_shared **out, struct error *err);
	/* How many tasks can share the work, at least 1. */
	uint32_t (*parallelism)(const struct scan_shared *s);
	int (*scan_open)(struct scan_shared *s, struct mem_pool *pool, struct scan **out,
			 struct error *err);
	enum scan_result (*scan_next)(struct scan *scan, struct coop *coop, struct batch **out,
				      struct error *err);
	/* Gives back what the pool does not own; may be NULL. */
	void (*scan_close)(struct scan *scan);
	/* Last reference gone. */
	void (*destroy)(struct table *t);
	bool is_cooperative; /* scan_next pays credit and yields by itself */
};

struct table {
	const struct table_class *class;
	_Atomic uint32_t n_refs;
	struct str name; /* "hits", "system.numbers" */
	struct table_column *columns;
	uint32_t n_columns;
	int64_t n_rows; /* -1: unknown or endless */
	uint32_t n_segments;
	bool is_system; /* not stored: cannot be replaced by an import */
	bool is_exempt; /* queries that read only such tables skip the admission queue */
};

/* The head of every scan; concrete scans embed it first. */
struct scan {
	const struct table_class *class;
	struct scan_stats stats;
};
struct scan_shared {
	struct table *table;
};

static inline struct table *table_ref(struct table *t)
{
	atomic_fetch_add_explicit(&t->n_refs, 1, memory_order_relaxed);
	return t;
}

/** Drops a reference; the last one destroys.  Sets *tp to NULL. */
void table_unref(struct table **tp);

#define TABLE_COLUMN_NAME_BYTES_MAX 1024 /* longer ones cannot be written in SQL */

/** What is wrong with a name, as in "column 2 has no name"; NULL when a column can have it. */
const char *table_column_name_fault(struct str name);

/** Index of a column by name without case, or -1. */
int table_find_column(const struct table *t, struct str name);

static inline enum scan_result scan_next(struct scan *s, struct coop *coop, struct batch **out,
					 struct error *err)
{
	return s->class->scan_next(s, coop, out, err);
}

#endif
