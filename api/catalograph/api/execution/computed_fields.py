"""Fields of rows that the API computes from stored values, such as opaque ids."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from catalograph.api.cursors import global_id
from catalograph.schema.keys import assertion_parts

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class ComputedField:
    """A field that is computed from others.

    Attributes:
        needs: values that the store has to read for it.
        make: function that computes the field from the row.
    """

    needs: tuple[str, ...]
    make: Callable[[Any], Any]


@cache
def snake(name: str) -> str:
    """Return Python's form of a GraphQL name: `sourceId` is `source_id`."""
    return _HUMP.sub(lambda hump: f"_{hump[1].lower()}", name)


def _json(slot: str) -> ComputedField:
    def parse(row: Any) -> Any:
        return None if row[slot] is None else orjson.loads(row[slot])

    return ComputedField((slot,), parse)


def _part(n: int, slot: str = "key") -> ComputedField:
    return ComputedField((slot,), lambda row: assertion_parts(row[slot])[n])


COMPUTED_FIELDS: Mapping[tuple[str, str], ComputedField] = {
    ("", "id"): ComputedField(("key",), lambda row: global_id(row["key"])),
    ("Assertion", "head"): _part(0),
    ("Assertion", "relation"): _part(1),
    ("Assertion", "tail"): _part(2),
    ("ImputedFact", "relation"): _part(1, "fact"),
    ("ImputedFact", "tail"): _part(2, "fact"),
    ("Model", "metrics"): _json("metrics"),
    ("Model", "config"): _json("config"),
    ("Model", "counts"): _json("counts"),
    ("Run", "progress"): _json("progress"),
    ("Run", "counts"): _json("counts"),
}
"""Computed fields by type of the store and field; those without a type are of all types."""
