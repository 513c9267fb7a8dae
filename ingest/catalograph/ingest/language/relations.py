"""Pattern-based relations of a product: compatible with, part of, used for, brand.

A pattern is a cue ("compatible with", "replacement part for", "by", 适用于) and the kind of thing
that may follow it. The text after the cue is split into a list ("X, Y and Z"), numbers are
completed with their name ("iPhone 12/13" is two phones), and an item is kept only if it can be a
name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from catalograph.ingest.extract.findings import BRAND, Finding
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.script import is_han, language_of
from catalograph.schema import Span

COMPATIBLE, PART, USE = "compatible with", "part of", "used for"
NAME = "relation rules"
VERSION = "2"
_MOST_WORDS = 6
_MOST_WORDS_OF_USE = 3
_MOST_ITEMS = 8
_LONGEST_LIST = 300
"""Length limit in characters; longer text is not a list of names."""
_MOST_HAN = 14
_ITEM_CUT = re.compile(
    r"\s*(?:,\s*(?:and|or)\s|,|;|\band\b|\bor\b|\bas well as\b|(?<=\s)[+&](?=\s))\s*", re.IGNORECASE
)
_ZH_CUT = re.compile(r"[、/和与及或]+")
_VARIANTS = re.compile(
    r"(?P<name>.*\S)\s+(?P<first>[\w-]*\d[\w-]*)(?P<rest>(?:\s*/\s*[\w-]*\d[\w-]*)+)\Z"
)
_TRIM = re.compile(r"\A[\s\"'“”(\[*:-]+|[\s\"'“”)\]*:-]+\Z")
_NAME = "(?-i:[A-Z]|[a-z]{1,2}[A-Z])"
_KIND = re.compile(
    r"(?<=\w)\s+(?:cell |mobile |smart)?(?:phone|device|tablet|laptop|console)s?\Z", re.IGNORECASE
)
_DEVICE = re.compile(
    r"[A-Za-z0-9]|(?:手机|电脑|笔记本|平板|相机|电视|机型|车型|型号|系列|设备|主机|打印机|洗衣机|机|器|车|表|灶|锁|屏)\Z"
)
_NUMBER = re.compile(r"(?=\w*\d)\w{1,4}(?: Plus| Pro| Max| Mini)*\Z")
_DETERMINER = re.compile(
    r"\A(?:(?:all|any|most|many|other|various|select(?:ed)?|both|your|the|a|an|our|its|their|this|"
    r"these|almost|virtually|nearly|every|each)\s+)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Pattern:
    """A cue with its relation.

    Attributes:
        attribute: relation from the product to the text after or before the cue.
        cue: pattern that ends where a list of names begins; group `o` is the name if the cue
            encloses it.
        confidence: confidence, 0 to 1.
    """

    attribute: str
    cue: re.Pattern[str]
    confidence: float


@dataclass(frozen=True)
class _Rules:
    patterns: tuple[_Pattern, ...]
    stop: re.Pattern[str]
    """Pattern that ends the list of names."""
    unfit: frozenset[str]
    """Words that are not a name by themselves."""
    denied: re.Pattern[str]
    """Pattern of negations right before a cue."""


class RelationReader:
    """A `catalograph.ingest.extract.protocol.TextExtractor` of relations; needs no training."""

    @property
    def name(self) -> str:
        """Extractor name stored on each support."""
        return NAME

    @property
    def version(self) -> str:
        """Version, increased when the rules change their findings."""
        return VERSION

    def find(self, products: Sequence[ProductText]) -> list[list[Finding]]:
        """Return the distinct relations in the texts of each product, in order of position."""
        return [self._find(product.texts, product.known) for product in products]

    def _find(self, texts: Mapping[str, str], known: frozenset[str]) -> list[Finding]:
        found: dict[tuple[str, str], Finding] = {}
        for field, text in texts.items():
            for finding in read_relations(text, field):
                if finding.attribute not in known:
                    found.setdefault((finding.attribute, finding.name.casefold()), finding)
        return list(found.values())


def read_relations(text: str, field: str = "description") -> list[Finding]:
    """Return the relations in a text, each with the span of the named thing."""
    rules = _rules(language_of(text))
    chinese = language_of(text) == "zh"
    best: dict[tuple[int, int], Finding] = {}
    for pattern in rules.patterns:
        for match in pattern.cue.finditer(text):
            if rules.denied.search(text[max(0, match.start() - 30) : match.start()]):
                continue
            for start, end, name in _find_tails(
                text, match, rules, pattern.attribute, chinese=chinese
            ):
                span = Span(field, start, end)
                attribute = pattern.attribute
                if chinese and attribute == COMPATIBLE and not _DEVICE.search(name):
                    attribute = USE  # 适用于学生 names users, 适用于iPhone a device
                finding = Finding(attribute, name, NAME, VERSION, pattern.confidence, span)
                known = best.get((start, end))
                if known is None or known.confidence < finding.confidence:
                    best[start, end] = finding
    return [finding for _, finding in sorted(best.items())]


def _find_tails(
    text: str, match: re.Match[str], rules: _Rules, attribute: str, *, chinese: bool
) -> Iterator[tuple[int, int, str]]:
    """Yield span and name of each thing that a cue refers to."""
    if "o" in match.re.groupindex:
        start, end = match.span("o")
    else:
        start = match.end()
        end = min(len(text), start + _LONGEST_LIST)
        stop = rules.stop.search(text, start, end)
        end = stop.start() if stop else end
    before = ""
    for piece in _split(text, start, end, _ZH_CUT if chinese else _ITEM_CUT)[:_MOST_ITEMS]:
        first, last = _trim(text, *piece)
        item = text[first:last]
        fits = _fits_chinese(item) if chinese else _fits(item, rules, attribute)
        if not fits:
            # Text after the first item that is not a name belongs to the next clause.
            return
        for place, until, name in _variants(item, first):
            before = _complete(name, before)
            yield place, until, before


def _split(text: str, start: int, end: int, cut: re.Pattern[str]) -> list[tuple[int, int]]:
    pieces = []
    for gap in cut.finditer(text, start, end):
        pieces.append((start, gap.start()))
        start = gap.end()
    return [piece for piece in (*pieces, (start, end)) if text[piece[0] : piece[1]].strip()]


def _trim(text: str, first: int, last: int) -> tuple[int, int]:
    """Strip quotes, brackets and determiners."""
    while match := _TRIM.search(text[first:last]):
        begin, end = match.span()
        first, last = (first + end, last) if begin == 0 else (first, first + begin)
    if determiner := _DETERMINER.match(text[first:last]):
        first += determiner.end()
    kind = _KIND.search(text[first:last])
    # "Galaxy S7 cell phones" contains a name, "Android phones" does not.
    if kind and any(char.isdigit() for char in text[first : first + kind.start()]):
        last = first + kind.start()
    return first, last


def _variants(item: str, offset: int) -> Iterator[tuple[int, int, str]]:
    """Yield the two phones of "iPhone 12/13"; the span of the second is its number."""
    match = _VARIANTS.match(item)
    if match is None:
        yield offset, offset + len(item), item
        return
    yield offset, offset + match.end("first"), item[: match.end("first")]
    for part in re.finditer(r"[\w-]+", item[match.start("rest") :]):
        start = offset + match.start("rest") + part.start()
        yield start, start + len(part[0]), f"{match['name']} {part[0]}"


def _complete(name: str, before: str) -> str:
    """Complete a number with the name before it: "6s" after "iPhone 6" is "iPhone 6s"."""
    if not _NUMBER.match(name):
        return name
    words = before.split()
    number = next((n for n, word in enumerate(words) if n and _NUMBER.match(word)), None)
    return name if number is None else " ".join([*words[:number], name])


def _fits(item: str, rules: _Rules, attribute: str) -> bool:
    words = item.split()
    if not 0 < len(words) <= _MOST_WORDS or not any(char.isalpha() for char in item):
        return False
    if all(word.casefold().strip(".'’") in rules.unfit for word in words):
        return False
    if attribute == BRAND:
        # "zBoost" is a name, "hand" is not.
        return all(word != word.lower() or not word[0].isalpha() for word in words)
    if attribute == USE:
        return len(words) <= _MOST_WORDS_OF_USE
    # A device is named, or is a kind in the plural.
    return any(c.isupper() or c.isdigit() for c in item) or item.endswith("s")


def _fits_chinese(item: str) -> bool:
    return len(item) > 1 and sum(map(is_han, item)) <= _MOST_HAN


@cache
def _rules(language: str) -> _Rules:
    content = load_packaged_table("catalograph.ingest.language", "relations")[language]
    patterns = tuple(
        _Pattern(
            attribute,
            re.compile(cue["cue"].replace("NAME", _NAME), re.IGNORECASE),
            cue["sure"],
        )
        for attribute, cues in content["cues"].items()
        for cue in cues
    )
    return _Rules(
        patterns,
        re.compile(content["stop"], re.IGNORECASE),
        frozenset(content["unfit"]),
        re.compile(content["denied"], re.IGNORECASE),
    )
