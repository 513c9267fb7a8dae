"""Identifiers in a product's texts: tokens, model numbers, quantities with units, packs, colours.

Two products whose identifiers contradict each other are never the same product, whatever else they
share; see `conflict`.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from catalograph.ingest.identifiers import to_gtin
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.schema.keys import normalise

_WORD = re.compile(r"[^\W_]+(?:[-./&+'][^\W_]+)*")
_SEPARATOR = re.compile(r"[\W_]+")
_NUMBER = r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d{1,7}(?:\.\d{1,3})?|\.\d{1,3})"
_QUANTITY = re.compile(
    _NUMBER + r"[\s-]{0,2}(?:(cu\s?\.?\s?ft|fl\.?\s?oz|sq\.?\s?ft|[^\W\d_]{1,12})\b|(\"|''|'))"
)
_FACTORS: Mapping[str, Mapping[str, float]] = {
    "byte": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "gig": 1e9, "gigabyte": 1e9, "tb": 1e12},
    "ml": {"ml": 1, "cl": 10, "l": 1e3, "liter": 1e3, "litre": 1e3, "floz": 29.5735},
    "g": {"mg": 1e-3, "g": 1, "gram": 1, "kg": 1e3, "lb": 453.59237, "pound": 453.59237}
    | {"oz": 28.349523, "ounce": 28.349523},
    "inch": {"inch": 1, "in": 1, '"': 1, "'": 1, "''": 1},
    "mm": {"mm": 1, "cm": 10, "m": 1e3, "meter": 1e3, "ft": 304.8, "feet": 304.8, "foot": 304.8},
    "watt": {"w": 1, "watt": 1, "kw": 1e3},
    "volt": {"v": 1, "volt": 1},
    "mah": {"mah": 1},
    "hertz": {"hz": 1, "khz": 1e3, "mhz": 1e6, "ghz": 1e9},
    "pixel": {"mp": 1, "megapixel": 1, "mega": 1},
    "times": {"x": 1},
    "rpm": {"rpm": 1},
    "btu": {"btu": 1},
    "cuft": {"cuft": 1},
    "sqft": {"sqft": 1},
    "channel": {"channel": 1, "ch": 1},
    "port": {"port": 1, "outlet": 1},
    "page": {"page": 1},
    "hour": {"hour": 1, "hr": 1},
    "disc": {"disc": 1, "disk": 1},
    "pack": {"pack": 1, "pk": 1, "count": 1, "ct": 1, "pcs": 1, "piece": 1, "box": 1}
    | {"set": 1, "pair": 2, "dozen": 12, "roll": 1, "sheet": 1},
}
_UNITS = {
    name: (unit, factor) for unit, names in _FACTORS.items() for name, factor in names.items()
}
_WORD_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10}
_PACK = re.compile(
    r"\b(?:(?:pack|set|box|case|bundle|lot)\s+of\s+(\d{1,4}|" + "|".join(_WORD_NUMBERS) + r")"
    r"|(\d{1,4}|" + "|".join(_WORD_NUMBERS) + r")\s?-?\s?(?:packs?|pk|count|ct|pcs|pieces)\b"
    r"|(\d{1,3})\s?[x×]\s?(?=\d+(?:\.\d+)?\s?(?:ml|cl|l|g|kg|oz)\b))"
)
_COLOURS = {
    "black": "black", "blk": "black", "white": "white", "wht": "white", "ivory": "white",
    "silver": "silver", "grey": "grey", "gray": "grey", "charcoal": "grey", "red": "red",
    "burgundy": "red", "blue": "blue", "navy": "blue", "green": "green", "pink": "pink",
    "purple": "purple", "violet": "purple", "yellow": "yellow", "orange": "orange",
    "brown": "brown", "gold": "gold", "champagne": "gold", "bronze": "bronze", "beige": "beige",
    "clear": "clear", "titanium": "titanium", "stainless": "stainless", "cyan": "cyan",
    "magenta": "magenta", "platinum": "platinum", "graphite": "graphite", "walnut": "walnut",
    "cherry": "cherry", "mahogany": "mahogany", "maple": "maple", "oak": "oak",
}  # fmt: skip
# Codes of standards, resolutions and processors look like model numbers but identify no product.
_STANDARD = re.compile(
    r"\d+(?:x\d+|[pik]|st|nd|rd|th|d|g|bit)|802\d*[abgn]*|mp[34]|usb\d*|ddr\d|cat\d[ae]?|h26[45]"
    r"|rj\d+|pc\d{3,5}|ps[234]|x86|a[45]|sata\d?|i[3579]|dect\d*|win\d+|wpa\d|ipv\d|rs232|hd15"
)
_CODE_LENGTH = 4
# Relative difference allowed for rounding when a shop converts units.
_TOLERANCE = 0.03


@dataclass(frozen=True)
class Identifiers:
    """Identifiers that distinguish a product from similar products.

    Attributes:
        words: words of the title, in order, split at punctuation.
        all_words: words of all texts of the record.
        codes: tokens of the title that look like model numbers, without punctuation.
        all_codes: the same for all texts.
        models: model numbers that a field states, without punctuation.
        gtins: valid trade item numbers (GTIN), in 14 digits.
        quantities: (unit, number) pairs of title and values, in the base unit.
        all_quantities: the same for all texts.
        packs: pack sizes stated by title and values.
        all_packs: the same for all texts.
        colours: colours of the title and values.
        squashed: all texts joined, without punctuation and spaces.
    """

    words: tuple[str, ...]
    all_words: frozenset[str]
    codes: frozenset[str]
    all_codes: frozenset[str]
    models: frozenset[str]
    gtins: frozenset[str]
    quantities: frozenset[tuple[str, float]]
    all_quantities: frozenset[tuple[str, float]]
    packs: frozenset[int]
    all_packs: frozenset[int]
    colours: frozenset[str]
    squashed: str

    def amounts(self, unit: str) -> frozenset[float]:
        """Return the numbers of title and values in one unit."""
        return frozenset(number for name, number in self.quantities if name == unit)

    @cached_property
    def word_set(self) -> frozenset[str]:
        """Distinct words of the title."""
        return frozenset(self.words)


def identify(record: ProductRecord) -> Identifiers:
    """Read the identifiers of a record."""
    stated = " ; ".join(text for texts in record.values.values() for text in texts)
    title, everything = normalise(record.title), normalise(record.text)
    telling = normalise(f"{record.title} ; {stated}")
    models = frozenset(filter(None, map(squash, record.models)))
    return Identifiers(
        words=tuple(words_of(title)),
        all_words=frozenset(words_of(everything)),
        codes=codes_of(title) | {m for m in models if len(m) >= _CODE_LENGTH},
        all_codes=codes_of(everything),
        models=models,
        gtins=valid_gtins(record.gtins),
        quantities=quantities_of(telling),
        all_quantities=quantities_of(everything),
        packs=packs_of(telling),
        all_packs=packs_of(everything),
        colours=frozenset(_COLOURS[w] for w in words_of(telling) if w in _COLOURS),
        squashed=squash(everything),
    )


def squash(text: str) -> str:
    """Return only the letters and digits, in comparison form: "LM-AF30 U3" is "lmaf30u3"."""
    return _SEPARATOR.sub("", normalise(text))


def words_of(text: str) -> list[str]:
    """Return the words of a normalised text, split at punctuation except decimal points."""
    found = []
    for token in _WORD.findall(text):
        if re.fullmatch(r"\d+\.\d+", token):
            found.append(token)
        else:
            found += [part for part in _SEPARATOR.split(token) if part]
    return found


def codes_of(text: str) -> frozenset[str]:
    """Return the tokens of a normalised text that look like model numbers, without punctuation."""
    found = set()
    for token in _WORD.findall(text):
        joined = _SEPARATOR.sub("", token)
        if _is_code(joined) and not re.fullmatch(r"[\d.,/]+", token):
            found.add(joined)
        elif re.fullmatch(r"\d{5,12}", token):
            found.add(token)
    return frozenset(found)


def _is_code(token: str) -> bool:
    if len(token) < _CODE_LENGTH or not any(c.isdigit() for c in token):
        return False
    if _STANDARD.fullmatch(token):
        return False
    measured = re.fullmatch(r"\d+([^\W\d_]+)", token)
    return not (measured and _unit(measured[1]))


def quantities_of(text: str) -> frozenset[tuple[str, float]]:
    """Return the numbers that have a known unit, in the base unit."""
    found = set()
    for number, word, mark in _QUANTITY.findall(text):
        unit = _unit(re.sub(r"[\s.]", "", word) or mark)
        if unit:
            found.add((unit[0], float(f"{float(number.replace(',', '')) * unit[1]:.6g}")))
    return frozenset(found)


def _unit(name: str) -> tuple[str, float] | None:
    # Plurals end in "s" ("pounds") or "es" ("inches").
    return _UNITS.get(name) or _UNITS.get(name.removesuffix("s")) or _UNITS.get(name[:-2])


def packs_of(text: str) -> frozenset[int]:
    """Return the pack sizes that a text states, without packs of one."""
    counts = {next(filter(None, groups)) for groups in _PACK.findall(text)}
    numbers = {_WORD_NUMBERS.get(count) or int(count) for count in counts}
    return frozenset(numbers - {0, 1})


def valid_gtins(texts: Iterable[str]) -> frozenset[str]:
    """Return the trade item numbers in 14 digits, without invalid and shop-internal ones."""
    found = set()
    for text in texts:
        with suppress(ValueError):
            found.add(to_gtin(text))
    return frozenset(found)


def conflict(a: Identifiers, b: Identifiers) -> str | None:
    """Return why two products cannot be the same: gtin, model, capacity, pack or None."""
    if a.gtins and b.gtins and not a.gtins & b.gtins:
        return "gtin"
    if models_conflict(a, b):
        return "model"
    if any(_amounts_conflict(a.amounts(unit), b.amounts(unit)) for unit in ("byte", "ml", "g")):
        return "capacity"
    if _packs_conflict(a, b):
        return "pack"
    return None


def models_conflict(a: Identifiers, b: Identifiers) -> bool:
    """Return whether stated model numbers differ, or the titles name two models of one series."""
    if a.models and b.models and not _any_alike(a.models, b.models):
        return True
    if a.models & b.models or not a.codes or not b.codes:
        return False
    if any(code in b.squashed for code in a.codes) or any(code in a.squashed for code in b.codes):
        return False
    return any(_siblings(x, y) for x in a.codes for y in b.codes)


def _any_alike(some: Iterable[str], others: Iterable[str]) -> bool:
    """Return whether two numbers are equal or one begins or ends the other.

    Shops add prefixes and suffixes to model numbers.
    """
    others = list(others)
    return any(
        x == y or (min(len(x), len(y)) >= _CODE_LENGTH and (_is_within(x, y) or _is_within(y, x)))
        for x in some
        for y in others
    )


def _is_within(x: str, y: str) -> bool:
    return y.endswith(x) or (y.startswith(x) and not y[len(x) :][:1].isdigit())


def _siblings(x: str, y: str) -> bool:
    """Return whether two codes look like two models of one series: same shape, other digits."""
    return x != y and x[:2] == y[:2] and abs(len(x) - len(y)) <= 1 and not _any_alike([x], [y])


def _amounts_conflict(some: frozenset[float], others: frozenset[float]) -> bool:
    return bool(some and others) and not any(
        abs(x - y) <= _TOLERANCE * max(x, y) for x in some for y in others
    )


def _packs_conflict(a: Identifiers, b: Identifiers) -> bool:
    """Return whether pack sizes differ; a text without a pack size means a single piece."""
    return any(mine.packs and not mine.packs & other.all_packs for mine, other in ((a, b), (b, a)))
