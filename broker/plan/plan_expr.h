/*
 * plan_expr.h - making bound expressions and asking about them.
 *
 * Expressions never change once they are built: whoever wants another one makes
 * a copy of the nodes on the way to the difference and shares the rest.  So an
 * expression may stand in several places, and a walk over it sees the shared
 * part once per place.
 *
 * Constructors return NULL with *r->err filled when memory is short.
 */
#ifndef BROKER_PLAN_PLAN_EXPR_H
#define BROKER_PLAN_PLAN_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/plan/plan.h"

/**
 * One step of planning: pays and pauses.  Every loop over something that the
 * statement's author can make long takes one.
 */
NODISCARD int plan_step(struct plan_rewrite *r);

/* ---- making ---- */

/** With room for n_args arguments. */
NODISCARD struct plan_expr *plan_expr_new(struct plan_rewrite *r, enum expr_kind kind,
					  enum col_type type, uint32_t offset, uint32_t n_args);

/** Room for a list of n expressions, 0 included. */
NODISCARD struct plan_expr **plan_expr_list(struct plan_rewrite *r, size_t n);
void plan_expr_copy_list(struct plan_expr **to, struct plan_expr *const *from, size_t n);

NODISCARD struct plan_expr *plan_expr_column(struct plan_rewrite *r, uint32_t column,
					     enum col_type type, uint32_t offset);
NODISCARD struct plan_expr *plan_expr_const(struct plan_rewrite *r, const struct value *v,
					    uint32_t offset);
NODISCARD struct plan_expr *plan_expr_bool(struct plan_rewrite *r, bool b, uint32_t offset);
NODISCARD struct plan_expr *plan_expr_null(struct plan_rewrite *r, enum col_type type,
					   uint32_t offset);

/**
 * e under another name of its type, as func_cast_is_free() allows.  Most often
 * a copy of the node; a call whose kernel looks at its result's type is left
 * alone and gets a cast that copies.
 */
NODISCARD struct plan_expr *plan_expr_renamed(struct plan_rewrite *r, struct plan_expr *e,
					      enum col_type type);

/** All of a list that is not empty: the expression itself or an AND. */
NODISCARD struct plan_expr *plan_expr_all(struct plan_rewrite *r, struct plan_expr **list,
					  uint32_t n);

/* ---- asking ---- */

/** The same computation and the same type. */
bool plan_expr_equal(const struct plan_expr *a, const struct plan_expr *b);

/** The same computation and the same values in memory, whatever the type is called. */
bool plan_expr_same_value(const struct plan_expr *a, const struct plan_expr *b);

static inline bool plan_expr_is_const(const struct plan_expr *e)
{
	return e->kind == EXPR_CONST;
}

/** A constant that is TRUE, or FALSE. */
bool plan_expr_is_bool(const struct plan_expr *e, bool b);

/** A call of a function of this name. */
bool plan_expr_is_call(const struct plan_expr *e, const char *name);

/* What a walk over an expression finds. */
struct plan_expr_facts {
	uint32_t n_nodes;   /* counted with what is shared, up to the limit */
	uint32_t n_columns; /* places that read a column */
	bool can_fail;      /* may raise an error depending on data */
	bool is_volatile;   /* another value each time */
	bool is_cut;        /* n_limit was reached: the rest was not looked at */
};

/** Looks at no more than n_limit nodes. */
NODISCARD int plan_expr_facts(struct plan_rewrite *r, const struct plan_expr *e, uint32_t n_limit,
			      struct plan_expr_facts *out);

/** Calls fn for the column of every place that reads one. */
NODISCARD int plan_expr_each_column(struct plan_rewrite *r, const struct plan_expr *e,
				    void (*fn)(uint32_t column, void *arg), void *arg);

/* ---- rewriting ---- */

/* What stands in for e. */
typedef int plan_map_fn(struct plan_rewrite *r, void *arg, struct plan_expr *e,
			struct plan_expr **out);

/** e with every argument mapped by fn; e itself when none of them changes. */
NODISCARD int plan_expr_map_args(struct plan_rewrite *r, struct plan_expr *e, plan_map_fn *fn,
				 void *arg, struct plan_expr **out);

/** Column c becomes column to[c]. */
NODISCARD int plan_expr_renumber(struct plan_rewrite *r, struct plan_expr *e, const uint32_t *to,
				 struct plan_expr **out);

/** Column c becomes the expression list[c], under the type by which it was read. */
NODISCARD int plan_expr_substitute(struct plan_rewrite *r, struct plan_expr *e,
				   struct plan_expr *const *list, struct plan_expr **out);

/* ---- conjuncts ---- */

/* The parts of a predicate that AND ties together. */
struct plan_conjuncts {
	struct plan_expr **list;
	uint32_t n;
};

/** Takes a BOOLEAN expression apart.  ANDs inside ANDs count as one. */
NODISCARD int plan_conjuncts_of(struct plan_rewrite *r, struct plan_expr *predicate,
				struct plan_conjuncts *out);

#endif
