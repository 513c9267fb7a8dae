"""Parts of a mapping that choose and shape rows before their columns are read.

`catalograph.ingest.row_preparation` applies them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

ELEMENT: Final = "{element}"
"""Column with the place of an element in the list that `each` names, from 0."""
CHOSEN: Final = ("language", "channel", "currency")
"""Placeholders in column names that `choose` fills."""
_FORMS: Final = {
    "language": r"[A-Za-z]{2,3}(?:[_-][A-Z][a-z]{3})?(?:[_-](?:[A-Z]{2}|[0-9]{3}))?",
    "channel": r"[A-Za-z][A-Za-z0-9_]*",
    "currency": r"[A-Z]{3}|[a-z]{3}",
    "n": "[0-9]+",
}
_BRACES: Final = re.compile(r"(\{[^{}]+\})")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_word(value: Any) -> Any:
    """Return YAML's unquoted true, false and numbers as the texts that a feed holds."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _as_words(value: Any) -> Any:
    return [_as_word(v) for v in (value if isinstance(value, list | tuple) else [value])]


def _as_table(value: Any) -> Any:
    return {_as_word(k): v for k, v in value.items()} if isinstance(value, dict) else value


def _as_parts(value: Any) -> Any:
    return [value] if isinstance(value, dict | BaseModel) else value


def _as_regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as exc:
        raise ValueError(f"'{value}' is no regular expression: {exc}") from exc
    return value


Column = Annotated[str, Field(min_length=1)]
AnyColumns = Annotated[tuple[Column, ...], BeforeValidator(_as_list)]
"""Columns, or none."""
Columns = Annotated[AnyColumns, Field(min_length=1)]
Regex = Annotated[str, BeforeValidator(str), BeforeValidator(_as_regex), Field(min_length=1)]
Words = Annotated[tuple[str, ...], BeforeValidator(_as_words), Field(min_length=1)]


