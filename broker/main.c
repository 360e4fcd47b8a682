/* main.c - picks the subcommand. */
#include <stdarg.h>
#include <stdbool.h>
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

static const struct {
	int code;
	const char *meaning;
} codes[] = {
	{ EXIT_OK, "done" },
	{ EXIT_FAILED, "the import or the parse failed" },
	{ EXIT_USAGE_ERROR, "wrong arguments" },
	{ EXIT_PORT_UNAVAILABLE, "a port is taken, or the machine has no such address" },
	{ EXIT_IO_ERROR, "the data directory cannot be used" },
	{ EXIT_DATA_DIR_IN_USE, "another process uses the data directory" },
	{ EXIT_CONFIG_ERROR, "the configuration is wrong" },
};

static void print_command(FILE *out, const char *before, const struct command *c)
{
	(void)fprintf(out, "%ssluice %s %s\n      %s\n", before, c->name, c->arguments, c->doc);
}

static void print_data_dir(FILE *out)
{
	(void)fputs(
		"\nWithout --data-dir and sluice.data.dir the data is in $XDG_DATA_HOME/sluice, or\n"
		"in ~/.local/share/sluice when that variable is not set.\n",
		out);
}

static int usage(FILE *out, int code)
{
	(void)fputs("usage: sluice COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		print_command(out, "  ", commands[i]);
	(void)fputs("  sluice version\n      Prints the version.\n", out);
	print_data_dir(out);
	(void)fputs("\nExit codes:\n", out);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		(void)fprintf(out, "  %2d  %s\n", codes[i].code, codes[i].meaning);
	return code;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* --help wins over all other arguments, right or wrong. */
static int run(const struct command *command, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (is_help(argv[i])) {
			print_command(stdout, "usage: ", command);
			if (strstr(command->arguments, "--data-dir"))
				print_data_dir(stdout);
			return EXIT_OK;
		}
	}
	return command->run(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_USAGE_ERROR);
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
		(void)puts("sluice " VERSION);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "help") == 0 || is_help(argv[1]))
		return usage(stdout, EXIT_OK);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0)
			return run(commands[i], argc - 1, argv + 1);
	}
	(void)command_fail(EXIT_USAGE_ERROR, "there is no command '%s'", argv[1]);
	return usage(stderr, EXIT_USAGE_ERROR);
}
