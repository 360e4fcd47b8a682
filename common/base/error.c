/*
 * error.c - see error.h.
 *
 * Text is formatted into a buffer of its own before it replaces the message,
 * because an argument may well be the old message.  The buffer has one byte
 * more than the message, which shows whether the cut falls inside a character.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/str.h"

#define MSG_BYTES sizeof(((struct error *)0)->msg)

static const struct error_info infos[ERR_COUNT] = {
	[ERR_NONE] = { "NONE", "", 0, 200 },
#define ERROR_CODE(name, wire, http, text) [ERR_##name] = { #name, text, wire, http },
#include "common/base/errors.def"
#undef ERROR_CODE
};

const struct error_info *error_info(enum error_code code)
{
	ASSERT((unsigned)code < ERR_COUNT);
	return &infos[code];
}

/*
 * How many bytes of `text`, a buffer that vsnprintf() filled, may stay when room is
 * short.  Names of files and pieces of bad input may hold bytes that are no UTF-8.
 */
static size_t keep(char *text, size_t room)
{
	struct str s = str_of(text);
	size_t bad;

	s.len = str_utf8_cut(s, MIN(s.len, room));
	while (!str_utf8_valid(s, &bad))
		text[bad] = '?';
	return s.len;
}

int error_raise(struct error *err, enum error_code code, uint32_t offset, const char *file,
		int line, const char *fmt, ...)
{
	char text[MSG_BYTES + 1] = "";
	size_t len;
	va_list ap;

	ASSERT(code != ERR_NONE && (unsigned)code < ERR_COUNT);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	len = keep(text, MSG_BYTES - 1);
	memcpy(err->msg, text, len);
	err->msg[len] = '\0';
	err->code = code;
	err->sql_offset = offset;
	err->file = file;
	err->line = line;
	return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	/* At most half of the room, so that the reason itself is never pushed out. */
	char prefix[MSG_BYTES / 2] = "", text[MSG_BYTES * 2];
	size_t n_prefix, len;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);

	n_prefix = keep(prefix, sizeof(prefix) - 2);
	(void)snprintf(text, sizeof(text), "%.*s: %s", (int)n_prefix, prefix, err->msg);
	len = keep(text, MSG_BYTES - 1);
	memcpy(err->msg, text, len);
	err->msg[len] = '\0';
	return -1;
}

void error_clear(struct error *err)
{
	err->code = ERR_NONE;
	err->sql_offset = ERROR_NO_OFFSET;
	err->line = 0;
	err->file = NULL;
	err->msg[0] = '\0';
}
