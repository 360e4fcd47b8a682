/*
 * test_unexpected.c - wrong statements: what is named, where, and what is
 * offered instead.
 */
#include "broker/sql/unexpected.h"
#include "tests/unit/sql/fixture.h"

struct wrong {
	const char *sql;
	const char *found; /* first line of the message */
	const char *first; /* the first of the list */
	const char *offer; /* another one, or NULL: none is looked for */
};

#define NO_STATEMENT     " SqlNode with executable statement not found!"
#define SECOND_STATEMENT " SqlNode with executable statement already exist with type: "

static const struct wrong wrongs[] = {
	/* The select list. */
	{ "SELECT FROM t", "Encountered \"FROM\" at line 1, column 8.", "<identifier>", NULL },
	{ "SELECT", "Encountered \"<EOF>\" at line 1, column 7.", "<identifier>", "\"*\"" },
	{ "SELECT a,", "Encountered \"<EOF>\" at line 1, column 10.", "<identifier>", NULL },
	{ "SELECT a,, b", "Encountered \",\" at line 1, column 10.", "<identifier>", NULL },
	{ "SELECT , a", "Encountered \",\" at line 1, column 8.", "<identifier>", "\"DISTINCT\"" },
	{ "SELECT a b c FROM t", "Encountered \"c\" at line 1, column 12.", "\"FROM\"", NULL },
	{ "SELECT a AS FROM t", "Encountered \"FROM\" at line 1, column 13.", "<identifier>",
	  NULL },
	{ "SELECT a AS 'b'", "Encountered \"'b'\" at line 1, column 13.", "<identifier>", NULL },
	{ "SELECT DISTINCT ALL a", "Encountered \"ALL\" at line 1, column 17.", "<identifier>",
	  NULL },
	{ "SELECT * AS a FROM t", "Encountered \"AS\" at line 1, column 10.", "\"FROM\"", "\",\"" },
	{ "SELECT t.* x FROM t", "Encountered \"x\" at line 1, column 12.", "\"FROM\"", "\",\"" },
	{ "select top 5 a from t", "Encountered \"5\" at line 1, column 12.", "\"FROM\"", "\",\"" },
	{ "SELECT a.b.c.* FROM t", "Encountered \"*\" at line 1, column 14.", "<identifier>",
	  NULL },
	{ "SELECT a. FROM t", "Encountered \"FROM\" at line 1, column 11.", "<identifier>", NULL },
	{ "SELECT FROM WHERE", "Encountered \"FROM\" at line 1, column 8.", "<identifier>", NULL },
	{ "SELECT order FROM t", "Encountered \"order\" at line 1, column 8.", "<identifier>",
	  NULL },

	/* Other statements. */
	{ "", "Encountered \"<EOF>\" at line 1, column 1." NO_STATEMENT, "\"SELECT\"", NULL },
	{ " ;\n; ", "Encountered \"<EOF>\" at line 2, column 3." NO_STATEMENT, "\"SELECT\"", NULL },
	{ "SET a = 1;", "Encountered \"<EOF>\" at line 1, column 11." NO_STATEMENT, "\"SELECT\"",
	  NULL },
	{ "SET a = 1", "Encountered \"<EOF>\" at line 1, column 10." NO_STATEMENT, "\";\"", NULL },
	{ "SET a =", "Encountered \"<EOF>\" at line 1, column 8.", "<integer>", NULL },
	{ "KILL QUERY WHERE a;\nSET b = 1;\nselect 2",
	  "Encountered \"select\" at line 3, column 1." SECOND_STATEMENT "DCL", "<EOF>",
	  "\"SET\"" },
	{ "SELECT 1; (SELECT 2)", "Encountered \"(\" at line 1, column 11." SECOND_STATEMENT "DQL",
	  "<EOF>", "\";\"" },
	{ "DROP TABLE t; t", "Encountered \"t\" at line 1, column 15.", "<EOF>", "\"SET\"" },
	{ "KILL QUERY WHERE a FORMAT JSON SYNC", "Encountered \"FORMAT\" at line 1, column 20.",
	  "<EOF>", "\"SYNC\"" },
	{ "INVALID SQL QUERY", "Encountered \"INVALID\" at line 1, column 1.", "\"SELECT\"", NULL },
	{ "DELETE t", "Encountered \"t\" at line 1, column 8.", "\"FROM\"", NULL },
	{ "SELECT 1 SELECT 2", "Encountered \"SELECT\" at line 1, column 10.", "\"FROM\"",
	  "\";\"" },
	{ "SELECT 1; SELECT 2",
	  "Encountered \"SELECT\" at line 1, column 11." SECOND_STATEMENT "DQL", "<EOF>",
	  "\"SET\"" },
	{ "SELECT 1 UNION", "Encountered \"<EOF>\" at line 1, column 15.", "\"SELECT\"", NULL },
	{ "WITH a AS SELECT 1", "Encountered \"SELECT\" at line 1, column 11.", "\"(\"", NULL },
	{ "EXPLAIN", "Encountered \"<EOF>\" at line 1, column 8.", "\"SELECT\"", "\"PLAN\"" },
	{ "EXPLAIN PLAN SELECT 1", "Encountered \"SELECT\" at line 1, column 14.", "\"FOR\"",
	  NULL },
	{ "EXPLAIN EXPLAIN SELECT 1", "Encountered \"EXPLAIN\" at line 1, column 9.", "\"SELECT\"",
	  NULL },
	{ "VALUES 1", "Encountered \"1\" at line 1, column 8.", "\"(\"", NULL },
	{ "VALUES ()", "Encountered \")\" at line 1, column 9.", "<identifier>", NULL },
	{ "VALUES (1),", "Encountered \"<EOF>\" at line 1, column 12.", "\"(\"", NULL },

	/* Options. */
	{ "SET a = b; SELECT 1", "Encountered \"b\" at line 1, column 9.", "<integer>",
	  "<string>" },
	{ "SET a = ; SELECT 1", "Encountered \";\" at line 1, column 9.", "<integer>", NULL },
	{ "SET a 1; SELECT 1", "Encountered \"1\" at line 1, column 7.", "\"=\"", NULL },
	{ "SET a = 1 SELECT 1", "Encountered \"SELECT\" at line 1, column 11.", "\";\"", NULL },
	{ "SET 'a' = 1; SELECT 1", "Encountered \"'a'\" at line 1, column 5.", "<identifier>",
	  NULL },
	{ "SET a = - 'x'; SELECT 1", "Encountered \"'x'\" at line 1, column 11.", "<integer>",
	  NULL },
	{ "select 1; SET (a='b', c=1)", "Encountered \"(\" at line 1, column 15.", "<identifier>",
	  NULL },
	{ "select * from t SET a='b' where x", "Encountered \"a\" at line 1, column 21.",
	  "\"WHERE\"", NULL },
	{ "SELECT 1 OPTION()", "Encountered \")\" at line 1, column 17.", "<option>", NULL },
	{ "SELECT 1 OPTION(a=1", "Encountered \"<EOF>\" at line 1, column 20.", "\")\"", "\",\"" },
	{ "SELECT 1 OPTION(a=1) OPTION(b=2)", "Encountered \"OPTION\" at line 1, column 22.",
	  "<EOF>", "\";\"" },
	{ "SELECT 1 OPTION(a=1,)", "Encountered \")\" at line 1, column 21.", "<option>", NULL },

	/* FROM. */
	{ "SELECT a FROM", "Encountered \"<EOF>\" at line 1, column 14.", "<identifier>", NULL },
	{ "SELECT a FROM WHERE b", "Encountered \"WHERE\" at line 1, column 15.", "<identifier>",
	  "\"(\"" },
	{ "SELECT a FROM t,", "Encountered \"<EOF>\" at line 1, column 17.", "<identifier>", NULL },
	{ "SELECT a FROM x.y.z", "Encountered \".\" at line 1, column 18.", "\"WHERE\"", NULL },
	{ "SELECT a FROM 'x'", "Encountered \"'x'\" at line 1, column 15.", "<identifier>", NULL },
	{ "SELECT a FROM t JOIN u GROUP c", "Encountered \"c\" at line 1, column 30.", "\"BY\"",
	  NULL },
	{ "SELECT a FROM t LEFT u ON x", "Encountered \"u\" at line 1, column 22.", "\"JOIN\"",
	  NULL },
	{ "SELECT a FROM t JOIN u ON", "Encountered \"<EOF>\" at line 1, column 26.",
	  "<identifier>", NULL },
	{ "SELECT a FROM t CROSS JOIN u ON x", "Encountered \"ON\" at line 1, column 30.",
	  "\"WHERE\"", NULL },
	{ "SELECT a FROM t JOIN u USING x", "Encountered \"x\" at line 1, column 30.", "\"(\"",
	  NULL },
	{ "SELECT a FROM (SELECT b", "Encountered \"<EOF>\" at line 1, column 24.", "\")\"", NULL },
	{ "SELECT a FROM (t)", "Encountered \")\" at line 1, column 17.", "\"JOIN\"", NULL },
	{ "SELECT a FROM f(x)", "Encountered \"(\" at line 1, column 16.", "\"WHERE\"", NULL },

	/* The other clauses. */
	{ "SELECT a FROM t WHERE", "Encountered \"<EOF>\" at line 1, column 22.", "<identifier>",
	  NULL },
	{ "SELECT a WHERE b WHERE c", "Encountered \"WHERE\" at line 1, column 18.", "\"GROUP\"",
	  NULL },
	{ "SELECT a GROUP a", "Encountered \"a\" at line 1, column 16.", "\"BY\"", NULL },
	{ "select a group by b limit 5 group by b", "Encountered \"group\" at line 1, column 29.",
	  "\",\"", "\"OFFSET\"" },
	{ "SELECT a GROUP BY", "Encountered \"<EOF>\" at line 1, column 18.", "<identifier>",
	  NULL },
	{ "SELECT a HAVING b GROUP BY c", "Encountered \"GROUP\" at line 1, column 19.",
	  "\"ORDER\"", NULL },
	{ "SELECT a ORDER b", "Encountered \"b\" at line 1, column 16.", "\"BY\"", NULL },
	{ "SELECT a ORDER BY b NULLS", "Encountered \"<EOF>\" at line 1, column 26.", "\"FIRST\"",
	  NULL },
	{ "SELECT a ORDER BY b WHERE c", "Encountered \"WHERE\" at line 1, column 21.", "\",\"",
	  "\"LIMIT\"" },
	{ "SELECT a LIMIT -1", "Encountered \"-\" at line 1, column 16.", "<integer>", NULL },
	{ "SELECT a LIMIT x", "Encountered \"x\" at line 1, column 16.", "<integer>", NULL },
	{ "SELECT a LIMIT 1.5", "Encountered \"1.5\" at line 1, column 16.", "<integer>", NULL },
	{ "SELECT a LIMIT", "Encountered \"<EOF>\" at line 1, column 15.", "<integer>", NULL },
	{ "SELECT a LIMIT 5 OFFSET -1", "Encountered \"-\" at line 1, column 25.", "<integer>",
	  NULL },
	{ "SELECT a LIMIT 5 LIMIT 5", "Encountered \"LIMIT\" at line 1, column 18.", "\",\"",
	  "\"OFFSET\"" },
	{ "SELECT a LIMIT 1, 2, 3", "Encountered \",\" at line 1, column 20.", "<EOF>", "\";\"" },
	{ "SELECT a FETCH FIRST ROWS ONLY", "Encountered \"ROWS\" at line 1, column 22.",
	  "<integer>", NULL },
	{ "SELECT a FETCH FIRST 5 ROWS", "Encountered \"<EOF>\" at line 1, column 28.", "\"ONLY\"",
	  NULL },

	/* Expressions. */
	{ "SELECT 1 +", "Encountered \"<EOF>\" at line 1, column 11.", "<identifier>", NULL },
	{ "SELECT (1", "Encountered \"<EOF>\" at line 1, column 10.", "\")\"", NULL },
	{ "SELECT 1)", "Encountered \")\" at line 1, column 9.", "\"FROM\"", "\",\"" },
	{ "SELECT ()", "Encountered \")\" at line 1, column 9.", "\"SELECT\"", NULL },
	{ "SELECT a < > b", "Encountered \">\" at line 1, column 12.", "<identifier>", NULL },
	{ "SELECT a = = b", "Encountered \"=\" at line 1, column 12.", "<identifier>", NULL },
	{ "SELECT a AND", "Encountered \"<EOF>\" at line 1, column 13.", "<identifier>",
	  "\"NOT\"" },
	{ "SELECT a NOT b", "Encountered \"b\" at line 1, column 14.", "\"IN\"", NULL },
	{ "SELECT a IS b", "Encountered \"b\" at line 1, column 13.", "\"NOT\"", "\"NULL\"" },
	{ "SELECT a IS NOT b", "Encountered \"b\" at line 1, column 17.", "\"NULL\"",
	  "\"DISTINCT\"" },
	{ "SELECT a BETWEEN 1", "Encountered \"<EOF>\" at line 1, column 19.", "\"AND\"", NULL },
	{ "SELECT a BETWEEN 1 OR 2", "Encountered \"OR\" at line 1, column 20.", "\"AND\"", NULL },
	{ "SELECT a IN ()", "Encountered \")\" at line 1, column 14.", "\"SELECT\"", NULL },
	{ "SELECT a IN 1", "Encountered \"1\" at line 1, column 13.", "\"(\"", NULL },
	{ "SELECT a LIKE", "Encountered \"<EOF>\" at line 1, column 14.", "<identifier>",
	  "<string>" },
	{ "SELECT CASE END", "Encountered \"<EOF>\" at line 1, column 16.", "\"WHEN\"", NULL },
	{ "SELECT CASE WHEN a END", "Encountered \"END\" at line 1, column 20.", "\"THEN\"", NULL },
	{ "SELECT CASE WHEN a THEN b", "Encountered \"<EOF>\" at line 1, column 26.", "\"END\"",
	  NULL },
	{ "SELECT CAST(a)", "Encountered \")\" at line 1, column 14.", "\"AS\"", NULL },
	{ "SELECT CAST(a AS)", "Encountered \")\" at line 1, column 17.", "<identifier>", NULL },
	{ "SELECT CAST(a AS INT(x))", "Encountered \"x\" at line 1, column 22.", "<integer>",
	  NULL },
	{ "SELECT f(a b)", "Encountered \"b\" at line 1, column 12.", "\")\"", "\",\"" },
	{ "SELECT f(a", "Encountered \"<EOF>\" at line 1, column 11.", "\")\"", NULL },
	{ "SELECT count(DISTINCT)", "Encountered \")\" at line 1, column 22.", "<identifier>",
	  NULL },
	{ "SELECT count(DISTINCT *)", "Encountered \"*\" at line 1, column 23.", "<identifier>",
	  NULL },
	{ "SELECT sum(a) FILTER (b)", "Encountered \"b\" at line 1, column 23.", "\"WHERE\"",
	  NULL },
	{ "SELECT EXTRACT(YEAR, a)", "Encountered \",\" at line 1, column 20.", "\"FROM\"", NULL },
	{ "SELECT POSITION(a, b)", "Encountered \",\" at line 1, column 18.", "\"IN\"", NULL },
	{ "SELECT TRIM()", "Encountered \")\" at line 1, column 13.", "<identifier>",
	  "\"LEADING\"" },
	{ "SELECT EXISTS (a)", "Encountered \"a\" at line 1, column 16.", "\"SELECT\"", NULL },
	{ "SELECT INTERVAL '1'", "Encountered \"<EOF>\" at line 1, column 20.", "<identifier>",
	  NULL },
	{ "SELECT date '1' '2'", "Encountered \"'2'\" at line 1, column 17.", "\"FROM\"", "\",\"" },

	/* Places. */
	{ "SELECT a\nFROM t\n  WHERE", "Encountered \"<EOF>\" at line 3, column 8.", "<identifier>",
	  NULL },
	{ "SELECT a\r\nFROM FROM", "Encountered \"FROM\" at line 2, column 6.", "<identifier>",
	  NULL },
	{ "SELECT\t'é😀', FROM", "Encountered \"FROM\" at line 1, column 14.", "<identifier>",
	  NULL },
	{ "SELECT a /* \n\n */ FROM FROM", "Encountered \"FROM\" at line 3, column 10.",
	  "<identifier>", NULL },

	/* Statements of every kind begin well. */
	{ "CREATE", "Encountered \"<EOF>\" at line 1, column 7.", "\"TABLE\"", NULL },
	{ "CREATE t", "Encountered \"t\" at line 1, column 8.", "\"TABLE\"", "\"MATERIALIZED\"" },
	{ "DROP VIEW v", "Encountered \"VIEW\" at line 1, column 6.", "\"TABLE\"",
	  "\"MATERIALIZED\"" },
	{ "TRUNCATE t", "Encountered \"t\" at line 1, column 10.", "\"TABLE\"", NULL },
	{ "ALTER t", "Encountered \"t\" at line 1, column 7.", "\"TABLE\"", NULL },
	{ "SHOW COLUMNS FROM t", "Encountered \"COLUMNS\" at line 1, column 6.", "\"CREATE\"",
	  "\"TABLES\"" },
	{ "SHOW CREATE VIEW v", "Encountered \"VIEW\" at line 1, column 13.", "\"TABLE\"",
	  "\"MATERIALIZED\"" },
	{ "DESCRIBE", "Encountered \"<EOF>\" at line 1, column 9.", "<identifier>", NULL },
	{ "KILL 'x'", "Encountered \"'x'\" at line 1, column 6.", "\"QUERY\"", NULL },
	{ "INSERT t VALUES (1)", "Encountered \"t\" at line 1, column 8.", "\"INTO\"", NULL },
	{ "MERGE t USING u ON a", "Encountered \"t\" at line 1, column 7.", "\"INTO\"", NULL },
	{ "UPDATE t a = 1", "Encountered \"=\" at line 1, column 12.", "\"SET\"", NULL },
	{ "CALL p", "Encountered \"<EOF>\" at line 1, column 7.", "\"(\"", NULL },
	{ "GRANT SELECT ON t TO u", "Encountered \"GRANT\" at line 1, column 1.", "\"SELECT\"",
	  NULL },
	{ "EXPLAIN KILL QUERY WHERE a", "Encountered \"KILL\" at line 1, column 9.", "\"SELECT\"",
	  "\"DELETE\"" },
	{ "EXPLAIN ANALYZE FOR SELECT 1", "Encountered \"FOR\" at line 1, column 17.", "\"SELECT\"",
	  NULL },
	{ "EXPLAIN PLAN INCLUDING FOR SELECT 1", "Encountered \"FOR\" at line 1, column 24.",
	  "\"ALL\"", "\"ATTRIBUTES\"" },
	{ "EXPLAIN PLAN WITHOUT TYPE FOR SELECT 1", "Encountered \"TYPE\" at line 1, column 22.",
	  "\"IMPLEMENTATION\"", NULL },
	{ "EXPLAIN IMPLEMENTATION SELECT 1", "Encountered \"SELECT\" at line 1, column 24.",
	  "\"PLAN\"", NULL },
	{ "SELECT 1 FORMAT JSON JSON", "Encountered \"JSON\" at line 1, column 17.", "\"FROM\"",
	  "\"LIMIT\"" },

	/* INSERT, UPDATE, DELETE, MERGE. */
	{ "INSERT INTO t (a, ) VALUES (1)", "Encountered \")\" at line 1, column 19.",
	  "<identifier>", NULL },
	{ "INSERT INTO t (a b) VALUES (1)", "Encountered \"b\" at line 1, column 18.", "\")\"",
	  "\",\"" },
	{ "INSERT INTO t (1) VALUES (1)", "Encountered \"1\" at line 1, column 16.", "\"SELECT\"",
	  NULL },
	{ "INSERT INTO t VALUES 1", "Encountered \"1\" at line 1, column 22.", "\"(\"", NULL },
	{ "INSERT INTO t FROM 's3://a'", "Encountered \"'s3://a'\" at line 1, column 20.",
	  "\"FILE\"", NULL },
	{ "INSERT INTO t FROM FILE a", "Encountered \"a\" at line 1, column 25.", "<string>",
	  NULL },
	{ "INSERT INTO t FROM FILE 'a' 'b'", "Encountered \"'b'\" at line 1, column 29.", "\",\"",
	  NULL },
	{ "DELETE FROM t WHERE", "Encountered \"<EOF>\" at line 1, column 20.", "<identifier>",
	  NULL },
	{ "DELETE FROM t LIMIT 1", "Encountered \"LIMIT\" at line 1, column 15.", "\"WHERE\"",
	  NULL },
	{ "UPDATE t SET a = 1, WHERE b", "Encountered \"WHERE\" at line 1, column 21.",
	  "<identifier>", NULL },
	{ "UPDATE t SET a > 1", "Encountered \">\" at line 1, column 16.", "\"=\"", NULL },
	{ "UPDATE t WHERE a", "Encountered \"WHERE\" at line 1, column 10.", "\"SET\"", NULL },
	{ "MERGE INTO t USING u WHEN MATCHED THEN DELETE",
	  "Encountered \"WHEN\" at line 1, column 22.", "\"ON\"", NULL },
	{ "MERGE INTO t USING u ON a", "Encountered \"<EOF>\" at line 1, column 26.", "\"WHEN\"",
	  NULL },
	{ "MERGE INTO t USING u ON a WHEN MATCHED THEN INSERT VALUES (1)",
	  "Encountered \"INSERT\" at line 1, column 45.", "\"DELETE\"", "\"UPDATE\"" },
	{ "MERGE INTO t USING u ON a WHEN NOT MATCHED THEN UPDATE SET a = 1",
	  "Encountered \"UPDATE\" at line 1, column 49.", "\"INSERT\"", NULL },
	{ "MERGE INTO t USING u ON a WHEN NOT MATCHED THEN INSERT (b) SELECT 1",
	  "Encountered \"SELECT\" at line 1, column 60.", "\"VALUES\"", NULL },
	{ "MERGE INTO t USING u ON a WHEN THEN DELETE",
	  "Encountered \"THEN\" at line 1, column 32.", "\"MATCHED\"", NULL },

	/* CREATE, DROP, ALTER. */
	{ "CREATE TABLE t", "Encountered \"<EOF>\" at line 1, column 15.", "\"AS\"", NULL },
	{ "CREATE TABLE t (a)", "Encountered \")\" at line 1, column 18.", "<identifier>", NULL },
	{ "CREATE TABLE t (a INT", "Encountered \"<EOF>\" at line 1, column 22.", "\")\"", NULL },
	{ "CREATE TABLE t (a INT b)", "Encountered \"b\" at line 1, column 23.", "\")\"", "\",\"" },
	{ "CREATE TABLE t (a INT,)", "Encountered \")\" at line 1, column 23.", "<identifier>",
	  NULL },
	{ "CREATE TABLE t (a INT NOT)", "Encountered \")\" at line 1, column 26.", "\"NULL\"",
	  NULL },
	{ "CREATE TABLE t (a INT DEFAULT b)", "Encountered \"b\" at line 1, column 31.",
	  "<integer>", "<string>" },
	{ "CREATE TABLE t (a INT DEFAULT 1 + 1)", "Encountered \"+\" at line 1, column 33.",
	  "\")\"", "\"METRIC\"" },
	{ "CREATE TABLE t (a INT DATETIME)", "Encountered \")\" at line 1, column 31.",
	  "\"FORMAT\"", NULL },
	{ "CREATE TABLE t (a INT) TABLE_TYPE OFFLINE",
	  "Encountered \"OFFLINE\" at line 1, column 35.", "\"=\"", NULL },
	{ "CREATE TABLE t (a INT) PRIMARY (a)", "Encountered \"(\" at line 1, column 32.",
	  "\"KEY\"", NULL },
	{ "CREATE TABLE t (a INT) PROPERTIES ('a' = 1)", "Encountered \"1\" at line 1, column 42.",
	  "<string>", NULL },
	{ "CREATE TABLE t (a INT) PROPERTIES (a = 'b')", "Encountered \"a\" at line 1, column 36.",
	  "\")\"", "<string>" },
	{ "CREATE TABLE IF EXISTS t (a INT)", "Encountered \"EXISTS\" at line 1, column 17.",
	  "\"NOT\"", NULL },
	{ "CREATE TABLE t WITH ()", "Encountered \")\" at line 1, column 22.", "<identifier>",
	  "<string>" },
	{ "CREATE TABLE db.s.t (a INT)", "Encountered \".\" at line 1, column 18.", "\"AS\"",
	  NULL },
	{ "CREATE MATERIALIZED TABLE t", "Encountered \"TABLE\" at line 1, column 21.", "\"VIEW\"",
	  NULL },
	{ "CREATE MATERIALIZED VIEW v SELECT 1", "Encountered \"SELECT\" at line 1, column 28.",
	  "\"AS\"", NULL },
	{ "CREATE MATERIALIZED VIEW v REFRESH 15 MINUTES AS SELECT 1",
	  "Encountered \"15\" at line 1, column 36.", "\"EVERY\"", NULL },
	{ "CREATE MATERIALIZED VIEW v REFRESH EVERY 15 AS SELECT 1",
	  "Encountered \"AS\" at line 1, column 45.", "<identifier>", NULL },
	{ "DROP TABLE IF NOT EXISTS t", "Encountered \"NOT\" at line 1, column 15.", "\"EXISTS\"",
	  NULL },
	{ "DROP TABLE t, u", "Encountered \",\" at line 1, column 13.", "<EOF>", "\"TYPE\"" },
	{ "DROP TABLE t TYPE 'OFFLINE'", "Encountered \"'OFFLINE'\" at line 1, column 19.",
	  "<identifier>", NULL },
	{ "ALTER TABLE t", "Encountered \"<EOF>\" at line 1, column 14.", "\"DROP\"", "\"ADD\"" },
	{ "ALTER TABLE t ADD a INT", "Encountered \"a\" at line 1, column 19.", "\"COLUMN\"",
	  NULL },
	{ "ALTER TABLE t ADD COLUMN a", "Encountered \"<EOF>\" at line 1, column 27.",
	  "<identifier>", NULL },
	{ "ALTER TABLE t DROP COLUMN a b", "Encountered \"b\" at line 1, column 29.", "\",\"",
	  NULL },
	{ "ALTER TABLE t RENAME COLUMN a b", "Encountered \"b\" at line 1, column 31.", "\"TO\"",
	  NULL },
	{ "ALTER TABLE t RENAME TO u", "Encountered \"TO\" at line 1, column 22.", "\"COLUMN\"",
	  NULL },
	{ "ALTER TABLE t UPDATE a = 1", "Encountered \"<EOF>\" at line 1, column 27.", "\"WHERE\"",
	  NULL },
	{ "ALTER TABLE t DELETE", "Encountered \"<EOF>\" at line 1, column 21.", "\"WHERE\"",
	  NULL },
	{ "ALTER TABLE t MODIFY COLUMN a INT", "Encountered \"MODIFY\" at line 1, column 15.",
	  "\"DROP\"", "\"RENAME\"" },

	/* KILL. */
	{ "KILL QUERY", "Encountered \"<EOF>\" at line 1, column 11.", "\"WHERE\"", NULL },
	{ "KILL QUERY query_id = 'x'", "Encountered \"query_id\" at line 1, column 12.",
	  "\"WHERE\"", NULL },
	{ "KILL QUERY WHERE", "Encountered \"<EOF>\" at line 1, column 17.", "<identifier>", NULL },
	{ "KILL QUERY WHERE a = 1 SYNC TEST", "Encountered \"TEST\" at line 1, column 29.", "<EOF>",
	  "\"FORMAT\"" },
	{ "KILL QUERY WHERE a = 1 TEST SYNC", "Encountered \"SYNC\" at line 1, column 29.", "<EOF>",
	  NULL },
	{ "KILL QUERY SYNC WHERE a = 1", "Encountered \"SYNC\" at line 1, column 12.", "\"WHERE\"",
	  "\"ON\"" },
	{ "KILL QUERY WHERE a ON CLUSTER c", "Encountered \"ON\" at line 1, column 20.", "<EOF>",
	  "\"ASYNC\"" },
	{ "KILL QUERY ON c WHERE a", "Encountered \"c\" at line 1, column 15.", "\"CLUSTER\"",
	  NULL },
	{ "KILL QUERY WHERE a LIMIT 1", "Encountered \"LIMIT\" at line 1, column 20.", "<EOF>",
	  "\"SYNC\"" },
	{ "KILL QUERY WHERE a ORDER BY b", "Encountered \"ORDER\" at line 1, column 20.", "<EOF>",
	  "\"TEST\"" },
	{ "KILL QUERY WHERE a; KILL QUERY WHERE b",
	  "Encountered \"KILL\" at line 1, column 21." SECOND_STATEMENT "DCL", "<EOF>", NULL },
	{ "KILL TRANSACTION WHERE a", "Encountered \"TRANSACTION\" at line 1, column 6.",
	  "\"QUERY\"", "\"MUTATION\"" },

	/* WITH and set operations. */
	{ "WITH", "Encountered \"<EOF>\" at line 1, column 5.", "<identifier>", NULL },
	{ "WITH a (SELECT 1) SELECT 2", "Encountered \"SELECT\" at line 1, column 9.",
	  "<identifier>", NULL },
	{ "WITH a AS (SELECT 1)", "Encountered \"<EOF>\" at line 1, column 21.", "\"SELECT\"",
	  NULL },
	{ "WITH a AS (SELECT 1), SELECT 2", "Encountered \"SELECT\" at line 1, column 23.",
	  "<identifier>", NULL },
	{ "WITH a AS (SELECT 1) INSERT INTO t SELECT 2",
	  "Encountered \"INSERT\" at line 1, column 22.", "\"SELECT\"", NULL },
	{ "WITH a AS (SELECT 1;) SELECT 2", "Encountered \";\" at line 1, column 20.", "\")\"",
	  NULL },
	{ "SELECT 1 LIMIT 2 UNION SELECT 3", "Encountered \"UNION\" at line 1, column 18.", "\",\"",
	  "<EOF>" },
	{ "SELECT 1 UNION ALL DISTINCT SELECT 2", "Encountered \"DISTINCT\" at line 1, column 20.",
	  "\"SELECT\"", NULL },
	{ "SELECT 1 INTERSECT ORDER BY 1", "Encountered \"ORDER\" at line 1, column 20.",
	  "\"SELECT\"", "\"ALL\"" },
	{ "(SELECT 1", "Encountered \"<EOF>\" at line 1, column 10.", "\")\"", NULL },
	{ "(SELECT 1))", "Encountered \")\" at line 1, column 11.", "\"ORDER\"", "\"UNION\"" },
	{ "SELECT 1 UNION 2", "Encountered \"2\" at line 1, column 16.", "\"SELECT\"",
	  "\"VALUES\"" },
	{ "TABLE t WHERE a", "Encountered \"WHERE\" at line 1, column 9.", "\"ORDER\"", NULL },

	/* Joins and tables. */
	{ "SELECT 1 FROM t NATURAL u", "Encountered \"u\" at line 1, column 25.", "\"JOIN\"",
	  NULL },
	{ "SELECT 1 FROM t NATURAL JOIN u ON a", "Encountered \"ON\" at line 1, column 32.",
	  "\"WHERE\"", NULL },
	{ "SELECT 1 FROM t LEFT SEMI u ON a", "Encountered \"SEMI\" at line 1, column 22.",
	  "\"JOIN\"", NULL },
	{ "SELECT 1 FROM t ASOF JOIN u ON a", "Encountered \"ON\" at line 1, column 29.",
	  "\"MATCH_CONDITION\"", NULL },
	{ "SELECT 1 FROM t JOIN u USING (a.b)", "Encountered \".\" at line 1, column 32.", "\")\"",
	  "\",\"" },
	{ "SELECT 1 FROM t JOIN u USING ()", "Encountered \")\" at line 1, column 31.",
	  "<identifier>", NULL },
	{ "SELECT 1 FROM UNNEST a", "Encountered \"a\" at line 1, column 22.", "\"(\"", NULL },
	{ "SELECT 1 FROM UNNEST(a) WITH ORDINAL", "Encountered \"ORDINAL\" at line 1, column 30.",
	  "\"ORDINALITY\"", NULL },
	{ "SELECT 1 FROM TABLE(f)", "Encountered \")\" at line 1, column 22.", "\"(\"", NULL },
	{ "SELECT 1 FROM LATERAL t", "Encountered \"t\" at line 1, column 23.", "\"(\"",
	  "\"TABLE\"" },
	{ "SELECT 1 FROM t TABLESAMPLE (10)", "Encountered \"(\" at line 1, column 29.",
	  "\"BERNOULLI\"", NULL },
	{ "SELECT 1 FROM t TABLESAMPLE SYSTEM(a)", "Encountered \"a\" at line 1, column 36.",
	  "<integer>", "<decimal>" },
	{ "SELECT 1 FROM t AS x (1)", "Encountered \"1\" at line 1, column 23.", "<identifier>",
	  NULL },

	/* Hints. */
	{ "SELECT /*+ */ 1", "Encountered \"*/\" at line 1, column 12.", "<identifier>", NULL },
	{ "SELECT /*+ a( */ 1", "Encountered \"*/\" at line 1, column 15.", "\")\"", NULL },
	{ "SELECT /*+ a(b =) */ 1", "Encountered \")\" at line 1, column 17.", "<identifier>",
	  "<string>" },
	{ "SELECT /*+ a b(c)", "Encountered \"<EOF>\" at line 1, column 18.", "\"*/\"", NULL },
	{ "SELECT a /*+ b */ FROM t", "Encountered \"/*+\" at line 1, column 10.", "\"FROM\"",
	  NULL },
	{ "SELECT /*+ 'a' */ 1", "Encountered \"'a'\" at line 1, column 12.", "<identifier>",
	  NULL },

	/* Grouping and windows. */
	{ "SELECT a GROUP BY ROLLUP()", "Encountered \")\" at line 1, column 26.", "<identifier>",
	  NULL },
	{ "SELECT a GROUP BY GROUPING SETS a", "Encountered \"a\" at line 1, column 33.", "\"(\"",
	  NULL },
	{ "SELECT a QUALIFY", "Encountered \"<EOF>\" at line 1, column 17.", "<identifier>", NULL },
	{ "SELECT f(a) OVER", "Encountered \"<EOF>\" at line 1, column 17.", "<identifier>",
	  "\"(\"" },
	{ "SELECT f(a) OVER (PARTITION a)", "Encountered \"a\" at line 1, column 29.", "\"BY\"",
	  NULL },
	{ "SELECT f(a) OVER (ORDER BY b PARTITION BY c)",
	  "Encountered \"PARTITION\" at line 1, column 30.", "\")\"", "\"ROWS\"" },
	{ "SELECT f(a) OVER (ROWS 1)", "Encountered \")\" at line 1, column 25.", "\"PRECEDING\"",
	  NULL },
	{ "SELECT f(a) OVER (ROWS UNBOUNDED)", "Encountered \")\" at line 1, column 33.",
	  "\"PRECEDING\"", "\"FOLLOWING\"" },
	{ "SELECT f(a) OVER (ROWS BETWEEN 1 PRECEDING)", "Encountered \")\" at line 1, column 43.",
	  "\"AND\"", NULL },
	{ "SELECT f(a) OVER (ROWS CURRENT)", "Encountered \")\" at line 1, column 31.", "\"ROW\"",
	  NULL },
	{ "SELECT f(a) OVER (ROWS 1 PRECEDING EXCLUDE ALL)",
	  "Encountered \"ALL\" at line 1, column 44.", "\"GROUP\"", "\"TIES\"" },
	{ "SELECT f(a) OVER (w x)", "Encountered \"x\" at line 1, column 21.", "\")\"",
	  "\"ORDER\"" },
	{ "SELECT 1 WINDOW w (ORDER BY a)", "Encountered \"(\" at line 1, column 19.", "\"AS\"",
	  NULL },
	{ "SELECT 1 WINDOW w AS v", "Encountered \"v\" at line 1, column 22.", "\"(\"", NULL },
	{ "SELECT f(a) WITHIN GROUP ORDER BY b", "Encountered \"ORDER\" at line 1, column 26.",
	  "\"(\"", NULL },
	{ "SELECT f(a) IGNORE NULL", "Encountered \"NULL\" at line 1, column 20.", "\"FROM\"",
	  NULL },

	/* Expressions of the new language. */
	{ "SELECT a = ANY 1", "Encountered \"1\" at line 1, column 16.", "\"(\"", NULL },
	{ "SELECT a > ALL ()", "Encountered \")\" at line 1, column 17.", "\"SELECT\"", NULL },
	{ "SELECT a SIMILAR b", "Encountered \"b\" at line 1, column 18.", "\"TO\"", NULL },
	{ "SELECT a BETWEEN SYMMETRIC 1", "Encountered \"<EOF>\" at line 1, column 29.", "\"AND\"",
	  NULL },
	{ "SELECT ARRAY[1", "Encountered \"<EOF>\" at line 1, column 15.", "\"]\"", NULL },
	{ "SELECT a[]", "Encountered \"]\" at line 1, column 10.", "<identifier>", NULL },
	{ "SELECT a::", "Encountered \"<EOF>\" at line 1, column 11.", "<identifier>", NULL },
	{ "SELECT a::1", "Encountered \"1\" at line 1, column 11.", "<identifier>", NULL },
	{ "SELECT CAST(a AS TIME WITH ZONE)", "Encountered \"ZONE\" at line 1, column 28.",
	  "\"TIME\"", NULL },
	{ "SELECT a AT TIME 'UTC'", "Encountered \"'UTC'\" at line 1, column 18.", "\"ZONE\"",
	  NULL },
	{ "SELECT OVERLAY(a PLACING b)", "Encountered \")\" at line 1, column 27.", "\"FROM\"",
	  NULL },
	{ "SELECT INTERVAL '1' DAY TO", "Encountered \"<EOF>\" at line 1, column 27.",
	  "<identifier>", NULL },
	{ "SELECT f(a ORDER b)", "Encountered \"b\" at line 1, column 18.", "\"BY\"", NULL },
	{ "SELECT f(DISTINCT a, )", "Encountered \")\" at line 1, column 22.", "<identifier>",
	  NULL },
	{ "SELECT a.b.c.d.", "Encountered \"<EOF>\" at line 1, column 16.", "<identifier>", NULL },
};

