/*
 * agg_table.h - groups: rows of keys and aggregate states, found by their keys.
 *
 * A group is a row (row_store.h): link, states of all aggregates, keys.  Groups
 * are spread over partitions by the top bits of their hash; the low bits place
 * them in the partition's map.  So the tables of several tasks can be merged
 * partition by partition, by several tasks at once, and a table grows in small
 * parts.  Small tables stay small: blocks of rows start at 4 KiB, maps at 16
 * slots.
 *
 * Forgetting.  When nearly every row is a group of its own and tables have to be
 * merged anyway, looking for groups in a table that is larger than the cache is
 * wasted work.  So a partition whose map has reached AGG_FORGET_SLOTS empties the
 * map and goes on: a group that comes again is made again, and the merge, which
 * has a partition at a time, puts the two together.  It may do so while the table
 * has no more than twice as many rows as there are different groups
 * (agg_table.groups, an estimate), which bounds the memory; after that maps grow.
 * (Pre-aggregation in tables of the cache's size, then by partitions: Leis et al.
 * 2014, Morsel-driven parallelism, 4.4.)
 *
 * DISTINCT aggregates have, per partition, a map of (group, value) beside the
 * map of groups; a value that is new there is fed to the aggregate.  Such tables
 * do not forget.
 *
 * Each part has a file: finding the groups of a batch (agg_table.c), the values
 * of DISTINCT aggregates (agg_values.c), merging tables (agg_merge.c), the
 * operator (op/hash_agg.c).
 *
 * Threads: a table belongs to one task until it is complete; then each
 * partition, of all tables, to whoever claimed it.
 */
#ifndef BROKER_EXEC_AGG_TABLE_H
#define BROKER_EXEC_AGG_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "broker/exec/row_batch.h"
#include "broker/exec/row_map.h"
#include "broker/exec/row_store.h"
#include "broker/plan/plan.h"
#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/base/hll.h"

#define AGG_PARTITION_BITS 6
#define AGG_PARTITIONS     (1u << AGG_PARTITION_BITS)

/* Groups of a partition, about 8,192 in all, from which on a table is called large. */
#define AGG_LARGE_PARTITION 128u

/* A map of so many slots is emptied rather than grown; those of all partitions take 1 MiB. */
#define AGG_FORGET_SLOTS 1024u

/* Rows that agg_merge.c hands to an aggregate at once. */
#define AGG_MERGE_ROWS 256

/* An aggregate of the node, and where its state is. */
struct agg_call {
	const struct plan_agg *plan;
	uint32_t offset;            /* of the state in a group's row */
	struct row_layout distinct; /* DISTINCT: rows of one field, the value; extra: the group */
};

/* What the rows of a node look like; the same for all its tasks, and constant. */
struct agg_shape {
	struct row_layout layout; /* fields are the keys */
	uint32_t *fields;         /* 0 .. n_keys-1, for row_match_columns() */
	uint32_t n_keys, n_calls;
	struct agg_call *calls;
	bool has_distinct;
	uint32_t home;         /* has_distinct: offset of the group's partition number */
	uint32_t n_partitions; /* 1 when there are no keys */
};

NODISCARD int agg_shape_init(struct agg_shape *shape, const struct plan_node *node,
			     struct arena *arena, struct error *err);

/* The values that a DISTINCT aggregate has seen.  A row's link is the value's hash. */
struct agg_values {
	struct row_map map;
	struct row_store rows;
};

struct agg_partition {
	struct row_map map;
	struct row_store rows;
	uint64_t n_forgotten;      /* rows at the store's beginning that the map does not know */
	struct agg_values *values; /* by call; NULL when no aggregate is DISTINCT */
};

/*
 * A group's link is its hash, until the group is merged into another one; then it
 * is a pointer to that.  The lowest bit, which no pointer has, tells them apart;
 * the highest bit of the hash, which makes room for it, is that of the partition.
 */
static inline void agg_group_set_hash(void *group, uint64_t hash)
{
	uint64_t link = hash << 1 | 1;

	memcpy(group, &link, sizeof(link));
}

static inline uint64_t agg_group_hash(const void *group, uint32_t part)
{
	uint64_t link;

	memcpy(&link, group, sizeof(link));
	return link >> 1 | (uint64_t)(part >> (AGG_PARTITION_BITS - 1)) << 63;
}

/** The group that this one was merged into; NULL: none, it stays. */
static inline void *agg_group_merged_into(void *group)
{
	void *link = *row_link(group);

	return (uintptr_t)link & 1 ? NULL : link;
}

struct agg_table {
	struct agg_table *next; /* of the other tasks */
	bool may_forget;
	const struct agg_shape *shape;
	struct arena text; /* of states */
	void *only;        /* no keys: the one group */
	struct hll groups; /* how many different ones there are */
	struct agg_partition parts[];
};

/**
 * An empty table; without keys, one group of no rows.  In the arena; groups come
 * from the pool.  It does not forget unless may_forget is set afterwards.
 */
NODISCARD int agg_table_new(const struct agg_shape *shape, struct arena *arena,
			    struct mem_pool *pool, struct agg_table **out, struct error *err);

uint64_t agg_table_n_groups(const struct agg_table *t);

