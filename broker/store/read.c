/*
 * read.c - pages and metadata, on the reader lane.
 *
 * A page is read in one transaction, so that a deletion in between cannot tear
 * it.  The index leads to the chunk that holds the first row; of each chunk the
 * heads of its blocks are looked at and only blocks with wanted rows decoded.
 * The cost thus depends on the page and not on the response.
 *
 * Damage is found by the checksum of a block, or by rows that are not where
 * they should be, and fails the page that needs them.
 */
#include "broker/store/store_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/column/encode.h"

struct page_job {
	struct store_job job;
	struct store_page *page;
	char *request_id; /* owned */
	int64_t n_rows;
	store_page_fn *done;
	void *arg;
};

struct info_job {
	struct store_job job;
	char *request_id; /* owned; empty: all */
	struct store_info *infos;
	size_t n_infos, cap;
	store_info_fn *done;
	void *arg;
};

/* ---- metadata ---- */

static char *copy_text(const struct db_call *c, int col)
{
	struct str s = db_text(c, col);

	return s.ptr ? mem_strndup(s.ptr, s.len) : NULL;
}

/* The row as RESPONSE_COLUMNS has it; info is fit for store_info_fini() in any case. */
static int read_info(const struct db_call *c, struct store_info *info, struct error *err)
{
	info->request_id = copy_text(c, 1);
	info->broker_id = copy_text(c, 2);
	info->metadata = copy_text(c, 3);
	info->n_rows = sqlite3_column_int64(c->stmt, 5);
	info->submission_ms = sqlite3_column_int64(c->stmt, 6);
	info->expiration_ms = sqlite3_column_int64(c->stmt, 7);
	info->bytes = sqlite3_column_int64(c->stmt, 8);
	if (!info->request_id || !info->broker_id || !info->metadata)
		return error_oom(err);
	return store_columns_decode(db_blob(c, 4), info, err);
}

/* ERR_NOT_FOUND when the response is unknown or expired. */
static int find_response(struct store *s, const char *request_id, struct store_info *info,
			 int64_t *id, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &s->reader_db, STMT_RESPONSE_FIND);
	db_put_text(&c, str_of(request_id));
	db_put_i64(&c, clock_wall_ms());
	found = db_row(&c, err);
	if (found > 0) {
		*id = sqlite3_column_int64(c.stmt, 0);
		found = read_info(&c, info, err) < 0 ? -1 : 1;
	}
	db_end(&c);
	if (found == 0)
		return error_set(err, ERR_NOT_FOUND, "Query results for %s not found.", request_id);
	return found > 0 ? 0 : -1;
}

/* ---- pages ---- */

/* The rows of a page that are still missing: [next, end). */
struct range {
	struct store *store;
	struct store_page *page;
	int64_t next, end;
};

static int damaged(const struct range *r, struct error *err)
{
	return error_set(err, ERR_IO, "stored rows of response %s are damaged: row %lld is missing",
			 r->page->info.request_id, (long long)r->next);
}

static bool has_types(const struct batch *b, const struct store_info *info)
{
	if (b->n_cols != info->n_columns)
		return false;
	for (uint32_t i = 0; i < b->n_cols; i++) {
		if (b->cols[i].type != info->types[i])
			return false;
	}
	return true;
}

/* Appends rows [from, to) of the batch. */
static int append_rows(struct range *r, struct batch *b, uint32_t from, uint32_t to,
		       struct error *err)
{
	struct token token = { 0 };
	struct coop coop;
	enum step step;

	coop_unlimited(&coop, &token);
	b->sel = (struct sel){ .n_rows = to };
	do
		step = chunk_list_append(&r->page->rows, b, &from, &coop, err);
	while (step == STEP_YIELD);
	return step == STEP_DONE ? 0 : -1;
}

