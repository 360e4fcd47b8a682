/*
 * query_describe.c - what a statement is, of requests that do not run it:
 * validateSyntax and queryFingerprint.
 *
 * Such a request is a query up to its plan: it has an id and a deadline, is
 * listed, can be cancelled, and is logged.  No table is looked at.  The bodies
 * are Pinot's, down to their spelling (spec/pinot-broker 1.4, 1.5, 7), but for
 * messages that it does not escape.
 */
#include "broker/query/query_priv.h"

#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/json/json.h"

/* ---- in the fiber ---- */

static int describe_class(struct query *q)
{
	struct json_writer w;

	json_writer_init(&w, &q->piece);
	json_begin_object(&w);
	json_put_bool(&w, "valid", true);
	json_put_string(&w, "sqlType", str_of(ast_class_name(ast_stmt_class_of(q->stmt))));
	json_end_object(&w);
	return 0;
}

static int describe_shape(struct query *q, struct error *err)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	size_t max_bytes = (size_t)q->engine->options.sql_max_bytes * SQL_FINGERPRINT_GROWTH;
	enum ast_stmt_class class = ast_stmt_class_of(q->stmt);
	char hash[SQL_HASH_SIZE];

	if (class != CLASS_DQL)
		return error_set(err, ERR_SQL_TYPE,
				 "Only DQL queries are supported for fingerprinting, got: %s",
				 ast_class_name(class));
	if (sql_fingerprint(q->stmt, max_bytes, &q->driver.coop, &text, hash, err) < 0)
		return -1;
	strbuf_printf(&q->piece, "{\"queryHash\":\"%s\",\"fingerprint\":", hash);
	if (json_escape_long(&q->piece, strbuf_str(&text), &q->driver.coop, err) < 0)
		return -1;
	strbuf_add_char(&q->piece, '}');
	return 0;
}

int query_describe(struct query *q, struct error *err)
{
	int result = q->request.kind == QUERY_VALIDATE ? describe_class(q) : describe_shape(q, err);

	if (result == 0 && !strbuf_ok(&q->piece))
		return error_oom(err);
	return result;
}

/* ---- the answer ---- */

void query_describe_error(enum query_kind kind, struct str message, struct strbuf *out)
{
	strbuf_add_str(out, kind == QUERY_VALIDATE ? STR("{\"error\": ") : STR("{\"error\":"));
	json_escape(out, message);
	strbuf_add_char(out, '}');
}

/* Cancelled, out of memory ... */
static int print_other_error(const struct query *q, struct strbuf *out)
{
	query_describe_error(q->request.kind, str_of(q->error.msg), out);
	return 500;
}

/* A body without its text would be a lie; one that has failed is answered as such. */
static void take_failure(struct strbuf *out, const struct strbuf *text)
{
	out->failed |= !strbuf_ok(text);
}

static int print_invalid(struct query *q, struct strbuf *out)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct json_writer w;

	if (q->error.code != ERR_SQL_PARSING)
		return print_other_error(q, out);
	query_print_parsing_error(q, &text);
	json_writer_init(&w, out);
	json_begin_object(&w);
	json_put_bool(&w, "valid", false);
	json_put_string(&w, "errorMessage", strbuf_str(&text));
	json_end_object(&w);
	take_failure(out, &text);
	/* To find a mistake is what was asked for. */
	error_clear(&q->error);
	return 200;
}

static int print_shapeless(const struct query *q, struct strbuf *out)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	enum error_code code = q->error.code;
	struct json_writer w;

	if (code != ERR_SQL_PARSING && code != ERR_SQL_TYPE)
		return print_other_error(q, out);
	if (code == ERR_SQL_PARSING) {
		strbuf_add_str(&text, STR("SQL parsing failed: "));
		query_print_parsing_error(q, &text);
	} else {
		strbuf_add_str(&text, str_of(q->error.msg));
	}
	json_writer_init(&w, out);
	json_begin_object(&w);
	json_put_i64(&w, "code", 400);
	json_put_string(&w, "error", strbuf_str(&text));
	json_end_object(&w);
	take_failure(out, &text);
	return 400;
}

void query_describe_end(struct query *q)
{
	struct query_answer *a = &q->answer;

	if (q->error.code == ERR_NONE && token_reason(&q->token) != CANCEL_NONE)
		(void)query_fail(q, &(struct error){ 0 });
	a->plain_status = 200;
	a->is_plain_json = true;
	a->body = q->piece;
	q->piece = (struct strbuf)STRBUF_INIT;
	if (q->error.code == ERR_NONE)
		return;
	strbuf_reset(&a->body);
	a->plain_status = q->request.kind == QUERY_VALIDATE ? print_invalid(q, &a->body)
							    : print_shapeless(q, &a->body);
}
