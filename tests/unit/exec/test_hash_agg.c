/* test_hash_agg.c - GROUP BY against sorted rows and simple loops. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/base/unit.h"
#include "tests/support/exec/live.h"
#include "tests/support/exec/make.h"
#include "tests/support/exec/plan_run.h"
#include "tests/support/exec/source.h"

static struct plan_run f;
static struct relation rows, expected;

static void setup(void)
{
	plan_run_init(&f);
}

static void teardown(void)
{
	plan_run_fini(&f);
	relation_fini(&rows);
	relation_fini(&expected);
}

/* ---- the reference ---- */

/* What the tests compute of column v for each group of column k:
 * k, count(*), count(v), sum(v) as long, min(v), count(distinct v). */
struct group {
	int64_t n, n_values, sum, min, n_distinct;
};

static int compare_cells(const struct value *a, const struct value *b)
{
	if (a->is_null || b->is_null)
		return a->is_null - b->is_null;
	return value_cmp(a, b);
}

static uint32_t n_keys;

static int compare_rows(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	for (uint32_t i = 0; i < rows.n_cols; i++) {
		int cmp = compare_cells(&x[i], &y[i]);

		if (cmp != 0)
			return cmp;
	}
	return 0;
}

static bool same_group(const struct value *a, const struct value *b)
{
	for (uint32_t i = 0; i < n_keys; i++) {
		if (compare_cells(&a[i], &b[i]) != 0)
			return false;
	}
	return true;
}

static void close_group(const struct value *row, const struct group *g)
{
	struct value out[16];
	uint32_t k = n_keys;

	memcpy(out, row, n_keys * sizeof(*row));
	out[k++] = (struct value){ .type = COL_LONG, .i64 = g->n };
	out[k++] = (struct value){ .type = COL_LONG, .i64 = g->n_values };
	out[k++] = (struct value){ .type = COL_LONG, .is_null = g->n_values == 0, .i64 = g->sum };
	out[k++] = (struct value){ .type = COL_LONG, .is_null = g->n_values == 0, .i64 = g->min };
	out[k++] = (struct value){ .type = COL_LONG, .i64 = g->n_distinct };
	relation_add(&expected, out);
}

/* Rows are keys and then one LONG column; works on a sorted copy. */
static void compute_expected(void)
{
	size_t width = rows.n_cols * sizeof(struct value);
	struct value *sorted = mem_alloc(rows.n_rows * width + 1);
	enum col_type types[16];
	struct group g = { 0 };

	memcpy(types, rows.types, sizeof(types));
	for (uint32_t i = 0; i < 5; i++)
		types[n_keys + i] = COL_LONG;
	relation_init(&expected, n_keys + 5, types, 0);
	memcpy(sorted, rows.cells, rows.n_rows * width);
	qsort(sorted, rows.n_rows, width, compare_rows);
	for (size_t i = 0; i < rows.n_rows; i++) {
		const struct value *row = sorted + i * rows.n_cols, *before = row - rows.n_cols;
		bool is_first = i == 0 || !same_group(before, row);
		const struct value *v = &row[n_keys];

		if (is_first && i > 0)
			close_group(before, &g);
		if (is_first)
			g = (struct group){ 0 };
		g.n++;
		if (v->is_null)
			continue;
		g.n_distinct +=
			is_first || g.n_values == 0 || compare_cells(&before[n_keys], v) != 0;
		g.min = g.n_values++ == 0 ? v->i64 : MIN(g.min, v->i64);
		g.sum += v->i64;
	}
	if (rows.n_rows > 0)
		close_group(sorted + (rows.n_rows - 1) * rows.n_cols, &g);
	mem_free(sorted);
}

/* The same as a plan. */
static struct plan_node *group_plan(const struct table_shape *shape)
{
	static const uint32_t keys[] = { 0, 1, 2, 3, 4 };
	struct plan_node *g = plan_group(&f, plan_table(&f, &rows, shape), n_keys, keys, 5);

	(void)plan_call(&f, g, 0, "count", -1);
	(void)plan_call(&f, g, 1, "count", (int)n_keys);
	(void)plan_call(&f, g, 2, "sum", (int)n_keys);
	(void)plan_call(&f, g, 3, "min", (int)n_keys);
	plan_call(&f, g, 4, "count", (int)n_keys)->is_distinct = true;
	return g;
}

