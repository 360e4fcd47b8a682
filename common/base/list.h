/*
 * list.h - intrusive doubly linked ring.
 *
 * A node that is in no list points to itself, so that list_remove() is always
 * allowed and list_is_linked() answers.
 */
#ifndef COMMON_BASE_LIST_H
#define COMMON_BASE_LIST_H

#include <stdbool.h>

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}
static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}
static inline bool list_is_linked(const struct list *node)
{
	return node->next != node;
}
static inline void list_push_back(struct list *l, struct list *node)
{
	node->prev = l->prev;
	node->next = l;
	l->prev->next = node;
	l->prev = node;
}
static inline void list_push_front(struct list *l, struct list *node)
{
	list_push_back(l->next, node);
}
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}
/** The first node, unlinked; or NULL. */
static inline struct list *list_pop_front(struct list *l)
{
	struct list *node = l->next;

	if (node == l)
		return 0;
	list_remove(node);
	return node;
}

/* Removing the node in hand is fine. */
/* NOLINTBEGIN(bugprone-macro-parentheses): node is a name that is declared here */
#define LIST_FOREACH(node, l)                                                       \
	for (struct list *node = (l)->next, *node##_next = node->next; node != (l); \
	     node = node##_next, node##_next = node->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
