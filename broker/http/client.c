/* client.c - who asked. */
#include <arpa/inet.h>
#include <stdio.h>

#include "broker/http/http_priv.h"

static const void *address_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET6)
		return &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	return &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
}

const char *http_client(struct http_request *rq)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info ? info->client_addr : NULL;

	if (!sa || (sa->sa_family != AF_INET && sa->sa_family != AF_INET6) ||
	    !inet_ntop(sa->sa_family, address_of(sa), rq->client, sizeof(rq->client)))
		(void)snprintf(rq->client, sizeof(rq->client), "unknown");
	return rq->client;
}
