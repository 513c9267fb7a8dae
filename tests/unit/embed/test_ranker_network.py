"""The ranker as a whole, with a transformer of two small layers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray

from catalograph.embed.ranker.baseline_features import BaselineFeatures, text_vectors
from catalograph.embed.ranker.crossval import (
    CrossValidation,
    FoldConfig,
)
from catalograph.embed.ranker.data import (
    Judgements,
    Products,
    folds_of,
    read_judgements,
    read_products,
)
from catalograph.embed.ranker.examples import QueryExample, steps
from catalograph.embed.ranker.graph import ProductGraph, read_graph, shuffle
from catalograph.embed.ranker.lexical import Bm25
from catalograph.embed.ranker.persistence import (
    Files,
    load_ranker,
    load_student,
    save_ranker,
    train_ranker,
)
from catalograph.embed.ranker.pretraining import make_self_judged
from catalograph.embed.ranker.product_types import kind_of
from catalograph.embed.ranker.ranker import TextRanker, new_ranker
from catalograph.embed.ranker.settings import Adapter, Fusion, RankerSettings, StudentSettings
from catalograph.embed.ranker.training import fit_ranker
from catalograph.errors import ConfigError, EvaluationDataError, NotFoundError
from catalograph.evaluation.ranker import (
    MODELS,
    RankOptions,
    evaluate_ranker,
)

pytestmark = pytest.mark.slow

KINDS = ("notebook", "notebook case", "usb cable", "wireless mouse", "toner cartridge", "keyboard")
BRANDS = ("Acme", "Bolt")
QUERIES = {"laptop notebook": 0, "case": 1, "cable": 2, "mouse": 3, "toner": 4, "keyboard": 5}


class WordVectors:
    """An encoder that gives each word a random direction."""

    dimension = 16

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_documents(texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [
            sum(
                np.random.default_rng([*word.casefold().encode()]).standard_normal(self.dimension)
                for word in text.split()
            )
            for text in texts
        ]
        vectors = np.array(rows, np.float32)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of 36 products, judged queries, and a small BERT."""
    folder = tmp_path_factory.mktemp("shop")
    products = [
        {
            "id": f"p{6 * n + kind}",
            "title": f"{brand}{n} X{n} {KINDS[kind]} {n + 2} GB",
            "brand": brand,
            "short_description": f"a {KINDS[kind]} by {brand}",
            "attributes": {"type": KINDS[kind], "size": 7, "colour": "red,blue"},
        }
        for n in range(6)
        for kind, brand in enumerate(BRANDS * 3)
    ]
    (folder / "catalog.jsonl").write_text(
        "\n".join(map(json.dumps, products)) + '\n{"id": "p0", "title": "again"}\nnot json\n'
    )
    lines = ["query\tproduct_id\trating"]
    for query, kind in QUERIES.items():
        lines += [f"{query}\tp{6 * n + kind}\t{3 if n < 2 else 1}" for n in range(3)]
        lines += [f"{query}\tp{6 * n + (kind + 1) % 6}\t0" for n in range(3)]
    lines.append("cable\tgone\t3")
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n")
    words = sorted({*" ".join(KINDS).split(), "laptop", "acme", "bolt", "by"})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(pieces))
    auto = cast(Any, transformers)  # much of the library has no types
    auto.BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    torch.manual_seed(0)
    config = auto.BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
    )
    auto.BertModel(config, add_pooling_layer=False).save_pretrained(folder / "bert")
    return folder


@pytest.fixture(scope="module")
def settings(shop: Path) -> RankerSettings:
    return RankerSettings(
        encoder=str(shop / "bert"),
        frozen_layers=1,
        length=24,
        candidates=8,
        negatives=1,
        epochs=2,
        validation=0.0,
        learning_rate=1e-3,
        adapter_size=4,
    )


@pytest.fixture(scope="module")
def products(shop: Path) -> Products:
    return read_products(shop / "catalog.jsonl")


@pytest.fixture(scope="module")
def graph(products: Products) -> ProductGraph:
    known = read_graph(products, None)
    vectors = np.random.default_rng(0).standard_normal((len(products.keys), 8))
    return ProductGraph(vectors.astype(np.float32), known.neighbours)


@pytest.fixture(scope="module")
def evidence(products: Products, graph: ProductGraph) -> BaselineFeatures:
    encoder = WordVectors()
    vectors = text_vectors(encoder, products.texts)
    return BaselineFeatures(encoder, Bm25(products.texts), vectors).with_graph(graph)


