// A product's row of the Gram matrices of the live preference model: the listed products that the
// model contains and that share facts with it, relation by relation. As in the model, a fact is
// weighted by its rarity, each product's facts of a relation form a vector of length one, and a
// product that is the tail of others has itself as a fact. A product that the model already
// contains is assumed to have had these facts at the training.
// Parameters: key, footing (property of the stored diagonal), parts (names of the model's parts),
//   weights (one a part), relations (names of all relations of its training), products (number of
//   products of its training), left_out (keys of assertions that do not count), most (products to
//   return)
// Returns: one row, none for an unknown or unlisted product: footing (null for a product that the
//   model does not contain), lengths (of its facts, by part), alike (key, own (its entry on the
//   diagonal), scale, gram (pairs of index of the part, entry)), strongest first
// Index: product_key
MATCH (p:Product {key: $key})
WHERE p.listed
WITH p, COLLECT {
  CALL (p) {
    MATCH (p)-[f:__FACTS__]->(t)
    WITH p, type(f) AS relation, t
    WHERE NOT 'assertion:' + p.key + '\t' + relation + '\t' + t.key IN $left_out
    RETURN relation, t
    UNION
    MATCH (p)<-[f:__LINKS__]-(:Product)
    RETURN type(f) AS relation, p AS t
  }
  WITH p, relation, t,
    relation + CASE WHEN t:Value THEN ':' + split(substring(t.key, 6), '=')[0] ELSE '' END AS name
  WITH p, relation, t, CASE WHEN name IN $relations THEN name ELSE relation END AS part
  UNWIND [n IN range(1, size($parts) - 1) WHERE $parts[n] = part] AS place
  CALL (p, relation, t, place) {
    OPTIONAL MATCH (t)<-[f:__FACTS__]-(k:Product)
    WHERE type(f) = relation AND k <> p AND k.listed AND k[$footing] IS NOT NULL
    WITH t, p, place, collect(DISTINCT k) AS named_by
    WITH p, place, named_by,
      CASE WHEN t <> p AND t:Product AND t.listed AND t[$footing] IS NOT NULL AND NOT t IN named_by
           THEN [t] ELSE [] END AS itself
    WITH place, named_by, itself,
      CASE WHEN p[$footing] IS NULL THEN 0 ELSE 1 END AS known
    WITH place, named_by, itself, known,
      log(($products + 1.0) / (size(named_by) + size(itself) + known + 1.0)) ^ 2 AS square
    RETURN square,
      [k IN named_by | [k, k[$footing][place]]]
        // A product that nobody named before has this fact besides those that the model counted.
        + [k IN itself | [k, CASE WHEN known + size(named_by) = 0
             THEN sqrt(k[$footing][place] ^ 2 + square) ELSE k[$footing][place] END]] AS holders
  }
  RETURN {place: place, square: square, holders: holders}
} AS facts
WITH p, facts, [n IN range(0, size($parts) - 1) |
  sqrt(reduce(sum = 0.0, fact IN facts |
    sum + CASE WHEN fact.place = n THEN fact.square ELSE 0.0 END))] AS lengths
CALL (facts, lengths) {
  UNWIND facts AS fact
  UNWIND fact.holders AS holder
  WITH fact, holder[0] AS k, holder[1] AS length, lengths[fact.place] AS own_length
  WHERE length > 0 AND own_length > 0
  WITH k, fact.place AS place, sum(fact.square / length / own_length) AS entry
  WITH k, collect([place, entry]) AS gram, sum(entry * $weights[place]) AS strength
  ORDER BY strength DESC, k.key
  LIMIT $most
  RETURN collect({key: k.key, own: k[$footing][0], scale: k[$footing][-1], gram: gram}) AS alike
}
RETURN p[$footing] AS footing, lengths, alike
