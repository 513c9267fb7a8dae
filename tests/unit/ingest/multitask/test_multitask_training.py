"""Joint training with a small transformer: losses, a kill, ONNX, decisions, what serves."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from catalograph.errors import ConfigError
from catalograph.ingest.aspects import load_aspect_reader
from catalograph.ingest.extract.protocol import ProductText
from catalograph.ingest.multitask.model_folder import is_multitask, load_multitask, serves
from catalograph.ingest.multitask.network import contrastive_loss, tagging_loss
from catalograph.ingest.multitask.served import CategoryHead, MatchingHead, TaggingReader
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    MATCHING,
    SENTIMENT,
    TAGGING,
    TaskData,
    tagging_example,
)
from catalograph.ingest.multitask.tokens import (
    IGNORED,
    decode_values,
    encode_texts,
    list_tags,
    tag_subwords,
)
from catalograph.ingest.multitask.train import MultitaskOptions, train_multitask
from catalograph.ingest.multitask.training import fit_net, new_net, pretrain
from catalograph.ingest.multitask.tuning import SearchOptions, search_settings
from catalograph.ingest.resolve.corpus import Corpus
from catalograph.ingest.resolve.records import ProductRecord
from catalograph.ml.encoders import load_trainable
from catalograph.schema import Sentiment

pytestmark = pytest.mark.slow


def loaded(settings: MultitaskSettings) -> tuple[Any, Any]:
    """Return tokenizer and encoder."""
    tokenizer, encoder = load_trainable(settings.encoder)
    tokenizer.backend_tokenizer.no_padding()
    return tokenizer.backend_tokenizer, encoder


def test_a_word_outside_may_be_a_value_that_nobody_labelled() -> None:
    scores = torch.tensor([[[1.0, 2.0, 3.0], [0.5, 0.0, 1.0], [9.0, 9.0, 9.0]]])
    tags = torch.tensor([[0, 2, IGNORED]])
    chances = scores.softmax(-1)
    closed = tagging_loss(scores, tags, torch.tensor([[True, False, False]]))
    wanted = -(chances[0, 0, 0].log() + chances[0, 1, 2].log()) / 2
    assert closed.item() == pytest.approx(wanted.item())
    opened = tagging_loss(scores, tags, torch.tensor([[True, True, False]]))
    wanted = -((chances[0, 0, 0] + chances[0, 0, 1]).log() + chances[0, 1, 2].log()) / 2
    assert opened.item() == pytest.approx(wanted.item())


def test_pairs_that_belong_together_lose_less() -> None:
    left = torch.eye(4)
    assert contrastive_loss(left, left, 0.1) < 0.01
    assert contrastive_loss(left, left.flip(0), 0.1) > 5


def test_tags_of_a_text_read_back_are_its_values(small: MultitaskSettings) -> None:
    tokenizer, _ = loaded(small)
    text = "Stainless-steel kettle, 1.7 L by Brenwick 红色"
    one = tagging_example(
        text, "kettle", {"size": ["1.7 L"], "brand": ["Brenwick"], "material": ["Stainless-steel"]}
    )
    attributes = ("brand", "material", "size")
    read = encode_texts(tokenizer, [one.first], [one.second], 64)
    tags = tag_subwords(read.encodings[0], one, attributes)
    chances = np.eye(len(list_tags(attributes)))[np.maximum(tags, 0)]
    found = decode_values(read.encodings[0], chances, attributes)
    assert {(v.attribute, text[v.start : v.end], v.score) for v in found} == {
        ("size", "1.7 L", 1.0),
        ("brand", "Brenwick", 1.0),
        ("material", "Stainless-steel", 1.0),
    }
    assert decode_values(read.encodings[0], chances, attributes, ("size",))[0].attribute == "size"


def test_a_killed_training_goes_on_to_the_same_weights(
    tasks: list[TaskData], small: MultitaskSettings, tmp_path: Path
) -> None:
    tokenizer, encoder = loaded(small)
    settings = replace(small, epochs=2, fgm=0.1)

    def fit(file: Path, progress: Any = lambda _: None) -> dict[str, Any]:
        net = new_net(encoder, tasks, settings)
        fit_net(net, tokenizer, tasks, settings, checkpoint=file, progress=progress)
        return net.state_dict()

    class KilledError(Exception):
        pass

    def kill(line: str) -> None:
        if line.startswith("epoch 0"):
            raise KilledError

    whole = fit(tmp_path / "whole.pt")
    with pytest.raises(KilledError):
        fit(tmp_path / "cut.pt", kill)
    resumed = fit(tmp_path / "cut.pt")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    net = new_net(encoder, tasks, replace(settings, head_rate=0.1))
    with pytest.raises(ConfigError, match="of another training: head_rate"):
        fit_net(
            net,
            tokenizer,
            tasks,
            replace(settings, head_rate=0.1),
            checkpoint=tmp_path / "cut.pt",
        )


def test_frozen_layers_stay_and_adversarial_steps_change_the_rest(
    tasks: list[TaskData], small: MultitaskSettings
) -> None:
    tokenizer, encoder = loaded(small)
    frozen = "encoder.encoder.layer.0.output.dense.weight"
    trained = "encoder.encoder.layer.1.output.dense.weight"
    nets = {}
    for fgm in (0.0, 1.0):
        settings = replace(small, epochs=1, frozen_layers=1, fgm=fgm, augment=0.0, dropout=0.0)
        nets[fgm] = new_net(encoder, tasks, settings)
        fit_net(nets[fgm], tokenizer, tasks, settings)
    start = new_net(encoder, tasks, small).state_dict()
    plain, adversarial = nets[0.0].state_dict(), nets[1.0].state_dict()
    assert torch.equal(start[frozen], plain[frozen])
    assert torch.equal(start[frozen], adversarial[frozen])
    assert not torch.equal(plain[trained], adversarial[trained])


def test_reading_pairs_of_texts_brings_them_nearer(
    tasks: list[TaskData], small: MultitaskSettings
) -> None:
    tokenizer, encoder = loaded(small)
    net = new_net(encoder, tasks[:1], small)
    pairs = [(f"{word} {n}", f"a very {word} {n}") for n in range(40) for word in ("lamp", "chair")]
    first = pretrain(net, tokenizer, pairs, small)[0]["loss"]
    losses = [pretrain(net, tokenizer, pairs, small)[0]["loss"] for _ in range(3)]
    assert losses[-1] < first
    assert pretrain(net, tokenizer, [], small) == []


def test_settings_are_searched_on_validation_and_the_search_goes_on(
    tasks: list[TaskData], small: MultitaskSettings, tmp_path: Path
) -> None:
    tokenizer, encoder = loaded(small)
    arguments = (encoder, tokenizer, tasks[1:2], replace(small, epochs=1))
    found = search_settings(*arguments, SearchOptions(trials=2, epochs=1), tmp_path)
    assert set(found) <= {
        "learning_rate", "head_rate", "frozen_layers", "sampling", "augment", "fgm",
    }  # fmt: skip
    # Both trials are done: the encoder is not needed any more.
    again = search_settings(None, *arguments[1:], SearchOptions(trials=2, epochs=1), tmp_path)
    assert again == found


@pytest.fixture(scope="module")
def model(
    tasks: list[TaskData], small: MultitaskSettings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """Train, with the quickest rivals, and keep all heads."""
    folder = tmp_path_factory.mktemp("model")
    options = MultitaskOptions(extractor="dictionary", force=True)
    card = train_multitask(tasks, [], folder, replace(small, epochs=8), options)
    return folder, card


def test_the_card_says_what_was_measured(model: tuple[Path, dict[str, Any]]) -> None:
    folder, card = model
    assert set(card["tasks"]) == {TAGGING, CATEGORY, SENTIMENT, MATCHING}
    for one in card["tasks"].values():
        assert one["decision"]["single"] is not None
        assert 0 <= one["decision"]["interval"][0] <= one["decision"]["interval"][1] <= 1
        assert one["bytes"]["own_model"] > one["bytes"]["head"] > 0
    assert card["tasks"][CATEGORY]["decision"]["rival"]["ours"] > 0.9
    assert card["tasks"][SENTIMENT]["decision"]["rival"]["ours"] > 0.9
    assert card["network"]["bytes"] < card["network"]["float32_bytes"]
    assert min(one["int8_agreement"] for one in card["tasks"].values()) >= 0.97
    assert "| category |" in (folder / "model" / "card.md").read_text()
    assert not (folder / "work").exists()


def test_every_head_serves(model: tuple[Path, dict[str, Any]]) -> None:
    folder, card = model
    assert is_multitask(folder)
    reader = TaggingReader.load(folder)
    assert reader.version == card["version"]
    text = ProductText("product:s:1", {"title": "Numi chair in green, number 999"}, "home")
    [read] = reader.read([text])
    found = {(f.attribute, f.name) for f in (*read.accepted, *read.aside)}
    assert ("brand", "Numi") in found
    for finding in (*read.accepted, *read.aside):
        assert text.texts["title"][finding.span.start : finding.span.end] == finding.name
    [unknown] = reader.read([replace(text, category="elsewhere")])
    assert unknown.accepted == ()
    [told] = reader.read([replace(text, known=frozenset({"brand"}))])
    assert "brand" not in {f.attribute for f in (*told.accepted, *told.aside)}

    head = CategoryHead.load(folder)
    scores = head.score(["Tazo kettle in red, number 7"], ["chair", "kettle", "unknown"])
    assert (scores[0].argmax(), scores[0, 2]) == (1, 0.0)
    aspects = load_aspect_reader(str(folder))
    assert aspects is not None
    assert card["version"] in aspects.version
    matcher = MatchingHead.load(folder)
    same = ProductRecord("a", title="Tazo lamp red", gtins=("4006381333931",))
    corpus = Corpus([same, replace(same, key="b", title="something else")])
    assert matcher.score(corpus, np.array([[0, 1]])).tolist() == [1.0]  # by the GTIN


def test_a_judged_clause_overrules_the_lexicon(model: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = model
    reader = load_aspect_reader(str(folder))
    assert reader is not None
    [aspects] = reader.read(["great battery"])
    assert {a.sentiment for a in aspects} == {Sentiment.POSITIVE}


def test_a_head_that_is_not_kept_does_not_serve(
    tasks: list[TaskData], small: MultitaskSettings, tmp_path: Path
) -> None:
    settings = replace(small, epochs=1, learning_rate=1e-6, head_rate=1e-6)
    card = train_multitask([tasks[1]], [], tmp_path, settings)
    assert card["tasks"][CATEGORY]["decision"]["single"] is None
    assert not card["tasks"][CATEGORY]["decision"]["kept"]
    assert not serves(tmp_path, CATEGORY)
    with pytest.raises(ConfigError, match="does not serve category: 43 test examples"):
        load_multitask(tmp_path, CATEGORY)
    with pytest.raises(ConfigError, match="does not serve matching: it was not trained"):
        load_multitask(tmp_path, MATCHING)
    with pytest.raises(ConfigError, match="No model of several tasks could be read"):
        load_multitask(tmp_path / "nowhere")
