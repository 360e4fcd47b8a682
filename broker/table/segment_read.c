/*
 * segment_read.c - mapped segment files, a block at a time.
 *
 * Nothing in the file is believed before its checksum was compared: the footer
 * at open, each page at its first touch.  Who finds a page unchecked checks it;
 * two who find it at once both do, which is harmless.  After that the content
 * is what segment_encode.c wrote, and only offsets are looked at again, because
 * a wrong one would be a wild pointer.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/table/segment.h"
#include "broker/table/segment_format.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

/* Checking a page: XXH3 of 64 KiB, and the faults that bring it in. */
#define PAGE_PRICE 10000

/* Entries of a string dictionary that are built without looking up. */
#define BUILD_STEP 2048

static int damaged(const struct segment *s, const char *what, struct error *err)
{
	return error_set(err, ERR_SEGMENT_DAMAGED, "segment file %s is damaged: %s", s->path, what);
}

/* ---- pages ---- */

static bool page_is_checked(const struct segment *s, uint64_t page)
{
	/* Relaxed: the bit guards nothing but the repetition of a check of constant bytes. */
	return atomic_load_explicit(&s->checked[page / 64], memory_order_relaxed) >> (page % 64) &
	       1;
}

static int page_check(struct segment *s, uint64_t page, struct error *err)
{
	size_t from = page * SEGMENT_PAGE;
	size_t n = MIN(SEGMENT_PAGE, s->body_bytes - from);

	if (hash_bytes(s->map + from, n) != s->page_hashes[page])
		return error_set(
			err, ERR_SEGMENT_DAMAGED,
			"segment file %s is damaged: wrong checksum of the page at byte %zu",
			s->path, from);
	atomic_fetch_or_explicit(&s->checked[page / 64], UINT64_C(1) << (page % 64),
				 memory_order_relaxed);
	return 0;
}

/* Makes bytes of the file trustworthy. */
static enum step check_bytes(struct segment *s, uint64_t offset, uint64_t bytes, struct coop *coop,
			     struct error *err)
{
	uint64_t end = bytes > 0 ? (offset + bytes - 1) / SEGMENT_PAGE + 1 : 0;

	for (uint64_t page = offset / SEGMENT_PAGE; page < end; page++) {
		if (page_is_checked(s, page))
			continue;
		if (!coop_go(coop))
			return STEP_YIELD;
		if (page_check(s, page, err) < 0)
			return STEP_FAILED;
		coop_pay(coop, PAGE_PRICE);
	}
	return STEP_DONE;
}

int segment_check(struct segment *s, struct error *err)
{
	for (uint64_t page = 0; page < s->n_pages; page++)
		if (!page_is_checked(s, page) && page_check(s, page, err) < 0)
			return -1;
	return 0;
}

/* ---- open ---- */

static bool span_is(const struct segment_footer *f, const struct segment_span *span, uint64_t bytes)
{
	return span->bytes == bytes && span->offset <= f->body_bytes &&
	       span->bytes <= f->body_bytes - span->offset && span->offset % 8 == 0;
}

static bool span_is_inside(const struct segment_footer *f, const struct segment_span *span)
{
	return span_is(f, span, span->bytes);
}

static bool dict_is_sane(const struct segment_footer *f, const struct segment_column_meta *m)
{
	uint64_t entry = m->lane == LANE_STR ? sizeof(uint32_t) : sizeof(uint64_t);
	uint64_t fixed = (m->n_values + UINT64_C(1)) * entry;

	if (m->n_values == 0 || m->n_values > SEGMENT_ROWS_MAX)
		return false;
	if (m->lane == LANE_STR)
		return span_is_inside(f, &m->dict) && m->dict.bytes >= fixed;
	return m->lane == LANE_I64 && span_is(f, &m->dict, fixed - entry);
}

static bool meta_is_sane(const struct segment_footer *f, const struct segment_column_meta *m)
{
	uint64_t n_blocks = segment_n_blocks(f->n_rows);

	if (m->encoding != SEGMENT_CONST && m->n_nulls > 0 &&
	    !span_is(f, &m->validity, n_blocks * SEGMENT_BITMAP_BYTES))
		return false;
	switch ((enum segment_encoding)m->encoding) {
	case SEGMENT_CONST:
		return m->flags & SEGMENT_ALL_NULL || m->lane != LANE_STR || dict_is_sane(f, m);
	case SEGMENT_DICT:
		return dict_is_sane(f, m) && m->width <= 32 &&
		       span_is(f, &m->data, n_blocks * BITPACK_BYTES(m->width));
	case SEGMENT_FOR:
		return m->lane == LANE_I64 &&
		       span_is(f, &m->index, n_blocks * sizeof(struct segment_block)) &&
		       span_is_inside(f, &m->data);
	case SEGMENT_PLAIN:
		if (m->lane == LANE_F64)
			return span_is(f, &m->data, f->n_rows * sizeof(double));
		return m->lane == LANE_STR && span_is_inside(f, &m->data) &&
		       span_is(f, &m->index, (f->n_rows + UINT64_C(1)) * sizeof(uint32_t));
	case SEGMENT_BITS:
		return m->lane == LANE_BOOL &&
		       span_is(f, &m->data, n_blocks * SEGMENT_BITMAP_BYTES);
	}
	return false;
}

