"""XML as a stream of elements, within limits and without document types or entities."""

import re
from collections.abc import Iterator
from typing import IO, NoReturn, Protocol
from xml.parsers import expat

from catalograph.errors import SourceFormatError
from catalograph.ingest.readers.source import FeedSource

_CHUNK = 64 * 1024
_DECLARATION = re.compile(rb"""\A(\s*<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"


class ElementHandler(Protocol):
    """Receives the elements of a document.

    Names have their namespace and a space before them, if they are in one.
    """

    def open_element(self, name: str, attributes: dict[str, str]) -> None:
        """Receive the beginning of an element."""

    def close_element(self, name: str) -> None:
        """Receive the end of an element."""

    def add_text(self, text: str) -> None:
        """Receive a text within the element that is open."""


def parse_xml(source: FeedSource, elements: ElementHandler) -> Iterator[int]:
    """Feed the elements of a file to a handler; yields the bytes parsed so far, by chunks.

    Expat is used without the SAX interface, which takes twice as long. A document type is refused
    where it begins, so no entity is ever declared and nothing external is fetched.

    Raises:
        SourceFormatError: no well-formed XML, or a document type or an entity in it.
    """
    name, most = source.name, source.limits.row_bytes
    parser = _parser(name, elements)
    size = 0
    try:
        stream = _open_stream(source)
        while chunk := stream.read(_CHUNK):
            parser.Parse(_without_encoding(chunk, source) if size == 0 else chunk, False)
            size += len(chunk)
            # One tag may not be longer than a row: the parser keeps what it cannot report yet.
            if size - parser.CurrentByteIndex > most + 2 * _CHUNK:
                raise refuse_xml(name, f"a tag over {most} bytes")
            yield size
        parser.Parse(b"", True)
    except expat.ExpatError as exc:
        raise SourceFormatError(
            f"'{name}' cannot be read: line {exc.lineno} is no well-formed XML "
            f"({expat.ErrorString(exc.code)}). It may be cut short or damaged; get it again.",
            file=name,
        ) from exc
    yield size


def _parser(name: str, elements: ElementHandler) -> expat.XMLParserType:
    def refuse(*_: object) -> NoReturn:
        raise refuse_xml(name, "a document type or an entity")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.StartElementHandler = elements.open_element
    parser.EndElementHandler = elements.close_element
    parser.CharacterDataHandler = elements.add_text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    return parser


def _open_stream(source: FeedSource) -> IO[bytes]:
    """Open the text: as it is where the parser knows its encoding, else as UTF-8."""
    encoding = source.encoding
    recoded = encoding is not None and not encoding.startswith("utf-16")
    return source.text() if recoded else source.stream()


def _without_encoding(chunk: bytes, source: FeedSource) -> bytes:
    """Take the encoding out of the declaration of a text that was recoded to UTF-8."""
    if source.encoding is None or source.encoding.startswith("utf-16"):
        return chunk
    return _DECLARATION.sub(rb"\1", chunk, count=1)


def plain_attributes(attributes: dict[str, str]) -> dict[str, str]:
    """Return attributes without their namespaces, and without those of XML Schema."""
    return {
        name.rpartition(" ")[2]: value
        for name, value in attributes.items()
        if not name.startswith(_SCHEMA_INSTANCE) and name != f"{_XML} space"
    }


def refuse_xml(name: str, what: str) -> SourceFormatError:
    """Return the error of XML that could exhaust this machine."""
    return SourceFormatError(
        f"'{name}' is refused: it holds {what}, which no product feed needs and which can exhaust "
        "this machine. Ask its maker for plain XML.",
        file=name,
    )


__all__ = ["ElementHandler", "parse_xml", "plain_attributes", "refuse_xml"]
