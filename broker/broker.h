/*
 * broker.h - the daemon as an object: owns every module, starts them in order
 * and stops them in the reverse order.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/compiler.h"

struct broker;
struct config;
struct error;

/**
 * Starts everything; when it returns, both ports answer.  Main thread; blocks
 * while tables are opened.  config must outlive the broker.
 */
NODISCARD int broker_start(const struct config *config, struct broker **out, struct error *err);

/** The ports in use, for messages and tests. */
uint16_t broker_query_port(const struct broker *b);
uint16_t broker_controller_port(const struct broker *b);

/**
 * Stops: no new queries, those that run get drain_ms (cut short when *hurry
 * becomes true), the rest is cancelled; then everything ends.
 */
void broker_stop(struct broker **bp, const volatile bool *hurry);

#endif
