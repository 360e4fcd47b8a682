/*
 * strbuf.h - text that grows, for errors, logs and small bodies.
 *
 * Failure is sticky: after an allocation failed, appends do nothing and
 * strbuf_ok() is false, so that callers check once at the end.
 */
#ifndef COMMON_BASE_STRBUF_H
#define COMMON_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

struct strbuf {
	char *ptr; /* NUL behind len; NULL while empty */
	size_t len, cap;
	bool failed;
};

#define STRBUF_INIT \
	{           \
		0   \
	}

/** Room for n more bytes; 0 or -1 (and sticky failure). */
NODISCARD int strbuf_reserve(struct strbuf *b, size_t n);
void strbuf_add(struct strbuf *b, const char *ptr, size_t n);
void strbuf_add_str(struct strbuf *b, struct str s);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline bool strbuf_ok(const struct strbuf *b)
{
	return !b->failed;
}
struct str strbuf_str(const struct strbuf *b);

/** Moves the text out (caller frees with mem_free); NULL when failed.  b is empty again. */
NODISCARD char *strbuf_take(struct strbuf *b, size_t *len);

/** Keeps the memory, forgets the text and the failure. */
void strbuf_reset(struct strbuf *b);
void strbuf_fini(struct strbuf *b);

#endif
