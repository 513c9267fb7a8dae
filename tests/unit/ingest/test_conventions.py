"""Values that are read by their whole column: decimal signs, order of day and month, currencies."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalograph.ingest import CatalogMapping, ingest_catalog, ingest_events
from catalograph.ingest.catalog import CatalogFeed
from catalograph.ingest.extract.findings import Finding
from catalograph.ingest.llm.grounding import judge
from catalograph.ingest.llm.json_schema import StatedValue
from catalograph.ingest.mapping import EventMapping, ReviewMapping
from catalograph.ingest.quarantine import Quarantine
from catalograph.ingest.reviews import ReviewFeed
from catalograph.ingest.values import to_number
from catalograph.schema import SourceRecord, Span
from catalograph.settings import Settings

from .conftest import MemoryWriter

MAPPING: dict[str, Any] = {
    "source": "shop",
    "id": "id",
    "title": "name",
    "price": "price",
    "sale_price": "sale",
    "brand": "brand",
    "released": "released",
    "url": "url",
    "attributes": [{"column": "weight", "attribute": "weight", "unit": "g"}],
}
SECRET = b"secret of the tests"


def build(
    rows: Sequence[dict[str, Any]], mapping: dict[str, Any] | None = None, *, learn: bool = True
) -> list[Any]:
    """Return the results of rows that are read as one feed."""
    feed = CatalogFeed(CatalogMapping.model_validate(MAPPING | (mapping or {})), learn=learn)
    complete = [{"id": str(n), "name": "Cup"} | row for n, row in enumerate(rows)]
    for row in complete:
        feed.prepare(row)
    feed.finish_learning()
    return [feed.build(row) for row in complete]


def prices(built: Sequence[Any]) -> list[tuple[float | None, str | None]]:
    found = [one.record.nodes[0].properties for one in built]
    return [(said["price"], said["currency"]) for said in found]


def details(built: Any) -> list[str]:
    return [rejection.detail for rejection in built.rejections]


def columns(name: str, cells: Sequence[Any]) -> list[dict[str, Any]]:
    return [{name: cell} for cell in cells]


@pytest.mark.parametrize("written", ["1.299,-", "1.299,–", "1.299,-- €", "1,299.-", "1'299.—"])
def test_a_dash_in_place_of_the_hundredths_shows_the_decimal_sign(written: str) -> None:
    assert to_number(written, None) == 1299


@pytest.mark.parametrize("shown", ["12,99", "1.299,00", "0,50"])
def test_one_price_shows_the_decimal_sign_of_all(shown: str) -> None:
    first, *_ = build(columns("price", ["1.299", shown]))
    assert first.record.nodes[0].properties["price"] == 1299
    # The sign that is shown later counts for earlier rows too, and so does that of sale prices.
    first, *_ = build([{"price": "1.299"}, {"price": "5", "sale": shown}])
    assert first.record.nodes[0].properties["price"] == 1299


def test_a_currency_without_thousandths_shows_that_a_group_is_meant() -> None:
    for learn in (True, False):
        built = build(columns("price", ["1.299 €", "12.500 DKK", "3.250 KWD"]), learn=learn)
        assert prices(built) == [(1299, "EUR"), (12500, "DKK"), (3.25, "KWD")]


def test_an_undecided_price_is_rejected_with_the_remedy() -> None:
    [built] = build(columns("price", ["1.299"]))
    assert prices([built]) == [(None, None)]
    assert "'1.299' is 1299 or 1.299" in details(built)[0]
    assert '`decimal: ","`' in details(built)[0]
    [built] = build(columns("price", ["1.299"]), {"decimal": ","})
    assert prices([built]) == [(1299, None)]
    [built] = build(columns("price", ["1.299"]), {"price": {"column": "price", "decimal": "."}})
    assert prices([built]) == [(1.299, None)]


def test_a_column_of_two_forms_is_rejected_with_examples() -> None:
    built = build(columns("price", ["12,99 €", "7.25 €", "1.299 €"]))
    assert prices(built) == [(12.99, "EUR"), (7.25, "EUR"), (None, None)]
    assert "'12,99 €' as well as '7.25 €'" in details(built[2])[0]


def test_round_prices_beside_whole_ones_are_groups() -> None:
    assert prices(build(columns("price", ["2.490", "899"])))[0][0] == 2490
    assert prices(build(columns("price", ["2.491", "899"])))[0][0] is None


def test_an_attribute_with_a_unit_has_its_own_decimal_sign() -> None:
    built = build([{"weight": "1.250", "price": "9,99"}, {"weight": "0.750"}, {"weight": "N/A"}])
    tails = [[t.tail.key for t in one.record.triples] for one in built]
    assert tails == [["value:weight=1.25 g"], ["value:weight=0.75 g"], []]
    assert details(built[2]) == []


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["03/04/2026", "31/01/2026"], [(4, 3), (1, 31)]),
        (["03/04/2026", "01/31/2026"], [(3, 4), (1, 31)]),
        (["03-04-2026 10:15", "25-12-2025 10:15"], [(4, 3), (12, 25)]),
    ],
)
def test_one_date_shows_the_order_of_all(cells: list[str], days: list[tuple[int, int]]) -> None:
    found = [
        one.record.nodes[0].properties["released"] for one in build(columns("released", cells))
    ]
    assert [(moment.month, moment.day) for moment in found] == days


def test_undecided_dates_are_rejected_with_the_remedy() -> None:
    built = build(columns("released", ["03/04/2026", "05/06/2026"]))
    assert [one.record.nodes[0].properties["released"] for one in built] == [None, None]
    assert "`format: day-first`" in details(built[0])[0]
    built = build(columns("released", ["13/01/2026", "01/14/2026", "03/04/2026"]))
    assert "'13/01/2026' as well as '01/14/2026'" in details(built[2])[0]
    [built] = build(
        columns("released", ["03/04/2026"]),
        {"released": {"column": "released", "format": "day-first"}},
    )
    assert built.record.nodes[0].properties["released"] == datetime(2026, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "mapping", "found"),
    [
        # A price takes the currency of the row's other price.
        ([{"price": "79 EUR", "sale": "59"}], {}, [(79, "EUR", 59)]),
        ([{"price": "79", "sale": "59 EUR"}], {}, [(79, "EUR", 59)]),
        # Then that of the mapping, then the only one of the feed.
        ([{"price": "79"}], {"currency": "SEK"}, [(79, "SEK", None)]),
        ([{"price": "79"}, {"price": "9 EUR"}], {}, [(79, "EUR", None), (9, "EUR", None)]),
        ([{"price": "79"}, {"price": "9 EUR"}, {"price": "1 USD"}], {}, [(79, None, None)]),
        # A shared sign is of the mapping's currency, of the country, or of another row's code.
        ([{"price": "$79"}], {"currency": "CAD"}, [(79, "CAD", None)]),
        ([{"price": "$79"}], {"currency_signs": {"$": "MXN"}}, [(79, "MXN", None)]),
        ([{"price": "$79", "url": "https://shop.com.au/1"}], {}, [(79, "AUD", None)]),
        ([{"price": "79 kr", "url": "https://shop.no/1"}], {}, [(79, "NOK", None)]),
        ([{"price": "79 kr"}, {"price": "9 SEK"}], {}, [(79, "SEK", None)]),
        ([{"price": "$79"}], {}, [(79, None, None)]),
        # Only one of both has hundredths; kana are Japanese.
        ([{"price": "¥12.50"}], {}, [(12.5, "CNY", None)]),
        ([{"price": "¥99", "name": "ステンレスボトル"}], {}, [(99, "JPY", None)]),
        ([{"price": "¥99", "name": "保温杯"}], {}, [(99, "CNY", None)]),
        ([{"price": "Rs. 99"}], {}, [(99, "INR", None)]),
        ([{"price": "Rs. 99", "url": "https://shop.pk/1"}], {}, [(99, "PKR", None)]),
        # Ranges count with their lowest amount; a sale price above the price is none.
        ([{"price": "9.99 - 19.99 EUR"}], {}, [(9.99, "EUR", None)]),
        ([{"price": "ab 12,99 €"}], {}, [(12.99, "EUR", None)]),
        ([{"price": "9 EUR", "sale": "12 EUR"}], {}, [(9, "EUR", None)]),
        # A price of 0 is a missing one, unless it is said to be free.
        ([{"price": "0.00 EUR"}], {}, [(None, None, None)]),
        ([{"price": "-5 EUR"}], {}, [(None, None, None)]),
        ([{"price": "5 EUR", "sale": "0.00"}], {}, [(5, "EUR", None)]),
        ([{"price": "R 5, nur 9 € je ft"}], {}, [(None, None, None)]),
        ([{"price": "9 € je ft"}], {}, [(9, "EUR", None)]),
        ([{"price": "gratis"}], {"currency": "EUR"}, [(0, "EUR", None)]),
        ([{"price": 0}], {"price": {"column": "price", "zero": "free"}}, [(0, None, None)]),
        ([{"price": "N/A"}, {"price": "面议"}], {}, [(None, None, None), (None, None, None)]),
    ],
)
def test_prices_and_currencies(
    rows: list[dict[str, Any]], mapping: dict[str, Any], found: list[tuple[Any, ...]]
) -> None:
    built = build(rows, mapping)
    said = [one.record.nodes[0].properties for one in built]
    first = [(p["price"], p["currency"], p["sale_price"]) for p in said][: len(found)]
    assert first == found


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.fixture
def feed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.chdir(tmp_path)
    return lambda *rows: write(tmp_path / "feed.csv", rows)


def test_the_report_says_what_was_decided_and_what_is_missing(
    feed_file: Callable[..., Path], writer: MemoryWriter, settings: Settings
) -> None:
    base = {"id": "1", "name": "Cup", "price": "1.299", "sale": "", "brand": "unbranded"}
    path = feed_file(base, base | {"id": "2", "price": "9,99"}, base | {"id": "3", "price": "$5"})
    report = ingest_catalog([path], writer, settings, CatalogMapping.model_validate(MAPPING))
    notes = {note.split(";")[0]: count for note, count in report.notes.items()}
    assert notes == {
        "number(s) in 'price' are read with a decimal comma, as in '9,99'": 1,
        "price(s) have no currency": 2,
        "price(s) are in '$', which several countries use": 1,
    }
    assert report.value_rejections == 0  # a placeholder is a blank
    again = ingest_catalog([path], writer, settings, CatalogMapping.model_validate(MAPPING))
    assert (again.written, again.unchanged) == (0, 3)
    record = writer.records["source:shop:catalog/1"]
    assert isinstance(record, SourceRecord)
    assert record.nodes[0].properties["price"] == 1299
    assert record.triples == ()


def test_a_replayed_row_is_read_as_the_whole_column_was(
    feed_file: Callable[..., Path], writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    row = {"id": "1", "name": "", "price": "1.299", "sale": ""}
    path = feed_file(row, row | {"id": "2", "name": "Mug", "price": "9,99"})
    mapping = CatalogMapping.model_validate(MAPPING)
    with Quarantine(tmp_path / "quarantine.sqlite") as quarantine:
        ingest_catalog([path], writer, settings, mapping, quarantine=quarantine)
        [entry] = quarantine.find()
    stored = CatalogMapping.model_validate_json(entry.mapping or "")
    built = CatalogFeed(stored, learn=False).build(row | {"name": "Cup"})
    assert built.record is not None
    assert built.record.nodes[0].properties["price"] == 1299


def test_every_part_of_a_feed_is_read_alike() -> None:
    rows = [{"id": str(n), "name": "Cup", "price": p} for n, p in enumerate(["1.299", "9,99"])]
    feed = CatalogFeed(CatalogMapping.model_validate(MAPPING))
    for row in rows:
        feed.prepare(row)
    feed.finish_learning()
    alone = CatalogFeed(feed.mapping, learn=False)
    assert [alone.build(row) for row in reversed(rows)] == [feed.build(row) for row in rows[::-1]]


def test_events_of_a_file_decide_their_dates(
    feed_file: Callable[..., Path], writer: MemoryWriter, settings: Settings
) -> None:
    mapping = EventMapping.model_validate(
        {
            "source": "shop",
            "event": {"constant": "view"},
            "product": "item",
            "user": "who",
            "time": "at",
            "value": "worth",
        }
    )
    path = feed_file(
        {"item": "1.0", "who": "guest", "at": "03/04/2026 10:00", "worth": "1.299"},
        {"item": "2", "who": "null", "at": "31/01/2026 10:00", "worth": "5,50"},
        {"item": "3", "who": "u1", "at": "2019-10-01 00:00:00 UTC", "worth": "-"},
    )
    report = ingest_events([path], writer, settings, mapping)
    assert (report.written, report.value_rejections) == (3, 0)
    found = sorted(writer.records.values(), key=lambda r: str(r.product))  # type: ignore[union-attr]
    said = [(r.product, r.node.properties["time"], r.node.properties["value"]) for r in found]  # type: ignore[union-attr]
    assert said == [
        ("product:shop:1", datetime(2026, 4, 3, 10, tzinfo=UTC), 1299.0),
        ("product:shop:2", datetime(2026, 1, 31, 10, tzinfo=UTC), 5.5),
        ("product:shop:3", datetime(2019, 10, 1, tzinfo=UTC), None),
    ]
    assert [r.user is None for r in found] == [True, True, False]  # type: ignore[union-attr]


def test_the_id_of_a_review_does_not_depend_on_other_rows() -> None:
    mapping = ReviewMapping.model_validate(
        {"source": "shop", "product": "item", "user": "who", "time": "at"}
    )
    row = {"item": "1", "who": "u1", "at": "03/04/2026"}
    alone = ReviewFeed(mapping, SECRET)
    learned = ReviewFeed(mapping, SECRET, learn=True)
    first = learned.prepare(row)
    learned.prepare(row | {"at": "31/01/2026"})
    learned.finish_learning()
    built = learned.build(row).record
    assert built is not None
    assert first == built.node.key == alone.key(row)
    assert built.node.properties["time"] == datetime(2026, 4, 3, tzinfo=UTC)


def test_placeholders_are_neither_names_nor_ids() -> None:
    mapping = {
        "category": {"columns": "path", "split": " > "},
        "gtins": "gtin",
        "mpn": "mpn",
        "also_bought": "also",
        "attributes": [{"column": "colour", "attribute": "colour"}, {"pairs": "more"}],
    }
    row = {
        "brand": "No brand",
        "path": "Kitchen > 其他",
        "gtin": "n/a",
        "mpn": "Does not apply",
        "also": ["-", "7", "null"],
        "colour": "不适用",
        "more": [{"name": "Finish", "value": "N/A"}, {"name": "-", "value": "x"}],
    }
    [built] = build([row], mapping)
    assert built.rejections == ()
    assert [t.tail.key for t in built.record.triples] == ["category:kitchen", "product:shop:7"]
    assert [built.record.nodes[0].properties[name] for name in ("gtins", "mpn")] == [None, None]
    [refused] = build([{"id": "N/A"}])
    assert refused.record is None
    [kept] = build([{"brand": "NAN"}], {"real_names": ["NAN"]})
    assert [t.tail.key for t in kept.record.triples] == ["brand:nan"]


def test_extractors_state_no_placeholders() -> None:
    texts = {"description": "品牌：无品牌，颜色：黑色，材质：不详"}
    stated = [
        StatedValue(attribute="Brand", value="无品牌"),
        StatedValue(attribute="colour", value="黑色"),
        StatedValue(attribute="material", value="不详"),
    ]
    accepted, refused = judge(stated, ["Brand", "colour", "material"], texts)
    assert [one.name for one in accepted] == ["黑色"]
    assert {str(one.reason) for one in refused} == {"no_value"}
    finding = Finding("brand", "Unbranded", "dictionary", "1", 0.9, Span("title", 0, 9))
    assert finding.is_placeholder
    assert not replace(finding, attribute="colour").is_placeholder