/* Keys of these types, n_values each. */
static void make_rows(uint32_t n, const enum col_type *types, size_t n_rows, uint64_t n_values,
		      uint64_t seed)
{
	enum col_type all[16];

	n_keys = n;
	memcpy(all, types, n * sizeof(*types));
	all[n] = COL_LONG;
	relation_fini(&rows);
	relation_fini(&expected);
	relation_init(&rows, n + 1, all, n_rows);
	for (uint32_t i = 0; i < n; i++)
		relation_fill(&rows, i, &seed, n_values, true);
	for (size_t i = 0; i < n_rows; i++)
		*relation_at(&rows, i, n) =
			(struct value){ .type = COL_LONG,
					.is_null = sample_random(&seed) % 5 == 0,
					.i64 = (int64_t)(sample_random(&seed) % 50) };
	compute_expected();
}

static void check(const struct table_shape *shape)
{
	enum run_outcome outcome = plan_run(&f, group_plan(shape));

	plan_run_forget(&f);
	ck_assert_msg(outcome == RUN_OK, "outcome %d: %s", (int)outcome, f.err.msg);
	ck_assert_rows(&f, &expected);
}

static const enum col_type one_key[][1] = { { COL_BOOLEAN }, { COL_INT },   { COL_LONG },
					    { COL_DOUBLE },  { COL_FLOAT }, { COL_TIMESTAMP },
					    { COL_STRING },  { COL_BYTES } };

/* ---- tests ---- */

START_TEST(groups_by_a_column_of_any_type_and_form)
{
	for (uint64_t n_values = 1; n_values < 100000; n_values *= 30) {
		make_rows(1, one_key[_i], 20000, n_values, n_values);
		check(&(struct table_shape){ .seed = n_values });
	}
}
END_TEST

START_TEST(groups_by_several_columns)
{
	static const enum col_type keys[] = { COL_STRING, COL_INT, COL_DOUBLE, COL_BOOLEAN,
					      COL_LONG };

	for (uint32_t n = 2; n <= 5; n++) {
		make_rows(n, keys, 20000, n < 4 ? 12 : 4, n);
		check(&(struct table_shape){ .seed = n });
	}
}
END_TEST

START_TEST(grows_over_the_borders_of_tables_and_blocks)
{
	static const enum col_type key = COL_LONG;

	make_rows(1, &key, 300000, 1u << 30, 7);
	check(&(struct table_shape){ .seed = 7 });
}
END_TEST

START_TEST(gives_the_same_answer_with_any_credit)
{
	static const enum col_type keys[] = { COL_STRING, COL_LONG };
	static const int64_t credits[] = { 1, 7, 300, 5000, 60000 };

	f.credit = credits[_i];
	make_rows(2, keys, 8000, 60, 3);
	check(&(struct table_shape){ .seed = 3, .max_batch = 300 });
}
END_TEST

START_TEST(merges_the_tables_of_several_tasks)
{
	static const enum col_type keys[] = { COL_STRING, COL_INT };
	static const int64_t credits[] = { 1, 400, 100000 };

	for (uint64_t n_values = 3; n_values < 1000; n_values *= 10) {
		for (size_t i = 0; i < ARRAY_SIZE(credits); i++) {
			f.credit = credits[i];
			f.max_tasks = 2 + (uint32_t)i;
			make_rows(2, keys, 20000, n_values, n_values);
			check(&(struct table_shape){
				.seed = n_values, .n_tasks = 5, .max_batch = 500 });
		}
	}
}
END_TEST

START_TEST(runs_on_workers_with_random_credit)
{
	static const enum col_type keys[] = { COL_STRING, COL_DOUBLE };

	f.credit = 3000;
	f.max_tasks = 4;
	f.n_workers = 2;
	for (uint64_t seed = 1; seed < 8; seed++) {
		f.seed = seed;
		make_rows(2, keys, 20000, seed * 40, seed);
		check(&(struct table_shape){ .seed = seed, .n_tasks = 4, .max_batch = 700 });
	}
}
END_TEST

START_TEST(has_one_group_without_keys)
{
	make_rows(0, one_key[0], 30000, 1, 5);
	f.max_tasks = (uint32_t)_i + 1;
	check(&(struct table_shape){ .seed = 5, .n_tasks = 3 });
}
END_TEST

