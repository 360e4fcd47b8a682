/*
 * segment_open.c - maps segment files, and believes nothing before it was checked.
 *
 * The footer is compared with its checksum at open, each page at its first
 * touch.  Who finds a page unchecked checks it; two who find it at once both do,
 * which is harmless.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

/* Checking a page: XXH3 of 64 KiB, and the faults that bring it in. */
#define PAGE_PRICE 10000

int segment_damaged(const struct segment *s, const char *what, struct error *err)
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

enum step segment_check_bytes(struct segment *s, uint64_t offset, uint64_t bytes, struct coop *coop,
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
		segment_damaged(s, "too short", err);
		return NULL;
	}
	memcpy(&t, s->map + s->map_bytes - sizeof(t), sizeof(t));
	if (h->magic != SEGMENT_MAGIC || t.magic != SEGMENT_MAGIC || h->reserved != 0) {
		segment_damaged(s, "it does not begin or end like a segment", err);
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
		segment_damaged(s, "it was cut, or its end is wrong", err);
		return NULL;
	}
	f = (const void *)(s->map + t.footer_offset);
	if (hash_bytes(f, t.footer_bytes) != t.footer_hash || !footer_is_sane(f, &t)) {
		segment_damaged(s, "wrong checksum of the footer", err);
		return NULL;
	}
	return f;
}

static int map_file(struct segment *s, struct error *err)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	void *map = MAP_FAILED;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, ERR_SEGMENT_DAMAGED, "segment file %s is missing", s->path);
	if (fd < 0)
		return error_set(err, ERR_IO, "cannot open %s: %s", s->path,
				 strerrordesc_np(errno));
	if (fstat(fd, &st) == 0) {
		if (st.st_size == 0) {
			(void)close(fd);
			return segment_damaged(s, "too short", err);
		}
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (map == MAP_FAILED)
		error_set(err, ERR_IO, "cannot map %s: %s", s->path, strerrordesc_np(errno));
	(void)close(fd);
	if (map == MAP_FAILED)
		return -1;
	s->map_base = map;
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
	if (s->map_base)
		(void)munmap(s->map_base, s->map_bytes);
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
