"""Encodings that are not UTF-8: detected over the whole file, stated, or refused."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers import ReadOptions, open_feed
from catalograph.schema import Rejection

TEXTS = {
    "zh": "商品编号,名称,品牌,颜色\n1001,无线蓝牙耳机,小米,黑色\n1002,不锈钢保温杯,苏泊尔,银色\n",
    "zh-tw": "商品編號,名稱,品牌,價格\n1001,無線藍牙耳機,小米,199\n1002,不鏽鋼保溫杯,膳魔師,89\n",
    "ja": "商品コード,商品名,価格,色\n1,ワイヤレスイヤホン,1980,黒\n2,ステンレスボトル,2480,銀\n",
    "ko": "상품코드,상품명,가격,색상\n1,무선 이어폰,19800,검정\n2,보온병 500ml,24800,은색\n",
    "de": "Artikelnummer,Größe,Preis\n1,Gartenschlauch für große Gärten,5\n2,Kopfhörer weiß,6\n",
    "fr": "réf,désignation,prix\n1,Écouteurs sans fil,59 €\n2,Théière émaillée d’été,24 €\n",
    "es": "código,descripción,precio\n1,Auriculares inalámbricos,59\n2,¿Pañales? ¡Sí!,9\n",
    "it": "codice,qualità,prezzo\n1,Cuffie però belle,59\n2,Tè più caffè,9\n",
    "en": "id,title,note\n1,Trail shoe – men’s,“best”\n2,24” monitor ½ price,19.90 €\n",
    "ru": "артикул,название,цена\n1,Беспроводные наушники,5990\n2,Термос стальной,2490\n",
}
CASES = [
    ("zh", "gbk", "GB18030"),
    ("zh", "gb18030", "GB18030"),
    ("zh-tw", "big5", "Big5"),
    ("ja", "shift_jis", "Shift_JIS"),
    ("ja", "euc_jp", "EUC-JP"),
    ("ko", "euc_kr", "EUC-KR"),
    ("de", "cp1252", "Windows-1252"),
    ("fr", "cp1252", "Windows-1252"),
    ("es", "latin-1", "Windows-1252"),
    ("it", "latin-1", "Windows-1252"),
    ("en", "cp1252", "Windows-1252"),
    ("ru", "cp1251", "Windows-1251"),
    ("ru", "koi8-r", "KOI8-R"),
]


def cells(path: Path, options: ReadOptions | None = None) -> tuple[list[Any], tuple[str, ...]]:
    with open_feed(path, None, options) as feed:
        rows = [
            row.fields if isinstance(row.fields, Rejection) else list(row.fields.values())
            for row in feed.rows()
        ]
        return rows, feed.notes


def expected(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()[1:]]


@pytest.mark.parametrize(("language", "encoding", "label"), CASES)
def test_the_encoding_of_a_spreadsheets_csv_is_found_and_noted(
    tmp_path: Path, language: str, encoding: str, label: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(TEXTS[language].encode(encoding))
    rows, notes = cells(path)
    assert rows == expected(TEXTS[language])
    assert [note.split(",")[0] for note in notes] == [f"rows read as {label}"]


@pytest.mark.parametrize(("language", "encoding", "label"), CASES)
@pytest.mark.parametrize("packed", [False, True])
def test_a_long_beginning_in_ascii_misleads_nobody(
    tmp_path: Path, language: str, encoding: str, label: str, packed: bool
) -> None:
    """Given 600 kB before the first other character, all rows come out right."""
    prefix = "id,a,b\n" + "".join(f"{n},plain text,here\n" for n in range(30_000))
    last = [line.split(",")[1] for line in TEXTS[language].splitlines()]
    content = (prefix + "".join(f"x,{text},y\n" for text in last)).encode(encoding)
    path = tmp_path / "x.csv"
    path.write_bytes(gzip.compress(content) if packed else content)
    rows, notes = cells(path)
    assert len(rows) == 30_000 + len(last)
    assert rows[-len(last) :] == [["x", text, "y"] for text in last]
    assert label in notes[0]


@pytest.mark.parametrize("encoding", ["gbk", "big5", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_lines_and_documents_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    text = "不鏽鋼保溫杯 黑色 價格" if encoding == "big5" else "不锈钢保温杯 黑色 价格"
    path = tmp_path / "x"
    for content in (
        f'{{"t": "{text}"}}\n' * 2,
        f'{{"data": [{{"t": "{text}"}}, {{"t": "{text}"}}]}}',
    ):
        path.write_bytes(content.encode(encoding))
        assert cells(path)[0] == [[text], [text]]


def test_xml_and_html_state_their_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x"
    item = "<item><t>黑色保温杯</t></item>"
    path.write_bytes(f'<?xml version="1.0" encoding="GB2312"?><r>{item}</r>'.encode("gbk"))
    assert cells(path) == ([["黑色保温杯"]], ())
    path.write_bytes(f'<?xml version="1.0" encoding="gbk"?><r>{item}</r>'.encode())
    assert cells(path)[0] == [["黑色保温杯"]]
    path.write_bytes(
        '<?xml version="1.0"?><r><item><t>Größe für Gärten</t></item></r>'.encode("cp1252")
    )
    assert cells(path)[0] == [["Größe für Gärten"]]
    path.write_bytes(b'<?xml version="1.0" encoding="nonsense"?><r/>')
    with pytest.raises(SourceFormatError, match="'nonsense'.*--encoding"):
        cells(path)
    page = (
        '<html><head><meta charset="Shift_JIS"><script type="application/ld+json">'
        '{"@type": "Product", "sku": "1", "name": "靴下"}</script></head></html>'
    )
    path.write_bytes(page.encode("shift_jis"))
    assert cells(path)[0] == [["Product", "1", "靴下", "1"]]


def test_an_unclear_encoding_is_refused_until_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("id,t\n1,Słuchawki żółte\n2,Kubek z łyżką\n".encode("cp1250"))
    with pytest.raises(SourceFormatError, match="not clear; it may be .*--encoding"):
        cells(path)
    found = [["1", "Słuchawki żółte"], ["2", "Kubek z łyżką"]]
    assert cells(path, ReadOptions(encoding="cp1250")) == (found, ())
    with pytest.raises(SourceFormatError, match="'utf-9' is no encoding"):
        cells(path, ReadOptions(encoding="utf-9"))
    with pytest.raises(SourceFormatError, match="'hex' is no encoding"):
        cells(path, ReadOptions(encoding="hex"))


def test_a_few_damaged_rows_are_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    good = "".join(f"{n},Größe\n" for n in range(40)).encode()
    path.write_bytes(b"id,t\n" + good + b"bad,Gr\xf6\xdfe\n" + good)
    rows, notes = cells(path)
    assert [n for n, row in enumerate(rows) if isinstance(row, Rejection)] == [40]
    assert notes == ()
    chinese = "".join(f"{n},黑色保温杯\n" for n in range(40)).encode("gbk")
    path.write_bytes(b"id,t\n" + chinese + b"bad,\xff\xff\n" + chinese)
    rows, notes = cells(path)
    assert [n for n, row in enumerate(rows) if isinstance(row, Rejection)] == [40]
    assert rows[41] == ["0", "黑色保温杯"]


def test_the_stated_encoding_goes_before_what_the_bytes_suggest(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("id,t\n1,黑色保温杯\n".encode())
    assert cells(path, ReadOptions(encoding="latin-1"))[0] != [["1", "黑色保温杯"]]
    assert cells(path, ReadOptions(encoding="UTF-8"))[0] == [["1", "黑色保温杯"]]
