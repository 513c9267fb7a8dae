"""Documents of all forms become passages with headings, languages and links."""

from io import BytesIO
from pathlib import Path

import pytest

from catalograph.errors import InvalidInputError, SourceFormatError
from catalograph.ingest import DocumentOptions, ingest_documents
from catalograph.ingest.documents.blocks import TextBlock, read_html, read_markdown
from catalograph.ingest.documents.links import NameIndex, read_about
from catalograph.ingest.documents.passages import LARGEST_LENGTH, cut_passages, length_of
from catalograph.schema import check_composite
from catalograph.schema.service import DocumentKind
from catalograph.settings import Settings

from .conftest import MemoryWriter

MARKDOWN = """---
kind: policy
about: [brand:Acme, "category:Photo > Cameras", product:shop:cam1]
time: 2026-03-01
---
# Returns

You have **30 days** to [return](https://shop.example/r) a product.

## What it costs

- Parcels are free.
- Furniture costs `20 EUR`.

| zone | days |
|------|------|
| EU   | 3    |
"""
NAMES = [
    ("Brand", "brand:acme", ["Acme"]),
    ("Brand", "brand:小米", ["小米"]),
    ("Category", "category:photo/cameras", ["Photo", "Cameras"]),
    ("Category", "category:photo/bags", ["Photo", "Bags"]),
]


def test_markdown_keeps_headings_lists_and_tables() -> None:
    read = read_markdown(MARKDOWN, "returns.md")
    assert read.title == "Returns"
    assert read.data["kind"] == "policy"
    assert [block.headings for block in read.blocks] == [
        ("Returns",),
        ("Returns", "What it costs"),
        ("Returns", "What it costs"),
    ]
    assert read.blocks[0].text == "You have 30 days to return a product."
    assert read.blocks[1].text == "- Parcels are free.\n- Furniture costs 20 EUR."
    assert read.blocks[2].text == "zone | days\nEU | 3"


def test_html_gives_its_main_text_language_and_address() -> None:
    read = read_html(
        "<html lang='de'><head><title>Versand</title>"
        "<link rel=canonical href='https://shop.example/versand'></head><body>"
        "<nav>Start | Korb</nav><main><h1>Versand</h1><p>Wir liefern in 3&nbsp;Tagen.</p>"
        "<script>track()</script></main><footer>Impressum</footer></body></html>",
        "versand.html",
    )
    assert (read.title, read.data) == (
        "Versand",
        {"language": "de", "url": "https://shop.example/versand"},
    )
    assert [block.text for block in read.blocks] == ["Wir liefern in 3 Tagen."]


@pytest.mark.parametrize("sentence", ["One sentence of some words. ", "一句话说明怎么退货。", "x"])
def test_long_texts_are_cut_and_nothing_is_lost(sentence: str) -> None:
    text = sentence * 3_000
    passages = cut_passages([TextBlock(("Returns",), text)], "Returns")
    assert max(length_of(passage.text) for passage in passages) <= LARGEST_LENGTH
    joined = "".join(passage.text for passage in passages)
    assert joined.replace(" ", "") == text.replace(" ", "")


def test_short_blocks_under_one_heading_are_joined() -> None:
    blocks = [TextBlock(("A",), "one"), TextBlock(("A",), "two"), TextBlock(("A", "B"), "three")]
    found = [(passage.heading, passage.text) for passage in cut_passages(blocks)]
    assert found == [("A", "one\ntwo"), ("A › B", "three")]


def test_names_are_found_as_wholes_and_in_chinese() -> None:
    index = NameIndex(NAMES)
    assert [n.key for n in index.find("Cameras by Acme: care")] == [
        "brand:acme",
        "category:photo/cameras",
    ]
    assert [n.key for n in index.find("小米手机的保修")] == ["brand:小米"]
    assert index.find("Acmeology") == []


def test_statements_that_name_nothing_are_rejections() -> None:
    nodes, faults = read_about("brand:Acme, cameras, product:shop")
    assert [node.key for node in nodes] == ["brand:acme"]
    assert [fault.field for fault in faults] == ["about", "about"]
    assert "category:<name> > <name>" in faults[0].detail


