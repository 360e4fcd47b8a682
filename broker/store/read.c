/*
 * read.c - pages and metadata, on the reader lane.
 *
 * A page is read in pieces, each of which ends with the block that makes it large
 * enough.  A piece is read in one transaction, so that a deletion cannot tear it;
 * the next one first asks whether the response is still there.  The index leads
 * to the chunk that holds the first row; of each chunk the heads of its blocks
 * are looked at and only blocks with wanted rows decoded.  The cost thus depends
 * on the page and not on the response, but for the chunk in which a piece ends
 * and the next one begins: its bytes are fetched again.
 *
 * Damage is found by the checksum of a block, or by rows that are not where
 * they should be, and fails the page that needs them.
 */
#include "broker/store/store_priv.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/column/encode.h"

struct page_read {
	struct store_page page;
	struct store_job job;
	char *request_id; /* owned */
	int64_t id;       /* of the response's row; 0: not looked for yet */
	int64_t n_rows;
	void (*done)(void *arg, struct store_page *page);
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

static int not_found(const char *request_id, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND, "Query results for %s not found.", request_id);
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
	return found == 0 ? not_found(request_id, err) : MIN(found, 0);
}

/* The same for one that was found before. */
static int check_response(struct store *s, const struct page_read *r, struct error *err)
{
	struct db_call c;
	int found;

	db_call(&c, &s->reader_db, STMT_RESPONSE_CHECK);
	db_put_i64(&c, r->id);
	db_put_i64(&c, clock_wall_ms());
	found = db_row(&c, err);
	db_end(&c);
	return found == 0 ? not_found(r->request_id, err) : MIN(found, 0);
}

/* ---- pages ---- */

