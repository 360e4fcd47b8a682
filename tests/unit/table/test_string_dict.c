/*
 * test_string_dict.c - distinct strings and their order, against plain loops.
 *
 * (string_dict.c, string_sort.c)
 */
#include <pthread.h>

#include "tests/unit/table/fixture.h"

#include "broker/table/segment_priv.h"

static struct column_builder column;
static uint32_t n_rows;
static uint64_t seed;

static void setup(void)
{
	fixture_setup();
	column = (struct column_builder){ .lane = LANE_STR };
	n_rows = 0;
	seed = 9;
}

static void teardown(void)
{
	column_builder_fini(&column);
	fixture_teardown();
}

static void put(const char *ptr, size_t len)
{
	if (n_rows == column.cap_rows)
		ck_assert_int_eq(column_builder_reserve(&column, n_rows * 2 + 64, &fx.e.err), 0);
	ck_assert_int_eq(
		column_builder_set_str(&column, n_rows++, (struct str){ ptr, len }, &fx.e.err), 0);
}

static void put_null(void)
{
	put("", 0);
	ck_assert_int_eq(column_builder_set_null(&column, n_rows - 1, &fx.e.err), 0);
}

/* Every row has the code of its text, and texts rise with their codes. */
static void check_dict(const struct string_dict *d)
{
	ck_assert(d->is_worth);
	for (uint32_t i = 1; i < d->n_values; i++)
		ASSERT_ROW(str_cmp(column_builder_str(&column, d->rows[i - 1]),
				   column_builder_str(&column, d->rows[i])) < 0);
	for (uint32_t row = 0; row < n_rows; row++) {
		ASSERT_ROW(d->codes[row] == 0 || d->codes[row] < d->n_values);
		if (validity_get(column.validity, row))
			ASSERT_ROW(str_eq(column_builder_str(&column, d->rows[d->codes[row]]),
					  column_builder_str(&column, row)));
	}
}

static void check(uint32_t expected_values)
{
	struct string_dict d;

	ck_assert_int_eq(string_dict_build(&column, n_rows, n_rows, &d, &fx.e.coop, &fx.e.err), 0);
	if (expected_values > 0)
		ck_assert_uint_eq(d.n_values, expected_values);
	check_dict(&d);
	string_dict_fini(&d);
}

START_TEST(finds_and_sorts_random_texts)
{
	for (uint32_t i = 0; i < 30000; i++) {
		struct value v = sample_value(&seed, COL_STRING);

		put(v.str.ptr, MIN(v.str.len, (size_t)4096));
	}
	check(0);
}
END_TEST

START_TEST(sorts_texts_that_differ_in_nul_bytes_at_the_end)
{
	static const char text[] =
		"abcdefg\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

	/* Enough of them that insertion sort alone is not used. */
	for (size_t len = sizeof(text) - 1; len > 0; len--)
		put(text, len);
	put("", 0);
	check(sizeof(text));
}
END_TEST

START_TEST(sorts_behind_a_long_common_prefix)
{
	static char text[5000];

	memset(text, 'p', sizeof(text));
	for (uint32_t i = 0; i < 200; i++) {
		(void)snprintf(text + 4990, 10, "%08u", (uint32_t)unit_random(&seed));
		put(text, 4998);
	}
	check(200);
}
END_TEST

static void *sort_in_thread(void *arg)
{
	check(*(uint32_t *)arg);
	return NULL;
}

/* Each level of eight bytes splits off two texts, 2,000 times: more than the stack has room for. */
START_TEST(sorts_ever_longer_prefixes_without_deep_recursion)
{
	static char text[16000];
	uint32_t n = 0;
	pthread_attr_t attr;
	pthread_t thread;

	memset(text, 'x', sizeof(text));
	for (size_t len = sizeof(text); len > 0; len -= 8, n += 2) {
		put(text, len);
		text[len - 1] = 'y';
		put(text, len);
		text[len - 1] = 'x';
	}
	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&attr, 192 * 1024), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, sort_in_thread, &n), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(pthread_attr_destroy(&attr), 0);
}
END_TEST

START_TEST(nulls_take_no_part)
{
	for (int i = 0; i < 100; i++) {
		put_null();
		put(i % 2 ? "b" : "a", 1);
	}
	check(2);
}
END_TEST

START_TEST(only_nulls_make_an_empty_dictionary)
{
	for (int i = 0; i < 10; i++)
		put_null();
	struct string_dict d;

	ck_assert_int_eq(string_dict_build(&column, 10, 5, &d, &fx.e.coop, &fx.e.err), 0);
	ck_assert_uint_eq(d.n_values, 0);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(d.codes[i], 0);
	string_dict_fini(&d);
}
END_TEST

START_TEST(gives_up_when_there_are_too_many_values)
{
	struct string_dict d;
	char text[16];

	for (uint32_t i = 0; i < 200000; i++) {
		(void)snprintf(text, sizeof(text), "%u", i % 190000);
		put(text, strlen(text));
	}
	/* By the limit, and early because hardly a text comes twice. */
	ck_assert_int_eq(string_dict_build(&column, n_rows, 1000, &d, &fx.e.coop, &fx.e.err), 0);
	ck_assert(!d.is_worth);
	string_dict_fini(&d);
	ck_assert_int_eq(string_dict_build(&column, n_rows, n_rows, &d, &fx.e.coop, &fx.e.err), 0);
	ck_assert(!d.is_worth);
	ck_assert_uint_ge(d.n_values, 190000);
	ck_assert_uint_le(d.n_values, 200000);
	string_dict_fini(&d);
}
END_TEST

START_TEST(stops_when_it_is_cancelled)
{
	struct string_dict d;

	for (uint32_t i = 0; i < 1000; i++)
		put("x", 1);
	(void)token_set(&fx.e.token, CANCEL_USER);
	ck_assert_int_eq(string_dict_build(&column, n_rows, n_rows, &d, &fx.e.coop, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct string_dict d;
	long n = 0;
	int result;

	for (uint32_t i = 0; i < 40000; i++)
		put((const char *)&i, 3);
	do {
		(void)mem_fail_after(n++);
		result = string_dict_build(&column, n_rows, n_rows, &d, &fx.e.coop, &fx.e.err);
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
	} while (result < 0);
	ck_assert_int_ge(n, 8);
	check_dict(&d);
	string_dict_fini(&d);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_and_sorts_random_texts);
	tcase_add_test(tc, sorts_texts_that_differ_in_nul_bytes_at_the_end);
	tcase_add_test(tc, sorts_behind_a_long_common_prefix);
	tcase_add_test(tc, sorts_ever_longer_prefixes_without_deep_recursion);
	tcase_add_test(tc, nulls_take_no_part);
	tcase_add_test(tc, only_nulls_make_an_empty_dictionary);
	tcase_add_test(tc, gives_up_when_there_are_too_many_values);
	tcase_add_test(tc, stops_when_it_is_cancelled);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/string_dict", tc);
}
