"""What a mapping makes of a feed's rows before their columns are read."""

from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest

from catalograph.errors import MappingError
from catalograph.ingest import ingest_catalog, ingest_events
from catalograph.ingest.column_choice import render
from catalograph.ingest.complete.catalogue import read_catalogue
from catalograph.ingest.mapping import Mapping, parse_mapping
from catalograph.ingest.quarantine import FILE, Quarantine
from catalograph.ingest.readers import FeedRow
from catalograph.ingest.replay import row_replayer
from catalograph.ingest.row_preparation import RowPreparer
from catalograph.ingest.watch import watch_folder
from catalograph.schema import Rejection
from catalograph.settings import Settings

from .conftest import MemoryWriter

CATALOG = "kind: catalog\nsource: shop\nid: id\ntitle: name\n"
EVENTS = "kind: events\nsource: shop\nproduct: item\nuser: user\n"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mapping_of(text: str, head: str = CATALOG) -> Mapping:
    return parse_mapping(head + text, "test")


def prepare(text: str, *rows: dict[str, Any], head: str = CATALOG) -> list[dict[str, Any] | None]:
    """Return the fields of the prepared rows; None for each that is left out."""
    preparer = RowPreparer(mapping_of(text, head))
    for n, fields in enumerate(rows, 1):
        preparer.learn(FeedRow(n, fields))
    preparer.restart()
    found = [
        row for n, fields in enumerate(rows, 1) for row in preparer.prepare(FeedRow(n, fields))
    ]
    return [None if row is None else dict(row.fields) for row in found]  # type: ignore[arg-type]


def write(name: str, rows: Sequence[Any]) -> Path:
    Path(name).write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return Path(name)


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{column: a, blank: true}", [None, ""]),
        ("{column: a, blank: false}", ["x", "Yes", 1.0, True, ["b", "x"]]),
        ("{column: a, values: [X]}", ["x", ["b", "x"]]),
        ("{column: a, values: [1, true]}", [1.0, True]),
        ("{column: a, not: ['x', 'y*']}", [None, "", 1.0, True]),
    ],
)
def test_where_keeps_rows_by_a_column(condition: str, kept: list[Any]) -> None:
    rows = [{"a": cell} for cell in (None, "", "x", "Yes", 1.0, True, ["b", "x"])]
    found = prepare(f"where: {condition}", *rows)
    assert [row["a"] for row in found if row is not None] == kept


def test_a_blank_cell_takes_the_value_of_the_first_row_with_its_key() -> None:
    found = prepare(
        "inherit: {key: k, columns: [t, o.x]}",
        {"k": "a", "t": "A", "o": {"x": 1}},
        {"k": "b", "t": ""},
        {"k": "a", "t": ""},
        {"k": "a", "t": "own", "o": {"x": 2, "y": 3}},
        {"k": "", "t": ""},
    )
    assert found == [
        {"k": "a", "t": "A", "o": {"x": 1}},
        {"k": "b", "t": ""},
        {"k": "a", "t": "A", "o": {"x": 1}},
        {"k": "a", "t": "own", "o": {"x": 2, "y": 3}},
        {"k": "", "t": ""},
    ]


def test_rows_of_a_product_without_a_key_follow_its_first_row() -> None:
    rule = (
        "inherit: {start: {column: item, values: [product]}, columns: [t], copies: {head: id}, "
        "gather: {pictures: [src, alt]}}"
    )
    found = prepare(
        rule,
        {"item": "variant", "id": 1},
        {"item": "Product", "id": 2, "t": "A"},
        {"item": "variant", "id": 3},
        {"item": "image", "id": 4, "src": "p1", "alt": "front"},
        {"item": "image", "id": 5, "src": "p2"},
        {"item": "product", "id": 6, "t": "B"},
    )
    pictures = [{"src": "p1", "alt": "front"}, {"src": "p2", "alt": None}]
    assert found[0] == {"item": "variant", "id": 1}
    assert found[2] == {"item": "variant", "id": 3, "t": "A", "head": 2, "pictures": pictures}
    assert found[5] == {"item": "product", "id": 6, "t": "B", "head": 6}


