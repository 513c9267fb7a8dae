"""Rules for Chinese texts: labelled values (颜色：黑色), quantities, colours, materials, brands.

Labels are those of the table of attribute names (`normalise/attributes.yaml`), so a value after a
label joins the column of the same meaning. Chinese has no spaces; the patterns use no word
boundaries beside Han characters.
"""

import re
from collections.abc import Callable, Iterator

from catalograph.ingest.extract import lexicon
from catalograph.ingest.extract.cues import any_of
from catalograph.ingest.extract.findings import BRAND
from catalograph.ingest.extract.quantities import units
from catalograph.ingest.extract.rule import TITLE, Named, Rule
from catalograph.ingest.normalise import normalise
from catalograph.ingest.normalise.tables import brand_aliases, table

_HAN = re.compile(r"[\u4e00-\u9fff]")
_BRAND_LABELS = ("品牌", "品牌名称", "商标", "牌子")
_MORE_LABELS = {
    "weight": ("单品重量", "机身重量", "整机重量"),
    "battery capacity": ("电池",),
    "volume": ("规格容量",),
}
# Values with one of these attributes are numbers with a unit.
_MEASURED = frozenset({
    "weight", "net weight", "gross weight", "volume", "capacity", "length", "width", "height",
    "depth", "dimensions", "power", "voltage", "battery capacity", "screen size", "storage",
    "memory", "shelf life", "net content",
})  # fmt: skip
_EMPTY = re.compile(
    r"(?:无|暂无|不详|未知|随机|如图|多色可选|颜色随机|详?见.*|.*见描述|.*见详情|咨询.*|以实物为准.*"
    r"|(?:other|其他|其它|/|\W|_)*)\Z",
    re.IGNORECASE,
)
# 158369C/现货速发 under the label of a colour is none.
_COLOUR_WORD = re.compile(r"\D{0,8}[色黑白红蓝绿灰粉黄紫棕橙金银米咖青杏驼]\D{0,2}\Z|透明|卡其")
_GIGABYTES = re.compile(r"\d{1,4}\s?[GT]\Z", re.IGNORECASE)
_END = r"(?=\s*(?:[；;。！!，,|\n】\]]|\Z|\s[\u4e00-\u9fff]{2,8}\s?[:：]))"
_ABOUT = re.compile(r"\A(?:大约|约为?|≈)\s*")
_LIST = re.compile(r"\s*[、]\s*")
_SEPARATORS = {
    "colour": re.compile(r"\s*[、/]\s*"),
    "material": re.compile(r"\s*[、/]\s*"),
    **dict.fromkeys(("style", "pattern", "season", "audience", "flavour", "scent"), _LIST),
}
"""Separators of several values after one label, by attribute."""
_NUMBER = r"(?<![A-Za-z0-9.,/~-])(?P<n>\d{1,3}(?:,\d{3})+|\d{1,6})(?P<f>\.\d{1,3})?"
_LONGEST = 30
_LIMIT = re.compile(
    r"(?:承重|载重|限重|最大|最高|不超过|至多|可达|支持|扩展|适用|适合|大于|小于|以上|[≤≥<>])[^\d，,。；;]{0,4}\Z"
)
# "10公斤" in the title of a washing machine is the load.
_LOADED = "洗衣机|洗烘|烘干|滚筒|冰箱|秤|哑铃|杠铃|体重|承重|喂食|猫砂盆|行李|磨粉|榨油"
_FAUX = re.compile(r"(?:仿|非|无|不含|类|似|假|防)\Z")
_PART = (
    r"(?!内胆|刀头|刀片|手柄|把手|内芯|滤网|加热|清洁|护理|水|胶|贴|膜|垫|盖|喷嘴|涂层|发热|面板|按键|色|纹|味|奶"
    r"|糖)"
)
# A case that begins with 华为 fits a Huawei phone and is made by somebody else.
_ACCESSORY = (
    "手机壳|保护壳|保护套|皮套|钢化膜|贴膜|屏幕膜|表带|键盘膜|笔芯适用|墨盒适用|适配|通用配件"
)
_PAIRED_GENDER = re.compile(r"男女|女男|情侣|中性|通用")
_GENDERS = {"男童": "Boys", "女童": "Girls", "男": "Men", "女": "Women"}


_COLOURS = lexicon.load("colours_zh")
_MATERIALS = lexicon.load("materials_zh")


