"""Limits in search words: prices, stars and stock, in English and Chinese."""

import re
from collections.abc import Callable, Iterator, Sequence

from catalograph.assistant.query_understanding.constraints import Constraint, ConstraintKind
from catalograph.ingest.normalise import numerals
from catalograph.ingest.values.currencies import find_currency, usual_code

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_NUMBER_ZH = rf"(?:{_NUMBER}|[零〇一二两三四五六七八九十百千万]+)"
_BEFORE = (
    r"(?:(?:us|ca|au|hk|nt|nz|c|a|s|r)?[$]|[€£¥₹₩]|\b(?:usd|eur|gbp|cny|rmb|inr|jpy|cad|aud)\s)"
)
_AFTER = (
    r"(?:[$€£¥₹]|(?:dollars?|bucks|euros?|quid|yuan|rupees?|usd|eur|gbp|cny|rmb|inr|jpy|cad|aud"
    r"|chf)\b)"
)
_AFTER_ZH = (
    r"(?:元钱|块钱|元|块|圆|人民币|rmb|cny|usd|eur|美元|美金|刀|欧元|英镑"
    r"|日元|港币|港元|卢比|[$€£¥])"
)
_PRICED = r"(?:\b(?:(?:for|at|is|are|that|which)\s+)?(?:priced?|pricing|costs?|costing|budget)\s+)?"
AT_MOST = (
    r"(?:under|below|beneath|less\s+than|cheaper\s+than|lower\s+than|(?:no|not)\s+more\s+than|not\s+"
    r"(?:over|above)|up\s+to|at\s+most|max(?:imum)?(?:\s+of)?|within|(?:for\s+)?budget(?:\s+of)?|<=?|≤)"
)
AT_LEAST = (
    r"(?:over|above|more\s+than|at\s+least|min(?:imum)?(?:\s+of)?|starting\s+(?:at|from)|greater\s+"
    r"than|higher\s+than|(?:no|not)\s+less\s+than|not\s+(?:under|below)|>=?|≥)"
)
_AROUND_SHARE = 0.2
"""How far a price may be from one that is given roughly."""


def _amount(name: str) -> str:
    return (
        rf"(?P<{name}b>{_BEFORE})?\s*(?<![\w.])(?P<{name}>{_NUMBER})(?P<{name}k>k\b)?"
        rf"(?![.,]?\d)(?:\s*(?P<{name}a>{_AFTER}))?(?![a-z0-9])"
    )


def _amount_zh(name: str) -> str:
    return rf"(?P<{name}b>[$€£¥])?(?<![\d.])(?P<{name}>{_NUMBER_ZH})\s*(?P<{name}a>{_AFTER_ZH})?"


