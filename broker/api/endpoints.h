/*
 * endpoints.h - the handlers that routes.c lists.  What they do stands there.
 */
#ifndef BROKER_API_ENDPOINTS_H
#define BROKER_API_ENDPOINTS_H

#include "broker/api/api.h"

http_handler api_query_sql_post, api_query_post, api_query_sql_get, api_query_get;
http_handler api_validate_syntax, api_query_fingerprint;
http_handler api_query_cancel, api_client_query_cancel;
http_handler api_queries_get;
http_handler api_response_results, api_response_metadata, api_response_list;
http_handler api_response_delete, api_response_delete_expired;
http_handler api_health_get, api_metrics_get, api_metrics_delete;

#endif
