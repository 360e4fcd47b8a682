/*
 * fuzz_text.c - the small parsers of text and bytes, chosen by the first byte.
 *
 * A reader is a function and a row at the end.
 */
#include <stdio.h>

#include "broker/config/config.h"
#include "broker/func/func.h"
#include "broker/http/http_priv.h"
#include "broker/query/options.h"
#include "broker/sql/lexer.h"
#include "broker/table/catalog.h"
#include "common/base/assert.h"
#include "common/base/hash.h"
#include "common/base/num.h"
#include "common/column/encode.h"
#include "common/column/format.h"
#include "tests/fuzz/fuzz.h"

static struct strbuf out;

/* ---- options of queries ---- */

static bool read_options(struct str text)
{
	struct query_options o = { 0 };
	struct fuzz_query q;
	bool is_read;
	size_t bad;

	/* It was a JSON string. */
	if (!str_utf8_valid(text, &bad))
		return false;
	fuzz_query_init(&q);
	fuzz_query_pause(&q, 0);
	is_read = query_options_parse(&o, text, 16, &q.coop, &q.err) == 0;
	if (!is_read)
		fuzz_check_error(&q.err, 0);
	fuzz_query_fini(&q);
	return is_read;
}

/* ---- configuration ---- */

/* file:PATH would open whatever the fuzzer thinks of. */
static bool names_a_file(struct str text)
{
	return str_find(text, STR("file:"), 0) != SIZE_MAX;
}

/* What was set prints as what sets the same. */
static void check_printed(const struct config *c)
{
	struct strbuf again CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct strbuf problems CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct config other;
	struct error err = { 0 };
	struct str rest;
	int result = config_init(&other, &err);

	ASSERT(result == 0);
	strbuf_reset(&out);
	config_print(c, &out);
	ASSERT(strbuf_ok(&out));
	for (rest = strbuf_str(&out); rest.len > 0 && result == 0;)
		result = config_set(&other, str_split(&rest, '\n'), "--set", &problems);
	if (result == 0) {
		config_print(&other, &again);
		ASSERT(str_eq(strbuf_str(&again), strbuf_str(&out)));
	}
	config_fini(&other);
}

static bool read_config(struct str text, bool is_file)
{
	struct strbuf problems CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct config c;
	struct error err = { 0 };
	size_t bad;
	int result = config_init(&c, &err);

	ASSERT(result == 0);
	if (is_file)
		result = config_read_file(&c, fuzz_file(text), &problems);
	else
		result = config_set(&c, text, "--set", &problems);
	ASSERT((result == 0) == (problems.len == 0));
	if (result == 0) {
		ASSERT((config_check(&c, &problems) == 0) == (problems.len == 0));
		check_printed(&c);
	} else if (str_utf8_valid(text, &bad)) {
		ASSERT(str_utf8_valid(strbuf_str(&problems), &bad));
	}
	config_fini(&c);
	return result == 0;
}

static bool read_assignment(struct str text)
{
	return !names_a_file(text) && read_config(text, false);
}

static bool read_config_file(struct str text)
{
	return !names_a_file(text) && read_config(text, true);
}

/* ---- numbers and times ---- */

static void check_f64(double v)
{
	char buf[NUM_F64_CHARS];
	size_t n = num_format_f64(v, buf);
	double back = 0;

	ASSERT(n <= sizeof(buf));
	ASSERT(num_parse_f64((struct str){ buf, n }, &back));
	ASSERT(v != v ? back != back : back == v);
}

static bool read_number(struct str text)
{
	char buf[NUM_I64_CHARS];
	int64_t i64 = 0, back = 0;
	double f64;

	if (num_parse_f64(text, &f64))
		check_f64(f64);
	(void)num_parse_bytes(text, &back);
	(void)num_parse_period_ms(text, 1, &back);
	if (!num_parse_i64(text, &i64))
		return false;
	ASSERT(num_parse_i64((struct str){ buf, num_format_i64(i64, buf) }, &back) && back == i64);
	return true;
}

static bool read_time(struct str text)
{
	char buf[TIMESTAMP_CHARS];
	int64_t ms, back;
	size_t n;

	if (!timestamp_parse(text, true, &ms))
		return false;
	n = timestamp_format(ms, buf);
	ASSERT(n <= sizeof(buf));
	/* Years beyond 9999 can be printed only. */
	if (timestamp_parse((struct str){ buf, n }, false, &back))
		ASSERT(back == ms);
	return true;
}

static bool read_value(struct str text)
{
	bool is_taken = false;

	for (enum col_type type = 0; type < COL_TYPE_COUNT; type++) {
		struct value v;

		if (!value_parse(text, type, &v))
			continue;
		is_taken = true;
		strbuf_reset(&out);
		value_format(&v, &out);
		ASSERT(strbuf_ok(&out));
	}
	return is_taken;
}

/* ---- LIKE ---- */

