/*
 * utf8.h - code points in text.
 *
 * SQL counts characters; we keep bytes.  Text is well-formed UTF-8 as a rule,
 * but nothing here depends on it: a byte that fits nowhere counts as a code
 * point of its own and is passed through unchanged.
 */
#ifndef BROKER_FUNC_UTF8_H
#define BROKER_FUNC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UTF8_MAX_BYTES 4
/* What utf8_decode() makes of a stray byte b: UTF8_STRAY | b. */
#define UTF8_STRAY 0x80000000u

static inline bool utf8_is_continuation(char ch)
{
	return (ch & 0xC0) == 0x80;
}

/* Eight bytes at once; most values are too short for anything wider. */
#define UTF8_ONES 0x0101010101010101ull

static inline uint64_t utf8_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/** How many code points begin in n bytes. */
static inline size_t utf8_count(const char *p, size_t n)
{
	size_t count = n, i = 0;

	for (; i + sizeof(uint64_t) <= n; i += sizeof(uint64_t)) {
		uint64_t word = utf8_word(p + i),
			 continues = (word >> 7) & ~(word >> 6) & UTF8_ONES;

		count -= continues * UTF8_ONES >> 56;
	}
	for (; i < n; i++)
		count -= utf8_is_continuation(p[i]);
	return count;
}

static inline bool utf8_is_ascii(const char *p, size_t n)
{
	uint64_t all = 0;

	if (n < sizeof(all)) {
		for (size_t i = 0; i < n; i++)
			all |= (unsigned char)p[i];
		return all < 0x80;
	}
	for (size_t i = 0; i + sizeof(all) <= n; i += sizeof(all))
		all |= utf8_word(p + i);
	all |= utf8_word(p + n - sizeof(all)); /* overlaps what is done: no harm */
	return (all & (UTF8_ONES << 7)) == 0;
}

/** Bytes of the code point that starts at p; n > 0 bytes are there.  *cp gets its number. */
size_t utf8_decode(const char *p, size_t n, uint32_t *cp);

/** Writes a code point (or a stray byte); returns its bytes, at most UTF8_MAX_BYTES. */
size_t utf8_encode(uint32_t cp, char *out);

#endif
