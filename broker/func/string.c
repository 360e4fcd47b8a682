/*
 * string.c - lengths of strings, and parts of them.
 *
 * Positions count code points.  What is a part of its argument is a view of it
 * and costs no memory.
 */
#include <string.h>

#include "broker/func/find.h"
#include "broker/func/kernel.h"
#include "broker/func/utf8.h"

/* ---- lengths ---- */

static ALWAYS_INLINE enum step length_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);

	if (!text_count(job, s, s.len, work))
		return STEP_YIELD;
	put_i64(c, row, (int64_t)job->n);
	*job = (struct text_job){ 0 };
	return STEP_DONE;
}

static enum step length(struct func_call *c)
{
	return func_run_rows(c, length_row);
}

static enum step byte_length(struct func_call *c, int64_t unit)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);

		put_i64(c, row, arg_strv(c, 0, row)->len * unit);
	}
	return func_done(c, COOP_ROW);
}

static enum step octetlength(struct func_call *c)
{
	return byte_length(c, 1);
}

static enum step bitlength(struct func_call *c)
{
	return byte_length(c, 8);
}

/* ---- the first code point ---- */

static enum step first_code_point(struct func_call *c, uint32_t row, bool is_null_if_empty)
{
	struct str s = arg_str(c, 0, row);
	uint32_t cp = 0;

	if (s.len > 0)
		(void)utf8_decode(s.ptr, s.len, &cp);
	else if (is_null_if_empty)
		validity_clear(c->validity, row);
	put_i64(c, row, cp & ~UTF8_STRAY);
	return STEP_DONE;
}

static enum step codepoint_row(struct func_call *c, uint32_t row, size_t *work)
{
	*work += UTF8_MAX_BYTES;
	return first_code_point(c, row, true);
}

static enum step ascii_row(struct func_call *c, uint32_t row, size_t *work)
{
	*work += UTF8_MAX_BYTES;
	return first_code_point(c, row, false);
}

static enum step codepoint(struct func_call *c)
{
	return func_run_rows(c, codepoint_row);
}

static enum step ascii(struct func_call *c)
{
	return func_run_rows(c, ascii_row);
}

/* ---- parts by position ---- */

/* From code point `begin` to before `end`; negative ones count from the end of the text. */
struct bounds {
	int64_t begin, end;
};

#define TO_THE_END INT64_MAX

/* What a function asks for; false with the error raised. */
typedef bool bounds_fn(struct func_call *c, uint32_t row, struct bounds *b);

enum part_phase { PART_BEGIN, PART_LENGTH, PART_SKIP, PART_TAKE };

struct part_state {
	struct text_job job;
	struct bounds bounds;
	size_t first; /* byte where the part begins */
};

/* Makes bounds absolute once the length in code points is known. */
static void bounds_resolve(struct bounds *b, int64_t length)
{
	if (b->begin < 0)
		b->begin = MAX(b->begin + length, 0);
	if (b->end < 0)
		b->end = MAX(b->end + length, 0);
}

static ALWAYS_INLINE enum step part_row(struct func_call *c, uint32_t row, size_t *work,
					bounds_fn *bounds)
{
	struct part_state *st = (struct part_state *)c->state;
	struct text_job *job = &st->job;
	struct str s = arg_str(c, 0, row);

	if (job->phase == PART_BEGIN) {
		if (!bounds(c, row, &st->bounds))
			return STEP_FAILED;
		job->phase = st->bounds.begin < 0 || st->bounds.end < 0 ? PART_LENGTH : PART_SKIP;
		job->n = job->phase == PART_SKIP ? (size_t)st->bounds.begin : 0;
	}
	if (job->phase == PART_LENGTH) {
		if (!text_count(job, s, s.len, work))
			return STEP_YIELD;
		bounds_resolve(&st->bounds, (int64_t)job->n);
		*job = (struct text_job){ .phase = PART_SKIP, .n = (size_t)st->bounds.begin };
	}
	if (job->phase == PART_SKIP) {
		if (!text_skip(job, s, work))
			return STEP_YIELD;
		st->first = job->at;
		job->phase = PART_TAKE;
		job->n = st->bounds.end > st->bounds.begin
				 ? (size_t)(st->bounds.end - st->bounds.begin)
				 : 0;
	}
	if (st->bounds.end == TO_THE_END)
		job->at = s.len;
	else if (!text_skip(job, s, work))
		return STEP_YIELD;
	put_str(c, row, (struct str){ s.ptr + st->first, job->at - st->first });
	*job = (struct text_job){ 0 };
	return STEP_DONE;
}

