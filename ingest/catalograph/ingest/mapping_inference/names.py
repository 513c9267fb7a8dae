"""Names of columns: the words, language, currency and unit in them, and the fields they mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from catalograph.ingest.mapping_inference.forms import read_currency
from catalograph.ingest.mapping_inference.name_table import (
    JOINERS,
    find_field_words,
    find_fillers,
    find_word_sets,
    flatten,
    fold,
    sort_words,
)
from catalograph.ingest.normalise.units import read_quantity

LANGUAGES = frozenset(
    [
        "en",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "pl",
        "pt",
        "sv",
        "ru",
        "zh",
        "ja",
        "ko",
        "da",
        "nb",
        "fi",
        "cs",
        "hu",
        "ro",
        "tr",
        "uk",
        "el",
        "bg",
        "hr",
        "sk",
        "sl",
    ]
)
"""ISO 639-1 codes that a column name may end with; those that are English words are left out."""
_COUNTRIES = frozenset(
    [
        "US",
        "GB",
        "UK",
        "DE",
        "AT",
        "CH",
        "FR",
        "BE",
        "CA",
        "ES",
        "MX",
        "IT",
        "NL",
        "PL",
        "PT",
        "BR",
        "SE",
        "RU",
        "CN",
        "TW",
        "HK",
        "JP",
        "KR",
        "DK",
        "NO",
        "FI",
        "CZ",
        "HU",
        "RO",
        "TR",
        "IN",
        "IE",
        "AU",
    ]
)
_LANGUAGE_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "francais": "fr",
    "spanish": "es", "espanol": "es", "italian": "it", "italiano": "it", "chinese": "zh",
    "中文": "zh", "英文": "en", "日文": "ja", "japanese": "ja", "日本語": "ja",
    "英語": "en", "englisch": "en",
}  # fmt: skip
_CHANNELS = frozenset(
    [
        "ecommerce",
        "print",
        "mobile",
        "web",
        "webshop",
        "pos",
        "b2b",
        "b2c",
        "online",
        "catalog",
        "default",
        "marketplace",
    ]
)
_HUMP = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=[0-9])|(?<=[A-Za-z])(?=[€$£¥])"
)
_PART = re.compile(r"[^\W_]+|[€$£¥₹₩₽]|[_\W]")
_BRACKETS = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]")
_SECTION = re.compile(r"\s[/:>|]\s")
"""Between a section and a name, as in `Google Shopping / Gender`."""
_STRIPPED = 0.93
_REORDERED = 0.96
_WITHIN = 0.6
_OF_PARENT = 0.85


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column's name, read.

    Attributes:
        column: the name as the feed writes it.
        plain: the name without what follows, case, accents, spaces and punctuation.
        words: words of the name, without case and accents.
        language: language code as written, such as `en_US`; None if there is none.
        currency: ISO 4217 code; None if there is none.
        unit: unit as written; None if there is none.
        channel: channel of sale, such as `ecommerce`; None if there is none.
        pattern: the name with `{language}`, `{currency}` and `{channel}` in their places.
        number: number at the end of the name, such as 2 in `image_2`; None if there is none.
    """

    column: str
    plain: str
    words: tuple[str, ...]
    language: str | None = None
    currency: str | None = None
    unit: str | None = None
    channel: str | None = None
    pattern: str = ""
    number: int | None = None

    @property
    def base(self) -> str:
        """Words of the name without its number, for comparing numbered columns."""
        return "".join(word for word in self.words if not word.isdigit())


@dataclass(frozen=True, slots=True)
class NameMatch:
    """How well a name fits a field.

    Attributes:
        score: 0 to 1.
        word: the word of the table that the name fits.
        language: language of that word.
    """

    score: float
    word: str
    language: str


