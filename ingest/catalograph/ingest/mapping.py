"""Mapping files, which assign the columns of a feed to fields.

A mapping is a small YAML file; shipped mappings are in `mappings/`. A column is named as in the
feed; a dotted path addresses nested values (`attributes.colour`, `helpful.0`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from catalograph.errors import InvalidInputError, MappingError
from catalograph.ingest import values
from catalograph.ingest.file_rules import FileRules
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


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as exc:
        raise ValueError(f"'{value}' is no regular expression: {exc}") from exc
    return value


Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_list), Field(min_length=1)]
SourceName = Annotated[str, BeforeValidator(str), BeforeValidator(_source_name)]
Regex = Annotated[str, BeforeValidator(str), BeforeValidator(_regex)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceColumn(_Part):
    """Column of the price."""

    column: Column
    divide_by: float = Field(1.0, gt=0)
    """Divisor of the number, for example 100 for cents."""
    currency_column: Column | None = None


class TimeColumn(_Part):
    """Column of a time."""

    column: Column
    format: str | None = None
    """`strptime` format; not needed for epoch numbers, ISO 8601 and common English dates."""


class CategoryColumns(_Part):
    """Columns of the category: one path, or several tags without order.

    Attributes:
        columns: one column with the path, or one column for each level.
        form: `path` for one category, `tags` for one category per name.
        otherwise: columns to use if `columns` are blank.
        split: regular expression that separates the names of a text; if a cell lists several
            texts, each is then a separate path.
        skip: meaningless names, such as "others".
        ignore: regular expression of whole meaningless names, such as numbers.
        drop_title: True drops names at the end that repeat the title.
    """

    columns: Columns
    otherwise: Annotated[tuple[Column, ...], BeforeValidator(_as_list)] = ()
    form: Literal["path", "tags"] = "path"
    split: Regex | None = None
    skip: tuple[str, ...] = ()
    ignore: Regex | None = None
    drop_title: bool = False


class AttributeColumn(_Part):
    """A column with values of one attribute.

    Attributes:
        column: name of the column.
        attribute: name of the attribute.
        unit: unit of a numeric column.
        split: regular expression that separates several values of a text.
        values: translation of values; null drops a value.
    """

    column: Column
    attribute: str = Field(min_length=1)
    unit: str | None = None
    split: Regex | None = None
    values: dict[str, str | None] = {}


class AttributePrefix(_Part):
    """Columns with a common prefix, one per attribute, such as `attributes.attr_t_`.

    Attributes:
        prefix: common prefix of the names or dotted paths; the rest is the attribute's name, with
            spaces for underscores.
        rename: attribute name by the rest of the column name.
        units: unit by attribute, for numbers.
        exclude: wildcard patterns of rests to leave out.
        split: regular expression that separates several values of a text.
    """

    prefix: str = Field(min_length=1)
    rename: dict[str, str] = {}
    units: dict[str, str] = {}
    exclude: tuple[str, ...] = ()
    split: Regex | None = None


class AttributePairs(_Part):
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


class DeletedColumn(_Part):
    """Column that marks a record as deleted: a tombstone in a feed of changes.

    Attributes:
        column: name of the column.
        values: values that mean deleted, in upper or lower case.
    """

    column: Column
    values: tuple[str, ...] = Field(("true", "yes", "1", "deleted"), min_length=1)


class EventColumn(_Part):
    """Kind of event of a row: the same for all rows, or given by a column."""

    constant: EventKind | None = None
    column: Column | None = None
    values: dict[str, EventKind] = {}
    """Event kind by the feed's own name for it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.constant is None) == (self.column is None):
            raise ValueError("give either 'constant' or 'column'")
        return self


class _Mapping(FileRules, _Part):
    source: SourceName
    files: tuple[str, ...] = ()
    """File names, without extensions, for which this mapping is chosen."""
    needs: tuple[Column, ...] = ()
    """Columns that a file must have for this mapping to be chosen; if empty, all named columns."""
    deleted: Annotated[DeletedColumn | None, BeforeValidator(_as_column)] = None


