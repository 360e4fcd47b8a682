/*
 * processes.c - system.processes: the queries in the registry as rows.
 *
 * The rows are copied under the registry's lock in one go: at most as many as
 * may run and wait.  Texts are cut at PROCESS_SQL_BYTES, so that a row is small.
 */
#include "broker/query/query_priv.h"
#include "broker/table/catalog.h"
#include "broker/table/system_tables.h"
#include "common/base/clock.h"
#include "common/base/error.h"

#define PROCESS_SQL_BYTES 4096

#define STR_INIT(s)                \
	{                          \
		(s), sizeof(s) - 1 \
	}

enum process_column {
	COLUMN_QUERY_ID,
	COLUMN_CLIENT_QUERY_ID,
	COLUMN_CLIENT,
	COLUMN_PHASE,
	COLUMN_STARTED,
	COLUMN_ELAPSED,
	COLUMN_READ_ROWS,
	COLUMN_MEMORY_USAGE,
	COLUMN_PEAK_MEMORY_USAGE,
	COLUMN_CPU_MS,
	COLUMN_IS_CANCELLED,
	COLUMN_QUERY,
	COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
	[COLUMN_QUERY_ID] = { STR_INIT("query_id"), COL_STRING, false },
	[COLUMN_CLIENT_QUERY_ID] = { STR_INIT("client_query_id"), COL_STRING, true },
	[COLUMN_CLIENT] = { STR_INIT("address"), COL_STRING, false },
	[COLUMN_PHASE] = { STR_INIT("phase"), COL_STRING, false },
	[COLUMN_STARTED] = { STR_INIT("started"), COL_TIMESTAMP, false },
	[COLUMN_ELAPSED] = { STR_INIT("elapsed"), COL_DOUBLE, false },
	[COLUMN_READ_ROWS] = { STR_INIT("read_rows"), COL_LONG, false },
	[COLUMN_MEMORY_USAGE] = { STR_INIT("memory_usage"), COL_LONG, false },
	[COLUMN_PEAK_MEMORY_USAGE] = { STR_INIT("peak_memory_usage"), COL_LONG, false },
	[COLUMN_CPU_MS] = { STR_INIT("cpu_ms"), COL_DOUBLE, false },
	[COLUMN_IS_CANCELLED] = { STR_INIT("is_cancelled"), COL_BOOLEAN, false },
	[COLUMN_QUERY] = { STR_INIT("query"), COL_STRING, false },
};

/* One row: a value per column, as CONST columns of a batch of one. */
struct process_row {
	union {
		int64_t i64;
		double f64;
		uint8_t boolean;
		struct strv str;
	} values[COLUMN_COUNT];
	uint64_t is_null[COLUMN_COUNT]; /* validity words: 0 when NULL */
	struct column cols[COLUMN_COUNT];
};

static void set_str(struct process_row *row, enum process_column c, struct str s)
{
	row->values[c].str = strv_make(s.ptr, s.len);
}

static void fill_row(struct process_row *row, struct query *q)
{
	size_t n_sql = str_utf8_cut(q->sql, PROCESS_SQL_BYTES);

	*row = (struct process_row){ 0 };
	set_str(row, COLUMN_QUERY_ID, str_of(q->id_text));
	set_str(row, COLUMN_CLIENT, str_of(q->client));
	set_str(row, COLUMN_PHASE, str_of(query_phase_name(query_phase(q))));
	set_str(row, COLUMN_QUERY, (struct str){ q->sql.ptr, n_sql });
	if (q->client_query_id.ptr)
		set_str(row, COLUMN_CLIENT_QUERY_ID, q->client_query_id);
	row->values[COLUMN_STARTED].i64 = q->started_ms;
	row->values[COLUMN_ELAPSED].f64 =
		(double)(clock_mono_ns() - q->started_ns) / (double)NS_PER_S;
	row->values[COLUMN_READ_ROWS].i64 =
		(int64_t)atomic_load_explicit(&q->run.stats.rows_read, memory_order_relaxed);
	row->values[COLUMN_MEMORY_USAGE].i64 =
		atomic_load_explicit(&q->account.used_bytes, memory_order_relaxed);
	row->values[COLUMN_PEAK_MEMORY_USAGE].i64 =
		atomic_load_explicit(&q->account.peak_bytes, memory_order_relaxed);
	row->values[COLUMN_CPU_MS].f64 =
		(double)atomic_load_explicit(&q->group.cpu_ns, memory_order_relaxed) /
		(double)NS_PER_MS;
	row->values[COLUMN_IS_CANCELLED].boolean = token_reason(&q->token) != CANCEL_NONE;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		row->cols[i] = (struct column){
			.type = columns[i].type,
			.form = COL_CONST,
			.values = &row->values[i],
		};
	}
	if (!q->client_query_id.ptr)
		row->cols[COLUMN_CLIENT_QUERY_ID].validity = &row->is_null[COLUMN_CLIENT_QUERY_ID];
}

static int list_processes(void *arg, struct chunk_list *rows, struct error *err)
{
	struct engine *e = arg;
	struct process_row row;
	struct batch b = {
		.n_rows = 1, .n_cols = COLUMN_COUNT, .cols = row.cols, .sel = { NULL, 1 }
	};
	struct token never = { 0 };
	struct coop unlimited;
	int result = 0;

	coop_unlimited(&unlimited, &never);
	mutex_lock(&e->lock);
	LIST_FOREACH (node, &e->queries) {
		uint32_t pos = 0;

		fill_row(&row, CONTAINER_OF(node, struct query, registry_link));
		if (chunk_list_append(rows, &b, &pos, &unlimited, err) != STEP_DONE) {
			result = -1;
			break;
		}
	}
	mutex_unlock(&e->lock);
	return result;
}

int processes_table_register(struct engine *e, struct error *err)
{
	struct table *t = system_rows_new(STR("system.processes"), columns, COLUMN_COUNT,
					  list_processes, e, err);

	if (!t)
		return -1;
	return catalog_register(e->options.catalog, t, err);
}
