"""Rows found by structure: lists in JSON documents, elements in XML, tables without a header."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import SourceFormatError
from catalograph.ingest import CatalogMapping, propose_mapping
from catalograph.ingest.readers import FeedLimits, ReadOptions, open_feed
from catalograph.schema import Rejection


def read(
    folder: Path, content: str | bytes, name: str = "x", **options: Any
) -> tuple[list[Any], tuple[str, ...]]:
    """Return the rows of a text, reasons for those rejected, and how they were found."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    limits = options.pop("limits", None)
    with open_feed(path, limits, ReadOptions(**options)) as feed:
        rows = [
            str(row.fields.reason) if isinstance(row.fields, Rejection) else dict(row.fields)
            for row in feed.rows()
        ]
        return rows, feed.notes


TWO = [{"id": "1", "t": "a"}, {"id": "2", "t": "b"}]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        {"data": {"articles": TWO}},
        {"exported": "2026-01-01", "count": 2, "data": {"articles": TWO}, "errors": []},
        {"meta": {"tags": [{"k": 1}, {"k": 2}, {"k": 3}]}, "products": TWO},
        {"kategorien": [{"id": n} for n in range(9)], "artikel": TWO},
        {"códigos": ["x"], "resultado": {"productos": TWO}},
        {"état": "ok", "produits": TWO},
        {"esito": 0, "prodotti": TWO},
        {"状态": "成功", "数据": {"商品": TWO}},
        {"結果": {"商品一覧": TWO}},
        {"answer": {"unheard_of": TWO}},
        {"store": {"id": 7, "name": "Shop"}, "list": TWO},
        {"name": "Shop A", "id": 7, "products": TWO},
    ],
)
def test_rows_nested_in_a_document_are_found(
    tmp_path: Path, document: dict[str, Any], indent: int | None
) -> None:
    rows, notes = read(tmp_path, json.dumps(document, ensure_ascii=False, indent=indent))
    assert rows == TWO
    assert len(notes) == 1
    assert notes[0].startswith("rows read from the list '")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "product",
    [
        {"sku": "1", "title": "Cup", "images": [{"src": "a"}, {"src": "b"}]},
        {"sku": "1", "name": "Cup", "offers": [{"price": 1}, {"price": 2}]},
        {"bilder": [{"url": "a"}, {"url": "b"}], "artikelnummer": "1", "bezeichnung": "Tasse"},
        {"商品编号": "1", "名称": "杯子", "图片": [{"url": "a"}, {"url": "b"}]},
        {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "zdjęcia": [{"u": 1}, {"u": 2}]},
        {"event_name": "purchase", "user_id": "u", "items": [{"item_id": "1"}, {"item_id": "2"}]},
    ],
)
def test_a_document_that_is_one_record_stays_one_row(
    tmp_path: Path, product: dict[str, Any], indent: int | None
) -> None:
    rows, notes = read(tmp_path, json.dumps(product, ensure_ascii=False, indent=indent))
    assert rows == [product]
    assert "the document itself" in notes[0]


def test_objects_by_key_are_rows_with_their_key(tmp_path: Path) -> None:
    document = {"products": {"P1": {"t": "a", "p": 1}, "P2": {"t": "b", "p": {"x": [{"y": 1}]}}}}
    rows, notes = read(tmp_path, json.dumps(document))
    assert rows == [
        {"@key": "P1", "t": "a", "p": 1},
        {"@key": "P2", "t": "b", "p": {"x": [{"y": 1}]}},
    ]
    assert "'products'" in notes[0]


def test_the_mapping_names_another_list_or_the_document(tmp_path: Path) -> None:
    text = json.dumps({"a": {"x": TWO}, "b": [{"n": 1}, {"n": 2}, {"n": 3}]})
    assert read(tmp_path, text)[0] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert "a.x (2)" in read(tmp_path, text)[1][0]
    assert read(tmp_path, text, rows="a.x") == (TWO, ())
    assert read(tmp_path, text, rows=".")[0] == [json.loads(text)]
    with pytest.raises(SourceFormatError, match=r"'rows: a.y'.*b \(3\), a.x \(2\)"):
        read(tmp_path, text, rows="a.y")


def test_a_path_of_rows_holds_in_each_line_and_element(tmp_path: Path) -> None:
    pages = [{"page": 1, "d": {"items": TWO}}, {"page": 2, "d": {"items": [3, {"id": "4"}]}}, {}]
    found = [*TWO, "malformed", {"id": "4"}, "malformed"]
    assert read(tmp_path, "\n".join(map(json.dumps, pages)), rows="d.items")[0] == found
    assert read(tmp_path, json.dumps(pages), rows="d.items")[0] == found


