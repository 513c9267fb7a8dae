"""How well the values of a column fit a field of a mapping."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.profiles import ColumnProfile
from catalograph.schema import keys

_SEVERAL = 5
"""Values of which some repeat, if they are names of brands."""
_MOSTLY = 0.8
_NEARLY_ALL = 0.95
_ADDRESSES = (Form.URL, Form.IMAGE, Form.EMAIL)
_AVAILABILITY = frozenset(
    [
        "instock",
        "outofstock",
        "preorder",
        "backorder",
        "available",
        "unavailable",
        "soldout",
        "discontinued",
        "limited",
        "true",
        "false",
        "yes",
        "no",
        "1",
        "0",
        "auflager",
        "lieferbar",
        "ausverkauft",
        "nichtlieferbar",
        "sofortlieferbar",
        "vorbestellbar",
        "verfugbar",
        "nichtverfugbar",
        "enstock",
        "rupture",
        "epuise",
        "disponible",
        "nodisponible",
        "agotado",
        "disponibile",
        "nondisponibile",
        "esaurito",
        "有货",
        "缺货",
        "无货",
        "现货",
        "售罄",
        "预售",
        "在售",
        "下架",
        "上架",
        "已售完",
        "在庫あり",
        "在庫なし",
        "売り切れ",
        "予約",
        "販売中",
        "opvoorraad",
        "uitverkocht",
        "dostepny",
        "niedostepny",
        "вналичии",
        "нетвналичии",
        "판매중",
        "품절",
        "есть",
        "нет",
        "available",
        "instoreonly",
        "onlineonly",
        "enrupturedestock",
        "surcommande",
        "noborder",
        "あり",
        "なし",
        "有",
        "无",
        "有り",
        "無し",
        "取り寄せ",
        "お取り寄せ",
        "予約受付中",
        "残りわずか",
        "入荷待ち",
        "完売",
        "販売終了",
        "到货通知",
        "补货中",
        "停售",
        "sofortverfugbar",
        "sofortverfügbar",
        "verfügbar",
        "nichtverfügbar",
        "nichtauflager",
        "nachbestellt",
        "vergriffen",
        "ja",
        "nein",
        "oui",
        "non",
        "épuisé",
        "indisponible",
        "horsstock",
        "sí",
        "si",
        "sinstock",
        "bajopedido",
        "nonindisponibile",
        "inarrivo",
        "suordinazione",
        "inmagazzino",
        "prenotabile",
        "in",
        "out",
    ]
)


@dataclass(frozen=True, slots=True)
class ValueFit:
    """How well values fit a field.

    Attributes:
        score: 0 to 1.
        why: what the values are, for people.
        alone: whether the values say so even under a name that is not known.
    """

    score: float
    why: str
    alone: bool = False


ValueTest = Callable[[ColumnProfile], ValueFit | None]
"""Returns how well a column's values fit; None if they cannot be of the field."""


def is_constant(column: ColumnProfile) -> bool:
    """Return whether a column of several rows says the same in each."""
    return column.filled > 1 and column.distinct == 1


def is_flag(column: ColumnProfile) -> bool:
    """Return whether a column holds yes and no."""
    return column.share_of_kind("flag") > _MOSTLY or (
        column.share(Form.FLAG) > _NEARLY_ALL and column.distinct <= 3
    )


def is_nested(column: ColumnProfile) -> bool:
    """Return whether the cells are objects or lists of objects."""
    return column.share_of_kind("object", "objects") > 0.5


def is_prose(column: ColumnProfile) -> bool:
    """Return whether the texts are longer than names are."""
    return column.mean_words > 20 or column.mean_characters > 200 or column.share(Form.HTML) > 0.3


def percent(share: float) -> str:
    """Return a share for people."""
    return f"{share:.0%}".replace("%", " %") if share in (0, 1) or share >= 0.005 else "under 1 %"


