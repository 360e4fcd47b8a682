/*
 * csv.c - see csv.h.
 *
 * The text is looked at 64 bytes at a time: one comparison per 16 bytes gives a
 * bit for each separator, CR and LF, and the parser hops from bit to bit.  A
 * field that begins with a quote is handled by memchr() instead, after which
 * the bits are taken up again behind it.
 *
 * A row that is cut by the end of the buffer is parsed again from its start
 * when more text is there.
 */
#include "broker/table/csv.h"

#include <emmintrin.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/mem.h"

#define PAD           64     /* readable bytes behind the text */
#define FIELDS_CAP    16384u /* of one call: they should stay in the cache */
#define ROW_BYTES_MAX ((size_t)1 << 30)
/* A value made of quotes, between quotes, and what must be seen behind it. */
#define FIELD_TEXT_MAX (2 * CSV_FIELD_BYTES_MAX + 4)
#define ESCAPED        0x80000000u /* in csv_field.len while a row is parsed: holds "" */

_Static_assert(FIELDS_CAP >= CSV_FIELDS_MAX, "a row fits");

struct csv_reader {
	int fd;
	char *name; /* for messages */
	char separator;
	bool at_eof; /* nothing more to read */
	char *buf;
	char *unescaped; /* values with "" in them, where they are in buf; NULL until needed */
	size_t cap, end; /* bytes of text in buf */
	size_t pos;      /* the next row */
	uint64_t line;   /* of pos */
	uint64_t bytes_read, bytes_total;
	uint32_t n_fields;        /* 0 until the header was read */
	struct csv_field *fields; /* FIELDS_CAP */
	uint32_t starts[CSV_ROWS_MAX];
	uint64_t lines[CSV_ROWS_MAX];
};

/* ---- errors ---- */

struct place {
	uint64_t line;
	size_t column; /* in characters, from 1 */
};

/* The place of a byte, given a place where a line is known to begin. */
static struct place find_place(const char *text, size_t start, uint64_t line, size_t at)
{
	struct place place = { .line = line };
	size_t line_start = start;

	for (size_t i = start; i < at; i++) {
		if (text[i] == '\n') {
			place.line++;
			line_start = i + 1;
		}
	}
	place.column = str_utf8_length((struct str){ text + line_start, at - line_start }) + 1;
	return place;
}

/*
 * Writes text that quotes the file, with escapes for what a terminal would act
 * on.  Text that does not fit is cut.
 */
static void show(struct str text, char *out, size_t cap)
{
	static const char from[] = "\n\r\t", to[] = "nrt";
	size_t n = 0, left = 0; /* left: bytes of a control character */

	for (size_t i = 0; i < text.len && n + sizeof("\\xff") <= cap; i++) {
		char ch = text.ptr[i];
		const char *at = ch == '\0' ? NULL : strchr(from, ch);

		if (left == 0)
			left = str_control_length((struct str){ text.ptr + i, text.len - i });
		if (left == 0)
			out[n++] = ch;
		else if (at)
			n += (size_t)snprintf(out + n, cap - n, "\\%c", to[at - from]);
		else
			n += (size_t)snprintf(out + n, cap - n, "\\x%02x", (unsigned char)ch);
		left -= left > 0;
	}
	out[n] = '\0';
}

PRINTF_LIKE(4, 0)
static int error_at(const struct csv_reader *r, struct place place, struct error *err,
		    const char *fmt, va_list ap)
{
	char msg[512], shown[sizeof(((struct error *)0)->msg)];

	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	show(str_of(msg), shown, sizeof(shown));
	return error_set(err, ERR_IMPORT, "%s:%llu:%zu: %s", r->name,
			 (unsigned long long)place.line, place.column, shown);
}

/* An error at a byte of the row that begins at r->pos. */
PRINTF_LIKE(4, 5)
static int fail_at(const struct csv_reader *r, size_t at, struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_at(r, find_place(r->buf, r->pos, r->line, at), err, fmt, ap);
	va_end(ap);
	return -1;
}

int csv_error(const struct csv_reader *r, const struct csv_rows *rows, uint32_t row, uint32_t field,
	      struct error *err, const char *fmt, ...)
{
	const struct csv_field *f = &rows->fields[(size_t)row * rows->n_fields + field];
	va_list ap;

	va_start(ap, fmt);
	error_at(r, find_place(rows->text, rows->starts[row], rows->lines[row], f->raw), err, fmt,
		 ap);
	va_end(ap);
	return -1;
}

