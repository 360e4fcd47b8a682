/*
 * segment_encode.c - chooses how a column is stored, and stores it.
 *
 * The choice is made from the data, per column and segment:
 *
 *   one value or only NULLs          CONST
 *   strings, at most half distinct   DICT
 *   other strings                    PLAIN
 *   integers                         FOR, or DICT when that takes at most three
 *                                    quarters of the space
 *   doubles                          PLAIN
 *   booleans                         BITS
 *
 * A NULL takes no part in statistics, and its place holds whatever packs best.
 */
#include <math.h>
#include <stdlib.h>

#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

#define DICT_STR_MAX (UINT32_C(1) << 20)
#define DICT_I64_MAX ((size_t)65535)
/* Integers narrower than that are not worth a dictionary. */
#define DICT_I64_MIN_BITS 9

/* Distinct values are estimated by linear counting (Whang et al. 1990) in so many bits. */
#define COUNT_LOG  17
#define COUNT_BITS (UINT32_C(1) << COUNT_LOG)

struct encoder {
	struct segment_out *out;
	const struct column_builder *b;
	uint32_t n_rows;
	struct segment_column_meta *meta;
	struct segment_zone *zones;
	struct coop *coop;
	struct error *err;
	union {
		uint64_t words[BITPACK_ROWS];
		uint32_t codes[BITPACK_ROWS];
		uint64_t counted[COUNT_BITS / 64];
	} buf;
	uint64_t packed[BITPACK_ROWS];
};

static int pay(struct encoder *e, uint32_t rows)
{
	coop_pay(e->coop, (int64_t)rows * COOP_ROW);
	return coop_point(e->coop, e->err);
}

static uint32_t block_rows(const struct encoder *e, uint32_t block)
{
	return MIN(BITPACK_ROWS, e->n_rows - block * BITPACK_ROWS);
}

static bool is_valid(const struct encoder *e, uint32_t row)
{
	return validity_get(e->b->validity, row);
}

static void zone_add(struct encoder *e, uint32_t row, uint64_t key)
{
	struct segment_zone *z = &e->zones[row / SEGMENT_ZONE_ROWS];

	segment_range_add(&z->min_key, &z->max_key, key);
}

static void meta_from_zones(struct encoder *e)
{
	for (uint32_t i = 0; i < segment_n_zones(e->n_rows); i++) {
		segment_range_add(&e->meta->min_key, &e->meta->max_key, e->zones[i].min_key);
		segment_range_add(&e->meta->min_key, &e->meta->max_key, e->zones[i].max_key);
	}
}

/* ---- estimate of distinct values ---- */

static void count_start(struct encoder *e)
{
	memset(e->buf.counted, 0, sizeof(e->buf.counted));
}

/* One multiplication is mixing enough for an estimate. */
static void count_add(struct encoder *e, uint64_t value)
{
	uint64_t h = value * UINT64_C(0x9e3779b97f4a7c15) >> (64 - COUNT_LOG);

	e->buf.counted[h / 64] |= UINT64_C(1) << (h % 64);
}

static uint32_t count_end(const struct encoder *e)
{
	uint32_t set = 0, n_valid = e->n_rows - e->b->n_nulls;
	double estimate;

	for (uint32_t i = 0; i < COUNT_BITS / 64; i++)
		set += (uint32_t)__builtin_popcountll(e->buf.counted[i]);
	if (set == COUNT_BITS)
		return n_valid;
	estimate = -(double)COUNT_BITS * log(1.0 - (double)set / COUNT_BITS);
	return estimate < n_valid ? (uint32_t)(estimate + 0.5) : n_valid;
}

/* ---- sections that several encodings share ---- */

static int write_section(struct encoder *e, struct segment_span *span, const void *ptr, size_t n)
{
	if (segment_out_begin(e->out, span, e->err) < 0 ||
	    segment_out_write(e->out, ptr, n, e->err) < 0)
		return -1;
	segment_out_end(e->out, span);
	return 0;
}

static int write_validity(struct encoder *e)
{
	if (e->b->n_nulls == 0)
		return 0;
	return write_section(e, &e->meta->validity, e->b->validity,
			     (size_t)segment_n_blocks(e->n_rows) * SEGMENT_BITMAP_BYTES);
}

