/*
 * segment_write.c - collects rows and writes segment files.
 *
 * The file gets its name from the catalog when it is published; until then it
 * is "<number>.tmp", and the next start removes it should we die.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"

/* The kernel is asked to write so many pages at a time: 8 MiB. */
#define WRITE_BEHIND_PAGES 128

struct segment_writer {
	char *dir;
	uint32_t n_columns;
	struct column_builder *columns;
	bool *has_nulls; /* per column, of flushed segments */
	uint32_t n_rows, cap_rows;
	struct segment_file *files;
	uint32_t n_files, cap_files;
	unsigned next_name;
};

/* ---- output ---- */

static int write_all(int fd, const void *ptr, size_t n, const char *path, struct error *err)
{
	const char *from = ptr;

	while (n > 0) {
		ssize_t done = write(fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_set(err, ERR_IO, "cannot write %s: %s", path,
					 strerrordesc_np(errno));
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

static int flush_page(struct segment_out *o, size_t fill, struct error *err)
{
	if (o->n_hashes == o->cap_hashes) {
		uint32_t cap = MAX(o->cap_hashes * 2, 64u);
		uint64_t *hashes = mem_realloc(o->hashes, cap * sizeof(*hashes));

		if (!hashes)
			return error_oom(err);
		o->hashes = hashes;
		o->cap_hashes = cap;
	}
	o->hashes[o->n_hashes++] = hash_bytes(o->page, fill);
	if (write_all(o->fd, o->page, fill, o->path, err) < 0)
		return -1;
	/* Lets the disk begin while we go on encoding; the sync at the end waits for less. */
	if (o->n_hashes % WRITE_BEHIND_PAGES == 0)
		(void)sync_file_range(
			o->fd, (off_t)(o->n_hashes - WRITE_BEHIND_PAGES) * SEGMENT_PAGE,
			(off_t)WRITE_BEHIND_PAGES * SEGMENT_PAGE, SYNC_FILE_RANGE_WRITE);
	return 0;
}

int segment_out_write(struct segment_out *o, const void *ptr, size_t n, struct error *err)
{
	const char *from = ptr;

	while (n > 0) {
		size_t fill = o->offset % SEGMENT_PAGE;
		size_t part = MIN(n, SEGMENT_PAGE - fill);

		memcpy(o->page + fill, from, part);
		from += part;
		n -= part;
		o->offset += part;
		if (fill + part == SEGMENT_PAGE && flush_page(o, SEGMENT_PAGE, err) < 0)
			return -1;
	}
	return 0;
}

int segment_out_begin(struct segment_out *o, struct segment_span *span, struct error *err)
{
	static const char zeros[SEGMENT_ALIGN];
	size_t past = o->offset % SEGMENT_ALIGN;

	if (past > 0 && segment_out_write(o, zeros, SEGMENT_ALIGN - past, err) < 0)
		return -1;
	*span = (struct segment_span){ .offset = o->offset };
	return 0;
}

void segment_out_end(const struct segment_out *o, struct segment_span *span)
{
	span->bytes = o->offset - span->offset;
}

static int out_open(struct segment_out *o, int fd, const char *path, struct error *err)
{
	struct segment_header header = { .magic = SEGMENT_MAGIC, .version = SEGMENT_VERSION };

	*o = (struct segment_out){ .fd = fd, .path = path };
	o->page = mem_alloc(SEGMENT_PAGE);
	if (!o->page)
		return error_oom(err);
	return segment_out_write(o, &header, sizeof(header), err);
}

static void out_close(struct segment_out *o)
{
	mem_free(o->page);
	mem_free(o->hashes);
}

/* ---- one file ---- */

/* What the footer is made of; metas and zones are one block each. */
struct footer_parts {
	struct segment_footer head;
	struct segment_column_meta *metas;
	struct segment_zone *zones;
};

static int footer_write(struct segment_out *o, const struct footer_parts *f, struct error *err)
{
	const struct {
		const void *ptr;
		size_t bytes;
	} parts[] = {
		{ &f->head, sizeof(f->head) },
		{ f->metas, f->head.n_columns * sizeof(*f->metas) },
		{ f->zones, (size_t)f->head.n_columns * f->head.n_zones * sizeof(*f->zones) },
		{ o->hashes, o->n_hashes * sizeof(*o->hashes) },
	};
	struct segment_trailer trailer = { .footer_offset = o->offset, .magic = SEGMENT_MAGIC };
	struct strbuf footer CLEANUP(strbuf_fini) = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].bytes > 0)
			strbuf_add(&footer, parts[i].ptr, parts[i].bytes);
	trailer.footer_bytes = footer.len;
	trailer.footer_hash = hash_bytes(footer.ptr, footer.len);
	strbuf_add(&footer, (const char *)&trailer, sizeof(trailer));
	if (!strbuf_ok(&footer))
		return error_oom(err);
	o->offset += footer.len;
	return write_all(o->fd, footer.ptr, footer.len, o->path, err);
}

static int body_write(const struct segment_writer *w, struct segment_out *o, struct footer_parts *f,
		      struct coop *coop, struct error *err)
{
	struct segment_span end;

	for (uint32_t i = 0; i < w->n_columns; i++) {
		if (segment_encode_column(o, &w->columns[i], w->n_rows, &f->metas[i],
					  f->zones + (size_t)i * f->head.n_zones, coop, err) < 0)
			return -1;
	}
	/* The footer begins aligned, so that it can be read in place. */
	if (segment_out_begin(o, &end, err) < 0)
		return -1;
	f->head.body_bytes = o->offset;
	if (o->offset % SEGMENT_PAGE > 0 && flush_page(o, o->offset % SEGMENT_PAGE, err) < 0)
		return -1;
	f->head.n_pages = o->n_hashes;
	return 0;
}

static int file_write(const struct segment_writer *w, int fd, const char *path, uint64_t *bytes,
		      struct coop *coop, struct error *err)
{
	struct footer_parts f = { .head = { .n_rows = w->n_rows,
					    .n_columns = w->n_columns,
					    .n_zones = segment_n_zones(w->n_rows) } };
	struct segment_out o;
	int result = out_open(&o, fd, path, err);

	f.metas = mem_calloc(w->n_columns, sizeof(*f.metas));
	f.zones = mem_calloc((size_t)w->n_columns * f.head.n_zones, sizeof(*f.zones));
	if (result == 0 && (!f.metas || !f.zones))
		result = error_oom(err);
	if (result == 0)
		result = body_write(w, &o, &f, coop, err);
	if (result == 0)
		result = footer_write(&o, &f, err);
	if (result == 0 && fsync(fd) < 0)
		result = error_set(err, ERR_IO, "cannot sync %s: %s", path, strerrordesc_np(errno));
	*bytes = o.offset;
	out_close(&o);
	mem_free(f.metas);
	mem_free(f.zones);
	return result;
}

/* Opens a file under a name that nobody uses. */
static int file_create(struct segment_writer *w, char **path, struct error *err)
{
	for (;;) {
		struct strbuf name = STRBUF_INIT;
		size_t len;
		int fd;

		strbuf_printf(&name, "%s/%u.tmp", w->dir, w->next_name++);
		*path = strbuf_take(&name, &len);
		if (!*path)
			return error_oom(err);
		fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
		bool is_taken = errno == EEXIST;

		if (!is_taken)
			error_set(err, ERR_IO, "cannot create %s: %s", *path,
				  strerrordesc_np(errno));
		mem_free(*path);
		*path = NULL;
		if (!is_taken)
			return -1;
	}
}

static int reserve_file(struct segment_writer *w, struct error *err)
{
	if (w->n_files == w->cap_files) {
		uint32_t cap = MAX(w->cap_files * 2, 8u);
		struct segment_file *files = mem_realloc(w->files, cap * sizeof(*files));

		if (!files)
			return error_oom(err);
		w->files = files;
		w->cap_files = cap;
	}
	return 0;
}

int segment_writer_flush(struct segment_writer *w, struct coop *coop, struct error *err)
{
	struct segment_file *file;
	int fd, result;

	if (w->n_rows == 0)
		return 0;
	if (reserve_file(w, err) < 0)
		return -1;
	file = &w->files[w->n_files];
	*file = (struct segment_file){ .n_rows = w->n_rows };
	fd = file_create(w, &file->path, err);
	if (fd < 0)
		return -1;
	result = file_write(w, fd, file->path, &file->bytes, coop, err);
	if (close(fd) < 0 && result == 0)
		result = error_set(err, ERR_IO, "cannot close %s: %s", file->path,
				   strerrordesc_np(errno));
	if (result < 0) {
		(void)unlink(file->path);
		mem_free(file->path);
		return -1;
	}
	w->n_files++;
	w->n_rows = 0;
	for (uint32_t i = 0; i < w->n_columns; i++) {
		w->has_nulls[i] |= w->columns[i].n_nulls > 0;
		column_builder_reset(&w->columns[i]);
	}
	return 0;
}

/* ---- collecting ---- */

int segment_writer_new(const char *dir, const enum col_type *types, uint32_t n_columns,
		       struct segment_writer **out, struct error *err)
{
	struct segment_writer *w = mem_calloc(1, sizeof(*w));

	if (!w)
		return error_oom(err);
	w->n_columns = n_columns;
	w->dir = mem_strndup(dir, strlen(dir));
	w->columns = mem_calloc(n_columns, sizeof(*w->columns));
	w->has_nulls = mem_calloc(n_columns, sizeof(*w->has_nulls));
	if (!w->dir || !w->columns || !w->has_nulls) {
		w->n_columns = 0;
		segment_writer_free(&w);
		return error_oom(err);
	}
	for (uint32_t i = 0; i < n_columns; i++)
		w->columns[i].lane = col_lane_of(types[i]);
	*out = w;
	return 0;
}

void segment_writer_free(struct segment_writer **wp)
{
	struct segment_writer *w = *wp;

	if (!w)
		return;
	*wp = NULL;
	for (uint32_t i = 0; i < w->n_files; i++) {
		if (w->files[i].path)
			(void)unlink(w->files[i].path);
		mem_free(w->files[i].path);
	}
	for (uint32_t i = 0; i < w->n_columns; i++)
		column_builder_fini(&w->columns[i]);
	mem_free(w->files);
	mem_free(w->columns);
	mem_free(w->has_nulls);
	mem_free(w->dir);
	mem_free(w);
}

uint32_t segment_writer_n_rows(const struct segment_writer *w)
{
	return w->n_rows;
}

bool segment_writer_is_full(const struct segment_writer *w)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < w->n_columns; i++) {
		const struct column_builder *b = &w->columns[i];

		bytes += b->lane == LANE_STR ? b->text_bytes + w->n_rows * sizeof(uint32_t)
					     : (size_t)w->n_rows * lane_width[b->lane];
	}
	return w->n_rows == SEGMENT_ROWS_MAX || bytes >= SEGMENT_BYTES_MAX;
}

