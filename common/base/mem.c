/*
 * mem.c - see mem.h.  The only file that calls malloc and friends.
 *
 * Every allocation, of the heap and of pools, passes may_allocate(), where
 * tests make the n-th one fail.  Off, that is one relaxed load of a line that
 * nobody writes; on, the count is shared by all threads.
 *
 * A charge is taken by compare-and-swap below each limit, never by adding and
 * looking afterwards: a request that is far too big would otherwise push the
 * shared account over its limit for a moment, and fail queries that did
 * nothing wrong.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/mem.h"

/* Nobody has half a tebibyte; sanitizers abort above it instead of returning NULL. */
#define SIZE_LIMIT ((size_t)1 << 39)

/* Which allocation since mem_fail_after() fails; negative: none is counted either. */
static _Atomic long fail_at = -1;
static _Atomic long n_counted CACHE_LINE_ALIGNED;

/*
 * Blocks above MEM_BLOCK_MAX must keep coming from the kernel, which zeroes
 * pages on first touch.  Left alone, glibc raises its threshold with the first
 * such block that is freed, and calloc() then clears megabytes in one go.  The
 * trim limit keeps the heap's top from going back and forth to the kernel.
 * Nothing runs beside a constructor, so mallopt() is safe here.
 */
__attribute__((constructor)) static void set_thresholds(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, (int)(MEM_BLOCK_MAX + 4096)); /* NOLINT(concurrency-*) */
	(void)mallopt(M_TRIM_THRESHOLD, 16 << 20);                    /* NOLINT(concurrency-*) */
}

static bool may_allocate(size_t size_bytes)
{
	long at = atomic_load_explicit(&fail_at, memory_order_relaxed);

	if (UNLIKELY(at >= 0) &&
	    atomic_fetch_add_explicit(&n_counted, 1, memory_order_relaxed) == at)
		return false;
	return size_bytes <= SIZE_LIMIT;
}

long mem_fail_after(long n)
{
	long counted = atomic_exchange_explicit(&n_counted, 0, memory_order_relaxed);

	atomic_store_explicit(&fail_at, n < 0 ? -1 : n, memory_order_relaxed);
	return counted;
}

void *mem_alloc(size_t size_bytes)
{
	return may_allocate(size_bytes) ? malloc(size_bytes) : NULL;
}

void *mem_calloc(size_t n, size_t size_bytes)
{
	size_t total;

	if (__builtin_mul_overflow(n, size_bytes, &total) || !may_allocate(total))
		return NULL;
	return calloc(1, total);
}

void *mem_calloc_aligned(size_t size_bytes, size_t align)
{
	size_t total = (size_bytes + align - 1) & ~(align - 1);
	void *ptr = may_allocate(total) ? aligned_alloc(align, total) : NULL;

	if (ptr)
		memset(ptr, 0, total);
	return ptr;
}

void *mem_realloc(void *ptr, size_t size_bytes)
{
	/* realloc(ptr, 0) would free, which looks like a failure to the caller. */
	return may_allocate(size_bytes) ? realloc(ptr, MAX(size_bytes, 1)) : NULL;
}

char *mem_strndup(const char *ptr, size_t n)
{
	char *copy = n < SIZE_LIMIT ? mem_alloc(n + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, ptr, n);
	copy[n] = '\0';
	return copy;
}

void mem_free(void *ptr)
{
	free(ptr);
}

void mem_account_init(struct mem_account *a, int64_t limit_bytes, struct mem_account *parent)
{
	atomic_init(&a->used_bytes, 0);
	atomic_init(&a->peak_bytes, 0);
	a->limit_bytes = limit_bytes;
	a->parent = parent;
}

static void raise_peak(struct mem_account *a, int64_t used)
{
	int64_t peak = atomic_load_explicit(&a->peak_bytes, memory_order_relaxed);

	while (used > peak &&
	       !atomic_compare_exchange_weak_explicit(&a->peak_bytes, &peak, used,
						      memory_order_relaxed, memory_order_relaxed))
		;
}

/* Charges one account, without its parents; false when its limit is in the way. */
static bool charge_one(struct mem_account *a, int64_t bytes)
{
	int64_t used = atomic_load_explicit(&a->used_bytes, memory_order_relaxed);

	do {
		if (a->limit_bytes > 0 && bytes > a->limit_bytes - used)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&a->used_bytes, &used, used + bytes, memory_order_relaxed, memory_order_relaxed));
	raise_peak(a, used + bytes);
	return true;
}

/* Takes the charge back from `a` and its parents up to, not including, `end`. */
static void release_until(struct mem_account *a, const struct mem_account *end, int64_t bytes)
{
	for (; a != end; a = a->parent) {
		int64_t before =
			atomic_fetch_sub_explicit(&a->used_bytes, bytes, memory_order_relaxed);

		DEBUG_ASSERT(before >= bytes);
		(void)before;
	}
}

