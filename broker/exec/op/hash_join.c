/*
 * hash_join.c - inner join on equal keys.  Child 1 is built, child 0 probes.
 *
 * Build.  The sink's tasks copy the rows of child 1, with their keys, into
 * stores of their own; rows with a NULL key match nothing and are dropped.  A
 * key that is a plain column is not stored twice.
 *
 * Link.  When all rows are there their number is known, and so is the size of
 * the directory: a power of two of buckets, at least one per row.  The finish
 * step's tasks take blocks of rows and push each row onto the list of its
 * bucket, by compare-and-swap.  The directory comes in blocks that whoever needs
 * one first makes, because clearing all of it at once would be a long step.
 *
 * A bucket is one word: the address of its first row, and in the upper 16 bits a
 * set of tags.  A row's tag is one of 16 by its hash, so most probes that have
 * no match end at the word.
 *
 * Probe.  For each row of child 0 the list of its bucket is walked; where the
 * whole hash is equal, the pair is noted.  2,048 noted pairs, or the end of the
 * batch, make an output batch: keys are compared column by column, pairs that
 * only share the hash go, then columns are gathered.  The walk keeps its place,
 * so a list of a million equal keys is walked in as many polls as it takes.
 *
 *   INPUT ──> KEYS ──> HASH ──> BUCKETS ──> WALK ──> MATCH ──> LEFT ──> RIGHT ──> READY
 *     ^                                     ^  │                                    │
 *     └──────── the batch is through ───────┴──┴────────── there is more ───────────┘
 */
#include <stdatomic.h>
#include <string.h>

#include "broker/exec/op_expr.h"
#include "broker/exec/operator.h"
#include "broker/exec/row_batch.h"
#include "broker/exec/row_reader.h"
#include "broker/exec/row_store.h"
#include "common/base/assert.h"
#include "common/base/mutex.h"

#define BUCKET_BLOCK_BITS 14
#define BUCKET_BLOCK      ((uint64_t)1 << BUCKET_BLOCK_BITS) /* buckets: 128 KiB */

/* Rows linked, or links walked, between two looks at the credit. */
#define LINK_ROWS  256u
#define FIND_ROWS  256u
#define WALK_LINKS 256u
#define AHEAD      12u /* rows whose buckets are asked for ahead of time */

/* Pairs of an output batch: few enough that the rows which the walk has brought into the cache are
 * still there when they are compared and gathered. */
#define PAIRS_MAX 1024u

#define PRICE_OF_LINK  50
#define PRICE_OF_WALK  8
#define PRICE_OF_MISS  60 /* the same when the rows are too many for a cache */
#define MANY_ROWS      32768u
#define PRICE_OF_BLOCK 70000 /* clearing 128 KiB of fresh memory */

#define TAG_SHIFT    48
#define ADDRESS_MASK (((uint64_t)1 << TAG_SHIFT) - 1)

/* Address of the first row, and tags. */
typedef _Atomic uint64_t bucket;

struct join_shared {
	struct arena arena;
	struct row_layout layout; /* columns of child 1, then keys that are no plain column */
	uint32_t n_keys;
	uint32_t *key_fields; /* by key: its field */

	_Atomic uint64_t n_rows;
	_Atomic(_Atomic(bucket *) *) directory; /* blocks of buckets; a missing one is empty */
	uint64_t mask;                          /* buckets - 1; set before the finish step */

	struct mutex lock;         /* guards the two below; rank SINK */
	struct join_build *builds; /* of the sink's tasks */
	struct row_block *next;    /* block to be linked next, of builds */
};

static struct plan_expr *const *build_keys(const struct plan_node *n)
{
	return n->hash_join.right_keys;
}

/* Gives every key a field: the column's own, or a new one behind the columns. */
static int join_share(struct run *run, const struct plan_node *node, void *shared,
		      struct error *err)
{
	struct join_shared *s = shared;
	const struct plan_node *right = node->child[1];
	uint32_t n = right->n_columns, n_keys = node->hash_join.n_keys;
	enum col_type *types;

