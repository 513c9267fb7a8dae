"""Conventions of a feed's columns, learned from all its rows and written into the mapping.

One value may not show its decimal sign ("1.299"), its order of day and month ("03/04/2026") or the
country of its currency ("$"), but its column mostly does: one "12,99" or "31/01/2026" decides.
So the first pass over a feed collects what the values show, and then completes the mapping by
`decimal`, `format`, `currency` and `currency_signs`. The second pass, a replay of rejected rows and
any other reader of that mapping read each value by its row alone, in any order and any part.

Without a first pass, as in a stream, nothing is learned; what neither mapping nor currency decides
is then rejected.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar, cast

from catalograph.ingest import values
from catalograph.ingest.attributes import prefixed_cells
from catalograph.ingest.mapping import (
    CatalogMapping,
    EventMapping,
    ReviewMapping,
)
from catalograph.ingest.mapping_columns import (
    AttributeColumn,
    AttributePrefix,
    PriceColumn,
)
from catalograph.ingest.money import resolve_sign
from catalograph.ingest.values.currencies import CurrencySign, find_currency, to_currency
from catalograph.log import shorten

M = TypeVar("M", bound=CatalogMapping | ReviewMapping | EventMapping)

_KANA = re.compile(r"[\u3041-\u30fa]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WHOLE = re.compile(r"\D*\d{1,3}(?![\d.,' ]*\d)\D*\Z")
_SEPARATED_BY_GROUPS = re.compile(r"([.,])\d\d0(?!\d)")


@dataclass
class ColumnEvidence:
    """Forms that the values of a column have.

    Attributes:
        examples: first value that shows each form.
        counts: number of values that show each form.
        ambiguous: number of values that may be of several forms.
    """

    examples: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    ambiguous: int = 0

    def add(self, form: str | None, value: Any, *, ambiguous: bool) -> None:
        """Count a value that shows a form, or one that is ambiguous."""
        if form is not None:
            self.examples.setdefault(form, str(value))
            self.counts[form] += 1
        elif ambiguous:
            self.ambiguous += 1

    def merge(self, other: Self) -> None:
        """Add the forms of the values of later rows."""
        for form, text in other.examples.items():
            self.examples.setdefault(form, text)
        self.counts.update(other.counts)
        self.ambiguous += other.ambiguous

    @property
    def decision(self) -> str | None:
        """The form that all values show; None if none or several do."""
        return next(iter(self.counts)) if len(self.counts) == 1 else None

    def doubt(self, remedy: str) -> str | None:
        """Return why nothing is decided if values contradict each other."""
        if len(self.counts) < 2:
            return None
        shown = " as well as ".join(f"'{shorten(text)}'" for text in self.examples.values())
        return f"its column has {shown}. {remedy}"


_NUMBER_REMEDY = 'Write `decimal: ","` or `decimal: "."` at this column in the mapping.'
_DATE_REMEDY = "Write `format: day-first` or `format: month-first` at this column in the mapping."


class ConventionLearner(Generic[M]):
    """Collects the forms of values, row by row, and completes a mapping by them.

    Args:
        mapping: mapping to complete; what it states is not learned.
    """

    def __init__(self, mapping: M) -> None:
        self._mapping: M = mapping
        self._time_columns = tuple(_time_columns(mapping))
        self._price_columns: tuple[PriceColumn, ...] = (
            tuple(_price_columns(mapping)) if isinstance(mapping, CatalogMapping) else ()
        )
        self._has_numbers = mapping.decimal is None
        self._numbers: dict[str, ColumnEvidence] = {}
        self._times: dict[str, ColumnEvidence] = {}
        self._currencies = _CurrencyEvidence()
        self._whole_prices = 0
        self._round_prices: Counter[str] = Counter()

    def observe(self, fields: Mapping[str, Any]) -> None:
        """Collect the forms of a row's values."""
        for column in self._time_columns:
            cell = values.lookup(fields, column)
            if isinstance(cell, str):
                order = values.day_order(cell)
                said = self._times.setdefault(column, ColumnEvidence())
                said.add(order, cell, ambiguous=order is None and values.has_two_orders(cell))
        if self._has_numbers:
            for name, cell in _number_cells(self._mapping, fields):
                sign = values.decimal_sign(cell)
                ambiguous = sign is None and values.is_ambiguous(cell)
                number = self._numbers.setdefault(name, ColumnEvidence())
                number.add(sign, cell, ambiguous=ambiguous)
        if isinstance(self._mapping, CatalogMapping):
            self._observe_prices(fields, self._mapping)

    def merge(self, other: Self) -> None:
        """Add what a learner of later rows of the same feed collected."""
        for mine, others in ((self._numbers, other._numbers), (self._times, other._times)):
            for name, said in others.items():
                mine.setdefault(name, ColumnEvidence()).merge(said)
        self._currencies.merge(other._currencies)
        self._whole_prices += other._whole_prices
        self._round_prices.update(other._round_prices)

    def _observe_prices(self, fields: Mapping[str, Any], mapping: CatalogMapping) -> None:
        for column in self._price_columns:
            cell = values.lookup(fields, column.column)
            if cell is None:
                continue
            if isinstance(cell, str):
                self._observe_groups(cell)
            self._currencies.observe(fields, column, mapping)

    def _observe_groups(self, cell: str) -> None:
        """Count prices without a separator, and ambiguous ones that end in 0."""
        if values.is_ambiguous(cell):
            grouped = _SEPARATED_BY_GROUPS.search(cell)
            if grouped is not None:
                self._round_prices[grouped[1]] += 1
        elif _WHOLE.match(cell):
            self._whole_prices += 1

    def complete(self) -> M:
        """Return the mapping with the conventions that the values show."""
        changes = self._changes()
        # A bound of several types makes the copy one of them all.
        return cast("M", self._mapping.model_copy(update=changes)) if changes else self._mapping

    def _changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for name in ("time", "released"):
            column = getattr(self._mapping, name, None)
            said = None if column is None else self._times.get(column.column)
            if column is not None and column.format is None and said and said.decision:
                changes[name] = column.model_copy(update={"format": said.decision})
        if isinstance(self._mapping, EventMapping):
            said = self._numbers.get("value")
            if said is not None and said.decision:
                changes["decimal"] = said.decision
        if isinstance(self._mapping, CatalogMapping):
            changes |= self._catalog_changes(self._mapping)
        return changes

    def _catalog_changes(self, mapping: CatalogMapping) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        sign = self._price_sign()
        for name in ("price", "sale_price"):
            column = getattr(mapping, name)
            if column is not None and column.decimal is None and sign:
                changes[name] = column.model_copy(update={"decimal": sign})
        attributes = []
        for part in mapping.attributes:
            said = self._numbers.get(_attribute_name(part))
            decided = said.decision if said is not None else None
            attributes.append(part.model_copy(update={"decimal": decided}) if decided else part)
        if attributes != list(mapping.attributes):
            changes["attributes"] = tuple(attributes)
        return changes | self._currencies.complete(mapping)

    def _price_sign(self) -> str | None:
        said = self._numbers.get("price")
        if said is None or said.counts:
            return said.decision if said is not None else None
        # Prices with three decimals would have them all or none ending in 0, so "2.490" beside
        # "899" is 2,490.
        if self._whole_prices and len(self._round_prices) == 1:
            return "," if "." in self._round_prices else "."
        return None

    def doubts(self) -> dict[str, str]:
        """Return why nothing is decided, by column whose values contradict each other."""
        found: dict[str, str] = {}
        for column, said in self._times.items():
            if doubt := said.doubt(_DATE_REMEDY):
                found[column] = doubt
        for name, said in self._numbers.items():
            doubt = said.doubt(_NUMBER_REMEDY)
            for column in _columns_named(self._mapping, name) if doubt else ():
                found[column] = doubt or ""
        return found

    def notes(self) -> dict[str, int]:
        """Return how ambiguous values are read, with the number of them."""
        found: dict[str, int] = {}
        mapping, completed = self._mapping, self.complete()
        for column, said in self._times.items():
            if said.decision and said.ambiguous:
                example = said.examples[said.decision]
                found[f"date(s) in '{column}' are read {said.decision}, as '{example}' is"] = (
                    said.ambiguous
                )
        for name, said in self._numbers.items():
            sign = self._price_sign() if name == "price" else said.decision
            if sign and said.ambiguous:
                word = "comma" if sign == "," else "dot"
                shown = said.examples.get(sign)
                why = f", as in '{shorten(shown)}'" if shown else ""
                found[f"number(s) in '{name}' are read with a decimal {word}{why}"] = said.ambiguous
        if isinstance(mapping, CatalogMapping) and isinstance(completed, CatalogMapping):
            found |= self._currencies.notes(mapping, completed)
        return found


