/* test_write.c - responses on their way in: whole or not at all, whatever happens. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/mem.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"
#include "tests/support/store/responses.h"

static struct responses fx;

static void setup(void)
{
	(void)mem_fail_after(-1);
	responses_init(&fx);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	responses_fini(&fx);
}

static int64_t later(void)
{
	return responses_in_ms(3600000);
}

START_TEST(keeps_a_response_over_a_restart)
{
	ck_assert_int_eq(responses_write(&fx, "17", 5000, 1000, later(), &fx.err), 0);
	responses_close(&fx);
	responses_open(&fx);
	ck_assert(responses_is_whole(&fx, "17", 5000));
}
END_TEST

START_TEST(keeps_a_response_without_rows)
{
	struct store_page *page;

	ck_assert_int_eq(responses_write(&fx, "17", 0, 1000, later(), &fx.err), 0);
	page = responses_page(&fx, "17", 0, 10);
	responses_check(&fx, page, "17", 0, 0);
	ck_assert_uint_eq(page->info.n_columns, 3);
	ck_assert_str_eq(page->info.names[2], "half");
	ck_assert_int_eq(page->info.types[1], COL_STRING);
	ck_assert_str_eq(page->info.metadata, "{\"timeUsedMs\":1}");
	store_page_free(&page);
}
END_TEST

START_TEST(the_file_is_for_its_owner_only)
{
	struct stat st;

	ck_assert_int_eq(stat(fx.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 077, 0);
}
END_TEST

/* 200,000 rows are about 6 MiB. */
START_TEST(cuts_a_large_response_into_chunks)
{
	ck_assert_int_eq(responses_write(&fx, "17", 200000, 2048, later(), &fx.err), 0);
	ck_assert(responses_is_whole(&fx, "17", 200000));
	ck_assert_int_ge(responses_count(&fx, "count(*) FROM chunk"), 5);
	ck_assert_int_le(responses_count(&fx, "max(length(data)) FROM chunk"), 1 << 20);
	ck_assert_int_ge(responses_count(&fx,
					 "min(length(data)) FROM (SELECT data FROM chunk"
					 " ORDER BY id LIMIT (SELECT count(*) - 1 FROM chunk))"),
			 256 << 10);
	ck_assert_int_eq(responses_count(&fx, "count(*) FROM orphan"), 0);
}
END_TEST

START_TEST(shows_nothing_before_the_commit)
{
	struct store_write *w = responses_begin(&fx, "17", later(), &fx.err);

	for (int64_t row = 0; row < 20480; row += 2048) {
		struct strbuf block = STRBUF_INIT;

		ck_assert_int_eq(responses_block("17", row, row + 2048, &block, &fx.err), 0);
		ck_assert_int_eq(store_write_block(w, &block, 2048, NULL, NULL, &fx.err), 0);
	}
	ck_assert_int_eq(responses_await(&fx, "count(*) > 0 FROM chunk", 1), 1);
	ck_assert(!responses_is_whole(&fx, "17", 20480));
	ck_assert_int_eq(responses_commit(w, NULL, &fx.err), 0);
	ck_assert(responses_is_whole(&fx, "17", 20480));
}
END_TEST

START_TEST(an_aborted_response_leaves_nothing)
{
	struct store_write *w = responses_begin(&fx, "17", later(), &fx.err);

	for (int64_t row = 0; row < 20480; row += 2048) {
		struct strbuf block = STRBUF_INIT;

		ck_assert_int_eq(responses_block("17", row, row + 2048, &block, &fx.err), 0);
		ck_assert_int_eq(store_write_block(w, &block, 2048, NULL, NULL, &fx.err), 0);
	}
	ck_assert_int_eq(responses_await(&fx, "count(*) > 0 FROM chunk", 1), 1);
	store_write_abort(&w);
	ck_assert_ptr_null(w);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 0), 0);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
	ck_assert(!responses_is_whole(&fx, "17", 20480));
}
END_TEST

START_TEST(a_response_cancelled_before_its_commit_leaves_nothing)
{
	struct token token = { 0 };
	struct store_write *w = responses_begin(&fx, "17", later(), &fx.err);

	for (int64_t row = 0; row < 20480; row += 2048) {
		struct strbuf block = STRBUF_INIT;

		ck_assert_int_eq(responses_block("17", row, row + 2048, &block, &fx.err), 0);
		ck_assert_int_eq(store_write_block(w, &block, 2048, NULL, NULL, &fx.err), 0);
	}
	(void)token_set(&token, CANCEL_USER);
	ck_assert_int_eq(responses_commit(w, &token, &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 0), 0);
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
	ck_assert_int_eq(responses_count(&fx, "count(*) FROM response"), 0);
}
END_TEST

