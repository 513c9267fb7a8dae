"""The parts of `catalograph learn` that need no graph: intervals, votes, schedule and limits."""

from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from catalograph.cli import app
from catalograph.embed.jobs import load_job
from catalograph.embed.learn import LearnOptions, Schedule, watch
from catalograph.embed.learn.comparison import Verdict, compare
from catalograph.embed.learn.contest import Contest
from catalograph.embed.learn.cycle import weigh
from catalograph.embed.learn.preference_contest import _has_untried
from catalograph.embed.learn.progress_file import ProgressFile
from catalograph.embed.learn.trial import TrialOutcome, judge_trial
from catalograph.errors import CatalographError, ConfigError, LearningLimitError
from catalograph.ml.bootstrap import mean_interval
from catalograph.ml.limits import Limits
from catalograph.schema.model_kinds import MODEL_KINDS
from catalograph.store import PublishedModel, TrainingContents, Trial

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def contents(**numbers: int) -> TrainingContents:
    names = TrainingContents.__dataclass_fields__
    return TrainingContents(**{name: numbers.get(name, 0) for name in names})


def model(*, stale: bool = False) -> PublishedModel:
    return PublishedModel(
        key="model:preference:3",
        kind="preference",
        version=3,
        live=True,
        slot="a",
        index=None,
        dimension=None,
        parts=(),
        config={},
        data_hash="",
        metrics={},
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.0,
        stale=stale,
    )


def contest(low: float, high: float, *, harmful: bool = False) -> Contest:
    champion = np.zeros(2)
    found = compare(champion, champion, metric="ndcg@10", subject="shoppers")
    judged = {"low": low, "high": high, "challenger": (low + high) / 2}
    newest = {"low": -0.3, "high": -0.1} if harmful else {}
    return Contest(
        None,
        comparison=type(found)(**vars(found) | judged),
        newest=type(found)(**vars(found) | newest),
    )


def test_the_interval_of_a_mean_covers_it_and_narrows_with_the_number() -> None:
    draw = np.random.default_rng(1)
    few, many = draw.normal(0.5, 1.0, 50), draw.normal(0.5, 1.0, 5_000)
    for values, half in ((few, 1.96 / 50**0.5), (many, 1.96 / 5_000**0.5)):
        low, high = mean_interval(values)
        assert low < values.mean() < high
        assert (high - low) / 2 == pytest.approx(half, rel=0.2)
    assert mean_interval(np.full(7, 0.25)) == (0.25, 0.25)


def test_a_pair_that_differs_the_same_way_for_all_is_told_from_noise() -> None:
    draw = np.random.default_rng(2)
    champion = draw.random(300)
    noise = draw.normal(0, 0.05, 300)
    verdicts = {
        gain: compare(champion, champion + gain + noise, metric="m", subject="s").verdict
        for gain in (0.02, 0.0, -0.02)
    }
    assert verdicts == {0.02: Verdict.BETTER, 0.0: Verdict.NEAR, -0.02: Verdict.WORSE}


@pytest.mark.parametrize(
    ("low", "high", "promising"), [(-0.01, 0.05, True), (-0.02, 0.03, False), (0.01, 0.05, False)]
)
def test_a_challenger_is_tried_when_it_is_likely_better_and_unproven(
    low: float, high: float, promising: bool
) -> None:
    comparison = contest(low, high).comparison
    assert comparison is not None
    assert comparison.is_promising is promising


@pytest.mark.parametrize(
    ("champion", "found", "published"),
    [
        (model(), contest(0.01, 0.02), True),
        (model(), contest(-0.01, 0.02), False),
        (model(), contest(-0.02, -0.01), False),
        (model(), contest(0.01, 0.02, harmful=True), False),
        (model(stale=True), contest(-0.01, 0.02), True),
        (model(stale=True), contest(-0.02, -0.01), False),
        (None, contest(-0.01, 0.02), True),
        (None, contest(-0.02, -0.01), False),
        (None, Contest(None, why_not="no interaction has a time"), True),
        (model(), Contest(None, why_not="no interaction has a time"), False),
    ],
)
def test_only_what_is_better_is_published(
    champion: PublishedModel | None, found: Contest, published: bool
) -> None:
    done, why = weigh(champion, found)
    assert done is published
    assert why


def trial(live: int, rival: int, **more: Any) -> Trial:
    started = more.get("started", datetime.now(UTC))
    return Trial("model:preference:2", "model:preference:1", started, live, rival, 100)


def test_votes_decide_a_trial_only_by_a_clear_majority() -> None:
    assert judge_trial(trial(0, 0)) is TrialOutcome.UNDER_WAY
    assert judge_trial(trial(30, 25)) is TrialOutcome.UNDER_WAY
    assert judge_trial(trial(40, 10)) is TrialOutcome.LIVE_WON
    assert judge_trial(trial(10, 40)) is TrialOutcome.RIVAL_WON
    assert judge_trial(trial(1_005, 995)) is TrialOutcome.NO_DIFFERENCE
    old = datetime.now(UTC) - timedelta(days=15)
    assert judge_trial(trial(30, 25, started=old)) is TrialOutcome.NO_DIFFERENCE


