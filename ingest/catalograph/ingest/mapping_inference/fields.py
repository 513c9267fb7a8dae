"""Columns for the fields of a mapping: names and values together, as one assignment."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalograph.ingest.mapping_inference.field_scores import TESTS, ValueFit
from catalograph.ingest.mapping_inference.names import NameMatch, match_name, read_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile

NameScores = Callable[[Sequence[str]], Mapping[str, Mapping[str, float]]]
"""Similarity of names to fields, by column and field; see `name_encoder`."""

NAME_WEIGHT = 0.65
LEAST = 0.4
"""Smallest score of a column for a field."""
KNOWN_NAME = 0.5
"""Score of a name from which it says what the column is."""
_ALONE = 0.62
"""Part of the score of a column whose values alone say what it is."""


@dataclass(frozen=True, slots=True)
class FieldCandidate:
    """A column that may be a field.

    Attributes:
        field: name of the field.
        column: profile of the column.
        score: 0 to 1.
        name: how its name fits; None if the table does not know the name.
        fit: how its values fit.
        similarity: similarity of the name to the field by the text encoder; 0 without one.
    """

    field: str
    column: ColumnProfile
    score: float
    name: NameMatch | None
    fit: ValueFit
    similarity: float = 0.0

    @property
    def why(self) -> str:
        """The reasons, for people."""
        parts = []
        if self.name is not None and self.name.score >= 0.9:
            parts.append(f"the name means {self.field.lstrip('-').replace('_', ' ')}")
        elif self.name is not None and self.name.score > 0.25:
            parts.append(f"the name holds '{self.name.word}'")
        elif self.similarity:
            parts.append(f"the name is like that of {self.field.replace('_', ' ')} by meaning")
        parts.append(self.fit.why)
        return "; ".join(parts)


class ColumnMatcher:
    """Scores columns for the fields of a kind of feed.

    Args:
        kind: catalog, reviews or events.
        columns: profiles of the columns that have any value.
        similarities: similarity of unknown names to fields, from a text encoder.
    """

    def __init__(
        self, kind: str, columns: Iterable[ColumnProfile], similarities: NameScores | None = None
    ) -> None:
        self.kind = kind
        self.columns = {c.name: c for c in columns if c.filled and not c.name.startswith("@")}
        self._tests = TESTS[kind]
        self._similar: Mapping[str, Mapping[str, float]] = {}
        if similarities is not None:
            unknown = [name for name in self.columns if not self.best_name(name)]
            self._similar = similarities(unknown) if unknown else {}

    def best_name(self, column: str) -> str | None:
        """Return the field that a name says, with a leading `-` if it is none of the mapping."""
        found = match_name(self.kind, column)
        best = max(found, key=lambda field: found[field].score, default=None)
        return best if best is not None and found[best].score >= KNOWN_NAME else None

    def candidates(self, field: str, taken: Collection[str] = ()) -> list[FieldCandidate]:
        """Return the columns that may be a field, best first."""
        found = [
            c for name in self.columns if name not in taken and (c := self.candidate(field, name))
        ]
        return sorted(found, key=lambda c: -c.score)

    def candidate(self, field: str, column: str) -> FieldCandidate | None:
        """Return a column as a candidate for a field; None if it cannot be it."""
        profile = self.columns[column]
        names = match_name(self.kind, column)
        name = names.get(field)
        own = 0.0 if name is None else name.score
        rival = max(
            (m.score for f, m in names.items() if f != field and m.score > own), default=0.0
        )
        if rival >= KNOWN_NAME and rival > own + 0.02 and not _are_compatible(field, names, rival):
            return None
        fit = self._tests[field](profile)
        if fit is None:
            return None
        similarity = self._similar.get(column, {}).get(field, 0.0) if own < KNOWN_NAME else 0.0
        said = max(own, similarity)
        score = NAME_WEIGHT * said + (1 - NAME_WEIGHT) * fit.score
        if fit.alone and said < KNOWN_NAME:
            score = max(score, _ALONE * fit.score)
        elif said < KNOWN_NAME * 0.7:
            return None
        score *= 0.6 + 0.4 * min(1.0, 2 * (1 - profile.blank_share))
        score -= 0.03 * column.count(".")  # of equal ones, the less nested
        if any(part[:1] in "_$" for part in column.split(".")):
            score -= 0.15  # a name that a database adds
        return FieldCandidate(field, profile, score, name, fit, similarity)

    def assign(
        self, fields: Sequence[str], taken: Collection[str] = ()
    ) -> dict[str, FieldCandidate]:
        """Give each field at most one column, and each column at most one field.

        The sum of the scores is greatest over all such assignments.
        """
        from scipy.optimize import linear_sum_assignment

        names = [name for name in self.columns if name not in taken]
        found: dict[tuple[int, int], FieldCandidate] = {}
        scores = np.zeros((len(fields), len(names)))
        for row, field in enumerate(fields):
            for place, name in enumerate(names):
                candidate = self.candidate(field, name)
                if candidate is not None and candidate.score >= LEAST:
                    found[row, place] = candidate
                    scores[row, place] = candidate.score
        rows, places = linear_sum_assignment(scores, maximize=True)
        pairs = zip(rows.tolist(), places.tolist(), strict=True)
        return {fields[row]: found[row, place] for row, place in pairs if (row, place) in found}


def _are_compatible(field: str, names: Mapping[str, NameMatch], rival: float) -> bool:
    """Return whether a column may be a field though its name says another one more clearly."""
    said = {f for f, match in names.items() if match.score == rival}
    return bool(said & _ALSO.get(field, frozenset()))


_ALSO: Mapping[str, frozenset[str]] = {
    "id": frozenset({"gtins", "mpn", "group"}),
    "title": frozenset({"id", "brand"}),
    "mpn": frozenset({"id"}),
    "group": frozenset({"id"}),
    "product": frozenset({"id", "title"}),
    "price": frozenset({"-regular_price", "sale_price"}),
    "text": frozenset({"title"}),
    "category": frozenset({"brand"}),
    "availability": frozenset({"-stock"}),
    "-stock": frozenset({"availability"}),
}
"""Fields that a column may be although its name says one of these."""


def numbered_siblings(column: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that differ from one only by the number at the end, by that number.

    Example:
        >>> numbered_siblings("image_1", ["image_2", "image_1", "title"])
        ['image_1', 'image_2']
    """
    base = read_name(column).base
    found = [
        c
        for c in columns
        if read_name(c).base == base and (c == column or read_name(c).number is not None)
    ]
    return sorted(found, key=lambda c: read_name(c).number or 0)
