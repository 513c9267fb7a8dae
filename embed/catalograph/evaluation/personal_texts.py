"""Texts with personal data in known places, made from a seed, in English and Chinese.

No real person's data are used: names are drawn from common ones, numbers are made with their check
digits. Half of the wordings have no word beside the item that tells of it, as people write; a share
of the texts has no personal data but numbers that look like some.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stdnum import ean, luhn
from stdnum.cn import ric

__all__ = ["LANGUAGES", "MadeText", "make_texts"]

LANGUAGES = ("en", "zh")
_PLAIN_SHARE = 0.3
"""Share of the texts without personal data."""


@dataclass(frozen=True)
class MadeText:
    """A text and where its personal data are.

    Attributes:
        language: `en` or `zh`.
        text: text.
        items: kind, start and end of each item, in order.
    """

    language: str
    text: str
    items: tuple[tuple[str, int, int], ...]


_GIVEN = (
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David",
    "Elizabeth", "William", "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas",
    "Sarah", "Karen", "Nancy", "Daniel", "Lisa", "Priya", "Aisha", "Olga", "Chen", "Mateo",
    "Sofia", "Hiroshi", "Fatima",
)  # fmt: skip
_FAMILY = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez",
    "Martinez", "Anderson", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Perez", "Thompson",
    "White", "Harris", "Clark", "Lewis", "Robinson", "Walker", "Young", "Patel", "Khan", "Nowak",
    "Ivanov", "O'Brien",
)  # fmt: skip
_STREETS = (
    "Maple", "Oak", "Cedar", "Church", "High", "Station", "Victoria", "Park", "Mill", "Lincoln",
)  # fmt: skip
_STREET_KINDS = ("Street", "Avenue", "Road", "Lane", "St", "Ave", "Drive", "Court")
_TOWNS = (
    ("Springfield", "IL 62704"), ("Austin", "TX 78701"), ("Leeds", "LS1 4AP"),
    ("Bristol", "BS1 5TR"), ("Portland", "OR 97205"),
)  # fmt: skip
_ZH_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
_ZH_GIVEN = (
    "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟",
    "涛", "明", "超", "秀兰", "霞", "平", "刚", "桂英", "晓燕", "建国", "志强", "雨涵", "子轩",
    "梓涵", "欣怡",
)  # fmt: skip
_ZH_TOWNS = (
    "北京市朝阳区", "上海市浦东新区", "广东省深圳市南山区", "浙江省杭州市西湖区",
    "四川省成都市武侯区",
)  # fmt: skip
_ZH_STREETS = ("建国路", "人民南路", "科技园路", "文三路", "解放大道", "中山街")
_ZH_ESTATES = ("阳光花园", "翠湖家园", "锦绣小区", "滨江公寓")
_ZH_MOBILE = ("136", "138", "150", "159", "166", "177", "186", "188", "199")
_MAILS = ("mail.example", "post.example", "web.example.com")


def _name(r: random.Random) -> str:
    return f"{r.choice(_GIVEN)} {r.choice(_FAMILY)}"


def _address(r: random.Random) -> str:
    town, code = r.choice(_TOWNS)
    street = f"{r.randrange(1, 999)} {r.choice(_STREETS)} {r.choice(_STREET_KINDS)}"
    return f"{street}, {town}, {code}"


def _phone(r: random.Random) -> str:
    area, exchange, line = r.randrange(201, 989), r.randrange(200, 999), r.randrange(10_000)
    forms = (
        f"({area}) {exchange}-{line:04}", f"{area}-{exchange}-{line:04}",
        f"+1 {area} {exchange} {line:04}", f"07{r.randrange(400, 999)} {r.randrange(10**6):06}",
        f"{area}.{exchange}.{line:04}", f"+44 20 7{r.randrange(1000):03} {r.randrange(10**4):04}",
    )  # fmt: skip
    return r.choice(forms)


def _card(r: random.Random) -> str:
    digits = r.choice(("4", "51", "55", "62")) + "".join(r.choices("0123456789", k=14))
    digits = digits[:15]
    digits += luhn.calc_check_digit(digits)
    grouped = " ".join(digits[n : n + 4] for n in range(0, 16, 4))
    return r.choice((digits, grouped, grouped.replace(" ", "-")))


def _mail(r: random.Random) -> str:
    user = f"{r.choice(_GIVEN)}{r.choice(('.', '_', ''))}{r.choice(_FAMILY)}".lower()
    return f"{user.replace(chr(39), '')}{r.randrange(99)}@{r.choice(_MAILS)}"


def _ssn(r: random.Random) -> str:
    area = r.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{r.randrange(1, 100):02}-{r.randrange(1, 10_000):04}"


def _nino(r: random.Random) -> str:
    pairs = "".join(f"{r.randrange(100):02} " for _ in range(3))
    return f"{r.choice('ABCEHJLMPRSTWX')}{r.choice('ABCEHJLMPRSTWX')} {pairs}{r.choice('ABCD')}"


def _identity(r: random.Random) -> str:
    return r.choice((_ssn, _nino))(r)


def _zh_name(r: random.Random) -> str:
    return r.choice(_ZH_FAMILY) + r.choice(_ZH_GIVEN)


def _zh_address(r: random.Random) -> str:
    place = f"{r.choice(_ZH_TOWNS)}{r.choice(_ZH_STREETS)}{r.randrange(1, 999)}号"
    rooms = f"{r.randrange(1, 30)}栋{r.randrange(1, 5)}单元{r.randrange(101, 999)}室"
    estate = f"{r.choice(_ZH_ESTATES)}{rooms}"
    return r.choice((place, place + f"{r.randrange(101, 2000)}室", estate))


def _zh_phone(r: random.Random) -> str:
    mobile = f"{r.choice(_ZH_MOBILE)}{r.randrange(10**8):08}"
    forms = (
        mobile, f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
        f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}", f"+86 {mobile}",
        f"010-{r.randrange(6 * 10**7, 7 * 10**7)}",
    )  # fmt: skip
    return r.choice(forms)


def _zh_identity(r: random.Random) -> str:
    region = r.choice(("110105", "310115", "440305", "330106", "510107"))
    day = f"{r.randrange(1950, 2006)}{r.randrange(1, 13):02}{r.randrange(1, 29):02}"
    number = f"{region}{day}{r.randrange(1, 1000):03}"
    return number + ric.calc_check_digit(f"{number}0")


_Maker = Callable[[random.Random], str]
_MAKERS: Mapping[str, Mapping[str, _Maker]] = {
    "en": {
        "NAME": _name, "ADDRESS": _address, "PHONE": _phone, "CARD": _card, "EMAIL": _mail,
        "ID": _identity,
    },
    "zh": {
        "NAME": _zh_name, "ADDRESS": _zh_address, "PHONE": _zh_phone, "CARD": _card,
        "EMAIL": _mail, "ID": _zh_identity,
    },
}  # fmt: skip
_WORDINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "en": {
        "NAME": (
            "My name is {}, please reply.", "I spoke to {} twice about it.", "Thanks, {}",
            "Hi, I'm {} and I ordered last week.", "{} delivered it to the wrong door.",
            "It was signed for by {}, whom I do not know.", "Please put it in the name of {}.",
        ),
        "ADDRESS": (
            "Please send it to {}.", "It went to {} instead.", "I live at {} and nobody came.",
            "{} is where I wanted it.",
        ),
        "PHONE": (
            "Call me at {} please.", "My number is {}.", "{} is the best way to reach me.",
            "Nobody rang me on {} at all.", "You can text {} after six.",
        ),
        "CARD": (
            "You charged my card {} twice.", "{} was charged and I never got it.",
            "Refund to {} please.",
        ),
        "EMAIL": ("Mail me: {}", "I wrote from {} and had no answer.", "{} is my address."),
        "ID": (
            "They asked for my SSN or NI number, {}, why?", "{} is on the form I sent.",
            "The customs papers say {}.",
        ),
    },
    "zh": {
        "NAME": (
            "我叫{}，请回复。", "收货人：{}，谢谢", "快递员{}把东西放错了门口。",
            "我是{}，上周下的单。", "请写{}的名字。", "联系人是{}。", "是{}签收的，我不认识。",
        ),
        "ADDRESS": (
            "请寄到{}。", "我家在{}，没人送来。", "送到了{}，不是我家。", "{}才是我要的地方。",
        ),
        "PHONE": ("打我电话{}。", "手机号{}，随时联系。", "{}是我的号码。", "请加{}联系我。"),
        "CARD": ("我的银行卡{}被扣了两次款。", "请退到{}。", "卡号{}，一直没退。"),
        "EMAIL": ("发邮件到{}。", "我用{}写过信，没有回音。", "邮箱是{}"),
        "ID": ("身份证号{}，清关用的。", "报关填了{}。", "{}是我的证件号。"),
    },
}  # fmt: skip
_AROUND: Mapping[str, Sequence[str]] = {
    "en": (
        "The handle broke after a week.", "It fits well and the colour is right.",
        "Bought two in May, model WH-1000XM4.", "10000 mAh and 60 Hz as described.",
        "Great value for $1,299.00.",
    ),
    "zh": (
        "用了一周就坏了。", "颜色很正，大小合适。", "五月买了两件，型号WH-1000XM4。",
        "容量500毫升，尺寸10×20×30厘米。", "花了1299元，很值。",
    ),
}  # fmt: skip


def _gtin(r: random.Random) -> str:
    digits = "".join(r.choices("0123456789", k=12))
    return digits + ean.calc_check_digit(digits)


def _no_card(r: random.Random) -> str:
    digits = r.choice("345") + "".join(r.choices("0123456789", k=14))
    wrong = (int(luhn.calc_check_digit(digits)) + r.randrange(1, 10)) % 10
    return f"{digits}{wrong}"


_PLAIN: Mapping[str, Sequence[str]] = {
    "en": (
        "GTIN {gtin} on the box, not what I ordered.", "Serial {serial} is on the back.",
        "Dr. Martens 1460 run large, size 42.", "Part no. {part} fits, 24 x 12 oz.",
        "My son loves it and my husband, too.", "Made in 2024-2025, 1920x1080 at 60 Hz.",
    ),
    "zh": (
        "条码{gtin}，和订的不一样。", "机身号{serial}在背面。", "老师推荐的，孩子很喜欢。",
        "配件号{part}，尺寸刚好。", "音质像王者一样，金色外壳很好看。",
        "2025年12月24日买的，花了1299元。",
    ),
}  # fmt: skip


def make_texts(count: int, seed: int) -> list[MadeText]:
    """Make texts, half of them English and half Chinese.

    Args:
        count: number of texts.
        seed: seed of everything random.
    """
    r = random.Random(seed)  # noqa: S311 - texts for a measurement
    return [_make(r, LANGUAGES[n % len(LANGUAGES)]) for n in range(count)]


def _make(r: random.Random, language: str) -> MadeText:
    around = list(_AROUND[language])
    r.shuffle(around)
    gap = " " if language == "en" else ""
    if r.random() < _PLAIN_SHARE:
        part = f"{r.randrange(100, 999)}-{r.randrange(10**5):05}"
        wording = r.choice(_PLAIN[language])
        plain = wording.format(gtin=_gtin(r), serial=_no_card(r), part=part)
        return MadeText(language, gap.join([around[0], plain]), ())
    text, items = around[0] + gap, []
    for kind in r.sample(sorted(_MAKERS[language]), r.randrange(1, 4)):
        before, after = r.choice(_WORDINGS[language][kind]).split("{}")
        item = _MAKERS[language][kind](r)
        start = len(text) + len(before)
        items.append((kind, start, start + len(item)))
        text += f"{before}{item}{after}{gap}"
    return MadeText(language, text.rstrip(), tuple(items))
