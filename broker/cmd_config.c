/* cmd_config.c - see cmd_config.h. */
#include "broker/cmd_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/command.h"
#include "broker/config/config.h"
#include "common/base/error.h"

const char *command_option(int argc, char **argv, int *i, const char *name)
{
	size_t n = strlen(name);
	const char *word = argv[*i];

	if (!word || strncmp(word, name, n) != 0)
		return NULL;
	if (word[n] == '=')
		return word + n + 1;
	if (word[n] != '\0')
		return NULL;
	if (*i + 1 >= argc)
		return "";
	return argv[++*i];
}

/* The options that every command with a configuration has. */
static const char *const names[] = { "--config", "--data-dir", "--set" };

/* The option's value, and its name in *name; NULL when the word is another. */
static const char *any_option(int argc, char **argv, int *i, const char **name)
{
	for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
		const char *value = command_option(argc, argv, i, names[k]);

		*name = names[k];
		if (value)
			return value;
	}
	return NULL;
}

bool command_takes(int argc, char **argv, int *i)
{
	const char *name;

	return any_option(argc, argv, i, &name) != NULL;
}

/* An empty value is a variable of a script that was not set, as often as not. */
static int check_values(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name, *value = any_option(argc, argv, &i, &name);

		if (value && value[0] == '\0')
			return command_fail(EXIT_USAGE_ERROR, "%s needs a value", name);
	}
	return EXIT_OK;
}

/* The file first, wherever --config stands. */
static int read_file(int argc, char **argv, struct config *config, struct strbuf *problems)
{
	for (int i = 1; i < argc; i++) {
		const char *path = command_option(argc, argv, &i, "--config");

		if (path && config_read_file(config, path, problems) < 0)
			return -1;
	}
	return 0;
}

static int set_data_dir(struct config *config, const char *dir, const char *origin,
			struct strbuf *problems)
{
	struct strbuf assignment CLEANUP(strbuf_fini) = STRBUF_INIT;

	strbuf_printf(&assignment, "sluice.data.dir=%s", dir);
	return config_set(config, strbuf_str(&assignment), origin, problems);
}

static int read_words(int argc, char **argv, struct config *config, char **rest, int *n_rest,
		      struct strbuf *problems)
{
	int result = 0;

	*n_rest = 0;
	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		const char *value;

		if ((value = command_option(argc, argv, &i, "--set")))
			result |= config_set(config, str_of(value), "--set", problems);
		else if ((value = command_option(argc, argv, &i, "--data-dir")))
			result |= set_data_dir(config, value, "--data-dir", problems);
		else if (!command_option(argc, argv, &i, "--config"))
			rest[(*n_rest)++] = word;
	}
	return result;
}

int command_config(int argc, char **argv, struct config *config, char **rest, int *n_rest)
{
	struct strbuf problems CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct error err = { 0 };
	int result;

	if (check_values(argc, argv) != EXIT_OK)
		return EXIT_USAGE_ERROR;
	if (config_init(config, &err) < 0)
		return command_fail(EXIT_FAILED, "%s", err.msg);
	result = read_file(argc, argv, config, &problems);
	if (read_words(argc, argv, config, rest, n_rest, &problems) < 0)
		result = -1;
	if (config_check(config, &problems) < 0)
		result = -1;
	if (result == 0)
		return EXIT_OK;
	(void)fwrite(problems.ptr, 1, problems.len, stderr);
	config_fini(config);
	return EXIT_CONFIG_ERROR;
}

/* In a fresh home none of them is there.  For the user alone, as XDG has it. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int failed;

		*slash = '\0';
		failed = mkdir(path, 0700) < 0 && errno != EEXIST ? errno : 0;
		if (failed)
			return command_fail(EXIT_IO_ERROR,
					    "cannot create %s for the default data directory: %s; "
					    "give --data-dir DIR",
					    path, strerrordesc_np(failed));
		*slash = '/';
	}
	return EXIT_OK;
}

int command_default_data_dir(struct config *config)
{
	struct strbuf dir CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct strbuf problems CLEANUP(strbuf_fini) = STRBUF_INIT;
	/* One thread so far. */
	const char *data_home = getenv("XDG_DATA_HOME"); /* NOLINT(concurrency-mt-unsafe) */
	const char *home = getenv("HOME");               /* NOLINT(concurrency-mt-unsafe) */

	if (config->data_dir[0] != '\0')
		return EXIT_OK;
	if (data_home && data_home[0] == '/')
		strbuf_printf(&dir, "%s/sluice", data_home);
	else if (home && home[0] == '/')
		strbuf_printf(&dir, "%s/.local/share/sluice", home);
	else
		return command_fail(EXIT_USAGE_ERROR, "no data directory: give --data-dir DIR");
	if (!strbuf_ok(&dir) || set_data_dir(config, dir.ptr, "default", &problems) < 0)
		return command_fail(EXIT_FAILED, "out of memory");
	return make_parents(dir.ptr);
}