def _rx(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_PRICE_ZH = r"(?:价格|价位|价钱|预算|售价)?(?:在|为|是)?\s*"
_END_ZH = r"(?=$|[\s的,，。、]|[\u4e00-\u9fff])"
_RANGES = (
    _rx(rf"{_PRICED}\bbetween\s+{_amount('x')}\s*(?:and|to|-|–|&)\s*{_amount('y')}"),
    _rx(rf"{_PRICED}\bfrom\s+{_amount('x')}\s*(?:to|-|–|until)\s*{_amount('y')}"),
    _rx(rf"{_PRICED}{_amount('x')}\s*(?:-|–|to)\s*{_amount('y')}"),
)
_RANGES_ZH = (
    _rx(
        rf"{_PRICE_ZH}{_amount_zh('x')}\s*(?:到|至|-|–|—|~|～)\s*{_amount_zh('y')}(?P<z>之间|以内)?"
    ),
)
_HIGHS = (
    _rx(rf"{_PRICED}(?:\bfor\s+)?(?<![a-z]){AT_MOST}\s*{_amount('y')}(?:\s+(?:or\s+less|max)\b)?"),
    _rx(rf"{_PRICED}{_amount('y')}\s+(?:or\s+(?:less|under|below|cheaper)|and\s+(?:under|below)"
        r"|max(?:imum)?|tops)\b"),
)  # fmt: skip
_HIGHS_ZH = (
    _rx(rf"{_PRICE_ZH}{_amount_zh('y')}\s*(?:以下|以内|之内|以里|之下|封顶|内{_END_ZH})"),
    _rx(rf"{_PRICE_ZH}(?:低于|不超过|不高于|不多于|少于|小于|不到|便宜于|最多|最高|不要超过)\s*"
        rf"{_amount_zh('y')}"),
)  # fmt: skip
_LOWS = (
    _rx(rf"{_PRICED}(?<![a-z]){AT_LEAST}\s*{_amount('x')}"),
    _rx(rf"{_PRICED}{_amount('x')}\s*(?:or\s+(?:more|above|over)|and\s+(?:up|above|over)|\+)"),
)
_LOWS_ZH = (
    _rx(rf"{_PRICE_ZH}{_amount_zh('x')}\s*(?:以上|起|往上)"),
    _rx(rf"{_PRICE_ZH}(?:高于|超过|大于|不低于|不少于|至少|最低)\s*{_amount_zh('x')}"),
)
_NEAR = (_rx(rf"{_PRICED}\b(?:around|about|approximately|roughly|circa)\s+{_amount('x')}"),)
_NEAR_ZH = (_rx(rf"{_PRICE_ZH}(?:大约|大概)?{_amount_zh('x')}\s*(?:左右|上下)"),)
# What stands behind a number that is no price; units are found by `is_measure`.
_COUNTED = _rx(
    r"[\s-]*(?:%|percent|mega\s?pixels?|mp|pixels?|cores?|pieces?|pcs|packs?|counts?|players?|years?"
    r"|yrs?|months?|days?|hours?|hrs?|people|persons?|guests?|stars?|points?|rpm|dpi|fps|nits?|ports?"
    r"|items?|reviews?|ratings?|inch(?:es)?|feet|foot|ft|pounds?|lbs?|kgs?|th\b|st\b|nd\b|rd\b|degrees?"
    r"|代|寸|个|岁|件|只|片|张|度|层|人|年|月|天|小时|像素|核|倍|瓦|码|包|盒|瓶|支|套|星|分|颗|粒)"
    r"(?![a-z])"
)

_STARS = r"(?P<s>[0-5](?:\.\d)?)"
_RATINGS = (
    _rx(rf"(?:rated?\s+|rating\s+(?:of\s+)?)?(?:at\s+least|min(?:imum)?(?:\s+of)?|over|above|>=?)\s*{_STARS}"
        r"[\s-]*(?:\+\s*)?stars?\b(?:\s+rat(?:ing|ed))?"),
    _rx(rf"(?:rated?\s+|with\s+|rating\s+(?:of\s+)?)?(?<![\d.]){_STARS}[\s-]*(?:\+\s*stars?\b|stars?\s*"
        r"(?:\+|(?:and|or|&)\s+(?:up|above|more|over|better|higher)\b))"),
    _rx(rf"\b(?:rated|rating(?:\s+of)?)\s+(?:at\s+least\s+|over\s+|above\s+)?{_STARS}(?:\s*\+|[\s-]*stars?"
        r"\b)?(?:\s*(?:and|or)\s+(?:up|above|more|over|better|higher)\b)?(?![\d.])"),
    _rx(r"(?:评分|评价|好评)?(?:在|为)?(?P<s>[0-5](?:\.\d)?|[一二两三四五])\s*(?:颗星|星级?|分)\s*"
        r"(?:及以上|或以上|以上|起)"),
    _rx(r"(?:评分|评价)(?:高于|超过|大于|不低于|至少)(?P<s>[0-5](?:\.\d)?|[一二两三四五])\s*"
        r"(?:颗星|星|分)?"),
)  # fmt: skip
_STOCK = _rx(
    r"(?<!not )\b(?:(?:currently|now)\s+)?(?:in[\s-]stock|available\s+(?:now|today|immediately))\b"
    r"|(?<!没)(?<!没有)(?:有货|现货|有库存|库存充足)"
)

Measure = Callable[[int], bool]


def read_limits(text: str, is_measure: Measure, currencies: Sequence[str]) -> Iterator[Constraint]:
    """Yield the limits of a text, each at most once; spans do not overlap.

    Args:
        text: query in half width and lower case.
        is_measure: function that says whether a unit follows the number that ends at an offset.
        currencies: currencies of the graph, the most frequent first.
    """
    rating = next((m for pattern in _RATINGS if (m := pattern.search(text))), None)
    if rating is not None:
        yield _rate(rating)
        text = blank(text, *rating.span())
    stock = _STOCK.search(text)
    if stock is not None:
        yield Constraint("stock", ConstraintKind.STOCK, "in stock", stock.start(), stock.end())
        text = blank(text, *stock.span())
    yield from _read_prices(text, is_measure, currencies)


BLANK = "\x1f"
"""A sign that no pattern crosses."""


def blank(text: str, start: int, end: int, sign: str = BLANK) -> str:
    """Return a text with a sign in place of each character of a span; offsets stay the same."""
    return f"{text[:start]}{sign * (end - start)}{text[end:]}"


def price_constraint(
    low: float | None,
    high: float | None,
    currency: str | None,
    span: tuple[int, int],
    label: str = "",
) -> Constraint:
    """Return the constraint of a range of prices."""
    ends = "-".join("" if one is None else f"{one:.10g}" for one in (low, high))
    code = currency or ""
    words = (
        f"{low:.10g} to {high:.10g}" if low is not None and high is not None
        else f"up to {high:.10g}" if low is None else f"from {low:.10g}"
    )  # fmt: skip
    return Constraint(
        f"price:{ends}{code}", ConstraintKind.PRICE, label or f"{words} {code}".rstrip(),
        *span, low=low, high=high, currency=currency,
    )  # fmt: skip


def _rate(match: re.Match[str]) -> Constraint:
    stars = numerals.read(match["s"]) or 0.0
    return Constraint(
        f"rating:{stars:g}", ConstraintKind.RATING, f"{stars:g} stars and more", *match.span(),
        low=stars,
    )  # fmt: skip


def _read_prices(text: str, is_measure: Measure, currencies: Sequence[str]) -> Iterator[Constraint]:
    """Yield the one range of prices, or a lower and an upper limit that stand apart."""
    for pattern in (*_RANGES, *_RANGES_ZH, *_NEAR, *_NEAR_ZH):
        for match in pattern.finditer(text):
            if (found := _read_range(match, is_measure, currencies)) is not None:
                yield found
                return
    for patterns in ((*_HIGHS, *_HIGHS_ZH), (*_LOWS, *_LOWS_ZH)):
        found = _first(text, patterns, is_measure, currencies)
        if found is not None:
            yield found
            text = blank(text, found.start, found.end)


def _first(
    text: str,
    patterns: Sequence[re.Pattern[str]],
    is_measure: Measure,
    currencies: Sequence[str],
) -> Constraint | None:
    for n, pattern in enumerate(patterns):
        for match in pattern.finditer(text):
            name = "y" if "y" in match.re.groupindex else "x"
            # "8 and up" may be an age, so that form needs a currency.
            if n == 1 and patterns[0] is _LOWS[0] and not _is_paid(match, name):
                continue
            if _is_counted(match, name, is_measure):
                continue
            number, code = _value(match, name), _code(match, name, currencies)
            low, high = (None, number) if name == "y" else (number, None)
            return price_constraint(low, high, code, _trim(match))
    return None


def _read_range(
    match: re.Match[str], is_measure: Measure, currencies: Sequence[str]
) -> Constraint | None:
    names = [name for name in ("x", "y") if name in match.re.groupindex]
    paid = any(_is_paid(match, name) for name in names)
    near = len(names) == 1
    # "2 - 4" alone is no range of prices, but "between 2 and 4" is.
    loose = match.re in {_RANGES[2], *_RANGES_ZH, *_NEAR_ZH, _RANGES[1]}
    between = "z" in match.re.groupindex and match["z"]
    if loose and not paid and not between and "价" not in match[0] and "pric" not in match[0]:
        return None
    if any(_is_counted(match, name, is_measure) for name in names):
        return None
    numbers = [_value(match, name) for name in names]
    codes = [code for name in names if (code := _code(match, name, currencies))]
    if near:
        spread = numbers[0] * _AROUND_SHARE
        numbers = [numbers[0] - spread, numbers[0] + spread]
    if numbers[0] > numbers[-1]:
        return None
    return price_constraint(
        round(numbers[0], 2), round(numbers[-1], 2), codes[0] if codes else None, _trim(match)
    )


def _trim(match: re.Match[str]) -> tuple[int, int]:
    """Return the span of a match without white space around it."""
    found = match[0]
    return (
        match.start() + len(found) - len(found.lstrip()),
        match.end() - len(found) + len(found.rstrip()),
    )


def _is_paid(match: re.Match[str], name: str) -> bool:
    return bool(match[f"{name}b"] or match[f"{name}a"])


def _is_counted(match: re.Match[str], name: str, is_measure: Measure) -> bool:
    if _is_paid(match, name):
        return False
    end = match.end(name)
    return is_measure(end) or _COUNTED.match(match.string, end) is not None


def _value(match: re.Match[str], name: str) -> float:
    number = numerals.read(match[name]) or 0.0
    thousands = f"{name}k" in match.re.groupindex and match[f"{name}k"]
    return number * 1000 if thousands else number


_COLLOQUIAL = {
    "bucks": "$",
    "quid": "£",
    "块": "元",
    "块钱": "元",
    "元钱": "元",
    "圆": "元",
    "刀": "$",
}
_CHINESE_UNITS = frozenset({"元", "rmb", "人民币"})


def _code(match: re.Match[str], name: str, currencies: Sequence[str]) -> str | None:
    """Return the currency beside a number; of a shared sign, the graph's most frequent one."""
    said = (match[f"{name}b"] or match[f"{name}a"] or "").strip()
    said = _COLLOQUIAL.get(said, said)
    if not said or not currencies:
        return None
    if said in _CHINESE_UNITS:
        codes: tuple[str, ...] = ("CNY",)
        usual: str | None = "CNY"
    else:
        try:
            sign = find_currency(f"{said} 1" if match[f"{name}b"] else f"1 {said}")
        except ValueError:
            return None
        if sign is None:
            return None
        codes, usual = sign.codes, usual_code(sign) or sign.codes[0]
    return next((code for code in currencies if code in codes), usual)
