/*
 * bench.c - measures a running daemon over HTTP.
 *
 *   bench --port N [--quick] [--save FILE | --compare FILE] SECTION...
 *
 * Sections
 *   throughput  rows/s of scan, filter, GROUP BY, top-n on the table hits
 *   fairness    a short query beside heavy ones: p50, p99
 *   trivial     requests/s of SELECT 1
 *   noise       how long the machine leaves a thread without its CPU: no latency
 *               below can be expected to be shorter than that
 *   zoo         heavy queries, each cancelled many times at random moments: the
 *               daemon's own time from the request to the last task's end, and
 *               its poll gaps over the same time
 *
 * Numbers are from one run; compare columns with each other, not with those of
 * another day.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

static uint16_t port;
static bool is_quick;
static const char *save_file, *compare_file;

static double now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void sleep_ms(double ms)
{
	struct timespec ts = { (time_t)(ms / 1e3), 0 };

	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1e3) * 1e6);
	(void)nanosleep(&ts, NULL);
}

/* Unlike exit(), this may be called beside other threads. */
static _Noreturn void quit(void)
{
	(void)fflush(NULL);
	_exit(1);
}

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bench: %s: %s\n", what, strerrordesc_np(errno));
	quit();
}

/* ---- a small HTTP client: one connection, keep-alive ---- */

struct client {
	int fd;
	char head[8192];  /* of the last response */
	char body[16384]; /* its beginning */
	size_t body_len;  /* all of it */
	int status;
};

