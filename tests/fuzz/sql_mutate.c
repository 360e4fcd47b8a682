/*
 * sql_mutate.c - see sql_mutate.h.
 *
 * Every change is a row of a table with its weight.  A change writes the whole new
 * text and returns true, or finds nothing to do and returns false; then another
 * one is drawn.
 */
#include "tests/fuzz/sql_mutate.h"

#include "broker/sql/ast_walk.h"
#include "broker/sql/grammar.h"
#include "broker/sql/sql.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sql_random.h"
#include "tests/fuzz/sql_tokens.h"

/* ---- parts of a statement ---- */

/* Parts of one kind can stand in each other's place. */
enum kind {
	KIND_STATEMENT,
	KIND_EXPLAINED,
	KIND_QUERY,
	KIND_SUBQUERY,
	KIND_OPERAND,
	KIND_CTE,
	KIND_ITEM,
	KIND_ROW,
	KIND_FROM,
	KIND_PAIR,
	KIND_TABLE,
	KIND_HINT,
	KIND_HINT_VALUE,
	KIND_WINDOW,
	KIND_WINDOW_DEF,
	KIND_EXPR,
	KIND_ELEMENT,
	KIND_COUNT,
	KIND_NUMBER,
	KIND_DEFAULT,
	KIND_COLUMN_DEF,
	KIND_ALTER,
	KIND_NONE,
};

/* What a new part is made by, and what is made around an old one; around NULL: nothing. */
static const struct kind_row {
	const char *rule, *run_rule, *around;
} kinds[] = {
	[KIND_STATEMENT] = { "statement", "run_query", NULL },
	[KIND_EXPLAINED] = { "explained", "run_query", NULL },
	[KIND_QUERY] = { "query", "run_query", "around_query" },
	[KIND_SUBQUERY] = { "subquery", "subquery", "around_subquery" },
	[KIND_OPERAND] = { "operand", "operand", "around_subquery" },
	[KIND_CTE] = { "cte", "cte", "around_cte" },
	[KIND_ITEM] = { "item", "run_item", "around_item" },
	[KIND_ROW] = { "row", "run_row", "around_row" },
	[KIND_FROM] = { "from", "run_from", "around_from" },
	[KIND_PAIR] = { "pair", "pair", "around_from" },
	[KIND_TABLE] = { "table", "table", "around_table" },
	[KIND_HINT] = { "hint", "hint", "around_hint" },
	[KIND_HINT_VALUE] = { "hint_value", "hint_value", NULL },
	[KIND_WINDOW] = { "over", "over", NULL },
	[KIND_WINDOW_DEF] = { "window_def", "window_def", NULL },
	[KIND_EXPR] = { "expr", "run_value", "around_expr" },
	[KIND_ELEMENT] = { "element", "element", NULL },
	[KIND_COUNT] = { "count", "run_small", NULL },
	[KIND_NUMBER] = { "number", "number", NULL },
	[KIND_DEFAULT] = { "default", "default", NULL },
	[KIND_COLUMN_DEF] = { "column_def", "column_def", "around_column_def" },
	[KIND_ALTER] = { "alter", "alter", "around_alter" },
};

struct part {
	enum kind kind;
	struct span span;
};

#define PARTS_MAX  1024
#define LEVELS_MAX 1024

/* A statement to be changed, or to take from. */
struct subject {
	struct str text;
	struct sql_tokens tokens;
	struct part parts[PARTS_MAX]; /* none if it does not parse */
	uint32_t n_parts;
	enum ast_part path[LEVELS_MAX]; /* of the walk, by level */
};

static enum kind kind_of_query(const struct subject *s, const struct ast_node *node)
{
	if (s->text.ptr[node->span.begin] == '(')
		return KIND_SUBQUERY;
	return s->path[node->level - 1] == PART_QUERY ? KIND_OPERAND : KIND_QUERY;
}

static enum kind kind_of_from(const struct ast_from *f)
{
	if (f->kind != FROM_JOIN)
		return KIND_TABLE;
	return f->join.is_comma ? KIND_FROM : KIND_PAIR;
}

static enum kind kind_of_expr(const struct subject *s, const struct ast_node *node)
{
	static const struct {
		const char *role;
		enum kind kind;
	} roles[] = {
		{ "limit", KIND_COUNT }, { "offset", KIND_COUNT },    { "percentage", KIND_NUMBER },
		{ "seed", KIND_COUNT },  { "default", KIND_DEFAULT }, { "group by", KIND_ELEMENT },
	};
	const struct ast_expr *e = node->expr;

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(roles[i].role, node->role) == 0)
			return roles[i].kind;
	}
	if (s->path[node->level - 1] == PART_HINT_OPTION)
		return KIND_HINT_VALUE;
	if (e->kind == AST_STAR || (e->kind == AST_LITERAL && e->literal.kind == LIT_SYMBOL))
		return KIND_NONE;
	return e->kind == AST_GROUPING ? KIND_ELEMENT : KIND_EXPR;
}

