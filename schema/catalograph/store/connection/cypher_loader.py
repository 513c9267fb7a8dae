"""Cypher statements by name, from the `.cypher` files in the folders of `store/cypher`.

A statement may contain placeholders such as `__LABEL__`, because labels and relation types cannot
be parameters where an index must be used. Their values come only from the ontology.
"""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY

_PLACEHOLDER = re.compile(r"__([A-Z]+)__")
_COMMENT = re.compile(r"^//.*\n", re.MULTILINE)


@cache
def statement(name: str, **types: str) -> str:
    """Return a statement with its placeholders replaced.

    Args:
        name: file name without its extension.
        types: value of each placeholder by its lower-case name: a label or relation type of the
            ontology.

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
    """Return the names of a statement's placeholders, in lower case."""
    return frozenset(m.lower() for m in _PLACEHOLDER.findall(_text(name)))


def statement_names() -> list[str]:
    """Return the names of all statements."""
    return sorted(_files())


def statement_file(name: str) -> Traversable:
    """Return the file of a statement, with its comments."""
    return _files()[name]


@cache
def _text(name: str) -> str:
    return _COMMENT.sub("", statement_file(name).read_text())


@cache
def _files() -> dict[str, Traversable]:
    """Return the file of each statement; a name is unique over all folders."""
    folders = (f for f in (resources.files("catalograph.store") / "cypher").iterdir() if f.is_dir())
    return {
        file.name.removesuffix(".cypher"): file
        for folder in folders
        for file in folder.iterdir()
        if file.name.endswith(".cypher")
    }
