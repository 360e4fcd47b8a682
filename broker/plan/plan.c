/*
 * plan.c - see plan.h: from a statement to fragments.
 */
#include "broker/plan/plan.h"

#include "broker/plan/bind.h"
#include "broker/plan/explain.h"
#include "broker/plan/fragment.h"
#include "broker/plan/plan_expr.h"
#include "broker/plan/plan_node.h"
#include "broker/plan/rules.h"
#include "broker/plan/supported.h"

static bool reads_system_only(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n_tables; i++) {
		if (!plan->tables[i]->is_exempt)
			return false;
	}
	return plan->n_tables > 0;
}

static int bind_statement(struct binder *b, const struct ast_stmt *stmt, struct str text,
			  struct plan *plan)
{
	const struct ast_stmt *s = stmt->kind == STMT_EXPLAIN ? stmt->explain.stmt : stmt;
	struct plan_node *root;

	if (plan_check_supported(&b->r, stmt, text) < 0 || bind_query(b, s->query, true, &root) < 0)
		return -1;
	plan->root = plan_node_over(&b->r, PLAN_RESULT, root);
	return plan->root ? 0 : -1;
}

static int explain(struct plan_rewrite *r, const struct ast_stmt *stmt, struct str text,
		   struct plan *plan)
{
	struct span span;

	if (stmt->kind != STMT_EXPLAIN)
		return 0;
	span = stmt->explain.stmt->span;
	return plan_explain(r, (struct str){ text.ptr + span.begin, span.end - span.begin }, plan);
}

int plan_build(const struct ast_stmt *stmt, struct str text, const struct plan_options *options,
	       struct arena *arena, struct coop *coop, struct plan *out, struct error *err)
{
	uint32_t n_nodes = 0;
	struct binder b = {
		.r = { .arena = arena,
		       .coop = coop,
		       .options = options,
		       .n_nodes = &n_nodes,
		       .err = err },
		.plan = out,
	};

	*out = (struct plan){ 0 };
	if (bind_statement(&b, stmt, text, out) < 0 || plan_apply_rules(&b.r, &out->root) < 0 ||
	    plan_cut(&b.r, out) < 0 || explain(&b.r, stmt, text, out) < 0)
		return -1;
	out->reads_system_only = reads_system_only(out);
#ifndef NDEBUG
	plan_check(out);
#endif
	return 0;
}

void plan_release(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n_tables; i++)
		table_unref(&plan->tables[i]);
	plan->n_tables = 0;
}
