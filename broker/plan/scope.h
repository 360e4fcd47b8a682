/*
 * scope.h - the columns that names can mean.
 *
 * Columns are numbered through over all inputs of a FROM clause in the order of
 * the text; bound expressions use these numbers.
 */
#ifndef BROKER_PLAN_SCOPE_H
#define BROKER_PLAN_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/sql/ast.h"
#include "common/column/column.h"

struct plan_rewrite;

struct scope_column {
	struct str database; /* in front of the table's name; may be empty */
	struct str table;    /* alias or table name; empty for an unnamed derived table */
	struct str name;     /* as declared, or the label */
	enum col_type type;
};

struct scope {
	struct scope_column *columns;
	uint32_t n_columns, capacity;
};

/** Appends a column. */
NODISCARD int scope_add(struct plan_rewrite *r, struct scope *s, const struct scope_column *c);

/** True when `t` or `db.t` in front of a column means this column's table. */
bool scope_is_table(const struct scope_column *c, const struct str *parts, uint32_t n_parts);

/**
 * Looks for [[db.]table.]column among columns [first, end).
 *
 * at     the first one found
 * other  the second one, when the name is ambiguous
 *
 * Returns how many there are: 0, 1, or 2 for more than one.
 */
unsigned scope_find(const struct scope *s, uint32_t first, uint32_t end,
		    const struct ast_name *name, uint32_t *at, uint32_t *other);

#endif
