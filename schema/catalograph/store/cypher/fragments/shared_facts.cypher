// Fragment: the facts that recommended items share with the products that led to them, of every
// relation of the ontology. A product that is the tail of a relation between products counts as its
// own tail, as in the model, so that such an edge between two products is also a fact that they
// share. Opinions are those of the live model. Facts that only imputation supports are no facts to
// the model, so they are left out where the graph shows them.
// Needs: m (the live model or null), items (node, sources (nodes))
// Adds: facts (relation, key, name, degree (number of products with it; null for an opinion),
//   products (keys), strengths (of the products; null for a fact that is not graded))
CALL (m, items) {
  WITH m, [item IN items | item.node] AS shown,
    COLLECT {
      UNWIND items AS item
      UNWIND item.sources AS source
      RETURN DISTINCT source
    } AS sources,
    EXISTS { (:GraphState {imputed: 'show'}) } AS guesses
  UNWIND shown + sources AS n
  WITH DISTINCT m, guesses, n, n IN shown AS is_shown, n IN sources AS is_source
  CALL (m, guesses, n) {
    MATCH (n)-[f:__FACTS__]->(t)
    WHERE NOT guesses OR EXISTS {
      MATCH (:Assertion {key: 'assertion:' + n.key + '\t' + type(f) + '\t' + t.key})
        -[s:SUPPORTED_BY]->()
      WHERE s.origin <> 'IMPUTED'
    }
    RETURN type(f) AS relation, t, null AS strength
    UNION
    UNWIND split('__LINKS__', '|') AS relation
    RETURN relation, n AS t, null AS strength
    UNION
    MATCH (n)-[o:JUDGED_ON]->(t)
    WHERE o.slot = m.slot
    RETURN 'MENTIONS' AS relation, t, o.weight AS strength
  }
  WITH relation, t, collect(n.key) AS products, collect(strength) AS strengths,
    any(one IN collect(is_shown) WHERE one) AS leads, any(one IN collect(is_source) WHERE one) AS led
  WHERE size(products) > 1 AND leads AND led
  RETURN collect({
    relation: relation,
    key: t.key,
    name: coalesce(t.name, t.title, t.id),
    degree: CASE relation
      WHEN '__FACT__' THEN COUNT { (t)<-[:__FACT__]-() }
    END + CASE WHEN t:Product AND t.listed THEN 1 ELSE 0 END,
    products: products,
    strengths: CASE WHEN size(strengths) > 0 THEN strengths END
  }) AS facts
}
