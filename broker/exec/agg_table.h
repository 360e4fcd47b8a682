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
 * DISTINCT aggregates have, per partition, a map of (group, value) beside the
 * map of groups; a value that is new there is fed to the aggregate.
 *
 * Three users, each with its own file: finding the groups of a batch
 * (agg_table.c), merging tables (agg_merge.c), the operator (op/hash_agg.c).
 *
 * Threads: a table belongs to one task until it is complete; then each
 * partition, of all tables, to whoever claimed it.
 */
#ifndef BROKER_EXEC_AGG_TABLE_H
#define BROKER_EXEC_AGG_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/exec/row_batch.h"
#include "broker/exec/row_map.h"
#include "broker/exec/row_store.h"
#include "broker/plan/plan.h"
#include "common/base/arena.h"
#include "common/base/coop.h"

#define AGG_PARTITION_BITS 6
#define AGG_PARTITIONS     (1u << AGG_PARTITION_BITS)

/* Groups of a partition, about 8,192 in all, from which on a table is called large. */
#define AGG_LARGE_PARTITION 128u

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
	struct agg_values *values; /* by call; NULL when no aggregate is DISTINCT */
};

struct agg_table {
	struct agg_table *next; /* of the other tasks */
	const struct agg_shape *shape;
	struct arena text; /* of states */
	void *only;        /* no keys: the one group */
	struct agg_partition parts[];
};

/** An empty table; without keys, one group of no rows.  In the arena; groups come from the pool. */
NODISCARD int agg_table_new(const struct agg_shape *shape, struct arena *arena,
			    struct mem_pool *pool, struct agg_table **out, struct error *err);

uint64_t agg_table_n_groups(const struct agg_table *t);

/** True when slots and groups are expected to miss the cache; a guess from the first partition. */
static inline bool agg_table_is_large(const struct agg_table *t)
{
	return t->parts[0].rows.n_rows > AGG_LARGE_PARTITION;
}

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
	struct row_map *growing;
	uint64_t at; /* FIND_ODD: place in the map */
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

/* Where the search for the values of a batch stands.  Zero at the start and the end. */
struct agg_value_finder {
	uint32_t pos;
	uint64_t at;
	bool is_searching;
	struct row_map *growing;
};

/**
 * Keeps of sel the rows whose value is new to their group.
 *
 * hashes   of the values, by position in sel
 * rows     the rows kept, room for sel->n_rows; may be sel's own list
 * n        how many; 0 before the first call
 */
NODISCARD enum step agg_find_values(struct agg_value_finder *f, struct agg_table *table,
				    uint32_t call, const struct column *values,
				    const struct sel *sel, const uint64_t *hashes,
				    void *const *groups, uint16_t *rows, uint32_t *n,
				    struct coop *coop, struct error *err);

/* ---- merging ---- */

enum agg_merge_phase { MERGE_GROUPS, MERGE_FLUSH, MERGE_VALUES, MERGE_FREE };

/* The merging of one partition.  Zeroed (but for text) at the start. */
struct agg_merge {
	enum agg_merge_phase phase;
	struct agg_table *first; /* into which ... */
	struct agg_table *src;   /* ... this one is being merged */
	uint32_t part, call;
	uint64_t cursor; /* slot of the source's map */
	uint64_t at;     /* place in the destination's map */
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
 * partition in all tables whose link is NULL, and their maps are gone.
 */
NODISCARD enum step agg_merge_run(struct agg_merge *m, struct coop *coop, struct error *err);

static inline void **agg_value_group(const struct agg_call *call, void *row)
{
	return (void **)(void *)((char *)row + call->distinct.extra);
}

#endif
