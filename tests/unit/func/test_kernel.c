/*
 * test_kernel.c - the pieces that kernels are made of: slices of text, results, the row driver.
 */
#include "tests/unit/func/fixture.h"

#include "broker/func/kernel.h"
#include "broker/func/utf8.h"

static struct calc fx;
static struct strv results[4];
static uint64_t validity[VALIDITY_WORDS];
static struct func_def def = { .name = "probe" };

static void setup(void)
{
	calc_init(&fx);
	memset(validity, 0xff, sizeof(validity));
}

static void teardown(void)
{
	calc_fini(&fx);
}

static struct func_call make_call(const struct sel *sel)
{
	return (struct func_call){ .def = &def,
				   .type = COL_STRING,
				   .sel = sel,
				   .out = results,
				   .validity = validity,
				   .text = &fx.text,
				   .coop = &fx.e.coop,
				   .err = &fx.e.err,
				   .max_value_bytes = 20 };
}

START_TEST(makes_short_results_inline_and_long_ones_in_the_arena)
{
	static const char text[] = "abcdefghijklmnopqrst";
	struct sel sel = { NULL, 1 };
	struct func_call c = make_call(&sel);

	for (size_t len = 0; len <= 20; len++) {
		struct strv want = strv_make(text, len);

		memset(results, 0xff, sizeof(results));
		ck_assert_int_eq(text_copy(&c, 0, text, len), STEP_DONE);
		ck_assert(strv_eq(&results[0], &want));
		ck_assert(len > STRV_INLINE_MAX || memcmp(&results[0], &want, sizeof(want)) == 0);
	}
	ck_assert_int_eq(text_copy(&c, 0, text, 21), STEP_FAILED);
	ck_assert_str_eq(fx.e.err.msg, "probe gives a string of 21 bytes; the limit is 20 "
				       "(sluice.value.max.bytes)");
	ck_assert_int_eq(fx.e.err.code, ERR_SQL_RUNTIME);
}
END_TEST

/* From every code point, over every number of them, with text that ends anywhere. */
START_TEST(skips_code_points)
{
	static const char unit[] = "aé日a𝄞b";
	char text[300];
	size_t n_chars = 0, byte_of[301];

	for (size_t at = 0; at + sizeof(unit) - 1 <= sizeof(text);)
		for (size_t i = 0; i < sizeof(unit) - 1; i++, at++) {
			text[at] = unit[i];
			if (!utf8_is_continuation(unit[i]))
				byte_of[n_chars++] = at;
			byte_of[n_chars] = at + 1;
		}
	for (size_t from = 0; from < 5; from++) {
		for (size_t n = 0; n < n_chars + 3; n++) {
			struct text_job job = { .at = byte_of[from], .n = n };
			size_t work = 0, to = MIN(from + n, n_chars);

			ck_assert(text_skip(&job, (struct str){ text, byte_of[n_chars] }, &work));
			ck_assert_uint_eq(job.at, byte_of[to]);
			ck_assert_uint_eq(job.n, from + n - to);
			ck_assert_uint_eq(work, byte_of[to] - byte_of[from]);
		}
	}
}
END_TEST

START_TEST(works_in_slices)
{
	static char text[100000], out[100000];
	struct text_job job = { .out = out, .out_len = sizeof(out) };
	struct str s = { text, sizeof(text) };
	size_t n_steps = 1, work = 0;

	memset(text, 'x', sizeof(text));
	while (!text_append(&job, s, s.len, &work))
		n_steps++;
	ck_assert_uint_eq(n_steps, 4);
	ck_assert_uint_eq(work, sizeof(text));
	ck_assert_mem_eq(text, out, sizeof(text));
	job = (struct text_job){ 0 };
	for (n_steps = 1; !text_count(&job, s, s.len, &work);)
		n_steps++;
	ck_assert_uint_eq(n_steps, 4);
	ck_assert_uint_eq(job.n, sizeof(text));
	job = (struct text_job){ .n = sizeof(text) };
	for (n_steps = 1; !text_skip(&job, s, &work);)
		n_steps++;
	ck_assert_uint_eq(n_steps, 4);
}
END_TEST

