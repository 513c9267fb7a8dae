"""Fields of a shop's offer beside its price: pieces in stock, the shop's own code, pictures."""

from collections.abc import Callable, Mapping

from catalograph.ingest.mapping_inference.field_scores import TESTS, is_flag
from catalograph.ingest.mapping_inference.fields import (
    KNOWN_NAME,
    ColumnMatcher,
    FieldCandidate,
    numbered_siblings,
)
from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.name_table import flatten
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft

_SKUS = frozenset(
    flatten(name)
    for name in (
        "sku",
        "variant sku",
        "seller sku",
        "merchant sku",
        "商家编码",
        "商家SKU",
        "SKU编码",
    )
)
_FEWEST_PICTURES = 2

UseColumn = Callable[[str], str]
"""Marks a column as used, and returns it as the mapping names it."""


def set_stock(found: Mapping[str, FieldCandidate], draft: MappingDraft, use: UseColumn) -> None:
    """Set `quantity` to a column of whole numbers that its name says to be the stock."""
    candidate = found.get("-stock")
    if candidate is None or candidate.name is None or candidate.name.score < KNOWN_NAME:
        return
    column = candidate.column
    if column.name in draft.columns or column.share(Form.WHOLE) < 1 or is_flag(column):
        return
    draft.set("quantity", use(column.name), "the name means stock; whole numbers", column.example())


def set_sku(matcher: ColumnMatcher, draft: MappingDraft, use: UseColumn) -> None:
    """Set `sku` to a column of that name that is not the id."""
    for column in matcher.columns.values():
        last = column.name.rpartition(".")[2]
        if column.name in draft.columns or flatten(last) not in _SKUS or "." in column.name:
            continue
        if TESTS["catalog"]["id"](column) is not None:
            draft.set("sku", use(column.name), "the name means sku", column.example())
            return


def set_images(
    matcher: ColumnMatcher, profile: FeedProfile, draft: MappingDraft, use: UseColumn
) -> None:
    """Set `images` to a column of several pictures, or to numbered columns of one each."""
    first = draft.fields.get("image_url")
    if not isinstance(first, str) or "{" in first or first not in matcher.columns:
        return
    columns = numbered_siblings(first, matcher.columns)
    lists = [c for c in matcher.columns.values() if _lists_pictures(c)]
    if len(columns) < _FEWEST_PICTURES and not lists:
        return
    names = columns if len(columns) >= _FEWEST_PICTURES else list({first: 0, lists[0].name: 0})
    value = [use(name) for name in names]
    why = "several pictures of a product"
    draft.set(
        "images", value if len(value) > 1 else value[0], why, profile.columns[first].example()
    )


def _lists_pictures(column: ColumnProfile) -> bool:
    texts = list(column.counts or column.samples)[:100]
    several = sum(text.count("http") > 1 for text in texts)
    pictures = TESTS["catalog"]["image_url"](column) is not None
    return pictures and several > 0.1 * len(texts) > 0
