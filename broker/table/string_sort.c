/*
 * string_sort.c - sorts distinct strings by eight bytes at a time.
 *
 * Comparing strings costs two cache misses; comparing their next eight bytes as
 * an integer beside the index costs none.  So the items are sorted by the key
 * of the current depth, and only runs of equal keys go eight bytes deeper.
 * (Multikey sorting with cached keys: Bentley and Sedgewick 1997; Ng and Kakehi
 * 2007.)  Merge sort rather than quicksort: its time does not depend on hostile
 * data.
 *
 * A common prefix of all items ("https://") is walked by a loop and not by
 * recursion, and recursion ends at SORT_LEVELS, where whole strings are
 * compared: long equal prefixes cannot exhaust the stack.
 */
#include "broker/table/segment_priv.h"
#include "common/base/coop.h"

#define SORT_LEVELS 64
#define SORT_SMALL  24 /* items that insertion sort handles faster */

struct sorter {
	const struct column_builder *column;
	struct coop *coop;
	struct error *err;
};

static uint64_t key_at(const struct sorter *s, const struct string_item *item, size_t depth)
{
	struct str text = column_builder_str(s->column, item->row);

	return depth < text.len ? segment_key_str(text.ptr + depth, text.len - depth) : 0;
}

/* Both agree in their first `depth` bytes, which are there. */
static bool text_less(const struct sorter *s, const struct string_item *a,
		      const struct string_item *b, size_t depth)
{
	struct str x = column_builder_str(s->column, a->row);
	struct str y = column_builder_str(s->column, b->row);

	x = (struct str){ x.ptr + depth, x.len - depth };
	y = (struct str){ y.ptr + depth, y.len - depth };
	return str_cmp(x, y) < 0;
}

static void insertion_sort(const struct sorter *s, struct string_item *items, uint32_t n,
			   size_t depth)
{
	for (uint32_t i = 1; i < n; i++) {
		struct string_item moved = items[i];
		uint32_t hole = i;

		for (; hole > 0 && text_less(s, &moved, &items[hole - 1], depth); hole--)
			items[hole] = items[hole - 1];
		items[hole] = moved;
	}
}

static void merge_keys(const struct string_item *from, uint32_t mid, uint32_t n,
		       struct string_item *to)
{
	uint32_t left = 0, right = mid;

	for (uint32_t i = 0; i < n; i++) {
		bool take_right = left == mid || (right < n && from[right].key < from[left].key);

		to[i] = from[take_right ? right : left];
		right += take_right;
		left += !take_right;
	}
}

static void merge_texts(const struct sorter *s, const struct string_item *from, uint32_t mid,
			uint32_t n, struct string_item *to, size_t depth)
{
	uint32_t left = 0, right = mid;

	for (uint32_t i = 0; i < n; i++) {
		bool take_right = left == mid ||
				  (right < n && text_less(s, &from[right], &from[left], depth));

		to[i] = from[take_right ? right : left];
		right += take_right;
		left += !take_right;
	}
}

/* Bottom-up, by the cached keys or by the texts behind `depth`. */
static int merge_sort(const struct sorter *s, struct string_item *items, struct string_item *spare,
		      uint32_t n, bool by_text, size_t depth)
{
	struct string_item *from = items, *to = spare;

	for (uint64_t width = 1; width < n; width *= 2) {
		for (uint64_t start = 0; start < n; start += 2 * width) {
			uint32_t len = (uint32_t)MIN(2 * width, n - start);
			uint32_t mid = (uint32_t)MIN(width, len);

			if (by_text)
				merge_texts(s, from + start, mid, len, to + start, depth);
			else
				merge_keys(from + start, mid, len, to + start);
		}
		struct string_item *swap = from;

		from = to;
		to = swap;
		coop_pay(s->coop, (int64_t)n * 4);
		if (coop_point(s->coop, s->err) < 0)
			return -1;
	}
	if (from != items)
		memcpy(items, from, n * sizeof(*items));
	return 0;
}

/* Of strings that agree up to and in the key, those that end here come first, shortest first. */
static uint32_t take_ended(const struct sorter *s, struct string_item *items, uint32_t n,
			   size_t depth)
{
	uint32_t n_ended = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (column_builder_str(s->column, items[i].row).len <= depth + 8) {
			struct string_item swap = items[n_ended];

			items[n_ended++] = items[i];
			items[i] = swap;
		}
	}
	/* They differ only in how many NUL bytes they end with: 9 at most. */
	insertion_sort(s, items, n_ended, depth);
	return n_ended;
}

static int sort_from(const struct sorter *s, struct string_item *items, struct string_item *spare,
		     uint32_t n, size_t depth, unsigned level);

/*
 * Sorts what runs of equal keys hide.  *is_one_run: all keys are equal and all
 * strings go on, so that the caller continues with the next eight bytes.
 */
// NOLINTNEXTLINE(misc-no-recursion): bounded by SORT_LEVELS
static int sort_runs(const struct sorter *s, struct string_item *items, struct string_item *spare,
		     uint32_t n, size_t depth, unsigned level, bool *is_one_run)
{
	uint32_t start = 0, end = 0;

	for (; start < n; start = end) {
		while (end < n && items[end].key == items[start].key)
			end++;
		if (end - start < 2)
			continue;
		start += take_ended(s, items + start, end - start, depth);
		*is_one_run = end - start == n;
		if (*is_one_run)
			return 0;
		if (sort_from(s, items + start, spare, end - start, depth + 8, level + 1) < 0)
			return -1;
	}
	return 0;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by SORT_LEVELS
static int sort_from(const struct sorter *s, struct string_item *items, struct string_item *spare,
		     uint32_t n, size_t depth, unsigned level)
{
	bool goes_deeper = true;

	for (; goes_deeper; depth += 8) {
		goes_deeper = false;
		if (n <= SORT_SMALL) {
			insertion_sort(s, items, n, depth);
			return 0;
		}
		if (level == SORT_LEVELS)
			return merge_sort(s, items, spare, n, true, depth);
		for (uint32_t i = 0; i < n; i++)
			items[i].key = key_at(s, &items[i], depth);
		if (merge_sort(s, items, spare, n, false, depth) < 0 ||
		    sort_runs(s, items, spare, n, depth, level, &goes_deeper) < 0)
			return -1;
	}
	return 0;
}

int string_sort(const struct column_builder *b, struct string_item *items,
		struct string_item *spare, uint32_t n, struct coop *coop, struct error *err)
{
	struct sorter s = { .column = b, .coop = coop, .err = err };

	return sort_from(&s, items, spare, n, 0, 0);
}
