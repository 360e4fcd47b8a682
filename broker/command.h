/*
 * command.h - the subcommands of the binary, one file each: cmd_<name>.c.
 */
#ifndef BROKER_COMMAND_H
#define BROKER_COMMAND_H

/* Exit codes, after sysexits.h. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE_ERROR = 64,
	EXIT_PORT_UNAVAILABLE = 69,
	EXIT_IO_ERROR = 74,
	EXIT_DATA_DIR_IN_USE = 75,
	EXIT_CONFIG_ERROR = 78,
};

struct command {
	const char *name, *arguments, *doc;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct command command_serve, command_import, command_parse, command_check_config;

/** Prints "sluice: <sentence>" on standard error and returns code. */
int command_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
