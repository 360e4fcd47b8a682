/*
 * sql_random.c - see sql_random.h.
 *
 * Alternatives are read where they are followed.  Before the first text each
 * one's height is worked out, the number of rules below it on its shortest way;
 * when the fuel is spent only low alternatives are taken, soon after that only the
 * lowest, so every text ends.
 */
#include "tests/fuzz/sql_random.h"

#include <ctype.h>
#include <limits.h>

#include "common/base/assert.h"

#define RULES_MAX        256
#define ALTERNATIVES_MAX 64
#define TOTAL_MAX        1024
#define HEIGHT_UNKNOWN   UINT_MAX
#define OVERDRAFT        30 /* rules that may be followed without fuel before it gets strict */

struct alternative {
	struct str text;
	uint32_t weight;
	unsigned height;
};

/* A rule of sql_rules, cut into its alternatives. */
struct cut_rule {
	struct str name;
	const struct alternative *alternatives;
	struct alternative *writable;
	uint32_t n;
	unsigned height;
};

static struct cut_rule rules[RULES_MAX];
static size_t n_rules;
static struct alternative all_alternatives[TOTAL_MAX];

static struct cut_rule *find(struct str name)
{
	for (size_t i = 0; i < n_rules; i++) {
		if (str_eq(rules[i].name, name))
			return &rules[i];
	}
	ASSERT(!"every rule that is named exists");
	return NULL;
}

/* ---- reading an alternative ---- */

enum piece_kind { PIECE_TEXT, PIECE_RULE, PIECE_LIST, PIECE_OPTIONAL, PIECE_HOLE };

struct piece {
	enum piece_kind kind;
	struct str text; /* the name of a rule; what is in braces */
};

/* From the brace on: how long what is in it is. */
static size_t length_in_braces(struct str s)
{
	unsigned open = 0;

	for (size_t i = 0; i < s.len; i++) {
		open += s.ptr[i] == '{';
		open -= s.ptr[i] == '}';
		if (open == 0)
			return i - 1;
	}
	ASSERT(!"every brace is closed");
	return 0;
}

static size_t length_of_name(struct str s)
{
	size_t n = 0;

	while (n < s.len && (islower((unsigned char)s.ptr[n]) || isdigit((unsigned char)s.ptr[n]) ||
			     s.ptr[n] == '_'))
		n++;
	return n;
}

static struct str from(struct str s, size_t n)
{
	return (struct str){ s.ptr + n, s.len - n };
}

/* Cuts the first piece off; false at the end. */
static bool next_piece(struct str *rest, struct piece *out)
{
	size_t n = 0;

	if (rest->len == 0)
		return false;
	if (rest->ptr[0] == '{') {
		n = length_in_braces(*rest);
		*out = (struct piece){ PIECE_OPTIONAL, { rest->ptr + 1, n } };
		n += 2;
	} else if (rest->ptr[0] == '$' && (n = length_of_name(from(*rest, 1))) > 0) {
		*out = (struct piece){ PIECE_RULE, { rest->ptr + 1, n } };
		n++;
		if (n < rest->len && rest->ptr[n] == '+') {
			out->kind = PIECE_LIST;
			n++;
		}
	} else if (rest->ptr[0] == '@') {
		out->kind = PIECE_HOLE;
		n = 1;
	} else {
		for (n = 1; n < rest->len && !strchr("${@", rest->ptr[n]);)
			n++;
		*out = (struct piece){ PIECE_TEXT, { rest->ptr, n } };
	}
	*rest = from(*rest, n);
	return true;
}

/* ---- cutting the rules ---- */

static struct alternative cut_alternative(struct str line)
{
	uint32_t weight = 0;
	size_t n = 0;

	while (n < line.len && isdigit((unsigned char)line.ptr[n]))
		weight = weight * 10 + (uint32_t)(line.ptr[n++] - '0');
	if (weight > 0 && n < line.len && line.ptr[n] == ':')
		return (struct alternative){ from(line, n + 1), weight, HEIGHT_UNKNOWN };
	return (struct alternative){ line, 1, HEIGHT_UNKNOWN };
}

static size_t cut_rule(struct cut_rule *rule, const struct sql_rule *row, size_t at)
{
	struct str rest = str_of(row->alternatives);

	rule->name = str_of(row->name);
	rule->alternatives = rule->writable = all_alternatives + at;
	while (rest.len > 0) {
		ASSERT(at < TOTAL_MAX && rule->n < ALTERNATIVES_MAX);
		all_alternatives[at] = cut_alternative(str_split(&rest, '\n'));
		at++;
		rule->n++;
	}
	return at;
}

