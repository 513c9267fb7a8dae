"""The shop's texts in the graph: products, passages of documents, and reviews on request."""

from catalograph.embed.passages import passage_text
from catalograph.embed.text import product_texts
from catalograph.store import Connection, export_texts
from catalograph.store.models.labelled_texts import export_rated_reviews
from catalograph.store.models.passage_texts import export_passages


def read_graph_texts(connection: Connection, *, reviews: bool = False) -> list[str]:
    """Return the texts of products and documents, each once.

    Args:
        connection: connection to the graph.
        reviews: whether reviews are read as well; they are of shoppers, and a model may repeat
            what it has read after the shopper was erased.
    """
    texts = product_texts(export_texts(connection))
    texts += [passage_text(one.heading, one.text) for one in export_passages(connection)]
    if reviews:
        texts += [one.text for one in export_rated_reviews(connection)]
    return [text for text in dict.fromkeys(texts) if text.strip()]
