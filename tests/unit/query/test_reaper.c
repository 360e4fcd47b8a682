/* Tests of broker/query/reaper.c. */
#include <stdatomic.h>

#include "broker/query/reaper.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

struct owner {
	struct mem_account account;
	struct mem_pool pool;
	struct reaper_job job;
	_Atomic int n_freed;
};

static void freed(void *arg)
{
	struct owner *o = arg;

	ck_assert_int_eq(atomic_load(&o->account.used_bytes), 0);
	atomic_fetch_add(&o->n_freed, 1);
}

static void fill(struct owner *o, size_t n_blocks, size_t size)
{
	struct error err = { 0 };

	mem_account_init(&o->account, 0, NULL);
	mem_pool_init(&o->pool, &o->account);
	o->job = (struct reaper_job){ .pool = &o->pool, .freed = freed, .arg = o };
	for (size_t i = 0; i < n_blocks; i++)
		ck_assert_ptr_nonnull(mem_pool_alloc(&o->pool, size, &err));
	list_init(&o->job.link);
}

START_TEST(gives_everything_back_before_it_ends)
{
	static struct owner owners[20];
	struct reaper *r = NULL;
	struct error err = { 0 };

	ck_assert_int_eq(reaper_start(&r, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		fill(&owners[i], i * 10, 100000);
		reaper_give(r, &owners[i].job);
	}
	reaper_stop(&r);
	ck_assert_ptr_null(r);
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++)
		ck_assert_int_eq(owners[i].n_freed, 1);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct reaper *r = NULL;
	struct error err = { 0 };

	mem_fail_after(_i);
	if (reaper_start(&r, &err) < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	mem_fail_after(-1);
	reaper_stop(&r);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, gives_everything_back_before_it_ends);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("query/reaper", tc);
}
