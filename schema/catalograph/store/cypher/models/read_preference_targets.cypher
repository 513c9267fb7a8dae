// Targets of the preference edges of some products, except one product.
// Parameters: keys, but (key), slot, footing (property of the stored diagonal), added (places of the
//   parts that are not KG-EASE's)
// Returns: key of each product reached, own (its entry on the diagonal), scale, sources (indices
//   into keys), weights (without the added parts)
// Index: product_key
UNWIND range(0, size($keys) - 1) AS place
MATCH (k:Product {key: $keys[place]})-[w:CO_PREFERRED]->(j:Product)
WHERE w.slot = $slot AND j.key <> $but AND j[$footing] IS NOT NULL
WITH j, collect(place) AS sources,
  collect(reduce(weight = w.weight, n IN $added | weight - w.parts[n])) AS weights
RETURN j.key AS key, j[$footing][0] AS own, j[$footing][-1] AS scale, sources, weights
