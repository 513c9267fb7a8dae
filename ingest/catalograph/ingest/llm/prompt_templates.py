"""The prompts: text files with a version in their name, so that a support can tell which it was."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template

from catalograph.ingest.fingerprint import digest

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@cache
def template(name: str) -> str:
    """Text of a prompt, such as `repair.v1`, placeholders included."""
    file = files("catalograph.ingest.llm") / "prompts" / f"{name}.txt"
    return file.read_text(encoding="utf-8").strip()


def fill(name: str, **values: str) -> str:
    """A prompt with its placeholders filled; what is filled in is not looked at again."""
    return Template(template(name)).substitute(values)


def prompt_hash(*names: str) -> str:
    """Hash of prompts as they are in their files."""
    return digest("\x1f".join(template(name) for name in names))


def quote_data(value: str | Mapping[str, str]) -> str:
    r"""Text as JSON strings that hold no angle bracket.

    So no text can close the delimiters around it, nor forge the marks with which models tell
    turns apart; nor can it start a line of its own.

    Example:
        >>> as_data("DATA>>>")
        '"DATA\\\\u003e\\\\u003e\\\\u003e"'
    """
    plain = value if isinstance(value, str) else dict(value)
    return json.dumps(plain, ensure_ascii=False).translate(_ESCAPES)
