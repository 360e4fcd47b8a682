/*
 * metrics.c - see metrics.h.
 *
 * Each counter has a cache line of its own, so that threads which count
 * different things do not slow each other down.
 */
#include <inttypes.h>

#include "common/base/assert.h"
#include "common/base/compiler.h"
#include "common/base/metrics.h"
#include "common/base/strbuf.h"

struct counter {
	_Atomic int64_t value;
} CACHE_LINE_ALIGNED;

struct row {
	const char *name, *type, *help;
};

static struct counter counters[METRIC_COUNT];

static const struct row rows[METRIC_COUNT] = {
#define METRIC(name, type, help) { #name, #type, help },
#include "common/base/metrics.def"
#undef METRIC
};

void metric_add(enum metric m, int64_t n)
{
	DEBUG_ASSERT((unsigned)m < METRIC_COUNT);
	atomic_fetch_add_explicit(&counters[m].value, n, memory_order_relaxed);
}

int64_t metric_get(enum metric m)
{
	DEBUG_ASSERT((unsigned)m < METRIC_COUNT);
	return atomic_load_explicit(&counters[m].value, memory_order_relaxed);
}

void metrics_print(struct strbuf *out)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		const struct row *r = &rows[m];

		strbuf_printf(out, "# HELP sluice_%s %s\n# TYPE sluice_%s %s\n", r->name, r->help,
			      r->name, r->type);
		strbuf_printf(out, "sluice_%s %" PRId64 "\n", r->name, metric_get((enum metric)m));
	}
}
