"""Feeds as shops send them: shipped mappings, snapshots, tombstones, a watched folder."""

import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalograph.errors import IngestError, StoreUnavailableError
from catalograph.ingest import CatalogMapping, IngestReport, ReviewMapping, ingest_catalog
from catalograph.ingest import ingest_reviews as read_reviews
from catalograph.ingest.identifiers import to_gtin
from catalograph.ingest.values.currencies import find_currency
from catalograph.ingest.watch import WatchedFile, watch_folder
from catalograph.schema import InteractionRecord, SourceRecord
from catalograph.settings import Settings

from .conftest import MemoryWriter

MAPPING = CatalogMapping.model_validate(
    {"source": "shop", "id": "id", "title": "name", "deleted": "gone"}
)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def jsonl(name: str, *rows: Any) -> Path:
    lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    Path(name).write_bytes(b"\n".join(lines) + b"\n")
    return Path(name)


def check(report: IngestReport) -> IngestReport:
    parts = (report.written, report.unchanged, report.superseded, report.rejected, report.withdrawn)
    assert report.rows == sum(parts)
    return report


def said(record: SourceRecord | InteractionRecord) -> tuple[dict[str, Any], set[str]]:
    assert isinstance(record, SourceRecord)
    properties = {n: v for n, v in record.nodes[0].properties.items() if v is not None}
    tails = {t.tail.key for t in record.triples if t.support.extractor == "column"}
    return properties, tails


GOOGLE_TSV = (
    "id\ttitle\tdescription\tlink\timage_link\tprice\tsale_price\tbrand\tgtin\tmpn\tproduct_type\t"
    "availability\tcondition\tcolor\titem_group_id\tproduct_detail\tunit_pricing_measure\n"
    "A1\tMug\tFor tea\thttps://x/1\thttps://x/1.jpg\t12.00 USD\t9.50 USD\tAcme\t"
    "4006381333931\tM-1\tHome > Mugs\tin_stock\tnew\tred/blue\tG1\t"
    "General:Finish:matt,Size:Capacity:300 ml\t300 ml\n"
    "A2\tCup\t\thttps://x/2\thttps://x/2.jpg\t3 XXX\t\t\t4006381333932\t\t2271\t\t\t\t\t\t\n"
)
GOOGLE_XML = """<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item>
<g:id>A1</g:id><title>Mug</title><description>For tea</description><link>https://x/1</link>
<g:image_link>https://x/1.jpg</g:image_link><g:price>12.00 USD</g:price>
<g:sale_price>9.50 USD</g:sale_price><g:brand>Acme</g:brand><g:gtin>4006381333931</g:gtin>
<g:mpn>M-1</g:mpn><g:product_type>Home &gt; Mugs</g:product_type>
<g:availability>in_stock</g:availability><g:condition>new</g:condition><g:color>red/blue</g:color>
<g:item_group_id>G1</g:item_group_id><g:unit_pricing_measure>300 ml</g:unit_pricing_measure>
<g:product_detail><g:section_name>General</g:section_name><g:attribute_name>Finish</g:attribute_name>
<g:attribute_value>matt</g:attribute_value></g:product_detail><g:product_detail>
<g:attribute_name>Capacity</g:attribute_name><g:attribute_value>300 ml</g:attribute_value>
</g:product_detail></item></channel></rss>"""


