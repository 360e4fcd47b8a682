/*
 * log.c - see log.h.
 *
 * A line is built on the stack and leaves with one write(2): lines of several
 * threads never mix, and there is no lock to hold while the pipe is full.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"

/* Below PIPE_BUF, so that a write to a pipe is atomic. */
#define LINE_MAX_BYTES 4096

static _Atomic int max_level = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&max_level, (int)level, memory_order_relaxed);
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	return names[level];
}

/* "level=... event=... ts=... "; returns its length. */
static size_t put_head(char *line, size_t size, enum log_level level, const char *event)
{
	int64_t now_ms = clock_wall_ms();
	time_t now_s = (time_t)(now_ms / 1000);
	struct tm tm;
	char ts[32] = "";
	int n;

	if (gmtime_r(&now_s, &tm) != NULL)
		(void)strftime(ts, sizeof(ts), "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(line, size, "level=%s event=%s ts=%s.%03dZ ", level_name(level), event, ts,
		     (int)(now_ms % 1000));
	return n < 0 ? 0 : MIN((size_t)n, size - 1);
}

/* Whatever a caller put there: one event is one line. */
static void blank_control_characters(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
			p[i] = ' ';
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES + 1];
	int saved_errno = errno;
	ssize_t written;
	size_t len;
	va_list ap;

	if ((int)level > atomic_load_explicit(&max_level, memory_order_relaxed))
		return;
	len = put_head(line, sizeof(line), level, event);
	va_start(ap, fmt);
	(void)vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);

	/* One byte is for the line feed. */
	len = str_utf8_cut(str_of(line), LINE_MAX_BYTES - 1);
	while (len > 0 && line[len - 1] == ' ')
		len--;
	blank_control_characters(line, len);
	line[len++] = '\n';
	written = write(STDERR_FILENO, line, len);
	(void)written; /* a log that nobody takes stops nothing */
	errno = saved_errno;
}

/* Length of the character at p if it may stand in the log as it is, else 0. */
static size_t plain_length(const char *p, size_t n)
{
	unsigned char c = (unsigned char)p[0];
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, bad;

	if (c == '"' || c == '\\' || len > n || str_control_length((struct str){ p, n }) > 0)
		return 0;
	return str_utf8_valid((struct str){ p, len }, &bad) ? len : 0;
}

/* Writes one escaped byte; out holds 5 bytes.  Returns its length. */
static size_t put_escaped(char *out, char c)
{
	static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
	const char *at = c == '\0' ? NULL : strchr(from, c);

	if (at != NULL) {
		out[0] = '\\';
		out[1] = to[at - from];
		return 2;
	}
	(void)snprintf(out, 5, "\\x%02x", (unsigned)(unsigned char)c);
	return 4;
}

const char *log_quote(struct str s, char *buf)
{
	static const char dots[] = "...\"";
	char escaped[5];
	size_t out = 0;

	buf[out++] = '"';
	for (size_t i = 0, used; i < s.len; i += used) {
		size_t n = used = plain_length(s.ptr + i, s.len - i);
		const char *from = s.ptr + i;

		if (used == 0) {
			n = put_escaped(escaped, s.ptr[i]);
			from = escaped;
			used = 1;
		}
		if (n > LOG_QUOTED_MAX - sizeof(dots) - out) {
			memcpy(buf + out, dots, sizeof(dots));
			return buf;
		}
		memcpy(buf + out, from, n);
		out += n;
	}
	buf[out++] = '"';
	buf[out] = '\0';
	return buf;
}
