/*
 * datetime.c - times as text by a pattern, and the functions around now().
 *
 * Patterns are Joda's, as Pinot has them: a run of one letter is a field, text
 * in single quotes stands for itself ('' is a quote), and so does everything
 * that is no letter.  They are compiled once per call for a constant pattern.
 *
 *   y u Y year      M month (MMM Mar, MMMM March)   d day      D day of year
 *   x week's year   w week   e weekday 1-7          E weekday (EEE Tue, EEEE Tuesday)
 *   H 0-23  k 1-24  K 0-11  h 1-12  a AM or PM      m minute   s second
 *   S fraction of a second       Z +0000, ZZ +00:00, ZZZ and z UTC
 *
 * When reading, a number followed by another number takes exactly as many
 * digits as the letter is repeated; else all digits there are.
 */
#include <string.h>

#include "broker/func/timeunit.h"
#include "common/base/num.h"
#include "common/column/format.h"

static const char *const month_names[] = {
	"January", "February", "March",     "April",   "May",      "June",
	"July",    "August",   "September", "October", "November", "December",
};
static const char *const day_names[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
};

#define ITEMS_MAX     128
#define WIDTH_MAX     20
#define PRINTED_MAX   (ITEMS_MAX * WIDTH_MAX) /* an int64_t and a name are no wider */
#define SHORT_LETTERS 3                       /* of a name: Mar, Tue */

/* A field (letter, repeated `width` times) or a character of literal text (letter 0). */
struct item {
	char letter;
	char literal;
	uint8_t width;
};

/* A compiled pattern, and room to print by it. */
struct format {
	bool is_compiled;
	uint32_t n_items;
	struct item items[ITEMS_MAX];
	size_t len;
	char text[PRINTED_MAX];
};

/* ---- compiling ---- */

static bool is_letter(char ch)
{
	return (unsigned char)((ch | 32) - 'a') < 26;
}

static int add_item(struct func_call *c, struct format *f, struct item item)
{
	if (f->n_items == ITEMS_MAX)
		return error_set_at(c->err, ERR_SQL_RUNTIME, c->sql_offset,
				    "%s: the pattern is too long", c->def->name);
	f->items[f->n_items++] = item;
	return 0;
}

/* Quoted text from p[i] on, which is a quote; moves behind it. */
static int add_quoted(struct func_call *c, struct format *f, struct str p, size_t *i)
{
	size_t begin = ++*i;

	for (; *i < p.len; ++*i) {
		bool is_doubled = p.ptr[*i] == '\'' && *i + 1 < p.len && p.ptr[*i + 1] == '\'';

		if (p.ptr[*i] == '\'' && !is_doubled) {
			bool is_quote = *i == begin;

			++*i;
			return is_quote ? add_item(c, f, (struct item){ .literal = '\'' }) : 0;
		}
		*i += is_doubled;
		if (add_item(c, f, (struct item){ .literal = p.ptr[*i] }) < 0)
			return -1;
	}
	return error_set_at(c->err, ERR_SQL_RUNTIME, c->sql_offset,
			    "%s: a quote is open in the pattern '" STR_FMT "'", c->def->name,
			    STR_ARG(text_quote(p)));
}

static int add_field(struct func_call *c, struct format *f, struct str p, size_t *i)
{
	static const char known[] = "yuYMdDxweEHkKhamsSZz";
	struct item item = { .letter = p.ptr[*i] };

	if (!strchr(known, item.letter))
		return error_set_at(c->err, ERR_SQL_RUNTIME, c->sql_offset,
				    "%s: the letter %c means nothing in a pattern", c->def->name,
				    item.letter);
	for (; *i < p.len && p.ptr[*i] == item.letter; ++*i)
		if (++item.width > WIDTH_MAX)
			return error_set_at(c->err, ERR_SQL_RUNTIME, c->sql_offset,
					    "%s: the letter %c is repeated too often", c->def->name,
					    item.letter);
	return add_item(c, f, item);
}

