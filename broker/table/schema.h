/*
 * schema.h - column types from a Pinot schema file (JSON).
 *
 * Read are schemaName, dimensionFieldSpecs, metricFieldSpecs and
 * dateTimeFieldSpecs, of these name, dataType and singleValueField.  What would
 * change the meaning of the data and is not supported (multi-value columns,
 * BIG_DECIMAL, MAP, ...) is an error; the rest is Pinot's business.
 */
#ifndef BROKER_TABLE_SCHEMA_H
#define BROKER_TABLE_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"
#include "common/column/column.h"

struct error;

struct schema_column {
	char *name;
	enum col_type type;
};

struct schema {
	struct schema_column *columns;
	uint32_t n_columns;
};

/** ERR_IMPORT, ERR_NOT_SUPPORTED, ERR_IO or ERR_JSON_PARSING; the message begins with the path. */
NODISCARD int schema_read(const char *path, struct schema *out, struct error *err);

/** Index of a column by name without case, or -1. */
int schema_find(const struct schema *s, struct str name);

void schema_fini(struct schema *s);

#endif
