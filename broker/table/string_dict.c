/*
 * string_dict.c - the distinct values of a string column, sorted.
 *
 * One pass over the rows through a hash table gives each value a number in order
 * of appearance; sorting the values then turns numbers into ranks.  Slots hold
 * 32 bits of the hash beside the number, so a probe touches text only when it is
 * very likely a hit.  Rows go through in groups: hash all, prefetch all slots,
 * then probe, so that the cache misses of a large table overlap.
 */
#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

#define GROUP       256
#define FIRST_SLOTS 4096
/* After that many rows, a column nearly without repetition is given up. */
#define EARLY_ROWS 65536

struct dict_table {
	const struct column_builder *column;
	uint64_t *slots; /* tag << 32 | number + 1; 0: free */
	uint32_t mask;
	uint32_t *rows; /* per number: the first row */
	uint32_t n, cap;
	uint32_t *codes;
};

static int table_grow(struct dict_table *t, struct error *err)
{
	uint32_t mask = t->mask * 4 + 3;
	uint64_t *slots = mem_calloc((size_t)mask + 1, sizeof(*slots));

	if (!slots)
		return error_oom(err);
	for (uint32_t i = 0; t->slots && i <= t->mask; i++) {
		uint32_t at = (uint32_t)(t->slots[i] >> 32) & mask;

		if (t->slots[i] == 0)
			continue;
		while (slots[at] != 0)
			at = (at + 1) & mask;
		slots[at] = t->slots[i];
	}
	mem_free(t->slots);
	t->slots = slots;
	t->mask = mask;
	return 0;
}

static int table_add(struct dict_table *t, uint32_t at, uint32_t tag, uint32_t row,
		     struct error *err)
{
	if (t->n == t->cap) {
		uint32_t cap = MAX(t->cap * 2, 1024u);
		uint32_t *rows = mem_realloc(t->rows, cap * sizeof(*rows));

		if (!rows)
			return error_oom(err);
		t->rows = rows;
		t->cap = cap;
	}
	DEBUG_ASSERT(t->rows);
	t->rows[t->n++] = row;
	t->slots[at] = (uint64_t)tag << 32 | t->n;
	return 0;
}

static int table_code(struct dict_table *t, uint32_t row, uint32_t tag, struct error *err)
{
	struct str text = column_builder_str(t->column, row);
	uint32_t at = tag & t->mask;

	DEBUG_ASSERT(t->slots);
	for (; t->slots[at] != 0; at = (at + 1) & t->mask) {
		uint32_t number = (uint32_t)t->slots[at] - 1;

		DEBUG_ASSERT(t->rows); /* a used slot is a row */
		if (t->slots[at] >> 32 == tag &&
		    str_eq(column_builder_str(t->column, t->rows[number]), text)) {
			t->codes[row] = number;
			return 0;
		}
	}
	t->codes[row] = t->n;
	return table_add(t, at, tag, row, err);
}

static int table_add_group(struct dict_table *t, uint32_t from, uint32_t n, struct error *err)
{
	const struct column_builder *b = t->column;
	uint32_t tags[GROUP];

	/* A group may add GROUP values: keep the table at most half full. */
	while ((uint64_t)(t->n + GROUP) * 2 > (uint64_t)t->mask + 1)
		if (table_grow(t, err) < 0)
			return -1;
	for (uint32_t i = 0; i < n; i++) {
		struct str s = column_builder_str(b, from + i);

		tags[i] = (uint32_t)(hash_bytes(s.ptr, s.len) >> 32);
		__builtin_prefetch(&t->slots[tags[i] & t->mask]);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!validity_get(b->validity, from + i))
			t->codes[from + i] = 0;
		else if (table_code(t, from + i, tags[i], err) < 0)
			return -1;
	}
	return 0;
}

/* 1: done; 0: not worth it, t->n is an estimate of all; -1: error. */
static int table_fill(struct dict_table *t, uint32_t n_rows, uint32_t max_values, struct coop *coop,
		      struct error *err)
{
	for (uint32_t row = 0; row < n_rows; row += GROUP) {
		uint32_t n = MIN(GROUP, n_rows - row);

		if (t->n > max_values || (row == EARLY_ROWS && t->n > EARLY_ROWS / 5 * 4)) {
			t->n = (uint32_t)((uint64_t)t->n * n_rows / row);
			return 0;
		}
		if (table_add_group(t, row, n, err) < 0)
			return -1;
		coop_pay(coop, (int64_t)n * 30);
		if (coop_point(coop, err) < 0)
			return -1;
	}
	return t->n <= max_values;
}

/* Turns numbers in order of appearance into ranks. */
static int table_rank(struct dict_table *t, uint32_t n_rows, struct coop *coop, struct error *err)
{
	struct string_item *items = mem_alloc((2 * (size_t)t->n + 1) * sizeof(*items));
	uint32_t *ranks = mem_alloc((t->n + 1) * sizeof(*ranks));
	int result = -1;

	if (!items || !ranks) {
		error_oom(err);
	} else {
		for (uint32_t i = 0; i < t->n; i++)
			items[i] = (struct string_item){ .index = i, .row = t->rows[i] };
		result = string_sort(t->column, items, items + t->n, t->n, coop, err);
	}
	if (result == 0) {
		ranks[0] = 0; /* all rows NULL: codes are 0 */
		for (uint32_t i = 0; i < t->n; i++) {
			t->rows[i] = items[i].row;
			ranks[items[i].index] = i;
		}
		for (uint32_t row = 0; row < n_rows; row++)
			t->codes[row] =
				validity_get(t->column->validity, row) ? ranks[t->codes[row]] : 0;
	}
	mem_free(ranks);
	mem_free(items);
	return result;
}

int string_dict_build(const struct column_builder *b, uint32_t n_rows, uint32_t max_values,
		      struct string_dict *out, struct coop *coop, struct error *err)
{
	struct dict_table t = { .column = b, .mask = FIRST_SLOTS / 4 - 1 };
	int filled = -1;

	*out = (struct string_dict){ 0 };
	t.codes = mem_alloc((n_rows + 1) * sizeof(*t.codes));
	if (!t.codes)
		error_oom(err);
	else if (table_grow(&t, err) == 0)
		filled = table_fill(&t, n_rows, max_values, coop, err);
	mem_free(t.slots);
	if (filled == 1 && table_rank(&t, n_rows, coop, err) < 0)
		filled = -1;
	*out = (struct string_dict){
		.n_values = t.n, .codes = t.codes, .rows = t.rows, .is_worth = filled == 1
	};
	if (filled < 0)
		string_dict_fini(out);
	return filled < 0 ? -1 : 0;
}

void string_dict_fini(struct string_dict *d)
{
	mem_free(d->codes);
	mem_free(d->rows);
	*d = (struct string_dict){ 0 };
}
