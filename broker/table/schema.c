/*
 * schema.c - see schema.h.
 */
#include "broker/table/schema.h"

#include <errno.h>
#include <stdio.h>

#include "broker/table/table.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/json/json.h"

#define SCHEMA_BYTES_MAX ((size_t)16 << 20)

static int read_file(const char *path, struct strbuf *out, struct error *err)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	if (!f)
		return error_set(err, ERR_IO, "cannot open %s: %s", path, strerrordesc_np(errno));
	while (n > 0 && out->len <= SCHEMA_BYTES_MAX && strbuf_reserve(out, 65536) == 0) {
		n = fread(out->ptr + out->len, 1, 65536, f);
		out->len += n;
	}
	if (ferror(f)) {
		(void)fclose(f);
		return error_set(err, ERR_IO, "cannot read %s", path);
	}
	(void)fclose(f);
	if (!strbuf_ok(out))
		return error_oom(err);
	if (out->len > SCHEMA_BYTES_MAX)
		return error_set(err, ERR_IMPORT, "%s is longer than 16 MiB: not a schema", path);
	return 0;
}

/* The types that a column may have, and why not the others. */
static int find_type(struct str name, struct str column, enum col_type *out, struct error *err)
{
	static const enum col_type types[] = { COL_BOOLEAN, COL_INT,    COL_LONG,
					       COL_FLOAT,   COL_DOUBLE, COL_STRING,
					       COL_JSON,    COL_BYTES,  COL_TIMESTAMP };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (str_eq_nocase(name, str_of(col_types[types[i]].name))) {
			*out = types[i];
			return 0;
		}
	}
	return error_set(err, ERR_NOT_SUPPORTED,
			 "column " STR_FMT ": dataType " STR_FMT " is not supported; supported are "
			 "BOOLEAN, INT, LONG, FLOAT, DOUBLE, TIMESTAMP, STRING, JSON and BYTES",
			 STR_ARG(column), STR_ARG(name));
}

static int add_column(struct schema *s, struct str name, enum col_type type, struct error *err)
{
	struct schema_column *columns =
		mem_realloc(s->columns, (s->n_columns + 1) * sizeof(*columns));
	char *copy;

	if (!columns)
		return error_oom(err);
	s->columns = columns;
	copy = mem_strndup(name.ptr, name.len);
	if (!copy)
		return error_oom(err);
	columns[s->n_columns++] = (struct schema_column){ copy, type };
	return 0;
}

static int read_field(struct schema *s, const char *list, size_t index, const struct json *field,
		      struct error *err)
{
	struct str name, type_name;
	enum col_type type = COL_UNKNOWN;
	const char *fault;
	bool is_single;

	if (!json_get_string(json_member(field, "name"), &name))
		name = (struct str){ 0 };
	fault = table_column_name_fault(name);
	if (fault)
		return error_set(err, ERR_IMPORT, "%s[%zu] %s", list, index, fault);
	if (!json_get_string(json_member(field, "dataType"), &type_name))
		return error_set(err, ERR_IMPORT, "column " STR_FMT " has no dataType",
				 STR_ARG(name));
	if (json_get_bool(json_member(field, "singleValueField"), &is_single) && !is_single)
		return error_set(err, ERR_NOT_SUPPORTED,
				 "column " STR_FMT ": multi-value columns (singleValueField: "
				 "false) are not supported yet",
				 STR_ARG(name));
	if (schema_find(s, name) >= 0)
		return error_set(err, ERR_IMPORT, "column " STR_FMT " is there twice",
				 STR_ARG(name));
	if (find_type(type_name, name, &type, err) < 0)
		return -1;
	return add_column(s, name, type, err);
}

static int read_list(struct schema *s, const struct json *doc, const char *list, struct error *err)
{
	const struct json *fields = json_member(doc, list);

	if (!fields || json_is_null(fields))
		return 0;
	if (!json_is_array(fields))
		return error_set(err, ERR_IMPORT, "%s is not an array", list);
	for (size_t i = 0; i < json_array_length(fields); i++) {
		const struct json *field = json_array_item(fields, i);

		if (!json_is_object(field))
			return error_set(err, ERR_IMPORT, "%s[%zu] is not an object", list, i);
		if (read_field(s, list, i, field, err) < 0)
			return -1;
	}
	return 0;
}

static int read_document(struct schema *s, const struct json *doc, struct error *err)
{
	static const char *const lists[] = { "dimensionFieldSpecs", "metricFieldSpecs",
					     "dateTimeFieldSpecs" };
	static const char *const unsupported[] = { "complexFieldSpecs", "timeFieldSpec" };

	if (!json_is_object(doc))
		return error_set(err, ERR_IMPORT, "a schema is a JSON object");
	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++) {
		const struct json *member = json_member(doc, unsupported[i]);

		if (json_is_object(member) || json_array_length(member) > 0)
			return error_set(err, ERR_NOT_SUPPORTED, "%s is not supported",
					 unsupported[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (read_list(s, doc, lists[i], err) < 0)
			return -1;
	if (s->n_columns == 0)
		return error_set(err, ERR_IMPORT, "the schema has no columns");
	return 0;
}

int schema_read(const char *path, struct schema *out, struct error *err)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct schema s = { 0 };
	struct json *doc;
	int result = -1;

	if (read_file(path, &text, err) < 0)
		return -1;
	doc = json_parse(strbuf_str(&text), err);
	if (doc)
		result = read_document(&s, doc, err);
	json_free(&doc);
	if (result < 0) {
		schema_fini(&s);
		return error_prefix(err, "%s", path);
	}
	*out = s;
	return 0;
}

int schema_find(const struct schema *s, struct str name)
{
	for (uint32_t i = 0; i < s->n_columns; i++)
		if (str_eq_nocase(str_of(s->columns[i].name), name))
			return (int)i;
	return -1;
}

void schema_fini(struct schema *s)
{
	for (uint32_t i = 0; i < s->n_columns; i++)
		mem_free(s->columns[i].name);
	mem_free(s->columns);
	*s = (struct schema){ 0 };
}
