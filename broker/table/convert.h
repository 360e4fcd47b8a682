/*
 * convert.h - texts of CSV fields into the columns of a segment writer.
 *
 * A column at a time over some hundred rows, so that one tight loop serves one
 * type.  An empty field without quotes is NULL; so is an empty field in quotes,
 * unless the column holds text.
 */
#ifndef BROKER_TABLE_CONVERT_H
#define BROKER_TABLE_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/table/csv.h"
#include "common/base/str.h"
#include "common/column/column.h"

struct error;
struct segment_writer;

struct convert_column {
	char *name;
	enum col_type type;
	/*
	 * Rows that the type was guessed from; 0: it was given.  A guessed INT
	 * becomes a LONG when a value needs it: both are stored alike.
	 */
	uint32_t n_inferred;
	/* The last date seen, as most follow one like it. */
	char date[10];
	int64_t date_ms;
};

/** A DOUBLE of a file: num_parse_f64(), but a number that is too large for one is none. */
bool convert_f64(struct str text, double *out);

/**
 * Appends rows to the writer, which has room for them in its segment.  A text
 * that is no value of its column is ERR_IMPORT with its place; the writer is
 * then only fit for segment_writer_free().
 */
NODISCARD int convert_rows(struct convert_column *columns, const struct csv_reader *reader,
			   const struct csv_rows *rows, struct segment_writer *writer,
			   struct error *err);

#endif
