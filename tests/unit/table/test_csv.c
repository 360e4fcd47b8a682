/* test_csv.c - fields as RFC 4180 means them, and errors with their place. */
#include "tests/unit/table/fixture.h"

#include "broker/table/csv.h"

static char shown[1 << 16];

/* "a|b/c|NULL/": fields of all rows behind the header, in the form of the tables below. */
static const char *show(const struct csv_rows *rows, size_t *len)
{
	for (uint32_t i = 0; i < rows->n_rows * rows->n_fields; i++) {
		const struct csv_field *f = &rows->fields[i];
		int n = f->ptr ? snprintf(shown + *len, sizeof(shown) - *len, "<%.*s>",
					  (int)MIN(f->len, 200u), f->ptr)
			       : snprintf(shown + *len, sizeof(shown) - *len, "NULL");

		*len += (size_t)n;
		if ((i + 1) % rows->n_fields == 0)
			*len += (size_t)snprintf(shown + *len, sizeof(shown) - *len, "/");
	}
	shown[*len] = '\0';
	return shown;
}

/* Reads a file whole: header and rows as text, or the error behind "!". */
static const char *read_text(const char *path, char separator)
{
	struct csv_reader *r = NULL;
	struct csv_rows rows = { 0 };
	size_t len = 0;
	int result = csv_open(path, separator, &r, &fx.e.err);

	shown[0] = '\0';
	if (result == 0)
		result = csv_read_header(r, &rows, &fx.e.err);
	if (result == 0)
		(void)show(&rows, &len);
	while (result == 0) {
		result = csv_read_rows(r, CSV_ROWS_MAX, &rows, &fx.e.err);
		if (result < 0 || rows.n_rows == 0)
			break;
		(void)show(&rows, &len);
	}
	csv_close(&r);
	if (result < 0)
		(void)snprintf(shown, sizeof(shown), "!%s", fx.e.err.msg);
	return shown;
}

static const struct {
	const char *text, *fields;
} accepted[] = {
	{ "a,b\n1,2\n", "<a><b>/<1><2>/" },
	{ "a,b\n1,2", "<a><b>/<1><2>/" },
	{ "a,b\r\n1,2\r\n", "<a><b>/<1><2>/" },
	{ "a,b\r\n1,2\r", "<a><b>/<1><2>/" },
	{ "a,b\n", "<a><b>/" },
	{ "a,b", "<a><b>/" },
	{ "\xef\xbb\xbf"
	  "a,b\n1,2\n",
	  "<a><b>/<1><2>/" },
	{ "a,b\n,\n", "<a><b>/NULLNULL/" },
	{ "a,b\n1,\n", "<a><b>/<1>NULL/" },
	{ "a,b\n1,", "<a><b>/<1>NULL/" },
	{ "a,b\n\"\",x\n", "<a><b>/<><x>/" },
	{ "a,b\n\"1,2\",3\n", "<a><b>/<1,2><3>/" },
	{ "a,b\n1,\"2\"\n", "<a><b>/<1><2>/" },
	{ "a,b\n1,\"2\"", "<a><b>/<1><2>/" },
	{ "a,b\n1,\"2\"\r\n3,4\r\n", "<a><b>/<1><2>/<3><4>/" },
	{ "a,b\n\"he said \"\"no\"\"\",2\n", "<a><b>/<he said \"no\"><2>/" },
	{ "a,b\n\"\"\"\",\"\"\"\"\"\"\n", "<a><b>/<\"><\"\">/" },
	{ "a,b\n\"two\nlines\",2\n3,4\n", "<a><b>/<two\nlines><2>/<3><4>/" },
	{ "a,b\n\"two\r\nlines\",2\n", "<a><b>/<two\r\nlines><2>/" },
	{ "a,b\n5\" pipe,x\"y\"\n", "<a><b>/<5\" pipe><x\"y\">/" },
	{ "a,b\n 1 , \"2\"\n", "<a><b>/< 1 >< \"2\">/" },
	{ "a,b\n\n1,2\n\n\r\n3,4\n\n", "<a><b>/<1><2>/<3><4>/" },
	{ "a\n1\n\n2\n", "<a>/<1>/NULL/<2>/" },
	{ "a\n\"\"\n", "<a>/<>/" },
	{ "a;b\n1;2\n", "<a;b>/<1;2>/" },
	{ "a\tb,c\n1\t2,3\n", "<a\tb><c>/<1\t2><3>/" },
	{ "gr\xc3\xbc\xc3\x9f,\xe6\xb0\xb4\n\xf0\x9f\x8c\x8a,x\n",
	  "<gr\xc3\xbc\xc3\x9f><\xe6\xb0\xb4>/<\xf0\x9f\x8c\x8a><x>/" },
	/* Line ends of CR alone would make one long header. */
	{ "a,b\ra,b\n1,2\n", "!/c.csv:1:4: CR without LF: a value with CR in it needs quotes" },
	{ "a,b\r1,x\r2,y\r", "!/c.csv:1:4: CR without LF" },
	{ "a\r1\r", "!/c.csv:1:2: CR without LF" },
	{ "a,b\r\r\n1,2\r\r\n", "!/c.csv:1:4: CR without LF" },
	{ "a,b\n1,2\n3,x\ry\n", "!/c.csv:3:4: CR without LF" },
	{ "a,b\n1\r,2\n", "!/c.csv:2:2: CR without LF" },
	{ "a,b\n\"1\",\"2\"\r\"3\",\"4\"\n", "!/c.csv:2:8: CR without LF" },
	{ "a,b\n1,\"x\ry\"\n", "<a><b>/<1><x\ry>/" },
	{ "a,b\n1,\"2\"\r", "<a><b>/<1><2>/" },
};

