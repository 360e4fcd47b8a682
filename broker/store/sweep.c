/*
 * sweep.c - deletion in small steps, expiry, checkpoints: what the writer lane
 * does when there is nothing to write.
 *
 * Deleting a response of gigabytes in one transaction would hold up whoever
 * wants to write.  So a deletion only removes the response's row and marks its
 * chunks; steps of a few dozen chunks follow, each its own transaction, with
 * the queue looked at in between.
 */
#include "broker/store/store_priv.h"
#include "common/base/clock.h"

#define CHUNKS_PER_STEP    64
#define RESPONSES_PER_STEP 256

/* A checkpoint is due when nothing was written for a while, or when the log gets long. */
#define CHECKPOINT_IDLE_NS  (200 * NS_PER_MS)
#define CHECKPOINT_PAGES    (16 * 1024 * 1024 / 8192)
#define CHECKPOINT_RETRY_NS NS_PER_S

/* ---- deleting on request ---- */

struct delete_job {
	struct store_job job;
	char *request_id; /* owned; NULL: all that have expired at cutoff_ms */
	int64_t cutoff_ms;
	int64_t n_deleted;
	store_delete_fn *done;
	void *arg;
};

/* What had expired was gone already, for whoever asks. */
static int delete_one(struct store *s, struct delete_job *j, struct error *err)
{
	struct db_call c;
	int64_t id = 0;
	int found;

	db_call(&c, &s->writer_db, STMT_RESPONSE_DELETE);
	db_put_text(&c, str_of(j->request_id));
	found = db_row(&c, err);
	if (found > 0) {
		id = sqlite3_column_int64(c.stmt, 0);
		j->n_deleted = sqlite3_column_int64(c.stmt, 1) > clock_wall_ms();
	}
	db_end(&c);
	if (found <= 0)
		return found;
	return store_orphan_kill(s, id, err);
}

/* limit: -1 for all.  *n is how many were deleted. */
static int delete_expired(struct store *s, int64_t cutoff_ms, int64_t limit, int64_t *n,
			  struct error *err)
{
	static const enum store_stmt steps[] = { STMT_EXPIRED_ORPHAN, STMT_EXPIRED_DELETE };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct db_call c;

		db_call(&c, &s->writer_db, steps[i]);
		db_put_i64(&c, cutoff_ms);
		db_put_i64(&c, limit);
		if (db_run(&c, err) < 0)
			return -1;
		*n = sqlite3_changes64(s->writer_db.db);
	}
	s->has_dead |= *n > 0;
	return 0;
}

static int delete_run(struct store *s, struct store_job *job, struct error *err)
{
	struct delete_job *j = CONTAINER_OF(job, struct delete_job, job);

	if (j->request_id)
		return delete_one(s, j, err);
	return delete_expired(s, j->cutoff_ms, -1, &j->n_deleted, err);
}

static void delete_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct delete_job *j = CONTAINER_OF(job, struct delete_job, job);

	(void)s;
	j->done(j->arg, result->code == ERR_NONE ? j->n_deleted : 0, result);
	mem_free(j->request_id);
	mem_free(j);
}

static int push_delete(struct store *s, const struct delete_job *what, struct error *err)
{
	struct delete_job *j = mem_alloc(sizeof(*j));

	if (!j)
		return error_oom(err);
	*j = *what;
	j->job.run = delete_run;
	j->job.done = delete_done;
	list_init(&j->job.link);
	if (store_lane_push(s, &s->writer, &j->job, err) == 0)
		return 0;
	mem_free(j);
	return -1;
}

int store_delete(struct store *s, struct str request_id, store_delete_fn *done, void *arg,
		 struct error *err)
{
	struct delete_job j = { .done = done, .arg = arg };

	j.request_id = mem_strndup(request_id.len > 0 ? request_id.ptr : "", request_id.len);
	if (!j.request_id)
		return error_oom(err);
	if (push_delete(s, &j, err) == 0)
		return 0;
	mem_free(j.request_id);
	return -1;
}

int store_delete_expired(struct store *s, int64_t cutoff_ms, store_delete_fn *done, void *arg,
			 struct error *err)
{
	struct delete_job j = { .cutoff_ms = cutoff_ms, .done = done, .arg = arg };

	return push_delete(s, &j, err);
}

/* ---- transactions of our own ---- */

/* Begins; a step that fails is repeated later, and whoever waits for disk space is not told. */
static bool begin(struct store *s)
{
	struct error ignored = { 0 };

	return db_do(&s->writer_db, STMT_BEGIN_WRITE, &ignored) == 0;
}

