/*
 * cmd_import.c - sluice import: files into a stored table, with a progress bar
 * on a terminal.  SIGINT stops it and leaves the old table.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/cmd_config.h"
#include "broker/command.h"
#include "broker/config/config.h"
#include "broker/table/catalog.h"
#include "broker/table/import.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mem.h"

#define BAR_WIDTH 30

/* The token is what the signal handler reaches. */
static struct token interrupted;

static void interrupt(int signal)
{
	(void)signal;
	(void)token_set(&interrupted, CANCEL_USER);
}

static void show_progress(const struct import_progress *p, void *arg)
{
	uint64_t seconds_e3 = (clock_mono_ns() - *(const uint64_t *)arg) / NS_PER_MS + 1;
	unsigned done = p->total_bytes ? (unsigned)(p->bytes * BAR_WIDTH / p->total_bytes) : 0;

	(void)fprintf(stderr, "\r[%.*s%*s] %llu rows, %llu MB, %llu MB/s ", (int)done,
		      "##############################", (int)(BAR_WIDTH - done), "",
		      (unsigned long long)p->rows, (unsigned long long)(p->bytes / 1000000),
		      (unsigned long long)(p->bytes / 1000 / seconds_e3));
	(void)fflush(stderr);
}

/* An interrupt is no error of a query, as its text would have it. */
static int fail(const struct error *err, const char *table, bool has_bar)
{
	const char *clear = has_bar ? "\n" : "";

	if (err->code == ERR_QUERY_CANCELLED)
		return command_fail(EXIT_FAILED, "%simport interrupted; table %s is unchanged",
				    clear, table);
	return command_fail(EXIT_FAILED, "%s%s", clear, err->msg);
}

static int import_into(struct catalog *catalog, const char *schema, char **words, int n_words)
{
	uint64_t begin = clock_mono_ns();
	struct import_options options = {
		.schema_file = schema,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
		.arg = &begin,
	};
	struct import_progress total = { 0 };
	struct error err = { 0 };
	struct coop coop;
	double seconds;

	coop_unlimited(&coop, &interrupted);
	if (import_files(catalog, str_of(words[0]), words + 1, (uint32_t)n_words - 1, &options,
			 &coop, &total, &err) < 0)
		return fail(&err, words[0], options.progress != NULL);
	seconds = (double)(clock_mono_ns() - begin) / (double)NS_PER_S;
	(void)fprintf(stderr, "%s%s: %llu rows, %.1f MB in %.2f s (%.0f MB/s)\n",
		      options.progress ? "\r\033[K" : "", words[0], (unsigned long long)total.rows,
		      (double)total.bytes / 1e6, seconds, (double)total.bytes / 1e6 / seconds);
	return EXIT_OK;
}

static int import(struct config *config, const char *schema, char **words, int n_words)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct catalog *catalog = NULL;
	struct error err = { 0 };
	int code;

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
	if (catalog_open(config->data_dir, &catalog, &err) < 0)
		return command_fail(err.code == ERR_UNAVAILABLE ? EXIT_DATA_DIR_IN_USE
								: EXIT_IO_ERROR,
				    "%s", err.msg);
	code = import_into(catalog, schema, words, n_words);
	catalog_close(&catalog);
	return code;
}

/* Takes --schema out of the words; -1 when another option is among them. */
static int take_schema(char **words, int *n_words, const char **schema)
{
	int n = 0;

	*schema = NULL;
	for (int i = 0; i < *n_words; i++) {
		const char *value = command_option(*n_words, words, &i, "--schema");

		if (value)
			*schema = value;
		else if (words[i][0] == '-' && words[i][1] != '\0')
			return command_fail(-1, "import does not know '%s'; try: sluice help",
					    words[i]);
		else
			words[n++] = words[i];
	}
	*n_words = n;
	return 0;
}

static int run(int argc, char **argv)
{
	struct config config;
	char **rest = mem_calloc((size_t)argc, sizeof(*rest));
	const char *schema;
	int n_rest = 0, code;

	if (!rest)
		return command_fail(EXIT_FAILED, "out of memory");
	code = command_config(argc, argv, &config, rest, &n_rest);
	if (code == EXIT_OK) {
		if (take_schema(rest, &n_rest, &schema) < 0)
			code = EXIT_USAGE_ERROR;
		else if (n_rest < 2)
			code = command_fail(EXIT_USAGE_ERROR,
					    "import needs a table and at least one file");
		else if ((code = command_default_data_dir(&config)) == EXIT_OK)
			code = import(&config, schema, rest, n_rest);
		config_fini(&config);
	}
	mem_free(rest);
	return code;
}

const struct command command_import = {
	"import",
	"[--config FILE] [--data-dir DIR] [--set key=value]... [--schema FILE] TABLE FILE...",
	"Loads CSV or TSV files into a table, replacing what it held; - is standard input.",
	run,
};
