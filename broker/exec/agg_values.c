/*
 * agg_values.c - which values a group of a DISTINCT aggregate has seen.
 *
 * A map per partition and aggregate, of (group, value).  The place in the map
 * follows from the value's hash and the group's address.
 */
#include <string.h>

#include "broker/exec/agg_table.h"
#include "common/base/hash.h"

/* Units in one step. */
#define STEP_WORK 16384

#define PRICE_OF_PROBE 8
#define PRICE_OF_MISS  40

static uint32_t home_of(const struct agg_shape *shape, const char *group)
{
	uint32_t part;

	memcpy(&part, group + shape->home, sizeof(part));
	return part;
}

/* The value that is being looked for. */
struct sought {
	const struct agg_call *call;
	struct agg_values *values;
	const struct column *column;
	uint32_t row;
	void *group;
	uint64_t value_hash, hash;
};

static struct sought sought_of(const struct agg_value_finder *f, const struct agg_table *t,
			       const struct agg_value_input *in)
{
	uint32_t row = sel_row(in->sel, f->pos);
	void *group = in->groups[row];

	return (struct sought){
		.call = &t->shape->calls[in->call],
		.values = &t->parts[home_of(t->shape, group)].values[in->call],
		.column = in->values,
		.row = row,
		.group = group,
		.value_hash = in->hashes[f->pos],
		.hash = hash_combine(in->hashes[f->pos], (uintptr_t)group),
	};
}

/* The value's slot, or a free one for it; NULL: go on, the search is long. */
static struct row_slot *search(struct agg_value_finder *f, const struct sought *v, int64_t *work)
{
	struct row_slot *slot;

	if (!f->is_searching)
		f->at = v->hash;
	f->is_searching = true;
	while (*work < STEP_WORK && (slot = row_map_walk(&v->values->map, v->hash, &f->at))) {
		if (!slot->row)
			return slot;
		*work += PRICE_OF_MISS + agg_price_of_keys(v->column, 1, v->row);
		if (*agg_value_group(v->call, slot->row) == v->group &&
		    row_equals_columns(&v->call->distinct, slot->row, 0, 1, v->column, v->row))
			return slot;
		f->at++;
	}
	*work += ROW_MAP_WALK;
	return NULL;
}

static int add(const struct sought *v, struct row_slot *slot, int64_t *work, struct error *err)
{
	struct row_store *rows = &v->values->rows;
	size_t text_before = rows->text.total_bytes;
	void *row = row_store_new_row(rows, err);

	if (!row || row_store_set(rows, row, v->column, v->row, err) < 0)
		return -1;
	*agg_value_group(v->call, row) = v->group;
	memcpy(row_link(row), &v->value_hash, sizeof(v->value_hash));
	row_map_put(&v->values->map, slot, v->hash, row);
	*work += agg_price_of_row(rows, text_before, agg_price_of_keys(v->column, 1, v->row));
	return 0;
}

/* One value.  STEP_YIELD: the search is long, or the map is full. */
static enum step find(struct agg_value_finder *f, const struct sought *v, bool *is_new,
		      int64_t *work, struct error *err)
{
	struct row_slot *slot = search(f, v, work);

	if (!slot)
		return STEP_YIELD;
	f->is_searching = false;
	*is_new = !slot->row;
	if (slot->row)
		return STEP_DONE;
	if (row_map_is_full(&v->values->map)) {
		f->growing = &v->values->map;
		return STEP_YIELD;
	}
	return add(v, slot, work, err) < 0 ? STEP_FAILED : STEP_DONE;
}

static enum step grow(struct agg_value_finder *f, struct coop *coop, struct error *err)
{
	enum step step;

	if (!f->growing)
		return STEP_DONE;
	step = row_map_grow(f->growing, coop, err);
	if (step == STEP_DONE)
		f->growing = NULL;
	return step;
}

enum step agg_find_values(struct agg_value_finder *f, struct agg_table *table,
			  const struct agg_value_input *in, uint16_t *rows, uint32_t *n,
			  struct coop *coop, struct error *err)
{
	while (f->pos < in->sel->n_rows) {
		enum step step = grow(f, coop, err);
		int64_t work = 0;

		if (step != STEP_DONE)
			return step;
		if (!coop_go(coop))
			return STEP_YIELD;
		while (f->pos < in->sel->n_rows && work < STEP_WORK && step == STEP_DONE) {
			struct sought v = sought_of(f, table, in);
			bool is_new = false;

			step = find(f, &v, &is_new, &work, err);
			work += PRICE_OF_PROBE;
			f->pos += step == STEP_DONE;
			if (is_new && step == STEP_DONE)
				rows[(*n)++] = (uint16_t)v.row;
		}
		coop_pay(coop, work);
		if (step == STEP_FAILED)
			return STEP_FAILED;
	}
	*f = (struct agg_value_finder){ 0 };
	return STEP_DONE;
}
