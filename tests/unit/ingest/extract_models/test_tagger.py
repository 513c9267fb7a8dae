from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ingest.extract.examples import ProductExample, TypedSpan
from catalograph.ingest.extract.proposals import KnownAttributes, tagged_text
from catalograph.ingest.extract.tagger import (
    PRESETS,
    Labels,
    SpanRelation,
    TaggedText,
    TaggerSettings,
)
from catalograph.ingest.extract.tagger.batches import Collator, cut_windows
from catalograph.ingest.extract.tagger.data import labelled_pairs, swap_values, values_of
from catalograph.ingest.extract.tagger.fit import fit_tagger, load_tagger, save_tagger
from catalograph.ingest.extract.tagger.inference import Tagger
from catalograph.ingest.extract.tagger.model import IGNORED
from catalograph.ml.transformer_layers import freeze

# Checkpoints of a tiny model are less than a second apart.
pytestmark = [pytest.mark.filterwarnings("ignore:mtime may not be reliable"), pytest.mark.slow]

SCREEN = TaggedText(
    ("the", "screen", "is", "bright", "but", "the", "keyboard", "is", "mushy"),
    spans=(
        TypedSpan(1, 2, "aspect"),
        TypedSpan(3, 4, "opinion"),
        TypedSpan(6, 7, "aspect"),
        TypedSpan(8, 9, "opinion"),
    ),
    relations=(SpanRelation(0, 1, "positive"), SpanRelation(2, 3, "negative")),
)


@pytest.fixture(scope="module")
def texts(teas: list[ProductExample]) -> list[TaggedText]:
    known = KnownAttributes.of(teas)
    return [tagged_text(example, "title", known) for example in teas]


@pytest.fixture(scope="module")
def tagger(texts: list[TaggedText], tiny: TaggerSettings) -> Tagger:
    return fit_tagger(texts, tiny)


def test_the_preset_seed_is_as_given() -> None:
    seed = PRESETS["seed"]
    assert (seed.learning_rate, seed.batch, seed.length, seed.epochs) == (2e-5, 16, 128, 5)


def test_relations_of_a_product_go_to_its_values(texts: list[TaggedText]) -> None:
    assert texts[0].relations == (
        SpanRelation(None, 0, "HAS_BRAND"),
        SpanRelation(None, 1, "HAS_VALUE"),
        SpanRelation(None, 2, "HAS_VALUE"),
    )


def test_wrong_pairs_of_spans_are_all_others(teas: list[ProductExample]) -> None:
    pairs = dict(labelled_pairs(SCREEN, np.random.default_rng(0)))
    assert pairs[1, 2, 3, 4] == "positive"
    assert pairs[6, 7, 8, 9] == "negative"
    assert len(pairs) == 4 * 3
    assert pairs[1, 2, 8, 9] == "NONE"


def test_wrong_spans_of_a_product_are_never_right_ones(texts: list[TaggedText]) -> None:
    right = {(-1, -1, s.start, s.end) for s in texts[0].spans}
    for seed in range(20):
        drawn = list(labelled_pairs(texts[0], np.random.default_rng(seed)))
        assert {pair for pair, name in drawn if name != "NONE"} == right
        assert not {pair for pair, name in drawn if name == "NONE"} & right


def test_swapped_values_keep_spans_and_relations_in_step(texts: list[TaggedText]) -> None:
    values = values_of(texts)
    rng = np.random.default_rng(1)
    changed = 0
    for text in texts:
        new = swap_values(text, values, 1.0, rng)
        changed += new.tokens != text.tokens
        assert new.relations == text.relations
        for span in new.spans:
            assert new.tokens[span.start : span.end] in values[text.context, span.type]
    assert changed > len(texts) / 2
    assert swap_values(texts[0], values, 0.0, rng) == texts[0]


def test_labels_stand_on_every_subword(encoder: Path) -> None:
    transformers = import_module("transformers")

    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    text = TaggedText(("Xyloquent", "Tea"), "tea", (TypedSpan(0, 1, "brand"),))
    batch = Collator(tokenizer, Labels.of([text]), 32)([text])
    first, last = cut_windows(tokenizer, [text], 32).ends(0)
    assert last[0] > first[0]  # a made-up word is several subwords
    assert batch["entity"][0, first[0]] == 1
    assert all(batch["entity"][0, n] == 2 for n in range(first[0] + 1, last[0] + 1))
    assert all(batch["attribute"][0, n] == 1 for n in range(first[0], last[0] + 1))
    assert batch["entity"][0, first[1]] == 0
    assert batch["entity"][0, 0] == IGNORED
    assert batch["entity"][0, 1] == IGNORED  # the context is read, not labelled


