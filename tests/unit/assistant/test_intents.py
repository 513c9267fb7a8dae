"""Intents: clauses, glosses, sentences, training with refusal, and what a turn says."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.assistant.intents import (
    NONE,
    IntentModel,
    LabelledTurn,
    SlotKind,
    english_of,
    find_intents,
    load_intents,
    make_turns,
    train_intents,
    understand_turn,
    unique_turns,
)
from catalograph.assistant.intents.clauses import split_clauses
from catalograph.assistant.intents.features import read_buckets
from catalograph.assistant.intents.federated import head_rows, judge_average
from catalograph.assistant.intents.mood import judge_turn
from catalograph.assistant.query_understanding import SearchVocabulary
from catalograph.errors import TrainingDataError
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ml.encoders import PACKAGED_MODEL, load_encoder
from catalograph.ml.softmax_head import HeadWeights, train_head
from catalograph.schema import Sentiment, TextEncoder
from catalograph.settings import load_settings
from catalograph.store.queries.vocabulary import NameRow, SampleRow


class LetterEncoder:
    """Encoder by the letters of a text, of unit length."""

    dimension = 26

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [[text.lower().count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts]
        found = np.array(rows, np.float32)
        unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    encode_queries = encode_documents


ACTS = {
    "cancel_order": "cancel my order",
    "track_order": "track my parcel",
    "get_refund": "get my money back",
    "get_invoice": "download an invoice",
    "complaint": "file a complaint",
    "recover_password": "reset the password",
    "newsletter": "subscribe to the newsletter",
}
FRAMES = (
    "{}", "please {}", "I want to {}", "how do I {}", "help me {}", "can you {}", "I need to {}",
    "could I {}", "{} now", "where can I {}", "hello, {}", "we must {}",
)  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[LabelledTurn]:
    return [
        LabelledTurn(frame.format(act), name) for name, act in ACTS.items() for frame in FRAMES
    ] + make_turns(without=set(load_packaged_table(
        "catalograph.assistant.intents", "sentences")["intents"]) - {NONE})  # fmt: skip


@pytest.fixture(scope="module")
def model(rows: list[LabelledTurn]) -> IntentModel:
    return train_intents(rows, LetterEncoder(), "letters")


@pytest.fixture(scope="module")
def packaged() -> tuple[IntentModel, TextEncoder]:
    return load_intents(None), load_encoder(load_settings(), name=PACKAGED_MODEL, threads=1)


@pytest.mark.parametrize(
    ("turn", "parts"),
    [
        ("cancel my order", ["cancel my order"]),
        ("red and black cameras", ["red and black cameras"]),
        ("cancel it and tell me why", ["cancel it", "tell me why"]),
        ("Where is it? I paid, and I want it.", ["Where is it?", "I paid", "I want it."]),
        ("a camera under 9.5", ["a camera under 9.5"]),
        ("我想取消订单，另外退款到了吗", ["我想取消订单", "退款到了吗"]),
        ("多少钱？还有货吗", ["多少钱？", "还有货吗"]),
        ("…", ["…"]),
    ],
)
def test_clauses(turn: str, parts: list[str]) -> None:
    found = split_clauses(turn)
    assert [one.text for one in found] == parts
    assert all(turn[one.start : one.end] == one.text for one in found)


def test_glosses_take_the_longest_word_and_keep_other_scripts() -> None:
    assert english_of("取消订单") == "cancel order"
    assert english_of("iPhone 7的手机壳") == "iphone 7 phone case"
    assert english_of("饕餮") == "something"
    assert english_of("plain English") == "plain English"
    table = load_packaged_table("catalograph.assistant.intents", "glosses")
    counts = Counter(word for words in table.values() for word in words)
    assert [word for word, count in counts.items() if count > 1] == []


def test_features_are_of_unit_length_and_ignore_the_order_of_pairs() -> None:
    for text in ("order cancellation", "", "x"):
        at, weights = read_buckets(text)
        assert len(at) == len(weights) == len(set(at.tolist()))
        assert not len(at) or np.isclose(np.linalg.norm(weights), 1)
    assert set(read_buckets("cancel order")[0]) == set(read_buckets("order cancel")[0])


def test_sentences_are_the_same_for_a_seed() -> None:
    turns = make_turns(0)
    assert turns == make_turns(0)
    assert turns != make_turns(1)
    counts = Counter(one.intent for one in turns)
    assert len(counts) == 36
    assert min(counts.values()) >= 80


def test_a_model_reads_what_it_learned_and_refuses_the_rest(
    model: IntentModel, tmp_path: Path
) -> None:
    def read(text: str, of: IntentModel) -> str:
        [one] = find_intents(text, of, LetterEncoder())
        assert 0 <= one.confidence <= 1
        return one.name

    assert set(model.intents) == set(ACTS)
    file = tmp_path / "models" / "intents.npz"
    model.save(file)
    again = IntentModel.load(file)
    assert again.card == model.card
    for one in (model, again):
        assert read("would you cancel my order", one) == "cancel_order"
        assert read("我要取消订单", one) == "cancel_order"
        assert read("zebras jump quickly over fjords", one) == NONE
    vectors = LetterEncoder().encode_documents(["cancel it", "zebra"])
    assert np.allclose(model.predict(["cancel it", "zebra"], vectors).sum(1), 1)


def test_two_intents_and_one_said_twice(model: IntentModel) -> None:
    turn = "Please cancel my order, I want to cancel my order. And how do I get my money back?"
    first, second = find_intents(turn, model, LetterEncoder())
    assert (first.name, second.name) == ("cancel_order", "get_refund")
    assert first.clause.text == "Please cancel my order, I want to cancel my order."
    assert turn[second.clause.start : second.clause.end] == second.clause.text


def test_two_intents_are_the_least(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="at least 2"):
        train_intents([LabelledTurn("hi", "greet"), LabelledTurn("x", NONE)], LetterEncoder(), "x")
    (tmp_path / "broken.npz").write_bytes(b"no model")
    with pytest.raises(TrainingDataError, match="Make it again"):
        IntentModel.load(tmp_path / "broken.npz")


@pytest.mark.parametrize(
    ("turn", "mood"),
    [
        ("Thanks, that was great", Sentiment.POSITIVE),
        ("your service is terrible", Sentiment.NEGATIVE),
        ("I would like the best light laptop", None),
        ("where is my order", None),
        ("我要投诉，太差了", Sentiment.NEGATIVE),
        ("谢谢，服务很好", Sentiment.POSITIVE),
        ("推荐一款便宜的手机", None),
    ],
)
def test_mood(turn: str, mood: Sentiment | None) -> None:
    assert judge_turn(turn) == mood


def test_slots_are_linked_by_the_names_of_the_graph(model: IntentModel) -> None:
    vocabulary = SearchVocabulary(
        [
            NameRow("Brand", "brand:acme", "Acme", 9),
            NameRow("Value", "value:colour=red", "red", 9, "colour"),
        ],
        [SampleRow(f"Acme red camera {n} Pro", [], key=f"product:shop:{n}") for n in range(9)],
    )
    turn = "What color is the camera 7 Pro? My parcel number is JD-4711, write to a.b@example.com"
    found = understand_turn(turn, model, LetterEncoder(), vocabulary).slots
    assert [(one.kind, one.text, one.keys) for one in found] == [
        (SlotKind.ATTRIBUTE, "color", ("attribute:colour",)),
        (SlotKind.PRODUCT, "camera 7 Pro", ("product:shop:7",)),
        (SlotKind.ORDER, "JD-4711", ()),
        (SlotKind.EMAIL, "a.b@example.com", ()),
    ]


@pytest.mark.parametrize(
    ("turn", "intents"),
    [
        ("cancel my order and tell me when my refund arrives", ["cancel_order", "track_refund"]),
        ("which of these fits a Galaxy S7?", ["compatibility"]),
        ("这款相机多少钱，还有货吗", ["price", "availability"]),
        ("who won the match?", [NONE]),
        ("讲个笑话", [NONE]),
    ],
)
def test_the_packaged_model(
    packaged: tuple[IntentModel, TextEncoder], turn: str, intents: list[str]
) -> None:
    assert [one.name for one in find_intents(turn, *packaged)] == intents


def test_the_packaged_model_is_of_the_packaged_sentences(
    packaged: tuple[IntentModel, TextEncoder],
) -> None:
    """After a change of sentences or glosses: `catalograph train intent --output` this file."""
    model, _ = packaged
    assert model.card.training["rows"] == len(unique_turns(make_turns()))
    assert {one.intent for one in make_turns()} == set(model.card.labels)


def test_weights_of_other_shops_are_checked_and_then_begun_with(rows: list[LabelledTurn]) -> None:
    own = [row for row in rows if row.intent in ACTS]
    others = head_rows(own, LetterEncoder(), "letters")
    held = head_rows(own, LetterEncoder(), "letters", held=True)
    assert len(others.targets) + len(held.targets) == len(unique_turns(own))
    weights = train_head(
        others, np.zeros((others.features.shape[1], len(others.labels))), ridge=0.1, steps=50
    )
    average = HeadWeights(others.labels, weights)
    few = [row for n, row in enumerate(own) if n % 7 == 0 or row.intent == "newsletter"]
    found = judge_average(few, LetterEncoder(), "letters", average)
    assert found.passed
    assert found.sentences > 0
    lie = HeadWeights(others.labels, -20 * weights)
    assert not judge_average(few, LetterEncoder(), "letters", lie).passed
    with pytest.raises(TrainingDataError, match="another encoder"):
        judge_average(few, LetterEncoder(), "letters", HeadWeights(("a",), np.zeros((3, 1))))
    made = train_intents(few, LetterEncoder(), "letters", average=average)
    texts = [ACTS[name] for name in ACTS]
    logits = made.logits(texts, LetterEncoder().encode_documents(texts))
    assert [made.card.labels[n] for n in logits.argmax(1)] == list(ACTS)
