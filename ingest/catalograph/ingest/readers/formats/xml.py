"""Rows out of XML: RSS items, Atom entries and the like, each child element a column.

Parsed as it streams in, by SAX: an item is forgotten once it is a row. Document types, entities
and external references are refused by defusedxml.
"""

from collections.abc import Iterator
from typing import Any
from xml.sax import SAXException, SAXParseException, handler, xmlreader

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.source import FeedSource

ITEMS = frozenset({"item", "entry", "product"})
"""Elements that are rows."""
_GOOGLE = "http://base.google.com/ns/1.0"
_CHUNK = 64 * 1024

_Name = tuple[str | None, str]


def xml_rows(source: FeedSource) -> Iterator[FeedRow]:
    """Rows of an XML file.

    Elements are named without their namespace; of two of one name in an item, that of Google
    Merchant (`g:`) is taken. Elements inside elements become an object, repeated ones a list.

    Raises:
        SourceFormatError: no well-formed XML, a document type or an entity in it, or nested too
            deep.
    """
    name, limits = source.name, source.limits
    stream = source.stream()  # XML states its encoding itself
    parser = create_parser(forbid_dtd=True)
    parser.setFeature(handler.feature_namespaces, True)
    items = _Items(name, limits)
    parser.setContentHandler(items)
    silent = 0
    try:
        while chunk := stream.read(_CHUNK):
            before = items.heard
            parser.feed(chunk)
            # One tag may not be longer than a row: the parser keeps what it cannot report yet.
            silent = 0 if items.heard > before else silent + len(chunk)
            if silent > limits.row_bytes:
                raise _refuse(name, f"a tag over {limits.row_bytes} bytes")
            yield from items.take()
        parser.close()
    except DefusedXmlException as exc:
        raise _refuse(name, "a document type or an entity") from exc
    except SAXParseException as exc:
        raise SourceFormatError(
            f"'{name}' cannot be read: line {exc.getLineNumber()} is no well-formed XML "
            f"({exc.getMessage()}). It may be cut short or damaged; get it again.",
            file=name,
        ) from exc
    except SAXException as exc:
        raise SourceFormatError(f"'{name}' cannot be read: {exc.getMessage()}.", file=name) from exc
    yield from items.take()


def _refuse(name: str, what: str) -> SourceFormatError:
    return SourceFormatError(
        f"'{name}' is refused: it holds {what}, which no product feed needs and which can exhaust "
        "this machine. Ask its maker for plain XML.",
        file=name,
    )


class _Element:
    """An element of an item under way."""

    __slots__ = ("google", "link", "name", "parts", "texts")

    def __init__(self, name: str, google: bool, link: str | None) -> None:
        self.name = name
        self.google = google
        self.link = link
        self.texts: list[str] = []
        self.parts: list[tuple[str, bool, Any]] = []

    def value(self) -> Any:
        """Its children by name, else its text, else the address of an Atom link."""
        if not self.parts:
            return "".join(self.texts).strip() or self.link
        google = {name for name, of_google, _ in self.parts if of_google}
        found: dict[str, Any] = {}
        for name, of_google, value in self.parts:
            if name in google and not of_google:
                continue
            if name not in found:
                found[name] = value
            elif isinstance(found[name], list):
                found[name].append(value)
            else:
                found[name] = [found[name], value]
        return found


class _Items(handler.ContentHandler):
    """Builds rows of the items heard of.

    Attributes:
        heard: how many elements and texts there were.
    """

    def __init__(self, name: str, limits: FeedLimits) -> None:
        super().__init__()
        self.heard = 0
        self._name = name
        self._limits = limits
        self._depth = 0
        self._open: list[_Element] = []
        self._size = 0
        self._number = 0
        self._rows: list[FeedRow] = []

    def take(self) -> list[FeedRow]:
        """Rows completed since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def startElementNS(  # noqa: N802
        self, name: _Name, qname: str | None, attrs: xmlreader.AttributesNSImpl
    ) -> None:
        """Open an item, or an element of one."""
        self.heard += 1
        self._depth += 1
        if self._depth > self._limits.depth:
            raise _refuse(self._name, f"elements nested deeper than {self._limits.depth}")
        space, local = name
        if self._open:
            link = attrs.get((None, "href")) if local == "link" else None
            self._open.append(_Element(local, space == _GOOGLE, link))
        elif local in ITEMS:
            self._size = 0
            self._open.append(_Element(local, False, None))

    def endElementNS(self, name: _Name, qname: str | None) -> None:  # noqa: N802
        """Close an element; at the end of an item there is a row."""
        self.heard += 1
        self._depth -= 1
        if not self._open:
            return
        element = self._open.pop()
        if self._open:
            self._open[-1].parts.append((element.name, element.google, element.value()))
            return
        self._number += 1
        if self._size > self._limits.row_bytes:
            self._rows.append(FeedRow(self._number, self._limits.reject_too_long()))
        else:
            fields = element.value()
            self._rows.append(FeedRow(self._number, fields if isinstance(fields, dict) else {}))

    def characters(self, content: str) -> None:
        """Take in text; that of an item over the limit is let go."""
        self.heard += 1
        if self._open:
            self._size += len(content)
            if self._size <= self._limits.row_bytes:
                self._open[-1].texts.append(content)


__all__ = ["ITEMS", "xml_rows"]


def _detect(head: bytes, whole: bool) -> FileShape | None:
    del whole
    return FileShape("xml", xml_rows) if head.lstrip().startswith(b"<") else None


FORMAT = FileFormat(labels=("XML",), detect=_detect)