/* The message has a line with just this offer. */
static bool offers(const char *msg, const char *offer)
{
	char line[64];
	const char *at;

	(void)snprintf(line, sizeof(line), "\n    %s", offer);
	at = strstr(msg, line);
	return at && (at[strlen(line)] == '\n' || at[strlen(line)] == '\0');
}

START_TEST(names_the_word_its_place_and_what_could_be_there)
{
	static const char head[] = "\nWas expecting one of:\n    ";
	const struct wrong *w = &wrongs[_i];
	const char *msg = fx.err.msg;

	ck_assert_msg(fx_parse(w->sql) < 0, "%s is accepted", w->sql);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_msg(strncmp(msg, w->found, strlen(w->found)) == 0, "%s:\n%s", w->sql, msg);
	msg += strlen(w->found);
	ck_assert_msg(strncmp(msg, head, strlen(head)) == 0, "%s:\n%s", w->sql, msg);
	msg += strlen(head);
	ck_assert_msg(strncmp(msg, w->first, strlen(w->first)) == 0 &&
			      strchr("\n", msg[strlen(w->first)]),
		      "%s: %s is not the first in\n%s", w->sql, w->first, msg);
	if (w->offer)
		ck_assert_msg(offers(msg, w->offer), "%s: no %s in\n%s", w->sql, w->offer, msg);
}
END_TEST

