/*
 * like.c - LIKE: % stands for any text, _ for one code point.
 *
 * A pattern is cut at its % into pieces.  The first is compared at the start
 * of the text, the last at its end, and those between are searched from left
 * to right; taking the leftmost place for each is right, because it leaves the
 * most room for the rest.  A piece is a row of segments: so many code points
 * to skip, then literal text.  So the common '%word%' is one search.
 *
 * Without an ESCAPE clause a backslash makes a following % or _ literal and is
 * an ordinary character elsewhere, at the end of the pattern and in front of
 * another backslash too, as Pinot has it.  With one, the escape character must
 * stand in front of %, _ or itself, and anything else is an error, as standard
 * SQL and Calcite have it (SQL-92 8.5): whether 'a!b' is meant to be 'ab' or
 * 'a!b', others disagree about.
 */
#include <string.h>

#include "broker/func/find.h"
#include "broker/func/kernel.h"
#include "broker/func/utf8.h"

/* A longer pattern is a mistake, and would make matching steps long. */
#define PATTERN_MAX ((size_t)65536)

struct segment {
	uint32_t skip; /* code points before the text */
	struct str text;
};

struct piece {
	const struct segment *segments;
	uint32_t n_segments; /* at least 1 */
};

struct like_pattern {
	const struct piece *pieces;
	uint32_t n_pieces;
	bool has_head; /* the first piece stands at the start */
	bool has_tail; /* the last piece stands at the end */
	bool is_exact; /* no % at all: one piece, which is the whole text */
	bool is_word;  /* %text%, the most common of all: one search */
};

/* ---- compiling ---- */

struct compiler {
	struct str pattern;
	char escape;         /* 0: none */
	bool escapes_itself; /* two escapes are one character */
	size_t at;
	char *text;              /* where literal bytes go */
	struct segment *segment; /* being built, or the next free one */
	struct piece *piece;     /* being built, or the next free one */
	bool is_in_piece;
	bool has_percent;
	bool has_head;
};

static void begin_piece(struct compiler *k)
{
	if (k->is_in_piece)
		return;
	k->is_in_piece = true;
	k->has_head |= !k->has_percent;
	*k->segment = (struct segment){ .text = { k->text, 0 } };
	*k->piece = (struct piece){ .segments = k->segment, .n_segments = 1 };
}

static void end_piece(struct compiler *k)
{
	if (!k->is_in_piece)
		return;
	k->is_in_piece = false;
	k->segment++;
	k->piece++;
}

static void add_skip(struct compiler *k)
{
	begin_piece(k);
	if (k->segment->text.len > 0) {
		*++k->segment = (struct segment){ .text = { k->text, 0 } };
		k->piece->n_segments++;
	}
	k->segment->skip++;
}

static void add_literal(struct compiler *k, char ch)
{
	begin_piece(k);
	*k->text++ = ch;
	k->segment->text.len++;
}

static bool is_wildcard(char ch)
{
	return ch == '%' || ch == '_';
}

/* True when the escape at k->at makes the next character literal. */
static bool is_escaping(const struct compiler *k)
{
	char next;

	if (!k->escape || k->pattern.ptr[k->at] != k->escape || k->at + 1 == k->pattern.len)
		return false;
	next = k->pattern.ptr[k->at + 1];
	return is_wildcard(next) || (k->escapes_itself && next == k->escape);
}

static void compile_pattern(struct compiler *k)
{
	for (; k->at < k->pattern.len; k->at++) {
		char ch = k->pattern.ptr[k->at];

		if (is_escaping(k)) {
			add_literal(k, k->pattern.ptr[++k->at]);
		} else if (ch == '%') {
			end_piece(k);
			k->has_percent = true;
		} else if (ch == '_') {
			add_skip(k);
		} else {
			add_literal(k, ch);
		}
	}
}