static int write_codes(struct encoder *e, const uint32_t *codes)
{
	unsigned width = bitpack_width(e->meta->n_values - 1);

	e->meta->encoding = SEGMENT_DICT;
	e->meta->width = (uint8_t)width;
	e->meta->n_distinct = e->meta->n_values;
	if (segment_out_begin(e->out, &e->meta->data, e->err) < 0)
		return -1;
	for (uint32_t block = 0; block < segment_n_blocks(e->n_rows); block++) {
		uint32_t n = block_rows(e, block);

		memset(e->buf.codes, 0, sizeof(e->buf.codes));
		memcpy(e->buf.codes, codes + (size_t)block * BITPACK_ROWS, n * sizeof(*codes));
		bitpack_pack32(e->buf.codes, width, (uint32_t *)e->packed);
		if (segment_out_write(e->out, e->packed, BITPACK_BYTES(width), e->err) < 0 ||
		    pay(e, n) < 0)
			return -1;
	}
	segment_out_end(e->out, &e->meta->data);
	return 0;
}

static int encode_constant(struct encoder *e, uint64_t bits)
{
	e->meta->encoding = SEGMENT_CONST;
	e->meta->bits = bits;
	e->meta->n_distinct = 1;
	return 0;
}

static int encode_all_null(struct encoder *e)
{
	e->meta->encoding = SEGMENT_CONST;
	e->meta->flags = SEGMENT_ALL_NULL;
	return 0;
}

/* ---- integers ---- */

/* The values of a block that are not NULL, one after the other; how many, into n. */
static const int64_t *valid_values(struct encoder *e, uint32_t block, uint32_t *n)
{
	const int64_t *values = (const int64_t *)e->b->values + (size_t)block * BITPACK_ROWS;
	int64_t *dense = (int64_t *)e->packed;

	*n = block_rows(e, block);
	if (e->b->n_nulls == 0)
		return values;
	for (uint32_t i = *n = 0; i < block_rows(e, block); i++) {
		dense[*n] = values[i];
		*n += is_valid(e, block * BITPACK_ROWS + i);
	}
	return dense;
}

static void measure_block(struct encoder *e, uint32_t block, struct segment_block *out)
{
	int64_t min = INT64_MAX, max = INT64_MIN;
	uint32_t first = block * BITPACK_ROWS, n;
	const int64_t *values = valid_values(e, block, &n);

	for (uint32_t i = 0; i < n; i++) {
		min = MIN(min, values[i]);
		max = MAX(max, values[i]);
	}
	for (uint32_t i = 0; i < n; i++)
		count_add(e, (uint64_t)values[i]);
	*out = (struct segment_block){ 0 };
	if (min > max)
		return; /* only NULLs */
	out->base = min;
	out->width = bitpack_width((uint64_t)max - (uint64_t)min);
	zone_add(e, first, segment_key_i64(min));
	zone_add(e, first, segment_key_i64(max));
}

static int measure_i64(struct encoder *e, struct segment_block *blocks, size_t *data_bytes)
{
	*data_bytes = 0;
	count_start(e);
	for (uint32_t block = 0; block < segment_n_blocks(e->n_rows); block++) {
		measure_block(e, block, &blocks[block]);
		blocks[block].offset = (uint32_t)*data_bytes;
		*data_bytes += BITPACK_BYTES(blocks[block].width);
		if (pay(e, block_rows(e, block)) < 0)
			return -1;
	}
	e->meta->n_distinct = count_end(e);
	return 0;
}

/* The values of a block, and `base` where there is none, which packs to nothing. */
static void fill_block(struct encoder *e, uint32_t first, uint32_t n, uint64_t base)
{
	const uint64_t *values = (const uint64_t *)e->b->values + first;

	memcpy(e->buf.words, values, n * sizeof(*values));
	for (uint32_t i = 0; e->b->n_nulls > 0 && i < n; i++)
		if (!is_valid(e, first + i))
			e->buf.words[i] = base;
	for (uint32_t i = n; i < BITPACK_ROWS; i++)
		e->buf.words[i] = base;
}

