"""`eval match`: entity matching of offers, on labelled pair files.

A file holds one pair per line, gzip or not: JSON `{left, right, label}`, or Ditto's form: the left
record as `COL title VAL` and so on, a tab, the right record, a tab, and 0 or 1. The records of all
files, without their labels, are the corpus: word weights and rival candidates come from it, as from
a catalogue.
"""

import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from catalograph.errors import TrainingDataError
from catalograph.ingest.resolve.blocking import candidates
from catalograph.ingest.resolve.corpus import Corpus, Encode
from catalograph.ingest.resolve.records import ProductRecord, record_of
from catalograph.ingest.resolve.scorer import FittedMatcher, fit_matcher
from catalograph.ingest.resolve.table import PairTable, make_table
from catalograph.ml.metrics import score_counts
from catalograph.ml.profiling import BenchmarkRow, Profiler

_COLUMN = re.compile(r"COL\s+(\S+)\s+VAL\s+(.*?)(?=\s+COL\s+\S+\s+VAL|\Z)", re.DOTALL)
_RIVALS = 5


@dataclass(frozen=True)
class PairFiles:
    """Labelled pairs of several files.

    Attributes:
        records: the records, without duplicates within a side.
        sides: 0 or 1 for each record.
        pairs: int64 [n, 2]; indexes into `records`, left and right.
        labels: bool [n].
        files: int64 [n]; index of the file of each pair.
    """

    records: tuple[ProductRecord, ...]
    sides: tuple[int, ...]
    pairs: NDArray[np.int64]
    labels: NDArray[np.bool_]
    files: NDArray[np.int64]


def read_pair_files(paths: Sequence[Path]) -> PairFiles:
    """Read labelled pairs.

    Raises:
        TrainingDataError: a file cannot be read, or a line is not a labelled pair.
    """
    places: dict[tuple[int, bytes], int] = {}
    records: list[ProductRecord] = []
    rows: list[tuple[int, int, bool, int]] = []

    def place(side: int, fields: Mapping[str, Any]) -> int:
        identity = (side, orjson.dumps(fields, option=orjson.OPT_SORT_KEYS))
        if identity not in places:
            places[identity] = len(records)
            records.append(record_of(f"{'lr'[side]}:{len(records)}", fields, "lr"[side]))
        return places[identity]

    for file, path in enumerate(paths):
        for left, right, label in _read_pairs(path):
            rows.append((place(0, left), place(1, right), label, file))
    table = np.array(rows, np.int64).reshape(-1, 4)
    sides = tuple("lr".index(record.source) for record in records)
    return PairFiles(tuple(records), sides, table[:, :2], table[:, 2] == 1, table[:, 3])


def candidate_table(data: PairFiles, encode: Encode | None) -> PairTable:
    """Compute features of the files' pairs and of their rivals, which blocking adds."""
    corpus = Corpus(data.records, encode)
    listed = {(int(i), int(j)) for i, j in data.pairs}
    blocked = {(int(i), int(j)) for i, j in candidates(corpus, data.sides, _RIVALS)}
    return make_table(corpus, np.array(sorted(listed | blocked), np.int64))


def fit_pairs(
    table: PairTable, data: PairFiles, known: NDArray[np.bool_], seed: int
) -> FittedMatcher:
    """Train a matcher on the pairs marked in `known`; duplicate pairs count once."""
    rows, first = np.unique(table.rows_of(data.pairs[known]), return_index=True)
    return fit_matcher(table, rows, data.labels[known][first], seed)


def evaluate_match(
    train: Sequence[Path],
    valid: Sequence[Path],
    test: Path,
    *,
    encode: Encode | None = None,
    seeds: Sequence[int] = (0,),
    progress: Callable[[str], None] = lambda line: None,
) -> list[BenchmarkRow]:
    """Train on train and valid, choose the threshold by cross-fitting on them, measure on test.

    Returns:
        A row for each seed, with `f1`, `precision` and `recall` of the matches. With several seeds,
        a row of their means comes first, with `f1_lowest` and `f1_highest`.

    Raises:
        TrainingDataError: a file cannot be used.
    """
    with Profiler() as whole:
        data = read_pair_files([*train, *valid, test])
        known = data.files < len(train) + len(valid)
        progress(f"{known.sum():,} labelled pairs, {len(data.records):,} records")
        table = candidate_table(data, encode)
        progress(f"{len(table.pairs):,} candidates, {len(table.names)} features")
        rows = [_evaluate(table, data, known, seed) for seed in seeds]
    if len(rows) == 1:
        return [whole.row(rows[0].model, rows[0].metrics, rows[0].n, rows[0].config)]
    f1 = [row.metrics["f1"] for row in rows]
    means = {name: float(np.mean([r.metrics[name] for r in rows])) for name in rows[0].metrics}
    spread = {"f1_lowest": min(f1), "f1_highest": max(f1)}
    config = {"seeds": list(seeds), "text_encoder": encode is not None}
    return [whole.row(f"mean of {len(rows)}", means | spread, rows[0].n, config), *rows]