@pytest.fixture(scope="module")
def bench(
    shop: Path,
    products: Products,
    evidence: BaselineFeatures,
    graph: ProductGraph,
    settings: RankerSettings,
) -> CrossValidation:
    judgements = read_judgements(shop / "qrels.tsv", products.index)
    return CrossValidation(products, judgements, evidence, graph, settings=settings, folds=3)


def stirred(ranker: TextRanker) -> TextRanker:
    """Give weights to what starts at zero, so that each part has a say."""
    torch.manual_seed(1)
    for weights in ranker.net.parameters():
        if weights.requires_grad:
            weights.data.add_(0.3 * torch.randn_like(weights))
    return ranker


def test_reading_counts_what_is_left_out(shop: Path, products: Products) -> None:
    judgements = read_judgements(shop / "qrels.tsv", products.index)
    assert (len(products.keys), products.skipped) == (36, 2)
    assert products.texts[0] == "Acme0 X0 notebook 2 GB\na notebook by Acme"
    assert {("colour", "blue"), ("kind", "usb cable")} <= set(products.fact_names)
    assert (len(judgements.queries), judgements.unknown, judgements.best) == (6, 1, 3.0)


def test_a_wrong_header_is_told(tmp_path: Path, products: Products) -> None:
    (tmp_path / "q.tsv").write_text("q\tp\n")
    with pytest.raises(EvaluationDataError, match="expected query, product_id, rating"):
        read_judgements(tmp_path / "q.tsv", products.index)


def test_folds_hold_each_query_once() -> None:
    assert sorted(np.concatenate(folds_of(7, 3, 0)).tolist()) == list(range(7))
    with pytest.raises(EvaluationDataError, match="2 queries cannot be split into 3"):
        folds_of(2, 3, 0)


@pytest.mark.parametrize("adapter", ["none", "lora", "prefix", "bottleneck"])
@pytest.mark.parametrize("fusion", ["none", "early", "late", "interactive"])
def test_every_fusion_takes_every_adapter(
    fusion: Fusion,
    adapter: Adapter,
    products: Products,
    evidence: BaselineFeatures,
    graph: ProductGraph,
    settings: RankerSettings,
) -> None:
    own = replace(settings, fusion=fusion, adapter=adapter)
    ranker = new_ranker(products, evidence, own, graph, device="cpu")
    scores = ranker.score("usb cable", ["p0", "p2", "p5"])
    assert scores.shape == (3,)
    layers = sum(w.numel() for w in ranker.net.layers.parameters() if w.requires_grad)
    assert (layers < 1000) == (adapter != "none")


@pytest.mark.parametrize("fusion", ["early", "late", "interactive"])
def test_another_graph_changes_the_scores(
    fusion: Fusion,
    products: Products,
    evidence: BaselineFeatures,
    graph: ProductGraph,
    settings: RankerSettings,
) -> None:
    own = replace(settings, fusion=fusion)
    asked, rows = evidence.ask("usb cable"), np.arange(6)
    scores = [
        stirred(new_ranker(products, evidence, own, known, device="cpu")).score_rows(asked, rows)
        for known in (graph, graph, shuffle(graph, 0))
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)
    assert np.abs(scores[0] - scores[2]).max() > 1e-3


def test_kept_states_give_the_scores_of_computed_ones(
    bench: CrossValidation, products: Products, evidence: BaselineFeatures, settings: RankerSettings
) -> None:
    ranker = stirred(new_ranker(products, evidence, settings, None, frozen=bench.frozen))
    bare = replace(ranker, frozen=bench.frozen.without_cache())
    asked, rows = evidence.ask("wireless mouse"), np.arange(12)
    first = ranker.score_rows(asked, rows)
    assert ranker.score_rows(asked, rows).tolist() == first.tolist()
    assert bare.score_rows(asked, rows) == pytest.approx(first, abs=0.05)  # states keep 8 bits


def test_steps_repeat_and_draw_from_the_judged(
    bench: CrossValidation, settings: RankerSettings
) -> None:
    examples = bench.examples("full")
    drawn = list(steps(examples, settings, 1))
    again = list(steps(examples, settings, 1))
    assert [own.rows.tolist() for step in drawn for own in step] == [
        own.rows.tolist() for step in again for own in step
    ]
    for own in (own for step in drawn for own in step):
        assert len(set(own.rows.tolist())) == len(own.rows) <= settings.candidates
        assert set(own.example.good.tolist()) <= set(own.rows.tolist())


