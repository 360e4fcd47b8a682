/*
 * sql_random.h - random texts by a grammar of rows.
 *
 * The rows (sql_rules.c) follow broker/sql/grammar.y from the other side: what
 * they say parses, but for names that are keywords and other things that stand in
 * there on purpose.
 */
#ifndef TESTS_FUZZ_SQL_RANDOM_H
#define TESTS_FUZZ_SQL_RANDOM_H

#include "common/base/str.h"
#include "common/base/strbuf.h"
#include "tests/fuzz/fuzz.h"

/*
 * One rule.  Its alternatives are lines; a number and a colon in front of one say
 * how often it is taken for one time of the others.  In an alternative
 *
 *   $rule     stands for a text of that rule
 *   $rule+    for one to three of them with commas
 *   {...}     may be left out
 *   @         stands for a text that is given (sql_random_text)
 */
struct sql_rule {
	const char *name;
	const char *alternatives;
};

extern const struct sql_rule sql_rules[]; /* ends with name NULL */

/**
 * Appends a random text of a rule, which must exist.
 *
 * fuel  about how many rules may be followed before the shortest ways are taken
 * hole  what @ stands for
 */
void sql_random_text(struct fuzz_random *r, const char *rule, uint32_t fuel, struct str hole,
		     struct strbuf *out);

#endif
