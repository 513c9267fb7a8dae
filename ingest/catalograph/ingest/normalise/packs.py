"""Pack counts: "Pack of 6", "6-pack" and "6支装" are 6, "twin pack" is 2."""

import re

from catalograph.ingest.normalise import numerals
from catalograph.ingest.normalise.result import NormalisedValue

_N = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}|{numerals.WORDS})"
_THINGS = (
    r"(?:packs?|pk|pks|pkg|ct|cnt|counts?|pcs?|pc\(s\)|pieces?|units?|items?|sets?|bottles?|cans?"
    r"|bags?|boxes|box|sheets?|rolls?|tablets?|capsules?|sachets?|pods?|cartridges?|ea|each|x)"
)
_COUNTER = r"[支件瓶包盒袋片只个条双对套罐枚粒块卷张本台把组串颗根]"
_ZH = rf"(?P<n>\d{{1,6}}|[{numerals.CHINESE}]{{1,5}}) ?{_COUNTER}(?:/[包盒袋箱组]|入|套?装|套)?"
_BOX = r"(?:packs?|pkg|pk|set|box|case|bundle|lot|bag|carton|roll|ream)"
_FORMS = tuple(
    re.compile(rf"{form}\Z", re.IGNORECASE)
    for form in (
        rf"(?:a |one )?{_BOX}(?: of |/){_N}(?: {_THINGS})?\.?",
        rf"{_N}[\s-]?{_THINGS}(?:[\s-](?:pack|set|box|kit))?(?: ?(?:/|per|in an?) ?\w+)?\.?",
        rf"{_N} ?(?:/|per) ?{_BOX}\.?",
        rf"x ?{_N}",
        _ZH,
    )
)
_TIMES = rf"\d{{1,4}}|{numerals.WORDS}|an?"
_DOZENS = re.compile(rf"(?:(?P<n>half|{_TIMES})[\s-](?:a )?)?dozen\Z", re.IGNORECASE)
_PAIRS = re.compile(rf"(?:(?P<n>{_TIMES}) )?pairs?\Z|一?[对双]\Z", re.IGNORECASE)
_ZH_DOZENS = re.compile(rf"(?P<n>\d{{1,4}}|[{numerals.CHINESE}]{{1,3}})?打\Z")


def read_pack(text: str) -> NormalisedValue | None:
    """Read a pack count; return None for any other text.

    Args:
        text: clean half-width value of a count attribute.
    """
    for pattern, each in ((_DOZENS, 12), (_PAIRS, 2), (_ZH_DOZENS, 12)):
        match = pattern.match(text)
        if match:
            times = _times(match["n"])
            return None if times is None else _make_count(text, times * each)
    for form in _FORMS:
        match = form.match(text)
        number = None if match is None else _count(match["n"])
        if number is not None:
            return _make_count(text, number)
    return None


def _times(written: str | None) -> float | None:
    if written is None or written.casefold() in ("a", "an"):
        return 1
    return 0.5 if written.casefold() == "half" else _count(written)


def _count(written: str) -> float | None:
    named = numerals.word(written)
    return float(named) if named is not None else numerals.read(written)


def _make_count(text: str, number: float) -> NormalisedValue | None:
    if number <= 0 or not float(number).is_integer():
        return None
    return NormalisedValue(numerals.tell(number), text, number, None, "pack")