static void client_open(struct client *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void client_close(struct client *c)
{
	(void)close(c->fd);
}

struct reader {
	int fd;
	char buf[65536];
	size_t len, pos;
};

static int reader_byte(struct reader *r)
{
	if (r->pos == r->len) {
		ssize_t n = read(r->fd, r->buf, sizeof(r->buf));

		if (n <= 0)
			return -1;
		r->len = (size_t)n;
		r->pos = 0;
	}
	return (unsigned char)r->buf[r->pos++];
}

static bool reader_line(struct reader *r, char *line, size_t max)
{
	size_t n = 0;
	int ch;

	while ((ch = reader_byte(r)) >= 0 && ch != '\n') {
		if (ch != '\r' && n + 1 < max)
			line[n++] = (char)ch;
	}
	line[n] = '\0';
	return ch >= 0;
}

/* Takes n bytes of body, keeping the first ones. */
static bool take_body(struct client *c, struct reader *r, size_t n)
{
	while (n > 0) {
		size_t have = r->len - r->pos, step = have < n ? have : n;

		if (step == 0) {
			ssize_t got = read(r->fd, r->buf, sizeof(r->buf));

			if (got <= 0)
				return false;
			r->len = (size_t)got;
			r->pos = 0;
			continue;
		}
		if (c->body_len < sizeof(c->body) - 1) {
			size_t room = sizeof(c->body) - 1 - c->body_len;
			size_t keep = step < room ? step : room;

			memcpy(c->body + c->body_len, r->buf + r->pos, keep);
			c->body[c->body_len + keep] = '\0';
		}
		c->body_len += step;
		r->pos += step;
		n -= step;
	}
	return true;
}

static bool read_chunks(struct client *c, struct reader *r)
{
	char line[256];

	for (;;) {
		size_t n;

		if (!reader_line(r, line, sizeof(line)))
			return false;
		n = strtoul(line, NULL, 16);
		if (n == 0)
			return reader_line(r, line, sizeof(line));
		if (!take_body(c, r, n) || !reader_line(r, line, sizeof(line)))
			return false;
	}
}

/* False when the connection ended before the response did. */
static bool read_response(struct client *c)
{
	static _Thread_local struct reader r;
	size_t head_len = 0, content_length = 0;
	bool is_chunked = false;
	char line[1024];

	r = (struct reader){ .fd = c->fd };
	c->body_len = 0;
	c->body[0] = '\0';
	c->head[0] = '\0';
	if (!reader_line(&r, line, sizeof(line)))
		return false;
	c->status = (int)strtol(line + 9, NULL, 10);
	while (reader_line(&r, line, sizeof(line)) && line[0] != '\0') {
		size_t n = strlen(line);

		if (head_len + n + 2 < sizeof(c->head)) {
			memcpy(c->head + head_len, line, n);
			head_len += n;
			c->head[head_len++] = '\n';
			c->head[head_len] = '\0';
		}
		if (strncasecmp(line, "content-length:", 15) == 0)
			content_length = strtoul(line + 15, NULL, 10);
		if (strncasecmp(line, "transfer-encoding: chunked", 26) == 0)
			is_chunked = true;
	}
	return is_chunked ? read_chunks(c, &r) : take_body(c, &r, content_length);
}

static bool request(struct client *c, const char *method, const char *path, const char *body)
{
	char text[8192];
	int n = snprintf(text, sizeof(text),
			 "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n%s",
			 method, path, strlen(body), body);

	if (n < 0 || (size_t)n >= sizeof(text) || write(c->fd, text, (size_t)n) != n)
		return false;
	return read_response(c);
}

/* Runs SQL on the multi-stage dialect; false when the connection broke. */
static bool run_sql(struct client *c, const char *client_id, const char *sql)
{
	char body[4096];

	if (client_id)
		(void)snprintf(body, sizeof(body),
			       "{\"sql\":\"SET clientQueryId='%s'; SET timeoutMs=600000; %s\"}",
			       client_id, sql);
	else
		(void)snprintf(body, sizeof(body), "{\"sql\":\"%s\"}", sql);
	return request(c, "POST", "/query", body);
}

static void must_run(struct client *c, const char *sql)
{
	if (!run_sql(c, NULL, sql) || !strstr(c->head, "X-Pinot-Error-Code: -1")) {
		(void)fprintf(stderr, "bench: %s\n  -> %s\n", sql, c->body);
		quit();
	}
}

/* ---- numbers ---- */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* From 0 to 1, in the same order in every run: splitmix64. */
static double next_random(void)
{
	static uint64_t state;
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((x ^ x >> 31) >> 11) * 0x1p-53;
}

static double quantile(double *v, size_t n, double q)
{
	size_t i = (size_t)(q * (double)n);

	if (n == 0)
		return 0;
	qsort(v, n, sizeof(*v), compare_doubles);
	return v[i < n ? i : n - 1];
}

/* ---- throughput ---- */

static const struct {
	const char *name, *sql;
} throughputs[] = {
	{ "scan: sum of a column", "SELECT SUM(UserID % 1000) FROM hits" },
	{ "filter: 3 conditions", "SELECT COUNT(*) FROM hits WHERE RegionID < 50 AND "
				  "ResolutionWidth > 1000 AND AdvEngineID = 0" },
	{ "filter: LIKE", "SELECT COUNT(*) FROM hits WHERE URL LIKE '%google%'" },
	{ "GROUP BY, few groups",
	  "SELECT OS, COUNT(*), SUM(RegionID) FROM hits GROUP BY OS ORDER BY 2 DESC LIMIT 10" },
	{ "GROUP BY, many groups",
	  "SELECT UserID, COUNT(*) FROM hits GROUP BY UserID ORDER BY 2 DESC LIMIT 10" },
	{ "top-n", "SELECT EventTime, URL FROM hits ORDER BY EventTime DESC, UserID LIMIT 10" },
};

static double count_hits(struct client *c)
{
	const char *rows;

	must_run(c, "SELECT COUNT(*) FROM hits");
	rows = strstr(c->body, "\"rows\":[[");
	return rows ? strtod(rows + 9, NULL) : 0;
}

/* What --save has written: a time in each line. */
static void read_times(const char *path, double *ms, size_t n)
{
	FILE *f = fopen(path, "r");
	char line[64];

	for (size_t i = 0; f && i < n; i++) {
		char *end = line;

		if (fgets(line, sizeof(line), f))
			ms[i] = strtod(line, &end);
		if (end == line)
			die(path);
	}
	if (f)
		(void)fclose(f);
}

static void throughput(void)
{
	struct client c;
	double hits, other[N(throughputs)] = { 0 };
	int n_runs = is_quick ? 3 : 15;
	FILE *f;

	client_open(&c);
	hits = count_hits(&c);
	if (compare_file)
		read_times(compare_file, other, N(throughputs));
	f = save_file ? fopen(save_file, "w") : NULL;
	(void)printf("(d) rows/s on hits, %.0f rows, best of %d%s\n", hits, n_runs,
		     compare_file ? ": all workers, and against 1 worker" : ": 1 worker");
	for (size_t i = 0; i < N(throughputs); i++) {
		double best = 1e18;

		/* The first one fills caches; the fourth may still be slow on a machine of others. */
		for (int run = 0; run < n_runs; run++) {
			double begin = now_ms(), took;

			must_run(&c, throughputs[i].sql);
			took = now_ms() - begin;
			best = took < best ? took : best;
		}
		(void)printf("    %-26s %8.1f M rows/s  %8.2f ms", throughputs[i].name,
			     hits / best / 1e3, best);
		if (compare_file)
			(void)printf("  x %.2f", other[i] / best);
		(void)printf("\n");
		if (f)
			(void)fprintf(f, "%f\n", best);
	}
	if (f)
		(void)fclose(f);
	client_close(&c);
}

/* ---- fairness ---- */

struct heavy {
	pthread_t thread;
	char id[32];
};

static const char heavy_sql[] =
	"SELECT COUNT(*) FROM system.numbers WHERE number % 7 = 8 AND number >= 0";

static void *heavy_main(void *arg)
{
	struct heavy *h = arg;
	struct client c;

	client_open(&c);
	(void)run_sql(&c, h->id, heavy_sql);
	client_close(&c);
	return NULL;
}

static void heavy_start(struct heavy *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(h[i].id, sizeof(h[i].id), "heavy-%zu", i);
		if (pthread_create(&h[i].thread, NULL, heavy_main, &h[i]) != 0)
			die("thread");
	}
}

