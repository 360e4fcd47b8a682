/*
 * response.h - Pinot's broker response as JSON text, written in steps.
 *
 * {"resultTable":{"dataSchema":{...},"rows":[ ...rows... ]},"numRowsResultSet":...}
 *
 * Head and tail are small texts made at once; the rows between them come from a
 * chunk list and are written piece by piece.  The list may have the first of
 * them only: the others are added when those are written.
 */
#ifndef BROKER_QUERY_RESPONSE_H
#define BROKER_QUERY_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/coop.h"
#include "common/base/error.h"
#include "common/base/strbuf.h"
#include "common/column/chunk.h"
#include "common/json/json_rows.h"

/* Why and how a query ended early; see DESIGN 6. */
struct receipt {
	enum cancel_reason reason;
	char by[64];         /* who asked: "client 127.0.0.1", "timeout", ... */
	uint64_t asked_ns;   /* monotonic: when the token was set */
	uint64_t stopped_ns; /* monotonic: when the last task had left its worker */
	int64_t at_ms;       /* wall clock of the request */
	const char *phase;   /* where the query was then */
	uint64_t rows_read;
	int64_t memory_bytes;
};

double receipt_ms(const struct receipt *r);

/* The cursor part of a response. */
struct response_cursor {
	int64_t offset, num_rows; /* of this page */
	int64_t write_ms, fetch_ms;
	int64_t submission_ms, expiration_ms;
	const char *broker_host;
	int64_t broker_port;
	int64_t bytes_written;
};

/* Everything a response says besides rows.  Texts are borrowed. */
struct response_facts {
	struct str request_id; /* .ptr NULL: null */
	struct str client_request_id;
	struct str broker_id;
	int64_t num_rows_result_set;
	const struct error *error; /* NULL or ERR_NONE: none */
	struct str error_text;     /* message with its prefix and place */
	int64_t time_used_ms;
	uint64_t docs_scanned, total_docs;
	uint64_t segments_queried, segments_processed, segments_pruned;
	uint64_t cpu_ns;
	int64_t n_servers; /* queried and responded */
	struct str *tables;
	uint32_t n_tables;
	bool is_multistage;
	const struct receipt *receipt; /* NULL: the query was not stopped */
};

/* A response being written. */
struct response {
	struct strbuf head, tail;
	/* position */
	int part;        /* 0 head, 1 rows, 2 tail, 3 done */
	uint64_t n_left; /* rows from the chunk's first wanted one to the last one of all */
	const struct chunk *chunk;
	uint32_t chunk_from; /* its first wanted row */
	struct json_rows pos;
	bool any_row;
};

/* The rows of a response and what they are called.  All borrowed. */
struct response_table {
	const struct str *names;
	const enum col_type *types;
	uint32_t n_columns;
	const struct chunk_list *rows;
	uint64_t first_row, end_row; /* which of them; there may be more than the list has so far */
};

/**
 * Prepares head and tail.
 *
 * table   NULL: no resultTable
 * cursor  NULL for a plain response
 *
 * -1 when out of memory.
 */
NODISCARD int response_init(struct response *r, const struct response_facts *facts,
			    const struct response_table *table,
			    const struct response_cursor *cursor, struct error *err);
void response_fini(struct response *r);

/**
 * Appends to out until it holds max_bytes or all is written, or the rows at hand
 * are.  STEP_FAILED: out of memory.
 */
NODISCARD enum step response_write(struct response *r, size_t max_bytes, struct strbuf *out,
				   struct coop *coop);

/** True when it needs rows to go on.  The list that it had is not looked at any more. */
bool response_wants_rows(const struct response *r);

/** The rows that follow, all of them wanted as far as the response has so many. */
void response_add_rows(struct response *r, const struct chunk_list *rows);

/**
 * The members behind "resultTable" as a JSON object text, as the response store
 * keeps them; response_init_stored() makes a response out of it again.
 */
NODISCARD int response_metadata(const struct response_facts *facts, struct strbuf *out);

/** A page of a stored result: stored is what response_metadata() made; cursor's numbers are put behind. */
NODISCARD int response_init_stored(struct response *r, struct str stored,
				   const struct response_table *table,
				   const struct response_cursor *cursor, struct error *err);

#endif
