"""Counts of shoppers add up, whoever counted them, and KG-EASE reads nothing else of them."""

import csv
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.event_counts import count_events
from catalograph.embed.further_counts import read_further_counts
from catalograph.embed.preference import PreferenceConfig, learn_preferences
from catalograph.embed.recommend import (
    KGEaseConfig,
    RecommendData,
    RelationFacts,
    fit_kg_ease,
    incidence,
    strongest_edges,
)
from catalograph.embed.recommend.counts import PairCounts, limit_interactions
from catalograph.embed.recommend.matrices import Csr, row_of_entry
from catalograph.embed.recommend.sparse import fit_sparse_kg_ease
from catalograph.errors import EmbedError, EvaluationDataError
from catalograph.store import FactTable, GraphSnapshot

USERS, ITEMS = 300, 40
KEYS = tuple(f"product:t:{n:02}" for n in range(ITEMS))
CONFIG = KGEaseConfig(5.0, {"brand": 2.0}, dtype="float64")


def choices(seed: int = 0) -> Csr:
    """Users who choose some of ten neighbouring items."""
    rng = np.random.default_rng(seed)
    users = np.repeat(np.arange(USERS), 5)
    items = (users * 7 + rng.integers(10, size=len(users))) % ITEMS
    return incidence(users, items, (USERS, ITEMS))


