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

enum sql_form {
	SQL_CANONICAL,   /* parses to the same tree; prints as itself again */
	SQL_FINGERPRINT, /* the same for all statements that differ in values only */
};

/**
 * Appends the text of a statement, parentheses only where they are needed.
 *
 * Canonical: options as SET in front, FORMAT behind, keywords in upper case, names
 * in backticks where they need quotes.  Fingerprint: no options, no EXPLAIN, all
 * names in backticks, ? for each value, as Pinot's parser prints it (README.md).
 *
 * max_bytes  of *out; a fingerprint may be longer than its statement
 *
 * Returns 0, or -1: ERR_QUERY_CANCELLED, ERR_OUT_OF_MEMORY, ERR_QUERY_VALIDATION
 * (longer than max_bytes).
 */
NODISCARD int sql_print_stmt(const struct ast_stmt *stmt, enum sql_form form, size_t max_bytes,
			     struct coop *coop, struct strbuf *out, struct error *err);

/* A fingerprint so many times longer than statements may be is none: what max_bytes is made of. */
#define SQL_FINGERPRINT_GROWTH 16

/* 16 hex digits and a NUL. */
#define SQL_HASH_SIZE 17

/**
 * The fingerprint as Pinot gives it out: a text in which runs of blanks are one
 * blank, and its FarmHash Fingerprint64, least byte first, in lower-case hex.
 * Otherwise as sql_print_stmt().
 */
NODISCARD int sql_fingerprint(const struct ast_stmt *stmt, size_t max_bytes, struct coop *coop,
			      struct strbuf *text, char hash[SQL_HASH_SIZE], struct error *err);

/**
 * Appends the tree, a line for each node, with the bytes that it comes from if asked to.
 * Without them, two statements have the same text if and only if their trees are equal.
 *
 * Returns 0, or -1: ERR_QUERY_CANCELLED, ERR_OUT_OF_MEMORY.
 */
NODISCARD int sql_print_tree(const struct ast_stmt *stmt, bool with_spans, struct coop *coop,
			     struct strbuf *out, struct error *err);

/* Bytes; a longer label ends there. */
#define SQL_LABEL_MAX ((size_t)64 << 10)

/** Appends the name of a result column without alias, as in Pinot: "sum(x)", "count(*)". */
void sql_print_label(const struct ast_expr *e, struct strbuf *out);

#endif
