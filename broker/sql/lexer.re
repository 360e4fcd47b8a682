/*
 * lexer.re - the rules of lexer.h (re2c).
 *
 * The text needs no NUL behind it: peek() hands out a 0 at the end, which
 * cannot be confused with a byte of the text because NUL bytes are refused
 * before.  What can be long, such as comments and strings, is scanned by hand
 * in pieces, so that a cancelled query does not wait for a megabyte of comment.
 *
 * To add a keyword: a rule below, a row in tokens.def, its use in grammar.y
 * and, unless it has to be reserved, its name in the %fallback list there.
 */
#include "broker/sql/grammar.h"
#include "broker/sql/grammar_priv.h"
#include "broker/sql/lexer.h"
#include "broker/sql/sql.h"
#include "common/base/error.h"

/* How much text is looked at between two looks at the token. */
#define PIECE ((size_t)64 * 1024)

/* As in Calcite, whose default is 128; Pinot raises it. */
#define NAME_MAX_BYTES 1024

static char peek(const struct sql_lexer *lx, size_t pos)
{
	return pos < lx->text.len ? lx->text.ptr[pos] : '\0';
}

static int pay(struct sql_lexer *lx, size_t n_bytes, struct error *err)
{
	coop_pay(lx->coop, COOP_BYTES(n_bytes));
	return coop_point(lx->coop, err);
}

/* ---- Errors ---- */

static int fail_at(const struct sql_lexer *lx, size_t pos, const char *what, struct error *err)
{
	uint32_t line, column;

	sql_position(lx->text, (uint32_t)pos, &line, &column);
	return error_set_at(err, ERR_SQL_PARSING, (uint32_t)pos,
			    "Lexical error at line %u, column %u. %s", line, column, what);
}

/* Printable text is shown as it is; what cannot be seen, by its code point only. */
static int fail_character(const struct sql_lexer *lx, size_t pos, struct error *err)
{
	const unsigned char *p = (const unsigned char *)lx->text.ptr + pos;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t code = n == 1 ? *p : *p & (0xffu >> (n + 1));
	char what[64];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | (p[i] & 0x3f);
	if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xfeff ||
	    (code >= 0x2000 && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f))
		snprintf(what, sizeof(what), "Encountered: U+%04X.", code);
	else
		snprintf(what, sizeof(what), "Encountered: \"%.*s\" (U+%04X).", (int)n,
			 (const char *)p, code);
	return fail_at(lx, pos, what, err);
}

static int fail_number(const struct sql_lexer *lx, size_t begin, size_t end, struct error *err)
{
	char what[96];

	snprintf(what, sizeof(what), "Encountered: \"%.*s\", a number that runs into a name.",
		 (int)str_utf8_cut((struct str){ lx->text.ptr + begin, end - begin }, 40),
		 lx->text.ptr + begin);
	return fail_at(lx, begin, what, err);
}

/* ---- What is scanned by hand ---- */

