/*
 * test_statements.c - the rows of statements.h, read and printed; what kind of
 * statement they are, and of what class.
 */
#include "tests/unit/sql/fixture.h"
#include "tests/unit/sql/statements.h"

START_TEST(prints_what_it_has_read)
{
	const struct statement *s = &statements[_i];

	fx_check_text(s->sql, s->text ? s->text : s->sql);
}
END_TEST

/* The text of a tree says nothing about blanks, comments and the case of keywords. */
START_TEST(reads_it_the_same_with_comments_between_all_words)
{
	CLEANUP(strbuf_fini) struct strbuf spaced = STRBUF_INIT;
	const char *sql = statements[_i].text ? statements[_i].text : statements[_i].sql;
	char quote = '\0';

	for (const char *at = sql; *at; at++) {
		if (!quote && strchr("'`\"", *at))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
		if (!quote && *at == ' ')
			strbuf_printf(&spaced, " -- '\n /* \" */\t");
		else
			strbuf_add_char(&spaced, *at);
	}
	fx_stmt(sql);
	fx_tree(&fx.tree);
	fx_stmt(spaced.ptr);
	ck_assert_str_eq(fx_tree(&fx.other_tree), fx.tree.ptr);
}
END_TEST

/* As Pinot's validateSyntax says; KILL, which Pinot does not know, is DCL. */
static const struct {
	const char *sql;
	enum ast_stmt_kind kind;
	const char *words, *class;
} classes[] = {
	{ "SELECT 1", STMT_QUERY, "SELECT", "DQL" },
	{ "VALUES (1)", STMT_QUERY, "SELECT", "DQL" },
	{ "TABLE t", STMT_QUERY, "SELECT", "DQL" },
	{ "WITH a AS (SELECT 1) SELECT 2", STMT_QUERY, "SELECT", "DQL" },
	{ "SELECT 1 UNION SELECT 2", STMT_QUERY, "SELECT", "DQL" },
	{ "SELECT 1 INTERSECT SELECT 2", STMT_QUERY, "SELECT", "DQL" },
	{ "SELECT 1 EXCEPT SELECT 2", STMT_QUERY, "SELECT", "DQL" },
	{ "SELECT 1 MINUS SELECT 2", STMT_QUERY, "SELECT", "DQL" },
	{ "SET a = 1; (SELECT 1) OPTION(b=2)", STMT_QUERY, "SELECT", "DQL" },
	{ "EXPLAIN SELECT 1", STMT_EXPLAIN, "EXPLAIN", "DQL" },
	{ "EXPLAIN PLAN FOR SELECT 1", STMT_EXPLAIN, "EXPLAIN", "DQL" },
	{ "EXPLAIN IMPLEMENTATION PLAN FOR SELECT 1", STMT_EXPLAIN, "EXPLAIN", "DQL" },
	{ "EXPLAIN ANALYZE SELECT 1", STMT_EXPLAIN, "EXPLAIN", "DQL" },
	{ "EXPLAIN PLAN FOR INSERT INTO t SELECT 1", STMT_EXPLAIN, "EXPLAIN", "DQL" },
	{ "DESCRIBE t", STMT_DESCRIBE, "DESCRIBE", "DQL" },
	{ "DELETE FROM t WHERE a = 1", STMT_DELETE, "DELETE", "DQL" },
	{ "UPDATE t SET a = 1", STMT_UPDATE, "UPDATE", "DQL" },
	{ "MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE", STMT_MERGE, "MERGE", "DQL" },
	{ "CALL p(1)", STMT_CALL, "CALL", "DQL" },
	{ "INSERT INTO t VALUES (1)", STMT_INSERT, "INSERT", "DML" },
	{ "INSERT INTO t SELECT 1", STMT_INSERT, "INSERT", "DML" },
	{ "INSERT INTO t FROM FILE 'a'", STMT_INSERT, "INSERT", "DML" },
	{ "INSERT INTO t", STMT_INSERT, "INSERT", "DML" },
	{ "CREATE TABLE t (a INT)", STMT_CREATE, "CREATE", "DDL" },
	{ "CREATE TABLE t AS SELECT 1", STMT_CREATE, "CREATE", "DDL" },
	{ "CREATE MATERIALIZED VIEW v AS SELECT 1", STMT_CREATE, "CREATE", "DDL" },
	{ "DROP TABLE t", STMT_DROP, "DROP", "DDL" },
	{ "DROP MATERIALIZED VIEW v", STMT_DROP, "DROP", "DDL" },
	{ "TRUNCATE TABLE t", STMT_TRUNCATE, "TRUNCATE", "DDL" },
	{ "SHOW TABLES", STMT_SHOW, "SHOW", "DDL" },
	{ "SHOW MATERIALIZED VIEWS", STMT_SHOW, "SHOW", "DDL" },
	{ "SHOW CREATE TABLE t", STMT_SHOW, "SHOW", "DDL" },
	{ "SHOW CREATE MATERIALIZED VIEW v", STMT_SHOW, "SHOW", "DDL" },
	{ "SHOW PROCESSLIST", STMT_SHOW, "SHOW", "DDL" },
	{ "SHOW FUNCTIONS", STMT_SHOW, "SHOW", "DDL" },
	{ "ALTER TABLE t ADD COLUMN a INT", STMT_ALTER, "ALTER TABLE", "DDL" },
	{ "ALTER TABLE t DROP COLUMN a, RENAME COLUMN b TO c", STMT_ALTER, "ALTER TABLE", "DDL" },
	/* Mutations. */
	{ "ALTER TABLE t UPDATE a = 1 WHERE b", STMT_ALTER, "ALTER TABLE", "DML" },
	{ "ALTER TABLE t DELETE WHERE b", STMT_ALTER, "ALTER TABLE", "DML" },
	{ "ALTER TABLE t DROP COLUMN a, DELETE WHERE b", STMT_ALTER, "ALTER TABLE", "DML" },
	{ "ALTER TABLE t UPDATE a = 1 WHERE b, DROP COLUMN a", STMT_ALTER, "ALTER TABLE", "DML" },
	{ "KILL QUERY WHERE a = 'x'", STMT_KILL_QUERY, "KILL QUERY", "DCL" },
	{ "KILL QUERY ON CLUSTER c WHERE a SYNC FORMAT JSON", STMT_KILL_QUERY, "KILL QUERY",
	  "DCL" },
	{ "KILL MUTATION WHERE a = 'x'", STMT_KILL_MUTATION, "KILL MUTATION", "DCL" },
};

