/*
 * timeunit.h - units of time and the calendar, shared by time.c and datetime.c.
 *
 * Time is milliseconds since 1970 in UTC, days are 86,400 seconds, the calendar
 * is the proleptic Gregorian one, weeks are ISO 8601's.
 */
#ifndef BROKER_FUNC_TIMEUNIT_H
#define BROKER_FUNC_TIMEUNIT_H

#include <stdint.h>

#include "broker/func/kernel.h"

#define MS_PER_SECOND 1000ll
#define MS_PER_MINUTE 60000ll
#define MS_PER_HOUR   3600000ll
#define MS_PER_DAY    86400000ll

/* A point in time by fields. */
struct civil {
	int64_t days; /* since 1970-01-01 */
	int64_t year;
	unsigned month, day; /* from 1 */
};

struct iso_week {
	int64_t year;
	int week; /* from 1 */
};

/* Rounds down, b > 0: the day before 1970 is day -1. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static inline int64_t floor_mod(int64_t a, int64_t b)
{
	int64_t r = a % b;

	return r < 0 ? r + b : r;
}

struct civil civil_of(int64_t ms);

/** Monday 1 .. Sunday 7. */
static inline int64_t iso_weekday(int64_t days)
{
	return floor_mod(days + 3, 7) + 1;
}

struct iso_week iso_week_of(const struct civil *d);

/** Days from January 1 of its year, from 1. */
int64_t day_of_year(const struct civil *d);

/** True for "DAY", "days", "SQL_TSI_DAY", and what only EXTRACT has, such as "DOY". */
bool unit_is_known(struct str name);

/**
 * Raises an error unless the name means UTC: there are no other time zones here.
 * arg is where the name stands.
 */
NODISCARD int timezone_check(struct func_call *c, uint32_t arg, uint32_t row);

#endif
