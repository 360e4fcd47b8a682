/*
 * num.c - see num.h.
 *
 * Printing a double: Schubfach (Giulietti, "The Schubfach way to render
 * doubles", 2021).  A double stands for an interval of reals, those that round
 * to it.  Scaled by the power of ten for which the interval is between 1 and 10
 * wide, it holds at most one multiple of ten and at least one integer; the
 * former is the shortest text, the latter the closest of the next length.  The
 * scaled ends are needed as an integer and one bit that says whether anything
 * follows; 128 bits of the power of ten are enough for both (section 9 there).
 *
 * Reading a double: up to 19 digits fit a word.  If word and power of ten are
 * exact doubles, one operation rounds correctly (Clinger 1990).  Otherwise 128
 * bits of the product decide, unless they lie so close to the middle between
 * two doubles that the error of the power could matter (the idea is Lemire's,
 * "Number parsing at a gigabyte per second", 2021); then strtod() decides.
 *
 * Both use one table of 10^e.  It is computed on first use in about 50 us, from
 * powers of 5 that are kept whole, so every entry is exact but for its cut.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/num.h"

__extension__ typedef unsigned __int128 u128; /* -Wpedantic knows no 128 bits */

/* ---- Powers of ten ------------------------------------------------------- */

#define POW10_MIN (-342) /* a word times less is 0 */
#define POW10_MAX 325    /* the smallest double has its second digit at 10^-325 */

/* 10^e = bits * 2^(floor_log2_pow10(e) - 127), cut to 128 bits, the top one set. */
static u128 pow10_bits[POW10_MAX - POW10_MIN + 1];
static pthread_once_t pow10_once = PTHREAD_ONCE_INIT;

/* 5^325, and 2^959 / 5^342 to 128 bits, both fit; the least significant word comes first. */
#define BIG_WORDS 30

static u128 big_top(const uint32_t *w)
{
	int top = BIG_WORDS - 1;
	u128 bits = 0;
	int shift;

	while (w[top] == 0)
		top--;
	for (int i = top; i > top - 4; i--)
		bits = bits << 32 | (i >= 0 ? w[i] : 0);
	shift = __builtin_clz(w[top]);
	if (shift == 0)
		return bits;
	return bits << shift | (top >= 4 ? w[top - 4] : 0) >> (32 - shift);
}

static void big_times_5(uint32_t *w)
{
	uint64_t carry = 0;

	for (int i = 0; i < BIG_WORDS; i++) {
		carry += 5ull * w[i];
		w[i] = (uint32_t)carry;
		carry >>= 32;
	}
	ASSERT(carry == 0);
}

static void big_over_5(uint32_t *w)
{
	uint64_t rest = 0;

	for (int i = BIG_WORDS - 1; i >= 0; i--) {
		rest = rest << 32 | w[i];
		w[i] = (uint32_t)(rest / 5);
		rest %= 5;
	}
}

/* Factors of two only move the exponent, so the powers of five have the bits. */
static void pow10_init(void)
{
	uint32_t power[BIG_WORDS] = { 1 }, inverse[BIG_WORDS] = { 0 };

	inverse[BIG_WORDS - 1] = 1u << 31;
	for (int e = 0; e <= POW10_MAX; e++) {
		pow10_bits[e - POW10_MIN] = big_top(power);
		big_times_5(power);
	}
	for (int e = -1; e >= POW10_MIN; e--) {
		big_over_5(inverse);
		pow10_bits[e - POW10_MIN] = big_top(inverse);
	}
}

static u128 pow10_get(int e)
{
	int rc = pthread_once(&pow10_once, pow10_init);

	DEBUG_ASSERT(rc == 0 && e >= POW10_MIN && e <= POW10_MAX);
	(void)rc;
	return pow10_bits[e - POW10_MIN];
}

/* Logarithms of powers as fixed-point products; right for all exponents of doubles. */
static int floor_log2_pow10(int e)
{
	return (e * 1741647) >> 19;
}

static int floor_log10_pow2(int e)
{
	return (e * 1262611) >> 22;
}

