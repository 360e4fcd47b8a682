/*
 * value.c - one value: expansion, text to member, member to text.
 *
 * ${env:NAME} may stand anywhere in a value.  file:PATH is the whole value and
 * means the first line of that file, which is how secrets are mounted.  What
 * comes out of either is taken as it is: nothing is expanded twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/config/config_priv.h"
#include "common/base/mem.h"
#include "common/base/num.h"

/* Messages quote this much of a value. */
#define QUOTED_MAX 80

static struct str cut(struct str s)
{
	s.len = str_utf8_cut(s, MIN(s.len, (size_t)QUOTED_MAX));
	return s;
}

/* ---- expansion ---- */

static int add_environment(struct str name, const struct config_place *place, struct strbuf *out,
			   struct strbuf *problems)
{
	struct strbuf zname = STRBUF_INIT;
	const char *value = NULL;

	strbuf_add_str(&zname, name);
	if (strbuf_ok(&zname) && zname.ptr)
		value = getenv(zname.ptr); /* NOLINT(concurrency-mt-unsafe): nobody calls setenv */
	strbuf_fini(&zname);
	if (!value)
		return config_problem(problems, place,
				      "environment variable \"" STR_FMT "\" is not set",
				      STR_ARG(cut(name)));
	strbuf_add_str(out, str_of(value));
	return 0;
}

static int expand_environment(struct str text, const struct config_place *place, struct strbuf *out,
			      struct strbuf *problems)
{
	size_t at = 0;

	while (at < text.len) {
		size_t open = str_find(text, STR("${"), at), close;
		struct str name;

		strbuf_add(out, text.ptr + at, MIN(open, text.len) - at);
		if (open >= text.len)
			return 0;
		close = str_find(text, STR("}"), open);
		if (close >= text.len)
			return config_problem(problems, place, "\"${\" without \"}\"");
		name = (struct str){ text.ptr + open + 2, close - open - 2 };
		if (!str_starts_with(name, STR("env:")))
			return config_problem(problems, place,
					      "\"${" STR_FMT "}\" is unknown; write ${env:NAME}",
					      STR_ARG(cut(name)));
		name.ptr += 4;
		name.len -= 4;
		if (add_environment(name, place, out, problems) < 0)
			return -1;
		at = close + 1;
	}
	return 0;
}

static void read_first_line(int fd, struct strbuf *line)
{
	char buf[512];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		const char *end = memchr(buf, '\n', (size_t)n);

		strbuf_add(line, buf, end ? (size_t)(end - buf) : (size_t)n);
		if (end || !strbuf_ok(line))
			return;
	}
	if (n < 0)
		line->failed = true;
}

/* Replaces the path in `out` by the first line of the file. */
static int expand_file(const struct config_place *place, struct strbuf *out,
		       struct strbuf *problems)
{
	const char *path = out->ptr + sizeof("file:") - 1;
	struct strbuf line = STRBUF_INIT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_read = false;

	if (fd >= 0) {
		read_first_line(fd, &line);
		is_read = strbuf_ok(&line);
		(void)close(fd);
	}
	if (is_read) {
		strbuf_reset(out);
		strbuf_add_str(out, str_trim(strbuf_str(&line)));
	} else {
		(void)config_problem(problems, place, "cannot read %.200s: %s", path,
				     strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
	}
	strbuf_fini(&line);
	return is_read ? 0 : -1;
}

int config_value_expand(struct str text, const struct config_place *place, struct strbuf *out,
			struct strbuf *problems)
{
	if (expand_environment(text, place, out, problems) < 0)
		return -1;
	if (!strbuf_ok(out))
		return config_problem(problems, place, "out of memory");
	if (!str_starts_with(text, STR("file:")))
		return 0;
	return expand_file(place, out, problems);
}

/* ---- text to member ---- */

static void *member(struct config *c, const struct config_key *key)
{
	return (char *)c + key->offset;
}

static const void *member_const(const struct config *c, const struct config_key *key)
{
	return (const char *)c + key->offset;
}

static int malformed(const struct config_key *key, struct str text, const char *want,
		     const struct config_place *place, struct strbuf *problems)
{
	return config_problem(problems, place, "%s: \"" STR_FMT "\" is not %s", key->name,
			      STR_ARG(cut(text)), want);
}

static int parse_bool(struct config *c, const struct config_key *key, struct str text,
		      const struct config_place *place, struct strbuf *problems)
{
	bool is_true = str_eq_nocase(text, STR("true"));

	if (!is_true && !str_eq_nocase(text, STR("false")))
		return malformed(key, text, "true or false", place, problems);
	*(bool *)member(c, key) = is_true;
	return 0;
}

static int parse_string(struct config *c, const struct config_key *key, struct str text,
			const struct config_place *place, struct strbuf *problems)
{
	char **to = member(c, key);
	char *copy;

	if (text.len > 0 && memchr(text.ptr, '\0', text.len))
		return config_problem(problems, place, "%s: the value holds a NUL byte", key->name);
	copy = mem_strndup(text.len > 0 ? text.ptr : "", text.len);
	if (!copy)
		return config_problem(problems, place, "out of memory");
	mem_free(*to);
	*to = copy;
	return 0;
}

static int parse_number(struct config *c, const struct config_key *key, struct str text,
			const struct config_place *place, struct strbuf *problems)
{
	int64_t value;

	if (key->type == CONFIG_BYTES && !num_parse_bytes(text, &value))
		return malformed(key, text, "a size such as 512k, 64m or 2g", place, problems);
	if (key->type == CONFIG_PERIOD && !num_parse_period_ms(text, 1, &value))
		return malformed(key, text, "a period such as 250ms, 10s or 4h30m", place,
				 problems);
	if (key->type == CONFIG_INT && !num_parse_i64(text, &value))
		return malformed(key, text, "a whole number", place, problems);
	if (value < key->min || value > key->max)
		return config_problem(problems, place,
				      "%s: \"" STR_FMT "\" is outside %" PRId64 " to %" PRId64 "%s",
				      key->name, STR_ARG(cut(text)), key->min, key->max,
				      key->type == CONFIG_BYTES    ? " bytes"
				      : key->type == CONFIG_PERIOD ? " milliseconds"
								   : "");
	*(int64_t *)member(c, key) = value;
	return 0;
}

int config_value_parse(struct config *c, const struct config_key *key, struct str text,
		       const struct config_place *place, struct strbuf *problems)
{
	switch (key->type) {
	case CONFIG_BOOL:
		return parse_bool(c, key, text, place, problems);
	case CONFIG_STRING:
		return parse_string(c, key, text, place, problems);
	case CONFIG_INT:
	case CONFIG_BYTES:
	case CONFIG_PERIOD:
		return parse_number(c, key, text, place, problems);
	}
	return -1;
}

/* ---- member to text ---- */

void config_value_format(const struct config *c, const struct config_key *key, struct strbuf *out)
{
	switch (key->type) {
	case CONFIG_BOOL:
		strbuf_add_str(out,
			       *(const bool *)member_const(c, key) ? STR("true") : STR("false"));
		return;
	case CONFIG_STRING:
		strbuf_add_str(out, str_of(*(char *const *)member_const(c, key)));
		return;
	case CONFIG_INT:
	case CONFIG_BYTES:
	case CONFIG_PERIOD:
		strbuf_printf(out, "%" PRId64, *(const int64_t *)member_const(c, key));
		return;
	}
}
