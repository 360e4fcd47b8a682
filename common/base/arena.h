/*
 * arena.h - many small allocations that end together.
 *
 * Chunks come from a mem_pool, so they are charged to the query and die with
 * it.  An arena is used by one thread at a time.  A reset keeps the chunks.
 */
#ifndef COMMON_BASE_ARENA_H
#define COMMON_BASE_ARENA_H

#include <stddef.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

struct error;
struct mem_pool;
struct arena_chunk;

struct arena {
	struct mem_pool *pool;
	struct arena_chunk *chunks; /* the newest first */
	char *ptr, *end;            /* free space of the newest chunk */
	size_t total_bytes;         /* of all chunks; the next chunk's size grows with it */
};

/** No allocation. */
void arena_init(struct arena *a, struct mem_pool *pool);

/** Uninitialised memory aligned to 16, or NULL with *err filled. */
NODISCARD void *arena_alloc(struct arena *a, size_t size_bytes, struct error *err);

/** Zeroed. */
NODISCARD void *arena_calloc(struct arena *a, size_t size_bytes, struct error *err);

/** Bytes without alignment: for text. */
NODISCARD char *arena_alloc_bytes(struct arena *a, size_t size_bytes, struct error *err);

/** A copy with a NUL byte behind it; .ptr is NULL when out of memory. */
NODISCARD struct str arena_str(struct arena *a, struct str s, struct error *err);

/** printf into the arena; .ptr is NULL when out of memory. */
NODISCARD struct str arena_printf(struct arena *a, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** A zeroed object of a type. */
#define ARENA_NEW(a, type, err) ((type *)arena_calloc((a), sizeof(type), (err)))

/** Forgets what was allocated and keeps the newest chunk. */
void arena_reset(struct arena *a);

/** Gives the chunks back to the pool. */
void arena_fini(struct arena *a);

#endif
