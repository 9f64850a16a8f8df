"""Statements of somebody who wants more than the views, or more than their share of the machine."""

from __future__ import annotations

BOTH = {
    "insert": "INSERT INTO v_mentions (text) VALUES ('x')",
    "update": "UPDATE v_mentions SET text = 'x'",
    "delete": "DELETE FROM mentions",
    "replace": "REPLACE INTO keys VALUES ('a', 'b')",
    "drop a view": "DROP VIEW v_mentions",
    "drop a table": "DROP TABLE mentions",
    "create": "CREATE TABLE x (y text)",
    "create as": "CREATE TABLE x AS SELECT * FROM v_mentions",
    "create a trigger": "CREATE TRIGGER x AFTER INSERT ON mentions BEGIN SELECT 1; END",
    "alter": "ALTER TABLE mentions ADD COLUMN x text",
    "begin": "BEGIN",
    "commit": "COMMIT",
    "analyze": "ANALYZE",
    "vacuum": "VACUUM",
    "explain": "EXPLAIN SELECT * FROM v_mentions",
    "two statements": "SELECT 1; DELETE FROM mentions",
    "two after a comment": "SELECT 1 /* ; */ ; /* */ DELETE FROM mentions",
    "a write in a comment's place": "/* SELECT */ DELETE FROM mentions",
    "a write after a line": "-- SELECT\nDELETE FROM mentions",
    "nothing": "",
    "only a comment": "-- nothing",
    "a table of secrets": "SELECT * FROM keys",
    "a table behind a view": "SELECT text FROM mentions",
    "its raw payload": "SELECT raw FROM mentions",
    "its rows counted": "SELECT count(*) FROM keys",
    "rows of a views table counted": "SELECT count(*) FROM partners",
    "a table in brackets": "SELECT * FROM (SELECT * FROM keys) AS v_mentions",
    "a name taken by WITH": "WITH v_mentions AS (SELECT * FROM keys) SELECT * FROM v_mentions",
    "a name taken by WITH, its own table": "WITH v_mentions AS (SELECT * FROM mentions) SELECT text FROM v_mentions",
    "a name taken and counted": "WITH v_mentions AS (SELECT 1 FROM keys) SELECT count(*) FROM v_mentions",
    "a name taken twice": "WITH v_daily AS (SELECT * FROM keys), v_needs AS (SELECT * FROM v_daily) SELECT * FROM v_n"
    "eeds",
    "a name taken deep": "SELECT * FROM (WITH v_needs AS (SELECT value FROM keys) SELECT * FROM v_needs) AS x",
    "an alias of a view's name": "SELECT v_mentions.value FROM keys AS v_mentions",
    "joined to a view": "SELECT k.value FROM v_mentions m JOIN keys k ON 1 = 1",
    "in a condition": "SELECT id FROM v_mentions WHERE EXISTS (SELECT 1 FROM keys WHERE value LIKE 'c%')",
    "in a column": "SELECT (SELECT value FROM keys LIMIT 1) FROM v_mentions",
    "in an order": "SELECT id FROM v_mentions ORDER BY (SELECT value FROM keys LIMIT 1)",
    "by a union": "SELECT text FROM v_mentions UNION ALL SELECT value FROM keys",
    "by a limit": "SELECT 1 LIMIT (SELECT length(value) FROM keys LIMIT 1)",
    "by VALUES": "VALUES ((SELECT value FROM keys LIMIT 1))",
    "by a window": "SELECT max((SELECT value FROM keys LIMIT 1)) OVER () FROM v_mentions",
    "by a lateral reach": "SELECT settings_hash FROM v_sources s, sources WHERE sources.name = s.name",
    "quoted": 'SELECT * FROM "keys"',
    "a hidden column": "SELECT raw FROM v_mentions",
    "another hidden column": "SELECT settings FROM v_sources",
    "letters in the outbox": "SELECT recipient FROM outbox",
    "a WITH that writes": "WITH gone AS (DELETE FROM mentions RETURNING text) SELECT * FROM gone",
    "a printf bomb": "SELECT printf('%.*c', 900000000, 'x')",
    "a format bomb": "SELECT format('%900000000s', 'x')",
    "repeat": "SELECT repeat('x', 900000000)",
    "far too long": "SELECT " + "1 + " * 60_000 + "1",
    "far too deep": "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
}

SQLITE = {
    "attach": "ATTACH DATABASE '/tmp/x.db' AS x",
    "detach": "DETACH DATABASE main",
    "pragma": "PRAGMA query_only = OFF",
    "pragma as a table": "SELECT * FROM pragma_table_info('keys')",
    "the list of tables": "SELECT sql FROM sqlite_master",
    "the list by its other name": "SELECT * FROM sqlite_schema",
    "the temporary list": "SELECT * FROM sqlite_temp_master",
    "the main view": "SELECT * FROM main.v_mentions",
    "in square brackets": "SELECT * FROM [keys]",
    "in backticks": "SELECT * FROM `keys`",
    "full text": "SELECT * FROM mentions_search WHERE mentions_search MATCH 'late'",
    "what full text is made of": "SELECT * FROM mentions_search_data",
    "load_extension": "SELECT load_extension('/tmp/x.so')",
    "readfile": "SELECT readfile('/etc/passwd')",
    "writefile": "SELECT writefile('/tmp/x', 'y')",
    "edit": "SELECT edit('x')",
    "fts3_tokenizer": "SELECT fts3_tokenizer('simple')",
    "vacuum into": "VACUUM INTO '/tmp/x.db'",
    "randomblob": "SELECT randomblob(900000000)",
    "zeroblob": "SELECT hex(zeroblob(400000000))",
    "explain query plan": "EXPLAIN QUERY PLAN SELECT * FROM v_mentions",
    "a savepoint": "SAVEPOINT x",
    "values by parameters": "SELECT ?1",
    "a long pattern": "SELECT 'x' LIKE (SELECT group_concat(text) || hex(hex(hex(hex(hex(group_concat(text)))))) "
    "FROM v_mentions)",
}

