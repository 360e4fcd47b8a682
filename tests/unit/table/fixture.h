/*
 * fixture.h - a folder that goes away, files in it, and tables whose rows are known.
 *
 * A `struct rows` holds the values that a test wrote, row by row and as plain
 * values; check_*() compares with it what comes back from a file or a scan.
 */
#ifndef TESTS_UNIT_TABLE_FIXTURE_H
#define TESTS_UNIT_TABLE_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/base/unit.h"
#include "tests/support/column/sample.h"

#include "broker/table/segment.h"
#include "broker/table/stored_table.h"

/* Each program uses some of what is here. */
#define MAYBE __attribute__((unused))

#define COLS_MAX 12

struct fixture {
	struct engine e;
	char dir[64];
	char path[512]; /* what path_of() returned last */
};

static struct fixture fx;

static MAYBE const char *path_of(const char *name)
{
	(void)snprintf(fx.path, sizeof(fx.path), "%s/%s", fx.dir, name);
	return fx.path;
}

/* `rm -r`, for folders of folders of files. */
static MAYBE void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		char child[1024];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) < 0)
			remove_tree(child);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

static MAYBE void fixture_setup(void)
{
	engine_init(&fx.e);
	(void)snprintf(fx.dir, sizeof(fx.dir), "/tmp/sluice-table-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fx.dir));
}

static MAYBE void fixture_teardown(void)
{
	mem_fail_after(-1);
	engine_fini(&fx.e);
	remove_tree(fx.dir);
}

static MAYBE void write_file(const char *path, const void *ptr, size_t n)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(ptr, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static MAYBE size_t read_file(const char *path, char *buf, size_t cap)
{
	FILE *f = fopen(path, "re");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(buf, 1, cap, f);
	(void)fclose(f);
	return n;
}

static MAYBE bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* How many files of a folder end in suffix. */
static MAYBE unsigned count_files(const char *dir, const char *suffix)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	unsigned n = 0;

	while (d && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name), end = strlen(suffix);

		n += len > end && strcmp(entry->d_name + len - end, suffix) == 0;
	}
	if (d)
		(void)closedir(d);
	return n;
}

/* ---- rows ---- */

struct rows {
	uint32_t n_cols, n_rows;
	enum col_type types[COLS_MAX];
	struct value *values[COLS_MAX]; /* per column: n_rows values */
};

/* A value of a row, of a type; may be NULL. */
typedef struct value value_fn(uint32_t row, enum col_type type);

static MAYBE void rows_add_column(struct rows *r, uint32_t n_rows, enum col_type type, value_fn *fn)
{
	struct value *values = calloc(n_rows + 1, sizeof(*values));

	ck_assert_ptr_nonnull(values);
	for (uint32_t i = 0; i < n_rows; i++)
		values[i] = fn(i, type);
	r->n_rows = n_rows;
	r->types[r->n_cols] = type;
	r->values[r->n_cols++] = values;
}

static MAYBE void rows_free(struct rows *r)
{
	for (uint32_t i = 0; i < r->n_cols; i++)
		free(r->values[i]);
	*r = (struct rows){ 0 };
}

static MAYBE struct value null_value(enum col_type type)
{
	return (struct value){ .type = type, .is_null = true };
}

static MAYBE struct value i64_value(enum col_type type, int64_t v)
{
	return (struct value){ .type = type, .i64 = v };
}

static MAYBE struct value str_value(enum col_type type, const char *ptr, size_t len)
{
	return (struct value){ .type = type, .str = { ptr, len } };
}

/* Makes up to BATCH_ROWS_MAX rows of a column as a FLAT column in buf. */
static MAYBE struct column flat_column(const struct value *values, uint32_t n, enum col_type type,
				       void *buf, uint64_t *validity)
{
	memset(validity, 0, VALIDITY_WORDS * sizeof(*validity));
	memset(buf, 0, n * lane_width[col_lane_of(type)]);
	for (uint32_t i = 0; i < n; i++) {
		if (values[i].is_null)
			continue;
		validity_set(validity, i);
		switch (col_lane_of(type)) {
		case LANE_BOOL:
			((uint8_t *)buf)[i] = values[i].boolean;
			break;
		case LANE_I64:
			((int64_t *)buf)[i] = values[i].i64;
			break;
		case LANE_F64:
			((double *)buf)[i] = values[i].f64;
			break;
		case LANE_STR:
			((struct strv *)buf)[i] = strv_make(values[i].str.ptr, values[i].str.len);
			break;
		case LANE_COUNT:
			break;
		}
	}
	return (struct column){ .type = type, .values = buf, .validity = validity };
}

