/*
 * expr_run.c - the machine that runs an expression's program.
 *
 * Instructions other than calls are one pass over at most a batch and run in
 * one piece.  Calls run as the kernel likes, and may stop in the middle.
 * Between two instructions the machine looks at the credit.
 *
 * Remembering (expr_memo).  Many columns are dictionaries of few entries, so a
 * strict function of one DICT argument and literals is worked out once for
 * each entry that turns up on a live row: first the entries of this batch that
 * are not known yet, as a small batch of their own, then a look-up per row.
 * Entries that only dead rows have are never touched, so errors are the same
 * as without.  A column that is CONST in one batch may be another CONST in the
 * next, so next to one nothing is remembered.
 */
#include <string.h>

#include "broker/exec/expr_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"

/* Dictionaries above this are not remembered: the memo would not fit a cache. */
#define MEMO_ENTRIES_MAX 131072

enum memo_state { MEMO_UNKNOWN, MEMO_VALUE, MEMO_NULL, MEMO_LISTED };

static uint32_t words_of(uint32_t n_rows)
{
	return (n_rows + 63) / 64;
}

static void validity_fill(uint64_t *validity, uint32_t n_rows)
{
	memset(validity, 0xff, words_of(n_rows) * sizeof(uint64_t));
}

static bool validity_is_full(const uint64_t *validity, uint32_t n_rows)
{
	uint32_t full = n_rows / 64;
	uint64_t all = ~0ull;

	for (uint32_t i = 0; i < full; i++)
		all &= validity[i];
	if (n_rows % 64)
		all &= validity[full] | ~((1ull << (n_rows % 64)) - 1);
	return all == ~0ull;
}

/* The register shows its own buffer. */
static void reg_show(struct expr_reg *reg, enum col_type type, enum col_form form, bool has_nulls)
{
	reg->column = (struct column){
		.type = type,
		.form = form,
		.values = reg->values,
		.validity = has_nulls ? reg->validity : NULL,
	};
}

static void reg_show_null(struct expr_reg *reg, enum col_type type)
{
	memset(reg->values, 0, lane_width[reg->lane]);
	reg->validity[0] = 0;
	reg_show(reg, type, COL_CONST, true);
}

/* Room for a selection. */
static uint16_t *rows_new(struct expr *e)
{
	return arena_alloc(e->env.arena, sizeof(uint16_t) * BATCH_ROWS_MAX, e->env.err);
}

/* ---- calls ---- */

static bool is_const_null(const struct column *c)
{
	return c->form == COL_CONST && c->validity && !(c->validity[0] & 1);
}

/* A DICT argument row by row, at the rows of a selection. */
static int flatten(struct expr *e, struct expr_call *x, uint32_t arg, const struct sel *sel)
{
	struct column *c = &x->args[arg];
	size_t width = lane_width[c->dict->lane];
	const uint32_t *codes = c->values;
	const char *entries = c->dict->values;
	char *flat = x->flat[arg];

	if (!flat) {
		flat = arena_alloc(e->env.arena, 16 * (size_t)BATCH_ROWS_MAX, e->env.err);
		if (!flat)
			return -1;
		x->flat[arg] = flat;
	}
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		memcpy(flat + row * width, entries + codes[row] * width, width);
	}
	coop_pay(e->env.coop, (int64_t)sel->n_rows * COOP_ROW);
	c->form = COL_FLAT;
	c->values = flat;
	c->dict = NULL;
	return 0;
}

/* Sets the result's validity from the arguments'.  True when some row is NULL. */
static bool strict_validity(const struct expr_call *x, uint32_t n_rows, uint64_t *validity)
{
	bool has_nulls = false;

	validity_fill(validity, n_rows);
	for (uint32_t i = 0; i < x->call.n_args; i++) {
		const struct column *c = &x->args[i];

		if (c->form == COL_CONST || !c->validity)
			continue;
		has_nulls = true;
		for (uint32_t w = 0; w < words_of(n_rows); w++)
			validity[w] &= c->validity[w];
	}
	return has_nulls;
}

