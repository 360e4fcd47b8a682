/*
 * time.c - fields of a time, truncation, and arithmetic with units.
 *
 * Everything takes LONG milliseconds; TIMESTAMP turns into LONG by itself.  Rows
 * that give a time back have a variant of each type.
 */
#include <string.h>

#include "broker/func/timeunit.h"
#include "common/base/strbuf.h"
#include "common/column/format.h"

/* ---- the calendar ---- */

struct civil civil_of(int64_t ms)
{
	struct civil d = { .days = floor_div(ms, MS_PER_DAY) };

	civil_from_days(d.days, &d.year, &d.month, &d.day);
	return d;
}

int64_t day_of_year(const struct civil *d)
{
	return d->days - civil_to_days(d->year, 1, 1) + 1;
}

/* The week belongs to the year that its Thursday lies in. */
struct iso_week iso_week_of(const struct civil *d)
{
	int64_t thursday = d->days + 4 - iso_weekday(d->days), year;
	unsigned month, day;

	civil_from_days(thursday, &year, &month, &day);
	return (struct iso_week){ year, (int)((thursday - civil_to_days(year, 1, 1)) / 7 + 1) };
}

int timezone_check(struct func_call *c, uint32_t arg, uint32_t row)
{
	static const char *const names[] = { "UTC", "GMT", "Z", "Etc/UTC", "Etc/GMT", "+00:00" };
	struct str name = arg_str(c, arg, row);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return 0;
	return error_set_at(c->err, ERR_SQL_RUNTIME, c->sql_offset,
			    "%s: the only time zone is UTC, not '" STR_FMT "'", c->def->name,
			    STR_ARG(text_quote(name)));
}

/* ---- fields ---- */

typedef int64_t field_fn(int64_t ms);

static int64_t year_of(int64_t ms)
{
	return civil_of(ms).year;
}
static int64_t quarter_of(int64_t ms)
{
	return (civil_of(ms).month + 2) / 3;
}
static int64_t month_of(int64_t ms)
{
	return civil_of(ms).month;
}
static int64_t week_of(int64_t ms)
{
	struct civil d = civil_of(ms);

	return iso_week_of(&d).week;
}
static int64_t yearofweek_of(int64_t ms)
{
	struct civil d = civil_of(ms);

	return iso_week_of(&d).year;
}
static int64_t day_of(int64_t ms)
{
	return civil_of(ms).day;
}
static int64_t dayofweek_of(int64_t ms)
{
	return iso_weekday(floor_div(ms, MS_PER_DAY));
}
static int64_t dayofyear_of(int64_t ms)
{
	struct civil d = civil_of(ms);

	return day_of_year(&d);
}
static int64_t hour_of(int64_t ms)
{
	return floor_mod(ms, MS_PER_DAY) / MS_PER_HOUR;
}
static int64_t minute_of(int64_t ms)
{
	return floor_mod(ms, MS_PER_HOUR) / MS_PER_MINUTE;
}
static int64_t second_of(int64_t ms)
{
	return floor_mod(ms, MS_PER_MINUTE) / MS_PER_SECOND;
}
static int64_t millisecond_of(int64_t ms)
{
	return floor_mod(ms, MS_PER_SECOND);
}

/* By function name, which is the unit of EXTRACT as well. */
static const struct {
	const char *name;
	field_fn *fn;
} fields[] = {
	{ "year", year_of },
	{ "quarter", quarter_of },
	{ "month", month_of },
	{ "monthofyear", month_of },
	{ "week", week_of },
	{ "weekofyear", week_of },
	{ "yearofweek", yearofweek_of },
	{ "yow", yearofweek_of },
	{ "day", day_of },
	{ "dayofmonth", day_of },
	{ "dayofweek", dayofweek_of },
	{ "dow", dayofweek_of },
	{ "dayofyear", dayofyear_of },
	{ "doy", dayofyear_of },
	{ "hour", hour_of },
	{ "minute", minute_of },
	{ "second", second_of },
	{ "millisecond", millisecond_of },
};

/* Longer names are none; underscores do not count, so a name of a megabyte could be one. */
#define UNIT_NAME_MAX 32

