/*
 * catalog_db.c - see catalog_db.h.
 *
 * WAL with synchronous=FULL: a commit is on disk when it returns.  The database
 * is tiny and written rarely, so the log is merged after each commit and never
 * on its own in the middle of something.
 */
#include "broker/table/catalog_db.h"

#include <sqlite3.h>

#include "common/base/error.h"
#include "common/base/mem.h"

#define APPLICATION_ID 0x534c4354 /* "SLCT" */
#define SCHEMA_VERSION 1
#define TEXT(x)        #x
#define TEXT_OF(x)     TEXT(x)

struct catalog_db {
	sqlite3 *handle;
};

static const char settings[] = "PRAGMA page_size = 8192;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA secure_delete = OFF;";

static const char schema[] =
	"BEGIN;"
	"CREATE TABLE tables ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
	"  created_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE columns ("
	"  table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,"
	"  position INTEGER NOT NULL,"
	"  name TEXT NOT NULL,"
	"  type TEXT NOT NULL,"
	"  is_nullable INTEGER NOT NULL,"
	"  PRIMARY KEY (table_id, position)"
	") STRICT;"
	"CREATE TABLE segments ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,"
	"  file TEXT NOT NULL UNIQUE,"
	"  n_rows INTEGER NOT NULL,"
	"  bytes INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX segments_of_table ON segments (table_id, id);"
	"PRAGMA application_id = " TEXT_OF(APPLICATION_ID) ";"
							   "PRAGMA user_version = " TEXT_OF(
								   SCHEMA_VERSION) ";"
										   "COMMIT;";

/* ---- small helpers ---- */

static int fail(struct catalog_db *db, struct error *err)
{
	const char *path = sqlite3_db_filename(db->handle, "main");
	const char *reason = sqlite3_errmsg(db->handle);
	int code = sqlite3_errcode(db->handle) & 0xff;

	if (code == SQLITE_NOMEM)
		return error_oom(err);
	/* Not this file alone: a new one would not know the segments, which would then go. */
	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return error_set(err, ERR_IO,
				 "%s is damaged (%s): put a copy of it back, or move the whole "
				 "data directory away and import the tables again",
				 path, reason);
	return error_set(err, ERR_IO, "%s: %s", path, reason);
}

static int run_script(struct catalog_db *db, const char *sql, struct error *err)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, err);
}

static void stmt_finalize(sqlite3_stmt **stmt)
{
	(void)sqlite3_finalize(*stmt);
}

static int prepare(struct catalog_db *db, const char *sql, sqlite3_stmt **out, struct error *err)
{
	return sqlite3_prepare_v2(db->handle, sql, -1, out, NULL) == SQLITE_OK ? 0 : fail(db, err);
}

static void bind_str(sqlite3_stmt *stmt, int at, struct str s)
{
	(void)sqlite3_bind_text64(stmt, at, s.ptr, s.len, SQLITE_STATIC, SQLITE_UTF8);
}

/* Binds are not checked: numbers and static text need no memory. */
static int run(struct catalog_db *db, sqlite3_stmt *stmt, struct error *err)
{
	int result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : fail(db, err);

	(void)sqlite3_reset(stmt);
	return result;
}

/* 1: a row; 0: no more; -1: error. */
static int next_row(struct catalog_db *db, sqlite3_stmt *stmt, struct error *err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return fail(db, err);
	}
}

static struct str column_str(sqlite3_stmt *stmt, int at)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	return (struct str){ text ? text : "", text ? (size_t)sqlite3_column_bytes(stmt, at) : 0 };
}

static int select_number(struct catalog_db *db, const char *sql, int64_t *out, struct error *err)
{
	sqlite3_stmt *stmt CLEANUP(stmt_finalize) = NULL;
	int row;

	if (prepare(db, sql, &stmt, err) < 0)
		return -1;
	row = next_row(db, stmt, err);
	*out = row == 1 ? sqlite3_column_int64(stmt, 0) : 0;
	return row < 0 ? -1 : 0;
}

/* ---- open and close ---- */

static int check_version(struct catalog_db *db, const char *path, struct error *err)
{
	int64_t application, version, objects;

	if (select_number(db, "PRAGMA application_id", &application, err) < 0 ||
	    select_number(db, "PRAGMA user_version", &version, err) < 0 ||
	    select_number(db, "SELECT count(*) FROM sqlite_schema", &objects, err) < 0)
		return -1;
	if (application == 0 && version == 0 && objects == 0)
		return run_script(db, schema, err);
	if (application != APPLICATION_ID)
		return error_set(err, ERR_IO, "%s is not a catalog of sluice", path);
	if (version != SCHEMA_VERSION)
		return error_set(err, ERR_IO, "%s has version %lld; this program reads version %d",
				 path, (long long)version, SCHEMA_VERSION);
	return 0;
}