/* Of 3/4 * 2^e. */
static int floor_log10_3_4_pow2(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

/* ---- Integers ------------------------------------------------------------ */

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";

/* Writes v so that it ends before `end`; returns where it begins. */
static char *put_u64(char *end, uint64_t v)
{
	while (v >= 100) {
		end -= 2;
		memcpy(end, digit_pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		end -= 2;
		memcpy(end, digit_pairs + v * 2, 2);
	} else {
		*--end = (char)('0' + v);
	}
	return end;
}

size_t num_format_i64(int64_t v, char *buf)
{
	char digits[NUM_I64_CHARS], *end = digits + sizeof(digits);
	char *p = put_u64(end, v < 0 ? -(uint64_t)v : (uint64_t)v);
	size_t n;

	if (v < 0)
		*--p = '-';
	n = (size_t)(end - p);
	memcpy(buf, p, n);
	return n;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes a sign off the front; true when it was a minus. */
static bool take_sign(struct str *s)
{
	bool is_minus = s->len > 0 && s->ptr[0] == '-';

	if (is_minus || (s->len > 0 && s->ptr[0] == '+')) {
		s->ptr++;
		s->len--;
	}
	return is_minus;
}

/* Takes the digits off the front; false when there are none or the number exceeds max. */
static bool take_u64(struct str *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s->len && is_digit(s->ptr[i]); i++) {
		uint64_t d = (uint64_t)(s->ptr[i] - '0');

		if (v > (max - d) / 10)
			return false;
		v = v * 10 + d;
	}
	s->ptr += i;
	s->len -= i;
	*out = v;
	return i > 0;
}

bool num_parse_i64(struct str s, int64_t *out)
{
	bool is_minus = take_sign(&s);
	uint64_t v;

	if (!take_u64(&s, (uint64_t)INT64_MAX + is_minus, &v) || s.len > 0)
		return false;
	*out = (int64_t)(is_minus ? -v : v);
	return true;
}

/* ---- Sizes and periods --------------------------------------------------- */

struct unit {
	const char *name;
	int64_t factor;
};

/* The factor of the unit that is the longest prefix of s, which loses it; 0 when none is. */
static int64_t take_unit(struct str *s, const struct unit *units)
{
	for (const struct unit *u = units; u->name != NULL; u++) {
		struct str name = str_of(u->name);

		if (s->len >= name.len && str_eq_nocase((struct str){ s->ptr, name.len }, name)) {
			s->ptr += name.len;
			s->len -= name.len;
			return u->factor;
		}
	}
	return 0;
}

bool num_parse_bytes(struct str s, int64_t *out)
{
	static const struct unit units[] = {
		{ "k", (int64_t)1 << 10 },
		{ "m", (int64_t)1 << 20 },
		{ "g", (int64_t)1 << 30 },
		{ "t", (int64_t)1 << 40 },
		{ NULL, 0 },
	};
	int64_t factor = 1, bytes;
	uint64_t n;

	if (!take_u64(&s, INT64_MAX, &n))
		return false;
	if (s.len > 0)
		factor = take_unit(&s, units);
	if (factor == 0 || s.len > 0 || __builtin_mul_overflow((int64_t)n, factor, &bytes))
		return false;
	*out = bytes;
	return true;
}

bool num_parse_period_ms(struct str s, int64_t default_unit_ms, int64_t *out)
{
	/* "ms" comes before its prefix "m". */
	static const struct unit units[] = {
		{ "ms", 1 },      { "s", 1000 },     { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
	};
	bool is_first = true;
	int64_t total = 0;

	do {
		int64_t factor, ms;
		uint64_t n;

		if (!take_u64(&s, INT64_MAX, &n))
			return false;
		factor = is_first && s.len == 0 ? default_unit_ms : take_unit(&s, units);
		if (factor == 0 || __builtin_mul_overflow((int64_t)n, factor, &ms) ||
		    __builtin_add_overflow(total, ms, &total))
			return false;
		is_first = false;
	} while (s.len > 0);
	*out = total;
	return true;
}

/* ---- Reading doubles ----------------------------------------------------- */

#define WORD_DIGITS 19 /* 10^19 < 2^64 */

/* Powers of ten that are doubles. */
static const double exact_pow10[] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* The text of an unsigned number, taken apart: its digits as an integer, times 10^exp10. */
struct decimal_text {
	struct str digits; /* from the first that is not 0; may hold a point */
	size_t n_digits;
	int64_t exp10;
	uint64_t word; /* the first WORD_DIGITS digits */
};

/* Takes the digits off the front of s, adds them to *t and returns their number. */
static size_t scan_digits(struct str *s, struct decimal_text *t)
{
	const char *p = s->ptr, *end = p + s->len;
	size_t n;

	if (t->n_digits == 0) {
		while (p < end && *p == '0')
			p++;
		t->digits.ptr = p;
	}
	for (; p < end && is_digit(*p); p++)
		if (t->n_digits++ < WORD_DIGITS)
			t->word = t->word * 10 + (uint64_t)(*p - '0');
	n = (size_t)(p - s->ptr);
	s->ptr += n;
	s->len -= n;
	return n;
}

/* "e-7" at the front of s; false when malformed. */
static bool scan_exponent(struct str *s, int64_t *out)
{
	const int64_t huge = 1000000000000; /* beyond what any number of zeros makes up for */
	bool is_minus;
	int64_t e = 0;

	if (s->len == 0 || (s->ptr[0] != 'e' && s->ptr[0] != 'E'))
		return true;
	s->ptr++;
	s->len--;
	is_minus = take_sign(s);
	if (s->len == 0)
		return false;
	for (; s->len > 0 && is_digit(s->ptr[0]); s->ptr++, s->len--)
		e = MIN(e * 10 + (s->ptr[0] - '0'), huge);
	*out += is_minus ? -e : e;
	return true;
}

static bool scan_decimal(struct str s, struct decimal_text *t)
{
	size_t n_whole, n_fraction = 0;

	*t = (struct decimal_text){ 0 };
	n_whole = scan_digits(&s, t);
	if (s.len > 0 && s.ptr[0] == '.') {
		s.ptr++;
		s.len--;
		n_fraction = scan_digits(&s, t);
	}
	if (n_whole + n_fraction == 0)
		return false;
	t->digits.len = (size_t)(s.ptr - t->digits.ptr);
	t->exp10 = -(int64_t)n_fraction;
	return scan_exponent(&s, &t->exp10) && s.len == 0;
}

static double double_of_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/*
 * The double next to word * 10^exp10 for word > 0, when 128 bits can tell it.
 *
 * The power is cut, so the true product lies in [product, product + 2), in units
 * of its last bit: one for the cut of the power times a word below 2^64, one for
 * the cut of the product itself.
 */
static bool round_product(uint64_t word, int64_t exp10, double *out)
{
	int zeros = __builtin_clzll(word), cut, exp2;
	u128 power, product, half, rest;
	uint64_t mantissa;

	if (exp10 < POW10_MIN || exp10 > POW10_MAX)
		return false;
	power = pow10_get((int)exp10);
	word <<= zeros;
	product = (u128)word * (uint64_t)(power >> 64) + ((u128)word * (uint64_t)power >> 64);

	/* Of 127 or 128 bits 53 stay. */
	cut = 74 + (int)(product >> 127);
	half = (u128)1 << (cut - 1);
	rest = product & (half * 2 - 1);
	mantissa = (uint64_t)(product >> cut);
	if (rest > half)
		mantissa++;
	else if (rest + 2 > half)
		return false;

	/* 1023 is the bias; 52 because the mantissa is an integer here. */
	exp2 = cut - 63 + floor_log2_pow10((int)exp10) - zeros + 52 + 1023;
	if (mantissa >> 53 != 0) {
		mantissa >>= 1;
		exp2++;
	}
	if (exp2 < 1 || exp2 > 2046)
		return false; /* subnormal or too large */
	*out = double_of_bits((uint64_t)exp2 << 52 | (mantissa & ((1ull << 52) - 1)));
	return true;
}

static bool round_fast(const struct decimal_text *t, double *out)
{
	int64_t exp10 = t->exp10;
	double next;

	if (t->n_digits <= WORD_DIGITS) {
		if (t->word >> 53 == 0 && exp10 >= -22 && exp10 <= 22) {
			double v = (double)t->word;

			*out = exp10 < 0 ? v / exact_pow10[-exp10] : v * exact_pow10[exp10];
			return true;
		}
		return round_product(t->word, exp10, out);
	}
	/* What is behind the word lies between word and word + 1: do both round alike? */
	exp10 += (int64_t)(t->n_digits - WORD_DIGITS);
	return round_product(t->word, exp10, out) && round_product(t->word + 1, exp10, &next) &&
	       *out == next;
}

/*
 * No middle between two doubles has more than 767 digits.  Of what follows the
 * first 800 only matters whether there is anything but zeros.
 */
#define EXACT_DIGITS 800

/*
 * Leaves it to strtod(), with a text of bounded length that has no point: that
 * character depends on the locale.
 */
static double round_exactly(const struct decimal_text *t)
{
	char text[EXACT_DIGITS + 32];
	int64_t exp10 = t->exp10;
	size_t n = 0, n_kept;
	bool has_more = false;

	for (size_t i = 0; i < t->digits.len; i++) {
		char c = t->digits.ptr[i];

		if (c == '.')
			continue;
		if (n < EXACT_DIGITS)
			text[n++] = c;
		else if (c != '0')
			has_more = true;
	}
	n_kept = n;
	if (has_more) {
		text[n++] = '1';
		n_kept++;
	}
	exp10 += (int64_t)t->n_digits - (int64_t)n_kept;
	exp10 = MAX(MIN(exp10, 9999), -9999); /* far beyond any double */
	text[n++] = 'e';
	n += num_format_i64(exp10, text + n);
	text[n] = '\0';
	return strtod(text, NULL);
}

bool num_parse_f64(struct str s, double *out)
{
	bool is_signed = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+');
	bool is_minus = take_sign(&s);
	struct decimal_text t;
	double v = 0;

	if (s.len > 0 && (s.ptr[0] | 0x20) >= 'a') {
		if (str_eq_nocase(s, STR("infinity")))
			v = (double)INFINITY;
		else if (!is_signed && str_eq_nocase(s, STR("nan")))
			v = (double)NAN;
		else
			return false;
	} else {
		if (!scan_decimal(s, &t))
			return false;
		if (t.word != 0 && !round_fast(&t, &v))
			v = round_exactly(&t);
	}
	*out = is_minus ? -v : v;
	return true;
}

/* ---- Printing doubles ---------------------------------------------------- */

/* digits * 10^exp10 */
struct decimal {
	uint64_t digits;
	int exp10;
};

/*
 * x * power / 2^128, whose last bit is also set when anything follows it.
 *
 * The power is a little too large (pow10_bits + 1), so an integer may come out
 * with up to 1 behind it; no other product comes that close above an integer.
 */
static uint64_t scale(u128 power, uint64_t x)
{
	u128 low = (u128)x * (uint64_t)power;
	u128 high = (u128)x * (uint64_t)(power >> 64) + (uint64_t)(low >> 64);

	return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* Four times a value and the ends of its interval, in units of 10^exp10. */
struct interval {
	uint64_t low, value, high; /* numbers from low to high read back as the value */
	int exp10;
};

static struct interval interval_scale(uint64_t c, int q, bool is_narrow_below, int exp10)
{
	u128 power = pow10_get(-exp10) + 1;
	int shift = q + floor_log2_pow10(-exp10) + 1;
	uint64_t is_odd = c & 1; /* ties round to even, so the ends count only if c is */

	return (struct interval){
		.low = scale(power, (4 * c - (is_narrow_below ? 1 : 2)) << shift) + is_odd,
		.value = scale(power, (4 * c) << shift),
		.high = scale(power, (4 * c + 2) << shift) - is_odd,
		.exp10 = exp10,
	};
}

/*
 * The shortest decimal that reads back as c * 2^q, and of these the closest.
 *
 * is_narrow_below  the next smaller number is only half as far away
 *
 * Java's form has two digits at least.  Where one digit would do, two are
 * looked at: 4.9E-324 costs no more than 5.0E-324 and is closer.
 */
static struct decimal shortest(uint64_t c, int q, bool is_narrow_below)
{
	int exp10 = is_narrow_below ? floor_log10_3_4_pow2(q) : floor_log10_pow2(q);
	struct interval in = interval_scale(c, q, is_narrow_below, exp10);
	uint64_t whole, half;
	bool has_this, has_next;

	if (in.value / 4 < 10)
		in = interval_scale(c, q, is_narrow_below, exp10 - 1);
	whole = in.value / 4;
	if (whole >= 100) {
		uint64_t tens = whole / 10;

		has_this = in.low <= 40 * tens;
		has_next = 40 * tens + 40 <= in.high;
		if (has_this != has_next)
			return (struct decimal){ tens + has_next, in.exp10 + 1 };
	}
	has_this = in.low <= 4 * whole;
	has_next = 4 * whole + 4 <= in.high;
	half = 4 * whole + 2;
	if (has_this == has_next)
		has_next = in.value > half || (in.value == half && (whole & 1) != 0);
	return (struct decimal){ whole + has_next, in.exp10 };
}

static struct decimal without_zeros(struct decimal d)
{
	if (d.digits % 100000000 == 0) {
		d.digits /= 100000000;
		d.exp10 += 8;
	}
	if (d.digits % 10000 == 0) {
		d.digits /= 10000;
		d.exp10 += 4;
	}
	for (; d.digits % 10 == 0; d.exp10++)
		d.digits /= 10;
	return d;
}

static char *put(char *p, const char *from, size_t n)
{
	memcpy(p, from, n);
	return p + n;
}

/* "123.45" for n digits of which the point stands behind the first `n_whole`. */
static char *put_plain(char *p, const char *digits, int n, int n_whole)
{
	static const char zeros[] = "00000000";

	if (n_whole <= 0) {
		p = put(p, "0.", 2);
		p = put(p, zeros, (size_t)-n_whole);
		return put(p, digits, (size_t)n);
	}
	if (n_whole >= n) {
		p = put(p, digits, (size_t)n);
		p = put(p, zeros, (size_t)(n_whole - n));
		return put(p, ".0", 2);
	}
	p = put(p, digits, (size_t)n_whole);
	*p++ = '.';
	return put(p, digits + n_whole, (size_t)(n - n_whole));
}

/* Double.toString(): plain from 1e-3 to below 1e7. */
static char *put_decimal(char *p, struct decimal d)
{
	char buf[NUM_I64_CHARS], *end = buf + sizeof(buf);
	const char *digits = put_u64(end, d.digits);
	int n = (int)(end - digits), exponent = n + d.exp10 - 1;

	if (exponent >= -3 && exponent < 7)
		return put_plain(p, digits, n, exponent + 1);
	p = put_plain(p, digits, n, 1);
	*p++ = 'E';
	return p + num_format_i64(exponent, p);
}

/* Everything but digits: sign, zero, infinity.  NULL when there is more to do. */
static char *put_special(char *p, double v)
{
	if (v != v)
		return put(p, "NaN", 3);
	if (isinf(v))
		return put(p, "Infinity", 8);
	return v == 0 ? put(p, "0.0", 3) : NULL;
}

size_t num_format_f64(double v, char *buf)
{
	char *p = buf, *end;
	uint64_t bits, c;
	int q;

	memcpy(&bits, &v, sizeof(bits));
	if (bits >> 63 != 0 && v == v)
		*p++ = '-';
	v = fabs(v);
	end = put_special(p, v);
	if (end != NULL)
		return (size_t)(end - buf);
	if (v < 1e7 && v == (double)(int64_t)v) {
		/* Whole numbers are common, and cheap. */
		p += num_format_i64((int64_t)v, p);
		return (size_t)(put(p, ".0", 2) - buf);
	}
	q = (int)(bits >> 52 & 0x7ff);
	c = bits & ((1ull << 52) - 1);
	if (q == 0)
		return (size_t)(put_decimal(p, without_zeros(shortest(c, -1074, false))) - buf);
	return (size_t)(put_decimal(p, without_zeros(shortest(c | 1ull << 52, q - 1075,
							      c == 0 && q > 1))) -
			buf);
}

size_t num_format_f32(float v, char *buf)
{
	char *p = buf, *end;
	uint32_t bits, c;
	int q;

	memcpy(&bits, &v, sizeof(bits));
	if (bits >> 31 != 0 && v == v)
		*p++ = '-';
	end = put_special(p, (double)fabsf(v));
	if (end != NULL)
		return (size_t)(end - buf);
	q = (int)(bits >> 23 & 0xff);
	c = bits & ((1u << 23) - 1);
	if (q == 0)
		return (size_t)(put_decimal(p, without_zeros(shortest(c, -149, false))) - buf);
	return (size_t)(put_decimal(p, without_zeros(
					       shortest(c | 1u << 23, q - 150, c == 0 && q > 1))) -
			buf);
}
