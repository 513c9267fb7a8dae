"""Times: the format, where the values of the whole column decide between day and month."""

import re
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.fields import FieldCandidate
from catalograph.ingest.mapping_inference.forms import Form
from catalograph.ingest.mapping_inference.profiles import ColumnProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft

_MONTHS = 12
_SHAPE = re.compile(
    r"(\d{1,2})(?P<sign>[./-])(\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})"
    r"(?P<gap>[ ,T]+)?(?P<hour>\d{1,2})?(?P<colon>[:.h])?(?P<minute>\d{2})?"
    r"(?P<second>[:.]\d{2})?(?P<half> ?[AaPp][Mm])?\Z"
)


def set_time(field: str, candidate: FieldCandidate, draft: MappingDraft, name: str) -> None:
    """Set a time field, with a format if its dates begin with day and month in some order."""
    column = candidate.column
    form, why = find_format(column)
    value: Any = name if form is None else {"column": name, "format": form}
    draft.set(field, value, f"{candidate.why}{why}", column.example())
    if (
        form is None
        and column.share(Form.DAY_OR_MONTH) > 0.5
        and max(column.first, column.second) <= _MONTHS
    ):
        draft.warnings.append(
            f"The dates of '{column.name}' may be day or month first (such as {column.example()}); "
            "no value decides. Write 'format: \"%d.%m.%Y\"' or the like, else they are left out."
        )


def find_format(column: ColumnProfile) -> tuple[str | None, str]:
    """Return the `strptime` format of a column that needs one, and the reason."""
    if column.share(Form.DAY_OR_MONTH) < 0.5:
        return None, ""
    day_first = column.first > _MONTHS
    if day_first == (column.second > _MONTHS):
        return None, ""  # neither or both: no one order
    shapes = {form for text in _texts(column) if (form := _format_of(text, day_first=day_first))}
    largest = column.first if day_first else column.second
    order = "day" if day_first else "month"
    if len(shapes) != 1:
        return None, f"; {order} first"
    form = shapes.pop()
    if not all(_reads(text, form) for text in _texts(column)):
        return None, f"; {order} first"
    return form, f"; {order} first, since {largest} is no month"


def _texts(column: ColumnProfile) -> list[str]:
    return list(column.counts)[:500] if column.counts else column.samples


def _format_of(text: str, *, day_first: bool) -> str | None:
    match = _SHAPE.match(text)
    if match is None:
        return None
    sign = match["sign"]
    first, second = ("%d", "%m") if day_first else ("%m", "%d")
    form = f"{first}{sign}{second}{sign}{'%Y' if len(match['year']) == 4 else '%y'}"
    if match["hour"] is None or match["minute"] is None:
        return form
    hour = "%I" if match["half"] else "%H"
    form += f"{match['gap'] or ' '}{hour}{match['colon']}%M"
    if match["second"]:
        form += f"{match['second'][0]}%S"
    if match["half"]:
        form += f"{' ' if match['half'].startswith(' ') else ''}%p"
    return form


def _reads(text: str, form: str) -> bool:
    try:
        values.to_time(text, form)
    except ValueError:
        return False
    return True