static field_fn *field_find(struct str name)
{
	if (name.len > UNIT_NAME_MAX)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (str_eq_name(name, str_of(fields[i].name)))
			return fields[i].fn;
	return NULL;
}

#define FIELD_PRICE 8

/* year(ts) and the like.  With a time zone, which must be UTC, the checks go row by row. */
static enum step field_kernel(struct func_call *c)
{
	field_fn *fn = field_find(str_of(c->def->name));

	ASSERT(fn);
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);

		if (c->n_args > 1 && timezone_check(c, 1, row) < 0)
			return STEP_FAILED;
		put_i64(c, row, fn(arg_i64(c, 0, row)));
	}
	return func_done(c, (int64_t)FIELD_PRICE * c->n_args);
}

static void add_name(struct strbuf *list, const char *name)
{
	strbuf_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
}

/* known: the names that would have done; is freed. */
static enum step fail_name(struct func_call *c, uint32_t arg, uint32_t row, struct strbuf *known)
{
	enum step s = func_fail(c, "%s: '" STR_FMT "' is no unit of time here; there are %s",
				c->def->name, STR_ARG(text_quote(arg_str(c, arg, row))),
				strbuf_ok(known) ? known->ptr : "others");

	strbuf_fini(known);
	return s;
}

static enum step fail_field(struct func_call *c, uint32_t row)
{
	struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		add_name(&known, fields[i].name);
	return fail_name(c, 0, row, &known);
}

struct unit;

/* The unit of argument 0: looked up once per call when it is the same in all rows. */
struct unit_state {
	field_fn *field;
	const struct unit *unit;
	bool is_known;
};

/* A constant may be another one in the next batch. */
static enum step run_with_unit(struct func_call *c, text_row_fn *row_fn)
{
	if (c->pos == 0)
		((struct unit_state *)c->state)->is_known = false;
	return func_run_rows(c, row_fn);
}

static field_fn *row_field(struct func_call *c, uint32_t row)
{
	struct unit_state *st = (struct unit_state *)c->state;

	if (!st->is_known || !arg_is_const(c, 0))
		st->field = field_find(arg_str(c, 0, row));
	st->is_known = true;
	return st->field;
}

static enum step extract_row(struct func_call *c, uint32_t row, size_t *work)
{
	field_fn *fn = row_field(c, row);

	*work += WORK(2 * FIELD_PRICE);
	if (!fn)
		return fail_field(c, row);
	put_i64(c, row, fn(arg_i64(c, 1, row)));
	return STEP_DONE;
}

static enum step extract(struct func_call *c)
{
	return run_with_unit(c, extract_row);
}

/* ---- units ---- */

/* A unit is a number of milliseconds or, when these vary, of months. */
static const struct unit {
	const char *name;
	int64_t ms;
	int months;
} units[] = {
	{ "millisecond", 1, 0 },
	{ "second", MS_PER_SECOND, 0 },
	{ "minute", MS_PER_MINUTE, 0 },
	{ "hour", MS_PER_HOUR, 0 },
	{ "day", MS_PER_DAY, 0 },
	{ "week", 7 * MS_PER_DAY, 0 },
	{ "month", 0, 1 },
	{ "quarter", 0, 3 },
	{ "year", 0, 12 },
};

/* "DAY", "days", "SQL_TSI_DAY". */
static const struct unit *unit_find(struct str name)
{
	if (name.len > 8 && str_eq_nocase((struct str){ name.ptr, 8 }, STR("SQL_TSI_")))
		name = (struct str){ name.ptr + 8, name.len - 8 };
	if (name.len > 1 && (name.ptr[name.len - 1] | 32) == 's')
		name.len--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (str_eq_nocase(name, str_of(units[i].name)))
			return &units[i];
	return NULL;
}

bool unit_is_known(struct str name)
{
	return unit_find(name) || field_find(name);
}

static enum step fail_unit(struct func_call *c, uint32_t arg, uint32_t row, bool is_fixed)
{
	struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!is_fixed || units[i].ms > 0)
			add_name(&known, units[i].name);
	return fail_name(c, arg, row, &known);
}