/* ---- separators and line ends ---- */

struct marks {
	const char *buf;
	size_t block;  /* the 64 bytes that bits stands for */
	uint64_t bits; /* not yet consumed */
	__m128i separator, cr, lf;
};

static uint64_t marks_of(const struct marks *m, size_t block)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < 64; i += 16) {
		__m128i text = _mm_loadu_si128((const __m128i *)(const void *)(m->buf + block + i));
		__m128i hits = _mm_or_si128(
			_mm_cmpeq_epi8(text, m->separator),
			_mm_or_si128(_mm_cmpeq_epi8(text, m->cr), _mm_cmpeq_epi8(text, m->lf)));

		bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(hits) << i;
	}
	return bits;
}

static void marks_seek(struct marks *m, size_t pos)
{
	if (m->block != pos / 64 * 64) {
		m->block = pos / 64 * 64;
		m->bits = marks_of(m, m->block);
	}
	m->bits &= ~UINT64_C(0) << (pos % 64);
}

static struct marks marks_start(const char *buf, char separator, size_t pos)
{
	struct marks m = { .buf = buf,
			   .block = SIZE_MAX,
			   .separator = _mm_set1_epi8(separator),
			   .cr = _mm_set1_epi8('\r'),
			   .lf = _mm_set1_epi8('\n') };

	marks_seek(&m, pos);
	return m;
}

/* The next mark, which is consumed; at least `end` when there is none before. */
static inline size_t marks_next(struct marks *m, size_t end)
{
	while (m->bits == 0) {
		m->block += 64;
		if (m->block >= end)
			return end;
		m->bits = marks_of(m, m->block);
	}
	size_t at = m->block + (size_t)__builtin_ctzll(m->bits);

	m->bits &= m->bits - 1;
	return at;
}

/* ---- one row ---- */

enum row_result { ROW_WHOLE, ROW_CUT, ROW_FAILED };

struct row_parse {
	struct csv_reader *r;
	struct marks marks;
	struct error *err;
	struct csv_field *fields; /* of this row */
	uint32_t n;               /* fields so far */
	uint32_t room;            /* in fields */
	uint64_t n_lines;         /* line ends inside quotes */
	bool has_escapes;
	size_t pos; /* behind the last field */
};

static enum row_result too_long(const struct row_parse *p, size_t from)
{
	fail_at(p->r, from, p->err, "the value that begins here is longer than 1 MiB%s",
		p->r->buf[from] == '"' ? " (is its closing quote missing?)" : "");
	return ROW_FAILED;
}

static enum row_result put_field(struct row_parse *p, size_t from, size_t raw, size_t len,
				 uint32_t flags)
{
	/* With "" in it a value is shorter than its text; unescape() looks again. */
	if (UNLIKELY(len > CSV_FIELD_BYTES_MAX << (flags == ESCAPED)))
		return too_long(p, raw);
	if (LIKELY(p->n < p->room))
		p->fields[p->n] = (struct csv_field){ p->r->buf + from, (uint32_t)len | flags,
						      (uint32_t)raw };
	p->n++;
	return ROW_WHOLE;
}

/* What to do at the end of the text: the end of the last row, or the need for more. */
static enum row_result at_end(const struct row_parse *p, size_t from)
{
	if (p->r->at_eof)
		return ROW_WHOLE;
	return p->r->end - from > FIELD_TEXT_MAX ? too_long(p, from) : ROW_CUT;
}

/*
 * A CR belongs to a line end: another one is data that was meant for quotes, or
 * a file whose lines end in CR alone, which would be one long header.
 */
static enum row_result lone_cr(const struct row_parse *p, size_t at)
{
	fail_at(p->r, at, p->err,
		"CR without LF: a value with CR in it needs quotes, and a file whose lines end in "
		"CR alone has to be converted");
	return ROW_FAILED;
}

/* Finds the end of a field without quotes, and where the next one begins. */
static enum row_result plain_end(struct row_parse *p, size_t from, size_t *to, bool *is_last)
{
	const char *buf = p->r->buf;
	size_t end = p->r->end, next;

