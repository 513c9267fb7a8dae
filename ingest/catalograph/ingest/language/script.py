"""Which language a text is written in, by its script."""

import unicodedata

_HAN_SHARE = 0.2


def language_of(text: str) -> str:
    """`zh` where at least a fifth of the letters are Han characters, else `en`.

    The bar is low because Chinese titles are full of Latin brands and model numbers, while
    English ones hardly ever hold a Han character.
    """
    letters = [char for char in text if char.isalpha()]
    han = sum(map(is_han, letters))
    return "zh" if letters and han >= _HAN_SHARE * len(letters) else "en"


def is_han(char: str) -> bool:
    """Whether a character is Han, extensions included."""
    return "一" <= char <= "鿿" or "㐀" <= char <= "䶿" or "𠀀" <= char <= "𱍊"


def fold_text(text: str) -> str:
    """Half width and lower case, one character for each, so that positions stay the same."""
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char
