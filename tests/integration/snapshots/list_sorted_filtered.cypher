CALL () { MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $p1}) } AND NOT any(word IN $p2 WHERE coalesce(m.availability_status, m.availability, '') CONTAINS word) WITH coalesce(m.currency, '') AS code, count(m.price) AS priced ORDER BY priced DESC, code LIMIT 1 WHERE priced > 0 RETURN coalesce(head(collect(code)), '') AS m_currency }
CALL (m_currency) {
MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $p3}) } AND NOT any(word IN $p4 WHERE coalesce(m.availability_status, m.availability, '') CONTAINS word) AND CASE WHEN coalesce(m.currency, '') = m_currency THEN m.price END >= $p5 WITH m, m_currency AS m_1, coalesce(CASE WHEN coalesce(m.currency, '') = m_currency THEN m.price END, -1.0) AS m_2, m.key AS m_3 ORDER BY m_1 DESC, m_2 ASC, m_3 DESC LIMIT $p6
RETURN collect(m {.title, `@`: [m_1, m_2, m_3]}) AS rows
}
CALL (m_currency) {
MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $p7}) } AND NOT any(word IN $p8 WHERE coalesce(m.availability_status, m.availability, '') CONTAINS word) AND CASE WHEN coalesce(m.currency, '') = m_currency THEN m.price END >= $p9
RETURN count(m) AS total
}
RETURN rows, total, m_currency AS currency