static unsigned height_of_rule(const struct cut_rule *rule)
{
	unsigned least = HEIGHT_UNKNOWN;

	for (uint32_t i = 0; i < rule->n; i++)
		least = MIN(least, rule->alternatives[i].height);
	return least;
}

/* What may be left out does not count. */
static unsigned height_of_text(struct str text)
{
	unsigned most = 0;
	struct piece piece;

	while (next_piece(&text, &piece)) {
		unsigned height;

		if (piece.kind != PIECE_RULE && piece.kind != PIECE_LIST)
			continue;
		height = height_of_rule(find(piece.text));
		if (height == HEIGHT_UNKNOWN)
			return HEIGHT_UNKNOWN;
		most = MAX(most, height + 1);
	}
	return most;
}

static bool lower_heights(void)
{
	bool has_changed = false;

	for (size_t i = 0; i < n_rules; i++) {
		for (uint32_t k = 0; k < rules[i].n; k++) {
			struct alternative *a = &rules[i].writable[k];
			unsigned height = height_of_text(a->text);

			has_changed |= height != a->height;
			a->height = height;
		}
	}
	return has_changed;
}

static void cut_all(void)
{
	size_t at = 0;

	for (const struct sql_rule *row = sql_rules; row->name; row++) {
		ASSERT(n_rules < RULES_MAX);
		at = cut_rule(&rules[n_rules++], row, at);
	}
	while (lower_heights())
		;
	for (size_t i = 0; i < n_rules; i++) {
		rules[i].height = height_of_rule(&rules[i]);
		ASSERT(rules[i].height != HEIGHT_UNKNOWN);
	}
}

/* ---- texts ---- */

struct writer {
	struct fuzz_random *random;
	int32_t fuel;
	struct str hole;
	struct strbuf *out;
};

/* How much higher than the lowest may be what is taken, by the fuel that is left. */
static unsigned slack(const struct writer *w)
{
	if (w->fuel > 0)
		return HEIGHT_UNKNOWN;
	return w->fuel > -OVERDRAFT ? 3 : 0;
}

static const struct alternative *choose(struct writer *w, const struct cut_rule *rule)
{
	unsigned most = slack(w);
	uint32_t total = 0, draw;

	if (most != HEIGHT_UNKNOWN)
		most += rule->height;
	for (uint32_t i = 0; i < rule->n; i++)
		total += rule->alternatives[i].height <= most ? rule->alternatives[i].weight : 0;
	draw = fuzz_draw(w->random, total);
	for (const struct alternative *a = rule->alternatives;; a++) {
		if (a->height > most)
			continue;
		if (draw < a->weight)
			return a;
		draw -= a->weight;
	}
}

static void write_text(struct writer *w, struct str text);

static void write_rule(struct writer *w, struct str name)
{
	const struct alternative *a = choose(w, find(name));

	w->fuel--;
	write_text(w, a->text);
}

static void write_list(struct writer *w, struct str name)
{
	uint32_t n = w->fuel > 0 ? fuzz_draw(w->random, 3) : 0;

	write_rule(w, name);
	for (; n > 0 && w->fuel > 0; n--) {
		strbuf_add_str(w->out, STR(", "));
		write_rule(w, name);
	}
}

static void write_text(struct writer *w, struct str text)
{
	struct piece piece;

	while (next_piece(&text, &piece)) {
		switch (piece.kind) {
		case PIECE_TEXT:
			strbuf_add_str(w->out, piece.text);
			break;
		case PIECE_RULE:
			write_rule(w, piece.text);
			break;
		case PIECE_LIST:
			write_list(w, piece.text);
			break;
		case PIECE_OPTIONAL:
			if (w->fuel > 0 && fuzz_once_in(w->random, 3))
				write_text(w, piece.text);
			break;
		case PIECE_HOLE:
			strbuf_add_str(w->out, w->hole);
			break;
		}
	}
}

void sql_random_text(struct fuzz_random *r, const char *rule, uint32_t fuel, struct str hole,
		     struct strbuf *out)
{
	struct writer w = { .random = r, .fuel = (int32_t)fuel, .hole = hole, .out = out };

	if (n_rules == 0)
		cut_all();
	write_rule(&w, str_of(rule));
}
