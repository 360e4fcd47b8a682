/* params.c - query parameters with Pinot's manners. */
#include "broker/api/api.h"
#include "common/base/num.h"

bool param_i64(struct http_request *rq, const char *name, int64_t absent, int64_t *out)
{
	struct str text = http_query_param(rq, name);

	*out = absent;
	if (!text.ptr || num_parse_i64(text, out))
		return true;
	/* The Java framework answers an unconvertible parameter like an unknown path. */
	reply_error(rq, 404, "parameter %s must be a whole number, not '" STR_FMT "'", name,
		    STR_ARG(text));
	return false;
}

bool param_bool(struct http_request *rq, const char *name)
{
	struct str text = http_query_param(rq, name);

	return text.ptr && str_eq_nocase(text, STR("true"));
}
