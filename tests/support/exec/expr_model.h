/*
 * expr_model.h - expressions worked out one row at a time, as a reference; random ones; random input.
 *
 * The model walks the tree for each row and calls a function's kernel with one
 * row of plain values.  So it knows nothing of selections, forms, registers and
 * resuming, which is what the expression machine is about; and it says which
 * parts of an expression a row must not touch.
 */
#ifndef TESTS_SUPPORT_EXEC_EXPR_MODEL_H
#define TESTS_SUPPORT_EXEC_EXPR_MODEL_H

#include "broker/plan/plan.h"
#include "tests/support/column/sample.h"
#include "tests/support/exec/plan_run.h"

struct expr_model {
	struct plan_run *f; /* its arena holds the expressions that are made */
	uint64_t seed;
	struct arena text; /* of values; model_forget() */
	struct coop coop;
	struct token token;
	struct error err;
	uint32_t max_value_bytes;
};

void model_init(struct expr_model *m, struct plan_run *f, uint64_t seed);

/** One row of a batch.  -1 with m->err when the row's value is an error. */
NODISCARD int model_eval(struct expr_model *m, const struct plan_expr *e, const struct batch *b,
			 uint32_t row, struct value *out);

/** Drops the texts of values so far. */
void model_forget(struct expr_model *m);

/** The same value; NaN is NaN, but zeros have a sign. */
bool model_same(const struct value *a, const struct value *b);

/** An expression over the columns of a model_input, of at most `depth` levels. */
struct plan_expr *model_expr(struct expr_model *m, enum col_type type, unsigned depth);

/* Two columns or so of each type. */
#define MODEL_COLUMNS 11

struct model_input {
	struct sample samples[MODEL_COLUMNS];
	struct column cols[MODEL_COLUMNS];
	uint16_t rows[BATCH_ROWS_MAX];
	struct batch batch; /* what an expression gets */
};

/**
 * The next batch: each column in a random form, with NULLs or without.  A DICT
 * column often keeps its dictionary from the batch before, with other rows.
 */
void model_input_next(struct model_input *in, uint64_t *seed);

#endif
