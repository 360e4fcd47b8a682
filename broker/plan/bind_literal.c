/*
 * bind_literal.c - literals as values.
 *
 * Nothing is cut or rounded without saying so: a number that its type cannot
 * hold is an error.  (Digits beyond those of a DOUBLE are rounded, as everywhere.)
 */
#include <math.h>

#include "broker/plan/bind.h"
#include "broker/plan/plan_expr.h"
#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/num.h"
#include "common/column/format.h"

static int give(struct binder *b, const struct ast_expr *e, struct value v, struct plan_expr **out)
{
	*out = plan_expr_const(&b->r, &v, e->span.begin);
	return *out ? 0 : -1;
}

static int give_integer(struct binder *b, const struct ast_expr *e, struct str digits,
			struct plan_expr **out)
{
	struct value v = { .type = COL_LONG };

	if (!num_parse_i64(digits, &v.i64))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "integer literal out of range: " STR_FMT
				    " does not fit 64 bits",
				    STR_ARG(digits));
	if (v.i64 == (int32_t)v.i64)
		v.type = COL_INT;
	return give(b, e, v, out);
}

static int give_double(struct binder *b, const struct ast_expr *e, struct str digits,
		       struct plan_expr **out)
{
	struct value v = { .type = COL_DOUBLE };

	if (!num_parse_f64(digits, &v.f64) || isinf(v.f64))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "number literal out of range: " STR_FMT
				    " does not fit a DOUBLE",
				    STR_ARG(digits));
	return give(b, e, v, out);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False when the text is not all pairs of digits. */
static bool read_hex(struct str hex, char *out)
{
	if (hex.len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_digit(hex.ptr[i]), low = hex_digit(hex.ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (char)(high << 4 | low);
	}
	return true;
}

static int give_bytes(struct binder *b, const struct ast_expr *e, struct plan_expr **out)
{
	struct str hex = e->literal.text;
	char *bytes = arena_alloc_bytes(b->r.arena, hex.len / 2 + 1, b->r.err);
	struct value v = { .type = COL_BYTES };

	if (!bytes)
		return -1;
	if (!read_hex(hex, bytes))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "a binary literal needs pairs of hexadecimal digits");
	coop_pay(b->r.coop, COOP_BYTES(hex.len));
	v.str = (struct str){ bytes, hex.len / 2 };
	return give(b, e, v, out);
}

static int give_timestamp(struct binder *b, const struct ast_expr *e, const char *what,
			  struct plan_expr **out)
{
	struct value v = { .type = COL_TIMESTAMP };

	if (!timestamp_parse(e->literal.text, false, &v.i64))
		return error_set_at(b->r.err, ERR_QUERY_VALIDATION, e->span.begin,
				    "'" STR_FMT "' is not a %s", STR_ARG(e->literal.text), what);
	return give(b, e, v, out);
}

int bind_literal(struct binder *b, const struct ast_expr *e, struct plan_expr **out)
{
	switch (e->literal.kind) {
	case LIT_NULL:
		return give(b, e, (struct value){ .type = COL_UNKNOWN, .is_null = true }, out);
	case LIT_BOOLEAN:
		return give(b, e,
			    (struct value){ .type = COL_BOOLEAN, .boolean = e->literal.boolean },
			    out);
	case LIT_INTEGER:
		return give_integer(b, e, e->literal.text, out);
	case LIT_DECIMAL:
	case LIT_FLOAT:
		return give_double(b, e, e->literal.text, out);
	case LIT_STRING:
	case LIT_SYMBOL:
		return give(b, e, (struct value){ .type = COL_STRING, .str = e->literal.text },
			    out);
	case LIT_BINARY:
		return give_bytes(b, e, out);
	case LIT_DATE:
		return give_timestamp(b, e, "DATE", out);
	case LIT_TIMESTAMP:
		return give_timestamp(b, e, "TIMESTAMP", out);
	case LIT_INTERVAL:
		return error_set_at(b->r.err, ERR_NOT_SUPPORTED, e->span.begin,
				    "not supported yet: INTERVAL except in + and - with a "
				    "TIMESTAMP");
	case LIT_TIME:
		break;
	}
	ASSERT(!"plan_check_supported() lets nothing else pass");
	return -1;
}

int bind_negative(struct binder *b, const struct ast_expr *e, struct plan_expr **out)
{
	struct str digits =
		arena_printf(b->r.arena, b->r.err, "-" STR_FMT, STR_ARG(e->literal.text));

	if (!digits.ptr)
		return -1;
	if (e->literal.kind == LIT_INTEGER)
		return give_integer(b, e, digits, out);
	return give_double(b, e, digits, out);
}
