/* main.c - picks the subcommand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/command.h"

#define VERSION "0.1.0"

static const struct command *const commands[] = {
	&command_serve,
	&command_import,
	&command_parse,
	&command_check_config,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

int command_fail(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("sluice: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	return code;
}

static int usage(FILE *out, int code)
{
	(void)fputs("usage: sluice COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)fprintf(out, "  sluice %s %s\n      %s\n", commands[i]->name,
			      commands[i]->arguments, commands[i]->doc);
	(void)fputs("  sluice version\n      Prints the version.\n", out);
	return code;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_USAGE_ERROR);
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
		(void)puts("sluice " VERSION);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
		return usage(stdout, EXIT_OK);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	}
	(void)command_fail(EXIT_USAGE_ERROR, "there is no command '%s'", argv[1]);
	return usage(stderr, EXIT_USAGE_ERROR);
}
