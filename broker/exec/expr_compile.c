/*
 * expr_compile.c - plan expressions to instructions.
 *
 * Registers with a buffer are taken from a list of free ones, per lane, and go
 * back once the instruction that reads them is out; so a chain of a thousand
 * ANDs needs a handful of buffers.  A destination is always taken before its
 * arguments go back, hence never one of them.
 */
#include <string.h>

#include "broker/exec/expr_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"

struct compiler {
	struct expr *expr;
	struct arena *arena;
	struct error *err;
	struct instr *first, *last;
	struct expr_reg *free[LANE_COUNT];
};

#define NO_REG UINT32_MAX

/* Doubles an array of pointers in the arena when it is full. */
static int grow(struct arena *arena, void ***items, uint32_t n, uint32_t *cap, struct error *err)
{
	void **more;

	if (n < *cap)
		return 0;
	more = arena_alloc(arena, sizeof(void *) * MAX(*cap * 2, 16u), err);
	if (!more)
		return -1;
	if (n > 0)
		memcpy(more, *items, sizeof(void *) * n);
	*items = more;
	*cap = MAX(*cap * 2, 16u);
	return 0;
}

/* A register without a buffer. */
static uint32_t reg_new(struct compiler *c)
{
	struct expr *e = c->expr;
	struct expr_reg *reg = ARENA_NEW(c->arena, struct expr_reg, c->err);
	void **items = (void **)e->regs;

	if (!reg || grow(c->arena, &items, e->n_regs, &e->cap_regs, c->err) < 0)
		return NO_REG;
	e->regs = (struct expr_reg **)items;
	e->regs[e->n_regs] = reg;
	reg->number = e->n_regs++;
	return reg->number;
}

/* A register with room for a batch of the type's values. */
static uint32_t reg_take(struct compiler *c, enum col_type type)
{
	enum col_lane lane = col_lane_of(type);
	struct expr_reg *reg = c->free[lane];
	uint32_t r;

	if (reg) {
		c->free[lane] = reg->next_free;
		return reg->number;
	}
	r = reg_new(c);
	if (r == NO_REG)
		return NO_REG;
	reg = c->expr->regs[r];
	reg->lane = lane;
	reg->values = arena_alloc(c->arena, (size_t)lane_width[lane] * BATCH_ROWS_MAX, c->err);
	reg->validity = arena_alloc(c->arena, sizeof(uint64_t) * VALIDITY_WORDS, c->err);
	return reg->values && reg->validity ? r : NO_REG;
}

/* The value has been read; constants and views have no buffer to give back. */
static void reg_release(struct compiler *c, uint32_t r)
{
	struct expr_reg *reg = c->expr->regs[r];

	if (!reg->validity)
		return;
	reg->next_free = c->free[reg->lane];
	c->free[reg->lane] = reg;
}

static int sel_new(struct compiler *c, uint32_t *out)
{
	struct expr *e = c->expr;
	struct expr_sel *s = ARENA_NEW(c->arena, struct expr_sel, c->err);
	void **items = (void **)e->sels;

	if (!s || grow(c->arena, &items, e->n_sels, &e->cap_sels, c->err) < 0)
		return -1;
	e->sels = (struct expr_sel **)items;
	if (e->n_sels > 0) { /* number 0 is the caller's and has its own memory */
		s->rows = arena_alloc(c->arena, sizeof(uint16_t) * BATCH_ROWS_MAX, c->err);
		if (!s->rows)
			return -1;
	}
	e->sels[e->n_sels] = s;
	*out = e->n_sels++;
	return 0;
}

static struct instr *emit(struct compiler *c, enum instr_kind kind, uint32_t dst, uint32_t src,
			  uint32_t sel)
{
	struct instr *in = ARENA_NEW(c->arena, struct instr, c->err);

	if (!in)
		return NULL;
	in->kind = kind;
	in->dst = dst;
	in->src = src;
	in->sel = sel;
	if (c->last)
		c->last->next = in;
	else
		c->first = in;
	c->last = in;
	c->expr->n_instrs++;
	coop_pay(c->expr->env.coop, COOP_CALL);
	return coop_point(c->expr->env.coop, c->err) < 0 ? NULL : in;
}