class ConventionalFeed(Generic[M]):
    """Base of the feeds whose first pass learns the conventions of the columns.

    Args:
        mapping: mapping of the columns.
        learn: False leaves the mapping as it is.

    Attributes:
        mapping: mapping of the columns, completed once the first pass has ended.
    """

    def __init__(self, mapping: M, *, learn: bool) -> None:
        self.mapping: M = mapping
        self._conventions = ConventionLearner(mapping) if learn else None
        self._doubts: Mapping[str, str] = {}

    def _learn_conventions(self, fields: Mapping[str, Any]) -> None:
        """Collect the forms of a row's values in the first pass."""
        if self._conventions is not None:
            self._conventions.observe(fields)

    def merge(self, other: Self) -> None:
        """Add what another builder learned of later rows of the same feed."""
        if self._conventions is not None and other._conventions is not None:
            self._conventions.merge(other._conventions)

    def finish_learning(self) -> Mapping[str, int]:
        """End the first pass: complete the mapping by the conventions of the rows.

        Returns:
            How ambiguous values are read, with the number of them.
        """
        conventions, self._conventions = self._conventions, None
        if conventions is None:
            return {}
        self.mapping, self._doubts = conventions.complete(), conventions.doubts()
        return conventions.notes()


class _CurrencyEvidence:
    """Currencies that the prices of a catalogue state."""

    def __init__(self) -> None:
        self._codes: Counter[str] = Counter()
        self._signs: dict[str, tuple[CurrencySign, int]] = {}
        self._without = 0
        self._titles: Counter[str] = Counter()

    def observe(
        self, fields: Mapping[str, Any], column: PriceColumn, mapping: CatalogMapping
    ) -> None:
        """Collect the currency of a price."""
        cell = values.lookup(fields, column.column)
        if values.is_missing(cell, "price"):
            return
        beside = values.lookup(fields, column.currency_column or "")
        try:
            sign = find_currency(cell)
            if sign is None and not values.is_missing(beside, "name"):
                sign = to_currency(values.to_plain(beside))
        except ValueError:
            return
        if sign is None:
            self._without += 1
            return
        code = resolve_sign(values.Cells(fields), sign, cell, mapping)
        if code is not None:
            self._codes[code] += 1
            return
        _, n = self._signs.get(sign.sign, (sign, 0))
        self._signs[sign.sign] = (sign, n + 1)
        if "JPY" in sign.codes:
            title = str(values.lookup(fields, mapping.title) or "")
            self._titles["ja" if _KANA.search(title) else "zh" if _HAN.search(title) else ""] += 1

    def merge(self, other: Self) -> None:
        """Add the currencies of the prices of later rows."""
        self._codes.update(other._codes)
        for text, (sign, n) in other._signs.items():
            self._signs[text] = (sign, n + self._signs.get(text, (sign, 0))[1])
        self._without += other._without
        self._titles.update(other._titles)

    def complete(self, mapping: CatalogMapping) -> dict[str, Any]:
        """Return the currencies that all prices of the feed decide."""
        changes: dict[str, Any] = {}
        signs = {
            text: code for text, (sign, _) in self._signs.items() if (code := self._decide(sign))
        }
        if signs:
            changes["currency_signs"] = {**signs, **mapping.currency_signs}
        codes = set(self._codes) | set(signs.values())
        undecided = self._signs.keys() - signs.keys()
        if mapping.currency is None and self._without and len(codes) == 1 and not undecided:
            changes["currency"] = next(iter(codes))
        return changes

    def _decide(self, sign: CurrencySign) -> str | None:
        fitting = [code for code in sign.codes if code in self._codes]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting and "JPY" in sign.codes and self._titles:
            # Japanese titles have kana, Chinese ones never.
            share = self._titles["ja"] / max(self._titles["ja"] + self._titles["zh"], 1)
            if share >= 0.2:
                return "JPY"
            return "CNY" if share == 0 and self._titles["zh"] else None
        return None

    def notes(self, before: CatalogMapping, after: CatalogMapping) -> dict[str, int]:
        """Return the currencies that are read where the price does not say them."""
        found: dict[str, int] = {}
        if before.currency is None and after.currency is not None:
            note = f"price(s) without a currency are read in {after.currency}, the feed's only one"
            found[note] = self._without
        for text, (_, n) in self._signs.items():
            code = after.currency_signs.get(text)
            if code is not None and text not in before.currency_signs:
                found[f"price(s) in '{text}' are read as {code}, as the rest of the feed shows"] = n
        return found


