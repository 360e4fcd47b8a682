/*
 * broker.c - the order of things.
 *
 *   catalog, store          data directory: lock, tables, cursors
 *   scheduler, reactor, reaper   threads
 *   engine                  queries
 *   http                    clients
 *
 * Stopping goes the other way round, except that the listeners stop accepting
 * first and are closed last, so that every query's client gets its answer.
 */
#include "broker/broker.h"

#include <stdio.h>
#include <time.h>

#include "broker/api/api.h"
#include "broker/config/config.h"
#include "broker/exec/scheduler.h"
#include "broker/http/http.h"
#include "broker/query/query.h"
#include "broker/query/reactor.h"
#include "broker/query/reaper.h"
#include "broker/store/store.h"
#include "broker/table/broken_table.h"
#include "broker/table/catalog.h"
#include "broker/table/system_tables.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum { LISTENER_BROKER, LISTENER_CONTROLLER, LISTENER_COUNT };

struct broker {
	const struct config *config;
	struct catalog *catalog;
	struct store *store;
	struct scheduler *scheduler;
	struct reactor *reactor;
	struct reaper *reaper;
	struct engine *engine;
	struct api api;
	struct http_route *routes;
	struct http_listener listeners[LISTENER_COUNT];
	struct http_server *http;
};

static void report_broken(const struct table *t, void *arg)
{
	const char *reason = broken_table_reason(t);
	char name[LOG_QUOTED_MAX], text[LOG_QUOTED_MAX];

	(void)arg;
	if (reason)
		log_event(LOG_ERROR, "table_broken", "table=%s error=%s advice=\"%s\"",
			  log_quote(t->name, name), log_quote(str_of(reason), text),
			  BROKEN_TABLE_ADVICE);
}

static int start_catalog(struct broker *b, struct error *err)
{
	struct table *numbers;

	if (catalog_open(b->config->data_dir, &b->catalog, err) < 0)
		return -1;
	catalog_each(b->catalog, report_broken, NULL);
	numbers = system_numbers_new(err);
	return numbers ? catalog_register(b->catalog, numbers, err) : -1;
}

static int start_store(struct broker *b, struct error *err)
{
	char path[4096];
	struct store_options options = {
		.path = path,
		.sweep_period_ms = b->config->cursor_sweep_ms,
		.sweep_delay_ms = b->config->cursor_sweep_ms,
	};

	if ((size_t)snprintf(path, sizeof(path), "%s/responses.db", b->config->data_dir) >=
	    sizeof(path))
		return error_set(err, ERR_CONFIG, "sluice.data.dir is too long");
	return store_open(&options, &b->store, err);
}

static int start_threads(struct broker *b, struct error *err)
{
	struct scheduler_options options = {
		.n_workers = (uint32_t)b->config->worker_threads,
		.poll_credit = b->config->poll_credit,
		.credit_seed = (uint64_t)b->config->poll_credit_seed,
	};

	if (scheduler_start(&options, &b->scheduler, err) < 0 ||
	    reactor_start(&b->reactor, err) < 0)
		return -1;
	return reaper_start(&b->reaper, err);
}

static int start_engine(struct broker *b, struct error *err)
{
	const struct config *c = b->config;
	struct engine_options options = {
		.catalog = b->catalog,
		.scheduler = b->scheduler,
		.reactor = b->reactor,
		.reaper = b->reaper,
		.store = b->store,
		.timeout_ms = c->timeout_ms,
		.default_limit = c->default_limit,
		.max_limit = c->max_limit,
		.star_by_name = str_eq_nocase(str_of(c->star_order), STR("name")),
		.is_cancellable = c->broker_cancellation && c->server_cancellation,
		.query_max_memory = c->query_max_memory,
		.total_max_memory = c->total_max_memory,
		.max_running = (uint32_t)c->max_running,
		.max_queued = (uint32_t)c->max_queued,
		.sql_max_bytes = (uint32_t)c->sql_max_bytes,
		.sql_max_tokens = (uint32_t)c->sql_max_tokens,
		.sql_max_depth = (uint32_t)c->sql_max_depth,
		.max_options = (uint32_t)c->max_options,
		.sql_max_columns = (uint32_t)c->sql_max_columns,
		.max_value_bytes = (uint32_t)c->value_max_bytes,
		.cursor_fetch_rows = c->cursor_fetch_rows,
		.cursor_expiration_ms = c->cursor_expiration_ms,
		.broker_host = c->listen_host,
		.broker_port = c->query_port,
	};

	return engine_new(&options, &b->engine, err);
}