def test_equal_versions_seldom_lose_however_often_the_votes_are_counted() -> None:
    draw = np.random.default_rng(3)
    decided = 0
    for _ in range(400):
        live = np.cumsum(draw.random(500) < 0.5)
        outcomes = {
            judge_trial(trial(int(live[n]), n + 1 - int(live[n]))) for n in range(9, 500, 10)
        }
        decided += bool(outcomes & {TrialOutcome.LIVE_WON, TrialOutcome.RIVAL_WON})
    assert decided / 400 < 0.05


def test_a_schedule_is_an_interval_or_a_time_of_day() -> None:
    assert Schedule.parse() == Schedule(timedelta(days=1))
    every = Schedule.parse("6h")
    assert every.next_start(None, NOON) == NOON
    assert every.next_start(NOON, NOON + timedelta(hours=1)) == NOON + timedelta(hours=6)
    assert every.next_start(NOON, NOON + timedelta(hours=9)) == NOON + timedelta(hours=9)
    at = Schedule.parse(at="03:30")
    assert at.at == clock(3, 30)
    tomorrow = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert at.next_start(None, NOON) == tomorrow
    assert at.next_start(NOON, datetime(2026, 3, 2, 2, 0, tzinfo=UTC)) == tomorrow
    assert at.next_start(tomorrow, tomorrow) == tomorrow + timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"every": "0h"}, "no interval"),
        ({"every": "soon"}, "such as 30m"),
        ({"at": "25:00"}, "no time of day"),
        ({"every": "1h", "at": "03:00"}, "give one"),
    ],
)
def test_a_malformed_schedule_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Schedule.parse(**given)


def test_watching_goes_on_after_an_error() -> None:
    moment, done, failures = [NOON], list[datetime](), list[str]()

    def sleep(seconds: float) -> None:
        moment[0] += timedelta(seconds=seconds)

    def work() -> None:
        done.append(moment[0])
        if len(done) == 2:
            raise CatalographError("the database is away")

    watch(
        Schedule.parse("2h"),
        work,
        lambda exc: failures.append(str(exc)),
        rounds=3,
        sleep=sleep,
        now=lambda: moment[0],
    )
    assert done == [NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=4)]
    assert failures == ["the database is away"]


def test_finished_steps_are_kept_for_the_same_contest_only(tmp_path: Path) -> None:
    steps = ProgressFile.of(tmp_path, "preference", "hash 1", None)
    assert steps.recall("tuned", lambda: {"lambda": 2.5}) == {"lambda": 2.5}
    again = ProgressFile.of(tmp_path, "preference", "hash 1", None)
    assert again.recall("tuned", lambda: pytest.fail("done again")) == {"lambda": 2.5}
    assert again.recall("judged", lambda: [1]) == [1]
    other = ProgressFile.of(tmp_path, "preference", "hash 2", None)
    assert other.recall("tuned", lambda: 3) == 3
    (tmp_path / "preference.json").write_text("{")
    assert other.recall("tuned", lambda: 4) == 4


def test_time_that_is_over_and_memory_that_is_used_up_stop_a_training() -> None:
    with pytest.raises(ConfigError, match="no time to learn"):
        Limits(minutes=0)
    with pytest.raises(ConfigError, match="too little"):
        Limits(gigabytes=0.1)
    Limits(minutes=5).check()
    over = Limits(minutes=1, began=-1e9)
    with pytest.raises(LearningLimitError, match="The 1 minutes are over"):
        over.check()
    with (
        pytest.raises(LearningLimitError, match="more than the 3 GB"),
        Limits(gigabytes=3).bound_memory(),
    ):
        np.ones(4 * 10**9, np.uint8)
    assert len(np.ones(10**7)) == 10**7


@pytest.mark.parametrize("kind", MODEL_KINDS)
def test_every_kind_says_what_it_lacks_in_an_empty_graph(kind: str) -> None:
    job = load_job(kind)
    assert job.lack(contents())
    plenty = contents(
        products=5_000,
        titles=5_000,
        facts=20_000,
        users=5_000,
        interactions=50_000,
        timed=50_000,
        passages=200,
        chinese_passages=100,
    )
    assert job.lack(plenty) is None


def test_options_are_read_back_from_a_run() -> None:
    options = LearnOptions(("text",), 3, True, "always", 5.0, 2.0)
    assert LearnOptions.of(options.as_dict()) == options
    assert LearnOptions.of(LearnOptions().as_dict()) == LearnOptions()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--trial", "maybe"], "expected near, always or never"),
        (["--every", "6h"], "are for --watch"),
        (["--watch", "--every", "now"], "no interval"),
    ],
)
def test_wrong_options_are_told(given: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["learn", *given])
    assert isinstance(done.exception, ConfigError)
    assert said in str(done.exception)


def test_vectors_that_never_contended_make_tuning_due() -> None:
    tried = {"validation": {"recency": 0.1, "sequence": 0.2, "chosen": 0.2}}
    assert _has_untried(tried, ["text"])
    assert not _has_untried({"validation": {**tried["validation"], "text": 0.1}}, ["text"])
    assert not _has_untried(tried, [])
    assert not _has_untried({"validation": {}}, ["text"])
