/*
 * column.c - the type table, string views, single values and the validator.
 */
#include "common/column/column.h"

const struct col_type_info col_types[COL_TYPE_COUNT] = {
#define COL_TYPE(name, pinot, lane, rank) [COL_##name] = { pinot, LANE_##lane, rank },
#include "common/column/types.def"
#undef COL_TYPE
};

const uint8_t lane_width[LANE_COUNT] = {
	[LANE_BOOL] = sizeof(uint8_t),
	[LANE_I64] = sizeof(int64_t),
	[LANE_F64] = sizeof(double),
	[LANE_STR] = sizeof(struct strv),
};

static const struct {
	const char *name;
	enum col_type type;
} type_names[] = {
	{ "INT", COL_INT },       { "INTEGER", COL_INT },     { "LONG", COL_LONG },
	{ "BIGINT", COL_LONG },   { "FLOAT", COL_FLOAT },     { "REAL", COL_FLOAT },
	{ "DOUBLE", COL_DOUBLE }, { "BOOLEAN", COL_BOOLEAN }, { "TIMESTAMP", COL_TIMESTAMP },
	{ "STRING", COL_STRING }, { "VARCHAR", COL_STRING },  { "CHAR", COL_STRING },
	{ "JSON", COL_JSON },     { "BYTES", COL_BYTES },     { "VARBINARY", COL_BYTES },
};

enum col_type col_type_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
		if (str_eq_nocase(name, str_of(type_names[i].name)))
			return type_names[i].type;
	}
	return COL_TYPE_COUNT;
}

/* The heads (length and first four bytes) are known to be equal. */
bool strv_eq_far(const struct strv *a, const struct strv *b)
{
	if (a->len <= STRV_INLINE_MAX)
		return memcmp(a->inlined, b->inlined, STRV_INLINE_MAX) == 0;
	return a->far.ptr == b->far.ptr || memcmp(a->far.ptr, b->far.ptr, a->len) == 0;
}

/* The first four bytes as a number that sorts like the text; a shorter text is padded with 0. */
static uint32_t strv_head(const struct strv *v)
{
	uint32_t head;

	memcpy(&head, v->inlined, sizeof(head));
	return __builtin_bswap32(head);
}

int strv_cmp(const struct strv *a, const struct strv *b)
{
	uint32_t head_a = strv_head(a), head_b = strv_head(b);

	if (head_a != head_b)
		return head_a < head_b ? -1 : 1;
	return str_cmp(strv_str(a), strv_str(b));
}

struct value col_value(const struct column *c, uint32_t row)
{
	struct value v = { .type = c->type, .is_null = !col_is_valid(c, row) };
	const void *at = col_at(c, row);

	ASSERT(at);
	if (v.is_null)
		return v;
	switch (col_lane_of(c->type)) {
	case LANE_BOOL:
		v.boolean = *(const uint8_t *)at != 0;
		break;
	case LANE_I64:
		v.i64 = *(const int64_t *)at;
		break;
	case LANE_F64:
		v.f64 = *(const double *)at;
		break;
	case LANE_STR:
		v.str = strv_str(at);
		break;
	case LANE_COUNT:
		break;
	}
	return v;
}

int value_cmp(const struct value *a, const struct value *b)
{
	ASSERT(col_lane_of(a->type) == col_lane_of(b->type));
	ASSERT(!a->is_null && !b->is_null);
	switch (col_lane_of(a->type)) {
	case LANE_BOOL:
		return a->boolean - b->boolean;
	case LANE_I64:
		return (a->i64 > b->i64) - (a->i64 < b->i64);
	case LANE_F64:
		return f64_cmp(a->f64, b->f64);
	case LANE_STR:
		return str_cmp(a->str, b->str);
	case LANE_COUNT:
		break;
	}
	return 0;
}

/* ---- batch_check ---- */

static void check_selection(const struct batch *b)
{
	ASSERT(b->n_rows <= BATCH_ROWS_MAX);
	ASSERT(b->sel.n_rows <= b->n_rows);
	if (!b->sel.rows)
		return;
	for (uint32_t i = 0; i < b->sel.n_rows; i++) {
		ASSERT(b->sel.rows[i] < b->n_rows);
		ASSERT(i == 0 || b->sel.rows[i - 1] < b->sel.rows[i]);
	}
}

/* Holds under a NULL as well: whoever copies a column copies its views. */
static void check_strv(const struct strv *v)
{
	if (v->len > STRV_INLINE_MAX) {
		ASSERT(v->far.ptr);
		ASSERT(memcmp(v->far.prefix, v->far.ptr, sizeof(v->far.prefix)) == 0);
		return;
	}
	for (uint32_t i = v->len; i < STRV_INLINE_MAX; i++)
		ASSERT(v->inlined[i] == 0);
}

/* What holds for a value that is there. */
static void check_value(enum col_type type, const void *at)
{
	ASSERT(type != COL_UNKNOWN);
	if (type == COL_BOOLEAN)
		ASSERT(*(const uint8_t *)at <= 1);
	if (type == COL_INT)
		ASSERT(*(const int64_t *)at == (int32_t)(*(const int64_t *)at));
	if (type == COL_FLOAT) {
		double v = *(const double *)at;

		ASSERT(v != v || v == (double)(float)v);
	}
}

static void check_form(const struct column *c)
{
	ASSERT(c->type < COL_TYPE_COUNT);
	ASSERT(c->form == COL_FLAT || c->form == COL_CONST || c->form == COL_DICT);
	ASSERT(c->values);
	if (c->form == COL_DICT) {
		ASSERT(c->dict && c->dict->values);
		ASSERT(c->dict->lane == col_lane_of(c->type));
	}
}

static void check_row(const struct column *c, uint32_t row)
{
	const void *at;

	if (c->form == COL_DICT)
		ASSERT(((const uint32_t *)c->values)[row] < c->dict->n_values);
	at = col_at(c, row);
	ASSERT(at);
	if (col_lane_of(c->type) == LANE_STR)
		check_strv(at);
	if (col_is_valid(c, row))
		check_value(c->type, at);
}

void batch_check(const struct batch *b)
{
	check_selection(b);
	ASSERT(b->n_cols == 0 || b->cols);
	if (b->sel.n_rows == 0)
		return;
	for (uint32_t col = 0; col < b->n_cols; col++) {
		check_form(&b->cols[col]);
		for (uint32_t i = 0; i < b->sel.n_rows; i++)
			check_row(&b->cols[col], sel_row(&b->sel, i));
	}
}