def fitted(
    bench: CrossValidation,
    examples: list[QueryExample],
    settings: RankerSettings,
    folder: Path | None = None,
) -> tuple[dict[str, torch.Tensor], list[dict[str, float]]]:
    evidence, graph = bench.evidence("full"), bench.graphs["full"]
    ranker = new_ranker(bench.products, evidence, settings, graph, frozen=bench.frozen)
    history = fit_ranker(ranker, examples, examples, best=3.0, checkpoints=folder)
    return ranker.net.state_dict(), history


@pytest.mark.parametrize("changed", [{}, {"loss": "pointwise"}, {"fgm": 0.5}])
def test_training_lowers_the_loss(
    changed: dict[str, object], bench: CrossValidation, settings: RankerSettings
) -> None:
    own = replace(settings, epochs=10, patience=99, head_rate=1e-2, **changed)  # type: ignore[arg-type]
    _, history = fitted(bench, bench.examples("full"), own)
    assert [entry["epoch"] for entry in history] == list(range(11))
    losses = [entry["loss"] for entry in history]
    assert np.mean(losses[8:]) < np.mean(losses[1:4])


def test_a_killed_training_goes_on_as_if_it_had_not_been(
    bench: CrossValidation, settings: RankerSettings, tmp_path: Path
) -> None:
    class KilledError(Exception):
        pass

    def kill(line: str) -> None:
        raise KilledError

    examples, own = bench.examples("full"), replace(settings, epochs=3, patience=9)
    evidence, graph = bench.evidence("full"), bench.graphs["full"]
    whole, expected = fitted(bench, examples, own, tmp_path / "whole")
    ranker = new_ranker(bench.products, evidence, own, graph, frozen=bench.frozen)
    with pytest.raises(KilledError):
        fit_ranker(
            ranker, examples, examples, best=3.0, checkpoints=tmp_path / "cut", progress=kill
        )
    resumed, history = fitted(bench, examples, own, tmp_path / "cut")
    assert [entry["loss"] for entry in history] == [entry["loss"] for entry in expected]
    assert all(torch.equal(resumed[name], part) for name, part in whole.items())


def test_without_better_epochs_the_start_is_kept(
    bench: CrossValidation, settings: RankerSettings
) -> None:
    own = replace(settings, learning_rate=0.0, head_rate=0.0, feature_rate=0.0, patience=1)
    _, history = fitted(bench, bench.examples("full"), replace(own, epochs=5))
    assert len(history) == 2


def test_a_catalogue_asks_for_each_kind_and_no_answer_ends_as_a_good_one_does(
    products: Products, evidence: BaselineFeatures
) -> None:
    examples = make_self_judged(products, evidence, 0)
    assert sorted(own.query.text for own in examples) == sorted(KINDS)
    for own in examples:
        good = {products.texts[row].splitlines()[0] for row in own.good.tolist()}
        others = {products.texts[row].splitlines()[0] for row in own.query.rows.tolist()} - good
        assert len(good) == 6
        assert all(f" {own.query.text} " in title for title in good)
        assert own.query.text.split()[-1] not in {kind_of(title).split()[-1] for title in others}
    assert len(make_self_judged(products, evidence, 0, limit=2)) == 2


def test_what_it_reads_first_knows_no_judgement(
    bench: CrossValidation, settings: RankerSettings
) -> None:
    query = replace(bench.judgements.queries[0], ratings={3: 3.0})
    judgements = Judgements((query, *bench.judgements.queries[1:]))
    evidence, graph = bench.evidence("full"), bench.graphs["full"]
    assert graph is not None
    other = CrossValidation(bench.products, judgements, evidence, graph, settings=settings, folds=3)
    starts = [own.start(FoldConfig(settings)) for own in (bench, other)]
    untrained = new_ranker(bench.products, evidence, settings, graph).net.state_dict()
    assert starts[0] is not None
    assert starts[1] is not None
    assert all(torch.equal(starts[1][name], part) for name, part in starts[0].items())
    assert not torch.equal(starts[0]["head.weight"], untrained["head.weight"])
    with_other_loss = FoldConfig(replace(settings, loss="pointwise", fgm=1.0))
    assert bench.start(with_other_loss) is starts[0]
    assert bench.start(FoldConfig(replace(settings, pretraining=False))) is None


def test_few_queries_do_not_decide_when_to_stop(
    bench: CrossValidation, settings: RankerSettings
) -> None:
    examples, half = bench.examples("full"), FoldConfig(replace(settings, validation=0.5))
    _, history = bench.teacher(half, examples)
    assert [sorted(entry) for entry in history] == [["epoch", "loss", "seconds"]] * 3
    _, history = bench.teacher(half, examples * 7)
    assert all("ndcg_judged@10" in entry for entry in history)


