"""What the writers of answers read the graph by."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from catalograph.assistant.answers.answer import AnswerListener, AnswerWriter, SourceKind
from catalograph.assistant.answers.phrases import label_fact, record_text
from catalograph.assistant.labels import titles_by_language
from catalograph.assistant.retrieval import PassageRetrieval
from catalograph.store import AsyncConnection
from catalograph.store.queries.plans import ProductFact, StatedProduct
from catalograph.store.queries.projection import ANY_CURRENCY, PriceBasis


@dataclass(frozen=True, slots=True)
class GraphReader:
    """Connection with the shop's settings and the caller.

    Attributes:
        connection: connection to the database.
        passages: search of the shop's documents.
        prices: currency in which prices are compared.
        user: key of the shopper who asks; None for nobody.
        listener: hears of the answer while it is written; None for nobody.
    """

    connection: AsyncConnection
    passages: PassageRetrieval
    prices: PriceBasis = field(default=ANY_CURRENCY)
    user: str | None = None
    listener: AnswerListener | None = None


def localise_titles(products: Sequence[StatedProduct], language: str) -> list[StatedProduct]:
    """Return products under their titles in a language, where the catalogue has them."""
    return [
        replace(one, title=titles_by_language(one.properties).get(language, one.title))
        for one in products
    ]


def cite_fact(writer: AnswerWriter, product: StatedProduct, fact: ProductFact) -> int:
    """Return the number of a fact's source."""
    writer.nodes |= {product.key: product.title, fact.key: fact.name}
    text = f"{product.title} | {fact.attribute or fact.relation}: {fact.name}"
    label = label_fact(fact, writer.language)
    if label != fact.name:
        text = f"{text} ({label})"
    key = product.assertion(fact)
    return writer.cite(
        SourceKind.FACT, key, text, product.key, product.properties.get("url"),
        predicted=fact.guessed,
    )  # fmt: skip


def cite_record(writer: AnswerWriter, product: StatedProduct) -> list[int]:
    """Return the number of the source of a product's properties; none for an unlisted product."""
    writer.nodes[product.key] = product.title
    if product.record is None:
        return []
    return [
        writer.cite(
            SourceKind.RECORD, product.record, record_text(product), product.key,
            product.properties.get("url"),
        )
    ]  # fmt: skip
