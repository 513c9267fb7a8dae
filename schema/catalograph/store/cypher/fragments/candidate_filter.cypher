// Fragment: further conditions of a WHERE on a candidate.
// Needs: i (product), parameters in_stock, gone (words for an unavailable product), brand, category,
//   values, price_min, price_max, currency (filters; null or empty filters nothing), price_currency
//   (in which prices are compared; blank for prices without one), rates (exchange rates; empty
//   compares no price in another currency)
    AND ($brand IS NULL OR EXISTS { (i)-[:HAS_BRAND]->(:Brand {key: $brand}) })
    AND ($category IS NULL
         OR EXISTS { (i)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(:Category {key: $category}) })
    AND all(value IN $values WHERE EXISTS { (i)-[:HAS_VALUE]->(:Value {key: value}) })
    AND ($currency IS NULL OR i.currency = $currency)
    AND ($price_min IS NULL OR CASE
      WHEN coalesce(i.currency, '') = $price_currency THEN i.price
      ELSE i.price * $rates[$price_currency] / $rates[i.currency] END >= $price_min)
    AND ($price_max IS NULL OR CASE
      WHEN coalesce(i.currency, '') = $price_currency THEN i.price
      ELSE i.price * $rates[$price_currency] / $rates[i.currency] END <= $price_max)
    AND NOT ($in_stock AND any(word IN $gone WHERE
      coalesce(i.availability_status, i.availability, '') CONTAINS word))
