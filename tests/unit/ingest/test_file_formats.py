"""The registry of file formats, and a new format by one entry."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import SourceFormatError
from catalograph.ingest import CatalogMapping, ingest_catalog
from catalograph.ingest.readers import FeedRow, formats, open_feed
from catalograph.ingest.readers.formats import FILE_FORMATS, FileFormat, FileShape
from catalograph.ingest.readers.lines import numbered_lines
from catalograph.ingest.readers.source import FeedSource
from catalograph.schema import Rejection, RejectionReason
from catalograph.settings import Settings

from .conftest import MemoryWriter

HEADED = b"%YAML 1.2\n---\n"
MUGS = b"{id: '1', title: Red mug, brand: Acme}\n{id: '2', title: Blue mug, brand: Acme}\n"


def yaml_rows(source: FeedSource) -> Iterator[FeedRow]:
    for number, line in numbered_lines(source.text(), source.limits):
        if line.startswith((b"%", b"---")):
            continue
        fields = yaml.safe_load(line)
        if not isinstance(fields, dict):
            fields = Rejection(RejectionReason.MALFORMED, "", "No mapping.")
        yield FeedRow(number, fields, line)


YAML_LINES = FileShape("yaml", yaml_rows)
YAML = FileFormat(
    labels=("YAML lines",),
    detect=lambda head, whole: YAML_LINES if head.startswith(b"%YAML") else None,
    extensions={".yamls": YAML_LINES},
)


@pytest.fixture
def with_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FILE_FORMATS", (YAML, *FILE_FORMATS))


def test_the_registry() -> None:
    assert [form.labels for form in FILE_FORMATS] == [
        ("JSON", "JSON-LD"),
        ("Parquet",),
        ("HTML",),
        ("XML",),
        ("CSV", "TSV"),
    ]
    extensions = [ending for form in FILE_FORMATS for ending in form.extensions]
    assert sorted(extensions) == sorted(set(extensions))
    assert all(ending == ending.lower() and ending.startswith(".") for ending in extensions)


@pytest.mark.usefixtures("with_yaml")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_entry_makes_a_format_readable(tmp_path: Path, encoding: str) -> None:
    """Given a new entry, files of it are detected by content, unpacked and decoded."""
    path = tmp_path / "mugs.bin"
    path.write_bytes(gzip.compress((HEADED + MUGS + b"[]\n").decode().encode(encoding)))
    with open_feed(path) as feed:
        rows = list(feed.rows())
        assert (feed.format, feed.position) == ("yaml", 1.0)
    assert [row.number for row in rows] == [3, 4, 5]
    assert rows[0].fields == {"id": "1", "title": "Red mug", "brand": "Acme"}
    assert isinstance(rows[2].fields, Rejection)


@pytest.mark.usefixtures("with_yaml")
def test_a_new_format_goes_from_a_proposed_mapping_into_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: MemoryWriter, settings: Settings
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mugs.yaml.gz").write_bytes(gzip.compress(HEADED + MUGS))
    proposed = CliRunner().invoke(app, ["ingest", "catalog", "mugs.yaml.gz", "--guess"])
    assert proposed.exit_code == 0, proposed.output
    mapping = CatalogMapping.model_validate(yaml.safe_load(proposed.stdout))
    assert (mapping.source, mapping.title, mapping.brand) == ("mugs", "title", "brand")
    report = ingest_catalog(["mugs.yaml.gz"], writer, settings, mapping)
    assert (report.rows, report.written, report.rejected) == (2, 2, 0)
    assert sorted(writer.records) == ["source:mugs:catalog/1", "source:mugs:catalog/2"]


@pytest.mark.usefixtures("with_yaml")
def test_a_name_tells_where_the_content_does_not(tmp_path: Path) -> None:
    path = tmp_path / "notes.yamls"
    path.write_bytes(b"id: '1'\n")
    with open_feed(path) as feed:
        assert feed.format == "yaml"


@pytest.mark.usefixtures("with_yaml")
def test_messages_and_help_list_the_registry(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x00\x01")
    with pytest.raises(SourceFormatError, match="neither YAML lines, JSON, .* CSV nor TSV by"):
        open_feed(path).__enter__()
    command = typer.main.get_command(app).commands["ingest"].commands["reviews"]  # type: ignore[attr-defined]
    context = command.context_class(command)
    [shown] = [p.help for p in command.get_params(context) if p.name == "files"]
    assert shown == (
        "YAML lines, JSON, JSON-LD, Parquet, HTML, XML, CSV or TSV, gzipped or not; - is stdin."
    )


def test_a_gzipped_file_of_a_compressed_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet.gz"
    path.write_bytes(gzip.compress(b"PAR1"))
    with pytest.raises(SourceFormatError, match="gzipped Parquet file.*gunzip"):
        open_feed(path).__enter__()
