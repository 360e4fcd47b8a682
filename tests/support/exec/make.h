/*
 * make.h - expressions and nodes made by hand, next to those of plan_run.h.
 *
 *     x = make_column(&f, 0, COL_LONG);
 *     e = make_call(&f, "plus", EXPRS(x, make_long(&f, 1)));
 *     n = make_filter(&f, input, make_call(&f, "greaterthan", EXPRS(e, make_long(&f, 7))));
 *
 * Types are those of the arguments: a test that wants a cast writes it.
 */
#ifndef TESTS_SUPPORT_EXEC_MAKE_H
#define TESTS_SUPPORT_EXEC_MAKE_H

#include "broker/plan/plan.h"
#include "tests/support/exec/plan_run.h"

/* How many, and which. */
#define EXPRS(...)                                                                  \
	ARRAY_SIZE(((struct plan_expr *[]){ __VA_ARGS__ })), (struct plan_expr *[]) \
	{                                                                           \
		__VA_ARGS__                                                         \
	}

/* ---- expressions ---- */

struct plan_expr *make_column(struct plan_run *f, uint32_t column, enum col_type type);
struct plan_expr *make_const(struct plan_run *f, struct value v);
struct plan_expr *make_long(struct plan_run *f, int64_t v);
struct plan_expr *make_double(struct plan_run *f, double v);
struct plan_expr *make_bool(struct plan_run *f, bool v);
struct plan_expr *make_text(struct plan_run *f, const char *text);
struct plan_expr *make_null(struct plan_run *f, enum col_type type);

/** A function by name; its arguments have exactly the types that it wants. */
struct plan_expr *make_call(struct plan_run *f, const char *name, size_t n_args,
			    struct plan_expr *const *args);

/** A function by its row, which may be a test's own. */
struct plan_expr *make_call_of(struct plan_run *f, const struct func_def *def, enum col_type type,
			       size_t n_args, struct plan_expr *const *args);

struct plan_expr *make_and(struct plan_run *f, size_t n_args, struct plan_expr *const *args);
struct plan_expr *make_or(struct plan_run *f, size_t n_args, struct plan_expr *const *args);

/** Condition, result, condition, result, ..., otherwise; of the last one's type. */
struct plan_expr *make_case(struct plan_run *f, size_t n_args, struct plan_expr *const *args);

/** values are borrowed, distinct and not NULL. */
struct plan_expr *make_in(struct plan_run *f, struct plan_expr *arg, const struct value *values,
			  size_t n_values, bool has_null, bool is_negated);

/* ---- nodes ---- */

/** Columns of a table, by number. */
struct plan_node *make_scan(struct plan_run *f, struct table *t, uint32_t n_columns,
			    const uint32_t *columns);
struct plan_node *make_filter(struct plan_run *f, struct plan_node *input,
			      struct plan_expr *predicate);
struct plan_node *make_project(struct plan_run *f, struct plan_node *input, size_t n_exprs,
			       struct plan_expr *const *exprs);
struct plan_node *make_limit(struct plan_run *f, struct plan_node *input, uint64_t offset,
			     uint64_t limit);
struct plan_node *make_guard(struct plan_run *f, struct plan_node *input);

/** Rows of constant expressions; cells are row by row. */
struct plan_node *make_values(struct plan_run *f, uint32_t n_rows, uint32_t n_columns,
			      struct plan_expr *const *cells);

/** The whole: RESULT on top, guards where they are needed, cut into fragments. */
void make_plan(struct plan_run *f, struct plan_node *node, struct plan *out);

#endif