/* Pieces and segments are at most one more than there are wildcards. */
static size_t count_wildcards(struct str pattern)
{
	size_t n = 0;

	for (size_t i = 0; i < pattern.len; i++)
		n += is_wildcard(pattern.ptr[i]);
	return n;
}

/* Takes pattern and escape from k, and everything in the pattern as valid. */
static int compile(struct compiler k, struct arena *arena, const struct like_pattern **out,
		   struct error *err)
{
	struct str pattern = k.pattern;
	struct like_pattern *p;
	struct piece *pieces;
	size_t n;

	if (pattern.len > PATTERN_MAX)
		return error_set(err, ERR_SQL_RUNTIME,
				 "LIKE pattern of %zu bytes is too long; the limit is %zu",
				 pattern.len, PATTERN_MAX);
	n = count_wildcards(pattern) + 1;
	p = ARENA_NEW(arena, struct like_pattern, err);
	pieces = p ? arena_calloc(arena, n * sizeof(*pieces), err) : NULL;
	k.segment = pieces ? arena_calloc(arena, n * sizeof(*k.segment), err) : NULL;
	k.text = k.segment ? arena_alloc_bytes(arena, pattern.len + 1, err) : NULL;
	if (!k.text)
		return -1;
	k.piece = pieces;
	compile_pattern(&k);
	p->has_tail = k.has_percent && k.is_in_piece;
	end_piece(&k);
	p->pieces = pieces;
	p->n_pieces = (uint32_t)(k.piece - pieces);
	p->has_head = k.has_head;
	p->is_exact = !k.has_percent;
	p->is_word = p->n_pieces == 1 && !p->has_head && !p->has_tail && pieces->n_segments == 1 &&
		     pieces->segments->skip == 0;
	*out = p;
	return 0;
}

/* Each escape stands in front of a wildcard or of itself. */
static int check_escapes(struct str pattern, char escape, struct error *err)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] != escape)
			continue;
		if (++i == pattern.len)
			return error_set(err, ERR_SQL_RUNTIME,
					 "LIKE pattern ends in its escape character %c", escape);
		if (!is_wildcard(pattern.ptr[i]) && pattern.ptr[i] != escape)
			return error_set(err, ERR_SQL_RUNTIME,
					 "invalid escape sequence in the LIKE pattern '" STR_FMT
					 "': behind %c stands %%, _ or %c again",
					 STR_ARG(text_quote(pattern)), escape, escape);
	}
	return 0;
}

int like_compile(struct str pattern, char escape, struct arena *arena,
		 const struct like_pattern **out, struct error *err)
{
	struct compiler k = { .pattern = pattern, .escape = escape, .escapes_itself = true };

	if (escape && check_escapes(pattern, escape, err) < 0)
		return -1;
	return compile(k, arena, out, err);
}

/* Without an ESCAPE clause. */
static int compile_plain(struct str pattern, struct arena *arena, const struct like_pattern **out,
			 struct error *err)
{
	struct compiler k = { .pattern = pattern, .escape = '\\' };

	return compile(k, arena, out, err);
}

/* ---- matching ---- */

/* Moves *at over n code points; false when the text has fewer. */
static bool skip_forward(struct str text, size_t *at, uint32_t n)
{
	for (; n > 0; n--) {
		if (*at >= text.len)
			return false;
		do
			++*at;
		while (*at < text.len && utf8_is_continuation(text.ptr[*at]));
	}
	return true;
}

static bool skip_backward(struct str text, size_t *at, uint32_t n)
{
	for (; n > 0; n--) {
		if (*at == 0)
			return false;
		do
			--*at;
		while (*at > 0 && utf8_is_continuation(text.ptr[*at]));
	}
	return true;
}

/* Matches segments from *at on and moves *at behind them. */
static bool fits_forward(const struct segment *s, uint32_t n, struct str text, size_t *at)
{
	for (; n > 0; n--, s++) {
		if (!skip_forward(text, at, s->skip) || s->text.len > text.len - *at)
			return false;
		if (memcmp(text.ptr + *at, s->text.ptr, s->text.len) != 0)
			return false;
		*at += s->text.len;
	}
	return true;
}