	*to = next = marks_next(&p->marks, end);
	/* At the very end of a file a CR is half of a line end. */
	if (next < end && buf[next] == '\r') {
		next++;
		if (next < end && buf[next] != '\n')
			return lone_cr(p, *to);
		if (next < end)
			(void)marks_next(&p->marks, end);
	}
	if (UNLIKELY(next >= end)) {
		enum row_result result = at_end(p, from);

		if (result != ROW_WHOLE)
			return result;
	}
	*to = MIN(*to, end);
	*is_last = next >= end || buf[next] == '\n';
	p->pos = MIN(next + 1, end);
	return ROW_WHOLE;
}

static enum row_result plain_field(struct row_parse *p, size_t from, bool *is_last)
{
	enum row_result result;
	size_t to, len;

	result = plain_end(p, from, &to, is_last);
	if (UNLIKELY(result != ROW_WHOLE))
		return result;
	len = to - from;
	result = put_field(p, from, from, len, 0);
	/* Nothing between two separators: NULL. */
	if (len == 0 && p->n <= p->room)
		p->fields[p->n - 1].ptr = NULL;
	return result;
}

/* The index of the closing quote, or `end` when it is not there. */
static size_t find_closing_quote(struct row_parse *p, size_t from, uint32_t *flags)
{
	const char *buf = p->r->buf;
	size_t end = p->r->end;

	for (;;) {
		const char *quote = memchr(buf + from, '"', end - from);

		if (!quote)
			return end;
		from = (size_t)(quote - buf) + 1;
		/* At the end of the text it is not known yet whether another follows. */
		if (from == end && !p->r->at_eof)
			return end;
		if (from == end || buf[from] != '"')
			return from - 1;
		*flags = ESCAPED;
		from++;
	}
}

static void count_lines(struct row_parse *p, size_t from, size_t to)
{
	const char *at = p->r->buf + from, *end = p->r->buf + to;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		p->n_lines++;
		at++;
	}
}

static enum row_result quoted_field(struct row_parse *p, size_t from, bool *is_last)
{
	const char *buf = p->r->buf;
	uint32_t flags = 0;
	size_t end = p->r->end, quote = find_closing_quote(p, from + 1, &flags), next;

	if (quote == end) {
		enum row_result result = at_end(p, from);

		if (result == ROW_WHOLE) {
			fail_at(p->r, from, p->err, "the quote that begins here is never closed");
			return ROW_FAILED;
		}
		return result;
	}
	next = quote + 1;
	if (next + (buf[next] == '\r') >= end && !p->r->at_eof)
		return at_end(p, from);
	if (next < end && buf[next] == '\r') {
		next++;
		if (next < end && buf[next] != '\n')
			return lone_cr(p, next - 1);
	}
	if (next < end && buf[next] != p->r->separator && buf[next] != '\n') {
		fail_at(p->r, next, p->err,
			"text follows a closing quote (a quote inside quotes is written \"\")");
		return ROW_FAILED;
	}
	*is_last = next >= end || buf[next] == '\n';
	p->pos = MIN(next + 1, end);
	p->has_escapes |= flags != 0;
	marks_seek(&p->marks, p->pos);
	count_lines(p, from + 1, quote);
	return put_field(p, from + 1, from, quote - from - 1, flags);
}

static enum row_result parse_fields(struct row_parse *p)
{
	enum row_result result;
	bool is_last = false;

	do {
		size_t from = p->pos;

		result = from < p->r->end && p->r->buf[from] == '"'
				 ? quoted_field(p, from, &is_last)
				 : plain_field(p, from, &is_last);
	} while (result == ROW_WHOLE && !is_last);
	return result;
}

/* "" becomes ", beside the text, which error messages may still need. */
static enum row_result unescape(const struct row_parse *p, struct csv_field *f)
{
	const char *from = f->ptr, *end = from + (f->len & ~ESCAPED);
	char *start = p->r->unescaped + (from - p->r->buf), *to = start;

	while (from < end) {
		*to++ = *from;
		from += *from == '"' ? 2 : 1;
	}
	f->ptr = start;
	f->len = (uint32_t)(to - start);
	return f->len > CSV_FIELD_BYTES_MAX ? too_long(p, f->raw) : ROW_WHOLE;
}

static enum row_result unescape_fields(const struct row_parse *p)
{
	struct csv_reader *r = p->r;

	if (!r->unescaped)
		r->unescaped = mem_alloc(r->cap);
	if (!r->unescaped) {
		error_oom(p->err);
		return ROW_FAILED;
	}
	for (uint32_t i = 0; i < p->n; i++)
		if (p->fields[i].len & ESCAPED && unescape(p, &p->fields[i]) != ROW_WHOLE)
			return ROW_FAILED;
	return ROW_WHOLE;
}