static uint64_t footer_bytes(const struct segment_footer *f)
{
	/* No overflow: each count has 32 bits, and the zones are few by then. */
	return sizeof(*f) + (uint64_t)f->n_columns * sizeof(struct segment_column_meta) +
	       (uint64_t)f->n_columns * f->n_zones * sizeof(struct segment_zone) +
	       (uint64_t)f->n_pages * sizeof(uint64_t);
}

static bool footer_is_sane(const struct segment_footer *f, const struct segment_trailer *t)
{
	return f->n_rows > 0 && f->n_rows <= SEGMENT_ROWS_MAX &&
	       f->n_zones == segment_n_zones(f->n_rows) && f->body_bytes == t->footer_offset &&
	       f->n_pages == (f->body_bytes + SEGMENT_PAGE - 1) / SEGMENT_PAGE &&
	       footer_bytes(f) == t->footer_bytes;
}

/* The footer, if header, trailer and checksum say that it is one. */
static const struct segment_footer *find_footer(const struct segment *s, struct error *err)
{
	const struct segment_header *h = (const void *)s->map;
	const struct segment_footer *f;
	struct segment_trailer t;

	if (s->map_bytes < sizeof(*h) + sizeof(*f) + sizeof(t)) {
		damaged(s, "too short", err);
		return NULL;
	}
	memcpy(&t, s->map + s->map_bytes - sizeof(t), sizeof(t));
	if (h->magic != SEGMENT_MAGIC || t.magic != SEGMENT_MAGIC || h->reserved != 0) {
		damaged(s, "it does not begin or end like a segment", err);
		return NULL;
	}
	if (h->version != SEGMENT_VERSION) {
		error_set(err, ERR_SEGMENT_DAMAGED,
			  "segment file %s has version %u; this program reads version %u", s->path,
			  h->version, SEGMENT_VERSION);
		return NULL;
	}
	if (t.footer_offset % 8 != 0 || t.footer_bytes < sizeof(*f) ||
	    t.footer_offset > s->map_bytes || t.footer_bytes > s->map_bytes ||
	    t.footer_offset + t.footer_bytes + sizeof(t) != s->map_bytes) {
		damaged(s, "it was cut, or its end is wrong", err);
		return NULL;
	}
	f = (const void *)(s->map + t.footer_offset);
	if (hash_bytes(f, t.footer_bytes) != t.footer_hash || !footer_is_sane(f, &t)) {
		damaged(s, "wrong checksum of the footer", err);
		return NULL;
	}
	return f;
}

static int map_file(struct segment *s, struct error *err)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	void *map = MAP_FAILED;

	if (fd < 0)
		return error_set(err, ERR_IO, "cannot open %s: %s", s->path, strerror(errno));
	if (fstat(fd, &st) == 0) {
		if (st.st_size == 0) {
			(void)close(fd);
			return damaged(s, "too short", err);
		}
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (map == MAP_FAILED)
		error_set(err, ERR_IO, "cannot map %s: %s", s->path, strerror(errno));
	(void)close(fd);
	if (map == MAP_FAILED)
		return -1;
	s->map = map;
	s->map_bytes = (size_t)st.st_size;
	return 0;
}

/* Dictionaries of numbers can be used as they lie in the file. */
static int open_number_dict(const struct segment *s, uint32_t column, struct error *err)
{
	struct segment_column *c = &s->columns[column];
	struct dict *d = mem_calloc(1, sizeof(*d));

	if (!d)
		return error_oom(err);
	*d = (struct dict){ .id = s->id * 4096 + column,
			    .n_values = c->meta->n_values,
			    .lane = (enum col_lane)c->meta->lane,
			    .values = s->map + c->meta->dict.offset,
			    .is_sorted = true };
	atomic_init(&c->dict, d);
	return 0;
}

static int open_column(const struct segment *s, const struct segment_footer *f, uint32_t column,
		       enum col_lane lane, struct error *err)
{
	struct segment_column *c = &s->columns[column];
	const struct segment_column_meta *metas = (const void *)(f + 1);
	const struct segment_zone *zones = (const void *)(metas + f->n_columns);