def test_a_parent_is_called_by_one_of_its_names_or_lists_its_children() -> None:
    named = prepare(
        "inherit: {key: parent, parent: [sku, 'id:{id}'], columns: [t]}",
        {"id": 1, "parent": "id:3"},
        {"id": 2, "parent": "s3"},
        {"id": 3, "sku": "S3", "parent": "", "t": "A"},
        {"id": 4, "parent": "elsewhere"},
    )
    assert [(row["parent"], row.get("t")) for row in named if row] == [
        ("S3", "A"),
        ("S3", "A"),
        ("", "A"),
        ("elsewhere", None),
    ]
    listed = prepare(
        "inherit: {key: id, children: {column: parts, find: 'sku=([^|,]+)'}, copies: {of: id}}",
        {"id": "a"},
        {"id": "P", "parts": "sku=A,size=1|sku=b"},
        {"id": "c"},
    )
    assert [row.get("of") for row in listed if row] == ["P", None, None]


@pytest.mark.parametrize(
    ("rule", "cell", "found"),
    [
        ("split: ',', between: '='", "a=1,b=x, y,c=", {"a": "1", "b": "x, y", "c": ""}),
        ("split: ',', between: '='", '"a"="1","a"="2"', {"a": ["1", "2"]}),
        ("", '{"a": 1}', {"a": 1}),
        ("", "{'a': None}", {"a": None}),
        ("", {"a": 1}, {"a": 1}),
        (
            "key: key, value: value",
            [
                {"key": "a", "value": {"string_value": None, "int_value": "5"}},
                {"key": "b", "value": 2},
            ],
            {"a": "5", "b": 2},
        ),
        ("key: k, value: v", '[{"k": "a", "v": 1}]', {"a": 1}),
        ("", "no object", None),
        ("split: ',', between: '='", "no pairs", None),
        ("key: k, value: v", 5, None),
    ],
)
def test_a_cell_of_keys_and_values_becomes_an_object(rule: str, cell: Any, found: Any) -> None:
    comma = ", " if rule else ""
    mapping = mapping_of(f"key_values: {{column: o.c{comma}{rule}}}")
    [row] = RowPreparer(mapping).prepare(FeedRow(1, {"o": {"c": cell}, "p": 1}))
    assert row is not None
    assert not isinstance(row.fields, Rejection)
    if found is None:
        assert row.fields["o"] == {"c": cell}
        [rejection] = row.rejections
        assert (rejection.scope, rejection.field) == ("value", "o.c")
    else:
        assert row.fields["o"] == {"c": found}
        assert row.rejections == ()


def test_each_makes_a_row_of_every_element() -> None:
    found = prepare(
        "each: o.items",
        {"id": 1, "o": {"n": 2, "items": [{"x": 1}, {"x": 2}]}},
        {"id": 2, "o": {"items": []}},
        {"id": 3, "o": {"items": '[{"x": 3}]'}},
    )
    assert found == [
        {"id": 1, "o": {"n": 2, "items": {"x": 1}}, "{element}": 0},
        {"id": 1, "o": {"n": 2, "items": {"x": 2}}, "{element}": 1},
        {"id": 2, "o": {"items": []}},
        {"id": 3, "o": {"items": {"x": 3}}, "{element}": 0},
    ]


def test_a_prepared_row_prepared_again_is_the_same() -> None:
    text = (
        "each: items\nkey_values: {column: kv, split: ',', between: '='}\nlists: {l: ';'}\n"
        "translate: {t: {1: one}}\nderive: {d: ['{id}/{items.x}']}\nchoose: {language: en}\n"
        "description: 'text-{language}'"
    )
    row = {
        "id": 1,
        "items": [{"x": 1}, {"x": 2}],
        "kv": "a=1",
        "l": "p;q",
        "t": "1",
        "text-en": "T",
    }
    once = prepare(text, row)
    assert once[1] is not None
    assert (once[1]["d"], once[1]["l"], once[1]["t"]) == ("1/2", ["p", "q"], "one")
    assert prepare(text, once[1]) == [once[1]]


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("{}", "de"),
        ("{language: en}", "GB"),
        ("{language: [fr, en_GB]}", "GB"),
        ("{language: [en-GB]}", "GB"),
        ("{language: [it]}", "de"),
    ],
)
def test_a_column_is_chosen_by_language(choice: str, chosen: str) -> None:
    row = {"id": 1, "name-en_US": "US", "name-en_GB": "GB", "name-de": "de", "name-it_IT": " "}
    row |= {"name-suffix": "no language"}
    text = f"kind: catalog\nsource: s\nid: id\ntitle: 'name-{{language}}'\nchoose: {choice}"
    [found] = prepare("", row, head=text)
    assert found is not None
    assert found["name-{language}"] == chosen


