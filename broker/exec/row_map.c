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

#include "broker/exec/row_reader.h"
#include "common/base/assert.h"
#include "common/base/error.h"

#define FIRST_SLOTS 16u

/* Old slots per step: they fill about 16 pages, which may be fresh. */
#define MOVE_SLOTS 2048u
/* And slots of the new table that are looked at for a free one, in one step. */
#define WALK_MAX   16384u

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

/* Puts an empty table in place of the one that is there, which becomes the old one. */
static int grow_begin(struct row_map *m, struct error *err)
{
	uint64_t n_slots = m->n_max == 0 ? FIRST_SLOTS : 2 * (m->mask + 1);
	struct row_slot **directory = NULL;

	if (n_slots > ROW_MAP_BLOCK) {
		directory = mem_pool_calloc(m->pool, n_slots / ROW_MAP_BLOCK * sizeof(*directory),
					    err);
		if (!directory)
			return -1;
	}
	m->move = (struct row_map_move){ .only = m->only, .mask = m->mask };
	m->move.blocks = m->blocks == &m->only ? &m->move.only : m->blocks;
	m->only = NULL;
	m->blocks = directory ? directory : &m->only;
	m->mask = n_slots - 1;
	m->n_max = n_slots / 8 * 5;
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
	uint64_t n_pages = n_slots * 2 * sizeof(struct row_slot) / 4096;

	return (int64_t)(n_slots * PRICE_OF_SLOT + walked + n_pages * COOP_PAGE) + 1;
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

/* ---- keys of a batch ---- */

enum step row_hash_columns(struct row_cursor *at, const struct column *cols, uint32_t n,
			   const struct sel *sel, uint64_t *hashes, struct coop *coop)
{
	uint16_t buffer[BATCH_ROWS_MAX];

	for (; at->column < n; at->column++, at->pos = 0) {
		const struct column *c = &cols[at->column];

		while (at->pos < sel->n_rows) {
			struct sel slice;
			uint32_t n_rows;

			if (!coop_go(coop))
				return STEP_YIELD;
			n_rows = row_text_slice(c, sel, at->pos, ROW_TEXT_SLICE);
			slice = row_sel_slice(sel, at->pos, n_rows, buffer);
			col_hash(c, &slice, at->column == 0, hashes + at->pos);
			coop_pay(coop, (int64_t)n_rows * COOP_ROW +
					       COOP_BYTES(col_text_bytes(c, &slice)));
			at->pos += n_rows;
		}
	}
	*at = (struct row_cursor){ 0 };
	return STEP_DONE;
}

static void match_nulls(const struct row_layout *l, uint32_t field, const struct column *c,
			const struct sel *sel, void *const *rows, uint8_t *differs)
{
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		if (rows[i])
			differs[i] |= row_is_null(l, rows[i], field) ==
				      col_is_valid(c, sel_row(sel, i));
	}
}

/* A field against value `index` of a column; the lane is a constant where this is inlined. */
static inline bool field_equals(enum col_lane lane, const void *field, const void *values,
				uint32_t index)
{
	switch (lane) {
	case LANE_BOOL:
		return *(const uint64_t *)field == ((const uint8_t *)values)[index];
	case LANE_I64:
		return *(const int64_t *)field == ((const int64_t *)values)[index];
	case LANE_F64:
		return f64_cmp(*(const double *)field, ((const double *)values)[index]) == 0;
	case LANE_STR:
		return strv_eq(field, (const struct strv *)values + index);
	case LANE_COUNT:
		break;
	}
	return false;
}

/*
 * A NULL in the row stands over zero bytes, but the column's value under it may
 * be anything, so with NULLs around those positions are left alone.
 */
static inline __attribute__((always_inline)) void
match_lane(enum col_lane lane, uint32_t offset, const struct column *c, const struct sel *sel,
	   void *const *rows, bool nulls, uint8_t *differs)
{
	struct row_reader r = row_reader_of(c);

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		if (!rows[i] || (nulls && !col_is_valid(c, row)))
			continue;
		differs[i] |= !field_equals(lane, (const char *)rows[i] + offset, r.values,
					    row_reader_index(&r, row));
	}
}

static void match_field(const struct row_layout *l, uint32_t field, const struct column *c,
			const struct sel *sel, void *const *rows, bool nulls, uint8_t *differs)
{
	uint32_t offset = l->offsets[field];

	if (nulls)
		match_nulls(l, field, c, sel, rows, differs);
	switch (col_lane_of(l->types[field])) {
	case LANE_BOOL:
		match_lane(LANE_BOOL, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_I64:
		match_lane(LANE_I64, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_F64:
		match_lane(LANE_F64, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_STR:
		match_lane(LANE_STR, offset, c, sel, rows, nulls, differs);
		break;
	case LANE_COUNT:
		break;
	}
}

enum step row_match_columns(struct row_cursor *at, const struct row_layout *l,
			    const uint32_t *fields, uint32_t n, const struct column *cols,
			    const struct sel *sel, void *const *rows, bool nulls, uint8_t *differs,
			    struct coop *coop)
{
	uint16_t buffer[BATCH_ROWS_MAX];

	for (; at->column < n; at->column++, at->pos = 0) {
		const struct column *c = &cols[at->column];

		while (at->pos < sel->n_rows) {
			struct sel slice;
			uint32_t n_rows;

			if (!coop_go(coop))
				return STEP_YIELD;
			n_rows = row_text_slice(c, sel, at->pos, ROW_TEXT_SLICE);
			slice = row_sel_slice(sel, at->pos, n_rows, buffer);
			match_field(l, fields[at->column], c, &slice, rows + at->pos, nulls,
				    differs + at->pos);
			coop_pay(coop, (int64_t)n_rows * COOP_ROW +
					       COOP_BYTES(col_text_bytes(c, &slice)));
			at->pos += n_rows;
		}
	}
	*at = (struct row_cursor){ 0 };
	return STEP_DONE;
}
