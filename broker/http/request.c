/*
 * request.c - the request object: its target, parameters, headers and body.
 *
 * The target is cut and decoded here and not by the library, which has no way
 * to say that a %XX is malformed.  A path is cut at its slashes before it is
 * decoded, so that an encoded slash stays inside its segment.
 */
#include "broker/http/http_priv.h"
#include "common/base/assert.h"
#include "common/base/mem.h"

/* ---- life ---- */

struct http_request *http_request_new(struct http_server *s, struct MHD_Connection *connection,
				      const char *uri)
{
	size_t len = uri ? strlen(uri) : 0;
	size_t kept = len <= HTTP_URI_MAX ? len : 0;
	/* The text twice: as sent, and room for what decoding makes of it. */
	struct http_request *rq = mem_alloc(sizeof(*rq) + 2 * (kept + 1));

	if (!rq)
		return NULL;
	*rq = (struct http_request){ .magic = HTTP_REQUEST_MAGIC };
	atomic_init(&rq->refs, 1);
	atomic_init(&rq->state, HTTP_RECEIVING);
	atomic_init(&rq->stream_state, HTTP_STREAM_RUNNING);
	atomic_init(&rq->is_gone, false);
	rq->server = s;
	rq->connection = connection;
	list_init(&rq->in_heads);
	rq->uri_len = len;
	rq->decoded = (char *)(rq + 1) + kept + 1;
	if (len <= HTTP_URI_MAX) {
		rq->uri = (char *)(rq + 1);
		memcpy(rq->uri, uri ? uri : "", len + 1);
	}
	return rq;
}

void http_request_ref(struct http_request *rq)
{
	(void)atomic_fetch_add_explicit(&rq->refs, 1, memory_order_relaxed);
}

static void free_headers(struct http_header_line *h)
{
	while (h) {
		struct http_header_line *next = h->next;

		mem_free(h->name);
		mem_free(h->value);
		mem_free(h);
		h = next;
	}
}

void http_request_unref(struct http_request *rq)
{
	ASSERT(rq->magic == HTTP_REQUEST_MAGIC);
	/* The last owner sees what the others wrote. */
	if (atomic_fetch_sub_explicit(&rq->refs, 1, memory_order_acq_rel) > 1)
		return;
	ASSERT(!rq->watch && !rq->answer.text && !rq->answer.source.read);
	/* Release: whoever finds the server idle finds nothing of the request left. */
	if (rq->is_active)
		(void)atomic_fetch_sub_explicit(&rq->server->n_active, 1, memory_order_release);
	rq->magic = 0;
	free_headers(rq->answer.headers);
	strbuf_fini(&rq->body);
	mem_free(rq->query);
	mem_free(rq);
}

/* ---- target ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that %XX stands for; -1 when malformed or NUL. */
static int percent_byte(struct str s, size_t at)
{
	int high, low;

	if (s.len - at < 3)
		return -1;
	high = hex_digit(s.ptr[at + 1]);
	low = hex_digit(s.ptr[at + 2]);
	if (high < 0 || low < 0 || high + low == 0)
		return -1;
	return high * 16 + low;
}

/* Decodes to *to and moves it on.  False: malformed, or no UTF-8. */
static bool decode(struct str s, bool plus_is_blank, char **to, struct str *out)
{
	char *start = *to;
	size_t bad;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.ptr[i];

		if (c == '%') {
			c = percent_byte(s, i);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		} else if (c < 0x20 || c == 0x7f) {
			c = -1;
		}
		if (c < 0)
			return false;
		*(*to)++ = (char)c;
	}
	*out = (struct str){ start, (size_t)(*to - start) };
	return str_utf8_valid(*out, &bad);
}

static struct http_refusal refusal(int status, const char *message)
{
	return (struct http_refusal){ .status = status, .message = message };
}

/* A trailing slash does not count. */
static struct http_refusal parse_path(struct http_request *rq, char **to)
{
	struct str rest = rq->path;

