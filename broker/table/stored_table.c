/*
 * stored_table.c - scans over segments.
 *
 * A scan is in one of four phases, so that it can stop anywhere and go on:
 *
 *   CLAIM -> PRUNE -> READ -> EMIT     PRUNE falls back to CLAIM when the zone
 *     ^        |        ^------'|      maps say that no row can match
 *     '--------'----------------'
 *
 * READ decodes one block of 2,048 rows, a column at a time.  EMIT hands it out,
 * usually as one batch; when a column holds long text, in slices of at most
 * SLICE_TEXT bytes, so that whoever works on a batch has a bounded job.
 */
#include "broker/table/stored_table.h"

#include "broker/table/segment.h"
#include "broker/table/table_head.h"
#include "common/base/error.h"

/* Rows per morsel.  Divisors of the zone size, multiples of the block size. */
#define MORSEL_ROWS       65536u
#define MORSEL_ROWS_SMALL 16384u
#define SMALL_TABLE_ROWS  (INT64_C(16) * MORSEL_ROWS)

#define ZONE_ROWS  65536u
#define SLICE_TEXT 65536u

struct stored_table {
	struct table base;
	struct segment **segments;
};

/* What the tasks of a scan count together about a segment. */
struct segment_use {
	_Atomic uint32_t n_skipped; /* morsels */
	_Atomic bool is_read;
};

struct stored_shared {
	struct scan_shared base;
	struct segment *const *segments;
	uint32_t n_segments;
	uint32_t *columns;
	uint32_t n_columns;
	struct scan_range *ranges; /* strings inside are the plan's */
	uint32_t n_ranges;
	uint32_t morsel_rows;
	uint32_t *first_morsel; /* of each segment; one more at the end: all morsels */
	struct segment_use *uses;
	_Atomic uint32_t next_morsel;
};

enum scan_phase { PHASE_CLAIM, PHASE_PRUNE, PHASE_READ, PHASE_EMIT };

struct scan_column {
	struct segment_buffer buf;
	struct column block; /* the decoded block */
	bool is_touched;     /* its buffer has been paid for */
};

struct stored_scan {
	struct scan base;
	struct stored_shared *shared;
	enum scan_phase phase;
	uint32_t segment;        /* of the claimed morsel */
	uint32_t row, end;       /* rows of the morsel that are not decoded yet */
	uint32_t n_ranges_found; /* of the current segment */
	struct segment_key_range *ranges;
	uint32_t n_read; /* columns of the block that are decoded */
	uint32_t block_rows;
	uint32_t from; /* rows of the block that were handed out */
	struct scan_column *columns;
	struct batch batch;
};

/* ---- start and open ---- */

static uint32_t morsels_of(const struct stored_shared *s, uint32_t segment)
{
	return s->first_morsel[segment + 1] - s->first_morsel[segment];
}

static int shared_copy_spec(struct stored_shared *s, const struct scan_spec *spec,
			    struct mem_pool *pool, struct error *err)
{
	s->columns = scan_spec_columns(spec, pool, err);
	s->ranges = mem_pool_alloc(pool, (spec->n_ranges + 1) * sizeof(*s->ranges), err);
	if (!s->columns || !s->ranges)
		return -1;
	if (spec->n_ranges > 0)
		memcpy(s->ranges, spec->ranges, spec->n_ranges * sizeof(*s->ranges));
	s->n_columns = spec->n_columns;
	s->n_ranges = spec->n_ranges;
	return 0;
}

static int shared_number_morsels(struct stored_shared *s, struct mem_pool *pool, struct error *err)
{
	uint32_t n = 0;

	s->first_morsel = mem_pool_alloc(pool, (s->n_segments + 1) * sizeof(*s->first_morsel), err);
	s->uses = mem_pool_calloc(pool, (s->n_segments + 1) * sizeof(*s->uses), err);
	if (!s->first_morsel || !s->uses)
		return -1;
	for (uint32_t i = 0; i < s->n_segments; i++) {
		s->first_morsel[i] = n;
		n += (s->segments[i]->n_rows + s->morsel_rows - 1) / s->morsel_rows;
	}
	s->first_morsel[s->n_segments] = n;
	return 0;
}

