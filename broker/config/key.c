/*
 * key.c - the rows of config.def as data, and how a name finds its row.
 *
 * There are some dozens of keys and they are looked up at start and at reload
 * only, so a walk over the rows will do.
 */
#include <stdarg.h>
#include <stdio.h>

#include "broker/config/config_priv.h"

const struct config_key config_keys[] = {
#define KEY(member, name, type, def, min, max, doc) \
	{ name, CONFIG_##type, offsetof(struct config, member), def, min, max, doc },
#include "broker/config/config.def"
#undef KEY
};

const size_t config_n_keys = ARRAY_SIZE(config_keys);

const struct config_key *config_key_find(struct str name)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		if (str_eq(name, str_of(config_keys[i].name)))
			return &config_keys[i];
	}
	return NULL;
}

const struct config_key *config_key_nearest(struct str name)
{
	/* A slip or two, or a third of a long name: beyond that a guess confuses. */
	size_t best_distance = MAX(name.len / 3, (size_t)3) + 1;
	const struct config_key *best = NULL;

	for (size_t i = 0; i < config_n_keys; i++) {
		size_t distance =
			str_distance(name, str_of(config_keys[i].name), best_distance - 1);

		if (distance < best_distance) {
			best_distance = distance;
			best = &config_keys[i];
		}
		if (best_distance == 0)
			break; /* the same but for case */
	}
	return best;
}

int config_problem(struct strbuf *problems, const struct config_place *place, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_printf(problems, "%s:", place->origin);
	if (place->line > 0)
		strbuf_printf(problems, "%zu:%zu:", place->line, place->col);
	strbuf_printf(problems, " %s\n", text);
	return -1;
}