static void heavy_stop(struct heavy *h, size_t n)
{
	struct client c;
	char path[64];

	client_open(&c);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "/clientQuery/%s", h[i].id);
		while (request(&c, "DELETE", path, "") && c.status == 404)
			sleep_ms(1);
		(void)pthread_join(h[i].thread, NULL);
	}
	client_close(&c);
}

/* How many of the endless numbers take about a millisecond of CPU here. */
static long one_ms_of_numbers(struct client *c)
{
	char sql[256];
	long n = 100000;

	for (int round = 0; round < 6; round++) {
		double best = 1e9;

		(void)snprintf(sql, sizeof(sql),
			       "SET maxExecutionThreads=1; SELECT SUM(number %% 10) FROM (SELECT "
			       "number FROM system.numbers LIMIT %ld) AS t",
			       n);
		for (int i = 0; i < 20; i++) {
			double begin = now_ms(), took;

			must_run(c, sql);
			took = now_ms() - begin;
			best = took < best ? took : best;
		}
		n = (long)((double)n * 1.1 / best);
	}
	return n;
}

static void fairness(void)
{
	static const size_t counts[] = { 0, 8, 32 };
	static struct heavy h[32];
	static double ms[4000];
	size_t n_runs = is_quick ? 100 : 2000;
	struct client c;
	char sql[256];

	client_open(&c);
	(void)snprintf(
		sql, sizeof(sql),
		"SET maxExecutionThreads=1; SELECT SUM(number %% 10) FROM (SELECT number FROM "
		"system.numbers LIMIT %ld) AS t",
		one_ms_of_numbers(&c));
	(void)printf("(c) a query of about 1 ms beside heavy ones, %zu runs each\n", n_runs);
	for (size_t k = 0; k < N(counts); k++) {
		heavy_start(h, counts[k]);
		sleep_ms(counts[k] ? 1500 : 0);
		for (size_t i = 0; i < n_runs; i++) {
			double begin = now_ms();

			must_run(&c, sql);
			ms[i] = now_ms() - begin;
			sleep_ms(4);
		}
		(void)printf("    beside %2zu: p50 %6.2f ms  p99 %6.2f ms  max %6.2f ms\n",
			     counts[k], quantile(ms, n_runs, 0.5), quantile(ms, n_runs, 0.99),
			     quantile(ms, n_runs, 1));
		heavy_stop(h, counts[k]);
	}
	client_close(&c);
}

/* ---- trivial ---- */

static _Atomic long n_answers;
static _Atomic bool is_over;

static void *trivial_main(void *arg)
{
	struct client c;

	(void)arg;
	client_open(&c);
	while (!is_over) {
		must_run(&c, "SELECT 1");
		n_answers++;
	}
	client_close(&c);
	return NULL;
}

static void trivial(void)
{
	pthread_t threads[8];
	double begin = now_ms(), seconds = is_quick ? 0.5 : 5;

	for (size_t i = 0; i < N(threads); i++) {
		if (pthread_create(&threads[i], NULL, trivial_main, NULL) != 0)
			die("thread");
	}
	sleep_ms(seconds * 1e3);
	is_over = true;
	for (size_t i = 0; i < N(threads); i++)
		(void)pthread_join(threads[i], NULL);
	(void)printf("(f) SELECT 1 over HTTP, %zu connections, client on the same cores: %.0f "
		     "requests/s\n",
		     N(threads), (double)n_answers / (now_ms() - begin) * 1e3);
}

