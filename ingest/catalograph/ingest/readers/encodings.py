"""Encodings of text that is not UTF-8, decided over the whole file.

`charset-normalizer` says which encodings are possible and how orderly the text is in each. Short
texts are orderly in several, so the share of characters that the languages of an encoding use most
decides between them.
"""

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

_LINE = 64 * 1024
ENOUGH_UTF8 = 12
"""Bytes beyond ASCII that show a text to be UTF-8: by coincidence there are not as many."""
_SAMPLE_BYTES = 96 * 1024
_SCORED_CHARACTERS = 20_000
_LARGEST_MESS = 0.3
_FEWEST_SIGNS = 16
"""Characters beyond ASCII from which a text can be called disorderly."""
_FEWEST_LETTERS = 8
_GOOD_LINES = 0.98
_ENOUGH = 0.3
_LEAD = 0.12
"""Share of common characters that a decision needs, and its lead over the next encoding."""

_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只"
    "从想实日者意无力它与长把机十民第公此已工使情明性知全三又关联点正业外将两高间由问很最重并物手应向头"
    "文体美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立"
    "及比员解水名真论处走各入几口认条平系气题活更别打女变四神总何电数安少报才结反受目太量再感建务做接"
    "必场件计管期市直资命山金指许统区保至队形社便空展马科五基眼书非听白却界达光放强即像难且思完设式色"
    "路记南品住类求据程北边张该交规万取拉格望术领共确传师观清今切院让带导运"
    "鞋衣裤裙帽包袋杯瓶碗盘刀锅床桌椅灯屏线充池耳键鼠标盖套装棉麻丝绒皮革钢铁铜银黑红蓝绿黄紫灰粉橙米"
    "升毫克厘码号款价商牌称编描述库存货供颜尺寸材质净男童婴宝护肤洗油霜膏茶酒奶糖饼干零食防晒风温锈玻璃"
    "陶瓷塑料木竹智牙携叠厚轻薄"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後"
    "作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只"
    "從想實日者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應向頭"
    "文體美相見被利什二等產或新己製身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立"
    "及比員解水名真論處走各入幾口認條平系氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做接"
    "必場件計管期市直資命山金指許統區保至隊形社便空展馬科五基眼書非聽白卻界達光放強即像難且思完設式色"
    "路記南品住類求據程北邊張該交規萬取拉格望術領共確傳師觀清今切院讓帶導運"
    "鞋衣褲裙帽包袋杯瓶碗盤刀鍋床桌椅燈屏線充池耳鍵鼠標蓋套裝棉麻絲絨皮革鋼鐵銅銀黑紅藍綠黃紫灰粉橙米"
    "升毫克厘碼號款價商牌稱編描述庫存貨供顏尺寸材質淨男童嬰寶護膚洗油霜膏茶酒奶糖餅乾零食防曬風溫鏽玻璃"
    "陶瓷塑膠木竹智牙攜疊厚輕薄"
)
_JAPANESE = frozenset(
    "日本人大年中出生時国会事自社分前者学上下入方間手名新高用品色黒白赤青緑黄灰茶紫紺金銀無料送込税価格円"
    "個枚袋箱瓶缶綿麻革木鉄製陶磁器防水軽量保温充電式静音小男女性子供靴服袖長半型番号在庫有商説明産地"
) | frozenset(map(chr, range(0x3041, 0x30FF)))
_HANGUL = frozenset(
    "이다는의가에을를고하은지도한나로사기자어니리서라그아대인시수해스일들게있으만보정장여전부상제구조주원"
    "과면비동오공성내유무모선신위미바마소세용물색검흰화트블랙빨강파랑초록노회격품명코드브랜재질죽틸텀러온병"
    "충케블폰헤휴남운셔츠방컵접박개입분형와요및호할안연진국중단발회레크린피타카터판클라디이즈"
)
_WESTERN = frozenset("äöüßéèêëàâçñóíáúìòùôîûïœæåøãõÄÖÜÉÈÊÀÂÇÑÓÍÁÚÌÒÙÔÎÛÏŒÆÅØÃÕ")
_MARKS = frozenset("€£°®™©½¼¾²³µ·•–—‘’“”„«»…±×§¡¿ªº´¨¢¥\xa0")
_CENTRAL = frozenset("ąćęłńóśźżčřšžýáíéůúďťňěôäöüßőűăâîșțĄĆĘŁŃÓŚŹŻČŘŠŽÝÁÍÉŮÚĎŤŇĚ")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщыьэюяё")

