/*
 * metrics.h - process-wide counters (rows of metrics.def) and histograms.
 *
 * Relaxed atomics: exact in sum, unordered among each other.
 */
#ifndef COMMON_BASE_METRICS_H
#define COMMON_BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

struct strbuf;

enum metric {
#define METRIC(name, type, help) METRIC_##name,
#include "common/base/metrics.def"
#undef METRIC
	METRIC_COUNT
};

void metric_add(enum metric m, int64_t n);
int64_t metric_get(enum metric m);

/** Appends the Prometheus text of all rows. */
void metrics_print(struct strbuf *out);

#endif
