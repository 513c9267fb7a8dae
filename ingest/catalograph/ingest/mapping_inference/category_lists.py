"""Categories in lists of objects with names, and in lists of paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.category_columns import (
    find_separator,
    is_tree,
    separator_pattern,
)
from catalograph.ingest.mapping_inference.fields import KNOWN_NAME, ColumnMatcher
from catalograph.ingest.mapping_inference.name_table import flatten
from catalograph.ingest.mapping_inference.names import match_name
from catalograph.ingest.mapping_inference.profiles import FeedProfile

_NAMES = tuple(
    flatten(word)
    for word in (
        "name", "title", "label", "nom", "libelle", "nombre", "nome", "bezeichnung", "titel",
        "名称", "类目名", "分类名", "类目名称", "名", "名前", "カテゴリ名",
    )
)  # fmt: skip
_PATHS = tuple(
    flatten(word)
    for word in (
        "path", "full path", "category path", "breadcrumb", "breadcrumbs", "full name", "pfad",
        "chemin", "ruta", "percorso", "路径", "全路径", "类目路径", "パス",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NestedCategory:
    """The category of a column of lists.

    Attributes:
        column: the column.
        part: its part of the mapping.
        why: reason, for people.
        warning: what the mapping leaves out; empty if it reads all.
    """

    column: str
    part: dict[str, Any]
    why: str
    warning: str = ""


def read_nested_categories(matcher: ColumnMatcher, profile: FeedProfile) -> NestedCategory | None:
    """Return the category of a list of objects or of a list of lists; None if there is none."""
    best: tuple[float, NestedCategory] | None = None
    for name in profile.columns:
        match = match_name(matcher.kind, name).get("category")
        if match is None or match.score < KNOWN_NAME or matcher.best_name(name) != "category":
            continue
        cells = [row[name] for row in profile.sample if isinstance(row.get(name), list)]
        cells = [cell for cell in cells if cell]
        if not cells:
            continue
        found = _read_objects(name, cells) or _read_paths(name, cells)
        if found is not None and (best is None or match.score > best[0]):
            best = match.score, found
    return None if best is None else best[1]


def _read_objects(column: str, cells: Sequence[list[Any]]) -> NestedCategory | None:
    first = cells[0][0]
    if not isinstance(first, dict):
        return None
    keys = {flatten(key): key for key in first}
    if (found := _read_path_texts(column, keys, cells)) is not None:
        return found
    key = next((keys[name] for name in _NAMES if name in keys), None)
    if key is None:
        return None
    paths = _texts_at(key, cells)
    longest = max(len(path) for path in paths)
    part: dict[str, Any] = {"columns": [f"{column}.{place}.{key}" for place in range(longest)]}
    if longest > 1 and not is_tree(paths):
        return NestedCategory(column, part | {"form": "tags"}, "a list of several categories")
    return NestedCategory(column, part, "a list of objects with the names of a path")


def _read_path_texts(
    column: str, keys: Mapping[str, str], cells: Sequence[list[Any]]
) -> NestedCategory | None:
    """Return the category of objects that each hold a whole path as one text."""
    key = next((keys[name] for name in _PATHS if name in keys), None)
    if key is None:
        return None
    texts = [text for path in _texts_at(key, cells) for text in path if text]
    # The name says that the texts are paths, so one sign in one of them decides.
    signs = (sign for sign in (">", "/", "|") if any(sign in text for text in texts))
    sign = find_separator(texts) or next(signs, None)
    part: dict[str, Any] = {"columns": f"{column}.*.{key}"}
    part |= {"form": "tags"} if sign is None else {"split": separator_pattern(sign)}
    return NestedCategory(column, part, "a list of objects with a path each")


def _texts_at(key: str, cells: Sequence[list[Any]]) -> list[list[str]]:
    return [[str(o.get(key) or "") for o in cell if isinstance(o, dict)] for cell in cells]


def _read_paths(column: str, cells: Sequence[list[Any]]) -> NestedCategory | None:
    if not isinstance(cells[0][0], list):
        return None
    more = sum(sum(not values.is_blank(path) for path in cell) > 1 for cell in cells)
    warning = (
        f"{more:,} of {len(cells):,} rows list several categories ({column}); the first is read."
        if more
        else ""
    )
    return NestedCategory(column, {"columns": [f"{column}.0"]}, "a list of paths", warning)
