/*
 * segment_read.c - values out of a mapped segment, a block at a time.
 *
 * Every byte goes through segment_check_bytes() before it is used; after that
 * it is what segment_encode.c wrote, and only offsets are looked at again,
 * because a wrong one would be a wild pointer.
 */
#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/mem.h"

/* Entries of a string dictionary that are built without looking up. */
#define BUILD_STEP 2048

/* ---- texts ---- */

/*
 * strv_make() for text inside the mapped file, where the footer follows: 12
 * bytes can be read whatever the length, which saves the call of a memcpy().
 */
static inline void put_view(struct strv *v, const char *ptr, uint32_t len)
{
	static const uint64_t low_bytes[9] = {
		0,
		UINT64_C(0xff),
		UINT64_C(0xffff),
		UINT64_C(0xffffff),
		UINT64_C(0xffffffff),
		UINT64_C(0xffffffffff),
		UINT64_C(0xffffffffffff),
		UINT64_C(0xffffffffffffff),
		UINT64_MAX,
	};
	uint64_t head, tail;

	/* Written in place, piece by piece: a struct on the stack would be read back before its
	 * parts have arrived there, which stalls. */
	memset(v, 0, sizeof(*v));
	v->len = len;
	if (len > STRV_INLINE_MAX) {
		memcpy(v->far.prefix, ptr, sizeof(v->far.prefix));
		v->far.ptr = ptr;
		return;
	}
	memcpy(&head, ptr, 8);
	memcpy(&tail, ptr + 4, 8);
	head &= low_bytes[MIN(len, 8u)];
	tail &= low_bytes[MAX(len, 4u) - 4];
	memcpy(v->inlined, &head, 4);
	memcpy(v->inlined + 4, &tail, 8);
}

_Static_assert(sizeof(struct segment_footer) + sizeof(struct segment_trailer) >= STRV_INLINE_MAX,
	       "what put_view() may read");

/* ---- dictionaries of strings ---- */

/* The text of an entry once its bytes were checked; false when the offsets are wild. */
static bool dict_text(const struct segment *s, const struct segment_column_meta *m, uint32_t entry,
		      struct str *out)
{
	const uint32_t *offsets = (const void *)(s->map + m->dict.offset);
	uint64_t array_bytes = (m->n_values + UINT64_C(1)) * sizeof(*offsets);
	uint32_t from = offsets[entry], to = offsets[entry + 1];

	if (from > to || to > m->dict.bytes - array_bytes)
		return false;
	*out = (struct str){ (const char *)s->map + m->dict.offset + array_bytes + from,
			     to - from };
	return true;
}

/* Checks the offsets and the text of entries [from, from + n). */
static enum step check_entries(struct segment *s, const struct segment_column_meta *m,
			       uint32_t from, uint32_t n, struct coop *coop, struct error *err)
{
	enum step step = segment_check_bytes(s, m->dict.offset + from * sizeof(uint32_t),
					     (n + UINT64_C(1)) * sizeof(uint32_t), coop, err);
	struct str first, last;

	if (step != STEP_DONE)
		return step;
	if (!dict_text(s, m, from, &first) || !dict_text(s, m, from + n - 1, &last) ||
	    first.ptr > last.ptr) {
		segment_damaged(s, "wrong offset in a dictionary", err);
		return STEP_FAILED;
	}
	return segment_check_bytes(s, (uint64_t)((const unsigned char *)first.ptr - s->map),
				   (uint64_t)(last.ptr + last.len - first.ptr), coop, err);
}

static enum step build_entries(struct segment *s, const struct segment_column_meta *m,
			       struct segment_buffer *buf, struct coop *coop, struct error *err)
{
	struct strv *values = (struct strv *)(buf->building + 1);

	while (buf->n_built < m->n_values) {
		uint32_t n = MIN(BUILD_STEP, m->n_values - buf->n_built);
		enum step step;

		if (!coop_go(coop))
			return STEP_YIELD;
		step = check_entries(s, m, buf->n_built, n, coop, err);
		if (step != STEP_DONE)
			return step;
		for (uint32_t i = buf->n_built; i < buf->n_built + n; i++) {
			struct str text;

			if (!dict_text(s, m, i, &text)) {
				segment_damaged(s, "wrong offset in a dictionary", err);
				return STEP_FAILED;
			}
			put_view(&values[i], text.ptr, (uint32_t)text.len);
		}
		buf->n_built += n;
		coop_pay(coop,
			 (int64_t)n * 5 + (int64_t)(n * sizeof(*values) / 4096 + 1) * COOP_PAGE);
	}
	return STEP_DONE;
}

