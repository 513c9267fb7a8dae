"""What documents are about: named by their data, or by titles, headings and questions.

Names of brands and categories are looked up as they are in the graph, the longest first. A name in
running text is a mention only: a policy on parcels is not about the brand of an example.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from catalograph.errors import InvalidInputError
from catalograph.log import shorten
from catalograph.ml.script import has_han
from catalograph.schema import Node, Rejection, RejectionReason, brand, category, keys
from catalograph.schema.triples import unlisted_product

_WORD = re.compile(r"\w+(?:[-'&.]\w+)*")
_MOST_WORDS = 6
_LEAST_LETTERS = 3
_MOST_NODES = 3
"""Nodes of one name from which it is no name of one thing: "Accessories" in many trees."""
_PATH = re.compile(r"\s*[>/›]\s*")


class NameIndex:
    """Brands and categories by their names.

    Args:
        names: label and key of brands and categories, with the path of a category, the name of a
            brand as the only part of one.
    """

    def __init__(self, names: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self._nodes: dict[str, list[Node]] = defaultdict(list)
        for label, key, path in names:
            said: dict[str, Any] = {"name": path[-1]}
            if label == "Category":
                said["path"] = list(path)
            self._nodes[keys.normalise(path[-1])].append(Node(label, key, said))
        self._longest_han = max((len(n) for n in self._nodes if has_han(n)), default=0)

    def find(self, text: str | None) -> list[Node]:
        """Return the brands and categories that a title, heading or question names."""
        if not text:
            return []
        found: dict[str, Node] = {}
        for name in self._names_in(keys.normalise(text)):
            nodes = self._nodes[name]
            if len(nodes) <= _MOST_NODES:
                found |= {node.key: node for node in nodes}
        return [found[key] for key in sorted(found)]

    def _names_in(self, text: str) -> list[str]:
        """Return the known names in a text, without those inside longer ones."""
        words = [(m.start(), m.end()) for m in _WORD.finditer(text) if not has_han(m[0])]
        spans = [
            (words[n][0], words[n + k - 1][1])
            for k in range(min(_MOST_WORDS, len(words)), 0, -1)
            for n in range(len(words) - k + 1)
        ]
        spans += [
            (n, n + k)
            for k in range(min(self._longest_han, len(text)), 1, -1)
            for n in range(len(text) - k + 1)
            if has_han(text[n : n + k])
        ]
        taken: set[int] = set()
        names = []
        for start, end in spans:
            name = text[start:end]
            known = name in self._nodes and (has_han(name) or len(name) >= _LEAST_LETTERS)
            if known and taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                names.append(name)
        return names


def read_about(stated: Any) -> tuple[list[Node], list[Rejection]]:
    """Read what a document says it is about.

    Args:
        stated: `brand:<name>`, `category:<name> > <name>`, `product:<source>:<id>`; one, a list, or
            several with commas between.

    Returns:
        The nodes, and the statements that are none of these.
    """
    texts = stated if isinstance(stated, list) else str(stated or "").split(",")
    nodes: list[Node] = []
    rejections: list[Rejection] = []
    for text in (str(part).strip() for part in texts):
        if not text:
            continue
        try:
            nodes.append(_node(text))
        except InvalidInputError as exc:
            detail = (
                f"'{shorten(text)}' names nothing ({exc}). Write brand:<name>, "
                "category:<name> > <name> or product:<source>:<id>."
            )
            rejections.append(Rejection(RejectionReason.MALFORMED, "about", detail, "value"))
    return nodes, rejections


def _node(text: str) -> Node:
    kind, colon, rest = text.partition(":")
    if colon and kind == "brand":
        return brand(rest)
    if colon and kind == "category":
        return category([part for part in _PATH.split(rest.strip()) if part])
    if colon and kind == "product":
        source, colon, id_ = rest.partition(":")
        if colon:
            return unlisted_product(source, id_)
    raise InvalidInputError("it has none of the forms")
