"""What normalising a value gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NormalisedValue:
    """A value in canonical form.

    Attributes:
        name: the canonical value as text, unit included.
        original: the value as it was written.
        number: the value as a number, where it is one.
        unit: unit of `number`, or of the numbers in `name`.
        rule: which rule knew the form; None where none did.
    """

    name: str
    original: str
    number: float | None = None
    unit: str | None = None
    rule: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the canonical form is another than the one written."""
        return self.name != self.original
