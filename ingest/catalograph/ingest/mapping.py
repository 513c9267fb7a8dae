"""Mapping files, which assign the columns of a feed to fields.

A mapping is a small YAML file; shipped mappings are in `mappings/`. A column is named as in the
feed; a dotted path addresses nested values (`attributes.colour`, `helpful.0`).
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AbstractSet
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from catalograph.errors import InvalidInputError, MappingError
from catalograph.ingest import values
from catalograph.ingest.commerce_columns import (
    ImageColumns,
    LanguageColumns,
    LanguageTag,
    OptionColumn,
    OptionColumns,
    OptionPairs,
    TranslationColumns,
    as_conditions,
    as_images,
)
from catalograph.ingest.row_rules import (
    ELEMENT,
    Column,
    Columns,
    MappingPart,
    Regex,
    RowCondition,
    RowRules,
    Words,
    column_pattern,
    find_aliases,
    has_column,
    template_columns,
)
from catalograph.schema import EventKind, keys
from catalograph.schema.suggest import did_you_mean

Kind = Literal["catalog", "reviews", "events"]
TextField = Literal["title", "description"]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _as_columns(value: Any) -> Any:
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
    otherwise: Annotated[tuple[Column, ...], BeforeValidator(_as_list)] = ()
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


class _Mapping(RowRules):
    source: SourceName
    files: tuple[str, ...] = ()
    """File names, without extensions, for which this mapping is chosen."""
    needs: tuple[Column, ...] = ()
    """Columns that a file must have for this mapping to be chosen; if empty, all named columns."""
    deleted: Annotated[DeletedColumn | None, BeforeValidator(_as_column)] = None
    decimal: Literal[",", "."] | None = None
    """Decimal sign of the file's numbers; None decides by the whole column."""


class CatalogMapping(_Mapping):
    """Columns of a product catalogue.

    Several `id` columns are hashed into one id; several `description` columns become lines of one
    description.
    """

    kind: Literal["catalog"] = "catalog"
    id: Columns
    title: Column
    description: Columns | None = None
    replace: dict[str, str] = Field({})
    """Replacements in title, description, names of categories and values of numbered columns, such
    as for escapes."""
    brand: Column | None = None
    category: Annotated[CategoryColumns | None, BeforeValidator(_as_columns)] = None
    price: Annotated[PriceColumn | None, BeforeValidator(_as_column)] = None
    sale_price: Annotated[PriceColumn | None, BeforeValidator(_as_column)] = None
    list_price: Annotated[PriceColumn | None, BeforeValidator(_as_column)] = None
    """Price before a reduction, if `price` is the reduced one; it counts only above `price`."""
    currency: CurrencyCode | None = None
    """Currency of prices without one."""
    currency_signs: dict[str, CurrencyCode] = Field({})
    """Currency of signs that several countries use, such as `{$: CAD, kr: SEK}`."""
    real_names: tuple[str, ...] = ()
    """Texts that look like placeholders but are names here, such as the brand "NAN"."""
    availability: Column | None = None
    gtins: Columns | None = None
    mpn: Column | None = None
    group: Column | None = None
    """Column of the product's variant group."""
    url: Column | None = None
    image_url: Column | None = None
    quantity: Column | None = None
    """Column of the number of pieces in stock."""
    always_available: Annotated[tuple[RowCondition, ...], BeforeValidator(as_conditions)] = ()
    """Conditions on columns of the feed, one of which products meet that can be bought whatever
    their quantity: because nobody counts it, or because the shop takes orders without stock."""
    sku: Column | None = None
    slug: Column | None = None
    group_title: Column | None = None
    """Column of the title that all variants of a group share."""
    images: Annotated[ImageColumns | None, BeforeValidator(as_images)] = None
    options: tuple[OptionColumn | OptionColumns | OptionPairs, ...] = ()
    """Options that tell a variant from the others of its group; attribute values as well."""
    language: LanguageTag | None = None
    """Language of title and description."""
    translations: dict[LanguageTag, TranslationColumns] = Field({})
    """Columns with title and description in other languages, by language."""
    languages: LanguageColumns | None = None
    """Columns with title and description in every language of the feed."""
    released: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    popularity: Column | None = None
    also_bought: Column | None = None
    also_viewed: Column | None = None
    bought_together: Column | None = None
    attributes: tuple[
        AttributeColumn | AttributePrefix | NumberedAttributes | AttributePairs, ...
    ] = ()
    texts: tuple[TextField, ...] = ("title", "description")
    """Texts from which attribute values are extracted."""

    @cached_property
    def unnamed(self) -> "UnnamedColumns":
        """Columns that the mapping names nowhere, for an empty prefix of attributes."""
        return UnnamedColumns(self)

    def replace_in(self, text: str) -> str:
        """Return a text with the replacements of `replace`."""
        for old, new in self.replace.items():
            text = text.replace(old, new)
        return text


