"""How a file is read, from a mapping or an option up to the report."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.errors import CatalographError, MappingError
from catalograph.ingest import ingest_catalog, propose_mapping
from catalograph.ingest.mapping import parse_mapping
from catalograph.schema import SourceRecord
from catalograph.settings import Settings

from .conftest import MemoryWriter

CHINESE = "编号,名称,品牌\n1,无线蓝牙耳机,小米\n2,不锈钢保温杯,苏泊尔\n"


def titles(writer: MemoryWriter) -> list[object]:
    records = [each for each in writer.records.values() if isinstance(each, SourceRecord)]
    return [record.nodes[0].properties["title"] for record in records]


def test_a_chinese_spreadsheet_keeps_its_titles_and_the_report_says_its_encoding(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CHINESE.encode("gbk"))
    mapping = parse_mapping("{source: s, kind: catalog, id: 编号, title: 名称}", "m")
    report = ingest_catalog([path], writer, settings, mapping)
    assert titles(writer) == ["无线蓝牙耳机", "不锈钢保温杯"]
    [(note, count)] = report.notes.items()
    assert (note.split(",")[0], count) == ("rows read as GB18030", 2)


@pytest.mark.parametrize("stated_by", ["mapping", "option"])
def test_the_encoding_can_be_stated(
    tmp_path: Path, writer: MemoryWriter, settings: Settings, stated_by: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("id;t\n1;Słuchawki żółte\n2;Kubek z łyżką\n".encode("iso8859_2"))
    text = "{source: s, kind: catalog, id: id, title: t%s}"
    plain = parse_mapping(text % "", "m")
    with pytest.raises(CatalographError, match="--encoding.*'encoding:'"):
        ingest_catalog([path], writer, settings, plain)
    if stated_by == "mapping":
        stated = parse_mapping(text % ", encoding: iso8859-2", "m")
        report = ingest_catalog([path], writer, settings, stated)
    else:
        report = ingest_catalog([path], writer, settings, plain, encoding="iso8859-2")
    assert titles(writer) == ["Słuchawki żółte", "Kubek z łyżką"]
    assert report.notes == {}


def test_wrong_properties_of_files_are_refused_in_a_mapping() -> None:
    for part, words in (("encoding: hex", "'hex' is no encoding"), ("columns: [a, a]", "twice")):
        with pytest.raises(MappingError, match=words):
            parse_mapping(f"{{source: s, kind: catalog, id: a, title: a, {part}}}", "m")


def test_rows_of_a_mapping_and_rows_that_are_found(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    path = tmp_path / "x.json"
    old = [{"id": n, "t": "b"} for n in "23"]
    path.write_text(json.dumps({"data": {"articles": [{"id": "1", "t": "a"}], "old": old}}))
    mapping = parse_mapping("{source: s, kind: catalog, id: id, title: t}", "m")
    report = ingest_catalog([path], writer, settings, mapping)
    assert titles(writer) == ["a"]
    assert next(iter(report.notes)).startswith("rows read from the list 'data.articles', chosen")
    stated = parse_mapping("{source: s, kind: catalog, id: id, title: t, rows: data.old}", "m")
    report = ingest_catalog([path], writer, settings, stated)
    assert (report.rows, titles(writer), report.notes) == (2, ["a", "b", "b"], {})


def test_a_file_without_header_is_refused_by_a_proposal_and_read_by_named_columns(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("1001,Garden hose,19.90\n1002,Steel bottle,5.00\n")
    with pytest.raises(MappingError, match="columns:"):
        propose_mapping(path, "catalog")
    with pytest.raises(MappingError, match="'columns:'"):
        ingest_catalog([path], writer, settings)
    mapping = parse_mapping(
        "{source: s, kind: catalog, id: sku, title: t, price: p, columns: [sku, t, p]}", "m"
    )
    assert ingest_catalog([path], writer, settings, mapping).written == 2
    assert titles(writer) == ["Garden hose", "Steel bottle"]


def test_a_value_that_json_does_not_have_is_counted_and_its_row_written(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "1", "t": "杯子", "p": NaN}\n{"id": "2", "t": "Cup \\ud83d", "p": 5}\n')
    mapping = parse_mapping("{source: s, kind: catalog, id: id, title: t, price: p}", "m")
    report = ingest_catalog([path], writer, settings, mapping)
    assert (report.written, report.rejected) == (2, 0)
    assert report.reasons["wrong_type p"] == 1
    assert report.reasons["bad_text title"] == 1
    assert titles(writer) == ["杯子", "Cup"]


def test_guess_takes_the_encoding_and_writes_it_into_the_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "id;title;brand\n1;Słuchawki żółte;Łoś\n2;Kubek z łyżką;Łoś\n"
    Path("x.csv").write_bytes(text.encode("cp1250"))
    arguments = ["ingest", "catalog", "x.csv", "--guess", "--encoding", "cp1250"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    proposed = yaml.safe_load(result.stdout)
    assert (proposed["title"], proposed["encoding"]) == ("title", "cp1250")