START_TEST(has_one_group_without_keys_and_without_rows)
{
	struct value none[5] = { { .type = COL_LONG },
				 { .type = COL_LONG },
				 { .type = COL_LONG, .is_null = true },
				 { .type = COL_LONG, .is_null = true },
				 { .type = COL_LONG } };

	make_rows(0, one_key[0], 0, 1, 5);
	relation_add(&expected, none);
	check(&(struct table_shape){ .seed = 5 });
}
END_TEST

START_TEST(has_no_group_with_keys_and_without_rows)
{
	make_rows(1, one_key[_i], 0, 1, 5);
	check(&(struct table_shape){ .seed = 5 });
	ck_assert_uint_eq(f.result.n_rows, 0);
}
END_TEST

START_TEST(drops_duplicates_without_aggregates)
{
	static const enum col_type types[] = { COL_STRING, COL_INT };
	static const uint32_t keys[] = { 0, 1 };
	uint64_t seed = 9;

	relation_init(&rows, 2, types, 20000);
	relation_init(&expected, 2, types, 0);
	relation_fill(&rows, 0, &seed, 30, true);
	relation_fill(&rows, 1, &seed, 30, true);
	qsort(rows.cells, rows.n_rows, 2 * sizeof(struct value), compare_rows);
	for (size_t i = 0; i < rows.n_rows; i++) {
		n_keys = 2;
		if (i == 0 || !same_group(relation_at(&rows, i - 1, 0), relation_at(&rows, i, 0)))
			relation_add(&expected, relation_at(&rows, i, 0));
	}
	ck_assert_int_eq(
		plan_run(&f,
			 plan_group(&f, plan_table(&f, &rows, &(struct table_shape){ .seed = 1 }),
				    2, keys, 0)),
		RUN_OK);
	ck_assert_rows(&f, &expected);
}
END_TEST

START_TEST(feeds_only_rows_that_pass_the_filter)
{
	static const enum col_type types[] = { COL_INT, COL_BOOLEAN, COL_LONG };
	static const enum col_type out[] = { COL_INT, COL_LONG };
	static const uint32_t key = 0;
	struct plan_node *g;
	struct plan_agg *agg;
	int64_t sums[4] = { 0 };
	uint64_t seed = 4;

	relation_init(&rows, 3, types, 10000);
	relation_init(&expected, 2, out, 0);
	relation_fill(&rows, 1, &seed, 2, true);
	for (size_t i = 0; i < rows.n_rows; i++) {
		const struct value *wanted = relation_at(&rows, i, 1);

		*relation_at(&rows, i, 0) =
			(struct value){ .type = COL_INT, .i64 = (int64_t)(i % 4) };
		*relation_at(&rows, i, 2) = (struct value){ .type = COL_LONG, .i64 = (int64_t)i };
		sums[i % 4] += !wanted->is_null && wanted->boolean ? (int64_t)i : 0;
	}
	for (int64_t i = 0; i < 4; i++)
		relation_add(&expected, (struct value[]){ { .type = COL_INT, .i64 = i },
							  { .type = COL_LONG, .i64 = sums[i] } });
	g = plan_group(&f, plan_table(&f, &rows, &(struct table_shape){ .seed = 2 }), 1, &key, 1);
	agg = plan_call(&f, g, 0, "sum", 2);
	agg->filter = plan_column(&f, g->child[0], 1);
	ck_assert_int_eq(plan_run(&f, g), RUN_OK);
	ck_assert_rows(&f, &expected);
}
END_TEST