START_TEST(knows_kind_and_class_of_each_statement)
{
	const struct ast_stmt *s = fx_stmt(classes[_i].sql);

	ck_assert_int_eq(s->kind, classes[_i].kind);
	ck_assert_str_eq(ast_stmt_words(s->kind), classes[_i].words);
	ck_assert_str_eq(ast_class_name(ast_stmt_class_of(s)), classes[_i].class);
}
END_TEST

START_TEST(has_a_row_for_every_kind)
{
	bool is_seen[AST_STMT_COUNT] = { false };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		is_seen[classes[i].kind] = true;
	for (int kind = 0; kind < AST_STMT_COUNT; kind++)
		ck_assert_msg(is_seen[kind], "%s", ast_stmt_words((enum ast_stmt_kind)kind));
}
END_TEST

START_TEST(survives_allocation_failure)
{
	const struct statement *s = &statements[_i];
	size_t room = 0;

	while (fx_parse_with_room(s->sql, room) < 0) {
		ck_assert_int_eq(fx.err.code, ERR_OUT_OF_MEMORY);
		room += 64;
	}
	ck_assert_str_eq(fx_canonical(), s->text ? s->text : s->sql);
}
END_TEST

int main(void)
{
	TCase *tc = fx_tcase();
	int n = ARRAY_SIZE(statements);

	tcase_add_loop_test(tc, prints_what_it_has_read, 0, n);
	tcase_add_loop_test(tc, reads_it_the_same_with_comments_between_all_words, 0, n);
	tcase_add_loop_test(tc, knows_kind_and_class_of_each_statement, 0,
			    (int)ARRAY_SIZE(classes));
	tcase_add_test(tc, has_a_row_for_every_kind);
	tcase_add_loop_test(tc, survives_allocation_failure, 0, n);
	return unit_main("sql/statements", tc);
}