/* The line and column of a message and its offset are one place. */
START_TEST(agrees_with_the_offset)
{
	const struct wrong *w = &wrongs[_i];
	uint32_t line, column;
	char place[64];

	ck_assert_int_eq(fx_parse(w->sql), -1);
	sql_position(str_of(w->sql), fx.err.sql_offset, &line, &column);
	(void)snprintf(place, sizeof(place), "at line %u, column %u.", line, column);
	ck_assert_ptr_nonnull(strstr(w->found, place));
}
END_TEST

static const char *offered(const char *sql)
{
	ck_assert_int_eq(fx_parse(sql), -1);
	return strstr(fx.err.msg, "of:");
}

START_TEST(offers_all_that_could_follow)
{
	ck_assert_str_eq(offered("SELECT a LIMIT x"), "of:\n    <integer>\n    \"ALL\"\n    \"?\"");
	ck_assert_str_eq(offered("SELECT a ORDER BY b NULLS"), "of:\n    \"FIRST\"\n    \"LAST\"");
	ck_assert_str_eq(
		offered("SELECT a IS b"),
		"of:\n    \"NOT\"\n    \"NULL\"\n    \"TRUE\"\n    \"FALSE\"\n    \"DISTINCT\"\n"
		"    \"UNKNOWN\"");
	ck_assert_str_eq(
		offered("SELECT a b c"),
		"of:\n    \"FROM\"\n    \"WHERE\"\n    \",\"\n    \"GROUP\"\n    \"HAVING\"\n"
		"    \"ORDER\"\n    \"LIMIT\"\n    \"OFFSET\"\n    <EOF>\n    \";\"\n    \"UNION\"\n"
		"    \"EXCEPT\"\n    \"INTERSECT\"\n    \"WINDOW\"\n    \"QUALIFY\"\n"
		"    \"OPTION\"\n    \"FORMAT\"\n    \"FETCH\"\n    \"MINUS\"");
}
END_TEST

