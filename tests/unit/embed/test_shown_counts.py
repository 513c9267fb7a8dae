"""Counts of searches add up, whoever counted them, and the click model reads nothing else."""

from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.event_counts import SearchColumns, count_searches
from catalograph.embed.further_counts import read_search_counts
from catalograph.embed.search_ranking.lists import ShownList
from catalograph.embed.search_ranking.propensity import estimate_propensities
from catalograph.embed.search_ranking.shown_counts import FurtherSearches, ShownCounts
from catalograph.embed.search_ranking.training import RankerConfig, train_search_ranker
from catalograph.errors import EmbedError
from catalograph.ml.search_ranking.click_rates import ClickRates, estimate_click_rates
from tests.unit.embed.test_search_ranking import LOOKED, SHOWN, simulate

LISTS = simulate(searches=400, queries=12)


def further(lists: list[ShownList], counts: ShownCounts | None = None) -> FurtherSearches:
    """Return lists as they are known where they are not in the graph."""
    base = {
        (one.query, key): row for one in lists for key, row in zip(one.keys, one.base, strict=True)
    }
    brands = {key: own for one in lists for key, own in zip(one.keys, one.brands, strict=True)}
    return FurtherSearches(counts or ShownCounts.of(lists), base, brands)


def rates(counts: ShownCounts) -> ClickRates:
    return estimate_click_rates(counts.impressions(LOOKED, further(LISTS).brands))


@pytest.mark.parametrize("number", [1, 2, 3, 7, 16])
def test_partitions_add_up_to_the_whole_log(number: int) -> None:
    parts = [ShownCounts.of(LISTS[part::number]) for part in range(number)]
    total, whole = reduce(add, parts), ShownCounts.of(LISTS)
    assert total.digest == whole.digest
    assert total.n_lists == len(LISTS)
    assert int(total.shown.sum()) == SHOWN * len(LISTS)
    none: list[ShownList] = []
    np.testing.assert_allclose(
        estimate_propensities(none, further(LISTS, total)), estimate_propensities(LISTS), atol=1e-9
    )
    np.testing.assert_allclose(rates(total).rates, rates(whole).rates, atol=1e-9)
    # List by list, as a single pass would, without counts.
    each = (shown for one in LISTS for shown in one.impressions(LOOKED))
    found = estimate_click_rates(each)
    assert found.hashes.tolist() == rates(total).hashes.tolist()
    np.testing.assert_allclose(found.rates, rates(total).rates, atol=1e-6)  # which are float32


def test_lists_elsewhere_count_as_those_of_the_graph() -> None:
    near, far = LISTS[:150], LISTS[150:]
    np.testing.assert_allclose(
        estimate_propensities(near, further(far)), estimate_propensities(LISTS), atol=1e-9
    )


def test_the_ranker_learns_places_and_click_rates_from_lists_elsewhere() -> None:
    # The graph's own lists all have one order, which tells nothing of places.
    own = simulate(searches=300, queries=30, shuffled=False)
    elsewhere = simulate(searches=6_000, queries=30)
    config = RankerConfig(student=False)
    trained = train_search_ranker(own, config, further=further(elsewhere))
    found = list(trained.metrics["propensities"].values())
    assert np.abs(np.array(found) - LOOKED).max() < 0.05
    assert trained.counts["counted elsewhere"] == 6_000
    assert trained.ranker is not None
    alone = train_search_ranker(own, config)
    assert alone.ranker is not None
    assert len(trained.ranker.clicks.hashes) > len(alone.ranker.clicks.hashes)


def test_presumed_places_count_for_rates_and_not_for_places() -> None:
    presumed = [replace(one, presumed=True) for one in LISTS]
    counts = ShownCounts.of(presumed)
    assert len(counts.with_known_places().shown) == 0
    assert rates(counts).rates.any()
    both = counts + ShownCounts.of(LISTS)
    assert int(both.with_known_places().shown.sum()) == SHOWN * len(LISTS)


def write_parts(folder: Path, lists: list[ShownList], parts: int) -> None:
    """Write a row for each product shown, and a second row for each response, places from 1."""
    for part in range(parts):
        rows = [
            (f"list {number}", one.query, key.rpartition(":")[2], int(place) + 1, response)
            for number, one in enumerate(lists)
            if number % parts == part
            for key, place, gain in zip(one.keys, one.places, one.gains, strict=True)
            for response in ([None, "click"] if gain else [None])
        ]
        names = ("list_id", "query", "product_id", "position", "response")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), folder / f"{part}.parquet")


def test_duckdb_counts_what_the_lists_say_in_one_table_or_in_parts(tmp_path: Path) -> None:
    write_parts(tmp_path, LISTS, 3)
    expected = ShownCounts.of(LISTS)
    whole = count_searches(str(tmp_path / "*.parquet"), source="s", first=1)
    assert whole.digest == expected.digest
    runner = CliRunner()
    for part in range(3):
        command = ["embed", "count-searches", str(tmp_path / f"{part}.parquet"), "--source", "s"]
        output = tmp_path / "counts" / f"{part}.npz"
        done = runner.invoke(
            app, [*command, "--first-place", "1", "--output", str(output), "--json"]
        )
        assert done.exit_code == 0, done.output
    total = read_search_counts(tmp_path / "counts")
    assert total is not None
    assert total.digest == expected.digest
    assert read_search_counts(tmp_path / "none") is None


def test_the_best_response_counts_once_and_unknown_ones_not_at_all(tmp_path: Path) -> None:
    rows = {
        "list": [1, 1, 1, 1, 2],
        "words": ["tea"] * 5,
        "item": ["a", "a", "b", "c", "a"],
        "at": [0, 0, 1, 90, 1],
        "did": ["click", "PURCHASE", "hover", None, "cart"],
    }
    pq.write_table(pa.table(rows), tmp_path / "lists.parquet")
    columns = SearchColumns("list", "words", "item", "at", "did")
    found = count_searches(str(tmp_path / "lists.parquet"), columns)
    told = zip(found.pairs, found.places.tolist(), found.numbers.tolist(), strict=True)
    assert {(key, place): numbers for (_, key), place, numbers in told} == {
        ("a", 0): [1, 1, 3],
        ("a", 1): [1, 1, 2],
        ("b", 1): [1, 0, 0],
        ("c", 49): [1, 0, 0],  # later places count as the last
    }
    assert found.n_lists == 2


def test_unreadable_tables_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(EmbedError, match="cannot be counted"):
        count_searches(str(tmp_path / "none.parquet"))
    file = tmp_path / "damaged.npz"
    file.write_bytes(b"no archive")
    with pytest.raises(EmbedError, match="holds no counts of searches"):
        ShownCounts.load(file)
