/*
 * bind_call.c - name(arguments): the overload, and its arguments' types.
 */
#include <string.h>

#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/error.h"
#include "common/base/hash.h"

int bind_args(struct binder *b, const struct bind_place *at, const struct ast_list *args,
	      struct plan_expr ***out)
{
	uint32_t i = 0;

	*out = plan_expr_list(&b->r, args->n);
	if (!*out)
		return -1;
	for (const struct ast_expr *a = args->first; a; a = a->next) {
		if (bind_expr(b, at, a, &(*out)[i++]) < 0)
			return -1;
	}
	return 0;
}

/* The layer below does not know where in the text a call stands. */
static int fail_at(struct binder *b, uint32_t offset)
{
	if (b->r.err->sql_offset == ERROR_NO_OFFSET)
		b->r.err->sql_offset = offset;
	return -1;
}

/* As / does, so mod() and % give a DOUBLE in the single-stage dialect: by zero, it is NaN. */
static bool is_integer_mod(const struct binder *b, const struct func_match *m)
{
	return b->r.options->dialect == DIALECT_SINGLE_STAGE && m->result == COL_LONG &&
	       strcmp(m->def->name, "mod") == 0;
}

static int resolve(struct binder *b, struct str name, struct plan_expr *const *args,
		   uint32_t n_args, struct func_match *out)
{
	enum col_type *types = arena_alloc(b->r.arena, sizeof(*types) * MAX(n_args, 1u), b->r.err);

	if (!types)
		return -1;
	for (uint32_t i = 0; i < n_args; i++)
		types[i] = args[i]->type;
	if (func_resolve(name, types, n_args, out, b->r.err) < 0)
		return -1;
	return is_integer_mod(b, out) ? func_resolve(STR("remainder"), types, n_args, out, b->r.err)
				      : 0;
}

static int find_function(struct binder *b, struct str name, struct plan_expr *const *args,
			 uint32_t n_args, struct func_match *out)
{
	struct found_function key = { .name = name, .n_args = n_args }, *known;

	if (n_args > ARRAY_SIZE(key.types))
		return resolve(b, name, args, n_args, out);
	for (uint32_t i = 0; i < n_args; i++)
		key.types[i] = args[i]->type;
	known = &b->found[hash_u64((uintptr_t)name.ptr + key.types[0]) % FOUND_FUNCTIONS];
	if (known->name.ptr != name.ptr || known->name.len != name.len || known->n_args != n_args ||
	    memcmp(known->types, key.types, sizeof(key.types)) != 0) {
		if (resolve(b, name, args, n_args, &key.match) < 0)
			return -1;
		*known = key;
	}
	*out = known->match;
	return 0;
}

int bind_function(struct binder *b, struct str name, struct plan_expr **args, uint32_t n_args,
		  uint32_t offset, struct plan_expr **out)
{
	struct plan_expr *call = plan_expr_new(&b->r, EXPR_CALL, COL_UNKNOWN, offset, n_args);
	struct func_match m = { 0 };

	if (!call)
		return -1;
	if (find_function(b, name, args, n_args, &m) < 0)
		return fail_at(b, offset);
	call->def = m.def;
	call->type = m.result;
	for (uint32_t i = 0; i < n_args; i++) {
		enum col_type to = m.arg_types[MIN(i, ARRAY_SIZE(m.arg_types) - 1)];

		if (plan_step(&b->r) < 0 || bind_cast(b, args[i], to, &call->args[i]) < 0)
			return -1;
	}
	return bind_folded(b, call, out);
}

/* ---- TRIM ---- */

/* The grammar writes TRIM(LEADING c FROM x) as trim(LEADING, c, x). */
static int bind_trim(struct binder *b, struct plan_expr **args, uint32_t offset,
		     struct plan_expr **out)
{
	static const struct {
		const char *side, *function;
	} sides[] = { { "LEADING", "ltrim" }, { "TRAILING", "rtrim" } };
	struct plan_expr *swapped[2] = { args[2], args[1] };
	struct str name = STR("trim");

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		if (str_eq(args[0]->constant.str, str_of(sides[i].side)))
			name = str_of(sides[i].function);
	}
	return bind_function(b, name, swapped, 2, offset, out);
}

static bool is_trim(struct str name, const struct ast_list *args)
{
	return args->n == 3 && str_eq_name(name, STR("trim")) && args->first->kind == AST_LITERAL &&
	       args->first->literal.kind == LIT_SYMBOL;
}

/* ---- calls ---- */

static int check_scalar(struct binder *b, const struct ast_expr *e)
{
	struct str name = e->call.name.parts[e->call.name.n_parts - 1];
	const char *wrong = NULL;

	if (e->call.is_distinct)
		wrong = "DISTINCT";
	else if (e->call.is_star)
		wrong = "*";
	else if (e->call.filter)
		wrong = "FILTER";
	if (!wrong)
		return 0;
	return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
			    "%s is for aggregates, and " STR_FMT " is none", wrong, STR_ARG(name));
}

/* DAY in timestampadd(DAY, 1, ts), when nothing else has that name. */
static bool has_bare_unit(const struct bind_place *at, const struct ast_expr *e)
{
	const struct ast_expr *first = e->call.args.first;

	return first && first->kind == AST_COLUMN && first->column.n_parts == 1 &&
	       func_takes_unit(e->call.name.parts[0], first->column.parts[0]) &&
	       !bind_knows(at, &first->column);
}

static int bind_scalar_args(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
			    struct plan_expr ***out)
{
	struct ast_list args = e->call.args;
	struct ast_expr unit;

	if (!has_bare_unit(at, e))
		return bind_args(b, at, &args, out);
	unit = (struct ast_expr){
		.kind = AST_LITERAL,
		.span = args.first->span,
		.next = args.first->next,
		.literal = { .kind = LIT_STRING, .text = args.first->column.parts[0] },
	};
	args.first = &unit;
	return bind_args(b, at, &args, out);
}

static int bind_scalar(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
		       struct plan_expr **out)
{
	struct str name = e->call.name.parts[0];
	struct plan_expr **args;

	if (check_scalar(b, e) < 0 || bind_scalar_args(b, at, e, &args) < 0)
		return -1;
	if (is_trim(name, &e->call.args))
		return bind_trim(b, args, e->span.begin, out);
	return bind_function(b, name, args, e->call.args.n, e->span.begin, out);
}

int bind_call(struct binder *b, const struct bind_place *at, const struct ast_expr *e,
	      struct plan_expr **out)
{
	int is_other;

	if (e->call.name.n_parts > 1)
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "unknown function " STR_FMT "." STR_FMT
				    ": functions have names of one part",
				    STR_ARG(e->call.name.parts[0]), STR_ARG(e->call.name.parts[1]));
	is_other = bind_agg(b, at, e, out);
	if (is_other > 0)
		is_other = bind_conditional(b, at, e, out);
	return is_other > 0 ? bind_scalar(b, at, e, out) : is_other;
}
