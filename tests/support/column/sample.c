/* sample.c - see sample.h. */
#include "tests/support/column/sample.h"

#define TEXT_BYTES (1u << 16)

uint64_t sample_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Every byte value occurs, zero included; long enough for any sample. */
static struct str random_text(uint64_t *seed)
{
	static char text[TEXT_BYTES];
	static const uint32_t longest[] = { 0, 3, 12, 13, 16, 40, 300 };
	uint64_t r = sample_random(seed);
	uint32_t len = (uint32_t)(r % (longest[(r >> 20) % ARRAY_SIZE(longest)] + 1));
	size_t from = (r >> 32) % (TEXT_BYTES - 4096);

	if (text[1] == 0) {
		for (size_t i = 0; i < TEXT_BYTES; i++)
			text[i] = (char)(i * 2654435761u >> 13);
		text[1] = 'x';
	}
	/* Some texts repeat, and some share their first bytes. */
	if (r >> 60 < 4)
		from = 7;
	if (r >> 60 == 15)
		len = 4000 + len;
	return (struct str){ text + from, len };
}

static int64_t random_i64(uint64_t *seed)
{
	static const int64_t edges[] = { 0, 1, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
	uint64_t r = sample_random(seed);

	switch (r % 4) {
	case 0:
		return edges[(r >> 8) % ARRAY_SIZE(edges)];
	case 1:
		return (int64_t)sample_random(seed);
	default:
		return (int64_t)(r >> 8 & 255) - 100;
	}
}

static double random_f64(uint64_t *seed)
{
	static const uint64_t edges[] = {
		0,
		1ull << 63,
		0x7ff0000000000000ull,
		0xfff0000000000000ull,
		0x7ff8000000000000ull,
		0xfff8000000000123ull,
		1,
		0x7fefffffffffffffull,
	};
	uint64_t r = sample_random(seed);
	double v = (double)(int64_t)(r >> 40) / 16;

	if (r % 4 == 0)
		memcpy(&v, &edges[(r >> 8) % ARRAY_SIZE(edges)], sizeof(v));
	if (r % 4 == 1) {
		r = sample_random(seed);
		memcpy(&v, &r, sizeof(v));
	}
	return v;
}

struct value sample_value(uint64_t *seed, enum col_type type)
{
	struct value v = { .type = type };

	switch (col_lane_of(type)) {
	case LANE_BOOL:
		v.boolean = sample_random(seed) & 1;
		break;
	case LANE_I64:
		v.i64 = random_i64(seed);
		if (type == COL_INT)
			v.i64 = (int32_t)v.i64;
		break;
	case LANE_F64:
		v.f64 = random_f64(seed);
		if (type == COL_FLOAT)
			v.f64 = (double)(float)v.f64;
		break;
	case LANE_STR:
		v.str = random_text(seed);
		break;
	case LANE_COUNT:
		break;
	}
	return v;
}

static void put_value(char *values, uint32_t i, const struct value *v)
{
	switch (col_lane_of(v->type)) {
	case LANE_BOOL:
		((uint8_t *)values)[i] = v->boolean;
		break;
	case LANE_I64:
		((int64_t *)(void *)values)[i] = v->i64;
		break;
	case LANE_F64:
		((double *)(void *)values)[i] = v->f64;
		break;
	case LANE_STR:
		((struct strv *)(void *)values)[i] = strv_make(v->str.ptr, v->str.len);
		break;
	case LANE_COUNT:
		break;
	}
}

static void make_values(struct sample *s, uint64_t *seed, struct sample_shape shape,
			uint32_t n_rows)
{
	struct value entries[BATCH_ROWS_MAX];
	uint32_t n = shape.form == COL_FLAT ? n_rows : shape.form == COL_CONST ? 1 : shape.n_dict;

	ASSERT(n > 0 || n_rows == 0);
	for (uint32_t i = 0; i < n; i++) {
		entries[i] = sample_value(seed, shape.type);
		put_value(s->values, i, &entries[i]);
	}
	for (uint32_t i = 0; i < n_rows; i++) {
		uint32_t at = shape.form == COL_FLAT ? i : 0;

		if (shape.form == COL_DICT)
			at = s->codes[i] = (uint32_t)(sample_random(seed) % n);
		s->rows[i] = entries[at];
	}
}

static void make_nulls(struct sample *s, uint64_t *seed, struct sample_shape shape, uint32_t n_rows)
{
	/* Garbage behind the last row: nobody may look there. */
	memset(s->validity, 0xa5, sizeof(s->validity));
	for (uint32_t i = 0; i < n_rows; i++) {
		uint32_t row = shape.form == COL_CONST ? 0 : i;

		if (row == i && sample_random(seed) % 3 == 0)
			validity_clear(s->validity, i);
		else if (row == i)
			validity_set(s->validity, i);
		if (!validity_get(s->validity, row))
			s->rows[i] = (struct value){ .type = shape.type, .is_null = true };
	}
	s->col.validity = s->validity;
}

void sample_make(struct sample *s, uint64_t *seed, struct sample_shape shape, uint32_t n_rows)
{
	static uint64_t last_dict_id;

	ASSERT(n_rows <= BATCH_ROWS_MAX && shape.n_dict <= BATCH_ROWS_MAX);
	s->col = (struct column){ .type = shape.type, .form = shape.form, .values = s->values };
	make_values(s, seed, shape, n_rows);
	if (shape.form == COL_DICT) {
		s->dict = (struct dict){ .id = ++last_dict_id,
					 .n_values = shape.n_dict,
					 .lane = col_lane_of(shape.type),
					 .values = s->values };
		s->col.values = s->codes;
		s->col.dict = &s->dict;
	}
	if (shape.has_nulls)
		make_nulls(s, seed, shape, n_rows);
}

void sample_each_shape(void (*fn)(struct sample_shape shape))
{
	for (enum col_type type = COL_BOOLEAN; type < COL_TYPE_COUNT; type++) {
		for (unsigned nulls = 0; nulls < 2; nulls++) {
			fn((struct sample_shape){ type, COL_FLAT, nulls, 0 });
			fn((struct sample_shape){ type, COL_CONST, nulls, 0 });
			fn((struct sample_shape){ type, COL_DICT, nulls, 7 });
			fn((struct sample_shape){ type, COL_DICT, nulls, 1500 });
		}
	}
}

struct sel sample_sel(uint64_t *seed, uint32_t n_rows, unsigned one_in, uint16_t *rows)
{
	struct sel sel = { rows, 0 };

	for (uint32_t row = 0; row < n_rows; row++) {
		if (sample_random(seed) % one_in == 0)
			rows[sel.n_rows++] = (uint16_t)row;
	}
	return sel;
}

static uint64_t f64_bits(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

bool sample_same(const struct value *a, const struct value *b)
{
	if (a->type != b->type || a->is_null != b->is_null)
		return false;
	if (a->is_null)
		return true;
	switch (col_lane_of(a->type)) {
	case LANE_BOOL:
		return a->boolean == b->boolean;
	case LANE_I64:
		return a->i64 == b->i64;
	case LANE_F64:
		return f64_bits(a->f64) == f64_bits(b->f64);
	case LANE_STR:
		return str_eq(a->str, b->str);
	case LANE_COUNT:
		break;
	}
	return false;
}

void engine_init(struct engine *e)
{
	*e = (struct engine){ 0 };
	mem_account_init(&e->account, 0, NULL);
	mem_pool_init(&e->pool, &e->account);
	arena_init(&e->arena, &e->pool);
	coop_unlimited(&e->coop, &e->token);
}

void engine_fini(struct engine *e)
{
	arena_fini(&e->arena);
	mem_pool_fini(&e->pool);
}

void engine_one_unit(struct engine *e)
{
	e->coop.credit = 1;
}
