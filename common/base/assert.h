/*
 * assert.h - what we take for granted.
 *
 * ASSERT is always compiled in and means "a bug of ours": it prints the
 * expression and its place and aborts.  Input never reaches it.  DEBUG_ASSERT
 * is for loops over rows and vanishes from release builds.
 */
#ifndef COMMON_BASE_ASSERT_H
#define COMMON_BASE_ASSERT_H

#include "common/base/compiler.h"

/* Prints one line on standard error and aborts. */
_Noreturn void assert_failed(const char *expression, const char *file, int line);

#define ASSERT(e) (LIKELY(e) ? (void)0 : assert_failed(#e, __FILE__, __LINE__))

#ifdef NDEBUG
#define DEBUG_ASSERT(e) ((void)sizeof(!(e)))
#else
#define DEBUG_ASSERT(e) ASSERT(e)
#endif

#endif