class ReviewMapping(_Mapping):
    """Columns of reviews; without `id`, an id is derived from user, product and time."""

    kind: Literal["reviews"] = "reviews"
    product: Column
    product_source: SourceName | None = None
    """Catalogue that the product ids belong to; without it, the graph decides."""
    user_source: SourceName | None = None
    """Source that the user ids belong to, if it is not `source`; equal ids are one shopper."""
    id: Columns | None = None
    user: Column | None = None
    rating: Column | None = None
    title: Column | None = None
    text: Column | None = None
    time: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    verified: Column | None = None
    helpful: Column | None = None

    @model_validator(mode="after")
    def _product_is_not_the_review(self) -> Self:
        if self.id == (self.product,):
            raise ValueError(
                f"'id' and 'product' are both '{self.product}'; a review's own id names no product"
            )
        return self


class EventMapping(_Mapping):
    """Columns of events; without `id`, an id is derived from the whole row."""

    kind: Literal["events"] = "events"
    event: Annotated[EventColumn, BeforeValidator(_as_column)]
    product: Column | None = None
    product_source: SourceName | None = None
    """Catalogue that the product ids belong to; without it, the graph decides."""
    user_source: SourceName | None = None
    """Source that the user ids belong to, if it is not `source`; equal ids are one shopper."""
    id: Columns | None = None
    user: Column | None = None
    time: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    query: Column | None = None
    value: Column | None = None
    served: Column | None = None
    position: Column | None = None


Mapping = CatalogMapping | ReviewMapping | EventMapping
_ADAPTER: TypeAdapter[Mapping] = TypeAdapter(Annotated[Mapping, Field(discriminator="kind")])
_COLUMN_FIELDS = frozenset(
    {
        "column",
        "columns",
        "otherwise",
        "currency_column",
        "unit_column",
        "pairs",
        "name_column",
        "value_column",
        "alt_columns",
        "title",
        "description",
    }
)
_NO_COLUMNS = frozenset(
    {
        "kind",
        "source",
        "files",
        "needs",
        "product_source",
        "user_source",
        "replace",
        "currency",
        "texts",
        "decimal",
        "currency_signs",
        "real_names",
        "language",
        "translations",
    }
    | RowRules.model_fields.keys()
)
_NESTED = frozenset(
    {
        "category",
        "price",
        "sale_price",
        "list_price",
        "released",
        "time",
        "event",
        "attributes",
        "deleted",
        "images",
        "options",
        "among",
        "always_available",
        "languages",
    }
)


def is_deleted(fields: AnyMapping[str, Any], mapping: Mapping) -> bool:
    """Return whether a row marks its record as deleted."""
    gone = mapping.deleted
    cell = None if gone is None else values.lookup(fields, gone.column)
    if gone is None or values.is_blank(cell) or isinstance(cell, list | dict):
        return False
    word = str(cell).strip().casefold()
    return word in {value.casefold() for value in gone.values}


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        MappingError: it is not a mapping; the message names file, field and correction.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise MappingError(
            f"The mapping '{path}' cannot be read: {exc}. Give a YAML file, or the name of a "
            f"shipped mapping: {', '.join(shipped_names())}."
        ) from exc
    return parse_mapping(text, str(path))


