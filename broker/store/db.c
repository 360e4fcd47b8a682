/*
 * db.c - running one prepared statement; SQLite's errors as ours.
 *
 * Binding can fail as well, so a call remembers its first bad result code and
 * reports it when it is run: one check per call.
 */
#include <errno.h>
#include <limits.h>

#include "broker/store/store_priv.h"
#include "common/base/assert.h"

/* SQLite notes errno for some failures only; after others it is still where it was. */
static int system_reason(const struct store_db *db)
{
	int here = errno;

	if (here != 0)
		return here;
	return db->db ? sqlite3_system_errno(db->db) : 0;
}

/* The reasons that somebody can do something about, in words. */
int store_db_error(struct store_db *db, int rc, struct error *err)
{
	int reason = system_reason(db);
	bool is_io = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;

	if ((rc & 0xff) == SQLITE_NOMEM)
		return error_oom(err);
	if ((rc & 0xff) == SQLITE_FULL ||
	    (is_io && (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)))
		return error_set(err, ERR_IO, "response store: disk full");
	if ((rc & 0xff) == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT)
		return error_set(err, ERR_IO,
				 "response store: the file is damaged (%s); move it away to start "
				 "with an empty store",
				 sqlite3_errstr(rc));
	if (is_io && reason != 0)
		return error_set(err, ERR_IO, "response store: %s: %s", sqlite3_errstr(rc),
				 strerrordesc_np(reason));
	return error_set(err, ERR_IO, "response store: %s",
			 db->db ? sqlite3_errmsg(db->db) : sqlite3_errstr(rc));
}

void db_call(struct db_call *c, struct store_db *db, enum store_stmt which)
{
	*c = (struct db_call){ .db = db, .stmt = db->stmts[which], .rc = SQLITE_OK };
	DEBUG_ASSERT(!sqlite3_stmt_busy(c->stmt));
}

static void note(struct db_call *c, int rc)
{
	if (c->rc == SQLITE_OK)
		c->rc = rc;
}

void db_put_i64(struct db_call *c, int64_t v)
{
	note(c, sqlite3_bind_int64(c->stmt, ++c->n_bound, v));
}

void db_put_text(struct db_call *c, struct str s)
{
	note(c, sqlite3_bind_text64(c->stmt, ++c->n_bound, s.len > 0 ? s.ptr : "", s.len,
				    SQLITE_STATIC, SQLITE_UTF8));
}

void db_put_blob(struct db_call *c, struct str s)
{
	note(c, sqlite3_bind_blob64(c->stmt, ++c->n_bound, s.len > 0 ? s.ptr : "", s.len,
				    SQLITE_STATIC));
}

int db_row(struct db_call *c, struct error *err)
{
	int rc = c->rc;

	errno = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(c->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	c->rc = rc;
	return store_db_error(c->db, rc, err);
}

void db_end(struct db_call *c)
{
	(void)sqlite3_reset(c->stmt); /* repeats the error that db_row() has reported */
	(void)sqlite3_clear_bindings(c->stmt);
}

int db_run(struct db_call *c, struct error *err)
{
	int result;

	do
		result = db_row(c, err);
	while (result > 0);
	db_end(c);
	return result;
}

int db_do(struct store_db *db, enum store_stmt which, struct error *err)
{
	struct db_call c;

	db_call(&c, db, which);
	return db_run(&c, err);
}

struct str db_text(const struct db_call *c, int col)
{
	/* In this order: the text's conversion decides the number of bytes. */
	const char *text = (const char *)sqlite3_column_text(c->stmt, col);

	return (struct str){ text, (size_t)sqlite3_column_bytes(c->stmt, col) };
}

struct str db_blob(const struct db_call *c, int col)
{
	const char *data = sqlite3_column_blob(c->stmt, col);

	return (struct str){ data, (size_t)sqlite3_column_bytes(c->stmt, col) };
}
