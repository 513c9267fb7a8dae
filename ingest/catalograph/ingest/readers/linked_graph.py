"""Things of a JSON-LD document, each with all that the document says of it."""

import re
from collections.abc import Mapping
from typing import Any

Thing = Mapping[str, Any]

_PREFIX = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)")
_NAMES = ("name", "@value", "url", "contentUrl", "value", "@id")
"""Names of what stands for a thing where a text is wanted, best first."""


class LinkedGraph:
    """A document whose parts may name other parts by `@id`, before or after these are described.

    Attributes:
        document: the document, with names and enumerations without the vocabulary's address.
    """

    def __init__(self, document: Any) -> None:
        self.document = _plain(document)
        self._described: dict[str, dict[str, Any]] = {}
        self._offers: dict[str, list[Thing]] = {}
        self._remember(self.document)

    def resolve(self, thing: Thing) -> Thing:
        """Return a thing with what other places of the document say of it."""
        known = self._described.get(str(thing.get("@id")))
        return thing if known is None else {**known, **thing}

    def things(self, value: Any) -> list[Thing]:
        """Return the things in a value, resolved."""
        return [self.resolve(part) for part in to_list(value) if isinstance(part, Mapping)]

    def offers_of(self, product: Thing) -> list[Thing]:
        """Return the offers of a product: its own, else those that name it."""
        own = self.things(product.get("offers"))
        return own or self._offers.get(str(product.get("@id")), [])

    def text(self, value: Any) -> Any:
        """Return a value for one cell: the name of a thing, a quantity with its unit."""
        if isinstance(value, list):
            return [self.text(part) for part in value]
        if not isinstance(value, Mapping):
            return value
        thing = self.resolve(value)
        unit = thing.get("unitText") or thing.get("unitCode")
        if unit and "value" in thing:
            return f"{thing['value']} {unit}"
        named = next((thing[name] for name in _NAMES if thing.get(name) is not None), None)
        if isinstance(named, list) and all(isinstance(part, str) for part in named):
            return named[0] if named else None
        return named if isinstance(named, str | int | float) else None

    def _remember(self, value: Any) -> None:
        for part in to_list(value):
            if not isinstance(part, Mapping):
                continue
            name = part.get("@id")
            if isinstance(name, str):
                known = self._described.setdefault(name, {})
                for field, content in part.items():
                    known.setdefault(field, content)
            offered = part.get("itemOffered")
            if isinstance(offered, Mapping) and isinstance(offered.get("@id"), str):
                self._offers.setdefault(offered["@id"], []).append(part)
            for inner in part.values():
                if isinstance(inner, Mapping | list):
                    self._remember(inner)


def to_list(value: Any) -> list[Any]:
    """Return the parts of a list; of another value itself, and nothing for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "@value" in value:
            return _plain(value["@value"])
        return {_PREFIX.sub("", name, count=1): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        parts = [_plain(part) for part in value]
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, str) and _PREFIX.match(value):
        return _PREFIX.sub("", value, count=1)
    return value


__all__ = ["LinkedGraph", "Thing", "to_list"]