static enum row_result wrong_length(const struct row_parse *p)
{
	if (p->n > CSV_FIELDS_MAX && p->r->n_fields == 0)
		fail_at(p->r, p->r->pos, p->err, "%u columns; at most %d are possible", p->n,
			CSV_FIELDS_MAX);
	else
		fail_at(p->r, p->r->pos, p->err, "the row has %u field%s, the header has %u", p->n,
			p->n == 1 ? "" : "s", p->r->n_fields);
	return ROW_FAILED;
}

/* Nothing but a line end: no row, unless rows have one field, which is then NULL. */
static bool is_blank(const struct row_parse *p)
{
	return p->n == 1 && !p->fields[0].ptr && p->r->n_fields > 1;
}

/*
 * Parses the row at r->pos into fields and moves on; *n_rows grows unless the
 * row was blank.
 */
static enum row_result parse_row(struct row_parse *p, uint32_t *n_rows)
{
	struct csv_reader *r = p->r;
	enum row_result result;

	p->fields = r->fields + (size_t)*n_rows * r->n_fields;
	p->room = FIELDS_CAP - *n_rows * r->n_fields;
	p->n = 0;
	p->n_lines = 0;
	p->has_escapes = false;
	p->pos = r->pos;
	result = parse_fields(p);
	if (result != ROW_WHOLE)
		return result;
	if (!is_blank(p)) {
		if (UNLIKELY(p->n > CSV_FIELDS_MAX || (r->n_fields > 0 && p->n != r->n_fields)))
			return wrong_length(p);
		r->n_fields = p->n;
		if (p->has_escapes && unescape_fields(p) != ROW_WHOLE)
			return ROW_FAILED;
		r->starts[*n_rows] = (uint32_t)r->pos;
		r->lines[*n_rows] = r->line;
		++*n_rows;
	}
	r->pos = p->pos;
	r->line += p->n_lines + 1;
	return ROW_WHOLE;
}

/* ---- the buffer ---- */

