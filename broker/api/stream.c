/* stream.c - see stream.h. */
#include "broker/api/stream.h"

#include <stdio.h>

#include "broker/api/api.h"
#include "common/base/mem.h"

struct stream {
	struct output *output;
	void (*release)(void *arg);
	void *arg;
};

static long stream_read(void *arg, char *buf, size_t max)
{
	struct stream *s = arg;

	return output_read(s->output, buf, max);
}

static void stream_close(void *arg)
{
	struct stream *s = arg;

	output_abandon(s->output);
	s->release(s->arg);
	mem_free(s);
}

static void stream_ready(void *arg)
{
	http_body_ready(arg);
}

bool stream_respond(struct http_request *rq, const struct query_answer *answer, bool has_code,
		    void (*release)(void *arg), void *arg)
{
	struct stream *s = mem_calloc(1, sizeof(*s));
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", answer->error_wire_code);
	if (!s || (has_code && http_add_header(rq, "X-Pinot-Error-Code", code) < 0)) {
		mem_free(s);
		return false;
	}
	*s = (struct stream){ answer->output, release, arg };
	output_on_ready(answer->output, stream_ready, rq);
	http_respond_stream(rq, 200, "application/json",
			    &(struct http_body_source){ stream_read, stream_close, s });
	return true;
}
