"""The contest of the preference kind: its lists are judged on what shoppers chose in the last days.

The challenger learns from what was there before the judged period. The champion is trained again by
the settings on its card, on data that are as old, seen from the judged period, as its own are now:
so both are judged on what neither has seen, and the age of the champion counts. Both rank by the
weights that would be published and by the shoppers' histories before the period, as serving does.

Judged that way, the challenger has not seen the newest data, which the published version will
have. So a second check lets it learn from them as well, for one half of the judged shoppers at a
time without their own choices, which are then predicted. Honest data make it no worse; a flood of
false events does.

How interactions age is chosen anew each time, the other settings where that is due: when the data
have grown by half, or when taste has changed, so that the champion ranks much worse than when it
went live. In the night after a change the judged challenger cannot know of it, and falls as well.
Then only the last day is judged, and the second check tunes as well, again without the choices that
it predicts, and its result stands against the champion. All votes are those of known shoppers, of
whose choices the version has seen none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from catalograph.embed.contenders import find_vector_learners
from catalograph.embed.further_counts import counts_folder, read_further_counts
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
from catalograph.ml.bootstrap import mean_interval
from catalograph.ml.metrics import ndcg
from catalograph.schema.model_kinds import CONTENDERS, PREDICTED, TUNED_KEY
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
_FALL = 1 / 3
"""Share of its figure that a champion has lost when taste has changed; the days of a shop differ by
less."""
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
    judged, settings, kept = _judge_in(context, window)
    if kept["protocol"].get("taste_changed") and context.days is None and window.days > 1:
        # Days of the earlier taste would hide what is liked now.
        shorter = choose_window(connection, until, 1)
        if shorter is not None:
            window = shorter
            judged, settings, kept = _judge_in(context, window)
    comparison = Comparison(**kept["comparison"])
    newest: Comparison | None = None
    config = PreferenceConfig(reuse=settings)
    changed = bool(kept["protocol"].get("challenger_fell"))
    if comparison.verdict is not Verdict.WORSE or changed:
        again = context.steps.recall("newest", lambda: judged.check_newest(settings, tune=changed))
        newest = Comparison(**again["newest"])
        if changed:
            comparison, config = Comparison(**again["champion"]), PreferenceConfig()
    contest = Contest(
        config=config,
        comparison=comparison,
        newest=newest,
        protocol=window.as_dict() | kept["protocol"],
    )
    if not contest.is_harmful:
        return contest
    return replace(contest, suspects=_suspects(snapshot, judged.past))


def _judge_in(
    context: ContestContext, window: JudgedWindow
) -> tuple["_Judge", dict[str, Any], dict[str, Any]]:
    """Judge in a period; return the judge, the challenger's settings, and what was found."""
    judged, days = _Judge(context, window), window.days
    settings = context.steps.recall(f"settings of {days}", judged.choose_settings)
    found = context.steps.recall(f"judged in {days}", lambda: judged.compare(settings))
    return judged, settings, found


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
        self._learners = find_vector_learners(context.jobs)
        counts = counts_folder(context.jobs.settings)
        self._others = read_further_counts(counts, self._snapshot.products)
        self._challenger: Floats | None = None
        self._live: Floats | None = None

    def choose_settings(self) -> dict[str, Any]:
        """Return the challenger's settings: the champion's at today's ages, or tuned ones."""
        live = _settings_of(self._champion)
        if live is not None and not self._tuning_is_due(live):
            self._say("choosing how interactions age")
            config = PreferenceConfig(reuse=live, ages=True, measured=False)
        else:
            self._say("tuning on the past")
            config = self._tuning(3)
        found = self._learn(self.past, config)
        self._challenger = self._judge(found)
        return dict(found.tuned)

    def _tuning(self, share: int) -> PreferenceConfig:
        """Return a configuration that tunes in a share of the time that is left."""
        seconds = min(PreferenceConfig.tuning_seconds, self._context.limits.seconds_left / share)
        return PreferenceConfig(tuning_seconds=seconds, measured=False)

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
        champion = self._judge_champion(self._champion, live)
        found = compare(
            champion, challenger, metric=_METRIC, subject="shoppers", baselines=baselines
        )
        told: dict[str, Any] = {
            "champion": self._champion.key,
            "champion_age_days": round(self._age(self._champion, live) / timedelta(days=1), 2),
            "tuned_again": settings.get("tuned_on") != live.get("tuned_on"),
        }
        usual = _usual_figure(self._champion)
        if usual is not None and _fell(champion, usual):
            told |= {
                "taste_changed": True,
                "challenger_fell": _fell(challenger, usual),
                "usual": usual,
            }
        return {"comparison": asdict(found), "protocol": told}

    def check_newest(self, settings: Mapping[str, Any], *, tune: bool) -> dict[str, Any]:
        """Compare a challenger that learned from the newest data with one that did not.

        Args:
            settings: settings of the one that did not.
            tune: whether to tune the one that did, and to compare it with the champion too.
        """
        self._say("tuning on the newest data" if tune else "checking the newest data")
        without = self._judge_challenger(settings)
        shoppers = np.array(sorted(self._window.chosen))
        draw = np.random.default_rng(0).permutation(len(shoppers))
        also = np.zeros(len(without))
        places = {user: n for n, user in enumerate(self._judged_users())}
        for half in (draw[::2], draw[1::2]):
            chosen = {user for user in shoppers[half].tolist() if user in places}
            merged = _hide_newest(self._snapshot, self.past, chosen)
            config = self._tuning(6) if tune else _refit(settings)
            values = self._judge(self._learn(merged, config))
            rows = [places[user] for user in chosen]
            also[rows] = values[rows]
        found = compare(without, also, metric=_METRIC, subject="shoppers", rival="without_newest")
        told = {"newest": asdict(found)}
        live = _settings_of(self._champion)
        if tune and self._champion is not None and live is not None:
            champion = self._judge_champion(self._champion, live)
            told["champion"] = asdict(compare(champion, also, metric=_METRIC, subject="shoppers"))
        return told

    def _age(self, champion: PublishedModel, live: Mapping[str, Any]) -> timedelta:
        return max(timedelta(), self._window.until - _data_until(champion, live))

    def _judge_champion(self, champion: PublishedModel, live: Mapping[str, Any]) -> Floats:
        if self._live is None:
            self._say("training the champion on data of its age")
            then = self._window.cut - self._age(champion, live)
            past = export_past(self._context.jobs.connection, self._snapshot, then)
            self._live = self._judge(self._learn(past, _refit(live)))
        return self._live

    def _judge_challenger(self, settings: Mapping[str, Any]) -> Floats:
        if self._challenger is None:
            self._challenger = self._judge(self._learn(self.past, _refit(settings)))
        return self._challenger

    def _learn(self, snapshot: GraphSnapshot, config: PreferenceConfig) -> Preferences:
        self._context.limits.check()
        fewest = self._context.jobs.settings.privacy.pair_shoppers
        config = replace(config, pair_shoppers=fewest)
        return learn_preferences(
            snapshot,
            config,
            self._say,
            self._titles,
            self._vectors,
            self._learners,
            None if self._others is None else self._others.matrix,
        )

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
        predicted = [PREDICTED] if self._snapshot.imputed else []
        contenders = [*self._vectors, *self._learners, *predicted]
        return grown or _has_untried(live, contenders) or not relations <= known

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


def _usual_figure(champion: PublishedModel) -> float | None:
    """Return what a champion's metric is compared with to see a change of taste."""
    known = champion.metrics
    found = known.get("judged/usual", known.get(f"judged/{_METRIC}"))
    return None if found is None else float(found)


def _fell(values: Floats, usual: float) -> bool:
    """Return whether a metric has lost a third of a usual figure, beyond its interval."""
    _, high = mean_interval(values, seed=0)
    return bool(values.mean() < (1 - _FALL) * usual and high < usual)


def _has_untried(settings: Mapping[str, Any], kinds: Collection[str]) -> bool:
    """Return whether there are contenders that were not tried when these were chosen."""
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