/* Moves *pos behind the next `what` (one byte); false at the end of the text. */
static int find_byte(struct sql_lexer *lx, size_t *pos, char what, bool *found, struct error *err)
{
	*found = false;
	while (*pos < lx->text.len && !*found) {
		size_t n = MIN(lx->text.len - *pos, PIECE);
		const char *hit = memchr(lx->text.ptr + *pos, what, n);

		if (hit) {
			*found = true;
			n = (size_t)(hit - (lx->text.ptr + *pos)) + 1;
		}
		*pos += n;
		coop_pay(lx->coop, COOP_BYTES(n));
		if (n == PIECE && coop_point(lx->coop, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int skip_blanks(struct sql_lexer *lx, struct error *err)
{
	size_t from = lx->pos;

	for (;;) {
		if (!is_blank(peek(lx, lx->pos)))
			return 0;
		lx->pos++;
		if (lx->pos - from == PIECE) {
			if (pay(lx, PIECE, err) < 0)
				return -1;
			from = lx->pos;
		}
	}
}

/* To behind the line's end, which is the first of LF and CR, as for Calcite. */
static int skip_line_comment(struct sql_lexer *lx, struct error *err)
{
	const char *end = NULL;

	while (!end && lx->pos < lx->text.len) {
		const char *from = lx->text.ptr + lx->pos, *cr;
		size_t n = MIN(lx->text.len - lx->pos, PIECE);

		end = memchr(from, '\n', n);
		cr = memchr(from, '\r', end ? (size_t)(end - from) : n);
		if (cr)
			end = cr;
		if (end)
			n = (size_t)(end - from) + 1;
		lx->pos += n;
		coop_pay(lx->coop, COOP_BYTES(n));
		if (n == PIECE && coop_point(lx->coop, err) < 0)
			return -1;
	}
	return 0;
}

static int skip_block_comment(struct sql_lexer *lx, struct error *err)
{
	size_t pos = lx->pos + 2;
	size_t since = 0;
	bool found;

	do {
		size_t from = pos;

		if (find_byte(lx, &pos, '*', &found, err) < 0)
			return -1;
		if (!found)
			return fail_at(lx, lx->pos, "A comment starts here and does not end.", err);
		since += pos - from;
		if (since >= PIECE) {
			if (coop_point(lx->coop, err) < 0)
				return -1;
			since = 0;
		}
	} while (peek(lx, pos) != '/');
	lx->pos = pos + 1;
	return 0;
}

static bool is_line_comment(const struct sql_lexer *lx, size_t pos)
{
	return peek(lx, pos) == '-' && peek(lx, pos + 1) == '-';
}

static bool is_block_comment(const struct sql_lexer *lx, size_t pos)
{
	return peek(lx, pos) == '/' && peek(lx, pos + 1) == '*' && peek(lx, pos + 2) != '+';
}

/* Moves to the first byte that belongs to a token. */
static int skip_space(struct sql_lexer *lx, struct error *err)
{
	for (;;) {
		if (skip_blanks(lx, err) < 0)
			return -1;
		if (is_line_comment(lx, lx->pos)) {
			if (skip_line_comment(lx, err) < 0)
				return -1;
		} else if (is_block_comment(lx, lx->pos)) {
			if (skip_block_comment(lx, err) < 0)
				return -1;
		} else {
			return 0;
		}
	}
}

/* From the opening quote to behind the closing one; a doubled quote stands for itself. */
static int scan_quoted(struct sql_lexer *lx, size_t *pos, const char *unterminated,
		       struct error *err)
{
	size_t start = *pos, since = 0;
	char quote = lx->text.ptr[start];
	bool found;

	(*pos)++;
	for (;;) {
		size_t from = *pos;

		if (find_byte(lx, pos, quote, &found, err) < 0)
			return -1;
		if (!found)
			return fail_at(lx, start, unterminated, err);
		if (peek(lx, *pos) != quote)
			return 0;
		(*pos)++;
		since += *pos - from;
		if (since >= PIECE) {
			if (coop_point(lx->coop, err) < 0)
				return -1;
			since = 0;
		}
	}
}

static int scan_string(struct sql_lexer *lx, size_t *pos, struct error *err)
{
	return scan_quoted(lx, pos, "A string starts here and does not end.", err);
}

static int scan_quoted_name(struct sql_lexer *lx, size_t *pos, struct error *err)
{
	size_t start = *pos;

	if (scan_quoted(lx, pos, "A quoted identifier starts here and does not end.", err) < 0)
		return -1;
	if (*pos - start == 2)
		return fail_at(lx, start, "A quoted identifier is empty.", err);
	return 0;
}

/* *pos is at the X of X'..'. */
static int scan_binary(struct sql_lexer *lx, size_t *pos, struct error *err)
{
	size_t start = *pos, since = 0;

	for (*pos += 2; peek(lx, *pos) != '\''; (*pos)++) {
		char c = peek(lx, *pos);

		if (c == '\0')
			return fail_at(lx, start, "A binary string starts here and does not end.",
				       err);
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f')))
			return fail_at(lx, *pos, "A binary string may hold hex digits only.", err);
		if (++since == PIECE) {
			if (pay(lx, PIECE, err) < 0)
				return -1;
			since = 0;
		}
	}
	if ((*pos - start) % 2 != 0)
		return fail_at(lx, start, "A binary string needs an even number of hex digits.",
			       err);
	(*pos)++;
	return 0;
}

/*
 * An entry of OPTION(...): whatever stands before a comma, a parenthesis or a comment,
 * which is none between quotes.
 */
static int scan_option(struct sql_lexer *lx, size_t *pos, struct error *err)
{
	size_t start = *pos, since = 0;
	char quote = '\0';

	for (char c; (c = peek(lx, *pos)) != '\0' && c != ',' && c != ')'; (*pos)++) {
		if (!quote && (is_line_comment(lx, *pos) || is_block_comment(lx, *pos)))
			break;
		if (c == quote)
			quote = '\0';
		else if (!quote && (c == '\'' || c == '"'))
			quote = c;
		if (++since == PIECE) {
			if (pay(lx, PIECE, err) < 0)
				return -1;
			since = 0;
		}
	}
	while (*pos > start && is_blank(lx->text.ptr[*pos - 1]))
		(*pos)--;
	return 0;
}

/* ---- What re2c scans ---- */

enum {
	SCAN_STRING = -1,
	SCAN_NAME = -2,
	SCAN_BINARY = -3,
	SCAN_BAD = -4,
	SCAN_BAD_NUMBER = -5,
	SCAN_OPTION = -6,
};

/*
 * The code of the token at *pos, which moves behind it; or one of SCAN_...: then
 * what follows is for others to scan from where *pos was.  As long as the table
 * of keywords, because it is that table.
 */
static int scan(const struct sql_lexer *lx, size_t *pos)
{
	size_t p = *pos, marker = p;
	int kind;

	/*!re2c
	re2c:api = custom;
	re2c:api:style = free-form;
	re2c:define:YYCTYPE = "unsigned char";
	re2c:define:YYPEEK = "(unsigned char)peek(lx, p)";
	re2c:define:YYSKIP = "p++;";
	re2c:define:YYBACKUP = "marker = p;";
	re2c:define:YYRESTORE = "p = marker;";
	re2c:yyfill:enable = 0;

	// Letters beyond ASCII, without the blanks, quotes and invisible characters that word
	// processors leave behind: U+0080-00BF, U+2000-207F, U+3000-3003 and U+FEFF.
	cont  = [\x80-\xbf];
	utf2  = [\xc3-\xdf] cont;
	utf3  = [\xe0-\xe1\xe4-\xee] cont cont | "\xe2" [\x82-\xbf] cont
	      | "\xe3" ([\x81-\xbf] cont | "\x80" [\x84-\xbf])
	      | "\xef" ([\x80-\xba\xbc-\xbf] cont | "\xbb" [\x80-\xbe]);
	utf4  = [\xf0-\xf4] cont cont cont;
	first = [A-Za-z_$] | utf2 | utf3 | utf4;
	word  = first (first | [0-9])*;
	int   = [0-9]+;
	dec   = int "." [0-9]* | "." int;
	float = (int | dec) [eE] [+-]? int;

	*                { kind = SCAN_BAD; goto done; }
	"\x00"           { p--; kind = TK_EOF; goto done; }
	"'"              { kind = SCAN_STRING; goto done; }
	["`]             { kind = SCAN_NAME; goto done; }
	[xX] "'"         { kind = SCAN_BINARY; goto done; }
	int              { kind = TK_INTEGER; goto done; }
	dec              { kind = TK_DECIMAL; goto done; }
	float            { kind = TK_FLOAT; goto done; }
	(int | dec | float) word { kind = SCAN_BAD_NUMBER; goto done; }

	","              { kind = TK_COMMA; goto done; }
	"("              { kind = TK_LP; goto done; }
	")"              { kind = TK_RP; goto done; }
	"."              { kind = TK_DOT; goto done; }
	"*"              { kind = TK_STAR; goto done; }
	";"              { kind = TK_SEMICOLON; goto done; }
	"="              { kind = TK_EQ; goto done; }
	"<>" | "!="      { kind = TK_NE; goto done; }
	"<"              { kind = TK_LT; goto done; }
	"<="             { kind = TK_LE; goto done; }
	">"              { kind = TK_GT; goto done; }
	">="             { kind = TK_GE; goto done; }
	"+"              { kind = TK_PLUS; goto done; }
	"-"              { kind = TK_DASH; goto done; }
	"/"              { kind = TK_SLASH; goto done; }
	"%"              { kind = TK_PERCENT; goto done; }
	"||"             { kind = TK_BARS; goto done; }
	"["              { kind = TK_LB; goto done; }
	"]"              { kind = TK_RB; goto done; }
	"::"             { kind = TK_CASTS; goto done; }
	"?"              { kind = TK_PARAM; goto done; }
	"/*+"            { kind = TK_HINT; goto done; }
	"*/"             { kind = TK_HINT_END; goto done; }

	'add'            { kind = TK_ADD; goto done; }
	'all'            { kind = TK_ALL; goto done; }
	'alter'          { kind = TK_ALTER; goto done; }
	'analyze'        { kind = TK_ANALYZE; goto done; }
	'and'            { kind = TK_AND; goto done; }
	'anti'           { kind = TK_ANTI; goto done; }
	'any'            { kind = TK_ANY; goto done; }
	'archive'        { kind = TK_ARCHIVE; goto done; }
	'array'          { kind = TK_ARRAY; goto done; }
	'as'             { kind = TK_AS; goto done; }
	'asc'            { kind = TK_ASC; goto done; }
	'asof'           { kind = TK_ASOF; goto done; }
	'asymmetric'     { kind = TK_ASYMMETRIC; goto done; }
	'async'          { kind = TK_ASYNC; goto done; }
	'at'             { kind = TK_AT; goto done; }
	'attributes'     { kind = TK_ATTRIBUTES; goto done; }
	'bernoulli'      { kind = TK_BERNOULLI; goto done; }
	'between'        { kind = TK_BETWEEN; goto done; }
	'both'           { kind = TK_BOTH; goto done; }
	'by'             { kind = TK_BY; goto done; }
	'call'           { kind = TK_CALL; goto done; }
	'case'           { kind = TK_CASE; goto done; }
	'cast'           { kind = TK_CAST; goto done; }
	'cluster'        { kind = TK_CLUSTER; goto done; }
	'column'         { kind = TK_COLUMN; goto done; }
	'create'         { kind = TK_CREATE; goto done; }
	'cross'          { kind = TK_CROSS; goto done; }
	'cube'           { kind = TK_CUBE; goto done; }
	'current'        { kind = TK_CURRENT; goto done; }
	'date'           { kind = TK_DATE; goto done; }
	'datetime'       { kind = TK_DATETIME; goto done; }
	'default'        { kind = TK_DEFAULT; goto done; }
	'delete'         { kind = TK_DELETE; goto done; }
	'desc'           { kind = TK_DESC; goto done; }
	'describe'       { kind = TK_DESCRIBE; goto done; }
	'dimension'      { kind = TK_DIMENSION; goto done; }
	'distinct'       { kind = TK_DISTINCT; goto done; }
	'drop'           { kind = TK_DROP; goto done; }
	'else'           { kind = TK_ELSE; goto done; }
	'end'            { kind = TK_END; goto done; }
	'escape'         { kind = TK_ESCAPE; goto done; }
	'every'          { kind = TK_EVERY; goto done; }
	'except'         { kind = TK_EXCEPT; goto done; }
	'exclude'        { kind = TK_EXCLUDE; goto done; }
	'excluding'      { kind = TK_EXCLUDING; goto done; }
	'exists'         { kind = TK_EXISTS; goto done; }
	'explain'        { kind = TK_EXPLAIN; goto done; }
	'extract'        { kind = TK_EXTRACT; goto done; }
	'false'          { kind = TK_FALSE; goto done; }
	'fetch'          { kind = TK_FETCH; goto done; }
	'file'           { kind = TK_FILE; goto done; }
	'filter'         { kind = TK_FILTER; goto done; }
	'first'          { kind = TK_FIRST; goto done; }
	'following'      { kind = TK_FOLLOWING; goto done; }
	'for'            { kind = TK_FOR; goto done; }
	'format'         { kind = TK_FORMAT; goto done; }
	'from'           { kind = TK_FROM; goto done; }
	'full'           { kind = TK_FULL; goto done; }
	'functions'      { kind = TK_FUNCTIONS; goto done; }
	'granularity'    { kind = TK_GRANULARITY; goto done; }
	'group'          { kind = TK_GROUP; goto done; }
	'grouping'       { kind = TK_GROUPING; goto done; }
	'groups'         { kind = TK_GROUPS; goto done; }
	'having'         { kind = TK_HAVING; goto done; }
	'if'             { kind = TK_IF; goto done; }
	'ignore'         { kind = TK_IGNORE; goto done; }
	'ilike'          { kind = TK_ILIKE; goto done; }
	'implementation' { kind = TK_IMPLEMENTATION; goto done; }
	'in'             { kind = TK_IN; goto done; }
	'including'      { kind = TK_INCLUDING; goto done; }
	'inner'          { kind = TK_INNER; goto done; }
	'insert'         { kind = TK_INSERT; goto done; }
	'intersect'      { kind = TK_INTERSECT; goto done; }
	'interval'       { kind = TK_INTERVAL; goto done; }
	'into'           { kind = TK_INTO; goto done; }
	'is'             { kind = TK_IS; goto done; }
	'join'           { kind = TK_JOIN; goto done; }
	'key'            { kind = TK_KEY; goto done; }
	'kill'           { kind = TK_KILL; goto done; }
	'last'           { kind = TK_LAST; goto done; }
	'lateral'        { kind = TK_LATERAL; goto done; }
	'leading'        { kind = TK_LEADING; goto done; }
	'left'           { kind = TK_LEFT; goto done; }
	'like'           { kind = TK_LIKE; goto done; }
	'limit'          { kind = TK_LIMIT; goto done; }
	'local'          { kind = TK_LOCAL; goto done; }
	'map'            { kind = TK_MAP; goto done; }
	'match_condition' { kind = TK_MATCH_CONDITION; goto done; }
	'matched'        { kind = TK_MATCHED; goto done; }
	'materialized'   { kind = TK_MATERIALIZED; goto done; }
	'merge'          { kind = TK_MERGE; goto done; }
	'metric'         { kind = TK_METRIC; goto done; }
	'minus'          { kind = TK_MINUS; goto done; }
	'mutation'       { kind = TK_MUTATION; goto done; }
	'natural'        { kind = TK_NATURAL; goto done; }
	'next'           { kind = TK_NEXT; goto done; }
	'no'             { kind = TK_NO; goto done; }
	'not'            { kind = TK_NOT; goto done; }
	'null'           { kind = TK_NULL; goto done; }
	'nulls'          { kind = TK_NULLS; goto done; }
	'offset'         { kind = TK_OFFSET; goto done; }
	'on'             { kind = TK_ON; goto done; }
	'only'           { kind = TK_ONLY; goto done; }
	'option'         { kind = TK_OPTION; goto done; }
	'or'             { kind = TK_OR; goto done; }
	'order'          { kind = TK_ORDER; goto done; }
	'ordinality'     { kind = TK_ORDINALITY; goto done; }
	'others'         { kind = TK_OTHERS; goto done; }
	'outer'          { kind = TK_OUTER; goto done; }
	'over'           { kind = TK_OVER; goto done; }
	'overlay'        { kind = TK_OVERLAY; goto done; }
	'partition'      { kind = TK_PARTITION; goto done; }
	'placing'        { kind = TK_PLACING; goto done; }
	'plan'           { kind = TK_PLAN; goto done; }
	'position'       { kind = TK_POSITION; goto done; }
	'preceding'      { kind = TK_PRECEDING; goto done; }
	'precision'      { kind = TK_PRECISION; goto done; }
	'primary'        { kind = TK_PRIMARY; goto done; }
	'processlist'    { kind = TK_PROCESSLIST; goto done; }
	'properties'     { kind = TK_PROPERTIES; goto done; }
	'qualify'        { kind = TK_QUALIFY; goto done; }
	'query'          { kind = TK_QUERY; goto done; }
	'range'          { kind = TK_RANGE; goto done; }
	'recursive'      { kind = TK_RECURSIVE; goto done; }
	'refresh'        { kind = TK_REFRESH; goto done; }
	'rename'         { kind = TK_RENAME; goto done; }
	'repeatable'     { kind = TK_REPEATABLE; goto done; }
	'respect'        { kind = TK_RESPECT; goto done; }
	'right'          { kind = TK_RIGHT; goto done; }
	'rlike'          { kind = TK_RLIKE; goto done; }
	'rollup'         { kind = TK_ROLLUP; goto done; }
	'row'            { kind = TK_ROW; goto done; }
	'rows'           { kind = TK_ROWS; goto done; }
	'safe_cast'      { kind = TK_TRY_CAST; goto done; }
	'select'         { kind = TK_SELECT; goto done; }
	'semi'           { kind = TK_SEMI; goto done; }
	'set'            { kind = TK_SET; goto done; }
	'sets'           { kind = TK_SETS; goto done; }
	'show'           { kind = TK_SHOW; goto done; }
	'similar'        { kind = TK_SIMILAR; goto done; }
	'some'           { kind = TK_SOME; goto done; }
	'substring'      { kind = TK_SUBSTRING; goto done; }
	'symmetric'      { kind = TK_SYMMETRIC; goto done; }
	'sync'           { kind = TK_SYNC; goto done; }
	'system'         { kind = TK_SYSTEM; goto done; }
	'table'          { kind = TK_TABLE; goto done; }
	'table_type'     { kind = TK_TABLE_TYPE; goto done; }
	'tables'         { kind = TK_TABLES; goto done; }
	'tablesample'    { kind = TK_TABLESAMPLE; goto done; }
	'test'           { kind = TK_TEST; goto done; }
	'then'           { kind = TK_THEN; goto done; }
	'ties'           { kind = TK_TIES; goto done; }
	'time'           { kind = TK_TIME; goto done; }
	'timestamp'      { kind = TK_TIMESTAMP; goto done; }
	'to'             { kind = TK_TO; goto done; }
	'trailing'       { kind = TK_TRAILING; goto done; }
	'trim'           { kind = TK_TRIM; goto done; }
	'true'           { kind = TK_TRUE; goto done; }
	'truncate'       { kind = TK_TRUNCATE; goto done; }
	'try_cast'       { kind = TK_TRY_CAST; goto done; }
	'type'           { kind = TK_TYPE; goto done; }
	'unbounded'      { kind = TK_UNBOUNDED; goto done; }
	'union'          { kind = TK_UNION; goto done; }
	'unknown'        { kind = TK_UNKNOWN; goto done; }
	'unnest'         { kind = TK_UNNEST; goto done; }
	'update'         { kind = TK_UPDATE; goto done; }
	'using'          { kind = TK_USING; goto done; }
	'values'         { kind = TK_VALUES; goto done; }
	'varying'        { kind = TK_VARYING; goto done; }
	'view'           { kind = TK_VIEW; goto done; }
	'views'          { kind = TK_VIEWS; goto done; }
	'when'           { kind = TK_WHEN; goto done; }
	'where'          { kind = TK_WHERE; goto done; }
	'window'         { kind = TK_WINDOW; goto done; }
	'with'           { kind = TK_WITH; goto done; }
	'within'         { kind = TK_WITHIN; goto done; }
	'without'        { kind = TK_WITHOUT; goto done; }
	'zone'           { kind = TK_ZONE; goto done; }
	word             { kind = TK_ID; goto done; }
	*/
done:
	*pos = p;
	return kind;
}

/* Without its quotes, and those inside once. */
static bool is_too_long(const struct sql_lexer *lx, size_t begin, size_t end)
{
	char quote = lx->text.ptr[begin];
	size_t n = end - begin;

	if (n <= NAME_MAX_BYTES || (quote != '"' && quote != '`'))
		return n > NAME_MAX_BYTES;
	n -= 2;
	if (n > 2 * NAME_MAX_BYTES)
		return true;
	for (size_t i = begin + 1; i < end - 1; i++) {
		if (lx->text.ptr[i] == quote) {
			i++; /* it stands twice */
			n--;
		}
	}
	return n > NAME_MAX_BYTES;
}

static bool is_option_entry(const struct sql_lexer *lx, size_t pos)
{
	char c = peek(lx, pos);

	return lx->option == OPTION_ENTRIES && c != ',' && c != ')' && c != '\0';
}

static int read_token(struct sql_lexer *lx, struct sql_token *out, struct error *err)
{
	size_t begin, end;
	int kind, scanned = 0;

	if (skip_space(lx, err) < 0)
		return -1;
	begin = end = lx->pos;
	kind = is_option_entry(lx, begin) ? SCAN_OPTION : scan(lx, &end);
	coop_pay(lx->coop, COOP_BYTES(end - begin));
	if (kind < 0)
		end = kind == SCAN_BAD_NUMBER ? end : begin;
	switch (kind) {
	case SCAN_STRING:
		kind = TK_STRING;
		scanned = scan_string(lx, &end, err);
		break;
	case SCAN_NAME:
		kind = TK_ID;
		scanned = scan_quoted_name(lx, &end, err);
		break;
	case SCAN_OPTION:
		kind = TK_OPTION_ENTRY;
		scanned = scan_option(lx, &end, err);
		break;
	case SCAN_BINARY:
		kind = TK_BINARY;
		scanned = scan_binary(lx, &end, err);
		break;
	case SCAN_BAD:
		return fail_character(lx, begin, err);
	case SCAN_BAD_NUMBER:
		return fail_number(lx, begin, end, err);
	}
	if (scanned < 0)
		return -1;
	/* Outside of a hint this is a product that a comment interrupts. */
	if (kind == TK_HINT_END && !lx->is_in_hint) {
		kind = TK_STAR;
		end = begin + 1;
	}
	if (kind == TK_HINT || kind == TK_HINT_END)
		lx->is_in_hint = kind == TK_HINT;
	if (kind == TK_RP && lx->option == OPTION_ENTRIES)
		lx->option = OPTION_NONE;
	if (kind == TK_ID && is_too_long(lx, begin, end))
		return fail_at(lx, begin, "An identifier is longer than 1024 bytes.", err);
	lx->pos = end;
	*out = (struct sql_token){ kind, (uint32_t)begin, (uint32_t)end };
	return 0;
}

/* ---- Words that need a partner ---- */

/*
 * Words that are keywords only in front of certain tokens, and names elsewhere.
 * FORMAT and INTERVAL have rules of their own besides.
 */
struct partner {
	int next[12];       /* token kinds; 0: no further one */
	bool is_reversed;   /* a keyword unless one of them follows */
	int otherwise;      /* what it is without its partner */
	bool may_be_a_name; /* a name needs no quotes where its partner cannot follow */
};

static const struct partner partners[] = {
	[TK_ANTI] = { { TK_JOIN }, false, TK_ID, false },
	[TK_ARRAY] = { { TK_LB }, false, TK_ARRAY_WORD, false },
	[TK_ASOF] = { { TK_JOIN }, false, TK_ID, false },
	[TK_AT] = { { TK_TIME }, false, TK_ID, false },
	[TK_CAST] = { { TK_LP }, false, TK_ID, true },
	[TK_CUBE] = { { TK_LP }, false, TK_ID, true },
	[TK_DATE] = { { TK_STRING }, false, TK_ID, true },
	[TK_EXISTS] = { { TK_LP }, false, TK_EXISTS_WORD, true },
	[TK_EXTRACT] = { { TK_LP }, false, TK_ID, true },
	[TK_FILTER] = { { TK_LP }, false, TK_ID, true },
	[TK_FORMAT] = { { TK_STRING }, false, TK_ID, false },
	[TK_GROUPING] = { { TK_SETS }, false, TK_ID, true },
	[TK_IGNORE] = { { TK_NULLS }, false, TK_ID, false },
	[TK_INTERVAL] = { { TK_STRING }, false, TK_ID, false },
	[TK_LEFT] = { { TK_LP }, true, TK_ID, true },
	[TK_MAP] = { { TK_LB }, false, TK_ID, false },
	[TK_MATCH_CONDITION] = { { TK_LP }, false, TK_ID, true },
	[TK_OPTION] = { { TK_LP }, false, TK_ID, true },
	[TK_OVERLAY] = { { TK_LP }, false, TK_ID, true },
	[TK_POSITION] = { { TK_LP }, false, TK_ID, true },
	[TK_RESPECT] = { { TK_NULLS }, false, TK_ID, false },
	[TK_RIGHT] = { { TK_LP }, true, TK_ID, true },
	[TK_ROLLUP] = { { TK_LP }, false, TK_ID, true },
	[TK_SEMI] = { { TK_JOIN }, false, TK_ID, false },
	[TK_SUBSTRING] = { { TK_LP }, false, TK_ID, true },
	/* A column of KILL MUTATION's table. */
	[TK_TABLE] = { { TK_EQ, TK_NE, TK_LT, TK_LE, TK_GT, TK_GE, TK_IN, TK_NOT, TK_LIKE, TK_IS,
			 TK_BETWEEN, TK_RP },
		       true, TK_ID, false },
	[TK_TIME] = { { TK_STRING, TK_ZONE }, false, TK_ID, true },
	[TK_TIMESTAMP] = { { TK_STRING }, false, TK_ID, true },
	[TK_TRIM] = { { TK_LP }, false, TK_ID, true },
	[TK_TRY_CAST] = { { TK_LP }, false, TK_ID, true },
	[TK_WITHIN] = { { TK_GROUP }, false, TK_ID, false },
};

/* NULL: the token is what it is. */
static const struct partner *partner_of(int kind)
{
	if ((size_t)kind >= ARRAY_SIZE(partners) || partners[kind].next[0] == 0)
		return NULL;
	return &partners[kind];
}

static bool has_partner(const struct partner *p, int next)
{
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_SIZE(p->next) && p->next[i] != 0; i++)
		is_found |= p->next[i] == next;
	return is_found != p->is_reversed;
}

void sql_lexer_init(struct sql_lexer *lx, struct str text, struct coop *coop)
{
	*lx = (struct sql_lexer){ .text = text, .coop = coop };
}

/* Makes sure that n tokens have been read ahead. */
static int look_ahead(struct sql_lexer *lx, uint32_t n, struct error *err)
{
	while (lx->n_ahead < n) {
		if (read_token(lx, &lx->ahead[lx->n_ahead], err) < 0)
			return -1;
		lx->n_ahead++;
	}
	return 0;
}

/* A name, or what is one at the end of a statement, where no partner follows it. */
static bool ends_as_a_name(int kind)
{
	const struct partner *partner = partner_of(kind);

	if (partner)
		return partner->may_be_a_name && !partner->is_reversed;
	return sql_token_may_be_name(kind) || kind == TK_NULL; /* a format of ClickHouse's */
}

/*
 * FORMAT JSON at the end of a statement: in the middle it is a name with an alias.  It is one
 * as well where the grammar wants a name, whose fallback it is.
 */
static int is_last_clause(struct sql_lexer *lx, bool *out, struct error *err)
{
	*out = ends_as_a_name(lx->ahead[0].kind);
	if (!*out)
		return 0;
	if (look_ahead(lx, 2, err) < 0)
		return -1;
	*out = lx->ahead[1].kind == TK_EOF || lx->ahead[1].kind == TK_SEMICOLON ||
	       lx->ahead[1].kind == TK_OPTION;
	return 0;
}

/* The next token, before it is clear whether it is a keyword. */
static int take_token(struct sql_lexer *lx, struct sql_token *out, struct error *err)
{
	if (lx->n_ahead == 0)
		return read_token(lx, out, err);
	*out = lx->ahead[0];
	lx->ahead[0] = lx->ahead[1];
	lx->n_ahead--;
	return 0;
}

/* INTERVAL -'1' DAY. */
static int is_signed_string(struct sql_lexer *lx, bool *out, struct error *err)
{
	*out = lx->ahead[0].kind == TK_DASH || lx->ahead[0].kind == TK_PLUS;
	if (!*out)
		return 0;
	if (look_ahead(lx, 2, err) < 0)
		return -1;
	*out = lx->ahead[1].kind == TK_STRING;
	return 0;
}

static int decide(struct sql_lexer *lx, const struct partner *partner, struct sql_token *t,
		  struct error *err)
{
	bool is_keyword;

	if (look_ahead(lx, 1, err) < 0)
		return -1;
	is_keyword = has_partner(partner, lx->ahead[0].kind);
	if (!is_keyword && t->kind == TK_FORMAT && is_last_clause(lx, &is_keyword, err) < 0)
		return -1;
	if (!is_keyword && t->kind == TK_INTERVAL && is_signed_string(lx, &is_keyword, err) < 0)
		return -1;
	if (!is_keyword)
		t->kind = partner->otherwise;
	return 0;
}

int sql_lexer_next(struct sql_lexer *lx, struct sql_token *out, struct error *err)
{
	const struct partner *partner;

	if (take_token(lx, out, err) < 0)
		return -1;
	partner = partner_of(out->kind);
	if (partner && decide(lx, partner, out, err) < 0)
		return -1;
	if (out->kind == TK_OPTION)
		lx->option = OPTION_WORD;
	else if (lx->option == OPTION_WORD)
		lx->option = OPTION_ENTRIES; /* this is the parenthesis */
	return 0;
}

bool sql_is_plain_name(struct str name, bool is_before_paren)
{
	struct sql_lexer lx = { .text = name };
	const struct partner *partner;
	size_t pos = 0;
	int kind = scan(&lx, &pos);

	if (name.len == 0 || name.len > NAME_MAX_BYTES || pos != name.len)
		return false;
	partner = partner_of(kind);
	if (!partner)
		return kind == TK_ID;
	return partner->may_be_a_name && (!is_before_paren || !has_partner(partner, TK_LP)) &&
	       (is_before_paren || !partner->is_reversed);
}
