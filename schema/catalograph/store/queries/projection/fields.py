"""The allow-list: every readable field and the Cypher fragment that reads it.

In a fragment, `{n}` stands for the node of the field, `{m}` for the node that the field leads to;
`{carry}` for variables that a WITH has to keep. Prices are compared as in `prices`.
Edges are read as they are: hidden imputed facts have none (`store.ledger.imputed_edges`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalograph.schema import ONTOLOGY
from catalograph.store.queries.projection.prices import COMPARABLE_PRICE


@dataclass(frozen=True, slots=True)
class StoredField:
    """A stored property."""

    property: str


@dataclass(frozen=True, slots=True)
class ComputedExpression:
    """A value computed by a Cypher expression."""

    text: str


@dataclass(frozen=True, slots=True)
class LinkedField:
    """All nodes or relationships that a field leads to.

    Attributes:
        type: type of the targets in `FIELDS`.
        match: clauses that bind `{m}`.
        order: sort key.
        one: whether there is at most one target; then the field is not a list.
    """

    type: str
    match: str
    order: str
    one: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort order of a page: expressions over `{m}`, never null, the last one unique.

    `descending` has one entry for each expression.
    """

    by: tuple[str, ...]
    descending: tuple[bool, ...]


_BY_KEY = Sort(("{m}.key",), (False,))


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A long list, read page by page.

    Attributes:
        type: type of its entries in `FIELDS`.
        match: clauses that bind `{m}`, without a final WHERE.
        where: condition on all entries; empty for none.
        sorts: sort orders by name, including `KEY`.
        filters: conditions by name; `{value}` stands for the value.
    """

    type: str
    match: str
    where: str = ""
    sorts: Mapping[str, Sort] = field(default_factory=lambda: {"KEY": _BY_KEY})
    filters: Mapping[str, str] = field(default_factory=dict)


FieldSpec = StoredField | ComputedExpression | LinkedField | PageSpec


def _fact(relation: str, label: str) -> LinkedField:
    return LinkedField(label, f"MATCH ({{n}})-[:{relation}]->({{m}}:{label})", "{m}.key")


_IMPUTED = LinkedField(
    "ImputedFact",
    "MATCH (:Source {key: 'source:' + {n}.source + ':imputed/' + "
    "substring({n}.key, size('product:' + {n}.source + ':'))})"
    "<-[{m}:SUPPORTED_BY {origin: 'IMPUTED'}]-({m}_fact:Assertion) "
    "WHERE NOT EXISTS { ({m}_fact)-[other:SUPPORTED_BY]->() WHERE other.origin <> 'IMPUTED' } "
    # Without an edge the fact is hidden.
    "AND EXISTS { ({n})-[:HAS_BRAND|IN_CATEGORY|HAS_VALUE]->({m}_tail) "
    "WHERE {m}_tail.key = split({m}_fact.key, '\\t')[2] }",
    "startNode({m}).key",
)
"""Facts of a product that only imputation supports, as far as they are shown."""

_RATINGS = (
    "COLLECT { MATCH ({x})<-[:REVIEWS]-(rated:Review) WHERE rated.rating IS NOT NULL "
    "RETURN rated.rating }"
)
_MEAN = (
    "CASE WHEN size(ratings) = 0 THEN null "
    "ELSE reduce(sum = 0.0, one IN ratings | sum + one) / size(ratings) END"
)
"""Mean without avg(): Neo4j treats avg() in a subquery as an aggregation of the outer row."""


def _over_ratings(text: str, variable: str) -> str:
    """Return an expression over the list `ratings` of a product."""
    return f"[ratings IN [{_RATINGS}] | {text}][0]".replace("{x}", variable)


def _stored_fields(*names: str) -> dict[str, FieldSpec]:
    return {name: StoredField(name) for name in names}


# A sort key must not be null, so a missing value is replaced by one outside the valid range.
_NEWEST = "coalesce({m}.time.epochMillis, -1)"
_BY_TIME: Mapping[str, Sort] = {
    "KEY": _BY_KEY,
    "NEWEST": Sort((_NEWEST, "{m}.key"), (True, False)),
    "OLDEST": Sort((_NEWEST, "{m}.key"), (False, False)),
}
_REVIEW_SORTS: Mapping[str, Sort] = {
    **_BY_TIME,
    "RATING": Sort(("coalesce({m}.rating, -1.0)", "{m}.key"), (True, False)),
    "HELPFUL": Sort(("coalesce({m}.helpful, -1)", "{m}.key"), (True, False)),
}
_PRODUCT_SORTS: Mapping[str, Sort] = {
    "KEY": _BY_KEY,
    "TITLE": Sort(("coalesce({m}.title, '')", "{m}.key"), (False, False)),
    # The currency comes first, so that the next page goes on in it.
    "PRICE_ASC": Sort(
        ("{currency}", f"coalesce({COMPARABLE_PRICE}, 1.0e300)", "{m}.key"),
        (False, False, False),
    ),
    "PRICE_DESC": Sort(
        ("{currency}", f"coalesce({COMPARABLE_PRICE}, -1.0)", "{m}.key"), (False, True, False)
    ),
    "POPULARITY": Sort(("coalesce({m}.popularity, -1.0)", "{m}.key"), (True, False)),
    "NEWEST": Sort(
        ("coalesce({m}.released.epochMillis, -1)", "{m}.key"),
        (True, False),
    ),
    "RATING": Sort(
        (f"coalesce({_over_ratings(_MEAN, '{m}')}, -1.0)", "{m}.key"),
        (True, False),
    ),
}
_IN_BRANDS = "EXISTS { ({m})-[:HAS_BRAND]->({m}_b:Brand) WHERE {m}_b.key IN {value} }"
_IN_CATEGORIES = (
    "EXISTS { ({m})-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->({m}_c:Category) "
    "WHERE {m}_c.key IN {value} }"
)
_OF_ATTRIBUTE = (
    "EXISTS { ({m})-[:HAS_VALUE]->({m}_v:Value) WHERE {m}_v.key IN {value}.keys "
    "OR ({m}_v.attribute IN {value}.names AND any(span IN {value}.ranges "
    "WHERE span.min <= {m}_v.number <= span.max "
    "AND (span.unit IS NULL OR {m}_v.unit = span.unit))) }"
)
_IN_COMMUNITIES = (
    "EXISTS { MATCH ({m}_g:Model {kind: 'community', live: true}) "
    "WITH {m}_g ORDER BY {m}_g.version DESC LIMIT 1 MATCH ({m}_c:Product) "
    "WHERE {m}_c.key IN {value} AND {m}_c[{m}_g.property] = {m}[{m}_g.property] }"
)
"""Condition on products of the community of one of some products, in the live version."""
_SAYS = (
    "any(said IN {value} WHERE coalesce({m}.title, '') =~ said "
    "OR coalesce({m}.description, '') =~ said OR any(text IN coalesce({m}.search_brands, []) "
    "+ coalesce({m}.search_values, []) + coalesce({m}.title_translations, []) "
    "+ coalesce({m}.description_translations, []) WHERE text =~ said))"
)
"""Condition on products with a text that matches one of some regular expressions."""
_PRODUCT_FILTERS: Mapping[str, str] = {
    "keys": "{m}.key IN {value}",
    "fits": "EXISTS { ({m})-[:COMPATIBLE_WITH|PART_OF]->({m}_f) WHERE {m}_f.key IN {value} }",
    "brand": "EXISTS { ({m})-[:HAS_BRAND]->(:Brand {key: {value}}) }",
    "category": "EXISTS { ({m})-[:IN_CATEGORY]->(:Category)-[:CHILD_OF*0..]->"
    "(:Category {key: {value}}) }",
    "values": "all(wanted IN {value} WHERE EXISTS { ({m})-[:HAS_VALUE]->(:Value {key: wanted}) })",
    "brands": _IN_BRANDS,
    "categories": _IN_CATEGORIES,
    "communities": _IN_COMMUNITIES,
    "known_communities": "{m}[{value}.property] IN {value}.numbers",
    "attribute": _OF_ATTRIBUTE,
    "not_brands": f"NOT {_IN_BRANDS}",
    "not_categories": f"NOT {_IN_CATEGORIES}",
    "not_attribute": f"NOT {_OF_ATTRIBUTE}",
    "not_words": f"NOT {_SAYS}",
    "currency": "{m}.currency = {value}",
    "price_min": f"{COMPARABLE_PRICE} >= {{value}}",
    "price_max": f"{COMPARABLE_PRICE} <= {{value}}",
    "source": "{m}.source = {value}",
    "slug": "{m}.slug = {value}",
    "availability": "coalesce({m}.availability_status, 'UNKNOWN') IN {value}",
    "in_stock": "NOT any(word IN {value} WHERE "
    "coalesce({m}.availability_status, {m}.availability, '') CONTAINS word)",
    "rating_min": f"{_over_ratings(_MEAN, '{m}')} >= {{value}}",
    # Constraints read from search words: one of each group of values or its words in the title,
    # and exclusions.
    "each_value": "all(group IN {value} WHERE EXISTS { ({m})-[:HAS_VALUE]->(v:Value) "
    "WHERE v.key IN group.keys } "
    "OR coalesce(toLower({m}.title) =~ group.title, false))",
    "without_value": "NOT EXISTS { ({m})-[:HAS_VALUE]->(v:Value) WHERE v.key IN {value} }",
    "without_word": "none(pattern IN {value} WHERE toLower(coalesce({m}.title, '')) =~ pattern)",
}


def _products(match: str) -> PageSpec:
    return PageSpec("Product", match, "{m}.listed", _PRODUCT_SORTS, _PRODUCT_FILTERS)


PRODUCT_PAGE = _products("MATCH ({m}:Product)")
_VARIANTS = "MATCH ({m}:Product {source: {n}.source, group: {n}.group})"
_LISTED_VARIANTS = "MATCH (v:Product {source: {n}.source, group: {n}.group}) WHERE v.listed"
WRITTEN_FORMS = (
    "COLLECT { MATCH ({n})<-[fact:HAS_VALUE]-(holder:Product) "
    "WITH holder, fact ORDER BY holder.key LIMIT 20 CALL ({n}, holder, fact) { "
    "MATCH (:Assertion {key: 'assertion:' + holder.key + '\\tHAS_VALUE\\t' + {n}.key})"
    "-[support:SUPPORTED_BY]->() WHERE support.origin <> 'IMPUTED' "
    "RETURN support.original AS original UNION ALL "
    "WITH fact WHERE fact.extractor IS NOT NULL RETURN fact.original AS original } "
    "RETURN coalesce(original, {n}.name) }"
)
"""Forms in which the first 20 products with a value, by key, write it."""
MOST_VARIANTS = 1_000
"""Largest number of variants from which the options of a group are read."""
_OFFERS = (
    "CALL ({n}) { WITH {n} WHERE {n}.listed RETURN {n} {.title, .price, .price_amount, "
    ".sale_price, .sale_price_amount, .currency, .availability_status, .quantity, "
    "key: 'offer:' + substring({n}.key, 8) + '@now', valid_from: coalesce({n}.offer_since, "
    "{n}.changed), valid_to: null, withdrawn: false} AS {m} "
    "UNION ALL MATCH (o:Offer {product: {n}.key}) RETURN o {.*} AS {m} } WITH {m}"
)
_OFFER_SORT = Sort(("coalesce({m}.valid_from.epochMillis, -1)", "{m}.key"), (True, False))
_WITHDRAWN = Sort(("coalesce({m}.valid_to.epochMillis, -1)", "{m}.key"), (True, False))
_OFFER_FILTERS = {
    "since": "coalesce({m}.valid_to, {value}) >= {value}",
    "until": "{m}.valid_from <= {value}",
}
_FACT_TYPES = "|".join(relation.name for relation in ONTOLOGY.facts)
_ASSERTIONS = (
    # The key of an assertion begins with the key of its head: a prefix search on the index.
    "CALL ({n}) { MATCH (a:Assertion) WHERE a.key STARTS WITH 'assertion:' + {n}.key + '\\t' "
    "RETURN {key: a.key, node: a} AS {m} "
    f"UNION ALL MATCH ({{n}})-[fact:{_FACT_TYPES}]->(tail) WHERE fact.extractor IS NOT NULL "
    "RETURN {key: 'assertion:' + {n}.key + '\\t' + type(fact) + '\\t' + tail.key, fact: fact} "
    "AS {m} } WITH {m}"
)
"""Assertions of a product: nodes, and facts whose edges stand for them."""
_SUPPORTS = (
    "CALL ({n}) { WITH {n}.node AS a MATCH (a)-[support:SUPPORTED_BY]->(record:Source) "
    "RETURN support {.*, record: record.key} AS {m} "
    "UNION ALL WITH {n}.fact AS fact, startNode({n}.fact) AS head "
    "MATCH (head)<-[:DESCRIBES]-(record:Source) RETURN fact {.extractor, .version, .original, "
    ".rule, origin: 'ASSERTED', confidence: 1.0, run: record.run, record: record.key} AS {m} } "
    "WITH {m}"
)
NODES: Mapping[str, str] = {
    "Assertion": "CALL () { MATCH (a:Assertion {key: {key}}) RETURN {key: a.key, node: a} AS m "
    "UNION ALL WITH split(substring({key}, size('assertion:')), '\\t') AS parts "
    f"MATCH (:Product {{key: parts[0]}})-[fact:{_FACT_TYPES}]->({{key: parts[2]}}) "
    "WHERE type(fact) = parts[1] AND fact.extractor IS NOT NULL "
    "RETURN {key: {key}, fact: fact} AS m }"
}
"""Clauses that bind `m` to the node with a key, for types of which not each row is a node."""
_REVIEW_FILTERS = {"rating_min": "{m}.rating >= {value}", "rating_max": "{m}.rating <= {value}"}

_ABOUT: Mapping[str, FieldSpec] = {
    name: LinkedField(label, f"MATCH ({{n}})-[:ABOUT]->({{m}}:{label})", "{m}.key")
    for name, label in (("products", "Product"), ("brands", "Brand"), ("categories", "Category"))
}

FIELDS: Mapping[str, Mapping[str, FieldSpec]] = {
    "Product": {
        **_stored_fields("key", "source", "listed", "title", "description", "price", "currency"),
        **_stored_fields("sale_price", "availability", "mpn", "url", "image_url", "released"),
        **_stored_fields("popularity", "changed"),
        **_stored_fields("price_amount", "sale_price_amount", "quantity", "sku", "slug"),
        **_stored_fields("language", "media_urls", "media_alts", "option_names", "option_values"),
        **_stored_fields("title_languages", "title_translations"),
        **_stored_fields("description_languages", "description_translations"),
        "availability_status": ComputedExpression("coalesce({n}.availability_status, 'UNKNOWN')"),
        "source_id": StoredField("id"),
        "gtins": ComputedExpression("coalesce({n}.gtins, [])"),
        "brands": _fact("HAS_BRAND", "Brand"),
        "categories": _fact("IN_CATEGORY", "Category"),
        "values": _fact("HAS_VALUE", "Value"),
        "imputed": _IMPUTED,
        "review_summary": ComputedExpression(
            _over_ratings(
                "{reviews: COUNT { ({n})<-[:REVIEWS]-(:Review) }, rated: size(ratings), "
                f"average_rating: {_MEAN}}}",
                "{n}",
            )
        ),
        "reviews": PageSpec(
            "Review",
            "MATCH ({n})<-[:REVIEWS]-({m}:Review)",
            sorts=_REVIEW_SORTS,
            filters=_REVIEW_FILTERS,
        ),
        "assertions": PageSpec("Assertion", _ASSERTIONS),
        "group": LinkedField(
            "ProductGroup", "WITH {n} AS {m} WHERE {m}.group IS NOT NULL", "{m}.group", True
        ),
        # Not of GraphQL: what the second stage of a search looks at.
        "search_brands": ComputedExpression("coalesce({n}.search_brands, [])"),
        "search_values": ComputedExpression("coalesce({n}.search_values, [])"),
        "category_keys": ComputedExpression(
            "COLLECT { MATCH ({n})-[:IN_CATEGORY]->(c:Category) RETURN c.key ORDER BY c.key }"
        ),
        "review_count": ComputedExpression("COUNT { ({n})<-[:REVIEWS]-() }"),
        "pagerank": ComputedExpression(
            "{n}[COLLECT { MATCH (rank:Model {kind: 'pagerank', live: true}) "
            "RETURN rank.property ORDER BY rank.version DESC LIMIT 1 }[0]]"
        ),
        "variants": _products(_VARIANTS),
        "price_history": PageSpec(
            "Offer", _OFFERS, sorts={"KEY": _OFFER_SORT}, filters=_OFFER_FILTERS
        ),
        "past_assertions": PageSpec(
            "PastAssertion",
            "MATCH ({m}:PastAssertion {head: {n}.key})",
            sorts={"KEY": _WITHDRAWN},
        ),
        "same": LinkedField(
            "Product",
            "MATCH ({n})-[:MEMBER_OF]->(:Cluster {kind: 'same'})<-[:MEMBER_OF]-({m}:Product)",
            "{m}.key",
        ),
    },
    "ProductGroup": {
        "key": ComputedExpression("'group:' + {n}.source + ':' + {n}.group"),
        **_stored_fields("source", "group_title"),
        "source_id": StoredField("group"),
        "variant_titles": ComputedExpression(
            f"COLLECT {{ {_LISTED_VARIANTS} RETURN v.title ORDER BY v.key LIMIT {MOST_VARIANTS} }}"
        ),
        "variant_options": ComputedExpression(
            f"COLLECT {{ {_LISTED_VARIANTS} AND v.option_names IS NOT NULL "
            "RETURN [v.option_names, v.option_values] "
            f"ORDER BY v.key LIMIT {MOST_VARIANTS} }}"
        ),
        "variants": _products(_VARIANTS),
    },
    "Offer": {
        **_stored_fields("key", "title", "price", "price_amount", "sale_price"),
        **_stored_fields("sale_price_amount", "currency", "quantity", "valid_from", "valid_to"),
        "availability_status": ComputedExpression("coalesce({n}.availability_status, 'UNKNOWN')"),
        "withdrawn": ComputedExpression("coalesce({n}.withdrawn, false)"),
    },
    "PastAssertion": {
        **_stored_fields("key", "head", "relation", "tail", "valid_from", "valid_to", "run"),
    },
    "Brand": {
        **_stored_fields("key", "name"),
        "product_count": ComputedExpression(
            "COUNT { ({n})<-[:HAS_BRAND]-(:Product {listed: true}) }"
        ),
        "products": _products("MATCH ({n})<-[:HAS_BRAND]-({m}:Product)"),
    },
    "Category": {
        **_stored_fields("key", "name"),
        "path": ComputedExpression("coalesce({n}.path, [])"),
        "parent": LinkedField(
            "Category", "MATCH ({n})-[:CHILD_OF]->({m}:Category)", "{m}.key", True
        ),
        "children": LinkedField("Category", "MATCH ({n})<-[:CHILD_OF]-({m}:Category)", "{m}.key"),
        "product_count": ComputedExpression(
            "COUNT { MATCH ({n})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-"
            "(p:Product {listed: true}) RETURN DISTINCT p }"
        ),
        "products": _products(
            "MATCH ({n})<-[:CHILD_OF*0..]-(:Category)<-[:IN_CATEGORY]-({m}:Product) "
            "WITH DISTINCT {m}{carry}"
        ),
    },
    "Attribute": {
        **_stored_fields("key", "name"),
        "value_count": ComputedExpression("COUNT { ({n})<-[:VALUE_OF]-(:Value) }"),
        "values": PageSpec("Value", "MATCH ({n})<-[:VALUE_OF]-({m}:Value)"),
    },
    "Value": {
        **_stored_fields("key", "attribute", "name", "number", "unit"),
        "written": ComputedExpression(
            f"CASE WHEN {{n}}.unit IS NULL THEN [] ELSE {WRITTEN_FORMS} END"
        ),
        "product_count": ComputedExpression(
            "COUNT { ({n})<-[:HAS_VALUE]-(:Product {listed: true}) }"
        ),
        "products": _products("MATCH ({n})<-[:HAS_VALUE]-({m}:Product)"),
    },
    "Review": {
        **_stored_fields("key", "source", "rating", "title", "text", "time", "verified", "helpful"),
        "product": LinkedField("Product", "MATCH ({n})-[:REVIEWS]->({m}:Product)", "{m}.key", True),
        "mentions": LinkedField(
            "Mention", "MATCH ({n})-[{m}:MENTIONS]->(:Value)", "endNode({m}).key"
        ),
    },
    "Mention": {
        **_stored_fields(
            "sentiment", "confidence", "extractor", "version", "field", "start", "end"
        ),
        "value": LinkedField("Value", "WITH endNode({n}) AS {m}", "{m}.key", True),
    },
    "Event": {
        **_stored_fields("key", "source", "kind", "time", "query"),
        "product": LinkedField("Product", "MATCH ({n})-[:ON]->({m}:Product)", "{m}.key", True),
    },
    "User": {
        **_stored_fields("key", "source"),
        "events": PageSpec(
            "Event",
            "MATCH ({n})-[:PERFORMED]->({m}:Event)",
            sorts=_BY_TIME,
            filters={"kind": "{m}.kind = {value}"},
        ),
        "reviews": PageSpec("Review", "MATCH ({n})-[:WROTE]->({m}:Review)", sorts=_REVIEW_SORTS),
    },
    "Document": {
        **_stored_fields("key", "source", "kind", "title", "url", "language", "time"),
        "passages": LinkedField(
            "Passage", "MATCH ({n})-[:HAS_PASSAGE]->({m}:Passage)", "{m}.number"
        ),
        **_ABOUT,
    },
    "Passage": {
        **_stored_fields("key", "number", "heading", "text", "language", "page"),
        "document": LinkedField(
            "Document", "MATCH ({n})<-[:HAS_PASSAGE]-({m}:Document)", "{m}.key", True
        ),
        **_ABOUT,
    },
    "Order": {
        **_stored_fields("key", "source", "status", "status_text", "time", "total"),
        **_stored_fields("total_amount", "currency"),
        "source_id": StoredField("id"),
        "lines": LinkedField("OrderLine", "MATCH ({n})-[:HAS_LINE]->({m}:OrderLine)", "{m}.number"),
        "shipments": LinkedField(
            "Shipment", "MATCH ({n})-[:HAS_SHIPMENT]->({m}:Shipment)", "{m}.number"
        ),
        "returns": LinkedField("Return", "MATCH ({n})-[:HAS_RETURN]->({m}:Return)", "{m}.number"),
    },
    "OrderLine": {
        **_stored_fields("number", "title", "quantity", "price", "price_amount", "currency"),
        "product": LinkedField(
            "Product", "MATCH ({n})-[:OF_PRODUCT]->({m}:Product)", "{m}.key", True
        ),
    },
    "Shipment": {
        **_stored_fields("number", "status", "status_text", "carrier", "tracking"),
        **_stored_fields("shipped", "expected", "delivered"),
    },
    "Return": {
        **_stored_fields("number", "status", "status_text", "reason", "requested", "received"),
        **_stored_fields("refunded", "refund", "refund_amount", "currency"),
        "lines": LinkedField("OrderLine", "MATCH ({n})-[:RETURNS]->({m}:OrderLine)", "{m}.number"),
    },
    "Assertion": {
        **_stored_fields("key"),
        "supports": LinkedField(
            "Support",
            _SUPPORTS,
            "{m}.record",
        ),
    },
    "Support": {
        **_stored_fields(
            "origin", "extractor", "version", "confidence", "run", "field", "start", "end"
        ),
        **_stored_fields("model", "prompt_hash", "original", "rule", "record"),
        "valid_from": ComputedExpression(
            "COLLECT { MATCH (writer:Run {key: 'run:' + {n}.run}) RETURN writer.started }[0]"
        ),
    },
    "ImputedFact": {
        "fact": ComputedExpression("startNode({n}).key"),
        **_stored_fields("confidence"),
    },
    "Model": {
        **_stored_fields("key", "kind", "version", "live", "created", "seconds", "dimension"),
        **_stored_fields("data_hash", "metrics", "config", "counts", "purpose", "written"),
        "stale": ComputedExpression("coalesce({n}.stale, false)"),
        "held": ComputedExpression("{n}.slot IS NOT NULL"),
        "limits": ComputedExpression("coalesce({n}.limits, [])"),
        "parts": ComputedExpression("coalesce({n}.parts, [])"),
    },
    "Run": {
        **_stored_fields(
            "key", "kind", "status", "started", "beat", "finished", "progress", "counts"
        ),
        **_stored_fields("error"),
    },
}
"""Fields by type."""

_LATEST = Sort(("coalesce({m}.created.epochMillis, -1)", "{m}.key"), (True, False))
_STARTED = Sort(("coalesce({m}.started.epochMillis, -1)", "{m}.key"), (True, False))
_NAMED = {"name_prefix": "toLower({m}.name) STARTS WITH toLower({value})"}

PAGES: Mapping[str, PageSpec] = {
    "products": PRODUCT_PAGE,
    "groups": PageSpec(
        "ProductGroup",
        "MATCH ({m}:Product)",
        "{m}.listed",
        filters={"group": "{m}.group = {value}", "source": "{m}.source = {value}"},
    ),
    "brands": PageSpec("Brand", "MATCH ({m}:Brand)", filters=_NAMED),
    "categories": PageSpec(
        "Category",
        "MATCH ({m}:Category)",
        filters={
            **_NAMED,
            "roots": "{value} AND NOT EXISTS { ({m})-[:CHILD_OF]->() }",
        },
    ),
    "attributes": PageSpec("Attribute", "MATCH ({m}:Attribute)", filters=_NAMED),
    "documents": PageSpec(
        "Document",
        "MATCH ({m}:Document)",
        filters={
            "kind": "{m}.kind = {value}",
            "language": "{m}.language = {value}",
            "about": "EXISTS { ({m})-[:ABOUT]->({m}_a) WHERE {m}_a.key = {value} }",
        },
    ),
    "passages": PageSpec("Passage", "MATCH ({m}:Passage)", filters={"keys": "{m}.key IN {value}"}),
    "orders": PageSpec(
        "Order",
        "MATCH ({m}_owner:User)-[:PLACED]->({m}:Order)",
        sorts=_BY_TIME,
        filters={"user": "{m}_owner.key = {value}"},
    ),
    "models": PageSpec(
        "Model",
        "MATCH ({m}:Model)",
        "{m}.kind IS NOT NULL",
        {"KEY": _BY_KEY, "NEWEST": _LATEST},
        {"kind": "{m}.kind = {value}", "live": "{m}.live = {value}"},
    ),
    "runs": PageSpec(
        "Run",
        "MATCH ({m}:Run)",
        "{m}.kind IS NOT NULL",
        {"KEY": _BY_KEY, "NEWEST": _STARTED},
        {"kind": "{m}.kind = {value}", "status": "{m}.status = {value}"},
    ),
}
"""Pages that do not start at a node."""
