/*
 * compiler.h - the few words we add to C.
 *
 * Expressions and attributes only: no macro here hides control flow.
 */
#ifndef COMMON_BASE_COMPILER_H
#define COMMON_BASE_COMPILER_H

#include <stddef.h>

/* The result must be looked at: every function that can fail carries it. */
#define NODISCARD __attribute__((warn_unused_result))

/* printf-like checking: fmt and first are argument numbers from 1. */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* Runs fn(&variable) when the variable leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The struct of `type` whose member `member` is at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define CACHE_LINE         64
#define CACHE_LINE_ALIGNED __attribute__((aligned(CACHE_LINE)))

/*
 * Compiles a kernel for the machines we meet: the loader picks the best one.
 * Sanitizer builds run before the loader's resolver is safe, so they get one.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__)
#define TARGET_CLONES
#else
#define TARGET_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif

#endif
