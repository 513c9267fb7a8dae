"""Variants whose rows share an id, such as one SKU given twice: only the last of them is kept."""

from collections.abc import Mapping
from typing import Any

from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.commerce import read_options
from catalograph.ingest.feeds import Feed
from catalograph.ingest.values import Cells
from catalograph.log import shorten
from catalograph.schema import Rejection

_MOST = 10_000
"""Ids that are remembered; of further ones nothing is said."""
_SHOWN = 3


class VariantClashes:
    """Finds rows of one id with different options, while a catalogue is read.

    Args:
        feed: feed of the rows; only a catalogue with options has variants.
    """

    def __init__(self, feed: Feed) -> None:
        mapping = feed.mapping if isinstance(feed, CatalogFeed) else None
        self._feed = feed
        self._mapping = mapping if mapping is not None and mapping.options else None
        self._replaced: dict[str, list[str]] = {}
        self._clashes: dict[str, list[str]] = {}

    def see_replaced(self, fields: Mapping[str, Any] | Rejection) -> None:
        """Remember the options of a row that a later row replaces."""
        if self._mapping is None or isinstance(fields, Rejection):
            return
        key = self._feed.key(fields)
        if isinstance(key, str) and (key in self._replaced or len(self._replaced) < _MOST):
            self._replaced.setdefault(key, []).append(self._options(fields))

    def see_kept(self, fields: Mapping[str, Any] | Rejection) -> None:
        """Compare a row with those of its id that it replaces."""
        if not self._replaced or isinstance(fields, Rejection):
            return
        key = self._feed.key(fields)
        options = self._replaced.pop(key, None) if isinstance(key, str) else None
        if options is not None:
            said = list(dict.fromkeys([*options, self._options(fields)]))
            if len(said) > 1:
                self._clashes[str(key).removeprefix(self._feed.key_of("x")[:-1])] = said

    @property
    def found(self) -> dict[str, list[str]]:
        """Options of the variants of each id that several share."""
        return self._clashes

    def add(self, found: Mapping[str, list[str]]) -> None:
        """Add the ids that a writer of other ids of the same feed found."""
        self._clashes |= found

    def warning(self, file: str, columns: str) -> str:
        """Return a warning that names the variants; empty if none share an id.

        Args:
            file: name of the file.
            columns: columns of the id, for people.
        """
        if not self._clashes:
            return ""
        shown = "; ".join(
            f"'{shorten(id_, 40)}' ({', '.join(shorten(text, 40) for text in said)})"
            for id_, said in list(self._clashes.items())[:_SHOWN]
        )
        return (
            f"{len(self._clashes):,} ids ({columns}) of '{file}' are given to several variants, of "
            f"which only the last is kept: {shown}. Give each variant an id of its own in the "
            "shop, or add columns to 'id' in the mapping."
        )

    def _options(self, fields: Mapping[str, Any]) -> str:
        options = () if self._mapping is None else read_options(Cells(fields), self._mapping)
        return " / ".join(value for _, value in options)