/* In parentheses ")" may follow, and the end of the text may not: the place decides. */
START_TEST(offers_nothing_that_could_not_follow)
{
	ck_assert(offers(offered("SELECT (SELECT a b c"), "\")\""));
	ck_assert(!offers(offered("SELECT (SELECT a b c"), "<EOF>"));
	ck_assert(!offers(offered("SELECT a b c"), "\")\""));
	ck_assert(!offers(offered("SELECT a LIMIT 1 2"), "\"FROM\""));
	ck_assert(!offers(offered("EXPLAIN x"), "\"SET\""));
}
END_TEST

/* Behind the offer, a sign that is no token is what is wrong next; or no entry of OPTION. */
static bool takes(const char *sql, uint32_t at, const char *offer, const char *partner)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%.*s %s %s #", (int)at, sql, offer, partner);
	ck_assert_int_eq(fx_parse(text), -1);
	return strncmp(fx.err.msg, "Lexical error", 13) == 0 ||
	       strncmp(fx.err.msg, "OPTION statement", 16) == 0;
}

START_TEST(offers_only_what_it_takes)
{
	const struct wrong *w = &wrongs[_i];
	char offer[64];
	const char *line;
	uint32_t at;

	ck_assert_int_eq(fx_parse(w->sql), -1);
	at = fx.err.sql_offset;
	line = arena_str(&fx.arena, str_of(strstr(fx.err.msg, "of:")), &fx.err).ptr;
	while ((line = strchr(line, '\n'))) {
		line += strlen("\n    ");
		if (*line++ != '"')
			continue;
		(void)snprintf(offer, sizeof(offer), "%.*s", (int)(strchr(line, '"') - line), line);
		ck_assert_msg(takes(w->sql, at, offer, fx_partner(offer)) ||
				      takes(w->sql, at, offer, ""),
			      "%s: %s\n%s", w->sql, offer, fx.err.msg);
	}
}
END_TEST

