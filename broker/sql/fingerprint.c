/*
 * fingerprint.c - statements that differ in values only, by one text and one hash.
 *
 * Blanks can come in runs only inside quotes, which Pinot does not look for: it
 * makes them one blank all the same.
 */
#include "broker/sql/sql.h"
#include "common/base/farmhash.h"

/* Bytes between two looks at the token. */
#define PIECE ((size_t)64 * 1024)

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* In place; none at the beginning, one at the end if there was any. */
static int squeeze_blanks(struct strbuf *text, struct coop *coop, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++) {
		bool is_run = n == 0 || text->ptr[n - 1] == ' ';

		if (!is_blank(text->ptr[i]))
			text->ptr[n++] = text->ptr[i];
		else if (!is_run)
			text->ptr[n++] = ' ';
		if (i % PIECE != PIECE - 1)
			continue;
		coop_pay(coop, COOP_BYTES(PIECE));
		if (coop_point(coop, err) < 0)
			return -1;
	}
	text->len = n;
	text->ptr[n] = '\0';
	return 0;
}

static int hash(struct str text, char out[SQL_HASH_SIZE], struct coop *coop, struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	struct farmhash h;
	uint64_t value;

	farmhash_init(&h, text);
	while (!farmhash_step(&h, PIECE)) {
		coop_pay(coop, COOP_BYTES(PIECE));
		if (coop_point(coop, err) < 0)
			return -1;
	}
	value = farmhash_value(&h);
	for (unsigned i = 0; i < 16; i += 2, value >>= 8) {
		out[i] = digits[value >> 4 & 15];
		out[i + 1] = digits[value & 15];
	}
	out[SQL_HASH_SIZE - 1] = '\0';
	return 0;
}

int sql_fingerprint(const struct ast_stmt *stmt, size_t max_bytes, struct coop *coop,
		    struct strbuf *text, char hash_text[SQL_HASH_SIZE], struct error *err)
{
	if (sql_print_stmt(stmt, SQL_FINGERPRINT, max_bytes, coop, text, err) < 0 ||
	    squeeze_blanks(text, coop, err) < 0)
		return -1;
	return hash(strbuf_str(text), hash_text, coop, err);
}
