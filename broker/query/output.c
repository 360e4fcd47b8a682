/* output.c - see output.h. */
#include "broker/query/output.h"

#include <string.h>

#include "common/base/assert.h"
#include "common/base/compiler.h"

void output_init(struct output *o, void (*room)(void *arg), void *arg)
{
	*o = (struct output){ .room = room, .room_arg = arg };
	mutex_init(&o->lock, MUTEX_RANK_QUERY);
	cond_init(&o->told);
}

void output_fini(struct output *o)
{
	for (unsigned i = 0; i < OUTPUT_PIECES; i++)
		strbuf_fini(&o->pieces[i]);
	cond_fini(&o->told);
	mutex_fini(&o->lock);
}

void output_on_ready(struct output *o, void (*ready)(void *arg), void *arg)
{
	mutex_lock(&o->lock);
	o->ready = ready;
	o->ready_arg = arg;
	mutex_unlock(&o->lock);
}

/* Tells the consumer, outside the lock. */
static void tell_ready(struct output *o)
{
	void (*ready)(void *arg);
	void *arg;

	mutex_lock(&o->lock);
	ready = o->is_abandoned ? NULL : o->ready;
	arg = o->ready_arg;
	o->n_telling += ready != NULL;
	mutex_unlock(&o->lock);
	if (!ready)
		return;
	ready(arg);
	mutex_lock(&o->lock);
	o->n_telling--;
	cond_broadcast(&o->told);
	mutex_unlock(&o->lock);
}

void output_put(struct output *o, struct strbuf *piece)
{
	mutex_lock(&o->lock);
	/* A queue that nobody reads is never called full. */
	if (!o->is_abandoned) {
		ASSERT(o->n < OUTPUT_PIECES);
		o->pieces[(o->first + o->n) % OUTPUT_PIECES] = *piece;
		*piece = (struct strbuf)STRBUF_INIT;
		o->n++;
	}
	mutex_unlock(&o->lock);
	strbuf_fini(piece);
	tell_ready(o);
}

bool output_is_full(struct output *o)
{
	bool is_full;

	mutex_lock(&o->lock);
	is_full = o->n == OUTPUT_PIECES && !o->is_abandoned;
	o->wants_room = is_full;
	mutex_unlock(&o->lock);
	return is_full;
}

void output_end(struct output *o, bool failed)
{
	mutex_lock(&o->lock);
	o->is_ended = true;
	o->is_failed = failed;
	mutex_unlock(&o->lock);
	tell_ready(o);
}

/* Copies from the first piece; drops it when it is used up. */
static size_t take(struct output *o, char *buf, size_t max)
{
	struct strbuf *piece = &o->pieces[o->first];
	size_t n = MIN(max, piece->len - o->read_offset);

	memcpy(buf, piece->ptr + o->read_offset, n);
	o->read_offset += n;
	if (o->read_offset == piece->len) {
		strbuf_fini(piece);
		o->first = (o->first + 1) % OUTPUT_PIECES;
		o->n--;
		o->read_offset = 0;
	}
	return n;
}

long output_read(struct output *o, char *buf, size_t max)
{
	bool tell_room = false;
	long result;

	mutex_lock(&o->lock);
	if (o->n > 0 && !(o->is_ended && o->is_failed)) {
		result = (long)take(o, buf, max);
		tell_room = o->wants_room && o->n <= OUTPUT_PIECES / 2;
		if (tell_room)
			o->wants_room = false;
	} else if (o->is_ended) {
		result = o->is_failed ? -2 : -1;
	} else {
		result = 0;
	}
	mutex_unlock(&o->lock);
	if (tell_room)
		o->room(o->room_arg);
	return result;
}

void output_abandon(struct output *o)
{
	mutex_lock(&o->lock);
	o->is_abandoned = true;
	o->ready = NULL;
	while (o->n_telling > 0)
		cond_wait(&o->told, &o->lock);
	mutex_unlock(&o->lock);
	o->room(o->room_arg);
}

bool output_is_abandoned(struct output *o)
{
	bool is_abandoned;

	mutex_lock(&o->lock);
	is_abandoned = o->is_abandoned;
	mutex_unlock(&o->lock);
	return is_abandoned;
}
