/*
 * fuzz.h - what fuzz targets have in common.
 *
 * A target is a file fuzz_<name>.c with LLVMFuzzerTestOneInput(), the name that
 * libFuzzer calls.  `make fuzz` links it with libFuzzer, everything else with
 * replay.c, whose main() feeds it files.  What is wrong aborts through ASSERT or
 * a sanitizer; input that is refused in the right way is no failure.
 *
 * A target says which inputs it could make use of (fuzz_count): a fuzzer
 * that reaches nothing but error messages is of little use, and would not be
 * noticed otherwise.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"

/* ---- What libFuzzer calls; only the first is in every target ---- */

/* NOLINTBEGIN(readability-identifier-naming): the library's names */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

/* What a mutator may call: changes some bytes.  Ours in a replay. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
/* NOLINTEND(readability-identifier-naming) */

/* ---- Counting ---- */

struct fuzz_tally {
	uint64_t n_inputs;
	uint64_t n_taken; /* parsed, planned ...: not refused */
};

extern struct fuzz_tally fuzz_tally;

/** Counts an input; the tally is printed when the program ends. */
void fuzz_count(bool is_taken);

/* ---- A query's worth of memory and credit ---- */

struct fuzz_query {
	struct token token; /* first: it has cache lines of its own */
	struct mem_account account;
	struct arena arena;
	struct coop coop;
	struct mem_pool pool;
	struct error err;
	uint32_t n_pauses;     /* of a query that pauses */
	uint32_t cancel_after; /* pauses; 0: never */
};

/** With credit that never ends. */
void fuzz_query_init(struct fuzz_query *q);

/** The query pauses at every yield point from now on, and is cancelled in the n-th pause. */
void fuzz_query_pause(struct fuzz_query *q, uint32_t cancel_after);

/** Gives everything back, and aborts when the account says that something is left. */
void fuzz_query_fini(struct fuzz_query *q);

/** Aborts unless the error says what, in UTF-8, and where, inside `length` bytes or nowhere. */
void fuzz_check_error(const struct error *err, size_t length);

/** Aborts unless the two are equal, and shows them then. */
void fuzz_check_same(const struct strbuf *is, const struct strbuf *wanted);

/* ---- Files ---- */

/** Puts a text into a file in memory, always the same one, and returns its path. */
const char *fuzz_file(struct str text);

/* ---- Choices ---- */

struct fuzz_random {
	uint64_t state;
};

/** The same sequence for the same seed. */
void fuzz_random_init(struct fuzz_random *r, uint64_t seed);

/** A number below `below`, which is not 0. */
uint32_t fuzz_draw(struct fuzz_random *r, uint32_t below);

/** True once in n times. */
static inline bool fuzz_once_in(struct fuzz_random *r, uint32_t n)
{
	return fuzz_draw(r, n) == 0;
}

#endif
