/* Tests of common/base/arena.c. */
#include <inttypes.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

static struct mem_account account;
static struct mem_pool pool;
static struct arena arena;
static struct error err;

static void setup(void)
{
	(void)mem_fail_after(-1);
	error_clear(&err);
	mem_account_init(&account, 0, NULL);
	mem_pool_init(&pool, &account);
	arena_init(&arena, &pool);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	arena_fini(&arena);
	ck_assert_int_eq(account.used_bytes, 0); /* chunks went back before the pool ended */
	mem_pool_fini(&pool);
}

START_TEST(takes_no_memory_before_the_first_request)
{
	ck_assert_int_eq(account.used_bytes, 0);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 1, &err));
	ck_assert_uint_eq(arena.total_bytes, 4096);
}
END_TEST

/* Every byte of every piece is written: pieces that overlap would show. */
START_TEST(pieces_are_aligned_and_do_not_overlap)
{
	uint64_t state = 7;
	unsigned char *piece[2000];
	size_t size[2000];

	for (int i = 0; i < 2000; i++) {
		size[i] = unit_random(&state) % (i % 100 == 0 ? 100000 : 300);
		piece[i] = arena_alloc(&arena, size[i], &err);
		ck_assert_uint_eq((uintptr_t)piece[i] % 16, 0);
		memset(piece[i], i % 251, size[i]);
	}
	for (int i = 0; i < 2000; i++)
		for (size_t j = 0; j < size[i]; j++)
			ck_assert_uint_eq(piece[i][j], i % 251);
}
END_TEST

START_TEST(empty_requests_have_addresses_of_their_own)
{
	void *a = arena_alloc(&arena, 0, &err), *b = arena_alloc(&arena, 0, &err);
	char *c = arena_alloc_bytes(&arena, 0, &err), *d = arena_alloc_bytes(&arena, 0, &err);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_ne(a, b);
	ck_assert_ptr_ne(c, d);
}
END_TEST

START_TEST(bytes_are_packed_without_gaps)
{
	char *a = arena_alloc_bytes(&arena, 3, &err), *b = arena_alloc_bytes(&arena, 5, &err);

	ck_assert_ptr_eq(a + 3, b);
	ck_assert_uint_eq((uintptr_t)arena_alloc(&arena, 8, &err) % 16, 0);
}
END_TEST

