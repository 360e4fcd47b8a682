/*
 * relation.h - rows as plain values, and a table that deals them out in batches.
 *
 * A test makes a relation, computes what it expects with simple loops over its
 * cells, and lets a plan read the same rows.  The table cuts them into batches
 * of random size, with dead rows in between, and shows each column in a form
 * that fits: FLAT, CONST or DICT, with dictionaries that change now and then.
 */
#ifndef TESTS_SUPPORT_EXEC_RELATION_H
#define TESTS_SUPPORT_EXEC_RELATION_H

#include "broker/table/table.h"
#include "common/base/mem.h"
#include "common/column/column.h"

struct relation {
	uint32_t n_cols;
	enum col_type types[16];
	size_t n_rows;
	struct value *cells; /* row by row */
};

/** Rows of NULL; on the heap. */
void relation_init(struct relation *r, uint32_t n_cols, const enum col_type *types, size_t n_rows);
void relation_fini(struct relation *r);

static inline struct value *relation_at(const struct relation *r, size_t row, uint32_t col)
{
	return &r->cells[row * r->n_cols + col];
}

/** Fills a column with integers (or whatever their type is) of [0, n_values), some NULL if nulls. */
void relation_fill(struct relation *r, uint32_t col, uint64_t *seed, uint64_t n_values, bool nulls);

/** The i-th value of a type; different numbers are different values but for BOOLEAN. */
struct value relation_value(enum col_type type, uint64_t i);

/** Appends a row. */
void relation_add(struct relation *r, const struct value *cells);

/** Lines of text, one per row, equal exactly when the rows are equal in SQL. */
char **relation_lines(const struct relation *r);
void lines_sort(char **lines, size_t n);
void lines_free(char **lines, size_t n);

/* How a table shows its rows. */
struct table_shape {
	uint64_t seed;
	uint32_t max_batch; /* rows per batch at most; 0: BATCH_ROWS_MAX */
	bool is_plain;      /* FLAT, no dead rows, full batches, no copy of the cells' text */
	uint32_t n_tasks;   /* that may share a scan; 0: one */
};

/** A table over a relation, which must stay.  Free with relation_table_free(). */
struct table *relation_table(const struct relation *r, const struct table_shape *shape);
void relation_table_free(struct table *t);

#endif
