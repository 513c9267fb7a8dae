"""`ingest --guess`, `--preview` and `--dry-run` without a database."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.ingest import DryRunWriter, ingest_catalog, load_mapping, preview_feed
from catalograph.ingest.mapping import CatalogMapping
from catalograph.settings import Settings
from tests.shop_feeds import NAMES, shop_rows, write_table


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Chinese catalogue in an empty home, where no database runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CATALOGRAPH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CATALOGRAPH_NEO4J__URI", raising=False)
    return write_table(tmp_path / "shop.csv", NAMES["zh"].split(";"), shop_rows())


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["ingest", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_proposed_mapping_is_used_as_it_is_printed(feed: Path, settings: Settings) -> None:
    code, printed, _ = run("catalog", str(feed), "--guess", "--source", "laden")
    assert code == 0
    assert yaml.safe_load(printed)["title"] == "商品名称"
    Path("m.yaml").write_text(printed, "utf-8")
    mapping = load_mapping(Path("m.yaml"))
    assert mapping.source == "laden"
    report = ingest_catalog([feed], DryRunWriter(), settings, mapping, dry_run=True)
    assert (report.rows, report.written, report.rejected, report.superseded) == (40, 40, 0, 0)


def test_a_preview_shows_five_records_without_a_database(feed: Path) -> None:
    code, printed, errors = run("catalog", str(feed), "--preview")
    assert (code, errors) == (0, "")
    assert "first 5 of 40 rows" in printed
    assert "Kettle model 4 with lid" in printed
    assert "Kettle model 5" not in printed
    assert "Home > Kitchen > Kettles" in printed


def test_a_dry_run_needs_no_database(feed: Path) -> None:
    run("catalog", str(feed), "--guess")
    Path("m.yaml").write_text(run("catalog", str(feed), "--guess")[1], "utf-8")
    code, printed, errors = run("catalog", str(feed), "--mapping", "m.yaml", "--dry-run")
    assert code == 0, errors
    assert "dry run, nothing written" in printed
    assert "No database answers" in errors


def test_many_superseded_rows_are_a_warning_that_names_the_id(
    feed: Path, settings: Settings
) -> None:
    mapping = CatalogMapping.model_validate({"source": "s", "id": "品牌", "title": "商品名称"})
    preview = preview_feed(feed, "catalog", settings, mapping)
    assert preview.report.superseded == 37
    [warning] = preview.report.warnings
    assert "37 of 40 rows" in warning
    assert "(品牌)" in warning
    Path("m.yaml").write_text("{kind: catalog, source: s, id: 品牌, title: 商品名称}", "utf-8")
    for option in ("--dry-run", "--preview"):
        assert "(品牌)" in run("catalog", str(feed), "--mapping", "m.yaml", option)[2]


def test_a_refusal_says_what_to_write(feed: Path) -> None:
    write_table(feed, ["enabled", "quantity"], [[n % 2, n % 7] for n in range(40)])
    result = CliRunner().invoke(app, ["ingest", "catalog", str(feed), "--guess"])
    assert result.exit_code != 0
    assert "'quantity' has 7 distinct in 40 rows" in str(result.exception or result.output)
