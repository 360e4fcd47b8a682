/* id.c - see id.h. */
#include <sys/random.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/id.h"

#define BASE_END    ((1ull << 31) - 1)
#define COUNTER_END 1000000000ull

void id_source_init(struct id_source *s)
{
	uint64_t random = 0;

	/* Ids only have to differ from the last run's, so a clock will do without the kernel. */
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = hash_combine((uint64_t)clock_wall_ms(), clock_mono_ns());
	s->base = random % BASE_END;
	atomic_init(&s->next, 0);
}

uint64_t id_source_next(struct id_source *s)
{
	uint64_t n = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);

	return s->base * COUNTER_END + n % COUNTER_END;
}
