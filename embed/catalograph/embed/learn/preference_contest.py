"""The contest of the preference kind: its lists are judged on what shoppers chose in the last days.

The challenger learns from what was there before the judged period. The champion is trained again by
the settings on its card, on data that are as old, seen from the judged period, as its own are now:
so both are judged on what neither has seen, and the age of the champion counts. Both rank by the
weights that would be published and by the shoppers' histories before the period, as serving does.

Judged that way, the challenger has not seen the newest data, which the published version will
have. So a second check lets it learn from them as well, for one half of the judged shoppers at a
time without their own choices, which are then predicted. Honest data make it no worse; a flood of
false events does.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from catalograph.embed.learn.comparison import Comparison, Verdict, compare
from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.embed.learn.judged_choices import judged_choices
from catalograph.embed.learn.window import (
    LEAST_SHOPPERS,
    JudgedWindow,
    choose_window,
    newest_time,
)
from catalograph.embed.preference import PreferenceConfig, Preferences, learn_preferences
from catalograph.embed.recommend.baselines import fit_popularity
from catalograph.embed.recommend.data import RecommendData
from catalograph.embed.recommend.ease import ItemScorer
from catalograph.embed.recommend.matrices import Csr, Floats, incidence
from catalograph.embed.recommend.ranking import rank_users
from catalograph.embed.served_model import ServedModel
from catalograph.ml.metrics import ndcg
from catalograph.schema.model_kinds import CONTENDERS, TUNED_KEY
from catalograph.store import (
    GraphSnapshot,
    PublishedModel,
    export_past,
    export_texts,
    read_vectors,
)

__all__ = ["judge_preferences"]

_K = 10
_TUNE_AGAIN = 1.5
"""Growth of the interactions since the last tuning from which tuning is worth its time."""
_SUSPECTS = 3
_POPULARITY = "popularity"


def judge_preferences(context: ContestContext) -> Contest:
    """Judge a challenger on the last days of the shop's own data."""
    snapshot, connection = context.jobs.snapshot, context.jobs.connection
    champion = context.champion
    until = newest_time(snapshot)
    if until is None:
        return Contest(_config_unjudged(champion), why_not="no interaction has a time to split by")
    window = choose_window(connection, until, context.days)
    if window is None:
        return Contest(
            _config_unjudged(champion),
            why_not=f"fewer than {LEAST_SHOPPERS} known shoppers chose something new in the last "
            f"days before {until:%Y-%m-%d %H:%M}",
        )
    judged = _Judge(context, window)
    settings = context.steps.recall("settings", judged.choose_settings)
    kept = context.steps.recall("judged", lambda: judged.compare(settings))
    comparison = Comparison(**kept["comparison"])
    newest: Comparison | None = None
    if comparison.verdict is not Verdict.WORSE:
        again = context.steps.recall("newest", lambda: judged.check_newest(settings))
        newest = Comparison(**again)
    contest = Contest(
        config=PreferenceConfig(reuse=settings),
        comparison=comparison,
        newest=newest,
        protocol=window.as_dict() | kept["protocol"],
    )
    if not contest.is_harmful:
        return contest
    return replace(contest, suspects=_suspects(snapshot, judged.past))