_COMMON: dict[str, frozenset[str]] = {
    "gb18030": _SIMPLIFIED,
    "big5hkscs": _TRADITIONAL,
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": _HANGUL,
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1251": _CYRILLIC,
    "koi8_r": _CYRILLIC,
}
"""Characters by encoding, the commonest encoding first."""
_SINGLE_BYTE = frozenset({"cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r"})
_ALIASES = {
    # Programs write the larger set under the name of the smaller one.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "utf-8",
    "utf-8-sig": "utf-8",
}
_LABELS = {
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
    "cp932": "Shift_JIS",
    "euc_jp": "EUC-JP",
    "cp949": "EUC-KR",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "iso8859_2": "ISO-8859-2",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
}


@dataclass(frozen=True, slots=True)
class EncodingEvidence:
    """The encoding that a file's bytes suggest.

    Attributes:
        encoding: its name for Python; `utf-8` also for a file with a few damaged places; None
            where the bytes suggest none clearly.
        possible: labels of the encodings in question, best first.
        damaged: share of lines that are not UTF-8.
    """

    encoding: str | None
    possible: tuple[str, ...] = ()
    damaged: float = 0.0


def codec_name(encoding: str) -> str | None:
    """Return Python's name for a text encoding, the larger one of a family; None for no encoding.

    Example:
        >>> codec_name("GB2312")
        'gb18030'
    """
    try:
        found = codecs.lookup(encoding.strip())
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding:  # noqa: SLF001 - the only way to tell hex from text
        return None
    return _ALIASES.get(found.name, found.name)


def encoding_label(encoding: str) -> str:
    """Return the name of an encoding for people."""
    return _LABELS.get(encoding, encoding.upper())


def is_utf8(text: bytes, *, whole: bool) -> bool:
    """Return whether bytes are UTF-8 with enough characters beyond ASCII to be no coincidence.

    Args:
        text: first bytes of a text.
        whole: whether they are all of it; if not, the last character may be cut.
    """
    try:
        found = codecs.getincrementaldecoder("utf-8")().decode(text, whole)
    except UnicodeDecodeError:
        return False
    return count_beyond_ascii(found) >= ENOUGH_UTF8


def count_beyond_ascii(text: str) -> int:
    """Return the number of bytes of a text as UTF-8 that are not ASCII."""
    return len(text.encode("utf-8", "replace")) - len(text.encode("ascii", "ignore"))


def utf16_without_mark(head: bytes) -> str | None:
    """Return the encoding of UTF-16 text that has no byte-order mark; None for other bytes."""
    half = len(head) // 2
    if half < 4:
        return None
    zeros_first = head[0 : half * 2 : 2].count(0) / half
    zeros_second = head[1 : half * 2 : 2].count(0) / half
    if zeros_second > 0.3 and zeros_first < 0.05:
        return "utf-16-le"
    if zeros_first > 0.3 and zeros_second < 0.05:
        return "utf-16-be"
    return None


def find_encoding(stream: IO[bytes]) -> EncodingEvidence:
    """Read a whole file that is not UTF-8, in bounded memory, and tell its encoding."""
    signs = bad_signs = lines = bad_lines = 0
    sample, size, stride = [], 0, 1
    while line := stream.readline(_LINE):
        lines += 1
        if line.isascii():
            continue
        text = line.decode("utf-8", "replace")
        signs += len(text) - len(text.encode("ascii", "ignore"))
        wrong = text.count("\ufffd")
        if not wrong:
            continue
        bad_signs += wrong
        bad_lines += 1
        if bad_lines % stride:
            continue
        sample.append(line[:4096])
        size += len(sample[-1])
        if size > _SAMPLE_BYTES:
            sample, stride = sample[::2], stride * 2
            size = sum(map(len, sample))
    damaged = bad_lines / max(1, lines)
    if signs >= 2 * bad_signs:
        return EncodingEvidence("utf-8", damaged=damaged)
    return _choose(sample, damaged)


