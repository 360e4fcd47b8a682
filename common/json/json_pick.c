/*
 * json_pick.c - see json_pick.h.
 *
 * A reader of tokens and, above it, the grammar by recursive descent, as deep as
 * jansson goes.  The last token is text[begin, pos), which is also what a message
 * says that something is near.  A malformed token is only a token of its own kind
 * at first: what is wrong with it depends on what was expected there.
 *
 * Keys have to be different within their object.  Their hashes, combined with the
 * object's number, go into a set of many small tables, so that none is large when
 * it has to grow.  Two keys whose 64 bits agree are taken for the same; with a
 * million keys the odds of that are one to forty million.
 */
#include "common/json/json_pick.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/num.h"

/* jansson's JSON_PARSER_MAX_DEPTH. */
#define DEPTH_MAX 2048

/* A longer token is not repeated in messages. */
#define NEAR_CHARS 20

/* Prices: of a byte that is read, of a token, and of a key that is new. */
#define PRICE_BYTE  1
#define PRICE_TOKEN 15
#define PRICE_KEY   100

/* Tables fill alike, so many of them grow within one piece: what is owed for that is paid at once. */
#define OWED_MAX 16384

#define KEY_TABLES  256
#define HASH_BYTES  ((size_t)16 << 10)
#define INT64_CHARS 20
#define NOTHING     (-1) /* instead of a byte: the end of the text */

enum kind {
	KIND_END,
	KIND_INVALID,
	KIND_STRING,
	KIND_INTEGER,
	KIND_REAL,
	KIND_TRUE,
	KIND_FALSE,
	KIND_NULL,
	KIND_BEGIN_OBJECT,
	KIND_END_OBJECT,
	KIND_BEGIN_ARRAY,
	KIND_END_ARRAY,
	KIND_COLON,
	KIND_COMMA,
};

/* Hashes; 0 is a free slot. */
struct key_table {
	uint64_t *slots;
	size_t n, capacity; /* a power of two */
};

struct reader {
	struct str text;
	size_t pos;     /* what is before has been read */
	size_t begin;   /* of the last token */
	enum kind kind; /* of the last token */
	unsigned depth;

	size_t piece_bytes, paid, look_at;
	int64_t owed; /* beside the bytes */
	struct coop *coop;
	struct error *err;

	struct json_pick *picks;
	size_t n_picks;
	struct strbuf key; /* the last one, decoded */
	uint64_t n_objects;
	struct key_table keys[KEY_TABLES];
};

/* Pays, and pauses when credit is spent. */
static int look(struct reader *r)
{
	coop_pay(r->coop, (int64_t)(r->pos - r->paid) * PRICE_BYTE + r->owed + 1);
	r->owed = 0;
	r->paid = r->pos;
	r->look_at = r->pos + r->piece_bytes;
	return coop_point(r->coop, r->err);
}

static inline int look_if_due(struct reader *r)
{
	return UNLIKELY(r->pos >= r->look_at || r->owed >= OWED_MAX) ? look(r) : 0;
}

/* ---- messages ---- */

/* Line and column of the last byte that was read; the column counts code points. */
static int find_place(struct reader *r, int *line, int *column)
{
	size_t end = r->pos;

	*line = 1;
	*column = 0;
	for (r->pos = r->paid = r->look_at = 0; r->pos < end; r->pos++) {
		unsigned char c = (unsigned char)r->text.ptr[r->pos];

		if (look_if_due(r) < 0)
			return -1;
		*line += c == '\n';
		*column = c == '\n' ? 0 : *column + ((c & 0xc0) != 0x80);
	}
	return 0;
}

