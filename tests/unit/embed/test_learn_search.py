"""The search of hyperparameters by Optuna, and the contest of knowledge graph embeddings."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalograph.embed.facts import FactsConfig
from catalograph.embed.graph import AttentionConfig, GraphJobConfig
from catalograph.embed.jobs import JobContext
from catalograph.embed.kge import KgeConfig
from catalograph.embed.learn import ContestContext, facts_contest, graph_contest
from catalograph.embed.learn.progress_file import ProgressFile
from catalograph.embed.learn.window import JudgedWindow
from catalograph.ml.limits import Limits
from catalograph.ml.tuning import Choice, NumberSpan, search
from catalograph.settings import Settings
from catalograph.store import FactTable, GraphSnapshot, TrainingContents

SPACE: dict[str, NumberSpan | Choice] = {
    "rate": NumberSpan(0.001, 1.0),
    "layers": Choice((1, 2, 3)),
}
GROUPS, EACH = 4, 30
PRODUCTS = tuple(f"product:t:{n:03}" for n in range(GROUPS * EACH))


def find(folder: Path, trials: int, seen: list[Mapping[str, Any]]) -> dict[str, Any]:
    def objective(values: Mapping[str, Any]) -> float:
        seen.append(values)
        return float(-abs(np.log10(values["rate"]) + 1.0) - abs(values["layers"] - 2))

    return search(
        SPACE,
        objective,
        start={"rate": 0.5, "layers": 3},
        trials=trials,
        journal=folder / "search.journal",
        study="a",
        limits=Limits(),
    )


def test_a_search_begins_with_the_present_values_and_goes_on_where_it_was(tmp_path: Path) -> None:
    seen: list[Mapping[str, Any]] = []
    find(tmp_path, 5, seen)
    assert seen[0] == {"rate": 0.5, "layers": 3}
    assert len(seen) == 5
    best = find(tmp_path, 30, seen)
    assert len(seen) == 30
    assert best["layers"] == 2
    assert 0.03 < best["rate"] < 0.3
    assert find(tmp_path, 30, seen) == best
    assert len(seen) == 30


def snapshot() -> GraphSnapshot:
    """Products of four groups: brand, category and style agree; shoppers keep to a group."""
    n = len(PRODUCTS)
    heads = np.arange(n, dtype=np.int32)
    group = heads // EACH
    tables = {
        name: FactTable(heads, group.astype(np.int32), tuple(f"{tail}{g}" for g in range(GROUPS)))
        for name, tail in (
            ("HAS_BRAND", "brand:b"),
            ("IN_CATEGORY", "category:c"),
            ("HAS_VALUE:style", "value:style=s"),
        )
    }
    draw = np.random.default_rng(0)
    users = tuple(f"user:t:{u:03}" for u in range(80))
    pairs = sorted(
        {
            (u, int(u % GROUPS * EACH + item))
            for u in range(80)
            for item in draw.integers(0, EACH, 6)
        }
    )
    return GraphSnapshot(
        products=PRODUCTS,
        users=users,
        interaction_users=np.array([u for u, _ in pairs], np.int32),
        interaction_products=np.array([p for _, p in pairs], np.int32),
        facts=tables,
        parents=(),
        data_hash="hash",
        interaction_times=np.full(len(pairs), 1_700_000_000, np.int64),
    )


@pytest.fixture
def context(tmp_path: Path) -> ContestContext:
    jobs = JobContext(None, Settings(home=tmp_path))  # type: ignore[arg-type]
    vars(jobs)["snapshot"] = snapshot()
    return ContestContext(
        jobs=jobs,
        contents=TrainingContents(*[0] * len(TrainingContents.__dataclass_fields__)),
        champion=None,
        limits=Limits(),
        steps=ProgressFile.of(tmp_path, "kge", "data"),
    )


@pytest.mark.slow
def test_settings_of_the_embedding_are_judged_on_facts_that_were_held_out(
    context: ContestContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = FactsConfig(
        KgeConfig(model="distmult", dimension=32, learning_rate=1e-4, epochs=30), held_out=0.15
    )
    monkeypatch.setattr(FactsConfig, "of", lambda card: poor)
    monkeypatch.setattr(facts_contest, "_TRIALS", 4)
    found = facts_contest.judge_facts(context)
    assert found.comparison is not None
    assert (found.comparison.metric, found.comparison.rival) == ("mrr", "defaults")
    assert found.comparison.subjects > 50
    assert found.comparison.low > 0
    assert found.config.kge.learning_rate >= 0.01
    assert found.refresh == poor
    assert facts_contest.judge_facts(context) == found  # from the kept steps


@pytest.mark.slow
def test_settings_of_the_network_are_judged_on_the_last_days(
    context: ContestContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, now = snapshot(), datetime(2026, 1, 1, tzinfo=UTC)
    owned = {
        user: {PRODUCTS[p] for p in past.interaction_products[past.interaction_users == n]}
        for n, user in enumerate(past.users)
    }
    chosen = {
        user: tuple(key for key in PRODUCTS[n % GROUPS * EACH :][:EACH] if key not in owned[user])[
            :2
        ]
        for n, user in enumerate(past.users)
    }
    window = JudgedWindow(now - timedelta(days=1), now, 1, 0, True, chosen)
    tiny = AttentionConfig(dimension=32, epochs=4, validate_every=2, layers=1, seconds=60)
    monkeypatch.setattr(graph_contest, "choose_window", lambda *_: window)
    monkeypatch.setattr(graph_contest, "export_past", lambda *_: past)
    monkeypatch.setattr(GraphJobConfig, "of", lambda _: GraphJobConfig(tiny))
    monkeypatch.setattr(graph_contest, "_TRIALS", 2)
    found = graph_contest.judge_networks(context)
    assert found.comparison is not None
    assert found.comparison.subjects == 80
    assert found.comparison.challenger > 0.1
    assert found.protocol["judged_days"] == 1
    assert set(found.protocol["tuned"]) == set(graph_contest._SPACE)
