/* ast_stmt.c - kinds of statements, and their constructors; see ast_make.h. */
#include "broker/sql/ast_make_priv.h"
#include "common/base/assert.h"

/* ---- Kinds ---- */

static const struct {
	const char *words;
	enum ast_stmt_class class;
} kinds[AST_STMT_COUNT] = {
#define AST_STATEMENT(name, words, class) [STMT_##name] = { words, CLASS_##class },
#include "broker/sql/statements.def"
#undef AST_STATEMENT
};

const char *ast_stmt_words(enum ast_stmt_kind kind)
{
	ASSERT((unsigned)kind < AST_STMT_COUNT);
	return kinds[kind].words;
}

enum ast_stmt_class ast_stmt_class_of(const struct ast_stmt *s)
{
	if (s->kind != STMT_ALTER)
		return kinds[s->kind].class;
	for (const struct ast_alter *a = s->alter; a; a = a->next) {
		if (a->kind == ALTER_UPDATE || a->kind == ALTER_DELETE)
			return CLASS_DML;
	}
	return CLASS_DDL;
}

const char *ast_class_name(enum ast_stmt_class c)
{
	static const char *const names[] = {
		[CLASS_DQL] = "DQL",
		[CLASS_DML] = "DML",
		[CLASS_DDL] = "DDL",
		[CLASS_DCL] = "DCL",
	};

	return names[c];
}

/* ---- Options ---- */

static void add_option(struct ast_maker *m, struct ast_options *list,
		       const struct ast_option *parts)
{
	struct ast_option *o = MAKE(m, struct ast_option);

	if (o)
		*o = *parts;
	LIST_ADD(*list, o);
}

void ast_add_set(struct ast_maker *m, uint32_t begin, const struct ast_ids *name, struct str value)
{
	struct ast_option o = { ast_ids_text(m, name), value, { begin, m->last.end }, NULL };

	add_option(m, &m->sets, &o);
}

void ast_add_option_entry(struct ast_maker *m, struct sql_token entry)
{
	struct str value = { m->text.ptr + entry.begin, entry.end - entry.begin };
	struct str name = str_trim(str_split(&value, '='));
	struct ast_option o = { name, str_trim(value), { entry.begin, entry.end }, NULL };

	if (name.len == 0 || o.value.len == 0 || memchr(o.value.ptr, '=', o.value.len))
		ast_fail_at(m, entry.begin, "OPTION statement requires two parts separated by '='");
	else
		add_option(m, &m->entries, &o);
}

struct ast_option *ast_all_options(struct ast_maker *m)
{
	if (!m->entries.first)
		return m->sets.first;
	m->entries.last->next = m->sets.first;
	return m->entries.first;
}

struct str ast_option_text(struct ast_maker *m, const struct ast_expr *literal)
{
	if (m->has_failed)
		return (struct str){ 0 };
	if (literal->literal.kind == LIT_BOOLEAN || literal->literal.kind == LIT_NULL)
		return (struct str){ m->text.ptr + literal->span.begin,
				     literal->span.end - literal->span.begin };
	return literal->literal.text;
}

struct str ast_option_number(struct ast_maker *m, struct sql_token number, bool is_negative)
{
	struct str digits = ast_text(m, number);

	return is_negative ? ast_two_texts(m, "-", digits) : digits;
}

/* ---- All statements ---- */

/* table may be NULL. */
static struct ast_stmt *make_stmt(struct ast_maker *m, enum ast_stmt_kind kind, uint32_t begin,
				  const struct ast_name *table)
{
	struct ast_stmt *s = MAKE(m, struct ast_stmt);

	if (!s)
		return NULL;
	s->kind = kind;
	s->span = (struct span){ begin, m->last.end };
	s->depth = 1;
	if (table)
		s->name = *table;
	return s;
}

static void contain_query(struct ast_maker *m, struct ast_stmt *s, struct ast_query *q)
{
	s->query = q;
	if (q)
		ast_contain(m, &s->depth, q->depth);
}

struct ast_stmt *ast_finish_stmt(struct ast_maker *m, struct ast_stmt *s, struct ast_id *format)
{
	if (m->has_failed)
		return NULL;
	s->format = format;
	s->span.end = m->last.end;
	return s;
}

struct ast_stmt *ast_make_query_stmt(struct ast_maker *m, struct ast_query *q)
{
	struct ast_stmt *s = m->has_failed ? NULL : make_stmt(m, STMT_QUERY, q->span.begin, NULL);

