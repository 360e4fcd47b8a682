/*
 * response.c - see response.h.
 *
 * Members and their order are Pinot's (BrokerResponseNative and its cursor
 * form); clients check for the presence of some that mean nothing on one node,
 * so all are there.
 */
#include "broker/query/response.h"

#include "common/base/assert.h"
#include "common/base/clock.h"
#include "common/json/json.h"

double receipt_ms(const struct receipt *r)
{
	return r->stopped_ns > r->asked_ns
		       ? (double)(r->stopped_ns - r->asked_ns) / (double)NS_PER_MS
		       : 0.0;
}

/* Members that are always 0 or false here, in Pinot's order, around those with a value. */
static const char *const zeros_after_segments[] = {
	"numConsumingSegmentsQueried",
	"numConsumingSegmentsProcessed",
	"numConsumingSegmentsMatched",
	"minConsumingFreshnessTimeMs",
	NULL,
};
static const char *const zeros_after_pruned[] = {
	"numSegmentsPrunedInvalid",
	"numSegmentsPrunedByLimit",
	"numSegmentsPrunedByValue",
	"brokerReduceTimeMs",
	NULL,
};
static const char *const zeros_after_cpu[] = {
	"realtimeThreadCpuTimeNs",
	"offlineSystemActivitiesCpuTimeNs",
	"realtimeSystemActivitiesCpuTimeNs",
	"offlineResponseSerializationCpuTimeNs",
	"realtimeResponseSerializationCpuTimeNs",
	NULL,
};
static const char *const zeros_after_total_cpu[] = {
	"realtimeTotalCpuTimeNs",
	"explainPlanNumEmptyFilterSegments",
	"explainPlanNumMatchAllFilterSegments",
	NULL,
};
static const char *const zeros_memory[] = {
	"offlineThreadMemAllocatedBytes",
	"realtimeThreadMemAllocatedBytes",
	"offlineResponseSerMemAllocatedBytes",
	"realtimeResponseSerMemAllocatedBytes",
	"offlineTotalMemAllocatedBytes",
	"realtimeTotalMemAllocatedBytes",
	NULL,
};

static void put_zeros(struct json_writer *w, const char *const *keys)
{
	for (; *keys; keys++)
		json_put_i64(w, *keys, 0);
}

static void put_text_or_null(struct json_writer *w, const char *key, struct str s)
{
	if (s.ptr)
		json_put_string(w, key, s);
	else
		json_put_null(w, key);
}

static void put_receipt(struct json_writer *w, const struct receipt *r)
{
	json_key(w, "cancellation");
	json_begin_object(w);
	json_put_string(w, "reason", str_of(cancel_reason_name(r->reason)));
	json_put_string(w, "by", str_of(r->by));
	json_put_i64(w, "atMs", r->at_ms);
	json_put_string(w, "phase", str_of(r->phase));
	json_key(w, "stoppedAfterMs");
	json_f64(w, receipt_ms(r));
	json_put_i64(w, "rowsRead", (int64_t)r->rows_read);
	json_put_i64(w, "memoryBytes", r->memory_bytes);
	json_end_object(w);
}

