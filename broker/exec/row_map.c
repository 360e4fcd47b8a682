/*
 * row_map.c - see row_map.h.
 *
 * A table of more than one block has a directory of blocks, a smaller one is
 * its own directory.  Either way a slot is two loads away, so there is one way
 * to find it.
 *
 * Growing: the new blocks are made first, one at a time, because clearing one
 * may take tens of microseconds; then the slots move.  Rows whose hashes are
 * all equal make one long cluster, and the search for a free slot in it is as
 * long as the cluster; its place is kept, so it can stop like everything else.
 */
#include "broker/exec/row_map.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/error.h"

#define FIRST_SLOTS 16u
#define FEW_SLOTS   1024u

/* Old slots per step: they fill about 8 pages, which may be fresh. */
#define MOVE_SLOTS 1024u
/* And slots of the new table that are looked at for a free one, in one step. */
#define WALK_MAX 16384u

#define PRICE_OF_SLOT  4
#define PRICE_OF_BLOCK 20000 /* clearing 128 KiB */
#define PRICE_OF_FREE  2000

void row_map_init(struct row_map *m, struct mem_pool *pool)
{
	*m = (struct row_map){ .pool = pool };
	m->only = &m->none;
	m->blocks = &m->only;
}

static uint64_t n_blocks_of(uint64_t mask)
{
	return (mask >> ROW_MAP_BLOCK_BITS) + 1;
}

/* ---- growing ---- */

/*
 * Rows that a table takes: a half of a small one, where a longer search costs
 * more than memory does, and five eighths of a large one.
 */
static uint64_t capacity_of(uint64_t n_slots)
{
	return n_slots <= ROW_MAP_BLOCK ? n_slots / 2 : n_slots / 8 * 5;
}

/* Small tables grow faster: the more free slots, the fewer searches go on behind the first. */
static uint64_t next_slots(const struct row_map *m)
{
	uint64_t n = FIRST_SLOTS;

	if (m->n_max > 0)
		n = (m->mask + 1) * (m->mask < FEW_SLOTS ? 4 : 2);
	while (capacity_of(n) < m->n_expected)
		n *= 2;
	return n;
}

/* Puts an empty table in place of the one that is there, which becomes the old one. */
static int grow_begin(struct row_map *m, struct error *err)
{
	uint64_t n_slots = next_slots(m);
	struct row_slot **directory = NULL;

	if (n_slots > ROW_MAP_BLOCK) {
		directory = mem_pool_calloc(
			m->pool, n_slots / ROW_MAP_BLOCK * sizeof(struct row_slot *), err);
		if (!directory)
			return -1;
	}
	m->move = (struct row_map_move){ .only = m->only, .mask = m->mask };
	m->move.blocks = m->blocks == &m->only ? &m->move.only : m->blocks;
	m->only = NULL;
	m->blocks = directory ? directory : &m->only;
	m->mask = n_slots - 1;
	m->n_max = capacity_of(n_slots);
	return 0;
}

static enum step make_blocks(struct row_map *m, struct coop *coop, struct error *err)
{
	uint64_t n = MIN(m->mask + 1, ROW_MAP_BLOCK);

	while (m->move.n_ready < n_blocks_of(m->mask)) {
		struct row_slot *block;

		if (!coop_go(coop))
			return STEP_YIELD;
		block = mem_pool_calloc(m->pool, n * sizeof(*block), err);
		if (!block)
			return STEP_FAILED;
		m->blocks[m->move.n_ready++] = block;
		coop_pay(coop, n == ROW_MAP_BLOCK ? PRICE_OF_BLOCK : COOP_CALL);
	}
	return STEP_DONE;
}

static struct row_slot *old_slot(const struct row_map *m, uint64_t i)
{
	return &m->move.blocks[i >> ROW_MAP_BLOCK_BITS][i & (ROW_MAP_BLOCK - 1)];
}

