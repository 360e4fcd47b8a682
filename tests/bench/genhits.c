/*
 * genhits.c - writes the rows of a web analytics log as CSV, the same every time.
 *
 * usage: genhits ROWS [SEED] > hits.csv
 *
 * The data is made to be realistic where an engine would notice:
 *
 * - rows come almost in the order of their time, as a log does;
 * - users, pages, counters and search phrases follow power laws, so that a few
 *   are very frequent and most are rare;
 * - what belongs to a user (address, region, screen, browser) is a function of
 *   the user, and titles and URLs are a function of the page, so that columns
 *   are correlated and dictionaries pay;
 * - SearchPhrase, MobilePhoneModel and Referer are often empty, AdvEngineID is
 *   nearly always 0, and some titles are quoted because of a comma or a quote.
 *
 * Users, pages and words are never stored: each is the hash of its number.  The
 * arithmetic is exact (integers, and products of doubles), so that every machine
 * writes the same bytes for the same ROWS and SEED.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum {
	OUT_BYTES = 1 << 20,
	ROW_BYTES_MAX = 4096, /* no row is as long */
	N_WORDS = 6000,
	WORD_BYTES_MAX = 16,
	N_COUNTERS = 6500,
	N_DOMAINS = 4000,
	JITTER_S = 30,        /* rows are at most that far from their order */
	POPULAR_COUNTER = 62, /* one well-known id, for queries that want a constant */
};

#define N_USERS   UINT64_C(2400000)
#define N_PAGES   UINT64_C(3000000)
#define N_PHRASES UINT64_C(1500000)
#define DAY_S     UINT64_C(86400)
#define MONTH_S   (31 * DAY_S) /* the log covers July 2013 */

/* Differ in what they are the hash of, so that equal numbers share nothing. */
enum domain { OF_WORD = 1, OF_USER, OF_PAGE, OF_TITLE, OF_PHRASE, OF_SITE, OF_COUNTER };

/* ---- Chance -------------------------------------------------------------- */

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t hash(enum domain of, uint64_t number)
{
	return mix(mix(number + UINT64_C(0x9e3779b97f4a7c15)) + (uint64_t)of);
}

/* The next of an endless sequence. */
static uint64_t chance_next(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return mix(*state);
}

/* Takes a number in 0..n-1 off the bits, which must not be used for another. */
static uint32_t below(uint64_t bits, uint32_t n)
{
	return (uint32_t)(((bits & UINT32_MAX) * n) >> 32);
}

static bool is_percent(uint64_t bits, uint32_t percent)
{
	return below(bits, 100) < percent;
}

/*
 * A rank in 0..n-1 of which the small ones are frequent: n * u^power for a
 * uniform u from the upper 32 bits.
 */
static uint64_t skewed(uint64_t bits, uint64_t n, int power)
{
	double u = (double)(bits >> 32) / 4294967296.0;
	double x = (double)n;

	for (int i = 0; i < power; i++)
		x *= u;
	return (uint64_t)x;
}

/* ---- Output -------------------------------------------------------------- */

struct out {
	char *at;
	char buf[OUT_BYTES];
};

static void put_char(struct out *out, char c)
{
	*out->at++ = c;
}

static void put_bytes(struct out *out, const char *bytes, size_t n)
{
	memcpy(out->at, bytes, n);
	out->at += n;
}

static void put_text(struct out *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

static void put_number(struct out *out, int64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		digits[--at] = '-';
	put_bytes(out, digits + at, sizeof(digits) - at);
}

static void put_two_digits(struct out *out, uint64_t value)
{
	put_char(out, (char)('0' + value / 10 % 10));
	put_char(out, (char)('0' + value % 10));
}

static int out_flush(struct out *out)
{
	size_t n = (size_t)(out->at - out->buf);

	out->at = out->buf;
	return fwrite(out->buf, 1, n, stdout) == n ? 0 : -1;
}

/* ---- Words --------------------------------------------------------------- */

struct word {
	uint8_t n_bytes;
	char bytes[WORD_BYTES_MAX];
};

static struct word words[N_WORDS];

/* Two to four syllables, consonant and vowel with an occasional final. */
static void words_make(void)
{
	static const char consonants[] = "bcdfghklmnprstvz";
	static const char vowels[] = "aeiou";

	for (uint32_t i = 0; i < N_WORDS; i++) {
		struct word *w = &words[i];
		uint32_t n_syllables = 2 + below(hash(OF_WORD, i), 3);

		for (uint32_t s = 0; s < n_syllables; s++) {
			uint64_t h = hash(OF_WORD, (uint64_t)(i + 1) * 64 + s);

			w->bytes[w->n_bytes++] = consonants[h % 16];
			w->bytes[w->n_bytes++] = vowels[(h >> 8) % 5];
			if ((h >> 16) % 4 == 0)
				w->bytes[w->n_bytes++] = consonants[(h >> 24) % 16];
		}
	}
}

static void put_word(struct out *out, uint64_t bits)
{
	const struct word *w = &words[below(bits, N_WORDS)];

	put_bytes(out, w->bytes, w->n_bytes);
}

static void put_words(struct out *out, uint64_t seed, uint32_t n, char separator)
{
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			put_char(out, separator);
		seed = mix(seed);
		put_word(out, seed);
	}
}

