"""`catalograph demo`, as a user runs it, on part of the catalogue; then again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.neo4j

PRODUCTS, SHOPPERS = 300, 40


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo-home")


@pytest.fixture(scope="module")
def first(demo_home: Path) -> dict[str, Any]:
    return demo(demo_home)


@pytest.fixture(scope="module")
def second(first: dict[str, Any], demo_home: Path) -> dict[str, Any]:
    return demo(demo_home)


def demo(home: Path) -> dict[str, Any]:
    """Run the command in a home of its own and read what it printed."""
    unset = {"CATALOGRAPH_NEO4J__URI", "CATALOGRAPH_NEO4J__PASSWORD"}
    small = {
        "CATALOGRAPH_HOME": str(home),
        "CATALOGRAPH_SERVER__HEAP_MB": "512",
        "CATALOGRAPH_SERVER__PAGECACHE_MB": "64",
    }
    options = ("--products", str(PRODUCTS), "--shoppers", str(SHOPPERS), "--once", "--json")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("catalograph")), "demo", *options],
        env={name: value for name, value in os.environ.items() if name not in unset} | small,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def counts(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["step"]: step["counts"] for step in report["steps"]}


def test_every_step_is_told_with_its_counts(first: dict[str, Any]) -> None:
    assert [step["step"] for step in first["steps"]] == [
        "Neo4j",
        "schema",
        "groceries",
        "wholesaler",
        "reviews of groceries",
        "events of groceries",
        "twins",
        "catalogue",
        "simulated shoppers",
        "simulated events",
        "embed text",
        "embed structure",
        "embed preference",
        "lists",
    ]
    assert all(step["seconds"] >= 0 and step["result"] for step in first["steps"])
    told = counts(first)
    assert told["catalogue"]["rows"] == told["catalogue"]["written"] == PRODUCTS
    assert told["simulated shoppers"]["shoppers"] == first["simulated_shoppers"] == SHOPPERS
    events = told["simulated events"]
    assert events["rows"] == events["written"] == told["simulated shoppers"]["events"]
    listed = PRODUCTS + told["groceries"]["written"] + told["wholesaler"]["written"]
    assert told["embed text"]["written"] == told["embed structure"]["written"] == listed
    assert told["embed preference"]["written"] > listed
    assert told["twins"]["set_aside"] > 5
    assert len(first["offered"]) == 6


def test_reasons_add_up_to_the_score(first: dict[str, Any]) -> None:
    assert len(first["shoppers"]) == 3
    for shopper in first["shoppers"]:
        assert shopper["taste"]
        assert shopper["lately"]
        assert len(shopper["items"]) == 5
        scores = [item["score"] for item in shopper["items"]]
        assert scores[0] == max(scores)  # the others are diverse, too
        for item in shopper["items"]:
            for told in (item["reasons"], item["in_short"]):
                contributions = [reason["contribution"] for reason in told]
                assert sum(contributions) == pytest.approx(item["score"], abs=1e-6)
                assert all(reason["text"] for reason in told)
            assert len(item["in_short"]) <= len(item["reasons"])


def test_recommendations_are_measured_beside_popularity(first: dict[str, Any]) -> None:
    rows = {row["model"]: row for row in first["found"]}
    assert set(rows) == {"recommendations", "popularity"}
    assert rows["recommendations"]["n"] == rows["popularity"]["n"] <= SHOPPERS
    assert rows["recommendations"]["metrics"]["to_taste@10"] > 0.5


def test_a_second_run_finds_everything_unchanged(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    told = counts(second)
    for step in ("catalogue", "simulated events"):
        assert told[step]["written"] == 0
        assert told[step]["unchanged"] == counts(first)[step]["written"]
    for step in ("embed text", "embed structure", "embed preference"):
        assert told[step]["unchanged"] is True
        assert told[step]["version"] == 1
    assert second["shoppers"] == first["shoppers"]
    assert second["found"] == first["found"]
