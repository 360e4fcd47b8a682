/*
 * import.c - see import.h.
 *
 *   csv.c       bytes to fields
 *   infer.c     or schema.c: what the columns are
 *   convert.c   fields to values, into a segment_writer
 *   catalog     publishes the files that the writer made
 *
 * Without a schema the first rows are kept aside until their types are known
 * and are then converted like all others, so the input is read once and may be
 * a pipe.
 */
#include "broker/table/import.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "broker/table/catalog.h"
#include "broker/table/convert.h"
#include "broker/table/csv.h"
#include "broker/table/infer.h"
#include "broker/table/schema.h"
#include "broker/table/segment.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"

#define SAMPLE_BYTES_MAX ((size_t)64 << 20)
#define PROGRESS_NS      (100 * NS_PER_MS)
/* About what parsing, converting and encoding a byte of CSV costs, in ns. */
#define BYTE_PRICE 4

/* Rows kept aside, with their texts. */
struct sample {
	struct sample *next;
	struct csv_rows rows;
};

struct importer {
	struct catalog *catalog;
	struct str table;
	const struct import_options *options;
	struct coop *coop;
	struct import_progress progress;
	uint64_t done_bytes;  /* of files before the current one */
	uint64_t reported_ns; /* when the progress was last told */
	const char *first_file;
	struct convert_column *columns; /* in the order of the first header */
	uint32_t n_columns;
	char *dir;
	struct segment_writer *writer; /* NULL until the types are known */
};

/* ---- header ---- */

static int check_names(const struct csv_reader *r, const struct csv_rows *header, struct error *err)
{
	for (uint32_t i = 0; i < header->n_fields; i++) {
		struct str name = { header->fields[i].ptr, header->fields[i].len };
		const char *fault = table_column_name_fault(name);

		if (fault)
			return csv_error(r, header, 0, i, err, "column %u %s", i + 1, fault);
		for (uint32_t k = 0; k < i; k++) {
			struct str other = { header->fields[k].ptr, header->fields[k].len };

			if (str_eq_nocase(name, other))
				return csv_error(r, header, 0, i, err,
						 "two columns are named '" STR_FMT "'",
						 STR_ARG(name));
		}
	}
	return 0;
}

static int take_header(struct importer *im, const struct csv_rows *header, struct error *err)
{
	im->columns = mem_calloc(header->n_fields, sizeof(*im->columns));
	if (!im->columns)
		return error_oom(err);
	im->n_columns = header->n_fields;
	for (uint32_t i = 0; i < header->n_fields; i++) {
		const struct csv_field *f = &header->fields[i];
		char *name = mem_strndup(f->ptr, f->len);

		if (!name)
			return error_oom(err);
		im->columns[i].name = name;
	}
	return 0;
}

static int compare_header(const struct importer *im, const struct csv_reader *r,
			  const struct csv_rows *header, struct error *err)
{
	for (uint32_t i = 0; i < MIN(header->n_fields, im->n_columns); i++) {
		struct str name = { header->fields[i].ptr, header->fields[i].len };

		if (!str_eq_nocase(name, str_of(im->columns[i].name)))
			return csv_error(r, header, 0, i, err,
					 "column %u is '" STR_FMT "', but in %s it is '%s'", i + 1,
					 STR_ARG(name), im->first_file, im->columns[i].name);
	}
	if (header->n_fields != im->n_columns)
		return csv_error(r, header, 0, 0, err, "%u columns, but %s has %u",
				 header->n_fields, im->first_file, im->n_columns);
	return 0;
}

/* ---- types ---- */

static int check_schema_columns(const struct importer *im, const struct schema *schema,
				struct error *err)
{
	for (uint32_t i = 0; i < schema->n_columns; i++) {
		bool is_there = false;

		for (uint32_t k = 0; k < im->n_columns && !is_there; k++)
			is_there = str_eq_nocase(str_of(schema->columns[i].name),
						 str_of(im->columns[k].name));
		if (!is_there)
			return error_set(err, ERR_IMPORT, "%s has no column '%s', which %s names",
					 im->first_file, schema->columns[i].name,
					 im->options->schema_file);
	}
	return 0;
}

