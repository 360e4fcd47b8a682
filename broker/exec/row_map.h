/*
 * row_map.h - a hash map of rows.
 *
 * The map knows hashes and row pointers; what makes two rows equal is its
 * owner's business.  Searching is a loop of the owner over row_map_walk():
 *
 *      uint64_t at = hash;
 *      while ((slot = row_map_walk(m, hash, &at)) && slot->row && !equal(slot->row))
 *              at++;
 *
 * after which slot is NULL (a long search: pay, ask coop_go(), go on from at), a
 * free slot (row_map_put() there), or the row.
 *
 * Growing is a phase of the owner: when row_map_is_full() it calls
 * row_map_grow() until that says STEP_DONE, and uses the map again only then.
 * So there is always one table to look in, and never two.
 *
 * Open addressing with linear probing by the low bits of the hash.  Growing
 * doubles: what is in slot i goes near i or near i + old size, so moving walks
 * the old table and two places of the new one in order.  Slots lie in blocks of
 * ROW_MAP_BLOCK, which bounds what one allocation, and freeing, may take.
 *
 * Threads: an owner at a time.
 */
#ifndef BROKER_EXEC_ROW_MAP_H
#define BROKER_EXEC_ROW_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/exec/row_store.h"
#include "common/base/coop.h"
#include "common/base/mem.h"

#define ROW_MAP_BLOCK_BITS 13
#define ROW_MAP_BLOCK      ((uint64_t)1 << ROW_MAP_BLOCK_BITS) /* slots: 128 KiB */

/* Slots that row_map_walk() looks at before it hands control back. */
#define ROW_MAP_WALK 256

struct row_slot {
	uint64_t hash;
	void *row; /* NULL: free */
};

/* The table that is being left behind, and where moving stands. */
struct row_map_move {
	struct row_slot **blocks; /* NULL: not growing */
	struct row_slot *only;
	uint64_t mask;
	uint64_t n_ready; /* blocks of the new table that exist */
	uint64_t cursor;  /* old slot to move next */
	uint64_t at;      /* where to go on with its search for a free slot */
	bool is_searching;
};

/* Must not be moved in memory: a small map points into itself. */
struct row_map {
	struct row_slot **blocks;
	uint64_t mask; /* slots - 1 */
	uint64_t n_rows;
	uint64_t n_max;      /* rows that the table takes */
	uint64_t n_expected; /* see row_map_expect() */
	struct mem_pool *pool;
	struct row_slot *only; /* the directory of a table of one block */
	struct row_slot none;  /* the one slot, always free, of a map without memory */
	struct row_map_move move;
};

/** An empty map without memory: it is full, so it is grown before the first row. */
void row_map_init(struct row_map *m, struct mem_pool *pool);

static inline struct row_slot *row_map_slot(const struct row_map *m, uint64_t at)
{
	at &= m->mask;
	return &m->blocks[at >> ROW_MAP_BLOCK_BITS][at & (ROW_MAP_BLOCK - 1)];
}

/**
 * The first slot from *at on that is free or holds the hash; *at is its place.
 * NULL after ROW_MAP_WALK slots that are neither: go on from *at.
 */
static inline struct row_slot *row_map_walk(const struct row_map *m, uint64_t hash, uint64_t *at)
{
	for (uint32_t n = 0; n < ROW_MAP_WALK; n++, ++*at) {
		struct row_slot *slot = row_map_slot(m, *at);

		if (!slot->row || slot->hash == hash)
			return slot;
	}
	return NULL;
}

static inline bool row_map_is_full(const struct row_map *m)
{
	return m->n_rows >= m->n_max;
}

/** Fills a free slot of a map that is not full. */
static inline void row_map_put(struct row_map *m, struct row_slot *slot, uint64_t hash, void *row)
{
	*slot = (struct row_slot){ hash, row };
	m->n_rows++;
}

/** About so many rows will come: the next growth makes room for them at once. */
static inline void row_map_expect(struct row_map *m, uint64_t n_rows)
{
	m->n_expected = n_rows;
}

/** Doubles the table, or more.  STEP_YIELD: call again before anything else is done with the map. */
NODISCARD enum step row_map_grow(struct row_map *m, struct coop *coop, struct error *err);

/** Forgets all rows of a map of one block, and keeps the slots. */
void row_map_clear(struct row_map *m);

/** Gives the slots back, not the rows.  STEP_YIELD: call again.  Cannot fail. */
NODISCARD enum step row_map_free(struct row_map *m, struct coop *coop);

#endif
