"""Blocking, features, the trained scorer and its evaluation, on a made-up pair file."""

from pathlib import Path
from random import Random

import numpy as np
import orjson
import pytest

from catalograph.errors import TrainingDataError
from catalograph.evaluation.matching import (
    evaluate_blocking,
    evaluate_match,
    read_pair_files,
    train_matcher,
)
from catalograph.ingest.resolve.corpus import Corpus, rank_rivals
from catalograph.ingest.resolve.explanation import MOST_CONTRIBUTIONS, OTHERS
from catalograph.ingest.resolve.records import record_of
from catalograph.ingest.resolve.rules import BY_GTIN, BY_MODEL, BY_TITLE, RuleScorer
from catalograph.ingest.resolve.scorer import TreeScorer, best_threshold, load_matcher
from catalograph.ingest.resolve.table import make_table

pytestmark = pytest.mark.slow

KINDS = ("camera", "printer", "monitor", "speaker", "router", "keyboard")


def write_pairs(path: Path, first: int, last: int) -> None:
    """Two matches of each product, worded otherwise, and two near misses."""
    random = Random(first)
    with path.open("wb") as stream:
        for n in range(first, last):
            kind, model = KINDS[n % 6], f"MX-{1000 + 7 * n}"
            left = {"name": f"Aldova {kind} {model} black", "price": str(100 + n)}
            right = {"name": f"{kind} by Aldova ({model.replace('-', '').lower()})"}
            other = {"name": f"{kind} by Aldova (mx{1000 + 7 * (n + 6)})"}
            third = {"name": f"Brenwick {random.choice(KINDS)} B{n}00"}
            for offer, label in ((right, 1), (other, 0), (third, 0)):
                row = {"left": left, "right": offer, "label": label}
                stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    write_pairs(train, 0, 60)
    write_pairs(test, 60, 90)
    return train, test


def test_ditto_s_form_is_read_like_json(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("COL title VAL a b COL price VAL 5\tCOL title VAL c\t1\n")
    data = read_pair_files([path])
    assert [(r.title, r.price) for r in data.records] == [("a b", 5.0), ("c", None)]
    assert data.labels.tolist() == [True]


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"left": {}, "right": {}, "label": 2}\n')
    with pytest.raises(TrainingDataError, match=r"Line 1 .*the label is '2'"):
        read_pair_files([path])


def test_trees_learn_what_tells_products_apart(files: tuple[Path, Path]) -> None:
    (row,) = evaluate_match([files[0]], [], files[1])
    assert row.n == 90
    assert row.metrics["f1"] > 0.9


def test_the_same_seed_gives_the_same_result(files: tuple[Path, Path]) -> None:
    (one,) = evaluate_match([files[0]], [], files[1], seeds=[3])
    mean, other, two = evaluate_match([files[0]], [], files[1], seeds=[2, 3])
    assert one.metrics == two.metrics
    assert one.config == two.config
    assert mean.metrics["f1"] == pytest.approx(
        (two.metrics["f1"] + other.metrics["f1"]) / 2, abs=1e-4
    )


def test_a_matcher_says_the_same_after_it_was_kept(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    card = train_matcher([files[0]], tmp_path / "model")
    matcher = load_matcher(tmp_path / "model")
    again = load_matcher(tmp_path / "model")
    data = read_pair_files([files[1]])
    table = make_table(Corpus(data.records), data.pairs)
    assert card["matches"] == 60
    assert matcher.threshold == card["threshold"]
    assert np.array_equal(matcher.score(table), again.score(table))
    found = matcher.score(table) > matcher.threshold
    assert (found == data.labels).mean() > 0.9


def test_contributions_add_up_to_the_score(files: tuple[Path, Path], tmp_path: Path) -> None:
    train_matcher([files[0]], tmp_path / "model")
    data, scorer = read_pair_files([files[1]]), TreeScorer(load_matcher(tmp_path / "model"))
    corpus, rows = Corpus(data.records), np.arange(0, 90, 7)
    scores = scorer.score(corpus, data.pairs)[rows]
    found = scorer.explain(corpus, data.pairs, rows)
    sums = np.array([e.base + sum(part.amount for part in e.contributions) for e in found])
    assert 1 / (1 + np.exp(-sums)) == pytest.approx(scores, abs=1e-9)
    assert max(len(e.contributions) for e in found) == MOST_CONTRIBUTIONS + 1
    assert {part.name for e in found for part in e.contributions} > {OTHERS}


def test_rules_explain_by_the_rule_that_holds() -> None:
    records = [record_of(k, {"title": "Aldova MX-1000", "gtin": "4006381333931"}) for k in "ab"]
    pairs, scorer = np.array([(0, 1)], np.int64), RuleScorer()
    [found] = scorer.explain(Corpus(records), pairs, np.array([0], np.int64))
    assert [(part.name, part.amount) for part in found.contributions] == [("equal_gtin", BY_GTIN)]


def test_a_matcher_refuses_features_it_was_not_trained_on(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    train_matcher([files[0]], tmp_path / "model")
    data = read_pair_files([files[1]])

    def encode(texts: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.ones((len(list(texts)), 2), np.float32)  # type: ignore[call-overload]

    with pytest.raises(TrainingDataError, match="with or without a text encoder"):
        load_matcher(tmp_path / "model").score(make_table(Corpus(data.records, encode), data.pairs))


def test_too_few_pairs_are_refused(tmp_path: Path) -> None:
    write_pairs(tmp_path / "few.jsonl", 0, 5)
    with pytest.raises(TrainingDataError, match="too few to learn from"):
        train_matcher([tmp_path / "few.jsonl"], tmp_path / "model")


def test_blocking_finds_the_matches_among_few_pairs(files: tuple[Path, Path]) -> None:
    (row,) = evaluate_blocking(list(files), neighbours=3)
    assert row.metrics["pair_completeness"] == 1.0
    assert row.metrics["reduction"] > 0.8


def test_rivalry_is_the_margin_over_the_best_other_candidate() -> None:
    pairs = np.array([(0, 2), (0, 3), (1, 3)])
    names, standing = rank_rivals(pairs, np.array([0.9, 0.4, 0.7]))
    found = dict(zip(names, standing.T.tolist(), strict=True))
    assert found["margin_left"] == pytest.approx([0.5, -0.5, 0.7])
    assert found["margin_right"] == pytest.approx([0.9, -0.3, 0.3])
    assert found["rank"] == [0, 2, 0]


def test_the_best_threshold_lies_between_two_scores() -> None:
    threshold, f1 = best_threshold(np.array([True, True, False]), np.array([0.9, 0.7, 0.3]))
    assert threshold == pytest.approx(0.5)
    assert f1 == 1.0


@pytest.mark.parametrize(
    ("a", "b", "score"),
    [
        ({"title": "x", "gtin": "4006381333931"}, {"title": "y", "ean": "4006381333931"}, BY_GTIN),
        (
            {"title": "cam", "brand": "Nikon", "modelno": "D3000"},
            {"title": "camera d-3000", "brand": "nikon"},
            BY_MODEL,
        ),
        (
            {"title": "cam D3000 kit", "brand": "Nikon"},
            {"title": "kit cam D3000", "brand": "Sony"},
            0,
        ),
        (
            {"title": "soft blue towel", "brand": "A"},
            {"title": "towel soft blue", "brand": "A"},
            BY_TITLE,
        ),
    ],
)
def test_rules(a: dict[str, object], b: dict[str, object], score: float) -> None:
    corpus = Corpus([record_of("a", a), record_of("b", b)])
    assert RuleScorer().score(corpus, np.array([(0, 1)])).tolist() == [score]
