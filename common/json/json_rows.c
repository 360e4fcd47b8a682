/*
 * json_rows.c - rows as JSON arrays, a value or a piece of a text at a time.
 *
 * Room is reserved before a piece is written and the position moves on after
 * it, so the output is whole at every return.  When the output cannot grow, the
 * answer is STEP_YIELD, nothing is lost, and strbuf_ok() says why: the caller
 * asks that before it calls again.
 *
 * Pieces are paid for in small sums, because one value costs less than the
 * payment would.
 */
#include "common/json/json_rows.h"
#include "common/base/num.h"
#include "common/column/format.h"
#include "common/json/json_priv.h"

/* Units that are spent between two looks at the account; a piece of text is the largest step. */
#define STEP_UNITS 4096

/* The longest value that is no text, quotes, and what stands around it. */
#define VALUE_ROOM 64

/* Units for a value, to which COOP_BYTES() of the output and what is special to its type are added. */
#define PRICE_VALUE  12
#define PRICE_DOUBLE 50
#define PRICE_TIME   20

/*
 * text_offset has no meaning between rows, so it says there whether a row of
 * this batch is out.  The comma is then right whether the caller passes the
 * same `first` with every call or works it out anew.
 */
#define ROW_BEFORE 1

struct rows_writer {
	const struct batch *batch;
	struct json_rows *pos;
	struct strbuf *out;
	int64_t units; /* not paid yet */
	bool first;
};

/* Where to write; NULL when the output cannot grow. */
static inline char *room(struct strbuf *out, size_t n)
{
	if (out->cap - out->len <= n && strbuf_reserve(out, n + 1) < 0)
		return NULL;
	return out->ptr + out->len;
}

/* What lies before end is written: it counts, and is owed for. */
static inline void advance(struct rows_writer *w, char *end)
{
	size_t len = (size_t)(end - w->out->ptr);

	*end = '\0';
	w->units += PRICE_VALUE + COOP_BYTES(len - w->out->len);
	w->out->len = len;
}

static inline char *put_text(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}

static char *open_row(struct rows_writer *w, char *p)
{
	if (!w->first || w->pos->text_offset == ROW_BEFORE)
		*p++ = ',';
	*p++ = '[';
	return p;
}

static inline char *open_cell(struct rows_writer *w, char *p)
{
	if (w->pos->col == 0)
		return open_row(w, p);
	*p++ = ',';
	return p;
}

static char *close_row(struct rows_writer *w, char *p)
{
	*p++ = ']';
	w->pos->row++;
	w->pos->col = 0;
	w->pos->text_offset = ROW_BEFORE;
	return p;
}

static inline char *close_cell(struct rows_writer *w, char *p)
{
	w->pos->in_value = false;
	w->pos->text_offset = 0;
	return ++w->pos->col == w->batch->n_cols ? close_row(w, p) : p;
}

static inline size_t value_at(const struct column *c, uint32_t row, const void **values)
{
	*values = c->form == COL_DICT ? c->dict->values : c->values;
	if (c->form == COL_FLAT)
		return row;
	return c->form == COL_DICT ? ((const uint32_t *)c->values)[row] : 0;
}

/*
 * Eight decimal digits of v < 10^8 as text in one word, leading zeros included:
 * halves, then pairs, then digits, each step for all parts at once.  The digit
 * of the highest value is the lowest byte.
 */
static inline uint64_t eight_digits(uint32_t v)
{
	uint64_t halves = v / 10000 | (uint64_t)(v % 10000) << 32;
	uint64_t high_pairs = (halves * 10486 >> 20) & 0x0000007f0000007full;
	uint64_t pairs = high_pairs | (halves - 100 * high_pairs) << 16;
	uint64_t tens = (pairs * 103 >> 10) & 0x000f000f000f000full;

	return (tens | (pairs - 10 * tens) << 8) + 0x3030303030303030ull;
}

/* Up to eight digits without leading zeros.  Eight bytes are written. */
static inline char *put_head(uint32_t v, char *p)
{
	uint64_t digits = eight_digits(v);
	unsigned n_zeros =
		(unsigned)__builtin_ctzll((digits ^ 0x3030303030303030ull) | 1ull << 63) / 8;

	digits >>= 8 * n_zeros;
	memcpy(p, &digits, sizeof(digits));
	return p + 8 - n_zeros;
}

static inline char *put_tail(uint32_t v, char *p)
{
	uint64_t digits = eight_digits(v);

	memcpy(p, &digits, sizeof(digits));
	return p + sizeof(digits);
}

/* Integers are most of what is written, so they are printed in whole words. */
static inline char *put_i64(int64_t v, char *p)
{
	const uint64_t e8 = 100000000;
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	if (v < 0)
		*p++ = '-';
	if (left < e8)
		return put_head((uint32_t)left, p);
	if (left < e8 * e8) {
		p = put_head((uint32_t)(left / e8), p);
	} else {
		p = put_head((uint32_t)(left / e8 / e8), p);
		p = put_tail((uint32_t)(left / e8 % e8), p);
	}
	return put_tail((uint32_t)(left % e8), p);
}

