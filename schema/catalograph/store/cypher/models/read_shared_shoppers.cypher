// Number of shoppers who interacted with a product, and of those who also interacted with each
// other product in the live preference model; `store.models.export.INTERACTION_KINDS` defines
// interactions.
// Parameters: key, footing (property of the stored diagonal), kinds (event kinds), liked (smallest
//   number of stars of a review that counts), most (products to return)
// Returns: one row: shoppers, alike (key, own (its entry on the diagonal), scale, shared), most
//   first
// Index: product_key
MATCH (p:Product {key: $key})
WITH p, COLLECT {
  CALL (p) {
    MATCH (p)<-[:ON]-(e:Event)<-[:PERFORMED]-(u:User) WHERE e.kind IN $kinds RETURN u
    UNION
    MATCH (p)<-[:REVIEWS]-(r:Review)<-[:WROTE]-(u:User)
    WHERE coalesce(r.rating, $liked) >= $liked RETURN u
  }
  WITH p, u
  WHERE NOT EXISTS { (u)-[:PERFORMED]->(:Event {kind: 'dismiss'})-[:ON]->(p) } AND
__TRAINS_ON__
  RETURN u
} AS shoppers
CALL (p, shoppers) {
  UNWIND shoppers AS u
  CALL (u) {
    MATCH (u)-[:PERFORMED]->(e:Event)-[:ON]->(k:Product) WHERE e.kind IN $kinds RETURN k
    UNION
    MATCH (u)-[:WROTE]->(r:Review)-[:REVIEWS]->(k:Product)
    WHERE coalesce(r.rating, $liked) >= $liked RETURN k
  }
  WITH p, u, k
  WHERE NOT EXISTS { (u)-[:PERFORMED]->(:Event {kind: 'dismiss'})-[:ON]->(k) }
  WITH p, k, count(*) AS shared
  WHERE k <> p AND k.listed AND k[$footing] IS NOT NULL
  ORDER BY shared DESC, k.key
  LIMIT $most
  RETURN collect({key: k.key, own: k[$footing][0], scale: k[$footing][-1], shared: shared}) AS alike
}
RETURN size(shoppers) AS shoppers, alike
