/*
 * test_catalog.c - the data directory: one owner, tables that survive, no litter.
 *
 * (catalog.c, catalog_db.c, broken_table.c)
 */
#include "tests/unit/table/fixture.h"

#include <sqlite3.h>

#include "broker/table/broken_table.h"
#include "broker/table/catalog.h"
#include "broker/table/system_tables.h"

static struct catalog *catalog;
static char data_dir[128];

static void setup(void)
{
	fixture_setup();
	(void)snprintf(data_dir, sizeof(data_dir), "%s/data", fx.dir);
	catalog = NULL;
}

static void teardown(void)
{
	mem_fail_after(-1);
	catalog_close(&catalog);
	fixture_teardown();
}

static void open_catalog(void)
{
	ck_assert_msg(catalog_open(data_dir, &catalog, &fx.e.err) == 0, "%s", fx.e.err.msg);
}

static void reopen(void)
{
	catalog_close(&catalog);
	open_catalog();
}

/* ---- publishing ---- */

static int64_t first_value;

static struct value counting(uint32_t row, enum col_type type)
{
	return i64_value(type, first_value + row);
}

/* Segments of 100 rows each, whose values count from `first`. */
static int publish(const char *name, int64_t first, uint32_t n_segments)
{
	static const struct table_column columns[] = { { { "Number", 6 }, COL_INT, false } };
	static const enum col_type types[] = { COL_INT };
	struct segment_writer *w = NULL;
	char *dir = NULL;
	int result = catalog_table_dir(catalog, str_of(name), &dir, &fx.e.err);

	if (result == 0)
		result = segment_writer_new(dir, types, 1, &w, &fx.e.err);
	for (uint32_t i = 0; result == 0 && i < n_segments; i++) {
		struct rows r = { 0 };

		first_value = first + i * 100;
		rows_add_column(&r, 100, COL_INT, counting);
		result = write_rows(w, &r, 0, 100);
		rows_free(&r);
		if (result == 0)
			result = segment_writer_flush(w, &fx.e.coop, &fx.e.err);
	}
	if (result == 0)
		result = catalog_publish(catalog, str_of(name), columns, 1, w, &fx.e.err);
	segment_writer_free(&w);
	mem_free(dir);
	return result;
}

/* Sum of the rows that a scan delivers; -1 when it fails. */
static int64_t sum(struct table *t)
{
	static const uint32_t columns[] = { 0 };
	struct scan_spec spec = { .columns = columns, .n_columns = 1 };
	struct scan_shared *shared;
	enum scan_result result;
	int64_t total = 0;
	struct scan *s;
	struct batch *b;

	ck_assert_int_eq(t->class->scan_start(t, &spec, &fx.e.pool, &shared, &fx.e.err), 0);
	ck_assert_int_eq(t->class->scan_open(shared, &fx.e.pool, &s, &fx.e.err), 0);
	while ((result = scan_next(s, &fx.e.coop, &b, &fx.e.err)) == SCAN_BATCH)
		for (uint32_t i = 0; i < b->n_rows; i++)
			total += col_i64(&b->cols[0], i);
	t->class->scan_close(s);
	return result == SCAN_DONE ? total : -1;
}

/* The table of that name holds n rows that count from `first`. */
static bool table_is(const char *name, int64_t first, int64_t n)
{
	struct table *t = catalog_find(catalog, str_of(name));
	bool ok = t && t->n_rows == n && sum(t) == n * first + n * (n - 1) / 2;

	table_unref(&t);
	return ok;
}

static unsigned count_segments(const char *table)
{
	char dir[256];

	(void)snprintf(dir, sizeof(dir), "%s/segments/%s", data_dir, table);
	return count_files(dir, ".seg") + 1000 * count_files(dir, ".tmp");
}

static const char *in_data_dir(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", data_dir, name);
	return path;
}

START_TEST(a_published_table_is_there_after_a_restart)
{
	struct table *t;

	open_catalog();
	ck_assert_int_eq(publish("hits", 5, 3), 0);
	ck_assert(table_is("hits", 5, 300));
	reopen();
	ck_assert(table_is("hits", 5, 300));
	t = catalog_find(catalog, STR("hits"));
	ck_assert_uint_eq(t->n_segments, 3);
	ck_assert_int_eq(t->columns[0].type, COL_INT);
	ck_assert(str_eq(t->columns[0].name, STR("Number")));
	ck_assert(!t->columns[0].is_nullable);
	table_unref(&t);
	ck_assert_uint_eq(count_segments("hits"), 3);
}
END_TEST

