/*
 * farmhash.c - see farmhash.h.
 *
 * Texts up to 64 bytes have a formula for each range of lengths.  Longer ones
 * mix 64 bytes at a time into 56 bytes of state, and end with their last 64,
 * some of which may have been read already.
 */
#include "common/base/farmhash.h"

#include <string.h>

#include "common/base/compiler.h"

#define K0 UINT64_C(0xc3a5c85c97cb3127)
#define K1 UINT64_C(0xb492b66fbe98f273)
#define K2 UINT64_C(0x9ae16a3b2f90404f)

#define BLOCK 64

/* ---- parts ---- */

static uint64_t read64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t read32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t rotate_right(uint64_t v, unsigned n)
{
	return v >> n | v << (64 - n);
}

static uint64_t shift_mix(uint64_t v)
{
	return v ^ v >> 47;
}

static uint64_t mix(uint64_t u, uint64_t v, uint64_t mul)
{
	uint64_t a = shift_mix((u ^ v) * mul);

	return shift_mix((v ^ a) * mul) * mul;
}

/* ---- up to 64 bytes ---- */

static uint64_t hash_16(const char *s, size_t n)
{
	uint64_t mul = K2 + 2 * n;

	if (n >= 8) {
		uint64_t a = read64(s) + K2, b = read64(s + n - 8);

		return mix(rotate_right(b, 37) * mul + a, (rotate_right(a, 25) + b) * mul, mul);
	}
	if (n >= 4)
		return mix(n + (read32(s) << 3), read32(s + n - 4), mul);
	if (n > 0) {
		uint32_t y = (uint8_t)s[0] + ((uint32_t)(uint8_t)s[n >> 1] << 8);
		uint32_t z = (uint32_t)n + ((uint32_t)(uint8_t)s[n - 1] << 2);

		return shift_mix(y * K2 ^ z * K0) * K2;
	}
	return K2;
}

static uint64_t hash_32(const char *s, size_t n)
{
	uint64_t mul = K2 + 2 * n;
	uint64_t a = read64(s) * K1, b = read64(s + 8);
	uint64_t c = read64(s + n - 8) * mul, d = read64(s + n - 16) * K2;

	return mix(rotate_right(a + b, 43) + rotate_right(c, 30) + d,
		   a + rotate_right(b + K2, 18) + c, mul);
}

static uint64_t hash_64(const char *s, size_t n)
{
	uint64_t mul = K2 + 2 * n;
	uint64_t a = read64(s) * K2, b = read64(s + 8);
	uint64_t c = read64(s + n - 8) * mul, d = read64(s + n - 16) * K2;
	uint64_t y = rotate_right(a + b, 43) + rotate_right(c, 30) + d;
	uint64_t z = mix(y, a + rotate_right(b + K2, 18) + c, mul);
	uint64_t e = read64(s + 16) * mul, f = read64(s + 24);
	uint64_t g = (y + read64(s + n - 32)) * mul, h = (z + read64(s + n - 24)) * mul;

	return mix(rotate_right(e + f, 43) + rotate_right(g, 30) + h,
		   e + rotate_right(f + a, 18) + g, mul);
}

/* ---- longer texts ---- */

/* 32 bytes and two seeds into two words. */
static void hash_half(uint64_t out[2], const char *s, uint64_t a, uint64_t b)
{
	uint64_t c;

	a += read64(s);
	b = rotate_right(b + a + read64(s + 24), 21);
	c = a;
	a += read64(s + 8) + read64(s + 16);
	b += rotate_right(a, 44);
	out[0] = a + read64(s + 24);
	out[1] = b + c;
}

/* A block into the state; the last one weighs differently. */
static void mix_block(struct farmhash *h, const char *s, uint64_t mul, uint64_t weight)
{
	uint64_t x = h->x, y = h->y, z = h->z;

	x = rotate_right(x + y + h->v[0] + read64(s + 8), 37) * mul;
	y = rotate_right(y + h->v[1] + read64(s + 48), 42) * mul;
	x ^= h->w[1] * weight;
	y += h->v[0] * weight + read64(s + 40);
	z = rotate_right(z + h->w[0], 33) * mul;
	hash_half(h->v, s, h->v[1] * mul, x + h->w[0]);
	hash_half(h->w, s + 32, z + h->w[1], y + read64(s + 16));
	h->x = z;
	h->y = y;
	h->z = x;
}

/* The last block, on a copy of the state. */
static uint64_t finish(struct farmhash h)
{
	uint64_t mul = K1 + ((h.z & 0xff) << 1);

	h.w[0] += (h.text.len - 1) % BLOCK;
	h.v[0] += h.w[0];
	h.w[0] += h.v[0];
	mix_block(&h, h.text.ptr + h.text.len - BLOCK, mul, 9);
	return mix(mix(h.v[0], h.w[0], mul) + shift_mix(h.y) * K0 + h.z,
		   mix(h.v[1], h.w[1], mul) + h.x, mul);
}

void farmhash_init(struct farmhash *h, struct str text)
{
	const uint64_t seed = 81;

	*h = (struct farmhash){ .text = text, .x = seed, .y = seed * K1 + 113 };
	h->z = shift_mix(h->y * K2 + 113) * K2;
	if (text.len > BLOCK)
		h->x = h->x * K2 + read64(text.ptr);
}

bool farmhash_step(struct farmhash *h, size_t n_bytes)
{
	/* At least one byte is left for finish(). */
	size_t end = h->text.len > BLOCK ? (h->text.len - 1) / BLOCK * BLOCK : 0;
	size_t stop = end - h->pos > n_bytes ? h->pos + n_bytes : end;

	for (; h->pos < stop; h->pos += BLOCK)
		mix_block(h, h->text.ptr + h->pos, K1, 1);
	return h->pos >= end;
}

uint64_t farmhash_value(const struct farmhash *h)
{
	size_t n = h->text.len;

	if (n <= 16)
		return hash_16(h->text.ptr, n);
	if (n <= 32)
		return hash_32(h->text.ptr, n);
	return n <= BLOCK ? hash_64(h->text.ptr, n) : finish(*h);
}

uint64_t farmhash64(struct str text)
{
	struct farmhash h;

	farmhash_init(&h, text);
	(void)farmhash_step(&h, text.len);
	return farmhash_value(&h);
}
