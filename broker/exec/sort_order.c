/* sort_order.c - see sort_order.h. */
#include "broker/exec/sort_order.h"

#include <string.h>

#include "broker/exec/row_reader.h"
#include "common/base/assert.h"

/* Below this, inserting beats counting. */
#define FEW_ENTRIES 48u

#define PRICE_OF_PASS    3  /* an entry through a pass of a radix sort */
#define PRICE_OF_COMPARE 60 /* two rows that are likely not in the cache */

/* ---- the order ---- */

/* Bits that a key takes when there is room, one of them for NULL; 65: more than there ever is. */
static uint32_t key_bits(enum col_type type)
{
	if (col_lane_of(type) == LANE_BOOL)
		return 2;
	return type == COL_INT ? 33 : 65;
}

/* How many keys have a part, and whether they are all there to the last bit. */
static void plan_prefix(struct sort_order *o)
{
	enum col_type first = o->layout.types[o->keys[0].column];
	uint32_t left = 64;

	if (key_bits(first) > 64) {
		o->n_prefix = 1;
		o->is_exact = o->n_keys == 1 && col_lane_of(first) != LANE_STR;
		if (col_lane_of(first) == LANE_I64)
			o->edge = o->keys[0].nulls_first ? 1 : UINT64_MAX - 1;
		return;
	}
	o->is_exact = true;
	for (; o->n_prefix < o->n_keys && left > 0; o->n_prefix++) {
		uint32_t bits = key_bits(o->layout.types[o->keys[o->n_prefix].column]);

		o->is_exact &= bits <= left;
		left -= MIN(bits, left);
	}
	o->is_exact &= o->n_prefix == o->n_keys;
}

int sort_order_init(struct sort_order *o, const struct plan_node *input,
		    const struct plan_sort_key *keys, uint32_t n_keys, struct arena *arena,
		    struct error *err)
{
	enum col_type *types = arena_alloc(arena, sizeof(*types) * input->n_columns, err);

	ASSERT(n_keys > 0);
	if (!types)
		return -1;
	for (uint32_t i = 0; i < input->n_columns; i++)
		types[i] = input->columns[i].type;
	*o = (struct sort_order){ .keys = keys, .n_keys = n_keys };
	if (row_layout_init(&o->layout, arena, input->n_columns, types, 0, err) < 0)
		return -1;
	plan_prefix(o);
	return 0;
}

/* ---- prefixes ---- */

static inline uint64_t word_of_f64(double v)
{
	uint64_t bits;

	if (v != v)
		return 0xfff8000000000000ull; /* above all numbers */
	v += 0.0;                             /* -0.0 becomes 0.0 */
	memcpy(&bits, &v, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ull << 63;
}

static inline uint64_t word_of_strv(const struct strv *v)
{
	uint64_t head;

	if (v->len <= STRV_INLINE_MAX)
		memcpy(&head, v->inlined, sizeof(head));
	else
		memcpy(&head, v->far.ptr, sizeof(head));
	return __builtin_bswap64(head);
}

/* 64 bits that sort like a value, from the top bit on; the lane is a constant where inlined. */
static inline uint64_t word_of(enum col_lane lane, enum col_type type, const void *values,
			       uint32_t index)
{
	switch (lane) {
	case LANE_BOOL:
		return (uint64_t)((const uint8_t *)values)[index] << 63;
	case LANE_I64:
		if (type == COL_INT)
			return (uint64_t)((const int64_t *)values)[index] << 32 ^ 1ull << 63;
		return (uint64_t)((const int64_t *)values)[index] ^ 1ull << 63;
	case LANE_F64:
		return word_of_f64(((const double *)values)[index]);
	case LANE_STR:
		return word_of_strv((const struct strv *)values + index);
	case LANE_COUNT:
		break;
	}
	return 0;
}

static inline __attribute__((always_inline)) void words_of_lane(enum col_lane lane,
								const struct column *c,
								const struct sel *sel,
								uint64_t invert, uint64_t *words)
{
	struct row_reader r = row_reader_of(c);

	for (uint32_t i = 0; i < sel->n_rows; i++)
		words[i] = invert ^
			   word_of(lane, c->type, r.values, row_reader_index(&r, sel_row(sel, i)));
}

static void words_of_key(const struct column *c, const struct sel *sel, bool is_descending,
			 uint64_t *words)
{
	uint64_t invert = is_descending ? UINT64_MAX : 0;

	switch (col_lane_of(c->type)) {
	case LANE_BOOL:
		words_of_lane(LANE_BOOL, c, sel, invert, words);
		break;
	case LANE_I64:
		words_of_lane(LANE_I64, c, sel, invert, words);
		break;
	case LANE_F64:
		words_of_lane(LANE_F64, c, sel, invert, words);
		break;
	case LANE_STR:
		words_of_lane(LANE_STR, c, sel, invert, words);
		break;
	case LANE_COUNT:
		ASSERT(!"lane");
	}
}

/* All 64 bits for one key, its words already in place; see the edge in sort_order.h. */
static void prefix_of_one(const struct sort_order *o, const struct column *c, const struct sel *sel,
			  uint64_t *prefix)
{
	uint64_t null = o->keys[0].nulls_first ? 0 : UINT64_MAX;

	for (uint32_t i = 0; o->edge == 1 && i < sel->n_rows; i++)
		prefix[i] = MAX(prefix[i], o->edge);
	for (uint32_t i = 0; o->edge > 1 && i < sel->n_rows; i++)
		prefix[i] = MIN(prefix[i], o->edge);
	for (uint32_t i = 0; c->validity && i < sel->n_rows; i++) {
		if (!col_is_valid(c, sel_row(sel, i)))
			prefix[i] = null;
	}
}

/* Appends `bits` bits of a key: whether it is NULL, and the top of its word. */
static void prefix_append(const struct plan_sort_key *key, uint32_t bits, const struct column *c,
			  const struct sel *sel, const uint64_t *words, uint64_t *prefix)
{
	uint64_t null = key->nulls_first ? 0 : (1ull << bits) - 1;
	uint64_t there = (uint64_t)key->nulls_first << (bits - 1);

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint64_t top = bits > 1 ? words[i] >> (65 - bits) : 0;
		bool is_valid = !c->validity || col_is_valid(c, sel_row(sel, i));

		prefix[i] = prefix[i] << bits | (is_valid ? there | top : null);
	}
}

