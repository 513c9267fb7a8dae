"""Clauses that count the values of one facet each, over an expression that lists its products."""

from collections.abc import Sequence

from catalograph.store.queries.projection.compile import StatementScope
from catalograph.store.queries.projection.fields import WRITTEN_FORMS
from catalograph.store.queries.projection.prices import COMPARABLE_PRICE, with_rates
from catalograph.store.queries.projection.selection import PriceBasis

_FIXED = {
    "brand": """CALL ({lists}) {
  UNWIND {products} AS p
  MATCH (p)-[:HAS_BRAND]->(b:Brand)
  WITH b, count(DISTINCT p) AS count ORDER BY count DESC, b.key LIMIT $values
  RETURN collect({key: b.key, label: b.name, count: count}) AS brands
}""",
    "category": """CALL ({lists}) {
  UNWIND {products} AS p
  MATCH (p)-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->(c:Category)
  WITH c, count(DISTINCT p) AS count ORDER BY count DESC, c.key LIMIT $values
  RETURN collect({key: c.key, label: c.name, count: count}) AS categories
}""",
    "currency": """CALL ({lists}) {
  UNWIND {products} AS p
  WITH coalesce(p.currency, '') AS code, count(p.price) AS count ORDER BY count DESC, code
  WHERE count > 0
  RETURN collect({code: code, count: count}) AS currencies
}
WITH *, coalesce($currency, currencies[0].code, '') AS currency""",
    "price": """CALL ({lists}, currency) {
  UNWIND {products} AS p
  WITH {price} AS price WHERE price IS NOT NULL
  WITH collect(price) AS prices, min(price) AS lowest, percentileDisc(price, 0.25) AS low,
    percentileDisc(price, 0.5) AS middle, percentileDisc(price, 0.75) AS high, max(price) AS highest
  UNWIND [[lowest, low], [low, middle], [middle, high], [high, highest]] AS band
  WITH DISTINCT band, size([price IN prices WHERE band[0] <= price <= band[1]]) AS count
  WHERE count > 0
  RETURN collect({low: band[0], high: band[1], count: count}) AS prices
}""",
    "rating": """CALL ({lists}) {
  UNWIND {products} AS p
  MATCH (p)<-[:REVIEWS]-(r:Review)
  WITH p, avg(r.rating) AS rating
  UNWIND [4, 3, 2] AS stars
  WITH stars, count(CASE WHEN rating >= stars THEN 1 END) AS count WHERE count > 0
  ORDER BY stars DESC
  RETURN collect({stars: stars, count: count}) AS ratings
}""",
    "availability": """CALL ({lists}) {
  UNWIND {products} AS p
  WITH coalesce(p.availability_status, 'UNKNOWN') AS status, count(DISTINCT p) AS count
  ORDER BY count DESC, status
  RETURN collect({status: status, count: count}) AS availabilities
}""",
    "community": """CALL ({lists}) {
  OPTIONAL MATCH (live:Model {kind: 'community', live: true})
  WITH live ORDER BY live.version DESC LIMIT 1
  UNWIND {products} AS p
  WITH live, p[live.property] AS number, count(DISTINCT p) AS count, min(p.key) AS member
  WHERE number IS NOT NULL
  WITH live, collect({number: number, count: count, member: member}) AS counted
  UNWIND live.communities AS line
  WITH live, split(line, '\\t') AS parts, counted
  WITH live, parts, [one IN counted WHERE one.number = toInteger(parts[0])][0] AS own
  WHERE own IS NOT NULL
  WITH live, parts, own ORDER BY own.count DESC, parts[1] LIMIT $values
  RETURN collect({
    key: CASE
      WHEN EXISTS {
        MATCH (c:Product {key: parts[1]}) WHERE c[live.property] = own.number
      } THEN parts[1]
      ELSE own.member
    END,
    title: COLLECT { MATCH (c:Product {key: parts[1]}) RETURN c.title }[0],
    count: own.count,
    facts: COLLECT {
      UNWIND range(2, size(parts) - 1) AS place
      MATCH (fact:Brand|Category|Value {key: parts[place]})
      WITH fact, place ORDER BY place
      RETURN fact {.key, .name, .number, .unit}
    }
  }) AS communities
}""",
}
FIXED_FACETS = tuple(_FIXED)
"""Names of the facets that are no attributes, in an order that binds the currency before prices."""
FACET_COLUMNS = {
    "brand": ("brands",),
    "category": ("categories",),
    "currency": ("currencies", "currency"),
    "price": ("prices",),
    "rating": ("ratings",),
    "availability": ("availabilities",),
    "community": ("communities",),
}
"""Columns of the counts of each of them."""