START_TEST(fills_with_copies_from_any_place)
{
	static char out[70000];
	static const struct {
		size_t unit, from, end;
	} cases[] = { { 1, 0, 70000 }, { 3, 5, 5 },         { 3, 5, 6 },   { 7, 0, 69999 },
		      { 7, 9, 23 },    { 40000, 1, 70000 }, { 13, 13, 26 } };
	char unit[40000];

	for (size_t i = 0; i < sizeof(unit); i++)
		unit[i] = (char)('a' + i % 23);
	for (size_t k = 0; k < ARRAY_SIZE(cases); k++) {
		struct text_job job = { .out = out, .out_at = cases[k].from };
		size_t work = 0;

		memset(out, '-', sizeof(out));
		while (!text_fill(&job, (struct str){ unit, cases[k].unit }, cases[k].from,
				  cases[k].end, &work))
			;
		for (size_t i = 0; i < sizeof(out); i++) {
			bool is_filled = i >= cases[k].from && i < cases[k].end;
			char want = is_filled ? unit[(i - cases[k].from) % cases[k].unit] : '-';

			ASSERT_ROW(out[i] == want);
		}
	}
}
END_TEST

/* Every row takes three calls of a slice each. */
static enum step slow_row(struct func_call *c, uint32_t row, size_t *work)
{
	uint32_t *n_calls = (uint32_t *)c->state;

	*work += TEXT_SLICE;
	if (++n_calls[row] % 3 != 0)
		return STEP_YIELD;
	put_str(c, row, STR("done"));
	return STEP_DONE;
}

static enum step slow(struct func_call *c)
{
	return func_run_rows(c, slow_row);
}

START_TEST(yields_after_every_slice_without_credit)
{
	static const uint16_t rows[] = { 1, 3 };
	uint32_t n_calls[4] = { 0 };
	struct sel sel = { rows, 2 };
	struct func_call c = make_call(&sel);
	unsigned n_yields = 0;

	c.state = n_calls;
	for (;;) {
		engine_one_unit(&fx.e);
		if (slow(&c) == STEP_DONE)
			break;
		n_yields++;
	}
	ck_assert_uint_eq(n_yields, 5);
	ck_assert(n_calls[0] == 0 && n_calls[1] == 3 && n_calls[2] == 0 && n_calls[3] == 3);
	ck_assert_uint_eq(c.pos, 2);
}
END_TEST

START_TEST(stops_at_once_when_cancelled)
{
	uint32_t n_calls[4] = { 0 };
	struct sel sel = { NULL, 4 };
	struct func_call c = make_call(&sel);

	c.state = n_calls;
	ck_assert(token_set(&fx.e.token, CANCEL_USER));
	ck_assert_int_eq(slow(&c), STEP_YIELD);
	ck_assert_uint_eq(n_calls[0], 1);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct sel sel = { NULL, 1 };
	struct func_call c = make_call(&sel);
	enum step s;

	mem_fail_after(_i);
	s = text_copy(&c, 0, "thirteen bytes", 13);
	mem_fail_after(-1);
	ck_assert_int_eq(s, _i == 0 ? STEP_FAILED : STEP_DONE);
	ck_assert(s == STEP_DONE || fx.e.err.code == ERR_OUT_OF_MEMORY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, makes_short_results_inline_and_long_ones_in_the_arena);
	tcase_add_test(tc, skips_code_points);
	tcase_add_test(tc, works_in_slices);
	tcase_add_test(tc, fills_with_copies_from_any_place);
	tcase_add_test(tc, yields_after_every_slice_without_credit);
	tcase_add_test(tc, stops_at_once_when_cancelled);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/kernel", tc);
}
