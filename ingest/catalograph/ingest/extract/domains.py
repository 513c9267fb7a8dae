"""Domains of products, with the precision that extractions usually have in them (`domains.yaml`).

A colour word in a cosmetics catalogue is often a scent, in a grocery a flavour, in a bookshop a
part of a title. The table is a prior only: evidence from the feed replaces it (`precision`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from catalograph.ingest.packaged_table import load_packaged_table

GENERAL = "general"
"""Domain of all other products, in which extractors keep their own confidence."""
_OTHER = "other"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TITLE_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+(?:-[^\W_\u4e00-\u9fff]+)*")
_LONGEST = 4
"""Longest phrase of the table, in words or Han characters."""
# "Kitchen > Coffee machines" is no grocery, "Beauty > Tools" no cosmetics.
_EQUIPMENT = re.compile(
    r"\b(?:appliances?|kitchen|electronics?|electrical|computers?|phones?|furniture|storage|tools?"
    r"|clothing|apparel|fashion|shoes|toys?|accessories|makers?|machines?|cookers?|grinders?|mugs?"
    r"|cases?|bags?|devices?|instruments?)\b|电器|厨具|家具|玩具|服装|配件|数码|箱包|机\Z|器\Z",
    re.IGNORECASE,
)
# "Green tea mug" and "rice cooker" are no groceries either.
_DEVICE = re.compile(
    r"(?:\s*(?:maker|cooker|machine|grinder|mug|cup|table|pot|kettle|set|press|dispenser|holder|tin"
    r"|box|case|light|lamp|rack|bag|organi[sz]er|brush|warmer|steamer|器|机|杯|盒|架|袋))"
)


@dataclass(frozen=True)
class _Domain:
    name: str
    categories: re.Pattern[str]
    titles: frozenset[str]
    precision: dict[str, float]


def domain_of(categories: Iterable[str], title: str = "") -> str:
    """Return the domain of a product, `GENERAL` where no word names one.

    Args:
        categories: names or paths of its categories.
        title: title of the product, which counts where no category names a domain.
    """
    domain = domain_of_categories(categories)
    if domain is not None:
        return domain
    return _domain_of_title(title) if title else GENERAL


def domain_of_categories(names: Iterable[str]) -> str | None:
    """Return the domain that names or paths of categories say; None where titles may tell."""
    for name in names:
        domain = _domain_of_category(name)
        if domain is not None:
            return domain
    return None


@lru_cache(maxsize=4_096)
def prior_precision(domain: str, attribute: str) -> float | None:
    """Return the usual precision of an attribute's extractions; None where nothing is known."""
    known = next((d.precision for d in _domains() if d.name == domain), {})
    return known.get(attribute, known.get(_OTHER))


@lru_cache(maxsize=16_384)
def _domain_of_category(path: str) -> str | None:
    """Return the domain that a category names; None where its products' titles may tell."""
    if _EQUIPMENT.search(path):
        return GENERAL
    return next((d.name for d in _domains() if d.categories.search(path)), None)


def _domain_of_title(title: str) -> str:
    """Return the domain that words of a title name, by look-up of its runs of words."""
    found = {
        _domain_by_words()[phrase]
        for phrase, end in _phrases(title)
        if phrase in _domain_by_words() and not _DEVICE.match(title, end)
    }
    return next((d.name for d in _domains() if d.name in found), GENERAL)


def _phrases(title: str) -> Iterator[tuple[str, int]]:
    """Yield the runs of words and of Han characters in a title, with their ends."""
    words = [(match[0].lower(), match.end()) for match in _TITLE_WORD.finditer(title)]
    for n in range(len(words)):
        phrase = ""
        for word, end in words[n : n + _LONGEST]:
            joined = not phrase or (_HAN.match(word) and _HAN.match(phrase))
            phrase = f"{phrase}{word}" if joined else f"{phrase} {word}"
            yield phrase, end


@cache
def _domain_by_words() -> dict[str, str]:
    return {phrase: known.name for known in _domains() for phrase in known.titles}


@cache
def _domains() -> tuple[_Domain, ...]:
    content = load_packaged_table("catalograph.ingest.extract", "domains")
    return tuple(
        _Domain(
            name,
            _pattern(part["categories"]),
            frozenset(part["titles"]),
            dict(part["precision"]),
        )
        for name, part in content.items()
    )


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of any of the words; Han words have no boundaries."""
    forms = [
        re.escape(word) if _HAN.search(word) else rf"\b{re.escape(word)}\b"
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile(f"(?:{'|'.join(forms)})", re.IGNORECASE)
