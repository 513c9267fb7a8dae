"""Ports: interfaces that one package needs and another implements, so neither imports the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from catalograph.schema.triples import InteractionRecord, Node


class TextEncoder(Protocol):
    """Encoder of texts into vectors whose cosine measures similarity of meaning."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode search queries.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode documents to search.

        Returns:
            float32 [n, dimension]; row i belongs to `texts[i]`, L2-normalised.
        """


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """Result of writing one product.

    Attributes:
        key: key of the product.
        changed: False if the product was unchanged and nothing was written.
        placed: whether the live preference model can now recommend it by its facts and
            interactions.
        dropped: values that were not written, each with the reason.
        embedded: whether the live text model has a vector of its present text.
    """

    key: str
    changed: bool
    placed: bool
    dropped: tuple[str, ...] = ()
    embedded: bool = False


class ValueReader(Protocol):
    """Reader of the names of attributes and values, in the form in which the graph has them."""

    def read_attribute(self, name: str) -> str:
        """Return the common name of an attribute: "colour" for "color" and 颜色."""

    def read_value(self, attribute: str, text: str) -> Node:
        """Return the value node of a text, with number and unit if it is a quantity.

        Raises:
            InvalidInputError: the text is blank or too long.
        """


class ReviewReader(Protocol):
    """Reader of the aspects that reviews mention."""

    def read(self, record: InteractionRecord) -> InteractionRecord:
        """Return the review with its mentions; unchanged if it cannot be read.

        The content hash of a review that was read includes the reader's version, so that another
        reader reads the same review again.
        """


class ProductWriter(Protocol):
    """Writer of single products, through the same checks as catalogues."""

    def upsert(self, source: str, fields: Mapping[str, Any]) -> UpsertResult:
        """Write a product; its fields replace the earlier record of its catalogue.

        Args:
            source: name of its catalogue.
            fields: `id`, `title` and any other known fields.

        Raises:
            InvalidInputError: the product cannot be written.
        """

    def withdraw(self, source: str, id_: str) -> bool:
        """Remove a product's record and the facts that only it supports.

        Returns:
            Whether there was such a record.
        """


class WordingModel(Protocol):
    """A language model that words texts; nothing that it says is trusted unverified."""

    @property
    def name(self) -> str:
        """Name of the model."""

    async def complete(
        self, system: str, user: str, schema: Mapping[str, Any], max_tokens: int, subject: str
    ) -> str:
        """Return the answer to a request.

        Args:
            system: instructions.
            user: data, and what is asked.
            schema: JSON schema of the answer.
            max_tokens: maximum number of tokens of the answer.
            subject: key of the product or user whose data the request contains, for erasure.

        Raises:
            LanguageModelError: there is no answer, or the endpoint refuses the request.
        """