static const struct unit *row_unit(struct func_call *c, uint32_t row)
{
	struct unit_state *st = (struct unit_state *)c->state;

	if (!st->is_known || !arg_is_const(c, 0))
		st->unit = unit_find(arg_str(c, 0, row));
	st->is_known = true;
	return st->unit;
}

/* A unit of java.util.concurrent.TimeUnit down to milliseconds: of fixed length. */
static const struct unit *fixed_unit(struct func_call *c, uint32_t arg, uint32_t row)
{
	const struct unit *u = unit_find(arg_str(c, arg, row));

	if (u && u->ms > 0)
		return u;
	(void)fail_unit(c, arg, row, true);
	return NULL;
}

static enum step fail_range(struct func_call *c, int64_t v)
{
	return func_fail(c, "%s: %lld is beyond the range of time", c->def->name, (long long)v);
}

/* ---- truncation ---- */

static int64_t month_start(int64_t months)
{
	return civil_to_days(floor_div(months, 12), (unsigned)floor_mod(months, 12) + 1, 1);
}

/* Months since year 0. */
static int64_t months_of(const struct civil *d)
{
	return d->year * 12 + d->month - 1;
}

/* False when the start of the unit is before all time. */
static bool unit_truncate(const struct unit *u, int64_t ms, int64_t *out)
{
	/* Weeks begin on a Monday; 1970 began on a Thursday. */
	int64_t phase = u->ms == 7 * MS_PER_DAY ? 3 * MS_PER_DAY : 0, past;

	if (u->months) {
		struct civil d = civil_of(ms);
		int64_t months = floor_div(months_of(&d), u->months) * u->months;

		return !__builtin_mul_overflow(month_start(months), MS_PER_DAY, out);
	}
	past = floor_mod(floor_mod(ms, u->ms) + phase, u->ms);
	return !__builtin_sub_overflow(ms, past, out);
}

/* datetrunc(unit, time[, unit of time[, zone[, unit of result]]]) */
static enum step datetrunc_row(struct func_call *c, uint32_t row, size_t *work)
{
	const struct unit *u = row_unit(c, row), *in = &units[0], *result;
	int64_t v = arg_i64(c, 1, row), ms, start;

	*work += WORK(4 * FIELD_PRICE);
	if (!u)
		return fail_unit(c, 0, row, false);
	if (c->n_args > 2 && !(in = fixed_unit(c, 2, row)))
		return STEP_FAILED;
	if (c->n_args > 3 && timezone_check(c, 3, row) < 0)
		return STEP_FAILED;
	result = in;
	if (c->n_args > 4 && !(result = fixed_unit(c, 4, row)))
		return STEP_FAILED;
	if (__builtin_mul_overflow(v, in->ms, &ms) || !unit_truncate(u, ms, &start))
		return fail_range(c, v);
	put_i64(c, row, start / result->ms);
	return STEP_DONE;
}

static enum step datetrunc(struct func_call *c)
{
	return run_with_unit(c, datetrunc_row);
}

/* ---- adding and subtracting ---- */

static unsigned days_in_month(int64_t months)
{
	return (unsigned)(month_start(months + 1) - month_start(months));
}

/* More months than any time has. */
#define MONTHS_MAX (int64_t)4000000000

/* The same day and time `n` months later; the month's last day where it has no such day. */
static bool add_months(int64_t ms, int64_t n, int64_t *out)
{
	struct civil d = civil_of(ms);
	int64_t months, days;

	if (n > MONTHS_MAX || n < -MONTHS_MAX)
		return false;
	months = months_of(&d) + n;
	days = month_start(months) + MIN(d.day, days_in_month(months)) - 1;
	return !__builtin_mul_overflow(days, MS_PER_DAY, out) &&
	       !__builtin_add_overflow(*out, floor_mod(ms, MS_PER_DAY), out);
}

