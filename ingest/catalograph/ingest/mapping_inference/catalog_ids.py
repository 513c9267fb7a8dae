"""The id of a catalogue's rows: a column, several together, or an error that says why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from catalograph.errors import MappingProposalError
from catalograph.ingest.mapping_inference.field_scores import is_flag, is_prose
from catalograph.ingest.mapping_inference.fields import (
    KNOWN_NAME,
    ColumnMatcher,
    FieldCandidate,
)
from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.names import attribute_name, match_name
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.mapping_inference.record_ids import (
    IdCount,
    RowReader,
    count_in_turns,
    repeated_example,
)

_MOST_LOST = 0.05
"""Largest share of rows that an id may lose with a warning; above it the id gets more columns."""
_CANDIDATES = 8
_NAMED = 0.8
"""Score of a name from which a second id is worth a warning."""
_PARTS = 7
_MOST_PARTS = 4
_VARYING = (
    "colour",
    "size",
    "material",
    "flavour",
    "style",
    "volume",
    "weight",
    "storage",
    "pack count",
)


@dataclass(frozen=True, slots=True)
class ChosenId:
    """The id of a catalogue.

    Attributes:
        columns: the columns.
        count: how well they identify the rows.
        why: reason, for people.
        others: further columns named like ids that identify the rows alone.
    """

    columns: tuple[str, ...]
    count: IdCount
    why: str
    others: tuple[str, ...] = ()


def choose_id(matcher: ColumnMatcher, profile: FeedProfile, read: RowReader) -> ChosenId:
    """Choose the smallest set of columns that identifies the rows of the whole file.

    Raises:
        MappingProposalError: no column does, nor several together.
    """
    candidates = _candidates(matcher)
    counts = {c.columns[0]: c for c in count_in_turns(read, [(c.column.name,) for c in candidates])}
    for candidate in candidates:
        count = counts[candidate.column.name]
        if count.is_id:
            why = f"{candidate.why}; {_repeats(count)}"
            return ChosenId(count.columns, count, why, _find_others(matcher, candidate, counts))
    named = [c for c in candidates if c.name is not None and c.name.score >= KNOWN_NAME]
    first = counts[named[0].column.name] if named else None
    combined = _combine(matcher, profile, read, named)
    if combined is not None and (
        first is None or first.share_lost > _MOST_LOST or not _has_title(matcher, combined)
    ):
        why = "no column alone identifies the rows; together they do"
        if first is not None:
            alone = f"'{first.columns[0]}' alone has {first.describe()}"
            why = f"{alone}; together they identify every row"
        return ChosenId(combined.columns, combined, why)
    close = [c for c in named if counts[c.column.name].share_lost <= _MOST_LOST]
    if close:
        best = min(close, key=lambda c: counts[c.column.name].share_lost)
        count = counts[best.column.name]
        return ChosenId(count.columns, count, best.why)
    raise MappingProposalError(_no_id(counts, profile))


def _find_others(
    matcher: ColumnMatcher, chosen: FieldCandidate, counts: Mapping[str, IdCount]
) -> tuple[str, ...]:
    """Return the other columns that are ids by their name and their values."""
    found = []
    for name, count in counts.items():
        match = match_name("catalog", name).get("id")
        named = match is not None and match.score >= _NAMED and matcher.best_name(name) == "id"
        if name != chosen.column.name and named and count.is_id:
            found.append(name)
    return tuple(found)


def _repeats(count: IdCount) -> str:
    return "rows that share it are equal" if count.repeated else "unique over the whole file"


def _has_title(matcher: ColumnMatcher, count: IdCount) -> bool:
    return any(matcher.best_name(column) == "title" for column in count.columns)


def _candidates(matcher: ColumnMatcher) -> list[FieldCandidate]:
    """Return columns that may be an id: by name, or codes of which each row has its own."""
    found = []
    for candidate in matcher.candidates("id"):
        name = candidate.column.name
        said = matcher.best_name(name)
        known = candidate.name is not None and candidate.name.score >= KNOWN_NAME
        if known or (candidate.fit.alone and said in (None, "gtins", "mpn", "id")):
            found.append(candidate)
    named = [
        c
        for c in found
        if c.name is not None and c.name.score >= KNOWN_NAME and c.column.share(Form.URL) < 0.5
    ]
    # A trade number may be shared by offers, or be missing, where the shop's own code is not.
    named.sort(key=lambda c: matcher.best_name(c.column.name) == "gtins")
    rest = [c for c in found if c not in named]
    addresses = [
        c for c in (matcher.candidate("url", n) for n in matcher.columns)
        if c is not None and c.column.is_unique and c.column.longest <= 200
    ]  # fmt: skip
    return [*named[:_CANDIDATES], *rest[:_CANDIDATES], *addresses[:1]]


def _combine(
    matcher: ColumnMatcher, profile: FeedProfile, read: RowReader, named: Sequence[FieldCandidate]
) -> IdCount | None:
    """Return the smallest set of lasting columns that identifies the rows; None if there is none.

    Prices, stock and dates are left out: they change, and the id with them.
    """
    parts = _lasting_columns(matcher, named)
    first = {candidate.column.name for candidate in named}
    for size in range(2, _MOST_PARTS + 1):
        sets = [
            tuple(c.name for c in chosen)
            for chosen in combinations(parts, size)
            if not first or chosen[0].name in first
        ]
        likely = [columns for columns in sets if _is_id_in_sample(profile, columns)]
        for count in count_in_turns(read, likely[:16]):
            if count.is_id:
                return count
    return None


def _lasting_columns(
    matcher: ColumnMatcher, named: Sequence[FieldCandidate]
) -> list[ColumnProfile]:
    """Return the columns that an id may be made of, the best first."""
    ids = [c.column for c in named[:3]]
    titles = [c.column for c in matcher.candidates("title") if c.score > 0.6][:1]
    brands = [c.column for c in matcher.candidates("brand") if c.score > 0.6][:1]
    varying = [
        column
        for name, column in matcher.columns.items()
        if attribute_name(name) in _VARYING and not is_prose(column) and not is_flag(column)
    ]
    categories = [c.column for c in matcher.candidates("category") if c.score > 0.6][:1]
    ordered = [*ids, *brands, *titles, *varying, *categories]
    unique = {
        column.name: column for column in ordered if column.blank_share < 0.5 or column in varying
    }
    return list(unique.values())[:_PARTS]


def _is_id_in_sample(profile: FeedProfile, columns: Sequence[str]) -> bool:
    """Return whether columns identify the rows of the sample, apart from equal rows."""
    seen: dict[str, str] = {}
    for row in profile.sample:
        key = "\x1f".join(str(row.get(column, "")).strip() for column in columns)
        content = repr(sorted(row.items(), key=lambda item: item[0]))
        if seen.setdefault(key, content) != content:
            return False
    return True


def _no_id(counts: dict[str, IdCount], profile: FeedProfile) -> str:
    found = []
    for name, count in list(counts.items())[:6]:
        example = repeated_example(profile, count.columns)
        found.append(f"'{name}' has {count.describe()}" + (f" ({example})" if example else ""))
    if not found:
        uniques = [
            f"'{c.name}' has {c.distinct:,} distinct in {c.rows:,} rows"
            for c in sorted(profile.columns.values(), key=lambda c: -c.distinct)[:6]
            if c.filled
        ]
        found = uniques or ["there is no column with values"]
    return (
        f"No column identifies the {profile.rows:,} rows: {'; '.join(found)}. "
        "Rows that share an id would replace each other. Write 'id: [column, column]' with "
        "columns that are unique together into a mapping, and give it with --mapping."
    )


def is_parent(matcher: ColumnMatcher, column: ColumnProfile, rows: int) -> bool:
    """Return whether a column that could be an id is shared by the variants of one product."""
    match = match_name("catalog", column.name).get("id")
    named = match is not None and match.score >= KNOWN_NAME
    return (
        named
        and column.filled >= 0.5 * rows
        and column.distinct < 0.9 * column.filled
        and (matcher.candidate("id", column.name) is not None)
    )
