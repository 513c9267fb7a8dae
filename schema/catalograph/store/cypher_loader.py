"""Cypher statements by name, from the `.cypher` files beside this module.

A statement may hold placeholders such as `__LABEL__`, because labels and relation types cannot be
parameters where an index must be used. They are filled from the ontology only.
"""

import re
from functools import cache
from importlib import resources

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY

_PLACEHOLDER = re.compile(r"__([A-Z]+)__")
_COMMENT = re.compile(r"^//.*\n", re.MULTILINE)


@cache
def statement(name: str, **types: str) -> str:
    """Return a statement, its placeholders filled.

    Args:
        name: file name without its ending.
        types: value of each placeholder, by its name in lower case: a label or relation type of
            the ontology.

    Raises:
        UnknownTypeError: a placeholder is not given, or its value is not in the ontology.
    """

    def fill(match: re.Match[str]) -> str:
        placeholder = match[1].lower()
        if placeholder not in types:
            raise UnknownTypeError(f"Statement '{name}' needs a value for '{placeholder}'.")
        value = types[placeholder]
        if placeholder == "relation":
            return ONTOLOGY.relation(value).name
        return ONTOLOGY.node(value).label

    return _PLACEHOLDER.sub(fill, _text(name)).strip()


@cache
def placeholders(name: str) -> frozenset[str]:
    """Names of a statement's placeholders, in lower case."""
    return frozenset(m.lower() for m in _PLACEHOLDER.findall(_text(name)))


def statement_names() -> list[str]:
    """All statements there are."""
    folder = resources.files(__package__) / "cypher"
    return sorted(f.name[: -len(".cypher")] for f in folder.iterdir() if f.name.endswith(".cypher"))


@cache
def _text(name: str) -> str:
    source = resources.files(__package__) / "cypher" / f"{name}.cypher"
    return _COMMENT.sub("", source.read_text())