	mutex_init(&s->lock, MUTEX_RANK_SINK);
	arena_init(&s->arena, run->options.pool);
	s->n_keys = n_keys;
	s->key_fields = arena_alloc(&s->arena, sizeof(*s->key_fields) * n_keys, err);
	if (!s->key_fields)
		return -1;
	types = arena_alloc(&s->arena, sizeof(*types) * (n + n_keys), err);
	if (!types)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		types[i] = right->columns[i].type;
	for (uint32_t i = 0; i < n_keys; i++) {
		const struct plan_expr *key = build_keys(node)[i];

		s->key_fields[i] = key->kind == EXPR_COLUMN ? key->column : n;
		if (key->kind != EXPR_COLUMN)
			types[n++] = key->type;
	}
	return row_layout_init(&s->layout, &s->arena, n, types, sizeof(uint64_t), err);
}

static uint64_t *row_hash(const struct join_shared *s, void *row)
{
	return (uint64_t *)(void *)((char *)row + s->layout.extra);
}

/* Keeps the positions of sel whose keys all have a value. */
static void drop_null_keys(const struct column *keys, uint32_t n_keys, struct sel *sel,
			   uint16_t *rows)
{
	for (uint32_t k = 0; k < n_keys; k++) {
		uint32_t n = 0;

		if (!keys[k].validity)
			continue;
		for (uint32_t i = 0; i < sel->n_rows; i++) {
			uint32_t row = sel_row(sel, i);

			rows[n] = (uint16_t)row;
			n += col_is_valid(&keys[k], row);
		}
		*sel = (struct sel){ rows, n };
	}
}

/* ---- build ---- */

enum build_phase { BUILD_INPUT, BUILD_KEYS, BUILD_HASH, BUILD_APPEND };

struct join_build {
	struct op base;
	struct join_build *next;
	enum build_phase phase;
	struct expr_list keys;
	struct row_store rows;
	struct batch *input;
	struct column *fields; /* one per field of the layout */
	struct sel live;
	struct row_cursor cursor;
	uint32_t pos;
	uint64_t hashes[BATCH_ROWS_MAX]; /* by position in live, as are the rows */
	void *added[BATCH_ROWS_MAX];
	uint16_t live_rows[BATCH_ROWS_MAX];
};

static int build_open(struct op *op, struct run_task *task, struct error *err)
{
	struct join_build *b = CONTAINER_OF(op, struct join_build, base);
	struct join_shared *s = run_shared(task->run, op->node);

	if (expr_list_compile(task, build_keys(op->node), s->n_keys, &b->keys) < 0)
		return -1;
	b->fields = arena_alloc(&task->arena, sizeof(*b->fields) * s->layout.n_fields, err);
	if (!b->fields)
		return -1;
	row_store_init(&b->rows, &s->layout, task->run->options.pool);
	return 0;
}

static void build_keys_done(struct join_build *b, const struct join_shared *s)
{
	uint32_t n_columns = b->input->n_cols;

	for (uint32_t i = 0; i < n_columns; i++)
		b->fields[i] = b->input->cols[i];
	for (uint32_t i = 0; i < s->n_keys; i++) {
		if (s->key_fields[i] >= n_columns)
			b->fields[s->key_fields[i]] = b->keys.columns[i];
	}
	b->live = b->input->sel;
	drop_null_keys(b->keys.columns, s->n_keys, &b->live, b->live_rows);
	b->pos = 0;
}

static enum step build_step(struct join_build *b, const struct join_shared *s, struct coop *coop,
			    struct error *err)
{
	enum step step = STEP_DONE;

