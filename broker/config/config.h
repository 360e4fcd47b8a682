/*
 * config.h - the configuration: rows of config.def, one struct member each.
 *
 * Sources, later ones win: defaults, a .properties file, --set key=value.  Every
 * problem of a file is reported at once, with file:line:column; an unknown key
 * is an error that names the nearest one.  Values may be ${env:NAME} or
 * file:PATH (the file's first line).
 */
#ifndef BROKER_CONFIG_CONFIG_H
#define BROKER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

struct error;

#define CONFIG_TYPE_BOOL   bool
#define CONFIG_TYPE_INT    int64_t
#define CONFIG_TYPE_BYTES  int64_t
#define CONFIG_TYPE_PERIOD int64_t
#define CONFIG_TYPE_STRING char * /* owned */

enum config_key_id {
#define KEY(member, name, type, def, min, max, doc) CONFIG_KEY_##member,
#include "broker/config/config.def"
#undef KEY
	CONFIG_N_KEYS,
};

/* Where a text stands: "conf/sluice.properties", line 12, column 5; line 0: no line. */
struct config_place {
	const char *origin; /* borrowed: outlives the config */
	size_t line, col;
};

/* The last assignment of a key. */
struct config_source {
	struct config_place place;
	unsigned order; /* counts all assignments; 0: none, the default holds */
	bool is_bad;    /* the text was no value, and the member is what it was before */
};

struct config {
#define KEY(member, name, type, def, min, max, doc) CONFIG_TYPE_##type member;
#include "broker/config/config.def"
#undef KEY
	struct config_source sources[CONFIG_N_KEYS];
	unsigned n_assignments;
	bool is_partial; /* some text went to no key: what looks unset may not be meant so */
};

/** All defaults.  -1 when out of memory. */
NODISCARD int config_init(struct config *c, struct error *err);

/** Reads a file; path is kept.  -1: problems holds one line per problem (also when the file cannot be read). */
NODISCARD int config_read_file(struct config *c, const char *path, struct strbuf *problems);

/** "key=value"; origin names the source in messages ("--set") and is kept. */
NODISCARD int config_set(struct config *c, struct str assignment, const char *origin,
			 struct strbuf *problems);

/**
 * Checks that span keys, or that no type can say (such as select.star.order's
 * words).  -1 with lines in problems.
 *
 * May follow reads that have failed.  Then nothing is said about a value that
 * only holds because the one that was meant could not be taken.
 */
NODISCARD int config_check(const struct config *c, struct strbuf *problems);

/** The commented default file, as conf/sluice.properties holds it. */
void config_print_defaults(struct strbuf *out);

/** Effective values, one key=value per line. */
void config_print(const struct config *c, struct strbuf *out);

void config_fini(struct config *c);

#endif
