/*
 * json_writer.c - JSON text, item by item.
 *
 * Escaping looks at eight bytes at a time: they are copied first and searched
 * afterwards for the few that must not stay, which most texts do not have.
 */
#include "common/base/assert.h"
#include "common/base/num.h"
#include "common/json/json.h"
#include "common/json/json_priv.h"

/*
 * jansson exports functions of the names json_string and json_null.  Ours are
 * hidden, or the loader might hand them to jansson's own calls.
 */
#define NOT_JANSSONS __attribute__((visibility("hidden")))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

#define MAX_DEPTH 63

/* ---- escaping ---- */

#define EACH_BYTE(b) (0x0101010101010101ull * (b))

/*
 * The high bit of each byte that cannot stay as it is: control characters,
 * quotes, backslashes and everything beyond ASCII.  A borrow may mark bytes
 * above a marked one as well, so only the lowest mark is to be trusted.
 */
static inline uint64_t marks(uint64_t word)
{
	uint64_t control = word - EACH_BYTE(0x20);
	uint64_t quote = (word ^ EACH_BYTE('"')) - EACH_BYTE(1);
	uint64_t backslash = (word ^ EACH_BYTE('\\')) - EACH_BYTE(1);

	return (control | quote | backslash | word) & EACH_BYTE(0x80);
}

/* Fewer than eight bytes, filled up with blanks, without reading behind them. */
static inline uint64_t load_tail(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	uint64_t blanks = EACH_BYTE(0x20) << (8 * n);

	if (n >= 4) {
		uint32_t low, high;

		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return blanks | low | (uint64_t)high << (8 * (n - 4));
	}
	return blanks | u[0] | (uint64_t)u[n / 2] << (8 * (n / 2)) |
	       (uint64_t)u[n - 1] << (8 * (n - 1));
}

/*
 * True when p starts with a well-formed sequence beyond ASCII (Unicode 15,
 * table 3-7).  *n is its length, or that of the part to replace by one U+FFFD.
 */
static bool utf8_take(const unsigned char *p, size_t left, size_t *n)
{
	unsigned lead = p[0];
	unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	*n = 1;
	if (lead < 0xc2 || lead > 0xf4)
		return false;
	for (; *n < len; ++*n) {
		if (*n >= left || p[*n] < low || p[*n] > high)
			return false;
		low = 0x80;
		high = 0xbf;
	}
	return true;
}

static char *escape_ascii(char *to, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
					['\t'] = 't', ['"'] = '"',  ['\\'] = '\\' };

	*to++ = '\\';
	if (letters[c]) {
		*to++ = letters[c];
		return to;
	}
	*to++ = 'u';
	*to++ = '0';
	*to++ = '0';
	*to++ = digits[c >> 4];
	*to++ = digits[c & 15];
	return to;
}

/* A sequence beyond ASCII, or U+FFFD for what is none. */
static inline char *copy_code_point(char *to, const unsigned char *p, size_t left, size_t *n)
{
	static const unsigned char replacement[] = { 0xef, 0xbf, 0xbd };

	if (!utf8_take(p, left, n)) {
		memcpy(to, replacement, sizeof(replacement));
		return to + sizeof(replacement);
	}
	if (left >= 4) {
		memcpy(to, p, 4); /* one store, whatever the length */
	} else {
		for (size_t i = 0; i < *n; i++)
			to[i] = (char)p[i];
	}
	return to + *n;
}

/* A marked character, and those beyond ASCII right behind it: they come in runs. */
static char *escape_marked(char *to, struct str text, size_t *pos, size_t end)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t i = *pos, n;

	if (p[i] < 0x80)
		to = escape_ascii(to, p[i++]);
	for (; i < end && p[i] >= 0x80; i += n)
		to = copy_code_point(to, p + i, text.len - i, &n);
	*pos = i;
	return to;
}

char *json_escape_piece(char *to, struct str text, size_t *pos, size_t end)
{
	while (*pos < end) {
		size_t n = MIN(text.len - *pos, sizeof(uint64_t));
		uint64_t word, marked;

		if (n == sizeof(word))
			memcpy(&word, text.ptr + *pos, sizeof(word));
		else
			word = load_tail(text.ptr + *pos, n);
		memcpy(to, &word, sizeof(word));
		marked = marks(word);
		if (marked)
			n = (size_t)__builtin_ctzll(marked) / 8;
		to += n;
		*pos += n;
		if (marked)
			to = escape_marked(to, text, pos, end);
	}
	return to;
}

