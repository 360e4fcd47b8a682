/* Tests of common/base/thread.c. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/error.h"
#include "common/base/thread.h"
#include "tests/support/base/unit.h"

static struct thread thread;
static struct error err;

struct seen {
	char name[16];
	sigset_t blocked;
	int n_calls;
};

static void look_around(void *arg)
{
	struct seen *seen = arg;

	(void)pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
	(void)pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
	seen->n_calls++;
}

static struct seen run(const char *name)
{
	struct seen seen = { .n_calls = 0 };

	ck_assert_int_eq(thread_start(&thread, name, look_around, &seen, &err), 0);
	thread_join(&thread);
	return seen;
}

START_TEST(runs_the_function_once_with_its_argument)
{
	ck_assert_int_eq(run("worker-1").n_calls, 1);
}
END_TEST

START_TEST(the_thread_has_its_name)
{
	ck_assert_str_eq(run("worker-1").name, "worker-1");
	ck_assert_str_eq(run("exactly-fifteen").name, "exactly-fifteen");
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	ck_assert_str_eq(run("store-writer-lane-number-1").name, "store-writer-la");
}
END_TEST

START_TEST(signals_are_blocked_there_and_only_there)
{
	struct seen seen = run("worker-1");
	sigset_t here;

	ck_assert(sigismember(&seen.blocked, SIGTERM));
	ck_assert(sigismember(&seen.blocked, SIGPIPE));
	ck_assert(sigismember(&seen.blocked, SIGHUP));
	(void)pthread_sigmask(SIG_SETMASK, NULL, &here);
	ck_assert(!sigismember(&here, SIGTERM));
}
END_TEST

START_TEST(a_join_is_harmless_when_nothing_runs)
{
	struct thread never = { .is_running = false };

	thread_join(&never);
	(void)run("once");
	ck_assert(!thread.is_running);
	thread_join(&thread);
}
END_TEST

static void be_idle(void *arg)
{
	thread_be_idle();
	look_around(arg);
}

/* Where the system refuses, the thread still does its work. */
START_TEST(an_idle_thread_gets_its_work_done)
{
	struct seen seen = { .n_calls = 0 };

	ck_assert_int_eq(thread_start(&thread, "reaper", be_idle, &seen, &err), 0);
	thread_join(&thread);
	ck_assert_int_eq(seen.n_calls, 1);
}
END_TEST

#if !UNIT_SANITIZED
static void start_without_memory(void *arg)
{
	struct rlimit none = { 4096, 4096 };

	(void)arg;
	(void)setrlimit(RLIMIT_AS, &none);
	if (thread_start(&thread, "worker-1", look_around, NULL, &err) == 0 || thread.is_running)
		return;
	(void)fprintf(stderr, "%d %s", (int)err.code, err.msg);
	abort();
}

START_TEST(says_that_a_thread_cannot_be_started)
{
	char text[512], want[64];

	(void)snprintf(want, sizeof(want),
		       "%d cannot start the thread worker-1: ", (int)ERR_UNAVAILABLE);
	ck_assert(unit_aborts(start_without_memory, NULL, text, sizeof(text)));
	ck_assert_ptr_eq(strstr(text, want), text);
}
END_TEST
#endif

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, runs_the_function_once_with_its_argument);
	tcase_add_test(tc, the_thread_has_its_name);
	tcase_add_test(tc, a_long_name_is_cut);
	tcase_add_test(tc, signals_are_blocked_there_and_only_there);
	tcase_add_test(tc, a_join_is_harmless_when_nothing_runs);
	tcase_add_test(tc, an_idle_thread_gets_its_work_done);
#if !UNIT_SANITIZED
	tcase_add_test(tc, says_that_a_thread_cannot_be_started);
#endif
	return unit_main("base/thread", tc);
}
