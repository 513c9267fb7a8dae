"""A self-contained HTML page of sections with texts, charts and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from catalograph.errors import MissingExtraError

__all__ = ["Section", "Table", "render"]

Cell = str | int | float


@dataclass(frozen=True)
class Table:
    """A table; numbers are right-aligned, fractions have four digits."""

    columns: Sequence[str]
    cells: Sequence[Sequence[Cell]]

    @cached_property
    def rows(self) -> list[list[str]]:
        """Return the cells as text."""
        return [[_format_cell(cell) for cell in row] for row in self.cells]

    @cached_property
    def numeric(self) -> list[bool]:
        """Return, for each column, whether all its cells are numbers or empty."""
        columns = range(len(self.columns))
        return [
            all(row[n] == "" or not isinstance(row[n], str) for row in self.cells) for n in columns
        ]


@dataclass(frozen=True)
class Section:
    """A heading and its content."""

    title: str
    texts: Sequence[str] = ()
    charts: Sequence[str] = ()
    """SVG elements."""
    tables: Sequence[Table] = ()


def render(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Render the page; everything except SVG is escaped.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ModuleNotFoundError as exc:
        raise MissingExtraError("embed", "jinja2") from exc

    text = files(__package__).joinpath("page.html.j2").read_text("utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
    return template.render(title=title, lead=lead, sections=sections)


def _format_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4g}"