/* A piece of text from *pos on, with the quotes that belong to it. */
static void add_piece(struct strbuf *out, struct str s, size_t *pos)
{
	size_t n = MIN(s.len - *pos, JSON_PIECE);
	char *end;

	if (*pos == 0)
		strbuf_add_char(out, '"');
	if (strbuf_reserve(out, JSON_ESCAPE_ROOM(n)) < 0) {
		*pos = s.len;
		return;
	}
	end = json_escape_piece(out->ptr + out->len, s, pos, *pos + n);
	out->len = (size_t)(end - out->ptr);
	if (*pos >= s.len)
		strbuf_add_char(out, '"'); /* and the NUL behind it */
}

void json_escape(struct strbuf *out, struct str s)
{
	size_t pos = 0;

	do
		add_piece(out, s, &pos);
	while (pos < s.len);
}

int json_escape_long(struct strbuf *out, struct str s, struct coop *coop, struct error *err)
{
	size_t pos = 0, before;

	do {
		before = pos;
		add_piece(out, s, &pos);
		coop_pay(coop, COOP_BYTES(pos - before));
		if (coop_point(coop, err) < 0)
			return -1;
	} while (pos < s.len);
	return 0;
}

/* ---- structure ---- */

void json_writer_init(struct json_writer *w, struct strbuf *out)
{
	*w = (struct json_writer){ .out = out };
}

/* Whatever must stand between the item that comes and what came before. */
static void separate(struct json_writer *w)
{
	uint64_t bit = 1ull << w->depth;

	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->has_item & bit)
		strbuf_add_char(w->out, ',');
	w->has_item |= bit;
}

static void begin(struct json_writer *w, char bracket)
{
	separate(w);
	strbuf_add_char(w->out, bracket);
	ASSERT(w->depth < MAX_DEPTH);
	w->depth++;
	w->has_item &= ~(1ull << w->depth);
}

static void end(struct json_writer *w, char bracket)
{
	ASSERT(w->depth > 0 && !w->after_key);
	w->depth--;
	strbuf_add_char(w->out, bracket);
}

void json_begin_object(struct json_writer *w)
{
	begin(w, '{');
}

void json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void json_begin_array(struct json_writer *w)
{
	begin(w, '[');
}

void json_end_array(struct json_writer *w)
{
	end(w, ']');
}

void json_key(struct json_writer *w, const char *key)
{
	ASSERT(!w->after_key);
	separate(w);
	json_escape(w->out, str_of(key));
	strbuf_add_char(w->out, ':');
	w->after_key = true;
}

/* ---- values ---- */

NOT_JANSSONS void json_string(struct json_writer *w, struct str s)
{
	separate(w);
	json_escape(w->out, s);
}

void json_i64(struct json_writer *w, int64_t v)
{
	char buf[NUM_I64_CHARS];

	separate(w);
	strbuf_add(w->out, buf, num_format_i64(v, buf));
}

void json_f64(struct json_writer *w, double v)
{
	char buf[NUM_F64_CHARS];
	struct str text = { buf, num_format_f64(v, buf) };

	separate(w);
	if (__builtin_isfinite(v))
		strbuf_add_str(w->out, text);
	else
		json_escape(w->out, text);
}

void json_bool(struct json_writer *w, bool v)
{
	separate(w);
	strbuf_add_str(w->out, v ? STR("true") : STR("false"));
}

NOT_JANSSONS void json_null(struct json_writer *w)
{
	separate(w);
	strbuf_add_str(w->out, STR("null"));
}

void json_put_string(struct json_writer *w, const char *key, struct str s)
{
	json_key(w, key);
	json_string(w, s);
}

void json_put_i64(struct json_writer *w, const char *key, int64_t v)
{
	json_key(w, key);
	json_i64(w, v);
}

void json_put_bool(struct json_writer *w, const char *key, bool v)
{
	json_key(w, key);
	json_bool(w, v);
}

void json_put_null(struct json_writer *w, const char *key)
{
	json_key(w, key);
	json_null(w);
}
