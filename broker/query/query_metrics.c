/* query_metrics.c - see query_metrics.h. */
#include "broker/query/query_metrics.h"

#include "broker/query/query_priv.h"
#include "common/base/clock.h"
#include "common/base/histogram.h"

void query_metrics_print(struct engine *e, struct strbuf *out)
{
	static const double quantiles[] = { 0.5, 0.9, 0.99, 0.999 };
	const struct histogram *gap = scheduler_poll_gap(e->options.scheduler);
	struct poll_gap_max max = scheduler_poll_gap_max(e->options.scheduler);

	strbuf_add_str(out, STR("# HELP sluice_poll_gap_seconds CPU time of one poll of a task\n"
				"# TYPE sluice_poll_gap_seconds summary\n"));
	for (size_t i = 0; i < ARRAY_SIZE(quantiles); i++)
		strbuf_printf(out, "sluice_poll_gap_seconds{quantile=\"%g\"} %.9f\n", quantiles[i],
			      (double)histogram_quantile(gap, quantiles[i]) / (double)NS_PER_S);
	strbuf_printf(out, "sluice_poll_gap_seconds_sum %.9f\nsluice_poll_gap_seconds_count %llu\n",
		      (double)gap->sum / (double)NS_PER_S, (unsigned long long)gap->n);
	strbuf_printf(out,
		      "# HELP sluice_poll_gap_max_seconds longest poll since the start\n"
		      "# TYPE sluice_poll_gap_max_seconds gauge\n"
		      "sluice_poll_gap_max_seconds{where=\"%s\",query=\"%llu\"} %.9f\n",
		      max.where ? max.where : "none", (unsigned long long)max.query_id,
		      (double)max.ns / (double)NS_PER_S);
	strbuf_printf(
		out,
		"# HELP sluice_memory_bytes memory held by queries and pages\n"
		"# TYPE sluice_memory_bytes gauge\n"
		"sluice_memory_bytes %lld\n",
		(long long)atomic_load_explicit(&e->account.used_bytes, memory_order_relaxed));
	strbuf_printf(out,
		      "# HELP sluice_poll_overdraft_units most that one poll has paid beyond its "
		      "credit; a unit is about a nanosecond\n"
		      "# TYPE sluice_poll_overdraft_units gauge\n"
		      "sluice_poll_overdraft_units %lld\n",
		      (long long)scheduler_overdraft(e->options.scheduler));
}

void query_metrics_reset(struct engine *e)
{
	scheduler_poll_gap_reset(e->options.scheduler);
}
