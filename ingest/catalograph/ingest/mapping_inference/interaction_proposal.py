"""MappingProposal of the mapping of reviews or events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalograph.errors import MappingProposalError
from catalograph.ingest.mapping import EventMapping, ReviewMapping
from catalograph.ingest.mapping_inference.event_kinds import (
    EventKinds,
    find_event_kinds,
    read_event_words,
    warn_of_unknown,
)
from catalograph.ingest.mapping_inference.field_scores import TESTS, is_constant, percent
from catalograph.ingest.mapping_inference.fields import (
    KNOWN_NAME,
    ColumnMatcher,
    FieldCandidate,
)
from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.names import is_number_name, match_name
from catalograph.ingest.mapping_inference.price_columns import decimal_sign
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft
from catalograph.ingest.mapping_inference.record_ids import RowReader, count_ids
from catalograph.ingest.mapping_inference.time_columns import set_time

KnownProducts = Callable[[Sequence[str]], Mapping[str, float]]
"""Returns the share of some product ids that each catalogue of the graph has, by its source."""

_REVIEW_FIELDS = ("user", "rating", "title", "text", "time", "verified", "helpful")
_EVENT_FIELDS = ("user", "time", "query", "value", "served", "position")
_KNOWN_SHARE = 0.3
_ASKED = 500
_ENOUGH_ROWS = 20
"""Rows from which codes that never repeat are no chance."""


class InteractionProposer:
    """Puts together the mapping of reviews or events.

    Args:
        kind: `reviews` or `events`.
        profile: profile of the file.
        matcher: its columns; of a list of objects also those of the elements.
        read: reads the rows again.
        known: looks ids up in the graph; None if there is none to ask.
    """

    def __init__(
        self,
        kind: str,
        profile: FeedProfile,
        matcher: ColumnMatcher,
        read: RowReader,
        known: KnownProducts | None,
    ) -> None:
        self._kind = kind
        self._profile = profile
        self._matcher = matcher
        self._read = read
        self._known = known
        self.draft = MappingDraft()

    def propose(self, source: str) -> ReviewMapping | EventMapping:
        """Return the mapping; the draft has its comments and warnings.

        Raises:
            MappingProposalError: no column names products, or no column the kind of event.
        """
        self.draft.set("source", source, "name of the feed")
        if self._kind == "reviews":
            self._set_product(required=True)
            self._set_fields(_REVIEW_FIELDS)
            self._set_id()
            return ReviewMapping.model_validate(self.draft.fields)
        kinds = find_event_kinds(self._matcher)
        if kinds.column is not None:
            self.draft.columns.add(kinds.column.name)
        self.draft.fields["event"] = {}
        self._set_product(required=kinds.needs_product)
        self._set_event(kinds)
        self._set_fields(_EVENT_FIELDS)
        self._set_id()
        return EventMapping.model_validate(self.draft.fields)

    def _set_event(self, kinds: EventKinds) -> None:
        if kinds.column is None:
            self.draft.set("event", {"constant": str(kinds.constant)}, kinds.why)
            return
        product = self.draft.fields.get("product")
        words = read_event_words(kinds.column, self._profile, product)
        part: dict[str, Any] = {"column": kinds.column.name}
        if words.values:
            part["values"] = {word: str(kind) for word, kind in words.values.items()}
        if words.skip:
            part["skip"] = list(words.skip)
        self.draft.set("event", part, kinds.why)
        if warning := warn_of_unknown(words):
            self.draft.warnings.append(warning)

    def _set_product(self, *, required: bool) -> None:
        product = self._find_product()
        if product is None:
            if required:
                raise MappingProposalError(self._no_product())
            return
        candidate, source, why = product
        column = candidate.column
        self.draft.columns.add(column.name)
        self.draft.set("product", column.name, why, column.example())
        if source is not None and source != self.draft.fields["source"]:
            self.draft.set("product_source", source, "catalogue of the graph that has these ids")
            self.draft.set("user_source", source, "so that a shop's feeds have the same shoppers")
        each = _list_of(column.name, self._profile)
        if each is not None:
            self.draft.set("each", each, f"'{each}' lists several products: each becomes a row")
        if not column.distinct_share < 1 and column.filled > 20 and source is None:
            self.draft.warnings.append(
                f"Each of the {column.filled:,} rows names another product ({column.name}). "
                "If it is the id of the row and not of its product, correct 'product'."
            )

    def _find_product(self) -> tuple[FieldCandidate, str | None, str] | None:
        """Return the column of product ids, the source that knows them, and the reason."""
        candidates = [
            c for c in self._matcher.candidates("product", self.draft.columns) if self._may_be(c)
        ]
        if self._known is not None:
            ranked = []
            columns = [
                c
                for n in self._matcher.columns
                if n not in self.draft.columns and (c := self._weak("product", n))
            ]
            for candidate in columns:
                ids = _ids(candidate.column)
                shares = self._known(ids) if ids else {}
                if shares:
                    source = max(shares, key=shares.__getitem__)
                    ranked.append((shares[source], source, candidate))
            best = max(ranked, key=lambda r: (r[0], r[2].score), default=None)
            if best is not None and best[0] >= _KNOWN_SHARE:
                why = f"{percent(best[0])} of its ids are in the graph's catalogue '{best[1]}'"
                self._warn_of_rivals(best[2], best[1])
                return best[2], best[1], why
        if not candidates:
            return None
        # Ids rather than names, and what differs between rows rather than what all rows repeat.
        first = min(candidates, key=lambda c: (is_constant(c.column), _is_label(c), -c.score))
        if is_constant(first.column):
            self.draft.warnings.append(
                f"All {first.column.filled:,} rows name one product ({first.column.name}). "
                "If another column holds the ids of products, correct 'product'."
            )
        return first, None, first.why

    def _warn_of_rivals(self, candidate: FieldCandidate, source: str) -> None:
        """Warn of other catalogues that know more than half as many of the ids."""
        shares = self._known(_ids(candidate.column)) if self._known else {}
        rivals = [n for n, share in shares.items() if n != source and share * 2 > shares[source]]
        if rivals:
            self.draft.warnings.append(
                f"'{rivals[0]}' has many of these product ids too. Correct 'product_source' and "
                "'user_source' if these are not the products and shoppers of "
                f"'{source}'."
            )

    def _weak(self, field: str, column: str) -> FieldCandidate | None:
        """Return a column as a candidate whatever its name, as far as its values allow it."""
        profile = self._matcher.columns[column]
        fit = TESTS[self._kind][field](profile)
        if fit is None or (profile.share(Form.NUMBER) > 0.9 and profile.greatest <= 10):
            return None
        found = self._matcher.candidate(field, column)
        return found or FieldCandidate(field, profile, 0.1, None, fit)

    def _may_be(self, candidate: FieldCandidate) -> bool:
        """Return whether a column may hold products: by its name, and repeated if that is weak."""
        column = candidate.column
        name = candidate.name.score if candidate.name else candidate.similarity
        if name >= 0.75:
            return column.filled > 0
        repeats = column.distinct_share < 0.98
        return name >= 0.3 and repeats and not is_constant(column)

    def _no_product(self) -> str:
        found = []
        for column in list(self._matcher.columns.values())[:40]:
            if column.share_of_kind("object", "objects") > 0.5:
                continue
            what = f"{column.distinct:,} distinct in {column.filled:,} rows"
            if column.is_unique:
                what = f"another value in each of {column.filled:,} rows, so an id of the row"
            found.append(f"'{column.name}' has {what}")
        return (
            "No column names the product of a row: "
            f"{'; '.join(found[:8]) or 'there are no values'}. "
            f"Write 'product: COLUMN' into a mapping with the column of the ids that the catalogue "
            "has, and give it with --mapping."
        )

    def _set_fields(self, fields: Sequence[str]) -> None:
        found = self._matcher.assign(fields, self.draft.columns)
        for field in fields:
            candidate = found.get(field)
            if candidate is None:
                continue
            column = candidate.column
            if field == "user" and is_constant(column) and column.filled > 20:
                self.draft.warnings.append(
                    f"All rows name one user ({column.name}); it is not mapped."
                )
                continue
            self.draft.columns.add(column.name)
            if field == "time":
                set_time("time", candidate, self.draft, column.name)
                continue
            name = column.name
            if field == "helpful" and column.share_of_kind("list") > 0.5:
                name = f"{name}.0"  # found helpful, of all who voted
            sample = _mask(column.example()) if field == "user" else column.example()
            self.draft.set(field, name, candidate.why, sample)
            if decimal_sign(column) == "," and field == "value":
                self.draft.set("decimal", ",", f"'{column.name}' has decimal commas")
        if fields is _REVIEW_FIELDS and not {"rating", "text"} & set(self.draft.fields):
            self.draft.warnings.append(
                "No column holds ratings or texts of reviews; only who reviewed what is read."
            )
        if "user" not in self.draft.fields:
            self.draft.warnings.append("No column names users; rows are read without one.")
        if "time" not in self.draft.fields:
            self.draft.warnings.append("No column holds times; rows are read without one.")

    def _set_id(self) -> None:
        """Set the id if a column has another value in each row, over the whole file."""
        if "each" in self.draft.fields:
            return
        for candidate in self._matcher.candidates("id", self.draft.columns):
            named = candidate.name is not None and candidate.name.score >= KNOWN_NAME
            if (
                not named
                or candidate.column.distinct_share < 0.9
                or candidate.column.blank_share > 0.2
            ):
                continue
            (count,) = count_ids(self._read(), [(candidate.column.name,)])
            if count.lost and count.share_lost > 0.05:
                continue
            self._use_id(candidate.column, candidate.why)
            return
        for column in self._matcher.columns.values():
            if column.name not in self.draft.columns and self._is_numbering(column):
                self._use_id(column, "a number or code, and each row has its own")
                return

    def _use_id(self, column: ColumnProfile, why: str) -> None:
        self.draft.columns.add(column.name)
        self.draft.set("id", column.name, why, _mask(column.example()))

    def _is_numbering(self, column: ColumnProfile) -> bool:
        """Return whether a column numbers the rows: no two are alike over the whole file.

        Its name says number, or is unknown and its values are codes.
        """
        said = self._matcher.best_name(column.name)
        if said not in (None, "id") or column.blank_share or column.distinct_share < 0.99:
            return False
        fit = TESTS[self._kind]["id"](column)
        unknown = said is None and column.filled >= _ENOUGH_ROWS
        if fit is None or not (is_number_name(column.name) or (unknown and fit.alone)):
            return False
        (count,) = count_ids(self._read(), [(column.name,)])
        return not count.lost


def _is_label(candidate: FieldCandidate) -> bool:
    """Return whether a column holds names of products, not their ids."""
    match = match_name("catalog", candidate.column.name).get("title")
    ids = match_name("catalog", candidate.column.name).get("id")
    named = match is not None and match.score > (ids.score if ids is not None else 0.0)
    return named or candidate.column.mean_words > 1.5


def _ids(column: ColumnProfile) -> list[str]:
    return [text for text in list(column.counts or dict.fromkeys(column.samples))[:_ASKED] if text]


def _list_of(path: str, profile: FeedProfile) -> str | None:
    """Return the list of objects that a path of an element's column leads into."""
    for listed in profile.elements:
        if path.startswith(f"{listed}.") and not path[len(listed) + 1 :].split(".")[0].isdigit():
            return listed
    return None


def _mask(text: str) -> str:
    """Return the beginning of an id, which may be personal."""
    return f"{text[:2]}…" if text else ""