/* The kernel will not write these, but whoever copies the column will read them. */
static void clear_views(struct strv *views, const struct sel *sel, const uint64_t *validity)
{
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		if (!validity_get(validity, row))
			views[row] = (struct strv){ 0 };
	}
}

/* Rows of sel that are not NULL by `validity`. */
static struct sel rows_with_values(const struct sel *sel, const uint64_t *validity, uint16_t *rows)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);

		rows[n] = (uint16_t)row;
		n += validity_get(validity, row);
	}
	return (struct sel){ rows, n };
}

/* Memory for a dictionary of n entries, all unknown. */
static int memo_reset(struct expr *e, struct expr_memo *m, const struct dict *dict,
		      enum col_lane lane)
{
	uint32_t n = dict->n_values;

	if (m->capacity < n) {
		uint32_t capacity = MAX(n, 1024u);
		size_t width = lane_width[lane];
		char *memory =
			mem_pool_calloc(e->env.pool, (size_t)capacity * (width + 1), e->env.err);

		if (!memory)
			return -1;
		if (m->values)
			mem_pool_free(e->env.pool, m->values);
		m->values = memory;
		m->state = (uint8_t *)memory + (size_t)capacity * width;
		m->capacity = capacity;
		coop_pay(e->env.coop, (int64_t)(capacity * (width + 1) / 4096) * COOP_PAGE);
	} else {
		memset(m->state, MEMO_UNKNOWN, n);
		coop_pay(e->env.coop, n / 32);
	}
	m->dict_id = dict->id;
	return 0;
}

/* Lists the entries on live rows that are not known, as a dense FLAT argument. */
static int memo_list(struct expr *e, struct expr_call *x, const struct sel *sel)
{
	struct expr_memo *m = x->memo;
	const struct column *c = &m->dict_arg;
	const uint32_t *codes = c->values;
	size_t width = lane_width[c->dict->lane];
	char *flat = x->flat[m->arg];

	if (!flat) {
		flat = arena_alloc(e->env.arena, 16 * (size_t)BATCH_ROWS_MAX, e->env.err);
		if (!flat)
			return -1;
		x->flat[m->arg] = flat;
	}
	m->n_todo = 0;
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i), code = codes[row];

		if (m->state[code] != MEMO_UNKNOWN || !validity_get(c->validity, row))
			continue;
		m->state[code] = MEMO_LISTED;
		memcpy(flat + m->n_todo * width, (const char *)c->dict->values + code * width,
		       width);
		m->todo[m->n_todo++] = code;
	}
	coop_pay(e->env.coop, (int64_t)sel->n_rows * COOP_ROW);
	x->args[m->arg] = (struct column){ .type = c->type, .form = COL_FLAT, .values = flat };
	return 0;
}

/* Which argument a memo could be kept for; -1: none. */
static int memo_arg(const struct expr *e, const struct instr *in, enum col_lane result)
{
	const struct expr_call *x = in->call;
	int dict = -1;

	if (!(x->def->flags & FUNC_STRICT) || (x->def->flags & FUNC_VOLATILE) || result == LANE_STR)
		return -1;
	for (uint32_t i = 0; i < x->call.n_args; i++) {
		const struct column *c = &x->args[i];

		if (e->regs[in->args[i]]->is_literal)
			continue;
		if (c->form != COL_DICT || dict >= 0 || c->dict->n_values > MEMO_ENTRIES_MAX)
			return -1;
		dict = (int)i;
	}
	return dict;
}

static int memo_begin(struct expr *e, struct expr_call *x, uint32_t arg, enum col_lane result,
		      const struct sel *sel)
{
	struct expr_memo *m = x->memo;

	if (!m) {
		m = ARENA_NEW(e->env.arena, struct expr_memo, e->env.err);
		x->scratch = arena_alloc(e->env.arena, 8 * (size_t)BATCH_ROWS_MAX, e->env.err);
		if (!m || !x->scratch)
			return -1;
		x->memo = m;
	}
	m->arg = arg;
	m->dict_arg = x->args[arg];
	if (m->dict_id != m->dict_arg.dict->id && memo_reset(e, m, m->dict_arg.dict, result) < 0)
		return -1;
	if (memo_list(e, x, sel) < 0)
		return -1;
	x->mode = CALL_MEMO;
	x->sel = (struct sel){ NULL, m->n_todo };
	x->call.out = x->scratch;
	x->call.validity = x->scratch_validity;
	validity_fill(x->scratch_validity, MAX((uint32_t)m->n_todo, 1u));
	return 0;
}

