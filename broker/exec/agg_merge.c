/*
 * agg_merge.c - the tables of several tasks become one, partition by partition.
 *
 * Everything goes into the map of the first task, which knows its own groups but
 * for those that it has forgotten.  A group that is not there stays where it is
 * and is only entered into the map; of a group that is, the states are merged and
 * the link is pointed at the one that stays.  So in the end the groups are the
 * rows that point at no other, wherever they lie.
 *
 *   GROUPS   walk the rows of a source; collect pairs to be merged
 *   FLUSH    merge what was collected, aggregate by aggregate
 *   VALUES   the values of one DISTINCT aggregate: those of a group that was
 *            merged are fed to the group that stays, if they are new there;
 *            those of a group that stays are only entered
 *   FREE     the maps have done their work
 *
 * All sources go through GROUPS before any goes through VALUES: a group that
 * comes with the second source and stays may get values from the third.
 */
#include <string.h>

#include "broker/exec/agg_table.h"
#include "broker/exec/row_reader.h"
#include "common/base/assert.h"
#include "common/base/hash.h"

#define STEP_WORK 16384
/* MERGE_VALUES: slots of the source between two looks at the credit. */
#define MERGE_SLOTS 1024u
/* How many rows ahead the map is asked for what they will need. */
#define PREFETCH_ROWS 8u

#define PRICE_OF_SLOT 2
#define PRICE_OF_PAIR 100

/* Bytes of states that one call to an aggregate may go through; strings count as much. */
#define FLUSH_BYTES ((size_t)64 << 10)

void agg_merge_init(struct agg_merge *m, struct mem_pool *pool)
{
	*m = (struct agg_merge){ 0 };
	arena_init(&m->text, pool);
}

/* How many a partition will have at least. */
static uint64_t expected_groups(const struct agg_table *tables)
{
	uint64_t most = 0;

	for (const struct agg_table *t = tables; t; t = t->next)
		most = MAX(most, hll_count(&t->groups));
	return most / tables->shape->n_partitions;
}

/* A source's rows from the first on; those of the first table itself that its map has forgotten. */
static void source_begin(struct agg_merge *m, struct agg_table *src)
{
	const struct agg_partition *p = src ? &src->parts[m->part] : NULL;

	m->src = src;
	m->block = p ? p->rows.first : NULL;
	m->row = 0;
	m->n_left = !p ? 0 : src == m->first ? p->n_forgotten : p->rows.n_rows;
}

void agg_merge_begin(struct agg_merge *m, struct agg_table *tables, uint32_t part)
{
	struct arena text = m->text;

	*m = (struct agg_merge){ .first = tables, .part = part, .text = text };
	source_begin(m, tables);
	row_map_expect(&tables->parts[part].map, expected_groups(tables));
}

static const struct agg_shape *shape_of(const struct agg_merge *m)
{
	return m->first->shape;
}

/* ---- merging pairs ---- */

/* How many pairs one call to an aggregate takes. */
static uint32_t pairs_per_call(const struct plan_agg *agg)
{
	if (agg->arg && col_lane_of(agg->arg->type) == LANE_STR)
		return 8;
	return (uint32_t)MAX(
		MIN(FLUSH_BYTES / MAX(agg->def->state_size, 1u), (size_t)AGG_MERGE_ROWS),
		(size_t)1);
}

static int merge_pairs(struct agg_merge *m, const struct agg_call *call, uint32_t n,
		       struct error *err)
{
	void *dst[AGG_MERGE_ROWS], *src[AGG_MERGE_ROWS];

	for (uint32_t i = 0; i < n; i++) {
		dst[i] = (char *)m->dst[m->pos + i] + call->offset;
		src[i] = (char *)m->from[m->pos + i] + call->offset;
	}
	return call->plan->def->merge(dst, src, n, &m->text, err);
}

/* The pairs that were collected; then back to collecting. */
static enum step flush(struct agg_merge *m, struct coop *coop, struct error *err)
{
	const struct agg_shape *shape = shape_of(m);

	for (; m->call < shape->n_calls; m->call++, m->pos = 0) {
		const struct agg_call *call = &shape->calls[m->call];

		while (!call->plan->is_distinct && m->pos < m->n) {
			uint32_t n = MIN(pairs_per_call(call->plan), m->n - m->pos);

			if (!coop_go(coop))
				return STEP_YIELD;
			if (merge_pairs(m, call, n, err) < 0)
				return STEP_FAILED;
			m->pos += n;
			coop_pay(coop, (int64_t)n * (20 + call->plan->def->state_size / 4));
		}
	}
	m->call = m->n = m->pos = 0;
	m->phase = MERGE_GROUPS;
	return STEP_DONE;
}

/* ---- groups ---- */

static int64_t price_of_text(const struct row_layout *l, const void *row)
{
	int64_t price = 0;

	for (uint32_t i = 0; i < l->n_fields; i++) {
		const struct strv *v = row_field(l, row, i);

		if (col_lane_of(l->types[i]) == LANE_STR)
			price += COOP_BYTES(v->len);
	}
	return price;
}