static int fail(struct reader *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int fail(struct reader *r, const char *fmt, ...)
{
	struct str near = { r->text.ptr + r->begin, r->pos - r->begin };
	char what[100];
	va_list args;
	int line, column;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (find_place(r, &line, &column) < 0)
		return -1;
	if (near.len == 0)
		return error_set(r->err, ERR_JSON_PARSING,
				 "line %d, column %d: %s near end of file", line, column, what);
	if (near.len > NEAR_CHARS)
		return error_set(r->err, ERR_JSON_PARSING, "line %d, column %d: %s", line, column,
				 what);
	return error_set(r->err, ERR_JSON_PARSING, "line %d, column %d: %s near '" STR_FMT "'",
			 line, column, what, STR_ARG(near));
}

static int fail_utf8(struct reader *r, unsigned char c)
{
	int line, column;

	if (r->pos > r->begin)
		return fail(r, "unable to decode byte 0x%x", c);
	if (find_place(r, &line, &column) < 0)
		return -1;
	return error_set(r->err, ERR_JSON_PARSING, "line %d, column %d: unable to decode byte 0x%x",
			 line, column, c);
}

/* NUL bytes are looked for before anything else, as json_parse() does. */
static int refuse_nul(struct reader *r)
{
	int line, column;

	for (; r->pos < r->text.len; r->pos += MIN(r->piece_bytes, r->text.len - r->pos)) {
		size_t n = MIN(r->piece_bytes, r->text.len - r->pos);
		const char *nul = memchr(r->text.ptr + r->pos, '\0', n);

		if (nul) {
			r->pos = (size_t)(nul - r->text.ptr);
			if (find_place(r, &line, &column) < 0)
				return -1;
			return error_set(r->err, ERR_JSON_PARSING,
					 "line %d, column %d: a NUL byte is no JSON", line,
					 column + 1);
		}
		/* memchr() is a tenth of the work that follows. */
		r->owed += COOP_BYTES(n) / 4;
		r->paid = r->pos;
		if (look(r) < 0)
			return -1;
	}
	r->pos = r->paid = 0;
	r->look_at = r->piece_bytes;
	return 0;
}

/* ---- bytes ---- */

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Bytes of the code point at p, 2 to 4; 0 when it is ill-formed or cut off. */
static size_t code_point_bytes(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	size_t n;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : low;
	high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : high;
	if (left < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (!is_tail(p[i]))
			return 0;
	}
	return n;
}

static size_t code_point_at(const struct reader *r)
{
	return code_point_bytes((const unsigned char *)r->text.ptr + r->pos, r->text.len - r->pos);
}

/* The byte that comes next, or NOTHING.  -1 when it begins no code point. */
static int peek(struct reader *r, int *c)
{
	*c = r->pos < r->text.len ? (unsigned char)r->text.ptr[r->pos] : NOTHING;
	if (LIKELY(*c < 0x80) || code_point_at(r) > 0)
		return 0;
	return fail_utf8(r, (unsigned char)*c);
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Moves behind what is of a kind and peeks at what follows. */
static int skip(struct reader *r, bool (*is_wanted)(int c), int *c)
{
	while (r->pos < r->text.len && is_wanted((unsigned char)r->text.ptr[r->pos])) {
		r->pos++;
		if (look_if_due(r) < 0)
			return -1;
	}
	return peek(r, c);
}

/* ---- strings ---- */

#define NO_SURROGATE UINT32_MAX

/* A string on its way. */
struct string {
	struct strbuf *out;    /* NULL: it is only checked */
	uint32_t high;         /* waits for the other half of its pair */
	uint32_t bad, bad_low; /* the first that has none, and what it has instead */
};

static void add_code_point(struct strbuf *out, uint32_t c)
{
	char buf[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		strbuf_add_char(out, (char)c);
		return;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		buf[i] = (char)(0x80 | (c & 0x3f));
	buf[0] = (char)(c | (0xf00u >> n & 0xf0));
	strbuf_add(out, buf, n);
}

static void note_bad(struct string *s, uint32_t surrogate, uint32_t low)
{
	if (s->bad == NO_SURROGATE) {
		s->bad = surrogate;
		s->bad_low = low;
	}
}

/* Something else follows than "\u": the other half of a pair had to come at once. */
static void end_surrogate(struct string *s)
{
	if (s->high != NO_SURROGATE)
		note_bad(s, s->high, NO_SURROGATE);
	s->high = NO_SURROGATE;
}

static void add_escaped(struct string *s, uint32_t c)
{
	uint32_t high = s->high;
	bool is_high = c >= 0xd800 && c <= 0xdbff, is_low = c >= 0xdc00 && c <= 0xdfff;

	s->high = NO_SURROGATE;
	if (high != NO_SURROGATE && is_low)
		c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
	else if (high != NO_SURROGATE)
		note_bad(s, high, c);
	else if (is_low)
		note_bad(s, c, NO_SURROGATE);
	else if (is_high)
		s->high = c;
	if (s->out && s->high == NO_SURROGATE)
		add_code_point(s->out, c);
}

static int hex_digit(int c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\u". */
static int read_hex(struct reader *r, struct string *s)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		int c, digit;

		if (peek(r, &c) < 0)
			return -1;
		digit = hex_digit(c);
		r->pos += c != NOTHING;
		if (digit < 0)
			return fail(r, "invalid escape");
		value = value << 4 | (uint32_t)digit;
	}
	add_escaped(s, value);
	return 0;
}

/* Behind the backslash. */
static int read_escape(struct reader *r, struct string *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c;

	if (peek(r, &c) < 0)
		return -1;
	r->pos += c != NOTHING;
	if (c == 'u')
		return read_hex(r, s);
	at = c > 0 ? strchr(from, c) : NULL;
	if (!at)
		return fail(r, "invalid escape");
	end_surrogate(s);
	if (s->out)
		strbuf_add_char(s->out, to[at - from]);
	return 0;
}

/* Bytes that stand for themselves, up to where it is time to look. */
static void read_plain(struct reader *r, struct string *s)
{
	const unsigned char *p = (const unsigned char *)r->text.ptr;
	size_t from = r->pos, end = MIN(r->text.len, r->look_at);

	while (r->pos < end && p[r->pos] >= 0x20 && p[r->pos] < 0x80 && p[r->pos] != '"' &&
	       p[r->pos] != '\\')
		r->pos++;
	if (r->pos == from)
		return;
	end_surrogate(s);
	if (s->out)
		strbuf_add(s->out, r->text.ptr + from, r->pos - from);
}

static int end_string(struct reader *r, struct string *s)
{
	end_surrogate(s);
	if (s->bad_low != NO_SURROGATE)
		return fail(r, "invalid Unicode '\\u%04X\\u%04X'", s->bad, s->bad_low);
	if (s->bad != NO_SURROGATE)
		return fail(r, "invalid Unicode '\\u%04X'", s->bad);
	if (s->out && !strbuf_ok(s->out))
		return error_oom(r->err);
	r->kind = KIND_STRING;
	return 0;
}

/* What is not plain: an escape, the end, a code point of several bytes, a mistake. */
static int read_special(struct reader *r, struct string *s, bool *is_end)
{
	int c;
	size_t n;

	if (peek(r, &c) < 0)
		return -1;
	if (c == NOTHING)
		return fail(r, "premature end of input");
	if (c < 0x20)
		return c == '\n' ? fail(r, "unexpected newline")
				 : fail(r, "control character 0x%x", (unsigned)c);
	n = c < 0x80 ? 1 : code_point_at(r);
	r->pos += n;
	*is_end = c == '"';
	if (c == '\\')
		return read_escape(r, s);
	if (c < 0x80)
		return 0;
	end_surrogate(s);
	if (s->out)
		strbuf_add(s->out, r->text.ptr + r->pos - n, n);
	return 0;
}

/* Behind the first quote. */
static int read_string(struct reader *r, struct strbuf *out)
{
	struct string s = { out, NO_SURROGATE, NO_SURROGATE, NO_SURROGATE };
	bool is_end = false;

	while (!is_end) {
		read_plain(r, &s);
		if (r->pos >= r->look_at ? look(r) < 0 : read_special(r, &s, &is_end) < 0)
			return -1;
	}
	return end_string(r, &s);
}

/* ---- numbers and words ---- */

static struct str token_text(const struct reader *r)
{
	return (struct str){ r->text.ptr + r->begin, r->pos - r->begin };
}

static int end_integer(struct reader *r)
{
	struct str text = token_text(r);
	int64_t value;

	if (text.len > INT64_CHARS || !num_parse_i64(text, &value))
		return fail(r, text.ptr[0] == '-' ? "too big negative integer" : "too big integer");
	r->kind = KIND_INTEGER;
	return 0;
}

static int end_real(struct reader *r)
{
	struct str text = token_text(r);
	double value = 0;

	if (text.len > JSON_REAL_CHARS)
		return fail(r, "a number of more than %zu characters", JSON_REAL_CHARS);
	if (!num_parse_f64(text, &value) || __builtin_isinf(value))
		return fail(r, "real number overflow");
	r->owed += (int64_t)text.len;
	r->kind = KIND_REAL;
	return 0;
}

/* Digits, of which there has to be one; *c is what follows, or is in the way. */
static int read_digits(struct reader *r, int *c, bool *is_good)
{
	if (peek(r, c) < 0)
		return -1;
	*is_good = is_digit(*c);
	return *is_good ? skip(r, is_digit, c) : 0;
}

/* Behind the integer part; c is the byte there. */
static int read_fraction(struct reader *r, int c)
{
	bool is_good = true;

	if (c == '.') {
		r->pos++;
		if (read_digits(r, &c, &is_good) < 0)
			return -1;
	}
	if (is_good && (c == 'e' || c == 'E')) {
		r->pos++;
		if (peek(r, &c) < 0)
			return -1;
		r->pos += c == '+' || c == '-';
		if (read_digits(r, &c, &is_good) < 0)
			return -1;
	}
	return is_good ? end_real(r) : 0;
}

/* At its first character.  Without an error the token is a number, or invalid. */
static int read_number(struct reader *r)
{
	bool is_zero, is_good;
	int c;

	r->pos += r->text.ptr[r->pos] == '-';
	is_zero = r->pos < r->text.len && r->text.ptr[r->pos] == '0';
	r->pos += is_zero;
	if (is_zero ? peek(r, &c) < 0 : read_digits(r, &c, &is_good) < 0)
		return -1;
	/* No digit at all, or one behind a zero. */
	if (is_zero ? is_digit(c) : !is_good)
		return 0;
	return c == '.' || c == 'e' || c == 'E' ? read_fraction(r, c) : end_integer(r);
}

static int read_word(struct reader *r)
{
	static const struct {
		struct str text;
		enum kind kind;
	} words[] = {
		{ { "true", 4 }, KIND_TRUE },
		{ { "false", 5 }, KIND_FALSE },
		{ { "null", 4 }, KIND_NULL },
	};
	int c;

	if (skip(r, is_alpha, &c) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (str_eq(token_text(r), words[i].text))
			r->kind = words[i].kind;
	}
	return 0;
}

/* ---- tokens ---- */

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum kind sign_of(int c)
{
	switch (c) {
	case '{':
		return KIND_BEGIN_OBJECT;
	case '}':
		return KIND_END_OBJECT;
	case '[':
		return KIND_BEGIN_ARRAY;
	case ']':
		return KIND_END_ARRAY;
	case ':':
		return KIND_COLON;
	case ',':
		return KIND_COMMA;
	default:
		return KIND_INVALID;
	}
}

static int skip_blanks(struct reader *r, int *c)
{
	while (r->pos < r->text.len && is_blank((unsigned char)r->text.ptr[r->pos])) {
		r->pos++;
		if (look_if_due(r) < 0)
			return -1;
	}
	r->begin = r->pos;
	return peek(r, c);
}

/* The next token; a string is decoded to out unless that is NULL. */
static int next(struct reader *r, struct strbuf *out)
{
	int c;

	r->owed += PRICE_TOKEN;
	if (look_if_due(r) < 0 || skip_blanks(r, &c) < 0)
		return -1;
	r->kind = c == NOTHING ? KIND_END : sign_of(c);
	if (r->kind == KIND_END)
		return 0;
	if (is_digit(c) || c == '-')
		return read_number(r);
	if (is_alpha(c))
		return read_word(r);
	r->pos += c < 0x80 ? 1 : code_point_at(r);
	return c == '"' ? read_string(r, out) : 0;
}

/* ---- keys ---- */

static int key_table_grow(struct reader *r, struct key_table *t)
{
	struct key_table larger = { .capacity = MAX(2 * t->capacity, (size_t)8), .n = t->n };

	larger.slots = mem_calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return error_oom(r->err);
	for (size_t i = 0; i < t->capacity; i++) {
		size_t at = t->slots[i] & (larger.capacity - 1);

		while (t->slots[i] != 0 && larger.slots[at] != 0)
			at = (at + 1) & (larger.capacity - 1);
		if (t->slots[i] != 0)
			larger.slots[at] = t->slots[i];
	}
	r->owed += (int64_t)larger.capacity * 5;
	mem_free(t->slots);
	*t = larger;
	return 0;
}

/* 1: it was there. */
static int key_add(struct reader *r, uint64_t hash)
{
	struct key_table *t = &r->keys[hash >> 56];
	size_t at;

	r->owed += PRICE_KEY;
	if (2 * t->n >= t->capacity && (key_table_grow(r, t) < 0 || look_if_due(r) < 0))
		return -1;
	hash += hash == 0;
	at = hash & (t->capacity - 1);
	while (t->slots[at] != 0 && t->slots[at] != hash)
		at = (at + 1) & (t->capacity - 1);
	if (t->slots[at] == hash)
		return 1;
	t->slots[at] = hash;
	t->n++;
	return 0;
}

static int key_hash(struct reader *r, uint64_t object, uint64_t *hash)
{
	*hash = hash_u64(object);
	for (size_t i = 0; i < r->key.len; i += HASH_BYTES) {
		size_t n = MIN(r->key.len - i, HASH_BYTES);

		*hash = hash_combine(*hash, hash_bytes(r->key.ptr + i, n));
		r->owed += COOP_BYTES(n);
		if (n == HASH_BYTES && look(r) < 0)
			return -1;
	}
	return 0;
}

/* The token is a key of an object: checks that it is the first of its name there. */
static int check_key(struct reader *r, uint64_t object)
{
	uint64_t hash;
	int found;

	if (r->kind != KIND_STRING)
		return fail(r, "string or '}' expected");
	if (r->key.len > 0 && memchr(r->key.ptr, '\0', r->key.len))
		return fail(r, "NUL byte in object key not supported");
	if (key_hash(r, object, &hash) < 0)
		return -1;
	found = key_add(r, hash);
	return found > 0 ? fail(r, "duplicate object key") : found;
}

static struct json_pick *find_pick(const struct reader *r)
{
	for (size_t i = 0; i < r->n_picks; i++) {
		if (str_eq(strbuf_str(&r->key), str_of(r->picks[i].key)))
			return &r->picks[i];
	}
	return NULL;
}

/* ---- the grammar ---- */

static int read_value(struct reader *r);

static int next_key(struct reader *r)
{
	strbuf_reset(&r->key);
	return next(r, &r->key);
}

static void note_value(struct reader *r, struct json_pick *pick)
{
	char buf[MAX(NUM_I64_CHARS, NUM_F64_CHARS)];
	int64_t i = 0;
	double f = 0;

	pick->is_there = true;
	pick->is_string = r->kind == KIND_STRING;
	if (r->kind == KIND_INTEGER && num_parse_i64(token_text(r), &i))
		strbuf_add(&pick->text, buf, num_format_i64(i, buf));
	else if (r->kind == KIND_REAL && num_parse_f64(token_text(r), &f))
		strbuf_add(&pick->text, buf, num_format_f64(f, buf));
	else if (r->kind == KIND_TRUE || r->kind == KIND_FALSE || r->kind == KIND_NULL)
		strbuf_add_str(&pick->text, token_text(r));
}

/* At the key: the rest of the member. */
static int read_member(struct reader *r, uint64_t object)
{
	struct json_pick *pick;

	if (check_key(r, object) < 0)
		return -1;
	pick = r->depth == 1 ? find_pick(r) : NULL;
	if (next(r, NULL) < 0)
		return -1;
	if (r->kind != KIND_COLON)
		return fail(r, "':' expected");
	if (pick)
		(void)!strbuf_reserve(&pick->text, r->text.len - r->pos); /* no copies later */
	if (next(r, pick ? &pick->text : NULL) < 0)
		return -1;
	if (pick)
		note_value(r, pick);
	return read_value(r);
}

static int read_object(struct reader *r)
{
	uint64_t object = r->n_objects++;

	if (next_key(r) < 0)
		return -1;
	if (r->kind == KIND_END_OBJECT)
		return 0;
	for (;;) {
		if (read_member(r, object) < 0 || next(r, NULL) < 0)
			return -1;
		if (r->kind != KIND_COMMA)
			break;
		if (next_key(r) < 0)
			return -1;
	}
	return r->kind == KIND_END_OBJECT ? 0 : fail(r, "'}' expected");
}

static int read_array(struct reader *r)
{
	if (next(r, NULL) < 0)
		return -1;
	if (r->kind == KIND_END_ARRAY)
		return 0;
	while (r->kind != KIND_END) {
		if (read_value(r) < 0 || next(r, NULL) < 0)
			return -1;
		if (r->kind != KIND_COMMA)
			break;
		if (next(r, NULL) < 0)
			return -1;
	}
	return r->kind == KIND_END_ARRAY ? 0 : fail(r, "']' expected");
}

/* Its first token has been read. */
static int read_value(struct reader *r)
{
	int result = 0;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "maximum parsing depth reached");
	switch (r->kind) {
	case KIND_STRING:
	case KIND_INTEGER:
	case KIND_REAL:
	case KIND_TRUE:
	case KIND_FALSE:
	case KIND_NULL:
		break;
	case KIND_BEGIN_OBJECT:
		result = read_object(r);
		break;
	case KIND_BEGIN_ARRAY:
		result = read_array(r);
		break;
	case KIND_INVALID:
		return fail(r, "invalid token");
	case KIND_END:
	case KIND_END_OBJECT:
	case KIND_END_ARRAY:
	case KIND_COLON:
	case KIND_COMMA:
		return fail(r, "unexpected token");
	}
	r->depth--;
	return result;
}

static int read_text(struct reader *r)
{
	if (refuse_nul(r) < 0 || next(r, NULL) < 0)
		return -1;
	if (r->kind == KIND_END)
		return look(r);
	if (read_value(r) < 0 || next(r, NULL) < 0)
		return -1;
	return r->kind == KIND_END ? look(r) : fail(r, "end of file expected");
}

int json_pick(struct str text, size_t piece_bytes, struct json_pick *picks, size_t n_picks,
	      struct coop *coop, struct error *err)
{
	struct reader r = {
		.text = text.ptr ? text : STR(""),
		.piece_bytes = MAX(piece_bytes, (size_t)1),
		.coop = coop,
		.err = err,
		.picks = picks,
		.n_picks = n_picks,
		.key = STRBUF_INIT,
	};
	int result = read_text(&r);

	for (size_t i = 0; result == 0 && i < n_picks; i++) {
		if (!strbuf_ok(&picks[i].text))
			result = error_oom(err);
	}
	for (size_t i = 0; i < KEY_TABLES; i++)
		mem_free(r.keys[i].slots);
	strbuf_fini(&r.key);
	return result;
}

void json_pick_fini(struct json_pick *picks, size_t n_picks)
{
	for (size_t i = 0; i < n_picks; i++)
		strbuf_fini(&picks[i].text);
}
