"""Texts of answers in English and Chinese, and forms of what they name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from catalograph.assistant.answers.answer import AnswerWriter
from catalograph.assistant.labels import chinese_attributes, label_value, round_number
from catalograph.schema.commerce import exact_decimal
from catalograph.schema.graph_types import Wording
from catalograph.store.queries.plans import ProductFact, StatedProduct

AVAILABILITY: Mapping[str, Wording] = {
    "IN_STOCK": Wording("in stock", "有货"),
    "LIMITED": Wording("nearly sold out", "库存紧张"),
    "IN_STORE_ONLY": Wording("in stock in stores only", "仅门店有货"),
    "OUT_OF_STOCK": Wording("out of stock", "缺货"),
    "PREORDER": Wording("available for preorder", "可预订"),
    "BACKORDER": Wording("on backorder", "可预订（延期发货）"),
    "DISCONTINUED": Wording("discontinued", "已停产"),
    "MADE_TO_ORDER": Wording("made to order", "接受定制"),
}
ORDER_STATUS: Mapping[str, Wording] = {
    "PENDING": Wording("pending", "待处理"),
    "CONFIRMED": Wording("confirmed", "已确认"),
    "PROCESSING": Wording("being processed", "处理中"),
    "SHIPPED": Wording("shipped", "已发货"),
    "DELIVERED": Wording("delivered", "已送达"),
    "CANCELLED": Wording("cancelled", "已取消"),
    "REQUESTED": Wording("requested", "已申请"),
    "RETURNED": Wording("returned", "已退回"),
    "REFUNDED": Wording("refunded", "已退款"),
    "REFUSED": Wording("refused", "已拒绝"),
}
PROPERTY: Mapping[str, Wording] = {
    "price": Wording("price", "价格"),
    "availability": Wording("availability", "库存状态"),
    "brand": Wording("brand", "品牌"),
    "category": Wording("category", "类目"),
    "rating": Wording("rating", "评分"),
    "description": Wording("description", "描述"),
    "reviews": Wording("reviews", "评论"),
}
NOTHING_KNOWN = Wording(
    "I don't know: nothing in the catalogue or the shop's documents answers that.",
    "我不知道：商品目录和店铺文档中都没有这方面的信息。",
)
NO_WORDS = Wording(
    "I don't know: the catalogue states nothing about “{words}”.",
    "我不知道：商品目录没有关于“{words}”的信息。",
)
NO_PRODUCT = Wording(
    "Which product do you mean? Please give its name.", "请问您指的是哪一款商品？请告诉我名称。"
)
SIGN_IN = Wording(
    "I can see orders only for the shopper who placed them. Please sign in.",
    "只有下单的本人才能查询订单，请先登录。",
)
PREDICTED = Wording(" (predicted, not stated by the catalogue)", "（预测值，并非目录所述）")


def join_names(names: Iterable[str], writer: AnswerWriter) -> str:
    """Return a list of names in a sentence."""
    listed = list(names)
    if writer.language == "zh":
        return "、".join(listed)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def format_money(amount: str | float | None, currency: str | None) -> str:
    """Return an amount with its currency; blank for None."""
    if amount is None:
        return ""
    text = f"{exact_decimal(str(amount), currency):f}"
    return f"{text} {currency}" if currency else text


def price_of(product: StatedProduct) -> str:
    """Return a product's price with its currency; blank without one."""
    given = product.properties
    amount = given.get("price_amount") or given.get("price")
    return format_money(amount, given.get("currency"))


def sale_price_of(product: StatedProduct) -> str:
    """Return a product's reduced price with its currency; blank without one."""
    given = product.properties
    amount = given.get("sale_price_amount") or given.get("sale_price")
    return format_money(amount, given.get("currency"))


def availability_of(product: StatedProduct, writer: AnswerWriter) -> str:
    """Return whether a product can be bought; blank if the catalogue does not say."""
    status = str(product.properties.get("availability_status") or "")
    if status in AVAILABILITY:
        return writer.word(AVAILABILITY[status])
    return str(product.properties.get("availability") or "")


def label_fact(fact: ProductFact, language: str) -> str:
    """Return the name of a fact's tail for people; of a category, its path."""
    if fact.path:
        return " > ".join(fact.path)
    return label_value(fact.name, fact.number, fact.unit, fact.written, language)


def label_number(number: float, unit: str | None) -> str:
    """Return a number with its unit."""
    return f"{round_number(number)} {unit}" if unit else round_number(number)


def label_attribute(name: str, language: str) -> str:
    """Return the name of an attribute in a language, where there is a name in it."""
    return chinese_attributes().get(name, name) if language == "zh" else name


def format_date(time: Any, language: str) -> str:
    """Return a day in a language; blank for None."""
    if time is None:
        return ""
    day = time.to_native() if hasattr(time, "to_native") else time
    if not isinstance(day, datetime):
        return str(time)
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


def record_text(product: StatedProduct) -> str:
    """Return what a product's record says, as far as answers rest on it."""
    given = product.properties
    parts = [product.title, price_of(product), sale_price_of(product)]
    parts += [str(given.get(name) or "") for name in ("availability", "availability_status")]
    return " | ".join(part for part in parts if part)
