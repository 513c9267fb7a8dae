"""One call of `catalograph learn`: look, decide, train, judge, publish what is better, report."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from catalograph.embed.jobs import (
    DEFAULT_KINDS,
    Job,
    JobContext,
    Progress,
    is_current,
    load_job,
    run_jobs,
)
from catalograph.embed.learn.comparison import Verdict
from catalograph.embed.learn.contest import Contest, ContestContext
from catalograph.embed.learn.options import LearnOptions
from catalograph.embed.learn.progress_file import ProgressFile
from catalograph.embed.learn.report import KindOutcome, LearningDecision, LearnReport
from catalograph.embed.learn.trial import TrialOutcome, settle_trial
from catalograph.embed.learn.window import newest_time
from catalograph.errors import (
    CatalographError,
    LearningLimitError,
    MissingExtraError,
    RunCancelledError,
    StoreError,
    WriteConflictError,
)
from catalograph.ml.limits import Limits
from catalograph.schema.model_kinds import MODEL_KINDS, PRIVACY_KEY, model_kind
from catalograph.schema.ontology import RunStatus
from catalograph.settings import EmbedSettings, Settings
from catalograph.store import (
    LEARN,
    Connection,
    PublishedModel,
    StagedModel,
    TrainingContents,
    TrainingRun,
    count_training_data,
    list_runs,
    live_models,
    record_training_run,
    stage_rival,
    start_trial,
)

__all__ = ["learn"]

_CREDITED_DAYS = timedelta(days=14)
_CREDITED_NEEDED = 100
"""Clicks on served lists in those days from which a trial can come to an end."""
_CHINESE_SHARE = 0.05


def learn(
    connection: Connection,
    settings: Settings,
    options: LearnOptions | None = None,
    progress: Progress = lambda kind, doing: None,
) -> LearnReport:
    """Train what the graph can support, and publish what is better than the live versions.

    A kind that fails leaves its live version and the other kinds as they are. A killed or cancelled
    call is simply repeated: finished steps of a contest are kept, versions go live whole or not.

    Args:
        connection: the graph.
        settings: home folder, text model, device.
        options: how to learn.
        progress: callback that receives a kind and the current step.

    Raises:
        ConfigError: a limit is too small.
        NotPublishedError: there is no kind of a given name.
        RunCancelledError: someone cancelled the run.
        StoreError: the graph does not answer.
        WriteConflictError: another call is learning.
    """
    options = options or LearnOptions()
    limits = Limits(options.minutes, options.gigabytes)
    for kind in options.kinds or ():
        model_kind(kind)
    _refuse_second(connection)
    with record_training_run(connection, LEARN, options.as_dict()) as run:

        def say(kind: str, doing: str) -> None:
            run.note(f"{kind}: {doing}")
            if doing != "reading":  # of the graph, before any kind can be stopped
                limits.check()
            progress(kind, doing)

        configs: dict[str, Any] = {}
        if options.private is not None:
            from catalograph.embed.preference import PreferenceConfig

            configs["preference"] = PreferenceConfig(private=options.private)
        jobs = JobContext(connection, settings, say, configs=configs)
        return _Cycle(jobs, options, limits, run).report()


class _Cycle:
    """The state of one call."""

    def __init__(
        self, jobs: JobContext, options: LearnOptions, limits: Limits, run: TrainingRun
    ) -> None:
        self._jobs, self._options, self._limits, self._run = jobs, options, limits, run
        now = newest_time(jobs.snapshot) or datetime.now(UTC)
        self._contents = count_training_data(jobs.connection, jobs.snapshot, now - _CREDITED_DAYS)

    def report(self) -> LearnReport:
        """Go through the kinds."""
        outcomes = []
        for kind in self._kinds():
            began = time.monotonic()
            outcome = self._attempt(kind)
            live = live_models(self._jobs.connection).get(kind)
            version = None if live is None else live.version
            outcomes.append(replace(outcome, version=version, seconds=time.monotonic() - began))
        report = LearnReport(
            run=self._run.id,
            contents=self._contents,
            notes=_notes(self._contents, self._jobs.settings.embed),
            outcomes=tuple(outcomes),
            seconds=time.monotonic() - self._limits.began,
        )
        self._run.counts |= report.as_dict()
        return report

    def _kinds(self) -> list[str]:
        """Return the kinds to consider, those that learn from others last."""
        chosen = self._options.kinds or {*DEFAULT_KINDS, *live_models(self._jobs.connection)}
        known = [kind for kind in MODEL_KINDS.values() if kind.name in chosen]
        return [kind.name for kind in sorted(known, key=lambda kind: kind.from_models)]

    def _attempt(self, kind: str) -> KindOutcome:
        try:
            with self._limits.bound_memory():
                return self._learn_kind(kind)
        except (RunCancelledError, StoreError):
            raise
        except MissingExtraError as exc:
            return KindOutcome(kind, LearningDecision.SKIPPED, str(exc))
        except LearningLimitError as exc:
            return KindOutcome(kind, LearningDecision.STOPPED, str(exc))
        except CatalographError as exc:
            return KindOutcome(kind, LearningDecision.FAILED, str(exc))

    def _learn_kind(self, kind: str) -> KindOutcome:
        job = load_job(kind)
        lacking = job.lack(self._contents)
        if lacking is not None:
            return KindOutcome(kind, LearningDecision.SKIPPED, lacking)
        trial: dict[str, Any] | None = None
        if job.tried and (settled := settle_trial(self._jobs.connection, kind)) is not None:
            votes, outcome = settled
            trial = _describe_trial(votes.live_votes, votes.rival_votes, votes.lists, outcome)
            if outcome is TrialOutcome.RIVAL_WON:
                return KindOutcome(kind, LearningDecision.ROLLED_BACK, outcome, trial=trial)
        self._limits.check()
        champion = live_models(self._jobs.connection).get(kind)
        planned = job.task(self._jobs)
        if is_current(champion, planned):
            return KindOutcome(
                kind, LearningDecision.UNCHANGED, "nothing it learns from has changed", trial=trial
            )
        if PRIVACY_KEY in planned.config:
            self._publish(kind, self._jobs.configs.get(kind), {})
            return KindOutcome(
                kind,
                LearningDecision.REFRESHED,
                "learned with differential privacy; it is not judged, as a comparison would be a "
                "further release of what shoppers chose",
            )
        if job.contest is None:
            self._publish(kind, None, {})
            return KindOutcome(
                kind, LearningDecision.REFRESHED, "made from the newest data by its settings"
            )
        folder = self._jobs.settings.home / "learn"
        depends_on = (planned.data_hash, champion and champion.key, self._options.days)
        context = ContestContext(
            jobs=self._jobs,
            contents=self._contents,
            champion=champion,
            limits=self._limits,
            steps=ProgressFile.of(folder, kind, *depends_on, self._options.tune),
            days=self._options.days,
            tune=self._options.tune,
        )
        return replace(self._decide(kind, job, champion, job.contest(context), trial), trial=trial)

    def _decide(
        self,
        kind: str,
        job: Job,
        champion: PublishedModel | None,
        contest: Contest,
        trial: dict[str, Any] | None,
    ) -> KindOutcome:
        comparison = contest.comparison
        publish, reason = weigh(champion, contest)
        if publish:
            self._publish(kind, contest.config, contest.as_metrics())
            if job.tried and self._options.trial == "always" and self._can_be_tried():
                start_trial(self._jobs.connection, kind)
        promising = comparison is not None and comparison.is_promising
        decision = LearningDecision.PUBLISHED if publish else LearningDecision.KEPT
        if not publish and contest.refresh is not None:
            self._publish(kind, contest.refresh, {})
            decision = LearningDecision.REFRESHED
            reason += "; the settings of the live version learned from the newest data"
        # A trial under way goes on: a challenger that is no better must not take the rival's slot.
        if not publish and promising and not contest.is_harmful and trial is None:
            wanted = job.tried and champion is not None and self._options.trial != "never"
            if wanted and self._can_be_tried():
                self._publish(kind, contest.config, contest.as_metrics(), rival=True)
                decision = LearningDecision.ON_TRIAL
                reason += "; it serves interleaved lists beside the live version"
        return KindOutcome(
            kind,
            decision,
            reason,
            comparison=comparison,
            newest=contest.newest,
            suspects=contest.suspects,
            protocol=contest.protocol,
        )

    def _can_be_tried(self) -> bool:
        return self._contents.credited >= _CREDITED_NEEDED

    def _publish(
        self, kind: str, config: Any, judged: dict[str, Any], *, rival: bool = False
    ) -> None:
        """Train on everything and publish; a rival is staged beside the live version."""

        def stage(connection: Connection, staged: Sequence[StagedModel]) -> None:
            for model in staged:
                stage_rival(connection, model)

        self._limits.check()
        more: dict[str, Any] = {"publish": stage} if rival else {}
        run_jobs(
            self._jobs.connection,
            self._jobs.settings,
            [kind],
            progress=self._jobs.progress,
            configs={} if config is None else {kind: config},
            judged={kind: judged},
            **more,
        )


def weigh(champion: PublishedModel | None, contest: Contest) -> tuple[bool, str]:
    """Return whether to publish the challenger, and why or why not."""
    comparison = contest.comparison
    needed = champion is None or champion.stale
    state = "no version is live" if champion is None else "the live one learned from erased data"
    if comparison is None:
        if needed:
            return True, f"{state}; it could not be judged: {contest.why_not}"
        return False, (
            f"it cannot be judged: {contest.why_not}. `catalograph embed` publishes it all the same"
        )
    said = comparison.describe()
    if contest.newest is not None and contest.is_harmful:
        return False, (
            "the newest data make it worse for known shoppers, as a flood of false events would: "
            f"{contest.newest.describe()}. Look at what came in; `catalograph runs rollback` takes "
            "a run back"
        )
    if comparison.verdict is Verdict.BETTER:
        return True, f"better: {said}"
    if comparison.verdict is Verdict.WORSE:
        return False, f"worse: {said}"
    if needed:
        return True, f"{state}, and it is not worse: {said}"
    return False, f"not shown to be better: {said}"


def _describe_trial(live: int, rival: int, lists: int, outcome: TrialOutcome) -> dict[str, Any]:
    return {
        "live_votes": live,
        "rival_votes": rival,
        "lists": lists,
        "outcome": str(outcome),
    }


def _notes(contents: TrainingContents, settings: EmbedSettings) -> tuple[str, ...]:
    """Return remarks on what the graph holds."""
    notes = []
    default = EmbedSettings().text_model
    if contents.chinese > _CHINESE_SHARE * contents.products and settings.text_model == default:
        notes.append(
            f"{contents.chinese:,} of {contents.products:,} titles are Chinese, and the text model "
            f"'{default}' knows English: set CATALOGRAPH_EMBED__TEXT_MODEL to a multilingual one."
        )
    if contents.interactions and not contents.timed:
        notes.append("No interaction has a time, so that nothing can be split by time.")
    if contents.served and not contents.credited:
        notes.append(
            "Lists are served, and no click names one: send `servedId` with events, so that "
            "versions can be compared by clicks."
        )
    if contents.review_texts:
        notes.append(
            f"{contents.review_texts:,} reviews have texts: `catalograph ingest reviews --aspects` "
            "makes opinions of them, which the recommender learns from."
        )
    return tuple(notes)


def _refuse_second(connection: Connection) -> None:
    for run in list_runs(connection):
        if run.kind == LEARN and run.status == RunStatus.RUNNING:
            raise WriteConflictError(
                f"Run {run.id} is learning already. Wait for its end, or stop it with "
                f"`catalograph runs cancel {run.id}`."
            )
