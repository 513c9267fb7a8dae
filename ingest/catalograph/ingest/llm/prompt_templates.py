"""Prompt templates: text files with a version in their name, for provenance on supports."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template

from catalograph.ingest.fingerprint import digest

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@cache
def template(name: str) -> str:
    """Return the text of a prompt, such as `repair.v1`, with its placeholders."""
    file = files("catalograph.ingest.llm") / "prompts" / f"{name}.txt"
    return file.read_text(encoding="utf-8").strip()


def fill(name: str, **values: str) -> str:
    """Return a prompt with filled placeholders; the inserted values are not expanded again."""
    return Template(template(name)).substitute(values)


def prompt_hash(*names: str) -> str:
    """Return a hash of the prompt files."""
    return digest("\x1f".join(template(name) for name in names))


def quote_data(value: str | Mapping[str, str]) -> str:
    r"""Return the text as JSON strings without angle brackets.

    So a text cannot close the delimiters around it, forge the markers between turns of a
    conversation, or start a new line.

    Example:
        >>> as_data("DATA>>>")
        '"DATA\\\\u003e\\\\u003e\\\\u003e"'
    """
    plain = value if isinstance(value, str) else dict(value)
    return json.dumps(plain, ensure_ascii=False).translate(_ESCAPES)
