/*
 * fuzz_csv.c - CSV and TSV files: fields, guessed types, values.
 *
 * The first byte chooses the separator, the rest is the file.  It is read
 *
 *   - at once
 *   - in pieces as they may come out of a pipe: the same rows, or refused as well
 *   - once more after all fields were written in quotes: the same rows
 *
 * and converted to the types that are guessed from its rows, which must work, and
 * to other ones, which must work or be refused with a place.
 *
 * Pieces come over a socket that keeps messages apart, in the place of the
 * standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/table/convert.h"
#include "broker/table/csv.h"
#include "broker/table/infer.h"
#include "broker/table/segment.h"
#include "common/base/assert.h"
#include "common/base/hash.h"
#include "common/base/strbuf.h"
#include "tests/fuzz/fuzz.h"

#define BYTES_MAX   ((size_t)32 << 10) /* what a socket takes at once */
#define PIECES_MAX  16
#define COLUMNS_MAX 32 /* that are converted */

static char column_name[] = "c";
static struct strbuf rows_text, pieces_text, again_text, quoted;

/* ---- rows as text, to compare ---- */

static void add_field(struct strbuf *out, const struct csv_field *f)
{
	struct str s = { f->ptr, f->len };
	size_t bad;

	ASSERT(f->len <= CSV_FIELD_BYTES_MAX);
	ASSERT(f->ptr || f->len == 0);
	ASSERT(str_utf8_valid(s, &bad) && (s.len == 0 || !memchr(s.ptr, '\0', s.len)));
	strbuf_printf(out, f->ptr ? "%u:" : "NULL", f->len);
	strbuf_add_str(out, s);
	strbuf_add_char(out, ' ');
}

static void add_rows(struct strbuf *out, const struct csv_rows *rows)
{
	const struct csv_field *f = rows->fields;

	ASSERT(rows->n_fields > 0 && rows->n_rows <= CSV_ROWS_MAX);
	for (uint32_t row = 0; row < rows->n_rows; row++) {
		ASSERT(rows->starts[row] <= rows->end);
		ASSERT(row == 0 || rows->lines[row] > rows->lines[row - 1]);
		for (uint32_t i = 0; i < rows->n_fields; i++, f++)
			add_field(out, f);
		strbuf_add_char(out, '\n');
	}
}

/* ---- the same rows in quotes ---- */

static void quote_field(const struct csv_field *f)
{
	if (!f->ptr)
		return;
	strbuf_add_char(&quoted, '"');
	for (uint32_t i = 0; i < f->len; i++) {
		strbuf_add_char(&quoted, f->ptr[i]);
		if (f->ptr[i] == '"')
			strbuf_add_char(&quoted, '"');
	}
	strbuf_add_char(&quoted, '"');
}

static void quote_rows(const struct csv_rows *rows, char separator)
{
	const struct csv_field *f = rows->fields;

	for (uint32_t row = 0; row < rows->n_rows; row++) {
		for (uint32_t i = 0; i < rows->n_fields; i++, f++) {
			if (i > 0)
				strbuf_add_char(&quoted, separator);
			quote_field(f);
		}
		strbuf_add_char(&quoted, '\n');
	}
}

/* ---- types ---- */

static int convert(const struct csv_reader *r, const struct csv_rows *rows,
		   struct convert_column *columns, struct error *err)
{
	enum col_type types[COLUMNS_MAX];
	struct segment_writer *writer = NULL;
	int converted;

	for (uint32_t i = 0; i < rows->n_fields; i++)
		types[i] = columns[i].type;
	if (segment_writer_new("/nowhere", types, rows->n_fields, &writer, err) < 0)
		return -1;
	converted = convert_rows(columns, r, rows, writer, err);
	ASSERT(converted < 0 || segment_writer_n_rows(writer) == rows->n_rows);
	segment_writer_free(&writer);
	return converted;
}

static void check_guessed(const struct csv_reader *r, const struct csv_rows *rows)
{
	struct convert_column columns[COLUMNS_MAX] = { 0 };
	struct infer guesses[COLUMNS_MAX] = { 0 };
	const struct csv_field *f = rows->fields;
	struct error err = { 0 };
	int converted;

	for (uint32_t row = 0; row < rows->n_rows; row++)
		for (uint32_t i = 0; i < rows->n_fields; i++, f++)
			if (f->len > 0)
				infer_add(&guesses[i], (struct str){ f->ptr, f->len });
	for (uint32_t i = 0; i < rows->n_fields; i++) {
		columns[i].name = column_name;
		columns[i].type = infer_type(&guesses[i]);
		columns[i].n_inferred = rows->n_rows;
	}
	converted = convert(r, rows, columns, &err);
	if (converted < 0)
		(void)fprintf(stderr, "%s\n", err.msg);
	ASSERT(converted == 0);
}

