"""Which selections of a product depend on that product alone, for caches of their answers."""

from collections.abc import Mapping

from catalograph.store.queries.projection.fields import FIELDS, StoredField
from catalograph.store.queries.projection.selection import FieldSelection, Selection

_OWN: Mapping[str, frozenset[str]] = {
    "Product": frozenset(
        {
            "assertions",
            "availability_status",
            "brands",
            "categories",
            "gtins",
            "imputed",
            "past_assertions",
            "price_history",
            "review_summary",
            "reviews",
            "values",
        }
    ),
    "Category": frozenset({"path"}),
    "Review": frozenset({"mentions"}),
    "Mention": frozenset({"value"}),
    "Assertion": frozenset({"supports"}),
    "Support": frozenset({"record", "valid_from"}),
    "ImputedFact": frozenset({"fact"}),
    "Offer": frozenset({"availability_status", "withdrawn"}),
}
"""Fields besides stored ones that change only with a record or review of the product, or with the
name of a node that it shares with others. All fields that are not named reach further: the number
of products of a brand, for one, changes with other products."""


def depends_on_product_alone(selection: Selection) -> bool:
    """Return whether the answer to a selection of a product is the same until that one changes."""
    return selection.type == "Product" and _stays_within(selection)


def _stays_within(selection: Selection) -> bool:
    return all(_is_own(selection.type, wanted) for wanted in selection.fields)


def _is_own(type_: str, wanted: FieldSelection) -> bool:
    own = wanted.name in _OWN.get(type_, ()) or isinstance(
        FIELDS[type_].get(wanted.name), StoredField
    )
    return own and (wanted.of is None or _stays_within(wanted.of))
