/* responses.c - see responses.h. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/column/encode.h"
#include "tests/support/base/checks.h"
#include "tests/support/store/responses.h"

/* ---- latch ---- */

void latch_init(struct latch *l)
{
	mutex_init(&l->lock, MUTEX_RANK_SINK);
	cond_init(&l->cond);
	l->n = 0;
}

void latch_fini(struct latch *l)
{
	cond_fini(&l->cond);
	mutex_fini(&l->lock);
}

void latch_post(struct latch *l)
{
	mutex_lock(&l->lock);
	l->n++;
	cond_signal(&l->cond);
	mutex_unlock(&l->lock);
}

void latch_wait(struct latch *l)
{
	mutex_lock(&l->lock);
	while (l->n == 0)
		cond_wait(&l->cond, &l->lock);
	l->n--;
	mutex_unlock(&l->lock);
}

/* ---- the store ---- */

void responses_init(struct responses *r)
{
	*r = (struct responses){ .dir = "/tmp/sluice-store-XXXXXX" };
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	latch_init(&r->page_is_read);
	mem_account_init(&r->account, 0, NULL);
	(void)snprintf(r->path, sizeof(r->path), "%s/responses.db", r->dir);
	r->options = (struct store_options){
		.path = r->path,
		.sweep_period_ms = 3600000,
		.sweep_delay_ms = 3600000,
	};
	responses_open(r);
}

void responses_open(struct responses *r)
{
	if (store_open(&r->options, &r->store, &r->err) < 0)
		ck_abort_msg("store_open: %s", r->err.msg);
}

void responses_close(struct responses *r)
{
	store_close(&r->store);
}

void responses_fini(struct responses *r)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[128];

	responses_close(r);
	latch_fini(&r->page_is_read);
	ck_assert_int_eq(r->account.used_bytes, 0);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", r->path, suffixes[i]);
		(void)unlink(path);
	}
	(void)rmdir(r->dir);
}

int64_t responses_in_ms(int64_t ms)
{
	return clock_wall_ms() + ms;
}

/* ---- rows ---- */

#define TEXT_CHARS 64

struct rows {
	int64_t longs[BATCH_ROWS_MAX];
	char texts[BATCH_ROWS_MAX][TEXT_CHARS];
	struct strv views[BATCH_ROWS_MAX];
	double doubles[BATCH_ROWS_MAX];
	uint64_t validity[VALIDITY_WORDS];
	struct column cols[3];
};

static size_t row_text(const char *id, int64_t row, char *buf)
{
	return (size_t)snprintf(buf, TEXT_CHARS, "row %lld of %s", (long long)row, id);
}

static void make_rows(struct rows *rows, const char *id, int64_t from, uint32_t n,
		      struct batch *out)
{
	for (uint32_t i = 0; i < n; i++) {
		int64_t row = from + i;

		rows->longs[i] = row * 7919;
		rows->views[i] = strv_make(rows->texts[i], row_text(id, row, rows->texts[i]));
		rows->doubles[i] = (double)row / 2;
		if (row % 3 != 0)
			validity_set(rows->validity, i);
	}
	rows->cols[0] = (struct column){ .type = COL_LONG, .values = rows->longs };
	rows->cols[1] = (struct column){ .type = COL_STRING, .values = rows->views };
	rows->cols[2] = (struct column){ .type = COL_DOUBLE,
					 .values = rows->doubles,
					 .validity = rows->validity };
	*out = (struct batch){ n, 3, rows->cols, { NULL, n } };
}

int responses_block(const char *id, int64_t from, int64_t to, struct strbuf *out, struct error *err)
{
	struct rows *rows = mem_calloc(1, sizeof(*rows));
	struct batch b;
	int result;

	if (!rows)
		return error_oom(err);
	make_rows(rows, id, from, (uint32_t)(to - from), &b);
	result = encode_rows(&b, 0, b.n_rows, out, err);
	mem_free(rows);
	return result;
}

