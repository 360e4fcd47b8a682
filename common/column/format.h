/*
 * format.h - values as text and text as values, the same everywhere: JSON
 * rows, CAST, CSV import, EXPLAIN.
 */
#ifndef COMMON_COLUMN_FORMAT_H
#define COMMON_COLUMN_FORMAT_H

#include "common/base/strbuf.h"
#include "common/column/column.h"

#define TIMESTAMP_CHARS 40

/**
 * "yyyy-MM-dd HH:mm:ss.f" in UTC as java.sql.Timestamp prints it: at least one
 * fraction digit, trailing zeros cut.  Years outside 0..9999 get as many
 * digits as they need and a sign.  Returns the length; buf holds
 * TIMESTAMP_CHARS.
 */
size_t timestamp_format(int64_t ms, char *buf);

/**
 * Accepts "yyyy-MM-dd[( |T)HH:mm[:ss[.fraction]]][Z|(+|-)HH[:]mm]" and plain
 * epoch milliseconds when allow_epoch; false when malformed or out of range
 * (month 13, February 30).
 */
bool timestamp_parse(struct str s, bool allow_epoch, int64_t *ms);

/** Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t civil_to_days(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/** "true"/"false" in any case, "t"/"f", "1"/"0"; false when neither. */
bool boolean_parse(struct str s, bool *out);

/** Appends the plain text of a value as CAST AS STRING gives it ("null" for NULL). */
void value_format(const struct value *v, struct strbuf *out);

/** The text as a value of the type; false when it is none.  Strings are borrowed. */
bool value_parse(struct str s, enum col_type type, struct value *out);

#endif
