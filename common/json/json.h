/*
 * json.h - JSON in by jansson (this folder alone includes it), JSON out by our own writer.
 *
 * Parsing makes a tree in one go and is for texts of bounded size; json_pick.h
 * reads members out of texts of any size.
 */
#ifndef COMMON_JSON_JSON_H
#define COMMON_JSON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"
#include "common/base/coop.h"
#include "common/base/str.h"
#include "common/base/strbuf.h"

struct error;

/* A parsed document or a part of it.  Parts are borrowed from the document. */
struct json; /* is jansson's json_t */

/** Parses a text; ERR_JSON_PARSING with line and column.  Duplicate keys are an error.  NULL on failure. */
NODISCARD struct json *json_parse(struct str text, struct error *err);
void json_free(struct json **doc);

bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
/** Borrowed member, or NULL. */
const struct json *json_member(const struct json *object, const char *key);
size_t json_array_length(const struct json *array);
const struct json *json_array_item(const struct json *array, size_t i);
/** False when j is NULL or not of that kind. */
bool json_get_string(const struct json *j, struct str *out);
bool json_get_bool(const struct json *j, bool *out);
bool json_get_i64(const struct json *j, int64_t *out);
bool json_get_f64(const struct json *j, double *out);
bool json_is_null(const struct json *j);
/** The text form of any value, as Jackson's asText(): for keys that clients send with odd types. */
void json_text(const struct json *j, struct strbuf *out);

/* ---- writing: appends to a strbuf; commas are the writer's business ---- */

struct json_writer {
	struct strbuf *out;
	uint64_t has_item; /* bit per depth: something was written there */
	unsigned depth;    /* at most 63 */
	bool after_key;
};

void json_writer_init(struct json_writer *w, struct strbuf *out);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, struct str s);
void json_i64(struct json_writer *w, int64_t v);
void json_f64(struct json_writer *w, double v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
/* Key and value in one call. */
void json_put_string(struct json_writer *w, const char *key, struct str s);
void json_put_i64(struct json_writer *w, const char *key, int64_t v);
void json_put_bool(struct json_writer *w, const char *key, bool v);
void json_put_null(struct json_writer *w, const char *key);

/** Appends the bytes of a JSON string (with quotes).  Ill-formed UTF-8 becomes U+FFFD. */
void json_escape(struct strbuf *out, struct str s);

/** The same in a fiber, for texts of any length.  -1: ERR_QUERY_CANCELLED. */
NODISCARD int json_escape_long(struct strbuf *out, struct str s, struct coop *coop,
			       struct error *err);

#endif
