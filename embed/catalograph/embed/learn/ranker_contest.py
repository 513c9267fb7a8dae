"""The contest of the kind `ranker`: the text ranker's settings are to rank the newest searches.

Both text rankers learn from the older searches of the log. Settings are searched on the older
searches alone, whose newer part is validation; the newest searches decide.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from catalograph.embed.jobs.task import of_card
from catalograph.embed.learn.comparison import Comparison, compare
from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.embed.ranker.settings import RankerSettings
from catalograph.embed.search_ranking.shop_log import (
    KIND,
    load_text_encoder,
    make_towers_trainer,
    search_again,
)
from catalograph.embed.search_ranking.training import (
    LEAST_ANSWERED,
    RankerConfig,
    older_lists,
    score_student,
)
from catalograph.ml.tuning import Choice, NumberSpan, search
from catalograph.schema.model_kinds import TUNED_KEY
from catalograph.store import export_search_log, live_models

__all__ = ["judge_text_ranker"]

_TRIALS = 6
_SPACE: Mapping[str, NumberSpan | Choice] = {
    "learning_rate": NumberSpan(1e-5, 2e-4),
    "head_rate": NumberSpan(2e-4, 5e-3),
    "frozen_layers": Choice((3, 4, 5)),
    "epochs": Choice((1, 2, 3)),
    "loss": Choice(("in-batch", "pointwise")),
    "fgm": Choice((0.0, 0.3)),
}


def judge_text_ranker(context: ContestContext) -> Contest:
    """Search settings of the text ranker and judge them against those of the live version."""
    champion = context.champion
    live = of_card(RankerConfig)({} if champion is None else champion.config)
    log = export_search_log(context.jobs.connection)
    answered = sum(bool(one.responses) for one in log)
    if answered < 2 * LEAST_ANSWERED:
        why = f"{answered:,} searches have a response; tuning needs {2 * LEAST_ANSWERED}"
        return Contest(live, why_not=why, refresh=live)
    encoder = load_text_encoder(context.jobs, live_models(context.jobs.connection).get("text"))
    if make_towers_trainer(context.jobs, live, encoder) is None:
        why = "the text ranker does not compete: it needs a live text model and the extra `embed`"
        return Contest(live, why_not=why, refresh=live)
    searched = search_again(context.jobs, log, encoder)
    known = older_lists(searched.lists)

    def score(values: Mapping[str, Any], *, newest: bool) -> Any:
        context.limits.check()
        config = replace(live, text={**live.text, **values})
        trainer = make_towers_trainer(context.jobs, config, encoder)
        if trainer is None:
            return None
        context.jobs.progress(KIND, "judging settings of the text ranker")
        lists = searched.lists if newest else known
        return score_student(lists, trainer, live.seed, searched.further)

    def validate(values: Mapping[str, Any]) -> float:
        found = score(values, newest=False)
        return 0.0 if found is None else float(found.mean())

    present = {**asdict(RankerSettings()), **live.text}
    found = context.steps.recall(
        "settings",
        lambda: search(
            _SPACE,
            validate,
            start={name: present[name] for name in _SPACE},
            trials=_TRIALS,
            journal=context.steps.file.with_name("ranker.journal"),
            study=context.steps.contest,
            limits=context.limits,
            seed=live.seed,
        ),
    )

    def judge() -> dict[str, Any] | None:
        own, tuned = score({}, newest=True), score(found, newest=True)
        if own is None or tuned is None:
            return None
        rival = "defaults" if champion is None else "champion"
        return asdict(compare(own, tuned, metric="ndcg", subject="searches", rival=rival))

    kept = context.steps.recall("judged", judge)
    if kept is None:
        return Contest(live, why_not="too few queries have a response", refresh=live)
    settings = replace(live, text={**live.text, **found})
    protocol = {"split": "newest searches", TUNED_KEY: found}
    return Contest(settings, Comparison(**kept), protocol=protocol, refresh=live)
