/* sql_tokens.h - a statement as an array of tokens, by the broker's own lexer. */
#ifndef TESTS_FUZZ_SQL_TOKENS_H
#define TESTS_FUZZ_SQL_TOKENS_H

#include "broker/sql/lexer.h"
#include "common/base/strbuf.h"

#define SQL_TOKENS_MAX 4096

struct sql_tokens {
	struct str text;
	struct sql_token list[SQL_TOKENS_MAX];
	uint32_t n;
	bool is_whole; /* there was nothing but tokens, and room for all of them */
};

/** The tokens up to what is none; the text is borrowed. */
void sql_tokens_read(struct sql_tokens *t, struct str text);

static inline struct str sql_token_text(const struct sql_tokens *t, uint32_t i)
{
	return (struct str){ t->text.ptr + t->list[i].begin, t->list[i].end - t->list[i].begin };
}

/** Appends a token; the letters of a keyword in the other case, if so wanted. */
void sql_token_respell(const struct sql_tokens *t, uint32_t i, bool in_other_case,
		       struct strbuf *out);

#endif
