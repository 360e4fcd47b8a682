/* hash.c - see hash.h.  Inlined, because most inputs are short. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/hash.h"

uint64_t hash_bytes(const void *ptr, size_t n)
{
	return XXH3_64bits(ptr, n);
}
