"""A selection put into a statement of the `cypher` folder, in place of all that it reads."""

import re
from functools import cache

from catalograph.store.projection.compile import Names, Page, node_map
from catalograph.store.projection.selection import Selection
from catalograph.store.statements import statement

_PRODUCT = re.compile(r"(\w+) \{\.key, \.source, \.id, \.listed,[^{}]*?\.popularity\}")


def inserted(name: str, selection: Selection | None) -> Page:
    """A statement whose products are read as a selection says; all of their values without one.

    Args:
        name: of the statement.
        selection: of products.
    """
    if selection is None:
        return Page(statement(name), {})
    names = Names()
    before, *more = _pieces(name)
    made = [before]
    for variable, text in zip(more[::2], more[1::2], strict=True):
        made += node_map(selection, variable, names), text
    return Page("".join(made), names.parameters)


@cache
def _pieces(name: str) -> list[str]:
    """The text of a statement around what it reads of products, and the variables of these."""
    return _PRODUCT.split(statement(name))
