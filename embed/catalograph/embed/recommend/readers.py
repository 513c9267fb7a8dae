"""Readers of the folder forms on which recommenders with knowledge graphs are compared.

Two forms, distinguished by their files, each file plain or gzipped:

- `train.tsv`, `test.tsv` (`user_id`, `product_id`) and, if there is a knowledge graph,
  `kg.tsv` (`product_id`, `relation`, `tail_type`, `tail_id`): TSV with csv quoting and a header,
  the form of PGPR's data (Xian et al. 2019, arXiv:1906.05237). Name tables `<type>.tsv` (`id`,
  `name`) and `product_titles.tsv` (`product_id`, `title`) are optional.
- `train.txt`, `test.txt`, one line per user: `user item item ...`, KGAT's form (Wang et al. 2019,
  arXiv:1905.07854).

Ids are integers; they need not be dense.
"""

import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from catalograph.embed.recommend.data import RecommendData, RelationFacts
from catalograph.embed.recommend.matrices import Csr, Ints, incidence
from catalograph.errors import EvaluationDataError

__all__ = ["read_facts", "read_folder", "read_lists", "read_names"]

_FORMS = "train.tsv and test.tsv (with kg.tsv for a knowledge graph), or train.txt and test.txt"

Fact = tuple[int, str, str, int]
"""Product, relation, tail type, tail."""


def read_folder(folder: Path) -> RecommendData:
    """Read one evaluation folder.

    Args:
        folder: folder in one of the two forms of this module.

    Raises:
        EvaluationDataError: a file is missing or empty, or a line is invalid; names file and line.
    """
    if not folder.is_dir():
        raise EvaluationDataError(f"{folder} is no folder; expected one with {_FORMS}.")
    if _find(folder, "train.tsv"):
        return _read_tsv_form(folder)
    if _find(folder, "train.txt"):
        return _read_text_form(folder)
    raise EvaluationDataError(f"{folder} has no train.tsv or train.txt; expected {_FORMS}.")


def read_facts(folder: Path) -> tuple[dict[str, int], dict[str, RelationFacts]]:
    """Read the facts of a folder, but not its interactions.

    Args:
        folder: folder with kg.tsv and product.tsv.

    Returns:
        Index of each item by its name, and the facts by relation over these items.

    Raises:
        EvaluationDataError: a file is missing, or a line is invalid; names file and line.
    """
    _require(folder, "product.tsv")
    names = _name_table(folder, "product")
    facts = list(_facts(_require(folder, "kg.tsv")))
    heads = np.array([fact[0] for fact in facts], dtype=np.int64)
    items = np.unique(np.concatenate([heads, _ids(names)]))
    relations = _relations(facts, items, _TailItems(folder, names, items))
    return {name: int(np.searchsorted(items, key)) for key, name in names.items()}, relations


def read_lists(folder: Path, name: str) -> list[list[int]]:
    """Read lines `user item item ...` and return the items of each line, in order.

    Raises:
        EvaluationDataError: the file is missing or has no item, or a word is not an id.
    """
    path = _require(folder, name)
    lists = [ids[1:] for ids in _lists(path)]
    if not any(lists):
        raise EvaluationDataError(f"{path} has no interaction; expected at least one.")
    return lists


def read_names(folder: Path, name: str, columns: tuple[str, str]) -> dict[int, str]:
    """Read a TSV file with a column of ids and one of names.

    Raises:
        EvaluationDataError: the file or a column is missing, or a line is invalid.
    """
    path = _require(folder, name)
    rows = _tsv_rows(path, columns)
    return {_parse_whole(key, path, line, columns[0]): text for line, (key, text) in rows}


def _read_tsv_form(folder: Path) -> RecommendData:
    train = _pairs_of_tsv(_require(folder, "train.tsv"))
    test = _pairs_of_tsv(_require(folder, "test.tsv"))
    names = _name_table(folder, "product")
    kg = _find(folder, "kg.tsv")
    facts = list(_facts(kg)) if kg else []
    heads = np.array([fact[0] for fact in facts], dtype=np.int64)
    items = np.unique(np.concatenate([train[:, 1], test[:, 1], heads, _ids(names)]))
    users = np.unique(np.concatenate([train[:, 0], test[:, 0]]))
    notes = () if kg else ("There is no kg.tsv, so the rows that need a knowledge graph are out.",)
    return RecommendData(
        train=_matrix(train, users, items),
        test=_matrix(test, users, items),
        relations=_relations(facts, items, _TailItems(folder, names, items)),
        name=folder.name,
        titles=_titles(folder, items),
        notes=notes,
    )


def _read_text_form(folder: Path) -> RecommendData:
    train = _pairs_of_text(_require(folder, "train.txt"))
    test = _pairs_of_text(_require(folder, "test.txt"))
    users = np.unique(np.concatenate([train[:, 0], test[:, 0]]))
    items = np.unique(np.concatenate([train[:, 1], test[:, 1]]))
    return RecommendData(
        train=_matrix(train, users, items),
        test=_matrix(test, users, items),
        name=folder.name,
        kgat=True,
        notes=(
            "This form is read without a knowledge graph, so the rows that need one are out.",
            "ndcg_kgat takes its ideal from the hits found, as KGAT's code does; "
            "it is not comparable with ndcg.",
        ),
    )