static void note_pair(struct agg_merge *m, void *dst, void *src)
{
	*row_link(src) = dst;
	m->dst[m->n] = dst;
	m->from[m->n++] = src;
}

/* Goes on with the search for a source's group.  STEP_YIELD: it is long, or the map is full. */
static enum step merge_group(struct agg_merge *m, void *group, int64_t *work)
{
	const struct agg_shape *shape = shape_of(m);
	struct row_map *map = &m->first->parts[m->part].map;
	uint64_t hash = agg_group_hash(group, m->part);
	struct row_slot *slot;

	if (!m->is_searching)
		m->at = hash;
	m->is_searching = true;
	while (*work < STEP_WORK && (slot = row_map_walk(map, hash, &m->at))) {
		m->is_searching = false;
		if (!slot->row && row_map_is_full(map)) {
			m->growing = map;
			return STEP_YIELD;
		}
		if (!slot->row) {
			row_map_put(map, slot, hash, group);
			return STEP_DONE;
		}
		*work += price_of_text(&shape->layout, group);
		if (row_equals_row(&shape->layout, slot->row, group, 0, shape->n_keys)) {
			note_pair(m, slot->row, group);
			return STEP_DONE;
		}
		m->is_searching = true;
		m->at++;
	}
	*work += ROW_MAP_WALK;
	return STEP_YIELD;
}

/* Asks for the slot of a row to come, and for the group that is likely that of a nearer one. */
ROW_PREFETCHES prefetch(const struct agg_merge *m, uint32_t end)
{
	const struct row_map *map = &m->first->parts[m->part].map;
	size_t row_size = shape_of(m)->layout.row_size;

	if (m->row + 2 * PREFETCH_ROWS < end) {
		const char *row = m->block->rows + (m->row + 2 * PREFETCH_ROWS) * row_size;

		__builtin_prefetch(row_map_slot(map, agg_group_hash(row, m->part)));
	}
	if (m->row + PREFETCH_ROWS < end) {
		const char *row = m->block->rows + (m->row + PREFETCH_ROWS) * row_size;

		__builtin_prefetch(row_map_slot(map, agg_group_hash(row, m->part))->row);
	}
}

/* Rows of one block of the source until the pairs are many, the work is, or the block is through. */
static enum step merge_rows(struct agg_merge *m, int64_t *work)
{
	uint32_t begin = m->row;
	uint32_t end = (uint32_t)MIN(m->block->n_rows, m->row + m->n_left);
	size_t row_size = shape_of(m)->layout.row_size;
	enum step step = STEP_DONE;

	while (m->row < end && m->n < AGG_MERGE_ROWS && *work < STEP_WORK) {
		prefetch(m, end);
		*work += PRICE_OF_PAIR;
		step = merge_group(m, m->block->rows + m->row * row_size, work);
		if (step != STEP_DONE)
			break;
		m->row++;
	}
	m->n_left -= m->row - begin;
	if (m->row == m->block->n_rows) {
		m->block = m->block->next;
		m->row = 0;
	}
	return step;
}

static enum step grow(struct agg_merge *m, struct coop *coop, struct error *err)
{
	enum step step;

	if (!m->growing)
		return STEP_DONE;
	step = row_map_grow(m->growing, coop, err);
	if (step == STEP_DONE)
		m->growing = NULL;
	return step;
}

/* The pairs of tables without keys: the first group, and each other one. */
static void merge_only(struct agg_merge *m)
{
	for (; m->src && m->n < AGG_MERGE_ROWS; m->src = m->src->next) {
		if (m->src != m->first)
			note_pair(m, m->first->only, m->src->only);
	}
}

static void next_phase(struct agg_merge *m, enum agg_merge_phase phase)
{
	m->phase = phase;
	m->src = m->first->next;
	m->cursor = 0;
	m->call = 0;
}

/* Collects pairs; goes to FLUSH when there are some to be merged, and on when there are none. */
static enum step groups(struct agg_merge *m, struct coop *coop, struct error *err)
{
	if (m->first->only)
		merge_only(m);
	while (m->src && m->n < AGG_MERGE_ROWS) {
		enum step step = grow(m, coop, err);
		int64_t work = 1;

		if (step != STEP_DONE)
			return step;
		if (!coop_go(coop))
			return STEP_YIELD;
		if (m->n_left > 0)
			(void)merge_rows(m, &work);
		else
			source_begin(m, m->src->next);
		coop_pay(coop, work);
	}
	if (m->n > 0)
		m->phase = MERGE_FLUSH;
	else
		next_phase(m, MERGE_VALUES);
	return STEP_DONE;
}

/* ---- values of DISTINCT aggregates ---- */