static bool unit_add(const struct unit *u, int64_t ms, int64_t n, int64_t *out)
{
	int64_t delta;

	if (u->months)
		return !__builtin_mul_overflow(n, u->months, &delta) && add_months(ms, delta, out);
	return !__builtin_mul_overflow(n, u->ms, &delta) && !__builtin_add_overflow(ms, delta, out);
}

/* timestampadd(unit, n, time) */
static enum step timestampadd_row(struct func_call *c, uint32_t row, size_t *work)
{
	const struct unit *u = row_unit(c, row);
	int64_t n = arg_i64(c, 1, row), out;

	*work += WORK(4 * FIELD_PRICE);
	if (!u)
		return fail_unit(c, 0, row, false);
	if (!unit_add(u, arg_i64(c, 2, row), n, &out))
		return fail_range(c, n);
	put_i64(c, row, out);
	return STEP_DONE;
}

static enum step timestampadd(struct func_call *c)
{
	return run_with_unit(c, timestampadd_row);
}

/*
 * Whole months from a to b.  Counted from the earlier to the later of the two,
 * as Joda-Time does for Pinot: adding months is not symmetric at the end of a
 * month, and the difference has to be.
 */
static int64_t months_between(int64_t a, int64_t b)
{
	struct civil from = civil_of(MIN(a, b)), to = civil_of(MAX(a, b));
	int64_t n = months_of(&to) - months_of(&from), there;

	/* One too many when it leads beyond the later one, or beyond all time. */
	if (n > 0 && (!add_months(MIN(a, b), n, &there) || there > MAX(a, b)))
		n--;
	return a <= b ? n : -n;
}

/* timestampdiff(unit, from, to): whole units, towards zero. */
static enum step timestampdiff_row(struct func_call *c, uint32_t row, size_t *work)
{
	const struct unit *u = row_unit(c, row);
	int64_t from = arg_i64(c, 1, row), to = arg_i64(c, 2, row), diff;

	*work += WORK(8 * FIELD_PRICE);
	if (!u)
		return fail_unit(c, 0, row, false);
	if (__builtin_sub_overflow(to, from, &diff))
		return fail_range(c, to);
	put_i64(c, row, u->months ? months_between(from, to) / u->months : diff / u->ms);
	return STEP_DONE;
}

static enum step timestampdiff(struct func_call *c)
{
	return run_with_unit(c, timestampdiff_row);
}

/* timeconvert(value, unit, unit) */
static enum step timeconvert_row(struct func_call *c, uint32_t row, size_t *work)
{
	const struct unit *from = fixed_unit(c, 1, row), *to;
	int64_t v = arg_i64(c, 0, row), ms;

	*work += WORK(4 * FIELD_PRICE);
	if (!from || !(to = fixed_unit(c, 2, row)))
		return STEP_FAILED;
	if (__builtin_mul_overflow(v, from->ms, &ms))
		return fail_range(c, v);
	put_i64(c, row, ms / to->ms);
	return STEP_DONE;
}

static enum step timeconvert(struct func_call *c)
{
	return func_run_rows(c, timeconvert_row);
}

/* ---- epochs: milliseconds to and from coarser units, with buckets of several units ---- */

enum epoch_kind { EPOCH_TO, EPOCH_TO_ROUNDED, EPOCH_TO_BUCKET, EPOCH_FROM, EPOCH_FROM_BUCKET };

