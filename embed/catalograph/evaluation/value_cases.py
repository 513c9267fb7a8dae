"""Evaluation of the reading of values on columns with their right readings.

Each column is read as a feed of one column: all its cells together decide its decimal sign, its
order of day and month, and its currency, as in an ingest.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from catalograph.errors import TrainingDataError
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema import SourceRecord

MODEL = "values"
BLANK, REFUSE = "blank", "refuse"
_FIELDS = {"time": "released", "price": "price", "gtin": "gtins", "text": "description"}
_KINDS = frozenset({*_FIELDS, "number", "placeholder"})


@dataclass(frozen=True, slots=True)
class ValueOutcome:
    """Reading of one cell.

    Attributes:
        kind: kind of the column.
        language: ISO 639-1 code of the column's language.
        cell: cell as written.
        expected: right reading, `blank` or `refuse`.
        reading: reading, `blank` or `refuse`.
    """

    kind: str
    language: str
    cell: Any
    expected: str
    reading: str


def evaluate_values(path: Path | None = None) -> list[BenchmarkRow]:
    """Read columns and compare each cell with its right reading.

    Args:
        path: YAML with the columns; None takes those of the package.

    Returns:
        A row for all columns, for each kind, and for each language; `config` names them. Metrics,
        as shares of the cells: `right`; `wrong`, cells that got another value than their own;
        `lost`, cells whose value is missing.

    Raises:
        TrainingDataError: the file holds no such columns.
    """
    with Profiler() as watch:
        outcomes = list(read_value_cases(path))
        groups: dict[tuple[str, str], list[ValueOutcome]] = defaultdict(list)
        for one in outcomes:
            for group in (("all", "all"), (one.kind, "all"), ("all", one.language)):
                groups[group].append(one)
    # All columns first, then kinds, then languages.
    order = sorted(groups, key=lambda group: (group != ("all", "all"), group[1] != "all"))
    return [
        watch.row(
            MODEL,
            _measure(groups[group]),
            len(groups[group]),
            {"kind": group[0], "language": group[1]},
        )
        for group in order
    ]


def read_value_cases(path: Path | None = None) -> Iterator[ValueOutcome]:
    """Yield the reading of each cell of a file of columns; see `evaluate_values`."""
    for case in _load_cases(path):
        cells = [cell for cell, _ in case["cells"]]
        for (cell, expected), reading in zip(case["cells"], _read_column(case, cells), strict=True):
            yield ValueOutcome(case["kind"], case["language"], cell, str(expected), reading)


def _load_cases(path: Path | None) -> list[dict[str, Any]]:
    packaged = resources.files("catalograph.evaluation") / "value_cases.yaml"
    text = (packaged if path is None else path).read_text(encoding="utf-8")
    try:
        cases = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise TrainingDataError(f"'{path}' is no YAML: {exc}.") from exc
    good = isinstance(cases, list) and all(_is_case(case) for case in cases)
    if not good or not cases:
        raise TrainingDataError(
            f"'{path}' holds no columns with readings. Give a YAML list of objects with 'kind' "
            f"(one of {', '.join(sorted(_KINDS))}), 'language' and 'cells', a list of pairs of "
            "cell and reading."
        )
    return list(cases)


def _is_case(case: Any) -> bool:
    return (
        isinstance(case, dict)
        and case.get("kind") in _KINDS
        and isinstance(case.get("language"), str)
        and isinstance(case.get("cells"), list)
        and all(isinstance(pair, list) and len(pair) == 2 for pair in case["cells"])
    )


def _read_column(case: Mapping[str, Any], cells: Sequence[Any]) -> list[str]:
    """Return the reading of each cell, by a feed of which the column is the only one."""
    mapping = _mapping(case)
    url = case.get("url")
    rows = [
        {"id": f"row {n}", "name": case.get("title", "A mug"), "cell": cell}
        | ({"url": url} if url else {})
        for n, cell in enumerate(cells)
    ]
    feed = CatalogFeed(mapping)
    for row in rows:
        feed.prepare(row)
    return [_reading(case, feed, row) for row in rows]


def _mapping(case: Mapping[str, Any]) -> CatalogMapping:
    column = case.get("column", "")
    named: dict[str, Any] = {
        "source": "cases",
        "id": "id",
        "title": "name",
        "url": "url",
        "texts": [],
    }
    field = _FIELDS.get(case["kind"]) or (column if column in ("brand", "title") else None)
    if field is not None:
        named[field] = "cell"
    else:
        unit = {"unit": case["unit"]} if "unit" in case else {}
        named["attributes"] = [
            {"column": "cell", "attribute": "weight" if unit else "trait"} | unit
        ]
    return CatalogMapping.model_validate(named)


def _reading(case: Mapping[str, Any], feed: CatalogFeed, row: Mapping[str, Any]) -> str:
    built = feed.build(row)
    if built.record is None:
        return REFUSE
    found = _value_of(case, built.record)
    if found is None:
        return REFUSE if built.rejections else BLANK
    return found


def _value_of(case: Mapping[str, Any], record: SourceRecord) -> str | None:
    """Return the value that a record has from the column; None if it has none."""
    properties = record.nodes[0].properties
    kind = case["kind"]
    if kind == "price":
        price = properties.get("price")
        return None if price is None else f"{price:.10g} {properties.get('currency') or '?'}"
    if kind == "time":
        moment = properties.get("released")
        return moment.isoformat() if isinstance(moment, datetime) else None
    if kind in _FIELDS:
        value = properties.get(_FIELDS[kind])
        return value[0] if isinstance(value, list) else value
    if case.get("column") == "title":
        return str(properties["title"])
    tails = [t.tail.properties for t in record.triples]
    if kind == "number":
        return _written_number(record)
    return str(tails[0]["name"]) if tails else None


def _written_number(record: SourceRecord) -> str | None:
    """Return the number as it was read, before its unit is converted to the canonical one."""
    for triple in record.triples:
        written = triple.support.original or str(triple.tail.properties["name"])
        return written.split(" ")[0]
    return None


def _measure(outcomes: Sequence[ValueOutcome]) -> dict[str, float]:
    right = sum(one.reading == one.expected for one in outcomes)
    lost = sum(one.reading in (BLANK, REFUSE) and one.reading != one.expected for one in outcomes)
    n = len(outcomes)
    return {"right": right / n, "wrong": (n - right - lost) / n, "lost": lost / n}