def test_a_folder_is_read_once_and_its_changes_only(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    writer.catalogues.names = NAMES
    folder = tmp_path / "help"
    (folder / "zh").mkdir(parents=True)
    (folder / "returns.md").write_text(MARKDOWN)
    (folder / "zh" / "退货.md").write_text("# 退货\n\n收到商品后七天内可以退货。\n")
    (folder / "faq.json").write_text(
        '[{"question": "Are Acme bags waterproof?", "answer": "<p>Most are.</p>"},'
        ' {"question": "Do you ship to Malta?", "answer": ""}]'
    )
    options = DocumentOptions(source="help", rejected=tmp_path / "no.jsonl", snapshot=True)
    report = ingest_documents([folder], writer, settings, options)
    assert (report.rows, report.written, report.value_rejections) == (3, 3, 1)
    assert "Row 2 has no answer" in (tmp_path / "no.jsonl").read_text()
    records = writer.composites
    returns = records["document:help:returns.md"]
    assert returns.node.properties["kind"] == DocumentKind.POLICY
    assert {(link.head, link.tail.key) for link in returns.links} == {
        ("document:help:returns.md", "brand:acme"),
        ("document:help:returns.md", "category:photo/cameras"),
        ("document:help:returns.md", "product:shop:cam1"),
    }
    [chinese] = records["document:help:zh/退货.md"].parts
    assert chinese.properties["language"] == "zh"
    faq = records["document:help:faq.json"]
    assert [part.properties["heading"] for part in faq.parts] == ["Are Acme bags waterproof?"]
    assert {(link.head, link.tail.key) for link in faq.links} == {
        ("passage:help:faq.json#1", "brand:acme"),
        ("passage:help:faq.json#1", "category:photo/bags"),
    }
    assert not any(check_composite(record) for record in records.values())

    (folder / "zh" / "退货.md").unlink()
    again = ingest_documents([folder], writer, settings, options)
    assert (again.written, again.unchanged, again.vanished) == (0, 2, 1)
    assert "document:help:zh/退货.md" not in records
    other = tmp_path / "other.md"
    other.write_text("Another delivery.")
    wrong = ingest_documents([other], writer, settings, options)
    assert "more than the share" in wrong.refused
    assert "document:help:faq.json" in records


def test_pdf_keeps_pages_and_an_empty_one_is_refused(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    from pypdf import PdfWriter

    blank = PdfWriter()
    blank.add_blank_page(100, 100)
    stream = BytesIO()
    blank.write(stream)
    (tmp_path / "scan.pdf").write_bytes(stream.getvalue())
    with pytest.raises(SourceFormatError, match="no text"):
        ingest_documents([tmp_path / "scan.pdf"], writer, settings)
    (tmp_path / "manual.pdf").write_bytes(write_pdf("Charge it for two hours."))
    ingest_documents([tmp_path / "manual.pdf"], writer, settings)
    [part] = writer.composites["document:documents:manual.pdf"].parts
    assert (part.properties["text"], part.properties["page"]) == ("Charge it for two hours.", 1)


def write_pdf(text: str) -> bytes:
    """Return a file with one page and a line of text."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = "%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj{body}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = len(out)
    out += f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\n"
    return f"{out}startxref\n{end}\n%%EOF".encode()


def test_what_cannot_be_read_says_what_to_do(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(SourceFormatError, match=r"\.md"):
        ingest_documents([tmp_path / "a.docx"], writer, settings)
    with pytest.raises(SourceFormatError, match="Check the path"):
        ingest_documents([tmp_path / "none.md"], writer, settings)
    with pytest.raises(InvalidInputError, match="brand:<name>"):
        ingest_documents([tmp_path], writer, settings, DocumentOptions(about=("cameras",)))
    (tmp_path / "bad.md").write_text("---\ntitle: [\n---\ntext")
    with pytest.raises(SourceFormatError, match="YAML"):
        ingest_documents([tmp_path / "bad.md"], writer, settings)


def test_documents_lose_the_kinds_of_personal_data_that_the_settings_name(
    tmp_path: Path, writer: MemoryWriter, settings: Settings
) -> None:
    (tmp_path / "letter.md").write_text(
        "# Returns\n\nMy name is Jane Doe, SSN 536-90-4399. Call +1 212 555 0147.\n"
    )
    ingest = settings.ingest.model_copy(update={"document_data": ("NAME", "ID")})
    careful = settings.model_copy(update={"ingest": ingest})
    options = DocumentOptions(source="help", rejected=tmp_path / "no.jsonl")
    ingest_documents([tmp_path / "letter.md"], writer, careful, options)
    [part] = writer.composites["document:help:letter.md"].parts
    assert part.properties["text"] == "My name is [NAME], SSN [ID]. Call +1 212 555 0147."
