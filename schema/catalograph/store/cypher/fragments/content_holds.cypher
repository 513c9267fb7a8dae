// Fragment: whether a generated text still says what the graph says: its product is listed and
// described by as many records, the records it rests on have the same content, its facts have edges
// and the same names, and its opinions the same numbers of reviews.
// Needs: c (Content)
// Adds: holds
CALL (c) {
  OPTIONAL MATCH (p:Product {key: c.product})
  RETURN coalesce(p.listed, false)
    AND COUNT { (p)<-[:DESCRIBES]-() } = c.described
    AND COUNT { MATCH (c)-[r:RESTS_ON]->(s:Source) WHERE r.content_hash = s.content_hash } = c.records
    AND COUNT {
      UNWIND coalesce(c.facts, []) AS fact
      MATCH (p)-[f]->(t)
      WHERE type(f) + '\t' + t.key + '\t' + coalesce(t.name, t.title, t.id) = fact
      RETURN DISTINCT fact
    } = size(coalesce(c.facts, []))
    AND COUNT {
      UNWIND coalesce(c.opinions, []) AS opinion
      WITH p, split(opinion, '\t') AS part
      WHERE toString(COUNT {
        MATCH (p)<-[:REVIEWS]-(r:Review)
        WHERE EXISTS { (r)-[:MENTIONS {sentiment: 'positive'}]->(:Value {key: part[0]}) }
      }) = part[1]
      AND toString(COUNT {
        MATCH (p)<-[:REVIEWS]-(r:Review)
        WHERE EXISTS { (r)-[:MENTIONS]->(:Value {key: part[0]}) }
      }) = part[2]
      RETURN part
    } = size(coalesce(c.opinions, []))
    AS holds
}
