/* engine_fixture.c - see engine_fixture.h. */
#include "tests/support/query/engine_fixture.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker/exec/scheduler.h"
#include "broker/query/reactor.h"
#include "broker/query/reaper.h"
#include "broker/store/store.h"
#include "broker/table/catalog.h"
#include "broker/table/import.h"
#include "broker/table/system_tables.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "tests/support/base/checks.h"

/* ---- life ---- */

static void import_nation(struct catalog *catalog)
{
	char file[] = "tests/data/nation.csv";
	char *files[] = { file };
	struct import_options options = { 0 };
	struct import_progress total;
	struct token never = { 0 };
	struct coop coop;
	struct error err = { 0 };

	coop_unlimited(&coop, &never);
	ck_assert_int_eq(
		import_files(catalog, STR("nation"), files, 1, &options, &coop, &total, &err), 0);
}

static void open_files(struct engine_fixture *f)
{
	char path[128];
	struct store_options options = { path, 3600000, 3600000, 0 };
	struct error err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/responses.db", f->dir);
	ck_assert_int_eq(catalog_open(f->dir, &f->catalog, &err), 0);
	ck_assert_int_eq(catalog_register(f->catalog, system_numbers_new(&err), &err), 0);
	ck_assert_int_eq(store_open(&options, &f->store, &err), 0);
}

static void start_threads(struct engine_fixture *f)
{
	struct scheduler_options options = { 2, f->poll_credit, 0 };
	struct error err = { 0 };

	ck_assert_int_eq(scheduler_start(&options, &f->scheduler, &err), 0);
	ck_assert_int_eq(reactor_start(&f->reactor, &err), 0);
	ck_assert_int_eq(reaper_start(&f->reaper, &err), 0);
}

static void start_engine(struct engine_fixture *f)
{
	struct engine_options options = {
		.catalog = f->catalog,
		.scheduler = f->scheduler,
		.reactor = f->reactor,
		.reaper = f->reaper,
		.store = f->store,
		.timeout_ms = 60000,
		.default_limit = 10,
		.max_limit = INT32_MAX,
		.is_cancellable = true,
		.query_max_memory = 64 << 20,
		.max_running = 8,
		.max_queued = 8,
		.sql_max_bytes = 1 << 20,
		.sql_max_tokens = 1000000,
		.sql_max_depth = 200,
		.sql_max_columns = 4096,
		.max_options = 100,
		.max_value_bytes = 1 << 20,
		.cursor_fetch_rows = 10000,
		.cursor_expiration_ms = 3600000,
		.broker_host = "localhost",
		.broker_port = 1,
	};
	struct error err = { 0 };

	ck_assert_int_eq(engine_new(&options, &f->engine, &err), 0);
}

void engine_fixture_start(struct engine_fixture *f, int64_t poll_credit)
{
	*f = (struct engine_fixture){ .dir = "/tmp/sluice-query.XXXXXX",
				      .poll_credit = poll_credit };
	log_set_level(LOG_ERROR);
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	open_files(f);
	import_nation(f->catalog);
	start_threads(f);
	start_engine(f);
}

void engine_fixture_await_idle(const struct engine_fixture *f)
{
	while (!engine_is_idle(f->engine))
		sched_yield();
}

static void stop_all(struct engine_fixture *f)
{
	engine_fixture_await_idle(f);
	ck_assert_int_eq(engine_account(f->engine)->used_bytes, 0);
	reaper_stop(&f->reaper);
	store_close(&f->store);
	scheduler_stop(&f->scheduler);
	reactor_stop(&f->reactor);
	engine_free(&f->engine);
	catalog_close(&f->catalog);
}

void engine_fixture_restart(struct engine_fixture *f)
{
	stop_all(f);
	open_files(f);
	start_threads(f);
	start_engine(f);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void engine_fixture_stop(struct engine_fixture *f)
{
	stop_all(f);
	(void)nftw(f->dir, remove_one, 8, FTW_DEPTH);
}

/* ---- questions ---- */

static void query_answered(struct query *q, void *arg)
{
	struct asked *a = arg;

	query_take_answer(q, &a->answer);
	atomic_store(&a->is_answered, true);
}

/* The rest of the request is filled here. */
static struct query *submit(struct engine_fixture *f, struct asked *a, struct query_request request)
{
	struct error err = { 0 };
	struct query *q;

	request.client = "test";
	request.answered = query_answered;
	request.arg = a;
	q = query_submit(f->engine, &request, &err);

	if (q)
		query_start(q);
	else
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	return q;
}

struct query *ask(struct engine_fixture *f, struct asked *a, const char *sql, bool wants_cursor)
{
	return submit(f, a,
		      (struct query_request){ .sql = str_of(sql),
					      .is_multistage = true,
					      .wants_cursor = wants_cursor });
}

struct query *ask_about(struct engine_fixture *f, struct asked *a, const char *sql,
			enum query_kind kind)
{
	return submit(f, a, (struct query_request){ .sql = str_of(sql), .kind = kind });
}

static void page_answered(void *arg, struct query_answer *answer)
{
	struct asked *a = arg;

	a->answer = *answer;
	atomic_store(&a->is_answered, true);
}

struct page *ask_page(struct engine_fixture *f, struct asked *a, struct str request_id,
		      int64_t offset, int64_t num_rows)
{
	struct page_request request = {
		.request_id = request_id,
		.offset = offset,
		.num_rows = num_rows,
		.answered = page_answered,
		.arg = a,
	};
	struct page *page = NULL;
	struct error err = { 0 };

	if (page_submit(f->engine, &request, &page, &err) < 0) {
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
		ck_assert_ptr_null(page);
	}
	return page;
}

/* ---- answers ---- */

void await_answer(struct asked *a)
{
	while (!atomic_load(&a->is_answered))
		sched_yield();
}

static void read_body(struct asked *a)
{
	char buf[4096];
	long n;

	await_answer(a);
	if (!a->answer.output) {
		a->text = a->answer.body;
		return;
	}
	while ((n = output_read(a->answer.output, buf, sizeof(buf))) >= 0) {
		strbuf_add(&a->text, buf, (size_t)n);
		if (n == 0)
			sched_yield();
	}
	a->is_cut = n == -2;
	output_abandon(a->answer.output);
}

void receive(struct query **q, struct asked *a)
{
	read_body(a);
	query_unref(q);
}

void receive_page(struct page **p, struct asked *a)
{
	read_body(a);
	page_release(p);
}

void forget(struct asked *a)
{
	strbuf_fini(&a->text);
	*a = (struct asked){ 0 };
}
