/*
 * fuzz_sql.c - SQL text: parser, printer, fingerprints, positions.
 *
 * What is no statement is refused with a message and a place.  Of every statement
 * it holds that
 *
 *   - pausing at every yield point changes nothing, a cancel at any of them ends
 *     the parse, and so does a failed allocation
 *   - canonical text parses to an equal tree and prints as itself
 *   - blanks, comments and letters of keywords change nothing that counts
 *   - a fingerprint is the same for other values
 *   - every part lies inside the part that it belongs to, and within the depth
 *     that the parser counts
 *   - every column has a label
 *
 * A run on a text is a struct sample; all memory is given back between two texts,
 * but for the buffers of what is printed.
 */
#include <ctype.h>
#include <stdio.h>

#include "broker/sql/ast_walk.h"
#include "broker/sql/grammar.h"
#include "broker/sql/sql.h"
#include "common/base/assert.h"
#include "common/base/hash.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_mutate.h"
#include "tests/fuzz/sql_tokens.h"

/* As in config.def. */
#define MAX_BYTES  (1u << 20)
#define MAX_TOKENS 1000000u
#define MAX_DEPTH  400u

#define FINGERPRINT_MAX ((size_t)1 << 20)

/* Levels of a walk: an expression in an ORDER BY takes two where depth counts one. */
#define LEVELS_MAX (2 * MAX_DEPTH + 8)

/* A text that parses, and what it is printed as. */
struct sample {
	struct fuzz_query query;
	const struct ast_stmt *stmt; /* NULL: it does not parse */
	struct strbuf canonical, tree, fingerprint;
	bool has_fingerprint;
	char hash[SQL_HASH_SIZE];
};

static struct sample original, again;
static struct sql_tokens tokens;
static struct strbuf rewritten, label;

/* Texts that are printed may be longer than what they come from. */
static const struct sql_limits relaxed = { 64 << 20, 64 << 20, 2 * MAX_DEPTH };

/* ---- parsing and printing ---- */

static void print_tree(struct fuzz_query *q, const struct ast_stmt *stmt, bool with_spans,
		       struct strbuf *out)
{
	int printed;

	strbuf_reset(out);
	printed = sql_print_tree(stmt, with_spans, &q->coop, out, &q->err);
	ASSERT(printed == 0);
}

static void print_all(struct sample *s)
{
	struct fuzz_query *q = &s->query;
	int printed;

	strbuf_reset(&s->canonical);
	strbuf_reset(&s->fingerprint);
	printed =
		sql_print_stmt(s->stmt, SQL_CANONICAL, SIZE_MAX, &q->coop, &s->canonical, &q->err);
	ASSERT(printed == 0);
	print_tree(q, s->stmt, false, &s->tree);
	s->has_fingerprint = sql_fingerprint(s->stmt, FINGERPRINT_MAX, &q->coop, &s->fingerprint,
					     s->hash, &q->err) == 0;
	ASSERT(s->has_fingerprint || q->err.code == ERR_QUERY_VALIDATION);
}

/* Starts a sample; the text is borrowed until sample_fini(). */
static void sample_init(struct sample *s, struct str text, const struct sql_limits *limits)
{
	struct fuzz_query *q = &s->query;

	fuzz_query_init(q);
	s->stmt = NULL;
	if (sql_parse(text, limits, &q->arena, &q->coop, &s->stmt, &q->err) == 0) {
		ASSERT(s->stmt);
		print_all(s);
		return;
	}
	ASSERT(!s->stmt);
	ASSERT(q->err.code == ERR_SQL_PARSING);
	ASSERT(q->err.sql_offset != ERROR_NO_OFFSET);
	fuzz_check_error(&q->err, text.len);
}

static void sample_fini(struct sample *s)
{
	fuzz_query_fini(&s->query);
}

