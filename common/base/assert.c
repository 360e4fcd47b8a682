/*
 * assert.c - the end of a process that has found a bug of its own.
 *
 * Neither stdio nor the log is used: either may be what is broken, and their
 * locks may be held by the thread that got here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/assert.h"

_Noreturn void assert_failed(const char *expression, const char *file, int line)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "level=error event=assertion_failed at=%s:%d what=%s\n", file, line,
			 expression);
	size_t len = n < 0 ? 0 : MIN((size_t)n, sizeof(text) - 1);

	if (write(STDERR_FILENO, text, len) < 0)
		abort(); /* nowhere left to say it */
	abort();
}