/* ---- noise ---- */

/* A thread that does nothing but look at the clock, for three seconds. */
static void noise(void)
{
	static double pauses[100000];
	double begin = now_ms(), last = begin, longest = 0;
	size_t n = 0;

	while (last - begin < (is_quick ? 500 : 3000)) {
		double now = now_ms(), pause = now - last;

		longest = pause > longest ? pause : longest;
		if (pause > 0.01 && n < N(pauses))
			pauses[n++] = pause;
		last = now;
	}
	(void)printf(
		"    the machine alone: %zu pauses of more than 0.01 ms in %.1f s, p99 %.3f ms, "
		"longest %.3f ms\n",
		n, (last - begin) / 1e3, n > 0 ? quantile(pauses, n, 0.99) : 0.0, longest);
}

/* ---- the cancel zoo ---- */

/* A query that runs for long; cancelled somewhere in its first `span_ms`. */
static const struct animal {
	const char *name, *sql;
	double span_ms;
} zoo[] = {
	{ "endless count", "SELECT COUNT(*) FROM system.numbers", 200 },
	{ "filter rejects all", "SELECT number FROM system.numbers WHERE number < 0", 200 },
	{ "scan", "SELECT COUNT(*), SUM(CounterID), MAX(Title), MIN(URL) FROM hits AS h", 40 },
	{ "GROUP BY 10 M groups",
	  "SELECT COUNT(*) FROM (SELECT number % 10000000 AS k, COUNT(*) "
	  "AS n FROM (SELECT number FROM system.numbers LIMIT 20000000) "
	  "AS t GROUP BY number % 10000000) AS g WHERE n > 100",
	  3000 },
	{ "sort 10 M rows",
	  "SELECT MAX(k) FROM (SELECT number * 7919 % 10000019 AS k FROM "
	  "(SELECT number FROM system.numbers LIMIT 10000000) AS t ORDER BY k "
	  "LIMIT 9000000) AS s",
	  4000 },
	{ "join, build 5 M rows",
	  "SELECT COUNT(*) FROM (SELECT number AS a FROM system.numbers "
	  "LIMIT 50000000) AS x JOIN (SELECT number AS b FROM "
	  "system.numbers LIMIT 5000000) AS y ON x.a = y.b",
	  1500 },
	{ "DISTINCT", "SELECT COUNT(*) FROM (SELECT DISTINCT UserID, URL, Title FROM hits) AS d",
	  800 },
	{ "LIKE",
	  "SELECT COUNT(*) FROM hits WHERE URL LIKE '%a%e%i%o%u%zz%' OR Title LIKE "
	  "'%_q_x%' OR Referer LIKE '%yy%zz%'",
	  300 },
	{ "deep expression", "SELECT SUM(%DEEP%) FROM system.numbers WHERE number < 1000000000000",
	  300 },
	{ "big result", "SELECT WatchID, Title, URL, Referer, EventTime, Price FROM hits", 800 },
	{ "string building",
	  "SELECT MAX(LENGTH(REPEAT(CAST(number AS STRING), 2000))) FROM "
	  "system.numbers",
	  300 },
	{ "count distinct", "SELECT COUNT(DISTINCT number % 5000000) FROM system.numbers", 1000 },
};

struct victim {
	pthread_t thread;
	char id[32];
	const char *sql;
};

static void *victim_main(void *arg)
{
	struct victim *v = arg;
	struct client c;

	client_open(&c);
	(void)run_sql(&c, v->id, v->sql);
	client_close(&c);
	return NULL;
}

static double header_ms(const struct client *c)
{
	const char *at = strstr(c->head, "X-Cancel-Latency-Ms:");

	return at ? strtod(at + 20, NULL) : -1;
}

/* One query, cancelled after delay_ms.  The latency, or -1 when it had ended before. */
static double cancel_once(struct client *c, const char *sql, int serial, double delay_ms)
{
	struct victim v = { .sql = sql };
	char path[64];
	double latency = -1;

	(void)snprintf(v.id, sizeof(v.id), "zoo-%d", serial);
	(void)snprintf(path, sizeof(path), "/clientQuery/%s", v.id);
	if (pthread_create(&v.thread, NULL, victim_main, &v) != 0)
		die("thread");
	sleep_ms(delay_ms);
	if (!request(c, "DELETE", path, ""))
		die("DELETE");
	if (c->status == 200)
		latency = header_ms(c);
	(void)pthread_join(v.thread, NULL);
	return latency;
}