def test_an_amount_gets_the_currency_of_its_column() -> None:
    text = "price: 'price-{currency}'\nchoose: {currency: [usd, EUR]}"
    [found] = prepare(text, {"price-EUR": 9.5, "price-USD": "", "price-GBP": 1})
    assert found is not None
    assert found["price-{currency}"] == "9.5 EUR"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a", "x"),
        ("{a}/{b}/{c}", "x/z"),
        ("{b}/{c}", "z"),
        ("id:{a}", "id:x"),
        ("id:{b}", None),
        ("({c})", "(z)"),
        ("o.n", 5),
        ("l.v", [1, 2]),
    ],
)
def test_a_text_is_made_of_columns(source: str, text: Any) -> None:
    fields = {"a": "x", "b": "", "c": "z", "o": {"n": 5}, "l": [{"v": 1}, {"w": 0}, {"v": 2}]}
    assert render(source, fields) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("where: {column: a}", "exactly one of 'blank', 'values' and 'not'"),
        ("inherit: {columns: [t]}", "either 'key' or 'start'"),
        ("inherit: {key: k}", "name 'columns' to inherit"),
        ("inherit: {key: k, columns: [k]}", "'k' is the key"),
        ("inherit: {start: {column: a, blank: true}, parent: [x], columns: [t]}", "need a 'key'"),
        ("inherit: {key: k, children: {column: c, find: x}, columns: [t]}", "one group"),
        ("inherit: {key: k, parent: [x], gather: {g: [a]}}", "'gather' needs rows that share"),
        ("key_values: {column: a, split: ','}", "both 'split' and 'between'"),
        ("key_values: {column: a, key: k}", "both 'key' and 'value'"),
        ("attributes: [{name_column: a, value_column: 'b{n}'}]", "needs {n} once"),
        ("category: {columns: c, paths: '['}", "no regular expression"),
    ],
)
def test_a_wrong_rule_says_what_is_missing(text: str, words: str) -> None:
    with pytest.raises(MappingError) as info:
        mapping_of(text)
    assert words in str(info.value)


def test_rejected_elements_are_kept_each_and_replayed(
    writer: MemoryWriter, settings: Settings
) -> None:
    rows = [{"id": "p", "v": [{"n": "A"}, {"m": "B"}, {"m": "C"}]}, {"id": "q", "v": [{"n": "D"}]}]
    path = write("feed.jsonl", rows)
    head = "kind: catalog\nsource: shop\nid: key\ntitle: v.n\neach: v\n"
    head += "derive: {key: ['{id}-{element}']}"
    mapping = parse_mapping(head, "test")
    with Quarantine(Path(FILE)) as quarantine:
        report = ingest_catalog([path], writer, settings, mapping, quarantine=quarantine)
        assert (report.rows, report.written, report.rejected) == (4, 2, 2)
        lines = Path("feed.jsonl.rejected.jsonl").read_bytes().splitlines()
        assert [orjson.loads(line)["line"] for line in lines] == [1, 1]
        assert orjson.loads(orjson.loads(lines[0])["row"]) == rows[0]
        entries = quarantine.find()
        assert sorted(entry.key for entry in entries) == ["1.1", "1.2"]
        mended = parse_mapping(head.replace("v.n", "v.m"), "test")
        replay = row_replayer(writer, "run", mended)  # type: ignore[arg-type]
        assert quarantine.replay(entries, {"row": replay}).repaired == 2
    assert sorted(writer.records) == [
        f"source:shop:catalog/{i}" for i in ("p-0", "p-1", "p-2", "q-0")
    ]