	switch (b->phase) {
	case BUILD_INPUT:
		break;
	case BUILD_KEYS:
		step = expr_list_eval(&b->keys, b->input, &b->input->sel);
		if (step == STEP_DONE)
			build_keys_done(b, s);
		break;
	case BUILD_HASH:
		step = row_hash_columns(&b->cursor, b->keys.columns, s->n_keys, &b->live, b->hashes,
					coop);
		break;
	case BUILD_APPEND:
		step = row_store_append(&b->rows, b->fields, &b->live, &b->pos, b->added, coop,
					err);
		for (uint32_t i = 0; step == STEP_DONE && i < b->live.n_rows; i++)
			*row_hash(s, b->added[i]) = b->hashes[i];
		break;
	}
	return step;
}

static void register_build(struct join_build *b, struct join_shared *s)
{
	atomic_fetch_add_explicit(&s->n_rows, b->rows.n_rows, memory_order_relaxed);
	mutex_lock(&s->lock);
	b->next = s->builds;
	s->builds = b;
	mutex_unlock(&s->lock);
}

static enum op_result build_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct join_build *b = CONTAINER_OF(op, struct join_build, base);
	struct join_shared *s = run_shared(task->run, op->node);

	(void)out;
	for (;;) {
		enum step step;

		if (b->phase == BUILD_INPUT) {
			enum op_result polled = op_poll(op->child, task, &b->input);

			if (polled == OP_DONE)
				register_build(b, s);
			if (polled != OP_READY)
				return polled;
		}
		step = build_step(b, s, &task->task.coop, &task->err);
		if (step != STEP_DONE)
			return op_after(task, step);
		b->phase = b->phase == BUILD_APPEND ? BUILD_INPUT : b->phase + 1;
	}
}

/* ---- link ---- */

struct join_link {
	struct row_block *block;
	uint32_t row;
};

static uint64_t n_bucket_blocks(const struct join_shared *s)
{
	return (s->mask >> BUCKET_BLOCK_BITS) + 1;
}

/* Runs once, before the step's tasks: all rows are there, so the rest can be decided. */
static uint32_t link_parallelism(struct run *run, const struct plan_node *node)
{
	struct join_shared *s = run_shared(run, node);
	uint64_t n = atomic_load_explicit(&s->n_rows, memory_order_relaxed), n_buckets = 1024;

	while (n_buckets < n)
		n_buckets *= 2;
	s->mask = n_buckets - 1;
	return (uint32_t)MIN(n / 65536 + 1, (uint64_t)64);
}

/* The next block of rows of any build; NULL when all are taken. */
static struct row_block *claim_block(struct join_shared *s)
{
	struct row_block *b;

	mutex_lock(&s->lock);
	while (!s->next && s->builds) {
		s->next = s->builds->rows.first;
		s->builds = s->builds->next;
	}
	b = s->next;
	if (b)
		s->next = b->next;
	mutex_unlock(&s->lock);
	return b;
}

static int make_directory(struct join_shared *s, struct mem_pool *pool, struct error *err)
{
	_Atomic(bucket *) *none = NULL, *made;

	if (atomic_load_explicit(&s->directory, memory_order_acquire))
		return 0;
	made = mem_pool_calloc(pool, n_bucket_blocks(s) * sizeof(*made), err);
	if (!made)
		return -1;
	/* The loser's block goes; release pairs with the acquire above and in bucket_at(). */
	if (!atomic_compare_exchange_strong_explicit(&s->directory, &none, made,
						     memory_order_acq_rel, memory_order_acquire))
		mem_pool_free(pool, made);
	return 0;
}

/* The bucket of a hash; NULL when its block is missing. */
static inline bucket *bucket_at(const struct join_shared *s, uint64_t hash)
{
	_Atomic(bucket *) *directory = atomic_load_explicit(&s->directory, memory_order_acquire);
	uint64_t at = hash & s->mask;
	bucket *block;

	if (!directory)
		return NULL;
	block = atomic_load_explicit(&directory[at >> BUCKET_BLOCK_BITS], memory_order_acquire);
	return block ? &block[at & (BUCKET_BLOCK - 1)] : NULL;
}

ROW_PREFETCHES prefetch_bucket(const bucket *b)
{
	__builtin_prefetch(b);
}

