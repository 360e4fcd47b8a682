/*
 * print_stmt.c - statements as text; see print_priv.h.
 *
 * Canonical text has the options of a statement in front of it, as SET.  A
 * fingerprint has none of them, and of EXPLAIN only what is explained.
 */
#include "broker/sql/print_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"

static void print_stmt(struct printer *p, const struct ast_stmt *s);

static void print_if(struct printer *p, bool is_said, const char *words)
{
	if (is_said)
		print_word(p, words);
}

/* " WORD name", or nothing. */
static void print_named(struct printer *p, const char *word, struct str name)
{
	if (!name.ptr)
		return;
	print_word(p, word);
	print_id(p, name);
}

static void print_where(struct printer *p, const struct ast_expr *where)
{
	if (!where)
		return;
	print_word(p, " WHERE ");
	print_expr(p, where, PREC_ANY);
}

/* ---- EXPLAIN ---- */

static void print_explain(struct printer *p, const struct ast_stmt *s)
{
	static const char *const words[] = {
		[EXPLAIN_PLAN] = "EXPLAIN PLAN ",
		[EXPLAIN_IMPLEMENTATION] = "EXPLAIN IMPLEMENTATION PLAN ",
		[EXPLAIN_ANALYZE] = "EXPLAIN ANALYZE ",
	};

	if (!p->is_fingerprint) {
		print_word(p, words[s->explain.level]);
		if (s->explain.detail.ptr)
			strbuf_printf(p->out, STR_FMT " ", STR_ARG(s->explain.detail));
		print_if(p, s->explain.level != EXPLAIN_ANALYZE, "FOR ");
	}
	print_stmt(p, s->explain.stmt);
}

/* ---- Statements that change data ---- */

static void print_assignments(struct printer *p, const struct ast_assignment *a)
{
	for (const char *before = ""; a && print_step(p); a = a->next, before = ", ") {
		print_word(p, before);
		print_name(p, &a->column);
		print_word(p, " = ");
		print_expr(p, a->value, PREC_ANY);
	}
}

static void print_files(struct printer *p, const struct ast_file *f)
{
	for (const char *before = " FROM "; f && print_step(p); f = f->next, before = ", ") {
		print_word(p, before);
		print_word(p, f->is_archive ? "ARCHIVE " : "FILE ");
		print_string(p, f->uri);
	}
}

static void print_insert(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, "INSERT INTO ");
	print_name_before(p, &s->name, s->insert.columns || s->query);
	print_ids(p, s->insert.columns);
	print_files(p, s->insert.files);
	if (s->query) {
		strbuf_add_char(p->out, ' ');
		print_query(p, s->query);
	}
}

static void print_delete(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, "DELETE FROM ");
	print_name(p, &s->name);
	print_named(p, " AS ", s->change.alias);
	print_where(p, s->change.where);
}

static void print_update(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, "UPDATE ");
	print_name(p, &s->name);
	print_named(p, " AS ", s->change.alias);
	print_word(p, " SET ");
	print_assignments(p, s->change.assignments);
	print_where(p, s->change.where);
}

static void print_merge_branch(struct printer *p, const struct ast_merge_branch *b)
{
	print_word(p, b->is_matched ? " WHEN MATCHED" : " WHEN NOT MATCHED");
	if (b->condition) {
		print_word(p, " AND ");
		print_expr(p, b->condition, PREC_ANY);
	}
	print_word(p, " THEN ");
	switch (b->kind) {
	case MERGE_UPDATE:
		print_word(p, "UPDATE SET ");
		print_assignments(p, b->assignments);
		return;
	case MERGE_DELETE:
		print_word(p, "DELETE");
		return;
	case MERGE_INSERT:
		print_word(p, "INSERT");
		print_ids(p, b->columns);
		print_word(p, " VALUES ");
		print_row(p, b->row);
		return;
	}
}

static void print_merge(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, "MERGE INTO ");
	print_name(p, &s->name);
	print_named(p, " AS ", s->merge.alias);
	print_word(p, " USING ");
	print_table(p, s->merge.source);
	print_word(p, " ON ");
	print_expr(p, s->merge.on, PREC_ANY);
	for (const struct ast_merge_branch *b = s->merge.branches; b && print_step(p); b = b->next)
		print_merge_branch(p, b);
}

