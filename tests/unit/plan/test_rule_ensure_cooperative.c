/*
 * test_rule_ensure_cooperative.c - guards: where they go, that they go there
 * once, and that the validator sees where one is missing.
 *
 * Plans are built of kinds of nodes that stand for operators which this engine
 * does not have; `strange` below says what each stands for.
 */
#include "broker/plan/rule_ensure_cooperative.h"

#include "broker/plan/plan_node.h"
#include "tests/support/plan/plan_fixture.h"

#define LEAF     PLAN_VALUES    /* never pays */
#define PAYING   PLAN_SCAN      /* a leaf that does */
#define FILTER   PLAN_FILTER    /* drops rows and does not pay */
#define LAZY     PLAN_PROJECT   /* hands on batch by batch and does not pay */
#define UNION    PLAN_HASH_JOIN /* the same with two inputs */
#define EXCHANGE PLAN_SORT      /* runs its input in other tasks and does not pay */
#define NATIVE   PLAN_TOPN      /* the same, but pays */
#define BLOCKING PLAN_HASH_AGG  /* consumes everything first and does not pay */
#define GUARD    PLAN_COOPERATIVE

static struct plan_traits strange(const struct plan_node *n)
{
	static const struct plan_traits traits[PLAN_KIND_COUNT] = {
		[LEAF] = { PLAN_COOP_NONE, PLAN_ONE_TO_ONE, PLAN_LAZY },
		[PAYING] = { PLAN_COOP_NATIVE, PLAN_ONE_TO_ONE, PLAN_LAZY },
		[FILTER] = { PLAN_COOP_NONE, PLAN_DROPS, PLAN_LAZY },
		[LAZY] = { PLAN_COOP_NONE, PLAN_ONE_TO_ONE, PLAN_LAZY },
		[UNION] = { PLAN_COOP_NONE, PLAN_ONE_TO_ONE, PLAN_LAZY },
		[EXCHANGE] = { PLAN_COOP_NONE, PLAN_ONE_TO_ONE, PLAN_EAGER },
		[NATIVE] = { PLAN_COOP_NATIVE, PLAN_ONE_TO_ONE, PLAN_EAGER },
		[BLOCKING] = { PLAN_COOP_NONE, PLAN_BLOCKS, PLAN_EAGER },
		[GUARD] = { PLAN_COOP_NATIVE, PLAN_ONE_TO_ONE, PLAN_LAZY },
		[PLAN_RESULT] = { PLAN_COOP_NATIVE, PLAN_BLOCKS, PLAN_EAGER },
	};

	return traits[n->kind];
}

static struct plan_node *leaf(enum plan_kind kind)
{
	struct plan_rewrite r = fx_rewrite();
	struct plan_node *n = plan_node_new(&r, kind, 0);

	ck_assert_ptr_nonnull(n);
	return n;
}

static struct plan_node *over(enum plan_kind kind, struct plan_node *child)
{
	struct plan_rewrite r = fx_rewrite();
	struct plan_node *n = plan_node_over(&r, kind, child);

	ck_assert_ptr_nonnull(n);
	return n;
}

static struct plan_node *over_two(struct plan_node *a, struct plan_node *b)
{
	struct plan_node *n = over(UNION, a);

	n->child[1] = b;
	return n;
}

static void put(const struct plan_node *n, struct strbuf *out)
{
	static const char *const names[PLAN_KIND_COUNT] = {
		[LEAF] = "leaf",          [PAYING] = "paying",     [FILTER] = "filter",
		[LAZY] = "lazy",          [UNION] = "union",       [EXCHANGE] = "exchange",
		[NATIVE] = "native",      [BLOCKING] = "blocking", [GUARD] = "GUARD",
		[PLAN_RESULT] = "result",
	};

	strbuf_printf(out, "%s", names[n->kind]);
	if (!n->child[0])
		return;
	strbuf_add_char(out, '(');
	put(n->child[0], out);
	if (n->child[1]) {
		strbuf_add_str(out, STR(", "));
		put(n->child[1], out);
	}
	strbuf_add_char(out, ')');
}

/* What the rule makes of a tree, five times over. */
static void check(struct plan_node *root, const char *wanted)
{
	struct plan_rewrite r = fx_rewrite();

	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(plan_add_guards(&r, &root, strange), 0);
		strbuf_reset(&fx.text);
		put(root, &fx.text);
		ck_assert_str_eq(fx.text.ptr, wanted);
		ck_assert(plan_is_guarded(root, strange));
	}
}

START_TEST(guards_a_leaf_that_does_not_pay_once)
{
	check(leaf(LEAF), "GUARD(leaf)");
	check(over(PLAN_RESULT, leaf(LEAF)), "result(GUARD(leaf))");
	check(over(LAZY, leaf(LEAF)), "lazy(GUARD(leaf))");
}
END_TEST

START_TEST(leaves_alone_what_pays)
{
	check(leaf(PAYING), "paying");
	check(over(LAZY, leaf(PAYING)), "lazy(paying)");
	check(over(NATIVE, over(LAZY, leaf(PAYING))), "native(lazy(paying))");
}
END_TEST