START_TEST(zeroes_memory_that_a_reset_gave_back)
{
	unsigned char *p = arena_alloc(&arena, 3000, &err);

	memset(p, 0xff, 3000);
	arena_reset(&arena);
	p = arena_calloc(&arena, 3000, &err);
	for (int i = 0; i < 3000; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

START_TEST(zeroes_the_first_piece_of_a_new_chunk)
{
	unsigned char *p = mem_pool_alloc(&pool, 4096, &err);

	memset(p, 0xff, 4096);
	mem_pool_free(&pool, p); /* the chunk will most likely be the same memory */
	p = arena_calloc(&arena, 1000, &err);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

START_TEST(zeroes_large_requests_as_well)
{
	const size_t size = 1 << 20;
	unsigned char *p = arena_calloc(&arena, size, &err);

	for (size_t i = 0; i < size; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

START_TEST(chunks_double_up_to_a_bound)
{
	size_t before = 0, largest = 0, n_chunks = 0;

	for (int i = 0; i < 20000; i++) {
		ck_assert_ptr_nonnull(arena_alloc(&arena, 128, &err));
		if (arena.total_bytes == before)
			continue;
		largest = MAX(largest, arena.total_bytes - before);
		before = arena.total_bytes;
		n_chunks++;
	}
	ck_assert_uint_eq(largest, 256 << 10);
	ck_assert_uint_lt(n_chunks, 20);
}
END_TEST

START_TEST(a_large_request_does_not_waste_the_chunk_in_use)
{
	char *a = arena_alloc_bytes(&arena, 10, &err), *large, *b;

	large = arena_alloc_bytes(&arena, 500000, &err);
	memset(large, 1, 500000);
	b = arena_alloc_bytes(&arena, 10, &err);
	ck_assert_ptr_eq(a + 10, b);
}
END_TEST

START_TEST(copies_text_with_a_nul_behind_it)
{
	struct str s = arena_str(&arena, (struct str){ "column_name", 6 }, &err);
	struct str none = arena_str(&arena, (struct str){ NULL, 0 }, &err);

	ck_assert_uint_eq(s.len, 6);
	ck_assert_str_eq(s.ptr, "column");
	ck_assert_str_eq(none.ptr, "");
}
END_TEST

/* Every length up to beyond the first chunk, so that each border is met. */
START_TEST(formats_text_of_any_length)
{
	static char want[9000];

	memset(want, 'x', sizeof(want) - 1);
	for (int n = 0; n < (int)sizeof(want) - 1; n += n < 4000 || n > 4200 ? 97 : 1) {
		struct str s = arena_printf(&arena, &err, "%.*s", n, want);

		ck_assert_uint_eq(s.len, (size_t)n);
		ck_assert_int_eq(memcmp(s.ptr, want, (size_t)n), 0);
		ck_assert_int_eq(s.ptr[n], '\0');
		arena_fini(&arena);
		ck_assert_ptr_nonnull(arena_alloc_bytes(&arena, 1, &err));
	}
}
END_TEST

START_TEST(formatted_texts_follow_each_other)
{
	struct str a = arena_printf(&arena, &err, "%d-%s", 17, "abc");
	struct str b = arena_printf(&arena, &err, "%d", 4);
	struct str c = arena_printf(&arena, &err, "%s", "x");

	ck_assert_str_eq(a.ptr, "17-abc");
	ck_assert_str_eq(b.ptr, "4");
	ck_assert_str_eq(c.ptr, "x");
}
END_TEST

START_TEST(a_reset_arena_hands_out_the_same_memory)
{
	void *p = arena_alloc(&arena, 100, &err);

	arena_reset(&arena);
	ck_assert_ptr_eq(arena_alloc(&arena, 100, &err), p);
}
END_TEST

/* A poll that needs 100 KB: after a few rounds one chunk serves a whole round. */
START_TEST(repeated_rounds_end_up_without_the_pool)
{
	long n_allocations = 0;

	for (int round = 0; round < 10; round++) {
		(void)mem_fail_after(1000000);
		for (int i = 0; i < 1000; i++)
			ck_assert_ptr_nonnull(arena_alloc(&arena, 100, &err));
		n_allocations = mem_fail_after(-1);
		arena_reset(&arena);
	}
	ck_assert_int_eq(n_allocations, 0);
}
END_TEST

START_TEST(a_reset_does_not_hold_on_to_a_huge_chunk)
{
	ck_assert_ptr_nonnull(arena_alloc(&arena, 10 << 20, &err));
	arena_reset(&arena);
	ck_assert_int_eq(account.used_bytes, 0);
	arena_reset(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 1, &err));
}
END_TEST

START_TEST(stops_at_the_query_s_memory_limit)
{
	account.limit_bytes = 50000;
	while (arena_alloc(&arena, 500, &err) != NULL)
		;
	ck_assert_int_eq(err.code, ERR_QUERY_MEMORY);
	ck_assert_int_le(account.used_bytes, 50000);
	ck_assert_int_gt(account.used_bytes, 10000);
}
END_TEST

START_TEST(refuses_sizes_that_overflow)
{
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX, &err));
	ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 1, &err));
	ck_assert_ptr_null(arena_calloc(&arena, SIZE_MAX - 15, &err));
	ck_assert_ptr_null(arena_alloc_bytes(&arena, SIZE_MAX, &err));
	ck_assert_ptr_null(arena_str(&arena, (struct str){ "", SIZE_MAX }, &err).ptr);
}
END_TEST

/* All kinds of request; the _i-th trip to the pool fails. */
START_TEST(survives_allocation_failure)
{
	char *small, *text;
	int *large, n_null;
	struct str copy, printed;

	(void)mem_fail_after(_i);
	small = arena_alloc(&arena, 8, &err);
	copy = arena_str(&arena, (struct str){ (char[2000]){ "x" }, 2000 }, &err);
	large = arena_calloc(&arena, 100000, &err);
	printed = arena_printf(&arena, &err, "%3000d", 1);
	text = arena_alloc_bytes(&arena, 60000, &err);
	n_null = (small == NULL) + (copy.ptr == NULL) + (large == NULL) + (printed.ptr == NULL) +
		 (text == NULL);
	ck_assert_int_eq(n_null, _i < mem_fail_after(-1));
	ck_assert_int_eq(err.code, n_null > 0 ? ERR_OUT_OF_MEMORY : ERR_NONE);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 8, &err));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, takes_no_memory_before_the_first_request);
	tcase_add_test(tc, pieces_are_aligned_and_do_not_overlap);
	tcase_add_test(tc, empty_requests_have_addresses_of_their_own);
	tcase_add_test(tc, bytes_are_packed_without_gaps);
	tcase_add_test(tc, zeroes_memory_that_a_reset_gave_back);
	tcase_add_test(tc, zeroes_the_first_piece_of_a_new_chunk);
	tcase_add_test(tc, zeroes_large_requests_as_well);
	tcase_add_test(tc, chunks_double_up_to_a_bound);
	tcase_add_test(tc, a_large_request_does_not_waste_the_chunk_in_use);
	tcase_add_test(tc, copies_text_with_a_nul_behind_it);
	tcase_add_test(tc, formats_text_of_any_length);
	tcase_add_test(tc, formatted_texts_follow_each_other);
	tcase_add_test(tc, a_reset_arena_hands_out_the_same_memory);
	tcase_add_test(tc, repeated_rounds_end_up_without_the_pool);
	tcase_add_test(tc, a_reset_does_not_hold_on_to_a_huge_chunk);
	tcase_add_test(tc, stops_at_the_query_s_memory_limit);
	tcase_add_test(tc, refuses_sizes_that_overflow);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 8);
	return unit_main("base/arena", tc);
}
