/*
 * map.h - hash map from text to pointer, for registries and name look-ups.
 *
 * Keys are borrowed: they must outlive their entry.  Not for rows.
 */
#ifndef COMMON_BASE_MAP_H
#define COMMON_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

struct map_entry {
	struct str key; /* .ptr NULL: empty slot */
	void *value;
};

struct map {
	struct map_entry *slots;
	size_t n_slots, n_entries; /* n_slots is 0 or a power of two */
};

void map_init(struct map *m);

/** 0, or -1 when out of memory.  An existing key's value is replaced. */
NODISCARD int map_put(struct map *m, struct str key, void *value);

/** Borrowed value or NULL. */
void *map_find(const struct map *m, struct str key);

/** The removed value or NULL. */
void *map_remove(struct map *m, struct str key);

/** The next used entry at or after *pos, which moves on; NULL at the end.  No removals meanwhile. */
struct map_entry *map_next(const struct map *m, size_t *pos);

void map_fini(struct map *m);

#endif
