/*
 * lexer.h - text to tokens.
 *
 * Tokens are places in the text: nothing is copied here.  Their codes, TK_...,
 * come from grammar.y.  Blanks and comments are skipped; a hint is not: its marks
 * are tokens, with ordinary ones between them.
 *
 * Some words are keywords only in front of a certain token, and ordinary names
 * elsewhere: DATE is one in DATE '2024-01-31' but not in SELECT date FROM t.
 * The grammar cannot see two tokens ahead, so that is decided here: such a
 * word comes out as TK_ID unless its partner follows.  Words that the grammar
 * itself can tell apart are its fallbacks.
 *
 * The entries of OPTION(...) are not taken apart: Pinot splits their text at commas
 * and at '=' (spec/pinot-broker 9), so that option(id=a-1) needs no quotes.
 */
#ifndef BROKER_SQL_LEXER_H
#define BROKER_SQL_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"

struct coop;
struct error;

/* Code of the end of the text, as lemon wants it. */
#define TK_EOF 0

struct sql_token {
	int kind;            /* TK_... */
	uint32_t begin, end; /* bytes of the text; end is exclusive */
};

struct sql_lexer {
	struct str text;           /* well-formed UTF-8 without NUL bytes, below 4 GiB */
	size_t pos;                /* where the next token is looked for */
	struct coop *coop;         /* pays for long comments, strings and blanks */
	struct sql_token ahead[2]; /* read already */
	uint32_t n_ahead;
	bool is_in_hint;
	enum {
		OPTION_NONE,
		OPTION_WORD,
		OPTION_ENTRIES
	} option; /* how far OPTION( ... ) has come */
};

/** Starts at the beginning of the text. */
void sql_lexer_init(struct sql_lexer *lx, struct str text, struct coop *coop);

/**
 * The next token; at the end TK_EOF, again and again.
 *
 * Returns 0, or -1: ERR_SQL_PARSING for what is no token (with its place),
 * ERR_QUERY_CANCELLED.
 */
NODISCARD int sql_lexer_next(struct sql_lexer *lx, struct sql_token *out, struct error *err);

/** True when a name can be written without quotes: before a parenthesis, or elsewhere. */
bool sql_is_plain_name(struct str name, bool is_before_paren);

#endif
