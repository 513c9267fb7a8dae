"""Personal data in free texts: where they are, and texts without them.

A request to a language model keeps what product texts are full of: GTINs, model numbers, sizes and
brands such as "Dr. Martens" stay, and a number counts as a telephone number only if it is written
as one, or beside a word for telephone. A review that is stored loses more: also names after a form
of address, a relation or at the end, numbers in the numbering plan of a likely country, and more
forms of postal addresses.

Check digits distinguish identity numbers from others, and a word beside them where these alone
would take too many article numbers. Presidio's recognisers are not used: its package does
not import without spaCy, and none of them knows China's identity numbers; python-stdnum knows them.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from stdnum import ean, iban, luhn
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.exceptions import ValidationError
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.us import ssn

_L = r"(?<![A-Za-z0-9])"
_R = r"(?![A-Za-z0-9])"
_NUMBER_L = r"(?<![A-Za-z0-9.+-])"
_NUMBER_R = r"(?![A-Za-z0-9-])"
_HAN = r"\u4e00-\u9fff"
# Chinese has no word gaps: characters before an address are not part of it.
_LETTER = r"[^\W\u3040-\u9fff]"
_BEFORE_ADDRESS = rf"(?:[{_HAN}]{{0,8}}?(?:寄到|寄往|送到|发到|住在|位于|家在|地址[是为]?[:：]?))?"
_PERSON = r"[A-Z][\w'’-]+(?: [A-Z]\.)?(?: [A-Z][\w'’-]+){0,2}"
_CITY = r"(?:,? (?:Apt|Unit|Suite|Flat)\.? ?\w+)?(?:, [A-Z][A-Za-z .'-]{1,40}?)?"
_POSTCODE = r",? (?:[A-Z]{2} \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})"


@dataclass(frozen=True, slots=True)
class DataKind:
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


def _identity(*formats: Callable[[str], bool]) -> Callable[[str], int]:
    """Return a check that accepts a number that is valid in one of the formats."""
    return lambda text: len(text) if any(valid(text) for valid in formats) else 0


def _resident(text: str) -> int:
    """Check a Chinese identity number by its check digit and its date.

    The county is not checked, as `ric.validate` does: counties are numbered anew, and a person is
    registered long after birth.
    """
    number = text.replace(" ", "").upper()
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return 0
    return len(text) if number[-1] == ric.calc_check_digit(number) else 0


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


DATA_KINDS = (
    DataKind("URL", re.compile(rf"{_L}(?:https?://|www\.)[^\s<>\"'，。）)]+", re.IGNORECASE)),
    DataKind(
        "EMAIL",
        re.compile(
            rf"(?<![A-Za-z0-9_.%+-])(?:{_LETTER}|[.%+-]){{1,64}}@(?:{_LETTER}|-)+"
            rf"(?:\.(?:{_LETTER}|-)+)+"
        ),
    ),
    DataKind("IBAN", re.compile(rf"{_L}[A-Z]{{2}}\d{{2}}(?: ?[A-Z0-9]){{11,30}}{_R}"), _iban),
    DataKind(
        "ID",
        re.compile(rf"(?<![A-Za-z0-9.+-])\d{{6}} ?\d{{8}} ?\d{{3}}[\dXx]{_R}"),
        _resident,
    ),
    DataKind(
        "ID", re.compile(rf"{_NUMBER_L}\d{{3}}-\d{{2}}-\d{{4}}{_NUMBER_R}"), _identity(ssn.is_valid)
    ),
    DataKind(
        "ID",
        re.compile(rf"{_L}[A-Z]{{6}}\d{{2}}[A-EHLMPRST]\d{{2}}[A-Z]\d{{3}}[A-Z]{_R}"),
        _identity(codicefiscale.is_valid),
    ),
    DataKind(
        "ID",
        re.compile(
            r"(?i:\b(?:ssn|social security|nhs|steuer-?id|steueridentifikationsnummer|idnr|dni|nif|"
            r"sécurité sociale|sécu)\b[^\d\n]{0,20})"
            rf"(?P<datum>\d(?:[ -]?\d){{7,14}}(?:[ -]?[A-Z])?){_NUMBER_R}"
        ),
        _identity(ssn.is_valid, nhs.is_valid, idnr.is_valid, dni.is_valid, nir.is_valid),
    ),
    DataKind(
        "ID",
        re.compile(
            rf"{_L}(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d{{2}} \d{{2}} "
            rf"\d{{2}} [A-D]{_R}|"
            r"(?i:\b(?:national insurance|ni)(?: number| no\.?)?[ :]{1,3}(?:is )?)"
            rf"(?P<datum>[A-Z]{{2}}\d{{6}}[A-D]){_R}"
        ),
    ),
    DataKind(
        "ID",
        re.compile(
            r"(?:(?i:\bpassport(?: (?:number|no\.?|is)| ?[:#])*)[ :#]{0,2}|"
            r"护照(?:号码?)?(?:是|为)?[:：]?\s?)"
            rf"(?P<datum>[A-Z]{{0,2}}\d{{7,9}}){_R}"
        ),
    ),
    DataKind("ORDER", re.compile(rf"{_NUMBER_L}\d{{3}}-\d{{7}}-\d{{7}}{_NUMBER_R}")),
    DataKind("CARD", re.compile(rf"{_NUMBER_L}[3-6]\d{{3}}(?:[ -]?\d){{11,15}}{_NUMBER_R}"), _card),
    DataKind("IP", re.compile(rf"{_NUMBER_L}\d{{1,3}}(?:\.\d{{1,3}}){{3}}{_NUMBER_R}"), _ip),
    DataKind(
        "IP", re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])"), _ip
    ),
    DataKind(
        "ORDER",
        re.compile(
            r"(?:(?i:\b(?:order|invoice|tracking|receipt|customer|account)"
            r"(?:\s?[:#]| (?:id|no|number)\b)(?: is)?)|"
            rf"(?:订单|快递|运单)(?:编?号|单号)?(?:是|为)?)[\s.:#：]{{0,3}}{_L}"
            rf"(?P<datum>[A-Z0-9][A-Z0-9-]{{5,29}}){_NUMBER_R}"
        ),
        _order,
    ),
    DataKind(
        "PHONE",
        re.compile(
            rf"{_NUMBER_L}\+\d{{1,3}}[ .-]?(?:\(\d{{1,4}}\)[ .-]?)?"
            rf"\d{{1,5}}(?:[ .-]?\d{{2,5}}){{1,4}}{_NUMBER_R}"
        ),
        _phone,
    ),
    DataKind(
        "PHONE",
        re.compile(
            rf"{_NUMBER_L}(?:1[ .-])?(?:\([2-9]\d{{2}}\) ?|[2-9]\d{{2}}[.-])"
            rf"[2-9]\d{{2}}[.-]\d{{4}}{_NUMBER_R}"
        ),
    ),
    DataKind(
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
    DataKind("PHONE", re.compile(rf"(?<=[{_HAN}：，])1[3-9]\d{{9}}{_NUMBER_R}")),
    DataKind(
        "ADDRESS",
        re.compile(
            rf"{_NUMBER_L}\d{{1,5}} (?:[A-Z][\w'’-]* ){{1,4}}(?:"
            rf"(?:Street|Avenue|Boulevard|Lane|Road){_CITY}(?:{_POSTCODE}|(?=[,.;!\n]|\Z))|"
            rf"(?:St|Ave|Blvd|Ln|Rd|Dr|Drive|Way|Court|Ct|Place)\.?{_CITY}{_POSTCODE})"
        ),
    ),
    DataKind(
        "ADDRESS",
        re.compile(
            rf"{_BEFORE_ADDRESS}(?P<datum>(?:[{_HAN}]{{2,8}}?[省市区县]){{1,3}}"
            rf"[{_HAN}\d]{{1,12}}?[路街道巷]\d{{1,5}}号(?:\d{{1,4}}[室楼])?)"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            rf"(?i:\bmy name is|\bmy name['’]s) (?P<datum>{_PERSON})|"
            rf"(?i:\b(?:kind |best |warm )?regards|\bsincerely|\byours truly),?\s+"
            rf"(?P<signed>{_PERSON})(?=[\s.!]*\Z|\s*\n)"
        ),
    ),
    DataKind("NAME", re.compile(rf"(?:我叫|我的名字[是叫])(?P<datum>[{_HAN}]{{2,3}})(?![{_HAN}])")),
    DataKind("HANDLE", re.compile(r"(?<![\w@.])@[A-Za-z_]\w{2,29}(?![\w@])")),
    DataKind(
        "HANDLE",
        re.compile(
            r"(?:(?<![A-Za-z0-9])(?i:qq|vx|wechat)(?:[号群]|(?![A-Za-z_-]))|微信号?|威信)"
            r"(?:是|为)?\s?[:：]?\s?"
            rf"(?P<datum>[A-Za-z][A-Za-z0-9_-]{{5,19}}|\d{{6,11}}){_R}"
        ),
        lambda text: len(text) if any(c.isdigit() or c in "_-" for c in text) else 0,
    ),
)
_ADDRESSED_BRANDS = r"(?!Martens|Pepper|Bronner|Coffee|Clean|Meyer|Scholl|Oetker|Hauschka|Beckmann)"
_PERSON_SHORT = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]*\.?)?"
_STREET_NAME = r"[A-ZÀ-Ý][\w'’-]+(?: [A-ZÀ-Ý][\w'’-]+){0,3}"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱"
    "严武戴莫孔向汤張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇魏呂盧鐘譚陸範賈龍賀顧錢嚴湯"
)
_REVIEW_KINDS = (
    DataKind(
        "NAME",
        re.compile(
            r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Señora?|Signora?)\.? "
            rf"{_ADDRESSED_BRANDS}(?P<datum>{_PERSON})"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            # In lower case: a headline such as "My Son Loves It" has capitals everywhere.
            r"(?:\b[Mm]y (?:husband|wife|son|daughter|brother|sister|mother|father|mom|mum|dad|"
            r"neighbou?r|boss|friend|boyfriend|girlfriend),? (?:is called |named )?|"
            r"\bsp(?:oke|eak) (?:to|with) |\b(?:rep|representative|agent|technician|driver)"
            r"(?: named|,)? |\b(?:[Ii]ch heiße|[Jj]e m['’]appelle|[Mm]e llamo|[Mm]i chiamo) )"
            rf"(?P<datum>{_PERSON_SHORT})"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            r"(?:(?i:\b(?:thanks|thank you|cheers|love|grüße|gruß|cordialement|saludos|saluti))"
            r"\s*[,\n]|(?:\A|[.!?\n])\s*[-–—~])\s*"
            rf"(?P<datum>{_PERSON_SHORT})(?=[\s.!]*\Z)"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            # Not without a greeting: "This is Great Value." has capitals, too.
            r"\b(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear)(?: \w+)?[,!.]? "
            r"(?:I['’]m|I am|[Tt]his is|[Ii]t['’]s|[Mm]y name is) "
            r"(?P<datum>[A-Z][a-z'’-]+(?: [A-Z]\.)?(?: [A-Z][a-z'’-]+)?)"
            r"(?=[,.!\n]|\Z| from | here| and )"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            r"\b(?:signed (?:for )?by|in the name of|[Aa]ttn\.?:?|c/o) "
            r"(?P<datum>[A-Z][\w'’-]+(?: [A-Z]\.)? [A-Z][\w'’-]+)"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            rf"(?:快递员|配送员|送货员|业务员|店长|店员|师傅)(?P<datum>[{_SURNAMES}][{_HAN}]{{1,2}}?)"
            rf"(?=[把说打送放态很没不给来将在是就也又直，。,！!\s]|\Z)|"
            rf"(?P<receiver>[{_SURNAMES}][{_HAN}]{{1,2}})(?=签收|代收)|"
            rf"(?:写|填|用|改成)(?P<named>[{_SURNAMES}][{_HAN}]{{1,2}})(?=的名字)"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            r"(?:我是|本人|署名|落款)[:：]?"
            rf"(?P<datum>[{_SURNAMES}](?![{_HAN}]?[座生人者党友迷粉妈爸领级季])[{_HAN}]{{2}})"
            rf"(?=[，。,!！.\s]|\Z)"
        ),
    ),
    DataKind(
        "NAME",
        re.compile(
            rf"(?P<datum>[{_SURNAMES}][{_HAN}]{{0,2}}?)(?=先生|女士|小姐|太太|老师|师傅|经理)|"
            rf"(?:姓名|收件人|收货人|联系人|签收人)[是为]?[:：]?\s?(?P<labelled>[{_HAN}]{{2,4}}?)"
            rf"(?=[^{_HAN}]|\Z|电话|手机|地址)|"
            rf"(?:老公|老婆|儿子|女儿|孩子|朋友|同事)(?:名)?叫(?P<related>[{_HAN}]{{2,3}})|"
            rf"客服(?P<agent>小[{_HAN}])"
        ),
    ),
    DataKind(
        "ADDRESS",
        re.compile(
            r"\b[A-ZÄÖÜ][\wäöüß.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse) \d{1,4} ?[a-z]?\b"
            r"(?:,? \d{5} [A-ZÄÖÜ][\wäöüß-]+)?"
        ),
    ),
    DataKind(
        "ADDRESS",
        re.compile(
            r"\b\d{1,4}(?: ?bis)?,? (?:rue|avenue|boulevard|chemin|allée) "
            rf"(?:(?:de la |du |des |de |la |le )?(?:[dl]['’])?){_STREET_NAME}"
            rf"(?:,? \d{{5}} {_STREET_NAME})?|"
            r"\b(?:[Cc]alle|[Aa]venida|Via|[Vv]iale|[Pp]iazza) (?:de la |del |della |de |di )?"
            rf"{_STREET_NAME},? \d{{1,4}}\b(?:,? \d{{5}} {_STREET_NAME})?"
        ),
    ),
    DataKind(
        "ADDRESS",
        re.compile(
            rf"{_BEFORE_ADDRESS}(?P<datum>[{_HAN}]{{2,10}}?(?:小区|花园|公寓|大厦|家园|苑|村)"
            r"\d{1,3}(?:号楼|栋|幢|座)(?:\d{1,2}单元)?(?:\d{2,4}室?)?)"
        ),
    ),
)
_NOTHING = re.compile(r"(?!)")
_KEPT_IN_REVIEWS = frozenset({"URL"})
_LATIN_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT")
_HAN_REGIONS = ("CN", "TW", "HK")
_KANA_REGIONS = ("JP",)
_KANA = re.compile(r"[\u3040-\u30ff]")
_FEWEST_PHONE_DIGITS = 9
"""Shorter numbers without a word for telephone are more often prices, models or sizes."""


def find_personal_data(
    text: str, kinds: Sequence[DataKind] = DATA_KINDS
) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of each item; of overlapping items, the kind tried first wins."""
    taken = [False] * len(text)
    for kind in kinds:
        for match in kind.pattern.finditer(text):
            start, end = match.span(match.lastgroup or 0)
            end = start + kind.genuine(text[start:end])
            if end > start and not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                yield kind.name, start, end


