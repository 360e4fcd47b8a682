/*
 * strbuf.c - see strbuf.h.
 *
 * The buffer doubles, and always has room for the NUL byte behind the text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/num.h"
#include "common/base/strbuf.h"

#define CAP_MIN ((size_t)64)

static int fail(struct strbuf *b)
{
	b->failed = true;
	return -1;
}

int strbuf_reserve(struct strbuf *b, size_t n)
{
	size_t need, cap;
	char *ptr;

	if (b->failed)
		return -1;
	if (!num_add(b->len, n, &need) || !num_add(need, 1, &need))
		return fail(b);
	if (LIKELY(need <= b->cap))
		return 0;
	if (!num_mul(b->cap, 2, &cap))
		return fail(b);
	cap = MAX(MAX(need, cap), CAP_MIN);
	ptr = mem_realloc(b->ptr, cap);
	if (ptr == NULL)
		return fail(b);
	ptr[b->len] = '\0';
	b->ptr = ptr;
	b->cap = cap;
	return 0;
}

void strbuf_add(struct strbuf *b, const char *ptr, size_t n)
{
	if (n == 0 || strbuf_reserve(b, n) < 0)
		return;
	memcpy(b->ptr + b->len, ptr, n);
	b->len += n;
	b->ptr[b->len] = '\0';
}

void strbuf_add_str(struct strbuf *b, struct str s)
{
	strbuf_add(b, s.ptr, s.len);
}

void strbuf_add_char(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	/* Most texts are short: the first try usually is the only one. */
	if (strbuf_reserve(b, CAP_MIN - 1) == 0) {
		n = vsnprintf(b->ptr + b->len, b->cap - b->len, fmt, ap);
		if (n < 0)
			(void)fail(b);
		else if ((size_t)n >= b->cap - b->len && strbuf_reserve(b, (size_t)n) == 0)
			n = vsnprintf(b->ptr + b->len, b->cap - b->len, fmt, again);
		if (!b->failed)
			b->len += (size_t)n;
		b->ptr[b->len] = '\0';
	}
	va_end(again);
	va_end(ap);
}

struct str strbuf_str(const struct strbuf *b)
{
	return (struct str){ b->ptr == NULL ? "" : b->ptr, b->len };
}

char *strbuf_take(struct strbuf *b, size_t *len)
{
	char *text = NULL;

	/* Reserving nothing makes sure that an empty text has its NUL byte. */
	if (strbuf_reserve(b, 0) == 0) {
		text = b->ptr;
		b->ptr = NULL;
		*len = b->len;
	}
	strbuf_fini(b);
	return text;
}

void strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

void strbuf_fini(struct strbuf *b)
{
	mem_free(b->ptr);
	*b = (struct strbuf){ 0 };
}
