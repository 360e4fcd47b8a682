/*
 * func.c - finding the function for a name and argument types.
 *
 * Families are listed once, below.  Resolution looks at every row of the name
 * and takes the cheapest way to bring the arguments to what the row wants; the
 * prices are such that an exact match wins, then the least widening, then the
 * row that stands first.
 */
#include "broker/func/func.h"

#include <limits.h>

#include "broker/func/agg.h"
#include "broker/func/kernel.h"
#include "broker/func/timeunit.h"
#include "common/base/error.h"
#include "common/base/strbuf.h"

static const struct func_def *const families[] = {
	func_compare, func_logic, func_arith,  func_math, func_like,     func_string,
	func_case,    func_build, func_search, func_time, func_datetime,
};

/* What a parameter type is called and which column type it asks for. */
static const struct {
	const char *name;
	enum col_type type; /* COL_TYPE_COUNT: depends on the arguments */
} func_types[] = {
	[FT_END] = { "", COL_TYPE_COUNT },
	[FT_BOOL] = { "BOOLEAN", COL_BOOLEAN },
	[FT_INT] = { "INT", COL_INT },
	[FT_LONG] = { "LONG", COL_LONG },
	[FT_DOUBLE] = { "DOUBLE", COL_DOUBLE },
	[FT_TIMESTAMP] = { "TIMESTAMP", COL_TIMESTAMP },
	[FT_STRING] = { "STRING", COL_STRING },
	[FT_ANY] = { "ANY", COL_TYPE_COUNT },
	[FT_NUMBER] = { "NUMBER", COL_TYPE_COUNT },
};

/* Conversions that happen by themselves, with what each costs the match. */
static const struct {
	enum col_type from, to;
	int cost;
} widenings[] = {
	{ COL_INT, COL_LONG, 1 },         { COL_FLOAT, COL_DOUBLE, 1 },
	{ COL_JSON, COL_STRING, 1 },      { COL_TIMESTAMP, COL_LONG, 2 },
	{ COL_INT, COL_FLOAT, 4 },        { COL_LONG, COL_FLOAT, 5 },
	{ COL_LONG, COL_DOUBLE, 4 },      { COL_INT, COL_DOUBLE, 5 },
	{ COL_TIMESTAMP, COL_DOUBLE, 8 },
};

#define NO_MATCH INT_MAX
/* A row for any type loses against one for the very types. */
#define COST_GENERIC 16

static int widening_cost(enum col_type from, enum col_type to)
{
	if (from == to)
		return 0;
	if (from == COL_UNKNOWN)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(widenings); i++)
		if (widenings[i].from == from && widenings[i].to == to)
			return widenings[i].cost;
	return NO_MATCH;
}

/* ---- common types ---- */

static enum col_type common_number(enum col_type a, enum col_type b)
{
	enum col_type wide = col_types[a].rank > col_types[b].rank ? a : b;

	/* A float holds 24 bits of an integer: not enough even for INT. */
	if (col_lane_of(a) != col_lane_of(b))
		return COL_DOUBLE;
	return wide;
}

enum col_type func_common_type(enum col_type a, enum col_type b)
{
	static const enum col_type targets[] = { COL_LONG, COL_DOUBLE, COL_STRING };

	if (a == b || b == COL_UNKNOWN)
		return a;
	if (a == COL_UNKNOWN)
		return b;
	if (col_is_numeric(a) && col_is_numeric(b))
		return common_number(a, b);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (widening_cost(a, targets[i]) != NO_MATCH &&
		    widening_cost(b, targets[i]) != NO_MATCH)
			return targets[i];
	return COL_TYPE_COUNT;
}

/* ---- rows ---- */

const struct func_def *func_at(size_t i)
{
	for (size_t f = 0; f < ARRAY_SIZE(families); f++)
		for (const struct func_def *def = families[f]; def->name; def++)
			if (i-- == 0)
				return def;
	return NULL;
}

static uint32_t n_params(const struct func_def *def)
{
	uint32_t n = 0;

	while (n < FUNC_ARGS_MAX && def->args[n] != FT_END)
		n++;
	return n;
}

static bool takes_count(const struct func_def *def, uint32_t n_args)
{
	uint32_t n = n_params(def);

	return n_args == n || ((def->flags & FUNC_VARIADIC) && n_args >= n);
}

/* The parameter that argument i goes to. */
static enum func_type param_at(const struct func_def *def, uint32_t i)
{
	uint32_t n = n_params(def);

	return def->args[MIN(i, n - 1)];
}

/* The type that all arguments of FT_ANY or FT_NUMBER parameters are brought to. */
static enum col_type generic_type(const struct func_def *def, const enum col_type *types,
				  uint32_t n_args)
{
	enum col_type common = COL_UNKNOWN;
	bool is_number = false;

	for (uint32_t i = 0; i < n_args; i++) {
		enum func_type param = param_at(def, i);

		if (func_types[param].type != COL_TYPE_COUNT)
			continue;
		is_number |= param == FT_NUMBER;
		common = func_common_type(common, types[i]);
		if (common == COL_TYPE_COUNT)
			return common;
	}
	if (!is_number)
		return common;
	if (widening_cost(common, COL_LONG) != NO_MATCH)
		return COL_LONG;
	return widening_cost(common, COL_DOUBLE) != NO_MATCH ? COL_DOUBLE : COL_TYPE_COUNT;
}

