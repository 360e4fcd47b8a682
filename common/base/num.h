/*
 * num.h - numbers: checked size arithmetic, parsing and printing.
 */
#ifndef COMMON_BASE_NUM_H
#define COMMON_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

/** a + b or a * b into *out; false on overflow. */
static inline bool num_add(size_t a, size_t b, size_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}
static inline bool num_mul(size_t a, size_t b, size_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

/** The whole of s is a decimal integer (optional sign) that fits; else false. */
bool num_parse_i64(struct str s, int64_t *out);

/**
 * The whole of s is a decimal or exponent number (no hex, no blanks); else
 * false.  "NaN", "Infinity", "-Infinity" are accepted in any case.  The locale
 * does not matter.  Correctly rounded.
 */
bool num_parse_f64(struct str s, double *out);

#define NUM_I64_CHARS 24
#define NUM_F64_CHARS 40

/** Decimal text without NUL; returns its length.  buf holds NUM_I64_CHARS. */
size_t num_format_i64(int64_t v, char *buf);

/**
 * The shortest text that reads back as v, in the form of Java's
 * Double.toString: always a fraction ("3.0"), plain for 1e-3 <= |v| < 1e7,
 * else "1.0E10"; "NaN", "Infinity", "-Infinity".  buf holds NUM_F64_CHARS.
 */
size_t num_format_f64(double v, char *buf);

/** The same for a value of single precision (Float.toString). */
size_t num_format_f32(float v, char *buf);

/** "64k", "1m", "2g", or plain bytes; false when malformed or negative. */
bool num_parse_bytes(struct str s, int64_t *out);

/** "4h30m", "10s", "250ms", or a plain number in default_unit_ms; false when malformed. */
bool num_parse_period_ms(struct str s, int64_t default_unit_ms, int64_t *out);

#endif
