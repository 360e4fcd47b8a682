/*
 * client.h - an HTTP client that sends exactly the bytes it is told to, and a
 * watch for hang-ups that needs no reactor.
 */
#ifndef TESTS_SUPPORT_HTTP_CLIENT_H
#define TESTS_SUPPORT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/http/http.h"
#include "common/base/strbuf.h"

struct client {
	int fd;
	struct strbuf in; /* what was received */
	size_t at;        /* what of it was used */
};

struct reply {
	int status;
	struct strbuf head, body;
};

/** Connects; gives up on reads after five seconds. */
void client_open(struct client *c, uint16_t port);
/** The same with a small receive buffer, for readers that are slow on purpose. */
void client_open_slow(struct client *c, uint16_t port);
void client_close(struct client *c);
/** False when nobody listens. */
bool client_can_connect(uint16_t port);

void client_send(struct client *c, const char *text);
/** Returns false when the other side has closed. */
bool client_send_bytes(struct client *c, const char *ptr, size_t n);

/**
 * Reads one whole reply: up to Content-Length, the last chunk, or the end of
 * the connection if the head says neither.  False: it ended before.
 */
bool client_read(struct client *c, struct reply *out);

/** True when the other side closes within five seconds; what it sends before is dropped. */
bool client_is_closed(struct client *c);

/** Opens, sends, reads one reply, closes.  Returns the status, 0 without a reply. */
int client_ask(uint16_t port, const char *text, struct reply *out);

/** Whether the head has this line (without its end). */
bool reply_has(const struct reply *r, const char *line);
void reply_fini(struct reply *r);

/** One thread per watched socket. */
struct http_watch watcher(void);

/** A server on a free port of 127.0.0.1 with generous limits; options->routes is given. */
struct http_server *client_serve(struct http_options *options, uint16_t *port);

#endif
