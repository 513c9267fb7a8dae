"""Recommendations from a shopper's own history in words, with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalograph.assistant.answers import Answer, AnswerWriter, GraphReader
from catalograph.assistant.answers.phrases import price_of
from catalograph.assistant.answers.reader import cite_record
from catalograph.schema.graph_types import Wording
from catalograph.store.queries.plans import describe_products

_RECOMMENDED = Wording("I recommend “{title}”{price}{why}.", "为您推荐“{title}”{price}{why}。")
_PRICE = Wording(" ({price})", "（{price}）")
_WHY = Wording(": {reasons}", "：{reasons}")


@dataclass(frozen=True, slots=True)
class ReasonedProduct:
    """A recommended product with its reasons.

    Attributes:
        key: key of the product.
        reasons: reasons in words, the strongest first.
    """

    key: str
    reasons: Sequence[str]


async def state_recommendations(
    items: Sequence[ReasonedProduct], reader: GraphReader, language: str
) -> Answer | None:
    """Return the answer that recommends products; None if the graph has none of them.

    Args:
        items: the products, the best first.
        reader: graph and caller.
        language: `en` or `zh`.
    """
    writer = AnswerWriter(language)
    reasons = {one.key: one.reasons for one in items}
    for product in await describe_products(reader.connection, list(reasons)):
        price = price_of(product)
        said = "; ".join(one.rstrip(".。") for one in reasons[product.key])
        text = writer.word(
            _RECOMMENDED, title=product.title,
            price=writer.word(_PRICE, price=price) if price else "",
            why=writer.word(_WHY, reasons=said) if said else "",
        )  # fmt: skip
        writer.state(text, cite_record(writer, product), [product.key])
    return writer.finish(()) if writer.answered else None
