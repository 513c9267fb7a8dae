// Facts of some products, as `fragments/shared_facts` sees them.
// Parameters: keys, slot (of a preference model), footing (property of a product's place in it)
// Returns: key, listed, shown (whether lists may show it), name, facts (relation, key and name of the
//   tail, strength (null for a fact that is not graded), guessed (whether only imputation supports
//   it)) of each product that there is
// Index: product_key, assertion_key, graphstate_key
WITH EXISTS { (:GraphState {imputed: 'show'}) } AS guesses
UNWIND $keys AS key
MATCH (p:Product {key: key})
RETURN key, coalesce(p.listed, false) AS listed,
  coalesce(p.listed, false) AND p[$footing] IS NOT NULL AS shown,
  coalesce(p.name, p.title, p.id) AS name,
  COLLECT {
    MATCH (p)-[f:__FACTS__]->(t)
    RETURN [type(f), t.key, coalesce(t.name, t.title, t.id), null, guesses AND EXISTS {
      MATCH (a:Assertion {key: 'assertion:' + key + '\t' + type(f) + '\t' + t.key})
      WHERE NOT EXISTS { (a)-[s:SUPPORTED_BY]->() WHERE s.origin <> 'IMPUTED' }
    }] AS fact
    UNION ALL
    MATCH (p)-[o:JUDGED_ON]->(t)
    WHERE o.slot = $slot
    RETURN ['MENTIONS', t.key, coalesce(t.name, t.title, t.id), o.weight, false] AS fact
  } AS facts
