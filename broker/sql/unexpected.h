/*
 * unexpected.h - the message about a token that the grammar does not take.
 *
 *     Encountered "FROM" at line 1, column 8.
 *     Was expecting one of:
 *         <identifier>
 *         <integer>
 *         ...
 */
#ifndef BROKER_SQL_UNEXPECTED_H
#define BROKER_SQL_UNEXPECTED_H

#include "broker/sql/lexer.h"

struct arena;
struct ast_stmt;
struct coop;
struct error;

/**
 * Fills *err with what was found at `bad` and what could have stood there.  That there is
 * no statement, or a second one, is said in Pinot's words (spec/pinot-broker 7).
 *
 * stmt  the statement that has ended with a semicolon before `bad`; NULL: none
 *
 * Reads the text once more, up to `bad`, and yields meanwhile.
 * Returns -1, always: ERR_SQL_PARSING, or what went wrong on the way.
 */
int sql_unexpected(struct str text, struct sql_token bad, const struct ast_stmt *stmt,
		   struct arena *arena, struct coop *coop, struct error *err);

/** How a token is spelled in messages; NULL when there is no such token. */
const char *sql_token_spelling(int kind);

#endif
