/* expr_model.c - see expr_model.h. */
#include "tests/support/exec/expr_model.h"

#include <string.h>

#include "tests/support/exec/make.h"

static const enum col_type column_types[MODEL_COLUMNS] = {
	COL_BOOLEAN, COL_BOOLEAN, COL_LONG,      COL_LONG,   COL_INT,    COL_DOUBLE,
	COL_DOUBLE,  COL_FLOAT,   COL_TIMESTAMP, COL_STRING, COL_STRING,
};

#define ARGS_MAX 8

void model_init(struct expr_model *m, struct plan_run *f, uint64_t seed)
{
	*m = (struct expr_model){ .f = f, .seed = seed, .max_value_bytes = 20000 };
	coop_unlimited(&m->coop, &m->token);
	arena_init(&m->text, &f->plan_pool);
}

void model_forget(struct expr_model *m)
{
	arena_reset(&m->text);
}

static uint64_t below(struct expr_model *m, uint64_t n)
{
	return sample_random(&m->seed) % n;
}

/* ---- one row ---- */

/* A value as a column of one row. */
struct cell {
	_Alignas(16) char value[sizeof(struct strv)];
	uint64_t validity;
};

static struct column cell_column(struct cell *c, const struct value *v)
{
	*c = (struct cell){ .validity = !v->is_null };
	if (!v->is_null) {
		struct strv text;

		switch (col_lane_of(v->type)) {
		case LANE_BOOL:
			c->value[0] = v->boolean;
			break;
		case LANE_I64:
			memcpy(c->value, &v->i64, sizeof(v->i64));
			break;
		case LANE_F64:
			memcpy(c->value, &v->f64, sizeof(v->f64));
			break;
		case LANE_STR:
			text = strv_make(v->str.ptr, v->str.len);
			memcpy(c->value, &text, sizeof(text));
			break;
		case LANE_COUNT:
			break;
		}
	}
	return (struct column){ .type = v->type, .values = c->value, .validity = &c->validity };
}

static int run_kernel(struct expr_model *m, struct func_call *call)
{
	enum step step;

	if (call->def->state_size > 0) {
		call->state = arena_calloc(&m->text, call->def->state_size, &m->err);
		ck_assert_ptr_nonnull(call->state);
	}
	do {
		step = call->def->kernel(call);
	} while (step == STEP_YIELD);
	return step == STEP_DONE ? 0 : -1;
}

static int eval_call(struct expr_model *m, const struct plan_expr *e, const struct value *args,
		     struct value *out)
{
	struct cell cells[ARGS_MAX], result = { .validity = ~0ull };
	struct column cols[ARGS_MAX];
	struct sel one = { NULL, 1 };
	struct column view = { .type = e->type,
			       .values = result.value,
			       .validity = &result.validity };
	struct func_call call = {
		.def = e->def,
		.args = cols,
		.n_args = e->n_args,
		.type = e->type,
		.sel = &one,
		.out = result.value,
		.validity = &result.validity,
		.text = &m->text,
		.coop = &m->coop,
		.err = &m->err,
		.sql_offset = e->sql_offset,
		.max_value_bytes = m->max_value_bytes,
	};

	*out = (struct value){ .type = e->type, .is_null = true };
	for (uint32_t i = 0; i < e->n_args; i++) {
		if ((e->def->flags & FUNC_STRICT) && args[i].is_null)
			return 0;
		cols[i] = cell_column(&cells[i], &args[i]);
	}
	if (run_kernel(m, &call) < 0)
		return -1;
	*out = col_value(&view, 0);
	if (!out->is_null && col_lane_of(out->type) == LANE_STR)
		out->str = arena_str(&m->text, out->str, &m->err);
	return 0;
}

/* False for AND and true for OR end it; a NULL does not. */
static int eval_logic(struct expr_model *m, const struct plan_expr *e, const struct batch *b,
		      uint32_t row, struct value *out)
{
	bool is_or = e->kind == EXPR_OR, has_null = false;
	struct value v;

	for (uint32_t i = 0; i < e->n_args; i++) {
		if (model_eval(m, e->args[i], b, row, &v) < 0)
			return -1;
		has_null |= v.is_null;
		if (!v.is_null && v.boolean == is_or) {
			*out = v;
			out->type = COL_BOOLEAN;
			return 0;
		}
	}
	*out = (struct value){ .type = COL_BOOLEAN, .is_null = has_null, .boolean = !is_or };
	return 0;
}

static int eval_case(struct expr_model *m, const struct plan_expr *e, const struct batch *b,
		     uint32_t row, struct value *out)
{
	uint32_t i = 0;

	for (; i + 1 < e->n_args; i += 2) {
		struct value condition;

		if (model_eval(m, e->args[i], b, row, &condition) < 0)
			return -1;
		if (!condition.is_null && condition.boolean)
			break;
	}
	return model_eval(m, e->args[i + 1 < e->n_args ? i + 1 : i], b, row, out);
}

