/* coop.c - see coop.h; the parts that run once per poll or per 16 us of units. */
#include "common/base/coop.h"
#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/base/error.h"

const char *cancel_reason_name(enum cancel_reason reason)
{
	static const char *const names[] = {
		[CANCEL_NONE] = "none",
		[CANCEL_USER] = "user",
		[CANCEL_KILL] = "kill",
		[CANCEL_TIMEOUT] = "timeout",
		[CANCEL_CLIENT_GONE] = "client_gone",
		[CANCEL_MEMORY] = "memory",
		[CANCEL_QUOTA] = "quota",
		[CANCEL_SHUTDOWN] = "shutdown",
		[CANCEL_PEER_ERROR] = "peer_error",
		[CANCEL_SATISFIED] = "satisfied",
	};

	ASSERT((unsigned)reason < ARRAY_SIZE(names));
	return names[reason];
}

void coop_refill(struct coop *c, int64_t units, uint64_t slice_ns)
{
	c->credit = units;
	c->clock_in = COOP_CLOCK_UNITS;
	c->slice_end = clock_mono_ns() + slice_ns;
}

void coop_unlimited(struct coop *c, struct token *token)
{
	*c = (struct coop){
		.credit = INT64_MAX / 2,
		.clock_in = COOP_CLOCK_UNITS,
		.slice_end = UINT64_MAX,
		.token = token,
	};
}

void coop_clock(struct coop *c)
{
	c->clock_in = COOP_CLOCK_UNITS;
	if (c->slice_end == UINT64_MAX || clock_mono_ns() < c->slice_end)
		return;
	c->credit = MIN(c->credit, 0);
}

int coop_point(struct coop *c, struct error *err)
{
	if (LIKELY(coop_go(c)))
		return 0;
	if (!coop_cancelled(c) && c->pause != NULL)
		c->pause(c);
	/* The token may have been set while the fiber was paused. */
	if (coop_cancelled(c))
		return error_set(err, ERR_QUERY_CANCELLED, "query was cancelled (%s)",
				 cancel_reason_name(token_reason(c->token)));
	return 0;
}
