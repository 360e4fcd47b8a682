/*
 * store.c - open and close.
 *
 * The writer lane is stopped first and the reader lane last: who hears that a
 * response is committed may want to read its first page.
 */
#include "broker/store/store_priv.h"
#include "common/base/clock.h"

static int read_next_id(struct store *s, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &s->writer_db, STMT_NEXT_ID);
	found = db_row(&c, err);
	if (found > 0)
		atomic_init(&s->next_id, sqlite3_column_int64(c.stmt, 0));
	db_end(&c);
	return found > 0 ? 0 : -1;
}

static int open_files(struct store *s, struct error *err)
{
	if (store_db_open(&s->writer_db, s->options.path, true, err) < 0 ||
	    store_db_open(&s->reader_db, s->options.path, false, err) < 0)
		return -1;
	if (read_next_id(s, err) < 0)
		return -1;
	/* Whatever was being written belongs to a process that is gone. */
	s->has_dead = true;
	return db_do(&s->writer_db, STMT_ORPHAN_KILL_ALL, err);
}

static int start_lanes(struct store *s, struct error *err)
{
	if (thread_start(&s->writer.thread, "store-writer", store_writer_main, s, err) < 0)
		return -1;
	return thread_start(&s->reader.thread, "store-reader", store_reader_main, s, err);
}

static struct store *store_new(const struct store_options *options)
{
	struct store *s = mem_calloc(1, sizeof(*s));
	char *path = mem_strndup(options->path, strlen(options->path));

	if (!s || !path) {
		mem_free(path);
		mem_free(s);
		return NULL;
	}
	s->options = *options;
	s->path = path;
	s->options.path = path;
	mutex_init(&s->lock, MUTEX_RANK_STORE);
	cond_init(&s->called);
	store_lane_init(&s->writer);
	store_lane_init(&s->reader);
	list_init(&s->waiting);
	list_init(&s->unkilled);
	s->sweep_ns = clock_mono_ns() + (uint64_t)options->sweep_delay_ms * NS_PER_MS;
	mem_account_init(&s->scratch_account, 0, NULL);
	mem_pool_init(&s->scratch_pool, &s->scratch_account);
	arena_init(&s->scratch, &s->scratch_pool);
	return s;
}

int store_open(const struct store_options *options, struct store **out, struct error *err)
{
	struct store *s = store_new(options);

	if (!s)
		return error_oom(err);
	if (open_files(s, err) < 0 || start_lanes(s, err) < 0) {
		store_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

void store_close(struct store **sp)
{
	struct store *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	store_lane_stop(s, &s->writer);
	store_lane_stop(s, &s->reader);
	store_write_forget(s);
	store_db_close(&s->reader_db);
	store_db_close(&s->writer_db);
	arena_fini(&s->scratch);
	mem_pool_fini(&s->scratch_pool);
	store_lane_fini(&s->writer);
	store_lane_fini(&s->reader);
	cond_fini(&s->called);
	mutex_fini(&s->lock);
	mem_free(s->path);
	mem_free(s);
}
