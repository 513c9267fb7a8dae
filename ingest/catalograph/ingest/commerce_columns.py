"""Columns of a mapping for pictures, options of variants and translations."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from catalograph.ingest.row_rules import (
    AnyColumns,
    ChildNames,
    Column,
    Columns,
    MappingPart,
    Regex,
    RowConditions,
)

_LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
LanguageTag = Annotated[str, Field(pattern=_LANGUAGE)]
"""Tag of BCP 47, such as zh or pt-BR."""


class ImageColumns(MappingPart):
    """Columns of pictures.

    A cell is an address, several addresses in a text, a list of addresses, or a list of objects.

    Attributes:
        columns: columns in the order of the pictures.
        split: regular expression that separates the addresses of a text; None takes commas,
            semicolons, bars and white space before "http".
        url: paths of the address in an object, best first; without them the usual names.
        alt: path of the alternative text in an object.
        alt_columns: columns of alternative texts, one for each of `columns`; a list in such a cell
            has one for each picture.
    """

    columns: Columns
    split: Regex | None = None
    url: AnyColumns = ()
    alt: Column = "alt"
    alt_columns: AnyColumns = ()


class OptionColumn(MappingPart):
    """A column with the value of one option of variants.

    Attributes:
        column: column of the value.
        name: name of the option.
    """

    column: Column
    name: Column

    @property
    def values_column(self) -> str:
        """Column of the values."""
        return self.column


class OptionColumns(MappingPart):
    """Columns with names and values of options, such as "Option1 Name" and "Option1 Value".

    Attributes:
        name_column: column of the option's name; {n} stands for the number.
        value_column: column of its value; {n} stands for the number.
        where: conditions that a row with options must all meet.
    """

    name_column: Column
    value_column: Column
    where: RowConditions = ()

    @property
    def values_column(self) -> str:
        """Column of the values."""
        return self.value_column

    def list_pairs(self) -> list[tuple[str, str]]:
        """Return the pairs of columns, numbered from 1; one pair without {n}."""
        if "{n}" not in self.name_column + self.value_column:
            return [(self.name_column, self.value_column)]
        return [
            (self.name_column.replace("{n}", str(n)), self.value_column.replace("{n}", str(n)))
            for n in range(1, 11)
        ]


class OptionPairs(MappingPart):
    """A column with all options of a variant: an object of values by name, or a list of objects.

    Attributes:
        pairs: name of the column.
        name: path of the option's name in an object of a list.
        value: path of its value.
        among: names of the options in another cell, if the column holds other things as well.
    """

    pairs: Column
    name: Column = "name"
    value: Column = "value"
    among: ChildNames | None = None

    @property
    def values_column(self) -> str:
        """Column of the values."""
        return self.pairs


class LanguageColumns(MappingPart):
    """Columns with texts in every language of the feed, such as `name-{language}`.

    The preferred language with a title, by `choose`, is the language of the product, the others are
    its translations.

    Attributes:
        title: columns of the title, best first.
        description: columns of the description, best first.
    """

    title: Columns
    description: AnyColumns = ()

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        for column in (*self.title, *self.description):
            if "{language}" not in column:
                raise ValueError(f"'{column}' needs {{language}} in the place of the language")
        return self


class TranslationColumns(MappingPart):
    """Columns with the texts of a product in one more language."""

    title: Column | None = None
    description: Column | None = None