/* 100 nested additions. */
static void expand(const char *sql, char *out, size_t max)
{
	const char *mark = strstr(sql, "%DEEP%");
	size_t n = mark ? (size_t)(mark - sql) : strlen(sql);

	(void)snprintf(out, max, "%.*s", (int)n, sql);
	if (!mark)
		return;
	for (int i = 0; i < 100; i++)
		(void)snprintf(out + strlen(out), max - strlen(out), "(");
	(void)snprintf(out + strlen(out), max - strlen(out), "number");
	for (int i = 0; i < 100; i++)
		(void)snprintf(out + strlen(out), max - strlen(out), "+%d)%%7", i);
	(void)snprintf(out + strlen(out), max - strlen(out), "%s", mark + 6);
}

static double metric(struct client *c, const char *name)
{
	const char *at;

	if (!request(c, "GET", "/metrics", ""))
		die("metrics");
	at = strstr(c->body, name);
	if (!at)
		return -1;
	at = strchr(at, ' ');
	return at ? strtod(at, NULL) * 1e3 : -1;
}

static double all_latencies[10000];
static size_t n_all;

static void visit(struct client *c, const struct animal *a, int *serial, int n_cancels)
{
	static char sql[3500];
	double ms[1000], gap999, gap_max;
	int n = 0, n_early = 0;
	char where[128] = "";
	const char *at;

	expand(a->sql, sql, sizeof(sql));
	(void)request(c, "DELETE", "/metrics/pollGap", "");
	for (int tries = 0; n < n_cancels && tries < n_cancels * 3; tries++) {
		double delay = 0.5 + next_random() * a->span_ms;
		double latency = cancel_once(c, sql, (*serial)++, delay);

		if (latency < 0) {
			n_early++;
			continue;
		}
		ms[n++] = latency;
		all_latencies[n_all++] = latency;
	}
	gap999 = metric(c, "sluice_poll_gap_seconds{quantile=\"0.999\"}");
	gap_max = metric(c, "sluice_poll_gap_max_seconds{");
	at = strstr(c->body, "gap_max_seconds{where=\"");
	if (at)
		(void)snprintf(where, sizeof(where), "%.*s", (int)strcspn(at + 23, "\""), at + 23);
	(void)printf("    %-22s %4d %7.3f %7.3f %7.3f   %7.3f %7.3f  %s%s\n", a->name, n,
		     quantile(ms, (size_t)n, 0.5), quantile(ms, (size_t)n, 0.99),
		     quantile(ms, (size_t)n, 1), gap999, gap_max, where,
		     n_early ? "  (some had ended before)" : "");
	(void)fflush(stdout);
}

static void visit_zoo(void)
{
	int serial = 0, n_cancels = is_quick ? 5 : 50;
	struct client c;

	client_open(&c);
	(void)printf("(a) cancel to stopped, ms, and (b) poll gap, ms of CPU time, over the same\n"
		     "    %-22s %4s %7s %7s %7s   %7s %7s\n",
		     "query", "n", "median", "p99", "max", "p99.9", "max");
	for (size_t i = 0; i < N(zoo); i++)
		visit(&c, &zoo[i], &serial, n_cancels);
	(void)printf("    %-22s %4zu %7.3f %7.3f %7.3f\n", "all", n_all,
		     quantile(all_latencies, n_all, 0.5), quantile(all_latencies, n_all, 0.99),
		     quantile(all_latencies, n_all, 1));
	client_close(&c);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} sections[] = {
		{ "throughput", throughput }, { "fairness", fairness }, { "trivial", trivial },
		{ "noise", noise },           { "zoo", visit_zoo },
	};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
			port = (uint16_t)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--save") == 0 && i + 1 < argc)
			save_file = argv[++i];
		else if (strcmp(argv[i], "--compare") == 0 && i + 1 < argc)
			compare_file = argv[++i];
		else if (strcmp(argv[i], "--quick") == 0)
			is_quick = true;
		for (size_t k = 0; k < N(sections); k++) {
			if (strcmp(argv[i], sections[k].name) == 0)
				sections[k].run();
		}
	}
	return 0;
}
