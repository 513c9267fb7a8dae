"""A mapping for a file: a shipped one that fits, else one from names and values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalograph.errors import MappingError, MappingProposalError
from catalograph.ingest.mapping import (
    CatalogMapping,
    EventMapping,
    Kind,
    ReviewMapping,
    choose_mapping,
    fits,
)
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping_inference.catalog_proposal import CatalogProposer
from catalograph.ingest.mapping_inference.choices import ColumnFamily, find_families
from catalograph.ingest.mapping_inference.fields import ColumnMatcher, NameScores
from catalograph.ingest.mapping_inference.forms import Form, read_form
from catalograph.ingest.mapping_inference.inherited_columns import find_row_rules
from catalograph.ingest.mapping_inference.interaction_proposal import (
    InteractionProposer,
    KnownProducts,
)
from catalograph.ingest.mapping_inference.mapping_check import MappingOutcome, check_mapping
from catalograph.ingest.mapping_inference.names import match_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile, profile_rows
from catalograph.ingest.mapping_inference.proposal import MappingDraft, MappingProposal
from catalograph.ingest.mapping_inference.shipped import explain_shipped
from catalograph.ingest.readers import FeedFile, FeedRow
from catalograph.ingest.row_preparation import prepare_rows
from catalograph.log import shorten
from catalograph.schema import Rejection

_MANY_UNREADABLE = 0.05
_IN_LIST = re.compile(r"\.\d+(?:\.|\Z)")
_RULES = {
    "inherit": "later rows of a key leave these columns out; the first row has them",
    "where": "rows without an id of their own hold no product, such as those of further pictures",
}
_FITTING = 0.8
"""Share of the rows that a shipped mapping must keep to fit a file."""


def source_name(text: str) -> str:
    """Turn any text into a source name."""
    name = re.sub(r"[^a-z0-9_.-]+", "_", text.lower()).strip("_.-")[:63]
    return name or "feed"


def propose(
    file: FeedFile,
    kind: Kind,
    source: str | None = None,
    known: KnownProducts | None = None,
    *,
    similarities: NameScores | None = None,
    shipped: bool = True,
) -> MappingProposal:
    """Propose a mapping for a file, from all of its rows.

    Args:
        file: the file; it is read several times, and memory does not grow with its length but for
            16 bytes a row and set of columns that may be the id.
        kind: kind to read the file as.
        source: name of the feed; None takes that of the shipped mapping, else the file's name.
        known: looks product ids up in the graph; None if there is none to ask.
        similarities: similarity of names that the table does not know to fields.
        shipped: False infers the mapping although a shipped one fits.

    Raises:
        MappingProposalError: the file has no readable row, no header, or a required field cannot be
            found; the message says what was found and what to write.
    """
    profile = profile_rows(row.fields for row in file.rows())
    _check_rows(file, profile)
    if shipped:
        proposal = _propose_shipped(file, kind, source, profile)
        if proposal is not None:
            return proposal
    _check_header(file, profile)
    name = source_name(file.stem) if source is None else source
    feed = _Feed(file, kind, profile, similarities)
    if rules := find_row_rules(feed.matcher, feed.read):
        feed = feed.with_rules(rules)
    proposer: CatalogProposer | InteractionProposer
    if kind == "catalog":
        proposer = CatalogProposer(feed.profile, feed.matcher, feed.families, feed.read)
    else:
        proposer = InteractionProposer(kind, feed.profile, feed.matcher, feed.read, known)
    for rule, value in rules.items():
        proposer.draft.set(rule, value, _RULES[rule])
    mapping = proposer.propose(name)
    return _finish(mapping, proposer.draft, feed, check_mapping(file, mapping))


class _Feed:
    """A file with the profile of its rows, read as they are or by rules of a mapping.

    Args:
        file: the file.
        kind: kind to read the file as.
        profile: profile of its rows.
        similarities: similarity of names that the table does not know to fields.
        rules: rules that prepare the rows.
    """

    def __init__(
        self,
        file: FeedFile,
        kind: Kind,
        profile: FeedProfile,
        similarities: NameScores | None,
        rules: Mapping[str, Any] | None = None,
    ) -> None:
        self._file = file
        self._kind: Kind = kind
        self._similarities = similarities
        self._rules = rules
        self.profile = profile
        self.families = find_families(profile.columns.values())
        columns = list(profile.columns.values())
        if kind != "catalog":  # an event of several products becomes one for each
            columns = _without_elements(profile)
            columns += [c for e in profile.elements.values() for c in e.values()]
        self.matcher = ColumnMatcher(kind, _single(columns, self.families), similarities)

    @property
    def notes(self) -> Sequence[str]:
        """How the rows of the file were found."""
        return self._file.notes

    def read(self) -> Iterator[Mapping[str, Any]]:
        """Read the rows that can be read, from the first."""
        if self._rules is None:
            rows: Iterator[FeedRow | None] = self._file.rows()
        else:
            rows = iter(prepare_rows(self._file, _mapping_of(self._kind, self._rules)))
        for row in rows:
            if row is not None and not isinstance(row.fields, Rejection):
                yield row.fields

    def with_rules(self, rules: Mapping[str, Any]) -> "_Feed":
        """Return the file as rules of a mapping prepare its rows."""
        bare = _Feed(self._file, self._kind, self.profile, None, rules)
        profile = profile_rows(bare.read())
        profile.unreadable = self.profile.unreadable
        return _Feed(self._file, self._kind, profile, self._similarities, rules)


def _mapping_of(kind: Kind, rules: Mapping[str, Any]) -> FeedMapping:
    """Return a mapping with nothing but rules of rows."""
    key = rules["inherit"]["key"]
    if kind == "catalog":
        return CatalogMapping.model_validate({"source": "x", "id": key, "title": key, **rules})
    if kind == "reviews":
        return ReviewMapping.model_validate({"source": "x", "product": key, **rules})
    return EventMapping.model_validate({"source": "x", "event": {"constant": "view"}, **rules})


def _reading_warnings(notes: Sequence[str]) -> list[str]:
    """Return how the rows were found, as sentences."""
    return [f"{note[:1].upper()}{note[1:]}." for note in notes]


def _finish(
    mapping: FeedMapping,
    draft: MappingDraft,
    feed: _Feed,
    outcome: MappingOutcome,
) -> MappingProposal:
    profile, matcher = feed.profile, feed.matcher
    warnings = [*_unreadable_warning(profile), *outcome.warnings(mapping), *draft.warnings]
    warnings += _reading_warnings(feed.notes)
    unused = tuple(
        (column.name, _why_unused(column, matcher))
        for column in profile.columns.values()
        if not _is_used(column.name, draft.columns)
        and not re.search(r"\.\d+(?:\.|\Z)", column.name)
    )
    return MappingProposal(mapping, dict(draft.comments), tuple(warnings), unused)


def _is_used(name: str, used: Iterable[str]) -> bool:
    return any(name == u or name.startswith(f"{u}.") or u.startswith(f"{name}.") for u in used)


def _why_unused(column: ColumnProfile, matcher: ColumnMatcher) -> str:
    if not column.filled:
        return "no values"
    said = match_name(matcher.kind, column.name)
    best = max(said, key=lambda field: said[field].score, default=None)
    shown = (
        f", such as {shorten(' '.join(column.example().split()), 40)}"
        if matcher.kind == "catalog"
        else ""
    )
    if best is not None and said[best].score >= 0.5:
        return f"{best.lstrip('-').replace('_', ' ')}{shown}"
    if column.distinct == 1:
        return f"one value in all rows{shown}"
    return f"{column.distinct:,} distinct values{shown}"


def _single(
    columns: Iterable[ColumnProfile], families: Mapping[str, ColumnFamily]
) -> list[ColumnProfile]:
    """Return the columns, of each family only the one that stands for it."""
    others = {
        m.column for best, family in families.items() for m in family.members if m.column != best
    }
    return [column for column in columns if column.name not in others]


def _without_elements(profile: FeedProfile) -> list[ColumnProfile]:
    """Return the columns without those of first elements, which stand for all of their list."""
    return [
        column
        for name, column in profile.columns.items()
        if not any(name.startswith(f"{path}.0") for path in profile.elements)
    ]


def _check_rows(file: FeedFile, profile: FeedProfile) -> None:
    if profile.rows:
        if not any(column.filled for column in profile.columns.values()):
            raise MappingProposalError(
                f"The {profile.rows:,} rows of '{file.name}' hold no values."
            )
        return
    if not profile.unreadable:
        raise MappingProposalError(
            f"'{file.name}' has no rows. Check that it is the right file, and that its rows "
            "were found."
        )
    total = profile.unreadable.total()
    said = "; ".join(f"{n:,} times: {why}" for why, n in profile.unreadable.most_common(3))
    raise MappingProposalError(
        f"None of the {total:,} rows of '{file.name}' can be read: {said} Correct the file, for "
        "example its header or quotes; there is no column to map."
    )


def _unreadable_warning(profile: FeedProfile) -> list[str]:
    bad = profile.unreadable.total()
    if not bad:
        return []
    why = profile.unreadable.most_common(1)[0][0]
    total = profile.rows + bad
    most = " More than 5 %: check the file." if bad > _MANY_UNREADABLE * total else ""
    return [f"{bad:,} of {total:,} rows cannot be read and will be rejected, such as: {why}{most}"]


def _check_header(file: FeedFile, profile: FeedProfile) -> None:
    """Refuse a file whose column names look like values.

    Raises:
        MappingProposalError: at least half of the names are numbers, addresses, prices or dates.
    """
    if file.format not in ("csv", "tsv", "separated", "CSV", "TSV"):
        return
    names = list(profile.columns)
    data = (
        Form.NUMBER
        | Form.MONEY
        | Form.URL
        | Form.DATE
        | Form.DAY_OR_MONTH
        | Form.EMAIL
        | Form.UUID
        | Form.GTIN
    )
    like = [name for name in names if read_form(name.strip()) & data]
    known = [
        n
        for n in names
        if any(match_name(s, n) for s in ("catalog", "reviews", "events", "attributes"))
    ]
    alike = [n for n in names if _is_like_its_values(n, profile.columns[n])]
    if (
        len(names) >= 2
        and (
            len(like) >= max(2, len(names) / 2)
            or (like and len(set(like) | set(alike)) >= len(names) * 0.6)
        )
        and len(known) <= len(names) / 3
    ):
        raise MappingProposalError(
            f"'{file.name}' seems to have no header: its first line is "
            f"{', '.join(repr(shorten(name, 30)) for name in names[:6])}. "
            "Add a line with the names of the columns above it."
        )


def _is_like_its_values(name: str, column: ColumnProfile) -> bool:
    return name in (column.counts or {}) or (column.mean_words > 2 and len(name.split()) > 3)


def _propose_shipped(
    file: FeedFile, kind: Kind, source: str | None, profile: FeedProfile
) -> MappingProposal | None:
    """Return the shipped mapping that fits by content; None if none does."""
    present = {name for name, column in profile.columns.items() if "." not in name or column.filled}
    try:
        name, mapping = choose_mapping(kind, file.stem, present)
    except MappingError:
        return None
    if not fits(mapping, present):
        return None  # chosen by the file's name, but of other columns
    outcome = check_mapping(file, mapping)
    if outcome.share_kept < _FITTING and outcome.skipped < profile.rows:
        return None
    warnings = [*_unreadable_warning(profile), *outcome.warnings(mapping)]
    warnings += _reading_warnings(file.notes)
    return explain_shipped(name, mapping, source, profile, warnings)
