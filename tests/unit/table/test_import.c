/*
 * test_import.c - CSV files become tables, or an error that says where and what.
 *
 * (import.c, convert.c)
 */
#include "tests/unit/table/fixture.h"

#include "broker/table/catalog.h"
#include "broker/table/import.h"
#include "common/base/strbuf.h"
#include "common/column/format.h"

static struct catalog *catalog;
static struct import_options options;
static struct import_progress totals;

static void setup(void)
{
	char data_dir[128];

	fixture_setup();
	(void)snprintf(data_dir, sizeof(data_dir), "%s/data", fx.dir);
	catalog = NULL;
	options = (struct import_options){ 0 };
	ck_assert_int_eq(catalog_open(data_dir, &catalog, &fx.e.err), 0);
}

static void teardown(void)
{
	mem_fail_after(-1);
	catalog_close(&catalog);
	fixture_teardown();
}

static char *put_file(const char *name, const char *text)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s", path_of(name));
	write_file(path, text, strlen(text));
	return path;
}

static int import_path(const char *path)
{
	char *files[] = { (char *)(uintptr_t)path };

	return import_files(catalog, STR("t"), files, 1, &options, &fx.e.coop, &totals, &fx.e.err);
}

static int import_text(const char *text)
{
	return import_path(put_file("t.csv", text));
}

/* ---- looking at the result ---- */

/* "name TYPE[?],...": the question mark says that there are NULLs. */
static const char *columns_of(const char *table)
{
	static char text[1000];
	struct table *t = catalog_find(catalog, str_of(table));
	size_t len = 0;

	ck_assert_ptr_nonnull(t);
	for (uint32_t i = 0; i < t->n_columns; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s" STR_FMT " %s%s",
					i ? "," : "", STR_ARG(t->columns[i].name),
					col_types[t->columns[i].type].name,
					t->columns[i].is_nullable ? "?" : "");
	table_unref(&t);
	return text;
}

