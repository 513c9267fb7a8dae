"""Alias tables: YAML files beside this module, read once."""

from functools import cache
from typing import Any

from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.schema import keys


def table(name: str) -> dict[str, Any]:
    """Return the content of a YAML file beside this module."""
    return load_packaged_table("catalograph.ingest.normalise", name)


@cache
def words(kind: str) -> dict[str, str]:
    """Return the canonical values of a kind by spelling, in comparison form."""
    return {
        keys.normalise(word): name
        for name, spellings in table("words")[kind]["words"].items()
        for word in (name, *spellings)
    }


@cache
def brand_aliases() -> dict[str, str]:
    """Return the canonical brand names by spelling, in comparison form."""
    return {
        keys.normalise(word): name
        for name, spellings in table("brands").items()
        for word in (name, *spellings)
    }


@cache
def endings(kind: str) -> tuple[str, ...]:
    """Return the last words of attribute names of a kind."""
    return tuple(keys.normalise(word) for word in table("words")[kind]["attributes"])


@cache
def attribute_aliases() -> dict[str, str]:
    """Return the canonical attribute names by spelling, in comparison form."""
    return {
        keys.normalise(str(word)): name
        for name, languages in table("attributes").items()
        for word in (name, *(word for words in languages.values() for word in words))
    }
