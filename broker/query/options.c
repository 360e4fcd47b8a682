/* options.c - see options.h. */
#include "broker/query/options.h"

#include <stddef.h>

#include "common/base/error.h"
#include "common/base/num.h"

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

/* True when `name=` stands before `upto` in a list of options. */
static bool is_repeated(struct str all, const char *upto, struct str name)
{
	struct str rest = { all.ptr, (size_t)(upto - all.ptr) };

	while (rest.len > 0) {
		struct str part = str_trim(str_split(&rest, ';'));
		struct str key = str_split(&part, '=');

		if (key.len > 0 && str_eq(key, name))
			return true;
	}
	return false;
}

int query_options_parse(struct query_options *o, struct str text, struct error *err)
{
	struct str rest = text;

	while (rest.len > 0) {
		const char *begin = rest.ptr;
		struct str part = str_trim(str_split(&rest, ';'));
		struct str value = part, name;

		if (part.len == 0)
			continue;
		name = str_split(&value, '=');
		if (name.len == part.len || str_find(value, STR("="), 0) != SIZE_MAX)
			return error_set(err, ERR_SQL_PARSING,
					 "Chunk [" STR_FMT
					 "] of queryOptions is not a valid entry: "
					 "write name=value, separated by ;",
					 STR_ARG(part));
		if (is_repeated(text, begin, name))
			return error_set(err, ERR_SQL_PARSING,
					 "Duplicate key [" STR_FMT "] found in queryOptions",
					 STR_ARG(name));
		if (query_options_put(o, name, value, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_overridden(const struct ast_option *option)
{
	for (const struct ast_option *later = option->next; later; later = later->next) {
		if (str_eq_nocase(later->name, option->name))
			return true;
	}
	return false;
}

int query_options_from_stmt(struct query_options *o, const struct ast_stmt *stmt, struct error *err)
{
	for (const struct ast_option *option = stmt->options; option; option = option->next) {
		if (is_overridden(option))
			continue;
		if (query_options_put(o, option->name, option->value, err) < 0) {
			err->sql_offset = option->span.begin;
			return -1;
		}
	}
	return 0;
}