START_TEST(refuses_a_request_id_that_is_there_already)
{
	ck_assert_int_eq(responses_write(&fx, "17", 5000, 1000, later(), &fx.err), 0);
	ck_assert_int_eq(responses_write(&fx, "17", 50000, 1000, later(), &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_INTERNAL);
	ck_assert(responses_is_whole(&fx, "17", 5000));
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
	ck_assert_int_eq(responses_count(&fx, "count(*) FROM chunk"), 1);
}
END_TEST

START_TEST(refuses_a_response_above_the_limit)
{
	responses_close(&fx);
	fx.options.max_bytes = 100000;
	responses_open(&fx);
	ck_assert_int_eq(responses_write(&fx, "small", 1000, 1000, later(), &fx.err), 0);
	ck_assert_int_eq(responses_write(&fx, "large", 100000, 1000, later(), &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_LIMIT_EXCEEDED);
	ck_assert(responses_is_whole(&fx, "small", 1000));
}
END_TEST

/* ---- many writers ---- */

#define N_WRITERS   8
#define N_RESPONSES 6
#define N_ROWS      60000

struct writer {
	struct thread thread;
	int no;
	int n_failed;
};

static void writer_main(void *arg)
{
	struct writer *w = arg;
	struct error err = { 0 };
	char id[32];

	for (int i = 0; i < N_RESPONSES; i++) {
		(void)snprintf(id, sizeof(id), "%d-%d", w->no, i);
		w->n_failed += responses_write(&fx, id, N_ROWS + i, 2048, later(), &err) < 0;
	}
}

START_TEST(many_writers_do_not_disturb_each_other)
{
	struct writer writers[N_WRITERS] = { 0 };
	char id[32];

	for (int i = 0; i < N_WRITERS; i++) {
		writers[i].no = i;
		ck_assert_int_eq(thread_start(&writers[i].thread, "writer", writer_main,
					      &writers[i], &fx.err),
				 0);
	}
	for (int i = 0; i < N_WRITERS; i++) {
		thread_join(&writers[i].thread);
		ck_assert_int_eq(writers[i].n_failed, 0);
	}
	for (int i = 0; i < N_WRITERS * N_RESPONSES; i++) {
		(void)snprintf(id, sizeof(id), "%d-%d", i / N_RESPONSES, i % N_RESPONSES);
		ck_assert(responses_is_whole(&fx, id, N_ROWS + i % N_RESPONSES));
	}
}
END_TEST

static void count_call(void *arg, const struct error *result)
{
	(void)result;
	latch_post(arg);
}

/* Blocks of 1 MiB faster than any disk takes them. */
START_TEST(asks_a_fast_writer_to_wait)
{
	struct store_write *w = responses_begin(&fx, "17", later(), &fx.err);
	struct strbuf block = STRBUF_INIT;
	struct latch latch;
	int n_waits = 0;

	latch_init(&latch);
	ck_assert_int_eq(responses_block("17", 0, 2048, &block, &fx.err), 0);
	for (int i = 0; i < 1000 && n_waits < 3; i++) {
		struct strbuf copy = STRBUF_INIT;
		int waits;

		while (copy.len < (1 << 20))
			strbuf_add_str(&copy, strbuf_str(&block));
		waits = store_write_block(w, &copy, 2048, count_call, &latch, &fx.err);
		ck_assert_int_ge(waits, 0);
		if (waits) {
			latch_wait(&latch);
			n_waits++;
		}
	}
	ck_assert_int_eq(n_waits, 3);
	strbuf_fini(&block);
	store_write_abort(&w);
	responses_close(&fx);
	ck_assert_int_eq(latch.n, 0);
	latch_fini(&latch);
}
END_TEST

/* ---- kill -9 ---- */

#define N_KILLS (UNIT_SANITIZED ? 5 : 25)

/* Writes "1", "2", ... and reports each number once its commit is acknowledged. */
static void write_until_killed(int first, int fd)
{
	struct responses r = fx;
	struct error err = { 0 };
	char id[32];

	r.store = NULL;
	responses_open(&r);
	for (int n = first;; n++) {
		(void)snprintf(id, sizeof(id), "%d", n);
		if (responses_write(&r, id, 100 + n % 7 * 9000, 2048, later(), &err) < 0)
			_exit(1);
		if (write(fd, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
}

/* Returns the last number that was acknowledged. */
static int run_and_kill(int first, uint64_t *random)
{
	int ends[2], n, last = first - 1, status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)close(ends[0]);
		write_until_killed(first, ends[1]);
	}
	(void)close(ends[1]);
	(void)usleep((useconds_t)(20000 + unit_random(random) % 60000));
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	while (read(ends[0], &n, sizeof(n)) == sizeof(n))
		last = n;
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	return last;
}

START_TEST(an_acknowledged_response_survives_kill_and_no_other_is_seen)
{
	uint64_t random = 20260131;
	int next = 1, n_whole = 0, n_listed = 0;
	struct strbuf list = STRBUF_INIT;
	char id[32];

	responses_close(&fx);
	for (int i = 0; i < N_KILLS; i++) {
		int last = run_and_kill(next, &random);

		responses_open(&fx);
		for (int n = 1; n <= last + 1; n++) {
			(void)snprintf(id, sizeof(id), "%d", n);
			/* The last one may have been committed and not yet reported. */
			n_whole = responses_is_whole(&fx, id, 100 + n % 7 * 9000);
			ck_assert(n_whole || n > last);
		}
		ck_assert_int_eq(responses_await(&fx, "count(*) FROM orphan", 0), 0);
		ck_assert_int_eq(responses_count(&fx, "count(*) FROM chunk WHERE response_id NOT IN"
						      " (SELECT id FROM response)"),
				 0);
		next = last + 2;
		(void)snprintf(id, sizeof(id), "%d", next - 1);
		(void)responses_delete(&fx, id);
		ck_assert_int_eq(responses_write(&fx, id, 100 + (next - 1) % 7 * 9000, 2048,
						 later(), &fx.err),
				 0);
		responses_close(&fx);
	}
	responses_open(&fx);
	responses_list(&fx, &list);
	for (size_t i = 0; i < list.len; i++)
		n_listed += list.ptr[i] == ' ';
	ck_assert_int_eq(n_listed, next - 1);
	ck_assert_int_gt(next, N_KILLS);
	strbuf_fini(&list);
}
END_TEST

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_full_disk_fails_the_write_and_nothing_else)
{
	int64_t before;

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(responses_write(&fx, "before", 5000, 1000, later(), &fx.err), 0);
	before = responses_count(&fx, "count(*) FROM chunk");
	limit_files(3 << 20);
	ck_assert_int_eq(responses_write(&fx, "large", 600000, 2048, later(), &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_IO);
	ck_assert_str_eq(fx.err.msg, "response store: disk full");
	ck_assert(responses_is_whole(&fx, "before", 5000));
	ck_assert(!responses_is_whole(&fx, "large", 600000));
	limit_files(RLIM_INFINITY);
	ck_assert_int_eq(responses_write(&fx, "after", 5000, 1000, later(), &fx.err), 0);
	ck_assert(responses_is_whole(&fx, "after", 5000));
	/* What the failed write left is deleted, in the same process. */
	ck_assert_int_eq(responses_await(&fx, "count(*) FROM chunk", 2 * before), 2 * before);
}
END_TEST

/* ---- memory ---- */

/* The allocations of one write, from the caller's and from the lane's thread. */
START_TEST(survives_allocation_failure)
{
	struct error err = { 0 };
	int result;

	(void)mem_fail_after(_i);
	result = responses_write(&fx, "17", 30000, 2048, later(), &err);
	(void)mem_fail_after(-1);
	if (result < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(responses_is_whole(&fx, "17", 30000), result == 0);
	ck_assert_int_eq(responses_write(&fx, "18", 3000, 2048, later(), &err), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_a_response_over_a_restart);
	tcase_add_test(tc, keeps_a_response_without_rows);
	tcase_add_test(tc, the_file_is_for_its_owner_only);
	tcase_add_test(tc, cuts_a_large_response_into_chunks);
	tcase_add_test(tc, shows_nothing_before_the_commit);
	tcase_add_test(tc, an_aborted_response_leaves_nothing);
	tcase_add_test(tc, a_response_cancelled_before_its_commit_leaves_nothing);
	tcase_add_test(tc, refuses_a_request_id_that_is_there_already);
	tcase_add_test(tc, refuses_a_response_above_the_limit);
	tcase_add_test(tc, many_writers_do_not_disturb_each_other);
	tcase_add_test(tc, asks_a_fast_writer_to_wait);
	tcase_add_test(tc, an_acknowledged_response_survives_kill_and_no_other_is_seen);
	tcase_add_test(tc, a_full_disk_fails_the_write_and_nothing_else);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 130);
	return unit_main("store/write", tc);
}