int catalog_db_open(const char *path, struct catalog_db **out, struct error *err)
{
	struct catalog_db *db = mem_calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (!db)
		return error_oom(err);
	if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
		error_set(err, ERR_IO, "cannot open %s: %s", path,
			  db->handle ? sqlite3_errmsg(db->handle) : "out of memory");
	} else {
		(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		if (run_script(db, settings, err) == 0 && check_version(db, path, err) == 0) {
			*out = db;
			return 0;
		}
	}
	catalog_db_close(&db);
	return -1;
}

static void checkpoint(struct catalog_db *db)
{
	/* A log that stays long is not an error: the next commit tries again. */
	(void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void catalog_db_close(struct catalog_db **dbp)
{
	struct catalog_db *db = *dbp;

	if (!db)
		return;
	*dbp = NULL;
	if (db->handle)
		checkpoint(db);
	(void)sqlite3_close(db->handle);
	mem_free(db);
}

/* ---- reading ---- */

/* A table while it is read: arrays that grow, and the texts that they point to. */
struct loader {
	struct catalog_table table;
	struct table_column *columns; /* those of the table */
	char **texts;
	size_t n_texts;
};

static void loader_fini(struct loader *l)
{
	for (size_t i = 0; i < l->n_texts; i++)
		mem_free(l->texts[i]);
	mem_free(l->texts);
	mem_free(l->columns);
	mem_free(l->table.segments);
}

/* A copy of a text that lives as long as the loader. */
static int keep_text(struct loader *l, struct str s, char **out, struct error *err)
{
	char **texts = mem_realloc(l->texts, (l->n_texts + 1) * sizeof(*texts));

	if (!texts)
		return error_oom(err);
	l->texts = texts;
	texts[l->n_texts] = mem_strndup(s.ptr, s.len);
	if (!texts[l->n_texts])
		return error_oom(err);
	*out = texts[l->n_texts++];
	return 0;
}

static int load_column(struct loader *l, sqlite3_stmt *stmt, struct error *err)
{
	struct catalog_table *t = &l->table;
	struct table_column *columns =
		mem_realloc(l->columns, (t->n_columns + 1) * sizeof(*columns));
	struct table_column *c;
	char *name = NULL;

	if (!columns)
		return error_oom(err);
	t->columns = l->columns = columns;
	c = &columns[t->n_columns];
	if (keep_text(l, column_str(stmt, 0), &name, err) < 0)
		return -1;
	c->name = str_of(name);
	c->type = col_type_find(column_str(stmt, 1));
	c->is_nullable = sqlite3_column_int(stmt, 2) != 0;
	if (c->type == COL_TYPE_COUNT)
		return error_set(err, ERR_IO, "catalog.db: column " STR_FMT " has an unknown type",
				 STR_ARG(c->name));
	t->n_columns++;
	return 0;
}

static int load_segment(struct loader *l, sqlite3_stmt *stmt, struct error *err)
{
	struct catalog_table *t = &l->table;
	struct catalog_segment *segments =
		mem_realloc(t->segments, (t->n_segments + 1) * sizeof(*segments));
	struct catalog_segment *s;

	if (!segments)
		return error_oom(err);
	t->segments = segments;
	s = &segments[t->n_segments];
	s->id = (uint64_t)sqlite3_column_int64(stmt, 0);
	s->n_rows = (uint32_t)sqlite3_column_int64(stmt, 2);
	s->bytes = (uint64_t)sqlite3_column_int64(stmt, 3);
	if (keep_text(l, column_str(stmt, 1), &s->file, err) < 0)
		return -1;
	t->n_segments++;
	return 0;
}

static int load_rows(struct catalog_db *db, const char *sql, int64_t table_id, struct loader *l,
		     int (*load)(struct loader *l, sqlite3_stmt *stmt, struct error *err),
		     struct error *err)
{
	sqlite3_stmt *stmt CLEANUP(stmt_finalize) = NULL;
	int row;

	if (prepare(db, sql, &stmt, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(stmt, 1, table_id);
	while ((row = next_row(db, stmt, err)) == 1)
		if (load(l, stmt, err) < 0)
			return -1;
	return row;
}

static int load_table(struct catalog_db *db, sqlite3_stmt *stmt, struct loader *l,
		      struct error *err)
{
	int64_t id = sqlite3_column_int64(stmt, 0);
	char *name = NULL;

	l->table.created_ms = sqlite3_column_int64(stmt, 2);
	if (keep_text(l, column_str(stmt, 1), &name, err) < 0)
		return -1;
	l->table.name = str_of(name);
	if (load_rows(db,
		      "SELECT name, type, is_nullable FROM columns WHERE table_id = ?1 "
		      "ORDER BY position",
		      id, l, load_column, err) < 0)
		return -1;
	return load_rows(db,
			 "SELECT id, file, n_rows, bytes FROM segments WHERE table_id = ?1 "
			 "ORDER BY id",
			 id, l, load_segment, err);
}

int catalog_db_each(struct catalog_db *db,
		    int (*fn)(const struct catalog_table *t, void *arg, struct error *err),
		    void *arg, struct error *err)
{
	sqlite3_stmt *stmt CLEANUP(stmt_finalize) = NULL;
	int row;

	if (prepare(db, "SELECT id, name, created_ms FROM tables ORDER BY name", &stmt, err) < 0)
		return -1;
	while ((row = next_row(db, stmt, err)) == 1) {
		struct loader l CLEANUP(loader_fini) = { 0 };

		if (load_table(db, stmt, &l, err) < 0 || fn(&l.table, arg, err) < 0)
			return -1;
	}
	return row;
}

/* ---- writing ---- */

int catalog_db_begin(struct catalog_db *db, struct error *err)
{
	return run_script(db, "BEGIN IMMEDIATE", err);
}

void catalog_db_rollback(struct catalog_db *db)
{
	/* Fails only when there is nothing to roll back. */
	(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int catalog_db_commit(struct catalog_db *db, struct error *err)
{
	if (run_script(db, "COMMIT", err) < 0) {
		catalog_db_rollback(db);
		return -1;
	}
	checkpoint(db);
	return 0;
}

int catalog_db_next_segment(struct catalog_db *db, uint64_t *id, struct error *err)
{
	int64_t last;

	if (select_number(db,
			  "SELECT coalesce(max(seq), 0) FROM sqlite_sequence "
			  "WHERE name = 'segments'",
			  &last, err) < 0)
		return -1;
	*id = (uint64_t)last + 1;
	return 0;
}

static int put_columns(struct catalog_db *db, int64_t id, const struct catalog_table *t,
		       struct error *err)
{
	sqlite3_stmt *stmt CLEANUP(stmt_finalize) = NULL;

	if (prepare(db, "INSERT INTO columns VALUES (?1, ?2, ?3, ?4, ?5)", &stmt, err) < 0)
		return -1;
	for (uint32_t i = 0; i < t->n_columns; i++) {
		(void)sqlite3_bind_int64(stmt, 1, id);
		(void)sqlite3_bind_int64(stmt, 2, i);
		bind_str(stmt, 3, t->columns[i].name);
		bind_str(stmt, 4, str_of(col_types[t->columns[i].type].name));
		(void)sqlite3_bind_int(stmt, 5, t->columns[i].is_nullable);
		if (run(db, stmt, err) < 0)
			return -1;
	}
	return 0;
}

static int put_segments(struct catalog_db *db, int64_t id, const struct catalog_table *t,
			struct error *err)
{
	sqlite3_stmt *stmt CLEANUP(stmt_finalize) = NULL;

	if (prepare(db, "INSERT INTO segments VALUES (?1, ?2, ?3, ?4, ?5)", &stmt, err) < 0)
		return -1;
	for (uint32_t i = 0; i < t->n_segments; i++) {
		(void)sqlite3_bind_int64(stmt, 1, (int64_t)t->segments[i].id);
		(void)sqlite3_bind_int64(stmt, 2, id);
		bind_str(stmt, 3, str_of(t->segments[i].file));
		(void)sqlite3_bind_int64(stmt, 4, t->segments[i].n_rows);
		(void)sqlite3_bind_int64(stmt, 5, (int64_t)t->segments[i].bytes);
		if (run(db, stmt, err) < 0)
			return -1;
	}
	return 0;
}

int catalog_db_put(struct catalog_db *db, const struct catalog_table *t, struct error *err)
{
	sqlite3_stmt *remove CLEANUP(stmt_finalize) = NULL;
	sqlite3_stmt *insert CLEANUP(stmt_finalize) = NULL;
	int64_t id;

	if (prepare(db, "DELETE FROM tables WHERE name = ?1", &remove, err) < 0 ||
	    prepare(db, "INSERT INTO tables (name, created_ms) VALUES (?1, ?2)", &insert, err) < 0)
		return -1;
	bind_str(remove, 1, t->name);
	bind_str(insert, 1, t->name);
	(void)sqlite3_bind_int64(insert, 2, t->created_ms);
	if (run(db, remove, err) < 0 || run(db, insert, err) < 0)
		return -1;
	id = sqlite3_last_insert_rowid(db->handle);
	if (put_columns(db, id, t, err) < 0)
		return -1;
	return put_segments(db, id, t, err);
}
