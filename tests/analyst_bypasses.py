"""Attempts to bypass the analysts' gate: the rule that stops each, and the statement."""

from typing import Any

_HIDDEN = "RETURN [x IN [1] | COLLECT {{ {0} }}] AS r"
"""The database plans the inner part as an expression: the plan shows no operator of it."""

BYPASSES: list[tuple[str, str]] = [
    # Writes, plain and disguised.
    ("command", "CREATE (:Product {key: 'x'})"),
    ("command", "MERGE (p:Product {key: 'x'}) RETURN p"),
    ("write", "MATCH (p:Product) SET p.price = 0 RETURN p"),
    ("write", "MATCH (p:Product) sEt p.price = 0"),
    ("write", "MATCH (p:Product) DETACH DELETE p"),
    ("write", "MATCH (p:Product) DELETE p"),
    ("write", "MATCH (p:Product) REMOVE p.price RETURN p"),
    ("write", "MATCH (p:Product) FOREACH (x IN [1] | SET p.price = x)"),
    ("write", "MATCH (p:Product)/**/SET/**/p.price = 0"),
    ("write", "MATCH (p:Product) CALL (p) { SET p.price = 0 } RETURN p"),
    ("write", "MATCH (p:Product) WHERE p.price > 1. SET p.price = 0"),
    ("write", "UNWIND [1] AS x CALL { CREATE (:Product {key: 'x'}) } RETURN x"),
    ("write", "MATCH (p:Product) \u017fET p.price = 0"),
    # Files and addresses.
    ("command", "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"),
    ("load-csv", "WITH 1 AS x LOAD CSV FROM 'http://127.0.0.1:7474/' AS line RETURN line"),
    ("load-csv", "RETURN COLLECT { LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l } AS r"),
    ("load-csv", _HIDDEN.format("LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l")),
    ("load-csv", _HIDDEN.format("LOAD /* */ CSV FROM 'ftp://127.0.0.1/' AS l RETURN l")),
    ("load-csv", _HIDDEN.format("LOAD // '\n CSV FROM 'file:///etc/passwd' AS l RETURN l")),
    ("load-csv", _HIDDEN.format("WITH x WHERE x < 5. LOAD CSV FROM 'file:///a' AS l RETURN l")),
    ("function", _HIDDEN.format("WITH file() AS l RETURN l")),
    # The server: users, settings, transactions, databases.
    ("command", "SHOW USERS"),
    ("command", "SHOW TRANSACTIONS YIELD * RETURN *"),
    ("command", "SHOW SETTINGS YIELD name, value RETURN name, value"),
    ("command", "SHOW PROCEDURES"),
    ("command", "SHOW INDEXES"),
    ("command", "TERMINATE TRANSACTIONS 'neo4j-transaction-1'"),
    ("command", "SHOW TRANSACTIONS YIELD transactionId AS id TERMINATE TRANSACTIONS id RETURN 1"),
    ("command", "CREATE USER eve SET PASSWORD 'a long password'"),
    ("command", "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'"),
    ("command", "CREATE INDEX evil FOR (n:Product) ON (n.title)"),
    ("command", "DROP INDEX product_text"),
    ("command", "STOP DATABASE neo4j"),
    ("command", "/* a question */ SHOW USERS"),
    # Another database.
    ("command", "USE system SHOW USERS"),
    ("command", "USE neo4j MATCH (n) RETURN n"),
    ("use", "CALL () { USE system MATCH (n) RETURN n } RETURN n"),
    ("use", "CALL { USE graph.byName('system') MATCH (n) RETURN n } RETURN n"),
    ("use", "MATCH (n) RETURN n UNION USE neo4j MATCH (n) RETURN n"),
    # Procedures and functions.
    ("procedure", "CALL dbms.listConfig() YIELD name, value RETURN name, value"),
    ("procedure", "CALL dbms.listConfig"),
    ("procedure", "CALL `dbms`.`listConfig`()"),
    ("procedure", "CALL dbms /* */ . /* */ listConfig ( '' ) YIELD name RETURN name"),
    ("procedure", "CALL `dbms.listConfig`()"),
    ("procedure", "MATCH (p:Product) CALL dbms.killConnection('x') YIELD message RETURN message"),
    ("procedure", _HIDDEN.format("CALL dbms.listConfig() YIELD name RETURN name")),
    ("procedure", _HIDDEN.format("CALL dbms.components() YIELD versions RETURN versions")),
    (
        "procedure",
        "MATCH (p:Product) RETURN CASE WHEN p.price > 1 THEN "
        "COUNT { CALL dbms.listConfig() YIELD name RETURN name } ELSE 0 END",
    ),
    ("procedure", "CALL db.createLabel('Evil')"),
    ("procedure", "CALL db.awaitIndexes(60)"),
    ("procedure", "CALL tx.setMetaData({user: 'somebody else'})"),
    ("procedure", "CALL gds.graph.project('g', '*', '*')"),
    ("procedure", "CALL gds.pageRank.write('g', {writeProperty: 'rank'})"),
    ("procedure", "CALL apoc.cypher.runWrite('CREATE (n)', {})"),
    ("procedure", "OPTIONAL CALL dbms.listConfig() YIELD name RETURN name"),
    ("function", "MATCH (a)-[r]->(b) RETURN gds.graph.project('g', a, b)"),
    ("function", "RETURN gds.version()"),
    ("function", "RETURN `gds`.`version`()"),
    ("function", "RETURN {a: gds.version()}"),
    ("function", "RETURN apoc.load.json('http://127.0.0.1/')"),
    # Transactions of its own.
    ("transactions", "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x"),
    ("transactions", "MATCH (n) CALL (n) { RETURN 1 AS x } IN 2 CONCURRENT TRANSACTIONS RETURN x"),
    # Prefixes: with them the gate would EXPLAIN another statement than the one that runs.
    ("prefix", "EXPLAIN MATCH (n) RETURN n"),
    ("prefix", "PROFILE MATCH (n) RETURN n"),
    ("prefix", "/* */ EXPLAIN // \n MATCH (n) RETURN n"),
    ("prefix", "CYPHER 5 EXPLAIN MATCH (n) DETACH DELETE n"),
    ("prefix", "CYPHER runtime=slotted MATCH (n) RETURN n"),
    # Several statements, nothing at all.
    ("several", "MATCH (n) RETURN n; MATCH (n) DETACH DELETE n"),
    ("several", "RETURN 1;;"),
    ("empty", "// nothing"),
    # Texts that Neo4j's lexer and the gate's could read in different ways.
    ("escape", "\\u0043REATE (:Product {key: 'x'})"),
    ("escape", "RETURN 'a\\u0027 AS a CALL dbms.listConfig() YIELD name RETURN name //'"),
    ("escape", "CALL dbms\\u002ElistConfig()"),
    ("character", "RETURN 1 AS a // \r UNION CALL dbms.listConfig() YIELD name AS a RETURN a"),
    ("character", "RETURN 1 AS a // \u2028 CALL dbms.listConfig()"),
    ("character", "CA\u200bLL dbms.listConfig()"),
    ("character", "RETURN 'open"),
    ("character", "RETURN 1 /* open"),
    # Work that neither the time limit nor the memory limit stops.
    ("pattern", "MATCH (p:Product) WHERE p.title =~ '(.*a){12}' RETURN p"),
    ("pattern", "MATCH (p:Product) WHERE p.title =~ '(a|a?)+\\\\1b' RETURN p"),
    ("pattern", "MATCH (p:Product) WHERE p.title =~ p.description RETURN p"),
    ("pattern", "MATCH (p:Product) WHERE p.title =~ '(.*a)' + '{12}' RETURN p"),
    ("pattern", "RETURN 'aaaa' =~ '\\\\Q[\\\\E(.*a){12}]'"),
    ("pattern", "RETURN 'aaaa' =~ '.*.*.*b'"),
    ("pattern", "RETURN 'aaaa' =~ '.*.*' || '.*b'"),
    (
        "pattern",
        "WITH reduce(s = 'x', n IN range(1, 20) | s + s) AS s RETURN s =~ '.*x.*'",
    ),
    ("operators", "RETURN " + " XOR ".join(["true"] * 12)),
    ("operators", "RETURN " + "NOT " * 11 + "true"),
    ("operators", "RETURN " + "- " * 11 + "1"),
    ("tokens", "RETURN " + "+".join(["1"] * 1_001)),
    ("tokens", "RETURN 1 IN [" + ",".join(["1"] * 1_000) + "]"),
    ("range", "RETURN size([x IN range(1, 300000000) | toString(x)])"),
    ("range", "RETURN reduce(s = 0, x IN range(1, 1000) | s + size(range(1, 500)))"),
    ("range", "RETURN `range`(0, 2^40)"),
    ("depth", "RETURN " + "(" * 400 + "1" + ")" * 400 + " AS x"),
    ("depth", "RETURN " + "COUNT { WITH 1 AS x WHERE 1 = " * 20 + "1" + " }" * 20 + " AS x"),
    ("length", "RETURN '" + "a" * 20_000 + "'"),
]