static void put_exceptions(struct json_writer *w, const struct response_facts *f)
{
	json_key(w, "exceptions");
	json_begin_array(w);
	if (f->error && f->error->code != ERR_NONE) {
		json_begin_object(w);
		json_put_i64(w, "errorCode", error_info(f->error->code)->wire_code);
		json_put_string(w, "message", f->error_text);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_counts(struct json_writer *w, const struct response_facts *f)
{
	json_put_i64(w, "numDocsScanned", (int64_t)f->docs_scanned);
	json_put_i64(w, "totalDocs", (int64_t)f->total_docs);
	json_put_i64(w, "numEntriesScannedInFilter", 0);
	json_put_i64(w, "numEntriesScannedPostFilter", 0);
	json_put_i64(w, "numServersQueried", f->n_servers);
	json_put_i64(w, "numServersResponded", f->n_servers);
	json_put_i64(w, "numSegmentsQueried", (int64_t)f->segments_queried);
	json_put_i64(w, "numSegmentsProcessed", (int64_t)f->segments_processed);
	json_put_i64(w, "numSegmentsMatched", (int64_t)f->segments_processed);
	put_zeros(w, zeros_after_segments);
	json_put_i64(w, "numSegmentsPrunedByBroker", 0);
	json_put_i64(w, "numSegmentsPrunedByServer", (int64_t)f->segments_pruned);
	put_zeros(w, zeros_after_pruned);
	json_put_i64(w, "offlineThreadCpuTimeNs", (int64_t)f->cpu_ns);
	put_zeros(w, zeros_after_cpu);
	json_put_i64(w, "offlineTotalCpuTimeNs", (int64_t)f->cpu_ns);
	put_zeros(w, zeros_after_total_cpu);
}

static void put_tables(struct json_writer *w, const struct response_facts *f)
{
	json_key(w, "tablesQueried");
	json_begin_array(w);
	for (uint32_t i = 0; i < f->n_tables; i++)
		json_string(w, f->tables[i]);
	json_end_array(w);
}

static void put_multistage(struct json_writer *w)
{
	json_put_i64(w, "numGroups", 0);
	json_put_bool(w, "maxRowsInJoinReached", false);
	json_put_i64(w, "maxRowsInJoin", 0);
	json_put_bool(w, "maxRowsInWindowReached", false);
	json_put_i64(w, "maxRowsInWindow", 0);
	json_put_null(w, "stageStats");
	json_put_i64(w, "maxRowsInOperator", 0);
}

/* All members behind resultTable but those of the cursor. */
static void put_facts(struct json_writer *w, const struct response_facts *f)
{
	bool has_error = f->error && f->error->code != ERR_NONE;

	json_put_i64(w, "numRowsResultSet", f->num_rows_result_set);
	json_put_bool(w, "partialResult", has_error);
	put_exceptions(w, f);
	json_put_bool(w, "numGroupsLimitReached", false);
	json_put_bool(w, "numGroupsWarningLimitReached", false);
	if (f->is_multistage)
		put_multistage(w);
	json_put_bool(w, "maxRowsInDistinctReached", false);
	json_put_bool(w, "maxRowsWithoutChangeInDistinctReached", false);
	json_put_bool(w, "maxExecutionTimeInDistinctReached", false);
	json_put_i64(w, "timeUsedMs", f->time_used_ms);
	put_text_or_null(w, "requestId", f->request_id);
	put_text_or_null(w, "clientRequestId", f->client_request_id);
	put_text_or_null(w, "brokerId", f->broker_id);
	put_counts(w, f);
	json_key(w, "traceInfo");
	json_begin_object(w);
	json_end_object(w);
	put_tables(w, f);
	put_zeros(w, zeros_memory);
	json_key(w, "pools");
	json_begin_array(w);
	json_end_array(w);
	json_put_bool(w, "rlsFiltersApplied", false);
	json_put_bool(w, "groupsTrimmed", false);
	json_put_bool(w, "mseLiteLeafStageLimitReached", false);
	if (f->receipt)
		put_receipt(w, f->receipt);
}

static void put_cursor(struct json_writer *w, const struct response_cursor *c)
{
	json_put_i64(w, "offset", c->offset);
	json_put_i64(w, "numRows", c->num_rows);
	json_put_i64(w, "cursorResultWriteTimeMs", c->write_ms);
	json_put_i64(w, "cursorFetchTimeMs", c->fetch_ms);
	json_put_i64(w, "submissionTimeMs", c->submission_ms);
	json_put_i64(w, "expirationTimeMs", c->expiration_ms);
	json_put_string(w, "brokerHost", str_of(c->broker_host));
	json_put_i64(w, "brokerPort", c->broker_port);
	json_put_i64(w, "bytesWritten", c->bytes_written);
}

/* {"resultTable":{"dataSchema":{...},"rows":[ */
static void write_head(struct strbuf *out, const struct response_table *table)
{
	struct json_writer w;

	strbuf_add_str(out, STR("{\"resultTable\":{\"dataSchema\":"));
	json_writer_init(&w, out);
	json_begin_object(&w);
	json_key(&w, "columnNames");
	json_begin_array(&w);
	for (uint32_t i = 0; i < table->n_columns; i++)
		json_string(&w, table->names[i]);
	json_end_array(&w);
	json_key(&w, "columnDataTypes");
	json_begin_array(&w);
	for (uint32_t i = 0; i < table->n_columns; i++)
		json_string(&w, str_of(col_types[table->types[i]].name));
	json_end_array(&w);
	json_end_object(&w);
	strbuf_add_str(out, STR(",\"rows\":["));
}

/* Appends an object's members behind something: its text without the opening brace. */
static void add_members(struct strbuf *out, struct str object, bool is_first)
{
	if (!is_first)
		strbuf_add_char(out, ',');
	strbuf_add(out, object.ptr + 1, object.len - 1);
}

/* The stored members and the cursor's as one object. */
static void merge_cursor(struct strbuf *object, const struct response_cursor *cursor)
{
	struct json_writer w;
	struct strbuf behind CLEANUP(strbuf_fini) = STRBUF_INIT;

	json_writer_init(&w, &behind);
	json_begin_object(&w);
	put_cursor(&w, cursor);
	json_end_object(&w);
	if (!strbuf_ok(object) || !strbuf_ok(&behind) || object->len == 0) {
		object->failed = true;
		return;
	}
	object->ptr[object->len - 1] = ',';
	strbuf_add(object, behind.ptr + 1, behind.len - 1);
}

/* Rows from number `from` of the chunk on come next. */
static void go_to(struct response *r, const struct chunk *chunk, uint32_t from)
{
	r->chunk = chunk;
	r->chunk_from = from;
	r->pos = (struct json_rows){ .row = from };
}

static void find_rows(struct response *r, const struct response_table *table)
{
	const struct chunk *chunk;

	if (table->first_row >= table->end_row)
		return;
	r->n_left = table->end_row - table->first_row;
	chunk = chunk_list_find(table->rows, NULL, table->first_row);
	if (chunk)
		go_to(r, chunk, (uint32_t)(table->first_row - chunk->first_row));
}

/* Head and tail around the members. */
static int finish_init(struct response *r, struct strbuf *members,
		       const struct response_table *table, struct error *err)
{
	*r = (struct response){ 0 };
	if (table) {
		find_rows(r, table);
		write_head(&r->head, table);
		strbuf_add_str(&r->tail, STR("]}"));
	} else {
		strbuf_add_char(&r->head, '{');
	}
	if (strbuf_ok(members))
		add_members(&r->tail, strbuf_str(members), !table);
	if (strbuf_ok(members) && strbuf_ok(&r->head) && strbuf_ok(&r->tail))
		return 0;
	response_fini(r);
	return error_oom(err);
}

int response_metadata(const struct response_facts *facts, struct strbuf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w);
	put_facts(&w, facts);
	json_end_object(&w);
	return strbuf_ok(out) ? 0 : -1;
}

int response_init(struct response *r, const struct response_facts *facts,
		  const struct response_table *table, const struct response_cursor *cursor,
		  struct error *err)
{
	struct strbuf members CLEANUP(strbuf_fini) = STRBUF_INIT;

	if (response_metadata(facts, &members) == 0 && cursor)
		merge_cursor(&members, cursor);
	return finish_init(r, &members, table, err);
}

int response_init_stored(struct response *r, struct str stored, const struct response_table *table,
			 const struct response_cursor *cursor, struct error *err)
{
	struct strbuf members CLEANUP(strbuf_fini) = STRBUF_INIT;

	strbuf_add_str(&members, stored);
	merge_cursor(&members, cursor);
	return finish_init(r, &members, table, err);
}

void response_fini(struct response *r)
{
	strbuf_fini(&r->head);
	strbuf_fini(&r->tail);
}

bool response_wants_rows(const struct response *r)
{
	return r->part < 2 && r->n_left > 0 && !r->chunk;
}

void response_add_rows(struct response *r, const struct chunk_list *rows)
{
	ASSERT(response_wants_rows(r));
	go_to(r, rows->first, 0);
}

/* Rows of one chunk after the other. */
static enum step write_rows(struct response *r, size_t max_bytes, struct strbuf *out,
			    struct coop *coop)
{
	while (r->n_left > 0 && r->chunk) {
		uint32_t to =
			(uint32_t)MIN(r->chunk_from + r->n_left, (uint64_t)r->chunk->batch.n_rows);
		enum step step = json_rows_write(&r->chunk->batch, to, !r->any_row, &r->pos,
						 max_bytes, out, coop);

		if (step != STEP_DONE)
			return step;
		r->any_row = true;
		r->n_left -= to - r->chunk_from;
		go_to(r, r->chunk->next, 0);
		if (r->chunk && (!coop_go(coop) || out->len >= max_bytes))
			return STEP_YIELD;
	}
	return r->n_left > 0 ? STEP_YIELD : STEP_DONE;
}

enum step response_write(struct response *r, size_t max_bytes, struct strbuf *out,
			 struct coop *coop)
{
	enum step step = STEP_DONE;

	if (r->part == 0) {
		strbuf_add_str(out, strbuf_str(&r->head));
		coop_pay(coop, COOP_BYTES(r->head.len) + 1);
		r->part = 1;
	}
	if (r->part == 1) {
		step = write_rows(r, max_bytes, out, coop);
		if (step == STEP_DONE)
			r->part = 2;
	}
	if (r->part == 2) {
		strbuf_add_str(out, strbuf_str(&r->tail));
		coop_pay(coop, COOP_BYTES(r->tail.len) + 1);
		r->part = 3;
	}
	return strbuf_ok(out) ? step : STEP_FAILED;
}