POSTGRESQL = {
    "copy to a program": "COPY (SELECT 1) TO PROGRAM 'id'",
    "copy from a file": "COPY mentions FROM '/etc/passwd'",
    "a server's file": "SELECT pg_read_file('/etc/passwd')",
    "a server's folder": "SELECT pg_ls_dir('/')",
    "a large object": "SELECT lo_import('/etc/passwd')",
    "a new large object": "SELECT lo_create(0)",
    "dblink": "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(a int)",
    "set_config": "SELECT set_config('work_mem', '8GB', false)",
    "set_config by its schema": "SELECT pg_catalog.set_config('role', 'postgres', true)",
    "set_config in quotes": "SELECT \"set_config\"('role', 'postgres', true)",
    "set_config in unicode": "SELECT U&\"\\0073et_config\"('role', 'postgres', true)",
    "set_config after a comment": "SELECT set_config/**/('role', 'postgres', true)",
    "set_config after a carriage return": "SELECT 1 --\r, set_config('role', 'postgres', true)",
    "set_config between texts": "SELECT E'x'\n'y\\'' , set_config('role', 'postgres', true), 'z' --'",
    "set_config between dollars": "SELECT $a$ $b$ $a$, set_config('role', 'postgres', true), $b$ $b$",
    "set_config as a name of WITH": "WITH a AS (SELECT 1) SELECT *, set_config('role', 'postgres', true) FROM a",
    "set_config behind ordinality": "SELECT * FROM unnest(ARRAY[1]) WITH ORDINALITY AS (a), "
    "set_config('a', 'b', true)",
    "set_config glued to a number": "SELECT 1and(set_config('role', 'postgres', true) IS NULL)",
    "a statement in a text": "SELECT query_to_xml('SELECT * FROM keys', true, true, '')",
    "a table as text": "SELECT table_to_xml('keys', true, true, '')",
    "sleep": "SELECT pg_sleep(60)",
    "to end another": "SELECT pg_terminate_backend(1)",
    "a lock": "SELECT pg_advisory_lock(1)",
    "a number taken": "SELECT nextval('alerts_id_seq')",
    "roles": "SELECT * FROM pg_roles",
    "passwords": "SELECT * FROM pg_authid",
    "the catalogue": "SELECT * FROM information_schema.tables",
    "set role": "SET ROLE postgres",
    "reset": "RESET ROLE",
    "do": "DO $$ BEGIN DELETE FROM mentions; END $$",
    "select into": "SELECT * INTO x FROM v_mentions",
    "a temporary table": "CREATE TEMP TABLE x AS SELECT 1",
    "for update": "SELECT * FROM v_mentions FOR UPDATE",
    "listen": "LISTEN x",
    "prepare": "PREPARE x AS SELECT 1",
    "table": "TABLE keys",
    "a schema's table": "SELECT * FROM public.keys",
    "lpad": "SELECT lpad('x', 900000000)",
    "an operator by name": "SELECT 1 OPERATOR(pg_catalog.+) 1",
    "a text without end": "SELECT 'x",
    "a comment without end": "SELECT 1 /* /* */",
}

# What is not wrong in itself, and never ends or never fits.

BOMBS_ON_SQLITE = {
    "an endless recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) "
    "SELECT max(n) FROM t",
    "a recursion that grows": "WITH RECURSIVE t(n) AS "
    "(SELECT 'xxxxxxxxxxxxxxxx' UNION ALL SELECT n || n FROM t) SELECT l"
    "ength(n) FROM t",
    "a bomb of replace": "SELECT length(" + "hex(" * 24 + "text" + ")" * 24 + ") FROM v_mentions",
    "a pattern that never ends": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) "
    "SELECT count(*) FROM t WHE"
    "RE 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' || n LIKE '%a%a%a%a%a%a%a%a%a%a%b'",
    "a cross join": "SELECT count(*) FROM v_annotations a, v_annotations b, v_annotations c, v_annotations d, v"
    "_annotations e, v_annotations f, v_annotations g, v_annotations h, v_annotations i, v_anno"
    "tations j",
    "memory": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) "
    "SELECT json_group_array(n "
    "|| 'xxxxxxxxxxxxxxxxxxxx') FROM t",
    "a sort in memory": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 90000000) SELECT n ||"
    " 'xxxxxxxxxxxxxx' AS x FROM t ORDER BY x DESC",
}

BOMBS_ON_POSTGRESQL = {
    "an endless recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) "
    "SELECT max(n) FROM t",
    "a recursion that grows": "WITH RECURSIVE t(n) AS "
    "(SELECT 'xxxxxxxxxxxxxxxx' UNION ALL SELECT n || n FROM t) SELECT l"
    "ength(n) FROM t",
    "a cross join": "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
    "a sort on the disk": "SELECT a || 'xxxxxxxxxxxxxxxx' AS x FROM generate_series(1, 900000000) a ORDER BY x DESC",
    "a pattern that never ends": "SELECT count(*) FROM generate_series(1, 100000000) a "
    "WHERE ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' || a) ~ '(a|a|aa)*(a|aa)*b'",
    "a text that grows": "SELECT length(string_agg(md5(a::text), '')) FROM generate_series(1, 900000000) a",
}