class _Judge:
    """Trains versions on parts of the past and judges their lists in one period."""

    def __init__(self, context: ContestContext, window: JudgedWindow) -> None:
        self._context = context
        self._snapshot = context.jobs.snapshot
        self._window = window
        self._champion = context.champion
        self._say("reading the past")
        self.past = export_past(context.jobs.connection, self._snapshot, window.cut)
        self._test = judged_choices(self.past, window)
        texts = export_texts(context.jobs.connection)
        self._titles = dict(zip(texts.keys, texts.titles, strict=True))
        versions = context.jobs.versions(CONTENDERS)
        self._vectors = {
            kind: read_vectors(context.jobs.connection, model) for kind, model in versions.items()
        }
        self._challenger: Floats | None = None

    def choose_settings(self) -> Mapping[str, Any]:
        """Return the challenger's settings: the champion's, or tuned ones where that is due."""
        live = _settings_of(self._champion)
        if live is not None and not self._tuning_is_due(live):
            return live
        self._say("tuning on the past")
        seconds = min(PreferenceConfig.tuning_seconds, self._context.limits.seconds_left / 3)
        config = PreferenceConfig(tuning_seconds=seconds, measured=False)
        return dict(self._learn(self.past, config).tuned)

    def compare(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the challenger with the champion, or with popularity where none is live."""
        self._say("training the challenger on the past")
        challenger = self._judge_challenger(settings)
        histories = self._histories()
        popular = self._rank(fit_popularity(histories), histories)
        baselines = {_POPULARITY: float(popular.mean())}
        live = _settings_of(self._champion)
        if self._champion is None or live is None:
            first: dict[str, Any] = {"champion": None, "tuned_again": True}
            found = compare(
                popular, challenger, metric=_METRIC, subject="shoppers", rival=_POPULARITY
            )
            return {"comparison": asdict(found), "protocol": first}
        age = max(timedelta(), self._window.until - _data_until(self._champion, live))
        self._say("training the champion on data of its age")
        then = export_past(self._context.jobs.connection, self._snapshot, self._window.cut - age)
        champion = self._judge(self._learn(then, _refit(live)))
        found = compare(
            champion, challenger, metric=_METRIC, subject="shoppers", baselines=baselines
        )
        told = {
            "champion": self._champion.key,
            "champion_age_days": round(age / timedelta(days=1), 2),
            "tuned_again": dict(settings) != dict(live),
        }
        return {"comparison": asdict(found), "protocol": told}

    def check_newest(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Compare a challenger that learned from the newest data with one that did not."""
        self._say("checking the newest data")
        without = self._judge_challenger(settings)
        shoppers = np.array(sorted(self._window.chosen))
        draw = np.random.default_rng(0).permutation(len(shoppers))
        also = np.zeros(len(without))
        places = {user: n for n, user in enumerate(self._judged_users())}
        for half in (draw[::2], draw[1::2]):
            chosen = {user for user in shoppers[half].tolist() if user in places}
            merged = _hide_newest(self._snapshot, self.past, chosen)
            values = self._judge(self._learn(merged, _refit(settings)))
            rows = [places[user] for user in chosen]
            also[rows] = values[rows]
        return asdict(
            compare(without, also, metric=_METRIC, subject="shoppers", rival="without_newest")
        )

    def _judge_challenger(self, settings: Mapping[str, Any]) -> Floats:
        if self._challenger is None:
            self._challenger = self._judge(self._learn(self.past, _refit(settings)))
        return self._challenger

    def _learn(self, snapshot: GraphSnapshot, config: PreferenceConfig) -> Preferences:
        self._context.limits.check()
        return learn_preferences(snapshot, config, self._say, self._titles, self._vectors)

    def _judge(self, found: Preferences) -> Floats:
        """Return NDCG@10 of each judged shopper."""
        served = ServedModel.of(found)
        return self._rank(served, served.rows(self._histories(), self.past.interaction_times))

    def _rank(self, scorer: ItemScorer, rows: Csr) -> Floats:
        self._context.limits.check()
        ranked = rank_users(scorer, RecommendData(rows, test=self._test), _K)
        return ndcg(ranked.hits, ranked.positives)

    def _histories(self) -> Csr:
        """Return the histories before the period; 0/1 matrix [users, items]."""
        past = self.past
        shape = (len(past.users), len(past.products))
        return incidence(past.interaction_users, past.interaction_products, shape)

    def _judged_users(self) -> list[str]:
        """Return the keys of the judged shoppers, in the order of their metrics."""
        return [self.past.users[n] for n in np.flatnonzero(np.diff(self._test.indptr))]

    def _tuning_is_due(self, live: Mapping[str, Any]) -> bool:
        if self._context.tune:
            return True
        grown = len(self.past.interaction_users) > _TUNE_AGAIN * live.get("tuned_on", 0)
        relations, known = _base_names(self._snapshot.facts), _base_names(live["weights"])
        return grown or _has_untried(live, self._vectors) or not relations <= known

    def _say(self, doing: str) -> None:
        self._context.jobs.progress("preference", doing)


_METRIC = f"ndcg@{_K}"


def _config_unjudged(champion: PublishedModel | None) -> PreferenceConfig:
    """Return the configuration of a version that cannot be judged: the live one's or the usual."""
    return PreferenceConfig(reuse=_settings_of(champion))


def _refit(settings: Mapping[str, Any]) -> PreferenceConfig:
    return PreferenceConfig(reuse=settings, measured=False)


def _settings_of(champion: PublishedModel | None) -> Mapping[str, Any] | None:
    return None if champion is None else champion.config.get(TUNED_KEY)


def _data_until(champion: PublishedModel, settings: Mapping[str, Any]) -> datetime:
    """Return the time of the newest interaction that the champion learned from."""
    known = settings.get("data_until")
    return champion.created if known is None else datetime.fromtimestamp(known, UTC)


def _has_untried(settings: Mapping[str, Any], kinds: Collection[str]) -> bool:
    """Return whether vectors of a kind are there that did not contend when these were chosen."""
    tried = settings.get("validation", {})  # empty where there was too little to choose on
    return bool(tried) and not set(kinds) <= tried.keys()


def _base_names(relations: Iterable[str]) -> set[str]:
    """Return names of relations without attributes: which attributes are largest may change."""
    return {name.partition(":")[0] for name in relations}


def _hide_newest(
    snapshot: GraphSnapshot, past: GraphSnapshot, hidden: Collection[str]
) -> GraphSnapshot:
    """Return a snapshot of today in which some users have only the interactions of the past."""
    users = sorted({*snapshot.users, *past.users})
    index = {user: n for n, user in enumerate(users)}
    rows, items, times = [], [], []
    for part, of_hidden in ((snapshot, False), (past, True)):
        chosen = np.array([(user in hidden) is of_hidden for user in part.users], bool)
        kept = chosen[part.interaction_users]
        numbers = np.array([index[user] for user in part.users], np.int32)
        rows.append(numbers[part.interaction_users[kept]])
        items.append(part.interaction_products[kept])
        known = part.interaction_times
        times.append(np.full(kept.sum(), -1, np.int64) if known is None else known[kept])
    user, item = np.concatenate(rows), np.concatenate(items)
    order = np.lexsort((item, user))
    when = np.concatenate(times)[order]
    return replace(
        snapshot,
        users=tuple(users),
        interaction_users=user[order],
        interaction_products=item[order],
        interaction_times=when if (when >= 0).any() else None,
    )


def _suspects(snapshot: GraphSnapshot, past: GraphSnapshot) -> tuple[str, ...]:
    """Return the products whose share of the interactions grew most in the period, in words."""
    n = len(snapshot.products)
    before = np.bincount(past.interaction_products, minlength=n).astype(float)
    added = np.maximum(np.bincount(snapshot.interaction_products, minlength=n) - before, 0.0)
    if not added.sum():
        return ()
    then, now = before / max(before.sum(), 1.0), added / added.sum()
    most = np.argsort(then - now, kind="stable")[:_SUSPECTS]
    return tuple(
        f"{snapshot.products[item]} has {now[item]:.1%} of the newest interactions, "
        f"{then[item]:.1%} of those before"
        for item in most
        if now[item] > 2 * then[item]
    )
