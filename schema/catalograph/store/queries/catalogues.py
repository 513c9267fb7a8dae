"""The catalogues of the graph and the ids of their products."""

from collections.abc import Collection, Iterator

from catalograph.schema import keys as schema_keys
from catalograph.store.connection.connect import Connection

_KINDS = ("catalog", "triples")
"""Kinds of record that describe products."""
_IDS_PER_PAGE = 20_000
_AFTER_COLON = ";"
"""The character after the colon: keys `a:<name>:…` lie between `a:<name>:` and `a:<name>;`."""


class CatalogueReader:
    """Reads which catalogues the graph holds and which products they list."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_catalogues(self) -> list[str]:
        """Return the names of the sources whose records describe products, sorted.

        Steps through the index from source to source, so the number of records does not matter.
        """
        names = []
        key = self._next_record("source:", "source;")
        while key is not None:
            name = key.split(":", 2)[1]
            after = f"source:{name}{_AFTER_COLON}"
            if any(self._has_records(f"source:{name}:{kind}") for kind in _KINDS):
                names.append(name)
            key = self._next_record(after, "source;")
        return sorted(names)

    def find_listed_products(self, keys: Collection[str]) -> set[str]:
        """Return those of the product keys that a catalogue describes."""
        rows = self._connection.read("find_listed_products", keys=list(keys))
        return {row["key"] for row in rows}

    def find_group_variants(self, source: str, groups: Collection[str]) -> dict[str, str]:
        """Return the id of the first listed variant, by key, of each group of a catalogue."""
        rows = self._connection.read("find_group_variants", source=source, groups=list(groups))
        return {row["name"]: schema_keys.natural_id(row["key"]) for row in rows}

    def list_product_ids(self, source: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the id of each listed product of a catalogue, with its GTINs and group.

        Read page by page, in order of the ids.
        """
        prefix = after = f"product:{source}:"
        before = f"product:{source}{_AFTER_COLON}"
        while True:
            [row] = self._connection.read(
                "list_product_ids", prefix=prefix, after=after, before=before, limit=_IDS_PER_PAGE
            )
            yield from ((id_, others) for id_, others in row["products"])
            if len(row["products"]) < _IDS_PER_PAGE:
                return
            after = prefix + row["products"][-1][0]

    def list_names(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield label, key and path of the brands and categories; that of a brand is its name."""
        for label in ("Brand", "Category"):
            after = ""
            while True:
                rows = list(
                    self._connection.read(
                        "list_names", {"label": label}, after=after, limit=_IDS_PER_PAGE
                    )
                )
                yield from ((label, row["key"], row["path"]) for row in rows)
                if len(rows) < _IDS_PER_PAGE:
                    break
                after = rows[-1]["key"]

    def _has_records(self, prefix: str) -> bool:
        # '0' is the character after the slash, which ends the kind.
        return self._next_record(f"{prefix}/", f"{prefix}0") is not None

    def _next_record(self, after: str, before: str) -> str | None:
        rows = list(self._connection.read("find_next_record", after=after, before=before))
        return rows[0]["key"] if rows else None
