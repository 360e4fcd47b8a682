/* scope.c - see scope.h. */
#include "broker/plan/scope.h"

#include <string.h>

#include "broker/plan/plan.h"

int scope_add(struct plan_rewrite *r, struct scope *s, const struct scope_column *c)
{
	if (s->n_columns == s->capacity) {
		uint32_t capacity = MAX(s->capacity * 2, 16u);
		struct scope_column *more = arena_alloc(r->arena, sizeof(*more) * capacity, r->err);

		if (!more)
			return -1;
		if (s->n_columns > 0)
			memcpy(more, s->columns, sizeof(*more) * s->n_columns);
		s->columns = more;
		s->capacity = capacity;
	}
	s->columns[s->n_columns++] = *c;
	return 0;
}

bool scope_is_table(const struct scope_column *c, const struct str *parts, uint32_t n_parts)
{
	struct str database = c->database.len > 0 ? c->database : STR("default");

	if (!str_eq_nocase(c->table, parts[n_parts - 1]))
		return false;
	return n_parts < 2 || str_eq_nocase(database, parts[n_parts - 2]);
}

unsigned scope_find(const struct scope *s, uint32_t first, uint32_t end,
		    const struct ast_name *name, uint32_t *at, uint32_t *other)
{
	uint32_t n_table = name->n_parts - 1;
	struct str column = name->parts[n_table];
	unsigned n = 0;

	for (uint32_t i = first; i < end && n < 2; i++) {
		const struct scope_column *c = &s->columns[i];

		if (!str_eq_nocase(c->name, column))
			continue;
		if (n_table > 0 && !scope_is_table(c, name->parts, n_table))
			continue;
		*(n == 0 ? at : other) = i;
		n++;
	}
	return n;
}