/* Matches a piece that ends at *at and moves *at to its start. */
static bool fits_backward(const struct piece *p, struct str text, size_t *at)
{
	for (uint32_t n = p->n_segments; n > 0; n--) {
		const struct segment *s = &p->segments[n - 1];

		if (s->text.len > *at)
			return false;
		*at -= s->text.len;
		if (memcmp(text.ptr + *at, s->text.ptr, s->text.len) != 0)
			return false;
		if (!skip_backward(text, at, s->skip))
			return false;
	}
	return true;
}

static size_t piece_bytes(const struct piece *p)
{
	const struct segment *last = &p->segments[p->n_segments - 1];

	return (size_t)(last->text.ptr + last->text.len - p->segments[0].text.ptr) + p->n_segments;
}

static bool fits_tail(const struct like_pattern *p, struct str text, size_t from, size_t *work)
{
	size_t at = text.len;

	if (!p->has_tail)
		return true;
	*work += piece_bytes(&p->pieces[p->n_pieces - 1]);
	return fits_backward(&p->pieces[p->n_pieces - 1], text, &at) && at >= from;
}

/* What the first segment of a floating piece skips may be skipped before the search. */
static bool enter_piece(const struct like_pattern *p, struct str text, struct like_state *st)
{
	return st->piece >= p->n_pieces - p->has_tail ||
	       skip_forward(text, &st->text, p->pieces[st->piece].segments[0].skip);
}

/* Compares the ends of the text and stands before the first floating piece. */
static bool like_begin(const struct like_pattern *p, struct str text, struct like_state *st,
		       size_t *work)
{
	st->is_running = true;
	if (p->has_head) {
		const struct piece *head = &p->pieces[0];

		*work += piece_bytes(head);
		if (!fits_forward(head->segments, head->n_segments, text, &st->text))
			return false;
		st->piece = 1;
	}
	if (st->piece + p->has_tail < p->n_pieces && !fits_tail(p, text, st->text, work))
		return false;
	return enter_piece(p, text, st);
}

enum place { PLACE_NONE, PLACE_FOUND, PLACE_AGAIN };

/* One step of looking for the piece st->piece from st->text on. */
static enum place place_piece(const struct like_pattern *p, struct str text, struct like_state *st,
			      size_t *work)
{
	const struct piece *piece = &p->pieces[st->piece];
	struct find_state find = { .at = st->text, .verified = st->anchor };
	size_t hit, end;

	if (!find_step(&find, text, piece->segments[0].text, work, &hit)) {
		st->text = find.at;
		st->anchor = find.verified;
		return PLACE_AGAIN;
	}
	st->anchor = 0;
	if (hit == NOT_FOUND)
		return PLACE_NONE;
	end = hit + piece->segments[0].text.len;
	if (piece->n_segments > 1) {
		*work += piece_bytes(piece);
		if (!fits_forward(piece->segments + 1, piece->n_segments - 1, text, &end)) {
			st->text = hit + 1;
			return PLACE_AGAIN;
		}
	}
	st->text = end;
	st->piece++;
	return enter_piece(p, text, st) ? PLACE_FOUND : PLACE_NONE;
}

/* True when decided.  Does about a slice of work. */
static bool like_step(const struct like_pattern *p, struct str text, struct like_state *st,
		      size_t *work, bool *matches)
{
	size_t stop = *work + TEXT_SLICE;

	*matches = false;
	if (!st->is_running && !like_begin(p, text, st, work))
		return true;
	while (st->piece + p->has_tail < p->n_pieces) {
		enum place place = place_piece(p, text, st, work);

		if (place == PLACE_NONE)
			return true;
		if (place == PLACE_AGAIN && *work >= stop)
			return false;
	}
	*matches = p->is_exact ? st->text == text.len : fits_tail(p, text, st->text, work);
	return true;
}

