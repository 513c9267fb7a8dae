"""The contest of the kind `graph`: vectors are to rank what shoppers chose in the last days.

Both networks learn from what was there before the judged period. Settings are searched on the
validation part of the training, which the network itself holds out of the past.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from catalograph.embed.graph import (
    AttentionConfig,
    GraphJobConfig,
    TrainedNetwork,
    fit_relational_attention,
)
from catalograph.embed.learn.comparison import Comparison, compare
from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.embed.learn.judged_choices import judged_choices
from catalograph.embed.learn.window import LEAST_SHOPPERS, choose_window, newest_time
from catalograph.embed.preference import recommend_data
from catalograph.embed.recommend.matrices import Floats
from catalograph.embed.recommend.ranking import rank_users
from catalograph.ml.metrics import ndcg
from catalograph.ml.tuning import Choice, NumberSpan, search
from catalograph.schema.model_kinds import TUNED_KEY
from catalograph.store import export_past

__all__ = ["judge_networks"]

_K = 10
_TRIALS = 8
_SPACE: Mapping[str, NumberSpan | Choice] = {
    "dimension": Choice((32, 64, 128)),
    "layers": Choice((1, 2, 3)),
    "learning_rate": NumberSpan(0.003, 0.1),
    "temperature": NumberSpan(0.03, 0.3),
    "fact_weight": NumberSpan(0.01, 1.0),
}


def judge_networks(context: ContestContext) -> Contest:
    """Search settings and judge them against those of the live version."""
    live = GraphJobConfig.of({} if context.champion is None else context.champion.config)
    until = newest_time(context.jobs.snapshot)
    window = None if until is None else choose_window(context.jobs.connection, until, context.days)
    if window is None:
        why_not = f"fewer than {LEAST_SHOPPERS} known shoppers chose something new in the last days"
        return Contest(live, why_not=why_not, refresh=live)
    past = export_past(context.jobs.connection, context.jobs.snapshot, window.cut)
    data = replace(recommend_data(past, live.attributes), test=judged_choices(past, window))

    def fit(training: AttentionConfig) -> TrainedNetwork:
        context.limits.check()
        context.jobs.progress("graph", "training on the past")
        seconds = min(training.seconds, context.limits.seconds_left / 4)
        device = context.jobs.settings.embed.device or "auto"
        return fit_relational_attention(data, replace(training, seconds=seconds), device=device)

    def validate(values: Mapping[str, Any]) -> float:
        told = fit(replace(live.training, **values)).as_dict()
        return float(told.get(f"validation/ndcg@{_K}", 0.0))

    def judge(training: AttentionConfig) -> Floats:
        ranked = rank_users(fit(training), data, _K)
        return ndcg(ranked.hits, ranked.positives)

    present = asdict(live.training)
    found = context.steps.recall(
        "settings",
        lambda: search(
            _SPACE,
            validate,
            start={name: present[name] for name in _SPACE},
            trials=_TRIALS,
            journal=context.steps.file.with_name("graph.journal"),
            study=context.steps.contest,
            limits=context.limits,
        ),
    )
    settings = replace(live, training=replace(live.training, **found))
    kept = context.steps.recall(
        "judged",
        lambda: asdict(
            compare(
                judge(live.training),
                judge(settings.training),
                metric=f"ndcg@{_K}",
                subject="shoppers",
                rival="defaults" if context.champion is None else "champion",
            )
        ),
    )
    protocol = window.as_dict() | {TUNED_KEY: found}
    return Contest(settings, Comparison(**kept), protocol=protocol, refresh=live)
