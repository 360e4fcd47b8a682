/*
 * fold.c - see fold.h.
 *
 * A kernel works on columns, so a constant becomes a column of one row that has
 * the CONST form; what comes out is a value again.
 */
#include "broker/plan/fold.h"

#include <string.h>

#include "broker/plan/plan_expr.h"
#include "common/base/error.h"

/* A value in the memory of its lane, where a column can point to it. */
union cell {
	uint8_t boolean;
	int64_t i64;
	double f64;
	struct strv str;
};

static void cell_put(union cell *cell, const struct value *v)
{
	memset(cell, 0, sizeof(*cell));
	if (v->is_null)
		return;
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		cell->boolean = v->boolean;
		break;
	case LANE_I64:
		cell->i64 = v->i64;
		break;
	case LANE_F64:
		cell->f64 = v->f64;
		break;
	case LANE_STR:
		cell->str = strv_make(v->str.ptr, v->str.len);
		break;
	case LANE_COUNT:
		break;
	}
}

/* A text of up to 12 bytes lies inside its cell and has to move out of it. */
static int cell_take(struct plan_rewrite *r, const union cell *cell, struct value *v)
{
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		v->boolean = cell->boolean != 0;
		break;
	case LANE_I64:
		v->i64 = cell->i64;
		break;
	case LANE_F64:
		v->f64 = cell->f64;
		break;
	case LANE_STR:
		v->str = strv_str(&cell->str);
		if (v->str.len <= STRV_INLINE_MAX)
			v->str = arena_str(r->arena, v->str, r->err);
		return v->str.ptr ? 0 : -1;
	case LANE_COUNT:
		break;
	}
	return 0;
}

static struct column *columns_of(struct plan_rewrite *r, const struct plan_expr *call)
{
	static const uint64_t null_bits = 0;
	uint32_t n = MAX(call->n_args, 1u);
	struct column *columns = arena_calloc(r->arena, sizeof(*columns) * n, r->err);
	union cell *cells = arena_calloc(r->arena, sizeof(*cells) * n, r->err);

	if (!columns || !cells)
		return NULL;
	for (uint32_t i = 0; i < call->n_args; i++) {
		const struct value *v = &call->args[i]->constant;

		cell_put(&cells[i], v);
		columns[i] = (struct column){
			.type = call->args[i]->type,
			.form = COL_CONST,
			.values = &cells[i],
			.validity = v->is_null ? &null_bits : NULL,
		};
	}
	return columns;
}

static bool has_const_args(const struct plan_expr *e)
{
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (e->args[i]->kind != EXPR_CONST)
			return false;
	}
	return true;
}

static bool has_null_arg(const struct plan_expr *e)
{
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (e->args[i]->kind == EXPR_CONST && e->args[i]->constant.is_null)
			return true;
	}
	return false;
}

static bool is_fault_of_data(enum error_code code)
{
	return code != ERR_QUERY_CANCELLED && code != ERR_OUT_OF_MEMORY && code != ERR_QUERY_MEMORY;
}

/* Runs the kernel to its end.  *is_done is false when it failed for reasons of the data. */
static int run_kernel(struct plan_rewrite *r, struct func_call *call, bool *is_done)
{
	for (;;) {
		switch (call->def->kernel(call)) {
		case STEP_DONE:
			*is_done = true;
			return 0;
		case STEP_YIELD:
			if (coop_point(r->coop, r->err) < 0)
				return -1;
			break;
		case STEP_FAILED:
			if (!is_fault_of_data(r->err->code))
				return -1;
			error_clear(r->err);
			*is_done = false;
			return 0;
		}
	}
}

/* A call as in fold.h, volatile or not. */
static int work_out(struct plan_rewrite *r, const struct plan_expr *e, struct value *out,
		    bool *is_done)
{
	uint64_t validity = UINT64_MAX;
	union cell cell;
	struct sel one = { NULL, 1 };
	struct func_call call = {
		.def = e->def,
		.type = e->type,
		.n_args = e->n_args,
		.sel = &one,
		.out = &cell,
		.validity = &validity,
		.text = r->arena,
		.coop = r->coop,
		.err = r->err,
		.sql_offset = e->sql_offset,
		.now_ms = r->options->now_ms,
		.max_value_bytes = r->options->max_value_bytes,
	};

	memset(&cell, 0, sizeof(cell));
	*out = (struct value){ .type = e->type, .is_null = true };
	*is_done = (e->def->flags & FUNC_STRICT) && has_null_arg(e);
	if (*is_done)
		return 0;
	call.args = columns_of(r, e);
	call.state = arena_calloc(r->arena, e->def->state_size, r->err);
	if (!call.args || !call.state)
		return -1;
	if (run_kernel(r, &call, is_done) < 0)
		return -1;
	if (!*is_done || !(validity & 1))
		return 0;
	out->is_null = false;
	return cell_take(r, &cell, out);
}

int plan_fold_call(struct plan_rewrite *r, const struct plan_expr *e, struct value *out,
		   bool *folded)
{
	*folded = false;
	if (e->kind != EXPR_CALL || (e->def->flags & FUNC_VOLATILE))
		return 0;
	if (!has_const_args(e) && !((e->def->flags & FUNC_STRICT) && has_null_arg(e)))
		return 0;
	return work_out(r, e, out, folded);
}

/* ---- the clock ---- */

#define CLOCK_NODES_MAX 64

/* What is volatile because of the time and for no other reason. */
static bool is_steady(const struct func_def *def)
{
	static const char *const clocks[] = { "now", "ago" };

	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		if (strcmp(def->name, clocks[i]) == 0)
			return true;
	}
	return !(def->flags & FUNC_VOLATILE);
}

/* e as a constant, or e itself when it has no value that can be told now. */
static int read_clock(struct plan_rewrite *r, void *arg, struct plan_expr *e,
		      struct plan_expr **out)
{
	struct value v;
	bool is_done = false;

	if (plan_expr_map_args(r, e, read_clock, arg, &e) < 0)
		return -1;
	*out = e;
	if (e->kind != EXPR_CALL || !is_steady(e->def) || !has_const_args(e))
		return 0;
	if (work_out(r, e, &v, &is_done) < 0)
		return -1;
	if (is_done)
		*out = plan_expr_const(r, &v, e->sql_offset);
	return *out ? 0 : -1;
}

int plan_fold_clock(struct plan_rewrite *r, struct plan_expr *e, struct value *out, bool *is_known)
{
	struct plan_expr_facts facts;

	*is_known = false;
	if (plan_expr_facts(r, e, CLOCK_NODES_MAX, &facts) < 0)
		return -1;
	if (facts.is_cut || facts.n_columns > 0)
		return 0;
	if (read_clock(r, NULL, e, &e) < 0)
		return -1;
	*is_known = plan_expr_is_const(e);
	if (*is_known)
		*out = e->constant;
	return 0;
}