/* Block starts at response row `row`. */
static int read_block(struct range *r, struct str block, int64_t row, uint32_t n_rows,
		      struct error *err)
{
	uint32_t from = (uint32_t)(r->next - row);
	uint32_t to = (uint32_t)MIN(r->end - row, (int64_t)n_rows);
	struct batch b;

	arena_reset(&r->store->scratch);
	if (decode_rows(block, &r->store->scratch, &b, err) < 0)
		return -1;
	if (!has_types(&b, &r->page->info) || b.n_rows != n_rows)
		return damaged(r, err);
	if (append_rows(r, &b, from, to, err) < 0)
		return -1;
	r->next = row + to;
	return 0;
}

static int read_chunk(struct range *r, struct str data, int64_t row, struct error *err)
{
	while (data.len > 0 && r->next < r->end) {
		uint32_t n_rows;
		size_t bytes;

		if (encode_peek(data, &n_rows, &bytes, err) < 0)
			return -1;
		if (row > r->next)
			return damaged(r, err);
		if (row + n_rows > r->next &&
		    read_block(r, (struct str){ data.ptr, bytes }, row, n_rows, err) < 0)
			return -1;
		row += n_rows;
		data.ptr += bytes;
		data.len -= bytes;
	}
	return 0;
}

static int read_rows(struct range *r, int64_t id, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &r->store->reader_db, STMT_CHUNK_RANGE);
	db_put_i64(&c, id);
	db_put_i64(&c, r->next);
	db_put_i64(&c, r->end);
	while (r->next < r->end && (found = db_row(&c, err)) != 0) {
		if (found < 0 ||
		    read_chunk(r, db_blob(&c, 2), sqlite3_column_int64(c.stmt, 0), err) < 0) {
			db_end(&c);
			return -1;
		}
	}
	db_end(&c);
	return r->next < r->end ? damaged(r, err) : 0;
}

static int read_page(struct store *s, struct page_job *j, struct error *err)
{
	struct store_page *page = j->page;
	struct range r = { .store = s, .page = page, .next = page->offset };
	int64_t id = 0;

	if (find_response(s, j->request_id, &page->info, &id, err) < 0 ||
	    chunk_list_init(&page->rows, &page->pool, page->info.n_columns, page->info.types, err) <
		    0)
		return -1;
	if (page->offset >= page->info.n_rows)
		return 0;
	r.end = page->offset + MIN(j->n_rows, page->info.n_rows - page->offset);
	return read_rows(&r, id, err);
}

static int page_run(struct store *s, struct store_job *job, struct error *err)
{
	return read_page(s, CONTAINER_OF(job, struct page_job, job), err);
}

static void page_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct page_job *j = CONTAINER_OF(job, struct page_job, job);

	(void)s;
	j->page->result = *result;
	j->done(j->arg, j->page);
	mem_free(j->request_id);
	mem_free(j);
}

static struct store_page *page_new(int64_t offset)
{
	struct store_page *page = mem_calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->offset = offset;
	mem_account_init(&page->account, 0, NULL);
	mem_pool_init(&page->pool, &page->account);
	return page;
}

void store_page_free(struct store_page **pp)
{
	struct store_page *page = *pp;

	*pp = NULL;
	if (!page)
		return;
	store_info_fini(&page->info);
	mem_pool_fini(&page->pool);
	mem_free(page);
}

int store_read_page(struct store *s, struct str request_id, int64_t offset, int64_t n_rows,
		    store_page_fn *done, void *arg, struct error *err)
{
	struct page_job *j;

	if (offset < 0 || n_rows < 0)
		return error_set(err, ERR_BAD_REQUEST,
				 "offset and numRows of a page must not be negative");
	j = mem_calloc(1, sizeof(*j));
	if (!j)
		return error_oom(err);
	*j = (struct page_job){ .n_rows = n_rows, .done = done, .arg = arg };
	j->job.run = page_run;
	j->job.done = page_done;
	list_init(&j->job.link);
	j->page = page_new(offset);
	j->request_id = mem_strndup(request_id.ptr, request_id.len);
	if (j->page && j->request_id) {
		if (store_lane_push(s, &s->reader, &j->job, err) == 0)
			return 0;
	} else {
		(void)error_oom(err);
	}
	store_page_free(&j->page);
	mem_free(j->request_id);
	mem_free(j);
	return -1;
}