void sort_prefix(const struct sort_order *o, const struct column *cols, const struct sel *sel,
		 uint64_t *prefix, struct coop *coop)
{
	const struct column *first = &cols[o->keys[0].column];
	uint64_t words[BATCH_ROWS_MAX];
	uint32_t left = 64;

	coop_pay(coop, (int64_t)sel->n_rows * 2 * COOP_ROW * o->n_prefix);
	if (key_bits(first->type) > 64) {
		words_of_key(first, sel, o->keys[0].is_descending, prefix);
		prefix_of_one(o, first, sel, prefix);
		return;
	}
	memset(prefix, 0, sel->n_rows * sizeof(*prefix));
	for (uint32_t k = 0; k < o->n_prefix; k++) {
		const struct column *c = &cols[o->keys[k].column];
		uint32_t bits = MIN(key_bits(c->type), left);

		ASSERT(bits > 0); /* plan_prefix() ends where nothing is left */
		words_of_key(c, sel, o->keys[k].is_descending, words);
		prefix_append(&o->keys[k], bits, c, sel, words, prefix);
		left -= bits;
	}
}

/* ---- whole rows ---- */

static int compare_values(enum col_lane lane, const void *a, const void *b, int64_t *work)
{
	switch (lane) {
	case LANE_BOOL:
		return *(const uint8_t *)a - *(const uint8_t *)b;
	case LANE_I64:
		return (*(const int64_t *)a > *(const int64_t *)b) -
		       (*(const int64_t *)a < *(const int64_t *)b);
	case LANE_F64:
		return f64_cmp(*(const double *)a, *(const double *)b);
	case LANE_STR:
		*work += MIN(((const struct strv *)a)->len, ((const struct strv *)b)->len) / 8;
		return strv_cmp(a, b);
	case LANE_COUNT:
		break;
	}
	return 0;
}

int sort_compare(const struct sort_order *o, const void *a, const void *b, int64_t *work)
{
	const struct row_layout *l = &o->layout;

	*work += PRICE_OF_COMPARE;
	for (uint32_t k = 0; k < o->n_keys; k++) {
		const struct plan_sort_key *key = &o->keys[k];
		bool null_a = row_is_null(l, a, key->column),
		     null_b = row_is_null(l, b, key->column);
		int cmp;

		if (null_a || null_b) {
			if (null_a != null_b)
				return null_a == key->nulls_first ? -1 : 1;
			continue;
		}
		cmp = compare_values(col_lane_of(l->types[key->column]),
				     row_field(l, a, key->column), row_field(l, b, key->column),
				     work);
		if (cmp != 0)
			return key->is_descending ? -cmp : cmp;
	}
	return 0;
}

/* ---- sorting entries ---- */

static void insertion_sort(struct sort_entry *e, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct sort_entry moving = e[i];
		uint32_t at = i;

		for (; at > 0 && e[at - 1].prefix > moving.prefix; at--)
			e[at] = e[at - 1];
		e[at] = moving;
	}
}

/* Counts of every byte of the prefixes: counts[byte][value]. */
static void count_bytes(const struct sort_entry *e, uint32_t n, uint32_t (*counts)[256])
{
	memset(counts, 0, sizeof(uint32_t) * 8 * 256);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t p = e[i].prefix;

		for (uint32_t byte = 0; byte < 8; byte++)
			counts[byte][p >> (8 * byte) & 255]++;
	}
}

/* Moves entries in the order of one byte; counts become places. */
static void scatter(const struct sort_entry *from, struct sort_entry *to, uint32_t n, uint32_t byte,
		    uint32_t *counts)
{
	uint32_t place = 0;

	for (uint32_t v = 0; v < 256; v++) {
		uint32_t count = counts[v];

		counts[v] = place;
		place += count;
	}
	for (uint32_t i = 0; i < n; i++)
		to[counts[from[i].prefix >> (8 * byte) & 255]++] = from[i];
}