/* The rows of the piece at hand, of which the first has number `row`; what follows them. */
static int64_t check_piece(const struct store_page *page, const char *id, int64_t row)
{
	char text[TEXT_CHARS];

	for (const struct chunk *c = page->rows.first; c; c = c->next) {
		const struct column *cols = c->batch.cols;

		for (uint32_t i = 0; i < c->batch.n_rows; i++, row++) {
			struct str s = strv_str(col_strv(&cols[1], i));
			size_t len = row_text(id, row, text);

			if (col_i64(&cols[0], i) != row * 7919 ||
			    !str_eq(s, (struct str){ text, len }) ||
			    col_is_valid(&cols[2], i) != (row % 3 != 0))
				ck_abort_msg("row %lld of %s is wrong", (long long)row, id);
		}
	}
	return row;
}

/* ---- calls that wait ---- */

struct answer {
	struct latch latch;
	struct error result;
	struct strbuf *list;
	int64_t n;
};

static void on_written(void *arg, const struct error *result)
{
	struct answer *a = arg;

	a->result = *result;
	latch_post(&a->latch);
}

struct store_write *responses_begin(struct responses *r, const char *id, int64_t expiration_ms,
				    struct error *err)
{
	char request_id[64], broker[] = "broker_1", n0[] = "n", n1[] = "text", n2[] = "half";
	char *names[] = { n0, n1, n2 };
	enum col_type types[] = { COL_LONG, COL_STRING, COL_DOUBLE };
	struct store_info info = {
		.request_id = request_id,
		.broker_id = broker,
		.n_columns = 3,
		.names = names,
		.types = types,
		.submission_ms = clock_wall_ms(),
		.expiration_ms = expiration_ms,
	};

	(void)snprintf(request_id, sizeof(request_id), "%s", id);
	return store_write_begin(r->store, &info, err);
}

int responses_commit(struct store_write *w, const struct token *token, struct error *err)
{
	struct answer a = { 0 };

	latch_init(&a.latch);
	store_write_commit(w, STR("{\"timeUsedMs\":1}"), token, on_written, &a);
	latch_wait(&a.latch);
	latch_fini(&a.latch);
	*err = a.result;
	return a.result.code == ERR_NONE ? 0 : -1;
}

static int write_rows(struct store_write *w, const char *id, int64_t n_rows, uint32_t block_rows,
		      struct error *err)
{
	struct answer a = { 0 };
	int result = 0;

	latch_init(&a.latch);
	for (int64_t row = 0; row < n_rows && result >= 0; row += block_rows) {
		int64_t end = MIN(row + block_rows, n_rows);
		struct strbuf block = STRBUF_INIT;

		result = responses_block(id, row, end, &block, err);
		if (result == 0)
			result = store_write_block(w, &block, (uint32_t)(end - row), on_written, &a,
						   err);
		if (result == 1)
			latch_wait(&a.latch);
		strbuf_fini(&block);
	}
	latch_fini(&a.latch);
	return result < 0 ? -1 : 0;
}

int responses_write(struct responses *r, const char *id, int64_t n_rows, uint32_t block_rows,
		    int64_t expiration_ms, struct error *err)
{
	struct store_write *w = responses_begin(r, id, expiration_ms, err);

	if (!w)
		return -1;
	if (write_rows(w, id, n_rows, block_rows, err) < 0) {
		store_write_abort(&w);
		return -1;
	}
	return responses_commit(w, NULL, err);
}

static void on_page(void *arg, struct store_page *page)
{
	struct responses *r = arg;

	r->page = page;
	latch_post(&r->page_is_read);
}

struct store_page *responses_page(struct responses *r, const char *id, int64_t offset,
				  int64_t n_rows)
{
	struct store_page_request request = {
		.request_id = str_of(id),
		.offset = offset,
		.n_rows = n_rows,
		.account = &r->account,
		.done = on_page,
		.arg = r,
	};

	r->page = NULL;
	if (store_read_page(r->store, &request, &r->err) == 0)
		latch_wait(&r->page_is_read);
	return r->page;
}

