"""Filtered ranks against counting by hand, files of facts, and settings."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.kge import (
    KgeConfig,
    TrainedKge,
    TripleSet,
    Vocabulary,
    choose_config,
    evaluate_link,
    read_link_folder,
)
from catalograph.embed.kge.evaluate import filtered_ranks
from catalograph.embed.kge.models import KgeModel
from catalograph.errors import ConfigError, EmptySnapshotError, EvaluationDataError
from catalograph.evaluation.link import measure_link

ENTITIES, RELATIONS = 12, 2
NAMES = Vocabulary(
    tuple(f"e{i}" for i in range(ENTITIES)), tuple(f"r{i}" for i in range(RELATIONS))
)


def model_of(name: str) -> KgeModel:
    """With vectors of few distinct values, so that many scores tie."""
    model = KgeModel(KgeConfig(model=name, dimension=2), ENTITIES, RELATIONS)
    random = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randint(-1, 2, parameter.shape, generator=random))
    return model


def facts(seed: int, n: int) -> TripleSet:
    random = np.random.default_rng(seed)
    return TripleSet(NAMES, random.integers(0, [ENTITIES, RELATIONS, ENTITIES], size=(n, 3)))


def by_hand(model: KgeModel, test: TripleSet, known: TripleSet) -> list[float]:
    """One triple, one candidate at a time."""
    all_known = set(map(tuple, known.both_ways().tolist()))
    ranks = []
    for h, r, t in test.both_ways().tolist():
        query = model.queries(torch.tensor([h]), torch.tensor([r]))
        scores = [model.pair_scores(query, model.entity[i : i + 1]).item() for i in range(ENTITIES)]
        others = [s for i, s in enumerate(scores) if i != t and (h, r, i) not in all_known]
        higher = sum(s > scores[t] + 1e-5 for s in others)
        same = sum(abs(s - scores[t]) <= 1e-5 for s in others)
        ranks.append(1 + higher + same / 2)
    return ranks


@pytest.mark.parametrize("name", ["complex", "distmult"])
def test_ranks_are_those_counted_by_hand_ties_included(name: str) -> None:
    model, known = model_of(name), facts(1, 60)
    test = replace(known, triples=known.triples[:25])
    ranks = filtered_ranks(model, test, known)
    expected = by_hand(model, test, known)
    assert ranks.tolist() == expected
    assert any(rank % 1 for rank in expected)


def test_a_test_triple_that_is_not_among_the_known_is_ranked_too() -> None:
    model = model_of("complex")
    test, known = facts(2, 20), facts(3, 30)
    assert filtered_ranks(model, test, known).tolist() == by_hand(model, test, known)


def test_the_means_are_of_all_triples_and_of_seen_entities() -> None:
    model, test = model_of("distmult"), facts(5, 30)
    seen = np.ones(ENTITIES, dtype=bool)
    seen[[0, 1, 2]] = False
    trained = TrainedKge(model, NAMES, seen, ())

    metrics = evaluate_link(trained, test, test)

    ranks = np.array(by_hand(model, test, test))
    kept = [i for i, (h, _, t) in enumerate(test.triples.tolist()) if h > 2 and t > 2]
    assert 0 < len(kept) < len(test)
    both = kept + [i + len(test) for i in kept]
    assert metrics.as_dict() == {
        "mrr": pytest.approx((1 / ranks).mean()),
        "hits@1": pytest.approx((ranks <= 1).mean()),
        "hits@3": pytest.approx((ranks <= 3).mean()),
        "hits@10": pytest.approx((ranks <= 10).mean()),
        "mrr_seen": pytest.approx((1 / ranks[both]).mean()),
    }
    assert (metrics.n, metrics.n_seen) == (30, len(kept))


def test_without_seen_entities_their_mean_is_left_out() -> None:
    trained = TrainedKge(model_of("distmult"), NAMES, np.zeros(ENTITIES, dtype=bool), ())
    metrics = evaluate_link(trained, facts(5, 3), facts(5, 3))
    assert metrics.mrr_seen is None
    assert list(metrics.as_dict()) == ["mrr", "hits@1", "hits@3", "hits@10"]


def test_vectors_that_are_no_numbers_rank_in_the_middle_not_first() -> None:
    model = model_of("complex")
    with torch.no_grad():
        model.entity.fill_(torch.nan)
    test = facts(6, 4)
    assert filtered_ranks(model, test, test).min() > ENTITIES / 4


@pytest.mark.parametrize("name", ["transe", "distmult", "complex", "rotate"])
def test_without_reciprocal_relations_an_inverse_scores_as_the_relation(name: str) -> None:
    config = KgeConfig(model=name, dimension=3, reciprocal=False, init=0.5)
    model = KgeModel(config, ENTITIES, RELATIONS)
    heads, relations, tails = torch.from_numpy(facts(8, 20).triples).T
    forward = model.pair_scores(model.queries(heads, relations), model.entity[tails])
    back = model.pair_scores(model.queries(tails, relations + RELATIONS), model.entity[heads])
    torch.testing.assert_close(forward, back)


@pytest.mark.parametrize("name", ["transe", "distmult", "complex", "rotate"])
@pytest.mark.parametrize("norm", [1, 2])
def test_scores_with_all_entities_are_the_scores_of_pairs(name: str, norm: int) -> None:
    model = KgeModel(KgeConfig(model=name, dimension=3, norm=norm, init=0.5), 5, RELATIONS)
    queries = torch.randn(4, model.entity.shape[1], generator=torch.Generator().manual_seed(0))
    each = [model.pair_scores(queries, entity.expand_as(queries)) for entity in model.entity]
    torch.testing.assert_close(model.scores(queries, model.entity), torch.stack(each, 1))


def write(folder: Path, part: str, text: str, *, packed: bool = False) -> None:
    if packed:
        (folder / f"{part}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    else:
        (folder / f"{part}.tsv").write_text(text, encoding="utf-8")


def test_a_folder_is_read_over_one_vocabulary(tmp_path: Path) -> None:
    write(tmp_path, "train", 'a\tlikes\tb\nb\tlikes\t"c\n', packed=True)
    write(tmp_path, "valid", "a\thates\tb\n")
    write(tmp_path, "test", "d\tlikes\ta\n")
    data = read_link_folder(tmp_path)
    assert data.train.vocabulary == Vocabulary(('"c', "a", "b", "d"), ("hates", "likes"))
    assert data.train.triples.tolist() == [[1, 1, 2], [2, 1, 0]]
    assert data.known.triples.tolist() == [[1, 1, 2], [2, 1, 0], [1, 0, 2], [3, 1, 1]]
    assert data.train.mask_seen().tolist() == [True, True, True, False]
    assert data.test.both_ways().tolist() == [[3, 1, 1], [1, 3, 3]]


def test_wrong_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationDataError, match=r"no train file; expected one of train\.tsv"):
        read_link_folder(tmp_path)
    for part in ("train", "valid", "test"):
        write(tmp_path, part, "a\tlikes\tb\n")
    write(tmp_path, "valid", "a\tlikes\tb\na\tb\n")
    with pytest.raises(EvaluationDataError, match=r"valid\.tsv line 2 has 2 columns"):
        read_link_folder(tmp_path)
    write(tmp_path, "valid", "")
    with pytest.raises(EvaluationDataError, match="has no facts"):
        read_link_folder(tmp_path)


def test_triples_outside_of_the_vocabulary_are_refused() -> None:
    with pytest.raises(IndexError, match=r"up to \[12, 1, 0\]; expected below \[12, 2, 12\]"):
        TripleSet(NAMES, np.array([[12, 1, 0]]))
    with pytest.raises(EmptySnapshotError, match="0 entities"):
        TripleSet(Vocabulary((), ()), np.empty((0, 3), dtype=np.int64))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"model": "conve"}, "model is 'conve'; expected one of transe, distmult, complex, rotate"),
        ({"norm": 3}, "norm is 3; expected one of 1, 2"),
        ({"loss": "margin"}, "margin needs negatives"),
        ({"model": "transe", "n3": 0.1}, "n3 and relation_weight are for complex and distmult"),
        ({"dimension": 0}, "dimension is 0; expected at least 1"),
        ({"dropout": 1.0}, "dropout is 1.0; expected a share"),
        ({"decay": 1.5}, "decay is 1.5; expected a share"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0; expected above 0"),
        ({"clip": -1.0}, "clip is -1.0; expected at least 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        KgeConfig(**values)  # type: ignore[arg-type]


def test_settings_are_chosen_by_preset_by_data_and_by_changes() -> None:
    seed = choose_config("complex", "any", "seed")
    assert (seed.model, seed.dimension, seed.learning_rate) == ("transe", 100, 0.01)
    assert (seed.optimiser, seed.epochs, seed.loss) == ("adam", 100, "margin")
    assert choose_config("rotate", "any").model == "rotate"
    tuned = choose_config("complex", "WN18RR", None, ["dimension=7", "reciprocal=false", "n3=0.5"])
    assert (tuned.dimension, tuned.reciprocal, tuned.n3) == (7, False, 0.5)
    assert tuned == replace(
        choose_config("complex", "wn18rr"), dimension=7, reciprocal=False, n3=0.5
    )
    assert choose_config("complex", "WN18RR") != choose_config("complex", "any")
    with pytest.raises(ConfigError, match="'dimension=x' gives dimension the value 'x'"):
        choose_config("complex", "any", None, ["dimension=x"])
    with pytest.raises(ConfigError, match="setting is 'colour'"):
        choose_config("complex", "any", None, ["colour=red"])
    with pytest.raises(ConfigError, match="model is 'conve'"):
        choose_config("conve", "any")
    with pytest.raises(ConfigError, match="preset is 'best'"):
        choose_config("complex", "any", "best")


def test_the_command_prints_its_rows(tmp_path: Path) -> None:
    for part, text in (("train", "a\tr\tb\nb\tr\tc\n"), ("valid", "c\tr\td\n")):
        write(tmp_path, part, text)
    write(tmp_path, "test", "a\tr\tc\n")
    options = ["--preset", "seed", "--margin", "2", "--norm", "1", "--set", "epochs=1", "--json"]

    result = CliRunner().invoke(app, ["eval", "link", str(tmp_path), *options])

    told = json.loads(result.stdout)
    assert (told["command"], told["data"], told["seed"]) == ("eval link", str(tmp_path), 0)
    row = told["rows"][0]
    assert list(row["metrics"]) == ["mrr", "hits@1", "hits@3", "hits@10", "mrr_seen"]
    assert (row["model"], row["n"]) == ("transe", 1)
    assert (row["config"]["margin"], row["config"]["norm"]) == (2.0, 1)
    assert "epoch 1: seconds" in result.stderr


def test_a_data_set_is_measured_and_goes_on_from_its_folder(tmp_path: Path) -> None:
    for part, text in (("train", "a\tr\tb\nb\tr\tc\n"), ("valid", "c\tr\td\n")):
        write(tmp_path, part, text)
    write(tmp_path, "test", "a\tr\tc\n")
    data = read_link_folder(tmp_path)
    config = KgeConfig(dimension=2, epochs=2)
    rows = [measure_link(data, config, minutes=1, checkpoint=tmp_path / "state") for _ in range(2)]
    assert rows[0].metrics == rows[1].metrics
    assert list(rows[0].metrics) == ["mrr", "hits@1", "hits@3", "hits@10", "mrr_seen"]
    assert rows[1].config["epochs_trained"] == 2
    assert rows[1].config["training_seconds"] == rows[0].config["training_seconds"]
    assert (rows[0].n, rows[0].config["n_seen"]) == (1, 1)
    assert (tmp_path / "state" / "model" / "vectors.npz").exists()
