/*
 * arena.c - see arena.h.
 *
 * Small requests are cut from the newest chunk.  A new chunk is twice what the
 * arena holds, within CHUNK_MIN and CHUNK_MAX: a short query stays at 4 KiB, a
 * long one makes few trips to the pool.  A request above a quarter of such a
 * chunk gets a chunk of its own, linked behind the newest one, so that the
 * space that is left there is not thrown away for it.
 *
 * A reset keeps the newest chunk, and the growth rule makes the next one twice
 * as large: an arena that is reset after every poll soon has one chunk that is
 * large enough for each of them.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/num.h"

#define ALIGNMENT ((size_t)16)
#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)256 << 10)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size_bytes; /* with this head, whose size keeps what follows aligned */
};

void arena_init(struct arena *a, struct mem_pool *pool)
{
	*a = (struct arena){ .pool = pool };
}

/* The largest power of two up to twice the total. */
static size_t next_chunk_size(const struct arena *a)
{
	size_t size = CHUNK_MIN;

	while (size < CHUNK_MAX && size <= a->total_bytes)
		size *= 2;
	return size;
}

static struct arena_chunk *chunk_new(struct arena *a, size_t size_bytes, bool zeroed,
				     struct error *err)
{
	struct arena_chunk *c = zeroed ? mem_pool_calloc(a->pool, size_bytes, err)
				       : mem_pool_alloc(a->pool, size_bytes, err);

	if (c == NULL)
		return NULL;
	c->size_bytes = size_bytes;
	a->total_bytes += size_bytes;
	return c;
}

/* A chunk for one request alone; the newest chunk stays in use. */
static void *alloc_own_chunk(struct arena *a, size_t size_bytes, bool zeroed, struct error *err)
{
	struct arena_chunk *c;
	size_t total;

	if (!num_add(size_bytes, sizeof(*c), &total)) {
		(void)error_oom(err);
		return NULL;
	}
	c = chunk_new(a, total, zeroed, err);
	if (c == NULL)
		return NULL;
	if (a->chunks == NULL) {
		c->next = NULL;
		a->chunks = c;
	} else {
		c->next = a->chunks->next;
		a->chunks->next = c;
	}
	return c + 1;
}

static int add_chunk(struct arena *a, size_t size_bytes, struct error *err)
{
	struct arena_chunk *c = chunk_new(a, size_bytes, false, err);

	if (c == NULL)
		return -1;
	c->next = a->chunks;
	a->chunks = c;
	a->ptr = (char *)(c + 1);
	a->end = (char *)c + size_bytes;
	return 0;
}

/* When the newest chunk has no room. */
static void *alloc_slow(struct arena *a, size_t size_bytes, bool zeroed, struct error *err)
{
	size_t chunk = next_chunk_size(a);
	char *p;

	if (size_bytes > chunk / 4)
		return alloc_own_chunk(a, size_bytes, zeroed, err);
	if (add_chunk(a, chunk, err) < 0)
		return NULL;
	p = a->ptr;
	a->ptr += size_bytes;
	return zeroed ? memset(p, 0, size_bytes) : p;
}

static size_t padding(const struct arena *a)
{
	return -(uintptr_t)a->ptr % ALIGNMENT;
}

void *arena_alloc(struct arena *a, size_t size_bytes, struct error *err)
{
	size_t pad = padding(a), room = (size_t)(a->end - a->ptr);
	char *p;

	size_bytes = MAX(size_bytes, 1);
	if (UNLIKELY(room < pad || size_bytes > room - pad))
		return alloc_slow(a, size_bytes, false, err);
	p = a->ptr + pad;
	a->ptr = p + size_bytes;
	return p;
}

void *arena_calloc(struct arena *a, size_t size_bytes, struct error *err)
{
	size_t pad = padding(a), room = (size_t)(a->end - a->ptr);

	/* A chunk of its own comes zeroed from the pool; see mem_pool_calloc(). */
	if (room < pad || size_bytes > room - pad)
		return alloc_slow(a, MAX(size_bytes, 1), true, err);
	return memset(arena_alloc(a, size_bytes, err), 0, size_bytes);
}

char *arena_alloc_bytes(struct arena *a, size_t size_bytes, struct error *err)
{
	char *p = a->ptr;

	size_bytes = MAX(size_bytes, 1);
	if (UNLIKELY(size_bytes > (size_t)(a->end - p)))
		return alloc_slow(a, size_bytes, false, err);
	a->ptr = p + size_bytes;
	return p;
}

struct str arena_str(struct arena *a, struct str s, struct error *err)
{
	char *p = NULL;
	size_t size;

	if (num_add(s.len, 1, &size))
		p = arena_alloc_bytes(a, size, err);
	else
		(void)error_oom(err);
	if (p == NULL)
		return (struct str){ 0 };
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return (struct str){ p, s.len };
}

struct str arena_printf(struct arena *a, struct error *err, const char *fmt, ...)
{
	size_t room = (size_t)(a->end - a->ptr);
	char *p = a->ptr;
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(p, room, fmt, ap);
	if (n < 0) {
		(void)error_set(err, ERR_INTERNAL, "text cannot be formatted");
		p = NULL;
	} else if ((size_t)n < room) {
		a->ptr += (size_t)n + 1;
	} else {
		p = arena_alloc_bytes(a, (size_t)n + 1, err);
		if (p != NULL)
			(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	va_end(ap);
	return (struct str){ p, p == NULL ? 0 : (size_t)n };
}

static void free_chunks(struct arena *a, struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		mem_pool_free(a->pool, c);
		c = next;
	}
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->chunks;

	if (c == NULL)
		return;
	/* The newest may be a huge request's own chunk: that one is not worth keeping. */
	if (c->size_bytes > CHUNK_MAX) {
		arena_fini(a);
		return;
	}
	free_chunks(a, c->next);
	c->next = NULL;
	a->ptr = (char *)(c + 1);
	a->end = (char *)c + c->size_bytes;
	a->total_bytes = c->size_bytes;
}

void arena_fini(struct arena *a)
{
	free_chunks(a, a->chunks);
	arena_init(a, a->pool);
}
