/*
 * write.c - a response on its way in, and the writer lane.
 *
 * The owner of a write gathers blocks into chunks and pushes each full chunk to
 * the lane.  The lane takes whatever is queued at that moment, up to a few
 * megabytes, and commits it in one transaction: an fsync costs the same however
 * many writes share it.  The jobs of one write stay in order, so the one that
 * ends it finds all its chunks committed, or the write's error set.
 *
 * A transaction that fails (the disk is full) is rolled back and fails the
 * writes that had jobs in it.  A write fails once and for all; its owner hears of
 * it at the next call.
 *
 * The object belongs to its owner until commit or abort and to the lane from
 * then on.
 */
#include "broker/store/store_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/coop.h"

/* A transaction of this size takes about as long as its fsync. */
#define GROUP_BYTES ((size_t)4 * 1024 * 1024)

/* Owners are asked to wait above the one, and told to go on below the other. */
#define QUEUE_HIGH ((size_t)8 * 1024 * 1024)
#define QUEUE_LOW  ((size_t)4 * 1024 * 1024)

/* Every so many groups a step of deletion runs, though there is more to write. */
#define GROUPS_PER_DELETE_STEP 8

struct store_write {
	struct store *store;
	int64_t id;
	char *request_id, *broker_id, *metadata; /* owned */
	struct strbuf columns;
	int64_t submission_ms, expiration_ms;
	int64_t n_rows, bytes;

	struct strbuf chunk; /* blocks that are not handed over yet */
	int64_t chunk_first;
	bool has_chunks; /* some were handed over */

	_Atomic bool is_aborted;
	const struct token *token; /* of the commit; or NULL */
	struct error error;        /* set once, by the lane, under the store's lock */
	struct list waiting;
	store_write_fn *ready;
	void *ready_arg;

	struct store_job end; /* commit or abort */
	store_write_fn *done;
	void *done_arg;
	struct list unkilled;
};

struct chunk_job {
	struct store_job job;
	struct store_write *write;
	int64_t first_row, n_rows;
	struct strbuf data;
};

/* ---- the object ---- */

static void write_free(struct store_write *w)
{
	mem_free(w->request_id);
	mem_free(w->broker_id);
	mem_free(w->metadata);
	strbuf_fini(&w->columns);
	strbuf_fini(&w->chunk);
	mem_free(w);
}

static char *copy_text(const char *text)
{
	struct str s = str_of(text ? text : "");

	return mem_strndup(s.ptr, s.len);
}

static int write_init(struct store_write *w, const struct store_info *info, struct error *err)
{
	w->request_id = copy_text(info->request_id);
	w->broker_id = copy_text(info->broker_id);
	store_columns_encode(info, &w->columns);
	if (!w->request_id || !w->broker_id || !strbuf_ok(&w->columns))
		return error_oom(err);
	w->submission_ms = info->submission_ms;
	w->expiration_ms = info->expiration_ms;
	return 0;
}

struct store_write *store_write_begin(struct store *s, const struct store_info *info,
				      struct error *err)
{
	struct store_write *w = mem_calloc(1, sizeof(*w));

	if (!w) {
		(void)error_oom(err);
		return NULL;
	}
	w->store = s;
	list_init(&w->waiting);
	list_init(&w->unkilled);
	list_init(&w->end.link);
	if (write_init(w, info, err) < 0) {
		write_free(w);
		return NULL;
	}
	w->id = atomic_fetch_add_explicit(&s->next_id, 1, memory_order_relaxed);
	return w;
}

/* The first error stands. */
static void write_fail(struct store_write *w, const struct error *result)
{
	mutex_lock(&w->store->lock);
	if (w->error.code == ERR_NONE)
		w->error = *result;
	mutex_unlock(&w->store->lock);
}

static int check_failed(struct store_write *w, struct error *err)
{
	bool has_failed;

	mutex_lock(&w->store->lock);
	has_failed = w->error.code != ERR_NONE;
	if (has_failed)
		*err = w->error;
	mutex_unlock(&w->store->lock);
	return has_failed ? -1 : 0;
}

/* ---- chunks ---- */

static int insert_chunk(struct store *s, struct store_write *w, int64_t first_row, int64_t n_rows,
			struct str data, struct error *err)
{
	struct db_call c;

