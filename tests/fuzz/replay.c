/*
 * replay.c - main() of a fuzz target without libFuzzer.
 *
 * usage: fuzz_<name> [--random N] FILE...
 *
 * Feeds the target what lies in the files, so that every build of every compiler
 * runs what fuzzing has found:
 *
 *   *.slt      each statement (tests/sql/run says what such a file holds)
 *   *.c, *.h   each string literal, as it is, and as an expression behind SELECT
 *   *.py, run  the same; all strings of Python
 *   all other  the bytes of the file
 *
 * --random N  makes N further inputs by the target's own mutator, if it has one,
 *             always the same ones
 *
 * An input is copied to memory of its size, so that a sanitizer sees a read too
 * far.  When the target aborts, the input and its place are printed.
 */
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/num.h"
#include "common/base/strbuf.h"
#include "tests/fuzz/fuzz.h"

/* Not every target has these. */
#pragma weak LLVMFuzzerInitialize
#pragma weak LLVMFuzzerCustomMutator

/* Sanitizers end in abort() as well, where the input is printed. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,readability-identifier-naming): their names */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,readability-identifier-naming) */

const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

/* ---- one input ---- */

/* What runs now; for the handler. */
static struct {
	char place[256]; /* file:line */
	struct str text;
} current;

static void put(struct str s)
{
	ssize_t written = write(STDERR_FILENO, s.ptr, s.len);

	(void)written;
}

static void show_current(int signal_number)
{
	(void)signal_number;
	put(STR("\nwhile running "));
	put(str_of(current.place));
	put(STR("\n"));
	put((struct str){ current.text.ptr, MIN(current.text.len, 4096) });
	put(STR("\n"));
}

static void run(const char *file, unsigned line, struct str text)
{
	char *exact = mem_alloc(MAX(text.len, 1));

	ASSERT(exact);
	if (text.len > 0)
		memcpy(exact, text.ptr, text.len);
	(void)snprintf(current.place, sizeof(current.place), "%s:%u", file, line);
	current.text = (struct str){ exact, text.len };
	(void)LLVMFuzzerTestOneInput((const uint8_t *)exact, text.len);
	mem_free(exact);
}

static bool was_taken(const struct fuzz_tally *before)
{
	return fuzz_tally.n_taken > before->n_taken;
}

/* ---- .slt files ---- */

static bool begins_with_word(struct str line, const char *word)
{
	size_t n = strlen(word);

	return str_starts_with(line, (struct str){ word, n }) &&
	       (line.len == n || line.ptr[n] == ' ');
}

/* What stands before the last " => " of a line. */
static struct str before_arrow(struct str line)
{
	struct str left = { line.ptr, 0 };
	size_t at = 0;

	while ((at = str_find(line, STR(" => "), at)) != SIZE_MAX)
		left.len = at++;
	return left;
}

/* The lines of a group, from behind its first one to the next blank line. */
static bool next_line(struct str *rest, unsigned *number, struct str *line)
{
	do {
		if (rest->len == 0)
			return false;
		*line = str_split(rest, '\n');
		++*number;
	} while (line->len > 0 && line->ptr[0] == '#');
	return line->len > 0;
}

/* query, error: a statement of all lines up to what is expected. */
static void run_long(const char *file, struct str *rest, unsigned *number)
{
	struct strbuf sql CLEANUP(strbuf_fini) = STRBUF_INIT;
	unsigned begin = *number + 1;
	bool is_sql = true;
	struct str line;

	while (next_line(rest, number, &line)) {
		is_sql &= !str_eq(line, STR("----")) && !str_starts_with(line, STR("==== "));
		if (!is_sql)
			continue;
		if (sql.len > 0)
			strbuf_add_char(&sql, '\n');
		strbuf_add_str(&sql, line);
	}
	run(file, begin, strbuf_str(&sql));
}

/* values, types, errors: a statement a line. */
static void run_short(const char *file, struct str *rest, unsigned *number, bool is_expression)
{
	struct strbuf sql CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct str line;

	while (next_line(rest, number, &line)) {
		strbuf_reset(&sql);
		strbuf_add_str(&sql, is_expression ? STR("SELECT ") : STR(""));
		strbuf_add_str(&sql, before_arrow(line));
		run(file, *number, strbuf_str(&sql));
	}
}