def test_each_distillation_loss_moves_the_student(
    bench: CrossValidation, settings: RankerSettings
) -> None:
    plan = FoldConfig(settings)
    learned = bench.examples("full")
    teacher, _ = bench.teacher(plan, learned)
    taught = bench.teacher_targets(teacher, learned)
    asked, rows = learned[0].asked, np.arange(12)
    none, one, other = (
        bench.student(taught, plan, how).score_rows(asked, rows)
        for how in (
            StudentSettings(epochs=0),
            StudentSettings(epochs=2, triples=0.0),
            StudentSettings(epochs=2, outputs=0.0),
        )
    )
    assert np.abs(none - one).max() > 1e-3
    assert np.abs(none - other).max() > 1e-3
    assert np.abs(one - other).max() > 1e-3


def test_what_is_saved_scores_as_what_was_trained(
    bench: CrossValidation, settings: RankerSettings, tmp_path: Path
) -> None:
    plan, learned = FoldConfig(settings), bench.examples("full")
    teacher, _ = bench.teacher(plan, learned)
    teacher = replace(teacher, frozen=bench.frozen.without_cache())
    student = bench.student(
        bench.teacher_targets(teacher, learned), plan, StudentSettings(epochs=1)
    )
    config = {"ranker": asdict(settings), "student": asdict(StudentSettings())}
    save_ranker(tmp_path, teacher, student, bench.graphs["full"], {"config": config})
    keys, encoder = ["p0", "p7", "p14"], WordVectors()
    read = load_ranker(tmp_path, encoder)
    assert read.score("usb cable", keys).tolist() == teacher.score("usb cable", keys).tolist()
    pupil = load_student(tmp_path, encoder)
    assert pupil.score("usb cable", keys).tolist() == student.score("usb cable", keys).tolist()
    with pytest.raises(NotFoundError, match="does not know the product 'gone'"):
        read.score("usb cable", ["gone"])


def test_training_leaves_a_model_with_its_card(
    shop: Path, settings: RankerSettings, tmp_path: Path
) -> None:
    files = Files(shop / "catalog.jsonl", shop / "qrels.tsv")
    card = train_ranker(files, tmp_path, WordVectors(), settings, StudentSettings(epochs=1))
    assert [entry["epoch"] for entry in card["metrics"]["history"]] == [0, 1, 2]
    assert card["data"]["judgements_unknown"] == 1
    assert not (tmp_path / "work").exists()
    assert load_ranker(tmp_path, WordVectors()).score("usb cable", ["p0"]).shape == (1,)


def test_a_folder_without_a_ranker_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No ranker could be read"):
        load_ranker(tmp_path, WordVectors())


def test_evaluation_gives_a_row_a_model_and_goes_on_from_its_work(
    shop: Path, settings: RankerSettings, tmp_path: Path
) -> None:
    told: list[str] = []
    names = ["bm25", "encoder", "mixture", "kg-enhanced-bert", "student", "shuffled-graph"]
    options = RankOptions(
        names, 2, settings=settings, student=StudentSettings(epochs=1), work=tmp_path
    )
    files = (shop / "catalog.jsonl", shop / "qrels.tsv")
    rows = evaluate_ranker(*files, options, WordVectors(), told.append)
    assert [row.model for row in rows] == names
    assert {row.n for row in rows} == {6}
    for row in rows:
        assert set(row.metrics) == {"ndcg_judged@10", "ndcg@10", "ndcg_judged@10_typos"}
        assert all(0 <= value <= 1 for value in row.metrics.values())
    assert rows[3].config["beats_untrained"] == {
        name: value > max(rows[0].metrics[name], rows[1].metrics[name])
        for name, value in rows[3].metrics.items()
    }
    assert rows[4].config["times_as_fast"] > 0
    assert rows[4].config["quality"]["ndcg@10"] == pytest.approx(
        rows[4].metrics["ndcg@10"] / rows[3].metrics["ndcg@10"], abs=1e-4
    )
    told.clear()
    assert evaluate_ranker(*files, options, WordVectors(), told.append) == rows
    assert told == []


def test_an_unknown_model_is_told() -> None:
    with pytest.raises(ConfigError, match="no model 'magic'; expected bm25"):
        RankOptions(["magic"])
    assert len(set(MODELS)) == len(MODELS)
