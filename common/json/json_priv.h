/*
 * json_priv.h - what json_writer.c lends to json_rows.c.
 */
#ifndef COMMON_JSON_JSON_PRIV_H
#define COMMON_JSON_JSON_PRIV_H

#include <stddef.h>

#include "common/base/str.h"

/* Room that json_escape_piece() may need for n bytes of text. */
#define JSON_ESCAPE_ROOM(n) (6 * (n) + 64)

/* Text that is escaped between two looks at the account. */
#define JSON_PIECE ((size_t)16 << 10)

/**
 * Escapes text from *pos to `end` or a few bytes further, so that no code point
 * is cut, and moves *pos.
 *
 * to   has JSON_ESCAPE_ROOM(end - *pos) bytes; all of it may be overwritten
 *
 * Returns the end of what was written; no quotes are added.
 */
char *json_escape_piece(char *to, struct str text, size_t *pos, size_t end);

#endif