/* substr(text, begin[, end]): from 0; -1 as end is the end; negative ones from the end. */
static bool substr_bounds(struct func_call *c, uint32_t row, struct bounds *b)
{
	b->begin = arg_i64(c, 1, row);
	b->end = c->n_args > 2 ? arg_i64(c, 2, row) : -1;
	if (b->end == -1)
		b->end = TO_THE_END;
	return true;
}

/* SUBSTRING(text FROM begin [FOR length]): from 1; what lies before the text is cut off. */
static bool substring_bounds(struct func_call *c, uint32_t row, struct bounds *b)
{
	int64_t begin = arg_i64(c, 1, row), length, end;

	b->begin = MAX(begin, 1) - 1;
	b->end = TO_THE_END;
	if (c->n_args < 3)
		return true;
	length = arg_i64(c, 2, row);
	if (length < 0) {
		(void)func_fail(c, "substring of negative length %lld", (long long)length);
		return false;
	}
	if (!__builtin_add_overflow(begin, length, &end))
		b->end = MAX(end, 1) - 1;
	return true;
}

static bool left_bounds(struct func_call *c, uint32_t row, struct bounds *b)
{
	b->begin = 0;
	b->end = MAX(arg_i64(c, 1, row), 0);
	return true;
}

static bool right_bounds(struct func_call *c, uint32_t row, struct bounds *b)
{
	int64_t n = arg_i64(c, 1, row);

	b->begin = n > 0 ? -n : TO_THE_END;
	b->end = TO_THE_END;
	return true;
}

static enum step substr_row(struct func_call *c, uint32_t row, size_t *work)
{
	return part_row(c, row, work, substr_bounds);
}

static enum step substring_row(struct func_call *c, uint32_t row, size_t *work)
{
	return part_row(c, row, work, substring_bounds);
}

static enum step left_row(struct func_call *c, uint32_t row, size_t *work)
{
	return part_row(c, row, work, left_bounds);
}

static enum step right_row(struct func_call *c, uint32_t row, size_t *work)
{
	return part_row(c, row, work, right_bounds);
}

static enum step substr(struct func_call *c)
{
	return func_run_rows(c, substr_row);
}

static enum step substring(struct func_call *c)
{
	return func_run_rows(c, substring_row);
}

static enum step left(struct func_call *c)
{
	return func_run_rows(c, left_row);
}

static enum step right(struct func_call *c)
{
	return func_run_rows(c, right_row);
}

/* ---- TRIM ---- */

enum { TRIM_LEFT = 1, TRIM_RIGHT = 2 };

