/*
 * id.h - request ids as Pinot makes them: base * 10^9 + counter.
 *
 * base is a random number below 2^31 - 1 drawn at start, so ids of two runs
 * hardly ever meet; the counter wraps below 10^9.
 */
#ifndef COMMON_BASE_ID_H
#define COMMON_BASE_ID_H

#include <stdatomic.h>
#include <stdint.h>

struct id_source {
	uint64_t base;
	_Atomic uint64_t next;
};

void id_source_init(struct id_source *s);
uint64_t id_source_next(struct id_source *s);

#endif
