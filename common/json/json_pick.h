/*
 * json_pick.h - some members of a JSON text of any length, read in pieces.
 *
 * json_parse() makes a tree of a text in one go.  Of a body of 4 MiB that takes
 * tens of milliseconds and up to twenty times its bytes, and where jansson works
 * on one string, grows one table or frees a tree, nothing can interrupt it.  Here
 * the text is read once, nothing is kept but the values of the members that are
 * wanted, and between two pieces the account is paid and asked.  In a fiber that
 * is a pause; elsewhere it is not, which is good for short texts.
 *
 * Texts are accepted and refused as by json_parse(), with the same messages at
 * the same places; tests compare the two.  Two exceptions: a text of nothing but
 * blanks is one without members, and a number with a fraction or an exponent may
 * have at most JSON_REAL_CHARS characters.
 */
#ifndef COMMON_JSON_JSON_PICK_H
#define COMMON_JSON_JSON_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/coop.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

struct error;

/* How much is read between two looks at the account, when nobody says otherwise. */
#define JSON_PICK_BYTES ((size_t)4096)

#define JSON_REAL_CHARS ((size_t)65536)

/* A member of the text's outermost object.  All but the key is filled. */
struct json_pick {
	const char *key;
	bool is_there, is_string;
	struct strbuf text; /* of the string, or the value's text as json_text() has it */
};

/**
 * Checks the whole text and fills the picks, which are zeroed but for the keys;
 * json_pick_fini() is due afterwards in any case.
 *
 * piece_bytes  about how much is read between two looks at the account
 *
 * Returns 0, also when the text is no object, or -1: ERR_JSON_PARSING with line
 * and column, ERR_OUT_OF_MEMORY, ERR_QUERY_CANCELLED when coop's token was set.
 */
NODISCARD int json_pick(struct str text, size_t piece_bytes, struct json_pick *picks,
			size_t n_picks, struct coop *coop, struct error *err);

void json_pick_fini(struct json_pick *picks, size_t n_picks);

#endif