@lru_cache(maxsize=16_384)
def read_name(column: str) -> ColumnName:
    """Read a column's name; of a dotted path the last part, unless it is a number.

    Example:
        >>> read_name("Price (INR)").currency
        'INR'
    """
    parts = [part for part in column.split(".") if part and not part.isdigit()]
    last = parts[-1] if parts and not re.search(r"\s", column) else column
    cleaned = _SECTION.split(last.replace("\ufeff", "").strip())[-1]
    marks = _Marks(column, column[: len(column) - len(last)] if last != column else "")
    inside = [m[1].strip() for m in _BRACKETS.finditer(cleaned)]
    for text in inside:
        marks.take(text, bracketed=True)
    rest = _BRACKETS.sub(lambda m: " " if marks.is_mark(m[1].strip()) else f" {m[1]} ", cleaned)
    words = [
        word
        for part in _PART.findall(rest)
        for word in _HUMP.split(part)
        if word.strip(" _-.:/|,;#'\"?!()[]*&+")
    ]
    words = marks.strip(words)
    folded = tuple(fold(word) for word in words)
    number = (
        int(folded[-1])
        if len(folded) > 1 and folded[-1].isdecimal() and len(folded[-1]) < 4
        else None
    )
    return ColumnName(
        column, "".join(folded), folded, marks.language, marks.currency, marks.unit, marks.channel,
        marks.pattern, number,
    )  # fmt: skip


class _Marks:
    """Marks of language, currency, unit and channel in a name."""

    def __init__(self, column: str, before: str) -> None:
        self.language: str | None = None
        self.currency: str | None = None
        self.unit: str | None = None
        self.channel: str | None = None
        self.pattern = column
        self._before = before
        self._marks: set[str] = set()

    def is_mark(self, text: str) -> bool:
        """Return whether a text in brackets is such a mark."""
        return text in self._marks

    def take(self, text: str, *, bracketed: bool = False) -> bool:
        """Note a text as a mark, if it is one."""
        currency = read_currency(text) if bracketed or _is_currency_word(text) else None
        if currency is not None and self.currency is None:
            self.currency = currency or None
            self._note(text, "currency" if currency else "")
            return True
        language = _read_language(text)
        if language is not None and self.language is None:
            self.language = text
            self._note(text, "language")
            return True
        plain = text.casefold() in _PLAIN_UNITS
        if self.unit is not None and text.casefold() == self.unit.casefold():
            return True
        if self.unit is None and (plain or (bracketed and len(text) > 1)) and is_unit(text):
            self.unit = text
            self._note(text, "")
            return True
        return False

    def strip(self, words: list[str]) -> list[str]:
        """Return the words of a name without marks at its end or before it."""
        left = list(words)
        while len(left) > 1:
            tail = self._tail(left)
            if not tail:
                break
            left = left[: len(left) - tail]
            while len(left) > 1 and fold(left[-1]) in ("in", "en"):
                left = left[:-1]
        if (
            len(left) > 1
            and self.currency is None
            and left[0].upper() == left[0]
            and _is_currency_word(left[0])
            and self.take(left[0])
        ):
            left = left[1:]
        return left

    def _tail(self, words: list[str]) -> int:
        """Return how many words at the end are a mark."""
        if len(words) > 2:
            language, country = words[-2], words[-1]
            if language.lower() in LANGUAGES and country.upper() in _COUNTRIES:
                for sign in "_-":
                    text = f"{language}{sign}{country}"
                    if text in self.pattern:
                        self.language = text
                        self._note(text, "language")
                        return 2
        if (
            words[-1].casefold() in _CHANNELS
            and self.channel is None
            and len(words) > 2
            and (
                _read_language(words[-2])
                or words[-2].upper() in _COUNTRIES
                or _is_currency_word(words[-2])
            )
        ):
            self.channel = words[-1]
            self._note(words[-1], "channel")
            return 1
        return 1 if self.take(words[-1]) else 0

    def _note(self, text: str, placeholder: str) -> None:
        self._marks.add(text)
        if placeholder:
            head, found, tail = self.pattern.rpartition(text)
            if found:
                self.pattern = f"{head}{{{placeholder}}}{tail}"


_PLAIN_UNITS = frozenset(
    [
        "kg",
        "g",
        "mg",
        "lb",
        "lbs",
        "oz",
        "cm",
        "mm",
        "ml",
        "cl",
        "l",
        "m",
        "inch",
        "inches",
        "ft",
        "gb",
        "tb",
        "mb",
        "w",
        "kw",
        "mah",
        "hz",
        "克",
        "千克",
        "公斤",
        "厘米",
        "毫米",
        "毫升",
        "升",
        "米",
        "斤",
        "英寸",
        "grams",
        "gram",
        "kwh",
        "kcal",
        "v",
    ]
)
"""Units that may end a name without brackets, such as `length_cm`."""