/** True when slots and groups are expected to miss the cache; a guess from the first partition. */
static inline bool agg_table_is_large(const struct agg_table *t)
{
	return t->parts[0].rows.n_rows > AGG_LARGE_PARTITION;
}

/* ---- prices, in units of credit ---- */

/** Of looking at the keys in a row of a batch. */
int64_t agg_price_of_keys(const struct column *keys, uint32_t n_keys, uint32_t row);

/**
 * Of a row that was just added to a store.  Partitions fill alike, so dozens of
 * them come to the end of their blocks within one batch.
 *
 * text_before  bytes of text that the store held before it
 * keys         price of its keys
 */
int64_t agg_price_of_row(const struct row_store *rows, size_t text_before, int64_t keys);

/* ---- finding the groups of a batch ---- */

enum agg_find_phase { FIND_BEGIN, FIND_CODES, FIND_HASH, FIND_PROBE, FIND_MATCH, FIND_ODD };

/*
 * Groups by dictionary codes: when all keys are DICT, the codes of a row are
 * digits of one number, which is an index here.  Known for one set of
 * dictionaries at a time.
 */
struct agg_codes {
	void **groups; /* NULL: not known yet */
	uint32_t capacity, n, n_cleared;
	uint64_t *dict_ids; /* by key */
	uint32_t *index;    /* of the batch's rows, by row */
};

/* Where the search for the groups of a batch stands.  Belongs to one task. */
struct agg_finder {
	struct agg_table *table;
	enum agg_find_phase phase;
	struct agg_codes codes;
	bool has_codes;  /* the batch's rows have been looked up there */
	bool has_nulls;  /* a key has had a validity bitmap */
	struct sel look; /* rows that are searched by hash */
	uint32_t pos;
	struct row_cursor cursor;
	struct agg_partition *full; /* needs room in its map before the next group */
	uint64_t at;                /* FIND_ODD: place in the map */
	bool is_searching;
	uint64_t hashes[BATCH_ROWS_MAX]; /* by position in look, as are the next two */
	void *found[BATCH_ROWS_MAX];
	uint8_t differs[BATCH_ROWS_MAX];
	uint16_t rows[BATCH_ROWS_MAX]; /* behind look */
};

NODISCARD int agg_finder_init(struct agg_finder *f, struct agg_table *table, struct arena *arena,
			      struct error *err);

/**
 * Finds or makes the groups of a batch's live rows.
 *
 * groups  by row: the group's row
 *
 * STEP_YIELD: call again with the same arguments.
 */
NODISCARD enum step agg_find(struct agg_finder *f, const struct column *keys, const struct sel *sel,
			     void **groups, struct coop *coop, struct error *err);

/* ---- values of DISTINCT aggregates ---- */

/* The values of a batch for one DISTINCT aggregate. */
struct agg_value_input {
	uint32_t call;
	const struct column *values;
	const struct sel *sel;  /* rows that have one */
	const uint64_t *hashes; /* of the values, by position in sel */
	void *const *groups;    /* by row */
};

/* Where the search for the values of a batch stands.  Zero at the start and the end. */
struct agg_value_finder {
	uint32_t pos;
	uint64_t at;
	bool is_searching;
	struct row_map *growing;
};

/**
 * Keeps the rows whose value is new to their group.
 *
 * rows  the rows kept, room for as many as in->sel has; may be the selection's own list
 * n     how many; 0 before the first call
 *
 * STEP_YIELD: call again with the same arguments.
 */
NODISCARD enum step agg_find_values(struct agg_value_finder *f, struct agg_table *table,
				    const struct agg_value_input *in, uint16_t *rows, uint32_t *n,
				    struct coop *coop, struct error *err);

/* ---- merging ---- */

enum agg_merge_phase { MERGE_GROUPS, MERGE_FLUSH, MERGE_VALUES, MERGE_FREE };

/* The merging of one partition.  Zeroed (but for text) at the start. */
struct agg_merge {
	enum agg_merge_phase phase;
	struct agg_table *first; /* into whose map ... */
	struct agg_table *src;   /* ... groups of this one go; both may be the same */
	uint32_t part, call;
	struct row_block *block; /* MERGE_GROUPS: of the source's rows */
	uint32_t row;            /* in the block */
	uint64_t n_left;         /* rows of the source still to come */
	uint64_t cursor;         /* MERGE_VALUES: slot of the source's map */
	uint64_t at;             /* place in the destination's map */
	bool is_searching;
	struct row_map *growing;
	uint32_t n, pos;           /* pairs collected, and fed of them */
	void *dst[AGG_MERGE_ROWS]; /* MERGE_VALUES: groups */
	void *from[AGG_MERGE_ROWS];
	struct arena text; /* of states that grow while merging */
};

void agg_merge_init(struct agg_merge *m, struct mem_pool *pool);
void agg_merge_begin(struct agg_merge *m, struct agg_table *tables, uint32_t part);

/**
 * Merges a partition of all tables.  Afterwards its groups are the rows of that
 * partition in all tables that were not merged into others
 * (agg_group_merged_into()), and the maps are gone.
 */
NODISCARD enum step agg_merge_run(struct agg_merge *m, struct coop *coop, struct error *err);

static inline void **agg_value_group(const struct agg_call *call, void *row)
{
	return (void **)(void *)((char *)row + call->distinct.extra);
}

#endif
