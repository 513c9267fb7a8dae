MATCH (m:Product {key: $p1})
RETURN m {assertions: {rows: COLLECT { MATCH (n1:Assertion) WHERE n1.key STARTS WITH 'assertion:' + m.key + '\t' WITH n1, n1.key AS n1_1 ORDER BY n1_1 ASC LIMIT $p2 RETURN n1 {.key, supports: COLLECT { MATCH (n1)-[n2:SUPPORTED_BY]->(:Source) WITH n2 ORDER BY endNode(n2).key RETURN n2 {record: endNode(n2).key, .origin, .confidence} }, `@`: [n1_1]} }}} AS node