static void run_slt(const char *file, struct str text)
{
	unsigned number = 0;
	struct str line;

	while (text.len > 0) {
		if (!next_line(&text, &number, &line))
			continue;
		if (begins_with_word(line, "query") || begins_with_word(line, "error"))
			run_long(file, &text, &number);
		else
			run_short(file, &text, &number, !begins_with_word(line, "errors"));
	}
}

/* ---- C and Python files ---- */

struct source {
	struct str text;
	bool is_python;
	size_t at;
	unsigned line;
};

static char peek(const struct source *s, size_t ahead)
{
	if (s->at + ahead >= s->text.len)
		return '\0';
	return s->text.ptr[s->at + ahead];
}

static void skip(struct source *s, size_t n)
{
	for (; n > 0 && s->at < s->text.len; n--)
		s->line += s->text.ptr[s->at++] == '\n';
}

static void skip_until(struct source *s, const char *end)
{
	size_t found = str_find(s->text, str_of(end), s->at);

	skip(s, MIN(found, s->text.len) - s->at + strlen(end));
}

/* 16: it is none. */
static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : 16;
}

/* The number of an escape, whose first digit is next. */
static char read_number(struct source *s, int base, unsigned max_digits)
{
	int value = 0;

	for (; max_digits > 0 && digit_of(peek(s, 0)) < base; max_digits--) {
		value = value * base + digit_of(peek(s, 0));
		skip(s, 1);
	}
	return (char)value;
}

static char read_escape(struct source *s)
{
	static const char letters[] = "ntrfvab", bytes[] = "\n\t\r\f\v\a\b";
	char c = peek(s, 0);
	const char *known = c != '\0' ? strchr(letters, c) : NULL;

	if (digit_of(c) < 8)
		return read_number(s, 8, 3);
	skip(s, 1);
	if (c == 'x')
		return read_number(s, 16, 2);
	if (known)
		c = bytes[known - letters];
	return c;
}

/* From behind the opening quote to behind the closing one. */
static void read_literal(struct source *s, char quote, struct strbuf *out)
{
	while (s->at < s->text.len && peek(s, 0) != quote) {
		char c = peek(s, 0);

		skip(s, 1);
		if (c == '\\')
			c = read_escape(s);
		strbuf_add_char(out, c);
	}
	skip(s, 1);
}

/* What a comment that begins here ends with; NULL: none begins. */
static const char *end_of_comment(const struct source *s)
{
	if (s->is_python)
		return peek(s, 0) == '#' ? "\n" : NULL;
	if (peek(s, 0) != '/')
		return NULL;
	if (peek(s, 1) == '*')
		return "*/";
	return peek(s, 1) == '/' ? "\n" : NULL;
}

/* Blanks and comments; false at the end. */
static bool skip_space(struct source *s)
{
	while (isspace((unsigned char)peek(s, 0)) || end_of_comment(s)) {
		if (end_of_comment(s))
			skip_until(s, end_of_comment(s));
		else
			skip(s, 1);
	}
	return s->at < s->text.len;
}

static bool begins_string(const struct source *s)
{
	return peek(s, 0) == '"' || (s->is_python && peek(s, 0) == '\'');
}

/* One literal, which may be written as several in a row. */
static void run_literal(const char *file, struct source *s)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct strbuf sql CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct fuzz_tally before = fuzz_tally;
	unsigned line = s->line;

	while (skip_space(s) && begins_string(s)) {
		char quote = peek(s, 0);

		skip(s, 1);
		read_literal(s, quote, &text);
	}
	run(file, line, strbuf_str(&text));
	if (was_taken(&before))
		return;
	strbuf_add_str(&sql, STR("SELECT "));
	strbuf_add_str(&sql, strbuf_str(&text));
	run(file, line, strbuf_str(&sql));
	/* One literal, one input. */
	fuzz_tally.n_inputs = before.n_inputs + 1;
}

static void run_source(const char *file, struct str text, bool is_python)
{
	struct source s = { .text = text, .is_python = is_python, .line = 1 };
	struct strbuf ignored CLEANUP(strbuf_fini) = STRBUF_INIT;

	while (skip_space(&s)) {
		if (begins_string(&s)) {
			run_literal(file, &s);
		} else if (peek(&s, 0) == '\'') {
			skip(&s, 1);
			read_literal(&s, '\'', &ignored);
		} else {
			skip(&s, 1);
		}
	}
}

/* ---- files ---- */

