/*
 * cast.c - CAST: every pair of types that makes sense, one row each.
 *
 * What loses value is an error, not a wrong number: out of range, text that is
 * no number.  What loses only digits is not: DOUBLE to LONG cuts the fraction,
 * LONG to DOUBLE rounds.
 *
 * Casts are not looked up by name, so they are no family of func.c.
 */
#include <math.h>
#include <string.h>

#include "broker/func/kernel.h"
#include "common/base/num.h"
#include "common/column/format.h"

/* ---- the same lane: copies ---- */

#define KERNEL   copy_bool
#define IN       uint8_t
#define OUT      uint8_t
#define APPLY(a) (a)
#include "broker/func/unary.inc"

#define KERNEL   copy_i64
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) (a)
#include "broker/func/unary.inc"

#define KERNEL   copy_f64
#define IN       double
#define OUT      double
#define APPLY(a) (a)
#include "broker/func/unary.inc"

static enum step copy_str(struct func_call *c)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);

		((struct strv *)c->out)[row] = *arg_strv(c, 0, row);
	}
	return func_done(c, COOP_ROW);
}

/* A bare NULL as a value of any type: STRICT leaves no row to compute. */
static enum step null_to_any(struct func_call *c)
{
	return func_done(c, 0);
}

/* ---- between numbers ---- */

static enum step fail_long(struct func_call *c, int64_t v)
{
	return func_fail(c, "cannot cast %lld to %s: it is out of range", (long long)v,
			 col_types[c->type].name);
}

static enum step fail_double(struct func_call *c, double v)
{
	char text[NUM_F64_CHARS];
	size_t len = num_format_f64(v, text);

	return func_fail(c, "cannot cast %.*s to %s: it is out of range", (int)len, text,
			 col_types[c->type].name);
}

static bool fits_int(int64_t v)
{
	return v == (int32_t)v;
}

static enum step find_wide(struct func_call *c)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		int64_t v = arg_i64(c, 0, sel_row(c->sel, i));

		if (!fits_int(v))
			return fail_long(c, v);
	}
	return func_done(c, COOP_ROW);
}

#define KERNEL   narrow_i64
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) (a)
#define BAD(a)   ((int64_t)(((uint64_t)(a) + 0x80000000u) >> 32))
#define ON_BAD   find_wide
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   i64_to_f64
#define IN       int64_t
#define OUT      double
#define APPLY(a) ((double)(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   i64_to_float
#define IN       int64_t
#define OUT      double
#define APPLY(a) ((double)(float)(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* Above the largest float the result is Infinity, as in Java. */
#define KERNEL   f64_to_float
#define IN       double
#define OUT      double
#define APPLY(a) ((double)(float)(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* -2^63 <= a < 2^63; false for NaN. */
#define IN_LONG(a) ((a) >= -0x1p63 && (a) < 0x1p63)

static enum step find_unlong(struct func_call *c)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		double v = arg_f64(c, 0, sel_row(c->sel, i));

		if (!IN_LONG(v))
			return fail_double(c, v);
	}
	return func_done(c, COOP_ROW);
}

#define KERNEL   f64_to_i64
#define IN       double
#define OUT      int64_t
#define APPLY(a) (IN_LONG(a) ? (int64_t)(a) : 0)
#define BAD(a)   (!IN_LONG(a))
#define ON_BAD   find_unlong
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define IN_INT(a) ((a) > -0x1p31 - 1 && (a) < 0x1p31)

static enum step find_unint(struct func_call *c)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		double v = arg_f64(c, 0, sel_row(c->sel, i));

		if (!IN_INT(v))
			return fail_double(c, v);
	}
	return func_done(c, COOP_ROW);
}

#define KERNEL   f64_to_int
#define IN       double
#define OUT      int64_t
#define APPLY(a) (IN_INT(a) ? (int64_t)(a) : 0)
#define BAD(a)   (!IN_INT(a))
#define ON_BAD   find_unint
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* ---- to and from BOOLEAN ---- */

