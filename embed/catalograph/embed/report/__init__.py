"""An HTML report on a model: training, quality beside others, value of the facts, a map.

Needs matplotlib, jinja2 and scikit-learn, from the `embed` extra.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from catalograph.embed.preference import MEASURING_SEED, PreferenceConfig, recommend_data, tuned_of
from catalograph.embed.report import sections
from catalograph.embed.report.ablation import METRIC, measure_ablation
from catalograph.embed.report.charts import embedding_map
from catalograph.embed.report.dimensionality_reduction import sample, two_dimensions
from catalograph.embed.report.page import Section, render
from catalograph.errors import NotPublishedError
from catalograph.store import (
    Connection,
    GraphSnapshot,
    PublishedModel,
    export_snapshot,
    list_models,
    read_vectors,
)

__all__ = ["find_model", "report"]

MOST_POINTS = 3_000
"""Maximum number of products on the map; the layout then takes a minute."""
_IN_CATEGORY = "IN_CATEGORY"
_PREFERENCE = "preference"


def report(
    connection: Connection,
    name: str,
    evaluations: Sequence[Path] = (),
    *,
    measure: bool = True,
    progress: Callable[[str], None] = lambda line: None,
) -> str:
    """Build the report page.

    Args:
        connection: connection to the graph in which the model is published.
        name: kind of the model, for its live version, or the key of a version.
        evaluations: output files of `catalograph eval … --json`, to compare with published
            figures.
        measure: whether to refit a preference model to measure the value of each relation; a fit
            takes about a minute with 12,000 products.
        progress: callback that receives a line before each long step.

    Returns:
        HTML.

    Raises:
        NotPublishedError: there is no such model.
        EvaluationDataError: a file is not an evaluation.
        MissingExtraError: the extra `embed` is not installed.
    """
    told = [sections.evaluation(file) for file in evaluations]
    model = find_model(connection, name)
    progress("reading the graph")
    snapshot = export_snapshot(connection)
    parts: list[Section | None] = [
        sections.quality_section(model),
        *told,
        sections.learning_curves(model),
        *_measure_ablation(model, snapshot, measure, progress),
        sections.calibration(model.metrics["calibration"]) if _is_calibrated(model) else None,
        _map(connection, model, snapshot, progress),
        sections.card(model),
    ]
    lead = f"{len(snapshot.products):,} products, {len(snapshot.users):,} shoppers."
    return render(f"Model {model.key}", lead, [part for part in parts if part is not None])


def find_model(connection: Connection, name: str) -> PublishedModel:
    """Find a version by its key, or the live one of a kind.

    Raises:
        NotPublishedError: there is no such version.
    """
    models = list_models(connection)
    for model in models:
        if name == model.key or (model.live and name == model.kind):
            return model
    known = ", ".join(model.key for model in models) or "none"
    raise NotPublishedError(
        f"There is no model '{name}'. Give a kind or a version; there are: {known}."
    )


def _is_calibrated(model: PublishedModel) -> bool:
    return "calibration" in model.metrics


def _measure_ablation(
    model: PublishedModel, snapshot: GraphSnapshot, measure: bool, progress: Callable[[str], None]
) -> list[Section]:
    """Return the value of the facts, from the model card or measured now."""
    ablation, relations = model.metrics.get("ablation"), model.metrics.get("relations")
    if ablation is None and model.kind == _PREFERENCE and measure:
        data = recommend_data(snapshot, PreferenceConfig().attributes)
        worth = measure_ablation(data, tuned_of(model.config), MEASURING_SEED, progress)
        ablation, relations = (worth.ablation, worth.relations) if worth else (None, None)
    return [
        *([sections.ablation(ablation)] if ablation else []),
        *([sections.relation_worth(relations, METRIC)] if relations else []),
    ]


def _map(
    connection: Connection,
    model: PublishedModel,
    snapshot: GraphSnapshot,
    progress: Callable[[str], None],
) -> Section | None:
    if model.slot is None or model.dimension is None:
        return None
    progress("laying the map out")
    table = read_vectors(connection, model)
    usable = [n for n, good in enumerate(table.usable.tolist()) if good]
    if not usable:
        return None
    chosen = [usable[n] for n in sample(len(usable), MOST_POINTS).tolist()]
    category = _categories(snapshot)
    names = [category.get(table.keys[n], "none") for n in chosen]
    drawn = embedding_map(two_dimensions(table.vectors[chosen]), names)
    text = (
        f"{len(chosen):,} of {len(usable):,} products by their vectors; near ones are alike. "
        "t-SNE keeps neighbourhoods, not distances between groups."
    )
    return Section("Map", [text], [drawn])


def _categories(snapshot: GraphSnapshot) -> dict[str, str]:
    """Return each product's category, at the first tree level with no dominant category."""
    table = snapshot.facts.get(_IN_CATEGORY)
    if table is None:
        return {}
    paths = [key.split(":", 1)[1].split("/") for key in table.tail_keys]
    of: dict[str, list[str]] = {}
    for head, tail in zip(table.heads.tolist(), table.tails.tolist(), strict=True):
        known = of.get(snapshot.products[head], [])
        of[snapshot.products[head]] = max(known, paths[tail], key=len)
    level = next((n for n in range(5) if _tells_apart(of, n)), 0)
    return {key: path[min(level, len(path) - 1)] for key, path in of.items()}


def _tells_apart(paths: dict[str, list[str]], level: int) -> bool:
    # With a category of 70 % of the products, the map would be nearly of one colour.
    counts = Counter(path[min(level, len(path) - 1)] for path in paths.values())
    return counts.most_common(1)[0][1] < 0.7 * len(paths)
