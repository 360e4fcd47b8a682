/*
 * wheel.c - see wheel.h.
 *
 * A slot of level L spans 64^L ms.  A timer sits on the level of the highest
 * six-bit digit in which its due time differs from now, in the slot of that
 * digit.  So on every level used slots lie ahead of now's own digit, and when
 * time reaches the start of a slot, its timers differ from now in lower digits
 * only: level 0 fires, any other level hands them down.  Each timer moves at
 * most five times, and none fires early or late.
 *
 * Two exceptions.  A timer that is due already waits in level 0's slot of now
 * for the next advance.  The top level is a ring: a slot at or before now's
 * digit belongs to the next turn, and what lies beyond one turn (2.2 years)
 * is parked in the furthest slot and placed again from there.
 */
#include "common/base/wheel.h"
#include "common/base/assert.h"
#include "common/base/compiler.h"

#define SLOT_BITS 6
#define TOP       (WHEEL_LEVELS - 1)
#define TURN_MS   (1ull << (SLOT_BITS * WHEEL_LEVELS))
#define HORIZON   (TURN_MS - (1ull << (SLOT_BITS * TOP)))

static unsigned digit(uint64_t time_ms, unsigned level)
{
	return (unsigned)(time_ms >> (SLOT_BITS * level)) % WHEEL_SLOTS;
}

void wheel_init(struct wheel *w, uint64_t now_ms)
{
	w->now_ms = now_ms;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		w->used[level] = 0;
		for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++)
			list_init(&w->slots[level][slot]);
	}
}

/* Keeps a slot in order of time; only timers that were due when added differ. */
static void insert_ordered(struct list *slot, struct wheel_timer *t)
{
	struct list *at = slot;

	while (at->prev != slot &&
	       CONTAINER_OF(at->prev, struct wheel_timer, link)->due_ms > t->due_ms)
		at = at->prev;
	list_push_back(at, &t->link);
}

static void place(struct wheel *w, struct wheel_timer *t)
{
	uint64_t at = MIN(MAX(t->due_ms, w->now_ms), w->now_ms + HORIZON);
	uint64_t differs = at ^ w->now_ms;
	unsigned level = 0, slot;

	if (differs != 0)
		level = MIN((63u - (unsigned)__builtin_clzll(differs)) / SLOT_BITS, TOP);
	slot = digit(at, level);
	if (level == 0)
		insert_ordered(&w->slots[0][slot], t);
	else
		list_push_back(&w->slots[level][slot], &t->link);
	w->used[level] |= 1ull << slot;
}

void wheel_add(struct wheel *w, struct wheel_timer *t, uint64_t due_ms)
{
	t->due_ms = due_ms;
	place(w, t);
}

void wheel_cancel(struct wheel_timer *t)
{
	/* A zeroed timer has never been linked.  The slot's bit stays; it costs one look. */
	if (t->link.next != NULL)
		list_remove(&t->link);
}

/* When time reaches that slot; at or after now. */
static uint64_t slot_start(const struct wheel *w, unsigned level, unsigned slot)
{
	unsigned shift = SLOT_BITS * level;
	uint64_t turn = w->now_ms >> (shift + SLOT_BITS) << (shift + SLOT_BITS);
	uint64_t start = turn + ((uint64_t)slot << shift);

	return level == TOP && slot <= digit(w->now_ms, level) ? start + TURN_MS : start;
}

/* The first slot that time will reach and that holds a timer; false when there is none. */
static bool next_slot(const struct wheel *w, unsigned *level, unsigned *slot, uint64_t *start)
{
	bool found = false;

	for (unsigned l = 0; l < WHEEL_LEVELS; l++) {
		for (uint64_t bits = w->used[l]; bits != 0; bits &= bits - 1) {
			unsigned s = (unsigned)__builtin_ctzll(bits);
			uint64_t at = slot_start(w, l, s);

			if (list_is_empty(&w->slots[l][s]) || (found && at >= *start))
				continue;
			found = true;
			*level = l;
			*slot = s;
			*start = at;
		}
		/* A lower level's slots all come before those of the next. */
		if (found)
			return true;
	}
	return false;
}

void wheel_advance(struct wheel *w, uint64_t now_ms, struct list *due)
{
	unsigned level, slot;
	uint64_t start;

	while (next_slot(w, &level, &slot, &start) && start <= now_ms) {
		struct list *from = &w->slots[level][slot], *node;

		w->now_ms = MAX(w->now_ms, start);
		w->used[level] &= ~(1ull << slot);
		while ((node = list_pop_front(from)) != NULL) {
			if (level == 0)
				list_push_back(due, node);
			else
				place(w, CONTAINER_OF(node, struct wheel_timer, link));
		}
	}
	w->now_ms = MAX(w->now_ms, now_ms);
}

uint64_t wheel_next_ms(const struct wheel *w)
{
	unsigned level, slot;
	uint64_t start;

	if (!next_slot(w, &level, &slot, &start))
		return UINT64_MAX;
	return start - w->now_ms;
}