def _choose(sample: list[bytes], damaged: float) -> EncodingEvidence:
    scored: list[tuple[float, str, str]] = []
    for encoding in _COMMON:
        text = _decode(sample, encoding)
        if text and (score := _score(text, encoding)) > 0:
            scored.append((score, encoding, text))
    scored.sort(key=lambda found: -found[0])
    possible = tuple(encoding_label(encoding) for _, encoding, _ in scored[:3])
    if not scored or scored[0][0] < _ENOUGH:
        return EncodingEvidence(None, possible, damaged)
    best = scored[0]
    others = [score for score, _, text in scored[1:] if text != best[2]]
    rivals = {encoding for score, encoding, _ in scored if score > best[0] - _LEAD}
    western = "cp1252" in rivals
    if (
        western
        and others
        and others[0] > best[0] - _LEAD
        and rivals <= {"cp1252", "cp1250", "iso8859_2"}
    ):
        # The two agree in most letters; the western one is far commoner.
        return EncodingEvidence("cp1252", possible, damaged)
    clear = not others or others[0] <= best[0] - _LEAD
    return EncodingEvidence(best[1] if clear else None, possible, damaged)


def _decode(sample: list[bytes], encoding: str) -> str:
    """Return the lines that are text in an encoding; nothing if too many are not."""
    texts = []
    for line in sample:
        try:
            texts.append(line.decode(encoding))
        except UnicodeDecodeError:
            continue
    return "".join(texts) if len(texts) >= _GOOD_LINES * len(sample) else ""


def _score(text: str, encoding: str) -> float:
    """Return how well a text fits an encoding: the share of common characters, less the mess."""
    shown = text[:_SCORED_CHARACTERS]
    common = _COMMON[encoding]
    signs = sum(not sign.isascii() for sign in shown)
    if common is _CYRILLIC:
        letters = sum(_cyrillic_letters(shown))
        # Any bytes are Cyrillic letters in some encoding; a few of them show nothing.
        good = letters + _standing_marks(shown) if letters >= _FEWEST_LETTERS else 0
    elif encoding in _SINGLE_BYTE:
        good = sum(_lone_letters(shown, common)) + _standing_marks(shown)
    else:
        signs -= sum(sign in _MARKS for sign in shown)
        good = sum(sign in common for sign in shown)
    return good / max(1, signs) - _mess(shown, encoding, signs)


def _mess(text: str, encoding: str, signs: int) -> float:
    """Return how disorderly a text is, from 0 to 1; 0 for a text too short to tell."""
    from charset_normalizer import from_bytes

    if signs < _FEWEST_SIGNS:
        return 0.0
    found = from_bytes(text.encode(encoding), cp_isolation=[encoding], threshold=_LARGEST_MESS)
    best = found.best()
    return 1.0 if best is None else best.chaos


def _lone_letters(text: str, common: frozenset[str]) -> Iterable[bool]:
    """Yield for each letter beyond ASCII whether it is common and stands among ASCII letters.

    Words have at most two such letters in a row, in Polish three.
    """
    longest = 3 if common is _CENTRAL else 2
    run = 0
    for place, sign in enumerate(text):
        run = 0 if sign.isascii() else run + 1
        if run and sign in common:
            beside = text[max(0, place - 3) : place] + text[place + 1 : place + 4]
            yield run <= longest and any(other.isascii() and other.isalpha() for other in beside)


def _cyrillic_letters(text: str) -> Iterable[bool]:
    """Yield for each Cyrillic letter whether it is small, or begins a word, beside another one."""
    for place, sign in enumerate(text):
        if sign.lower() in _CYRILLIC:
            before, after = text[max(0, place - 1) : place], text[place + 1 : place + 2]
            if sign.isupper():
                yield after in _CYRILLIC and not before.isalpha()
            else:
                yield before.lower() in _CYRILLIC or after in _CYRILLIC


def _standing_marks(text: str) -> int:
    """Count marks such as € and ° that do not stand between two letters."""
    count = 0
    for place, sign in enumerate(text):
        if sign in _MARKS:
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            count += sign in "’‘´·\xa0" or not (before.isalpha() and after.isalpha())
    return count