def test_google_merchant_data_says_the_same_in_tsv_and_xml(
    writer: MemoryWriter, settings: Settings
) -> None:
    Path("one").write_text(GOOGLE_TSV)
    report = check(ingest_catalog(["one"], writer, settings, source="shop"))
    assert report.files == (("one", "google_merchant"),)
    # A price in no currency, a wrong check digit: two values are dropped, the row is not.
    assert report.reasons == {"out_of_range currency": 1, "wrong_type gtins": 1}
    properties, tails = said(writer.records["source:shop:catalog/A1"])
    expected = {
        "source": "shop",
        "id": "A1",
        "listed": True,
        "title": "Mug",
        "description": "For tea",
        "url": "https://x/1",
        "image_url": "https://x/1.jpg",
        "media_urls": ["https://x/1.jpg"],
        "price": 12.0,
        "price_amount": "12.00",
        "currency": "USD",
        "sale_price": 9.5,
        "sale_price_amount": "9.50",
        "availability": "in stock",
        "availability_status": "IN_STOCK",
        "gtins": ["04006381333931"],
        "mpn": "M-1",
        "group": "G1",
        "option_names": ["Color"],
        "option_values": ["red/blue"],
    }
    assert properties == expected
    assert {"brand:acme", "category:home/mugs", "value:colour=red", "value:finish=matt"} <= tails
    assert any(tail.startswith("value:net content=300") for tail in tails)
    Path("two").write_text(GOOGLE_XML)
    again = check(ingest_catalog(["two"], writer, settings, source="shop"))
    assert (again.files[0][1], again.unchanged, again.written) == ("google_merchant", 1, 0)


@pytest.mark.parametrize("old", [False, True])
def test_openai_feed_withdraws_what_may_not_be_found(
    writer: MemoryWriter, settings: Settings, old: bool
) -> None:
    names = (
        ("id", "link", "image_link", "enable_search")
        if old
        else ("item_id", "url", "image_url", "is_eligible_search")
    )
    base = dict(zip(names, ("S1", "https://x", "https://x/i", "true"), strict=True))
    row = base | {"title": "Shoe", "price": "79.99 USD", "product_category": "Apparel > Shoes"}
    first = check(ingest_catalog([jsonl("a", row)], writer, settings))
    assert first.files[0][1] == ("openai_products_2025" if old else "openai_products")
    properties, tails = said(writer.records["source:openai_feed:catalog/S1"])
    assert (properties["price"], properties["currency"]) == (79.99, "USD")
    assert tails == {"category:apparel/shoes"}
    gone = check(ingest_catalog([jsonl("a", row | {names[3]: "false"})], writer, settings))
    assert (gone.withdrawn, gone.written, writer.records) == (1, 0, {})


def test_schema_org_products(writer: MemoryWriter, settings: Settings) -> None:
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": "S1",
        "name": "Mug",
        "brand": {"@type": "Brand", "name": "Acme"},
        "offers": {"@type": "Offer", "price": "9.50", "priceCurrency": "EUR"},
        "additionalProperty": [{"@type": "PropertyValue", "name": "Finish", "value": "matt"}],
    }
    report = check(ingest_catalog([jsonl("a", product)], writer, settings))
    assert report.files[0][1] == "schema_org_products"
    properties, tails = said(writer.records["source:schema_org:catalog/S1"])
    assert (properties["price"], properties["currency"]) == (9.5, "EUR")
    assert {"brand:acme", "value:finish=matt"} <= tails


def test_amazon_metadata_and_reviews_of_2023(writer: MemoryWriter, settings: Settings) -> None:
    item = {
        "parent_asin": "B1",
        "title": "Pan",
        "features": ["Non-stick"],
        "description": [],
        "price": 20.0,
        "images": [{"large": "https://i"}],
        "store": "Acme",
        "categories": ["Home", "Kitchen"],
        "details": {"Color": "black", "Item model number": "P-9", "UPC": "012345678905"},
    }
    report = check(ingest_catalog([jsonl("a", item)], writer, settings))
    assert report.files[0][1] == "amazon_products_2023"
    properties, tails = said(writer.records["source:amazon:catalog/B1"])
    assert (properties["mpn"], properties["gtins"]) == ("P-9", ["00012345678905"])
    assert (properties["image_url"], properties["description"]) == ("https://i", "Non-stick")
    assert tails == {"brand:acme", "category:home/kitchen", "value:colour=black"}
    review = {"parent_asin": "B1", "user_id": "U", "rating": 5.0, "timestamp": 1600000000000}
    assert check(read_reviews([jsonl("r", review)], writer, settings)).written == 1


@pytest.mark.parametrize("code", ["4006381333932", "123", "0000000000000", "2000000000008", "x"])
def test_what_is_no_gtin(code: str) -> None:
    with pytest.raises(ValueError, match=r"GTIN|digits"):
        to_gtin(code)


