"""Rows out of XML: RSS items, Atom entries, offers and any other element that repeats.

Parsed as it streams in: an element is forgotten once it is a row. Document types, and with them
entities and external references, are refused.
"""

from collections.abc import Iterator

from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape
from catalograph.ingest.readers.rows import FeedLimits, FeedRow
from catalograph.ingest.readers.source import FeedSource
from catalograph.ingest.readers.xml_events import parse_xml, plain_attributes, refuse_xml
from catalograph.ingest.readers.xml_structure import find_row_element, no_rows_error
from catalograph.ingest.readers.xml_tables import NameTables
from catalograph.ingest.readers.xml_values import XmlElement

_GOOGLE = "http://base.google.com/ns/1.0 "
_MOST_NAMES = 50
_LONGEST_NAME = 1_000
_MOST_LOCAL_NAMES = 10_000
_TECHNICAL = frozenset({"version", "schemaLocation", "encoding"})
"""Attributes of outer elements that say nothing of the rows."""


def xml_rows(source: FeedSource) -> Iterator[FeedRow]:
    """Rows of an XML file.

    A row is an element with the name that the mapping states, else that the structure shows.
    Elements are named without their namespace; of two of one name in a row, that of Google
    Merchant (`g:`) is taken. Elements within elements become an object, repeated ones a list;
    `catalograph.ingest.readers.xml_values` says what attributes become. Attributes of the elements
    around a row are columns such as `products.currency`.

    Raises:
        SourceFormatError: no well-formed XML, a document type or an entity in it, nested too deep,
            or without any row.
    """
    stated = source.options.rows
    name = stated or source.remember("row element", lambda: find_row_element(source))
    rows = _Rows(source.name, source.limits, name)
    for _ in parse_xml(source, rows):
        yield from rows.take()
    if rows.number == 0:
        raise no_rows_error(source.name, rows.names, stated)


class _Rows:
    """Builds rows of the elements of one name.

    Attributes:
        number: number of rows so far.
        names: names of the elements around the rows.
    """

    def __init__(self, name: str, limits: FeedLimits, rows: str) -> None:
        self._name = name
        self._limits = limits
        self._row_bytes = limits.row_bytes
        self._deepest = limits.depth
        self._depth = 0
        self._local_names: dict[str, tuple[str, bool]] = {}
        self.number = 0
        self.names: dict[str, None] = {}
        self._rows_name = rows.rpartition("/")[2]
        self._parents = tuple(rows.split("/")[:-1])
        self._tables = NameTables()
        self._outside: list[XmlElement] = []
        self._shared: dict[str, str] = {}
        self._open: list[XmlElement] = []
        self._size = 0
        self._rows: list[FeedRow] = []

    def take(self) -> list[FeedRow]:
        """Rows completed since the last call."""
        rows, self._rows = self._rows, []
        return rows

    def open_element(self, name: str, attributes: dict[str, str]) -> None:
        """Open a row, an element of one, or an element around rows."""
        known = self._local_names.get(name)
        if known is None:
            known = self._learn_name(name)
        local, google = known
        self._depth += 1
        if self._depth > self._deepest:
            raise refuse_xml(self._name, f"elements nested deeper than {self._deepest}")
        if attributes:
            attributes = plain_attributes(attributes)
            self._size += sum(map(len, attributes.values()))
        if self._open:
            self._size += len(local)
            if attributes and self._size > self._row_bytes:
                attributes = {}
            self._open.append(XmlElement(local, google, attributes))
        elif local == self._rows_name and self._is_at_parents():
            self._size = sum(map(len, attributes.values()))
            self._open.append(XmlElement(local, False, attributes))
        else:
            if len(self.names) < _MOST_NAMES:
                self.names[local] = None
            self._outside.append(XmlElement(local, False, attributes))
            self._share()

    def _learn_name(self, name: str) -> tuple[str, bool]:
        """Return a name without its namespace, and whether that is Google's; remember both."""
        found = name.rpartition(" ")[2], name.startswith(_GOOGLE)
        if len(self._local_names) < _MOST_LOCAL_NAMES:
            self._local_names[name] = found
        return found

    def close_element(self, name: str) -> None:
        """Close an element; at the end of a row it is complete."""
        self._depth -= 1
        if not self._open:
            element = self._outside.pop()
            if element.attributes:
                text = "".join(element.texts).strip()
                self._tables.add(element.name, text, element.attributes)
                self._share()
            return
        element = self._open.pop()
        if self._open:
            if self._size <= self._row_bytes:
                self._open[-1].add(element)
            return
        self.number += 1
        if self._size > self._row_bytes:
            self._rows.append(FeedRow(self.number, self._limits.reject_too_long()))
            return
        fields = element.fields()
        if not fields and (text := "".join(element.texts).strip()):
            fields = {element.name: text}
        self._tables.complete(fields)
        if self._shared:
            fields = self._shared | fields
        self._rows.append(FeedRow(self.number, fields))

    def add_text(self, text: str) -> None:
        """Take in text; that of a row over the limit is let go."""
        if self._open:
            self._size += len(text)
            if self._size <= self._row_bytes:
                self._open[-1].texts.append(text)
        elif self._outside and self._outside[-1].attributes and not text.isspace():
            texts = self._outside[-1].texts
            if len(texts) < _MOST_NAMES and len(text) < _LONGEST_NAME:
                texts.append(text)

    def _is_at_parents(self) -> bool:
        around = tuple(element.name for element in self._outside)
        return not self._parents or around[-len(self._parents) :] == self._parents

    def _share(self) -> None:
        """Note the attributes of the elements that are open around rows."""
        self._shared = {
            f"{element.name}.{key}": value
            for element in self._outside
            for key, value in element.attributes.items()
            if key not in _TECHNICAL
        }


__all__ = ["xml_rows"]


def _detect(head: bytes, whole: bool) -> FileShape | None:
    del whole
    return FileShape("xml", xml_rows) if head.lstrip().startswith(b"<") else None


FORMAT = FileFormat(labels=("XML",), detect=_detect)