/* Responses name the port, so the engine knows it before the first request comes. */
static void ports_are_bound(void *context)
{
	struct broker *b = CONTAINER_OF(context, struct broker, api);

	engine_set_port(b->engine, broker_query_port(b));
}

static int start_http(struct broker *b, struct error *err)
{
	static const char host_key[] = "sluice.listen.host";
	const struct config *c = b->config;
	struct http_options options = {
		.listeners = b->listeners,
		.n_listeners = LISTENER_COUNT,
		.context = &b->api,
		.bound = ports_are_bound,
		.watch = { reactor_watch_add, reactor_watch_remove, b->reactor },
		.error_body = reply_error_body,
		.max_connections = (uint32_t)c->http_max_connections,
		.idle_timeout_s = (uint32_t)c->http_idle_timeout_s,
		.header_deadline_ms = (uint32_t)c->http_header_deadline_ms,
		.body_deadline_ms = (uint32_t)c->http_body_deadline_ms,
	};

	b->routes = api_routes_new((size_t)c->http_max_body);
	if (!b->routes)
		return error_oom(err);
	options.routes = b->routes;
	b->api.engine = b->engine;
	b->api.store = b->store;
	b->api.scheduler = b->scheduler;
	b->api.reactor = b->reactor;
	b->api.cancel_on_disconnect = c->cancel_on_disconnect;
	b->listeners[LISTENER_BROKER] =
		(struct http_listener){ c->listen_host, (uint16_t)c->query_port, host_key,
					"pinot.broker.client.queryPort" };
	b->listeners[LISTENER_CONTROLLER] =
		(struct http_listener){ c->listen_host, (uint16_t)c->controller_port, host_key,
					"controller.port" };
	return http_server_start(&options, &b->http, err);
}

int broker_start(const struct config *config, struct broker **out, struct error *err)
{
	struct broker *b = mem_calloc(1, sizeof(*b));

	if (!b)
		return error_oom(err);
	b->config = config;
	if (start_catalog(b, err) < 0 || start_store(b, err) < 0 || start_threads(b, err) < 0 ||
	    start_engine(b, err) < 0 || start_http(b, err) < 0) {
		broker_stop(&b, NULL);
		return -1;
	}
	*out = b;
	return 0;
}

uint16_t broker_query_port(const struct broker *b)
{
	return b->listeners[LISTENER_BROKER].port;
}

uint16_t broker_controller_port(const struct broker *b)
{
	return b->listeners[LISTENER_CONTROLLER].port;
}

static void nap_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static bool is_busy(struct broker *b)
{
	return !engine_is_idle(b->engine) || (b->http && !http_server_is_idle(b->http));
}

/* For what has been told to stop: a few milliseconds, unless something is stuck. */
static void await_idle(struct broker *b)
{
	uint64_t end = clock_mono_ns() + 5 * NS_PER_S;

	while (is_busy(b) && clock_mono_ns() < end)
		nap_ms(1);
}

/* The main thread has nothing else to do than to look at the clock here. */
static void drain(struct broker *b, const volatile bool *hurry)
{
	uint64_t end = clock_mono_ns() + (uint64_t)b->config->drain_ms * NS_PER_MS;

	engine_drain(b->engine);
	while (is_busy(b) && clock_mono_ns() < end && !(hurry && *hurry))
		nap_ms(5);
	engine_cancel_all(b->engine, CANCEL_SHUTDOWN, "shutdown");
	await_idle(b);
}

void broker_stop(struct broker **bp, const volatile bool *hurry)
{
	struct broker *b = *bp;

	if (!b)
		return;
	atomic_store_explicit(&b->api.is_draining, true, memory_order_relaxed);
	if (b->http)
		http_server_quiesce(b->http);
	if (b->engine)
		drain(b, hurry);
	http_server_stop(&b->http);
	if (b->engine)
		await_idle(b); /* pages whose clients are gone now leave the store */
	reaper_stop(&b->reaper);
	store_close(&b->store);
	scheduler_stop(&b->scheduler);
	reactor_stop(&b->reactor);
	engine_free(&b->engine);
	catalog_close(&b->catalog);
	mem_free(b->routes);
	mem_free(b);
	*bp = NULL;
}