/* All rows as text: values by value_format(), "|" between, "/" behind a row. */
static const char *rows_of(const char *table)
{
	static struct strbuf text;
	static const uint32_t columns[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	struct table *t = catalog_find(catalog, str_of(table));
	struct scan_spec spec = { .columns = columns };
	struct scan_shared *shared;
	struct scan *s;
	struct batch *b;

	ck_assert_ptr_nonnull(t);
	spec.n_columns = t->n_columns;
	strbuf_reset(&text);
	ck_assert_int_eq(t->class->scan_start(t, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	ck_assert_int_eq(t->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	while (scan_next(s, &fx.e.coop, &b, &fx.e.err) == SCAN_BATCH)
		for (uint32_t row = 0; row < b->n_rows; row++)
			for (uint32_t i = 0; i < b->n_cols; i++) {
				struct value v = col_value(&b->cols[i], row);

				value_format(&v, &text);
				strbuf_add_char(&text, i + 1 < b->n_cols ? '|' : '/');
			}
	t->class->scan_close(s);
	table_unref(&t);
	return text.ptr ? text.ptr : "";
}

static int64_t n_rows_of(const char *table)
{
	struct table *t = catalog_find(catalog, str_of(table));
	int64_t n = t ? t->n_rows : -1;

	table_unref(&t);
	return n;
}

static unsigned count_litter(void)
{
	return count_files(path_of("data/segments/t"), ".tmp");
}

/* ---- types ---- */

START_TEST(infers_types)
{
	ck_assert_int_eq(import_text("i,l,d,b,t,s,zip,none\n"
				     "1,3000000000,1.5,true,2024-02-29,x,02134,\n"
				     "-2,,2,FALSE,2024-02-29 12:00:00.5,\"\",10001,\n"),
			 0);
	ck_assert_str_eq(columns_of("t"), "i INT,l LONG?,d DOUBLE,b BOOLEAN,t TIMESTAMP,s STRING,"
					  "zip STRING,none STRING?");
	ck_assert_str_eq(rows_of("t"), "1|3000000000|1.5|true|2024-02-29 00:00:00.0|x|02134|null/"
				       "-2|null|2.0|false|2024-02-29 12:00:00.5||10001|null/");
	ck_assert_uint_eq(totals.rows, 2);
	ck_assert_uint_eq(totals.bytes, totals.total_bytes);
}
END_TEST

START_TEST(a_header_alone_makes_an_empty_table)
{
	ck_assert_int_eq(import_text("a,\"b c\"\n"), 0);
	ck_assert_str_eq(columns_of("t"), "a STRING,b c STRING");
	ck_assert_int_eq(n_rows_of("t"), 0);
}
END_TEST

#define SCHEMA(fields)    "{\"schemaName\": \"t\", \"dimensionFieldSpecs\": [" fields "]}"
#define FIELD(name, type) "{\"name\": \"" name "\", \"dataType\": \"" type "\"}"

static const char all_types[] = SCHEMA(
	FIELD("i", "INT") "," FIELD("l", "LONG") "," FIELD("f", "FLOAT") "," FIELD("d", "DOUBLE") "," FIELD(
		"b",
		"BOOLEAN") "," FIELD("t",
				     "TIMESTAMP") "," FIELD("s",
							    "STRING") "," FIELD("j",
										"JSON") "," FIELD("x",
												  "BYTES"));

START_TEST(takes_types_from_a_schema)
{
	options.schema_file = put_file("s.json", all_types);
	/* The order is that of the file, the spelling that of the schema. */
	ck_assert_int_eq(import_text("s,I,l,f,d,b,t,j,x\n"
				     "1,2,3,0.1,0.1,1,1700000000000,{},00fF\n"
				     "\"\",,,,,,,,\n"
				     ",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n"),
			 0);
	ck_assert_str_eq(columns_of("t"), "s STRING?,i INT?,l LONG?,f FLOAT?,d DOUBLE?,b BOOLEAN?,"
					  "t TIMESTAMP?,j JSON?,x BYTES?");
	/* In quotes nothing is an empty text, where a column holds text. */
	ck_assert_str_eq(rows_of("t"), "1|2|3|0.1|0.1|true|2023-11-14 22:13:20.0|{}|00ff/"
				       "|null|null|null|null|null|null|null|null/"
				       "null|null|null|null|null|null|null||/");
}
END_TEST

START_TEST(reads_numbers_at_the_edges)
{
	options.schema_file = put_file("s.json", SCHEMA(FIELD("l", "LONG") "," FIELD("i", "INT")));
	ck_assert_int_eq(import_text("l,i\n"
				     "9223372036854775807,2147483647\n"
				     "-9223372036854775808,-2147483648\n"
				     "-000000000000000000000000000012,+5\n"
				     "1234567890123456789,12345678\n"),
			 0);
	ck_assert_str_eq(rows_of("t"), "9223372036854775807|2147483647/"
				       "-9223372036854775808|-2147483648/-12|5/"
				       "1234567890123456789|12345678/");
}
END_TEST

START_TEST(infinity_is_written_out)
{
	options.schema_file =
		put_file("s.json", SCHEMA(FIELD("d", "DOUBLE") "," FIELD("f", "FLOAT")));
	ck_assert_int_eq(import_text("d,f\nInfinity,-INFINITY\n+infinity,NaN\n"
				     "1.7976931348623157e308,3.4028235e38\n1e-999,1e-99\n"),
			 0);
	ck_assert_str_eq(rows_of("t"), "Infinity|-Infinity/Infinity|NaN/"
				       "1.7976931348623157E308|3.4028235E38/0.0|0.0/");
}
END_TEST

START_TEST(a_number_too_large_for_a_double_is_text_when_nothing_is_declared)
{
	ck_assert_int_eq(import_text("a\n1.5\n1e999\n"), 0);
	ck_assert_str_eq(columns_of("t"), "a STRING");
	ck_assert_str_eq(rows_of("t"), "1.5/1e999/");
}
END_TEST

START_TEST(a_guessed_int_grows_to_long)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;

	strbuf_printf(&text, "x\n");
	for (int i = 0; i < 30000; i++)
		strbuf_printf(&text, "%d\n", i);
	strbuf_printf(&text, "5000000000\n");
	ck_assert_int_eq(import_text(text.ptr), 0);
	ck_assert_str_eq(columns_of("t"), "x LONG");
	ck_assert_int_eq(n_rows_of("t"), 30001);
}
END_TEST

START_TEST(dates_may_change_from_row_to_row)
{
	ck_assert_int_eq(import_text("t\n2024-01-01 10:20:30\n2024-01-01 23:59:59\n2024-01-02\n"
				     "2024-01-02T00:00:01Z\n1969-12-31 23:59:59\n2024-01-02\n"),
			 0);
	ck_assert_str_eq(rows_of("t"),
			 "2024-01-01 10:20:30.0/2024-01-01 23:59:59.0/2024-01-02 00:00:00.0/"
			 "2024-01-02 00:00:01.0/1969-12-31 23:59:59.0/2024-01-02 00:00:00.0/");
}
END_TEST

/* ---- errors ---- */

static const struct {
	const char *schema; /* NULL: none */
	const char *text, *error;
} refused[] = {
	{ NULL, "", "t.csv is empty" },
	{ NULL, "a,,b\n", "t.csv:1:3: column 2 has no name" },
	{ NULL, "ab,x,AB\n", "t.csv:1:6: two columns are named 'AB'" },
	{ NULL, "a,b\x1b[31m\n1,2\n", "t.csv:1:3: column 2 has a control character in its name" },
	{ NULL, "a,\"b\r\nc\"\n", "t.csv:1:3: column 2 has a control character in its name" },
	{ NULL, "a\tb,\xc2\x9b\n", "t.csv:1:1: column 1 has a control character in its name" },
	{ NULL, "a,b\n1\n", "t.csv:2:1: the row has 1 field, the header has 2" },
	{ NULL, "a,b\n1,\"\n", "t.csv:2:3: the quote that begins here is never closed" },
	{ NULL, "a,b\r1,x\r2,y\r", "t.csv:1:4: CR without LF" },
	{ NULL, "a,b\n1,\xff\n", "t.csv:2:3: ill-formed UTF-8" },
	{ all_types, "i\n", "t.csv has no column 'l', which" },
	{ SCHEMA(FIELD("a", "INT")), "a,c\n", "t.csv has a column 'c', which" },
	{ SCHEMA(FIELD("a", "INT")), "a\n1\n\xc3\xbc\n",
	  "t.csv:3:1: '\xc3\xbc' is not an INT (column a)" },
	{ SCHEMA(FIELD("a", "INT")), "a\n2147483648\n", "'2147483648' is not an INT (column a)" },
	{ SCHEMA(FIELD("a", "LONG")), "a\n9223372036854775808\n", "is not a LONG (column a)" },
	{ SCHEMA(FIELD("a", "LONG")), "a\n12345678x\n", "'12345678x' is not a LONG (column a)" },
	{ SCHEMA(FIELD("a", "LONG")), "a\n-\n", "'-' is not a LONG (column a)" },
	{ SCHEMA(FIELD("a", "DOUBLE")), "a\n1,5\n", "the row has 2 fields" },
	{ SCHEMA(FIELD("a", "DOUBLE")), "a\n1x\n", "'1x' is not a DOUBLE" },
	{ SCHEMA(FIELD("a", "FLOAT")), "a\n1x\n", "'1x' is not a FLOAT" },
	{ SCHEMA(FIELD("a", "DOUBLE")), "a\n1e308\n-1e309\n",
	  "t.csv:3:1: '-1e309' is not a DOUBLE (column a)" },
	{ SCHEMA(FIELD("a", "FLOAT")), "a\n1e38\n1e39\n",
	  "t.csv:3:1: '1e39' is not a FLOAT (column a)" },
	{ SCHEMA(FIELD("a", "FLOAT")), "a\n1e999\n", "'1e999' is not a FLOAT" },
	{ SCHEMA(FIELD("a", "BOOLEAN")), "a\nmaybe\n", "'maybe' is not a BOOLEAN" },
	{ SCHEMA(FIELD("a", "TIMESTAMP")), "a\n2024-02-30\n", "'2024-02-30' is not a TIMESTAMP" },
	{ SCHEMA(FIELD("a", "TIMESTAMP")), "a\n2024-02-29\n2024-02-29 25:00:00\n",
	  ":3:1: '2024-02-29 25:00:00' is not a TIMESTAMP" },
	{ SCHEMA(FIELD("a", "BYTES")), "a\nabc\n", "'abc' is not a BYTES" },
	{ SCHEMA(FIELD("a", "BYTES")), "a\nxy\n", "'xy' is not a BYTES" },
	{ SCHEMA(FIELD("a", "INT") "," FIELD("b", "INT")), "a,b\n\"1\",\"1\"\"\n2\"\n",
	  "t.csv:2:5: '1\"\\n2' is not an INT (column b)" },
	/* Nothing that a terminal would act on. */
	{ SCHEMA(FIELD("a", "INT")), "a\n\x1b[31m1\x7f\xc2\x9b \xc3\xbc\n",
	  "t.csv:2:1: '\\x1b[31m1\\x7f\\xc2\\x9b \xc3\xbc' is not an INT" },
	{ "{", "a\n1\n", "s.json: line 1" },
};

START_TEST(says_what_is_wrong_and_where)
{
	ck_assert_int_eq(import_text("old\n1\n"), 0);
	if (refused[_i].schema)
		options.schema_file = put_file("s.json", refused[_i].schema);
	ck_assert_int_eq(import_text(refused[_i].text), -1);
	ck_assert_msg(strstr(fx.e.err.msg, refused[_i].error) != NULL, "%s", fx.e.err.msg);
	/* What was there is still there, and nothing else. */
	ck_assert_str_eq(rows_of("t"), "1/");
	ck_assert_uint_eq(count_litter(), 0);
}
END_TEST

START_TEST(a_value_behind_the_sample_names_the_guess)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;
	char expected[300];

	strbuf_printf(&text, "name,speed\n");
	for (int i = 0; i < 15000; i++)
		strbuf_printf(&text, "bird,%d\n", i);
	strbuf_printf(&text, "bird,abc\n");
	ck_assert_int_eq(import_text(text.ptr), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IMPORT);
	(void)snprintf(expected, sizeof(expected),
		       "%s/t.csv:15002:6: 'abc' is not an INT (column speed was inferred from the "
		       "first 10000 rows; give --schema to say otherwise)",
		       fx.dir);
	ck_assert_str_eq(fx.e.err.msg, expected);
	ck_assert_int_eq(n_rows_of("t"), -1);
	ck_assert_uint_eq(count_litter(), 0);
}
END_TEST

/* A column of numbers with one text, in the row of that number. */
static int import_text_in_row(int row)
{
	struct strbuf text CLEANUP(strbuf_fini) = STRBUF_INIT;

	strbuf_printf(&text, "x\n");
	for (int i = 1; i <= row; i++)
		strbuf_printf(&text, i < row ? "%d\n" : "text\n", i);
	return import_text(text.ptr);
}

START_TEST(types_are_those_of_ten_thousand_rows)
{
	ck_assert_int_eq(import_text_in_row(10000), 0);
	ck_assert_str_eq(columns_of("t"), "x STRING");
	ck_assert_int_eq(n_rows_of("t"), 10000);
	ck_assert_int_eq(import_text_in_row(10001), -1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "t.csv:10002:1: 'text' is not an INT"));
}
END_TEST

START_TEST(a_name_may_have_as_many_bytes_as_sql_takes)
{
	char text[1100];

	memset(text, 'x', sizeof(text));
	(void)snprintf(text + 1024, sizeof(text) - 1024, "\n1\n");
	ck_assert_int_eq(import_text(text), 0);
	(void)snprintf(text + 1025, sizeof(text) - 1025, "\n1\n");
	text[1024] = 'x';
	ck_assert_int_eq(import_text(text), -1);
	ck_assert_ptr_nonnull(
		strstr(fx.e.err.msg, "t.csv:1:1: column 1 has a name of more than 1024 bytes"));
}
END_TEST

START_TEST(long_values_are_cut_in_messages)
{
	options.schema_file = put_file("s.json", SCHEMA(FIELD("a", "INT")));
	ck_assert_int_eq(
		import_text("a\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			    "xxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
		-1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "xxx...' is not an INT"));
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error_before_any_work)
{
	char *files[] = { put_file("t.csv", "a\n1\n"), (char *)(uintptr_t) "/nowhere.csv" };

	ck_assert_int_eq(
		import_files(catalog, STR("t"), files, 2, &options, &fx.e.coop, &totals, &fx.e.err),
		-1);
	ck_assert_str_eq(fx.e.err.msg, "cannot open /nowhere.csv: No such file or directory");
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	ck_assert_int_eq(
		import_files(catalog, STR("t"), files, 0, NULL, &fx.e.coop, &totals, &fx.e.err),
		-1);
	ck_assert_int_eq(
		import_files(catalog, STR("a b"), files, 1, NULL, &fx.e.coop, &totals, &fx.e.err),
		-1);
	ck_assert_int_eq(fx.e.err.code, ERR_BAD_REQUEST);
}
END_TEST

/* ---- several files ---- */

START_TEST(several_files_make_one_table)
{
	char *files[] = { put_file("a.csv", "x,y\n1,a\n2,b\n"), put_file("b.csv", "X,Y\r\n3,c"),
			  put_file("c.tsv", "x\ty\n4\td,e\n") };

	ck_assert_int_eq(
		import_files(catalog, STR("t"), files, 3, &options, &fx.e.coop, &totals, &fx.e.err),
		0);
	ck_assert_str_eq(rows_of("t"), "1|a/2|b/3|c/4|d,e/");
	ck_assert_uint_eq(totals.rows, 4);
	ck_assert_uint_eq(totals.bytes, totals.total_bytes);
}
END_TEST

START_TEST(headers_have_to_agree)
{
	char *a = put_file("a.csv", "x,y\n1,a\n");
	char *files[] = { a, put_file("b.csv", "x,z\n2,b\n") };
	char *more[] = { a, put_file("c.csv", "x,y,z\n2,b,c\n") };

	ck_assert_int_eq(
		import_files(catalog, STR("t"), files, 2, &options, &fx.e.coop, &totals, &fx.e.err),
		-1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "b.csv:1:3: column 2 is 'z', but in "));
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "a.csv it is 'y'"));
	ck_assert_int_eq(
		import_files(catalog, STR("t"), more, 2, &options, &fx.e.coop, &totals, &fx.e.err),
		-1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "c.csv:1:1: 3 columns, but "));
}
END_TEST

