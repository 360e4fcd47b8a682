/*
 * json.c - JSON in, by jansson.  The only file that sees <jansson.h>.
 *
 * A struct json is a json_t under another name: borrowed pointers go back and
 * forth by a cast, and jansson's reference counts stay unused but for the one
 * that json_free() drops.
 */
#include <pthread.h>

#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/num.h"
#include "common/json/json.h"

/* Two functions of jansson bear names that are ours; this file calls neither of theirs. */
#define json_string jansson_string
#define json_null   jansson_null
#include <jansson.h>
#undef json_string
#undef json_null

/* Functions of ours that are macros there. */
#undef json_is_object
#undef json_is_array
#undef json_is_null

static json_t *as_jansson(struct json *j)
{
	return (json_t *)(void *)j;
}

static const json_t *as_const_jansson(const struct json *j)
{
	return (const json_t *)(const void *)j;
}

static bool is_of(const struct json *j, json_type type)
{
	return j && json_typeof(as_const_jansson(j)) == type;
}

/*
 * jansson reports a failed allocation as a malformed text.  Its allocator is
 * handed no context, so what happened is noted per thread.
 */
static _Thread_local bool allocation_failed;

static void *alloc_noting_failure(size_t size_bytes)
{
	void *ptr = mem_alloc(size_bytes);

	allocation_failed |= !ptr;
	return ptr;
}

static void use_our_memory(void)
{
	json_set_alloc_funcs(alloc_noting_failure, mem_free);
}

/* jansson drops a NUL byte that follows a number, as if it were not there. */
static int refuse_nul(struct str text, struct error *err)
{
	const char *nul = text.len > 0 ? memchr(text.ptr, '\0', text.len) : NULL;
	int line = 1, column = 1;

	if (!nul)
		return 0;
	for (const char *p = text.ptr; p < nul; p++) {
		bool is_code_point = ((unsigned char)*p & 0xc0) != 0x80;

		line += *p == '\n';
		column = *p == '\n' ? 1 : column + is_code_point;
	}
	return error_set(err, ERR_JSON_PARSING, "line %d, column %d: a NUL byte is no JSON", line,
			 column);
}

struct json *json_parse(struct str text, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t why;
	json_t *doc;

	if (refuse_nul(text, err) < 0)
		return NULL;
	(void)pthread_once(&once, use_our_memory);
	allocation_failed = false;
	doc = json_loadb(text.ptr ? text.ptr : "", text.len, flags, &why);
	if (doc)
		return (struct json *)(void *)doc;
	if (allocation_failed)
		(void)error_oom(err);
	else
		(void)error_set(err, ERR_JSON_PARSING, "line %d, column %d: %s", why.line,
				why.column, why.text);
	return NULL;
}

void json_free(struct json **doc)
{
	if (*doc)
		json_decref(as_jansson(*doc));
	*doc = NULL;
}

bool json_is_object(const struct json *j)
{
	return is_of(j, JSON_OBJECT);
}

bool json_is_array(const struct json *j)
{
	return is_of(j, JSON_ARRAY);
}

bool json_is_null(const struct json *j)
{
	return is_of(j, JSON_NULL);
}

const struct json *json_member(const struct json *object, const char *key)
{
	return (const struct json *)(const void *)json_object_get(as_const_jansson(object), key);
}

size_t json_array_length(const struct json *array)
{
	return json_array_size(as_const_jansson(array));
}

const struct json *json_array_item(const struct json *array, size_t i)
{
	return (const struct json *)(const void *)json_array_get(as_const_jansson(array), i);
}

bool json_get_string(const struct json *j, struct str *out)
{
	if (!is_of(j, JSON_STRING))
		return false;
	out->ptr = json_string_value(as_const_jansson(j));
	out->len = json_string_length(as_const_jansson(j));
	return true;
}

bool json_get_bool(const struct json *j, bool *out)
{
	if (!is_of(j, JSON_TRUE) && !is_of(j, JSON_FALSE))
		return false;
	*out = is_of(j, JSON_TRUE);
	return true;
}

bool json_get_i64(const struct json *j, int64_t *out)
{
	if (!is_of(j, JSON_INTEGER))
		return false;
	*out = json_integer_value(as_const_jansson(j));
	return true;
}

/* An integer is a number as well. */
bool json_get_f64(const struct json *j, double *out)
{
	if (!is_of(j, JSON_REAL) && !is_of(j, JSON_INTEGER))
		return false;
	*out = json_number_value(as_const_jansson(j));
	return true;
}

void json_text(const struct json *j, struct strbuf *out)
{
	char buf[NUM_F64_CHARS];
	struct str s = STR("");

	if (!j)
		return;
	switch (json_typeof(as_const_jansson(j))) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	case JSON_STRING:
		(void)json_get_string(j, &s);
		break;
	case JSON_INTEGER:
		s.ptr = buf;
		s.len = num_format_i64(json_integer_value(as_const_jansson(j)), buf);
		break;
	case JSON_REAL:
		s.ptr = buf;
		s.len = num_format_f64(json_real_value(as_const_jansson(j)), buf);
		break;
	case JSON_TRUE:
		s = STR("true");
		break;
	case JSON_FALSE:
		s = STR("false");
		break;
	case JSON_NULL:
		s = STR("null");
		break;
	}
	strbuf_add_str(out, s);
}
