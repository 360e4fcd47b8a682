/*
 * catalog.c - see catalog.h.
 *
 *   <data dir>/lock          held with flock() as long as the catalog is open
 *   <data dir>/catalog.db    what exists (catalog_db.c)
 *   <data dir>/segments/<table>/<id>.seg
 *
 * In memory the tables are an array sorted by name.  Readers hold the lock for
 * a binary search and take a reference; whoever replaces a table swaps a pointer
 * and drops the old reference, and scans that still run keep the old segments
 * mapped although their files are gone.
 */
#include "broker/table/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/table/broken_table.h"
#include "broker/table/catalog_db.h"
#include "broker/table/segment.h"
#include "broker/table/stored_table.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/map.h"
#include "common/base/mutex.h"
#include "common/base/num.h"
#include "common/base/strbuf.h"

#define NAME_BYTES_MAX 128

struct catalog_entry {
	struct table *table; /* one reference is ours */
	struct str name;     /* kept until close: catalog_suggest() lends it out */
};

struct kept_name {
	struct kept_name *next;
	char text[];
};

struct catalog {
	struct mutex lock;             /* entries and names */
	struct catalog_entry *entries; /* sorted by name without case */
	size_t n_entries, cap_entries;
	struct kept_name *names;
	char *data_dir, *segments_dir;
	int lock_fd;
	struct catalog_db *db;
};

/* ---- names ---- */

static unsigned char lower(char ch)
{
	return (unsigned char)(ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch);
}

static int name_cmp(struct str a, struct str b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return lower(a.ptr[i]) < lower(b.ptr[i]) ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

static bool is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '_' || ch == '-' || ch == '$' || (unsigned char)ch >= 0x80;
}

int catalog_check_name(struct str name, struct error *err)
{
	size_t bad;

	if (name.len == 0 || name.len > NAME_BYTES_MAX)
		return error_set(err, ERR_BAD_REQUEST, "a table name has 1 to %d bytes",
				 NAME_BYTES_MAX);
	if (!str_utf8_valid(name, &bad))
		return error_set(err, ERR_BAD_REQUEST, "the table name is not well-formed UTF-8");
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_char(name.ptr[i]) || name.ptr[0] == '-')
			return error_set(err, ERR_BAD_REQUEST,
					 "'" STR_FMT
					 "' cannot be a table name: it may hold letters, "
					 "digits, '_', '-' and '$', and not begin with '-'",
					 STR_ARG(name));
	return 0;
}

/* ---- paths ---- */

/* "<a>/<b>", the caller's; NULL with *err. */
static char *path_join(const char *a, struct str b, struct error *err)
{
	struct strbuf path = STRBUF_INIT;
	char *text;
	size_t len;

	strbuf_add_str(&path, str_of(a));
	strbuf_add_char(&path, '/');
	strbuf_add_str(&path, b);
	text = strbuf_take(&path, &len);
	if (!text)
		error_oom(err);
	return text;
}

static int make_dir(const char *path, struct error *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set(err, ERR_IO, "cannot create %s: %s", path, strerrordesc_np(errno));
	return 0;
}

/* Makes names in a folder durable. */
static int sync_dir(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd >= 0 ? fsync(fd) : -1;

	if (result < 0)
		error_set(err, ERR_IO, "cannot sync %s: %s", path, strerrordesc_np(errno));
	if (fd >= 0)
		(void)close(fd);
	return result;
}

static void path_free(char **path)
{
	mem_free(*path);
}

/* ---- the lock file ---- */

static int refuse_second(const char *data_dir, int fd, struct error *err)
{
	char text[NUM_I64_CHARS];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct str pid = str_trim((struct str){ text, n > 0 ? (size_t)n : 0 });

	if (pid.len == 0)
		return error_set(err, ERR_UNAVAILABLE,
				 "data directory %s is in use by another process", data_dir);
	return error_set(err, ERR_UNAVAILABLE, "data directory %s is in use by process " STR_FMT,
			 data_dir, STR_ARG(pid));
}

