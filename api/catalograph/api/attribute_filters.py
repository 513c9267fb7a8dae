"""Filters of attribute values: names in any known form, ranges of numbers in any unit."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalograph.api.cursors import key_of
from catalograph.api.inputs import MAX_KEY_LENGTH
from catalograph.errors import InvalidInputError
from catalograph.schema import Node, keys, value
from catalograph.schema.protocols import ValueReader

_ATTRIBUTE, _VALUE = "attribute:", "value:"
_LARGEST = sys.float_info.max


class PlainValues:
    """A `ValueReader` that takes names as they are, and reads no units."""

    def read_attribute(self, name: str) -> str:
        """Return the name in its form for comparisons."""
        return keys.normalise(name)

    def read_value(self, attribute: str, text: str) -> Node:
        """Return the value node of the text as it is."""
        return value(attribute, text)


def attribute_filters(
    path: str, given: Sequence[Mapping[str, Any]], reader: ValueReader, most: int
) -> list[dict[str, Any]]:
    """Return the filters of attributes in the store's form, one for each attribute.

    Args:
        path: name of the list in GraphQL, for messages.
        given: entries of the list, with fields in Python's spelling; several entries of one
            attribute are alternatives.
        reader: reader of names and values.
        most: maximum number of values of one entry.

    Returns:
        Maps of name, names (its spellings), keys (of values) and ranges (min, max, unit).

    Raises:
        InvalidInputError: an entry names no attribute, or a value or unit that cannot be of it.
    """
    found: dict[str, dict[str, Any]] = {}
    for n, entry in enumerate(given):
        where = f"{path}[{n}]"
        plain = _attribute_name(where, entry["attribute"])
        name = reader.read_attribute(plain)
        made = found.setdefault(name, {"name": name, "names": [], "keys": [], "ranges": []})
        # A graph that was filled by other means may not have the common names.
        made["names"] = sorted({*made["names"], plain, name})
        values = entry.get("values") or ()
        if len(values) > most:
            raise InvalidInputError(f"'{where}.values' has {len(values)} values, at most {most}.")
        made["keys"] = sorted(
            {*made["keys"], *_value_keys(f"{where}.values", plain, values, reader)}
        )
        span = _range(where, plain, entry, reader)
        if span is not None:
            made["ranges"].append(span)
        if not values and span is None:
            raise InvalidInputError(f"'{where}' needs 'values', 'min' or 'max'.")
    return list(found.values())


def _attribute_name(where: str, text: str) -> str:
    """Return the normalised name of an attribute that is given by name or key."""
    written = text if len(text) <= MAX_KEY_LENGTH else ""
    if written.startswith(_ATTRIBUTE):
        # The key of a value begins with the name of its attribute, escaped alike.
        written = keys.attribute_of(f"{_VALUE}{written.removeprefix(_ATTRIBUTE)}=")
    name = keys.normalise(written)
    if not name:
        raise InvalidInputError(f"'{where}.attribute' is '{text[:80]}', which names no attribute.")
    return name


def _value_keys(
    where: str, attribute: str, values: Iterable[str], reader: ValueReader
) -> list[str]:
    """Return the keys that values given by key, global id or name may have."""
    found: list[str] = []
    for text in values:
        key = _known_key(text)
        if key is not None:
            found.append(key)
        elif 0 < len(keys.normalise(text)) <= keys.MAX_ID_LENGTH:
            # A graph that was filled by other means may not have the canonical form.
            found += [keys.value_key(attribute, text), reader.read_value(attribute, text).key]
        else:
            raise InvalidInputError(f"'{where}' has '{text[:80]}', which is no value.")
    return found


def _known_key(text: str) -> str | None:
    """Return the key of a value that is given by key or global id; None for other texts."""
    if text.startswith(_VALUE) and len(text) <= MAX_KEY_LENGTH:
        return text
    try:
        key = key_of(text)
    except InvalidInputError:
        return None
    return key if key.startswith(_VALUE) else None


def _range(
    where: str, attribute: str, entry: Mapping[str, Any], reader: ValueReader
) -> dict[str, Any] | None:
    """Return the range of numbers of an entry, in the unit of the stored values."""
    low, high, unit = entry.get("min"), entry.get("max"), entry.get("unit")
    if low is None and high is None:
        return None
    if low is not None and high is not None and low > high:
        raise InvalidInputError(f"'{where}.min' is {low}, which is more than 'max', {high}.")
    if unit is None:
        return {"min": _or(low, -_LARGEST), "max": _or(high, _LARGEST), "unit": None}
    ends = [_convert(where, attribute, number, unit, reader) for number in (low, high)]
    stored = next(end[1] for end in ends if end is not None)
    numbers = [None if end is None else end[0] for end in ends]
    return {"min": _or(numbers[0], -_LARGEST), "max": _or(numbers[1], _LARGEST), "unit": stored}


def _or(number: float | None, other: float) -> float:
    return other if number is None else float(number)


def _convert(
    where: str, attribute: str, number: float | None, unit: str, reader: ValueReader
) -> tuple[float, str | None] | None:
    """Return a number in the unit in which values of the attribute are stored, and that unit."""
    if number is None:
        return None
    read = reader.read_value(attribute, f"{number:f} {unit}").properties
    if read.get("number") is None or read.get("unit") is None:
        raise InvalidInputError(
            f"'{where}.unit' is '{unit[:20]}', which is no unit of '{attribute}'. Leave it out to "
            "compare numbers as they are stored."
        )
    return read["number"], read["unit"]