	if (rest.len == 0 || rest.ptr[0] != '/')
		return refusal(400, "the request target is not a path");
	rest.ptr++;
	rest.len--;
	if (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	while (rest.len > 0) {
		if (rq->n_segments == HTTP_SEGMENTS_MAX)
			return refusal(404, "HTTP 404 Not Found");
		if (!decode(str_split(&rest, '/'), false, to, &rq->segments[rq->n_segments++]))
			return refusal(400, "the path is malformed: %XX with two hex digits that "
					    "make UTF-8 was expected");
	}
	return refusal(0, NULL);
}

static uint32_t count_params(struct str query)
{
	uint32_t n = 1;

	for (size_t i = 0; i < query.len; i++)
		n += query.ptr[i] == '&';
	return n;
}

static struct http_refusal parse_query(struct http_request *rq, struct str query, char **to)
{
	uint32_t n = count_params(query);

	if (query.len == 0)
		return refusal(0, NULL);
	if (n > HTTP_QUERY_MAX)
		return refusal(400, "too many query parameters");
	rq->query = mem_calloc(n, sizeof(*rq->query));
	if (!rq->query)
		return refusal(503, "out of memory");
	while (query.len > 0) {
		struct str value = str_split(&query, '&'), name = str_split(&value, '=');
		struct http_param *p = &rq->query[rq->n_query];

		if (!decode(name, true, to, &p->name) || !decode(value, true, to, &p->value))
			return refusal(400, "a query parameter is malformed: %XX with two hex "
					    "digits that make UTF-8 was expected");
		rq->n_query += p->name.len > 0;
	}
	return refusal(0, NULL);
}

/* "http://host/path" is what proxies are sent, and every server has to take it. */
static struct str skip_authority(struct str target)
{
	size_t slash;

	if (!str_starts_with(target, STR("http://")))
		return target;
	slash = str_find(target, STR("/"), sizeof("http://") - 1);
	if (slash >= target.len)
		return STR("/");
	target.ptr += slash;
	target.len -= slash;
	return target;
}

struct http_refusal http_request_parse_target(struct http_request *rq)
{
	char *to = rq->decoded;
	struct str query;
	struct http_refusal bad;

	if (!rq->uri)
		return refusal(414, "the request target is longer than 8192 bytes");
	query = skip_authority((struct str){ rq->uri, rq->uri_len });
	rq->path = str_split(&query, '?');
	bad = parse_path(rq, &to);
	return bad.status != 0 ? bad : parse_query(rq, query, &to);
}

/* ---- what handlers ask for ---- */

static const struct str absent = { NULL, 0 };

struct str http_path_param(const struct http_request *rq, const char *name)
{
	const struct http_pattern *p = rq->pattern;

	for (uint32_t i = 0; i < p->n_segments; i++) {
		struct str segment = p->segments[i];

		if (segment.len < 3 || segment.ptr[0] != '{')
			continue;
		segment.ptr++;
		segment.len -= 2;
		if (str_eq(segment, str_of(name)))
			return rq->segments[i];
	}
	return absent;
}

struct str http_query_param(const struct http_request *rq, const char *name)
{
	for (uint32_t i = 0; i < rq->n_query; i++) {
		if (str_eq(rq->query[i].name, str_of(name)))
			return rq->query[i].value;
	}
	return absent;
}

struct str http_header(const struct http_request *rq, const char *name)
{
	struct str value = absent;

	if (MHD_lookup_connection_value_n(rq->connection, MHD_HEADER_KIND, name, strlen(name),
					  &value.ptr, &value.len) != MHD_YES)
		return absent;
	return str_trim(value);
}

struct str http_body(const struct http_request *rq)
{
	return strbuf_str(&rq->body);
}

const char *http_method(const struct http_request *rq)
{
	return rq->method;
}

struct str http_path(const struct http_request *rq)
{
	return rq->path;
}

uint64_t http_started_ns(const struct http_request *rq)
{
	return rq->started_ns;
}
