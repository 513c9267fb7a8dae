"""Product types read from titles."""

import re

KIND = "kind"
"""Relation of product type facts."""
_KIND = re.compile(r"(?<!\S)[a-z][a-z/-]{2,}(?: [a-z][a-z/-]{2,})*(?!\S)")
_SMALL_WORDS = {"and", "are", "for", "from", "inch", "over", "pages", "series", "the", "with"}


def kind_of(title: str) -> str:
    """Return the words of a title that are in lower case, its product type; "" without any.

    In titles, names and sizes have capitals and digits, and the product type is in lower case:
    "Targus CN313 notebook case 34 cm" is a notebook case, not a notebook.
    """
    found = _KIND.search(title)
    return found.group() if found and not _SMALL_WORDS & set(found.group().split()) else ""