static int apply_schema(struct importer *im, const struct schema *schema, struct error *err)
{
	for (uint32_t i = 0; i < im->n_columns; i++) {
		int found = schema_find(schema, str_of(im->columns[i].name));

		if (found < 0)
			return error_set(
				err, ERR_IMPORT, "%s has a column '%s', which %s does not name",
				im->first_file, im->columns[i].name, im->options->schema_file);
		im->columns[i].type = schema->columns[found].type;
		/* The declaration's spelling; the names differ in case at most. */
		memcpy(im->columns[i].name, schema->columns[found].name,
		       strlen(im->columns[i].name));
	}
	return check_schema_columns(im, schema, err);
}

static int types_from_schema(struct importer *im, struct error *err)
{
	struct schema schema CLEANUP(schema_fini) = { 0 };

	if (schema_read(im->options->schema_file, &schema, err) < 0)
		return -1;
	return apply_schema(im, &schema, err);
}

static int types_from_sample(struct importer *im, const struct sample *sample, struct error *err)
{
	struct infer *infer = mem_calloc(im->n_columns, sizeof(*infer));
	uint32_t n_rows = 0;

	if (!infer)
		return error_oom(err);
	for (; sample; sample = sample->next) {
		const struct csv_field *f = sample->rows.fields;

		for (uint32_t row = 0; row < sample->rows.n_rows; row++)
			for (uint32_t i = 0; i < im->n_columns; i++, f++)
				if (f->len > 0)
					infer_add(&infer[i], (struct str){ f->ptr, f->len });
		n_rows += sample->rows.n_rows;
	}
	for (uint32_t i = 0; i < im->n_columns; i++) {
		im->columns[i].type = infer_type(&infer[i]);
		im->columns[i].n_inferred = n_rows;
	}
	mem_free(infer);
	return 0;
}

/* ---- rows ---- */

static int start_writer(struct importer *im, struct error *err)
{
	enum col_type *types = mem_alloc(im->n_columns * sizeof(*types));
	int result;

	if (!types)
		return error_oom(err);
	for (uint32_t i = 0; i < im->n_columns; i++)
		types[i] = im->columns[i].type;
	result = catalog_table_dir(im->catalog, im->table, &im->dir, err);
	if (result == 0)
		result = segment_writer_new(im->dir, types, im->n_columns, &im->writer, err);
	mem_free(types);
	return result;
}

/* The first n rows are taken off. */
static struct csv_rows take_rows(struct csv_rows *rows, uint32_t n)
{
	struct csv_rows taken = *rows;

	taken.n_rows = n;
	rows->n_rows -= n;
	rows->fields += (size_t)n * rows->n_fields;
	rows->starts += n;
	rows->lines += n;
	return taken;
}

static int store_rows(struct importer *im, const struct csv_reader *r, struct csv_rows rows,
		      struct error *err)
{
	im->progress.rows += rows.n_rows;
	while (rows.n_rows > 0) {
		uint32_t room = SEGMENT_ROWS_MAX - segment_writer_n_rows(im->writer);
		struct csv_rows part = take_rows(&rows, MIN(room, rows.n_rows));

		if (convert_rows(im->columns, r, &part, im->writer, err) < 0)
			return -1;
		if (segment_writer_is_full(im->writer) &&
		    segment_writer_flush(im->writer, im->coop, err) < 0)
			return -1;
	}
	return 0;
}

static void tell_progress(struct importer *im, const struct csv_reader *r)
{
	uint64_t now = clock_mono_ns();

	im->progress.bytes = im->done_bytes + csv_bytes_read(r);
	if (!im->options->progress || now - im->reported_ns < PROGRESS_NS)
		return;
	im->reported_ns = now;
	im->options->progress(&im->progress, im->options->arg);
}

/* The next rows of a file, at most max, which are paid for; n_rows is 0 at its end. */
static int next_rows(struct importer *im, struct csv_reader *r, uint32_t max, struct csv_rows *rows,
		     struct error *err)
{
	uint64_t before = csv_bytes_read(r);

