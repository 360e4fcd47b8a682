/*
 * column_builder.c - values of a segment in the making, one column at a time.
 *
 * Rows are plain arrays, because who fills them knows the type and writes in a
 * tight loop.  The validity bitmap appears with the first NULL.
 */
#include "broker/table/segment_priv.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/base/num.h"

static size_t value_bytes(enum col_lane lane)
{
	return lane == LANE_STR ? sizeof(uint32_t) : lane_width[lane];
}

static size_t bitmap_bytes(uint32_t rows)
{
	return (size_t)segment_n_blocks(rows) * SEGMENT_BITMAP_BYTES;
}

int column_builder_reserve(struct column_builder *b, uint32_t cap_rows, struct error *err)
{
	void *values;

	if (cap_rows <= b->cap_rows)
		return 0;
	values = mem_realloc(b->values, cap_rows * value_bytes(b->lane));
	if (!values)
		return error_oom(err);
	b->values = values;
	if (b->validity) {
		size_t old_bytes = bitmap_bytes(b->cap_rows), new_bytes = bitmap_bytes(cap_rows);
		uint64_t *validity = mem_realloc(b->validity, new_bytes);

		if (!validity)
			return error_oom(err);
		memset((char *)validity + old_bytes, 0xff, new_bytes - old_bytes);
		b->validity = validity;
	}
	b->cap_rows = cap_rows;
	return 0;
}

int column_builder_reserve_text(struct column_builder *b, size_t n, struct error *err)
{
	size_t need, cap;
	char *text;

	if (!num_add(b->text_bytes, n, &need) || need > UINT32_MAX)
		return error_set(err, ERR_LIMIT_EXCEEDED,
				 "more than 4 GiB of text in one column of a segment");
	/* Even no text gets a place, so that callers can count from it. */
	if (b->text && need <= b->text_cap)
		return 0;
	cap = MAX(need, MAX(b->text_cap * 2, (size_t)65536));
	text = mem_realloc(b->text, cap);
	if (!text)
		return error_oom(err);
	b->text = text;
	b->text_cap = cap;
	return 0;
}

static void set_default(struct column_builder *b, uint32_t row)
{
	switch (b->lane) {
	case LANE_BOOL:
		((uint8_t *)b->values)[row] = 0;
		break;
	case LANE_I64:
		((int64_t *)b->values)[row] = 0;
		break;
	case LANE_F64:
		((double *)b->values)[row] = 0;
		break;
	case LANE_STR:
		((uint32_t *)b->values)[row] = (uint32_t)b->text_bytes;
		break;
	case LANE_COUNT:
		break;
	}
}

int column_builder_set_null(struct column_builder *b, uint32_t row, struct error *err)
{
	if (!b->validity) {
		b->validity = mem_alloc(bitmap_bytes(b->cap_rows));
		if (!b->validity)
			return error_oom(err);
		memset(b->validity, 0xff, bitmap_bytes(b->cap_rows));
	}
	validity_clear(b->validity, row);
	b->n_nulls++;
	set_default(b, row);
	return 0;
}

int column_builder_set_str(struct column_builder *b, uint32_t row, struct str s, struct error *err)
{
	if (UNLIKELY(s.len > b->text_cap - b->text_bytes) &&
	    column_builder_reserve_text(b, s.len, err) < 0)
		return -1;
	if (s.len > 0)
		memcpy(b->text + b->text_bytes, s.ptr, s.len);
	b->text_bytes += s.len;
	((uint32_t *)b->values)[row] = (uint32_t)b->text_bytes;
	return 0;
}

void column_builder_reset(struct column_builder *b)
{
	mem_free(b->validity);
	b->validity = NULL;
	b->n_nulls = 0;
	b->text_bytes = 0;
}

void column_builder_fini(struct column_builder *b)
{
	mem_free(b->values);
	mem_free(b->text);
	mem_free(b->validity);
	*b = (struct column_builder){ .lane = b->lane };
}
