// What recommends a product: its five strongest edges of the live model, with what both have in common
MATCH (m:Model {kind: 'preference', live: true})
MATCH edge = (j:Product)-[w:CO_PREFERRED]->(p:Product {key: $product})
WHERE w.slot = m.slot AND w.weight > 0
WITH j, p, edge ORDER BY w.weight DESC LIMIT 5
OPTIONAL MATCH shared = (j)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->()<-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]-(p)
RETURN edge, shared