/* Rows [from, to) into a writer, a batch at a time. */
static MAYBE int write_rows(struct segment_writer *w, const struct rows *r, uint32_t from,
			    uint32_t to)
{
	static _Alignas(16) char bufs[COLS_MAX][BATCH_ROWS_MAX * sizeof(struct strv)];
	static uint64_t validity[COLS_MAX][VALIDITY_WORDS];

	while (from < to) {
		uint32_t n = MIN(to - from, BATCH_ROWS_MAX);
		struct column cols[COLS_MAX];
		struct batch b = {
			.n_rows = n, .n_cols = r->n_cols, .cols = cols, .sel = { .n_rows = n }
		};

		for (uint32_t i = 0; i < r->n_cols; i++)
			cols[i] = flat_column(r->values[i] + from, n, r->types[i], bufs[i],
					      validity[i]);
		if (segment_writer_append(w, &b, &fx.e.err) < 0)
			return -1;
		from += n;
	}
	return 0;
}

/* One segment file with all rows, named `name` below the folder. */
static MAYBE void make_segment(const struct rows *r, const char *name)
{
	struct segment_writer *w = NULL;
	struct segment_file *files;
	uint32_t n_files;

	ck_assert_int_eq(segment_writer_new(fx.dir, r->types, r->n_cols, &w, &fx.e.err), 0);
	ck_assert_int_eq(write_rows(w, r, 0, r->n_rows), 0);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), 0);
	files = segment_writer_files(w, &n_files);
	ck_assert_uint_eq(n_files, 1);
	ck_assert_int_eq(rename(files[0].path, path_of(name)), 0);
	mem_free(files[0].path);
	files[0].path = NULL;
	segment_writer_free(&w);
}

static MAYBE struct segment *open_segment(const struct rows *r, const char *name, uint64_t id)
{
	struct segment *s = NULL;

	ck_assert_msg(segment_open(path_of(name), id, r->types, r->n_cols, &s, &fx.e.err) == 0,
		      "%s", fx.e.err.msg);
	return s;
}

/* A table of segments of rows_per_segment rows each. */
static MAYBE struct table *make_table(const struct rows *r, uint32_t rows_per_segment)
{
	static const char *const names[] = { "c0", "c1", "c2", "c3", "c4", "c5",
					     "c6", "c7", "c8", "c9", "ca", "cb" };
	struct table_column columns[COLS_MAX];
	struct segment *segments[64];
	uint32_t n = 0;
	struct table *t;

	for (uint32_t i = 0; i < r->n_cols; i++)
		columns[i] = (struct table_column){ str_of(names[i]), r->types[i], true };
	for (uint32_t from = 0; from < r->n_rows; from += rows_per_segment, n++) {
		struct rows part = *r;
		char name[32];

		for (uint32_t i = 0; i < r->n_cols; i++)
			part.values[i] = r->values[i] + from;
		part.n_rows = MIN(rows_per_segment, r->n_rows - from);
		(void)snprintf(name, sizeof(name), "%u.seg", n);
		make_segment(&part, name);
		segments[n] = open_segment(&part, name, n + 1);
	}
	t = stored_table_new(STR("t"), columns, r->n_cols, segments, n, &fx.e.err);
	ck_assert_ptr_nonnull(t);
	return t;
}

/* Columns of a batch against rows from `first` on. */
static MAYBE void check_batch(const struct rows *r, const uint32_t *columns, const struct batch *b,
			      uint32_t first)
{
	ck_assert_uint_le(first + b->n_rows, r->n_rows);
	for (uint32_t i = 0; i < b->n_cols; i++) {
		for (uint32_t row = 0; row < b->n_rows; row++) {
			struct value v = col_value(&b->cols[i], row);

			ASSERT_ROW(sample_same(&v, &r->values[columns[i]][first + row]));
		}
	}
}

#endif