static void check_same_fingerprint(const struct sample *a, const struct sample *b)
{
	ASSERT(a->has_fingerprint == b->has_fingerprint);
	if (!a->has_fingerprint)
		return;
	fuzz_check_same(&a->fingerprint, &b->fingerprint);
	ASSERT(strcmp(a->hash, b->hash) == 0);
}

/* ---- pauses, cancels, failed allocations ---- */

/* Another parse of the same text has come to the same end. */
static void check_same_outcome(const struct sample *s, struct fuzz_query *q,
			       const struct ast_stmt *stmt)
{
	struct strbuf *plain = &again.tree, *other = &again.canonical;

	if (!s->stmt) {
		ASSERT(q->err.code == s->query.err.code);
		ASSERT(q->err.sql_offset == s->query.err.sql_offset);
		ASSERT(strcmp(q->err.msg, s->query.err.msg) == 0);
		return;
	}
	print_tree(&original.query, s->stmt, true, plain);
	print_tree(q, stmt, true, other);
	fuzz_check_same(other, plain);
}

/* Returns how often a parse pauses that may do so everywhere. */
static uint32_t check_pauses(struct str text, const struct sql_limits *limits)
{
	const struct ast_stmt *stmt = NULL;
	struct fuzz_query q;
	uint32_t n_pauses;
	int parsed;

	fuzz_query_init(&q);
	fuzz_query_pause(&q, 0);
	parsed = sql_parse(text, limits, &q.arena, &q.coop, &stmt, &q.err);
	n_pauses = q.n_pauses;
	ASSERT((parsed == 0) == (original.stmt != NULL));
	check_same_outcome(&original, &q, stmt);
	fuzz_query_fini(&q);
	return n_pauses;
}

static void check_cancel(struct str text, const struct sql_limits *limits, uint32_t after)
{
	const struct ast_stmt *stmt = NULL;
	struct fuzz_query q;
	int parsed;

	fuzz_query_init(&q);
	fuzz_query_pause(&q, after);
	parsed = sql_parse(text, limits, &q.arena, &q.coop, &stmt, &q.err);
	ASSERT(parsed < 0 && !stmt);
	ASSERT(q.err.code == ERR_QUERY_CANCELLED);
	fuzz_query_fini(&q);
}

static void check_failed_allocation(struct str text, const struct sql_limits *limits, long at)
{
	const struct ast_stmt *stmt = NULL;
	struct fuzz_query q;
	int parsed;

	fuzz_query_init(&q);
	(void)mem_fail_after(at);
	parsed = sql_parse(text, limits, &q.arena, &q.coop, &stmt, &q.err);
	(void)mem_fail_after(-1);
	if (parsed == 0 || q.err.code != ERR_OUT_OF_MEMORY)
		check_same_outcome(&original, &q, stmt);
	fuzz_query_fini(&q);
}

/* ---- spans, depth, labels ---- */

struct spans {
	struct span by_level[LEVELS_MAX + 1];
	uint32_t depth;
};

static int check_node(void *context, const struct ast_node *node)
{
	struct spans *s = context;
	struct span *mine = &s->by_level[node->level + 1], outer = s->by_level[node->level];

	ASSERT(node->level < 2 * s->depth + 2 && node->level < LEVELS_MAX);
	ASSERT(node->span.begin <= node->span.end);
	ASSERT(node->span.begin >= outer.begin && node->span.end <= outer.end);
	/* An assignment has the place of its column, behind which its value stands. */
	*mine = node->part == PART_ASSIGNMENT ? outer : node->span;
	if (node->part == PART_ITEM) {
		strbuf_reset(&label);
		sql_print_label(node->item->expr, &label);
		ASSERT(strbuf_ok(&label));
	}
	return 0;
}

static void check_nodes(struct str text, const struct ast_stmt *stmt)
{
	struct spans spans;
	struct ast_visitor visitor = { check_node, &spans };
	int walked;

	ASSERT(stmt->depth <= MAX_DEPTH);
	spans.depth = stmt->depth;
	spans.by_level[0] = (struct span){ 0, (uint32_t)text.len };
	walked = ast_walk(stmt, &visitor);
	ASSERT(walked == 0);
}

