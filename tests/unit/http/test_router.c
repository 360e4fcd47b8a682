/* test_router.c - which route a method and a path mean. */
#include <string.h>

#include "broker/http/http_priv.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "tests/support/base/unit.h"

static struct http_router router;
static struct strbuf allow;
static struct error err;

static const struct http_route routes[] = {
	{ "GET", "/", NULL, 0, "root" },
	{ "GET", "/query/{id}", NULL, 0, "one" },
	{ "POST", "/query/sql", NULL, 0, "sql" },
	{ "DELETE", "/query/{id}", NULL, 0, "cancel" },
	{ "POST", "/query", NULL, 0, "query" },
	{ "GET", "/responseStore/{id}/results", NULL, 0, "page" },
	{ "GET", "/{a}/{b}/{c}", NULL, 0, "any" },
	{ 0 },
};

static void setup(void)
{
	(void)mem_fail_after(-1);
	ck_assert_int_eq(http_router_init(&router, routes, &err), 0);
	allow = (struct strbuf)STRBUF_INIT;
}

static void teardown(void)
{
	(void)mem_fail_after(-1);
	http_router_fini(&router);
	strbuf_fini(&allow);
}

/* The sentence of the route that is found, or "none". */
static const char *find(const char *method, const char *path)
{
	struct str segments[HTTP_SEGMENTS_MAX], rest = str_of(path + 1);
	const struct http_pattern *p;
	uint32_t n = 0;

	while (rest.len > 0)
		segments[n++] = str_split(&rest, '/');
	strbuf_reset(&allow);
	p = http_router_find(&router, method, segments, n, &allow);
	return p ? p->route->doc : "none";
}

START_TEST(finds_by_method_and_path)
{
	ck_assert_str_eq(find("GET", "/"), "root");
	ck_assert_str_eq(find("POST", "/query"), "query");
	ck_assert_str_eq(find("POST", "/query/sql"), "sql");
	ck_assert_str_eq(find("GET", "/query/17"), "one");
	ck_assert_str_eq(find("DELETE", "/query/17"), "cancel");
}
END_TEST

START_TEST(prefers_the_word_to_the_parameter)
{
	ck_assert_str_eq(find("GET", "/responseStore/17/results"), "page");
	ck_assert_str_eq(find("GET", "/responseStore/17/other"), "any");
	ck_assert_str_eq(find("DELETE", "/query/sql"), "cancel");
}
END_TEST

START_TEST(head_is_get)
{
	ck_assert_str_eq(find("HEAD", "/query/17"), "one");
	ck_assert_str_eq(find("HEAD", "/query"), "none");
	ck_assert_str_eq(allow.ptr, "POST");
}
END_TEST

START_TEST(lists_the_methods_of_a_known_path)
{
	ck_assert_str_eq(find("PUT", "/query/sql"), "none");
	ck_assert_str_eq(allow.ptr, "GET, POST, DELETE");
	ck_assert_str_eq(find("get", "/query/17"), "none");
	ck_assert_str_eq(allow.ptr, "GET, DELETE");
}
END_TEST

START_TEST(an_unknown_path_has_no_methods)
{
	ck_assert_str_eq(find("GET", "/nothing"), "none");
	ck_assert_uint_eq(allow.len, 0);
	ck_assert_str_eq(find("GET", "/query/17/18/19"), "none");
	ck_assert_str_eq(find("GET", "/Query/17"), "none");
	ck_assert_uint_eq(allow.len, 0);
}
END_TEST

START_TEST(a_parameter_is_not_empty)
{
	ck_assert_str_eq(find("DELETE", "/query//"), "none");
	ck_assert_str_eq(find("GET", "/responseStore//results"), "none");
}
END_TEST

START_TEST(survives_allocation_failure)
{
	struct http_router other;

	(void)mem_fail_after(_i);
	if (http_router_init(&other, routes, &err) < 0)
		ck_assert_int_eq(err.code, ERR_OUT_OF_MEMORY);
	else
		http_router_fini(&other);
	(void)mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_by_method_and_path);
	tcase_add_test(tc, prefers_the_word_to_the_parameter);
	tcase_add_test(tc, head_is_get);
	tcase_add_test(tc, lists_the_methods_of_a_known_path);
	tcase_add_test(tc, an_unknown_path_has_no_methods);
	tcase_add_test(tc, a_parameter_is_not_empty);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 3);
	return unit_main("http/router", tc);
}
