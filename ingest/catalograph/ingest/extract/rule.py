"""Extraction rule: a pattern, and the conversion of a match to a value."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from catalograph.ingest.extract.context import is_denied, is_joined
from catalograph.ingest.extract.cues import Cues
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.extract.rule_units import Unit, unit_key
from catalograph.schema import Span

BOTH = frozenset({"title", "description"})
TITLE = frozenset({"title"})
_LOOKED_BACK = 40

Named = tuple[str, int, int]
"""Name of a value, and start and end of its evidence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for one form of one attribute.

    Attributes:
        name: name of the rule; the extractor is `rule:<name>`.
        attribute: name of the attribute.
        pattern: pattern of the form. Group `e` is the evidence; for numbers with a unit, `n` and
            `f` are whole part and fraction, and `u` the unit.
        confidence: confidence, 0 to 1.
        units: canonical unit by the unit as written, case-folded, without spaces, dots and
            hyphens.
        low: smallest plausible number, in the canonical unit.
        high: largest plausible number, in the canonical unit.
        read: function that converts a match to values, for forms other than number with unit.
        fields: names of the texts to read.
        unless: pattern that excludes a match if it occurs right before the evidence.
        many: true if one text may hold several values.
        joined: true if quantities of other meaning stand beside it, as in "6GB, 128GB".
        labelled: true if a label before the value names the attribute, as in "Material: steel".
        media: true if the rule also applies to films and music albums.
        needs: groups of cues; without one of each group the pattern matches nothing.
        version: version, increased when the rule changes its findings.
    """

    name: str
    attribute: str
    pattern: re.Pattern[str]
    confidence: float
    units: Mapping[str, Unit] | None = None
    low: float = 0.0
    high: float = float("inf")
    read: Callable[[re.Match[str]], Iterator[Named]] | None = None
    fields: frozenset[str] = BOTH
    unless: re.Pattern[str] | None = None
    many: bool = False
    joined: bool = False
    labelled: bool = False
    media: bool = False
    needs: tuple[Cues, ...] = ()
    version: str = "1"

    def find(self, field: str, text: str) -> Iterator[Finding]:
        """Yield the findings of this rule in a text."""
        for match in self.pattern.finditer(text):
            start = match.start("e")
            before = text[max(0, start - _LOOKED_BACK) : start]
            if self.unless is not None and self.unless.search(before):
                continue
            if is_denied(text, *match.span("e")):
                continue
            found = list(self._read(field, match))
            yield from found
            if found and not self.many:
                return

    def _read(self, field: str, match: re.Match[str]) -> Iterator[Finding]:
        if self.read is not None:
            for name, start, end in self.read(match):
                yield self._finding(name, Span(field, start, end))
            return
        unit = (self.units or {}).get(unit_key(match["u"]))
        if unit is None:
            return
        written = float(match["n"].replace(",", "") + (match["f"] or ""))
        number = round(written * unit.factor, 4)
        start, end = match.span("e")
        units = None if self.many or self.joined else self.units
        if units and is_joined(match.string, start, end, number, units):
            return
        if self.low <= number <= self.high:
            name = f"{number:.10g} {unit.name}".strip()
            span = Span(field, start, end)
            yield self._finding(name, span, number, unit.name or None)

    def _finding(
        self, name: str, span: Span, number: float | None = None, unit: str | None = None
    ) -> Finding:
        extractor = f"rule:{self.name}"
        return Finding(
            self.attribute, name, extractor, self.version, self.confidence, span, number, unit
        )


def expand(form: str, *, fold: bool = False) -> Callable[[re.Match[str]], Iterator[Named]]:
    """Return a reader of the evidence as one value of a fixed form."""

    def read(match: re.Match[str]) -> Iterator[Named]:
        name = match.expand(form)
        yield name.lower() if fold else name, *match.span("e")

    return read
