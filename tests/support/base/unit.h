/*
 * unit.h - what every unit test program needs: a main(), a death, some noise.
 *
 *     int main(void)
 *     {
 *             TCase *tc = tcase_create("core");
 *
 *             tcase_add_test(tc, keeps_the_order_of_keys);
 *             tcase_add_loop_test(tc, survives_allocation_failure, 0, 20);
 *             return unit_main("base/map", tc);
 *     }
 *
 * The suite is named after the file under test, the tests after what it does,
 * so that a failure reads as a sentence.  The environment decides how it runs:
 * CK_VERBOSITY, CK_FORK, CK_RUN_CASE (see the manual of libcheck).
 */
#ifndef TESTS_SUPPORT_BASE_UNIT_H
#define TESTS_SUPPORT_BASE_UNIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/base/checks.h"

/* Sanitizers change what memory and time cost: some tests do less then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNIT_SANITIZED 1
#else
#define UNIT_SANITIZED 0
#endif

/** Runs the tests of one case and returns what main() returns. */
static inline int unit_main(const char *suite, TCase *tc)
{
	Suite *s = suite_create(suite);
	SRunner *runner;
	int n_failed;

	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/**
 * Runs fn(arg) in a process of its own and returns whether it aborted.
 *
 * text  what it wrote on standard error, cut to size - 1 bytes, with a NUL byte
 *
 * Works with CK_FORK=no as well, which libcheck's own way of expecting a signal
 * does not.
 */
static inline bool unit_aborts(void (*fn)(void *), void *arg, char *text, size_t size)
{
	size_t len = 0;
	int status = 0, ends[2];
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		fn(arg);
		_exit(0);
	}
	(void)close(ends[1]);
	while (len + 1 < size && (n = read(ends[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/** The next of a fixed sequence of numbers without pattern; start with any state but 0. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull;
}

#endif
