/*
 * source.h - a table that is hard on whoever reads it.
 *
 * It is always ready and may never end; its batches may be empty, have dead
 * rows, wide texts or nothing but NULLs; it says "not now" or fails when it is
 * told to, and need not pay for what it does.  The next batch overwrites the
 * last one.
 *
 * Columns:
 *   0 row   LONG    the row's number, from 0; over all tasks each occurs once
 *   1 key   LONG    row % n_keys
 *   2 text  STRING  text_bytes long, of 64 kinds
 *   3 none  LONG    NULL
 */
#ifndef TESTS_SUPPORT_EXEC_SOURCE_H
#define TESTS_SUPPORT_EXEC_SOURCE_H

#include "broker/table/table.h"

enum { SOURCE_ROW, SOURCE_KEY, SOURCE_TEXT, SOURCE_NONE, SOURCE_COLUMNS };

#define SOURCE_ENDLESS UINT64_MAX
#define SOURCE_SCANS   16

struct source_shape {
	uint64_t n_rows;        /* or SOURCE_ENDLESS */
	uint32_t batch_rows;    /* per batch; 0: BATCH_ROWS_MAX */
	uint32_t live_one_in;   /* so many rows, one of them alive; 0: all live */
	uint32_t n_empty;       /* batches without rows before each one with rows, and the end */
	uint32_t pending_every; /* every so many calls: "not now" */
	uint64_t fails_at;      /* not 0: the row that cannot be read */
	uint64_t n_keys;        /* 0: the key is the row's number */
	uint32_t text_bytes;
	uint32_t n_tasks; /* 0: one */
	uint64_t cost_ns; /* CPU time that a batch takes */
	bool is_falling;  /* row counts down from INT64_MAX */
	bool is_unpaid;   /* pays for nothing */
	bool start_fails;
	uint32_t open_fails; /* not 0: so many scans can be opened, and the next cannot */
};

struct source {
	struct table base;
	struct source_shape shape;
	char *text;

	/* what happened */
	_Atomic uint32_t n_started, n_opened, n_closed;
	_Atomic uint64_t n_calls;
	struct scan_spec spec; /* of the last start */

	/* called at the head of every call for a batch; may be NULL */
	void (*hook)(struct source *s, struct coop *coop);
	void *arg;
};

void source_init(struct source *s, const struct source_shape *shape);
void source_fini(struct source *s);

/** What a cell holds. */
struct value source_value(const struct source *s, uint64_t row, uint32_t column);

/** Rows that are alive: with live_one_in some are not. */
uint64_t source_n_live(const struct source *s);

#endif
