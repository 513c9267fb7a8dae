// The first of some ranked products that are listed, with the data for their reasons.
// Parameters: model (key of the version that ranked them), slot (its slot), items (key, sources: keys
//   of the products that led to it), footing (property of a product's place in the model), first
// Returns: one row: model (its key; null if it lost the slot), products (one map each, in their
//   order), facts (see `fragments/shared_facts`)
// Index: model_key, product_key
OPTIONAL MATCH (m:Model {key: $model})
WHERE m.slot = $slot
CALL () {
  UNWIND range(0, size($items) - 1) AS place
  MATCH (i:Product {key: $items[place].key})
  WHERE i.listed AND i[$footing] IS NOT NULL
  WITH i, place ORDER BY place LIMIT $first
  RETURN collect({
    node: i,
    product: i {.key, .source, .id, .listed, .title, .description, .price, .currency, .gtins,
                .url, .image_url, .released, .popularity},
    sources: COLLECT {
      UNWIND $items[place].sources AS key
      MATCH (j:Product {key: key})
      RETURN j
    }
  }) AS items
}
__SHARED_FACTS__
RETURN m.key AS model, [item IN items | item.product] AS products, facts
