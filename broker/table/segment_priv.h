/*
 * segment_priv.h - between the files that write and read segments: the output
 * with its page hashes, the encoder, dictionaries of strings, checked pages.
 */
#ifndef BROKER_TABLE_SEGMENT_PRIV_H
#define BROKER_TABLE_SEGMENT_PRIV_H

#include <stdint.h>

#include "broker/table/segment.h"
#include "broker/table/segment_format.h"

struct coop;
struct error;

/* ---- output ---- */

/* A file under construction, hashed page by page. */
struct segment_out {
	int fd;
	const char *path; /* borrowed, for messages */
	uint64_t offset;  /* bytes so far */
	unsigned char *page;
	uint64_t *hashes; /* of the full pages */
	uint32_t n_hashes, cap_hashes;
};

NODISCARD int segment_out_write(struct segment_out *o, const void *ptr, size_t n,
				struct error *err);

/** Pads to SEGMENT_ALIGN and starts a span at that place. */
NODISCARD int segment_out_begin(struct segment_out *o, struct segment_span *span,
				struct error *err);

/** Ends the span at the current place. */
void segment_out_end(const struct segment_out *o, struct segment_span *span);

/* ---- reading ---- */

/** Raises ERR_SEGMENT_DAMAGED with the path.  Returns -1. */
int segment_damaged(const struct segment *s, const char *what, struct error *err);

/**
 * Compares the pages under some bytes of the file with their checksums, each
 * once in the life of the segment.  STEP_YIELD: call again.
 */
NODISCARD enum step segment_check_bytes(struct segment *s, uint64_t offset, uint64_t bytes,
					struct coop *coop, struct error *err);

/* ---- encoding ---- */

/**
 * Writes the sections of one column and fills its meta and its zones, which are
 * zeroed before.
 */
NODISCARD int segment_encode_column(struct segment_out *o, const struct column_builder *b,
				    uint32_t n_rows, struct segment_column_meta *meta,
				    struct segment_zone *zones, struct coop *coop,
				    struct error *err);

/* ---- columns ---- */

void column_builder_fini(struct column_builder *b);
NODISCARD int column_builder_reserve(struct column_builder *b, uint32_t cap_rows,
				     struct error *err);
/** Forgets the rows, keeps the memory. */
void column_builder_reset(struct column_builder *b);

static inline struct str column_builder_str(const struct column_builder *b, uint32_t row)
{
	const uint32_t *ends = b->values;
	uint32_t from = row > 0 ? ends[row - 1] : 0;

	return (struct str){ b->text + from, ends[row] - from };
}

/* ---- dictionaries of strings ---- */

struct string_dict {
	uint32_t n_values;
	uint32_t *codes; /* per row: rank of its value; 0 for NULL */
	uint32_t *rows;  /* per rank: a row that has the value */
	bool is_worth;   /* false: too many distinct values, and only n_values is set */
};

/**
 * Finds the distinct values of a string column and sorts them.  Gives up when
 * there are more than max_values, or when it looks like it early; n_values is
 * then an estimate.
 */
NODISCARD int string_dict_build(const struct column_builder *b, uint32_t n_rows,
				uint32_t max_values, struct string_dict *out, struct coop *coop,
				struct error *err);
void string_dict_fini(struct string_dict *d);

/* An entry to be sorted. */
struct string_item {
	uint64_t key; /* 8 bytes of the text at the current depth */
	uint32_t index;
	uint32_t row;
};

/**
 * Sorts the texts of a column by their bytes.  The texts are distinct.
 *
 * spare  as long as items
 */
NODISCARD int string_sort(const struct column_builder *b, struct string_item *items,
			  struct string_item *spare, uint32_t n, struct coop *coop,
			  struct error *err);

#endif
