"""Columns of a mapping: prices, times, categories, attributes, kinds of events."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from catalograph.errors import InvalidInputError
from catalograph.ingest.row_rules import AnyColumns, Column, Columns, MappingPart, Regex, Words
from catalograph.schema import EventKind, keys


def as_column(value: Any) -> Any:
    """Return the part for a bare column name."""
    return {"column": value} if isinstance(value, str) else value


def as_columns(value: Any) -> Any:
    """Return the part for bare column names."""
    return {"columns": value} if isinstance(value, str | list) else value


def _source_name(value: str) -> str:
    try:
        keys.product_key(value, "x")
    except InvalidInputError as exc:
        raise ValueError(str(exc)) from exc
    return value


SourceName = Annotated[str, BeforeValidator(str), BeforeValidator(_source_name)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class PriceColumn(MappingPart):
    """Column of the price."""

    column: Column
    divide_by: float = Field(1.0, gt=0)
    """Divisor of the number, for example 100 for cents."""
    minor_units: bool = False
    """True if the number is in the smallest unit of its currency: 1999 for 19.99 EUR."""
    currency_column: Column | None = None
    decimal: Literal[",", "."] | None = None
    """Decimal sign; None takes that of the mapping."""
    zero: Literal["missing", "free"] = "missing"
    """Meaning of a price of 0: that there is none, or that the product is free."""


class TimeColumn(MappingPart):
    """Column of a time."""

    column: Column
    format: str | None = None
    """`strptime` format, or `day-first` or `month-first` for dates of numbers; not needed for epoch
    numbers, ISO 8601, names of months, and where a day after the 12th shows the order."""


class CategoryColumns(MappingPart):
    """Columns of the category: one path, or several tags without order.

    Attributes:
        columns: one column with the path, or one column for each level.
        form: `path` for one category, `tags` for one category per name.
        otherwise: columns to use if `columns` are blank.
        split: regular expression that separates the names of a text; if a cell lists several
            texts, each is then a separate path.
        paths: regular expression that separates several paths in one text.
        skip: meaningless names, such as "others".
        ignore: regular expression of whole meaningless names, such as numbers.
        drop_title: True drops names at the end that repeat the title.
    """

    columns: Columns
    otherwise: AnyColumns = ()
    form: Literal["path", "tags"] = "path"
    split: Regex | None = None
    paths: Regex | None = None
    skip: tuple[str, ...] = ()
    ignore: Regex | None = None
    drop_title: bool = False


class AttributeColumn(MappingPart):
    """A column with values of one attribute.

    Attributes:
        column: name of the column.
        attribute: name of the attribute.
        unit: unit of a numeric column.
        unit_column: column with the unit of each number.
        split: regular expression that separates several values of a text.
        values: translation of values; null drops a value.
        decimal: decimal sign of numbers with a unit; None takes that of the mapping.
    """

    column: Column
    attribute: str = Field(min_length=1)
    unit: str | None = None
    unit_column: Column | None = None
    split: Regex | None = None
    decimal: Literal[",", "."] | None = None
    values: dict[str, str | None] = Field({})


class AttributePrefix(MappingPart):
    """Columns with a common prefix, one per attribute, such as `attributes.attr_t_`.

    Attributes:
        prefix: common prefix of the names or dotted paths; the rest is the attribute's name, with
            spaces for underscores. An empty prefix stands for all columns that the mapping names
            nowhere else.
        rename: attribute name by the rest of the column name.
        units: unit by attribute, for numbers.
        unit_suffix: ending of a column that holds the unit of the column before the ending.
        exclude: wildcard patterns of rests to leave out.
        split: regular expression that separates several values of a text.
        decimal: decimal sign of numbers with a unit; None takes that of the mapping.
    """

    prefix: str
    decimal: Literal[",", "."] | None = None
    rename: dict[str, str] = Field({})
    units: dict[str, str] = Field({})
    unit_suffix: str | None = Field(None, min_length=1)
    exclude: tuple[str, ...] = ()
    split: Regex | None = None


class NumberedAttributes(MappingPart):
    """Numbered columns of names and values, such as `Option1 Name` and `Option1 Value`.

    Attributes:
        name_column: column of the attribute's name, with `{n}` for the number.
        value_column: column of its value, with `{n}` for the number.
        rename: attribute by its name in lower case.
        split: regular expression that separates several values of a text.
        values: translation of values; null drops a value.
    """

    name_column: Column
    value_column: Column
    rename: dict[str, str] = Field({})
    split: Regex | None = None
    values: dict[str, str | None] = Field({})

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        for column in (self.name_column, self.value_column):
            if column.count("{n}") != 1:
                raise ValueError(f"'{column}' needs {{n}} once, in the place of the number")
        return self


class AttributePairs(MappingPart):
    """A column of named attributes, such as `product_detail` or `additionalProperty`.

    A cell is an object, a list of objects, or a text such as "General:Colour:blue,Size:Width:2 cm"
    in which the last two parts are name and value.

    Attributes:
        pairs: name of the column.
        name: path of the attribute's name in an object.
        value: path of its value.
        unit: path of its unit.
    """

    pairs: Column
    name: str = "name"
    value: str = "value"
    unit: str | None = None


class DeletedColumn(MappingPart):
    """Column that marks a record as deleted: a tombstone in a feed of changes.

    Attributes:
        column: name of the column.
        values: values that mean deleted, in upper or lower case.
    """

    column: Column
    values: tuple[str, ...] = Field(("true", "yes", "1", "deleted"), min_length=1)


class EventColumn(MappingPart):
    """Kind of event of a row: the same for all rows, or given by a column.

    Attributes:
        constant: kind of all rows.
        column: name of the column.
        values: kind by the feed's own name for it, in upper or lower case.
        skip: names of events that are of no interest, in upper or lower case, with `*` and `?` as
            wildcards; their rows count as skipped.
    """

    constant: EventKind | None = None
    column: Column | None = None
    values: dict[str, EventKind] = Field({})
    skip: Words | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.constant is None) == (self.column is None):
            raise ValueError("give either 'constant' or 'column'")
        if self.constant is not None and self.skip is not None:
            raise ValueError("'skip' needs a 'column' with the event's name")
        return self