/* ---- size ---- */

static void write_numbers(const char *path, uint32_t n)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	(void)fputs("x\n", f);
	for (uint32_t i = 0; i < n; i++)
		(void)fprintf(f, "%u\n", i);
	ck_assert_int_eq(fclose(f), 0);
}

/* Row i holds i. */
static void check_numbers(struct table *t)
{
	static const uint32_t columns[] = { 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = 1 };
	struct scan_shared *shared;
	int64_t row = 0;
	struct scan *s;
	struct batch *b;

	ck_assert_int_eq(t->class->scan_start(t, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	ck_assert_int_eq(t->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	while (scan_next(s, &fx.e.coop, &b, &fx.e.err) == SCAN_BATCH)
		for (uint32_t i = 0; i < b->n_rows; i++, row++)
			ASSERT_ROW(col_i64(&b->cols[0], i) == row);
	ck_assert_int_eq(row, t->n_rows);
	t->class->scan_close(s);
}

START_TEST(a_segment_ends_after_2_to_the_20_rows)
{
	struct segment *const *segments;
	struct table *t;
	uint32_t n;

	write_numbers(path_of("n.csv"), SEGMENT_ROWS_MAX + 5);
	ck_assert_int_eq(import_path(path_of("n.csv")), 0);
	t = catalog_find(catalog, STR("t"));
	segments = stored_table_segments(t, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(segments[0]->n_rows, SEGMENT_ROWS_MAX);
	ck_assert_uint_eq(segments[1]->n_rows, 5);
	check_numbers(t);
	table_unref(&t);
	ck_assert_uint_eq(totals.rows, SEGMENT_ROWS_MAX + 5);
}
END_TEST

START_TEST(knows_the_place_of_an_error_behind_the_end_of_a_segment)
{
	char expected[600];
	FILE *f;

	write_numbers(path_of("n.csv"), SEGMENT_ROWS_MAX + 5);
	f = fopen(path_of("n.csv"), "ae");
	ck_assert_ptr_nonnull(f);
	(void)fputs("abc\n", f);
	ck_assert_int_eq(fclose(f), 0);
	(void)snprintf(expected, sizeof(expected), "%s:%u:1: 'abc' is not an INT", path_of("n.csv"),
		       SEGMENT_ROWS_MAX + 7);
	ck_assert_int_eq(import_path(path_of("n.csv")), -1);
	ck_assert_msg(strncmp(fx.e.err.msg, expected, strlen(expected)) == 0, "%s", fx.e.err.msg);
	ck_assert_uint_eq(count_litter(), 0);
}
END_TEST

static void note(const struct import_progress *p, void *arg)
{
	struct import_progress *last = arg;

	ck_assert_uint_ge(p->rows, last->rows);
	ck_assert_uint_ge(p->bytes, last->bytes);
	ck_assert_uint_le(p->bytes, p->total_bytes);
	*last = *p;
}

START_TEST(tells_its_progress)
{
	struct import_progress last = { 0 };

	options.progress = note;
	options.arg = &last;
	write_numbers(path_of("n.csv"), 20000);
	ck_assert_int_eq(import_path(path_of("n.csv")), 0);
	ck_assert_uint_gt(last.bytes, 0);
}
END_TEST

static void cancel(const struct import_progress *p, void *arg)
{
	(void)p;
	(void)arg;
	(void)token_set(&fx.e.token, CANCEL_USER);
}

START_TEST(a_cancel_leaves_the_old_table)
{
	ck_assert_int_eq(import_text("old\n1\n"), 0);
	options.progress = cancel;
	write_numbers(path_of("n.csv"), 200000);
	ck_assert_int_eq(import_path(path_of("n.csv")), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_QUERY_CANCELLED);
	atomic_store(&fx.e.token.reason, CANCEL_NONE);
	ck_assert_str_eq(rows_of("t"), "1/");
	ck_assert_uint_eq(count_litter(), 0);
}
END_TEST

START_TEST(reads_a_pipe)
{
	char path[512];
	pid_t child;
	int status;

	(void)snprintf(path, sizeof(path), "%s", path_of("pipe.csv"));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	child = fork();
	if (child == 0) {
		write_numbers(path, 100000);
		_exit(0);
	}
	ck_assert_int_eq(import_path(path), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(n_rows_of("t"), 100000);
	ck_assert_uint_eq(totals.total_bytes, 0);
}
END_TEST

/* ---- the sample tables ---- */

static const struct {
	const char *file, *schema, *columns;
	int64_t n_rows;
} samples[] = {
	{ "a", NULL, "x INT?,name STRING", 12 },
	{ "birdstrikes", NULL, NULL, 10000 },
	{ "airports", NULL,
	  "iata STRING,name STRING,city STRING,state STRING,country STRING,latitude DOUBLE,"
	  "longitude DOUBLE",
	  3376 },
	{ "zipcodes", "tests/data/zipcodes.schema.json", NULL, 42049 },
	{ "seattle-weather", NULL,
	  "date TIMESTAMP,precipitation DOUBLE,temp_max DOUBLE,temp_min DOUBLE,wind DOUBLE,"
	  "weather STRING",
	  1461 },
	{ "us-employment", NULL, NULL, 120 },
	{ "nation", NULL, "n_nationkey INT,n_name STRING,n_regionkey INT,n_comment STRING", 25 },
};

START_TEST(imports_the_sample_tables)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "tests/data/%s.csv", samples[_i].file);
	if (!file_exists(path))
		return; /* not run from the root of the tree */
	options.schema_file = samples[_i].schema;
	ck_assert_msg(import_path(path) == 0, "%s", fx.e.err.msg);
	ck_assert_int_eq(n_rows_of("t"), samples[_i].n_rows);
	if (samples[_i].columns)
		ck_assert_str_eq(columns_of("t"), samples[_i].columns);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	int result;
	long n = 0;

	ck_assert_int_eq(import_text("old\n1\n"), 0);
	do {
		(void)mem_fail_after(n++);
		result = import_text(
			"i,d,s,b,t\n1,1.5,x,true,2024-01-01\n,,,,\n2,2,\"a\"\"b\",false,"
			"2024-01-02\n");
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
		ck_assert_uint_eq(count_litter(), 0);
		ck_assert_int_eq(n_rows_of("t"), result == 0 ? 3 : 1);
	} while (result < 0);
	ck_assert_int_ge(n, 40);
	ck_assert_str_eq(rows_of("t"),
			 "1|1.5|x|true|2024-01-01 00:00:00.0/null|null|null|null|null/"
			 "2|2.0|a\"b|false|2024-01-02 00:00:00.0/");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, infers_types);
	tcase_add_test(tc, a_header_alone_makes_an_empty_table);
	tcase_add_test(tc, takes_types_from_a_schema);
	tcase_add_test(tc, reads_numbers_at_the_edges);
	tcase_add_test(tc, infinity_is_written_out);
	tcase_add_test(tc, a_number_too_large_for_a_double_is_text_when_nothing_is_declared);
	tcase_add_test(tc, a_guessed_int_grows_to_long);
	tcase_add_test(tc, dates_may_change_from_row_to_row);
	tcase_add_loop_test(tc, says_what_is_wrong_and_where, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, a_value_behind_the_sample_names_the_guess);
	tcase_add_test(tc, types_are_those_of_ten_thousand_rows);
	tcase_add_test(tc, a_name_may_have_as_many_bytes_as_sql_takes);
	tcase_add_test(tc, long_values_are_cut_in_messages);
	tcase_add_test(tc, a_file_that_is_not_there_is_an_error_before_any_work);
	tcase_add_test(tc, several_files_make_one_table);
	tcase_add_test(tc, headers_have_to_agree);
	tcase_add_test(tc, a_segment_ends_after_2_to_the_20_rows);
	tcase_add_test(tc, knows_the_place_of_an_error_behind_the_end_of_a_segment);
	tcase_add_test(tc, tells_its_progress);
	tcase_add_test(tc, a_cancel_leaves_the_old_table);
	tcase_add_test(tc, reads_a_pipe);
	tcase_add_loop_test(tc, imports_the_sample_tables, 0, ARRAY_SIZE(samples));
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/import", tc);
}
