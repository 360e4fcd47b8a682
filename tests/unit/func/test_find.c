/*
 * test_find.c - searches against a loop over every place, for all lengths around the block size.
 */
#include "tests/unit/func/fixture.h"

#include "broker/func/find.h"

static size_t search(struct str text, struct str what, size_t from, unsigned *n_steps)
{
	struct find_state s = { .at = from };
	size_t work = 0, found = 0;

	*n_steps = 1;
	while (!find_step(&s, text, what, &work, &found))
		++*n_steps;
	return found;
}

static size_t search_last(struct str text, struct str what, size_t from)
{
	struct find_state s = { .at = from };
	size_t work = 0, found = 0;

	while (!find_last_step(&s, text, what, &work, &found))
		;
	return found;
}

static bool is_at(struct str text, struct str what, size_t i)
{
	return what.len <= text.len - i && memcmp(text.ptr + i, what.ptr, what.len) == 0;
}

static size_t first_place(struct str text, struct str what, size_t from)
{
	for (size_t i = from; i <= text.len; i++)
		if (is_at(text, what, i))
			return i;
	return NOT_FOUND;
}

static size_t last_place(struct str text, struct str what, size_t from)
{
	for (size_t i = MIN(from, text.len) + 1; i-- > 0;)
		if (is_at(text, what, i))
			return i;
	return NOT_FOUND;
}

/* The text lies at the end of its memory, so that the address sanitizer sees a byte too far. */
START_TEST(finds_what_a_plain_loop_finds)
{
	uint64_t seed = 23;
	unsigned n_steps;

	for (int i = 0; i < 40000; i++) {
		size_t t_len = sample_random(&seed) % 80, w_len = sample_random(&seed) % 7;
		char *text = mem_alloc(t_len + 1), what[8];
		size_t from = sample_random(&seed) % (t_len + 1);
		struct str t, w;

		ck_assert_ptr_nonnull(text);
		for (size_t k = 0; k < t_len; k++)
			text[k + 1] = "ab"[sample_random(&seed) % 8 == 0];
		for (size_t k = 0; k < w_len; k++)
			what[k] = "ab"[sample_random(&seed) % 4 == 0];
		t = (struct str){ text + 1, t_len };
		w = (struct str){ what, w_len };
		ck_assert_uint_eq(search(t, w, from, &n_steps), first_place(t, w, from));
		ck_assert_uint_eq(search_last(t, w, from), last_place(t, w, from));
		if (from == 0)
			ck_assert_uint_eq(find_short(t, w), first_place(t, w, 0));
		mem_free(text);
	}
}
END_TEST

/* A needle that stands once in the text, at a place far from the start. */
static void check_needle(struct str text, struct str what, size_t place)
{
	unsigned n_steps;

	ck_assert_uint_eq(search(text, what, 0, &n_steps), place);
	ck_assert_uint_gt(n_steps, 1);
	ck_assert_uint_eq(search(text, what, place, &n_steps), place);
	ck_assert_uint_eq(search(text, what, place + 1, &n_steps), NOT_FOUND);
	ck_assert_uint_eq(search_last(text, what, SIZE_MAX), place);
	ck_assert_uint_eq(search_last(text, what, place - 1), NOT_FOUND);
}

START_TEST(finds_needles_of_every_length)
{
	static char text[400000];
	static const size_t lengths[] = { 20,  32,   63,    64,    65,    255,   256,
					  257, 4096, 32768, 65535, 65536, 65537, 100000 };
	uint64_t seed = 29;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "abcd"[sample_random(&seed) % 4];
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t place = sizeof(text) - lengths[i] - i;

		check_needle((struct str){ text, sizeof(text) },
			     (struct str){ text + place, lengths[i] }, place);
	}
}
END_TEST

/* Everything but the last byte fits everywhere. */
START_TEST(finds_needles_that_nearly_match_everywhere)
{
	static char text[100000], what[4096];
	static const size_t lengths[] = { 2, 3, 16, 17, 64, 65, 300, 2000 };

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i], place = sizeof(text) - len - 7;

		memset(what, 'a', len);
		what[len - 1] = 'b';
		text[place + len - 1] = 'b';
		check_needle((struct str){ text, sizeof(text) }, (struct str){ what, len }, place);
		text[place + len - 1] = 'a';
	}
}
END_TEST

/* The searched head of a very long needle is found three bytes before the needle is. */
START_TEST(goes_on_behind_a_head_without_its_rest)
{
	static char text[65541], what[65538];

	memset(text, 'a', sizeof(text));
	memset(what, 'a', sizeof(what));
	text[sizeof(text) - 1] = 'b';
	what[sizeof(what) - 1] = 'b';
	check_needle((struct str){ text, sizeof(text) }, (struct str){ what, sizeof(what) }, 3);
}
END_TEST

START_TEST(steps_over_a_slice_at_most)
{
	static char text[1 << 20];
	struct find_state s = { 0 };
	size_t found, n_steps = 0;

	for (;; n_steps++) {
		size_t work = 0;
		bool is_done =
			find_step(&s, (struct str){ text, sizeof(text) }, STR("x"), &work, &found);

		ck_assert_uint_le(work, 33000);
		if (is_done)
			break;
	}
	ck_assert_uint_ge(n_steps, 30);
	ck_assert_uint_eq(found, NOT_FOUND);
}
END_TEST

/* Nothing to allocate; the loop shows it. */
START_TEST(survives_allocation_failure)
{
	mem_fail_after(_i);
	ck_assert_uint_eq(find_short(STR("a long enough text for a block"), STR("block")), 25);
	mem_fail_after(-1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, finds_what_a_plain_loop_finds);
	tcase_add_test(tc, finds_needles_of_every_length);
	tcase_add_test(tc, finds_needles_that_nearly_match_everywhere);
	tcase_add_test(tc, goes_on_behind_a_head_without_its_rest);
	tcase_add_test(tc, steps_over_a_slice_at_most);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, 2);
	return unit_main("func/find", tc);
}