static int eval_in(struct expr_model *m, const struct plan_expr *e, const struct batch *b,
		   uint32_t row, struct value *out)
{
	struct value v;

	if (model_eval(m, e->args[0], b, row, &v) < 0)
		return -1;
	*out = (struct value){ .type = COL_BOOLEAN, .is_null = v.is_null };
	for (uint32_t i = 0; !v.is_null && i < e->in.n_values; i++) {
		if (value_cmp(&v, &e->in.values[i]) == 0) {
			out->boolean = !e->in.is_negated;
			return 0;
		}
	}
	out->is_null |= e->in.has_null;
	out->boolean = e->in.is_negated;
	return 0;
}

static int eval_args(struct expr_model *m, const struct plan_expr *e, const struct batch *b,
		     uint32_t row, struct value *out)
{
	struct value args[ARGS_MAX];

	ck_assert_uint_le(e->n_args, ARGS_MAX);
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (model_eval(m, e->args[i], b, row, &args[i]) < 0)
			return -1;
	}
	return eval_call(m, e, args, out);
}

int model_eval(struct expr_model *m, const struct plan_expr *e, const struct batch *b, uint32_t row,
	       struct value *out)
{
	int r = 0;

	switch (e->kind) {
	case EXPR_COLUMN:
		*out = col_value(&b->cols[e->column], row);
		break;
	case EXPR_CONST:
		*out = e->constant;
		break;
	case EXPR_CALL:
		r = eval_args(m, e, b, row, out);
		break;
	case EXPR_AND:
	case EXPR_OR:
		r = eval_logic(m, e, b, row, out);
		break;
	case EXPR_CASE:
		r = eval_case(m, e, b, row, out);
		break;
	case EXPR_IN:
		r = eval_in(m, e, b, row, out);
		break;
	}
	out->type = e->type;
	return r;
}

bool model_same(const struct value *a, const struct value *b)
{
	if (!a->is_null && !b->is_null && col_lane_of(a->type) == LANE_F64 && a->f64 != a->f64)
		return a->type == b->type && b->f64 != b->f64;
	return sample_same(a, b);
}

/* ---- random expressions ---- */

static enum col_type type_of(enum func_type type, enum col_type generic)
{
	static const enum col_type types[] = {
		[FT_END] = COL_TYPE_COUNT,    [FT_BOOL] = COL_BOOLEAN,
		[FT_INT] = COL_INT,           [FT_LONG] = COL_LONG,
		[FT_DOUBLE] = COL_DOUBLE,     [FT_TIMESTAMP] = COL_TIMESTAMP,
		[FT_STRING] = COL_STRING,     [FT_ANY] = COL_TYPE_COUNT,
		[FT_NUMBER] = COL_TYPE_COUNT,
	};

	return types[type] == COL_TYPE_COUNT ? generic : types[type];
}

static enum col_type generic_type(struct expr_model *m, const struct func_def *def,
				  enum col_type result)
{
	static const enum col_type any[] = { COL_LONG, COL_DOUBLE, COL_STRING, COL_TIMESTAMP,
					     COL_BOOLEAN };

	if (def->result == FT_ANY || def->result == FT_NUMBER)
		return result;
	for (unsigned i = 0; i < FUNC_ARGS_MAX && def->args[i] != FT_END; i++) {
		if (def->args[i] == FT_NUMBER)
			return any[below(m, 2)];
	}
	return any[below(m, ARRAY_SIZE(any))];
}

/* Most functions that can fail do so on random arguments, and then there is nothing to compare. */
static bool is_wanted(struct expr_model *m, const struct func_def *def, enum col_type result)
{
	bool is_number = result == COL_LONG || result == COL_DOUBLE;

	if (def->flags & FUNC_VOLATILE)
		return false;
	if ((def->flags & FUNC_FAILS) && below(m, 8) != 0)
		return false;
	if (def->result == FT_NUMBER)
		return is_number;
	return def->result == FT_ANY ? result != COL_FLOAT && result != COL_INT
				     : type_of(def->result, COL_TYPE_COUNT) == result;
}

/* NULL when no function of this result was found. */
static const struct func_def *pick_function(struct expr_model *m, enum col_type result)
{
	size_t n = 0;

	while (func_at(n))
		n++;
	for (unsigned i = 0; i < 2000; i++) {
		const struct func_def *def = func_at(below(m, n));

		if (is_wanted(m, def, result))
			return def;
	}
	return NULL;
}

/* A column, maybe one whose type only goes by another name. */
static struct plan_expr *random_leaf(struct expr_model *m, enum col_type type)
{
	uint64_t r = below(m, 16);

	if (r == 0)
		return make_null(m->f, type);
	if (r < 4)
		return make_const(m->f, sample_value(&m->seed, type));
	for (unsigned i = 0; i < 100; i++) {
		uint32_t c = (uint32_t)below(m, MODEL_COLUMNS);

		if (column_types[c] == type || func_cast_is_free(column_types[c], type))
			return make_column(m->f, c, type);
	}
	return make_null(m->f, type);
}

