/*
 * options.h - what a query asks for besides its SQL.
 *
 * Sources in order of precedence, each only filling what is still open: SET,
 * OPTION(...), the JSON body's queryOptions, the endpoint (spec/pinot-broker
 * 0.7).  Names match without case.
 */
#ifndef BROKER_QUERY_OPTIONS_H
#define BROKER_QUERY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/sql/ast.h"
#include "common/base/compiler.h"
#include "common/base/coop.h"
#include "common/base/str.h"

struct error;

#define OPTION_TYPE_LONG   int64_t
#define OPTION_TYPE_BOOL   bool
#define OPTION_TYPE_STRING struct str /* borrowed */

struct query_options {
#define OPTION(member, name, type, min, doc) OPTION_TYPE_##type member;
#include "broker/query/options.def"
#undef OPTION
	uint32_t is_set; /* bit per row, in order */
};

enum query_option {
#define OPTION(member, name, type, min, doc) OPTION_##member,
#include "broker/query/options.def"
#undef OPTION
	OPTION_COUNT
};

static inline bool query_options_has(const struct query_options *o, enum query_option option)
{
	return o->is_set >> option & 1;
}

/** Sets one option unless it is set.  ERR_QUERY_VALIDATION when the value is not of its type. */
NODISCARD int query_options_put(struct query_options *o, struct str name, struct str value,
				struct error *err);

/**
 * "k=v;k2=v2" of the JSON body; ERR_SQL_PARSING for a malformed or doubled part
 * and for more than max_entries, ERR_QUERY_CANCELLED, ERR_OUT_OF_MEMORY.
 */
NODISCARD int query_options_parse(struct query_options *o, struct str text, uint32_t max_entries,
				  struct coop *coop, struct error *err);

/** SET and OPTION of a statement: of one name the last one wins.  Also ERR_QUERY_CANCELLED. */
NODISCARD int query_options_from_stmt(struct query_options *o, const struct ast_stmt *stmt,
				      struct coop *coop, struct error *err);

#endif
