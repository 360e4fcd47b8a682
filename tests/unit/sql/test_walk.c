/*
 * test_walk.c - the walk over a tree, and what sql_print_tree() makes of it: each part once,
 * parents before parts, everything at its place in the text.
 */
#include "broker/sql/ast_walk.h"
#include "tests/unit/sql/fixture.h"
#include "tests/unit/sql/statements.h"

/* ---- The whole tree of chosen statements ---- */

/* Every attribute that a tree has is in one of them. */
static const struct {
	const char *sql, *tree;
} trees[] = {
	{ "SET a = 1; SELECT /*+ h(k = 'v', w), i */ DISTINCT a AS `it's`, t.*, 1.5 FROM db.t "
	  "/*+ j */ AS x (b, c) TABLESAMPLE SYSTEM(10) REPEATABLE(7) WHERE NOT a GROUP BY ALL a, "
	  "() HAVING b WINDOW w AS () QUALIFY c ORDER BY d DESC NULLS FIRST, e LIMIT 2 OFFSET ? "
	  "FORMAT JSON OPTION(b=c.d)",
	  "- statement DQL SELECT format'JSON' set'b' ='c.d' set'a' ='1'\n"
	  "  - select distinct group-by-all\n"
	  "    hint: 'h'\n"
	  "      - option 'k'\n"
	  "        - literal string 'v'\n"
	  "      - option\n"
	  "        - column 'w'\n"
	  "    hint: 'i'\n"
	  "    select: item as'it''s'\n"
	  "      - column 'a'\n"
	  "    select: item\n"
	  "      - star 't'\n"
	  "    select: item\n"
	  "      - literal decimal '1.5'\n"
	  "    from: table 'db' .'t' system as'x' column'b' column'c'\n"
	  "      hint: 'j'\n"
	  "      percentage: literal integer '10'\n"
	  "      seed: literal integer '7'\n"
	  "    where: op NOT\n"
	  "      - column 'a'\n"
	  "    group by: column 'a'\n"
	  "    group by: row\n"
	  "    having: column 'b'\n"
	  "    window: window 'w'\n"
	  "    qualify: column 'c'\n"
	  "    order by: descending nulls-first\n"
	  "      - column 'd'\n"
	  "    order by: ascending\n"
	  "      - column 'e'\n"
	  "    limit: literal integer '2'\n"
	  "    offset: parameter\n" },
	{ "SELECT NULL, TRUE, FALSE, 1, 1.5, 1e5, 'x', X'ab', DATE 'd', TIME 't', TIMESTAMP 's', "
	  "INTERVAL '1' DAY(2) TO HOUR, ?, a.b.c, *",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal null\n"
	  "    select: item\n"
	  "      - literal boolean true\n"
	  "    select: item\n"
	  "      - literal boolean false\n"
	  "    select: item\n"
	  "      - literal integer '1'\n"
	  "    select: item\n"
	  "      - literal decimal '1.5'\n"
	  "    select: item\n"
	  "      - literal float '1e5'\n"
	  "    select: item\n"
	  "      - literal string 'x'\n"
	  "    select: item\n"
	  "      - literal binary 'ab'\n"
	  "    select: item\n"
	  "      - literal date 'd'\n"
	  "    select: item\n"
	  "      - literal time 't'\n"
	  "    select: item\n"
	  "      - literal timestamp 's'\n"
	  "    select: item\n"
	  "      - literal interval '1' 'DAY(2) TO HOUR'\n"
	  "    select: item\n"
	  "      - parameter\n"
	  "    select: item\n"
	  "      - column 'a' .'b' .'c'\n"
	  "    select: item\n"
	  "      - star\n" },
	{ "SELECT a + b * -c, a AND b AND (c OR d), a IS NOT NULL, a NOT BETWEEN 1 AND 2, a LIKE "
	  "b ESCAPE c, a IN (1, 2), a NOT IN (SELECT 1), a = ALL (1), a < SOME (SELECT 2), "
	  "EXISTS (SELECT 3), NOT EXISTS (SELECT 4)",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - op ADD\n"
	  "        - column 'a'\n"
	  "        - op MUL\n"
	  "          - column 'b'\n"
	  "          - op NEG\n"
	  "            - column 'c'\n"
	  "    select: item\n"
	  "      - op AND\n"
	  "        - column 'a'\n"
	  "        - column 'b'\n"
	  "        - op OR\n"
	  "          - column 'c'\n"
	  "          - column 'd'\n"
	  "    select: item\n"
	  "      - op IS_NOT_NULL\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - op NOT_BETWEEN\n"
	  "        - column 'a'\n"
	  "        - literal integer '1'\n"
	  "        - literal integer '2'\n"
	  "    select: item\n"
	  "      - op LIKE\n"
	  "        - column 'a'\n"
	  "        - column 'b'\n"
	  "        - column 'c'\n"
	  "    select: item\n"
	  "      - in\n"
	  "        value: column 'a'\n"
	  "        - literal integer '1'\n"
	  "        - literal integer '2'\n"
	  "    select: item\n"
	  "      - in not\n"
	  "        value: column 'a'\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - literal integer '1'\n"
	  "    select: item\n"
	  "      - quantified EQ all\n"
	  "        value: column 'a'\n"
	  "        - literal integer '1'\n"
	  "    select: item\n"
	  "      - quantified LT some\n"
	  "        value: column 'a'\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - literal integer '2'\n"
	  "    select: item\n"
	  "      - exists\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - literal integer '3'\n"
	  "    select: item\n"
	  "      - exists not\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - literal integer '4'\n" },
	{ "SELECT CASE WHEN a THEN 1 END, CASE b WHEN c THEN d WHEN e THEN f ELSE g END, CAST(a "
	  "AS DECIMAL(10, 2)), TRY_CAST(a AS TIME(3) WITH TIME ZONE ARRAY), CAST(a AS INT), (a, "
	  "b), ARRAY[], MAP[a, b], a[1].c, (SELECT a)",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - case\n"
	  "        when:\n"
	  "          condition: column 'a'\n"
	  "          result: literal integer '1'\n"
	  "    select: item\n"
	  "      - case\n"
	  "        operand: column 'b'\n"
	  "        when:\n"
	  "          condition: column 'c'\n"
	  "          result: column 'd'\n"
	  "        when:\n"
	  "          condition: column 'e'\n"
	  "          result: column 'f'\n"
	  "        else: column 'g'\n"
	  "    select: item\n"
	  "      - cast type'DECIMAL' 10 2\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - cast safe type'TIME' 3 'WITH TIME ZONE ARRAY'\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - cast type'INT'\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - row\n"
	  "        - column 'a'\n"
	  "        - column 'b'\n"
	  "    select: item\n"
	  "      - array\n"
	  "    select: item\n"
	  "      - map\n"
	  "        - column 'a'\n"
	  "        - column 'b'\n"
	  "    select: item\n"
	  "      - field 'c'\n"
	  "        - element\n"
	  "          value: column 'a'\n"
	  "          index: literal integer '1'\n"
	  "    select: item\n"
	  "      - scalar\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - column 'a'\n" },
	{ "SELECT f(), db.f(a), count(*), f(DISTINCT a, b ORDER BY c), f(a) IGNORE NULLS WITHIN "
	  "GROUP (ORDER BY b DESC) FILTER (WHERE c) OVER w, f(a) RESPECT NULLS OVER (w PARTITION "
	  "BY d ORDER BY e ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES), "
	  "TRIM(LEADING 'x' FROM a), EXTRACT(YEAR FROM a)",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - call 'f'\n"
	  "    select: item\n"
	  "      - call 'db' .'f'\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - call 'count' *\n"
	  "    select: item\n"
	  "      - call 'f' distinct\n"
	  "        - column 'a'\n"
	  "        - column 'b'\n"
	  "        order by: ascending\n"
	  "          - column 'c'\n"
	  "    select: item\n"
	  "      - call 'f' ignore-nulls\n"
	  "        - column 'a'\n"
	  "        within group: descending\n"
	  "          - column 'b'\n"
	  "        filter: column 'c'\n"
	  "        over: reference of'w'\n"
	  "    select: item\n"
	  "      - call 'f' respect-nulls\n"
	  "        - column 'a'\n"
	  "        over: window of'w' rows preceding unbounded-following exclude-ties\n"
	  "          partition by: column 'd'\n"
	  "          order by: ascending\n"
	  "            - column 'e'\n"
	  "          start: literal integer '1'\n"
	  "    select: item\n"
	  "      - call 'TRIM'\n"
	  "        - literal symbol 'LEADING'\n"
	  "        - literal string 'x'\n"
	  "        - column 'a'\n"
	  "    select: item\n"
	  "      - call 'EXTRACT'\n"
	  "        - literal symbol 'YEAR'\n"
	  "        - column 'a'\n" },
	{ "SELECT 1 WINDOW a AS (RANGE UNBOUNDED PRECEDING EXCLUDE NO OTHERS), b AS (GROUPS "
	  "CURRENT ROW EXCLUDE CURRENT ROW), c AS (ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING "
	  "EXCLUDE GROUP), d AS (c PARTITION BY e ORDER BY f NULLS LAST)",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal integer '1'\n"
	  "    window: window 'a' range unbounded-preceding exclude-no-others\n"
	  "    window: window 'b' groups current-row exclude-current-row\n"
	  "    window: window 'c' rows current-row following exclude-group\n"
	  "      end: literal integer '2'\n"
	  "    window: window 'd' of'c'\n"
	  "      partition by: column 'e'\n"
	  "      order by: ascending nulls-last\n"
	  "        - column 'f'\n" },
	{ "SELECT 1 FROM a NATURAL LEFT JOIN b INNER JOIN c USING (d, e) LEFT ASOF JOIN f "
	  "MATCH_CONDITION (g) ON h, LATERAL (SELECT 2) AS i, UNNEST(j) WITH ORDINALITY AS k "
	  "(l), LATERAL TABLE(m(1)) AS n, o TABLESAMPLE BERNOULLI(5)",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal integer '1'\n"
	  "    from: join comma\n"
	  "      left: join comma\n"
	  "        left: join comma\n"
	  "          left: join comma\n"
	  "            left: join left-asof\n"
	  "              left: join inner using'd' using'e'\n"
	  "                left: join natural left\n"
	  "                  left: table 'a'\n"
	  "                  right: table 'b'\n"
	  "                right: table 'c'\n"
	  "              right: table 'f'\n"
	  "              match: column 'g'\n"
	  "              on: column 'h'\n"
	  "            right: lateral derived as'i'\n"
	  "              - select\n"
	  "                select: item\n"
	  "                  - literal integer '2'\n"
	  "          right: unnest ordinality as'k' column'l'\n"
	  "            - column 'j'\n"
	  "        right: lateral function as'n'\n"
	  "          - call 'm'\n"
	  "            - literal integer '1'\n"
	  "      right: table 'o' bernoulli\n"
	  "        percentage: literal integer '5'\n" },
	{ "SELECT 1 FROM a RIGHT JOIN b ON c FULL JOIN d ON e CROSS JOIN f LEFT SEMI JOIN g ON h "
	  "LEFT ANTI JOIN i ON j ASOF JOIN k MATCH_CONDITION (l) ON m",
	  "- statement DQL SELECT\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal integer '1'\n"
	  "    from: join asof\n"
	  "      left: join left-anti\n"
	  "        left: join left-semi\n"
	  "          left: join cross\n"
	  "            left: join full\n"
	  "              left: join right\n"
	  "                left: table 'a'\n"
	  "                right: table 'b'\n"
	  "                on: column 'c'\n"
	  "              right: table 'd'\n"
	  "              on: column 'e'\n"
	  "            right: table 'f'\n"
	  "          right: table 'g'\n"
	  "          on: column 'h'\n"
	  "        right: table 'i'\n"
	  "        on: column 'j'\n"
	  "      right: table 'k'\n"
	  "      match: column 'l'\n"
	  "      on: column 'm'\n" },
	{ "WITH RECURSIVE a (b, c) AS (SELECT 1), d AS (TABLE db.t) (SELECT 2 UNION ALL VALUES "
	  "(3, 4), (5, 6) INTERSECT SELECT 7 LIMIT 8) ORDER BY 9",
	  "- statement DQL SELECT\n"
	  "  - parentheses recursive\n"
	  "    with: 'a' column'b' column'c'\n"
	  "      - select\n"
	  "        select: item\n"
	  "          - literal integer '1'\n"
	  "    with: 'd'\n"
	  "      - table 'db' .'t'\n"
	  "    - union all\n"
	  "      - select\n"
	  "        select: item\n"
	  "          - literal integer '2'\n"
	  "      - intersect\n"
	  "        - values\n"
	  "          - row\n"
	  "            - literal integer '3'\n"
	  "            - literal integer '4'\n"
	  "          - row\n"
	  "            - literal integer '5'\n"
	  "            - literal integer '6'\n"
	  "        - select\n"
	  "          select: item\n"
	  "            - literal integer '7'\n"
	  "      limit: literal integer '8'\n"
	  "    order by: ascending\n"
	  "      - literal integer '9'\n" },
	{ "SELECT 1 EXCEPT SELECT 2 GROUP BY DISTINCT ROLLUP(a, (b, c)), CUBE(d), GROUPING SETS "
	  "((), e)",
	  "- statement DQL SELECT\n"
	  "  - except\n"
	  "    - select\n"
	  "      select: item\n"
	  "        - literal integer '1'\n"
	  "    - select group-by-distinct\n"
	  "      select: item\n"
	  "        - literal integer '2'\n"
	  "      group by: grouping rollup\n"
	  "        - column 'a'\n"
	  "        - row\n"
	  "          - column 'b'\n"
	  "          - column 'c'\n"
	  "      group by: grouping cube\n"
	  "        - column 'd'\n"
	  "      group by: grouping sets\n"
	  "        - row\n"
	  "        - column 'e'\n" },
	{ "EXPLAIN PLAN WITHOUT IMPLEMENTATION FOR SELECT 1",
	  "- statement DQL EXPLAIN plan 'WITHOUT IMPLEMENTATION'\n"
	  "  - statement DQL SELECT\n"
	  "    - select\n"
	  "      select: item\n"
	  "        - literal integer '1'\n" },
	{ "EXPLAIN ANALYZE INSERT INTO db.t (a, b) VALUES (1, 2)",
	  "- statement DQL EXPLAIN analyze\n"
	  "  - statement DML INSERT 'db' .'t' column'a' column'b'\n"
	  "    - values\n"
	  "      - row\n"
	  "        - literal integer '1'\n"
	  "        - literal integer '2'\n" },
	{ "EXPLAIN IMPLEMENTATION PLAN FOR SELECT 1", "- statement DQL EXPLAIN implementation\n"
						      "  - statement DQL SELECT\n"
						      "    - select\n"
						      "      select: item\n"
						      "        - literal integer '1'\n" },
	{ "INSERT INTO t FROM FILE 'a', ARCHIVE 'b'",
	  "- statement DML INSERT 't' file'a' archive'b'\n" },
	{ "DELETE FROM t AS x WHERE a", "- statement DQL DELETE 't' as'x'\n"
					"  where: column 'a'\n" },
	{ "UPDATE t AS x SET a = 1, x.b = 2 WHERE c", "- statement DQL UPDATE 't' as'x'\n"
						      "  set: 'a'\n"
						      "    - literal integer '1'\n"
						      "  set: 'x' .'b'\n"
						      "    - literal integer '2'\n"
						      "  where: column 'c'\n" },
	{ "MERGE INTO t AS x USING u ON a WHEN MATCHED AND b THEN UPDATE SET c = 1 WHEN MATCHED "
	  "THEN DELETE WHEN NOT MATCHED THEN INSERT (d, e) VALUES (2, 3)",
	  "- statement DQL MERGE 't' as'x'\n"
	  "  using: table 'u'\n"
	  "  on: column 'a'\n"
	  "  when: update matched\n"
	  "    condition: column 'b'\n"
	  "    set: 'c'\n"
	  "      - literal integer '1'\n"
	  "  when: delete matched\n"
	  "  when: insert not-matched column'd' column'e'\n"
	  "    - row\n"
	  "      - literal integer '2'\n"
	  "      - literal integer '3'\n" },
	{ "CREATE TABLE IF NOT EXISTS db.t (a INT NOT NULL DEFAULT -1 METRIC, b VARCHAR(5) "
	  "DIMENSION ARRAY, c LONG DATETIME FORMAT 'f' GRANULARITY 'g', d INT DIMENSION, e INT) "
	  "PRIMARY KEY (a, b) TABLE_TYPE = OFFLINE PROPERTIES ('k' = 'v', 'l' = 'w') AS SELECT 1",
	  "- statement DDL CREATE 'db' .'t' if-not-exists key'a' key'b' type'OFFLINE' property'k' ='v' property'l' ='w'\n"
	  "  column: 'a' type'INT' not-null metric\n"
	  "    default: op NEG\n"
	  "      - literal integer '1'\n"
	  "  column: 'b' type'VARCHAR' 5 dimension array\n"
	  "  column: 'c' type'LONG' datetime format'f' granularity'g'\n"
	  "  column: 'd' type'INT' dimension\n"
	  "  column: 'e' type'INT'\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal integer '1'\n" },
	{ "CREATE TABLE t WITH ('k' = 'v')", "- statement DDL CREATE 't' with'k' ='v'\n" },
	{ "CREATE MATERIALIZED VIEW IF NOT EXISTS v (a INT) REFRESH EVERY '1h' AS SELECT 1",
	  "- statement DDL CREATE 'v' view if-not-exists refresh'1h'\n"
	  "  column: 'a' type'INT'\n"
	  "  - select\n"
	  "    select: item\n"
	  "      - literal integer '1'\n" },
	{ "DROP TABLE IF EXISTS t TYPE OFFLINE",
	  "- statement DDL DROP 't' if-exists type'OFFLINE'\n" },
	{ "DROP MATERIALIZED VIEW v", "- statement DDL DROP 'v' view\n" },
	{ "TRUNCATE TABLE IF EXISTS t", "- statement DDL TRUNCATE 't' if-exists\n" },
	{ "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT DEFAULT 1, DROP COLUMN IF EXISTS b, "
	  "RENAME COLUMN c TO d, UPDATE e = 1 WHERE f, DELETE WHERE g",
	  "- statement DML ALTER TABLE 't'\n"
	  "  - add if-exists\n"
	  "    column: 'a' type'INT'\n"
	  "      default: literal integer '1'\n"
	  "  - drop if-exists 'b'\n"
	  "  - rename 'c' to'd'\n"
	  "  - update\n"
	  "    set: 'e'\n"
	  "      - literal integer '1'\n"
	  "    where: column 'f'\n"
	  "  - delete\n"
	  "    where: column 'g'\n" },
	{ "DESCRIBE db.t a", "- statement DQL DESCRIBE 'db' .'t' column'a'\n" },
	{ "SHOW TABLES FROM db", "- statement DDL SHOW 'db' tables\n" },
	{ "SHOW MATERIALIZED VIEWS", "- statement DDL SHOW views\n" },
	{ "SHOW CREATE TABLE t TYPE OFFLINE",
	  "- statement DDL SHOW 't' create-table type'OFFLINE'\n" },
	{ "SHOW CREATE MATERIALIZED VIEW v", "- statement DDL SHOW 'v' create-view\n" },
	{ "SHOW PROCESSLIST", "- statement DDL SHOW processlist\n" },
	{ "SHOW FUNCTIONS", "- statement DDL SHOW functions\n" },
	{ "CALL a.p(1)", "- statement DQL CALL\n"
			 "  - call 'a' .'p'\n"
			 "    - literal integer '1'\n" },
	{ "KILL QUERY ON CLUSTER c WHERE a SYNC FORMAT JSON",
	  "- statement DCL KILL QUERY cluster'c' sync format'JSON'\n"
	  "  where: column 'a'\n" },
	{ "KILL QUERY WHERE a", "- statement DCL KILL QUERY async\n"
				"  where: column 'a'\n" },
	{ "KILL MUTATION WHERE a TEST", "- statement DCL KILL MUTATION test\n"
					"  where: column 'a'\n" },
};