/* The name is one here even if functions of that name have words between their arguments. */
static void print_call_stmt(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, "CALL ");
	print_name_before(p, &s->call->call.name, true);
	strbuf_add_char(p->out, '(');
	print_list(p, &s->call->call.args);
	strbuf_add_char(p->out, ')');
}

/* ---- Statements about tables ---- */

static void print_role(struct printer *p, const struct ast_column_def *c)
{
	switch (c->role) {
	case ROLE_NONE:
		return;
	case ROLE_DIMENSION:
		print_word(p, c->is_multi_value ? " DIMENSION ARRAY" : " DIMENSION");
		return;
	case ROLE_METRIC:
		print_word(p, " METRIC");
		return;
	case ROLE_DATETIME:
		print_word(p, " DATETIME FORMAT ");
		print_string(p, c->format);
		print_word(p, " GRANULARITY ");
		print_string(p, c->granularity);
		return;
	}
}

static void print_column_def(struct printer *p, const struct ast_column_def *c)
{
	print_id(p, c->name);
	strbuf_add_char(p->out, ' ');
	print_type(p, &c->type);
	print_if(p, c->is_not_null, " NOT NULL");
	if (c->fallback) {
		print_word(p, " DEFAULT ");
		print_expr(p, c->fallback, PREC_ANY);
	}
	print_role(p, c);
}

static void print_column_defs(struct printer *p, const struct ast_column_def *c)
{
	if (!c)
		return;
	for (const char *before = " ("; c && print_step(p); c = c->next, before = ", ") {
		print_word(p, before);
		print_column_def(p, c);
	}
	strbuf_add_char(p->out, ')');
}

static void print_properties(struct printer *p, const char *word,
			     const struct ast_property *property)
{
	if (!property)
		return;
	print_word(p, word);
	for (const char *before = " ("; property && print_step(p);
	     property = property->next, before = ", ") {
		print_word(p, before);
		print_string(p, property->key);
		print_word(p, " = ");
		print_string(p, property->value);
	}
	strbuf_add_char(p->out, ')');
}

static void print_create(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, s->create.is_view ? "CREATE MATERIALIZED VIEW " : "CREATE TABLE ");
	print_if(p, s->create.if_not_exists, "IF NOT EXISTS ");
	print_name_before(p, &s->name, s->create.columns);
	print_column_defs(p, s->create.columns);
	if (s->create.primary_key) {
		print_word(p, " PRIMARY KEY");
		print_ids(p, s->create.primary_key);
	}
	print_named(p, " TABLE_TYPE = ", s->create.type);
	if (s->create.refresh.ptr) {
		print_word(p, " REFRESH EVERY ");
		print_string(p, s->create.refresh);
	}
	print_properties(p, s->create.is_with ? " WITH" : " PROPERTIES", s->create.properties);
	if (s->query) {
		print_word(p, " AS ");
		print_query(p, s->query);
	}
}

static void print_drop(struct printer *p, const struct ast_stmt *s)
{
	print_word(p, s->kind == STMT_TRUNCATE ? "TRUNCATE " : "DROP ");
	print_word(p, s->drop.is_view ? "MATERIALIZED VIEW " : "TABLE ");
	print_if(p, s->drop.if_exists, "IF EXISTS ");
	print_name(p, &s->name);
	print_named(p, " TYPE ", s->drop.type);
}

static void print_alter(struct printer *p, const struct ast_alter *a)
{
	switch (a->kind) {
	case ALTER_ADD:
		print_word(p, "ADD COLUMN ");
		print_if(p, a->is_conditional, "IF NOT EXISTS ");
		print_column_def(p, a->column);
		return;
	case ALTER_DROP:
		print_word(p, "DROP COLUMN ");
		print_if(p, a->is_conditional, "IF EXISTS ");
		print_id(p, a->name);
		return;
	case ALTER_RENAME:
		print_word(p, "RENAME COLUMN ");
		print_if(p, a->is_conditional, "IF EXISTS ");
		print_id(p, a->name);
		print_word(p, " TO ");
		print_id(p, a->new_name);
		return;
	case ALTER_UPDATE:
		print_word(p, "UPDATE ");
		print_assignments(p, a->assignments);
		break;
	case ALTER_DELETE:
		print_word(p, "DELETE");
		break;
	}
	print_where(p, a->where);
}