	if (s)
		contain_query(m, s, q);
	return s;
}

struct str ast_explain_format(struct ast_maker *m, struct sql_token format)
{
	static const char *const formats[] = { "AS JSON", "AS XML", "AS DOT" };
	struct str word = ast_upper(m, format);

	for (size_t i = 0; i < ARRAY_SIZE(formats) && !m->has_failed; i++) {
		if (str_eq(word, str_of(formats[i] + strlen("AS "))))
			return str_of(formats[i]);
	}
	ast_fail_at(m, format.begin, "Encountered a plan's format that is not JSON, XML or DOT");
	return (struct str){ 0 };
}

struct ast_stmt *ast_make_explain(struct ast_maker *m, uint32_t begin, enum ast_explain_level level,
				  struct str detail, struct ast_stmt *explained)
{
	struct ast_stmt *s = make_stmt(m, STMT_EXPLAIN, begin, NULL);

	if (!s)
		return NULL;
	s->explain.level = level;
	s->explain.detail = detail;
	s->explain.stmt = explained;
	ast_contain(m, &s->depth, explained->depth);
	return s;
}

/* ---- INSERT, UPDATE, DELETE, MERGE ---- */

struct ast_stmt *ast_make_insert(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct ast_id *columns, struct ast_query *q,
				 struct ast_file *files)
{
	struct ast_stmt *s = make_stmt(m, STMT_INSERT, begin, table);

	if (!s)
		return NULL;
	s->insert.columns = columns;
	s->insert.files = files;
	contain_query(m, s, q);
	return s;
}

struct ast_file *ast_make_file(struct ast_maker *m, bool is_archive, struct sql_token uri)
{
	struct ast_file *f = MAKE(m, struct ast_file);

	if (!f)
		return NULL;
	f->is_archive = is_archive;
	f->uri = ast_text(m, uri);
	return f;
}

struct ast_files ast_add_file(struct ast_files list, struct ast_file *f)
{
	LIST_ADD(list, f);
	return list;
}

struct ast_assignment *ast_make_assignment(struct ast_maker *m, const struct ast_name *column,
					   struct ast_expr *value)
{
	struct ast_assignment *a = MAKE(m, struct ast_assignment);

	if (!a)
		return NULL;
	a->column = *column;
	a->span = (struct span){ column->span.begin, m->last.end };
	a->value = value;
	return a;
}

struct ast_assignments ast_add_assignment(struct ast_assignments list, struct ast_assignment *a)
{
	LIST_ADD(list, a);
	list.depth = a ? MAX(list.depth, a->value->depth) : list.depth;
	return list;
}

struct ast_stmt *ast_make_delete(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct str alias, struct ast_expr *where)
{
	struct ast_stmt *s = make_stmt(m, STMT_DELETE, begin, table);

	if (!s)
		return NULL;
	s->change.alias = alias;
	s->change.where = where;
	ast_contain_expr(m, &s->depth, where);
	return s;
}

struct ast_stmt *ast_make_update(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				 struct str alias, const struct ast_assignments *assignments,
				 struct ast_expr *where)
{
	struct ast_stmt *s = ast_make_delete(m, begin, table, alias, where);

	if (!s)
		return NULL;
	s->kind = STMT_UPDATE;
	s->change.assignments = assignments->first;
	ast_contain(m, &s->depth, assignments->depth);
	return s;
}

static struct ast_merge_branch *make_branch(struct ast_maker *m, enum ast_merge_kind kind,
					    bool is_matched, struct ast_expr *condition)
{
	struct ast_merge_branch *b = MAKE(m, struct ast_merge_branch);

	if (!b)
		return NULL;
	b->kind = kind;
	b->is_matched = is_matched;
	b->condition = condition;
	ast_contain_expr(m, &b->depth, condition);
	return b;
}

struct ast_merge_branch *ast_make_merge_update(struct ast_maker *m, struct ast_expr *condition,
					       const struct ast_assignments *assignments)
{
	struct ast_merge_branch *b = make_branch(m, MERGE_UPDATE, true, condition);

	if (!b)
		return NULL;
	b->assignments = assignments->first;
	ast_contain(m, &b->depth, assignments->depth);
	return b;
}

struct ast_merge_branch *ast_make_merge_delete(struct ast_maker *m, struct ast_expr *condition)
{
	return make_branch(m, MERGE_DELETE, true, condition);
}

