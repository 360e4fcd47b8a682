/* ast_make_priv.h - what the files of constructors share. */
#ifndef BROKER_SQL_AST_MAKE_PRIV_H
#define BROKER_SQL_AST_MAKE_PRIV_H

#include "broker/sql/ast_make.h"

/* Raises "<what> at line L, column C." */
void ast_fail_at(struct ast_maker *m, uint32_t offset, const char *what);

/* Zeroed, or NULL when this or something before it has failed. */
void *ast_alloc(struct ast_maker *m, size_t size_bytes);

#define MAKE(m, type) ((type *)ast_alloc((m), sizeof(type)))

/*
 * What contains something of depth `inner` is at least one deeper.  Later stages
 * recurse over the tree on a small stack, and this is where a tree that would be
 * too deep for them ends.
 */
void ast_contain(struct ast_maker *m, uint32_t *depth, uint32_t inner);

/* The same; e may be NULL. */
void ast_contain_expr(struct ast_maker *m, uint32_t *depth, const struct ast_expr *e);

/* printf into the arena; .ptr NULL after a failure. */
struct str ast_printf(struct ast_maker *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds a node to the end of a list of nodes with `next`; NULL leaves it as it is. */
#define LIST_ADD(list, node)                                \
	do {                                                \
		if (node) {                                 \
			if ((list).last)                    \
				(list).last->next = (node); \
			else                                \
				(list).first = (node);      \
			(list).last = (node);               \
		}                                           \
	} while (0)

#endif