bool responses_read_on(struct responses *r, struct store_page *page)
{
	int64_t next = page->next;

	if (page->result.code != ERR_NONE || next == page->end)
		return false;
	ck_assert_int_eq(store_read_on(r->store, page, &r->err), 0);
	latch_wait(&r->page_is_read);
	ck_assert_ptr_eq(r->page, page);
	if (page->result.code == ERR_NONE) {
		ck_assert_uint_gt(page->rows.n_rows, 0);
		ck_assert_int_eq(page->next - (int64_t)page->rows.n_rows, next);
	}
	return true;
}

enum error_code responses_read_all(struct responses *r, struct store_page *page, const char *id)
{
	while (page->result.code == ERR_NONE) {
		int64_t first = page->next - (int64_t)page->rows.n_rows;

		ck_assert_int_eq(check_piece(page, id, first), page->next);
		if (!responses_read_on(r, page))
			break;
	}
	return page->result.code;
}

void responses_check(struct responses *r, struct store_page *page, const char *id, int64_t from,
		     int64_t to)
{
	ck_assert_int_eq(page->result.code, ERR_NONE);
	ck_assert_int_eq(page->end - page->offset, to - from);
	if (from < to)
		ck_assert_int_eq(page->next - (int64_t)page->rows.n_rows, from);
	ck_assert_int_eq(responses_read_all(r, page, id), ERR_NONE);
	ck_assert_int_eq(page->next, page->end);
}

bool responses_is_whole(struct responses *r, const char *id, int64_t n_rows)
{
	struct store_page *page = responses_page(r, id, 0, INT64_MAX);
	bool is_there = page && responses_read_all(r, page, id) == ERR_NONE;

	if (is_there)
		ck_assert_int_eq(page->next, n_rows);
	store_page_free(&page);
	return is_there;
}

static void on_list(void *arg, struct store_info *infos, size_t n_infos, const struct error *result)
{
	struct answer *a = arg;

	a->result = *result;
	for (size_t i = 0; i < n_infos; i++)
		strbuf_printf(a->list, "%s ", infos[i].request_id);
	latch_post(&a->latch);
}

void responses_list(struct responses *r, struct strbuf *out)
{
	struct answer a = { .list = out };

	latch_init(&a.latch);
	ck_assert_int_eq(store_read_info(r->store, STR(""), on_list, &a, &r->err), 0);
	latch_wait(&a.latch);
	latch_fini(&a.latch);
	ck_assert_int_eq(a.result.code, ERR_NONE);
}

static void on_deleted(void *arg, int64_t n_deleted, const struct error *result)
{
	struct answer *a = arg;

	a->n = result->code == ERR_NONE ? n_deleted : -1;
	latch_post(&a->latch);
}

int64_t responses_delete(struct responses *r, const char *id)
{
	struct answer a = { .n = -1 };

	latch_init(&a.latch);
	if (store_delete(r->store, str_of(id), on_deleted, &a, &r->err) == 0)
		latch_wait(&a.latch);
	latch_fini(&a.latch);
	return a.n;
}

int64_t responses_delete_expired(struct responses *r, int64_t cutoff_ms)
{
	struct answer a = { .n = -1 };

	latch_init(&a.latch);
	if (store_delete_expired(r->store, cutoff_ms, on_deleted, &a, &r->err) == 0)
		latch_wait(&a.latch);
	latch_fini(&a.latch);
	return a.n;
}

/* ---- looking at the file ---- */

void responses_alter(struct responses *r, const char *sql)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open_v2(r->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 2000);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

int64_t responses_count(struct responses *r, const char *what)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char sql[256];
	int64_t n = -1;

	(void)snprintf(sql, sizeof(sql), "SELECT %s", what);
	ck_assert_int_eq(sqlite3_open_v2(r->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 2000);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return n;
}

int64_t responses_await(struct responses *r, const char *what, int64_t want)
{
	uint64_t give_up_ns = clock_mono_ns() + 5 * NS_PER_S;
	int64_t n;

	while ((n = responses_count(r, what)) != want && clock_mono_ns() < give_up_ns)
		(void)usleep(2000);
	return n;
}
