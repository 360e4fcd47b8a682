/*
 * infer.h - guesses the type of a column from the texts of its values.
 *
 * The first of INT, LONG, DOUBLE, BOOLEAN, TIMESTAMP that every value is, else
 * STRING.  Stricter than parsing a value of a known type, because a wrong guess
 * destroys data:
 *
 *   02134        a code and not a number: STRING; so is +49
 *   20 digits    no LONG, and a DOUBLE would lose some of them: STRING
 *   1e999        too large for a DOUBLE: STRING
 *   t, yes, 1    no BOOLEAN; only true and false are
 *   NaN, Infinity are numbers only beside a value with digits
 *   no value     STRING
 */
#ifndef BROKER_TABLE_INFER_H
#define BROKER_TABLE_INFER_H

#include <stdbool.h>

#include "common/base/str.h"
#include "common/column/column.h"

struct infer {
	bool has_value, has_digits;
	bool not_int, not_long, not_double, not_boolean, not_timestamp;
};

/** Takes in one value that is not NULL.  Starts from {0}. */
void infer_add(struct infer *f, struct str text);

enum col_type infer_type(const struct infer *f);

#endif