static const struct epoch {
	const char *name;
	enum epoch_kind kind;
	int64_t ms;
} epochs[] = {
	{ "toepochseconds", EPOCH_TO, MS_PER_SECOND },
	{ "toepochminutes", EPOCH_TO, MS_PER_MINUTE },
	{ "toepochhours", EPOCH_TO, MS_PER_HOUR },
	{ "toepochdays", EPOCH_TO, MS_PER_DAY },
	{ "toepochsecondsrounded", EPOCH_TO_ROUNDED, MS_PER_SECOND },
	{ "toepochminutesrounded", EPOCH_TO_ROUNDED, MS_PER_MINUTE },
	{ "toepochhoursrounded", EPOCH_TO_ROUNDED, MS_PER_HOUR },
	{ "toepochdaysrounded", EPOCH_TO_ROUNDED, MS_PER_DAY },
	{ "toepochsecondsbucket", EPOCH_TO_BUCKET, MS_PER_SECOND },
	{ "toepochminutesbucket", EPOCH_TO_BUCKET, MS_PER_MINUTE },
	{ "toepochhoursbucket", EPOCH_TO_BUCKET, MS_PER_HOUR },
	{ "toepochdaysbucket", EPOCH_TO_BUCKET, MS_PER_DAY },
	{ "fromepochseconds", EPOCH_FROM, MS_PER_SECOND },
	{ "fromepochminutes", EPOCH_FROM, MS_PER_MINUTE },
	{ "fromepochhours", EPOCH_FROM, MS_PER_HOUR },
	{ "fromepochdays", EPOCH_FROM, MS_PER_DAY },
	{ "fromepochsecondsbucket", EPOCH_FROM_BUCKET, MS_PER_SECOND },
	{ "fromepochminutesbucket", EPOCH_FROM_BUCKET, MS_PER_MINUTE },
	{ "fromepochhoursbucket", EPOCH_FROM_BUCKET, MS_PER_HOUR },
	{ "fromepochdaysbucket", EPOCH_FROM_BUCKET, MS_PER_DAY },
};

static const struct epoch *epoch_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(epochs); i++)
		if (strcmp(epochs[i].name, name) == 0)
			return &epochs[i];
	return NULL;
}

/* False on overflow.  size > 0 is the bucket's. */
static bool epoch_convert(const struct epoch *e, int64_t v, int64_t size, int64_t *out)
{
	switch (e->kind) {
	case EPOCH_TO:
		*out = v / e->ms;
		return true;
	case EPOCH_TO_ROUNDED:
		*out = v / e->ms / size * size;
		return true;
	case EPOCH_TO_BUCKET:
		*out = v / e->ms / size;
		return true;
	case EPOCH_FROM:
	case EPOCH_FROM_BUCKET:
		break;
	}
	return !__builtin_mul_overflow(v, size, out) && !__builtin_mul_overflow(*out, e->ms, out);
}

static enum step epoch_kernel(struct func_call *c)
{
	const struct epoch *e = epoch_find(c->def->name);

	ASSERT(e);
	for (uint32_t i = 0; i < c->sel->n_rows; i++) {
		uint32_t row = sel_row(c->sel, i);
		int64_t v = arg_i64(c, 0, row), size = c->n_args > 1 ? arg_i64(c, 1, row) : 1, out;

		if (size < 1)
			return func_fail(c, "%s: a bucket cannot hold %lld", c->def->name,
					 (long long)size);
		if (!epoch_convert(e, v, size, &out))
			return fail_range(c, v);
		put_i64(c, row, out);
	}
	return func_done(c, FIELD_PRICE);
}

/* ---- a time by another type ---- */

#define KERNEL   same_ms
#define IN       int64_t
#define OUT      int64_t
#define APPLY(a) (a)
#include "broker/func/unary.inc"

#define FIELD(name, example, gives)                                                              \
	{ name, { FT_LONG }, FT_INT, FUNC_STRICT, field_kernel, 0, example, gives },             \
	{                                                                                        \
		name, { FT_LONG, FT_STRING }, FT_INT, FUNC_STRICT | FUNC_FAILS, field_kernel, 0, \
			NULL, NULL                                                               \
	}
#define TO         { FT_LONG }, FT_LONG, FUNC_STRICT, epoch_kernel, 0
#define FROM       { FT_LONG }, FT_LONG, FUNC_STRICT | FUNC_FAILS, epoch_kernel, 0
#define TO_BUCKET  { FT_LONG, FT_LONG }, FT_LONG, FUNC_STRICT | FUNC_FAILS, epoch_kernel, 0
#define FAILS      (FUNC_STRICT | FUNC_FAILS)
#define UNIT_FIRST (FAILS | FUNC_UNIT)
#define UNIT_STATE sizeof(struct unit_state)
#define UNIT       FT_STRING
#define ZONE       FT_STRING
#define TIME       FT_TIMESTAMP

