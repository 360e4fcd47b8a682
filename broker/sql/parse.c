/*
 * parse.c - drives the parser: limits, yields, errors.
 *
 * The lexer's tokens are fed to the grammar one by one.  Between tokens is
 * where a statement can be paused, cancelled or refused: nothing else here
 * takes longer than a few microseconds, except what the lexer pays for itself.
 *
 * Three things can nest without end before the grammar builds a node whose
 * depth could be looked at: brackets of both kinds, CASE, and signs or NOT in a
 * row.  They are counted here, which also bounds the parser's own stack.
 */
#include "broker/sql/ast_make.h"
#include "broker/sql/grammar.h"
#include "broker/sql/grammar_priv.h"
#include "broker/sql/sql.h"
#include "broker/sql/unexpected.h"
#include "common/base/error.h"

/* About what a token costs to lex, shift and reduce. */
#define TOKEN_UNITS 80

/* Tokens between two yield points. */
#define TOKENS_PER_POINT 64

/* UTF-8 is checked in pieces, so that a megabyte does not hold the worker. */
#define PIECE ((size_t)64 * 1024)

struct parse {
	const struct sql_limits *limits;
	struct coop *coop;
	struct error *err;
	struct ast_maker m;
	struct sql_lexer lexer;
	struct sql_grammar *grammar;
	uint32_t n_tokens;
	uint32_t n_signs; /* + - NOT in a row, so far */
};

/* ---- Before the lexer ---- */

static int fail_bytes(struct str text, size_t at, const char *what, struct error *err)
{
	uint32_t line, column;

	sql_position(text, (uint32_t)at, &line, &column);
	return error_set_at(err, ERR_SQL_PARSING, (uint32_t)at,
			    "Lexical error at line %u, column %u. %s", line, column, what);
}