def _is_currency_word(text: str) -> bool:
    """Return whether a bare word names a currency: a sign, or a code in capitals."""
    if text in (
        "ALL",
        "TOP",
        "TRY",
        "MOP",
        "LAK",
        "SOS",
        "CUP",
        "BAM",
        "GEL",
        "PEN",
        "RON",
        "COP",
        "MAD",
        "BOB",
        "LSL",
        "STN",
    ):
        return False
    return read_currency(text) is not None and (
        text.isupper()
        or not text.isascii()
        or not text.isalpha()
        or text.lower()
        in ("eur", "usd", "gbp", "inr", "cny", "jpy", "chf", "pln", "sek", "rub", "euro", "rmb")
    )


def _read_language(text: str) -> str | None:
    match = re.fullmatch(r"([A-Za-z]{2})(?:[_-]([A-Za-z]{2}|Hans|Hant))?", text)
    if match is not None and match[1].lower() in LANGUAGES:
        return match[1].lower()
    return _LANGUAGE_NAMES.get(fold(text))


@cache
def is_unit(text: str) -> bool:
    """Return whether a text is a unit that normalisation knows."""
    quantity = read_quantity("size", f"1 {text}")
    return quantity is not None and quantity.unit is not None


@lru_cache(maxsize=65_536)
def match_name(section: str, column: str) -> Mapping[str, NameMatch]:
    """Return how a name fits the fields of a section; fields that it does not fit are left out.

    Args:
        section: catalog, reviews, events or attributes.
        column: name of the column.
    """
    path = column
    column = _name_with_parent(column)
    name = read_name(column)
    whole = flatten(column.replace("\ufeff", ""))
    found: dict[str, NameMatch] = {}
    sets = find_word_sets(section)
    for field, words in find_field_words(section).items():
        match = _match(name, whole, words, sets[field])
        if match is not None:
            found[field] = match
    for field, match in _match_outside_brackets(section, column).items():
        if field not in found or found[field].score < match.score:
            found[field] = match
    parent = re.sub(r"(?:\.\d+)*\.[^.]*\Z", "", path)
    own = section != "attributes" and _is_attribute(column)
    inherits = column == path or flatten(path.rpartition(".")[2]) in _VALUES
    if parent and parent != path and " " not in path and inherits and not own:
        for field, match in match_name(section, parent).items():
            inherited = NameMatch(match.score * _OF_PARENT, match.word, match.language)
            if field not in found or found[field].score < inherited.score:
                found[field] = inherited
    return found


def _match_outside_brackets(section: str, column: str) -> Mapping[str, NameMatch]:
    """Return how a name fits without its remarks in brackets, such as `Categories (x,y,z...)`."""
    outside = _BRACKETS.sub(" ", column).strip()
    if outside == column.strip() or not outside or "." in outside:
        return {}
    return {
        field: NameMatch(match.score * _STRIPPED, match.word, match.language)
        for field, match in match_name(section, outside).items()
    }


def _is_attribute(column: str) -> bool:
    """Return whether the last part of a path is itself the name of an attribute."""
    last = column.rpartition(".")[2]
    return any(match.score >= _STRIPPED for match in match_name("attributes", last).values())


def _name_with_parent(column: str) -> str:
    """Return the name of a nested value, with that of its object if it says little by itself.

    Example:
        >>> _name_with_parent("context.user.id")
        'user id'
    """
    parts = [part for part in column.split(".") if part and not part.isdigit()]
    if len(parts) > 1 and " " not in column and flatten(parts[-1]) in _VAGUE:
        return f"{parts[-2]} {parts[-1]}"
    return column


_VAGUE = frozenset(
    [
        *("id", "name", "code", "key", "value", "number", "no", "amount", "label", "type", "title"),
        *("nom", "libelle", "numero", "valeur", "nombre", "codigo", "valor", "nome", "codice"),
        *("valore", "bezeichnung", "nummer", "nr", "wert", "名称", "名", "名前", "编号", "编码"),
        *("番号", "コード", "值", "値", "url", "src", "href", "link"),
    ]
)
"""Names of nested values that say little without that of their object."""
_VALUES = frozenset(
    [
        *("value", "amount", "valeur", "montant", "valor", "importe", "valore", "importo", "wert"),
        *("betrag", "url", "src", "href", "link", "值", "値", "金额", "金額"),
    ]
)
"""Names of nested values that are what their object is named after."""


