CALL () {
MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $p5}) } AND NOT any(word IN $p6 WHERE coalesce(m.availability, '') CONTAINS word) AND m.price >= $p7
RETURN count(m) AS total
}
CALL () {
MATCH (m:Product) WHERE m.listed AND EXISTS { (m)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $p1}) } AND NOT any(word IN $p2 WHERE coalesce(m.availability, '') CONTAINS word) AND m.price >= $p3 WITH m, coalesce(m.price, -1.0) AS m_1, m.key AS m_2 ORDER BY m_1 ASC, m_2 DESC LIMIT $p4
RETURN collect(m {.title, `@`: [m_1, m_2]}) AS rows
}
RETURN rows, total