def _read_labelled(attribute: str) -> Callable[[re.Match[str]], Iterator[Named]]:
    known = {"colour": _COLOURS.names, "material": _MATERIALS.names}.get(attribute, {})

    separator = _SEPARATORS.get(attribute)

    def read(match: re.Match[str]) -> Iterator[Named]:
        phrase, offset = match["e"], match.start("e")
        start = 0
        for cut in [*(separator.finditer(phrase) if separator else ()), None]:
            end = len(phrase) if cut is None else cut.start()
            name = _ABOUT.sub("", phrase[start:end].strip())
            if attribute == BRAND:
                name = _choose_spelling(name)
            if _is_value(attribute, name):
                begin = offset + phrase.index(name, start)
                if attribute in ("memory", "storage") and _GIGABYTES.match(name):
                    yield f"{name}B", begin, begin + len(name)
                else:
                    yield known.get(name.casefold(), name), begin, begin + len(name)
            start = end if cut is None else cut.end()

    return read


def _choose_spelling(brand: str) -> str:
    """Return the Chinese of a brand's two spellings, as in KAO/花王: titles begin with it."""
    sides = [side.strip() for side in brand.split("/")]
    han = [side for side in sides if _HAN.search(side)]
    return (han or sides)[0]


def _is_value(attribute: str, name: str) -> bool:
    if not 0 < len(name) <= _LONGEST or _EMPTY.match(name):
        return False
    if attribute == "colour":
        return _COLOUR_WORD.match(name) is not None
    if attribute in ("memory", "storage") and _GIGABYTES.match(name):
        return True
    if attribute in _MEASURED:
        said = normalise(attribute, name)
        return said.rule is not None and said.unit is not None
    return True


def _labels() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, languages in table("attributes").items():
        words = (*languages.get("zh", ()), *_MORE_LABELS.get(name, ()))
        if words:
            yield name, words
    yield BRAND, _BRAND_LABELS


def _label_rule(attribute: str, labels: tuple[str, ...]) -> Rule:
    words = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    return Rule(
        f"label_zh_{attribute.replace(' ', '_')}",
        attribute,
        # A longer word may end in the label: 表带颜色 is not the colour of the watch.
        re.compile(
            rf"(?<![\u4e00-\u9fffA-Za-z0-9])(?:{words})\s?[:：]\s*"
            rf"(?P<e>[^\s；;。！!，,|\n】\]](?:[^；;。！!，,|\n】\]]{{0,38}}?[^\s；;。！!，,|\n】\]])??){_END}"
        ),
        0.9,
        read=_read_labelled(attribute),
        many=True,
        labelled=True,
        needs=(any_of(label.lower() for label in labels),),
    )


def _read_gender(match: re.Match[str]) -> Iterator[Named]:
    title = match.string
    if _PAIRED_GENDER.search(title) or ("男" in title and "女" in title):
        yield "Unisex", *match.span("e")
        return
    yield (
        next(name for word, name in _GENDERS.items() if match["e"].startswith(word)),
        *match.span("e"),
    )


def _read_word(words: lexicon.Lexicon) -> Callable[[re.Match[str]], Iterator[Named]]:
    def read(match: re.Match[str]) -> Iterator[Named]:
        yield words.names[match["e"].casefold()], *match.span("e")

    return read


def _read_brand(match: re.Match[str]) -> Iterator[Named]:
    yield match["e"], *match.span("e")


def _brands() -> str:
    aliases = [
        word
        for word in brand_aliases()
        if _HAN.match(word) and word not in ("苹果", "小米", "兄弟")
    ]
    names = sorted({*aliases, *lexicon.load_names("brands_zh")}, key=lambda w: (-len(w), w))
    # 小米 is also millet, and 苹果 an apple.
    xiaomi = r"小米(?!粥|椒|[\s\d]*(?:g|kg|斤|克)|.{0,8}(?:杂粮|五谷|农家|粗粮|新米))"
    apple = (
        r"苹果(?=.{0,6}(?:手机|电脑|手表|耳机|平板|笔记本|iP|Mac|Watch|AirPods|1[0-9](?!斤|kg|个)))"
    )
    return "|".join((*map(re.escape, names), xiaomi, apple))


_COUNTERS = "支件瓶包盒袋片只个条双对套罐枚粒块卷张本台把组串颗抽"


def _measure(
    name: str,
    attribute: str,
    pattern: str,
    unit: str,
    factors: dict[str, float],
    sure: float,
    unless: str = "",
) -> Rule:
    """Return a rule for a number with a unit in a title, unless the title has other words."""
    before = rf"|(?:{unless})[^\n]*\Z" if unless else ""
    after = rf"(?![^\n]*(?:{unless}))" if unless else ""
    return Rule(
        name,
        attribute,
        re.compile(rf"(?P<e>{_NUMBER}\s?(?P<u>{pattern}))(?![A-Za-z0-9]){after}", re.IGNORECASE),
        sure,
        units(unit, **factors),
        0.001,
        1e6,
        fields=TITLE,
        unless=re.compile(_LIMIT.pattern + before),
    )


