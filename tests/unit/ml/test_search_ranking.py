"""Features, click rates, models and the artefact of the second stage."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import erf

from catalograph.artefacts import artefact_folder, remove_artefacts
from catalograph.errors import NotPublishedError
from catalograph.ml.search_ranking.artefact import (
    SearchRanker,
    load_ranker,
    save_ranker,
)
from catalograph.ml.search_ranking.click_rates import (
    NO_CLICKS,
    Impression,
    estimate_click_rates,
)
from catalograph.ml.search_ranking.features import FEATURES, candidate_features, words_of
from catalograph.ml.search_ranking.models import LinearModel, StudentTowers, TreeEnsemble, _gelu
from catalograph.ml.search_ranking.serving import ArtefactRanker
from catalograph.schema.ranking import SearchCandidate

PHONE = SearchCandidate(
    "product:s:1", 0.9, 0.8, 1.0, 0.7, "Acme Red Phone", ("Acme",),
    ("colour red", "memory 64 gb"), ("category:electronics/phones",), 100.0, 10.0, 4,
)  # fmt: skip
CASE = SearchCandidate(
    "product:s:2", 0.5, 0.4, 0.5, None, "Phone cases", ("Zeta",), (),
    ("category:electronics/cases",), 10.0, None, 0,
)  # fmt: skip
KETTLE = SearchCandidate("product:s:3", 0.1, 0.0, 0.0, 0.1, "红色保温杯", price=1000.0)


def column(name: str, query: str) -> list[float]:
    found = candidate_features(query, [PHONE, CASE, KETTLE], NO_CLICKS)
    return [round(value, 4) for value in found[:, FEATURES.index(name)].tolist()]


def test_words_lose_a_plural_s_and_east_asian_runs_become_pairs() -> None:
    assert words_of("Phones of Glass, 64GB") == ["phone", "of", "glass", "64gb"]
    assert words_of("红色保温杯") == ["红色", "色保", "保温", "温杯"]


def test_features_tell_where_the_words_are() -> None:
    query = "acme phones red"
    assert column("meaning", query) == [0.7, 0.0, 0.1]
    assert column("title_covers", query) == [1.0, 0.3333, 0.0]
    assert column("title_focus", query) == [1.0, 0.5, 0.0]
    assert column("brand_named", query) == [1.0, 0.0, 0.0]
    assert column("values_cover", query) == [0.3333, 0.0, 0.0]
    assert column("categories_cover", query) == [0.3333, 0.0, 0.0]
    assert column("title_phrase", "red phone") == [1.0, 0.0, 0.0]
    assert column("title_covers", "红色保温杯") == [0.0, 0.0, 1.0]
    # An unknown value is neither high nor low.
    assert column("popularity", query) == [0.0, 0.0, 0.0]
    assert column("price", query)[0] == pytest.approx(0, abs=0.05)
    assert column("fact_consensus", query) == [0.3333, 0.3333, 0.0]
    assert candidate_features("x", [], NO_CLICKS).shape == (0, len(FEATURES))


def test_pagerank_is_compared_among_candidates_and_counts_nothing_without_a_version() -> None:
    ranked = [PHONE._replace(pagerank=4.0), CASE._replace(pagerank=0.5), KETTLE]
    found = candidate_features("x", ranked, NO_CLICKS)[:, FEATURES.index("pagerank")]
    assert found.tolist() == pytest.approx([1.0, -1.0, 0.0])
    assert column("pagerank", "x") == [0.0, 0.0, 0.0]


def test_clicks_count_by_how_often_a_place_is_looked_at() -> None:
    top = Impression("phone", "product:s:1", ("Acme",), 1.0, 0.0)
    low = Impression("phone", "product:s:2", ("Zeta",), 0.25, 0.0)
    shown = [top] * 40 + [low] * 40
    shown += [Impression("phone", "product:s:1", ("Acme",), 1.0, 1.0)] * 10
    shown += [Impression("phone", "product:s:2", ("Zeta",), 0.25, 1.0)] * 10
    rates = estimate_click_rates(shown)
    found = rates.features("phone", ["product:s:1", "product:s:2", "x"], [["Acme"], ["Zeta"], []])
    # 20 clicks of 62.5 looks; 10 of 50 and 10 of 12.5; two expected clicks are added to each.
    assert found[0] == pytest.approx([np.log(12 / 18)] * 4)
    assert found[1] == pytest.approx([np.log(12 / 6)] * 4)
    assert found[2].tolist() == [0.0] * 4
    assert estimate_click_rates([top]) is NO_CLICKS


def stump() -> TreeEnsemble:
    return TreeEnsemble(
        features=np.array([[3, 0, 0]], np.int16),
        thresholds=np.array([[0.5, 0.0, 0.0]]),
        left=np.array([[1, 1, 2]], np.int16),
        right=np.array([[2, 1, 2]], np.int16),
        values=np.array([[0.0, -1.0, 2.0]]),
        depth=1,
    )


def test_trees_send_each_row_to_its_leaf() -> None:
    rows = np.zeros((3, 5))
    rows[:, 3] = [0.4, 0.5, 0.6]
    assert stump().score(rows).tolist() == [-1.0, -1.0, 2.0]


def test_the_student_tower_computes_what_torch_would() -> None:
    x = np.linspace(-4, 4, 81, dtype=np.float32)
    assert np.abs(_gelu(x) - x * (1 + erf(x / np.sqrt(2))) / 2).max() < 1e-6


def towers() -> StudentTowers:
    eye = np.eye(2, dtype=np.float32)
    return StudentTowers(
        np.array(["product:s:1", "product:s:2"]),
        np.array([[1, 0], [0, 1]], np.float16),
        eye, np.zeros(2, np.float32), 0 * eye, np.zeros(2, np.float32),
    )  # fmt: skip


def test_a_product_that_the_student_does_not_know_scores_nothing() -> None:
    scores = towers().score([3.0, 4.0], ["product:s:2", "product:s:9", "product:s:1"])
    assert scores == pytest.approx([0.8, 0.0, 0.6])
    assert towers().score(None, ["product:s:1"]).tolist() == [0.0]


def by_student() -> SearchRanker:
    weights = np.zeros(len(FEATURES))
    weights[FEATURES.index("student")] = 1.0
    return SearchRanker("linear with student", "linear", LinearModel(weights), NO_CLICKS, towers())


def test_an_artefact_ranks_as_it_did_before_it_was_saved(tmp_path: Path) -> None:
    candidates, vector = [PHONE, CASE, KETTLE], [3.0, 4.0]
    before = by_student().score("phone", vector, candidates)
    saved = save_ranker(tmp_path, "model:ranker:3", by_student())
    assert artefact_folder(tmp_path, "model:ranker:3") == tmp_path / "ranker" / "3"
    ranker = ArtefactRanker(tmp_path)
    assert ranker.rank("model:ranker:3", saved, "phone", vector, candidates) == before.tolist()
    tree = SearchRanker("trees", "trees", stump(), NO_CLICKS)
    kept = load_ranker(tmp_path, "model:ranker:4", save_ranker(tmp_path, "model:ranker:4", tree))
    assert kept.score("x", None, candidates).tolist() == [2.0, -1.0, -1.0]
    remove_artefacts(tmp_path, "ranker", {"model:ranker:4"})
    assert [folder.name for folder in (tmp_path / "ranker").iterdir()] == ["4"]


@pytest.mark.parametrize("damage", ["missing", "foreign", "changed", "cut"])
def test_an_artefact_that_is_not_the_published_one_is_refused(damage: str, tmp_path: Path) -> None:
    saved = save_ranker(tmp_path, "model:ranker:1", by_student())
    folder = artefact_folder(tmp_path, "model:ranker:1")
    if damage == "missing":
        (folder / "artefact.json").unlink()
    elif damage == "foreign":
        saved = "0" * 64
    elif damage == "changed":
        np.save(folder / "model_weights.npy", np.ones(len(FEATURES)))
    else:
        (folder / "clicks_rates.npy").write_bytes(b"")
    ranker = ArtefactRanker(tmp_path)
    for _ in range(2):  # the second time without a look at the files
        with pytest.raises(NotPublishedError, match="cannot be used"):
            ranker.rank("model:ranker:1", saved, "phone", None, [PHONE])