/* ---- canonical text ---- */

static void check_canonical(const struct sample *s)
{
	sample_init(&again, strbuf_str(&s->canonical), &relaxed);
	ASSERT(again.stmt);
	fuzz_check_same(&again.tree, &s->tree);
	fuzz_check_same(&again.canonical, &s->canonical);
	check_same_fingerprint(&again, s);
	sample_fini(&again);
}

/* ---- other spellings ---- */

static void check_same_but_for_case(const struct strbuf *is, const struct strbuf *wanted)
{
	if (!str_eq_nocase(strbuf_str(is), strbuf_str(wanted)))
		fuzz_check_same(is, wanted);
}

/* Behind a quote that stays open a comment is a part of the entry. */
static bool has_quote_in_option(void)
{
	for (uint32_t i = 0; i < tokens.n; i++) {
		struct str s = sql_token_text(&tokens, i);

		if (tokens.list[i].kind == TK_OPTION_ENTRY &&
		    (memchr(s.ptr, '\'', s.len) || memchr(s.ptr, '"', s.len)))
			return true;
	}
	return false;
}

/* Keywords may be names, whose letters stay in the tree. */
static void check_respelled(struct fuzz_random *r)
{
	static const char *const gaps[] = {
		" ", "\n", "\t ", " /* 'c */ ", " --\"c\n", " /*/**/ "
	};

	strbuf_reset(&rewritten);
	for (uint32_t i = 0; i < tokens.n; i++) {
		strbuf_add_str(&rewritten, str_of(gaps[fuzz_draw(r, ARRAY_SIZE(gaps))]));
		sql_token_respell(&tokens, i, fuzz_once_in(r, 2), &rewritten);
	}
	sample_init(&again, strbuf_str(&rewritten), &relaxed);
	ASSERT(again.stmt);
	check_same_but_for_case(&again.tree, &original.tree);
	if (original.has_fingerprint && again.has_fingerprint)
		check_same_but_for_case(&again.fingerprint, &original.fingerprint);
	sample_fini(&again);
}

/* ---- other values ---- */

/* Values that a fingerprint shows as they are: in ORDER BY of queries, windows and hints. */
struct values {
	enum ast_part parents[LEVELS_MAX + 1];
	unsigned verbatim_level; /* of the outermost such part; UINT32_MAX: in none */
	struct fuzz_random *random;
	uint32_t n;
	struct {
		uint32_t token;
		const char *text;
	} list[256];
};

/* Another value of its kind. */
static const char *draw_value(struct fuzz_random *r, int kind)
{
	static const char *const strings[] = { "''", "'x y'", "'it''s'", "'\xc3\xa9'", "'?'" };
	static const char *const integers[] = { "0", "42", "99999999999999999999" };

	switch (kind) {
	case TK_STRING:
		return strings[fuzz_draw(r, ARRAY_SIZE(strings))];
	case TK_INTEGER:
		return integers[fuzz_draw(r, ARRAY_SIZE(integers))];
	case TK_DECIMAL:
		return "4.25";
	case TK_FLOAT:
		return "1e9";
	case TK_BINARY:
		return "X'C0FFEE'";
	case TK_TRUE:
		return "FALSE";
	case TK_FALSE:
		return "TRUE";
	}
	return NULL;
}

/* The token that a literal's value is; texts that are not written have none. */
static bool find_value(struct span place, uint32_t *out, const char **text, struct fuzz_random *r)
{
	for (uint32_t i = 0; i < tokens.n && tokens.list[i].begin < place.end; i++) {
		if (tokens.list[i].begin < place.begin || tokens.list[i].end > place.end)
			continue;
		*text = draw_value(r, tokens.list[i].kind);
		*out = i;
		if (*text)
			return true;
	}
	return false;
}