ZH_RULES: tuple[Rule, ...] = (
    *(_label_rule(attribute, labels) for attribute, labels in _labels()),
    Rule(
        "brand_at_start_zh",
        BRAND,
        re.compile(
            r"\A\s*(?:[【\[（(][^】\])）]{1,12}[】\])）]\s*)?(?:官方正品|官方|正品|新款|全新)?\s*"
            rf"(?P<e>{_brands()})(?![^\n]*(?:{_ACCESSORY}))",
            re.IGNORECASE,
        ),
        0.9,
        read=_read_brand,
        fields=TITLE,
    ),
    Rule(
        "memory_and_storage_zh",
        "storage",
        re.compile(
            r"(?<![A-Za-z0-9.])\d{1,2}\s?(?:GB?)?\s*[+＋/]\s*"
            r"(?P<e>(?P<n>1[6-9]|[2-9]\d|\d{3,4}|\d(?=\s?T))(?P<f>)\s?(?P<u>[GT]B?))(?![A-Za-z0-9])",
            re.IGNORECASE,
        ),
        0.85,
        units("GB", g=1, gb=1, t=1024, tb=1024),
        16,
        1e6,
        fields=TITLE,
        joined=True,
    ),
    Rule(
        "memory_before_storage_zh",
        "memory",
        re.compile(
            rf"(?P<e>{_NUMBER}\s?(?P<u>GB?))\s*[+＋/]\s*"
            r"(?=(?:1[6-9]|[2-9]\d|\d{3,4})\s?GB?(?![A-Za-z0-9])|\d\s?TB?(?![A-Za-z0-9]))",
            re.IGNORECASE,
        ),
        0.85,
        units("GB", g=1, gb=1),
        0.5,
        64,
        fields=TITLE,
        joined=True,
    ),
    Rule(
        "screen_size_zh",
        "screen size",
        re.compile(
            rf"(?P<e>{_NUMBER}\s?(?P<u>英寸|吋|寸))"
            r"(?=[^，,。；;\n]{0,24}(?:电视|显示器|屏|平板|笔记本|显示屏|一体机|手机|投影))"
        ),
        0.85,
        units("in", 英寸=1, 吋=1, 寸=1),
        1,
        120,
        fields=TITLE,
        unless=_LIMIT,
    ),
    Rule(
        "screen_size_after_device_zh",
        "screen size",
        re.compile(
            rf"(?:电视|显示器|显示屏|屏幕?|平板|笔记本|一体机)[^，,。；;\n]{{0,12}}?"
            rf"(?P<e>{_NUMBER}\s?(?P<u>英寸|吋))"
        ),
        0.85,
        units("in", 英寸=1, 吋=1),
        1,
        120,
        fields=TITLE,
        unless=_LIMIT,
    ),
    _measure(
        "volume_zh",
        "volume",
        "ml|毫升|l|升",
        "ml",
        {"ml": 1, "毫升": 1, "l": 1000, "升": 1000},
        0.8,
    ),
    _measure(
        "net_weight_zh",
        "net weight",
        "kg|(?-i:g)|千克|公斤|克(?![拉数重])|斤",
        "g",
        {"g": 1, "kg": 1000, "克": 1, "千克": 1000, "公斤": 1000, "斤": 500},
        0.8,
        _LOADED,
    ),
    _measure(
        "battery_capacity_zh",
        "battery capacity",
        "mAh|毫安时?",
        "mAh",
        {"mah": 1, "毫安": 1, "毫安时": 1},
        0.85,
    ),
    _measure("power_zh", "power", r"w|瓦", "W", {"w": 1, "瓦": 1}, 0.8),
    Rule(
        "pack_count_zh",
        "pack count",
        re.compile(
            rf"(?<![A-Za-z0-9.])(?P<e>(?P<n>\d{{1,4}})(?P<f>)\s?(?P<u>[{_COUNTERS}]))"
            r"(?:套装|装|入|/(?:包|盒|箱|袋|组))"
        ),
        0.85,
        units("", **dict.fromkeys(_COUNTERS, 1)),
        2,
        1000,
        fields=TITLE,
    ),
    Rule(
        "gender_zh",
        "gender",
        re.compile(
            r"(?P<e>[男女]童|[男女](?=[士款装鞋包裤表衣袜]|生(?!日)|[\s，,/]|\Z)[士款装]?|男女)"
        ),
        0.85,
        read=_read_gender,
        fields=TITLE,
    ),
    Rule(
        "colour_zh",
        "colour",
        re.compile(rf"(?P<e>{_COLOURS.pattern})(?!素|系|可选|调|号|\s?\d+色)", re.IGNORECASE),
        0.85,
        read=_read_word(_COLOURS),
        fields=TITLE,
        many=True,
    ),
    Rule(
        "material_zh",
        "material",
        re.compile(rf"(?P<e>{_MATERIALS.pattern}){_PART}", re.IGNORECASE),
        0.8,
        read=_read_word(_MATERIALS),
        fields=TITLE,
        unless=_FAUX,
    ),
)
"""Rules for Chinese texts, which come after those for English in `RULES`."""