static enum kind kind_of(const struct subject *s, const struct ast_node *node)
{
	switch (node->part) {
	case PART_STMT:
		return node->level == 0 ? KIND_STATEMENT : KIND_EXPLAINED;
	case PART_QUERY:
		return kind_of_query(s, node);
	case PART_CTE:
		return KIND_CTE;
	case PART_ITEM:
		return KIND_ITEM;
	case PART_ROW:
		return KIND_ROW;
	case PART_FROM:
		return kind_of_from(node->from);
	case PART_HINT:
		return KIND_HINT;
	case PART_WINDOW:
		return node->window->name.ptr ? KIND_WINDOW_DEF : KIND_WINDOW;
	case PART_EXPR:
		return kind_of_expr(s, node);
	case PART_COLUMN_DEF:
		return KIND_COLUMN_DEF;
	case PART_ALTER:
		return KIND_ALTER;
	case PART_ORDER:
	case PART_HINT_OPTION:
	case PART_WHEN:
	case PART_ASSIGNMENT:
	case PART_MERGE_BRANCH:
		break;
	}
	return KIND_NONE;
}

static int note_part(void *context, const struct ast_node *node)
{
	struct subject *s = context;
	enum kind kind;

	if (node->level >= LEVELS_MAX || s->n_parts == PARTS_MAX)
		return 1;
	s->path[node->level] = node->part;
	kind = kind_of(s, node);
	if (kind != KIND_NONE)
		s->parts[s->n_parts++] = (struct part){ kind, node->span };
	return 0;
}

static void read_subject(struct subject *s, struct str text)
{
	static const struct sql_limits limits = { 1 << 20, SQL_TOKENS_MAX, 400 };
	struct ast_visitor visitor = { note_part, s };
	const struct ast_stmt *stmt = NULL;
	struct fuzz_query q;

	s->text = text;
	s->n_parts = 0;
	fuzz_query_init(&q);
	if (sql_parse(text, &limits, &q.arena, &q.coop, &stmt, &q.err) == 0)
		(void)ast_walk(stmt, &visitor);
	fuzz_query_fini(&q);
	sql_tokens_read(&s->tokens, text);
}

/* ---- a change under way ---- */

struct change {
	struct fuzz_random random;
	enum sql_flavour flavour;
	const struct subject *from;  /* what is changed */
	const struct subject *donor; /* where else parts come from; may be the same */
	struct strbuf *out;
	struct strbuf *piece; /* for a new part */
};

typedef bool change_fn(struct change *c);

struct change_row {
	uint32_t weight;
	change_fn *apply;
};

static struct str text_of(const struct subject *s, struct span span)
{
	return (struct str){ s->text.ptr + span.begin, span.end - span.begin };
}

/* Mostly a little, sometimes a lot. */
static uint32_t draw_fuel(struct change *c)
{
	uint32_t most = fuzz_once_in(&c->random, 8) ? 120 : 25;

	return 1 + fuzz_draw(&c->random, most);
}

static struct str random_part(struct change *c, const char *rule, struct str hole)
{
	strbuf_reset(c->piece);
	sql_random_text(&c->random, rule, draw_fuel(c), hole, c->piece);
	return strbuf_str(c->piece);
}

/* The old text with something else in a place of it. */
static void put(struct change *c, struct span place, struct str text)
{
	struct str all = c->from->text;

	strbuf_add(c->out, all.ptr, place.begin);
	strbuf_add_char(c->out, ' ');
	strbuf_add_str(c->out, text);
	strbuf_add_char(c->out, ' ');
	strbuf_add(c->out, all.ptr + place.end, all.len - place.end);
}

static void put_in_parens(struct change *c, struct span place, struct str text)
{
	struct strbuf *to = c->out;
	struct str all = c->from->text;

	strbuf_add(to, all.ptr, place.begin);
	strbuf_add_str(to, STR(" ("));
	strbuf_add_str(to, text);
	strbuf_add_str(to, STR(") "));
	strbuf_add(to, all.ptr + place.end, all.len - place.end);
}