static int damaged(const struct store_page *page, struct error *err)
{
	return error_set(err, ERR_IO, "stored rows of response %s are damaged: row %lld is missing",
			 page->info.request_id, (long long)page->next);
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
static int append_rows(struct store_page *page, struct batch *b, uint32_t from, uint32_t to,
		       struct error *err)
{
	struct token token = { 0 };
	struct coop coop;
	enum step step;

	coop_unlimited(&coop, &token);
	b->sel = (struct sel){ .n_rows = to };
	do
		step = chunk_list_append(&page->rows, b, &from, &coop, err);
	while (step == STEP_YIELD);
	return step == STEP_DONE ? 0 : -1;
}

/* Block starts at response row `row`. */
static int read_block(struct store *s, struct store_page *page, struct str block, int64_t row,
		      uint32_t n_rows, struct error *err)
{
	uint32_t from = (uint32_t)(page->next - row);
	uint32_t to = (uint32_t)MIN(page->end - row, (int64_t)n_rows);
	struct batch b;

	arena_reset(&s->scratch);
	if (decode_rows(block, &s->scratch, &b, err) < 0)
		return -1;
	if (!has_types(&b, &page->info) || b.n_rows != n_rows)
		return damaged(page, err);
	if (append_rows(page, &b, from, to, err) < 0)
		return -1;
	page->next = row + to;
	return 0;
}

static bool wants_more(const struct store_page *page)
{
	return page->next < page->end && page->rows.bytes < STORE_PIECE_BYTES;
}

static int read_chunk(struct store *s, struct store_page *page, struct str data, int64_t row,
		      struct error *err)
{
	while (data.len > 0 && wants_more(page)) {
		uint32_t n_rows;
		size_t bytes;

		if (encode_peek(data, &n_rows, &bytes, err) < 0)
			return -1;
		if (row > page->next)
			return damaged(page, err);
		if (row + n_rows > page->next &&
		    read_block(s, page, (struct str){ data.ptr, bytes }, row, n_rows, err) < 0)
			return -1;
		row += n_rows;
		data.ptr += bytes;
		data.len -= bytes;
	}
	return 0;
}

static int read_rows(struct store *s, struct page_read *r, struct error *err)
{
	struct store_page *page = &r->page;
	struct db_call c;
	int result = 1;

	db_call(&c, &s->reader_db, STMT_CHUNK_RANGE);
	db_put_i64(&c, r->id);
	db_put_i64(&c, page->next);
	db_put_i64(&c, page->end);
	while (result > 0 && wants_more(page)) {
		result = db_row(&c, err);
		if (result > 0 &&
		    read_chunk(s, page, db_blob(&c, 2), sqlite3_column_int64(c.stmt, 0), err) < 0)
			result = -1;
	}
	db_end(&c);
	return result == 0 ? damaged(page, err) : MIN(result, 0);
}

/* Looks for the response; afterwards it is known which rows the page has. */
static int begin_page(struct store *s, struct page_read *r, struct error *err)
{
	struct store_page *page = &r->page;

	if (find_response(s, r->request_id, &page->info, &r->id, err) < 0)
		return -1;
	page->next = page->end = page->offset;
	if (page->offset < page->info.n_rows)
		page->end += MIN(r->n_rows, page->info.n_rows - page->offset);
	return 0;
}

/* The memory of the last piece goes back here and not on a worker. */
static int empty_page(struct store_page *page, struct error *err)
{
	page->rows = (struct chunk_list){ 0 };
	(void)mem_pool_reap(&page->pool, SIZE_MAX);

	return chunk_list_init(&page->rows, &page->pool, page->info.n_columns, page->info.types,
			       err);
}

static int page_run(struct store *s, struct store_job *job, struct error *err)
{
	struct page_read *r = CONTAINER_OF(job, struct page_read, job);
	int found = r->id == 0 ? begin_page(s, r, err) : check_response(s, r, err);

	if (found < 0 || empty_page(&r->page, err) < 0)
		return -1;
	return read_rows(s, r, err);
}

static void page_done(struct store *s, struct store_job *job, const struct error *result)
{
	struct page_read *r = CONTAINER_OF(job, struct page_read, job);

	(void)s;
	r->page.result = *result;
	r->done(r->arg, &r->page);
}

static struct page_read *page_read_new(const struct store_page_request *request)
{
	struct page_read *r = mem_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->page.offset = request->offset;
	mem_account_init(&r->page.account, 0, request->account);
	mem_pool_init(&r->page.pool, &r->page.account);
	r->n_rows = request->n_rows;
	r->done = request->done;
	r->arg = request->arg;
	r->job.run = page_run;
	r->job.done = page_done;
	list_init(&r->job.link);
	r->request_id = mem_strndup(request->request_id.ptr, request->request_id.len);
	return r;
}

void store_page_free(struct store_page **pp)
{
	struct store_page *page = *pp;
	struct page_read *r;

	*pp = NULL;
	if (!page)
		return;
	r = CONTAINER_OF(page, struct page_read, page);
	store_info_fini(&page->info);
	mem_pool_fini(&page->pool);
	mem_free(r->request_id);
	mem_free(r);
}

int store_read_page(struct store *s, const struct store_page_request *request, struct error *err)
{
	struct store_page *page;
	struct page_read *r;

	if (request->offset < 0 || request->n_rows < 0)
		return error_set(err, ERR_BAD_REQUEST,
				 "offset and numRows of a page must not be negative");
	r = page_read_new(request);
	if (!r)
		return error_oom(err);
	if (r->request_id) {
		if (store_lane_push(s, &s->reader, &r->job, err) == 0)
			return 0;
	} else {
		(void)error_oom(err);
	}
	page = &r->page;
	store_page_free(&page);
	return -1;
}

int store_read_on(struct store *s, struct store_page *page, struct error *err)
{
	struct page_read *r = CONTAINER_OF(page, struct page_read, page);

	ASSERT(page->result.code == ERR_NONE && page->next < page->end);
	return store_lane_push(s, &s->reader, &r->job, err);
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
