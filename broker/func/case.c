/*
 * case.c - UPPER, LOWER, INITCAP.
 *
 * ASCII text, which is nearly all, is converted eight bytes at a time.  Other
 * text takes two passes, because a letter and its other case may differ in
 * bytes: the first measures, the second writes.
 */
#include "broker/func/kernel.h"
#include "broker/func/utf8.h"

struct letter_range {
	uint32_t first, last;
	int32_t step, delta;
};

static const struct letter_range lower_ranges[] = {
#define LOWER(first, last, step, delta) { first, last, step, delta },
#include "broker/func/letters.def"
};

static const struct letter_range upper_ranges[] = {
#define UPPER(first, last, step, delta) { first, last, step, delta },
#include "broker/func/letters.def"
};

static uint32_t map_letter(const struct letter_range *ranges, size_t n, uint32_t cp)
{
	while (n > 0) {
		const struct letter_range *r = &ranges[n / 2];

		if (cp > r->last) {
			ranges += n / 2 + 1;
			n -= n / 2 + 1;
		} else if (cp < r->first) {
			n /= 2;
		} else {
			bool changes = (cp - r->first) % (uint32_t)r->step == 0;

			return changes ? cp + (uint32_t)r->delta : cp;
		}
	}
	return cp;
}

static uint32_t to_lower(uint32_t cp)
{
	if (cp < 0x80)
		return cp - 'A' < 26 ? cp + 32 : cp;
	return map_letter(lower_ranges, ARRAY_SIZE(lower_ranges), cp);
}

static uint32_t to_upper(uint32_t cp)
{
	if (cp < 0x80)
		return cp - 'a' < 26 ? cp - 32 : cp;
	return map_letter(upper_ranges, ARRAY_SIZE(upper_ranges), cp);
}

/* Letters, digits, and whatever else lies beyond ASCII. */
static bool is_word(uint32_t cp)
{
	return cp >= 0x80 || (cp | 32) - 'a' < 26 || cp - '0' < 10;
}

enum letter_case { CASE_LOWER, CASE_UPPER, CASE_INITIALS };

/* What becomes of cp; *is_inside: the one before belongs to the same word. */
static uint32_t map_case(enum letter_case to, uint32_t cp, bool *is_inside)
{
	bool was_inside = *is_inside;

	*is_inside = is_word(cp);
	switch (to) {
	case CASE_LOWER:
		return to_lower(cp);
	case CASE_UPPER:
		return to_upper(cp);
	case CASE_INITIALS:
		break;
	}
	return was_inside ? to_lower(cp) : to_upper(cp);
}

/* Eight ASCII bytes: those from `first` on through the alphabet change their case, by bit 5. */
static inline uint64_t flip_word(uint64_t word, unsigned char first)
{
	uint64_t from = word + UTF8_ONES * (0x80u - first); /* bit 7: not before the first letter */
	uint64_t beyond = word + UTF8_ONES * (0x80u - first - 26); /* bit 7: behind the last */

	return word ^ ((from & ~beyond & (UTF8_ONES << 7)) >> 2);
}

static void flip_ascii(const char *in, size_t n, unsigned char first, char *out)
{
	uint64_t word;

	if (n < sizeof(word)) {
		for (size_t i = 0; i < n; i++)
			out[i] = (char)(in[i] ^ ((unsigned char)(in[i] - first) < 26 ? 32 : 0));
		return;
	}
	for (size_t i = 0; i + sizeof(word) <= n; i += sizeof(word)) {
		word = flip_word(utf8_word(in + i), first);
		memcpy(out + i, &word, sizeof(word));
	}
	/* The last eight again, for the rest that the loop left. */
	word = flip_word(utf8_word(in + n - sizeof(word)), first);
	memcpy(out + n - sizeof(word), &word, sizeof(word));
}

/* A slice of ASCII text; false when it is none, with nothing done.  out NULL: only looks. */
static bool map_ascii(enum letter_case to, const char *in, size_t n, char *out)
{
	if (to == CASE_INITIALS || !utf8_is_ascii(in, n))
		return false;
	if (out)
		flip_ascii(in, n, to == CASE_LOWER ? 'A' : 'a', out);
	return true;
}

enum case_phase { CASE_MEASURE, CASE_WRITE };

/* Maps a slice of s from job->at; without out the bytes are only counted. */
static void map_slice(struct text_job *job, struct str s, enum letter_case to, char *out)
{
	size_t end = job->at + MIN(s.len - job->at, TEXT_SLICE);
	bool is_inside = job->is_inside;
	char text[UTF8_MAX_BYTES] = { 0 };
	uint32_t cp;

	if (map_ascii(to, s.ptr + job->at, end - job->at, out ? out + job->out_at : NULL)) {
		job->out_at += end - job->at;
		job->at = end;
		return;
	}
	while (job->at < end) {
		job->at += utf8_decode(s.ptr + job->at, s.len - job->at, &cp);
		job->out_at +=
			utf8_encode(map_case(to, cp, &is_inside), out ? out + job->out_at : text);
	}
	job->is_inside = is_inside;
}

static ALWAYS_INLINE enum step case_row(struct func_call *c, uint32_t row, size_t *work,
					enum letter_case to)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);
	size_t begin = job->at, len;
	bool is_short = s.len <= TEXT_SLICE && job->phase == CASE_MEASURE;

	if (is_short && to != CASE_INITIALS && utf8_is_ascii(s.ptr, s.len)) {
		char *out = text_begin(c, row, s.len);

		if (!out)
			return STEP_FAILED;
		flip_ascii(s.ptr, s.len, to == CASE_LOWER ? 'A' : 'a', out);
		text_end(c, row);
		*work += s.len;
		return STEP_DONE;
	}
	map_slice(job, s, to, job->phase == CASE_WRITE ? job->out : NULL);
	*work += job->at - begin;
	if (job->at < s.len)
		return STEP_YIELD;
	if (job->phase == CASE_WRITE)
		return text_job_end(c, job, row);
	len = job->out_at;
	*job = (struct text_job){ .phase = CASE_WRITE };
	if (text_job_begin(c, job, row, len) < 0)
		return STEP_FAILED;
	return STEP_YIELD;
}

static enum step lower_row(struct func_call *c, uint32_t row, size_t *work)
{
	return case_row(c, row, work, CASE_LOWER);
}

static enum step upper_row(struct func_call *c, uint32_t row, size_t *work)
{
	return case_row(c, row, work, CASE_UPPER);
}

static enum step initcap_row(struct func_call *c, uint32_t row, size_t *work)
{
	return case_row(c, row, work, CASE_INITIALS);
}

static enum step lower(struct func_call *c)
{
	return func_run_rows(c, lower_row);
}

static enum step upper(struct func_call *c)
{
	return func_run_rows(c, upper_row);
}

static enum step initcap(struct func_call *c)
{
	return func_run_rows(c, initcap_row);
}

#define JOB sizeof(struct text_job)

const struct func_def func_case[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "lower", { FT_STRING }, FT_STRING, FUNC_STRICT, lower, JOB, "lower('ÄPFEL')", "äpfel" },
	{ "upper", { FT_STRING }, FT_STRING, FUNC_STRICT, upper, JOB, "upper('Äpfel')", "ÄPFEL" },
	{ "initcap",
	  { FT_STRING },
	  FT_STRING,
	  FUNC_STRICT,
	  initcap,
	  JOB,
	  "initcap('open THE gate')",
	  "Open The Gate" },
	{ 0 },
};