/*
 * Empty buckets.  Cleared here and not by the kernel page by page, because rows
 * come in no order: the first of them would touch a fresh page each.
 */
static bucket *buckets_new(struct mem_pool *pool, uint64_t n, struct error *err)
{
	bucket *made = mem_pool_alloc(pool, n * sizeof(*made), err);

	for (uint64_t i = 0; made && i < n; i++)
		atomic_init(&made[i], 0);
	return made;
}

/* The same as bucket_at(), and makes the block.  NULL: out of memory. */
static bucket *bucket_get(struct join_shared *s, struct mem_pool *pool, uint64_t hash,
			  int64_t *work, struct error *err)
{
	bucket *found = bucket_at(s, hash), *none = NULL, *made;
	_Atomic(bucket *) *place;

	if (LIKELY(found))
		return found;
	made = buckets_new(pool, MIN(BUCKET_BLOCK, s->mask + 1), err);
	if (!made)
		return NULL;
	*work += PRICE_OF_BLOCK;
	place = atomic_load_explicit(&s->directory, memory_order_acquire) +
		((hash & s->mask) >> BUCKET_BLOCK_BITS);
	if (!atomic_compare_exchange_strong_explicit(place, &none, made, memory_order_acq_rel,
						     memory_order_acquire))
		mem_pool_free(pool, made);
	return bucket_at(s, hash);
}

static inline uint64_t tag_of(uint64_t hash)
{
	return (uint64_t)1 << (TAG_SHIFT + (hash >> 60));
}

static inline void *row_of_bucket(uint64_t word)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): address and tags are one atomic word */
	return (void *)(uintptr_t)(word & ADDRESS_MASK);
}

static void push_row(bucket *b, void *row, uint64_t hash)
{
	uint64_t before = atomic_load_explicit(b, memory_order_relaxed), after;

	/* The link keeps the tags of what is behind it, so that a walk can end early. */
	do {
		memcpy(row_link(row), &before, sizeof(before));
		after = (uint64_t)(uintptr_t)row | (before & ~ADDRESS_MASK) | tag_of(hash);
	} while (!atomic_compare_exchange_weak_explicit(b, &before, after, memory_order_release,
							memory_order_relaxed));
}

static enum step link_rows(struct join_shared *s, struct join_link *l, struct run_task *task)
{
	size_t row_size = s->layout.row_size;
	uint32_t end = MIN(l->row + LINK_ROWS, l->block->n_rows), from = l->row;
	int64_t work = 0;

	for (uint32_t i = from; i < end; i++)
		prefetch_bucket(bucket_at(s, *row_hash(s, l->block->rows + i * row_size)));
	for (; l->row < end && work < PRICE_OF_BLOCK; l->row++) {
		void *row = l->block->rows + l->row * row_size;
		uint64_t hash = *row_hash(s, row);
		bucket *b = bucket_get(s, task->run->options.pool, hash, &work, &task->err);

		if (!b)
			return STEP_FAILED;
		push_row(b, row, hash);
	}
	coop_pay(&task->task.coop, work + (int64_t)(l->row - from) * PRICE_OF_LINK);
	return STEP_DONE;
}

static enum op_result link_poll(struct run_task *task, const struct plan_node *node, void *state)
{
	struct join_shared *s = run_shared(task->run, node);
	struct join_link *l = state;

	ASSERT(sizeof(void *) == sizeof(uint64_t));
	if (make_directory(s, task->run->options.pool, &task->err) < 0)
		return OP_FAILED;
	for (;;) {
		enum step step = STEP_YIELD;

		if (!l->block) {
			l->block = claim_block(s);
			l->row = 0;
			if (!l->block)
				return OP_DONE;
		}
		if (coop_go(&task->task.coop))
			step = link_rows(s, l, task);
		if (step != STEP_DONE)
			return op_after(task, step);
		if (l->row == l->block->n_rows)
			l->block = NULL;
	}
}

/* ---- probe ---- */

