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

static int run(int argc, char **argv)
{
	struct strbuf text = STRBUF_INIT;
	struct config config;
	char **rest = mem_calloc((size_t)argc, sizeof(*rest));
	int n_rest = 0, code;

	if (!rest)
		return command_fail(EXIT_FAILED, "out of memory");
	code = command_config(argc, argv, &config, rest, &n_rest);
	if (code == EXIT_OK) {
		if (n_rest == 1 && strcmp(rest[0], "--defaults") == 0)
			config_print_defaults(&text);
		else if (n_rest == 0)
			config_print(&config, &text);
		else
			code = command_fail(EXIT_USAGE_ERROR, "check-config does not know '%s'",
					    rest[0]);
		if (code == EXIT_OK)
			code = print(&text);
		config_fini(&config);
	}
	mem_free(rest);
	return code;
}

const struct command command_check_config = {
	"check-config",
	"[--config FILE] [--data-dir DIR] [--set key=value]... [--defaults]",
	"Prints every problem of a configuration, or the values in force.",
	run,
};