def facts() -> dict[str, RelationFacts]:
    items = np.arange(ITEMS)
    return {"brand": RelationFacts(incidence(items, items // 4, (ITEMS, ITEMS // 4)))}


def partitions(train: Csr, number: int) -> list[PairCounts]:
    part = np.random.default_rng(1).integers(number, size=USERS)
    return [PairCounts.of(sp.csr_array(train[part == n]), KEYS) for n in range(number)]


@pytest.mark.parametrize("number", range(1, 17))
def test_partitions_add_up_to_the_whole_and_give_the_same_weights(number: int) -> None:
    train = choices()
    total = reduce(add, partitions(train, number))
    whole = PairCounts.of(train, KEYS)
    assert total.keys == KEYS
    assert total.n_shoppers == USERS
    assert abs(total.pairs - whole.pairs).max() == 0
    nobody = RecommendData(incidence(np.array([], int), np.array([], int), (0, ITEMS)), facts())
    summed = replace(nobody, others=total.place(KEYS))
    data = RecommendData(train, facts())
    np.testing.assert_allclose(
        fit_kg_ease(summed, CONFIG).weights, fit_kg_ease(data, CONFIG).weights, atol=1e-9, rtol=0
    )
    found = fit_sparse_kg_ease(nobody, CONFIG, interactions=total.place(KEYS), neighbours=15)
    expected = fit_sparse_kg_ease(data, CONFIG, neighbours=15)
    np.testing.assert_allclose(
        found.weights.toarray(), expected.weights.toarray(), atol=1e-9, rtol=0
    )


def test_counts_of_different_products_are_matched_by_key() -> None:
    first = PairCounts.of(incidence(np.array([0, 0]), np.array([0, 1]), (1, 2)), ("b", "a"))
    second = PairCounts.of(incidence(np.array([0, 0]), np.array([0, 1]), (1, 2)), ("b", "c"))
    total = first + second
    assert total.keys == ("a", "b", "c")
    assert total.pairs.toarray().tolist() == [[1, 1, 0], [1, 2, 1], [0, 1, 1]]
    assert total.place(("c", "unknown", "b")).toarray().tolist() == [
        [1, 0, 1],
        [0, 0, 0],
        [1, 0, 2],
    ]


def test_keys_are_one_a_product() -> None:
    with pytest.raises(EmbedError, match="one key a product"):
        PairCounts(("a", "a"), sp.csr_array((2, 2), dtype=np.int64), 0)
    with pytest.raises(EvaluationDataError, match="further users"):
        RecommendData(choices(), others=sp.csr_array((2, 2), dtype=np.int64))


def test_a_file_gives_the_same_counts_back_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    counts = PairCounts.of(choices(), KEYS)
    counts.save(tmp_path / "some" / "counts.npz")
    again = PairCounts.load(tmp_path / "some" / "counts.npz")
    assert again.digest == counts.digest
    assert abs(again.pairs - counts.pairs).max() == 0
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    for name in ("broken.npz", "missing.npz"):
        with pytest.raises(EmbedError, match="holds no counts"):
            PairCounts.load(tmp_path / name)


def test_a_limit_keeps_so_many_of_the_choices_of_each_shopper() -> None:
    train = choices()
    limited = limit_interactions(train, 2, seed=4)
    assert np.diff(limited.indptr).max() == 2
    assert (np.diff(limited.indptr) == np.minimum(np.diff(train.indptr), 2)).all()
    assert limited.multiply(train).nnz == limited.nnz
    assert abs(limit_interactions(train, ITEMS) - train).nnz == 0


def test_several_processes_find_what_one_finds() -> None:
    data = RecommendData(choices(), facts())
    alone = fit_sparse_kg_ease(data, CONFIG, neighbours=15)
    together = fit_sparse_kg_ease(data, CONFIG, neighbours=15, processes=2)
    assert len(alone.systems) > 2
    np.testing.assert_array_equal(together.weights.toarray(), alone.weights.toarray())
    parts = strongest_edges(together, 10).parts
    np.testing.assert_array_equal(parts, strongest_edges(alone, 10).parts)


def test_the_sparse_form_heeds_the_weights_of_users() -> None:
    data, config = RecommendData(choices(), facts()), replace(CONFIG, user_power=0.5)
    sparse = fit_sparse_kg_ease(data, config, neighbours=ITEMS)
    np.testing.assert_allclose(
        sparse.weights.toarray(), fit_kg_ease(data, config).weights, atol=1e-9
    )


def snapshot(train: Csr) -> GraphSnapshot:
    items = np.arange(ITEMS, dtype=np.int32)
    return GraphSnapshot(
        products=KEYS,
        users=tuple(f"user:t:{n:03}" for n in range(train.shape[0])),
        interaction_users=row_of_entry(train).astype(np.int32),
        interaction_products=train.indices.astype(np.int32),
        facts={"HAS_BRAND": FactTable(items, items // 4, tuple(f"brand:{n}" for n in range(10)))},
        parents=(),
        data_hash="hash",
    )


@pytest.mark.parametrize("dense", [True, False])
def test_the_job_learns_from_shoppers_outside_the_graph_as_from_those_in_it(dense: bool) -> None:
    train = choices()
    config = PreferenceConfig(
        dense_products=1_000 if dense else 10, tuned_products=1, validated_products=1
    )
    own, others = sp.csr_array(train[:100]), sp.csr_array(train[100:])
    pooled = learn_preferences(snapshot(train), config).edges
    found = learn_preferences(
        snapshot(own), config, others=PairCounts.of(others, KEYS).place(KEYS)
    ).edges
    np.testing.assert_array_equal(found.sources, pooled.sources)
    np.testing.assert_array_equal(found.targets, pooled.targets)
    np.testing.assert_allclose(found.weights, pooled.weights, atol=1e-5)
    np.testing.assert_array_equal(found.shoppers, pooled.shoppers)


def write_events(folder: Path, train: Csr) -> None:
    """Write each interaction twice, a half of the shoppers in Parquet, the others in CSV."""
    users, items = row_of_entry(train), train.indices
    for name, some in (("a.parquet", users < USERS // 2), ("b.csv", users >= USERS // 2)):
        rows = {
            "who": [f"u{user}" for user in np.tile(users[some], 2)],
            "what": [f"{item:02}" for item in np.tile(items[some], 2)],
        }
        if name.endswith("parquet"):
            pq.write_table(pa.table(rows), folder / name)
            continue
        with (folder / name).open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(rows)
            writer.writerows(zip(*rows.values(), strict=True))


def test_duckdb_counts_a_table_and_parts_of_it_alike(tmp_path: Path) -> None:
    train = choices()
    write_events(tmp_path, train)
    parts = [
        count_events(str(tmp_path / name), shopper="who", product="what", source="t")
        for name in ("a.parquet", "b.csv")
    ]
    total, expected = parts[0] + parts[1], PairCounts.of(train, KEYS)
    assert total.n_shoppers == USERS
    assert abs(total.place(KEYS) - expected.pairs).max() == 0
    limited = count_events(str(tmp_path / "a.parquet"), shopper="who", product="what", most=2)
    assert limited.pairs.sum() <= 4 * limited.n_shoppers
    assert limited.pairs.diagonal().sum() == 2 * limited.n_shoppers
    with pytest.raises(EmbedError, match="nobody"):
        count_events(str(tmp_path / "a.parquet"), shopper="nobody", product="what")


def test_the_command_keeps_counts_where_the_job_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    write_events(tmp_path, choices())
    assert read_further_counts(tmp_path / "home" / "counts", KEYS) is None
    for name in ("a.parquet", "b.csv"):
        columns = ["--shopper", "who", "--product", "what", "--source", "t"]
        command = ["embed", "count-events", str(tmp_path / name), *columns]
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        assert "150 shoppers" in result.output
    found = read_further_counts(tmp_path / "home" / "counts", KEYS)
    assert found is not None
    assert found.n_shoppers == USERS
    assert abs(found.matrix - PairCounts.of(choices(), KEYS).pairs).max() == 0


def test_edges_of_a_sum_have_parts_that_add_up() -> None:
    data = RecommendData(choices()[:50], facts(), others=PairCounts.of(choices(), KEYS).place(KEYS))
    edges = strongest_edges(fit_sparse_kg_ease(data, CONFIG, neighbours=15), 10)
    assert edges.part_names == ("interactions", "brand")
    np.testing.assert_allclose(edges.parts.sum(axis=1), edges.weight, atol=1e-12)
