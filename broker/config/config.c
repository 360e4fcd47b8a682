/*
 * config.c - the configuration as a whole: defaults, assignments, checks that
 * span keys, printing.
 *
 * A failed read leaves c with some keys set and others not: who reloads reads
 * into a fresh one and takes it over as a whole.
 */
#include <arpa/inet.h>
#include <inttypes.h>

#include "broker/config/config_priv.h"
#include "common/base/error.h"
#include "common/base/mem.h"

int config_init(struct config *c, struct error *err)
{
	static const struct config_place place = { "default", 0, 0 };
	struct strbuf problems = STRBUF_INIT;
	int failed = 0;

	*c = (struct config){ 0 };
	for (size_t i = 0; i < config_n_keys && !failed; i++) {
		c->sources[i].place = place;
		failed = config_value_parse(c, &config_keys[i], str_of(config_keys[i].def), &place,
					    &problems);
	}
	strbuf_fini(&problems); /* rows are tested: only memory can be missing */
	if (!failed)
		return 0;
	config_fini(c);
	return error_oom(err);
}

void config_fini(struct config *c)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		if (config_keys[i].type == CONFIG_STRING) {
			char **text = (char **)(void *)((char *)c + config_keys[i].offset);

			mem_free(*text);
			*text = NULL;
		}
	}
}

static int unknown_key(struct str name, const struct config_place *place, struct strbuf *problems)
{
	const struct config_key *nearest = config_key_nearest(name);

	name.len = str_utf8_cut(name, MIN(name.len, (size_t)128));
	if (nearest)
		return config_problem(problems, place,
				      "unknown key \"" STR_FMT "\"; did you mean %s?",
				      STR_ARG(name), nearest->name);
	return config_problem(problems, place, "unknown key \"" STR_FMT "\"", STR_ARG(name));
}

int config_assign(struct config *c, struct str name, const struct config_place *name_at,
		  struct str value, const struct config_place *value_at,
		  const struct config_key **key, struct strbuf *problems)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	*key = config_key_find(name);
	if (!*key) {
		c->is_partial = true;
		return unknown_key(name, name_at, problems);
	}
	result = config_value_expand(value, value_at, &text, problems);
	if (result == 0)
		result = config_value_parse(c, *key, strbuf_str(&text), value_at, problems);
	strbuf_fini(&text);
	c->sources[*key - config_keys] =
		(struct config_source){ *value_at, ++c->n_assignments, result < 0 };
	return result;
}

int config_set(struct config *c, struct str assignment, const char *origin, struct strbuf *problems)
{
	struct config_place place = { origin, 0, 0 };
	const struct config_key *key;
	struct str rest = assignment, name;

	if (str_find(assignment, STR("="), 0) >= assignment.len) {
		c->is_partial = true;
		assignment.len = str_utf8_cut(assignment, MIN(assignment.len, (size_t)128));
		return config_problem(problems, &place, "expected key=value, not \"" STR_FMT "\"",
				      STR_ARG(assignment));
	}
	name = str_split(&rest, '=');
	return config_assign(c, str_trim(name), &place, str_trim(rest), &place, &key, problems);
}

/* ---- checks that span keys, or that no type can say ---- */

/* The words a STRING key may have. */
static int check_word(const struct config *c, enum config_key_id id, const char *value,
		      const char *const *words, struct strbuf *problems)
{
	struct strbuf list CLEANUP(strbuf_fini) = STRBUF_INIT;

	for (size_t i = 0; words[i]; i++) {
		if (str_eq(str_of(value), str_of(words[i])))
			return 0;
		strbuf_printf(&list, " %s", words[i]);
	}
	if (c->sources[id].is_bad)
		return 0;
	return config_problem(problems, &c->sources[id].place, "%s: \"%.80s\" is none of%s",
			      config_keys[id].name, value, strbuf_ok(&list) ? list.ptr : "");
}

static int check_words(const struct config *c, struct strbuf *problems)
{
	static const char *const orders[] = { "declared", "name", NULL };
	static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

	return check_word(c, CONFIG_KEY_star_order, c->star_order, orders, problems) |
	       check_word(c, CONFIG_KEY_log_level, c->log_level, levels, problems);
}

