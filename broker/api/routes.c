/* routes.c - every endpoint, one row each.  The README's table is printed from here. */
#include "broker/api/endpoints.h"
#include "common/base/mem.h"

#define BODY_OF_QUERY ((size_t)-1) /* stands for the configured limit */

const struct http_route api_routes[] = {
	{ "POST", "/query/sql", api_query_sql_post, BODY_OF_QUERY,
	  "Runs a query, single-stage dialect; ?getCursor=true&numRows=N keeps the result" },
	{ "POST", "/query", api_query_post, BODY_OF_QUERY,
	  "Runs a query, multi-stage dialect; ?getCursor=true&numRows=N keeps the result" },
	{ "POST", "/query/sql/validateSyntax", api_validate_syntax, BODY_OF_QUERY,
	  "Says whether a statement parses and what type it has; runs nothing" },
	{ "POST", "/query/sql/queryFingerprint", api_query_fingerprint, BODY_OF_QUERY,
	  "The shape of a query, without its values, and a hash of that; runs nothing" },
	{ "GET", "/query/sql", api_query_sql_get, 0, "Runs the query in ?sql=" },
	{ "GET", "/query", api_query_get, 0, "Runs the query in ?sql=, multi-stage dialect" },
	{ "DELETE", "/query/{id}", api_query_cancel, 0,
	  "Stops a query by its request id, or with ?client=true by its client's id" },
	{ "DELETE", "/queryClient/{clientQueryId}", api_client_query_cancel, 0,
	  "Stops a query by its client's id" },
	{ "DELETE", "/clientQuery/{clientQueryId}", api_client_query_cancel, 0,
	  "Stops a query by its client's id" },
	{ "GET", "/queries", api_queries_get, 0, "Queries that run; ?verbose=true with progress" },
	{ "GET", "/responseStore", api_response_list, 0, "Stored results" },
	{ "GET", "/responseStore/{requestId}", api_response_metadata, 0,
	  "A stored result without its rows" },
	{ "GET", "/responseStore/{requestId}/results", api_response_results, 0,
	  "A page of a stored result: ?offset=&numRows=" },
	{ "DELETE", "/responseStore/{requestId}", api_response_delete, 0, "Drops a stored result" },
	{ "DELETE", "/responseStore", api_response_delete_expired, 0,
	  "Drops results that expired before ?expiredBefore=, else before now" },
	{ "GET", "/health", api_health_get, 0, "OK when the broker takes queries" },
	{ "GET", "/metrics", api_metrics_get, 0, "Counters and poll gaps for Prometheus" },
	{ "DELETE", "/metrics/pollGap", api_metrics_delete, 0, "Starts the poll gaps at zero" },
	{ NULL, NULL, NULL, 0, NULL },
};

struct http_route *api_routes_new(size_t max_query_body)
{
	struct http_route *routes = mem_calloc(ARRAY_SIZE(api_routes), sizeof(*routes));

	for (size_t i = 0; routes && i < ARRAY_SIZE(api_routes); i++) {
		routes[i] = api_routes[i];
		if (routes[i].max_body == BODY_OF_QUERY)
			routes[i].max_body = max_query_body;
	}
	return routes;
}
