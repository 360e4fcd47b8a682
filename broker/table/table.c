/*
 * table.c - what all tables have in common: counting, names, columns.
 */
#include "broker/table/table.h"

#include "broker/table/table_head.h"
#include "common/base/assert.h"
#include "common/base/error.h"

static size_t text_bytes(struct str name, const struct table_column *columns, uint32_t n_columns)
{
	size_t total = name.len;

	for (uint32_t i = 0; i < n_columns; i++)
		total += columns[i].name.len;
	return total;
}

static struct str put_text(char **to, struct str s)
{
	struct str copy = { *to, s.len };

	if (s.len > 0)
		memcpy(*to, s.ptr, s.len);
	*to += s.len;
	return copy;
}

int table_head_init(struct table *t, const struct table_class *class, struct str name,
		    const struct table_column *columns, uint32_t n_columns, struct error *err)
{
	size_t array_bytes = n_columns * sizeof(*columns);
	char *text;

	*t = (struct table){ .class = class, .n_columns = n_columns, .n_rows = -1 };
	atomic_init(&t->n_refs, 1);

	/* One block: the array, then the text of all names. */
	t->columns = mem_alloc(array_bytes + text_bytes(name, columns, n_columns) + 1);
	if (!t->columns)
		return error_oom(err);
	text = (char *)t->columns + array_bytes;
	t->name = put_text(&text, name);
	for (uint32_t i = 0; i < n_columns; i++) {
		t->columns[i] = columns[i];
		t->columns[i].name = put_text(&text, columns[i].name);
	}
	return 0;
}

void table_head_fini(struct table *t)
{
	mem_free(t->columns);
	t->columns = NULL;
	t->name = (struct str){ 0 };
	t->n_columns = 0;
}

void table_unref(struct table **tp)
{
	struct table *t = *tp;

	if (!t)
		return;
	*tp = NULL;
	/* Release our reads before the last holder, which acquires, frees. */
	uint32_t before = atomic_fetch_sub_explicit(&t->n_refs, 1, memory_order_acq_rel);

	ASSERT(before > 0);
	if (before == 1)
		t->class->destroy(t);
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (str_control_length((struct str){ s.ptr + i, s.len - i }) > 0)
			return true;
	return false;
}

const char *table_column_name_fault(struct str name)
{
	if (name.len == 0)
		return "has no name";
	if (name.len > TABLE_COLUMN_NAME_BYTES_MAX)
		return "has a name of more than 1024 bytes, which no query could write";
	return has_control(name) ? "has a control character in its name" : NULL;
}

int table_find_column(const struct table *t, struct str name)
{
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (str_eq_nocase(t->columns[i].name, name))
			return (int)i;
	return -1;
}

uint32_t *scan_spec_columns(const struct scan_spec *spec, struct mem_pool *pool, struct error *err)
{
	uint32_t *copy = mem_pool_alloc(pool, (spec->n_columns + 1) * sizeof(*copy), err);

	if (copy && spec->n_columns > 0)
		memcpy(copy, spec->columns, spec->n_columns * sizeof(*copy));
	return copy;
}
