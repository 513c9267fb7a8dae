"""Evaluation of proposed mappings on feeds with their right mapping beside them.

A case is a feed `NAME.EXT` and a file `NAME.EXT.yaml` in the same folder. That file is the right
mapping, or has `kind` and `refuse`: the words that the error must name where no mapping is right.
Cases in a sub-folder count under its name, the language.

Both mappings read the whole feed by the code of `ingest`, without a database, and the records of
each row are compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from catalograph.errors import CatalographError, EvaluationDataError
from catalograph.evaluation.mapping_records import FeedReading, FieldValues, read_records
from catalograph.ingest import load_mapping, propose_for_file
from catalograph.ingest.feeds import with_source
from catalograph.ingest.mapping import CatalogMapping, Kind
from catalograph.ingest.mapping import Mapping as FeedMapping
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.settings import Settings, load_settings

MODEL = "proposed mapping"
_KINDS: tuple[Kind, ...] = ("catalog", "reviews", "events")
_DERIVED = frozenset({"currency"})
"""Fields that a mapping may give by itself; without one they are unknown, not dropped."""
_SHOWN = 20
"""Number of losses of a case that are described."""


@dataclass(frozen=True)
class MappingCase:
    """A feed and what should be proposed for it.

    Attributes:
        name: path of the feed within the folder of cases.
        language: name of the sub-folder; empty without one.
        kind: kind of the feed.
        feed: path of the feed.
        mapping: right mapping; None if a proposal must be refused.
        refuse: alternatives of words, of which the error must name one each.
    """

    name: str
    language: str
    kind: Kind
    feed: Path
    mapping: FeedMapping | None
    refuse: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class MappingScore:
    """Comparison of a proposal with a case.

    Attributes:
        case: case that was measured.
        fields: names of the fields that the right mapping fills.
        wrong: those of them whose values differ in some row, each with an example.
        losses: silent losses, each as a sentence.
        extra: fields that only the proposal fills.
        rejected: number of rows that the proposal rejects and the right mapping writes.
        error: error that refused the feed; empty if a mapping was proposed.
    """

    case: MappingCase
    fields: tuple[str, ...] = ()
    wrong: Mapping[str, str] | None = None
    losses: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    rejected: int = 0
    error: str = ""

    @property
    def is_refused_rightly(self) -> bool:
        """Return whether the error names all that it must name."""
        said = self.error.casefold()
        return bool(said) and all(
            any(word.casefold() in said for word in words) for words in self.case.refuse
        )


def find_cases(folder: Path, only: str | None = None) -> list[MappingCase]:
    """Return the cases of a folder and its sub-folders, by name.

    Args:
        folder: folder of the cases.
        only: part of the names of the cases to return.

    Raises:
        EvaluationDataError: there is no case, or a file of a case has the wrong form.
        MappingError: a right mapping is wrong.
    """
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    cases = [
        _read_case(folder, file) for file in files if only is None or only in _name(folder, file)
    ]
    if not cases:
        named = "" if only is None else f" whose name holds '{only}'"
        raise EvaluationDataError(
            f"'{folder}' holds no case{named}. A case is a feed with its mapping beside it, such "
            "as 'shop.csv' and 'shop.csv.yaml'."
        )
    return cases


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).with_suffix("").as_posix()


def _read_case(folder: Path, file: Path) -> MappingCase:
    feed = file.with_suffix("")
    if not feed.is_file():
        raise EvaluationDataError(
            f"'{file}' belongs to no feed: there is no file '{feed}'. Name a mapping as its feed, "
            "with '.yaml' at the end."
        )
    name = _name(folder, file)
    language = name.partition("/")[0] if "/" in name else ""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or "refuse" not in content:
        mapping = load_mapping(file)
        return MappingCase(name, language, mapping.kind, feed, mapping)
    kind, words = content.get("kind"), content["refuse"]
    if kind not in _KINDS or not isinstance(words, list) or len(content) > 2:
        raise EvaluationDataError(
            f"'{file}' is no case: beside 'refuse', a list of words, it needs 'kind', one of "
            f"{', '.join(_KINDS)}, and nothing else."
        )
    named = tuple(tuple(map(str, w)) if isinstance(w, list) else (str(w),) for w in words)
    return MappingCase(name, language, kind, feed, None, named)


def evaluate_mapping(folder: Path, only: str | None = None) -> list[BenchmarkRow]:
    """Propose a mapping for each case and compare it with the right one.

    Args:
        folder: folder of the cases.
        only: part of the names of the cases to measure.

    Returns:
        A row for all cases, for each language, each kind and each case; `config` says which
        (`by`, `name`), and for a case what is wrong. Metrics: `fields_right` is the share of the
        right mapping's fields for which the proposal yields the same values in all rows;
        `silent_losses` counts rows that the proposal loses, merges or gives to another product
        without a warning that names the key, and values of a field it maps that it drops without
        a rejection; `refusals_right` is the share of the cases to refuse whose error names what it
        must; `extra_fields` counts fields that only the proposal fills; `rejected_rows` counts
        rows that it rejects though they can be written.

    Raises:
        EvaluationDataError: the folder holds no case.
        MappingError: a right mapping is wrong.
    """
    cases = find_cases(folder, only)
    # The secret only has to be the same for both readings.
    settings = load_settings(user_secret=SecretStr("mappings compared"))
    rows: list[BenchmarkRow] = []
    scores: list[MappingScore] = []
    with Profiler() as watch:
        for case in cases:
            with Profiler() as own:
                scores.append(measure_case(case, settings))
            rows.append(_row(own, "case", case.name, scores[-1:], _describe(scores[-1])))
    groups = [("all", "all", scores)]
    for by in ("language", "kind"):
        for name in sorted({getattr(case, by) for case in cases} - {""}):
            part = [score for score in scores if getattr(score.case, by) == name]
            groups.append((by, name, part))
    return [_row(watch, by, name, part) for by, name, part in groups] + rows


def _row(
    watch: Profiler,
    by: str,
    name: str,
    scores: Sequence[MappingScore],
    details: Mapping[str, Any] | None = None,
) -> BenchmarkRow:
    metrics: dict[str, float] = {}
    fields = sum(len(score.fields) for score in scores)
    if fields:
        wrong = sum(len(score.wrong or {}) for score in scores)
        metrics["fields_right"] = 1 - wrong / fields
    metrics["silent_losses"] = sum(len(score.losses) for score in scores)
    refused = [score for score in scores if score.case.mapping is None]
    if refused:
        right = sum(score.is_refused_rightly for score in refused)
        metrics["refusals_right"] = right / len(refused)
    metrics["extra_fields"] = sum(len(score.extra) for score in scores)
    metrics["rejected_rows"] = sum(score.rejected for score in scores)
    config = {"by": by, "name": name, "fields": fields, "refusals": len(refused)}
    return watch.row(MODEL, metrics, len(scores), config | dict(details or {}))


def _describe(score: MappingScore) -> dict[str, Any]:
    found = {
        "wrong": dict(score.wrong or {}),
        "losses": list(score.losses[:_SHOWN]),
        "extra": list(score.extra),
        "error": score.error,
        "should_refuse": [] if score.is_refused_rightly else list(score.case.refuse),
    }
    return {name: value for name, value in found.items() if value}


def measure_case(case: MappingCase, settings: Settings) -> MappingScore:
    """Propose a mapping for one case and compare it with the right one."""
    try:
        proposal = propose_for_file(case.feed, case.kind)
        return compare_mappings(case, proposal.mapping, settings, proposal.warnings)
    except CatalographError as exc:
        right = None if case.mapping is None else read_records(case.feed, case.mapping, settings)
        # A feed of which nothing is read counts too.
        fields = () if right is None else right.fields or ("rows",)
        return MappingScore(case, fields, dict.fromkeys(fields, "refused"), error=str(exc))


def compare_mappings(
    case: MappingCase, proposal: FeedMapping, settings: Settings, warnings: Sequence[str] = ()
) -> MappingScore:
    """Compare the records of a proposed mapping with those of the right one.

    Args:
        case: case with the feed and the right mapping.
        proposal: proposed mapping.
        settings: settings with the secret of pseudonyms.
        warnings: warnings that the proposal carries; rows that they announce are no silent loss.
    """
    if case.mapping is None:
        return MappingScore(case)
    right = read_records(case.feed, case.mapping, settings)
    if not right.records:
        return MappingScore(case, ("rows",), {"rows": "the right mapping reads no record"})
    read = read_records(case.feed, _same_source(proposal, case.mapping), settings)
    wrong = {name: found for name in right.fields if (found := _find_difference(name, right, read))}
    extra = tuple(name for name in read.fields if name not in {*right.fields, "rows"})
    rejected = sum(place in read.rejected for place in right.records)
    losses = tuple(_find_losses(right, read, warnings))
    return MappingScore(case, right.fields, wrong, losses, extra, rejected)


def _same_source(proposal: FeedMapping, right: FeedMapping) -> FeedMapping:
    """Return the proposal with the sources of the right mapping, which no file says."""
    named = with_source(proposal, right.source)
    if isinstance(named, CatalogMapping) or isinstance(right, CatalogMapping):
        return named
    sources = {"product_source": right.product_source, "user_source": right.user_source}
    return named.model_copy(update=sources)


def _find_difference(name: str, right: FeedReading, read: FeedReading) -> str:
    """Return an example of a row in which a field differs; empty if there is none."""
    if name == "rows":
        more = read.records.keys() - right.records.keys()
        return f"row {min(more)[0]} is not to be read" if more else ""
    if name == "id" and right.has_hashed_ids:
        return _find_other_partition(right, read)
    for place, record in right.records.items():
        expected = record.values.get(name)
        found = read.built.get(place)
        value = None if found is None else found.values.get(name)
        if value != expected:
            return f"row {place[0]}: {_show(value)}, expected {_show(expected)}"
    return ""


def _find_other_partition(right: FeedReading, read: FeedReading) -> str:
    """Return a row whose hashed key is that of other rows than in the right reading."""
    pairs = {
        (record.key, read.built[place].key if place in read.built else None): place
        for place, record in right.built.items()
    }
    seen: tuple[set[Any], set[Any]] = (set(), set())
    for pair, place in pairs.items():
        for key, known in zip(pair, seen, strict=True):
            if key in known:
                return f"row {place[0]} has its key with other rows"
            known.add(key)
    return ""


def _show(value: Any) -> str:
    text = "nothing" if value is None else ", ".join(sorted(map(str, value)))
    return text if len(text) <= 80 else text[:77] + "…"


def _find_losses(right: FeedReading, read: FeedReading, warnings: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each row lost, merged or hung on another product, and value dropped."""
    warned = any(column in warning for warning in warnings for column in read.key_columns)
    mapped = frozenset(read.fields) | read.mapped
    for place, record in right.records.items():
        if place in read.rejected:
            continue
        found = read.built.get(place)
        if found is None:
            yield f"row {place[0]} is lost"
        elif place not in read.records and not warned:
            yield f"row {place[0]} is replaced by a later row of the same key"
        elif _is_moved(right, record, found):
            if not warned:
                yield f"row {place[0]} belongs to {found.identity}, not {record.identity}"
        else:
            yield from _find_dropped_values(place, record, found, mapped)


def _is_moved(right: FeedReading, record: FieldValues, found: FieldValues) -> bool:
    return not right.has_hashed_ids and record.identity != found.identity


def _find_dropped_values(
    place: tuple[int, int], record: FieldValues, found: FieldValues, mapped: frozenset[str]
) -> Iterator[str]:
    for name, expected in record.values.items():
        value = found.values.get(name, frozenset())
        if name in mapped - _DERIVED and value < expected and not found.is_rejected(name):
            yield f"row {place[0]}: {name} {_show(expected - value)} is dropped"
