"""What kind of thing a product is, read from its title."""

import re

KIND = "kind"
"""The relation of such facts."""
_KIND = re.compile(r"(?<!\S)[a-z][a-z/-]{2,}(?: [a-z][a-z/-]{2,})*(?!\S)")
_SMALL_WORDS = {"and", "are", "for", "from", "inch", "over", "pages", "series", "the", "with"}


def kind_of(title: str) -> str:
    """What a title says in lower case, "" where it does not.

    Titles write names and sizes with capitals and digits, and in lower case what the thing is:
    "Targus CN313 notebook case 34 cm" is a notebook case, not a notebook.
    """
    found = _KIND.search(title)
    return found.group() if found and not _SMALL_WORDS & set(found.group().split()) else ""
