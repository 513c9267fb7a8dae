"""Values of XML elements: what an element and its attributes become in a row.

| element | columns |
|---|---|
| `<brand>Sund</brand>` | `brand` |
| `<price currency="EUR">9</price>` | `price`, `price.currency` |
| two `<price currency="…">` | `price` and `price.currency` as lists, `price.EUR`, `price.USD` |
| `<name lang="en">`, `<name lang="de">` | `name` (the first), `name.en`, `name.de` |
| `<image type="main">` several times | `image` as a list of texts, `image.type` as a list |
| `<param name="Colour" unit="…">Red</param>` | `param`: objects with `name`, `unit` and `value` |
| `<size unit="cm"><width>3</width></size>` | `size`: an object with `unit` and `width` |
| `<rating value="4" count="9"/>` | `rating`: an object with `value` and `count` |

An attribute of an element with inner ones has its plain name; where an inner element has the same
name, the attribute is `@name`.
"""

import re
from collections.abc import Sequence
from typing import Any

_PAIR_NAMES = frozenset(
    {"name", "key", "label", "code", "title", "attribute", "nom", "nombre", "nome", "名称", "名稱"}
)
"""Attributes that name what the text of their element is the value of."""
_LANGUAGES = frozenset({"lang", "language", "locale"})
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?\Z")
_HTML = frozenset(
    {
        "a", "b", "br", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li",
        "ol", "p", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "tr",
        "u", "ul",
    }
)  # fmt: skip

_INLINE = frozenset({"a", "b", "i", "u", "th", "tr", "td", "img", "small", "sub", "sup", "hr"})
"""Names in HTML that data has as well."""

Part = tuple[str, bool, Any, dict[str, str] | None, int]
"""Name, whether it is Google's, value, attributes of a text, and texts of the parent before it."""


class XmlElement:
    """An element of a row under way."""

    __slots__ = ("attributes", "google", "name", "parts", "texts")

    def __init__(self, name: str, google: bool, attributes: dict[str, str]) -> None:
        self.name = name
        self.google = google
        self.attributes = attributes
        self.texts: list[str] = []
        self.parts: list[Part] = []

    def add(self, inner: "XmlElement") -> None:
        """Take in a complete inner element."""
        if inner.parts or inner.attributes:
            value, attributes = inner.value()
        else:
            value, attributes = "".join(inner.texts).strip(), None
        self.parts.append((inner.name, inner.google, value, attributes, len(self.texts)))

    def value(self) -> tuple[Any, dict[str, str] | None]:
        """Return the value, and the attributes if it is a text."""
        if not self.parts:
            text = "".join(self.texts).strip()
            if not self.attributes:
                return text, None
            if text:
                return text, self.attributes
            if self.name == "link" and "href" in self.attributes:
                return self.attributes["href"], None
            return dict(self.attributes), None
        if any(not text.isspace() for text in self.texts):
            return self._flow(), self.attributes or None
        names = {part[0] for part in self.parts}
        if names <= _HTML and not names <= _INLINE:
            return "\n".join(_flat_text(part[2]) for part in self.parts).strip(), None
        return self.fields(), None

    def fields(self) -> dict[str, Any]:
        """Return the inner elements and attributes by name."""
        plain = not self.attributes and all(part[3] is None for part in self.parts)
        if plain and len(found := {part[0]: part[2] for part in self.parts}) == len(self.parts):
            return found
        google = {part[0] for part in self.parts if part[1]}
        found = {}
        attributed: dict[str, list[tuple[Any, dict[str, str]]]] = {}
        for name, of_google, value, attributes, _ in self.parts:
            if not of_google and name in google:
                continue
            if attributes is not None or name in attributed:
                if name not in attributed:
                    earlier = found.get(name, [])
                    listed = earlier if isinstance(earlier, list) else [earlier]
                    attributed[name] = [(each, {}) for each in listed]
                attributed[name].append((value, attributes or {}))
            if name not in found:
                found[name] = value
            elif isinstance(found[name], list):
                found[name].append(value)
            else:
                found[name] = [found[name], value]
        for name, entries in attributed.items():
            _spread(name, entries, found)
        for name, text in self.attributes.items():
            found[f"@{name}" if name in found else name] = text
        return found

    def _flow(self) -> str:
        """Return the text of an element that mixes text and inner elements."""
        pieces: list[str] = []
        place = 0
        for _, _, value, _, before in self.parts:
            pieces += [*self.texts[place:before], f" {_flat_text(value)} "]
            place = before
        return " ".join("".join([*pieces, *self.texts[place:]]).split())


def _flat_text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_flat_text(part) for part in value.values())
    if isinstance(value, list):
        return " ".join(_flat_text(part) for part in value)
    return str(value or "")


def _spread(
    name: str, entries: Sequence[tuple[Any, dict[str, str]]], found: dict[str, Any]
) -> None:
    """Put the texts of one name and their attributes into columns; see the module's table."""
    if any(not _PAIR_NAMES.isdisjoint(attributes) for _, attributes in entries):
        found[name] = _single([_pair(value, attributes) for value, attributes in entries])
        return
    for key in dict.fromkeys(key for _, attributes in entries for key in attributes):
        stated = [attributes.get(key) for _, attributes in entries]
        by_code = _by_code(key, stated, [value for value, _ in entries])
        for code, texts in by_code.items():
            found[f"{name}.{code}"] = _single(texts)
        if by_code and key in _LANGUAGES:
            found[name] = found[f"{name}.{stated[0]}"] if stated[0] else entries[0][0]
        else:
            found[f"{name}.{key}"] = _single(stated)


def _by_code(key: str, stated: list[str | None], texts: list[Any]) -> dict[str, list[Any]]:
    """Return texts by language or currency, if an attribute tells them apart so."""
    codes = [code for code in stated if code is not None]
    distinct = len(set(codes)) == len(codes) == len(stated) > 1
    if not all(map(_CODE.match, codes)) or not (distinct or key in _LANGUAGES):
        return {}
    found: dict[str, list[Any]] = {code: [] for code in codes}
    for code, text in zip(stated, texts, strict=True):
        if code is not None:
            found[code].append(text)
    return found


def _pair(value: Any, attributes: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return value
    return {**attributes, "text" if "value" in attributes else "value": value}


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


__all__ = ["XmlElement"]
