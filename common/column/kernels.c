/*
 * kernels.c - the loops over one column that everything shares.
 *
 * Hashing has two passes, so that forms and lanes do not multiply with the way
 * of combining: the first reduces each value to a 64-bit word (kernel.inc), the
 * second mixes the words into the hashes.  The second pass is straight
 * arithmetic over at most 2,048 words in the first-level cache, which the
 * compiler turns into vector code.
 *
 * What a word is decides which values hash alike: a word depends on the value
 * alone, never on the form of its column.
 */
#include "common/base/hash.h"
#include "common/column/column.h"

/* The word of a NULL.  Any number will do: a value with the same word only shares a hash. */
#define NULL_WORD 0x9ae16a3b2f90404fULL

static inline uint64_t word_of_bool(const uint8_t *v)
{
	return *v != 0;
}

static inline uint64_t word_of_i64(const int64_t *v)
{
	return (uint64_t)*v;
}

/* Adding 0.0 turns -0.0 into 0.0 and nothing else. */
static inline uint64_t word_of_f64(const double *v)
{
	double plain = *v + 0.0;
	uint64_t bits;

	memcpy(&bits, &plain, sizeof(bits));
	return plain != plain ? 0x7ff8000000000000ull : bits;
}

/*
 * A short text is always inline and padded with zeros, so its bytes need no
 * loop.  The word of a short text is not mixed yet; that is the second pass.
 */
static inline uint64_t word_of_strv(const struct strv *v)
{
	uint64_t low;
	uint32_t high;

	if (v->len > STRV_INLINE_MAX)
		return hash_bytes(v->far.ptr, v->len);
	memcpy(&low, v->inlined, sizeof(low));
	memcpy(&high, v->inlined + sizeof(low), sizeof(high));
	return low * 0x9e3779b97f4a7c15ull + ((uint64_t)v->len << 32 | high);
}

#define KERNEL_NAME(f) f##_bool
#define KERNEL_VALUE   uint8_t
#define KERNEL_WORD(p) word_of_bool(p)
#include "common/column/kernel.inc"

#define KERNEL_NAME(f) f##_i64
#define KERNEL_VALUE   int64_t
#define KERNEL_WORD(p) word_of_i64(p)
#include "common/column/kernel.inc"

#define KERNEL_NAME(f) f##_f64
#define KERNEL_VALUE   double
#define KERNEL_WORD(p) word_of_f64(p)
#include "common/column/kernel.inc"

#define KERNEL_NAME(f) f##_str
#define KERNEL_VALUE   struct strv
#define KERNEL_WORD(p) word_of_strv(p)
#include "common/column/kernel.inc"

static const struct {
	void (*gather)(const struct column *c, const struct sel *sel, void *dense);
	void (*words)(const struct column *c, const struct sel *sel, uint64_t *words);
} lanes[LANE_COUNT] = {
	[LANE_BOOL] = { gather_bool, words_bool },
	[LANE_I64] = { gather_i64, words_i64 },
	[LANE_F64] = { gather_f64, words_f64 },
	[LANE_STR] = { gather_str, words_str },
};

/* ---- hash ---- */

static void words_of_nulls(const struct column *c, const struct sel *sel, uint64_t *words)
{
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		if (!col_is_valid(c, sel_row(sel, i)))
			words[i] = NULL_WORD;
	}
}

TARGET_CLONES
static void mix_first(uint64_t *h, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		h[i] = hash_u64(h[i]);
}

TARGET_CLONES
static void mix_next(uint64_t *restrict h, const uint64_t *restrict words, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		h[i] = hash_combine(h[i], words[i]);
}

void col_hash(const struct column *c, const struct sel *sel, bool first, uint64_t *h)
{
	uint64_t scratch[BATCH_ROWS_MAX];
	uint64_t *words = first ? h : scratch;

	DEBUG_ASSERT(sel->n_rows <= BATCH_ROWS_MAX);
	lanes[col_lane_of(c->type)].words(c, sel, words);
	if (c->validity)
		words_of_nulls(c, sel, words);
	if (first)
		mix_first(h, sel->n_rows);
	else
		mix_next(h, words, sel->n_rows);
}

/* ---- gather ---- */

/* Whole words are written; bits behind the last row are 0. */
static void gather_validity(const struct column *c, const struct sel *sel, uint64_t *validity)
{
	uint32_t n = sel->n_rows;

	ASSERT(validity);
	memset(validity, 0, (n + 63) / 64 * sizeof(*validity));
	for (uint32_t i = 0; i < n; i++) {
		uint64_t bit = col_is_valid(c, sel_row(sel, i));

		validity[i >> 6] |= bit << (i & 63);
	}
}

void col_gather(const struct column *c, const struct sel *sel, void *dense, uint64_t *validity)
{
	lanes[col_lane_of(c->type)].gather(c, sel, dense);
	if (c->validity)
		gather_validity(c, sel, validity);
}

/* ---- select ---- */

/*
 * Every row is written and the position moves on only when it is kept: no
 * branch to mispredict.  rows_out may be the selection's own list, because the
 * position never passes the row that is read.
 */
static uint32_t select_flat(const struct column *c, const struct sel *sel, uint16_t *rows_out)
{
	const uint8_t *values = c->values;
	uint32_t n_kept = 0;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		rows_out[n_kept] = (uint16_t)row;
		n_kept += (values[row] != 0) & validity_get(c->validity, row);
	}
	return n_kept;
}

static uint32_t select_dict(const struct column *c, const struct sel *sel, uint16_t *rows_out)
{
	const uint8_t *values = c->dict->values;
	const uint32_t *codes = c->values;
	uint32_t n_kept = 0;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		rows_out[n_kept] = (uint16_t)row;
		n_kept += (values[codes[row]] != 0) & validity_get(c->validity, row);
	}
	return n_kept;
}

static uint32_t select_all(const struct sel *sel, uint16_t *rows_out)
{
	for (uint32_t i = 0; i < sel->n_rows; i++)
		rows_out[i] = (uint16_t)sel_row(sel, i);
	return sel->n_rows;
}

uint32_t col_select_true(const struct column *c, const struct sel *sel, uint16_t *rows_out)
{
	const uint8_t *values = c->values;

	DEBUG_ASSERT(col_lane_of(c->type) == LANE_BOOL);
	if (sel->n_rows == 0)
		return 0;
	if (c->form == COL_FLAT)
		return select_flat(c, sel, rows_out);
	if (c->form == COL_DICT)
		return select_dict(c, sel, rows_out);
	return values[0] && validity_get(c->validity, 0) ? select_all(sel, rows_out) : 0;
}

/* ---- text ---- */

/* NULLs hold no text, whatever view lies under them. */
static inline uint64_t text_of(const struct column *c, const struct strv *v, uint32_t row)
{
	return validity_get(c->validity, row) ? v->len : 0;
}

uint64_t col_text_bytes(const struct column *c, const struct sel *sel)
{
	const uint32_t *codes = c->values;
	const struct strv *values = c->values;
	uint64_t bytes = 0;

	if (col_lane_of(c->type) != LANE_STR || sel->n_rows == 0)
		return 0;
	if (c->form == COL_CONST)
		return sel->n_rows * text_of(c, values, 0);
	for (uint32_t i = 0; c->form == COL_FLAT && i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		bytes += text_of(c, &values[row], row);
	}
	for (uint32_t i = 0; c->form == COL_DICT && i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		bytes += text_of(c, (const struct strv *)c->dict->values + codes[row], row);
	}
	return bytes;
}
