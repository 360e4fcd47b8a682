/*
 * csv.h - reads CSV (RFC 4180) and TSV in pieces of some thousand fields.
 *
 * The reader keeps one buffer; what it returns points into it and is valid
 * until the next call.  So a field costs no copy, and a file of any size takes
 * as much memory as its longest row, or CSV_READ_BYTES.
 *
 * What is accepted beyond the RFC: LF without CR, a byte order mark, a quote in
 * the middle of an unquoted field (it is text), a last line without line end or
 * with half of one.
 * Empty lines are skipped when rows have more than one field.
 *
 * What is refused, with file, line and column: text behind a closing quote, a
 * quote that is never closed, CR without LF outside of quotes, rows of another length than the first, NUL
 * bytes, ill-formed UTF-8, fields longer than CSV_FIELD_BYTES_MAX, and more
 * than CSV_FIELDS_MAX of them.
 *
 * Threads: one at a time.  read(2) blocks.
 */
#ifndef BROKER_TABLE_CSV_H
#define BROKER_TABLE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

struct csv_reader;
struct error;

#define CSV_READ_BYTES      ((size_t)256 << 10)
#define CSV_FIELD_BYTES_MAX ((size_t)1 << 20)
#define CSV_FIELDS_MAX      4096
#define CSV_ROWS_MAX        2048 /* of one call */

struct csv_field {
	const char *ptr; /* without quotes, not always in the text; NULL: empty and not quoted */
	uint32_t len;
	uint32_t raw; /* where it begins in the text, quote included */
};

struct csv_rows {
	uint32_t n_rows, n_fields;
	struct csv_field *fields; /* [n_rows][n_fields] */
	const char *text;         /* what the offsets count from */
	const uint32_t *starts;   /* per row: its first character in the text */
	const uint64_t *lines;    /* per row: its line, from 1 */
	uint32_t end;             /* of the last row in the text */
};

/** path "-" is the standard input.  ERR_IO when it cannot be opened. */
NODISCARD int csv_open(const char *path, char separator, struct csv_reader **out,
		       struct error *err);

/** The first line.  An empty file is an error.  Fixes the number of fields of all rows. */
NODISCARD int csv_read_header(struct csv_reader *r, struct csv_rows *out, struct error *err);

/** The next rows, between 1 and max_rows; out->n_rows is 0 at the end of the file. */
NODISCARD int csv_read_rows(struct csv_reader *r, uint32_t max_rows, struct csv_rows *out,
			    struct error *err);

/** "<file>:<line>:<column>: <message>" for a field of rows; ERR_IMPORT.  Returns -1. */
int csv_error(const struct csv_reader *r, const struct csv_rows *rows, uint32_t row, uint32_t field,
	      struct error *err, const char *fmt, ...) PRINTF_LIKE(6, 7);

/** Bytes consumed so far, and in all (0: unknown). */
uint64_t csv_bytes_read(const struct csv_reader *r);
uint64_t csv_bytes_total(const struct csv_reader *r);

void csv_close(struct csv_reader **rp);

#endif