	db_call(&c, &s->writer_db, STMT_CHUNK_INSERT);
	db_put_i64(&c, w->id);
	db_put_i64(&c, first_row);
	db_put_i64(&c, n_rows);
	db_put_blob(&c, data);
	return db_run(&c, err);
}

static int run_with_id(struct store *s, enum store_stmt which, int64_t id, struct error *err)
{
	struct db_call c;

	db_call(&c, &s->writer_db, which);
	db_put_i64(&c, id);
	return db_run(&c, err);
}

int store_orphan_kill(struct store *s, int64_t id, struct error *err)
{
	s->has_dead = true;
	return run_with_id(s, STMT_ORPHAN_KILL, id, err);
}

static int chunk_run(struct store *s, struct store_job *job, struct error *err)
{
	struct chunk_job *j = CONTAINER_OF(job, struct chunk_job, job);
	struct store_write *w = j->write;

	if (w->error.code != ERR_NONE || atomic_load_explicit(&w->is_aborted, memory_order_relaxed))
		return 0;
	if (run_with_id(s, STMT_ORPHAN_ADD, w->id, err) < 0)
		return -1;
	return insert_chunk(s, w, j->first_row, j->n_rows, strbuf_str(&j->data), err);
}

static void chunk_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct chunk_job *j = CONTAINER_OF(job, struct chunk_job, job);

	(void)s;
	if (result->code != ERR_NONE)
		write_fail(j->write, result);
	strbuf_fini(&j->data);
	mem_free(j);
}

/* Hands the gathered blocks over. */
static int push_chunk(struct store_write *w, struct error *err)
{
	struct chunk_job *j = mem_calloc(1, sizeof(*j));

	if (!j)
		return error_oom(err);
	*j = (struct chunk_job){
		.job = { .bytes = w->chunk.len, .run = chunk_run, .done = chunk_done },
		.write = w,
		.first_row = w->chunk_first,
		.n_rows = w->n_rows - w->chunk_first,
		.data = w->chunk,
	};
	list_init(&j->job.link);
	if (store_lane_push(w->store, &w->store->writer, &j->job, err) < 0) {
		mem_free(j);
		return -1;
	}
	w->chunk = (struct strbuf)STRBUF_INIT;
	w->chunk_first = w->n_rows;
	w->has_chunks = true;
	return 0;
}

/* Takes the block's text; a block that comes first in its chunk is not even copied. */
static int gather(struct store_write *w, struct strbuf *block, uint32_t n_rows, struct error *err)
{
	size_t len = block->len;

	if (w->chunk.len > 0 && w->chunk.len + len > STORE_CHUNK_MAX && push_chunk(w, err) < 0)
		return -1;
	if (w->chunk.len == 0) {
		strbuf_fini(&w->chunk);
		w->chunk = *block;
		*block = (struct strbuf)STRBUF_INIT;
	} else {
		strbuf_add_str(&w->chunk, strbuf_str(block));
		strbuf_fini(block);
	}
	if (!strbuf_ok(&w->chunk))
		return error_oom(err);
	w->n_rows += n_rows;
	w->bytes += (int64_t)len;
	return w->chunk.len >= STORE_CHUNK_MIN ? push_chunk(w, err) : 0;
}

/* Returns 1 when the owner is to wait. */
static int hold_back(struct store_write *w, store_write_fn *ready, void *arg)
{
	struct store *s = w->store;
	bool is_behind;

	mutex_lock(&s->lock);
	is_behind = ready && s->writer.bytes > QUEUE_HIGH;
	if (is_behind) {
		w->ready = ready;
		w->ready_arg = arg;
		list_remove(&w->waiting);
		list_push_back(&s->waiting, &w->waiting);
	}
	mutex_unlock(&s->lock);
	return is_behind;
}

int store_write_block(struct store_write *w, struct strbuf *block, uint32_t n_rows,
		      store_write_fn *ready, void *arg, struct error *err)
{
	int64_t max_bytes = w->store->options.max_bytes;

	if (check_failed(w, err) < 0)
		return -1;
	if (!strbuf_ok(block))
		return error_oom(err);
	if (max_bytes > 0 && w->bytes + (int64_t)block->len > max_bytes)
		return error_set(err, ERR_LIMIT_EXCEEDED,
				 "the result is larger than a stored response may be (%lld bytes)",
				 (long long)max_bytes);
	if (gather(w, block, n_rows, err) < 0)
		return -1;
	return hold_back(w, ready, arg);
}