static int write_blocks(struct encoder *e, const struct segment_block *blocks)
{
	uint32_t n_blocks = segment_n_blocks(e->n_rows);

	e->meta->encoding = SEGMENT_FOR;
	if (write_section(e, &e->meta->index, blocks, n_blocks * sizeof(*blocks)) < 0 ||
	    segment_out_begin(e->out, &e->meta->data, e->err) < 0)
		return -1;
	for (uint32_t block = 0; block < n_blocks; block++) {
		uint32_t first = block * BITPACK_ROWS, n = block_rows(e, block);
		const struct segment_block *k = &blocks[block];

		fill_block(e, first, n, (uint64_t)k->base);
		bitpack_pack64(e->buf.words, (uint64_t)k->base, k->width, e->packed);
		if (segment_out_write(e->out, e->packed, BITPACK_BYTES(k->width), e->err) < 0 ||
		    pay(e, n) < 0)
			return -1;
	}
	segment_out_end(e->out, &e->meta->data);
	return 0;
}

/* The distinct values of an integer column, if they are few. */
struct i64_dict {
	uint32_t *slots; /* number + 1 by hash; 0: free */
	int64_t *values; /* by number; sorted in the end */
	uint32_t *codes; /* per row */
	uint32_t n;
};

#define I64_SLOTS ((size_t)4 * (DICT_I64_MAX + 1))

static void i64_dict_fini(struct i64_dict *d)
{
	mem_free(d->slots);
	mem_free(d->values);
	mem_free(d->codes);
}

static uint32_t i64_slot(const struct i64_dict *d, int64_t v)
{
	uint32_t at = (uint32_t)(hash_u64((uint64_t)v) % I64_SLOTS);

	while (d->slots[at] != 0 && d->values[d->slots[at] - 1] != v)
		at = (uint32_t)((at + 1) % I64_SLOTS);
	return at;
}

static int i64_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int i64_dict_collect(struct encoder *e, struct i64_dict *d)
{
	const int64_t *values = e->b->values;

	for (uint32_t row = 0; row < e->n_rows && d->n <= DICT_I64_MAX; row++) {
		uint32_t at;

		if (row % BITPACK_ROWS == 0 && pay(e, BITPACK_ROWS) < 0)
			return -1;
		if (!is_valid(e, row))
			continue;
		at = i64_slot(d, values[row]);
		if (d->slots[at] == 0) {
			d->values[d->n++] = values[row];
			d->slots[at] = d->n;
		}
	}
	return 0;
}

/* Sorts the values and gives each row its rank. */
static int i64_dict_rank(struct encoder *e, struct i64_dict *d)
{
	const int64_t *values = e->b->values;

	qsort(d->values, d->n, sizeof(*d->values), i64_compare);
	memset(d->slots, 0, I64_SLOTS * sizeof(*d->slots));
	for (uint32_t i = 0; i < d->n; i++)
		d->slots[i64_slot(d, d->values[i])] = i + 1;
	for (uint32_t row = 0; row < e->n_rows; row++) {
		if (row % BITPACK_ROWS == 0 && pay(e, BITPACK_ROWS) < 0)
			return -1;
		d->codes[row] = is_valid(e, row) ? d->slots[i64_slot(d, values[row])] - 1 : 0;
	}
	return 0;
}

static bool i64_dict_is_worth(const struct encoder *e, uint64_t n_values, size_t for_bytes)
{
	size_t codes_bytes =
		segment_n_blocks(e->n_rows) * BITPACK_BYTES(bitpack_width(n_values - 1));

	return n_values <= DICT_I64_MAX && codes_bytes + n_values * 8 <= for_bytes / 4 * 3;
}

/* 1: written; 0: not worth it; -1: error. */
static int try_i64_dict(struct encoder *e, size_t for_bytes)
{
	struct i64_dict d = { 0 };
	int result = -1;

	/* The estimate is a few percent off; the exact number decides below. */
	if (for_bytes < segment_n_blocks(e->n_rows) * BITPACK_BYTES(DICT_I64_MIN_BITS) ||
	    !i64_dict_is_worth(e, e->meta->n_distinct - e->meta->n_distinct / 10, for_bytes))
		return 0;
	d.slots = mem_calloc(I64_SLOTS, sizeof(*d.slots));
	d.values = mem_alloc((DICT_I64_MAX + 1) * sizeof(*d.values));
	d.codes = mem_alloc(e->n_rows * sizeof(*d.codes));
	if (!d.slots || !d.values || !d.codes)
		error_oom(e->err);
	else if (i64_dict_collect(e, &d) == 0)
		result = i64_dict_is_worth(e, d.n, for_bytes);
	if (result == 1) {
		e->meta->n_values = d.n;
		if (i64_dict_rank(e, &d) < 0 ||
		    write_section(e, &e->meta->dict, d.values, d.n * sizeof(*d.values)) < 0 ||
		    write_codes(e, d.codes) < 0)
			result = -1;
	}
	i64_dict_fini(&d);
	return result;
}