def _match(
    name: ColumnName,
    whole: str,
    words: Mapping[str, tuple[float, str, str]],
    sets: Mapping[tuple[str, ...], tuple[float, str, str]],
) -> NameMatch | None:
    for flat, factor in ((whole, 1.0), (name.plain, 1.0), (name.base, 0.97)):
        if flat in words:
            score, word, language = words[flat]
            return NameMatch(score * factor, word, language)
    if (same := sets.get(sort_words(name.words))) is not None:
        return NameMatch(same[0] * _REORDERED, same[1], same[2])
    for flat in _strip_fillers(name):
        if flat in words:
            score, word, language = words[flat]
            return NameMatch(score * _STRIPPED, word, language)
    return _match_within(name, words)


@lru_cache(maxsize=16_384)
def _strip_fillers(name: ColumnName) -> tuple[str, ...]:
    """Return the flattened name without words that say nothing, whole words or joined ones."""
    fillers = find_fillers()
    left = [w for w in name.words if w not in fillers and not w.isdigit()]
    found = ["".join(left)] if left and len(left) < len(name.words) else []
    without = [w for w in name.words if w not in fillers and w not in JOINERS and not w.isdigit()]
    if without and without != left:
        found.append("".join(without))
    flat = name.base
    for filler in fillers:
        if len(filler) > 1 and len(flat) - len(filler) > 1:
            if flat.startswith(filler):
                found.append(flat[len(filler) :].removeprefix("s" if filler == "produkt" else ""))
            if flat.endswith(filler):
                found.append(flat[: -len(filler)])
    return tuple(text for text in found if text)


def _match_within(
    name: ColumnName, words: Mapping[str, tuple[float, str, str]]
) -> NameMatch | None:
    """Match a word of the table that is part of the name, at its end or beginning."""
    best: NameMatch | None = None
    for flat, weight in _parts_of(name):
        if flat in words:
            score, word, language = words[flat]
            value = _WITHIN * score * weight
            if best is None or value > best.score:
                best = NameMatch(value, word, language)
    return best or _match_joined(name, words)


@lru_cache(maxsize=16_384)
def _parts_of(name: ColumnName) -> tuple[tuple[str, float], ...]:
    """Return the runs of words within a name, with more weight at its ends and for longer ones."""
    count = len(name.words)
    found = []
    for start in range(count):
        for end in range(start + 1, count + 1):
            flat = "".join(name.words[start:end])
            if end - start < count and (len(flat) >= 3 or not flat.isascii()):
                edge = 1.0 if end == count or start == 0 else 0.8
                found.append((flat, edge * (0.7 + 0.3 * (end - start) / count)))
    return tuple(found)


def _match_joined(
    name: ColumnName, words: Mapping[str, tuple[float, str, str]]
) -> NameMatch | None:
    """Match the end of a compound such as `Kundenbewertung` or `商品销售价格`."""
    flat = name.base
    wide = not flat.isascii() and any(ord(sign) > 0x2E80 for sign in flat)
    shortest = 2 if wide else 5
    for size in range(len(flat) - 1, shortest - 1, -1):
        entry = words.get(flat[-size:])
        if entry is not None:
            return NameMatch(_WITHIN * entry[0] * 0.8, entry[1], entry[2])
    return None


_NUMBER_NAME = re.compile(
    r"(?:番号|编号|編號|序号|序號|単号|单号|流水号|no|nr|num|numero|nummer|number|id|code|#)\Z"
    r"|\A(?:no|nr|n|num|numero|nummer|number|id|#)\Z"
)


def is_number_name(column: str) -> bool:
    """Return whether a name says that a column numbers something.

    Example:
        >>> is_number_name("N°"), is_number_name("口コミ番号"), is_number_name("casino")
        (True, True, False)
    """
    words = read_name(column).words
    flat = "".join(sign for sign in (words[-1] if words else "") if sign.isalnum() or sign == "#")
    first = "".join(sign for sign in (words[0] if words else "") if sign.isalnum() or sign == "#")
    wide = not flat.isascii() and _NUMBER_NAME.search(flat) is not None
    return wide or any(_NUMBER_NAME.fullmatch(text) for text in (flat, first))


def attribute_name(column: str) -> str:
    """Return an attribute's name: the canonical one if the table knows it, else the words.

    Example:
        >>> attribute_name("PrimaryColor")
        'colour'
    """
    known = match_name("attributes", column)
    best = max(known, key=lambda field: known[field].score, default=None)
    if best is not None and known[best].score > _WITHIN:
        return best
    name = read_name(column)
    text = " ".join(name.words).strip()
    return text or column.strip().lower() or column