def _time_columns(mapping: CatalogMapping | ReviewMapping | EventMapping) -> Iterator[str]:
    """Yield the time columns whose form the mapping does not state."""
    column = mapping.released if isinstance(mapping, CatalogMapping) else mapping.time
    if column is not None and column.format is None:
        yield column.column


def _price_columns(mapping: CatalogMapping) -> Iterator[PriceColumn]:
    yield from (column for column in (mapping.price, mapping.sale_price) if column is not None)


def _number_cells(
    mapping: CatalogMapping | ReviewMapping | EventMapping, fields: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield name and cell of the numbers whose decimal sign the mapping does not state."""
    if isinstance(mapping, EventMapping) and mapping.value is not None:
        yield "value", values.lookup(fields, mapping.value)
    if not isinstance(mapping, CatalogMapping):
        return
    for column in _price_columns(mapping):
        if column.decimal is None:
            yield "price", values.lookup(fields, column.column)
    yield from _attribute_cells(mapping, fields)


def _attribute_cells(
    mapping: CatalogMapping, fields: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for part in mapping.attributes:
        if isinstance(part, AttributeColumn) and part.unit and part.decimal is None:
            cell = values.lookup(fields, part.column)
            for one in cell if isinstance(cell, list) else (cell,):
                yield part.column, one
        elif isinstance(part, AttributePrefix) and part.units and part.decimal is None:
            for _, cell, unit in prefixed_cells(fields, part, mapping):
                if unit is not None:
                    yield _attribute_name(part), cell


def _attribute_name(part: Any) -> str:
    """Return the name under which the numbers of an attribute are collected."""
    if isinstance(part, AttributeColumn):
        return part.column
    return part.prefix if isinstance(part, AttributePrefix) else ""


def _columns_named(
    mapping: CatalogMapping | ReviewMapping | EventMapping, name: str
) -> Iterator[str]:
    if name == "price" and isinstance(mapping, CatalogMapping):
        yield from (column.column for column in _price_columns(mapping))
    elif name == "value" and isinstance(mapping, EventMapping):
        yield mapping.value or ""
    else:
        yield name


__all__ = ["ColumnEvidence", "ConventionLearner"]
