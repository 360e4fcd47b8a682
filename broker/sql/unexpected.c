/*
 * unexpected.c - see unexpected.h.
 *
 * A table-driven parser makes default reductions before it looks at a token
 * closely, so by the time it finds an error it has forgotten some of the
 * tokens it would have taken.  Hence the second run, over states alone, which
 * stops right before the bad token and then tries every token there is.
 */
#include "broker/sql/unexpected.h"
#include "broker/sql/grammar.h"
#include "broker/sql/grammar_priv.h"
#include "broker/sql/sql.h"
#include "common/base/arena.h"
#include "common/base/error.h"

/* More than this nobody reads. */
#define N_EXPECTED_MAX 20

/* How much of a long token is shown. */
#define SHOWN_MAX 60

#define TOKEN_UNITS      30
#define TOKENS_PER_POINT 64

struct spelling {
	int kind;
	const char *text;
};

static const struct spelling spellings[] = {
#define SQL_TOKEN(name, spelling) { TK_##name, spelling },
#include "broker/sql/tokens.def"
#undef SQL_TOKEN
};

const char *sql_token_spelling(int kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++)
		if (spellings[i].kind == kind)
			return spellings[i].text;
	return NULL;
}

/* "<integer>", not "<=". */
static bool is_class(const char *spelling)
{
	size_t n = strlen(spelling);

	return n > 2 && spelling[0] == '<' && spelling[n - 1] == '>';
}

/* The states in which the parser meets the token that begins at `bad`. */
static int replay(struct str text, uint32_t bad, struct sql_states *s, struct arena *arena,
		  struct coop *coop, struct error *err)
{
	struct sql_lexer lexer;
	struct sql_token t;

	sql_lexer_init(&lexer, text, coop);
	for (uint32_t i = 0;; i++) {
		if (i % TOKENS_PER_POINT == 0 && coop_point(coop, err) < 0)
			return -1;
		if (sql_lexer_next(&lexer, &t, err) < 0)
			return -1;
		if (t.begin >= bad)
			return 0;
		/* As in parse.c. */
		if (t.kind == TK_FORMAT && !sql_states_accept(s, TK_FORMAT))
			t.kind = TK_ID;
		if (sql_states_shift(s, t.kind, arena, err) < 0)
			return -1;
		coop_pay(coop, TOKEN_UNITS);
	}
}

/* Some words have two tokens, depending on what follows them. */
static bool is_listed(size_t i, const uint8_t *accepted)
{
	for (size_t j = 0; j < i; j++)
		if (accepted[j] && !strcmp(spellings[i].text, spellings[j].text))
			return true;
	return false;
}

/* A word that has become a name here, because what should follow it does not. */
static bool is_found(size_t i, struct str found)
{
	return str_eq_nocase(str_of(spellings[i].text), found);
}

static void add_expected(struct strbuf *msg, const struct sql_states *s, struct str found)
{
	uint8_t accepted[ARRAY_SIZE(spellings)] = { 0 };
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(spellings) && n < N_EXPECTED_MAX; i++) {
		const char *quote = is_class(spellings[i].text) ? "" : "\"";

		accepted[i] = sql_states_accept(s, spellings[i].kind);
		if (!accepted[i] || is_listed(i, accepted) || is_found(i, found))
			continue;
		strbuf_printf(msg, "%s\n    %s%s%s", n == 0 ? "\nWas expecting one of:" : "", quote,
			      spellings[i].text, quote);
		n++;
	}
}

static void add_found(struct strbuf *msg, struct str text, struct str found, uint32_t begin)
{
	size_t shown = str_utf8_cut(found, SHOWN_MAX);
	uint32_t line, column;

	sql_position(text, begin, &line, &column);
	strbuf_printf(msg, "Encountered \"%.*s%s\" at line %u, column %u.", (int)shown, found.ptr,
		      shown < found.len ? "..." : "", line, column);
}

/* Only at the end of a statement can there be a semicolon. */
static void add_reason(struct strbuf *msg, const struct sql_states *s, struct sql_token bad,
		       const struct ast_stmt *stmt)
{
	uint16_t start[1] = { 0 };
	struct sql_states fresh = { .states = start, .n = 1 };

	if (!sql_states_accept(s, TK_SEMICOLON))
		return;
	if (bad.kind == TK_EOF)
		strbuf_add_str(msg, STR(" SqlNode with executable statement not found!"));
	else if (stmt && sql_states_accept(&fresh, bad.kind))
		strbuf_printf(msg, " SqlNode with executable statement already exist with type: %s",
			      ast_class_name(ast_stmt_class_of(stmt)));
}

int sql_unexpected(struct str text, struct sql_token bad, const struct ast_stmt *stmt,
		   struct arena *arena, struct coop *coop, struct error *err)
{
	CLEANUP(strbuf_fini) struct strbuf msg = STRBUF_INIT;
	uint16_t start[SQL_TRIAL_MAX] = { 0 };
	struct sql_states s = { .states = start, .n = 1, .cap = SQL_TRIAL_MAX };
	struct str found = STR("<EOF>");

	if (bad.kind != TK_EOF)
		found = (struct str){ text.ptr + bad.begin, bad.end - bad.begin };
	if (replay(text, bad.begin, &s, arena, coop, err) < 0)
		return -1;
	add_found(&msg, text, found, bad.begin);
	add_reason(&msg, &s, bad, stmt);
	add_expected(&msg, &s, found);
	if (!strbuf_ok(&msg))
		return error_oom(err);
	return error_set_at(err, ERR_SQL_PARSING, bad.begin, STR_FMT, STR_ARG(strbuf_str(&msg)));
}
