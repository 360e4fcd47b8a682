/*
 * broken_table.c - see broken_table.h.
 *
 * Names and columns bind as those of any table, so that a query gets the reason
 * and not a guess at another name.  The first step of a scan fails with it.
 */
#include "broker/table/broken_table.h"

#include "broker/table/table_head.h"
#include "common/base/error.h"

struct broken_table {
	struct table base;
	char *reason;
	char **files; /* paths */
	uint32_t n_files;
};

static int broken_scan_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			     struct scan_shared **out, struct error *err)
{
	(void)spec;
	(void)pool;
	(void)out;
	return error_set(err, ERR_SEGMENT_DAMAGED, "%s; " BROKEN_TABLE_ADVICE,
			 broken_table_reason(t));
}

static void broken_destroy(struct table *t)
{
	struct broken_table *broken = CONTAINER_OF(t, struct broken_table, base);

	for (uint32_t i = 0; i < broken->n_files; i++)
		mem_free(broken->files[i]);
	mem_free(broken->files);
	mem_free(broken->reason);
	table_head_fini(t);
	mem_free(broken);
}

/* No scan starts, so none is opened or asked. */
static const struct table_class broken_class = {
	.scan_start = broken_scan_start,
	.destroy = broken_destroy,
	.is_cooperative = true,
};

struct table *broken_table_new(struct str name, const struct table_column *columns,
			       uint32_t n_columns, const char *reason, struct error *err)
{
	struct broken_table *t = mem_calloc(1, sizeof(*t));
	char *copy = mem_strndup(reason, strlen(reason));

	if (!t || !copy)
		error_oom(err);
	if (!t || !copy ||
	    table_head_init(&t->base, &broken_class, name, columns, n_columns, err) < 0) {
		mem_free(copy);
		mem_free(t);
		return NULL;
	}
	t->reason = copy;
	return &t->base;
}

int broken_table_add_file(struct table *t, char *path, struct error *err)
{
	struct broken_table *broken = CONTAINER_OF(t, struct broken_table, base);
	char **files = mem_realloc(broken->files, (broken->n_files + 1) * sizeof(*files));

	if (!files) {
		mem_free(path);
		return error_oom(err);
	}
	broken->files = files;
	files[broken->n_files++] = path;
	return 0;
}

const char *broken_table_reason(const struct table *t)
{
	const struct broken_table *broken = (const void *)t; /* base comes first */

	return t->class == &broken_class ? broken->reason : NULL;
}

const char *broken_table_file(const struct table *t, uint32_t i)
{
	const struct broken_table *broken = (const void *)t; /* base comes first */

	return t->class == &broken_class && i < broken->n_files ? broken->files[i] : NULL;
}