/* ---- One row ------------------------------------------------------------- */

struct screen {
	int16_t width;
	int16_t height;
};

/* What a row says.  Texts are written from the ids and the chance bits. */
struct hit {
	uint64_t page;
	uint64_t referer_page;
	uint64_t phrase_bits;
	uint64_t query_bits; /* words typed into the search engine that led here */
	uint64_t second;     /* of the month */
	bool has_phrase;
	bool has_referer;

	int64_t watch_id;
	int64_t java_enable;
	int64_t counter_id;
	int64_t client_ip;
	int64_t region_id;
	int64_t user_id;
	int64_t is_refresh;
	int64_t screen_width;
	int64_t screen_height;
	int64_t os;
	int64_t user_agent;
	int64_t mobile_phone; /* 0: not a phone */
	int64_t phone_model;
	int64_t adv_engine_id;
	int64_t search_engine_id; /* 0: did not come from one */
	int64_t trafic_source_id;
	int64_t is_link;
	int64_t is_download;
	int64_t dont_count_hits;
	int64_t url_hash;
	int64_t referer_hash;
	int64_t window_width;
	int64_t window_height;
	int64_t price_cents;
};

static void fill_user(struct hit *hit, uint64_t user)
{
	static const struct screen screens[] = {
		{ 1920, 1080 }, { 1366, 768 }, { 1280, 1024 }, { 1024, 768 }, { 1440, 900 },
		{ 1600, 900 },  { 320, 480 },  { 360, 640 },   { 768, 1024 }, { 0, 0 },
	};
	uint64_t h = hash(OF_USER, user);
	uint64_t more = mix(h + 1);
	uint64_t looks = mix(h + 2);
	const struct screen *screen = &screens[below(h >> 32, COUNT_OF(screens))];

	hit->user_id = (int64_t)(h >> 2);
	hit->java_enable = is_percent(h, 70);
	hit->client_ip = (int32_t)(uint32_t)(more >> 8);
	hit->region_id = (int64_t)skewed(more, 9000, 4) + 1;
	hit->screen_width = screen->width;
	hit->screen_height = screen->height;
	hit->os = (int64_t)skewed(looks, 90, 3);
	hit->user_agent = (int64_t)skewed(looks << 16, 80, 3);
	hit->mobile_phone = is_percent(looks, 5) ? 1 + (int64_t)(more % 90) : 0;
	hit->phone_model = (int64_t)(h % 170);
	hit->window_width = screen->width - (int64_t)(more % 40);
	if (hit->window_width < 0)
		hit->window_width = 0;
}

static void fill_page(struct hit *hit, uint64_t bits)
{
	uint64_t rank = skewed(mix(bits), N_COUNTERS, 3);

	hit->page = skewed(bits, N_PAGES, 2);
	hit->url_hash = (int64_t)(hash(OF_PAGE, hit->page) >> 2);
	hit->window_height = (int64_t)(hash(OF_PAGE, hit->page) % 1000);
	hit->counter_id = rank == 3 ? POPULAR_COUNTER : 100 + below(hash(OF_COUNTER, rank), 400000);
}

/* Where the visitor came from: nowhere, a search engine, this site, another. */
static void fill_source(struct hit *hit, uint64_t bits)
{
	uint32_t from = below(bits, 100);

	hit->query_bits = mix(bits);
	hit->search_engine_id = from >= 18 && from < 30 ? 2 + (int64_t)((bits >> 40) % 4) : 0;
	hit->has_referer = from >= 18;
	hit->referer_page = from < 70 ? hit->page ^ 1 : skewed(bits, N_PAGES, 2);
	hit->referer_hash = hit->has_referer ? (int64_t)(hash(OF_PAGE, hit->referer_page) >> 2) : 0;
	if (hit->search_engine_id > 0)
		hit->trafic_source_id = 2;
	else
		hit->trafic_source_id =
			(bits >> 48) % 10 < 7 ? 0 : (int64_t)((bits >> 52) % 11) - 1;
}

