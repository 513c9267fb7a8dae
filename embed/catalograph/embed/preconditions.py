"""What every job needs before it can begin."""

from collections.abc import Sequence

from catalograph.errors import EmptySnapshotError


def require_products(products: Sequence[str], doing: str = "embed") -> None:
    """Raise where there is nothing to learn from.

    Args:
        products: keys of the listed products.
        doing: what was to be done with them, for the message.

    Raises:
        EmptySnapshotError: there are none.
    """
    if not products:
        raise EmptySnapshotError(
            f"There are no listed products to {doing}. Load a catalogue with `catalograph ingest`."
        )