def find_stored_data(text: str, author: str | None = None) -> list[tuple[str, int, int]]:
    """Return kind, start and end of what a stored text loses, in order, none overlapping.

    Args:
        text: text of a review, a turn or a document.
        author: name of its author as the feed has it, which is found wherever it stands.
    """
    items = list(find_personal_data(text, (*DATA_KINDS, *_REVIEW_KINDS)))
    items += _find_phones(text)
    items += [("NAME", m.start(), m.end()) for m in _author_pattern(author).finditer(text)]
    found: list[tuple[str, int, int]] = []
    done = 0
    # Of overlapping items the one that begins first, and of these the longest, is removed.
    for kind, start, end in sorted(items, key=lambda item: (item[1], -item[2])):
        if start >= done and kind not in _KEPT_IN_REVIEWS:
            found.append((kind, start, end))
            done = end
    return found


def remove_personal_data(
    text: str, author: str | None = None, kinds: Collection[str] | None = None
) -> str:
    """Return a review's text with a word such as `[NAME]` for each item of personal data.

    Names are found by what stands beside them, addresses and numbers by their form, in English and
    Chinese, with the commonest forms of German, French, Spanish and Italian. A name without such a
    sign is not found.

    Args:
        text: text of a review.
        author: name of its author as the feed has it, which is removed wherever it stands.
        kinds: names of the kinds to remove; None for all.
    """
    parts: list[str] = []
    done = 0
    for kind, start, end in find_stored_data(text, author):
        if kinds is None or kind in kinds:
            parts += [text[done:start], f"[{kind}]"]
            done = end
    return "".join((*parts, text[done:]))


