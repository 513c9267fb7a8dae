"""Preconditions that all jobs check first, and what `catalograph learn` asks of the graph."""

from collections.abc import Sequence

from catalograph.errors import EmptySnapshotError
from catalograph.store import TrainingContents

LEAST_INTERACTIONS = 1_000
LEAST_USERS = 100
"""Smallest numbers for a network over shoppers; with fewer the closed form is better anyway."""
LEAST_FACTS = 1_000
"""Smallest number of facts for a knowledge graph embedding."""


def require_products(products: Sequence[str], doing: str = "embed") -> None:
    """Raise if there are no products.

    Args:
        products: keys of the listed products.
        doing: what the job would do with them, for the message.

    Raises:
        EmptySnapshotError: there are no products.
    """
    if not products:
        raise EmptySnapshotError(
            f"There are no listed products to {doing}. Load a catalogue with `catalograph ingest`."
        )


def lack_products(contents: TrainingContents) -> str | None:
    """Say that no product is listed."""
    return None if contents.products else "no product is listed"


def lack_titles(contents: TrainingContents) -> str | None:
    """Say that no product has a text."""
    if contents.titles or contents.descriptions:
        return None
    return "no listed product has a title or description"


def lack_connections(contents: TrainingContents) -> str | None:
    """Say that nothing joins products."""
    if contents.facts or contents.interactions:
        return lack_products(contents)
    return "products have neither facts nor interactions"


def lack_shoppers(contents: TrainingContents) -> str | None:
    """Say that there are too few interactions for a network."""
    if contents.interactions >= LEAST_INTERACTIONS and contents.users >= LEAST_USERS:
        return None
    return (
        f"{contents.interactions:,} interactions of {contents.users:,} shoppers; it needs "
        f"{LEAST_INTERACTIONS:,} of {LEAST_USERS:,}"
    )


def lack_facts(contents: TrainingContents) -> str | None:
    """Say that there are too few facts for a knowledge graph embedding."""
    if contents.facts >= LEAST_FACTS:
        return None
    return f"{contents.facts:,} facts of products; it needs {LEAST_FACTS:,}"


def lack_passages(contents: TrainingContents) -> str | None:
    """Say that there are no passages but Chinese ones."""
    if contents.passages > contents.chinese_passages:
        return None
    return "there are no passages of documents, or only Chinese ones"


def lack_chinese_passages(contents: TrainingContents) -> str | None:
    """Say that there are no Chinese passages."""
    return None if contents.chinese_passages else "there are no Chinese passages of documents"