static int format_compile(struct func_call *c, struct format *f, struct str p)
{
	f->is_compiled = true;
	f->n_items = 0;
	for (size_t i = 0; i < p.len;) {
		int r;

		if (p.ptr[i] == '\'')
			r = add_quoted(c, f, p, &i);
		else if (is_letter(p.ptr[i]))
			r = add_field(c, f, p, &i);
		else
			r = add_item(c, f, (struct item){ .literal = p.ptr[i++] });
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The pattern in argument `arg`, compiled for every row only if it changes by row. */
static struct format *format_get(struct func_call *c, uint32_t arg, uint32_t row)
{
	struct format *f = (struct format *)c->state;

	if (f->is_compiled && arg_is_const(c, arg))
		return f;
	return format_compile(c, f, arg_str(c, arg, row)) < 0 ? NULL : f;
}

static bool is_text_field(const struct item *item)
{
	return (item->letter == 'M' && item->width >= 3) || item->letter == 'E' ||
	       item->letter == 'a';
}

/* ---- printing ---- */

static void print_text(struct format *out, const char *text, size_t n)
{
	ASSERT(n <= sizeof(out->text) - out->len);
	memcpy(out->text + out->len, text, n);
	out->len += n;
}

static void print_number(struct format *out, int64_t v, size_t width)
{
	char digits[NUM_I64_CHARS];
	size_t len, sign = v < 0;

	len = num_format_i64(v, digits);
	print_text(out, "-", sign);
	for (size_t i = len - sign; i < width; i++)
		print_text(out, "0", 1);
	print_text(out, digits + sign, len - sign);
}

static void print_name(struct format *out, const char *name, size_t width)
{
	print_text(out, name, width > SHORT_LETTERS ? strlen(name) : SHORT_LETTERS);
}

/* Milliseconds to `width` digits: cut or filled up with zeros. */
static void print_fraction(struct format *out, int64_t ms, size_t width)
{
	char digits[] = { (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
			  (char)('0' + ms % 10) };

	print_text(out, digits, MIN(width, sizeof(digits)));
	for (size_t i = sizeof(digits); i < width; i++)
		print_text(out, "0", 1);
}

static void print_year(struct format *out, int64_t year, size_t width)
{
	if (width == 2)
		print_number(out, floor_mod(year, 100), 2);
	else
		print_number(out, year, width);
}

static void print_zone(struct format *out, const struct item *item)
{
	if (item->letter == 'z' || item->width > 2)
		print_text(out, "UTC", 3);
	else if (item->width == 2)
		print_text(out, "+00:00", 6);
	else
		print_text(out, "+0000", 5);
}

static void print_date_field(struct format *out, const struct item *item, const struct civil *d)
{
	struct iso_week week;

	switch (item->letter) {
	case 'y':
	case 'u':
	case 'Y':
		print_year(out, d->year, item->width);
		break;
	case 'M':
		if (is_text_field(item))
			print_name(out, month_names[d->month - 1], item->width);
		else
			print_number(out, d->month, item->width);
		break;
	case 'd':
		print_number(out, d->day, item->width);
		break;
	case 'D':
		print_number(out, day_of_year(d), item->width);
		break;
	case 'x':
	case 'w':
		week = iso_week_of(d);
		if (item->letter == 'x')
			print_year(out, week.year, item->width);
		else
			print_number(out, week.week, item->width);
		break;
	case 'e':
		print_number(out, iso_weekday(d->days), item->width);
		break;
	case 'E':
		print_name(out, day_names[iso_weekday(d->days) - 1], item->width);
		break;
	default:
		break;
	}
}

/* True when the letter is a field of the time of day. */
static bool print_time_field(struct format *out, const struct item *item, int64_t ms)
{
	int64_t hour = ms / MS_PER_HOUR;

	switch (item->letter) {
	case 'H':
		print_number(out, hour, item->width);
		return true;
	case 'k':
		print_number(out, hour ? hour : 24, item->width);
		return true;
	case 'K':
		print_number(out, hour % 12, item->width);
		return true;
	case 'h':
		print_number(out, hour % 12 ? hour % 12 : 12, item->width);
		return true;
	case 'a':
		print_text(out, hour < 12 ? "AM" : "PM", 2);
		return true;
	case 'm':
		print_number(out, ms / MS_PER_MINUTE % 60, item->width);
		return true;
	case 's':
		print_number(out, ms / MS_PER_SECOND % 60, item->width);
		return true;
	case 'S':
		print_fraction(out, ms % MS_PER_SECOND, item->width);
		return true;
	default:
		return false;
	}
}

static void format_print(struct format *f, int64_t ms)
{
	struct civil d = civil_of(ms);
	int64_t of_day = floor_mod(ms, MS_PER_DAY);

	f->len = 0;
	for (uint32_t i = 0; i < f->n_items; i++) {
		const struct item *item = &f->items[i];

		if (!item->letter)
			print_text(f, &item->literal, 1);
		else if (item->letter == 'Z' || item->letter == 'z')
			print_zone(f, item);
		else if (!print_time_field(f, item, of_day))
			print_date_field(f, item, &d);
	}
}

/* ---- reading ---- */

/* What a text said; fields that it did not mention keep these values. */
struct reading {
	struct str rest;
	int64_t year, month, day, day_of_year;    /* day_of_year 0: by month and day */
	int64_t hour, minute, second, ms, hour12; /* hour12 -1: by hour */
	bool is_pm;
};

static bool read_number(struct str *rest, size_t digits_max, int64_t *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < rest->len && n < digits_max; n++) {
		unsigned digit = (unsigned char)rest->ptr[n] - '0';

		if (digit > 9)
			break;
		*out = *out * 10 + digit;
	}
	rest->ptr += n;
	rest->len -= n;
	return n > 0;
}

static bool read_fraction(struct str *rest, size_t width, int64_t *ms)
{
	int64_t weight = 100;
	size_t n = 0;

	*ms = 0;
	for (; n < rest->len && n < width && (unsigned char)(rest->ptr[n] - '0') < 10; n++) {
		*ms += (rest->ptr[n] - '0') * weight;
		weight /= 10;
	}
	rest->ptr += n;
	rest->len -= n;
	return n > 0;
}

static bool read_text(struct str *rest, struct str want)
{
	if (rest->len < want.len || !str_eq_nocase((struct str){ rest->ptr, want.len }, want))
		return false;
	rest->ptr += want.len;
	rest->len -= want.len;
	return true;
}

/* One of `names` in full or by its first letters; *index from 0. */
static bool read_name(struct str *rest, const char *const *names, size_t n, int64_t *index)
{
	for (size_t i = 0; i < n; i++) {
		*index = (int64_t)i;
		if (read_text(rest, str_of(names[i])) ||
		    read_text(rest, (struct str){ names[i], SHORT_LETTERS }))
			return true;
	}
	return false;
}

/* Two digits mean the year nearest to thirty years ago, as in Joda. */
static int64_t full_year(int64_t two_digits, int64_t now_ms)
{
	int64_t first = civil_of(now_ms).year - 30 - 50;

	return first + floor_mod(two_digits - first, 100);
}

static bool read_year(struct reading *r, const struct item *item, size_t digits_max, int64_t now_ms)
{
	bool is_negative = read_text(&r->rest, STR("-"));
	size_t before = r->rest.len;

	if (!read_number(&r->rest, digits_max, &r->year))
		return false;
	if (item->width == 2 && before - r->rest.len == 2 && !is_negative)
		r->year = full_year(r->year, now_ms);
	if (is_negative)
		r->year = -r->year;
	return true;
}

static bool read_zone(struct str *rest)
{
	static const char *const names[] = { "+00:00", "-00:00", "+0000", "-0000",
					     "+00",    "UTC",    "GMT",   "Z" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (read_text(rest, str_of(names[i])))
			return true;
	return false;
}

static bool read_text_field(struct reading *r, const struct item *item)
{
	int64_t index;

	if (item->letter == 'a') {
		r->is_pm = read_text(&r->rest, STR("PM"));
		return r->is_pm || read_text(&r->rest, STR("AM"));
	}
	if (item->letter == 'E')
		return read_name(&r->rest, day_names, ARRAY_SIZE(day_names), &index);
	if (!read_name(&r->rest, month_names, ARRAY_SIZE(month_names), &index))
		return false;
	r->month = index + 1;
	return true;
}

/* Where a number goes, and the range it must be in. */
static bool store_number(struct reading *r, char letter, int64_t v)
{
	static const struct {
		char letter;
		size_t offset;
		int64_t min, max;
	} targets[] = {
		{ 'M', offsetof(struct reading, month), 1, 12 },
		{ 'd', offsetof(struct reading, day), 1, 31 },
		{ 'D', offsetof(struct reading, day_of_year), 1, 366 },
		{ 'H', offsetof(struct reading, hour), 0, 23 },
		{ 'k', offsetof(struct reading, hour), 1, 24 },
		{ 'K', offsetof(struct reading, hour12), 0, 11 },
		{ 'h', offsetof(struct reading, hour12), 1, 12 },
		{ 'm', offsetof(struct reading, minute), 0, 59 },
		{ 's', offsetof(struct reading, second), 0, 59 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (targets[i].letter != letter)
			continue;
		memcpy((char *)r + targets[i].offset, &v, sizeof(v));
		return v >= targets[i].min && v <= targets[i].max;
	}
	return false; /* by week and weekday: nothing reads those */
}

static bool read_item(struct reading *r, const struct item *item, bool is_next_number,
		      int64_t now_ms)
{
	size_t digits = is_next_number ? item->width : 9;
	int64_t v;

	if (!item->letter) {
		if (r->rest.len == 0 || r->rest.ptr[0] != item->literal)
			return false;
		r->rest.ptr++;
		r->rest.len--;
		return true;
	}
	if (item->letter == 'Z' || item->letter == 'z')
		return read_zone(&r->rest);
	if (is_text_field(item))
		return read_text_field(r, item);
	if (item->letter == 'y' || item->letter == 'u' || item->letter == 'Y')
		return read_year(r, item, digits, now_ms);
	if (item->letter == 'S')
		return read_fraction(&r->rest, digits, &r->ms);
	return read_number(&r->rest, digits, &v) && store_number(r, item->letter, v);
}

static bool is_number_item(const struct item *item)
{
	return item->letter && !is_text_field(item) && item->letter != 'Z' && item->letter != 'z';
}

/* False beyond 64 bits.  Time of day is counted from the end of a day before 1970, the nearer one. */
static bool add_time(int64_t days, int64_t time, int64_t *ms)
{
	if (days < 0) {
		days++;
		time -= MS_PER_DAY;
	}
	return !__builtin_mul_overflow(days, MS_PER_DAY, ms) &&
	       !__builtin_add_overflow(*ms, time, ms);
}

/* Fields to milliseconds; false when there is no such day. */
static bool reading_value(const struct reading *r, int64_t *ms)
{
	int64_t days, hour = r->hour % 24, year;
	unsigned month, day;

	if (r->day_of_year) {
		days = civil_to_days(r->year, 1, 1) + r->day_of_year - 1;
		if (days >= civil_to_days(r->year + 1, 1, 1))
			return false;
	} else {
		days = civil_to_days(r->year, (unsigned)r->month, (unsigned)r->day);
		civil_from_days(days, &year, &month, &day);
		if (day != r->day)
			return false;
	}
	if (r->hour12 >= 0)
		hour = r->hour12 % 12 + (r->is_pm ? 12 : 0);
	return add_time(days,
			hour * MS_PER_HOUR + r->minute * MS_PER_MINUTE + r->second * MS_PER_SECOND +
				r->ms,
			ms);
}

static bool format_read(const struct format *f, struct str text, int64_t now_ms, int64_t *ms)
{
	struct reading r = { .rest = text, .year = 1970, .month = 1, .day = 1, .hour12 = -1 };

	for (uint32_t i = 0; i < f->n_items; i++) {
		bool is_next_number = i + 1 < f->n_items && is_number_item(&f->items[i + 1]);

		if (!read_item(&r, &f->items[i], is_next_number, now_ms))
			return false;
	}
	return r.rest.len == 0 && reading_value(&r, ms);
}

/* ---- todatetime(ms, pattern[, zone]), fromdatetime(text, pattern[, zone]) ---- */

/* A constant pattern may be another one in the next batch. */
static enum step run_with_format(struct func_call *c, text_row_fn *row_fn)
{
	if (c->pos == 0)
		((struct format *)c->state)->is_compiled = false;
	return func_run_rows(c, row_fn);
}

static enum step todatetime_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct format *f = format_get(c, 1, row);

	if (!f || (c->n_args > 2 && timezone_check(c, 2, row) < 0))
		return STEP_FAILED;
	format_print(f, arg_i64(c, 0, row));
	*work += WORK(50 + 10 * f->n_items);
	return text_copy(c, row, f->text, f->len);
}

static enum step fromdatetime_row(struct func_call *c, uint32_t row, size_t *work)
{
	const struct format *f = format_get(c, 1, row);
	struct str text = arg_str(c, 0, row);
	int64_t ms = 0;

	if (!f || (c->n_args > 2 && timezone_check(c, 2, row) < 0))
		return STEP_FAILED;
	*work += WORK(50 + 10 * f->n_items);
	if (!format_read(f, text, c->now_ms, &ms))
		return func_fail(c, "cannot read '" STR_FMT "' as '" STR_FMT "'",
				 STR_ARG(text_quote(text)),
				 STR_ARG(text_quote(arg_str(c, 1, row))));
	put_i64(c, row, ms);
	return STEP_DONE;
}

static enum step todatetime(struct func_call *c)
{
	return run_with_format(c, todatetime_row);
}

static enum step fromdatetime(struct func_call *c)
{
	return run_with_format(c, fromdatetime_row);
}

/* ---- ISO 8601 ---- */

static enum step toiso8601_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct format *f = (struct format *)c->state;

	if (!f->is_compiled && format_compile(c, f, STR("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")) < 0)
		return STEP_FAILED;
	format_print(f, arg_i64(c, 0, row));
	*work += WORK(150);
	return text_copy(c, row, f->text, f->len);
}

static enum step fromiso8601_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct str text = arg_str(c, 0, row);
	int64_t ms = 0;

	*work += WORK(50);
	if (!timestamp_parse(text, false, &ms))
		return func_fail(c, "cannot read '" STR_FMT "' as ISO 8601",
				 STR_ARG(text_quote(text)));
	put_i64(c, row, ms);
	return STEP_DONE;
}

static enum step toiso8601(struct func_call *c)
{
	return func_run_rows(c, toiso8601_row);
}

static enum step fromiso8601(struct func_call *c)
{
	return func_run_rows(c, fromiso8601_row);
}

/* ---- NOW, AGO ---- */

static enum step now(struct func_call *c)
{
	for (uint32_t i = 0; i < c->sel->n_rows; i++)
		put_i64(c, sel_row(c->sel, i), c->now_ms);
	return func_done(c, COOP_ROW);
}

/* So many days still are an int64_t of milliseconds. */
#define DURATION_DIGITS 10
#define DURATION_MAX    80 /* bytes of text: all parts with all their digits take less */

/* The parts of a duration in their order. */
static const struct duration_part {
	char letter;
	bool is_time;
	int64_t ms;
} duration_parts[] = {
	{ 'D', false, MS_PER_DAY },
	{ 'H', true, MS_PER_HOUR },
	{ 'M', true, MS_PER_MINUTE },
	{ 'S', true, MS_PER_SECOND },
};

/* The part that `rest` goes on with, from *next on; moves behind its letter. */
static const struct duration_part *read_part_letter(struct str *rest, bool is_time, size_t *next)
{
	while (*next < ARRAY_SIZE(duration_parts)) {
		const struct duration_part *part = &duration_parts[(*next)++];

		if (part->is_time == is_time && read_text(rest, (struct str){ &part->letter, 1 }))
			return part;
	}
	return NULL;
}

/* A number with its letter: "1.5S"; moves behind it.  Seconds alone may have a fraction. */
static bool read_duration_part(struct str *rest, bool is_time, size_t *next, int64_t *ms)
{
	bool is_negative = read_text(rest, STR("-")), has_fraction;
	const struct duration_part *part;
	int64_t v, fraction = 0;

	if (!is_negative)
		(void)read_text(rest, STR("+"));
	if (!read_number(rest, DURATION_DIGITS, &v))
		return false;
	has_fraction = read_text(rest, STR("."));
	if (has_fraction && !read_fraction(rest, 9, &fraction))
		return false;
	part = read_part_letter(rest, is_time, next);
	if (!part || (has_fraction && part->letter != 'S'))
		return false;
	*ms = v * part->ms + fraction;
	*ms = is_negative ? -*ms : *ms;
	return true;
}

/* java.time.Duration.parse(): "P2DT3H4M5.678S", with a sign in front or at any number. */
static bool read_duration(struct str text, int64_t *ms)
{
	bool is_negative = read_text(&text, STR("-")), is_time = false;
	int64_t part, total = 0;
	size_t next = 0;

	if (!is_negative)
		(void)read_text(&text, STR("+"));
	if (text.len > DURATION_MAX || !read_text(&text, STR("P")) || text.len == 0)
		return false;
	while (text.len > 0) {
		if (!is_time && read_text(&text, STR("T")))
			is_time = true;
		if (!read_duration_part(&text, is_time, &next, &part))
			return false;
		total += part;
	}
	*ms = is_negative ? -total : total;
	return true;
}

static enum step ago_row(struct func_call *c, uint32_t row, size_t *work)
{
	struct str text = arg_str(c, 0, row);
	int64_t ms, then;

	*work += WORK(40);
	if (!read_duration(text, &ms) || __builtin_sub_overflow(c->now_ms, ms, &then))
		return func_fail(c, "ago: '" STR_FMT "' is no ISO 8601 duration such as 'PT1H30M'",
				 STR_ARG(text_quote(text)));
	put_i64(c, row, then);
	return STEP_DONE;
}

static enum step ago(struct func_call *c)
{
	return func_run_rows(c, ago_row);
}

#define FORMAT  sizeof(struct format)
#define FAILS   (FUNC_STRICT | FUNC_FAILS)
#define PATTERN FT_STRING
#define ZONE    FT_STRING

const struct func_def func_datetime[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	{ "now",
	  { FT_END },
	  FT_LONG,
	  FUNC_STRICT | FUNC_VOLATILE,
	  now,
	  0,
	  "greaterthan(now(), 0)",
	  "true" },
	{ "ago",
	  { FT_STRING },
	  FT_LONG,
	  FAILS | FUNC_VOLATILE,
	  ago,
	  0,
	  "minus(now(), ago('PT1H'))",
	  "3600000" },
	{ "todatetime",
	  { FT_LONG, PATTERN },
	  FT_STRING,
	  FAILS,
	  todatetime,
	  FORMAT,
	  "todatetime(TIMESTAMP '2024-03-05 06:07:08', 'EEE d.M.yyyy, h:mm a')",
	  "Tue 5.3.2024, 6:07 AM" },
	{ "todatetime",
	  { FT_LONG, PATTERN, ZONE },
	  FT_STRING,
	  FAILS,
	  todatetime,
	  FORMAT,
	  "todatetime(0, 'yyyy-MM-dd', 'UTC')",
	  "1970-01-01" },
	{ "fromdatetime",
	  { FT_STRING, PATTERN },
	  FT_LONG,
	  FAILS,
	  fromdatetime,
	  FORMAT,
	  "fromdatetime('19700102', 'yyyyMMdd')",
	  "86400000" },
	{ "fromdatetime",
	  { FT_STRING, PATTERN, ZONE },
	  FT_LONG,
	  FAILS,
	  fromdatetime,
	  FORMAT,
	  "fromdatetime('2 Jan 1970', 'd MMM yyyy', 'GMT')",
	  "86400000" },
	{ "toiso8601",
	  { FT_LONG },
	  FT_STRING,
	  FAILS,
	  toiso8601,
	  FORMAT,
	  "toiso8601(1)",
	  "1970-01-01T00:00:00.001Z" },
	{ "fromiso8601",
	  { FT_STRING },
	  FT_LONG,
	  FAILS,
	  fromiso8601,
	  0,
	  "fromiso8601('1970-01-01T00:00:01Z')",
	  "1000" },
	{ 0 },
};