/* Java's String.trim() for both ends; its \s, which knows fewer, for one end. */
static bool is_blank(char ch, int ends)
{
	if (ends == (TRIM_LEFT | TRIM_RIGHT))
		return (unsigned char)ch <= ' ';
	return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* More characters than alphabets have letters; bounds what one look costs. */
#define TRIM_SET_MAX 4096

/* True when the code point in s[0..len) is to go. */
static bool is_trimmed(struct func_call *c, uint32_t row, int ends, const char *ptr, size_t len,
		       size_t *work)
{
	struct str set;

	if (c->n_args == 1)
		return len == 1 && is_blank(*ptr, ends);
	set = arg_str(c, 1, row);
	*work += set.len;
	return memmem(set.ptr, set.len, ptr, len) != NULL;
}

/* job->at: bytes gone on the left, job->n: on the right. */
static ALWAYS_INLINE enum step trim_row(struct func_call *c, uint32_t row, size_t *work, int ends)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);
	size_t stop = *work + TEXT_SLICE;
	uint32_t cp;

	if (c->n_args > 1 && arg_strv(c, 1, row)->len > TRIM_SET_MAX)
		return func_fail(c, "%s: the characters take %u bytes; the limit is %d",
				 c->def->name, arg_strv(c, 1, row)->len, TRIM_SET_MAX);

	while ((ends & TRIM_LEFT) && job->phase == 0 && job->at < s.len) {
		size_t len = utf8_decode(s.ptr + job->at, s.len - job->at, &cp);

		if (!is_trimmed(c, row, ends, s.ptr + job->at, len, work))
			break;
		job->at += len;
		*work += len;
		if (*work >= stop)
			return STEP_YIELD;
	}
	job->phase = 1;
	while ((ends & TRIM_RIGHT) && job->at + job->n < s.len) {
		size_t len = 1, left = s.len - job->at - job->n;
		const char *end = s.ptr + s.len - job->n;

		while (len < MIN(left, UTF8_MAX_BYTES) && utf8_is_continuation(*(end - len)))
			len++;
		if (!is_trimmed(c, row, ends, end - len, len, work))
			break;
		job->n += len;
		*work += len;
		if (*work >= stop)
			return STEP_YIELD;
	}
	put_str(c, row, (struct str){ s.ptr + job->at, s.len - job->at - job->n });
	*job = (struct text_job){ 0 };
	return STEP_DONE;
}

static enum step trim_both_row(struct func_call *c, uint32_t row, size_t *work)
{
	return trim_row(c, row, work, TRIM_LEFT | TRIM_RIGHT);
}

static enum step trim_left_row(struct func_call *c, uint32_t row, size_t *work)
{
	return trim_row(c, row, work, TRIM_LEFT);
}

static enum step trim_right_row(struct func_call *c, uint32_t row, size_t *work)
{
	return trim_row(c, row, work, TRIM_RIGHT);
}

static enum step trim(struct func_call *c)
{
	return func_run_rows(c, trim_both_row);
}

static enum step ltrim(struct func_call *c)
{
	return func_run_rows(c, trim_left_row);
}

static enum step rtrim(struct func_call *c)
{
	return func_run_rows(c, trim_right_row);
}

/* ---- SPLITPART ---- */

/*
 * Fields between separators; several separators in a row count as one, and
 * none makes a field at either end (Java's splitByWholeSeparator, which Pinot
 * calls).  A negative index counts from the last field, for which the fields
 * are counted first.
 */
struct split_state {
	struct find_state find;
	size_t begin; /* of the field at hand */
	int64_t n_seen;
	int64_t n_fields; /* of the text, once is_counted */
	bool is_counted;
};

enum split_step { SPLIT_AGAIN, SPLIT_FOUND, SPLIT_END };

/* Looks for the end of the field at hand.  SPLIT_FOUND: it is number `index`, and *field. */
static enum split_step split_next(struct split_state *st, struct str s, struct str separator,
				  int64_t index, size_t *work, struct str *field)
{
	size_t hit, end;

	if (!find_step(&st->find, s, separator, work, &hit))
		return SPLIT_AGAIN;
	*work += 1;
	end = hit == NOT_FOUND ? s.len : hit;
	if (end > st->begin && st->n_seen++ == index) {
		*field = (struct str){ s.ptr + st->begin, end - st->begin };
		return SPLIT_FOUND;
	}
	if (hit == NOT_FOUND)
		return SPLIT_END;
	st->begin = st->find.at = hit + separator.len;
	return SPLIT_AGAIN;
}

static enum step splitpart_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct split_state *st = (struct split_state *)c->state;
	struct str s = arg_str(c, 0, row), separator = arg_str(c, 1, row), field = STR("null");
	int64_t index = arg_i64(c, 2, row);
	bool is_counting = index < 0 && !st->is_counted;
	size_t stop = *work + TEXT_SLICE;
	enum split_step next;

	if (separator.len == 0)
		separator = STR(" ");
	if (index < 0)
		index = is_counting ? -1 : index + st->n_fields;
	do
		next = split_next(st, s, separator, index, work, &field);
	while (next == SPLIT_AGAIN && *work < stop);
	if (next == SPLIT_AGAIN)
		return STEP_YIELD;
	if (next == SPLIT_END && is_counting) {
		*st = (struct split_state){ .n_fields = st->n_seen, .is_counted = true };
		return STEP_YIELD;
	}
	put_str(c, row, field);
	*st = (struct split_state){ 0 };
	return STEP_DONE;
}

