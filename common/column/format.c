/*
 * format.c - values as text and text as values.
 *
 * The calendar is the proleptic Gregorian one, without time zones other than
 * UTC and fixed offsets, so neither the C library's time functions nor their
 * global state are needed.  A year is counted from March here: the leap day is
 * then the last of its year, and the days of the months follow one formula
 * (H. Hinnant, "chrono-compatible low-level date algorithms").
 */
#include "common/column/format.h"
#include "common/base/num.h"

#define MS_PER_DAY 86400000LL

/* 400 years are one cycle of the calendar. */
#define ERA_YEARS 400
#define ERA_DAYS  146097

/* From 0000-03-01 to 1970-01-01. */
#define EPOCH_DAYS 719468

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t civil_to_days(int64_t year, unsigned month, unsigned day)
{
	int64_t march_year = year - (month <= 2);
	int64_t era = floor_div(march_year, ERA_YEARS);
	unsigned year_of_era = (unsigned)(march_year - era * ERA_YEARS);
	unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
	unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t shifted = days + EPOCH_DAYS;
	int64_t era = floor_div(shifted, ERA_DAYS);
	unsigned doe = (unsigned)(shifted - era * ERA_DAYS);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned march_month = (5 * doy + 2) / 153;

	*day = doy - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = era * ERA_YEARS + yoe + (*month <= 2);
}

/* ---- timestamps out ---- */