enum step like_match(const struct like_pattern *p, struct str text, struct like_state *state,
		     struct coop *coop, bool *matches)
{
	bool is_decided;

	do {
		size_t work = 0;

		is_decided = like_step(p, text, state, &work, matches);
		coop_pay(coop, COOP_BYTES(work) + 1);
	} while (!is_decided && coop_go(coop));
	return is_decided ? STEP_DONE : STEP_YIELD;
}

/* ---- the function ---- */

struct like_call {
	struct like_state match;
	const struct like_pattern *pattern; /* in call->text; NULL: to be compiled */
};

/* With an ESCAPE clause, which is a third argument. */
static int compile_escaped(struct func_call *c, uint32_t row, const struct like_pattern **out)
{
	struct str escape = arg_str(c, 2, row);

	if (escape.len != 1)
		return error_set(c->err, ERR_SQL_RUNTIME,
				 "ESCAPE must be one ASCII character, not '" STR_FMT "'",
				 STR_ARG(text_quote(escape)));
	return like_compile(arg_str(c, 1, row), escape.ptr[0], c->text, out, c->err);
}

/* The pattern for a row; NULL with the error raised. */
static const struct like_pattern *like_prepare(struct func_call *c, uint32_t row)
{
	const struct like_pattern *p = NULL;
	int r;

	if (c->n_args == 2)
		r = compile_plain(arg_str(c, 1, row), c->text, &p, c->err);
	else
		r = compile_escaped(c, row, &p);
	if (r < 0)
		c->err->sql_offset = c->sql_offset;
	return r < 0 ? NULL : p;
}

static ALWAYS_INLINE enum step like_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct like_call *st = (struct like_call *)c->state;
	struct str text = arg_str(c, 0, row);
	const struct like_pattern *p = st->pattern;
	bool matches;

	if (!p)
		p = st->pattern = like_prepare(c, row);
	if (!p)
		return STEP_FAILED;
	if (p->is_word && text.len <= TEXT_SLICE) {
		put_bool(c, row, find_short(text, p->pieces->segments->text) != NOT_FOUND);
		*work += text.len;
		return STEP_DONE;
	}
	if (!like_step(p, text, &st->match, work, &matches))
		return STEP_YIELD;
	put_bool(c, row, matches);
	st->match = (struct like_state){ 0 };
	return STEP_DONE;
}

static ALWAYS_INLINE enum step like_row_each(struct func_call *c, uint32_t row, size_t *work)
{
	struct like_call *st = (struct like_call *)c->state;
	enum step s;

	if (!st->match.is_running)
		st->pattern = NULL;
	s = like_row(c, row, work);
	*work += arg_strv(c, 1, row)->len;
	return s;
}

static enum step like(struct func_call *c)
{
	struct like_call *st = (struct like_call *)c->state;
	bool is_const = arg_is_const(c, 1) && (c->n_args == 2 || arg_is_const(c, 2));
	enum step s = is_const ? func_run_rows(c, like_row) : func_run_rows(c, like_row_each);

	/* The pattern lives in memory of this batch. */
	if (s == STEP_DONE)
		st->pattern = NULL;
	return s;
}

const struct func_def func_like[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "like",
	  { FT_STRING, FT_STRING },
	  FT_BOOL,
	  FUNC_STRICT,
	  like,
	  sizeof(struct like_call),
	  "like('sluice gate', '%gat_')",
	  "true" },
	{ "like",
	  { FT_STRING, FT_STRING, FT_STRING },
	  FT_BOOL,
	  FUNC_STRICT | FUNC_FAILS,
	  like,
	  sizeof(struct like_call),
	  "like('50%', '50!%', '!')",
	  "true" },
	{ 0 },
};