/* An expression in parentheses fits everywhere, without them only here and there. */
static void put_part(struct change *c, const struct part *part, struct str text)
{
	if (part->kind == KIND_EXPR && fuzz_once_in(&c->random, 2))
		put_in_parens(c, part->span, text);
	else
		put(c, part->span, text);
}

/* NULL when there are none. */
static const struct part *draw_part(struct change *c, const struct subject *s)
{
	return s->n_parts ? &s->parts[fuzz_draw(&c->random, s->n_parts)] : NULL;
}

/* Another part of a kind, from a random place on; NULL when there is none. */
static const struct part *draw_other(struct change *c, const struct subject *s,
				     const struct part * not, enum kind kind)
{
	uint32_t begin = s->n_parts ? fuzz_draw(&c->random, s->n_parts) : 0;

	for (uint32_t i = 0; i < s->n_parts; i++) {
		const struct part *p = &s->parts[(begin + i) % s->n_parts];

		if (p != not &&p->kind == kind)
			return p;
	}
	return NULL;
}

/* ---- changes of parts ---- */

static bool replace_by_random(struct change *c)
{
	const struct part *part = draw_part(c, c->from);
	bool is_run = c->flavour == SQL_RUN && !fuzz_once_in(&c->random, 8);

	if (!part)
		return false;
	put_part(c, part,
		 random_part(c, is_run ? kinds[part->kind].run_rule : kinds[part->kind].rule,
			     (struct str){ 0 }));
	return true;
}

static bool replace_by_other(struct change *c)
{
	const struct part *part = draw_part(c, c->from), *other;

	other = part ? draw_other(c, c->donor, part, part->kind) : NULL;
	if (!other)
		return false;
	put_part(c, part, text_of(c->donor, other->span));
	return true;
}

static bool is_inside(struct span in, struct span of)
{
	return in.begin >= of.begin && in.end <= of.end;
}

/* A part by one of its own parts. */
static bool hoist(struct change *c)
{
	const struct part *part = draw_part(c, c->from), *inner;

	inner = part ? draw_other(c, c->from, part, part->kind) : NULL;
	if (!inner || !is_inside(inner->span, part->span))
		return false;
	put(c, part->span, text_of(c->from, inner->span));
	return true;
}

static bool wrap(struct change *c)
{
	const struct part *part = draw_part(c, c->from);

	if (!part || !kinds[part->kind].around)
		return false;
	put_part(c, part, random_part(c, kinds[part->kind].around, text_of(c->from, part->span)));
	return true;
}

static bool swap_parts(struct change *c)
{
	const struct part *a = draw_part(c, c->from), *b;
	struct str all = c->from->text;

	b = a ? draw_other(c, c->from, a, a->kind) : NULL;
	if (b && b->span.begin < a->span.begin) {
		const struct part *first = b;

		b = a;
		a = first;
	}
	if (!b || b->span.begin < a->span.end)
		return false;
	strbuf_add(c->out, all.ptr, a->span.begin);
	strbuf_add_str(c->out, text_of(c->from, b->span));
	strbuf_add(c->out, all.ptr + a->span.end, b->span.begin - a->span.end);
	strbuf_add_str(c->out, text_of(c->from, a->span));
	strbuf_add(c->out, all.ptr + b->span.end, all.len - b->span.end);
	return true;
}

/* The text of a list's element goes with the comma before or behind it. */
static bool drop_element(struct change *c)
{
	const struct part *part = draw_part(c, c->from);
	const struct sql_tokens *t = &c->from->tokens;

	for (uint32_t i = 0; part && i < t->n; i++) {
		struct span place = part->span;

		if (t->list[i].kind != TK_COMMA)
			continue;
		if (i > 0 && t->list[i - 1].end == place.end)
			place.end = t->list[i].end;
		else if (i + 1 < t->n && t->list[i + 1].begin == place.begin)
			place.begin = t->list[i].begin;
		else
			continue;
		put(c, place, STR(""));
		return true;
	}
	return false;
}

/* ---- changes of tokens ---- */

static bool draw_token(struct change *c, uint32_t *i)
{
	uint32_t n = c->from->tokens.n;

	if (n == 0)
		return false;
	*i = fuzz_draw(&c->random, n);
	return true;
}

/* From a token on, up to four of them. */
static struct span draw_tokens(struct change *c, uint32_t from)
{
	const struct sql_tokens *t = &c->from->tokens;
	uint32_t more = fuzz_draw(&c->random, 4), last = MIN(from + more, t->n - 1);

	return (struct span){ t->list[from].begin, t->list[last].end };
}

