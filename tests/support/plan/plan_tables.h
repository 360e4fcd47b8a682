/*
 * plan_tables.h - a catalog of tables without rows, to plan against.
 *
 *   hits            1,000,000 rows, a column of every type
 *   users              50,000 rows
 *   countries             200 rows
 *   shop.orders           100 rows, in a database
 *   slow                   10 rows, its scan does not pay
 *   system.numbers    endless
 *   system.processes        5 rows, exempt from admission
 */
#ifndef TESTS_SUPPORT_PLAN_PLAN_TABLES_H
#define TESTS_SUPPORT_PLAN_PLAN_TABLES_H

#include "broker/table/catalog.h"

#define PLAN_TABLES_DIR "/tmp/sluice-plan-XXXXXX"

/** Opens a catalog with them.  dir holds PLAN_TABLES_DIR and becomes the name of a new folder. */
NODISCARD int plan_tables_open(char *dir, struct catalog **out, struct error *err);

/** Closes it and removes the folder. */
void plan_tables_close(const char *dir, struct catalog **c);

/** References to all of them together: the catalog has one to each. */
uint32_t plan_tables_count_refs(void);

#endif