/*
 * Makes the views of a string dictionary, or takes those of another scan.  Each
 * scan works on a copy of its own and the first to finish publishes: a scan
 * never waits for another, which may be far from its next turn.
 */
static enum step need_dict(struct segment *s, uint32_t column, struct segment_buffer *buf,
			   struct coop *coop, struct error *err)
{
	struct segment_column *c = &s->columns[column];
	struct dict *none = NULL;
	enum step step;

	/* Acquire: pairs with the release below, so that the entries are seen. */
	if (LIKELY(atomic_load_explicit(&c->dict, memory_order_acquire))) {
		segment_buffer_fini(buf);
		return STEP_DONE;
	}
	if (!buf->building) {
		buf->building =
			mem_alloc(sizeof(struct dict) + c->meta->n_values * sizeof(struct strv));
		buf->n_built = 0;
		if (!buf->building) {
			error_oom(err);
			return STEP_FAILED;
		}
		*buf->building = (struct dict){ .id = s->id * 4096 + column,
						.n_values = c->meta->n_values,
						.lane = LANE_STR,
						.values = buf->building + 1,
						.is_sorted = true };
	}
	step = build_entries(s, c->meta, buf, coop, err);
	if (step != STEP_DONE)
		return step;
	if (atomic_compare_exchange_strong_explicit(&c->dict, &none, buf->building,
						    memory_order_acq_rel, memory_order_acquire))
		buf->building = NULL;
	segment_buffer_fini(buf);
	return STEP_DONE;
}

/* ---- blocks ---- */

size_t segment_buffer_bytes(enum col_lane lane)
{
	/* Doubles are used where they lie; codes are narrower than any other lane with a dictionary. */
	return lane == LANE_F64 ? 0 : BATCH_ROWS_MAX * (size_t)lane_width[lane];
}

void segment_buffer_fini(struct segment_buffer *buf)
{
	mem_free(buf->building);
	buf->building = NULL;
	buf->n_built = 0;
}

static uint32_t block_rows(const struct segment *s, uint32_t block)
{
	return MIN(BITPACK_ROWS, s->n_rows - block * BITPACK_ROWS);
}

/* One request, to keep parameter lists short. */
struct block_read {
	struct segment *s;
	struct segment_column *c;
	uint32_t column, block;
	struct segment_buffer *buf;
	struct column *out;
	uint64_t bytes;
	struct coop *coop;
	struct error *err;
};

static enum step need_bytes(struct block_read *r, const struct segment_span *span, uint64_t offset,
			    uint64_t bytes)
{
	r->bytes += bytes;
	return segment_check_bytes(r->s, span->offset + offset, bytes, r->coop, r->err);
}

static enum step read_constant(struct block_read *r)
{
	static const uint64_t no_value;
	static const struct strv no_text;
	enum step step;

	r->out->form = COL_CONST;
	if (r->c->meta->flags & SEGMENT_ALL_NULL) {
		r->out->validity = &no_value;
		r->out->values = r->c->meta->lane == LANE_STR ? (const void *)&no_text : &no_value;
		return STEP_DONE;
	}
	r->out->values = &r->c->constant;
	if (r->c->meta->lane != LANE_STR)
		return STEP_DONE;
	step = need_dict(r->s, r->column, r->buf, r->coop, r->err);
	if (step == STEP_DONE)
		r->out->values = atomic_load_explicit(&r->c->dict, memory_order_acquire)->values;
	return step;
}

static enum step read_dict(struct block_read *r)
{
	const struct segment_column_meta *m = r->c->meta;
	size_t bytes = BITPACK_BYTES(m->width);
	enum step step;

	step = m->lane == LANE_STR
		       ? need_dict(r->s, r->column, r->buf, r->coop, r->err)
		       : segment_check_bytes(r->s, m->dict.offset, m->dict.bytes, r->coop, r->err);
	if (step == STEP_DONE)
		step = need_bytes(r, &m->data, r->block * bytes, bytes);
	if (step != STEP_DONE)
		return step;
	bitpack_unpack32((const void *)(r->s->map + m->data.offset + r->block * bytes), m->width,
			 r->buf->values);
	r->out->form = COL_DICT;
	r->out->values = r->buf->values;
	r->out->dict = atomic_load_explicit(&r->c->dict, memory_order_acquire);
	return STEP_DONE;
}