	if (coop_point(im->coop, err) < 0 || csv_read_rows(r, max, rows, err) < 0)
		return -1;
	coop_pay(im->coop, (int64_t)(csv_bytes_read(r) - before) * BYTE_PRICE);
	tell_progress(im, r);
	return 0;
}

static int store_rest(struct importer *im, struct csv_reader *r, struct error *err)
{
	struct csv_rows rows;

	for (;;) {
		if (next_rows(im, r, CSV_ROWS_MAX, &rows, err) < 0)
			return -1;
		if (rows.n_rows == 0)
			return 0;
		if (store_rows(im, r, rows, err) < 0)
			return -1;
	}
}

/* ---- the sample ---- */

static void sample_free(struct sample **sp)
{
	while (*sp) {
		struct sample *next = (*sp)->next;

		mem_free(*sp);
		*sp = next;
	}
}

static size_t rounded(size_t bytes)
{
	return (bytes + 7) / 8 * 8;
}

/*
 * A copy that outlives the reader's buffer; one block.  Of the text it keeps the
 * values alone: types are inferred from these very rows, so nobody asks for the
 * place of an error in them.
 */
static struct sample *sample_new(const struct csv_rows *rows, struct error *err)
{
	uint32_t base = rows->starts[0], n = rows->n_rows;
	size_t n_fields = (size_t)n * rows->n_fields;
	size_t fields_bytes = n_fields * sizeof(struct csv_field);
	size_t starts_bytes = rounded(n * sizeof(uint32_t));
	size_t lines_bytes = n * sizeof(uint64_t);
	struct sample *s = mem_alloc(sizeof(*s) + fields_bytes + lines_bytes + starts_bytes +
				     (rows->end - base));
	struct csv_field *fields;
	uint64_t *lines;
	uint32_t *starts;
	char *text;

	if (!s) {
		error_oom(err);
		return NULL;
	}
	fields = (void *)(s + 1);
	lines = (void *)(fields + n_fields);
	starts = (void *)(lines + n);
	text = (char *)starts + starts_bytes;
	memcpy(lines, rows->lines, lines_bytes);
	for (uint32_t i = 0; i < n; i++)
		starts[i] = rows->starts[i] - base;
	for (size_t i = 0; i < n_fields; i++) {
		fields[i] = rows->fields[i];
		fields[i].raw -= base;
		if (!fields[i].ptr)
			continue;
		memcpy(text + fields[i].raw, rows->fields[i].ptr, fields[i].len);
		fields[i].ptr = text + fields[i].raw;
	}
	*s = (struct sample){ .rows = *rows };
	s->rows.fields = fields;
	s->rows.lines = lines;
	s->rows.starts = starts;
	s->rows.text = text;
	s->rows.end = rows->end - base;
	return s;
}

static int read_sample(struct importer *im, struct csv_reader *r, struct sample **out,
		       struct error *err)
{
	struct sample **last = out;
	uint32_t n_rows = 0;
	size_t bytes = 0;

	while (n_rows < IMPORT_SAMPLE_ROWS && bytes < SAMPLE_BYTES_MAX) {
		struct csv_rows rows;

		if (next_rows(im, r, IMPORT_SAMPLE_ROWS - n_rows, &rows, err) < 0)
			return -1;
		if (rows.n_rows == 0)
			return 0;
		*last = sample_new(&rows, err);
		if (!*last)
			return -1;
		n_rows += rows.n_rows;
		bytes += rows.end - rows.starts[0];
		last = &(*last)->next;
	}
	return 0;
}

static int store_with_inference(struct importer *im, struct csv_reader *r, struct error *err)
{
	struct sample *sample CLEANUP(sample_free) = NULL;

	if (read_sample(im, r, &sample, err) < 0 || types_from_sample(im, sample, err) < 0 ||
	    start_writer(im, err) < 0)
		return -1;
	for (const struct sample *s = sample; s; s = s->next)
		if (store_rows(im, r, s->rows, err) < 0)
			return -1;
	return store_rest(im, r, err);
}

