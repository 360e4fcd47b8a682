/*
 * kernel.c - see kernel.h.
 */
#include "broker/func/kernel.h"

#include <string.h>

#include "broker/func/utf8.h"

char *text_begin(struct func_call *c, uint32_t row, size_t len)
{
	struct strv *v = (struct strv *)c->out + row;
	char *far;

	*v = (struct strv){ 0 };
	if (len > c->max_value_bytes) {
		(void)func_fail(c,
				"%s gives a string of %zu bytes; the limit is %u "
				"(sluice.value.max.bytes)",
				c->def->name, len, c->max_value_bytes);
		return NULL;
	}
	if (len <= STRV_INLINE_MAX) {
		v->len = (uint32_t)len;
		return v->inlined;
	}
	far = arena_alloc_bytes(c->text, len, c->err);
	if (!far)
		return NULL;
	v->len = (uint32_t)len;
	v->far.ptr = far;
	return far;
}

void text_end(struct func_call *c, uint32_t row)
{
	struct strv *v = (struct strv *)c->out + row;

	if (v->len > STRV_INLINE_MAX)
		memcpy(v->far.prefix, v->far.ptr, sizeof(v->far.prefix));
}

enum step text_copy(struct func_call *c, uint32_t row, const char *ptr, size_t len)
{
	char *out = text_begin(c, row, len);

	if (!out)
		return STEP_FAILED;
	if (len > 0)
		memcpy(out, ptr, len);
	text_end(c, row);
	return STEP_DONE;
}

bool text_compare(struct text_job *job, const struct strv *a, const struct strv *b, size_t *work,
		  int *cmp)
{
	size_t len = MIN(a->len, b->len), n = MIN(len - job->at, TEXT_SLICE);

	*cmp = n ? memcmp(strv_ptr(a) + job->at, strv_ptr(b) + job->at, n) : 0;
	*work += n;
	job->at += n;
	if (*cmp == 0 && job->at < len)
		return false;
	if (*cmp == 0)
		*cmp = (a->len > b->len) - (a->len < b->len);
	job->at = 0;
	return true;
}

/* Code points are passed over in blocks while more are to go than a block can hold. */
#define SKIP_BLOCK ((size_t)64)

bool text_skip(struct text_job *job, struct str s, size_t *work)
{
	size_t end = job->at + MIN(s.len - job->at, TEXT_SLICE), begin = job->at;

	while (job->n >= SKIP_BLOCK && end - job->at >= SKIP_BLOCK) {
		job->n -= utf8_count(s.ptr + job->at, SKIP_BLOCK);
		job->at += SKIP_BLOCK;
	}
	for (; job->at < end; job->at++) {
		if (utf8_is_continuation(s.ptr[job->at]))
			continue;
		if (job->n == 0)
			break;
		job->n--;
	}
	*work += job->at - begin;
	return job->at < end || end == s.len;
}

bool text_count(struct text_job *job, struct str s, size_t end, size_t *work)
{
	size_t n = MIN(end - job->at, TEXT_SLICE);

	job->n += utf8_count(s.ptr + job->at, n);
	job->at += n;
	*work += n;
	return job->at == end;
}

bool text_append(struct text_job *job, struct str s, size_t end, size_t *work)
{
	size_t n = MIN(end - job->at, TEXT_SLICE);

	DEBUG_ASSERT(n <= job->out_len - job->out_at);
	memcpy(job->out + job->out_at, s.ptr + job->at, n);
	job->at += n;
	job->out_at += n;
	*work += n;
	return job->at == end;
}

bool text_fill(struct text_job *job, struct str s, size_t from, size_t end, size_t *work)
{
	size_t stop = job->out_at + MIN(end - job->out_at, TEXT_SLICE), begin = job->out_at;

	while (job->out_at < stop) {
		size_t filled = job->out_at - from, n;
		const char *src = s.ptr + filled;

		/* What is filled is a source itself, twice as long each time. */
		n = s.len - filled;
		if (filled >= s.len) {
			src = job->out + from + filled % s.len;
			n = filled - filled % s.len;
		}
		n = MIN(n, stop - job->out_at);
		memcpy(job->out + job->out_at, src, n);
		job->out_at += n;
	}
	*work += stop - begin;
	return stop == end;
}

int text_job_begin(struct func_call *c, struct text_job *job, uint32_t row, size_t len)
{
	job->out = text_begin(c, row, len);
	job->out_len = len;
	return job->out ? 0 : -1;
}

enum step text_job_end(struct func_call *c, struct text_job *job, uint32_t row)
{
	DEBUG_ASSERT(job->out_at == job->out_len);
	text_end(c, row);
	*job = (struct text_job){ 0 };
	return STEP_DONE;
}