/* What it costs to call def with these types; fills *m unless it is NO_MATCH. */
static int match_cost(const struct func_def *def, const enum col_type *types, uint32_t n_args,
		      struct func_match *m)
{
	enum col_type generic = generic_type(def, types, n_args);
	enum col_type want = COL_UNKNOWN;
	int total = 0;

	*m = (struct func_match){ .def = def };
	for (uint32_t i = 0; i < n_args; i++) {
		enum func_type param = param_at(def, i);
		int cost;

		want = func_types[param].type;
		if (want == COL_TYPE_COUNT) {
			want = generic;
			total += COST_GENERIC;
		}
		cost = want == COL_TYPE_COUNT ? NO_MATCH : widening_cost(types[i], want);
		if (cost == NO_MATCH)
			return NO_MATCH;
		total += cost;
		if (i < ARRAY_SIZE(m->arg_types))
			m->arg_types[i] = want;
	}
	for (size_t i = n_args; i < ARRAY_SIZE(m->arg_types); i++)
		m->arg_types[i] = want;
	m->result = func_types[def->result].type;
	if (m->result == COL_TYPE_COUNT)
		m->result = generic;
	return total;
}

bool func_takes_unit(struct str name, struct str unit)
{
	const struct func_def *def;

	for (size_t i = 0; (def = func_at(i)); i++)
		if ((def->flags & FUNC_UNIT) && str_eq_name(name, str_of(def->name)))
			return unit_is_known(unit);
	return false;
}

/* ---- messages ---- */

const char *func_type_name(enum func_type type)
{
	return func_types[type].name;
}

void func_format(const struct func_def *def, struct strbuf *out)
{
	uint32_t n = n_params(def);

	strbuf_printf(out, "%s(", def->name);
	for (uint32_t i = 0; i < n; i++)
		strbuf_printf(out, "%s%s", i ? ", " : "", func_type_name(def->args[i]));
	strbuf_add(out, ", ...)", def->flags & FUNC_VARIADIC ? 6 : 0);
	if (!(def->flags & FUNC_VARIADIC))
		strbuf_add_char(out, ')');
}

static const char *text_of(struct strbuf *b)
{
	return strbuf_ok(b) && b->ptr ? b->ptr : "";
}

/* True when all that is wrong is that arguments of any type have no common one. */
static bool lacks_common_type(const struct func_def *def, const enum col_type *types,
			      uint32_t n_args)
{
	return def->args[0] == FT_ANY && n_args > 1 && takes_count(def, n_args) &&
	       generic_type(def, types, n_args) == COL_TYPE_COUNT;
}

/* "abs(STRING) is not defined; use abs(LONG) or abs(DOUBLE)" */
static int fail_types(struct str name, const enum col_type *types, uint32_t n_args,
		      struct error *err)
{
	CLEANUP(strbuf_fini) struct strbuf given = STRBUF_INIT, wanted = STRBUF_INIT;
	const struct func_def *def;
	bool is_common = true;
	uint32_t n = 0;

	for (uint32_t i = 0; i < n_args; i++)
		strbuf_printf(&given, "%s%s", i ? ", " : "",
			      types[i] == COL_UNKNOWN ? "NULL" : col_types[types[i]].name);
	for (size_t i = 0; (def = func_at(i)); i++) {
		if (!str_eq_name(name, str_of(def->name)))
			continue;
		strbuf_printf(&wanted, "%s", n++ ? " or " : "");
		func_format(def, &wanted);
		is_common &= !lacks_common_type(def, types, n_args);
	}
	if (!is_common)
		return error_set(
			err, ERR_QUERY_VALIDATION,
			STR_FMT "(%s) is not defined: the arguments need one common type; use CAST",
			STR_ARG(name), text_of(&given));
	return error_set(err, ERR_QUERY_VALIDATION, STR_FMT "(%s) is not defined; use %s",
			 STR_ARG(name), text_of(&given), text_of(&wanted));
}

static int fail_name(struct str name, struct error *err)
{
	struct str_guess guess = str_guess_for(name);
	const struct func_def *def;
	const struct agg_def *agg;

	for (size_t i = 0; (def = func_at(i)); i++)
		(void)str_guess_try(&guess, str_of(def->name));
	for (size_t i = 0; (agg = agg_at(i)); i++)
		(void)str_guess_try(&guess, str_of(agg->name));
	if (!guess.name.ptr)
		return error_set(err, ERR_QUERY_VALIDATION, "unknown function " STR_FMT,
				 STR_ARG(name));
	return error_set(err, ERR_QUERY_VALIDATION,
			 "unknown function " STR_FMT "; did you mean " STR_FMT "?", STR_ARG(name),
			 STR_ARG(guess.name));
}

int func_resolve(struct str name, const enum col_type *types, uint32_t n_args,
		 struct func_match *out, struct error *err)
{
	const struct func_def *def;
	struct func_match m;
	int best = NO_MATCH;
	bool is_known = false;

	for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
		for (def = families[f]; def->name; def++) {
			int cost;

			if (!str_eq_name(name, str_of(def->name)))
				continue;
			is_known = true;
			if (!takes_count(def, n_args))
				continue;
			cost = match_cost(def, types, n_args, &m);
			if (cost < best) {
				best = cost;
				*out = m;
			}
		}
	}
	if (best != NO_MATCH)
		return 0;
	return is_known ? fail_types(name, types, n_args, err) : fail_name(name, err);
}
