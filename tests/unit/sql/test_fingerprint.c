/*
 * test_fingerprint.c - statements that differ in values only have one text and
 * one hash: those that Pinot gives them.
 */
#include "tests/unit/sql/fixture.h"

static char hash[SQL_HASH_SIZE];

static int fingerprint(size_t max_bytes)
{
	strbuf_reset(&fx.text);
	return sql_fingerprint(fx.stmt, max_bytes, &fx.coop, &fx.text, hash, &fx.err);
}

/* The text; the hash is in `hash`. */
static const char *fingerprint_of(const char *sql)
{
	fx_stmt(sql);
	ck_assert_int_eq(fingerprint(SIZE_MAX), 0);
	return fx.text.ptr;
}

struct row {
	const char *sql, *text;
};

static void check_texts(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(fingerprint_of(rows[i].sql), rows[i].text);
}

#define CHECK_TEXTS(rows) check_texts(rows, ARRAY_SIZE(rows))

/* ---- Pinot's own tests: text and hash, byte for byte ---- */

static const struct {
	const char *sql, *text, *hash;
} known[] = {
	{ "SELECT col1 FROM table1 WHERE col2 = 100",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ?", "5b4518ba87fd99fc" },
	{ "SELECT col1 FROM table1 WHERE col2 = 'test'",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ?", "5b4518ba87fd99fc" },
	{ "SELECT col1 FROM table1 WHERE active = TRUE AND deleted = FALSE",
	  "SELECT `col1` FROM `table1` WHERE `active` = ? AND `deleted` = ?", "def1195ed66ab516" },
	{ "SELECT DISTINCT col1 FROM table1 ORDER BY col1 DESC LIMIT 100 OFFSET 50",
	  "SELECT DISTINCT `col1` FROM `table1` ORDER BY `col1` DESC OFFSET ? ROWS FETCH NEXT ? "
	  "ROWS ONLY",
	  "13072dada31d8785" },
	{ "SELECT col1 FROM table1 WHERE col2 IS NULL",
	  "SELECT `col1` FROM `table1` WHERE `col2` IS NULL", "0e83be95340d539b" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (100, 200, NULL)",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (?, ?, NULL)", "9816b45b812b376e" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (TRUE, FALSE)",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (?)", "cd62a4f0ec1c21cf" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (col3 + 1, 2)",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (`col3` + ?, ?)", "ffebf21bb76c2b5b" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (UPPER('hello'), LOWER('WORLD'))",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (UPPER(?), LOWER(?))", "05dc1af69dd77a96" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (10, col3 * 2, 20)",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (?, `col3` * ?, ?)", "b9eb63c28778921e" },
	{ "SELECT col1 FROM table1 WHERE col2 BETWEEN 100 AND 200",
	  "SELECT `col1` FROM `table1` WHERE `col2` BETWEEN ASYMMETRIC ? AND ?",
	  "9d6075c951ba1398" },
	{ "SELECT col1 FROM table1 ORDER BY col1 LIMIT 100 OFFSET 50",
	  "SELECT `col1` FROM `table1` ORDER BY `col1` OFFSET ? ROWS FETCH NEXT ? ROWS ONLY",
	  "9267084f35dedf07" },
	{ "SELECT CASE WHEN col1 > 100 THEN 'high' WHEN col1 > 50 THEN 'medium' ELSE 'low' END "
	  "FROM table1",
	  "SELECT CASE WHEN `col1` > ? THEN ? WHEN `col1` > ? THEN ? ELSE ? END FROM `table1`",
	  "cfff13192e0247b8" },
	{ "SELECT col1 FROM table1 WHERE col2 IN (SELECT col2 FROM table2 WHERE col3 = 100)",
	  "SELECT `col1` FROM `table1` WHERE `col2` IN (SELECT `col2` FROM `table2` WHERE "
	  "`col3` = ?)",
	  "22a776a524332a0e" },
	{ "WITH cte AS (SELECT col1, col2 FROM table1 WHERE col3 = 100) SELECT col1 FROM cte "
	  "WHERE col2 = 200",
	  "WITH `cte` AS (SELECT `col1`, `col2` FROM `table1` WHERE `col3` = ?) SELECT `col1` "
	  "FROM `cte` WHERE `col2` = ?",
	  "ba4ca1fdb34a4fc3" },
	{ "SELECT col1 FROM table1 WHERE col2 = 100 UNION SELECT col1 FROM table2 WHERE col3 = "
	  "200",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ? UNION SELECT `col1` FROM `table2` WHERE "
	  "`col3` = ?",
	  "831fa02a9f36ec6c" },
	{ "SELECT col1 FROM table1 WHERE col2 = 100 INTERSECT SELECT col1 FROM table2 WHERE "
	  "col3 = 200",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ? INTERSECT SELECT `col1` FROM `table2` "
	  "WHERE `col3` = ?",
	  "d2517b1f06c2b49d" },
	{ "SELECT col1 FROM table1 WHERE col2 = 100 EXCEPT SELECT col1 FROM table2 WHERE col3 = "
	  "200",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ? EXCEPT SELECT `col1` FROM `table2` "
	  "WHERE `col3` = ?",
	  "6fcce89432efbaee" },
	{ "EXPLAIN PLAN FOR SELECT col1 FROM table1 WHERE col2 = 100",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ?", "5b4518ba87fd99fc" },
	{ "SELECT COUNT(*), SUM(col1), AVG(col2) FROM table1 WHERE col3 > 100 GROUP BY col4",
	  "SELECT COUNT(*), SUM(`col1`), AVG(`col2`) FROM `table1` WHERE `col3` > ? GROUP BY "
	  "`col4`",
	  "04d53fb0c935c005" },
	{ "SELECT col1, ROW_NUMBER() OVER (PARTITION BY col2 ORDER BY col3) as rn FROM table1 "
	  "WHERE col4 > 100",
	  "SELECT `col1`, ROW_NUMBER() OVER (PARTITION BY `col2` ORDER BY `col3`) AS `rn` FROM "
	  "`table1` WHERE `col4` > ?",
	  "e4d4df66e668b70c" },
	{ "SELECT col1, AVG(amount) OVER (ORDER BY date_col ROWS BETWEEN 3 PRECEDING AND "
	  "CURRENT ROW) as moving_avg FROM sales WHERE store = 100",
	  "SELECT `col1`, AVG(`amount`) OVER (ORDER BY `date_col` ROWS BETWEEN 3 PRECEDING AND "
	  "CURRENT ROW) AS `moving_avg` FROM `sales` WHERE `store` = ?",
	  "9ee7d9d51470b628" },
	{ "SELECT SUM(amount + 10) OVER (PARTITION BY category) FROM sales WHERE date_col = "
	  "'2024-01-01'",
	  "SELECT SUM(`amount` + ?) OVER (PARTITION BY `category`) FROM `sales` WHERE "
	  "`date_col` = ?",
	  "54891dac93660ed8" },
	{ "SELECT col1\nFROM table1\nWHERE col2 = 100",
	  "SELECT `col1` FROM `table1` WHERE `col2` = ?", "5b4518ba87fd99fc" },
	{ "SELECT col1 FROM table1 WHERE col2 IS NOT NULL",
	  "SELECT `col1` FROM `table1` WHERE `col2` IS NOT NULL", "9b25fa4ea1a17fa1" },
	{ "SELECT t1.col1, t2.col2 FROM table1 t1 RIGHT JOIN table2 t2 ON t1.id = t2.id WHERE "
	  "t2.col3 > 100",
	  "SELECT `t1`.`col1`, `t2`.`col2` FROM `table1` AS `t1` RIGHT JOIN `table2` AS `t2` ON "
	  "`t1`.`id` = `t2`.`id` WHERE `t2`.`col3` > ?",
	  "bdb9cf5488581cfe" },
	{ "SELECT DISTINCT col1, col2 FROM table1 WHERE col3 > 100",
	  "SELECT DISTINCT `col1`, `col2` FROM `table1` WHERE `col3` > ?", "5d6738c9e298aef6" },
	{ "SELECT COUNT(*), SUM(col1), AVG(col2), MIN(col3), MAX(col4), STDDEV(col5) FROM "
	  "table1 WHERE col6 > 100 GROUP BY col7",
	  "SELECT COUNT(*), SUM(`col1`), AVG(`col2`), MIN(`col3`), MAX(`col4`), STDDEV(`col5`) "
	  "FROM `table1` WHERE `col6` > ? GROUP BY `col7`",
	  "47b363bf849f5ceb" },
	{ "SELECT COALESCE(col1, col2, 0) FROM table1 WHERE col3 > 100",
	  "SELECT COALESCE(`col1`, `col2`, ?) FROM `table1` WHERE `col3` > ?", "49d9284d339b26db" },
	{ "SELECT CAST(col1 AS VARCHAR) FROM table1 WHERE CAST(col2 AS INTEGER) = 100",
	  "SELECT CAST(`col1` AS VARCHAR) FROM `table1` WHERE CAST(`col2` AS INTEGER) = ?",
	  "58644e08ce742753" },
	{ "SELECT col1, CASE   WHEN col2 > 100 AND col3 < 50 THEN 'high'   WHEN col2 > 50 THEN "
	  "'medium'   WHEN col2 IS NULL THEN 'unknown'   ELSE 'low' END as category FROM table1",
	  "SELECT `col1`, CASE WHEN `col2` > ? AND `col3` < ? THEN ? WHEN `col2` > ? THEN ? "
	  "WHEN `col2` IS NULL THEN ? ELSE ? END AS `category` FROM `table1`",
	  "87ea696b33cd1498" },
	{ "SELECT col1 || ' - ' || col2 FROM table1 WHERE col3 = 'test'",
	  "SELECT `col1` || ? || `col2` FROM `table1` WHERE `col3` = ?", "bd54d88ef4fdb22c" },
	{ "SELECT t1.col1, t2.col2 FROM table1 t1 LEFT JOIN table2 t2 ON t1.id = t2.id AND "
	  "t1.col3 > 100 AND t2.col4 < 200",
	  "SELECT `t1`.`col1`, `t2`.`col2` FROM `table1` AS `t1` LEFT JOIN `table2` AS `t2` ON "
	  "`t1`.`id` = `t2`.`id` AND `t1`.`col3` > ? AND `t2`.`col4` < ?",
	  "d2548c1b14570139" },
	{ "SELECT col1, ROW_NUMBER() OVER (PARTITION BY col2, col3, col4 ORDER BY col5) as rn "
	  "FROM table1 WHERE col6 > 100",
	  "SELECT `col1`, ROW_NUMBER() OVER (PARTITION BY `col2`, `col3`, `col4` ORDER BY "
	  "`col5`) AS `rn` FROM `table1` WHERE `col6` > ?",
	  "2c575cc5117051c2" },
	{ "SELECT COUNT(*) FILTER (WHERE amount > 100) as high_count, COUNT(*) FILTER (WHERE "
	  "amount <= 100) as low_count, AVG(amount) FILTER (WHERE status = 'completed') as "
	  "avg_completed FROM transactions",
	  "SELECT COUNT(*) FILTER (WHERE `amount` > ?) AS `high_count`, COUNT(*) FILTER (WHERE "
	  "`amount` <= ?) AS `low_count`, AVG(`amount`) FILTER (WHERE `status` = ?) AS "
	  "`avg_completed` FROM `transactions`",
	  "b4082256332046e2" },
	{ "SELECT d.product_name, SUM(f.sales_amount) FROM sales_fact f INNER JOIN product_dim "
	  "d ON f.product_id = d.product_id WHERE f.sale_date >= '2024-01-01' AND d.category = "
	  "'Electronics' GROUP BY d.product_name",
	  "SELECT `d`.`product_name`, SUM(`f`.`sales_amount`) FROM `sales_fact` AS `f` INNER "
	  "JOIN `product_dim` AS `d` ON `f`.`product_id` = `d`.`product_id` WHERE "
	  "`f`.`sale_date` >= ? AND `d`.`category` = ? GROUP BY `d`.`product_name`",
	  "7cd6b5620f3e6794" },
	{ "SELECT * FROM table1 WHERE col1 IN (1, 2, 3)",
	  "SELECT * FROM `table1` WHERE `col1` IN (?)", "322706c6031e4213" },
	{ "SELECT * FROM table1 WHERE col1 NOT IN (1, 2, 3)",
	  "SELECT * FROM `table1` WHERE `col1` NOT IN (?)", "ca21c6bd9db5a572" },
	{ "SELECT COUNT(*) FROM table1 WHERE col2 > 100",
	  "SELECT COUNT(*) FROM `table1` WHERE `col2` > ?", "598889e7bdbff12a" },
	{ "SELECT col1, COUNT(*) FROM table1 WHERE col2 > 100 GROUP BY col1",
	  "SELECT `col1`, COUNT(*) FROM `table1` WHERE `col2` > ? GROUP BY `col1`",
	  "82edbeeee65413ea" },
	{ "SELECT col1, COUNT(*), SUM(col2), AVG(col3), MIN(col4), MAX(col5) FROM table1 WHERE "
	  "col6 > 100 GROUP BY col1",
	  "SELECT `col1`, COUNT(*), SUM(`col2`), AVG(`col3`), MIN(`col4`), MAX(`col5`) FROM "
	  "`table1` WHERE `col6` > ? GROUP BY `col1`",
	  "0ca38b29a2c4cf85" },
	{ "SELECT col1, ROW_NUMBER() OVER (PARTITION BY col2 ORDER BY col3) as rn FROM table1",
	  "SELECT `col1`, ROW_NUMBER() OVER (PARTITION BY `col2` ORDER BY `col3`) AS `rn` FROM "
	  "`table1`",
	  "61750ac011d74838" },
	{ "SELECT col1 FROM table1 WHERE col2 IS NOT NULL AND col3 > 100",
	  "SELECT `col1` FROM `table1` WHERE `col2` IS NOT NULL AND `col3` > ?",
	  "d0f01fb7b2b07bee" },
	{ "SELECT col1 FROM table1 WHERE col2 LIKE '%test%' AND col3 = 100",
	  "SELECT `col1` FROM `table1` WHERE `col2` LIKE ? AND `col3` = ?", "a37f7b68a4c1cd0b" },
	{ "WITH cte AS (SELECT col1 FROM table1 WHERE col2 = 100) SELECT * FROM cte WHERE col1 "
	  "> 50",
	  "WITH `cte` AS (SELECT `col1` FROM `table1` WHERE `col2` = ?) SELECT * FROM `cte` "
	  "WHERE `col1` > ?",
	  "596098d0addc50ac" },
	{ "SELECT col1 FROM table1 UNION SELECT col1 FROM table2",
	  "SELECT `col1` FROM `table1` UNION SELECT `col1` FROM `table2`", "dd9be8fc12e15945" },
	{ "SELECT * FROM table1 t1 FULL OUTER JOIN table2 t2 ON t1.id = t2.id",
	  "SELECT * FROM `table1` AS `t1` FULL JOIN `table2` AS `t2` ON `t1`.`id` = `t2`.`id`",
	  "c0846378da8a2d85" },
	{ "SELECT * FROM table1 t1 CROSS JOIN table2 t2 WHERE t1.col1 > 100",
	  "SELECT * FROM `table1` AS `t1` CROSS JOIN `table2` AS `t2` WHERE `t1`.`col1` > ?",
	  "226012471f5ec728" },
	{ "SELECT t1.col1, t2.col2 FROM table1 t1 JOIN table1 t2 ON t1.id = t2.parent_id WHERE "
	  "t1.col3 > 100",
	  "SELECT `t1`.`col1`, `t2`.`col2` FROM `table1` AS `t1` INNER JOIN `table1` AS `t2` ON "
	  "`t1`.`id` = `t2`.`parent_id` WHERE `t1`.`col3` > ?",
	  "3461bafe41b1da78" },
	/* Its endpoint's examples. */
	{ "SELECT * FROM myTable WHERE id IN (1, 2, 3)",
	  "SELECT * FROM `myTable` WHERE `id` IN (?)", "2ecc263a1eaf69ad" },
	{ "SET useMultistageEngine=true; \n SELECT * FROM table1 t1 LEFT JOIN table2 t2 "
	  "ON t1.id = t2.id WHERE t1.col1 > 100",
	  "SELECT * FROM `table1` AS `t1` LEFT JOIN `table2` AS `t2` ON `t1`.`id` = `t2`.`id` "
	  "WHERE `t1`.`col1` > ?",
	  "3da099a1e4d115b1" },
	/* Beyond ASCII the hash is that of the UTF-8 bytes. */
	{ "SELECT größe FROM \"地区\" WHERE \"a b\" = 'ü'",
	  "SELECT `größe` FROM `地区` WHERE `a b` = ?", "714a36be287fd7ff" },
};

START_TEST(gives_the_texts_and_hashes_of_pinot)
{
	ck_assert_str_eq(fingerprint_of(known[_i].sql), known[_i].text);
	ck_assert_str_eq(hash, known[_i].hash);
}
END_TEST

/* ---- What is the same and what is not ---- */

/* Rows of statements with one fingerprint each; no two rows have the same. */
static const char *const shapes[][8] = {
	/* Options, EXPLAIN, comments, blanks, case of keywords, quotes, needless parentheses. */
	{ "SELECT a FROM t WHERE b = 1", "SET x = 1; SELECT a FROM t WHERE b = 2",
	  "SELECT a FROM t WHERE b = 'x' ; SET y = 'z'; OPTION(timeoutMs=10, x=y)",
	  "EXPLAIN PLAN FOR SELECT a FROM t WHERE b = 1.5e3",
	  "EXPLAIN ANALYZE SELECT a FROM t WHERE b = TRUE FORMAT JSON",
	  "select/**/a -- c\n\tFROM\r\n\ft WHERE/* ? */b=X'ab' ; ",
	  "Select `a` from \"t\" wHERE \"b\" = -1", "SELECT ALL ((a)) FROM t WHERE ((b) = (3))" },
	/* Names keep their case, and what they stand for. */
	{ "SELECT A FROM t WHERE b = 1", "SELECT \"A\" FROM t WHERE b = 2" },
	{ "SELECT a FROM T WHERE b = 1" },
	{ "SELECT c FROM t WHERE b = 1" },
	{ "SELECT a FROM db.t WHERE b = 1" },
	{ "SELECT t.a FROM t WHERE b = 1" },
	{ "SELECT a AS x FROM t WHERE b = 1", "SELECT a x FROM t WHERE b = 2" },
	{ "SELECT a FROM t AS x WHERE b = 1", "SELECT a FROM t x WHERE b = 2" },
	/* Operators. */
	{ "SELECT a FROM t WHERE b <> 1", "SELECT a FROM t WHERE b != 2" },
	{ "SELECT a FROM t WHERE b > 1" },
	{ "SELECT a FROM t WHERE 1 = b" },
	{ "SELECT a FROM t WHERE NOT b = 1" },
	{ "SELECT a FROM t WHERE b = 1 AND b = 2" },
	{ "SELECT a FROM t WHERE b = 1 OR b = 2" },
	{ "SELECT a FROM t WHERE b = NULL" },
	{ "SELECT a FROM t WHERE b IS NULL" },
	{ "SELECT a FROM t WHERE b = c" },
	{ "SELECT a FROM t WHERE b = 1 + 2", "SELECT a FROM t WHERE b = 3 + (4)" },
	{ "SELECT a FROM t WHERE b LIKE 'x'", "SELECT a FROM t WHERE b LIKE 'y%'" },
	{ "SELECT a FROM t WHERE b NOT LIKE 'x'" },
	{ "SELECT a FROM t WHERE b LIKE 'x' ESCAPE '!'" },
	{ "SELECT a FROM t WHERE b BETWEEN 1 AND 2",
	  "SELECT a FROM t WHERE b BETWEEN ASYMMETRIC 3 AND 4" },
	{ "SELECT a FROM t WHERE b BETWEEN SYMMETRIC 1 AND 2" },
	{ "SELECT a FROM t WHERE b NOT BETWEEN 1 AND 2" },
	{ "SELECT a FROM t WHERE b = SOME (SELECT 1)", "SELECT a FROM t WHERE b = ANY (SELECT 2)" },
	{ "SELECT a FROM t WHERE b = ALL (SELECT 1)" },
	/* Lists. */
	{ "SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (1, 2, 3)",
	  "SELECT a FROM t WHERE b IN (5, 10, 15, 20, 25, 30)",
	  "SELECT a FROM t WHERE b IN ('x', 1.5, TRUE)" },
	{ "SELECT a FROM t WHERE b NOT IN (1)", "SELECT a FROM t WHERE b NOT IN (1, 2, 3)",
	  "SELECT a FROM t WHERE b NOT IN (5, 10, 15, 20, 25, 30)" },
	{ "SELECT a FROM t WHERE b IN (1, NULL)" },
	{ "SELECT a FROM t WHERE b IN (1, 2, NULL)" },
	{ "SELECT a FROM t WHERE b IN (c)" },
	{ "SELECT a FROM t WHERE b IN (SELECT 1)" },
	/* Clauses. */
	{ "SELECT DISTINCT a FROM t WHERE b = 1" },
	{ "SELECT a FROM t WHERE b = 1 LIMIT 5",
	  "SELECT a FROM t WHERE b = 1 FETCH FIRST 6 ROWS ONLY" },
	{ "SELECT a FROM t WHERE b = 1 LIMIT 5 OFFSET 6",
	  "SELECT a FROM t WHERE b = 1 LIMIT 7, 8" },
	{ "SELECT a FROM t WHERE b = 1 OFFSET 6",
	  "SELECT a FROM t WHERE b = 1 LIMIT ALL OFFSET 6" },
	{ "SELECT a FROM t WHERE b = 1 ORDER BY 1", "SELECT a FROM t WHERE b = 2 ORDER BY 1 ASC" },
	{ "SELECT a FROM t WHERE b = 1 ORDER BY 2" },
	{ "SELECT a FROM t WHERE b = 1 ORDER BY 1 DESC" },
	{ "SELECT a FROM t WHERE b = 1 ORDER BY 1 NULLS FIRST" },
	{ "SELECT a FROM t GROUP BY 1", "SELECT a FROM t GROUP BY 2" },
	{ "SELECT a FROM t GROUP BY a" },
	{ "SELECT a FROM t GROUP BY DISTINCT a" },
	{ "SELECT a FROM t GROUP BY ROLLUP(a)" },
	{ "SELECT a FROM t GROUP BY CUBE(a)" },
	{ "SELECT a FROM t GROUP BY a HAVING b > 1", "SELECT a FROM t GROUP BY a HAVING b > 2" },
	{ "SELECT a FROM t QUALIFY b > 1" },
	/* Joins and set operations. */
	{ "SELECT 1 FROM t JOIN u ON a", "SELECT 2 FROM t INNER JOIN u ON a" },
	{ "SELECT 1 FROM t LEFT JOIN u ON a", "SELECT 2 FROM t LEFT OUTER JOIN u ON a" },
	{ "SELECT 1 FROM t RIGHT JOIN u ON a" },
	{ "SELECT 1 FROM t FULL OUTER JOIN u ON a" },
	{ "SELECT 1 FROM t LEFT SEMI JOIN u ON a" },
	{ "SELECT 1 FROM t CROSS JOIN u" },
	{ "SELECT 1 FROM t, u" },
	{ "SELECT 1 FROM t NATURAL JOIN u" },
	{ "SELECT 1 FROM t JOIN u USING (a)" },
	{ "SELECT 1 UNION SELECT 2", "SELECT 3 UNION DISTINCT SELECT 4",
	  "(SELECT 3) UNION (SELECT 4)" },
	{ "SELECT 1 UNION ALL SELECT 2" },
	{ "SELECT 1 EXCEPT SELECT 2", "SELECT 3 MINUS SELECT 4" },
	{ "SELECT 1 INTERSECT SELECT 2" },
	/* Calls. */
	{ "SELECT f(a, 1) FROM t", "SELECT F(a, 2) FROM t", "SELECT \"f\"(a, 'x') FROM t" },
	{ "SELECT f(a) FROM t" },
	{ "SELECT f(DISTINCT a) FROM t" },
	{ "SELECT f(a) FILTER (WHERE b > 1) FROM t", "SELECT f(a) FILTER (WHERE b > 2) FROM t" },
	{ "SELECT f(a) OVER () FROM t" },
	{ "SELECT f(a) OVER (ORDER BY b) FROM t" },
	{ "SELECT f(a) OVER (ORDER BY b ROWS 1 PRECEDING) FROM t" },
	{ "SELECT f(a) OVER (ORDER BY b ROWS 2 PRECEDING) FROM t" },
	{ "SELECT f(a) IGNORE NULLS OVER () FROM t" },
	{ "SELECT CAST(a AS INT) FROM t", "SELECT CAST(a AS INTEGER) FROM t",
	  "SELECT a::int FROM t" },
	{ "SELECT TRY_CAST(a AS INT) FROM t" },
	{ "SELECT CAST(a AS BIGINT) FROM t", "SELECT CAST(a AS bigint) FROM t" },
	{ "SELECT CAST(a AS DECIMAL(1, 2)) FROM t" },
	{ "SELECT EXTRACT(YEAR FROM a) FROM t", "SELECT extract(year FROM a) FROM t" },
	{ "SELECT EXTRACT(DAY FROM a) FROM t" },
	{ "SELECT TRIM(a) FROM t", "SELECT TRIM(BOTH FROM a) FROM t",
	  "SELECT TRIM(BOTH 'x' FROM a) FROM t" },
	{ "SELECT TRIM(LEADING FROM a) FROM t" },
	{ "SELECT CASE a WHEN 1 THEN 2 END", "SELECT CASE WHEN a = 3 THEN 4 ELSE NULL END" },
	{ "SELECT CASE WHEN a THEN 1 ELSE 2 END" },
	/* Hints and other statements. */
	{ "SELECT /*+ h(k = 'x') */ 1" },
	{ "SELECT /*+ h(k = 'y') */ 1" },
	{ "INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) VALUES ('x')" },
	{ "INSERT INTO t (a) VALUES (1), (2)" },
	{ "UPDATE t SET a = 1 WHERE b = 2", "UPDATE t SET a = 3 WHERE b = 4" },
	{ "DELETE FROM t WHERE b = 2" },
	{ "KILL QUERY WHERE id = 'a'", "KILL QUERY WHERE id = 'b' ASYNC" },
	{ "KILL QUERY WHERE id = 'a' SYNC" },
	{ "KILL MUTATION WHERE id = 'a'" },
};

START_TEST(is_the_same_for_values_and_ways_of_writing)
{
	char first[SQL_HASH_SIZE];
	CLEANUP(strbuf_fini) struct strbuf text = STRBUF_INIT;

	strbuf_printf(&text, "%s", fingerprint_of(shapes[_i][0]));
	memcpy(first, hash, sizeof(first));
	for (size_t i = 1; i < ARRAY_SIZE(shapes[0]) && shapes[_i][i]; i++) {
		ck_assert_str_eq(fingerprint_of(shapes[_i][i]), text.ptr);
		ck_assert_str_eq(hash, first);
	}
}
END_TEST

START_TEST(differs_when_the_shape_does)
{
	static char hashes[ARRAY_SIZE(shapes)][SQL_HASH_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		(void)fingerprint_of(shapes[i][0]);
		memcpy(hashes[i], hash, sizeof(hash));
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(strcmp(hashes[i], hashes[j]) != 0, "%s\n%s", shapes[i][0],
				      shapes[j][0]);
	}
}
END_TEST

/* ---- The rules one by one ---- */

START_TEST(puts_a_question_mark_for_each_value)
{
	static const struct row rows[] = {
		{ "SELECT 1, 1.5, 1e5, 'x', TRUE, FALSE, X'ab'", "SELECT ?, ?, ?, ?, ?, ?, ?" },
		{ "SELECT DATE '2024-01-31', TIME '12:00:00', TIMESTAMP '2024-01-31 12:00:00'",
		  "SELECT ?, ?, ?" },
		{ "SELECT INTERVAL '1' DAY, INTERVAL '1-2' YEAR TO MONTH, ?", "SELECT ?, ?, ?" },
		{ "SELECT NULL, a IS NULL, COALESCE(a, NULL)",
		  "SELECT NULL, `a` IS NULL, COALESCE(`a`, NULL)" },
		{ "SELECT CAST('1' AS DECIMAL(10, 2)), CAST(a AS VARCHAR(7))",
		  "SELECT CAST(? AS DECIMAL(10, 2)), CAST(`a` AS VARCHAR(7))" },
		{ "SELECT EXTRACT(YEAR FROM a), FLOOR(a TO DAY), TRIM(LEADING 'x' FROM a)",
		  "SELECT EXTRACT(YEAR FROM `a`), FLOOR(`a` TO DAY), TRIM(LEADING ? FROM `a`)" },
		{ "VALUES (1, 'a'), (2, NULL)", "VALUES ROW(?, ?), ROW(?, NULL)" },
		{ "SELECT ARRAY[1, a], MAP['k', 2], a[1], (1, 2)",
		  "SELECT ARRAY[?, `a`], MAP[?, ?], `a`[?], ROW(?, ?)" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

/* Calcite makes -1 a number, and so does it with all signs in a row. */
START_TEST(takes_the_sign_of_a_number_with_it)
{
	static const struct row rows[] = {
		{ "SELECT -1, +1.5, - -1e5, -(2), a - 1, a + -1, a - -1",
		  "SELECT ?, ?, ?, ?, `a` - ?, `a` + ?, `a` - ?" },
		{ "SELECT -a, +a, - -a, -(a + 1), -f(-1), -'x', -NULL, NOT a",
		  "SELECT - `a`, + `a`, - - `a`, - (`a` + ?), - F(?), - ?, - NULL, NOT `a`" },
		{ "SELECT a IN (-1, 2), a IN (-1, -b), a BETWEEN -1 AND +1",
		  "SELECT `a` IN (?), `a` IN (?, - `b`), `a` BETWEEN ASYMMETRIC ? AND ?" },
		{ "SELECT a ORDER BY -1, +2, - -3, - + -4, b - -5, -c",
		  "SELECT `a` ORDER BY -1, 2, 3, 4, `b` - -5, - `c`" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(squeezes_lists_of_values_only)
{
	static const struct row rows[] = {
		{ "SELECT a IN (1), a IN ('x', 'y'), a IN (TRUE)",
		  "SELECT `a` IN (?), `a` IN (?), `a` IN (?)" },
		{ "SELECT a NOT IN (1, 2, DATE '2024-01-31')", "SELECT `a` NOT IN (?)" },
		{ "SELECT a IN (NULL), a IN (1, NULL)", "SELECT `a` IN (NULL), `a` IN (?, NULL)" },
		{ "SELECT a IN (1, b), a IN (1 + 2), a IN (f(1), 2)",
		  "SELECT `a` IN (?, `b`), `a` IN (? + ?), `a` IN (F(?), ?)" },
		{ "SELECT a IN (SELECT 1, 2), a IN ((SELECT 1), 2)",
		  "SELECT `a` IN (SELECT ?, ?), `a` IN ((SELECT ?), ?)" },
		{ "SELECT (a, b) IN ((1, 2), (3, 4))",
		  "SELECT ROW(`a`, `b`) IN (ROW(?, ?), ROW(?, ?))" },
		{ "SELECT f(1, 2), a = SOME (1, 2)", "SELECT F(?, ?), `a` = SOME (?, ?)" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(takes_the_values_of_every_clause)
{
	static const struct row rows[] = {
		{ "SELECT CASE WHEN a > 1 THEN 'x' WHEN b THEN 2 ELSE 3 END, CASE WHEN a THEN NULL END",
		  "SELECT CASE WHEN `a` > ? THEN ? WHEN `b` THEN ? ELSE ? END, "
		  "CASE WHEN `a` THEN NULL ELSE NULL END" },
		{ "SELECT CASE a + 1 WHEN 2 THEN 'x' WHEN b = c THEN 'y' END",
		  "SELECT CASE WHEN `a` + ? = ? THEN ? WHEN `a` + ? = (`b` = `c`) THEN ? ELSE NULL END" },
		{ "SELECT CASE a AND b WHEN c = d THEN 1 END, CASE a = b WHEN c THEN 1 END",
		  "SELECT CASE WHEN (`a` AND `b`) = (`c` = `d`) THEN ? ELSE NULL END, "
		  "CASE WHEN `a` = `b` = `c` THEN ? ELSE NULL END" },
		{ "SELECT sum(a + 1) FILTER (WHERE b = 'x') FROM t GROUP BY 1, f(2) HAVING sum(a) > 3",
		  "SELECT SUM(`a` + ?) FILTER (WHERE `b` = ?) FROM `t` GROUP BY ?, F(?) "
		  "HAVING SUM(`a`) > ?" },
		{ "SELECT 1 FROM t JOIN u ON t.a = 1 AND t.b BETWEEN 2 AND 3 WHERE c LIKE 'x' ESCAPE '!'",
		  "SELECT ? FROM `t` INNER JOIN `u` ON `t`.`a` = ? AND `t`.`b` BETWEEN ASYMMETRIC ? "
		  "AND ? WHERE `c` LIKE ? ESCAPE ?" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(keeps_the_values_of_order_by_and_windows)
{
	static const struct row rows[] = {
		{ "SELECT a FROM t ORDER BY 1, c + 10 DESC, f('x') NULLS LAST LIMIT 5",
		  "SELECT `a` FROM `t` ORDER BY 1, `c` + 10 DESC, F('x') NULLS LAST FETCH NEXT ? "
		  "ROWS ONLY" },
		{ "SELECT a FROM t ORDER BY a IN (1, 2), -3, TRIM(b)",
		  "SELECT `a` FROM `t` ORDER BY `a` IN (1, 2), -3, TRIM(BOTH ' ' FROM `b`)" },
		{ "SELECT (SELECT a FROM t ORDER BY 2 OFFSET 3) + 4 FROM t ORDER BY 5",
		  "SELECT (SELECT `a` FROM `t` ORDER BY 2 OFFSET ? ROWS) + ? FROM `t` ORDER BY 5" },
		{ "SELECT lag(a, 1) OVER (PARTITION BY b + 2 ORDER BY c + 3 ROWS 4 PRECEDING), 5 FROM t",
		  "SELECT LAG(`a`, ?) OVER (PARTITION BY `b` + 2 ORDER BY `c` + 3 ROWS 4 PRECEDING), ? "
		  "FROM `t`" },
		{ "SELECT sum(a + 1) OVER w FROM t WHERE b > 2 WINDOW w AS (ORDER BY c + 3)",
		  "SELECT SUM(`a` + ?) OVER `w` FROM `t` WHERE `b` > ? WINDOW `w` AS (ORDER BY `c` + 3)" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(keeps_hints_and_visits_with)
{
	static const struct row rows[] = {
		{ "SELECT /*+ joinOptions(join_strategy='hash'), h, i(1, x) */ a + 1 FROM t",
		  "SELECT /*+ `joinOptions`(`join_strategy` = 'hash'), `h`, `i`(1, `x`) */ `a` + ? "
		  "FROM `t`" },
		{ "WITH a AS (SELECT 1), b (c, d) AS (SELECT x FROM a WHERE y = 2) SELECT 3 FROM b",
		  "WITH `a` AS (SELECT ?), `b` (`c`, `d`) AS (SELECT `x` FROM `a` WHERE `y` = ?) "
		  "SELECT ? FROM `b`" },
		{ "WITH RECURSIVE a AS (SELECT 1) SELECT 2",
		  "WITH RECURSIVE `a` AS (SELECT ?) SELECT ?" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(writes_as_calcite_does)
{
	static const struct row rows[] = {
		{ "select Abc, \"d E\", t.`x``y`, t.* from Db.T as U",
		  "SELECT `Abc`, `d E`, `t`.`x``y`, `t`.* FROM `Db`.`T` AS `U`" },
		{ "SELECT my_Func(a), \"f\"(b), db.g(c), count(*)",
		  "SELECT MY_FUNC(`a`), F(`b`), `db`.`g`(`c`), COUNT(*)" },
		{ "SELECT ((a)) + ((b * c)), (a + b) * c, NOT (a AND b), (NOT a) = b",
		  "SELECT `a` + `b` * `c`, (`a` + `b`) * `c`, NOT (`a` AND `b`), (NOT `a`) = `b`" },
		{ "SELECT (a = b) IS NULL, (a IS NULL) = b, a = (b LIKE c), (a = b) IN (1)",
		  "SELECT `a` = `b` IS NULL, (`a` IS NULL) = `b`, `a` = `b` LIKE `c`, "
		  "(`a` = `b`) IN (?)" },
		{ "SELECT a b, c FROM t u, v w",
		  "SELECT `a` AS `b`, `c` FROM `t` AS `u`, `v` AS `w`" },
		{ "SELECT 1 FROM a FULL OUTER JOIN b ON x LEFT OUTER JOIN c ON y JOIN d ON z",
		  "SELECT ? FROM `a` FULL JOIN `b` ON `x` LEFT JOIN `c` ON `y` INNER JOIN `d` ON `z`" },
		{ "SELECT a MINUS SELECT b UNION ALL SELECT c",
		  "SELECT `a` EXCEPT SELECT `b` UNION ALL SELECT `c`" },
		{ "SELECT a != b, a NOT BETWEEN b AND c, a BETWEEN SYMMETRIC b AND c",
		  "SELECT `a` <> `b`, `a` NOT BETWEEN ASYMMETRIC `b` AND `c`, "
		  "`a` BETWEEN SYMMETRIC `b` AND `c`" },
		{ "SELECT a ORDER BY b ASC, c DESC", "SELECT `a` ORDER BY `b`, `c` DESC" },
		{ "SELECT a LIMIT 1", "SELECT `a` FETCH NEXT ? ROWS ONLY" },
		{ "SELECT a LIMIT 1 OFFSET 2", "SELECT `a` OFFSET ? ROWS FETCH NEXT ? ROWS ONLY" },
		{ "SELECT a LIMIT 2, 1", "SELECT `a` OFFSET ? ROWS FETCH NEXT ? ROWS ONLY" },
		{ "SELECT a OFFSET 2", "SELECT `a` OFFSET ? ROWS" },
		{ "SELECT CAST(a AS int), CAST(a AS double precision), CAST(a AS character varying(5))",
		  "SELECT CAST(`a` AS INTEGER), CAST(`a` AS DOUBLE), CAST(`a` AS VARCHAR(5))" },
		{ "SELECT SUBSTRING(a, 2, 3), POSITION('x' IN a), OVERLAY(a PLACING b FROM 1)",
		  "SELECT SUBSTRING(`a` FROM ? FOR ?), POSITION(? IN `a`), "
		  "OVERLAY(`a` PLACING `b` FROM ?)" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

START_TEST(makes_runs_of_blanks_one_blank)
{
	static const struct row rows[] = {
		{ "  SELECT   a\n\n\tFROM \r\n t  ;  ", "SELECT `a` FROM `t`" },
		{ "SELECT \"a  b\", \"c \n\t d\", \" e \"", "SELECT `a b`, `c d`, ` e `" },
		{ "SELECT a ORDER BY 'x   y'", "SELECT `a` ORDER BY 'x y'" },
		{ "SELECT \"a\v\f\rb\"", "SELECT `a b`" },
	};

	CHECK_TEXTS(rows);
}
END_TEST

/* ---- Bounds ---- */

/* CASE <operand> WHEN 1 THEN 2 ... END: the operand is printed for each WHEN. */
static void add_case(struct strbuf *sql, unsigned depth, unsigned n_whens)
{
	if (depth == 0) {
		strbuf_printf(sql, "a_name_of_some_length");
		return;
	}
	strbuf_printf(sql, "CASE ");
	add_case(sql, depth - 1, n_whens);
	for (unsigned i = 0; i < n_whens; i++)
		strbuf_printf(sql, " WHEN 1 THEN 2");
	strbuf_printf(sql, " END");
}

/* The text borrows from sql. */
static void parse_cases(struct strbuf *sql, unsigned depth, unsigned n_whens)
{
	strbuf_printf(sql, "SELECT ");
	add_case(sql, depth, n_whens);
	ck_assert(strbuf_ok(sql));
	ck_assert_int_eq(fx_parse_str(strbuf_str(sql)), 0);
}

START_TEST(ends_when_the_text_outgrows_its_limit)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	/* 10 to the power of 12 names. */
	parse_cases(&sql, 12, 10);
	ck_assert_int_eq(fingerprint(1 << 20), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_VALIDATION);
	ck_assert_str_eq(fx.err.msg, "the text of the statement is longer than 1048576 bytes");
	ck_assert_uint_le(fx.text.len, (1 << 20) + 1000);
	ck_assert_uint_le(fx.text.cap, 3 << 20);
}
END_TEST

START_TEST(ends_when_one_operand_comes_too_often)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	parse_cases(&sql, 1, 20000);
	ck_assert_int_eq(fingerprint(sql.len), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_VALIDATION);
	ck_assert_uint_le(fx.text.len, sql.len + 100);
	ck_assert_int_eq(fingerprint(4 * sql.len), 0);
	ck_assert_uint_gt(fx.text.len, 2 * sql.len);
	/* Canonical text has the operand once. */
	strbuf_reset(&fx.text);
	ck_assert_int_eq(
		sql_print_stmt(fx.stmt, SQL_CANONICAL, sql.len, &fx.coop, &fx.text, &fx.err), 0);
	ck_assert_uint_eq(fx.text.len, sql.len);
}
END_TEST

START_TEST(takes_a_text_of_just_the_limit)
{
	size_t n = strlen("SELECT `a_name_of_some_length` FROM `t`");

	fx_stmt("SELECT a_name_of_some_length FROM t");
	ck_assert_int_eq(fingerprint(n), 0);
	ck_assert_uint_eq(fx.text.len, n);
	ck_assert_int_eq(fingerprint(n - 1), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_VALIDATION);
	ck_assert_int_eq(fingerprint(8), -1);
	ck_assert_int_eq(fingerprint(0), -1);
}
END_TEST

START_TEST(stops_when_the_query_is_cancelled)
{
	fx_stmt("SELECT a FROM t");
	fx.token.reason = CANCEL_KILL;
	ck_assert_int_eq(fingerprint(SIZE_MAX), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

static unsigned n_pauses;

/* Stands in for the scheduler: refills, and cancels after a while. */
static void refill(struct coop *c)
{
	c->credit = 100000;
	c->clock_in = INT64_MAX;
	if (++n_pauses == 50)
		c->token->reason = CANCEL_TIMEOUT;
}

static void start_paying(void)
{
	n_pauses = 0;
	fx.coop = (struct coop){
		.credit = 1, .clock_in = INT64_MAX, .token = &fx.token, .pause = refill
	};
}

START_TEST(can_be_cancelled_in_the_middle)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	parse_cases(&sql, 12, 10);
	start_paying();
	ck_assert_int_eq(fingerprint(SIZE_MAX), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	ck_assert_uint_eq(n_pauses, 50);
	ck_assert_uint_le(fx.text.len, 10 << 20);
}
END_TEST

/* One string in ORDER BY, which is printed, looked through for blanks and hashed. */
START_TEST(can_be_cancelled_on_its_way_through_a_long_text)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	strbuf_printf(&sql, "SELECT a ORDER BY '");
	for (int i = 0; i < 20 << 20; i += 16)
		strbuf_add(&sql, "0123456789abcde ", 16);
	strbuf_printf(&sql, "'");
	fx.limits.max_bytes = UINT32_MAX;
	ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), 0);
	start_paying();
	ck_assert_int_eq(fingerprint(SIZE_MAX), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
	ck_assert_uint_eq(n_pauses, 50);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	const char *sql =
		"WITH a AS (SELECT 1) SELECT /*+ h(k='v') */ \"b  c\", CASE d WHEN 1 THEN 'x' END, "
		"f(e) OVER (ORDER BY g ROWS 2 PRECEDING) FROM t LEFT JOIN (VALUES (1)) AS u (h) "
		"ON i BETWEEN 3 AND 4 WHERE j IN (5, 6) GROUP BY ROLLUP(k) ORDER BY 7 LIMIT 8";
	long n = 0;
	int result;

	fx_stmt(sql);
	do {
		strbuf_fini(&fx.text);
		(void)mem_fail_after(n++);
		result = fingerprint(SIZE_MAX);
		(void)mem_fail_after(-1);
		if (result < 0)
			ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	} while (result < 0);
	ck_assert_int_ge(n, 4);
	ck_assert_str_eq(
		fx.text.ptr,
		"WITH `a` AS (SELECT ?) SELECT /*+ `h`(`k` = 'v') */ `b c`, CASE WHEN `d` = ? "
		"THEN ? ELSE NULL END, F(`e`) OVER (ORDER BY `g` ROWS 2 PRECEDING) FROM `t` "
		"LEFT JOIN (VALUES ROW(?)) AS `u` (`h`) ON `i` BETWEEN ASYMMETRIC ? AND ? "
		"WHERE `j` IN (?) GROUP BY ROLLUP(`k`) ORDER BY 7 FETCH NEXT ? ROWS ONLY");
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();

	tcase_add_loop_test(tc, gives_the_texts_and_hashes_of_pinot, 0, (int)ARRAY_SIZE(known));
	tcase_add_loop_test(tc, is_the_same_for_values_and_ways_of_writing, 0,
			    (int)ARRAY_SIZE(shapes));
	tcase_add_test(tc, differs_when_the_shape_does);
	tcase_add_test(tc, puts_a_question_mark_for_each_value);
	tcase_add_test(tc, takes_the_sign_of_a_number_with_it);
	tcase_add_test(tc, squeezes_lists_of_values_only);
	tcase_add_test(tc, takes_the_values_of_every_clause);
	tcase_add_test(tc, keeps_the_values_of_order_by_and_windows);
	tcase_add_test(tc, keeps_hints_and_visits_with);
	tcase_add_test(tc, writes_as_calcite_does);
	tcase_add_test(tc, makes_runs_of_blanks_one_blank);
	tcase_add_test(tc, ends_when_the_text_outgrows_its_limit);
	tcase_add_test(tc, ends_when_one_operand_comes_too_often);
	tcase_add_test(tc, takes_a_text_of_just_the_limit);
	tcase_add_test(tc, stops_when_the_query_is_cancelled);
	tcase_add_test(tc, can_be_cancelled_in_the_middle);
	tcase_add_test(tc, can_be_cancelled_on_its_way_through_a_long_text);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("sql/fingerprint", tc);
}
