/*
 * agg.c - finding the aggregate for a name and an argument type.
 */
#include "broker/func/agg.h"

#include "broker/func/agg_priv.h"
#include "common/base/error.h"
#include "common/base/strbuf.h"

static const struct agg_def *const families[] = { agg_sums, agg_extremes, agg_moments };

/* What an argument of each parameter type may be, and what it is cast to; best first. */
static const struct {
	enum func_type param;
	enum col_type from, to;
} fits[] = {
	{ FT_LONG, COL_INT, COL_INT },
	{ FT_LONG, COL_LONG, COL_LONG },
	{ FT_DOUBLE, COL_FLOAT, COL_FLOAT },
	{ FT_DOUBLE, COL_DOUBLE, COL_DOUBLE },
	{ FT_BOOL, COL_BOOLEAN, COL_BOOLEAN },
	{ FT_TIMESTAMP, COL_TIMESTAMP, COL_TIMESTAMP },
	{ FT_STRING, COL_STRING, COL_STRING },
	{ FT_STRING, COL_BYTES, COL_BYTES },
	{ FT_STRING, COL_JSON, COL_STRING },
	{ FT_LONG, COL_UNKNOWN, COL_LONG },
	{ FT_LONG, COL_TIMESTAMP, COL_LONG },
	{ FT_DOUBLE, COL_INT, COL_DOUBLE },
	{ FT_DOUBLE, COL_LONG, COL_DOUBLE },
	{ FT_DOUBLE, COL_UNKNOWN, COL_DOUBLE },
	{ FT_DOUBLE, COL_TIMESTAMP, COL_DOUBLE },
	{ FT_BOOL, COL_UNKNOWN, COL_BOOLEAN },
	{ FT_STRING, COL_UNKNOWN, COL_STRING },
};

/* Names that mean an aggregate over the distinct values.  Those that stand for sketches in Pinot
 * are exact here, which is within what a sketch promises. */
static const struct {
	const char *name, *inner;
} distinct_names[] = {
	{ "distinctcount", "count" },
	{ "distinctsum", "sum" },
	{ "distinctavg", "avg" },
	{ "distinctcountoffheap", "count" },
	{ "distinctcountbitmap", "count" },
	{ "segmentpartitioneddistinctcount", "count" },
	{ "distinctcounthll", "count" },
	{ "distinctcounthllplus", "count" },
	{ "distinctcountsmarthll", "count" },
	{ "distinctcountsmarthllplus", "count" },
	{ "distinctcountull", "count" },
	{ "distinctcountsmartull", "count" },
	{ "distinctcountthetasketch", "count" },
	{ "distinctcountcpcsketch", "count" },
};

/* ---- result types ---- */

enum col_type agg_gives_long(enum col_type arg, enum dialect dialect)
{
	(void)arg, (void)dialect;
	return COL_LONG;
}

enum col_type agg_gives_double(enum col_type arg, enum dialect dialect)
{
	(void)arg, (void)dialect;
	return COL_DOUBLE;
}

enum col_type agg_gives_bool(enum col_type arg, enum dialect dialect)
{
	(void)arg, (void)dialect;
	return COL_BOOLEAN;
}

enum col_type agg_gives_same(enum col_type arg, enum dialect dialect)
{
	(void)dialect;
	return arg;
}

enum col_type agg_gives_sum(enum col_type arg, enum dialect dialect)
{
	bool is_integer = col_lane_of(arg) == LANE_I64;

	return is_integer && dialect == DIALECT_MULTI_STAGE ? COL_LONG : COL_DOUBLE;
}

enum col_type agg_gives_extreme(enum col_type arg, enum dialect dialect)
{
	return col_is_numeric(arg) && dialect == DIALECT_SINGLE_STAGE ? COL_DOUBLE : arg;
}

/* ---- resolution ---- */

const struct agg_def *agg_at(size_t i)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (const struct agg_def *def = families[f]; def->name; def++)
			if (i-- == 0)
				return def;
	return NULL;
}

static const struct agg_def *find_row(struct str name, enum func_type arg)
{
	const struct agg_def *def;

	for (size_t i = 0; (def = agg_at(i)); i++)
		if (def->arg == arg && str_eq_name(name, str_of(def->name)))
			return def;
	return NULL;
}

static const struct agg_def *find_name(struct str name)
{
	const struct agg_def *def;

	for (size_t i = 0; (def = agg_at(i)); i++)
		if (str_eq_name(name, str_of(def->name)))
			return def;
	return NULL;
}

/* "sum(STRING) is not defined; use sum(LONG) or sum(DOUBLE)" */
static int fail(struct str name, const enum col_type *types, uint32_t n_args, struct error *err)
{
	CLEANUP(strbuf_fini) struct strbuf given = STRBUF_INIT, wanted = STRBUF_INIT;
	const struct agg_def *def;
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_args; i++)
		strbuf_printf(&given, "%s%s", i ? ", " : "", col_types[types[i]].name);
	for (size_t i = 0; (def = agg_at(i)); i++)
		if (str_eq_name(name, str_of(def->name)))
			strbuf_printf(&wanted, "%s%s(%s)", n++ ? " or " : "", def->name,
				      def->arg == FT_END ? "*" : func_type_name(def->arg));
	return error_set(err, ERR_QUERY_VALIDATION, STR_FMT "(%s) is not defined; use %s",
			 STR_ARG(name), given.len ? given.ptr : "", wanted.len ? wanted.ptr : "");
}

int agg_resolve(struct str name, const enum col_type *types, uint32_t n_args,
		const struct agg_def **out, enum col_type *arg_type, struct error *err)
{
	const struct agg_def *def = n_args == 0 ? find_row(name, FT_END) : NULL;

	*arg_type = COL_UNKNOWN;
	if (n_args == 1 && (def = find_row(name, FT_ANY)))
		*arg_type = types[0];
	for (size_t i = 0; n_args == 1 && !def && i < ARRAY_SIZE(fits); i++) {
		if (fits[i].from != types[0])
			continue;
		def = find_row(name, fits[i].param);
		*arg_type = fits[i].to;
	}
	if (!def)
		return find_name(name) ? fail(name, types, n_args, err) : 1;
	*out = def;
	return 0;
}

bool agg_is_distinct_name(struct str name, struct str *inner)
{
	for (size_t i = 0; i < ARRAY_SIZE(distinct_names); i++) {
		if (!str_eq_name(name, str_of(distinct_names[i].name)))
			continue;
		*inner = str_of(distinct_names[i].inner);
		return true;
	}
	return false;
}
