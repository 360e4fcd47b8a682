/*
 * error.h - how a function says that it failed, and why.
 *
 * A function that can fail returns int: 0, or -1 with *err filled.  err is its
 * last parameter and never NULL.  An error is raised once, where it is found,
 * and handed up unchanged; query/ logs it and api/reply.c turns it into a
 * response.  Codes are rows of errors.def; nobody compares msg.
 */
#ifndef COMMON_BASE_ERROR_H
#define COMMON_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#include "common/base/compiler.h"

enum error_code {
	ERR_NONE,
#define ERROR_CODE(name, wire, http, text) ERR_##name,
#include "common/base/errors.def"
#undef ERROR_CODE
	ERR_COUNT
};

#define ERROR_NO_OFFSET UINT32_MAX

/* Owned by the caller, usually inside struct query. */
struct error {
	enum error_code code; /* ERR_NONE until something fails */
	uint32_t sql_offset;  /* byte in the SQL text, or ERROR_NO_OFFSET */
	int line;             /* where it was raised; for the log, not for the client */
	const char *file;
	char msg[1024]; /* a sentence for the client; always UTF-8, cut between characters */
};

/* What a row of errors.def says. */
struct error_info {
	const char *name; /* "SQL_PARSING" */
	const char *text; /* "SQLParsingError" */
	int wire_code;
	int http_status;
};

/** The row of a code.  Any thread. */
const struct error_info *error_info(enum error_code code);

/** Fills *err and returns -1, so that raising and returning is one step. */
#define error_set(err, code, ...) \
	error_raise(err, code, ERROR_NO_OFFSET, __FILE__, __LINE__, __VA_ARGS__)

/** The same for an error that has a place in the SQL text (byte offset). */
#define error_set_at(err, code, offset, ...) \
	error_raise(err, code, offset, __FILE__, __LINE__, __VA_ARGS__)

/** Allocation failed: always the same sentence.  Returns -1. */
#define error_oom(err) error_set(err, ERR_OUT_OF_MEMORY, "out of memory")

/** The function behind the macros above. */
int error_raise(struct error *err, enum error_code code, uint32_t offset, const char *file,
		int line, const char *fmt, ...) PRINTF_LIKE(6, 7);

/** Puts "<text>: " in front of the message.  Returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/** Back to ERR_NONE. */
void error_clear(struct error *err);

#endif