def _find_phones(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield numbers that the numbering plan of a likely country allows, in its grouping."""
    if sum(c.isdigit() for c in text) < _FEWEST_PHONE_DIGITS:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    regions: tuple[str, ...] = _LATIN_REGIONS
    if _KANA.search(text):
        regions = _KANA_REGIONS
    elif re.search(rf"[{_HAN}]", text):
        regions = _HAN_REGIONS
    for region in regions:
        for match in PhoneNumberMatcher(text, region, Leniency.STRICT_GROUPING):
            plain = sum(c.isdigit() for c in match.raw_string)
            if plain >= _FEWEST_PHONE_DIGITS and not _is_article_number(match.raw_string):
                yield "PHONE", match.start, match.end


def _is_article_number(text: str) -> bool:
    """Return whether a number without gaps is a GTIN, which many of ten digits look like."""
    return text.isdigit() and len(text) in (12, 13, 14) and ean.is_valid(text.zfill(14))


def _author_pattern(author: str | None) -> re.Pattern[str]:
    """Return a pattern of the author's name; of several words, also of the first alone."""
    words = (author or "").split()
    if not words or any(c.isdigit() or c == "@" for c in "".join(words)):
        return _NOTHING
    shortest = 2 if re.search(rf"[{_HAN}]", words[0]) else 3
    names = ["\\s+".join(map(re.escape, words)), re.escape(words[0])]
    lengths = (len("".join(words)), len(words[0]))
    long_enough = [n for n, length in zip(names, lengths, strict=True) if length >= shortest]
    if not long_enough:
        return _NOTHING
    return re.compile(rf"(?<![^\W{_HAN}])(?:{'|'.join(long_enough)})(?![^\W{_HAN}])")