/* Moves the unparsed rest to the front and reads behind it. */
static int refill(struct csv_reader *r, struct error *err)
{
	size_t rest = r->end - r->pos;
	ssize_t n;

	if (rest > ROW_BYTES_MAX)
		return fail_at(r, r->pos, err, "the row that begins here is longer than 1 GiB");
	if (rest > 0 && r->pos > 0)
		memmove(r->buf, r->buf + r->pos, rest);
	r->pos = 0;
	r->end = rest;
	if (rest > r->cap / 2) {
		char *buf = mem_realloc(r->buf, r->cap * 2 + PAD);

		if (!buf)
			return error_oom(err);
		r->buf = buf;
		r->cap *= 2;
		mem_free(r->unescaped);
		r->unescaped = NULL;
	}
	do {
		n = read(r->fd, r->buf + r->end, r->cap - r->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set(err, ERR_IO, "cannot read %s: %s", r->name,
				 strerrordesc_np(errno));
	r->at_eof = n == 0;
	r->end += (size_t)n;
	r->bytes_read += (uint64_t)n;
	memset(r->buf + r->end, 0, PAD);
	return 0;
}

/* ---- checks of the text as a whole ---- */

/* The text of the rows from `start` on; the first begins in `line`. */
static int check_text(const struct csv_reader *r, size_t start, uint64_t line, struct error *err)
{
	struct str text = { r->buf + start, r->pos - start };
	const char *nul = text.len > 0 ? memchr(text.ptr, 0, text.len) : NULL;
	size_t at = nul ? (size_t)(nul - text.ptr) : 0;
	bool is_nul = nul != NULL;
	struct place place;

	if (!is_nul && str_utf8_valid(text, &at))
		return 0;
	place = find_place(r->buf, start, line, start + at);
	if (is_nul)
		return error_set(err, ERR_IMPORT, "%s:%llu:%zu: NUL byte", r->name,
				 (unsigned long long)place.line, place.column);
	return error_set(err, ERR_IMPORT, "%s:%llu:%zu: ill-formed UTF-8 (byte 0x%02x)", r->name,
			 (unsigned long long)place.line, place.column, (unsigned char)text.ptr[at]);
}

/* ---- the reader ---- */

/* Parses rows until max_rows, or the end of what is in the buffer. */
static int parse_buffer(struct csv_reader *r, uint32_t max_rows, uint32_t *n_rows,
			struct error *err)
{
	struct row_parse p = { .r = r,
			       .err = err,
			       .marks = marks_start(r->buf, r->separator, r->pos) };

	*n_rows = 0;
	while (*n_rows < max_rows && r->pos < r->end) {
		switch (parse_row(&p, n_rows)) {
		case ROW_WHOLE:
			break;
		case ROW_CUT:
			return 0;
		case ROW_FAILED:
			return -1;
		}
	}
	return 0;
}

static int read_some(struct csv_reader *r, uint32_t max_rows, struct csv_rows *out,
		     struct error *err)
{
	uint32_t n_rows;
	uint64_t line;
	size_t start;

	do {
		/* The rest of a cut row is at r->pos; a full buffer of rows is parsed first. */
		start = r->pos;
		line = r->line;
		if (parse_buffer(r, max_rows, &n_rows, err) < 0 ||
		    check_text(r, start, line, err) < 0)
			return -1;
		if (n_rows == 0 && !r->at_eof && refill(r, err) < 0)
			return -1;
	} while (n_rows == 0 && (r->pos < r->end || !r->at_eof));
	*out = (struct csv_rows){ .n_rows = n_rows,
				  .n_fields = r->n_fields,
				  .fields = r->fields,
				  .text = r->buf,
				  .starts = r->starts,
				  .lines = r->lines,
				  .end = (uint32_t)r->pos };
	return 0;
}

int csv_read_rows(struct csv_reader *r, uint32_t max_rows, struct csv_rows *out, struct error *err)
{
	uint32_t room = MIN(FIELDS_CAP / r->n_fields, (uint32_t)CSV_ROWS_MAX);

	return read_some(r, MIN(max_rows, room), out, err);
}

static void skip_byte_order_mark(struct csv_reader *r)
{
	if (r->end >= 3 && memcmp(r->buf, "\xef\xbb\xbf", 3) == 0)
		r->pos = 3;
}

/* Reads until the buffer holds three bytes, so that a mark is seen whole. */
static int read_beginning(struct csv_reader *r, struct error *err)
{
	while (r->end < 3 && !r->at_eof)
		if (refill(r, err) < 0)
			return -1;
	skip_byte_order_mark(r);
	return 0;
}

int csv_read_header(struct csv_reader *r, struct csv_rows *out, struct error *err)
{
	if (read_beginning(r, err) < 0 || read_some(r, 1, out, err) < 0)
		return -1;
	if (out->n_rows == 0)
		return error_set(err, ERR_IMPORT,
				 "%s is empty: its first line must name the columns", r->name);
	return 0;
}

static int open_input(struct csv_reader *r, const char *path, bool is_stdin, struct error *err)
{
	struct stat st;

	r->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0 || fstat(r->fd, &st) < 0)
		return error_set(err, ERR_IO, "cannot open %s: %s", path, strerrordesc_np(errno));
	if (S_ISDIR(st.st_mode))
		return error_set(err, ERR_IO, "cannot read %s: it is a folder", path);
	r->bytes_total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

int csv_open(const char *path, char separator, struct csv_reader **out, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct csv_reader *r = mem_calloc(1, sizeof(*r));

	if (!r)
		return error_oom(err);
	r->separator = separator;
	r->line = 1;
	r->cap = CSV_READ_BYTES;
	r->fd = -1;
	r->name = mem_strndup(is_stdin ? "standard input" : path,
			      strlen(is_stdin ? "standard input" : path));
	r->buf = mem_calloc(1, r->cap + PAD);
	r->fields = mem_alloc(FIELDS_CAP * sizeof(*r->fields));
	if (!r->name || !r->buf || !r->fields) {
		csv_close(&r);
		return error_oom(err);
	}
	if (open_input(r, path, is_stdin, err) < 0) {
		csv_close(&r);
		return -1;
	}
	*out = r;
	return 0;
}

uint64_t csv_bytes_read(const struct csv_reader *r)
{
	return r->bytes_read - (r->end - r->pos);
}

uint64_t csv_bytes_total(const struct csv_reader *r)
{
	return r->bytes_total;
}

void csv_close(struct csv_reader **rp)
{
	struct csv_reader *r = *rp;

	if (!r)
		return;
	*rp = NULL;
	if (r->fd >= 0 && r->fd != STDIN_FILENO)
		(void)close(r->fd);
	mem_free(r->name);
	mem_free(r->buf);
	mem_free(r->unescaped);
	mem_free(r->fields);
	mem_free(r);
}
