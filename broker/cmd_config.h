/* cmd_config.h - configuration as commands take it: --config, --data-dir, --set. */
#ifndef BROKER_CMD_CONFIG_H
#define BROKER_CMD_CONFIG_H

#include <stdbool.h>

struct config;

/** The value of `--name VALUE` or `--name=VALUE` at argv[*i], which moves on; NULL when it is another word. */
const char *command_option(int argc, char **argv, int *i, const char *name);

/** Whether argv[*i] is an option that command_config() takes; then *i moves on to its last word. */
bool command_takes(int argc, char **argv, int *i);

/**
 * Reads defaults, --config FILE, then --data-dir and --set in their order.
 * argv words that are none of these are left in *rest (in argv), *n_rest.
 * Returns EXIT_OK, or an exit code after printing every problem.  On success
 * the caller owns the config.
 */
int command_config(int argc, char **argv, struct config *config, char **rest, int *n_rest);

/**
 * The default when sluice.data.dir is empty: $XDG_DATA_HOME/sluice or
 * ~/.local/share/sluice.  Makes the directories above it.
 */
int command_default_data_dir(struct config *config);

#endif
