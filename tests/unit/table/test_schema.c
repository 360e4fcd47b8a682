/* test_schema.c - Pinot schema files: what is read, and what is refused. */
#include "tests/unit/table/fixture.h"

#include "broker/table/schema.h"

static struct schema schema;

static int read_schema(const char *text)
{
	write_file(path_of("s.json"), text, strlen(text));
	return schema_read(path_of("s.json"), &schema, &fx.e.err);
}

START_TEST(reads_the_three_lists)
{
	ck_assert_int_eq(
		read_schema(
			"{\"schemaName\": \"t\", \"dimensionFieldSpecs\": ["
			"{\"name\": \"a\", \"dataType\": \"STRING\"},"
			"{\"name\": \"b\", \"dataType\": \"boolean\", \"notNull\": true}],"
			"\"metricFieldSpecs\": [{\"name\": \"c\", \"dataType\": \"FLOAT\"},"
			"{\"name\": \"d\", \"dataType\": \"BYTES\"}],"
			"\"dateTimeFieldSpecs\": [{\"name\": \"e\", \"dataType\": \"TIMESTAMP\","
			"\"format\": \"TIMESTAMP\", \"granularity\": \"1:SECONDS\"}],"
			"\"primaryKeyColumns\": [\"a\"]}"),
		0);
	ck_assert_uint_eq(schema.n_columns, 5);
	ck_assert_int_eq(schema.columns[schema_find(&schema, STR("A"))].type, COL_STRING);
	ck_assert_int_eq(schema.columns[schema_find(&schema, STR("b"))].type, COL_BOOLEAN);
	ck_assert_int_eq(schema.columns[schema_find(&schema, STR("c"))].type, COL_FLOAT);
	ck_assert_int_eq(schema.columns[schema_find(&schema, STR("d"))].type, COL_BYTES);
	ck_assert_int_eq(schema.columns[schema_find(&schema, STR("e"))].type, COL_TIMESTAMP);
	ck_assert_int_eq(schema_find(&schema, STR("f")), -1);
	schema_fini(&schema);
}
END_TEST

#define COLUMN(members) "{\"dimensionFieldSpecs\": [{" members "}]}"

static const struct {
	const char *text, *error;
	enum error_code code;
} refused[] = {
	{ "{", "s.json", ERR_JSON_PARSING },
	{ "[]", "a schema is a JSON object", ERR_IMPORT },
	{ "{}", "the schema has no columns", ERR_IMPORT },
	{ "{\"dimensionFieldSpecs\": {}}", "dimensionFieldSpecs is not an array", ERR_IMPORT },
	{ "{\"metricFieldSpecs\": [1]}", "metricFieldSpecs[0] is not an object", ERR_IMPORT },
	{ COLUMN("\"dataType\": \"INT\""), "dimensionFieldSpecs[0] has no name", ERR_IMPORT },
	{ COLUMN("\"name\": \"\", \"dataType\": \"INT\""), "has no name", ERR_IMPORT },
	{ COLUMN("\"name\": \"a\\r\", \"dataType\": \"INT\""),
	  "dimensionFieldSpecs[0] has a control character in its name", ERR_IMPORT },
	{ COLUMN("\"name\": \"x\""), "column x has no dataType", ERR_IMPORT },
	{ COLUMN("\"name\": \"x\", \"dataType\": \"BIG_DECIMAL\""),
	  "column x: dataType BIG_DECIMAL is not supported", ERR_NOT_SUPPORTED },
	{ COLUMN("\"name\": \"x\", \"dataType\": \"UNKNOWN\""), "UNKNOWN is not supported",
	  ERR_NOT_SUPPORTED },
	{ COLUMN("\"name\": \"x\", \"dataType\": \"INT\", \"singleValueField\": false"),
	  "column x: multi-value columns (singleValueField: false) are not supported yet",
	  ERR_NOT_SUPPORTED },
	{ COLUMN("\"name\": \"x\", \"dataType\": \"INT\"}, {\"name\": \"X\", \"dataType\": \"INT\""),
	  "column X is there twice", ERR_IMPORT },
	{ "{\"timeFieldSpec\": {\"incomingGranularitySpec\": {}}}",
	  "timeFieldSpec is not supported", ERR_NOT_SUPPORTED },
	{ "{\"complexFieldSpecs\": [{}]}", "complexFieldSpecs is not supported",
	  ERR_NOT_SUPPORTED },
};

START_TEST(says_what_it_does_not_read)
{
	ck_assert_int_eq(read_schema(refused[_i].text), -1);
	ck_assert_int_eq(fx.e.err.code, refused[_i].code);
	ck_assert_msg(strstr(fx.e.err.msg, refused[_i].error) != NULL, "%s", fx.e.err.msg);
	/* The path comes first. */
	ck_assert_int_eq(strncmp(fx.e.err.msg, fx.dir, strlen(fx.dir)), 0);
}
END_TEST

START_TEST(refuses_a_name_that_no_query_could_write)
{
	char text[1200], name[1026];

	memset(name, 'x', sizeof(name));
	name[1025] = '\0';
	(void)snprintf(text, sizeof(text), COLUMN("\"name\": \"%s\", \"dataType\": \"INT\""), name);
	ck_assert_int_eq(read_schema(text), -1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "[0] has a name of more than 1024 bytes"));
	name[1024] = '\0';
	(void)snprintf(text, sizeof(text), COLUMN("\"name\": \"%s\", \"dataType\": \"INT\""), name);
	ck_assert_int_eq(read_schema(text), 0);
	schema_fini(&schema);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	ck_assert_int_eq(schema_read("/nowhere.json", &schema, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	ck_assert_int_eq(schema_read(fx.dir, &schema, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	int result;
	long n = 0;

	do {
		(void)mem_fail_after(n++);
		result = read_schema(COLUMN("\"name\": \"x\", \"dataType\": \"INT\""));
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code != ERR_NONE);
	} while (result < 0);
	ck_assert_int_ge(n, 3);
	ck_assert_uint_eq(schema.n_columns, 1);
	schema_fini(&schema);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_test(tc, reads_the_three_lists);
	tcase_add_loop_test(tc, says_what_it_does_not_read, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, refuses_a_name_that_no_query_could_write);
	tcase_add_test(tc, a_file_that_is_not_there_is_an_error);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/schema", tc);
}