static int stored_scan_start(struct table *t, const struct scan_spec *spec, struct mem_pool *pool,
			     struct scan_shared **out, struct error *err)
{
	const struct stored_table *stored = CONTAINER_OF(t, struct stored_table, base);
	struct stored_shared *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	s->base.table = t;
	s->segments = stored->segments;
	s->n_segments = t->n_segments;
	s->morsel_rows = t->n_rows < SMALL_TABLE_ROWS ? MORSEL_ROWS_SMALL : MORSEL_ROWS;
	atomic_init(&s->next_morsel, 0);
	if (shared_copy_spec(s, spec, pool, err) < 0 || shared_number_morsels(s, pool, err) < 0)
		return -1;
	*out = &s->base;
	return 0;
}

static uint32_t stored_parallelism(const struct scan_shared *base)
{
	const struct stored_shared *s = (const void *)base; /* base comes first */

	return MAX(s->first_morsel[s->n_segments], 1u);
}

static enum col_type column_type(const struct stored_shared *s, uint32_t i)
{
	return s->base.table->columns[s->columns[i]].type;
}

static int scan_alloc(struct stored_scan *s, struct mem_pool *pool, struct error *err)
{
	const struct stored_shared *shared = s->shared;

	s->columns = mem_pool_calloc(pool, (shared->n_columns + 1) * sizeof(*s->columns), err);
	s->batch.cols =
		mem_pool_calloc(pool, (shared->n_columns + 1) * sizeof(*s->batch.cols), err);
	s->ranges = mem_pool_calloc(pool, (shared->n_ranges + 1) * sizeof(*s->ranges), err);
	if (!s->columns || !s->batch.cols || !s->ranges)
		return -1;
	s->batch.n_cols = shared->n_columns;
	for (uint32_t i = 0; i < shared->n_columns; i++) {
		size_t bytes = segment_buffer_bytes(col_lane_of(column_type(shared, i)));

		s->columns[i].block.type = column_type(shared, i);
		if (bytes == 0)
			continue;
		s->columns[i].buf.values = mem_pool_alloc(pool, bytes, err);
		if (!s->columns[i].buf.values)
			return -1;
	}
	return 0;
}

static int stored_scan_open(struct scan_shared *base, struct mem_pool *pool, struct scan **out,
			    struct error *err)
{
	struct stored_scan *s = mem_pool_calloc(pool, sizeof(*s), err);

	if (!s)
		return -1;
	s->base.class = base->table->class;
	s->shared = CONTAINER_OF(base, struct stored_shared, base);
	s->segment = UINT32_MAX;
	if (scan_alloc(s, pool, err) < 0)
		return -1;
	*out = &s->base;
	return 0;
}

/* ---- morsels ---- */

static void enter_segment(struct stored_scan *s, uint32_t segment)
{
	s->segment = segment;
	s->n_ranges_found = 0;
}

/* False when none is left. */
static bool claim(struct stored_scan *s)
{
	struct stored_shared *shared = s->shared;
	uint32_t n_morsels = shared->first_morsel[shared->n_segments];
	uint32_t segment = s->segment == UINT32_MAX ? 0 : s->segment, morsel;

	/* Looking first keeps the counter from wrapping when finished scans are asked again. */
	if (atomic_load_explicit(&shared->next_morsel, memory_order_relaxed) >= n_morsels)
		return false;
	morsel = atomic_fetch_add_explicit(&shared->next_morsel, 1, memory_order_relaxed);
	if (morsel >= n_morsels)
		return false;
	/* Claims only rise, so the segment is this one or a later one. */
	while (morsel >= shared->first_morsel[segment + 1])
		segment++;
	if (segment != s->segment)
		enter_segment(s, segment);
	s->row = (morsel - shared->first_morsel[segment]) * shared->morsel_rows;
	s->end = MIN(s->row + shared->morsel_rows, shared->segments[segment]->n_rows);
	return true;
}

static enum step find_ranges(struct stored_scan *s, struct coop *coop, struct error *err)
{
	while (s->n_ranges_found < s->shared->n_ranges) {
		const struct scan_range *r = &s->shared->ranges[s->n_ranges_found];
		enum step step = segment_find_range(
			s->shared->segments[s->segment], r->column, r->has_low ? &r->low : NULL,
			r->has_high ? &r->high : NULL, &s->ranges[s->n_ranges_found], coop, err);

		if (step != STEP_DONE)
			return step;
		s->n_ranges_found++;
	}
	return STEP_DONE;
}