def _matrix(pairs: Ints, users: Ints, items: Ints) -> Csr:
    rows, columns = np.searchsorted(users, pairs[:, 0]), np.searchsorted(items, pairs[:, 1])
    return incidence(rows, columns, (len(users), len(items)))


class _TailItems:
    """Finds the items among tails: of type `product`, or of a product type by their name."""

    def __init__(self, folder: Path, names: dict[int, str], items: Ints) -> None:
        self._folder = folder
        self._items = {int(item): index for index, item in enumerate(items)}
        self._by_name = {name: self._items[key] for key, name in names.items()}
        self._tables: dict[str, dict[int, str]] = {}

    def __call__(self, tail_type: str, tail: int) -> int:
        """Return the index of the item that a tail is, or -1 if it is none."""
        if tail_type == "product":
            return self._items.get(tail, -1)
        if "product" not in tail_type:
            return -1
        # Other product types have ids of their own, so their tails are matched by name.
        if tail_type not in self._tables:
            self._tables[tail_type] = _name_table(self._folder, tail_type)
        return self._by_name.get(self._tables[tail_type].get(tail, ""), -1)


def _relations(
    facts: Sequence[Fact], items: Ints, item_of_tail: _TailItems
) -> dict[str, RelationFacts]:
    grouped: dict[str, list[tuple[int, tuple[str, int]]]] = {}
    for product, relation, tail_type, tail in facts:
        grouped.setdefault(relation, []).append((product, (tail_type, tail)))
    relations = {}
    for name, pairs in sorted(grouped.items()):
        tails = sorted({tail for _, tail in pairs})
        column = {tail: index for index, tail in enumerate(tails)}
        rows = np.searchsorted(items, np.array([product for product, _ in pairs]))
        columns = np.array([column[tail] for _, tail in pairs])
        own = np.array([item_of_tail(*tail) for tail in tails], dtype=np.int64)
        matrix = incidence(rows, columns, (len(items), len(tails)))
        relations[name] = RelationFacts(matrix, own if (own >= 0).any() else None)
    return relations


def _find(folder: Path, name: str) -> Path | None:
    candidates = (folder / name, folder / f"{name}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _require(folder: Path, name: str) -> Path:
    path = _find(folder, name)
    if path is None:
        raise EvaluationDataError(
            f"{folder / name} (or {name}.gz) is missing; expected {_FORMS}.", file=name
        )
    return path


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines; raise a single error type for any broken file."""
    try:
        with _open(path) as stream:
            yield from stream
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        raise EvaluationDataError(
            f"{path} cannot be read ({exc}); expected UTF-8 text, plain or gzipped."
        ) from exc


def _tsv_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and the named columns' values of each row below the header."""
    reader = csv.reader(_lines(path), delimiter="\t")
    header = next(reader, [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise EvaluationDataError(
            f"{path} line 1: no column {', '.join(missing)}; expected a header with "
            f"{', '.join(columns)}, found {header}."
        )
    places = [header.index(name) for name in columns]
    for row in reader:
        if len(row) != len(header):
            raise EvaluationDataError(
                f"{path} line {reader.line_num}: {len(row)} values, expected {len(header)}."
            )
        yield reader.line_num, [row[place] for place in places]


def _parse_whole(text: str, path: Path, line: int, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise EvaluationDataError(
            f"{path} line {line}: {what} is {text!r}, expected a whole number.", line=line
        )
    return int(text)


def _pairs_of_tsv(path: Path) -> Ints:
    pairs = [
        (_parse_whole(user, path, line, "user_id"), _parse_whole(item, path, line, "product_id"))
        for line, (user, item) in _tsv_rows(path, ("user_id", "product_id"))
    ]
    return _as_pairs(pairs, path)


def _pairs_of_text(path: Path) -> Ints:
    return _as_pairs([(ids[0], item) for ids in _lists(path) for item in ids[1:]], path)


def _lists(path: Path) -> Iterator[list[int]]:
    """Yield the ids of each line."""
    for line, text in enumerate(_lines(path), start=1):
        yield [_parse_whole(word, path, line, "an id") for word in text.split()]


def _as_pairs(pairs: list[tuple[int, int]], path: Path) -> Ints:
    if not pairs:
        raise EvaluationDataError(f"{path} has no interaction; expected at least one.")
    return np.array(pairs, dtype=np.int64)  # (m, 2): user, item


def _facts(path: Path) -> Iterator[Fact]:
    columns = ("product_id", "relation", "tail_type", "tail_id")
    for line, (product, relation, tail_type, tail) in _tsv_rows(path, columns):
        if not relation:
            raise EvaluationDataError(f"{path} line {line}: relation is empty.", line=line)
        head = _parse_whole(product, path, line, "product_id")
        yield head, relation, tail_type, _parse_whole(tail, path, line, "tail_id")


def _name_table(folder: Path, kind: str) -> dict[int, str]:
    """Read `<kind>.tsv`, id to name; empty without such a file."""
    name = f"{kind}.tsv"
    return read_names(folder, name, ("id", "name")) if _find(folder, name) else {}


def _titles(folder: Path, items: Ints) -> tuple[str, ...]:
    name = "product_titles.tsv"
    if not _find(folder, name):
        return ()
    known = read_names(folder, name, ("product_id", "title"))
    return tuple(known.get(item, "") for item in items.tolist())


def _ids(names: dict[int, str]) -> Ints:
    return np.fromiter(names, dtype=np.int64, count=len(names))
