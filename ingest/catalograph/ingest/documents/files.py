"""Documents out of files and folders: one a file, or one a row of a table of documents.

A table of questions and answers is one document, whose passages are its rows.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from catalograph.errors import SourceFormatError
from catalograph.ingest import values
from catalograph.ingest.documents.blocks import (
    DocumentText,
    TextBlock,
    read_html,
    read_markdown,
    read_pdf,
    read_plain,
)
from catalograph.ingest.readers import FeedLimits, FeedRow, open_feed
from catalograph.ingest.readers.encodings import find_encoding
from catalograph.schema import Rejection, RejectionReason
from catalograph.schema.service import DocumentKind

_TEXT_READERS: Mapping[str, Callable[[str, str], DocumentText]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".txt": lambda text, name: read_plain(text),
}
_TABLES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".xml", ".parquet")
FORMS = (*_TEXT_READERS, ".pdf", *_TABLES)
"""Endings of the files that are read; each may be followed by `.gz`."""
_QUESTION = ("question", "q", "问题", "问", "frage", "pregunta", "domanda", "質問")
_ANSWER = ("answer", "a", "答案", "回答", "答", "antwort", "réponse", "respuesta", "risposta")
_TEXT = ("text", "body", "body_html", "content", "html", "markdown", "正文", "内容")
_TITLE = ("title", "name", "subject", "标题", "titel", "titre", "título")
_DATA = {
    "id": ("id", "handle", "slug", "编号"),
    "url": ("url", "link", "链接"),
    "language": ("language", "lang", "locale", "语言"),
    "kind": ("kind", "type", "类型"),
    "time": ("time", "updated_at", "published_at", "date", "更新时间", "日期"),
    "about": ("about", "相关"),
}


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document of a file, or the reason why there is none.

    Attributes:
        id: id within its feed: path of the file, with the row's own id after `#` in a table.
        text: content.
        row: row that it was read from, for the log of rejections.
        rejections: values of it that could not be read, or why it cannot be read at all.
    """

    id: str
    text: DocumentText | None
    row: FeedRow
    rejections: tuple[Rejection, ...] = ()


@dataclass
class _Faq:
    """Rows of questions and answers, collected to one document."""

    blocks: list[TextBlock] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Yield the files to read with the ids of their documents; in a folder, their paths there.

    Raises:
        SourceFormatError: there is no such path, a file has another form, or a folder has none.
    """
    for path in paths:
        if path.is_dir():
            inner = sorted(p for p in path.rglob("*") if p.is_file() and _form(p) in FORMS)
            if not inner:
                raise SourceFormatError(
                    f"'{path}' holds no documents. Expected are files ending in {', '.join(FORMS)}."
                )
            yield from ((p.relative_to(path).as_posix(), p) for p in inner)
        elif not path.is_file():
            raise SourceFormatError(f"There is no file or folder '{path}'. Check the path.")
        elif _form(path) not in FORMS:
            raise SourceFormatError(
                f"'{path.name}' has a form that is not read as a document. Expected are files "
                f"ending in {', '.join(FORMS)}.",
                file=str(path),
            )
        else:
            yield path.name, path


def read_documents(id_: str, path: Path, limits: FeedLimits) -> Iterator[FoundDocument]:
    """Yield the documents of a file.

    Args:
        id_: id of the file within its feed.
        path: the file.
        limits: what reading may ask of this machine.

    Raises:
        SourceFormatError: the file cannot be read at all.
        MissingExtraError: the extra `documents` is not installed.
    """
    form = _form(path)
    if form in _TABLES:
        yield from _read_table(id_, path, limits)
        return
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    row = FeedRow(1, {"file": id_})
    if form == ".pdf":
        yield FoundDocument(id_, read_pdf(content, path.name), row)
        return
    yield FoundDocument(id_, _TEXT_READERS[form](_decode(content, path.name), path.name), row)


def _form(path: Path) -> str:
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = find_encoding(BytesIO(content))
    if found.encoding is None:
        shown = " or ".join(found.possible) or "a known encoding"
        raise SourceFormatError(
            f"The text of '{name}' may be in {shown}; save it as UTF-8.", file=name
        )
    return content.decode(found.encoding, "replace")


def _read_table(id_: str, path: Path, limits: FeedLimits) -> Iterator[FoundDocument]:
    faq = _Faq()
    first: FeedRow | None = None
    with open_feed(path, limits) as file:
        for row in file.rows():
            first = first or row
            if isinstance(row.fields, Rejection):
                yield FoundDocument(f"{id_}#{row.number}", None, row, (row.fields,))
            elif _column(row.fields, _QUESTION) is not None:
                _collect(faq, row.fields, row.number)
            else:
                yield _read_row(id_, row, row.fields)
    if faq.blocks and first is not None:
        data = {"kind": DocumentKind.FAQ}
        yield FoundDocument(
            id_, DocumentText(None, tuple(faq.blocks), data), first, tuple(faq.rejections)
        )


def _collect(faq: _Faq, fields: Mapping[str, Any], number: int) -> None:
    question = _cell(fields, _QUESTION, values.to_plain)
    answer = _cell(fields, _ANSWER, values.to_paragraphs)
    if question and answer:
        faq.blocks.append(TextBlock((question,), answer))
        return
    missing = "question" if not question else "answer"
    detail = f"Row {number} has no {missing}; it needs a question and an answer."
    faq.rejections.append(Rejection(RejectionReason.MISSING, missing, detail, "value"))


def _read_row(id_: str, row: FeedRow, fields: Mapping[str, Any]) -> FoundDocument:
    text = _cell(fields, _TEXT, values.to_text)
    if not text:
        detail = (
            f"The row has the columns {', '.join(map(str, list(fields)[:12]))}; it needs a "
            f"question and an answer, or a text in a column such as {', '.join(_TEXT[:4])}."
        )
        rejection = Rejection(RejectionReason.MISSING, "text", detail)
        return FoundDocument(f"{id_}#{row.number}", None, row, (rejection,))
    read = read_html if text.lstrip().startswith("<") else read_markdown
    found = read(text, id_)
    data = {name: _cell(fields, columns, lambda cell: cell) for name, columns in _DATA.items()}
    stated = {name: value for name, value in data.items() if value is not None}
    title = _cell(fields, _TITLE, values.to_plain) or found.title
    own = values.to_id(stated.pop("id")) if "id" in stated else str(row.number)
    return FoundDocument(
        f"{id_}#{own}", DocumentText(title, found.blocks, {**found.data, **stated}), row
    )


def _cell(
    fields: Mapping[str, Any], columns: tuple[str, ...], read: Callable[[Any], Any]
) -> Any | None:
    column = _column(fields, columns)
    return None if column is None or values.is_blank(fields[column]) else read(fields[column])


def _column(fields: Mapping[str, Any], columns: tuple[str, ...]) -> str | None:
    """Return the first of some columns that a row has, in any case."""
    by_name = {str(name).strip().casefold(): name for name in fields}
    return next((by_name[column] for column in columns if column in by_name), None)
