"""Removal of the caller's input from error messages.

Error messages end in logs, tickets and on other people's screens. A caller knows what was sent, and
message, path and code show which part was wrong, so nothing is lost without the input.
"""

import re
from collections.abc import Iterator

_LITERAL = re.compile(r'"""(.*?)"""|"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
_UNKNOWN_OPERATION = re.compile(r'Unknown operation named ".*"', re.DOTALL)
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")
_ELLIPSIS = "…"
_SHORTEST = 4
"""Minimum length of removed texts: a message without any `id` or `key` would be unreadable."""
_CUT = (116, 80, 60)
"""Lengths to which this project and graphql-core cut a value before they put it in a message."""


def redact(message: str, document: str | None, sent: object) -> str:
    """Return a message without the texts that a request holds.

    Args:
        message: original message.
        document: document of the request; its literals are removed.
        sent: variables and other input of the request; all strings in them are removed.
    """
    message = _UNKNOWN_OPERATION.sub("Unknown operation", message)
    # Longest first: removing a part of a longer text would leave the rest of it.
    for text in sorted(set(_texts(document, sent)), key=len, reverse=True):
        if text in message:
            message = message.replace(text, _ELLIPSIS)
    return message


def _texts(document: str | None, sent: object) -> Iterator[str]:
    """Yield every text of the request, as sent and as it may appear in a message."""
    for text in (*_strings(sent), *_literals(document or "")):
        yield from _forms(text)


def _forms(text: str) -> Iterator[str]:
    # Messages hold values as sent, stripped, in lower case, or escaped by repr.
    for form in (text, text.strip(), text.lower(), repr(text)[1:-1]):
        if len(form) < _SHORTEST:
            continue
        yield form
        for cut in _CUT:
            if len(form) > cut:
                yield form[:cut]
                yield form[-cut:]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if not _NAME.match(str(name)):  # keep field names: they say what is wrong
                yield str(name)
            yield from _strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _strings(part)


def _literals(document: str) -> Iterator[str]:
    for match in _LITERAL.finditer(document):
        yield match[1] if match[1] is not None else match[2]
