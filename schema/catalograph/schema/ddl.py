"""Constraints and indexes as Cypher text, and the migrations that bring a graph up to date."""

from dataclasses import dataclass

from catalograph.schema.vectors import Slot, vector_index, vector_property

FULL_TEXT_INDEX = "product_text"


@dataclass(frozen=True)
class Migration:
    """One step of the schema; steps are never changed once released, only added."""

    version: int
    summary: str
    statements: tuple[str, ...]


def constraint(label: str) -> str:
    """Uniqueness of `key` on a label, with the index behind it."""
    name = f"{label.lower()}_key"
    return f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.key IS UNIQUE"


def full_text_index() -> str:
    """Full-text index over titles and descriptions, with English stemming."""
    return (
        f"CREATE FULLTEXT INDEX {FULL_TEXT_INDEX} IF NOT EXISTS "
        "FOR (n:Product) ON EACH [n.title, n.description] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}"
    )


def range_index(label: str, prop: str) -> str:
    """Range index on one property."""
    name = f"{label.lower()}_{prop}"
    return f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{prop})"


def create_vector_index(kind: str, slot: Slot, dimension: int) -> str:
    """Cosine index on one kind of vector in one slot."""
    return (
        f"CREATE VECTOR INDEX {vector_index(kind, slot)} IF NOT EXISTS "
        f"FOR (n:Product) ON n.{vector_property(kind, slot)} OPTIONS {{indexConfig: "
        f"{{`vector.dimensions`: {dimension}, `vector.similarity_function`: 'cosine'}}}}"
    )


def drop_vector_index(kind: str, slot: Slot) -> str:
    """Take that index away, as another dimension needs another index."""
    return f"DROP INDEX {vector_index(kind, slot)} IF EXISTS"


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
)
