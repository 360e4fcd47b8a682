/*
 * agg_table.c - making tables of groups, and finding the groups of a batch.
 *
 * The way of a batch:
 *
 *   CODES   if all keys are dictionary codes: one look-up in an array
 *   HASH    rows that are not known by code: hashes of their keys
 *   PROBE   the first slot with this hash is taken for the group; a free slot
 *           becomes a new one
 *   MATCH   whether it is the group: keys compared column by column
 *   ODD     for those where it is not, or where the search was long: slowly,
 *           one by one, with a position that can be kept
 *
 * Two keys with one 64-bit hash hardly ever meet by chance, so PROBE does not
 * look at keys and ODD has next to nothing to do.  When they meet on purpose,
 * ODD is slow, and as easy to stop as everything else.
 */
#include "broker/exec/agg_table.h"

#include <string.h>

#include "broker/exec/row_reader.h"
#include "common/base/assert.h"
#include "common/base/hash.h"

/* Look-ups between two looks at the credit. */
#define PROBE_ROWS 256u
/* Units in one step. */
#define STEP_WORK 16384

/* Entries of an array of groups by code, and how many are cleared in a step. */
#define CODES_MAX   65536u
#define CODES_CLEAR 8192u

#define PRICE_OF_PROBE      8
#define PRICE_OF_MISS       40
#define PRICE_OF_GROUP      100
#define PRICE_OF_BLOCK      6000 /* a fresh block of rows or text: the allocator's work, and a page */
#define PRICE_OF_FORGETTING 4000

/* ---- shape ---- */

static int init_call(struct agg_shape *shape, struct agg_call *call, const struct plan_agg *plan,
		     struct arena *arena, struct error *err)
{
	call->plan = plan;
	if (!plan->is_distinct)
		return 0;
	shape->has_distinct = true;
	return row_layout_init(&call->distinct, arena, 1, &plan->arg->type, sizeof(void *), err);
}

static int init_layout(struct agg_shape *shape, const struct plan_node *node, struct arena *arena,
		       struct error *err)
{
	enum col_type *types = arena_alloc(arena, sizeof(*types) * shape->n_keys, err);
	uint32_t size = 0, extra;

	if (!types)
		return -1;
	for (uint32_t i = 0; i < shape->n_calls; i++)
		size += node->hash_agg.aggs[i].def->state_size;
	for (uint32_t i = 0; i < shape->n_keys; i++) {
		types[i] = node->hash_agg.keys[i]->type;
		shape->fields[i] = i;
	}
	if (row_layout_init(&shape->layout, arena, shape->n_keys, types,
			    size + (shape->has_distinct ? 8u : 0u), err) < 0)
		return -1;
	extra = shape->layout.extra;
	for (uint32_t i = 0; i < shape->n_calls; i++) {
		shape->calls[i].offset = extra;
		extra += shape->calls[i].plan->def->state_size;
	}
	shape->home = extra;
	return 0;
}

int agg_shape_init(struct agg_shape *shape, const struct plan_node *node, struct arena *arena,
		   struct error *err)
{
	*shape = (struct agg_shape){
		.n_keys = node->hash_agg.n_keys,
		.n_calls = node->hash_agg.n_aggs,
		.n_partitions = node->hash_agg.n_keys > 0 ? AGG_PARTITIONS : 1,
	};
	shape->fields = arena_alloc(arena, sizeof(*shape->fields) * shape->n_keys, err);
	if (!shape->fields)
		return -1;
	shape->calls = arena_calloc(arena, sizeof(*shape->calls) * shape->n_calls, err);
	if (!shape->calls)
		return -1;
	for (uint32_t i = 0; i < shape->n_calls; i++) {
		if (init_call(shape, &shape->calls[i], &node->hash_agg.aggs[i], arena, err) < 0)
			return -1;
	}
	return init_layout(shape, node, arena, err);
}

/* ---- table ---- */

static int init_values(struct agg_table *t, struct agg_partition *p, struct arena *arena,
		       struct mem_pool *pool, struct error *err)
{
	const struct agg_shape *shape = t->shape;