static void fill_hit(struct hit *hit, uint64_t row, uint64_t n_rows, uint64_t *state)
{
	uint64_t bits = chance_next(state);
	uint64_t flags = chance_next(state);

	hit->second = row * MONTH_S / n_rows + bits % JITTER_S;
	if (hit->second >= MONTH_S)
		hit->second = MONTH_S - 1;
	hit->watch_id = (int64_t)(chance_next(state) >> 2);
	hit->has_phrase = is_percent(bits, 13);
	hit->phrase_bits = mix(bits);
	hit->price_cents = (int64_t)(chance_next(state) % 1000000);

	fill_user(hit, skewed(chance_next(state), N_USERS, 2));
	fill_page(hit, chance_next(state));
	fill_source(hit, chance_next(state));

	hit->is_refresh = flags % 100 < 12;
	hit->is_link = (flags >> 8) % 100 < 9;
	hit->is_download = (flags >> 16) % 500 < 2;
	hit->dont_count_hits = (flags >> 24) % 100 < 7;
	hit->adv_engine_id = (flags >> 32) % 1000 < 6 ? 1 + (int64_t)((flags >> 44) % 40) : 0;
}

/* ---- Columns ------------------------------------------------------------- */

/* About one title in twenty needs quotes, for a comma or for a quoted word. */
static void put_title(struct out *out, const struct hit *hit)
{
	uint64_t h = hash(OF_TITLE, hit->page / 3);
	uint32_t kind = (uint32_t)(h >> 40) % 100;
	uint32_t n_words = 2 + (uint32_t)(h >> 48) % 6;
	bool is_quoted = kind < 5;
	char *first;

	if (is_quoted)
		put_char(out, '"');
	first = out->at;
	put_words(out, h, 1, ' ');
	*first = (char)(*first - 'a' + 'A');
	if (kind == 0) {
		put_text(out, " \"\"");
		put_word(out, mix(h));
		put_text(out, "\"\"");
	} else if (is_quoted) {
		put_char(out, ',');
	}
	put_char(out, ' ');
	put_words(out, h + 1, n_words - 1, ' ');
	if (kind >= 98)
		put_text(out, " - Google");
	if (is_quoted)
		put_char(out, '"');
}

static void put_page_url(struct out *out, uint64_t page)
{
	static const char *const tails[] = { ".ru/", ".com/", ".net/" };
	uint64_t h = hash(OF_PAGE, page);
	uint64_t site = skewed(h, N_DOMAINS, 3);
	uint64_t s = hash(OF_SITE, site);

	put_text(out, s & 1 ? "https://" : "http://");
	put_text(out, s & 2 ? "www." : "");
	put_text(out, site % 67 == 13 ? "google." : "");
	put_words(out, s, s & 4 ? 2 : 1, '-');
	put_text(out, tails[(s >> 3) % COUNT_OF(tails)]);
	put_words(out, h, 1 + (h & 3), '/');
	put_char(out, '/');
	put_number(out, (int64_t)page);
	if ((h >> 8) % 8 == 0) {
		put_text(out, "?id=");
		put_number(out, (int64_t)((h >> 16) % 100000000));
		put_text(out, "&page=");
		put_number(out, (int64_t)((h >> 11) % 40));
	} else if ((h >> 8) % 8 == 1) {
		put_text(out, ".html");
	}
}

static void put_url(struct out *out, const struct hit *hit)
{
	put_page_url(out, hit->page);
}

static void put_referer(struct out *out, const struct hit *hit)
{
	if (!hit->has_referer)
		return;
	if (hit->search_engine_id > 0) {
		put_text(out, "https://www.google.com/search?q=");
		put_words(out, hit->query_bits, 2, '+');
	} else {
		put_page_url(out, hit->referer_page);
	}
}

static void put_search_phrase(struct out *out, const struct hit *hit)
{
	uint64_t h;

	if (!hit->has_phrase)
		return;
	h = hash(OF_PHRASE, skewed(hit->phrase_bits, N_PHRASES, 2));
	put_words(out, h, 1 + (uint32_t)(h >> 40) % 5, ' ');
}

static void put_phone_model(struct out *out, const struct hit *hit)
{
	static const char *const models[] = {
		"iPhone", "iPad",  "Galaxy S", "Nokia",  "HTC One",
		"Xperia", "Lumia", "Nexus",    "Desire", "Optimus",
	};

	if (hit->mobile_phone == 0)
		return;
	put_text(out, models[(size_t)hit->phone_model % COUNT_OF(models)]);
	put_char(out, ' ');
	put_number(out, hit->phone_model / (int64_t)COUNT_OF(models));
}

