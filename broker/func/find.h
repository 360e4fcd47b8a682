/*
 * find.h - a text in a text, a slice at a time.
 *
 * A search looks at TEXT_SLICE bytes per step and keeps its place in between,
 * so that a text of any length is searched in bounded steps.
 */
#ifndef BROKER_FUNC_FIND_H
#define BROKER_FUNC_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

/* Where a search stands. */
struct find_state {
	size_t at;       /* before the first step: where to begin; no match starts earlier */
	size_t verified; /* bytes of a long needle that are found at `at`; begin with 0 */
};

#define NOT_FOUND SIZE_MAX

/**
 * One step.  True: *found is the byte where the first match at or after
 * state->at starts, or NOT_FOUND.  False: call again.  Adds the bytes looked at
 * to *work.  An empty needle is found at once.
 */
bool find_step(struct find_state *state, struct str text, struct str what, size_t *work,
	       size_t *found);

/** The whole search at once, for texts of up to TEXT_SLICE bytes. */
size_t find_short(struct str text, struct str what);

/** The same as find_step() from the end: the last match that starts at or before state->at. */
bool find_last_step(struct find_state *state, struct str text, struct str what, size_t *work,
		    size_t *found);

#endif
