"""A selection put into a statement of the `cypher` folder, in place of all that it reads."""

import re

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
    text = statement(name)
    if selection is None:
        return Page(text, {})
    names = Names()
    return Page(
        _PRODUCT.sub(lambda found: node_map(selection, found[1], names), text), names.parameters
    )