START_TEST(a_table_may_be_empty)
{
	open_catalog();
	ck_assert_int_eq(publish("empty", 0, 0), 0);
	reopen();
	ck_assert(table_is("empty", 0, 0));
}
END_TEST

START_TEST(publishing_replaces_and_removes_the_old_files)
{
	open_catalog();
	ck_assert_int_eq(publish("hits", 0, 4), 0);
	ck_assert_int_eq(publish("hits", 7, 2), 0);
	ck_assert(table_is("hits", 7, 200));
	ck_assert_uint_eq(count_segments("hits"), 2);
	/* Another spelling is the same table. */
	ck_assert_int_eq(publish("HITS", 9, 1), 0);
	ck_assert(table_is("hits", 9, 100));
	ck_assert_uint_eq(count_segments("HITS"), 1);
	ck_assert(!file_exists(in_data_dir("segments/hits")));
	reopen();
	ck_assert(table_is("hits", 9, 100));
}
END_TEST

START_TEST(a_scan_goes_on_over_a_table_that_was_replaced)
{
	struct table *old;

	open_catalog();
	ck_assert_int_eq(publish("hits", 1, 2), 0);
	old = catalog_find(catalog, STR("hits"));
	ck_assert_int_eq(publish("hits", 1000, 1), 0);
	ck_assert_int_eq(sum(old), 200 + 199 * 100);
	table_unref(&old);
}
END_TEST

START_TEST(segment_ids_are_never_used_twice)
{
	struct table *t;
	uint32_t n;
	uint64_t last;

	open_catalog();
	ck_assert_int_eq(publish("hits", 0, 3), 0);
	t = catalog_find(catalog, STR("hits"));
	last = stored_table_segments(t, &n)[2]->id;
	table_unref(&t);
	ck_assert_int_eq(publish("hits", 0, 0), 0);
	reopen();
	ck_assert_int_eq(publish("hits", 0, 1), 0);
	t = catalog_find(catalog, STR("hits"));
	ck_assert_uint_gt(stored_table_segments(t, &n)[0]->id, last);
	table_unref(&t);
}
END_TEST

/* ---- names ---- */

START_TEST(finds_names_without_case_and_without_the_database)
{
	open_catalog();
	ck_assert_int_eq(catalog_register(catalog, system_numbers_new(&fx.e.err), &fx.e.err), 0);
	ck_assert_int_eq(publish("Hits", 0, 1), 0);
	ck_assert(table_is("hITS", 0, 100));
	ck_assert(table_is("Default.hits", 0, 100));
	ck_assert_ptr_null(catalog_find(catalog, STR("hit")));
	ck_assert_ptr_null(catalog_find(catalog, STR("hitss")));
	ck_assert_ptr_null(catalog_find(catalog, STR("default.")));
	ck_assert_ptr_null(catalog_find(catalog, STR("other.hits")));

	struct table *t = catalog_find(catalog, STR("System.Numbers"));

	ck_assert_ptr_nonnull(t);
	table_unref(&t);
}
END_TEST

START_TEST(suggests_the_nearest_name)
{
	open_catalog();
	ck_assert_int_eq(publish("airports", 0, 0), 0);
	ck_assert_int_eq(publish("birdstrikes", 0, 0), 0);
	ck_assert_int_eq(publish("a", 0, 0), 0);
	ck_assert(str_eq(catalog_suggest(catalog, STR("airprots")), STR("airports")));
	ck_assert(str_eq(catalog_suggest(catalog, STR("BIRDSTRIKE")), STR("birdstrikes")));
	ck_assert_uint_eq(catalog_suggest(catalog, STR("zzzzzzzzz")).len, 0);
	ck_assert_uint_eq(catalog_suggest(catalog, STR("x")).len, 0);
}
END_TEST

START_TEST(a_suggestion_outlives_its_table)
{
	struct str name;

	open_catalog();
	ck_assert_int_eq(publish("airports", 0, 0), 0);
	name = catalog_suggest(catalog, STR("airport"));
	ck_assert_int_eq(publish("airports", 0, 0), 0);
	ck_assert(str_eq(name, STR("airports")));
}
END_TEST

