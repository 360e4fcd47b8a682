/*
 * responses.h - a store in a folder of its own, responses whose rows are known
 * by their number, and the store's calls with their answers waited for.
 *
 * Row n of every response is (n * 7919, "row n of <request id>", n / 2 or NULL):
 * what a page holds can be checked without keeping what was written.
 */
#ifndef TESTS_SUPPORT_STORE_RESPONSES_H
#define TESTS_SUPPORT_STORE_RESPONSES_H

#include "broker/store/store.h"
#include "common/base/error.h"

/** For callbacks: a flag that is waited for. */
struct latch {
	struct mutex lock;
	struct cond cond;
	int n;
};

void latch_init(struct latch *l);
void latch_fini(struct latch *l);
void latch_post(struct latch *l);
void latch_wait(struct latch *l);

struct responses {
	char dir[64];
	char path[96];
	struct store_options options;
	struct store *store;
	struct error err;
	struct mem_account account; /* what the rows of pages take */
	struct store_page *page;    /* read last; one thread at a time reads pages */
	struct latch page_is_read;
};

/** Makes a folder and opens a store in it; nothing is swept by itself. */
void responses_init(struct responses *r);
void responses_open(struct responses *r);
void responses_close(struct responses *r);
/** Closes, and removes the folder. */
void responses_fini(struct responses *r);

/** Milliseconds from now, wall clock. */
int64_t responses_in_ms(int64_t ms);

/** Encodes rows [from, to) of response `id`. */
int responses_block(const char *id, int64_t from, int64_t to, struct strbuf *out,
		    struct error *err);

/** Begins a response with the three columns. */
struct store_write *responses_begin(struct responses *r, const char *id, int64_t expiration_ms,
				    struct error *err);

/** Writes n_rows rows in blocks of block_rows and commits; 0 or -1 with *err. */
int responses_write(struct responses *r, const char *id, int64_t n_rows, uint32_t block_rows,
		    int64_t expiration_ms, struct error *err);

/** Commits and waits: 0, or -1 with *err.  token as for store_write_commit(). */
int responses_commit(struct store_write *w, const struct token *token, struct error *err);

/** The first piece of a page; the result is in page->result.  NULL when it could not be asked for. */
struct store_page *responses_page(struct responses *r, const char *id, int64_t offset,
				  int64_t n_rows);

/** Its next piece, which follows the last one.  False when there is none, or the last one failed. */
bool responses_read_on(struct responses *r, struct store_page *page);

/** Reads the page to its end, or until a piece cannot be read; all rows that come are right. */
enum error_code responses_read_all(struct responses *r, struct store_page *page, const char *id);

/** Reads the page to its end and asserts that it has rows [from, to) of the response. */
void responses_check(struct responses *r, struct store_page *page, const char *id, int64_t from,
		     int64_t to);

/** Whether a response is there with all its n_rows rows. */
bool responses_is_whole(struct responses *r, const char *id, int64_t n_rows);

/** The ids that are listed, newest first, each followed by a blank. */
void responses_list(struct responses *r, struct strbuf *out);

/** How many were deleted; -1 on failure. */
int64_t responses_delete(struct responses *r, const char *id);
int64_t responses_delete_expired(struct responses *r, int64_t cutoff_ms);

/** Runs SQL on the file beside the store. */
void responses_alter(struct responses *r, const char *sql);

/** Opens the file beside the store and reads one number: SELECT <what>. */
int64_t responses_count(struct responses *r, const char *what);

/** Waits up to five seconds for the number to become `want`; what it is then. */
int64_t responses_await(struct responses *r, const char *what, int64_t want);

#endif