int mem_account_charge(struct mem_account *a, int64_t bytes, struct error *err)
{
	ASSERT(bytes >= 0);
	for (struct mem_account *at = a; at != NULL; at = at->parent) {
		if (LIKELY(charge_one(at, bytes)))
			continue;
		release_until(a, at, bytes);
		if (at == a)
			return error_set(err, ERR_QUERY_MEMORY,
					 "query needs more than its limit of %lld bytes "
					 "(sluice.query.max.memory)",
					 (long long)at->limit_bytes);
		return error_set(err, ERR_QUERY_MEMORY,
				 "no memory left for this query: all queries together may hold "
				 "%lld bytes",
				 (long long)at->limit_bytes);
	}
	return 0;
}

void mem_account_release(struct mem_account *a, int64_t bytes)
{
	ASSERT(bytes >= 0);
	release_until(a, NULL, bytes);
}

void mem_pool_init(struct mem_pool *p, struct mem_account *account)
{
	mutex_init(&p->lock, MUTEX_RANK_POOL);
	p->blocks = (struct mem_block){ .next = &p->blocks, .prev = &p->blocks };
	p->account = account;
}

/* What a block costs its account. */
static int64_t block_cost(size_t size_bytes)
{
	return (int64_t)(size_bytes + sizeof(struct mem_block));
}

static void pool_link(struct mem_pool *p, struct mem_block *b)
{
	mutex_lock(&p->lock);
	b->prev = &p->blocks;
	b->next = p->blocks.next;
	b->next->prev = b;
	p->blocks.next = b;
	mutex_unlock(&p->lock);
}

static void *pool_new(struct mem_pool *p, size_t size_bytes, bool zeroed, struct error *err)
{
	size_t total = size_bytes + sizeof(struct mem_block);
	struct mem_block *b = NULL;

	if (size_bytes > SIZE_LIMIT) {
		(void)error_oom(err);
		return NULL;
	}
	if (mem_account_charge(p->account, block_cost(size_bytes), err) < 0)
		return NULL;
	if (may_allocate(total))
		b = zeroed ? calloc(1, total) : malloc(total);
	if (b == NULL) {
		mem_account_release(p->account, block_cost(size_bytes));
		(void)error_oom(err);
		return NULL;
	}
	b->size_bytes = size_bytes;
	b->reserved = 0;
	pool_link(p, b);
	return b + 1;
}

void *mem_pool_alloc(struct mem_pool *p, size_t size_bytes, struct error *err)
{
	return pool_new(p, size_bytes, false, err);
}

void *mem_pool_calloc(struct mem_pool *p, size_t size_bytes, struct error *err)
{
	return pool_new(p, size_bytes, true, err);
}

void mem_pool_free(struct mem_pool *p, void *ptr)
{
	struct mem_block *b;

	if (ptr == NULL)
		return;
	b = (struct mem_block *)ptr - 1;
	mutex_lock(&p->lock);
	b->prev->next = b->next;
	b->next->prev = b->prev;
	mutex_unlock(&p->lock);
	mem_account_release(p->account, block_cost(b->size_bytes));
	free(b);
}

/* Unlinks blocks from the newest on, `max_bytes` or a little more; NULL when there is none. */
static struct mem_block *pool_take(struct mem_pool *p, size_t max_bytes, bool *is_empty)
{
	struct mem_block *first, *end;
	size_t taken = 0;

	mutex_lock(&p->lock);
	first = end = p->blocks.next;
	while (end != &p->blocks && taken < max_bytes) {
		taken += end->size_bytes + sizeof(*end);
		end = end->next;
	}
	if (end != first)
		end->prev->next = NULL;
	p->blocks.next = end;
	end->prev = &p->blocks;
	*is_empty = end == &p->blocks;
	mutex_unlock(&p->lock);
	return first == end ? NULL : first;
}

bool mem_pool_reap(struct mem_pool *p, size_t max_bytes)
{
	int64_t freed = 0;
	bool is_empty;
	struct mem_block *b = pool_take(p, MAX(max_bytes, 1), &is_empty);

	/* The lock is not held while memory goes back to the kernel. */
	while (b != NULL) {
		struct mem_block *next = b->next;

		freed += block_cost(b->size_bytes);
		free(b);
		b = next;
	}
	mem_account_release(p->account, freed);
	return is_empty;
}

void mem_pool_fini(struct mem_pool *p)
{
	(void)mem_pool_reap(p, SIZE_MAX);
	mutex_fini(&p->lock);
}