static void collect(const struct table *t, void *arg)
{
	char *text = arg;
	size_t len = strlen(text);

	(void)snprintf(text + len, 200 - len, STR_FMT " ", STR_ARG(t->name));
	/* The lock is not held: a callback may look things up. */
	table_unref(&(struct table *){ catalog_find(catalog, t->name) });
}

START_TEST(lists_tables_by_name)
{
	char text[200] = "";

	open_catalog();
	ck_assert_int_eq(publish("b", 0, 0), 0);
	ck_assert_int_eq(publish("C", 0, 0), 0);
	ck_assert_int_eq(publish("a", 0, 0), 0);
	ck_assert_int_eq(catalog_register(catalog, system_numbers_new(&fx.e.err), &fx.e.err), 0);
	catalog_each(catalog, collect, text);
	ck_assert_str_eq(text, "a b C system.numbers ");
}
END_TEST

START_TEST(refuses_names_that_make_trouble)
{
	static const char *const names[] = { "",    "a/b", "..",   "a.b", "system.numbers",
					     "a b", "-a",  "a\nb", "'a'", "a\xff" };
	char long_name[200];

	open_catalog();
	memset(long_name, 'x', sizeof(long_name));
	long_name[129] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		ck_assert_int_eq(publish(names[i], 0, 0), -1);
		ck_assert_int_eq(fx.e.err.code, ERR_BAD_REQUEST);
	}
	ck_assert_int_eq(publish(long_name, 0, 0), -1);
	long_name[128] = '\0';
	ck_assert_int_eq(publish(long_name, 0, 0), 0);
	ck_assert_int_eq(publish("us-employment_2$\xc3\xbc", 0, 0), 0);
}
END_TEST

