/* sql_tokens.c - see sql_tokens.h. */
#include "tests/fuzz/sql_tokens.h"

#include <ctype.h>

#include "broker/sql/grammar.h"
#include "common/base/assert.h"
#include "common/base/coop.h"
#include "common/base/error.h"

void sql_tokens_read(struct sql_tokens *t, struct str text)
{
	struct sql_lexer lexer;
	struct token token = { 0 };
	struct coop coop;
	struct error err = { 0 };
	uint32_t end = 0;
	size_t bad;

	t->text = text;
	t->n = 0;
	t->is_whole = false;
	/* What the lexer takes for granted. */
	if (!str_utf8_valid(text, &bad) || (text.len > 0 && memchr(text.ptr, '\0', text.len)))
		return;
	coop_unlimited(&coop, &token);
	sql_lexer_init(&lexer, text, &coop);
	while (t->n < SQL_TOKENS_MAX && sql_lexer_next(&lexer, &t->list[t->n], &err) == 0) {
		t->is_whole = t->list[t->n].kind == TK_EOF;
		if (t->is_whole)
			return;
		ASSERT(t->list[t->n].begin >= end && t->list[t->n].begin < t->list[t->n].end);
		end = t->list[t->n++].end;
		ASSERT(end <= text.len);
	}
}

static bool is_keyword(const struct sql_tokens *t, uint32_t i)
{
	return t->list[i].kind != TK_ID && t->list[i].kind != TK_BINARY &&
	       t->list[i].kind != TK_OPTION_ENTRY &&
	       isalpha((unsigned char)sql_token_text(t, i).ptr[0]);
}

void sql_token_respell(const struct sql_tokens *t, uint32_t i, bool in_other_case,
		       struct strbuf *out)
{
	struct str word = sql_token_text(t, i);
	bool is_changed = in_other_case && is_keyword(t, i);

	for (size_t k = 0; k < word.len; k++) {
		unsigned char c = (unsigned char)word.ptr[k];
		int other = isupper(c) ? tolower(c) : toupper(c);

		strbuf_add_char(out, (char)(is_changed ? other : c));
	}
}
