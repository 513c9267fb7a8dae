"""Preconditions that all jobs check first."""

from collections.abc import Sequence

from catalograph.errors import EmptySnapshotError


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
