"""Prices: which column is the regular price and which the reduced one, and their currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.field_scores import percent
from catalograph.ingest.mapping_inference.fields import ColumnMatcher, FieldCandidate
from catalograph.ingest.mapping_inference.names import match_name, read_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.money import CURRENCIES

_CENTS = frozenset(
    {"cents", "cent", "minor", "pence", "分", "centimes", "centavos", "pfennig", "paise", "kopeks"}
)


_MINOR_UNITS = frozenset(
    {"unitamount", "amountminor", "minoramount", "minorunits", "amountminorunits"}
)
"""Names of amounts in the smallest unit of their currency, which is the yen itself in Japan."""
_UNITS = frozenset({"unit", "units", "einheit", "unite", "unidad", "单位", "単位"})


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """Columns of the prices, each with the reason.

    Attributes:
        columns: column by field: `price`, `sale_price` or `list_price`.
        why: reason by field.
        unused: other price columns, and why they are not mapped.
    """

    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)


def choose_prices(found: Mapping[str, FieldCandidate], profile: FeedProfile) -> PriceChoice:
    """Choose the columns by their names, and check by the values that a reduced price is lower.

    A reduced price beside the usual one is `sale_price`. A former price beside the current one, or
    beside a reduced one that more rows have, is `list_price`.

    Args:
        found: candidates by field: `price`, `-regular_price` and `sale_price`.
        profile: profile of the file.
    """
    plain, regular, sale = (found.get(f) for f in ("price", "-regular_price", "sale_price"))
    if plain is not None and regular is not None and sale is not None:
        share, _ = share_lower(profile, sale.column.name, plain.column.name)
        above, _ = share_lower(profile, plain.column.name, regular.column.name)
        if min(share, above) >= 0.5 and plain.column.filled >= sale.column.filled:
            compared = f"; at most '{plain.column.name}' in {percent(share)} of the rows with both"
            why = f"it is the recommended price above '{plain.column.name}', the shop's own"
            parts = [("price", plain, ""), ("sale_price", sale, compared)]
            return _choose(parts, {regular.column.name: why})
    low = sale or plain
    high = regular or plain
    if low is None or high is None or low is high:
        only = plain or sale or regular
        return _choose([] if only is None else [("price", only, "")])
    share, example = share_lower(profile, low.column.name, high.column.name)
    compared = f"; at most '{high.column.name}' in {percent(share)} of the rows with both"
    if share < 0.5:
        kept, other = (high, low) if low is sale else (low, high)
        side = "above" if other is low else "below"
        rows = percent(1 - share)
        why = f"it is {side} '{kept.column.name}' in {rows} of the rows with both{example}"
        return _choose([("price", kept, "")], {other.column.name: why})
    if low is sale and high.column.filled >= low.column.filled:
        return _choose([("price", high, ""), ("sale_price", low, compared)])
    return _choose([("price", low, compared), ("list_price", high, "")])


def _choose(
    parts: Sequence[tuple[str, FieldCandidate, str]], unused: Mapping[str, str] | None = None
) -> PriceChoice:
    return PriceChoice(
        {name: candidate.column for name, candidate, _ in parts},
        {name: f"{candidate.why}{more}" for name, candidate, more in parts},
        unused or {},
    )


def warn_of_currency(price: ColumnProfile) -> str:
    """Return a warning of prices that name no currency; "" if all name one."""
    bare = price.filled - sum(n for code, n in price.currencies.items() if code)
    if not bare:
        return ""
    signs = price.currencies.get("", 0)
    said = f" or write only a sign of several currencies ({signs:,})" if signs else ""
    return (
        f"{bare:,} of {price.filled:,} prices ({price.name}) name no currency{said}. "
        "Add a line such as 'currency: EUR'; else prices are without one."
    )


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
    read = read_name(column.name)
    if read.plain in _MINOR_UNITS:
        part["minor_units"] = True
    elif _CENTS & set(read.words) or find_unit_column(column.name, matcher):
        part["divide_by"] = 100
    beside = find_currency_column(column.name, matcher)
    if beside is not None and "{currency}" not in name:
        part["currency_column"] = beside
    if decimal := decimal_sign(column):
        part["decimal"] = decimal
    return (name if len(part) == 1 else part), (None if "{" in name else read.currency)


def find_unit_column(price: str, matcher: ColumnMatcher) -> str | None:
    """Return the column that says in an object's price that its amounts are cents."""
    folder = price.rpartition(".")[0]
    for name, column in matcher.columns.items():
        beside = folder and name.rpartition(".")[0] == folder and read_name(name).plain in _UNITS
        if beside and column.counts and _CENTS.issuperset(t.casefold() for t in column.counts):
            return name
    return None


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