static int take_lock(struct catalog *c, struct error *err)
{
	char *path CLEANUP(path_free) = path_join(c->data_dir, STR("lock"), err);
	char text[NUM_I64_CHARS + 1];
	size_t len;

	if (!path)
		return -1;
	c->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock_fd < 0)
		return error_set(err, ERR_IO, "cannot open %s: %s", path, strerrordesc_np(errno));
	if (flock(c->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return refuse_second(c->data_dir, c->lock_fd, err);
		return error_set(err, ERR_IO, "cannot lock %s: %s", path, strerrordesc_np(errno));
	}
	len = num_format_i64(getpid(), text);
	text[len++] = '\n';
	if (ftruncate(c->lock_fd, 0) < 0 || pwrite(c->lock_fd, text, len, 0) != (ssize_t)len)
		return error_set(err, ERR_IO, "cannot write %s: %s", path, strerrordesc_np(errno));
	return 0;
}

/* ---- entries ---- */

/* Where a name is, or would be. */
static size_t find_slot_locked(const struct catalog *c, struct str name, bool *is_there)
{
	size_t low = 0, high = c->n_entries;

	mutex_assert_held(&c->lock);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (name_cmp(c->entries[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*is_there = low < c->n_entries && name_cmp(c->entries[low].name, name) == 0;
	return low;
}

/* What swap_in() needs, so that it cannot fail. */
static struct kept_name *prepare_entry(struct catalog *c, struct str name, struct error *err)
{
	struct kept_name *kept = mem_alloc(sizeof(*kept) + name.len + 1);
	bool has_room;

	if (!kept) {
		error_oom(err);
		return NULL;
	}
	memcpy(kept->text, name.ptr, name.len);
	mutex_lock(&c->lock);
	has_room = c->n_entries < c->cap_entries;
	if (!has_room) {
		size_t cap = MAX(c->cap_entries * 2, (size_t)16);
		struct catalog_entry *entries = mem_realloc(c->entries, cap * sizeof(*entries));

		has_room = entries != NULL;
		c->entries = entries ? entries : c->entries;
		c->cap_entries = entries ? cap : c->cap_entries;
	}
	mutex_unlock(&c->lock);
	if (!has_room) {
		mem_free(kept);
		error_oom(err);
		return NULL;
	}
	return kept;
}

/* Makes a table visible; returns the one that had the name, or NULL. */
static struct table *swap_in(struct catalog *c, struct table *t, struct kept_name *kept)
{
	struct table *old = NULL;
	bool is_there;
	size_t at;

	mutex_lock(&c->lock);
	at = find_slot_locked(c, t->name, &is_there);
	if (is_there) {
		old = c->entries[at].table;
	} else {
		memmove(&c->entries[at + 1], &c->entries[at],
			(c->n_entries - at) * sizeof(*c->entries));
		c->n_entries++;
	}
	c->entries[at] = (struct catalog_entry){ t, { kept->text, t->name.len } };
	kept->next = c->names;
	c->names = kept;
	mutex_unlock(&c->lock);
	return old;
}

struct table *catalog_find(struct catalog *c, struct str name)
{
	struct str prefix = STR("default.");
	struct table *found = NULL;
	bool is_there;
	size_t at;

	if (name.len > prefix.len && str_eq_nocase((struct str){ name.ptr, prefix.len }, prefix))
		name = (struct str){ name.ptr + prefix.len, name.len - prefix.len };
	mutex_lock(&c->lock);
	at = find_slot_locked(c, name, &is_there);
	if (is_there)
		found = table_ref(c->entries[at].table);
	mutex_unlock(&c->lock);
	return found;
}

struct str catalog_suggest(struct catalog *c, struct str name)
{
	struct str best = { 0 };
	size_t limit = MAX(name.len / 3, (size_t)2);

	mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n_entries; i++) {
		size_t distance = str_distance(name, c->entries[i].name, limit);

		/* Strictly nearer each time, and never a name that shares nothing. */
		if (distance <= limit && distance < MAX(name.len, c->entries[i].name.len)) {
			best = c->entries[i].name;
			if (distance == 0)
				break;
			limit = distance - 1;
		}
	}
	mutex_unlock(&c->lock);
	return best;
}

/* The first table whose name is above `after` (or the very first), referenced. */
static struct table *next_table(struct catalog *c, const struct table *after)
{
	struct table *next = NULL;
	bool is_there = false;
	size_t at = 0;

	mutex_lock(&c->lock);
	if (after)
		at = find_slot_locked(c, after->name, &is_there);
	if (is_there)
		at++;
	if (at < c->n_entries)
		next = table_ref(c->entries[at].table);
	mutex_unlock(&c->lock);
	return next;
}

void catalog_each(struct catalog *c, void (*fn)(const struct table *t, void *arg), void *arg)
{
	struct table *t = next_table(c, NULL);

	/* One look-up per table, so that fn runs without the lock. */
	while (t) {
		struct table *next;

		fn(t, arg);
		next = next_table(c, t);
		table_unref(&t);
		t = next;
	}
}

int catalog_register(struct catalog *c, struct table *t, struct error *err)
{
	struct table *same = catalog_find(c, t->name);
	struct kept_name *kept;

	if (same) {
		error_set(err, ERR_INTERNAL, "table " STR_FMT " is registered twice",
			  STR_ARG(t->name));
		table_unref(&same);
		table_unref(&t);
		return -1;
	}
	kept = prepare_entry(c, t->name, err);
	if (!kept) {
		table_unref(&t);
		return -1;
	}
	(void)swap_in(c, t, kept);
	return 0;
}

/* ---- loading ---- */

/* Opens the segments of a table, which are at least one longer than n; all or none. */
static int open_segments(const struct catalog *c, const struct catalog_table *t,
			 struct segment **segments, struct error *err)
{
	enum col_type *types = mem_alloc((t->n_columns + 1) * sizeof(*types));
	uint32_t n = 0;

	if (!types)
		return error_oom(err);
	for (uint32_t i = 0; i < t->n_columns; i++)
		types[i] = t->columns[i].type;
	for (; n < t->n_segments; n++) {
		char *path CLEANUP(path_free) =
			path_join(c->segments_dir, str_of(t->segments[n].file), err);

		if (!path || segment_open(path, t->segments[n].id, types, t->n_columns,
					  &segments[n], err) < 0)
			break;
		if (segments[n]->n_rows != t->segments[n].n_rows) {
			error_set(err, ERR_SEGMENT_DAMAGED,
				  "segment file %s has %u rows, the catalog says %u", path,
				  segments[n]->n_rows, t->segments[n].n_rows);
			segment_close(&segments[n]);
			break;
		}
	}
	mem_free(types);
	if (n == t->n_segments)
		return 0;
	while (n > 0)
		segment_close(&segments[--n]);
	return -1;
}

/* A table of the catalog with its segments mapped; NULL with *err. */
static struct table *open_table(const struct catalog *c, const struct catalog_table *row,
				struct error *err)
{
	struct segment **segments = mem_calloc(row->n_segments + 1, sizeof(struct segment *));
	struct table *t = NULL;

	if (!segments)
		error_oom(err);
	else if (open_segments(c, row, segments, err) == 0) {
		t = stored_table_new(row->name, row->columns, row->n_columns, segments,
				     row->n_segments, err);
		for (uint32_t i = 0; !t && i < row->n_segments; i++)
			segment_close(&segments[i]);
	}
	mem_free(segments);
	if (!t)
		error_prefix(err, "table " STR_FMT, STR_ARG(row->name));
	return t;
}

/* Stands for a table that open_table() found damaged; *err has the reason, and another if NULL. */
static struct table *break_table(const struct catalog *c, const struct catalog_table *row,
				 struct error *err)
{
	struct table *t = broken_table_new(row->name, row->columns, row->n_columns, err->msg, err);

	for (uint32_t i = 0; t && i < row->n_segments; i++) {
		char *path = path_join(c->segments_dir, str_of(row->segments[i].file), err);

		if (!path || broken_table_add_file(t, path, err) < 0)
			table_unref(&t);
	}
	return t;
}

static int load_table(const struct catalog_table *row, void *arg, struct error *err)
{
	struct catalog *c = arg;
	struct table *t = open_table(c, row, err);

	/* Only damage is the table's own affair; without memory or rights no table is safe. */
	if (!t && err->code == ERR_SEGMENT_DAMAGED) {
		t = break_table(c, row, err);
		if (t)
			error_clear(err);
	}
	return t ? catalog_register(c, t, err) : -1;
}

/* ---- files that nobody knows ---- */

/* The path of a table's i-th file; NULL behind the last. */
static const char *file_of(const struct table *t, uint32_t i)
{
	uint32_t n;
	struct segment *const *segments = stored_table_segments(t, &n);

	return i < n ? segments[i]->path : broken_table_file(t, i);
}

static int known_files(const struct catalog *c, struct map *known, struct error *err)
{
	for (size_t i = 0; i < c->n_entries; i++) {
		struct table *t = c->entries[i].table;
		const char *path;

		for (uint32_t k = 0; (path = file_of(t, k)); k++)
			if (map_put(known, str_of(path), t) < 0)
				return error_oom(err);
	}
	return 0;
}

static bool has_suffix(const char *name, struct str suffix)
{
	size_t len = strlen(name);

	return len > suffix.len && memcmp(name + len - suffix.len, suffix.ptr, suffix.len) == 0;
}

/* Files that cannot be removed are no reason not to start. */
static int clean_dir(const char *dir, const void *arg, struct error *err)
{
	const struct map *known = arg;
	DIR *d = opendir(dir);
	int result = 0;

	while (d && result == 0) {
		const struct dirent *entry =
			readdir(d); // NOLINT(concurrency-mt-unsafe): own stream
		char *path CLEANUP(path_free) = NULL;

		if (!entry)
			break;
		if (!has_suffix(entry->d_name, STR(".seg")) &&
		    !has_suffix(entry->d_name, STR(".tmp")))
			continue;
		path = path_join(dir, str_of(entry->d_name), err);
		if (!path)
			result = -1;
		else if (!map_find(known, str_of(path)))
			(void)unlink(path);
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(dir); /* succeeds for empty folders only */
	return result;
}

typedef int table_dir_fn(const char *dir, const void *arg, struct error *err);

/* Calls fn for each folder of a table; stops at the first failure. */
static int each_table_dir(const struct catalog *c, table_dir_fn *fn, const void *arg,
			  struct error *err)
{
	DIR *d = opendir(c->segments_dir);
	int result = 0;

	while (d && result == 0) {
		const struct dirent *entry =
			readdir(d); // NOLINT(concurrency-mt-unsafe): own stream
		char *path CLEANUP(path_free) = NULL;

		if (!entry)
			break;
		if (entry->d_name[0] == '.')
			continue;
		path = path_join(c->segments_dir, str_of(entry->d_name), err);
		result = path ? fn(path, arg, err) : -1;
	}
	if (d)
		(void)closedir(d);
	return result;
}

static int remove_unknown_files(const struct catalog *c, struct error *err)
{
	struct map known CLEANUP(map_fini) = { 0 };

	if (known_files(c, &known, err) < 0)
		return -1;
	return each_table_dir(c, clean_dir, &known, err);
}

static int fail_if_segments(const char *dir, const void *arg, struct error *err)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool is_found = false;

	while (d && !is_found && (entry = readdir(d))) // NOLINT(concurrency-mt-unsafe): own stream
		is_found = has_suffix(entry->d_name, STR(".seg"));
	if (d)
		(void)closedir(d);
	if (!is_found)
		return 0;
	return error_set(err, ERR_IO,
			 "%s is missing or empty, but %s holds a table: put it back, or move that "
			 "folder away",
			 (const char *)arg, dir);
}

/* A new catalog knows no files, so that all would be removed as left over. */
static int check_not_lost(const struct catalog *c, const char *db_path, struct error *err)
{
	struct stat st;

	if (stat(db_path, &st) == 0 && st.st_size > 0)
		return 0;
	return each_table_dir(c, fail_if_segments, db_path, err);
}

/* ---- open and close ---- */

static int open_files(struct catalog *c, struct error *err)
{
	char *db_path CLEANUP(path_free) = path_join(c->data_dir, STR("catalog.db"), err);

	if (!db_path || make_dir(c->segments_dir, err) < 0 || check_not_lost(c, db_path, err) < 0 ||
	    catalog_db_open(db_path, &c->db, err) < 0 || sync_dir(c->data_dir, err) < 0 ||
	    catalog_db_each(c->db, load_table, c, err) < 0)
		return -1;
	return remove_unknown_files(c, err);
}

int catalog_open(const char *data_dir, struct catalog **out, struct error *err)
{
	struct catalog *c = mem_calloc(1, sizeof(*c));

	if (!c)
		return error_oom(err);
	mutex_init(&c->lock, MUTEX_RANK_CATALOG);
	c->lock_fd = -1;
	c->data_dir = mem_strndup(data_dir, strlen(data_dir));
	if (!c->data_dir)
		error_oom(err);
	else
		c->segments_dir = path_join(data_dir, STR("segments"), err);
	if (c->segments_dir && make_dir(data_dir, err) == 0 && take_lock(c, err) == 0 &&
	    open_files(c, err) == 0) {
		*out = c;
		return 0;
	}
	catalog_close(&c);
	return -1;
}

void catalog_close(struct catalog **cp)
{
	struct catalog *c = *cp;

	if (!c)
		return;
	*cp = NULL;
	for (size_t i = 0; i < c->n_entries; i++)
		table_unref(&c->entries[i].table);
	mem_free(c->entries);
	while (c->names) {
		struct kept_name *next = c->names->next;

		mem_free(c->names);
		c->names = next;
	}
	catalog_db_close(&c->db);
	if (c->lock_fd >= 0)
		(void)close(c->lock_fd);
	mutex_fini(&c->lock);
	mem_free(c->segments_dir);
	mem_free(c->data_dir);
	mem_free(c);
}

const char *catalog_data_dir(const struct catalog *c)
{
	return c->data_dir;
}

/* ---- publishing ---- */

int catalog_table_dir(struct catalog *c, struct str name, char **path, struct error *err)
{
	char *dir;

	if (catalog_check_name(name, err) < 0)
		return -1;
	dir = path_join(c->segments_dir, name, err);
	if (!dir)
		return -1;
	if (make_dir(dir, err) < 0) {
		mem_free(dir);
		return -1;
	}
	*path = dir;
	return 0;
}

/* Gives a finished file its final name and fills its row. */
static int adopt_file(const struct catalog *c, struct str table, struct segment_file *file,
		      struct catalog_segment *row, struct error *err)
{
	struct strbuf name = STRBUF_INIT;
	char *path CLEANUP(path_free) = NULL;
	size_t len;

	strbuf_printf(&name, STR_FMT "/%llu.seg", STR_ARG(table), (unsigned long long)row->id);
	row->file = strbuf_take(&name, &len);
	if (!row->file)
		return error_oom(err);
	row->n_rows = file->n_rows;
	row->bytes = file->bytes;
	path = path_join(c->segments_dir, str_of(row->file), err);
	if (!path)
		return -1;
	if (rename(file->path, path) < 0)
		return error_set(err, ERR_IO, "cannot rename %s to %s: %s", file->path, path,
				 strerrordesc_np(errno));
	mem_free(file->path);
	file->path = NULL;
	return 0;
}

static void free_rows(struct catalog_table *t)
{
	for (uint32_t i = 0; i < t->n_segments; i++)
		mem_free(t->segments[i].file);
	mem_free(t->segments);
}

static void remove_file(const struct catalog *c, const char *file)
{
	struct error ignored;
	char *path CLEANUP(path_free) = path_join(c->segments_dir, str_of(file), &ignored);

	if (path)
		(void)unlink(path);
}

/* Renames the files; row->n_segments counts those that were touched. */
static int adopt_files(const struct catalog *c, struct segment_writer *w, struct catalog_table *row,
		       struct error *err)
{
	uint32_t n_files;
	struct segment_file *files = segment_writer_files(w, &n_files);
	uint64_t id;

	row->segments = mem_calloc(n_files + 1, sizeof(*row->segments));
	if (!row->segments)
		return error_oom(err);
	if (catalog_db_next_segment(c->db, &id, err) < 0)
		return -1;
	for (uint32_t i = 0; i < n_files; i++) {
		row->segments[i].id = id + i;
		row->n_segments = i + 1;
		if (adopt_file(c, row->name, &files[i], &row->segments[i], err) < 0)
			return -1;
	}
	return 0;
}

static int sync_files(const struct catalog *c, struct str name, struct error *err)
{
	char *dir CLEANUP(path_free) = path_join(c->segments_dir, name, err);

	if (!dir || sync_dir(dir, err) < 0)
		return -1;
	return sync_dir(c->segments_dir, err);
}

/* All that can fail, ending with the commit. */
static int publish(struct catalog *c, struct segment_writer *w, struct catalog_table *row,
		   struct table **t, struct kept_name **kept, struct error *err)
{
	if (adopt_files(c, w, row, err) < 0)
		return -1;
	*t = open_table(c, row, err);
	if (!*t)
		return -1;
	*kept = prepare_entry(c, row->name, err);
	if (!*kept || sync_files(c, row->name, err) < 0 || catalog_db_put(c->db, row, err) < 0)
		return -1;
	return catalog_db_commit(c->db, err);
}

static void remove_old_table(struct catalog *c, struct table *old)
{
	const char *path;
	uint32_t n = 0;

	for (; (path = file_of(old, n)); n++)
		(void)unlink(path);
	/* Under another spelling the old table had a folder of its own. */
	if (n > 0) {
		struct error ignored;
		char *dir CLEANUP(path_free) = path_join(c->segments_dir, old->name, &ignored);

		if (dir)
			(void)rmdir(dir);
	}
	table_unref(&old);
}

static int check_replaceable(struct catalog *c, struct str name, struct error *err)
{
	struct table *old = catalog_find(c, name);
	bool is_system = old && old->is_system;

	table_unref(&old);
	if (is_system)
		return error_set(err, ERR_BAD_REQUEST, "table " STR_FMT " cannot be replaced",
				 STR_ARG(name));
	return catalog_check_name(name, err);
}

int catalog_publish(struct catalog *c, struct str name, const struct table_column *columns,
		    uint32_t n_columns, struct segment_writer *segments, struct error *err)
{
	struct catalog_table row = { .name = name,
				     .created_ms = clock_wall_ms(),
				     .columns = columns,
				     .n_columns = n_columns };
	struct kept_name *kept = NULL;
	struct table *t = NULL;
	int result;

	if (check_replaceable(c, name, err) < 0 || catalog_db_begin(c->db, err) < 0)
		return -1;
	result = publish(c, segments, &row, &t, &kept, err);
	if (result == 0) {
		struct table *old = swap_in(c, t, kept);

		if (old)
			remove_old_table(c, old);
	} else {
		catalog_db_rollback(c->db);
		table_unref(&t);
		mem_free(kept);
		for (uint32_t i = 0; i < row.n_segments; i++)
			if (row.segments[i].file)
				remove_file(c, row.segments[i].file);
	}
	free_rows(&row);
	return result;
}
