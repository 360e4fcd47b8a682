/*
 * convert.c - see convert.h.
 *
 * Each loop has a fast path for the usual form of a value, and falls back to
 * the parsers that everything else uses (num.h, format.h), which also decide
 * what is wrong.
 */
#include "broker/table/convert.h"

#include <math.h>

#include "broker/table/segment.h"
#include "common/base/error.h"
#include "common/base/num.h"
#include "common/column/format.h"

#define SHOWN_BYTES 60 /* of a value in a message */

struct conversion {
	struct convert_column *column;
	uint32_t index; /* of the column */
	const struct csv_reader *reader;
	const struct csv_rows *rows;
	struct column_builder *to;
	uint32_t first; /* row of the builder */
	struct error *err;
};

static const struct csv_field *field_of(const struct conversion *c, uint32_t row)
{
	return &c->rows->fields[(size_t)row * c->rows->n_fields + c->index];
}

static struct str text_of(const struct csv_field *f)
{
	return (struct str){ f->ptr, f->len };
}

static int refuse(const struct conversion *c, uint32_t row)
{
	const char *type = col_types[c->column->type].name;
	struct str text = text_of(field_of(c, row));
	struct str shown = { text.ptr, str_utf8_cut(text, SHOWN_BYTES) };
	const char *more = shown.len < text.len ? "..." : "";
	const char *article = strchr("AEIOU", type[0]) ? "an" : "a";

	if (c->column->n_inferred == 0)
		return csv_error(c->reader, c->rows, row, c->index, c->err,
				 "'" STR_FMT "%s' is not %s %s (column %s)", STR_ARG(shown), more,
				 article, type, c->column->name);
	return csv_error(
		c->reader, c->rows, row, c->index, c->err,
		"'" STR_FMT
		"%s' is not %s %s (column %s was inferred from the first %u rows; give --schema to say otherwise)",
		STR_ARG(shown), more, article, type, c->column->name, c->column->n_inferred);
}

/* ---- integers ---- */

/* Eight decimal digits at once; false when one is none.  (Lemire 2018.) */
static inline bool eight_digits(const char *ptr, uint64_t *out)
{
	uint64_t word;

	memcpy(&word, ptr, 8);
	if (((word & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
	     (((word + UINT64_C(0x0606060606060606)) & UINT64_C(0xf0f0f0f0f0f0f0f0)) >> 4)) !=
	    UINT64_C(0x3333333333333333))
		return false;
	word -= UINT64_C(0x3030303030303030);
	word = word * 10 + (word >> 8);
	word = ((word & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064) +
		((word >> 16) & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001)) >>
	       32;
	*out = (uint32_t)word;
	return true;
}

/* Up to 19 digits with an optional minus; everything else is left to num_parse_i64(). */
static inline bool parse_i64(struct str s, int64_t *out)
{
	const char *at = s.ptr, *end = s.ptr + s.len;
	bool is_minus = s.len > 0 && *at == '-';
	uint64_t v = 0, part;

	at += is_minus;
	if (at == end || end - at > 19)
		return num_parse_i64(s, out);
	for (; end - at >= 8; at += 8) {
		if (!eight_digits(at, &part))
			return num_parse_i64(s, out);
		v = v * 100000000 + part;
	}
	for (; at < end; at++) {
		unsigned digit = (unsigned)(unsigned char)*at - '0';

		if (digit > 9)
			return num_parse_i64(s, out);
		v = v * 10 + digit;
	}
	/* 19 digits fit 64 bits, but not all of them 63. */
	if (v > (uint64_t)INT64_MAX)
		return num_parse_i64(s, out);
	*out = is_minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static int convert_integers(const struct conversion *c)
{
	int64_t *values = (int64_t *)c->to->values + c->first;

	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);

		if (f->len == 0) {
			if (column_builder_set_null(c->to, c->first + row, c->err) < 0)
				return -1;
		} else if (!parse_i64(text_of(f), &values[row])) {
			return refuse(c, row);
		} else if (c->column->type == COL_INT && values[row] != (int32_t)values[row]) {
			if (c->column->n_inferred == 0)
				return refuse(c, row);
			c->column->type = COL_LONG;
		}
	}
	return 0;
}

/* ---- doubles and booleans ---- */

/* No number ends in a letter but the word. */
static bool means_infinity(struct str text)
{
	return (text.ptr[text.len - 1] | 0x20) == 'y';
}

bool convert_f64(struct str text, double *out)
{
	double v;

	if (!num_parse_f64(text, &v) || (isinf(v) && !means_infinity(text)))
		return false;
	*out = v;
	return true;
}

/* The nearest FLOAT. */
static bool convert_f32(struct str text, double *out)
{
	double v;

	if (!convert_f64(text, &v) || (isinf((float)v) && !isinf(v)))
		return false;
	*out = (double)(float)v;
	return true;
}

static int convert_doubles(const struct conversion *c)
{
	double *values = (double *)c->to->values + c->first;
	bool (*parse)(struct str text, double *out) =
		c->column->type == COL_FLOAT ? convert_f32 : convert_f64;

	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);

		if (f->len == 0) {
			if (column_builder_set_null(c->to, c->first + row, c->err) < 0)
				return -1;
		} else if (!parse(text_of(f), &values[row])) {
			return refuse(c, row);
		}
	}
	return 0;
}