	if (!shape->has_distinct)
		return 0;
	p->values = arena_calloc(arena, sizeof(*p->values) * shape->n_calls, err);
	if (!p->values)
		return -1;
	for (uint32_t i = 0; i < shape->n_calls; i++) {
		row_map_init(&p->values[i].map, pool);
		row_store_init(&p->values[i].rows, &shape->calls[i].distinct, pool);
	}
	return 0;
}

/* A group of no rows, without keys. */
static char *new_group(struct agg_table *t, uint32_t part, struct error *err)
{
	const struct agg_shape *shape = t->shape;
	char *row = row_store_new_row(&t->parts[part].rows, err);

	if (!row)
		return NULL;
	for (uint32_t i = 0; i < shape->n_calls; i++) {
		const struct agg_def *def = shape->calls[i].plan->def;

		if (def->init)
			def->init(row + shape->calls[i].offset);
	}
	if (shape->has_distinct)
		memcpy(row + shape->home, &part, sizeof(part));
	return row;
}

int agg_table_new(const struct agg_shape *shape, struct arena *arena, struct mem_pool *pool,
		  struct agg_table **out, struct error *err)
{
	struct agg_table *t =
		arena_calloc(arena, sizeof(*t) + shape->n_partitions * sizeof(t->parts[0]), err);

	if (!t)
		return -1;
	t->shape = shape;
	arena_init(&t->text, pool);
	for (uint32_t i = 0; i < shape->n_partitions; i++) {
		row_map_init(&t->parts[i].map, pool);
		row_store_init(&t->parts[i].rows, &shape->layout, pool);
		if (init_values(t, &t->parts[i], arena, pool, err) < 0)
			return -1;
	}
	if (shape->n_keys == 0) {
		t->only = new_group(t, 0, err);
		if (!t->only)
			return -1;
	}
	*out = t;
	return 0;
}

uint64_t agg_table_n_groups(const struct agg_table *t)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < t->shape->n_partitions; i++)
		n += t->parts[i].rows.n_rows;
	return n;
}

/* ---- prices ---- */

int64_t agg_price_of_keys(const struct column *keys, uint32_t n_keys, uint32_t row)
{
	int64_t price = 0;

	for (uint32_t i = 0; i < n_keys; i++) {
		if (col_lane_of(keys[i].type) == LANE_STR)
			price += COOP_BYTES(row_text_bytes(&keys[i], row));
	}
	return price;
}

int64_t agg_price_of_row(const struct row_store *rows, size_t text_before, int64_t keys)
{
	int64_t price =
		PRICE_OF_GROUP + 3 * keys + (int64_t)rows->layout->row_size * COOP_PAGE / 4096;

	if (rows->last->n_rows == 1)
		price += PRICE_OF_BLOCK;
	if (rows->text.total_bytes != text_before)
		price += PRICE_OF_BLOCK;
	return price;
}

/* ---- groups by code ---- */

int agg_finder_init(struct agg_finder *f, struct agg_table *table, struct arena *arena,
		    struct error *err)
{
	struct agg_codes *c = &f->codes;

	f->table = table;
	c->dict_ids = arena_calloc(arena, sizeof(*c->dict_ids) * table->shape->n_keys, err);
	if (!c->dict_ids)
		return -1;
	c->index = arena_alloc(arena, sizeof(*c->index) * BATCH_ROWS_MAX, err);
	return c->index ? 0 : -1;
}

/* How many combinations of codes there are, NULL counting as a value; 0: too many, or no codes. */
static uint32_t n_codes_of(const struct column *keys, uint32_t n_keys)
{
	uint64_t n = n_keys > 0;

	for (uint32_t i = 0; i < n_keys; i++) {
		if (keys[i].form != COL_DICT)
			return 0;
		n *= (uint64_t)keys[i].dict->n_values + 1;
		if (n > CODES_MAX + 1)
			return 0;
	}
	return (uint32_t)n;
}

/* Starts over when a dictionary is another one than before. */
static int codes_begin(struct agg_finder *f, const struct column *keys, uint32_t n,
		       struct error *err)
{
	struct agg_codes *c = &f->codes;
	bool is_known = c->n == n;