/* Writes what the kernel found into the memo, then looks every live row up. */
static void memo_end(struct expr *e, struct expr_call *x, struct expr_reg *dst,
		     const struct sel *sel)
{
	struct expr_memo *m = x->memo;
	const struct column *c = &m->dict_arg;
	const uint32_t *codes = c->values;
	size_t width = lane_width[dst->lane];
	bool has_nulls = c->validity != NULL;

	for (uint32_t i = 0; i < m->n_todo; i++) {
		memcpy((char *)m->values + m->todo[i] * width, (char *)x->scratch + i * width,
		       width);
		m->state[m->todo[i]] =
			validity_get(x->scratch_validity, i) ? MEMO_VALUE : MEMO_NULL;
	}
	if (c->validity)
		memcpy(dst->validity, c->validity, words_of(e->batch->n_rows) * sizeof(uint64_t));
	else
		validity_fill(dst->validity, e->batch->n_rows);
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i), code = codes[row];

		if (width == 1)
			((uint8_t *)dst->values)[row] = ((const uint8_t *)m->values)[code];
		else
			((uint64_t *)dst->values)[row] = ((const uint64_t *)m->values)[code];
		if (UNLIKELY(m->state[code] == MEMO_NULL)) {
			validity_clear(dst->validity, row);
			has_nulls = true;
		}
	}
	coop_pay(e->env.coop, (int64_t)sel->n_rows * COOP_ROW);
	reg_show(dst, x->call.type, COL_FLAT, has_nulls);
}

static bool all_const(const struct expr_call *x)
{
	for (uint32_t i = 0; i < x->call.n_args; i++) {
		if (x->args[i].form != COL_CONST)
			return false;
	}
	return x->call.n_args > 0 && !(x->def->flags & FUNC_VOLATILE);
}

/* Rows, NULLs and memory for a call that is worked out row by row. */
static int rows_begin(struct expr *e, struct expr_call *x, struct expr_reg *dst,
		      const struct sel *sel)
{
	uint32_t n_rows = e->batch->n_rows;

	x->mode = CALL_ROWS;
	x->sel = *sel;
	x->call.out = dst->values;
	x->call.validity = dst->validity;
	for (uint32_t i = 0; i < x->call.n_args; i++) {
		if (x->args[i].form == COL_DICT && flatten(e, x, i, sel) < 0)
			return -1;
	}
	if (!(x->def->flags & FUNC_STRICT)) {
		validity_fill(dst->validity, n_rows);
		return 0;
	}
	if (!strict_validity(x, n_rows, dst->validity) || (x->def->flags & FUNC_TOTAL))
		return 0;
	if (!e->call_rows) {
		e->call_rows = rows_new(e);
		if (!e->call_rows)
			return -1;
	}
	x->sel = rows_with_values(sel, dst->validity, e->call_rows);
	if (dst->lane == LANE_STR)
		clear_views(dst->values, sel, dst->validity);
	return 0;
}

static int call_begin(struct expr *e, const struct instr *in, struct expr_reg *dst,
		      const struct sel *sel)
{
	struct expr_call *x = in->call;
	int dict;

	for (uint32_t i = 0; i < in->n_args; i++)
		x->args[i] = e->regs[in->args[i]]->column;
	x->call.pos = 0;
	x->call.sel = &x->sel;
	x->mode = CALL_DONE;
	if (sel->n_rows == 0) {
		reg_show_null(dst, x->call.type);
		return 0;
	}
	if (x->def->flags & FUNC_STRICT) {
		for (uint32_t i = 0; i < in->n_args; i++) {
			if (is_const_null(&x->args[i])) {
				reg_show_null(dst, x->call.type);
				return 0;
			}
		}
	}
	dict = memo_arg(e, in, dst->lane);
	if (dict >= 0)
		return memo_begin(e, x, (uint32_t)dict, dst->lane, sel);
	if (all_const(x)) {
		x->mode = CALL_ONCE;
		x->sel = (struct sel){ NULL, 1 };
		x->call.out = dst->values;
		x->call.validity = dst->validity;
		dst->validity[0] = ~0ull;
		return 0;
	}
	return rows_begin(e, x, dst, sel);
}