static enum step read_packed(struct block_read *r)
{
	const struct segment_column_meta *m = r->c->meta;
	const struct segment_block *k =
		(const struct segment_block *)(const void *)(r->s->map + m->index.offset) +
		r->block;
	enum step step = need_bytes(r, &m->index, r->block * sizeof(*k), sizeof(*k));

	if (step != STEP_DONE)
		return step;
	if (k->width > 64 || k->offset % 8 != 0 || k->offset > m->data.bytes ||
	    BITPACK_BYTES(k->width) > m->data.bytes - k->offset) {
		segment_damaged(r->s, "wrong offset of a block", r->err);
		return STEP_FAILED;
	}
	step = need_bytes(r, &m->data, k->offset, BITPACK_BYTES(k->width));
	if (step != STEP_DONE)
		return step;
	bitpack_unpack64((const void *)(r->s->map + m->data.offset + k->offset), (uint64_t)k->base,
			 k->width, r->buf->values);
	r->out->values = r->buf->values;
	return STEP_DONE;
}

TARGET_CLONES static void expand_bits(const uint8_t *bits, uint8_t *out)
{
	for (uint32_t i = 0; i < SEGMENT_BITMAP_BYTES; i++)
		for (uint32_t k = 0; k < 8; k++)
			out[i * 8 + k] = (bits[i] >> k) & 1;
}

static enum step read_bits(struct block_read *r)
{
	const struct segment_span *data = &r->c->meta->data;
	uint64_t offset = (uint64_t)r->block * SEGMENT_BITMAP_BYTES;
	enum step step = need_bytes(r, data, offset, SEGMENT_BITMAP_BYTES);

	if (step != STEP_DONE)
		return step;
	expand_bits(r->s->map + data->offset + offset, r->buf->values);
	r->out->values = r->buf->values;
	return STEP_DONE;
}

static enum step read_doubles(struct block_read *r)
{
	const struct segment_span *data = &r->c->meta->data;
	uint64_t offset = (uint64_t)r->block * BITPACK_ROWS * sizeof(double);

	r->out->values = r->s->map + data->offset + offset;
	return need_bytes(r, data, offset, block_rows(r->s, r->block) * sizeof(double));
}

static enum step read_strings(struct block_read *r)
{
	const struct segment_column_meta *m = r->c->meta;
	const uint32_t *ends = segment_text_offsets(r->s, r->column, r->block);
	uint32_t n = block_rows(r->s, r->block);
	struct strv *views = r->buf->values;
	const char *text = (const char *)r->s->map + m->data.offset;
	enum step step = need_bytes(r, &m->index, (uint64_t)r->block * BITPACK_ROWS * sizeof(*ends),
				    (n + UINT64_C(1)) * sizeof(*ends));

	if (step != STEP_DONE)
		return step;
	for (uint32_t i = 0; i < n; i++) {
		if (ends[i] > ends[i + 1] || ends[i + 1] > m->data.bytes) {
			segment_damaged(r->s, "wrong offset of a text", r->err);
			return STEP_FAILED;
		}
	}
	step = need_bytes(r, &m->data, ends[0], ends[n] - ends[0]);
	if (step != STEP_DONE)
		return step;
	for (uint32_t i = 0; i < n; i++)
		put_view(&views[i], text + ends[i], ends[i + 1] - ends[i]);
	/* Each view reads the head of its text, which is a cache miss for long ones. */
	coop_pay(r->coop, (int64_t)n * 8);
	r->out->values = views;
	return STEP_DONE;
}

static enum step read_validity(struct block_read *r)
{
	const struct segment_span *span = &r->c->meta->validity;
	uint64_t offset = (uint64_t)r->block * SEGMENT_BITMAP_BYTES;

	if (r->c->meta->encoding == SEGMENT_CONST ||
	    r->c->zones[r->block / (SEGMENT_ZONE_ROWS / BITPACK_ROWS)].n_nulls == 0)
		return STEP_DONE;
	r->out->validity = (const void *)(r->s->map + span->offset + offset);
	return need_bytes(r, span, offset, SEGMENT_BITMAP_BYTES);
}

static enum step read_values(struct block_read *r)
{
	switch ((enum segment_encoding)r->c->meta->encoding) {
	case SEGMENT_CONST:
		return read_constant(r);
	case SEGMENT_DICT:
		return read_dict(r);
	case SEGMENT_FOR:
		return read_packed(r);
	case SEGMENT_BITS:
		return read_bits(r);
	case SEGMENT_PLAIN:
		return r->c->meta->lane == LANE_F64 ? read_doubles(r) : read_strings(r);
	}
	segment_damaged(r->s, "unknown encoding", r->err);
	return STEP_FAILED;
}