static bool morsel_may_match(const struct stored_scan *s)
{
	const struct segment *segment = s->shared->segments[s->segment];

	for (uint32_t i = 0; i < s->shared->n_ranges; i++)
		if (!segment_zone_may_match(segment, s->shared->ranges[i].column,
					    s->row / ZONE_ROWS, &s->ranges[i]))
			return false;
	return true;
}

/* Statistics count each segment once, whoever read or skipped its morsels. */
static void count_morsel(struct stored_scan *s, bool is_read)
{
	struct segment_use *use = &s->shared->uses[s->segment];

	if (is_read) {
		if (!atomic_exchange_explicit(&use->is_read, true, memory_order_relaxed))
			s->base.stats.segments++;
	} else if (atomic_fetch_add_explicit(&use->n_skipped, 1, memory_order_relaxed) + 1 ==
		   morsels_of(s->shared, s->segment)) {
		s->base.stats.segments_pruned++;
	}
}

static enum step prune(struct stored_scan *s, struct coop *coop, struct error *err)
{
	enum step step = find_ranges(s, coop, err);
	bool is_read;

	if (step != STEP_DONE)
		return step;
	is_read = morsel_may_match(s);
	count_morsel(s, is_read);
	s->phase = is_read ? PHASE_READ : PHASE_CLAIM;
	s->n_read = 0;
	coop_pay(coop, COOP_CALL);
	return STEP_DONE;
}

/* ---- rows ---- */

static void pay_for_buffer(struct scan_column *c, struct coop *coop)
{
	size_t bytes = segment_buffer_bytes(col_lane_of(c->block.type));

	if (!c->is_touched)
		coop_pay(coop, (int64_t)(bytes / 4096) * COOP_PAGE);
	c->is_touched = true;
}

static enum step read_block(struct stored_scan *s, struct coop *coop, struct error *err)
{
	const struct stored_shared *shared = s->shared;

	for (; s->n_read < shared->n_columns; s->n_read++) {
		struct scan_column *c = &s->columns[s->n_read];
		enum step step;

		if (!coop_go(coop))
			return STEP_YIELD;
		step = segment_read_block(shared->segments[s->segment], shared->columns[s->n_read],
					  s->row / BATCH_ROWS_MAX, &c->buf, &c->block, coop, err);
		if (step != STEP_DONE)
			return step;
		s->base.stats.bytes += c->buf.bytes;
		c->buf.bytes = 0;
		pay_for_buffer(c, coop);
	}
	s->block_rows = MIN(BATCH_ROWS_MAX, s->end - s->row);
	s->from = 0;
	s->phase = PHASE_EMIT;
	return STEP_DONE;
}

/* The end of the longest slice from s->from whose text is short enough, in every column. */
static uint32_t slice_end(const struct stored_scan *s)
{
	const struct stored_shared *shared = s->shared;
	uint32_t end = s->block_rows;

	for (uint32_t i = 0; i < shared->n_columns; i++) {
		const uint32_t *offsets = segment_text_offsets(
			shared->segments[s->segment], shared->columns[i], s->row / BATCH_ROWS_MAX);

		if (!offsets)
			continue;
		while (end > s->from + 1 && offsets[end] - offsets[s->from] > SLICE_TEXT)
			end = s->from + (end - s->from) / 2;
	}
	/* Slices that begin at whole words of the validity bitmap need no shifting. */
	if (end < s->block_rows && end / 64 * 64 > s->from)
		end = end / 64 * 64;
	return end;
}

static const uint64_t *shift_validity(const uint64_t *validity, uint32_t from,
				      struct segment_buffer *buf)
{
	uint32_t word = from / 64, shift = from % 64;

	if (shift == 0)
		return validity + word;
	for (uint32_t i = word; i < VALIDITY_WORDS; i++)
		buf->validity[i - word] =
			validity[i] >> shift |
			(i + 1 < VALIDITY_WORDS ? validity[i + 1] << (64 - shift) : 0);
	return buf->validity;
}

