/* options.c - see options.h. */
#include "broker/query/options.h"

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/map.h"
#include "common/base/num.h"

/* About what an option costs: its name is compared with all rows. */
#define OPTION_UNITS 200

enum option_type { TYPE_LONG, TYPE_BOOL, TYPE_STRING };

static const struct option_row {
	const char *name;
	enum option_type type;
	int64_t min;
	size_t offset;
} rows[] = {
#define OPTION(member, name, type, min, doc) \
	{ name, TYPE_##type, min, offsetof(struct query_options, member) },
#include "broker/query/options.def"
#undef OPTION
};

/* false: the value is not of the option's type. */
static bool store_value(struct query_options *o, const struct option_row *row, struct str value)
{
	char *member = (char *)o + row->offset;

	switch (row->type) {
	case TYPE_LONG: {
		int64_t v;

		if (!num_parse_i64(value, &v) || v < row->min)
			return false;
		*(int64_t *)(void *)member = v;
		return true;
	}
	case TYPE_BOOL: /* anything but "true" is false, as in Java */
		*(bool *)member = str_eq_nocase(value, STR("true"));
		return true;
	case TYPE_STRING:
		*(struct str *)(void *)member = value;
		return true;
	}
	return false;
}

int query_options_put(struct query_options *o, struct str name, struct str value, struct error *err)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *row = &rows[i];

		if (!str_eq_nocase(name, str_of(row->name)) || (o->is_set >> i & 1))
			continue;
		if (!store_value(o, row, value))
			return error_set(
				err, ERR_QUERY_VALIDATION,
				"%s must be a number between %lld and 2^63-1, got: " STR_FMT,
				row->name, (long long)row->min, STR_ARG(value));
		o->is_set |= 1u << i;
	}
	return 0;
}

/* ---- the JSON body's text ---- */

static int put_part(struct query_options *o, struct str part, struct map *names,
		    uint32_t max_entries, struct error *err)
{
	struct str value = part, name = str_split(&value, '=');

	if (name.len == part.len || str_find(value, STR("="), 0) != SIZE_MAX)
		return error_set(err, ERR_SQL_PARSING,
				 "Chunk [" STR_FMT "] of queryOptions is not a valid entry: "
				 "write name=value, separated by ;",
				 STR_ARG(part));
	if (names->n_entries == max_entries)
		return error_set(err, ERR_SQL_PARSING,
				 "queryOptions has more than %u entries (sluice.query.max.options)",
				 max_entries);
	if (map_find(names, name))
		return error_set(err, ERR_SQL_PARSING,
				 "Duplicate key [" STR_FMT "] found in queryOptions",
				 STR_ARG(name));
	if (map_put(names, name, o) < 0)
		return error_oom(err);
	return query_options_put(o, name, value, err);
}

int query_options_parse(struct query_options *o, struct str text, uint32_t max_entries,
			struct coop *coop, struct error *err)
{
	struct map names CLEANUP(map_fini) = { 0 };
	struct str rest = text;

	while (rest.len > 0) {
		struct str part = str_split(&rest, ';');

		coop_pay(coop, OPTION_UNITS + COOP_BYTES(part.len));
		part = str_trim(part);
		if (part.len > 0 && put_part(o, part, &names, max_entries, err) < 0)
			return -1;
		if (coop_point(coop, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- SET and OPTION ---- */

static int row_of(struct str name)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (str_eq_nocase(name, str_of(rows[i].name)))
			return i;
	}
	return -1;
}

int query_options_from_stmt(struct query_options *o, const struct ast_stmt *stmt, struct coop *coop,
			    struct error *err)
{
	const struct ast_option *last[OPTION_COUNT] = { 0 };

	for (const struct ast_option *option = stmt->options; option; option = option->next) {
		int row = row_of(option->name);

		if (row >= 0)
			last[row] = option;
		coop_pay(coop, OPTION_UNITS);
		if (coop_point(coop, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (last[i] && query_options_put(o, last[i]->name, last[i]->value, err) < 0) {
			err->sql_offset = last[i]->span.begin;
			return -1;
		}
	}
	return 0;
}
