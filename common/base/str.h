/*
 * str.h - a borrowed piece of text: pointer and length, no NUL promised.
 */
#ifndef COMMON_BASE_STR_H
#define COMMON_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/compiler.h"

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_FMT      "%.*s"
#define STR_ARG(s)   (int)(s).len, (s).ptr

static inline struct str str_of(const char *z)
{
	return (struct str){ z, z ? strlen(z) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** ASCII letters compare without case. */
bool str_eq_nocase(struct str a, struct str b);

/** SQL function and option names: without case and without underscores. */
bool str_eq_name(struct str a, struct str b);

/** Negative, 0, positive; bytes as unsigned, a prefix sorts first. */
int str_cmp(struct str a, struct str b);

/** Without leading and trailing blanks (space, tab, CR, LF). */
struct str str_trim(struct str s);

/** Cuts off and returns what is before the first `sep`; *rest moves behind it, to .ptr NULL at the end. */
struct str str_split(struct str *rest, char sep);

bool str_starts_with(struct str s, struct str prefix);

/** Byte index of the first occurrence of `what` at or after `from`, or SIZE_MAX. */
size_t str_find(struct str s, struct str what, size_t from);

/** True when s is well-formed UTF-8; else *bad is the index of the first bad byte. */
bool str_utf8_valid(struct str s, size_t *bad);

/** Bytes of the control character that s begins with (C0, DEL, or C1 as UTF-8); 0: another one. */
size_t str_control_length(struct str s);

/** Number of code points of well-formed UTF-8. */
size_t str_utf8_length(struct str s);

/** The largest n <= max_bytes that does not cut a code point. */
size_t str_utf8_cut(struct str s, size_t max_bytes);

/** Edit distance without case, for "did you mean"; stops counting above `max`. */
size_t str_distance(struct str a, struct str b, size_t max);

/* The best guess so far at what an unknown name was meant to be. */
struct str_guess {
	struct str wrong;
	struct str name; /* .ptr NULL: nothing is near */
	size_t distance;
};

/** A third of the letters may be wrong, three at most; one or two letters have to be right. */
struct str_guess str_guess_for(struct str wrong);

/** True when it is nearer than what was tried before; the candidate is borrowed. */
bool str_guess_try(struct str_guess *g, struct str candidate);

#endif
