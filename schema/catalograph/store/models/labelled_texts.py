"""Texts with what records assert of them: examples to learn from."""

from dataclasses import dataclass

from catalograph.store.connection.connect import Connection

__all__ = ["LabelledProduct", "RatedReview", "export_labelled_products", "export_rated_reviews"]

_BRAND = "brand"


@dataclass(frozen=True, slots=True)
class LabelledProduct:
    """A listed product with the facts that records assert, without extracted and imputed ones.

    Attributes:
        key: key of the product.
        title: its title.
        category: key and name of its first category by key; None if there is none.
        values: names of values by attribute, `brand` among them.
    """

    key: str
    title: str
    category: tuple[str, str] | None
    values: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RatedReview:
    """A review with a text and stars: title and text joined, and the key of the product."""

    key: str
    product: str
    rating: float
    text: str


def export_labelled_products(connection: Connection) -> list[LabelledProduct]:
    """Read the listed products that have a title, by key."""
    products = []
    for row in connection.read("export_labelled_products"):
        values: dict[str, tuple[str, ...]] = {}
        for attribute, name in row["values"]:
            attribute = attribute or _BRAND
            values[attribute] = (*values.get(attribute, ()), name)
        category = next(((key, name) for key, name in row["categories"] if name), None)
        products.append(LabelledProduct(row["key"], row["title"], category, values))
    return sorted(products, key=lambda product: product.key)


def export_rated_reviews(connection: Connection) -> list[RatedReview]:
    """Read the reviews that have a text and stars, by key."""
    reviews = [
        RatedReview(
            row["key"],
            row["product"],
            float(row["rating"]),
            f"{row['title']}. {row['text']}" if row["title"] else row["text"],
        )
        for row in connection.read("export_review_texts")
    ]
    return sorted(reviews, key=lambda review: review.key)