def test_gtins_have_one_form() -> None:
    assert {to_gtin(c) for c in ("012345678905", "0012345678905", "12345678905 ")} == {
        "00012345678905"
    }
    assert to_gtin("96385074") == "00000096385074"


@pytest.mark.parametrize(
    ("cell", "code"),
    [("12.00 USD", "USD"), ("EUR 9,99", "EUR"), ("9,99 €", "EUR"), ("$5", None), (5, None)],
)
def test_currency_written_with_a_price(cell: Any, code: str | None) -> None:
    found = find_currency(cell)
    assert (None if found is None else found.code) == code


def test_a_tombstone_supersedes_and_is_superseded(writer: MemoryWriter, settings: Settings) -> None:
    rows = (
        {"id": 1, "name": "a"},
        {"id": 1, "gone": "YES"},
        {"id": 2, "gone": True},
        {"id": 2, "name": "b"},
        {"id": 3, "gone": "1"},
    )
    ingest_catalog([jsonl("a", {"id": 1, "name": "a"})], writer, settings, MAPPING)
    dry = check(ingest_catalog([jsonl("b", *rows)], writer, settings, MAPPING, dry_run=True))
    report = check(ingest_catalog([jsonl("b", *rows)], writer, settings, MAPPING))
    for told in (dry, report):
        assert (told.superseded, told.withdrawn, told.written, told.unchanged) == (2, 1, 1, 1)
    assert list(writer.records) == ["source:shop:catalog/2"]


def test_a_review_is_withdrawn_by_its_own_key(writer: MemoryWriter, settings: Settings) -> None:
    mapping = ReviewMapping.model_validate(
        {"source": "s", "product": "p", "user": "u", "deleted": "gone"}
    )
    read_reviews([jsonl("a", {"p": "1", "u": "x"})], writer, settings, mapping)
    gone = jsonl("a", {"p": "1", "u": "x", "gone": True})
    assert check(read_reviews([gone], writer, settings, mapping)).withdrawn == 1
    assert writer.records == {}


def products(*ids: int) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"product {n}"} for n in ids]


def test_a_snapshot_withdraws_what_is_missing_from_all_its_files(
    writer: MemoryWriter, settings: Settings
) -> None:
    ingest_catalog([jsonl("a", *products(1, 2, 3, 4))], writer, settings, MAPPING)
    other = MAPPING.model_copy(update={"source": "other"})
    ingest_catalog([jsonl("a", *products(9))], writer, settings, other)
    # The row of product 2 is bad, which does not mean that it is gone.
    files = [jsonl("a", *products(1)), jsonl("b", {"id": 2}, *products(3))]
    dry = ingest_catalog(files, writer, settings, MAPPING, snapshot=True, dry_run=True)
    assert (dry.vanished, len(writer.records)) == (1, 5)
    report = check(ingest_catalog(files, writer, settings, MAPPING, snapshot=True))
    assert (report.vanished, report.refused) == (1, "")
    assert writer.withdrawn == ["source:shop:catalog/4"]


@pytest.mark.parametrize(
    ("rows", "why"), [(products(1), "share"), ([*products(1, 2, 3), b"{broken"], "not be read")]
)
def test_a_snapshot_that_may_be_cut_off_withdraws_nothing(
    writer: MemoryWriter, settings: Settings, rows: list[Any], why: str
) -> None:
    ingest_catalog([jsonl("a", *products(1, 2, 3, 4))], writer, settings, MAPPING)
    cut = jsonl("a", *rows)
    report = check(ingest_catalog([cut], writer, settings, MAPPING, snapshot=True))
    assert why in report.refused
    assert (report.vanished, len(writer.records)) == (0, 4)
    allowed = ingest_catalog([cut], writer, settings, MAPPING, snapshot=True, allow_shrink=True)
    assert allowed.vanished == 4 - len([r for r in rows if isinstance(r, dict)])
    assert allowed.refused == ""


