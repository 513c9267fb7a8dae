// Candidates that may be shown, in their order.
// Parameters: keys, footing (property of a product's place in the model; filters are put in behind
//   `WHERE i.listed`), pool (number of candidates), diverse (whether their kinds are needed)
// Returns: key, title, kinds (keys of its brands, categories and values; empty unless needed) of each
// Index: product_key
UNWIND range(0, size($keys) - 1) AS place
MATCH (i:Product {key: $keys[place]})
WHERE i.listed AND i[$footing] IS NOT NULL
WITH i, place ORDER BY place LIMIT $pool
RETURN i.key AS key, i.title AS title, CASE WHEN $diverse THEN COLLECT {
    MATCH (i)-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->(kind) RETURN kind.key
  } ELSE [] END AS kinds
ORDER BY place