/* ---- the end: commit or abort ---- */

/* No ready() runs or will run, unless it is ready() itself that ends the write. */
static void stop_waiting(struct store_write *w)
{
	struct store *s = w->store;

	mutex_lock(&s->lock);
	list_remove(&w->waiting);
	while (s->calling == w && !pthread_equal(pthread_self(), s->writer.thread.id))
		cond_wait(&s->called, &s->lock);
	mutex_unlock(&s->lock);
}

/* A closed lane takes no jobs: then the write ends here, with that error. */
static void push_end(struct store_write *w)
{
	struct error err = { 0 };

	stop_waiting(w);
	if (store_lane_push(w->store, &w->store->writer, &w->end, &err) < 0)
		w->end.done(w->store, &w->end, &err);
}

static int insert_response(struct store *s, struct store_write *w, struct error *err)
{
	struct db_call c;
	int result;

	db_call(&c, &s->writer_db, STMT_RESPONSE_INSERT);
	db_put_i64(&c, w->id);
	db_put_text(&c, str_of(w->request_id));
	db_put_text(&c, str_of(w->broker_id));
	db_put_text(&c, str_of(w->metadata));
	db_put_blob(&c, strbuf_str(&w->columns));
	db_put_i64(&c, w->n_rows);
	db_put_i64(&c, w->submission_ms);
	db_put_i64(&c, w->expiration_ms);
	db_put_i64(&c, w->bytes);
	result = db_run(&c, err);
	if (result < 0 && (c.rc & 0xff) == SQLITE_CONSTRAINT) {
		/* Only this statement failed, so only this write does. */
		(void)error_set(err, ERR_INTERNAL, "response store: request id %s is there already",
				w->request_id);
		write_fail(w, err);
		error_clear(err);
		return 0;
	}
	return result;
}

static void fail_if_cancelled(struct store_write *w)
{
	struct error err = { 0 };

	if (!w->token || token_reason(w->token) == CANCEL_NONE)
		return;
	(void)error_set(&err, ERR_QUERY_CANCELLED, "cancelled before it was committed");
	write_fail(w, &err);
}

static int commit_run(struct store *s, struct store_job *job, struct error *err)
{
	struct store_write *w = CONTAINER_OF(job, struct store_write, end);

	fail_if_cancelled(w);
	if (w->error.code == ERR_NONE && insert_response(s, w, err) < 0)
		return -1;
	if (w->error.code != ERR_NONE)
		return w->has_chunks ? store_orphan_kill(s, w->id, err) : 0;
	if (w->chunk.len > 0 && insert_chunk(s, w, w->chunk_first, w->n_rows - w->chunk_first,
					     strbuf_str(&w->chunk), err) < 0)
		return -1;
	return w->has_chunks ? run_with_id(s, STMT_ORPHAN_REMOVE, w->id, err) : 0;
}

/* Chunks that are in the file and could not be marked dead must not stay for good. */
static void free_or_bury(struct store *s, struct store_write *w, const struct error *result)
{
	bool is_lane = pthread_equal(pthread_self(), s->writer.thread.id);

	if (result->code == ERR_NONE || !w->has_chunks || !is_lane) {
		write_free(w);
		return;
	}
	list_push_back(&s->unkilled, &w->unkilled);
	s->retry_ns = clock_mono_ns() + NS_PER_S;
}

static void commit_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct store_write *w = CONTAINER_OF(job, struct store_write, end);

	if (result->code != ERR_NONE)
		write_fail(w, result);
	w->done(w->done_arg, &w->error);
	free_or_bury(s, w, result);
}

void store_write_commit(struct store_write *w, struct str metadata, const struct token *token,
			store_write_fn *done, void *arg)
{
	struct error err = { 0 };

	w->token = token;
	w->metadata = mem_strndup(metadata.len > 0 ? metadata.ptr : "", metadata.len);
	if (!w->metadata) {
		(void)error_oom(&err);
		write_fail(w, &err);
	}
	w->done = done;
	w->done_arg = arg;
	w->end.bytes = w->chunk.len;
	w->end.run = commit_run;
	w->end.done = commit_done;
	push_end(w);
}