	for (uint32_t i = 0; i < f->table->shape->n_keys; i++) {
		is_known &= c->dict_ids[i] == keys[i].dict->id;
		c->dict_ids[i] = keys[i].dict->id;
	}
	if (is_known)
		return 0;
	c->n = n;
	c->n_cleared = 0;
	if (n <= c->capacity)
		return 0;
	mem_pool_free(f->table->text.pool, c->groups);
	c->capacity = 0;
	c->groups = mem_pool_alloc(f->table->text.pool, sizeof(*c->groups) * n, err);
	if (!c->groups)
		return -1;
	c->capacity = n;
	return 0;
}

static enum step codes_clear(struct agg_codes *c, struct coop *coop)
{
	while (c->n_cleared < c->n) {
		uint32_t n = MIN(c->n - c->n_cleared, CODES_CLEAR);

		if (!coop_go(coop))
			return STEP_YIELD;
		memset(c->groups + c->n_cleared, 0, n * sizeof(*c->groups));
		c->n_cleared += n;
		coop_pay(coop, 1 + (int64_t)(n * sizeof(*c->groups) / 4096) * COOP_PAGE);
	}
	return STEP_DONE;
}

/* Adds a key's codes as the lowest digit of the index. */
static void codes_digit(uint32_t *index, const struct column *c, const struct sel *sel, bool first)
{
	const uint32_t *codes = c->values;
	uint32_t base = c->dict->n_values + 1;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);
		uint32_t code = validity_get(c->validity, row) ? codes[row] : base - 1;

		index[row] = first ? code : index[row] * base + code;
	}
}

/* Looks all rows up and lists those that are not known. */
static void codes_look_up(struct agg_finder *f, const struct column *keys, const struct sel *sel,
			  void **groups, struct coop *coop)
{
	struct agg_codes *c = &f->codes;
	uint32_t n_keys = f->table->shape->n_keys, n = 0;

	for (uint32_t i = 0; i < n_keys; i++)
		codes_digit(c->index, &keys[i], sel, i == 0);
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		groups[row] = c->groups[c->index[row]];
		f->rows[n] = (uint16_t)row;
		n += groups[row] == NULL;
	}
	f->look = (struct sel){ f->rows, n };
	coop_pay(coop, (int64_t)sel->n_rows * COOP_ROW * (1 + (int64_t)n_keys));
}

/* ---- groups by hash ---- */

static struct agg_partition *partition_of(struct agg_table *t, uint64_t hash)
{
	return &t->parts[hash >> (64 - AGG_PARTITION_BITS)];
}

/* Asks for the slots of the next rows, then for the groups that are likely theirs. */
ROW_PREFETCHES prefetch(const struct agg_finder *f, uint32_t from, uint32_t end)
{
	for (uint32_t i = from; i < end; i++) {
		uint64_t h = f->hashes[i];

		__builtin_prefetch(row_map_slot(&partition_of(f->table, h)->map, h));
	}
	for (uint32_t i = from; i < end; i++) {
		uint64_t h = f->hashes[i];
		const struct row_slot *slot = row_map_slot(&partition_of(f->table, h)->map, h);

		if (slot->hash == h)
			__builtin_prefetch(slot->row);
	}
}

/* A new group in a free slot of a map that is not full. */
static void *add_group(struct agg_finder *f, const struct column *keys, uint32_t pos,
		       struct row_slot *slot, int64_t *work, struct error *err)
{
	const struct agg_shape *shape = f->table->shape;
	uint64_t hash = f->hashes[pos];
	struct agg_partition *p = partition_of(f->table, hash);
	uint32_t row = sel_row(&f->look, pos);
	size_t text_before = p->rows.text.total_bytes;
	char *group = new_group(f->table, (uint32_t)(p - f->table->parts), err);

	if (!group || row_store_set(&p->rows, group, keys, row, err) < 0)
		return NULL;
	agg_group_set_hash(group, hash);
	row_map_put(&p->map, slot, hash, group);
	hll_add(&f->table->groups, hash);
	*work += agg_price_of_row(&p->rows, text_before,
				  agg_price_of_keys(keys, shape->n_keys, row));
	return group;
}

/*
 * A row whose group is not in the first slot.  False: the map is full and room has
 * to be made first, or there is an error.
 */
