/*
 * mem.h - all heap memory.
 *
 * Three doors, by who pays and who gives back:
 *
 *   mem_alloc/mem_free        process memory: modules, registry, HTTP objects.
 *   struct mem_pool           a query's memory: blocks charged to its account
 *                             and chained, so that an operator needs no code
 *                             for giving memory back: when the query has ended
 *                             the reaper frees the chain in small steps.
 *   struct arena (arena.h)    many small things out of pool blocks.
 *
 * Every allocation can fail; tests make the n-th one fail (mem_fail_after).
 * malloc and friends compile only in mem.c.
 */
#ifndef COMMON_BASE_MEM_H
#define COMMON_BASE_MEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/mutex.h"

struct error;

/** Uninitialised memory, or NULL.  Any thread. */
NODISCARD void *mem_alloc(size_t size_bytes);

/** Zeroed memory for n objects, or NULL (also when n * size overflows). */
NODISCARD void *mem_calloc(size_t n, size_t size_bytes);

/** One zeroed object that starts at a multiple of align (a power of two), or NULL. */
NODISCARD void *mem_calloc_aligned(size_t size_bytes, size_t align);

/** Grows or shrinks; NULL leaves the old block as it was. */
NODISCARD void *mem_realloc(void *ptr, size_t size_bytes);

/** A copy of n bytes plus a NUL byte, or NULL. */
NODISCARD char *mem_strndup(const char *ptr, size_t n);

/** Accepts NULL. */
void mem_free(void *ptr);

/**
 * Test aid: the n-th allocation from now on (0: the next) of any thread fails,
 * once.  Negative switches it off.  Allocations are counted only while it is on;
 * returns how many were since the last call.
 */
long mem_fail_after(long n);

/* What a query (or the process) holds, and may hold.  Any thread. */
struct mem_account {
	_Atomic int64_t used_bytes;
	_Atomic int64_t peak_bytes;
	int64_t limit_bytes;        /* 0: no limit */
	struct mem_account *parent; /* charged as well; may be NULL */
};

void mem_account_init(struct mem_account *a, int64_t limit_bytes, struct mem_account *parent);

/** 0, or -1 with ERR_QUERY_MEMORY when a limit would be exceeded; nothing is charged then. */
NODISCARD int mem_account_charge(struct mem_account *a, int64_t bytes, struct error *err);
void mem_account_release(struct mem_account *a, int64_t bytes);

/* Head of every pool block; the payload follows, aligned to 16. */
struct mem_block {
	struct mem_block *next, *prev;
	size_t size_bytes; /* payload */
	uint64_t reserved; /* keeps the payload aligned */
};

/*
 * The blocks of one query.  Thread-safe: tasks of one query share it.  Meant
 * for blocks from about 1 KiB to MEM_BLOCK_MAX; larger ones are allowed but
 * are given back in one piece, which is what bounds the reaper's step.
 */
struct mem_pool {
	struct mutex lock;
	struct mem_block blocks; /* ring */
	struct mem_account *account;
};

#define MEM_BLOCK_MAX ((size_t)1 << 20)

void mem_pool_init(struct mem_pool *p, struct mem_account *account);

/** Uninitialised, 16-byte aligned; NULL with *err (memory limit or out of memory). */
NODISCARD void *mem_pool_alloc(struct mem_pool *p, size_t size_bytes, struct error *err);

/** The same, zeroed.  Large blocks come zeroed from the kernel and are not touched. */
NODISCARD void *mem_pool_calloc(struct mem_pool *p, size_t size_bytes, struct error *err);

/** Gives one block back before the pool ends.  Accepts NULL. */
void mem_pool_free(struct mem_pool *p, void *ptr);

/** Frees blocks until about max_bytes are gone.  True when the pool is empty. */
bool mem_pool_reap(struct mem_pool *p, size_t max_bytes);

/** Frees what is left.  For small pools and tests; the reaper uses mem_pool_reap(). */
void mem_pool_fini(struct mem_pool *p);

#endif
