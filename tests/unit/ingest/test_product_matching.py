"""Products that reviews and events name are found in the catalogues, whatever form the ids have."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.errors import MappingError
from catalograph.ingest import (
    EventMapping,
    IngestReport,
    ReviewMapping,
    ingest_events,
    ingest_reviews,
)
from catalograph.ingest.batches import RecordBatch
from catalograph.ingest.feeds import feed_of, matcher_of
from catalograph.ingest.product_ids import ProductIdIndex, ProductIdSample, canonical_id
from catalograph.ingest.product_matching import choose_catalogue, shares_known
from catalograph.ingest.readers import FeedLimits
from catalograph.ingest.rejection_log import RejectionLog
from catalograph.ingest.report import Counters
from catalograph.ingest.row_preparation import RowPreparer
from catalograph.ingest.stream import _Message, _Taken
from catalograph.schema import InteractionRecord, keys
from catalograph.settings import Settings

from .conftest import MemoryCatalogues, MemoryWriter

EVENTS = EventMapping.model_validate(
    {
        "source": "clicks",
        "event": {"constant": "view"},
        "id": "id",
        "product": "item",
        "user": "who",
    }
)
REVIEWS = ReviewMapping(source="words", id=("id",), product="item", user="who", rating="stars")


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def put(*items: object) -> Path:
    rows = [{"id": n, "item": item, "who": "ann"} for n, item in enumerate(items)]
    Path("clicks.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return Path("clicks.jsonl")


@pytest.fixture
def read(writer: MemoryWriter, settings: Settings) -> Any:
    def ingest(
        *items: object, mapping: EventMapping = EVENTS, **options: Any
    ) -> tuple[IngestReport, list[str | None]]:
        report = ingest_events([put(*items)], writer, settings, mapping, **options)
        events = (writer.records[f"event:clicks:{n}"] for n in range(len(items)))
        return report, [e.product for e in events if isinstance(e, InteractionRecord)]

    return ingest


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("12.0", "12"),
        ("12", "12.0"),
        ("012", "12"),
        ("12", "0012"),
        ('="0012"', "12"),
        ("'12", "12"),
        (" SKU-7 b ", "sku-7B"),
        ("１２", "12"),
        ("\ufeffab", "AB"),
        ("0", "000"),
        ("红茶 01", "红茶01"),
        ("shopify_US_7001_12", "12"),
        ("gid://shopify/ProductVariant/12", "shopify_ZZ_7001_12"),
    ],
)
def test_distorted_ids_have_one_form(written: str, stored: str) -> None:
    assert canonical_id(written) == canonical_id(stored)
    assert ProductIdIndex([("other", ()), (stored, ())]).find(written) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12", "120"),
        ("1.5", "15"),
        ("A-1", "A1"),
        ("A0", "A"),
        ("12.01", "12"),
        ("shopify_US_7_12", "shopify_US_12_7"),
        ("gid://shopify/Product/12", "12"),
    ],
)
def test_different_ids_have_different_forms(one: str, other: str) -> None:
    assert canonical_id(one) != canonical_id(other)


def test_an_ambiguous_form_finds_nothing() -> None:
    index = ProductIdIndex((id_, ()) for id_ in ("13", "013", "14"))
    assert [index.find(text) for text in ("0013", "14.0", "15")] == [None, "14", None]
    assert ProductIdIndex([]).find("13") is None


def test_other_identifiers_count_where_no_id_fits_and_one_product_has_them() -> None:
    index = ProductIdIndex(
        [
            ("K-1", ["4006381333931", "kettle"]),
            ("T-1", ["teapot", "L"]),
            ("T-2", ["teapot"]),
            ("L", ["lamp"]),
        ]
    )
    texts = ("04006381333931", "Kettle", "l", "teapot", "LAMP", "sofa")
    assert [index.find(text) for text in texts] == ["K-1", "K-1", "L", None, "L", None]


def test_a_sample_is_of_distinct_ids_and_the_same_in_any_order() -> None:
    ids = [f"id{n}" for n in range(5_000)]
    one, other = ProductIdSample(), ProductIdSample()
    for id_ in ids * 2:
        one.add(id_)
    for id_ in reversed(ids):
        other.add(id_)
    assert one.ids == other.ids
    assert len(one.ids) == 1_000
    assert len({id_ for id_ in one.ids if int(id_[2:]) < 2_500}) > 400


def test_products_are_those_of_the_only_catalogue(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"shop": ["1", "002", "x", "X"]}
    report, products = read("1", "2.0", "9", "x")
    assert products == [f"product:shop:{id_}" for id_ in ("1", "002", "9", "x")]
    told = dict(report.products)
    assert (told["named"], told["unknown"], told["respelled"]) == (4, 1, 1)
    assert told["catalogues"] == {"clicks.jsonl": "shop"}
    assert told["messages"] == [
        "Products and shoppers of clicks.jsonl are those of the catalogue 'shop', the only one in "
        "the graph. The key of a shopper: `catalograph user-key shop ID`.",
        "1 of 4 events name products by another id or another form of it, for example '2' for "
        "'002'.",
        "1 of 4 events name products that are not in the graph, for example '9'.",
    ]
    assert writer.finished[-1]["products"] == report.products


def test_the_id_of_a_group_is_that_of_its_first_variant(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"shop": ["tee-s", "tee-m", "cup"], "other": ["mug"]}
    writer.catalogues.groups = {"shop": {"tee": "tee-m", "cup": "tee-m"}}
    # Groups alone show the catalogue, and a product is no group.
    report, products = read("tee", "tee", "CUP", "hat")
    assert products == [f"product:shop:{id_}" for id_ in ("tee-m", "tee-m", "cup", "hat")]
    counts = dict(report.products)
    shares = [counts[name] for name in ("named", "unknown", "respelled", "grouped")]
    assert (shares, counts["grouped_ids"]) == ([4, 1, 1, 2], {"tee": "tee-m"})
    message = "2 of 4 events name a group of variants; they are kept at its first variant"
    assert f"{message}, for example 'tee' at 'tee-m'." in counts["messages"]


def test_shoppers_are_those_of_the_shop(
    writer: MemoryWriter, read: Any, settings: Settings
) -> None:
    writer.catalogues.ids = {"shop": ["1"]}
    read("1")
    Path("words.jsonl").write_bytes(orjson.dumps({"id": 1, "item": "1", "who": "ann", "stars": 5}))
    ingest_reviews([Path("words.jsonl")], writer, settings, REVIEWS)
    shopper = keys.user_key("shop", "ann", settings.user_hmac_key)
    for key in ("event:clicks:0", "review:words:1"):
        record = writer.records[key]
        assert isinstance(record, InteractionRecord)
        assert (record.user, record.product) == (shopper, "product:shop:1")


def test_exact_ids_need_no_list_of_the_catalogue(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"shop": ["1", "01"]}
    _, products = read("01", "1")
    assert products == ["product:shop:01", "product:shop:1"]
    assert writer.catalogues.listings == 0


def test_a_catalogue_is_asked_once_for_an_id(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"shop": ["1"]}
    report, _ = read(*["1"] * 2_500, "001", "9")
    assert (report.products["named"], report.products["respelled"]) == (2_502, 1)
    assert writer.catalogues.listings == 1
    to_decide, to_write = ["001", "1", "9"], ["1", "001", "9"]
    assert writer.catalogues.asked == to_decide + to_write


def test_of_several_catalogues_the_one_that_knows_the_ids_counts(
    writer: MemoryWriter, read: Any
) -> None:
    writer.catalogues.ids = {"a": ["1", "x"], "b": ["001", "002", "003", "004"]}
    report, products = read("1.0", "2.0", "3.0", "4.0")
    assert products == [f"product:b:00{n}" for n in range(1, 5)]
    assert "which knows 100% of the product ids" in report.products["messages"][0]


def test_several_catalogues_that_may_be_meant_are_asked_about(
    writer: MemoryWriter, read: Any
) -> None:
    writer.catalogues.ids = {"a": ["1", "2"], "b": ["1", "2", "3"], "c": ["9"]}
    with pytest.raises(MappingError, match=r"'b' knows 100% and 'a' knows 67%.*--product-source b"):
        read("1", "2", "3")
    assert writer.records == {}
    _, products = read("1", "2", "3", product_source="a")
    assert products == [f"product:a:{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "said", [{"source": "b"}, {"product_source": "b"}, {"source": "b", "product_source": None}]
)
def test_a_named_catalogue_is_not_questioned(
    writer: MemoryWriter, settings: Settings, said: dict[str, Any]
) -> None:
    writer.catalogues.ids = {"a": ["1", "2"], "b": ["1"]}
    report = ingest_events([put("1", "2")], writer, settings, EVENTS, **said)
    products = {r.product for r in writer.records.values() if isinstance(r, InteractionRecord)}
    assert products == {"product:b:1", "product:b:2"}
    assert [m for m in report.products["messages"] if "catalogue" in m] == []


def test_a_mapping_with_its_product_source_keeps_its_shoppers(
    writer: MemoryWriter, read: Any, settings: Settings
) -> None:
    writer.catalogues.ids = {"shop": ["1"]}
    read("1", mapping=EVENTS.model_copy(update={"product_source": "shop"}))
    record = writer.records["event:clicks:0"]
    assert isinstance(record, InteractionRecord)
    assert record.user == keys.user_key("clicks", "ann", settings.user_hmac_key)


def test_without_a_catalogue_the_report_says_how_they_meet(writer: MemoryWriter, read: Any) -> None:
    report, products = read("1")
    assert products == ["product:clicks:1"]
    first, second = report.products["messages"]
    assert first.startswith("The graph holds no catalogue yet with the products that clicks.jsonl")
    assert "`--source clicks`" in first
    assert second == "1 of 1 events name products that are not in the graph, for example '1'."
    # The catalogue comes later, and the same file again meets it.
    writer.catalogues.ids = {"shop": ["1"]}
    again, products = read("1")
    assert (again.written, products) == (1, ["product:shop:1"])


def test_a_catalogue_that_knows_no_id_is_not_taken(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"shop": ["7"]}
    report, products = read("1")
    assert products == ["product:clicks:1"]
    assert "No catalogue in the graph (shop) lists a product" in report.products["messages"][0]


def test_without_a_database_nothing_is_said_of_products(settings: Settings, tmp_path: Path) -> None:
    report = ingest_events([put("1")], MemoryWriter(catalogues=None), settings, EVENTS)
    assert (report.written, report.products) == (1, {})


def test_a_mistyped_catalogue_is_noticed(writer: MemoryWriter, read: Any) -> None:
    writer.catalogues.ids = {"teashop": ["1"]}
    report, _ = read("1", product_source="taeshop")
    assert (
        "no catalogue 'taeshop'; there are teashop. Did you mean 'teashop'?"
        in (report.products["messages"][0])
    )


def test_found_products_are_the_same_however_the_catalogue_is_named(
    writer: MemoryWriter, read: Any
) -> None:
    writer.catalogues.ids = {"shop": ["001"]}
    read("1.0")
    named, _ = read("1.0", product_source="shop")
    assert (named.written, named.unchanged) == (0, 1)
    dry, _ = read("1.0", dry_run=True)
    assert (dry.unchanged, dry.products["respelled"]) == (1, 1)


def test_a_stream_finds_them_too(writer: MemoryWriter, settings: Settings, tmp_path: Path) -> None:
    writer.catalogues.ids = {"shop": ["001"]}
    tally = Counters()
    feed = feed_of(EVENTS, "events", settings, learn=False)
    matcher = matcher_of(feed, writer, "topic", tally)
    assert matcher is not None
    batch = RecordBatch(
        writer,
        writer.write_interactions,
        writer.withdraw_interactions,
        "run",
        tally,
        match=matcher.match,
    )
    with batch, RejectionLog(tmp_path / "out", "topic", with_text=False) as kept_out:
        preparer = RowPreparer(EVENTS)
        limits = FeedLimits()
        taken = _Taken("topic", feed, None, batch, tally, kept_out, limits, preparer, matcher)
        for n, item in enumerate(("9", "1.0")):  # the first one alone decides nothing
            row = orjson.dumps({"id": n, "item": item, "who": "ann"})
            taken.write([_Message(0, n, b"key", row)])
    products = [r.product for r in writer.records.values() if isinstance(r, InteractionRecord)]
    assert products == ["product:clicks:9", "product:shop:001"]
    assert (tally.products.unknown, tally.products.respelled) == (1, 1)


def test_shares_are_ranked_and_half_as_much_is_no_rival() -> None:
    there = MemoryCatalogues({"a": ["1"], "b": ["1", "2", "3", "4"], "c": []})
    shares = shares_known(there, {"1", "2", "3", "5"})
    assert list(shares.items()) == [("b", 0.75), ("a", 0.25), ("c", 0.0)]
    assert choose_catalogue(shares, "events") == "b"
    assert choose_catalogue(dict.fromkeys(shares, 0.0), "events") is None
    assert shares_known(there, ("", "x" * 300)) == {"a": 0.0, "b": 0.0, "c": 0.0}
    many = shares_known(there, [*map(str, range(3_000)), " 1 "])
    assert 0 <= many["b"] < 0.01


def test_the_id_of_a_review_is_no_product() -> None:
    with pytest.raises(ValueError, match="a review's own id names no product"):
        ReviewMapping(source="s", product="review_id", id=("review_id",))
