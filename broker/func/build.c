/*
 * build.c - functions that make new text out of their arguments.
 *
 * Each first works out how long its result is, so that it is allocated once
 * and the limit is checked before anything is written, and then writes it in
 * slices.
 */
#include <string.h>

#include "broker/func/find.h"
#include "broker/func/kernel.h"
#include "broker/func/utf8.h"
#include "common/base/num.h"

/* ---- CONCAT, CONCAT_WS: a row of pieces, each an argument ---- */

/* The argument that is piece i; with a separator, every other piece is argument 0. */
static uint32_t piece_arg(bool has_separator, uint32_t i)
{
	if (!has_separator)
		return i;
	return i % 2 ? 0 : 1 + i / 2;
}

static ALWAYS_INLINE enum step pieces_row(struct func_call *c, uint32_t row, size_t *work,
					  bool has_separator)
{
	struct text_job *job = (struct text_job *)c->state;
	uint32_t n = has_separator ? 2 * c->n_args - 3 : c->n_args;
	size_t stop = *work + TEXT_SLICE, len = 0;

	if (!job->out) {
		for (uint32_t i = 0; i < n; i++)
			len += arg_strv(c, piece_arg(has_separator, i), row)->len;
		if (text_job_begin(c, job, row, len) < 0)
			return STEP_FAILED;
	}
	while (job->arg < n) {
		struct str s = arg_str(c, piece_arg(has_separator, job->arg), row);

		if (text_append(job, s, s.len, work)) {
			job->arg++;
			job->at = 0;
		}
		if (*work >= stop && job->arg < n)
			return STEP_YIELD;
	}
	return text_job_end(c, job, row);
}

static enum step concat_row(struct func_call *c, uint32_t row, size_t *work)
{
	return pieces_row(c, row, work, false);
}

static enum step concatws_row(struct func_call *c, uint32_t row, size_t *work)
{
	return pieces_row(c, row, work, true);
}

static enum step concat(struct func_call *c)
{
	return func_run_rows(c, concat_row);
}

static enum step concatws(struct func_call *c)
{
	return func_run_rows(c, concatws_row);
}

/* ---- REPLACE, REMOVE ---- */

enum replace_phase { REPLACE_COUNT, REPLACE_SEARCH, REPLACE_COPY, REPLACE_INSERT };

struct replace_state {
	struct text_job job; /* at: next byte of the text to copy; n: matches */
	struct find_state find;
	size_t hit; /* the match that is copied up to, or the end of the text */
	size_t inserted;
};

/* Counts the matches; then either the text is the result, or room for it is made. */
static enum step replace_count(struct func_call *c, uint32_t row, struct replace_state *st,
			       struct str s, struct str what, struct str with, size_t *work)
{
	size_t hit;

	if (what.len == 0) {
		put_str(c, row, s);
		return STEP_DONE;
	}
	if (!find_step(&st->find, s, what, work, &hit))
		return STEP_YIELD;
	if (hit != NOT_FOUND) {
		st->job.n++;
		st->find.at = hit + what.len;
		return STEP_YIELD;
	}
	if (st->job.n == 0) {
		put_str(c, row, s);
		*st = (struct replace_state){ 0 };
		return STEP_DONE;
	}
	if (text_job_begin(c, &st->job, row, s.len - st->job.n * what.len + st->job.n * with.len) <
	    0)
		return STEP_FAILED;
	st->find = (struct find_state){ 0 };
	st->job.phase = REPLACE_SEARCH;
	return STEP_YIELD;
}

/* One move of the writing part. */
static enum step replace_write(struct func_call *c, uint32_t row, struct replace_state *st,
			       struct str s, struct str what, struct str with, size_t *work)
{
	struct text_job insert;

	switch ((enum replace_phase)st->job.phase) {
	case REPLACE_COUNT:
	case REPLACE_SEARCH:
		if (!find_step(&st->find, s, what, work, &st->hit))
			return STEP_YIELD;
		st->job.phase = REPLACE_COPY;
		return STEP_YIELD;
	case REPLACE_COPY:
		if (!text_append(&st->job, s, MIN(st->hit, s.len), work))
			return STEP_YIELD;
		if (st->hit == NOT_FOUND) {
			enum step done = text_job_end(c, &st->job, row);

			*st = (struct replace_state){ 0 };
			return done;
		}
		st->inserted = 0;
		st->job.phase = REPLACE_INSERT;
		return STEP_YIELD;
	case REPLACE_INSERT:
		insert = st->job;
		insert.at = st->inserted;
		(void)text_append(&insert, with, with.len, work);
		st->inserted = insert.at;
		st->job.out_at = insert.out_at;
		if (st->inserted == with.len) {
			st->job.at = st->find.at = st->hit + what.len;
			st->job.phase = REPLACE_SEARCH;
		}
		return STEP_YIELD;
	}
	return STEP_YIELD;
}