def test_a_document_longer_than_a_row_may_be_is_streamed(tmp_path: Path) -> None:
    """Given a document of 3 MB and rows of at most 2 kB, one row too long is rejected alone."""
    rows = [{"id": n, "text": 'x"]}[{' * 40} for n in range(8_000)]
    rows[5] = {"id": 5, "text": "y" * 3_000}
    document = {"blob": "z" * 600_000, "data": {"articles": rows}, "after": {"n": 1}}
    found, _ = read(tmp_path, json.dumps(document), limits=FeedLimits(row_bytes=2_000))
    assert len(found) == len(rows)
    assert found[5] == "too_long"
    assert found[6] == rows[6]
    assert found[-1] == rows[-1]


def test_a_document_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="ends inside"):
        read(tmp_path, '{"data": {"articles": [{"id": 1}, {"id": 2}, {"id"')
    with pytest.raises(SourceFormatError, match="ends inside"):
        read(tmp_path, '{"articles": [{"id": 1}, {"id": 2}], "more": {"a"')


def test_values_that_json_does_not_have_cost_no_row(tmp_path: Path) -> None:
    lines = '{"id": "1", "p": NaN}\n{"id": "2", "p": [1, -Infinity], "q": {"r": Infinity}}\n'
    half = '{"id": "3", "t": "a\\ud83d b"}\n{"id": "4", "t": "NaN \\ud83d\\ude00"}\n{"id": nan}\n'
    path = tmp_path / "x.jsonl"
    for text in (lines + half, "[" + ",".join((lines + half).splitlines()) + "]"):
        path.write_text(text)
        with open_feed(path) as feed:
            rows = list(feed.rows())
        assert [row.fields for row in rows[:4]] == [
            {"id": "1", "p": None},
            {"id": "2", "p": [1, None], "q": {"r": None}},
            {"id": "3", "t": "a\ud83d b"},
            {"id": "4", "t": "NaN 😀"},
        ]
        assert isinstance(rows[4].fields, Rejection)
        dropped = [[(each.field, each.scope) for each in row.rejections] for row in rows]
        assert dropped == [[("p", "value")], [("p", "value"), ("q.r", "value")], [], [], []]


YML = """<?xml version="1.0" encoding="UTF-8"?><yml_catalog date="2026-01-05 10:00"><shop>
<name>Shop</name><currencies><currency id="EUR" rate="1"/></currencies>
<categories><category id="1">Küche</category><category id="7" parentId="1">Kessel</category>
<category id="8" parentId="7">Wasserkessel</category><category id="9">无</category></categories>
<offers>
<offer id="a1" available="true"><url>https://x.example/1</url><price>19.90</price>
<currencyId>EUR</currencyId><categoryId>8</categoryId>
<name>Kettle &lt;script&gt;</name>
<param name="Colour">Red</param><param name="Volume" unit="l">1.5</param></offer>
<offer id="a2" available="false"><price>5</price><categoryId>1</categoryId>
<categoryId>9</categoryId>
<name>Cup</name><param name="Colour">Blue</param></offer></offers></shop></yml_catalog>"""


def test_yandex_offers_have_attributes_and_paths_of_categories(tmp_path: Path) -> None:
    rows, notes = read(tmp_path, YML)
    assert rows[0] == {
        "yml_catalog.date": "2026-01-05 10:00",
        "id": "a1",
        "available": "true",
        "url": "https://x.example/1",
        "price": "19.90",
        "currencyId": "EUR",
        "categoryId": "8",
        "category": "Küche > Kessel > Wasserkessel",
        "name": "Kettle <script>",
        "param": [
            {"name": "Colour", "value": "Red"},
            {"name": "Volume", "unit": "l", "value": "1.5"},
        ],
    }
    assert rows[1]["category"] == ["Küche", "无"]
    assert rows[1]["param"] == {"name": "Colour", "value": "Blue"}
    assert notes == () or "'offer'" in notes[0]