static int encode_i64(struct encoder *e)
{
	uint32_t n_blocks = segment_n_blocks(e->n_rows);
	struct segment_block *blocks = mem_calloc(n_blocks, sizeof(*blocks));
	size_t data_bytes;
	int result;

	if (!blocks)
		return error_oom(e->err);
	result = measure_i64(e, blocks, &data_bytes);
	if (result == 0) {
		meta_from_zones(e);
		if (e->b->n_nulls == 0 && e->meta->min_key == e->meta->max_key) {
			mem_free(blocks);
			return encode_constant(e, *(const uint64_t *)e->b->values);
		}
		result = write_validity(e);
	}
	if (result == 0)
		result = try_i64_dict(e, data_bytes + n_blocks * sizeof(*blocks));
	if (result == 0)
		result = write_blocks(e, blocks);
	mem_free(blocks);
	return result < 0 ? -1 : 0;
}

/* ---- doubles and booleans ---- */

static bool is_constant_f64(const struct encoder *e)
{
	const uint64_t *bits = e->b->values;

	for (uint32_t row = 1; row < e->n_rows; row++)
		if (bits[row] != bits[0])
			return false;
	return e->b->n_nulls == 0;
}

static int encode_f64(struct encoder *e)
{
	const double *values = e->b->values;

	count_start(e);
	for (uint32_t row = 0; row < e->n_rows; row++) {
		uint64_t key = segment_key_f64(values[row]);

		if (row % BITPACK_ROWS == 0 && pay(e, BITPACK_ROWS) < 0)
			return -1;
		if (!is_valid(e, row))
			continue;
		zone_add(e, row, key);
		count_add(e, key);
	}
	meta_from_zones(e);
	if (is_constant_f64(e))
		return encode_constant(e, *(const uint64_t *)e->b->values);
	e->meta->n_distinct = count_end(e);
	e->meta->encoding = SEGMENT_PLAIN;
	if (write_validity(e) < 0)
		return -1;
	return write_section(e, &e->meta->data, values, e->n_rows * sizeof(*values));
}

static int encode_bool(struct encoder *e)
{
	const uint8_t *values = e->b->values;
	uint8_t *bitmap = (uint8_t *)e->packed;

	for (uint32_t row = 0; row < e->n_rows; row++)
		if (is_valid(e, row))
			zone_add(e, row, values[row]);
	meta_from_zones(e);
	if (e->b->n_nulls == 0 && e->meta->min_key == e->meta->max_key)
		return encode_constant(e, values[0]);
	e->meta->n_distinct = (uint32_t)(e->meta->max_key - e->meta->min_key + 1);
	e->meta->encoding = SEGMENT_BITS;
	if (write_validity(e) < 0 || segment_out_begin(e->out, &e->meta->data, e->err) < 0)
		return -1;
	for (uint32_t block = 0; block < segment_n_blocks(e->n_rows); block++) {
		memset(bitmap, 0, SEGMENT_BITMAP_BYTES);
		for (uint32_t i = 0; i < block_rows(e, block); i++)
			bitmap[i / 8] |= (uint8_t)(values[block * BITPACK_ROWS + i] << (i % 8));
		if (segment_out_write(e->out, bitmap, SEGMENT_BITMAP_BYTES, e->err) < 0 ||
		    pay(e, BITPACK_ROWS) < 0)
			return -1;
	}
	segment_out_end(e->out, &e->meta->data);
	return 0;
}

/* ---- strings ---- */

static int write_string_dict(struct encoder *e, const struct string_dict *d)
{
	uint32_t *offsets = mem_alloc(((size_t)d->n_values + 1) * sizeof(*offsets));
	uint32_t total = 0;
	int result;

	if (!offsets)
		return error_oom(e->err);
	for (uint32_t i = 0; i < d->n_values; i++) {
		offsets[i] = total;
		total += (uint32_t)column_builder_str(e->b, d->rows[i]).len;
	}
	offsets[d->n_values] = total;
	result = segment_out_begin(e->out, &e->meta->dict, e->err);
	if (result == 0)
		result = segment_out_write(e->out, offsets,
					   ((size_t)d->n_values + 1) * sizeof(*offsets), e->err);
	for (uint32_t i = 0; result == 0 && i < d->n_values; i++) {
		struct str s = column_builder_str(e->b, d->rows[i]);

		result = segment_out_write(e->out, s.ptr, s.len, e->err);
	}
	segment_out_end(e->out, &e->meta->dict);
	mem_free(offsets);
	return result;
}