/* min and max of strings, whose states keep text that has to survive merging. */
START_TEST(keeps_text_in_states)
{
	static const enum col_type types[] = { COL_INT, COL_STRING };
	static const enum col_type out[] = { COL_INT, COL_STRING, COL_LONG };
	static const uint32_t key = 0;
	struct plan_node *g;
	uint64_t seed = 8;

	relation_init(&rows, 2, types, 20000);
	relation_init(&expected, 3, out, 0);
	relation_fill(&rows, 0, &seed, 50, false);
	relation_fill(&rows, 1, &seed, 5000, true);
	qsort(rows.cells, rows.n_rows, 2 * sizeof(struct value), compare_rows);
	n_keys = 1;
	for (size_t i = 0, first = 0, n = 0; i < rows.n_rows; i++) {
		const struct value *row = relation_at(&rows, i, 0);

		n += !row[1].is_null && (i == first || compare_cells(&row[-1], &row[1]) != 0);
		if (i + 1 < rows.n_rows && same_group(row, row + 2))
			continue;
		relation_add(&expected,
			     (struct value[]){ row[0],
					       rows.cells[first * 2 + 1],
					       { .type = COL_LONG, .i64 = (int64_t)n } });
		first = i + 1;
		n = 0;
	}
	f.max_tasks = (uint32_t)_i + 1;
	f.credit = _i == 2 ? 100 : 50000;
	g = plan_group(&f, plan_table(&f, &rows, &(struct table_shape){ .seed = 3, .n_tasks = 3 }),
		       1, &key, 2);
	(void)plan_call(&f, g, 0, "min", 1);
	plan_call(&f, g, 1, "count", 1)->is_distinct = true;
	ck_assert_int_eq(plan_run(&f, g), RUN_OK);
	ck_assert_rows(&f, &expected);
}
END_TEST

/* Keys of two columns that all have one hash: the second undoes the first. */
START_TEST(tells_keys_of_equal_hashes_apart)
{
	static const enum col_type keys[] = { COL_LONG, COL_LONG };
	static const int64_t credits[] = { 1, 1000, 200000 };

	make_rows(2, keys, 3000, 2, 11);
	for (size_t i = 0; i < rows.n_rows; i++) {
		uint64_t a = i % 600, hash, mix = 0x9e3779b97f4a7c15ull;
		struct column c = { .type = COL_LONG, .values = &a };

		col_hash(&c, &(struct sel){ NULL, 1 }, true, &hash);
		*relation_at(&rows, i, 0) = (struct value){ .type = COL_LONG, .i64 = (int64_t)a };
		*relation_at(&rows, i, 1) =
			(struct value){ .type = COL_LONG, .i64 = (int64_t)(12345 - hash * mix) };
	}
	relation_fini(&expected);
	compute_expected();
	f.credit = credits[_i];
	f.max_tasks = (uint32_t)_i + 1;
	check(&(struct table_shape){ .seed = 1, .n_tasks = 3, .max_batch = 400 });
}
END_TEST

/* ---- as many groups as are wanted ---- */

/* LIMIT over the keys of an endless table, of which there are n_keys. */
static struct plan_node *some_keys(struct source *s, uint64_t n_keys_wanted,
				   const struct source_shape *shape)
{
	static const uint32_t columns[] = { SOURCE_KEY }, key = 0;
	struct plan_node *g;

	source_init(s, shape);
	g = plan_group(&f, make_scan(&f, &s->base, 1, columns), 1, &key, 0);
	g->hash_agg.limit = n_keys_wanted;
	return make_limit(&f, g, 0, n_keys_wanted);
}

START_TEST(stops_reading_when_there_are_enough_groups)
{
	/* Batches of 100 rows with 7 keys each time; 1,000 keys take ten of them. */
	static const struct {
		uint64_t n_keys, n_wanted, n_calls;
	} cases[] = {
		{ 7, 3, 1 }, { 7, 7, 1 }, { 1000, 1, 1 }, { 1000, 101, 2 }, { 1000, 1000, 10 }
	};
	struct source s;
	struct live live;

	live_init(&live, &f,
		  some_keys(&s, cases[_i].n_wanted,
			    &(struct source_shape){ .n_rows = SOURCE_ENDLESS,
						    .batch_rows = 100,
						    .n_keys = cases[_i].n_keys }));
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, cases[_i].n_wanted);
	ck_assert_uint_eq(s.n_calls, cases[_i].n_calls);
	ck_assert_uint_eq(s.n_closed, s.n_opened);
	live_fini(&live);
	source_fini(&s);
}
END_TEST

/*
 * Several tasks, with more groups than a table that forgets would remember: as
 * many different ones come out as are wanted, however the tasks take turns.
 */