static int compile(struct compiler *c, const struct plan_expr *p, uint32_t sel, uint32_t *out);

static int compile_column(struct compiler *c, const struct plan_expr *p, uint32_t *out)
{
	struct instr *in;

	*out = reg_new(c);
	if (*out == NO_REG)
		return -1;
	in = emit(c, INSTR_COLUMN, *out, 0, 0);
	if (!in)
		return -1;
	in->column = p->column;
	c->expr->regs[*out]->column.type = p->type;
	return 0;
}

static int compile_const(struct compiler *c, const struct plan_expr *p, uint32_t *out)
{
	struct expr_reg *reg;
	char *value = arena_calloc(c->arena, 16 + sizeof(uint64_t), c->err);

	*out = reg_new(c);
	if (*out == NO_REG || !value)
		return -1;
	if (!p->constant.is_null) {
		switch (col_lane_of(p->type)) {
		case LANE_BOOL:
			*(uint8_t *)value = p->constant.boolean;
			break;
		case LANE_I64:
			memcpy(value, &p->constant.i64, 8);
			break;
		case LANE_F64:
			memcpy(value, &p->constant.f64, 8);
			break;
		case LANE_STR: {
			struct strv v = strv_make(p->constant.str.ptr, p->constant.str.len);

			memcpy(value, &v, sizeof(v));
			break;
		}
		case LANE_COUNT:
			break;
		}
	}
	reg = c->expr->regs[*out];
	reg->is_literal = true;
	reg->column = (struct column){
		.type = p->type,
		.form = COL_CONST,
		.values = value,
		.validity =
			p->constant.is_null ? (const uint64_t *)(const void *)(value + 16) : NULL,
	};
	return 0;
}

static struct expr_call *call_new(struct compiler *c, const struct plan_expr *p,
				  const struct func_def *def, void *state)
{
	struct expr_call *call = ARENA_NEW(c->arena, struct expr_call, c->err);
	uint32_t n = MAX(p->n_args, 1u);

	if (!call)
		return NULL;
	call->def = def;
	call->args = arena_calloc(c->arena, sizeof(*call->args) * n, c->err);
	call->flat = arena_calloc(c->arena, sizeof(*call->flat) * n, c->err);
	if (!call->args || !call->flat)
		return NULL;
	if (!state && def->state_size > 0) {
		state = arena_calloc(c->arena, def->state_size, c->err);
		if (!state)
			return NULL;
	}
	call->call = (struct func_call){
		.def = def,
		.args = call->args,
		.n_args = p->n_args,
		.type = p->type,
		.text = &c->expr->text,
		.state = state,
		.coop = c->expr->env.coop,
		.err = c->expr->env.err,
		.sql_offset = p->sql_offset,
		.now_ms = c->expr->env.now_ms,
		.max_value_bytes = c->expr->env.max_value_bytes,
	};
	return call;
}

static int compile_call(struct compiler *c, const struct plan_expr *p, const struct func_def *def,
			void *state, uint32_t sel, uint32_t *out)
{
	uint32_t *args = arena_alloc(c->arena, sizeof(*args) * MAX(p->n_args, 1u), c->err);
	struct expr_call *call = call_new(c, p, def, state);
	struct instr *in;

	if (!args || !call)
		return -1;
	for (uint32_t i = 0; i < p->n_args; i++) {
		if (compile(c, p->args[i], sel, &args[i]) < 0)
			return -1;
	}
	*out = reg_take(c, p->type);
	if (*out == NO_REG)
		return -1;
	for (uint32_t i = 0; i < p->n_args; i++)
		reg_release(c, args[i]);
	in = emit(c, INSTR_CALL, *out, 0, sel);
	if (!in)
		return -1;
	in->args = args;
	in->n_args = p->n_args;
	in->call = call;
	return 0;
}

