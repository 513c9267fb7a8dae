"""Result of normalising a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NormalisedValue:
    """A value in canonical form.

    Attributes:
        name: canonical value as text, including its unit.
        original: value as written.
        number: value as a number, if it is one.
        unit: unit of `number`, or of the numbers in `name`.
        rule: name of the applied rule; None if no rule knows the form.
    """

    name: str
    original: str
    number: float | None = None
    unit: str | None = None
    rule: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the canonical form differs from the written one."""
        return self.name != self.original