static bool delete_tokens(struct change *c)
{
	uint32_t i;

	if (!draw_token(c, &i))
		return false;
	put(c, draw_tokens(c, i), STR(""));
	return true;
}

static bool copy_tokens(struct change *c)
{
	uint32_t from, to;

	if (!draw_token(c, &from) || !draw_token(c, &to))
		return false;
	put(c, (struct span){ c->from->tokens.list[to].begin, c->from->tokens.list[to].begin },
	    text_of(c->from, draw_tokens(c, from)));
	return true;
}

static const char *const spellings[] = {
#define SQL_TOKEN(name, spelling) spelling,
#include "broker/sql/tokens.def"
#undef SQL_TOKEN
};

static bool insert_keyword(struct change *c)
{
	uint32_t i, at;

	if (!draw_token(c, &i))
		return false;
	at = c->from->tokens.list[i].begin;
	put(c, (struct span){ at, at },
	    str_of(spellings[fuzz_draw(&c->random, ARRAY_SIZE(spellings))]));
	return true;
}

static bool replace_by_keyword(struct change *c)
{
	uint32_t i;

	if (!draw_token(c, &i))
		return false;
	put(c, draw_tokens(c, i), str_of(spellings[fuzz_draw(&c->random, ARRAY_SIZE(spellings))]));
	return true;
}

/* Names and literals by others, operators by operators. */
static bool replace_by_like(struct change *c)
{
	static const struct {
		int token;
		const char *rule;
	} rows[] = {
		{ TK_ID, "name" },          { TK_INTEGER, "integer" }, { TK_STRING, "string" },
		{ TK_DECIMAL, "decimal" },  { TK_FLOAT, "float" },     { TK_BINARY, "binary" },
		{ TK_EQ, "compare" },       { TK_LT, "compare" },      { TK_GE, "compare" },
		{ TK_PLUS, "arithmetic" },  { TK_DASH, "arithmetic" }, { TK_STAR, "arithmetic" },
		{ TK_SLASH, "arithmetic" }, { TK_BARS, "arithmetic" }, { TK_LIKE, "like" },
		{ TK_AND, "or" },           { TK_OR, "or" },           { TK_UNION, "set_op" },
		{ TK_TRUE, "literal" },     { TK_NULL, "literal" },    { TK_ROWS, "unit" },
		{ TK_PARAM, "literal" },    { TK_INNER, "join" },      { TK_ALL, "some" },
	};
	uint32_t i;

	if (!draw_token(c, &i))
		return false;
	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		struct sql_token t = c->from->tokens.list[i];

		if (rows[k].token != t.kind)
			continue;
		put(c, (struct span){ t.begin, t.end },
		    random_part(c, rows[k].rule, (struct str){ 0 }));
		return true;
	}
	return false;
}

/* The token that closes what token i opens; false when there is none. */
static bool find_closing(const struct sql_tokens *t, uint32_t i, uint32_t *out)
{
	unsigned open = 0;

	for (; i < t->n; i++) {
		open += t->list[i].kind == TK_LP;
		open -= t->list[i].kind == TK_RP;
		*out = i;
		if (open == 0)
			return true;
	}
	return false;
}

static bool draw_parens(struct change *c, const struct sql_tokens *t, struct span *out)
{
	uint32_t begin = t->n ? fuzz_draw(&c->random, t->n) : 0, end;

	for (uint32_t k = 0; k < t->n; k++) {
		uint32_t i = (begin + k) % t->n;

		if (t->list[i].kind != TK_LP || !find_closing(t, i, &end))
			continue;
		*out = (struct span){ t->list[i].begin, t->list[end].end };
		return true;
	}
	return false;
}

static bool copy_parens(struct change *c)
{
	struct span from, to;
	uint32_t i;

	if (!draw_parens(c, &c->donor->tokens, &from) || !draw_token(c, &i))
		return false;
	if (fuzz_once_in(&c->random, 4) || !draw_parens(c, &c->from->tokens, &to))
		to = (struct span){ c->from->tokens.list[i].end, c->from->tokens.list[i].end };
	put(c, to, text_of(c->donor, from));
	return true;
}

/* The beginning of one and the end of the other. */
static bool splice(struct change *c)
{
	const struct sql_tokens *donor = &c->donor->tokens;
	uint32_t i, from;

	if (!draw_token(c, &i) || donor->n == 0)
		return false;
	from = donor->list[fuzz_draw(&c->random, donor->n)].begin;
	strbuf_add(c->out, c->from->text.ptr, c->from->tokens.list[i].end);
	strbuf_add_char(c->out, ' ');
	strbuf_add(c->out, donor->text.ptr + from, donor->text.len - from);
	return true;
}

