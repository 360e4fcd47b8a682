/*
 * reaper.h - gives the memory of ended queries back, in small steps, off
 * everybody's path.
 */
#ifndef BROKER_QUERY_REAPER_H
#define BROKER_QUERY_REAPER_H

#include "common/base/compiler.h"
#include "common/base/list.h"

struct error;
struct mem_pool;
struct reaper;

/* Embedded in the owner of the pool. */
struct reaper_job {
	struct list link;
	struct mem_pool *pool;
	void (*freed)(void *arg); /* the pool is empty; on the reaper's thread */
	void *arg;
};

NODISCARD int reaper_start(struct reaper **out, struct error *err);

/** Finishes what it was given, then ends. */
void reaper_stop(struct reaper **rp);

/** Hands a pool over; nobody else may use it any more.  Any thread. */
void reaper_give(struct reaper *r, struct reaper_job *job);

#endif
