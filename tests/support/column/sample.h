/*
 * sample.h - random columns whose rows are also known as plain values.
 *
 * A test compares what the code under test makes of `col` with what a simple
 * loop makes of `rows`.  Numbers are drawn from a generator with a fixed seed,
 * so that a failure repeats.
 */
#ifndef TESTS_SUPPORT_COLUMN_SAMPLE_H
#define TESTS_SUPPORT_COLUMN_SAMPLE_H

#include "common/base/arena.h"
#include "common/base/coop.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/column/column.h"
#include "tests/support/base/checks.h"

/* ck_assert() writes a message whenever it is reached; loops over rows need something cheaper. */
#define ASSERT_ROW(e) (LIKELY(e) ? (void)0 : ck_abort_msg("%s", #e))

struct sample {
	struct column col;
	struct value rows[BATCH_ROWS_MAX]; /* the reference: one value per row */
	/* what col points to */
	_Alignas(16) char values[BATCH_ROWS_MAX * sizeof(struct strv)];
	uint32_t codes[BATCH_ROWS_MAX];
	uint64_t validity[VALIDITY_WORDS];
	struct dict dict;
};

/* What a sample looks like. */
struct sample_shape {
	enum col_type type;
	enum col_form form;
	bool has_nulls;
	uint32_t n_dict; /* entries, DICT only */
};

/** The next number of a generator. */
uint64_t sample_random(uint64_t *seed);

/** A random value of a type, never NULL; strings are borrowed from static text. */
struct value sample_value(uint64_t *seed, enum col_type type);

/** Fills n_rows rows. */
void sample_make(struct sample *s, uint64_t *seed, struct sample_shape shape, uint32_t n_rows);

/** Calls fn for each type, each form, with and without NULLs. */
void sample_each_shape(void (*fn)(struct sample_shape shape));

/** About one row of `one_in` of n_rows, in rising order; rows has room for all. */
struct sel sample_sel(uint64_t *seed, uint32_t n_rows, unsigned one_in, uint16_t *rows);

/** Bit by bit: NaN payloads and the sign of zero count.  All NULLs are the same. */
bool sample_same(const struct value *a, const struct value *b);

/* Memory, credit and an error, as most functions want them. */
struct engine {
	struct token token;
	struct coop coop; /* unlimited */
	struct mem_account account;
	struct mem_pool pool;
	struct arena arena;
	struct error err;
};

void engine_init(struct engine *e);
void engine_fini(struct engine *e);

/** Credit for one poll that even the smallest step spends. */
void engine_one_unit(struct engine *e);

#endif
