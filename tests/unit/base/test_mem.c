/* Tests of common/base/mem.c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

#define N_THREADS 4
#define BLOCK     ((int64_t)sizeof(struct mem_block))

static struct mem_account account;
static struct mem_pool pool;
static struct error err;

static void setup(void)
{
	(void)mem_fail_after(-1);
	error_clear(&err);
	mem_account_init(&account, 0, NULL);
	mem_pool_init(&pool, &account);
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	mem_pool_fini(&pool);
	ck_assert_int_eq(account.used_bytes, 0);
}

static void run_threads(thread_fn *fn)
{
	struct thread threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(thread_start(&threads[i], "test", fn, NULL, &err), 0);
	for (int i = 0; i < N_THREADS; i++)
		thread_join(&threads[i]);
}

START_TEST(zeroes_what_calloc_returns)
{
	unsigned char *dirty = mem_alloc(600), *p;

	memset(dirty, 0xff, 600);
	mem_free(dirty);
	p = mem_calloc(200, 3);
	for (int i = 0; i < 600; i++)
		ck_assert_uint_eq(p[i], 0);
	mem_free(p);
}
END_TEST

START_TEST(refuses_sizes_that_overflow_or_nobody_has)
{
	ck_assert_ptr_null(mem_calloc(SIZE_MAX / 2 + 2, 2));
	ck_assert_ptr_null(mem_alloc(SIZE_MAX));
	ck_assert_ptr_null(mem_strndup("", SIZE_MAX));
	ck_assert_ptr_null(mem_pool_alloc(&pool, SIZE_MAX - 8, &err));
	ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
}
END_TEST

START_TEST(keeps_the_content_when_a_block_grows)
{
	char *p = mem_strndup("sluice and more", 6), *q;

	ck_assert_str_eq(p, "sluice");
	q = mem_realloc(p, 100000);
	ck_assert_str_eq(q, "sluice");
	q = mem_realloc(q, 0);
	ck_assert_ptr_nonnull(q);
	mem_free(q);
	mem_free(NULL);
}
END_TEST

START_TEST(leaves_the_old_block_when_growing_fails)
{
	char *p = mem_strndup("sluice", 6);

	(void)mem_fail_after(0);
	ck_assert_ptr_null(mem_realloc(p, 100));
	ck_assert_str_eq(p, "sluice");
	mem_free(p);
}
END_TEST

START_TEST(fails_the_chosen_allocation_once_whatever_its_kind)
{
	void *kept[5] = { NULL };

	(void)mem_fail_after(_i);
	kept[0] = mem_alloc(1);
	kept[1] = mem_calloc(1, 1);
	kept[2] = mem_realloc(NULL, 1);
	kept[3] = mem_strndup("x", 1);
	kept[4] = mem_pool_alloc(&pool, 1, &err);
	ck_assert_int_eq(mem_fail_after(-1), 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(kept[i] == NULL, i == _i);
	for (int i = 0; i < 4; i++)
		mem_free(kept[i]);
}
END_TEST

START_TEST(counts_nothing_while_switched_off)
{
	mem_free(mem_alloc(1));
	ck_assert_int_eq(mem_fail_after(-1), 0);
}
END_TEST

static _Atomic int n_failed;

static void allocate_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++) {
		void *p = mem_alloc(16);

		atomic_fetch_add(&n_failed, p == NULL);
		mem_free(p);
	}
}

START_TEST(counts_over_all_threads_and_fails_one_of_them)
{
	n_failed = 0;
	(void)mem_fail_after(2500);
	run_threads(allocate_often);
	ck_assert_int_eq(mem_fail_after(-1), N_THREADS * 1000);
	ck_assert_int_eq(n_failed, 1);
}
END_TEST

START_TEST(charges_up_to_the_limit_and_not_a_byte_more)
{
	struct mem_account a;

	mem_account_init(&a, 1000, NULL);
	ck_assert_int_eq(mem_account_charge(&a, 400, &err), 0);
	ck_assert_int_eq(mem_account_charge(&a, 601, &err), -1);
	ck_assert_int_eq(err.code, ERR_QUERY_MEMORY);
	ck_assert_str_eq(err.msg, "query needs more than its limit of 1000 bytes "
				  "(sluice.query.max.memory)");
	ck_assert_int_eq(a.used_bytes, 400);
	ck_assert_int_eq(mem_account_charge(&a, 600, &err), 0);
	ck_assert_int_eq(mem_account_charge(&a, INT64_MAX, &err), -1);
	ck_assert_int_eq(a.used_bytes, 1000);
}
END_TEST

START_TEST(keeps_the_peak)
{
	struct mem_account a;

	mem_account_init(&a, 0, NULL);
	(void)!mem_account_charge(&a, 300, &err);
	mem_account_release(&a, 200);
	(void)!mem_account_charge(&a, 150, &err);
	ck_assert_int_eq(a.peak_bytes, 300);
	ck_assert_int_eq(a.used_bytes, 250);
}
END_TEST

START_TEST(charges_nobody_when_a_parent_is_full)
{
	struct mem_account all, query, operator;

	mem_account_init(&all, 500, NULL);
	mem_account_init(&query, 0, &all);
	mem_account_init(&operator, 1000, &query);
	ck_assert_int_eq(mem_account_charge(&operator, 500, &err), 0);
	ck_assert_int_eq(all.used_bytes, 500);
	ck_assert_int_eq(mem_account_charge(&operator, 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "all queries together may hold 500 bytes"));
	ck_assert_int_eq(operator.used_bytes, 500);
	ck_assert_int_eq(query.used_bytes, 500);
	mem_account_release(&operator, 500);
	ck_assert_int_eq(all.used_bytes + query.used_bytes + operator.used_bytes, 0);
}
END_TEST

static struct mem_account shared;
static _Atomic int n_refused;

static void charge_often(void *arg)
{
	struct error mine;

	(void)arg;
	for (int i = 0; i < 20000; i++) {
		if (mem_account_charge(&shared, 10, &mine) < 0) {
			atomic_fetch_add(&n_refused, 1);
			continue;
		}
		if (mem_account_charge(&shared, 1000000, &mine) == 0)
			abort();
		mem_account_release(&shared, 10);
	}
}

/* Four threads need 40 bytes together; the hopeless requests must not get in their way. */
START_TEST(a_hopeless_charge_disturbs_no_other_thread)
{
	n_refused = 0;
	mem_account_init(&shared, 40, NULL);
	run_threads(charge_often);
	ck_assert_int_eq(n_refused, 0);
	ck_assert_int_eq(shared.used_bytes, 0);
	ck_assert_int_le(shared.peak_bytes, 40);
}
END_TEST

