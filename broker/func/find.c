/*
 * find.c - see find.h.
 *
 * Short needles, which is nearly all, are searched by their first and last
 * byte, sixteen places at a time: no table has to be set up, which matters for
 * texts as short as SQL values.  Longer ones go to memmem(), which is linear.
 * Of a very long needle only the head is searched; the rest is compared where
 * the head is found, in slices.
 */
#include "broker/func/find.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "broker/func/kernel.h"

/* Bytes of the needle that are searched rather than compared. */
#define HEAD_MAX ((size_t)65536)
/* Bounds what a step costs when a needle nearly matches everywhere. */
#define PAIR_MAX 64

#ifdef __SSE2__

static inline bool begins_alike(const char *a, const char *b, size_t len)
{
	uint32_t x, y;

	if (len < sizeof(x))
		return true;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
}

/* The first match among the candidates of a block; a bit per start. */
static const char *first_of(const char *block, uint32_t candidates, const char *what, size_t len)
{
	for (; candidates; candidates &= candidates - 1) {
		const char *start = block + __builtin_ctz(candidates);

		if (begins_alike(start, what, len) && memcmp(start + 1, what + 1, len - 2) == 0)
			return start;
	}
	return NULL;
}

/* Starts in [block, block + 16) whose first and last byte fit. */
static inline uint32_t pair_candidates(const char *block, size_t len, __m128i first, __m128i last)
{
	__m128i a = _mm_loadu_si128((const __m128i *)(const void *)block);
	__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(block + len - 1));

	return (uint32_t)_mm_movemask_epi8(
		_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));
}

/* 2 <= len; n_starts >= 16 places to look at. */
static const char *find_pair(const char *text, size_t n_starts, const char *what, size_t len)
{
	__m128i first = _mm_set1_epi8(what[0]), last = _mm_set1_epi8(what[len - 1]);

	for (size_t i = 0;; i += 16) {
		uint32_t candidates;

		/* The last block overlaps the one before; what failed there fails again. */
		if (i + 16 > n_starts)
			i = n_starts - 16;
		candidates = pair_candidates(text + i, len, first, last);
		if (UNLIKELY(candidates)) {
			const char *hit = first_of(text + i, candidates, what, len);

			if (hit)
				return hit;
		}
		if (i + 16 == n_starts)
			return NULL;
	}
}

#endif

static const char *find_few(const char *text, size_t n_starts, const char *what, size_t len)
{
	for (size_t i = 0; i < n_starts; i++)
		if (text[i] == what[0] && memcmp(text + i, what, len) == 0)
			return text + i;
	return NULL;
}

static const char *find_head(const char *text, size_t n_starts, const char *what, size_t len)
{
	if (len == 1)
		return memchr(text, what[0], n_starts);
	if (n_starts < 16)
		return find_few(text, n_starts, what, len);
#ifdef __SSE2__
	if (len <= PAIR_MAX)
		return find_pair(text, n_starts, what, len);
#endif
	return memmem(text, n_starts + len - 1, what, len);
}

/* Compares what is behind the head, a slice; false: undecided, or no match here. */
static bool verify_step(struct find_state *s, struct str text, struct str what, size_t *work)
{
	size_t n = MIN(what.len - s->verified, TEXT_SLICE);

	*work += n;
	if (memcmp(text.ptr + s->at + s->verified, what.ptr + s->verified, n) != 0) {
		s->at++;
		s->verified = 0;
		return false;
	}
	s->verified += n;
	return s->verified == what.len;
}

static inline bool found_at(struct find_state *s, size_t where, size_t *found)
{
	s->verified = 0;
	*found = where;
	return true;
}

bool find_step(struct find_state *s, struct str text, struct str what, size_t *work, size_t *found)
{
	size_t head = MIN(what.len, HEAD_MAX), last, n_starts;

	if (what.len > text.len || s->at > text.len - what.len)
		return found_at(s, NOT_FOUND, found);
	if (what.len == 0)
		return found_at(s, s->at, found);
	last = text.len - what.len;
	if (s->verified == 0) {
		const char *hit;

		n_starts = MIN(last - s->at + 1, TEXT_SLICE);
		hit = find_head(text.ptr + s->at, n_starts, what.ptr, head);
		*work += hit ? (size_t)(hit - text.ptr) - s->at + head : n_starts;
		if (!hit) {
			s->at += n_starts;
			return s->at > last && found_at(s, NOT_FOUND, found);
		}
		s->at = (size_t)(hit - text.ptr);
		s->verified = head;
	}
	if (s->verified < what.len && !verify_step(s, text, what, work))
		return false;
	return found_at(s, s->at, found);
}

size_t find_short(struct str text, struct str what)
{
	const char *hit;

	if (what.len == 0)
		return 0;
	if (what.len > text.len)
		return NOT_FOUND;
	hit = find_head(text.ptr, text.len - what.len + 1, what.ptr, what.len);
	return hit ? (size_t)(hit - text.ptr) : NOT_FOUND;
}

/* Going down byte by byte: seldom used, so a plain loop will do. */
bool find_last_step(struct find_state *s, struct str text, struct str what, size_t *work,
		    size_t *found)
{
	size_t budget = TEXT_SLICE;

	if (what.len > text.len)
		return found_at(s, NOT_FOUND, found);
	s->at = MIN(s->at, text.len - what.len);
	if (what.len == 0)
		return found_at(s, s->at, found);
	for (;; s->at--) {
		size_t n = MIN(what.len - s->verified, TEXT_SLICE);
		bool fits = text.ptr[s->at] == what.ptr[0] &&
			    memcmp(text.ptr + s->at + s->verified, what.ptr + s->verified, n) == 0;
		size_t cost = fits ? n + 1 : 1;

		*work += cost;
		budget -= MIN(budget, cost);
		s->verified = fits ? s->verified + n : 0;
		if (s->verified == what.len)
			return found_at(s, s->at, found);
		if (!fits && s->at == 0)
			return found_at(s, NOT_FOUND, found);
		if (fits)
			return false;
		if (budget == 0) {
			s->at--;
			return false;
		}
	}
}