static inline char *put_2_digits(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

/* Four digits, or a sign and as many as it takes. */
static char *put_year(char *p, int64_t year)
{
	char digits[NUM_I64_CHARS];
	size_t n;

	if (year >= 0 && year <= 9999) {
		p = put_2_digits(p, (unsigned)year / 100);
		return put_2_digits(p, (unsigned)year % 100);
	}
	*p++ = year < 0 ? '-' : '+';
	n = num_format_i64(year < 0 ? -year : year, digits);
	for (size_t i = n; i < 4; i++)
		*p++ = '0';
	memcpy(p, digits, n);
	return p + n;
}

/* One to three digits: trailing zeros are cut. */
static char *put_fraction(char *p, unsigned ms)
{
	*p++ = (char)('0' + ms / 100);
	p = put_2_digits(p, ms % 100);
	for (unsigned i = 0; i < 2 && p[-1] == '0'; i++)
		p--;
	return p;
}

size_t timestamp_format(int64_t ms, char *buf)
{
	unsigned ms_of_day = (unsigned)((ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY);
	unsigned seconds = ms_of_day / 1000;
	unsigned month, day;
	int64_t year;
	char *p;

	civil_from_days(floor_div(ms, MS_PER_DAY), &year, &month, &day);
	p = put_year(buf, year);
	*p++ = '-';
	p = put_2_digits(p, month);
	*p++ = '-';
	p = put_2_digits(p, day);
	*p++ = ' ';
	p = put_2_digits(p, seconds / 3600);
	*p++ = ':';
	p = put_2_digits(p, seconds / 60 % 60);
	*p++ = ':';
	p = put_2_digits(p, seconds % 60);
	*p++ = '.';
	return (size_t)(put_fraction(p, ms_of_day % 1000) - buf);
}

/* ---- timestamps in ---- */

/* min to max digits as a number, as many as there are. */
static bool take_digits(struct str *s, size_t min, size_t max, unsigned *out)
{
	size_t n = 0;
	unsigned v = 0;

	for (; n < max && n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++)
		v = v * 10 + (unsigned)(s->ptr[n] - '0');
	if (n < min)
		return false;
	s->ptr += n;
	s->len -= n;
	*out = v;
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	s->ptr++;
	s->len--;
	return true;
}

static unsigned month_days(int64_t year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* A year with a sign may have up to nine digits: what timestamp_format() prints reads back. */
static bool take_date(struct str *s, int64_t *days)
{
	bool is_negative = take_char(s, '-');
	bool has_sign = is_negative || take_char(s, '+');
	unsigned year_abs, month, day;
	int64_t year;

	if (!take_digits(s, 4, has_sign ? 9 : 4, &year_abs) || !take_char(s, '-') ||
	    !take_digits(s, 2, 2, &month) || !take_char(s, '-') || !take_digits(s, 2, 2, &day))
		return false;
	year = is_negative ? -(int64_t)year_abs : (int64_t)year_abs;
	if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return false;
	*days = civil_to_days(year, month, day);
	return true;
}

/* Milliseconds of a fraction of up to nine digits; what is finer is cut off. */
static bool take_fraction(struct str *s, unsigned *ms)
{
	size_t len_before = s->len;
	unsigned v;

	if (!take_digits(s, 1, 9, &v))
		return false;
	for (size_t n = len_before - s->len; n < 9; n++)
		v *= 10;
	*ms = v / 1000000;
	return true;
}

static bool take_time(struct str *s, int64_t *ms_of_day)
{
	unsigned hour, minute, second = 0, ms = 0;

	if (!take_digits(s, 2, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, 2, &minute))
		return false;
	if (take_char(s, ':')) {
		if (!take_digits(s, 2, 2, &second))
			return false;
		if (take_char(s, '.') && !take_fraction(s, &ms))
			return false;
	}
	*ms_of_day = ((hour * 60 + minute) * 60 + second) * 1000LL + ms;
	return hour < 24 && minute < 60 && second < 60;
}

/* The offset from UTC that a time was written in; none is UTC. */
static bool take_zone(struct str *s, int64_t *offset_ms)
{
	bool is_negative;
	unsigned hours, minutes;

	*offset_ms = 0;
	if (s->len == 0 || take_char(s, 'Z'))
		return true;
	is_negative = take_char(s, '-');
	if (!is_negative && !take_char(s, '+'))
		return false;
	if (!take_digits(s, 2, 2, &hours))
		return false;
	take_char(s, ':');
	if (!take_digits(s, 2, 2, &minutes) || hours > 18 || minutes > 59)
		return false;
	*offset_ms = (hours * 60 + minutes) * 60000LL * (is_negative ? -1 : 1);
	return true;
}

bool timestamp_parse(struct str s, bool allow_epoch, int64_t *ms)
{
	int64_t days, ms_of_day = 0, offset_ms, result;

	if (allow_epoch && num_parse_i64(s, ms))
		return true;
	if (!take_date(&s, &days))
		return false;
	if ((take_char(&s, ' ') || take_char(&s, 'T')) && !take_time(&s, &ms_of_day))
		return false;
	if (!take_zone(&s, &offset_ms) || s.len > 0)
		return false;
	/* The first representable day is cut: its start is out of range, its end is not. */
	if (days < 0) {
		days++;
		ms_of_day -= MS_PER_DAY;
	}
	if (__builtin_mul_overflow(days, MS_PER_DAY, &result) ||
	    __builtin_add_overflow(result, ms_of_day - offset_ms, &result))
		return false;
	*ms = result;
	return true;
}

/* ---- other values ---- */

bool boolean_parse(struct str s, bool *out)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = { { "true", true }, { "false", false }, { "t", true },
		      { "f", false },   { "1", true },      { "0", false } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq_nocase(s, str_of(words[i].text))) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

static void format_bytes(struct str s, struct strbuf *out)
{
	static const char digits[] = "0123456789abcdef";

	if (strbuf_reserve(out, 2 * s.len) < 0)
		return;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char byte = (unsigned char)s.ptr[i];
		const char pair[2] = { digits[byte >> 4], digits[byte & 15] };

		strbuf_add(out, pair, 2);
	}
}

void value_format(const struct value *v, struct strbuf *out)
{
	char buf[64];

	switch (v->is_null ? COL_UNKNOWN : v->type) {
	case COL_UNKNOWN:
		strbuf_add_str(out, STR("null"));
		break;
	case COL_BOOLEAN:
		strbuf_add_str(out, v->boolean ? STR("true") : STR("false"));
		break;
	case COL_INT:
	case COL_LONG:
		strbuf_add(out, buf, num_format_i64(v->i64, buf));
		break;
	case COL_FLOAT:
		strbuf_add(out, buf, num_format_f32((float)v->f64, buf));
		break;
	case COL_DOUBLE:
		strbuf_add(out, buf, num_format_f64(v->f64, buf));
		break;
	case COL_TIMESTAMP:
		strbuf_add(out, buf, timestamp_format(v->i64, buf));
		break;
	case COL_STRING:
	case COL_JSON:
		strbuf_add_str(out, v->str);
		break;
	case COL_BYTES:
		format_bytes(v->str, out);
		break;
	case COL_TYPE_COUNT:
		break;
	}
}

static bool parse_int(struct str s, int64_t min, int64_t max, int64_t *out)
{
	int64_t v;

	if (!num_parse_i64(s, &v) || v < min || v > max)
		return false;
	*out = v;
	return true;
}

static bool parse_float(struct str s, double *out)
{
	double v;

	if (!num_parse_f64(s, &v))
		return false;
	*out = (double)(float)v;
	return true;
}

bool value_parse(struct str s, enum col_type type, struct value *out)
{
	struct value v = { .type = type };
	bool ok = true;

	switch (type) {
	case COL_UNKNOWN:
		v.is_null = ok = str_eq_nocase(s, STR("null"));
		break;
	case COL_BOOLEAN:
		ok = boolean_parse(s, &v.boolean);
		break;
	case COL_INT:
		ok = parse_int(s, INT32_MIN, INT32_MAX, &v.i64);
		break;
	case COL_LONG:
		ok = parse_int(s, INT64_MIN, INT64_MAX, &v.i64);
		break;
	case COL_FLOAT:
		ok = parse_float(s, &v.f64);
		break;
	case COL_DOUBLE:
		ok = num_parse_f64(s, &v.f64);
		break;
	case COL_TIMESTAMP:
		ok = timestamp_parse(s, true, &v.i64);
		break;
	case COL_STRING:
	case COL_JSON:
		v.str = s;
		break;
	case COL_BYTES: /* hexadecimal text needs memory of its own, which nobody lends here */
	case COL_TYPE_COUNT:
		ok = false;
		break;
	}
	if (ok)
		*out = v;
	return ok;
}
