"""Events outside the graph: the command counts, the job learns, GraphQL answers."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.settings import Settings
from catalograph.store import Connection
from tests.conftest import wipe
from tests.counted_shop import NEW, choose, product, recommend, recommend_items, write_shop
from tests.integration.test_kills import environment

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]


async def test_a_product_that_only_shoppers_outside_the_graph_chose_is_recommended(
    connection: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(connection)
    own, elsewhere = write_shop(connection), choose(600, 1, new=True)
    for name, said in environment(settings).items():
        monkeypatch.setenv(name, said)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    rows = [(f"u{user}", f"{item:02}") for user, items in enumerate(elsewhere) for item in items]
    who, what = zip(*rows, strict=True)
    pq.write_table(pa.table({"user_id": who, "product_id": what}), tmp_path / "events.parquet")
    runner = CliRunner()
    for command in (
        ["embed", "count-events", str(tmp_path / "events.parquet"), "--source", "t"],
        ["embed", "preference"],
    ):
        result = runner.invoke(app, command, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert product(NEW) in await recommend(settings, 0)
    shown = connection.execute(
        "MATCH (:Product)-[r:CO_PREFERRED]->(:Product {key: $key}) RETURN max(r.shoppers) AS n",
        key=product(NEW),
    )
    assert shown[0]["n"] > 10
    # Without a history the most popular come first, counted over all shoppers.
    chosen = Counter(item for items in (*own, *elsewhere) for item in items)
    best = min(chosen, key=lambda item: (-chosen[item], item))
    [first, *_] = await recommend_items(settings, 999)
    assert first["product"]["key"] == product(best)
    total = len(own) + len(elsewhere)
    assert first["reasons"][0]["text"] == f"Chosen by {chosen[best]} of {total} shoppers."
    unchanged = runner.invoke(app, ["embed", "preference"], catch_exceptions=False)
    assert "unchanged" in unchanged.output
