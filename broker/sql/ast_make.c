/*
 * ast_make.c - what all constructors need: memory, depth, text, names.
 *
 * Depth is kept while the tree grows, from the leaves up, in queries and joins
 * as well as in expressions.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "broker/sql/ast_make_priv.h"
#include "broker/sql/grammar.h"
#include "broker/sql/sql.h"
#include "common/base/error.h"

/* ---- Failures ---- */

void ast_fail_at(struct ast_maker *m, uint32_t offset, const char *what)
{
	uint32_t line, column;

	if (m->has_failed)
		return;
	sql_position(m->text, offset, &line, &column);
	(void)error_set_at(m->err, ERR_SQL_PARSING, offset, "%s at line %u, column %u.", what, line,
			   column);
	m->has_failed = true;
}

void ast_fail_depth(struct ast_maker *m, uint32_t offset)
{
	uint32_t line, column;

	sql_position(m->text, offset, &line, &column);
	(void)error_set_at(
		m->err, ERR_SQL_PARSING, offset,
		"Nested too deeply at line %u, column %u: at most %u levels are allowed.", line,
		column, m->max_depth);
	m->has_failed = true;
}

void *ast_alloc(struct ast_maker *m, size_t size_bytes)
{
	void *p;

	if (m->has_failed)
		return NULL;
	p = arena_calloc(m->arena, size_bytes, m->err);
	if (!p)
		m->has_failed = true;
	return p;
}

void ast_contain(struct ast_maker *m, uint32_t *depth, uint32_t inner)
{
	*depth = MAX(*depth, inner + 1);
	if (*depth > m->max_depth && !m->has_failed)
		ast_fail_depth(m, m->last.begin);
}

void ast_contain_expr(struct ast_maker *m, uint32_t *depth, const struct ast_expr *e)
{
	if (e)
		ast_contain(m, depth, e->depth);
}

/* ---- Text ---- */

/* Every quote inside stands twice. */
static struct str unescape(struct ast_maker *m, struct str s, char quote)
{
	char *to = arena_alloc_bytes(m->arena, s.len, m->err);
	size_t n = 0;

	if (!to) {
		m->has_failed = true;
		return (struct str){ 0 };
	}
	for (size_t i = 0; i < s.len; i++) {
		to[n++] = s.ptr[i];
		if (s.ptr[i] == quote)
			i++;
	}
	return (struct str){ to, n };
}

struct str ast_text(struct ast_maker *m, struct sql_token t)
{
	struct str s = { m->text.ptr + t.begin, t.end - t.begin };
	char quote;

	if (m->has_failed)
		return (struct str){ 0 };
	if (t.kind == TK_BINARY)
		s = (struct str){ s.ptr + 1, s.len - 1 };
	quote = s.ptr[0];
	if (quote != '\'' && quote != '"' && quote != '`')
		return s;
	s = (struct str){ s.ptr + 1, s.len - 2 };
	return memchr(s.ptr, quote, s.len) ? unescape(m, s, quote) : s;
}

struct str ast_upper(struct ast_maker *m, struct sql_token t)
{
	struct str s = ast_text(m, t);
	char *to = ast_alloc(m, s.len + 1);

	if (!to)
		return (struct str){ 0 };
	for (size_t i = 0; i < s.len; i++)
		to[i] = (char)toupper((unsigned char)s.ptr[i]);
	return (struct str){ to, s.len };
}

struct str ast_printf(struct ast_maker *m, const char *fmt, ...)
{
	char buf[256];
	struct str s = { 0 };
	va_list args;
	int n;

	if (m->has_failed)
		return s;
	va_start(args, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	if (n >= (int)sizeof(buf)) {
		char *long_buf = arena_alloc_bytes(m->arena, (size_t)n + 1, m->err);

		va_start(args, fmt);
		if (long_buf)
			(void)vsnprintf(long_buf, (size_t)n + 1, fmt, args);
		va_end(args);
		s = (struct str){ long_buf, (size_t)n };
	} else {
		s = arena_str(m->arena, str_of(buf), m->err);
	}
	if (!s.ptr)
		m->has_failed = true;
	return s;
}

struct str ast_two_texts(struct ast_maker *m, const char *a, struct str b)
{
	return ast_printf(m, "%s" STR_FMT, a, STR_ARG(b));
}

struct str ast_two_words(struct ast_maker *m, struct sql_token a, struct sql_token b)
{
	struct str first = ast_text(m, a), second = ast_text(m, b);

	return ast_printf(m, STR_FMT " " STR_FMT, STR_ARG(first), STR_ARG(second));
}

/* ---- Names ---- */

struct ast_name ast_make_name(struct ast_maker *m, uint32_t n, const struct sql_token *parts)
{
	struct ast_name name = { .n_parts = n, .span = { parts[0].begin, parts[n - 1].end } };

	name.parts = ast_alloc(m, n * sizeof(*name.parts));
	if (!name.parts)
		return (struct ast_name){ 0 };
	for (uint32_t i = 0; i < n; i++)
		name.parts[i] = ast_text(m, parts[i]);
	return name;
}

struct ast_ids ast_add_id(struct ast_maker *m, struct ast_ids list, struct sql_token t)
{
	struct ast_id *id = MAKE(m, struct ast_id);

	if (!id)
		return list;
	id->name = ast_text(m, t);
	id->span = (struct span){ t.begin, t.end };
	LIST_ADD(list, id);
	return list;
}

struct str ast_ids_text(struct ast_maker *m, const struct ast_ids *list)
{
	size_t len = 0;
	char *to, *end;

	if (m->has_failed)
		return (struct str){ 0 };
	if (!list->first->next)
		return list->first->name;
	for (const struct ast_id *id = list->first; id; id = id->next)
		len += id->name.len + 1;
	to = end = ast_alloc(m, len);
	if (!to)
		return (struct str){ 0 };
	for (const struct ast_id *id = list->first; id; id = id->next) {
		memcpy(end, id->name.ptr, id->name.len);
		end += id->name.len;
		*end++ = '.';
	}
	return (struct str){ to, len - 1 };
}

uint32_t ast_ids_begin(const struct ast_ids *list)
{
	return list->first ? list->first->span.begin : 0;
}