START_TEST(offers_at_most_twenty)
{
	int n = 0;

	ck_assert_int_eq(fx_parse("SELECT FROM"), -1);
	for (const char *at = fx.err.msg; (at = strstr(at, "\n    ")); at++)
		n++;
	ck_assert_int_eq(n, 20);
}
END_TEST

START_TEST(cuts_long_words_between_characters)
{
	char sql[400] = "SELECT a b '";

	for (int i = 0; i < 100; i++)
		(void)strncat(sql, "é", sizeof(sql) - strlen(sql) - 1);
	(void)strncat(sql, "'", 2);
	ck_assert_int_eq(fx_parse(sql), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "éé...\" at line 1, column 12."));
	ck_assert(str_utf8_valid(str_of(fx.err.msg), &(size_t){ 0 }));
}
END_TEST

START_TEST(finds_its_place_in_long_and_deep_statements)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;

	strbuf_printf(&sql, "SELECT ");
	for (int i = 0; i < 150; i++)
		strbuf_printf(&sql, "f(1, (SELECT a FROM t WHERE b = 1 + CASE WHEN ");
	for (int i = 0; i < 1000; i++)
		strbuf_printf(&sql, "x AND\n");
	strbuf_printf(&sql, ")");
	fx.limits.max_depth = 1000;
	ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), -1);
	ck_assert_ptr_nonnull(strstr(fx.err.msg, "Encountered \")\" at line 1001, column 1."));
	ck_assert(offers(fx.err.msg, "<identifier>"));
}
END_TEST

