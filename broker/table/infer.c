/*
 * infer.c - see infer.h.
 */
#include "broker/table/infer.h"

#include "broker/table/convert.h"
#include "common/base/num.h"
#include "common/column/format.h"

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* A code like "02134", or text that a number should not begin with. */
static bool is_code(struct str s)
{
	if (s.len > 0 && s.ptr[0] == '+')
		return true;
	if (s.len > 0 && s.ptr[0] == '-')
		s = (struct str){ s.ptr + 1, s.len - 1 };
	return s.len > 1 && s.ptr[0] == '0' && is_digit(s.ptr[1]);
}

static bool has_only_digits(struct str s)
{
	for (size_t i = s.len > 0 && s.ptr[0] == '-'; i < s.len; i++)
		if (!is_digit(s.ptr[i]))
			return false;
	return true;
}

static bool has_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_digit(s.ptr[i]))
			return true;
	return false;
}

static void add_number(struct infer *f, struct str text)
{
	int64_t i64;
	double f64;

	if (!is_code(text) && num_parse_i64(text, &i64)) {
		f->has_digits = true;
		f->not_int |= i64 < INT32_MIN || i64 > INT32_MAX;
		return;
	}
	f->not_int = f->not_long = true;
	if (is_code(text) || has_only_digits(text) || !convert_f64(text, &f64))
		f->not_double = true;
	else
		f->has_digits |= has_digits(text);
}

void infer_add(struct infer *f, struct str text)
{
	int64_t ms;

	f->has_value = true;
	if (!f->not_double)
		add_number(f, text);
	if (!f->not_boolean)
		f->not_boolean =
			!str_eq_nocase(text, STR("true")) && !str_eq_nocase(text, STR("false"));
	if (!f->not_timestamp)
		f->not_timestamp = !timestamp_parse(text, false, &ms);
}

enum col_type infer_type(const struct infer *f)
{
	if (!f->has_value)
		return COL_STRING;
	if (f->has_digits && !f->not_double)
		return f->not_long ? COL_DOUBLE : f->not_int ? COL_LONG : COL_INT;
	if (!f->not_boolean)
		return COL_BOOLEAN;
	if (!f->not_timestamp)
		return COL_TIMESTAMP;
	return COL_STRING;
}