static void call_end(struct expr *e, struct expr_call *x, struct expr_reg *dst,
		     const struct sel *sel)
{
	switch (x->mode) {
	case CALL_ROWS:
		reg_show(dst, x->call.type, COL_FLAT,
			 !validity_is_full(dst->validity, e->batch->n_rows));
		break;
	case CALL_ONCE:
		reg_show(dst, x->call.type, COL_CONST, !(dst->validity[0] & 1));
		break;
	case CALL_MEMO:
		memo_end(e, x, dst, sel);
		break;
	case CALL_DONE:
		break;
	}
}

static enum step run_call(struct expr *e, const struct instr *in)
{
	struct expr_call *x = in->call;
	struct expr_reg *dst = e->regs[in->dst];
	const struct sel *sel = &e->sels[in->sel]->sel;

	if (!x->is_running) {
		if (call_begin(e, in, dst, sel) < 0)
			return STEP_FAILED;
		x->is_running = true;
	}
	if (x->mode != CALL_DONE && x->call.pos < x->sel.n_rows) {
		enum step step = x->def->kernel(&x->call);

		if (step != STEP_DONE)
			return step;
	}
	call_end(e, x, dst, sel);
	x->is_running = false;
	return STEP_DONE;
}

/* ---- logic and CASE ---- */

/* BOOLEAN of a row: 0 false, 1 true, 2 NULL. */
static unsigned truth(const struct column *c, uint32_t row)
{
	return col_is_valid(c, row) ? col_bool(c, row) : 2;
}

static void set_truth(struct expr_reg *dst, uint32_t row, unsigned t)
{
	((uint8_t *)dst->values)[row] = t == 1;
	if (t == 2)
		validity_clear(dst->validity, row);
	else
		validity_set(dst->validity, row);
}

/* AND is decided by false (0), OR by true (1). */
static void run_logic_first(struct expr *e, const struct instr *in)
{
	struct expr_reg *dst = e->regs[in->dst];
	const struct column *src = &e->regs[in->src]->column;
	const struct sel *sel = &e->sels[in->sel]->sel;
	struct expr_sel *undecided = e->sels[in->sel_out];
	unsigned deciding = in->is_and ? 0 : 1;
	uint32_t n = 0;

	validity_fill(dst->validity, e->batch->n_rows);
	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel_row(sel, i);
		unsigned t = truth(src, row);

		set_truth(dst, row, t);
		undecided->rows[n] = (uint16_t)row;
		n += t != deciding;
	}
	undecided->sel = (struct sel){ undecided->rows, n };
	reg_show(dst, COL_BOOLEAN, COL_FLAT, true);
}

static void run_logic_next(struct expr *e, const struct instr *in)
{
	struct expr_reg *dst = e->regs[in->dst];
	const struct column *src = &e->regs[in->src]->column;
	struct expr_sel *undecided = e->sels[in->sel];
	unsigned deciding = in->is_and ? 0 : 1;
	uint32_t n = 0;

	for (uint32_t i = 0; i < undecided->sel.n_rows; i++) {
		uint32_t row = undecided->rows[i];
		unsigned t = truth(src, row);

		if (t == deciding || t == 2)
			set_truth(dst, row, t);
		undecided->rows[n] = (uint16_t)row;
		n += t != deciding;
	}
	undecided->sel.n_rows = n;
}

static void run_case_begin(struct expr *e, const struct instr *in)
{
	struct expr_reg *dst = e->regs[in->dst];
	const struct sel *sel = &e->sels[in->sel]->sel;
	struct expr_sel *rest = e->sels[in->sel_out];

	for (uint32_t i = 0; i < sel->n_rows; i++)
		rest->rows[i] = (uint16_t)sel_row(sel, i);
	rest->sel = (struct sel){ rest->rows, sel->n_rows };
	validity_fill(dst->validity, e->batch->n_rows);
	reg_show(dst, in->type, COL_FLAT, true);
}