def test_a_row_replayed_keeps_what_it_inherited(writer: MemoryWriter, settings: Settings) -> None:
    rows = [{"k": "a", "id": "1", "name": "A"}, {"k": "a", "id": "2", "n": "A2"}]
    path = write("feed.jsonl", rows)
    head = "kind: catalog\nsource: shop\nid: id\ngroup: family\n"
    head += "inherit: {key: k, copies: {family: id}}\n"
    mapping = parse_mapping(head + "title: name", "test")
    with Quarantine(Path(FILE)) as quarantine:
        ingest_catalog([path], writer, settings, mapping, quarantine=quarantine)
        mended = parse_mapping(head + "title: n", "test")
        replay = row_replayer(writer, "run", mended)  # type: ignore[arg-type]
        assert quarantine.replay(quarantine.find(), {"row": replay}).repaired == 1
    record: Any = writer.records["source:shop:catalog/2"]
    assert record.nodes[0].properties["group"] == "1"


def test_the_last_of_several_rows_with_one_id_wins_among_skipped_ones(
    writer: MemoryWriter, settings: Settings
) -> None:
    rows = [
        {"id": 1, "name": "old"},
        {"id": 1, "name": "draft", "s": "draft"},
        {"id": 2, "name": "two", "s": "x"},
        {"id": 1, "name": "new"},
        {"id": 1, "name": "draft", "s": "draft"},
    ]
    mapping = mapping_of("where: {column: s, not: draft}")
    report = ingest_catalog([write("feed.jsonl", rows)], writer, settings, mapping)
    parts = (report.rows, report.written, report.superseded, report.skipped)
    assert parts == (5, 2, 1, 2)
    record: Any = writer.records["source:shop:catalog/1"]
    assert record.nodes[0].properties["title"] == "new"


def test_events_of_no_interest_are_skipped_and_unknown_ones_rejected(
    writer: MemoryWriter, settings: Settings
) -> None:
    rows = [
        {"what": w, "item": "P", "user": "u", "n": n}
        for n, w in enumerate(["VIEW", "page_x", "hum", ""])
    ]
    mapping = mapping_of("event: {column: what, values: {View: click}, skip: ['page_*']}", EVENTS)
    report = ingest_events([write("events.jsonl", rows)], writer, settings, mapping)
    assert (report.written, report.skipped, report.rejected) == (1, 1, 2)
    [record] = writer.records.values()
    assert record.node.properties["kind"] == "click"  # type: ignore[union-attr]


def test_the_id_of_an_event_does_not_change_with_columns_that_a_mapping_adds(
    writer: MemoryWriter, settings: Settings
) -> None:
    path = write("events.jsonl", [{"item": "P", "user": "", "guest": "g"}])
    first = mapping_of("event: {constant: view}", EVENTS)
    ingest_events([path], writer, settings, first)
    second = mapping_of(
        "event: {constant: view}\nderive: {who: [user, guest]}",
        EVENTS.replace("user: user", "user: who"),
    )
    report = ingest_events([path], writer, settings, second)
    assert (report.written, len(writer.records)) == (1, 1)


def test_completion_and_a_watched_folder_prepare_rows_too(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    text = "k,id,name\na,1,Lamp\na,2,\nb,3,Cup\n"
    Path("m.yaml").write_text(
        CATALOG + "inherit: {key: k, columns: [name]}\nwhere: {column: id, not: '3'}"
    )
    Path("feed.csv").write_text(text)
    assert read_catalogue("feed.csv", "m.yaml").keys == ("product:shop:1", "product:shop:2")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "feed.csv").write_text(text)
    mapping = parse_mapping(Path("m.yaml").read_text(), "m")
    [done] = watch_folder(folder, writer, settings, mapping, stop=Event(), settle=0, once=True)
    assert done.report is not None
    assert (done.report.written, done.report.skipped) == (2, 1)