START_TEST(pool_blocks_are_aligned_charged_and_given_back_in_any_order)
{
	void *p[3];

	for (int i = 0; i < 3; i++) {
		p[i] = mem_pool_alloc(&pool, 1001, &err);
		ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
		memset(p[i], 0xee, 1001);
	}
	ck_assert_int_eq(account.used_bytes, 3 * (1001 + BLOCK));
	mem_pool_free(&pool, p[1]);
	mem_pool_free(&pool, p[2]);
	mem_pool_free(&pool, NULL);
	ck_assert_int_eq(account.used_bytes, 1001 + BLOCK);
	mem_pool_free(&pool, p[0]);
	ck_assert(mem_pool_reap(&pool, 1));
}
END_TEST

START_TEST(pool_calloc_zeroes_memory_that_was_used_before)
{
	unsigned char *p = mem_pool_alloc(&pool, 5000, &err);

	memset(p, 0xff, 5000);
	mem_pool_free(&pool, p);
	p = mem_pool_calloc(&pool, 5000, &err);
	for (int i = 0; i < 5000; i++)
		ck_assert_uint_eq(p[i], 0);
}
END_TEST

static long resident_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld %ld", &total, &resident), 2);
	(void)fclose(f);
	return resident;
}

/*
 * The first block, once freed, would teach glibc to keep such blocks on the
 * heap; the second would then leave used pages there, and the third would be
 * made of them and cleared by hand.
 */
