/*
 * segment_format.h - how a segment lies in its file; for segment_*.c alone.
 *
 *   0          struct segment_header
 *   64 ...     sections, each aligned to 64 bytes; what is where, the footer says
 *   footer     struct segment_footer
 *              struct segment_column_meta [n_columns]
 *              struct segment_zone        [n_columns][n_zones]
 *              uint64_t page hash         [n_pages]
 *   end - 32   struct segment_trailer
 *
 * Everything before the footer is cut into pages of 64 KiB, each with an XXH3
 * in the footer; the trailer holds the XXH3 of the footer.  So a reader can
 * check exactly what it touches, once, in steps of a few microseconds, without
 * reading the whole file.  Little endian; structs without holes.
 *
 * A block is BITPACK_ROWS rows, the unit of decoding; a zone is SEGMENT_ZONE_ROWS
 * rows, the unit of skipping.
 *
 * Encodings of a column
 *
 *   CONST   one value or NULL for all rows.  Numbers: meta.bits.  Strings: a
 *           dictionary of one entry
 *   DICT    dict: distinct values, rising.  Numbers: 8 bytes each.  Strings:
 *           uint32_t offset [n_values + 1], then the text.  data: codes of
 *           meta.width bits, packed by bitpack_pack32()
 *   FOR     index: struct segment_block per block.  data: values minus the
 *           block's smallest, packed by bitpack_pack64()
 *   PLAIN   doubles: data: 8 bytes each.  Strings: index: uint32_t offset
 *           [n_rows + 1]; data: text
 *   BITS    booleans: data: a bit per row, 256 bytes per block
 *
 * validity, when a column has NULLs and is not CONST: a bit per row, set where
 * there is a value, 256 bytes per block.
 */
#ifndef BROKER_TABLE_SEGMENT_FORMAT_H
#define BROKER_TABLE_SEGMENT_FORMAT_H

#include <stdint.h>
#include <string.h>

#include "broker/table/bitpack.h"
#include "common/column/column.h"

#define SEGMENT_MAGIC     UINT64_C(0x0147455345434c53) /* "SLCESEG" 1 */
#define SEGMENT_VERSION   1
#define SEGMENT_PAGE      65536
#define SEGMENT_ALIGN     64
#define SEGMENT_ZONE_ROWS 65536

/* Bits, one per row, of a block. */
#define SEGMENT_BITMAP_BYTES (BITPACK_ROWS / 8)

enum segment_encoding { SEGMENT_CONST, SEGMENT_DICT, SEGMENT_FOR, SEGMENT_PLAIN, SEGMENT_BITS };

/* meta.flags */
#define SEGMENT_ALL_NULL 1u

struct segment_header {
	uint64_t magic;
	uint32_t version;
	uint32_t reserved;
};

struct segment_footer {
	uint32_t n_rows;
	uint32_t n_columns;
	uint32_t n_zones;
	uint32_t n_pages;
	uint64_t body_bytes; /* everything before the footer */
};

struct segment_span {
	uint64_t offset, bytes;
};

struct segment_column_meta {
	uint8_t encoding; /* enum segment_encoding */
	uint8_t lane;     /* enum col_lane; the type is the catalog's business */
	uint8_t width;    /* DICT: bits per code */
	uint8_t flags;
	uint32_t n_values; /* entries of the dictionary */
	uint32_t n_nulls;
	uint32_t n_distinct;       /* exact for CONST and DICT, else an estimate */
	uint64_t bits;             /* CONST: the value of a number */
	uint64_t min_key, max_key; /* see segment_key_*(); min above max: only NULLs */
	struct segment_span data, index, dict, validity;
};

struct segment_zone {
	uint64_t min_key, max_key;
	uint32_t n_nulls;
	uint32_t reserved;
};

/* FOR: one block. */
struct segment_block {
	int64_t base;
	uint32_t offset; /* bytes from the start of data */
	uint32_t width;  /* bits per value */
};

struct segment_trailer {
	uint64_t footer_offset, footer_bytes;
	uint64_t footer_hash;
	uint64_t magic;
};

_Static_assert(sizeof(struct segment_header) == 16, "no holes");
_Static_assert(sizeof(struct segment_footer) == 24, "no holes");
_Static_assert(sizeof(struct segment_column_meta) == 104, "no holes");
_Static_assert(sizeof(struct segment_zone) == 24, "no holes");
_Static_assert(sizeof(struct segment_block) == 16, "no holes");
_Static_assert(sizeof(struct segment_trailer) == 32, "no holes");
_Static_assert(BITPACK_ROWS == BATCH_ROWS_MAX, "a block is a batch");
_Static_assert(LANE_BOOL == 0 && LANE_I64 == 1 && LANE_F64 == 2 && LANE_STR == 3, "on disk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little endian");

/*
 * Statistics hold values as keys: unsigned integers in the order of the
 * values, so that one comparison serves all types.
 */
static inline uint64_t segment_key_i64(int64_t v)
{
	return (uint64_t)v ^ UINT64_C(1) << 63;
}

/* The order of f64_cmp(): -0.0 equals 0.0, NaN above all. */
static inline uint64_t segment_key_f64(double v)
{
	uint64_t bits;

	if (v != v)
		return UINT64_MAX;
	v += 0.0; /* -0.0 + 0.0 is 0.0 */
	memcpy(&bits, &v, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* The first 8 bytes: a <= b implies key(a) <= key(b), but not the reverse. */
static inline uint64_t segment_key_str(const char *ptr, size_t len)
{
	uint64_t key = 0;

	if (len > 0)
		memcpy(&key, ptr, len < 8 ? len : 8);
	return __builtin_bswap64(key);
}

static inline uint32_t segment_n_blocks(uint32_t n_rows)
{
	return (n_rows + BITPACK_ROWS - 1) / BITPACK_ROWS;
}

static inline uint32_t segment_n_zones(uint32_t n_rows)
{
	return (n_rows + SEGMENT_ZONE_ROWS - 1) / SEGMENT_ZONE_ROWS;
}

/* Widens [*min, *max] by a key. */
static inline void segment_range_add(uint64_t *min, uint64_t *max, uint64_t key)
{
	*min = key < *min ? key : *min;
	*max = key > *max ? key : *max;
}

#endif
