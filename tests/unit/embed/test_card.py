"""Model cards as Markdown, and runs in a real MLflow database."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalograph.embed.card import choose_model, render_card
from catalograph.embed.tracking import tracker
from catalograph.errors import MissingExtraError, NotPublishedError
from catalograph.settings import EmbedSettings
from catalograph.store import PublishedModel

pytestmark = pytest.mark.slow

MODEL = PublishedModel(
    key="model:structure:2",
    kind="structure",
    version=2,
    live=True,
    slot="b",
    index="product_structure_embedding_b",
    dimension=128,
    parts=(),
    config={"algorithm": "FastRP", "dimension": 128, "tuned": {"lambda": 0.25}},
    data_hash="0a1b",
    metrics={
        "embedded": 1200,
        "mrr": 0.123456789,
        "history": [{"epoch": 1, "loss": 2.5}, {"epoch": 2, "loss": 1.5}],
    },
    created=datetime(2026, 5, 4, 3, 2, tzinfo=UTC),
    seconds=12.345,
    purpose="Finding products that stand alike.",
    limits=("Titles play no part.",),
    counts={"products": 1234, "facts HAS_BRAND": 1200},
    versions={"neo4j": "5.26.30"},
    property="structure_embedding_b",
    written=1230,
    skipped={"zero": 4, "non_finite": 0, "wrong_length": 1},
)
OLDER = replace(MODEL, key="model:structure:1", version=1, live=False, slot="a")
OTHER = replace(MODEL, key="model:text:7", kind="text", version=7)
ALL = [OLDER, MODEL, OTHER]

CARD = """\
# Model card: structure, version 2

Finding products that stand alike.

## What it is

| | |
|---|---|
| key | model:structure:2 |
| state | live |
| made | 2026-05-04 03:02 UTC, in 12.3 s |
| node property | structure_embedding_b |
| dimension | 128 |
| written | 1,230 |
| not taken | 4 zero, 1 wrong length |

## Data

| | |
|---|---|
| products | 1,234 |
| facts HAS_BRAND | 1,200 |
| hash of the data | 0a1b |

## Configuration

| | |
|---|---|
| algorithm | FastRP |
| dimension | 128 |

## Found by tuning

| | |
|---|---|
| lambda | 0.25 |

## Metrics

| | |
|---|---|
| embedded | 1,200 |
| mrr | 0.123457 |
| history | 2 entries, the last: {"epoch":2,"loss":1.5} |

## Known limits

- Titles play no part.

## Versions

- 1: 2026-05-04 03:02, kept
- 2: 2026-05-04 03:02, live (this card)

## Software

| | |
|---|---|
| neo4j | 5.26.30 |
"""


def test_a_card_tells_all_there_is_to_know() -> None:
    assert render_card(MODEL, ALL) == CARD


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("structure", "model:structure:2"),
        ("structure:1", "model:structure:1"),
        ("model:text:7", "model:text:7"),
    ],
)
def test_a_model_is_named_by_its_kind_or_version(name: str, key: str) -> None:
    assert choose_model(ALL, name).key == key


def test_an_unknown_model_is_told_from_those_there_are() -> None:
    with pytest.raises(NotPublishedError, match="'kge'.*structure:1, structure:2, text:7"):
        choose_model(ALL, "kge")


def test_nothing_is_tracked_without_a_place_for_it() -> None:
    assert tracker(EmbedSettings()) is None


def test_a_missing_mlflow_is_told_before_anything_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError, match=r"catalograph\[mlflow\]"):
        tracker(EmbedSettings(mlflow_uri="http://127.0.0.1:1"))


@pytest.mark.filterwarnings("ignore")  # of mlflow's and its database's insides
def test_a_run_has_parameters_metrics_history_and_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    monkeypatch.chdir(tmp_path)  # where mlflow puts the files of a database without a server
    settings = EmbedSettings(mlflow_uri=f"sqlite:///{tmp_path}/runs.db", mlflow_experiment="shop")
    tracked = tracker(settings)
    assert tracked is not None
    tracked.log(OLDER, ALL)
    tracked.log(MODEL, ALL)
    client = MlflowClient(tracking_uri=settings.mlflow_uri)
    experiment = client.get_experiment_by_name("shop")
    assert experiment is not None
    # Both versions were made at the same time, which is what MLflow goes by otherwise.
    run, _ = client.search_runs([experiment.experiment_id], order_by=["attributes.run_name DESC"])
    assert (run.info.run_name, run.info.status) == ("structure:2", "FINISHED")
    assert run.info.end_time - run.info.start_time == 12_345
    assert run.data.params["dimension"] == "128"
    assert run.data.params["facts HAS_BRAND"] == "1200"
    assert run.data.metrics == {"embedded": 1200, "mrr": 0.123456789, "history/loss": 1.5}
    history = client.get_metric_history(run.info.run_id, "history/loss")
    assert [(entry.step, entry.value) for entry in history] == [(1, 2.5), (2, 1.5)]
    assert Path(client.download_artifacts(run.info.run_id, "card.md")).read_text() == CARD


@pytest.mark.filterwarnings("ignore")
def test_a_place_that_cannot_be_written_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A file is where the database's folder should be.
    (tmp_path / "taken").write_text("")
    tracked = tracker(EmbedSettings(mlflow_uri=f"sqlite:///{tmp_path}/taken/runs.db"))
    assert tracked is not None
    tracked.log(MODEL, ALL)
    assert "model:structure:2 was published but not tracked" in caplog.text
