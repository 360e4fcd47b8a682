/*
 * store_priv.h - what the files of store/ share.
 *
 *   schema.c  opening a connection: settings, tables, statement texts
 *   db.c      running one prepared statement; SQLite's errors as ours
 *   lane.c    job queues and the threads that work them off
 *   info.c    struct store_info, and a result's columns as bytes
 *   write.c   a response on its way in
 *   read.c    pages and metadata
 *   sweep.c   deletion in small steps, expiry, checkpoints
 *   store.c   open and close
 *
 * Tables
 *   response  one row per response that is whole; written last
 *   chunk     its rows: encoded blocks, one after the other
 *   orphan    response ids that have chunks but no row in response: those being
 *             written, and those that are to be deleted (is_dead)
 *
 * Every deletion is therefore the same: the row in response goes, which takes
 * one small step and makes the response invisible, and the id becomes a dead
 * orphan, whose chunks the writer lane deletes a few at a time.  A crash leaves
 * orphans, and all of them are dead at the next open.
 */
#ifndef BROKER_STORE_STORE_PRIV_H
#define BROKER_STORE_STORE_PRIV_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "broker/store/store.h"
#include "common/base/error.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/base/mutex.h"
#include "common/base/thread.h"

/* A chunk is handed to the lane from this size on, and is cut above the other. */
#define STORE_CHUNK_MIN ((size_t)256 * 1024)
#define STORE_CHUNK_MAX ((size_t)1024 * 1024)

/* ---- schema.c, db.c ---- */

enum store_stmt {
	STMT_BEGIN_READ,
	STMT_BEGIN_WRITE,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_NEXT_ID,
	STMT_CHUNK_INSERT,
	STMT_RESPONSE_INSERT,
	STMT_RESPONSE_FIND,
	STMT_RESPONSE_CHECK,
	STMT_RESPONSE_LIST,
	STMT_CHUNK_RANGE,
	STMT_RESPONSE_DELETE,
	STMT_EXPIRED_ORPHAN,
	STMT_EXPIRED_DELETE,
	STMT_ORPHAN_ADD,
	STMT_ORPHAN_KILL,
	STMT_ORPHAN_KILL_ALL,
	STMT_ORPHAN_DEAD,
	STMT_ORPHAN_CHUNKS,
	STMT_ORPHAN_REMOVE,
	STMT_COUNT
};

extern const char *const store_stmt_texts[STMT_COUNT];

/* A connection with its statements.  One thread at a time. */
struct store_db {
	sqlite3 *db;
	sqlite3_stmt *stmts[STMT_COUNT];
	int wal_pages; /* in the log since the last complete checkpoint */
};

/** Opens, and as a writer creates and configures what is needed. */
NODISCARD int store_db_open(struct store_db *db, const char *path, bool is_writer,
			    struct error *err);
void store_db_close(struct store_db *db);

/** Fills *err from a result code.  Returns -1. */
int store_db_error(struct store_db *db, int rc, struct error *err);

/* One execution of a statement: parameters are bound in order. */
struct db_call {
	struct store_db *db;
	sqlite3_stmt *stmt;
	int n_bound, rc;
};

void db_call(struct db_call *c, struct store_db *db, enum store_stmt which);
void db_put_i64(struct db_call *c, int64_t v);
/* Text and blobs are borrowed until db_end(). */
void db_put_text(struct db_call *c, struct str s);
void db_put_blob(struct db_call *c, struct str s);
/** 1: there is a row; 0: no more; -1: failed. */
NODISCARD int db_row(struct db_call *c, struct error *err);
void db_end(struct db_call *c);
/** Runs to the end, ignoring rows. */
NODISCARD int db_run(struct db_call *c, struct error *err);
/** The same for a statement without parameters. */
NODISCARD int db_do(struct store_db *db, enum store_stmt which, struct error *err);
struct str db_text(const struct db_call *c, int col);
struct str db_blob(const struct db_call *c, int col);

/* ---- lane.c ---- */

/* What a lane does.  Embedded in the job's own struct. */
struct store_job {
	struct list link;
	size_t bytes; /* of data that waits in the queue */
	/* The writer lane runs it inside a transaction; -1 fails all jobs of that. */
	int (*run)(struct store *s, struct store_job *job, struct error *err);
	/* After commit, or with the error; frees the job. */
	void (*done)(struct store *s, struct store_job *job, const struct error *result);
};

struct store_lane {
	struct list jobs;
	size_t bytes; /* of jobs that are queued or running */
	struct cond wake;
	bool is_stopping; /* ends when the queue is empty */
	bool is_closed;   /* takes no more jobs */
	struct thread thread;
};

void store_lane_init(struct store_lane *lane);
void store_lane_fini(struct store_lane *lane);

/** -1 with ERR_SHUTTING_DOWN when the lane has ended; the job is untouched then. */
NODISCARD int store_lane_push(struct store *s, struct store_lane *lane, struct store_job *job,
			      struct error *err);

/**
 * Moves jobs of together at most max_bytes (but at least one) to *group; waits
 * for one until deadline_ns.  False: stopping, and the queue is empty.
 */
bool store_lane_take(struct store *s, struct store_lane *lane, size_t max_bytes,
		     uint64_t deadline_ns, struct list *group);

/** Lets the thread end after what is queued, and waits for it. */
void store_lane_stop(struct store *s, struct store_lane *lane);

/* ---- the store ---- */

struct store {
	struct store_options options; /* path is `path` */
	char *path;
	_Atomic int64_t next_id;

	struct mutex lock; /* guards the queues, writes' errors, waiting, calling */
	struct store_lane writer, reader;
	struct list waiting;         /* writes whose ready() is owed */
	struct store_write *calling; /* whose ready() is running */
	struct cond called;

	/* The writer lane's own. */
	struct store_db writer_db;
	struct list unkilled; /* writes that failed and could not be marked dead yet */
	uint64_t retry_ns, sweep_ns, checkpoint_ns;
	bool has_dead;
	bool is_log_held; /* the last checkpoint did not get to the end */
	uint32_t n_groups;

	/* The reader lane's own. */
	struct store_db reader_db;
	struct mem_account scratch_account;
	struct mem_pool scratch_pool;
	struct arena scratch;
};

/* ---- info.c ---- */

/** Names and types of columns as bytes. */
void store_columns_encode(const struct store_info *info, struct strbuf *out);
/** Sets n_columns, names and types.  Trusts nothing. */
NODISCARD int store_columns_decode(struct str bytes, struct store_info *info, struct error *err);

/* ---- write.c, read.c ---- */

void store_writer_main(void *store);
void store_reader_main(void *store);

/** Marks a response's chunks as to be deleted; inside a transaction. */
NODISCARD int store_orphan_kill(struct store *s, int64_t id, struct error *err);

/** Retries to mark the writes in s->unkilled. */
void store_write_bury(struct store *s);
/** Frees them; the next open finds their chunks. */
void store_write_forget(struct store *s);

/* ---- sweep.c: on the writer lane, when there is nothing to write ---- */

/** When maintenance wants to run next. */
uint64_t store_maintenance_ns(const struct store *s);
void store_maintain(struct store *s);
/** After each commit. */
void store_checkpoint_if_large(struct store *s);
/** Deletes some chunks of dead orphans. */
void store_delete_step(struct store *s);

#endif