static void check_declared(const struct csv_reader *r, const struct csv_rows *rows,
			   struct fuzz_random *random)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT,    COL_LONG,
					       COL_FLOAT,   COL_DOUBLE, COL_STRING,
					       COL_JSON,    COL_BYTES,  COL_TIMESTAMP };
	struct convert_column columns[COLUMNS_MAX] = { 0 };
	struct error err = { 0 };

	for (uint32_t i = 0; i < rows->n_fields; i++) {
		columns[i].name = column_name;
		columns[i].type = types[fuzz_draw(random, ARRAY_SIZE(types))];
	}
	if (convert(r, rows, columns, &err) < 0) {
		ASSERT(err.code == ERR_IMPORT);
		fuzz_check_error(&err, 0);
	}
}

/* ---- reading ---- */

struct reading {
	char separator;
	struct strbuf *out;
	bool is_quoting;            /* puts the rows into `quoted` */
	struct fuzz_random *random; /* for types; NULL: nothing is converted */
};

static void take_rows(const struct reading *x, const struct csv_reader *r,
		      const struct csv_rows *rows)
{
	add_rows(x->out, rows);
	if (x->is_quoting)
		quote_rows(rows, x->separator);
	if (!x->random || rows->n_fields > COLUMNS_MAX || rows->n_rows == 0)
		return;
	check_guessed(r, rows);
	check_declared(r, rows, x->random);
}

/* False: the file was refused. */
static bool read_all(const struct reading *x, const char *path)
{
	struct csv_reader *r = NULL;
	struct csv_rows rows;
	struct error err = { 0 };
	int result = csv_open(path, x->separator, &r, &err);

	ASSERT(result == 0);
	strbuf_reset(x->out);
	result = csv_read_header(r, &rows, &err);
	if (result == 0) {
		ASSERT(rows.n_rows == 1);
		add_rows(x->out, &rows);
		if (x->is_quoting)
			quote_rows(&rows, x->separator);
		do {
			result = csv_read_rows(r, CSV_ROWS_MAX, &rows, &err);
			if (result == 0)
				take_rows(x, r, &rows);
		} while (result == 0 && rows.n_rows > 0);
	}
	csv_close(&r);
	if (result == 0)
		return true;
	ASSERT(err.code == ERR_IMPORT);
	fuzz_check_error(&err, 0);
	return false;
}

static bool read_at_once(const struct reading *x, struct str text)
{
	return read_all(x, fuzz_file(text));
}

static void send_pieces(int to, struct str text, struct fuzz_random *random)
{
	for (unsigned i = 1; text.len > 0; i++) {
		size_t n = 1 + fuzz_draw(random, (uint32_t)text.len);
		ssize_t sent;

		if (i == PIECES_MAX)
			n = text.len;
		sent = send(to, text.ptr, n, 0);
		ASSERT(sent == (ssize_t)n);
		text = (struct str){ text.ptr + n, text.len - n };
	}
}

static bool read_in_pieces(const struct reading *x, struct str text, struct fuzz_random *random)
{
	int ends[2], result = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);

	ASSERT(result == 0);
	send_pieces(ends[0], text, random);
	result = dup2(ends[1], STDIN_FILENO);
	ASSERT(result == STDIN_FILENO);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return read_all(x, "-");
}

/* ---- the target ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[] = { ',', '\t', ';' };
	struct fuzz_random random;
	struct reading reading = { .random = &random, .out = &rows_text, .is_quoting = true };
	struct str text;
	bool is_read;

	if (size == 0)
		return 0;
	fuzz_random_init(&random, hash_bytes(data, size));
	reading.separator = separators[data[0] % ARRAY_SIZE(separators)];
	text = (struct str){ (const char *)data + 1, MIN(size - 1, BYTES_MAX) };
	strbuf_reset(&quoted);
	is_read = read_at_once(&reading, text);
	fuzz_count(is_read);

	reading.random = NULL;
	reading.is_quoting = false;
	reading.out = &pieces_text;
	ASSERT(read_in_pieces(&reading, text, &random) == is_read);
	if (!is_read)
		return 0;
	fuzz_check_same(&pieces_text, &rows_text);
	reading.out = &again_text;
	is_read = read_at_once(&reading, strbuf_str(&quoted));
	ASSERT(is_read);
	fuzz_check_same(&again_text, &rows_text);
	return 0;
}
