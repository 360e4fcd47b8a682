/*
 * utf8.c - see utf8.h.
 */
#include "broker/func/utf8.h"

/* Bytes that a first byte announces; 0 for one that cannot be first. */
static size_t announced(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead < 0xE0)
		return 2;
	if (lead >= 0xE0 && lead < 0xF0)
		return 3;
	return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

size_t utf8_decode(const char *p, size_t n, uint32_t *cp)
{
	unsigned char lead = (unsigned char)p[0];
	size_t len = announced(lead);
	uint32_t v;

	*cp = lead < 0x80 ? lead : UTF8_STRAY | lead;
	if (len <= 1 || len > n)
		return 1;
	v = lead & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (!utf8_is_continuation(p[i]))
			return 1;
		v = v << 6 | ((unsigned char)p[i] & 0x3F);
	}
	*cp = v;
	return len;
}

size_t utf8_encode(uint32_t cp, char *out)
{
	if (cp & UTF8_STRAY || cp < 0x80) {
		out[0] = (char)(unsigned char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}