#define KERNEL   bool_to_i64
#define IN       uint8_t
#define OUT      int64_t
#define APPLY(a) (a)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   bool_to_f64
#define IN       uint8_t
#define OUT      double
#define APPLY(a) ((double)(a))
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   i64_to_bool
#define IN       int64_t
#define OUT      uint8_t
#define APPLY(a) ((a) != 0)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

#define KERNEL   f64_to_bool
#define IN       double
#define OUT      uint8_t
#define APPLY(a) ((a) != 0)
#define CLONES   TARGET_CLONES
#include "broker/func/unary.inc"

/* ---- to STRING ---- */

static enum step print_row(struct func_call *c, uint32_t row, size_t *work)
{
	char text[MAX(NUM_I64_CHARS, TIMESTAMP_CHARS)];
	size_t len;

	*work += WORK(30);
	if (c->args[0].type == COL_TIMESTAMP)
		len = timestamp_format(arg_i64(c, 0, row), text);
	else
		len = num_format_i64(arg_i64(c, 0, row), text);
	return text_copy(c, row, text, len);
}

static enum step i64_to_string(struct func_call *c)
{
	return func_run_rows(c, print_row);
}

static enum step print_f64_row(struct func_call *c, uint32_t row, size_t *work)
{
	char text[NUM_F64_CHARS];
	double v = arg_f64(c, 0, row);
	size_t len;

	*work += WORK(150);
	if (c->args[0].type == COL_FLOAT)
		len = num_format_f32((float)v, text);
	else
		len = num_format_f64(v, text);
	return text_copy(c, row, text, len);
}

static enum step f64_to_string(struct func_call *c)
{
	return func_run_rows(c, print_f64_row);
}

static enum step print_bool_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct str text = arg_bool(c, 0, row) ? STR("true") : STR("false");

	*work += text.len;
	put_str(c, row, text);
	return STEP_DONE;
}

static enum step bool_to_string(struct func_call *c)
{
	return func_run_rows(c, print_bool_row);
}

/* ---- from STRING ---- */

/* No number, date or truth value is longer; spares the parsers what cannot be one. */
#define PARSE_MAX ((size_t)1024)

static enum step fail_text(struct func_call *c, struct str s)
{
	struct str head = text_quote(s);

	return func_fail(c, "cannot cast '" STR_FMT "%s' to %s", STR_ARG(head),
			 head.len < s.len ? "..." : "", col_types[c->type].name);
}

static enum step parse_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct str s = arg_str(c, 0, row);
	struct value v;

	*work += WORK(30) + MIN(s.len, PARSE_MAX);
	if (s.len > PARSE_MAX || !value_parse(s, c->type, &v))
		return fail_text(c, s);
	switch (col_lane_of(c->type)) {
	case LANE_BOOL:
		put_bool(c, row, v.boolean);
		break;
	case LANE_I64:
		put_i64(c, row, v.i64);
		break;
	case LANE_F64:
		put_f64(c, row, v.f64);
		break;
	case LANE_STR:
	case LANE_COUNT:
		ASSERT(!"text is parsed into values only");
	}
	return STEP_DONE;
}

static enum step string_to_value(struct func_call *c)
{
	return func_run_rows(c, parse_row);
}

/* ---- BYTES as hexadecimal text ---- */

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static enum step unhex_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);
	size_t end = job->at + MIN(s.len - job->at, TEXT_SLICE);

	if (s.len % 2 != 0)
		return fail_text(c, s);
	if (!job->out && text_job_begin(c, job, row, s.len / 2) < 0)
		return STEP_FAILED;
	*work += end - job->at;
	for (; job->at < end; job->at += 2) {
		int high = hex_digit(s.ptr[job->at]), low = hex_digit(s.ptr[job->at + 1]);

		if (high < 0 || low < 0)
			return fail_text(c, s);
		job->out[job->out_at++] = (char)(high << 4 | low);
	}
	return job->at < s.len ? STEP_YIELD : text_job_end(c, job, row);
}

