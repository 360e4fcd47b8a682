/* plan_tables.c - see plan_tables.h. */
#include "tests/support/plan/plan_tables.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/error.h"

static void keep(struct table *t)
{
	(void)t; /* static */
}

static const struct table_class paying = { .destroy = keep, .is_cooperative = true };
static const struct table_class idle = { .destroy = keep };

#define COLUMN(name, type)                                   \
	{                                                    \
		{ name, sizeof(name) - 1 }, COL_##type, true \
	}

static struct table_column hits[] = {
	COLUMN("id", LONG),       COLUMN("country", STRING), COLUMN("city", STRING),
	COLUMN("amount", DOUBLE), COLUMN("clicks", INT),     COLUMN("ts", TIMESTAMP),
	COLUMN("ok", BOOLEAN),    COLUMN("price", FLOAT),    COLUMN("doc", JSON),
	COLUMN("raw", BYTES),
};
static struct table_column users[] = {
	COLUMN("id", LONG),
	COLUMN("userName", STRING),
	COLUMN("country", STRING),
	COLUMN("age", INT),
};
static struct table_column countries[] = {
	COLUMN("code", STRING),
	COLUMN("name", STRING),
	COLUMN("population", LONG),
};
static struct table_column orders[] = { COLUMN("user_id", LONG), COLUMN("total", DOUBLE) };
static struct table_column slow[] = { COLUMN("v", LONG), COLUMN("w", LONG) };
static struct table_column processes[] = { COLUMN("query_id", STRING) };
static struct table_column numbers[] = { COLUMN("number", LONG) };

#define TABLE(text, cols, rows, cls, exempt)                                          \
	{                                                                             \
		.class = &(cls), .name = { text, sizeof(text) - 1 }, .columns = cols, \
		.n_columns = ARRAY_SIZE(cols), .n_rows = rows, .is_exempt = exempt,   \
	}

static struct table tables[] = {
	TABLE("hits", hits, 1000000, paying, false),
	TABLE("users", users, 50000, paying, false),
	TABLE("countries", countries, 200, paying, false),
	TABLE("shop.orders", orders, 100, paying, false),
	TABLE("slow", slow, 10, idle, false),
	TABLE("system.numbers", numbers, -1, paying, false),
	TABLE("system.processes", processes, 5, paying, true),
};

int plan_tables_open(char *dir, struct catalog **out, struct error *err)
{
	if (!mkdtemp(dir))
		return error_set(err, ERR_IO, "cannot make %s: %s", dir, strerrordesc_np(errno));
	if (catalog_open(dir, out, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		atomic_store(&tables[i].n_refs, 1);
		if (catalog_register(*out, &tables[i], err) < 0)
			return -1;
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void plan_tables_close(const char *dir, struct catalog **c)
{
	catalog_close(c);
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

uint32_t plan_tables_count_refs(void)
{
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		n += atomic_load(&tables[i].n_refs);
	return n;
}