static int encode_string_dict(struct encoder *e, const struct string_dict *d)
{
	for (uint32_t row = 0; row < e->n_rows; row++)
		if (is_valid(e, row))
			zone_add(e, row, d->codes[row]);
	meta_from_zones(e);
	e->meta->n_values = d->n_values;
	if (write_string_dict(e, d) < 0)
		return -1;
	if (d->n_values == 1 && e->b->n_nulls == 0)
		return encode_constant(e, 0);
	if (write_validity(e) < 0)
		return -1;
	return write_codes(e, d->codes);
}

static int write_offsets(struct encoder *e)
{
	uint32_t zero = 0;

	if (segment_out_begin(e->out, &e->meta->index, e->err) < 0 ||
	    segment_out_write(e->out, &zero, sizeof(zero), e->err) < 0 ||
	    segment_out_write(e->out, e->b->values, e->n_rows * sizeof(zero), e->err) < 0)
		return -1;
	segment_out_end(e->out, &e->meta->index);
	return 0;
}

static int encode_plain_strings(struct encoder *e)
{
	for (uint32_t row = 0; row < e->n_rows; row++) {
		struct str s = column_builder_str(e->b, row);

		if (is_valid(e, row))
			zone_add(e, row, segment_key_str(s.ptr, s.len));
	}
	meta_from_zones(e);
	e->meta->encoding = SEGMENT_PLAIN;
	if (write_validity(e) < 0 || write_offsets(e) < 0)
		return -1;
	return write_section(e, &e->meta->data, e->b->text, e->b->text_bytes);
}

static int encode_strings(struct encoder *e)
{
	uint32_t n_valid = e->n_rows - e->b->n_nulls;
	struct string_dict d;
	int result;

	/* One row is a constant; the formula below would say no dictionary. */
	if (string_dict_build(e->b, e->n_rows, MAX(1, MIN(n_valid / 2, DICT_STR_MAX)), &d, e->coop,
			      e->err) < 0)
		return -1;
	if (d.is_worth) {
		result = encode_string_dict(e, &d);
	} else {
		e->meta->n_distinct = MIN(d.n_values, n_valid);
		result = encode_plain_strings(e);
	}
	string_dict_fini(&d);
	return result;
}

/* ---- all ---- */

static void count_nulls(struct encoder *e)
{
	e->meta->n_nulls = e->b->n_nulls;
	for (uint32_t row = 0; e->b->n_nulls > 0 && row < e->n_rows; row++)
		e->zones[row / SEGMENT_ZONE_ROWS].n_nulls += !is_valid(e, row);
}

static int encode_lane(struct encoder *e)
{
	if (e->b->n_nulls == e->n_rows)
		return encode_all_null(e);
	switch (e->b->lane) {
	case LANE_BOOL:
		return encode_bool(e);
	case LANE_I64:
		return encode_i64(e);
	case LANE_F64:
		return encode_f64(e);
	case LANE_STR:
		return encode_strings(e);
	case LANE_COUNT:
		break;
	}
	return error_set(e->err, ERR_INTERNAL, "no such lane");
}

int segment_encode_column(struct segment_out *o, const struct column_builder *b, uint32_t n_rows,
			  struct segment_column_meta *meta, struct segment_zone *zones,
			  struct coop *coop, struct error *err)
{
	struct encoder *e = mem_alloc(sizeof(*e));
	int result;

	if (!e)
		return error_oom(err);
	e->out = o;
	e->b = b;
	e->n_rows = n_rows;
	e->meta = meta;
	e->zones = zones;
	e->coop = coop;
	e->err = err;
	meta->lane = (uint8_t)b->lane;
	meta->min_key = UINT64_MAX;
	for (uint32_t i = 0; i < segment_n_zones(n_rows); i++)
		zones[i].min_key = UINT64_MAX;
	count_nulls(e);
	result = encode_lane(e);
	mem_free(e);
	return result;
}