def test_reviews_are_never_a_snapshot(writer: MemoryWriter, settings: Settings) -> None:
    with pytest.raises(IngestError, match="catalogue"):
        read_reviews(["a"], writer, settings, snapshot=True)


def test_without_a_dictionary_a_record_depends_on_its_own_row(
    writer: MemoryWriter, settings: Settings
) -> None:
    mapping = MAPPING.model_copy(update={"brand": "brand"})
    rows = [{"id": n, "name": f"Zorbex kettle {n}", "brand": "Zorbex"} for n in range(30)]
    rows.append({"id": 99, "name": "Zorbex toaster"})
    for learn, expected in ((True, {"brand:zorbex"}), (False, set[str]())):
        ingest_catalog([jsonl("a", *rows)], writer, settings, mapping, learn=learn)
        record = writer.records["source:shop:catalog/99"]
        assert isinstance(record, SourceRecord)
        assert {t.tail.key for t in record.triples if t.relation == "HAS_BRAND"} == expected


def test_a_write_that_fails_is_raised_and_noted_with_the_run(
    writer: MemoryWriter, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailableError("gone away")

    monkeypatch.setattr(writer, "write_records", fail)
    with pytest.raises(StoreUnavailableError, match="gone away"):
        ingest_catalog([jsonl("a", *products(*range(2500)))], writer, settings, MAPPING)
    assert (writer.failed, writer.finished) == (["gone away"], [])


def follow(
    folder: Path, writer: MemoryWriter, settings: Settings, **more: Any
) -> list[WatchedFile]:
    stop = threading.Event()
    return list(
        watch_folder(folder, writer, settings, MAPPING, stop=stop, settle=0, once=True, **more)
    )


def test_a_watched_folder_moves_each_file_when_it_is_done_with(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "feeds"
    (folder / "catalog").mkdir(parents=True)
    (folder / "done" / "catalog").mkdir(parents=True)
    (folder / "done" / "catalog" / "b.jsonl").write_text("of yesterday")
    jsonl(str(folder / "a.jsonl"), *products(1), {"name": "no id"})
    jsonl(str(folder / "catalog" / "b.jsonl"), *products(2))
    jsonl(str(folder / "catalog" / "c.jsonl.part"), *products(3))
    (folder / "broken.json").write_bytes(b"\x00")
    done = {w.file.name: w for w in follow(folder, writer, settings)}
    assert set(writer.records) == {"source:shop:catalog/1", "source:shop:catalog/2"}
    assert done["a.jsonl"].moved == folder / "done" / "a.jsonl"
    assert (folder / "done" / "a.jsonl.rejected.jsonl").exists()
    assert done["b.jsonl"].moved == folder / "done" / "catalog" / "b-2.jsonl"
    assert done["broken.json"].moved == folder / "failed" / "broken.json"
    reason = (folder / "failed" / "broken.json.reason.txt").read_text()
    assert reason.strip() == done["broken.json"].error != ""
    assert (folder / "catalog" / "c.jsonl.part").exists()
    assert follow(folder, writer, settings) == []


def test_a_file_being_written_is_left_alone_and_stopping_leaves_it(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "feeds"
    folder.mkdir()
    stop = threading.Event()
    file = jsonl(str(folder / "a.jsonl"), *products(1))
    threading.Timer(0.5, stop.set).start()
    watched = list(watch_folder(folder, writer, settings, MAPPING, stop=stop, settle=60))
    assert (watched, file.exists(), writer.records) == ([], True, {})


def test_two_processes_do_not_watch_one_folder(
    writer: MemoryWriter, settings: Settings, tmp_path: Path
) -> None:
    stop = threading.Event()
    jsonl(str(tmp_path / "a.jsonl"), *products(1))
    first = watch_folder(tmp_path, writer, settings, MAPPING, stop=stop, settle=0)
    next(first)
    with pytest.raises(IngestError, match="Another process"):
        next(watch_folder(tmp_path, writer, settings, MAPPING, stop=stop))
    first.close()  # type: ignore[attr-defined]
