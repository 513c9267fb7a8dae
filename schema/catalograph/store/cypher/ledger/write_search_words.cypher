// Search words of products besides their texts: brands, and attributes with their values. They are
// taken from the keys, so they depend only on the edges and not on the order of writes. Written
// only if they change; the product is already locked, because its `changed` was set.
// Parameters: keys (of products, sorted)
// Returns: nothing
// Index: product_key
UNWIND $keys AS key
MATCH (p:Product {key: key})
WHERE p.listed
WITH p,
  COLLECT {
    MATCH (p)-[:HAS_BRAND]->(b:Brand)
    WITH substring(b.key, size('brand:')) AS name ORDER BY name
    RETURN replace(replace(replace(name, '%2F', '/'), '%3D', '='), '%25', '%')
  } AS brands,
  COLLECT {
    MATCH (p)-[:HAS_VALUE]->(v:Value)
    WITH replace(substring(v.key, size('value:')), '=', ' ') AS name ORDER BY name
    RETURN replace(replace(replace(name, '%2F', '/'), '%3D', '='), '%25', '%')
  } AS facts
WHERE coalesce(p.search_brands, []) <> brands OR coalesce(p.search_values, []) <> facts
SET p.search_brands = CASE WHEN brands <> [] THEN brands END,
  p.search_values = CASE WHEN facts <> [] THEN facts END