enum probe_phase {
	PROBE_INPUT,
	PROBE_KEYS,
	PROBE_HASH,
	PROBE_BUCKETS,
	PROBE_WALK,
	PROBE_MATCH,
	PROBE_LEFT,
	PROBE_RIGHT,
	PROBE_READY,
};

struct join_probe {
	struct op base;
	enum probe_phase phase;
	struct expr_list keys;
	struct batch *input;
	struct sel live;
	struct row_cursor cursor;
	uint32_t n_lists, list; /* rows with a list; the row or list being worked on */
	uint64_t at;            /* word of the row to look at */

	uint32_t n_pairs, column;
	struct sel pair_sel;        /* the probe rows of the pairs, for kernels */
	struct row_column *columns; /* of the output */
	struct column *views;
	struct batch output;
	uint64_t hashes[BATCH_ROWS_MAX];    /* by position in live; after BUCKETS by list */
	uint64_t lists[BATCH_ROWS_MAX + 1]; /* bucket words */
	uint16_t list_rows[BATCH_ROWS_MAX];
	/* pairs; one more than are ever there, because the walk writes before it knows */
	uint16_t pair_rows[PAIRS_MAX + 1];
	void *pairs[PAIRS_MAX + 1];
	uint8_t differs[PAIRS_MAX];
	uint16_t live_rows[BATCH_ROWS_MAX];
};

static int probe_open(struct op *op, struct run_task *task, struct error *err)
{
	struct join_probe *p = CONTAINER_OF(op, struct join_probe, base);
	const struct plan_node *n = op->node;

	if (expr_list_compile(task, n->hash_join.left_keys, n->hash_join.n_keys, &p->keys) < 0)
		return -1;
	p->columns = arena_alloc(&task->arena, sizeof(*p->columns) * n->n_columns, err);
	if (!p->columns)
		return -1;
	p->views = arena_alloc(&task->arena, sizeof(*p->views) * n->n_columns, err);
	if (!p->views)
		return -1;
	for (uint32_t i = 0; i < n->n_columns; i++) {
		if (row_column_init(&p->columns[i], &task->arena, n->columns[i].type, err) < 0)
			return -1;
	}
	return 0;
}

static inline int64_t price_of_access(const struct join_shared *s)
{
	return s->mask >= MANY_ROWS ? PRICE_OF_MISS : PRICE_OF_WALK;
}

/* Keeps the rows whose bucket may hold their key, with the bucket's word. */
static void find_piece(struct join_probe *p, const struct join_shared *s, uint32_t end)
{
	uint32_t n = p->n_lists;

	for (; p->list < end; p->list++) {
		uint32_t ahead = MIN(p->list + AHEAD, p->live.n_rows - 1);
		uint64_t hash = p->hashes[p->list], word;
		const bucket *b = bucket_at(s, hash);

		prefetch_bucket(bucket_at(s, p->hashes[ahead]));
		word = b ? atomic_load_explicit(b, memory_order_relaxed) : 0;
		p->lists[n] = word;
		p->hashes[n] = hash;
		p->list_rows[n] = (uint16_t)sel_row(&p->live, p->list);
		n += (word & tag_of(hash)) != 0;
	}
	p->n_lists = n;
}

static enum step find_lists(struct join_probe *p, const struct join_shared *s, struct coop *coop)
{
	while (p->list < p->live.n_rows) {
		uint32_t from = p->list;

		if (!coop_go(coop))
			return STEP_YIELD;
		find_piece(p, s, MIN(from + FIND_ROWS, p->live.n_rows));
		coop_pay(coop, (int64_t)(p->list - from) * price_of_access(s));
	}
	p->list = 0;
	p->at = p->lists[0];
	return STEP_DONE;
}

/* The word behind a row. */
static inline uint64_t link_of(void *row)
{
	uint64_t word;

	memcpy(&word, row_link(row), sizeof(word));
	return word;
}