static int compile_in(struct compiler *c, const struct plan_expr *p, uint32_t sel, uint32_t *out)
{
	struct expr_set *set;

	if (expr_set_new(&c->expr->env, p, &set) < 0)
		return -1;
	return compile_call(c, p, &expr_in_def, set, sel, out);
}

static int compile_logic(struct compiler *c, const struct plan_expr *p, uint32_t sel, uint32_t *out)
{
	uint32_t undecided, src;
	struct instr *in;

	*out = reg_take(c, COL_BOOLEAN);
	if (*out == NO_REG || sel_new(c, &undecided) < 0)
		return -1;
	for (uint32_t i = 0; i < p->n_args; i++) {
		if (compile(c, p->args[i], i == 0 ? sel : undecided, &src) < 0)
			return -1;
		in = emit(c, i == 0 ? INSTR_LOGIC_FIRST : INSTR_LOGIC_NEXT, *out, src,
			  i == 0 ? sel : undecided);
		if (!in)
			return -1;
		in->is_and = p->kind == EXPR_AND;
		in->sel_out = undecided;
		reg_release(c, src);
	}
	return 0;
}

static int compile_case(struct compiler *c, const struct plan_expr *p, uint32_t sel, uint32_t *out)
{
	uint32_t rest, hit, src;
	struct instr *in;

	*out = reg_take(c, p->type);
	if (*out == NO_REG || sel_new(c, &rest) < 0 || sel_new(c, &hit) < 0)
		return -1;
	in = emit(c, INSTR_CASE_BEGIN, *out, 0, sel);
	if (!in)
		return -1;
	in->sel_out = rest;
	in->type = p->type;
	for (uint32_t i = 0; i + 1 < p->n_args; i += 2) {
		if (compile(c, p->args[i], rest, &src) < 0)
			return -1;
		in = emit(c, INSTR_CASE_SPLIT, *out, src, rest);
		if (!in)
			return -1;
		in->sel_out = hit;
		reg_release(c, src);
		if (compile(c, p->args[i + 1], hit, &src) < 0 ||
		    !emit(c, INSTR_CASE_MERGE, *out, src, hit))
			return -1;
		reg_release(c, src);
	}
	if (compile(c, p->args[p->n_args - 1], rest, &src) < 0 ||
	    !emit(c, INSTR_CASE_MERGE, *out, src, rest))
		return -1;
	reg_release(c, src);
	return 0;
}

static int compile(struct compiler *c, const struct plan_expr *p, uint32_t sel, uint32_t *out)
{
	switch (p->kind) {
	case EXPR_COLUMN:
		return compile_column(c, p, out);
	case EXPR_CONST:
		return compile_const(c, p, out);
	case EXPR_CALL:
		return compile_call(c, p, p->def, NULL, sel, out);
	case EXPR_AND:
	case EXPR_OR:
		return compile_logic(c, p, sel, out);
	case EXPR_CASE:
		return compile_case(c, p, sel, out);
	case EXPR_IN:
		return compile_in(c, p, sel, out);
	}
	ASSERT(!"unknown kind of expression");
	return -1;
}

int expr_compile(const struct expr_env *env, const struct plan_expr *plan, struct expr **out)
{
	struct expr *e = ARENA_NEW(env->arena, struct expr, env->err);
	struct compiler c = { .expr = e, .arena = env->arena, .err = env->err };
	uint32_t callers_sel, i = 0;

	if (!e)
		return -1;
	e->env = *env;
	arena_init(&e->text, env->pool);
	if (sel_new(&c, &callers_sel) < 0 || compile(&c, plan, callers_sel, &e->result) < 0)
		return -1;
	e->instrs =
		arena_alloc(env->arena, sizeof(struct instr *) * MAX(e->n_instrs, 1u), env->err);
	if (!e->instrs)
		return -1;
	for (struct instr *in = c.first; in; in = in->next)
		e->instrs[i++] = in;
	*out = e;
	return 0;
}