/* The definition, for texts that are short. */
static bool is_like(struct str pattern, struct str text)
{
	size_t n;

	if (pattern.len == 0)
		return text.len == 0;
	n = text.len > 0 ? str_utf8_cut((struct str){ text.ptr, text.len }, 4) : 0;
	/* One character of text. */
	for (size_t k = 1; k < n; k++)
		if (((unsigned char)text.ptr[k] & 0xc0) != 0x80)
			n = k;
	if (pattern.ptr[0] == '%') {
		struct str rest = { pattern.ptr + 1, pattern.len - 1 };

		return is_like(rest, text) ||
		       (text.len > 0 &&
			is_like(pattern, (struct str){ text.ptr + n, text.len - n }));
	}
	if (text.len == 0 || (pattern.ptr[0] != '_' && pattern.ptr[0] != text.ptr[0]))
		return false;
	if (pattern.ptr[0] != '_')
		n = 1;
	return is_like((struct str){ pattern.ptr + 1, pattern.len - 1 },
		       (struct str){ text.ptr + n, text.len - n });
}

/* A pattern, a line end, a text. */
static bool match_like(struct str text)
{
	struct str pattern = str_split(&text, '\n');
	const struct like_pattern *compiled;
	struct like_state state = { 0 };
	struct fuzz_query q;
	bool is_match = false, is_compiled;
	size_t bad;

	if (!text.ptr || !str_utf8_valid(pattern, &bad) || !str_utf8_valid(text, &bad) ||
	    pattern.len > 24 || text.len > 24)
		return false;
	fuzz_query_init(&q);
	is_compiled = like_compile(pattern, 0, &q.arena, &compiled, &q.err) == 0;
	ASSERT(is_compiled);
	ASSERT(like_match(compiled, text, &state, &q.coop, &is_match) == STEP_DONE);
	ASSERT(is_match == is_like(pattern, text));
	fuzz_query_fini(&q);
	return is_match;
}

/* ---- targets of HTTP requests ---- */

static bool read_target(struct str text)
{
	struct strbuf uri CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct http_server server = { 0 };
	struct http_request *rq;
	struct http_refusal refusal;
	size_t bad;

	strbuf_add_str(&uri, text);
	rq = http_request_new(&server, NULL, uri.ptr);
	ASSERT(rq);
	refusal = http_request_parse_target(rq);
	ASSERT((refusal.status == 0) == (refusal.message == NULL));
	for (uint32_t i = 0; refusal.status == 0 && i < rq->n_segments; i++)
		ASSERT(str_utf8_valid(rq->segments[i], &bad));
	for (uint32_t i = 0; refusal.status == 0 && i < rq->n_query; i++)
		ASSERT(rq->query[i].name.len > 0 && str_utf8_valid(rq->query[i].value, &bad));
	(void)http_query_param(rq, "sql");
	http_request_unref(rq);
	return refusal.status == 0;
}

/* ---- names ---- */

static bool read_name(struct str text)
{
	struct error err = { 0 };
	size_t bad;

	if (str_utf8_valid(text, &bad) && (text.len == 0 || !memchr(text.ptr, '\0', text.len)))
		(void)(sql_is_plain_name(text, false) + sql_is_plain_name(text, true));
	if (catalog_check_name(text, &err) == 0)
		return true;
	fuzz_check_error(&err, 0);
	return false;
}

/* ---- stored blocks ---- */

/* A block with this head and checksum, as damage in the middle would leave it. */
static void make_block(struct str text)
{
	uint64_t bytes = 24 + text.len + 8, checksum;
	uint32_t head[6] = { 0x6b4c6253u, 1, 3, 1, (uint32_t)bytes, 0 };

	if (text.len >= 2) {
		head[2] = (unsigned char)text.ptr[0];
		head[3] = (unsigned char)text.ptr[1] % 4;
		text = (struct str){ text.ptr + 2, text.len - 2 };
		head[4] -= 2;
	}
	strbuf_reset(&out);
	strbuf_add(&out, (const char *)head, sizeof(head));
	strbuf_add_str(&out, text);
	checksum = hash_bytes(out.ptr, out.len);
	strbuf_add(&out, (const char *)&checksum, sizeof(checksum));
}

static bool read_block(struct str text)
{
	struct strbuf again CLEANUP(strbuf_fini) = STRBUF_INIT;
	struct fuzz_query q;
	struct batch batch;
	bool is_decoded;

	make_block(text);
	fuzz_query_init(&q);
	is_decoded = decode_rows(strbuf_str(&out), &q.arena, &batch, &q.err) == 0;
	if (is_decoded) {
		batch_check(&batch);
		ASSERT(encode_rows(&batch, 0, batch.n_rows, &again, &q.err) == 0);
		ASSERT(decode_rows(strbuf_str(&again), &q.arena, &batch, &q.err) == 0);
	} else {
		fuzz_check_error(&q.err, 0);
	}
	fuzz_query_fini(&q);
	return is_decoded;
}

/* ---- the target ---- */

/* The position is the first byte; corpora depend on it: add at the end. */
static bool (*const readers[])(struct str text) = {
	read_options, read_assignment, read_config_file, read_number, read_time,
	read_value,   match_like,      read_target,      read_name,   read_block,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text;

	if (size == 0)
		return 0;
	text = (struct str){ (const char *)data + 1, size - 1 };
	fuzz_count(readers[data[0] % ARRAY_SIZE(readers)](text));
	return 0;
}