START_TEST(finds_enough_groups_in_several_tasks)
{
	static const uint64_t wanted[] = { 1, 5000, 200000 };
	static const int64_t credits[] = { 50, 20000, 1000000 };
	struct source s;
	struct live live;
	int64_t *values;

	live_init(&live, &f,
		  some_keys(&s, wanted[_i % 3],
			    &(struct source_shape){
				    .n_rows = SOURCE_ENDLESS, .n_keys = 1000000, .n_tasks = 4 }));
	live.n_workers = _i < 3 ? 0 : 2;
	live.options.max_tasks = 4;
	live.options.credit = credits[_i % 3];
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, wanted[_i % 3]);
	values = live_longs(&live, 0);
	for (uint64_t i = 1; i < wanted[_i % 3]; i++)
		ASSERT_ROW(values[i - 1] < values[i]);
	mem_free(values);
	ck_assert_uint_eq(s.n_closed, s.n_opened);
	live_fini(&live);
	source_fini(&s);
}
END_TEST

/* One task finds enough; the others, whose keys are few, would read for ever. */
START_TEST(tells_the_other_tasks_that_there_are_enough)
{
	static const uint32_t columns[] = { SOURCE_ROW }, key = 0;
	struct source s;
	struct live live;
	struct plan_node *scan, *g;

	source_init(&s, &(struct source_shape){
				.n_rows = SOURCE_ENDLESS, .batch_rows = 64, .n_tasks = 4 });
	scan = make_scan(&f, &s.base, 1, columns);
	/* Only the first batch, which one task gets, has more than one key. */
	scan = make_project(
		&f, scan,
		EXPRS(make_call(&f, "least",
				EXPRS(make_column(&f, 0, COL_LONG), make_long(&f, 64)))));
	g = plan_group(&f, scan, 1, &key, 0);
	g->hash_agg.limit = 64;
	live_init(&live, &f, make_limit(&f, g, 0, 64));
	live.options.max_tasks = 4;
	live.options.credit = 1;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 64);
	ck_assert_uint_eq(s.n_opened, 4);
	live_fini(&live);
	source_fini(&s);
}
END_TEST

/* The rows all go to the task that asks first; the other ones get empty batches. */
static void starve_the_others(struct source *s, struct coop *coop)
{
	if (!s->arg)
		s->arg = coop;
	s->shape.n_empty = coop == s->arg ? 0 : UINT32_MAX;
}

/*
 * A table that forgot would make groups anew and count them twice: 60,000 keys
 * come round five times before there is another one.
 */
START_TEST(counts_no_group_twice)
{
	static const uint32_t columns[] = { SOURCE_ROW }, key = 0;
	struct plan_expr *row = make_column(&f, 0, COL_LONG), *cycle, *rest;
	struct source s;
	struct live live;
	struct plan_node *n;

	source_init(&s, &(struct source_shape){ .n_rows = SOURCE_ENDLESS, .n_tasks = 2 });
	s.hook = starve_the_others;
	cycle = make_call(&f, "mod", EXPRS(row, make_long(&f, 60000)));
	rest = make_call(&f, "minus", EXPRS(row, make_long(&f, 240001)));
	n = make_scan(&f, &s.base, 1, columns);
	n = make_project(&f, n, EXPRS(make_call(&f, "greatest", EXPRS(cycle, rest))));
	n = plan_group(&f, n, 1, &key, 0);
	n->hash_agg.limit = 60001;
	live_init(&live, &f, make_limit(&f, n, 0, 60001));
	live.options.max_tasks = 2;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 60001);
	live_fini(&live);
	source_fini(&s);
}
END_TEST

START_TEST(gives_all_groups_when_there_are_not_enough)
{
	struct source s;
	struct live live;

	live_init(&live, &f,
		  some_keys(&s, 500,
			    &(struct source_shape){ .n_rows = 9000, .n_keys = 41, .n_tasks = 3 }));
	live.options.max_tasks = 3;
	ck_assert_int_eq(live_start(&live), 0);
	ck_assert_int_eq(live_wait(&live), RUN_OK);
	ck_assert_uint_eq(live.run.result.n_rows, 41);
	live_fini(&live);
	source_fini(&s);
}
END_TEST

