"""Pseudonyms for personal data in texts for a language model, reversible in its answer.

Each item becomes a placeholder of its kind, such as `[EMAIL_1]`; the same item has the same
placeholder throughout one request. The assignment is kept in memory only, for that request.
Product numbers (GTINs, model numbers, sizes) stay: a number counts as a telephone number only if it
is written as one, or beside a word for telephone.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stdnum import iban, luhn

_L = r"(?<![A-Za-z0-9])"
_R = r"(?![A-Za-z0-9])"
_NUMBER_L = r"(?<![A-Za-z0-9.+-])"
_NUMBER_R = r"(?![A-Za-z0-9-])"
_HAN = r"\u4e00-\u9fff"
# Chinese has no word gaps: characters before an address are not part of it.
_LETTER = r"[^\W\u3040-\u9fff]"
_PERSON = r"[A-Z][\w'’-]+(?: [A-Z]\.)?(?: [A-Z][\w'’-]+){0,2}"
_CITY = r"(?:,? (?:Apt|Unit|Suite|Flat)\.? ?\w+)?(?:, [A-Z][A-Za-z .'-]{1,40}?)?"
_POSTCODE = r",? (?:[A-Z]{2} \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of personal data.

    Attributes:
        name: name of the kind in its placeholders.
        pattern: pattern of the item, which is its named group, or the whole match.
        genuine: function that returns how many characters of a match belong to the item; 0 if
            it is not one.
    """

    name: str
    pattern: re.Pattern[str]
    genuine: Callable[[str], int] = len


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _card(text: str) -> int:
    digits = _digits(text)
    # Not 13 and 14 digits: GTINs have these lengths, and one in ten passes the check.
    return len(text) if len(digits) in (15, 16, 19) and luhn.is_valid(digits) else 0


def _iban(text: str) -> int:
    """Return the length of the longest valid prefix: words after it may look like a part of it."""
    return next((n for n in range(len(text), 14, -1) if iban.is_valid(text[:n])), 0)


def _ip(text: str) -> int:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return 0
    return len(text)


def _phone(text: str) -> int:
    return len(text) if 7 <= len(_digits(text)) <= 15 else 0


def _order(text: str) -> int:
    return len(text) if len(_digits(text)) >= 4 else 0


