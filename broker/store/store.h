/*
 * store.h - the response store: results of cursor queries, in responses.db.
 *
 * All SQLite work happens on two lanes: a writer thread that commits groups of
 * requests together, and a reader thread.  Callers hand over a request and get
 * a callback on the lane's thread; nobody waits.  A result is written as
 * encoded blocks (column/encode.h), gathered into chunks of 256 KiB to 1 MiB;
 * it becomes visible by the row of its metadata, in the transaction that ends
 * it: a crash in between leaves nothing that can be read, and what it left is
 * swept at the next open.
 *
 * Expired means gone: readers do not see an expired response even before the
 * sweeper has deleted it.
 *
 * Threads: any.  Callbacks come on lane threads and must be short.
 */
#ifndef BROKER_STORE_STORE_H
#define BROKER_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/column/chunk.h"
#include "common/column/column.h"

struct store;
struct token;

struct store_options {
	const char *path;        /* responses.db */
	int64_t sweep_period_ms; /* between sweeps */
	int64_t sweep_delay_ms;  /* before the first one */
	int64_t max_bytes;       /* of one response; 0: no limit */
};

/* What is known about a stored response.  Texts are owned: store_info_fini(). */
struct store_info {
	char *request_id;
	char *broker_id;
	char *metadata; /* JSON object text: the response's own fields as of the query's end */
	uint32_t n_columns;
	char **names;
	enum col_type *types;
	int64_t n_rows;
	int64_t submission_ms, expiration_ms; /* wall clock */
	int64_t bytes;
};

void store_info_fini(struct store_info *info);

/** Opens or creates; deletes leftovers of unfinished writes; starts the lanes.  Blocks. */
NODISCARD int store_open(const struct store_options *options, struct store **out,
			 struct error *err);

/** Finishes what was handed over, stops the lanes, closes. */
void store_close(struct store **sp);

/* ---- writing: begin, blocks in order, then commit or abort ---- */

struct store_write;

/** What the store tells a writer; code ERR_NONE on success. */
typedef void store_write_fn(void *arg, const struct error *result);

/** A new response; nothing is written yet.  info is copied except n_rows and bytes. */
NODISCARD struct store_write *store_write_begin(struct store *s, const struct store_info *info,
						struct error *err);

/**
 * Hands over one encoded block of n_rows rows (takes the strbuf's text).
 * Returns 0; 1 when the writer lane is behind: then ready(arg) will be called
 * once it is worth going on (the block was taken all the same); -1 on failure
 * (after which only abort may follow).  With ready NULL it never returns 1.
 * After commit or abort ready() is not called any more.
 */
NODISCARD int store_write_block(struct store_write *w, struct strbuf *block, uint32_t n_rows,
				store_write_fn *ready, void *arg, struct error *err);

/**
 * Ends the response: after done() reports success it is durable and visible.
 * Frees the writer in any case.  metadata replaces info's.
 *
 * token  if it is set by the time that the lane comes to it, nothing is kept, and
 *        done() is told ERR_QUERY_CANCELLED; may be NULL, else lives until done()
 */
void store_write_commit(struct store_write *w, struct str metadata, const struct token *token,
			store_write_fn *done, void *arg);

/** Forgets the response; what was written is deleted.  Frees the writer and sets NULL. */
void store_write_abort(struct store_write **wp);

/* ---- reading ---- */

/*
 * Rows of a response, a piece at a time: however many they are, about
 * STORE_PIECE_BYTES and one block of them are in memory.  Belongs to whoever
 * asked for it; while a read is under way, to the lane.
 */
struct store_page {
	struct error result; /* of the last read; ERR_NOT_FOUND: unknown, deleted or expired */
	struct store_info info;
	int64_t offset, end;    /* of all its rows: those asked for, as far as they exist */
	int64_t next;           /* the first one that was not read yet; == end: none is left */
	struct chunk_list rows; /* read last: rows [next - rows.n_rows, next) */
	struct mem_pool pool;
	struct mem_account account;
};

#define STORE_PIECE_BYTES ((uint64_t)512 * 1024)

/* Which rows, on whose account, and who is told. */
struct store_page_request {
	struct str request_id;       /* copied */
	int64_t offset, n_rows;      /* n_rows may be 0 */
	struct mem_account *account; /* charged for the rows; NULL: nobody is */
	void (*done)(void *arg, struct store_page *page);
	void *arg;
};

/**
 * Reads the first piece.  done() is called with the page, which is its
 * receiver's from then on, whatever its result.  -1: it will not be called.
 */
NODISCARD int store_read_page(struct store *s, const struct store_page_request *request,
			      struct error *err);

/**
 * Replaces the rows by those that follow, of which there must be some, and calls
 * done() again.  A response that was deleted or has expired since is not found,
 * even when another one has its id now.  -1: the page is as it was.
 */
NODISCARD int store_read_on(struct store *s, struct store_page *page, struct error *err);

/** Not while a read is under way. */
void store_page_free(struct store_page **pp);

typedef void store_info_fn(void *arg, struct store_info *infos, size_t n_infos,
			   const struct error *result);

/** Metadata of one response (request_id) or of all (empty id), newest first.  infos are freed
 * after the callback; a receiver may move one out by zeroing it. */
NODISCARD int store_read_info(struct store *s, struct str request_id, store_info_fn *done,
			      void *arg, struct error *err);

/* ---- deleting ---- */

typedef void store_delete_fn(void *arg, int64_t n_deleted, const struct error *result);

/** Deletes one response (n_deleted 0 when there is none). */
NODISCARD int store_delete(struct store *s, struct str request_id, store_delete_fn *done, void *arg,
			   struct error *err);

/** Deletes all with expiration_ms <= cutoff_ms. */
NODISCARD int store_delete_expired(struct store *s, int64_t cutoff_ms, store_delete_fn *done,
				   void *arg, struct error *err);

#endif
