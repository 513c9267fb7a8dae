"""Proposed mappings beside the right ones, on feeds made up here and in `mapping_cases`."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from catalograph.errors import EvaluationDataError
from catalograph.evaluation.mapping import (
    MappingCase,
    MappingScore,
    compare_mappings,
    evaluate_mapping,
    find_cases,
)
from catalograph.evaluation.mapping_records import read_records
from catalograph.ingest.mapping import parse_mapping
from catalograph.settings import Settings, load_settings

CASES = Path(__file__).parents[2] / "mapping_cases"
NAMES = sorted(f.relative_to(CASES).with_suffix("").as_posix() for f in CASES.rglob("*.yaml"))

# The floors below which no change may bring the proposer, measured on CASES.
LEAST_FIELDS_RIGHT = 0.95
LEAST_REFUSALS_RIGHT = 1.0

CATALOGUE = (
    "sku,label,name,cost,colour\n"
    "A1,cup,Cup red,4.50,red\n"
    "A2,cup,Cup blue,4.75,blue\n"
    "A3,jug,Jug,,green\n"
    "A4,jug,Jug large,9,\n"
)
RIGHT = "kind: catalog\nsource: shop\nid: sku\ntitle: name\nprice: cost\n"
REVIEWS = "number,item,who,text\n1,A1,ann,Fine\n2,A1,bob,Bad\n3,A2,ann,Good\n"
RIGHT_REVIEWS = "kind: reviews\nsource: shop\nid: number\nproduct: item\nuser: who\ntext: text\n"


@pytest.fixture
def settings() -> Settings:
    return load_settings(user_secret=SecretStr("secret of the tests"))


def case_of(folder: Path, feed: str, right: str) -> MappingCase:
    (folder / "shop.csv").write_text(feed, encoding="utf-8")
    (folder / "shop.csv.yaml").write_text(right, encoding="utf-8")
    (case,) = find_cases(folder)
    return case


def compare(
    folder: Path, settings: Settings, proposal: str, feed: str = CATALOGUE, right: str = RIGHT
) -> MappingScore:
    case = case_of(folder, feed, right)
    return compare_mappings(case, parse_mapping(proposal, "proposal"), settings)


def test_the_right_mapping_has_no_fault(tmp_path: Path, settings: Settings) -> None:
    score = compare(tmp_path, settings, RIGHT.replace("source: shop", "source: other"))
    assert set(score.fields) == {"id", "title", "price"}
    assert (score.wrong, score.losses, score.extra, score.rejected) == ({}, (), (), 0)


def test_another_column_is_wrong_and_a_further_one_is_extra(
    tmp_path: Path, settings: Settings
) -> None:
    proposal = RIGHT.replace("title: name", "title: sku") + (
        "attributes:\n  - {column: colour, attribute: colour}\n"
    )
    score = compare(tmp_path, settings, proposal)
    assert score.wrong == {"title": "row 2: A1, expected Cup red"}
    assert score.extra == ("attribute colour",)
    assert score.losses == ()


def test_rows_of_one_key_are_lost_unless_a_warning_names_the_key(
    tmp_path: Path, settings: Settings
) -> None:
    case = case_of(tmp_path, CATALOGUE, RIGHT)
    proposal = parse_mapping(RIGHT.replace("id: sku", "id: label"), "proposal")
    losses = compare_mappings(case, proposal, settings).losses
    assert losses == (
        "row 2 is replaced by a later row of the same key",
        "row 3 belongs to product:shop:cup, not product:shop:A2",
        "row 4 is replaced by a later row of the same key",
        "row 5 belongs to product:shop:jug, not product:shop:A4",
    )
    said = ("2 of 4 rows have a 'label' that another row has.",)
    assert compare_mappings(case, proposal, settings, said).losses == ()
    about_another = ("The currency of 'cost' is not known.",)
    assert compare_mappings(case, proposal, settings, about_another).losses == losses


def test_of_an_id_of_several_columns_only_equality_counts(
    tmp_path: Path, settings: Settings
) -> None:
    right = RIGHT.replace("id: sku", "id: [label, name]")
    other_order = right.replace("[label, name]", "[name, colour, label]")
    assert compare(tmp_path, settings, other_order, right=right).losses == ()
    merging = right.replace("[label, name]", "[label, label]")
    score = compare(tmp_path, settings, merging, right=right)
    assert "id" in (score.wrong or {})
    assert len(score.losses) == 2


def test_a_value_without_a_rejection_is_dropped_silently(
    tmp_path: Path, settings: Settings
) -> None:
    feed = CATALOGUE.replace("name,cost", "name,cost,offer").replace(",4.50,", ",4.50,,")
    feed = feed.replace(",4.75,", ",4.75,4.25,").replace("Jug,,", "Jug,,,")
    feed = feed.replace("large,9,", "large,9,none left,")
    score = compare(tmp_path, settings, RIGHT.replace("price: cost", "price: offer"), feed)
    # The text in the last row is rejected, which the report of an ingest shows.
    assert score.losses == ("row 2: price 4.5 is dropped",)


def test_a_review_of_another_product_is_lost(tmp_path: Path, settings: Settings) -> None:
    proposal = "kind: reviews\nsource: shop\nproduct: number\nuser: who\ntext: text\n"
    score = compare(tmp_path, settings, proposal, REVIEWS, RIGHT_REVIEWS)
    assert set(score.wrong or {}) == {"id", "product"}
    assert score.losses[0] == "row 2 belongs to product:shop:1, not product:shop:A1"
    assert len(score.losses) == 3


def test_a_rejected_row_is_counted_and_not_silent(tmp_path: Path, settings: Settings) -> None:
    score = compare(tmp_path, settings, RIGHT.replace("title: name", "title: colour"))
    assert (score.rejected, score.losses) == (1, ())


def test_an_error_must_name_what_the_case_says(tmp_path: Path) -> None:
    case = case_of(tmp_path, CATALOGUE, "kind: catalog\nrefuse: [title, [cost, price]]\n")
    assert case.refuse == (("title",), ("cost", "price"))
    assert MappingScore(case, error="No Title; 'cost' holds numbers.").is_refused_rightly
    assert not MappingScore(case, error="No title.").is_refused_rightly
    assert not MappingScore(case).is_refused_rightly


@pytest.mark.parametrize(
    ("feed", "right", "part"),
    [
        (None, None, "holds no case"),
        (None, RIGHT, "there is no file"),
        (CATALOGUE, "kind: recipes\nrefuse: [title]\n", "one of catalog, reviews, events"),
        (CATALOGUE, "kind: catalog\nrefuse: title\n", "a list of words"),
    ],
)
def test_faults_of_cases(tmp_path: Path, feed: str | None, right: str | None, part: str) -> None:
    if feed is not None:
        (tmp_path / "shop.csv").write_text(feed, encoding="utf-8")
    if right is not None:
        (tmp_path / "shop.csv.yaml").write_text(right, encoding="utf-8")
    with pytest.raises(EvaluationDataError, match=part):
        find_cases(tmp_path)


def test_rows_of_results(tmp_path: Path) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    case_of(folder, CATALOGUE, RIGHT)
    (tmp_path / "stock.csv").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "stock.csv.yaml").write_text("kind: catalog\nrefuse: [x]\n", encoding="utf-8")
    rows = {(row.config["by"], row.config["name"]): row for row in evaluate_mapping(tmp_path)}
    assert list(rows) == [
        ("all", "all"),
        ("language", "en"),
        ("kind", "catalog"),
        ("case", "en/shop.csv"),
        ("case", "stock.csv"),
    ]
    assert rows["all", "all"].metrics["refusals_right"] == 0
    assert "refusals_right" not in rows["language", "en"].metrics
    (only,) = [r for r in evaluate_mapping(tmp_path, "stock") if r.config["by"] == "case"]
    assert only.config["should_refuse"] == [("x",)]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_mapping_of_a_case_reads_all_it_should(name: str, settings: Settings) -> None:
    (case,) = find_cases(CASES, name)
    if case.mapping is None:
        assert case.refuse
        return
    reading = read_records(case.feed, case.mapping, settings)
    assert reading.records
    assert (reading.rejected, len(reading.records)) == (set(), len(reading.built))


def test_proposals_lose_nothing_silently() -> None:
    rows = evaluate_mapping(CASES)
    total = rows[0].metrics
    assert {
        row.config["name"]: row.config["losses"] for row in rows if "losses" in row.config
    } == {}
    assert total["fields_right"] >= LEAST_FIELDS_RIGHT
    assert total["refusals_right"] >= LEAST_REFUSALS_RIGHT