static bool starts_verbatim(const struct values *v, const struct ast_node *node)
{
	return node->part == PART_WINDOW || node->part == PART_HINT ||
	       (node->part == PART_ORDER && v->parents[node->level] == PART_QUERY);
}

static int note_value(void *context, const struct ast_node *node)
{
	struct values *v = context;
	const struct ast_expr *e = node->part == PART_EXPR ? node->expr : NULL;
	uint32_t n = v->n;

	v->parents[node->level + 1] = node->part;
	if (node->level <= v->verbatim_level)
		v->verbatim_level = starts_verbatim(v, node) ? node->level : UINT32_MAX;
	if (v->verbatim_level != UINT32_MAX || n == ARRAY_SIZE(v->list))
		return 0;
	if (!e || e->kind != AST_LITERAL || e->literal.kind == LIT_NULL ||
	    e->literal.kind == LIT_SYMBOL)
		return 0;
	v->n += find_value(e->span, &v->list[n].token, &v->list[n].text, v->random);
	return 0;
}

/* NULL: the token stays. */
static const char *new_value(const struct values *v, uint32_t token)
{
	for (uint32_t i = 0; i < v->n; i++) {
		if (v->list[i].token == token)
			return v->list[i].text;
	}
	return NULL;
}

static void check_other_values(struct str text, struct fuzz_random *r)
{
	struct values v = { .verbatim_level = UINT32_MAX, .random = r };
	struct ast_visitor visitor = { note_value, &v };
	size_t at = 0;

	(void)ast_walk(original.stmt, &visitor);
	if (v.n == 0)
		return;
	strbuf_reset(&rewritten);
	for (uint32_t i = 0; i < tokens.n; i++) {
		struct sql_token t = tokens.list[i];
		const char *value = new_value(&v, i);

		if (!value)
			continue;
		strbuf_add(&rewritten, text.ptr + at, t.begin - at);
		strbuf_add_str(&rewritten, str_of(value));
		at = t.end;
	}
	strbuf_add(&rewritten, text.ptr + at, text.len - at);
	sample_init(&again, strbuf_str(&rewritten), &relaxed);
	ASSERT(again.stmt);
	check_same_fingerprint(&again, &original);
	sample_fini(&again);
}

/* ---- the target ---- */

static void check_statement(struct str text, struct fuzz_random *r)
{
	ASSERT(ast_class_name(ast_stmt_class_of(original.stmt)));
	check_nodes(text, original.stmt);
	check_canonical(&original);
	sql_tokens_read(&tokens, text);
	if (!tokens.is_whole)
		return;
	if (!has_quote_in_option())
		check_respelled(r);
	check_other_values(text, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sql_limits limits = { MAX_BYTES, MAX_TOKENS, MAX_DEPTH };
	struct str text = { (const char *)data, size };
	struct fuzz_random r;
	uint32_t n_pauses;

	fuzz_random_init(&r, hash_bytes(data, size));
	/* Short texts do not come near the limit. */
	if (fuzz_once_in(&r, 8))
		limits.max_depth = 3 + fuzz_draw(&r, 20);
	sample_init(&original, text, &limits);
	/* The way to a message is long. */
	n_pauses = original.stmt || fuzz_once_in(&r, 4) ? check_pauses(text, &limits) : 0;
	if (n_pauses > 0 && fuzz_once_in(&r, 4))
		check_cancel(text, &limits, 1 + fuzz_draw(&r, n_pauses));
	if (fuzz_once_in(&r, 4))
		check_failed_allocation(text, &limits, (long)fuzz_draw(&r, 6));
	if (original.stmt)
		check_statement(text, &r);
	fuzz_count(original.stmt != NULL);
	sample_fini(&original);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return sql_mutate(data, size, max_size, seed, SQL_ALL);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
	return sql_cross_over(data1, size1, data2, size2, out, max_size, seed, SQL_ALL);
}