/* The end of a piece that starts at `from` and cuts no character. */
static size_t piece_end(struct str text, size_t from)
{
	size_t end = from + PIECE;

	if (text.len - from <= PIECE)
		return text.len;
	while (end > from + PIECE - 3 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
		end--;
	return end;
}

static int check_bytes(struct str text, struct coop *coop, struct error *err)
{
	for (size_t from = 0, end; from < text.len; from = end) {
		struct str piece;
		const char *nul;
		size_t bad;

		end = piece_end(text, from);
		piece = (struct str){ text.ptr + from, end - from };
		nul = memchr(piece.ptr, '\0', piece.len);
		if (nul)
			return fail_bytes(text, (size_t)(nul - text.ptr),
					  "The statement holds a NUL byte.", err);
		if (!str_utf8_valid(piece, &bad))
			return fail_bytes(text, from + bad, "The statement is not UTF-8.", err);
		coop_pay(coop, COOP_BYTES(piece.len));
		if (coop_point(coop, err) < 0)
			return -1;
	}
	return 0;
}

static int check_size(struct str text, const struct sql_limits *limits, struct error *err)
{
	if (text.len <= limits->max_bytes)
		return 0;
	return error_set_at(err, ERR_SQL_PARSING, limits->max_bytes,
			    "The statement has %zu bytes: at most %u are allowed.", text.len,
			    limits->max_bytes);
}

/* ---- Token by token ---- */

static int fail_too_many(const struct parse *p, struct sql_token t)
{
	uint32_t line, column;

	sql_position(p->lexer.text, t.begin, &line, &column);
	return error_set_at(
		p->err, ERR_SQL_PARSING, t.begin,
		"Too many words and signs at line %u, column %u: at most %u are allowed.", line,
		column, p->limits->max_tokens);
}

/* Keeps count of what is open; -1 when it is too much.  CASE ends in ast_make_case(). */
static int check_nesting(struct parse *p, struct sql_token t)
{
	switch (t.kind) {
	case TK_LP:
	case TK_LB:
	case TK_CASE:
		p->m.n_open++;
		break;
	case TK_RP:
	case TK_RB:
		if (p->m.n_open > 0)
			p->m.n_open--;
		break;
	}
	if (t.kind == TK_DASH || t.kind == TK_PLUS || t.kind == TK_NOT)
		p->n_signs++;
	else
		p->n_signs = 0;
	if (p->m.n_open + p->n_signs <= p->limits->max_depth)
		return 0;
	ast_fail_depth(&p->m, t.begin);
	return -1;
}

static int next_token(struct parse *p, struct sql_token *t)
{
	if (p->n_tokens % TOKENS_PER_POINT == 0 && coop_point(p->coop, p->err) < 0)
		return -1;
	if (sql_lexer_next(&p->lexer, t, p->err) < 0)
		return -1;
	coop_pay(p->coop, TOKEN_UNITS); /* the lexer has paid for what is long */
	if (t->kind != TK_EOF && ++p->n_tokens > p->limits->max_tokens)
		return fail_too_many(p, *t);
	return check_nesting(p, *t);
}

/* The lexer has seen that the clause could be the last one; the grammar may want a name here. */
static int decide_format(struct parse *p, struct sql_token *t)
{
	bool is_clause = true;

	if (t->kind != TK_FORMAT)
		return 0;
	if (sql_grammar_accepts(p->grammar, TK_FORMAT, &is_clause) < 0)
		return -1;
	if (!is_clause)
		t->kind = TK_ID;
	return 0;
}

static int fail_unexpected(const struct parse *p, struct sql_token t)
{
	const struct ast_stmt *ended = p->m.last.kind == TK_SEMICOLON ? p->m.stmt : NULL;

	return sql_unexpected(p->lexer.text, t, ended, p->m.arena, p->coop, p->err);
}

static int parse_tokens(struct parse *p)
{
	struct sql_token t;

	do {
		if (next_token(p, &t) < 0 || decide_format(p, &t) < 0)
			return -1;
		sql_grammar_feed(p->grammar, t);
		if (p->m.has_failed)
			return -1;
		if (p->m.is_unexpected)
			return fail_unexpected(p, t);
		p->m.last = t;
	} while (t.kind != TK_EOF);
	return 0;
}

int sql_parse(struct str text, const struct sql_limits *limits, struct arena *arena,
	      struct coop *coop, const struct ast_stmt **out, struct error *err)
{
	struct parse p = {
		.limits = limits,
		.coop = coop,
		.err = err,
		.m = { .text = text, .arena = arena, .max_depth = limits->max_depth, .err = err },
	};

	if (check_size(text, limits, err) < 0 || check_bytes(text, coop, err) < 0)
		return -1;
	sql_lexer_init(&p.lexer, text, coop);
	p.grammar = sql_grammar_new(&p.m);
	if (!p.grammar || parse_tokens(&p) < 0)
		return -1;
	p.m.stmt->options = ast_all_options(&p.m);
	*out = p.m.stmt;
	return 0;
}

/* Behind the last end of a line before `end`. */
static size_t line_begin(const char *text, size_t end)
{
	const char *lf = end > 0 ? memrchr(text, '\n', end) : NULL;
	size_t begin = lf ? (size_t)(lf - text) + 1 : 0;
	const char *cr = end > begin ? memrchr(text + begin, '\r', end - begin) : NULL;

	return cr ? (size_t)(cr - text) + 1 : begin;
}

/* LF, CR and CRLF end a line.  Plain loops, which compilers turn into a few instructions for many bytes. */
void sql_position(struct str text, uint32_t offset, uint32_t *line, uint32_t *column)
{
	size_t end = MIN(offset, text.len), begin = line_begin(text.ptr, end);
	uint32_t n_lines = 1 + (begin > 0), n_columns = 1;

	for (size_t i = 0; i + 1 < begin; i++)
		n_lines +=
			(text.ptr[i] == '\n') | ((text.ptr[i] == '\r') & (text.ptr[i + 1] != '\n'));
	for (size_t i = begin; i < end; i++)
		n_columns += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	*line = n_lines;
	*column = n_columns;
}