/* Asks for a row whole: the second of its lines is needed as soon as the first matches. */
ROW_PREFETCHES prefetch_row(const struct join_shared *s, uint64_t word)
{
	const char *row = row_of_bucket(word);

	__builtin_prefetch(row);
	__builtin_prefetch(row + s->layout.row_size - 1);
}

/* Walks lists until there are enough pairs, or no more lists, or it was long. */
static void walk(struct join_probe *p, const struct join_shared *s, struct coop *coop)
{
	uint32_t n_links = 0;

	while (p->list < p->n_lists && p->n_pairs < PAIRS_MAX && n_links < WALK_LINKS) {
		uint64_t hash = p->hashes[p->list];
		void *row = row_of_bucket(p->at);

		prefetch_row(s, p->lists[MIN(p->list + AHEAD, p->n_lists - 1)]);
		p->pairs[p->n_pairs] = row;
		p->pair_rows[p->n_pairs] = p->list_rows[p->list];
		p->n_pairs += *row_hash(s, row) == hash;
		p->at = link_of(row);
		if (!(p->at & tag_of(hash)))
			p->at = p->lists[++p->list]; /* one word behind the last is never used */
		n_links++;
	}
	coop_pay(coop, (int64_t)n_links * price_of_access(s) + 1);
}

static enum step walk_lists(struct join_probe *p, const struct join_shared *s, struct coop *coop)
{
	while (p->list < p->n_lists && p->n_pairs < PAIRS_MAX) {
		if (!coop_go(coop))
			return STEP_YIELD;
		walk(p, s, coop);
	}
	p->pair_sel = (struct sel){ p->pair_rows, p->n_pairs };
	memset(p->differs, 0, p->n_pairs);
	return STEP_DONE;
}

/* Rows with a NULL key are on neither side. */
static enum step match_keys(struct join_probe *p, const struct join_shared *s, struct coop *coop)
{
	struct row_match match = {
		.layout = &s->layout,
		.rows = p->pairs,
		.fields = s->key_fields,
		.cols = p->keys.columns,
		.n = s->n_keys,
		.sel = &p->pair_sel,
		.has_nulls = false,
	};

	return row_match_columns(&p->cursor, &match, p->differs, coop);
}

/* Drops the pairs that share no more than the hash. */
static void drop_false_pairs(struct join_probe *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n_pairs; i++) {
		p->pairs[n] = p->pairs[i];
		p->pair_rows[n] = p->pair_rows[i];
		n += !p->differs[i];
	}
	p->n_pairs = n;
	p->pair_sel.n_rows = n;
	p->column = 0;
}

static void take_codes(struct join_probe *p, const struct column *from, uint32_t *to)
{
	const uint32_t *codes = from->values;

	for (uint32_t k = 0; k < p->n_pairs; k++)
		to[k] = codes[p->pair_rows[k]];
}

static void take_validity(struct join_probe *p, const struct column *from, uint64_t *to)
{
	memset(to, 0, VALIDITY_WORDS * sizeof(*to));
	for (uint32_t k = 0; k < p->n_pairs; k++)
		to[k >> 6] |= (uint64_t)col_is_valid(from, p->pair_rows[k]) << (k & 63);
}

/*
 * A column of the probe side at the pairs' rows.  CONST stays as it is, and DICT
 * stays DICT, but for BOOLEAN, whose buffer is too narrow for codes.
 */
static void take_left(struct join_probe *p, uint32_t i)
{
	const struct column *from = &p->input->cols[i];
	struct row_column *to = &p->columns[i];
	struct column *view = &p->views[i];
	bool keeps_codes = from->form == COL_DICT && col_lane_of(from->type) != LANE_BOOL;

	*view = *from;
	if (from->form == COL_CONST)
		return;
	view->values = to->values;
	view->validity = from->validity ? to->validity : NULL;
	if (!keeps_codes) {
		col_gather(from, &p->pair_sel, to->values, to->validity);
		view->form = COL_FLAT;
		view->dict = NULL;
		return;
	}
	take_codes(p, from, to->values);
	if (from->validity)
		take_validity(p, from, to->validity);
}

