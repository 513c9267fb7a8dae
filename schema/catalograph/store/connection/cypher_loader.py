"""Cypher statements by name, from the `.cypher` files in the folders of `store/cypher`.

A statement may contain placeholders such as `__LABEL__`, because labels and relation types cannot
be parameters where an index must be used. Their values come only from the ontology. These are
filled from it without a value from the caller:

- `__FACTS__`: all relations that are facts, as in `[:A|B]`; `__LINKS__`: those between products.
- a line with `__FACT__`: repeated for each fact.
- a line with nothing but `__SHARED_FACTS__`: the text of `cypher/fragments/shared_facts.cypher`,
  and likewise for each file in that folder.
"""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from catalograph.errors import UnknownTypeError
from catalograph.schema import ONTOLOGY

_PLACEHOLDER = re.compile(r"__([A-Z]+)__")
_FRAGMENT = re.compile(r"^__([A-Z_]+)__\n", re.MULTILINE)
_FRAGMENTS = "fragments"
_EACH_FACT = re.compile(r"^.*__FACT__.*\n", re.MULTILINE)
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
    text = _COMMENT.sub("", statement_file(name).read_text())
    return _fill_facts(_FRAGMENT.sub(lambda match: _fragment(match[1].lower()), text))


def _fragment(name: str) -> str:
    file = _folder() / _FRAGMENTS / f"{name}.cypher"
    return _COMMENT.sub("", file.read_text())


def _fill_facts(text: str) -> str:
    facts = [relation.name for relation in ONTOLOGY.facts]
    links = [relation.name for relation in ONTOLOGY.facts if relation.links_products]
    text = _EACH_FACT.sub(lambda line: "".join(line[0].replace("__FACT__", f) for f in facts), text)
    return text.replace("__FACTS__", "|".join(facts)).replace("__LINKS__", "|".join(links))


def _folder() -> Traversable:
    return resources.files("catalograph.store") / "cypher"


@cache
def _files() -> dict[str, Traversable]:
    """Return the file of each statement; a name is unique over all folders."""
    folders = (f for f in _folder().iterdir() if f.is_dir() and f.name != _FRAGMENTS)
    return {
        file.name.removesuffix(".cypher"): file
        for folder in folders
        for file in folder.iterdir()
        if file.name.endswith(".cypher")
    }