/* The rows of a decoded block from `from` on. */
static struct column slice_column(struct scan_column *c, uint32_t from)
{
	struct column out = c->block;
	size_t width = c->block.form == COL_DICT ? sizeof(uint32_t)
						 : lane_width[col_lane_of(c->block.type)];

	if (c->block.form == COL_CONST)
		return out;
	out.values = (const char *)c->block.values + from * width;
	if (c->block.validity)
		out.validity = shift_validity(c->block.validity, from, &c->buf);
	return out;
}

static void emit(struct stored_scan *s, struct coop *coop)
{
	uint32_t end = slice_end(s), n = end - s->from;

	for (uint32_t i = 0; i < s->shared->n_columns; i++)
		s->batch.cols[i] = slice_column(&s->columns[i], s->from);
	s->batch.n_rows = n;
	s->batch.sel = (struct sel){ .n_rows = n };
	s->base.stats.rows += n;
	coop_pay(coop, COOP_CALL + (int64_t)s->shared->n_columns * 5);

	s->from = end;
	if (end < s->block_rows)
		return;
	s->row += s->block_rows;
	s->n_read = 0;
	s->phase = s->row < s->end ? PHASE_READ : PHASE_CLAIM;
}

static enum scan_result stored_scan_next(struct scan *base, struct coop *coop, struct batch **out,
					 struct error *err)
{
	struct stored_scan *s = CONTAINER_OF(base, struct stored_scan, base);

	while (coop_go(coop)) {
		enum step step = STEP_DONE;

		switch (s->phase) {
		case PHASE_CLAIM:
			if (!claim(s))
				return SCAN_DONE;
			s->phase = PHASE_PRUNE;
			break;
		case PHASE_PRUNE:
			step = prune(s, coop, err);
			break;
		case PHASE_READ:
			step = read_block(s, coop, err);
			break;
		case PHASE_EMIT:
			emit(s, coop);
			*out = &s->batch;
			return SCAN_BATCH;
		}
		if (step == STEP_FAILED)
			return SCAN_FAILED;
	}
	return SCAN_YIELD;
}

static void stored_scan_close(struct scan *base)
{
	struct stored_scan *s = CONTAINER_OF(base, struct stored_scan, base);

	for (uint32_t i = 0; i < s->shared->n_columns; i++)
		segment_buffer_fini(&s->columns[i].buf);
}

/* ---- the table ---- */

static void stored_destroy(struct table *t)
{
	struct stored_table *stored = CONTAINER_OF(t, struct stored_table, base);

	for (uint32_t i = 0; i < t->n_segments; i++)
		segment_close(&stored->segments[i]);
	mem_free(stored->segments);
	table_head_fini(t);
	mem_free(stored);
}

static const struct table_class stored_class = {
	.scan_start = stored_scan_start,
	.parallelism = stored_parallelism,
	.scan_open = stored_scan_open,
	.scan_next = stored_scan_next,
	.scan_close = stored_scan_close,
	.destroy = stored_destroy,
	.is_cooperative = true,
};

struct table *stored_table_new(struct str name, const struct table_column *columns,
			       uint32_t n_columns, struct segment *const *segments,
			       uint32_t n_segments, struct error *err)
{
	struct stored_table *t = mem_calloc(1, sizeof(*t));
	struct segment **copy = mem_calloc(n_segments + 1, sizeof(struct segment *));

	if (!t || !copy)
		error_oom(err);
	if (!t || !copy ||
	    table_head_init(&t->base, &stored_class, name, columns, n_columns, err) < 0) {
		mem_free(copy);
		mem_free(t);
		return NULL;
	}
	t->segments = copy;
	t->base.n_rows = 0;
	t->base.n_segments = n_segments;
	for (uint32_t i = 0; i < n_segments; i++) {
		copy[i] = segments[i];
		t->base.n_rows += segments[i]->n_rows;
	}
	return &t->base;
}

struct segment *const *stored_table_segments(const struct table *t, uint32_t *n_segments)
{
	const struct stored_table *stored = (const void *)t; /* base comes first */

	*n_segments = 0;
	if (t->class != &stored_class)
		return NULL;
	*n_segments = t->n_segments;
	return stored->segments;
}