struct ast_merge_branch *ast_make_merge_insert(struct ast_maker *m, struct ast_expr *condition,
					       struct ast_id *columns, struct ast_row *row)
{
	struct ast_merge_branch *b = make_branch(m, MERGE_INSERT, false, condition);

	if (!b)
		return NULL;
	b->columns = columns;
	b->row = row;
	ast_contain(m, &b->depth, row->exprs.depth);
	return b;
}

struct ast_merges ast_add_merge(struct ast_merges list, struct ast_merge_branch *b)
{
	LIST_ADD(list, b);
	list.depth = b ? MAX(list.depth, b->depth) : list.depth;
	return list;
}

struct ast_stmt *ast_make_merge(struct ast_maker *m, uint32_t begin, const struct ast_name *table,
				const struct ast_stmt *parts, const struct ast_merges *branches)
{
	struct ast_stmt *s = make_stmt(m, STMT_MERGE, begin, table);

	if (!s)
		return NULL;
	s->merge = parts->merge;
	s->merge.branches = branches->first;
	ast_contain(m, &s->depth, s->merge.source->depth);
	ast_contain_expr(m, &s->depth, s->merge.on);
	ast_contain(m, &s->depth, branches->depth);
	return s;
}

/* ---- CREATE, DROP, ALTER ---- */

struct ast_stmt *ast_make_create(struct ast_maker *m, uint32_t begin, const struct ast_name *name,
				 const struct ast_stmt *parts)
{
	struct ast_stmt *s = make_stmt(m, STMT_CREATE, begin, name);

	if (!s)
		return NULL;
	s->create = parts->create;
	contain_query(m, s, parts->query);
	for (const struct ast_column_def *c = s->create.columns; c; c = c->next)
		ast_contain_expr(m, &s->depth, c->fallback);
	return s;
}

struct ast_column_def *ast_make_column_def(struct ast_maker *m, struct sql_token name,
					   const struct ast_type *type,
					   const struct ast_column_def *parts,
					   const struct ast_role *role)
{
	struct ast_column_def *c = MAKE(m, struct ast_column_def);

	if (!c)
		return NULL;
	*c = *parts;
	c->name = ast_text(m, name);
	c->span = (struct span){ name.begin, m->last.end };
	c->type = *type;
	c->role = role->role;
	c->is_multi_value = role->is_multi_value;
	if (role->format)
		c->format = role->format->literal.text;
	if (role->granularity)
		c->granularity = role->granularity->literal.text;
	return c;
}

struct ast_column_defs ast_add_column_def(struct ast_column_defs list, struct ast_column_def *c)
{
	LIST_ADD(list, c);
	return list;
}

struct ast_property *ast_make_property(struct ast_maker *m, struct str key, struct str value)
{
	struct ast_property *p = MAKE(m, struct ast_property);

	if (!p)
		return NULL;
	p->key = key;
	p->value = value;
	return p;
}

struct ast_properties ast_add_property(struct ast_properties list, struct ast_property *p)
{
	LIST_ADD(list, p);
	return list;
}

struct str ast_period(struct ast_maker *m, struct sql_token number, struct sql_token unit)
{
	static const struct {
		const char *unit, *letter;
	} units[] = { { "MINUTE", "m" }, { "MINUTES", "m" }, { "HOUR", "h" },
		      { "HOURS", "h" },  { "DAY", "d" },     { "DAYS", "d" } };
	struct str n = ast_text(m, number), name = ast_upper(m, unit);

	for (size_t i = 0; i < ARRAY_SIZE(units) && !m->has_failed; i++) {
		if (str_eq(name, str_of(units[i].unit)))
			return ast_printf(m, STR_FMT "%s", STR_ARG(n), units[i].letter);
	}
	ast_fail_at(m, unit.begin, "Encountered a period that is not in MINUTES, HOURS or DAYS");
	return (struct str){ 0 };
}

struct ast_stmt *ast_make_drop(struct ast_maker *m, enum ast_stmt_kind kind, uint32_t begin,
			       const struct ast_name *name, const struct ast_stmt *parts)
{
	struct ast_stmt *s = make_stmt(m, kind, begin, name);

	if (s)
		s->drop = parts->drop;
	return s;
}