def test_a_long_text_is_read_in_windows_and_every_word_has_its_probabilities(
    tagger: Tagger,
) -> None:
    text = TaggedText(("Tazo", "Organic", "Mint", "Tea") * 40, "tea")
    (reading,) = tagger.read([text], [[(-1, -1, 0, 1)]])
    assert reading.types.shape == (160, 4)
    assert np.allclose(reading.types.sum(1), 1, atol=1e-3)
    assert np.allclose(reading.pairs.sum(1), 1, atol=1e-3)


def test_a_tagger_learns_spans_types_and_relations(tagger: Tagger, texts: list[TaggedText]) -> None:
    readings = tagger.read(texts, [[(-1, -1, s.start, s.end) for s in t.spans] for t in texts])
    right = sum(set(tagger.spans(r)) == set(t.spans) for r, t in zip(readings, texts, strict=True))
    assert right > 0.9 * len(texts)
    brand = tagger.labels.relations.index("HAS_BRAND")
    assert np.mean([r.pairs[0].argmax() == brand for r in readings]) > 0.9


def test_types_that_were_not_judged_cost_nothing_outside_of_spans(tiny: TaggerSettings) -> None:
    # Given texts whose second word is a colour in half of them, and not judged in the others,
    labelled = TaggedText(("cap", "red"), "cap", (TypedSpan(1, 2, "color"),))
    silent = TaggedText(("cap", "red"), "cap")
    judged = fit_tagger([labelled, silent] * 16, tiny)
    unknown = replace(silent, unknown=frozenset({"color"}))
    unjudged = fit_tagger([labelled, unknown] * 16, tiny)
    # then only the training that takes silence for absence doubts the colour.
    color = judged.labels.types.index("color")
    assert judged.read([silent])[0].types[1, color] < 0.8
    assert unjudged.read([silent])[0].types[1, color] > 0.9


def test_a_tagger_comes_back_from_its_folder(
    tagger: Tagger, texts: list[TaggedText], tmp_path: Path
) -> None:
    save_tagger(tagger, tmp_path)
    again = load_tagger(tmp_path)
    assert again.labels == tagger.labels
    before, after = tagger.read(texts[:3]), again.read(texts[:3])
    assert all(np.allclose(b.types, a.types, atol=1e-5) for b, a in zip(before, after, strict=True))
    assert not list(tmp_path.rglob("*.bin"))
    assert not list(tmp_path.rglob("*.pkl"))


def test_a_stopped_training_goes_on_from_its_checkpoint(
    texts: list[TaggedText], tiny: TaggerSettings, tmp_path: Path
) -> None:
    short = replace(tiny, epochs=2, validation=0.2)
    fit_tagger(texts, short, checkpoints=tmp_path)
    kept = {path.name for path in tmp_path.iterdir()}
    # When the same training is asked for with its checkpoints still there, it is not begun anew.
    fit_tagger(texts, short, checkpoints=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == kept == {"checkpoint-3", "checkpoint-6"}


def test_training_stops_when_validation_gets_no_better(
    texts: list[TaggedText], tiny: TaggerSettings, tmp_path: Path
) -> None:
    # Given a rate so small that nothing is learned, 40 epochs are not gone through.
    still = replace(
        tiny, epochs=40, validation=0.3, patience=1, learning_rate=0.0, head_rate=0.0, dropout=0.0
    )
    fit_tagger(texts, still, checkpoints=tmp_path)
    last = max(int(path.name.partition("-")[2]) for path in tmp_path.iterdir())
    assert last < 40 * 3


def test_frozen_layers_stay_as_they_are(encoder: Path) -> None:
    transformers = import_module("transformers")

    model = transformers.AutoModel.from_pretrained(encoder, add_pooling_layer=False)
    freeze(model, -1)
    assert all(p.requires_grad for p in model.parameters())
    freeze(model, 0)
    assert not model.embeddings.word_embeddings.weight.requires_grad
    assert model.encoder.layer[0].output.dense.weight.requires_grad
    freeze(model, 1)
    assert not any(p.requires_grad for p in model.parameters())


def test_what_cannot_be_learned_or_loaded_is_said(tiny: TaggerSettings, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="None of the 1 texts has a labelled value"):
        fit_tagger([TaggedText(("tea",))], tiny)
    with pytest.raises(ConfigError, match="encoder '/nowhere' could not be loaded"):
        fit_tagger([SCREEN], replace(tiny, encoder="/nowhere"))
    with pytest.raises(ConfigError, match="No tagger could be read"):
        load_tagger(tmp_path)
