"""JSON in a model's answer: the last complete object of the requested form counts."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalograph.errors import ModelOutputError
from catalograph.log import shorten

_TAG = r"(?:think|thinking|thought|reasoning)"
_THOUGHT = re.compile(rf"<({_TAG})>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_OPENED_BEFORE = re.compile(rf"\A.*</{_TAG}>", re.DOTALL | re.IGNORECASE)
"""Thoughts whose opening tag is part of the prompt, as some chat templates have it."""
_BARE_LIST = re.compile(r"\A\s*(?:```\w*\s*)?(?=\[)")
_MOST_STARTS = 2_000
"""Number of braces, from the end, at which an object is looked for."""
# Some grammars allow raw line breaks in strings; decimals keep the digits that the model wrote.
_DECODER = json.JSONDecoder(strict=False, parse_float=Decimal)


def read_list(text: str, name: str) -> list[Any]:
    """Return the list `name` of the last complete JSON object of an answer that has one.

    Thoughts in `<think>` tags, code fences, drafts before the object and prose after it are
    ignored. A list alone, without the object around it, is accepted too.

    Args:
        text: answer of a model.
        name: key of the list in the object.

    Raises:
        ModelOutputError: there is no such object; the message says what there is.
    """
    return list(read_object(text, name)[name])


def read_object(text: str, name: str) -> dict[str, Any]:
    """Return the last complete JSON object of an answer that has a list `name`; see `read_list`.

    Raises:
        ModelOutputError: there is no such object; the message says what there is.
    """
    plain = _OPENED_BEFORE.sub("", _THOUGHT.sub(" ", text))
    for start in _starts(plain):
        found = _decode(plain, start)
        if isinstance(found, dict) and isinstance(found.get(name), list):
            return found
    if bare := _BARE_LIST.match(plain):
        found = _decode(plain, bare.end())
        if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
            return {name: found}
    raise ModelOutputError(f"{_describe_fault(plain, name)} Its end is '{shorten(plain[-60:])}'.")


def _starts(text: str) -> Iterator[int]:
    """Yield the places of opening braces, the last first, and at last the first of all."""
    at = len(text)
    for _ in range(_MOST_STARTS):
        at = text.rfind("{", 0, at)
        if at < 0:
            return
        yield at
    yield text.find("{")


def _decode(text: str, start: int) -> Any:
    """Return the JSON value that begins at a place; None if none is complete."""
    try:
        return _DECODER.raw_decode(text, start)[0]
    except (json.JSONDecodeError, RecursionError, ArithmeticError):
        return None


def _describe_fault(text: str, name: str) -> str:
    first = text.find("{")
    found = _decode(text, first) if first >= 0 else None
    if isinstance(found, dict) and name in found:
        return f'"{name}" is no list in it.'
    if isinstance(found, dict):
        return f'It has no list "{name}"; its keys are {", ".join(map(str, found)) or "none"}.'
    return "It is no complete JSON object."
