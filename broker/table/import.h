/*
 * import.h - CSV and TSV files into a stored table.
 *
 * RFC 4180: a field in double quotes may hold separators, line ends and ""; an
 * empty field without quotes is NULL.  The first line names the columns.  The
 * separator is a tab when the file's name ends in .tsv, else a comma.  Types
 * come from a Pinot schema, or from the first IMPORT_SAMPLE_ROWS rows (or
 * 64 MiB) of the first file: INT, LONG, DOUBLE, BOOLEAN, TIMESTAMP, else STRING.  One pass:
 * a later value that does not fit its column's type is an error that names
 * file, line, column and what to do.  (A guessed INT becomes LONG, though.)
 *
 * Files stream through: memory is bounded by one segment in the making.
 */
#ifndef BROKER_TABLE_IMPORT_H
#define BROKER_TABLE_IMPORT_H

#include "common/base/coop.h"
#include "common/base/str.h"

struct catalog;
struct error;

#define IMPORT_SAMPLE_ROWS 10000

struct import_progress {
	uint64_t rows, bytes, total_bytes; /* total 0: unknown (standard input) */
};

struct import_options {
	const char *schema_file; /* or NULL */
	/* Called now and then, about every 100 ms; may be NULL. */
	void (*progress)(const struct import_progress *p, void *arg);
	void *arg;
};

/**
 * Imports files ("-": standard input) into a table, replacing what it held.
 *
 * coop  pays and stops; a cancel gives ERR_QUERY_CANCELLED and leaves the old table
 * out   totals on success
 */
NODISCARD int import_files(struct catalog *c, struct str table, char *const *files,
			   uint32_t n_files, const struct import_options *options,
			   struct coop *coop, struct import_progress *out, struct error *err);

#endif
