"""Measures how well personal data are found in made texts, by kind and language.

An item counts as found only if all its characters are removed, whatever kind they are taken for: a
telephone number of which four digits stay is not hidden. A removal counts as right if it touches an
item.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from catalograph.evaluation.personal_texts import MadeText, make_texts
from catalograph.ml.profiling import BenchmarkRow, Profiler
from catalograph.schema.personal_data import find_stored_data

__all__ = ["evaluate_deidentification"]


def evaluate_deidentification(count: int, seed: int) -> list[BenchmarkRow]:
    """Find personal data in made texts.

    Args:
        count: number of texts.
        seed: seed of the texts.

    Returns:
        A row for each language and kind with `recall`, `precision` and `f1`, and one for each
        language as a whole; `n` is the number of items.
    """
    texts = make_texts(count, seed)
    rows = []
    for language in sorted({made.language for made in texts}):
        with Profiler() as watch:
            found = _count([made for made in texts if made.language == language])
        for kind in (*sorted(found.items), _EVERY):
            metrics, n = found.metrics(kind)
            rows.append(watch.row(f"{language} {kind}", metrics, n, {"texts": count}))
    return rows


_EVERY = "all"


class _Counts:
    """Items and removals by kind."""

    def __init__(self) -> None:
        self.items: Counter[str] = Counter()
        self.hidden: Counter[str] = Counter()
        self.removals: Counter[str] = Counter()
        self.right: Counter[str] = Counter()

    def metrics(self, kind: str) -> tuple[dict[str, float], int]:
        """Return the metrics of a kind, or of all, and the number of items."""
        kinds = list(self.items | self.removals) if kind == _EVERY else [kind]
        items, hidden, removals, right = (
            sum(counter[k] for k in kinds)
            for counter in (self.items, self.hidden, self.removals, self.right)
        )
        recall = hidden / max(1, items)
        precision = right / removals if removals else 1.0
        f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
        return {"recall": recall, "precision": precision, "f1": f1}, items


def _count(texts: Sequence[MadeText]) -> _Counts:
    counts = _Counts()
    for made in texts:
        removed = find_stored_data(made.text)
        hidden: defaultdict[int, bool] = defaultdict(bool)
        for kind, start, end in removed:
            for place in range(start, end):
                hidden[place] = True
            counts.removals[kind] += 1
            counts.right[kind] += any(s < end and start < e for _, s, e in made.items)
        for kind, start, end in made.items:
            counts.items[kind] += 1
            counts.hidden[kind] += all(hidden[place] for place in range(start, end))
    return counts