_KINDS = (
    _Kind("URL", re.compile(rf"{_L}(?:https?://|www\.)[^\s<>\"'，。）)]+", re.IGNORECASE)),
    _Kind(
        "EMAIL",
        re.compile(
            rf"(?<![A-Za-z0-9_.%+-])(?:{_LETTER}|[.%+-]){{1,64}}@(?:{_LETTER}|-)+"
            rf"(?:\.(?:{_LETTER}|-)+)+"
        ),
    ),
    _Kind("IBAN", re.compile(rf"{_L}[A-Z]{{2}}\d{{2}}(?: ?[A-Z0-9]){{11,30}}{_R}"), _iban),
    _Kind("ORDER", re.compile(rf"{_NUMBER_L}\d{{3}}-\d{{7}}-\d{{7}}{_NUMBER_R}")),
    _Kind("CARD", re.compile(rf"{_NUMBER_L}[3-6]\d{{3}}(?:[ -]?\d){{11,15}}{_NUMBER_R}"), _card),
    _Kind("IP", re.compile(rf"{_NUMBER_L}\d{{1,3}}(?:\.\d{{1,3}}){{3}}{_NUMBER_R}"), _ip),
    _Kind("IP", re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])"), _ip),
    _Kind(
        "ORDER",
        re.compile(
            r"(?:(?i:\b(?:order|invoice|tracking|receipt|customer|account)"
            r"(?:\s?[:#]| (?:id|no|number)\b)(?: is)?)|"
            rf"(?:订单|快递|运单)(?:编?号|单号)?(?:是|为)?)[\s.:#：]{{0,3}}{_L}"
            rf"(?P<datum>[A-Z0-9][A-Z0-9-]{{5,29}}){_NUMBER_R}"
        ),
        _order,
    ),
    _Kind(
        "PHONE",
        re.compile(
            rf"{_NUMBER_L}\+\d{{1,3}}[ .-]?(?:\(\d{{1,4}}\)[ .-]?)?"
            rf"\d{{1,5}}(?:[ .-]?\d{{2,5}}){{1,4}}{_NUMBER_R}"
        ),
        _phone,
    ),
    _Kind(
        "PHONE",
        re.compile(
            rf"{_NUMBER_L}(?:1[ .-])?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}[.-])"
            rf"[2-9]\d{{2}}[.-]\d{{4}}{_NUMBER_R}"
        ),
    ),
    _Kind(
        "PHONE",
        re.compile(
            r"(?:(?i:\b(?:(?:phone|telephone|tel|cell|mobile|fax|whatsapp)"
            r"(?:\.| ?:| number:?| no\.?:?)(?: is)?|"
            r"(?:call|text|ring)(?: me| us)?(?: at| on)?))|"
            r"(?:电话|手机|微信|联系|致电|拨打)(?:方式|号码?|我)?(?:是|为)?[:：]?) ?"
            rf"(?P<datum>\(?\d[\d ().-]{{5,18}}\d){_NUMBER_R}"
        ),
        _phone,
    ),
    # Eleven digits alone are ambiguous; after a Chinese word or mark they are a mobile number.
    _Kind("PHONE", re.compile(rf"(?<=[{_HAN}：，])1[3-9]\d{{9}}{_NUMBER_R}")),
    _Kind(
        "ADDRESS",
        re.compile(
            rf"{_NUMBER_L}\d{{1,5}} (?:[A-Z][\w'’-]* ){{1,4}}(?:"
            rf"(?:Street|Avenue|Boulevard|Lane|Road){_CITY}(?:{_POSTCODE}|(?=[,.;!\n]|\Z))|"
            rf"(?:St|Ave|Blvd|Ln|Rd|Dr|Drive|Way|Court|Ct|Place)\.?{_CITY}{_POSTCODE})"
        ),
    ),
    _Kind(
        "ADDRESS",
        re.compile(
            rf"(?:[{_HAN}]{{2,8}}?[省市区县]){{1,3}}[{_HAN}\d]{{1,12}}?[路街道巷]\d{{1,5}}号"
            r"(?:\d{1,4}[室楼])?"
        ),
    ),
    _Kind(
        "NAME",
        re.compile(
            rf"(?i:\bmy name is|\bmy name['’]s) (?P<datum>{_PERSON})|"
            rf"(?i:\b(?:kind |best |warm )?regards|\bsincerely|\byours truly),?\s+"
            rf"(?P<signed>{_PERSON})(?=[\s.!]*\Z|\s*\n)"
        ),
    ),
    _Kind("NAME", re.compile(rf"(?:我叫|我的名字[是叫])(?P<datum>[{_HAN}]{{2,3}})(?![{_HAN}])")),
    _Kind("HANDLE", re.compile(r"(?<![\w@.])@[A-Za-z_]\w{2,29}(?![\w@])")),
)


class Pseudonyms:
    """Pseudonyms of the personal data in the texts of one request.

    Args:
        texts: all texts of the request.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        shown = list(texts)
        self._words: dict[str, str] = {}
        self._data: dict[str, str] = {}
        for text in shown:
            for kind, datum in _find(text):
                if datum not in self._words:
                    word = self._new_word(kind, shown)
                    self._words[datum] = word
                    self._data[word] = datum
        self._hide = _join_patterns(_make_pattern(d, w) for d, w in self._words.items())
        self._reveal = _join_patterns(map(re.escape, self._data))

    def _new_word(self, kind: str, shown: list[str]) -> str:
        n = 1
        # A text may contain such a placeholder itself, by chance or on purpose.
        while (word := f"[{kind}_{n}]") in self._data or any(word in text for text in shown):
            n += 1
        return word

    def __len__(self) -> int:
        return len(self._words)

    def hide(self, text: str) -> str:
        """Replace each item of personal data by its pseudonym."""
        return self._hide.sub(lambda m: self._words[m[0]], text) if self._words else text

    def reveal(self, text: str) -> str:
        """Replace each pseudonym by its original data."""
        return self._reveal.sub(lambda m: self._data[m[0]], text) if self._words else text


def _find(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each item; of overlapping items, the kind tried first wins."""
    taken = [False] * len(text)
    for kind in _KINDS:
        for match in kind.pattern.finditer(text):
            start, end = match.span(match.lastgroup or 0)
            end = start + kind.genuine(text[start:end])
            if end > start and not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                yield kind.name, text[start:end]


def _make_pattern(datum: str, word: str) -> str:
    """Return the pattern of an item: a name only as a whole word, other data anywhere."""
    pattern = re.escape(datum)
    return f"{_L}{pattern}{_R}" if word.startswith("[NAME_") else pattern


def _join_patterns(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)))