/* What means the same: other blanks, comments, other letters of keywords. */
static bool respell(struct change *c)
{
	static const char *const gaps[] = { " ",    "  ",        "\n",      "\t",
					    " ",    " /* c */ ", " -- c\n", " /**/ ",
					    "\r\n", " /*'*/ ",   " --\"\n " };
	const struct sql_tokens *t = &c->from->tokens;

	for (uint32_t i = 0; i < t->n; i++) {
		sql_token_respell(t, i, fuzz_once_in(&c->random, 3), c->out);
		strbuf_add_str(c->out, str_of(gaps[fuzz_draw(&c->random, ARRAY_SIZE(gaps))]));
	}
	return t->is_whole && t->n > 0;
}

/* ---- anew ---- */

static bool begin_anew(struct change *c)
{
	bool is_run = c->flavour == SQL_RUN && !fuzz_once_in(&c->random, 8);

	strbuf_add_str(c->out, random_part(c, is_run ? "run_input" : "input", (struct str){ 0 }));
	return true;
}

/* ---- choosing ---- */

static const struct change_row changes[] = {
	{ 48, replace_by_random },
	{ 24, replace_by_other },
	{ 20, wrap },
	{ 10, swap_parts },
	{ 12, hoist },
	{ 10, drop_element },
	{ 24, replace_by_like },
	{ 2, delete_tokens },
	{ 1, copy_tokens },
	{ 2, insert_keyword },
	{ 2, replace_by_keyword },
	{ 3, copy_parens },
	{ 1, splice },
	{ 6, respell },
	{ 20, begin_anew },
};

static const struct change_row anew = { 1, begin_anew };

static const struct change_row crossings[] = {
	{ 12, replace_by_other },
	{ 2, copy_parens },
	{ 1, splice },
};

static change_fn *draw_change(struct fuzz_random *r, const struct change_row *rows, size_t n)
{
	uint32_t total = 0, draw;

	for (size_t i = 0; i < n; i++)
		total += rows[i].weight;
	draw = fuzz_draw(r, total);
	for (; draw >= rows->weight; rows++)
		draw -= rows->weight;
	return rows->apply;
}

/* Writes to out; 0 when nothing was found to do that has room there. */
static size_t apply_one(struct change *c, const struct change_row *rows, size_t n, uint8_t *out,
			size_t max_size)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		strbuf_reset(c->out);
		if (!draw_change(&c->random, rows, n)(c) || c->out->len > max_size)
			continue;
		memcpy(out, c->out->ptr, c->out->len);
		return c->out->len;
	}
	return 0;
}

/* Large, and the same each time. */
static struct {
	struct subject from, donor;
	struct strbuf text, piece;
} scratch;

static struct change start(const uint8_t *data, size_t size, unsigned seed,
			   enum sql_flavour flavour)
{
	struct change c = { .flavour = flavour,
			    .from = &scratch.from,
			    .donor = &scratch.from,
			    .out = &scratch.text,
			    .piece = &scratch.piece };

	fuzz_random_init(&c.random, seed);
	read_subject(&scratch.from, (struct str){ (const char *)data, size });
	return c;
}

/* Little good comes from what does not parse; and what runs is rarely found by changes. */
static bool is_for_a_fresh_start(struct change *c)
{
	if (c->from->n_parts == 0)
		return !fuzz_once_in(&c->random, 6);
	return c->flavour == SQL_RUN && fuzz_once_in(&c->random, 4);
}

size_t sql_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed,
		  enum sql_flavour flavour)
{
	struct change c = start(data, size, seed, flavour);
	size_t n;

	if (fuzz_once_in(&c.random, 40))
		return LLVMFuzzerMutate(data, size, max_size);
	if (is_for_a_fresh_start(&c))
		n = apply_one(&c, &anew, 1, data, max_size);
	else
		n = apply_one(&c, changes, ARRAY_SIZE(changes), data, max_size);
	return n > 0 ? n : LLVMFuzzerMutate(data, size, max_size);
}

/* NOLINTNEXTLINE(readability-function-size): the library's signature */
size_t sql_cross_over(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
		      uint8_t *out, size_t max_size, unsigned seed, enum sql_flavour flavour)
{
	struct change c = start(data1, size1, seed, flavour);

	read_subject(&scratch.donor, (struct str){ (const char *)data2, size2 });
	c.donor = &scratch.donor;
	return apply_one(&c, crossings, ARRAY_SIZE(crossings), out, max_size);
}
