/*
 * encode.c - columns as bytes and back.
 *
 *   block    magic u32 · version u16 · 0 u16 · n_rows u32 · n_cols u32 ·
 *            block_bytes u64 · columns · XXH3 of all before, u64
 *   column   type u8 · flags u8 · payload_bytes u64 · payload
 *   payload  [validity words] values
 *
 * Little endian, nothing aligned.  Values, n of them:
 *
 *   BOOL   bits, (n + 7) / 8 bytes
 *   I64    8 bytes each; with FLAG_DELTA varints of the zigzag difference to the
 *          value before (the first: to 0)
 *   F64    8 bytes each, so that NaN payloads and -0.0 survive
 *   STR    n lengths as varints, then the bytes of all
 *
 * With FLAG_CONST there is one value, and one validity word, for all rows.  A
 * NULL costs next to nothing: its value is written as what compresses best.
 *
 * Types are stored by their position in types.def, so inserting a row there
 * asks for a new BLOCK_VERSION.
 *
 * The decoder keeps three numbers within bounds before it allocates: rows by
 * BATCH_ROWS_MAX, columns by the bytes that their heads take, and each
 * payload by what is left.  Memory thus stays within 16 times the input.
 * Whatever it accepts passes batch_check().
 */
#include "common/column/encode.h"
#include "common/base/error.h"
#include "common/base/hash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "blocks are little endian");

#define BLOCK_MAGIC   0x6b4c6253u /* "SbLk" */
#define BLOCK_VERSION 1

#define FLAG_NULLS 1u
#define FLAG_CONST 2u
#define FLAG_DELTA 4u
#define FLAGS_ALL  (FLAG_NULLS | FLAG_CONST | FLAG_DELTA)

struct block_head {
	uint32_t magic;
	uint16_t version, zero;
	uint32_t n_rows, n_cols;
	uint64_t block_bytes;
};

_Static_assert(sizeof(struct block_head) == 24, "the head is written as it lies in memory");

#define CHECKSUM_BYTES    8
#define COLUMN_HEAD_BYTES 10
#define VARINT_MAX        10

static size_t validity_bytes(uint32_t n)
{
	return (n + 63) / 64 * sizeof(uint64_t);
}

/* ---- encoding ---- */

/* The rows of one column that are being written. */
struct source {
	const struct column *col;
	const char *values; /* value i at values + i * width */
	uint32_t from, n;
	bool has_nulls;
};

static bool source_is_valid(const struct source *s, uint32_t i)
{
	return col_is_valid(s->col, s->from + i);
}

static void put_u64(struct strbuf *out, uint64_t v)
{
	strbuf_add(out, (const char *)&v, sizeof(v));
}

static char *varint_write(uint64_t v, char *to)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (char)(v | 0x80);
	*to++ = (char)v;
	return to;
}

static void put_varints(const uint64_t *v, uint32_t n, struct strbuf *out)
{
	char *to;

	if (strbuf_reserve(out, n * VARINT_MAX + 1) < 0)
		return;
	to = out->ptr + out->len;
	for (uint32_t i = 0; i < n; i++)
		to = varint_write(v[i], to);
	*to = '\0';
	out->len = (size_t)(to - out->ptr);
}

static size_t varint_bytes(uint64_t v)
{
	return (size_t)(63 - __builtin_clzll(v | 1)) / 7 + 1;
}

static uint64_t zigzag(uint64_t v)
{
	return v << 1 ^ (0 - (v >> 63));
}

static void put_bools(const struct source *s, struct strbuf *out)
{
	const uint8_t *values = (const uint8_t *)s->values;
	char bits[BATCH_ROWS_MAX / 8] = { 0 };

	for (uint32_t i = 0; i < s->n; i++) {
		if (values[i] && source_is_valid(s, i))
			bits[i / 8] = (char)(bits[i / 8] | 1 << i % 8);
	}
	strbuf_add(out, bits, (s->n + 7) / 8);
}

/* The zigzag differences; under a NULL the difference is 0. */
static size_t delta_bytes(const struct source *s, uint64_t *deltas)
{
	const int64_t *values = (const int64_t *)(const void *)s->values;
	uint64_t before = 0;
	size_t bytes = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t v = source_is_valid(s, i) ? (uint64_t)values[i] : before;

		deltas[i] = zigzag(v - before);
		bytes += varint_bytes(deltas[i]);
		before = v;
	}
	return bytes;
}

/* Returns FLAG_DELTA when that is shorter. */
static unsigned put_i64s(const struct source *s, struct strbuf *out)
{
	uint64_t deltas[BATCH_ROWS_MAX];

	if (delta_bytes(s, deltas) >= s->n * sizeof(int64_t)) {
		strbuf_add(out, s->values, s->n * sizeof(int64_t));
		return 0;
	}
	put_varints(deltas, s->n, out);
	return FLAG_DELTA;
}