static void run_case_split(struct expr *e, const struct instr *in)
{
	const struct column *src = &e->regs[in->src]->column;
	struct expr_sel *rest = e->sels[in->sel], *hit = e->sels[in->sel_out];
	uint32_t n_hit = 0, n_rest = 0;

	for (uint32_t i = 0; i < rest->sel.n_rows; i++) {
		uint16_t row = rest->rows[i];

		if (truth(src, row) == 1)
			hit->rows[n_hit++] = row;
		else
			rest->rows[n_rest++] = row;
	}
	hit->sel = (struct sel){ hit->rows, n_hit };
	rest->sel.n_rows = n_rest;
}

static void run_case_merge(struct expr *e, const struct instr *in)
{
	struct expr_reg *dst = e->regs[in->dst];
	const struct column *src = &e->regs[in->src]->column;
	const struct sel *sel = &e->sels[in->sel]->sel;
	size_t width = lane_width[dst->lane];

	for (uint32_t i = 0; i < sel->n_rows; i++) {
		uint32_t row = sel->rows[i];

		if (col_is_valid(src, row))
			memcpy((char *)dst->values + row * width, col_at(src, row), width);
		else {
			/* Readable under the NULL, as columns promise. */
			memset((char *)dst->values + row * width, 0, width);
			validity_clear(dst->validity, row);
		}
	}
}

/* ---- the machine ---- */

static enum step run_instr(struct expr *e, const struct instr *in)
{
	if (in->kind == INSTR_CALL)
		return run_call(e, in);
	switch (in->kind) {
	case INSTR_COLUMN: {
		struct expr_reg *reg = e->regs[in->dst];
		enum col_type type = reg->column.type;

		/* The plan may know the column under another name of its type (free casts). */
		reg->column = e->batch->cols[in->column];
		reg->column.type = type;
		return STEP_DONE;
	}
	case INSTR_LOGIC_FIRST:
		run_logic_first(e, in);
		break;
	case INSTR_LOGIC_NEXT:
		run_logic_next(e, in);
		break;
	case INSTR_CASE_BEGIN:
		run_case_begin(e, in);
		break;
	case INSTR_CASE_SPLIT:
		run_case_split(e, in);
		break;
	case INSTR_CASE_MERGE:
		run_case_merge(e, in);
		break;
	case INSTR_CALL:
		break;
	}
	coop_pay(e->env.coop, (int64_t)e->sels[in->sel]->sel.n_rows * COOP_ROW + 1);
	return STEP_DONE;
}

enum step expr_eval(struct expr *e, const struct batch *b, const struct sel *sel,
		    struct column *out)
{
	if (!e->is_running) {
		arena_reset(&e->text);
		e->batch = b;
		e->sels[0]->sel = *sel;
		e->pc = 0;
		e->is_running = true;
	}
	DEBUG_ASSERT(e->batch == b);
	while (e->pc < e->n_instrs) {
		enum step step = run_instr(e, e->instrs[e->pc]);

		if (step != STEP_DONE)
			return step;
		e->pc++;
		if (e->pc < e->n_instrs && !coop_go(e->env.coop))
			return STEP_YIELD;
	}
	e->is_running = false;
	*out = e->regs[e->result]->column;
	return STEP_DONE;
}

enum step expr_filter(struct expr *e, struct batch *b)
{
	struct column truths;
	enum step step;
	uint32_t n;

	if (!e->filter_rows) {
		e->filter_rows = rows_new(e);
		if (!e->filter_rows)
			return STEP_FAILED;
	}
	step = expr_eval(e, b, &b->sel, &truths);
	if (step != STEP_DONE)
		return step;
	n = col_select_true(&truths, &b->sel, e->filter_rows);
	coop_pay(e->env.coop, b->sel.n_rows);
	b->sel = (struct sel){ e->filter_rows, n };
	return STEP_DONE;
}
