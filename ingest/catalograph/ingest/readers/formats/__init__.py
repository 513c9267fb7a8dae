"""The file formats that feeds are read in; a new one is a module here and an entry below."""

from pathlib import Path

from catalograph.ingest.readers.formats import html, json, parquet, separated, xml
from catalograph.ingest.readers.formats.protocol import FileFormat, FileShape

FILE_FORMATS: tuple[FileFormat, ...] = (
    json.FORMAT,
    parquet.FORMAT,
    html.FORMAT,  # before XML, which takes every tag
    xml.FORMAT,
    separated.FORMAT,  # last, since almost any text has commas
)
"""In the order in which their `detect` is asked."""


def detect_format(head: bytes, name: str, *, whole: bool) -> tuple[FileFormat, FileShape] | None:
    """Tell what a file is: by its content, else by its name.

    Args:
        head: its first bytes, as UTF-8 without a byte-order mark.
        name: its name.
        whole: whether `head` is all of it.

    Returns:
        None where neither content nor name tells.
    """
    for form in FILE_FORMATS:
        shape = form.detect(head, whole)
        if shape is not None:
            return form, shape
    suffixes = [s.lower() for s in Path(name).suffixes if s.lower() != ".gz"]
    for form in FILE_FORMATS:
        if suffixes and suffixes[-1] in form.extensions:
            return form, form.extensions[suffixes[-1]]
    return None


def is_binary(head: bytes) -> bool:
    """Tell by its first bytes whether a file is of a compressed format, which has no encoding."""
    return any(form.compressed and form.detect(head, False) is not None for form in FILE_FORMATS)


def format_labels() -> list[str]:
    """Names of all formats for people."""
    return [label for form in FILE_FORMATS for label in form.labels]


__all__ = ["FILE_FORMATS", "FileFormat", "FileShape", "detect_format", "format_labels", "is_binary"]
