/*
 * supported.h - what the language has and the engine cannot run yet.
 *
 * The parser takes all of the language.  What has no plan is refused here, all
 * of it, before anything is bound; so the binder meets only what it knows.
 */
#ifndef BROKER_PLAN_SUPPORTED_H
#define BROKER_PLAN_SUPPORTED_H

#include "broker/plan/rules.h"
#include "broker/sql/ast.h"

/**
 * 0 when a statement has nothing in it that cannot run, else -1 with
 * ERR_NOT_SUPPORTED: "not supported yet: ..." and the place of the first such
 * thing.  Also ERR_QUERY_CANCELLED.
 *
 * text  what the statement was parsed from
 */
NODISCARD int plan_check_supported(struct plan_rewrite *r, const struct ast_stmt *stmt,
				   struct str text);

#endif