START_TEST(reads_fields)
{
	const char *expected = accepted[_i].fields, *got;

	write_file(path_of("c.csv"), accepted[_i].text, strlen(accepted[_i].text));
	got = read_text(path_of("c.csv"), ',');
	if (expected[0] == '!')
		ck_assert_ptr_nonnull(strstr(got, expected + 1));
	else
		ck_assert_str_eq(got, expected);
}
END_TEST

static const struct {
	const char *text;
	size_t len; /* 0: up to the first NUL byte */
	const char *error;
} refused[] = {
	{ "\n", 0, NULL }, /* a header with one nameless column is the importer's business */
	{ "", 0, "is empty: its first line must name the columns" },
	{ "\xef\xbb\xbf", 0, "is empty" },
	{ "a,b\n1\n", 0, ":2:1: the row has 1 field, the header has 2" },
	{ "a,b\n1,2\n1,2,3\n", 0, ":3:1: the row has 3 fields, the header has 2" },
	{ "a,b\n\"x\ny\",1\n1\n", 0, ":4:1: the row has 1 field, the header has 2" },
	{ "a,b\n1,\"2\n3,4\n", 0, ":2:3: the quote that begins here is never closed" },
	{ "a,b\n1,\"2\n3,4", 0, ":2:3: the quote that begins here is never closed" },
	{ "a,b\n1,\"", 0, ":2:3: the quote that begins here is never closed" },
	{ "a,b\n1,\"2\"x\n", 0, ":2:6: text follows a closing quote" },
	{ "a,b\n\"1\" ,2\n", 0, ":2:4: text follows a closing quote" },
	{ "a,b\n1,\"x\"\"y\" z\n", 0, ":2:9: text follows a closing quote" },
	{ "a,b\n1,2\nx\0y,2\n", 14, ":3:2: NUL byte" },
	{ "a,b\n1,2\n\xc3\xbc,\xff\n", 0, ":3:3: ill-formed UTF-8 (byte 0xff)" },
	{ "a,b\n\xc3,2\n", 0, ":2:1: ill-formed UTF-8 (byte 0xc3)" },
	{ "a,b\n1,\"\n\n\xc0\x80\"\n", 0, ":4:1: ill-formed UTF-8 (byte 0xc0)" },
	{ "\xff\xfe"
	  "a\0,\0b\0\n\0",
	  10, ":1:" },
};

START_TEST(names_the_place_of_an_error)
{
	size_t len = refused[_i].len ? refused[_i].len : strlen(refused[_i].text);
	const char *got;

	write_file(path_of("c.csv"), refused[_i].text, len);
	got = read_text(path_of("c.csv"), ',');
	if (!refused[_i].error) {
		ck_assert_str_eq(got, "NULL/");
		return;
	}
	ck_assert_int_eq(got[0], '!');
	ck_assert_msg(strstr(got, refused[_i].error) != NULL, "%s", got);
	ck_assert_ptr_nonnull(strstr(got, "c.csv"));
	ck_assert_int_eq(fx.e.err.code, ERR_IMPORT);
}
END_TEST

START_TEST(reads_tabs)
{
	write_file(path_of("c.tsv"), "a\tb\n1,2\t\n", 9);
	ck_assert_str_eq(read_text(path_of("c.tsv"), '\t'), "<a><b>/<1,2>NULL/");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_error)
{
	ck_assert_ptr_nonnull(strstr(read_text("/nowhere.csv", ','), "No such file"));
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(read_text(fx.dir, ','), "it is a folder"));
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
}
END_TEST

