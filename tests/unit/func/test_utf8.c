/*
 * test_utf8.c - code points there and back, and bytes that are none.
 */
#include "tests/unit/func/fixture.h"

#include "broker/func/utf8.h"

START_TEST(reads_back_what_it_writes)
{
	char text[16];

	for (uint32_t cp = 0; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 97) {
		size_t n = utf8_encode(cp, text);
		uint32_t back;

		ck_assert_msg(utf8_decode(text, n, &back) == n && back == cp, "U+%04X", cp);
		ck_assert_msg(utf8_count(text, n) == 1, "U+%04X", cp);
	}
}
END_TEST

START_TEST(passes_stray_bytes_through)
{
	static const struct {
		const char *bytes;
		size_t n;
	} strays[] = { { "\x80", 1 },
		       { "\xff", 1 },
		       { "\xc3", 1 },
		       { "\xc3"
			 "a",
			 2 },
		       { "\xe2\x82", 2 },
		       { "\xf5\x80\x80\x80", 4 },
		       { "\xc0\x80", 2 } };
	char text[UTF8_MAX_BYTES];
	uint32_t cp;

	for (size_t i = 0; i < ARRAY_SIZE(strays); i++) {
		ck_assert_uint_eq(utf8_decode(strays[i].bytes, strays[i].n, &cp), 1);
		ck_assert(cp & UTF8_STRAY);
		ck_assert_uint_eq(utf8_encode(cp, text), 1);
		ck_assert_int_eq(text[0], strays[i].bytes[0]);
	}
}
END_TEST

/* Every length and offset around the words that are looked at at once. */
START_TEST(counts_and_tells_ascii_at_every_length)
{
	char text[64];

	for (size_t n = 0; n <= 40; n++) {
		memset(text, 'a', sizeof(text));
		ck_assert(utf8_is_ascii(text, n));
		ck_assert_uint_eq(utf8_count(text, n), n);
		for (size_t i = 0; i + 1 < n; i++) {
			memset(text, 'a', sizeof(text));
			memcpy(text + i, "ä", 2);
			ck_assert(!utf8_is_ascii(text, n));
			ck_assert_uint_eq(utf8_count(text, n), n - 1);
		}
	}
}
END_TEST

START_TEST(survives_allocation_failure)
{
	mem_fail_after(_i);
	ck_assert_uint_eq(utf8_count("Fluß", 5), 4);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, reads_back_what_it_writes);
	tcase_add_test(tc, passes_stray_bytes_through);
	tcase_add_test(tc, counts_and_tells_ascii_at_every_length);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 1);
	return unit_main("func/utf8", tc);
}
