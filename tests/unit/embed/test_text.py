"""What the text encoder is given to read, and where its vectors go."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.text import (
    encode_products,
    product_texts,
    text_config,
)
from catalograph.store import ProductTexts


def texts(*rows: tuple[str, tuple[str, ...], str]) -> ProductTexts:
    titles, brands, descriptions = zip(*rows, strict=True)
    return ProductTexts(
        tuple(f"product:t:{n}" for n in range(len(rows))), titles, brands, descriptions, "hash"
    )


class CountingEncoder:
    """Writes the length of a text and its first letter into its vector."""

    dimension = 2

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[len(t), ord(t[0])] for t in texts], np.float32)


def test_a_product_is_told_by_title_brand_and_description() -> None:
    told = product_texts(
        texts(
            ("USB cable", ("Acme",), "Two metres."),
            ("ACME USB cable", ("Acme",), ""),
            ("", (), ""),
        )
    )
    assert told == ["USB cable\nby Acme\nTwo metres.", "ACME USB cable", ""]


def test_each_vector_belongs_to_its_key_and_no_text_gives_zero() -> None:
    seen: list[tuple[int, int]] = []
    rows = [("b" * (n % 7 + 1), (), "") for n in range(600)]
    rows[17] = ("", (), "")
    table = encode_products(CountingEncoder(), texts(*rows), lambda *step: seen.append(step))
    assert table.keys == [f"product:t:{n}" for n in range(600)]
    expected = [n % 7 + 1 if n != 17 else 0 for n in range(600)]
    assert table.vectors[:, 0].tolist() == expected
    assert np.flatnonzero(~table.usable).tolist() == [17]
    assert seen == [(256, 599), (512, 599), (599, 599)]


def test_the_configuration_names_the_model() -> None:
    assert text_config("bge-small-zh-q")["model"] == "bge-small-zh-q"