START_TEST(survives_allocation_failure_with_enough_groups)
{
	long n = 1;

	for (long at = 0; at < n; at++) {
		struct source s;
		struct plan_node *node = some_keys(&s, 300,
						   &(struct source_shape){ .n_rows = SOURCE_ENDLESS,
									   .n_keys = 400,
									   .batch_rows = 100 });

		f.fail_at = at;
		if (plan_run(&f, node) == RUN_FAILED)
			ck_assert_int_eq(f.err.code, ERR_OUT_OF_MEMORY);
		else
			ck_assert_uint_eq(f.result.n_rows, 300);
		n = MAX(n, f.n_allocations + 1);
		ck_assert_uint_eq(s.n_closed, s.n_opened);
		plan_run_forget(&f);
		source_fini(&s);
	}
	ck_assert_int_gt(n, 5);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	static const enum col_type keys[] = { COL_STRING, COL_INT };
	long n = 1;

	f.max_tasks = 2;
	make_rows(2, keys, 6000, 40, 13);
	for (long at = 0; at < n; at += 1 + at / 16) {
		enum run_outcome outcome;

		f.fail_at = at;
		outcome =
			plan_run(&f, group_plan(&(struct table_shape){ .seed = 2, .n_tasks = 2 }));
		n = MAX(n, f.n_allocations + 1);
		if (outcome == RUN_FAILED)
			ck_assert_int_eq(f.err.code, ERR_OUT_OF_MEMORY);
		else
			ck_assert_rows(&f, &expected);
		plan_run_forget(&f);
	}
}
END_TEST

START_TEST(stops_when_cancelled)
{
	static const enum col_type keys[] = { COL_STRING, COL_LONG };
	uint64_t seed = 17;

	make_rows(2, keys, 100000, 1u << 20, 17);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 20000;
	for (int i = 0; i < 20; i++) {
		f.cancel_ns = 1 + sample_random(&seed) % 60000000;
		if (plan_run(&f, group_plan(&(struct table_shape){ .seed = 2, .n_tasks = 2 })) ==
		    RUN_OK)
			ck_assert_rows(&f, &expected);
		plan_run_forget(&f);
	}
}
END_TEST

START_TEST(has_short_polls)
{
	static const enum col_type keys[] = { COL_LONG, COL_STRING };

	make_rows((uint32_t)_i + 1, keys, 400000, 1u << 19, 19);
	f.n_workers = 2;
	f.max_tasks = 2;
	f.credit = 100000;
	check(&(struct table_shape){ .seed = 2, .n_tasks = 2 });
	plan_run_check_polls(&f, "hash_agg");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, groups_by_a_column_of_any_type_and_form, 0, ARRAY_SIZE(one_key));
	tcase_add_test(tc, groups_by_several_columns);
	tcase_add_test(tc, grows_over_the_borders_of_tables_and_blocks);
	tcase_add_loop_test(tc, gives_the_same_answer_with_any_credit, 0, 5);
	tcase_add_test(tc, merges_the_tables_of_several_tasks);
	tcase_add_test(tc, runs_on_workers_with_random_credit);
	tcase_add_loop_test(tc, has_one_group_without_keys, 0, 3);
	tcase_add_test(tc, has_one_group_without_keys_and_without_rows);
	tcase_add_loop_test(tc, has_no_group_with_keys_and_without_rows, 0, ARRAY_SIZE(one_key));
	tcase_add_test(tc, drops_duplicates_without_aggregates);
	tcase_add_test(tc, feeds_only_rows_that_pass_the_filter);
	tcase_add_loop_test(tc, keeps_text_in_states, 0, 3);
	tcase_add_loop_test(tc, tells_keys_of_equal_hashes_apart, 0, 3);
	tcase_add_loop_test(tc, stops_reading_when_there_are_enough_groups, 0, 5);
	tcase_add_loop_test(tc, finds_enough_groups_in_several_tasks, 0, 6);
	tcase_add_test(tc, tells_the_other_tasks_that_there_are_enough);
	tcase_add_test(tc, counts_no_group_twice);
	tcase_add_test(tc, gives_all_groups_when_there_are_not_enough);
	tcase_add_test(tc, survives_allocation_failure_with_enough_groups);
	tcase_add_test(tc, survives_allocation_failure);
	tcase_add_test(tc, stops_when_cancelled);
	tcase_add_loop_test(tc, has_short_polls, 0, 2);
	return unit_main("exec/op/hash_agg", tc);
}
