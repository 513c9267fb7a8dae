"""Categories: the columns that are levels of one path, and what separates names and paths."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from catalograph.ingest import values
from catalograph.ingest.mapping_inference.profiles import ColumnProfile, FeedProfile, text_of_cell

_SURE_SEPARATORS = ("->", "=>", ">>", ">", "»", "›", "→", "＞", "::", "\\")
"""Signs that stand in paths alone; longer ones before those that they hold."""
_PATH_SEPARATORS = (*_SURE_SEPARATORS, "|", "/", "／", " - ", "、", ":")
_LIST_SEPARATORS = (",", ";", "，", "|")
_OFTEN = 0.2
_FEWEST_PATHS = 3
"""Distinct paths from which commas may separate the names of a path."""
_MOST_PARENTS = 0.1
"""Largest share of names that may stand below several parents in a tree."""


@dataclass(frozen=True, slots=True)
class CategoryForm:
    """How a column writes categories.

    Attributes:
        split: regular expression between the names of a path; None if there is one name.
        paths: regular expression between several paths; None if there is one path.
        form: `path`, or `tags` for names without order.
        why: reason, for people.
    """

    split: str | None = None
    paths: str | None = None
    form: str = "path"
    why: str = ""


def read_category_form(column: ColumnProfile, profile: FeedProfile) -> CategoryForm:
    """Return how a column writes its categories."""
    texts = _texts(column, profile)
    listed = column.share_of_kind("list") > 0.5
    separator = find_separator(texts)
    if separator is not None:
        paths = None if listed else _find_path_separator(texts, separator)
        why = f"'{separator.strip()}' separates the names of a path"
        if paths is not None:
            why += f", '{paths}' several paths"
        return CategoryForm(
            separator_pattern(separator),
            None if paths is None else separator_pattern(paths),
            "path",
            why,
        )
    if listed:
        return CategoryForm()
    for sign in _LIST_SEPARATORS:
        share = sum(sign in text for text in texts) / len(texts) if texts else 0.0
        if share >= _OFTEN and _are_tags(texts, sign):
            tree = is_tree([_cut(text, sign) for text in texts], _FEWEST_PATHS)
            form = "path" if tree else "tags"
            what = "the names of a path" if tree else "several categories without order"
            return CategoryForm(separator_pattern(sign), None, form, f"'{sign}' separates {what}")
    return CategoryForm()


def _texts(column: ColumnProfile, profile: FeedProfile) -> list[str]:
    found: list[str] = []
    for row in profile.sample:
        cell = row.get(column.name)
        if not values.is_blank(cell):
            found += values.to_list(cell) if isinstance(cell, str | list) else [text_of_cell(cell)]
    return found


def find_separator(texts: Sequence[str]) -> str | None:
    """Return the sign between the names of paths; None if the texts are no paths."""
    for sign in _PATH_SEPARATORS:
        having = [text for text in texts if sign in text]
        if len(having) < _OFTEN * len(texts) or not having:
            continue
        if sign in _SURE_SEPARATORS:
            return sign
        cut = [_cut(text, sign) for text in texts]
        short = all(len(part.split()) <= 6 for path in cut for part in path)
        spaced = all(f" {sign.strip()} " in text for text in having)
        often = len(having) > 0.5 * len(texts) or spaced
        if short and ((often and is_tree(cut)) or _share_roots(cut)):
            return sign
    return None


def _cut(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign) if part.strip()]


def is_tree(paths: Sequence[Sequence[str]], fewest: int = 2) -> bool:
    """Return whether names stand below one parent each, and the roots are fewer than the rest."""
    deep = [path for path in paths if len(path) > 1]
    if len({tuple(path) for path in deep}) < fewest:
        return False
    parents: dict[str, Counter[str]] = defaultdict(Counter)
    for path in deep:
        for parent, name in pairwise(path):
            parents[name][parent] += 1
    several = sum(1 for found in parents.values() if len(found) > 1)
    roots = {path[0] for path in deep}
    leaves = {path[-1] for path in deep}
    return (
        several <= _MOST_PARENTS * len(parents) and len(roots) <= len(leaves) and not roots & leaves
    )


def _share_roots(paths: Sequence[Sequence[str]]) -> bool:
    """Return whether nearly all are of several names, and several begin with the same one."""
    distinct = {tuple(path) for path in paths}
    deep = [path for path in distinct if len(path) > 1]
    roots = {path[0] for path in deep}
    return len(distinct) > 2 and len(deep) >= 0.9 * len(distinct) and len(roots) <= 0.7 * len(deep)


def _find_path_separator(texts: Sequence[str], separator: str) -> str | None:
    """Return the sign between several paths: what follows it begins with a root again."""
    roots = {_cut(text, separator)[0] for text in texts if _cut(text, separator)}
    for sign in _LIST_SEPARATORS:
        if sign == separator:
            continue
        having = [text for text in texts if sign in text]
        parts = [part for text in having for part in _cut(text, sign)]
        if not parts:
            continue
        first = {
            _cut(part, separator)[0]
            for text in texts
            for part in _cut(text, sign)[:1]
            if _cut(part, separator)
        }
        again = [p for text in having for p in _cut(text, sign)[1:]]
        good = sum(
            1
            for p in again
            if separator in p or p in first or _cut(p, separator)[0] in first | roots
        )
        starts = sum(1 for p in again if _cut(p, separator) and _cut(p, separator)[0] in first)
        if again and good >= 0.8 * len(again) and starts >= 0.6 * len(again):
            return sign
    return None


def _are_tags(texts: Sequence[str], sign: str) -> bool:
    """Return whether parts are short names that other rows use too, not one name with a comma."""
    parts = Counter(part for text in texts for part in set(_cut(text, sign)))
    whole = Counter(texts)
    having = [text for text in texts if sign in text]
    if any(len(part.split()) > 6 for part in parts):
        return False
    shared = sum(1 for text in having if any(parts[p] > whole[text] for p in _cut(text, sign)))
    tight = all(f"{sign} " not in text for text in having)
    return shared > 0.5 * len(having) or (tight and sign != ",")


def separator_pattern(sign: str) -> str:
    """Return the regular expression of a sign between names, with the spaces around it."""
    plain = sign.strip()
    inner = r"\s+-\s+" if sign == " - " else rf"\s*{re.escape(plain)}\s*"
    if sign == ">":
        return r"\s*>\s*"
    return inner


def order_levels(columns: Sequence[ColumnProfile], profile: FeedProfile) -> list[str]:
    """Return the columns that are levels of one path, from the root; fewer if some are not.

    A level follows from another if each of its names stands below one name there.
    """
    ordered = sorted(columns, key=lambda c: (c.blank_share > 0.5, c.distinct))
    found: list[str] = []
    for column in ordered:
        if not found or follows(profile, found[-1], column.name):
            found.append(column.name)
    return found


def follows(profile: FeedProfile, parent: str, child: str) -> bool:
    """Return whether each value of a column goes with one value of another column."""
    parents: dict[str, Counter[str]] = defaultdict(Counter)
    for above, below in profile.pairs(parent, child):
        parents[_name(below)][_name(above)] += 1
    if not parents:
        return False
    rows = sum(sum(found.values()) for found in parents.values())
    usual = sum(found.most_common(1)[0][1] for found in parents.values())
    return usual >= 0.9 * rows


def _name(cell: Any) -> str:
    return text_of_cell(cell).casefold()
