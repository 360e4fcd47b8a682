/* cmd_check_config.c - sluice check-config: says what is wrong, or prints what is in force. */
#include <stdio.h>
#include <string.h>

#include "broker/cmd_config.h"
#include "broker/command.h"
#include "broker/config/config.h"
#include "common/base/mem.h"

static int print(struct strbuf *text)
{
	bool ok = strbuf_ok(text) && fwrite(text->ptr, 1, text->len, stdout) == text->len;

	strbuf_fini(text);
	return ok ? EXIT_OK : command_fail(EXIT_FAILED, "cannot write");
}

static int print_config(const struct config *config, int n_rest, char **rest)
{
	struct strbuf text = STRBUF_INIT;

	if (n_rest > 1 || (n_rest == 1 && strcmp(rest[0], "--defaults") != 0))
		return command_fail(EXIT_USAGE_ERROR, "check-config does not know '%s'",
				    rest[n_rest - 1]);
	if (n_rest == 1)
		config_print_defaults(&text);
	else
		config_print(config, &text);
	return print(&text);
}

/* "check-config FILE" means "check-config --config FILE".  words has room for one more than argv. */
static int name_file(int argc, char **argv, char **words)
{
	static char option[] = "--config";
	bool has_file = false;
	int n = 0;

	for (int i = 0; i < argc; i++) {
		int first = i;
		bool is_option = i == 0 || command_takes(argc, argv, &i);

		if (!is_option && !has_file && argv[i][0] != '-') {
			words[n++] = option;
			has_file = true;
		}
		for (; first <= i; first++)
			words[n++] = argv[first];
	}
	return n;
}

static int run(int argc, char **argv)
{
	struct config config;
	char **words = mem_calloc(2 * ((size_t)argc + 1), sizeof(*words));
	char **rest;
	int n_rest = 0, code;

	if (!words)
		return command_fail(EXIT_FAILED, "out of memory");
	rest = words + argc + 1;
	argc = name_file(argc, argv, words);
	code = command_config(argc, words, &config, rest, &n_rest);
	if (code == EXIT_OK) {
		code = print_config(&config, n_rest, rest);
		config_fini(&config);
	}
	mem_free(words);
	return code;
}

const struct command command_check_config = {
	"check-config",
	"[[--config] FILE] [--data-dir DIR] [--set key=value]... [--defaults]",
	"Prints every problem of a configuration, or the values in force.",
	run,
};
