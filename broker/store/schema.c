/*
 * schema.c - opening a connection: settings, tables, statement texts.
 *
 * The only file with SQL in it, and the only one that runs SQL text.
 *
 * Blobs lie in a rowid table with an index over (response_id, first_row); a
 * table without rowid, keyed by the pair, writes and reads them markedly
 * slower.  The log is checkpointed by the writer lane (sweep.c), because a
 * commit that happens to checkpoint takes ten times as long as another.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/store/store_priv.h"

#define APPLICATION_ID "1400010322" /* "SluR" */
#define USER_VERSION   1

static const char settings[] = "PRAGMA page_size = 8192;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA journal_size_limit = 67108864;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA temp_store = MEMORY;";

/* A group of writes fits into the writer's cache, so that it is not spilled half way. */
static const char writer_settings[] = "PRAGMA cache_size = -8192;";
static const char reader_settings[] = "PRAGMA cache_size = -2048; PRAGMA query_only = ON;";

static const char tables[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE response ("
	" id INTEGER PRIMARY KEY,"
	" request_id TEXT NOT NULL UNIQUE,"
	" broker_id TEXT NOT NULL,"
	" metadata TEXT NOT NULL,"
	" columns BLOB NOT NULL,"
	" n_rows INTEGER NOT NULL,"
	" submission_ms INTEGER NOT NULL,"
	" expiration_ms INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX response_by_expiration ON response (expiration_ms);"
	"CREATE TABLE chunk ("
	" id INTEGER PRIMARY KEY,"
	" response_id INTEGER NOT NULL,"
	" first_row INTEGER NOT NULL,"
	" n_rows INTEGER NOT NULL,"
	" data BLOB NOT NULL"
	") STRICT;"
	"CREATE INDEX chunk_by_row ON chunk (response_id, first_row);"
	"CREATE TABLE orphan (response_id INTEGER PRIMARY KEY, is_dead INTEGER NOT NULL) STRICT;"
	"CREATE INDEX orphan_dead ON orphan (response_id) WHERE is_dead = 1;"
	"PRAGMA application_id = " APPLICATION_ID ";"
	"PRAGMA user_version = 1;"
	"COMMIT;";

#define RESPONSE_COLUMNS \
	"id, request_id, broker_id, metadata, columns, n_rows, submission_ms, expiration_ms, bytes"

const char *const store_stmt_texts[STMT_COUNT] = {
	[STMT_BEGIN_READ] = "BEGIN DEFERRED",
	[STMT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_NEXT_ID] = "SELECT max((SELECT ifnull(max(id), 0) FROM response),"
			 " (SELECT ifnull(max(response_id), 0) FROM chunk),"
			 " (SELECT ifnull(max(response_id), 0) FROM orphan)) + 1",
	[STMT_CHUNK_INSERT] = "INSERT INTO chunk (response_id, first_row, n_rows, data)"
			      " VALUES (?1, ?2, ?3, ?4)",
	[STMT_RESPONSE_INSERT] = "INSERT INTO response (" RESPONSE_COLUMNS ")"
				 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[STMT_RESPONSE_FIND] = "SELECT " RESPONSE_COLUMNS " FROM response"
			       " WHERE request_id = ?1 AND expiration_ms > ?2",
	[STMT_RESPONSE_CHECK] = "SELECT 1 FROM response WHERE id = ?1 AND expiration_ms > ?2",
	[STMT_RESPONSE_LIST] = "SELECT " RESPONSE_COLUMNS " FROM response"
			       " WHERE expiration_ms > ?1 ORDER BY submission_ms DESC, id DESC",
	[STMT_CHUNK_RANGE] = "SELECT first_row, n_rows, data FROM chunk WHERE response_id = ?1"
			     " AND first_row >= ifnull((SELECT max(first_row) FROM chunk"
			     "  WHERE response_id = ?1 AND first_row <= ?2), 0)"
			     " AND first_row < ?3 ORDER BY first_row",
	[STMT_RESPONSE_DELETE] = "DELETE FROM response WHERE request_id = ?1"
				 " RETURNING id, expiration_ms",
	/* The two go together: the same rows in the same order. */
	[STMT_EXPIRED_ORPHAN] = "INSERT OR REPLACE INTO orphan (response_id, is_dead)"
				" SELECT id, 1 FROM response WHERE expiration_ms <= ?1"
				" ORDER BY expiration_ms, id LIMIT ?2",
	[STMT_EXPIRED_DELETE] = "DELETE FROM response WHERE id IN"
				" (SELECT id FROM response WHERE expiration_ms <= ?1"
				"  ORDER BY expiration_ms, id LIMIT ?2)",
	[STMT_ORPHAN_ADD] = "INSERT OR IGNORE INTO orphan (response_id, is_dead) VALUES (?1, 0)",
	[STMT_ORPHAN_KILL] = "INSERT OR REPLACE INTO orphan (response_id, is_dead) VALUES (?1, 1)",
	[STMT_ORPHAN_KILL_ALL] = "UPDATE orphan SET is_dead = 1 WHERE is_dead = 0",
	[STMT_ORPHAN_DEAD] = "SELECT response_id FROM orphan WHERE is_dead = 1 LIMIT 1",
	[STMT_ORPHAN_CHUNKS] = "DELETE FROM chunk WHERE id IN"
			       " (SELECT id FROM chunk WHERE response_id = ?1 LIMIT ?2)",
	[STMT_ORPHAN_REMOVE] = "DELETE FROM orphan WHERE response_id = ?1",
};

static int run_text(struct store_db *db, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(db->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_db_error(db, rc, err);
}

/* A setting's value, or the first column of another statement's only row. */
static int read_number(struct store_db *db, const char *sql, int64_t *out, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : store_db_error(db, rc, err);
}

/* Whoever can write to the file cannot make us run SQL of theirs. */
static int harden(struct store_db *db, struct error *err)
{
	static const struct {
		int option, value;
	} rows[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },        { SQLITE_DBCONFIG_DQS_DDL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int rc = sqlite3_db_config(db->db, rows[i].option, rows[i].value, NULL);

		if (rc != SQLITE_OK)
			return store_db_error(db, rc, err);
	}
	return 0;
}

/* Before anything is changed: the file is ours, or it is empty. */
static int check_format(struct store_db *db, bool *is_new, struct error *err)
{
	int64_t version = 0, n_tables = 0, application = 0;

	if (read_number(db, "PRAGMA user_version", &version, err) < 0 ||
	    read_number(db, "PRAGMA application_id", &application, err) < 0 ||
	    read_number(db, "SELECT count(*) FROM sqlite_schema", &n_tables, err) < 0)
		return -1;
	*is_new = n_tables == 0 && version == 0;
	if (*is_new)
		return 0;
	if (application != strtoll(APPLICATION_ID, NULL, 10))
		return error_set(err, ERR_IO, "response store: the file is another program's");
	if (version != USER_VERSION)
		return error_set(err, ERR_IO,
				 "response store: the file has format %d, this program reads %d",
				 (int)version, USER_VERSION);
	return 0;
}

static int prepare_all(struct store_db *db, struct error *err)
{
	for (int i = 0; i < STMT_COUNT; i++) {
		int rc = sqlite3_prepare_v3(db->db, store_stmt_texts[i], -1,
					    SQLITE_PREPARE_PERSISTENT, &db->stmts[i], NULL);

		if (rc != SQLITE_OK)
			return store_db_error(db, rc, err);
	}
	return 0;
}

static int on_wal(void *arg, sqlite3 *db, const char *name, int n_pages)
{
	(void)db;
	(void)name;
	((struct store_db *)arg)->wal_pages = n_pages;
	return SQLITE_OK;
}

static int configure(struct store_db *db, bool is_writer, struct error *err)
{
	bool is_new = false;

	(void)sqlite3_extended_result_codes(db->db, 1);
	(void)sqlite3_busy_timeout(db->db, 2000);
	if (harden(db, err) < 0 || check_format(db, &is_new, err) < 0 ||
	    run_text(db, settings, err) < 0)
		return -1;
	/* This also takes the place of SQLite's own hook, which checkpoints. */
	(void)sqlite3_wal_hook(db->db, on_wal, db);
	if (is_new && run_text(db, tables, err) < 0)
		return -1;
	if (run_text(db, is_writer ? writer_settings : reader_settings, err) < 0)
		return -1;
	return prepare_all(db, err);
}

/* Results are for their readers only; SQLite would create the file for everybody. */
static void create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd); /* else SQLite says what is wrong */
}

int store_db_open(struct store_db *db, const char *path, bool is_writer, struct error *err)
{
	int rc;

	*db = (struct store_db){ 0 };
	if (is_writer)
		create_private(path);
	errno = 0;
	rc = sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) {
		if (configure(db, is_writer, err) == 0)
			return 0;
	} else {
		(void)store_db_error(db, rc, err);
	}
	store_db_close(db);
	return -1;
}

void store_db_close(struct store_db *db)
{
	for (int i = 0; i < STMT_COUNT; i++)
		(void)sqlite3_finalize(db->stmts[i]);
	(void)sqlite3_close(db->db); /* the last one checkpoints */
	*db = (struct store_db){ 0 };
}
