/*
 * sort_merge.h - sorted runs of entries, and merging many of them.
 *
 * A run is a list of blocks.  Merging takes runs apart block by block, gives
 * each back to the pool when it has been read, and is a tree of losers: an entry
 * costs one comparison per level.  It stops between any two comparisons, because
 * a comparison of long strings is the longest piece there is.
 *
 * Equal rows come in the order of the runs, so a merge of runs in the order of
 * their making is stable.
 *
 * Threads: one at a time.
 */
#ifndef BROKER_EXEC_SORT_MERGE_H
#define BROKER_EXEC_SORT_MERGE_H

#include <stdint.h>

#include "broker/exec/sort_order.h"

struct sort_block {
	struct sort_block *next;
	uint32_t n;
	struct sort_entry entries[SORT_BLOCK];
};

struct sort_run {
	struct sort_run *next;
	struct sort_block *first, *last;
	uint64_t n_entries;
};

/* Runs in the order of their making. */
struct sort_list {
	struct sort_run *first, *last;
	uint32_t n;
};

void sort_list_push(struct sort_list *l, struct sort_run *run);

/** Moves all runs of src behind those of dst. */
void sort_list_concat(struct sort_list *dst, struct sort_list *src);

/** Adds a block to a run. */
void sort_run_push(struct sort_run *run, struct sort_block *block);

struct sort_input {
	struct sort_block *block; /* blocks before it have been given back */
	uint32_t at;
	void *row; /* of the entry that competes; NULL: at its end */
};

struct sort_node {
	uint64_t prefix;
	uint32_t input;
};

struct sort_merge {
	const struct sort_order *order;
	struct mem_pool *pool;
	struct sort_input *inputs;
	struct sort_node *tree; /* [0] is the winner; the others lost there */
	uint32_t n, n_max;
	uint32_t n_built;        /* inputs that have entered the tree */
	struct sort_node player; /* on its way up ... */
	uint32_t node;           /* ... and not yet compared here; 0: it has arrived */
	bool is_built;           /* all inputs have entered */
};

NODISCARD int sort_merge_init(struct sort_merge *m, const struct sort_order *o, uint32_t n_max,
			      struct arena *arena, struct mem_pool *pool, struct error *err);

/** Starts with the runs of a list, at most n_max, and takes their blocks; the list is empty then. */
void sort_merge_begin(struct sort_merge *m, struct sort_list *runs);

/**
 * The next entries in order: *n goes up to want, or stays below at the end.
 * STEP_YIELD: call again with the same arguments.
 */
NODISCARD enum step sort_merge_next(struct sort_merge *m, struct sort_entry *out, uint32_t want,
				    uint32_t *n, struct coop *coop);

/** Gives back what has not been read. */
NODISCARD enum step sort_merge_drop(struct sort_merge *m, struct coop *coop);

#endif
