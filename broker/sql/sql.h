/*
 * sql.h - text to syntax tree and back.
 *
 * Knows no table, no type and no function.  The parser runs in a fiber and
 * yields between tokens (coop_point), so a megabyte of SQL neither holds a
 * worker nor outlives a cancel.
 */
#ifndef BROKER_SQL_SQL_H
#define BROKER_SQL_SQL_H

#include "broker/sql/ast.h"
#include "common/base/coop.h"
#include "common/base/strbuf.h"

struct error;

/* Limits on a statement; see config.def for defaults. */
struct sql_limits {
	uint32_t max_bytes;
	uint32_t max_tokens;
	uint32_t max_depth; /* of nesting: parentheses and expression trees */
};

/**
 * Parses SET prefixes and suffixes, exactly one other statement, and a
 * trailing OPTION(...).
 *
 * text   need not end in NUL; borrowed by the tree: it must outlive the arena
 * out    on success the statement, in the arena
 *
 * Returns 0, or -1: ERR_SQL_PARSING with its place ('Encountered "FROM" at line
 * 1, column 8.'), ERR_QUERY_CANCELLED, ERR_OUT_OF_MEMORY, ERR_QUERY_MEMORY.
 * Text that is not UTF-8 or holds a NUL byte is a parsing error as well.
 */
NODISCARD int sql_parse(struct str text, const struct sql_limits *limits, struct arena *arena,
			struct coop *coop, const struct ast_stmt **out, struct error *err);

/** Line and column (from 1; a tab counts as 1, a column is a code point) of a byte offset. */
void sql_position(struct str text, uint32_t offset, uint32_t *line, uint32_t *column);

/* How an expression is printed. */
enum sql_print {
	SQL_PRINT_CANONICAL, /* identifiers in backticks when needed, keywords upper case */
	SQL_PRINT_LABEL, /* a column's name in a result: functions lower case, "sum(x)", "count(*)" */
};

/** Appends the text of an expression with minimal parentheses; parse(print(e)) equals e. */
void sql_print_expr(const struct ast_expr *e, enum sql_print mode, struct strbuf *out);

/** Appends the canonical text of a statement without its options. */
void sql_print_stmt(const struct ast_stmt *stmt, struct strbuf *out);

#endif
