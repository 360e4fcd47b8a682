/*
 * info.c - struct store_info, and a result's columns as bytes.
 *
 * A column is two texts, its type's name and its own, each behind a length of
 * four bytes.  Types go by name, so that a new row in types.def changes nothing
 * about what is stored.
 */
#include "broker/store/store_priv.h"

void store_info_fini(struct store_info *info)
{
	for (uint32_t i = 0; info->names && i < info->n_columns; i++)
		mem_free(info->names[i]);
	mem_free(info->names);
	mem_free(info->types);
	mem_free(info->request_id);
	mem_free(info->broker_id);
	mem_free(info->metadata);
	*info = (struct store_info){ 0 };
}

static void put_text(struct strbuf *out, struct str s)
{
	uint32_t len = (uint32_t)s.len;

	strbuf_add(out, (const char *)&len, sizeof(len));
	strbuf_add_str(out, s);
}

void store_columns_encode(const struct store_info *info, struct strbuf *out)
{
	for (uint32_t i = 0; i < info->n_columns; i++) {
		put_text(out, str_of(col_types[info->types[i]].name));
		put_text(out, str_of(info->names[i]));
	}
}

static bool take_text(struct str *rest, struct str *out)
{
	uint32_t len;

	if (rest->len < sizeof(len))
		return false;
	memcpy(&len, rest->ptr, sizeof(len));
	if (rest->len - sizeof(len) < len)
		return false;
	*out = (struct str){ rest->ptr + sizeof(len), len };
	rest->ptr += sizeof(len) + len;
	rest->len -= sizeof(len) + len;
	return true;
}

static int damaged(struct error *err)
{
	return error_set(err, ERR_IO, "response store: a response's columns are damaged");
}

/* By the exact name: col_type_find() also knows other spellings, and not every type. */
static enum col_type find_type(struct str name)
{
	for (int i = 0; i < COL_TYPE_COUNT; i++) {
		if (str_eq(name, str_of(col_types[i].name)))
			return (enum col_type)i;
	}
	return COL_TYPE_COUNT;
}

static int count_columns(struct str bytes, uint32_t *n, struct error *err)
{
	struct str type, name;

	for (*n = 0; bytes.len > 0; ++*n) {
		if (!take_text(&bytes, &type) || !take_text(&bytes, &name) ||
		    find_type(type) == COL_TYPE_COUNT)
			return damaged(err);
	}
	return 0;
}

int store_columns_decode(struct str bytes, struct store_info *info, struct error *err)
{
	uint32_t n;
	struct str type, name;

	if (count_columns(bytes, &n, err) < 0)
		return -1;
	info->names = mem_calloc(MAX(n, 1u), sizeof(*info->names));
	info->types = mem_calloc(MAX(n, 1u), sizeof(*info->types));
	if (!info->names || !info->types)
		return error_oom(err);
	for (; info->n_columns < n; info->n_columns++) {
		if (!take_text(&bytes, &type) || !take_text(&bytes, &name))
			return damaged(err);
		info->types[info->n_columns] = find_type(type);
		info->names[info->n_columns] = mem_strndup(name.ptr, name.len);
		if (!info->names[info->n_columns])
			return error_oom(err);
	}
	return 0;
}
