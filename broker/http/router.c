/*
 * router.c - method and path to a route.
 *
 * Patterns are cut once, at start.  There are some dozens of them and most
 * differ in the number of segments, so a walk is as fast as a tree.  Where two
 * patterns match, the one with fewer "{name}" segments is meant: the path
 * /query/sql is not the query whose id is "sql".
 */
#include "broker/http/http_priv.h"
#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/mem.h"

static bool is_param(struct str segment)
{
	return segment.len > 2 && segment.ptr[0] == '{';
}

static void pattern_init(struct http_pattern *p, const struct http_route *route)
{
	struct str rest = str_of(route->pattern);

	ASSERT(rest.len > 0 && rest.ptr[0] == '/');
	p->route = route;
	rest.ptr++;
	rest.len--;
	while (rest.len > 0) {
		struct str segment = str_split(&rest, '/');

		ASSERT(p->n_segments < HTTP_SEGMENTS_MAX);
		p->segments[p->n_segments++] = segment;
		p->n_params += is_param(segment);
	}
}

int http_router_init(struct http_router *r, const struct http_route *routes, struct error *err)
{
	size_t n = 0;

	while (routes[n].method)
		n++;
	r->patterns = mem_calloc(MAX(n, (size_t)1), sizeof(*r->patterns));
	if (!r->patterns)
		return error_oom(err);
	for (size_t i = 0; i < n; i++)
		pattern_init(&r->patterns[i], &routes[i]);
	r->n_patterns = n;
	return 0;
}

void http_router_fini(struct http_router *r)
{
	mem_free(r->patterns);
	*r = (struct http_router){ 0 };
}

static bool path_matches(const struct http_pattern *p, const struct str *segments,
			 uint32_t n_segments)
{
	if (p->n_segments != n_segments)
		return false;
	for (uint32_t i = 0; i < n_segments; i++) {
		if (is_param(p->segments[i]) ? segments[i].len == 0
					     : !str_eq(p->segments[i], segments[i]))
			return false;
	}
	return true;
}

/* HEAD is GET whose body is not sent; the library leaves it out. */
static bool method_matches(const struct http_pattern *p, const char *method)
{
	struct str want = str_of(p->route->method), have = str_of(method);

	return str_eq(want, have) || (str_eq(want, STR("GET")) && str_eq(have, STR("HEAD")));
}

static void add_allowed(const struct http_pattern *p, struct strbuf *allow)
{
	struct str method = str_of(p->route->method);
	size_t at = str_find(strbuf_str(allow), method, 0);

	if (at < allow->len)
		return;
	if (allow->len > 0)
		strbuf_add_str(allow, STR(", "));
	strbuf_add_str(allow, method);
}

const struct http_pattern *http_router_find(const struct http_router *r, const char *method,
					    const struct str *segments, uint32_t n_segments,
					    struct strbuf *allow)
{
	const struct http_pattern *best = NULL;

	for (size_t i = 0; i < r->n_patterns; i++) {
		const struct http_pattern *p = &r->patterns[i];

		if (!path_matches(p, segments, n_segments))
			continue;
		if (!method_matches(p, method))
			add_allowed(p, allow);
		else if (!best || p->n_params < best->n_params)
			best = p;
	}
	return best;
}