static enum step replace_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct replace_state *st = (struct replace_state *)c->state;
	struct str s = arg_str(c, 0, row), what = arg_str(c, 1, row);
	struct str with = c->n_args > 2 ? arg_str(c, 2, row) : STR("");
	size_t stop = *work + TEXT_SLICE;
	enum step done;

	do {
		*work += 1;
		if (st->job.phase == REPLACE_COUNT)
			done = replace_count(c, row, st, s, what, with, work);
		else
			done = replace_write(c, row, st, s, what, with, work);
	} while (done == STEP_YIELD && *work < stop);
	return done;
}

static enum step replace(struct func_call *c)
{
	return func_run_rows(c, replace_row);
}

/* ---- REPEAT, SPACE ---- */

static enum step repeat_of(struct func_call *c, uint32_t row, struct str s, struct str separator,
			   int64_t times, size_t *work)
{
	struct text_job *job = (struct text_job *)c->state;
	size_t unit = s.len + separator.len, len;

	if (!job->out) {
		if (times <= 0 || unit == 0) {
			put_str(c, row, STR(""));
			return STEP_DONE;
		}
		if (!num_mul(unit, (size_t)times, &len))
			len = SIZE_MAX;
		if (text_job_begin(c, job, row, len - separator.len) < 0)
			return STEP_FAILED;
	}
	/* The first s and its separator are what the rest is copied from. */
	if (job->phase == 0) {
		if (!text_append(job, s, s.len, work))
			return STEP_YIELD;
		job->phase++;
		job->at = 0;
	}
	if (job->phase == 1) {
		if (times > 1 && !text_append(job, separator, separator.len, work))
			return STEP_YIELD;
		job->phase++;
	}
	if (!text_fill(job, (struct str){ job->out, unit }, 0, job->out_len, work))
		return STEP_YIELD;
	return text_job_end(c, job, row);
}

static enum step repeat_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct str separator = c->n_args > 2 ? arg_str(c, 1, row) : STR("");

	return repeat_of(c, row, arg_str(c, 0, row), separator, arg_i64(c, c->n_args - 1, row),
			 work);
}

static enum step space_row(struct func_call *c, uint32_t row, size_t *work)
{
	return repeat_of(c, row, STR(" "), STR(""), arg_i64(c, 0, row), work);
}

static enum step repeat(struct func_call *c)
{
	return func_run_rows(c, repeat_row);
}

static enum step space(struct func_call *c)
{
	return func_run_rows(c, space_row);
}

/* ---- LPAD, RPAD ---- */

enum pad_phase { PAD_COUNT_TEXT, PAD_COUNT_PAD, PAD_SKIP, PAD_LEFT, PAD_TEXT, PAD_RIGHT };

struct pad_state {
	struct text_job job;
	size_t n_missing; /* code points */
	size_t pad_bytes; /* of the padding */
};

/* Code points of text and pad give the bytes of the padding; true when they are known. */
static bool pad_measure(struct pad_state *st, struct str s, struct str pad, int64_t size,
			size_t *work)
{
	struct text_job *job = &st->job;

	if (job->phase == PAD_COUNT_TEXT) {
		if (!text_count(job, s, s.len, work))
			return false;
		st->n_missing = size > 0 && (size_t)size > job->n ? (size_t)size - job->n : 0;
		*job = (struct text_job){ .phase = PAD_COUNT_PAD };
	}
	if (job->phase == PAD_COUNT_PAD) {
		if (!text_count(job, pad, pad.len, work))
			return false;
		if (!num_mul(st->n_missing / MAX(job->n, 1), pad.len, &st->pad_bytes))
			st->pad_bytes = SIZE_MAX / 2;
		*job = (struct text_job){ .phase = PAD_SKIP, .n = st->n_missing % MAX(job->n, 1) };
	}
	if (!text_skip(job, pad, work))
		return false;
	st->pad_bytes = MIN(st->pad_bytes, SIZE_MAX / 2) + job->at;
	*job = (struct text_job){ .phase = PAD_LEFT };
	return true;
}

static ALWAYS_INLINE enum step pad_row(struct func_call *c, uint32_t row, size_t *work,
				       bool is_left)
{
	struct pad_state *st = (struct pad_state *)c->state;
	struct text_job *job = &st->job;
	struct str s = arg_str(c, 0, row), pad = c->n_args > 2 ? arg_str(c, 2, row) : STR(" ");

	if (pad.len == 0)
		pad = STR(" ");
	if (job->phase < PAD_LEFT) {
		if (!pad_measure(st, s, pad, arg_i64(c, 1, row), work))
			return STEP_YIELD;
		if (text_job_begin(c, job, row, s.len + st->pad_bytes) < 0)
			return STEP_FAILED;
	}
	if (job->phase == PAD_LEFT) {
		if (is_left && !text_fill(job, pad, 0, st->pad_bytes, work))
			return STEP_YIELD;
		job->phase = PAD_TEXT;
	}
	if (job->phase == PAD_TEXT) {
		if (!text_append(job, s, s.len, work))
			return STEP_YIELD;
		job->phase = PAD_RIGHT;
	}
	if (!is_left && !text_fill(job, pad, s.len, job->out_len, work))
		return STEP_YIELD;
	return text_job_end(c, job, row);
}