START_TEST(prints_all_that_a_tree_says)
{
	fx_stmt(trees[_i].sql);
	ck_assert_str_eq(fx_tree(&fx.tree), trees[_i].tree);
}
END_TEST

START_TEST(prints_where_everything_is_if_asked_to)
{
	fx_stmt("SET a = 1; SELECT x AS y, f(q + 2) OVER (ORDER BY z DESC)\nFROM db.t u WHERE NOT w ;");
	ck_assert_int_eq(sql_print_tree(fx.stmt, true, &fx.coop, &fx.tree, &fx.err), 0);
	ck_assert_str_eq(fx.tree.ptr, "- statement DQL SELECT set'a' ='1' [11, 81)\n"
				      "  - select [11, 81)\n"
				      "    select: item as'y' [18, 24)\n"
				      "      - column 'x' [18, 19)\n"
				      "    select: item [26, 57)\n"
				      "      - call 'f' [26, 57)\n"
				      "        - op ADD [28, 33)\n"
				      "          - column 'q' [28, 29)\n"
				      "          - literal integer '2' [32, 33)\n"
				      "        over: window [40, 57)\n"
				      "          order by: descending [50, 51)\n"
				      "            - column 'z' [50, 51)\n"
				      "    from: table 'db' .'t' as'u' [63, 69)\n"
				      "    where: op NOT [76, 81)\n"
				      "      - column 'w' [80, 81)\n");
}
END_TEST

