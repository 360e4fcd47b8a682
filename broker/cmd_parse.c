/* cmd_parse.c - sluice parse: what a statement on standard input says, and whether it says anything. */
#include <stdio.h>
#include <string.h>

#include "broker/cmd_config.h"
#include "broker/command.h"
#include "broker/config/config.h"
#include "broker/sql/sql.h"
#include "common/base/error.h"
#include "common/base/mem.h"

enum form { FORM_TYPE, FORM_TREE, FORM_CANONICAL, FORM_FINGERPRINT };

static const struct {
	const char *word;
	enum form form;
} forms[] = {
	{ "--tree", FORM_TREE },
	{ "--canonical", FORM_CANONICAL },
	{ "--fingerprint", FORM_FINGERPRINT },
};

static int read_all(FILE *in, size_t max_bytes, struct strbuf *text)
{
	char piece[65536];
	size_t n;

	/* One byte too many is enough for the parser to say so. */
	while (text->len <= max_bytes && (n = fread(piece, 1, sizeof(piece), in)) > 0)
		strbuf_add(text, piece, n);
	if (ferror(in))
		return command_fail(EXIT_IO_ERROR, "cannot read standard input");
	return strbuf_ok(text) ? EXIT_OK : command_fail(EXIT_FAILED, "out of memory");
}

static int print(const struct ast_stmt *stmt, enum form form, size_t max_bytes, struct coop *coop,
		 struct strbuf *out, struct error *err)
{
	char hash[SQL_HASH_SIZE];

	switch (form) {
	case FORM_TYPE:
		strbuf_printf(out, "%s\n", ast_class_name(ast_stmt_class_of(stmt)));
		return 0;
	case FORM_TREE:
		return sql_print_tree(stmt, true, coop, out, err);
	case FORM_CANONICAL:
		if (sql_print_stmt(stmt, SQL_CANONICAL, SIZE_MAX, coop, out, err) < 0)
			return -1;
		break;
	case FORM_FINGERPRINT:
		if (sql_fingerprint(stmt, max_bytes, coop, out, hash, err) < 0)
			return -1;
		strbuf_printf(out, "\n%s", hash);
		break;
	}
	strbuf_add_char(out, '\n');
	return 0;
}

static int parse_text(struct str text, const struct sql_limits *limits, enum form form,
		      struct arena *arena)
{
	size_t max_bytes = (size_t)limits->max_bytes * SQL_FINGERPRINT_GROWTH;
	struct strbuf out CLEANUP(strbuf_fini) = STRBUF_INIT;
	const struct ast_stmt *stmt = NULL;
	struct error err = { 0 };
	struct token token = { 0 };
	struct coop coop;

	coop_unlimited(&coop, &token);
	if (sql_parse(text, limits, arena, &coop, &stmt, &err) < 0 ||
	    print(stmt, form, max_bytes, &coop, &out, &err) < 0)
		return command_fail(EXIT_FAILED, "%s", err.msg);
	if (!strbuf_ok(&out) || fwrite(out.ptr, 1, out.len, stdout) != out.len)
		return command_fail(EXIT_FAILED, "cannot write");
	return EXIT_OK;
}

static int parse(const struct config *config, enum form form)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct sql_limits limits = { (uint32_t)config->sql_max_bytes,
				     (uint32_t)config->sql_max_tokens,
				     (uint32_t)config->sql_max_depth };
	struct mem_account account;
	struct mem_pool pool;
	struct arena arena;
	int code = read_all(stdin, limits.max_bytes, &text);

	if (code != EXIT_OK)
		return code;
	mem_account_init(&account, 0, NULL);
	mem_pool_init(&pool, &account);
	arena_init(&arena, &pool);
	code = parse_text(strbuf_str(&text), &limits, form, &arena);
	arena_fini(&arena);
	mem_pool_fini(&pool);
	return code;
}

static int find_form(const char *word, enum form *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strcmp(word, forms[i].word) == 0) {
			*out = forms[i].form;
			return EXIT_OK;
		}
	}
	return command_fail(EXIT_USAGE_ERROR, "parse does not know '%s'", word);
}

static int run(int argc, char **argv)
{
	enum form form = FORM_TYPE;
	struct config config;
	char **rest = mem_calloc((size_t)argc, sizeof(*rest));
	int n_rest = 0, code;

	if (!rest)
		return command_fail(EXIT_FAILED, "out of memory");
	code = command_config(argc, argv, &config, rest, &n_rest);
	if (code == EXIT_OK) {
		for (int i = 0; i < n_rest && code == EXIT_OK; i++)
			code = find_form(rest[i], &form);
		if (code == EXIT_OK)
			code = parse(&config, form);
		config_fini(&config);
	}
	mem_free(rest);
	return code;
}

const struct command command_parse = {
	"parse",
	"[--tree | --canonical | --fingerprint] [--config FILE] [--set key=value]...",
	"Reads a statement from standard input and prints its type, tree or text, or what is wrong.",
	run,
};