	c->meta = &metas[column];
	c->zones = zones + (size_t)column * f->n_zones;
	c->constant = c->meta->bits;
	if (c->meta->lane != lane || !meta_is_sane(f, c->meta))
		return error_set(err, ERR_SEGMENT_DAMAGED,
				 "segment file %s does not fit its table at column %u", s->path,
				 column + 1);
	if (c->meta->encoding == SEGMENT_DICT && lane != LANE_STR)
		return open_number_dict(s, column, err);
	return 0;
}

static int open_columns(struct segment *s, const enum col_type *types, uint32_t n_columns,
			struct error *err)
{
	const struct segment_footer *f = find_footer(s, err);
	const struct segment_column_meta *metas;

	if (!f)
		return -1;
	if (f->n_columns != n_columns)
		return error_set(err, ERR_SEGMENT_DAMAGED,
				 "segment file %s has %u columns, its table %u", s->path,
				 f->n_columns, n_columns);
	metas = (const void *)(f + 1);
	s->n_rows = f->n_rows;
	s->n_zones = f->n_zones;
	s->n_pages = f->n_pages;
	s->body_bytes = f->body_bytes;
	s->page_hashes = (const void *)((const struct segment_zone *)(metas + n_columns) +
					(size_t)n_columns * f->n_zones);
	s->checked = mem_calloc(f->n_pages / 64 + 1, sizeof(*s->checked));
	s->columns = mem_calloc(n_columns, sizeof(*s->columns));
	if (!s->checked || !s->columns)
		return error_oom(err);
	s->n_columns = n_columns;
	for (uint32_t i = 0; i < n_columns; i++)
		if (open_column(s, f, i, col_lane_of(types[i]), err) < 0)
			return -1;
	return 0;
}

int segment_open(const char *path, uint64_t id, const enum col_type *types, uint32_t n_columns,
		 struct segment **out, struct error *err)
{
	struct segment *s = mem_calloc(1, sizeof(*s));

	if (!s)
		return error_oom(err);
	s->id = id;
	s->path = mem_strndup(path, strlen(path));
	if (!s->path)
		error_oom(err);
	else if (map_file(s, err) == 0 && open_columns(s, types, n_columns, err) == 0) {
		*out = s;
		return 0;
	}
	segment_close(&s);
	return -1;
}

void segment_close(struct segment **sp)
{
	struct segment *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	for (uint32_t i = 0; i < s->n_columns; i++)
		mem_free(atomic_load_explicit(&s->columns[i].dict, memory_order_relaxed));
	mem_free(s->columns);
	mem_free(s->checked);
	if (s->map)
		(void)munmap((void *)(uintptr_t)s->map, s->map_bytes);
	mem_free(s->path);
	mem_free(s);
}

struct segment_column_info segment_column_info(const struct segment *s, uint32_t column)
{
	static const char *const names[] = {
		[SEGMENT_CONST] = "constant", [SEGMENT_DICT] = "dictionary",
		[SEGMENT_FOR] = "bit-packed", [SEGMENT_PLAIN] = "plain",
		[SEGMENT_BITS] = "bits",
	};
	const struct segment_column_meta *m = s->columns[column].meta;

	return (struct segment_column_info){
		.encoding = names[m->encoding],
		.bytes = m->data.bytes + m->index.bytes + m->dict.bytes + m->validity.bytes,
		.n_nulls = m->n_nulls,
		.n_distinct = m->n_distinct,
		.bits = m->width,
	};
}

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
	enum step step = check_bytes(s, m->dict.offset + from * sizeof(uint32_t),
				     (n + UINT64_C(1)) * sizeof(uint32_t), coop, err);
	struct str first, last;

	if (step != STEP_DONE)
		return step;
	if (!dict_text(s, m, from, &first) || !dict_text(s, m, from + n - 1, &last) ||
	    first.ptr > last.ptr) {
		damaged(s, "wrong offset in a dictionary", err);
		return STEP_FAILED;
	}
	return check_bytes(s, (uint64_t)((const unsigned char *)first.ptr - s->map),
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
				damaged(s, "wrong offset in a dictionary", err);
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
	return check_bytes(r->s, span->offset + offset, bytes, r->coop, r->err);
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
		       : check_bytes(r->s, m->dict.offset, m->dict.bytes, r->coop, r->err);
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
		damaged(r->s, "wrong offset of a block", r->err);
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
			damaged(r->s, "wrong offset of a text", r->err);
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
	damaged(r->s, "unknown encoding", r->err);
	return STEP_FAILED;
}

enum step segment_read_block(struct segment *s, uint32_t column, uint32_t block,
			     struct segment_buffer *buf, struct column *out, uint64_t *bytes,
			     struct coop *coop, struct error *err)
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
	*bytes += r.bytes;
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
		(void)dict_text(s, m, mid, &text);
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
