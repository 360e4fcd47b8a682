/*
 * fiber.h - a call that can be paused in the middle and resumed on any thread.
 *
 * Operators keep their position in integers.  Parsing, binding and planning
 * are recursive over trees, where explicit state machines would bury the
 * logic; they run in a fiber instead and call coop_point() in their loops.  A
 * fiber has a stack of its own (FIBER_STACK_BYTES, with a guard page), which
 * is why statement depth is limited.
 *
 * Rules inside a fiber: no lock is held across coop_point(), and no pointer to
 * thread-local data is kept across it.
 *
 * Threads: resumed by one thread at a time, any thread.
 */
#ifndef COMMON_BASE_FIBER_H
#define COMMON_BASE_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/coop.h"

struct error;
struct fiber;

#define FIBER_STACK_BYTES ((size_t)1024 * 1024)

typedef void fiber_fn(void *arg);

/** A paused fiber that will run fn(arg).  NULL with *err when there is no memory for its stack. */
NODISCARD struct fiber *fiber_new(fiber_fn *fn, void *arg, struct error *err);

/**
 * Runs until fn returns or pauses through coop->pause (set for the time of the
 * call).  True when fn has returned.
 */
NODISCARD bool fiber_resume(struct fiber *f, struct coop *coop);

/** Frees a fiber that has returned or was never resumed; never one that is paused inside fn. */
void fiber_free(struct fiber **fp);

#endif