/* What one call to update() gets: groups and lane values, side by side. */
static int feed_values(struct agg_merge *m, const struct agg_call *call, struct error *err)
{
	char values[AGG_MERGE_ROWS * sizeof(struct strv)];
	void *states[AGG_MERGE_ROWS];
	size_t width = lane_width[col_lane_of(call->plan->arg->type)];

	for (uint32_t i = 0; i < m->n; i++) {
		states[i] = (char *)m->dst[i] + call->offset;
		memcpy(values + i * width, row_field(&call->distinct, m->from[i], 0), width);
	}
	return call->plan->def->update(states, values, m->n, &m->text, err);
}

/* One value of a source.  STEP_YIELD: the search is long, or the map is full. */
static enum step merge_value(struct agg_merge *m, const struct agg_call *call, struct row_map *map,
			     void *row, int64_t *work)
{
	void *group = *agg_value_group(call, row), *stays = agg_group_merged_into(group);
	void *owner = stays ? stays : group;
	uint64_t value_hash, hash;
	struct row_slot *slot;

	memcpy(&value_hash, row_link(row), sizeof(value_hash));
	hash = hash_combine(value_hash, (uintptr_t)owner);
	if (!m->is_searching)
		m->at = hash;
	m->is_searching = true;
	while (*work < STEP_WORK && (slot = row_map_walk(map, hash, &m->at))) {
		m->is_searching = false;
		if (!slot->row && row_map_is_full(map)) {
			m->growing = map;
			return STEP_YIELD;
		}
		if (!slot->row) {
			*agg_value_group(call, row) = owner;
			row_map_put(map, slot, hash, row);
			if (stays) {
				m->dst[m->n] = owner;
				m->from[m->n++] = row;
			}
			return STEP_DONE;
		}
		*work += price_of_text(&call->distinct, row);
		if (*agg_value_group(call, slot->row) == owner &&
		    row_equals_row(&call->distinct, slot->row, row, 0, 1))
			return STEP_DONE;
		m->is_searching = true;
		m->at++;
	}
	*work += ROW_MAP_WALK;
	return STEP_YIELD;
}

static enum step values_of_source(struct agg_merge *m, const struct agg_call *call,
				  struct coop *coop, struct error *err)
{
	struct row_map *map = &m->first->parts[m->part].values[m->call].map;
	const struct row_map *src = &m->src->parts[m->part].values[m->call].map;
	uint32_t n_max = MIN(pairs_per_call(call->plan), (uint32_t)AGG_MERGE_ROWS);

	while (m->cursor <= src->mask) {
		uint64_t end = MIN(src->mask + 1, m->cursor + MERGE_SLOTS);
		enum step step = grow(m, coop, err);
		int64_t work = 0;

		if (step != STEP_DONE)
			return step;
		if (!coop_go(coop))
			return STEP_YIELD;
		while (step == STEP_DONE && m->cursor < end && m->n < n_max && work < STEP_WORK) {
			const struct row_slot *from = row_map_slot(src, m->cursor);

			work += PRICE_OF_SLOT + (from->row ? PRICE_OF_PAIR : 0);
			if (from->row)
				step = merge_value(m, call, map, from->row, &work);
			m->cursor += step == STEP_DONE;
		}
		if (m->n > 0 && feed_values(m, call, err) < 0)
			return STEP_FAILED;
		m->n = 0;
		coop_pay(coop, work + 1);
	}
	return STEP_DONE;
}

static enum step values(struct agg_merge *m, struct coop *coop, struct error *err)
{
	const struct agg_shape *shape = shape_of(m);

	for (; m->call < shape->n_calls; m->call++) {
		const struct agg_call *call = &shape->calls[m->call];

		while (call->plan->is_distinct && m->src) {
			enum step step = values_of_source(m, call, coop, err);

			if (step != STEP_DONE)
				return step;
			m->src = m->src->next;
			m->cursor = 0;
		}
		m->src = m->first->next;
	}
	next_phase(m, MERGE_FREE);
	m->src = m->first;
	return STEP_DONE;
}

/* ---- the end ---- */

static enum step free_maps(struct agg_merge *m, struct coop *coop)
{
	const struct agg_shape *shape = shape_of(m);

	for (; m->src; m->src = m->src->next, m->call = 0) {
		struct agg_partition *p = &m->src->parts[m->part];
		enum step step = row_map_free(&p->map, coop);

		if (step != STEP_DONE)
			return step;
		for (; p->values && m->call < shape->n_calls; m->call++) {
			step = row_map_free(&p->values[m->call].map, coop);
			if (step != STEP_DONE)
				return step;
		}
	}
	return STEP_DONE;
}

enum step agg_merge_run(struct agg_merge *m, struct coop *coop, struct error *err)
{
	for (;;) {
		enum step step = STEP_DONE;

		switch (m->phase) {
		case MERGE_GROUPS:
			step = groups(m, coop, err);
			break;
		case MERGE_FLUSH:
			step = flush(m, coop, err);
			break;
		case MERGE_VALUES:
			step = values(m, coop, err);
			break;
		case MERGE_FREE:
			return free_maps(m, coop);
		}
		if (step != STEP_DONE)
			return step;
	}
}