/* False when no free slot was found yet.  Adds the slots it looked at to *walked. */
static bool move_slot(struct row_map *m, const struct row_slot *old, uint64_t *walked)
{
	struct row_map_move *move = &m->move;
	uint64_t at = move->is_searching ? move->at : old->hash, end = at + WALK_MAX;

	move->is_searching = false;
	for (uint64_t from = at; at != end; at++) {
		struct row_slot *slot = row_map_slot(m, at);

		if (!slot->row) {
			*slot = *old;
			*walked += at - from;
			return true;
		}
	}
	*walked += WALK_MAX;
	move->at = at;
	move->is_searching = true;
	return false;
}

/* Old blocks go as soon as they are empty, so that both tables are never there as a whole. */
static void free_passed(struct row_map *m, uint64_t from)
{
	struct row_map_move *move = &m->move;
	uint64_t block = from >> ROW_MAP_BLOCK_BITS;

	if (move->mask >= ROW_MAP_BLOCK && move->cursor >> ROW_MAP_BLOCK_BITS != block) {
		mem_pool_free(m->pool, move->blocks[block]);
		move->blocks[block] = NULL;
	}
}

static int64_t price_of_moving(uint64_t n_slots, uint64_t walked)
{
	uint64_t n_bytes = n_slots * 2 * sizeof(struct row_slot);

	return (int64_t)(n_slots * PRICE_OF_SLOT + walked + n_bytes * COOP_PAGE / 4096) + 1;
}

static enum step move_slots(struct row_map *m, struct coop *coop)
{
	struct row_map_move *move = &m->move;

	while (move->cursor <= move->mask) {
		uint64_t from = move->cursor, end = MIN(from + MOVE_SLOTS, move->mask + 1);
		uint64_t walked = 0;

		if (!coop_go(coop))
			return STEP_YIELD;
		for (; move->cursor < end && walked < WALK_MAX; move->cursor++) {
			const struct row_slot *old = old_slot(m, move->cursor);

			if (old->row && !move_slot(m, old, &walked))
				break;
		}
		coop_pay(coop, price_of_moving(move->cursor - from, walked));
		free_passed(m, from);
	}
	return STEP_DONE;
}

static void grow_end(struct row_map *m)
{
	struct row_map_move *move = &m->move;

	if (move->blocks != &move->only)
		mem_pool_free(m->pool, move->blocks);
	else if (move->only != &m->none)
		mem_pool_free(m->pool, move->only);
	*move = (struct row_map_move){ 0 };
}

enum step row_map_grow(struct row_map *m, struct coop *coop, struct error *err)
{
	enum step step;

	if (!m->move.blocks && grow_begin(m, err) < 0)
		return STEP_FAILED;
	step = make_blocks(m, coop, err);
	if (step == STEP_DONE)
		step = move_slots(m, coop);
	if (step == STEP_DONE)
		grow_end(m);
	return step;
}

void row_map_clear(struct row_map *m)
{
	ASSERT(m->mask < ROW_MAP_BLOCK && m->n_max > 0 && !m->move.blocks);
	memset(m->blocks[0], 0, (m->mask + 1) * sizeof(struct row_slot));
	m->n_rows = 0;
}

enum step row_map_free(struct row_map *m, struct coop *coop)
{
	ASSERT(!m->move.blocks);
	if (m->n_max == 0)
		return STEP_DONE;
	/* From the last block on: the mask says what is left. */
	while (m->mask >= ROW_MAP_BLOCK) {
		if (!coop_go(coop))
			return STEP_YIELD;
		mem_pool_free(m->pool, m->blocks[n_blocks_of(m->mask) - 1]);
		m->mask -= ROW_MAP_BLOCK;
		coop_pay(coop, PRICE_OF_FREE);
	}
	mem_pool_free(m->pool, m->blocks[0]);
	if (m->blocks != &m->only)
		mem_pool_free(m->pool, m->blocks);
	row_map_init(m, m->pool);
	return STEP_DONE;
}
