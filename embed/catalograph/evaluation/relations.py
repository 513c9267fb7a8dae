"""Evaluation of relations in texts: from aspects to opinions (ASTE), and between products."""

from collections.abc import Callable, Sequence
from pathlib import Path

from catalograph.evaluation.planted_relations import (
    PARTS,
    PlantedDescription,
    plant,
)
from catalograph.ingest.language.relations import NAME, read_relations
from catalograph.ml.metrics import score_sets
from catalograph.ml.profiling import BenchmarkRow, Profiler


def evaluate_relations(
    products: Path,
    *,
    train: Sequence[Path] = (),
    test: Path | None = None,
    encoder: str = "",
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
) -> list[BenchmarkRow]:
    """Measure planted product relations, and triplets if labelled files are given.

    Args:
        products: feed of real descriptions to plant sentences into.
        train: ASTE or ACOS files to train on.
        test: test file of the same form; None measures product relations only.
        encoder: name or folder of a transformers model, for the triplets.
        seed: seed of the random choice of sentences and places.
        progress: callback that receives the current step.

    Returns:
        One row for the templates that the rules were written for, one for unseen templates, and one
        for triplets. `f1`, `precision` and `recall` count the relations of the planted sentences,
        also by attribute; `found_elsewhere` is the number of relations found in a description's own
        sentences, which nobody has labelled.

    Raises:
        TrainingDataError: a file cannot be read, or holds too little.
    """
    rows = []
    for part in PARTS:
        planted = plant(products, part, seed)
        with Profiler() as watch:
            found = [_read(one) for one in planted]
        metrics = _measure(planted, found)
        told = {"rules": NAME, "templates": part}
        rows.append(watch.row(f"planted, {part}", metrics, len(planted), told))
    if train and test is not None:
        # Imported here because it needs torch, which the rules do not.
        from catalograph.evaluation.aspects import (
            TRAINED,
            evaluate_aspects,
        )

        rows += evaluate_aspects(train, test, encoder=encoder, models=[TRAINED], progress=progress)
    return rows


def _read(planted: PlantedDescription) -> tuple[set[tuple[str, str]], int]:
    """Return the facts found in planted sentences, and the number of findings elsewhere."""
    inside = set()
    elsewhere = 0
    for finding in read_relations(planted.text):
        if any(a <= finding.span.start < b for a, b in planted.zones):
            inside.add((finding.attribute, finding.name.casefold()))
        else:
            elsewhere += 1
    return inside, elsewhere


def _measure(
    planted: Sequence[PlantedDescription], found: Sequence[tuple[set[tuple[str, str]], int]]
) -> dict[str, float]:
    gold = [one.facts for one in planted]
    read = [inside for inside, _ in found]
    metrics = score_sets(gold, read)
    for attribute in sorted({attribute for facts in gold for attribute, _ in facts}):
        metrics |= score_sets(
            [{f for f in facts if f[0] == attribute} for facts in gold],
            [{f for f in facts if f[0] == attribute} for facts in read],
            f"_{attribute.replace(' ', '_')}",
        )
    metrics["found_elsewhere"] = sum(n for _, n in found) / max(1, len(planted))
    return metrics