@pytest.mark.parametrize(
    ("wrapper", "row", "fields"),
    [
        ("SHOP", "SHOPITEM", "<ITEM_ID>{n}</ITEM_ID><PRODUCTNAME>Konev {n}</PRODUCTNAME>"),
        ("artikelliste", "artikel", "<nr>{n}</nr><bezeichnung>Größe</bezeichnung>"),
        ("catalogue", "produit", "<réf>{n}</réf><désignation>Été</désignation>"),
        ("catálogo", "producto", "<código>{n}</código><título>Niño</título>"),
        ("listino", "articolo", "<codice>{n}</codice><nome>Qualità</nome>"),
        ("商品列表", "商品", "<编号>{n}</编号><名称>杯子</名称>"),
        ("一覧", "商品", "<品番>{n}</品番><商品名>カップ</商品名>"),
        ("nodes_of_it", "thing", "<a>{n}</a><b>x</b>"),
        ("rows", "row", "<a>{n}</a><b>x</b>"),
        ("zboží", "kus", '<a v="{n}">x</a><pics><pic u="1" w="2"/><pic u="2" w="2"/></pics>'),
    ],
)
def test_any_element_that_repeats_is_a_row(
    tmp_path: Path, wrapper: str, row: str, fields: str
) -> None:
    inner = "".join(f"<{row}>{fields.format(n=n)}</{row}>\n" for n in range(3))
    extra = "<info><version>1</version></info>"
    rows, _ = read(tmp_path, f"<{wrapper}>{extra}{inner}</{wrapper}>")
    assert len(rows) == 3
    assert [next(iter(each.values())) in (str(n), "x") for n, each in enumerate(rows)] == [True] * 3


def test_rows_of_attributes_alone(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, '<t><row id="1" name="a" price="5"/><row id="2" name="b"/></t>')
    assert rows == [{"id": "1", "name": "a", "price": "5"}, {"id": "2", "name": "b"}]


def test_one_product_in_a_file_is_one_row(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path,
        '<catalog currency="EUR" version="2"><producto ref="7"><título>Taza</título><fotos>'
        "<foto><u>1</u><w>9</w></foto><foto><u>2</u><w>9</w></foto></fotos></producto></catalog>",
    )
    assert rows == [
        {
            "catalog.currency": "EUR",
            "ref": "7",
            "título": "Taza",
            "fotos": {"foto": [{"u": "1", "w": "9"}, {"u": "2", "w": "9"}]},
        }
    ]
    parts = "<k><u>1</u><w>2</w></k><k><u>3</u></k>"
    record = f"<ding><sku>1</sku><titel>Tasse</titel><teile>{parts}</teile></ding>"
    assert read(tmp_path, record)[0][0]["titel"] == "Tasse"


def test_attributes_of_texts(tmp_path: Path) -> None:
    rows, _ = read(
        tmp_path,
        """<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><product id="5">
        <id>own</id><name xml:lang="en">Kettle</name><name xml:lang="de">Kessel</name>
        <name xml:lang="zh">水壶</name><price currency="EUR">19.90</price>
        <cost currency="EUR">1</cost><cost currency="CNY">8</cost><old xsi:nil="true"/>
        <image type="main">a</image><image type="other">b</image><image type="other">c</image>
        <size unit="cm"><width>3</width></size><rating value="4" count="9"/>
        <link href="https://x.example"/><text>Red <b>kettle</b> of &amp; steel</text>
        <html><p>One</p><ul><li>two</li><li>three</li></ul></html>
        <shipping><price currency="EUR">4.95</price></shipping></product></r>""",
    )
    assert rows == [
        {
            "id": "own",
            "@id": "5",
            "name": "Kettle",
            "name.en": "Kettle",
            "name.de": "Kessel",
            "name.zh": "水壶",
            "price": "19.90",
            "price.currency": "EUR",
            "cost": ["1", "8"],
            "cost.currency": ["EUR", "CNY"],
            "cost.EUR": "1",
            "cost.CNY": "8",
            "old": "",
            "image": ["a", "b", "c"],
            "image.type": ["main", "other", "other"],
            "size": {"width": "3", "unit": "cm"},
            "rating": {"value": "4", "count": "9"},
            "link": "https://x.example",
            "text": "Red kettle of & steel",
            "html": "One\ntwo\nthree",
            "shipping": {"price": "4.95", "price.currency": "EUR"},
        }
    ]


def test_the_mapping_names_the_element_of_a_row(tmp_path: Path) -> None:
    text = (
        "<s><a><n>1</n><m>1</m></a><a><n>2</n><m>1</m></a><b><n>3</n></b><c><b><n>4</n></b></c></s>"
    )
    assert [row["n"] for row in read(tmp_path, text)[0]] == ["1", "2"]
    assert read(tmp_path, text, rows="b")[0] == [{"n": "3"}, {"n": "4"}]
    assert read(tmp_path, text, rows="c/b")[0] == [{"n": "4"}]
    with pytest.raises(SourceFormatError, match="no element 'd'. Its elements are: s, a, n"):
        read(tmp_path, text, rows="d")


@pytest.mark.parametrize("text", ["<a/>", "<rss><channel><title>x</title></channel></rss>"])
def test_xml_without_rows_is_an_error_that_names_its_elements(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceFormatError, match=r"no elements that could be rows.*'rows:'"):
        read(tmp_path, text)