static int abort_run(struct store *s, struct store_job *job, struct error *err)
{
	struct store_write *w = CONTAINER_OF(job, struct store_write, end);

	return w->has_chunks ? store_orphan_kill(s, w->id, err) : 0;
}

static void abort_done(struct store *s, struct store_job *job, const struct error *result)
{
	free_or_bury(s, CONTAINER_OF(job, struct store_write, end), result);
}

void store_write_abort(struct store_write **wp)
{
	struct store_write *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	atomic_store_explicit(&w->is_aborted, true, memory_order_relaxed);
	w->end.run = abort_run;
	w->end.done = abort_done;
	push_end(w);
}

/* ---- the writer lane ---- */

/* Runs the jobs in one transaction; what that says holds for all of them. */
static int run_group(struct store *s, struct list *group, struct error *err)
{
	if (db_do(&s->writer_db, STMT_BEGIN_WRITE, err) < 0)
		return -1;
	LIST_FOREACH (node, group) {
		struct store_job *job = CONTAINER_OF(node, struct store_job, link);

		if (job->run(s, job, err) < 0)
			return -1;
	}
	return db_do(&s->writer_db, STMT_COMMIT, err);
}

/* SQLite has rolled back by itself after some errors, but not after all. */
static void roll_back(struct store *s)
{
	struct error ignored = { 0 };

	if (!sqlite3_get_autocommit(s->writer_db.db))
		(void)!db_do(&s->writer_db, STMT_ROLLBACK, &ignored);
}

static void finish_group(struct store *s, struct list *group, const struct error *result)
{
	struct list *node;
	size_t bytes = 0;

	while ((node = list_pop_front(group))) {
		struct store_job *job = CONTAINER_OF(node, struct store_job, link);

		bytes += job->bytes;
		job->done(s, job, result);
	}
	mutex_lock(&s->lock);
	s->writer.bytes -= bytes;
	mutex_unlock(&s->lock);
}

/* Calls one owner back; false when none waits or the queue is still long. */
static bool call_ready(struct store *s)
{
	struct store_write *w;
	struct error result;

	mutex_lock(&s->lock);
	if (s->writer.bytes > QUEUE_LOW || list_is_empty(&s->waiting)) {
		mutex_unlock(&s->lock);
		return false;
	}
	w = CONTAINER_OF(list_pop_front(&s->waiting), struct store_write, waiting);
	result = w->error;
	s->calling = w;
	mutex_unlock(&s->lock);
	w->ready(w->ready_arg, &result);
	mutex_lock(&s->lock);
	s->calling = NULL;
	cond_broadcast(&s->called);
	mutex_unlock(&s->lock);
	return true;
}

static void write_group(struct store *s, struct list *group)
{
	struct error result = { 0 };

	if (run_group(s, group, &result) < 0)
		roll_back(s);
	finish_group(s, group, &result);
	while (call_ready(s))
		;
	if (++s->n_groups % GROUPS_PER_DELETE_STEP == 0 && s->has_dead)
		store_delete_step(s);
	store_checkpoint_if_large(s);
}

void store_writer_main(void *store)
{
	struct store *s = store;
	struct list group;

	list_init(&group);
	while (store_lane_take(s, &s->writer, GROUP_BYTES, store_maintenance_ns(s), &group)) {
		if (list_is_empty(&group))
			store_maintain(s);
		else
			write_group(s, &group);
	}
}

void store_write_forget(struct store *s)
{
	struct list *node;

	while ((node = list_pop_front(&s->unkilled)))
		write_free(CONTAINER_OF(node, struct store_write, unkilled));
}

void store_write_bury(struct store *s)
{
	struct error err = { 0 };
	int result = db_do(&s->writer_db, STMT_BEGIN_WRITE, &err);

	LIST_FOREACH (each, &s->unkilled) {
		struct store_write *w = CONTAINER_OF(each, struct store_write, unkilled);

		if (result == 0)
			result = store_orphan_kill(s, w->id, &err);
	}
	if (result == 0)
		result = db_do(&s->writer_db, STMT_COMMIT, &err);
	if (result < 0) {
		roll_back(s);
		s->retry_ns = clock_mono_ns() + NS_PER_S;
		return;
	}
	store_write_forget(s);
}
