"""Scripts of texts, such as Latin."""

import unicodedata

from catalograph.schema.protocols import TextEncoder


def can_read(encoder: TextEncoder, text: str) -> bool:
    """Return whether a text has a meaning for an encoder, by the script of most of its letters.

    An encoder with a true attribute `latin_only` reads Latin letters alone.
    """
    if not getattr(encoder, "latin_only", False):
        return True
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    return 2 * latin >= len(letters)
