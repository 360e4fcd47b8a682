#include <stdio.h>
#include "common/base/clock.h"
#include "tests/support/plan/plan_fixture.h"
START_TEST(scratch)
{
	static char line[1 << 24]; 
	const char *f = getenv("SCRATCH");
	FILE *in;
	if (!f) return;
	in = fopen(f, "r");
	if (getenv("SSE")) fx.options.dialect = DIALECT_SINGLE_STAGE;
	while (fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = 0;
		if (!*line) continue;
		printf("-- %.300s\n", line); uint64_t t0 = clock_mono_ns(), n0 = clock_mono_ns();
		if (fx_try(arena_str(&fx.arena, str_of(line), &fx.err).ptr) < 0)
			printf("ERROR %s @%u: %s\n", error_info(fx.err.code)->name, fx.err.sql_offset, fx.err.msg);
		else { uint64_t t1 = clock_mono_ns(); if (getenv("TIME")) printf("%.2f ms, %zu KiB\n", (double)(t1-t0)/1e6, fx.arena.total_bytes/1024); plan_check(&fx.plan); printf("%.3000s\n", fx_tree()); } (void)n0;
		fflush(stdout);
	}
	fclose(in);
}
END_TEST
int main(void)
{
	TCase *tc = fx_tcase();
	tcase_add_test(tc, scratch);
	return unit_main("scratch", tc);
}