static struct plan_expr *random_call(struct expr_model *m, enum col_type type, unsigned depth)
{
	const struct func_def *def = pick_function(m, type);
	struct plan_expr *args[ARGS_MAX];
	enum col_type generic;
	uint32_t n = 0;

	if (!def)
		return random_leaf(m, type);
	generic = generic_type(m, def, type);
	for (; n < FUNC_ARGS_MAX && def->args[n] != FT_END; n++)
		args[n] = model_expr(m, type_of(def->args[n], generic), depth);
	while ((def->flags & FUNC_VARIADIC) && n < ARGS_MAX && below(m, 2)) {
		args[n] = model_expr(m, args[n - 1]->type, depth);
		n++;
	}
	return make_call_of(m->f, def, type, n, args);
}

static struct plan_expr *random_logic(struct expr_model *m, unsigned depth)
{
	struct plan_expr *args[4];
	size_t n = 2 + below(m, 3);

	for (size_t i = 0; i < n; i++)
		args[i] = model_expr(m, COL_BOOLEAN, depth);
	return below(m, 2) ? make_and(m->f, n, args) : make_or(m->f, n, args);
}

static struct plan_expr *random_case(struct expr_model *m, enum col_type type, unsigned depth)
{
	struct plan_expr *args[5];
	size_t n = 1 + 2 * (1 + below(m, 2));

	for (size_t i = 0; i < n; i++)
		args[i] = model_expr(m, i % 2 == 0 && i + 1 < n ? COL_BOOLEAN : type, depth);
	return make_case(m->f, n, args);
}

static struct plan_expr *random_in(struct expr_model *m, unsigned depth)
{
	static const enum col_type types[] = { COL_LONG, COL_DOUBLE, COL_STRING, COL_BOOLEAN,
					       COL_TIMESTAMP };
	enum col_type type = types[below(m, ARRAY_SIZE(types))];
	size_t n_wanted = below(m, 40), n = 0;
	struct value *list = arena_alloc(&m->f->arena, sizeof(*list) * (n_wanted + 1), &m->f->err);

	ck_assert_ptr_nonnull(list);
	for (size_t i = 0; i < n_wanted; i++) {
		size_t k = 0;

		list[n] = sample_value(&m->seed, type);
		while (value_cmp(&list[k], &list[n]) != 0)
			k++;
		n += k == n;
	}
	return make_in(m->f, model_expr(m, type, depth), list, n, n == 0 || below(m, 3) == 0,
		       below(m, 2));
}

struct plan_expr *model_expr(struct expr_model *m, enum col_type type, unsigned depth)
{
	uint64_t r = below(m, 16);

	if (depth == 0 || r == 0)
		return random_leaf(m, type);
	if (r < 4)
		return random_case(m, type, depth - 1);
	if (type == COL_BOOLEAN && r < 8)
		return random_logic(m, depth - 1);
	if (type == COL_BOOLEAN && r < 10)
		return random_in(m, depth - 1);
	return random_call(m, type, depth - 1);
}

/* ---- random input ---- */

/* Other rows of the same dictionary. */
static void redraw_rows(struct sample *s, uint64_t *seed, uint32_t n_rows)
{
	for (uint32_t i = 0; i < n_rows; i++)
		s->codes[i] = (uint32_t)(sample_random(seed) % s->dict.n_values);
	s->col.validity = NULL;
	if (sample_random(seed) % 2)
		return;
	for (uint32_t i = 0; i < VALIDITY_WORDS; i++)
		s->validity[i] = sample_random(seed) | sample_random(seed);
	s->col.validity = s->validity;
}

static void next_column(struct sample *s, uint64_t *seed, enum col_type type, uint32_t n_rows)
{
	static const uint32_t dict_sizes[] = { 1, 7, 60, 1500 };
	struct sample_shape shape = {
		.type = type,
		.form = (enum col_form)(sample_random(seed) % 3),
		.has_nulls = sample_random(seed) % 2,
		.n_dict = dict_sizes[sample_random(seed) % ARRAY_SIZE(dict_sizes)],
	};

	if (s->col.form == COL_DICT && sample_random(seed) % 3)
		redraw_rows(s, seed, n_rows);
	else
		sample_make(s, seed, shape, n_rows);
}

void model_input_next(struct model_input *in, uint64_t *seed)
{
	static const uint32_t sizes[] = { BATCH_ROWS_MAX, 700, 300, 100, 65, 64, 1, 0 };
	uint32_t n_rows = sizes[sample_random(seed) % ARRAY_SIZE(sizes)];

	for (uint32_t i = 0; i < MODEL_COLUMNS; i++) {
		next_column(&in->samples[i], seed, column_types[i], n_rows);
		in->cols[i] = in->samples[i].col;
	}
	in->batch = (struct batch){
		.n_rows = n_rows,
		.n_cols = MODEL_COLUMNS,
		.cols = in->cols,
		.sel = { NULL, n_rows },
	};
	if (sample_random(seed) % 2)
		in->batch.sel = sample_sel(seed, n_rows, 1 + (uint32_t)(sample_random(seed) % 20),
					   in->rows);
}
