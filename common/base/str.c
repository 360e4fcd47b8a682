/*
 * str.c - see str.h.
 *
 * Case means ASCII case everywhere: names in SQL are compared byte by byte
 * otherwise, and no locale takes part.
 */
#include <stdint.h>
#include <string.h>

#include "common/base/str.h"

static unsigned char lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? u | 0x20 : u;
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

/* Index of the first byte at or after i that is no underscore. */
static size_t skip_underscores(struct str s, size_t i)
{
	while (i < s.len && s.ptr[i] == '_')
		i++;
	return i;
}

bool str_eq_name(struct str a, struct str b)
{
	size_t i = skip_underscores(a, 0), j = skip_underscores(b, 0);

	while (i < a.len && j < b.len) {
		if (lower(a.ptr[i]) != lower(b.ptr[j]))
			return false;
		i = skip_underscores(a, i + 1);
		j = skip_underscores(b, j + 1);
	}
	return i == a.len && j == b.len;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = MIN(a.len, b.len);
	int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str str_split(struct str *rest, char sep)
{
	struct str head = *rest;
	const char *at = head.len > 0 ? memchr(head.ptr, sep, head.len) : NULL;

	if (at == NULL) {
		/* NULL, not empty: "a," has one more piece after the comma, "a" has not. */
		*rest = (struct str){ 0 };
		return head;
	}
	head.len = (size_t)(at - head.ptr);
	rest->ptr += head.len + 1;
	rest->len -= head.len + 1;
	return head;
}

bool str_starts_with(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

size_t str_find(struct str s, struct str what, size_t from)
{
	const char *at;

	if (from > s.len || what.len > s.len - from)
		return SIZE_MAX;
	if (what.len == 0)
		return from;
	at = memmem(s.ptr + from, s.len - from, what.ptr, what.len);
	return at == NULL ? SIZE_MAX : (size_t)(at - s.ptr);
}

/* Index of the first byte at or after i that is not ASCII, eight bytes a time. */
static size_t skip_ascii(const unsigned char *p, size_t n, size_t i)
{
	uint64_t word;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		if ((word & 0x8080808080808080ull) != 0)
			break;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Length of the well-formed sequence of two to four bytes at p, or 0.  The
 * second byte is where overlong forms (e0, f0), surrogates (ed) and values
 * above U+10FFFF (f4) show (Unicode 15, table 3-7).
 */
static size_t sequence_length(const unsigned char *p, size_t n)
{
	unsigned char lead = p[0], low = 0x80, high = 0xbf;
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0xc2 || lead > 0xf4 || n < len)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_continuation(p[i]))
			return 0;
	return len;
}

bool str_utf8_valid(struct str s, size_t *bad)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	for (size_t i = 0; (i = skip_ascii(p, s.len, i)) < s.len;) {
		size_t len = sequence_length(p + i, s.len - i);

		if (len == 0) {
			*bad = i;
			return false;
		}
		i += len;
	}
	return true;
}

size_t str_control_length(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	if (s.len > 0 && (p[0] < 0x20 || p[0] == 0x7f))
		return 1;
	return s.len > 1 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0 ? 2 : 0;
}

size_t str_utf8_length(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += !is_continuation((unsigned char)s.ptr[i]);
	return n;
}

size_t str_utf8_cut(struct str s, size_t max_bytes)
{
	size_t n = max_bytes;

	if (max_bytes >= s.len)
		return s.len;
	while (n > 0 && max_bytes - n < 3 && is_continuation((unsigned char)s.ptr[n]))
		n--;
	/* Four continuation bytes in a row are not UTF-8; there is no border to respect. */
	return is_continuation((unsigned char)s.ptr[n]) ? max_bytes : n;
}

/* Longer names than this have no near neighbours worth suggesting. */
#define DISTANCE_MAX_LEN 128

size_t str_distance(struct str a, struct str b, size_t max)
{
	size_t row[DISTANCE_MAX_LEN + 1];

	if (a.len > DISTANCE_MAX_LEN || b.len > DISTANCE_MAX_LEN)
		return str_eq_nocase(a, b) ? 0 : max + 1;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0], best = i;

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t change = diagonal + (lower(a.ptr[i - 1]) != lower(b.ptr[j - 1]));

			diagonal = row[j];
			row[j] = MIN(change, 1 + MIN(row[j - 1], diagonal));
			best = MIN(best, row[j]);
		}
		if (best > max)
			return max + 1;
	}
	return MIN(row[b.len], max + 1);
}

struct str_guess str_guess_for(struct str wrong)
{
	return (struct str_guess){
		.wrong = wrong,
		.distance = MIN(wrong.len / 3 + 1, (size_t)4),
	};
}

bool str_guess_try(struct str_guess *g, struct str candidate)
{
	size_t d = str_distance(g->wrong, candidate, g->distance);

	if (d >= g->distance)
		return false;
	g->distance = d;
	g->name = candidate;
	return true;
}
