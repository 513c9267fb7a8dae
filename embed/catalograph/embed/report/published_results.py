"""Figures that others have published on public data, each with its source."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["PublishedResults", "PublishedRow", "published_on"]


@dataclass(frozen=True)
class PublishedRow:
    """One system's figures."""

    system: str
    source: str
    metrics: Mapping[str, float]
    """Metrics as fractions, by the names in this project's evaluations."""


@dataclass(frozen=True)
class PublishedResults:
    """The published figures of one data set."""

    note: str
    """Measurement protocol of the figures, as far as it matters for a comparison."""
    rows: tuple[PublishedRow, ...]


def published_on(data: str) -> PublishedResults | None:
    """Return the figures of a data set by the last part of its folder's name, or None."""
    known = json.loads(files(__package__).joinpath("published.json").read_text("utf-8"))
    entry = known.get(data.rstrip("/").rpartition("/")[2])
    return entry and PublishedResults(
        entry["note"], tuple(PublishedRow(**row) for row in entry["rows"])
    )
