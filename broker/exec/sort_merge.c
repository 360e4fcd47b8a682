/* sort_merge.c - see sort_merge.h.  The tree is Knuth's (TAOCP 3, 5.4.1), filled leaf by leaf. */
#include "broker/exec/sort_merge.h"

#include "common/base/assert.h"

#define NOBODY UINT32_MAX

#define PRICE_OF_ENTRY 8 /* and as much for each level of the tree */
#define PRICE_OF_FREE  500

void sort_list_push(struct sort_list *l, struct sort_run *run)
{
	run->next = NULL;
	if (l->last)
		l->last->next = run;
	else
		l->first = run;
	l->last = run;
	l->n++;
}

void sort_list_concat(struct sort_list *dst, struct sort_list *src)
{
	if (!src->first)
		return;
	if (dst->last)
		dst->last->next = src->first;
	else
		dst->first = src->first;
	dst->last = src->last;
	dst->n += src->n;
	*src = (struct sort_list){ 0 };
}

void sort_run_push(struct sort_run *run, struct sort_block *block)
{
	block->next = NULL;
	if (run->last)
		run->last->next = block;
	else
		run->first = block;
	run->last = block;
	run->n_entries += block->n;
}

int sort_merge_init(struct sort_merge *m, const struct sort_order *o, uint32_t n_max,
		    struct arena *arena, struct mem_pool *pool, struct error *err)
{
	*m = (struct sort_merge){ .order = o, .pool = pool, .n_max = n_max };
	m->inputs = arena_alloc(arena, sizeof(*m->inputs) * n_max, err);
	if (!m->inputs)
		return -1;
	m->tree = arena_alloc(arena, sizeof(*m->tree) * MAX(n_max, 1u), err);
	return m->tree ? 0 : -1;
}

void sort_merge_begin(struct sort_merge *m, struct sort_list *runs)
{
	ASSERT(runs->n <= m->n_max);
	m->n = m->n_built = m->node = 0;
	m->is_built = false;
	for (struct sort_run *run = runs->first; run; run = run->next)
		m->inputs[m->n++] = (struct sort_input){ .block = run->first };
	for (uint32_t i = 0; i < m->n; i++)
		m->tree[i].input = NOBODY;
	*runs = (struct sort_list){ 0 };
}

/* Lets an input's present entry enter the tree; its end is greater than all entries. */
static void enter(struct sort_merge *m, uint32_t input)
{
	struct sort_input *in = &m->inputs[input];

	m->player = (struct sort_node){ UINT64_MAX, input };
	in->row = NULL;
	if (in->block) {
		m->player.prefix = in->block->entries[in->at].prefix;
		in->row = in->block->entries[in->at].row;
	}
	m->node = (input + m->n) / 2;
}

/* Moves an input behind its present entry. */
static void advance(struct sort_merge *m, uint32_t input)
{
	struct sort_input *in = &m->inputs[input];
	struct sort_block *done = in->block;

	if (++in->at < done->n)
		return;
	in->block = done->next;
	in->at = 0;
	mem_pool_free(m->pool, done);
}

/* Equal prefixes. */
static bool tie_is_before(const struct sort_merge *m, const struct sort_node *a,
			  const struct sort_node *b, int64_t *work)
{
	const void *row_a = m->inputs[a->input].row, *row_b = m->inputs[b->input].row;
	int cmp = 0;

	if (!row_a || !row_b)
		return row_a != NULL;
	if (!sort_is_decided(m->order, a->prefix))
		cmp = sort_compare(m->order, row_a, row_b, work);
	return cmp != 0 ? cmp < 0 : a->input < b->input;
}

/* Walks the player up; false when the work has become much. */
static bool play(struct sort_merge *m, int64_t *work)
{
	struct sort_node player = m->player;
	uint32_t node = m->node;

	for (; node > 0; node /= 2) {
		struct sort_node other = m->tree[node];
		bool loses = other.prefix < player.prefix;

		if (UNLIKELY(other.prefix == player.prefix)) {
			if (*work >= SORT_STEP_WORK) {
				m->player = player;
				m->node = node;
				return false;
			}
			loses = tie_is_before(m, &other, &player, work);
		}
		m->tree[node] = loses ? player : other;
		player = loses ? other : player;
	}
	m->tree[0] = player;
	m->node = 0;
	return true;
}

/* The same while the tree is being filled: who comes first to a node waits there. */
static bool play_first(struct sort_merge *m, int64_t *work)
{
	while (m->node > 0) {
		struct sort_node *other = &m->tree[m->node];
		struct sort_node player = m->player;

		if (other->input == NOBODY) {
			*other = player;
			m->node = 0;
			return true;
		}
		if (*work >= SORT_STEP_WORK)
			return false;
		if (other->prefix < player.prefix ||
		    (other->prefix == player.prefix && tie_is_before(m, other, &player, work))) {
			m->player = *other;
			*other = player;
		}
		m->node /= 2;
	}
	m->tree[0] = m->player;
	return true;
}

static bool build(struct sort_merge *m, int64_t *work)
{
	while (m->n_built < m->n || m->node > 0) {
		if (m->node == 0)
			enter(m, m->n_built++);
		*work += PRICE_OF_ENTRY;
		if (!play_first(m, work))
			return false;
	}
	return true;
}

/* Entries until there are enough, none is left (true), or the work is much (false). */
static bool take_entries(struct sort_merge *m, struct sort_entry *out, uint32_t want, uint32_t *n,
			 int64_t price, int64_t *work)
{
	while (*n < want && *work < SORT_STEP_WORK) {
		uint32_t input;

		if (m->node > 0 && !play(m, work))
			return false;
		input = m->tree[0].input;
		if (!m->inputs[input].row)
			return true;
		out[(*n)++] = (struct sort_entry){ m->tree[0].prefix, m->inputs[input].row };
		advance(m, input);
		enter(m, input);
		/* A tree of one has no node to be compared at. */
		if (m->node == 0)
			m->tree[0] = m->player;
		*work += price;
	}
	return *n == want;
}

enum step sort_merge_next(struct sort_merge *m, struct sort_entry *out, uint32_t want, uint32_t *n,
			  struct coop *coop)
{
	int64_t price = PRICE_OF_ENTRY;
	bool is_done = m->n == 0;

	for (uint32_t k = m->n; k > 1; k /= 2)
		price += PRICE_OF_ENTRY;
	while (!is_done) {
		int64_t work = 0;

		if (!coop_go(coop))
			return STEP_YIELD;
		if (!m->is_built)
			m->is_built = build(m, &work);
		if (m->is_built)
			is_done = take_entries(m, out, want, n, price, &work);
		coop_pay(coop, work + 1);
	}
	return STEP_DONE;
}

enum step sort_merge_drop(struct sort_merge *m, struct coop *coop)
{
	while (m->n > 0) {
		struct sort_input *in = &m->inputs[m->n - 1];
		struct sort_block *done = in->block;

		if (!done) {
			m->n--;
			continue;
		}
		if (!coop_go(coop))
			return STEP_YIELD;
		in->block = done->next;
		mem_pool_free(m->pool, done);
		coop_pay(coop, PRICE_OF_FREE);
	}
	return STEP_DONE;
}