/* ---- files ---- */

static int store_file(struct importer *im, struct csv_reader *r, struct error *err)
{
	struct csv_rows header;

	if (csv_read_header(r, &header, err) < 0)
		return -1;
	if (im->columns) {
		if (compare_header(im, r, &header, err) < 0)
			return -1;
		return store_rest(im, r, err);
	}
	if (check_names(r, &header, err) < 0 || take_header(im, &header, err) < 0)
		return -1;
	if (!im->options->schema_file)
		return store_with_inference(im, r, err);
	if (types_from_schema(im, err) < 0 || start_writer(im, err) < 0)
		return -1;
	return store_rest(im, r, err);
}

static char separator_of(const char *path)
{
	size_t len = strlen(path);

	return len >= 4 && str_eq_nocase((struct str){ path + len - 4, 4 }, STR(".tsv")) ? '\t'
											 : ',';
}

static int import_file(struct importer *im, const char *path, struct error *err)
{
	struct csv_reader *r CLEANUP(csv_close) = NULL;

	if (csv_open(path, separator_of(path), &r, err) < 0 || store_file(im, r, err) < 0)
		return -1;
	im->done_bytes += csv_bytes_read(r);
	im->progress.bytes = im->done_bytes;
	return 0;
}

/* Looks at every file, so that a wrong name is an error before the work; sums their sizes. */
static int measure_files(struct importer *im, char *const *files, uint32_t n_files,
			 struct error *err)
{
	bool is_known = true;

	for (uint32_t i = 0; i < n_files; i++) {
		struct stat st = { 0 };

		if (strcmp(files[i], "-") != 0 && stat(files[i], &st) < 0)
			return error_set(err, ERR_IO, "cannot open %s: %s", files[i],
					 strerrordesc_np(errno));
		is_known &= S_ISREG(st.st_mode);
		im->progress.total_bytes += (uint64_t)st.st_size;
	}
	if (!is_known)
		im->progress.total_bytes = 0;
	return 0;
}

static int publish(struct importer *im, struct error *err)
{
	struct table_column *columns = mem_alloc(im->n_columns * sizeof(*columns));
	int result;

	if (!columns)
		return error_oom(err);
	for (uint32_t i = 0; i < im->n_columns; i++)
		columns[i] = (struct table_column){
			.name = str_of(im->columns[i].name),
			.type = im->columns[i].type,
			.is_nullable = segment_writer_has_nulls(im->writer, i),
		};
	result = catalog_publish(im->catalog, im->table, columns, im->n_columns, im->writer, err);
	mem_free(columns);
	return result;
}

static int run(struct importer *im, char *const *files, uint32_t n_files, struct error *err)
{
	if (catalog_check_name(im->table, err) < 0 || measure_files(im, files, n_files, err) < 0)
		return -1;
	for (uint32_t i = 0; i < n_files; i++)
		if (import_file(im, files[i], err) < 0)
			return -1;
	if (segment_writer_flush(im->writer, im->coop, err) < 0 || coop_point(im->coop, err) < 0)
		return -1;
	return publish(im, err);
}

// NOLINTNEXTLINE(readability-function-size): all that a caller may choose
int import_files(struct catalog *c, struct str table, char *const *files, uint32_t n_files,
		 const struct import_options *options, struct coop *coop,
		 struct import_progress *out, struct error *err)
{
	static const struct import_options no_options;
	struct importer im = { .catalog = c,
			       .table = table,
			       .options = options ? options : &no_options,
			       .coop = coop,
			       .first_file = n_files > 0 ? files[0] : NULL };
	int result;

	if (n_files == 0)
		return error_set(err, ERR_IMPORT, "no file to import");
	result = run(&im, files, n_files, err);
	if (result == 0)
		*out = im.progress;
	segment_writer_free(&im.writer);
	mem_free(im.dir);
	for (uint32_t i = 0; i < im.n_columns; i++)
		mem_free(im.columns[i].name);
	mem_free(im.columns);
	return result;
}