START_TEST(has_the_format_in_the_place_of_the_statement)
{
	fx_stmt(" SHOW TABLES FORMAT JSON ;");
	ck_assert_int_eq(sql_print_tree(fx.stmt, true, &fx.coop, &fx.tree, &fx.err), 0);
	ck_assert_str_eq(fx.tree.ptr, "- statement DDL SHOW tables format'JSON' [1, 24)\n");
}
END_TEST

/* What one statement says and the other does not. */
START_TEST(tells_trees_apart)
{
	static const char *const rows[][2] = {
		{ "SELECT 1 UNION SELECT 2", "SELECT 1 UNION ALL SELECT 2" },
		{ "SELECT 1 UNION SELECT 2 UNION SELECT 3",
		  "SELECT 1 UNION (SELECT 2 UNION SELECT 3)" },
		{ "SELECT a AND b AND c", "SELECT a AND (b AND c)" },
		{ "SELECT a - b - c", "SELECT a - (b - c)" },
		{ "SELECT a.b", "SELECT `a.b`" },
		{ "SELECT a.b", "SELECT (a).b" },
		{ "SELECT a AS b", "SELECT a" },
		{ "SELECT a", "SELECT DISTINCT a" },
		{ "SELECT a IN (1)", "SELECT a NOT IN (1)" },
		{ "SELECT a IN (1)", "SELECT a = SOME (1)" },
		{ "SELECT a = SOME (1)", "SELECT a = ALL (1)" },
		{ "SELECT a = SOME (1)", "SELECT a <> SOME (1)" },
		{ "SELECT 'a'", "SELECT X'aa'" },
		{ "SELECT '1'", "SELECT 1" },
		{ "SELECT 'it''s'", "SELECT 'its'" },
		{ "SELECT INTERVAL '1' DAY", "SELECT INTERVAL '1' HOUR" },
		{ "SELECT count(*)", "SELECT count()" },
		{ "SELECT f(DISTINCT a)", "SELECT f(a)" },
		{ "SELECT f(a ORDER BY b)", "SELECT f(a) WITHIN GROUP (ORDER BY b)" },
		{ "SELECT f(a) FILTER (WHERE b)", "SELECT f(a, b)" },
		{ "SELECT f(a) OVER w", "SELECT f(a) OVER (w)" },
		{ "SELECT f(a) OVER (ROWS 1 PRECEDING)", "SELECT f(a) OVER (RANGE 1 PRECEDING)" },
		{ "SELECT f(a) OVER (ROWS 1 PRECEDING)", "SELECT f(a) OVER (ROWS 1 FOLLOWING)" },
		{ "SELECT f(a) OVER (ROWS 1 PRECEDING)",
		  "SELECT f(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)" },
		{ "SELECT f(a) OVER (ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)",
		  "SELECT f(a) OVER (ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)" },
		{ "SELECT f(a) OVER (PARTITION BY b)", "SELECT f(a) OVER (ORDER BY b)" },
		{ "SELECT TRIM(a)", "SELECT TRIM(BOTH ' ' FROM a)" },
		{ "SELECT floor(a, 'DAY')", "SELECT floor(a TO DAY)" },
		{ "SELECT CASE a WHEN b THEN c END", "SELECT CASE WHEN a THEN b ELSE c END" },
		{ "SELECT (a, b)", "SELECT ARRAY[a, b]" },
		{ "SELECT ARRAY[a, b]", "SELECT MAP[a, b]" },
		{ "SELECT 1 FROM a, b", "SELECT 1 FROM a CROSS JOIN b" },
		{ "SELECT 1 FROM a, b, c", "SELECT 1 FROM a, (b CROSS JOIN c)" },
		{ "SELECT 1 FROM a JOIN b ON c", "SELECT 1 FROM a JOIN b USING (c)" },
		{ "SELECT 1 FROM a JOIN b", "SELECT 1 FROM a NATURAL JOIN b" },
		{ "SELECT 1 FROM (SELECT 2) a", "SELECT 1 FROM LATERAL (SELECT 2) a" },
		{ "SELECT 1 FROM UNNEST(a)", "SELECT 1 FROM UNNEST(a) WITH ORDINALITY" },
		{ "SELECT 1 FROM a TABLESAMPLE SYSTEM(1)",
		  "SELECT 1 FROM a TABLESAMPLE BERNOULLI(1)" },
		{ "SELECT 1 FROM a b", "SELECT 1 FROM a b (c)" },
		{ "SELECT a LIMIT 1", "SELECT a OFFSET 1" },
		{ "SELECT a ORDER BY b", "SELECT a ORDER BY b NULLS LAST" },
		{ "SELECT a GROUP BY b", "SELECT a GROUP BY ALL b" },
		{ "SELECT a GROUP BY b, c", "SELECT a GROUP BY (b, c)" },
		{ "SELECT a HAVING b", "SELECT a QUALIFY b" },
		{ "SELECT /*+ a */ 1", "SELECT /*+ b */ 1" },
		{ "SELECT /*+ a(b) */ 1", "SELECT /*+ a('b') */ 1" },
		{ "SELECT /*+ a(b = 1) */ 1", "SELECT /*+ a(c = 1) */ 1" },
		{ "SELECT /*+ a, b */ 1", "SELECT /*+ a(b) */ 1" },
		{ "WITH a AS (SELECT 1) SELECT 2", "WITH RECURSIVE a AS (SELECT 1) SELECT 2" },
		{ "WITH a AS (SELECT 1) SELECT 2", "WITH a (b) AS (SELECT 1) SELECT 2" },
		{ "(SELECT 1 LIMIT 2) LIMIT 3", "SELECT 1 LIMIT 3" },
		{ "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1" },
		{ "EXPLAIN SELECT 1", "EXPLAIN PLAN WITH TYPE FOR SELECT 1" },
		{ "DELETE FROM t", "DELETE FROM t AS a" },
		{ "INSERT INTO t FROM FILE 'a'", "INSERT INTO t FROM ARCHIVE 'a'" },
		{ "INSERT INTO t SELECT 1", "INSERT INTO t (a) SELECT 1" },
		{ "DROP TABLE t", "DROP TABLE IF EXISTS t" },
		{ "DROP TABLE t", "DROP MATERIALIZED VIEW t" },
		{ "CREATE TABLE t (a INT)", "CREATE TABLE t (a INT NOT NULL)" },
		{ "CREATE TABLE t (a INT)", "CREATE TABLE t (a INT ARRAY)" },
		{ "CREATE TABLE t (a INT DIMENSION)", "CREATE TABLE t (a INT DIMENSION ARRAY)" },
		{ "CREATE TABLE t (a DECIMAL(1))", "CREATE TABLE t (a DECIMAL(1, 0))" },
		{ "CREATE TABLE t (a INT)", "CREATE TABLE IF NOT EXISTS t (a INT)" },
		{ "CREATE TABLE t (a INT) PRIMARY KEY (a)",
		  "CREATE TABLE t (a INT) PRIMARY KEY (b)" },
		{ "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t DROP COLUMN IF EXISTS a" },
		{ "ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t RENAME COLUMN b TO a" },
		{ "SHOW TABLES", "SHOW TABLES FROM db" },
		{ "DESCRIBE t", "DESCRIBE t a" },
		{ "KILL QUERY WHERE a", "KILL QUERY WHERE a SYNC" },
		{ "KILL QUERY WHERE a", "KILL MUTATION WHERE a" },
		{ "KILL QUERY WHERE a", "KILL QUERY ON CLUSTER c WHERE a" },
		{ "SELECT 1", "SELECT 1 FORMAT JSON" },
		{ "SET a = 1; SELECT 1", "SET a = 2; SELECT 1" },
		{ "SET a = 1; SET b = 2; SELECT 1", "SET b = 2; SET a = 1; SELECT 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fx_stmt(rows[i][0]);
		fx_tree(&fx.tree);
		fx_stmt(rows[i][1]);
		ck_assert_msg(strcmp(fx_tree(&fx.other_tree), fx.tree.ptr) != 0, "%s\n%s",
			      rows[i][0], rows[i][1]);
	}
}
END_TEST

/* ---- The walk ---- */

enum { N_NODES_MAX = 256, N_LEVELS_MAX = 64 };

/* The nodes of a statement, in the order of the walk. */
static struct ast_node nodes[N_NODES_MAX];
static unsigned n_nodes, n_wanted;

static int collect(void *context, const struct ast_node *node)
{
	ck_assert_ptr_eq(context, nodes);
	ck_assert_uint_lt(n_nodes, N_NODES_MAX);
	nodes[n_nodes++] = *node;
	return n_nodes == n_wanted ? 42 : 0;
}

static int walk(const char *sql)
{
	const struct ast_visitor visitor = { collect, nodes };

	n_nodes = 0;
	return ast_walk(fx_stmt(sql), &visitor);
}

/* The node that the i-th one is a part of. */
static const struct ast_node *parent_of(unsigned i)
{
	unsigned level = nodes[i].level;

	while (nodes[--i].level >= level)
		;
	return &nodes[i];
}

START_TEST(goes_down_one_level_at_a_time)
{
	ck_assert_int_eq(walk(statements[_i].sql), 0);
	ck_assert_int_eq(nodes[0].part, PART_STMT);
	ck_assert_ptr_eq(nodes[0].stmt, fx.stmt);
	ck_assert_uint_eq(nodes[0].level, 0);
	for (unsigned i = 1; i < n_nodes; i++) {
		ck_assert_uint_ge(nodes[i].level, 1);
		ck_assert_uint_le(nodes[i].level, nodes[i - 1].level + 1);
	}
}
END_TEST

START_TEST(comes_by_each_part_once)
{
	ck_assert_int_eq(walk(statements[_i].sql), 0);
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_msg(nodes[i].any != nodes[j].any, "%s: nodes %u and %u",
				      statements[_i].sql, j, i);
}
END_TEST

/* A line of the printed tree is a node. */
START_TEST(is_what_the_printed_tree_shows)
{
	const char *line = statements[_i].sql;

	ck_assert_int_eq(walk(line), 0);
	line = fx_tree(&fx.tree);
	for (unsigned i = 0; i < n_nodes; i++) {
		size_t indent = strspn(line, " "), n_role = strlen(nodes[i].role);

		ck_assert_uint_eq(indent, 2 * nodes[i].level);
		ck_assert_int_eq(strncmp(line + indent, nodes[i].role, n_role), 0);
		ck_assert_int_eq(line[indent + n_role], n_role > 0 ? ':' : '-');
		line = strchr(line, '\n') + 1;
	}
	ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(ends_where_it_is_told_to)
{
	unsigned n;

	ck_assert_int_eq(walk(statements[_i].sql), 0);
	n = n_nodes;
	for (n_wanted = 1; n_wanted <= n; n_wanted++) {
		ck_assert_int_eq(walk(statements[_i].sql), 42);
		ck_assert_uint_eq(n_nodes, n_wanted);
	}
	n_wanted = 0;
}
END_TEST

/* ---- Places ---- */

START_TEST(stays_inside_its_parent_and_the_text)
{
	const char *sql = statements[_i].sql;

	ck_assert_int_eq(walk(sql), 0);
	for (unsigned i = 0; i < n_nodes; i++) {
		const struct span s = nodes[i].span, outer = i ? parent_of(i)->span : s;

		ck_assert_msg(s.begin < s.end && s.end <= strlen(sql), "%s: node %u is [%u, %u)",
			      sql, i, s.begin, s.end);
		ck_assert_msg(s.begin >= outer.begin && s.end <= outer.end,
			      "%s: node %u is [%u, %u), its parent [%u, %u)", sql, i, s.begin,
			      s.end, outer.begin, outer.end);
	}
}
END_TEST

static bool has_same_span(const struct ast_node *a, const struct ast_node *b)
{
	return a->span.begin == b->span.begin && a->span.end == b->span.end;
}

/* Parts without a place of their own have that of their parent, or of their neighbour. */
START_TEST(has_lists_in_the_order_of_the_text)
{
	const struct ast_node *before[N_LEVELS_MAX] = { NULL };

	ck_assert_int_eq(walk(statements[_i].sql), 0);
	for (unsigned i = 1; i < n_nodes; i++) {
		const struct ast_node *node = &nodes[i], *sibling = before[node->level];

		before[node->level] = node;
		before[node->level + 1] = NULL;
		if (!sibling || strcmp(sibling->role, node->role) != 0 ||
		    has_same_span(node, sibling) || has_same_span(node, parent_of(i)))
			continue;
		ck_assert_msg(node->span.begin >= sibling->span.end,
			      "%s: node %u is [%u, %u), the one before it [%u, %u)",
			      statements[_i].sql, i, node->span.begin, node->span.end,
			      sibling->span.begin, sibling->span.end);
	}
}
END_TEST

/* What a part's piece of the text is put into to be a statement, and its line in that tree. */
struct frame {
	const char *head, *tail;
	unsigned line;
};

static bool is_grouping(const struct ast_expr *e)
{
	return e->kind == AST_GROUPING || (e->kind == AST_ROW && e->elements.n == 0);
}

/* .head NULL: the piece cannot stand elsewhere, or is not a piece of its own. */
static struct frame frame_of(const struct ast_node *node, const char *piece)
{
	static const struct frame frames[] = {
		[PART_STMT] = { "", "", 0 },
		[PART_QUERY] = { "", "", 1 },
		[PART_CTE] = { "WITH ", " SELECT 1", 2 },
		[PART_ITEM] = { "SELECT ", "", 2 },
		[PART_ROW] = { "VALUES ", "", 2 },
		[PART_ORDER] = { NULL, NULL, 0 },
		[PART_FROM] = { "SELECT 1 FROM ", "", 4 },
		[PART_HINT] = { "SELECT /*+ ", " */ 1", 2 },
		[PART_HINT_OPTION] = { NULL, NULL, 0 },
		[PART_WINDOW] = { "SELECT f() OVER ", "", 4 },
		[PART_EXPR] = { "SELECT ", "", 3 },
		[PART_WHEN] = { NULL, NULL, 0 },
		[PART_ASSIGNMENT] = { "UPDATE t SET ", "", 1 },
		[PART_COLUMN_DEF] = { "CREATE TABLE t (", ")", 1 },
		[PART_ALTER] = { "ALTER TABLE t ", "", 1 },
		[PART_MERGE_BRANCH] = { NULL, NULL, 0 },
	};
	const struct frame none = { NULL, NULL, 0 };

	if (node->part == PART_WINDOW && node->window->name.ptr)
		return (struct frame){ "SELECT 1 WINDOW ", "", 4 };
	if (node->part != PART_EXPR)
		return frames[node->part];
	if (is_grouping(node->expr))
		return (struct frame){ "SELECT 1 GROUP BY ", "", 4 };
	if (node->expr->kind == AST_LITERAL && node->expr->literal.kind == LIT_SYMBOL)
		return none;
	/* The blank that TRIM leaves out; a word that is no keyword in front of "=" only. */
	if (node->expr->kind == AST_LITERAL && node->expr->literal.kind == LIT_STRING &&
	    piece[0] != '\'')
		return none;
	if (strcmp(piece, "table") == 0)
		return none;
	return frames[PART_EXPR];
}

static const char *nth_line(const char *tree, unsigned n)
{
	while (n-- > 0)
		tree = strchr(tree, '\n') + 1;
	return tree;
}

/* The lines of a node and its parts, without what it is to its parent. */
static const char *subtree(struct strbuf *out, const char *tree, unsigned line)
{
	const char *at = nth_line(tree, line);
	size_t indent = strspn(at, " ");

	strbuf_reset(out);
	strbuf_printf(out, "-");
	at = strpbrk(at, ":-") + 1;
	do {
		size_t n = strcspn(at, "\n") + 1;

		strbuf_add(out, at, n);
		at += n;
	} while (strspn(at, " ") > indent && (at += indent));
	return out->ptr;
}

/* Cut out of the text by its span, each part says the same on its own. */
START_TEST(is_what_its_piece_of_the_text_says)
{
	CLEANUP(strbuf_fini) struct strbuf whole = STRBUF_INIT, part = STRBUF_INIT;
	const char *sql = statements[_i].sql;
	char piece[1024], text[1200];

	ck_assert_int_eq(walk(sql), 0);
	fx_tree(&fx.tree);
	for (unsigned i = 1; i < n_nodes; i++) {
		struct span s = nodes[i].span;
		struct frame frame;

		(void)snprintf(piece, sizeof(piece), "%.*s", (int)(s.end - s.begin), sql + s.begin);
		frame = frame_of(&nodes[i], piece);
		if (!frame.head)
			continue;
		(void)snprintf(text, sizeof(text), "%s%s%s", frame.head, piece, frame.tail);
		ck_assert_msg(fx_parse(text) == 0, "%s:\n%s\n%s", sql, text, fx.err.msg);
		fx_tree(&fx.other_tree);
		ck_assert_str_eq(subtree(&part, fx.other_tree.ptr, frame.line),
				 subtree(&whole, fx.tree.ptr, i));
	}
}
END_TEST

/* ---- Bounds ---- */

START_TEST(can_be_cancelled_while_it_prints)
{
	fx_stmt("SELECT a, b FROM t");
	fx.token.reason = CANCEL_KILL;
	ck_assert_int_eq(sql_print_tree(fx.stmt, false, &fx.coop, &fx.tree, &fx.err), -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	long n = 0;
	int printed;

	fx_stmt(trees[0].sql);
	do {
		strbuf_fini(&fx.tree);
		(void)mem_fail_after(n++);
		printed = sql_print_tree(fx.stmt, false, &fx.coop, &fx.tree, &fx.err);
		(void)mem_fail_after(-1);
		if (printed < 0)
			ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
	} while (printed < 0);
	ck_assert_int_ge(n, 4);
	ck_assert_str_eq(fx.tree.ptr, trees[0].tree);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();
	int n = ARRAY_SIZE(statements);

	tcase_add_loop_test(tc, prints_all_that_a_tree_says, 0, (int)ARRAY_SIZE(trees));
	tcase_add_test(tc, prints_where_everything_is_if_asked_to);
	tcase_add_test(tc, has_the_format_in_the_place_of_the_statement);
	tcase_add_test(tc, tells_trees_apart);
	tcase_add_loop_test(tc, goes_down_one_level_at_a_time, 0, n);
	tcase_add_loop_test(tc, comes_by_each_part_once, 0, n);
	tcase_add_loop_test(tc, is_what_the_printed_tree_shows, 0, n);
	tcase_add_loop_test(tc, ends_where_it_is_told_to, 0, n);
	tcase_add_loop_test(tc, stays_inside_its_parent_and_the_text, 0, n);
	tcase_add_loop_test(tc, has_lists_in_the_order_of_the_text, 0, n);
	tcase_add_loop_test(tc, is_what_its_piece_of_the_text_says, 0, n);
	tcase_add_test(tc, can_be_cancelled_while_it_prints);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("sql/walk", tc);
}
