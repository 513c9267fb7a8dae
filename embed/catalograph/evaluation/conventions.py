"""Conventions of WDC-PAVE's normalised labels: the form of each attribute's value.

Each convention finds candidates in a text and writes each as the benchmark does; the caller decides
which candidate is the attribute's value. (Brinkmann, Baumann and Bizer: Using LLMs for the
Extraction and Normalization of Product Attribute Values, 2024.)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from catalograph.ingest.normalise import convert, normalise
from catalograph.ingest.normalise.numerals import tell
from catalograph.ingest.normalise.packs import read_pack
from catalograph.ingest.normalise.units import find_quantities
from catalograph.ingest.normalise.words import plain_colour

UNITS, WRANGLING, EXPANSION, GENERALISATION = (
    "unit conversion", "string wrangling", "name expansion", "generalisation",
)  # fmt: skip

Candidate = tuple[int, int, str]
"""Start and end in the text, and the value in the benchmark's form."""

_WORD = re.compile(r"[^\s,;()]+")
_BREAK = re.compile(r"[,;()]")
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)[A-Za-z0-9][\w./-]{3,30}(?<![./-])")
_UPC = re.compile(r"(?<!\d)\d{12}(?!\d)")
_MEMORY = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d)?)[\s-]?(KB|MB|GB|TB)\b", re.IGNORECASE)
_LONG_UNITS = {"KB": "Kilobytes", "MB": "Megabytes", "GB": "Gigabytes", "TB": "Terabytes"}
_SPEED = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})|\d{4,5})[\s-]?rpm\b|(?<![\w.])(\d{1,2})K\b", re.IGNORECASE
)
_MARKS = re.compile(r"[^A-Za-z0-9]")
_MOST_WORDS = 4
_INCH_PARTS = 64


@dataclass(frozen=True)
class Convention:
    """The form in which a benchmark writes an attribute.

    Attributes:
        operation: one of the benchmark's four operations.
        find: function that yields the candidates in a text.
    """

    operation: str
    find: Callable[[str], Iterator[Candidate]]


def convention_of(attribute: str) -> Convention | None:
    """Return the convention of an attribute by its name; None if it has none."""
    name = attribute.casefold()
    return next((c for names, c in _CONVENTIONS if name in names), None)


def _lengths(text: str) -> Iterator[Candidate]:
    for start, end, said in find_quantities("width", text):
        if said.unit == "mm" and said.number is not None:
            yield start, end, str(round(_centimetres(said.number), 1))


def _centimetres(millimetres: float) -> float:
    """Convert as the benchmark multiplies: for it, 27.5 x 2.54 is just below 69.85."""
    parts = convert(millimetres, "millimeter", "inch") * _INCH_PARTS
    if abs(parts - round(parts)) < 1e-6:
        return round(parts) / _INCH_PARTS * 2.54
    return convert(millimetres, "millimeter", "centimeter")


def _weights(text: str, target: str, digits: int | None) -> Iterator[Candidate]:
    for start, end, said in find_quantities("weight", text):
        if said.unit == "g" and said.number is not None:
            yield start, end, str(round(convert(said.number, "gram", target), digits))


def _packs(text: str) -> Iterator[Candidate]:
    for start, end in _phrases(text, _MOST_WORDS):
        said = read_pack(text[start:end])
        if said is not None:
            yield start, end, said.name


def _phrases(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of all runs of words without a comma or bracket between them."""
    words = list(_WORD.finditer(text))
    for n, first in enumerate(words):
        for last in words[n : n + most]:
            if _BREAK.search(text, first.start(), last.end()):
                break
            yield first.start(), last.end()


def _find_speeds(text: str) -> Iterator[Candidate]:
    for match in _SPEED.finditer(text):
        written = f"{match[1]} rpm" if match[1] else f"{match[2]}000 rpm"
        number = normalise("rotational speed", written).number
        if number is not None:
            yield match.start(), match.end(), tell(number)


def _memory(text: str) -> Iterator[Candidate]:
    for match in _MEMORY.finditer(text):
        yield match.start(), match.end(), f"{match[1]} {_LONG_UNITS[match[2].upper()]}"


def _codes(text: str) -> Iterator[Candidate]:
    for match in _CODE.finditer(text):
        yield match.start(), match.end(), _MARKS.sub("", match[0])


def _names(text: str) -> Iterator[Candidate]:
    words = list(_WORD.finditer(text))[:_MOST_WORDS]
    for last in words:
        yield words[0].start(), last.end(), text[words[0].start() : last.end()].upper()


def _makers(text: str) -> Iterator[Candidate]:
    for match in _UPC.finditer(text):
        yield match.start(), match.end(), match[0][1:6]


def _colours(text: str) -> Iterator[Candidate]:
    for start, end in _phrases(text, 2):
        said = normalise("colour", text[start:end])
        if said.rule == "colour":
            yield start, end, plain_colour(said.name)


_CONVENTIONS = (
    (("height", "width", "depth", "length"), Convention(UNITS, _lengths)),
    (("size/weight",), Convention(UNITS, partial(_weights, target="gram", digits=None))),
    (("paper weight",), Convention(UNITS, partial(_weights, target="kilogram", digits=1))),
    (("pack quantity",), Convention(WRANGLING, _packs)),
    (("rotational speed",), Convention(WRANGLING, _find_speeds)),
    (
        ("part number", "model number", "manufacturer stock number"),
        Convention(WRANGLING, _codes),
    ),
    (("brand",), Convention(WRANGLING, _names)),
    (("retail upc",), Convention(WRANGLING, _makers)),
    (("capacity", "cache"), Convention(EXPANSION, _memory)),
    (("color", "color(s)", "colour"), Convention(GENERALISATION, _colours)),
)