static enum step hex_row(struct func_call *c, uint32_t row, size_t *work)
{
	static const char digits[] = "0123456789abcdef";
	struct text_job *job = (struct text_job *)c->state;
	struct str s = arg_str(c, 0, row);
	size_t end = job->at + MIN(s.len - job->at, TEXT_SLICE / 2);

	if (!job->out && text_job_begin(c, job, row, s.len * 2) < 0)
		return STEP_FAILED;
	*work += 2 * (end - job->at);
	for (; job->at < end; job->at++) {
		unsigned char byte = (unsigned char)s.ptr[job->at];

		job->out[job->out_at++] = digits[byte >> 4];
		job->out[job->out_at++] = digits[byte & 15];
	}
	return job->at < s.len ? STEP_YIELD : text_job_end(c, job, row);
}

static enum step string_to_bytes(struct func_call *c)
{
	return func_run_rows(c, unhex_row);
}

static enum step bytes_to_string(struct func_call *c)
{
	return func_run_rows(c, hex_row);
}

/* ---- rows ---- */

#define CAST(kernel, flags)                                                              \
	{                                                                                \
		"cast", { FT_ANY }, FT_ANY, FUNC_STRICT | (flags), kernel, 0, NULL, NULL \
	}
#define CAST_TEXT(kernel, flags)                                           \
	{                                                                  \
		"cast", { FT_ANY }, FT_ANY, FUNC_STRICT | (flags), kernel, \
			sizeof(struct text_job), NULL, NULL                \
	}

