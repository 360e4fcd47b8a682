/*
 * print_priv.h - between the files that turn a tree into text.
 *
 *   print_expr.c   names, literals, expressions
 *   print_call.c   calls of functions, windows, orders
 *   print_query.c  queries and FROM
 *   print_stmt.c   statements
 *   print_label.c  names of result columns
 *
 * One walk serves two texts.  Canonical text parses to the same tree.  A
 * fingerprint is the same statement as Pinot's parser (Calcite) prints it, with
 * a ? for each value; what Pinot copies as it stands (ORDER BY, windows, hints)
 * is verbatim: in the same style, with its values.
 */
#ifndef BROKER_SQL_PRINT_PRIV_H
#define BROKER_SQL_PRINT_PRIV_H

#include <string.h>

#include "broker/sql/ast.h"
#include "broker/sql/sql.h"
#include "common/base/coop.h"
#include "common/base/strbuf.h"

struct printer {
	struct strbuf *out;
	bool is_fingerprint;
	bool is_verbatim;  /* in a fingerprint: values stay */
	size_t max_bytes;  /* of out */
	struct coop *coop; /* NULL: does not yield, has no limit */
	struct error *err;
	bool has_stopped; /* *err is filled: the rest is not printed */
};

/*
 * Fails when the text is too long: an operand of CASE is printed once for each WHEN, so it may
 * be longer than the statement.
 */
NODISCARD int print_check_length(const struct printer *p);

/* Pays for a node; false when printing is over. */
bool print_step(struct printer *p);

static inline void print_word(struct printer *p, const char *z)
{
	strbuf_add(p->out, z, strlen(z));
}

/* ---- print_expr.c ---- */

/* Precedence of what never needs parentheses around what it holds; and of `value` in grammar.y. */
enum { PREC_ANY = 0, PREC_VALUE = 7 };

/* Between quotes, with those inside doubled. */
void print_quoted(struct printer *p, struct str s, char quote);
void print_upper(struct printer *p, struct str s);
void print_id(struct printer *p, struct str name);
/* The first n parts, with a dot behind each. */
void print_qualifiers(struct printer *p, const struct ast_name *name, uint32_t n);
void print_name(struct printer *p, const struct ast_name *name);
/* In front of a parenthesis more names need quotes. */
void print_id_before(struct printer *p, struct str name, bool is_paren);
void print_name_before(struct printer *p, const struct ast_name *name, bool is_paren);
/* (a, b, c); NULL: nothing, else with a blank before it. */
void print_ids(struct printer *p, const struct ast_id *ids);
/* 'text' */
void print_string(struct printer *p, struct str text);
void print_type(struct printer *p, const struct ast_type *t);
void print_expr(struct printer *p, const struct ast_expr *e, int min_precedence);
/* a, b, c */
void print_list(struct printer *p, const struct ast_list *list);
/* e with its values, in a fingerprint as well */
void print_verbatim(struct printer *p, const struct ast_expr *e);
/* True when its canonical text ends in an interval to which a TO would belong. */
bool print_ends_in_unit(const struct ast_expr *e);

/* ---- print_call.c ---- */

void print_call(struct printer *p, const struct ast_expr *e);
/* ORDER BY a, b, with `before` in front; NULL: nothing */
void print_order_by(struct printer *p, const char *before, const struct ast_order *order);
/* What stands in the parentheses of OVER (...) and WINDOW w AS (...). */
void print_window(struct printer *p, const struct ast_window *w);

/* ---- print_query.c ---- */

void print_query(struct printer *p, const struct ast_query *q);
/* (SELECT ...) */
void print_subquery(struct printer *p, const struct ast_query *q);
void print_from(struct printer *p, const struct ast_from *f);
/* The same where the grammar wants a table: a join stands in parentheses. */
void print_table(struct printer *p, const struct ast_from *f);
void print_row(struct printer *p, const struct ast_row *row);

#endif
