/*
 * fiber.c - stacks of their own by ucontext.
 *
 * Stacks are mapped with a guard page below and kept in a small cache, because
 * every query needs one for the time of its planning.  Sanitizers are told
 * about each switch; otherwise they would take the new stack for a wild one.
 */
#include "common/base/fiber.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/base/assert.h"
#include "common/base/error.h"
#include "common/base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#define GUARD_BYTES  4096
#define STACKS_KEPT  16
#define MAPPED_BYTES (FIBER_STACK_BYTES + GUARD_BYTES)

struct fiber {
	ucontext_t self, caller;
	fiber_fn *fn;
	void *arg;
	char *stack; /* mapping, guard page first */
	struct coop *coop;
	bool has_returned, is_started;
#if defined(__SANITIZE_ADDRESS__)
	void *fake_stack; /* the fiber's, while it is paused */
	const void *caller_stack;
	size_t caller_stack_size;
#endif
#if defined(__SANITIZE_THREAD__)
	void *tsan_self, *tsan_caller;
#endif
};

/* Stacks waiting for their next fiber. */
static _Atomic(char *) stack_cache[STACKS_KEPT];

static char *stack_new(void)
{
	for (size_t i = 0; i < STACKS_KEPT; i++) {
		char *kept = atomic_exchange_explicit(&stack_cache[i], NULL, memory_order_acq_rel);

		if (kept)
			return kept;
	}

	char *stack = mmap(NULL, MAPPED_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	if (mprotect(stack, GUARD_BYTES, PROT_NONE) < 0) {
		(void)munmap(stack, MAPPED_BYTES);
		return NULL;
	}
	return stack;
}

static void stack_free(char *stack)
{
	for (size_t i = 0; i < STACKS_KEPT; i++) {
		char *none = NULL;

		if (atomic_compare_exchange_strong_explicit(&stack_cache[i], &none, stack,
							    memory_order_acq_rel,
							    memory_order_relaxed))
			return;
	}
	(void)munmap(stack, MAPPED_BYTES);
}

/* The sanitizers' view of a switch into the fiber and back. */
static void entering_fiber(struct fiber *f, void **fake_caller)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(fake_caller, f->stack + GUARD_BYTES, FIBER_STACK_BYTES);
#endif
#if defined(__SANITIZE_THREAD__)
	f->tsan_caller = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(f->tsan_self, 0);
#endif
	(void)f;
	(void)fake_caller;
}

static void entered_fiber(struct fiber *f)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(f->fake_stack, &f->caller_stack, &f->caller_stack_size);
#endif
	(void)f;
}

static void leaving_fiber(struct fiber *f)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(f->has_returned ? NULL : &f->fake_stack, f->caller_stack,
				       f->caller_stack_size);
#endif
#if defined(__SANITIZE_THREAD__)
	__tsan_switch_to_fiber(f->tsan_caller, 0);
#endif
	(void)f;
}

static void left_fiber(void *fake_caller)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(fake_caller, NULL, NULL);
#endif
	(void)fake_caller;
}

static void fiber_pause(struct coop *c)
{
	struct fiber *f = c->fiber;

	leaving_fiber(f);
	swapcontext(&f->self, &f->caller);
	entered_fiber(f);
}

/* makecontext() passes ints; two of them carry the pointer. */
static void fiber_main(unsigned high, unsigned low)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): two ints carry it */
	struct fiber *f = (struct fiber *)((uintptr_t)high << 32 | low);

	entered_fiber(f);
	f->fn(f->arg);
	f->has_returned = true;
	leaving_fiber(f);
	swapcontext(&f->self, &f->caller);
	ASSERT(false); /* a fiber that has returned is never resumed */
}

struct fiber *fiber_new(fiber_fn *fn, void *arg, struct error *err)
{
	struct fiber *f = mem_calloc(1, sizeof(*f));

	if (!f) {
		(void)error_oom(err);
		return NULL;
	}
	f->fn = fn;
	f->arg = arg;
	f->stack = stack_new();
	if (!f->stack) {
		mem_free(f);
		(void)error_oom(err);
		return NULL;
	}
	getcontext(&f->self);
	f->self.uc_stack.ss_sp = f->stack + GUARD_BYTES;
	f->self.uc_stack.ss_size = FIBER_STACK_BYTES;
	f->self.uc_link = NULL;
	makecontext(&f->self, (void (*)(void))fiber_main, 2, (unsigned)((uintptr_t)f >> 32),
		    (unsigned)(uintptr_t)f);
#if defined(__SANITIZE_THREAD__)
	f->tsan_self = __tsan_create_fiber(0);
#endif
	return f;
}

bool fiber_resume(struct fiber *f, struct coop *coop)
{
	void *fake_caller = NULL;

	ASSERT(!f->has_returned);
	coop->pause = fiber_pause;
	coop->fiber = f;
	f->is_started = true;
	entering_fiber(f, &fake_caller);
	swapcontext(&f->caller, &f->self);
	left_fiber(fake_caller);
	coop->pause = NULL;
	coop->fiber = NULL;
	return f->has_returned;
}

void fiber_free(struct fiber **fp)
{
	struct fiber *f = *fp;

	if (!f)
		return;
	ASSERT(f->has_returned || !f->is_started);
#if defined(__SANITIZE_THREAD__)
	__tsan_destroy_fiber(f->tsan_self);
#endif
	stack_free(f->stack);
	mem_free(f);
	*fp = NULL;
}
