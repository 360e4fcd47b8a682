/*
 * fuzz_json.c - JSON from outside: bodies of requests, and schemas of tables.
 *
 * The text is read as query/body.c reads a body, in pieces, which has to come to the
 * same as json_parse() does; its queryOptions are read, and all of it as a Pinot schema.  A document can be shown value by value, and whatever bytes come
 * in, our writer makes a JSON string of them that reads back the same.
 */
#include "broker/query/options.h"
#include "broker/table/schema.h"
#include "common/base/assert.h"
#include "common/base/strbuf.h"
#include "common/json/json.h"
#include "common/json/json_pick.h"
#include "tests/fuzz/fuzz.h"

/* Of a member that is no string, and what else has to be printed. */
static struct strbuf text;

/* ---- a body ---- */

static void read_options(struct str options)
{
	struct query_options o = { 0 };
	struct fuzz_query q;

	fuzz_query_init(&q);
	fuzz_query_pause(&q, 0);
	if (query_options_parse(&o, options, 16, &q.coop, &q.err) < 0)
		fuzz_check_error(&q.err, 0);
	fuzz_query_fini(&q);
}

/* What was picked is what the tree has. */
static void check_picked(const struct json_pick *pick, const struct json *doc)
{
	const struct json *member = json_is_object(doc) ? json_member(doc, pick->key) : NULL;
	struct str wanted;

	ASSERT(pick->is_there == (member != NULL));
	if (!member)
		return;
	ASSERT(pick->is_string == json_get_string(member, &wanted));
	if (!pick->is_string) {
		strbuf_reset(&text);
		json_text(member, &text);
		wanted = strbuf_str(&text);
	}
	ASSERT(str_eq(strbuf_str(&pick->text), wanted));
}

static bool is_blank(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (!strchr(" \t\n\r", bytes.ptr[i]) || bytes.ptr[i] == '\0')
			return false;
	}
	return true;
}

/* Read in pieces, with a pause after each, it comes to the same; json_pick.h names what does not. */
static void read_body(struct str bytes, const struct json *doc, const struct error *err)
{
	struct json_pick picks[] = { { .key = "sql" }, { .key = "queryOptions" } };
	struct fuzz_query q;
	int picked;

	fuzz_query_init(&q);
	fuzz_query_pause(&q, 0);
	picked = json_pick(bytes, 1 + bytes.len % 7, picks, ARRAY_SIZE(picks), &q.coop, &q.err);
	if (doc) {
		ASSERT(picked == 0);
		for (size_t i = 0; i < ARRAY_SIZE(picks); i++)
			check_picked(&picks[i], doc);
		if (picks[1].is_string)
			read_options(strbuf_str(&picks[1].text));
	} else if (!is_blank(bytes)) {
		ASSERT(picked < 0 && q.err.code == err->code);
		ASSERT(strcmp(q.err.msg, err->msg) == 0);
	}
	json_pick_fini(picks, ARRAY_SIZE(picks));
	fuzz_query_fini(&q);
}

/* ---- all of a document ---- */

/* Arrays to the bottom; of objects what bodies and schemas have. */
static void show(const struct json *j, unsigned depth)
{
	static const char *const members[] = { "sql", "queryOptions", "name", "dataType" };
	int64_t i64;
	double f64;
	bool is_true;

	strbuf_reset(&text);
	json_text(j, &text);
	ASSERT(strbuf_ok(&text));
	ASSERT(!json_get_i64(j, &i64) || json_get_f64(j, &f64));
	ASSERT(!json_get_bool(j, &is_true) || !json_is_null(j));
	for (size_t i = 0; depth < 100 && i < json_array_length(j); i++)
		show(json_array_item(j, i), depth + 1);
	for (size_t i = 0; depth < 100 && json_is_object(j) && i < ARRAY_SIZE(members); i++) {
		if (json_member(j, members[i]))
			show(json_member(j, members[i]), depth + 1);
	}
}

/* ---- a schema ---- */

static void read_schema(struct str bytes)
{
	struct schema schema CLEANUP(schema_fini) = { 0 };
	struct error err = { 0 };

	if (schema_read(fuzz_file(bytes), &schema, &err) < 0) {
		fuzz_check_error(&err, 0);
		return;
	}
	ASSERT(schema.n_columns > 0);
	for (uint32_t i = 0; i < schema.n_columns; i++)
		ASSERT(schema_find(&schema, str_of(schema.columns[i].name)) == (int)i);
}

/* ---- a string ---- */

static void check_escaped(struct str bytes)
{
	struct json *doc CLEANUP(json_free) = NULL;
	struct error err = { 0 };
	struct str back = { 0 };
	size_t bad;

	strbuf_reset(&text);
	json_escape(&text, bytes);
	ASSERT(strbuf_ok(&text));
	doc = json_parse(strbuf_str(&text), &err);
	ASSERT(doc && json_get_string(doc, &back));
	ASSERT(str_utf8_valid(back, &bad));
	if (str_utf8_valid(bytes, &bad))
		ASSERT(str_eq(back, bytes));
}

/* ---- the target ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = { (const char *)data, size };
	struct json *doc CLEANUP(json_free) = NULL;
	struct error err = { 0 };

	check_escaped(bytes);
	doc = json_parse(bytes, &err);
	if (doc) {
		show(doc, 0);
	} else {
		ASSERT(err.code == ERR_JSON_PARSING);
		fuzz_check_error(&err, 0);
	}
	read_body(bytes, doc, &err);
	read_schema(bytes);
	fuzz_count(doc != NULL);
	return 0;
}
