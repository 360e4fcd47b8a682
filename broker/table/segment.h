/*
 * segment.h - immutable files of up to SEGMENT_ROWS_MAX rows, in columns.
 *
 * Writing.  A segment_writer collects rows column by column in memory; when it
 * is full, segment_writer_flush() chooses an encoding per column, writes a
 * temporary file and syncs it.  The files become a table by catalog_publish(),
 * or go away with the writer.
 *
 *     segment_writer_new
 *     segment_writer_reserve, fill the columns, segment_writer_advance     many times
 *     segment_writer_flush                                     when full, and at the end
 *     catalog_publish, segment_writer_free
 *
 * Reading.  A segment is a mapped file.  Opening it checks the footer; the rest
 * is checked page by page when it is first touched, so no damaged byte is ever
 * taken for data.  Values come a block of BATCH_ROWS_MAX rows at a time, any
 * block directly.  Dictionaries of strings need an array of views, which a
 * file cannot hold: the first scan that needs one builds it in small steps.
 *
 * Threads: a writer belongs to one thread.  A segment is shared by any number
 * of readers; what changes in it is atomic.
 */
#ifndef BROKER_TABLE_SEGMENT_H
#define BROKER_TABLE_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/coop.h"
#include "common/column/column.h"

struct error;
struct segment_column_meta;
struct segment_zone;

#define SEGMENT_ROWS_MAX  (UINT32_C(1) << 20)
#define SEGMENT_BYTES_MAX ((size_t)256 << 20) /* of collected values */

/* ---- writing ---- */

/* The values of one column that were collected so far.  Filled by the writer's user. */
struct column_builder {
	enum col_lane lane;
	/* int64_t, double or uint8_t per row; strings: uint32_t where the text ends. */
	void *values;
	char *text;
	size_t text_bytes, text_cap;
	uint64_t *validity; /* NULL while there is no NULL */
	uint32_t n_nulls;
	uint32_t cap_rows;
};

struct segment_writer;

/** A writer of temporary files in folder dir, which exists.  types are copied. */
NODISCARD int segment_writer_new(const char *dir, const enum col_type *types, uint32_t n_columns,
				 struct segment_writer **out, struct error *err);

/** Rows collected and not yet flushed. */
uint32_t segment_writer_n_rows(const struct segment_writer *w);

/** True when the rows should be flushed before more come. */
bool segment_writer_is_full(const struct segment_writer *w);

/**
 * Makes room for n more rows in all columns, at most SEGMENT_ROWS_MAX in all.
 * The caller fills rows segment_writer_n_rows() and following of every column.
 */
NODISCARD int segment_writer_reserve(struct segment_writer *w, uint32_t n, struct error *err);

struct column_builder *segment_writer_column(struct segment_writer *w, uint32_t column);

/** Makes room for n more bytes of text in a string column, less than 4 GiB in all. */
NODISCARD int column_builder_reserve_text(struct column_builder *b, size_t n, struct error *err);

/** Marks a reserved row as NULL, and gives it the value that stands under a NULL. */
NODISCARD int column_builder_set_null(struct column_builder *b, uint32_t row, struct error *err);

/** Puts text into a reserved row; rows come in order. */
NODISCARD int column_builder_set_str(struct column_builder *b, uint32_t row, struct str s,
				     struct error *err);

/** The n rows that were filled count from now on. */
void segment_writer_advance(struct segment_writer *w, uint32_t n);

/** Reserve, copy and advance in one: the live rows of a batch of the same lanes. */
NODISCARD int segment_writer_append(struct segment_writer *w, const struct batch *b,
				    struct error *err);

/**
 * Writes the collected rows, if there are any, as one segment file and syncs
 * it.  coop is asked between pieces of work of some milliseconds (coop_point);
 * a cancel gives ERR_QUERY_CANCELLED.
 */
NODISCARD int segment_writer_flush(struct segment_writer *w, struct coop *coop, struct error *err);

/* A finished file of a writer. */
struct segment_file {
	char *path; /* of the temporary file; NULL once it was taken */
	uint32_t n_rows;
	uint64_t bytes;
};