static int check_address(const struct config *c, struct strbuf *problems)
{
	const struct config_source *source = &c->sources[CONFIG_KEY_listen_host];
	unsigned char address[sizeof(struct in6_addr)];
	const char *host = c->listen_host;

	if (source->is_bad || str_eq(str_of(host), STR("localhost")) ||
	    inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return 0;
	return config_problem(problems, &source->place,
			      "sluice.listen.host: \"%.80s\" is no numeric address; write one such "
			      "as 127.0.0.1 or 0.0.0.0",
			      host);
}

/*
 * Where two keys that do not fit together were set: the place of the later one.
 * NULL when one of the values may not be the one that was meant.
 */
static const struct config_place *place_of_both(const struct config *c, enum config_key_id a,
						enum config_key_id b)
{
	const struct config_source *x = &c->sources[a], *y = &c->sources[b];

	if (x->is_bad || y->is_bad)
		return NULL;
	if (c->is_partial && (x->order == 0 || y->order == 0))
		return NULL;
	return x->order > y->order ? &x->place : &y->place;
}

static int check_ports(const struct config *c, struct strbuf *problems)
{
	const struct config_place *place =
		place_of_both(c, CONFIG_KEY_query_port, CONFIG_KEY_controller_port);

	if (!place || c->query_port == 0 || c->query_port != c->controller_port)
		return 0;
	return config_problem(problems, place,
			      "controller.port and pinot.broker.client.queryPort are both %" PRId64
			      "; give each its own port",
			      c->query_port);
}

static int check_memory(const struct config *c, struct strbuf *problems)
{
	const struct config_place *place =
		place_of_both(c, CONFIG_KEY_query_max_memory, CONFIG_KEY_total_max_memory);

	if (!place || c->total_max_memory == 0 || c->query_max_memory <= c->total_max_memory)
		return 0;
	return config_problem(problems, place,
			      "sluice.query.max.memory (%" PRId64
			      ") is more than sluice.memory.max (%" PRId64 ")",
			      c->query_max_memory, c->total_max_memory);
}

int config_check(const struct config *c, struct strbuf *problems)
{
	int result = check_words(c, problems);

	result |= check_address(c, problems);
	result |= check_ports(c, problems);
	result |= check_memory(c, problems);
	return result;
}

/* ---- printing ---- */

static void print_range(const struct config_key *key, struct strbuf *out)
{
	switch (key->type) {
	case CONFIG_BOOL:
		strbuf_printf(out, "# true or false\n");
		return;
	case CONFIG_INT:
		strbuf_printf(out, "# %" PRId64 " to %" PRId64 "\n", key->min, key->max);
		return;
	case CONFIG_BYTES:
		strbuf_printf(out, "# bytes, or 512k, 64m, 2g; %" PRId64 " to %" PRId64 "\n",
			      key->min, key->max);
		return;
	case CONFIG_PERIOD:
		strbuf_printf(out,
			      "# milliseconds, or 250ms, 10s, 4h30m; %" PRId64 " to %" PRId64 "\n",
			      key->min, key->max);
		return;
	case CONFIG_STRING:
		return;
	}
}

void config_print_defaults(struct strbuf *out)
{
	strbuf_printf(
		out,
		"# sluice.properties - every key with its default.\n"
		"#\n"
		"# Take away the # in front of a key to set it.  A value may be ${env:NAME},\n"
		"# the value of an environment variable, or file:PATH, the first line of a\n"
		"# file.  Check a changed file with: sluice check-config FILE\n"
		"#\n"
		"# Unless sluice.data.dir says otherwise the data is in $XDG_DATA_HOME/sluice,\n"
		"# or in ~/.local/share/sluice when that variable is not set.\n");
	for (size_t i = 0; i < config_n_keys; i++) {
		const struct config_key *key = &config_keys[i];

		strbuf_printf(out, "\n# %s\n", key->doc);
		print_range(key, out);
		strbuf_printf(out, "#%s=%s\n", key->name, key->def);
	}
}

void config_print(const struct config *c, struct strbuf *out)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		strbuf_printf(out, "%s=", config_keys[i].name);
		config_value_format(c, &config_keys[i], out);
		strbuf_add_char(out, '\n');
	}
}
