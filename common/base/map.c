/*
 * map.c - see map.h.
 *
 * Open addressing with linear probing, at most three quarters full.  A removal
 * shifts the entries behind it back, so there are no tombstones and a search
 * ends at the first empty slot.
 */
#include "common/base/map.h"
#include "common/base/assert.h"
#include "common/base/hash.h"
#include "common/base/mem.h"

#define SLOTS_MIN ((size_t)8)

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
}

static size_t home(const struct map *m, struct str key)
{
	return (size_t)hash_bytes(key.ptr, key.len) & (m->n_slots - 1);
}

/* The slot that holds key or, if there is none, the empty one where it belongs. */
static size_t probe(const struct map *m, struct str key)
{
	size_t i = home(m, key);

	while (m->slots[i].key.ptr != NULL && !str_eq(m->slots[i].key, key))
		i = (i + 1) & (m->n_slots - 1);
	return i;
}

static int grow(struct map *m)
{
	struct map bigger = { .n_slots = MAX(m->n_slots * 2, SLOTS_MIN) };
	struct map_entry *e;
	size_t pos = 0;

	bigger.slots = mem_calloc(bigger.n_slots, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return -1;
	while ((e = map_next(m, &pos)) != NULL)
		bigger.slots[probe(&bigger, e->key)] = *e;
	bigger.n_entries = m->n_entries;
	mem_free(m->slots);
	*m = bigger;
	return 0;
}

int map_put(struct map *m, struct str key, void *value)
{
	size_t i;

	ASSERT(key.ptr != NULL);
	if (m->n_entries + 1 > m->n_slots / 4 * 3 && grow(m) < 0)
		return -1;
	i = probe(m, key);
	if (m->slots[i].key.ptr == NULL) {
		m->slots[i].key = key;
		m->n_entries++;
	}
	m->slots[i].value = value;
	return 0;
}

void *map_find(const struct map *m, struct str key)
{
	return m->n_entries == 0 ? NULL : m->slots[probe(m, key)].value;
}

void *map_remove(struct map *m, struct str key)
{
	size_t mask = m->n_slots - 1, hole, i;
	void *value;

	if (m->n_entries == 0)
		return NULL;
	hole = probe(m, key);
	if (m->slots[hole].key.ptr == NULL)
		return NULL;
	value = m->slots[hole].value;
	/* An entry moves into the hole unless its home lies behind the hole. */
	for (i = (hole + 1) & mask; m->slots[i].key.ptr != NULL; i = (i + 1) & mask) {
		if (((i - home(m, m->slots[i].key)) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_entry){ 0 };
	m->n_entries--;
	return value;
}

struct map_entry *map_next(const struct map *m, size_t *pos)
{
	while (*pos < m->n_slots) {
		struct map_entry *e = &m->slots[(*pos)++];

		if (e->key.ptr != NULL)
			return e;
	}
	return NULL;
}

void map_fini(struct map *m)
{
	mem_free(m->slots);
	map_init(m);
}
