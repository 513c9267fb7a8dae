// What changes when names or products change; from the count store and an index, so it is quick.
// Parameters: none
// Returns: state (text that differs after a change)
// Index: product_changed
CALL () {
  MATCH (p:Product)
  WHERE p.changed IS NOT NULL
  WITH p.changed AS changed ORDER BY changed DESC LIMIT 1
  RETURN collect(toString(changed)) AS latest
}
CALL () { MATCH (p:Product) RETURN count(p) AS products }
CALL () { MATCH ()-[r:HAS_VALUE]->() RETURN count(r) AS facts }
CALL () { MATCH ()-[r:HAS_BRAND]->() RETURN count(r) AS brands }
RETURN coalesce(latest[0], '') + '/' + products + '/' + facts + '/' + brands AS state
