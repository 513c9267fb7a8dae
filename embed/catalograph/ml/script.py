"""Language detection by script."""

import re
import unicodedata

_HAN_SHARE = 0.2
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def language_of(text: str) -> str:
    """Return `zh` if at least a fifth of the letters are Han characters, else `en`.

    The threshold is low because Chinese titles contain many Latin brands and model numbers, while
    English titles rarely contain a Han character.
    """
    letters = [char for char in text if char.isalpha()]
    han = sum(map(is_han, letters))
    return "zh" if letters and han >= _HAN_SHARE * len(letters) else "en"


def is_han(char: str) -> bool:
    """Return whether a character is Han, including extensions."""
    return "一" <= char <= "鿿" or "㐀" <= char <= "䶿" or "𠀀" <= char <= "𱍊"


def has_han(text: str) -> bool:
    """Return whether a text has a common Han character."""
    return not text.isascii() and _HAN.search(text) is not None


def fold_text(text: str) -> str:
    """Fold to half width and lower case, character by character, so that positions stay."""
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char