/* What was run of each kind of file. */
struct totals {
	struct fuzz_tally slt, sources, bytes;
};

static void read_file(const char *path, struct strbuf *out)
{
	FILE *f = fopen(path, "re");
	size_t n = 1;

	while (f && n > 0 && strbuf_reserve(out, 65536) == 0) {
		n = fread(out->ptr + out->len, 1, 65536, f);
		out->len += n;
	}
	if (!f || ferror(f) || !strbuf_ok(out)) {
		(void)fprintf(stderr, "%s cannot be read\n", path);
		_exit(EXIT_FAILURE);
	}
	(void)fclose(f);
}

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), n_end = strlen(end);

	return n >= n_end && strcmp(path + n - n_end, end) == 0;
}

static void add_since(struct fuzz_tally *sum, const struct fuzz_tally *before)
{
	sum->n_inputs += fuzz_tally.n_inputs - before->n_inputs;
	sum->n_taken += fuzz_tally.n_taken - before->n_taken;
}

static void run_file(const char *path, struct totals *totals)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	bool is_c = ends_in(path, ".c") || ends_in(path, ".h");
	bool is_python = ends_in(path, ".py") || ends_in(path, "/run");
	struct fuzz_tally before = fuzz_tally;

	read_file(path, &text);
	if (ends_in(path, ".slt")) {
		run_slt(path, strbuf_str(&text));
		add_since(&totals->slt, &before);
		if (fuzz_tally.n_inputs == before.n_inputs) {
			(void)fprintf(stderr, "%s: no statement was found\n", path);
			_exit(EXIT_FAILURE);
		}
	} else if (is_c || is_python) {
		run_source(path, strbuf_str(&text), is_python);
		add_since(&totals->sources, &before);
	} else {
		run(path, 0, strbuf_str(&text));
		add_since(&totals->bytes, &before);
	}
}

/* ---- random inputs ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	static struct fuzz_random r = { 1 };

	if (size == 0 || (size < max_size && fuzz_once_in(&r, 2)))
		data[size++] = ' ';
	data[fuzz_draw(&r, (uint32_t)size)] = (uint8_t)fuzz_draw(&r, 256);
	return size;
}

enum { POOL_SIZE = 64, RANDOM_BYTES_MAX = 1024 };

struct random_input {
	uint8_t data[RANDOM_BYTES_MAX];
	size_t size;
};

/* Each comes from an earlier one, most of them from ones that were taken. */
static void run_random(unsigned n)
{
	static struct random_input pool[POOL_SIZE];
	struct random_input input;
	struct fuzz_random r;

	fuzz_random_init(&r, 1);
	for (unsigned i = 0; i < n; i++) {
		struct fuzz_tally before = fuzz_tally;

		input = pool[fuzz_draw(&r, POOL_SIZE)];
		for (uint32_t k = 1 + fuzz_draw(&r, 3); k > 0; k--)
			input.size =
				LLVMFuzzerCustomMutator(input.data, input.size, sizeof(input.data),
							fuzz_draw(&r, UINT32_MAX));
		run("--random", i, (struct str){ (const char *)input.data, input.size });
		if (was_taken(&before) || fuzz_once_in(&r, 8))
			pool[fuzz_draw(&r, POOL_SIZE)] = input;
	}
}

/* ---- main ---- */

static void print_tally(const char *what, const struct fuzz_tally *t)
{
	if (t->n_inputs > 0)
		printf("%s: %llu, %llu taken\n", what, (unsigned long long)t->n_inputs,
		       (unsigned long long)t->n_taken);
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };
	struct fuzz_tally random = { 0 }, before;
	int64_t n_random = 0;
	int first = 1;

	(void)signal(SIGABRT, show_current);
	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 2 && strcmp(argv[1], "--random") == 0) {
		if (!num_parse_i64(str_of(argv[2]), &n_random) || n_random < 0)
			return EXIT_FAILURE;
		first = 3;
	}
	for (int i = first; i < argc; i++)
		run_file(argv[i], &totals);
	before = fuzz_tally;
	if (LLVMFuzzerCustomMutator)
		run_random((unsigned)n_random);
	add_since(&random, &before);
	print_tally("files", &totals.bytes);
	print_tally("statements of .slt files", &totals.slt);
	print_tally("literals of C and Python files", &totals.sources);
	print_tally("random", &random);
	puts("1 passed, 0 failed");
	return EXIT_SUCCESS;
}