START_TEST(a_table_is_registered_once)
{
	open_catalog();
	ck_assert_int_eq(catalog_register(catalog, system_numbers_new(&fx.e.err), &fx.e.err), 0);
	ck_assert_int_eq(catalog_register(catalog, system_numbers_new(&fx.e.err), &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_INTERNAL);
}
END_TEST

/* ---- one owner ---- */

START_TEST(a_second_process_is_refused)
{
	char expected[256];
	int status;
	pid_t child;

	open_catalog();
	(void)snprintf(expected, sizeof(expected), "data directory %s is in use by process %d",
		       data_dir, (int)getpid());
	child = fork();
	if (child == 0) {
		struct catalog *other = NULL;
		bool ok = catalog_open(data_dir, &other, &fx.e.err) < 0 &&
			  fx.e.err.code == ERR_UNAVAILABLE && strcmp(fx.e.err.msg, expected) == 0;

		_exit(ok ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* The refused one took nothing away. */
	ck_assert_int_eq(publish("hits", 0, 1), 0);
}
END_TEST

START_TEST(the_lock_ends_with_the_catalog)
{
	struct catalog *other = NULL;

	open_catalog();
	ck_assert_int_eq(catalog_open(data_dir, &other, &fx.e.err), -1);
	catalog_close(&catalog);
	open_catalog();
	ck_assert_str_eq(catalog_data_dir(catalog), data_dir);
}
END_TEST

/* ---- what a crash leaves ---- */

START_TEST(removes_files_that_nobody_knows)
{
	struct stat st;

	open_catalog();
	ck_assert_int_eq(stat(data_dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ck_assert_int_eq(publish("hits", 3, 2), 0);
	catalog_close(&catalog);
	write_file(in_data_dir("segments/hits/0.tmp"), "x", 1);
	write_file(in_data_dir("segments/hits/99.seg"), "x", 1);
	write_file(in_data_dir("segments/hits/notes.txt"), "x", 1);
	ck_assert_int_eq(mkdir(in_data_dir("segments/gone"), 0700), 0);
	write_file(in_data_dir("segments/gone/7.seg"), "x", 1);
	open_catalog();
	ck_assert(table_is("hits", 3, 200));
	ck_assert_uint_eq(count_segments("hits"), 2);
	ck_assert(file_exists(in_data_dir("segments/hits/notes.txt")));
	ck_assert(!file_exists(in_data_dir("segments/gone")));
}
END_TEST

/* Gone, and emptied; put back, all is there again. */
START_TEST(removes_no_tables_because_their_catalog_is_gone)
{
	char db[128], kept[128];

	open_catalog();
	ck_assert_int_eq(publish("hits", 3, 2), 0);
	catalog_close(&catalog);
	(void)snprintf(db, sizeof(db), "%s", in_data_dir("catalog.db"));
	(void)snprintf(kept, sizeof(kept), "%s", in_data_dir("kept"));
	ck_assert_int_eq(rename(db, kept), 0);
	if (_i > 0)
		write_file(db, "", 0);
	ck_assert_int_eq(catalog_open(data_dir, &catalog, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "catalog.db is missing or empty, but "));
	ck_assert_int_eq(rename(kept, db), 0);
	open_catalog();
	ck_assert(table_is("hits", 3, 200));
}
END_TEST

/* Publishes without end: version k counts from 1000 * k and has 1 + k % 3 segments. */
static void publish_until_killed(void)
{
	open_catalog();
	for (int64_t k = 1;; k++)
		if (publish("hits", k * 1000, 1 + (uint32_t)(k % 3)) < 0)
			_exit(1);
}

/* One whole version, and no file besides. */
static bool is_some_version(void)
{
	struct table *t = catalog_find(catalog, STR("hits"));
	int64_t n = t->n_rows, k = (sum(t) - n * (n - 1) / 2) / n / 1000;

	table_unref(&t);
	return table_is("hits", k * 1000, n) && n == (1 + k % 3) * 100 &&
	       count_segments("hits") == n / 100;
}

START_TEST(a_process_killed_at_any_moment_leaves_one_whole_version)
{
	uint64_t seed = 1;

	open_catalog();
	ck_assert_int_eq(publish("hits", 0, 1), 0);
	catalog_close(&catalog);
	for (int i = 0; i < (UNIT_SANITIZED ? 5 : 25); i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			publish_until_killed();
		(void)usleep((useconds_t)(unit_random(&seed) % 40000));
		(void)kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
		open_catalog();
		ck_assert(is_some_version());
		catalog_close(&catalog);
	}
}
END_TEST

START_TEST(a_failed_publish_leaves_the_old_table)
{
	static const struct table_column wrong[] = { { { "x", 1 }, COL_STRING, false } };
	static const enum col_type types[] = { COL_INT };
	struct segment_writer *w = NULL;
	struct rows r = { 0 };
	char *dir = NULL;

	open_catalog();
	ck_assert_int_eq(publish("hits", 4, 2), 0);
	ck_assert_int_eq(catalog_table_dir(catalog, STR("hits"), &dir, &fx.e.err), 0);
	ck_assert_int_eq(segment_writer_new(dir, types, 1, &w, &fx.e.err), 0);
	rows_add_column(&r, 100, COL_INT, counting);
	ck_assert_int_eq(write_rows(w, &r, 0, 100), 0);
	ck_assert_int_eq(segment_writer_flush(w, &fx.e.coop, &fx.e.err), 0);
	/* The file holds integers, so it cannot be opened as a table of strings. */
	ck_assert_int_eq(catalog_publish(catalog, STR("hits"), wrong, 1, w, &fx.e.err), -1);
	segment_writer_free(&w);
	mem_free(dir);
	rows_free(&r);
	ck_assert(table_is("hits", 4, 200));
	ck_assert_uint_eq(count_segments("hits"), 2);
	/* Nothing is left half done: the next one works. */
	ck_assert_int_eq(publish("hits", 6, 1), 0);
	reopen();
	ck_assert(table_is("hits", 6, 100));
}
END_TEST

/* ---- damage ---- */

/* A table that is named in the reason of its scans, which fail with `what`. */
static bool is_broken(const char *name, const char *what)
{
	struct table *t = catalog_find(catalog, str_of(name));
	static const struct scan_spec spec;
	struct scan_shared *shared;
	bool ok = t && t->n_columns == 1 && broken_table_reason(t) &&
		  t->class->scan_start(t, &spec, &fx.e.pool, &shared, &fx.e.err) < 0 &&
		  fx.e.err.code == ERR_SEGMENT_DAMAGED && strstr(fx.e.err.msg, what) &&
		  strstr(fx.e.err.msg, "; import the table again, or put the file back");

	table_unref(&t);
	return ok;
}

/* Files 1 and 2 are those of "hits", 3 is that of "other". */
static void publish_two_tables(void)
{
	open_catalog();
	ck_assert_int_eq(publish("hits", 0, 2), 0);
	ck_assert_int_eq(publish("other", 5, 1), 0);
	catalog_close(&catalog);
}

static void flip_last_byte(const char *path)
{
	static char text[1 << 20];
	size_t n = read_file(path, text, sizeof(text));

	ck_assert_uint_gt(n, 0);
	text[n - 1] ^= 1;
	write_file(path, text, n);
}

static void damage(const char *path, int how)
{
	if (how == 0)
		ck_assert_int_eq(unlink(path), 0);
	else if (how == 1)
		ck_assert_int_eq(truncate(path, 100), 0);
	else if (how == 2)
		ck_assert_int_eq(truncate(path, 0), 0);
	else
		flip_last_byte(path);
}

START_TEST(a_damaged_or_missing_file_breaks_its_table_alone)
{
	static const char *const reasons[] = { "2.seg is missing",
					       "2.seg is damaged: ", "2.seg is damaged: too short",
					       "2.seg is damaged: " };
	char what[256];

	publish_two_tables();
	damage(in_data_dir("segments/hits/2.seg"), _i);
	(void)snprintf(what, sizeof(what), "table hits: segment file %s/segments/hits/%s", data_dir,
		       reasons[_i]);
	open_catalog();
	ck_assert_int_eq(fx.e.err.code, ERR_NONE);
	ck_assert(is_broken("hits", what));
	ck_assert(table_is("other", 5, 100));
	/* What is whole stays, for the day the other one is back. */
	ck_assert(file_exists(in_data_dir("segments/hits/1.seg")));
	ck_assert_int_eq(publish("other", 6, 1), 0);
	reopen();
	ck_assert(is_broken("hits", what));
	ck_assert(table_is("other", 6, 100));
}
END_TEST

START_TEST(publishing_replaces_a_broken_table)
{
	publish_two_tables();
	damage(in_data_dir("segments/hits/2.seg"), 1);
	open_catalog();
	ck_assert_int_eq(publish("HITS", 7, 1), 0);
	ck_assert(table_is("hits", 7, 100));
	ck_assert_uint_eq(count_segments("HITS"), 1);
	ck_assert(!file_exists(in_data_dir("segments/hits")));
	reopen();
	ck_assert(table_is("hits", 7, 100));
}
END_TEST

START_TEST(a_file_that_is_put_back_mends_its_table)
{
	publish_two_tables();
	ck_assert_int_eq(rename(in_data_dir("segments/hits/2.seg"), path_of("kept")), 0);
	open_catalog();
	ck_assert(is_broken("hits", "2.seg is missing"));
	ck_assert_int_eq(rename(path_of("kept"), in_data_dir("segments/hits/2.seg")), 0);
	reopen();
	ck_assert(table_is("hits", 0, 200));
}
END_TEST

START_TEST(a_folder_that_is_gone_breaks_its_table)
{
	publish_two_tables();
	remove_tree(in_data_dir("segments/hits"));
	open_catalog();
	ck_assert(is_broken("hits", "1.seg is missing"));
	ck_assert_int_eq(publish("hits", 3, 1), 0);
	ck_assert(table_is("hits", 3, 100));
}
END_TEST

START_TEST(a_database_that_is_not_ours_is_left_alone)
{
	open_catalog();
	catalog_close(&catalog);
	write_file(in_data_dir("catalog.db"), "This is no database at all, but text.", 37);
	ck_assert_int_eq(catalog_open(data_dir, &catalog, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, in_data_dir("catalog.db")));
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg,
				     "catalog.db is damaged (file is not a database): put a copy "
				     "of it back, or move the whole data directory away"));
}
END_TEST

static void run_sql(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(in_data_dir("catalog.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

START_TEST(a_newer_or_foreign_database_is_refused)
{
	open_catalog();
	catalog_close(&catalog);
	run_sql("PRAGMA user_version = 2");
	ck_assert_int_eq(catalog_open(data_dir, &catalog, &fx.e.err), -1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "has version 2; this program reads version 1"));
	run_sql("PRAGMA application_id = 5");
	ck_assert_int_eq(catalog_open(data_dir, &catalog, &fx.e.err), -1);
	ck_assert_ptr_nonnull(strstr(fx.e.err.msg, "is not a catalog of sluice"));
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error)
{
	ck_assert_int_eq(catalog_open("/nowhere/at/all", &catalog, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
	write_file(path_of("file"), "x", 1);
	ck_assert_int_eq(catalog_open(path_of("file"), &catalog, &fx.e.err), -1);
	ck_assert_int_eq(fx.e.err.code, ERR_IO);
}
END_TEST

/* ---- memory ---- */

START_TEST(opening_survives_allocation_failure)
{
	int result;
	long n = 0;

	open_catalog();
	ck_assert_int_eq(publish("a", 0, 2), 0);
	ck_assert_int_eq(publish("b", 0, 1), 0);
	catalog_close(&catalog);
	do {
		(void)mem_fail_after(n++);
		result = catalog_open(data_dir, &catalog, &fx.e.err);
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
	} while (result < 0);
	ck_assert_int_ge(n, 30);
	ck_assert(table_is("a", 0, 200));
}
END_TEST

/* Short memory is no damage, and damage is none of memory. */
START_TEST(opening_a_broken_table_survives_allocation_failure)
{
	int result;
	long n = 0;

	publish_two_tables();
	damage(in_data_dir("segments/hits/2.seg"), 1);
	do {
		(void)mem_fail_after(n++);
		result = catalog_open(data_dir, &catalog, &fx.e.err);
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
	} while (result < 0);
	ck_assert_int_ge(n, 30);
	ck_assert(is_broken("hits", "2.seg is damaged"));
	ck_assert(table_is("other", 5, 100));
}
END_TEST

START_TEST(publishing_survives_allocation_failure)
{
	int result;
	long n = 0;

	open_catalog();
	ck_assert_int_eq(publish("hits", 5, 2), 0);
	do {
		(void)mem_fail_after(n++);
		result = publish("hits", 8, 2);
		mem_fail_after(-1);
		ck_assert(result == 0 || fx.e.err.code == ERR_OUT_OF_MEMORY);
		ck_assert(table_is("hits", result == 0 ? 8 : 5, 200));
		ck_assert_uint_eq(count_segments("hits"), 2);
	} while (result < 0);
	ck_assert_int_ge(n, 30);
	reopen();
	ck_assert(table_is("hits", 8, 200));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_published_table_is_there_after_a_restart);
	tcase_add_test(tc, a_table_may_be_empty);
	tcase_add_test(tc, publishing_replaces_and_removes_the_old_files);
	tcase_add_test(tc, a_scan_goes_on_over_a_table_that_was_replaced);
	tcase_add_test(tc, segment_ids_are_never_used_twice);
	tcase_add_test(tc, finds_names_without_case_and_without_the_database);
	tcase_add_test(tc, suggests_the_nearest_name);
	tcase_add_test(tc, a_suggestion_outlives_its_table);
	tcase_add_test(tc, lists_tables_by_name);
	tcase_add_test(tc, refuses_names_that_make_trouble);
	tcase_add_test(tc, a_table_is_registered_once);
	tcase_add_test(tc, a_second_process_is_refused);
	tcase_add_test(tc, the_lock_ends_with_the_catalog);
	tcase_add_test(tc, removes_files_that_nobody_knows);
	tcase_add_loop_test(tc, removes_no_tables_because_their_catalog_is_gone, 0, 2);
	tcase_add_test(tc, a_process_killed_at_any_moment_leaves_one_whole_version);
	tcase_add_test(tc, a_failed_publish_leaves_the_old_table);
	tcase_add_loop_test(tc, a_damaged_or_missing_file_breaks_its_table_alone, 0, 4);
	tcase_add_test(tc, publishing_replaces_a_broken_table);
	tcase_add_test(tc, a_file_that_is_put_back_mends_its_table);
	tcase_add_test(tc, a_folder_that_is_gone_breaks_its_table);
	tcase_add_test(tc, a_database_that_is_not_ours_is_left_alone);
	tcase_add_test(tc, a_newer_or_foreign_database_is_refused);
	tcase_add_test(tc, a_place_that_cannot_be_written_is_an_error);
	tcase_add_test(tc, opening_survives_allocation_failure);
	tcase_add_test(tc, opening_a_broken_table_survives_allocation_failure);
	tcase_add_test(tc, publishing_survives_allocation_failure);
	return unit_main("table/catalog", tc);
}