/* One byte of the prefix, from the lowest up; true after the last. */
static bool radix_pass(struct sort_job *job, struct sort_entry *entries, uint32_t n,
		       struct sort_entry *scratch)
{
	struct sort_entry *from = job->is_in_scratch ? scratch : entries;
	struct sort_entry *to = job->is_in_scratch ? entries : scratch;
	uint32_t byte = job->byte++, *counts = job->counts[byte];

	/* A byte that is the same everywhere needs no pass. */
	if (counts[from[0].prefix >> (8 * byte) & 255] != n) {
		scatter(from, to, n, byte, counts);
		job->is_in_scratch = !job->is_in_scratch;
	}
	if (byte < 7)
		return false;
	if (job->is_in_scratch)
		memcpy(entries, scratch, n * sizeof(*entries));
	return true;
}

/* The next entries of equal prefix that have to be compared as rows; false when there are none. */
static bool find_ties(struct sort_job *job, const struct sort_order *o, const struct sort_entry *e,
		      uint32_t n)
{
	while (job->end < n) {
		uint64_t prefix = e[job->end].prefix;

		job->from = job->end++;
		while (job->end < n && e[job->end].prefix == prefix)
			job->end++;
		if (job->end - job->from > 1 && !sort_is_decided(o, prefix))
			return true;
	}
	return false;
}

/* Goes to the pair of pieces that begins at left. */
static void ties_pair(struct sort_job *job, uint32_t left)
{
	job->left = job->a = job->out = left;
	job->b = MIN(left + job->width, job->end);
}

/* One pair of pieces into one; false when the work has become much. */
static bool merge_pair(struct sort_job *job, const struct sort_order *o,
		       const struct sort_entry *from, struct sort_entry *to, int64_t *work)
{
	uint32_t mid = MIN(job->left + job->width, job->end);
	uint32_t right = MIN(job->left + 2 * job->width, job->end);

	while (job->out < right) {
		bool take_a = job->b >= right;

		if (!take_a && job->a < mid) {
			if (*work >= SORT_STEP_WORK)
				return false;
			take_a = sort_compare(o, from[job->a].row, from[job->b].row, work) <= 0;
		}
		to[job->out++] = from[take_a ? job->a++ : job->b++];
	}
	return true;
}

/* Merge sort from the bottom up, which needs no stack; false when the work has become much. */
static bool merge_ties(struct sort_job *job, const struct sort_order *o, struct sort_entry *entries,
		       struct sort_entry *scratch, int64_t *work)
{
	for (; job->width < job->end - job->from; job->width *= 2, ties_pair(job, job->from)) {
		const struct sort_entry *from = job->is_in_scratch ? scratch : entries;
		struct sort_entry *to = job->is_in_scratch ? entries : scratch;

		while (job->left < job->end) {
			if (!merge_pair(job, o, from, to, work))
				return false;
			ties_pair(job, MIN(job->left + 2 * job->width, job->end));
		}
		job->is_in_scratch = !job->is_in_scratch;
	}
	if (job->is_in_scratch)
		memcpy(entries + job->from, scratch + job->from,
		       (job->end - job->from) * sizeof(*entries));
	return true;
}

static void sort_step(struct sort_job *job, const struct sort_order *o, struct sort_entry *entries,
		      uint32_t n, struct sort_entry *scratch, int64_t *work)
{
	switch (job->phase) {
	case SORT_COUNT:
		if (n < FEW_ENTRIES)
			insertion_sort(entries, n);
		else
			count_bytes(entries, n, job->counts);
		job->phase = n < FEW_ENTRIES ? SORT_FIND_TIES : SORT_RADIX;
		*work += (int64_t)n * PRICE_OF_PASS * 2;
		break;
	case SORT_RADIX:
		if (radix_pass(job, entries, n, scratch))
			job->phase = SORT_FIND_TIES;
		*work += (int64_t)n * PRICE_OF_PASS;
		break;
	case SORT_FIND_TIES:
		*work += n / 4;
		if (!find_ties(job, o, entries, n))
			break;
		job->width = 1;
		job->is_in_scratch = false;
		ties_pair(job, job->from);
		job->phase = SORT_MERGE_TIES;
		break;
	case SORT_MERGE_TIES:
		if (merge_ties(job, o, entries, scratch, work))
			job->phase = SORT_FIND_TIES;
		break;
	}
}

enum step sort_entries(struct sort_job *job, const struct sort_order *o, struct sort_entry *entries,
		       uint32_t n, struct sort_entry *scratch, struct coop *coop)
{
	while (job->phase != SORT_FIND_TIES || job->end < n) {
		int64_t work = 0;

		if (!coop_go(coop))
			return STEP_YIELD;
		while (work < SORT_STEP_WORK && (job->phase != SORT_FIND_TIES || job->end < n))
			sort_step(job, o, entries, n, scratch, &work);
		coop_pay(coop, work);
	}
	job->phase = SORT_COUNT;
	job->byte = job->from = job->end = 0;
	job->is_in_scratch = false;
	return STEP_DONE;
}