def test_html_within_texts_does_not_make_a_feed_a_page(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><!-- <html> --><rss><channel><item><id>1</id><description>'
        "<![CDATA[<html><body><script>x</script></body>]]></description></item></channel></rss>"
    )
    rows, _ = read(tmp_path, text)
    assert rows == [{"id": "1", "description": "<html><body><script>x</script></body>"}]
    path = tmp_path / "page"
    for page in (
        "<!-- x -->\n<!DOCTYPE html><p>",
        '<?xml version="1.0"?><html><p/></html>',
        "<SCRIPT>",
    ):
        path.write_text(page)
        with open_feed(path) as feed:
            assert feed.format == "html"


def test_elements_without_end_in_a_row_are_bounded(tmp_path: Path) -> None:
    text = "<r><item>" + "<a/>" * 5_000 + "</item><item><a>2</a></item></r>"
    assert read(tmp_path, text, limits=FeedLimits(row_bytes=500))[0] == ["too_long", {"a": "2"}]
    long = '<r><item x="' + "y" * 3_000_000 + '"><a>1</a></item></r>'
    with pytest.raises(SourceFormatError, match="tag over"):
        read(tmp_path, long, limits=FeedLimits(row_bytes=500))


@pytest.mark.parametrize(
    "lines",
    [
        ["1001,Garden hose 10 m,19.90,https://x.example/1", "1002,Hose,5.00,https://x.example/2"],
        ["杯子;199,00;黑色", "水壶;299,00;白色", "桌子;99,50;黑色"],
        ["u1\tp7\tview\t2026-01-05", "u2\tp8\tview\t2026-01-06"],
        ["Tasse|rot|auf Lager", "Kanne|rot|auf Lager", "Topf|blau|auf Lager"],
        ["カップ,1980,赤", "皿,2480,青"],
    ],
)
def test_a_file_without_header_is_noted_and_its_columns_can_be_named(
    tmp_path: Path, lines: list[str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_feed(path) as feed:
        assert len(list(feed.rows())) == len(lines) - 1
        assert "'columns:'" in feed.notes[0]
        width = len(next(iter(feed.rows())).fields)  # type: ignore[arg-type]
    names = tuple(f"c{n}" for n in range(width))
    rows, notes = read(tmp_path, path.read_bytes(), columns=names)
    assert (len(rows), list(rows[0]), notes) == (len(lines), list(names), ())


@pytest.mark.parametrize(
    "lines",
    [
        ["id,title,price", "1,Cup,5"],
        ["product,2019,2020", "Cup,5,6"],
        ["商品编号,名称,价格", "1,杯子,5"],
        ["Artikelnummer;VK-Preis", "1;5,50"],
        ["référence;prix", "1;5,50"],
        ["código;precio", "1;5"],
        ["codice;prezzo", "1;5"],
        ["品番,価格", "1,5"],
        ["a,b", "1,2", "3,4"],
    ],
)
def test_a_header_is_not_doubted(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_feed(path) as feed:
        assert len(list(feed.rows())) == len(lines) - 1
        assert feed.notes == ()


def test_named_columns_do_not_make_a_row_of_a_header(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2\n3\n", columns=("a", "b"))[0] == [
        {"a": "1", "b": "2"},
        "malformed",
    ]


def test_quotes_enclose_cells_and_stand_in_texts_of_one_file(tmp_path: Path) -> None:
    text = (
        'id\ttitle\ttext\n1\t"Quoted" cup\tx\n2\tx\t"24"" arm\there"\n3\t"open\tx\n'
        '4\t5" screen\t"Cap with \\"brim\\""\n5\tx\t"two\nlines"\n'
    )
    assert read(tmp_path, text)[0] == [
        {"id": "1", "title": '"Quoted" cup', "text": "x"},
        {"id": "2", "title": "x", "text": '24" arm\there'},
        "malformed",
        {"id": "4", "title": '5" screen', "text": 'Cap with "brim"'},
        {"id": "5", "title": "x", "text": "two\nlines"},
    ]


def test_excels_separator_line_and_nameless_columns(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "\ufeffsep=;\r\nid;preis;;\r\n1;5,50;;\r\n2;6,50;x;\r\n")
    assert rows == [
        {"id": "1", "preis": "5,50", "column 3": "", "column 4": ""},
        {"id": "2", "preis": "6,50", "column 3": "x", "column 4": ""},
    ]


def test_half_a_surrogate_pair_keeps_no_file_from_a_proposal(tmp_path: Path) -> None:
    lines = [b'{"sku": "%d", "title": "Phone \\ud83d %d", "price": 1}' % (n, n) for n in range(9)]
    feed = tmp_path / "phones.jsonl"
    feed.write_bytes(b"\n".join(lines))
    mapping = propose_mapping(feed, "catalog")
    assert isinstance(mapping, CatalogMapping)
    assert (mapping.id, mapping.title) == (("sku",), "title")