static void put_event_date(struct out *out, const struct hit *hit)
{
	put_text(out, "2013-07-");
	put_two_digits(out, 1 + hit->second / DAY_S);
}

static void put_event_time(struct out *out, const struct hit *hit)
{
	uint64_t second = hit->second % DAY_S;

	put_event_date(out, hit);
	put_char(out, ' ');
	put_two_digits(out, second / 3600);
	put_char(out, ':');
	put_two_digits(out, second / 60 % 60);
	put_char(out, ':');
	put_two_digits(out, second % 60);
}

static void put_price(struct out *out, const struct hit *hit)
{
	put_number(out, hit->price_cents / 100);
	put_char(out, '.');
	put_two_digits(out, (uint64_t)hit->price_cents % 100);
}

/* A column is a member of struct hit, or a function that writes it. */
struct column {
	const char *name;
	size_t offset; /* of an int64_t; used when put is NULL */
	void (*put)(struct out *out, const struct hit *hit);
};

#define NUMBER(member) offsetof(struct hit, member), NULL
#define TEXT(function) 0, function

/* The header line and the rows, in this order; hits.schema.json has the types. */
static const struct column columns[] = {
	{ "WatchID", NUMBER(watch_id) },
	{ "JavaEnable", NUMBER(java_enable) },
	{ "Title", TEXT(put_title) },
	{ "EventTime", TEXT(put_event_time) },
	{ "EventDate", TEXT(put_event_date) },
	{ "CounterID", NUMBER(counter_id) },
	{ "ClientIP", NUMBER(client_ip) },
	{ "RegionID", NUMBER(region_id) },
	{ "UserID", NUMBER(user_id) },
	{ "URL", TEXT(put_url) },
	{ "Referer", TEXT(put_referer) },
	{ "IsRefresh", NUMBER(is_refresh) },
	{ "ResolutionWidth", NUMBER(screen_width) },
	{ "ResolutionHeight", NUMBER(screen_height) },
	{ "OS", NUMBER(os) },
	{ "UserAgent", NUMBER(user_agent) },
	{ "MobilePhone", NUMBER(mobile_phone) },
	{ "MobilePhoneModel", TEXT(put_phone_model) },
	{ "AdvEngineID", NUMBER(adv_engine_id) },
	{ "SearchEngineID", NUMBER(search_engine_id) },
	{ "SearchPhrase", TEXT(put_search_phrase) },
	{ "TraficSourceID", NUMBER(trafic_source_id) },
	{ "IsLink", NUMBER(is_link) },
	{ "IsDownload", NUMBER(is_download) },
	{ "DontCountHits", NUMBER(dont_count_hits) },
	{ "URLHash", NUMBER(url_hash) },
	{ "RefererHash", NUMBER(referer_hash) },
	{ "WindowClientWidth", NUMBER(window_width) },
	{ "WindowClientHeight", NUMBER(window_height) },
	{ "Price", TEXT(put_price) },
};

static void put_header(struct out *out)
{
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		if (i > 0)
			put_char(out, ',');
		put_text(out, columns[i].name);
	}
	put_char(out, '\n');
}

static void put_hit(struct out *out, const struct hit *hit)
{
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		const struct column *c = &columns[i];

		if (i > 0)
			put_char(out, ',');
		if (c->put)
			c->put(out, hit);
		else
			put_number(out, *(const int64_t *)((const char *)hit + c->offset));
	}
	put_char(out, '\n');
}

/* ---- Program ------------------------------------------------------------- */

static int write_hits(uint64_t n_rows, uint64_t seed)
{
	static struct out out;
	struct hit hit = { 0 };
	uint64_t state = seed;

	words_make();
	out.at = out.buf;
	put_header(&out);
	for (uint64_t row = 0; row < n_rows; row++) {
		if (out.at - out.buf > OUT_BYTES - ROW_BYTES_MAX && out_flush(&out) < 0)
			return -1;
		fill_hit(&hit, row, n_rows, &state);
		put_hit(&out, &hit);
	}
	return out_flush(&out) < 0 || fflush(stdout) != 0 ? -1 : 0;
}

static bool parse_count(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *text != '-';
}

int main(int argc, char **argv)
{
	uint64_t n_rows;
	uint64_t seed = 42;

	if (argc < 2 || argc > 3 || !parse_count(argv[1], &n_rows) ||
	    (argc == 3 && !parse_count(argv[2], &seed))) {
		(void)fprintf(stderr, "usage: genhits ROWS [SEED] > hits.csv\n");
		return 2;
	}
	if (write_hits(n_rows, seed) < 0) {
		perror("genhits: cannot write");
		return 1;
	}
	return 0;
}
