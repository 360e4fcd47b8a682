/*
 * search.c - where one text is in another.
 *
 * Matches are found by bytes, which in UTF-8 finds code points; the answer is
 * then counted in code points.
 */
#include <string.h>

#include "broker/func/find.h"
#include "broker/func/kernel.h"
#include "broker/func/utf8.h"

enum search_phase { SEARCH_FIND, SEARCH_COUNT };

struct search_state {
	struct text_job job;
	struct find_state find;
	size_t hit;
	int64_t n_hits;
};

/* The byte of the hit as a number of code points from `first`; a missing one is first - 1. */
static enum step search_answer(struct func_call *c, uint32_t row, struct search_state *st,
			       struct str s, int64_t first, size_t *work)
{
	int64_t answer = first - 1;

	if (st->hit != NOT_FOUND) {
		if (!text_count(&st->job, s, st->hit, work))
			return STEP_YIELD;
		answer = first + (int64_t)st->job.n;
	}
	put_i64(c, row, answer);
	*st = (struct search_state){ 0 };
	return STEP_DONE;
}

/* strpos(text, what[, instance]); instances may overlap. */
static enum step strpos_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct search_state *st = (struct search_state *)c->state;
	struct str s = arg_str(c, 0, row), what = arg_str(c, 1, row);
	int64_t instance = c->n_args > 2 ? arg_i64(c, 2, row) : 1;
	size_t stop = *work + TEXT_SLICE;

	while (st->job.phase == SEARCH_FIND) {
		if (*work >= stop)
			return STEP_YIELD;
		if (!find_step(&st->find, s, what, work, &st->hit))
			continue;
		*work += 1;
		if (instance < 1)
			st->hit = NOT_FOUND;
		st->n_hits++;
		if (st->hit == NOT_FOUND || what.len == 0 || st->n_hits == instance)
			st->job.phase = SEARCH_COUNT;
		else
			st->find.at = st->hit + 1;
	}
	return search_answer(c, row, st, s, 0, work);
}

static enum step strrpos_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct search_state *st = (struct search_state *)c->state;
	struct str s = arg_str(c, 0, row);

	if (st->job.phase == SEARCH_FIND) {
		if (st->n_hits++ == 0)
			st->find.at = SIZE_MAX;
		if (!find_last_step(&st->find, s, arg_str(c, 1, row), work, &st->hit))
			return STEP_YIELD;
		st->job.phase = SEARCH_COUNT;
	}
	return search_answer(c, row, st, s, 0, work);
}

/* POSITION(what IN text): from 1, 0 when there is none. */
static enum step position_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct search_state *st = (struct search_state *)c->state;
	struct str s = arg_str(c, 1, row);

	if (st->job.phase == SEARCH_FIND) {
		if (!find_step(&st->find, s, arg_str(c, 0, row), work, &st->hit))
			return STEP_YIELD;
		st->job.phase = SEARCH_COUNT;
	}
	return search_answer(c, row, st, s, 1, work);
}

static enum step contains_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct search_state *st = (struct search_state *)c->state;
	struct str s = arg_str(c, 0, row), what = arg_str(c, 1, row);

	if (s.len <= TEXT_SLICE) {
		put_bool(c, row, find_short(s, what) != NOT_FOUND);
		*work += s.len;
		return STEP_DONE;
	}
	if (!find_step(&st->find, s, what, work, &st->hit))
		return STEP_YIELD;
	put_bool(c, row, st->hit != NOT_FOUND);
	*st = (struct search_state){ 0 };
	return STEP_DONE;
}

/* Compares argument 1 with the bytes of argument 0 at `from`, a slice at a time. */
static enum step fits_row(struct func_call *c, uint32_t row, size_t *work, bool is_end)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row), what = arg_str(c, 1, row);
	size_t n = MIN(what.len - job->at, TEXT_SLICE), from;
	bool fits = what.len <= s.len;

	if (fits) {
		from = (is_end ? s.len - what.len : 0) + job->at;
		fits = memcmp(s.ptr + from, what.ptr + job->at, n) == 0;
		*work += n;
		job->at += n;
		if (fits && job->at < what.len)
			return STEP_YIELD;
	}
	put_bool(c, row, fits);
	*job = (struct text_job){ 0 };
	return STEP_DONE;
}

static enum step startswith_row(struct func_call *c, uint32_t row, size_t *work)
{
	return fits_row(c, row, work, false);
}

static enum step endswith_row(struct func_call *c, uint32_t row, size_t *work)
{
	return fits_row(c, row, work, true);
}

static enum step strpos(struct func_call *c)
{
	return func_run_rows(c, strpos_row);
}

static enum step strrpos(struct func_call *c)
{
	return func_run_rows(c, strrpos_row);
}

static enum step position(struct func_call *c)
{
	return func_run_rows(c, position_row);
}

static enum step contains(struct func_call *c)
{
	return func_run_rows(c, contains_row);
}

static enum step startswith(struct func_call *c)
{
	return func_run_rows(c, startswith_row);
}

static enum step endswith(struct func_call *c)
{
	return func_run_rows(c, endswith_row);
}

#define SEARCH sizeof(struct search_state)
#define JOB    sizeof(struct text_job)
#define TEXTS                        \
	{                            \
		FT_STRING, FT_STRING \
	}

const struct func_def func_search[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "strpos", TEXTS, FT_INT, FUNC_STRICT, strpos, SEARCH, "strpos('Flußlauf', 'l')", "1" },
	{ "strpos",
	  { FT_STRING, FT_STRING, FT_LONG },
	  FT_INT,
	  FUNC_STRICT,
	  strpos,
	  SEARCH,
	  "strpos('Flußlauf', 'l', 2)",
	  "4" },
	{ "strrpos", TEXTS, FT_INT, FUNC_STRICT, strrpos, SEARCH, "strrpos('Flußlauf', 'l')", "4" },
	{ "position", TEXTS, FT_INT, FUNC_STRICT, position, SEARCH, "position('ß', 'Flußlauf')",
	  "4" },
	{ "contains", TEXTS, FT_BOOL, FUNC_STRICT, contains, SEARCH, "contains('sluice', 'ice')",
	  "true" },
	{ "startswith", TEXTS, FT_BOOL, FUNC_STRICT, startswith, JOB, "startswith('sluice', 'slu')",
	  "true" },
	{ "endswith", TEXTS, FT_BOOL, FUNC_STRICT, endswith, JOB, "endswith('sluice', 'ice')",
	  "true" },
	{ 0 },
};
