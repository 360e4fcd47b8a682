/*
 * request_check.c - what libmicrohttpd 0.9.75 lets through and should not.
 *
 * Two readers of one request that disagree about where it ends are how requests
 * are smuggled past a proxy.  Refused, and the connection closed (RFC 9112):
 *
 *   6.1, 6.3  Content-Length together with Transfer-Encoding, or twice; a
 *             transfer coding other than chunked (which the library would read
 *             until the timeout)
 *   5.1       blanks in front of the colon, bytes in names that no name has
 *   5.2       folded lines
 *   5, 2.2    lines that end without CR; NUL and other control bytes
 *   3.2       two Host lines, or none in a version that asks for one
 *
 * The library hands out names and values as C strings, so what stands behind a
 * NUL byte would go unnoticed.  But it parses in place: line ends and colons
 * become NUL bytes, and the head still lies in one piece between the method and
 * the end of the last line.  The walk below goes over those bytes and over the
 * library's list of headers at the same time and accepts only if they agree
 * byte for byte.  With a library that parses in another way it would refuse
 * everything, which the tests would not miss.
 */
#include "broker/http/http_priv.h"
#include "common/base/num.h"

/* The state of the walk. */
struct walk {
	const char *at, *end;
	bool is_clean;
	unsigned n_lengths, n_codings, n_hosts;
	struct str length, coding;
};

/* RFC 9110 5.6.2, "tchar". */
static bool is_token_char(unsigned char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_value_char(unsigned char c)
{
	return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static bool all_are(bool (*is)(unsigned char c), struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is((unsigned char)s.ptr[i]))
			return false;
	}
	return true;
}

/* Steps over n NUL bytes, which were a colon or a line's end. */
static bool skip_nuls(struct walk *w, size_t n)
{
	for (; n > 0; n--) {
		if (w->at >= w->end || *w->at != '\0')
			return false;
		w->at++;
	}
	return true;
}

/* Steps over a text that has to lie here. */
static bool skip_text(struct walk *w, struct str text)
{
	if (text.ptr != w->at || (size_t)(w->end - w->at) < text.len)
		return false;
	w->at += text.len;
	return true;
}

static bool walk_line(struct walk *w, struct str name, struct str value)
{
	if (name.len == 0 || !all_are(is_token_char, name) || !all_are(is_value_char, value))
		return false;
	if (!skip_text(w, name) || !skip_nuls(w, 1))
		return false;
	while (w->at < w->end && (*w->at == ' ' || *w->at == '\t'))
		w->at++;
	return skip_text(w, value) && skip_nuls(w, 2);
}

static enum MHD_Result walk_header(void *arg, enum MHD_ValueKind kind, const char *name,
				   size_t name_len, const char *value, size_t value_len)
{
	struct walk *w = arg;
	struct str n = { name, name_len }, v = { value, value_len };

	(void)kind;
	w->is_clean = walk_line(w, n, v);
	if (str_eq_nocase(n, STR("Content-Length"))) {
		w->n_lengths++;
		w->length = v;
	} else if (str_eq_nocase(n, STR("Transfer-Encoding"))) {
		w->n_codings++;
		w->coding = v;
	} else if (str_eq_nocase(n, STR("Host"))) {
		w->n_hosts++;
	}
	return w->is_clean ? MHD_YES : MHD_NO;
}

/* Method, target and version, one blank in between. */
static bool walk_request_line(struct walk *w, const struct http_request *rq, const char *version)
{
	if (!all_are(is_token_char, str_of(rq->method)))
		return false;
	if (!skip_text(w, str_of(rq->method)) || !skip_nuls(w, 1))
		return false;
	/* The target was altered in place where it has parameters, but kept its length. */
	if ((size_t)(w->end - w->at) < rq->uri_len)
		return false;
	w->at += rq->uri_len;
	return skip_nuls(w, 1) && skip_text(w, str_of(version)) && skip_nuls(w, 2);
}

static bool walk_head(struct walk *w, const struct http_request *rq, const char *version)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (!info || !rq->method)
		return false;
	w->at = rq->method;
	w->end = rq->method + info->header_size;
	if (!walk_request_line(w, rq, version))
		return false;
	w->is_clean = true;
	(void)MHD_get_connection_values_n(rq->connection, MHD_HEADER_KIND, walk_header, w);
	return w->is_clean && skip_nuls(w, 2) && w->at == w->end;
}

static struct http_refusal refuse_and_close(int status, const char *message)
{
	return (struct http_refusal){ .status = status, .message = message, .must_close = true };
}

struct http_refusal http_check_head(const struct http_request *rq, const char *version,
				    struct http_head *head)
{
	struct walk w = { 0 };
	int64_t length;

	/* Whatever is wrong below, a body may follow. */
	*head = (struct http_head){ .has_body = true };
	if (!walk_head(&w, rq, version))
		return refuse_and_close(400, "the request's head is malformed: a folded line, a "
					     "control byte, a blank before a colon or a line "
					     "without CR LF");
	if (w.n_lengths > 0 && w.n_codings > 0)
		return refuse_and_close(400, "Content-Length and Transfer-Encoding exclude each "
					     "other");
	if (w.n_lengths > 1)
		return refuse_and_close(400, "Content-Length is given twice");
	if (w.n_hosts > 1)
		return refuse_and_close(400, "Host is given twice");
	if (w.n_hosts == 0 && !str_eq(str_of(version), STR("HTTP/1.0")))
		return refuse_and_close(400, "Host is missing");
	if (w.n_codings > 1 || (w.n_codings == 1 && !str_eq_nocase(w.coding, STR("chunked"))))
		return refuse_and_close(501, "of all transfer codings only chunked is known");
	head->is_chunked = w.n_codings == 1;
	if (w.n_lengths == 1) {
		/* The library has seen that these are digits; they may be too many for us. */
		head->content_length =
			num_parse_i64(w.length, &length) ? (uint64_t)length : UINT64_MAX;
	}
	head->has_body = head->is_chunked || head->content_length > 0;
	return (struct http_refusal){ 0 };
}
