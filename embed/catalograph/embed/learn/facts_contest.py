"""The contest of the kind `kge`: facts that were held out are to be found.

Facts of products have no time, so the split is random. The champion's settings and those found by a
search on validation facts learn from the same facts, and are judged on the same test facts.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalograph.embed.facts import FactsConfig
from catalograph.embed.facts.triples import split, triples_of
from catalograph.embed.kge import LinkData, TripleSet, train
from catalograph.embed.kge.config import KgeConfig
from catalograph.embed.kge.evaluate import filtered_ranks
from catalograph.embed.learn.comparison import Comparison, compare
from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.ml.tuning import Choice, NumberSpan, search
from catalograph.schema.model_kinds import TUNED_KEY

__all__ = ["judge_facts"]

_TRIALS = 12
_SPACE: Mapping[str, NumberSpan | Choice] = {
    "dimension": Choice((32, 64, 128)),
    "learning_rate": NumberSpan(0.01, 0.5),
    "n3": NumberSpan(1e-4, 0.1),
    "dropout": Choice((0.0, 0.1, 0.3)),
}
_LEAST_TESTED = 50


def judge_facts(context: ContestContext) -> Contest:
    """Search settings and judge them against those of the live version."""
    champion = context.champion
    live = FactsConfig.of(champion.config if champion is not None else FactsConfig().as_dict())
    facts = triples_of(context.jobs.snapshot)
    data = split(facts, live.held_out, live.kge.seed)
    if len(data.test) < _LEAST_TESTED:
        return Contest(
            live,
            why_not=f"only {len(data.test)} facts could be held out, {_LEAST_TESTED} are needed",
            refresh=live,
        )
    judge = _Judge(context, live, facts, data)
    found = context.steps.recall("settings", judge.search)
    settings = replace(live, kge=replace(live.kge, **found))
    kept = context.steps.recall("judged", lambda: judge.compare(settings.kge))
    protocol = {"split": "random", "held_out": live.held_out, TUNED_KEY: found}
    return Contest(settings, Comparison(**kept), protocol=protocol, refresh=live)


class _Judge:
    def __init__(
        self, context: ContestContext, live: FactsConfig, facts: TripleSet, data: LinkData
    ) -> None:
        self._context, self._live, self._facts, self._data = context, live, facts, data

    def search(self) -> dict[str, Any]:
        """Return the settings with the best mean reciprocal rank on validation facts."""
        present = asdict(self._live.kge)
        start = {name: present[name] for name in _SPACE}
        start["n3"] = max(start["n3"], 1e-4)  # the scale is logarithmic

        def objective(values: Mapping[str, Any]) -> float:
            return float(self._judge(replace(self._live.kge, **values), self._data.valid).mean())

        return search(
            _SPACE,
            objective,
            start={n: v for n, v in start.items() if _allows(_SPACE[n], v)},
            trials=_TRIALS,
            journal=self._context.steps.file.with_name("kge.journal"),
            study=self._context.steps.contest,
            limits=self._context.limits,
        )

    def compare(self, found: KgeConfig) -> dict[str, Any]:
        """Compare the found settings with the live ones on test facts."""
        champion = self._judge(self._live.kge, self._data.test)
        challenger = self._judge(found, self._data.test)
        rival = "defaults" if self._context.champion is None else "champion"
        return asdict(compare(champion, challenger, metric="mrr", subject="facts", rival=rival))

    def _judge(self, config: KgeConfig, part: TripleSet) -> NDArray[np.floating[Any]]:
        """Train, and return the mean reciprocal filtered rank of each fact of a part."""
        self._context.limits.check()
        seconds = self._context.limits.seconds_left / 4
        trained = train(
            self._data.train,
            self._data.valid,
            config,
            deadline=None if seconds == float("inf") else seconds,
            device=self._context.jobs.settings.embed.device or "auto",
            progress=lambda entry: self._context.jobs.progress(
                "kge", f"judging: epoch {entry['epoch']:.0f}"
            ),
        )
        ranks = filtered_ranks(trained.model, part, self._facts).reshape(2, -1)
        found: NDArray[np.floating[Any]] = (1.0 / ranks).mean(axis=0)
        return found


def _allows(values: NumberSpan | Choice, value: Any) -> bool:
    if isinstance(values, Choice):
        return value in values.values
    return bool(values.low <= value <= values.high)
