"""Prices: which column is the regular price and which the reduced one, and their currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.field_scores import percent
from catalograph.ingest.mapping_inference.fields import ColumnMatcher, FieldCandidate
from catalograph.ingest.mapping_inference.names import match_name, read_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.money import CURRENCIES

_USUALLY = 0.9
_CENTS = frozenset(
    {"cents", "cent", "minor", "pence", "分", "centimes", "centavos", "pfennig", "paise", "kopeks"}
)


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """Columns of price and reduced price.

    Attributes:
        price: column of the price; None if there is none.
        sale: column of the reduced price; None if there is none.
        why: reason of the price.
        why_sale: reason of the reduced price.
        unused: other price columns, and why they are not mapped.
    """

    price: ColumnProfile | None = None
    sale: ColumnProfile | None = None
    why: str = ""
    why_sale: str = ""
    unused: Mapping[str, str] = field(default_factory=dict)


def choose_prices(found: Mapping[str, FieldCandidate], profile: FeedProfile) -> PriceChoice:
    """Choose the columns by their names, and check by the values that a reduced price is lower.

    Args:
        found: candidates by field: `price`, `-regular_price` and `sale_price`.
        profile: profile of the file.
    """
    plain, regular, sale = (found.get(f) for f in ("price", "-regular_price", "sale_price"))
    if regular is not None and sale is not None and regular.column.blank_share <= 0.5:
        high, low = regular, sale
    elif plain is not None and sale is not None:
        high, low = plain, sale
    elif regular is not None and plain is not None:
        high, low = regular, plain
    elif regular is not None and sale is not None:
        high, low = regular, sale
    else:
        only = plain or sale or regular
        return PriceChoice() if only is None else PriceChoice(only.column, None, only.why)
    share, example = share_lower(profile, low.column.name, high.column.name)
    if (
        share >= _USUALLY or (low is sale and share >= 0.5)
    ) and high.column.filled >= low.column.filled:
        return PriceChoice(
            high.column, low.column, high.why,
            f"{low.why}; at most '{high.column.name}' in {percent(share)} of the rows with both",
        )  # fmt: skip
    if regular is high and plain is low:
        why = f"filled in {high.column.filled:,} of {high.column.rows:,} rows only"
        if share < _USUALLY:
            why = f"'{low.column.name}' is above it in too many rows{example}"
        return PriceChoice(low.column, None, low.why, "", {high.column.name: why})
    higher = f"it is above '{high.column.name}' in {percent(1 - share)} of the rows with both"
    why = f"{higher}{example}"
    if share >= _USUALLY:  # the reduced price is the one that more rows have
        return PriceChoice(
            low.column,
            None,
            low.why,
            "",
            {high.column.name: "filled in fewer rows than the other price"},
        )
    return PriceChoice(high.column, None, high.why, "", {low.column.name: why})


def share_lower(profile: FeedProfile, low: str, high: str) -> tuple[float, str]:
    """Return the share of rows where a price is at most another, and a row where it is not."""
    rows = lower = 0
    example = ""
    for reduced, full in profile.pairs(low, high):
        try:
            amounts = values.to_number(reduced), values.to_number(full)
        except ValueError:
            continue
        if amounts[1] == 0:
            continue
        rows += 1
        if amounts[0] <= amounts[1]:
            lower += 1
        elif not example:
            example = f", such as {reduced} and {full}"
    return (lower / rows if rows else 1.0), example


def price_column(
    column: ColumnProfile, name: str, matcher: ColumnMatcher
) -> tuple[str | dict[str, Any], str | None]:
    """Return a price's part of the mapping, and the currency that the column's name says.

    Args:
        column: profile of the column.
        name: name or pattern of the column for the mapping.
        matcher: columns of the file, to find that of the currency.
    """
    part: dict[str, Any] = {"column": name}
    words = read_name(column.name).words
    if _CENTS & set(words):
        part["divide_by"] = 100
    beside = find_currency_column(column.name, matcher)
    if beside is not None and "{currency}" not in name:
        part["currency_column"] = beside
    if decimal := decimal_sign(column):
        part["decimal"] = decimal
    said = read_name(column.name).currency
    return (name if len(part) == 1 else part), (None if "{" in name else said)


def find_currency_column(price: str, matcher: ColumnMatcher) -> str | None:
    """Return the column of a price's currencies, first the one in the same object."""
    folder = price.rpartition(".")[0]
    found = []
    for name, column in matcher.columns.items():
        match = match_name("catalog", name).get("-currency")
        codes = {text.upper() for text in (column.counts or {})}
        if match is None or match.score < 0.5 or not codes or len(codes) > 60:
            continue
        known = sum(code in CURRENCIES or code in ("€", "$", "£", "¥") for code in codes)
        if known > 0.5 * len(codes):
            found.append((name.rpartition(".")[0] == folder, match.score, name))
    return max(found)[2] if found else None


def decimal_sign(column: ColumnProfile) -> str | None:
    """Return the decimal sign if some numbers could be read both ways and others decide."""
    counts = column.decimals
    if not counts["unclear"] or bool(counts["comma"]) == bool(counts["point"]):
        return None
    return "," if counts["comma"] else "."
