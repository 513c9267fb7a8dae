"""A proposed mapping: its lines with the reason of each, and what to know before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping import dump_mapping
from catalograph.ingest.mapping_inference.comments import write_comments
from catalograph.ingest.row_rules import ColumnChoice
from catalograph.ingest.translation import MessageLanguage
from catalograph.log import shorten

_LONGEST_SAMPLE = 60


@dataclass(frozen=True)
class MappingProposal:
    """A proposed mapping.

    Attributes:
        mapping: the mapping.
        comments: why each field has its columns, and a sample value, by field; a field in a list
            by field and place, such as `attributes.0`.
        warnings: what may be lost or wrong, for people.
        unused: columns that are not mapped, and why.
        shipped: name of the shipped mapping that fits; None if the mapping was inferred.
    """

    mapping: FeedMapping
    comments: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    unused: tuple[tuple[str, str], ...] = ()
    shipped: str | None = None

    def to_yaml(self, language: MessageLanguage = "en") -> str:
        """Return the mapping as YAML with the warnings and reasons as comments in a language."""
        text = dump_mapping(self.mapping)
        return write_comments(text, self.warnings, self.comments, self.unused, language)


@dataclass
class MappingDraft:
    """A mapping while it is put together.

    Attributes:
        fields: content of the mapping.
        comments: reason and sample value by field.
        warnings: what may be lost or wrong.
        columns: columns that are used.
        languages: languages of columns that were chosen among several, best first.
        currencies: currencies of such columns.
        channels: channels of such columns.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    languages: dict[str, None] = field(default_factory=dict)
    currencies: dict[str, None] = field(default_factory=dict)
    channels: dict[str, None] = field(default_factory=dict)

    def set(self, name: str, value: Any, why: str, sample: str = "") -> None:
        """Set a field with the reason and a sample value."""
        self.fields[name] = value
        self.explain(name, why, sample)

    def explain(self, name: str, why: str, sample: str = "") -> None:
        """Set the comment of a field."""
        shown = " ".join(shorten(sample, _LONGEST_SAMPLE).split()) if sample else ""
        self.comments[name] = f"{why}; e.g. {shown}" if shown else why

    def finish(self) -> None:
        """Add the preferences among columns for several languages and currencies."""
        choice = {
            name: list(words)
            for name, words in (
                ("language", self.languages),
                ("currency", self.currencies),
                ("channel", self.channels),
            )
            if words
        }  # fmt: skip
        if choice:
            ColumnChoice.model_validate(choice)
            self.set(
                "choose", choice, "columns for several of these: the first that a row has counts"
            )
