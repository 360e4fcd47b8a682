/*
 * registry.c - the queries that have an id and have not ended.
 *
 * Two maps: by internal id, and by the client's id, where queries that share an
 * id form a chain.
 */
#include "broker/query/query_priv.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/metrics.h"
#include "common/base/num.h"
#include "common/json/json.h"

int registry_add(struct engine *e, struct query *q, struct error *err)
{
	int result = -1;

	mutex_lock(&e->lock);
	if (e->is_draining) {
		(void)error_set(err, ERR_SHUTTING_DOWN, "the broker is shutting down");
	} else if (map_put(&e->by_id, str_of(q->id_text), q) < 0) {
		(void)error_oom(err);
	} else {
		list_push_back(&e->queries, &q->registry_link);
		result = 0;
	}
	mutex_unlock(&e->lock);
	if (result == 0)
		metric_add(METRIC_queries_running, 1);
	return result;
}

int registry_add_client(struct engine *e, struct query *q, struct str client_query_id,
			struct error *err)
{
	int result = 0;

	mutex_lock(&e->lock);
	q->client_query_id = client_query_id;
	q->next_same_client_id = map_find(&e->by_client, q->client_query_id);
	/* The key must outlive the entry: it is the text of the query that heads the chain. */
	(void)map_remove(&e->by_client, q->client_query_id);
	if (map_put(&e->by_client, q->client_query_id, q) < 0) {
		q->client_query_id = (struct str){ 0 };
		result = error_oom(err);
	}
	mutex_unlock(&e->lock);
	return result;
}

static void remove_client(struct engine *e, struct query *q)
{
	struct query *head = map_remove(&e->by_client, q->client_query_id);

	if (head == q) {
		head = q->next_same_client_id;
	} else {
		for (struct query *p = head; p; p = p->next_same_client_id) {
			if (p->next_same_client_id == q)
				p->next_same_client_id = q->next_same_client_id;
		}
	}
	/* A slot was just freed, so this cannot fail for want of memory. */
	if (head && map_put(&e->by_client, head->client_query_id, head) < 0)
		return;
}

void registry_remove(struct engine *e, struct query *q)
{
	mutex_lock(&e->lock);
	(void)map_remove(&e->by_id, str_of(q->id_text));
	if (q->client_query_id.ptr)
		remove_client(e, q);
	list_remove(&q->registry_link);
	mutex_unlock(&e->lock);
	metric_add(METRIC_queries_running, -1);
}

struct query *engine_find(struct engine *e, uint64_t id)
{
	char text[NUM_I64_CHARS];
	size_t n = num_format_i64((int64_t)id, text);
	struct query *q;

	mutex_lock(&e->lock);
	q = map_find(&e->by_id, (struct str){ text, n });
	if (q)
		(void)query_ref(q);
	mutex_unlock(&e->lock);
	return q;
}

struct query *engine_find_client(struct engine *e, struct str client_query_id)
{
	struct query *q;

	mutex_lock(&e->lock);
	q = map_find(&e->by_client, client_query_id);
	while (q && token_reason(&q->token) != CANCEL_NONE)
		q = q->next_same_client_id;
	if (q)
		(void)query_ref(q);
	mutex_unlock(&e->lock);
	return q;
}

void engine_drain(struct engine *e)
{
	mutex_lock(&e->lock);
	e->is_draining = true;
	mutex_unlock(&e->lock);
}

/* One reference after the other, so that cancelling runs without the registry's lock. */
void engine_cancel_all(struct engine *e, enum cancel_reason reason, const char *by)
{
	for (;;) {
		struct query *victim = NULL;

		mutex_lock(&e->lock);
		LIST_FOREACH (node, &e->queries) {
			struct query *q = CONTAINER_OF(node, struct query, registry_link);

			if (token_reason(&q->token) == CANCEL_NONE) {
				victim = query_ref(q);
				break;
			}
		}
		mutex_unlock(&e->lock);
		if (!victim)
			return;
		(void)query_cancel(victim, reason, by);
		query_unref(&victim);
	}
}

static void list_one(struct json_writer *w, struct query *q)
{
	json_begin_object(w);
	json_put_string(w, "requestId", str_of(q->id_text));
	if (q->client_query_id.ptr)
		json_put_string(w, "clientQueryId", q->client_query_id);
	else
		json_put_null(w, "clientQueryId");
	json_put_string(w, "client", str_of(q->client));
	json_put_string(w, "phase", str_of(query_phase_name(query_phase(q))));
	json_put_i64(w, "elapsedMs", (int64_t)((clock_mono_ns() - q->started_ns) / NS_PER_MS));
	json_put_i64(w, "rowsRead",
		     (int64_t)atomic_load_explicit(&q->run.stats.rows_read, memory_order_relaxed));
	json_put_i64(w, "memoryBytes",
		     atomic_load_explicit(&q->account.used_bytes, memory_order_relaxed));
	json_put_bool(w, "isCancelled", token_reason(&q->token) != CANCEL_NONE);
	json_put_string(w, "sql", q->sql);
	json_end_object(w);
}

int engine_list(struct engine *e, bool verbose, struct strbuf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	if (verbose)
		json_begin_array(&w);
	else
		json_begin_object(&w);
	mutex_lock(&e->lock);
	LIST_FOREACH (node, &e->queries) {
		struct query *q = CONTAINER_OF(node, struct query, registry_link);

		if (verbose)
			list_one(&w, q);
		else
			json_put_string(&w, q->id_text, q->sql);
	}
	mutex_unlock(&e->lock);
	if (verbose)
		json_end_array(&w);
	else
		json_end_object(&w);
	return strbuf_ok(out) ? 0 : -1;
}