START_TEST(says_how_an_entry_of_option_is_written)
{
	static const char *const wrong[] = {
		"a", "a = 1, b", "a = ", "= b", "a = b = c", "a == b"
	};
	static const int columns[] = { 17, 24, 17, 17, 17, 17 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char sql[64], message[128];

		(void)snprintf(sql, sizeof(sql), "SELECT 1 OPTION(%s)", wrong[i]);
		(void)snprintf(message, sizeof(message),
			       "OPTION statement requires two parts separated by '=' at line 1, "
			       "column %d.",
			       columns[i]);
		ck_assert_int_eq(fx_parse(sql), -1);
		ck_assert_str_eq(fx.err.msg, message);
	}
}
END_TEST

START_TEST(can_be_cancelled_while_it_looks_for_offers)
{
	struct sql_token bad = { .kind = -1, .begin = 9, .end = 10 };

	fx.token.reason = CANCEL_KILL;
	ck_assert_int_eq(sql_unexpected(STR("SELECT a b"), bad, NULL, &fx.arena, &fx.coop, &fx.err),
			 -1);
	ck_assert_int_eq(fx.err.code, ERR_QUERY_CANCELLED);
}
END_TEST

START_TEST(survives_allocation_failure)
{
	CLEANUP(strbuf_fini) struct strbuf sql = STRBUF_INIT;
	long n = 0;

	/* Deep enough that the states need more room than they begin with. */
	for (int i = 0; i < 180; i++)
		strbuf_printf(&sql, "%s", i == 0 ? "SELECT " : "f(1 + (");
	fx.limits.max_depth = 1000;
	do {
		(void)mem_fail_after(n++);
		ck_assert_int_eq(fx_parse_str(strbuf_str(&sql)), -1);
		(void)mem_fail_after(-1);
	} while (fx.err.code == ERR_OUT_OF_MEMORY);
	ck_assert_int_eq(fx.err.code, ERR_SQL_PARSING);
	ck_assert_int_ge(n, 5);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();
	int n = ARRAY_SIZE(wrongs);

	tcase_add_loop_test(tc, names_the_word_its_place_and_what_could_be_there, 0, n);
	tcase_add_loop_test(tc, agrees_with_the_offset, 0, n);
	tcase_add_loop_test(tc, offers_only_what_it_takes, 0, n);
	tcase_add_test(tc, offers_all_that_could_follow);
	tcase_add_test(tc, offers_nothing_that_could_not_follow);
	tcase_add_test(tc, offers_at_most_twenty);
	tcase_add_test(tc, cuts_long_words_between_characters);
	tcase_add_test(tc, finds_its_place_in_long_and_deep_statements);
	tcase_add_test(tc, says_how_an_entry_of_option_is_written);
	tcase_add_test(tc, can_be_cancelled_while_it_looks_for_offers);
	tcase_add_test(tc, survives_allocation_failure);
	return unit_main("sql/unexpected", tc);
}
