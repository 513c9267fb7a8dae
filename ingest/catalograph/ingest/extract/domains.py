"""Domains of products, with the precision that extractions usually have in them (`domains.yaml`).

A colour word in a cosmetics catalogue is often a scent, in a grocery a flavour, in a bookshop a
part of a title. The table is a prior only: evidence from the feed replaces it (`precision`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml

GENERAL = "general"
"""Domain of all other products, in which extractors keep their own confidence."""
_OTHER = "other"
_HAN = re.compile(r"[\u4e00-\u9fff]")
# "Kitchen > Coffee machines" is no grocery, "Beauty > Tools" no cosmetics.
_EQUIPMENT = re.compile(
    r"\b(?:appliances?|kitchen|electronics?|electrical|computers?|phones?|furniture|storage|tools?"
    r"|clothing|apparel|fashion|shoes|toys?|accessories|makers?|machines?|cookers?|grinders?|mugs?"
    r"|cases?|bags?|devices?|instruments?)\b|电器|厨具|家具|玩具|服装|配件|数码|箱包|机\Z|器\Z",
    re.IGNORECASE,
)
# "Green tea mug" and "rice cooker" are no groceries either.
_DEVICE = (
    r"(?!\s*(?:maker|cooker|machine|grinder|mug|cup|table|pot|kettle|set|press|dispenser|holder|tin"
    r"|box|case|light|lamp|rack|bag|organi[sz]er|brush|warmer|steamer|器|机|杯|盒|架|袋))"
)


@dataclass(frozen=True)
class _Domain:
    name: str
    categories: re.Pattern[str]
    titles: re.Pattern[str]
    precision: dict[str, float]


def domain_of(categories: Iterable[str], title: str = "") -> str:
    """Return the domain of a product, `GENERAL` where no word names one.

    Args:
        categories: names or paths of its categories.
        title: title of the product, which counts where no category names a domain.
    """
    for name in categories:
        domain = _domain_of_category(name)
        if domain != GENERAL:
            return domain
    for known in _domains():
        if known.titles.search(title):
            return known.name
    return GENERAL


def prior_precision(domain: str, attribute: str) -> float | None:
    """Return the usual precision of an attribute's extractions; None where nothing is known."""
    known = next((d.precision for d in _domains() if d.name == domain), {})
    return known.get(attribute, known.get(_OTHER))


@lru_cache(maxsize=16_384)
def _domain_of_category(name: str) -> str:
    if _EQUIPMENT.search(name):
        return GENERAL
    return next((d.name for d in _domains() if d.categories.search(name)), GENERAL)


@cache
def _domains() -> tuple[_Domain, ...]:
    file = resources.files("catalograph.ingest.extract") / "domains.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(
        _Domain(
            name,
            _pattern(part["categories"]),
            _pattern(part["titles"], _DEVICE),
            dict(part["precision"]),
        )
        for name, part in content.items()
    )


def _pattern(words: Iterable[str], after: str = "") -> re.Pattern[str]:
    """Return a pattern of any of the words; Han words have no boundaries."""
    forms = [
        re.escape(word) if _HAN.search(word) else rf"\b{re.escape(word)}\b"
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile(f"(?:{'|'.join(forms)}){after}", re.IGNORECASE)