static void put_strs(const struct source *s, struct strbuf *out)
{
	const struct strv *views = (const struct strv *)(const void *)s->values;
	uint64_t lens[BATCH_ROWS_MAX];

	for (uint32_t i = 0; i < s->n; i++)
		lens[i] = source_is_valid(s, i) ? views[i].len : 0;
	put_varints(lens, s->n, out);
	for (uint32_t i = 0; i < s->n; i++) {
		if (source_is_valid(s, i))
			strbuf_add_str(out, strv_str(&views[i]));
	}
}

static unsigned put_values(const struct source *s, struct strbuf *out)
{
	switch (col_lane_of(s->col->type)) {
	case LANE_BOOL:
		put_bools(s, out);
		return 0;
	case LANE_I64:
		return put_i64s(s, out);
	case LANE_F64:
		strbuf_add(out, s->values, s->n * sizeof(double));
		return 0;
	case LANE_STR:
		put_strs(s, out);
		return 0;
	case LANE_COUNT:
		break;
	}
	return 0;
}

static void put_validity(const struct source *s, struct strbuf *out)
{
	uint64_t words[VALIDITY_WORDS] = { 0 };

	for (uint32_t i = 0; i < s->n; i++) {
		if (source_is_valid(s, i))
			validity_set(words, i);
	}
	strbuf_add(out, (const char *)words, validity_bytes(s->n));
}

/* Bit by bit for numbers: -0.0 and 0.0 are different bytes. */
static bool source_same(const struct source *s, uint32_t i, uint32_t j)
{
	size_t width = lane_width[col_lane_of(s->col->type)];
	const char *a = s->values + i * width, *b = s->values + j * width;

	if (col_lane_of(s->col->type) == LANE_STR)
		return strv_eq((const struct strv *)(const void *)a,
			       (const struct strv *)(const void *)b);
	return memcmp(a, b, width) == 0;
}

/* All NULL, or all the same value. */
static bool source_is_const(const struct source *s)
{
	for (uint32_t i = 1; i < s->n; i++) {
		if (source_is_valid(s, i) != source_is_valid(s, 0))
			return false;
		if (source_is_valid(s, 0) && !source_same(s, i, 0))
			return false;
	}
	return s->n > 0;
}

static void source_init(struct source *s, const struct column *c, uint32_t from, uint32_t to)
{
	ASSERT(c->form == COL_FLAT || c->form == COL_CONST);
	*s = (struct source){ .col = c, .values = c->values, .n = to - from };
	if (c->form == COL_FLAT && s->n > 0) {
		s->from = from;
		s->values += (size_t)from * lane_width[col_lane_of(c->type)];
	}
	for (uint32_t i = 0; c->validity && i < s->n; i++)
		s->has_nulls |= !source_is_valid(s, i);
}

static void put_column(const struct column *c, uint32_t from, uint32_t to, struct strbuf *out)
{
	char head[COLUMN_HEAD_BYTES] = { (char)c->type };
	size_t head_at = out->len;
	struct source s;
	unsigned flags;

	source_init(&s, c, from, to);
	flags = s.has_nulls ? FLAG_NULLS : 0;
	if (s.n > 0 && (c->form == COL_CONST || source_is_const(&s))) {
		flags |= FLAG_CONST;
		s.n = 1;
	}
	strbuf_add(out, head, sizeof(head));
	if (flags & FLAG_NULLS)
		put_validity(&s, out);
	flags |= put_values(&s, out);
	if (!strbuf_ok(out))
		return;
	/* The head is complete only now. */
	uint64_t payload_bytes = out->len - head_at - sizeof(head);

	out->ptr[head_at + 1] = (char)flags;
	memcpy(out->ptr + head_at + 2, &payload_bytes, sizeof(payload_bytes));
}

int encode_rows(const struct batch *b, uint32_t from, uint32_t to, struct strbuf *out,
		struct error *err)
{
	struct block_head head = { .magic = BLOCK_MAGIC, .version = BLOCK_VERSION };
	size_t start = out->len;

	ASSERT(from <= to && to <= b->n_rows && to - from <= BATCH_ROWS_MAX);
	head.n_rows = to - from;
	head.n_cols = b->n_cols;
	strbuf_add(out, (const char *)&head, sizeof(head));
	for (uint32_t i = 0; i < b->n_cols; i++)
		put_column(&b->cols[i], from, to, out);
	if (strbuf_ok(out)) {
		head.block_bytes = out->len - start + CHECKSUM_BYTES;
		memcpy(out->ptr + start, &head, sizeof(head));
		put_u64(out, hash_bytes(out->ptr + start, out->len - start));
	}
	if (strbuf_ok(out))
		return 0;
	out->len = start;
	return error_oom(err);
}