/** The finished files.  Who takes a file (by renaming it) sets path to NULL after mem_free. */
struct segment_file *segment_writer_files(struct segment_writer *w, uint32_t *n_files);

/** Whether a column had a NULL in any flushed segment. */
bool segment_writer_has_nulls(const struct segment_writer *w, uint32_t column);

/** Removes the files that nobody took. */
void segment_writer_free(struct segment_writer **wp);

/* ---- reading ---- */

/* A column of an open segment. */
struct segment_column {
	const struct segment_column_meta *meta;
	const struct segment_zone *zones;
	_Atomic(struct dict *) dict; /* owned; of strings NULL until a scan has built it */
	uint64_t constant;           /* CONST numbers: the value in its lane */
};

struct segment {
	uint64_t id;
	char *path; /* for messages */
	void *map_base;
	const unsigned char *map; /* the same */
	size_t map_bytes;
	uint64_t body_bytes; /* what the pages cover: all before the footer */
	uint32_t n_rows, n_columns, n_zones, n_pages;
	const uint64_t *page_hashes;
	_Atomic uint64_t *checked; /* bit per page */
	struct segment_column *columns;
};

/**
 * Maps a file and checks its footer: ERR_SEGMENT_DAMAGED with the path when it
 * is missing, or no whole segment with columns of these types; ERR_IO when it
 * cannot be read.
 *
 * id  unique among all segments of the process; the ids of its dictionaries
 *     are id * 4096 + column
 */
NODISCARD int segment_open(const char *path, uint64_t id, const enum col_type *types,
			   uint32_t n_columns, struct segment **out, struct error *err);
void segment_close(struct segment **sp);

/** Checks every page that was not checked yet.  Blocks on reading; for tools and tests. */
NODISCARD int segment_check(struct segment *s, struct error *err);

/* How a column of a segment is stored, for EXPLAIN, system tables and tests. */
struct segment_column_info {
	const char *encoding; /* "constant", "dictionary", ... */
	uint64_t bytes;       /* in the file */
	uint32_t n_nulls, n_distinct;
	uint32_t bits; /* per dictionary code */
};
struct segment_column_info segment_column_info(const struct segment *s, uint32_t column);

/* Memory that one scan decodes one column into, and what it has under way. */
struct segment_buffer {
	void *values;                      /* BATCH_ROWS_MAX values of the lane, or codes */
	uint64_t validity[VALIDITY_WORDS]; /* for callers that shift bits */
	struct dict *building;             /* a dictionary that is not published yet */
	uint32_t n_built;
	uint64_t bytes; /* encoded bytes that were looked at; grows */
};

/** Bytes that segment_buffer.values needs for a lane. */
size_t segment_buffer_bytes(enum col_lane lane);

/** Gives back what a scan that ended early leaves behind. */
void segment_buffer_fini(struct segment_buffer *buf);

/**
 * Decodes a block of a column; out->type is the caller's business.
 *
 * buf  the same for all calls of one scan and column; out may point into it
 *
 * STEP_YIELD: call again with the same arguments.  STEP_FAILED: damaged page,
 * or out of memory.
 */
NODISCARD enum step segment_read_block(struct segment *s, uint32_t column, uint32_t block,
				       struct segment_buffer *buf, struct column *out,
				       struct coop *coop, struct error *err);

/**
 * The offsets at which the text of a PLAIN string column's block lies, one more
 * than the block has rows; NULL for any other encoding.  After segment_read_block().
 */
const uint32_t *segment_text_offsets(const struct segment *s, uint32_t column, uint32_t block);

/* A range of keys of one column of one segment, for zone maps. */
struct segment_key_range {
	uint64_t low, high; /* low above high: no row can match */
};

/**
 * Translates a range of values (bounds may be NULL) into keys of a segment.
 * STEP_YIELD: call again.
 */
NODISCARD enum step segment_find_range(struct segment *s, uint32_t column, const struct value *low,
				       const struct value *high, struct segment_key_range *out,
				       struct coop *coop, struct error *err);

/** False when no row of a zone (SEGMENT_ZONE_ROWS rows) can lie in the range. */
bool segment_zone_may_match(const struct segment *s, uint32_t column, uint32_t zone,
			    const struct segment_key_range *range);

#endif
