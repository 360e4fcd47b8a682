/*
 * sql_mutate.h - changes statements so that most of what comes out parses.
 *
 * A statement that parses is changed where its tree says that parts begin and
 * end: a part is replaced by a random one of its kind or by another one's text,
 * wrapped, hoisted, doubled.  What does not parse, and now and then the rest too,
 * is changed token by token.  Sometimes it all begins anew, sometimes libFuzzer
 * may change bytes.
 */
#ifndef TESTS_FUZZ_SQL_MUTATE_H
#define TESTS_FUZZ_SQL_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Which of the rules of sql_rules.c new parts come from. */
enum sql_flavour {
	SQL_ALL, /* all of the language */
	SQL_RUN, /* mostly what the engine runs */
};

/** As LLVMFuzzerCustomMutator. */
size_t sql_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed,
		  enum sql_flavour flavour);

/** As LLVMFuzzerCustomCrossOver. */
size_t sql_cross_over(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
		      uint8_t *out, size_t max_size, unsigned seed, enum sql_flavour flavour);

#endif