static void print_alters(struct printer *p, const struct ast_stmt *s)
{
	const char *before = " ";

	print_word(p, "ALTER TABLE ");
	print_name(p, &s->name);
	for (const struct ast_alter *a = s->alter; a && print_step(p); a = a->next, before = ", ") {
		print_word(p, before);
		print_alter(p, a);
	}
}

/* ---- Statements that show and stop ---- */

static void print_show(struct printer *p, const struct ast_stmt *s)
{
	static const char *const words[] = {
		[SHOW_TABLES] = "SHOW TABLES",
		[SHOW_VIEWS] = "SHOW MATERIALIZED VIEWS",
		[SHOW_CREATE_TABLE] = "SHOW CREATE TABLE",
		[SHOW_CREATE_VIEW] = "SHOW CREATE MATERIALIZED VIEW",
		[SHOW_PROCESSLIST] = "SHOW PROCESSLIST",
		[SHOW_FUNCTIONS] = "SHOW FUNCTIONS",
	};

	print_word(p, words[s->show.kind]);
	if (s->name.n_parts > 0) {
		print_if(p, s->show.kind == SHOW_TABLES || s->show.kind == SHOW_VIEWS, " FROM");
		strbuf_add_char(p->out, ' ');
		print_name(p, &s->name);
	}
	print_named(p, " TYPE ", s->show.type);
}

static void print_kill(struct printer *p, const struct ast_stmt *s)
{
	static const char *const modes[] = {
		[KILL_ASYNC] = "",
		[KILL_SYNC] = " SYNC",
		[KILL_TEST] = " TEST",
	};

	print_word(p, s->kind == STMT_KILL_QUERY ? "KILL QUERY" : "KILL MUTATION");
	print_named(p, " ON CLUSTER ", s->kill.cluster);
	print_where(p, s->kill.where);
	print_word(p, modes[s->kill.mode]);
}

/* ---- All ---- */

static void print_stmt(struct printer *p, const struct ast_stmt *s)
{
	switch (s->kind) {
	case STMT_QUERY:
		print_query(p, s->query);
		return;
	case STMT_EXPLAIN:
		print_explain(p, s);
		return;
	case STMT_DESCRIBE:
		print_word(p, "DESCRIBE ");
		print_name(p, &s->name);
		print_named(p, " ", s->describe.column);
		return;
	case STMT_DELETE:
		print_delete(p, s);
		return;
	case STMT_UPDATE:
		print_update(p, s);
		return;
	case STMT_MERGE:
		print_merge(p, s);
		return;
	case STMT_CALL:
		print_call_stmt(p, s);
		return;
	case STMT_INSERT:
		print_insert(p, s);
		return;
	case STMT_CREATE:
		print_create(p, s);
		return;
	case STMT_DROP:
	case STMT_TRUNCATE:
		print_drop(p, s);
		return;
	case STMT_ALTER:
		print_alters(p, s);
		return;
	case STMT_SHOW:
		print_show(p, s);
		return;
	case STMT_KILL_QUERY:
	case STMT_KILL_MUTATION:
		print_kill(p, s);
		return;
	case AST_STMT_COUNT:
		break;
	}
	ASSERT(false);
}

static void print_options(struct printer *p, const struct ast_option *o)
{
	for (; o && print_step(p); o = o->next) {
		print_word(p, "SET ");
		print_id(p, o->name);
		print_word(p, " = ");
		print_string(p, o->value);
		print_word(p, "; ");
	}
}

int sql_print_stmt(const struct ast_stmt *s, enum sql_form form, size_t max_bytes,
		   struct coop *coop, struct strbuf *out, struct error *err)
{
	struct printer p = {
		.out = out,
		.is_fingerprint = form == SQL_FINGERPRINT,
		.max_bytes = max_bytes,
		.coop = coop,
		.err = err,
	};

	if (form == SQL_CANONICAL)
		print_options(&p, s->options);
	print_stmt(&p, s);
	if (form == SQL_CANONICAL && s->format)
		print_named(&p, " FORMAT ", s->format->name);
	if (p.has_stopped || print_check_length(&p) < 0)
		return -1;
	return strbuf_ok(out) ? 0 : error_oom(err);
}
