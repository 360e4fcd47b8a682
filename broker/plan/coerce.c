/*
 * coerce.c - bringing values to the type that is wanted.
 *
 * Strings never turn into numbers by themselves, with one exception: a literal.
 * In `time > '2024-01-01'` the text is a way of writing a TIMESTAMP, and whether
 * it is one is known now and not at run time.
 */
#include "broker/plan/bind.h"
#include "broker/plan/fold.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"
#include "common/column/format.h"

int bind_folded(struct binder *b, struct plan_expr *call, struct plan_expr **out)
{
	struct value v;
	bool is_folded;

	if (plan_fold_call(&b->r, call, &v, &is_folded) < 0)
		return -1;
	*out = is_folded ? plan_expr_const(&b->r, &v, call->sql_offset) : call;
	return *out ? 0 : -1;
}

static const char *type_name(enum col_type type)
{
	return type == COL_UNKNOWN ? "NULL" : col_types[type].name;
}

int bind_cast(struct binder *b, struct plan_expr *e, enum col_type to, struct plan_expr **out)
{
	const struct func_def *def = func_find_cast(e->type, to);
	struct plan_expr *call;

	if (e->type == to) {
		*out = e;
		return 0;
	}
	if (plan_expr_is_const(e) && e->constant.is_null) {
		*out = plan_expr_null(&b->r, to, e->sql_offset);
		return *out ? 0 : -1;
	}
	if (!def)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->sql_offset,
				    "a value of type %s cannot be cast to %s", type_name(e->type),
				    type_name(to));
	if (func_cast_is_free(e->type, to)) {
		*out = plan_expr_renamed(&b->r, e, to);
		return *out ? 0 : -1;
	}
	call = plan_expr_new(&b->r, EXPR_CALL, to, e->sql_offset, 1);
	if (!call)
		return -1;
	call->def = def;
	call->args[0] = e;
	return bind_folded(b, call, out);
}

static bool is_text(const struct plan_expr *e)
{
	return plan_expr_is_const(e) && e->type == COL_STRING && !e->constant.is_null;
}

/* A text next to values of type `to`. */
static int read_text(struct binder *b, struct plan_expr *e, enum col_type to,
		     struct plan_expr **out)
{
	struct str s = e->constant.str;
	struct value v;
	bool is_read;

	if (to == COL_BYTES) {
		if (bind_cast(b, e, to, out) < 0)
			return -1;
		is_read = plan_expr_is_const(*out);
	} else {
		is_read = value_parse(s, to, &v);
		*out = is_read ? plan_expr_const(&b->r, &v, e->sql_offset) : e;
	}
	if (is_read)
		return *out ? 0 : -1;
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->sql_offset,
			    "'" STR_FMT "%s' is not a %s",
			    STR_ARG(((struct str){ s.ptr, str_utf8_cut(s, 64) })),
			    s.len > 64 ? "..." : "", type_name(to));
}

/* Integers are written in any width: `int_column = '3000000000'` is false and no error. */
static enum col_type type_to_read(enum col_type common)
{
	return common == COL_INT ? COL_LONG : common;
}

static bool is_read_from_text(enum col_type type)
{
	return type != COL_UNKNOWN && type != COL_STRING && type != COL_JSON;
}

/* The common type; texts do not count when there is anything else. */
static int find_common(struct binder *b, struct plan_expr **list, uint32_t n, uint32_t offset,
		       const char *what, enum col_type *out)
{
	enum col_type common = COL_UNKNOWN, next;
	bool has_text = false;

	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(&b->r) < 0)
			return -1;
		if (is_text(list[i])) {
			has_text = true;
			continue;
		}
		next = func_common_type(common, list[i]->type);
		if (next == COL_TYPE_COUNT)
			return error_set_at(b->r.err, ERR_QUERY_VALIDATION, offset,
					    "%s mixes %s and %s; use CAST", what, type_name(common),
					    type_name(list[i]->type));
		common = next;
	}
	if (has_text && !is_read_from_text(common))
		common = COL_STRING;
	*out = common;
	return 0;
}

int bind_common(struct binder *b, struct plan_expr **list, uint32_t n, uint32_t offset,
		const char *what)
{
	enum col_type common = COL_UNKNOWN, text;

	if (find_common(b, list, n, offset, what, &common) < 0)
		return -1;
	text = type_to_read(common);
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(&b->r) < 0)
			return -1;
		if (!is_text(list[i]) || !is_read_from_text(common))
			continue;
		if (read_text(b, list[i], text, &list[i]) < 0)
			return -1;
		/* Stays as narrow as the others when it can. */
		if (list[i]->type == COL_LONG && common == COL_INT &&
		    list[i]->constant.i64 == (int32_t)list[i]->constant.i64)
			list[i] = plan_expr_renamed(&b->r, list[i], COL_INT);
		if (!list[i])
			return -1;
		common = func_common_type(common, list[i]->type);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (plan_step(&b->r) < 0 || bind_cast(b, list[i], common, &list[i]) < 0)
			return -1;
	}
	return 0;
}