enum step segment_read_block(struct segment *s, uint32_t column, uint32_t block,
			     struct segment_buffer *buf, struct column *out, struct coop *coop,
			     struct error *err)
{
	struct block_read r = { .s = s,
				.c = &s->columns[column],
				.column = column,
				.block = block,
				.buf = buf,
				.out = out,
				.coop = coop,
				.err = err };
	enum step step;

	*out = (struct column){ .type = out->type, .form = COL_FLAT };
	step = read_validity(&r);
	if (step == STEP_DONE)
		step = read_values(&r);
	if (step != STEP_DONE)
		return step;
	buf->bytes += r.bytes;
	coop_pay(coop, (int64_t)block_rows(s, block) * COOP_ROW / 2);
	return STEP_DONE;
}

const uint32_t *segment_text_offsets(const struct segment *s, uint32_t column, uint32_t block)
{
	const struct segment_column_meta *m = s->columns[column].meta;

	if (m->encoding != SEGMENT_PLAIN || m->lane != LANE_STR)
		return NULL;
	return (const uint32_t *)(const void *)(s->map + m->index.offset) +
	       (size_t)block * BITPACK_ROWS;
}

/* ---- ranges ---- */

/* The number of entries below v, or with or_equal, not above it. */
static enum step count_below(struct segment *s, const struct segment_column_meta *m, struct str v,
			     bool or_equal, uint32_t *out, struct coop *coop, struct error *err)
{
	uint32_t low = 0, high = m->n_values;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		enum step step = check_entries(s, m, mid, 1, coop, err);
		struct str text;

		if (step != STEP_DONE)
			return step;
		if (!dict_text(s, m, mid, &text)) {
			segment_damaged(s, "wrong offset in a dictionary", err);
			return STEP_FAILED;
		}
		if (str_cmp(text, v) < (or_equal ? 1 : 0))
			low = mid + 1;
		else
			high = mid;
	}
	*out = low;
	return STEP_DONE;
}

static enum step find_codes(struct segment *s, const struct segment_column_meta *m,
			    const struct value *low, const struct value *high,
			    struct segment_key_range *out, struct coop *coop, struct error *err)
{
	uint32_t first = 0, end = m->n_values;
	enum step step = STEP_DONE;

	if (low)
		step = count_below(s, m, low->str, false, &first, coop, err);
	if (step == STEP_DONE && high)
		step = count_below(s, m, high->str, true, &end, coop, err);
	if (step == STEP_DONE)
		*out = first < end ? (struct segment_key_range){ first, end - 1 }
				   : (struct segment_key_range){ 1, 0 };
	coop_pay(coop, COOP_CALL);
	return step;
}

static uint64_t key_of(const struct value *v, enum col_lane lane)
{
	switch (lane) {
	case LANE_BOOL:
		return v->boolean;
	case LANE_I64:
		return segment_key_i64(v->i64);
	case LANE_F64:
		return segment_key_f64(v->f64);
	case LANE_STR:
		return segment_key_str(v->str.ptr, v->str.len);
	case LANE_COUNT:
		break;
	}
	return 0;
}

enum step segment_find_range(struct segment *s, uint32_t column, const struct value *low,
			     const struct value *high, struct segment_key_range *out,
			     struct coop *coop, struct error *err)
{
	const struct segment_column_meta *m = s->columns[column].meta;
	bool is_code = m->lane == LANE_STR && m->encoding != SEGMENT_PLAIN;

	/* Nothing compares with NULL, and a column of NULLs compares with nothing. */
	if ((low && low->is_null) || (high && high->is_null) || m->flags & SEGMENT_ALL_NULL) {
		*out = (struct segment_key_range){ 1, 0 };
		return STEP_DONE;
	}
	if (is_code)
		return find_codes(s, m, low, high, out, coop, err);
	out->low = low ? key_of(low, (enum col_lane)m->lane) : 0;
	out->high = high ? key_of(high, (enum col_lane)m->lane) : UINT64_MAX;
	return STEP_DONE;
}

bool segment_zone_may_match(const struct segment *s, uint32_t column, uint32_t zone,
			    const struct segment_key_range *range)
{
	const struct segment_zone *z = &s->columns[column].zones[zone];

	return range->low <= range->high && z->max_key >= range->low && z->min_key <= range->high;
}