const struct func_def func_time[] = {
	/* name, arguments, result, flags, kernel, state, example, gives */
	FIELD("year", "year(TIMESTAMP '2024-03-05 06:07:08.009')", "2024"),
	FIELD("quarter", "quarter(TIMESTAMP '2024-03-05 06:07:08.009')", "1"),
	FIELD("month", "month(TIMESTAMP '2024-03-05 06:07:08.009')", "3"),
	FIELD("monthofyear", "monthofyear(-1)", "12"),
	FIELD("week", "week(TIMESTAMP '2021-01-03')", "53"),
	FIELD("weekofyear", "weekofyear(TIMESTAMP '2021-01-04')", "1"),
	FIELD("yearofweek", "yearofweek(TIMESTAMP '2021-01-03')", "2020"),
	FIELD("yow", "yow(TIMESTAMP '2021-01-04')", "2021"),
	FIELD("day", "day(TIMESTAMP '2024-03-05')", "5"),
	FIELD("dayofmonth", "dayofmonth(-1)", "31"),
	FIELD("dayofweek", "dayofweek(TIMESTAMP '2024-03-05')", "2"),
	FIELD("dow", "dow(TIMESTAMP '2024-03-10')", "7"),
	FIELD("dayofyear", "dayofyear(TIMESTAMP '2024-03-05')", "65"),
	FIELD("doy", "doy(TIMESTAMP '2023-12-31')", "365"),
	FIELD("hour", "hour(TIMESTAMP '2024-03-05 06:07:08.009')", "6"),
	FIELD("minute", "minute(TIMESTAMP '2024-03-05 06:07:08.009')", "7"),
	FIELD("second", "second(TIMESTAMP '2024-03-05 06:07:08.009')", "8"),
	FIELD("millisecond", "millisecond(-1)", "999"),
	{ "extract",
	  { UNIT, FT_LONG },
	  FT_INT,
	  UNIT_FIRST,
	  extract,
	  UNIT_STATE,
	  "extract('doy', TIMESTAMP '2024-03-05')",
	  "65" },
	{ "datetrunc",
	  { UNIT, TIME },
	  TIME,
	  UNIT_FIRST,
	  datetrunc,
	  UNIT_STATE,
	  "datetrunc('month', TIMESTAMP '2024-03-05 06:07:08')",
	  "2024-03-01 00:00:00.0" },
	{ "datetrunc",
	  { UNIT, FT_LONG },
	  FT_LONG,
	  UNIT_FIRST,
	  datetrunc,
	  UNIT_STATE,
	  "datetrunc('minute', 123456)",
	  "120000" },
	{ "datetrunc",
	  { UNIT, FT_LONG, UNIT },
	  FT_LONG,
	  UNIT_FIRST,
	  datetrunc,
	  UNIT_STATE,
	  "datetrunc('day', 100000, 'SECONDS')",
	  "86400" },
	{ "datetrunc",
	  { UNIT, FT_LONG, UNIT, ZONE },
	  FT_LONG,
	  UNIT_FIRST,
	  datetrunc,
	  UNIT_STATE,
	  "datetrunc('day', 100000, 'SECONDS', 'UTC')",
	  "86400" },
	{ "datetrunc",
	  { UNIT, FT_LONG, UNIT, ZONE, UNIT },
	  FT_LONG,
	  UNIT_FIRST,
	  datetrunc,
	  UNIT_STATE,
	  "datetrunc('day', 100000, 'SECONDS', 'UTC', 'DAYS')",
	  "1" },
	{ "timestampadd",
	  { UNIT, FT_LONG, TIME },
	  TIME,
	  UNIT_FIRST,
	  timestampadd,
	  UNIT_STATE,
	  "timestampadd('month', 1, TIMESTAMP '2024-01-31')",
	  "2024-02-29 00:00:00.0" },
	{ "timestampadd",
	  { UNIT, FT_LONG, FT_LONG },
	  FT_LONG,
	  UNIT_FIRST,
	  timestampadd,
	  UNIT_STATE,
	  "timestampadd('SECOND', 2, 500)",
	  "2500" },
	{ "dateadd",
	  { UNIT, FT_LONG, TIME },
	  TIME,
	  UNIT_FIRST,
	  timestampadd,
	  UNIT_STATE,
	  "dateadd('day', -1, TIMESTAMP '2024-03-01')",
	  "2024-02-29 00:00:00.0" },
	{ "dateadd",
	  { UNIT, FT_LONG, FT_LONG },
	  FT_LONG,
	  UNIT_FIRST,
	  timestampadd,
	  UNIT_STATE,
	  "dateadd('hour', 1, 0)",
	  "3600000" },
	{ "timestampdiff",
	  { UNIT, FT_LONG, FT_LONG },
	  FT_LONG,
	  UNIT_FIRST,
	  timestampdiff,
	  UNIT_STATE,
	  "timestampdiff('month', TIMESTAMP '2024-01-31', TIMESTAMP '2024-03-01')",
	  "1" },
	{ "datediff",
	  { UNIT, FT_LONG, FT_LONG },
	  FT_LONG,
	  UNIT_FIRST,
	  timestampdiff,
	  UNIT_STATE,
	  "datediff('day', TIMESTAMP '2024-03-01', TIMESTAMP '2024-02-28')",
	  "-2" },
	{ "timeconvert",
	  { FT_LONG, UNIT, UNIT },
	  FT_LONG,
	  FAILS,
	  timeconvert,
	  0,
	  "timeconvert(7200, 'SECONDS', 'HOURS')",
	  "2" },
	{ "toepochseconds", TO, "toepochseconds(61000)", "61" },
	{ "toepochminutes", TO, "toepochminutes(61000)", "1" },
	{ "toepochhours", TO, "toepochhours(7200000)", "2" },
	{ "toepochdays", TO, "toepochdays(TIMESTAMP '1970-01-03')", "2" },
	{ "toepochsecondsrounded", TO_BUCKET, "toepochsecondsrounded(61000, 10)", "60" },
	{ "toepochminutesrounded", TO_BUCKET, "toepochminutesrounded(3660000, 60)", "60" },
	{ "toepochhoursrounded", TO_BUCKET, "toepochhoursrounded(90000000, 24)", "24" },
	{ "toepochdaysrounded", TO_BUCKET, "toepochdaysrounded(864000000, 7)", "7" },
	{ "toepochsecondsbucket", TO_BUCKET, "toepochsecondsbucket(61000, 10)", "6" },
	{ "toepochminutesbucket", TO_BUCKET, "toepochminutesbucket(3660000, 60)", "1" },
	{ "toepochhoursbucket", TO_BUCKET, "toepochhoursbucket(90000000, 24)", "1" },
	{ "toepochdaysbucket", TO_BUCKET, "toepochdaysbucket(864000000, 7)", "1" },
	{ "fromepochseconds", FROM, "fromepochseconds(61)", "61000" },
	{ "fromepochminutes", FROM, "fromepochminutes(2)", "120000" },
	{ "fromepochhours", FROM, "fromepochhours(2)", "7200000" },
	{ "fromepochdays", FROM, "fromepochdays(2)", "172800000" },
	{ "fromepochsecondsbucket", TO_BUCKET, "fromepochsecondsbucket(6, 10)", "60000" },
	{ "fromepochminutesbucket", TO_BUCKET, "fromepochminutesbucket(1, 60)", "3600000" },
	{ "fromepochhoursbucket", TO_BUCKET, "fromepochhoursbucket(1, 24)", "86400000" },
	{ "fromepochdaysbucket", TO_BUCKET, "fromepochdaysbucket(1, 7)", "604800000" },
	{ "totimestamp",
	  { FT_LONG },
	  TIME,
	  FUNC_STRICT | FUNC_TOTAL,
	  same_ms,
	  0,
	  "totimestamp(1)",
	  "1970-01-01 00:00:00.001" },
	{ "fromtimestamp",
	  { FT_LONG },
	  FT_LONG,
	  FUNC_STRICT | FUNC_TOTAL,
	  same_ms,
	  0,
	  "fromtimestamp(TIMESTAMP '1970-01-01 00:00:01')",
	  "1000" },
	{ 0 },
};
