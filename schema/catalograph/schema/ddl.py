"""Constraints and indexes as Cypher text, and the migrations that update a graph."""

import re
from dataclasses import dataclass

from catalograph.schema.vectors import Slot, vector_index, vector_property

FULL_TEXT_INDEX = "product_text"
WORD_INDEX = "product_words"
"""Index of words without stemming, and of pairs of Chinese, Japanese and Korean characters."""
NAME_INDEX = "name_words"
SEARCHED = ("title", "search_brands", "description", "search_values")
"""Product properties in the full-text indexes; `search_…` are derived from its edges."""
PLACEMENT = "placement"
"""Property of a product: number of its last placement in a preference model."""
CHANGE = "change"
"""Property of a product: number of its last change; see the outbox."""
PASSAGE_TEXT_INDEX = "passage_text"
PASSAGE_WORD_INDEX = "passage_words"
"""Index of the words of passages as written, and of pairs of Chinese characters."""
SEARCHED_TRANSLATIONS = (*SEARCHED, "title_translations")
"""The same with the titles in other languages."""


@dataclass(frozen=True)
class Migration:
    """One schema migration; a released migration never changes, new ones are added."""

    version: int
    summary: str
    statements: tuple[str, ...]


def constraint(label: str) -> str:
    """Return the statement for a uniqueness constraint, with its index, on `key` of a label."""
    name = f"{label.lower()}_key"
    return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.key IS UNIQUE"


def full_text_index() -> str:
    """Return the statement for a full-text index over titles and descriptions, in English."""
    return (
        f"CREATE FULLTEXT INDEX {FULL_TEXT_INDEX} IF NOT EXISTS "
        "FOR (n:Product) ON EACH [n.title, n.description] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}"
    )


def search_index(name: str, properties: tuple[str, ...], analyzer: str) -> str:
    """Return the statement for a full-text index over the searched properties of products."""
    each = ", ".join(f"n.{prop}" for prop in properties)
    return (
        f"CREATE FULLTEXT INDEX {name} IF NOT EXISTS FOR (n:Product) ON EACH [{each}] "
        f"OPTIONS {{indexConfig: {{`fulltext.analyzer`: '{analyzer}'}}}}"
    )


def passage_index(name: str, properties: tuple[str, ...], analyzer: str) -> str:
    """Return the statement for a full-text index over passages."""
    each = ", ".join(f"n.{prop}" for prop in properties)
    return (
        f"CREATE FULLTEXT INDEX {name} IF NOT EXISTS FOR (n:Passage) ON EACH [{each}] "
        f"OPTIONS {{indexConfig: {{`fulltext.analyzer`: '{analyzer}'}}}}"
    )


def name_index() -> str:
    """Return the statement for a full-text index over brand and category names, for suggestions."""
    return (
        f"CREATE FULLTEXT INDEX {NAME_INDEX} IF NOT EXISTS FOR (n:Brand|Category) "
        "ON EACH [n.name] OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}"
    )


def range_index(label: str, prop: str) -> str:
    """Return the statement for a range index on one property."""
    name = f"{label.lower()}_{prop}"
    return f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{prop})"


def create_vector_index(kind: str, slot: Slot, dimension: int, label: str = "Product") -> str:
    """Return the statement for a cosine index on one kind of vector in one slot."""
    return (
        f"CREATE VECTOR INDEX {vector_index(kind, slot, label)} IF NOT EXISTS "
        f"FOR (n:{label}) ON n.{vector_property(kind, slot)} OPTIONS {{indexConfig: "
        f"{{`vector.dimensions`: {dimension}, `vector.similarity_function`: 'cosine'}}}}"
    )


def drop_vector_index(kind: str, slot: Slot, label: str = "Product") -> str:
    """Return the statement that drops that index; a new dimension needs a new index."""
    return f"DROP INDEX {vector_index(kind, slot, label)} IF EXISTS"


_LABELS_1 = (
    "Product",
    "Brand",
    "Category",
    "Attribute",
    "Value",
    "User",
    "Review",
    "Event",
    "Source",
    "Assertion",
    "Run",
    "Model",
    "Served",
    "GraphState",
)

# Up to version 1 the product that a record describes followed from its key alone.
_DESCRIBE = """
MATCH (s:Source)
WHERE s.key STARTS WITH 'source:' AND NOT EXISTS { (s)-[:DESCRIBES]->() }
CALL (s) {
  WITH s, split(s.key, ':')[1] AS source
  WITH s, source, substring(s.key, size('source:' + source + ':')) AS id
  WHERE id STARTS WITH 'catalog/' OR id STARTS WITH 'triples/'
  MATCH (p:Product {key: 'product:' + source + ':' + substring(id, 8)})
  MERGE (s)-[:DESCRIBES]->(p)
} IN TRANSACTIONS OF 2000 ROWS
"""

# Up to version 3 products were searched by title and description alone. Keys hold names normalised,
# with the signs that part them written as %2F, %3D and %25.
_SEARCH_WORDS = """
MATCH (p:Product)
WHERE p.listed
CALL (p) {
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
  SET p.search_brands = CASE WHEN brands <> [] THEN brands END,
    p.search_values = CASE WHEN facts <> [] THEN facts END
} IN TRANSACTIONS OF 2000 ROWS
"""

MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "Unique keys, full-text search over products, look-up of models by kind.",
        (
            *map(constraint, _LABELS_1),
            full_text_index(),
            range_index("Model", "kind"),
        ),
    ),
    Migration(
        2,
        "Clusters of equal products, what runs changed, records by run.",
        (
            constraint("Cluster"),
            constraint("Change"),
            range_index("Source", "run"),
            range_index("Change", "run"),
            range_index("Change", "record"),
            range_index("Change", "previous"),
            range_index("Change", "user"),
            range_index("Product", "changed"),
            _DESCRIBE,
        ),
    ),
    Migration(
        3,
        "Answers to mutations that came with an idempotency key.",
        (constraint("Request"), range_index("Request", "expires")),
    ),
    Migration(
        4,
        "Search by brands and values as well, by words as written, by Chinese characters; "
        "suggestions.",
        (
            f"DROP INDEX {FULL_TEXT_INDEX} IF EXISTS",
            _SEARCH_WORDS,
            search_index(FULL_TEXT_INDEX, SEARCHED, "english"),
            # A second index on the same list of properties is refused, hence the other order.
            search_index(WORD_INDEX, SEARCHED[::-1], "cjk"),
            name_index(),
        ),
    ),
    Migration(
        5,
        "History of prices, stock and facts; variants by group; search by titles in other "
        "languages.",
        (
            constraint("Offer"),
            constraint("PastAssertion"),
            range_index("Offer", "product"),
            range_index("Offer", "run"),
            range_index("PastAssertion", "head"),
            range_index("PastAssertion", "run"),
            range_index("Product", "group"),
            f"DROP INDEX {FULL_TEXT_INDEX} IF EXISTS",
            f"DROP INDEX {WORD_INDEX} IF EXISTS",
            search_index(FULL_TEXT_INDEX, SEARCHED_TRANSLATIONS, "english"),
            search_index(WORD_INDEX, SEARCHED_TRANSLATIONS[::-1], "cjk"),
        ),
    ),
    Migration(
        6,
        "Outbox of changed products, for the caches of the API; products by their placement.",
        (
            constraint("OutboxEntry"),
            range_index("OutboxEntry", "time"),
            range_index("Product", PLACEMENT),
        ),
    ),
    Migration(
        7,
        "Documents with passages, found by their words; orders with shipments and returns.",
        (
            *map(constraint, ("Document", "Passage", "Order", "OrderLine", "Shipment", "Return")),
            passage_index(PASSAGE_TEXT_INDEX, ("heading", "text"), "english"),
            passage_index(PASSAGE_WORD_INDEX, ("text", "heading"), "cjk"),
        ),
    ),
    Migration(
        8,
        "Changed products by the number of their last change, the outbox by the same.",
        (range_index("Product", CHANGE), range_index("OutboxEntry", "place")),
    ),
    Migration(
        9,
        "Generated texts by product, and judgements of them.",
        (
            *map(constraint, ("Content", "ContentJudgement")),
            range_index("Content", "product"),
            range_index("ContentJudgement", "time"),
        ),
    ),
    Migration(
        10,
        "Conversations with the assistant and their turns, by the time of the last one.",
        (*map(constraint, ("Conversation", "Turn")), range_index("Conversation", "changed")),
    ),
    Migration(
        11,
        "Review queue: what waits for a decision of a person, by state and product; decisions.",
        (
            *map(constraint, ("ReviewItem", "ReviewDecision")),
            range_index("ReviewItem", "waiting"),
            range_index("ReviewItem", "product"),
            range_index("ReviewItem", "subject"),
            range_index("ReviewItem", "unsettled"),
            range_index("ReviewItem", "decided"),
        ),
    ),
    Migration(
        12,
        "Privacy budget; reads of personal data by time and shopper.",
        (
            *map(constraint, ("PrivacyBudget", "DataAccess")),
            range_index("DataAccess", "time"),
            range_index("DataAccess", "user"),
        ),
    ),
)

_KEYED = re.compile(r"CREATE CONSTRAINT \w+ IF NOT EXISTS FOR \(n:(\w+)\) REQUIRE n.key IS UNIQUE")
_CREATED = re.compile(r"CREATE (?:\w+ )?(?:CONSTRAINT|INDEX) (\w+) ")
_DROPPED = re.compile(r"DROP INDEX (\w+) ")


def newest_schema() -> tuple[str, ...]:
    """Return the statements for the constraints and indexes that a graph has after all migrations.

    For a graph whose content has the newest form already: statements that change content, and
    indexes that a later migration drops, are left out.
    """
    kept: dict[str, str] = {}
    for text in (text for step in MIGRATIONS for text in step.statements):
        if made := _CREATED.match(text):
            kept[made[1]] = text
        elif gone := _DROPPED.match(text):
            kept.pop(gone[1], None)
    return tuple(kept.values())


def existence_constraints() -> tuple[str, ...]:
    """Return the statements for constraints that every node with a unique key has one.

    Neo4j Community cannot enforce them; no version of the schema needs them.
    """
    return tuple(
        f"CREATE CONSTRAINT {label.lower()}_key_exists IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE n.key IS NOT NULL"
        for text in newest_schema()
        for label in _KEYED.findall(text)
    )