static bool end(struct store *s, int result)
{
	struct error ignored = { 0 };

	if (result == 0 && db_do(&s->writer_db, STMT_COMMIT, &ignored) == 0)
		return true;
	if (!sqlite3_get_autocommit(s->writer_db.db))
		(void)!db_do(&s->writer_db, STMT_ROLLBACK, &ignored);
	s->retry_ns = clock_mono_ns() + NS_PER_S;
	return false;
}

/* ---- chunks of dead orphans ---- */

/* 1: *id is one; 0: there is none. */
static int find_dead(struct store *s, int64_t *id, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &s->writer_db, STMT_ORPHAN_DEAD);
	found = db_row(&c, err);
	if (found > 0)
		*id = sqlite3_column_int64(c.stmt, 0);
	db_end(&c);
	return found;
}

/* Deletes up to *room chunks, and the orphan when that was all of it. */
static int delete_chunks(struct store *s, int64_t id, int64_t *room, struct error *err)
{
	struct db_call c;
	int64_t n;

	db_call(&c, &s->writer_db, STMT_ORPHAN_CHUNKS);
	db_put_i64(&c, id);
	db_put_i64(&c, *room);
	if (db_run(&c, err) < 0)
		return -1;
	n = sqlite3_changes64(s->writer_db.db);
	if (n == *room) {
		*room = 0;
		return 0;
	}
	*room -= n + 1; /* a small response is not for free */
	db_call(&c, &s->writer_db, STMT_ORPHAN_REMOVE);
	db_put_i64(&c, id);
	return db_run(&c, err);
}

void store_delete_step(struct store *s)
{
	struct error err = { 0 };
	int64_t room = CHUNKS_PER_STEP, id = 0;
	int found = 1, result = 0;

	if (!begin(s)) {
		s->retry_ns = clock_mono_ns() + NS_PER_S;
		return;
	}
	while (result == 0 && room > 0 && (found = find_dead(s, &id, &err)) > 0)
		result = delete_chunks(s, id, &room, &err);
	if (end(s, found < 0 ? -1 : result))
		s->has_dead = found > 0;
}

/* ---- expiry ---- */

static void sweep(struct store *s)
{
	struct error err = { 0 };
	int64_t n = 0;

	s->sweep_ns = clock_mono_ns() + (uint64_t)s->options.sweep_period_ms * NS_PER_MS;
	if (!begin(s))
		return;
	if (end(s, delete_expired(s, clock_wall_ms(), RESPONSES_PER_STEP, &n, &err)) &&
	    n == RESPONSES_PER_STEP)
		s->sweep_ns = 0; /* there may be more */
}

/* ---- checkpoints ---- */

static void checkpoint(struct store *s)
{
	int n_log = 0, n_done = 0;
	int rc = sqlite3_wal_checkpoint_v2(s->writer_db.db, NULL, SQLITE_CHECKPOINT_PASSIVE, &n_log,
					   &n_done);

	/* A reader may hold on to an old state, or the disk be full: the rest follows later. */
	s->is_log_held = rc != SQLITE_OK || n_done < n_log;
	if (s->is_log_held)
		s->checkpoint_ns = clock_mono_ns() + CHECKPOINT_RETRY_NS;
	else
		s->writer_db.wal_pages = 0;
	(void)sqlite3_db_release_memory(s->writer_db.db);
}

void store_checkpoint_if_large(struct store *s)
{
	bool is_large = s->writer_db.wal_pages > CHECKPOINT_PAGES;
	uint64_t now_ns = clock_mono_ns();

	if (is_large && (!s->is_log_held || now_ns >= s->checkpoint_ns))
		checkpoint(s);
	else if (!is_large)
		s->checkpoint_ns = now_ns + CHECKPOINT_IDLE_NS;
}

/* ---- what is due ---- */

uint64_t store_maintenance_ns(const struct store *s)
{
	uint64_t due_ns = s->sweep_ns;

	if (s->has_dead || !list_is_empty(&s->unkilled))
		due_ns = MIN(due_ns, s->retry_ns);
	if (s->writer_db.wal_pages > 0)
		due_ns = MIN(due_ns, s->checkpoint_ns);
	return due_ns;
}

/* One thing at a time: the queue is looked at in between. */
void store_maintain(struct store *s)
{
	uint64_t now_ns = clock_mono_ns();

	if (!list_is_empty(&s->unkilled) && now_ns >= s->retry_ns)
		store_write_bury(s);
	else if (now_ns >= s->sweep_ns)
		sweep(s);
	else if (s->has_dead && now_ns >= s->retry_ns)
		store_delete_step(s);
	else if (s->writer_db.wal_pages > 0 && now_ns >= s->checkpoint_ns)
		checkpoint(s);
}
