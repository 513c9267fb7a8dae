MATCH (m:Product) WHERE m.listed AND m.key > '' WITH m, m.key AS m_1 ORDER BY m_1 ASC LIMIT $p1
RETURN collect(m {.key, .title, `@`: [m_1]}) AS rows