def _fit_id(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or column.share_of_kind("list", "flag") > 0.05 or is_flag(column):
        return None
    if (
        column.longest > keys.MAX_ID_LENGTH
        or column.share(*_ADDRESSES, Form.HTML, Form.MONEY) > 0.2
    ):
        return None
    if column.share(Form.DATE, Form.DAY_OR_MONTH) > 0.5 and column.share(Form.WHOLE) < 0.5:
        return None
    if column.decimals["point"] + column.decimals["comma"] > 0.3 * column.filled:
        return None
    coded = column.share(Form.CODE, Form.UUID, Form.WHOLE)
    unique = (
        "each row has its own"
        if column.is_unique
        else f"{column.distinct:,} distinct in {column.rows:,} rows"
    )
    score = (
        0.3 * coded
        + 0.5 * column.distinct_share * (1 - column.blank_share)
        + 0.2 * column.is_unique
    )
    alone = column.is_unique and coded > _NEARLY_ALL and column.mean_words <= 1.2
    return ValueFit(score, unique, alone)


def _fit_title(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column) or (is_constant(column) and column.filled > 2):
        return None
    if (
        column.share(Form.WORDS) < _MOSTLY
        or column.share(*_ADDRESSES, Form.UUID, Form.OBJECT) > 0.2
    ):
        return None
    if column.numeric_share > 0.2 or column.share(Form.DATE) > 0.5:
        return None
    words = column.mean_words
    length = 1.0 if 2 <= words <= 20 else 0.6 if 1.2 <= words <= 30 else 0.25
    score = 0.5 * length + 0.4 * column.distinct_share + 0.1 * (1 - column.blank_share)
    coded = column.share(Form.CODE)
    if coded > 0.7 and words < 1.2:
        score *= 0.4
    alone = column.distinct_share > 0.5 and 1.5 <= words <= 30 and column.blank_share < 0.2
    return ValueFit(
        score, f"{percent(column.distinct_share)} distinct texts of {words:.0f} words", alone
    )


def _fit_description(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column) or column.share(Form.WORDS) < 0.7:
        return None
    if column.share(*_ADDRESSES, Form.UUID, Form.OBJECT) > 0.2:
        return None
    html = column.share(Form.HTML)
    score = min(1.0, column.mean_words / 25) * 0.7 + 0.3 * min(
        1.0, html * 2 + column.distinct_share
    )
    made = " with HTML" if html > 0.1 else ""
    alone = is_prose(column) and column.distinct_share > 0.3
    return ValueFit(score, f"texts{made} of {column.mean_words:.0f} words", alone)


def _fit_brand(column: ColumnProfile) -> ValueFit | None:
    if column.share_of_kind("objects") > 0.5 or is_flag(column) or is_prose(column):
        return None
    if column.share(Form.WORDS) < 0.6 or column.share(*_ADDRESSES, Form.UUID) > 0.2:
        return None
    score = 0.5 + 0.3 * (column.mean_words <= 4) + 0.2 * (1 - column.distinct_share)
    if column.filled >= _SEVERAL and column.distinct_share > 0.9 and column.mean_words > 2:
        score = 0.2  # names of several words that do not repeat are titles
    return ValueFit(score, f"{column.distinct:,} distinct names")


def _fit_category(column: ColumnProfile) -> ValueFit | None:
    if column.share_of_kind("object", "objects") > 0.5 or is_flag(column):
        return None
    if (
        column.share(*_ADDRESSES, Form.UUID, Form.HTML, Form.MONEY) > 0.2
        or column.share(Form.WORDS) < 0.6
    ):
        return None
    if column.mean_characters > 400:
        return None
    repeats = 1 - column.distinct_share
    path = max((column.separators[s] for s in (">", "|", "/", "»", "›")), default=0) / max(
        1, column.filled
    )
    score = 0.4 + 0.35 * repeats + 0.25 * path
    why = "paths" if path > 0.5 else f"{column.distinct:,} distinct in {column.filled:,} rows"
    alone = column.separators[">"] > 0.5 * column.filled and not is_prose(column)
    return ValueFit(score, why, alone)


def _fit_price(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column):
        return None
    if column.numeric_share < 0.6:
        ranges = column.mean_words <= 6 and any(
            re.search(r"\d", text) for text in column.counts or ()
        )
        return ValueFit(0.2, f"{percent(column.numeric_share)} numbers") if ranges else None
    if column.greatest == 0 and column.filled > 1:
        return None  # zeros stand for no price
    if column.share(Form.EPOCH) > 0.5 or column.share(Form.DATE, Form.DAY_OR_MONTH) > 0.5:
        return None
    money = column.share(Form.MONEY)
    why = f"{percent(column.numeric_share)} numbers"
    if money > 0.5:
        why = f"{percent(money)} amounts with a currency"
    return ValueFit(0.6 + 0.4 * money, why, alone=money > _MOSTLY)


def _fit_availability(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or column.distinct > 40 or is_prose(column):
        return None
    words = {flat(text) for text in (column.counts or {})}
    known = words & _AVAILABILITY
    share = len(known) / len(words) if words else 0.0
    if column.numeric_share > _MOSTLY and not is_flag(column):
        return None
    alone = share > _MOSTLY and not is_flag(column) and column.share(Form.WORDS) > _MOSTLY
    return ValueFit(0.4 + 0.6 * share, f"{column.distinct:,} states", alone)


def flat(text: str) -> str:
    """Return a state without its address, case and signs, for comparing."""
    return "".join(sign for sign in text.rpartition("/")[2].casefold() if sign.isalnum())


def _fit_gtins(column: ColumnProfile) -> ValueFit | None:
    if (
        is_nested(column)
        or column.share(Form.URL, Form.IMAGE, Form.HTML) > 0.2
        or is_flag(column)
        or column.mean_words > 6
    ):
        return None
    right = column.share(Form.GTIN)
    if right < 0.2 and column.share(Form.WORDS) > 0.7 and column.share_of_kind("list") < 0.5:
        return None
    alone = right > 0.9 and column.longest >= 12 and column.filled >= 2
    return ValueFit(0.3 + 0.7 * right, f"{percent(right)} have a right check digit", alone)


def _fit_code(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column) or is_prose(column):
        return None
    if column.share(*_ADDRESSES, Form.HTML, Form.MONEY) > 0.2 or column.mean_words > 4:
        return None
    return ValueFit(
        0.5 + 0.5 * column.share(Form.CODE, Form.WHOLE), f"{column.distinct:,} distinct codes"
    )


def _fit_group(column: ColumnProfile) -> ValueFit | None:
    fit = _fit_code(column)
    if fit is None or column.mean_words > 2.5:
        return None
    return ValueFit(0.5 + 0.5 * (column.distinct_share < 1), f"{column.distinct:,} groups")


def _fit_url(column: ColumnProfile) -> ValueFit | None:
    share = column.share(Form.URL)
    if share < 0.5 or column.share(Form.IMAGE) > 0.7:
        return None
    return ValueFit(share, "web addresses", alone=share > 0.9 and column.distinct_share > 0.5)


def _fit_image(column: ColumnProfile) -> ValueFit | None:
    if column.share(Form.URL, Form.IMAGE) < 0.5:
        return None
    image = column.share(Form.IMAGE)
    return ValueFit(0.5 + 0.5 * image, "addresses of pictures", alone=image > 0.7)


def _fit_time(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column):
        return None
    share = column.share(Form.DATE, Form.EPOCH, Form.DAY_OR_MONTH)
    if share < 0.6:
        return None
    alone = share > 0.9 and column.share(Form.EPOCH) < 0.9
    return ValueFit(0.4 + 0.6 * share, f"{percent(share)} times", alone)


def _fit_count(column: ColumnProfile) -> ValueFit | None:
    return None if column.least < 0 else _fit_stock(column)


def _fit_stock(column: ColumnProfile) -> ValueFit | None:
    """Of a stock some numbers may be below 0: what was sold before it came in."""
    if is_nested(column) or column.share(Form.NUMBER) < 0.7 or is_flag(column):
        return None
    return ValueFit(0.5 + 0.5 * column.share(Form.WHOLE), "whole numbers")


def _fit_list(column: ColumnProfile) -> ValueFit | None:
    if (
        column.share_of_kind("list") < 0.5
        and column.share(Form.LIST) < 0.5
        and not column.separators
    ):
        return None
    return ValueFit(0.7, "lists of ids")


def _fit_rating(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or (is_flag(column) and column.distinct < 2):
        return None
    if column.share(Form.STARS) > 0.5:
        return ValueFit(1.0, "stars", alone=True)
    if column.share(Form.NUMBER) < 0.6 or column.greatest > 100 or column.least < 0:
        return None
    scale = column.least >= 0 and column.greatest <= 5
    alone = scale and column.greatest >= 4 and 2 < column.distinct <= 50 and column.filled >= 4
    return ValueFit(
        0.4 + 0.6 * scale, f"numbers from {column.least:g} to {column.greatest:g}", alone
    )


def _fit_text(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column) or column.share(*_ADDRESSES, Form.UUID) > 0.3:
        return None
    if column.share(Form.WORDS) < 0.6 or column.numeric_share > 0.3:
        return None
    score = 0.3 + 0.7 * min(1.0, column.mean_words / 12)
    return ValueFit(score, f"texts of {column.mean_words:.0f} words", alone=column.mean_words > 8)


def _fit_headline(column: ColumnProfile) -> ValueFit | None:
    fit = _fit_text(column)
    return None if fit is None else ValueFit(0.4 + 0.5 * (column.mean_words < 12), fit.why)


def _fit_flag(column: ColumnProfile) -> ValueFit | None:
    return (
        ValueFit(1.0, "yes and no")
        if is_flag(column) or (is_constant(column) and column.share(Form.FLAG) > 0.9)
        else None
    )


def _fit_helpful(column: ColumnProfile) -> ValueFit | None:
    if column.share_of_kind("list") > 0.5:
        return ValueFit(0.5, "lists of counts")
    return _fit_count(column) or (
        ValueFit(0.4, "counts") if column.share(Form.NUMBER) > 0.7 and column.least >= 0 else None
    )


def _fit_user(column: ColumnProfile) -> ValueFit | None:
    if is_nested(column) or is_flag(column) or is_prose(column) or column.mean_words > 5:
        return None
    if (
        column.share(Form.URL, Form.IMAGE, Form.HTML, Form.MONEY) > 0.2
        or column.longest > keys.MAX_ID_LENGTH
    ):
        return None
    if column.share(Form.DATE, Form.DAY_OR_MONTH) > 0.5 and column.share(Form.WHOLE) < 0.5:
        return None
    return ValueFit(
        0.6 + 0.4 * (column.distinct_share < 0.98),
        f"{column.distinct:,} distinct",
        alone=column.share(Form.EMAIL) > 0.9,
    )


def _fit_query(column: ColumnProfile) -> ValueFit | None:
    fit = _fit_text(column)
    return None if fit is None else ValueFit(0.5, "texts")


TESTS: Mapping[str, Mapping[str, ValueTest]] = {
    "catalog": {
        "id": _fit_id,
        "title": _fit_title,
        "description": _fit_description,
        "brand": _fit_brand,
        "category": _fit_category,
        "price": _fit_price,
        "sale_price": _fit_price,
        "-regular_price": _fit_price,
        "availability": _fit_availability,
        "gtins": _fit_gtins,
        "mpn": _fit_code,
        "group": _fit_group,
        "url": _fit_url,
        "image_url": _fit_image,
        "released": _fit_time,
        "-stock": _fit_stock,
        "popularity": _fit_count,
        "also_bought": _fit_list,
        "also_viewed": _fit_list,
        "bought_together": _fit_list,
    },
    "reviews": {
        "id": _fit_id,
        "user": _fit_user,
        "product": _fit_user,
        "rating": _fit_rating,
        "title": _fit_headline,
        "text": _fit_text,
        "time": _fit_time,
        "verified": _fit_flag,
        "helpful": _fit_helpful,
    },
    "events": {
        "id": _fit_id,
        "user": _fit_user,
        "product": _fit_user,
        "time": _fit_time,
        "query": _fit_query,
        "value": _fit_price,
        "served": _fit_code,
        "position": _fit_count,
    },
}
"""Test of the values by kind of feed and field."""