/* ---- lists ---- */

static int list_grow(struct info_job *j, struct error *err)
{
	size_t cap = j->cap ? 2 * j->cap : 16;
	struct store_info *infos;

	if (j->n_infos < j->cap)
		return 0;
	infos = mem_realloc(j->infos, cap * sizeof(*infos));
	if (!infos)
		return error_oom(err);
	j->infos = infos;
	j->cap = cap;
	return 0;
}

static int list_responses(struct store *s, struct info_job *j, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &s->reader_db, STMT_RESPONSE_LIST);
	db_put_i64(&c, clock_wall_ms());
	while ((found = db_row(&c, err)) > 0) {
		struct store_info *info;

		if (list_grow(j, err) < 0) {
			found = -1;
			break;
		}
		info = &j->infos[j->n_infos++];
		*info = (struct store_info){ 0 };
		if (read_info(&c, info, err) < 0) {
			found = -1;
			break;
		}
	}
	db_end(&c);
	return found;
}

static int info_run(struct store *s, struct store_job *job, struct error *err)
{
	struct info_job *j = CONTAINER_OF(job, struct info_job, job);
	int64_t id;

	if (j->request_id[0] == '\0')
		return list_responses(s, j, err);
	if (list_grow(j, err) < 0)
		return -1;
	j->infos[0] = (struct store_info){ 0 };
	j->n_infos = 1;
	return find_response(s, j->request_id, &j->infos[0], &id, err);
}

static void info_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct info_job *j = CONTAINER_OF(job, struct info_job, job);

	(void)s;
	j->done(j->arg, j->infos, result->code == ERR_NONE ? j->n_infos : 0, result);
	for (size_t i = 0; i < j->n_infos; i++)
		store_info_fini(&j->infos[i]);
	mem_free(j->infos);
	mem_free(j->request_id);
	mem_free(j);
}

int store_read_info(struct store *s, struct str request_id, store_info_fn *done, void *arg,
		    struct error *err)
{
	struct info_job *j = mem_calloc(1, sizeof(*j));
	int result = -1;

	if (!j)
		return error_oom(err);
	*j = (struct info_job){ .done = done, .arg = arg };
	j->job.run = info_run;
	j->job.done = info_done;
	list_init(&j->job.link);
	j->request_id = mem_strndup(request_id.len > 0 ? request_id.ptr : "", request_id.len);
	if (!j->request_id)
		(void)error_oom(err);
	else
		result = store_lane_push(s, &s->reader, &j->job, err);
	if (result < 0) {
		mem_free(j->request_id);
		mem_free(j);
	}
	return result;
}

/* ---- the reader lane ---- */

static int run_in_snapshot(struct store *s, struct store_job *job, struct error *err)
{
	struct error ignored = { 0 };
	int result = db_do(&s->reader_db, STMT_BEGIN_READ, err);

	if (result == 0) {
		result = job->run(s, job, err);
		(void)!db_do(&s->reader_db, STMT_COMMIT, &ignored); /* nothing was written */
	}
	return result;
}

void store_reader_main(void *store)
{
	struct store *s = store;
	struct list group, *node;

	list_init(&group);
	while (store_lane_take(s, &s->reader, SIZE_MAX, UINT64_MAX, &group)) {
		while ((node = list_pop_front(&group))) {
			struct store_job *job = CONTAINER_OF(node, struct store_job, link);
			struct error result = { 0 };

			if (run_in_snapshot(s, job, &result) < 0)
				DEBUG_ASSERT(result.code != ERR_NONE);
			job->done(s, job, &result);
		}
	}
}
