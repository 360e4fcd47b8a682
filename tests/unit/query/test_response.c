/* test_response.c - a response's rows come from one list or, a piece after the other, from several. */
#include <stdio.h>
#include <string.h>

#include "broker/query/response.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#define N_ROWS  5000
#define N_LISTS 8

static struct engine fx;
static struct chunk_list lists[N_LISTS];
static struct response response;

static void setup(void)
{
	engine_init(&fx);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	response_fini(&response);
	engine_fini(&fx);
}

/* A list of the numbers [from, to). */
static void fill(struct chunk_list *l, int64_t from, int64_t to)
{
	static int64_t values[BATCH_ROWS_MAX];
	static const enum col_type type = COL_LONG;
	struct column col = { .type = COL_LONG, .values = values };

	ck_assert_int_eq(chunk_list_init(l, &fx.pool, 1, &type, &fx.err), 0);
	while (from < to) {
		uint32_t n = (uint32_t)MIN(to - from, BATCH_ROWS_MAX), pos = 0;
		struct batch b = { n, 1, &col, { NULL, n } };

		for (uint32_t i = 0; i < n; i++)
			values[i] = from++;
		ck_assert_int_eq(chunk_list_append(l, &b, &pos, &fx.coop, &fx.err), STEP_DONE);
	}
}

/* Numbers [0, N_ROWS) in n_lists lists of changing length; the last one has what is left. */
static void fill_lists(uint32_t n_lists)
{
	int64_t at = 0;

	for (uint32_t i = 0; i < n_lists; i++) {
		int64_t end = i + 1 == n_lists ? N_ROWS : at + 1 + 300 * i;

		fill(&lists[i], at, end);
		at = end;
	}
}

static int begin(uint64_t first_row, uint64_t end_row)
{
	static const struct str name = { "n", 1 };
	static const enum col_type type = COL_LONG;
	static const struct response_facts facts = { .num_rows_result_set = N_ROWS };
	const struct response_table table = { .names = &name,
					      .types = &type,
					      .n_columns = 1,
					      .rows = &lists[0],
					      .first_row = first_row,
					      .end_row = end_row };

	return response_init(&response, &facts, &table, NULL, &fx.err);
}

/* Writes it all in pieces of max_bytes; with one unit of credit each, if wanted. */
static enum step write_all(uint32_t n_lists, size_t max_bytes, bool one_unit, struct strbuf *out)
{
	struct strbuf piece = STRBUF_INIT;
	uint32_t next = 1;
	enum step step;

	do {
		if (response_wants_rows(&response)) {
			/* What was written is not looked at any more. */
			lists[next - 1] = (struct chunk_list){ 0 };
			ck_assert_uint_lt(next, n_lists);
			response_add_rows(&response, &lists[next++]);
		}
		if (one_unit)
			engine_one_unit(&fx);
		step = response_write(&response, max_bytes, &piece, &fx.coop);
		strbuf_add_str(out, strbuf_str(&piece));
		strbuf_reset(&piece);
	} while (step == STEP_YIELD);
	strbuf_fini(&piece);
	coop_unlimited(&fx.coop, &fx.token);
	return step;
}

static void check(const struct strbuf *text, int64_t from, int64_t to)
{
	const char *at = strstr(text->ptr, "\"rows\":[");
	char want[40];

	ck_assert_ptr_nonnull(at);
	at += strlen("\"rows\":[");
	for (int64_t i = from; i < to; i++) {
		int len = snprintf(want, sizeof(want), "%s[%lld]", i == from ? "" : ",",
				   (long long)i);

		if (strncmp(at, want, (size_t)len) != 0)
			ck_abort_msg("row %lld: %.40s", (long long)i, at);
		at += len;
	}
	ck_assert_msg(str_starts_with(str_of(at), STR("]},\"numRowsResultSet\":5000,")), "%.40s",
		      at);
	ck_assert_int_eq(text->ptr[text->len - 1], '}');
}

START_TEST(writes_some_rows_of_a_list)
{
	static const uint64_t ranges[][2] = { { 0, N_ROWS },     { 0, 0 },       { 7, 7 },
					      { 2047, 2048 },    { 2048, 4096 }, { 1, 4999 },
					      { N_ROWS, N_ROWS } };
	struct strbuf text = STRBUF_INIT;

	fill_lists(1);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		ck_assert_int_eq(begin(ranges[i][0], ranges[i][1]), 0);
		ck_assert_int_eq(write_all(1, 1000, _i, &text), STEP_DONE);
		check(&text, (int64_t)ranges[i][0], (int64_t)ranges[i][1]);
		response_fini(&response);
		strbuf_reset(&text);
	}
	strbuf_fini(&text);
}
END_TEST

START_TEST(asks_for_the_rows_that_it_does_not_have)
{
	static const size_t max_bytes[] = { 1, 100, 5000, 1 << 20 };
	struct strbuf text = STRBUF_INIT;

	for (uint32_t n = 1; n <= N_LISTS; n++) {
		fill_lists(n);
		ck_assert_int_eq(begin(0, N_ROWS), 0);
		ck_assert_int_eq(write_all(n, max_bytes[_i / 2], _i % 2, &text), STEP_DONE);
		check(&text, 0, N_ROWS);
		ck_assert(!response_wants_rows(&response));
		response_fini(&response);
		strbuf_reset(&text);
	}
	strbuf_fini(&text);
}
END_TEST

START_TEST(may_begin_without_rows_and_end_in_the_middle_of_a_list)
{
	struct strbuf text = STRBUF_INIT;

	fill(&lists[0], 0, 0);
	fill(&lists[1], 0, N_ROWS);
	ck_assert_int_eq(begin(0, 3000), 0);
	ck_assert(response_wants_rows(&response));
	ck_assert_int_eq(write_all(2, 1000, false, &text), STEP_DONE);
	check(&text, 0, 3000);
	strbuf_fini(&text);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct strbuf text = STRBUF_INIT;
	enum step step = STEP_FAILED;

	fill_lists(3);
	mem_fail_after(_i);
	if (begin(0, N_ROWS) == 0)
		step = write_all(3, 1000, false, &text);
	else
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	(void)mem_fail_after(-1);
	if (step == STEP_DONE && strbuf_ok(&text))
		check(&text, 0, N_ROWS);
	strbuf_fini(&text);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, writes_some_rows_of_a_list, 0, 2);
	tcase_add_loop_test(tc, asks_for_the_rows_that_it_does_not_have, 0, 8);
	tcase_add_test(tc, may_begin_without_rows_and_end_in_the_middle_of_a_list);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 30);
	return unit_main("query/response", tc);
}