static const struct cast {
	enum col_type from, to; /* COL_TYPE_COUNT: to any type */
	struct func_def def;
} casts[] = {
	{ COL_UNKNOWN, COL_TYPE_COUNT, CAST(null_to_any, 0) },

	{ COL_BOOLEAN, COL_BOOLEAN, CAST(copy_bool, FUNC_TOTAL) },
	{ COL_BOOLEAN, COL_INT, CAST(bool_to_i64, FUNC_TOTAL) },
	{ COL_BOOLEAN, COL_LONG, CAST(bool_to_i64, FUNC_TOTAL) },
	{ COL_BOOLEAN, COL_FLOAT, CAST(bool_to_f64, FUNC_TOTAL) },
	{ COL_BOOLEAN, COL_DOUBLE, CAST(bool_to_f64, FUNC_TOTAL) },
	{ COL_BOOLEAN, COL_STRING, CAST(bool_to_string, 0) },

	{ COL_INT, COL_INT, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_INT, COL_LONG, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_INT, COL_FLOAT, CAST(i64_to_float, FUNC_TOTAL) },
	{ COL_INT, COL_DOUBLE, CAST(i64_to_f64, FUNC_TOTAL) },
	{ COL_INT, COL_TIMESTAMP, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_INT, COL_BOOLEAN, CAST(i64_to_bool, FUNC_TOTAL) },
	{ COL_INT, COL_STRING, CAST(i64_to_string, 0) },

	{ COL_LONG, COL_LONG, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_LONG, COL_INT, CAST(narrow_i64, FUNC_FAILS) },
	{ COL_LONG, COL_FLOAT, CAST(i64_to_float, FUNC_TOTAL) },
	{ COL_LONG, COL_DOUBLE, CAST(i64_to_f64, FUNC_TOTAL) },
	{ COL_LONG, COL_TIMESTAMP, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_LONG, COL_BOOLEAN, CAST(i64_to_bool, FUNC_TOTAL) },
	{ COL_LONG, COL_STRING, CAST(i64_to_string, 0) },

	{ COL_FLOAT, COL_FLOAT, CAST(copy_f64, FUNC_TOTAL) },
	{ COL_FLOAT, COL_DOUBLE, CAST(copy_f64, FUNC_TOTAL) },
	{ COL_FLOAT, COL_INT, CAST(f64_to_int, FUNC_FAILS) },
	{ COL_FLOAT, COL_LONG, CAST(f64_to_i64, FUNC_FAILS) },
	{ COL_FLOAT, COL_TIMESTAMP, CAST(f64_to_i64, FUNC_FAILS) },
	{ COL_FLOAT, COL_BOOLEAN, CAST(f64_to_bool, FUNC_TOTAL) },
	{ COL_FLOAT, COL_STRING, CAST(f64_to_string, 0) },

	{ COL_DOUBLE, COL_DOUBLE, CAST(copy_f64, FUNC_TOTAL) },
	{ COL_DOUBLE, COL_FLOAT, CAST(f64_to_float, FUNC_TOTAL) },
	{ COL_DOUBLE, COL_INT, CAST(f64_to_int, FUNC_FAILS) },
	{ COL_DOUBLE, COL_LONG, CAST(f64_to_i64, FUNC_FAILS) },
	{ COL_DOUBLE, COL_TIMESTAMP, CAST(f64_to_i64, FUNC_FAILS) },
	{ COL_DOUBLE, COL_BOOLEAN, CAST(f64_to_bool, FUNC_TOTAL) },
	{ COL_DOUBLE, COL_STRING, CAST(f64_to_string, 0) },

	{ COL_TIMESTAMP, COL_TIMESTAMP, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_TIMESTAMP, COL_LONG, CAST(copy_i64, FUNC_TOTAL) },
	{ COL_TIMESTAMP, COL_INT, CAST(narrow_i64, FUNC_FAILS) },
	{ COL_TIMESTAMP, COL_FLOAT, CAST(i64_to_float, FUNC_TOTAL) },
	{ COL_TIMESTAMP, COL_DOUBLE, CAST(i64_to_f64, FUNC_TOTAL) },
	{ COL_TIMESTAMP, COL_STRING, CAST(i64_to_string, 0) },

	{ COL_STRING, COL_STRING, CAST(copy_str, FUNC_TOTAL) },
	{ COL_STRING, COL_JSON, CAST(copy_str, FUNC_TOTAL) },
	{ COL_STRING, COL_BOOLEAN, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_INT, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_LONG, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_FLOAT, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_DOUBLE, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_TIMESTAMP, CAST(string_to_value, FUNC_FAILS) },
	{ COL_STRING, COL_BYTES, CAST_TEXT(string_to_bytes, FUNC_FAILS) },

	{ COL_JSON, COL_JSON, CAST(copy_str, FUNC_TOTAL) },
	{ COL_JSON, COL_STRING, CAST(copy_str, FUNC_TOTAL) },
	{ COL_JSON, COL_BOOLEAN, CAST(string_to_value, FUNC_FAILS) },
	{ COL_JSON, COL_INT, CAST(string_to_value, FUNC_FAILS) },
	{ COL_JSON, COL_LONG, CAST(string_to_value, FUNC_FAILS) },
	{ COL_JSON, COL_FLOAT, CAST(string_to_value, FUNC_FAILS) },
	{ COL_JSON, COL_DOUBLE, CAST(string_to_value, FUNC_FAILS) },

	{ COL_BYTES, COL_BYTES, CAST(copy_str, FUNC_TOTAL) },
	{ COL_BYTES, COL_STRING, CAST_TEXT(bytes_to_string, FUNC_FAILS) },
};

/* Casts that only change the name of the type: the column may be used as it is. */
static const struct {
	enum col_type from, to;
} free_casts[] = {
	{ COL_INT, COL_LONG },       { COL_FLOAT, COL_DOUBLE }, { COL_TIMESTAMP, COL_LONG },
	{ COL_LONG, COL_TIMESTAMP }, { COL_JSON, COL_STRING },
};

const struct func_def *func_find_cast(enum col_type from, enum col_type to)
{
	for (size_t i = 0; i < ARRAY_SIZE(casts); i++)
		if (casts[i].from == from && (casts[i].to == to || casts[i].to == COL_TYPE_COUNT))
			return &casts[i].def;
	return NULL;
}

bool func_cast_is_free(enum col_type from, enum col_type to)
{
	if (from == to)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(free_casts); i++)
		if (free_casts[i].from == from && free_casts[i].to == to)
			return true;
	return false;
}