/* ---- limits ---- */

static void write_repeated(const char *head, char ch, size_t n, const char *tail)
{
	FILE *f = fopen(path_of("c.csv"), "we");

	ck_assert_ptr_nonnull(f);
	(void)fputs(head, f);
	for (size_t i = 0; i < n; i++)
		(void)fputc(ch, f);
	(void)fputs(tail, f);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_field_may_have_1_mib_and_no_more)
{
	struct csv_reader *r = NULL;
	struct csv_rows rows;

	write_repeated("a,b\nx,\"", 'y', CSV_FIELD_BYTES_MAX, "\"\n");
	ck_assert_int_eq(csv_open(path_of("c.csv"), ',', &r, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_header(r, &rows, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_rows(r, CSV_ROWS_MAX, &rows, &fx.e.err), 0);
	ck_assert_uint_eq(rows.n_rows, 1);
	ck_assert_uint_eq(rows.fields[1].len, CSV_FIELD_BYTES_MAX);
	csv_close(&r);

	write_repeated("a,b\nx,", 'y', CSV_FIELD_BYTES_MAX + 1, "\n");
	ck_assert_ptr_nonnull(strstr(read_text(path_of("c.csv"), ','),
				     ":2:3: the value that begins here is longer than 1 MiB"));
	/* It is found long before the end of the file. */
	write_repeated("a,b\nx,\"", 'y', 3 * CSV_FIELD_BYTES_MAX, "");
	ck_assert_ptr_nonnull(strstr(read_text(path_of("c.csv"), ','),
				     ":2:3: the value that begins here is longer than 1 MiB "
				     "(is its closing quote missing?)"));
}
END_TEST

START_TEST(there_may_be_4096_columns_and_no_more)
{
	struct csv_reader *r = NULL;
	struct csv_rows rows;

	write_repeated("a", ',', CSV_FIELDS_MAX - 1, "\n");
	ck_assert_int_eq(csv_open(path_of("c.csv"), ',', &r, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_header(r, &rows, &fx.e.err), 0);
	ck_assert_uint_eq(rows.n_fields, CSV_FIELDS_MAX);
	csv_close(&r);
	write_repeated("a", ',', 100000, "\n");
	ck_assert_ptr_nonnull(strstr(read_text(path_of("c.csv"), ','),
				     ":1:1: 100001 columns; at most 4096 are possible"));
}
END_TEST

/* ---- long files ---- */

static uint64_t seed;

/* A random field: what it means into `value`, how it is written to f. */
static void put_random_field(FILE *f, char *value, size_t cap)
{
	static const char alphabet[] = "abc,\"\n\r 0123456789\xc3\xbc";
	size_t len = unit_random(&seed) % 12, n = 0;
	bool quoted = unit_random(&seed) % 2;

	if (unit_random(&seed) % 500 == 0)
		len = unit_random(&seed) % (cap - 2);
	while (n < len) {
		size_t at = unit_random(&seed) % (sizeof(alphabet) - 1);

		/* The last two bytes are one letter. */
		if (at >= sizeof(alphabet) - 3) {
			memcpy(value + n, alphabet + sizeof(alphabet) - 3, 2);
			n += 2;
		} else {
			quoted |= strchr(",\"\n\r", alphabet[at]) != NULL;
			value[n++] = alphabet[at];
		}
	}
	value[n] = '\0';
	quoted |= n == 0;
	if (quoted)
		(void)fputc('"', f);
	for (size_t i = 0; i < n; i++) {
		if (quoted && value[i] == '"')
			(void)fputc('"', f);
		(void)fputc(value[i], f);
	}
	if (quoted)
		(void)fputc('"', f);
}

/* Rows cross the reader's buffer at every kind of place. */
START_TEST(reads_random_rows_across_buffers)
{
	enum { ROWS = 40000, COLS = 3 };
	static char(*values)[COLS][2000];
	struct csv_reader *r = NULL;
	struct csv_rows rows;
	uint32_t row = 0;
	uint64_t line = 2;
	FILE *f = fopen(path_of("c.csv"), "we");

	values = calloc(ROWS, sizeof(*values));
	ck_assert(f && values);
	seed = (uint64_t)_i + 1;
	(void)fputs("x,y,z\r\n", f);
	for (uint32_t i = 0; i < ROWS; i++)
		for (uint32_t k = 0; k < COLS; k++) {
			put_random_field(f, values[i][k], sizeof(values[i][k]));
			(void)fputs(k + 1 < COLS ? "," : i % 2 ? "\n" : "\r\n", f);
		}
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(csv_open(path_of("c.csv"), ',', &r, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_header(r, &rows, &fx.e.err), 0);
	for (;; row += rows.n_rows) {
		ck_assert_int_eq(csv_read_rows(r, CSV_ROWS_MAX, &rows, &fx.e.err), 0);
		if (rows.n_rows == 0)
			break;
		for (uint32_t i = 0; i < rows.n_rows; i++) {
			ASSERT_ROW(rows.lines[i] == line);
			line++;
			for (uint32_t k = 0; k < COLS; k++) {
				const struct csv_field *field = &rows.fields[i * COLS + k];
				const char *value = values[row + i][k];

				ASSERT_ROW(str_eq((struct str){ field->ptr, field->len },
						  str_of(value)));
				for (; (value = strchr(value, '\n')); value++)
					line++;
			}
		}
	}
	ck_assert_uint_eq(row, ROWS);
	ck_assert_uint_eq(csv_bytes_read(r), csv_bytes_total(r));
	csv_close(&r);
	free(values);
}
END_TEST

/* Rows of nine bytes, moved by one each time, so that a buffer ends between any two of them. */
START_TEST(a_quoted_row_end_may_be_cut_by_the_buffer)
{
	static const char row[] = "x,\"abc\"\r\n";
	struct csv_reader *r = NULL;
	struct csv_rows rows;
	uint32_t n = 0;
	FILE *f = fopen(path_of("c.csv"), "we");

	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "%.*s,b\n", _i + 1, "aaaaaaaaaa");
	for (uint32_t i = 0; i < 60000; i++)
		(void)fputs(row, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(csv_open(path_of("c.csv"), ',', &r, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_header(r, &rows, &fx.e.err), 0);
	for (;; n += rows.n_rows) {
		ck_assert_msg(csv_read_rows(r, CSV_ROWS_MAX, &rows, &fx.e.err) == 0, "%s",
			      fx.e.err.msg);
		if (rows.n_rows == 0)
			break;
		for (uint32_t i = 0; i < rows.n_rows; i++)
			ASSERT_ROW(rows.fields[2 * i + 1].len == 3);
	}
	ck_assert_uint_eq(n, 60000);
	csv_close(&r);
}
END_TEST

START_TEST(knows_the_place_of_a_field_behind_quoted_lines)
{
	static const char text[] = "a,b\n1,2\n\"x\"\"\n\xc3\xbc\",\"y\"\n";
	struct csv_reader *r = NULL;
	struct csv_rows rows;

	write_file(path_of("c.csv"), text, strlen(text));
	ck_assert_int_eq(csv_open(path_of("c.csv"), ',', &r, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_header(r, &rows, &fx.e.err), 0);
	ck_assert_int_eq(csv_read_rows(r, CSV_ROWS_MAX, &rows, &fx.e.err), 0);
	ck_assert_uint_eq(rows.n_rows, 2);
	ck_assert_int_eq(csv_error(r, &rows, 1, 1, &fx.e.err, "%s", "bad"), -1);
	/* In line 4 there is one letter, a quote and a comma before it. */
	ck_assert_msg(strstr(fx.e.err.msg, "c.csv:4:4: bad") != NULL, "%s", fx.e.err.msg);
	csv_close(&r);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	const char *got;
	long n = 0;

	write_repeated("a\n", 'x', 600000, "\n");
	do {
		(void)mem_fail_after(n++);
		got = read_text(path_of("c.csv"), ',');
		mem_fail_after(-1);
		ck_assert(got[0] != '!' || fx.e.err.code == ERR_OUT_OF_MEMORY);
	} while (got[0] == '!');
	ck_assert_int_ge(n, 6);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
	tcase_add_loop_test(tc, reads_fields, 0, ARRAY_SIZE(accepted));
	tcase_add_loop_test(tc, names_the_place_of_an_error, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, reads_tabs);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_an_error);
	tcase_add_test(tc, a_field_may_have_1_mib_and_no_more);
	tcase_add_test(tc, there_may_be_4096_columns_and_no_more);
	tcase_add_loop_test(tc, reads_random_rows_across_buffers, 0, 3);
	tcase_add_loop_test(tc, a_quoted_row_end_may_be_cut_by_the_buffer, 0, 9);
	tcase_add_test(tc, knows_the_place_of_a_field_behind_quoted_lines);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("table/csv", tc);
}
