/* bind.c - see bind.h. */
#include "broker/plan/bind.h"

#include "broker/plan/plan_expr.h"
#include "common/base/assert.h"

int bind_query(struct binder *b, const struct ast_query *q, bool is_top, struct plan_node **out)
{
	if (plan_step(&b->r) < 0)
		return -1;
	switch (q->kind) {
	case QUERY_SELECT:
		return bind_select(b, q, is_top, out);
	case QUERY_VALUES:
		return bind_values(b, q, is_top, out);
	case QUERY_TABLE:
	case QUERY_UNION:
	case QUERY_INTERSECT:
	case QUERY_EXCEPT:
	case QUERY_PARENS:
		break;
	}
	ASSERT(!"plan_check_supported() lets nothing else pass");
	return -1;
}
