/*
 * bind_agg.c - aggregates: each one of a SELECT once, and a column that stands for it.
 */
#include <string.h>

#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"

/* What a call says, before its argument is looked at. */
struct agg_call {
	const struct ast_expr *ast;
	struct str name; /* of the aggregate proper */
	bool is_distinct;
	bool is_int; /* single-stage: a count of distinct values is an INT */
};

/* Names that give an INT in the single-stage dialect; the other counts give a LONG. */
static const char *const int_names[] = {
	"count",
	"distinctcount",
	"distinctcountoffheap",
	"distinctcountbitmap",
	"distinctcountsmarthll",
};

static bool is_agg_name(struct str name)
{
	const struct agg_def *def;

	for (size_t i = 0; (def = agg_at(i)); i++) {
		if (str_eq_name(name, str_of(def->name)))
			return true;
	}
	return false;
}

static bool read_call(const struct binder *b, const struct ast_expr *e, struct agg_call *out)
{
	struct str name = e->call.name.parts[0];

	*out = (struct agg_call){ .ast = e, .name = name, .is_distinct = e->call.is_distinct };
	if (agg_is_distinct_name(name, &out->name))
		out->is_distinct = true;
	else if (!is_agg_name(name))
		return false;
	if (!out->is_distinct || b->r.options->dialect != DIALECT_SINGLE_STAGE)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(int_names); i++)
		out->is_int |= str_eq_name(name, str_of(int_names[i]));
	return true;
}

static int check_call(struct binder *b, const struct bind_place *at, const struct agg_call *c)
{
	const struct ast_expr *e = c->ast;
	/* It is fine where it is written, just not where its alias stands. */
	uint32_t place = at->alias_offset > 0 ? at->alias_offset : e->span.begin;
	struct error *err = b->r.err;

	if (at->is_in_aggregate)
		return error_set_at(err, ERR_QUERY_VALIDATION, place,
				    STR_FMT "() stands inside another aggregate",
				    STR_ARG(e->call.name.parts[0]));
	if (!at->aggs)
		return error_set_at(err, ERR_QUERY_VALIDATION, place,
				    "aggregates such as " STR_FMT "() are not allowed in %s",
				    STR_ARG(e->call.name.parts[0]), at->clause);
	if (c->is_distinct && e->call.args.n > 1)
		return error_set_at(err, ERR_NOT_SUPPORTED, e->span.begin,
				    "not supported yet: " STR_FMT
				    " over DISTINCT values of several expressions",
				    STR_ARG(e->call.name.parts[0]));
	if (e->call.args.n == 0 && !e->call.is_star)
		return error_set_at(err, ERR_QUERY_VALIDATION, e->span.begin,
				    STR_FMT "() needs an argument", STR_ARG(e->call.name.parts[0]));
	return 0;
}

/* DISTINCT makes no difference to what looks for one value. */
static bool cares_for_duplicates(const struct agg_def *def)
{
	static const char *const names[] = { "min",       "max",        "minlong", "maxlong",
					     "minstring", "maxstring",  "booland", "boolor",
					     "anyvalue",  "minmaxrange" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(def->name, names[i]) == 0)
			return false;
	}
	return true;
}

static int resolve(struct binder *b, const struct agg_call *c, struct plan_expr *const *args,
		   struct plan_agg *agg)
{
	uint32_t n_args = c->ast->call.args.n;
	enum col_type type = n_args == 1 ? args[0]->type : COL_UNKNOWN, arg_type;

	/* More arguments than one fit no aggregate: the message is made below. */
	if (n_args > 1) {
		enum col_type *types = arena_calloc(b->r.arena, sizeof(*types) * n_args, b->r.err);

		if (!types)
			return -1;
		for (uint32_t i = 0; i < n_args; i++)
			types[i] = args[i]->type;
		return agg_resolve(c->name, types, n_args, &agg->def, &arg_type, b->r.err);
	}
	if (agg_resolve(c->name, &type, n_args, &agg->def, &arg_type, b->r.err) != 0)
		return -1;
	if (n_args == 1 && bind_cast(b, args[0], arg_type, &agg->arg) < 0)
		return -1;
	agg->is_distinct = c->is_distinct && cares_for_duplicates(agg->def);
	agg->type = c->is_int ? COL_INT : agg->def->result(arg_type, b->r.options->dialect);
	return 0;
}

/* COUNT of a constant counts rows. */
static int simplify_count(struct binder *b, struct plan_agg *agg)
{
	enum col_type unused;

	if (!agg->arg || !plan_expr_is_const(agg->arg) || agg->arg->constant.is_null ||
	    agg->is_distinct || strcmp(agg->def->name, "count") != 0)
		return 0;
	agg->arg = NULL;
	return agg_resolve(STR("count"), NULL, 0, &agg->def, &unused, b->r.err);
}

static bool expr_same(const struct plan_expr *a, const struct plan_expr *b)
{
	return a && b ? plan_expr_equal(a, b) : a == b;
}

static bool agg_same(const struct plan_agg *a, const struct plan_agg *b)
{
	return a->def == b->def && a->is_distinct == b->is_distinct && a->type == b->type &&
	       expr_same(a->arg, b->arg) && expr_same(a->filter, b->filter);
}

/* The aggregate's number in the list. */
static int add_agg(struct binder *b, struct agg_list *l, const struct plan_agg *agg, uint32_t *out)
{
	for (uint32_t i = 0; i < l->n; i++) {
		if (plan_step(&b->r) < 0)
			return -1;
		if (agg_same(&l->aggs[i], agg)) {
			*out = i;
			return 0;
		}
	}
	if (l->n == l->capacity) {
		uint32_t capacity = MAX(l->capacity * 2, 8u);
		struct plan_agg *more = arena_alloc(b->r.arena, sizeof(*more) * capacity, b->r.err);

		if (!more)
			return -1;
		if (l->n > 0)
			memcpy(more, l->aggs, sizeof(*more) * l->n);
		l->aggs = more;
		l->capacity = capacity;
	}
	l->aggs[l->n] = *agg;
	*out = l->n++;
	return 0;
}

static int bind_filter(struct binder *b, const struct bind_place *inside, const struct ast_expr *e,
		       struct plan_agg *agg)
{
	if (!e->call.filter)
		return 0;
	return bind_truth(b, inside, e->call.filter, "FILTER", &agg->filter);
}

int bind_agg(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	     struct plan_expr **out)
{
	struct bind_place inside = *at;
	struct plan_agg agg = { .sql_offset = e->span.begin };
	struct plan_expr **args;
	struct agg_call call;
	uint32_t n;

	if (!read_call(b, e, &call))
		return 1;
	if (check_call(b, at, &call) < 0)
		return -1;
	inside.is_in_aggregate = true;
	if (bind_args(b, &inside, &e->call.args, &args) < 0 || bind_filter(b, &inside, e, &agg) < 0)
		return -1;
	if (resolve(b, &call, args, &agg) < 0) {
		if (b->r.err->sql_offset == ERROR_NO_OFFSET)
			b->r.err->sql_offset = e->span.begin;
		return -1;
	}
	if (simplify_count(b, &agg) != 0 || add_agg(b, at->aggs, &agg, &n) < 0)
		return -1;
	*out = plan_expr_column(&b->r, AGG_COLUMN + n, agg.type, e->span.begin);
	return *out ? 0 : -1;
}
