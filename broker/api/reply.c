/* reply.c - see api.h: errors and answers as HTTP responses. */
#include <stdarg.h>
#include <stdio.h>

#include "broker/api/api.h"
#include "common/base/error.h"
#include "common/json/json.h"

#define TEXT_MAX 1024

static const char content_json[] = "application/json";
static const char content_text[] = "text/plain; charset=utf-8";

void reply_error_body(int status, struct str message, struct strbuf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w);
	json_put_i64(&w, "code", status);
	json_put_string(&w, "error", message);
	json_end_object(&w);
}

/* An empty body is the last resort when there is no memory for a better one. */
static void respond(struct http_request *rq, int status, const char *type, struct strbuf *body)
{
	if (!strbuf_ok(body)) {
		strbuf_fini(body);
		status = 503;
	}
	http_respond(rq, status, type, body);
}

void reply_error(struct http_request *rq, int status, const char *fmt, ...)
{
	struct strbuf body = STRBUF_INIT;
	char message[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	reply_error_body(status, str_of(message), &body);
	respond(rq, status, content_json, &body);
}

void reply_text(struct http_request *rq, int status, const char *fmt, ...)
{
	struct strbuf body = STRBUF_INIT;
	char message[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	strbuf_add_str(&body, str_of(message));
	respond(rq, status, content_text, &body);
}

void reply_json(struct http_request *rq, int status, struct strbuf *body)
{
	respond(rq, status, content_json, body);
}

void reply_failure(struct http_request *rq, const struct error *err)
{
	reply_error(rq, error_info(err->code)->http_status, "%s", err->msg);
}

static bool wants_http_status(struct http_request *rq)
{
	struct str header = http_header(rq, "Pinot-Use-Http-Status-For-Errors");

	return header.ptr && str_eq_nocase(str_trim(header), STR("true"));
}

static int answer_status(struct http_request *rq, const struct query_answer *a)
{
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", a->error_wire_code);
	if (http_add_header(rq, "X-Pinot-Error-Code", code) < 0)
		return 503;
	return wants_http_status(rq) ? a->error_http_status : 200;
}

void reply_answer(struct http_request *rq, struct query_answer *a)
{
	if (a->plain_status != 0)
		respond(rq, a->plain_status, a->is_plain_json ? content_json : content_text,
			&a->body);
	else
		respond(rq, answer_status(rq, a), content_json, &a->body);
}
