"""Whether the first row of a CSV file is data rather than a header."""

import re
from collections.abc import Callable, Sequence

from catalograph.ingest.readers.column_words import is_column_word

_LONGEST_NAME = 60
_FORMS: tuple[Callable[[str], object], ...] = (
    re.compile(r"[-+]?[\d.,\u00a0' ]*\d[\d.,]*%?\Z").match,
    re.compile(
        r"(?:[€$£¥₹₽]|[A-Z]{3})\s?\d[\d.,' ]*\Z|\d[\d.,' ]*\s?(?:[€$£¥₹₽元円]|[A-Z]{3})\Z"
    ).match,
    re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?\Z").match,
    re.compile(r"(?:https?://|www\.)\S+\Z", re.IGNORECASE).match,
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+\Z").match,
)
"""Forms that values have and names of columns have not."""


def seems_headerless(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a file looks like the rows below it.

    It does if no cell is a word for a column, and a cell has the form of the values below it (a
    number, price, date or address), or cells of two columns occur again below. Names of columns
    are different from each other and not blank.

    Args:
        first: cells of the first row.
        others: cells of the next rows; some hundred are enough.
    """
    rows = [row for row in others if len(row) == len(first)]
    if not rows or any(is_column_word(cell) for cell in first if len(cell) <= _LONGEST_NAME):
        return False
    alike = repeated = 0
    for column, cell in enumerate(first):
        text = cell.strip()
        below = [value for row in rows if (value := row[column].strip())]
        if not text or not below:
            continue
        form = next((form for form in _FORMS if form(text)), None)
        if form is not None and sum(form(value) is not None for value in below) * 2 > len(below):
            alike += 1
        elif text in below:
            repeated += 1
    return alike > 0 or repeated >= 2


__all__ = ["seems_headerless"]