struct ast_stmt *ast_make_alter_stmt(struct ast_maker *m, uint32_t begin,
				     const struct ast_name *name, const struct ast_alters *list)
{
	struct ast_stmt *s = make_stmt(m, STMT_ALTER, begin, name);

	if (!s)
		return NULL;
	s->alter = list->first;
	ast_contain(m, &s->depth, list->depth);
	return s;
}

struct ast_alters ast_add_alter(struct ast_alters list, struct ast_alter *a)
{
	LIST_ADD(list, a);
	list.depth = a ? MAX(list.depth, a->depth) : list.depth;
	return list;
}

static struct ast_alter *make_alter(struct ast_maker *m, enum ast_alter_kind kind, uint32_t begin,
				    bool is_conditional)
{
	struct ast_alter *a = MAKE(m, struct ast_alter);

	if (!a)
		return NULL;
	a->kind = kind;
	a->span = (struct span){ begin, m->last.end };
	a->is_conditional = is_conditional;
	return a;
}

struct ast_alter *ast_make_alter_add(struct ast_maker *m, uint32_t begin, bool is_conditional,
				     struct ast_column_def *column)
{
	struct ast_alter *a = make_alter(m, ALTER_ADD, begin, is_conditional);

	if (!a)
		return NULL;
	a->column = column;
	ast_contain_expr(m, &a->depth, column->fallback);
	return a;
}

struct ast_alter *ast_make_alter_drop(struct ast_maker *m, uint32_t begin, bool is_conditional,
				      struct sql_token name)
{
	struct ast_alter *a = make_alter(m, ALTER_DROP, begin, is_conditional);

	if (a)
		a->name = ast_text(m, name);
	return a;
}

struct ast_alter *ast_make_alter_rename(struct ast_maker *m, uint32_t begin, bool is_conditional,
					struct sql_token from, struct sql_token to)
{
	struct ast_alter *a = make_alter(m, ALTER_RENAME, begin, is_conditional);

	if (!a)
		return NULL;
	a->name = ast_text(m, from);
	a->new_name = ast_text(m, to);
	return a;
}

struct ast_alter *ast_make_alter_update(struct ast_maker *m, uint32_t begin,
					const struct ast_assignments *list, struct ast_expr *where)
{
	struct ast_alter *a = make_alter(m, ALTER_UPDATE, begin, false);

	if (!a)
		return NULL;
	a->assignments = list->first;
	a->where = where;
	ast_contain(m, &a->depth, list->depth);
	ast_contain_expr(m, &a->depth, where);
	return a;
}

struct ast_alter *ast_make_alter_delete(struct ast_maker *m, uint32_t begin, struct ast_expr *where)
{
	struct ast_alter *a = make_alter(m, ALTER_DELETE, begin, false);

	if (!a)
		return NULL;
	a->where = where;
	ast_contain_expr(m, &a->depth, where);
	return a;
}

/* ---- DESCRIBE, SHOW, CALL, KILL ---- */

struct ast_stmt *ast_make_describe(struct ast_maker *m, uint32_t begin,
				   const struct ast_name *table, struct str column)
{
	struct ast_stmt *s = make_stmt(m, STMT_DESCRIBE, begin, table);

	if (s)
		s->describe.column = column;
	return s;
}

struct ast_stmt *ast_make_show(struct ast_maker *m, uint32_t begin, enum ast_show_kind kind,
			       const struct ast_name *name, struct str type)
{
	struct ast_stmt *s = make_stmt(m, STMT_SHOW, begin, name);

	if (!s)
		return NULL;
	s->show.kind = kind;
	s->show.type = type;
	return s;
}

struct ast_stmt *ast_make_call_stmt(struct ast_maker *m, uint32_t begin,
				    const struct ast_name *name, const struct ast_list *args)
{
	struct ast_expr *call = ast_make_call(m, name, 0, args, NULL);
	struct ast_stmt *s = make_stmt(m, STMT_CALL, begin, NULL);

	if (!s)
		return NULL;
	s->call = call;
	ast_contain_expr(m, &s->depth, call);
	return s;
}

struct ast_stmt *ast_make_kill(struct ast_maker *m, enum ast_stmt_kind kind, uint32_t begin,
			       const struct ast_stmt *parts)
{
	struct ast_stmt *s = make_stmt(m, kind, begin, NULL);

	if (!s)
		return NULL;
	s->kill = parts->kill;
	ast_contain_expr(m, &s->depth, s->kill.where);
	return s;
}
