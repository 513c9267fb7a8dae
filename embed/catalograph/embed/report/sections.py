"""Sections of a model's report; a section without content is left out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalograph.embed.report import charts
from catalograph.embed.report.page import Section, Table
from catalograph.embed.report.published_results import PublishedResults, published_on
from catalograph.errors import EvaluationDataError
from catalograph.store import PublishedModel

__all__ = [
    "ablation",
    "calibration",
    "card",
    "evaluation",
    "learning_curves",
    "quality_section",
    "relation_worth",
]

_NESTED = ("history", "calibration", "ablation", "relations")
"""Parts of a card's metrics that have a section of their own."""
_CLOCKS = ("epoch", "seconds", "loss")
_COMPARED = ("ndcg@10", "ndcg@20", "mrr", "micro_f1", "f1")
"""Metrics to draw: the first of these that an evaluation has, else its first metric."""


def card(model: PublishedModel) -> Section:
    """Return the section that identifies the version, with its data and method."""
    rows = [
        ("version", model.key),
        ("state", "live" if model.live else "kept" if model.slot else "gone"),
        ("made", f"{model.created:%Y-%m-%d %H:%M} UTC, in {model.seconds:.1f} s"),
        ("data", model.data_hash),
        *((f"{name}", json.dumps(value)) for name, value in sorted(model.config.items())),
    ]
    return Section("Model", tables=[Table(("", "value"), rows)])


def quality_section(model: PublishedModel) -> Section | None:
    """Return the metrics of the model card."""
    found = _numbers({k: v for k, v in model.metrics.items() if k not in _NESTED})
    if not found:
        return None
    text = "Measured on a part of the data that was held out, when the version was made."
    return Section("Quality", [text], tables=[Table(("metric", "value"), sorted(found.items()))])


def learning_curves(model: PublishedModel) -> Section | None:
    """Return loss and validation metrics by epoch."""
    history: Sequence[Mapping[str, Any]] = model.metrics.get("history", ())
    if not history:
        return None
    names = [n for n in dict.fromkeys(k for step in history for k in step) if n not in _CLOCKS[:2]]
    drawn = [
        charts.lines({name: points}, "epoch", name)
        for name in names
        if len(points := _points(history, name)) > 1
    ]
    seconds = history[-1].get("seconds")
    text = f"{len(history)} epochs" + ("" if seconds is None else f" in {float(seconds):.0f} s")
    return Section("Learning", [f"{text}."], drawn)


def ablation(measured: Mapping[str, Mapping[str, float]]) -> Section:
    """Return the section on the value of the knowledge graph.

    Args:
        measured: metrics by the variant of the graph: full, shuffled, none.
    """
    text = (
        "The same model with all facts, with the tails of each relation shuffled, and without "
        "facts. What is left after shuffling does not come from what the facts say."
    )
    metric = _drawn_metric(next(iter(measured.values())))
    chart = charts.bars({name: row[metric] for name, row in measured.items()}, metric)
    return Section("Knowledge graph", [text], [chart], [_metric_table("facts", measured)])


def relation_worth(worth: Mapping[str, float], metric: str) -> Section:
    """Return the section on the value of each relation.

    Args:
        worth: loss of the metric without the relation, by relation.
        metric: name of the metric.
    """
    ordered = dict(sorted(worth.items(), key=lambda item: -item[1]))
    text = f"How much {metric} falls when one relation is left out; below zero it is better so."
    return Section("Relations", [text], [charts.bars(ordered, f"loss of {metric} without it")])


def calibration(bins: Mapping[str, Sequence[float]]) -> Section:
    """Return the section on how far probabilities can be trusted.

    Args:
        bins: `supposed`, `true` and `counts`, one entry per bin.
    """
    counts = [int(count) for count in bins["counts"]]
    total = sum(counts) or 1
    gaps = zip(bins["supposed"], bins["true"], counts, strict=True)
    error = sum(abs(given - true) * count for given, true, count in gaps) / total
    text = f"Expected calibration error {error:.4f} over {total:,} (Guo et al. 2017)."
    return Section(
        "Calibration", [text], [charts.reliability(bins["supposed"], bins["true"], counts)]
    )


def evaluation(file: Path) -> Section:
    """Return the rows of an evaluation beside published figures on the same data.

    Args:
        file: output of `catalograph eval … --json`.

    Raises:
        EvaluationDataError: the file has another form.
    """
    body = _evaluation(file)
    ours = {str(row["model"]): dict(row["metrics"]) for row in body["rows"]}
    known = published_on(str(body["data"]))
    theirs = _published_metrics(known)
    metric = _drawn_metric(next(iter(ours.values())))
    values = {name: row[metric] for name, row in {**theirs, **ours}.items() if metric in row}
    ordered = dict(sorted(values.items(), key=lambda item: item[1]))
    sources = [] if known is None else [f"{row.system}: {row.source}." for row in known.rows]
    notes = [] if known is None else [f"Grey: as published. {known.note}", " ".join(sources)]
    title = f"{body['command']} on {Path(str(body['data'])).name}"
    chart = charts.bars(ordered, metric, others=frozenset(theirs))
    return Section(title, notes, [chart], [_metric_table("model", {**theirs, **ours})])


def _evaluation(file: Path) -> Mapping[str, Any]:
    expected = "expected what `catalograph eval … --json` prints"
    try:
        body = json.loads(file.read_text("utf-8"))
        rows = [(row["model"], dict(row["metrics"])) for row in body["rows"]]
        _ = body["command"], body["data"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise EvaluationDataError(f"{file} cannot be read ({exc!r}); {expected}.") from exc
    if not rows or not rows[0][1]:
        raise EvaluationDataError(f"{file} has no rows with metrics; {expected}.")
    return dict(body)


def _published_metrics(known: PublishedResults | None) -> dict[str, dict[str, float]]:
    return {row.system: dict(row.metrics) for row in known.rows} if known else {}


def _drawn_metric(metrics: Mapping[str, float]) -> str:
    return next((name for name in _COMPARED if name in metrics), next(iter(metrics)))


def _metric_table(what: str, rows: Mapping[str, Mapping[str, float]]) -> Table:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    cells = [[model, *(row.get(name, "") for name in names)] for model, row in rows.items()]
    return Table((what, *names), cells)


def _points(history: Sequence[Mapping[str, Any]], name: str) -> list[tuple[float, float]]:
    steps = enumerate(history, start=1)
    return [(s.get("epoch", n), s[name]) for n, s in steps if isinstance(s.get(name), int | float)]


def _numbers(metrics: Mapping[str, Any], before: str = "") -> dict[str, float]:
    """Return all numbers in nested metrics, by their path."""
    return dict(_walk(metrics, before))


def _walk(metrics: Mapping[str, Any], before: str) -> Iterator[tuple[str, float]]:
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{before}{name}/")
        elif isinstance(value, int | float):
            yield f"{before}{name}", float(value)