_VALUES = """CALL ({lists}) {
  {rows}
  WITH v, count(DISTINCT p) AS count ORDER BY count DESC, v.key
  WITH v.attribute AS name, sum(count) AS total,
    collect({value: v, count: count})[..$values] AS values
  ORDER BY {first}total DESC, name LIMIT $attributes
  UNWIND range(0, size(values) - 1) AS place
  WITH name, total, place, values[place].value AS v, values[place].count AS count
  CALL (v) {
    WITH v WHERE v.unit IS NOT NULL
    RETURN {written} AS written
    UNION
    WITH v WHERE v.unit IS NULL
    RETURN [] AS written
  }
  WITH name, total, place,
    v {.key, label: v.name, .number, .unit, count: count, written: written} AS value
  ORDER BY total DESC, name, place
  WITH name, total, collect(value) AS values ORDER BY {first}total DESC, name
  RETURN collect({name: name, values: values}) AS attributes
}"""
_RANGES = """CALL ({lists}, attributes) {
  WITH [facet IN attributes | facet.name] AS names
  {rows}
  WITH v.attribute AS name, coalesce(v.unit, '') AS unit, p, v.number AS number
  WHERE number IS NOT NULL AND name IN names
  WITH name, unit, collect({product: p, number: number}) AS said, min(number) AS lowest,
    percentileDisc(number, 0.25) AS low, percentileDisc(number, 0.5) AS middle,
    percentileDisc(number, 0.75) AS high, max(number) AS highest
  ORDER BY size(said) DESC, unit
  WITH name, head(collect({unit: unit, said: said, lowest: lowest, highest: highest,
    bands: [[lowest, low], [low, middle], [middle, high], [high, highest]]})) AS most
  UNWIND most.bands AS band
  WITH DISTINCT name, most, band
  CALL (most, band) {
    UNWIND most.said AS one
    WITH one WHERE band[0] <= one.number <= band[1]
    RETURN count(DISTINCT one.product) AS count
  }
  WITH name, most, band, count ORDER BY name, band[0], band[1]
  WITH name, most, collect({low: band[0], high: band[1], count: count}) AS bands
  RETURN collect({name: name, unit: most.unit, lowest: most.lowest, highest: most.highest,
    bands: bands}) AS ranges
}"""


def fixed_counts(facet: str, products: str, lists: Sequence[str], prices: PriceBasis) -> str:
    """Return the clauses that count a facet that is no attribute.

    Args:
        facet: name of the facet.
        products: expression of its products.
        lists: variables that the expression may use.
        prices: currency in which prices are compared.
    """
    price = with_rates(COMPARABLE_PRICE, "$rates" if prices.rates else None)
    filled = price.replace("{m}", "p").replace("{currency}", "currency")
    text = _FIXED[facet].replace("{price}", filled)
    return text.replace("{products}", products).replace("{lists}", ", ".join(lists))


def attribute_counts(
    chosen: Sequence[tuple[Sequence[str], str]],
    lists: Sequence[str],
    named: Sequence[str] | None,
    names: StatementScope,
) -> str:
    """Return the clauses that count the values of the most frequent attributes.

    Args:
        chosen: names of each attribute with a choice, and the expression of its products.
        lists: variables that the expressions may use.
        named: names of the wanted attributes; None for all.
        names: names of the statement.
    """
    every = [name for spellings, _ in chosen for name in spellings]
    first = f"name IN {names.parameter(every)} DESC, " if chosen else ""
    rows = _rows(chosen, lists, named, names, "")
    text = _VALUES.replace("{rows}", rows).replace("{first}", first)
    text = text.replace("{written}", WRITTEN_FORMS.replace("{n}", "v"))
    return text.replace("{lists}", ", ".join(lists))


def range_counts(
    chosen: Sequence[tuple[Sequence[str], str]], lists: Sequence[str], names: StatementScope
) -> str:
    """Return the clauses that count ranges of the numbers of the counted attributes."""
    rows = _rows(chosen, lists, None, names, "names")
    return _RANGES.replace("{rows}", rows).replace("{lists}", ", ".join(lists))


def _rows(
    chosen: Sequence[tuple[Sequence[str], str]],
    lists: Sequence[str],
    named: Sequence[str] | None,
    names: StatementScope,
    carried: str,
) -> str:
    """Return the clauses that bind a product `p` to each of its values `v` that counts."""
    every = [name for spellings, _ in chosen for name in spellings]
    conditions = [f"v.attribute IN {names.parameter(sorted(named))}"] if named is not None else []
    if not chosen:
        where = f" WHERE {conditions[0]}" if conditions else ""
        return f"UNWIND found AS p\n  MATCH (p)-[:HAS_VALUE]->(v:Value){where}"
    parts = [("found", [*conditions, f"NOT v.attribute IN {names.parameter(every)}"])]
    parts += [
        (products, [f"v.attribute IN {names.parameter(list(spellings))}"])
        for spellings, products in chosen
    ]
    union = "\n    UNION ALL\n    ".join(
        f"UNWIND {products} AS p MATCH (p)-[:HAS_VALUE]->(v:Value) "
        f"WHERE {' AND '.join(where)} RETURN p, v"
        for products, where in parts
    )
    imported = ", ".join([*lists, *([carried] if carried else [])])
    return f"CALL ({imported}) {{\n    {union}\n  }}"