int segment_writer_reserve(struct segment_writer *w, uint32_t n, struct error *err)
{
	uint32_t cap = MAX(w->cap_rows, (uint32_t)BITPACK_ROWS);

	ASSERT(n <= SEGMENT_ROWS_MAX - w->n_rows);
	if (n <= w->cap_rows - w->n_rows)
		return 0;
	while (cap - w->n_rows < n)
		cap *= 2;
	for (uint32_t i = 0; i < w->n_columns; i++)
		if (column_builder_reserve(&w->columns[i], cap, err) < 0)
			return -1;
	w->cap_rows = cap;
	return 0;
}

struct column_builder *segment_writer_column(struct segment_writer *w, uint32_t column)
{
	DEBUG_ASSERT(column < w->n_columns);
	return &w->columns[column];
}

void segment_writer_advance(struct segment_writer *w, uint32_t n)
{
	w->n_rows += n;
}

struct segment_file *segment_writer_files(struct segment_writer *w, uint32_t *n_files)
{
	*n_files = w->n_files;
	return w->files;
}

bool segment_writer_has_nulls(const struct segment_writer *w, uint32_t column)
{
	return w->has_nulls[column];
}

/* ---- batches ---- */

static int append_row(struct column_builder *b, uint32_t to, const struct column *from,
		      uint32_t row, struct error *err)
{
	if (!col_is_valid(from, row))
		return column_builder_set_null(b, to, err);
	switch (b->lane) {
	case LANE_BOOL:
		((uint8_t *)b->values)[to] = col_bool(from, row);
		return 0;
	case LANE_I64:
		((int64_t *)b->values)[to] = col_i64(from, row);
		return 0;
	case LANE_F64:
		((double *)b->values)[to] = col_f64(from, row);
		return 0;
	case LANE_STR:
		return column_builder_set_str(b, to, strv_str(col_strv(from, row)), err);
	case LANE_COUNT:
		break;
	}
	return error_set(err, ERR_INTERNAL, "no such lane");
}

int segment_writer_append(struct segment_writer *w, const struct batch *b, struct error *err)
{
	ASSERT(b->n_cols == w->n_columns);
	if (segment_writer_reserve(w, b->sel.n_rows, err) < 0)
		return -1;
	for (uint32_t col = 0; col < b->n_cols; col++)
		for (uint32_t i = 0; i < b->sel.n_rows; i++)
			if (append_row(&w->columns[col], w->n_rows + i, &b->cols[col],
				       sel_row(&b->sel, i), err) < 0)
				return -1;
	segment_writer_advance(w, b->sel.n_rows);
	return 0;
}