/* NaN and the infinities are no JSON numbers. */
static char *put_f64(enum col_type type, double v, char *p)
{
	bool is_finite = __builtin_isfinite(v);

	if (!is_finite)
		*p++ = '"';
	p += type == COL_FLOAT ? num_format_f32((float)v, p) : num_format_f64(v, p);
	if (!is_finite)
		*p++ = '"';
	return p;
}

static char *put_time(int64_t ms, char *p)
{
	*p++ = '"';
	p += timestamp_format(ms, p);
	*p++ = '"';
	return p;
}

/* A value that is there and no text. */
static inline char *put_fixed(struct rows_writer *w, const struct column *c, uint32_t row, char *p)
{
	const void *values;
	size_t i = value_at(c, row, &values);

	switch (col_lane_of(c->type)) {
	case LANE_BOOL:
		return ((const uint8_t *)values)[i] ? put_text(p, "true", 4)
						    : put_text(p, "false", 5);
	case LANE_I64:
		if (c->type != COL_TIMESTAMP)
			return put_i64(((const int64_t *)values)[i], p);
		w->units += PRICE_TIME;
		return put_time(((const int64_t *)values)[i], p);
	case LANE_F64:
		w->units += PRICE_DOUBLE;
		return put_f64(c->type, ((const double *)values)[i], p);
	case LANE_STR:
	case LANE_COUNT:
		break;
	}
	return p;
}

static char *put_hex(struct str text, size_t *pos, size_t end, char *p)
{
	static const char digits[] = "0123456789abcdef";

	for (; *pos < end; ++*pos) {
		unsigned char byte = (unsigned char)text.ptr[*pos];

		*p++ = digits[byte >> 4];
		*p++ = digits[byte & 15];
	}
	return p;
}

/* A text, or the next piece of a long one. */
static int write_text(struct rows_writer *w, const struct column *c)
{
	struct json_rows *pos = w->pos;
	const void *values;
	size_t i = value_at(c, pos->row, &values);
	struct str text = strv_str((const struct strv *)values + i);
	size_t from = pos->in_value ? pos->text_offset : 0;
	size_t offset = from, end = from + MIN(text.len - from, JSON_PIECE);
	char *p = room(w->out, JSON_ESCAPE_ROOM(end - from) + VALUE_ROOM);

	if (!p)
		return -1;
	if (!pos->in_value) {
		p = open_cell(w, p);
		*p++ = '"';
	}
	if (c->type == COL_BYTES)
		p = put_hex(text, &offset, end, p);
	else
		p = json_escape_piece(p, text, &offset, end);
	pos->in_value = true;
	pos->text_offset = offset;
	if (offset == text.len) {
		*p++ = '"';
		p = close_cell(w, p);
	}
	advance(w, p);
	return 0;
}

static int write_fixed(struct rows_writer *w, const struct column *c, bool is_null)
{
	char *p = room(w->out, VALUE_ROOM);

	if (!p)
		return -1;
	p = open_cell(w, p);
	p = is_null ? put_text(p, "null", 4) : put_fixed(w, c, w->pos->row, p);
	advance(w, close_cell(w, p));
	return 0;
}

static int write_empty_row(struct rows_writer *w)
{
	char *p = room(w->out, VALUE_ROOM);

	if (!p)
		return -1;
	advance(w, close_row(w, open_row(w, p)));
	return 0;
}

static inline int write_piece(struct rows_writer *w)
{
	const struct column *c = &w->batch->cols[w->pos->col];
	bool is_null;

	if (w->batch->n_cols == 0)
		return write_empty_row(w);
	is_null = !col_is_valid(c, w->pos->row) || c->type == COL_UNKNOWN;
	if (!is_null && col_lane_of(c->type) == LANE_STR)
		return write_text(w, c);
	return write_fixed(w, c, is_null);
}

enum step json_rows_write(const struct batch *b, uint32_t to, bool first, struct json_rows *pos,
			  size_t max_bytes, struct strbuf *out, struct coop *coop)
{
	struct rows_writer w = { .batch = b, .pos = pos, .out = out, .first = first };

	while (pos->row < to) {
		bool is_stuck = false;

		if (out->len >= max_bytes || !coop_go(coop))
			return STEP_YIELD;
		while (pos->row < to && out->len < max_bytes && w.units < STEP_UNITS && !is_stuck)
			is_stuck = write_piece(&w) < 0;
		coop_pay(coop, w.units);
		w.units = 0;
		if (is_stuck)
			return STEP_YIELD;
	}
	return STEP_DONE;
}
