/*
 * cmd_serve.c - sluice serve: the daemon in the foreground.
 *
 * Signals are taken by the main thread in sigwait style: SIGTERM and SIGINT
 * drain, a second one cancels what is left at once.
 */
#include <signal.h>
#include <stdio.h>

#include "broker/broker.h"
#include "broker/cmd_config.h"
#include "broker/command.h"
#include "broker/config/config.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/mem.h"

/* The one mutable global: set by the handler of the second signal. */
static volatile bool is_in_hurry;

static void hurry_up(int signal)
{
	(void)signal;
	is_in_hurry = true;
}

static enum log_level level_of(const char *name)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq_nocase(str_of(name), str_of(names[i])))
			return (enum log_level)i;
	}
	return LOG_INFO;
}

static int exit_code_of(const struct error *err)
{
	if (err->code == ERR_UNAVAILABLE)
		return str_find(str_of(err->msg), STR("data directory"), 0) != SIZE_MAX
			       ? EXIT_DATA_DIR_IN_USE
			       : EXIT_PORT_UNAVAILABLE;
	if (err->code == ERR_CONFIG)
		return EXIT_CONFIG_ERROR;
	return EXIT_IO_ERROR;
}

static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
}

/* From now on another signal means: at once. */
static void listen_for_hurry(const sigset_t *set)
{
	struct sigaction action = { .sa_handler = hurry_up };

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static int serve(struct config *config)
{
	struct broker *b = NULL;
	struct error err = { 0 };
	sigset_t set;
	int which = 0;

	log_set_level(level_of(config->log_level));
	block_signals(&set);
	if (broker_start(config, &b, &err) < 0)
		return command_fail(exit_code_of(&err), "%s", err.msg);
	log_event(LOG_INFO, "ready", "broker=http://%s:%u controller=http://%s:%u data_dir=%s",
		  config->listen_host, broker_query_port(b), config->listen_host,
		  broker_controller_port(b), config->data_dir);
	(void)sigwait(&set, &which);
	log_event(LOG_INFO, "stopping", "signal=%s", which == SIGINT ? "SIGINT" : "SIGTERM");
	listen_for_hurry(&set);
	broker_stop(&b, &is_in_hurry);
	log_event(LOG_INFO, "stopped", "status=ok");
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct config config;
	char **rest = mem_calloc((size_t)argc, sizeof(*rest));
	int n_rest = 0, code;

	if (!rest)
		return command_fail(EXIT_FAILED, "out of memory");
	code = command_config(argc, argv, &config, rest, &n_rest);
	if (code == EXIT_OK) {
		if (n_rest > 0)
			code = command_fail(EXIT_USAGE_ERROR,
					    "serve does not know '%s'; try: sluice help", rest[0]);
		else if ((code = command_default_data_dir(&config)) == EXIT_OK)
			code = serve(&config);
		config_fini(&config);
	}
	mem_free(rest);
	return code;
}

const struct command command_serve = {
	"serve",
	"[--config FILE] [--data-dir DIR] [--set key=value]...",
	"Runs the broker in the foreground until SIGTERM.",
	run,
};