static int convert_booleans(const struct conversion *c)
{
	uint8_t *values = (uint8_t *)c->to->values + c->first;

	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);
		bool v = false;

		if (f->len == 0) {
			if (column_builder_set_null(c->to, c->first + row, c->err) < 0)
				return -1;
		} else if (!boolean_parse(text_of(f), &v)) {
			return refuse(c, row);
		}
		values[row] = v;
	}
	return 0;
}

/* ---- timestamps ---- */

static bool two_digits(const char *ptr, unsigned max, unsigned *out)
{
	unsigned tens = (unsigned)(unsigned char)ptr[0] - '0';
	unsigned ones = (unsigned)(unsigned char)ptr[1] - '0';

	*out = tens * 10 + ones;
	return tens <= 9 && ones <= 9 && *out <= max;
}

/* "yyyy-MM-dd[ HH:mm:ss]" whose date is the last one again; false: no such luck. */
static bool parse_same_date(const struct convert_column *column, struct str s, int64_t *ms)
{
	unsigned hour, minute, second;

	if (s.len < 10 || memcmp(s.ptr, column->date, sizeof(column->date)) != 0)
		return false;
	*ms = column->date_ms;
	if (s.len == 10)
		return true;
	if (s.len != 19 || s.ptr[10] != ' ' || s.ptr[13] != ':' || s.ptr[16] != ':' ||
	    !two_digits(s.ptr + 11, 23, &hour) || !two_digits(s.ptr + 14, 59, &minute) ||
	    !two_digits(s.ptr + 17, 59, &second))
		return false;
	*ms += ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
	return true;
}

static void remember_date(struct convert_column *column, struct str s)
{
	int64_t ms;

	if (s.len >= 10 && timestamp_parse((struct str){ s.ptr, 10 }, false, &ms)) {
		memcpy(column->date, s.ptr, sizeof(column->date));
		column->date_ms = ms;
	}
}

static int convert_timestamps(const struct conversion *c)
{
	int64_t *values = (int64_t *)c->to->values + c->first;
	bool allow_epoch = c->column->n_inferred == 0;

	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);

		if (f->len == 0) {
			if (column_builder_set_null(c->to, c->first + row, c->err) < 0)
				return -1;
		} else if (!parse_same_date(c->column, text_of(f), &values[row])) {
			if (!timestamp_parse(text_of(f), allow_epoch, &values[row]))
				return refuse(c, row);
			remember_date(c->column, text_of(f));
		}
	}
	return 0;
}

/* ---- texts ---- */

/* So that rows can be copied without looking at the room. */
static int reserve_text(const struct conversion *c)
{
	size_t bytes = 0;

	for (uint32_t row = 0; row < c->rows->n_rows; row++)
		bytes += field_of(c, row)->len;
	return column_builder_reserve_text(c->to, bytes, c->err);
}

static int convert_strings(const struct conversion *c)
{
	struct column_builder *b = c->to;
	uint32_t *ends = (uint32_t *)b->values + c->first;

	if (reserve_text(c) < 0)
		return -1;
	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);

		if (!f->ptr) {
			if (column_builder_set_null(b, c->first + row, c->err) < 0)
				return -1;
			continue;
		}
		memcpy(b->text + b->text_bytes, f->ptr, f->len);
		b->text_bytes += f->len;
		ends[row] = (uint32_t)b->text_bytes;
	}
	return 0;
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Appends the bytes that hexadecimal text stands for. */
static bool put_hex(struct column_builder *b, struct str s)
{
	if (s.len % 2 != 0)
		return false;
	for (size_t i = 0; i < s.len; i += 2) {
		int high = hex_digit(s.ptr[i]), low = hex_digit(s.ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		b->text[b->text_bytes++] = (char)(high << 4 | low);
	}
	return true;
}

static int convert_bytes(const struct conversion *c)
{
	if (reserve_text(c) < 0)
		return -1;
	for (uint32_t row = 0; row < c->rows->n_rows; row++) {
		const struct csv_field *f = field_of(c, row);

		if (!f->ptr) {
			if (column_builder_set_null(c->to, c->first + row, c->err) < 0)
				return -1;
			continue;
		}
		if (!put_hex(c->to, text_of(f)))
			return refuse(c, row);
		((uint32_t *)c->to->values)[c->first + row] = (uint32_t)c->to->text_bytes;
	}
	return 0;
}

/* ---- all ---- */

static int convert_column(const struct conversion *c)
{
	switch (c->column->type) {
	case COL_BOOLEAN:
		return convert_booleans(c);
	case COL_INT:
	case COL_LONG:
		return convert_integers(c);
	case COL_FLOAT:
	case COL_DOUBLE:
		return convert_doubles(c);
	case COL_TIMESTAMP:
		return convert_timestamps(c);
	case COL_STRING:
	case COL_JSON:
		return convert_strings(c);
	case COL_BYTES:
		return convert_bytes(c);
	case COL_UNKNOWN:
	case COL_TYPE_COUNT:
		break;
	}
	return error_set(c->err, ERR_INTERNAL, "no such column type");
}

int convert_rows(struct convert_column *columns, const struct csv_reader *reader,
		 const struct csv_rows *rows, struct segment_writer *writer, struct error *err)
{
	if (segment_writer_reserve(writer, rows->n_rows, err) < 0)
		return -1;
	for (uint32_t i = 0; i < rows->n_fields; i++) {
		struct conversion c = { .column = &columns[i],
					.index = i,
					.reader = reader,
					.rows = rows,
					.to = segment_writer_column(writer, i),
					.first = segment_writer_n_rows(writer),
					.err = err };

		if (convert_column(&c) < 0)
			return -1;
	}
	segment_writer_advance(writer, rows->n_rows);
	return 0;
}
