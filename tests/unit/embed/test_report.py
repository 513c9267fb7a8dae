"""The report on a model: what its sections tell, that the page is whole and safe."""

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.embed.recommend import KGEaseConfig, RecommendData, RelationFacts, incidence
from catalograph.embed.report import charts, sections
from catalograph.embed.report.ablation import measure_ablation
from catalograph.embed.report.dimensionality_reduction import sample, two_dimensions
from catalograph.embed.report.page import Section, Table, render
from catalograph.embed.report.published_results import published_on
from catalograph.errors import EvaluationDataError
from catalograph.store import PublishedModel


def model(**metrics: Any) -> PublishedModel:
    return PublishedModel(
        key="model:kge/1",
        kind="kge",
        version=1,
        live=True,
        slot="a",
        index=None,
        dimension=4,
        parts=(),
        config={"algorithm": "ComplEx"},
        data_hash="ab12",
        metrics=metrics,
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        seconds=5.0,
    )


def evaluation(tmp_path: Path, body: object) -> Path:
    file = tmp_path / "rows.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return file


def test_a_page_escapes_what_is_told_and_keeps_charts() -> None:
    chart = charts.bars({"a<b": 0.5}, "share")
    told = Section("<script>", ["a & b"], [chart], [Table(("name", "n"), [("<i>", 1_200)])])
    page = render("<title>", "lead", [told])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &amp; b" in page
    assert "1,200" in page
    assert page.count("<svg") == 1
    assert "a&lt;b" in page


def test_a_page_loads_nothing_from_elsewhere() -> None:
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([v or "" for name, v in attrs if name in {"src", "href", "xlink:href"}])

    places = np.random.default_rng(0).normal(size=(40, 2))
    drawn = charts.embedding_map(places, ["a", "b"] * 20)
    Links().feed(render("t", "l", [Section("Map", charts=[drawn])]))
    assert found
    assert all(link.startswith(("#", "data:")) for link in found)


def test_equal_charts_are_equal_texts() -> None:
    assert charts.bars({"a": 1.0}, "x") == charts.bars({"a": 1.0}, "x")


def test_numbers_of_a_table_stand_to_the_right_also_beside_gaps() -> None:
    table = Table(("model", "mrr", "note"), [("a", 0.123456, "x"), ("b", "", "")])
    assert table.numeric == [False, True, False]
    assert table.rows == [["a", "0.1235", "x"], ["b", "", ""]]


def test_quality_leaves_out_what_has_a_section_of_its_own() -> None:
    told = sections.quality_section(
        model(mrr=0.3, text={"mrr": 0.1}, history=[{"epoch": 1}], name="x")
    )
    assert told is not None
    assert told.tables[0].cells == [("mrr", 0.3), ("text/mrr", 0.1)]
    assert sections.quality_section(model()) is None


def test_learning_curves_draw_each_metric_that_changes() -> None:
    history = [{"epoch": n, "seconds": 2.0 * n, "loss": 1 / n, "mrr": n / 10} for n in (1, 2, 3)]
    told = sections.learning_curves(model(history=history))
    assert told is not None
    assert told.texts == ["3 epochs in 6 s."]
    assert len(told.charts) == 2
    assert sections.learning_curves(model()) is None


def test_an_evaluation_stands_beside_what_is_published_on_the_same_data(tmp_path: Path) -> None:
    rows = [{"model": "complex", "metrics": {"mrr": 0.5, "hits@1": 0.4}}]
    file = evaluation(
        tmp_path, {"command": "eval link", "data": "somewhere/FB15k-237", "rows": rows}
    )
    told = sections.evaluation(file)
    known = published_on("FB15k-237")
    assert known is not None
    assert told.title == "eval link on FB15k-237"
    names = [row[0] for row in told.tables[0].cells]
    assert names == [*(row.system for row in known.rows), "complex"]
    assert all(row.source for row in known.rows)


@pytest.mark.parametrize("body", ["[", {}, {"command": "c", "data": "d", "rows": []}])
def test_a_file_that_is_no_evaluation_is_refused_by_name(tmp_path: Path, body: object) -> None:
    file = evaluation(tmp_path, body)
    with pytest.raises(EvaluationDataError, match=r"rows\.json .*--json"):
        sections.evaluation(file)


def test_calibration_tells_the_expected_error() -> None:
    """A gap of 0.1 over 30 of 40."""
    bins = {"supposed": [0.2, 0.8], "true": [0.3, 0.8], "counts": [30.0, 10.0]}
    assert "0.0750 over 40" in sections.calibration(bins).texts[0]


def test_the_worth_of_a_relation_is_what_is_lost_without_it() -> None:
    """Facts that name the taste of an item help; a relation without meaning does not."""
    rng = np.random.default_rng(3)
    users, items, tastes = 80, 40, 4
    pairs = [(u, tastes * n + u % tastes) for u in range(users) for n in rng.permutation(10)[:3]]
    rows, columns = np.array(pairs).T
    numbers = np.arange(items)
    data = RecommendData(
        train=incidence(rows, columns, (users, items)),
        relations={
            "MADE_BY": RelationFacts(incidence(numbers, numbers % tastes, (items, tastes))),
            "NOISE": RelationFacts(incidence(numbers, rng.permutation(items) % 5, (items, 5))),
        },
    )
    worth = measure_ablation(data, KGEaseConfig(lambda_=5.0, other_weight=5.0), seed=1)
    assert worth is not None
    assert list(worth.ablation) == ["full", "shuffled", "none"]
    assert worth.ablation["full"]["ndcg@10"] > worth.ablation["none"]["ndcg@10"]
    assert worth.relations["MADE_BY"] > max(0.0, worth.relations["NOISE"])


def test_nothing_is_measured_where_nothing_can_be_held_out() -> None:
    pairs = np.arange(5)
    data = RecommendData(train=incidence(pairs, pairs, (5, 5)))
    assert measure_ablation(data, KGEaseConfig(), seed=0) is None


def test_a_sample_is_sorted_bounded_and_repeatable() -> None:
    first = sample(100, 10)
    assert len(first) == 10
    assert (np.diff(first) > 0).all()
    assert (first == sample(100, 10)).all()
    assert (sample(3, 10) == [0, 1, 2]).all()


@pytest.mark.parametrize(("count", "width"), [(1, 8), (5, 1), (20, 8), (120, 8)])
def test_any_number_of_vectors_is_laid_out_in_two_dimensions(count: int, width: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(count, width))
    places = two_dimensions(vectors)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert (places == two_dimensions(vectors)).all()