START_TEST(large_zeroed_blocks_are_not_touched)
{
	long before = resident_pages();

	for (size_t mib = 24; mib >= 16; mib -= 4) {
		size_t size = mib * MEM_BLOCK_MAX;
		unsigned char *p = mem_pool_calloc(&pool, size, &err);

		if (!UNIT_SANITIZED)
			ck_assert_int_lt(resident_pages() - before, 1024);
		ck_assert_uint_eq(p[size - 1], 0);
		memset(p, 1, size);
		mem_pool_free(&pool, p);
	}
}
END_TEST

START_TEST(reaps_in_steps_of_about_the_size_asked_for)
{
	int64_t before;

	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(mem_pool_alloc(&pool, 1000, &err));
	before = account.used_bytes;
	ck_assert(!mem_pool_reap(&pool, 10000));
	ck_assert_int_ge(before - account.used_bytes, 10000);
	ck_assert_int_le(before - account.used_bytes, 11000 + BLOCK);
	while (!mem_pool_reap(&pool, 10000))
		;
	ck_assert_int_eq(account.used_bytes, 0);
}
END_TEST

START_TEST(reaping_goes_on_even_by_steps_of_nothing)
{
	ck_assert_ptr_nonnull(mem_pool_alloc(&pool, 1000, &err));
	ck_assert_ptr_nonnull(mem_pool_alloc(&pool, 1000, &err));
	ck_assert(!mem_pool_reap(&pool, 0));
	ck_assert(mem_pool_reap(&pool, 0));
}
END_TEST

START_TEST(a_block_over_the_limit_is_refused_with_the_reason)
{
	account.limit_bytes = 10000;
	ck_assert_ptr_null(mem_pool_calloc(&pool, 10000, &err));
	ck_assert_int_eq(err.code, ERR_QUERY_MEMORY);
	ck_assert_ptr_nonnull(mem_pool_calloc(&pool, (size_t)(10000 - BLOCK), &err));
}
END_TEST

START_TEST(survives_allocation_failure)
{
	(void)mem_fail_after(0);
	ck_assert_ptr_null(_i == 0 ? mem_pool_alloc(&pool, 64, &err)
				   : mem_pool_calloc(&pool, 64, &err));
	ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(account.used_bytes, 0);
	ck_assert_ptr_nonnull(mem_pool_alloc(&pool, 64, &err));
}
END_TEST

static void use_the_pool(void *arg)
{
	struct error mine;

	(void)arg;
	for (int i = 0; i < 2000; i++) {
		void *kept = mem_pool_alloc(&pool, 100, &mine);
		void *given = mem_pool_alloc(&pool, 200, &mine);

		if (kept == NULL || given == NULL)
			abort();
		mem_pool_free(&pool, given);
	}
}

START_TEST(tasks_of_one_query_share_a_pool)
{
	run_threads(use_the_pool);
	ck_assert_int_eq(account.used_bytes, N_THREADS * 2000 * (100 + BLOCK));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, zeroes_what_calloc_returns);
	tcase_add_test(tc, refuses_sizes_that_overflow_or_nobody_has);
	tcase_add_test(tc, keeps_the_content_when_a_block_grows);
	tcase_add_test(tc, leaves_the_old_block_when_growing_fails);
	tcase_add_loop_test(tc, fails_the_chosen_allocation_once_whatever_its_kind, 0, 5);
	tcase_add_test(tc, counts_nothing_while_switched_off);
	tcase_add_test(tc, counts_over_all_threads_and_fails_one_of_them);
	tcase_add_test(tc, charges_up_to_the_limit_and_not_a_byte_more);
	tcase_add_test(tc, keeps_the_peak);
	tcase_add_test(tc, charges_nobody_when_a_parent_is_full);
	tcase_add_test(tc, a_hopeless_charge_disturbs_no_other_thread);
	tcase_add_test(tc, pool_blocks_are_aligned_charged_and_given_back_in_any_order);
	tcase_add_test(tc, pool_calloc_zeroes_memory_that_was_used_before);
	tcase_add_test(tc, large_zeroed_blocks_are_not_touched);
	tcase_add_test(tc, reaps_in_steps_of_about_the_size_asked_for);
	tcase_add_test(tc, reaping_goes_on_even_by_steps_of_nothing);
	tcase_add_test(tc, a_block_over_the_limit_is_refused_with_the_reason);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	tcase_add_test(tc, tasks_of_one_query_share_a_pool);
	return unit_main("base/mem", tc);
}