/* ---- decoding ---- */

static int damaged(struct error *err, const char *what)
{
	return error_set(err, ERR_IO, "stored rows are damaged: %s", what);
}

static int read_head(struct str data, struct block_head *head, struct error *err)
{
	if (data.len < sizeof(*head) + CHECKSUM_BYTES)
		return damaged(err, "the block is too short");
	memcpy(head, data.ptr, sizeof(*head));
	if (head->magic != BLOCK_MAGIC)
		return damaged(err, "no block begins here");
	if (head->version != BLOCK_VERSION || head->zero != 0)
		return error_set(err, ERR_IO, "stored rows have format %u, this program reads %u",
				 head->version, (unsigned)BLOCK_VERSION);
	if (head->n_rows > BATCH_ROWS_MAX)
		return damaged(err, "the block claims too many rows");
	if (head->block_bytes < sizeof(*head) + CHECKSUM_BYTES || head->block_bytes > data.len)
		return damaged(err, "the block's length is wrong");
	if (head->n_cols > (head->block_bytes - sizeof(*head)) / COLUMN_HEAD_BYTES)
		return damaged(err, "the block claims too many columns");
	return 0;
}

int encode_peek(struct str data, uint32_t *n_rows, size_t *block_bytes, struct error *err)
{
	struct block_head head = { 0 };

	if (read_head(data, &head, err) < 0)
		return -1;
	*n_rows = head.n_rows;
	*block_bytes = head.block_bytes;
	return 0;
}

/* Takes n bytes off the front; NULL when there are fewer. */
static const char *take(struct str *rest, size_t n)
{
	const char *at = rest->ptr;

	if (n > rest->len)
		return NULL;
	rest->ptr += n;
	rest->len -= n;
	return at;
}

static bool take_varint(struct str *rest, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && rest->len > 0; shift += 7) {
		uint64_t byte = (unsigned char)*take(rest, 1);

		if (shift == 63 && byte > 1)
			return false;
		v |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = v;
			return true;
		}
	}
	return false;
}

/* Bits at or behind n in the last byte or word have to be 0. */
static bool tail_is_clear(const char *bits, size_t n_bytes, uint32_t n)
{
	if (n % 8 != 0 && (unsigned char)bits[n / 8] >> n % 8 != 0)
		return false;
	for (size_t i = (n + 7) / 8; i < n_bytes; i++) {
		if (bits[i] != 0)
			return false;
	}
	return true;
}

static int get_bools(struct str *rest, uint32_t n, uint8_t *values, struct error *err)
{
	size_t n_bytes = (n + 7) / 8;
	const char *bits = take(rest, n_bytes);

	if (!bits || !tail_is_clear(bits, n_bytes, n))
		return damaged(err, "a BOOLEAN column is cut or padded");
	for (uint32_t i = 0; i < n; i++)
		values[i] = (unsigned char)bits[i / 8] >> i % 8 & 1;
	return 0;
}

static int get_fixed(struct str *rest, uint32_t n, void *values, struct error *err)
{
	const char *from = take(rest, n * sizeof(uint64_t));

	if (!from)
		return damaged(err, "a column of numbers is cut");
	if (n > 0)
		memcpy(values, from, n * sizeof(uint64_t));
	return 0;
}

static int get_deltas(struct str *rest, uint32_t n, int64_t *values, struct error *err)
{
	uint64_t v = 0, delta;

	for (uint32_t i = 0; i < n; i++) {
		if (!take_varint(rest, &delta))
			return damaged(err, "a column of numbers is cut or has a malformed number");
		v += delta >> 1 ^ (0 - (delta & 1));
		values[i] = (int64_t)v;
	}
	return 0;
}

/* The lengths go into the views first, because the texts lie behind all of them. */
static int get_strs(struct str *rest, uint32_t n, struct strv *views, struct error *err)
{
	uint64_t len;

	for (uint32_t i = 0; i < n; i++) {
		if (!take_varint(rest, &len) || len > UINT32_MAX)
			return damaged(err, "the lengths of a column of text are malformed");
		views[i].len = (uint32_t)len;
	}
	for (uint32_t i = 0; i < n; i++) {
		const char *text = take(rest, views[i].len);

		if (!text)
			return damaged(err, "a column of text is cut");
		views[i] = strv_make(text, views[i].len);
	}
	return 0;
}

static int get_validity(struct str *rest, uint32_t n, struct arena *arena, struct column *c,
			struct error *err)
{
	size_t n_bytes = validity_bytes(n);
	const char *from = take(rest, n_bytes);
	uint64_t *words;