static enum step splitpart(struct func_call *c)
{
	return func_run_rows(c, splitpart_row);
}

#define JOB   sizeof(struct text_job)
#define PART  sizeof(struct part_state)
#define TEXT  FT_STRING
#define FAILS (FUNC_STRICT | FUNC_FAILS)

const struct func_def func_string[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "length", { TEXT }, FT_INT, FUNC_STRICT, length, JOB, "length('Fluß')", "4" },
	{ "charlength", { TEXT }, FT_INT, FUNC_STRICT, length, JOB, "charlength('Fluß')", "4" },
	{ "characterlength",
	  { TEXT },
	  FT_INT,
	  FUNC_STRICT,
	  length,
	  JOB,
	  "characterlength('')",
	  "0" },
	{ "octetlength",
	  { TEXT },
	  FT_INT,
	  FUNC_STRICT,
	  octetlength,
	  0,
	  "octetlength('Fluß')",
	  "5" },
	{ "bitlength", { TEXT }, FT_INT, FUNC_STRICT, bitlength, 0, "bitlength('abc')", "24" },
	{ "codepoint", { TEXT }, FT_INT, FUNC_STRICT, codepoint, 0, "codepoint('ß')", "223" },
	{ "ascii", { TEXT }, FT_INT, FUNC_STRICT, ascii, 0, "ascii('A')", "65" },
	{ "substr",
	  { TEXT, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  substr,
	  PART,
	  "substr('sluice', 2)",
	  "uice" },
	{ "substr",
	  { TEXT, FT_LONG, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  substr,
	  PART,
	  "substr('sluice', 1, 4)",
	  "lui" },
	{ "substring",
	  { TEXT, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  substring,
	  PART,
	  "substring('sluice', 2)",
	  "luice" },
	{ "substring",
	  { TEXT, FT_LONG, FT_LONG },
	  TEXT,
	  FAILS,
	  substring,
	  PART,
	  "substring('sluice', 2, 3)",
	  "lui" },
	{ "left", { TEXT, FT_LONG }, TEXT, FUNC_STRICT, left, PART, "left('sluice', 2)", "sl" },
	{ "leftsubstr",
	  { TEXT, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  left,
	  PART,
	  "leftsubstr('sluice', 9)",
	  "sluice" },
	{ "right", { TEXT, FT_LONG }, TEXT, FUNC_STRICT, right, PART, "right('sluice', 2)", "ce" },
	{ "rightsubstr",
	  { TEXT, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  right,
	  PART,
	  "rightsubstr('sluice', 9)",
	  "sluice" },
	{ "trim", { TEXT }, TEXT, FUNC_STRICT, trim, JOB, "trim('  gate ')", "gate" },
	{ "trim", { TEXT, TEXT }, TEXT, FAILS, trim, JOB, "trim('xxgatexy', 'xy')", "gate" },
	{ "ltrim", { TEXT }, TEXT, FUNC_STRICT, ltrim, JOB, "ltrim('  gate ')", "gate " },
	{ "ltrim",
	  { TEXT, TEXT },
	  TEXT,
	  FUNC_STRICT,
	  ltrim,
	  JOB,
	  "ltrim('xxgatex', 'x')",
	  "gatex" },
	{ "rtrim", { TEXT }, TEXT, FUNC_STRICT, rtrim, JOB, "rtrim('  gate ')", "  gate" },
	{ "rtrim",
	  { TEXT, TEXT },
	  TEXT,
	  FUNC_STRICT,
	  rtrim,
	  JOB,
	  "rtrim('xgatexx', 'x')",
	  "xgate" },
	{ "splitpart",
	  { TEXT, TEXT, FT_LONG },
	  TEXT,
	  FUNC_STRICT,
	  splitpart,
	  sizeof(struct split_state),
	  "splitpart('a.b.c', '.', 1)",
	  "b" },
	{ 0 },
};
