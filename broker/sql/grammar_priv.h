/*
 * grammar_priv.h - between grammar.y, which holds the parser's tables, and the
 * files that drive it.
 *
 * Two machines run on these tables.  The grammar builds the tree.  The states
 * are the same parser without values: after an error the tokens are run through
 * it once more, because only a parser that has not yet made up its mind about
 * the offending token knows everything that could have stood in its place.
 */
#ifndef BROKER_SQL_GRAMMAR_PRIV_H
#define BROKER_SQL_GRAMMAR_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/sql/lexer.h"

struct arena;
struct ast_maker;
struct error;
struct sql_grammar;

/** A parser at the start of a statement, in the maker's arena; NULL with the maker's err. */
NODISCARD struct sql_grammar *sql_grammar_new(struct ast_maker *m);

/** One token; the maker's flags say what came of it.  TK_EOF comes last. */
void sql_grammar_feed(struct sql_grammar *g, struct sql_token token);

/** True when this very token could come next, not one that it can stand for; takes a while. */
NODISCARD int sql_grammar_accepts(struct sql_grammar *g, int token, bool *out);

/* How much one token can put on the stack: no more than there are symbols. */
#define SQL_TRIAL_MAX 256

struct sql_states {
	uint16_t *states; /* the first is 0, the start */
	uint32_t n, cap;
};

/** True for names, and for keywords that are names wherever no rule wants them. */
bool sql_token_may_be_name(int kind);

/** True when this very token could come next, not one that it can stand for. */
bool sql_states_accept(const struct sql_states *s, int token);

/** Moves on by a token that the grammar has taken. */
NODISCARD int sql_states_shift(struct sql_states *s, int token, struct arena *arena,
			       struct error *err);

#endif
