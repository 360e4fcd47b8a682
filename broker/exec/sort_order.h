/*
 * sort_order.h - how rows are ordered, and sorting a block of 4,096.
 *
 * What is sorted are entries: a row pointer, and 64 bits that sort like the
 * first keys.  Most comparisons end there; only equal prefixes look at the rows.
 *
 * The prefix of a row holds, from the top bits on, as many keys as fit: BOOLEAN
 * takes 2 bits and INT 33, one of them for NULL.  Anything else takes what is
 * left.  As the first key it gets all 64 bits, and NULL is one end of them:
 * doubles never reach the ends; of integers the one value at that end shares its
 * prefix with its neighbour (the edge); of strings it is the first 8 bytes.
 * Direction and place of NULL are in the bits, so prefixes always rise.
 *
 * Threads: an order is constant; a job belongs to one task.
 */
#ifndef BROKER_EXEC_SORT_ORDER_H
#define BROKER_EXEC_SORT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/exec/row_store.h"
#include "broker/plan/plan.h"
#include "common/base/coop.h"

#define SORT_BLOCK 4096u /* entries */

/* Units of work after which a step looks at the credit again. */
#define SORT_STEP_WORK 16384

struct sort_entry {
	uint64_t prefix;
	void *row;
};

struct sort_order {
	struct row_layout layout; /* all columns of the input */
	const struct plan_sort_key *keys;
	uint32_t n_keys;
	uint32_t n_prefix; /* keys that have a part in the prefix */
	bool is_exact;     /* equal prefixes mean equal keys, but for the edge */
	uint64_t edge;     /* the prefix of which that is not true; 0: none */
};

/** The order of the rows of a node's input. */
NODISCARD int sort_order_init(struct sort_order *o, const struct plan_node *input,
			      const struct plan_sort_key *keys, uint32_t n_keys,
			      struct arena *arena, struct error *err);

/** Prefixes of live rows, by position in sel; pays. */
void sort_prefix(const struct sort_order *o, const struct column *cols, const struct sel *sel,
		 uint64_t *prefix, struct coop *coop);

/** Compares two rows by all keys: negative, 0, positive.  Adds what it took to *work. */
int sort_compare(const struct sort_order *o, const void *a, const void *b, int64_t *work);

/** True when rows of this prefix are all equal. */
static inline bool sort_is_decided(const struct sort_order *o, uint64_t prefix)
{
	return o->is_exact && (o->edge == 0 || prefix != o->edge);
}

enum sort_phase { SORT_COUNT, SORT_RADIX, SORT_FIND_TIES, SORT_MERGE_TIES };

/* Where the sorting of a block stands.  Zero at the start and the end, but for counts. */
struct sort_job {
	enum sort_phase phase;
	uint32_t byte;            /* of the prefix, next to sort by */
	uint32_t from, end;       /* entries of equal prefix that are being sorted */
	uint32_t width;           /* of the sorted pieces that are merged in pairs */
	uint32_t left, a, b, out; /* the pair, how far both are, and the result */
	bool is_in_scratch;       /* which of the two holds the entries, or the pieces */
	uint32_t counts[8][256];  /* of every byte of the prefixes */
};

/** Sorts up to SORT_BLOCK entries; equal rows keep their order.  scratch: as many entries. */
NODISCARD enum step sort_entries(struct sort_job *job, const struct sort_order *o,
				 struct sort_entry *entries, uint32_t n, struct sort_entry *scratch,
				 struct coop *coop);

#endif
