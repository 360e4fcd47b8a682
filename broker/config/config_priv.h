/*
 * config_priv.h - what the files of config/ share: the rows as data, and how
 * problems are noted.
 *
 *   key.c     rows, look-up, nearest name
 *   value.c   text to member and back, ${env:NAME}, file:PATH
 *   file.c    .properties files
 *   config.c  defaults, assignments, checks across keys, printing
 */
#ifndef BROKER_CONFIG_CONFIG_PRIV_H
#define BROKER_CONFIG_CONFIG_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/config/config.h"
#include "common/base/compiler.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

enum config_type { CONFIG_BOOL, CONFIG_INT, CONFIG_BYTES, CONFIG_PERIOD, CONFIG_STRING };

/* A row of config.def. */
struct config_key {
	const char *name;
	enum config_type type;
	size_t offset; /* of the member in struct config */
	const char *def;
	int64_t min, max;
	const char *doc;
};

extern const struct config_key config_keys[];
extern const size_t config_n_keys;

/** Appends "origin:line:col: message" and a line feed.  Returns -1. */
int config_problem(struct strbuf *problems, const struct config_place *place, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** NULL when there is no such key. */
const struct config_key *config_key_find(struct str name);

/** The key whose name is nearest; NULL when none is near enough to be meant. */
const struct config_key *config_key_nearest(struct str name);

/** Replaces ${env:NAME} and file:PATH.  -1: a problem was noted. */
NODISCARD int config_value_expand(struct str text, const struct config_place *place,
				  struct strbuf *out, struct strbuf *problems);

/** Parses an expanded text into the key's member of c; the member is untouched on -1. */
NODISCARD int config_value_parse(struct config *c, const struct config_key *key, struct str text,
				 const struct config_place *place, struct strbuf *problems);

/** The value of a key's member in the form that config_value_parse() reads. */
void config_value_format(const struct config *c, const struct config_key *key, struct strbuf *out);

/** One assignment: finds the key, expands, parses.  *key may be NULL afterwards. */
NODISCARD int config_assign(struct config *c, struct str name, const struct config_place *name_at,
			    struct str value, const struct config_place *value_at,
			    const struct config_key **key, struct strbuf *problems);

#endif
