"""Readers of labelled products: ExtractGPT's and WDC-PAVE's forms of JSON lines."""

import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from catalograph.errors import TrainingDataError
from catalograph.ingest.extract.cascade import attribute_name, category_name
from catalograph.ingest.extract.examples import ProductExample

_ABSENT = "n/a"
_FIELDS = ("title", "description")
"""Text fields of WDC-PAVE by `pid`."""


def read_products(files: Sequence[Path]) -> list[ProductExample]:
    """Read labelled products.

    ExtractGPT: `input`, `category`, `target_scores` {attribute: {value: 1}}. WDC-PAVE:
    `input_title` and `input_description`, `category`, `target_scores`
    {attribute: {value: {pid: [0]}}}, where `pid` 0 is the title and 1 the description. The value
    "n/a" means that the attribute has none.

    Args:
        files: JSON lines files, gzip or not.

    Raises:
        TrainingDataError: a file is missing, or a line has neither form.
    """
    return [example for file in files for example in _read(file)]


def _read(file: Path) -> Iterator[ProductExample]:
    try:
        raw = file.read_bytes()
        body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except OSError as exc:
        raise TrainingDataError(f"{file} could not be read ({exc}).") from exc
    for number, line in enumerate(io.BytesIO(body), 1):
        if line.strip():
            try:
                yield _example(orjson.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as exc:
                raise TrainingDataError(
                    f"Line {number} of {file} is no labelled product ({exc!r}). Expected 'input' "
                    "or 'input_title', with 'category' and 'target_scores' {attribute: {value: 1}}."
                ) from exc


def _example(row: Mapping[str, Any]) -> ProductExample:
    if "input" in row:
        texts = {"title": str(row["input"])}
    else:
        listed = (row["input_title"], row.get("input_description"))
        texts = {name: str(text) for name, text in zip(_FIELDS, listed, strict=True) if text}
    targets: dict[str, tuple[str, ...]] = {}
    for name, values in row["target_scores"].items():
        said = [value.strip() for value in values if value != _ABSENT]
        # As in ExtractGPT: if the first value says "absent", the others do not count.
        absent = next(iter(values), _ABSENT) == _ABSENT
        known = targets.get(attribute_name(name), ())
        targets[attribute_name(name)] = known if absent else (*known, *said)
    return ProductExample(texts, category_name(str(row.get("category", ""))), targets)