START_TEST(leaves_alone_what_is_guarded)
{
	check(over(GUARD, leaf(LEAF)), "GUARD(leaf)");
	check(over(GUARD, over(LAZY, leaf(LEAF))), "GUARD(lazy(leaf))");
	check(over(FILTER, over(GUARD, leaf(LEAF))), "filter(GUARD(leaf))");
}
END_TEST

START_TEST(guards_the_input_of_a_filter)
{
	check(over(FILTER, leaf(LEAF)), "filter(GUARD(leaf))");
	check(over(FILTER, over(LAZY, leaf(LEAF))), "filter(GUARD(lazy(leaf)))");
}
END_TEST

START_TEST(guards_every_input_of_a_union)
{
	check(over_two(leaf(LEAF), leaf(LEAF)), "union(GUARD(leaf), GUARD(leaf))");
	check(over_two(leaf(PAYING), leaf(LEAF)), "union(paying, GUARD(leaf))");
	check(over(GUARD, over_two(leaf(LEAF), leaf(LEAF))), "GUARD(union(leaf, leaf))");
}
END_TEST

/* A task of its own has a budget of its own. */
START_TEST(starts_anew_below_an_exchange)
{
	struct plan_node *below = over(EXCHANGE, leaf(LEAF));

	check(over(LAZY, over(NATIVE, over(LAZY, over(GUARD, below)))),
	      "lazy(native(lazy(GUARD(exchange(GUARD(leaf))))))");
	below = over(EXCHANGE, leaf(LEAF));
	check(over(LAZY, over(NATIVE, over(LAZY, below))),
	      "lazy(native(lazy(GUARD(exchange(GUARD(leaf))))))");
	check(over(GUARD, over(NATIVE, leaf(LEAF))), "GUARD(native(GUARD(leaf)))");
}
END_TEST

/* A guard above a filter never sees what the filter drops. */
START_TEST(does_not_trust_a_guard_above_a_filter)
{
	check(over(GUARD, over(FILTER, leaf(LEAF))), "GUARD(filter(GUARD(leaf)))");
	check(over(GUARD, over(LAZY, over(FILTER, over(LAZY, leaf(LEAF))))),
	      "GUARD(lazy(filter(GUARD(lazy(leaf)))))");
}
END_TEST

START_TEST(guards_both_sides_of_what_blocks)
{
	check(over(BLOCKING, leaf(LEAF)), "GUARD(blocking(GUARD(leaf)))");
	check(over(PLAN_RESULT, over(BLOCKING, leaf(PAYING))),
	      "result(GUARD(blocking(GUARD(paying))))");
}
END_TEST

START_TEST(validator_finds_what_is_missing)
{
	struct plan_node *hole = over(GUARD, over(FILTER, leaf(LEAF)));
	struct plan_node *twice = over(GUARD, over(GUARD, leaf(LEAF)));

	ck_assert(!plan_is_guarded(leaf(LEAF), strange));
	ck_assert(!plan_is_guarded(hole, strange));
	ck_assert(!plan_is_guarded(twice, strange));
	ck_assert(!plan_is_guarded(over_two(leaf(PAYING), leaf(LEAF)), strange));
	ck_assert(!plan_is_guarded(over(GUARD, over(EXCHANGE, leaf(LEAF))), strange));
	ck_assert(!plan_is_guarded(over(EXCHANGE, over(GUARD, leaf(LEAF))), strange));
	ck_assert(plan_is_guarded(over(GUARD, over(LAZY, leaf(LEAF))), strange));
	ck_assert(plan_is_guarded(over(FILTER, leaf(PAYING)), strange));
}
END_TEST

/* The same with real tables: the class of `slow` does not pay. */
START_TEST(guards_scans_of_tables_that_do_not_pay)
{
	fx_check("SELECT v FROM slow WHERE v > 1 ORDER BY v",
		 "[fragment 1] result v LONG\n"
		 "  [fragment 0] sort by: v\n"
		 "    filter (v > 1)\n"
		 "      cooperative\n"
		 "        scan slow columns: v ranges: v >= 2\n");
	fx_check("SELECT v FROM slow JOIN users ON v = id",
		 "[fragment 1] result v LONG\n"
		 "  project v\n"
		 "    [fragment 0] hash_join on: id = v\n"
		 "      scan users columns: id\n"
		 "      cooperative\n"
		 "        scan slow columns: v\n");
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_test(tc, guards_a_leaf_that_does_not_pay_once);
	tcase_add_test(tc, leaves_alone_what_pays);
	tcase_add_test(tc, leaves_alone_what_is_guarded);
	tcase_add_test(tc, guards_the_input_of_a_filter);
	tcase_add_test(tc, guards_every_input_of_a_union);
	tcase_add_test(tc, starts_anew_below_an_exchange);
	tcase_add_test(tc, does_not_trust_a_guard_above_a_filter);
	tcase_add_test(tc, guards_both_sides_of_what_blocks);
	tcase_add_test(tc, validator_finds_what_is_missing);
	tcase_add_test(tc, guards_scans_of_tables_that_do_not_pay);
	return unit_main("plan/rule_ensure_cooperative", tc);
}
