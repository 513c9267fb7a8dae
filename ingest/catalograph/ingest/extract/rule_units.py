"""Units of the rules, and their look-up form."""

import re
from dataclasses import dataclass

_NOISE = re.compile(r"[\s.-]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A written unit in terms of the canonical one."""

    name: str
    factor: float = 1.0


def unit_key(written: str) -> str:
    """Return the look-up form of a unit: "fl. oz" is "floz"."""
    return _NOISE.sub("", written).casefold()
