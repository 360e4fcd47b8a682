/*
 * log.h - one line per event on standard error: key=value, user text quoted.
 *
 *     level=info event=query_end ts=2026-01-31T12:00:00.123Z id=17 status=ok rows=10 ms=1.2
 *
 * Code below query/ and http/ returns errors and does not log.
 */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include "common/base/compiler.h"
#include "common/base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/** The least important level that is written.  Set at start. */
void log_set_level(enum log_level level);

/** event is a word; fmt gives the "key=value key=value" part.  Any thread; one write(2). */
void log_event(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define LOG_QUOTED_MAX 256

/** Text quoted and cut for a value: buf holds LOG_QUOTED_MAX bytes.  Returns buf. */
const char *log_quote(struct str s, char *buf);

#endif
