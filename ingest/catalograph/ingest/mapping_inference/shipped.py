"""MappingProposal of a shipped mapping, with the values that its columns have in the file."""

from collections.abc import Sequence

from pydantic import BaseModel

from catalograph.ingest.mapping import CatalogMapping
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ingest.mapping_inference.price_columns import warn_of_currency
from catalograph.ingest.mapping_inference.profiles import FeedProfile
from catalograph.ingest.mapping_inference.proposal import MappingDraft, MappingProposal

_COLUMNS = ("column", "columns", "otherwise", "pairs", "prefix", "name_column")


def explain_shipped(
    name: str,
    mapping: FeedMapping,
    source: str | None,
    profile: FeedProfile,
    warnings: Sequence[str],
) -> MappingProposal:
    """Return the proposal of a shipped mapping that fits the columns of a file."""
    draft = MappingDraft(warnings=list(warnings))
    said = {"source": source} if source is not None else {}
    plain = type(mapping).model_validate(
        mapping.model_dump(exclude_defaults=True, exclude={"files", "needs"})
        | {"kind": mapping.kind, "source": mapping.source}
        | said
    )
    draft.explain("source", f"the shipped mapping '{name}' fits the columns of this file")
    for field in type(plain).model_fields:
        value = getattr(plain, field)
        if isinstance(value, tuple) and any(isinstance(part, BaseModel) for part in value):
            for n, part in enumerate(value):
                draft.explain(f"{field}.{n}", f"of '{name}'", _sample(part, profile))
        elif field not in ("kind", "source") and value != type(plain).model_fields[field].default:
            draft.explain(field, f"of '{name}'", _sample(value, profile))
    catalog = plain if isinstance(plain, CatalogMapping) else None
    price = catalog and catalog.price
    if catalog and price and catalog.currency is None and price.currency_column is None:
        column = profile.columns.get(price.column)
        if column is not None and (warning := warn_of_currency(column)):
            draft.warnings.append(warning)
    return MappingProposal(plain, draft.comments, tuple(draft.warnings), (), name)


def _sample(value: object, profile: FeedProfile) -> str:
    """Return the first value in the file of the columns that a part of the mapping names."""
    names: list[str] = []
    if isinstance(value, str):
        names = [value]
    elif isinstance(value, tuple):
        names = [v for v in value if isinstance(v, str)]
    elif isinstance(value, BaseModel):
        for field in _COLUMNS:
            said = getattr(value, field, None)
            names += (
                [said] if isinstance(said, str) else [v for v in said or () if isinstance(v, str)]
            )
    for name in names:
        column = profile.columns.get(name)
        if column is not None and column.filled:
            return column.example()
    return ""