def _evaluate(
    table: PairTable, data: PairFiles, known: NDArray[np.bool_], seed: int
) -> BenchmarkRow:
    with Profiler() as watch:
        fitted = fit_pairs(table, data, known, seed)
        scores = fitted.matcher.score(table, fitted.known)
        found = scores[table.rows_of(data.pairs[~known])] > fitted.matcher.threshold
    low, high = fitted.matcher.band
    config = {
        "seed": seed,
        "threshold": round(fitted.matcher.threshold, 4),
        "grey_band": f"{low:.3f} to {high:.3f}",
        "cross_fitted_f1": round(fitted.f1, 4),
        "stages": 2 if fitted.matcher.second else 1,
        "features": len(table.names),
        "candidates": len(table.pairs),
        "text_encoder": fitted.matcher.uses_text_encoder,
    }
    return watch.row(f"trees {seed}", _score_pairs(data.labels[~known], found), len(found), config)


def train_matcher(
    files: Sequence[Path],
    folder: Path,
    *,
    encode: Encode | None = None,
    encoder: str | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train on all files and save the matcher in a folder, with its model card.

    Args:
        files: labelled pairs.
        folder: output folder.
        encode: text encoder for embedding features.
        encoder: name of that encoder; None for the packaged one.
        seed: seed of the folds and the trees.
        progress: callback that receives the current step.

    Returns:
        The model card.

    Raises:
        TrainingDataError: a file cannot be used, or there are too few pairs.
    """
    data = read_pair_files(files)
    progress(f"{len(data.labels):,} labelled pairs, {len(data.records):,} records")
    everything = np.ones(len(data.labels), np.bool_)
    fitted = fit_pairs(candidate_table(data, encode), data, everything, seed)
    card = {
        "files": [path.name for path in files],
        "pairs": len(data.labels),
        "matches": int(data.labels.sum()),
        "seed": seed,
        "threshold": fitted.matcher.threshold,
        "band": fitted.matcher.band,
        "cross_fitted_f1": fitted.f1,
    }
    replace(fitted.matcher, encoder=encoder).save(folder, card)
    return card


def evaluate_blocking(files: Sequence[Path], *, neighbours: int = 10) -> list[BenchmarkRow]:
    """Measure the share of known matches that blocking proposes, and the reduction of pairs.

    Returns:
        One row, with `pair_completeness` (share of matches proposed), `reduction` (share of pairs
        avoided), and the number of candidates in its configuration.
    """
    with Profiler() as watch:
        data = read_pair_files(files)
        corpus = Corpus(data.records)
        found = {(int(i), int(j)) for i, j in candidates(corpus, data.sides, neighbours)}
    matches = {(int(i), int(j)) for i, j in data.pairs[data.labels]}
    everything = data.sides.count(0) * data.sides.count(1)
    metrics = {
        "pair_completeness": len(matches & found) / max(1, len(matches)),
        "reduction": 1 - len(found) / max(1, everything),
    }
    config = {"candidates": len(found), "records": len(data.records), "neighbours": neighbours}
    return [watch.row("blocking", metrics, len(matches), config)]


def _score_pairs(labels: NDArray[np.bool_], found: NDArray[np.bool_]) -> dict[str, float]:
    return score_counts(int((labels & found).sum()), int(found.sum()), int(labels.sum()))


def _read_pairs(path: Path) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], bool]]:
    try:
        data = path.read_bytes()
        lines = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode().split("\n")
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        raise TrainingDataError(f"{path} cannot be read: {exc}") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _read_pair(line)
            except (ValueError, KeyError, TypeError) as exc:
                raise TrainingDataError(
                    f"Line {number} of {path} is no labelled pair ({exc}); expected a JSON object "
                    "with left, right and label, or 'COL … VAL …' twice and a label, with tabs."
                ) from exc


def _read_pair(line: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bool]:
    if line.lstrip().startswith("{"):
        row = orjson.loads(line)
        left, right, label = row["left"], row["right"], row["label"]
        if not isinstance(left, dict) or not isinstance(right, dict):
            raise ValueError("left or right is no object")
    else:
        texts = line.rsplit("\t", 2)
        left, right = (dict(_COLUMN.findall(text)) for text in texts[:2])
        label = texts[2].strip()
    if str(label) not in {"0", "1", "True", "False"}:
        raise ValueError(f"the label is '{label}'")
    return left, right, str(label) in {"1", "True"}