class MappingPart(BaseModel):
    """Base of the parts of a mapping: immutable, without unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True
    )


class RowCondition(MappingPart):
    """Condition on one column that a row must meet to be read.

    Attributes:
        column: name of the column.
        blank: True for rows without a value, False for rows with one.
        values: values to read, in upper or lower case; `*` and `?` are wildcards.
        not_values: values to leave out, written `not` in a file.
    """

    column: Column
    blank: bool | None = None
    values: Words | None = None
    not_values: Words | None = Field(None, alias="not")

    @model_validator(mode="after")
    def _check_one_test(self) -> Self:
        if sum(test is not None for test in (self.blank, self.values, self.not_values)) != 1:
            raise ValueError("give exactly one of 'blank', 'values' and 'not'")
        return self


RowConditions = Annotated[tuple[RowCondition, ...], BeforeValidator(_as_parts)]


class ChildNames(MappingPart):
    """Names of rows in a cell of their parent.

    Attributes:
        column: name of the column.
        find: regular expression whose first group is a name.
    """

    column: Column
    find: Regex

    @model_validator(mode="after")
    def _check_group(self) -> Self:
        if re.compile(self.find).groups != 1:
            raise ValueError(f"'{self.find}' needs one group in parentheses, the name")
        return self


class Inheritance(MappingPart):
    """Cells that a row takes from other rows of the same product.

    The rows of a product share a `key`, or follow a row that meets `start`; they inherit from the
    first of them. With `parent`, `key` names the row to inherit from, which may stand anywhere in
    the file.

    Attributes:
        key: column that the rows share, or that names the parent row.
        start: condition that the first row of each product meets.
        parent: names by which a row is called as a parent, each a column or a text with columns in
            braces, such as `id:{ID}`. The first of them replaces the value of `key`, so that all
            children of a row have the same.
        children: names of the rows that inherit from a row, if the parent lists them; `key` is then
            the column with a row's own name.
        columns: columns whose blank cells are filled.
        copies: further columns with cells of the first row, by name of the further column.
        gather: further columns with a list of objects, one for each row of the product in which the
            first of the named columns has a value, such as its pictures.
    """

    key: Column | None = None
    start: RowCondition | None = None
    parent: AnyColumns = ()
    children: ChildNames | None = None
    columns: AnyColumns = ()
    copies: dict[Column, Column] = Field({})
    gather: dict[Column, Columns] = Field({})

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        if (self.key is None) == (self.start is None):
            raise ValueError("give either 'key' or 'start'")
        if (self.parent or self.children) and self.key is None:
            raise ValueError("'parent' and 'children' need a 'key'")
        if (self.parent or self.children) and self.gather:
            raise ValueError("'gather' needs rows that share a 'key' or 'start'")
        if self.parent and self.children:
            raise ValueError("give either 'parent' or 'children'")
        if self.key in self.columns:
            raise ValueError(f"'{self.key}' is the key and cannot be inherited")
        if not (self.columns or self.copies or self.gather):
            raise ValueError("name 'columns' to inherit, 'copies' or 'gather'")
        return self


class KeyValues(MappingPart):
    """A cell of keys and values, which becomes an object with one column for each key.

    Attributes:
        column: name of the column.
        split: regular expression between the pairs of a text; a part without `between` belongs to
            the value before it.
        between: regular expression between key and value of a text.
        key: path of the key in each object of a list.
        value: path of the value; of an object such as `{string_value: x}` the value that is set.
        where: conditions on the rows in which the column holds such a cell; None for all rows.
    """

    column: Column
    split: Regex | None = None
    between: Regex | None = None
    key: Column | None = None
    value: Column | None = None
    where: RowConditions = ()

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        if (self.split is None) != (self.between is None):
            raise ValueError("a text of pairs needs both 'split' and 'between'")
        if (self.key is None) != (self.value is None):
            raise ValueError("a list of objects needs both 'key' and 'value'")
        if self.split is not None and self.key is not None:
            raise ValueError("give 'split' and 'between', or 'key' and 'value', or neither")
        return self


class ColumnChoice(MappingPart):
    """Preferences among columns for several languages, currencies or channels.

    A column named `name-{language}` is the first that is not blank: the preferred ones in their
    order, then the others by name. `en` stands for `en_US` and `en-GB` too.

    Attributes:
        language: languages, best first.
        currency: ISO 4217 codes of currencies, best first.
        channel: channels, best first.
    """

    language: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    currency: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()
    channel: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()


class RowRules(MappingPart):
    """What happens to a row before its columns are read, in the order of the fields.

    Attributes:
        aliases: other names of a column, such as those of exports in other languages, in upper or
            lower case; `{n}` stands for a number.
        inherit: columns whose blank cells take the value of another row.
        key_values: cells of keys and values.
        each: path of a list; each element becomes a row and takes the list's place.
        lists: regular expressions that cut the text of a column into a list.
        translate: other values for the values of a column, in upper or lower case; null makes the
            cell blank.
        choose: preferences for columns with `{language}`, `{currency}` or `{channel}`.
        derive: further columns: the first that is not blank of some columns, or of texts with
            columns in braces, such as `{Handle}/{Size}`.
        where: conditions that a row must all meet; other rows count as skipped.
        decimal: decimal sign of the file's numbers; None decides by the whole column.
    """

    aliases: dict[Column, Columns] = Field({})
    inherit: Inheritance | None = None
    key_values: Annotated[tuple[KeyValues, ...], BeforeValidator(_as_parts)] = ()
    each: Column | None = None
    lists: dict[Column, Regex] = Field({})
    translate: dict[Column, Annotated[dict[str, str | None], BeforeValidator(_as_table)]] = Field(
        {}
    )
    choose: ColumnChoice = ColumnChoice()
    derive: dict[Column, Columns] = Field({})
    where: RowConditions = ()
    decimal: Literal[",", "."] | None = None


def find_aliases(aliases: Mapping[str, Sequence[str]], columns: Iterable[str]) -> dict[str, str]:
    """Return the columns that stand for others, by the name of the other.

    Args:
        aliases: other names of each column.
        columns: columns of a file; those that it has under their own name are left out.
    """
    found: dict[str, str] = {}
    by_name = {_fold(column): column for column in columns}
    for name, others in aliases.items():
        for other in others:
            pattern = _compile_name(_fold(other))
            for folded, column in by_name.items():
                if match := pattern.fullmatch(folded):
                    own = name.replace("{n}", match.groupdict().get("n", ""))
                    if own not in columns:
                        found.setdefault(own, column)
    return found


def _fold(name: str) -> str:
    return name.strip().casefold().replace("’", "'")


@cache
def column_pattern(name: str) -> re.Pattern[str] | None:
    """Return the pattern of a column name with `{language}`, `{currency}` or `{channel}`.

    Returns:
        A pattern with a group for each of them; None for another name.
    """
    if not any(f"{{{word}}}" in name for word in CHOSEN):
        return None
    return _compile_name(name)


def has_column(name: str, columns: AbstractSet[str]) -> bool:
    """Return whether a file has a column: of this name, or one that the name stands for."""
    if name in columns or name.split(".")[0] in columns:
        return True
    return "{" in name and any(_compile_name(name).fullmatch(column) for column in columns)


@cache
def _compile_name(name: str) -> re.Pattern[str]:
    pattern = re.escape(name)
    for word, form in _FORMS.items():
        pattern = pattern.replace(rf"\{{{word}\}}", f"(?P<{word}>{form})", 1)
    return re.compile(pattern)


@cache
def template_parts(source: str) -> tuple[str, ...]:
    """Return the texts and columns of a text with columns in braces, such as `id:{ID}`.

    Returns:
        Texts and columns in turn; nothing for the name of a column.
    """
    if source == ELEMENT or column_pattern(source) is not None:
        return ()
    parts = _BRACES.split(source)
    return tuple(parts) if len(parts) > 1 else ()


def template_columns(source: str) -> list[str]:
    """Return the columns that a column name or text with columns in braces is made of."""
    parts = template_parts(source)
    return [part[1:-1] for part in parts if _BRACES.fullmatch(part)] if parts else [source]
