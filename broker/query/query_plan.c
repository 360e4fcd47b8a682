/*
 * query_plan.c - from text to plan, in a fiber.
 *
 * Parsing, reading the options, binding and planning call each other on a stack
 * of their own, and pause wherever credit runs out (coop_point).
 */
#include "broker/query/query_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"

static int check_class(const struct query *q, struct error *err)
{
	enum ast_stmt_class class = ast_stmt_class_of(q->stmt);

	if (!q->request.is_dql_only || class == CLASS_DQL)
		return 0;
	return error_set(err, ERR_SQL_TYPE,
			 "Unsupported SQL type - %s, this API only supports DQL.",
			 ast_class_name(class));
}

/* What is not to run may ask for what could not: only the form of its options counts. */
static int collect_options(struct query *q, struct error *err)
{
	struct query_options *o = &q->options;
	struct coop *coop = &q->driver.coop;

	if (query_options_from_stmt(o, q->stmt, coop, err) == 0 &&
	    query_options_parse(o, q->json_options, q->engine->options.max_options, coop, err) == 0)
		return 0;
	if (q->request.kind == QUERY_RUN || err->code != ERR_QUERY_VALIDATION)
		return -1;
	error_clear(err);
	return 0;
}

static int read_options(struct query *q, struct error *err)
{
	struct query_options *o = &q->options;

	if (collect_options(q, err) < 0)
		return -1;
	if (q->request.kind != QUERY_RUN)
		return 0;
	if (!query_options_has(o, OPTION_use_multistage))
		o->use_multistage = q->request.is_multistage;
	if (!query_options_has(o, OPTION_get_cursor))
		o->get_cursor = q->request.wants_cursor;
	if (!query_options_has(o, OPTION_cursor_num_rows))
		o->cursor_num_rows = q->request.cursor_num_rows;
	if (query_options_has(o, OPTION_null_handling) && !o->null_handling)
		return error_set(err, ERR_NOT_SUPPORTED,
				 "not supported yet: enableNullHandling=false; NULLs are always "
				 "handled, leave the option out");
	q->dialect = o->use_multistage ? DIALECT_MULTI_STAGE : DIALECT_SINGLE_STAGE;
	return 0;
}

/* The client's id and timeout take effect as soon as they are known. */
static int apply_options(struct query *q, struct error *err)
{
	const struct query_options *o = &q->options;

	if (query_options_has(o, OPTION_timeout_ms))
		query_set_deadline(q, o->timeout_ms);
	if (o->client_query_id.len > 0)
		return registry_add_client(q->engine, q, o->client_query_id, err);
	return 0;
}

static int plan(struct query *q, struct error *err)
{
	const struct engine_options *o = &q->engine->options;
	struct sql_limits limits = { o->sql_max_bytes, o->sql_max_tokens, o->sql_max_depth };
	struct plan_options options = {
		.catalog = o->catalog,
		.default_limit = o->default_limit,
		.max_limit = o->max_limit,
		.star_by_name = o->star_by_name,
		.max_columns = o->sql_max_columns,
		.now_ms = q->started_ms,
		.max_value_bytes = o->max_value_bytes,
	};

	if (sql_parse(q->sql, &limits, &q->arena, &q->driver.coop, &q->stmt, err) < 0 ||
	    check_class(q, err) < 0 || read_options(q, err) < 0 || apply_options(q, err) < 0)
		return -1;
	if (q->request.kind != QUERY_RUN)
		return query_describe(q, err);
	options.dialect = q->dialect;
	return plan_build(q->stmt, q->sql, &options, &q->arena, &q->driver.coop, &q->plan, err);
}

static void plan_main(void *arg)
{
	struct query *q = arg;

	if (plan(q, &q->plan_error) < 0)
		ASSERT(q->plan_error.code != ERR_NONE);
}

enum phase_result query_plan(struct query *q)
{
	struct error err = { 0 };

	if (!q->fiber) {
		q->fiber = fiber_new(plan_main, q, &err);
		if (!q->fiber)
			return query_fail(q, &err);
	}
	/* A cancelled query resumes as well: its fiber unwinds from where it paused. */
	if (!fiber_resume(q->fiber, &q->driver.coop))
		return PHASE_AGAIN;
	fiber_free(&q->fiber);
	if (q->plan_error.code != ERR_NONE)
		return query_fail(q, &q->plan_error);
	query_enter(q, q->request.kind == QUERY_RUN ? PHASE_QUEUED : PHASE_WRITING);
	return PHASE_NEXT;
}
