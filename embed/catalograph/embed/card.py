"""Model cards: the origin, data, quality and limits of a version.

The card is stored in the graph, on the Model node; this module renders it as Markdown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from catalograph.errors import NotPublishedError
from catalograph.schema.model_kinds import PRIVACY_KEY, TUNED_KEY
from catalograph.schema.suggest import did_you_mean
from catalograph.store import PublishedModel

_LONGEST_VALUE = 200


def choose_model(models: Sequence[PublishedModel], name: str) -> PublishedModel:
    """Find a model by its kind, for the live version, or by `kind:version`.

    Raises:
        NotPublishedError: there is no model of that name.
    """
    key = name if name.startswith("model:") else f"model:{name}"
    for model in models:
        if model.key == key or (model.kind == name and model.live):
            return model
    kinds = {model.kind for model in models}
    known = ", ".join(model.key.removeprefix("model:") for model in models) or "none"
    raise NotPublishedError(
        f"There is no model '{name}'.{did_you_mean(name, kinds)} Published: {known}. "
        "Name a kind for its live version, or a version as in text:3."
    )


def render_card(model: PublishedModel, models: Sequence[PublishedModel]) -> str:
    """Render a model card as Markdown.

    Args:
        model: model to describe.
        models: all versions, for the list of those of the same kind.
    """
    apart = (TUNED_KEY, PRIVACY_KEY)
    config = {name: value for name, value in model.config.items() if name not in apart}
    found = model.config.get(TUNED_KEY, {})
    parts = [
        f"# Model card: {model.kind}, version {model.version}",
        model.purpose,
        _table("What it is", _summarise(model)),
        _table("Data", {**model.counts, "hash of the data": model.data_hash}),
        _table("Differential privacy", _describe_privacy(model.config)),
        _table("Configuration", config),
        _table("Found by tuning", found if isinstance(found, Mapping) else {TUNED_KEY: found}),
        _table("Metrics", _flat(model.metrics)),
        _section("Known limits", [f"- {limit}" for limit in model.limits]),
        _section("Versions", _history(model, models)),
        _table("Software", model.versions),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summarise(model: PublishedModel) -> dict[str, Any]:
    state = "live" if model.live else "kept for a roll-back" if model.slot else "replaced"
    about = {
        "key": model.key,
        "state": f"{state}, stale" if model.stale else state,
        "made": f"{model.created:%Y-%m-%d %H:%M} UTC, in {model.seconds:.1f} s",
        "node property": model.property,
        "dimension": model.dimension,
        "parts of an edge": ", ".join(model.parts),
        "written": model.written,
        "not taken": ", ".join(
            f"{n} {reason.replace('_', ' ')}" for reason, n in model.skipped.items() if n
        ),
    }
    return {name: value for name, value in about.items() if value not in (None, "")}


def _describe_privacy(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a release reveals of shoppers and what it leaves open; empty without privacy."""
    private, found = config.get(PRIVACY_KEY), config.get(TUNED_KEY) or {}
    if private is None:
        return {}
    return {
        "ε of this release": private["epsilon"],
        "δ of this release": private["delta"],
        "ε spent on this graph": found.get("spent_epsilon"),
        "protects": found.get("protects"),
        "mechanism": found.get("mechanism"),
        "noise multiplier": found.get("noise_multiplier"),
        "relations": ", ".join(private["relations"]),
        "not covered by ε": ", ".join(private["not_covered"]) or "no relation",
    }


def _history(model: PublishedModel, models: Sequence[PublishedModel]) -> list[str]:
    return [
        f"- {other.version}: {other.created:%Y-%m-%d %H:%M}"
        + (", live" if other.live else ", kept" if other.slot else "")
        + (" (this card)" if other.version == model.version else "")
        for other in models
        if other.kind == model.kind
    ]


def _flat(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return metrics with lists, such as a learning history, reduced to length and last entry."""
    return {
        name: f"{len(value)} entries, the last: {_value(value[-1])}"
        if isinstance(value, list) and value
        else value
        for name, value in metrics.items()
    }


def _table(title: str, rows: Mapping[str, Any]) -> str:
    return _section(
        title,
        ["| | |", "|---|---|", *(f"| {name} | {_value(value)} |" for name, value in rows.items())]
        if rows
        else [],
    )


def _section(title: str, lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return f"## {title}\n\n{text}" if text else ""


def _value(value: Any) -> str:
    """Format a value for a table cell."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    cut = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return cut.replace("|", "\\|").replace("\n", " ")