static bool probe_further(struct agg_finder *f, const struct column *keys, uint32_t pos,
			  int64_t *work, struct error *err)
{
	uint64_t hash = f->hashes[pos], at = hash;
	struct agg_partition *p = partition_of(f->table, hash);
	struct row_slot *slot = row_map_walk(&p->map, hash, &at);

	*work += (int64_t)(at - hash);
	f->found[pos] = slot ? slot->row : NULL;
	if (!slot || slot->row)
		return true;
	if (row_map_is_full(&p->map)) {
		f->full = p;
		return false;
	}
	f->found[pos] = add_group(f, keys, pos, slot, work, err);
	return f->found[pos] != NULL;
}

/*
 * Probes rows from f->pos to end, or less when the work is much.  A full map
 * stops it.
 */
static int probe_rows(struct agg_finder *f, const struct column *keys, uint32_t end, int64_t *work,
		      struct error *err)
{
	uint32_t i = f->pos;

	for (; i < end && *work < STEP_WORK; i++) {
		uint64_t hash = f->hashes[i];
		const struct row_slot *slot =
			row_map_slot(&partition_of(f->table, hash)->map, hash);

		if (LIKELY(slot->hash == hash && slot->row))
			f->found[i] = slot->row;
		else if (!probe_further(f, keys, i, work, err))
			break;
	}
	f->pos = i;
	return i == end || f->full || *work >= STEP_WORK ? 0 : -1;
}

/* See agg_table.h.  A map that has begun to grow goes on with it. */
static bool should_forget(const struct agg_table *t, const struct agg_partition *p)
{
	return t->may_forget && p->map.mask + 1 == AGG_FORGET_SLOTS && !p->map.move.blocks &&
	       agg_table_n_groups(t) <= 2 * hll_count(&t->groups);
}

/* Room for one more group in the partition that is full. */
static enum step make_room(struct agg_finder *f, struct coop *coop, struct error *err)
{
	struct agg_partition *p = f->full;
	enum step step = STEP_DONE;

	if (!p)
		return STEP_DONE;
	if (should_forget(f->table, p)) {
		row_map_clear(&p->map);
		p->n_forgotten = p->rows.n_rows;
		coop_pay(coop, PRICE_OF_FORGETTING);
	} else {
		step = row_map_grow(&p->map, coop, err);
	}
	if (step == STEP_DONE)
		f->full = NULL;
	return step;
}

static enum step probe(struct agg_finder *f, const struct column *keys, struct coop *coop,
		       struct error *err)
{
	while (f->pos < f->look.n_rows) {
		enum step step = make_room(f, coop, err);
		uint32_t from = f->pos, end = MIN(from + PROBE_ROWS, f->look.n_rows);
		int64_t work = 0;

		if (step != STEP_DONE)
			return step;
		if (!coop_go(coop))
			return STEP_YIELD;
		if (agg_table_is_large(f->table)) {
			prefetch(f, from, end);
			work += (int64_t)(end - from) * PRICE_OF_MISS;
		}
		if (probe_rows(f, keys, end, &work, err) < 0)
			return STEP_FAILED;
		coop_pay(coop, work + (int64_t)(f->pos - from) * PRICE_OF_PROBE + 1);
	}
	f->pos = 0;
	memset(f->differs, 0, f->look.n_rows);
	return STEP_DONE;
}

/* ---- the odd ones ---- */

/* Goes on with one search.  STEP_YIELD: no more than that it was long, or the map is full. */
static enum step search_odd(struct agg_finder *f, const struct column *keys, int64_t *work,
			    struct error *err)
{
	const struct agg_shape *shape = f->table->shape;
	uint64_t hash = f->hashes[f->pos];
	struct agg_partition *p = partition_of(f->table, hash);
	uint32_t row = sel_row(&f->look, f->pos);
	struct row_slot *slot;

	if (!f->is_searching)
		f->at = hash;
	f->is_searching = true;
	while (*work < STEP_WORK && (slot = row_map_walk(&p->map, hash, &f->at))) {
		if (!slot->row) {
			f->is_searching = false;
			if (row_map_is_full(&p->map)) {
				f->full = p;
				return STEP_YIELD;
			}
			f->found[f->pos] = add_group(f, keys, f->pos, slot, work, err);
			return f->found[f->pos] ? STEP_DONE : STEP_FAILED;
		}
		*work += PRICE_OF_MISS + agg_price_of_keys(keys, shape->n_keys, row);
		if (row_equals_columns(&shape->layout, slot->row, 0, shape->n_keys, keys, row)) {
			f->found[f->pos] = slot->row;
			f->is_searching = false;
			return STEP_DONE;
		}
		f->at++;
	}
	*work += ROW_MAP_WALK;
	return STEP_YIELD;
}

