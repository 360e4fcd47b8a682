/* fuzz.c - see fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/hash.h"
#include "common/base/str.h"

/* ---- counting ---- */

struct fuzz_tally fuzz_tally;

static void report(void)
{
	uint64_t n = fuzz_tally.n_inputs, taken = fuzz_tally.n_taken;

	(void)fprintf(stderr, "%llu inputs, %llu taken (%.1f %%)\n", (unsigned long long)n,
		      (unsigned long long)taken, n ? 100.0 * (double)taken / (double)n : 0.0);
}

void fuzz_count(bool is_taken)
{
	if (fuzz_tally.n_inputs++ == 0)
		(void)atexit(report);
	fuzz_tally.n_taken += is_taken;
}

/* ---- memory and credit ---- */

void fuzz_query_init(struct fuzz_query *q)
{
	*q = (struct fuzz_query){ 0 };
	mem_account_init(&q->account, 0, NULL);
	mem_pool_init(&q->pool, &q->account);
	arena_init(&q->arena, &q->pool);
	coop_unlimited(&q->coop, &q->token);
}

/* Stands in for the scheduler. */
static void pause_once(struct coop *c)
{
	struct fuzz_query *q = CONTAINER_OF(c, struct fuzz_query, coop);

	c->credit = 1;
	c->clock_in = INT64_MAX;
	if (++q->n_pauses == q->cancel_after)
		(void)token_set(&q->token, CANCEL_USER);
}

void fuzz_query_pause(struct fuzz_query *q, uint32_t cancel_after)
{
	q->cancel_after = cancel_after;
	q->coop.credit = 0;
	q->coop.clock_in = INT64_MAX;
	q->coop.pause = pause_once;
}

void fuzz_query_fini(struct fuzz_query *q)
{
	arena_fini(&q->arena);
	ASSERT(q->account.used_bytes == 0);
	mem_pool_fini(&q->pool);
}

void fuzz_check_error(const struct error *err, size_t length)
{
	struct str msg = str_of(err->msg);
	size_t bad;

	ASSERT(err->code != ERR_NONE);
	ASSERT(msg.len > 0);
	ASSERT(str_utf8_valid(msg, &bad));
	ASSERT(err->sql_offset == ERROR_NO_OFFSET || err->sql_offset <= length);
}

void fuzz_check_same(const struct strbuf *is, const struct strbuf *wanted)
{
	bool is_same = str_eq(strbuf_str(is), strbuf_str(wanted));

	ASSERT(strbuf_ok(is) && strbuf_ok(wanted));
	if (!is_same)
		(void)fprintf(stderr, "is\n" STR_FMT "\nwanted\n" STR_FMT "\n",
			      STR_ARG(strbuf_str(is)), STR_ARG(strbuf_str(wanted)));
	ASSERT(is_same);
}

/* ---- files ---- */

const char *fuzz_file(struct str text)
{
	static char path[64];
	static int file = -1;
	ssize_t written;
	int result;

	if (file < 0) {
		file = memfd_create("fuzz", MFD_CLOEXEC);
		ASSERT(file >= 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	}
	result = ftruncate(file, 0);
	written = pwrite(file, text.ptr, text.len, 0);
	ASSERT(result == 0 && written == (ssize_t)text.len);
	return path;
}

/* ---- choices ---- */

void fuzz_random_init(struct fuzz_random *r, uint64_t seed)
{
	r->state = hash_u64(seed + 1) | 1;
}

uint32_t fuzz_draw(struct fuzz_random *r, uint32_t below)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (uint32_t)((r->state * 0x2545f4914f6cdd1dull >> 32) * below >> 32);
}