static enum step lpad_row(struct func_call *c, uint32_t row, size_t *work)
{
	return pad_row(c, row, work, true);
}

static enum step rpad_row(struct func_call *c, uint32_t row, size_t *work)
{
	return pad_row(c, row, work, false);
}

static enum step lpad(struct func_call *c)
{
	return func_run_rows(c, lpad_row);
}

static enum step rpad(struct func_call *c)
{
	return func_run_rows(c, rpad_row);
}

/* ---- REVERSE, CHR ---- */

static void reverse_ascii(const char *in, size_t n, char *out)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= n; i += sizeof(word)) {
		word = __builtin_bswap64(utf8_word(in + i));
		memcpy(out + n - i - sizeof(word), &word, sizeof(word));
	}
	for (; i < n; i++)
		out[n - 1 - i] = in[i];
}

static enum step reverse_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);
	size_t begin = job->at, n_slice = MIN(s.len - begin, TEXT_SLICE);

	if (!job->out && text_job_begin(c, job, row, s.len) < 0)
		return STEP_FAILED;
	if (utf8_is_ascii(s.ptr + begin, n_slice)) {
		reverse_ascii(s.ptr + begin, n_slice, job->out + s.len - begin - n_slice);
		job->at += n_slice;
	}
	while (job->at < s.len && job->at - begin < TEXT_SLICE) {
		uint32_t cp;
		size_t n = utf8_decode(s.ptr + job->at, s.len - job->at, &cp);

		memcpy(job->out + s.len - job->at - n, s.ptr + job->at, n);
		job->at += n;
	}
	*work += 2 * (job->at - begin);
	job->out_at = job->at;
	return job->at < s.len ? STEP_YIELD : text_job_end(c, job, row);
}

static enum step chr_row(struct func_call *c, uint32_t row, size_t *work)
{
	int64_t cp = arg_i64(c, 0, row);
	char text[UTF8_MAX_BYTES];

	*work += sizeof(text);
	if (cp < 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000))
		return func_fail(c, "chr(%lld): there is no such code point", (long long)cp);
	return text_copy(c, row, text, utf8_encode((uint32_t)cp, text));
}

static enum step reverse(struct func_call *c)
{
	return func_run_rows(c, reverse_row);
}

static enum step chr(struct func_call *c)
{
	return func_run_rows(c, chr_row);
}

#define JOB   sizeof(struct text_job)
#define TEXT  FT_STRING
#define FAILS (FUNC_STRICT | FUNC_FAILS)

const struct func_def func_build[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "concat",
	  { TEXT },
	  TEXT,
	  FAILS | FUNC_VARIADIC,
	  concat,
	  JOB,
	  "concat('a', 'b', 'c')",
	  "abc" },
	{ "concatws",
	  { TEXT, TEXT },
	  TEXT,
	  FAILS | FUNC_VARIADIC,
	  concatws,
	  JOB,
	  "concatws('-', 'a', 'b', 'c')",
	  "a-b-c" },
	{ "replace",
	  { TEXT, TEXT, TEXT },
	  TEXT,
	  FAILS,
	  replace,
	  sizeof(struct replace_state),
	  "replace('aXbX', 'X', '--')",
	  "a--b--" },
	{ "remove",
	  { TEXT, TEXT },
	  TEXT,
	  FUNC_STRICT,
	  replace,
	  sizeof(struct replace_state),
	  "remove('a.b.c', '.')",
	  "abc" },
	{ "repeat", { TEXT, FT_LONG }, TEXT, FAILS, repeat, JOB, "repeat('ab', 3)", "ababab" },
	{ "repeat",
	  { TEXT, TEXT, FT_LONG },
	  TEXT,
	  FAILS,
	  repeat,
	  JOB,
	  "repeat('ab', '-', 3)",
	  "ab-ab-ab" },
	{ "space", { FT_LONG }, TEXT, FAILS, space, JOB, "length(space(3))", "3" },
	{ "lpad",
	  { TEXT, FT_LONG, TEXT },
	  TEXT,
	  FAILS,
	  lpad,
	  sizeof(struct pad_state),
	  "lpad('7', 3, '0')",
	  "007" },
	{ "lpad",
	  { TEXT, FT_LONG },
	  TEXT,
	  FAILS,
	  lpad,
	  sizeof(struct pad_state),
	  "lpad('7', 3)",
	  "  7" },
	{ "rpad",
	  { TEXT, FT_LONG, TEXT },
	  TEXT,
	  FAILS,
	  rpad,
	  sizeof(struct pad_state),
	  "rpad('ab', 5, 'xy')",
	  "abxyx" },
	{ "rpad",
	  { TEXT, FT_LONG },
	  TEXT,
	  FAILS,
	  rpad,
	  sizeof(struct pad_state),
	  "rpad('ab', 4)",
	  "ab  " },
	{ "reverse", { TEXT }, TEXT, FUNC_STRICT, reverse, JOB, "reverse('Fluß')", "ßulF" },
	{ "chr", { FT_LONG }, TEXT, FAILS, chr, 0, "chr(223)", "ß" },
	{ 0 },
};
