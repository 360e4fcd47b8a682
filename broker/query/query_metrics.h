/* query_metrics.h - the scheduler's measurements as metrics. */
#ifndef BROKER_QUERY_QUERY_METRICS_H
#define BROKER_QUERY_QUERY_METRICS_H

struct engine;
struct strbuf;

/** Appends sluice_poll_gap_seconds: quantiles, and the maximum with where and which query. */
void query_metrics_print(struct engine *e, struct strbuf *out);

/** Forgets the poll gaps seen so far, so that a measurement starts at zero. */
void query_metrics_reset(struct engine *e);

#endif