LEGITIMATE: list[tuple[str, dict[str, Any], list[list[Any]]]] = [
    ("MATCH (p:Product) RETURN count(p)", {}, [[8]]),
    (
        "MATCH (p:Product {key: $key}) RETURN p.title;",
        {"key": "product:shop:tea1"},
        [["Green tea"]],
    ),
    (
        "MATCH (p:Product)-[:HAS_BRAND]->(b:Brand) RETURN b.name AS brand, count(*) AS n "
        "ORDER BY n DESC, brand",
        {},
        [["Acme", 4], ["Leaf", 2], ["Zeta", 2]],
    ),
    (
        "// what is dear\nMATCH (p:Product) WHERE p.price > $least /* in euros */ RETURN p.id",
        {"least": 200},
        [["cam3"]],
    ),
    (
        "MATCH (p:Product)-[:HAS_VALUE]->(v:Value {attribute: 'colour'}) "
        "WITH v.name AS colour, collect(p.id) AS ids WHERE size(ids) > 2 RETURN colour, size(ids)",
        {},
        [["black", 3], ["red", 3]],
    ),
    (
        "CALL db.index.fulltext.queryNodes('product_text', $words) YIELD node, score "
        "RETURN node.id ORDER BY score DESC, node.id LIMIT 1",
        {"words": "tripod"},
        [["tri1"]],
    ),
    (
        "MATCH (m:Model {kind: 'text', live: true}) "
        "CALL db.index.vector.queryNodes(m.index, 2, $vector) YIELD node RETURN node.id "
        "ORDER BY node.id",
        {"vector": [0.01, 1.01, 0.01]},
        [["tea1"], ["tea2"]],
    ),
    ("CALL db.labels() YIELD label WHERE label = 'Brand' RETURN label", {}, [["Brand"]]),
    (
        "MATCH (p:Product {id: 'cam1'}) OPTIONAL MATCH (p)-[:ALSO_BOUGHT]->(q) "
        "RETURN p.id, collect(q.id)",
        {},
        [["cam1", ["bag1"]]],
    ),
    (
        "MATCH way = (:Product {id: 'tea1'})-[:IN_CATEGORY|CHILD_OF*..3]->({name: 'Food'})"
        " RETURN length(way)",
        {},
        [[2]],
    ),
    (
        "MATCH (a:Product {id: 'cam1'}), (b:Product {id: 'tri1'}), "
        "p = shortestPath((a)-[:HAS_VALUE|HAS_BRAND|IN_CATEGORY|CHILD_OF*..4]-(b)) "
        "RETURN length(p)",
        {},
        [[4]],
    ),
    (
        "MATCH (b:Brand) WHERE EXISTS { (b)<-[:HAS_BRAND]-(p:Product) WHERE p.price < 10 } "
        "RETURN b.name, COUNT { (b)<-[:HAS_BRAND]-() } AS n ORDER BY b.name",
        {},
        [["Acme", 4], ["Leaf", 2]],
    ),
    (
        "MATCH (b:Brand) CALL (b) { MATCH (b)<-[:HAS_BRAND]-(p) RETURN p ORDER BY p.price DESC "
        "LIMIT 1 } RETURN b.name, p.id ORDER BY b.name",
        {},
        [["Acme", "cam2"], ["Leaf", "tea2"], ["Zeta", "cam3"]],
    ),
    (
        "UNWIND $ids AS id MATCH (p:Product {id: id}) RETURN p.id, p.price",
        {"ids": ["tea1", "bag1"]},
        [["tea1", 5.0], ["bag1", 20.0]],
    ),
    ("RETURN [x IN range(1, 5) WHERE x % 2 = 1 | x * x] AS squares", {}, [[[1, 9, 25]]]),
    ("RETURN reduce(s = 0, x IN range(1, $n) | s + x) AS sum", {"n": 100}, [[5050]]),
    (
        "MATCH (p:Product) WHERE p.title =~ '(?i)red .*' RETURN p.id ORDER BY p.id",
        {},
        [["cam1"], ["tea2"]],
    ),
    (
        "MATCH (p:Product) WHERE p.title =~ $pattern RETURN p.id ORDER BY p.id",
        {"pattern": "(?i).*TEA.*"},
        [["tea1"], ["tea2"]],
    ),
    ("RETURN $s =~ '(?s).*b\\\\s.*' AS found", {"s": "a\nb\nc" * 20_000}, [[True]]),
    (
        "MATCH (p:Product) RETURN CASE WHEN p.price < 50 THEN 'cheap' ELSE 'dear' END AS band, "
        "count(*) ORDER BY band",
        {},
        [["cheap", 5], ["dear", 3]],
    ),
    ("RETURN date.truncate('week', date('2026-03-05')) AS monday", {}, [["2026-03-02"]]),
    (
        "RETURN {set: 1, use: 2}.set AS set_is_a_name, 'DROP INDEX; LOAD CSV' AS text",
        {},
        [[1, "DROP INDEX; LOAD CSV"]],
    ),
    (
        "MATCH (p:Product {id: 'tea1'}) RETURN p.title AS `create` UNION "
        "MATCH (p:Product {id: 'tea2'}) RETURN p.title AS `create`",
        {},
        [["Green tea"], ["Red tea"]],
    ),
    ("MATCH (n:$($label)) RETURN count(n)", {"label": "Brand"}, [[3]]),
    (
        "MATCH (:Brand {name: 'Leaf'}) ((b)<-[:HAS_BRAND]-(p)){1,1} RETURN size(p)",
        {},
        [[1], [1]],
    ),
    ("MATCH (p:Product {id: '\u7ea2\u8336'}) RETURN p.title", {}, []),
]
"""Statement, parameters, rows."""
