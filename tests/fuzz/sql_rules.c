/*
 * sql_rules.c - the rows of sql_random.h.
 *
 * In the order of broker/sql/grammar.y.  At the end: what stands around a part
 * of a statement (@) when the mutator wraps it, and queries that the engine can
 * run (fuzz_plan.c).
 */
#include "tests/fuzz/sql_random.h"

const struct sql_rule sql_rules[] = {
	/* ---- statements ---- */

	{ "input", "9:$statement\n"
		   "{;}$set; {$set; }$statement{ FORMAT $word}\n"
		   "$statement; $set{;}\n"
		   "$statement{ FORMAT $word} OPTION($option+){;}" },
	{ "set", "SET $name = $option_value" },
	{ "option", "$name = $option_value\n$name = $column\ntimeoutMs = $integer" },
	{ "option_value", "3:$literal\n- $number\n+ $number" },

	{ "statement", "20:$any_query\n3:$explain\n3:$change\n6:$about_tables\n2:$kill\n$show" },
	{ "explained", "3:$any_query\n$change" },
	{ "explain", "EXPLAIN $explained\n"
		     "EXPLAIN {IMPLEMENTATION }PLAN $detail FOR $explained\n"
		     "EXPLAIN {IMPLEMENTATION }PLAN FOR $explained\n"
		     "EXPLAIN ANALYZE $explained" },
	{ "detail", "INCLUDING {ALL }ATTRIBUTES\nEXCLUDING ATTRIBUTES\nWITH TYPE\n"
		    "WITH{OUT} IMPLEMENTATION\nAS json\nAS XML\nAS Dot" },

	{ "change", "INSERT INTO $table_name{ ($name+)} $any_query\n"
		    "INSERT INTO $table_name\n"
		    "INSERT INTO $table_name FROM $file+\n"
		    "DELETE FROM $table_name{ {AS }$name}{ WHERE $expr}\n"
		    "UPDATE $table_name{ {AS }$name} SET $assignment+{ WHERE $expr}\n"
		    "MERGE INTO $table_name{ {AS }$name} USING $table ON $expr $merge{ $merge}" },
	{ "file", "FILE $string\nARCHIVE $string" },
	{ "assignment", "$column = $expr" },
	{ "merge", "WHEN MATCHED{ AND $expr} THEN UPDATE SET $assignment+\n"
		   "WHEN MATCHED{ AND $expr} THEN DELETE\n"
		   "WHEN NOT MATCHED{ AND $expr} THEN INSERT{ ($name+)} VALUES $row" },

	{ "about_tables",
	  "CREATE TABLE {IF NOT EXISTS }$table_name ($column_def+){ PRIMARY KEY ($name+)}"
	  "{ TABLE_TYPE = $word}{ $properties}{ AS $any_query}\n"
	  "CREATE TABLE {IF NOT EXISTS }$table_name WITH ($setting+)\n"
	  "CREATE TABLE {IF NOT EXISTS }$table_name AS $any_query\n"
	  "CREATE MATERIALIZED VIEW {IF NOT EXISTS }$table_name{ ($column_def+)}{ $refresh}"
	  "{ $properties} AS $any_query\n"
	  "DROP TABLE {IF EXISTS }$table_name{ TYPE $word}\n"
	  "DROP MATERIALIZED VIEW {IF EXISTS }$table_name\n"
	  "TRUNCATE TABLE {IF EXISTS }$table_name\n"
	  "2:ALTER TABLE $table_name $alter+" },
	{ "column_def", "$name $type{ NOT NULL}{ DEFAULT $default}{ $role}\n$name $type NULL" },
	{ "default", "3:$literal\n- $number" },
	{ "number", "$integer\n$decimal" },
	{ "role", "DIMENSION{ ARRAY}\nMETRIC\nDATETIME FORMAT $string GRANULARITY $string" },
	{ "refresh", "REFRESH {auto }EVERY $string\nREFRESH EVERY $integer $period" },
	{ "period", "MINUTE\nminutes\nHOURS\nDAY" },
	{ "properties", "PROPERTIES ()\n3:PROPERTIES ($property+)" },
	{ "property", "$string = $string" },
	{ "setting", "$string = $option_value\n$column = $option_value" },
	{ "alter", "ADD COLUMN {IF NOT EXISTS }$column_def\n"
		   "DROP COLUMN {IF EXISTS }$name\n"
		   "RENAME COLUMN {IF EXISTS }$name TO $name\n"
		   "UPDATE $assignment+ WHERE $expr\n"
		   "DELETE WHERE $expr" },
	{ "kill", "KILL QUERY {ON CLUSTER $name }WHERE $expr{ $mode}\n"
		  "KILL MUTATION {ON CLUSTER $name }WHERE $expr{ $mode}" },
	{ "mode", "SYNC\nASYNC\nTEST" },
	{ "show", "DESCRIBE {TABLE }$table_name{ $name}\n"
		  "SHOW TABLES{ FROM $table_name}\n"
		  "SHOW MATERIALIZED VIEWS{ FROM $table_name}\n"
		  "SHOW CREATE TABLE $table_name{ TYPE $word}\n"
		  "SHOW CREATE MATERIALIZED VIEW $table_name\n"
		  "SHOW PROCESSLIST\nSHOW FUNCTIONS\n"
		  "CALL $column()\n2:CALL $column($expr+)" },

	/* ---- queries ---- */

	{ "any_query", "6:$query\n$subquery" },
	{ "subquery", "5:($query)\n($subquery)" },
	{ "query", "6:$simple\n4:$simple $tail\n$subquery $tail\n"
		   "2:WITH {RECURSIVE }$cte+ $simple{ $tail}\n"
		   "WITH {RECURSIVE }$cte+ $subquery{ $tail}" },
	{ "cte", "$name{ ($name+)} AS $subquery" },
	{ "simple", "9:$select\nVALUES $row+\nTABLE $table_name\n2:$operand $set_op $operand" },
	{ "operand", "4:$simple\n$subquery" },
	{ "set_op", "3:UNION{ $set_quantifier}\nINTERSECT{ $set_quantifier}\n"
		    "EXCEPT{ $set_quantifier}\nMINUS{ $set_quantifier}" },
	{ "set_quantifier", "2:ALL\nDISTINCT" },
	{ "select", "SELECT {$quantifier }$item+\n"
		    "SELECT $hints {$quantifier }$item+{ FROM $from}\n"
		    "4:SELECT {$quantifier }$item+ FROM $from{ WHERE $expr}{ GROUP BY $group}"
		    "{ HAVING $expr}{ WINDOW $window_def+}{ QUALIFY $expr}" },
	{ "quantifier", "2:DISTINCT\nALL" },
	{ "hints", "/*+ $hint+ */\n/*+ $hint $hint */" },
	{ "hint", "$name\n$name()\n3:$name($hint_option+)" },
	{ "hint_option", "$name = $hint_value\n$string = $hint_value\n$hint_value" },
	{ "hint_value", "2:$literal\n$column" },
	{ "item", "6:$expr\n3:$expr AS $name\n$expr $name\n*\n$name.*\n$name.$name.*" },
	{ "group", "{$quantifier }$element+" },
	{ "element", "4:$expr\n()\nROLLUP ($element+)\nCUBE ($element+)\n"
		     "GROUPING SETS ($element+)" },
	{ "row", "3:($expr+)\nROW ($expr+)" },
	{ "tail", "2:ORDER BY $order+\nORDER BY $order+ $limit\n2:$limit" },
	{ "order", "2:$expr\n$expr{ ASC}{ NULLS FIRST}\n$expr DESC{ NULLS LAST}" },
	{ "limit", "3:LIMIT $count\nLIMIT ALL\nLIMIT $count, $count\nLIMIT $count $offset\n"
		   "LIMIT ALL $offset\n$offset\n$offset $fetch\n$offset LIMIT $count\n$fetch" },
	{ "offset", "OFFSET $count\nOFFSET $count ROW\nOFFSET $count ROWS" },
	{ "fetch", "FETCH FIRST $count ROW ONLY\nFETCH NEXT $count ROWS ONLY" },
	{ "count", "4:$integer\n?" },

	/* ---- FROM ---- */

	{ "from", "3:$joined\n$joined, $from" },
	{ "joined", "3:$table\n2:$pair" },
	{ "pair", "3:$joined {$join }JOIN $table ON $expr\n"
		  "$joined {$join }JOIN $table{ USING ($name+)}\n"
		  "$joined NATURAL {$join }JOIN $table\n"
		  "$joined CROSS JOIN $table\n"
		  "$joined {LEFT }ASOF JOIN $table MATCH_CONDITION ($expr){ ON $expr}" },
	{ "join", "INNER\nLEFT\nLEFT OUTER\nRIGHT\nRIGHT OUTER\nFULL\nFULL OUTER\nLEFT SEMI\n"
		  "LEFT ANTI" },
	{ "table", "9:$table_name{ $alias}\n$table_name{ $hints}{ $alias}{ TABLESAMPLE $sample}\n"
		   "2:{LATERAL }$subquery{ $alias}\n"
		   "UNNEST($expr+){ WITH ORDINALITY}{ $alias}\n"
		   "{LATERAL }TABLE($call){ $alias}\n($pair)" },
	{ "sample", "BERNOULLI($number){ REPEATABLE($count)}\nSYSTEM($number)" },
	{ "alias", "3:AS $name\n2:$name\nAS $name ($name+)" },

	/* ---- windows ---- */

	{ "window_def", "$name AS $window" },
	{ "window", "()\n($frame)\n(ORDER BY $order+{ $frame})\n"
		    "2:(PARTITION BY $expr+{ ORDER BY $order+}{ $frame})\n"
		    "($name{ PARTITION BY $expr+}{ ORDER BY $order+}{ $frame})" },
	{ "frame", "$unit $bound{ $exclude}\n2:$unit BETWEEN $bound AND $bound{ $exclude}" },
	{ "unit", "ROWS\nRANGE\nGROUPS" },
	{ "bound", "UNBOUNDED PRECEDING\nUNBOUNDED FOLLOWING\nCURRENT ROW\n"
		   "$value PRECEDING\n$value FOLLOWING" },
	{ "exclude", "EXCLUDE NO OTHERS\nEXCLUDE CURRENT ROW\nEXCLUDE GROUP\nEXCLUDE TIES" },

	/* ---- expressions ---- */

	{ "expr", "6:$test\n$expr OR $expr\n2:$expr AND $expr\nNOT $expr" },
	{ "test", "9:$value\n3:$test $compare $value\n"
		  "$test $compare $some $subquery\n$test $compare $some ($expr+)\n"
		  "$test IS {NOT }$truth\n$test IS {NOT }DISTINCT FROM $value\n"
		  "$test {NOT }BETWEEN {$symmetry }$value AND $value\n"
		  "2:$test {NOT }$like $value{ ESCAPE $value}\n$test {NOT }RLIKE $value\n"
		  "$test {NOT }IN ($expr+)\n$test {NOT }IN $subquery" },
	{ "or", "AND\nOR" },
	{ "compare", "3:=\n<>\n!=\n<\n<=\n>\n>=" },
	{ "some", "SOME\nANY\nALL" },
	{ "truth", "2:NULL\nTRUE\nFALSE\nUNKNOWN" },
	{ "symmetry", "SYMMETRIC\nASYMMETRIC" },
	{ "like", "2:LIKE\nILIKE\nSIMILAR TO" },
	{ "value", "9:$primary\n3:$value $arithmetic $value\n- $value\n+ $value\n"
		   "$value AT TIME ZONE $value" },
	{ "arithmetic", "+\n-\n*\n/\n%\n||" },
	{ "primary", "6:$literal\n8:$column\n4:$call\n?\n2:($expr)\n($expr, $expr+)\n$subquery\n"
		     "EXISTS $subquery\n"
		     "CASE {$expr }WHEN $expr THEN $expr{ WHEN $expr THEN $expr}{ ELSE $expr} END\n"
		     "$cast($expr AS $type)\n$primary::$type\n"
		     "ARRAY[{$expr+}]\nMAP[$expr, $expr{, $expr, $expr}]\n"
		     "$primary[$expr]\n$primary.$name" },
	{ "cast", "2:CAST\nTRY_CAST\nSAFE_CAST" },
	{ "type", "4:$type_name{ $zone}{ ARRAY}\n$type_name($size){ ARRAY}\n"
		  "$type_name($size, $size){ $zone}{ ARRAY}" },
	{ "size", "1\n0\n2\n10\n38\n007\n2147483647" },
	{ "type_name", "INT\nint\nBIGINT\nlong\nVARCHAR\nDOUBLE\nDOUBLE PRECISION\nDECIMAL\n"
		       "CHARACTER VARYING\nTIMESTAMP\nBOOLEAN\nchar varying\nBYTES\nDATE\n$name" },
	{ "zone", "WITH TIME ZONE\nWITH LOCAL TIME ZONE\nWITHOUT TIME ZONE" },

	/* ---- literals ---- */

	{ "literal", "4:$integer\n2:$decimal\n$float\n4:$string\n$binary\nTRUE\nFALSE\nNULL\n"
		     "DATE $string\nTIME $string\nTIMESTAMP $string\n$interval" },
	{ "integer", "4:1\n0\n2\n3\n10\n100\n007\n2147483648\n9223372036854775807\n"
		     "9223372036854775808\n123456789012345678901234567890" },
	{ "decimal", "1.5\n0.0\n1.\n.5\n12345678901234567890.123" },
	{ "float", "1e3\n1.5E-3\n.5e+0\n1e400\n2e-400\n1.E5" },
	{ "string",
	  "2:'a'\n''\n'b%'\n'it''s'\n'_'\n'2024-01-31'\n'12:34:56'\n'2024-01-31 12:34:56'\n"
	  "'a  b'\n' '\n'\xc3\xa9\xf0\x9f\x98\x80'\n'`'\n'\"'\n'--'\n'/*'\n'?'" },
	{ "binary", "X''\nx'0aFF'" },
	{ "interval", "INTERVAL $string $time_unit\nINTERVAL '1' $time_unit TO $time_unit\n"
		      "INTERVAL '1' $time_unit($integer)\n"
		      "INTERVAL '1' SECOND($integer, $integer)" },
	{ "time_unit", "YEAR\nmonth\nDAY\nHOURS\nsecond\nQuarter\nMILLISECOND" },

	/* ---- functions ---- */

	{ "call", "3:$called{ $treatment}{ WITHIN GROUP (ORDER BY $order+)}{ FILTER (WHERE $expr)}"
		  "{ OVER $over}\n4:$called\n2:$special" },
	{ "called", "$function()\n$function(*)\n5:$function({$quantifier }$expr+)\n"
		    "$function({$quantifier }$expr+ ORDER BY $order+)\nCOUNT(*)" },
	{ "function", "sum\ncount\nMAX\nf\nDISTINCTCOUNT\nlower\ncoalesce\ndate_trunc\nLEFT\n"
		      "right\nabs\ntimestamp_add\nconvert\nfloor\n2:$column" },
	{ "treatment", "IGNORE NULLS\nRESPECT NULLS" },
	{ "over", "$name\n3:$window" },
	{ "special", "EXTRACT($time_unit FROM $expr)\nEXTRACT($name FROM $expr)\n"
		     "POSITION($value IN $value{ FROM $value})\n"
		     "SUBSTRING($expr+)\nSUBSTRING($expr FROM $expr{ FOR $expr})\n"
		     "OVERLAY($expr PLACING $expr FROM $expr{ FOR $expr})\nOVERLAY($expr+)\n"
		     "TRIM($expr+)\nTRIM($expr FROM $expr)\nTRIM($side {$expr }FROM $expr)\n"
		     "$rounding($expr TO $time_unit)\n$rounding($expr TO $name)\n"
		     "$transcoding($expr USING $name)" },
	{ "side", "LEADING\nTRAILING\nboth" },
	{ "rounding", "FLOOR\nceil\nCEILING" },
	{ "transcoding", "CONVERT\ntranslate" },

	/* ---- names ---- */

	{ "column", "6:$name\n2:$name.$name\n$name.$name.$name" },
	{ "table_name", "6:$name\n$name.$name" },
	{ "name", "30:$word\n5:$quoted\n$partner\n$fallback" },
	{ "word", "a\nb\nc\nt\nx\nid\ncountry\nuserName\nhits\nusers\nclicks\nts\n_1\nsum\nyear\n"
		  "\xc3\xa9\xc3\xa9\n\xe5\x9c\xb0" },
	{ "quoted",
	  "`a b`\n\"a\"\"b\"\n`a``b`\n\"select\"\n`1`\n` `\n`a  b`\n\"'\"\n`.`\n`*`\n`?`\n"
	  "\"DOUBLE PRECISION\"\n`a VARYING`\n`\xc3\xa9 \xf0\x9f\x98\x80`\n`/*`\n`--`" },
	/* Keywords before a partner only, and words that are names unless the grammar wants them. */
	{ "partner", "date\ntime\ntimestamp\ninterval\nfilter\noption\nposition\nsubstring\n"
		     "trim\nextract\ncast\nexists\nformat\narray\nmap\nanti\nsemi\nasof\nat\n"
		     "cube\nrollup\ngrouping\nignore\nrespect\nwithin\noverlay\n"
		     "match_condition\ntry_cast\nsafe_cast" },
	{ "fallback",
	  "first\nrows\nend\nvalues\nkey\ntype\nset\nnulls\nfor\nescape\ndesc\nrange\n"
	  "query\nplan\nupdate\nzone\nto\nrow\nonly\nby\ncall\nkill\nshow\ndefault\nno\n"
	  "current\nunbounded\nfollowing\nexclude\nlast\nprecision\nvarying\nlocal\n"
	  "without\nunknown\nsimilar\nsymmetric\nasymmetric\nilike\nrlike\nplacing\n"
	  "leading\ntrailing\nboth\nmatched\ntables\nview\nif\nfile\ntest\nsync\nasc" },

	/* ---- what a part is wrapped into ---- */

	{ "around_expr",
	  "(@)\n((@))\nNOT @\n@ AND $expr\n$expr OR @\n@ $compare $value\n"
	  "$value $compare (@)\n@ IS NULL\n(@) IS NOT DISTINCT FROM $value\n"
	  "@ BETWEEN $value AND $value\n$value BETWEEN (@) AND (@)\n@ IN ($expr, @)\n"
	  "@ LIKE @\n- @\n(@) $arithmetic $value\n$value $arithmetic (@)\n"
	  "$function(@)\n$function(@, $expr)\nCASE WHEN @ THEN @ END\n"
	  "CASE @ WHEN $expr THEN $expr END\nCAST(@ AS $type)\n(@)::$type\n"
	  "(SELECT @)\nEXISTS (SELECT @)\nARRAY[@]\n(@)[$expr]\n(@).$name\n"
	  "(@, $expr)\n@ = $some (SELECT @)\n@ AT TIME ZONE @\n@ = $some (@)\n"
	  "TRIM(BOTH @ FROM @)\nsum(@) OVER (ORDER BY @)\ncount(@) FILTER (WHERE @)" },
	{ "around_query", "(@)\n(@) $set_op $operand\n$operand $set_op (@)\n@ $set_op @\n"
			  "@ $tail\n(@) $tail\nSELECT * FROM (@){ $alias}\nSELECT (@)\n"
			  "WITH $name AS (@) $simple\nWITH $cte @\n"
			  "SELECT * FROM $table WHERE EXISTS (@)\n"
			  "SELECT $expr IN (@)" },
	{ "around_from",
	  "@, $table\n$table, @\n@ JOIN $table ON $expr\n"
	  "$table {$join }JOIN (@) ON $expr\n@ CROSS JOIN @\n(@ NATURAL JOIN $table)\n"
	  "(SELECT * FROM @){ $alias}\n@ $alias" },
	{ "around_subquery", "($around_query)" },
	{ "around_table", "(@ JOIN $table ON $expr)\n($table CROSS JOIN @)\n"
			  "(SELECT * FROM @){ $alias}\n(@ NATURAL {$join }JOIN @)" },
	{ "around_item", "@ AS $name\n@, $item\n$item, @\n@, @" },
	{ "around_row", "@, $row\n$row, @" },
	{ "around_cte", "@, $cte\n$cte, @" },
	{ "around_hint", "@ $hint\n@, $hint" },
	{ "around_column_def", "@, $column_def\n$column_def, @\n@ DEFAULT $default" },
	{ "around_alter", "@, $alter\n$alter, @" },

	/* ---- what the engine runs: hits AS h of tests/support/plan/plan_tables.h ---- */

	{ "run_input", "9:$run_query\nEXPLAIN PLAN FOR $run_query" },
	{ "run_query",
	  "6:$run_select{ ORDER BY $run_order+}{ LIMIT $run_small{ OFFSET $run_small}}\n"
	  "4:$run_group{ ORDER BY $run_group_order+}{ LIMIT $run_small}\n"
	  "VALUES $run_row+" },
	{ "run_row", "($run_small, '$run_letter')\n(1 + $run_small, concat('a', '$run_letter'))" },
	{ "run_letter", "a\nb\n%" },
	{ "run_select", "SELECT {DISTINCT }$run_item+ FROM $run_from{ WHERE $run_bool}" },
	{ "run_group",
	  "SELECT $run_value, $run_agg+ FROM $run_from{ WHERE $run_bool} GROUP BY 1"
	  "{ HAVING $run_having}\n"
	  "SELECT $run_value, $run_value AS b, $run_agg AS c FROM $run_from GROUP BY 1, b"
	  "{ HAVING $run_having}\n"
	  "SELECT $run_agg+ FROM $run_from{ WHERE $run_bool}" },
	{ "run_item", "6:$run_value\n2:$run_value AS $run_alias\n*\nh.*\n$run_column" },
	{ "run_alias", "a\nb\nid\ncountry" },
	{ "run_having", "$run_agg $compare $run_small\n$run_agg IS NOT NULL" },
	{ "run_order", "$run_value{ DESC}{ NULLS LAST}\n1{ DESC}{ NULLS FIRST}" },
	{ "run_group_order", "1{ DESC}\n$run_agg{ DESC}{ NULLS FIRST}" },
	{ "run_from", "8:hits AS h\nhits AS h, system.numbers n\n"
		      "2:hits AS h JOIN users AS u ON h.id = u.id{ AND $run_bool}\n"
		      "(SELECT * FROM hits AS h{ WHERE $run_bool}{ ORDER BY $run_order+}"
		      "{ LIMIT $run_small}) AS h\n"
		      "hits h JOIN users u ON h.country = u.country JOIN countries c"
		      " ON u.country = c.code\n"
		      "users u JOIN hits h ON lower(u.country) = $run_text\n"
		      "shop.orders o JOIN (SELECT * FROM hits) h ON o.user_id = h.id" },
	{ "run_column", "h.id\nh.country\nh.city\nh.amount\nh.clicks\nh.ts\nh.ok\nh.price\nh.doc\n"
			"h.raw\nid\ncity" },
	{ "run_value", "3:$run_number\n2:$run_text\n$run_bool\n$run_time\n$run_column\n"
		       "CASE WHEN $run_bool THEN $run_value{ ELSE $run_value} END\n"
		       "CASE $run_text WHEN $run_text THEN $run_number END\n"
		       "coalesce($run_number, $run_number)\nCAST($run_value AS $run_type)\nNULL\n"
		       "nullif($run_text, $run_text)\n(($run_value))" },
	{ "run_type", "INT\nBIGINT\nLONG\nDOUBLE\nFLOAT\nSTRING\nVARCHAR(10)\nBOOLEAN\nTIMESTAMP\n"
		      "BYTES\nJSON" },
	{ "run_small", "0\n1\n2\n3\n10\n1000" },
	{ "run_whole",
	  "2:h.id\nh.clicks\n3:$run_small\n9223372036854775807\n2147483648\n"
	  "- $run_whole\nlength($run_text)\nyear($run_time)\n"
	  "($run_whole $run_arithmetic $run_whole)\nCAST($run_value AS BIGINT)\n"
	  "now()\nago('P1DT2H')\nstrpos($run_text, $run_text)\nEXTRACT($time_unit FROM $run_time)\n"
	  "timestampdiff('$time_unit', $run_time, $run_time)\n"
	  "datediff('$time_unit', $run_time, $run_time)" },
	{ "run_number", "6:$run_whole\nh.amount\nh.price\n$decimal\n$float\n"
			"2:($run_number $run_arithmetic $run_number)\n- $run_number\n"
			"$run_function($run_number)\n$run_function2($run_number, $run_number)\n"
			"CAST($run_text AS DOUBLE)" },
	{ "run_arithmetic", "+\n-\n*\n/\n%" },
	{ "run_function", "abs\nceil\nfloor\nexp\nln\nlog10\nlog2\nsqrt\nsign\nround\ntruncate" },
	{ "run_function2", "mod\npower\nround\ntruncate\nleast\ngreatest\nplus\ndivide" },
	{ "run_text", "6:h.country\n2:h.city\n8:$string\nlower($run_text)\nupper($run_text)\n"
		      "trim($run_text)\nTRIM($side $run_text FROM $run_text)\n"
		      "substr($run_text, $run_whole{, $run_whole})\n"
		      "SUBSTRING($run_text FROM $run_whole{ FOR $run_whole})\n"
		      "($run_text || $run_text)\nconcat($run_text, $run_text)\n"
		      "replace($run_text, $run_text, $run_text)\nreverse($run_text)\n"
		      "repeat($run_text, $run_small)\nlpad($run_text, $run_small, $run_text)\n"
		      "CAST($run_value AS STRING)\ntodatetime($run_whole, $run_pattern)\n"
		      "split_part($run_text, $run_text, $run_whole)\nleft($run_text, $run_whole)" },
	{ "run_pattern", "'yyyy-MM-dd HH:mm:ss'\n'EEE, d MMM yy'\n'yyyyMMdd ''T'' SSSZ'\n$string" },
	{ "run_bool",
	  "h.ok\nTRUE\n3:$run_number $compare $run_number\n2:$run_text $compare $run_text\n"
	  "$run_time $compare $run_time\n($run_bool AND $run_bool)\n"
	  "($run_bool OR $run_bool)\n(NOT $run_bool)\n"
	  "$run_text {NOT }LIKE $run_text{ ESCAPE '!'}\n"
	  "$run_value IS {NOT }NULL\n($run_bool) IS {NOT }TRUE\n"
	  "$run_text IS {NOT }DISTINCT FROM $run_text\n"
	  "$run_number {NOT }BETWEEN $run_number AND $run_number\n"
	  "$run_number {NOT }IN ($run_number+)\nh.id {NOT }IN ($run_small+)\n"
	  "h.country {NOT }IN ($string+)" },
	{ "run_time", "3:h.ts\nTIMESTAMP '2024-01-31 12:34:56'\nDATE '2024-02-29'\n"
		      "datetrunc('$time_unit', $run_time)\n"
		      "timestampadd('$time_unit', $run_whole, $run_time)\n"
		      "$run_time + INTERVAL '$run_small' $time_unit\n"
		      "$run_time - INTERVAL '1' $time_unit\nCAST($run_text AS TIMESTAMP)\n"
		      "CAST($run_whole AS TIMESTAMP)\nfromdatetime($run_text, $run_pattern)" },
	{ "run_agg", "count(*)\ncount({DISTINCT }$run_value){ FILTER (WHERE $run_bool)}\n"
		     "$run_agg_name({DISTINCT }$run_number){ FILTER (WHERE $run_bool)}\n"
		     "min($run_text)\nmax($run_time)\navg($run_number) / count(*)\n"
		     "CAST(sum($run_whole) AS BIGINT) + 1" },
	{ "run_agg_name", "sum\nmin\nmax\navg\ncount\nstddev\nvariance\ndistinctcount\n"
			  "minmaxrange\nstddev_pop\nvar_samp" },

	{ NULL, NULL },
};