class CatalogMapping(_Mapping):
    """Columns of a product catalogue.

    Several `id` columns are hashed into one id; several `description` columns become lines of one
    description.
    """

    kind: Literal["catalog"] = "catalog"
    id: Columns
    title: Column
    description: Columns | None = None
    replace: dict[str, str] = {}
    """Replacements applied first to title and description, such as for broken escapes."""
    brand: Column | None = None
    category: Annotated[CategoryColumns | None, BeforeValidator(_as_columns)] = None
    price: Annotated[PriceColumn | None, BeforeValidator(_as_column)] = None
    sale_price: Annotated[PriceColumn | None, BeforeValidator(_as_column)] = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """Currency of prices without one."""
    availability: Column | None = None
    gtins: Columns | None = None
    mpn: Column | None = None
    group: Column | None = None
    """Column of the product's variant group."""
    url: Column | None = None
    image_url: Column | None = None
    released: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    popularity: Column | None = None
    also_bought: Column | None = None
    also_viewed: Column | None = None
    bought_together: Column | None = None
    attributes: tuple[AttributeColumn | AttributePrefix | AttributePairs, ...] = ()
    texts: tuple[TextField, ...] = ("title", "description")
    """Texts from which attribute values are extracted."""


class ReviewMapping(_Mapping):
    """Columns of reviews; without `id`, an id is derived from user, product and time."""

    kind: Literal["reviews"] = "reviews"
    product: Column
    product_source: SourceName | None = None
    """Catalogue that the product ids belong to, if it is not `source`."""
    id: Columns | None = None
    user: Column | None = None
    rating: Column | None = None
    title: Column | None = None
    text: Column | None = None
    time: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    verified: Column | None = None
    helpful: Column | None = None


class EventMapping(_Mapping):
    """Columns of events; without `id`, an id is derived from the whole row."""

    kind: Literal["events"] = "events"
    event: Annotated[EventColumn, BeforeValidator(_as_column)]
    product: Column | None = None
    product_source: SourceName | None = None
    id: Columns | None = None
    user: Column | None = None
    time: Annotated[TimeColumn | None, BeforeValidator(_as_column)] = None
    query: Column | None = None
    value: Column | None = None
    served: Column | None = None
    position: Column | None = None


Mapping = CatalogMapping | ReviewMapping | EventMapping
_ADAPTER: TypeAdapter[Mapping] = TypeAdapter(Annotated[Mapping, Field(discriminator="kind")])
_COLUMN_FIELDS = frozenset({"column", "columns", "otherwise", "currency_column", "pairs"})
_NO_COLUMNS = frozenset(
    {
        "kind",
        "source",
        "files",
        "needs",
        "product_source",
        "replace",
        "currency",
        "texts",
        "rows",
        "encoding",
    }
)
_NESTED = frozenset(
    {"category", "price", "sale_price", "released", "time", "event", "attributes", "deleted"}
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
        "Mend these fields, or let `--guess` propose a mapping."
    )


def dump_mapping(mapping: Mapping) -> str:
    """Return the mapping as YAML."""
    content = mapping.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(
        {"kind": mapping.kind} | content, sort_keys=False, allow_unicode=True, width=100
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
    return {column.split(".")[0] for column in _named_columns(mapping)}


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
    fitting = [(n, m) for n, m in candidates if columns_of(m) <= present]
    if fitting:
        return max(fitting, key=lambda item: len(_all_columns(item[1]) & present))
    raise MappingError(_no_fit(kind, stem, sorted(present)))


def _no_fit(kind: Kind, stem: str, columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:12]) or "none"
    return (
        f"No shipped mapping for {kind} fits '{stem}' with the columns {shown}. Write one "
        f"(`catalograph ingest {kind} FILE --guess` proposes it) and name it with --mapping."
    )
