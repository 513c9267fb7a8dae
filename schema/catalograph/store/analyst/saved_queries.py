"""The library of saved queries: `.cypher` files with a documented head.

A head has a title and a question, both in English and Chinese, the meaning of an empty result,
parameters and columns:

```
// Title: Pairs in baskets
// Question: Which two products are bought together?
// Title zh: 购物篮中的搭配
// Question zh: 哪两种商品会一起购买？
// Empty: No shopper bought two products on one day.
// Parameter: first INTEGER = 20: pairs shown
// Parameter: product STRING, such as "product:shop:1": a key; needed
// Column: left STRING: title of the one
```

A line that starts with two spaces continues the previous line. Saved queries pass the same gate as
statements of analysts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import orjson

from catalograph.errors import NotFoundError, StatementInvalidError
from catalograph.schema.suggest import did_you_mean
from catalograph.store.analyst.gate import StatementResult
from catalograph.store.analyst.notifications import Notification

_FOLDER = "queries"
_PARAMETER = re.compile(r"(\w+) ([A-Z<>]+)(?: = (.+?)|, such as (.+?)): (.+)", re.DOTALL)
_COLUMN = re.compile(r"(\w+) ([A-Z<>]+): (.+)", re.DOTALL)
_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "INTEGER": (int,),
    "FLOAT": (float, int),
    "BOOLEAN": (bool,),
}


@dataclass(frozen=True)
class SavedParameter:
    """A parameter of a saved query.

    Attributes:
        name: name without the dollar sign.
        type: Cypher type.
        doc: description.
        required: whether there is no default.
        example: default value, or an example value if there is none.
    """

    name: str
    type: str
    doc: str
    required: bool
    example: Any


@dataclass(frozen=True)
class SavedColumn:
    """A result column of a saved query."""

    name: str
    type: str
    doc: str


@dataclass(frozen=True)
class SavedQuery:
    """A question of analysts with its statement."""

    name: str
    title: str
    question: str
    title_zh: str
    question_zh: str
    empty: str
    """Explanation of an empty result."""
    parameters: tuple[SavedParameter, ...]
    columns: tuple[SavedColumn, ...]
    text: str

    def fill(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters: the given ones, and the defaults of the others.

        Raises:
            StatementInvalidError: a parameter is missing, unknown, or of the wrong type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise StatementInvalidError(
                    f"The query '{self.name}' has no parameter '{name}'."
                    f"{did_you_mean(name, known)} It has: {', '.join(known) or 'none'}."
                )
        values = {p.name: p.example for p in self.parameters if not p.required} | dict(given)
        for parameter in self.parameters:
            if parameter.name not in values:
                raise StatementInvalidError(
                    f"The query '{self.name}' needs the parameter '{parameter.name}' "
                    f"({parameter.type}: {parameter.doc}), such as {parameter.example!r}."
                )
            _check_type(parameter, values[parameter.name])
        return values

    def explain_empty(
        self, answer: StatementResult, parameters: Mapping[str, Any]
    ) -> StatementResult:
        """Return the result; add a notification with the explanation if it is empty."""
        if answer.rows:
            return answer
        asked = ", ".join(f"{name} = {value!r}" for name, value in parameters.items())
        words = f"{self.empty} Asked with {asked}." if asked else self.empty
        note = Notification("EMPTY_RESULT", "No rows", words)
        return replace(answer, notifications=(*answer.notifications, note))


def saved_queries() -> list[SavedQuery]:
    """Return all saved queries, sorted by name."""
    return [saved_query(name) for name in _names()]


def _names() -> list[str]:
    folder = resources.files(__package__) / _FOLDER
    files = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(".cypher") for name in files if name.endswith(".cypher"))


def saved_query(name: str) -> SavedQuery:
    """Look up a query by name.

    Raises:
        NotFoundError: there is no query with this name.
    """
    # The name becomes a file name, so it must not leave the folder.
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise _unknown(name)
    return _read(name)


@cache
def _read(name: str) -> SavedQuery:
    source = resources.files(__package__) / _FOLDER / f"{name}.cypher"
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _unknown(name) from None
    lines = text.splitlines()
    length = next(n for n, line in enumerate(lines) if not line.startswith("//"))
    single = ("Title", "Question", "Title zh", "Question zh", "Empty")
    heads = (*single, "Parameter", "Column")
    said: dict[str, list[str]] = {head: [] for head in heads}
    for entry in re.sub(r"\n//   ", " ", "\n".join(lines[:length])).splitlines():
        kind, _, words = entry.removeprefix("// ").partition(": ")
        said[kind].append(words)
    [title], [question], [title_zh], [question_zh], [empty] = (said[head] for head in single)
    return SavedQuery(
        name,
        title,
        question,
        title_zh,
        question_zh,
        empty,
        tuple(_parameter(words) for words in said["Parameter"]),
        tuple(_column(words) for words in said["Column"]),
        "\n".join(lines[length:]).strip(),
    )


def _parameter(words: str) -> SavedParameter:
    match = _PARAMETER.fullmatch(words)
    if match is None:
        raise ValueError(f"Not the head of a parameter: {words!r}")
    name, type_, default, example, doc = match.groups()
    return SavedParameter(name, type_, doc, default is None, orjson.loads(default or example))


def _column(words: str) -> SavedColumn:
    match = _COLUMN.fullmatch(words)
    if match is None:
        raise ValueError(f"Not the head of a column: {words!r}")
    return SavedColumn(*match.groups())


def _check_type(parameter: SavedParameter, value: Any) -> None:
    allowed = _TYPES[parameter.type]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise StatementInvalidError(
            f"The parameter '{parameter.name}' is {value!r}; it must be a {parameter.type}, such "
            f"as {parameter.example!r}."
        )


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(
        f"There is no saved query '{name}'.{did_you_mean(name, _names())} `catalograph cypher "
        "--list` shows them."
    )
