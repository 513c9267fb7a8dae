"""Rows that leave out what the first row of their product or order says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.fields import KNOWN_NAME, ColumnMatcher
from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.names import match_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, text_of_cell
from catalograph.ingest.mapping_inference.record_ids import RowReader

_KEYS = ("id", "group", "-order", "mpn", "product")
_OWN = frozenset(
    {"price", "sale_price", "-regular_price", "-stock", "gtins", "-cost", "value", "-quantity"}
)
"""Fields whose blank cells mean that there is none."""
_NEEDED = {
    "catalog": frozenset({"title", "description", "brand"}),
    "events": frozenset({"user", "time"}),
    "reviews": frozenset({"user", "product"}),
}
"""Fields of which one must be inherited; else rows do not follow from others."""
_FEWEST_GROUPS = 2
_MOSTLY = 0.9


@dataclass
class _Gaps:
    """Rows of several with one key, by whether a column is filled.

    Attributes:
        first: number of first rows that have a value.
        blank: number of later rows without one.
        later: number of later rows.
    """

    first: int = 0
    blank: int = 0
    later: int = 0


@dataclass
class _Groups:
    """Runs of rows with one key, one after the other."""

    columns: list[str]
    several: int = 0
    gaps: dict[str, _Gaps] = field(default_factory=dict)

    def add(self, rows: list[Mapping[str, Any]]) -> None:
        """Take a run of rows."""
        if len(rows) < 2:
            return
        self.several += 1
        for column in self.columns:
            gaps = self.gaps.setdefault(column, _Gaps())
            gaps.first += not values.is_blank(values.lookup(rows[0], column))
            blank = sum(values.is_blank(values.lookup(row, column)) for row in rows[1:])
            gaps.blank += blank
            gaps.later += len(rows) - 1


def find_row_rules(matcher: ColumnMatcher, read: RowReader) -> dict[str, Any]:
    """Return the rules `inherit` and `where` that a file needs; empty if it needs none.

    A column is inherited if later rows of a product or order leave it out and the first has it.
    """
    gappy = [
        c.name
        for c in matcher.columns.values()
        if 0.1 < c.blank_share < 0.98 and matcher.best_name(c.name) not in _OWN
    ]
    if not {matcher.best_name(name) for name in gappy} & _NEEDED[matcher.kind]:
        return {}
    for key in _key_columns(matcher):
        groups = _read_groups(read, key.name, gappy)
        inherited = [
            name
            for name, gaps in groups.gaps.items()
            if gaps.first >= _MOSTLY * groups.several and gaps.blank >= _MOSTLY * gaps.later
        ]
        fields = {matcher.best_name(name) for name in inherited}
        if groups.several >= _FEWEST_GROUPS and fields & _NEEDED[matcher.kind]:
            rules: dict[str, Any] = {"inherit": {"key": key.name, "columns": inherited}}
            own = _own_id(matcher, key, inherited)
            if own is not None and _leaves_out_nothing(read, own.name, matcher):
                rules["where"] = [{"column": own.name, "blank": False}]
            return rules
    return {}


def _key_columns(matcher: ColumnMatcher) -> list[ColumnProfile]:
    """Return the columns that name the product or order of a row, filled and repeated."""
    found = []
    for name, column in matcher.columns.items():
        names = match_name(matcher.kind, name)
        score = max((names[k].score for k in _KEYS if k in names), default=0.0)
        if column.share(Form.CODE, Form.WHOLE, Form.UUID) > _MOSTLY:
            score = max(score, KNOWN_NAME)  # the gaps decide whether it is the key
        repeated = column.distinct > 1 and column.distinct_share < 0.95
        if score >= KNOWN_NAME and repeated and column.blank_share < 0.02:
            found.append((score, column))
    return [column for _, column in sorted(found, key=lambda item: -item[0])[:4]]


def _read_groups(read: RowReader, key: str, columns: list[str]) -> _Groups:
    groups = _Groups(columns)
    run: list[Mapping[str, Any]] = []
    last = None
    for row in read():
        cell = values.lookup(row, key)
        name = None if values.is_blank(cell) else text_of_cell(cell)
        if run and (name is None or name != last or len(run) > 1_000):
            groups.add(run)
            run = []
        run.append({c: values.lookup(row, c) for c in columns})
        last = name
    groups.add(run)
    return groups


def _own_id(
    matcher: ColumnMatcher, key: ColumnProfile, inherited: list[str]
) -> ColumnProfile | None:
    """Return the id of the rows themselves, if some rows have none."""
    for candidate in matcher.candidates("id", {key.name, *inherited}):
        named = candidate.name is not None and candidate.name.score >= KNOWN_NAME
        if named and candidate.column.distinct_share > _MOSTLY:
            return candidate.column if candidate.column.blank_share else None
    return None


def _leaves_out_nothing(read: RowReader, own: str, matcher: ColumnMatcher) -> bool:
    """Return whether rows without an id of their own have no price either."""
    prices = [n for n in matcher.columns if matcher.best_name(n) in _OWN]
    counts: Counter[bool] = Counter()
    for row in read():
        if values.is_blank(values.lookup(row, own)):
            counts[any(not values.is_blank(values.lookup(row, p)) for p in prices)] += 1
    return bool(prices) and counts[False] > 0 and not counts[True]
