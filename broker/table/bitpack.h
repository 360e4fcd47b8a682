/*
 * bitpack.h - blocks of 2,048 unsigned integers in as few bits as their widest needs.
 *
 * A block of width w takes exactly 256 * w bytes, so block i of a column of one
 * width is found by multiplication.  Values are interleaved over 32 lanes: value
 * i is the (i / 32)-th of lane i % 32, and each lane is a stream of words with
 * the lowest bits first; word k of all lanes lies together.  So one step of the
 * loops moves the same bits of 32 neighbouring values, which the compiler turns
 * into vector shifts whatever the width; no code per width is needed.  (The idea
 * is that of the FastLanes layout, Afroozeh and Boncz 2023, without its
 * reordering.)
 *
 * Two word sizes: 32 bits for codes, 64 bits for integers.  They are not
 * compatible with each other.
 */
#ifndef BROKER_TABLE_BITPACK_H
#define BROKER_TABLE_BITPACK_H

#include <stddef.h>
#include <stdint.h>

#define BITPACK_ROWS 2048

/* Bytes of a packed block. */
#define BITPACK_BYTES(width) ((size_t)256 * (width))

/** Bits that v needs; 0 for 0. */
static inline unsigned bitpack_width(uint64_t v)
{
	return v ? 64u - (unsigned)__builtin_clzll(v) : 0;
}

/** Packs BITPACK_ROWS values below 2^width (0..32) into BITPACK_BYTES(width) bytes. */
void bitpack_pack32(const uint32_t *in, unsigned width, uint32_t *out);

/** The reverse. */
void bitpack_unpack32(const uint32_t *in, unsigned width, uint32_t *out);

/** Packs in[i] - base, which is below 2^width (0..64). */
void bitpack_pack64(const uint64_t *in, uint64_t base, unsigned width, uint64_t *out);

/** The reverse: adds base (modulo 2^64). */
void bitpack_unpack64(const uint64_t *in, uint64_t base, unsigned width, uint64_t *out);

#endif
