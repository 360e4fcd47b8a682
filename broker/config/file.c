/*
 * file.c - .properties files: lines of "key = value".
 *
 * Blank lines and lines that begin with # or ! are skipped.  A key ends at the
 * first '=' (or ':', as Java allows).  Blanks around key and value do not
 * count.  There are no escapes and no continued lines: a backslash is a
 * backslash, so that paths and regular expressions are what they look like.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "broker/config/config_priv.h"
#include "common/base/mem.h"

/* Nobody writes a configuration of this size; a device or a data file is one. */
#define FILE_MAX ((size_t)1 << 20)

/* A file that is being read. */
struct reader {
	struct config *config;
	const char *path;
	size_t line;
	size_t *lines; /* per key, where it was set; 0: not yet */
	struct strbuf *problems;
	bool is_bad;
};

static struct config_place place_of(const struct reader *r, struct str line, const char *at)
{
	return (struct config_place){ r->path, r->line, (size_t)(at - line.ptr) + 1 };
}

static size_t separator(struct str line)
{
	size_t i = 0;

	while (i < line.len && line.ptr[i] != '=' && line.ptr[i] != ':')
		i++;
	return i;
}

static void note_line(struct reader *r, const struct config_key *key,
		      const struct config_place *place)
{
	size_t *line = &r->lines[key - config_keys];

	if (*line > 0) {
		(void)config_problem(r->problems, place, "%s is set already in line %zu", key->name,
				     *line);
		r->is_bad = true;
	}
	*line = r->line;
}

static void read_assignment(struct reader *r, struct str line)
{
	size_t end = separator(line);
	struct str name = str_trim((struct str){ line.ptr, end }), value;
	struct config_place name_at = place_of(r, line, name.ptr), value_at;
	const struct config_key *key;

	if (end == line.len || name.len == 0) {
		(void)config_problem(r->problems, &name_at, "expected key=value");
		r->config->is_partial = r->is_bad = true;
		return;
	}
	value = str_trim((struct str){ line.ptr + end + 1, line.len - end - 1 });
	value_at = place_of(r, line, value.ptr);
	if (config_assign(r->config, name, &name_at, value, &value_at, &key, r->problems) < 0)
		r->is_bad = true;
	if (key)
		note_line(r, key, &name_at);
}

static void read_line(struct reader *r, struct str line)
{
	struct str text = str_trim(line);

	r->line++;
	if (text.len > 0 && text.ptr[0] != '#' && text.ptr[0] != '!')
		read_assignment(r, line);
}

static int read_text(struct config *c, const char *path, struct str text, struct strbuf *problems)
{
	struct reader r = { .config = c, .path = path, .problems = problems };
	size_t bad;

	r.lines = mem_calloc(config_n_keys, sizeof(*r.lines));
	if (!r.lines)
		return config_problem(problems, &(struct config_place){ path, 0, 0 },
				      "out of memory");
	if (str_starts_with(text, STR("\xef\xbb\xbf"))) {
		text.ptr += 3;
		text.len -= 3;
	}
	if (!str_utf8_valid(text, &bad)) {
		(void)config_problem(problems, &(struct config_place){ path, 0, 0 },
				     "byte %zu is not UTF-8", bad);
		r.is_bad = true;
	}
	while (text.len > 0)
		read_line(&r, str_split(&text, '\n'));
	mem_free(r.lines);
	return r.is_bad ? -1 : 0;
}

/* Returns 0 or an errno value. */
static int load(const char *path, struct strbuf *out)
{
	char buf[4096];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), failed = 0;

	if (fd < 0)
		return errno;
	while (out->len <= FILE_MAX && (n = read(fd, buf, sizeof(buf))) > 0)
		strbuf_add(out, buf, (size_t)n);
	if (n < 0)
		failed = errno;
	else if (out->len > FILE_MAX)
		failed = EFBIG;
	else if (!strbuf_ok(out))
		failed = ENOMEM;
	(void)close(fd);
	return failed;
}

int config_read_file(struct config *c, const char *path, struct strbuf *problems)
{
	struct strbuf text = STRBUF_INIT;
	int failed = load(path, &text), result = -1;

	c->is_partial |= failed != 0;
	if (failed)
		(void)config_problem(problems, &(struct config_place){ path, 0, 0 },
				     "cannot be read: %s",
				     strerror(failed)); /* NOLINT(concurrency-mt-unsafe) */
	else
		result = read_text(c, path, strbuf_str(&text), problems);
	strbuf_fini(&text);
	return result;
}
