"""Documents as blocks of text under headings: Markdown, HTML, PDF, plain text.

HTML becomes Markdown first (markdownify), so that both have one reader (markdown-it-py, CommonMark
with tables). PDF has no headings; its paragraphs keep their page (pypdf).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import yaml

from catalograph.errors import MissingExtraError, SourceFormatError

EXTRA = "documents"
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_AROUND = ("script", "style", "nav", "header", "footer", "aside", "form", "noscript", "template")
"""Elements of a page that are not its text."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_BROKEN_WORD = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph, list, table or listing.

    Attributes:
        headings: headings above it, the outermost first.
        text: plain text.
        page: page of the file, from 1; None where the form has none.
    """

    headings: tuple[str, ...]
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentText:
    """Content of a document.

    Attributes:
        title: title that the document states; None if it states none.
        blocks: blocks in their order.
        data: further statements of the document about itself: kind, language, url, time, about, id.
    """

    title: str | None
    blocks: tuple[TextBlock, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def read_markdown(text: str, name: str) -> DocumentText:
    """Read CommonMark with tables and YAML front matter.

    Args:
        text: the document.
        name: name of the file, for messages.

    Raises:
        SourceFormatError: the front matter is no YAML mapping.
        MissingExtraError: the extra `documents` is not installed.
    """
    try:
        from markdown_it import MarkdownIt
        from markdown_it.tree import SyntaxTreeNode
    except ImportError as exc:
        raise MissingExtraError(EXTRA, "markdown-it-py") from exc
    data: dict[str, Any] = {}
    if (matter := _FRONT_MATTER.match(text)) is not None:
        data = _read_front_matter(matter[1], name)
        text = text[matter.end() :]
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    blocks = tuple(_walk(tree.children))
    title = data.pop("title", None)
    first = next((b.headings[0] for b in blocks if b.headings), None)
    return DocumentText(str(title) if title else first, blocks, data)


def read_html(text: str, name: str) -> DocumentText:
    """Read a page: its title, language and address, and the text of its main part.

    Raises:
        MissingExtraError: the extra `documents` is not installed.
    """
    try:
        from bs4 import BeautifulSoup
        from markdownify import MarkdownConverter
    except ImportError as exc:
        raise MissingExtraError(EXTRA, exc.name or "markdownify") from exc
    soup = BeautifulSoup(text, "html.parser")
    data = dict(_page_data(soup))
    title = soup.title.get_text(" ", strip=True) if soup.title else None
    for element in soup(_AROUND):
        element.decompose()
    main = soup.find("main") or soup.find("article") or soup.body or soup
    markdown = MarkdownConverter(heading_style="ATX", strip=["a", "img"]).convert_soup(main)
    found = read_markdown(f"\n{markdown}", name)
    return DocumentText(title or found.title, found.blocks, data)


def read_pdf(content: bytes, name: str) -> DocumentText:
    """Read the text of a PDF file page by page.

    Raises:
        SourceFormatError: the file is damaged, encrypted, or has no text, such as scanned pages.
        MissingExtraError: the extra `documents` is not installed.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as exc:
        raise MissingExtraError(EXTRA, "pypdf") from exc
    try:
        reader = PdfReader(BytesIO(content))
        pages = [page.extract_text() for page in reader.pages]
        title = reader.metadata.title if reader.metadata else None
    except (PyPdfError, ValueError, KeyError) as exc:
        raise SourceFormatError(
            f"'{name}' cannot be read as PDF: {exc}. Export it again, without a password.",
            file=name,
        ) from exc
    blocks = tuple(
        TextBlock((), part, number)
        for number, text in enumerate(pages, 1)
        for part in _paragraphs(_BROKEN_WORD.sub("", text))
    )
    if not blocks:
        raise SourceFormatError(
            f"'{name}' has no text; its pages may be pictures. Run text recognition on it first.",
            file=name,
        )
    return DocumentText((title or "").strip() or None, blocks)


def read_plain(text: str) -> DocumentText:
    """Read plain text, with blank lines between paragraphs."""
    return DocumentText(None, tuple(TextBlock((), part) for part in _paragraphs(text)))


def _paragraphs(text: str) -> Iterator[str]:
    for part in _PARAGRAPH.split(text):
        line = " ".join(part.split())
        if line:
            yield line


def _read_front_matter(text: str, name: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as exc:
        raise SourceFormatError(
            f"The lines between '---' at the top of '{name}' are no YAML: {exc}.", file=name
        ) from exc
    if not isinstance(data, dict):
        raise SourceFormatError(
            f"The lines between '---' at the top of '{name}' need the form 'title: Returns'.",
            file=name,
        )
    return {str(key): value for key, value in data.items()}


def _page_data(soup: Any) -> Iterator[tuple[str, Any]]:
    if soup.html is not None and (language := soup.html.get("lang")):
        yield "language", str(language)
    link = soup.find("link", rel="canonical")
    if link is not None and link.get("href"):
        yield "url", str(link["href"])
    time = soup.find("meta", property="article:modified_time") or soup.find(
        "meta", property="article:published_time"
    )
    if time is not None and time.get("content"):
        yield "time", str(time["content"])


def _walk(nodes: Sequence[Any]) -> Iterator[TextBlock]:
    """Yield the blocks below the headings that precede them."""
    above: list[tuple[int, str]] = []
    for node in nodes:
        if node.type == "heading":
            level = int(node.tag[1:])
            above = [(n, text) for n, text in above if n < level]
            above.append((level, _plain(node)))
            continue
        text = "\n".join(_lines(node))
        if text.strip():
            yield TextBlock(tuple(said for _, said in above), text)


def _lines(node: Any) -> Iterator[str]:
    """Yield the lines of a block: list items and table rows are a line each."""
    if node.type in ("paragraph", "heading"):
        yield _plain(node)
    elif node.type in ("fence", "code_block"):
        yield node.content.rstrip()
    elif node.type == "list_item":
        inner = [line for child in node.children for line in _lines(child)]
        yield from (f"- {line}" if n == 0 else f"  {line}" for n, line in enumerate(inner))
    elif node.type == "tr":
        yield " | ".join(_plain(cell) for cell in node.children)
    elif node.type != "html_block":
        for child in node.children:
            yield from _lines(child)


def _plain(node: Any) -> str:
    """Return the text of inline content, without its marks."""
    return " ".join("".join(_pieces(node)).split())


def _pieces(node: Any) -> Iterator[str]:
    if node.type in ("text", "code_inline"):
        yield node.content
    elif node.type in ("softbreak", "hardbreak"):
        yield " "
    elif node.type != "html_inline":
        for child in node.children:
            yield from _pieces(child)