	if (!from || n == 0 || !tail_is_clear(from, n_bytes, n))
		return damaged(err, "the NULLs of a column are cut or padded");
	words = arena_alloc(arena, n_bytes, err);
	if (!words)
		return -1;
	memcpy(words, from, n_bytes);
	c->validity = words;
	return 0;
}

static int get_values(struct str *rest, uint32_t n, unsigned flags, enum col_type type,
		      void *values, struct error *err)
{
	switch (col_lane_of(type)) {
	case LANE_BOOL:
		return get_bools(rest, n, values, err);
	case LANE_I64:
		if (flags & FLAG_DELTA)
			return get_deltas(rest, n, values, err);
		return get_fixed(rest, n, values, err);
	case LANE_F64:
		return get_fixed(rest, n, values, err);
	case LANE_STR:
		return get_strs(rest, n, values, err);
	case LANE_COUNT:
		break;
	}
	return damaged(err, "a column has an unknown type");
}

/* INT and FLOAT are narrower than their lanes, and UNKNOWN has no value but NULL. */
static bool value_fits(enum col_type type, const void *values, uint32_t i)
{
	if (type == COL_INT) {
		int64_t v = ((const int64_t *)values)[i];

		return v == (int32_t)v;
	}
	if (type == COL_FLOAT) {
		double v = ((const double *)values)[i];

		return v != v || v == (double)(float)v;
	}
	return type != COL_UNKNOWN;
}

static int check_values(const struct column *c, uint32_t n, struct error *err)
{
	if (c->type != COL_INT && c->type != COL_FLOAT && c->type != COL_UNKNOWN)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (validity_get(c->validity, i) && !value_fits(c->type, c->values, i))
			return damaged(err, "a value is outside the range of its type");
	}
	return 0;
}

static int get_payload(struct str payload, uint32_t n_rows, unsigned flags, struct arena *arena,
		       struct column *c, struct error *err)
{
	uint32_t n = flags & FLAG_CONST ? 1 : n_rows;
	size_t width = lane_width[col_lane_of(c->type)];
	void *values;

	if ((flags & FLAG_NULLS) && get_validity(&payload, n, arena, c, err) < 0)
		return -1;
	values = arena_alloc(arena, MAX(n, 1u) * width, err);
	if (!values)
		return -1;
	if (get_values(&payload, n, flags, c->type, values, err) < 0)
		return -1;
	if (payload.len > 0)
		return damaged(err, "a column has bytes left over");
	c->form = flags & FLAG_CONST ? COL_CONST : COL_FLAT;
	c->values = values;
	return check_values(c, n, err);
}

static int get_column(struct str *rest, uint32_t n_rows, struct arena *arena, struct column *c,
		      struct error *err)
{
	const char *head = take(rest, COLUMN_HEAD_BYTES);
	struct str payload;
	uint64_t payload_bytes;
	unsigned type, flags;

	if (!head)
		return damaged(err, "the head of a column is cut");
	type = (unsigned char)head[0];
	flags = (unsigned char)head[1];
	memcpy(&payload_bytes, head + 2, sizeof(payload_bytes));
	if (type >= COL_TYPE_COUNT || (flags & ~FLAGS_ALL))
		return damaged(err, "a column has an unknown type or encoding");
	if ((flags & FLAG_DELTA) && col_lane_of(type) != LANE_I64)
		return damaged(err, "a column's encoding does not fit its type");
	payload.len = payload_bytes;
	payload.ptr = take(rest, payload_bytes);
	if (!payload.ptr)
		return damaged(err, "a column is longer than its block");
	*c = (struct column){ .type = type };
	return get_payload(payload, n_rows, flags, arena, c, err);
}

int decode_rows(struct str block, struct arena *arena, struct batch *out, struct error *err)
{
	struct block_head head = { 0 };
	struct column *cols;
	struct str rest;
	uint64_t checksum;

	if (read_head(block, &head, err) < 0)
		return -1;
	if (head.block_bytes != block.len)
		return damaged(err, "bytes follow the block");
	rest.ptr = block.ptr + sizeof(head);
	rest.len = block.len - sizeof(head) - CHECKSUM_BYTES;
	memcpy(&checksum, rest.ptr + rest.len, sizeof(checksum));
	if (checksum != hash_bytes(block.ptr, block.len - CHECKSUM_BYTES))
		return damaged(err, "the checksum does not match");
	cols = arena_alloc(arena, MAX(head.n_cols, 1u) * sizeof(*cols), err);
	if (!cols)
		return -1;
	for (uint32_t i = 0; i < head.n_cols; i++) {
		if (get_column(&rest, head.n_rows, arena, &cols[i], err) < 0)
			return -1;
	}
	if (rest.len > 0)
		return damaged(err, "bytes follow the last column");
	*out = (struct batch){ head.n_rows, head.n_cols, cols, { NULL, head.n_rows } };
	return 0;
}