def parse_mapping(text: str, name: str) -> Mapping:
    """Read a mapping from YAML text; `name` is for messages."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise MappingError(f"The mapping '{name}' is no YAML: {exc}.") from exc
    if not isinstance(content, dict):
        raise MappingError(
            f"The mapping '{name}' is no YAML mapping; it needs lines such as 'title: name'. "
            "`--guess` proposes one for a file."
        )
    try:
        return _ADAPTER.validate_python(content)
    except ValidationError as exc:
        raise MappingError(_faults(name, exc)) from exc


def _faults(name: str, exc: ValidationError) -> str:
    sentences = []
    for fault in exc.errors(include_url=False):
        # The first part is the kind, the discriminator of the union.
        where = ".".join(str(part) for part in fault["loc"][1:]) or "kind"
        sentences.append(f"'{where}': {fault['msg']}")
    return (
        f"The mapping '{name}' is wrong: {'; '.join(sentences)}. "
        "Correct these fields, or let `--guess` propose a mapping."
    )


def dump_mapping(mapping: Mapping) -> str:
    """Return the mapping as YAML."""
    content = mapping.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(
        {"kind": mapping.kind, "source": mapping.source} | content,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )


def shipped_names() -> list[str]:
    """Return the names of the mappings shipped with the package."""
    folder = resources.files("catalograph.ingest") / "mappings"
    return sorted(
        f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")
    )


@cache
def shipped_mapping(name: str) -> Mapping:
    """Return a mapping shipped with the package."""
    folder = resources.files("catalograph.ingest") / "mappings"
    return parse_mapping((folder / f"{name}.yaml").read_text(encoding="utf-8"), name)


def find_mapping(name: str) -> Mapping:
    """Return a mapping by shipped name or by path.

    Raises:
        MappingError: neither exists; the message names the most similar shipped mapping.
    """
    if name in shipped_names():
        return shipped_mapping(name)
    path = Path(name)
    if not path.suffix and not path.exists():
        raise MappingError(
            f"There is no mapping '{name}'.{did_you_mean(name, shipped_names())} Give a YAML file, "
            f"or the name of a shipped mapping: {', '.join(shipped_names())}."
        )
    return load_mapping(path)


def columns_of(mapping: Mapping) -> set[str]:
    """Return the columns that a file must have for this mapping to be chosen."""
    return set(mapping.needs) or _all_columns(mapping)


def _all_columns(mapping: Mapping) -> set[str]:
    return {
        column if "{" in column else column.split(".")[0] for column in named_columns(mapping)
    } - {ELEMENT}


def named_columns(mapping: Mapping) -> list[str]:
    """Return the columns of the feed that a mapping names, without those that it derives."""
    derived = [c for texts in mapping.derive.values() for t in texts for c in template_columns(t)]
    used = [c for c in _named_columns(mapping) if c not in mapping.derive]
    filtered = [c.column for c in mapping.where if c.column not in mapping.derive]
    return list(dict.fromkeys([*used, *derived, *filtered]))


def added_columns(mapping: Mapping) -> frozenset[str]:
    """Return the columns that the mapping adds to a row, made of the row's other columns."""
    sources = {source for texts in mapping.derive.values() for source in texts}
    patterns = {name for name in named_columns(mapping) if column_pattern(name)}
    return frozenset(mapping.derive.keys() - sources | patterns)


class UnnamedColumns:
    """The columns of a feed that a mapping neither names nor makes.

    Args:
        mapping: mapping of the feed.
    """

    def __init__(self, mapping: Mapping) -> None:
        rule = mapping.inherit
        names = {*named_columns(mapping), *mapping.derive, *(p.column for p in mapping.key_values)}
        if rule is not None:
            names |= {rule.key or "", *rule.copies, *rule.gather}
            names |= {column for columns in rule.gather.values() for column in columns}
        self._names = names
        self._patterns = [p for name in names if (p := column_pattern(name))]

    def __contains__(self, column: str) -> bool:
        named = column in self._names or any(p.fullmatch(column) for p in self._patterns)
        return not named and "{" not in column


def fits(mapping: Mapping, columns: AbstractSet[str]) -> bool:
    """Return whether a file with these columns has what a mapping needs."""
    known = columns | find_aliases(mapping.aliases, columns).keys()
    return all(has_column(column, known) for column in columns_of(mapping))


def _named_columns(part: BaseModel) -> Iterator[str]:
    mapping = isinstance(part, _Mapping)
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name in _NESTED and value is not None:
            for nested in value if isinstance(value, tuple) else (value,):
                yield from _named_columns(nested)
        elif name in _COLUMN_FIELDS or (mapping and name not in _NO_COLUMNS | _NESTED):
            yield from _texts(value)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from value


def choose_mapping(kind: Kind, stem: str, columns: Iterable[str]) -> tuple[str, Mapping]:
    """Choose the shipped mapping for a file, by its name, else by its columns.

    Args:
        kind: kind of the file.
        stem: file name without extensions.
        columns: columns of its first rows.

    Returns:
        Name and mapping.

    Raises:
        MappingError: no mapping fits.
    """
    candidates = [(n, m) for n in shipped_names() if (m := shipped_mapping(n)).kind == kind]
    for name, mapping in candidates:
        if stem in mapping.files:
            return name, mapping
    present = set(columns)
    fitting = [(n, m) for n, m in candidates if fits(m, present)]
    if fitting:
        return max(fitting, key=lambda item: _count_columns(item[1], present))
    raise MappingError(_no_fit(kind, stem, sorted(present)))


def _count_columns(mapping: Mapping, present: AbstractSet[str]) -> int:
    known = present | find_aliases(mapping.aliases, present).keys()
    return sum(has_column(column, known) for column in _all_columns(mapping))


def _no_fit(kind: Kind, stem: str, columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:12]) or "none"
    return (
        f"No shipped mapping for {kind} fits '{stem}' with the columns {shown}. Write one "
        f"(`catalograph ingest {kind} FILE --guess` proposes it) and name it with --mapping."
    )
