// What the records of products assert of them, for a feed; what was read from texts or guessed is
// left out.
// Parameters: keys
// Returns: product (properties), brands (names), categories (paths), values (attribute, name, number,
//   unit)
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
CALL (p) {
  MATCH (p)-[r:HAS_BRAND|HAS_VALUE|IN_CATEGORY]->(tail)
  WHERE r.extractor IS NOT NULL OR EXISTS {
    (:Assertion {key: 'assertion:' + p.key + '\t' + type(r) + '\t' + tail.key})
      -[:SUPPORTED_BY {origin: 'ASSERTED'}]->()
  }
  RETURN collect({relation: type(r), key: tail.key, tail: tail}) AS tails
}
RETURN p {
         .key, .id, .title, .description, .url, .image_url, .price, .price_amount, .sale_price,
         .sale_price_amount, .currency, .availability_status, .quantity, .gtins, .mpn, .group,
         .group_title, .option_names, .option_values, .media_urls, .media_alts
       } AS product,
       COLLECT { UNWIND tails AS t WITH t WHERE t.relation = 'HAS_BRAND' RETURN t.tail.name ORDER BY t.key } AS brands,
       COLLECT { UNWIND tails AS t WITH t WHERE t.relation = 'IN_CATEGORY' RETURN t.tail.path ORDER BY t.key } AS categories,
       COLLECT {
         UNWIND tails AS t WITH t WHERE t.relation = 'HAS_VALUE'
         RETURN [t.tail.attribute, t.tail.name, t.tail.number, t.tail.unit] ORDER BY t.key
       } AS values
