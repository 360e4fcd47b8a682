/*
 * cmd_serve.c - sluice serve: the daemon in the foreground.
 *
 * Signals are taken by the main thread in sigwait style: SIGTERM and SIGINT
 * drain, a second one cancels what is left at once.
 *
 * SIGHUP means two things.  Who writes to a daemon means "read the configuration
 * again", which it cannot do yet: it says so and goes on, for a log rotation must
 * not end it.  The kernel and shells mean "your terminal is gone", and a daemon
 * that outlives its terminal unnoticed holds its ports and its data directory
 * against the next one.  So a daemon that was started from a terminal drains and
 * ends, as at SIGTERM, unless nohup had it ignore SIGHUP; any other goes on.
 *
 * SIGUSR1 and SIGUSR2 mean nothing yet, and must not kill.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* Whether SIGHUP would tell that our terminal is gone: see above. */
static bool is_bound_to_terminal(void)
{
	struct sigaction hangup;

	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler == SIG_IGN)
		return false;
	return isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
}

/* ending: those that end the daemon; waited: all that it does not leave to the kernel. */
static void block_signals(sigset_t *ending, sigset_t *waited)
{
	sigemptyset(ending);
	sigaddset(ending, SIGTERM);
	sigaddset(ending, SIGINT);
	if (is_bound_to_terminal())
		sigaddset(ending, SIGHUP);
	*waited = *ending;
	sigaddset(waited, SIGHUP);
	sigaddset(waited, SIGUSR1);
	sigaddset(waited, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, waited, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk */
}

static void await_end(const sigset_t *ending, const sigset_t *waited)
{
	int which = 0;

	for (;;) {
		(void)sigwait(waited, &which);
		if (sigismember(ending, which))
			break;
		log_event(LOG_WARN, "signal_ignored", "signal=SIG%s reason=\"%s\"",
			  sigabbrev_np(which),
			  which == SIGHUP ? "the configuration is read at start only: restart to "
					    "read it"
					  : "it has no meaning here");
	}
	log_event(LOG_INFO, "stopping", "signal=SIG%s", sigabbrev_np(which));
}

/* From now on another signal of these means: at once.  The others stay blocked. */
static void listen_for_hurry(const sigset_t *ending)
{
	struct sigaction action = { .sa_handler = hurry_up };

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	if (sigismember(ending, SIGHUP))
		(void)sigaction(SIGHUP, &action, NULL);
	(void)pthread_sigmask(SIG_UNBLOCK, ending, NULL);
}

/* An IPv6 address stands in brackets in a URL. */
static void log_ready(const struct config *config, const struct broker *b)
{
	const char *host = config->listen_host;
	bool is_v6 = strchr(host, ':') != NULL;
	const char *open = is_v6 ? "[" : "", *close = is_v6 ? "]" : "";

	log_event(LOG_INFO, "ready",
		  "broker=http://%s%s%s:%u controller=http://%s%s%s:%u data_dir=%s", open, host,
		  close, broker_query_port(b), open, host, close, broker_controller_port(b),
		  config->data_dir);
}

static int serve(struct config *config)
{
	struct broker *b = NULL;
	struct error err = { 0 };
	sigset_t ending, waited;

	log_set_level(level_of(config->log_level));
	block_signals(&ending, &waited);
	if (broker_start(config, &b, &err) < 0)
		return command_fail(exit_code_of(&err), "%s", err.msg);
	log_ready(config, b);
	await_end(&ending, &waited);
	listen_for_hurry(&ending);
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