static enum step find_odd(struct agg_finder *f, const struct column *keys, struct coop *coop,
			  struct error *err)
{
	while (f->pos < f->look.n_rows) {
		enum step step;
		int64_t work = 0;

		if (f->found[f->pos] && !f->differs[f->pos]) {
			f->pos++;
			continue;
		}
		step = make_room(f, coop, err);
		if (step != STEP_DONE)
			return step;
		if (!coop_go(coop))
			return STEP_YIELD;
		step = search_odd(f, keys, &work, err);
		coop_pay(coop, work);
		if (step == STEP_FAILED)
			return STEP_FAILED;
		f->pos += step == STEP_DONE;
	}
	f->pos = 0;
	return STEP_DONE;
}

/* ---- all of it ---- */

static void hand_out(struct agg_finder *f, void **groups)
{
	for (uint32_t i = 0; i < f->look.n_rows; i++)
		groups[sel_row(&f->look, i)] = f->found[i];
	if (!f->has_codes)
		return;
	for (uint32_t i = 0; i < f->look.n_rows; i++)
		f->codes.groups[f->codes.index[f->look.rows[i]]] = f->found[i];
}

static void find_all_at_once(struct agg_finder *f, const struct sel *sel, void **groups,
			     struct coop *coop)
{
	for (uint32_t i = 0; i < sel->n_rows; i++)
		groups[sel_row(sel, i)] = f->table->only;
	coop_pay(coop, sel->n_rows);
}

static int find_begin(struct agg_finder *f, const struct column *keys, const struct sel *sel,
		      struct error *err)
{
	uint32_t n_keys = f->table->shape->n_keys, n_codes = n_codes_of(keys, n_keys);

	for (uint32_t i = 0; i < n_keys; i++)
		f->has_nulls |= keys[i].validity != NULL;
	f->has_codes = n_codes > 0;
	f->look = *sel;
	f->phase = f->has_codes ? FIND_CODES : FIND_HASH;
	return f->has_codes ? codes_begin(f, keys, n_codes, err) : 0;
}

static enum step find_phase(struct agg_finder *f, const struct column *keys, const struct sel *sel,
			    void **groups, struct coop *coop, struct error *err)
{
	const struct agg_shape *shape = f->table->shape;
	enum step step = STEP_DONE;

	switch (f->phase) {
	case FIND_BEGIN:
		return find_begin(f, keys, sel, err) < 0 ? STEP_FAILED : STEP_DONE;
	case FIND_CODES:
		step = codes_clear(&f->codes, coop);
		if (step == STEP_DONE)
			codes_look_up(f, keys, sel, groups, coop);
		break;
	case FIND_HASH:
		step = row_hash_columns(&f->cursor, keys, shape->n_keys, &f->look, f->hashes, coop);
		break;
	case FIND_PROBE:
		step = probe(f, keys, coop, err);
		break;
	case FIND_MATCH:
		step = row_match_columns(&f->cursor,
					 &(struct row_match){ .layout = &shape->layout,
							      .rows = f->found,
							      .fields = shape->fields,
							      .cols = keys,
							      .n = shape->n_keys,
							      .sel = &f->look,
							      .has_nulls = f->has_nulls },
					 f->differs, coop);
		break;
	case FIND_ODD:
		return find_odd(f, keys, coop, err);
	}
	f->phase += step == STEP_DONE;
	return step;
}

enum step agg_find(struct agg_finder *f, const struct column *keys, const struct sel *sel,
		   void **groups, struct coop *coop, struct error *err)
{
	bool is_last;

	if (f->table->only) {
		find_all_at_once(f, sel, groups, coop);
		return STEP_DONE;
	}
	do {
		enum step step;

		is_last = f->phase == FIND_ODD;
		step = find_phase(f, keys, sel, groups, coop, err);
		if (step != STEP_DONE)
			return step;
		/* All known by their codes. */
		is_last |= f->phase != FIND_BEGIN && f->look.n_rows == 0;
	} while (!is_last);
	hand_out(f, groups);
	f->phase = FIND_BEGIN;
	return STEP_DONE;
}