static enum step take_left_columns(struct join_probe *p, struct coop *coop)
{
	for (; p->column < p->input->n_cols; p->column++) {
		if (!coop_go(coop))
			return STEP_YIELD;
		take_left(p, p->column);
		coop_pay(coop, (int64_t)p->n_pairs * COOP_ROW);
	}
	return STEP_DONE;
}

static enum step take_right_columns(struct join_probe *p, const struct join_shared *s,
				    struct coop *coop)
{
	uint32_t n_left = p->input->n_cols, n_right = p->base.node->n_columns - n_left;
	struct row_refs refs = { &s->layout, p->pairs, p->n_pairs };

	return row_gather_columns(&p->cursor, &refs, n_right, p->columns + n_left,
				  p->views + n_left, coop);
}

static void show_output(struct join_probe *p, struct batch **out)
{
	p->output = (struct batch){
		.n_rows = p->n_pairs,
		.n_cols = p->base.node->n_columns,
		.cols = p->views,
		.sel = { NULL, p->n_pairs },
	};
	*out = &p->output;
	p->n_pairs = 0;
}

/* One phase; goes to the next one when it is done. */
static enum step probe_step(struct join_probe *p, const struct join_shared *s, struct coop *coop)
{
	enum step step = STEP_DONE;

	switch (p->phase) {
	case PROBE_INPUT:
		break;
	case PROBE_KEYS:
		step = expr_list_eval(&p->keys, p->input, &p->input->sel);
		if (step != STEP_DONE)
			break;
		p->live = p->input->sel;
		drop_null_keys(p->keys.columns, s->n_keys, &p->live, p->live_rows);
		break;
	case PROBE_HASH:
		step = row_hash_columns(&p->cursor, p->keys.columns, s->n_keys, &p->live, p->hashes,
					coop);
		p->list = p->n_lists = 0;
		break;
	case PROBE_BUCKETS:
		step = find_lists(p, s, coop);
		break;
	case PROBE_WALK:
		step = walk_lists(p, s, coop);
		break;
	case PROBE_MATCH:
		step = match_keys(p, s, coop);
		if (step == STEP_DONE)
			drop_false_pairs(p);
		/* Nothing to gather. */
		if (step == STEP_DONE && p->n_pairs == 0)
			p->phase = PROBE_RIGHT;
		break;
	case PROBE_LEFT:
		step = take_left_columns(p, coop);
		break;
	case PROBE_RIGHT:
		step = take_right_columns(p, s, coop);
		break;
	case PROBE_READY:
		break;
	}
	p->phase += step == STEP_DONE;
	return step;
}

static enum op_result probe_poll(struct op *op, struct run_task *task, struct batch **out)
{
	struct join_probe *p = CONTAINER_OF(op, struct join_probe, base);
	const struct join_shared *s = run_shared(task->run, op->node);

	for (;;) {
		enum step step;

		if (p->phase == PROBE_INPUT) {
			enum op_result polled = op_poll(op->child, task, &p->input);

			if (polled != OP_READY)
				return polled;
		}
		step = probe_step(p, s, &task->task.coop);
		if (step != STEP_DONE)
			return op_after(task, step);
		if (p->phase != PROBE_READY)
			continue;
		p->phase = p->list < p->n_lists ? PROBE_WALK : PROBE_INPUT;
		if (p->n_pairs == 0)
			continue;
		show_output(p, out);
		return OP_READY;
	}
}

static const struct op_class hash_join_build_class = {
	.state_size = sizeof(struct join_build),
	.open = build_open,
	.poll = build_poll,
	.finish = link_poll,
	.finish_size = sizeof(struct join_link),
	.finish_parallelism = link_parallelism,
};

const struct op_class hash_join_class = {
	.state_size = sizeof(struct join_probe),
	.shared_size = sizeof(struct join_shared),
	.share = join_share,
	.open = probe_open,
	.poll = probe_poll,
	.sink = &hash_join_build_class,
};
