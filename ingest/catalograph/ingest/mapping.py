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

from catalograph.errors import MappingError
from catalograph.ingest import values
from catalograph.ingest.commerce_columns import (
    ImageColumns,
    LanguageColumns,
    LanguageTag,
    OptionColumn,
    OptionColumns,
    OptionPairs,
    TranslationColumns,
)
from catalograph.ingest.file_rules import FileRules
from catalograph.ingest.mapping_columns import (
    AttributeColumn,
    AttributePairs,
    AttributePrefix,
    CategoryColumns,
    CurrencyCode,
    DeletedColumn,
    EventColumn,
    NumberedAttributes,
    PriceColumn,
    SourceName,
    TimeColumn,
    as_column,
    as_columns,
)
from catalograph.ingest.order_columns import LineColumns, ReturnColumns, ShipmentColumns
from catalograph.ingest.row_rules import (
    ELEMENT,
    Column,
    Columns,
    RowConditions,
    RowRules,
    column_pattern,
    find_aliases,
    has_column,
    template_columns,
)
from catalograph.schema.suggest import did_you_mean

Kind = Literal["catalog", "reviews", "events", "orders"]
TextField = Literal["title", "description"]


class _Mapping(FileRules, RowRules):
    source: SourceName
    files: tuple[str, ...] = ()
    """File names, without extensions, for which this mapping is chosen."""
    needs: tuple[Column, ...] = ()
    """Columns that a file must have for this mapping to be chosen; if empty, all named columns."""
    deleted: Annotated[DeletedColumn | None, BeforeValidator(as_column)] = None


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
    category: Annotated[CategoryColumns | None, BeforeValidator(as_columns)] = None
    price: Annotated[PriceColumn | None, BeforeValidator(as_column)] = None
    sale_price: Annotated[PriceColumn | None, BeforeValidator(as_column)] = None
    list_price: Annotated[PriceColumn | None, BeforeValidator(as_column)] = None
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
    always_available: RowConditions = ()
    """Conditions on columns of the feed, one of which products meet that can be bought whatever
    their quantity: because nobody counts it, or because the shop takes orders without stock."""
    sku: Column | None = None
    slug: Column | None = None
    group_title: Column | None = None
    """Column of the title that all variants of a group share."""
    images: Annotated[ImageColumns | None, BeforeValidator(as_columns)] = None
    options: tuple[OptionColumn | OptionColumns | OptionPairs, ...] = ()
    """Options that tell a variant from the others of its group; attribute values as well."""
    language: LanguageTag | None = None
    """Language of title and description."""
    translations: dict[LanguageTag, TranslationColumns] = Field({})
    """Columns with title and description in other languages, by language."""
    languages: LanguageColumns | None = None
    """Columns with title and description in every language of the feed."""
    released: Annotated[TimeColumn | None, BeforeValidator(as_column)] = None
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
    time: Annotated[TimeColumn | None, BeforeValidator(as_column)] = None
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
    event: Annotated[EventColumn, BeforeValidator(as_column)]
    product: Column | None = None
    product_source: SourceName | None = None
    """Catalogue that the product ids belong to; without it, the graph decides."""
    user_source: SourceName | None = None
    """Source that the user ids belong to, if it is not `source`; equal ids are one shopper."""
    id: Columns | None = None
    user: Column | None = None
    time: Annotated[TimeColumn | None, BeforeValidator(as_column)] = None
    query: Column | None = None
    value: Column | None = None
    served: Column | None = None
    position: Column | None = None


class OrderMapping(_Mapping):
    """Columns of orders; those of `lines`, `shipments` and `returns` are within a list, or the row.

    Names and addresses of shoppers have no field, as they are not stored.
    """

    kind: Literal["orders"] = "orders"
    id: Columns
    user: Column | None = None
    product_source: SourceName | None = None
    """Catalogue that the product ids belong to; without it, the graph decides."""
    user_source: SourceName | None = None
    """Source that the user ids belong to, if it is not `source`; equal ids are one shopper."""
    time: Annotated[TimeColumn | None, BeforeValidator(as_column)] = None
    status: Column | None = None
    total: Column | None = None
    currency: CurrencyCode | None = None
    """Currency of orders that state none."""
    currency_column: Column | None = None
    lines: LineColumns
    shipments: ShipmentColumns | None = None
    returns: ReturnColumns | None = None


Mapping = CatalogMapping | ReviewMapping | EventMapping | OrderMapping
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
        "currency_signs",
        "real_names",
        "language",
        "translations",
        "lines",
        "shipments",
        "returns",
    }
    | RowRules.model_fields.keys()
    | FileRules.model_fields.keys()
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


_OF_KIND: dict[Kind, type[_Mapping]] = {
    "catalog": CatalogMapping,
    "reviews": ReviewMapping,
    "events": EventMapping,
    "orders": OrderMapping,
}
_SEVERAL = frozenset({"id", "description", "gtins", "category", "images", "attributes", "options"})
_RULED_BY_CONDITIONS = frozenset({"always_available", "languages", "deleted"})
"""Fields that hold conditions or patterns rather than columns."""


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


def column_fields(kind: Kind) -> list[tuple[str, bool, bool]]:
    """Return the fields of a kind of mapping that take columns, in their order.

    Returns:
        Name; whether a mapping must have it; whether it takes several columns.
    """
    fields = _OF_KIND[kind].model_fields.items()
    return [
        (name, field.is_required(), name in _SEVERAL)
        for name, field in fields
        if name not in _NO_COLUMNS and name not in _RULED_BY_CONDITIONS
    ]


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
        elif name not in _NO_COLUMNS | _NESTED if mapping else name in _COLUMN_FIELDS:
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
